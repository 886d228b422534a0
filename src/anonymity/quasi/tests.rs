//! Every kind of quasi-identifier: its classes, their names and losses, what is no domain.

use super::*;
use crate::record::decimal::Decimal;

fn number(text: &str) -> Decimal {
    Decimal::read(text).unwrap()
}

fn numbers(texts: &[&str]) -> Vec<Decimal> {
    texts.iter().map(|text| number(text)).collect()
}

/// The label and loss of the class of some codes.
fn class(tree: &Scale, codes: &[u32]) -> (Option<String>, u64) {
    let reaches = codes.iter().map(|code| tree.of(*code));
    let reach = reaches.reduce(|a, b| tree.join(a, b)).unwrap();
    (tree.label(reach), tree.loss(reach))
}

fn named(name: &str, loss: u64) -> (Option<String>, u64) {
    (Some(name.to_owned()), loss)
}

#[test]
fn bands_lie_in_one_another() {
    let steps = numbers(&["5", "10", "20"]);
    let (bands, tree) = Steps::new(&steps, &number("15"), &number("90")).unwrap();
    let tree = Scale::Tree(tree);
    let of = |values: &[&str]| {
        let codes: Vec<u32> = values.iter().map(|v| bands.code(&number(v))).collect();
        class(&tree, &codes)
    };
    assert_eq!(of(&["17"]), named("15-19", WHOLE / 15));
    assert_eq!(of(&["23", "29"]), named("20-29", 2 * WHOLE / 15));
    assert_eq!(of(&["23", "39"]), named("20-39", 4 * WHOLE / 15));
    // The first band of 20 begins below the range, and is cut there.
    assert_eq!(of(&["16", "15"]), named("15-19", WHOLE / 15));
    assert_eq!(of(&["39", "40"]), named("*", WHOLE));
    assert_eq!(of(&["14"]), named("<15", WHOLE / 15));
    assert_eq!(of(&["14", "-3"]), named("<15", WHOLE / 15));
    assert_eq!(of(&["14", "16"]), named("*", WHOLE));
    assert_eq!(of(&["90", "1e90"]), named(">=90", WHOLE / 15));
    assert_eq!(class(&tree, &[MISSING]), (None, 0));
    assert_eq!(class(&tree, &[MISSING, 5]), named("*", WHOLE));
}

#[test]
fn bounds_say_the_same_as_labels() {
    let line = Line::of_steps(&number("5"), &number("15"), &number("90")).unwrap();
    let code = |text| line.code(&number(text));
    let (low, mid, high) = (code("3"), code("25"), code("99"));
    let line = Scale::Line(line);
    let end = |units| Some(End::Number { units, places: 0 });
    let of = |codes: &[u32]| {
        let reaches = codes.iter().map(|code| line.of(*code));
        line.bounds(reaches.reduce(|a, b| line.join(a, b)).unwrap())
    };
    let bounds = |from, to| Bounds { from, to };
    assert_eq!(of(&[mid]), bounds(end(25), end(30)));
    assert_eq!(of(&[low, mid]), bounds(None, end(30)));
    assert_eq!(of(&[mid, high]), bounds(end(25), None));
    assert_eq!(of(&[MISSING, mid]), bounds(None, None));
    assert_eq!(line.label(Reach { low: 0, high: mid }).unwrap(), "*");
    assert_eq!(line.label(Reach { low: 0, high: 0 }), None);
}

#[test]
fn spans_of_the_calendar_lie_in_one_another() {
    let steps = [1, 5, 10].map(|years| TimeStep::Months(12 * years));
    // 1930-01-01 and 2010-01-01.
    let (bottom, top) = (-1_262_304_000, 1_262_304_000);
    let (times, tree) = Times::new(&steps, bottom, top).unwrap();
    let tree = Scale::Tree(tree);
    let of = |seconds: &[i64]| {
        let codes: Vec<u32> = seconds.iter().map(|s| times.code(*s)).collect();
        class(&tree, &codes)
    };
    assert_eq!(of(&[0]), named("[1970-01-01,1971-01-01)", 0));
    assert_eq!(of(&[0, 86_400 * 364]), named("[1970-01-01,1971-01-01)", 0));
    assert_eq!(
        of(&[0, 86_400 * 365]),
        named("[1970-01-01,1975-01-01)", WHOLE / 3)
    );
    assert_eq!(
        of(&[0, 86_400 * 365 * 7]),
        named("[1970-01-01,1980-01-01)", 2 * WHOLE / 3)
    );
    assert_eq!(of(&[-1, 0]), named("*", WHOLE));
    assert_eq!(of(&[i64::MIN, bottom - 1]), named("<1930-01-01", 0));
    assert_eq!(of(&[top, i64::MAX]), named(">=2010-01-01", 0));
    assert_eq!(of(&[top - 1]), named("[2009-01-01,2010-01-01)", 0));
}

