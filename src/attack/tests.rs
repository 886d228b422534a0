//! Each attack finds what is planted, and does no better than a guess where nothing is.

use super::{ATTACKS, Bounds, Control, Found, Ground, Score, Try, wilson};
use crate::anonymity::counts::Mechanism;
use crate::anonymity::permutation::shuffle;
use crate::anonymity::seeded::Seeded;
use crate::exposure::testing::{table, tables};
use crate::exposure::{InClasses, OfCounts, Sort, Table, Tables};

const CODE: Sort = Sort::Code { of_person: true };
const PEOPLE: u32 = 120;

fn tried(id: &str, ground: &Ground<'_>) -> Vec<Found> {
    let attack = ATTACKS
        .iter()
        .find(|attack| attack.id == id)
        .expect("an attack");
    let mut bounds = Bounds {
        words: Seeded::new(5),
        error: 0.2,
        goes_on: &mut || true,
    };
    (attack.run)(ground, &mut bounds)
}

/// How well an attack goes on outputs of `records` records, of which `person` says whose
/// each is.
fn on(id: &str, outputs: Vec<Table>, persons: Vec<u32>) -> Vec<Found> {
    let tables = tables(outputs, persons);
    let ground = Ground {
        tables: &tables,
        public: None,
    };
    tried(id, &ground)
}

/// A table of so many records, the n-th the person's that `person` says.
fn made(
    topic: &str,
    columns: &[(&str, Sort)],
    records: impl Iterator<Item = u32>,
    person: impl Fn(u32) -> u32,
    values: impl Fn(u32) -> Vec<String>,
) -> Table {
    let rows: Vec<_> = records.map(|n| (n, person(n), values(n))).collect();
    table(topic, columns, &rows)
}

fn persons(records: u32, person: impl Fn(u32) -> u32) -> Vec<u32> {
    (0..records).map(person).collect()
}

