//! What a reviewer relies on beside what leaves: what fields are, who writes, what
//! people are told, which reasons are given, what is kept as evidence, what is tested.

use std::collections::BTreeMap;

use super::difference::{At, Found, NOT_WRITTEN};
use super::said::Said;
use crate::action::Order;
use crate::categories;
use crate::language::report::shown;
use crate::policy::check::model::{Class, Writers};
use crate::policy::lint::uses;
use crate::record::path::Selector;

/// Everything of it.
pub(super) fn review(was: &Said, is: &Said, found: &mut Found) {
    classes(was, is, found);
    writers(was, is, found);
    words_to_people(was, is, found);
    reasons(was, is, found);
    evidence(was, is, found);
    tests(was, is, found);
}

/// The classes of each path that has some, by the type that they hold for.
fn by_path(said: &Said) -> BTreeMap<(Option<String>, &Selector), &Class> {
    let Some(classes) = &said.policy.classes else {
        return BTreeMap::new();
    };
    let all = classes.fields.iter().map(|class| (None, class));
    let of_types = classes.types.iter().flat_map(|(pattern, list)| {
        list.iter()
            .map(move |class| (Some(pattern.to_string()), class))
    });
    let all = all.chain(of_types);
    all.map(|(of, class)| ((of, &class.selector), class))
        .collect()
}

/// How much the linter asks of what is of these classes.
fn weight(class: &Class) -> [bool; 4] {
    let any = |is: fn(&str) -> bool| class.names.iter().any(|name| is(name));
    [
        any(categories::is_special),
        any(categories::may_be_direct),
        any(categories::is_identifier),
        any(|name| name != categories::NONE),
    ]
}

/// What each field is: by it the linter knows what may not leave so. A class more is no
/// difference: it asks more, and lets nothing out.
fn classes(was: &Said, is: &Said, found: &mut Found) {
    let (before, now) = (by_path(was), by_path(is));
    let names = |class: &Class| class.names.join(", ");
    let leaves = uses(&is.policy);
    // Of what nothing leaves any more, no class is missed.
    let is_used = |path: &Selector| {
        let mut inputs = leaves
            .iter()
            .filter(|u| !u.facts.drops)
            .flat_map(|u| &u.inputs);
        inputs.any(|input| input.covers(path) || path.covers(input))
    };
    for ((of, path), old) in &before {
        let at = At {
            record_type: of.clone(),
            ..At::policy(&shown(&format!("classes: {path}")))
        };
        let (order, text, why) = match now.get(&(of.clone(), *path)) {
            Some(new) if new.names == old.names => continue,
            Some(new) => {
                let (a, b) = (weight(old), weight(new));
                let less = a.iter().zip(b).any(|(a, b)| *a && !b);
                let more = b.iter().zip(a).any(|(b, a)| *b && !a);
                let (order, why) = match (less, more) {
                    (true, _) => (Order::Weaker, "less is asked of what leaves of it"),
                    (false, true) => (Order::Stronger, "more is asked of what leaves of it"),
                    (false, false) => (Order::Unknown, "it is said to be something else"),
                };
                (order, names(new), why)
            }
            None if weight(old)[3] && is_used(path) => {
                let why = "nothing says any more what it is, and it leaves in some form";
                (Order::Weaker, NOT_WRITTEN.to_owned(), why)
            }
            None => continue,
        };
        found.add(order, at, names(old), text, why);
    }
}

/// Who can write an event.
fn writers(was: &Said, is: &Said, found: &mut Found) {
    let of = |said: &Said| said.policy.source.writers;
    let word = |writers: Option<Writers>| match writers {
        None => NOT_WRITTEN,
        Some(Writers::Own) => "own",
        Some(Writers::Outsiders) => "outsiders",
    };
    let (order, why) = match (of(was), of(is)) {
        (a, b) if a == b => return,
        (_, Some(Writers::Outsiders)) => (
            Order::Unknown,
            "others can send values of their choice, and look up their codes in what leaves",
        ),
        _ => (
            Order::Weaker,
            "that others can look up codes is no longer asked about",
        ),
    };
    found.add(
        order,
        At::policy("source.writers"),
        word(of(was)),
        word(of(is)),
        why,
    );
}

