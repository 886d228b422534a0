//! What is counted: each workload, and each kind of action alone on the events
//! of workload A, so that a worse count says where to look; the same workload as Avro,
//! orders in Protobuf, and what it takes to bind a schema of 200 fields.

use veilstream::crypto::entropy::Entropy;
use veilstream::pipeline::{UnnamedMembers, Worker};

use crate::ours::{BATCH_RECORDS, Ours, POLICY, POLICY_WITHOUT_CRYPTO, policy_with};
#[cfg(feature = "protobuf")]
use crate::protobuf;
use crate::workload::{Workload, marketing, mixed, orders};
use crate::{avro, gate, shapes};

/// Events a pass; orders are long.
const EVENTS: usize = 1_000;
const ORDERS: usize = 200;

/// As a sidecar does it by default: of some records it learns what nobody names.
const LOOKED_AT: &str = "A-unnamed";

/// Two people of each record are looked up, who have granted.
const DECIDED: &str = "gate";

/// What a case runs.
enum Runs {
    /// Events in JSON, through a policy.
    Json(fn(u64, &mut String), String),
    /// Workload A, as Avro.
    Avro,
    /// Orders in Protobuf.
    #[cfg(feature = "protobuf")]
    Protobuf,
    /// Reading a schema of 200 fields and binding it.
    BindsAvro,
    /// The same of Protobuf.
    #[cfg(feature = "protobuf")]
    BindsProtobuf,
}

/// What is counted under a name.
pub struct Case {
    /// The name.
    pub name: &'static str,
    /// How many events, or schemas, one run is of.
    pub count: usize,
    runs: Runs,
}

/// Every case, in the order they are printed.
pub fn all() -> Vec<Case> {
    let case = |name, count, runs| Case { name, count, runs };
    let a = |name, policy: String| case(name, EVENTS, Runs::Json(marketing::event, policy));
    vec![
        a("A", POLICY.to_owned()),
        a(LOOKED_AT, POLICY.to_owned()),
        a("A-without-crypto", POLICY_WITHOUT_CRYPTO.to_owned()),
        case(
            "mixed",
            EVENTS,
            Runs::Json(mixed::event, shapes::MIXED.to_owned()),
        ),
        case(
            "orders",
            ORDERS,
            Runs::Json(orders::event, shapes::ORDERS.to_owned()),
        ),
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
        case("avro", EVENTS, Runs::Avro),
        case("avro-binding", 1, Runs::BindsAvro),
        #[cfg(feature = "protobuf")]
        case("protobuf", EVENTS, Runs::Protobuf),
        #[cfg(feature = "protobuf")]
        case("protobuf-binding", 1, Runs::BindsProtobuf),
    ]
}

/// One run of that case, which is the same every time: salts, seeds and clock are
/// constants.
///
/// # Panics
/// When there is no case of that name; the run, when an event is refused.
pub fn prepare(name: &str) -> Box<dyn FnMut()> {
    let case = all().into_iter().find(|case| case.name == name);
    let Case { count, runs, .. } = case.expect("a case of that name");
    let mut worker = Worker::new(Constant, || 1_767_225_600_000);
    let mut ours = match runs {
        Runs::Json(event, policy) => {
            let workload = Workload::generate(count, event);
            if name == DECIDED {
                worker = worker.with_consent(Box::new(gate::granted(&workload, 0)));
            }
            if name == LOOKED_AT {
                worker = worker.with_unnamed(&UnnamedMembers::default());
            }
            let events = workload.iter().map(str::as_bytes);
            Ours::with_worker(worker, BATCH_RECORDS, &policy, events)
        }
        Runs::Avro => avro::with_worker(worker, count),
        #[cfg(feature = "protobuf")]
        Runs::Protobuf => protobuf::with_worker(worker, count),
        Runs::BindsAvro => {
            let wide = avro::Wide::new();
            return Box::new(move || wide.bind());
        }
        #[cfg(feature = "protobuf")]
        Runs::BindsProtobuf => {
            let wide = protobuf::Wide::new();
            return Box::new(move || wide.bind());
        }
    };
    Box::new(move || ours.pass())
}

/// "Randomness" for counting instructions, and for nothing else.
#[derive(Clone)]
struct Constant;

impl Entropy for Constant {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}
