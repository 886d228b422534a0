//! The checked policy becomes a plan.
//!
//! **In**: [`Checked`] and the keys it names. **Out**: a [`Plan`], or what
//! stands in its way. **Promises**: every rule that needs all selectors at
//! once (what lies inside what, what meets where) is decided on the very
//! automaton that reads the records. **Does not know**: YAML, records.

#[cfg(test)]
mod capability_tests;
mod collisions;
mod columns;
#[cfg(test)]
mod condition_tests;
mod conditions;
mod consent;
mod counting;
#[cfg(test)]
mod each_tests;
mod held;
#[cfg(test)]
mod key_places_tests;
mod keys;
pub(super) mod lacking;
mod live;
#[cfg(test)]
mod names_tests;
#[cfg(test)]
mod nested_tests;
#[cfg(test)]
mod noted_tests;
mod open;
mod people;
mod reached;
#[cfg(test)]
mod reads_tests;
mod roles;
pub(super) mod schema;
mod scopes;
mod shelf;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod testing;
mod unforeseen;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::check::model::{
    Checked, Field as Member, KeyMake, OnError as SaidOnError, Output as Said, RecordKey, SchemaOf,
    Schemas, Spelled, Value,
};
use super::check::{format, values};
use super::selector::{self, PlaceName};
use crate::action::{Action, Asks, NotBuilt, Site, Spec, TimeUnit};
use crate::keys::{KeyHandle, KeySource, Pick};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::TableId;
use crate::plan::automaton::{Builder, Built, SelectorId};
use crate::plan::lease::Lease;
use crate::plan::makes::Makes;
use crate::plan::reading::Reading;
use crate::plan::way::Way;
use crate::plan::{
    AvroSchema, EventTime, Field, Format, HeaderWrite, JsonSchema, KeyRecordId, KeyRecords,
    KeyWrite, LiteralId, OnError, Output, OutputSchema, Plan, PlanId, PolicyDigest, ProtobufSchema,
    Quarantine, ReadId, RecordKey as OutputKey, RecordKeyFrom, Source, Split, Stand,
};
use crate::record::Notes;
use crate::record::Nothing;
use crate::record::event_time::TimeOf;
use crate::record::format::Format as Pen;
use crate::record::ids::{ActionId, FieldId};
use crate::record::path::{Selector, Step};
use crate::render::json::Json;
pub(super) use columns::Columns;
pub(crate) use keys::Ring;
use roles::Tables;
use scopes::Scopes;
pub use scopes::{below, site_path};
pub use shelf::Shelf;

