//! Debezium's column options: `column.mask.with.N.chars`, `column.truncate.to.N.chars`,
//! `column.mask.hash[.v2].ALGORITHM.with.salt.SALT`, `column.exclude.list`.

use std::collections::BTreeSet;

use super::chain::{Chain, Rows};
use super::properties::Property;
use super::rules::Rules;
use crate::action::whole_pattern;
use crate::record::path::Step;
use crate::sample::Profile;

/// Longest start of a text that `generalize` leaves, in characters.
const PREFIX_MAX: u32 = 1024;

/// Reads one property, if it is one of them.
pub(super) fn read(property: &Property, chain: &mut Chain, rules: &mut Rules<'_>) {
    let Some(option) = property.name.strip_prefix("column.") else {
        return;
    };
    let chars = |before: &str| {
        let n = option.strip_prefix(before)?.strip_suffix(".chars")?;
        n.parse::<u32>().ok()
    };
    let mut place = property.place();
    let (action, said): (String, &'static [&'static str]) = if let Some(n) = chars("mask.with.") {
        match n {
            1..=64 => (format!("{{ mask: {{ fixed_length: {n} }} }}"), &[]),
            _ => ("{ replace: { with: \"\" } }".to_owned(), &[]),
        }
    } else if let Some(n) = chars("truncate.to.").filter(|n| *n > 0) {
        if n > PREFIX_MAX {
            chain.doubt();
            return rules.refuse(
                &place,
                "more than 1,024 characters stay, which hides next to nothing: name the columns, each with an action that hides more",
            );
        }
        let fine: &'static [&'static str] =
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
            if option.starts_with("mask.") || option.starts_with("truncate.") {
                chain.doubt();
            }
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
        match columns(pattern, chain.rows(), rules) {
            Ok(names) => {
                for name in names {
                    chain.column(&name, &action, said, &place, rules);
                }
            }
            Err(why) => {
                chain.doubt();
                rules.refuse(&place, why);
            }
        }
    }
}

/// The columns that a pattern of `database.table.column` means.
fn columns(pattern: &str, rows: Rows, rules: &Rules<'_>) -> Result<Vec<String>, &'static str> {
    let plain = pattern.replace("\\.", ".").replace("[.]", ".");
    let is_plain = plain
        .chars()
        .all(|c| c.is_alphanumeric() || "._-$".contains(c));
    if is_plain {
        let column = plain.rsplit('.').next().unwrap_or_default();
        if column.is_empty() {
            return Err("a pattern without a column");
        }
        return Ok(vec![column.to_owned()]);
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
    let mut found = columns_of(sample, rows);
    found.retain(|name| regex.is_match(name));
    match found.is_empty() {
        true => Err("no record of the sample has such a column"),
        false => Ok(found.into_iter().collect()),
    }
}

/// The columns of the rows of a sample.
fn columns_of(sample: &Profile, rows: Rows) -> BTreeSet<String> {
    let found = sample.leaves().into_iter().filter_map(|found| {
        let steps = match rows {
            Rows::Flat => &found.path.steps[..],
            Rows::Enveloped => inside_row(&found.path.steps)?,
        };
        match steps.first()? {
            Step::Name(name) => Some(name.clone()),
            _ => None,
        }
    });
    found.collect()
}

/// The steps behind `before` or `after`.
fn inside_row(steps: &[Step]) -> Option<&[Step]> {
    match steps {
        [Step::Name(row), rest @ ..] if ["before", "after"].contains(&row.as_str()) => Some(rest),
        _ => None,
    }
}

/// Whether rows of a sample stand in `before` and `after`.
pub(super) fn rows_of(sample: &Profile) -> Rows {
    let mut leaves = sample.leaves().into_iter();
    let has_row = |steps: &[Step]| inside_row(steps).is_some_and(|rest| !rest.is_empty());
    match leaves.any(|found| has_row(&found.path.steps)) {
        true => Rows::Enveloped,
        false => Rows::Flat,
    }
}
