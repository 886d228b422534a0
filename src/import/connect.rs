//! A Kafka Connect connector: `MaskField` and `ReplaceField` of its transforms, and
//! Debezium's column options; JSON as the REST interface takes it, or properties.

use super::chain::Chain;
use super::columns;
use super::outcome::NotRead;
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
    let mut chain = Chain::default();
    for name in value("transforms").iter().flat_map(|p| p.value.split(',')) {
        let name = name.trim();
        let of = |option: &str| value(&format!("transforms.{name}.{option}"));
        if let Some(kind) = of("type") {
            transform(kind, &of, &mut chain, rules);
        }
    }
    chain.write(rules);
    for property in &properties {
        columns::read(property, rules);
    }
    Ok(())
}

/// Transforms that hide no member of the value and give none another name.
const LEAVE_MEMBERS: &[&str] = &[
    "ByLogicalTableRouter",
    "DropHeaders",
    "ExtractNewRecordState",
    "Filter",
    "InsertHeader",
    "MessageTimestampRouter",
    "RegexRouter",
    "SetSchemaMetadata$Value",
    "TimestampRouter",
    "ValueToKey",
];

fn transform<'p>(
    kind: &Property,
    of: &impl Fn(&str) -> Option<&'p Property>,
    chain: &mut Chain,
    rules: &mut Rules<'_>,
) {
    let class = kind.value.rsplit('.').next().unwrap_or_default();
    let place = Place {
        what: format!("{} ({class})", kind.name),
        ..kind.place()
    };
    if class.ends_with("$Key") {
        return rules.refuse(
            &place,
            "it changes the record key: `outputs[].key` says what that is made of",
        );
    }
    let known = class.strip_suffix("$Value");
    let known = known.filter(|class| ["MaskField", "ReplaceField"].contains(class));
    let Some(class) = known else {
        chain.doubt(!LEAVE_MEMBERS.contains(&class));
        return rules.refuse(
            &place,
            "it does nothing to a value that this version has an equal of",
        );
    };
    if of("predicate").is_some() {
        chain.doubt(true);
        return rules.refuse(
            &place,
            "`predicate`: it is done to some records only; `when` says which, field by field",
        );
    }
    let list = |name: &str| {
        let items = of(name).into_iter().flat_map(|p| p.value.split(','));
        items
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .collect::<Vec<_>>()
    };
    if class == "MaskField" {
        let (action, said): (String, &'static [&'static str]) =
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
            chain.mask(name, &action, said, &place, rules);
        }
        return;
    }
    // It asks for the names that members came with, then gives them new ones.
    for name in list("exclude").into_iter().chain(list("blacklist")) {
        chain.exclude(name, &place);
    }
    let include: Vec<&str> = list("include")
        .into_iter()
        .chain(list("whitelist"))
        .collect();
    if !include.is_empty() {
        chain.include(&include, &place);
    }
    let mut renames = Vec::new();
    for pair in list("renames") {
        match pair.split_once(':') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => renames.push((from, to)),
            _ => rules.refuse(&place, "`renames` is no list of `FROM:TO`"),
        }
    }
    chain.rename(&renames, &place, rules);
}
