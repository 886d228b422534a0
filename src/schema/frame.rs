//! What stands around a value and says which schema it was written with.
//!
//! Sources: Confluent's wire format ("Formats, Serializers, and Deserializers", and the
//! header form of its clients since 2025), Apicurio Registry's serdes, Apache Avro 1.12
//! "Single-object encoding". What is broken is refused; no second form is tried, since
//! the first bytes of a value can look like anything.

mod bad;
mod indexes;

pub use bad::BadFrame;
pub use indexes::{INDEXES_MAX, MessagePath};

/// Which schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SchemaId {
    /// A registry's number.
    Number(u32),
    /// A registry's number of 64 bits (Apicurio's `globalId`).
    Wide(u64),
    /// A registry's number of a text, of 64 bits (Apicurio's `contentId`).
    Content(u64),
    /// A registry's 16 bytes.
    Guid([u8; 16]),
    /// CRC-64-AVRO of the Parsing Canonical Form.
    Fingerprint(u64),
    /// The one that was given as a file.
    File,
}

/// As it is told to people: an id says nothing of a person.
impl std::fmt::Display for SchemaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SchemaId::Number(id) => write!(f, "{id}"),
            SchemaId::Wide(id) => write!(f, "with global id {id}"),
            SchemaId::Content(id) => write!(f, "with content id {id}"),
            SchemaId::Guid(id) => write!(f, "{}", data_encoding::HEXLOWER.encode(id)),
            SchemaId::Fingerprint(id) => write!(f, "with fingerprint {id:016x}"),
            SchemaId::File => f.write_str("of the file"),
        }
    }
}

/// How values say which schema they were written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A header, or else 0 and a number of 4 bytes before the value; before a Protobuf
    /// value also which message of the file it is.
    Confluent {
        /// Values are Protobuf.
        indexes: bool,
    },
    /// A header, or else 0 and a number of 8 bytes before the value.
    Apicurio,
    /// Two bytes and a fingerprint before the value.
    SingleObject,
    /// Nothing: there is one schema.
    None,
}

/// How the parts of a record say which schemas they were written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framings {
    /// Its key.
    pub key: Framing,
    /// Its value.
    pub value: Framing,
}

impl Framings {
    /// The same for both.
    pub const fn both(framing: Framing) -> Framings {
        Framings {
            key: framing,
            value: framing,
        }
    }

    /// That of one of them.
    pub const fn of(self, part: Part) -> Framing {
        match part {
            Part::Key => self.key,
            Part::Value => self.value,
        }
    }
}

/// Which part of a record is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

impl Part {
    /// Its word in the names of subjects (Confluent's `TopicNameStrategy`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Key => "key",
            Part::Value => "value",
        }
    }

    /// The header by which Confluent's clients say its schema.
    pub const fn id_header(self) -> &'static str {
        match self {
            Part::Key => "__key_schema_id",
            Part::Value => "__value_schema_id",
        }
    }

    /// The headers by which Apicurio's clients say its schema: by the id of a version, and
    /// by that of a text.
    const fn apicurio_headers(self) -> [&'static str; 2] {
        match self {
            Part::Key => ["apicurio.key.globalId", "apicurio.key.contentId"],
            Part::Value => ["apicurio.value.globalId", "apicurio.value.contentId"],
        }
    }
}

/// True of a header that says by an id which schema came in, whoever's client wrote it.
pub fn is_id_header(name: &str) -> bool {
    let parts = [Part::Key, Part::Value];
    let mut all = parts.into_iter().flat_map(|part| {
        let [global, content] = part.apicurio_headers();
        [part.id_header(), global, content]
    });
    all.any(|known| known == name)
}

/// A value, and what it was written with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Framed<'a> {
    /// Which schema.
    pub id: SchemaId,
    /// Which message of a Protobuf file; otherwise the first.
    pub message: MessagePath,
    /// The value itself.
    pub body: &'a [u8],
}

const CONFLUENT_MAGIC: u8 = 0;
const GUID_MAGIC: u8 = 1;
const SINGLE_OBJECT: [u8; 2] = [0xc3, 0x01];

