//! The gate: which outputs may have this record.
//!
//! **In**: a [`Decoded`] record. **Out**: a [`Permitted`] one with a
//! [`Verdict`] for each output, or the [`Reason`] why nothing can be decided.
//! **Promises**: what is not granted is denied; only `true` grants, or the very
//! values that the policy lists, and a denial wins; nothing is written before the
//! gate has spoken; it is the only maker of [`Permitted`]. A signal that cannot be read
//! denies what it speaks for, and is counted. Beside it, as plain data that no plan asks
//! yet, [`state`]: what people decided elsewhere, and the fence that asks whether they
//! withdrew since. **Does not know**: actions, output
//! formats, where decisions are kept.

mod record_type;
pub mod signals;
pub mod state;

use crate::canon::Canon;
use crate::decode::Decoded;
use crate::plan::condition::Asked;
use crate::plan::live::Candidate;
use crate::plan::{Output, Plan};
use crate::record::counts::Counts;
use crate::record::event_time::Now;
use crate::record::format::Reader;
use crate::record::tape::Document;
use crate::record::value::View;
use crate::record::{Fetched, Reason, Verdict};

/// What a worker keeps from record to record to decide.
pub struct Gate {
    /// The type of the record, parts joined.
    type_name: String,
    /// Canonical text of the subject behind its tag.
    subject: Vec<u8>,
    text: String,
    canon: Canon,
    signals: signals::Scratch,
}

/// A record about which the gate has spoken. Made by [`permit`] only.
pub struct Permitted<'a, R: Reader> {
    decoded: Decoded<'a, R>,
    verdict: Verdict,
    column: u16,
    subject: Option<&'a str>,
}

impl Default for Gate {
    fn default() -> Self {
        Gate {
            type_name: String::new(),
            subject: Vec::new(),
            text: String::new(),
            canon: Canon::from_words(["text"]).expect("`text` is a canonicaliser"),
            signals: signals::Scratch::default(),
        }
    }
}

impl Gate {
    /// Forgets what was counted and never settled.
    pub(crate) fn begin_batch(&mut self) {
        self.signals.bad = Default::default();
    }

    /// Hands over what was counted since the batch began.
    pub(crate) fn settle(&mut self, counts: &mut Counts) {
        counts.bad_signals = std::mem::take(&mut self.signals.bad);
    }
}

/// Decides for each output of `plan` whether the record may go there.
///
/// A tombstone holds nothing that could be consented to: it passes, and each
/// output forwards or drops it. By `now` a signal has its age.
///
/// # Errors
/// `wrong_type` when the record's type cannot be read; `duplicate_key` when type or
/// subject are found several times; what the canonicaliser says of a subject that is
/// there but cannot be read.
pub fn permit<'a, R: Reader>(
    decoded: Decoded<'a, R>,
    plan: &Plan,
    gate: &'a mut Gate,
    now: Now,
) -> Result<Permitted<'a, R>, Reason> {
    let mut verdict = Verdict::default();
    let Some(value) = decoded.value() else {
        for (n, output) in plan.outputs.iter().enumerate() {
            if output.forward_tombstones {
                verdict.permit(n);
            } else {
                verdict.withhold(n, Reason::TombstoneDropped);
            }
        }
        return Ok(Permitted {
            decoded,
            verdict,
            column: plan.types.other,
            subject: None,
        });
    };

    let column = record_type::column(&value, plan, &mut gate.type_name, &mut gate.text)?;
    let (mut granted, mut denied) = (0, 0);
    let record = signals::Heard {
        value,
        fetched: decoded.fetched(),
        now,
    };
    let Gate { text, signals, .. } = &mut *gate;
    signals::heard(
        &record,
        &plan.signals,
        text,
        signals,
        &mut granted,
        &mut denied,
    );
    let granted = granted & !denied;
    for (n, output) in plan.outputs.iter().enumerate() {
        if output.by_type[usize::from(column)].is_none() {
            verdict.withhold(n, Reason::NotSelected);
        } else if output.needs & !granted != 0 {
            verdict.withhold(n, Reason::NoConsent);
            if may_have_left(output, &record, gate) {
                verdict.clear_with_tombstone(n);
            }
        } else if !selects(output, &decoded, value, &mut gate.text) {
            verdict.withhold(n, Reason::NotSelected);
        } else {
            verdict.permit(n);
        }
    }
    let subject = if plan.needs_subject && !verdict.is_empty() {
        subject(&value, plan, gate)?
    } else {
        None
    };
    Ok(Permitted {
        decoded,
        verdict,
        column,
        subject,
    })
}

/// True when the row as it was had what the output needs: a permitted record of this key
/// may have left, which a tombstone takes away. Never for who granted nothing, since a
/// tombstone tells that there is somebody.
#[inline]
fn may_have_left<R: Reader>(
    output: &Output,
    record: &signals::Heard<'_, R>,
    gate: &mut Gate,
) -> bool {
    if output.cleared_by.is_empty() {
        return false;
    }
    let (mut granted, mut denied) = (0, 0);
    let Gate { text, signals, .. } = gate;
    let before = &output.cleared_by;
    signals::heard(record, before, text, signals, &mut granted, &mut denied);
    output.needs & !(granted & !denied) == 0
}

/// True when the output takes records that say what this one does (`where`).
#[inline]
fn selects<'a, R: Reader>(
    output: &Output,
    decoded: &Decoded<'a, R>,
    value: Document<'a, R>,
    text: &mut String,
) -> bool {
    output.conditions.as_ref().is_none_or(|conditions| {
        let asked = Asked {
            value,
            record_key: decoded.record_key(),
            fetched: decoded.fetched(),
        };
        conditions.selects(&asked, text)
    })
}

/// Canonical text of the first candidate that is there.
///
/// # Errors
/// As [`permit`].
fn subject<'a, R: Reader>(
    value: &Document<'_, R>,
    plan: &Plan,
    gate: &'a mut Gate,
) -> Result<Option<&'a str>, Reason> {
    gate.subject.clear();
    if !gate.canon.nothing().is_same(&plan.nothing) {
        gate.canon = gate.canon.clone().with_nothing(&plan.nothing);
    }
    for Candidate { read, .. } in &plan.source.subject {
        // What cannot be read is nobody's.
        let view = match value.unreadable(*read) {
            Some(_) => View::Null,
            None => value.read_one(*read)?.unwrap_or(View::Null),
        };
        if gate.canon.value(view, &mut gate.text, &mut gate.subject)? {
            let text = std::str::from_utf8(&gate.subject[1..]);
            return Ok(Some(text.expect("canonical text is UTF-8 behind its tag")));
        }
    }
    Ok(None)
}

impl<'a, R: Reader> Permitted<'a, R> {
    /// What was decided.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The raw record.
    pub fn fetched(&self) -> Fetched<'a> {
        self.decoded.fetched()
    }

    /// Which element of the raw record it is, where records are taken apart.
    pub fn element(&self) -> Option<u32> {
        self.decoded.element()
    }

    /// The value; `None` is a tombstone.
    pub fn value(&self) -> Option<Document<'a, R>> {
        self.decoded.value()
    }

    /// The record key, when the plan reads it as JSON and it is not null.
    pub fn record_key(&self) -> Option<Document<'a, R>> {
        self.decoded.record_key()
    }

    /// Column of the record's type.
    pub fn column(&self) -> usize {
        usize::from(self.column)
    }

    /// Canonical text of the subject, when the plan asks for one and the
    /// record names one.
    pub fn subject(&self) -> Option<&'a str> {
        self.subject
    }
}
