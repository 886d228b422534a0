//! Pseudonyms: HMAC-SHA-256 of a canonical value under a key that belongs to
//! one domain, space, canonicaliser, epoch and scope.

use data_encoding::{BASE32_NOPAD, HEXLOWER};

use super::base64url;
use super::epoch::{EpochKeys, EpochLength, Versions};
use super::kdf::{Root, TooLong, Use};
use super::keyed_hash::KeyedHash;
use crate::canon::Canon;
use crate::record::Reason;
use crate::record::jobs::Job;

/// Pseudonyms that are made in one call.
const ABREAST: usize = 16;

/// How far equal values give equal pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In every output of the domain.
    Domain,
    /// In the output of that topic only.
    Output(String),
    /// For one data subject only.
    Subject,
    /// In one record of the output of that topic only.
    Record(String),
    /// In one element of a record that is taken apart, of the output of that topic
    /// only.
    Element(String),
}

impl Scope {
    fn parameter(&self) -> String {
        match self {
            Scope::Domain => "domain".to_owned(),
            Scope::Output(topic) => format!("output:{topic}"),
            Scope::Subject => "subject".to_owned(),
            Scope::Record(topic) => format!("record:{topic}"),
            Scope::Element(topic) => format!("element:{topic}"),
        }
    }
}

/// What a record says of itself, for the scopes that bind to it.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Canonical text of its subject.
    pub subject: Option<&'a str>,
    /// Source topic.
    pub topic: &'a str,
    /// Source partition.
    pub partition: u32,
    /// Source offset.
    pub offset: u64,
    /// Which element of that record it is, counted from 0, where records are taken
    /// apart.
    pub element: Option<u32>,
}

/// How many bits of the tag are kept: 96 to 256, a multiple of 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(u16);

impl Bits {
    /// 128: with 10^12 distinct values any collision has odds of 10^-15.
    pub(crate) const DEFAULT: Bits = Bits(128);

    /// `None` unless 96 to 256 and a multiple of 8.
    pub(crate) const fn new(bits: u16) -> Option<Bits> {
        if bits >= 96 && bits <= 256 && bits.is_multiple_of(8) {
            Some(Bits(bits))
        } else {
            None
        }
    }

    const fn bytes(self) -> usize {
        self.0 as usize / 8
    }
}

/// How a pseudonym is written. All forms are ASCII letters, digits, `-`, `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648 base64url without padding.
    Base64Url(Bits),
    /// Lower-case hexadecimal.
    Hex(Bits),
    /// RFC 4648 base32, lower case, without padding.
    Base32(Bits),
    /// A version 8 UUID, lower case: 122 bits.
    Uuid,
}

/// Length of a UUID's text.
const UUID_LEN: usize = 36;

impl Encoding {
    /// The encoding that `encoding:` and `bits:` of a policy name. `None` when
    /// the word is none, or `uuid` stands with bits.
    pub fn from_words(word: &str, bits: Option<Bits>) -> Option<Encoding> {
        let kept = bits.unwrap_or(Bits::DEFAULT);
        match word {
            "base64url" => Some(Encoding::Base64Url(kept)),
            "hex" => Some(Encoding::Hex(kept)),
            "base32" => Some(Encoding::Base32(kept)),
            "uuid" if bits.is_none() => Some(Encoding::Uuid),
            _ => None,
        }
    }

    /// How many bits of the tag are kept.
    pub fn bits(self) -> u64 {
        match self {
            Encoding::Base64Url(bits) | Encoding::Hex(bits) | Encoding::Base32(bits) => {
                u64::from(bits.0)
            }
            Encoding::Uuid => 122,
        }
    }

    /// Length of every pseudonym in bytes.
    pub(crate) fn text_len(self) -> usize {
        match self {
            Encoding::Base64Url(bits) => base64url::len(bits.bytes()),
            Encoding::Hex(bits) => HEXLOWER.encode_len(bits.bytes()),
            Encoding::Base32(bits) => BASE32_NOPAD.encode_len(bits.bytes()),
            Encoding::Uuid => UUID_LEN,
        }
    }

