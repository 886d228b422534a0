//! What people decided elsewhere: where it lies, and what of it counts.

use super::difference::{At, Found, NOT_WRITTEN, or_not_written};
use super::outputs::{HELD_BACK_FROM_ALL, holds_back_from_all};
use super::said::Said;
use crate::action::Order;
use crate::plan::live::Grants;
use crate::policy::check::consent::state::{Format, State};

/// The topic of decisions, where some output needs consent.
pub fn state(was: &Said, is: &Said, found: &mut Found) {
    let gates = |said: &Said| said.policy.outputs.iter().any(|o| !o.needs.is_empty());
    if !gates(was) || !gates(is) {
        return;
    }
    let at = |word: &str| At::policy(&format!("consent.state{word}"));
    let (before, now) = match (&was.policy.state, &is.policy.state) {
        (None, None) => return,
        (None, Some(now)) => {
            let why = "people's decisions elsewhere can grant what the record did not";
            let topic = now.topic_of(&is.policy.name);
            return found.add(Order::Unknown, at(""), NOT_WRITTEN, topic, why);
        }
        (Some(before), None) => {
            let why = "a withdrawal elsewhere counts no more";
            let topic = before.topic_of(&was.policy.name);
            return found.add(Order::Weaker, at(""), topic, NOT_WRITTEN, why);
        }
        (Some(before), Some(now)) => (before, now),
    };
    let topics = [(before, was), (now, is)].map(|(s, said)| s.topic_of(&said.policy.name));
    if topics[0] != topics[1] {
        let [a, b] = topics;
        let why = "other decisions count";
        found.add(Order::Unknown, at(".topic"), a, b, why);
    }
    let read = [(before, was), (now, is)].map(|(state, said)| read_as(state, said));
    if read[0] != read[1] {
        let [a, b] = read;
        let why = "decisions are read in another way";
        found.add(Order::Unknown, at(".format"), a, b, why);
    }
    let word = |grants: Grants| match grants {
        Grants::Any => "any",
        Grants::State => "state",
    };
    let (order, why) = match (before.grants, now.grants) {
        (a, b) if a == b => (Order::Same, ""),
        (Grants::State, _) => (Order::Weaker, "what an event says can grant too"),
        _ => held_back(was, is, "what an event says grants no more"),
    };
    found.add(
        order,
        at(".grants"),
        word(before.grants),
        word(now.grants),
        why,
    );
    let millis =
        |ms: Option<i64>| ms.map_or_else(|| NOT_WRITTEN.to_owned(), |ms| format!("{ms} ms"));
    let longer =
        |a: Option<i64>, b: Option<i64>| Order::of(a.unwrap_or(i64::MAX), b.unwrap_or(i64::MAX));
    for (word, a, b, weaker, stronger) in [
        (
            ".expires",
            before.expires_ms,
            now.expires_ms,
            "a grant lasts longer",
            "a grant ends sooner",
        ),
        (
            ".stale.after",
            Some(before.stale_after_ms),
            Some(now.stale_after_ms),
            "records leave for longer while a withdrawal may be unknown",
            "records leave no longer while a withdrawal may be unknown",
        ),
        (
            ".stale.hold",
            before.hold_ms,
            now.hold_ms,
            "what was withheld for want of current decisions leaves when they are known",
            "what waited for current decisions is withheld sooner",
        ),
    ] {
        let (order, why) = match longer(a, b) {
            Order::Stronger => held_back(was, is, stronger),
            order => (order, weaker),
        };
        found.add(order, at(word), millis(a), millis(b), why);
    }
    if before.settle_ms != now.settle_ms {
        let [a, b] = [before, now].map(|s| format!("{} ms", s.settle_ms));
        let why = "records are decided at another time, so other decisions count";
        found.add(Order::Unknown, at(".settle"), a, b, why);
    }
    let key = |said: &Said| {
        let key = said.policy.rights.as_ref()?.key.as_ref()?;
        said.key_ref(&key.value)
    };
    let (a, b) = (key(was), key(is));
    if a != b {
        let why = "people are called by other names: nobody is found under those that were written";
        let (a, b) = (or_not_written(a.as_deref()), or_not_written(b.as_deref()));
        found.add(Order::Weaker, At::policy("rights.key"), a, b, why);
    }
}