fn success(found: &[Found], attack: &str) -> f64 {
    let one = found.iter().find(|found| found.attack == attack);
    one.unwrap_or_else(|| panic!("{attack} was tried"))
        .score
        .success
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn codes(salt: &str) -> Tables {
    let one = made(
        "t",
        &[("id", CODE)],
        0..PEOPLE,
        |n| n,
        |n| vec![format!("{salt}{n}")],
    );
    tables(vec![one], persons(PEOPLE, |n| n))
}

#[test]
fn a1_finds_codes_that_everybody_can_compute_and_no_others() {
    let (own, same, other) = (codes("x"), codes("x"), codes("y"));
    let found = |public| {
        tried(
            "A1",
            &Ground {
                tables: &own,
                public: Some(public),
            },
        )
    };
    assert!(near(success(&found(&same), "A1a"), 1.0));
    assert!(near(success(&found(&other), "A1a"), 0.0));
    // Whoever can send a value sees its code, whatever the key.
    assert!(near(success(&found(&other), "A1b"), 1.0));
}

#[test]
fn a2_finds_who_comes_as_often_as_nobody_else() {
    // Person n comes n + 1 times, or everybody twice.
    let often: Vec<u32> = (0..20)
        .flat_map(|p| std::iter::repeat_n(p, p as usize + 1))
        .collect();
    let even: Vec<u32> = (0..20).flat_map(|p| [p, p]).collect();
    for (whose, exact) in [(often, 1.0), (even, 1.0 / 20.0)] {
        let person = |n: u32| whose[n as usize];
        let one = made("t", &[("id", CODE)], 0..whose.len() as u32, person, |n| {
            vec![format!("c{}", person(n))]
        });
        let found = on("A2", vec![one], whose.clone());
        assert!(
            near(success(&found, "A2a"), exact),
            "{}",
            success(&found, "A2a")
        );
        assert!(success(&found, "A2b") < 0.9);
    }
}

#[test]
fn a3_finds_whose_value_is_as_long_as_no_other() {
    let seal = |n: usize| "s".repeat(n);
    let each = made(
        "t",
        &[("mail", Sort::Sealed)],
        0..100,
        |n| n,
        |n| vec![seal(n as usize + 1)],
    );
    assert!(near(
        success(&on("A3", vec![each], persons(100, |n| n)), "A3"),
        1.0
    ));
    let padded = made(
        "t",
        &[("mail", Sort::Sealed)],
        0..100,
        |n| n,
        |n| vec![format!("{n:0>90}")],
    );
    assert!(near(
        success(&on("A3", vec![padded], persons(100, |n| n)), "A3"),
        0.01
    ));
    let masked = made(
        "t",
        &[("name", Sort::Quasi)],
        0..100,
        |n| n,
        |n| vec![format!("{n}***")],
    );
    assert!(near(
        success(&on("A3", vec![masked], persons(100, |n| n)), "A3"),
        1.0
    ));
}

#[test]
fn a4_finds_rows_by_their_place_and_nothing_once_they_are_shuffled() {
    let person = |n: u32| n % 60;
    let a = |n: u32| vec![format!("a{}", person(n))];
    let b = |n: u32| vec![format!("b{}", person(n))];
    let all = persons(1_200, person);
    let first = || made("a", &[("id", CODE)], 0..1_200, person, a);
    let in_order = made("b", &[("id", CODE)], 0..1_200, person, b);
    assert!(near(
        success(&on("A4", vec![first(), in_order], all.clone()), "A4"),
        1.0
    ));
    // Every third leaves: where a row is, is known to a few, and codes that keep meeting
    // tell the rest. A drawn order, or the codes would meet by the calendar.
    let mut drawn: Vec<u32> = (0..1_200).map(person).collect();
    shuffle(&mut drawn, &mut Seeded::new(8));
    let person = |n: u32| drawn[n as usize];
    let a = |n: u32| vec![format!("a{}", person(n))];
    let b = |n: u32| vec![format!("b{}", person(n))];
    let first = || made("a", &[("id", CODE)], 0..1_200, person, a);
    let third = made(
        "b",
        &[("id", CODE)],
        (0..1_200).filter(|n| n % 3 == 0),
        person,
        b,
    );
    let some = success(&on("A4", vec![first(), third], drawn.clone()), "A4");
    assert!(some > 0.5, "{some}");
    let mut order: Vec<u32> = (0..1_200).collect();
    shuffle(&mut order, &mut Seeded::new(9));
    let shuffled = made("b", &[("id", CODE)], order.into_iter(), person, b);
    let none = success(&on("A4", vec![first(), shuffled], drawn.clone()), "A4");
    assert!(none < 0.1, "{none}");
}

#[test]
fn a5_finds_rows_by_what_both_say() {
    let columns = [("sku", Sort::Quasi)];
    let one = |topic: &str, of: u32| {
        made(
            topic,
            &columns,
            0..100,
            |n| n,
            move |n| vec![format!("s{}", n % of)],
        )
    };
    let all = persons(100, |n| n);
    assert!(near(
        success(
            &on("A5", vec![one("a", 100), one("b", 100)], all.clone()),
            "A5"
        ),
        1.0
    ));
    assert!(near(
        success(
            &on("A5", vec![one("a", 10), one("b", 10)], all.clone()),
            "A5"
        ),
        0.1
    ));
    // Nothing that both say: not tried.
    let other = made(
        "b",
        &[("x", Sort::Quasi)],
        0..100,
        |n| n,
        |n| vec![n.to_string()],
    );
    assert!(on("A5", vec![one("a", 10), other], all).is_empty());
}

#[test]
fn a6_finds_two_codes_by_what_their_person_did() {
    // Eight records a person; of each, things that only they do, or that all do.
    let person = |n: u32| n / 8;
    let said = |apart: bool| {
        move |n: u32| match apart {
            true => format!("s{}", (n * 7919) % 251),
            false => format!("s{}", n % 8),
        }
    };
    let all = persons(8 * PEOPLE, person);
    for (apart, low, high) in [(true, 0.95, 1.0), (false, 0.0, 1.1 / f64::from(PEOPLE))] {
        let said = said(apart);
        let columns = [("id", CODE), ("sku", Sort::Quasi)];
        let mut order: Vec<u32> = (0..8 * PEOPLE).collect();
        shuffle(&mut order, &mut Seeded::new(4));
        let a = made("a", &columns, 0..8 * PEOPLE, person, |n| {
            vec![format!("a{}", person(n)), said(n)]
        });
        let b = made("b", &columns, order.into_iter(), person, |n| {
            vec![format!("b{}", person(n)), said(n)]
        });
        let own = success(&on("A6", vec![a, b], all.clone()), "A6");
        assert!((low..=high).contains(&own), "{own}");
    }
}

#[test]
fn a7_finds_the_code_that_has_the_known_records() {
    let person = |n: u32| n / 8;
    let columns = [("id", CODE), ("what", Sort::Quasi)];
    let code = |n: u32| format!("c{}", person(n));
    let apart = made("t", &columns, 0..800, person, |n| {
        vec![code(n), n.to_string()]
    });
    let found = on("A7", vec![apart], persons(800, person));
    assert!(near(success(&found, "A7a"), 1.0) && near(success(&found, "A7c"), 1.0));
    let alike = made("t", &columns, 0..800, person, |n| {
        vec![code(n), (n % 8).to_string()]
    });
    let found = on("A7", vec![alike], persons(800, person));
    assert!(near(success(&found, "A7c"), 0.01));
    let drawn = made("t", &columns, 0..800, person, |n| {
        vec![code(n), ((n * 7919) % 211 % 40).to_string()]
    });
    let found = on("A7", vec![drawn], persons(800, person));
    assert!(success(&found, "A7a") < success(&found, "A7b"));
    assert!(success(&found, "A7b") < success(&found, "A7c"));
}

/// What is sensitive is what an attacker wants to know of a class, not what they know.
#[test]
fn a7_knows_of_a_class_what_its_quasi_identifiers_say_and_nothing_else() {
    let columns = [("age", Sort::Quasi), ("plan", Sort::Quasi)];
    let values = |n: u32| vec![format!("{}0-{}9", n / 10, n / 10), format!("p{}", n % 10)];
    let told = |classes| {
        let mut one = made("t", &columns, 0..100, |n| n, values);
        one.classes = classes;
        success(&on("A7", vec![one], persons(100, |n| n)), "A7a")
    };
    let quasi = InClasses {
        quasi: vec!["age".to_owned()],
        sensitive: vec!["plan".to_owned()],
    };
    assert!(near(told(Some(quasi)), 0.1));
    // Where there are no classes the output does not say which of both others know.
    assert!(near(told(None), 1.0));
}

/// One end of somebody's class says the other, which nobody was told by the output.
#[test]
fn inferring_and_linking_are_not_given_the_thing_itself_under_another_name() {
    let columns = [
        ("age_from", Sort::Quasi),
        ("age_to", Sort::Quasi),
        ("zip", Sort::Quasi),
    ];
    let draw = |n: u32, of: u32| (n * 7_919) % 1_009 % of;
    let values = |n: u32| {
        let age = draw(n, 40);
        vec![
            format!("a{age}"),
            format!("b{age}"),
            format!("z{}", draw(n + 400, 37)),
        ]
    };
    for id in ["I", "L"] {
        let risk = |is_one: bool| {
            let mut one = made("t", &columns, 0..600, |n| n, values);
            for column in &mut one.columns[..2] {
                column.sources = if is_one {
                    vec!["age".to_owned()]
                } else {
                    Vec::new()
                };
            }
            let found = on(id, vec![one], persons(600, |n| n));
            let age = found
                .iter()
                .filter(|f| id == "L" || f.what.starts_with("`age"));
            age.map(|f| f.score.success).fold(0.0, f64::max)
        };
        let (told, not_told) = (risk(false), risk(true));
        assert!(
            told > not_told + 0.3 || id == "L" && told > not_told,
            "{id}: {told} {not_told}"
        );
    }
}

#[test]
fn a8_joins_the_codes_of_two_epochs_by_what_stays() {
    let person = |n: u32| n % 50;
    let columns = [("id", CODE), ("at", Sort::Quasi), ("zip", Sort::Quasi)];
    let values = |zips: u32| {
        move |n: u32| {
            let (who, epoch) = (person(n), n / 100);
            let day = format!("2026-0{}-0{}", epoch + 1, 1 + n % 100 / 50);
            vec![format!("c{who}-{epoch}"), day, (who % zips).to_string()]
        }
    };
    let one = |zips| made("t", &columns, 0..200, person, values(zips));
    assert!(near(
        success(&on("A8", vec![one(50)], persons(200, person)), "A8"),
        1.0
    ));
    assert!(near(
        success(&on("A8", vec![one(1)], persons(200, person)), "A8"),
        0.02
    ));
    // One epoch: nothing to join.
    let short = made("t", &columns, 0..100, person, values(50));
    assert!(on("A8", vec![short], persons(100, person)).is_empty());
}

/// A year that nobody shares, a city that a few do, and a plan that follows from neither.
fn grid(apart: bool) -> Table {
    let columns = [
        ("year", Sort::Quasi),
        ("city", Sort::Quasi),
        ("plan", Sort::Quasi),
    ];
    made(
        "t",
        &columns,
        0..600,
        |n| n,
        move |n| match apart {
            true => vec![
                format!("y{n}"),
                format!("c{n}"),
                format!("p{}", (n * 7919) % 601 % 4),
            ],
            false => vec!["y".to_owned(), "c".to_owned(), "p".to_owned()],
        },
    )
}

#[test]
fn singling_out_linking_and_inferring_find_what_is_planted() {
    for id in ["S", "L", "I"] {
        let planted = on(id, vec![grid(true)], persons(600, |n| n));
        let controls = planted.iter().filter_map(|found| found.score.control);
        let most = controls.map(|c| c.risk).fold(0.0, f64::max);
        assert!(most > 0.6, "{id}: {most}");
        let alike = on(id, vec![grid(false)], persons(600, |n| n));
        let controls = alike.iter().filter_map(|found| found.score.control);
        let most = controls.map(|c| c.risk).fold(0.0, f64::max);
        assert!(most < 0.01, "{id}: {most}");
    }
    // Of twenty persons nothing can be said.
    let few = made(
        "t",
        &[("a", Sort::Quasi)],
        0..20,
        |n| n,
        |n| vec![n.to_string()],
    );
    assert!(on("S", vec![few], persons(20, |n| n)).is_empty());
}

/// Classes of ten persons each, in as many releases as `values` has entries: of each, the
/// sensitive value of person n.
fn releases(values: &[fn(u32) -> u32]) -> Vec<Found> {
    let columns = [("age", Sort::Quasi), ("plan", Sort::Quasi)];
    let people = values.len() as u32 * PEOPLE;
    let values_of = |n: u32| {
        let (release, person) = (n / PEOPLE, n % PEOPLE);
        let plan = values[release as usize](person);
        vec![format!("c{}", person / 10), format!("p{plan}")]
    };
    let mut one = made("t", &columns, 0..people, |n| n % PEOPLE, values_of);
    for row in &mut one.rows {
        row.release = row.record / PEOPLE;
    }
    one.classes = Some(InClasses {
        quasi: vec!["age".to_owned()],
        sensitive: vec!["plan".to_owned()],
    });
    on("K", vec![one], persons(people, |n| n % PEOPLE))
}

#[test]
fn composition_finds_classes_of_one_value_and_what_several_leave() {
    // All of a class have one value.
    let found = releases(&[|n| n / 10 % 3]);
    assert!(near(success(&found, "K1"), 1.0) && near(found[0].score.certain, 1.0));
    // Each has both, and no second release.
    let found = releases(&[|n| n % 2]);
    assert!(near(success(&found, "K1"), 0.5) && near(found[0].score.certain, 0.0));
    assert_eq!(found.len(), 1);
    // Two values in each of two releases, of which the person's alone stands in both: the
    // classes of person 0 have 0 and 1, then 0 and 2.
    let first = |n: u32| if n.is_multiple_of(10) { 0 } else { 1 };
    let found = releases(&[first, |n| if n.is_multiple_of(10) { 0 } else { 2 }]);
    let two = found.iter().find(|found| found.attack == "K2").unwrap();
    // Nine of ten changed their value, so what is left is not theirs.
    assert!(near(two.score.success, 0.1) && near(two.score.certain, 0.1));
}

/// Persons who each add these to their cells, under this noise.
fn counts(noise: (Mechanism, Option<Mechanism>), windows: &[&[i64]], epsilon: f64) -> Found {
    let mut tables = tables(Vec::new(), Vec::new());
    let adds: Vec<Vec<i64>> = windows.iter().map(|adds| adds.to_vec()).collect();
    tables.counts.push(OfCounts {
        topic: "t".to_owned(),
        noise,
        epsilon,
        people: vec![adds; 50],
    });
    let ground = Ground {
        tables: &tables,
        public: None,
    };
    tried("D", &ground).remove(0)
}

#[test]
fn presence_is_told_as_often_as_the_noise_lets_it_be() {
    let laplace = |t, s| Mechanism::Laplace { t, s };
    let right = |found: &Found, exact: f64| {
        let (low, high) = found.score.between;
        assert!(
            (low - 0.01..=high + 0.01).contains(&(exact - 0.5)),
            "{low} {high} {exact}"
        );
    };
    // Noise that hides nothing.
    right(&counts((laplace(1, 20), None), &[&[1]], 20.0), 1.0);
    // ε = 1, one cell, one record: the bound e/(1 + e) is reached.
    let one = counts((laplace(1, 1), None), &[&[1]], 1.0);
    right(&one, 1.0 / (1.0 + (-1.0_f64).exp()));
    assert!(one.what.contains("0.731"), "{}", one.what);
    // Four cells under noise for four: Σ of four Laplace tests stays below the bound of ε = 1.
    let four = counts((laplace(4, 1), None), &[&[1, 1, 1, 1]], 1.0);
    assert!(four.score.success > 0.52 && four.score.success < 0.731);
    // More windows say more.
    let days = counts((laplace(1, 1), None), &[&[1], &[1], &[1]], 1.0);
    assert!(days.score.success > one.score.success + 0.05);
    // Who adds nothing is not told from who is not there.
    right(&counts((laplace(1, 1), None), &[&[0]], 1.0), 0.5);
    // σ² = 1 and a shift of 1: Φ(1/2), to what a discrete Gaussian differs.
    let normal = Mechanism::Gaussian { a: 100, b: 1 };
    right(&counts((normal, None), &[&[10]], 3.0), 0.6915);
    // A count of persons beside it tells more.
    // (a second test of two answers alone breaks ties).
    let both = counts((laplace(1, 1), Some(laplace(1, 1))), &[&[1], &[1]], 2.0);
    assert!(both.score.success > one.score.success + 0.02);
}

#[test]
fn what_reaches_its_bound_says_so() {
    let tables = tables(vec![grid(true)], persons(600, |n| n));
    let ground = Ground {
        tables: &tables,
        public: None,
    };
    let attack = ATTACKS.iter().find(|a| a.id == "S").expect("an attack");
    let mut left = 3;
    let mut bounds = Bounds {
        words: Seeded::new(1),
        error: 0.2,
        goes_on: &mut || {
            left -= 1;
            left > 0
        },
    };
    let found = (attack.run)(&ground, &mut bounds);
    assert!(found[0].is_cut);
}

#[test]
fn intervals_are_those_of_the_literature() {
    // R: prop.test(8, 10, correct = FALSE) and prop.test(0, 100, correct = FALSE).
    let (low, high) = wilson(8.0, 10);
    assert!(
        (low - 0.490_162_5).abs() < 1e-6 && (high - 0.943_317_8).abs() < 1e-6,
        "{low} {high}"
    );
    let (low, high) = wilson(0.0, 100);
    assert!(low == 0.0 && (high - 0.036_994).abs() < 1e-5, "{high}");
    assert_eq!(wilson(0.0, 0), (0.0, 1.0));
    // Several tries of one person are one: the mean is over persons.
    let tries = [
        Try::among(1, 1, true),
        Try::among(1, 1, false),
        Try::among(2, 4, true),
    ];
    let score = Score::of(&tries, 0.1, &mut Seeded::new(1));
    assert_eq!(score.persons, 2);
    assert!((score.success - 0.375).abs() < 1e-12 && (score.certain - 0.25).abs() < 1e-12);
    assert!(score.between.0 <= score.advantage() && score.advantage() <= score.between.1);
    let control = Control::of((60.0, 100), (20.0, 100));
    assert!((control.risk - 0.5).abs() < 1e-12);
    assert!(control.between.0 > 0.3 && control.between.1 < 0.7);
}
