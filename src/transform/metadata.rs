//! What stands around the value: record key, headers, timestamp.

use super::field_outcome::{FieldOutcome, Presence};
use super::state::Scratch;
use super::walk::{PARTS_MAX, count_notes, stand_in};
use crate::action::Cx;
use crate::consent::Permitted;
use crate::plan::{
    HeaderWrite, KeyWrite, OnError, Output, POLICY_HEADER, Plan, RecordKeyFrom, TimestampRule,
};
use crate::record::Reason;
use crate::record::format::{Format, Plain, PlainOut, Reader};
use crate::record::ids::{ActionId, FieldId};
use crate::record::raw::HeaderAt;
use crate::record::span::Span;
use crate::record::tape::Document;
use crate::record::timestamp::{OutTimestamp, Timestamp};
use crate::record::value::{Text, TextForm, View};

/// The record key; `None` is Kafka's null. `needs_key`: the record goes where
/// tombstones go too.
///
/// # Errors
/// `key_unreadable` when a key is needed and the place it is made from is not there;
/// what its action says of it.
pub(super) fn key<F: Format>(
    (plan, output): (&Plan, &Output),
    write: &KeyWrite,
    (record, needs_key): (&Permitted<'_, F::Reader>, bool),
    cx: &mut Cx<'_>,
    scratch: &mut Scratch,
    buf: &mut Vec<u8>,
) -> Result<Option<Span>, Reason> {
    let mut views = [None; PARTS_MAX];
    let views = key_views(write, record, &mut views);
    let is_absent = |view: &Option<View<'_>>| matches!(view, None | Some(View::Null));
    let nothing = match views {
        Ok(views) => views.iter().all(is_absent).then_some(Reason::KeyUnreadable),
        Err(reason) => Some(reason),
    };
    // A compacted topic needs a key to clear a record by.
    let is_path = |from: &RecordKeyFrom| matches!(from, RecordKeyFrom::RecordKeyValue(_));
    let needs_path = needs_key && write.from.iter().any(is_path);
    if let Some(reason) = nothing.filter(|_| needs_path) {
        scratch.refused = Some(write.field);
        return Err(reason);
    }
    let given = match views {
        Ok([one]) => one.map(|view| Ok(Given::One(view))),
        Ok(views) => Some(Ok(Given::Parts(views))),
        Err(reason) => Some(Err(reason)),
    };
    let Some(given) = given else {
        scratch
            .fields
            .push(FieldOutcome::new(write.field, Presence::Absent));
        return Ok(None);
    };
    let site = PlainSite {
        action: write.action,
        field: write.field,
        on_error: write.on_error,
    };
    Ok(
        match site.write::<F>((plan, output), given, cx, scratch, buf)? {
            (Plain::Bytes, span) => Some(span),
            _ => None,
        },
    )
}

fn one<R: Reader>(
    document: Option<Document<'_, R>>,
    read: u16,
) -> Result<Option<View<'_>>, Reason> {
    document.map_or(Ok(None), |document| document.read_one(read))
}

/// What the record key is made from, place by place; `None`: it is not there.
///
/// # Errors
/// When one is no text, is found several times, or lies in a text that cannot be read.
pub(super) fn key_views<'v, 'r, R: Reader>(
    write: &KeyWrite,
    record: &Permitted<'r, R>,
    views: &'v mut [Option<View<'r>>; PARTS_MAX],
) -> Result<&'v [Option<View<'r>>], Reason> {
    for (view, from) in views.iter_mut().zip(&write.from) {
        *view = key_view(from, record)?;
    }
    Ok(&views[..write.from.len()])
}

