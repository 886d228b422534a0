//! A whole record, map or array of Avro as JSON text: what is sealed is JSON,
//! whatever came in.
//!
//! Members have the names of the writer's fields. Times are texts after ISO 8601, bytes
//! and fixed ones Base64 (RFC 4648, section 4), symbols their names, decimals numbers
//! with their scale. A union is what its branch is.

use smallvec::SmallVec;

use super::AvroDecoder;
use super::reader::{Record, number, text, time};
use super::wire::Wire;
use crate::decode::Limits;
use crate::decode::shower::{Shower, Spelled};
use crate::plan::automaton::Automaton;
use crate::record::Reason;
use crate::record::escape::quote_into;
use crate::record::tape::{Entry, Kind, Tape};
use crate::record::value::{Applied, SpellJson};
use crate::schema::avro::node::Schema;
use crate::schema::avro::program::{NodeAt, Op, Program};

/// What was read once is read again in the same way.
const READ_BEFORE: &str = "the record was decoded under this program";

impl SpellJson for Record<'_> {
    fn raw(&self, entry: &Entry) -> Option<&[u8]> {
        Some(&self.bytes[entry.start as usize..entry.end as usize])
    }

    fn spell_json(&self, entry: &Entry, out: &mut Vec<u8>) -> Applied {
        self.spelling(entry).all(entry.slot, out)
    }
}

impl<'a> Record<'a> {
    /// As [`SpellJson::spell_json`]; also where the sign lies of each number of the record that
    /// is zero with a sign.
    ///
    /// # Errors
    /// As there.
    pub(in crate::decode) fn spell_json_and_signs(
        &self,
        entry: &Entry,
        out: &mut Vec<u8>,
    ) -> Result<Vec<usize>, Reason> {
        let mut spelling = self.spelling(entry);
        spelling.all(entry.slot, out)?;
        Ok(spelling.zero_signs)
    }

    fn spelling(&self, entry: &Entry) -> Spelling<'a> {
        let mut spelling = Spelling {
            record: *self,
            wire: Wire::new(&self.bytes[..entry.end as usize]),
            open: SmallVec::new(),
            scratch: String::new(),
            zero_signs: Vec::new(),
        };
        spelling.wire.skip(entry.start as usize).expect(READ_BEFORE);
        spelling
    }
}

/// An open container: its node, how many members it has so far, elements left of the
/// open block.
struct Open {
    node: NodeAt,
    members: u32,
    left: u64,
}

struct Spelling<'a> {
    record: Record<'a>,
    wire: Wire<'a>,
    /// What is sealed seldom nests deep, and is sealed without a request for memory.
    open: SmallVec<[Open; 8]>,
    scratch: String,
    /// The last byte of each number so far that is zero with a sign.
    zero_signs: Vec<usize>,
}

impl<'a> Spelling<'a> {
    fn all(&mut self, top: NodeAt, out: &mut Vec<u8>) -> Applied {
        let mut next = top;
        loop {
            self.value(next, out)?;
            loop {
                if self.open.is_empty() {
                    return Ok(());
                }
                if let Some(found) = self.next(out) {
                    next = found;
                    break;
                }
                self.open.pop();
            }
        }
    }

    fn long(&mut self) -> i64 {
        self.wire.long().expect(READ_BEFORE)
    }

