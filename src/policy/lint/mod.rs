//! What a policy that can be obeyed does to privacy.
//!
//! **In**: the checked policy, and the tables it names. **Out**: findings, each with why
//! and fix; all of them but one may be allowed under `dangerously:` (a hash without a key
//! may not, V0269). **Promises**: no finding claims what the policy text does not show.
//! **Does not know**: events, keys.

#[cfg(test)]
mod advice_tests;
mod amounts;
mod bounds;
pub(super) mod classes;
mod combination;
mod conditions;
mod epochs;
mod hidden;
mod kept;
mod match_hash;
#[cfg(test)]
mod nearest_tests;
mod network;
mod noise;
#[cfg(test)]
mod order_tests;
mod outputs;
mod outsiders;
#[cfg(test)]
mod parts_tests;
mod places;
mod protection;
mod pseudonyms;
mod quarantine_reader;
mod several_codes;
mod tables;
#[cfg(test)]
mod testing;
pub(super) mod types;
mod unavailable;

use super::check::model::{Checked, KeyMake, Output, RecordKey, Spelled, TypeFields, Value};
use super::selector::PlaceName;
use crate::action::{Facts, Tables};
use crate::language::finding::{Findings, Span};
use crate::record::path::{Selector, Step};

/// Looks at everything that leaves, by the tables that could be read.
pub(crate) fn lint(policy: &Checked, read: &Tables, findings: &mut Findings) {
    let is_sound = findings.errors() == 0;
    let uses = everything(policy);
    for u in &uses {
        kept::check(policy, u, findings);
        bounds::check(u, findings);
        hidden::check(u, findings);
        pseudonyms::check(policy, u, findings);
    }
    pseudonyms::linkable_for_ever(&uses, findings);
    pseudonyms::same_space(policy, &uses, findings);
    pseudonyms::key_of_two_purposes(policy, &uses, findings);
    several_codes::check(policy, &uses, findings);
    conditions::check(&uses, findings);
    noise::repeats(&uses, findings);
    tables::lone_classes(&uses, read, findings);
    unavailable::check(policy, &uses, findings);
    match_hash::ungated(policy, &uses, findings);
    match_hash::accepted(&uses, findings);
    outputs::check(policy, &uses, findings);
    combination::check(policy, &uses, findings);
    amounts::check(policy, &uses, findings);
    epochs::joined(policy, &uses, findings);
    network::beside_code(policy, &uses, findings);
    places::beside_code(policy, &uses, findings);
    bounds::of_quarantine(policy, findings);
    quarantine_reader::check(policy, findings);
    // Of what cannot be obeyed, nobody knows what it does as a whole.
    if is_sound {
        protection::check(policy, &uses, findings);
        outsiders::check(policy, &uses, findings);
        classes::unused(policy, &uses, findings);
    }
}

/// Where a value leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenTo {
    Field,
    Key,
    Header,
}

/// One action at one place of one output.
pub(super) struct Use<'p> {
    pub(super) output: &'p Output,
    /// The entry of `types:` it stands under.
    pub(super) of_type: Option<&'p TypeFields>,
    pub(super) place: WrittenTo,
    /// It stands inside another action, for a part of what leaves there.
    pub(super) is_part: bool,
    /// Where in the value, or in a key that is a record, it leaves; a part has no path.
    pub(super) leaves: Option<Selector>,
    /// As `dangerously: field:` writes it: input path, `key`, `header.NAME`.
    pub(super) path: String,
    /// Where the policy names it.
    span: Span,
    /// The header it is made from, wherever it goes.
    pub(super) header: Option<&'p str>,
    /// The input paths it is made from, when they lie in the value.
    pub(super) inputs: Vec<Selector>,
    /// The places outside of the value that it is made from, as `classes` name them.
    pub(super) outside: Vec<Selector>,
    /// What that is.
    pub(super) known: classes::Known<'p>,
    pub(super) value: &'p Value,
    pub(super) facts: Facts,
}

impl Use<'_> {
    pub(super) fn topic(&self) -> &str {
        &self.output.topic.value
    }

    /// The place to point to: the action, or the key that has it from `like`.
    pub(super) fn at(&self) -> Span {
        let (action, whole) = (self.value.span, self.span);
        let inside = whole.start <= action.start && action.end <= whole.end;
        match self.place {
            WrittenTo::Key if !inside => whole,
            _ => action,
        }
    }

    /// True when what it is made from has a class for which `is` holds.
    pub(super) fn is(&self, is: fn(&str) -> bool) -> bool {
        self.known.classes.iter().any(|c| is(c))
    }
}

/// Everything that leaves, and what stands inside an action for a part of it: the one
/// list that every lint looks at.
pub(super) fn everything(policy: &Checked) -> Vec<Use<'_>> {
    let mut list = uses(policy);
    let parts: Vec<Use<'_>> = list.iter().flat_map(inside).collect();
    list.extend(parts);
    list
}

