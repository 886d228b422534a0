//! Facts are what other rooms believe of an action: each is tried on what the
//! action does.

use std::collections::BTreeSet;

use super::probes::admitted;
use super::testing::{Bench, NOW_MS, build, build_for, parse, view};
use super::{ACTIONS, Action, ActionDef, Facts, Grade, IsoClass, NoiseSpent, OpenEnd, action};
use crate::language::duration::millis;
use crate::language::finding::Findings;
use crate::record::Reason;
use crate::record::timestamp::Timestamp;
use crate::record::value::{Text, TextForm, View};
use crate::record::{Note, Notes};

/// Field values beside the examples, so that every fact holds somewhere.
const MORE: &[(&str, &str)] = &[
    ("keep", "{ keep: { subtree: true } }"),
    (
        "replace",
        "{ replace: { one_of: given-names.txt, key: people, by: record } }",
    ),
    ("keep", "{ keep: { max_chars: 64 } }"),
    ("keep", "{ keep: { type: integer, min: 0 } }"),
    ("encrypt", "{ encrypt: { key: contact, subtree: true } }"),
    ("encrypt", "{ encrypt: { key: contact, pad: none } }"),
    (
        "encrypt",
        "{ encrypt: { key: contact, mode: deterministic, pad: none } }",
    ),
    ("pseudonymize", "{ pseudonymize: { key: people } }"),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, scope: output } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, scope: subject } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, scope: record } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, normalize: phone(DE) } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, normalize: [text, phone@2(DE)] } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, normalize: [strip, 'phone@2(+)'] } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, epoch: 30d, accept_from: 2020-01-01 } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, epoch: quarter, epoch_by: at, late_max: 400d } }",
    ),
    (
        "pseudonymize",
        "{ pseudonymize: { key: people, ip: prefix_preserving, epoch: 1d } }",
    ),
    ("generalize", "{ generalize: { top: 1e18 } }"),
    ("generalize", "{ generalize: { ipv4: 32 } }"),
    ("generalize", "{ generalize: { shift: 3d, key: people } }"),
    ("mask", "{ mask: { keep_first: 15 } }"),
    ("url", "{ url: { query: [gclid] } }"),
    ("url", "{ url: { routes: [/] } }"),
    (
        "match_hash",
        "{ match_hash: { for: meta, what: email, accept_hashed: true } }",
    ),
    (
        "redact",
        "{ redact: { with: { generalize: { top_k: { of: [a] } } } } }",
    ),
    (
        "each",
        "{ each: { split: ',', do: { generalize: { top_k: { of: [a, b] } } } } }",
    ),
    ("url", "{ url: { query: { gclid: { mask: {} } } } }"),
    (
        "url",
        "{ url: { path: drop, query: { gclid: { keep: { max_chars: 9 } } } } }",
    ),
    ("each", "{ each: { split: ';', do: keep } }"),
    ("each", "{ each: { do: { keep: { max_chars: 64 } } } }"),
    (
        "each",
        "{ each: { split: ';', do: { pseudonymize: { key: people } } } }",
    ),
    (
        "each",
        "{ each: { do: { pseudonymize: { key: people, scope: subject } } } }",
    ),
    (
        "each",
        "{ each: { split: ';', do: { tokenize: { key: phones@1, format: digits } } } }",
    ),
    (
        "each",
        "{ each: { split: ';', do: { encrypt: { key: contact, pad: none } } } }",
    ),
    ("each", "{ each: { split: ';', do: { redact: {} } } }"),
    (
        "each",
        "{ each: { split: '|', do: { url: { query: [gclid] } } } }",
    ),
    (
        "each",
        "{ each: { split: '|', do: { each: { split: ';', do: { mask: {} } } } } }",
    ),
    (
        "noise",
        "{ noise: { key: people, memo: record, laplace: { epsilon: 1, bottom: 0, top: 1e12, step: 1 } } }",
    ),
    (
        "noise",
        "{ noise: { key: people, randomized_response: { epsilon: 1, of: [a, b, c], else: c } } }",
    ),
];

