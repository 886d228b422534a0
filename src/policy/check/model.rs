//! What the policy says, read and checked word by word, places kept. Not yet
//! compiled: nothing here knows the automaton or key material.

use std::sync::Arc;

use super::json::Json;
use crate::action::{ActionDef, BodyKind, Spec};
use crate::keys::KeyRef;
use crate::language::finding::Span;
use crate::plan::{OnError, TimestampRule};
use crate::policy::selector::{PlaceName, TypePattern};
use crate::record::path::Selector;
use crate::record::{Literal, Reason};

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled<T = String> {
    /// The word.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// The whole policy.
pub struct Checked {
    pub name: String,
    pub version: u64,
    pub source: Source,
    pub keys: Vec<Key>,
    pub classes: Option<Classes>,
    /// `consent:` is written.
    pub gates: bool,
    pub signals: Vec<Signal>,
    pub outputs: Vec<Output>,
    pub quarantine: Option<Quarantine>,
    pub allowances: Vec<Allowance>,
    pub tests: Vec<PolicyTest>,
}

#[derive(Default)]
pub struct Source {
    pub topics: Vec<Spelled>,
    pub key_is_json: bool,
    pub types: Vec<Spelled<Selector>>,
    pub subject: Vec<Spelled<Selector>>,
}

/// A name under `keys:`.
pub struct Key {
    pub alias: String,
    pub span: Span,
    /// `None` when it could not be read.
    pub reference: Option<Spelled<KeyRef>>,
}

/// What fields are.
#[derive(Default)]
pub struct Classes {
    pub fields: Vec<Class>,
    pub types: Vec<(TypePattern, Vec<Class>)>,
}

/// One path and its classes.
#[derive(Clone)]
pub struct Class {
    pub selector: Selector,
    pub span: Span,
    pub names: Vec<String>,
}

pub struct Signal {
    pub path: Spelled<Selector>,
    /// `None`: an object of category → boolean.
    pub category: Option<Spelled>,
    pub grants: Vec<Literal>,
}

pub struct Output {
    pub span: Span,
    pub topic: Spelled,
    pub purpose: Spelled,
    pub domain: Spelled,
    pub recipient: Option<Spelled>,
    pub needs: Vec<Spelled>,
    pub basis: bool,
    pub tombstone_when_withheld: Option<bool>,
    pub key: Option<RecordKey>,
    pub headers: Vec<Header>,
    pub timestamp: TimestampRule,
    pub timestamp_span: Option<Span>,
    pub forward_tombstones: Option<Span>,
    pub fields: Vec<Field>,
    /// `None`: every type leaves.
    pub types: Option<Vec<TypeFields>>,
}

/// One entry of `types:`, `(a|b)` written out.
pub struct TypeFields {
    pub pattern: TypePattern,
    pub span: Span,
    pub fields: Vec<Field>,
}

/// One path of an allowlist, `(a|b)` written out.
#[derive(Clone)]
pub struct Field {
    pub selector: Selector,
    /// The path's place in the policy.
    pub span: Span,
    /// One, or several under `as:`; never empty.
    pub writes: Vec<Written>,
}

impl Field {
    /// How many fields it writes.
    pub fn weight(&self) -> usize {
        self.writes.iter().map(|w| w.value.weight()).sum()
    }

    /// The path under which a write leaves: the field's own, or its `as` name
    /// in place of the last step.
    pub fn output_path(&self, write: &Written) -> Selector {
        let mut path = self.selector.clone();
        if let (Some(name), Some(last)) = (&write.name, path.steps.last_mut()) {
            *last = crate::record::path::Step::Name(name.value.clone());
        }
        path
    }
}

/// One field value at one place.
#[derive(Clone)]
pub struct Written {
    /// Its name under `as:`.
    pub name: Option<Spelled>,
    pub value: Value,
}

/// One action with its parameters.
#[derive(Clone)]
pub struct Value {
    pub def: &'static ActionDef,
    pub spec: Arc<dyn Spec>,
    pub on_error: OnError,
    /// Where it is used.
    pub span: Span,
    /// Where it is written out: under `actions:` when it is used by name.
    pub home: Span,
    /// What its action does inside the value.
    pub body: Option<Arc<Body>>,
}

/// A scope below a value, and what is done to it.
pub struct Body {
    pub kind: BodyKind,
    /// Paths relative to the value.
    pub fields: Vec<Field>,
}

impl Value {
    /// How many fields it writes, those of its body included.
    pub fn weight(&self) -> usize {
        let inside = self.body.iter().flat_map(|body| &body.fields);
        1 + inside.map(Field::weight).sum::<usize>()
    }

    /// The parts of `from: [a, b]`.
    pub fn parts(&self) -> Option<&[(String, Span)]> {
        self.spec.from()
    }
}

pub struct RecordKey {
    pub span: Span,
    /// `None`: the input path of `like`.
    pub from: Option<Spelled<PlaceName>>,
    pub make: KeyMake,
}

/// What makes the record key.
pub enum KeyMake {
    /// The action of that output path of `fields`.
    Like(Spelled<Selector>),
    /// Its own.
    Action(Value),
}

pub struct Header {
    pub name: String,
    pub span: Span,
    pub value: Value,
}

pub struct Quarantine {
    pub topic: Spelled,
    pub key: Option<Spelled>,
    pub retention_ms: Option<i64>,
    pub span: Span,
}

/// One entry of `dangerously:`.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub span: Span,
    /// Name of the finding.
    pub allow: &'static crate::language::codes::Code,
    /// Topics; empty: all.
    pub outputs: Vec<String>,
    pub field: Option<String>,
    pub because: String,
    /// Its last day.
    pub until: Option<jiff::civil::Date>,
}

/// One test of the policy.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// What is tested.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The record that goes in.
    pub record: TestRecord,
    /// Topic and what its output must hold, among other things.
    pub expect: Vec<(String, Json)>,
    /// Topic and its whole output; [`Json::Null`] is a tombstone.
    pub exactly: Vec<(String, Json)>,
    /// Topics that do not get the record.
    pub withheld: Vec<String>,
    /// The reason why it is refused.
    pub quarantined: Option<Reason>,
    /// Paths that no output may hold.
    pub absent: Vec<Selector>,
    /// Texts that occur nowhere in what leaves.
    pub never_contains: Vec<String>,
}

impl PolicyTest {
    /// True when the test says where the record leaves, or that it does not:
    /// then finding nothing in what left is no accident.
    pub fn says_what_becomes_of_it(&self) -> bool {
        let leaves = !self.expect.is_empty() || !self.exactly.is_empty();
        leaves || !self.withheld.is_empty() || self.quarantined.is_some()
    }
}

/// The record of a test: the author's own data, may be shown.
#[derive(Clone, Debug, Default)]
pub struct TestRecord {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers; a name may stand several times.
    pub headers: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}
