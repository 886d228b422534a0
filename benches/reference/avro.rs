//! Workload A as Avro: the library beside apache-avro, whose reader and writer are built
//! once, and beside itself on the same events as JSON.
//!
//! ```sh
//! cargo bench --no-default-features --bench reference -- avro
//! ```

use std::hint::black_box;

use apache_avro::Schema as TheirSchema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use veilstream::decode::avro::json_of;
use veilstream::plan::Plan;
use veilstream::schema::avro::encode::encode;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::binding::Binding;
use veilstream::schema::json::Json;

use crate::crypto::Crypto;
use crate::fates::{Fate, Fates, MARKETING};
use crate::house::House;
use crate::measure::{self, Part, Variant};
use crate::ours::{
    BATCH_RECORDS, Keys, Ours, POLICY, POLICY_WITHOUT_CRYPTO, plan_of, steady_allocations,
};
use crate::workload::{Workload, marketing};

const EVENTS: usize = 100_000;
const PASSES: usize = 9;
const PARTS: usize = 25;
const COMPARED: usize = 5_000;
/// Milliseconds of CPU in which a schema of 200 fields should be read and bound.
const BOUND_MS: f64 = 10.0;

/// The schema that workload A is written under.
pub const WRITER: &str = include_str!("policies/reference.avsc");

/// Compares, measures, prints A1 to A3 and the allocations of a record.
pub fn run() {
    let made = Made::of(EVENTS);
    made.agree(COMPARED);
    let (full, null) = (avro(POLICY), avro(POLICY_WITHOUT_CRYPTO));
    let mut ours = Ours::of_values(BATCH_RECORDS, &full, made.values());
    let mut ours_null = Ours::of_values(BATCH_RECORDS, &null, made.values());
    let mut json_null = Ours::new(POLICY_WITHOUT_CRYPTO, &made.workload);
    let steady = steady_allocations(&full, || made.values());
    let (theirs, theirs_null) = (Theirs::new(&full), Theirs::new(&null));
    let (theirs, theirs_null) = (theirs.ready(), theirs_null.ready());
    let (mut house, mut nothing) = (House::new(&Keys::of_the_tests()), Nothing);
    let mut variants: Vec<Variant<'_>> = vec![
        (
            "apache-avro, constants",
            Box::new(|part| theirs_null.part(&made, part, &mut nothing)),
        ),
        (
            "apache-avro, our crypto",
            Box::new(|part| theirs.part(&made, part, &mut house)),
        ),
        ("ours, constants", Box::new(|part| ours_null.part(part))),
        ("ours", Box::new(|part| ours.part(part))),
        (
            "ours as JSON, constants",
            Box::new(|part| json_null.part(part)),
        ),
    ];
    let times = measure::interleaved(&mut variants, PARTS, PASSES);
    let per_event: Vec<f64> = times.iter().map(|ns| ns / EVENTS as f64).collect();
    println!(
        "workload A as Avro: {EVENTS} events, mean {:.1} bytes",
        made.mean()
    );
    for ((name, _), ns) in variants.iter().zip(&per_event) {
        println!("{name:<40}{ns:>12.0} CPU ns/event");
    }
    let [theirs_null, theirs, ours_null, ours, json_null] = per_event[..] else {
        unreachable!("there are five variants")
    };
    println!();
    row(
        "A1",
        "apache-avro / ours, constants",
        theirs_null / ours_null,
        "at least 9",
    );
    row(
        "A2",
        "apache-avro / ours, our crypto",
        theirs / ours,
        "at least 5",
    );
    row(
        "A3",
        "ours as Avro / as JSON, constants",
        ours_null / json_null,
        "at most 1.1",
    );
    println!("    {steady:.4} allocations per event, steady state: at most 0");
    let wide = Wide::new();
    let times = (0..PASSES).map(|_| measure::cpu_of_this_thread(|| wide.bind()));
    let ms = measure::median(times.collect()) / 1e6;
    let verdict = if ms < BOUND_MS { "met" } else { "NOT MET" };
    println!("    binding a schema of 200 fields: {ms:.2} ms, below {BOUND_MS}: {verdict}");
}

/// Few events: both write the same, and in steady state no record asks for memory.
///
/// # Panics
/// When that is not so.
pub fn works() {
    let made = Made::of(4 * BATCH_RECORDS);
    made.agree(500);
    for policy in [POLICY, POLICY_WITHOUT_CRYPTO] {
        let steady = steady_allocations(&avro(policy), || made.values());
        assert!(steady < 0.001, "{steady} allocations a record of Avro");
    }
}

