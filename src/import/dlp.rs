//! A de-identification template of Google's Sensitive Data Protection
//! (`DeidentifyTemplate` of DLP API v2), for records: fields, conditions, suppressions.

use super::dlp_values;
use super::paths;
use super::rules::Rules;
use crate::document::yaml::scalar;
use crate::language::written::Node;

/// Reads the template, or the `deidentifyConfig` of one.
///
/// # Errors
/// What it lacks.
pub(super) fn read(root: &Node, rules: &mut Rules<'_>) -> Result<(), &'static str> {
    let inside = |node, name| Node::member(node, name).map_or(node, |m| &m.value);
    let config = inside(inside(root, "deidentifyTemplate"), "deidentifyConfig");
    if let Some(whole) = config.member("infoTypeTransformations") {
        let place = rules.at(whole.name_span, "infoTypeTransformations");
        rules.refuse(&place, "it looks through every text of a record; here nothing leaves that is not named: write `redact: { find: […] }` at the fields of free text that may leave");
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
        let place = rules.at(one.span, "recordSuppressions");
        match one.member("condition").map(|m| condition(&m.value)) {
            Some(Ok(condition)) => rules.selects.push(format!("not: {{ {condition} }}")),
            Some(Err(why)) => rules.refuse(&place, why),
            None => rules.refuse(&place, "it has no condition"),
        }
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
    let (action, said) = match what {
        Ok(found) => found,
        Err(why) => return rules.refuse(&place, why),
    };
    let (action, said) = match one.member("condition").map(|m| condition(&m.value)) {
        None => (action, said),
        Some(Err(why)) => return rules.refuse(&place, why),
        Some(Ok(condition)) => {
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
            None => rules.refuse(&place, "the name of a field is empty, or a part of it is"),
        }
    }
}

/// A `RecordCondition`, as the inside of a condition of the policy.
fn condition(node: &Node) -> Result<String, &'static str> {
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
    let tests: Result<Vec<String>, _> = list.iter().map(test).collect();
    match &tests?[..] {
        [] => Err("a condition without conditions"),
        [one] => Ok(one.clone()),
        // Two may be of one field.
        several => {
            let several: Vec<String> = several.iter().map(|t| format!("{{ {t} }}")).collect();
            Ok(format!("all: [{}]", several.join(", ")))
        }
    }
}

fn test(node: &Node) -> Result<String, &'static str> {
    let field = node.member("field").and_then(|m| m.value.member("name"));
    let path = field.and_then(|m| m.value.scalar()).and_then(paths::dotted);
    let path = path.ok_or("a condition of no field")?;
    let value = || {
        let value = node.member("value").ok_or("a condition without a value")?;
        dlp_values::value(&value.value).ok_or(
            "a condition on a date, a time or a day of the week: write it as `{ min: …, unit: … }`",
        )
    };
    let operator = node.member("operator").and_then(|m| m.value.scalar());
    let test = match operator {
        Some("EXISTS") => "{ is: present }".to_owned(),
        Some("EQUAL_TO") => value()?,
        Some("NOT_EQUAL_TO") => format!("{{ not: {} }}", value()?),
        Some("GREATER_THAN") => format!("{{ above: {} }}", value()?),
        Some("LESS_THAN") => format!("{{ below: {} }}", value()?),
        Some("GREATER_THAN_OR_EQUALS") => format!("{{ min: {} }}", value()?),
        Some("LESS_THAN_OR_EQUALS") => format!("{{ max: {} }}", value()?),
        _ => return Err("an operator that is not known"),
    };
    Ok(format!("{}: {test}", scalar(&path)))
}
