//! Whom a command is about.

use super::super::people::People;
use super::super::{Exit, Failure};
use std::io::Read;
use veilstream::record::SubjectId;
use zeroize::Zeroizing;

/// Longest identifier from standard input, in bytes.
const ID_MAX: u64 = 64 << 10;

/// Flags that name a person.
#[derive(clap::Args)]
pub(super) struct Person {
    /// Of which kind the identifier is, by the policy's `source.subject`
    #[arg(long, value_name = "KIND")]
    kind: String,
    /// The identifier; `-` reads it from standard input, so that it stands in no list of
    /// processes
    #[arg(long, value_name = "ID")]
    id: String,
}

impl Person {
    /// The person.
    ///
    /// # Errors
    /// 64 when the policy has no such kind, or that is no identifier of it.
    pub(super) fn who(&self, people: &People) -> Result<SubjectId, Failure> {
        if self.id != "-" {
            return people.who(&self.kind, &self.id);
        }
        let mut text = Zeroizing::new(String::new());
        let read = std::io::stdin().take(ID_MAX).read_to_string(&mut text);
        read.map_err(|_| Failure::new(Exit::DataErr, "standard input holds no identifier"))?;
        let id = text.strip_suffix('\n').unwrap_or(&text);
        people.who(&self.kind, id.strip_suffix('\r').unwrap_or(id))
    }
}