    fn write(self, tag: &[u8; 32], out: &mut [u8]) {
        match self {
            Encoding::Base64Url(bits) => base64url::encode(&tag[..bits.bytes()], out),
            Encoding::Hex(bits) => HEXLOWER.encode_mut(&tag[..bits.bytes()], out),
            Encoding::Base32(bits) => {
                BASE32_NOPAD.encode_mut(&tag[..bits.bytes()], out);
                out.make_ascii_lowercase();
            }
            Encoding::Uuid => write_uuid(tag, out),
        }
    }
}

/// The first 16 bytes with version 8 and variant 10 set (RFC 9562), as 8-4-4-4-12.
fn write_uuid(tag: &[u8; 32], out: &mut [u8]) {
    let mut uuid: [u8; 16] = super::kdf::first_bytes(tag);
    uuid[6] = 0x80 | (uuid[6] & 0x0f);
    uuid[8] = 0x80 | (uuid[8] & 0x3f);
    let mut at = 0;
    for (i, group) in [
        &uuid[..4],
        &uuid[4..6],
        &uuid[6..8],
        &uuid[8..10],
        &uuid[10..],
    ]
    .into_iter()
    .enumerate()
    {
        if i > 0 {
            out[at] = b'-';
            at += 1;
        }
        let len = 2 * group.len();
        HEXLOWER.encode_mut(group, &mut out[at..at + len]);
        at += len;
    }
}

/// Makes the pseudonyms of one place.
pub struct Pseudonymizer {
    keys: Keys,
    scope: Scope,
    encoding: Encoding,
}

/// What the pseudonyms are made with.
enum Keys {
    /// One key, for ever or for one epoch.
    One(KeyedHash),
    /// One for each epoch.
    Changing(Box<Changing>),
}

/// Everything that decides the key of an epoch besides the epoch.
struct Changing {
    epochs: EpochKeys<KeyedHash>,
    domain: String,
    space: String,
    canon: String,
    scope: String,
}

/// Everything that decides a pseudonym besides the value and the root.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    /// The output's pseudonymisation domain.
    pub domain: &'a str,
    /// The policy's `space:`, empty by default.
    pub space: &'a str,
    /// How values become canonical (of a composite: of its parts).
    pub canon: &'a Canon,
    /// Empty, or start and end of the epoch in milliseconds since 1970, 16
    /// bytes big-endian.
    pub epoch: &'a [u8],
    /// How far equal values give equal pseudonyms.
    pub scope: Scope,
    /// How they are written.
    pub encoding: Encoding,
}

/// Bytes before the message of a pseudonym that changes: the start of its epoch.
const HEAD: usize = 8;

impl Pseudonymizer {
    /// Derives the key.
    ///
    /// # Errors
    /// When domain, space or topic is longer than 65,535 bytes.
    pub fn new(root: &Root, parameters: Parameters<'_>) -> Result<Pseudonymizer, TooLong> {
        let scope = parameters.scope.parameter();
        let key = derive(root, &parameters, parameters.epoch, &scope)?;
        Ok(Pseudonymizer {
            keys: Keys::One(key),
            scope: parameters.scope,
            encoding: parameters.encoding,
        })
    }

    /// Pseudonyms that change with every epoch of that length; `parameters.epoch` is
    /// not looked at. Each epoch takes its version of the key.
    ///
    /// # Errors
    /// When domain, space or topic is longer than 65,535 bytes.
    pub fn changing(
        versions: Versions,
        length: EpochLength,
        parameters: Parameters<'_>,
    ) -> Result<Pseudonymizer, TooLong> {
        let scope = parameters.scope.parameter();
        let any = Root::new(&[0; 32]);
        derive(&any, &parameters, &[0; 16], &scope)?;
        let changing = Changing {
            epochs: EpochKeys::new(length, versions),
            domain: parameters.domain.to_owned(),
            space: parameters.space.to_owned(),
            canon: parameters.canon.id().to_owned(),
            scope,
        };
        Ok(Pseudonymizer {
            keys: Keys::Changing(Box::new(changing)),
            scope: parameters.scope,
            encoding: parameters.encoding,
        })
    }

