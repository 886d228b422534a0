//! One line of the log, as it is written.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::release::{Read, Release};
use super::who::Who;
use crate::crypto::digest::sha256;
use crate::crypto::key_id::KeyId;

/// What the first line calls the format.
pub(super) const FORMAT: &str = "veil-audit/1";

/// Longest line in bytes, its line break included.
pub(super) const LINE_MAX: usize = 1 << 20;

/// SHA-256 of a line without its line break, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first line.
    pub(super) const NONE: Hash = Hash([0; 32]);

    /// Of a line.
    pub(super) fn of(line: &[u8]) -> Hash {
        Hash(sha256(line))
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Hash> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Hash(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What a command is about to do.
#[derive(Default, Serialize)]
pub struct Intent<'a> {
    /// Its words: `decrypt`, `keys destroy`.
    pub command: &'a str,
    /// Why, in the words of who runs it.
    pub why: Option<&'a str>,
    /// The version of a key that it uses or changes, where that is known before.
    #[serde(serialize_with = "key_id")]
    pub key: Option<&'a KeyId>,
    /// The policy it goes by.
    pub policy: Option<PolicyUsed<'a>>,
    /// What else says what it is about: words of the policy and the command line,
    /// never a value.
    #[serde(serialize_with = "pairs")]
    pub about: &'a [(&'static str, String)],
}

/// The policy that a command goes by.
#[derive(Clone, Copy, Serialize)]
pub struct PolicyUsed<'a> {
    /// `metadata.name`.
    pub name: &'a str,
    /// Digest of its text.
    pub digest: &'a str,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CommandEnd {
    /// It did all it was asked.
    pub done: bool,
    /// Lines that it could not open or compute.
    pub failed: u64,
}

/// What a line says, besides its place in the chain.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Body<'a> {
    /// The first line.
    Log {
        format: &'static str,
        /// Random: tells two logs apart.
        log: &'a str,
    },
    Begin {
        run: &'a str,
        pid: i32,
        who: Who,
        #[serde(flatten)]
        intent: &'a Intent<'a>,
    },
    Values {
        run: &'a str,
        #[serde(rename = "opened")]
        groups: &'a [Group<'a>],
    },
    /// What the next release of that number covers beside what stands in its own line, which
    /// would be too long.
    Covers {
        run: &'a str,
        number: u64,
        read: &'a [Read],
    },
    /// A release is to leave.
    Release {
        run: &'a str,
        number: u64,
        #[serde(flatten)]
        release: &'a Release,
    },
    /// It has left.
    Left { run: &'a str, number: u64 },
    End {
        run: &'a str,
        count: u64,
        #[serde(flatten)]
        outcome: &'a CommandEnd,
    },
}

/// Values under one version of a key.
#[derive(Serialize)]
pub(super) struct Group<'a> {
    #[serde(serialize_with = "display")]
    pub(super) key: &'a KeyId,
    /// Hashes of values, in the order they were given.
    pub(super) values: &'a [String],
}

/// A line in its place.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) seq: u64,
    pub(super) time: String,
    #[serde(flatten)]
    pub(super) body: &'a Body<'a>,
    #[serde(serialize_with = "display")]
    pub(super) previous: &'a Hash,
}

fn display<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn key_id<S: Serializer>(key: &Option<&KeyId>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.collect_str(key),
        None => serializer.serialize_none(),
    }
}

fn pairs<S: Serializer>(
    pairs: &&[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// What the chain is made of.
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) previous: Hash,
    pub(super) time: String,
    pub(super) event: String,
    pub(super) run: Option<String>,
    pub(super) format: Option<String>,
}

/// Reads what the chain needs of a line. What is wrong never shows any of it.
pub(super) fn read_link(line: &[u8]) -> Result<Link, &'static str> {
    #[derive(Deserialize)]
    struct Form {
        seq: u64,
        time: String,
        event: String,
        previous: String,
        run: Option<String>,
        format: Option<String>,
    }
    let form: Form = serde_json::from_slice(line).map_err(|_| "it is no line of an audit log")?;
    Ok(Link {
        seq: form.seq,
        previous: Hash::parse(&form.previous).ok_or("its `previous` is no hash")?,
        time: form.time,
        event: form.event,
        run: form.run,
        format: form.format,
    })
}
