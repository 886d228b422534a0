//! What each action costs: a policy that names one field, beside one that names
//! none, on the events of workload A. The difference is the action with all
//! that goes with it: the tape entry, the name, the value, its counts.

use crate::measure::{self, Variant};
use crate::ours::{self, Ours};
use crate::report;
use crate::workload::{Workload, marketing};

const EVENTS: usize = 20_000;
const PASSES: usize = 11;
/// A batch each.
const PARTS: usize = 20;

/// One field and what becomes of it. Each stands once in every event.
const FIELDS: &[(&str, &str)] = &[
    ("keep", "sid: keep"),
    (
        "keep, one of five",
        "type: { keep: { one_of: [view, cart, buy, search, click] } }",
    ),
    (
        "keep, a pattern",
        r#"url: { keep: { matches: "https://s[.]test/[a-z/]{1,40}" } }"#,
    ),
    (
        "keep, an object of two",
        "campaign: { keep: { subtree: true } }",
    ),
    (
        "keep, a name that is made",
        "'geo.*': { names: { keep: { matches: '[a-z]+' } }, keep: { max_chars: 64 }, on_error: drop_field }",
    ),
    (
        "keep, at any depth",
        "'**.sid': { names: { keep: { matches: '[a-z]+' } }, keep: { max_chars: 64 }, on_error: drop_field }",
    ),
    (
        "quasi, a number",
        "value: { quasi: { number: { step: 10, bottom: 0, top: 500 } } }",
    ),
    (
        "quasi, a network",
        "ip: { quasi: { network: { ipv4: [24, 16, 8], ipv6: [48, 32] } } }",
    ),
    ("drop", "sid: drop"),
    ("replace", "phone: { replace: { with: removed } }"),
    (
        "replace, a word of a list",
        "phone: { replace: { one_of: [Ada, Alan, Grace, Kurt, Emmy, Edsger], key: people } }",
    ),
    ("mask", "phone: { mask: { keep_first: 3 } }"),
    (
        "mask, by class",
        "phone: { mask: { with: { upper: X, lower: x, digit: n, other: _ } } }",
    ),
    ("mask, e-mail", "email: { mask: { email: {} } }"),
    (
        "generalize, decimals",
        "geo.lat: { generalize: { decimals: 2 } }",
    ),
    (
        "generalize, bucket",
        "value: { generalize: { bucket: 10 } }",
    ),
    (
        "generalize, year of a date",
        "birthdate: { generalize: { date: year } }",
    ),
    (
        "generalize, hour in a zone",
        "ts: { generalize: { date: hour_of_day, unit: ms, zone: Europe/Berlin } }",
    ),
    (
        "generalize, hour of a count",
        "ts: { generalize: { time: 1h, unit: ms } }",
    ),
    (
        "generalize, a count shifted",
        "ts: { generalize: { shift: 30d, key: people, unit: ms } }",
    ),
    (
        "generalize, IPv4 network",
        "ip: { generalize: { ipv4: 24 } }",
    ),
    (
        "generalize, IPv4 or with a port",
        "ip: { generalize: { ipv4: 24, port: drop } }",
    ),
    (
        "generalize, country of a phone",
        "phone: { generalize: { phone: country } }",
    ),
    (
        "generalize, no user agent",
        "note: { generalize: { user_agent: family } }",
    ),
    (
        "generalize, postal code",
        "address.zip: { generalize: { postal: 2 } }",
    ),
    (
        "generalize, ZIP code",
        "address.zip: { generalize: { zip3: us } }",
    ),
    (
        "generalize, geohash",
        "geo.cell: { generalize: { geohash: 5, from: [lat, lon] } }",
    ),
    (
        "generalize, h3",
        "geo.cell: { generalize: { h3: 7, from: [lat, lon] } }",
    ),
    (
        "generalize, e-mail domain",
        "email: { generalize: { email: domain } }",
    ),
    (
        "generalize, class of a table",
        "type: { generalize: { hierarchy: { file: kinds.csv, level: 1 } } }",
    ),
    (
        "generalize, frequent value",
        "type: { generalize: { top_k: { file: kinds.txt } } }",
    ),
    ("redact, a note", "note: { redact: {} }"),
    (
        "each, of one part an IPv4 network",
        "ip: { each: { split: ',', take: first, do: { generalize: { ipv4: 24 } } } }",
    ),
    ("url, host and path", "url: { url: { host: keep } }"),
    (
        "url, domain and route",
        r#"url: { url: { routes: [/, "/p/{}", "/blog/**"], query: [utm_source] } }"#,
    ),
    (
        "noise, discrete Laplace",
        "value: { noise: { key: people, laplace: { epsilon: 1, bottom: 0, top: 1000, step: 1 } } }",
    ),
    (
        "noise, discrete Gaussian",
        "value: { noise: { key: people, gaussian: { rho: 0.5, bottom: 0, top: 1000, step: 1 } } }",
    ),
    (
        "noise, one of five",
        "type: { noise: { key: people, randomized_response: { epsilon: 1.5, of: [view, cart, buy, search, click], else: view } } }",
    ),
    (
        "match_hash, an address",
        "email: { match_hash: { for: google, what: email } }",
    ),
    (
        "match_hash, a phone",
        "phone: { match_hash: { for: meta, what: phone } }",
    ),
    (
        "pseudonymize",
        "user_id: { pseudonymize: { key: people, epoch: none } }",
    ),
    (
        "pseudonymize, another each month",
        "user_id: { pseudonymize: { key: people, epoch: month, accept_from: 2000-01-01 } }",
    ),
    (
        "pseudonymize, as an address",
        "ip: { pseudonymize: { key: people, ip: prefix_preserving, epoch: none } }",
    ),
    (
        "pseudonymize, as Snowplow did",
        "user_id: { pseudonymize: { compat: { snowplow: sha256, salt: salt } } }",
    ),
    (
        "pseudonymize, as e-mail",
        "email: { pseudonymize: { key: people, normalize: email, epoch: none } }",
    ),
    (
        "pseudonymize, as a Gmail mailbox",
        "email: { pseudonymize: { key: people, normalize: [strip, email_gmail], epoch: none } }",
    ),
    (
        "pseudonymize, as a phone",
        "phone: { pseudonymize: { key: people, normalize: phone@2(DE), epoch: none } }",
    ),
    (
        "tokenize, digits",
        "phone: { tokenize: { key: phones@1, format: digits } }",
    ),
    (
        "tokenize, phone",
        "phone: { tokenize: { key: phones@1, format: phone } }",
    ),
    (
        "tokenize, letters and digits",
        "phone: { tokenize: { key: phones@1, format: { custom: '+0123456789' } } }",
    ),
    (
        "tokenize, e-mail before the @",
        // Of the shortest names no token can be made.
        "email: { tokenize: { key: phones@1, format: email_local }, on_error: drop_field }",
    ),
    (
        "encrypt, an address",
        "address: { encrypt: { key: contact, subtree: true } }",
    ),
    ("encrypt, a word", "sid: { encrypt: { key: contact } }"),
    (
        "encrypt, a word, as it is",
        "sid: { encrypt: { key: contact, pad: none } }",
    ),
    (
        "encrypt, a word, deterministic",
        "sid: { encrypt: { key: contact, mode: deterministic } }",
    ),
];

