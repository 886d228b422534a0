//! Decisions as lines of a file.

use crate::cli::people::People;
use jiff::Timestamp;
use serde::Deserialize;
use veilstream::consent::state::{By, Statement, instant};
use veilstream::preferences::Named;
use veilstream::record::SubjectId;

/// Longest line, in bytes.
pub(super) const LINE_MAX: usize = 64 << 10;

/// A line: JSON, every member a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    #[serde(borrow)]
    kind: std::borrow::Cow<'l, str>,
    #[serde(borrow)]
    id: std::borrow::Cow<'l, str>,
    category: String,
    is: String,
    at: Option<String>,
    until: Option<String>,
    by: Option<String>,
    proof: Option<String>,
}

/// One decision to be written.
pub(super) struct Decided {
    /// Whose.
    pub(super) who: SubjectId,
    /// In which category.
    pub(super) category: String,
    /// What is written; whether it ends a grant is not known yet.
    pub(super) statement: Statement,
}

/// Reads a line; a decision without a time of its own, or of one that is still to come, is
/// of `now`.
///
/// # Errors
/// What is wrong with it, in words that hold nothing of it.
pub(super) fn read(line: &[u8], people: &People, now: Timestamp) -> Result<Decided, String> {
    if line.len() > LINE_MAX {
        return Err(format!("it is longer than {LINE_MAX} bytes"));
    }
    let read: Line<'_> = serde_json::from_slice(line).map_err(|_| {
        "it is no {\"kind\", \"id\", \"category\", \"is\"}, each a text; at, until, by and proof may stand beside them"
            .to_owned()
    })?;
    let granted = match &*read.is {
        "granted" => true,
        "denied" => false,
        _ => return Err("`is` is granted or denied".to_owned()),
    };
    if !people.plan.asked.iter().any(|c| c.name == read.category) {
        return Err("the policy has no such category".to_owned());
    }
    let who = match people.named(&read.kind, &read.id) {
        Named::Who(who) => who,
        Named::Nobody => return Err("`id` stands for nobody".to_owned()),
        Named::NoKind => return Err("the policy has no such kind".to_owned()),
        Named::Bad(reason) => {
            return Err(format!("`id` is no identifier of this kind: {reason}"));
        }
    };
    let at_ms = match &read.at {
        None => now.as_millisecond(),
        Some(text) => {
            let at = text.parse::<Timestamp>();
            let at = at.map_err(|_| "`at` is no time of RFC 3339".to_owned())?;
            at.min(now).as_millisecond()
        }
    };
    let until_ms = match &read.until {
        None => None,
        Some(_) if !granted => return Err("a denial has no `until`".to_owned()),
        Some(text) => {
            let until = instant(text);
            Some(until.ok_or("`until` is no day and no time of RFC 3339")?)
        }
    };
    let by = match read.by.as_deref() {
        None => By::Import,
        Some(word) => By::ALL
            .into_iter()
            .find(|by| by.as_str() == word)
            .ok_or("`by` is page, api, import, cmp or other")?,
    };
    let statement = Statement {
        until_ms,
        proof: read.proof,
        ..Statement::new(granted, at_ms, by)
    };
    statement.value().map_err(|e| e.to_string())?;
    Ok(Decided {
        who,
        category: read.category,
        statement,
    })
}
