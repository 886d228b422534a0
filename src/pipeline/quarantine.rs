//! Records that go to quarantine: sealed, or their coordinates alone.

use std::io::Write;

use zeroize::Zeroizing;

use super::worker::Serving;
use crate::crypto::quarantine::Record;
use crate::decode::{Decoder, Split};
use crate::record::raw::HeaderAt;
use crate::record::span::Span;
use crate::record::{Fetched, Reason, Refusal};
use crate::transform::stage::size;

/// The header that says which release group of a policy refused a record, where records of
/// any output wait: a replay feeds it to that one alone.
pub const GROUP_HEADER: &str = "veil-group";

/// What the quarantine gets of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of it, sealed.
    Sealed,
    /// Nothing but reason and coordinates.
    Nothing,
}

/// A record, or an element of one that is taken apart, that is refused.
pub(super) struct Refused<'r> {
    fetched: Fetched<'r>,
    /// Which element.
    element: Option<u32>,
    /// Of an element what it is as a record; else the record has it.
    value: Option<Zeroizing<Vec<u8>>>,
}

impl<'r> Refused<'r> {
    /// All of a record.
    pub(super) fn whole(fetched: Fetched<'r>) -> Refused<'r> {
        Refused {
            fetched,
            element: fetched.element(),
            value: None,
        }
    }

    /// Element number `n` of `split`, the last one that `decoder` has made; without
    /// `split` all of the record.
    pub(super) fn of(
        fetched: Fetched<'r>,
        split: Option<&Split<'_>>,
        n: u32,
        decoder: &Decoder,
    ) -> Refused<'r> {
        match split {
            None => Refused::whole(fetched),
            Some(split) => Refused {
                fetched,
                element: Some(n),
                value: Some(Zeroizing::new(split.text(decoder))),
            },
        }
    }
}

/// Lists the record for the quarantine and counts it. What it held stands in
/// the value, sealed; reason, coordinates and the place that refused it, in the
/// policy's words, stand in the headers. Without a
/// quarantine key, and for records that the format cannot hold, the value is
/// empty: the original lies at its coordinates.
pub(super) fn quarantine(
    refused: Refused<'_>,
    refusal: Refusal,
    kept: Kept,
    serving: &mut Serving,
) {
    let Refused {
        fetched, element, ..
    } = refused;
    let reason = refusal.reason;
    // Whatever reads the same bytes refuses them: of several plans one keeps them.
    let is_too_long = || {
        let len = fetched.value().map_or(0, <[u8]>::len);
        // With a frame around it a value may be longer than what is read of it.
        serving.bindings.is_none() && serving.decoder.is_too_long(len)
    };
    let is_of_bytes = reason.is_of_bytes() || reason == Reason::TooLarge && is_too_long();
    let is_unread = refusal.output.is_none() && is_of_bytes;
    if is_unread && !serving.plan.quarantines_unread && !serving.keeps_unread {
        serving.counts.elsewhere += 1;
        return;
    }
    let out = &mut serving.outgoing;
    let lane = fetched.lane();
    let value_at = out.bytes.len();
    let sealing = serving.plan.quarantine.as_ref();
    if let Some(quarantine) = sealing.filter(|_| kept == Kept::Sealed) {
        let headers: Vec<_> = fetched.headers().collect();
        let record = Record {
            topic: &lane.topic,
            partition: u32::try_from(lane.partition).expect(COORDINATES),
            offset: u64::try_from(fetched.offset()).expect(COORDINATES),
            timestamp: fetched.timestamp(),
            key: fetched.key(),
            value: match &refused.value {
                Some(own) => Some(own),
                None => fetched.value(),
            },
            headers: &headers,
            policy_digest: serving.plan.digest.0,
            element,
        };
        // An empty value is what a record too long for the format gets.
        let sealed = serving
            .sealer
            .seal_binary(&quarantine.key, &record, &mut out.bytes);
        if sealed.is_err() || u32::try_from(out.bytes.len()).is_err() {
            out.bytes.truncate(value_at);
        }
    }
    let mut value = span(value_at, out.bytes.len());

    let headers_at = out.headers.len();
    let mut header = |name: &str, value: std::fmt::Arguments<'_>| {
        let at = out.bytes.len();
        out.bytes.extend_from_slice(name.as_bytes());
        let name = span(at, out.bytes.len());
        let at = out.bytes.len();
        write!(out.bytes, "{value}").expect("a buffer takes all");
        let value = Some(span(at, out.bytes.len()));
        out.headers.push(HeaderAt { name, value });
    };
    header("veil-reason", format_args!("{reason}"));
    header("veil-topic", format_args!("{}", lane.topic));
    header("veil-partition", format_args!("{}", lane.partition));
    header("veil-offset", format_args!("{}", fetched.offset()));
    if let Some(element) = element {
        header("veil-element", format_args!("{element}"));
    }
    if let Some(group) = &serving.plan.group {
        header(GROUP_HEADER, format_args!("{group}"));
    }
    if let Some(n) = refusal.output {
        let output = &serving.plan.outputs[usize::from(n)];
        header("veil-output", format_args!("{}", output.topic));
        if let Some(id) = refusal.field {
            let field = &output.fields[id.index()];
            header("veil-field", format_args!("{}", field.path));
            header("veil-action", format_args!("{}", field.action));
            let counts = &mut serving.counts.outputs[usize::from(n)];
            counts.fields[id.index()].refused += 1;
        }
    }
    if serving.tries > 0 {
        header(
            "veil-tries",
            format_args!("{}", serving.tries.saturating_add(1)),
        );
    }

    let max = serving.quarantine_max;
    if size(None, Some(value), &out.headers[headers_at..]) > max {
        value.len = 0;
    }
    let headers = (headers_at as u32, out.headers.len() as u32);
    serving
        .records
        .quarantine(reason, fetched.offset(), value, headers);
    serving.counts.quarantined[reason.index()] += 1;
}

/// Kafka's numbers; of a replay they are checked before.
const COORDINATES: &str = "partitions and offsets begin at 0";

fn span(from: usize, to: usize) -> Span {
    Span::between(from, to).expect("a batch stays below 4 GiB")
}
