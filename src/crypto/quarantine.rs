//! Quarantined records, sealed to a public key: suite 11.
//!
//! The pipeline needs the public key only; given no more, whoever runs it cannot
//! read what was quarantined. HPKE (RFC 9180) base mode, export only; one
//! encapsulation per worker and batch, made only when a record needs it.

use aes_gcm::Aes256Gcm;
use hpke::aead::ExportOnlyAead;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use std::convert::Infallible;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::envelope::{self, Envelope, OpenError, Suite, TAG_LEN};
use super::kdf::{KeyHandle, Lp, Use};
use super::key_id::KeyId;
use super::secret::Secret;
use crate::record::timestamp::Timestamp;

/// Most seals under one encapsulation; then a new one is made.
const SEALS_MAX: u32 = 1 << 20;
const ENC_LEN: usize = 32;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Recipient = <X25519HkdfSha256 as Kem>::PublicKey;

/// The key that records are quarantined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: [u8; 32],
}

/// 32 bytes that are no usable X25519 public key.
#[cfg(feature = "key-files")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these 32 bytes are no X25519 public key that anything can be sealed to")]
pub(crate) struct BadPublicKey;

impl PublicKey {
    /// The public half of the key pair that the root gives.
    pub(crate) fn of(key: &KeyHandle) -> PublicKey {
        let (_, public) = key_pair(key);
        PublicKey {
            id: key.id.clone(),
            key: public.to_bytes().into(),
        }
    }

    /// A public key from a keyring.
    ///
    /// # Errors
    /// When nothing can be sealed to it (a point of low order): found now, not
    /// when the first record has to be quarantined.
    #[cfg(feature = "key-files")]
    pub(crate) fn new(id: KeyId, key: [u8; 32]) -> Result<PublicKey, BadPublicKey> {
        let public = PublicKey { id, key };
        public
            .encapsulate(&mut Fixed([1; 32]))
            .ok_or(BadPublicKey)?;
        Ok(public)
    }

    /// Which key it is: `name:version`.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Its 32 bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    /// The encapsulated key, and the key K for AES-256-GCM.
    pub(super) fn encapsulate(
        &self,
        entropy: &mut dyn Entropy,
    ) -> Option<([u8; ENC_LEN], Secret<32>)> {
        let recipient = Recipient::from_bytes(&self.key).ok()?;
        let (enc, context) =
            hpke::setup_sender_with_rng::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &recipient,
                info(&self.id).bytes(),
                &mut Source(entropy),
            )
            .ok()?;
        let key = Secret::try_fill(|k| context.export(export_context().bytes(), k)).ok()?;
        Some((enc.to_bytes().into(), key))
    }
}

/// A record as it was read, to be sealed.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Source topic.
    pub(crate) topic: &'a str,
    /// Source partition.
    pub(crate) partition: u32,
    /// Source offset.
    pub(crate) offset: u64,
    /// Source timestamp.
    pub(crate) timestamp: Timestamp,
    /// Source key.
    pub(crate) key: Option<&'a [u8]>,
    /// Source value.
    pub(crate) value: Option<&'a [u8]>,
    /// Source headers, in order.
    pub(crate) headers: &'a [(&'a [u8], Option<&'a [u8]>)],
    /// Digest of the policy that refused it.
    pub(crate) policy_digest: [u8; 32],
    /// It is one element of the record there, counted from 0; the value is that
    /// record's with the element in place of its list.
    pub(crate) element: Option<u32>,
}

/// The record does not fit the format: a topic or header name is longer than
/// 65,535 bytes, there are more headers than that, or a value has 4 GiB. Only
/// reason and coordinates may then be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record does not fit the quarantine format: quarantine its coordinates only")]
pub(crate) struct TooLong;

/// Seals quarantined records, for one worker.
pub(crate) struct Sealer {
    entropy: Box<dyn Entropy>,
    batch: Option<Encapsulation>,
    /// The binary form in the making.
    work: Vec<u8>,
}

struct Encapsulation {
    to: PublicKey,
    /// H up to the nonce.
    header: Vec<u8>,
    cipher: Box<Aes256Gcm>,
    sealed: u32,
}

impl Sealer {
    /// Of one worker.
    pub(crate) fn new(entropy: impl Entropy + 'static) -> Sealer {
        Sealer {
            entropy: Box::new(entropy),
            batch: None,
            work: Vec::new(),
        }
    }

    /// Forgets the key of the last batch.
    pub(crate) fn begin_batch(&mut self) {
        self.batch = None;
    }