impl Framing {
    /// Takes off what stands around `value`. `headers` are all of the record, names and
    /// values; of one without a value, no bytes.
    ///
    /// # Errors
    /// [`BadFrame`].
    pub fn read<'a>(
        self,
        part: Part,
        value: &'a [u8],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Framed<'a>, BadFrame> {
        match self {
            Framing::Confluent { indexes } => {
                let [header] = only([part.id_header()], headers)?;
                match header {
                    Some(header) => in_header(header, indexes, value),
                    None => {
                        let rest = after(value, [CONFLUENT_MAGIC])?;
                        let (id, rest) = rest.split_first_chunk().ok_or(BadFrame::Cut)?;
                        let id = SchemaId::Number(u32::from_be_bytes(*id));
                        framed(id, indexes, rest)
                    }
                }
            }
            Framing::Apicurio => {
                let names = part.apicurio_headers();
                let number = |bytes: &[u8]| {
                    let bytes = bytes.try_into().map_err(|_| BadFrame::Header)?;
                    Ok(u64::from_be_bytes(bytes))
                };
                let (id, body) = match only(names, headers)? {
                    [Some(global), _] => (SchemaId::Wide(number(global)?), value),
                    [None, Some(content)] => (SchemaId::Content(number(content)?), value),
                    [None, None] => {
                        let rest = after(value, [CONFLUENT_MAGIC])?;
                        let (id, body) = rest.split_first_chunk().ok_or(BadFrame::Cut)?;
                        (SchemaId::Wide(u64::from_be_bytes(*id)), body)
                    }
                };
                framed(id, false, body)
            }
            Framing::SingleObject => {
                let rest = after(value, SINGLE_OBJECT)?;
                let (id, body) = rest.split_first_chunk().ok_or(BadFrame::Cut)?;
                framed(SchemaId::Fingerprint(u64::from_le_bytes(*id)), false, body)
            }
            Framing::None => framed(SchemaId::File, false, value),
        }
    }

    /// Appends what stands before a value of that schema: always a prefix, never a header.
    /// False when an id of that kind has none in this framing.
    pub fn write(self, id: SchemaId, message: MessagePath, out: &mut Vec<u8>) -> bool {
        match (self, id) {
            (Framing::Confluent { indexes }, SchemaId::Number(id)) => {
                out.push(CONFLUENT_MAGIC);
                out.extend_from_slice(&id.to_be_bytes());
                if indexes {
                    message.write(out);
                }
            }
            (Framing::Apicurio, SchemaId::Wide(id)) => {
                out.push(CONFLUENT_MAGIC);
                out.extend_from_slice(&id.to_be_bytes());
            }
            (Framing::SingleObject, SchemaId::Fingerprint(id)) => {
                out.extend_from_slice(&SINGLE_OBJECT);
                out.extend_from_slice(&id.to_le_bytes());
            }
            (Framing::None, SchemaId::File) => {}
            _ => return false,
        }
        true
    }
}

/// The headers of those names; each may stand once.
fn only<'a, const N: usize>(
    names: [&str; N],
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<[Option<&'a [u8]>; N], BadFrame> {
    let mut found = [None; N];
    for (name, value) in headers {
        if let Some(at) = names.iter().position(|known| known.as_bytes() == name)
            && found[at].replace(value).is_some()
        {
            return Err(BadFrame::Header);
        }
    }
    Ok(found)
}

fn after<const N: usize>(value: &[u8], magic: [u8; N]) -> Result<&[u8], BadFrame> {
    let (first, rest) = value.split_first_chunk::<N>().ok_or(BadFrame::Cut)?;
    match *first == magic {
        true => Ok(rest),
        false => Err(BadFrame::Magic),
    }
}

/// Confluent's header: 1 and 16 bytes, or 0 and a number; of Protobuf the message
/// indexes behind it. The value has no prefix then.
fn in_header<'a>(header: &[u8], indexes: bool, body: &'a [u8]) -> Result<Framed<'a>, BadFrame> {
    let (kind, rest) = header.split_first().ok_or(BadFrame::Header)?;
    let (id, rest) = match *kind {
        GUID_MAGIC => {
            let (id, rest) = rest.split_first_chunk().ok_or(BadFrame::Header)?;
            (SchemaId::Guid(*id), rest)
        }
        CONFLUENT_MAGIC => {
            let (id, rest) = rest.split_first_chunk().ok_or(BadFrame::Header)?;
            (SchemaId::Number(u32::from_be_bytes(*id)), rest)
        }
        _ => return Err(BadFrame::Header),
    };
    let (message, rest) = match indexes {
        true => MessagePath::read(rest)?,
        false => (MessagePath::FIRST, rest),
    };
    if !rest.is_empty() {
        return Err(BadFrame::Header);
    }
    Ok(Framed { id, message, body })
}

fn framed(id: SchemaId, indexes: bool, rest: &[u8]) -> Result<Framed<'_>, BadFrame> {
    let (message, body) = match indexes {
        true => MessagePath::read(rest)?,
        false => (MessagePath::FIRST, rest),
    };
    Ok(Framed { id, message, body })
}

/// Clear values never print themselves.
impl std::fmt::Debug for Framed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = self.body.len();
        write!(
            f,
            "Framed({:?}, {:?}, .. {len} bytes)",
            self.id, self.message
        )
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
