//! Runs one field value on one JSON value, for the tests of this room.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use super::Cx;
use super::{ACTIONS, Action, ActionDef, Asides, Held, Site, Spec, Table, Tables, action, hold};
use super::{IfRefused, KeyUse};
use crate::anonymity::quasi::{ClassForm, Domain, Leaf};
use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::entropy::Entropy;
use crate::crypto::seal::BatchSeal;
use crate::keys::{KeyRef, KeySource as _, Pick, TestKeys};
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::language::yaml;
use crate::record::Notes;
use crate::record::event_time::{EventTimes, Now, TimeOf};
use crate::record::ids::ActionId;
use crate::record::jobs::Jobs;
use crate::record::lookups::LookedUp;
use crate::record::number::Number;
use crate::record::time::Time;
use crate::record::timestamp::Timestamp;
use crate::record::value::{Out, Target, Text, TextForm, View, Whole};
use crate::record::{Nothing, Reason};

/// What a policy author gets from a field value: the action read, or findings.
pub(crate) fn parse(policy: &str, findings: &mut Findings) -> Option<Box<dyn Spec>> {
    let node = yaml::read(policy, findings).expect("the example is YAML");
    Some(read(&node, findings)?.1).filter(|_| !findings.has_errors())
}

/// As the policy's reader does, without named actions and what may stand beside.
fn read(node: &Node, findings: &mut Findings) -> Option<(&'static ActionDef, Box<dyn Spec>)> {
    match &node.kind {
        Kind::Scalar { text, .. } => {
            let def = action(text).expect("an action");
            Some((def, (def.bare.expect("a bare form"))()))
        }
        Kind::Map(members) => {
            let def = action(&members[0].name).expect("an action");
            let mut mapping = Mapping::open(&members[0].value, def.shape, findings)?;
            let mut spec = (def.parse)(&mut mapping)?;
            hold(&mut spec, |node| {
                let (def, spec) = read(node, findings)?;
                let dropped = node.member("on_error").is_some();
                Some(Held {
                    word: def.name,
                    spec: spec.into(),
                    if_refused: match dropped {
                        true => IfRefused::Leave,
                        false => IfRefused::Refuse,
                    },
                })
            })?;
            Some((def, spec))
        }
        Kind::List(_) => panic!("a field value is no list"),
    }
}

/// The codes of everything wrong with a field value.
pub(crate) fn findings(policy: &str) -> Vec<&'static str> {
    let mut findings = Findings::default();
    let spec = parse(policy, &mut findings);
    assert_eq!(spec.is_none(), findings.has_errors(), "{policy}");
    findings.list().iter().map(|f| f.code).collect()
}

/// The action of a field value, built for the output path `field`.
pub(crate) fn build(policy: &str) -> Box<dyn Action> {
    build_for(policy, "web.clean")
}

/// The same for an output of that topic.
pub(crate) fn build_for(policy: &str, topic: &str) -> Box<dyn Action> {
    let mut findings = Findings::default();
    let spec = parse(policy, &mut findings);
    assert!(findings.list().is_empty(), "{policy}: {findings:?}");
    let spec = spec.expect("no findings");
    made(&*spec, topic)
}

fn made(spec: &dyn Spec, topic: &str) -> Box<dyn Action> {
    let nested = spec.nested().into_iter();
    let nested: Vec<_> = nested.map(|n| made(n.spec, topic)).collect();
    let salt = spec.key().filter(|_| spec.takes_salt()).map(|key| {
        let key_ref = KeyRef::parse(&format!("file:keyring.json#{}", key.alias), Path::new("."));
        TestKeys.salt(&key_ref.expect("a name")).expect("any name")
    });
    let key = spec.key().filter(|_| !spec.takes_salt());
    let handle = key.map(|key: KeyUse<'_>| {
        let key_ref = KeyRef::parse(&format!("file:keyring.json#{}", key.alias), Path::new("."));
        let entry = TestKeys.entry(&key_ref.expect("a name")).expect("any name");
        entry
            .pick(key.pick, jiff::Timestamp::UNIX_EPOCH)
            .expect("it has one version")
    });
    let versions = spec.key().and_then(|key: KeyUse<'_>| {
        let key_ref = KeyRef::parse(&format!("file:keyring.json#{}", key.alias), Path::new("."));
        let entry = TestKeys.entry(&key_ref.expect("a name")).expect("any name");
        matches!(key.pick, Pick::ByEpoch(_)).then(|| entry.by_time().expect("roots"))
    });
    let nothing = Nothing::default();
    let site = Site {
        domain: "analytics",
        purpose: "analytics.reporting.campaign_insights",
        topic,
        path: "field",
        key: handle.as_ref(),
        versions: versions.as_ref(),
        salt: salt.as_ref(),
        // The one that a plan would make of the first such path.
        time: match spec.time_at() {
            Some(_) => TimeOf::Value(0),
            None => TimeOf::Record,
        },
        tables: &tables(spec),
        nothing: &nothing,
        splits: false,
        nested: Cell::new(nested),
    };
    spec.build(&site).expect("its key")
}

