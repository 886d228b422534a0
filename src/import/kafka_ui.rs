//! The `masking` rules of Kafka UI (provectus and kafbat), of one cluster or of all.

use super::listed::one_line;
use super::paths;
use super::rules::{Place, Rules};
use crate::action::whole_pattern;
use crate::document::yaml::scalar;
use crate::language::written::Node;

/// Reads `kafka.clusters[].masking`, or a list of such rules.
///
/// # Errors
/// What it lacks.
pub(super) fn read(root: &Node, rules: &mut Rules<'_>) -> Result<(), &'static str> {
    let mut found = Vec::new();
    if let Some(list) = root.items() {
        found.extend(list);
    }
    if let Some(masking) = root.member("masking") {
        found.extend(masking.value.items().unwrap_or_default());
    }
    let clusters = root
        .member("kafka")
        .and_then(|m| m.value.member("clusters"));
    for cluster in clusters.and_then(|m| m.value.items()).unwrap_or_default() {
        let masking = cluster.member("masking");
        found.extend(masking.and_then(|m| m.value.items()).unwrap_or_default());
    }
    if found.is_empty() {
        return Err("it has no `kafka.clusters[].masking`, no `masking`, and is no list of rules");
    }
    for rule in &found {
        one(rule, rules);
    }
    rules.said.extend(of_topics(&found));
    Ok(())
}

/// There, a rule holds for topics by a pattern; a policy reads topics that it names.
fn of_topics(found: &[&Node]) -> Vec<String> {
    let mut patterns: Vec<&str> = Vec::new();
    let (mut rest, mut all) = (found.iter(), false);
    for rule in rest.by_ref() {
        match rule.member("topicValuesPattern").map(|m| m.value.scalar()) {
            Some(Some(pattern)) if !patterns.contains(&pattern) => patterns.push(pattern),
            Some(_) => {}
            None => all |= rule.member("topicKeysPattern").is_none(),
        }
    }
    let quoted: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("`{}`", one_line(pattern)))
        .collect();
    match (&quoted[..], all) {
        ([], _) => Vec::new(),
        ([one], false) => vec![format!(
            "There, the rules hold for topics whose names match {one}: name one of them as `source.topic`."
        )],
        (_, _) => vec![
            format!(
                "There, rules hold for topics whose names match {}; here they stand together.",
                quoted.join(", ")
            ),
            "FILL IN: make a policy for each such topic, with the rules that hold for it."
                .to_owned(),
        ],
    }
}

fn one(rule: &Node, rules: &mut Rules<'_>) {
    let text = |name: &str| rule.member(name).and_then(|m| m.value.scalar());
    let kind = text("type").unwrap_or_default().to_ascii_uppercase();
    let place = rules.at(rule.span, format!("masking {kind}"));
    if rule.member("topicKeysPattern").is_some() {
        rules.refuse(&place, "`topicKeysPattern`: a record key leaves only where `outputs[].key` makes one; write that action there");
    }
    if rule.member("topicValuesPattern").is_none() && rule.member("topicKeysPattern").is_some() {
        return;
    }
    let Some((action, said)) = action(&kind, rule, &place, rules) else {
        return;
    };
    let Some(taken) = fields(rule, &kind, &place, rules) else {
        return;
    };
    for path in taken {
        rules.add(&place, path, &action, &said);
    }
}

fn action(
    kind: &str,
    rule: &Node,
    place: &Place,
    rules: &mut Rules<'_>,
) -> Option<(String, Vec<&'static str>)> {
    match kind {
        "REMOVE" => Some(("drop".to_owned(), Vec::new())),
        "REPLACE" => {
            let with = rule.member("replacement").and_then(|m| m.value.scalar());
            let with = scalar(with.unwrap_or("***DATA_MASKED***"));
            Some((format!("{{ replace: {{ with: {with} }} }}"), Vec::new()))
        }
        "MASK" => {
            let said = rule.member("maskingCharsReplacement");
            let said = said.and_then(|m| m.value.items());
            let of = |n: usize, otherwise: &str| {
                let own = said.and_then(|list| list.get(n)).and_then(Node::scalar);
                own.unwrap_or(otherwise).to_owned()
            };
            let chars = [of(0, "X"), of(1, "x"), of(2, "n"), of(3, "-")];
            if chars.iter().any(|c| c.chars().count() != 1) {
                rules.refuse_unknown(
                    place,
                    "`maskingCharsReplacement` is not four single characters",
                );
                return None;
            }
            let [upper, lower, digit, other] = chars.map(|c| scalar(&c));
            let action = format!(
                "{{ mask: {{ with: {{ upper: {upper}, lower: {lower}, digit: {digit}, other: {other} }} }} }}"
            );
            Some((
                action,
                vec!["the length and the form of each value show; `mask: {}` hides them"],
            ))
        }
        _ => {
            rules.refuse_unknown(place, "`type` is none of REMOVE, REPLACE, MASK");
            None
        }
    }
}

fn fields(rule: &Node, kind: &str, place: &Place, rules: &mut Rules<'_>) -> Option<Vec<String>> {
    let list = rule.member("fields").and_then(|m| m.value.items());
    let pattern = rule
        .member("fieldsNamePattern")
        .and_then(|m| m.value.scalar());
    let paths = match (list, pattern, rules.sample) {
        (Some(names), None, sample) if !names.is_empty() => {
            let names: Vec<&str> = names.iter().filter_map(Node::scalar).collect();
            match sample {
                Some(sample) => paths::by_last_name(sample, |name| names.contains(&name)),
                // What takes a member out needs not know where it is; what is made of
                // one is written to a path.
                None if kind == "REMOVE" => names.into_iter().map(paths::anywhere).collect(),
                None => {
                    rules.refuse_unknown(place, "`fields` names members at any depth, and a policy names what leaves path by path: give events with `--on`");
                    return None;
                }
            }
        }
        (None, Some(pattern), Some(sample)) => match whole_pattern(pattern) {
            Ok(regex) => paths::by_last_name(sample, |name| regex.is_match(name)),
            Err(_) => {
                rules.refuse_unknown(
                    place,
                    "`fieldsNamePattern` is no regular expression that this version reads",
                );
                return None;
            }
        },
        (None, Some(_), None) => {
            rules.refuse_unknown(place, "`fieldsNamePattern` names members by a pattern, and a policy names them one by one: give events with `--on`");
            return None;
        }
        (None, None, _) | (Some(_), None, _) => {
            rules.refuse_unknown(
                place,
                "it takes the whole value, whatever is in it: name the fields",
            );
            return None;
        }
        (Some(_), Some(_), _) => {
            rules.refuse_unknown(
                place,
                "`fields` and `fieldsNamePattern` stand side by side; there, that is an error",
            );
            return None;
        }
    };
    if paths.is_empty() {
        rules.refuse(place, "no record of the sample has such a member");
        return None;
    }
    Some(paths)
}
