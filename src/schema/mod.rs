//! Schemas of the formats that have one.
//!
//! **In**: the text of a writer's schema, the automaton of a plan, the bytes that say
//! which schema a record was written with. **Out**: a [`Binding`] of the
//! schema and the plan: a program that reads records of that
//! schema onto a tape, the schema of what leaves, and the name of the schema.
//! **Promises**: bounded work whatever the text; the same schema and the same plan give
//! the same bytes; what a schema cannot say is an error, never a guess.
//! **Does not know**: what a record holds; where schemas are kept, but for `registry`.

pub mod avro;
pub mod binding;
pub mod frame;
pub mod json;
pub mod registry;

use std::collections::HashMap;
use std::sync::Arc;

use crate::record::Reason;
use binding::Binding;
use frame::SchemaId;

/// What is known of schemas under one plan. It does not change: whoever learns of another
/// schema makes another one.
#[derive(Clone, Default)]
pub struct Bindings {
    known: HashMap<SchemaId, Bound>,
}

/// What came of a schema.
#[derive(Clone)]
pub enum Bound {
    /// Its records can be read.
    Ready(Arc<Binding>),
    /// They cannot, for that reason.
    Refused(Reason),
}

impl Bindings {
    /// Of all records one schema.
    pub fn of_file(bound: Bound) -> Bindings {
        let known = HashMap::from([(SchemaId::File, bound)]);
        Bindings { known }
    }

    /// What is known of that schema.
    ///
    /// # Errors
    /// `schema_unknown`, or the reason why it was refused.
    pub fn get(&self, id: SchemaId) -> Result<&Arc<Binding>, Reason> {
        match self.known.get(&id) {
            Some(Bound::Ready(binding)) => Ok(binding),
            Some(Bound::Refused(reason)) => Err(*reason),
            None => Err(Reason::SchemaUnknown),
        }
    }
}