#[test]
fn hours_lie_in_days_and_days_in_months() {
    let steps = [
        TimeStep::Seconds(3_600),
        TimeStep::Seconds(86_400),
        TimeStep::Months(1),
    ];
    // 2026-03-01 and 2026-05-01.
    let (times, tree) = Times::new(&steps, 1_772_323_200, 1_777_593_600).unwrap();
    let tree = Scale::Tree(tree);
    let of = |seconds: &[i64]| {
        let codes: Vec<u32> = seconds
            .iter()
            .map(|s| times.code(1_772_323_200 + s))
            .collect();
        class(&tree, &codes).0.unwrap()
    };
    assert_eq!(of(&[0, 3_599]), "[2026-03-01,2026-03-01T01:00:00Z)");
    assert_eq!(of(&[0, 3_600]), "[2026-03-01,2026-03-02)");
    assert_eq!(of(&[0, 86_400]), "[2026-03-01,2026-04-01)");
    assert_eq!(of(&[0, 31 * 86_400]), "*");
}

#[test]
fn steps_that_are_no_domain_are_refused() {
    let bands = |steps: &[&str], bottom, top| {
        Steps::new(&numbers(steps), &number(bottom), &number(top)).err()
    };
    assert_eq!(bands(&["5", "7"], "0", "35"), Some(NotADomain::NotNested));
    assert_eq!(bands(&["5", "5"], "0", "35"), Some(NotADomain::NotNested));
    assert_eq!(bands(&["5", "0.5"], "0", "35"), Some(NotADomain::NotNested));
    assert_eq!(
        bands(&["10", "20"], "5", "45"),
        Some(NotADomain::NotAligned)
    );
    assert_eq!(bands(&[], "5", "45"), Some(NotADomain::NoLevel));
    assert_eq!(bands(&["0.5", "1.5"], "0", "3"), None);
    let months = |n| TimeStep::Months(n);
    let seconds = |n| TimeStep::Seconds(n);
    let times = |steps: &[TimeStep], bottom, top| Times::new(steps, bottom, top).err();
    let day = 86_400;
    assert_eq!(times(&[seconds(0)], 0, 10), Some(NotADomain::NoStep));
    assert_eq!(
        times(&[seconds(7 * 86_400), months(1)], 0, 70 * day),
        Some(NotADomain::NotNested)
    );
    assert_eq!(
        times(&[months(12), seconds(86_400)], 0, day),
        Some(NotADomain::NotNested)
    );
    assert_eq!(
        times(&[seconds(7_000)], 0, 7_000),
        Some(NotADomain::NotNested)
    );
    assert_eq!(
        times(&[months(1)], 0, 40 * day),
        Some(NotADomain::NotAligned)
    );
    assert_eq!(times(&[seconds(1)], 0, 0), Some(NotADomain::NotAbove));
    assert_eq!(
        times(&[seconds(1)], 0, 1_000_001),
        Some(NotADomain::TooMany)
    );
    assert_eq!(
        times(&[seconds(1)], i64::MIN, i64::MAX),
        Some(NotADomain::TooFine)
    );
}

fn jobs() -> Vec<Vec<&'static str>> {
    let rows = [
        "nurse;health;any",
        "teacher;school;any",
        "doctor;health;any",
        "dentist;health;any",
        "cook;kitchen;any",
    ];
    rows.iter().map(|row| row.split(';').collect()).collect()
}

#[test]
fn a_table_says_what_lies_in_what() {
    let (table, tree) = Hierarchy::new(&jobs()).unwrap();
    let tree = Scale::Tree(tree);
    let of = |values: &[&str]| {
        let codes: Vec<u32> = values.iter().map(|v| table.code(v).unwrap()).collect();
        class(&tree, &codes)
    };
    assert_eq!(of(&["nurse"]), named("nurse", 0));
    assert_eq!(of(&["nurse", "doctor"]), named("health", 2 * WHOLE / 4));
    assert_eq!(of(&["nurse", "cook"]), named("*", WHOLE));
    assert_eq!(class(&tree, &[table.other()]), named("*", WHOLE));
    assert_eq!(class(&tree, &[MISSING]), (None, 0));
    assert_eq!(table.code("lion tamer"), None);
    // Codes do not depend on the order of the rows.
    let mut rows = jobs();
    rows.reverse();
    let (other, _) = Hierarchy::new(&rows).unwrap();
    for row in &rows {
        assert_eq!(table.code(row[0]), other.code(row[0]));
    }
}

