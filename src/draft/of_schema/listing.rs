//! The fields of a schema, each with what is proposed for it.

use std::collections::HashMap;

use super::kind::{Kind, propose};
use crate::detect::{COUNT, Evidence, Judgement, Tokens, judge};
use crate::draft::yaml;
use crate::record::path::{Selector, Step};

/// Most fields that are listed.
const FIELDS_MAX: usize = 2_000;

/// A field, and what is proposed for it.
pub(super) struct Listed {
    pub(super) written: String,
    /// What it is in the schema.
    pub(super) ty: &'static str,
    pub(super) tags: Vec<String>,
    pub(super) judged: Judgement,
    pub(super) action: String,
    /// False: commented out.
    pub(super) leaves: bool,
    pub(super) why: &'static str,
    pub(super) is_of_a_map: bool,
}

/// The fields as they are met.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) path: Vec<Step>,
    pub(super) fields: Vec<Listed>,
    pub(super) unlisted: usize,
    /// Where each path stands in `fields`.
    places: HashMap<Vec<Step>, usize>,
    /// How many places were gone to.
    gone: usize,
}

/// Most places of a schema that are gone to: types that are used in many places have more
/// of them than a file has fields.
const PLACES_MAX: usize = 1 << 17;

impl Listing {
    /// False once more places were gone to than a person would read of.
    pub(super) fn goes_on(&mut self) -> bool {
        self.goes_on_to(1)
    }

    /// The same, where so many places are inside.
    pub(super) fn goes_on_to(&mut self, places: usize) -> bool {
        self.gone += places;
        self.gone < PLACES_MAX
    }

    /// The field that the path leads to.
    pub(super) fn scalar(&mut self, kind: &Kind, tags: &[String]) {
        if self.path.is_empty() {
            return;
        }
        let known = self.places.get(&self.path);
        if let Some(known) = known.map(|at| &mut self.fields[*at]) {
            let new = tags.iter().filter(|tag| !known.tags.contains(tag));
            let new: Vec<String> = new.cloned().collect();
            if known.ty != kind.word() || !new.is_empty() {
                known.tags.extend(new);
                known.action = "drop".to_owned();
                known.leaves = false;
                known.why = "the schema says several things of it";
            }
            return;
        }
        if self.fields.len() == FIELDS_MAX {
            self.unlisted += 1;
            return;
        }
        let names = self.path.iter().filter_map(|step| match step {
            Step::Name(name) => Some(Tokens::of(name)),
            _ => None,
        });
        let names: Vec<Tokens> = names.collect();
        let evidence = Evidence {
            kinds: kind.kinds(),
            hits: &[0; COUNT],
        };
        let judged = judge(&names, &evidence);
        let is_of_a_map = self.path.contains(&Step::AnyName);
        let (action, leaves, why) = match is_of_a_map {
            true => (
                "drop".to_owned(),
                false,
                "names of members are data here; `*` can only be dropped",
            ),
            false => propose(kind, &judged, tags),
        };
        let path = Selector {
            steps: self.path.clone(),
        };
        self.places.insert(self.path.clone(), self.fields.len());
        self.fields.push(Listed {
            written: yaml::scalar(&yaml::path(&path)),
            ty: kind.word(),
            tags: tags.to_vec(),
            judged,
            action,
            leaves,
            why,
            is_of_a_map,
        });
    }
}
