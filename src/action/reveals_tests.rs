use super::*;
use crate::action::testing::parse;
use crate::language::finding::Findings;

fn reveals(policy: &str) -> (Reveals, &str) {
    let mut findings = Findings::default();
    let spec = parse(policy, &mut findings);
    assert!(!findings.has_errors(), "{policy}: {findings:?}");
    let spec = spec.expect("no error was found");
    let words = policy.split(|c: char| !c.is_ascii_alphabetic());
    let name = words.into_iter().find(|w| !w.is_empty()).expect("its word");
    (spec.reveals(), name)
}

/// How the second stands to the first.
fn order(was: &str, is: &str) -> Order {
    let ((was, was_name), (is, is_name)) = (reveals(was), reveals(is));
    is.order(&was, was_name == is_name).0
}

/// One of each action, in the order of what leaves, as far as there is one.
const ONE_OF_EACH: [&str; 11] = [
    "drop",
    "{ replace: { with: x } }",
    "{ mask: {} }",
    "{ encrypt: { key: people } }",
    "{ pseudonymize: { key: people } }",
    "{ tokenize: { key: people@1, format: digits } }",
    "{ mask: { keep_last: 4 } }",
    "{ generalize: { bucket: 10 } }",
    "{ generalize: { date: month } }",
    "{ keep: { max_chars: 9 } }",
    "keep",
];

/// How the column's stands to the row's: `=` the same, `+` stronger, `-` weaker,
/// `?` not known.
const TABLE: [&str; 11] = [
    //  dr re ma en ps to mk bu da km ke
    "= - - - - - - - - - -", // drop
    "+ = - - - - - - - - -", // replace
    "+ ? = - - - - - - - -", // mask, all of it
    "+ + + = ? - ? ? ? - -", // encrypt
    "+ ? ? ? = - ? ? ? - -", // pseudonymize
    "+ ? ? ? ? = ? ? ? - -", // tokenize
    "+ ? + ? ? ? = ? ? ? -", // mask, a part
    "+ ? ? ? ? ? ? = ? ? -", // bucket
    "+ ? ? ? ? ? ? ? = ? -", // month
    "+ ? ? ? ? ? ? ? ? = -", // keep, bounded
    "+ + + + + + + + + + =", // keep
];

fn sign(order: Order) -> &'static str {
    match order {
        Order::Same => "=",
        Order::Stronger => "+",
        Order::Weaker => "-",
        Order::Unknown => "?",
    }
}

#[test]
fn each_action_beside_each() {
    for (was, row) in ONE_OF_EACH.iter().zip(TABLE) {
        for (is, want) in ONE_OF_EACH.iter().zip(row.split(' ')) {
            assert_eq!(sign(order(was, is)), want, "{was} → {is}");
        }
    }
}

