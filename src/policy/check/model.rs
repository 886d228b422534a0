//! What the policy says, read and checked word by word, places kept. Not yet
//! compiled: nothing here knows the automaton or key material.

use std::sync::Arc;

use super::Cx;
use super::accountability::{Minors, Purposes, Regions, Register, Sensitive};
use super::condition::{Condition, Guard};
use super::consent::categories::Category;
use super::consent::state::State;
use super::json::Json;
use super::rights::Rights;
use super::signal::Signal;
pub(crate) use super::spelled::Spelled;
use super::subject::Subjects;
use crate::action::{ActionDef, BodyKind, Spec, TimeUnit, Type, Types};
use crate::anonymity::counts::{Noise, Step};
use crate::anonymity::ratio::Ratio;
use crate::anonymity::release::Must;
use crate::keys::KeyRef;
use crate::language::finding::Span;
use crate::plan::held::Short;
use crate::plan::{Gap, SchemaIds, Stand, SubjectOf, TimestampRule};
use crate::policy::selector::{PlaceName, TypePattern, selectors};
use crate::record::bare::Bare;
use crate::record::path::{Selector, Step as PathStep};
use crate::record::{Nothing, Reason, literal};

/// The whole policy.
pub(crate) struct Checked {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) owner: String,
    pub(crate) dpo: Option<String>,
    pub(crate) source: Source,
    pub(crate) keys: Vec<Key>,
    /// Texts that stand for no value.
    pub(crate) nothing: Nothing,
    pub(crate) classes: Option<Classes>,
    /// `consent:` is written.
    pub(crate) gates: bool,
    pub(crate) signals: Vec<Signal>,
    /// Some signal could not be read, and was reported.
    pub(crate) lacks_signals: bool,
    /// What the data was collected for.
    pub(crate) purposes: Option<Purposes>,
    /// Who gets data; `None`: it is not written.
    pub(crate) recipients: Option<Arc<Register>>,
    /// Why data of special categories may leave; `None`: it is not written.
    pub(crate) sensitive: Option<Vec<Sensitive>>,
    pub(crate) regions: Option<Regions>,
    /// `regions` is written, and could not be read.
    pub(crate) lacks_regions: bool,
    pub(crate) minors: Option<Minors>,
    /// The topic of people's decisions.
    pub(crate) state: Option<State>,
    /// What people are asked; `None`: `categories` is not written.
    pub(crate) categories: Option<Vec<Category>>,
    pub(crate) rights: Option<Rights>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) quarantine: Option<Quarantine>,
    pub(crate) allowances: Vec<Allowance>,
    pub(crate) tests: Vec<PolicyTest>,
    /// Paths at which a schema file of the source says each value that can stand there; set
    /// once the files are read.
    pub(crate) few_values: Vec<Selector>,
}

#[derive(Default)]
pub(crate) struct Source {
    pub topics: Vec<Spelled>,
    /// The header that says the type of a record, where no path does.
    pub(crate) type_header: Option<Spelled>,
    /// It is the name of the writer's record or message, where that is said so.
    pub(crate) type_schema: Option<Span>,
    /// Values are of a format that has schemas; `None`: JSON, or what has no parts.
    pub(crate) schema: Option<SchemaSource>,
    /// Values have no parts, and where that is said.
    pub(crate) bare: Option<(Bare, Span)>,
    pub key_is_json: bool,
    /// Keys are of a format that has schemas: such a key is read as the JSON that says the
    /// same.
    pub(crate) key_format: Option<Spelled<SchemaOf>>,
    pub(crate) types: Vec<Spelled<Selector>>,
    pub(crate) subject: Subjects,
    /// Who can write an event; `None`: not said.
    pub(crate) writers: Option<Writers>,
    /// How records are taken apart; `None`: each is one.
    pub(crate) split: Option<Split>,
}

