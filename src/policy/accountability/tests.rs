//! What is refused, what is warned of, and what passes.

use crate::action::NoTables;
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::{Finding, Severity};
use crate::policy::{PolicyFile, compile};

/// What is found in a policy with these clauses, and these words of its only output.
fn found(clauses: &str, output: &str) -> Vec<Finding> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, writers: own }}\n{clauses}\n\
         quarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n\
         keys: {{ people: {{ ref: \"file:k.json#people\" }}, quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
         classes: {{ fields: {{ id: user.unique_id }} }}\noutputs:\n  - topic: clean\n    domain: d\n    {output}\n    \
         fields: {{ id: {{ pseudonymize: {{ key: people, normalize: text, epoch: 30d }} }} }}\n"
    );
    of_text(text)
}

fn of_text(text: String) -> Vec<Finding> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-30T23:59:59Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    compiled.findings.list().to_vec()
}

fn codes_of(clauses: &str, output: &str) -> Vec<(&'static str, Severity)> {
    let list = found(clauses, output);
    list.iter().map(|f| (f.code, f.severity)).collect()
}

const BASIS: &str = "basis: contract\n    purpose:";

#[test]
fn a_purpose_lies_under_one_that_was_collected_for_or_is_refused() {
    let of = |collected: &str, purpose: &str| {
        codes_of(
            &format!("purposes: {{ collected_for: {collected} }}"),
            &format!("{BASIS} {purpose}"),
        )
    };
    assert_eq!(of("analytics", "analytics"), []);
    assert_eq!(of("[sales, analytics]", "analytics.reporting.system"), []);
    let refused = [(codes::SECONDARY_USE, Severity::Error)];
    // Neither what is above nor what is called alike.
    assert_eq!(of("analytics.reporting", "analytics"), refused);
    assert_eq!(of("sales", "marketing"), refused);
}

#[test]
fn a_compatible_use_lasts_through_its_day() {
    let of = |until: &str| {
        let clauses = format!(
            "purposes: {{ collected_for: sales, compatible: [{{ use: analytics, because: told in the notice, until: {until} }}] }}"
        );
        codes_of(&clauses, &format!("{BASIS} analytics.reporting"))
    };
    assert_eq!(of("2026-11-30"), []);
    assert_eq!(of("2026-11-29"), [(codes::SECONDARY_USE, Severity::Error)]);
    for bad in [
        "2026-02-30",
        "tomorrow",
        "20261130",
        "2026-11-30T00:00",
        "''",
    ] {
        let list = of(bad);
        assert!(
            list.iter().any(|f| f.0 == codes::WRONG_KIND),
            "{bad}: {list:?}"
        );
    }
}

#[test]
fn unknown_purposes_are_warned_of_and_refused_once_purposes_are_written() {
    let unknown = |severity| [(codes::UNKNOWN_PURPOSE, severity)];
    assert_eq!(
        codes_of("", &format!("{BASIS} analytics.reportin")),
        unknown(Severity::Warning)
    );
    let own = |own: &str, purpose: &str| {
        codes_of(
            &format!("purposes: {{ own: {own}, collected_for: {purpose} }}"),
            &format!("{BASIS} {purpose}"),
        )
    };
    assert_eq!(own("acme", "acme.loyalty"), []);
    // The clause, and the output.
    assert_eq!(own("acme", "acmeloyalty").len(), 2);
    assert_eq!(
        own("analytics", "analytics.reporting")[0].0,
        codes::BAD_NAME
    );
    let help = |purpose: &str| {
        let list = found("", &format!("{BASIS} {purpose}"));
        list[0].help.clone()
    };
    assert!(help("anlytics").contains("did you mean `analytics`?"));
    assert!(help("campaign_insights").contains("`analytics.reporting.campaign_insights`"));
    assert!(help("sales.offers").contains("`sales`, which is above it"));
    assert!(help("zzz").contains("docs/reference/policy.md"));
}

#[test]
fn consent_as_a_basis_asks_for_consent() {
    let basis = "basis: consent\n    purpose: sales";
    let of = |severity| [(codes::CONSENT_WITHOUT_GATE, severity)];
    assert_eq!(codes_of("", basis), of(Severity::Warning));
    let written = "purposes: { collected_for: sales }";
    assert_eq!(codes_of(written, basis), of(Severity::Error));
    let gate = "consent: { signals: [{ from: value, path: consent }] }";
    let gated = format!("{basis}\n    needs_consent: Sales");
    assert_eq!(codes_of(&format!("{gate}\n{written}"), &gated), []);
}

const REGISTER: &str = "recipients:\n  agency: { name: Agency Ltd, country: COUNTRY, role: processor, contract_until: 2026-12-31, REST }";

/// What is found of an output that goes to `agency`, in that country.
fn of_country(country: &str, rest: &str) -> Vec<(&'static str, Severity)> {
    let clauses = REGISTER.replace("COUNTRY", country).replace("REST", rest);
    let clauses = clauses.replace("2026-12-31", "2027-06-30");
    codes_of(&clauses, &format!("recipient: agency\n    {BASIS} sales"))
}

#[test]
fn data_goes_to_a_third_country_on_a_ground_that_is_named() {
    let refused = [(codes::NO_MECHANISM, Severity::Error)];
    for country in ["DE", "NO", "RE", "GB", "BR"] {
        assert_eq!(of_country(country, ""), [], "{country}");
    }
    for country in ["US", "CA", "IN", "AQ"] {
        assert_eq!(of_country(country, ""), refused, "{country}");
        for word in ["scc", "bcr", "derogation"] {
            assert_eq!(of_country(country, &format!("mechanism: {word}")), []);
        }
    }
    assert_eq!(of_country("US", "mechanism: adequacy"), []);
    assert_eq!(of_country("IN", "mechanism: adequacy"), refused);
    for bad in ["uk", "XX", "DEU", "\"\"", "de"] {
        let list = of_country(bad, "");
        assert_ne!(list, [], "{bad}");
        assert!(list[0].1 == Severity::Error, "{bad}: {list:?}");
    }
}

#[test]
fn a_contract_is_warned_of_for_thirty_days_and_then_over() {
    let until = |day: &str| {
        let clauses = REGISTER.replace("COUNTRY", "DE").replace(", REST", "");
        let clauses = clauses.replace("2026-12-31", day);
        codes_of(&clauses, &format!("recipient: agency\n    {BASIS} sales"))
    };
    let of = |severity| [(codes::CONTRACT_ENDS, severity)];
    // It is the last second of 2026-11-30 in UTC.
    assert_eq!(until("2026-11-29"), of(Severity::Error));
    assert_eq!(until("2026-11-30"), of(Severity::Warning));
    assert_eq!(until("2026-12-30"), of(Severity::Warning));
    assert_eq!(until("2026-12-31"), []);
    // What no output names binds nobody.
    let clauses = REGISTER.replace("COUNTRY", "IN").replace(", REST", "");
    let clauses = clauses.replace("2026-12-31", "2020-01-01");
    assert_eq!(codes_of(&clauses, &format!("{BASIS} sales")), []);
    assert_eq!(
        codes_of(
            &clauses,
            &format!("recipient: own house\n    {BASIS} sales")
        ),
        []
    );
}

#[test]
fn a_recipient_is_one_of_the_register_once_there_is_one() {
    let clauses = REGISTER
        .replace("COUNTRY", "DE")
        .replace("2026-12-31, REST", "2027-12-31");
    let output = |name: &str| format!("recipient: {name}\n    {BASIS} sales");
    for name in ["agenci", "Agency Ltd", "somebody"] {
        let list = found(&clauses, &output(name));
        assert_eq!(list[0].code, codes::UNKNOWN_RECIPIENT, "{name}");
        let meant = list[0].help.contains("did you mean `agency`?");
        assert_eq!(meant, name != "somebody", "{name}: {}", list[0].help);
    }
    assert_eq!(codes_of("", &output("somebody")), []);
    let empty = codes_of("recipients: {}", &output("somebody"));
    assert_eq!(empty, [(codes::UNKNOWN_RECIPIENT, Severity::Error)]);
}

#[test]
fn a_vendor_is_a_number_or_a_recipient_that_has_one() {
    let of = |vendor: &str| {
        let clauses = format!(
            "recipients:\n  agency: {{ name: A, country: DE, role: controller, tcf_vendor: 755 }}\n  other: {{ name: O, country: DE, role: controller }}\n\
             consent:\n  signals:\n    - {{ from: value, path: tcf, shape: tcf, means: {{ Ads: {{ purposes: [1, 3], vendor: {vendor} }} }} }}"
        );
        codes_of(&clauses, "needs_consent: Ads\n    purpose: sales")
    };
    for good in ["agency", "755", "65535"] {
        assert_eq!(of(good), [], "{good}");
    }
    for (bad, code) in [
        ("other", codes::UNKNOWN_RECIPIENT),
        ("agenci", codes::UNKNOWN_RECIPIENT),
        ("0", codes::OUT_OF_RANGE),
        ("65536", codes::OUT_OF_RANGE),
        ("-1", codes::OUT_OF_RANGE),
        ("[755]", codes::OUT_OF_RANGE),
    ] {
        assert_eq!(of(bad), [(code, Severity::Error)], "{bad}");
    }
}

#[test]
fn regions_and_ages_are_read_word_by_word() {
    let of = |clauses: &str, output: &str| codes_of(clauses, &format!("{output}{BASIS} sales"));
    let regions = |words: &str| of(&format!("regions: {{ {words} }}"), "region: eea\n    ");
    let names = "names: { eea: eea, us: US }";
    assert_eq!(
        regions(&format!("from: value.c, {names}, unknown: eea")),
        []
    );
    assert_eq!(
        regions(&format!("from: header.c, {names}, unknown: none")),
        []
    );
    for (words, code) in [
        (format!("from: value.c, {names}"), codes::MISSING_WORD),
        (format!("{names}, unknown: eea"), codes::MISSING_WORD),
        (format!("from: c, {names}, unknown: eea"), codes::BAD_PLACE),
        (
            format!("from: record_key.c, {names}, unknown: eea"),
            codes::BAD_PLACE,
        ),
        (
            "from: value.c, names: { eea: [] }, unknown: eea".into(),
            codes::OUT_OF_RANGE,
        ),
        (
            "from: value.c, names: { eea: [uk] }, unknown: eea".into(),
            codes::BAD_COUNTRY,
        ),
        (
            "from: value.c, names: { none: eea }, unknown: none".into(),
            codes::BAD_NAME,
        ),
        (
            "from: value.c, names: { eea: { a: b } }, unknown: eea".into(),
            codes::WRONG_KIND,
        ),
    ] {
        assert_eq!(regions(&words), [(code, Severity::Error)], "{words}");
    }
    let minors = |words: &str| of(&format!("minors: {{ {words} }}"), "");
    assert_eq!(minors("from: value.born, under: 16, then: withhold"), []);
    for (words, code) in [
        ("from: value.born, under: 16", codes::MISSING_WORD),
        (
            "from: value.born, under: 0, then: withhold",
            codes::OUT_OF_RANGE,
        ),
        (
            "from: value.born, under: 26, then: withhold",
            codes::OUT_OF_RANGE,
        ),
        (
            "from: value.born, under: 16, then: keep",
            codes::UNKNOWN_WORD,
        ),
    ] {
        assert_eq!(minors(words), [(code, Severity::Error)], "{words}");
    }
}

/// What is found where the field `x` of that class leaves so, beside these clauses.
fn of_sensitive(class: &str, action: &str, clauses: &str, output: &str) -> Vec<&'static str> {
    of_field("x", class, action, (clauses, output))
}

