//! Canaries: unique clear values in every kind of field, key and header. None
//! may be found anywhere; under a leaky policy the same search finds them all.

use std::collections::BTreeSet;

use crate::check::{Canaries, Hit};
use crate::kafka::{self, Cluster, Isolation, Outgoing, read_all};
use crate::traffic::Dice;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const EVENTS: u64 = 10;

/// One event's clear values; each is unique in the whole run.
struct Clear {
    values: Vec<String>,
}

/// A record whose values are all canaries, and those values.
fn event(dice: &mut Dice) -> (Outgoing, Clear) {
    let mut values = Vec::new();
    let mut put = |value: String| {
        values.push(value.clone());
        value
    };
    let mut word = |prefix: &str| format!("{prefix}-{:012x}", dice.next() & 0xffff_ffff_ffff);
    let (user, key, header, other_header) = (word("usr"), word("key"), word("hdr"), word("oth"));
    let (name, street, member, note) = (word("Ada"), word("Street"), word("member"), word("note"));
    let (sku, comment, city) = (word("sku"), word("said"), word("city"));
    let (email, second) = (word("Ann") + "@example.org", word("Bob") + "@example.com");
    let mut digits = |n: u32| {
        let low = 10_u64.pow(n - 1);
        (low + dice.below(9 * low)).to_string()
    };
    let phone = format!("+49151{}", digits(8));
    let second_phone = format!("+49160{}", digits(8));
    let (card, account) = (digits(16), digits(12));
    let balance = format!("{}.{}", digits(7), digits(4));
    let v6 = format!(
        "2001:db8:{:x}:{:x}::{:x}",
        dice.below(60_000) + 4_096,
        dice.below(60_000) + 4_096,
        dice.below(60_000) + 4_096
    );
    let v4 = format!("198.51.{}.{}", 100 + dice.below(100), 100 + dice.below(100));
    let mut moment = |year: u64| {
        format!(
            "{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            year + dice.below(20),
            1 + dice.below(12),
            1 + dice.below(28),
            dice.below(24),
            1 + dice.below(59),
            1 + dice.below(59),
            1 + dice.below(999)
        )
    };
    let (birthday, at) = (moment(1950), moment(2005));
    for value in [
        &user,
        &key,
        &header,
        &other_header,
        &name,
        &street,
        &member,
        &note,
        &sku,
        &comment,
        &city,
        &email,
        &second,
        &phone,
        &second_phone,
        &card,
        &account,
        &balance,
        &v6,
        &v4,
        &birthday,
        &at,
    ] {
        put(value.clone());
    }
    let json = format!(
        r#"{{"userId":"{user}","email":"{email}","second":"{second}","phone":"{phone}","phone2":"{second_phone}","card":"{card}","ip4":"{v4}","ip6":"{v6}","account":{account},"balance":{balance},"birthday":"{birthday}","at":"{at}","person":{{"name":"{name}"}},"items":[{{"sku":"{sku}","note":"{note}"}}],"address":{{"street":"{street}","city":{{"name":"{city}"}}}},"byName":{{"{member}":1}},"comment":"{comment}","consent":{{"Ads":true}}}}"#
    );
    let record = Outgoing {
        partition: 0,
        key: Some(key.into_bytes()),
        value: Some(json.into_bytes()),
        headers: vec![
            ("x-user".into(), header.into_bytes()),
            ("x-other".into(), other_header.into_bytes()),
        ],
        timestamp_ms: None,
    };
    (record, Clear { values })
}

