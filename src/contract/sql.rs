//! Queries for outputs whose values cannot be taken as they stand: counts with noise, and
//! classes of several widths. As PostgreSQL and DuckDB take them, the topic loaded as a
//! table.

use super::Contract;
use super::uniques::{quoted, source};
use crate::action::{ClassEnd, ClassForm, Dial, EndSpelling, Setting};

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
                .filter_map(|c| of_classes(contract, c.column))
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
    let places = (1..=by.len()).map(|n| n.to_string());
    let places = match by.len() {
        0 => "()".to_owned(),
        _ => places.collect::<Vec<_>>().join(", "),
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
             FROM {table} GROUP BY {places};\n"
        ),
    ]
}

/// A class counted in the narrowest ranges that it can be made of, in each as much as it
/// is wide; the counts add up to those of the classes. `None`: it is no class, or the query
/// of where it begins says it.
fn of_classes(contract: &Contract<'_>, column: &Column) -> Option<String> {
    let topic = &contract.output.topic;
    let (at, from) = source(topic, &column.to)?;
    let query = match column.facts.quasi?.form {
        ClassForm::Label => whole(column).map(|cells| of_labels(&at, &from, cells)),
        ClassForm::End(ClassEnd::From, spelling) => {
            let beyond = |c: &&Column| {
                let of = c.facts.quasi.map(|of| of.form);
                of == Some(ClassForm::End(ClassEnd::To, spelling)) && c.inputs == column.inputs
            };
            let beyond = contract.columns.iter().map(|c| c.column).find(beyond)?;
            let ends = [at.clone(), source(topic, &beyond.to)?.0];
            match spelling {
                EndSpelling::Number => whole(column).map(|cells| of_numbers(&ends, &from, cells)),
                EndSpelling::Day | EndSpelling::Instant => of_times(&ends, &from, column),
                EndSpelling::BasicDay | EndSpelling::Days | EndSpelling::Since1970(_) => None,
            }
        }
        ClassForm::End(ClassEnd::To, _) => return None,
    };
    let said = commented(&at);
    let bins = || commented(&column.spec.says("").bins.unwrap_or_default());
    Some(query.unwrap_or_else(|| {
        format!(
            "-- {said} stands in {}: classes that lie in one another are counted by one that holds them all.\n",
            bins()
        )
    }))
}

/// What a query of classes says of itself.
fn spread(at: &str, width: &str) -> String {
    format!(
        "-- {} in ranges of {width}: a class of several counts in each as much as it holds of it, as if its records were spread evenly; the counts add up.\n",
        commented(at)
    )
}

/// Classes by what they are called.
fn of_labels(at: &str, from: &str, (width, bottom, top): (i128, i128, i128)) -> String {
    let last = top - 1;
    let part = |n: u8, more: &str| {
        format!(
            "CASE WHEN {at} LIKE '[%' THEN CAST(SPLIT_PART(TRIM({at}, '[)'), ',', {n}) AS BIGINT)\n            \
             WHEN {at} LIKE '%-%' AND {at} NOT LIKE '<%' AND {at} NOT LIKE '>%' THEN CAST(SPLIT_PART({at}, '-', {n}) AS BIGINT){more} END"
        )
    };
    format!(
        "{}WITH classes AS (\n  \
           SELECT {at} AS class, COUNT(*) AS n,\n         {} AS low,\n         {} AS high\n  \
           FROM {from} GROUP BY 1)\n\
         SELECT COALESCE(CAST(cells.low AS VARCHAR), class) AS class,\n       \
           SUM(CASE WHEN cells.low IS NULL THEN n ELSE n * {width}.0 / (high - classes.low) END) AS n\n\
         FROM classes LEFT JOIN GENERATE_SERIES({bottom}, {last}, {width}) AS cells(low)\n  \
           ON cells.low >= classes.low AND cells.low < high\n\
         GROUP BY 1 ORDER BY 1;\n",
        spread(at, &width.to_string()),
        part(1, ""),
        part(2, " + 1"),
    )
}

/// Classes of numbers by their ends: an open one counts by itself.
fn of_numbers(
    [low, high]: &[String; 2],
    from: &str,
    (width, bottom, top): (i128, i128, i128),
) -> String {
    let last = top - 1;
    format!(
        "{}WITH classes AS (SELECT {low} AS low, {high} AS high, COUNT(*) AS n FROM {from} GROUP BY 1, 2)\n\
         SELECT COALESCE(cells.low, classes.low) AS \"from\", COALESCE(cells.low + {width}, high) AS \"to\",\n       \
           SUM(CASE WHEN cells.low IS NULL THEN n ELSE n * {width}.0 / (high - classes.low) END) AS n\n\
         FROM classes LEFT JOIN GENERATE_SERIES({bottom}, {last}, {width}) AS cells(low)\n  \
           ON cells.low >= classes.low AND cells.low < high\n\
         GROUP BY 1, 2 ORDER BY 1, 2;\n",
        spread(low, &width.to_string()),
    )
}

/// The same of times, in their shortest spans; `None`: the policy does not say these.
fn of_times([low, high]: &[String; 2], from: &str, column: &Column) -> Option<String> {
    let dials = column.spec.reveals().dials;
    let at = |word: &str| {
        let dial = dials.iter().find(|dial| dial.word == word)?;
        match &dial.at {
            Setting::Choice(text) => Some(text.clone()),
            _ => None,
        }
    };
    let (spans, bottom, top) = (at("time")?, at("bottom")?, at("top")?);
    let shortest = spans.split(", ").next()?;
    let digits = shortest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (count, unit) = match &shortest[digits.len()..] {
        "s" => (digits, "seconds"),
        "m" => (digits, "minutes"),
        "h" => (digits, "hours"),
        "d" => (digits, "days"),
        "w" => (digits, "weeks"),
        "mo" => (digits, "months"),
        "y" => (digits, "years"),
        _ => return None,
    };
    let span = format!("INTERVAL '{count} {unit}'");
    Some(format!(
        "{}WITH classes AS (SELECT CAST({low} AS TIMESTAMP) AS low, CAST({high} AS TIMESTAMP) AS high, COUNT(*) AS n FROM {from} GROUP BY 1, 2)\n\
         SELECT COALESCE(cells.low, classes.low) AS \"from\", COALESCE(cells.low + {span}, high) AS \"to\",\n       \
           SUM(CASE WHEN cells.low IS NULL THEN n\n                \
             ELSE n * EXTRACT(EPOCH FROM (cells.low + {span}) - cells.low) / EXTRACT(EPOCH FROM high - classes.low) END) AS n\n\
         FROM classes LEFT JOIN GENERATE_SERIES(CAST('{bottom}' AS TIMESTAMP), CAST('{top}' AS TIMESTAMP), {span}) AS cells(low)\n  \
           ON cells.low >= classes.low AND cells.low < high\n\
         GROUP BY 1, 2 ORDER BY 1, 2;\n",
        spread(low, shortest),
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
