//! What the gate of live consent costs for each person that a record names: the same
//! events under the same output, with a topic of decisions and without. Target: at most
//! 0.35 µs a candidate, and no request for memory.

use std::hint::black_box;
use std::sync::Arc;

use veilstream::consent::state::{Decision, Snapshot, Table};
use veilstream::pipeline::Worker;

use crate::measure;
use crate::ours::{BATCH_RECORDS, Ours, POLICY, plan_of};
use crate::workload::{Workload, marketing};

/// The identifiers of workload A.
const KINDS: [(&str, &str); 3] = [
    ("customer", "user_id"),
    ("session", "sid"),
    ("event", "event_id"),
];

/// An output of one field; with `decides` it needs consent of the people of so many kinds.
pub fn policy(kinds: usize, decides: bool) -> String {
    let named = KINDS[..kinds]
        .iter()
        .map(|(kind, path)| format!("{kind}: {path}"));
    let named: Vec<String> = named.collect();
    let (consent, needs) = match decides {
        true => (
            "rights: { key: subjects }\nconsent: { state: { grants: state } }\n",
            "needs_consent: Analytics",
        ),
        false => ("", "basis: contract"),
    };
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: gate, version: 1, owner: bench }}\n\
         source: {{ topic: raw, subject: {{ {} }} }}\n\
         keys: {{ subjects: {{ ref: \"file:bench.json#subjects\" }} }}\n{consent}\
         outputs: [{{ topic: clean, purpose: p, domain: d, {needs}, fields: {{ type: keep }} }}]\n",
        named.join(", ")
    )
}

/// Everybody of these events has granted, among so many others.
pub fn granted(workload: &Workload, others: u64) -> Arc<Snapshot> {
    let plan = plan_of(&policy(KINDS.len(), true));
    let mut table = Table::default();
    let mut grant = |who| {
        let granted = Some(Decision::Granted { until_ms: None });
        let decided = table.decide(who, "Analytics", granted);
        decided.expect("there is one profile");
    };
    for event in workload.iter() {
        let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
        for (kind, (_, path)) in plan.subjects.iter().zip(KINDS) {
            let id = event[path].as_str().expect("each is a text");
            grant(kind.named(id).expect("an identifier").expect("somebody"));
        }
    }
    for n in 0..others {
        grant(crate::consent::who(n));
    }
    table.publish(0)
}

/// Measures it over so many events, among so many other people.
pub fn run(events: usize, others: u64, passes: usize) {
    let workload = Workload::generate(events, marketing::event);
    let state = granted(&workload, others);
    let people = others + (KINDS.len() * events) as u64;
    let compared = |policies: [String; 2]| {
        let with = |policy: &String| {
            let worker = Worker::of_the_system().with_consent(Box::new(Arc::clone(&state)));
            Ours::with_worker(
                worker,
                BATCH_RECORDS,
                policy,
                workload.iter().map(str::as_bytes),
            )
        };
        compare(policies.each_ref().map(with), events, passes)
    };
    for kinds in 1..=KINDS.len() {
        let [plain, gated] = compared([false, true].map(|decides| policy(kinds, decides)));
        println!(
            "gate, {kinds} looked up a record among {people} people: {:.0} ns more, {:.0} ns each (target 350)",
            gated - plain,
            (gated - plain) / kinds as f64,
        );
    }
    let [plain, gated] = compared([false, true].map(of_workload_a));
    println!(
        "workload A, the customer's decision asked for among {people} people: {gated:.0} ns an event instead of {plain:.0}: {:.3} × (target 1.15)",
        gated / plain,
    );
}

/// Workload A, which asks what the customer decided, or does not.
fn of_workload_a(decides: bool) -> String {
    let (head, rest) = POLICY.split_once("outputs:").expect("it has outputs");
    let source = format!("subject: {{ customer: {} }}", KINDS[0].1);
    let topic = "topic: reference.raw";
    let head = head.replace(topic, &format!("{topic}, {source}"));
    assert!(head.contains(&source), "its source is written in one line");
    if !decides {
        return format!("{head}outputs:{rest}");
    }
    let head = head.replace(
        "keys:",
        "rights: { key: subjects }\nconsent: { state: { grants: state } }\nkeys:\n  subjects: { ref: \"file:bench.json#subjects\" }",
    );
    let domain = "domain: analytics";
    let rest = rest.replacen(
        domain,
        &format!("{domain}\n    needs_consent: Analytics"),
        1,
    );
    assert!(rest.contains("needs_consent"), "its output has a domain");
    format!("{head}outputs:{rest}")
}

/// Nanoseconds of CPU an event of either, which come to the same.
fn compare([mut plain, mut gated]: [Ours; 2], events: usize, passes: usize) -> [f64; 2] {
    // What is encrypted is another text each time, of the same length.
    let lengths = |ours: &mut Ours| ours.results().iter().map(Vec::len).collect::<Vec<_>>();
    let same = lengths(&mut plain) == lengths(&mut gated);
    assert!(same, "everybody has granted");
    let asked = [&mut plain, &mut gated].map(|ours| measure::allocations(|| ours.pass()));
    assert_eq!(asked[0], asked[1], "the gate takes no memory");
    let mut least = [f64::INFINITY; 2];
    for _ in 0..passes {
        for (ns, ours) in least.iter_mut().zip([&mut plain, &mut gated]) {
            let took = measure::cpu_of_this_thread(|| {
                ours.pass();
                black_box(());
            });
            *ns = ns.min(took / events as f64);
        }
    }
    least
}