/// What people are told when they are asked: what they agreed to is what they read.
fn words_to_people(was: &Said, is: &Said, found: &mut Found) {
    let (Some(before), Some(now)) = (&was.policy.categories, &is.policy.categories) else {
        return;
    };
    for new in now {
        let Some(old) = before.iter().find(|c| c.name.value == new.name.value) else {
            continue;
        };
        let at = |word: &str| At::policy(&format!("consent.categories.{}.{word}", new.name.value));
        let why = "people agreed to other words than these";
        for (word, a, b) in [
            ("title", &old.title, &new.title),
            ("text", &old.text, &new.text),
        ] {
            if a != b {
                let (a, b) = (shown(&a.all()), shown(&b.all()));
                found.add(Order::Unknown, at(word), a, b, why);
            }
        }
        let word = |is: bool| if is { "true" } else { NOT_WRITTEN };
        let (a, b) = (old.explicit.is_some(), new.explicit.is_some());
        let (order, why) = match (a, b) {
            (true, false) => (Order::Weaker, "it is an explicit consent no more"),
            (false, true) => (Order::Stronger, "it is declared an explicit consent"),
            _ => (Order::Same, ""),
        };
        found.add(order, at("explicit"), word(a), word(b), why);
    }
}

/// The reasons that are given for what is not refused.
fn reasons(was: &Said, is: &Said, found: &mut Found) {
    let why = "the reason is another one: who accepted the first has not accepted this";
    for new in is.policy.sensitive.iter().flatten() {
        let same = |e: &&crate::policy::check::accountability::Sensitive| {
            let category = |e: &crate::policy::check::accountability::Sensitive| {
                e.category.as_ref().map(|c| c.value.clone())
            };
            e.class.value == new.class.value
                && e.condition == new.condition
                && category(e) == category(new)
        };
        let old = was.policy.sensitive.iter().flatten().find(same);
        if let Some(old) = old.filter(|old| old.because != new.because) {
            let at = At::policy(&format!("sensitive: {}", new.class.value));
            let (a, b) = (shown(&old.because), shown(&new.because));
            found.add(Order::Unknown, at, a, b, why);
        }
    }
    for new in &is.policy.allowances {
        let old = was.policy.allowances.iter().find(|a| {
            a.allow.name == new.allow.name && a.outputs == new.outputs && a.field == new.field
        });
        if let Some(old) = old.filter(|old| old.because != new.because) {
            let at = At::policy(&format!("dangerously: {}", new.allow.name));
            let (a, b) = (shown(&old.because), shown(&new.because));
            found.add(Order::Unknown, at, a, b, why);
        }
    }
}

/// How long it can be shown what people decided, and whom nobody may take up again.
fn evidence(was: &Said, is: &Said, found: &mut Found) {
    let (Some(before), Some(now)) = (&was.policy.rights, &is.policy.rights) else {
        return;
    };
    let days = |ms: i64| format!("{ms} ms");
    let at = At::policy;
    let (a, b) = (before.proof_ms, now.proof_ms);
    let (order, why) = match b.cmp(&a) {
        std::cmp::Ordering::Less => (
            Order::Weaker,
            "what people decided can be shown for less long",
        ),
        std::cmp::Ordering::Equal => (Order::Same, ""),
        std::cmp::Ordering::Greater => (
            Order::Unknown,
            "what people decided can be shown for longer, and is kept for longer",
        ),
    };
    found.add(order, at("rights.proof"), days(a), days(b), why);
    let (a, b) = (before.retain_ms, now.retain_ms);
    let (order, why) = match b.cmp(&a) {
        std::cmp::Ordering::Less => (Order::Weaker, "whom was erased is known for less long"),
        std::cmp::Ordering::Equal => (Order::Same, ""),
        std::cmp::Ordering::Greater => (Order::Stronger, "who was erased is known for longer"),
    };
    found.add(order, at("rights.erased.retain"), days(a), days(b), why);
}

/// Tests that are gone.
fn tests(was: &Said, is: &Said, found: &mut Found) {
    let now = &is.policy.tests;
    for test in &was.policy.tests {
        if now.iter().all(|t| t.name != test.name) {
            let why = "nothing holds any more what this test held";
            found.add(
                Order::Weaker,
                At::policy("tests"),
                shown(&test.name),
                NOT_WRITTEN,
                why,
            );
        }
    }
}