impl Source {
    /// The types that a value of it, or what stands in one, can have.
    pub(crate) fn types_of_values(&self) -> Types {
        match self.bare {
            None => Types::JSON,
            Some((Bare::Text, _)) => Types::of(Type::Text),
            Some((Bare::Bytes, _)) => Types::of(Type::Bytes),
        }
    }
}

/// The schemas that values were written under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schemas {
    /// Those of a registry: records name theirs by id.
    ById,
    /// One, in the one file.
    One,
    /// Those of files: records name theirs by its fingerprint.
    ByFingerprint,
}

/// Where the schema is that values were written under.
pub(crate) struct SchemaSource {
    pub(crate) of: SchemaOf,
    /// Which they are.
    pub(crate) schemas: Schemas,
    /// Whose ids records name theirs by, if they do.
    pub(crate) ids: SchemaIds,
    /// The files of schemas of records, as the policy names them.
    pub(crate) files: Vec<Spelled>,
    /// Those of what they refer to.
    pub(crate) imports: Vec<Spelled>,
    /// Which type of the file.
    pub(crate) message: Option<String>,
    /// Where the files are named, or else the format.
    pub(crate) span: Span,
    /// Where the format stands.
    pub(crate) value: Span,
}

impl SchemaSource {
    /// Records name their schemas by ids of a registry.
    pub(crate) fn is_by_id(&self) -> bool {
        self.schemas == Schemas::ById
    }
}

/// The formats that have schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemaOf {
    Avro,
    Protobuf,
    /// Values say themselves what they are; the schema says what they may be.
    JsonSchema,
}

impl SchemaOf {
    /// The one that the policy calls so.
    pub(crate) fn of_word(word: &str) -> Option<SchemaOf> {
        let all = [SchemaOf::Avro, SchemaOf::Protobuf, SchemaOf::JsonSchema];
        all.into_iter().find(|of| of.word() == word)
    }

    /// The policy's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            SchemaOf::Avro => "avro",
            SchemaOf::Protobuf => "protobuf",
            SchemaOf::JsonSchema => "json_schema",
        }
    }

    /// Its name, where JSON without a schema is another one.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            SchemaOf::JsonSchema => "JSON Schema",
            of => of.name(),
        }
    }

    /// A name of a file of one.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            SchemaOf::Avro => "FILE.avsc",
            SchemaOf::Protobuf => "FILE.proto",
            SchemaOf::JsonSchema => "FILE.json",
        }
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            SchemaOf::Avro => "Avro",
            SchemaOf::Protobuf => "Protobuf",
            SchemaOf::JsonSchema => "JSON",
        }
    }
}

/// A list of which each element is a record.
pub(crate) struct Split {
    /// Where it stands, names from the top; none: the record is the list.
    pub(crate) names: Vec<String>,
    /// As the policy has it.
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Where `lift: true` stands.
    pub(crate) lifts: Option<Span>,
}

impl Split {
    /// Where the list stands; `None`: the record is the list.
    pub(crate) fn path(&self) -> Option<Selector> {
        let steps: Vec<PathStep> = self.names.iter().cloned().map(PathStep::Name).collect();
        (!steps.is_empty()).then_some(Selector { steps })
    }
}

/// Who can write an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writers {
    /// Own services only.
    Own,
    /// Anybody: behind a public tracker or a form.
    Outsiders,
}

/// The name under `keys:` of what seals whom outputs released, or counted.
pub(crate) const STATE_ALIAS: &str = "state";

/// A name under `keys:`.
pub(crate) struct Key {
    pub(crate) alias: String,
    pub(crate) span: Span,
    /// `None` when it could not be read.
    pub(crate) reference: Option<Spelled<KeyRef>>,
}

/// What fields are.
#[derive(Default)]
pub(crate) struct Classes {
    pub(crate) fields: Vec<Class>,
    pub(crate) types: Vec<(TypePattern, Vec<Class>)>,
    pub(crate) tags: Vec<Tag>,
}

/// What a schema's owners call its fields, and the classes of those.
#[derive(Clone)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) classes: Vec<String>,
}

