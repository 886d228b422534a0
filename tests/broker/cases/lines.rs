//! Lines of text, through `veil run`: what leaves is the bare text, an empty one is no
//! tombstone, and a line that is no UTF-8 goes to the quarantine alone.

use crate::check::Canaries;
use crate::kafka::{self, Isolation, Outgoing, read_all};
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const NAME: &str = "lines";
const CANARY: &str = "canary-jane@example.com";

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: lines, version: 1, owner: tests }
source: { topic: lines.raw, value: text }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: lines.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    tombstones: forward
    key: { from: record_key, pseudonymize: { key: people, epoch: none } }
    fields: { ".": { redact: { find: [email] } } }
quarantine: { topic: lines.quarantine, key: quarantine, retention: 7d }
"#;

#[test]
fn lines_leave_as_bare_texts_in_order() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let [raw, clean, quarantine] = ["raw", "clean", "quarantine"].map(|t| format!("{NAME}.{t}"));
    for topic in [&raw, &clean, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    let line = |value: Option<&[u8]>| Outgoing {
        key: Some(b"k".to_vec()),
        value: value.map(<[u8]>::to_vec),
        ..Outgoing::default()
    };
    let by = |n: usize| format!("{n} by {CANARY}\n\"{{}}\"");
    let not_utf8 = [CANARY.as_bytes(), b"\xff"].concat();
    let mut records: Vec<Outgoing> = (0..50).map(|n| line(Some(by(n).as_bytes()))).collect();
    records.push(line(Some(b"")));
    records.push(line(Some(&not_utf8)));
    records.push(line(None));
    kafka::produce(cluster, &raw, records);
    let home = Home::new(POLICY);
    let mut veil = Veil::start(&home, cluster, NAME, &["--once", "--log-level", "trace"]);
    assert_eq!(veil.await_exit(SETTLE).code(), Some(0), "{}", veil.log());

    let left = read_all(cluster, &clean, Isolation::Committed);
    let values: Vec<Option<String>> = left
        .iter()
        .map(|row| {
            row.value
                .clone()
                .map(|v| String::from_utf8(v).expect("text"))
        })
        .collect();
    let mut wanted: Vec<Option<String>> = (0..50)
        .map(|n| Some(by(n).replace(CANARY, "[EMAIL]")))
        .collect();
    wanted.extend([Some(String::new()), None]);
    assert_eq!(values, wanted);
    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons = refused.iter().map(|row| row.header("veil-reason"));
    assert_eq!(reasons.collect::<Vec<_>>(), [Some("not_utf8")]);

    let canaries = Canaries::new(["canary-jane".to_owned()]);
    let mut seen = veil.log().into_bytes();
    for row in left.iter().chain(&refused) {
        let headers = row.headers.iter().flat_map(|(n, v)| [n.as_bytes(), v]);
        let parts = [row.key.as_deref(), row.value.as_deref()];
        let parts = parts.into_iter().flatten().chain(headers);
        parts.for_each(|part| seen.extend_from_slice(part));
    }
    assert_eq!(canaries.find(&seen), []);
}
