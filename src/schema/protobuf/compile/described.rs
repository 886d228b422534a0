//! A file that is given as its descriptor: in a set of them (`.desc`), or registered as the
//! Base64 of one. Confluent's client for Python, for one, registers the Base64 of a
//! `FileDescriptorProto`, and some registries give it back as it is.

use data_encoding::BASE64;
use protox::file::File;
use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto,
};

use super::extent::{DEPTH_MAX, NAME_BYTES_MAX};
use super::unusable::Unusable;

/// The bytes that a text is the Base64 of; no `.proto` file is one: it has a space or a line
/// break behind its first word.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    (!text.is_empty()).then(|| BASE64.decode(text.as_bytes()).ok())?
}

/// The file of that descriptor, under the name that it is asked for by.
///
/// # Errors
/// It is no descriptor.
pub(super) fn file(name: &str, mut bytes: Vec<u8>) -> Result<File, protox::Error> {
    // Of a field that stands twice the last one counts; options stay as they are written.
    bytes.push(0x0a);
    let mut rest = name.len();
    while rest > 0x7f {
        bytes.push(0x80 | u8::try_from(rest & 0x7f).expect("seven bits"));
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).expect("seven bits"));
    bytes.extend(name.as_bytes());
    File::decode_file_descriptor_proto(&bytes[..]).map_err(protox::Error::new)
}

/// What a descriptor, or a part of one, is (google/protobuf/descriptor.proto).
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// A `FileDescriptorSet`.
    Set,
    /// A `FileDescriptorProto`.
    File,
    Message,
    Field,
    Symbols,
    Service,
    Method,
    /// A symbol, a oneof, a range: no descriptor lies in it, but for its options.
    Part,
    Places,
    Place,
    /// What it holds others may have declared.
    Options,
}

impl Of {
    /// What a field of that number holds; `None`: a text, or numbers.
    fn inside(self, number: u64) -> Option<Of> {
        Some(match (self, number) {
            (Of::Set, 1) => Of::File,
            (Of::File, 4) | (Of::Message, 3) => Of::Message,
            (Of::File, 5) | (Of::Message, 4) => Of::Symbols,
            (Of::File, 6) => Of::Service,
            (Of::File, 7) | (Of::Message, 2 | 6) => Of::Field,
            (Of::File, 9) => Of::Places,
            (Of::Message, 5 | 8 | 9) | (Of::Symbols, 2 | 4) => Of::Part,
            (Of::Service, 2) => Of::Method,
            (Of::Places, 1) => Of::Place,
            (Of::File | Of::Field, 8) | (Of::Message, 7) | (Of::Symbols | Of::Service, 3) => {
                Of::Options
            }
            (Of::Method, 4) | (Of::Part, 2 | 3) | (Of::Options, _) => Of::Options,
            _ => return None,
        })
    }
}

/// As how many words of a text that descriptor counts: two fields as one, in whatever they
/// lie, and a declaration as two. A reader of it remembers no more than that, also of one that
/// has a fault further on. A text in an option that could be a message counts as one.
pub(super) fn as_words(of: Of, bytes: &[u8]) -> usize {
    inside(of, bytes, 0) / 2
}

/// Fields, those that hold a declaration counted four times.
fn inside(of: Of, mut rest: &[u8], depth: usize) -> usize {
    let mut count = 0;
    while let Some((tag, behind)) = varint(rest) {
        count += 1;
        let length = match tag & 7 {
            0 => varint(behind).map(|(_, after)| behind.len() - after.len()),
            1 => Some(8),
            2 => varint(behind).and_then(|(length, after)| {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if let Some(of) = of.inside(tag >> 3).filter(|_| depth < DEPTH_MAX) {
                    count += if let Of::Place | Of::Options = of {
                        0
                    } else {
                        3
                    };
                    count += inside(of, &after[..length.min(after.len())], depth + 1);
                }
                length.checked_add(behind.len() - after.len())
            }),
            3 | 4 => Some(0),
            5 => Some(4),
            _ => None,
        };
        match length.and_then(|length| behind.get(length..)) {
            Some(after) => rest = after,
            None => break,
        }
    }
    count
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (n, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * n).min(63);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[n + 1..]));
        }
    }
    None
}

