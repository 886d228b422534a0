//! What one output writes where: the allowlist for every type, those for
//! single types, and those of bodies, with their actions built.

use std::sync::Arc;

use super::conditions::{self, With};
use super::{Fields, Making, Paths};
use crate::action::{BodyKind, NameAction};
use crate::language::finding::Span;
use crate::plan::automaton::SelectorId;
use crate::plan::condition::Guard;
use crate::plan::{Gap, OnError};
use crate::policy::check::condition::Guard as SaidGuard;
use crate::policy::check::model::{Field as SaidField, Output as Said, Written as SaidWrite};
use crate::record::Notes;
use crate::record::ids::{ActionId, FieldId};
use crate::record::path::{Selector, Step};

/// One path and what is written of it.
pub(crate) struct Entry {
    /// From the top of the record, also inside a body.
    pub(crate) selector: Selector,
    /// Its number; `None` when only siblings of it are read (`from: [a, b]`).
    pub(crate) id: Option<SelectorId>,
    /// Where the policy names it.
    pub(crate) span: Span,
    /// What a filter above it must find, written because the policy says no other.
    pub(crate) implied: bool,
    /// What makes the names that `*` and `**` stand for: one for each, or one for all;
    /// none: they are copied.
    pub(crate) namings: Vec<Arc<Naming>>,
    /// In policy order; never empty.
    pub(crate) writes: Vec<Write>,
}

/// What makes the names that `*` or `**` stands for.
pub(crate) struct Naming {
    /// As the policy writes it.
    pub(crate) text: String,
    /// `None`: it could not be built, which is reported.
    pub(crate) action: Option<Arc<NameAction>>,
}

impl Entry {
    /// What makes the names that the step at that place stands for.
    pub(crate) fn naming(&self, step: usize) -> Option<&Arc<Naming>> {
        let before = &self.selector.steps[..step];
        let nth = before.iter().filter(|s| s.is_star()).count();
        match &self.namings[..] {
            [one] => Some(one),
            several => several.get(nth),
        }
    }

    /// What makes the name that the last step stands for.
    pub(crate) fn last_naming(&self) -> Option<&Arc<Naming>> {
        let mut last = self.selector.steps.len() - 1;
        if self.selector.steps[last] == Step::Json {
            last -= 1;
        }
        let is_star = self.selector.steps[last].is_star();
        is_star.then(|| self.naming(last)).flatten()
    }

    /// True when nothing of it leaves.
    pub(crate) fn drops(&self) -> bool {
        self.writes.iter().all(|w| w.drops)
    }

    /// True when it says what becomes of the value at `path`, or of all around it.
    fn says(&self, path: &Selector) -> bool {
        let own = &self.selector;
        let leaves_there = |w: &Write| w.output_path.leads_to(path);
        own.leads_to(path)
            || own.covers(path) && self.takes_more_than_scalars()
            || self.writes.iter().any(leaves_there)
    }

    /// True when an action of it takes what other paths could go through.
    pub(crate) fn takes_more_than_scalars(&self) -> bool {
        let mut writes = self.writes.iter();
        writes.any(|w| w.takes_whole || w.body.is_some())
    }
}