    /// Appends the binary form of the sealed record to `out` (what Kafka gets).
    ///
    /// # Errors
    /// [`TooLong`]; `out` is as before.
    pub(crate) fn seal_binary(
        &mut self,
        to: &PublicKey,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        self.seal(to, record)?;
        out.extend_from_slice(&self.work);
        Ok(())
    }

    fn seal(&mut self, to: &PublicKey, record: &Record<'_>) -> Result<(), TooLong> {
        let work = &mut self.work;
        work.clear();
        let current = |batch: &&mut Encapsulation| batch.to == *to && batch.sealed < SEALS_MAX;
        let batch = match self.batch.as_mut().filter(current) {
            Some(batch) => batch,
            None => {
                let new = Encapsulation::new(to, self.entropy.as_mut());
                self.batch.insert(new)
            }
        };
        let nonce = envelope::nonce(batch.sealed);
        work.extend_from_slice(&batch.header);
        work.extend_from_slice(&nonce);
        let header_len = work.len();
        if let Err(too_long) = encode(record, work) {
            // What was encoded so far is clear text.
            zeroize::Zeroize::zeroize(work);
            return Err(too_long);
        }
        batch.sealed += 1;
        envelope::encrypt(&batch.cipher, nonce, header_len, work);
        Ok(())
    }
}

impl Encapsulation {
    fn new(to: &PublicKey, entropy: &mut dyn Entropy) -> Encapsulation {
        let (enc, key) = to
            .encapsulate(entropy)
            .expect("a public key was tried when it was made");
        let mut header = envelope::header_start(&to.id);
        header.push(Suite::Quarantine as u8);
        header.extend_from_slice(&enc);
        Encapsulation {
            to: to.clone(),
            header,
            cipher: Box::new(envelope::cipher(&key)),
            sealed: 0,
        }
    }
}

/// Name and value of one header.
pub(crate) type OpenedHeader = (Vec<u8>, Option<Zeroizing<Vec<u8>>>);

/// A quarantined record, opened.
pub struct Opened {
    /// Source topic.
    pub topic: String,
    /// Source partition.
    pub partition: u32,
    /// Source offset.
    pub offset: u64,
    /// Source timestamp.
    pub timestamp: Timestamp,
    /// Source key.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// Source value.
    pub value: Option<Zeroizing<Vec<u8>>>,
    /// Source headers, in order.
    pub headers: Vec<OpenedHeader>,
    /// Digest of the policy that refused it.
    pub policy_digest: [u8; 32],
    /// It is one element of the record there, counted from 0; the value is that
    /// record's with the element in place of its list.
    pub element: Option<u32>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Opened({} {} {})",
            self.topic, self.partition, self.offset
        )
    }
}

/// Opens a quarantined record with the root of the key it was sealed to.
///
/// # Errors
/// Each way in which it does not fit, by its own name.
pub fn open(sealed: &Envelope, key: &KeyHandle) -> Result<Opened, OpenError> {
    if sealed.suite() != Suite::Quarantine {
        return Err(OpenError::OtherSuite);
    }
    if key.id != *sealed.key_id() {
        return Err(OpenError::WrongKey);
    }
    let (enc, nonce) = sealed.tail().split_at(ENC_LEN);
    let enc = Deserializable::from_bytes(enc).map_err(|_| OpenError::Inauthentic)?;
    let (private, _) = key_pair(key);
    let context = hpke::setup_receiver::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        info(&key.id).bytes(),
    )
    .map_err(|_| OpenError::Inauthentic)?;
    let k = Secret::try_fill(|k| context.export(export_context().bytes(), k))
        .map_err(|_| OpenError::Inauthentic)?;
    let q = sealed.decrypt(&envelope::cipher(&k), nonce)?;
    decode(&q).ok_or(OpenError::Malformed)
}

fn key_pair(key: &KeyHandle) -> (PrivateKey, Recipient) {
    let ikm = key
        .root
        .key::<32>(Use::QuarantineKem, &[])
        .expect("a use without parameters has none too long");
    X25519HkdfSha256::derive_keypair(ikm.expose())
}

fn info(id: &KeyId) -> Lp {
    Lp::of(&[b"veil/1", b"quarantine", id.to_string().as_bytes()])
        .expect("a key id is at most 43 bytes")
}

fn export_context() -> Lp {
    Lp::of(&[b"veil/1", b"quarantine-key"]).expect("the words are short")
}

