//! What the fuzz targets do with their input. The test `corpus` replays the
//! corpora through the same functions, so that a crash once found stays found.

pub mod avro_reader;
pub mod oracle;
pub mod protobuf_reader;

use std::cell::RefCell;
use std::sync::Arc;

use oracle::Named;
use serde::de::IgnoredAny;
use veilstream::action::{Hierarchy, TableError, TableName, TableSource};
use veilstream::consent::signals::{consent_mode, gpp, pairs, tcf};
use veilstream::crypto::envelope::{Envelope, Expect};
use veilstream::decode::Limits;
use veilstream::decode::avro::{AvroDecoder, Record as AvroRecord, Refused};
use veilstream::decode::json::JsonDecoder;
use veilstream::decode::protobuf::{Message, ProtobufDecoder};
use veilstream::import::{Beside, Foreign};
use veilstream::keys::{KeyHandle, KeyRef, KeySource, TestKeys};
use veilstream::pipeline::{Destination, InBatch, OutBatch, OutRecord};
use veilstream::pipeline::{Worker, elements, sanitize};
use veilstream::plan::Plan;
use veilstream::plan::automaton::{Automaton, ROOT};
use veilstream::policy::selector::selectors as read_selectors;
use veilstream::policy::{Compiled, NoTables, PolicyFile, compile};
use veilstream::record::lane::Lane;
use veilstream::record::tape::Tape;
use veilstream::record::timestamp::Timestamp;
use veilstream::record::types::{Given, Gives};
use veilstream::record::value::SpellJson;
use veilstream::release::state::{Cut, Head as StateHead};
use veilstream::release::{Spending, Windows};
use veilstream::schema::avro::container::{BLOCK_BYTES_MAX, ContainerReader, ContainerWriter};
use veilstream::schema::avro::node::{Schema as AvroSchema, Shape as AvroShape};
use veilstream::schema::avro::program::Program;
use veilstream::schema::derived::{Fields, Head, Leaf, Made};
use veilstream::schema::frame::{Framing, MessagePath, Part, SchemaId};
use veilstream::schema::json::Json;
use veilstream::schema::jsonschema::node::Schema as JsonSchema;
use veilstream::schema::protobuf::compile::{Source, Which};
use veilstream::schema::protobuf::derive::Unfit;
use veilstream::schema::protobuf::node::Schema as ProtobufSchema;
use veilstream::schema::protobuf::program::Program as ProtobufProgram;
use veilstream::schema::registry::{Call, Kind, Outcome, Version, read_answer};
use veilstream::schema::writer::Writer;
use veilstream::schema::{Bindings, Bound};

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
      o: { encrypt: { key: people, fields: { p: keep, q.r: { pseudonymize: { key: people, epoch: none } } } } }
      s.place: { pseudonymize: { key: people, from: [lat, lon], epoch: none } }
      t.*: { keep: { subtree: true } }
"#;

