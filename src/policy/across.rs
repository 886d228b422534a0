//! What several policies say of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::allowed;
use super::diff::Said;
use super::joining::{apart, only_unknown};
use super::joins_by::{JoinsBy, joins_by};
use super::lint::{Use, everything};
use crate::keys::KeyIdentity;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::Output;

/// One policy among others.
struct One<'p> {
    /// Its file, as findings show it.
    file: &'p str,
    said: &'p Said,
    uses: Vec<Use<'p>>,
}

impl<'p> One<'p> {
    fn outputs(&self) -> impl Iterator<Item = &'p Output> {
        self.said.policy.outputs.iter()
    }

    fn name(&self) -> String {
        format!("`{}` ({})", self.said.policy.name, self.file)
    }
}

/// What is found of policies together, each with the name of its file: for each
/// of them, in their order, what its own text is to blame or praised for. What its
/// `dangerously:` allows at `now` is left out.
pub fn across(policies: &[(&str, &Said)], now: jiff::Timestamp) -> Vec<Findings> {
    let all: Vec<One<'_>> = policies
        .iter()
        .map(|(file, said)| One {
            file,
            said,
            uses: everything(&said.policy),
        })
        .collect();
    let mut found: Vec<Findings> = all.iter().map(|_| Findings::default()).collect();
    names(&all, &mut found);
    topics(&all, &mut found);
    chains(&all, &mut found);
    domains(&all, &mut found);
    keys(&all, &mut found);
    releases(&all, &mut found);
    for (one, findings) in all.iter().zip(&mut found) {
        allowed::apply_to_more(&one.said.policy, now, findings);
        findings.finish();
    }
    found
}

fn names(all: &[One<'_>], found: &mut [Findings]) {
    for (n, one) in all.iter().enumerate() {
        let name = &one.said.policy.name;
        let mut others = all[..n].iter();
        if let Some(other) = others.find(|o| o.said.policy.name == *name) {
            found[n]
                .error_of_file(
                    codes::SAME_POLICY_NAME,
                    format!("`{name}` is also the name of {}", other.file),
                )
                .why("the name makes the consumer group: each would get a part of the partitions only")
                .help("give each policy its own `metadata.name`");
        }
    }
}

fn topics(all: &[One<'_>], found: &mut [Findings]) {
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, one) in all.iter().enumerate() {
        let outputs = one.outputs().map(|o| &o.topic);
        let quarantine = one.said.policy.quarantine.iter().map(|q| &q.topic);
        let is_quarantine = |topic: &str| {
            let of = |o: &One<'_>| {
                let quarantine = o.said.policy.quarantine.as_ref();
                quarantine.is_some_and(|q| q.topic.value == topic)
            };
            all.iter().filter(|o| of(o)).count() > 1 && !all.iter().any(|o| writes(o, topic))
        };
        for topic in outputs.chain(quarantine) {
            let first = *written.entry(&topic.value).or_insert(n);
            // Refused records of several policies may lie in one topic.
            if first == n || is_quarantine(&topic.value) {
                continue;
            }
            found[n]
                .error(
                    codes::TOPIC_ACROSS,
                    topic.span,
                    format!("`{}` is also written by {}", topic.value, all[first].name()),
                )
                .why("a reader could not tell under which policy a record was made")
                .help("give each output its own topic")
                .output(&topic.value);
        }
    }
}

fn writes(one: &One<'_>, topic: &str) -> bool {
    one.outputs().any(|o| o.topic.value == topic)
}

fn reads(one: &One<'_>, topic: &str) -> bool {
    let mut topics = one.said.policy.source.topics.iter();
    topics.any(|t| t.value == topic)
}

