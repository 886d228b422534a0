//! A de-identification template of Google's Sensitive Data Protection
//! (`DeidentifyTemplate` of DLP API v2), for records: fields, conditions, suppressions.

use super::dlp_values;
use super::paths;
use super::rules::{Place, Rules};
use crate::document::yaml::scalar;
use crate::language::written::Node;
use crate::record::Literal;

/// Reads the template, or the `deidentifyConfig` of one.
///
/// # Errors
/// What it lacks.
pub(super) fn read(root: &Node, rules: &mut Rules<'_>) -> Result<(), &'static str> {
    let inside = |node, name| Node::member(node, name).map_or(node, |m| &m.value);
    let config = inside(inside(root, "deidentifyTemplate"), "deidentifyConfig");
    if let Some(whole) = config.member("infoTypeTransformations") {
        let place = rules.at(whole.name_span, "infoTypeTransformations");
        rules.refuse_unknown(&place, "it looks through every text of a record; here nothing leaves that is not named: write `redact: { find: […] }` at the fields of free text that may leave");
    }
    let record = config.member("recordTransformations").map(|m| &m.value);
    if record.is_none() && rules.refused.is_empty() {
        return Err("it has no `recordTransformations`");
    }
    let list = |name: &str| {
        let list = record.and_then(|r| r.member(name));
        list.and_then(|m| m.value.items()).unwrap_or_default()
    };
    for one in list("fieldTransformations") {
        transformation(one, rules);
    }
    for one in list("recordSuppressions") {
        suppression(one, rules);
    }
    if config.member("transformationErrorHandling").is_some() {
        rules.said.push("`transformationErrorHandling`: here a value that cannot be protected takes its record to quarantine, always".to_owned());
    }
    Ok(())
}

fn transformation(one: &Node, rules: &mut Rules<'_>) {
    let fields = one.member("fields").and_then(|m| m.value.items());
    let names = fields.unwrap_or_default().iter();
    let names: Vec<&str> = names
        .filter_map(|f| f.member("name")?.value.scalar())
        .collect();
    let place = rules.at(
        one.span,
        format!("fieldTransformations of {}", names.join(", ")),
    );
    let what = dlp_values::action(one, rules);
    let when = one.member("condition");
    let when = when.map(|m| condition(&m.value, Decides::Field, rules));
    let (action, said) = match (what, when.transpose()) {
        (Err(why), _) => return left_out(&names, why, &place, rules),
        (_, Err(why)) => return left_out(&names, why, &place, rules),
        (Ok((action, said)), Ok(None)) => (action, said),
        (Ok((action, said)), Ok(Some(condition))) => {
            let mut said = said;
            said.push("there, a value that the condition does not hold for is left as it is; here it does not leave");
            (
                format!("{{ when: [{{ if: {{ {condition} }}, then: {action} }}] }}"),
                said,
            )
        }
    };
    if names.is_empty() {
        rules.refuse(&place, "it names no field");
    }
    for name in names {
        match paths::dotted(name) {
            Some(path) => rules.add(&place, path, &action, &said),
            None => rules.refuse(
                &place,
                "the name of a field is empty, or a part of it is, or it has more than 50 parts",
            ),
        }
    }
}

/// Fields of which another value leaves there than any that a policy makes.
fn left_out(names: &[&str], why: impl Into<String>, place: &Place, rules: &mut Rules<'_>) {
    rules.refuse(place, why);
    let paths = names.iter().filter_map(|name| paths::dotted(name));
    rules
        .touched
        .extend(paths.map(|path| (path, place.clone())));
}

/// What hangs on a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decides {
    /// Whether a field is made: where it is false here, nothing leaves of what leaves there.
    Field,
    /// Whether a record is withheld: it must be true wherever it is true there.
    Record,
}

fn suppression(one: &Node, rules: &mut Rules<'_>) {
    let place = rules.at(one.span, "recordSuppressions");
    let when = one.member("condition").ok_or("it has no condition");
    match when.and_then(|m| condition(&m.value, Decides::Record, rules)) {
        Ok(condition) => rules.selects.push(format!("not: {{ {condition} }}")),
        Err(why) => {
            rules.said.push(format!(
                "Line {}: the records that it withholds there leave here, until `where` says which",
                place.line
            ));
            rules.refuse(&place, why);
        }
    }
}