/// Any bytes as an event: sanitized or quarantined, never a panic; what is
/// accepted is JSON for another reader too, and so is what comes out.
pub fn events(event: &[u8]) {
    thread_local! {
        static STATE: RefCell<(Arc<Plan>, Worker)> = RefCell::new((plan(), Worker::of_the_system()));
    }
    STATE.with_borrow_mut(|(plan, worker)| {
        let out = sanitize(batch(plan, event), worker).expect("nothing is looked up");
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
}

/// Any bytes as an event that is taken apart: what comes of its elements is what comes
/// of each as a record by itself, and nothing of one stands in another.
pub fn split(event: &[u8]) {
    (0..3).for_each(|nth| split_at(event, nth));
}

/// The same under one of the three policies, so that a second holds more events.
pub fn split_one(event: &[u8]) {
    split_at(event, event.len() % 3);
}

fn split_at(event: &[u8], nth: usize) {
    const SPLITS: [&str; 3] = ["batch", "\"[]\"", "{ at: b.c, lift: true }"];
    const FIELDS: &str = r#"
      a: keep
      batch.x: { pseudonymize: { key: people, scope: record, epoch: none } }
      "batch.l[*].y": { keep: { one_of: [1, 2] } }
      "batch.l[?k=='z'].v": keep
      "batch.t|json.u": keep
      "b.c.m.*": { names: { keep: { matches: "[a-z]" } }, keep: { one_of: [1, 2] }, on_error: drop_field }
      b.d: keep
      b.c.x: keep
      x: { mask: {} }
"#;
    type Each = Vec<(Arc<Plan>, Worker)>;
    thread_local! {
        static STATE: RefCell<Each> = RefCell::new(SPLITS.iter().map(|split| {
            let (head, _) = POLICY.split_once("\n      a: keep").expect("it has fields");
            let source = format!("{{ topic: raw, split: {split} }}");
            let text = format!("{head}{FIELDS}").replacen("{ topic: raw }", &source, 1);
            (plan_of(&text), Worker::of_the_system())
        }).collect());
    }
    STATE.with_borrow_mut(|each| {
        let (plan, worker) = &mut each[nth];
        {
            let together = sanitize(batch(plan, event), worker).expect("nothing is looked up");
            let singly = elements(batch(plan, event), worker);
            let singly = sanitize(singly, worker).expect("nothing is looked up");
            let told = |out: &OutBatch| {
                let each = out.records().iter();
                let value = |r: &OutRecord| match r.destination {
                    Destination::Output(_) => r.value.map(|v| out.bytes(v).to_vec()),
                    Destination::Quarantine(_) | Destination::Held(_) => None,
                };
                each.map(|r| (r.destination, value(r))).collect::<Vec<_>>()
            };
            assert_eq!(told(&together), told(&singly));
            assert_eq!(together.counts.received, singly.counts.received);
            assert_eq!(together.counts.outputs, singly.counts.outputs);
            assert!(together.counts.balances());
        }
    });
}

/// Lines as JSON texts, read one after the other by one decoder, which learns,
/// and each by a fresh one: both say the same, and the oracle agrees.
pub fn decode(lines: &[u8]) {
    let paths = ["a", "b.c", "b.c.d", "l[*].x", "l[2]", "m.*.y"];
    let named = Named::new(&paths, &["a", "b.c"], Limits::default());
    let mut learned = JsonDecoder::new(1);
    let (mut tape, mut fresh_tape) = (Tape::default(), Tape::default());
    for line in lines.split(|b| *b == b'\n') {
        let read = |decoder: &mut JsonDecoder, tape| {
            decoder.decode(line, &named.built.automaton, &named.limits, tape)
        };
        let known = read(&mut learned, &mut tape);
        let fresh = read(&mut JsonDecoder::new(2), &mut fresh_tape);
        assert_eq!(known, fresh, "what was learned changes nothing");
        oracle::check(line, &named, known, &tape).unwrap_or_else(|what| panic!("{what}"));
    }
}

/// Paths that name something of schemas whose fields are called so.
fn avro_paths() -> Automaton {
    let paths = ["a", "b.c", "b.c.d", "l[*].x", "l[2]", "m.*.y", "m.k", "*"];
    let named = Named::new(&paths, &["a", "b.c"], Limits::default());
    named.built.automaton
}

/// Every value below the top is a field, kept as it is.
struct Kept([Leaf<'static>; 1]);

impl Kept {
    fn all() -> Kept {
        static SAID: Json = Json::Null;
        Kept([Leaf {
            name: None,
            gives: &|_| Ok(Gives::one(Given::Same)),
            parts: &[],
            is_kept: true,
            said: &SAID,
        }])
    }
}

impl Fields for Kept {
    fn at(&self, state: u32) -> Made<'_> {
        match state {
            ROOT => Made::Inside(&[]),
            0..ROOT => Made::Nothing,
            _ => Made::Leaves(&self.0),
        }
    }
}

/// What stands at the top of what is derived.
const HEAD: Head<'_> = Head {
    policy: "fuzz",
    namespace: None,
};

/// Any text as an Avro schema: refused, or one whose print reads back as itself, under
/// the same fingerprint; what is derived of it is a schema too.
pub fn avro_schema(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(schema) = AvroSchema::parse(text) else {
        return;
    };
    let print = schema.print();
    let again = AvroSchema::parse(&print).expect("what is printed is a schema");
    assert_eq!(again.print(), print);
    assert_eq!(again.fingerprint(), schema.fingerprint());
    let paths = avro_paths();
    let program = Program::new(&schema, &paths);
    let kept = Kept::all();
    if let Ok(derived) = schema.derive(&paths, &kept, HEAD) {
        assert!(program.is_err() || Program::new(&derived, &paths).is_ok());
    }
}

/// A policy that names the fields of a schema, bound to it.
struct Through {
    plan: Arc<Plan>,
    bindings: Arc<Bindings>,
}

/// The schema of what leaves, and what does.
type Left = Option<(Box<str>, Vec<u8>)>;

impl Through {
    /// Each field with another action, or where one does not take it all kept; `None`: no
    /// policy fits.
    fn of(source: &str, schema: &str, names: &[&str]) -> Option<Through> {
        struct Text(String);
        impl TableSource for Text {
            fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
                Ok(self.0.clone().into_bytes())
            }
        }
        const KEPT: &str = "{ keep: { subtree: true } }";
        const MADE: [&str; 5] = [
            KEPT,
            "{ mask: {} }",
            "{ generalize: { bucket: 10 } }",
            "{ replace: { with: gone } }",
            "{ pseudonymize: { key: people, epoch: none } }",
        ];
        let (head, _) = POLICY.split_once("\n      a: keep").expect("it has fields");
        let head = head.replacen("{ topic: raw }", &format!("{{ topic: raw, {source} }}"), 1);
        let plan = |made: &dyn Fn(usize) -> &'static str| {
            let fields = names.iter().enumerate();
            let fields = fields.map(|(n, name)| format!("      \"{name}\": {}\n", made(n)));
            let file = PolicyFile {
                path: "p.yaml".into(),
                text: format!("{head}\n{}", fields.collect::<String>()),
            };
            let now = jiff::Timestamp::UNIX_EPOCH;
            compile(&file, &TestKeys, &Text(schema.to_owned()), now).plan
        };
        let plan = plan(&|n| MADE[n % MADE.len()]).or_else(|| plan(&|_| KEPT))?;
        let plan = Arc::new(plan);
        let writer = Writer::of(&plan.source.format).expect("it names a schema");
        let binding = writer.ok()?.bind(&plan).ok()?;
        let bindings = Arc::new(Bindings::of_file(Bound::Ready(Arc::new(binding))));
        Some(Through { plan, bindings })
    }

    fn leaves(&self, bytes: &[u8], worker: &mut Worker) -> Left {
        let mut batch = batch(&self.plan, bytes);
        batch.bindings = Some(Arc::clone(&self.bindings));
        let out = sanitize(batch, worker).expect("nothing is looked up");
        assert!(out.counts.balances());
        let record = out.records().first()?;
        let left = (record.destination == Destination::Output(0)).then(|| {
            let binding = out.binding().expect("the batch says its schemas");
            let value = out.bytes(record.value.expect("no tombstone went in"));
            (binding.schemas[0].clone(), value.to_vec())
        });
        let (_, buffers) = out.into();
        worker.take_back(buffers);
        left
    }
}

