//! A scripted registry, a binder that binds texts, and a clock that a test turns.

pub(crate) mod lot;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::{Call, Kind, Outcome, Reference, Schema, Version};
use super::desk::{Desk, Next};
use super::fetched::Text;
use super::thread::Calls;
use super::told::{How, Rules};
use super::trouble::Why;
use super::{Binder, Bound, Derived, Drafted, Key, Refusal};
use crate::keys::TestKeys;
use crate::policy::{NoTables, PolicyFile, compile};
use crate::record::lane::Lane;
use crate::schema::frame::{Framing, MessagePath, Part, SchemaId};

/// What stands in front of a value of Avro.
pub(crate) const FRAMING: Framing = Framing::Confluent { indexes: false };

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn key(id: u32) -> Key {
    Key {
        part: Part::Value,
        id: SchemaId::Number(id),
        message: MessagePath::FIRST,
    }
}

pub(crate) fn lane(partition: i32) -> Lane {
    Lane {
        topic: "raw".into(),
        partition,
        claim: 1,
    }
}

/// Binds a text under a policy of that number, for one output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan(pub(crate) u32);

/// What it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) plan: u32,
    pub(crate) text: String,
    pub(crate) ids: Vec<u64>,
}

impl Binder for Plan {
    type Binding = Made;
    type Draft = Made;

    fn kind(&self, _: Part) -> Kind {
        Kind::Avro
    }

    fn bind(&self, _: &Key, text: &Text) -> Result<Drafted<Made>, String> {
        if text.text.contains("unusable") {
            return Err("`email` is a record, which `mask` does not take".to_owned());
        }
        let draft = Made {
            plan: self.0,
            text: text.text.to_string(),
            ids: Vec::new(),
        };
        let derived = ["clean", "short"].map(|output| Derived {
            subject: format!("{output}-value").into(),
            kind: Kind::Avro,
            text: format!("{output} of {} under {}", text.text, self.0).into(),
        });
        let derived = derived.into();
        Ok(Drafted { draft, derived })
    }

    fn finish(&self, draft: Made, ids: &[u64]) -> Result<Made, String> {
        let ids = ids.to_vec();
        Ok(Made { ids, ..draft })
    }

    fn weight(&self, binding: &Made) -> usize {
        binding.text.len()
    }
}

/// A registry that does what it is told.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) schemas: HashMap<u32, Schema>,
    pub(crate) subjects: HashMap<String, Vec<(u32, String)>>,
    /// The schemas that have 16 bytes for a name.
    pub(crate) guids: HashMap<[u8; 16], u32>,
    /// Subjects that take nothing more.
    pub(crate) closed: HashSet<&'static str>,
    /// All calls, or those for one schema, come to that.
    pub(crate) down: Option<Why>,
    pub(crate) down_for: HashMap<u32, Why>,
    registered: u32,
    /// What leaves and was looked up, and not there.
    missed: Vec<(String, Kind, String)>,
}

impl Registry {
    pub(crate) fn has(&mut self, id: u32, text: &str) {
        self.has_of(Kind::Avro, id, text);
    }

    pub(crate) fn has_of(&mut self, kind: Kind, id: u32, text: &str) {
        let schema = Schema {
            id: Some(id.into()),
            kind,
            text: text.into(),
            references: Vec::new(),
        };
        self.schemas.insert(id, schema);
    }

    /// The schema refers to version 1 of a subject.
    pub(crate) fn refers(&mut self, id: u32, subject: &str) {
        let reference = Reference {
            name: subject.into(),
            subject: subject.into(),
            version: 1,
        };
        let schema = self.schemas.get_mut(&id).expect("it has it");
        schema.references.push(reference);
    }