#[test]
fn a_table_that_is_no_hierarchy_is_refused() {
    let with = |row: &'static str| {
        let mut rows = jobs();
        rows.push(row.split(';').collect());
        Hierarchy::new(&rows).err()
    };
    assert_eq!(with("clerk;office;any"), None);
    assert_eq!(with("clerk;any"), Some(BadHierarchy::Ragged(6)));
    assert_eq!(with("clerk;;any"), Some(BadHierarchy::EmptyCell(6)));
    assert_eq!(with("nurse;health;any"), Some(BadHierarchy::Twice(6)));
    assert_eq!(with("clerk;office;all"), Some(BadHierarchy::TwoRoots(6)));
    let two = [vec!["a", "x", "l", "*"], vec!["b", "x", "r", "*"]];
    assert_eq!(
        Hierarchy::new(&two).err(),
        Some(BadHierarchy::TwoParents(2, 1))
    );
    // `w` would be a value and a class, and a value `*` everybody.
    let named = |rows: &[[&str; 3]]| {
        Hierarchy::new(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).err()
    };
    assert_eq!(
        named(&[["DE", "w", "*"], ["w", "DE", "*"]]),
        Some(BadHierarchy::OneName(2, 0))
    );
    assert_eq!(
        named(&[["DE", "w", "*"], ["FR", "w", "*"], ["w", "w", "*"]]),
        Some(BadHierarchy::OneName(3, 0))
    );
    assert_eq!(
        named(&[["*", "w", "any"], ["DE", "w", "any"]]),
        Some(BadHierarchy::OneName(1, 0))
    );
    assert_eq!(named(&[["DE", "DE", "*"], ["FR", "FR", "*"]]), None);
    assert_eq!(Hierarchy::new::<&str>(&[]).err(), Some(BadHierarchy::Empty));
    assert_eq!(
        Hierarchy::new(&[vec!["a"]]).err(),
        Some(BadHierarchy::Levels(1))
    );
}

#[test]
fn addresses_lie_in_networks() {
    let networks = Networks::new(&[24, 20, 16, 12, 8], &[48, 40, 32]).unwrap();
    let addresses = [
        "203.0.113.7",
        "203.0.113.9",
        "203.0.112.1",
        "203.0.1.1",
        "10.0.0.1",
        "2001:db8:1::1",
        "2001:db8:2::1",
        "2001:db9::1",
        "::ffff:203.0.113.1",
    ];
    let mut leaves = Leaves::default();
    let numbers: Vec<u32> = addresses
        .iter()
        .map(|a| networks.number(a.parse().unwrap(), &mut leaves).unwrap())
        .collect();
    let (tree, codes) = networks.tree(&leaves, &numbers);
    let tree = Scale::Tree(tree);
    let of = |at: &[usize]| class(&tree, &at.iter().map(|i| codes[*i]).collect::<Vec<_>>());
    assert_eq!(of(&[0, 1, 8]), named("203.0.113.0/24", 0));
    assert_eq!(of(&[0, 2]), named("203.0.112.0/20", WHOLE / 5));
    assert_eq!(of(&[0, 3]), named("203.0.0.0/16", 2 * WHOLE / 5));
    assert_eq!(of(&[0, 4]), named("*", WHOLE));
    assert_eq!(of(&[5, 6]), named("2001:db8::/40", WHOLE / 3));
    assert_eq!(of(&[6, 7]), named("*", WHOLE));
    assert_eq!(of(&[7]), named("2001:db9::/48", 0));
    // NAT64 of a local network: at most 48 bits of it may be kept.
    let fine = Networks::new(&[32], &[64]).unwrap();
    let local = "64:ff9b:1::1".parse().unwrap();
    assert_eq!(fine.number(local, &mut leaves), None);
    assert!(Networks::new(&[8, 24], &[48]).is_err());
    assert!(Networks::new(&[24], &[]).is_err());
    assert!(Networks::new(&[33], &[48]).is_err());
}

#[test]
fn texts_lie_in_their_prefixes_whatever_came_first() {
    let zips = Prefixes::new(&[5, 3, 2]).unwrap();
    let texts = ["10115", "10117", "10999-12", "22", "10119", "Ü1"];
    let labels = |order: &[usize]| {
        let mut leaves = Leaves::default();
        let number = |i: &usize| zips.number(texts[*i], &mut leaves).unwrap();
        let numbers: Vec<u32> = order.iter().map(number).collect();
        let (tree, codes) = zips.tree(&leaves, &numbers);
        let mut of = vec![0; texts.len()];
        for (i, code) in order.iter().zip(&codes) {
            of[*i] = *code;
        }
        (Scale::Tree(tree), of)
    };
    let (tree, codes) = labels(&[0, 1, 2, 3, 4, 5]);
    assert_eq!(class(&tree, &[codes[0]]), named("10115*", 0));
    assert_eq!(
        class(&tree, &[codes[0], codes[4]]),
        named("101*", WHOLE / 3)
    );
    assert_eq!(
        class(&tree, &[codes[0], codes[2]]),
        named("10*", 2 * WHOLE / 3)
    );
    assert_eq!(class(&tree, &[codes[5]]), named("Ü1*", 0));
    assert_eq!(class(&tree, &[codes[3], codes[5]]), named("*", WHOLE));
    assert_eq!(labels(&[4, 5, 3, 1, 2, 0]).1, codes);
    let mut leaves = Leaves::default();
    assert_eq!(zips.number("", &mut leaves), None);
    assert!(Prefixes::new(&[2, 3]).is_err() && Prefixes::new(&[]).is_err());
    let places = Prefixes::geohash(&[5, 3]).unwrap();
    assert!(places.number("u33dc1", &mut leaves).is_some());
    assert_eq!(places.number("u33", &mut leaves), None);
    assert_eq!(places.number("u33da", &mut leaves), None);
    assert!(Prefixes::geohash(&[13]).is_err());
}