fn key_view<'r, R: Reader>(
    from: &RecordKeyFrom,
    record: &Permitted<'r, R>,
) -> Result<Option<View<'r>>, Reason> {
    Ok(match from {
        RecordKeyFrom::Value(read) => one(record.value(), *read)?,
        RecordKeyFrom::RecordKeyValue(read) => one(record.record_key(), *read)?,
        RecordKeyFrom::RecordKey => Some(match record.fetched().key() {
            Some(bytes) => plain(bytes)?,
            None => View::Null,
        }),
        RecordKeyFrom::Header(name) => {
            let mut headers = record.fetched().headers();
            let last = headers.rfind(|(n, _)| *n == name.as_bytes());
            last.map(|(_, value)| header_view(value)).transpose()?
        }
    })
}

/// What leaves of the headers of that name, if anything does.
pub(super) fn header_of<'o>(output: &'o Output, name: &[u8]) -> Option<&'o HeaderWrite> {
    let named = |w: &&HeaderWrite| w.name.as_bytes() == name;
    output.headers.iter().find(named)
}

/// A header's value as an action sees it.
///
/// # Errors
/// When it is no text.
pub(super) fn header_view(value: Option<&[u8]>) -> Result<View<'_>, Reason> {
    value.map_or(Ok(View::Null), plain)
}

/// The headers that leave, in the order of the input, each occurrence.
pub(super) fn headers<F: Format>(
    plan: &Plan,
    output: &Output,
    record: &Permitted<'_, F::Reader>,
    cx: &mut Cx<'_>,
    scratch: &mut Scratch,
    buf: &mut Vec<u8>,
    headers: &mut Vec<HeaderAt>,
) -> Result<(), Reason> {
    if output.headers.is_empty() {
        return Ok(());
    }
    for (name, value) in record.fetched().headers() {
        let Some(write) = header_of(output, name) else {
            continue;
        };
        let view = header_view(value);
        let mark = buf.len();
        buf.extend_from_slice(name);
        let name = Span::between(mark, buf.len()).ok_or(Reason::TooLarge)?;
        let site = PlainSite {
            action: write.action,
            field: write.field,
            on_error: write.on_error,
        };
        let given = view.map(Given::One);
        let value = match site.write::<F>((plan, output), given, cx, scratch, buf)? {
            (Plain::Nothing, _) => {
                buf.truncate(mark);
                continue;
            }
            (Plain::Null, _) => None,
            (Plain::Bytes, span) => Some(span),
        };
        headers.push(HeaderAt { name, value });
    }
    Ok(())
}

/// The header that says under which policy the record is made, where the output
/// has it. Nothing of the record is in it.
pub(super) fn stamp(
    output: &Output,
    buf: &mut Vec<u8>,
    headers: &mut Vec<HeaderAt>,
) -> Result<(), Reason> {
    let Some(stamp) = &output.stamp else {
        return Ok(());
    };
    let mut put = |text: &str| {
        let mark = buf.len();
        buf.extend_from_slice(text.as_bytes());
        Span::between(mark, buf.len()).ok_or(Reason::TooLarge)
    };
    let name = put(POLICY_HEADER)?;
    let value = Some(put(stamp)?);
    headers.push(HeaderAt { name, value });
    Ok(())
}

/// The timestamp. A record without one gets the time of writing, as coarse as
/// the rule says. `now_ms`: milliseconds since 1970.
///
/// # Errors
/// When the unit that the timestamp lies in begins before the first timestamp
/// there is.
pub(super) fn timestamp(
    rule: TimestampRule,
    record: Timestamp,
    now_ms: i64,
) -> Result<OutTimestamp, Reason> {
    Ok(match rule {
        // Of a release there is none before it is composed.
        TimestampRule::Now | TimestampRule::Release => OutTimestamp::Now,
        TimestampRule::Keep => record
            .millis()
            .map_or(OutTimestamp::Now, OutTimestamp::Millis),
        TimestampRule::Truncate(unit_ms) => {
            let at = record.millis().unwrap_or(now_ms);
            let start = at.div_euclid(unit_ms).checked_mul(unit_ms);
            OutTimestamp::Millis(start.ok_or(Reason::NumberOutOfRange)?)
        }
    })
}