fn of_field(
    field: &str,
    class: &str,
    action: &str,
    (clauses, output): (&str, &str),
) -> Vec<&'static str> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, writers: own, subject: {{ customer: id }} }}\n\
         keys: {{ people: {{ ref: \"file:k.json#people\" }}, subjects: {{ ref: \"file:k.json#subjects\" }}, quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
         classes: {{ fields: {{ id: user.unique_id, {field}: {class} }} }}\nquarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n\
         {clauses}\noutputs:\n  - {{ topic: clean, domain: d, purpose: functional.service, {output}, fields: {{ {field}: {{ {action} }} }} }}\n"
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-30T23:59:59Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let list = compiled.findings.list().iter();
    let errors = list.filter(|f| f.severity == Severity::Error);
    errors.map(|f| f.code).collect()
}

const NONE: [&str; 0] = [];
const ASKED: &str = "rights: { key: subjects }\nconsent:\n  state: { grants: state }\n  categories: { Research: { title: Research, text: We study it., explicit: true } }";

#[test]
fn an_entry_lets_leave_what_is_of_its_class_or_below() {
    let of = |class: &str, action: &str, entry: &str| {
        of_sensitive(
            class,
            action,
            &format!("sensitive: [{entry}]"),
            "basis: contract",
        )
    };
    let keep = "keep: { one_of: [a, b] }";
    let refused = [codes::SENSITIVE_UNEXPLAINED];
    let health = "user.health_and_medical";
    let entry = |class: &str, rest: &str| format!("{{ class: {class}, {rest}because: study 17 }}");
    let research = entry(health, "condition: research, ");
    for class in [health, "user.health_and_medical.genetic"] {
        assert_eq!(of(class, keep, ""), refused, "{class}");
        assert_eq!(of(class, keep, &research), NONE, "{class}");
        // Coarser, it needs none; under a code it does.
        assert_eq!(of(class, "generalize: { prefix: 1 }", ""), NONE, "{class}");
        let code = "pseudonymize: { key: people, normalize: text, epoch: 30d }";
        assert_eq!(of(class, code, ""), refused, "{class}");
        assert_eq!(of(class, code, &research), NONE, "{class}");
    }
    // Neither one beside it nor one below.
    let other = entry("user.biometric", "condition: research, ");
    assert_eq!(of(health, keep, &other), refused);
    let below = entry("user.health_and_medical.genetic", "condition: research, ");
    assert_eq!(of(health, keep, &below), refused);
    assert_eq!(of(health, keep, &format!("{below}, {research}")), NONE);
    // Article 9 has no condition for these two.
    for class in ["user.childrens", "user.location.precise"] {
        assert_eq!(of(class, keep, ""), refused, "{class}");
        assert_eq!(of(class, keep, &entry(class, "")), NONE, "{class}");
    }
}