/// The tables that a field value names, each from the golden folder that has it.
pub(crate) fn tables(spec: &dyn Spec) -> Tables {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = std::fs::read_dir(golden).expect("tests/golden exists");
    let folders: Vec<_> = folders.map(|f| f.expect("a folder").path()).collect();
    let table = |name: &str| {
        let files = folders.iter().map(|folder| folder.join(name));
        let file = files.into_iter().find(|file| file.is_file());
        let file = file.unwrap_or_else(|| panic!("no golden folder has `{name}`"));
        let bytes = std::fs::read(file).expect("it can be read");
        Arc::new(Table::of(bytes).expect("a table"))
    };
    let named = spec.tables().into_iter();
    Tables(named.map(|t| (t.name.to_owned(), table(t.name))).collect())
}

/// What a field value makes of a JSON value: `None` when the field is absent.
pub(crate) fn run(policy: &str, json: &str) -> Result<Option<String>, Reason> {
    let action = build(policy);
    let mut bench = Bench::default();
    let result = bench.apply(action.as_ref(), view(json));
    result.map(|()| bench.take(action.as_ref()))
}

/// The view of one JSON value, which must be valid.
pub(crate) fn view(json: &str) -> View<'_> {
    match json.as_bytes()[0] {
        b'n' => View::Null,
        b't' => View::Bool(true),
        b'f' => View::Bool(false),
        b'{' | b'[' => View::Whole(Whole::of_json(
            json,
            json.starts_with('{'),
            json.contains('{'),
        )),
        b'"' => View::Text(Text::new(
            &json[1..json.len() - 1],
            if json.contains('\\') {
                TextForm::JsonEscaped
            } else {
                TextForm::Json
            },
        )),
        _ => View::Number(Number::of_text(json)),
    }
}

/// What time it is: 2026-03-01T12:00:00Z.
pub(crate) const NOW_MS: i64 = 1_772_366_400_000;

/// A place to write to and what an action may use.
pub(crate) struct Bench {
    /// What was written, as JSON.
    pub(crate) out: JsonOut,
    /// Jobs pushed.
    pub(crate) jobs: Jobs,
    /// Canonical text of the record's subject.
    pub(crate) subject: Option<&'static str>,
    /// The record's offset.
    pub(crate) offset: u64,
    /// Which element of it.
    pub(crate) element: Option<u32>,
    /// Its timestamp, and what its first value says that a time is read from.
    pub(crate) timestamp: Timestamp,
    pub(crate) read: [Result<i64, Reason>; 1],
    /// What time it is.
    pub(crate) now_ms: i64,
    seal: BatchSeal,
    /// Nothing is drawn or looked up unless a test does.
    entropy: BatchEntropy,
    looked_up: LookedUp,
    text: String,
    bytes: Vec<u8>,
    asides: Asides,
    /// What was noted of the value that was done last.
    pub(crate) noted: Notes,
}

impl Default for Bench {
    fn default() -> Bench {
        Bench {
            out: JsonOut::default(),
            jobs: Jobs::default(),
            subject: Some("user-7"),
            offset: 1 << 32,
            element: None,
            timestamp: Timestamp::Create(NOW_MS),
            read: [Ok(NOW_MS)],
            now_ms: NOW_MS,
            seal: BatchSeal::new(FixedEntropy),
            entropy: BatchEntropy::new(FixedEntropy),
            looked_up: LookedUp::new(0),
            text: String::new(),
            bytes: Vec::new(),
            asides: Asides::default(),
            noted: Notes::default(),
        }
    }
}

/// Salts that examples can be written down with: `a0 a1 a2 …`.
struct FixedEntropy;

impl Entropy for FixedEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for (byte, value) in out.iter_mut().zip(0xa0..) {
            *byte = value;
        }
    }
}

impl Bench {
    /// Runs the action once.
    pub(crate) fn apply(&mut self, action: &dyn Action, view: View<'_>) -> Result<(), Reason> {
        self.with(|out, cx| action.apply(view, out, cx))
    }

    /// Runs the action once, for another place; jobs are not finished.
    pub(crate) fn apply_to(
        &mut self,
        action: &dyn Action,
        view: View<'_>,
        place: &mut dyn Out,
    ) -> Result<(), Reason> {
        let applied = self.with(|_, cx| action.apply(view, place, cx));
        self.jobs.clear();
        applied
    }