/// Values beside those of the examples.
const VALUES: [&str; 7] = [
    PHONE[1],
    ADDRESS,
    TEXT,
    TIME,
    r#""jane@example.com""#,
    r#""203.0.113.7""#,
    "1772361727123",
];
const TEXT: &str = r#""what nobody foresaw""#;
/// As [`TEXT`], a little longer.
const LONGER: &str = r#""what nobody here foresaw""#;
const ADDRESS: &str = r#""https://shop.example/u/jane-doe?gclid=news""#;
/// A SHA-256.
const HASHED: &str = r#""62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F""#;
const TOLD: &str = r#""jane@a.example says she is ill""#;
/// One number in two spellings, and what could be a number of two countries.
const PHONE: [&str; 3] = [
    r#""+49 151 12345678""#,
    r#""+4915112345678""#,
    r#""4915112345678""#,
];
const TIME: &str = r#""2026-03-01T10:42:07Z""#;

/// What leaves of a text is as long as the policy says, whatever the text is.
fn is_hidden(policy: &str) -> bool {
    policy.contains("encrypt:") || policy.contains("mask:")
}

fn facts_of(policy: &str) -> Facts {
    let spec = parse(policy, &mut Findings::default());
    spec.expect("an example").facts()
}

/// The action that makes what leaves.
fn maker(policy: &str) -> &'static ActionDef {
    let spec = parse(policy, &mut Findings::default()).expect("an example");
    fn of(spec: &dyn super::Spec) -> Option<&'static str> {
        spec.hands_on()?;
        let inner = spec.nested().remove(0);
        of(inner.spec).or(Some(inner.word))
    }
    let word = of(&*spec).unwrap_or_else(|| {
        let word = policy.trim_start_matches("{ ");
        let end = word.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        match action(&word[..end.unwrap_or(word.len())]) {
            Some(def) => def.name,
            None => panic!("{policy}"),
        }
    });
    action(word).expect("an action")
}

type Made = Result<Option<String>, Reason>;

fn apply(action: &dyn Action, bench: &mut Bench, json: &str) -> Made {
    let applied = bench.apply(action, view(json));
    applied.map(|()| bench.take(action))
}

/// What a field value makes of a value.
fn made(policy: &str, json: &str) -> Made {
    apply(build(policy).as_ref(), &mut Bench::default(), json)
}

/// What it makes of the same value in another record, side by side.
fn made_again(policy: &str, json: &str) -> [Made; 2] {
    let (action, mut bench) = (build(policy), Bench::default());
    [1, 2].map(|offset| {
        bench.offset = offset;
        apply(action.as_ref(), &mut bench, json)
    })
}

/// What two outputs of one domain and purpose get.
fn made_for_two_outputs(policy: &str, json: &str) -> [Made; 2] {
    ["web.clean", "web.other"].map(|topic| {
        let action = build_for(policy, topic);
        apply(action.as_ref(), &mut Bench::default(), json)
    })
}

/// What a field value makes of the same value of two events, a year apart, each in time.
fn made_in_two_years(policy: &str, json: &str) -> [Made; 2] {
    let (action, mut bench) = (build(policy), Bench::default());
    [0, 366 * 86_400_000].map(|ago_ms| {
        bench.now_ms = NOW_MS - ago_ms;
        bench.timestamp = Timestamp::Create(bench.now_ms);
        bench.read = [Ok(bench.now_ms)];
        apply(action.as_ref(), &mut bench, json)
    })
}

/// What is said of the value to be counted; nothing of one that is refused.
fn noted_of(policy: &str, json: &str) -> Notes {
    let mut bench = Bench::default();
    match bench.apply(build(policy).as_ref(), view(json)) {
        Ok(()) => bench.noted,
        Err(_) => Notes::default(),
    }
}

fn made_without_subject(policy: &str, json: &str) -> Made {
    let mut bench = Bench::default();
    bench.subject = None;
    apply(build(policy).as_ref(), &mut bench, json)
}

/// True when both are written and are not the same.
fn differ(pair: [Made; 2]) -> bool {
    matches!(&pair, [Ok(Some(a)), Ok(Some(b))] if a != b)
}