#[test]
fn explicit_consent_lets_leave_where_it_is_asked_for_and_decided_by_the_person() {
    let entry = "sensitive: [{ class: user.health_and_medical, condition: explicit_consent, category: Research, because: study 17 }]";
    let of = |clauses: &str, output: &str| {
        let keep = "keep: { one_of: [a, b] }";
        let clauses = format!("{entry}\n{clauses}");
        of_sensitive("user.health_and_medical", keep, &clauses, output)
    };
    assert_eq!(of(ASKED, "needs_consent: Research"), NONE);
    let refused = [codes::EXPLICIT_CONSENT];
    assert_eq!(of(ASKED, "basis: contract"), refused);
    let any = ASKED.replace("grants: state", "grants: any");
    assert_eq!(of(&any, "needs_consent: Research"), refused);
    let said = ASKED.replace(", explicit: true", "");
    assert_eq!(of(&said, "needs_consent: Research"), refused);
    let other = ASKED.replace("{ Research:", "{ Other:");
    assert!(of(&other, "needs_consent: Other").contains(&codes::EXPLICIT_CONSENT));
}

/// What is found of an output whose field `ok` takes a case by `h`, which is of a
/// special category, with these entries and words.
fn of_deciding(sensitive: &str, output: &str) -> Vec<(&'static str, Severity)> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, writers: own }}\n\
         quarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n\
         keys: {{ people: {{ ref: \"file:k.json#people\" }}, quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
         classes: {{ fields: {{ id: user.unique_id, ok: none, h: user.health_and_medical }} }}\n{sensitive}\n\
         outputs:\n  - topic: clean\n    domain: d\n    basis: contract\n    purpose: sales\n    {output}\n"
    );
    let list = of_text(text);
    list.iter().map(|f| (f.code, f.severity)).collect()
}

