//! Figures of small tables, by hand.

use super::pairs::{shared, union};
use super::testing::{table, tables};
use super::{Alone, Level, NOBODY, Pair, Settings, Sort, Table};
use crate::anonymity::seeded::Seeded;

const CODE: Sort = Sort::Code { of_person: true };

fn rows(all: &[(u32, u32, &[&str])]) -> Vec<(u32, u32, Vec<String>)> {
    let text = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
    all.iter()
        .map(|(r, p, values)| (*r, *p, text(values)))
        .collect()
}

fn alone(table: &Table, quasi: Option<&[String]>) -> Alone {
    Alone::of(
        table,
        &mut Settings {
            quasi,
            population: Some(40),
            goes_on: &mut || true,
            words: &mut Seeded::new(3),
        },
    )
}

/// Four persons, the first with three records; a code, a year, a country.
fn people() -> Table {
    let columns = [
        ("id", CODE),
        ("year", Sort::Quasi),
        ("country", Sort::Quasi),
        ("seal", Sort::Sealed),
    ];
    table(
        "t",
        &columns,
        &rows(&[
            (0, 0, &["a", "1980", "DE", "x1"]),
            (1, 0, &["a", "1980", "DE", "x2"]),
            (2, 0, &["a", "1991", "DE", "x3"]),
            (3, 1, &["b", "1980", "DE", "x4"]),
            (4, 2, &["c", "1981", "DE", "x5"]),
            (5, 3, &["d", "1991", "FR", "x6"]),
            (6, NOBODY, &["", "1950", "FR", "x7"]),
        ]),
    )
}

#[test]
fn a_person_counts_once_and_codes_do_not() {
    let table = people();
    let own = alone(&table, None);
    assert_eq!(own.persons, 4);
    assert_eq!(own.columns, ["year", "country"]);
    assert_eq!(own.codes, ["id"]);
    // By what most records say 0 and 1 look the same; by all records nobody does.
    assert_eq!(own.unique(), 0.5);
    assert_eq!(own.unique_of_all, 1.0);
    assert_eq!(own.classes.histogram(), [(1, 2), (2, 2)]);
    assert_eq!(own.classes.prosecutor().average, 0.75);
    // Ten times as many people as the sample has.
    let journalist = own.journalist.expect("the population is known");
    assert!((journalist.average - 0.075).abs() < 1e-12);
    // The year alone finds both; the country adds nothing.
    assert_eq!(own.sets[0].columns, ["year"]);
    assert_eq!(own.sets[0].unique, 0.5);
    let by_code = alone(&table, Some(&["id".to_owned()]));
    assert_eq!((by_code.unique(), by_code.codes.len()), (1.0, 0));
}

#[test]
fn one_step_coarser_is_told_and_the_cheapest_found() {
    let own = alone(&people(), None);
    let year = &own.fields[0];
    // 1980 and 1981 are one span of five years, 1991 is another.
    assert_eq!(year.coarser, Some(("steps of 1 → 5".to_owned(), 0.25)));
    assert_eq!(year.without, 0.25);
    assert_eq!(own.fields[1].coarser, None);
    let (column, says, then) = own.cheapest(0.3).expect("there is one");
    assert_eq!(
        (column, says.as_str(), then),
        ("year", "steps of 1 → 5", 0.25)
    );
    // Where nobody is alone nothing needs to be coarser.
    let alike = rows(&[(0, 0, &["1"]), (1, 1, &["1"])]);
    assert!(
        alone(&table("t", &[("a", Sort::Quasi)], &alike), None)
            .cheapest(0.0)
            .is_none()
    );
}

#[test]
fn nothing_and_nobody_are_no_error() {
    let empty = table("t", &[("a", Sort::Quasi)], &[]);
    let own = alone(&empty, None);
    assert_eq!((own.persons, own.unique()), (0, 0.0));
    let no_columns = table("t", &[], &rows(&[(0, 0, &[]), (1, 1, &[])]));
    let own = alone(&no_columns, None);
    assert_eq!((own.persons, own.unique(), own.sets.len()), (2, 0.0, 0));
}

#[test]
fn rows_of_two_outputs_meet_by_what_both_say() {
    let a = table(
        "a",
        &[("at", Sort::Quasi), ("country", Sort::Quasi)],
        &rows(&[
            (0, 0, &["2026-03-01T10:00:00Z", "DE"]),
            (1, 1, &["2026-03-01T12:00:00Z", "DE"]),
            (2, 2, &["2026-03-02T10:00:00Z", "FR"]),
        ]),
    );
    let b = table(
        "b",
        &[("country", Sort::Quasi), ("timestamp", Sort::Quasi)],
        &rows(&[
            (2, 2, &["FR", "2026-03-02T00:00:00Z"]),
            (1, 1, &["DE", "2026-03-01T00:00:00Z"]),
            (0, 0, &["DE", "2026-03-01T00:00:00Z"]),
        ]),
    );
    // Hours and days meet by days.
    let sides = shared(&a, &b, None);
    let names: Vec<&str> = sides.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["country", "at / timestamp"]);
    assert_eq!(sides[1].1, [vec![1, 1, 2], vec![2, 1, 1]]);
    let tables = tables(vec![a, b], vec![0, 1, 2]);
    let pair = Pair::of(&tables, [0, 1], Level::ByRow, None);
    assert_eq!((pair.records, pair.shared.len()), (3, 2));
    assert!((pair.rows_unique - 1.0 / 3.0).abs() < 1e-12);
    // Either column alone finds the same row.
    assert!(pair.cheapest.is_none());
    assert_eq!(pair.joined.histogram(), [(1, 3)]);
    assert_eq!(union(&tables, None).rows(), 3);
}
