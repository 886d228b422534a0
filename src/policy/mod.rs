//! The policy: `written` → `check` → `plan`.
//!
//! **In**: the policy text and where keys are. **Out**: a
//! [`Plan`](crate::plan::Plan), or every complaint at once. **Promises**: a plan
//! cannot be wrong; a word that is read is obeyed. **Does not know**: how a plan
//! is carried out, Kafka's client, runtime settings.

mod accountability;
mod across;
#[cfg(test)]
mod actions_page;
mod allowed;
pub mod check;
mod compile;
mod consumers;
mod deciding;
pub mod diff;
mod entry;
#[cfg(feature = "protobuf")]
mod few_values;
#[cfg(all(test, feature = "protobuf"))]
mod formats_page;
pub mod grammar;
mod groups;
mod growth;
mod join_key;
pub mod joining;
mod joins_by;
mod key_uses;
mod layout;
mod leaving;
mod lint;
mod meaning;
pub(crate) mod named;
mod notation;
mod parts;
#[cfg(test)]
mod places_tests;
mod recipient;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod registry_tests;
mod releasing;
pub mod schema;
pub mod selector;
mod showing;
mod stand_in;
mod standing;
mod tags;
mod taxonomy;
mod under_schema;

pub use crate::action::NoTables;
pub use across::across;
pub use consumers::{Change, OutputChange, for_consumers};
pub use deciding::{AtPath, Fate, PathAnswer, at_path, decided, entry_of_type};
pub use entry::{Allowed, Compiled, PolicyFile, compile, compile_groups, compile_knowing};
pub use growth::OutputGrowth;
pub use join_key::JoinKey;
pub use joins_by::JoinsBy;
pub use key_uses::{KeyPlace, KeyUse, KeyUses, key_uses};
pub use layout::layout;
pub use meaning::{
    Column, CompatibleUse, Inside, Meaning, OutputMeaning, Part, PurposesMeaning,
    QuarantineMeaning, SensitiveMeaning, Signal, Where, meaning,
};
pub(crate) use named::reads_outside;
pub use named::{Named, NamedField, behind, covers, is_there, named};
pub use parts::PartAt;
pub use recipient::RecipientMeaning;
pub use releasing::{CountsMeaning, ReleaseMeaning};
pub use stand_in::Refused;
pub use under_schema::{
    DerivedSchema, UnderSchema, held_back, under_format, under_key_format, under_key_schema,
    under_schema,
};