#[test]
fn a_field_that_decides_needs_an_entry_as_one_that_leaves() {
    let id = "id: { pseudonymize: { key: people, normalize: text, epoch: 30d } }";
    let when = format!(
        "fields: {{ {id}, ok: {{ when: [{{ if: {{ h: hiv }}, then: {{ keep: {{ max_chars: 4 }} }} }}, {{ else: drop }}] }} }}"
    );
    let chosen = format!("where: {{ not: {{ h: {{ is: absent }} }} }}\n    fields: {{ {id} }}");
    let refused = [(codes::SENSITIVE_UNEXPLAINED, Severity::Error)];
    let entry = "sensitive: [{ class: user.health_and_medical, condition: health_or_social_care, because: the ward asks }]";
    for output in [&when, &chosen] {
        assert_eq!(of_deciding("sensitive: []", output), refused, "{output}");
        assert_eq!(of_deciding(entry, output), [], "{output}");
        // Consent that this output does not ask for explains nothing.
        let consent = "sensitive: [{ class: user.health_and_medical, condition: explicit_consent, category: Care, because: they agreed }]";
        let found = of_deciding(consent, output);
        assert!(
            found.iter().all(|f| f.0 == codes::EXPLICIT_CONSENT),
            "{found:?}"
        );
        assert_eq!(found.len(), 2, "the entry, and the field");
    }
}

