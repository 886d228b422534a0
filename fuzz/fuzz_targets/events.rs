//! Any bytes as an event: sanitized or quarantined, never a panic; what is
//! accepted is JSON for another reader too, and so is what comes out.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use veilstream::keys::TestKeys;
use veilstream::pipeline::{Worker, sanitize};
use veilstream::policy::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::batch::{At, Destination, InBatch, Lane, Span, Timestamp};

const POLICY: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw }
keys: { people: { ref: "file:k.json#people" }, phones: { ref: "file:k.json#phones" } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      a: keep
      b.c[*].d: { keep: { max_chars: 20 } }
      b.e: { keep: { subtree: true } }
      f[1]: { generalize: { bucket: 10 } }
      g: { pseudonymize: { key: people, normalize: email, epoch: none } }
      h: { tokenize: { key: phones@1, format: phone } }
      i: { generalize: { time: 1h } }
      j: { generalize: { date: year } }
      k: { generalize: { ipv4: 24, ipv6: 48 } }
      l: { encrypt: { key: people, subtree: true } }
      m: { mask: { keep_first: 2 } }
      n: { generalize: { decimals: 2 } }
"#;

thread_local! {
    static STATE: RefCell<(Arc<Plan>, Worker)> = RefCell::new((plan(), Worker::of_the_system()));
}

fn plan() -> Arc<Plan> {
    let file = PolicyFile {
        path: "fuzz.yaml".into(),
        text: POLICY.into(),
    };
    let compiled = compile(&file, &TestKeys, jiff::Timestamp::UNIX_EPOCH);
    Arc::new(compiled.plan.expect("the policy has no error"))
}

fuzz_target!(|event: &[u8]| {
    STATE.with_borrow_mut(|(plan, worker)| {
        let out = sanitize(batch(plan, event), worker);
        assert!(out.counts.balances());
        for record in out.records() {
            if record.destination != Destination::Output(0) {
                continue;
            }
            let written = out.bytes(record.value.expect("no tombstone went in"));
            serde_json::from_slice::<IgnoredAny>(written).expect("what leaves is JSON");
            if let Err(refused) = serde_json::from_slice::<IgnoredAny>(event) {
                panic!("accepted what another reader refuses: {refused}");
            }
        }
        let (_, buffers) = out.into();
        worker.take_back(buffers);
    });
});

fn batch(plan: &Arc<Plan>, event: &[u8]) -> InBatch {
    InBatch {
        lane: Lane {
            topic: Arc::clone(&plan.source.topics[0]),
            partition: 0,
            claim: 0,
        },
        epoch: 0,
        seq: 0,
        plan: Arc::clone(plan),
        records: vec![At {
            offset: 0,
            timestamp: Timestamp::None,
            key: None,
            value: Some(Span {
                at: 0,
                len: u32::try_from(event.len()).expect("the fuzzer's inputs are short"),
            }),
            headers: (0, 0),
        }],
        headers: Vec::new(),
        bytes: event.to_vec(),
    }
}
