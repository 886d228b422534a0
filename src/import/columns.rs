//! Debezium's column options: `column.mask.with.N.chars`, `column.truncate.to.N.chars`,
//! `column.mask.hash[.v2].ALGORITHM.with.salt.SALT`, `column.exclude.list`.

use super::paths;
use super::properties::Property;
use super::rules::{Place, Rules};
use crate::action::whole_pattern;

/// Longest start of a text that `generalize` leaves, in characters.
const PREFIX_MAX: u32 = 1024;

/// Reads one property, if it is one of them.
pub(super) fn read(property: &Property, rules: &mut Rules<'_>) {
    let Some(option) = property.name.strip_prefix("column.") else {
        return;
    };
    let chars = |before: &str| {
        let n = option.strip_prefix(before)?.strip_suffix(".chars")?;
        n.parse::<u32>().ok()
    };
    let mut place = property.place();
    let (action, said): (String, &[&str]) = if let Some(n) = chars("mask.with.") {
        match n {
            1..=64 => (format!("{{ mask: {{ fixed_length: {n} }} }}"), &[]),
            _ => ("{ replace: { with: \"\" } }".to_owned(), &[]),
        }
    } else if let Some(n) = chars("truncate.to.").filter(|n| *n > 0) {
        if n > PREFIX_MAX {
            return rules.refuse(
                &place,
                "more than 1,024 characters stay, which hides next to nothing: name the columns, each with an action that hides more",
            );
        }
        let fine: &[&str] =
            &["so much of a text hides little: FILL IN fewer characters, or another action"];
        let said = if n >= 4 { fine } else { &[] };
        (format!("{{ generalize: {{ prefix: {n} }} }}"), said)
    } else if option.starts_with("mask.hash.") && option.contains(".with.salt.") {
        // What follows is the salt.
        place.what = "column.mask.hash.….with.salt.…".to_owned();
        (
            "{ pseudonymize: { key: people, normalize: text, epoch: none } }".to_owned(),
            &[
                "codes change: a keyed one stands where theirs was a salted hash, cut to the width of its column",
            ],
        )
    } else if option == "exclude.list" || option == "blacklist" {
        ("drop".to_owned(), &[])
    } else {
        if ["include.list", "whitelist"].contains(&option) {
            rules.said.push("`column.include.list` names what is read there; here a field leaves that is named, and no other".to_owned());
        } else {
            // A salt may stand in a name.
            place.what = "column.…".to_owned();
            rules.refuse(&place, "it changes no value, or in a way without an equal");
        }
        return;
    };
    for pattern in property
        .value
        .split(',')
        .map(str::trim)
        .filter(|p| !p.is_empty())
    {
        match columns(pattern, rules) {
            Ok(paths) => {
                for path in paths {
                    rules.add(&place, path, &action, said);
                }
            }
            Err(why) => rules.refuse(&Place { ..place.clone() }, why),
        }
    }
}

/// The paths of the columns that a pattern of `database.table.column` means.
fn columns(pattern: &str, rules: &Rules<'_>) -> Result<Vec<String>, &'static str> {
    let plain = pattern.replace("\\.", ".").replace("[.]", ".");
    let is_plain = plain
        .chars()
        .all(|c| c.is_alphanumeric() || "._-$".contains(c));
    if is_plain {
        let column = plain.rsplit('.').next().unwrap_or_default();
        if column.is_empty() {
            return Err("a pattern without a column");
        }
        return Ok(vec![format!("(before|after).{}", paths::member(column))]);
    }
    let dot = ["\\.", "[.]"]
        .iter()
        .filter_map(|dot| Some(pattern.rfind(dot)? + dot.len()));
    let Some(at) = dot.max() else {
        return Err("a pattern in which no `\\.` parts table and column: name the columns");
    };
    let Some(sample) = rules.sample else {
        return Err(
            "a pattern of columns, and a policy names them one by one: give events with `--on`",
        );
    };
    let regex = whole_pattern(&pattern[at..])
        .map_err(|_| "no regular expression that this version reads")?;
    let found = paths::by_last_name(sample, |name| regex.is_match(name));
    let found = found
        .into_iter()
        .filter(|p| p.starts_with("before.") || p.starts_with("after."));
    let found: Vec<String> = found.collect();
    match found.is_empty() {
        true => Err("no record of the sample has such a column"),
        false => Ok(found),
    }
}
