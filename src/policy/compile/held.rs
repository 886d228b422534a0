//! What records that wait for a release are to be, made ready.

use super::Making;
use super::scopes::Scopes;
use crate::action::{Action, InClass};
use crate::anonymity::quasi::{ClassEnd, ClassForm};
use crate::anonymity::release::{Demand, Floor};
use crate::crypto::release_set::SetKey;
use crate::crypto::subject_index::SubjectIndex;
use crate::keys::KeyHandle;
use crate::plan::held::{Classes, Counted, Held, Label, Layout, Quasi};
use crate::plan::live::SubjectKind;
use crate::policy::check::model::{Field, KAnonymous, Output as Said, Spelled};
use crate::record::ids::ActionId;
use crate::record::path::{Selector, Step};

impl Making<'_> {
    /// `None`: its records leave as they come; or something was wrong, and is reported.
    pub(super) fn held(
        &self,
        said: &Said,
        scopes: &Scopes,
        kinds: &[SubjectKind],
        state: Option<&KeyHandle>,
    ) -> Option<Held> {
        let held = said.held.as_ref()?;
        let mut layout = layout(said);
        let mut people = counted(held.subject.as_ref(), kinds)?;
        let kind = &kinds[usize::from(people.kind)];
        if let (Some(_), None, Some(state)) = (&held.once_per, &kind.index, state) {
            // Who was in an earlier release is who he was then, whatever process asks.
            people.index = SubjectIndex::new(&state.root, &kind.name, kind.canon.id()).ok();
        }
        let classes = match &held.classes {
            Some(classes) => Some(self.classes(said, classes, scopes, &mut layout)?),
            None => None,
        };
        Some(Held {
            people,
            records_min: held.records_min,
            people_min: held.people_min,
            records_max: held.records_max.value,
            delay_max_ms: held.delay_max_ms,
            short: held.short,
            once_per_ms: held.once_per.as_ref().map(|once| once.value),
            classes,
            layout,
            marks: state.map(SetKey::new),
        })
    }

    fn classes(
        &self,
        said: &Said,
        k: &KAnonymous,
        scopes: &Scopes,
        layout: &mut Layout,
    ) -> Option<Classes> {
        let (mut quasi, mut labels) = (Vec::new(), Vec::new());
        for path in paths(&said.fields) {
            let Some((_, write)) = scopes.written_as(&path) else {
                continue;
            };
            let Some((domain, of)) = self.domain(said, &path, write.action) else {
                continue;
            };
            let place = u16::try_from(labels.len()).ok()?;
            layout.at(names(&path))?.label = Some(place);
            // Where a class ends stands behind where it begins, of one value.
            if !matches!(of.form, ClassForm::End(ClassEnd::To, _)) {
                let domain = match k.tightest {
                    true => domain.tightest().map_or(domain, Into::into),
                    false => domain,
                };
                quasi.push(Quasi {
                    domain,
                    weight: of.weight,
                    leaf: place,
                });
            }
            labels.push(Label {
                path: path.to_string(),
                quasi: quasi.len().checked_sub(1)?,
                form: of.form,
            });
        }
        let mut sensitive: Vec<String> = Vec::new();
        let mut floors = Vec::new();
        for (of, must) in &k.floors {
            let path = of.value.to_string();
            let known = sensitive.iter().position(|s| *s == path);
            let column = known.unwrap_or_else(|| {
                sensitive.push(path);
                sensitive.len() - 1
            });
            layout.at(names(&of.value))?.sensitive = Some(u16::try_from(column).ok()?);
            floors.push(Floor {
                column,
                must: *must,
            });
        }
        Some(Classes {
            demand: Demand {
                k: k.k.value,
                floors,
                remainder: k.remainder,
            },
            per_person_max: k.per_person_max,
            aside_leaves: k.aside_leaves,
            quasi,
            labels,
            sensitive,
        })
    }

    /// What the field of that output path can be, and what a release writes of it, where one
    /// decides.
    fn domain(
        &self,
        said: &Said,
        path: &Selector,
        action: ActionId,
    ) -> Option<(std::sync::Arc<crate::action::Domain>, InClass)> {
        let writes = said
            .fields
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (f, w)));
        let mut own = writes.filter(|(f, w)| f.output_path(w) == *path);
        let of = own.next()?.1.value.spec.facts().quasi?;
        // One that could not be built was reported, and no plan holds it.
        let action: &dyn Action = &**self.actions.get(action.index())?;
        Some((action.quasi()?.clone(), of))
    }
}

/// Whose records are counted: those of the kind that is said, or of the first.
pub(super) fn counted(said: Option<&Spelled>, kinds: &[SubjectKind]) -> Option<Counted> {
    let place = match said {
        Some(said) => kinds.iter().position(|kind| *kind.name == *said.value)?,
        None => 0,
    };
    let kind = kinds.get(place)?;
    Some(Counted {
        kind: u16::try_from(place).ok()?,
        index: match kind.index {
            Some(_) => None,
            None => Some(SubjectIndex::of_this_process()),
        },
    })
}

/// Every output path of some fields, in their order.
pub(super) fn paths(fields: &[Field]) -> impl Iterator<Item = Selector> {
    let writes = fields
        .iter()
        .flat_map(|f| f.writes.iter().map(move |w| (f, w)));
    writes.map(|(f, w)| f.output_path(w))
}

/// In which order members are written: as `fields` has them, then as `types` does.
pub(super) fn layout(said: &Said) -> Layout {
    let mut layout = Layout::default();
    let by_type = said.types.iter().flatten().flat_map(|t| paths(&t.fields));
    for path in paths(&said.fields).chain(by_type) {
        layout.at(names(&path));
    }
    layout
}

/// The names that lead there; what is not known by name has no place of its own.
pub(super) fn names(path: &Selector) -> Vec<&str> {
    let known = path
        .steps
        .iter()
        .take_while(|step| !matches!(step, Step::AnyName | Step::AnyDepth | Step::Json));
    known
        .filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}