/// The same event spoilt in ways that send it to the quarantine, or refused by
/// its person: no policy lets these out, so only the strict run has them.
fn never_out(dice: &mut Dice) -> (Vec<Outgoing>, Vec<String>) {
    let mut values = Vec::new();
    let mut spoilt = Vec::new();
    let spoil: [fn(&str) -> String; 5] = [
        |json| json[..json.len() - 3].to_owned(),
        |json| json.replacen(r#""email""#, r#""email":1,"em\u0061il""#, 1),
        |json| json.replacen('@', " at ", 1),
        |json| json.replacen("2001:db8", "2001:db8:zz", 1),
        |json| format!("[{json}]"),
    ];
    for spoil in spoil {
        let (mut record, clear) = event(dice);
        let json = String::from_utf8(record.value.take().expect("a value")).expect("text");
        record.value = Some(spoil(&json).into_bytes());
        spoilt.push(record);
        // A spoilt value is another value; the rest stands as it was.
        values.extend(
            clear
                .values
                .into_iter()
                .filter(|v| spoil(&json).contains(v.as_str())),
        );
    }
    (spoilt, values)
}

#[test]
fn no_clear_value_is_anywhere_and_a_leaky_policy_is_caught() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let mut dice = Dice::announced("leak");
    let mut records = Vec::new();
    let mut values = Vec::new();
    for _ in 0..EVENTS {
        let (record, clear) = event(&mut dice);
        records.push(record);
        values.extend(clear.values);
    }
    let planted = values.len();
    assert!(planted >= 200, "{planted} canaries");
    let unique: BTreeSet<&String> = values.iter().collect();
    assert_eq!(unique.len(), planted, "each is unique");

    // The leaky policy: everything kept. Each canary must be found.
    let leaky = run(cluster, "leaky", &records, OUTPUT_LEAKY);
    let canaries = Canaries::new(values.clone());
    let found: BTreeSet<usize> = hits(&canaries, &leaky)
        .into_iter()
        .map(|(_, h)| h.value)
        .collect();
    let missed: Vec<&String> = (0..planted)
        .filter(|v| !found.contains(v))
        .map(|v| &values[v])
        .collect();
    assert!(missed.is_empty(), "the search is blind for {missed:?}");

    // The strict policy, with poison as well: nothing may be found.
    let (spoilt, more) = never_out(&mut dice);
    let poison = spoilt.len();
    records.extend(spoilt);
    values.extend(more);
    let canaries = Canaries::new(values.clone());
    let strict = run(cluster, "strict", &records, OUTPUT_STRICT);
    let written = read_all(cluster, "strict.out", Isolation::Committed).len();
    let sealed = read_all(cluster, "strict.quarantine", Isolation::Committed).len();
    assert_eq!((written, sealed), (EVENTS as usize, poison));
    let leaks = hits(&canaries, &strict);
    assert!(
        leaks.is_empty(),
        "{}",
        leaks
            .iter()
            .map(|(surface, hit)| format!("\n  {} as {} in {surface}", values[hit.value], hit.form))
            .collect::<String>()
    );

    let names = [
        "/metrics",
        "/readyz",
        "/livez",
        "/version",
        "the log at trace level",
        "topic strict.out",
        "topic strict.quarantine",
    ];
    assert_each_is_searched(&canaries, &strict, &names, &values[7]);
    crate::say(&format!(
        "leak: {planted} canaries all found under the leaky policy; {} canaries, 0 found in {}",
        canaries.len(),
        names.join(", ")
    ));
}

/// Each surface is there, holds something and is really searched: a canary planted in it is
/// found, there and nowhere else.
pub(super) fn assert_each_is_searched(
    canaries: &Canaries,
    surfaces: &[(String, Vec<u8>)],
    names: &[&str],
    canary: &str,
) {
    let there: Vec<&str> = surfaces.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(there, names);
    let hidden = data_encoding::BASE64.encode(canary.as_bytes());
    for (at, name) in names.iter().enumerate() {
        let mut planted = surfaces.to_vec();
        assert!(!planted[at].1.is_empty(), "{name} holds nothing to search");
        planted[at].1.extend_from_slice(hidden.as_bytes());
        let found = hits(canaries, &planted).into_iter();
        let found: BTreeSet<String> = found.map(|(surface, _)| surface).collect();
        assert_eq!(found, [(*name).to_owned()].into(), "{name}");
    }
}

/// What was found, and in which surface.
pub(super) fn hits(canaries: &Canaries, surfaces: &[(String, Vec<u8>)]) -> Vec<(String, Hit)> {
    surfaces
        .iter()
        .flat_map(|(name, bytes)| {
            let found = canaries.find(bytes).into_iter();
            found.map(|h| (name.clone(), h)).collect::<Vec<_>>()
        })
        .collect()
}