/// Compiles `policy`. `None` exactly when `findings` holds an error afterwards.
pub fn compile(
    policy: &Checked,
    digest: PolicyDigest,
    keys: &dyn KeySource,
    now: jiff::Timestamp,
    shelf: &Shelf,
    findings: &mut Findings,
) -> Option<Plan> {
    let mut paths = Paths::default();
    let mut key_paths = Paths::default();
    let split = policy.source.split.as_ref();
    if let Some(split) = split.filter(|split| split.lifts.is_some()) {
        paths.lifted = split.path().map(|path| path.steps).unwrap_or_default();
    }
    let ring = Ring::open(&policy.keys, keys, now, findings);
    let mut making = Making {
        ring: &ring,
        shelf,
        stamp: digest.stamp(&policy.name, policy.version),
        actions: Vec::new(),
        makes: Vec::new(),
        asks: Asks::default(),
        literals: Vec::new(),
        nothing: &policy.nothing,
        splits: split.is_some(),
        times: Vec::new(),
        key_records: Vec::new(),
        findings,
    };

    let rights = live::rights(policy, &ring, making.findings);
    let key = rights.as_ref().map(|rights| &rights.key);
    let state = keys::state(policy, &ring, making.findings);
    let type_parts = reads(&mut paths, &policy.source.types);
    let header = policy.source.type_header.as_ref();
    let (subjects, candidates) = live::subjects(policy, key, &mut paths);
    let source = Source {
        topics: policy
            .source
            .topics
            .iter()
            .map(|t| Arc::from(t.value.as_str()))
            .collect(),
        format: source_format(policy, shelf),
        ids: policy
            .source
            .schema
            .as_ref()
            .map_or_else(Default::default, |said| said.ids),
        key_is_json: policy.source.key_is_json,
        key_format: policy
            .source
            .key_format
            .as_ref()
            .map(|key| by_id(key.value)),
        type_parts,
        type_header: header.map(|header| header.value.as_str().into()),
        type_schema: policy.source.type_schema.is_some(),
        subject: candidates,
    };
    let (categories, signals) = consent::consent(policy, &mut paths);
    let live = live::live(policy, digest, &categories, making.findings);
    let (regions, minors) = people::people(policy, &mut paths, &mut key_paths);
    let columns = Columns::of(&policy.outputs);
    let mut outputs: Vec<(Output, Scopes)> = policy
        .outputs
        .iter()
        .enumerate()
        .map(|(n, said)| {
            let at = (n, said);
            let (mut output, scopes) = making.output(at, &categories, &mut paths, &mut key_paths);
            output.regions = people::regions_of(policy, said);
            output.cleared_by = consent::as_it_was(policy, said, &categories, &mut paths);
            let held = making.held(said, &scopes, &subjects, state.as_ref());
            output.held = held.map(Box::new);
            let counting = making.counting(said, &subjects, &mut paths);
            output.counting = counting.map(Box::new);
            let remembers = state.as_ref().filter(|_| output.remembers());
            let lease = |key: &KeyHandle| Lease::new(&policy.name, &output.topic, key.clone());
            output.lease = remembers.map(lease).map(Box::new);
            (output, scopes)
        })
        .collect();

    let times = std::mem::take(&mut making.times).into_iter();
    let times = times.map(|(path, unit)| EventTime {
        read: paths.read(&path),
        unit,
    });
    let times = times.collect();
    if let Some(path) = split.and_then(|split| split.path()) {
        paths.builder.mark(&path);
    }
    let value = paths.build(making.findings)?;
    let tables: usize = outputs
        .iter()
        .map(|(_, scopes)| 1 + scopes.types.len() + scopes.bodies.len())
        .sum();
    if columns.index.columns > COLUMNS_MAX || tables * value.states.len() > CELLS_MAX {
        making
            .findings
            .error_of_file(
                codes::TOO_LARGE,
                "the policy names too many paths for too many types and outputs",
            )
            .help("split it, or join types with `/*`");
        return None;
    }
    let record_key = (!key_paths.reads.is_empty() || !making.key_records.is_empty())
        .then(|| key_paths.build(making.findings))
        .flatten();
    let key_records = record_key
        .as_ref()
        .and_then(|built| key_records(&mut making, (&policy.outputs, &key_paths, built)));
    let mut roles: Vec<Vec<_>> = Vec::new();
    for ((output, scopes), said) in outputs.iter_mut().zip(&policy.outputs) {
        let made: usize = roles.iter().map(Vec::len).sum();
        let room = CELLS_MAX / value.states.len() - made;
        let mut tables = Tables::new(&paths, &value, said, room, making.findings);
        for body in &scopes.bodies {
            tables.add_body(body);
        }
        let by_type = columns.of_output(said);
        let mut table_of: HashMap<Option<usize>, TableId> = HashMap::new();
        for chosen in by_type.iter().flatten() {
            table_of
                .entry(*chosen)
                .or_insert_with(|| tables.add(&scopes.for_type(*chosen)));
        }
        output.by_type = by_type
            .iter()
            .map(|column| column.map(|chosen| table_of[&chosen]))
            .collect();
        roles.push(tables.finish(output));
        let asked = std::mem::take(&mut scopes.conditions);
        output.conditions = asked.finish(&value, &paths);
    }
    let outputs: Vec<Output> = outputs.into_iter().map(|(o, _)| o).collect();

    let quarantine = policy.quarantine.as_ref().and_then(|q| {
        let key = ring.quarantine(q.key.as_ref()?, making.findings)?;
        Some(Quarantine {
            topic: Arc::from(q.topic.value.as_str()),
            key,
            retention_ms: q.retention_ms,
        })
    });
    let (actions, makes, asks) = (making.actions, making.makes, making.asks);
    ring.count_uses(findings);
    if findings.has_errors() {
        return None;
    }
    lacks_paths(policy, &paths, findings);
    if findings.has_errors() {
        return None;
    }
    let split = split.map(|said| {
        let lifts = said.lifts.is_some();
        Split::new(&value.automaton, &said.names, lifts, said.text.clone())
    });
    let reading = Reading::new(
        (&value.automaton, split.as_ref()),
        &outputs,
        &roles,
        &actions,
        <Json as Pen>::spell,
    );
    let plan = Plan {
        standing: Default::default(),
        nothing: policy.nothing.clone(),
        reading,
        id: PlanId::draw(),
        name: policy.name.clone(),
        version: policy.version,
        digest,
        source,
        value: value.automaton,
        split,
        record_key: record_key.map(|b| b.automaton),
        key_records,
        ways: paths.ways,
        record_key_ways: key_paths.ways,
        types: columns.index,
        regions,
        minors,
        signals,
        asked: live::asked(policy, &categories),
        categories,
        live,
        rights,
        subjects,
        outputs,
        actions,
        makes,
        quarantine,
        group: None,
        quarantines_unread: true,
        needs_subject: policy
            .outputs
            .iter()
            .flat_map(values)
            .any(|v| v.spec.facts().needs_subject),
        times,
        asks,
    };
    schema::bind_source(&plan, policy, findings);
    (!findings.has_errors()).then_some(plan)
}