/// One field that is written.
pub(crate) struct Write {
    /// Unique in its output, in policy order.
    pub(crate) number: usize,
    /// From the top of the record, its `as` name in place of the last step.
    pub(crate) output_path: Selector,
    /// It leaves under another path than it came by.
    pub(crate) moved: bool,
    /// The step of its output path that stands where the list would, that it is lifted
    /// out of.
    pub(crate) lifted: Option<usize>,
    /// Place in `Plan::actions`.
    pub action: ActionId,
    /// The action's word, and what it may note.
    pub(crate) counted: (&'static str, Notes),
    /// Place in `Output::fields`.
    pub field: FieldId,
    /// What an error does.
    pub(crate) on_error: OnError,
    /// An element of which nothing is written leaves no place (`gaps: remove`).
    pub(crate) closes_gaps: bool,
    /// Nothing leaves.
    pub(crate) drops: bool,
    /// Takes arrays and objects as they stand.
    pub(crate) takes_whole: bool,
    /// The siblings it is made of, with their numbers.
    pub(crate) parts: Option<Vec<Sibling>>,
    /// The case of a `when` that it is.
    pub(crate) guard: Option<Guard>,
    /// Place of its body in [`Scopes::bodies`].
    pub(crate) body: Option<usize>,
}

impl Write {
    /// True when both are cases of one field.
    pub(crate) fn is_beside(&self, other: &Write) -> bool {
        let when = |w: &Write| w.guard.map(|guard| guard.when);
        when(self).is_some() && when(self) == when(other) && self.output_path == other.output_path
    }
}

/// A scope below a value, and what is done to it.
pub(crate) struct Body {
    pub(crate) kind: BodyKind,
    pub(crate) entries: Vec<Entry>,
    /// How many steps lead to the value around it.
    pub(crate) depth: usize,
}

/// A sibling that a field is made of.
pub(crate) struct Sibling {
    /// Its name.
    pub(crate) name: String,
    /// Its number.
    pub(crate) id: SelectorId,
    /// Where the policy names it.
    pub(crate) span: Span,
}

/// Everything that one output writes.
#[derive(Default)]
pub(crate) struct Scopes {
    /// For every type.
    pub(crate) base: Vec<Entry>,
    /// For each entry of `types:`, in its order.
    pub(crate) types: Vec<Vec<Entry>>,
    /// What actions do inside their values, inner bodies before outer ones.
    pub(crate) bodies: Vec<Body>,
    /// What is asked before something is written.
    pub(crate) conditions: conditions::Making,
}

impl Scopes {
    /// Builds them, adding to `paths` what must be read.
    pub(crate) fn of(
        said: &Said,
        making: &mut Making<'_>,
        fields: &mut Fields,
        paths: &mut Paths,
        key_paths: &mut Paths,
    ) -> Scopes {
        let mut maker = Maker {
            said,
            making,
            fields,
            paths,
            key_paths,
            conditions: conditions::Making::default(),
            bodies: Vec::new(),
            count: 0,
            of: Part::Value,
        };
        if let Some(selects) = &said.selects {
            let (conditions, mut with) = maker.conditions();
            conditions.selects(&selects.value, &mut with);
        }
        let base = maker.entries(&said.fields, &Above::default());
        let types = said
            .types
            .iter()
            .flatten()
            .map(|t| maker.entries(&t.fields, &Above::default()))
            .collect();
        Scopes {
            base,
            types,
            bodies: maker.bodies,
            conditions: maker.conditions,
        }
    }

    /// What one output writes of the members of a record key; `paths` are those of keys.
    pub(crate) fn of_key(
        said: &Said,
        members: &[SaidField],
        making: &mut Making<'_>,
        fields: &mut Fields,
        paths: &mut Paths,
    ) -> Scopes {
        let mut maker = Maker {
            said,
            making,
            fields,
            paths,
            key_paths: &mut Paths::default(),
            conditions: conditions::Making::default(),
            bodies: Vec::new(),
            count: 0,
            of: Part::Key,
        };
        let base = maker.entries(members, &Above::default());
        Scopes {
            base,
            ..Scopes::default()
        }
    }

    /// What is written of a record whose type chose that entry of `types:`.
    pub(crate) fn for_type(&self, chosen: Option<usize>) -> Vec<&Entry> {
        let more = chosen.map(|at| self.types[at].iter());
        let mut all: Vec<&Entry> = self.base.iter().chain(more.into_iter().flatten()).collect();
        if all.iter().any(|e| e.implied) {
            let said: Vec<&Selector> = all.iter().map(|e| &e.selector).collect();
            let first = |n: usize| said.iter().position(|s| *s == said[n]) == Some(n);
            let is_said = |n: usize| {
                let mut others = all.iter().filter(|e| !e.implied);
                others.any(|e| e.says(said[n]))
            };
            let stays: Vec<bool> = (0..all.len())
                .map(|n| !all[n].implied || (first(n) && !is_said(n)))
                .collect();
            let mut stays = stays.into_iter();
            all.retain(|_| stays.next().unwrap_or(true));
        }
        all
    }

    /// The field of `fields` that leaves as `path`.
    pub(crate) fn written_as(&self, path: &Selector) -> Option<(&Entry, &Write)> {
        self.base
            .iter()
            .flat_map(|e| e.writes.iter().map(move |w| (e, w)))
            .find(|(_, w)| w.output_path == *path)
    }
}

/// The value around a body.
#[derive(Default)]
struct Above {
    input: Vec<Step>,
    output: Vec<Step>,
}

struct Maker<'m, 'p> {
    said: &'m Said,
    making: &'m mut Making<'p>,
    fields: &'m mut Fields,
    paths: &'m mut Paths,
    key_paths: &'m mut Paths,
    conditions: conditions::Making,
    bodies: Vec<Body>,
    count: usize,
    /// What is written.
    of: Part,
}

/// What fields are of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Value,
    Key,
}

impl Part {
    /// As what figures and reports know a field by its output path, and by its input path.
    fn called(self, output: &str, input: &Selector) -> (String, String) {
        match self {
            Part::Value => (output.to_owned(), input.to_string()),
            Part::Key => (format!("key.{output}"), format!("record_key.{input}")),
        }
    }
}

