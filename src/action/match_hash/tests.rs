//! Published digests, the platforms' normal forms, and what is refused.

use super::super::testing::{findings, run};
use super::platform::{Platform, What};
use crate::crypto::digest::sha256;
use crate::record::Reason;

fn hash(parameters: &str, text: &str) -> Result<Option<String>, Reason> {
    let policy = format!("{{ match_hash: {{ {parameters} }} }}");
    let out = run(&policy, &serde_json::to_string(text).expect("a text"))?;
    Ok(out.map(|out| out.trim_matches('"').to_owned()))
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&sha256(text.as_bytes()))
}

/// As the platforms' pages print them.
#[test]
fn published_digests() {
    for (parameters, text, digest) in [
        // Meta, customer information parameters.
        (
            "for: meta, what: email",
            "John_Smith@gmail.com",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            "for: meta, what: phone, region: US",
            "(650)555-1212",
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
        (
            "for: meta, what: first_name",
            "Mary",
            "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
        ),
        (
            "for: meta, what: first_name",
            "정",
            "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14",
        ),
        (
            "for: meta, what: first_name",
            "Valéry",
            "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
        ),
        // Snap, parameters of the Conversions API.
        (
            "for: snap, what: email",
            "Person@Example.com",
            "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345",
        ),
        (
            "for: snap, what: phone",
            "+44 844 412 4653",
            "dc008fda46e2e64002cf2f82a4906236282d431c4f75e5b60bfe79fc48546383",
        ),
        (
            "for: snap, what: first_name",
            "John",
            "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a",
        ),
        (
            "for: snap, what: first_name",
            "Raphaël",
            "e74bb89e718fe1e19c422a48382870399f8bf7ca8dfa008739e75b0be76627b7",
        ),
    ] {
        assert_eq!(
            hash(parameters, text),
            Ok(Some(digest.to_owned())),
            "{text}"
        );
    }
}

/// The normal forms, those of Google as its page prints them.
#[test]
fn a_value_is_written_as_its_platform_wants_it() {
    for (parameters, text, normal) in [
        (
            "for: google, what: email",
            "cloudy.sanfrancisco+shopping@gmail.com",
            "cloudysanfrancisco@gmail.com",
        ),
        (
            "for: google, what: email",
            "user.name+NYC@Example.com",
            "user.name+nyc@example.com",
        ),
        (
            "for: google, what: email",
            " J.Doe +x@GoogleMail.com ",
            "jdoe@googlemail.com",
        ),
        (
            "for: google, what: phone, region: US",
            "(800)555-0100",
            "+18005550100",
        ),
        ("for: google, what: last_name", " O'Neil ", "o'neil"),
        (
            "for: meta, what: email",
            "a.b+c@gmail.com",
            "a.b+c@gmail.com",
        ),
        (
            "for: linkedin, what: email",
            " Jane@Example.com",
            "jane@example.com",
        ),
        (
            "for: pinterest, what: phone",
            "+49 151 12345678",
            "4915112345678",
        ),
        (
            "for: meta, what: last_name",
            "O\u{2019}Neil-Smith",
            "oneilsmith",
        ),
        (
            "for: meta, what: last_name",
            "von der Heide",
            "von der heide",
        ),
        ("for: snap, what: last_name", "Vale\u{301}ry", "valéry"),
        ("for: pinterest, what: last_name", "O'Neil", "o'neil"),
        ("for: meta, what: city", "St. Louis", "stlouis"),
        ("for: pinterest, what: city", "Menlo Park", "menlopark"),
        ("for: meta, what: state", "North Rhine", "northrhine"),
        ("for: pinterest, what: state", "CA", "ca"),
        ("for: meta, what: zip", "94035-1234", "94035"),
        ("for: meta, what: zip", "941234567", "94123"),
        ("for: meta, what: zip", "SW1A 1AA", "sw1a1aa"),
        ("for: pinterest, what: zip", "94035-1234", "940351234"),
        ("for: meta, what: country", "US", "us"),
        ("for: meta, what: birth", "1991-05-26", "19910526"),
        ("for: pinterest, what: birth", "19910526", "19910526"),
        ("for: meta, what: gender", "Female", "f"),
        ("for: pinterest, what: gender", "N", "n"),
        ("for: meta, what: external_id", " User-7 ", "User-7"),
    ] {
        assert_eq!(
            hash(parameters, text),
            Ok(Some(hex(normal))),
            "{parameters} {text}"
        );
    }
    let policy = "{ match_hash: { for: meta, what: external_id } }";
    assert_eq!(run(policy, "42.0"), Ok(Some(format!("{:?}", hex("42")))));
    let google = hash("for: google, what: email, encoding: base64", "a@b.example");
    let digest = sha256(b"a@b.example");
    assert_eq!(google, Ok(Some(data_encoding::BASE64.encode(&digest))));
}

#[test]
fn what_is_no_such_value_is_refused() {
    let long = format!("{}@example.com", "a".repeat(1 << 20));
    for (parameters, text) in [
        ("for: meta, what: email", "jane"),
        ("for: meta, what: email", "jane@example"),
        ("for: meta, what: email", "jane doe@example.com"),
        ("for: meta, what: email", "a@b@example.com"),
        ("for: meta, what: email", "jane\u{200d}@example.com"),
        ("for: meta, what: email", &long),
        ("for: google, what: email", "+x@gmail.com"),
        ("for: google, what: email", "...@gmail.com"),
        ("for: meta, what: phone", "0151 12345678"),
        ("for: meta, what: phone, region: DE", "12"),
        ("for: meta, what: phone", "jane@example.com"),
        ("for: meta, what: first_name", "-"),
        ("for: meta, what: first_name", "Ja\u{0}ne"),
        ("for: meta, what: country", "usa"),
        ("for: meta, what: country", "ü"),
        ("for: pinterest, what: state", "california"),
        ("for: pinterest, what: zip", "SW1A 1AA"),
        ("for: meta, what: zip", "1"),
        ("for: meta, what: zip", "1234_5"),
        ("for: meta, what: birth", "1991-02-30"),
        ("for: meta, what: birth", "1899-12-31"),
        ("for: meta, what: birth", "26.05.1991"),
        ("for: meta, what: birth", "1991"),
        ("for: meta, what: birth", "198405123456"),
        ("for: meta, what: birth", "19840512999999999999999999"),
        ("for: meta, what: birth", "199１0526"),
        ("for: meta, what: gender", "n"),
        ("for: meta, what: gender", "x"),
    ] {
        let refused = hash(parameters, text);
        assert_eq!(refused, Err(Reason::BadIdentifier), "{parameters}");
    }
    for what in What::WORDS {
        let policy = format!("{{ match_hash: {{ for: meta, what: {what} }} }}");
        for json in ["true", "[]", "{}", "1.5"] {
            assert_eq!(run(&policy, json), Err(Reason::WrongType), "{what} {json}");
        }
        assert_eq!(run(&policy, "null"), Ok(Some("null".to_owned())));
        for text in ["", " ", "unknown", "NULL"] {
            let parameters = format!("for: meta, what: {what}");
            assert_eq!(hash(&parameters, text), Ok(None), "{what} {text:?}");
        }
    }
}

#[test]
fn what_is_a_hash_already_passes_where_the_policy_says_so() {
    let hash_of = |text: &str| hex(text).to_uppercase();
    let upper = hash_of("jane@example.com");
    for what in ["email", "phone", "external_id"] {
        let parameters = format!("for: meta, what: {what}");
        assert_eq!(hash(&parameters, &upper), Err(Reason::BadIdentifier));
        let accepting = format!("{parameters}, accept_hashed: true");
        let passed = hash(&accepting, &upper);
        assert_eq!(passed, Ok(Some(upper.to_lowercase())), "{what}");
        // Trimmed, as what is hashed here is, and never hashed a second time.
        let blank = format!(" {upper}\u{a0}");
        assert_eq!(hash(&accepting, &blank), passed, "{what}");
        assert_eq!(hash(&parameters, &blank), Err(Reason::BadIdentifier));
        for nothing in ["0", "f", "F"] {
            let nothing = nothing.repeat(64);
            assert_eq!(hash(&accepting, &nothing), Err(Reason::BadIdentifier));
        }
    }
    let base64 = hash(
        "for: google, what: email, encoding: base64, accept_hashed: true",
        &upper,
    );
    let digest = sha256(b"jane@example.com");
    assert_eq!(base64, Ok(Some(data_encoding::BASE64.encode(&digest))));
    let short = hash("for: meta, what: email, accept_hashed: true", &upper[1..]);
    assert_eq!(short, Err(Reason::BadIdentifier));
}

#[test]
fn each_platform_takes_what_it_says() {
    let taken = |word: &str| {
        let all = What::ALL.iter();
        all.filter(|what| Platform::of_word(word).form(**what).is_some())
            .count()
    };
    let counts: Vec<usize> = Platform::WORDS.iter().map(|word| taken(word)).collect();
    assert_eq!(counts, [4, 11, 4, 1, 11]);
    for (word, what) in What::WORDS.iter().zip(What::ALL) {
        assert_eq!(What::of_word(word), what);
    }
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("", &["V0005", "V0005"][..]),
        ("for: meta", &["V0005"]),
        ("for: tiktok, what: email", &["V0001"]),
        ("for: bing, what: email", &["V0004"]),
        ("for: meta, what: mail", &["V0004"]),
        ("for: google, what: city", &["V0311"]),
        ("for: linkedin, what: phone", &["V0311"]),
        ("for: snap, what: zip", &["V0311"]),
        ("for: meta, what: email, encoding: base64", &["V0302"]),
        ("for: meta, what: email, region: DE", &["V0302"]),
        ("for: meta, what: phone, region: XX", &["V0307"]),
        ("for: meta, what: phone, region: '-'", &["V0307"]),
        ("for: meta, what: phone, region: '+'", &["V0307"]),
        ("for: meta, what: email, accept_hashed: 1", &["V0006"]),
    ] {
        let policy = format!("{{ match_hash: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
}