/// How what names its schema by id is read.
fn by_id(of: SchemaOf) -> Format {
    match of {
        SchemaOf::Avro => Format::AvroById,
        SchemaOf::Protobuf => Format::ProtobufById(None),
        SchemaOf::JsonSchema => Format::JsonSchemaById,
    }
}

/// How values are read; of a schema that could not be read it was reported.
pub(super) fn source_format(policy: &Checked, shelf: &Shelf) -> Format {
    if let Some((bare, _)) = policy.source.bare {
        return Format::Bare(bare);
    }
    let Some(said) = &policy.source.schema else {
        return Format::Json;
    };
    if said.is_by_id() {
        return match said.of {
            SchemaOf::Protobuf => Format::ProtobufById(said.message.as_deref().map(Into::into)),
            of => by_id(of),
        };
    }
    let read = |file: &Spelled| {
        let bytes = shelf.schema(&file.value)?;
        Some((file.value.clone(), Arc::clone(bytes)))
    };
    let all = |named: &[Spelled]| named.iter().map(read).collect::<Option<Vec<_>>>();
    let (Some(files), Some(imports)) = (all(&said.files), all(&said.imports)) else {
        return Format::Json;
    };
    let text = |bytes: &[u8]| Arc::from(String::from_utf8_lossy(bytes));
    let others = || {
        let texts = imports.iter().map(|(file, it)| (file.clone(), text(it)));
        texts.collect()
    };
    let avro = |(file, bytes): &(String, Arc<[u8]>)| AvroSchema {
        file: file.clone(),
        text: text(bytes),
        others: others(),
    };
    match (said.of, said.schemas, &files[..]) {
        (_, _, []) => Format::Json,
        (SchemaOf::Avro, Schemas::ByFingerprint, all) => {
            Format::AvroByFingerprint(all.iter().map(avro).collect())
        }
        (SchemaOf::Avro, _, [one, ..]) => Format::Avro(avro(one)),
        (SchemaOf::JsonSchema, _, [(file, bytes), ..]) => Format::JsonSchema(JsonSchema {
            file: file.clone(),
            text: text(bytes),
            others: others(),
        }),
        (SchemaOf::Protobuf, ..) => Format::Protobuf(ProtobufSchema {
            files: files.into_iter().chain(imports).collect(),
            message: said.message.clone(),
        }),
    }
}