/// The first action lets out more than the second; `?`: neither can be shown.
const DIALS: &[(&str, &str, &str)] = &[
    ("keep", "+", "{ keep: { max_chars: 64 } }"),
    (
        "{ keep: { max_chars: 64 } }",
        "+",
        "{ keep: { max_chars: 8 } }",
    ),
    (
        "{ keep: { max_chars: 9 } }",
        "+",
        "{ keep: { max_chars: 9, one_of: [a] } }",
    ),
    (
        "{ keep: { one_of: [a, b] } }",
        "+",
        "{ keep: { one_of: [a] } }",
    ),
    (
        "{ keep: { one_of: [a, b] } }",
        "?",
        "{ keep: { one_of: [a, c] } }",
    ),
    (
        "{ keep: { one_of: [1] } }",
        "?",
        "{ keep: { one_of: [\"1\"] } }",
    ),
    ("keep", "+", "{ keep: { matches: \"[a-z]+\" } }"),
    (
        "{ keep: { matches: \"[a-z]+\" } }",
        "?",
        "{ keep: { matches: \"[a-z]*\" } }",
    ),
    (
        "{ keep: { max_chars: 9 } }",
        "?",
        "{ keep: { one_of: [a] } }",
    ),
    ("{ keep: { subtree: true } }", "+", "keep"),
    ("{ mask: { keep_last: 4 } }", "+", "{ mask: {} }"),
    (
        "{ mask: { keep_first: 2, keep_last: 4 } }",
        "+",
        "{ mask: {} }",
    ),
    ("{ mask: { skip: [punctuation] } }", "+", "{ mask: {} }"),
    ("{ mask: { fixed_length: none } }", "+", "{ mask: {} }"),
    ("{ mask: {} }", "?", "{ mask: { numbers: as_text } }"),
    (
        "{ mask: { email: {} } }",
        "+",
        "{ mask: { email: { domain: tld } } }",
    ),
    (
        "{ mask: { email: { domain: tld } } }",
        "+",
        "{ mask: { email: { domain: none } } }",
    ),
    (
        "{ mask: { keep_first: 1 } }",
        "?",
        "{ mask: { email: { keep_first: 1 } } }",
    ),
    (
        "{ mask: { with: { upper: X, lower: x, digit: n, other: _ } } }",
        "?",
        "{ mask: { with: { upper: x, lower: x, digit: n, other: _ } } }",
    ),
    ("{ redact: {} }", "?", "{ redact: { numbers: as_text } }"),
    (
        "{ pseudonymize: { key: people } }",
        "+",
        "{ pseudonymize: { key: people, scope: output } }",
    ),
    (
        "{ pseudonymize: { key: people, scope: output } }",
        "+",
        "{ pseudonymize: { key: people, scope: record } }",
    ),
    (
        "{ pseudonymize: { key: people, scope: subject } }",
        "?",
        "{ pseudonymize: { key: people, scope: output } }",
    ),
    (
        "{ pseudonymize: { key: people, bits: 96 } }",
        "+",
        "{ pseudonymize: { key: people, bits: 128 } }",
    ),
    (
        "{ pseudonymize: { key: people } }",
        "?",
        "{ pseudonymize: { key: people, space: order } }",
    ),
    (
        "{ pseudonymize: { key: people } }",
        "?",
        "{ pseudonymize: { key: people, normalize: email } }",
    ),
    (
        "{ pseudonymize: { key: people, from: [a, b] } }",
        "?",
        "{ pseudonymize: { key: people, from: [a, c] } }",
    ),
    (
        "{ tokenize: { key: people@1, format: digits } }",
        "?",
        "{ tokenize: { key: people@1, format: phone } }",
    ),
    (
        "{ tokenize: { key: people@1, format: digits } }",
        "?",
        "{ tokenize: { key: people@1, format: digits, space: card } }",
    ),
    (
        "{ tokenize: { key: people@1, format: { card: bin6 } } }",
        "?",
        "{ tokenize: { key: people@1, format: { card: bin8 } } }",
    ),
    (
        "{ tokenize: { key: people@1, format: digits } }",
        "?",
        "{ tokenize: { key: people@1, format: digits, numbers: as_text } }",
    ),
    (
        "{ encrypt: { key: people, pad: none } }",
        "+",
        "{ encrypt: { key: people, pad: 32 } }",
    ),
    (
        "{ encrypt: { key: people, pad: none } }",
        "+",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ encrypt: { key: people } }",
        "=",
        "{ encrypt: { key: people, pad: auto, mode: randomized } }",
    ),
    (
        "{ encrypt: { key: people, pad: 32 } }",
        "+",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ encrypt: { key: people } }",
        "+",
        "{ encrypt: { key: people, pad: 8192 } }",
    ),
    (
        "{ encrypt: { key: people, pad: 128 } }",
        "?",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ encrypt: { key: people, mode: deterministic } }",
        "+",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ encrypt: { key: people, mode: deterministic, space: mail } }",
        "?",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ encrypt: { key: people, mode: deterministic } }",
        "?",
        "{ encrypt: { key: people, mode: deterministic, space: mail } }",
    ),
    (
        "{ encrypt: { key: people, pad: 32 } }",
        "+",
        "{ encrypt: { key: people, pad: 64 } }",
    ),
    (
        "{ encrypt: { key: people, pad: 64 } }",
        "?",
        "{ encrypt: { key: people, pad: 96 } }",
    ),
    (
        "{ encrypt: { key: people } }",
        "?",
        "{ encrypt: { key: people, label: mail } }",
    ),
    (
        "{ encrypt: { key: people } }",
        "+",
        "{ encrypt: { key: people, null: encrypt } }",
    ),
    (
        "{ encrypt: { key: people, subtree: true } }",
        "+",
        "{ encrypt: { key: people } }",
    ),
    (
        "{ generalize: { bucket: 5 } }",
        "+",
        "{ generalize: { bucket: 10 } }",
    ),
    (
        "{ generalize: { bucket: 0.5 } }",
        "+",
        "{ generalize: { bucket: 2 } }",
    ),
    (
        "{ generalize: { bucket: 10 } }",
        "?",
        "{ generalize: { bucket: 15 } }",
    ),
    (
        "{ generalize: { top: 90 } }",
        "+",
        "{ generalize: { bucket: 10, top: 90 } }",
    ),
    (
        "{ generalize: { bucket: 10 } }",
        "+",
        "{ generalize: { bucket: 10, top: 90 } }",
    ),
    (
        "{ generalize: { bucket: 10, top: 90 } }",
        "+",
        "{ generalize: { bucket: 10, top: 80 } }",
    ),
    (
        "{ generalize: { bucket: 10, bottom: 10 } }",
        "+",
        "{ generalize: { bucket: 10, bottom: 20 } }",
    ),
    (
        "{ generalize: { bucket: 10 } }",
        "?",
        "{ generalize: { round: 10 } }",
    ),
    (
        "{ generalize: { round: 10 } }",
        "+",
        "{ generalize: { round: 30 } }",
    ),
    (
        "{ generalize: { round: 10 } }",
        "?",
        "{ generalize: { round: 20 } }",
    ),
    (
        "{ generalize: { ranges: [18, 65] } }",
        "?",
        "{ generalize: { ranges: [18, 65], bottom: 20 } }",
    ),
    (
        "{ pseudonymize: { key: people } }",
        "?",
        "{ pseudonymize: { key: people, scope: subject } }",
    ),
    (
        "{ pseudonymize: { key: people, scope: subject } }",
        "+",
        "{ pseudonymize: { key: people, scope: record } }",
    ),
    (
        "{ generalize: { decimals: 2 } }",
        "+",
        "{ generalize: { decimals: 1 } }",
    ),
    (
        "{ generalize: { ranges: [0, 18, 65] } }",
        "+",
        "{ generalize: { ranges: [0, 65] } }",
    ),
    (
        "{ generalize: { ranges: [0, 18] } }",
        "?",
        "{ generalize: { ranges: [0, 21] } }",
    ),
    (
        "{ generalize: { time: 15m } }",
        "+",
        "{ generalize: { time: 1h } }",
    ),
    (
        "{ generalize: { time: 4h } }",
        "?",
        "{ generalize: { time: 6h } }",
    ),
    (
        "{ generalize: { time: 1h } }",
        "+",
        "{ generalize: { date: hour_of_day } }",
    ),
    (
        "{ generalize: { time: 1h } }",
        "+",
        "{ generalize: { date: week } }",
    ),
    (
        "{ generalize: { time: 7d } }",
        "?",
        "{ generalize: { date: month } }",
    ),
    (
        "{ noise: { key: people, laplace: { epsilon: 2, bottom: 0, top: 9, step: 1 } } }",
        "+",
        "{ noise: { key: people, laplace: { epsilon: 1, bottom: 0, top: 9, step: 1 } } }",
    ),
    (
        "{ noise: { key: people, laplace: { epsilon: 1, bottom: 0, top: 9, step: 1 } } }",
        "?",
        "{ noise: { key: people, laplace: { epsilon: 1, bottom: 0, top: 9, step: 1 }, per: 3 } }",
    ),
    (
        "{ noise: { key: people, randomized_response: { epsilon: 1, of: [a, b] } } }",
        "?",
        "{ noise: { key: people, randomized_response: { epsilon: 1, of: [a, b] }, memo: record } }",
    ),
    (
        "{ generalize: { date: month } }",
        "+",
        "{ generalize: { date: quarter } }",
    ),
    (
        "{ generalize: { date: month } }",
        "+",
        "{ generalize: { date: month, shift: 30d, key: people } }",
    ),
    (
        "{ generalize: { shift: 30d, key: people } }",
        "+",
        "{ generalize: { shift: 300d, key: people } }",
    ),
    (
        "{ generalize: { shift: 30d, key: people } }",
        "?",
        "{ generalize: { shift: 30d, key: people, space: visits } }",
    ),
    (
        "{ generalize: { date: month } }",
        "+",
        "{ generalize: { date: month_of_year } }",
    ),
    (
        "{ generalize: { date: week } }",
        "+",
        "{ generalize: { date: week_of_year } }",
    ),
    (
        "{ generalize: { date: year } }",
        "?",
        "{ generalize: { date: day_of_month } }",
    ),
    (
        "{ generalize: { date: year, bucket: 5 } }",
        "+",
        "{ generalize: { date: year, bucket: 5, top: 2005 } }",
    ),
    (
        "{ generalize: { date: month } }",
        "?",
        "{ generalize: { date: month, zone: Europe/Berlin } }",
    ),
    (
        "{ generalize: { date: quarter } }",
        "+",
        "{ generalize: { date: year } }",
    ),
    (
        "{ generalize: { date: week } }",
        "?",
        "{ generalize: { date: month } }",
    ),
    (
        "{ generalize: { date: weekday } }",
        "?",
        "{ generalize: { date: hour_of_day } }",
    ),
    (
        "{ generalize: { date: year } }",
        "+",
        "{ generalize: { date: year, bucket: 5 } }",
    ),
    (
        "{ generalize: { date: year, bucket: 5 } }",
        "+",
        "{ generalize: { date: year, bucket: 5, bottom: 1935 } }",
    ),
    (
        "{ generalize: { time: 1h } }",
        "?",
        "{ generalize: { time: 1h, unit: ms } }",
    ),
    (
        "{ generalize: { ipv4: 24 } }",
        "+",
        "{ generalize: { ipv4: 16 } }",
    ),
    (
        "{ generalize: { ipv4: 24, ipv6: 48 } }",
        "+",
        "{ generalize: { ipv4: 24 } }",
    ),
    (
        "{ generalize: { ipv4: 24 } }",
        "?",
        "{ generalize: { ipv6: 48 } }",
    ),
    (
        "{ generalize: { ipv4: 24, port: drop } }",
        "+",
        "{ generalize: { ipv4: 24 } }",
    ),
    (
        "{ generalize: { geohash: 5 } }",
        "+",
        "{ generalize: { geohash: 4 } }",
    ),
    (
        "{ generalize: { h3: 1 } }",
        "+",
        "{ generalize: { h3: 0 } }",
    ),
    (
        "{ generalize: { h3: 5 } }",
        "?",
        "{ generalize: { geohash: 5 } }",
    ),
    (
        "{ generalize: { geohash: 5 } }",
        "?",
        "{ generalize: { geohash: 5, order: lon_lat } }",
    ),
    (
        "{ generalize: { hierarchy: { file: skus.csv, level: 1 } } }",
        "+",
        "{ generalize: { hierarchy: { file: skus.csv, level: 2 } } }",
    ),
    (
        "{ generalize: { hierarchy: { file: skus.csv, level: 1 } } }",
        "?",
        "{ generalize: { hierarchy: { file: other.csv, level: 2 } } }",
    ),
    (
        "{ generalize: { hierarchy: { file: skus.csv, level: 1 } } }",
        "?",
        "{ generalize: { hierarchy: { file: skus.csv, level: 1, else: rest } } }",
    ),
    (
        "{ generalize: { top_k: { of: [a, b, c] } } }",
        "+",
        "{ generalize: { top_k: { of: [a, b] } } }",
    ),
    (
        "{ generalize: { top_k: { of: [a, b] } } }",
        "?",
        "{ generalize: { top_k: { of: [a, b], other: c } } }",
    ),
    (
        "{ generalize: { top_k: { of: [a, b] } } }",
        "?",
        "{ generalize: { top_k: { file: cities.txt } } }",
    ),
    (
        "{ generalize: { phone: country } }",
        "?",
        "{ generalize: { phone: code } }",
    ),
    (
        "{ generalize: { bucket: 10 } }",
        "?",
        "{ generalize: { bucket: 10, unscaled: 2 } }",
    ),
    (
        "{ generalize: { user_agent: family_major } }",
        "+",
        "{ generalize: { user_agent: family } }",
    ),
    (
        "{ generalize: { user_agent: family } }",
        "?",
        "{ generalize: { user_agent: os } }",
    ),
    (
        "{ generalize: { postal: 3 } }",
        "+",
        "{ generalize: { postal: 2 } }",
    ),
    (
        "{ generalize: { postal: 3 } }",
        "?",
        "{ generalize: { zip3: us } }",
    ),
    (
        "{ generalize: { prefix: 3 } }",
        "+",
        "{ generalize: { prefix: 2 } }",
    ),
    (
        "{ generalize: { prefix: 3 } }",
        "?",
        "{ generalize: { email: domain } }",
    ),
    (
        "{ generalize: { bucket: 3 } }",
        "?",
        "{ generalize: { date: year } }",
    ),
];