/// One path and its classes.
#[derive(Clone)]
pub(crate) struct Class {
    pub(crate) selector: Selector,
    pub(crate) span: Span,
    pub(crate) names: Vec<String>,
}

pub(crate) struct Output {
    pub(crate) span: Span,
    pub topic: Spelled,
    pub purpose: Spelled,
    pub domain: Spelled,
    pub(crate) recipient: Option<Spelled>,
    /// The regions whose records leave; none: every one.
    pub(crate) regions: Vec<Spelled>,
    pub(crate) needs: Vec<Spelled>,
    pub(crate) basis: Option<String>,
    pub(crate) on_withheld: Option<OnWithheld>,
    pub key: Option<RecordKey>,
    /// How the schema of what leaves is called.
    pub(crate) schema: Option<OutputSchema>,
    pub headers: Vec<Header>,
    /// Where `policy_header: true` stands.
    pub(crate) policy_header: Option<Span>,
    pub(crate) timestamp: TimestampRule,
    pub(crate) timestamp_span: Option<Span>,
    pub(crate) forward_tombstones: Option<Span>,
    /// What its records wait for; `None`: they leave as they come.
    pub(crate) held: Option<Held>,
    /// What is counted, by `fields`; `None`: records leave.
    pub(crate) counts: Option<Counts>,
    /// Which records leave, and where that stands; `None`: every one.
    pub(crate) selects: Option<Spelled<Condition>>,
    pub fields: Vec<Field>,
    /// `None`: every type leaves.
    pub(crate) types: Option<Vec<TypeFields>>,
}

/// How the schema of what leaves is called, as far as that is said.
pub(crate) struct OutputSchema {
    pub(crate) span: Span,
    pub(crate) namespace: Option<Spelled>,
    pub(crate) subject: Option<(SubjectOf, Span)>,
}

/// What records wait for before they leave.
pub(crate) struct Held {
    /// Where `k_anonymous` or `shuffled` is written out.
    pub(crate) span: Span,
    /// The kind of person that is counted.
    pub(crate) subject: Option<Spelled>,
    pub(crate) records_min: u32,
    pub(crate) people_min: u32,
    /// Of `shuffled`: where `pool` and `subjects` stand.
    pub(crate) pool: Option<(Span, Span)>,
    pub(crate) records_max: Spelled<u32>,
    pub(crate) delay_max_ms: i64,
    pub(crate) short: Short,
    /// Milliseconds.
    pub(crate) once_per: Option<Spelled<i64>>,
    /// `k_anonymous`; `None`: they are shuffled, and no more.
    pub(crate) classes: Option<KAnonymous>,
}

/// What an output counts, in place of letting records out.
pub(crate) struct Counts {
    /// Where `aggregate` is written out.
    pub(crate) span: Span,
    /// Milliseconds.
    pub(crate) window: Spelled<i64>,
    /// As the policy writes it.
    pub(crate) window_text: String,
    pub(crate) late_ms: i64,
    /// A record of a window that ended longer ago is left out, in milliseconds.
    pub(crate) oldest_ms: Option<i64>,
    /// `None`: the record's timestamp.
    pub(crate) time: Option<(Spelled<Selector>, TimeUnit)>,
    pub(crate) amount: Amount,
    /// The kind of person that is counted.
    pub(crate) subject: Option<Spelled>,
    pub(crate) cells: u16,
    pub(crate) per_cell: u32,
    pub(crate) epsilon: Spelled<Ratio>,
    pub(crate) delta: Option<Spelled<Ratio>>,
    pub(crate) key: Spelled,
    pub(crate) noise: Noise,
    pub(crate) keys: SaidCells,
    pub(crate) budget: SpelledBudget,
}

