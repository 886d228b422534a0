//! Who did what, when and why, as far as a log says.

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use super::error::AuditError;
use super::release::{LoggedRelease, Read, Release};
use super::verify::{Broken, open, walk};

/// A command of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// When it began, as the log says.
    pub time: String,
    /// Whose rights it had.
    pub uid: Option<u32>,
    /// Their name, where the system had one.
    pub user: Option<String>,
    /// Who logged in, before any `su` or `sudo`.
    pub login_uid: Option<u32>,
    /// Its words: `decrypt`, `keys destroy`.
    pub command: String,
    /// Why, in the words of who ran it.
    pub why: Option<String>,
    /// The version of a key that it was to use or change.
    pub key: Option<String>,
    /// The policy it went by: name and digest.
    pub policy: Option<(String, String)>,
    /// What else says what it was about; no value.
    pub about: BTreeMap<String, String>,
    /// Hashes of the values that it opened or computed on, by the version of the key.
    pub values: BTreeMap<String, Vec<String>>,
    /// What it released, in the order in which that was composed.
    pub releases: Vec<LoggedRelease>,
    /// `None`: the log does not say that it ended.
    pub end: Option<RunEnd>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// It did all it was asked.
    pub done: bool,
    /// Lines that it could not open or compute.
    pub failed: u64,
}

/// The commands of a log, in the order in which they began; of a chain that breaks
/// those before, and where it breaks.
///
/// # Errors
/// When the file cannot be read.
pub fn list(path: &Path) -> Result<(Vec<Run>, Option<Broken>), AuditError> {
    let failed = |error| AuditError::io(path, "read the audit log")(error);
    let file = open(path).map_err(failed)?;
    let mut listed = Listed::default();
    let end = walk(BufReader::new(file), None, |line| listed.add(line)).map_err(failed)?;
    Ok((listed.runs, end.err()))
}

#[derive(Default)]
struct Listed {
    runs: Vec<Run>,
    /// By command and number, what releases cover whose own line is to come.
    covers: HashMap<(String, u64), Vec<Read>>,
    /// Where a run stands.
    places: HashMap<String, usize>,
}

impl Listed {
    fn add(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let unread = |_| "what it says cannot be read";
        let form: Form = serde_json::from_slice(line).map_err(unread)?;
        match form {
            Form::Log {} => {}
            Form::Begin(begin) => {
                self.places.insert(begin.run, self.runs.len());
                self.runs.push(Run {
                    time: begin.time,
                    uid: begin.who.uid,
                    user: begin.who.user,
                    login_uid: begin.who.login_uid,
                    command: begin.command,
                    why: begin.why,
                    key: begin.key,
                    policy: begin.policy.map(|p| (p.name, p.digest)),
                    about: begin.about,
                    values: BTreeMap::new(),
                    releases: Vec::new(),
                    end: None,
                });
            }
            Form::Values { run, opened } => {
                let of = self.of(&run)?;
                for group in opened {
                    of.values.entry(group.key).or_default().extend(group.values);
                }
            }
            Form::Covers { run, number, read } => {
                self.of(&run)?;
                self.covers.entry((run, number)).or_default().extend(read);
            }
            Form::Release(mut of) => {
                let before = self.covers.remove(&(of.run.clone(), of.number));
                if let Some(before) = before {
                    of.release.read.splice(..0, before);
                }
                let run = self.of(&of.run)?;
                run.releases.push(LoggedRelease {
                    time: of.time,
                    number: of.number,
                    has_left: false,
                    release: of.release,
                });
            }
            Form::Left { run, number } => {
                // It is one of the last: the log of a stream has very many.
                let mut releases = self.of(&run)?.releases.iter_mut().rev();
                let of = releases.find(|listed| listed.number == number);
                of.ok_or("it speaks of a release that was not composed")?
                    .has_left = true;
            }
            Form::End { run, done, failed } => self.of(&run)?.end = Some(RunEnd { done, failed }),
        }
        Ok(())
    }

    fn of(&mut self, run: &str) -> Result<&mut Run, &'static str> {
        let at = self.places.get(run);
        at.and_then(|at| self.runs.get_mut(*at))
            .ok_or("it speaks of a command that has not begun")
    }
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Form {
    Log {},
    Begin(Begin),
    Values {
        run: String,
        opened: Vec<Group>,
    },
    Covers {
        run: String,
        number: u64,
        read: Vec<Read>,
    },
    Release(Released),
    Left {
        run: String,
        number: u64,
    },
    End {
        run: String,
        done: bool,
        failed: u64,
    },
}

#[derive(Deserialize)]
struct Released {
    run: String,
    time: String,
    number: u64,
    #[serde(flatten)]
    release: Release,
}

#[derive(Deserialize)]
struct Begin {
    run: String,
    time: String,
    who: Who,
    command: String,
    why: Option<String>,
    key: Option<String>,
    policy: Option<Policy>,
    #[serde(default)]
    about: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Who {
    uid: Option<u32>,
    user: Option<String>,
    login_uid: Option<u32>,
}

#[derive(Deserialize)]
struct Policy {
    name: String,
    digest: String,
}

#[derive(Deserialize)]
struct Group {
    key: String,
    values: Vec<String>,
}
