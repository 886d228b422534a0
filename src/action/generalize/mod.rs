//! `generalize`: a coarser value of the same meaning. One file a kind of
//! value, behind one list.
//!
//! Adding a kind is one new file, its `mod` and its line in [`KINDS`], one golden folder.

mod email;
mod fixed;
mod gathered;
mod hierarchy;
mod instant;
mod kind;
mod moment;
mod network;
mod number;
mod phone;
mod place;
mod postal;
#[cfg(test)]
mod registry_tests;
mod shift;
mod text;
mod time;
mod top_k;
mod user_agent;
mod zone;

#[cfg(test)]
pub(super) use {gathered::LEAKS_EACH, zone::changes};

use super::{ActionDef, IsoClass, Spec, param};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::Shape;
pub use instant::{Instant, TimeUnit};
pub(super) use kind::KindDef;
pub(super) use place::in_geohash;

/// The definition.
pub(crate) const GENERALIZE: ActionDef = ActionDef {
    name: "generalize",
    summary: gathered::SUMMARY,
    doc: gathered::DOC,
    iso: IsoClass::Generalization,
    leaks: gathered::LEAKS,
    reversible: "no",
    examples: gathered::EXAMPLES,
    shape: &Shape {
        name: "generalize",
        words: gathered::WORDS,
    },
    parse,
    bare: None,
};

/// Every kind, in the order of the reference.
pub(super) const KINDS: &[KindDef] = &[
    number::NUMBER,
    time::TIME,
    network::NETWORK,
    place::PLACE,
    text::TEXT,
    postal::POSTAL,
    phone::PHONE,
    user_agent::USER_AGENT,
    email::EMAIL,
    hierarchy::HIERARCHY,
    top_k::TOP_K,
];

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    match written(mapping).as_slice() {
        [kind] => {
            one_way(kind, mapping);
            let spec = (kind.parse)(mapping);
            spec.filter(|_| mapping.findings.errors() == before)
        }
        [] => {
            // Otherwise what is written has its own finding already.
            if mapping.is_empty() {
                let words: Vec<&str> = KINDS
                    .iter()
                    .flat_map(|k| k.decides)
                    .map(|w| w.name)
                    .collect();
                mapping
                    .findings
                    .error(codes::CHOOSE_ONE, mapping.span, "`generalize` says nothing")
                    .help(format!("write one of {}", words.join(", ")));
            }
            None
        }
        several => {
            let what: Vec<&str> = several.iter().map(|k| k.what).collect();
            mapping.findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    format!("`generalize` treats the value as {}", what.join(" and as ")),
                )
                .why("a value is coarsened in one way")
                .help("keep the words of one kind; two coarse fields of one value are written with `as:`");
            None
        }
    }
}

/// The kinds that something is written of.
fn written(mapping: &Mapping<'_, '_>) -> Vec<&'static KindDef> {
    let borrowed: Vec<&str> = KINDS
        .iter()
        .flat_map(|kind| (kind.borrows)(mapping))
        .copied()
        .collect();
    let says = |word: &str| mapping.has(word) && !borrowed.contains(&word);
    let kinds = KINDS.iter();
    kinds.filter(|kind| kind.words().any(says)).collect()
}

/// Reports deciding words of one kind that exclude each other.
fn one_way(kind: &KindDef, mapping: &mut Mapping<'_, '_>) {
    let decides = kind.decides.iter().map(|w| w.name);
    let written: Vec<&str> = decides.filter(|w| mapping.has(w)).collect();
    if let (true, [first, others @ ..]) = (kind.is_one_of, written.as_slice()) {
        let why = format!("{} is coarsened in one way", kind.what);
        for other in others {
            param::not_together(mapping, first, other, &why);
        }
    }
}
