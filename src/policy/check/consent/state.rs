//! The topic of people's decisions: where it lies and how it decides.

use super::signals;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Member, Node};
use crate::plan::live::Grants;
use crate::policy::check::Cx;
use crate::policy::check::names;
use crate::policy::check::paths;
use crate::policy::check::rights::length;
use crate::policy::check::signal::{At, Reads, Signal};
use crate::policy::check::spelled::Spelled;
use crate::policy::check::subject::is_kind;
use crate::policy::grammar;
use crate::record::Literal;

/// Longest that a batch may wait before it is decided, in milliseconds.
const SETTLE_MAX_MS: i64 = 60_000;

/// `consent.state`.
pub(crate) struct State {
    pub(crate) span: Span,
    /// `None`: `veil.NAME.consent`.
    pub(crate) topic: Option<Spelled>,
    pub(crate) format: Format,
    pub(crate) grants: Grants,
    pub(crate) settle_ms: i64,
    pub(crate) stale_after_ms: i64,
    /// `None`: for ever.
    pub(crate) hold_ms: Option<i64>,
    pub(crate) expires_ms: Option<i64>,
}

/// How the topic is written.
pub(crate) enum Format {
    Veil,
    Json {
        /// The kind of its keys; `None`: the only one.
        subject: Option<Spelled>,
        /// How its values are read.
        signals: Vec<Signal>,
        /// Another could not be read, and was reported.
        lacks_signals: bool,
    },
}

impl State {
    /// The topic of decisions of the policy of that name.
    pub(crate) fn topic_of(&self, policy: &str) -> String {
        match &self.topic {
            Some(topic) => topic.value.clone(),
            None => format!("veil.{policy}.consent"),
        }
    }

    /// True when somebody can grant that category by it.
    pub(crate) fn can_grant(&self, category: &str) -> bool {
        match &self.format {
            Format::Veil => true,
            Format::Json { signals, .. } => signals.iter().any(|s| s.can_grant(category)),
        }
    }

    /// True when not all that it reads could be read.
    pub(crate) fn lacks_signals(&self) -> bool {
        matches!(
            self.format,
            Format::Json {
                lacks_signals: true,
                ..
            }
        )
    }
}

/// Reads `consent.state`.
pub(super) fn read(member: &Member, cx: &Cx<'_>, findings: &mut Findings) -> Option<State> {
    let mut mapping = Mapping::open(&member.value, &grammar::STATE, findings)?;
    let topic = mapping.text("topic").and_then(|topic| {
        let span = mapping.place("topic");
        names::topic(topic, span, mapping.findings)
    });
    let is_json = mapping.has("format") && mapping.one_of("format") == Some("json");
    let format = match is_json {
        true => json(&mut mapping, cx),
        false => {
            only_with_json(&mut mapping);
            Format::Veil
        }
    };
    let grants = match mapping.has("grants") && mapping.one_of("grants") == Some("state") {
        true => Grants::State,
        false => Grants::Any,
    };
    let settle_ms = settle(&mut mapping);
    let expires_ms = length(&mut mapping, "expires");
    let stale = mapping.node("stale");
    let stale = stale.and_then(|node| stale_of(node, mapping.findings));
    let (stale_after_ms, hold_ms) = stale.unwrap_or((30_000, Some(3_600_000)));
    Some(State {
        span: member.name_span,
        topic,
        format,
        grants,
        settle_ms,
        stale_after_ms,
        hold_ms,
        expires_ms,
    })
}

fn only_with_json(mapping: &mut Mapping<'_, '_>) {
    for word in ["subject", "path", "signals"] {
        if let Some(member) = mapping.member(word) {
            mapping
                .findings
                .error(
                    codes::STATE_FORM,
                    member.name_span,
                    format!("`{word}` says nothing in `format: veil`"),
                )
                .why("this format has one record a person and category: nothing of it is read another way")
                .help(format!("remove `{word}`, or write `format: json` for a topic of yours"));
        }
    }
}