    /// Length of every pseudonym in bytes.
    pub fn text_len(&self) -> usize {
        self.encoding.text_len()
    }

    /// Appends what the message says before the value: nothing, the subject, or
    /// the record's coordinates. Append V ([`Canon::value`] or
    /// `Canon::composite`) behind it and hand all of it to
    /// [`Pseudonymizer::finish`], which cannot fail. Where pseudonyms change,
    /// [`Pseudonymizer::place`] says in which epoch, before that.
    ///
    /// # Errors
    /// [`Reason::NoSubject`] when the scope needs a subject and there is none;
    /// [`Reason::TooLarge`] for a topic or subject too long for its length
    /// field; [`Reason::WrongType`] when the scope needs an element and the record
    /// is none. `message` is as before then.
    pub fn bind(&self, of: Binding<'_>, message: &mut Vec<u8>) -> Result<(), Reason> {
        let head = match self.keys {
            Keys::One(_) => &[][..],
            Keys::Changing(_) => &[0; HEAD],
        };
        match self.scope {
            Scope::Domain | Scope::Output(_) => message.extend_from_slice(head),
            Scope::Subject => {
                let subject = of.subject.ok_or(Reason::NoSubject)?;
                let len = u32::try_from(subject.len()).map_err(|_| Reason::TooLarge)?;
                message.extend_from_slice(head);
                message.extend_from_slice(&len.to_be_bytes());
                message.extend_from_slice(subject.as_bytes());
            }
            Scope::Record(_) | Scope::Element(_) => {
                let element = match self.scope {
                    Scope::Element(_) => Some(of.element.ok_or(Reason::WrongType)?),
                    _ => None,
                };
                let len = u16::try_from(of.topic.len()).map_err(|_| Reason::TooLarge)?;
                message.extend_from_slice(head);
                message.extend_from_slice(&len.to_be_bytes());
                message.extend_from_slice(of.topic.as_bytes());
                message.extend_from_slice(&of.partition.to_be_bytes());
                message.extend_from_slice(&of.offset.to_be_bytes());
                if let Some(element) = element {
                    message.extend_from_slice(&element.to_be_bytes());
                }
            }
        }
        Ok(())
    }

    /// Says in a message that [`Pseudonymizer::bind`] began when its event was, in
    /// milliseconds since 1970; nothing where pseudonyms do not change.
    ///
    /// # Errors
    /// [`Reason::EpochOutOfWindow`] when the time lies in no epoch,
    /// [`Reason::KeyDestroyed`] when the version of that epoch is gone.
    pub fn place(&self, message: &mut [u8], event_ms: i64) -> Result<(), Reason> {
        if let Keys::Changing(changing) = &self.keys {
            let epoch = changing.epochs.epoch(event_ms)?;
            message[..HEAD].copy_from_slice(&epoch.start_ms.to_be_bytes());
        }
        Ok(())
    }

    /// Writes the pseudonym of a message that [`Pseudonymizer::bind`] began
    /// into `out`, which is [`Pseudonymizer::text_len`] bytes long.
    pub fn finish(&self, message: &[u8], out: &mut [u8]) {
        match &self.keys {
            Keys::One(key) => self.encoding.write(&key.tag(message), out),
            Keys::Changing(changing) => {
                let (start_ms, message) = split(message);
                changing.with(start_ms, |key| self.encoding.write(&key.tag(message), out));
            }
        }
    }

