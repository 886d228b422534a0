use super::*;
use crate::record::number::Number;
use crate::record::value::{Text, TextForm};

fn value(words: &[&str], view: View<'_>) -> Result<Option<Vec<u8>>, Reason> {
    let canon = Canon::from_words(words.iter().copied()).unwrap();
    let mut out = b"before".to_vec();
    let present = canon.value(view, &mut String::new(), &mut out);
    assert!(out.starts_with(b"before"));
    let v = out.split_off(6);
    assert_eq!(present == Ok(true), !v.is_empty());
    present.map(|p| p.then_some(v))
}

fn text(words: &[&str], text: &str) -> Result<Option<String>, Reason> {
    value(words, View::Text(Text::new(text, TextForm::Plain)))
        .map(|v| v.map(|v| String::from_utf8(v).unwrap()))
}

#[test]
fn words_make_one_id_in_one_order() {
    let id = |words: &[&str]| Canon::from_words(words.iter().copied()).map(|c| c.id().to_owned());
    assert_eq!(id(&[]).as_deref(), Ok("raw@1"));
    assert_eq!(id(&["lower", "trim"]).as_deref(), Ok("trim@1+fold@1"));
    assert_eq!(
        id(&["text@1+trim@1+nfc@1+fold@1"]).as_deref(),
        Ok("text@1+trim@1+nfc@1+fold@1")
    );
    assert_eq!(id(&["email@1"]).as_deref(), Ok("email@1"));
    assert_eq!(id(&["phone(DE)"]).as_deref(), Ok("phone@1:DE"));
    assert_eq!(id(&["phone(-)"]).as_deref(), Ok("phone@1:-"));
    assert_eq!(id(&["phone@1:-"]).as_deref(), Ok("phone@1:-"));
    assert_eq!(id(&["phone"]), Err(BadCanon::NoRegion));
    assert_eq!(id(&["phone(de)"]), Err(BadCanon::Region("de".into())));
    assert_eq!(id(&["trim", "trim"]), Err(BadCanon::Twice("trim")));
    assert_eq!(id(&["lower", "fold@1"]), Err(BadCanon::Twice("lower")));
    assert_eq!(id(&["email", "lower"]), Err(BadCanon::Alone("email")));
    assert_eq!(id(&["email", "email"]), Err(BadCanon::Alone("email")));
    assert_eq!(id(&["raw", "trim"]), Err(BadCanon::Alone("raw")));
    assert_eq!(
        id(&["phone@2(+)", "text", "strip"]).as_deref(),
        Ok("strip@1+text@1+phone@2:+")
    );
    assert_eq!(
        id(&["strip@1+text@1+phone@2:+"]).as_deref(),
        Ok("strip@1+text@1+phone@2:+")
    );
    assert_eq!(id(&["phone@2:IN"]).as_deref(), Ok("phone@2:IN"));
    assert_eq!(
        id(&["email_gmail", "strip"]).as_deref(),
        Ok("strip@1+email_gmail@1")
    );
    assert_eq!(id(&["email_plus@1"]).as_deref(), Ok("email_plus@1"));
    assert_eq!(id(&["lower", "strip"]).as_deref(), Ok("strip@1+fold@1"));
    assert_eq!(id(&["strip", "strip"]), Err(BadCanon::Twice("strip")));
    assert_eq!(id(&["strip", "phone(DE)"]), Err(BadCanon::Alone("phone")));
    assert_eq!(id(&["strip", "raw"]), Err(BadCanon::Alone("raw")));
    assert_eq!(id(&["text", "email"]), Err(BadCanon::Alone("email")));
    assert_eq!(
        id(&["trim", "phone@2(DE)"]),
        Err(BadCanon::Alone("phone@2"))
    );
    assert_eq!(
        id(&["email", "email_plus"]),
        Err(BadCanon::Alone("email_plus"))
    );
    assert_eq!(id(&["phone@2"]), Err(BadCanon::NoHome));
    assert_eq!(id(&["phone@2(-)"]), Err(BadCanon::Home("-".into())));
    assert_eq!(id(&["phone@2(de)"]), Err(BadCanon::Home("de".into())));
    assert_eq!(
        id(&["phone@3(DE)"]),
        Err(BadCanon::Unknown("phone@3(DE)".into()))
    );
    assert_eq!(id(&["upper"]), Err(BadCanon::Unknown("upper".into())));
    assert_eq!(id(&["trim@2"]), Err(BadCanon::Unknown("trim@2".into())));
    assert_eq!(
        id(&["email@1@1"]),
        Err(BadCanon::Unknown("email@1@1".into()))
    );
}

