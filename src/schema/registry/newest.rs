//! The newest schema of a subject, asked for once and whole: for who looks before anything
//! runs.

use std::sync::Arc;

use super::call::{Call, Kind, Outcome, Schema, Version};
use super::fetched::{Gathering, Text};
use super::thread::Calls;
use super::trouble::{Trouble, Why};

/// Why a registry could not be asked to the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// It keeps who asks waiting.
    #[error("{0}")]
    Trouble(Trouble),
    /// What the schema refers to cannot be used, for that reason.
    #[error("{0}")]
    Unusable(&'static str),
}

/// The newest version of a subject with all that it refers to; `None`: it has none.
///
/// # Errors
/// [`NotAsked`].
pub fn newest(calls: &mut impl Calls, subject: &str) -> Result<Option<Text>, NotAsked> {
    let version = Call::Version(subject, Version::Latest);
    let Some(schema) = one(calls, &version, subject)? else {
        return Ok(None);
    };
    let mut gathering = Gathering::new(schema);
    loop {
        let wanted = gathering.wanted().map_err(NotAsked::Unusable)?;
        let Some((other, version)) = wanted else {
            return Ok(Some(gathering.whole()));
        };
        let version = Call::Version(other, Version::Number(version));
        let Some(schema) = one(calls, &version, subject)? else {
            return Err(NotAsked::Unusable(
                "it refers to a schema that is not there",
            ));
        };
        gathering.got(schema).map_err(NotAsked::Unusable)?;
    }
}

/// Whether a schema is a version of a subject.
///
/// # Errors
/// [`NotAsked::Trouble`].
pub fn is_registered(
    calls: &mut impl Calls,
    subject: &str,
    kind: Kind,
    text: &str,
) -> Result<bool, NotAsked> {
    match calls.call(&Call::LookUp(subject, kind, text)) {
        (Outcome::Id(_), _) => Ok(true),
        (Outcome::Missing, _) => Ok(false),
        (outcome, url) => Err(trouble(outcome, url, subject)),
    }
}

/// Whether a schema is, or may become, a version of a subject.
///
/// # Errors
/// [`NotAsked::Trouble`].
pub fn may_follow(
    calls: &mut impl Calls,
    subject: &str,
    kind: Kind,
    text: &str,
) -> Result<bool, NotAsked> {
    // One that is there already need not be compatible with what came after it.
    for call in [
        Call::LookUp(subject, kind, text),
        Call::Check(subject, kind, text),
    ] {
        let (outcome, url) = calls.call(&call);
        match (outcome, call) {
            (Outcome::Id(_), _) | (Outcome::Compatible(true), _) => return Ok(true),
            (Outcome::Missing, Call::LookUp(..)) => {}
            // Of a subject that is not there yet nothing is said.
            (Outcome::Missing, _) => return Ok(true),
            (Outcome::Compatible(false) | Outcome::Conflict | Outcome::NoSchema, _) => {
                return Ok(false);
            }
            (outcome, _) => return Err(trouble(outcome, url, subject)),
        }
    }
    Ok(true)
}

fn one(calls: &mut impl Calls, call: &Call<'_>, subject: &str) -> Result<Option<Schema>, NotAsked> {
    match calls.call(call) {
        (Outcome::Schema(schema), _) => Ok(Some(schema)),
        (Outcome::Missing, _) => Ok(None),
        (outcome, url) => Err(trouble(outcome, url, subject)),
    }
}

fn trouble(outcome: Outcome, url: Arc<str>, subject: &str) -> NotAsked {
    let why = match outcome {
        Outcome::Trouble(why) => why,
        _ => Why::Unlike("an answer to another call"),
    };
    let subject = Some(subject.into());
    NotAsked::Trouble(Trouble { url, why, subject })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::registry::testing::Registry;

    #[test]
    fn a_subject_is_read_whole_and_what_leaves_is_held_against_another() {
        let mut registry = Registry::default();
        for (id, text) in [(1, "whole"), (2, "part")] {
            registry.has(id, text);
            let version = vec![(id, text.to_owned())];
            registry.subjects.insert(format!("{text}-value"), version);
        }
        registry.refers(1, "part-value");
        let read = newest(&mut registry, "whole-value").expect("it is there");
        let read = read.expect("it has a version");
        assert_eq!((&*read.text, read.references.len()), ("whole", 1));
        assert_eq!(newest(&mut registry, "other-value"), Ok(None));
        registry.subjects.remove("part-value");
        let broken = newest(&mut registry, "whole-value");
        assert!(matches!(broken, Err(NotAsked::Unusable(_))), "{broken:?}");

        let may = |registry: &mut Registry, subject, text| {
            may_follow(registry, subject, Kind::Avro, text)
        };
        assert_eq!(may(&mut registry, "new-value", "any"), Ok(true));
        assert_eq!(may(&mut registry, "whole-value", "any"), Ok(true));
        registry.closed.insert("whole-value");
        assert_eq!(may(&mut registry, "whole-value", "any"), Ok(false));
        assert_eq!(
            may(&mut registry, "whole-value", "whole"),
            Ok(true),
            "it is there"
        );
        registry.down = Some(Why::Status(401));
        let Err(NotAsked::Trouble(trouble)) = may(&mut registry, "whole-value", "any") else {
            panic!("nobody knows");
        };
        assert_eq!(trouble.why, Why::Status(401));
    }
}