/// Reports a path that Protobuf is not read by, wherever the policy writes it: those of
/// fields were reported before.
fn lacks_paths(policy: &Checked, paths: &Paths, findings: &mut Findings) {
    let Some(source) = &policy.source.schema else {
        return;
    };
    if source.of != SchemaOf::Protobuf {
        return;
    }
    if let Some((path, word)) = paths
        .builder
        .selectors()
        .find_map(|path| Some((path, format::lacking(path, source.of)?)))
    {
        findings
            .error(
                codes::NOT_IN_THIS_VERSION,
                source.value,
                format!(
                    "{word} beside `value: {}` is not in this version",
                    source.of.word()
                ),
            )
            .why(format!("`{path}` is read"))
            .help("name what is read without it");
    }
}

/// An output of which nothing but its name and those of its schema is known.
fn bare(said: &Said) -> Output {
    Output {
        topic: Arc::from(said.topic.value.as_str()),
        purpose: said.purpose.value.clone(),
        domain: said.domain.value.clone(),
        needs: 0,
        regions: 0,
        cleared_by: Vec::new(),
        clears_withdrawn: false,
        forward_tombstones: false,
        key: None,
        schema: output_schema(said),
        headers: Vec::new(),
        stamp: None,
        timestamp: said.timestamp,
        by_type: Vec::new(),
        leaves: Vec::new(),
        others: Vec::new(),
        literals: Vec::new(),
        names: Vec::new(),
        namings: Vec::new(),
        fields: Vec::new(),
        held: None,
        counting: None,
        lease: None,
        conditions: None,
    }
}

/// The keys that leave as records; `None`: none does.
fn key_records(
    making: &mut Making<'_>,
    (outputs, paths, built): (&[Said], &Paths, &Built),
) -> Option<Box<KeyRecords>> {
    let (mut records, mut roles) = (Vec::new(), Vec::new());
    for (nth, mut output, scopes) in std::mem::take(&mut making.key_records) {
        let room = CELLS_MAX / built.states.len();
        let mut tables = Tables::new(paths, built, &outputs[nth], room, making.findings);
        let table = tables.add(&scopes.for_type(None));
        roles.push(tables.finish(&mut output));
        output.by_type = vec![Some(table)];
        records.push(output);
    }
    (!records.is_empty()).then(|| {
        let spell = <Json as Pen>::spell;
        let automaton = (&built.automaton, None);
        let reading = Reading::new(automaton, &records, &roles, &making.actions, spell);
        Box::new(KeyRecords {
            needed: records.iter().map(KeyRecords::needed).collect(),
            outputs: records,
            reading,
        })
    })
}

fn output_schema(said: &Said) -> OutputSchema {
    let Some(schema) = &said.schema else {
        return OutputSchema::default();
    };
    let namespace = schema.namespace.as_ref();
    OutputSchema {
        namespace: namespace.map(|said| said.value.as_str().into()),
        subject: schema.subject.map(|(of, _)| of).unwrap_or_default(),
    }
}

/// Most cells of all role tables together: 64 MiB.
const CELLS_MAX: usize = 32 << 20;
/// Most columns: the types that may be named, and one for all others.
const COLUMNS_MAX: u16 = 1_025;

/// All selectors into one tree, and the reads among them.
#[derive(Default)]
pub(crate) struct Paths {
    builder: Builder,
    reads: Vec<SelectorId>,
    read_of: HashMap<SelectorId, ReadId>,
    /// Those that are looked for.
    ways: Vec<Way>,
    /// Every position that some `[n]` names.
    positions: BTreeSet<u32>,
    /// Some selector has a filter.
    has_filters: bool,
    /// The way to a list whose elements are lifted; empty: to none.
    lifted: Vec<Step>,
}

impl Paths {
    fn add(&mut self, selector: &Selector) -> SelectorId {
        for step in &selector.steps {
            if let Step::Element(n) = step {
                self.positions.insert(*n);
            }
        }
        self.has_filters |= selector.filters().next().is_some();
        self.builder.add(selector.clone())
    }