/// What leaves of bytes of that schema. Most inputs in a row have the same.
fn left(source: &str, schema: &str, names: &[&str], bytes: &[u8]) -> Left {
    type Last = Option<(String, Option<Through>)>;
    thread_local! {
        static STATE: RefCell<(Last, Worker)> = RefCell::new((None, Worker::of_the_system()));
    }
    STATE.with_borrow_mut(|(last, worker)| {
        if last.as_ref().is_none_or(|(known, _)| known != schema) {
            *last = Some((schema.to_owned(), Through::of(source, schema, names)));
        }
        let (_, through) = last.as_ref().expect("it was put there");
        through.as_ref()?.leaves(bytes, worker)
    })
}

/// A line with an Avro schema and any bytes behind it: refused, or what another reader
/// makes of them; and what leaves of them is a record of the schema that was derived.
pub fn avro(input: &[u8]) {
    avro_leaves(input);
}

/// The same; true when something of it left.
pub fn avro_leaves(input: &[u8]) -> bool {
    let at = input
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(input.len());
    let (text, bytes) = input.split_at(at);
    let bytes = bytes.get(1..).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let Ok(parsed) = AvroSchema::parse(text) else {
        return false;
    };
    let Ok(program) = Program::new(&parsed, &avro_paths()) else {
        return false;
    };
    let mut tape = Tape::default();
    let read = AvroDecoder::new(1).decode(bytes, &program, &Limits::default(), &mut tape);
    if matches!(
        read,
        Err(Refused::TooDeep | Refused::TooComplex | Refused::TooLarge | Refused::NotAnObject)
    ) {
        return false;
    }
    // As printed: this reader knows one way to write a schema.
    let schema = serde_json::from_str(&parsed.print()).expect("a schema is JSON");
    let plain = avro_reader::read(&schema, bytes);
    assert_eq!(read.is_ok(), plain.is_ok(), "{read:?} {plain:?}");
    let mut json = Vec::new();
    if let (Ok(()), Ok(plain)) = (read, plain)
        && let Ok(()) = AvroRecord::new(bytes, &program).spell_json(&tape.entries[0], &mut json)
    {
        let ours: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
        assert_eq!(ours, plain);
    }
    let AvroShape::Record(_, fields) = &parsed.node(parsed.root()).shape else {
        return false;
    };
    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    let source = "value: avro, schema: { file: s.avsc }";
    let Some((derived, record)) = left(source, text, &names, bytes) else {
        return false;
    };
    let derived = serde_json::from_str(&derived).expect("a schema is JSON");
    let read = avro_reader::read(&derived, &record);
    assert!(read.is_ok(), "{read:?}: {derived}");
    true
}

/// The schema of the first message of a text.
fn protobuf_schema(text: &[u8]) -> Option<(&str, ProtobufSchema)> {
    let text = std::str::from_utf8(text).ok()?;
    let main = Source {
        name: "fuzz.proto",
        text,
    };
    let schema = ProtobufSchema::compile(main, &[], Which::At(MessagePath::FIRST));
    Some((text, schema.ok()?))
}

