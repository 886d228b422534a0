//! A sample of events, read as `veil apply` reads its input.

use super::Failure;
use super::apply::envelope;
use super::apply::input::{self, Input};
use super::apply::lines::{Line, Lines};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use veilstream::decode::Limits;
use veilstream::record::Reason;
use veilstream::sample::Profile;

/// Room for what an envelope holds besides the value.
const ENVELOPE_BYTES: usize = 1 << 20;

/// For hashes that nobody else can compute.
pub fn seed() -> u64 {
    // The standard library draws the keys of its hashes at random, once a process.
    RandomState::new().hash_one("a sample")
}

/// A profile whose hashes nobody else can compute.
pub fn empty() -> Profile {
    Profile::new(seed())
}

/// What a line of a sample is.
pub enum Given<'l> {
    /// The value of a record.
    Value(&'l [u8]),
    /// A record without one.
    Tombstone,
    /// Nothing that can be handed over.
    Refused(Reason),
}

/// Hands over all lines of those files, of standard input when there are none.
///
/// # Errors
/// 66, 65 or 74: a file is missing, is no lines of JSON, or cannot be read.
pub fn each(
    files: &[PathBuf],
    enveloped: bool,
    mut take: impl FnMut(Given<'_>),
) -> Result<(), Failure> {
    let bytes_max = Limits::default().value_bytes_max as usize + ENVELOPE_BYTES;
    let mut lines = Lines::new(Input::open(files, enveloped)?, bytes_max);
    loop {
        match lines.next().map_err(|e| input::failure(&e))? {
            Line::End => return Ok(()),
            Line::TooLong => take(Given::Refused(Reason::TooLarge)),
            Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
            Line::Whole(line) if enveloped => take(match envelope::read(line, true) {
                Err(envelope::NoEnvelope) => Given::Refused(Reason::NotJson),
                Ok(read) => match read.value {
                    Some(value) => Given::Value(value.as_bytes()),
                    None => Given::Tombstone,
                },
            }),
            Line::Whole(line) => take(Given::Value(line)),
        }
    }
}

/// A profile to draft a policy from.
pub fn to_draft() -> Profile {
    Profile::by_keys(seed())
}

/// The profile of all lines of those files; of standard input when there are none.
///
/// # Errors
/// As [`each`].
pub fn profile(files: &[PathBuf], enveloped: bool) -> Result<Profile, Failure> {
    filled(empty(), files, enveloped)
}

/// The same, in that profile.
///
/// # Errors
/// As [`each`].
pub fn filled(
    mut profile: Profile,
    files: &[PathBuf],
    enveloped: bool,
) -> Result<Profile, Failure> {
    each(files, enveloped, |given| match given {
        Given::Value(value) => add(&mut profile, Some(value)),
        Given::Tombstone => add(&mut profile, None),
        Given::Refused(reason) => profile.refuse(reason),
    })?;
    Ok(profile)
}

/// Adds the value of a record; `None` is a tombstone. What is refused is counted.
pub fn add(profile: &mut Profile, value: Option<&[u8]>) {
    match value {
        // What is wrong with it is counted by the profile.
        Some(value) => drop(profile.add(value)),
        None => profile.add_tombstone(),
    }
}