/// Measures and prints; with `write` the costs are also recorded, for the page of
/// conformance.
///
/// # Panics
/// When a policy of the list has an error, or the source tree cannot be written.
pub fn run(write: bool) {
    let costs = table(EVENTS, PARTS, PASSES);
    if write {
        std::fs::write(RECORD, record(&costs)).expect("the source tree is writable");
    }
}

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/speed/actions.tsv");

/// The costs of `FIELDS`, one a line.
fn record(costs: &[f64]) -> String {
    let mut text =
        "# what it does, the field, CPU nanoseconds a value beside an event without any field;\n\
         # written by `cargo bench --no-default-features --bench reference -- actions --write`\n"
            .to_owned();
    for ((name, field), ns) in FIELDS.iter().zip(costs) {
        // To 5 ns: the next run differs by more.
        let ns = (ns / 5.0).round().max(0.0) * 5.0;
        text.push_str(&format!("{name}\t{field}\t{ns:.0}\n"));
    }
    text
}

/// Runs everything once and measures nothing.
pub fn works() {
    let costs = table(50, 1, 1);
    assert_eq!(record(&costs).lines().count(), 2 + FIELDS.len());
}

/// Prints what each field costs, and gives it: CPU nanoseconds a value.
fn table(events: usize, parts: usize, passes: usize) -> Vec<f64> {
    let workload = Workload::generate(events, marketing::event);
    report::workload("A", &workload);
    let nothing = ("nothing", "no_such_field: keep");
    let fields = || std::iter::once(&nothing).chain(FIELDS);
    let mut runs: Vec<Ours> = fields()
        .map(|(_, field)| Ours::new(&policy(field), &workload))
        .collect();
    let mut variants: Vec<Variant<'_>> = fields()
        .zip(&mut runs)
        .map(|((name, _), run)| -> Variant<'_> { (name, Box::new(|part| run.part(part))) })
        .collect();
    let times = measure::interleaved(&mut variants, parts, passes);
    let per_event = |n: usize| times[n] / events as f64;
    println!("\n{:<30}{:>18}", "one field", "CPU ns a value");
    println!("{:<30}{:>18.0}", "(the event without any)", per_event(0));
    let costs = (1..=FIELDS.len()).map(|n| per_event(n) - per_event(0));
    let costs: Vec<f64> = costs.collect();
    for ((name, _), ns) in FIELDS.iter().zip(&costs) {
        println!("{name:<30}{ns:>18.0}");
    }
    apart(&workload, parts, passes);
    println!();
    costs
}

/// Elements of one record that is taken apart.
const ELEMENTS: usize = 100;

/// What an event costs as an element of a list, beside one that is a record of its own.
fn apart(workload: &Workload, parts: usize, passes: usize) {
    let events: Vec<&str> = workload.iter().collect();
    let lists: Vec<&[&str]> = events.chunks(ELEMENTS).collect();
    let lists = Workload::generate(lists.len(), |n, out| {
        let list = lists[usize::try_from(n).expect("an index")].join(",");
        out.extend(["[", &list, "]"]);
    });
    let splitting = |policy: &str| {
        let source = "reference.raw, split: \"[]\" }";
        policy.replacen("reference.raw }", source, 1)
    };
    let records = ours::BATCH_RECORDS / ELEMENTS;
    let of_lists = |policy: &str| Ours::in_batches_of(records, &splitting(policy), &lists);
    let plain = ours::POLICY_WITHOUT_CRYPTO;
    assert_eq!(
        of_lists(plain).results(),
        Ours::new(plain, workload).results(),
        "an element is what it is as a record"
    );
    let mut single = Ours::new(ours::POLICY, workload);
    let mut split = of_lists(ours::POLICY);
    let mut variants: Vec<Variant<'_>> = vec![
        ("a record each", Box::new(|part| single.part(part))),
        ("elements", Box::new(|part| split.part(part))),
    ];
    let times = measure::interleaved(&mut variants, parts, passes);
    let per_event = |n: usize| times[n] / events.len() as f64;
    println!("\n{:<30}{:>18}", "workload A", "CPU ns an event");
    println!("{:<30}{:>18.0}", "a record each", per_event(0));
    let (name, ratio) = ("elements of lists of 100", times[1] / times[0]);
    println!(
        "{name:<30}{:>18.0}   {ratio:.2} times, at most 1.2",
        per_event(1)
    );
}