/// Any text as a `.proto` file: refused, or one whose print reads back as itself; what is
/// derived of it is a schema too.
pub fn proto_schema(text: &[u8]) {
    let Some((_, schema)) = protobuf_schema(text) else {
        return;
    };
    let paths = avro_paths();
    let program = ProtobufProgram::new(&schema, &paths);
    let kept = Kept::all();
    match schema.derive(&paths, &kept, HEAD) {
        Ok(derived) => assert!(program.is_err() || ProtobufProgram::new(&derived, &paths).is_ok()),
        Err(Unfit::Unwritable(why)) => panic!("{why}"),
        Err(_) => {}
    }
}

/// A `.proto` file, a line of three dashes and any bytes behind it: refused, or what
/// another library makes of them; and what leaves of them is a message of the schema that
/// was derived.
pub fn protobuf(input: &[u8]) {
    protobuf_leaves(input);
}

/// The same; true when something of it left.
pub fn protobuf_leaves(input: &[u8]) -> bool {
    const BORDER: &[u8] = b"\n---\n";
    let at = input.windows(BORDER.len()).position(|part| part == BORDER);
    let (text, bytes) = match at {
        Some(at) => (&input[..at], &input[at + BORDER.len()..]),
        None => (input, &[][..]),
    };
    let Some((text, schema)) = protobuf_schema(text) else {
        return false;
    };
    let Ok(program) = ProtobufProgram::new(&schema, &avro_paths()) else {
        return false;
    };
    let mut tape = Tape::default();
    let mut decoder = ProtobufDecoder::new(1);
    if decoder
        .decode(bytes, &program, &Limits::default(), &mut tape)
        .is_err()
    {
        return false;
    }
    let mut json = Vec::new();
    let plain = match protobuf_reader::read(text, bytes) {
        Ok(plain) => plain,
        // Extensions are fields to it, and none to us.
        Err(_) if text.contains("extend") => return false,
        Err(error) => panic!("what we take the other does too: {error:?}"),
    };
    let spelled = Message::new(bytes, &program).spell_json(&tape.entries[0], &mut json);
    let ours = spelled
        .ok()
        .map(|()| serde_json::from_slice::<serde_json::Value>(&json).expect("it is JSON"));
    if let (Some(ours), Some(plain)) = (&ours, plain) {
        assert_eq!(*ours, plain);
    }
    // As a record key: one row of bytes for all that say the same.
    let (mut ordered, mut again) = (Vec::new(), Vec::new());
    Message::new(bytes, &program).in_order(&mut ordered);
    let limits = Limits {
        value_bytes_max: u32::MAX,
        ..Limits::default()
    };
    let read = decoder.decode(&ordered, &program, &limits, &mut tape);
    read.expect("it is a message still");
    let message = Message::new(&ordered, &program);
    message.in_order(&mut again);
    assert_eq!(again, ordered);
    // Zero with a sign is told, and in a key it is the default, which is not.
    let has_signed_zero = json.windows(4).any(|four| four == b"-0.0");
    json.clear();
    let spelled = message.spell_json(&tape.entries[0], &mut json);
    let same = spelled
        .ok()
        .map(|()| serde_json::from_slice::<serde_json::Value>(&json).expect("it is JSON"));
    assert!(has_signed_zero || same == ours, "{same:?} {ours:?}");
    let root = schema.message(schema.root());
    let names: Vec<&str> = root.fields.iter().map(|field| &*field.name).collect();
    let source = format!(
        "value: protobuf, schema: {{ file: s.proto, message: \"{}\" }}",
        root.name
    );
    let Some((derived, record)) = left(&source, text, &names, bytes) else {
        return false;
    };
    let read = protobuf_reader::read(&derived, &record);
    assert!(read.is_ok(), "{read:?}: {derived}");
    true
}

/// Any text as a schema of JSON: refused, or one of which what is derived is one too, and
/// derives to itself.
pub fn json_schema(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(schema) = JsonSchema::read(text, &[("other.json", text)]) else {
        return;
    };
    let paths = avro_paths();
    let kept = Kept::all();
    let _ = veilstream::schema::tagged::tagged(&schema);
    let Ok(derived) = schema.derive(&paths, &kept, HEAD) else {
        return;
    };
    let again = JsonSchema::read(&derived.text, &[]).expect("what is derived is a schema");
    let twice = again.derive(&paths, &kept, HEAD).expect("and of objects");
    let third = JsonSchema::read(&twice.text, &[]).expect("what is derived is a schema");
    let third = third.derive(&paths, &kept, HEAD).expect("and of objects");
    assert_eq!(third.text, twice.text);
}

