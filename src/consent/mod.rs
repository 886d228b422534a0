//! The gate: which outputs may have this record.
//!
//! **In**: a [`Decoded`] record. **Out**: a [`Permitted`] one with a
//! [`Verdict`] for each output, or the [`Reason`] why nothing can be decided.
//! **Promises**: what is not granted is denied; only `true` grants, or the very
//! values that the policy lists, and a denial wins; nothing is written before the
//! gate has spoken; it is the only maker of [`Permitted`]. A signal that cannot be read
//! denies what it speaks for, and is counted. What people decided elsewhere is plain data,
//! [`state`]: one version of it for all of a batch, and the fence that asks whether
//! somebody withdrew since. **Does not know**: actions, output
//! formats, where decisions are kept.

mod people;
mod record_type;
pub mod signals;
pub mod state;
pub mod told;

use crate::decode::Decoded;
use crate::plan::condition::Asked;
use crate::plan::live::Grants;
use crate::plan::minors::Age;
use crate::plan::{Output, Plan};
use crate::record::counts::Counts;
use crate::record::event_time::Now;
use crate::record::format::{JsonText, Reader};
use crate::record::tape::Document;
use crate::record::{Fetched, Reason, Verdict};
use people::{Known, People};
use state::{Decided, Mark, Snapshot};

/// What a worker keeps from record to record to decide, under one plan.
#[derive(Default)]
pub struct Gate {
    /// The type of the record, parts joined.
    type_name: String,
    text: String,
    signals: signals::Scratch,
    people: People,
}

/// A record about which the gate has spoken. Made by [`permit`] only.
pub struct Permitted<'a, R: Reader> {
    decoded: Decoded<'a, R>,
    verdict: Verdict,
    column: u16,
    subject: Option<&'a str>,
    named: (u32, u32),
}

impl Gate {
    /// Another batch, decided by that version of what is known: forgets what was counted
    /// and never settled.
    pub(crate) fn begin_batch(&mut self, version: u64) {
        self.signals.bad = Default::default();
        self.people.begin_batch(version);
    }

    /// Room for the people of the next batch, of one that is done with.
    pub(crate) fn take_back(&mut self, decided: Decided) {
        self.people.decided = decided;
    }

    /// By which version the batch was decided, and who is in what leaves of it.
    pub(crate) fn decided(&mut self) -> Decided {
        std::mem::take(&mut self.people.decided)
    }

    /// Hands over what was counted since the batch began.
    pub(crate) fn settle(&mut self, counts: &mut Counts) {
        counts.bad_signals = std::mem::take(&mut self.signals.bad);
    }
}

/// Decides for each output of `plan` whether the record may go there; `state` is what
/// people decided elsewhere, asked where the plan says so.
///
/// A tombstone holds nothing that could be consented to: it passes, and each
/// output forwards or drops it. By `now` a signal has its age, and a grant its end.
///
/// # Errors
/// `wrong_type` when the record's type cannot be read; `duplicate_key` when type or
/// subject are found several times; what the canonicaliser says of a subject that is
/// there but cannot be read; where people are looked up, `bad_identifier` when none
/// that is there can be read.
pub fn permit<'a, R: Reader>(
    decoded: Decoded<'a, R>,
    plan: &Plan,
    state: &Snapshot,
    gate: &'a mut Gate,
    now: Now,
) -> Result<Permitted<'a, R>, Reason> {
    let Some(value) = decoded.value() else {
        return Ok(Permitted {
            verdict: of_tombstone(plan),
            decoded,
            column: plan.types.other,
            subject: None,
            named: (0, 0),
        });
    };

    let column = record_type::column(
        (&value, decoded.fetched()),
        plan,
        &mut gate.type_name,
        &mut gate.text,
    )?;
    let before = gate.people.decided.who.len();
    let known = match plan.live {
        None => Known::default(),
        Some(_) => known(&value, plan, (state, now), column, gate)?,
    };
    let record = signals::Heard {
        value,
        fetched: decoded.fetched(),
        now,
    };
    let people = Asked {
        value,
        record_key: decoded.record_key(),
        fetched: decoded.fetched(),
    };
    let (age, regions) = people_of(plan, &people, now, &mut gate.text);
    let may = Allowed {
        age,
        regions,
        ..Allowed::of(&record, plan, state, known, gate)
    };
    let mut verdict = Verdict::default();
    let mut has_gated = false;
    for (n, output) in plan.outputs.iter().enumerate() {
        let reason = match may.denies(output, column) {
            Some(reason) => Some(reason),
            None if selects(output, &decoded, value, &mut gate.text) => None,
            None => Some(Reason::NotSelected),
        };
        match reason {
            None => {
                verdict.permit(n);
                has_gated |= output.needs != 0;
            }
            Some(reason) => verdict.withhold(n, reason),
        }
        // Where people are, or that nothing says how old, decides first, and must not keep
        // a withdrawal from its effect. Of who is known to be a child nothing has left, and
        // a tombstone would tell that there is somebody.
        let lacks_consent = match reason {
            Some(Reason::NoConsent) => true,
            Some(Reason::Minor) if may.age == Age::Child => false,
            Some(Reason::NoMechanism | Reason::Minor) => output.needs & !may.granted != 0,
            _ => false,
        };
        if lacks_consent && (may.had_consent(output) || may_have_left(output, &record, gate)) {
            verdict.clear_with_tombstone(n);
        }
    }
    if !has_gated {
        gate.people.decided.who.truncate(before);
    }
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let named = (place(before), place(gate.people.decided.who.len()));
    let needs_subject = plan.needs_subject && !verdict.is_empty();
    let subject = match (needs_subject, &plan.live) {
        (false, _) => None,
        (true, Some(_)) => gate.people.first(),
        (true, None) => gate.people.subject(&value, plan, &mut gate.text)?,
    };
    Ok(Permitted {
        decoded,
        verdict,
        column,
        subject,
        named,
    })
}

