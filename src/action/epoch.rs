//! `epoch`, `epoch_by`, `late_max`, `accept_from`: for how long a code stays the same,
//! and of which events one is made.

use super::{Cx, TimeAt, TimeUnit, param};
use crate::crypto::epoch::EpochLength;
use crate::keys::Pick;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, Word, word};
use crate::record::Reason;
use crate::record::event_time::TimeOf;

/// What `epoch` may be.
const LENGTH: Takes = Takes::TextLike("^(none|week|month|quarter|year|[1-9][0-9]*(ms|s|m|h|d|w))$");

pub(super) const EPOCH: Word = word(
    "epoch",
    LENGTH,
    "For how long a value keeps its code: `30d` (from an hour to 3,650 days, counted from 1970 in UTC), `week` (from Monday), `month`, `quarter`, `year`; `none` says that it never changes.",
);
pub(super) const EPOCH_BY: Word = word(
    "epoch_by",
    Takes::Either(&Takes::Text, &BY_OBJECT),
    "The path of the time that says in which epoch an event lies, written in ISO 8601; or `{ path, unit }`.",
)
.default("the record's timestamp");
pub(super) const LATE_MAX: Word = word(
    "late_max",
    Takes::TextLike("^[1-9][0-9]*(ms|s|m|h|d|w)$"),
    "How late an event may come and still get the code of its epoch; what is later is refused (`epoch_out_of_window`), as is what lies more than ten minutes ahead or has no time.",
)
.default("7d");
pub(super) const ACCEPT_FROM: Word = word(
    "accept_from",
    Takes::TextLike(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2}))?$",
    ),
    "A day or a time; events since then are taken however late they come: for a backfill, or a replay of what was refused.",
);

/// `epoch_by` as an object.
static BY: Shape = Shape {
    name: "epoch_by",
    words: &[
        word("path", Takes::Text, "The path of the time.").required(),
        word(
            "unit",
            Takes::OneOf(&["iso", "s", "ms", "us", "ns", "d", "basic"]),
            "How the event writes it; as in `generalize`.",
        )
        .default("iso"),
    ],
};

/// So that a reference to it lasts.
static BY_OBJECT: Takes = Takes::Object(&BY);

/// How late an event may come, unless the policy says otherwise.
const LATE_MAX_MS: i64 = 7 * 86_400_000;
/// How far ahead of the clock its time may lie.
const EARLY_MAX_MS: i64 = 10 * 60_000;

/// The epochs of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epochs {
    /// How long each is.
    pub length: EpochLength,
    /// Where the time stands that decides; `None`: it is the record's timestamp.
    pub by: Option<String>,
    /// It is written in ISO 8601 there.
    pub is_iso: bool,
    /// How late an event may come, in milliseconds.
    pub late_max_ms: i64,
    /// Since when one may come however late, in milliseconds since 1970.
    pub accept_from_ms: Option<i64>,
}

/// As the policy writes them.
pub(super) struct EpochRule {
    epochs: Epochs,
    unit: TimeUnit,
    span: Span,
}

/// What the policy says of epochs.
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// `none`.
    Never,
    /// A length.
    Rule(EpochRule),
}

impl Said {
    /// The length and what goes with it, where codes change.
    pub(super) fn rule(&self) -> Option<&EpochRule> {
        match self {
            Said::Rule(rule) => Some(rule),
            Said::Nothing | Said::Never => None,
        }
    }
}

/// Reads the four words. `None`: one is wrong, and reported.
pub(super) fn read(mapping: &mut Mapping<'_, '_>) -> Option<Said> {
    let before = mapping.findings.errors();
    let text = mapping.text("epoch");
    let length = match text {
        None | Some("none") => None,
        Some(text) => length(text, mapping),
    };
    if matches!(text, None | Some("none")) {
        for name in ["epoch_by", "late_max", "accept_from"] {
            without_epoch(mapping, name);
        }
    }
    let (by, unit, span) = by(mapping);
    let late_max_ms = mapping.text("late_max").map_or(Some(LATE_MAX_MS), |text| {
        let span = mapping.place("late_max");
        duration::read(text, span, "late_max", mapping.findings)
    });
    let accept_from_ms = accept_from(mapping);
    if mapping.findings.errors() > before {
        return None;
    }
    Some(match (text, length) {
        (None, _) => Said::Nothing,
        (Some(_), None) => Said::Never,
        (Some(_), Some(length)) => Said::Rule(EpochRule {
            epochs: Epochs {
                length,
                by,
                is_iso: unit == TimeUnit::ISO,
                late_max_ms: late_max_ms?,
                accept_from_ms,
            },
            unit,
            span,
        }),
    })
}

/// Reads them and the key that the codes are made with, in the versions that this takes.
pub(super) fn read_with_key(mapping: &mut Mapping<'_, '_>) -> (Option<Said>, Option<param::Key>) {
    let said = read(mapping);
    let pick = match said.as_ref().and_then(Said::rule) {
        Some(rule) => Pick::ByEpoch(rule.epochs().length),
        None => Pick::First,
    };
    (said, param::key(mapping, pick))
}