/// A whole record.
const Q_RECORD: u8 = 1;
/// An element of a record that was taken apart.
const Q_ELEMENT: u8 = 2;
const NULL: u32 = u32::MAX;

/// Q = 01 ‖ LP(topic) ‖ u32 partition ‖ u64 offset ‖ u8 timestamp type ‖ i64
/// timestamp ‖ N(key) ‖ N(value) ‖ u16 headers ‖ (LP(name) ‖ N(value))* ‖
/// policy digest; N = u32 length ‖ bytes, null = FFFFFFFF. Of an element 02 stands
/// first, and u32 element last.
pub(super) fn encode(record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), TooLong> {
    let (timestamp_type, timestamp) = match record.timestamp {
        Timestamp::None => (0, -1),
        Timestamp::Create(ms) => (1, ms),
        Timestamp::Append(ms) => (2, ms),
    };
    let headers = u16::try_from(record.headers.len()).map_err(|_| TooLong)?;
    let values: usize = [record.key, record.value]
        .into_iter()
        .flatten()
        .map(<[u8]>::len)
        .sum();
    out.reserve(record.topic.len() + values + 128 + TAG_LEN);
    out.push(match record.element {
        None => Q_RECORD,
        Some(_) => Q_ELEMENT,
    });
    push_name(record.topic.as_bytes(), out)?;
    out.extend_from_slice(&record.partition.to_be_bytes());
    out.extend_from_slice(&record.offset.to_be_bytes());
    out.push(timestamp_type);
    out.extend_from_slice(&timestamp.to_be_bytes());
    push_value(record.key, out)?;
    push_value(record.value, out)?;
    out.extend_from_slice(&headers.to_be_bytes());
    for (name, value) in record.headers {
        push_name(name, out)?;
        push_value(*value, out)?;
    }
    out.extend_from_slice(&record.policy_digest);
    if let Some(element) = record.element {
        out.extend_from_slice(&element.to_be_bytes());
    }
    Ok(())
}

fn push_name(name: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
    let len = u16::try_from(name.len()).map_err(|_| TooLong)?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(name);
    Ok(())
}

fn push_value(value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), TooLong> {
    let len = match value {
        None => NULL,
        Some(value) => u32::try_from(value.len())
            .ok()
            .filter(|&len| len != NULL)
            .ok_or(TooLong)?,
    };
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

fn decode(q: &[u8]) -> Option<Opened> {
    let mut at = Reader(q);
    let is_element = match at.bytes(1)? {
        [Q_RECORD] => false,
        [Q_ELEMENT] => true,
        _ => return None,
    };
    let opened = Opened {
        topic: String::from_utf8(at.name()?.to_vec()).ok()?,
        partition: u32::from_be_bytes(at.array()?),
        offset: u64::from_be_bytes(at.array()?),
        timestamp: {
            let kind = at.bytes(1)?[0];
            let ms = i64::from_be_bytes(at.array()?);
            match kind {
                0 => Timestamp::None,
                1 => Timestamp::Create(ms),
                2 => Timestamp::Append(ms),
                _ => return None,
            }
        },
        key: at.value()?,
        value: at.value()?,
        headers: (0..u16::from_be_bytes(at.array()?))
            .map(|_| Some((at.name()?.to_vec(), at.value()?)))
            .collect::<Option<_>>()?,
        policy_digest: at.array()?,
        element: match is_element {
            true => Some(u32::from_be_bytes(at.array()?)),
            false => None,
        },
    };
    at.0.is_empty().then_some(opened)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let len = u16::from_be_bytes(self.array()?);
        self.bytes(usize::from(len))
    }

    /// `Some(None)` is a null.
    fn value(&mut self) -> Option<Option<Zeroizing<Vec<u8>>>> {
        match u32::from_be_bytes(self.array()?) {
            NULL => Some(None),
            len => Some(Some(Zeroizing::new(self.bytes(len as usize)?.to_vec()))),
        }
    }
}

/// The entropy source as HPKE wants it: its 32 bytes become the ephemeral ikm.
struct Source<'a>(&'a mut dyn Entropy);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

/// One fixed ephemeral key, to try a public key with; nothing is sealed under it.
#[cfg(feature = "key-files")]
struct Fixed([u8; 32]);

#[cfg(feature = "key-files")]
impl Entropy for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.iter_mut()
            .zip(self.0.iter().cycle())
            .for_each(|(o, b)| *o = *b);
    }
}

#[cfg(test)]
mod tests;