fn row(id: &str, what: &str, ratio: f64, wanted: &str) {
    println!("{id:<4}{what:<42}{ratio:>9.2}{wanted:>18}");
}

/// A policy of the bench, of records that are written as Avro.
fn avro(policy: &str) -> String {
    let source = "source: { topic: reference.raw }";
    assert!(policy.contains(source));
    policy.replace(
        source,
        "source: { topic: reference.raw, value: avro, schema: { file: writer.avsc } }",
    )
}

/// The events of workload A, in both formats.
struct Made {
    workload: Workload,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Made {
    fn of(events: usize) -> Made {
        let workload = Workload::generate(events, marketing::event);
        let schema = Schema::parse(WRITER).expect("a schema");
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for event in workload.iter() {
            let event = Json::read(event, 1 << 20).expect("an event is JSON");
            encode(&schema, &event, &mut bytes).expect("it is of the schema");
            ends.push(bytes.len());
        }
        Made {
            workload,
            bytes,
            ends,
        }
    }

    fn values(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(from, to)| &self.bytes[from..*to])
    }

    fn mean(&self) -> f64 {
        self.bytes.len() as f64 / self.ends.len() as f64
    }

    /// What both write of the first events is the same.
    fn agree(&self, events: usize) {
        let policy = avro(POLICY_WITHOUT_CRYPTO);
        let theirs = Theirs::new(&policy);
        let (theirs, out) = (theirs.ready(), theirs.out.clone());
        let ours = Ours::of_values(BATCH_RECORDS, &policy, self.values().take(events)).results();
        for (ours, event) in ours.iter().zip(self.values()) {
            let theirs = theirs.sanitize(event, &mut Nothing);
            let shown = |bytes: &[u8]| json_of(&out, bytes).expect("a record of the schema");
            assert_eq!(shown(ours), shown(&theirs));
            assert_eq!(*ours, theirs);
        }
    }
}

/// As in the policy without keys: constants.
struct Nothing;

impl Crypto for Nothing {
    fn pseudonym(&mut self, _: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"0123456789012345678901");
    }

    fn token(&mut self, _: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"+49012345678901");
    }

    fn seal(&mut self, _: &[u8], out: &mut Vec<u8>) {
        let (_, text) = POLICY_WITHOUT_CRYPTO
            .split_once("veil1.")
            .expect("it has a constant");
        let (text, _) = text.split_once('"').expect("it ends");
        out.extend_from_slice(b"veil1.");
        out.extend_from_slice(text.as_bytes());
    }
}

/// What one writes with apache-avro: a value is read, changed and written.
struct Theirs {
    writer: TheirSchema,
    derived: TheirSchema,
    /// The schema of what leaves, as the library reads it.
    out: Schema,
    /// Fields that may be null.
    nullable: Vec<String>,
}

impl Theirs {
    /// Under the schema that the library derives, so that both write the same.
    fn new(policy: &str) -> Theirs {
        let plan = plan_of(policy);
        let writer = Schema::parse(WRITER).expect("a schema");
        let binding = Binding::new(&writer, &plan).expect("the policy fits it");
        let text = &*binding.schemas[0];
        let derived = TheirSchema::parse_str(text).expect("it is a schema to others");
        let TheirSchema::Record(record) = &derived else {
            panic!("records are written")
        };
        let is_nullable = |schema: &TheirSchema| matches!(schema, TheirSchema::Union(_));
        let nullable = record.fields.iter().filter(|f| is_nullable(&f.schema));
        Theirs {
            nullable: nullable.map(|f| f.name.clone()).collect(),
            writer: TheirSchema::parse_str(WRITER).expect("it is a schema to others"),
            out: Schema::parse(text).expect("what was derived is read"),
            derived,
        }
    }

    fn ready(&self) -> Ready<'_> {
        Ready {
            reader: GenericDatumReader::builder(&self.writer)
                .build()
                .expect("a schema"),
            writer: GenericDatumWriter::builder(&self.derived)
                .build()
                .expect("a schema"),
            nullable: &self.nullable,
        }
    }
}

/// Reader and writer, built once.
struct Ready<'t> {
    reader: GenericDatumReader<'t>,
    writer: GenericDatumWriter<'t>,
    nullable: &'t [String],
}