/// Everything that leaves, insides of sealed objects excepted: nobody reads
/// them without the key.
pub(super) fn uses(policy: &Checked) -> Vec<Use<'_>> {
    let index = classes::Index::of(policy);
    let beside = classes::Index::outside(policy);
    let mut list = Vec::new();
    for output in &policy.outputs {
        let all = &types::Taken::by(output)[..];
        let base = output.fields.iter().map(|f| (None, all, f));
        let types = output.types.iter().flatten().zip(all);
        let by_type = types.flat_map(|(t, taken)| {
            let taken = std::slice::from_ref(taken);
            t.fields.iter().map(move |f| (Some(t), taken, f))
        });
        for (of_type, taken, field) in base.chain(by_type) {
            for write in &field.writes {
                let inputs = inputs(&field.selector, &write.value);
                let facts = write.value.spec.facts();
                list.push(Use {
                    output,
                    of_type,
                    place: WrittenTo::Field,
                    is_part: false,
                    leaves: Some(field.output_path(write)),
                    header: None,
                    path: field.selector.to_string(),
                    span: field.span,
                    known: index.known_but(&inputs, taken, facts.takes_whole, &|path| {
                        let beside = match of_type {
                            None => &output.fields,
                            Some(of) => &of.fields,
                        };
                        beside
                            .iter()
                            .any(|f| takes_from(&f.selector, &field.selector, path))
                    }),
                    inputs,
                    outside: Vec::new(),
                    facts,
                    value: &write.value,
                });
            }
        }
        if let Some((key, value)) = output
            .key
            .as_ref()
            .and_then(|k| Some((k, made_by(output, k)?)))
        {
            let inputs: Vec<Selector> = key
                .places()
                .filter_map(|place| place.in_value().cloned())
                .collect();
            let header = match &key.from[..] {
                [
                    Spelled {
                        value: PlaceName::Header(name),
                        ..
                    },
                ] => Some(name.as_str()),
                _ => None,
            };
            let outside: Vec<Selector> = key.places().filter_map(PlaceName::outside).collect();
            let known = match (&inputs[..], &outside[..]) {
                (_, []) => index.known(&inputs, all, false),
                ([], _) => beside.known(&outside, all, true),
                _ => {
                    let known = index.known(&inputs, all, false);
                    known.and(beside.known(&outside, all, true))
                }
            };
            list.push(Use {
                output,
                of_type: None,
                place: WrittenTo::Key,
                is_part: false,
                leaves: None,
                header,
                path: "key".to_owned(),
                span: key.span,
                known,
                inputs,
                outside,
                facts: value.spec.facts(),
                value,
            });
        }
        let key_fields = output.key_fields().iter();
        for (field, write) in key_fields.flat_map(|f| f.writes.iter().map(move |w| (f, w))) {
            let place = PlaceName::RecordKeyPath(field.selector.clone());
            let outside: Vec<Selector> = place.outside().into_iter().collect();
            list.push(Use {
                output,
                of_type: None,
                place: WrittenTo::Key,
                is_part: false,
                leaves: Some(field.output_path(write)),
                header: None,
                path: format!("key.{}", field.selector),
                span: field.span,
                inputs: Vec::new(),
                known: beside.known(&outside, all, true),
                outside,
                facts: write.value.spec.facts(),
                value: &write.value,
            });
        }
        for header in &output.headers {
            let place = PlaceName::Header(header.name.clone());
            let outside: Vec<Selector> = place.outside().into_iter().collect();
            list.push(Use {
                output,
                of_type: None,
                place: WrittenTo::Header,
                is_part: false,
                leaves: None,
                header: Some(&header.name),
                path: format!("header.{}", header.name),
                span: header.span,
                inputs: Vec::new(),
                known: beside.known(&outside, all, true),
                outside,
                facts: header.value.spec.facts(),
                value: &header.value,
            });
        }
    }
    list
}

/// True when the field at `own` takes what stands at `path`, and the one at `wide` does
/// not, which takes every member that no other names.
fn takes_from(own: &Selector, wide: &Selector, path: &Selector) -> bool {
    let is_wide = wide
        .steps
        .iter()
        .any(|s| matches!(s, Step::AnyName | Step::AnyDepth));
    is_wide && own != wide && own.covers(path) && own.specificity(wide).is_gt()
}

/// What stands inside an action, for parts of its text: what they are is not known,
/// so that classes say nothing of them.
fn inside<'p>(u: &Use<'p>) -> Vec<Use<'p>> {
    let values = u.value.beside_maker().into_iter();
    values
        .map(|value| Use {
            output: u.output,
            of_type: u.of_type,
            place: u.place,
            is_part: true,
            leaves: None,
            header: None,
            path: u.path.clone(),
            span: u.span,
            inputs: Vec::new(),
            outside: Vec::new(),
            known: classes::Known::default(),
            facts: value.spec.facts(),
            value,
        })
        .collect()
}

/// The action that makes a record key of a place of its own; `None` for a key
/// that is a field's value again, which is looked at as that field.
fn made_by<'p>(output: &'p Output, key: &'p RecordKey) -> Option<&'p Value> {
    if let KeyMake::Like(_) = key.make {
        key.from.first()?;
    }
    output.key_value()
}

pub(super) fn inputs(path: &Selector, value: &Value) -> Vec<Selector> {
    let Some(parts) = value.parts() else {
        return vec![path.clone()];
    };
    let sibling = |name: &str| {
        let mut path = path.clone();
        if let Some(last) = path.steps.last_mut() {
            *last = Step::Name(name.to_owned());
        }
        path
    };
    parts.iter().map(|(name, _)| sibling(name)).collect()
}