fn run(
    cluster: &Cluster,
    case: &str,
    records: &[Outgoing],
    output: &str,
) -> Vec<(String, Vec<u8>)> {
    let name = |what: &str| format!("{case}.{what}");
    let (source, out, quarantine) = (name("raw"), name("out"), name("quarantine"));
    let gated = name("gated");
    let home = Home::new(&policy(&source, &out, &gated, &quarantine, output));
    for topic in [&source, &out, &gated, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    gathered(
        cluster,
        &home,
        (&source, records),
        &[&out, &gated, &quarantine],
        &[],
    )
}

/// Runs the records of a topic through the policy of a home, and gathers everything anybody
/// can see: the topics (also what aborted transactions left), the log at trace level, the
/// HTTP pages, the exit.
pub(super) fn gathered(
    cluster: &Cluster,
    home: &Home,
    (source, records): (&str, &[Outgoing]),
    topics: &[&str],
    flags: &[&str],
) -> Vec<(String, Vec<u8>)> {
    kafka::produce(cluster, source, records.iter().cloned());
    let group = format!("{source}.group");
    let flags = [&["--log-level", "trace"], flags].concat();
    let mut veil = Veil::start(home, cluster, &group, &flags);
    veil.await_ready(SETTLE);
    kafka::settled(cluster, &group, source, SETTLE);
    let mut surfaces = Vec::new();
    for path in ["/metrics", "/readyz", "/livez", "/version"] {
        let (_, body) = veil.page(path).expect("the page is served");
        surfaces.push((path.to_owned(), body.into_bytes()));
    }
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    surfaces.push(("the log at trace level".to_owned(), ended.log.into_bytes()));
    for topic in topics {
        let mut bytes = Vec::new();
        for row in read_all(cluster, topic, Isolation::Uncommitted) {
            let headers = row.headers.iter().flat_map(|(n, v)| [n.as_bytes(), v]);
            let parts = [row.key.as_deref(), row.value.as_deref()];
            for part in parts.into_iter().flatten().chain(headers) {
                bytes.extend_from_slice(part);
                bytes.push(b'\n');
            }
        }
        if !bytes.is_empty() {
            surfaces.push((format!("topic {topic}"), bytes));
        }
    }
    surfaces
}

fn policy(source: &str, out: &str, gated: &str, quarantine: &str, output: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: canaries, version: 1, owner: tests }}
source: {{ topic: {source}, value: json, subject: userId }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  contact: {{ ref: "file:keyring.json#contact" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
consent:
  signals:
    - {{ from: value, path: consent }}
outputs:
  - topic: {out}
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
{output}  - topic: {gated}
    purpose: marketing.advertising.first_party.targeted
    domain: analytics
    needs_consent: Never
    fields: {{ userId: {{ pseudonymize: {{ key: people, epoch: none }} }} }}
quarantine: {{ topic: {quarantine}, key: quarantine, retention: 7d }}
"#
    )
}

const OUTPUT_STRICT: &str = r#"    key: { from: record_key, pseudonymize: { key: people, epoch: none } }
    headers: { x-user: { pseudonymize: { key: people, epoch: none } } }
    timestamp: now
    fields:
      userId: { pseudonymize: { key: people, epoch: none } }
      email: { pseudonymize: { key: people, normalize: email, epoch: none } }
      second: { encrypt: { key: contact } }
      phone: { pseudonymize: { key: people, normalize: phone, epoch: none } }
      phone2: { tokenize: { key: contact@1, format: phone } }
      card: { tokenize: { key: contact@1, format: digits } }
      (ip4|ip6): { generalize: { ipv4: 16, ipv6: 32 } }
      account: { generalize: { bucket: 100000000000 } }
      balance: { generalize: { round: 1000000 } }
      birthday: { generalize: { date: year } }
      at: { generalize: { time: 1h } }
      items[*].sku: { pseudonymize: { key: people, epoch: none } }
      items[*].note: { mask: {} }
      address: { encrypt: { key: contact, subtree: true } }
      comment: { replace: { with: gone } }
"#;

const OUTPUT_LEAKY: &str = r#"    key: { from: record_key, keep: {} }
    headers: { x-user: keep, x-other: keep }
    timestamp: keep
    fields:
      (userId|email|second|phone|phone2|card|ip4|ip6|account|balance|birthday|at|comment): keep
      (person|items|address|byName): { keep: { subtree: true } }
"#;