#[cfg(test)]
mod tests_of_it {
    use super::super::tests::said;
    use super::super::{Verdict, diff};

    const BASE: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: shop, version: 1, owner: o }\n\
        source: { topic: raw, writers: own, subject: { customer: u } }\n\
        keys: { subjects: { ref: \"file:k.json#subjects\" }, people: { ref: \"file:k.json#people\" } }\n\
        classes: { fields: { u: user.unique_id, h: user.health_and_medical, n: none } }\n\
        rights: { key: subjects, proof: 1095d }\n\
        sensitive: [{ class: user.health_and_medical, condition: explicit_consent, category: A, because: they asked }]\n\
        consent:\n  categories: { A: { title: Study, text: we look, explicit: true } }\n  state: { grants: state }\n\
        outputs:\n  - { topic: out, purpose: p, domain: d, needs_consent: A, fields: { u: { pseudonymize: { key: people, normalize: text, epoch: none } }, h: { keep: { one_of: [x] } }, n: { keep: { one_of: [x] } } } }\n\
        tests: [{ name: first, raw: x, quarantined: not_json }, { name: second, raw: y, quarantined: not_json }]\n";

    #[test]
    fn what_a_reviewer_relies_on_is_seen() {
        for (from, to, verdict, field) in [
            (
                "u: user.unique_id",
                "u: none",
                Verdict::Weaker,
                "classes: u",
            ),
            ("u: user.unique_id, ", "", Verdict::Weaker, "classes: u"),
            (
                "n: none",
                "n: user.behavior",
                Verdict::Stronger,
                "classes: n",
            ),
            (
                "u: user.unique_id",
                "u: user.device.device_id",
                Verdict::Changed,
                "classes: u",
            ),
            (
                "writers: own",
                "writers: outsiders",
                Verdict::Changed,
                "source.writers",
            ),
            ("1095d", "30d", Verdict::Weaker, "rights.proof"),
            ("1095d", "2000d", Verdict::Changed, "rights.proof"),
            (
                "text: we look",
                "text: we sell",
                Verdict::Changed,
                "consent.categories.A.text",
            ),
            (
                "title: Study",
                "title: Sale",
                Verdict::Changed,
                "consent.categories.A.title",
            ),
            (
                "because: they asked",
                "because: we want",
                Verdict::Changed,
                "sensitive: user.health_and_medical",
            ),
            (
                ", { name: second, raw: y, quarantined: not_json }",
                "",
                Verdict::Weaker,
                "tests",
            ),
        ] {
            assert!(BASE.contains(from), "{from}");
            let (was, is) = (said(BASE), said(&BASE.replacen(from, to, 1)));
            let found = diff(&was, &is);
            let told: Vec<_> = found
                .iter()
                .map(|d| (d.verdict, d.field.as_str()))
                .collect();
            assert_eq!(told, [(verdict, field)], "{from} → {to}");
        }
        let (was, is) = (
            said(&BASE.replace("writers: own", "writers: outsiders")),
            said(BASE),
        );
        assert_eq!(diff(&was, &is)[0].verdict, Verdict::Weaker);
        // What is accepted is accepted for its reason.
        let of = |because: &str| {
            let allowed =
                format!("dangerously: [{{ allow: no_quarantine, because: {because} }}]\n");
            said(&format!("{BASE}{allowed}"))
        };
        let found = diff(&of("it is harmless"), &of("nobody minds"));
        let told: Vec<_> = found
            .iter()
            .map(|d| (d.verdict, d.field.as_str()))
            .collect();
        assert_eq!(told, [(Verdict::Changed, "dangerously: no_quarantine")]);
        assert_eq!(diff(&said(BASE), &said(BASE)), []);
        // What is dropped needs no class.
        let gone = BASE
            .replace(", h: { keep: { one_of: [x] } }", "")
            .replace("h: user.health_and_medical, ", "");
        let found = diff(&said(BASE), &said(&gone));
        assert!(
            found.iter().all(|d| !d.field.starts_with("classes")),
            "{found:?}"
        );
    }
}
