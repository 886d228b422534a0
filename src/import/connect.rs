//! A Kafka Connect connector: its transforms (`MaskField`, `ReplaceField`, Aiven's
//! `Hash`), and Debezium's column options; JSON as the REST interface takes it, or
//! properties.

use super::chain::{Chain, Rows};
use super::columns;
use super::outcome::NotRead;
use super::properties::{Property, properties};
use super::rules::Rules;
use super::smt::{Change, Transform};

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
    let option = |name: &str| value(name).map(|p| p.value.as_str());
    let names = option("transforms").unwrap_or_default().split(',');
    let transforms: Vec<Transform<'_>> = names
        .filter_map(|name| Transform::of(name.trim(), &properties))
        .collect();
    let unwrap = transforms.iter().position(|t| t.change == Change::Unwrap);
    let is_debezium = properties.iter().any(|p| p.name.starts_with("column."))
        || option("connector.class").is_some_and(|c| c.starts_with("io.debezium.connector."));
    let rows = rows(unwrap.is_some(), is_debezium, rules);
    let mut chain = Chain::of(rows);
    for property in &properties {
        columns::read(property, &mut chain, rules);
    }
    // Before this one a transform sees `before` and `after`, and no column.
    let flat_from = unwrap.unwrap_or(match rows {
        Rows::Flat => 0,
        Rows::Enveloped => transforms.len(),
    });
    for (at, transform) in transforms.iter().enumerate() {
        if at < flat_from && transform.names_members() {
            chain.doubt();
            rules.refuse(
                &transform.place,
                "it sees `before` and `after` there and no column, so that it does nothing to one: put `ExtractNewRecordState` before it",
            );
        } else {
            transform.take(&mut chain, rules);
        }
    }
    chain.write(rules);
    Ok(())
}

/// Where the columns stand in the records that come: as the sample has them.
fn rows(unwraps: bool, is_debezium: bool, rules: &mut Rules<'_>) -> Rows {
    let of_sample = rules.sample.map(columns::rows_of);
    let rows = of_sample.unwrap_or(match is_debezium && !unwraps {
        true => Rows::Enveloped,
        false => Rows::Flat,
    });
    let said = match (rows, unwraps) {
        (Rows::Flat, true) => {
            "Records are taken as they are behind `ExtractNewRecordState`, columns at the top: keep that transform."
        }
        (Rows::Enveloped, true) => {
            "Records are taken as the sample has them, before `ExtractNewRecordState`: rows in `before` and `after`."
        }
        (Rows::Flat, false) if is_debezium => {
            "Records are taken as the sample has them: columns at the top."
        }
        (Rows::Enveloped, false) => {
            "Records are taken as Debezium writes them: rows in `before` and `after`."
        }
        (Rows::Flat, false) => return rows,
    };
    rules.said.push(said.to_owned());
    rows
}