#[test]
fn an_entry_that_needs_no_consent_does_not_lift_one_that_does() {
    let class = "class: user.health_and_medical";
    let both = format!(
        "sensitive: [{{ {class}, condition: research, because: an ethics vote }}, {{ {class}, condition: explicit_consent, category: Research, because: study 17 }}]\n{ASKED}"
    );
    let of = |output: &str| {
        let keep = "keep: { one_of: [a, b] }";
        of_sensitive("user.health_and_medical", keep, &both, output)
    };
    assert_eq!(of("needs_consent: Research"), NONE);
    assert_eq!(of("basis: contract"), [codes::EXPLICIT_CONSENT]);
}

#[test]
fn many_ranges_are_no_coarser_and_a_name_of_a_member_is_a_value() {
    let of = |action: &str| {
        of_sensitive(
            "user.health_and_medical",
            action,
            "sensitive: []",
            "basis: contract",
        )
    };
    let ranges = |n: usize| {
        let bounds: Vec<String> = (0..n).map(|n| format!("{n}")).collect();
        of(&format!(
            "generalize: {{ ranges: [{}] }}",
            bounds.join(", ")
        ))
    };
    let refused = [codes::SENSITIVE_UNEXPLAINED];
    assert_eq!(ranges(32), NONE);
    assert_eq!(ranges(33), refused);
    let named = |names: &str| {
        let action = format!("generalize: {{ ranges: [0, 10, 20] }}, names: {names}");
        let clauses = ("sensitive: []", "basis: contract");
        of_field("x.*", "user.health_and_medical", &action, clauses)
    };
    assert_eq!(named("keep"), refused);
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: 30d } }";
    assert_eq!(named(code), refused);
}

/// A constant for what is refused makes nothing coarser, and nothing that is coarser fine.
#[test]
fn a_constant_for_a_refused_value_changes_nothing_of_what_leaves_beside_it() {
    let of = |action: &str| {
        let action = format!("{action}, on_error: {{ replace: 0 }}");
        let health = "user.health_and_medical";
        of_sensitive(health, &action, "sensitive: []", "basis: contract")
    };
    assert_eq!(
        of("keep: { one_of: [1, 2] }"),
        [codes::SENSITIVE_UNEXPLAINED]
    );
    assert_eq!(of("generalize: { ranges: [0, 10, 20] }"), NONE);
}

