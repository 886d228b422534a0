//! What one output writes where: the allowlist for every type, those for
//! single types, and those inside sealed objects, with their actions built.

use super::{Fields, Making, Paths};
use crate::language::finding::Span;
use crate::plan::OnError;
use crate::plan::automaton::SelectorId;
use crate::policy::check::model::{Field as SaidField, Output as Said, Written as SaidWrite};
use crate::record::ids::{ActionId, FieldId};
use crate::record::path::{Selector, Step};

/// One path and what is written of it.
pub struct Entry {
    /// From the top of the record, also inside a sealed object.
    pub selector: Selector,
    /// Its number; `None` when only siblings of it are read (`from: [a, b]`).
    pub id: Option<SelectorId>,
    /// Where the policy names it.
    pub span: Span,
    /// In policy order; never empty.
    pub writes: Vec<Write>,
}

impl Entry {
    /// True when nothing of it leaves.
    pub fn drops(&self) -> bool {
        self.writes.iter().all(|w| w.drops)
    }
}

/// One field that is written.
pub struct Write {
    /// Unique in its output, in policy order.
    pub number: usize,
    /// From the top of the record, its `as` name in place of the last step.
    pub output_path: Selector,
    /// It leaves under another path than it came by.
    pub moved: bool,
    /// Place in `Plan::actions`.
    pub action: ActionId,
    /// The action's word.
    pub word: &'static str,
    /// Place in `Output::fields`.
    pub field: FieldId,
    /// What an error does.
    pub on_error: OnError,
    /// Nothing leaves.
    pub drops: bool,
    /// Takes arrays and objects as they stand.
    pub takes_whole: bool,
    /// The siblings it is made of, with their numbers.
    pub parts: Option<Vec<Part>>,
    /// Place in [`Scopes::sealed`].
    pub sealed: Option<usize>,
}

/// A sibling that a field is made of.
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: SelectorId,
    /// Where the policy names it.
    pub span: Span,
}

/// Everything that one output writes.
#[derive(Default)]
pub struct Scopes {
    /// For every type.
    pub base: Vec<Entry>,
    /// For each entry of `types:`, in its order.
    pub types: Vec<Vec<Entry>>,
    /// Insides of sealed objects, inner ones before outer ones.
    pub sealed: Vec<Vec<Entry>>,
}

impl Scopes {
    /// Builds them, adding to `paths` what must be read.
    pub fn of(
        said: &Said,
        making: &mut Making<'_>,
        fields: &mut Fields,
        paths: &mut Paths,
    ) -> Scopes {
        let mut maker = Maker {
            said,
            making,
            fields,
            paths,
            sealed: Vec::new(),
            count: 0,
        };
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
            sealed: maker.sealed,
        }
    }

    /// What is written of a record whose type chose that entry of `types:`.
    pub fn for_type(&self, chosen: Option<usize>) -> Vec<&Entry> {
        let more = chosen.map(|at| self.types[at].iter());
        self.base.iter().chain(more.into_iter().flatten()).collect()
    }

    /// The field of `fields` that leaves as `path`.
    pub fn written_as(&self, path: &Selector) -> Option<(&Entry, &Write)> {
        self.base
            .iter()
            .flat_map(|e| e.writes.iter().map(move |w| (e, w)))
            .find(|(_, w)| w.output_path == *path)
    }
}

/// The sealed object around a field.
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
    sealed: Vec<Vec<Entry>>,
    count: usize,
}

impl Maker<'_, '_> {
    fn entries(&mut self, fields: &[SaidField], above: &Above) -> Vec<Entry> {
        fields.iter().map(|f| self.entry(f, above)).collect()
    }

    fn entry(&mut self, said: &SaidField, above: &Above) -> Entry {
        let selector = below(&above.input, &said.selector);
        let own = said.writes.iter().any(|w| w.value.parts().is_none());
        let id = own.then(|| self.paths.add(&selector));
        let writes = said
            .writes
            .iter()
            .map(|w| self.write(said, w, &selector, above))
            .collect();
        Entry {
            selector,
            id,
            span: said.span,
            writes,
        }
    }

    fn write(
        &mut self,
        said: &SaidField,
        write: &SaidWrite,
        selector: &Selector,
        above: &Above,
    ) -> Write {
        let number = self.count;
        self.count += 1;
        let value = &write.value;
        let output_path = below(&above.output, &said.output_path(write));
        let path = site_path(&output_path);
        let facts = value.spec.facts();
        let parts = value.parts().map(|names| {
            let part = |(name, span): &(String, Span)| {
                let mut sibling = selector.clone();
                let last = sibling.steps.last_mut().expect("a selector has steps");
                *last = Step::Name(name.clone());
                Part {
                    name: name.clone(),
                    id: self.paths.add(&sibling),
                    span: *span,
                }
            };
            names.iter().map(part).collect()
        });
        let sealed = value.inner.as_ref().map(|inner| {
            let above = Above {
                input: selector.steps.clone(),
                output: output_path.steps.clone(),
            };
            let entries = self.entries(inner, &above);
            self.sealed.push(entries);
            self.sealed.len() - 1
        });
        Write {
            number,
            moved: write.name.is_some() || parts.is_some(),
            action: self.making.action(self.said, value, &path),
            word: value.def.name,
            field: self
                .fields
                .add(&path, &selector.to_string(), value.def.name),
            on_error: value.on_error,
            drops: facts.drops,
            takes_whole: facts.takes_whole,
            parts,
            sealed,
            output_path,
        }
    }
}

fn below(above: &[Step], path: &Selector) -> Selector {
    let mut steps = above.to_vec();
    steps.extend(path.steps.iter().cloned());
    Selector { steps }
}

/// The output path as ciphertexts and reports know it: array positions as `[*]`.
fn site_path(path: &Selector) -> String {
    let steps = path.steps.iter().map(|s| match s {
        Step::Element(_) => Step::AnyElement,
        other => other.clone(),
    });
    Selector {
        steps: steps.collect(),
    }
    .to_string()
}