/// A record without a value.
fn of_tombstone(plan: &Plan) -> Verdict {
    let mut verdict = Verdict::default();
    for (n, output) in plan.outputs.iter().enumerate() {
        if output.forward_tombstones {
            verdict.permit(n);
        } else {
            verdict.withhold(n, Reason::TombstoneDropped);
        }
    }
    verdict
}

/// What the people of the record decided elsewhere.
///
/// # Errors
/// As [`permit`]: of a record of which nothing would leave anyway, nobody need know whose
/// it is.
#[inline(never)]
fn known<R: Reader>(
    value: &Document<'_, R>,
    plan: &Plan,
    at: (&Snapshot, Now),
    column: u16,
    gate: &mut Gate,
) -> Result<Known, Reason> {
    let Gate { people, text, .. } = gate;
    match people.look_up(value, plan, at, text)? {
        Some(known) => Ok(known),
        None => {
            let mut outputs = plan.outputs.iter();
            match outputs.any(|output| output.takes(column)) {
                true => Err(Reason::BadIdentifier),
                false => Ok(Known::default()),
            }
        }
    }
}

/// What holds of a record at every output.
struct Allowed {
    /// What is granted, and denied by nothing.
    granted: u64,
    known: Known,
    /// It is not known whether there are newer decisions.
    is_stale: bool,
    /// Only what people decided elsewhere can grant.
    by_state_alone: bool,
    /// How old they are.
    age: Age,
    /// The regions that the record is of, as bits.
    regions: u64,
}

/// How old the record says that somebody is, and its regions.
#[inline]
fn people_of<R: Reader>(
    plan: &Plan,
    asked: &Asked<'_, R>,
    now: Now,
    text: &mut String,
) -> (Age, u64) {
    let minors = plan.minors.as_ref();
    let age = minors.map_or(Age::Grown, |m| m.age(asked.one(&m.from), now.ms(), text));
    let regions = plan.regions.as_ref();
    let regions = regions.map_or(0, |r| r.of(asked.one(&r.from), text));
    (age, regions)
}

impl Allowed {
    /// By the record's own signals, and what is known of its people.
    #[inline]
    fn of<R: Reader>(
        record: &signals::Heard<'_, R>,
        plan: &Plan,
        state: &Snapshot,
        known: Known,
        gate: &mut Gate,
    ) -> Allowed {
        let (mut granted, mut denied) = (0, 0);
        let Gate { text, signals, .. } = gate;
        let said = &plan.signals;
        signals::heard(record, said, text, signals, &mut granted, &mut denied);
        let grants = plan.live.as_ref().map(|live| live.grants);
        let by_state_alone = grants == Some(Grants::State);
        let by_signals = if by_state_alone { 0 } else { granted };
        Allowed {
            granted: (by_signals | known.granted) & !(denied | known.denied),
            known,
            is_stale: plan.live.is_some() && !state.is_current(),
            by_state_alone,
            age: Age::Grown,
            regions: 0,
        }
    }

    /// Why that output may not have a record of this type, the gravest reason first.
    #[inline]
    fn denies(&self, output: &Output, column: u16) -> Option<Reason> {
        match self.known.mark {
            Some(Mark::Erased) => return Some(Reason::Erased),
            Some(Mark::Restricted) => return Some(Reason::Restricted),
            None => {}
        }
        if !output.takes(column) {
            return Some(Reason::NotSelected);
        }
        if self.age != Age::Grown {
            return Some(Reason::Minor);
        }
        if output.regions != 0 && output.regions & self.regions == 0 {
            return Some(Reason::NoMechanism);
        }
        if output.needs != 0 && self.is_stale {
            return Some(Reason::ConsentStale);
        }
        (output.needs & !self.granted != 0).then_some(Reason::NoConsent)
    }

    /// True when a record of this key may have left before the person withdrew, and the
    /// output clears it then. Never for who was silent, or always refused.
    #[inline]
    fn had_consent(&self, output: &Output) -> bool {
        let missing = output.needs & !self.granted;
        let withdrawn = missing & self.known.withdrawn;
        // What the topic of decisions never granted, a signal may have.
        let never = missing & self.known.denied & !self.known.withdrawn;
        output.clears_withdrawn && withdrawn != 0 && (never == 0 || !self.by_state_alone)
    }
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
    pub fn record_key(&self) -> Option<Document<'a, JsonText>> {
        self.decoded.record_key()
    }

    /// Column of the record's type.
    pub fn column(&self) -> usize {
        usize::from(self.column)
    }

    /// Which of those that the batch was decided by it names, where some output may have it
    /// by their consent: from and to in [`Decided::who`].
    pub fn named(&self) -> (u32, u32) {
        self.named
    }

    /// Canonical text of the subject, when the plan asks for one and the
    /// record names one.
    pub fn subject(&self) -> Option<&'a str> {
        self.subject
    }
}

#[cfg(test)]
mod gate_tests;