impl Counts {
    /// What it reads beside the cells: the number that it sums, and the time.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Selector> {
        self.summed().into_iter().chain(self.timed())
    }

    /// The number that it sums.
    pub(crate) fn summed(&self) -> Option<&Selector> {
        match &self.amount {
            Amount::Sum { path, .. } => Some(&path.value),
            Amount::Records | Amount::People => None,
        }
    }

    /// What says when a record was; `None`: its timestamp.
    pub(crate) fn timed(&self) -> Option<&Selector> {
        self.time.as_ref().map(|(path, _)| &path.value)
    }
}

/// What is counted of a record.
pub(crate) enum Amount {
    Records,
    People,
    /// A number, in steps, cut to the least and the most of them.
    Sum {
        path: Spelled<Selector>,
        step: Step,
        steps: (i32, i32),
    },
}

/// Which cells leave.
pub(crate) enum SaidCells {
    /// These: the parts of each.
    Listed(Vec<Vec<Json>>),
    /// Those with enough persons.
    Selected,
}

/// What all windows of a period may spend.
pub(crate) struct SpelledBudget {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) epsilon: Ratio,
    pub(crate) per_ms: u64,
}

/// What every class of a release must be.
pub(crate) struct KAnonymous {
    pub(crate) k: Spelled<u32>,
    pub(crate) per_person_max: u8,
    /// `mode: box`.
    pub(crate) tightest: bool,
    /// Output path, and what must hold of it.
    pub(crate) floors: Vec<(Spelled<Selector>, Must)>,
    pub(crate) free: Vec<Spelled<Selector>>,
    /// Most of a release that may be set aside.
    pub(crate) remainder: Ratio,
    /// It leaves as a class that says nothing.
    pub(crate) aside_leaves: bool,
}

/// What a compacted topic sees when a record is withheld for want of consent.
pub(crate) enum OnWithheld {
    /// Nothing.
    Skip,
    /// A tombstone, where the signals of the row as it was, which stands there, permitted it.
    TombstoneIfBefore(Spelled<Selector>),
    /// A tombstone, where the person withdrew; the word stands there.
    TombstoneIfWithdrawn(Span),
}

impl Output {
    /// What leaves depends on who was in earlier releases, or in the window so far.
    pub(crate) fn remembers(&self) -> bool {
        let once = self
            .held
            .as_ref()
            .is_some_and(|held| held.once_per.is_some());
        once || self.counts.is_some()
    }

    /// The policy's key `state` is for it: what it remembers is sealed, or an audit log marks
    /// with it which records left together.
    pub(crate) fn uses_state(&self) -> bool {
        self.remembers() || self.held.is_some()
    }

    /// Who reads it outside of the own house.
    pub(crate) fn outsider(&self) -> Option<&Spelled> {
        let recipient = self.recipient.as_ref();
        recipient.filter(|r| r.value != "own house")
    }

    /// Where the row as it was stands, by which a tombstone clears what left.
    pub(crate) fn cleared_by(&self) -> Option<&Spelled<Selector>> {
        match &self.on_withheld {
            Some(OnWithheld::TombstoneIfBefore(at)) => Some(at),
            _ => None,
        }
    }

    /// Where it says that a tombstone clears what left before the person withdrew.
    pub(crate) fn clears_withdrawn(&self) -> Option<Span> {
        match self.on_withheld {
            Some(OnWithheld::TombstoneIfWithdrawn(span)) => Some(span),
            _ => None,
        }
    }

    /// True when a record that is withheld can leave a tombstone.
    pub(crate) fn clears(&self) -> bool {
        self.cleared_by().is_some() || self.clears_withdrawn().is_some()
    }

    /// The members of a record key that leaves as a record.
    pub(crate) fn key_fields(&self) -> &[Field] {
        match self.key.as_ref().map(|key| &key.make) {
            Some(KeyMake::Fields(fields)) => fields,
            _ => &[],
        }
    }