    pub(crate) fn answer(&mut self, call: &Call<'_>) -> Outcome {
        if let Some(why) = self.down {
            return Outcome::Trouble(why);
        }
        match call {
            Call::Schema(SchemaId::Number(id)) => match self.down_for.get(id) {
                Some(why) => Outcome::Trouble(*why),
                None => self.found(*id),
            },
            Call::Schema(SchemaId::Guid(guid)) => match self.guids.get(guid) {
                Some(id) => self.found(*id),
                None => Outcome::Missing,
            },
            Call::Schema(_) => Outcome::Missing,
            Call::Version(subject, version) => {
                let versions = self.subjects.get(*subject).map_or(&[][..], |all| all);
                let found = match version {
                    Version::Latest => versions.last(),
                    Version::Number(n) => versions.get(*n as usize - 1),
                };
                match found.map(|(id, _)| *id) {
                    Some(id) => self.found(id),
                    None => Outcome::Missing,
                }
            }
            Call::LookUp(subject, kind, text) => match self.look_up(subject, text) {
                Some(id) => Outcome::Id(id.into()),
                None => {
                    let missed = ((*subject).to_owned(), *kind, (*text).to_owned());
                    self.missed.push(missed);
                    Outcome::Missing
                }
            },
            Call::Check(subject, _, text)
                if self.closed.contains(subject) || Registry::is_barred(text) =>
            {
                Outcome::Compatible(false)
            }
            Call::Check(subject, ..) => match self.subjects.contains_key(*subject) {
                true => Outcome::Compatible(true),
                false => Outcome::Missing,
            },
            Call::Register(subject, kind, text) => {
                if text.contains("no schema") {
                    return Outcome::NoSchema;
                }
                if Registry::is_contested(text) {
                    return Outcome::Conflict;
                }
                Outcome::Id(self.register(subject, *kind, text).into())
            }
        }
    }

    fn register(&mut self, subject: &str, kind: Kind, text: &str) -> u32 {
        self.registered += 1;
        let id = 1_000 + self.registered;
        let versions = self.subjects.entry(subject.to_owned()).or_default();
        versions.push((id, text.to_owned()));
        self.has_of(kind, id, text);
        id
    }

    /// Registers what was looked up and may be registered; how much that was.
    fn register_what_was_looked_up(&mut self) -> usize {
        let missed = std::mem::take(&mut self.missed);
        let may_be = |text: &str| !Registry::is_barred(text) && !Registry::is_contested(text);
        let mut count = 0;
        for (subject, kind, text) in missed.into_iter().filter(|(.., text)| may_be(text)) {
            if self.look_up(&subject, &text).is_none() {
                self.register(&subject, kind, &text);
                count += 1;
            }
        }
        count
    }

    fn found(&self, id: u32) -> Outcome {
        let schema = self.schemas.get(&id);
        schema.map_or(Outcome::Missing, |s| Outcome::Schema(s.clone()))
    }

    fn look_up(&self, subject: &str, text: &str) -> Option<u32> {
        let all = self.subjects.get(subject)?;
        all.iter().find(|(_, t)| t == text).map(|(id, _)| *id)
    }
}

impl Calls for Registry {
    fn call(&mut self, call: &Call<'_>) -> (Outcome, Arc<str>) {
        (self.answer(call), "http://registry".into())
    }
}

/// A policy whose records name their schemas: of each those fields leave, in the words of
/// a policy, and what else is said of the output.
pub(crate) fn plan_by_id(fields: &str, more: &str) -> Arc<crate::plan::Plan> {
    plan_of("value: avro", fields, more)
}

