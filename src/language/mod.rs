//! Words with places: what a policy file is made of before it means anything.
//!
//! **In**: YAML text. **Out**: a tree that keeps the place of every word, the
//! mapping reader with its shapes, and [`finding::Findings`], printed with
//! place, cause and fix. **Promises**: a word keeps its source text; a mistake
//! becomes a finding and reading goes on; a report never shows what may be a
//! secret. **Does not know**: what a word does to a record, actions, keys, plans.

pub(crate) mod brought;
pub mod codes;
pub mod duration;
pub mod finding;
pub mod fold;
pub(crate) mod mapping;
pub(crate) mod redaction;
pub mod report;
pub(crate) mod shape;
pub(crate) mod shown;
mod span;
pub(crate) mod written;
pub(crate) mod yaml;
