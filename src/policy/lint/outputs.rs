//! What outputs say of each other: shared domains, joins, recipients, times.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Use, WrittenTo};
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::plan::TimestampRule;
use crate::policy::check::model::{Checked, Output, TypeFields};
use crate::policy::selector::TypePattern;
use crate::record::path::Selector;

/// Checks every output and every pair.
pub(crate) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        gate(policy, output, findings);
        fine_timestamp(output, uses, findings);
        now_is_fine(policy, output, uses, findings);
    }
    // By their names, so that what is said of several does not depend on their order.
    let mut sorted: Vec<&Output> = policy.outputs.iter().collect();
    sorted.sort_by_key(|o| &o.topic.value);
    let mut domains: BTreeMap<&str, Vec<&Output>> = BTreeMap::new();
    for output in sorted.iter().filter(|o| !o.domain.value.is_empty()) {
        domains
            .entry(&output.domain.value)
            .or_default()
            .push(output);
    }
    for (domain, outputs) in &domains {
        shared_domain(domain, outputs, findings);
    }
    let joins: Vec<Joins<'_>> = sorted.iter().map(|o| Joins::of(o, uses)).collect();
    let outputs: Vec<_> = sorted.into_iter().zip(&joins).collect();
    for (i, a) in outputs.iter().enumerate() {
        for b in &outputs[i + 1..] {
            let in_classes = |o: &Output| o.held.as_ref().is_some_and(|h| h.classes.is_some());
            let is_hidden = |o: &Output| in_classes(o) || o.counts.is_some();
            if in_classes(a.0) && in_classes(b.0) {
                intersected(policy, a.0, b.0, findings);
            }
            // In a class, or a count, nobody is told apart, whatever the other one says.
            let is_joined = !is_hidden(a.0) && !is_hidden(b.0);
            if is_joined && a.0.domain.value != b.0.domain.value {
                linkable(policy, *a, *b, findings);
            }
        }
    }
}

fn gate(policy: &Checked, output: &Output, findings: &mut Findings) {
    if policy.gates && output.needs.is_empty() && output.basis.is_none() {
        findings
            .warning(
                codes::NO_GATE_NO_BASIS,
                output.topic.span,
                format!(
                    "`{}` needs no consent and names no basis",
                    output.topic.value
                ),
            )
            .why("the policy gates on consent, so an output without a gate needs its reason")
            .help("add `needs_consent: CATEGORY`, or `basis: contract` (or another)")
            .output(&output.topic.value);
    }
}

