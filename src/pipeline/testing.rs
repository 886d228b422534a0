//! Plans for the tests of the record path, without policy text.

mod records;

pub(crate) use records::*;

use std::sync::Arc;

use crate::action::testing::build;
use crate::action::{Action, Asking, Asks, BodyKind, Cx};
use crate::canon::Canon;
use crate::keys::{KeyRef, KeySource as _, TestKeys};
use crate::plan::automaton::{self, Builder, Item, SelectorId};
use crate::plan::live::SubjectKind;
use crate::plan::reading::Reading;
use crate::plan::*;
use crate::policy::selector;
use crate::record::format::Format;
use crate::record::ids::{ActionId, FieldId};
use crate::record::jobs::Job;
use crate::record::path::Selector;
use crate::record::value::{Applied, Out, View};
use crate::render::json::Json;

/// What one field of an output is.
#[derive(Clone)]
pub(crate) struct FieldOf {
    pub(crate) path: &'static str,
    pub(crate) name: Option<&'static str>,
    pub(crate) action: &'static str,
    pub(crate) on_error: OnError,
    pub(crate) inside: Vec<FieldOf>,
    pub(crate) parts: Vec<&'static str>,
}

/// A field: its path, its action as the policy writes it.
pub(crate) fn field(path: &'static str, action: &'static str) -> FieldOf {
    FieldOf {
        path,
        name: None,
        action,
        on_error: OnError::Quarantine,
        inside: Vec::new(),
        parts: Vec::new(),
    }
}

impl FieldOf {
    pub(crate) fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub(crate) fn or_drop(mut self) -> Self {
        self.on_error = OnError::DropField;
        self
    }

    pub(crate) fn inside(mut self, fields: &[FieldOf]) -> Self {
        self.inside = fields.to_vec();
        self
    }

    pub(crate) fn parts(mut self, parts: &[&'static str]) -> Self {
        self.parts = parts.to_vec();
        self
    }
}

/// Puts text back to front, at the end of the batch; refuses numbers, yields
/// nothing for null. With parts: joins them with `+`.
struct Reverse;

impl Action for Reverse {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = match view {
            View::Null => return Ok(()),
            View::Text(text) => text.chars_in(cx.text),
            View::Whole(whole) => {
                let mut json = Vec::new();
                whole.json_into(&mut json)?;
                *cx.text = String::from_utf8(json).expect("JSON is text");
                &*cx.text
            }
            _ => return Err(crate::record::Reason::WrongType),
        };
        let plain = |c: char| match c {
            '"' => '\'',
            ' '..='~' => c,
            _ => '?',
        };
        let text: String = text.chars().map(plain).collect();
        let target = out.reserve_text(text.len());
        let at = cx.jobs.scratch.len();
        cx.jobs.scratch.extend_from_slice(text.as_bytes());
        cx.defer(at, target);
        Ok(())
    }

    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        let texts: Vec<String> = parts
            .iter()
            .map(|p| match p {
                Some(View::Text(t)) => t.chars_in(cx.text).to_owned(),
                Some(View::Number(n)) => n.text_in(cx.text).expect("a number").to_owned(),
                _ => "-".to_owned(),
            })
            .collect();
        out.text(&texts.join("+"));
        Ok(())
    }

    fn finish(
        &self,
        jobs: &[Job],
        scratch: &[u8],
        out: &mut [u8],
        _: &mut crate::crypto::seal::BatchSeal,
    ) {
        for job in jobs {
            let input = &scratch[job.input_at as usize..][..job.input_len as usize];
            let target = &mut out[job.target.at as usize..][..job.target.len as usize];
            for (to, from) in target.iter_mut().zip(input.iter().rev()) {
                *to = *from;
            }
        }
    }
}

/// Writes the subject of the record.
struct SubjectOf;

impl Action for SubjectOf {
    fn apply(&self, _: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        out.text(cx.subject.ok_or(crate::record::Reason::NoSubject)?);
        Ok(())
    }
}

/// Writes what a store has for a number.
struct Answered;

impl Action for Answered {
    fn ask(&self, view: Option<View<'_>>, asking: &mut Asking<'_>) -> Applied {
        let Some(View::Number(number)) = view else {
            return Err(crate::record::Reason::WrongType);
        };
        let key = number.text_in(asking.text)?.to_owned();
        asking.look_up("numbers", key.as_bytes(), b"");
        Ok(())
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Number(number) = view else {
            return Err(crate::record::Reason::WrongType);
        };
        let key = number.text_in(cx.text)?.to_owned();
        let answer = cx.answer("numbers", key.as_bytes())?;
        out.ascii(answer.ok_or(crate::record::Reason::BadIdentifier)?);
        Ok(())
    }
}