    /// What makes the record key of one value; `None`: nothing does, or no field that `like`
    /// names, or it is a record.
    pub(crate) fn key_value(&self) -> Option<&Value> {
        let path = match &self.key.as_ref()?.make {
            KeyMake::Action(value) => return Some(value),
            KeyMake::Fields(_) => return None,
            KeyMake::Like(path) => &path.value,
        };
        let writes = self
            .fields
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (f, w)));
        writes
            .filter(|(field, write)| field.output_path(write) == *path)
            .map(|(_, write)| &write.value)
            .next()
    }
}

/// One entry of `types:`, `(a|b)` written out.
pub(crate) struct TypeFields {
    pub(crate) pattern: TypePattern,
    pub(crate) span: Span,
    pub(crate) fields: Vec<Field>,
}

/// One path of an allowlist, `(a|b)` written out.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) selector: Selector,
    /// The path's place in the policy.
    pub(crate) span: Span,
    /// The policy does not name it: it is what a filter found.
    pub(crate) implied: bool,
    /// One, or several under `as:`; never empty.
    pub(crate) writes: Vec<Written>,
    /// The step that is not written: of what is lifted (`source.split`).
    pub(crate) lifted: Option<usize>,
}

impl Field {
    /// How many fields it writes.
    pub(crate) fn weight(&self) -> usize {
        self.writes.iter().map(|w| w.value.weight()).sum()
    }

    /// The path under which a write leaves: the field's own, or its `as` name
    /// in place of the last step; without the list that it is lifted out of.
    pub(crate) fn output_path(&self, write: &Written) -> Selector {
        let mut path = self.selector.clone();
        if let (Some(name), Some(last)) = (&write.name, path.steps.last_mut()) {
            *last = PathStep::Name(name.value.clone());
        }
        if let Some(lifted) = self.lifted {
            path.steps.remove(lifted);
        }
        path
    }
}

/// One field value at one place.
#[derive(Clone)]
pub(crate) struct Written {
    /// Its name under `as:`.
    pub(crate) name: Option<Spelled>,
    pub(crate) value: Value,
}

/// One action with its parameters.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) def: &'static ActionDef,
    pub(crate) spec: Arc<dyn Spec>,
    pub(crate) on_error: OnError,
    /// `on_error` is written beside its action.
    pub(crate) says_on_error: bool,
    /// What is left of an element when nothing is written.
    pub(crate) gaps: Gap,
    /// Where `gaps` stands, if it does.
    pub(crate) gaps_span: Option<Span>,
    /// Where it is used.
    pub(crate) span: Span,
    /// Where it is written out: under `actions:` when it is used by name.
    pub(crate) home: Span,
    /// What its action does inside the value.
    pub(crate) body: Option<Arc<Body>>,
    /// The case of a `when` that it is; `None`: it holds for every record.
    pub(crate) guard: Option<Guard>,
    /// The field values that stand inside its parameters, for parts of a text.
    pub(crate) inside: Arc<[Value]>,
    /// What becomes of the names that `*` and `**` stand for: one for each, or one for
    /// all.
    pub(crate) names: Arc<[NameValue]>,
    /// Where `names` stands, if it does.
    pub(crate) names_span: Option<Span>,
    /// The parameters of the action as they are written, words and what stands behind
    /// them; no names of keys.
    pub(crate) said: Arc<[(String, String)]>,
}

/// What becomes of the name of a member.
#[derive(Clone)]
pub(crate) struct NameValue {
    pub(crate) value: Value,
    /// As the policy writes it.
    pub(crate) text: String,
}

/// What becomes of a value that its action refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnError {
    /// The record is quarantined.
    #[default]
    Quarantine,
    /// The field alone is missing.
    DropField,
    /// That constant stands in its place.
    Replace(Stand),
}

impl OnError {
    /// The record leaves all the same.
    pub(crate) fn lets_pass(&self) -> bool {
        *self != OnError::Quarantine
    }

    /// Most bytes of the constant that leaves in place of the value.
    pub(crate) fn stand_in_bytes(&self) -> u64 {
        let OnError::Replace(stand) = self else {
            return 0;
        };
        literal::json_bytes_max(stand.as_ref()) as u64
    }