/// The same of a source of which that is said.
pub(crate) fn plan_of(source: &str, fields: &str, more: &str) -> Arc<crate::plan::Plan> {
    let text = format!(
        "apiVersion: veil/v1
kind: Policy
metadata: {{ name: clicks, version: 1, owner: tests }}
source: {{ topic: raw, {source} }}
keys: {{ quarantine: {{ ref: \"file:keyring.json#quarantine\" }} }}
outputs:
  - {{ topic: clean, purpose: tests, domain: tests, {more} fields: {{ {fields} }} }}
quarantine: {{ topic: quarantine, key: quarantine, retention: 7d }}
"
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let errors = compiled.findings.list().iter();
    let errors: Vec<_> = errors.map(|f| (f.code, &f.message)).collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{errors:?}")))
}

/// A schema with a number `n`, and that beside it.
pub(crate) fn numbered(more: &str) -> String {
    format!(
        r#"{{"type":"record","name":"shop.Click","fields":[{{"name":"n","type":"long"}}{more}]}}"#
    )
}

/// A value in Confluent's frame.
pub(crate) fn framed(id: u32, body: &[u8]) -> Vec<u8> {
    [&[0], &id.to_be_bytes()[..], body].concat()
}

/// As Avro writes a long.
pub(crate) fn long(n: i64) -> Vec<u8> {
    let mut left = ((n << 1) ^ (n >> 63)) as u64;
    let mut out = Vec::new();
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out
}

/// A desk, its registry, and a clock.
pub(crate) struct Scene<B: Binder = Plan> {
    pub(crate) desk: Desk<B>,
    pub(crate) registry: Registry,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    /// So long each call takes.
    pub(crate) takes: Duration,
    /// When which call was made.
    pub(crate) calls: Vec<(Duration, String)>,
    pub(crate) url: Arc<str>,
}

impl Scene {
    pub(crate) fn new(rules: Rules) -> Scene {
        Scene::of(Plan(1), rules)
    }
}

impl<B: Binder> Scene<B> {
    pub(crate) fn of(binder: B, rules: Rules) -> Scene<B> {
        let now = Instant::now();
        Scene {
            desk: Desk::new(binder, rules, 7),
            registry: Registry::default(),
            start: now,
            now,
            takes: Duration::from_millis(1),
            calls: Vec::new(),
            url: "http://registry:8081".into(),
        }
    }

    pub(crate) fn ask(&mut self, partition: i32, id: u32) {
        self.ask_of(partition, key(id));
    }

    pub(crate) fn ask_of(&mut self, partition: i32, key: Key) {
        self.desk.ask(lane(partition), key, self.now);
    }

    /// What has passed since the start.
    pub(crate) fn passed(&self) -> Duration {
        self.now - self.start
    }

    /// Does what is to be done for so long, or until a lane is told something.
    pub(crate) fn run(&mut self, length: Duration, until_told: bool) -> Vec<(i32, u32, How)> {
        let end = self.now + length;
        let mut told = Vec::new();
        while self.now <= end {
            match self.desk.next(self.now) {
                Next::Call(call) => {
                    self.calls
                        .push((self.now - self.start, format!("{call:?}")));
                    let outcome = self.registry.answer(&call);
                    self.now += self.takes;
                    self.desk.answered(outcome, &self.url, self.now);
                }
                Next::More => {}
                Next::Wait(until) => {
                    let until = until.map_or(end, |until| until.min(end));
                    assert!(
                        until > self.now || until == end,
                        "it would turn without end"
                    );
                    self.now = until.max(self.now);
                    if self.now == end {
                        self.take(&mut told);
                        break;
                    }
                }
            }
            self.take(&mut told);
            if until_told && !told.is_empty() {
                break;
            }
        }
        told
    }

    fn take(&mut self, told: &mut Vec<(i32, u32, How)>) {
        while let Some(one) = self.desk.told() {
            let SchemaId::Number(id) = one.key.id else {
                panic!("only numbers are asked for");
            };
            told.push((one.lane.partition, id, one.how));
        }
    }
}

impl Scene {
    /// What is known of a schema.
    pub(crate) fn known(&mut self, id: u32) -> Option<Result<Made, Refusal>> {
        let bindings = self.desk.bindings().clone();
        bindings.get(&key(id)).map(|bound| match bound {
            Bound::Ready(made) => Ok(made.clone()),
            Bound::Refused(refusal) => Err(*refusal),
        })
    }
}