fn action(word: &str) -> Box<dyn Action> {
    match word {
        "answered" => Box::new(Answered),
        "reverse" => Box::new(Reverse),
        "subject" => Box::new(SubjectOf),
        _ => build(word),
    }
}

/// Builds a plan out of paths.
pub(crate) struct Plans {
    builder: Builder,
    key_builder: Option<Builder>,
    reads: Vec<SelectorId>,
    key_reads: Vec<SelectorId>,
    outputs: Vec<(Output, Vec<FieldOf>)>,
    /// The plan without its automaton.
    pub(crate) plan: Plan,
    /// How names are made ready to be written.
    pub(crate) spell: fn(&str) -> Box<[u8]>,
}

pub(crate) fn paths(path: &str) -> Vec<Selector> {
    selector::selectors(path).unwrap_or_else(|e| panic!("{path}: {}", e.message))
}

fn path(path: &str) -> Selector {
    paths(path).remove(0)
}

impl Plans {
    pub(crate) fn new() -> Plans {
        Plans {
            builder: Builder::default(),
            key_builder: None,
            reads: Vec::new(),
            key_reads: Vec::new(),
            outputs: Vec::new(),
            plan: Plan {
                times: Vec::new(),
                standing: Default::default(),
                nothing: Default::default(),
                id: PlanId::draw(),
                name: "test".into(),
                version: 1,
                digest: PolicyDigest([7; 32]),
                source: Source {
                    topics: vec!["raw".into()],
                    format: Default::default(),
                    ids: Default::default(),
                    key_is_json: false,
                    key_format: None,
                    type_parts: Vec::new(),
                    type_header: None,
                    type_schema: false,
                    subject: Vec::new(),
                },
                value: Builder::default().build(&[]).unwrap().automaton,
                split: None,
                ways: Vec::new(),
                record_key_ways: Vec::new(),
                record_key: None,
                key_records: None,
                types: TypeIndex {
                    columns: 1,
                    ..TypeIndex::default()
                },
                regions: None,
                minors: None,
                signals: Vec::new(),
                categories: Vec::new(),
                asked: Vec::new(),
                live: None,
                rights: None,
                subjects: vec![SubjectKind {
                    name: "subject".into(),
                    canon: Canon::from_words(["text"]).expect("a canonicaliser"),
                    index: None,
                }],
                outputs: Vec::new(),
                actions: Vec::new(),
                makes: Vec::new(),
                quarantine: None,
                group: None,
                quarantines_unread: true,
                needs_subject: false,
                asks: Asks::default(),
                reading: no_reading(),
            },
            spell: <Json as Format>::spell,
        }
    }

    /// A read of the value.
    pub(crate) fn read(&mut self, at: &str) -> ReadId {
        self.reads.push(self.builder.add(path(at)));
        (self.reads.len() - 1) as ReadId
    }

    /// A read of the JSON record key.
    pub(crate) fn key_read(&mut self, at: &str) -> ReadId {
        let builder = self.key_builder.get_or_insert_default();
        self.key_reads.push(builder.add(path(at)));
        (self.key_reads.len() - 1) as ReadId
    }

    /// Number of an action of the plan.
    pub fn action(&mut self, word: &str) -> ActionId {
        self.plan.asks.look_ups |= word == "answered";
        self.plan.actions.push(action(word));
        ActionId((self.plan.actions.len() - 1) as u32)
    }

    /// An output that gets every record.
    pub(crate) fn output(&mut self, fields: &[FieldOf]) -> &mut Output {
        for f in fields {
            self.add(f, &[]);
        }
        let n = self.outputs.len();
        let output = Output {
            topic: format!("out{n}").into(),
            purpose: "purpose".into(),
            domain: "domain".into(),
            regions: 0,
            needs: 0,
            cleared_by: Vec::new(),
            clears_withdrawn: false,
            forward_tombstones: false,
            key: None,
            schema: OutputSchema::default(),
            headers: Vec::new(),
            stamp: None,
            timestamp: TimestampRule::Keep,
            by_type: vec![Some(TableId(0))],
            leaves: Vec::new(),
            // These plans let a value of another shape pass as absent.
            others: [Gap::Closed, Gap::Null]
                .map(|gap| Other {
                    does: Misfit::Dropped(Box::default()),
                    gap,
                    chooses: false,
                    naming: None,
                })
                .into(),
            literals: Vec::new(),
            names: Vec::new(),
            namings: Vec::new(),
            fields: Vec::new(),
            conditions: None,
            held: None,
            counting: None,
            lease: None,
        };
        self.outputs.push((output, fields.to_vec()));
        &mut self.outputs[n].0
    }