#[test]
fn what_has_no_class_cannot_leave_where_sensitive_is_written() {
    let id = "id: { pseudonymize: { key: people, normalize: text, epoch: 30d } }";
    let output = format!("fields: {{ {id}, new: {{ keep: {{ one_of: [a, b] }} }} }}");
    let of = |sensitive: &str| of_deciding(sensitive, &output);
    let unused = (codes::CLASS_UNUSED, Severity::Note);
    let found = |severity| (codes::UNCLASSIFIED_KEEP, severity);
    assert_eq!(of(""), [unused, found(Severity::Warning)]);
    assert_eq!(of("sensitive: []"), [unused, found(Severity::Error)]);
}

#[test]
fn a_filter_is_told_of_once_however_many_fields_it_chooses() {
    let id = "id: { pseudonymize: { key: people, normalize: text, epoch: 30d } }";
    let of = |fields: &str| {
        let output = format!("fields: {{ {id}, {fields} }}");
        let list = of_deciding("sensitive: []", &output).into_iter();
        list.filter(|f| f.0 == codes::SENSITIVE_UNEXPLAINED).count()
    };
    let field = |name: &str| format!("\"h[?kind=='hiv'].{name}\": {{ replace: {{ with: 1 }} }}");
    assert_eq!(of(&field("a")), 1);
    assert_eq!(of(&format!("{}, {}", field("a"), field("b"))), 1);
}

#[test]
fn what_cannot_be_placed_does_not_go_to_a_third_country() {
    let of = |unknown: &str, country: &str| {
        let clauses = format!(
            "regions: {{ from: value.c, names: {{ eea: eea, us: [US] }}, unknown: {unknown} }}\n\
             recipients: {{ partner: {{ name: Partner, country: {country}, role: processor, mechanism: scc }} }}"
        );
        let output = format!("region: us\n    recipient: partner\n    {BASIS} sales");
        codes_of(&clauses, &output)
    };
    let warned = [(codes::UNKNOWN_REGION_SENDS, Severity::Warning)];
    assert_eq!(of("us", "IN"), warned);
    assert_eq!(of("eea", "IN"), []);
    assert_eq!(of("none", "IN"), []);
    assert_eq!(of("us", "DE"), []);
}

#[test]
fn texts_for_people_hold_nothing_that_acts() {
    let of = |title: &str| {
        let clauses = format!(
            "rights: {{ key: people }}\nconsent: {{ state: {{}}, categories: {{ Ads: {{ title: \"{title}\", text: \"Ads.\\nMore.\" }} }} }}"
        );
        let list = codes_of(&clauses, &format!("{BASIS} sales"));
        list.iter().filter(|f| f.0 == codes::BAD_NAME).count()
    };
    assert_eq!(of("Werbe\u{ad}anzeigen \u{1f468}\u{200d}\u{1f469}"), 0);
    for bad in ["\\x1b[2J", "a\\u202eb", "a\\u2066b", "a\\0b", "a\\tb"] {
        assert_eq!(of(bad), 1, "{bad}");
    }
}

#[test]
fn the_key_of_people_lies_alone_where_their_pages_are_served() {
    let of = |file: &str, state: &str| {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, writers: own, subject: {{ customer: id }} }}\n\
             keys: {{ people: {{ ref: \"file:k.json#people\" }}, subjects: {{ ref: \"file:{file}#subjects\" }}, quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
             classes: {{ fields: {{ id: user.unique_id }} }}\nquarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n\
             rights: {{ key: subjects }}\nconsent: {{ state: {state} }}\n\
             outputs:\n  - {{ topic: clean, domain: d, purpose: functional.service, needs_consent: Ads, fields: {{ id: {{ pseudonymize: {{ key: people, normalize: text, epoch: 30d }} }} }} }}\n"
        );
        let list = of_text(text).into_iter();
        list.filter(|f| f.code == codes::PEOPLE_KEY_SHARED).count()
    };
    assert_eq!(of("k.json", "{}"), 1);
    assert_eq!(of("subjects.json", "{}"), 0);
    // Where they decide elsewhere, no page is served.
    assert_eq!(of("k.json", "{ topic: theirs, format: json }"), 0);
}