/// Any bytes as a value with something around it: refused, or what was taken off is put
/// back as it was.
pub fn frame(bytes: &[u8]) {
    let (header, value) = bytes.split_at(bytes.len().min(24));
    for framing in [
        Framing::Confluent { indexes: false },
        Framing::Confluent { indexes: true },
        Framing::Apicurio,
        Framing::SingleObject,
        Framing::None,
    ] {
        for (part, names) in [
            (
                Part::Value,
                ["__value_schema_id", "apicurio.value.globalId"],
            ),
            (Part::Key, ["__key_schema_id", "apicurio.key.contentId"]),
        ] {
            if let Ok(framed) = framing.read(part, bytes, std::iter::empty()) {
                assert!(bytes.ends_with(framed.body));
                let mut again = Vec::new();
                assert!(framing.write(framed.id, framed.message, &mut again));
                again.extend_from_slice(framed.body);
                // The first message of a file can be spelled in two ways.
                assert!(again == bytes || again.len() < bytes.len());
                let read = framing.read(part, &again, std::iter::empty());
                assert_eq!(read, Ok(framed));
            }
            for name in names {
                let read = framing.read(part, value, [(name.as_bytes(), header)].into_iter());
                assert!(read.is_err() || read.is_ok_and(|framed| value.ends_with(framed.body)));
            }
        }
    }
}

/// Any bytes as what a registry answers, the first of them which call and status: trouble,
/// or no more than was there.
pub fn registry_body(bytes: &[u8]) {
    let Some(([which], body)) = bytes.split_first_chunk() else {
        return;
    };
    let calls = [
        Call::Schema(SchemaId::Number(1)),
        Call::Version("raw-value", Version::Latest),
        Call::LookUp("clean-value", Kind::Avro, "\"int\""),
        Call::Check("clean-value", Kind::Avro, "\"int\""),
        Call::Register("clean-value", Kind::Avro, "\"int\""),
    ];
    let call = &calls[usize::from(*which) % calls.len()];
    let status = [200, 404, 409, 422, 500][usize::from(*which >> 3) % 5];
    match read_answer(call, status, body) {
        Outcome::Schema(schema) => {
            let texts = schema
                .references
                .iter()
                .map(|r| r.name.len() + r.subject.len());
            assert!(schema.text.len() + texts.sum::<usize>() <= body.len());
            assert!(status == 200 && matches!(call, Call::Schema(_) | Call::Version(..)));
        }
        Outcome::Id(_) => assert!(matches!(call, Call::LookUp(..) | Call::Register(..))),
        Outcome::Compatible(_) => assert!(matches!(call, Call::Check(..))),
        Outcome::Missing => assert_eq!(status, 404),
        Outcome::Conflict => assert_eq!(status, 409),
        Outcome::NoSchema => assert_eq!(status, 422),
        Outcome::Trouble(_) => {}
    }
}

/// Any bytes as a file of Avro records: refused, or blocks of a bounded size that are
/// written and read again.
pub fn ocf(bytes: &[u8]) {
    let Ok(mut file) = ContainerReader::open(bytes) else {
        return;
    };
    let (mut records, mut again) = (Vec::new(), Vec::new());
    let writer = ContainerWriter::new(file.schema(), file.codec(), [7; 16], &mut again);
    let mut blocks = Vec::new();
    while let Ok(Some(count)) = file.block(&mut records) {
        assert!(records.len() <= BLOCK_BYTES_MAX);
        let written = writer.block(count, &records, &mut again);
        written.expect("it was no longer when it was read");
        blocks.push((count, records.clone()));
    }
    let mut file = ContainerReader::open(&again[..]).expect("it was written");
    for (count, block) in blocks {
        assert_eq!(file.block(&mut records).ok(), Some(Some(count)));
        assert_eq!(records, block);
    }
    assert!(file.block(&mut records).is_ok_and(|count| count.is_none()));
}

/// Any bytes as an envelope, binary and text: an error or, for what was sealed
/// under the test key, a value; never a panic, and both forms convert.
pub fn envelope(bytes: &[u8]) {
    thread_local! {
        static KEY: KeyHandle = TestKeys
            .entry(&KeyRef { file: "k.json".into(), entry: "contact".parse().expect("a name") })
            .and_then(|entry| entry.oldest())
            .expect("test keys are always there");
    }
    let text = String::from_utf8_lossy(bytes);
    for envelope in [
        Envelope::from_binary(bytes),
        Envelope::from_text(text.trim_end()),
    ] {
        let Ok(envelope) = envelope else { continue };
        let again = Envelope::from_text(&envelope.text()).expect("its own text form");
        assert_eq!(again.binary(), envelope.binary());
        KEY.with(|key| drop(envelope.open(key, Expect::AnyContext)));
    }
}

/// Any text as a policy: findings or a plan, never a panic, never both.
pub fn policy(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let compiled = compiled(text, &NoTables);
    assert_eq!(compiled.plan.is_none(), compiled.findings.has_errors());
}

const ADDRESSES: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      a: { url: { host: keep, relative: true, fragment: keep, query: { q: keep } } }
"#;

const NOTES: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      a: { redact: { locale: [intl, us, gb, de, fr, es, it, nl, br, in] } }
"#;

