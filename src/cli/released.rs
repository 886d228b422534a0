//! Releases in an audit log: before they leave, and that they have.

use super::{Failure, audited, clock};
use std::path::Path;
use veilstream::audit::{Audit, Classes, Floor, Intent, PolicyUsed, Read, Release};
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::release_set::SetMark;
use veilstream::plan::{Output, Plan};
use veilstream::policy::diff::Said;

/// What is told of a release.
pub struct Told<'a> {
    /// Records in it.
    pub records: u64,
    /// Persons they are of.
    pub persons: u64,
    /// The mark of which records are in it; `None`: none is, or no key marks them.
    pub set: Option<SetMark>,
    /// What it covers of the source.
    pub read: Vec<Read>,
    /// Its classes, where it has some.
    pub classes: Option<InClasses<'a>>,
    /// Records that were left out since the release before, by the word of why.
    pub left_out: Vec<(&'static str, u64)>,
}

/// The classes of a release.
pub struct InClasses<'a> {
    /// How many persons each has, the smallest first.
    pub people: &'a [u32],
    /// The mean loss of a record that is in one.
    pub loss: f64,
    /// The same of all that were put together.
    pub penalty: f64,
    /// What was reached of each floor, in the order of the plan.
    pub reached: &'a [f64],
}

/// Writes that a command begins which releases records of that policy.
///
/// # Errors
/// When the log cannot be written: then nothing may leave.
pub fn begin(path: &Path, command: &str, plan: &Plan, said: &Said) -> Result<Audit, Failure> {
    let digest = plan.digest.to_string();
    let about = [("tables", tables(said))];
    let intent = Intent {
        command,
        policy: Some(PolicyUsed {
            name: &plan.name,
            digest: &digest,
        }),
        about: match about[0].1.is_empty() {
            true => &[],
            false => &about,
        },
        ..Intent::default()
    };
    let begun = Audit::begin(path, &intent, clock::now(), &mut OsEntropy);
    begun.map_err(|e| audited::failure(&e))
}

/// Each table of the policy with SHA-256 of it, as an audit log says what a command read.
pub fn tables(said: &Said) -> String {
    let tables = said.tables().iter().map(|(name, digest)| {
        let digest = data_encoding::HEXLOWER.encode(digest);
        format!("{name} {digest}")
    });
    tables.collect::<Vec<_>>().join(", ")
}

/// The entry of a release of that output.
pub fn entry(plan: &Plan, output: &Output, told: Told<'_>) -> Release {
    let demanded = output.held.as_ref().and_then(|held| held.classes.as_ref());
    let classes = told.classes.zip(demanded).map(|(of, demanded)| {
        let floors = demanded.demand.floors.iter().zip(of.reached);
        Classes {
            k: demanded.demand.k,
            count: of.people.len() as u64,
            persons_min: of.people.first().copied().unwrap_or(0),
            ncp: short(of.loss),
            gcp: short(of.penalty),
            floors: floors
                .map(|(floor, reached)| Floor {
                    field: demanded.sensitive[floor.column].clone(),
                    demands: floor.must.to_string(),
                    reached: short(*reached),
                })
                .collect(),
        }
    });
    let left_out = told.left_out.into_iter().filter(|(_, n)| *n > 0);
    Release {
        topic: output.topic.to_string(),
        policy: format!("{}@{}", plan.name, plan.version),
        digest: plan.digest.to_string(),
        set_key: told.set.as_ref().map(|set| set.key.to_string()),
        set: told
            .set
            .map(|set| data_encoding::HEXLOWER.encode(&set.mark)),
        read: told.read,
        records: told.records,
        persons: told.persons,
        classes,
        left_out: left_out.map(|(why, n)| (why.to_owned(), n)).collect(),
    }
}

/// In few digits: none more is meant.
fn short(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}