#[test]
fn each_parameter_in_both_directions() {
    for (more, want, less) in DIALS {
        let back = match *want {
            "+" => "-",
            other => other,
        };
        assert_eq!(sign(order(more, less)), *want, "{more} → {less}");
        assert_eq!(sign(order(less, more)), back, "{less} → {more}");
        for one in [more, less] {
            assert_eq!(sign(order(one, one)), "=", "{one}");
        }
    }
}

/// A text that is not longer than what stays is masked whole: with less that
/// stays, more of a short one shows.
#[test]
fn fewer_characters_that_stay_show_more_of_a_short_text() {
    let of = |was, is| sign(order(was, is));
    let (four, two) = ("{ mask: { keep_last: 4 } }", "{ mask: { keep_last: 2 } }");
    assert_eq!(of(two, four), "-");
    assert_eq!(of(four, two), "?");
    assert_eq!(of(four, "{ mask: { keep_first: 4 } }"), "?");
    let (marks, dash) = (
        "{ mask: { skip: [punctuation] } }",
        "{ mask: { skip: [\"-\"] } }",
    );
    assert_eq!((of(marks, dash), of(dash, marks)), ("?", "-"));
    let both = "{ mask: { keep_last: 4, skip: [punctuation] } }";
    assert_eq!((of(both, four), of(four, both)), ("?", "-"));
    assert_eq!((of(both, marks), of(marks, both)), ("?", "-"));
}

