//! Streams whose records name their schemas, over the embedded cluster and a registry on
//! the loopback: what the real client library does when a lane waits, seeks and goes on.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::tests::{Embedded, Figures, PARTITIONS, until};
use super::*;
use crate::decode::avro::json_of;
use crate::pipeline::condition::Standing;
use crate::schema::avro::node::Schema;
use crate::schema::frame::{Framings, Part as Of, SchemaId};
use crate::schema::registry::stub::{Stub, serving};
use crate::schema::registry::testing::{FRAMING, Registry, framed, long, numbered, plan_by_id};
use crate::schema::registry::{Access, Rules, Why, framings};

/// There from the start.
const FIRST: u32 = 1;
/// Registered in mid-stream.
const SECOND: u32 = 2;
/// The policy can make nothing of it.
const WRONG: u32 = 3;
const UNKNOWN: u32 = 9;

struct House {
    kafka: Embedded,
    registry: Arc<Mutex<Registry>>,
    stub: Stub,
    /// So long a schema that is not there is waited for.
    unknown_wait: Duration,
}

impl House {
    fn new() -> House {
        let mut registry = Registry::default();
        registry.has(FIRST, &numbered(""));
        registry.has(WRONG, r#"{"type":"enum","name":"E","symbols":["A"]}"#);
        let newest = vec![(FIRST, numbered(""))];
        registry.subjects.insert("raw-value".to_owned(), newest);
        let registry = Arc::new(Mutex::new(registry));
        House {
            kafka: Embedded::new(&["raw", "clean"]),
            stub: serving(registry.clone()),
            registry,
            unknown_wait: Duration::from_secs(60),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Registry)) {
        change(&mut self.registry.lock().expect("nobody panicked"));
    }

    /// The second schema comes.
    fn registers(&self) {
        let more = numbered(r#",{"name":"more","type":"string"}"#);
        self.change(|registry| registry.has(SECOND, &more));
    }

    fn config(&self, once: bool) -> StreamConfig {
        StreamConfig {
            once,
            drain_deadline: Duration::from_secs(5),
            registry: Some(RegistryConfig {
                access: Access {
                    urls: vec![self.stub.url.clone()],
                    ..Access::default()
                },
                rules: Rules {
                    unknown_wait: self.unknown_wait,
                    ..Rules::default()
                },
            }),
            ..self.kafka.config()
        }
    }

    fn start(&self, once: bool) -> (Handle, Arc<Figures>) {
        let figures = Arc::new(Figures::default());
        let plan = plan_by_id("n: keep", "");
        let stream = Stream::start(self.config(once), plan, figures.clone());
        (stream.expect("it can start"), figures)
    }

    /// Records from..to round robin, of the schema that `of` says.
    fn fill(&self, numbers: std::ops::Range<i64>, of: impl Fn(i64) -> u32) {
        let producer: BaseProducer = self.kafka.client().create().unwrap();
        for n in numbers {
            let body = match of(n) {
                SECOND => [long(n), vec![2, b'x']].concat(),
                _ => long(n),
            };
            let value = framed(of(n), &body);
            let record = BaseRecord::<[u8], [u8]>::to("raw")
                .partition(i32::try_from(n % i64::from(PARTITIONS)).unwrap())
                .payload(&value);
            producer.send(record).map_err(|(e, _)| e).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    /// What left, by partition, each read under the schema that it names.
    fn left(&self) -> Vec<Vec<i64>> {
        let registry = self.registry.lock().expect("nobody panicked");
        let number = |value: &Vec<u8>| {
            let framed = FRAMING.read(Of::Value, value, std::iter::empty());
            let framed = framed.expect("it is framed");
            let SchemaId::Number(id) = framed.id else {
                panic!("{:?}", framed.id);
            };
            let clean = &registry.subjects["clean-value"];
            let (_, text) = clean.iter().find(|(known, _)| *known == id).unwrap();
            let json = json_of(&Schema::parse(text).unwrap(), framed.body).unwrap();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            json["n"].as_i64().expect("a number")
        };
        let mut all = self.kafka.read_bytes("clean");
        let of = |partition| all.remove(&partition).unwrap_or_default();
        let partitions = (0..PARTITIONS).map(of);
        partitions
            .map(|all| all.iter().map(number).collect())
            .collect()
    }
}

/// Those below `to` that are read, by partition.
fn expected(to: i64, reads: impl Fn(i64) -> bool) -> Vec<Vec<i64>> {
    let of = |partition| {
        let own = (0..to).filter(move |n| n % i64::from(PARTITIONS) == i64::from(partition));
        own.filter(|n| reads(*n)).collect()
    };
    (0..PARTITIONS).map(of).collect()
}

fn received(figures: &Figures) -> u64 {
    figures.received.load(Ordering::Relaxed)
}

/// What is told of schemas.
fn told(stream: &Handle) -> Option<String> {
    let all = stream.probe().conditions().into_iter();
    let mut failed = all.filter_map(|c| match c.standing {
        Standing::Failed(what) if c.name == "schemas" => Some(what.to_string()),
        _ => None,
    });
    failed.next()
}

#[test]
fn lanes_wait_for_a_schema_that_comes_late_and_once_waits_for_them() {
    let house = House::new();
    let of = |n: i64| match n % 10 {
        // Partition 0 alone meets it.
        3 if n % 3 == 0 && n > 100 => SECOND,
        5 => WRONG,
        _ => FIRST,
    };
    house.fill(0..300, of);
    let (stream, figures) = house.start(true);
    // The other partitions go on, and what stands in front of it too.
    let before = (0..300).filter(|n| n % 3 != 0 || *n < 123).count();
    let before = u64::try_from(before).expect("few");
    until("all others are done", || received(&figures) >= before);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(
        received(&figures),
        before,
        "it passed over what it could not read"
    );
    house.registers();
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(received(&figures), 300);
    assert_eq!(figures.quarantined.load(Ordering::Relaxed), 30);
    assert_eq!(house.left(), expected(300, |n| of(n) != WRONG));
}

#[test]
fn an_outage_is_waited_out_and_said_and_an_unknown_schema_is_not_waited_for_long() {
    let mut house = House::new();
    house.unknown_wait = Duration::from_secs(1);
    house.fill(0..30, |_| FIRST);
    house.change(|registry| registry.down = Some(Why::Status(503)));
    let (stream, figures) = house.start(false);
    until("the outage is told", || told(&stream).is_some());
    let what = told(&stream).expect("just now");
    assert!(
        what.contains(&house.stub.url) && what.contains("503"),
        "{what}"
    );
    assert_eq!(received(&figures), 0);
    house.change(|registry| registry.down = None);
    until("it goes on", || received(&figures) == 30);
    until("all is well", || told(&stream).is_none());
    house.fill(30..60, |n| if n == 40 { UNKNOWN } else { FIRST });
    until("it goes on without it", || received(&figures) == 60);
    stream.stop();
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(figures.quarantined.load(Ordering::Relaxed), 1);
    assert_eq!(house.left(), expected(60, |n| n != 40));
}

#[test]
fn who_waits_stops_when_told_to_and_what_was_read_is_committed() {
    let house = House::new();
    house.fill(0..60, |n| if n >= 30 { SECOND } else { FIRST });
    house.change(|registry| {
        registry.down_for.insert(SECOND, Why::Status(500));
    });
    let (stream, figures) = house.start(false);
    until("what stands in front is done", || received(&figures) == 30);
    until("it waits", || told(&stream).is_some());
    stream.stop();
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(received(&figures), 30);
    assert_eq!(house.left(), expected(30, |_| true));
}

#[test]
fn a_policy_takes_over_while_lanes_wait_and_one_that_can_make_nothing_of_it_does_not() {
    let house = House::new();
    house.fill(0..60, |n| if n >= 30 { SECOND } else { FIRST });
    let (stream, figures) = house.start(false);
    until("what stands in front is done", || received(&figures) == 30);
    let refused = |plan| match stream.look_at(plan) {
        Err(why) => why.to_string(),
        Ok(_) => panic!("it can take over"),
    };
    let why = refused(plan_by_id("n: { mask: { keep_first: 1 } }", ""));
    assert!(
        why.contains("schema_unusable") && why.contains("`n`"),
        "{why}"
    );
    let mut plans = crate::pipeline::testing::Plans::new();
    plans.output(&[crate::pipeline::testing::field("n", "keep")]);
    plans.quarantine();
    plans.plan.source.topics = vec!["raw".into()];
    plans.plan.name = "clicks".into();
    let why = refused(plans.build());
    assert!(
        why.contains("source.value") && why.contains("restart"),
        "{why}"
    );
    let successor = stream
        .look_at(plan_by_id("n: keep, more: drop", ""))
        .unwrap();
    stream.replace(&successor).unwrap();
    house.registers();
    until("it goes on", || received(&figures) == 60);
    stream.stop();
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(house.left(), expected(60, |_| true));
}

#[test]
fn a_policy_that_can_make_nothing_of_the_newest_schema_never_begins() {
    let house = House::new();
    let newest = vec![(WRONG, String::new())];
    house.change(|registry| {
        registry.subjects.insert("raw-value".to_owned(), newest);
    });
    let (stream, _) = house.start(false);
    match stream.wait() {
        End::Unusable { what, help } => {
            assert!(what.contains("`raw-value`"), "{what}");
            assert!(help.contains("veil check"), "{help}");
        }
        other => panic!("{other:?}"),
    }
    let config = StreamConfig {
        registry: None,
        ..house.config(false)
    };
    let nobody = Arc::new(crate::pipeline::observer::Nobody);
    let refused = Stream::start(config, plan_by_id("n: keep", ""), nobody);
    match refused {
        Err(error @ StreamError::NoRegistry) => {
            let said = error.to_string();
            assert!(said.contains("registry: { urls:"), "{said}");
        }
        _ => panic!("nobody has the schemas"),
    }
    assert_eq!(
        framings(&plan_by_id("n: keep", "").source),
        Framings::both(FRAMING)
    );
}

#[test]
fn a_schema_is_named_by_16_bytes_in_a_header_too() {
    let mut house = House::new();
    house.unknown_wait = Duration::from_secs(1);
    let guid = *b"\x89\x79\x1f\x2a\x00\x01\x40\x02\x80\x03abcdef";
    house.change(|registry| {
        registry.guids.insert(guid, FIRST);
    });
    let producer: BaseProducer = house.kafka.client().create().unwrap();
    for n in 0..30 {
        let named = if n == 13 { [7; 16] } else { guid };
        let id = [&[1][..], &named].concat();
        let header = Header {
            key: "__value_schema_id",
            value: Some(&id),
        };
        let value = long(n);
        let record = BaseRecord::<[u8], [u8]>::to("raw")
            .partition(i32::try_from(n % i64::from(PARTITIONS)).unwrap())
            .headers(OwnedHeaders::new().insert(header))
            .payload(&value);
        producer.send(record).map_err(|(e, _)| e).unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    let (stream, figures) = house.start(true);
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(received(&figures), 30);
    assert_eq!(figures.quarantined.load(Ordering::Relaxed), 1);
    assert_eq!(house.left(), expected(30, |n| n != 13));
}