/// Any text as a free text: it is never refused, nor is what leaves of it, and no
/// label is found again.
pub fn redact(text: &[u8]) {
    thread_local! {
        static STATE: RefCell<(Arc<Plan>, Worker)> =
            RefCell::new((plan_of(NOTES), Worker::of_the_system()));
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    STATE.with_borrow_mut(|state| {
        let once = texts_of(text, state).expect("no text is refused");
        let twice = texts_of(&once, state).expect("no text is refused");
        // A label is the boundary that a neighbour did not have; what is found of it now
        // gives way to a label too, and no label is ever found again.
        assert!(twice.matches('[').count() >= once.matches('[').count());
    });
}

/// Any text as a consent string of each kind: read or refused, never a panic. What is
/// read of a TC string holds for every vendor alike, and no string is of two kinds.
pub fn signals(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let read = [0, 1, 755, u16::MAX].map(|vendor| tcf::read(text, vendor));
    for said in &read {
        assert_eq!(said.is_ok(), read[0].is_ok());
        if let (Ok(said), Ok(first)) = (said, &read[0]) {
            assert_eq!(said.purposes, first.purposes);
            assert_eq!(said.last_updated_ms, first.last_updated_ms);
        }
    }
    let gpp = gpp::read(text);
    assert!(read[0].is_err() || gpp.is_err());
    if let Ok(said) = gpp {
        assert!(said.tcf.is_none_or(|tcf| text.contains(tcf)));
    }
    let mut pairs = 0;
    let _ = pairs::each(text, |_, _| pairs += 1);
    assert!(pairs <= text.split(',').count());
    let modes = consent_mode::read(text);
    assert!(modes.is_err() || read[0].is_err());
    assert!(modes.is_err() || modes.is_ok_and(|types| types.granted & types.denied == 0));
}

/// Any text as an address: refused, or cut down to what stays when it is cut down
/// once more, with nobody named before its host.
pub fn url(text: &[u8]) {
    thread_local! {
        static STATE: RefCell<(Arc<Plan>, Worker)> =
            RefCell::new((plan_of(ADDRESSES), Worker::of_the_system()));
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    STATE.with_borrow_mut(|state| {
        let Some(once) = texts_of(text, state) else {
            return;
        };
        let twice = texts_of(&once, state);
        assert_eq!(twice.as_deref(), Some(once.as_str()));
        let site = once.split_once("://").map(|(_, rest)| rest);
        let host = site.and_then(|rest| rest.split(['/', '?', '#']).next());
        assert!(!host.unwrap_or_default().contains('@'), "{once}");
    });
}

const TABLE: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      a: { generalize: { hierarchy: { file: t.csv, level: 1 } } }
"#;

/// The one file beside a policy.
struct Lone<'t>(&'t [u8]);

impl TableSource for Lone<'_> {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(self.0.to_vec())
    }
}

/// Any file as a table of classes: refused, or one in which each value has the class that
/// stands behind it. The values are read here in a way that knows no quotes.
pub fn hierarchy(table: &[u8]) {
    let Ok(text) = std::str::from_utf8(table) else {
        return;
    };
    let Ok(read) = Hierarchy::read(text, 1, false) else {
        return;
    };
    each_row(text, |value, class| {
        assert_eq!(read.class(value), Some(class), "{value}");
    });
}

/// The same of a table beside a policy, refused with a finding.
pub fn hierarchy_of_policy(table: &[u8]) {
    let compiled = compiled(TABLE, &Lone(table));
    assert_eq!(compiled.plan.is_none(), compiled.findings.has_errors());
    let Some(plan) = compiled.plan else { return };
    let text = std::str::from_utf8(table).expect("what is no text is no table");
    let mut state = (Arc::new(plan), Worker::of_the_system());
    each_row(text, |value, class| {
        assert_eq!(
            texts_of(value, &mut state).as_deref(),
            Some(class),
            "{value}"
        );
    });
}