impl Ready<'_> {
    fn part(&self, made: &Made, part: Part, crypto: &mut impl Crypto) {
        let range = part.range(made.ends.len());
        for event in made.values().skip(range.start).take(range.len()) {
            black_box(self.sanitize(event, crypto));
        }
    }

    fn sanitize(&self, mut event: &[u8], crypto: &mut impl Crypto) -> Vec<u8> {
        let value = self.reader.read_value(&mut event).expect("a record");
        // A value that is cut can be read as one that ends with nothing.
        assert!(event.is_empty());
        let Value::Record(fields) = value else {
            panic!("a record is read")
        };
        let made = Value::Record(self.fields(fields, MARKETING, true, crypto));
        let mut out = Vec::with_capacity(512);
        let written = self.writer.write_value_ref(&mut out, &made);
        written.expect("it fits the schema");
        out
    }

    fn fields(
        &self,
        fields: Vec<(String, Value)>,
        fates: Fates,
        is_top: bool,
        crypto: &mut impl Crypto,
    ) -> Vec<(String, Value)> {
        let mut made = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let Some((_, fate)) = fates.iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let mut domain = None;
            let value = match (fate, value) {
                (Fate::Kept, value) => value,
                (Fate::Pseudonym, value) => written(|out| crypto.pseudonym(text(&value), out)),
                (Fate::Email, value) => {
                    let (_, behind) = text(&value).split_once('@').expect("an address has one");
                    domain = Some(Value::String(behind.to_owned()));
                    written(|out| crypto.pseudonym(text(&value), out))
                }
                (Fate::Token, value) => written(|out| crypto.token(text(&value), out)),
                (Fate::Sealed, Value::Record(fields)) => {
                    let all = fields
                        .iter()
                        .map(|(name, value)| (name.clone(), text(value).into()));
                    let json: serde_json::Map<String, serde_json::Value> = all.collect();
                    let json = serde_json::to_vec(&json).expect("a value is serializable");
                    written(|out| crypto.seal(&json, out))
                }
                (Fate::Network, value) => {
                    let ip: std::net::Ipv4Addr = text(&value).parse().expect("it is IPv4");
                    let [a, b, c, _] = ip.octets();
                    Value::String(format!("{a}.{b}.{c}.0/24"))
                }
                (Fate::Year, value) => Value::Int(text(&value)[..4].parse().expect("a date")),
                (Fate::TwoDecimals, Value::Double(number)) => {
                    // As the library does it: on the digits that a reader would see.
                    let spelled = format!("{number}");
                    let whole = spelled.find('.').map_or(spelled.len(), |at| at + 3);
                    let cut = &spelled[..whole.min(spelled.len())];
                    Value::Double(cut.parse().expect("a number"))
                }
                (Fate::Members(fates), Value::Record(fields)) => {
                    Value::Record(self.fields(fields, fates, false, crypto))
                }
                _ => panic!("the workload has no such field"),
            };
            self.push(name, value, is_top, &mut made);
            if let Some(domain) = domain {
                self.push("email_domain".to_owned(), domain, is_top, &mut made);
            }
        }
        made
    }

    fn push(&self, name: String, value: Value, is_top: bool, made: &mut Vec<(String, Value)>) {
        let is_nullable = is_top && self.nullable.contains(&name);
        let value = match value {
            value @ Value::Union(..) => value,
            Value::Null if is_nullable => Value::Union(0, Box::new(Value::Null)),
            value if is_nullable => Value::Union(1, Box::new(value)),
            value => value,
        };
        made.push((name, value));
    }
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        _ => panic!("a text is expected"),
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    Value::String(String::from_utf8(out).expect("ASCII"))
}

/// A schema of 200 fields, and a policy that names all of them.
struct Wide {
    text: String,
    plan: Plan,
}

impl Wide {
    /// Made, and not read.
    fn new() -> Wide {
        let field =
            |n: usize| format!(r#"{{"name":"f{n}","type":["null","string"],"default":null}}"#);
        let fields: Vec<String> = (0..200).map(field).collect();
        let text = format!(
            r#"{{"type":"record","name":"Wide","fields":[{}]}}"#,
            fields.join(",")
        );
        let named: Vec<String> = (0..200).map(|n| format!("f{n}")).collect();
        let plan = plan_of(&format!(
            "apiVersion: veil/v1
kind: Policy
metadata: {{ name: wide, version: 1, owner: bench }}
source: {{ topic: wide.raw }}
outputs:
  - topic: wide.clean
    purpose: analytics.reporting
    domain: analytics
    fields: {{ ({}): {{ mask: {{}} }} }}
",
            named.join("|")
        ));
        Wide { text, plan }
    }

    /// Reads the schema and binds it.
    ///
    /// # Panics
    /// When it is not bound.
    fn bind(&self) {
        let writer = Schema::parse(&self.text).expect("a schema");
        let bound = Binding::new(&writer, &self.plan);
        black_box(bound.expect("the policy fits it"));
    }
}