/// Every word of an action's own moves a dial, or is known to move none.
#[test]
fn no_word_of_an_action_is_forgotten() {
    // What leaves does not depend on them (of which events, at most), or they are compared elsewhere: keys
    // and bodies by the policy, what stays of a masked text in one.
    let elsewhere = [
        "with",
        "key",
        "encoding",
        "late_max",
        "accept_from",
        "fields",
        "keep_first",
        "keep_last",
        "skip",
        "date",
    ];
    for def in crate::action::ACTIONS {
        let mut known: Vec<&str> = elsewhere.to_vec();
        for example in def.examples {
            known.extend(reveals(example.policy).0.dials.iter().map(|d| d.word));
        }
        for word in def.shape.words.iter().filter(|w| w.built) {
            assert!(known.contains(&word.name), "{}: {}", def.name, word.name);
        }
    }
}

#[test]
fn a_shorter_epoch_lets_out_less_where_each_lies_within_one_of_the_longer() {
    let of = |was: &str, is: &str| {
        let policy = |epoch: &str| format!("{{ pseudonymize: {{ key: people, epoch: {epoch} }} }}");
        sign(order(&policy(was), &policy(is)))
    };
    for (was, is, stands, back) in [
        ("none", "30d", "+", "-"),
        ("90d", "30d", "+", "-"),
        ("year", "month", "+", "-"),
        ("month", "1d", "+", "-"),
        ("30d", "month", "?", "?"),
        ("month", "week", "?", "?"),
        ("30d", "720h", "=", "="),
    ] {
        assert_eq!((of(was, is), of(is, was)), (stands, back), "{was} {is}");
    }
    let by = |rest: &str| format!("{{ pseudonymize: {{ key: people, epoch: month{rest} }} }}");
    assert_eq!(sign(order(&by(""), &by(", epoch_by: at"))), "?");
    assert_eq!(sign(order(&by(""), &by(", late_max: 1d"))), "=");
}
