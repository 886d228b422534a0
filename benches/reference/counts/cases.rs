//! What is counted: each workload, and each kind of action alone on the events
//! of workload A, so that a worse count says where to look.

use veilstream::crypto::entropy::Entropy;
use veilstream::pipeline::{UnnamedMembers, Worker};

use crate::ours::{BATCH_RECORDS, Ours, POLICY, POLICY_WITHOUT_CRYPTO, policy_with};
use crate::workload::{Workload, marketing, mixed, orders};
use crate::{gate, shapes};

/// Events a pass; orders are long.
const EVENTS: usize = 1_000;
const ORDERS: usize = 200;

/// As a sidecar does it by default: of some records it learns what nobody names.
const LOOKED_AT: &str = "A-unnamed";

/// Two people of each record are looked up, who have granted.
const DECIDED: &str = "gate";

/// Name, number of events, maker of events, policy.
type Case = (&'static str, usize, fn(u64, &mut String), String);

/// Every case, in the order they are printed.
pub fn all() -> Vec<Case> {
    let a = |name, policy: String| -> Case { (name, EVENTS, marketing::event, policy) };
    vec![
        a("A", POLICY.to_owned()),
        a(LOOKED_AT, POLICY.to_owned()),
        a("A-without-crypto", POLICY_WITHOUT_CRYPTO.to_owned()),
        ("mixed", EVENTS, mixed::event, shapes::MIXED.to_owned()),
        ("orders", ORDERS, orders::event, shapes::ORDERS.to_owned()),
        a("nothing", policy_with("no_such_field: keep")),
        a(DECIDED, gate::policy(2, true)),
        a(
            "keep",
            policy_with("(event_id|type|ts|sid|url|value|cur): keep"),
        ),
        a(
            "keep-subtree",
            policy_with("(campaign|items|consent): { keep: { subtree: true } }"),
        ),
        a(
            "pseudonymize",
            policy_with("user_id: { pseudonymize: { key: people, epoch: none } }"),
        ),
        a(
            "tokenize",
            policy_with("phone: { tokenize: { key: phones@1, format: digits } }"),
        ),
        a(
            "encrypt",
            policy_with("address: { encrypt: { key: contact, subtree: true } }"),
        ),
        a(
            "generalize",
            policy_with(
                "ip: { generalize: { ipv4: 24 } }
birthdate: { generalize: { date: year } }
geo.(lat|lon): { generalize: { decimals: 2 } }",
            ),
        ),
    ]
}

/// A worker over the events of that case, whose run is the same every time:
/// salts, seeds and clock are constants.
///
/// # Panics
/// When there is no case of that name.
pub fn prepare(name: &str) -> Ours {
    let (_, events, event, policy) = all()
        .into_iter()
        .find(|case| case.0 == name)
        .expect("a case of that name");
    let workload = Workload::generate(events, event);
    let mut worker = Worker::new(Constant, || 1_767_225_600_000);
    if name == DECIDED {
        worker = worker.with_consent(Box::new(gate::granted(&workload, 0)));
    }
    if name == LOOKED_AT {
        worker = worker.with_unnamed(&UnnamedMembers::default());
    }
    let events = workload.iter().map(str::as_bytes);
    Ours::with_worker(worker, BATCH_RECORDS, &policy, events)
}

/// "Randomness" for counting instructions, and for nothing else.
#[derive(Clone)]
struct Constant;

impl Entropy for Constant {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}
