//! A permitted record becomes a sanitized one: the walk over its tape.
//!
//! **In**: a record that consent permits, and the plan's actions. **Out**: a
//! sanitized one, whose bytes stand at the end of the batch's buffer.
//! **Promises**: what an output does not name is never looked at; all outputs
//! get the record, or none does, and then nothing of it is left.
//! **Does not know**: which format it reads and writes, the policy's text, what an
//! action does.

mod ask;
mod condition;
pub mod counted;
mod field_outcome;
pub mod key_record;
mod made_names;
mod metadata;
pub mod stage;
mod state;
mod walk;

pub use field_outcome::FieldOutcome;