    fn add(&mut self, field: &FieldOf, under: &[Selector]) {
        for selector in below(under, field.path) {
            for part in parts_of(&selector, field) {
                self.builder.add(part);
            }
            self.builder.add(selector.clone());
            for inner in &field.inside {
                self.add(inner, std::slice::from_ref(&selector));
            }
        }
    }

    /// A quarantine, sealed to a test key.
    pub(crate) fn quarantine(&mut self) {
        let key =
            TestKeys.entry(&KeyRef::parse("file:k#quarantine", std::path::Path::new(".")).unwrap());
        self.plan.quarantine = Some(Quarantine {
            topic: "quarantine".into(),
            key: key
                .unwrap()
                .quarantine_public(jiff::Timestamp::UNIX_EPOCH)
                .unwrap(),
            retention_ms: None,
        });
    }

    /// The plan.
    pub(crate) fn build(mut self) -> Arc<Plan> {
        let built = self.builder.build(&self.reads).unwrap();
        if let Some(builder) = &self.key_builder {
            self.plan.record_key = Some(builder.build(&self.key_reads).unwrap().automaton);
        }
        let mut outputs = std::mem::take(&mut self.outputs);
        let mut roles = Vec::new();
        for (output, fields) in &mut outputs {
            let counted = output.fields.len() as u32;
            assert_eq!(counted, 0, "keys and headers count behind the fields");
            let mut tables = Vec::new();
            let table = self.table(&built.states, fields, &[], output, &mut tables);
            // The output's own stands before those of bodies.
            tables.insert(0, table.into());
            for write in output.leaves.iter_mut().flat_map(|l| &mut l.writes) {
                if let Given::Body(body) = &mut write.given {
                    body.table.0 += 1;
                }
            }
            roles.push(tables);
            for counted in ["key", "header"] {
                output.fields.push(Field {
                    path: counted.into(),
                    from: counted.into(),
                    action: "test",
                    notes: Default::default(),
                });
            }
            let key_field = output.fields.len() as u32 - 2;
            if let Some(RecordKey::Made(key)) = &mut output.key {
                key.field = FieldId(key_field);
            }
            for header in &mut output.headers {
                header.field = FieldId(key_field + 1);
            }
        }
        self.plan.value = built.automaton;
        self.plan.outputs = outputs.into_iter().map(|(o, _)| o).collect();
        let plan = &mut self.plan;
        let (outputs, actions) = (&plan.outputs, &plan.actions);
        plan.reading = Reading::new((&plan.value, None), outputs, &roles, actions, self.spell);
        Arc::new(self.plan)
    }

