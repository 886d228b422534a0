//! Schemas of the formats that have one.
//!
//! **In**: the text of a writer's schema, the automaton of a plan, the bytes that say
//! which schema a record was written with. **Out**: a program that reads records of that
//! schema onto a tape, the schema of what leaves, and the name of the schema.
//! **Promises**: bounded work whatever the text; the same schema and the same plan give
//! the same bytes; what a schema cannot say is an error, never a guess.
//! **Does not know**: what a record holds; where schemas are kept, but for `registry`.

pub mod avro;
pub mod frame;
pub mod json;
pub mod registry;
