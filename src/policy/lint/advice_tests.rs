//! Whoever does what a finding of codes says has it no more; what does not help is not
//! said.

use super::testing::{Small, found};

/// What a policy is told of that code: its help, if it is.
fn told(policy: &Small<'_>, code: &str) -> Option<String> {
    let of_code = found(&policy.text()).into_iter().filter(|f| f.code == code);
    of_code.map(|f| f.help).next()
}

/// Each word of the help that is tried stands in it, and with it the finding is gone.
fn silences(code: &str, before: Small<'_>, tries: &[(&str, Small<'_>)]) {
    let help =
        told(&before, code).unwrap_or_else(|| panic!("{code} is not told: {}", before.text()));
    for (word, after) in tries {
        assert!(help.contains(word), "{code}: `{word}` is not in: {help}");
        assert_eq!(told(after, code), None, "{code}: `{word}` does not help");
    }
}

fn code(scope: &str) -> String {
    format!("{{ pseudonymize: {{ key: people, normalize: text, epoch: none{scope} }} }}")
}

const OUTSIDERS: Small<'static> = Small {
    source: "writers: outsiders, subject: user",
    ..Small::PLAIN
};

#[test]
fn codes_that_outsiders_look_up() {
    let mail = |scope| format!("mail: {}", code(scope));
    let (plain, subject, record, output) = (
        mail(""),
        mail(", scope: subject"),
        mail(", scope: record"),
        mail(", scope: output"),
    );
    let of = |fields| Small {
        fields,
        ..OUTSIDERS
    };
    let own = Small {
        source: "writers: own, subject: user",
        ..of(&plain)
    };
    let said = Small {
        rest: "dangerously: [{ allow: outsider_dictionary, because: nobody outside reads it, until: \"1971-01-01\" }]",
        ..of(&plain)
    };
    let tries = [
        ("scope: subject", of(&subject)),
        ("scope: record", of(&record)),
        ("writers: own", own),
        ("dangerously: outsider_dictionary", said),
    ];
    silences("V0251", of(&plain), &tries);
    // The event that is sent leaves to the same output as the others.
    let help = told(&of(&output), "V0251").expect("it is looked up");
    assert!(!help.contains("scope: output"), "{help}");
    // Who sends the subject has its code, of whatever scope it is but the record's.
    let user = format!("user: {}", code(", scope: subject"));
    let help = told(&of(&user), "V0251").expect("it is looked up");
    assert!(!help.contains("scope: subject"), "{help}");
    let user = format!("user: {}", code(", scope: record"));
    silences(
        "V0251",
        of(&format!("user: {}", code(""))),
        &[("scope: record", of(&user))],
    );
}

#[test]
fn codes_of_few_values() {
    let of = |fields| Small {
        classes: "fields: { g: user.demographic.gender }",
        source: "writers: own, subject: user",
        fields,
        ..Small::PLAIN
    };
    let [plain, output, subject] =
        ["", ", scope: output", ", scope: subject"].map(|scope| format!("g: {}", code(scope)));
    let sealed = ("`encrypt`", of("g: { encrypt: { key: contact } }"));
    silences("V0266", of(&plain), &[sealed]);
    silences("V0266", of(&output), &[sealed]);
    assert_eq!(told(&of(&subject), "V0266"), None);
    let same = "g: { encrypt: { key: contact, mode: deterministic } }";
    silences(
        "V0266",
        of(same),
        &[("`encrypt` without `mode: deterministic`", sealed.1)],
    );
}

#[test]
fn codes_of_a_household() {
    let home = |scope: &str| {
        format!(
            "address.home: {{ pseudonymize: {{ key: people, from: [street, zip], normalize: lower, epoch: none{scope} }} }}"
        )
    };
    let of = |fields| Small {
        classes: "fields: { address: user.contact.address }",
        source: "writers: own, subject: user",
        fields,
        ..Small::PLAIN
    };
    let (plain, output, subject) = (home(""), home(", scope: output"), home(", scope: subject"));
    let tries = [
        ("scope: subject", of(&subject)),
        ("drop", of("address.home: drop")),
    ];
    silences("V0274", of(&plain), &tries);
    // In each output there is one code still.
    silences("V0274", of(&output), &tries);
}

#[test]
fn codes_of_a_header_of_one_event() {
    let header = |scope: &str| {
        format!(
            "basis: contract\n    headers: {{ traceparent: {} }}",
            code(scope)
        )
    };
    let of = |output| Small {
        output,
        fields: "a: { keep: { type: boolean } }",
        ..Small::PLAIN
    };
    let (plain, output) = (header(""), header(", scope: output"));
    let gone = of("basis: contract\n    headers: { traceparent: drop }");
    silences(
        "V0216",
        of(&plain),
        &[("scope: output", of(&output)), ("drop", gone)],
    );
}