/// The value and its class in the first rows of a table without quotes.
fn each_row(text: &str, mut each: impl FnMut(&str, &str)) {
    if text.contains('"') {
        return;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let split = match text.lines().next().is_some_and(|line| line.contains(';')) {
        true => ';',
        false => ',',
    };
    for row in text.lines().take(8) {
        // The last one may end in the middle of `\r\n`.
        let row = row.strip_suffix('\r').unwrap_or(row);
        let mut cells = row.split(split);
        if let (Some(value), Some(class)) = (cells.next(), cells.next()) {
            each(value, class);
        }
    }
}

/// Any text as the rules of another tool: a draft that `veil check` takes, or a
/// refusal; what is called a salt or a secret stands in neither.
pub fn import(bytes: &[u8]) {
    (0..8).for_each(|nth| import_as(bytes, nth));
}

/// The same as the rules of one of the four, so that a second holds more texts.
pub fn import_one(bytes: &[u8]) {
    import_as(bytes, bytes.len() % 8);
}

fn import_as(bytes: &[u8], nth: usize) {
    let text = String::from_utf8_lossy(bytes);
    let named = veilstream::draft::Named::after("fuzz");
    {
        let (foreign, compat) = (
            [
                Foreign::SnowplowPii,
                Foreign::Dlp,
                Foreign::Connect,
                Foreign::KafkaUi,
            ][nth / 2],
            nth % 2 == 1,
        );
        {
            let beside = Beside {
                named: &named,
                sample: None,
                compat,
                until: "2027-11-29",
            };
            let said = match veilstream::import::import(foreign, &text, &beside) {
                Ok(made) => {
                    let found = compiled(&made.text, &NoTables).findings;
                    let codes: Vec<&str> = found.list().iter().map(|f| f.code).collect();
                    // What leaves under a suppression alone, a person fills in.
                    let is_whole = !made.text.contains("    fields: {}");
                    assert!(!found.has_errors() || !is_whole, "{codes:?}: {}", made.text);
                    assert!(!codes.contains(&"V0002"), "{codes:?}: {}", made.text);
                    format!("{made:?}")
                }
                Err(e) => e.to_string(),
            };
            // A line of properties that is broken makes one option part of another's value.
            let is_whole = foreign != Foreign::Connect;
            assert!(!is_whole || !said.contains("s3cr3t"), "{said}");
        }
    }
}

/// Any text as a path: refused, or one that is read again as what it is.
pub fn selectors(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for selector in read_selectors(text).into_iter().flatten() {
        let spelled = selector.to_string();
        let again = read_selectors(&spelled).expect("its own spelling");
        assert_eq!(again, [selector], "{spelled}");
    }
}

/// A line as a condition, and what stands below it as an event: a condition that can be
/// one holds of every record or does not, and turned round it is the other; a `when`
/// decides as `where` does.
pub fn conditions(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (condition, event) = text.split_once('\n').unwrap_or((text, "{}"));
    // Another line would be another part of the policy.
    let breaks = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    if condition.contains(breaks) {
        return;
    }
    let policy = |selects: &str| {
        format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: fuzz, version: 1, owner: fuzz }}\n\
             source: {{ topic: raw }}\noutputs:\n  - topic: clean\n    purpose: sales\n    domain: d\n    \
             where:\n      {selects}\n    fields:\n      zz:\n        when:\n          - if: {condition}\n            \
             then: {{ replace: {{ with: holds }} }}\n          - else: {{ replace: {{ with: other }} }}\n"
        )
    };
    let straight = compiled(&policy(&format!("all: [{condition}]")), &NoTables).plan;
    let turned = compiled(&policy(&format!("not: {condition}")), &NoTables).plan;
    let (Some(straight), Some(turned)) = (straight, turned) else {
        return;
    };
    let mut worker = Worker::of_the_system();
    // The field must be there for its `when` to be asked.
    let event = match event.trim_start().strip_prefix('{') {
        Some(rest) if rest.trim_start().starts_with('}') => format!("{{\"zz\":0{rest}"),
        Some(rest) => format!("{{\"zz\":0,{rest}"),
        None => event.to_owned(),
    };
    let mut came_to = |plan: Plan| -> (Vec<Destination>, Option<Vec<u8>>) {
        let out = sanitize(batch(&Arc::new(plan), event.as_bytes()), &mut worker);
        let out = out.expect("nothing is looked up");
        assert!(out.counts.balances());
        let value = out.records().first().and_then(|r| r.value);
        let value = value.map(|v| out.bytes(v).to_vec());
        (out.records().iter().map(|r| r.destination).collect(), value)
    };
    let (straight, turned) = (came_to(straight), came_to(turned));
    match (&straight.0[..], &turned.0[..]) {
        ([Destination::Quarantine(a)], [Destination::Quarantine(b)]) => assert_eq!(a, b),
        ([Destination::Output(_)], []) => {
            assert_eq!(straight.1.as_deref(), Some(&br#"{"zz":"holds"}"#[..]));
        }
        ([], [Destination::Output(_)]) => {
            assert_eq!(turned.1.as_deref(), Some(&br#"{"zz":"other"}"#[..]));
        }
        (a, b) => panic!("neither holds nor does not: {a:?} beside {b:?}"),
    }
}

const VALUES: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw }
keys: { people: { ref: "file:k.json#people" }, numbers: { ref: "file:k.json#numbers" } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      a:
        as:
          phone: { pseudonymize: { key: people, normalize: [strip, phone@2(DE)], epoch: none }, on_error: drop_field }
          code: { pseudonymize: { key: people, normalize: [strip, phone@2(+)], epoch: none }, on_error: drop_field }
          iban: { tokenize: { key: numbers@1, format: iban }, on_error: drop_field }
          number: { generalize: { unscaled: 2, bucket: 10 }, on_error: drop_field }
          mail: { tokenize: { key: numbers@1, format: email_local }, on_error: drop_field }
"#;

/// Any text as a telephone number, an account, a decimal of Connect, an address: none of
/// them refuses the record, one number in two spellings is one code, and the token of an
/// account is an account of the same country.
pub fn values(text: &[u8]) {
    thread_local! {
        static STATE: RefCell<(Arc<Plan>, Worker)> =
            RefCell::new((plan_of(VALUES), Worker::of_the_system()));
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    STATE.with_borrow_mut(|state| {
        let made = values_of(text, state).expect("no text is refused");
        let spaced = values_of(&format!(" {text} "), state).expect("no text is refused");
        assert_eq!(
            made["phone"], spaced["phone"],
            "blanks around it are no part of it"
        );
        let Some(token) = made["iban"].as_str() else {
            return;
        };
        let country = text.chars().filter(char::is_ascii_alphabetic).take(2);
        let country: String = country.map(|c| c.to_ascii_uppercase()).collect();
        assert!(token.starts_with(&country), "{token}");
        let (head, rest) = token.split_at(4);
        let digits = rest
            .chars()
            .chain(head.chars())
            .filter_map(|c| c.to_digit(36));
        let remainder = digits.fold(0, |n, d| match d {
            0..=9 => (n * 10 + d) % 97,
            _ => (n * 100 + d) % 97,
        });
        assert_eq!(remainder, 1, "{token}");
    });
}

/// What leaves of a text under the member `a`; `None`: nothing.
fn texts_of(text: &str, state: &mut (Arc<Plan>, Worker)) -> Option<String> {
    let value = values_of(text, state)?;
    value["a"].as_str().map(str::to_owned)
}

/// What leaves of a text that is the member `a`; `None`: the record is refused.
fn values_of(text: &str, (plan, worker): &mut (Arc<Plan>, Worker)) -> Option<serde_json::Value> {
    let event = serde_json::to_vec(&serde_json::json!({ "a": text })).expect("a text");
    let out = sanitize(batch(plan, &event), worker).expect("nothing is looked up");
    assert!(out.counts.balances());
    let record = out.records().first()?;
    let clean = record.destination == Destination::Output(0);
    let value = record.value.filter(|_| clean).map(|value| {
        serde_json::from_slice::<serde_json::Value>(out.bytes(value)).expect("what leaves is JSON")
    });
    let (_, buffers) = out.into();
    worker.take_back(buffers);
    value
}

/// Any bytes as the state of counts: refused, or what comes back as it was and has rows.
pub fn counts(bytes: &[u8]) {
    thread_local! {
        static PLANS: [Arc<Plan>; 2] = ["keys: { list: [a, b] }", "delta: 1e-6, keys: select"]
            .map(|keys| plan_of(&COUNTS.replace("KEYS", keys)));
    }
    if let Ok(head) = StateHead::read(bytes) {
        assert_eq!(StateHead::read(&head.to_bytes()), Ok(head));
    }
    if let Ok(cut) = Cut::read(bytes) {
        assert_eq!(cut.to_bytes(), bytes);
    }
    let _ = Spending::in_rows().add_row(bytes);
    PLANS.with(|plans| plans.iter().for_each(|plan| counts_under(plan, bytes)));
}

fn counts_under(plan: &Arc<Plan>, bytes: &[u8]) {
    let saved = |kind: u8| [&[1, kind], &plan.digest.0[..], bytes].concat();
    let mut windows = Windows::new(plan, 0).expect("the output counts");
    if let Ok(window) = windows.restore(&saved(0)) {
        let again = windows.save(window.0).expect("it is open");
        let mut other = windows.anew();
        assert_eq!(other.restore(&again), Ok(window));
        let (closed, same) = (windows.close(window), other.close(window));
        assert_eq!(closed.cut, same.cut);
        let _ = windows.rows(&closed);
    }
    if let Ok(closed) = windows.closed(&saved(1)) {
        assert_eq!(windows.save_closed(&closed), saved(1));
        let _ = windows.rows(&closed);
    }
}

const COUNTS: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: fuzz, version: 1, owner: fuzz }
source: { topic: raw, subject: who }
keys: { noise: { ref: "file:k.json#noise" } }
outputs:
  - topic: stats
    purpose: analytics.reporting
    domain: stats
    aggregate: { window: 1d, time: { from: value.at }, by: { kind: keep }, count: records, contribution: { cells: 2 }, epsilon: 0.5, key: noise, budget: { name: b, epsilon: 15, per: 30d }, KEYS }
"#;

fn plan() -> Arc<Plan> {
    plan_of(POLICY)
}

fn plan_of(text: &str) -> Arc<Plan> {
    let plan = compiled(text, &NoTables).plan;
    Arc::new(plan.expect("the policy has no error"))
}

fn compiled(text: &str, tables: &dyn TableSource) -> Compiled {
    let file = PolicyFile {
        path: "fuzz.yaml".into(),
        text: text.to_owned(),
    };
    compile(&file, &TestKeys, tables, jiff::Timestamp::UNIX_EPOCH)
}

fn batch(plan: &Arc<Plan>, event: &[u8]) -> InBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    batch.raw.push(0, Timestamp::None, None, Some(event), []);
    batch
}