    /// True of what lies in an element that is lifted.
    fn is_lifted(&self, selector: &Selector) -> bool {
        !self.lifted.is_empty() && selector.steps.starts_with(&self.lifted)
    }

    /// Adds what the filters of `selector` look at.
    fn add_deciding(&mut self, selector: &Selector) {
        for (at, step) in selector.steps.iter().enumerate() {
            if let Step::Filter(filter) = step {
                let mut steps = selector.steps[..=at].to_vec();
                steps.extend(filter.path.iter().cloned().map(Step::Name));
                self.add(&Selector { steps });
            }
        }
    }

    fn read(&mut self, selector: &Selector) -> ReadId {
        let id = self.add(selector);
        self.add_deciding(selector);
        let next = ReadId::try_from(self.reads.len());
        *self.read_of.entry(id).or_insert_with(|| {
            self.reads.push(id);
            let read = next.expect("types, subject, signals and keys are capped below 65,536");
            if Way::is_needed(&selector.steps) {
                self.ways.push(Way {
                    read,
                    steps: selector.steps.clone().into(),
                });
            }
            read
        })
    }

    fn build(&self, findings: &mut Findings) -> Option<Built> {
        let built = self.builder.build(&self.reads).ok();
        if built.is_none() {
            findings
                .error_of_file(
                    codes::TOO_LARGE,
                    "the paths of this policy need more than 65,536 states",
                )
                .why("many `*` in many paths multiply")
                .help("name the fields instead of `*`");
        }
        built
    }
}

fn reads(paths: &mut Paths, list: &[Spelled<Selector>]) -> Vec<ReadId> {
    list.iter().map(|s| paths.read(&s.value)).collect()
}

/// What is read at that place.
fn read_at(place: &PlaceName, paths: &mut Paths, key_paths: &mut Paths) -> RecordKeyFrom {
    match place {
        PlaceName::Value(path) => RecordKeyFrom::Value(paths.read(path)),
        PlaceName::RecordKey => RecordKeyFrom::RecordKey,
        PlaceName::RecordKeyPath(path) => RecordKeyFrom::RecordKeyValue(key_paths.read(path)),
        PlaceName::Header(name) => RecordKeyFrom::Header(name.clone()),
    }
}

/// Stands for an action that could not be built; a finding was added, so no
/// plan holds it.
const NO_ACTION: ActionId = ActionId(u32::MAX);

/// Builds the actions of all outputs.
struct Making<'p> {
    ring: &'p Ring<'p>,
    shelf: &'p Shelf,
    /// Which policy this is, for outputs that say so.
    stamp: String,
    actions: Vec<Box<dyn Action>>,
    /// What each of them makes of values of known types.
    makes: Vec<Makes>,
    /// What all of them together ask for.
    asks: Asks,
    /// Constants of the output in work that stand where a value is refused.
    literals: Vec<Stand>,
    nothing: &'p Nothing,
    /// Records are taken apart.
    splits: bool,
    /// The times of an event that its actions choose epochs by.
    times: Vec<(Selector, TimeUnit)>,
    /// The keys that leave as records, each with the place of its output.
    key_records: Vec<(usize, Output, Scopes)>,
    findings: &'p mut Findings,
}