    /// The role table of some fields; the most specific selector wins.
    fn table(
        &mut self,
        states: &[automaton::StateInfo],
        fields: &[FieldOf],
        under: &[Selector],
        output: &mut Output,
        tables: &mut Vec<Box<[Role]>>,
    ) -> Vec<Role> {
        let mut wanted: Vec<(Selector, &FieldOf)> = Vec::new();
        for f in fields {
            for selector in below(under, f.path) {
                match f.parts.is_empty() {
                    true => wanted.push((selector, f)),
                    false => wanted.extend(parts_of(&selector, f).into_iter().map(|p| (p, f))),
                }
            }
        }
        let mut table = vec![Role::Skip; states.len()];
        for (state, info) in states.iter().enumerate() {
            let named = |items: &[Item]| -> Vec<&(Selector, &FieldOf)> {
                let of = |w: &&(Selector, &FieldOf)| {
                    let mut ids = items.iter().map(|i| i.selector);
                    ids.any(|id| *self.builder.selector(id) == w.0)
                };
                wanted.iter().filter(of).collect()
            };
            let above = |s: &Selector| under.iter().any(|u| s.steps.len() == u.steps.len());
            let accepted = named(&info.accepts);
            if let Some(best) = accepted
                .iter()
                .map(|w| &w.0)
                .max_by(|a, b| a.specificity(b))
            {
                let best = best.clone();
                let fields: Vec<FieldOf> = accepted
                    .iter()
                    .filter(|w| w.0.specificity(&best).is_eq())
                    .map(|w| w.1.clone())
                    .collect();
                let writes = fields
                    .iter()
                    .map(|f| self.write(states, f, &best, output, tables))
                    .collect();
                output.leaves.push(Leaf { writes });
                table[state] = Role::Leaf(LeafId(output.leaves.len() as u16 - 1));
            } else if state as u32 == automaton::ROOT
                || !named(&info.passes).is_empty()
                || info
                    .accepts
                    .iter()
                    .any(|item| above(self.builder.selector(item.selector)))
            {
                let depth = info.passes.first().map_or(0, |item| item.done);
                let is_every = |s: &Selector| {
                    s.steps.get(depth.wrapping_sub(1))
                        == Some(&crate::record::path::Step::AnyElement)
                };
                let every = named(&info.passes).iter().any(|w| is_every(&w.0));
                table[state] = Role::Path(OtherId(u32::from(every)));
            }
        }
        table
    }

    fn write(
        &mut self,
        states: &[automaton::StateInfo],
        f: &FieldOf,
        at: &Selector,
        output: &mut Output,
        tables: &mut Vec<Box<[Role]>>,
    ) -> Write {
        use crate::record::path::Step;
        let sealed = (!f.inside.is_empty()).then(|| {
            let under = std::slice::from_ref(at);
            let table = self.table(states, &f.inside, under, output, tables);
            tables.push(table.into());
            TableId(tables.len() as u16 - 1)
        });
        let mut named = |name: &str| {
            output.names.push(name.into());
            WriteName::Named(NameId(output.names.len() as u32 - 1))
        };
        let name = match (f.name, at.steps.last().unwrap()) {
            (Some(name), _) => named(name),
            (None, _) if !f.parts.is_empty() => named(f.path.rsplit('.').next().unwrap()),
            (None, Step::Name(name)) => named(name),
            (None, Step::AnyName) => WriteName::Copied,
            (None, _) => WriteName::Element,
        };
        let slots = |part: &&str| {
            let mut selector = at.clone();
            *selector.steps.last_mut().unwrap() = Step::Name((*part).into());
            let accepts = |info: &automaton::StateInfo| {
                let mut ids = info.accepts.iter();
                ids.any(|item| *self.builder.selector(item.selector) == selector)
            };
            states.iter().position(accepts).expect("the part's state") as u32
        };
        let parts = (!f.parts.is_empty()).then(|| f.parts.iter().map(slots).collect());
        output.fields.push(Field {
            path: f.path.into(),
            from: f.path.into(),
            action: "test",
            notes: Default::default(),
        });
        Write {
            name,
            action: self.action(f.action),
            field: FieldId(output.fields.len() as u32 - 1),
            on_error: f.on_error,
            gap: match at.steps.last() {
                Some(Step::AnyElement) => Gap::Null,
                _ => Gap::Closed,
            },
            is_plain: parts.is_none() && sealed.is_none(),
            drops: false,
            guard: None,
            given: match (parts, sealed) {
                (Some(parts), _) => Given::Parts(parts),
                (None, Some(table)) => Given::Body(Body {
                    kind: BodyKind::Sealed,
                    table,
                }),
                (None, None) => Given::Value,
            },
        }
    }
}

fn no_reading() -> Reading {
    let none = Builder::default().build(&[]).unwrap().automaton;
    Reading::new((&none, None), &[], &[], &[], |_| Box::default())
}

fn below(under: &[Selector], at: &str) -> Vec<Selector> {
    let mut all = Vec::new();
    for selector in paths(at) {
        if under.is_empty() {
            all.push(selector.clone());
        }
        for u in under {
            let steps = [&u.steps[..], &selector.steps[..]].concat();
            all.push(Selector { steps });
        }
    }
    all
}

fn parts_of(selector: &Selector, field: &FieldOf) -> Vec<Selector> {
    let of = |part: &&str| {
        let mut selector = selector.clone();
        *selector.steps.last_mut().unwrap() = crate::record::path::Step::Name((*part).into());
        selector
    };
    field.parts.iter().map(of).collect()
}