fn fine_timestamp(output: &Output, uses: &[Use<'_>], findings: &mut Findings) {
    let finest = match output.timestamp {
        TimestampRule::Keep => 1,
        TimestampRule::Now | TimestampRule::Release => return,
        TimestampRule::Truncate(ms) => ms,
    };
    let times = uses
        .iter()
        .filter(|u| u.place == WrittenTo::Field && std::ptr::eq(u.output, output))
        .filter_map(|u| Some((u, u.facts.time_step.as_ref()?)));
    let Some((coarse, step)) = times
        .filter(|(_, step)| step.ms > finest)
        .max_by_key(|(_, step)| step.ms)
    else {
        return;
    };
    findings
        .warning(
            codes::FINE_TIMESTAMP,
            output.timestamp_span.unwrap_or(output.topic.span),
            format!("the record timestamp is finer than `{}`", coarse.path),
        )
        .also(coarse.value.span, "made coarser here")
        .why("the time that the field hides stands beside it, in the record itself")
        .help(format!(
            "timestamp: {{ generalize: {{ time: {} }} }}",
            step.written
        ))
        .output(&output.topic.value)
        .field("timestamp");
}

fn now_is_fine(policy: &Checked, output: &Output, uses: &[Use<'_>], findings: &mut Findings) {
    if output.timestamp != TimestampRule::Now {
        return;
    }
    // The same output first: it is the nearest.
    let is_cut = |u: &&Use<'_>| u.facts.time_step.as_ref().is_some_and(|s| s.ms > 1000);
    let cut = uses.iter().filter(is_cut);
    let cut = cut.min_by_key(|u| (!std::ptr::eq(u.output, output), u.at().start));
    let cut = cut.map(|u| (u.at(), format!("`{}`", u.path)));
    let is_truncated = |o: &&Output| matches!(o.timestamp, TimestampRule::Truncate(_));
    let truncated = policy.outputs.iter().filter(is_truncated).filter_map(|o| {
        let what = format!("the timestamp of `{}`", o.topic.value);
        Some((o.timestamp_span?, what))
    });
    let Some((span, what)) = cut.or(truncated.min_by_key(|(span, _)| span.start)) else {
        return;
    };
    findings
        .warning(
            codes::NOW_IS_FINE,
            output.timestamp_span.unwrap_or(output.topic.span),
            format!("the time of writing is finer than {what}"),
        )
        .also(span, "made coarser here")
        .why("`now` is the millisecond in which the copy is written, soon after the event: it tells the time that is hidden, and the copies of one event apart from all others")
        .help("timestamp: { generalize: { time: 1d } }")
        .output(&output.topic.value)
        .field("timestamp");
}

fn shared_domain(domain: &str, outputs: &[&Output], findings: &mut Findings) {
    let [first, others @ ..] = outputs else {
        return;
    };
    if let [second, ..] = others {
        let topics: Vec<&str> = outputs.iter().map(|o| o.topic.value.as_str()).collect();
        let mut note = findings
            .note(
                codes::SHARED_DOMAIN,
                second.domain.span,
                format!("{} share the domain `{domain}`", topics.join(", ")),
            )
            .also(first.domain.span, "also named here")
            .why("their pseudonyms join by design: one domain is one pseudonym space")
            .help("give them different domains if they must not be joined");
        for topic in topics {
            note = note.output(topic);
        }
    }
    let reader = |o: &Output| o.recipient.as_ref().map(|r| r.value.clone());
    for other in others.iter().filter(|o| reader(o) != reader(first)) {
        findings
            .error(
                codes::DOMAIN_OF_TWO_RECIPIENTS,
                other.domain.span,
                format!("two recipients share the domain `{domain}`"),
            )
            .also(first.domain.span, "the other recipient's")
            .why("they could join what each of them got, person by person")
            .help("give each recipient its own domain")
            .output(&first.topic.value)
            .output(&other.topic.value);
    }
}

/// What of an output decides how it can be joined with another.
struct Joins<'p> {
    /// What leaves in clear and names a person: path and inputs.
    names: HashSet<(&'p str, &'p [Selector])>,
    /// What leaves in clear, whatever it is: a path.
    clear: BTreeSet<&'p str>,
    /// Some pseudonym stays.
    stable: bool,
}

impl<'p> Joins<'p> {
    fn of(output: &Output, uses: &'p [Use<'p>]) -> Joins<'p> {
        let own = || uses.iter().filter(|u| std::ptr::eq(u.output, output));
        Joins {
            names: own()
                .filter(|u| {
                    // Of a part, nobody knows that it is the same in both.
                    let is_named = u.place == WrittenTo::Key || u.is(categories::may_be_direct);
                    u.facts.clear && is_named && !u.is_part
                })
                .map(|u| (u.path.as_str(), u.inputs.as_slice()))
                .collect(),
            clear: own()
                .filter(|u| u.facts.clear && !u.is_part)
                .map(|u| u.path.as_str())
                .collect(),
            stable: own().any(|u| u.facts.linkable),
        }
    }
}