impl Maker<'_, '_> {
    fn conditions(&mut self) -> (&mut conditions::Making, With<'_>) {
        let with = With {
            paths: self.paths,
            key_paths: self.key_paths,
            findings: self.making.findings,
            topic: &self.said.topic.value,
        };
        (&mut self.conditions, with)
    }

    /// The guards of the field values written at `selector`: those of one `when`
    /// share its number.
    fn guards(&mut self, writes: &[SaidWrite], selector: &Selector) -> Vec<Option<Guard>> {
        let mut known: Vec<(&SaidGuard, u16)> = Vec::new();
        let each = writes.iter().map(|write| {
            let said = write.value.guard.as_ref()?;
            let same = known.iter().find(|(other, _)| other.is_beside(said));
            let when = same.map(|(_, when)| *when).unwrap_or_else(|| {
                let (conditions, mut with) = self.conditions();
                let when = conditions.when(&said.cases, selector, said.span, &mut with);
                known.push((said, when));
                when
            });
            conditions::guard(&write.value, Some(when))
        });
        each.collect()
    }

    fn entries(&mut self, fields: &[SaidField], above: &Above) -> Vec<Entry> {
        fields.iter().map(|f| self.entry(f, above)).collect()
    }

    fn entry(&mut self, said: &SaidField, above: &Above) -> Entry {
        let selector = below(&above.input, &said.selector);
        let own = said.writes.iter().any(|w| w.value.parts().is_none());
        let id = own.then(|| self.paths.add(&selector));
        self.paths.add_deciding(&selector);
        let guards = self.guards(&said.writes, &selector);
        let writes = said
            .writes
            .iter()
            .zip(guards)
            .map(|(w, guard)| self.write(said, (w, guard), &selector, above))
            .collect();
        let namings = self.namings(said, &selector);
        Entry {
            selector,
            id,
            span: said.span,
            implied: said.implied,
            namings,
            writes,
        }
    }

    /// Those beside the first of its writes: the cases of a `when` have the same.
    fn namings(&mut self, said: &SaidField, selector: &Selector) -> Vec<Arc<Naming>> {
        let path = site_path(selector);
        let first = said.writes.first().map(|w| &w.value.names);
        let names = first.into_iter().flat_map(|names| names.iter());
        let made = names.map(|name| {
            let spec = &*name.value.spec;
            let action = self.making.build(self.said, spec, name.value.home, &path);
            Arc::new(Naming {
                text: name.text.clone(),
                action: action.map(|action| Arc::new(NameAction::new(action))),
            })
        });
        made.collect()
    }

    fn write(
        &mut self,
        said: &SaidField,
        (write, guard): (&SaidWrite, Option<Guard>),
        selector: &Selector,
        above: &Above,
    ) -> Write {
        let number = self.count;
        self.count += 1;
        let value = &write.value;
        let output_path = below(&above.output, &said.output_path(write));
        let (path, from) = self.of.called(&site_path(&output_path), selector);
        let facts = value.spec.facts();
        let parts = value.parts().map(|names| {
            let part = |(name, span): &(String, Span)| {
                let mut sibling = selector.clone();
                let last = sibling.steps.last_mut().expect("a selector has steps");
                *last = Step::Name(name.clone());
                Sibling {
                    name: name.clone(),
                    id: self.paths.add(&sibling),
                    span: *span,
                }
            };
            names.iter().map(part).collect()
        });
        let body = value.body.as_ref().map(|body| {
            let above = Above {
                input: selector.steps.clone(),
                output: output_path.steps.clone(),
            };
            let entries = self.entries(&body.fields, &above);
            self.bodies.push(Body {
                kind: body.kind,
                entries,
                depth: above.input.len(),
            });
            self.bodies.len() - 1
        });
        Write {
            number,
            moved: write.name.is_some() || parts.is_some(),
            lifted: said.lifted,
            action: self.making.action(self.said, value, &path),
            counted: (value.def.name, facts.notes),
            field: self.fields.add(&path, &from, (value.def.name, facts.notes)),
            on_error: self.making.on_error(value),
            closes_gaps: value.gaps == Gap::Closed,
            drops: facts.drops,
            takes_whole: facts.takes_whole,
            parts,
            body,
            guard,
            output_path,
        }
    }
}

/// `path` from the top, when it was read below `above`.
pub fn below(above: &[Step], path: &Selector) -> Selector {
    let mut steps = above.to_vec();
    steps.extend(path.steps.iter().cloned());
    Selector { steps }
}

/// The output path as ciphertexts and reports know it: array positions as `[*]`.
pub fn site_path(path: &Selector) -> String {
    let steps = path.steps.iter().map(|s| match s {
        Step::Element(_) => Step::AnyElement,
        other => other.clone(),
    });
    Selector {
        steps: steps.collect(),
    }
    .to_string()
}