#[test]
fn sentinels_are_absent_in_any_case_and_only_alone() {
    for sentinel in crate::record::nothing::SENTINELS {
        assert_eq!(text(&["raw"], &sentinel.to_uppercase()), Ok(None));
        assert_eq!(
            text(&["trim", "lower"], &format!(" {sentinel}\u{3000}")),
            Ok(None)
        );
        assert_eq!(text(&["email"], sentinel), Ok(None));
        assert_eq!(text(&["phone(DE)"], &format!("\t{sentinel}")), Ok(None));
        assert!(text(&["raw"], &format!("{sentinel}x")).unwrap().is_some());
    }
    assert_eq!(value(&["raw"], View::Null), Ok(None));
    assert_eq!(value(&["email"], View::Null), Ok(None));
    // After folding: a Kelvin sign makes `unKnown` a sentinel as well.
    assert_eq!(text(&["lower"], "un\u{212a}nown"), Ok(None));
}

#[test]
fn types_are_taken_as_the_canonicaliser_says() {
    let number = |words: &[&str], n: &'static str| value(words, View::Number(Number::of_text(n)));
    assert_eq!(number(&["raw"], "4200"), Ok(Some(b"n42e2".to_vec())));
    assert_eq!(number(&["text"], "4200"), Ok(Some(b"s4200".to_vec())));
    assert_eq!(number(&["text", "lower"], "-0.0"), Ok(Some(b"s0".to_vec())));
    assert_eq!(
        number(&["text"], "1e999999999999999999"),
        Err(Reason::WrongType)
    );
    assert_eq!(number(&["raw"], "1e10000"), Err(Reason::NumberOutOfRange));
    for words in [
        &["trim"][..],
        &["nfc"],
        &["lower"],
        &["email"],
        &["phone(DE)"],
        &["strip"],
        &["strip", "email_gmail"],
        &["strip", "phone@2(DE)"],
    ] {
        assert_eq!(number(words, "42"), Err(Reason::WrongType));
        assert_eq!(value(words, View::Bool(true)), Err(Reason::WrongType));
    }
    assert_eq!(value(&["text"], View::Bool(true)), Err(Reason::WrongType));
    assert_eq!(
        value(&["raw"], View::Bool(true)),
        Ok(Some(b"b\x01".to_vec()))
    );
}

#[test]
fn escaped_and_plain_text_are_one_value() {
    let escaped = View::Text(Text::new(
        r"J\u00d6rg\u0040example.com",
        TextForm::JsonEscaped,
    ));
    assert_eq!(
        value(&["email"], escaped),
        Ok(Some("sjÖrg@example.com".into()))
    );
}

#[test]
fn refused_code_points_are_refused_before_any_other_step() {
    for (words, at_the_end_ok) in [(&["trim", "lower"][..], true), (&["nfc"], false)] {
        assert_eq!(text(words, "a\u{85}").is_ok(), at_the_end_ok);
        for bad in ["a\u{ad}b", "a\u{0}b", "a\u{378}b", "\u{200b}", "a\u{e0100}"] {
            assert_eq!(text(words, bad), Err(Reason::BadIdentifier), "{bad:?}");
        }
    }
    // Default-ignorable, not white space: an e-mail full of it is not absent.
    assert_eq!(text(&["email"], "\u{200b}"), Err(Reason::BadIdentifier));
    assert_eq!(text(&["phone(DE)"], "\u{200b}"), Err(Reason::BadIdentifier));
}

#[test]
fn a_composite_is_refused_or_absent_as_a_whole() {
    let canon = Canon::from_words(["trim"]).unwrap();
    let s = |t| Some(View::Text(Text::new(t, TextForm::Plain)));
    let mut out = b"x".to_vec();
    let mut of = |parts: &[Option<View<'_>>]| {
        out.truncate(1);
        canon
            .composite(parts, &mut String::new(), &mut out)
            .map(|_| out[1..].to_vec())
    };
    assert_eq!(
        of(&[s(" a "), None]),
        Ok(b"t\x02\0\0\0\x02sa\0\0\0\0".to_vec())
    );
    assert_eq!(of(&[s(" "), None, Some(View::Null)]), Ok(vec![]));
    assert_eq!(
        of(&[s("a"), Some(View::Number(Number::of_text("1")))]),
        Err(Reason::WrongType)
    );
    assert_eq!(out, b"x");
}

/// The fast path for ASCII and the general path agree: a character outside
/// ASCII at the end forces the general path.
#[test]
fn the_ascii_path_is_the_general_path() {
    let ascii: String = (' '..='~').collect();
    for words in [
        &["text"][..],
        &["trim"],
        &["nfc"],
        &["lower"],
        &["trim", "nfc", "lower"],
    ] {
        let fast = text(words, &format!("x{ascii}x")).unwrap().unwrap();
        let general = text(words, &format!("x{ascii}xß")).unwrap().unwrap();
        assert_eq!(format!("{fast}ß"), general, "{words:?}");
    }
}