/// A `RecordCondition`, as the inside of a condition of the policy.
fn condition(node: &Node, decides: Decides, rules: &mut Rules<'_>) -> Result<String, &'static str> {
    let expressions = node
        .member("expressions")
        .ok_or("a condition without expressions")?;
    if let Some(operator) = expressions.value.member("logicalOperator")
        && operator.value.scalar() != Some("AND")
    {
        return Err("a `logicalOperator` other than AND");
    }
    let list = expressions.value.member("conditions");
    let list = list.map(|m| m.value.member("conditions").map_or(&m.value, |m| &m.value));
    let list = list
        .and_then(Node::items)
        .ok_or("a condition without conditions")?;
    let tests: Result<Vec<Vec<String>>, _> = list.iter().map(|n| test(n, decides)).collect();
    let tests = tests?;
    rules.ask(&tests.concat())?;
    if tests.iter().any(|ways| ways.len() > 1) {
        let said = "`recordSuppressions`: there a text is compared by the number that it spells, and a number by its text; here such a value withholds its record, whatever it spells";
        if !rules.said.iter().any(|s| s == said) {
            rules.said.push(said.to_owned());
        }
    }
    let each: Vec<String> = tests.iter().map(|ways| joined("any", ways)).collect();
    match &each[..] {
        [] => Err("a condition without conditions"),
        // Two may be of one field.
        each => Ok(joined("all", each)),
    }
}

fn joined(word: &str, of: &[String]) -> String {
    match of {
        [one] => one.clone(),
        several => {
            let several: Vec<String> = several.iter().map(|t| format!("{{ {t} }}")).collect();
            format!("{word}: [{}]", several.join(", "))
        }
    }
}

/// What is asked of one field: one of these holds.
fn test(node: &Node, decides: Decides) -> Result<Vec<String>, &'static str> {
    let field = node.member("field").and_then(|m| m.value.member("name"));
    let path = field.and_then(|m| m.value.scalar()).and_then(paths::dotted);
    let path = path.ok_or("a condition of no field")?;
    let value = || {
        let value = node.member("value").ok_or("a condition without a value")?;
        dlp_values::value(&value.value).ok_or(
            "a condition on a date, a time or a day of the week: write it as `{ min: …, unit: … }`",
        )
    };
    let bound = |word: &str| match value()? {
        Literal::Number(number) => Ok((
            format!("{{ {word}: {number} }}"),
            Some(Literal::Number(number)),
        )),
        _ => Err(
            "a text is compared by its letters there, and a boolean cannot be: here a bound is a number or a time",
        ),
    };
    let operator = node.member("operator").and_then(|m| m.value.scalar());
    let (test, compared) = match operator {
        Some("EXISTS") => ("{ is: present }".to_owned(), None),
        Some("EQUAL_TO") => {
            let value = value()?;
            (dlp_values::written(&value), Some(value))
        }
        // It holds of what is of another kind already.
        Some("NOT_EQUAL_TO") => (
            format!("{{ not: {} }}", dlp_values::written(&value()?)),
            None,
        ),
        Some("GREATER_THAN") => bound("above")?,
        Some("LESS_THAN") => bound("below")?,
        Some("GREATER_THAN_OR_EQUALS") => bound("min")?,
        Some("LESS_THAN_OR_EQUALS") => bound("max")?,
        _ => return Err("an operator that is not known"),
    };
    let others = compared.filter(|_| decides == Decides::Record);
    let others = others.map(|value| other_kinds(&value)).unwrap_or_default();
    let others = others.iter().map(|kind| format!("{{ is: {kind} }}"));
    let ways = std::iter::once(test).chain(others);
    let path = scalar(&path);
    Ok(ways.map(|test| format!("{path}: {test}")).collect())
}

/// The kinds of values that are compared with this one there, and never are the same
/// here: a number with "a string if the string value can be parsed", a text with values
/// of all kinds (`RecordCondition.Condition` of DLP API v2).
fn other_kinds(value: &Literal) -> Vec<&'static str> {
    match value {
        Literal::Number(_) => vec!["text"],
        Literal::Bool(_) => vec![],
        Literal::Text(text) => {
            let plain = text.trim().trim_start_matches(['+', '-']).to_lowercase();
            let is = |words: &[&str]| words.contains(&plain.as_str());
            let is_number = text.contains(char::is_numeric) || is(&["nan", "inf", "infinity"]);
            let is_boolean = is(&["true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"]);
            let kinds = [(is_number, "number"), (is_boolean, "boolean")];
            kinds
                .iter()
                .filter(|(can, _)| *can)
                .map(|(_, kind)| *kind)
                .collect()
        }
    }
}
