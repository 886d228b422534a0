//! Records of a schema as JSON text, one after the other, in whichever format they are.

use std::borrow::Borrow;

use crate::plan::automaton::{Automaton, Builder};
use crate::record::Reason;
use crate::record::tape::{Entry, Tape};
use crate::record::value::Applied;

/// What reads records of one schema, and spells them as JSON.
pub trait Spelled: Sized {
    /// The schema.
    type Schema;
    /// What decodes.
    type Decoder;
    /// Why bytes are none where something stands behind the first record.
    const MORE: Reason;
    /// What reads records of that schema, by the automaton of a policy; `None`: there are no
    /// such records.
    fn reading(schema: &Self::Schema, automaton: &Automaton) -> Option<Self>;
    /// A decoder.
    fn decoder() -> Self::Decoder;
    /// Decodes the first record of those bytes onto the tape; how many bytes it has.
    ///
    /// # Errors
    /// Why they are no record of the schema.
    fn decoded(
        &self,
        bytes: &[u8],
        decoder: &mut Self::Decoder,
        tape: &mut Tape,
    ) -> Result<usize, Reason>;
    /// Appends a record that was decoded, of which `entry` is the first of its tape.
    ///
    /// # Errors
    /// Why something in it has no text.
    fn spell(&self, bytes: &[u8], entry: &Entry, out: &mut Vec<u8>) -> Applied;
}

/// Shows records of one schema as JSON text. `P` is what reads them, or borrows it.
pub struct Shower<G: Spelled, P = G> {
    program: P,
    decoder: G::Decoder,
    tape: Tape,
}

impl<G: Spelled> Shower<G> {
    /// Of records of that schema.
    ///
    /// # Errors
    /// `schema_unusable`: there are no such records.
    pub fn of(schema: &G::Schema) -> Result<Self, Reason> {
        let nothing = Builder::default().build(&[]);
        let automaton = nothing.expect("no path has few states").automaton;
        let program = G::reading(schema, &automaton).ok_or(Reason::SchemaUnusable)?;
        Ok(Shower::by(program))
    }
}

impl<G: Spelled, P: Borrow<G>> Shower<G, P> {
    /// Of records that are read by that program.
    pub fn by(program: P) -> Self {
        Shower {
            program,
            decoder: G::decoder(),
            tape: Tape::default(),
        }
    }

    /// A record.
    ///
    /// # Errors
    /// Why the bytes are no record of the schema, or why something in it has no text.
    pub fn json(&mut self, bytes: &[u8]) -> Result<String, Reason> {
        let len = self.first(bytes)?;
        match len == bytes.len() {
            true => self.spell(bytes),
            false => Err(G::MORE),
        }
    }

    /// The first of several records that stand one behind the other, and its bytes.
    ///
    /// # Errors
    /// As [`Shower::json`].
    pub fn first_json(&mut self, bytes: &[u8]) -> Result<(String, usize), Reason> {
        let len = self.first(bytes)?;
        Ok((self.spell(&bytes[..len])?, len))
    }

    fn first(&mut self, bytes: &[u8]) -> Result<usize, Reason> {
        let program: &G = self.program.borrow();
        program.decoded(bytes, &mut self.decoder, &mut self.tape)
    }

    fn spell(&self, record: &[u8]) -> Result<String, Reason> {
        let mut json = Vec::new();
        let program: &G = self.program.borrow();
        program.spell(record, &self.tape.entries[0], &mut json)?;
        Ok(String::from_utf8(json).expect("JSON is text"))
    }
}
