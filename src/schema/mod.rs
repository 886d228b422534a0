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
pub mod by_fingerprint;
pub mod derived;
pub mod frame;
pub mod json;
pub mod jsonschema;
pub mod listed;
#[cfg(feature = "protobuf")]
pub mod protobuf;
pub mod refers;
pub mod registry;
pub mod shaped;
mod shown;
pub mod tagged;
pub mod writer;

use std::sync::Arc;

use crate::record::Reason;
use binding::Binding;
use frame::{BadFrame, Framed, Framing, Framings, Part};
use registry::Key;

/// What is known of schemas under one plan. It does not change: whoever learns of another
/// schema makes another one.
#[derive(Clone)]
pub struct Bindings(Known);

#[derive(Clone)]
enum Known {
    /// Every record is of one schema, and nothing stands around it.
    One(Bound),
    /// What stands around a record says by an id which schema it is of.
    ById(Framings, Arc<KnownById>),
}

/// What a registry's desk knows, by id.
pub type KnownById = registry::Bindings<Arc<Binding>>;

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
        Bindings(Known::One(bound))
    }

    /// Of records that say by an id which schema they are of.
    pub fn by_id(framings: Framings, known: Arc<KnownById>) -> Bindings {
        Bindings(Known::ById(framings, known))
    }

    /// Records say by an id which schema they are of, and so do their keys.
    pub fn are_by_id(&self) -> bool {
        matches!(&self.0, Known::ById(..))
    }

    /// The one schema of all records.
    ///
    /// # Errors
    /// The reason why it was refused; `schema_unknown` where there is not one.
    pub fn of_all(&self) -> Result<&Arc<Binding>, Reason> {
        match &self.0 {
            Known::One(Bound::Ready(binding)) => Ok(binding),
            Known::One(Bound::Refused(reason)) => Err(*reason),
            Known::ById(..) => Err(Reason::SchemaUnknown),
        }
    }

    /// What a value was written with, and the value without what stands around it.
    /// `headers` as in [`Framing::read`].
    ///
    /// # Errors
    /// `bad_frame`; `schema_unknown`, or the reason why its schema was refused.
    pub fn read<'a>(
        &self,
        value: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(&Arc<Binding>, &'a [u8]), Reason> {
        self.part(Part::Value, value, headers)
    }

    /// The same of a record's key.
    ///
    /// # Errors
    /// As [`Bindings::read`].
    pub fn read_key<'a>(
        &self,
        key: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(&Arc<Binding>, &'a [u8]), Reason> {
        self.part(Part::Key, key, headers)
    }

    fn part<'a>(
        &self,
        part: Part,
        value: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(&Arc<Binding>, &'a [u8]), Reason> {
        let Known::ById(framings, known) = &self.0 else {
            return Ok((self.of_all()?, value));
        };
        let framed = framings.of(part).read(part, value, headers);
        let framed = framed.map_err(|_| Reason::BadFrame)?;
        match known.get(&Key::of(part, &framed)) {
            Some(registry::Bound::Ready(binding)) => Ok((binding, framed.body)),
            Some(registry::Bound::Refused(refusal)) => Err(refusal.reason()),
            None => Err(Reason::SchemaUnknown),
        }
    }
}

impl Key {
    /// Of a part of a record as it lies in a topic; arguments as in [`Framing::read`].
    ///
    /// # Errors
    /// [`BadFrame`].
    pub fn read<'a>(
        framing: Framing,
        part: Part,
        bytes: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Key, BadFrame> {
        let framed = framing.read(part, bytes, headers)?;
        Ok(Key::of(part, &framed))
    }

    /// Of a framed part of a record.
    pub fn of(part: Part, framed: &Framed<'_>) -> Key {
        Key {
            part,
            id: framed.id,
            message: framed.message,
        }
    }
}