/// How two outputs of different domains can be joined, worst first.
fn linkable(
    policy: &Checked,
    (a, of_a): (&Output, &Joins<'_>),
    (b, of_b): (&Output, &Joins<'_>),
    findings: &mut Findings,
) {
    let shared = of_a.names.iter().filter(|n| of_b.names.contains(*n)).min();
    let (level, why) = if let Some((path, _)) = shared {
        ("by key", format!("`{path}` leaves in clear to both"))
    } else if same_records(policy, a, b) {
        (
            "by row",
            "the same records leave to both in source order, so the n-th of one is the n-th of the other".to_owned(),
        )
    } else if let Some(path) = of_a.clear.intersection(&of_b.clear).min()
        && can_both_get(policy, a, b)
    {
        (
            "by content",
            format!(
                "`{path}` leaves in clear to both, so a record with a rare value of it is the one that has it there"
            ),
        )
    } else if of_a.stable && of_b.stable {
        (
            "by behaviour",
            "both carry pseudonyms that stay, so patterns over time match persons".to_owned(),
        )
    } else {
        (
            "by behaviour",
            "times and counts of both follow the same persons".to_owned(),
        )
    };
    findings
        .warning(
            codes::LINKABLE_OUTPUTS,
            b.domain.span,
            format!(
                "who reads `{}` and `{}` can join them {level}",
                a.topic.value, b.topic.value
            ),
        )
        .label(format!("domain `{}`", b.domain.value))
        .also(a.domain.span, format!("domain `{}`", a.domain.value))
        .why(why)
        .help(cheapest(level))
        .output(&a.topic.value)
        .output(&b.topic.value);
}

/// What makes the join harder, and costs least.
fn cheapest(level: &str) -> &'static str {
    match level {
        "by key" => "drop it from one of them, or pseudonymize it there",
        "by row" => {
            "`order: { shuffled: { pool: 1000 } }` in one of them ends that; where their readers are apart, say so: `dangerously: [{ allow: linkable_outputs, output: [ … ], because: … }]`"
        }
        "by content" => {
            "drop it from one of them, or generalize it there; where their readers are apart, say so: `dangerously: [{ allow: linkable_outputs, output: [ … ], because: … }]`"
        }
        _ => {
            "an `epoch` in one of them ends its histories; where their readers are apart, say so: `dangerously: [{ allow: linkable_outputs, output: [ … ], because: … }]`"
        }
    }
}

/// Two outputs in which one person is in a class of each.
fn intersected(policy: &Checked, a: &Output, b: &Output, findings: &mut Findings) {
    if !can_both_get(policy, a, b) {
        return;
    }
    let span = |o: &Output| o.held.as_ref().map_or(o.topic.span, |held| held.span);
    findings
        .warning(
            codes::TWO_RELEASES,
            span(b),
            format!(
                "the same persons leave in classes to `{}` and to `{}`",
                a.topic.value, b.topic.value
            ),
        )
        .also(span(a), "and here in other ones")
        .why("whoever knows somebody finds her class in each: what is in both is of fewer than `k` persons")
        .help("release them once, with all fields that are needed; or keep the records apart with `where`")
        .output(&a.topic.value)
        .output(&b.topic.value);
}

/// True when some record can leave to both, in one order.
fn same_records(policy: &Checked, a: &Output, b: &Output) -> bool {
    a.held.is_none() && b.held.is_none() && can_both_get(policy, a, b)
}

/// True when some record can leave to both.
fn can_both_get(policy: &Checked, a: &Output, b: &Output) -> bool {
    let regions = policy.regions.as_ref();
    if regions.is_some_and(|regions| regions.are_apart(&a.regions, &b.regions)) {
        return false;
    }
    match (&a.types, &b.types) {
        (Some(a), Some(b)) => a.iter().any(|x| b.iter().any(|y| can_meet(x, y))),
        _ => true,
    }
}

fn can_meet(a: &TypeFields, b: &TypeFields) -> bool {
    match (&a.pattern, &b.pattern) {
        (TypePattern::Other, _) | (_, TypePattern::Other) => true,
        (TypePattern::Exact(a), TypePattern::Exact(b)) => a == b,
        (TypePattern::Prefix(start), TypePattern::Exact(name))
        | (TypePattern::Exact(name), TypePattern::Prefix(start)) => name.starts_with(start),
        (TypePattern::Prefix(a), TypePattern::Prefix(b)) => a.starts_with(b) || b.starts_with(a),
    }
}