fn chains(all: &[One<'_>], found: &mut [Findings]) {
    for (n, one) in all.iter().enumerate() {
        for output in one.outputs() {
            let topic = &output.topic.value;
            for (m, next) in all.iter().enumerate() {
                if n == m || !reads(next, topic) {
                    continue;
                }
                let message = format!("`{topic}` is the source of {}", next.name());
                if comes_back(all, m, n) {
                    found[n]
                        .error(codes::CHAINED, output.topic.span, message)
                        .why(
                            "what that one writes comes back here, so records go round without end",
                        )
                        .help("write to a topic that nothing before it reads")
                        .output(topic);
                } else {
                    found[n]
                        .note(codes::CHAINED, output.topic.span, message)
                        .why("its records are joined with these by row; codes that are made of codes join with nothing else")
                        .help("nothing to do, if the chain is meant")
                        .output(topic);
                }
            }
        }
    }
}

/// Outputs of two policies of one source that say something of the same people, each as if
/// the other was not there.
fn releases(all: &[One<'_>], found: &mut [Findings]) {
    for (n, one) in all.iter().enumerate() {
        let source = |other: &&One<'_>| {
            let mut topics = one.said.policy.source.topics.iter();
            topics.any(|topic| reads(other, &topic.value))
        };
        for other in all[..n].iter().filter(source) {
            let classes = |o: &&Output| o.held.as_ref().is_some_and(|h| h.classes.is_some());
            let first = other.outputs().find(classes);
            for output in one.outputs().filter(classes) {
                let Some(first) = first else { continue };
                let span = output.held.as_ref().map_or(output.topic.span, |h| h.span);
                found[n]
                    .warning(
                        codes::TWO_RELEASES,
                        span,
                        format!("the same persons leave in classes to `{}` of {}", first.topic.value, other.name()),
                    )
                    .why("whoever knows somebody finds her class in each: what is in both is of fewer than `k` persons")
                    .help("release them once, with all fields that are needed")
                    .output(&output.topic.value);
            }
            let counts = |o: &&Output| o.counts.is_some();
            let first = other.outputs().find(counts);
            for output in one.outputs() {
                let (Some(first), Some(own)) = (first, &output.counts) else {
                    continue;
                };
                found[n]
                    .warning(
                        codes::TWO_BUDGETS,
                        own.budget.span,
                        format!("`{}` of {} counts the same people", first.topic.value, other.name()),
                    )
                    .why("of a stream each policy has a ledger of its own, whatever its budgets are called: what both say of one person adds up")
                    .help("count them in one policy, under one budget; of files, name one `--ledger` for both")
                    .output(&output.topic.value);
            }
        }
    }
}

/// True when something that policy `from` writes leads to what `to` reads.
fn comes_back(all: &[One<'_>], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(n) = next.pop() {
        for (m, other) in all.iter().enumerate() {
            let leads = all[n].outputs().any(|o| reads(other, &o.topic.value));
            if leads && m == to {
                return true;
            }
            if leads && seen.insert(m) {
                next.push(m);
            }
        }
    }
    false
}

/// A code that an output carries.
struct Code<'p> {
    policy: usize,
    output: &'p Output,
    path: &'p str,
    span: Span,
    by: JoinsBy,
    /// It stands for the person that a record is about, as the policy says.
    of_subject: bool,
}

fn domains(all: &[One<'_>], found: &mut [Findings]) {
    let mut domains: BTreeMap<&str, Vec<(usize, &Output)>> = BTreeMap::new();
    for (n, one) in all.iter().enumerate() {
        for output in one.outputs().filter(|o| !o.domain.value.is_empty()) {
            domains
                .entry(&output.domain.value)
                .or_default()
                .push((n, output));
        }
    }
    for (domain, outputs) in domains {
        let policies: BTreeSet<usize> = outputs.iter().map(|(n, _)| *n).collect();
        if policies.len() < 2 {
            continue;
        }
        let codes: Vec<Code<'_>> = outputs
            .iter()
            .flat_map(|(n, o)| codes_of(all, *n, o))
            .collect();
        for n in &policies {
            let own = outputs
                .iter()
                .find(|(m, _)| m == n)
                .expect("it has an output");
            shared(all, *n, own.1, domain, &codes, &policies, found);
        }
        kept_apart(all, &codes, found);
        recipients(all, &outputs, &codes, found);
    }
}

fn codes_of<'p>(all: &'p [One<'p>], n: usize, output: &'p Output) -> Vec<Code<'p>> {
    let policy = &all[n].said.policy;
    let own = all[n].uses.iter();
    let own = own.filter(|u| std::ptr::eq(u.output, output));
    own.filter_map(|u| {
        Some(Code {
            policy: n,
            output,
            path: &u.path,
            span: u.at(),
            by: joins_by(all[n].said, u)?,
            of_subject: policy
                .source
                .subject
                .paths()
                .any(|s| u.inputs.contains(&s.value)),
        })
    })
    .collect()
}

