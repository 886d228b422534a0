//! What consent says beside the rest of the policy: categories, people, keys, topics.

use super::categories::Category;
use super::state::{Format, State};
use crate::keys::KeyIdentity;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::live::Grants;
use crate::policy::check::model::{Checked, Key, Spelled};
use crate::policy::check::values;
use crate::record::SignalShape;

/// Most consent categories: a record carries one bit for each.
pub(crate) const CATEGORIES_MAX: usize = 64;

/// Checks everything that consent needs of other parts of the policy.
pub(in crate::policy::check) fn check(policy: &Checked, findings: &mut Findings) {
    categories(policy, findings);
    if let Some(state) = &policy.state {
        people(policy, state, findings);
        topics(policy, state, findings);
    }
    key(policy, findings);
    clearing(policy, findings);
}

/// Who withdrew is known where `veil` itself writes decisions, and nowhere else.
fn clearing(policy: &Checked, findings: &mut Findings) {
    let says_who_withdrew = |state: &State| matches!(state.format, Format::Veil);
    if policy.state.as_ref().is_some_and(says_who_withdrew) {
        return;
    }
    let outputs = policy.outputs.iter();
    for (output, span) in outputs.filter_map(|o| Some((o, o.clears_withdrawn()?))) {
        let (what, help) = match &policy.state {
            None => (
                "`when: state` needs `consent.state`",
                "add `state` under `consent`, or write `on_withheld: skip`",
            ),
            Some(_) => (
                "`when: state` needs decisions that say what they end, and `format: json` has none",
                "write `on_withheld: skip`, or let decisions be written by `veil`: `format: veil`",
            ),
        };
        findings
            .error(codes::ON_WITHHELD, span, what)
            .why("a tombstone tells that there is somebody, so it is left only where somebody withdrew what they had granted")
            .help(help)
            .output(&output.topic.value);
    }
}