fn json(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Format {
    // Paths lead into the decisions here, which are JSON whatever events are.
    let _in_decisions = cx.elsewhere();
    let subject = mapping.text("subject").map(str::to_owned);
    let subject = subject.map(|value| Spelled {
        value,
        span: mapping.place("subject"),
    });
    if let Some(subject) = subject.as_ref().filter(|s| !is_kind(&s.value)) {
        mapping
            .findings
            .error(
                codes::BAD_NAME,
                subject.span,
                "this cannot name a kind of identifier",
            )
            .help("name a kind of `source.subject`");
    }
    if mapping.has("path") == mapping.has("signals") {
        let span = match mapping.member("signals") {
            Some(member) => member.name_span,
            None => mapping.place("format"),
        };
        mapping
            .findings
            .error(
                codes::STATE_FORM,
                span,
                "`format: json` needs one of `path` and `signals`",
            )
            .why("nothing else says where in a value the decisions stand")
            .help("add `path: PATH` for an object of category → boolean, or `signals: […]` as under `consent`");
    }
    let nodes = mapping.items("signals");
    let mut signals = signals::signals(nodes, cx, mapping.findings);
    let misfits = nodes.iter().filter(|node| misfit(node, mapping.findings));
    signals.lacks_some |= misfits.count() > 0;
    if let Some(text) = mapping.text("path") {
        let span = mapping.place("path");
        let path = paths::single(text, span, cx, mapping.findings);
        signals.list.extend(path.map(|path| Signal {
            at: At::Value(path),
            reads: Reads::Object {
                means: None,
                grants: vec![Literal::Bool(true)],
            },
            max_age_ms: None,
        }));
    }
    Format::Json {
        subject,
        lacks_signals: signals.lacks_some || signals.list.is_empty(),
        signals: signals.list,
    }
}

/// True, and reported, of a signal that asks for more than a value: a decision that was
/// read has no headers, and once read no age.
fn misfit(node: &Node, findings: &mut Findings) -> bool {
    let is_header = node
        .member("from")
        .filter(|m| m.value.scalar() == Some("header"));
    let (word, help) = match (is_header, node.member("max_age")) {
        (Some(from), _) => (from, "name a place in the value: `from: value`"),
        (None, Some(age)) => (
            age,
            "write `expires` beside `format`: so long after its record a grant ends",
        ),
        (None, None) => return false,
    };
    findings
        .error(
            codes::STATE_FORM,
            word.value.span,
            format!(
                "`{}` cannot stand so in a signal of `consent.state`",
                word.name
            ),
        )
        .why("a record of this topic is read once, by its value alone, and then stays what it is")
        .help(help);
    true
}

fn settle(mapping: &mut Mapping<'_, '_>) -> i64 {
    let Some(text) = mapping.text("settle") else {
        return 0;
    };
    let span = mapping.place("settle");
    // Nothing is a length here, in every unit.
    if ["0ms", "0s", "0m", "0h", "0d", "0w"].contains(&text) {
        return 0;
    }
    let ms = duration::read(text, span, "settle", mapping.findings).unwrap_or(0);
    if ms > SETTLE_MAX_MS {
        mapping
            .findings
            .error(codes::OUT_OF_RANGE, span, "`settle` is longer than `60s`")
            .why("everything that waits is held in memory, and the stream is late by so much")
            .help("write `60s` or less; a sign-up form should write the decision before the event");
    }
    ms
}

/// How long nothing may be known, and how long the stream is held then.
fn stale_of(node: &Node, findings: &mut Findings) -> Option<(i64, Option<i64>)> {
    let mut mapping = Mapping::open(node, &grammar::STALE, findings)?;
    let after = length(&mut mapping, "after").unwrap_or(30_000);
    let hold = match mapping.has("hold") {
        false => Some(3_600_000),
        true => match mapping.text("hold") {
            Some("forever") => None,
            _ => length(&mut mapping, "hold").or(Some(3_600_000)),
        },
    };
    Some((after, hold))
}
