//! Which records reach an output.

use super::Contract;
use crate::plan::TimestampRule;

/// Which records reach an output, in sentences.
pub struct Gate {
    /// Consent or basis; `None` where the policy states neither.
    pub permission: Option<String>,
    /// What stands in place of a record that may not leave.
    pub withheld: String,
    /// How readers must read it; `None`: in any way.
    pub reading: Option<&'static str>,
    /// The types that leave, and what else must hold of the record.
    pub types: String,
    /// What becomes of a record without a value.
    pub tombstones: &'static str,
    /// What becomes of a record that cannot be protected.
    pub refused: String,
    /// What the record's timestamp is.
    pub timestamp: String,
}

impl Contract<'_> {
    /// What the header `veil-policy` of its records says, where they have it.
    pub fn policy_header(&self) -> Option<String> {
        self.output.has_policy_header.then(|| self.policy.stamp())
    }

    /// Which records reach the output.
    pub fn gate(&self) -> Gate {
        let output = self.output;
        let state = self.policy.meaning.state.as_ref();
        let by = match state {
            None => "must be granted in the record".to_owned(),
            Some(state) if state.grants_alone => format!(
                "must be granted by the person, in `{}`; a denial in the record counts too",
                state.topic
            ),
            Some(state) => format!(
                "must be granted by the person, in `{}`, or in the record; a denial in either counts before any grant",
                state.topic
            ),
        };
        let consent = match &output.needs_consent[..] {
            [] => None,
            [one] => Some(format!("consent for `{one}` {by}")),
            several => Some(format!(
                "consent for all of `{}` {by}",
                several.join("`, `")
            )),
        };
        let basis = output
            .basis
            .as_ref()
            .map(|basis| format!("legal basis: {}", basis.replace('_', " ")));
        let both: Vec<String> = consent.into_iter().chain(basis).collect();
        Gate {
            permission: (!both.is_empty()).then(|| both.join("; ")),
            withheld: match (
                output.needs_consent.is_empty(),
                (output.tombstone_when_withheld, output.tombstone_when_withdrawn),
            ) {
                (true, _) => "no record is withheld for want of consent".to_owned(),
                (false, (_, true)) => "without it the record does not leave; where the person withdrew it, a tombstone takes the record's place".to_owned(),
                (false, (true, _)) => "without it the record does not leave; where the row as it was had it, a tombstone takes the record's place".to_owned(),
                (false, _) => "without it the record does not leave".to_owned(),
            },
            reading: (state.is_some() && !output.needs_consent.is_empty()).then_some(
                "with `isolation.level=read_committed`: what was on its way when somebody withdrew is aborted, and other readers would see it",
            ),
            types: {
                let types = match &output.types {
                    None => "records of every type".to_owned(),
                    Some(types) => format!("records of type {} only", types.join(", ")),
                };
                match &output.selects {
                    Some(selects) => format!("{types}, of which {selects}"),
                    None => types,
                }
            },
            tombstones: match output.forwards_tombstones {
                true => "records without a value are passed on as such",
                false => "records without a value do not leave",
            },
            refused: match &self.policy.meaning.quarantine {
                Some(q) => format!(
                    "a record with a value that cannot be protected leaves nowhere: it is sealed into `{}`",
                    q.topic
                ),
                None => "a record with a value that cannot be protected leaves nowhere".to_owned(),
            },
            timestamp: match output.timestamp {
                TimestampRule::Keep => "the event's own".to_owned(),
                TimestampRule::Now => "the time of writing".to_owned(),
                TimestampRule::Release if output.release.as_ref().is_some_and(|of| of.counts.is_some()) => {
                    "that of all rows of its window, whole seconds".to_owned()
                }
                TimestampRule::Release => "that of all records of its release, whole seconds".to_owned(),
                TimestampRule::Truncate(ms) => {
                    format!(
                        "the start of the {} in which the event's own lies, UTC",
                        duration(ms)
                    )
                }
            },
        }
    }
}

/// A length of time, told: `1 week`.
pub(crate) fn lasting(ms: i64) -> String {
    let text = duration(ms);
    match text.starts_with(|c: char| c.is_ascii_digit()) {
        true => text,
        false => format!("1 {text}"),
    }
}

/// A length of time in the largest unit that has it whole.
fn duration(ms: i64) -> String {
    let units = [
        (604_800_000, "week"),
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1_000, "second"),
        (1, "millisecond"),
    ];
    let (of, unit) = units
        .into_iter()
        .find(|(of, _)| ms % of == 0)
        .unwrap_or((1, "millisecond"));
    match ms / of {
        1 => unit.to_owned(),
        n => format!("{n} {unit}s"),
    }
}