/// Compares every fact of a field value with what it does, and says which hold.
/// A new fact does not compile until it is tried here.
fn tried(def: &ActionDef, policy: &str, values: &[&str]) -> [(&'static str, bool); 30] {
    let Facts {
        clear,
        unkeyed,
        read_off,
        salted,
        unbounded_text,
        drops,
        takes_whole,
        linkable,
        linkable_unsaid,
        join_key,
        per_output,
        reversible,
        needs_subject,
        type_sensitive,
        two_readings,
        time_step,
        length_shows,
        admits,
        toothless,
        click_ids,
        free_text,
        noise,
        epochs,
        open_end,
        grade,
        writes,
        parts,
        notes,
        quasi,
    } = facts_of(policy);
    let taken: Vec<&str> = values
        .iter()
        .copied()
        .filter(|json| matches!(made(policy, json), Ok(Some(_))))
        .collect();
    let any = |is: &dyn Fn(&str) -> bool| taken.iter().copied().any(is);
    let keyed = matches!(
        def.iso,
        IsoClass::Pseudonymization | IsoClass::Cryptographic
    );
    // A word of a list by which values are told apart, and joined with nothing.
    let stands_in = policy.contains("one_of: ") && def.name == "replace";
    let is_code = keyed || unkeyed || stands_in && !policy.contains("by: record");
    let as_it_is = |json: &str| made(policy, json) == Ok(Some(json.to_owned()));

    let kinds = ["null", "true", "1", TEXT, "[1]", "{}"];
    let absent = kinds.iter().all(|json| made(policy, json) == Ok(None));
    assert_eq!(drops, absent, "{policy}: drops");
    assert!(
        drops || !taken.is_empty(),
        "{policy} takes none of {values:?}"
    );

    let long = format!("{TEXT:?}").replace("foresaw", &"foresaw ".repeat(300));
    assert_eq!(unbounded_text, as_it_is(&long), "{policy}: unbounded_text");
    assert!(
        clear || unkeyed || def.iso != IsoClass::None,
        "{policy}: clear"
    );
    assert!(clear || !unbounded_text, "{policy}: clear");

    let digest = |json: &str| {
        let of = crate::crypto::digest::sha256(json.trim_matches('"').as_bytes());
        format!("{:?}", data_encoding::HEXLOWER.encode(&of))
    };
    let is_digest = |json: &str| made(policy, json) == Ok(Some(digest(&json.to_lowercase())));
    let hashes = def.name == "match_hash";
    assert!(unkeyed || !any(&is_digest), "{policy}: unkeyed");
    assert_eq!(unkeyed, hashes, "{policy}: unkeyed");

    if def.iso == IsoClass::None && !unkeyed && !unbounded_text && !takes_whole {
        let out = admitted(|probe| as_it_is(&format!("{probe:?}")));
        assert_eq!(admits, out, "{policy}: admits");
    } else {
        assert_eq!(admits, [""; 0], "{policy}: admits");
    }

    let inside = [r#"{"a":1}"#, r#"{"b":2}"#].map(|json| made(policy, json));
    assert_eq!(takes_whole, differ(inside), "{policy}: takes_whole");

    let repeats = |json: &str| {
        let [one, other] = made_again(policy, json);
        one == other
    };
    assert_eq!(linkable, is_code && any(&repeats), "{policy}: linkable");
    assert_eq!(
        linkable && !stands_in,
        join_key.is_some(),
        "{policy}: join_key"
    );
    assert!(linkable || !linkable_unsaid, "{policy}: linkable_unsaid");

    let changes = |json: &str| differ(made_in_two_years(policy, json));
    if linkable {
        assert_eq!(epochs.is_some(), any(&changes), "{policy}: epochs");
    } else {
        // What differs in every record differs in every epoch.
        assert!(epochs.is_none() || keyed, "{policy}: epochs");
    }

    let apart = |json: &str| differ(made_for_two_outputs(policy, json));
    assert_eq!(per_output, any(&apart), "{policy}: per_output");

    let turns = policy.contains("ip: prefix_preserving");
    let by_text = def.reversible.starts_with("yes") || turns;
    assert_eq!(reversible, by_text, "{policy}: reversible");
    if let Some(reverse) = build(policy).as_reverse() {
        assert!(reversible, "{policy}: reversible");
        let text = made(policy, taken[0]).expect("taken").expect("written");
        let mut clear = String::new();
        let turned = reverse.reverse(text.trim_matches('"'), NOW_MS, &mut clear);
        assert!(turned.is_ok() && !clear.is_empty(), "{policy}: as_reverse");
    }

    let with_salt = |json: &str| {
        let clear: String = serde_json::from_str(json).unwrap_or_default();
        digest(&format!("{clear}veil test salt salt"))
    };
    let is_salted = |json: &str| made(policy, json) == Ok(Some(with_salt(json)));
    assert_eq!(salted, any(&is_salted), "{policy}: salted");

    // Two of one network stay in one network.
    let near = [r#""203.0.113.7""#, r#""203.0.113.99""#].map(|json| made(policy, json));
    let network = |made: &Made| {
        let text = made.as_ref().ok()?.as_ref()?;
        let address: std::net::Ipv4Addr = text.trim_matches('"').parse().ok()?;
        Some(address.to_bits() >> 8)
    };
    let [one, other] = [&near[0], &near[1]].map(network);
    let together = keyed && differ(near) && one.is_some() && one == other;
    assert_eq!(read_off, together, "{policy}: read_off");

    let lacks = |json: &str| made_without_subject(policy, json).is_err();
    assert_eq!(needs_subject, any(&lacks), "{policy}: needs_subject");

    let of_types = differ(["42", r#""42""#].map(|json| made(policy, json)));
    let of_types = of_types && def.iso == IsoClass::Pseudonymization;
    assert_eq!(type_sensitive, of_types, "{policy}: type_sensitive");

    // In clear and by its spelling, both are themselves.
    let spellings = PHONE.map(|json| made(policy, json));
    let reads = matches!(&spellings[..2], [Ok(Some(a)), Ok(Some(b))] if a == b);
    let [_, with_plus, without] = spellings;
    let two = reads && def.iso == IsoClass::Pseudonymization && differ([with_plus, without]);
    assert_eq!(two_readings.is_some(), two, "{policy}: two_readings");

    let lengths = [TEXT, LONGER].map(|json| made(policy, json).ok().flatten().map(|t| t.len()));
    match lengths {
        [Some(one), Some(other)] if is_hidden(policy) => {
            assert_eq!(
                length_shows.is_some(),
                one != other,
                "{policy}: length_shows"
            );
        }
        _ => assert_eq!(length_shows, None, "{policy}: length_shows"),
    }

    let address = made(policy, ADDRESS).ok().flatten();
    let address = address.filter(|_| def.name == "url").unwrap_or_default();
    let names_a_person = address.contains("jane-doe");
    assert_eq!(toothless.is_some(), names_a_person, "{policy}: toothless");
    let clicked = address.contains("gclid=news");
    assert_eq!(click_ids.is_empty(), !clicked, "{policy}: click_ids");

    let is_decided_later = build(policy).quasi().is_some();
    assert_eq!(quasi.is_some(), is_decided_later, "{policy}: quasi");

    let told = made(policy, TOLD).ok().flatten().unwrap_or_default();
    let is_redacted = told.contains("she is ill") && !told.contains("jane@");
    assert_eq!(free_text, is_redacted, "{policy}: free_text");

    let cut = made(policy, TIME).ok().flatten();
    let cut = cut.filter(|text| text != TIME && text.trim_matches('"').len() == TIME.len() - 2);
    let is_cut = cut.is_some_and(|text| text.starts_with(&TIME[..11]));
    assert!(time_step.is_some() || !is_cut, "{policy}: time_step");
    if let Some(step) = &time_step {
        assert_eq!(millis(&step.written), Some(step.ms), "{policy}: time_step");
        assert!(!any(&as_it_is), "{policy}: time_step");
    }

    let is_noise = def.iso == IsoClass::Randomization;
    assert_eq!(noise.is_some(), is_noise, "{policy}: noise");
    if let Some(spent) = noise {
        // Of twenty answers to one value, not all are alike.
        let (action, mut bench) = (build(policy), Bench::default());
        let answers = (0..20).map(|offset| {
            bench.offset = offset;
            apply(action.as_ref(), &mut bench, taken[0])
        });
        let answers: Vec<Made> = answers.collect();
        let repeats = answers.iter().all(|a| *a == answers[0]);
        let per_record = spent == NoiseSpent::PerRecord;
        assert_eq!(per_record, !repeats, "{policy}: noise");
        assert_eq!(per_record, !needs_subject, "{policy}: noise");
    }

    // Where no end is missing, a number far beyond what is usual leaves as a bound.
    if grade == Some(Grade::Amount) && open_end.is_none() {
        let huge = ["-1e15", "1e15"].map(|json| made(policy, json).ok().flatten());
        let is_far = huge.iter().flatten().any(|text| text.len() > 9);
        assert!(!is_far, "{policy}: open_end");
    }
    let many = parts.as_ref().map_or(2, |parts| *parts.start());
    let one = Some(View::Text(Text::new("1", TextForm::Plain)));
    let mut bench = Bench::default();
    let together = bench.apply_parts(build(policy).as_ref(), &vec![one; many]);
    assert_eq!(
        parts.is_none(),
        together == Err(Reason::WrongType),
        "{policy}: parts"
    );

    let noted = [HASHED, TEXT].iter().chain(values);
    let noted = noted.map(|json| noted_of(policy, json));
    assert_eq!(
        notes,
        noted.fold(Notes::default(), Notes::and),
        "{policy}: notes"
    );

    if let Some(grade) = grade {
        assert!(!drops && !keyed, "{policy}: grade {grade:?}");
    }

    for json in &taken {
        let of_text: Option<String> = serde_json::from_str(json).ok();
        let text = made(policy, json).expect("taken").expect("written");
        let (Some(of_text), Ok(text)) = (of_text, serde_json::from_str::<String>(&text)) else {
            continue;
        };
        let new = text.chars().filter(|c| !of_text.contains(*c));
        // What a table holds is told nobody before it is read.
        let unsaid: String = new.filter(|c| !writes.has(*c)).collect();
        let of_table = ["file:", ".txt"].iter().any(|file| policy.contains(file));
        assert!(of_table || unsaid.is_empty(), "{policy}: writes {unsaid:?}");
    }

    [
        ("notes other", notes.has(Note::Other)),
        ("notes accepted hashes", notes.has(Note::AcceptedHash)),
        ("writes", !writes.is_empty()),
        ("parts", parts.is_some()),
        ("quasi", quasi.is_some()),
        ("epochs", epochs.is_some()),
        ("noise", noise.is_some()),
        ("unkeyed", unkeyed),
        ("read_off", read_off),
        ("salted", salted),
        ("open_end", open_end.is_some()),
        ("grade", grade.is_some()),
        ("clear", clear),
        ("unbounded_text", unbounded_text),
        ("drops", drops),
        ("takes_whole", takes_whole),
        ("linkable", linkable),
        ("linkable_unsaid", linkable_unsaid),
        ("join_key", join_key.is_some()),
        ("per_output", per_output),
        ("reversible", reversible),
        ("needs_subject", needs_subject),
        ("type_sensitive", type_sensitive),
        ("two_readings", two_readings.is_some()),
        ("time_step", time_step.is_some()),
        ("length_shows", length_shows.is_some()),
        ("admits", !admits.is_empty()),
        ("toothless", toothless.is_some()),
        ("click_ids", !click_ids.is_empty()),
        ("free_text", free_text),
    ]
}

#[test]
fn facts_are_what_the_actions_do() {
    let mut facts = BTreeSet::new();
    for def in ACTIONS {
        for example in def.examples {
            let mut values = vec![example.input];
            values.extend(VALUES);
            facts.extend(tried(maker(example.policy), example.policy, &values));
            let as_it_is = example.output == Some(example.input);
            let clear = facts_of(example.policy).clear;
            assert!(clear || !as_it_is, "{}", example.policy);
        }
    }
    for (name, policy) in MORE {
        let def = maker(policy);
        assert!(policy.contains(name), "{policy}");
        facts.extend(tried(def, policy, &VALUES));
    }
    let tried_both_ways = |name| facts.contains(&(name, true)) && facts.contains(&(name, false));
    for (name, _) in &facts {
        assert!(tried_both_ways(*name), "`{name}` is the same everywhere");
    }
}

#[test]
fn what_is_hardly_coarser_is_clear() {
    for (policy, json) in [
        ("{ generalize: { prefix: 64 } }", TEXT),
        ("{ generalize: { bucket: 1 } }", "78051120"),
        ("{ generalize: { round: 0.01 } }", "39.8"),
        ("{ generalize: { bucket: 1, top: 999999 } }", "41"),
        ("{ generalize: { decimals: 15 } }", "52.531677123"),
        ("{ generalize: { time: 1s } }", TIME),
    ] {
        assert_eq!(made(policy, json), Ok(Some(json.to_owned())), "{policy}");
        assert!(facts_of(policy).clear, "{policy}");
    }
    for policy in [
        "{ generalize: { ipv4: 31, ipv6: 48 } }",
        "{ generalize: { ipv4: 16, ipv6: 127 } }",
        "{ mask: { keep_first: 15 } }",
    ] {
        assert!(facts_of(policy).clear, "{policy}");
    }
    for policy in [
        "{ generalize: { prefix: 3 } }",
        "{ generalize: { bucket: 10 } }",
        "{ generalize: { decimals: 2 } }",
        "{ generalize: { ranges: [0, 1, 2] } }",
        "{ generalize: { time: 1h } }",
        "{ generalize: { ipv4: 24, ipv6: 48 } }",
        "{ mask: { keep_first: 8, keep_last: 4 } }",
    ] {
        assert!(!facts_of(policy).clear, "{policy}");
    }
}

#[test]
fn open_ends_and_grades_are_those_of_the_words_that_are_written() {
    use Grade::*;
    use OpenEnd::*;
    for (words, open_end, grade) in [
        (
            "bucket: 10",
            Some(Missing("`bottom` and `top`")),
            Some(Amount),
        ),
        ("round: 5, top: 90", Some(Missing("`bottom`")), Some(Amount)),
        (
            "bucket: 10, bottom: 0",
            Some(Missing("`top`")),
            Some(Amount),
        ),
        ("bucket: 10, bottom: 0, top: 90", None, Some(Amount)),
        ("ranges: [0, 18, 65]", None, Some(Amount)),
        ("decimals: 1", None, Some(Decimals(1))),
        ("top: 90", None, None),
        ("prefix: 3", None, Some(Characters(3))),
        (
            "prefix: 4",
            Some(FinerThan("prefix: 3")),
            Some(Characters(4)),
        ),
        ("date: year", Some(Missing("`bottom`")), Some(Years(1))),
        (
            "date: year, bucket: 10, bottom: 1940",
            None,
            Some(Years(10)),
        ),
        ("date: month", None, Some(Years(0))),
        ("date: weekday", None, None),
        (
            "ipv4: 24, ipv6: 56",
            None,
            Some(Network { ipv4: 24, ipv6: 56 }),
        ),
        (
            "ipv4: 25",
            Some(FinerThan("ipv4: 24")),
            Some(Network { ipv4: 25, ipv6: 0 }),
        ),
        (
            "ipv6: 57",
            Some(FinerThan("ipv6: 56")),
            Some(Network { ipv4: 0, ipv6: 57 }),
        ),
        ("postal: 3", None, Some(PostalCode(3))),
        ("zip3: us", None, None),
        ("geohash: 6", None, Some(SmallCell)),
        ("geohash: 7", Some(FinerThan("geohash: 6")), Some(TinyCell)),
        ("geohash: 5", None, Some(SmallCell)),
        ("geohash: 4", None, None),
        ("h3: 8", None, Some(SmallCell)),
        ("h3: 9", Some(FinerThan("h3: 8")), Some(TinyCell)),
        ("h3: 5", None, Some(SmallCell)),
        ("h3: 4", None, None),
        ("email: domain", None, Some(EmailDomain)),
        ("user_agent: family_major", None, Some(BrowserVersion)),
        ("user_agent: family", None, None),
    ] {
        let facts = facts_of(&format!("{{ generalize: {{ {words} }} }}"));
        assert_eq!((facts.open_end, facts.grade), (open_end, grade), "{words}");
    }
    for (words, open_end) in [
        ("type: integer, min: 0", Some(Missing("`max`"))),
        ("type: number, min: 0, max: 9", None),
        ("type: boolean", None),
        ("max_chars: 3", None),
    ] {
        let facts = facts_of(&format!("{{ keep: {{ {words} }} }}"));
        assert_eq!(facts.open_end, open_end, "{words}");
    }
}
