use super::*;
use crate::record::number::Number;
use crate::record::value::{TextForm, Whole};

/// Every kind of value, in words.
fn values() -> Vec<(&'static str, Option<View<'static>>)> {
    let text = |raw, form| Some(View::Text(Text::new(raw, form)));
    let number = |raw| Some(View::Number(Number::of_text(raw)));
    vec![
        ("absent", None),
        ("null", Some(View::Null)),
        ("true", Some(View::Bool(true))),
        ("false", Some(View::Bool(false))),
        ("5", number("5")),
        ("5.0", number("5.0")),
        ("5e0", number("5e0")),
        ("-0", number("-0")),
        ("text 5", text("5", TextForm::Json)),
        ("DE", text("DE", TextForm::Json)),
        ("escaped DE", text("\\u0044E", TextForm::JsonEscaped)),
        ("plain DE", text("DE", TextForm::Plain)),
        ("empty", text("", TextForm::Json)),
        (
            "object",
            Some(View::Whole(Whole::of_json("{}", true, true))),
        ),
        (
            "array",
            Some(View::Whole(Whole::of_json("[]", false, false))),
        ),
    ]
}

fn held(test: &ValueTest) -> Vec<&'static str> {
    let mut scratch = String::new();
    let each = values().into_iter();
    let held = each.filter(|(_, view)| test.holds(*view, &mut scratch));
    held.map(|(name, _)| name).collect()
}

#[test]
fn equality_is_by_value_and_kind() {
    let one_of = |literals: &[Literal]| held(&ValueTest::OneOf(Choices::of(literals)));
    let text = |t: &str| Literal::Text(t.to_owned());
    let number = |n: &str| Literal::Number(n.to_owned());
    assert_eq!(one_of(&[text("DE")]), ["DE", "escaped DE", "plain DE"]);
    assert_eq!(one_of(&[number("5")]), ["5", "5.0", "5e0"]);
    assert_eq!(one_of(&[number("0")]), ["-0"]);
    assert_eq!(one_of(&[text("5")]), ["text 5"]);
    assert_eq!(one_of(&[Literal::Bool(true)]), ["true"]);
    assert_eq!(one_of(&[text("AT"), text("")]), ["empty"]);
    assert_eq!(
        one_of(&[Literal::Bool(false), text("DE"), number("5")]).len(),
        7
    );
}

#[test]
fn only_is_sees_what_is_not_there() {
    let is = |word: &str| {
        let mut all = Is::ALL.into_iter();
        held(&ValueTest::Is(
            all.find(|(w, _)| *w == word).expect("a word").1,
        ))
    };
    assert_eq!(is("absent"), ["absent"]);
    assert_eq!(is("present").len(), values().len() - 1);
    assert_eq!(is("null"), ["null"]);
    assert_eq!(is("number"), ["5", "5.0", "5e0", "-0"]);
    assert_eq!(is("boolean"), ["true", "false"]);
    assert_eq!(is("object"), ["object"]);
    assert_eq!(is("array"), ["array"]);
    assert_eq!(is("text").len(), 5);
}

#[test]
fn bounds_are_by_value_and_a_pattern_is_of_the_whole_text() {
    let number = |text: &str| Decimal::read(text).expect("short");
    let bounds = |list: &[(Side, &str)]| {
        let list = list.iter().map(|(side, text)| (*side, number(text)));
        held(&ValueTest::Numbers(list.collect()))
    };
    assert_eq!(bounds(&[(Side::Min, "5.00")]), ["5", "5.0", "5e0"]);
    assert_eq!(bounds(&[(Side::Above, "5")]), [""; 0]);
    assert_eq!(bounds(&[(Side::Max, "4"), (Side::Min, "0")]), ["-0"]);
    assert_eq!(bounds(&[(Side::Below, "0")]), [""; 0]);
    let pattern = |p: &str| {
        held(&ValueTest::Matches(
            crate::action::whole_pattern(p).expect("one"),
        ))
    };
    assert_eq!(pattern("D"), [""; 0]);
    assert_eq!(pattern("D|DE"), ["DE", "escaped DE", "plain DE"]);
    assert_eq!(pattern(""), ["empty"]);
}

#[test]
fn not_turns_the_result_of_every_value() {
    let test = ValueTest::Numbers(Vec::new());
    let not = ValueTest::Not(Box::new(test.clone()));
    assert_eq!(held(&test).len() + held(&not).len(), values().len());
    assert!(held(&not).contains(&"absent"));
    assert!(not.holds_of_nothing() && !test.holds_of_nothing());
}
