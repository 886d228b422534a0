//! The policy, compiled: made once, cannot be wrong, shared as `Arc`.
//!
//! **In**: what `policy` compiled. **Out**: [`Plan`]: the automaton over all
//! selectors, role tables, actions, gates; the only face of the policy on the
//! record path. **Promises**: it cannot be wrong and does not change; a reload
//! makes another one. **Does not know**: the policy's text, where keys are, caps
//! on hostile input.

pub mod automaton;
pub(crate) mod condition;
pub mod counting;
pub mod held;
mod id;
mod key_records;
pub mod lease;
pub mod live;
pub(crate) mod makes;
pub(crate) mod minors;
pub(crate) mod reading;
mod regions;
pub mod signal;
pub(crate) mod split;
mod standing;
pub(crate) mod value_test;
pub(crate) mod way;

pub(crate) use id::PlanId;
pub use key_records::{KeyRecordId, KeyRecords, RecordKey};
pub use standing::{AllowanceStanding, ContractStanding, KeyStanding, Standing, VendorStanding};

use std::sync::Arc;

use automaton::Automaton;
use condition::Conditions;
pub use condition::Guard;
pub(crate) use condition::plain;
use live::{Candidate, Category, LiveConsent, Rights, SubjectKind};
use makes::Makes;
use signal::Signal;
use way::Way;

use crate::action::{Action, Asks, BodyKind, Cx, NameAction, TimeUnit};
use crate::record::Notes;
use crate::record::bare::Bare;
use crate::record::counts::Counts;
use crate::record::ids::{ActionId, FieldId};
use crate::record::path::Is;
use crate::record::tape::Slot;
use crate::record::{Literal, Nothing};
pub(crate) use minors::Minors;
use reading::Reading;
pub(crate) use regions::Regions;
pub use split::Split;

/// Which policy: SHA-256 of its text. Where it names tables, SHA-256 of
/// length-prefixed parts instead: `veil/1 policy with tables`, SHA-256 of the
/// text, then by name the name and the SHA-256 of each table's file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolicyDigest(pub [u8; 32]);

/// The release group of the outputs whose records leave as they come, in settings, in labels
/// of metrics and in quarantined records; the others are called by the topic of their output.
pub const IMMEDIATE_GROUP: &str = "main";

/// The header that says under which policy a record was made.
pub const POLICY_HEADER: &str = "veil-policy";

impl PolicyDigest {
    /// `NAME@VERSION#DIGEST`: which policy, in one word. Of the digest its first
    /// eight hexadecimal digits.
    pub fn stamp(&self, name: &str, version: u64) -> String {
        let [a, b, c, d, ..] = self.0;
        format!("{name}@{version}#{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl std::fmt::Display for PolicyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl std::fmt::Debug for PolicyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PolicyDigest({self})")
    }
}

/// A read slot: its place in `Tape::reads`.
pub(crate) type ReadId = u16;

