//! A Kafka Connect connector: `MaskField` and `ReplaceField` of its transforms, and
//! Debezium's column options; JSON as the REST interface takes it, or properties.

use super::columns;
use super::outcome::NotRead;
use super::paths;
use super::properties::{Property, properties};
use super::rules::{Place, Rules};
use crate::document::yaml::scalar;

/// Reads the connector.
///
/// # Errors
/// [`NotRead`] when the text is neither, or names no connector.
pub(super) fn read(text: &str, rules: &mut Rules<'_>) -> Result<(), NotRead> {
    let properties = properties(text)?;
    let value = |name: &str| properties.iter().find(|p| p.name == name);
    let is_ours = |p: &Property| p.name == "transforms" || p.name.starts_with("column.");
    if !properties.iter().any(is_ours) {
        return Err(NotRead::Other(
            "a Kafka Connect connector",
            "it has neither `transforms` nor `column.…`",
        ));
    }
    for chain in value("transforms").iter().flat_map(|p| p.value.split(',')) {
        let name = chain.trim();
        let of = |option: &str| value(&format!("transforms.{name}.{option}"));
        if let Some(kind) = of("type") {
            transform(kind, &of, rules);
        }
    }
    for property in &properties {
        columns::read(property, rules);
    }
    Ok(())
}

fn transform<'p>(
    kind: &Property,
    of: &impl Fn(&str) -> Option<&'p Property>,
    rules: &mut Rules<'_>,
) {
    let class = kind.value.rsplit('.').next().unwrap_or_default();
    let place = Place {
        what: format!("{} ({class})", kind.name),
        ..kind.place()
    };
    let Some(class) = class.strip_suffix("$Value") else {
        let why = match class.ends_with("$Key") {
            true => "it changes the record key: `outputs[].key` says what that is made of",
            false => "it does nothing to a value that this version has an equal of",
        };
        return rules.refuse(&place, why);
    };
    let list = |name: &str| {
        let items = of(name).into_iter().flat_map(|p| p.value.split(','));
        items
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .collect::<Vec<_>>()
    };
    match class {
        "MaskField" => {
            let (action, said): (String, &[&str]) =
                match of("replacement").filter(|p| !p.value.is_empty()) {
                    Some(with) => (
                        format!("{{ replace: {{ with: {} }} }}", scalar(&with.value)),
                        &[],
                    ),
                    None => (
                        "{ replace: { with: null } }".to_owned(),
                        &["there, an empty value of its type (0, false, an empty text); here null"],
                    ),
                };
            for name in list("fields") {
                rules.add(&place, paths::member(name), &action, said);
            }
        }
        "ReplaceField" => {
            for name in list("exclude").into_iter().chain(list("blacklist")) {
                rules.add(&place, paths::member(name), "drop", &[]);
            }
            for name in list("include").into_iter().chain(list("whitelist")) {
                rules.clear.push((paths::member(name), "keep".to_owned()));
            }
            for pair in list("renames") {
                if let Some((from, to)) = pair.split_once(':') {
                    let renamed = format!("{{ as: {{ {}: keep }} }}", scalar(to));
                    rules.clear.push((paths::member(from), renamed));
                }
            }
        }
        _ => rules.refuse(
            &place,
            "it does nothing to a value that this version has an equal of",
        ),
    }
}