/// Says once for each policy with whom it shares a domain, and what that joins.
fn shared(
    all: &[One<'_>],
    n: usize,
    output: &Output,
    domain: &str,
    codes: &[Code<'_>],
    policies: &BTreeSet<usize>,
    found: &mut [Findings],
) {
    let others: Vec<String> = policies
        .iter()
        .filter(|m| **m != n)
        .map(|m| all[*m].name())
        .collect();
    let mut joins: BTreeSet<String> = BTreeSet::new();
    for own in codes.iter().filter(|c| c.policy == n) {
        for other in codes.iter().filter(|c| c.policy != n && c.by == own.by) {
            joins.insert(format!(
                "`{}` with {}.{}",
                own.path, other.output.topic.value, other.path
            ));
        }
    }
    const SHOWN: usize = 4;
    let more = joins.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = joins.into_iter().take(SHOWN).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    let unknown = codes.iter().filter(|c| c.policy == n).find_map(|own| {
        let mut others = codes.iter().filter(|c| c.policy != n);
        let other = others.find(|other| only_unknown(&own.by, &other.by))?;
        Some(apart(&own.by, &other.by).join("; "))
    });
    let why = match shown.is_empty() {
        true if unknown.is_some() => unknown.unwrap_or_default(),
        true => {
            "nothing of them joins by key: their keys, spaces or canonicalisers differ".to_owned()
        }
        false => format!("these join by key: {}", shown.join(", ")),
    };
    found[n]
        .note(
            codes::DOMAIN_ACROSS,
            output.domain.span,
            format!(
                "the domain `{domain}` is also that of {}",
                others.join(", ")
            ),
        )
        .why(why)
        .help("give them different domains if they must not be joined")
        .output(&output.topic.value);
}

/// The persons of two policies that do not meet, although everything but the way
/// their codes are made is the same.
fn kept_apart(all: &[One<'_>], codes: &[Code<'_>], found: &mut [Findings]) {
    let mut said: BTreeSet<(usize, usize)> = BTreeSet::new();
    for own in codes.iter().filter(|c| c.of_subject) {
        for other in codes
            .iter()
            .filter(|c| c.of_subject && c.policy < own.policy)
        {
            let (a, b) = (&own.by, &other.by);
            let only_how = a.how != b.how
                && JoinsBy {
                    how: b.how.clone(),
                    ..a.clone()
                } == *b;
            let meet = codes
                .iter()
                .filter(|c| c.policy == own.policy && c.of_subject);
            // They meet in another column.
            let meet = meet.into_iter().any(|c| c.by == *b);
            if !only_how || meet || !said.insert((own.policy, other.policy)) {
                continue;
            }
            found[own.policy]
                .warning(
                    codes::KEPT_APART,
                    own.span,
                    format!(
                        "`{}` does not join with `{}` of {}, which shares its domain and its key",
                        own.path,
                        other.path,
                        all[other.policy].name()
                    ),
                )
                .why(apart(a, b).join("; "))
                .help("write both alike to join them; if they are to be kept apart, give them different domains")
                .output(&own.output.topic.value)
                .field(own.path);
        }
    }
}

/// Two recipients of one domain, where something joins.
fn recipients(
    all: &[One<'_>],
    outputs: &[(usize, &Output)],
    codes: &[Code<'_>],
    found: &mut [Findings],
) {
    let reader = |o: &Output| o.recipient.as_ref().map(|r| r.value.clone());
    let of = |output: &Output| {
        codes
            .iter()
            .filter(|c| std::ptr::eq(c.output, output))
            .map(|c| &c.by)
            .collect::<Vec<_>>()
    };
    for (at, (n, output)) in outputs.iter().enumerate() {
        let mut before = outputs[..at].iter().filter(|(m, _)| m != n);
        let joined = |other: &Output| of(output).iter().any(|by| of(other).contains(by));
        let other = before.find(|(_, o)| reader(o) != reader(output) && joined(o));
        let Some((m, other)) = other else { continue };
        found[*n]
            .error(
                codes::DOMAIN_OF_TWO_RECIPIENTS,
                output.domain.span,
                format!(
                    "another recipient has the domain `{}` in `{}` of {}",
                    output.domain.value,
                    other.topic.value,
                    all[*m].name()
                ),
            )
            .why("they could join what each of them got, person by person")
            .help("give each recipient its own domain")
            .output(&output.topic.value);
    }
}

/// A reversible key of two purposes.
fn keys(all: &[One<'_>], found: &mut [Findings]) {
    let mut first: BTreeMap<KeyIdentity, (usize, String)> = BTreeMap::new();
    let mut said: BTreeSet<(usize, KeyIdentity)> = BTreeSet::new();
    for (n, one) in all.iter().enumerate() {
        for u in one.uses.iter().filter(|u| u.facts.reversible) {
            let Some(used) = u.value.maker().spec.key() else {
                continue;
            };
            let Some(reference) = one.said.identity(used.alias).cloned() else {
                continue;
            };
            let purpose = u.output.purpose.value.clone();
            let (m, other) = first
                .entry(reference.clone())
                .or_insert((n, purpose.clone()));
            if *m == n || *other == purpose || !said.insert((n, reference)) {
                continue;
            }
            found[n]
                .warning(
                    codes::KEY_ACROSS,
                    used.span,
                    format!(
                        "the key `{}` serves {purpose}, and {other} in {}",
                        used.alias,
                        all[*m].name()
                    ),
                )
                .why("who may reverse for one purpose could reverse for the other")
                .help("give each purpose its own key")
                .output(u.topic())
                .field(&u.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    fn said(name: &str, source: &str, output: &str) -> Said {
        let file = PolicyFile {
            path: format!("{name}.yaml").into(),
            text: format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: o }}\n\
                 source: {{ topic: {source}, subject: u }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\n\
                 outputs:\n  - {{ {output} }}\n"
            ),
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let said = compiled.said;
        said.unwrap_or_else(|| panic!("{:?}", compiled.findings.list()))
    }

    fn found(policies: &[&Said]) -> Vec<Vec<&'static str>> {
        let list: Vec<(&str, &Said)> = policies.iter().map(|said| ("f.yaml", *said)).collect();
        let found = across(&list, jiff::Timestamp::UNIX_EPOCH);
        let codes = |f: &Findings| f.list().iter().map(|f| f.code).collect();
        found.iter().map(codes).collect()
    }

    const PERSON: &str = "u: { pseudonymize: { key: k, normalize: text, epoch: none } }";

    fn person(topic: &str, domain: &str) -> String {
        format!(
            "topic: {topic}, purpose: analytics.reporting, domain: {domain}, fields: {{ {PERSON} }}"
        )
    }

    #[test]
    fn policies_that_have_nothing_to_do_with_each_other_are_left_alone() {
        let (a, b) = (
            said("a", "r", &person("x", "d")),
            said("b", "s", &person("y", "e")),
        );
        assert_eq!(found(&[&a, &b]), [[""; 0], [""; 0]]);
    }

    #[test]
    fn a_shared_domain_is_told_to_both_and_persons_kept_apart_to_the_later() {
        let a = said("a", "r", &person("x", "d"));
        let b = said("b", "s", &person("y", "d"));
        assert_eq!(found(&[&a, &b]), [["V0281"], ["V0281"]]);
        let apart = person("y", "d").replace("normalize: text", "normalize: text, space: z");
        let apart = said("b", "s", &apart);
        assert_eq!(
            found(&[&a, &apart]),
            [vec!["V0281"], vec!["V0281", "V0286"]]
        );
        let other = said("b", "s", &person("y", "d, recipient: agency"));
        assert_eq!(
            found(&[&a, &other]),
            [vec!["V0281"], vec!["V0220", "V0281"]]
        );
    }

    /// A code inside another action joins like one that is a whole field.
    #[test]
    fn a_code_in_a_part_joins_policies() {
        let a = said("a", "r", &person("x", "d"));
        let part = person("y", "d, recipient: agency").replace(
            PERSON,
            &format!("p: {{ url: {{ path: drop, query: {{ {PERSON} }} }} }}"),
        );
        let b = said("b", "s", &part);
        assert_eq!(found(&[&a, &b]), [vec!["V0281"], vec!["V0220", "V0281"]]);
        let list = [("a.yaml", &a), ("b.yaml", &b)];
        let told = across(&list, jiff::Timestamp::UNIX_EPOCH);
        let why = told[0].list().iter().map(|f| f.why.as_str());
        let joins: Vec<&str> = why.filter(|why| why.contains("join by key")).collect();
        assert_eq!(joins, ["these join by key: `u` with y.p"]);
    }

    #[test]
    fn names_topics_chains_and_circles() {
        let a = said("a", "r", &person("x", "d"));
        assert_eq!(
            found(&[&a, &said("a", "s", &person("y", "e"))])[1],
            ["V0285"]
        );
        assert_eq!(
            found(&[&a, &said("b", "s", &person("x", "e"))])[1],
            ["V0283"]
        );
        let next = said("b", "x", &person("y", "e"));
        assert_eq!(found(&[&a, &next]), [vec!["V0284"], vec![]]);
        let back = said("c", "y", &person("r", "f"));
        let list = [("a", &a), ("b", &next), ("c", &back)];
        let circle = across(&list, jiff::Timestamp::UNIX_EPOCH);
        assert!(circle.iter().all(Findings::has_errors));
    }

    #[test]
    fn one_reversible_key_of_two_purposes_is_told_unless_it_is_allowed() {
        let sealed = |topic: &str, purpose: &str| {
            format!(
                "topic: {topic}, purpose: {purpose}, domain: {topic}, fields: {{ m: {{ encrypt: {{ key: k }} }} }}"
            )
        };
        let a = said("a", "r", &sealed("x", "a.b"));
        let b = said("b", "s", &sealed("y", "a.c"));
        assert_eq!(found(&[&a, &b]), [vec![], vec!["V0282"]]);
        assert_eq!(
            found(&[&a, &said("b", "s", &sealed("y", "a.b"))]),
            [[""; 0], [""; 0]]
        );
        let allowed =
            sealed("y", "a.c") + " }\ndangerously:\n  - { allow: key_across, because: it is so";
        assert_eq!(found(&[&a, &said("b", "s", &allowed)]), [[""; 0], [""; 0]]);
    }
}
