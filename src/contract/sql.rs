//! Queries for outputs whose values cannot be taken as they stand: counts with noise, and
//! classes of several widths. As PostgreSQL and DuckDB take them, the topic loaded as a
//! table.

use super::Contract;
use super::uniques::{quoted, source};
use crate::action::{Dial, Setting};
use crate::policy::{Column, CountsMeaning};
use crate::record::decimal::Decimal;

/// The queries of those outputs, each under a comment that says what it tells.
pub fn sql(contracts: &[Contract<'_>]) -> String {
    let mut out = String::new();
    for contract in contracts {
        let topic = &contract.output.topic;
        let release = contract.output.release.as_ref();
        let queries = match release.and_then(|release| release.counts.as_ref()) {
            Some(counts) => of_counts(contract, counts),
            None => contract
                .columns
                .iter()
                .filter_map(|c| of_classes(topic, c.column))
                .collect(),
        };
        out.push_str(&format!("-- {}\n", commented(topic)));
        if queries.is_empty() {
            out.push_str("-- its columns can be counted and added up as they stand: `veil describe` says what each means\n");
        }
        for query in queries {
            out.push_str(&query);
            out.push('\n');
        }
    }
    out
}

/// Rows with their error bars, and sums of rows with theirs.
fn of_counts(contract: &Contract<'_>, counts: &CountsMeaning) -> Vec<String> {
    let table = quoted(&contract.output.topic);
    let by = contract.columns.iter().filter(|c| c.is_in_value());
    let by: Vec<String> = by
        .filter_map(|c| Some(source(&contract.output.topic, &c.column.to)?.0))
        .collect();
    let places: Vec<String> = (1..=by.len()).map(|n| n.to_string()).collect();
    // All rows together are one group without any word for it, everywhere.
    let groups = match &places[..] {
        [] => String::new(),
        places => format!(" GROUP BY {}", places.join(", ")),
    };
    let by: String = by.iter().map(|column| format!("{column}, ")).collect();
    let (off, sums) = (&counts.off, &counts.sums);
    vec![
        format!(
            "-- Each row with its error bar: of 20 values 19 are off by {off} or less.\n\
             SELECT \"from\", \"to\", {by}\"value\", \"value\" - {off} AS low, \"value\" + {off} AS high\n\
             FROM {table};\n"
        ),
        format!(
            "-- Sums over windows: of sums of n rows, from ten or so on, 19 of 20 are off by {sums} times the root of n or less.\n\
             SELECT {by}COUNT(*) AS n, SUM(\"value\") AS value, SUM(\"value\") - {sums} * SQRT(COUNT(*)) AS low, SUM(\"value\") + {sums} * SQRT(COUNT(*)) AS high\n\
             FROM {table}{groups};\n"
        ),
    ]
}

/// A class counted in the narrowest ranges that it can be made of, in each as much as it
/// is wide; the counts add up to those of the classes. `None`: it is no class.
fn of_classes(topic: &str, column: &Column) -> Option<String> {
    column.facts.quasi?;
    let (at, from) = source(topic, &column.to)?;
    let said = commented(&at);
    let Some((width, bottom, top)) = whole(column) else {
        let bins = column.spec.says("").bins.unwrap_or_default();
        return Some(format!(
            "-- {said} stands in {}: classes that lie in one another are counted by one that holds them all.\n",
            commented(&bins)
        ));
    };
    let last = top - 1;
    let part = |n: u8, more: &str| {
        format!(
            "CASE WHEN {at} LIKE '[%' THEN CAST(SPLIT_PART(TRIM({at}, '[)'), ',', {n}) AS BIGINT)\n            \
             WHEN {at} LIKE '%-%' AND {at} NOT LIKE '<%' AND {at} NOT LIKE '>%' THEN CAST(SPLIT_PART({at}, '-', {n}) AS BIGINT){more} END"
        )
    };
    Some(format!(
        "-- {said} in ranges of {width}: a class of several counts in each as much as it holds of it, as if its records were spread evenly; the counts add up.\n\
         WITH classes AS (\n  \
           SELECT {at} AS class, COUNT(*) AS n,\n         {} AS low,\n         {} AS high\n  \
           FROM {from} GROUP BY 1)\n\
         SELECT COALESCE(CAST(cells.low AS VARCHAR), class) AS class,\n       \
           SUM(CASE WHEN cells.low IS NULL THEN n ELSE n * {width}.0 / (high - classes.low) END) AS n\n\
         FROM classes LEFT JOIN GENERATE_SERIES({bottom}, {last}, {width}) AS cells(low)\n  \
           ON cells.low >= classes.low AND cells.low < high\n\
         GROUP BY 1 ORDER BY 1;\n",
        part(1, ""),
        part(2, " + 1"),
    ))
}

/// Width of the narrowest ranges and both ends of a line of whole numbers.
fn whole(column: &Column) -> Option<(i128, i128, i128)> {
    let dials = column.spec.reveals().dials;
    let at = |word: &str| {
        dials
            .iter()
            .find(|dial| dial.word == word)
            .map(|dial: &Dial| &dial.at)
    };
    let integer = |decimal: &Decimal| {
        let whole = decimal.floored(0)?;
        (Decimal::read(&whole.to_string()).as_ref() == Some(decimal)).then_some(whole)
    };
    let Some(Setting::Choice(steps)) = at("number") else {
        return None;
    };
    let first = steps.split_once(": ")?.1.split(", ").next()?;
    let width = integer(&Decimal::read(first)?)?;
    let (Some(Setting::Floor(Some(bottom))), Some(Setting::Cap(Some(top)))) =
        (at("bottom"), at("top"))
    else {
        return None;
    };
    Some((width, integer(bottom)?, integer(top)?))
}

/// On one line, so that it stays a comment.
fn commented(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
