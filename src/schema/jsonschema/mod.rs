//! Schemas of JSON Schema (drafts 4 to 2020-12), as far as a policy goes through them.
//!
//! **In**: the text of a schema, and of those that it refers to. **Out**: which members
//! are where, of which types they are, what their owners call them; the schema of what
//! leaves. **Promises**: bounded work whatever the text; what it does not understand says
//! nothing, so that no place is told narrower than it is. **Does not know**: records: none
//! is held against a schema.

pub mod derive;
mod listed;
pub mod node;
mod out;
mod place;
mod print;
mod read;
mod tags;
mod types;

pub use read::Unusable;
pub use types::Types;
