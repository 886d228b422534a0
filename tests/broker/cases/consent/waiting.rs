//! Records that wait for a release of an output that needs consent: whoever withdraws
//! meanwhile is in none.

use std::collections::BTreeSet;

use crate::kafka::{self, Isolation, Outgoing, await_some};

use super::super::stage::SETTLE;
use super::Consented;

/// The output that needs consent waits, and leaves in classes of five.
fn waits(policy: &str) -> String {
    let from = policy
        .find("    headers: { n: keep }\n    fields: { seq: keep, user")
        .expect("written there");
    let to = policy[from..].find("  - topic").expect("another follows") + from;
    format!(
        "{}    k_anonymous: {{ k: 5, max_records: 1000, max_delay: 1h, free: [seq] }}\n    fields:\n      \
         age: {{ quasi: {{ number: {{ step: 5, bottom: 15, top: 90 }} }} }}\n      seq: keep\n{}",
        &policy[..from],
        &policy[to..]
    )
}

fn event(n: u64) -> Outgoing {
    let value = format!(r#"{{"seq":{n},"user":"u-{n}","age":{}}}"#, 16 + n);
    Outgoing {
        partition: i32::try_from(n % 3).expect("below three"),
        value: Some(value.into_bytes()),
        ..Outgoing::default()
    }
}

#[test]
fn whoever_withdraws_while_his_record_waits_is_in_no_release() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "patient", "");
    let path = with.stage.folder().join("policy.yaml");
    let policy = std::fs::read_to_string(&path).expect("a policy");
    std::fs::write(&path, waits(&policy)).expect("written");
    with.decide((0..30).map(|n| (n, Some(true))));
    with.stage.produce((0..30).map(event));
    let mut veil = with.veil(&[]);
    let topic = with.stage.topics.analytics.clone();
    let await_waiting = |veil: &mut crate::veil::Veil, records: u64| {
        await_some("the records to wait", SETTLE, || {
            let now = veil.metrics().sum("veil_release_waiting_records", &[]);
            (now == records).then_some(())
        });
    };
    await_waiting(&mut veil, 30);
    with.decide((0..10).map(|n| (n, Some(false))));
    // They are taken out at once, and the others wait on.
    await_waiting(&mut veil, 20);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let left: BTreeSet<u64> = kafka::read_all(cluster, &topic, Isolation::Committed)
        .iter()
        .filter_map(|row| {
            let value: serde_json::Value = serde_json::from_slice(row.value.as_deref()?).ok()?;
            value["seq"].as_u64()
        })
        .collect();
    assert_eq!(left, (10..30).collect::<BTreeSet<_>>());
    // What they withdrew is done with: nobody reads it again.
    let group = format!("{}.{topic}", with.stage.group);
    let committed = kafka::committed(cluster, &group, &with.stage.topics.source, 3);
    assert_eq!(committed.into_iter().flatten().sum::<i64>(), 30);
}