fn length(text: &str, mapping: &mut Mapping<'_, '_>) -> Option<EpochLength> {
    let fixed = duration::millis(text).and_then(EpochLength::fixed);
    let length = EpochLength::of_calendar(text).or(fixed);
    if length.is_none() {
        let span = mapping.place("epoch");
        let words = ["none", "week", "month", "quarter", "year"].into_iter();
        let help = match text {
            "day" => "write `epoch: 1d`",
            "hour" => "write `epoch: 1h`",
            _ if !text.starts_with(|c: char| c.is_ascii_digit()) => {
                codes::unknown_word(mapping.findings, span, "epoch", text, words);
                return None;
            }
            _ => {
                "write a length from an hour to 3,650 days in whole seconds, `30d`; `week`, `month`, `quarter`, `year`; or `none`"
            }
        };
        let message = format!("`{text}` is no length of an epoch");
        mapping
            .findings
            .error(codes::DURATION, span, message)
            .help(help);
    }
    length
}

/// What goes with an epoch says nothing where there is none.
fn without_epoch(mapping: &mut Mapping<'_, '_>, name: &str) {
    if let Some(member) = mapping.member(name) {
        mapping
            .findings
            .error(
                codes::NOT_TOGETHER,
                member.name_span,
                format!("`{name}` says nothing without an epoch"),
            )
            .why("codes that never change are made of events of any time")
            .help(format!("write `epoch: 30d`, or remove `{name}`"));
    }
}

fn by(mapping: &mut Mapping<'_, '_>) -> (Option<String>, TimeUnit, Span) {
    let Some(node) = mapping.node("epoch_by") else {
        return (None, TimeUnit::ISO, mapping.span);
    };
    if let Some(path) = node.scalar() {
        return (Some(path.to_owned()), TimeUnit::ISO, node.span);
    }
    let Some(mut inner) = Mapping::open(node, &BY, mapping.findings) else {
        return (None, TimeUnit::ISO, node.span);
    };
    let unit = match inner.has("unit") {
        true => inner.one_of("unit").and_then(TimeUnit::of),
        false => None,
    };
    let path = inner.text("path").map(str::to_owned);
    (path, unit.unwrap_or(TimeUnit::ISO), inner.place("path"))
}

fn accept_from(mapping: &mut Mapping<'_, '_>) -> Option<i64> {
    let text = mapping.text("accept_from")?;
    let day = || text.parse::<jiff::civil::Date>().ok();
    let at = text.parse::<jiff::Timestamp>().ok();
    let at = at.or_else(|| {
        day()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    });
    if at.is_none() {
        let span = mapping.place("accept_from");
        mapping
            .findings
            .error(
                codes::DURATION,
                span,
                "`accept_from` must be a day or a time",
            )
            .help("write `accept_from: 2026-01-01`, or `2026-01-01T08:00:00Z`");
    }
    at.map(|at| at.as_millisecond())
}

impl EpochRule {
    /// What other rooms know of them.
    pub(super) fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// Where the time stands that decides, when it is not the record's timestamp.
    pub(super) fn time_at(&self) -> Option<TimeAt<'_>> {
        Some(TimeAt {
            path: self.epochs.by.as_deref()?,
            unit: self.unit,
            span: self.span,
        })
    }

    /// For the record path; `time`: what the plan made of [`EpochRule::time_at`].
    pub(super) fn window(&self, time: TimeOf) -> Window {
        Window {
            time,
            late_max_ms: self.epochs.late_max_ms,
            accept_from_ms: self.epochs.accept_from_ms.unwrap_or(i64::MAX),
        }
    }
}

/// Of which events a code is made.
pub(super) struct Window {
    time: TimeOf,
    late_max_ms: i64,
    accept_from_ms: i64,
}

impl Window {
    /// When the event was, in milliseconds since 1970. The clock refuses, and never
    /// chooses: what is taken has the same epoch whenever it is.
    ///
    /// # Errors
    /// `epoch_out_of_window` when the record says no time, or one that is too late or
    /// too early; why what stands there is no time.
    #[inline]
    pub(super) fn event_ms(&self, cx: &Cx<'_>) -> Result<i64, Reason> {
        let at = cx.times.of(self.time)?;
        let now = cx.now.ms();
        let oldest = now
            .saturating_sub(self.late_max_ms)
            .min(self.accept_from_ms);
        let youngest = now.saturating_add(EARLY_MAX_MS);
        if cx.now.takes_any() || (oldest..=youngest).contains(&at) {
            Ok(at)
        } else {
            Err(Reason::EpochOutOfWindow)
        }
    }
}

impl Epochs {
    /// For how long a code stays the same, as part of a sentence.
    pub(crate) fn lasts(&self) -> String {
        let day = EpochLength::fixed(86_400_000);
        let length = match self.length {
            EpochLength::Fixed(_) if Some(self.length) == day => "a day".to_owned(),
            EpochLength::Fixed(_) => format!("{} (counted from 1970)", self.length),
            EpochLength::Week => "a week (from Monday)".to_owned(),
            EpochLength::Month => "a calendar month".to_owned(),
            EpochLength::Quarter => "a quarter of a year".to_owned(),
            EpochLength::Year => "a calendar year".to_owned(),
        };
        let by = match &self.by {
            Some(path) => format!("`{path}` of the event"),
            None => "the record's timestamp".to_owned(),
        };
        format!("for {length} in UTC by {by}, then another one")
    }
}