impl Making<'_> {
    /// What a refusal of that value does, in the output in work.
    fn on_error(&mut self, value: &Value) -> OnError {
        match &value.on_error {
            SaidOnError::Quarantine => OnError::Quarantine,
            SaidOnError::DropField => OnError::DropField,
            SaidOnError::Replace(stand) => {
                let known = self.literals.iter().position(|s| s == stand);
                let at = known.unwrap_or_else(|| {
                    self.literals.push(stand.clone());
                    self.literals.len() - 1
                });
                let at = u32::try_from(at).expect("the number of fields is capped");
                OnError::Replace(LiteralId(at))
            }
        }
    }

    /// Everything of an output but its role tables.
    fn output(
        &mut self,
        (nth, said): (usize, &Said),
        categories: &[String],
        paths: &mut Paths,
        key_paths: &mut Paths,
    ) -> (Output, Scopes) {
        self.literals.clear();
        let mut fields = Fields::default();
        let scopes = Scopes::of(said, self, &mut fields, paths, key_paths);
        let key = said.key.as_ref().and_then(|key| match &key.make {
            KeyMake::Fields(members) => {
                let members = (nth, &members[..]);
                Some(self.key_record(said, members, &mut fields, key_paths))
            }
            _ => {
                let made = self.record_key(said, key, &scopes, &mut fields, paths, key_paths);
                made.map(OutputKey::Made)
            }
        });
        let headers = said
            .headers
            .iter()
            .map(|h| {
                let path = format!("header.{}", h.name);
                HeaderWrite {
                    name: h.name.clone(),
                    action: self.action(said, &h.value, &path),
                    field: fields.add(&path, &path, counted(&h.value)),
                    on_error: self.on_error(&h.value),
                }
            })
            .collect();
        let output = Output {
            needs: said
                .needs
                .iter()
                .filter_map(|n| categories.iter().position(|c| *c == n.value))
                .fold(0, |bits, at| bits | 1 << at),
            clears_withdrawn: said.clears_withdrawn().is_some(),
            forward_tombstones: said.forward_tombstones.is_some(),
            key,
            headers,
            stamp: said.policy_header.map(|_| self.stamp.as_str().into()),
            literals: std::mem::take(&mut self.literals),
            fields: fields.list,
            ..bare(said)
        };
        (output, scopes)
    }

    /// The record key of the output at that place, as a record of those members.
    fn key_record(
        &mut self,
        said: &Said,
        (nth, members): (usize, &[Member]),
        fields: &mut Fields,
        key_paths: &mut Paths,
    ) -> OutputKey {
        let scopes = Scopes::of_key(said, members, self, fields, key_paths);
        let at = u16::try_from(self.key_records.len()).expect("at most 64 outputs");
        self.key_records.push((nth, bare(said), scopes));
        OutputKey::Fields(KeyRecordId(at))
    }

    fn record_key(
        &mut self,
        said: &Said,
        key: &RecordKey,
        scopes: &Scopes,
        fields: &mut Fields,
        paths: &mut Paths,
        key_paths: &mut Paths,
    ) -> Option<KeyWrite> {
        let (action, counted, on_error, input) = match &key.make {
            KeyMake::Like(path) => {
                let (entry, write) = scopes.written_as(&path.value)?;
                if let OnError::Replace(_) = write.on_error {
                    self.findings
                        .error(
                            codes::MISPLACED,
                            path.span,
                            format!("`{}` says `on_error: {{ replace: … }}`, and a record key cannot", path.value),
                        )
                        .why("every record whose value is refused would have one key, and a compacted topic keeps one record of a key")
                        .help("give the key an action of its own: `key: { from: …, ACTION }`");
                }
                (
                    write.action,
                    write.counted,
                    write.on_error,
                    Some(&entry.selector),
                )
            }
            KeyMake::Fields(_) => return None,
            KeyMake::Action(value) => {
                let action = self.action(said, value, "key");
                (action, counted(value), self.on_error(value), None)
            }
        };
        let from: Vec<PlaceName> = match (&key.from[..], input) {
            ([], Some(selector)) if selector.is_single() => {
                vec![PlaceName::Value(selector.clone())]
            }
            ([], _) => return None,
            (places, _) => places.iter().map(|place| place.value.clone()).collect(),
        };
        let text: Vec<String> = from.iter().map(PlaceName::to_string).collect();
        let text = text.join(", ");
        let from = from.iter().map(|place| read_at(place, paths, key_paths));
        Some(KeyWrite {
            from: from.collect(),
            action,
            field: fields.add("key", &text, counted),
            on_error,
        })
    }

    /// Builds the action of `value` for one place; [`NO_ACTION`] with a
    /// finding when its key does not allow it.
    fn action(&mut self, said: &Said, value: &Value, path: &str) -> ActionId {
        match self.build(said, &*value.spec, value.home, path) {
            Some(action) => {
                self.actions.push(action);
                let said = Arc::clone(&value.said);
                self.makes
                    .push(Makes::of(value.def.name, said, &*value.spec));
                let place = u32::try_from(self.actions.len() - 1);
                ActionId(place.expect("the number of fields is capped"))
            }
            None => NO_ACTION,
        }
    }

    /// The time of an event by which an action chooses an epoch.
    fn time(&mut self, spec: &dyn Spec) -> TimeOf {
        let Some(at) = spec.time_at() else {
            return TimeOf::Record;
        };
        let path = selector::single(at.path);
        self.time_at(path.expect("the path was read before"), at.unit)
    }

    /// The time of an event at that place.
    fn time_at(&mut self, path: Selector, unit: TimeUnit) -> TimeOf {
        let wanted = (path, unit);
        let known = self.times.iter().position(|t| *t == wanted);
        let place = known.unwrap_or_else(|| {
            self.times.push(wanted);
            self.times.len() - 1
        });
        TimeOf::Value(u16::try_from(place).expect("the number of fields is capped"))
    }

    /// Builds an action, and before it those that it holds.
    fn build(
        &mut self,
        said: &Said,
        spec: &dyn Spec,
        home: Span,
        path: &str,
    ) -> Option<Box<dyn Action>> {
        let nested = spec.nested().into_iter();
        let nested = nested.map(|n| self.build(said, n.spec, home, path));
        // Each is tried, so that everything is reported.
        let nested: Vec<_> = nested.collect();
        let nested = nested.into_iter().collect::<Option<Vec<_>>>()?;
        let (mut key, mut salt) = (None, None);
        if let Some(wanted) = spec.key() {
            match spec.takes_salt() {
                true => salt = Some(self.ring.salt(wanted, self.findings)?),
                false => key = Some(self.ring.handle(wanted, self.findings)?),
            }
        }
        if !self.shelf.has_all(spec) {
            return None;
        }
        let by_epoch = spec.key().filter(|k| matches!(k.pick, Pick::ByEpoch(_)));
        let versions = match by_epoch {
            Some(wanted) => Some(self.ring.versions(wanted, self.findings)?),
            None => None,
        };
        let site = Site {
            domain: &said.domain.value,
            purpose: &said.purpose.value,
            topic: &said.topic.value,
            path,
            key: key.as_ref(),
            versions: versions.as_ref(),
            salt: salt.as_ref(),
            time: self.time(spec),
            tables: self.shelf.tables(),
            nothing: self.nothing,
            splits: self.splits,
            nested: Cell::new(nested),
        };
        match spec.build(&site) {
            Ok(action) => {
                self.asks = self.asks.and(spec.asks());
                Some(action)
            }
            Err(NotBuilt::Table { name, error }) => {
                let tables = spec.tables();
                let used = tables.iter().find(|t| t.name == name);
                let span = used.map_or(home, |t| t.span);
                self.shelf.report(&name, &error, span, self.findings);
                None
            }
            Err(NotBuilt::Key(error)) => {
                let (alias, span) = spec.key().map_or(("", home), |k| (k.alias, k.span));
                self.ring.report(&error, alias, span, self.findings);
                None
            }
        }
    }
}

/// What is counted of a field value, and under which word.
fn counted(value: &Value) -> (&'static str, Notes) {
    (value.def.name, value.spec.facts().notes)
}

/// The counted fields of one output; one that is written for several types of
/// record is counted once.
#[derive(Default)]
struct Fields {
    list: Vec<Field>,
    numbers: HashMap<(String, String, &'static str), FieldId>,
}

impl Fields {
    fn add(&mut self, path: &str, from: &str, (action, notes): (&'static str, Notes)) -> FieldId {
        let next = u32::try_from(self.list.len()).expect("the number of fields is capped");
        let next = FieldId(next);
        let key = (path.to_owned(), from.to_owned(), action);
        let id = *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(Field {
                path: path.to_owned(),
                from: from.to_owned(),
                action,
                notes,
            });
            next
        });
        let field = &mut self.list[id.0 as usize];
        field.notes = field.notes.and(notes);
        id
    }
}