/// Less leaves of what is gated; what was refused there may leave elsewhere.
fn held_back(was: &Said, is: &Said, why: &'static str) -> (Order, &'static str) {
    let mut outputs = was.policy.outputs.iter();
    let gated = outputs.any(|o| !o.needs.is_empty() && holds_back_from_all(o));
    match gated && is.policy.outputs.len() > 1 {
        true => (Order::Unknown, HELD_BACK_FROM_ALL),
        false => (Order::Stronger, why),
    }
}

/// How the topic is read, in words.
fn read_as(state: &State, said: &Said) -> String {
    match &state.format {
        Format::Veil => "veil".to_owned(),
        Format::Json {
            subject, signals, ..
        } => {
            let kind = subject.as_ref().map(|s| s.value.as_str());
            let only = || said.policy.source.subject.kinds.first();
            let kind = kind.or_else(|| Some(only()?.name.as_str()));
            let each = signals.iter().map(super::signals::text);
            let each: Vec<String> = each.collect();
            format!(
                "json, keys {}: {}",
                kind.unwrap_or_default(),
                each.join("; ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::super::{Verdict, diff};

    const BASE: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: shop, version: 1, owner: o }\n\
        source: { topic: raw, subject: { customer: u, device: d } }\n\
        keys: { subjects: { ref: \"file:k.json#subjects\" }, other: { ref: \"file:k.json#other\" } }\n\
        rights: { key: subjects }\n\
        consent:\n  signals: [{ from: value, path: c }]\n  state: { settle: 1s, expires: 30d, stale: { after: 30s, hold: 1h }, grants: state }\n\
        outputs:\n  - { topic: out, purpose: p, domain: d, needs_consent: A, fields: { n: { generalize: { bucket: 10 } } } }\n";

    fn both_ways(from: &str, to: &str) -> (String, [Verdict; 2]) {
        assert_eq!(BASE.matches(from).count(), 1, "`{from}` stands once");
        let other = BASE.replacen(from, to, 1);
        let (a, b) = (said(BASE), said(&other));
        let one = |all: Vec<super::super::Difference>| {
            let [one] = &all[..] else { panic!("{all:#?}") };
            assert!(!one.why.is_empty() && one.was != one.is, "{one:?}");
            (one.field.clone(), one.verdict)
        };
        let (field, there) = one(diff(&a, &b));
        (field, [there, one(diff(&b, &a)).1])
    }

    #[test]
    fn what_lets_more_out_is_weaker_and_the_other_way_round_is_not() {
        use Verdict::{Changed, Stronger, Weaker};
        for (from, to, field, verdicts) in [
            (
                "grants: state",
                "grants: any",
                "consent.state.grants",
                [Weaker, Stronger],
            ),
            (
                "expires: 30d",
                "expires: 60d",
                "consent.state.expires",
                [Weaker, Stronger],
            ),
            (
                "expires: 30d, ",
                "",
                "consent.state.expires",
                [Weaker, Stronger],
            ),
            (
                "after: 30s",
                "after: 10s",
                "consent.state.stale.after",
                [Stronger, Weaker],
            ),
            (
                "hold: 1h",
                "hold: forever",
                "consent.state.stale.hold",
                [Weaker, Stronger],
            ),
            (
                "settle: 1s",
                "settle: 2s",
                "consent.state.settle",
                [Changed, Changed],
            ),
            (
                "{ settle",
                "{ topic: theirs, settle",
                "consent.state.topic",
                [Changed, Changed],
            ),
            (
                "{ settle",
                "{ topic: veil.shop.consent, format: json, subject: customer, path: choices, settle",
                "consent.state.format",
                [Changed, Changed],
            ),
            (
                "key: subjects }",
                "key: other }",
                "rights.key",
                [Weaker, Weaker],
            ),
            (
                "customer: u",
                "customer: v",
                "source.subject",
                [Changed, Changed],
            ),
            (
                "customer: u",
                "customer: { path: u, normalize: [trim, lower] }",
                "source.subject",
                [Changed, Changed],
            ),
        ] {
            assert_eq!(both_ways(from, to), (field.to_owned(), verdicts), "{to}");
        }
    }

    #[test]
    fn to_ask_nobody_any_more_is_weaker() {
        let state = "  state: { settle: 1s, expires: 30d, stale: { after: 30s, hold: 1h }, grants: state }\n";
        let (field, verdicts) = both_ways(state, "");
        let wanted = [Verdict::Weaker, Verdict::Changed];
        assert_eq!((&*field, verdicts), ("consent.state", wanted));
    }
}