    /// A number of so many bytes, the last with the sign.
    fn float(&mut self, len: usize) -> &'a [u8] {
        let raw = self.wire.take(len).expect(READ_BEFORE);
        if let [rest @ .., 0x80] = raw
            && rest.iter().all(|byte| *byte == 0)
        {
            self.zero_signs.push(self.wire.at() - 1);
        }
        raw
    }

    fn value(&mut self, at: NodeAt, out: &mut Vec<u8>) -> Applied {
        let program = self.record.program;
        let mut at = at;
        let mut node = &program.nodes[at as usize];
        if let Op::Union(branches) = node.op {
            let branch = usize::try_from(self.long()).expect(READ_BEFORE);
            at = branches.of(&program.children)[branch].node;
            node = &program.nodes[at as usize];
        }
        let start = self.wire.at();
        let raw = match node.op {
            Op::Record { .. } | Op::Array { .. } | Op::Map { .. } => {
                out.push(match node.kind {
                    Kind::Array => b'[',
                    _ => b'{',
                });
                self.open.push(Open {
                    node: at,
                    members: 0,
                    left: 0,
                });
                return Ok(());
            }
            Op::Null => {
                out.extend_from_slice(b"null");
                return Ok(());
            }
            Op::Boolean => {
                let word = match self.wire.boolean().expect(READ_BEFORE) {
                    true => &b"true"[..],
                    false => b"false",
                };
                out.extend_from_slice(word);
                return Ok(());
            }
            Op::Int | Op::Long | Op::Enum(_) => {
                self.long();
                &self.record.bytes[start..self.wire.at()]
            }
            Op::Float => self.float(4),
            Op::Double => self.float(8),
            Op::Fixed(size) => self.wire.take(size as usize).expect(READ_BEFORE),
            Op::Bytes | Op::Text => {
                let len = self.wire.length().expect(READ_BEFORE);
                self.wire.take(len).expect(READ_BEFORE)
            }
            Op::Union(_) => unreachable!("a union is not in a union"),
        };
        match node.kind {
            Kind::Number => {
                let spelled = number(node, raw).text_in(&mut self.scratch)?;
                out.extend_from_slice(spelled.as_bytes());
            }
            Kind::Time => quote_into(time(node, raw).text_in(&mut self.scratch)?, out),
            Kind::Text => quote_into(text(program, node, raw).chars_in(&mut self.scratch), out),
            _ => {
                self.scratch.clear();
                data_encoding::BASE64.encode_append(raw, &mut self.scratch);
                quote_into(&self.scratch, out);
            }
        }
        Ok(())
    }

    /// What comes next in the innermost container; what stands in front of it, or the
    /// bracket that ends it, is written.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<NodeAt> {
        let program = self.record.program;
        let open = self.open.last_mut().expect("one is open");
        let node = &program.nodes[open.node as usize];
        if let Op::Array { .. } | Op::Map { .. } = node.op
            && open.left == 0
        {
            let count = self.wire.long().expect(READ_BEFORE);
            if count < 0 {
                self.wire.length().expect(READ_BEFORE);
            }
            open.left = count.unsigned_abs();
        }
        let (field, ends) = match node.op {
            Op::Record { fields, .. } => {
                let field = fields.of(&program.children).get(open.members as usize);
                (field, field.is_none())
            }
            _ => (None, open.left == 0),
        };
        if ends {
            out.push(if node.kind == Kind::Array { b']' } else { b'}' });
            return None;
        }
        if open.members > 0 {
            out.push(b',');
        }
        open.members += 1;
        open.left = open.left.saturating_sub(1);
        match node.op {
            Op::Array { element, .. } => Some(element),
            Op::Map { value, .. } => {
                let len = self.wire.length().expect(READ_BEFORE);
                let key = self.wire.take(len).expect(READ_BEFORE);
                quote_into(std::str::from_utf8(key).expect(READ_BEFORE), out);
                out.push(b':');
                Some(value)
            }
            _ => field.map(|field| {
                quote_into(&program.texts[field.name as usize], out);
                out.push(b':');
                field.node
            }),
        }
    }
}

impl Spelled for Program {
    type Schema = Schema;
    type Decoder = AvroDecoder;
    const MORE: Reason = Reason::NotAvro;

    fn reading(schema: &Schema, automaton: &Automaton) -> Option<Program> {
        Program::new(schema, automaton).ok()
    }

    fn decoder() -> AvroDecoder {
        AvroDecoder::new(0)
    }

    fn decoded(
        &self,
        bytes: &[u8],
        decoder: &mut AvroDecoder,
        tape: &mut Tape,
    ) -> Result<usize, Reason> {
        let first = decoder.first(bytes, self, &Limits::default(), tape);
        first.map_err(super::Refused::reason)
    }

    fn spell(&self, bytes: &[u8], entry: &Entry, out: &mut Vec<u8>) -> Applied {
        Record::new(bytes, self).spell_json(entry, out)
    }
}

/// A record, of which `schema` says how it is read, as JSON text.
///
/// # Errors
/// Why the bytes are no record of it, or why something in it has no text.
pub fn json_of(schema: &Schema, bytes: &[u8]) -> Result<String, Reason> {
    Shower::<Program>::of(schema)?.json(bytes)
}