    /// A constant leaves in place of the value.
    pub(crate) fn replaces(&self) -> bool {
        matches!(self, OnError::Replace(_))
    }
}

/// A scope below a value, and what is done to it.
pub(crate) struct Body {
    pub(crate) kind: BodyKind,
    /// Paths relative to the value.
    pub(crate) fields: Vec<Field>,
}

impl Value {
    /// Where the time of an event stands by which the epoch of its code is chosen.
    pub(crate) fn event_time(&self) -> Option<Selector> {
        let at = self.spec.time_at()?;
        selectors(at.path).ok()?.pop()
    }

    /// An action in its bare form, written at that place.
    pub(crate) fn bare(def: &'static ActionDef, spec: Box<dyn Spec>, span: Span) -> Value {
        Value {
            def,
            spec: spec.into(),
            on_error: OnError::Quarantine,
            says_on_error: false,
            gaps: Gap::Null,
            gaps_span: None,
            span,
            home: span,
            body: None,
            guard: None,
            inside: Arc::default(),
            names: Arc::default(),
            names_span: None,
            said: Arc::default(),
        }
    }

    /// The action of which nothing leaves, as if it stood at that place; `None`: the
    /// build has none.
    pub(crate) fn drop(cx: &Cx<'_>, span: Span) -> Option<Value> {
        let bare = cx.actions.iter().filter_map(|def| Some((def, def.bare?())));
        let mut drops = bare.filter(|(_, spec)| spec.facts().drops);
        let (def, spec) = drops.next()?;
        Some(Value::bare(def, spec, span))
    }

    /// How many fields it writes, those of its body included.
    pub(crate) fn weight(&self) -> usize {
        let inside = self.body.iter().flat_map(|body| &body.fields);
        let held = self.inside.iter().map(Value::weight).sum::<usize>();
        let names = self.names.iter().map(|n| n.value.weight()).sum::<usize>();
        1 + held + names + inside.map(Field::weight).sum::<usize>()
    }

    /// It, and every value that stands inside its parameters.
    pub(crate) fn with_inside<'v>(&'v self, list: &mut Vec<&'v Value>) {
        list.push(self);
        self.inside.iter().for_each(|v| v.with_inside(list));
        self.names.iter().for_each(|n| n.value.with_inside(list));
    }

    /// The value whose action makes what leaves: it, or the one inside of it that its
    /// action hands everything on to.
    pub(crate) fn maker(&self) -> &Value {
        match (self.spec.hands_on(), self.inside.first()) {
            (Some(_), Some(inner)) => inner.maker(),
            _ => self,
        }
    }

    /// The values that stand inside its parameters, and are not what it is made by; and
    /// what names are made by.
    pub(crate) fn beside_maker(&self) -> Vec<&Value> {
        let mut list = Vec::new();
        let names = self.names.iter().map(|n| &n.value);
        for value in self.maker().inside.iter().chain(names) {
            value.with_inside(&mut list);
        }
        list
    }

    /// It takes arrays or objects, and not only what is in them.
    pub(crate) fn is_whole(&self) -> bool {
        self.spec.body().is_some() || self.spec.facts().takes_whole
    }

    /// The parts of `from: [a, b]`.
    pub(crate) fn parts(&self) -> Option<&[(String, Span)]> {
        self.spec.from()
    }
}

pub(crate) struct RecordKey {
    pub(crate) span: Span,
    /// None: the input path of `like`; several are protected as one value. Of a record
    /// each of its members.
    pub(crate) from: Vec<Spelled<PlaceName>>,
    pub(crate) make: KeyMake,
}

impl RecordKey {
    /// The places that it says it is made from, in their order.
    pub(crate) fn places(&self) -> impl Iterator<Item = &PlaceName> {
        self.from.iter().map(|place| &place.value)
    }
}

/// What makes the record key.
pub(crate) enum KeyMake {
    /// The action of that output path of `fields`.
    Like(Spelled<Selector>),
    /// Its own.
    Action(Value),
    /// A record of those members of the record key, each with its own action.
    Fields(Vec<Field>),
}

pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) value: Value,
}

pub(crate) struct Quarantine {
    pub topic: Spelled,
    /// Who may open it; `None`: nobody says.
    pub(crate) recipient: Option<Spelled>,
    pub key: Option<Spelled>,
    pub(crate) retention_ms: Option<i64>,
}

/// One entry of `dangerously:`.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    pub(crate) span: Span,
    /// Name of the finding.
    pub(crate) allow: &'static crate::language::codes::Code,
    /// Topics; empty: all.
    pub(crate) outputs: Vec<String>,
    pub(crate) field: Option<String>,
    pub(crate) because: String,
    /// Its last day.
    pub(crate) until: Option<jiff::civil::Date>,
}

/// One test of the policy.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// What is tested.
    pub(crate) name: String,
    /// The record that goes in.
    pub(crate) record: TestRecord,
    /// The schema that its value is written under; `None`: that of the source.
    pub(crate) schema: Option<Spelled>,
    /// Its bytes, once it was read.
    pub(crate) schema_bytes: Option<Arc<[u8]>>,
    /// What time it is then, milliseconds since 1970; `None`: no event is too late.
    pub(crate) now_ms: Option<i64>,
    /// What people decided elsewhere.
    pub(crate) consent: Vec<TestDecision>,
    /// Topic and what its output must hold, among other things.
    pub(crate) expect: Vec<(String, Json)>,
    /// Topic and its whole output; [`Json::Null`] is a tombstone.
    pub(crate) exactly: Vec<(String, Json)>,
    /// Topic and the record key of what leaves there; [`Json::Null`]: none.
    pub(crate) record_keys: Vec<(String, Json)>,
    /// The values of several records, in place of one.
    pub(crate) stream: Vec<Vec<u8>>,
    /// Topics whose release the record waits for.
    pub(crate) held: Vec<String>,
    /// Topic and all that leaves there of a stream.
    pub(crate) released: Vec<(String, Vec<Json>)>,
    /// Topic and how many records of a stream are left out there.
    pub(crate) suppressed: Vec<(String, u64)>,
    /// Topics that do not get the record.
    pub(crate) withheld: Vec<String>,
    /// The reason why it is refused.
    pub(crate) quarantined: Option<Reason>,
    /// Paths that no output may hold.
    pub(crate) absent: Vec<Selector>,
    /// Texts that occur nowhere in what leaves.
    pub(crate) never_contains: Vec<String>,
}

impl PolicyTest {
    /// True when the test says where the record leaves, or that it does not:
    /// then finding nothing in what left is no accident.
    pub(crate) fn says_what_becomes_of_it(&self) -> bool {
        let leaves = !self.expect.is_empty() || !self.exactly.is_empty();
        let leaves = leaves || !self.record_keys.is_empty();
        let waits = !self.held.is_empty() || !self.released.is_empty();
        let waits = waits || !self.suppressed.is_empty();
        leaves || waits || !self.withheld.is_empty() || self.quarantined.is_some()
    }
}

/// What a person decided elsewhere, as a test tells it.
#[derive(Clone, Debug)]
pub(crate) struct TestDecision {
    /// The kind of the identifier.
    pub(crate) kind: String,
    /// The identifier, of a person of the author's.
    pub(crate) id: String,
    pub(crate) category: String,
    pub(crate) decided: TestDecided,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestDecided {
    Granted,
    Denied,
    /// Denied where it was granted before.
    Withdrawn,
}

/// The record of a test: the author's own data, may be shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestRecord {
    /// Its key.
    pub(crate) key: Option<Vec<u8>>,
    /// Its headers; a name may stand several times.
    pub(crate) headers: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub(crate) timestamp: Option<i64>,
    /// Its value; `None` is a tombstone.
    pub(crate) value: Option<Vec<u8>>,
    /// The value is given byte for byte.
    pub(crate) is_raw: bool,
}