/// A salted hash needs its salt and its allowance. What is drawn for a person needs to know the person; a hash without a key its gates, the
/// consent read from what every event has.
fn policy(field: &str) -> String {
    let policy = ours::policy_with(field);
    if field.contains("match_hash:") {
        let signal = "consent: { signals: [{ from: value, path: type, category: Ads, grants: [view, cart, buy, search, click] }] }";
        let gates = "    needs_consent: Ads\n    recipient: bench\n    fields:";
        return policy
            .replacen("outputs:", &format!("{signal}\noutputs:"), 1)
            .replacen("purpose: ", "purpose: marketing.advertising.", 1)
            .replacen("    fields:", gates, 1);
    }
    if field.contains("compat:") {
        let salt = "keys:\n  salt: { ref: \"file:bench.json#salt\" }";
        let allowed = "dangerously: [{ allow: compat_hash, because: measured, until: \"2099-12-31\" }]\noutputs:";
        return policy
            .replacen("keys:", salt, 1)
            .replacen("outputs:", allowed, 1);
    }
    if field.contains("quasi:") {
        let waits = "    k_anonymous: { k: 10 }\n    fields:";
        return policy
            .replacen("reference.raw }", "reference.raw, subject: user_id }", 1)
            .replacen("    fields:", waits, 1);
    }
    match field.contains("noise:") || field.contains("shift:") {
        true => policy.replacen("reference.raw }", "reference.raw, subject: user_id }", 1),
        false => policy,
    }
}