/// A record key or header as an action sees it.
fn plain(bytes: &[u8]) -> Result<View<'_>, Reason> {
    let text = simdutf8::basic::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
    Ok(View::Text(Text::new(text, TextForm::Plain)))
}

/// What an action is given.
#[derive(Clone, Copy)]
enum Given<'g, 'r> {
    One(View<'r>),
    /// Several values that are protected as one.
    Parts(&'g [Option<View<'r>>]),
}

/// A record key or a header, and what is done to it. What cannot be read is refused as
/// its action refuses.
struct PlainSite {
    action: ActionId,
    field: FieldId,
    on_error: OnError,
}

impl PlainSite {
    fn write<F: Format>(
        &self,
        (plan, output): (&Plan, &Output),
        given: Result<Given<'_, '_>, Reason>,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(Plain, Span), Reason> {
        let mark = buf.len();
        let action = plan.act(self.action, cx);
        let given = match given {
            // What cannot be read is nothing to an action that does not look.
            Err(_) if !action.looks() => Ok(Given::One(View::Bytes(&[]))),
            given => given,
        };
        let written = given.and_then(|given| {
            let mut out = F::plain(buf);
            match given {
                Given::One(view) => action.apply(view, &mut out, cx)?,
                Given::Parts(views) => action.apply_parts(views, &mut out, cx)?,
            }
            out.written()
        });
        let (plain, outcome) = match (written, self.on_error) {
            (Ok(Plain::Nothing), _) => (Plain::Nothing, Presence::Absent),
            (Ok(written), _) => (written, Presence::Written),
            (Err(_), OnError::DropField) => (Plain::Nothing, Presence::DroppedOnError),
            (Err(_), OnError::Replace(literal)) => {
                buf.truncate(mark);
                cx.jobs.truncate(mark);
                let mut out = F::plain(buf);
                stand_in(output.literal(literal), &mut out);
                (out.written()?, Presence::ReplacedOnError)
            }
            (Err(reason), OnError::Quarantine) => {
                scratch.refused = Some(self.field);
                return Err(reason);
            }
        };
        if plain != Plain::Bytes {
            buf.truncate(mark);
            cx.jobs.truncate(mark);
        }
        scratch.fields.push(FieldOutcome::new(self.field, outcome));
        if !cx.noted.is_empty() {
            count_notes(self.field, outcome, cx, scratch);
        }
        let span = Span::between(mark, buf.len()).ok_or(Reason::TooLarge)?;
        Ok((plain, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_go_down_to_their_unit_also_before_1970() {
        const HOUR: TimestampRule = TimestampRule::Truncate(3_600_000);
        for (rule, stamp, expected) in [
            (
                HOUR,
                Timestamp::Create(3_600_001),
                OutTimestamp::Millis(3_600_000),
            ),
            (
                HOUR,
                Timestamp::Append(-1),
                OutTimestamp::Millis(-3_600_000),
            ),
            (HOUR, Timestamp::None, OutTimestamp::Millis(7_200_000)),
            (
                TimestampRule::Keep,
                Timestamp::Create(5),
                OutTimestamp::Millis(5),
            ),
            (TimestampRule::Keep, Timestamp::None, OutTimestamp::Now),
            (TimestampRule::Now, Timestamp::Create(5), OutTimestamp::Now),
        ] {
            assert_eq!(timestamp(rule, stamp, 7_200_005), Ok(expected));
        }
        // Its hour begins before the first millisecond that there is.
        let first = Timestamp::Create(i64::MIN);
        assert_eq!(timestamp(HOUR, first, 0), Err(Reason::NumberOutOfRange));
        let last = timestamp(HOUR, Timestamp::Create(i64::MAX), 0);
        assert_eq!(
            last,
            Ok(OutTimestamp::Millis(i64::MAX / 3_600_000 * 3_600_000))
        );
    }
}