/// Holds the syntax of a file against those that are read: the library behind takes no other
/// one for granted, and panics.
///
/// # Errors
/// [`Unusable::Edition`].
pub(super) fn syntax(file: &FileDescriptorProto) -> Result<(), Unusable> {
    match file.syntax() {
        "" | "proto2" | "proto3" => Ok(()),
        _ => Err(Unusable::Edition(file.name().into())),
    }
}

/// Holds the names of a file against the longest that is read.
///
/// # Errors
/// [`Unusable::LongName`].
pub(super) fn names(file: &FileDescriptorProto) -> Result<(), Unusable> {
    let names = Names(file.name());
    names.fits(0, file.package())?;
    file.message_type
        .iter()
        .try_for_each(|message| names.message(0, message))?;
    file.enum_type
        .iter()
        .try_for_each(|symbols| names.symbols(0, symbols))?;
    file.extension
        .iter()
        .try_for_each(|field| names.fits(0, field.name()).map(drop))?;
    file.service.iter().try_for_each(|service| {
        let around = names.fits(0, service.name())?;
        let mut methods = service.method.iter();
        methods.try_for_each(|method| names.fits(around, method.name()).map(drop))
    })
}

/// Of that file.
struct Names<'f>(&'f str);

impl Names<'_> {
    /// The bytes of a name, with those around it.
    fn fits(&self, around: usize, name: &str) -> Result<usize, Unusable> {
        let whole = around + name.len();
        match whole > NAME_BYTES_MAX {
            true => Err(Unusable::LongName(self.0.into(), whole)),
            false => Ok(whole),
        }
    }

    fn message(&self, around: usize, message: &DescriptorProto) -> Result<(), Unusable> {
        let around = self.fits(around, message.name())?;
        let fields = message.field.iter().chain(&message.extension);
        let fields = fields.map(|field| field.name());
        let oneofs = message.oneof_decl.iter().map(|oneof| oneof.name());
        for name in fields.chain(oneofs) {
            self.fits(around, name)?;
        }
        for symbols in &message.enum_type {
            self.symbols(around, symbols)?;
        }
        let mut nested = message.nested_type.iter();
        nested.try_for_each(|nested| self.message(around, nested))
    }

    fn symbols(&self, around: usize, symbols: &EnumDescriptorProto) -> Result<(), Unusable> {
        let around = self.fits(around, symbols.name())?;
        let mut values = symbols.value.iter();
        values.try_for_each(|value| self.fits(around, value.name()).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_descriptor_holds_counts_in_whatever_it_lies() {
        let of_file = |bytes: &[u8]| inside(Of::File, bytes, 0);
        for (bytes, count) in [
            (&b""[..], 0),
            (b"\x60\x01", 1),
            (b"\x60\x01\x11........\x1d....", 3),
            // Two messages without anything; a message in a message; a symbol of an enum.
            (b"\x22\x00\x22\x00", 8),
            (b"\x22\x04\x1a\x02\x08\x01", 9),
            (b"\x2a\x06\x12\x04\x0a\x00\x10\x01", 10),
            // A text is none; in an option it may be.
            (b"\x0a\x02\x08\x01", 1),
            (b"\x42\x04\x0a\x02\x08\x01", 3),
            // Places, one of them with two runs of numbers.
            (b"\x4a\x0a\x0a\x08\x0a\x01\x04\x12\x03\x01\x02\x03", 7),
            // What stands before a fault counts.
            (b"\x22\x00\x22\x00\x22\x05\x1a\x00", 16),
            (b"\x22\x00\x0f", 5),
            (b"\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x1a\x00", 8),
        ] {
            assert_eq!(of_file(bytes), count, "{bytes:x?}");
        }
        assert_eq!(inside(Of::Set, b"\x0a\x04\x22\x02\x08\x01", 0), 9);
        assert_eq!(as_words(Of::File, b"\x22\x00\x22\x00"), 4);
        let deep = (0..200).fold(Vec::new(), |inner: Vec<u8>, _| {
            let length = u8::try_from(inner.len() % 128).expect("seven bits");
            [&[0x1a, length][..], &inner].concat()
        });
        assert!(as_words(Of::Message, &deep) <= 400);
    }
}
