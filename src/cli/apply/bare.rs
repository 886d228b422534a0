//! Values that have no parts, as lines: a text is its line, and in an envelope a text of
//! JSON; bytes stand in an envelope alone, in Base64.

use super::envelope::{self, NoEnvelope, Read};
use super::opened;
use crate::cli::{Exit, Failure};
use std::borrow::Cow;
use veilstream::plan::{Format, Plan};
use veilstream::record::bare::Bare;

/// What values are under that plan, where they have no parts.
pub(crate) fn of(plan: &Plan) -> Option<Bare> {
    match plan.source.format {
        Format::Bare(bare) => Some(bare),
        _ => None,
    }
}

/// True of a line that is no record.
pub(super) fn is_passed_over(line: &[u8], plan: &Plan, enveloped: bool) -> bool {
    (enveloped || of(plan).is_none()) && line.iter().all(u8::is_ascii_whitespace)
}

/// True of a line that is an envelope, or what was opened of the quarantine, where texts are
/// read.
pub(super) fn is_whole_record(line: &[u8], plan: &Plan) -> bool {
    let has_more = |read: Read<'_>| read.key.is_some() || !read.headers.is_empty();
    of(plan) == Some(Bare::Text)
        && line.starts_with(b"{")
        && (opened::read(line).is_some() || envelope::read(line, false).is_ok_and(has_more))
}

/// An envelope, and the bytes of its value.
pub(super) type Enveloped<'a> = (Read<'a>, Option<Cow<'a, [u8]>>);

/// Why a line is not read as an envelope. What it holds is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotRead {
    /// It is none.
    NoEnvelope,
    /// It is one, and its value is none that the plan reads.
    OtherValue,
}

/// Reads an envelope, and the bytes of its value.
///
/// # Errors
/// [`NotRead`].
pub(super) fn enveloped<'a>(line: &'a [u8], plan: &Plan) -> Result<Enveloped<'a>, NotRead> {
    let read = envelope::read(line, plan.source.key_is_json);
    let read = read.map_err(|NoEnvelope| NotRead::NoEnvelope)?;
    let value = match (read.value, of(plan)) {
        (None, _) => None,
        (Some(json), None) => Some(Cow::Borrowed(json.as_bytes())),
        (Some(json), Some(bare)) => {
            let text: String = serde_json::from_str(json).map_err(|_| NotRead::OtherValue)?;
            let bytes = bare.of_shown(&text).ok_or(NotRead::OtherValue)?;
            Some(Cow::Owned(bytes))
        }
    };
    Ok((read, value))
}

/// Appends what leaves of the line with that number, from 0, as a line without its line
/// break.
///
/// # Errors
/// 65: it is none, since a line break stands in it, or a tombstone.
pub(super) fn write(value: Option<&[u8]>, number: i64, line: &mut Vec<u8>) -> Result<(), Failure> {
    const ENVELOPE: &str =
        "read and write envelopes, in which a value is a text of JSON: --envelope";
    let (what, help) = match value {
        None => ("as a tombstone, and no line is one", ENVELOPE),
        Some(value) if value.contains(&b'\n') => (
            "with a line break in it, and would be several lines",
            ENVELOPE,
        ),
        Some(value) if value.ends_with(b"\r") => (
            "with a CR at its end, which whoever reads the line takes for a part of its line break",
            "where lines end in CR CR LF, take one away (sed 's/\\r$//' FILE | veil apply …); else read and write envelopes: --envelope",
        ),
        Some(value) => {
            line.extend_from_slice(value);
            return Ok(());
        }
    };
    let what = format!(
        "line {} of the input leaves {what}",
        number.saturating_add(1)
    );
    Err(Failure::new(Exit::DataErr, what)
        .why("each line is one record of text; of the records that were read together with it, and of those behind it, nothing was written")
        .help(help))
}

/// Refuses lines where bytes are read: they hold line breaks themselves.
///
/// # Errors
/// 64.
pub(super) fn check(bare: Bare, enveloped: bool) -> Result<(), Failure> {
    if bare == Bare::Text || enveloped {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, "the policy reads bytes, and lines hold none")
        .why("bytes may hold line breaks, so that no line is one record")
        .help(
            "pass envelopes, one a line, whose value is the Base64 of the bytes: --envelope and `{\"key\":null,\"headers\":{},\"timestamp\":0,\"value\":\"aGVsbG8=\"}`",
        ))
}