    /// Runs the action once on several values.
    pub(crate) fn apply_parts(
        &mut self,
        action: &dyn Action,
        parts: &[Option<View<'_>>],
    ) -> Result<(), Reason> {
        self.with(|out, cx| action.apply_parts(parts, out, cx))
    }

    fn with(
        &mut self,
        apply: impl FnOnce(&mut dyn Out, &mut Cx<'_>) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let mut cx = Cx {
            action: ActionId(0),
            topic: "web.raw",
            partition: 3,
            offset: self.offset,
            element: self.element,
            subject: self.subject,
            times: EventTimes {
                timestamp: self.timestamp,
                read: Some(&self.read),
            },
            now: Now::at(self.now_ms),
            jobs: &mut self.jobs,
            seal: &mut self.seal,
            text: &mut self.text,
            bytes: &mut self.bytes,
            entropy: &mut self.entropy,
            looked_up: &self.looked_up,
            asides: &mut self.asides,
            noted: Notes::default(),
        };
        let applied = apply(&mut self.out, &mut cx);
        self.noted = cx.noted;
        applied
    }

    /// Finishes the jobs and hands out what was written.
    pub(crate) fn take(&mut self, action: &dyn Action) -> Option<String> {
        let (by_action, inputs) = self.jobs.by_action();
        for jobs in by_action {
            action.finish(jobs, inputs, &mut self.out.0, &mut self.seal);
        }
        self.jobs.clear();
        let written = String::from_utf8(std::mem::take(&mut self.out.0)).expect("UTF-8");
        let written = (!written.is_empty()).then_some(written)?;
        match action.quasi() {
            Some(domain) => class_alone(domain, &written),
            None => Some(written),
        }
    }
}

/// What leaves of a leaf where all members of its class have it.
fn class_alone(domain: &Domain, written: &str) -> Option<String> {
    let leaf: serde_json::Value = serde_json::from_str(written).expect("JSON");
    let leaf = match &leaf {
        serde_json::Value::Null => return None,
        serde_json::Value::String(key) => Leaf::Key(key),
        code => Leaf::Code(code.as_u64().expect("a code") as u32),
    };
    let class = domain.finest(Some(leaf), ClassForm::Label);
    let class = class.expect("a leaf of the domain");
    Some(String::from_utf8(class).expect("JSON is UTF-8"))
}

/// Writes one JSON value.
#[derive(Default)]
pub(crate) struct JsonOut(pub(crate) Vec<u8>);

impl Out for JsonOut {
    fn null(&mut self) {
        self.0.extend(b"null");
    }

    fn bool(&mut self, value: bool) {
        self.0.extend(value.to_string().bytes());
    }

    fn number(&mut self, text: &str) {
        assert!(crate::record::is_json_number(text), "`{text}` is no number");
        self.0.extend(text.bytes());
    }

    fn text(&mut self, text: &str) {
        self.0.push(b'"');
        crate::record::escape::escape_into(text, &mut self.0);
        self.0.push(b'"');
    }

    fn ascii(&mut self, text: &[u8]) {
        let stands = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
        assert!(text.iter().all(stands), "{text:?} is not plain");
        self.text(std::str::from_utf8(text).expect("ASCII"));
    }

    fn time(&mut self, time: Time) {
        self.text(
            time.text_in(&mut String::new())
                .expect("a time with a text"),
        );
    }

    fn bytes(&mut self, _: &[u8]) {
        panic!("no action writes bytes");
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => self.number(number.as_text().expect("made from text")),
            View::Whole(whole) => whole.json_into(&mut self.0).expect("made from JSON"),
            View::Time(_) | View::Bytes(_) => panic!("JSON has no type for it"),
            View::Text(text) => {
                self.0.push(b'"');
                self.0.extend(text.raw().bytes());
                self.0.push(b'"');
            }
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        let at = self.0.len() as u32 + 1;
        self.0.push(b'"');
        self.0.resize(self.0.len() + len, b'?');
        self.0.push(b'"');
        Target {
            at,
            len: len as u32,
        }
    }
}

/// The action of that word, for definitions that are made of it.
pub(crate) const fn named(name: &str) -> &'static ActionDef {
    let mut at = 0;
    while at < ACTIONS.len() {
        if is(ACTIONS[at].name.as_bytes(), name.as_bytes()) {
            return &ACTIONS[at];
        }
        at += 1;
    }
    panic!("no action has that name")
}

const fn is(a: &[u8], b: &[u8]) -> bool {
    let mut same = a.len() == b.len();
    let mut at = 0;
    while same && at < a.len() {
        same = a[at] == b[at];
        at += 1;
    }
    same
}