    /// Writes the pseudonym of the input of each job, a message, into its target
    /// in `out`: as [`Pseudonymizer::finish`] one by one, but several abreast.
    pub(crate) fn finish_all(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8]) {
        match &self.keys {
            Keys::One(key) => self.finish_with(key, jobs, |job| job.input(inputs), out),
            Keys::Changing(changing) => {
                // Neighbours are nearly always of one epoch.
                let start_of = |job: &Job| split(job.input(inputs)).0;
                for jobs in jobs.chunk_by(|a, b| start_of(a) == start_of(b)) {
                    changing.with(start_of(&jobs[0]), |key| {
                        self.finish_with(key, jobs, |job| split(job.input(inputs)).1, out);
                    });
                }
            }
        }
    }

    #[inline]
    fn finish_with<'i>(
        &self,
        key: &KeyedHash,
        jobs: &[Job],
        message: impl Fn(&Job) -> &'i [u8],
        out: &mut [u8],
    ) {
        let (several, rest) = jobs.as_chunks::<ABREAST>();
        for jobs in several {
            let tags = key.tags(std::array::from_fn::<_, ABREAST, _>(|n| message(&jobs[n])));
            for (job, tag) in jobs.iter().zip(&tags) {
                self.encoding.write(tag, job.target.of(out));
            }
        }
        for job in rest {
            self.encoding
                .write(&key.tag(message(job)), job.target.of(out));
        }
    }
}

impl Changing {
    fn with<R>(&self, start_ms: i64, done: impl FnOnce(&KeyedHash) -> R) -> R {
        let derive = |root: &Root, epoch: &[u8; 16]| {
            let names = [&*self.domain, &self.space, &self.canon];
            derive_named(root, names, epoch, &self.scope)
                .expect("names of that length were derived from before")
        };
        self.epochs.with(start_ms, derive, done)
    }
}

/// The start of the epoch, and the message itself.
fn split(message: &[u8]) -> (i64, &[u8]) {
    let (head, message) = message.split_first_chunk().expect("`bind` began it");
    (i64::from_be_bytes(*head), message)
}

fn derive(
    root: &Root,
    parameters: &Parameters<'_>,
    epoch: &[u8],
    scope: &str,
) -> Result<KeyedHash, TooLong> {
    let names = [parameters.domain, parameters.space, parameters.canon.id()];
    derive_named(root, names, epoch, scope)
}

fn derive_named(
    root: &Root,
    [domain, space, canon]: [&str; 3],
    epoch: &[u8],
    scope: &str,
) -> Result<KeyedHash, TooLong> {
    let key = root.key::<32>(
        Use::Pseudonym,
        &[
            domain.as_bytes(),
            space.as_bytes(),
            canon.as_bytes(),
            epoch,
            scope.as_bytes(),
        ],
    )?;
    Ok(KeyedHash::new(key.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_lengths() {
        for bits in 0..=300 {
            let good = (96..=256).contains(&bits) && bits % 8 == 0;
            assert_eq!(Bits::new(bits).is_some(), good);
        }
        let len = |word, bits| Encoding::from_words(word, Bits::new(bits)).map(Encoding::text_len);
        assert_eq!(len("base64url", 128), Some(22));
        assert_eq!(len("hex", 256), Some(64));
        assert_eq!(len("base32", 104), Some(21));
        assert_eq!(len("uuid", 0), Some(36));
        assert_eq!(len("uuid", 128), None);
        assert_eq!(len("base64", 128), None);
    }

    #[test]
    fn a_subject_scope_without_subject_is_refused() {
        let key = Pseudonymizer::new(
            &Root::new(&[7; 32]),
            Parameters {
                domain: "d",
                space: "",
                canon: &Canon::raw(),
                epoch: b"",
                scope: Scope::Subject,
                encoding: Encoding::Uuid,
            },
        )
        .unwrap();
        let of = Binding {
            subject: None,
            topic: "t",
            partition: 0,
            offset: 0,
            element: None,
        };
        let mut message = vec![7];
        assert_eq!(key.bind(of, &mut message), Err(Reason::NoSubject));
        assert_eq!(message, [7]);
    }
}