/// Everything the record path needs to know.
pub struct Plan {
    /// Its own: whatever is made or counted under it carries this.
    pub(crate) id: PlanId,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.version`.
    pub version: u64,
    /// Of the policy text, and of the tables that it names.
    pub digest: PolicyDigest,
    /// Where records come from and how they are read.
    pub source: Source,
    /// All selectors into the value; where records are taken apart, into that of one
    /// element.
    pub(crate) value: Automaton,
    /// How records are taken apart; `None`: each is one.
    pub split: Option<Split>,
    /// All selectors into a JSON record key.
    pub(crate) record_key: Option<Automaton>,
    /// The keys that leave as records; `None`: no output has such.
    pub key_records: Option<Box<KeyRecords>>,
    /// The reads of the value that are looked for.
    pub(crate) ways: Vec<Way>,
    /// Those of the record key.
    pub(crate) record_key_ways: Vec<Way>,
    /// Which type of record is which column of [`Output::by_type`].
    pub types: TypeIndex,
    /// Which region a record is of; `None`: the policy knows no regions.
    pub(crate) regions: Option<Regions>,
    /// Who counts as a child; `None`: nobody is asked.
    pub(crate) minors: Option<Minors>,
    /// Consent signals.
    pub(crate) signals: Vec<Signal>,
    /// Names of the consent categories that some output needs; at most 64, their place
    /// is their bit.
    pub categories: Vec<String>,
    /// What people are asked: the categories as the policy declares them, or those that
    /// outputs need by their names alone.
    pub asked: Vec<Category>,
    /// The topic of people's decisions; `None`: records alone say what they permit.
    pub live: Option<LiveConsent>,
    /// By what people are found again where their consent is kept.
    pub rights: Option<Rights>,
    /// The kinds of identifiers of people, in the order of the policy.
    pub subjects: Vec<SubjectKind>,
    /// At most 64.
    pub outputs: Vec<Output>,
    /// Every compiled action, by [`ActionId`].
    pub actions: Vec<Box<dyn Action>>,
    /// What each of them makes of values of known types.
    pub(crate) makes: Vec<Makes>,
    /// What each state of [`Plan::value`] means to each output.
    pub(crate) reading: Reading,
    /// The quarantine.
    pub quarantine: Option<Quarantine>,
    /// How this release group of the policy is called: by the topic of its output, or
    /// [`IMMEDIATE_GROUP`]; `None`: no record of the policy waits, and there is but one.
    pub group: Option<Arc<str>>,
    /// Records that cannot be read, or that nobody is asked about, go to quarantine. False
    /// where the plan of another release group of the policy sends them there: they would
    /// lie there twice.
    pub(crate) quarantines_unread: bool,
    /// True when some action reads the subject.
    pub needs_subject: bool,
    /// The times of an event by which its actions choose an epoch.
    pub times: Vec<EventTime>,
    /// What its actions want made ready before a batch is walked.
    pub asks: Asks,
    /// Its words for nothing.
    pub nothing: Nothing,
    /// What it rests on that ages.
    pub standing: Standing,
}

impl Plan {
    /// The action of that place, ready to be applied: what it puts off is its
    /// own.
    #[inline]
    pub(crate) fn act(&self, action: ActionId, cx: &mut Cx<'_>) -> &dyn Action {
        cx.begin(action);
        &*self.actions[action.index()]
    }

    /// The first output whose records do not leave as they come: they wait for a release,
    /// or are counted, and nothing but what composes those may write it.
    pub fn waiting(&self) -> Option<&Output> {
        self.outputs.iter().find(|output| output.waits())
    }

    /// Where the group of this plan keeps what it remembers, if its output remembers
    /// anybody.
    pub fn lease(&self) -> Option<&lease::Lease> {
        self.outputs
            .iter()
            .find_map(|output| output.lease.as_deref())
    }

    /// How many states its paths need, where some lead to any depth (`**`): what they
    /// are of, together, can be many more than them.
    pub fn states_of_any_depth(&self) -> Option<usize> {
        let states = self.value.states_len();
        let mut all = (0..states).filter_map(|slot| Slot::try_from(slot).ok());
        all.any(|slot| self.value.is_endless(slot))
            .then_some(states)
    }

    /// Zero, with room for everything that is counted under this plan.
    pub fn counts(&self) -> Counts {
        Counts::with_room(self.fields_by_output())
    }

    /// Bytes of memory that the room of [`Plan::counts`] takes.
    pub fn counts_held(&self) -> u64 {
        Counts::held_with_room(self.fields_by_output())
    }

    /// How many fields are counted at each output.
    pub(crate) fn fields_by_output(&self) -> impl Iterator<Item = usize> {
        self.outputs.iter().map(|output| output.fields.len())
    }
}

/// A time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTime {
    /// The value that says it.
    pub(crate) read: ReadId,
    /// How it is written.
    pub(crate) unit: TimeUnit,
}

/// The source.
pub struct Source {
    /// Topics read; one shape.
    pub topics: Vec<Arc<str>>,
    /// How the value is read.
    pub format: Format,
    /// Whose ids records name their schemas by, where they do.
    pub ids: SchemaIds,
    /// The record key is JSON; otherwise it is text.
    pub key_is_json: bool,
    /// It is of a format that has schemas, names its own by an id of a registry, and is read
    /// as the JSON that says the same. Always a format by id.
    pub key_format: Option<Format>,
    /// The parts of a record's type; empty: the source has no types.
    pub(crate) type_parts: Vec<ReadId>,
    /// The header that says it instead.
    pub(crate) type_header: Option<Box<str>>,
    /// The name of the record or message of its writer's schema does.
    pub(crate) type_schema: bool,
    /// Candidates for the subject, first present wins.
    pub(crate) subject: Vec<Candidate>,
}

/// Whose ids records name their schemas by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchemaIds {
    /// Confluent's: of 32 bits, or of 16 bytes in a header.
    #[default]
    Confluent,
    /// Apicurio's own: of 64 bits.
    Apicurio,
}

/// How the value of a record is read, and what leaves of it written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As JSON.
    #[default]
    Json,
    /// As Avro, of records that were written under a schema.
    Avro(AvroSchema),
    /// As Avro, of records that say by an id under which schema of a registry they were
    /// written.
    AvroById,
    /// As Avro, of records that say by its fingerprint under which of those schemas they
    /// were written.
    AvroByFingerprint(Box<[AvroSchema]>),
    /// As Protobuf, of messages that were written under a schema.
    Protobuf(ProtobufSchema),
    /// As Protobuf, of records that say by an id, and by the place of their message in it,
    /// under which schema of a registry they were written. The name is that of the message
    /// that is meant where no record says it.
    ProtobufById(Option<Box<str>>),
    /// As JSON, of records that keep to a schema.
    JsonSchema(JsonSchema),
    /// As JSON, of records that say by an id to which schema of a registry they keep.
    JsonSchemaById,
    /// As one text, or as bytes: it has no parts.
    Bare(Bare),
}

impl Format {
    /// Its name, where its values say nothing without a schema.
    pub const fn schemas(&self) -> Option<&'static str> {
        match self {
            Format::Json | Format::JsonSchema(_) | Format::JsonSchemaById | Format::Bare(_) => None,
            Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_) => Some("Avro"),
            Format::Protobuf(_) | Format::ProtobufById(_) => Some("Protobuf"),
        }
    }

    /// Values are Avro.
    pub const fn is_avro(&self) -> bool {
        matches!(
            self,
            Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_)
        )
    }

    /// Values are JSON, whatever stands in front of them.
    pub const fn is_json(&self) -> bool {
        matches!(
            self,
            Format::Json | Format::JsonSchema(_) | Format::JsonSchemaById
        )
    }

    /// Values have no parts.
    pub const fn is_bare(&self) -> bool {
        matches!(self, Format::Bare(_))
    }

    /// Records say by an id under which schema of a registry they were written.
    pub const fn is_by_id(&self) -> bool {
        matches!(
            self,
            Format::AvroById | Format::ProtobufById(_) | Format::JsonSchemaById
        )
    }

    /// Of a file beside a policy, by its name: as Protobuf (`.proto`, `.desc`), as JSON
    /// Schema (`.json`), else as Avro. `message` is the one that is meant where the file has
    /// several. `None`: the file is no text.
    pub fn of_file(name: &str, bytes: &[u8], message: Option<&str>) -> Option<Format> {
        if name.ends_with(".proto") || name.ends_with(".desc") {
            return Format::ProtobufById(message.map(Into::into)).under(name, bytes);
        }
        match name.ends_with(".json") {
            true => Format::JsonSchemaById.under(name, bytes),
            false => Format::AvroById.under(name, bytes),
        }
    }

    /// The same format with another file of the writer's schema; `None`: it has none, or
    /// the file is no text.
    pub fn under(&self, name: &str, bytes: &[u8]) -> Option<Format> {
        Some(match self {
            Format::Json | Format::Bare(_) => return None,
            Format::JsonSchema(said) => Format::JsonSchema(JsonSchema {
                file: name.into(),
                text: std::str::from_utf8(bytes).ok()?.into(),
                // What the policy's own refers to another version of it may as well.
                others: said.others.clone(),
            }),
            Format::JsonSchemaById => Format::JsonSchema(JsonSchema {
                file: name.into(),
                text: std::str::from_utf8(bytes).ok()?.into(),
                others: Vec::new(),
            }),
            Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_) => {
                // The types that the policy's own names another version of it may as well.
                let others = match self {
                    Format::Avro(said) => &said.others[..],
                    Format::AvroByFingerprint(all) => all.first().map_or(&[][..], |s| &s.others),
                    _ => &[],
                };
                Format::Avro(AvroSchema {
                    file: name.into(),
                    text: std::str::from_utf8(bytes).ok()?.into(),
                    others: others.to_vec(),
                })
            }
            Format::Protobuf(said) => {
                let imports = said.files.iter().skip(1).cloned();
                Format::Protobuf(ProtobufSchema {
                    files: std::iter::once((name.into(), bytes.into()))
                        .chain(imports)
                        .collect(),
                    message: said.message.clone(),
                })
            }
            Format::ProtobufById(message) => Format::Protobuf(ProtobufSchema {
                files: vec![(name.into(), bytes.into())],
                message: message.as_deref().map(str::to_owned),
            }),
        })
    }
}

/// How the schema of what leaves by an output is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputSchema {
    /// Its namespace; `None`: that of the writer's.
    pub namespace: Option<Box<str>>,
    /// The subject that it is a version of, in a registry.
    pub subject: SubjectOf,
}

/// What the name of a subject is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubjectOf {
    /// The topic.
    #[default]
    Topic,
    /// The name of the record.
    Record,
    /// Both.
    TopicAndRecord,
}

/// The schema that records of JSON keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonSchema {
    /// The file, as the policy names it.
    pub file: String,
    /// Its text; it was read and bound once.
    pub text: Arc<str>,
    /// Those that it refers to, by the names that it does so by.
    pub others: Vec<(String, Arc<str>)>,
}

/// The schema of a writer, where a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvroSchema {
    /// The file, as the policy names it.
    pub file: String,
    /// Its text; it was read and bound once.
    pub text: Arc<str>,
    /// Other files, which declare types that it names: their names and texts, in any order.
    pub others: Vec<(String, Arc<str>)>,
}

/// The schema of a writer of Protobuf, where files say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtobufSchema {
    /// The file that the message is in, or a set of descriptors (`.desc`), and those that
    /// it imports: by their names in the policy, which are those that they are imported by.
    /// They were read and bound once.
    pub files: Vec<(String, Arc<[u8]>)>,
    /// Full name of the message; `None`: the only one of the file.
    pub message: Option<String>,
}

/// Finds the column of a record's type.
#[derive(Default)]
pub struct TypeIndex {
    /// `page`, `track/Order Completed` → column.
    pub(crate) exact: std::collections::HashMap<Box<str>, u16>,
    /// `track/` → column of `track/*`, for types with no exact column; the
    /// longest prefix wins.
    pub(crate) prefixes: Vec<(Box<str>, u16)>,
    /// Column of every other type.
    pub(crate) other: u16,
    /// How many columns; at least 1.
    pub columns: u16,
}

impl TypeIndex {
    /// The column of a type of that name.
    pub(crate) fn column(&self, name: &str) -> u16 {
        if let Some(column) = self.exact.get(name) {
            return *column;
        }
        self.prefixes
            .iter()
            .filter(|(prefix, _)| name.starts_with(&**prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map_or(self.other, |(_, column)| *column)
    }
}

/// What a place does to one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing of it or below it is read.
    Skip,
    /// Something below it is, in a container of the kind that leads there; of
    /// any other value that [`Other`] holds.
    Path(OtherId),
    /// Fields are made from it.
    Leaf(LeafId),
}

/// Place of a leaf in [`Output::leaves`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafId(pub u16);

/// Place in the list of other values of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherId(pub u32);

/// What becomes of a value that stands where a path goes on, and is no container
/// of the kind that leads there. `null` is not there, unless it is a leaf's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Other {
    /// What it does otherwise.
    pub(crate) does: Misfit,
    /// What a place in an array is left with when nothing comes of it.
    pub(crate) gap: Gap,
    /// An element there is written when something in it is, and leaves no place.
    pub(crate) chooses: bool,
    /// Of a container that is a member: what becomes of its name; `None`: it is copied.
    pub(crate) naming: Option<NamingId>,
}

/// What a value of another shape than its path does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Misfit {
    /// Fields are made from it: the policy foresees both.
    Leaf(LeafId),
    /// It is refused, as this field, the first below it that quarantines.
    Refused(FieldId),
    /// These fields below it are missing, and counted.
    Dropped(Box<[FieldId]>),
    /// It is an element of a list whose elements are told apart by what they hold.
    Chosen(Box<Choice>),
    /// It may be a text that holds JSON.
    Opened(Box<JsonInText>),
}

/// What becomes of a value that may be a text with JSON in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonInText {
    /// What a text does that cannot be read: what is named in it is refused.
    pub(crate) unreadable: Misfit,
    /// What a value does that is no text.
    pub(crate) otherwise: Misfit,
}

/// Which role table an element is written under, by what a member of it holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The way from the element to the value that decides, by states.
    pub(crate) by: Box<[Slot]>,
    /// Texts, in order.
    pub(crate) texts: Box<[(Box<str>, TableId)]>,
    /// Everything else that it may be, the longest starts first.
    pub(crate) others: Box<[(Is, TableId)]>,
    /// Of elements for which nothing of that holds; `None`: such an object is left
    /// out whole.
    pub(crate) otherwise: Option<TableId>,
    /// What an element that is no object does then.
    pub(crate) misfit: Misfit,
}

impl Output {
    /// True when it takes records of that type.
    #[inline]
    pub(crate) fn takes(&self, column: u16) -> bool {
        self.by_type[usize::from(column)].is_some()
    }

    /// The actions that make the names of members on the way to that field, with their
    /// parts, each under its word (`names`, `names.redact.with`).
    pub fn names_of(&self, path: &str) -> Vec<(String, &dyn Action)> {
        let is_it = |field: &FieldId| self.fields[field.index()].path == path;
        let namings = self.namings.iter();
        let on_the_way = namings.filter(|naming| {
            let refused = match &naming.refused {
                Misfit::Refused(field) => is_it(field),
                Misfit::Dropped(fields) => fields.iter().any(is_it),
                _ => false,
            };
            refused || naming.fields.iter().any(is_it)
        });
        let writes = self.leaves.iter().flat_map(|leaf| &leaf.writes);
        let own = writes
            .filter(|write| is_it(&write.field))
            .filter_map(|write| match write.name {
                WriteName::Made(id) => self.namings.get(id.0 as usize),
                _ => None,
            });
        let all = own.chain(on_the_way);
        all.flat_map(|naming| naming.action.parts()).collect()
    }
}

impl Choice {
    /// The table for that text, its escapes undone.
    pub(crate) fn of_text(&self, characters: &str) -> Option<TableId> {
        let exact = self.texts.binary_search_by(|(t, _)| (**t).cmp(characters));
        match exact {
            Ok(at) => Some(self.texts[at].1),
            Err(_) => self.of(|is| is.is_text(characters)),
        }
    }

    /// The table of the first case, texts aside, for which that holds.
    pub(crate) fn of(&self, holds: impl Fn(&Is) -> bool) -> Option<TableId> {
        let case = self.others.iter().find(|(is, _)| holds(is))?;
        Some(case.1)
    }
}

/// What is left of an element of which nothing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// Nothing: those behind it move up. Of what is no element there is never
    /// anything.
    #[default]
    Closed,
    /// `null`, so that its neighbours keep their places.
    Null,
}

/// Number of a role table of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

/// Place in `Output::namings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamingId(pub u32);

/// What becomes of the names of the members that `*` and `**` stand for.
pub(crate) struct Naming {
    /// What makes the name; of nothing, the member is left out.
    pub(crate) action: Arc<NameAction>,
    /// The fields that are missing, and counted, when there is no name.
    pub(crate) fields: Box<[FieldId]>,
    /// What a name does that is refused.
    pub(crate) refused: Misfit,
}

/// Place of a name in `Output::names`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// One output.
pub struct Output {
    /// Its topic.
    pub topic: Arc<str>,
    /// Its purpose.
    pub purpose: String,
    /// Its pseudonymisation domain.
    pub domain: String,
    /// Bits of the regions whose records leave; 0: every one's.
    pub(crate) regions: u64,
    /// Bits of the categories that must be granted.
    pub(crate) needs: u64,
    /// A record that is withheld for want of consent leaves a tombstone where these
    /// signals, those of the row as it was, permit it; empty: never.
    pub(crate) cleared_by: Vec<Signal>,
    /// It leaves one where the person withdrew what the output needs, too.
    pub(crate) clears_withdrawn: bool,
    /// Tombstones are forwarded.
    pub(crate) forward_tombstones: bool,
    /// The record key; `None`: null.
    pub key: Option<RecordKey>,
    /// How its schema is called, where its values have one.
    pub schema: OutputSchema,
    /// Headers, by name.
    pub headers: Vec<HeaderWrite>,
    /// What the header [`POLICY_HEADER`] of every record says; `None`: there is none.
    pub stamp: Option<Box<str>>,
    /// The record timestamp.
    pub(crate) timestamp: TimestampRule,
    /// What is asked before a record, or a field of it, leaves; `None`: nothing.
    pub(crate) conditions: Option<Box<Conditions>>,
    /// For each column of [`TypeIndex`]: the role table, or `None` = not selected.
    pub by_type: Vec<Option<TableId>>,
    /// What leaves do.
    pub leaves: Vec<Leaf>,
    /// What values of another shape than their path do.
    pub(crate) others: Vec<Other>,
    /// Constants that stand where a value was refused.
    pub(crate) literals: Vec<Stand>,
    /// The names that fields are written under, as they are.
    pub(crate) names: Vec<Box<str>>,
    /// What makes the names of members that are not known.
    pub(crate) namings: Vec<Naming>,
    /// Names of the counted fields: [`Write::field`] is a place here.
    pub fields: Vec<Field>,
    /// What its records wait for; `None`: they leave as they come.
    pub held: Option<Box<held::Held>>,
    /// What is counted of its records, which themselves do not leave; `None`: they do.
    pub counting: Option<Box<counting::Counting>>,
    /// Where it keeps what it remembers of persons; `None`: it remembers nobody, or the
    /// policy names no key `state` for that.
    pub lease: Option<Box<lease::Lease>>,
}

impl Output {
    /// True where its records do not leave as they come.
    pub fn waits(&self) -> bool {
        self.held.is_some() || self.counting.is_some()
    }

    /// True where what leaves depends on who was in earlier releases, or in the window so
    /// far: one member decides about all of its records.
    pub fn remembers(&self) -> bool {
        let once = self
            .held
            .as_ref()
            .is_some_and(|held| held.once_per_ms.is_some());
        once || self.counting.is_some()
    }
}

/// A field that is counted: path and action, for figures and reports.
#[derive(Clone, Debug)]
pub struct Field {
    /// Output path as in the policy (`key`, `header.NAME` for those).
    pub path: String,
    /// Input path or place.
    pub from: String,
    /// The action's word.
    pub action: &'static str,
    /// What may be counted of its values besides what became of them.
    pub(crate) notes: Notes,
}

/// A leaf: the fields written where one value stands, in policy order.
pub struct Leaf {
    /// One, or several with `as:`.
    pub writes: Vec<Write>,
}

/// One field written.
pub struct Write {
    /// Its name.
    pub(crate) name: WriteName,
    /// What is done to the value.
    pub action: ActionId,
    /// What is counted.
    pub field: FieldId,
    /// What an error does.
    pub(crate) on_error: OnError,
    /// What is left of an element when nothing is written.
    pub(crate) gap: Gap,
    /// Made of one value, by an action that takes it as it stands, whatever the rest
    /// of the record says.
    pub(crate) is_plain: bool,
    /// Nothing is ever written.
    pub(crate) drops: bool,
    /// The case of a `when` that must hold.
    pub(crate) guard: Option<Guard>,
    /// What the action is given.
    pub given: Given,
}

/// What the action of a field is given.
pub enum Given {
    /// The value that stands at its place.
    Value,
    /// Siblings, in policy order, by their states (`from: [a, b]`); each of
    /// these states is a leaf that holds this field.
    Parts(Box<[Slot]>),
    /// What its body makes of the value.
    Body(Body),
    /// The JSON in the text that stands at its place, whole.
    Opened,
}

/// A scope below a value: what is inside it is written under a role table of its
/// own, in which the value's own state is a [`Role::Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// What is done to it.
    pub(crate) kind: BodyKind,
    /// What is written inside.
    pub(crate) table: TableId,
}

/// The name a field is written under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteName {
    /// An element of an array: no name.
    Element,
    /// A name of the policy.
    Named(NameId),
    /// Copied from the input (`*`).
    Copied,
    /// Made of the one in the input.
    Made(NamingId),
}

/// What an action's refusal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnError {
    /// The record is quarantined.
    Quarantine,
    /// The field alone is missing, and counted.
    DropField,
    /// A constant stands in its place, and is counted.
    Replace(LiteralId),
}

/// Place in [`Output::literals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiteralId(pub(crate) u32);

/// A constant of the policy; `None` is `null`.
pub(crate) type Stand = Option<Literal>;

/// Where a key's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordKeyFrom {
    /// A value of the record.
    Value(ReadId),
    /// The record key as text.
    RecordKey,
    /// A value of the JSON record key.
    RecordKeyValue(ReadId),
    /// The last header of that name.
    Header(String),
}

/// How the record key is made.
pub struct KeyWrite {
    /// From where; the values of several places are protected as one.
    pub(crate) from: Box<[RecordKeyFrom]>,
    /// What is done to the value.
    pub action: ActionId,
    /// What is counted.
    pub field: FieldId,
    /// What an error does (`drop_field`: a null key).
    pub(crate) on_error: OnError,
}

impl KeyWrite {
    /// Of how many values it is made, where they are several.
    pub fn parts(&self) -> Option<usize> {
        (self.from.len() > 1).then_some(self.from.len())
    }
}

/// One header that leaves, each occurrence.
pub struct HeaderWrite {
    /// Its name.
    pub(crate) name: String,
    /// What is done to the value.
    pub action: ActionId,
    /// What is counted.
    pub field: FieldId,
    /// What an error does.
    pub(crate) on_error: OnError,
}

/// The record timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimestampRule {
    /// As it is.
    Keep,
    /// The time of writing.
    Now,
    /// The start of the unit it lies in, milliseconds.
    Truncate(i64),
    /// That of all records of its release, whole seconds.
    Release,
}

/// The quarantine.
pub struct Quarantine {
    /// Its topic.
    pub topic: Arc<str>,
    /// The public key it is sealed to.
    pub key: crate::crypto::quarantine::PublicKey,
    /// Longest time the topic may keep records, milliseconds.
    pub retention_ms: Option<i64>,
}