/// Every category that is needed can be granted, and every one that is spoken for is
/// needed.
fn categories(policy: &Checked, findings: &mut Findings) {
    let mut needed: Vec<&str> = Vec::new();
    let mut spoken: Vec<&str> = Vec::new();
    for signal in &policy.signals {
        let of = signal.categories().unwrap_or_default().into_iter();
        spoken.extend(of.map(|c| c.value.as_str()).filter(|c| signal.can_grant(c)));
    }
    spoken.sort_unstable();
    spoken.dedup();
    for need in policy.outputs.iter().flat_map(|o| &o.needs) {
        if !needed.contains(&need.value.as_str()) {
            if needed.len() == CATEGORIES_MAX {
                findings
                    .error(
                        codes::TOO_LARGE,
                        need.span,
                        format!("more than {CATEGORIES_MAX} consent categories"),
                    )
                    .help("split the policy");
                break;
            }
            needed.push(&need.value);
        }
        let declared = policy.categories.as_deref();
        if declared.is_some_and(|all| all.iter().all(|c| c.name.value != need.value)) {
            undeclared(need, declared.unwrap_or_default(), findings);
            continue;
        }
        if !can_grant(policy, &need.value) && !lacks_some(policy) {
            let near = codes::nearest(&need.value, spoken.iter().copied());
            let denies = policy.signals.iter().find(|s| s.speaks_for(&need.value));
            let help = match near {
                _ if is_state_alone(policy) => {
                    "`grants: state` lets `consent.state` alone grant: read the category there"
                        .to_owned()
                }
                _ if denies.is_some_and(|s| s.shape() == SignalShape::Plain) => {
                    "the signal for it has `grants: []`, so it can only deny: add one that grants"
                        .to_owned()
                }
                _ if denies.is_some() => {
                    "the signal for it can only deny: add one that grants".to_owned()
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => "add a signal under `consent:` that speaks for it".to_owned(),
            };
            findings
                .error(
                    codes::NOBODY_SIGNALS,
                    need.span,
                    format!("no signal can grant `{}`", need.value),
                )
                .why("what is not granted is denied: nothing would ever leave")
                .help(help);
        }
    }
    let spoken_for = policy.signals.iter().filter_map(|s| s.categories());
    for category in spoken_for.flatten() {
        if !needed.contains(&category.value.as_str()) {
            let help = codes::nearest(&category.value, needed.iter().copied()).map_or_else(
                || "name it under `needs_consent`, or remove the signal".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            findings
                .warning(
                    codes::SIGNAL_UNUSED,
                    category.span,
                    format!("no output needs `{}`", category.value),
                )
                .help(help);
        }
    }
}

/// True when somebody can grant that category.
fn can_grant(policy: &Checked, category: &str) -> bool {
    let by_signal = policy.signals.iter().any(|s| s.can_grant(category));
    match &policy.state {
        None => by_signal,
        Some(state) => state.can_grant(category) || by_signal && state.grants == Grants::Any,
    }
}

fn is_state_alone(policy: &Checked) -> bool {
    let state = policy.state.as_ref();
    state.is_some_and(|state| state.grants == Grants::State)
}

/// True when something that may grant could not be read, and was reported.
fn lacks_some(policy: &Checked) -> bool {
    policy.lacks_signals || policy.state.as_ref().is_some_and(State::lacks_signals)
}

fn undeclared(need: &Spelled, declared: &[Category], findings: &mut Findings) {
    let known = || declared.iter().map(|c| c.name.value.as_str());
    let help = codes::nearest(&need.value, known()).map_or_else(
        || {
            format!(
                "add `{}: {{ title: … }}` under `consent.categories`",
                need.value
            )
        },
        |near| format!("did you mean `{near}`?"),
    );
    findings
        .error(
            codes::CATEGORY_UNKNOWN,
            need.span,
            format!("`{}` is no category of `consent.categories`", need.value),
        )
        .why("people would be asked for other categories than outputs need, so nobody could grant this one")
        .help(help);
}

/// Decisions belong to people: who a record is about must be said, and by which key
/// people are found.
fn people(policy: &Checked, state: &State, findings: &mut Findings) {
    let subjects = &policy.source.subject;
    if subjects.span.is_none() {
        findings
            .error(
                codes::STATE_WITHOUT_SUBJECT,
                state.span,
                "`consent.state` decides by the person of a record, and no subject is named",
            )
            .why("nobody would be found in the topic of decisions, so withdrawals would not count")
            .help("add `subject: { customer: PATH }` to `source`");
    }
    if policy.rights.is_none() {
        findings
            .error(
                codes::STATE_WITHOUT_KEY,
                state.span,
                "`consent.state` needs `rights.key`",
            )
            .why("people are kept there under names that only who holds this key can make of an identifier")
            .help("add `rights: { key: subjects }`, with an entry of its own under `keys:`");
    }
    let Format::Json { subject, .. } = &state.format else {
        return;
    };
    match subject {
        Some(kind) if subjects.kind(&kind.value).is_none() && !subjects.kinds.is_empty() => {
            let known = || subjects.kinds.iter().map(|k| k.name.as_str());
            let help = codes::nearest(&kind.value, known()).map_or_else(
                || format!("kinds here: {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            findings
                .error(
                    codes::STATE_FORM,
                    kind.span,
                    format!("`{}` is no kind of `source.subject`", kind.value),
                )
                .help(help);
        }
        None if subjects.kinds.len() > 1 => {
            findings
                .error(
                    codes::STATE_FORM,
                    state.span,
                    "`format: json` lacks `subject`: whose identifiers its keys are",
                )
                .also(subjects.span.unwrap_or(state.span), "several kinds")
                .help(format!(
                    "add `subject: {}`, or another kind",
                    subjects.kinds[0].name
                ));
        }
        _ => {}
    }
}

/// The topics of decisions are nobody's data.
fn topics(policy: &Checked, state: &State, findings: &mut Findings) {
    let name = &policy.name;
    let history = format!("veil.{name}.consent.history");
    let control = format!("veil.{name}.control");
    let topic = state.topic_of(name);
    let span = state.topic.as_ref().map_or(state.span, |t| t.span);
    if [&history, &control].contains(&&topic) {
        findings
            .error(
                codes::TOPIC_CYCLE,
                span,
                format!("`{topic}` is kept for something else of this policy"),
            )
            .why("evidence and heartbeats are written there, and would be read as decisions")
            .help("name another topic, or none: `veil.NAME.consent`");
    }
    let read = policy.source.topics.iter().map(|t| (t, "read here"));
    let outputs = policy.outputs.iter();
    let written = outputs.map(|o| (&o.topic, "an output writes here"));
    let quarantine = policy.quarantine.iter();
    let refused = quarantine.map(|q| (&q.topic, "what is refused goes here"));
    for (other, label) in read.chain(written).chain(refused) {
        if ![&topic, &history, &control].contains(&&other.value) {
            continue;
        }
        findings
            .error(
                codes::TOPIC_CYCLE,
                span,
                format!("`consent.state` shares the topic `{}`", other.value),
            )
            .also(other.span, label)
            .why("names of people and their decisions would stand among the data, and data would be read as decisions")
            .help("give decisions a topic of their own");
    }
}

/// The key of people's names serves nothing else: whoever runs their page holds it, and
/// must not be able to make or undo a code.
fn key(policy: &Checked, findings: &mut Findings) {
    let Some(wanted) = policy.rights.as_ref().and_then(|r| r.key.as_ref()) else {
        return;
    };
    let declared = |alias: &str| policy.keys.iter().find(|k| k.alias == alias);
    let identity = |key: &Key| {
        let reference = key.reference.as_ref()?;
        Some(KeyIdentity::written(&reference.value))
    };
    let own = declared(&wanted.value).and_then(identity);
    let values = policy.outputs.iter().flat_map(values);
    let values = values.filter_map(|v| v.spec.key());
    let mut others: Vec<(&str, Span)> = values.map(|k| (k.alias, k.span)).collect();
    let quarantine = policy.quarantine.as_ref().and_then(|q| q.key.as_ref());
    others.extend(quarantine.map(|k| (k.value.as_str(), k.span)));
    let is_own = |alias: &str| {
        alias == wanted.value || own.is_some() && declared(alias).and_then(identity) == own
    };
    let mut shared = others.into_iter().filter(|(alias, _)| is_own(alias));
    if let Some((_, span)) = shared.next() {
        findings
            .error(
                codes::KEY_OF_PEOPLE,
                wanted.span,
                "the key of `rights` is used for something else",
            )
            .also(span, "and here")
            .why("whoever serves people's own page holds this key, and could make or undo what leaves")
            .help("make an entry of its own: `veil keys new --keyring FILE subjects`, and name it under `keys:`");
    }
}
