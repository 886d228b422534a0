//! Random tables, judged by a checker that shares nothing with what made the classes.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::anonymity::quasi::line::Line;
use crate::anonymity::quasi::{Hierarchy, MISSING, Scale};
use crate::anonymity::ratio::Ratio;
use crate::anonymity::testing::SplitMix;
use crate::record::decimal::Decimal;

type Place = (u16, i64, u32);

struct Table {
    members: Vec<Member>,
    scales: Vec<Scale>,
    codes: Vec<Vec<u32>>,
    values: Vec<u32>,
    demand: Demand,
}

impl Table {
    fn columns(&self) -> Vec<Column<'_>> {
        let both = self.scales.iter().zip(&self.codes).zip(1..);
        both.map(|((scale, codes), weight)| Column {
            scale,
            weight,
            codes,
        })
        .collect()
    }

    fn compose(&self) -> Result<Composition, NotComposed> {
        compose(
            &self.members,
            &self.columns(),
            &[&self.values],
            &self.demand,
        )
    }

    /// The same records in another order.
    fn shuffled(&self, random: &mut SplitMix) -> Table {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i as u32 + 1) as usize);
        }
        let by = |codes: &Vec<u32>| order.iter().map(|i| codes[*i]).collect();
        Table {
            members: order.iter().map(|i| self.members[*i]).collect(),
            scales: scales(),
            codes: self.codes.iter().map(by).collect(),
            values: by(&self.values),
            demand: self.demand.clone(),
        }
    }

    /// True if some records may be a class, by floats and sets.
    fn allows(&self, class: &[u32]) -> bool {
        let mut chosen: BTreeMap<SubjectId, &Member> = BTreeMap::new();
        let mut value = BTreeMap::new();
        for i in class {
            let member = &self.members[*i as usize];
            value.insert(member.place, self.values[*i as usize]);
            let known = chosen.entry(member.person).or_insert(member);
            if (member.rank, member.place) < (known.rank, known.place) {
                *known = member;
            }
        }
        if chosen.len() < self.demand.k as usize {
            return false;
        }
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for member in chosen.values() {
            *counts.entry(value[&member.place]).or_default() += 1.0;
        }
        let n = chosen.len() as f64;
        self.demand.floors.iter().all(|floor| match floor.must {
            Must::Distinct(least) => counts.len() >= least as usize,
            Must::Entropy(l) => {
                let entropy: f64 = counts.values().map(|c| -c / n * (c / n).ln()).sum();
                entropy >= f64::from(l).ln() - 1e-9
            }
            Must::Recursive { c, l } => {
                let mut falling: Vec<f64> = counts.values().copied().collect();
                falling.sort_by(|a, b| b.total_cmp(a));
                let tail: f64 = falling.iter().skip(l as usize - 1).sum();
                falling[0] < c.about() * tail - 1e-9
            }
            Must::Close { max, ordered } => {
                let all = self.of_all();
                let people: f64 = all.values().sum();
                let there: BTreeSet<u32> = self.values.iter().copied().collect();
                let there: Vec<u32> = there.into_iter().collect();
                let apart = |v: u32| {
                    let here = counts.get(&v).copied().unwrap_or(0.0) / n;
                    here - all.get(&v).copied().unwrap_or(0.0) / people
                };
                let distance = if ordered {
                    let up_to = |at: usize| there[..=at].iter().map(|v| apart(*v)).sum::<f64>();
                    let sums = (0..there.len()).map(|at| up_to(at).abs());
                    sums.sum::<f64>() / (there.len().max(2) - 1) as f64
                } else {
                    there.iter().map(|v| apart(*v).abs()).sum::<f64>() / 2.0
                };
                distance <= max.about() + 1e-9
            }
        })
    }

    fn of_all(&self) -> BTreeMap<u32, f64> {
        let mut chosen: BTreeMap<SubjectId, (u64, Place, u32)> = BTreeMap::new();
        for (member, value) in self.members.iter().zip(&self.values) {
            let own = (member.rank, member.place, *value);
            let known = chosen.entry(member.person).or_insert(own);
            *known = own.min(*known);
        }
        let mut counts = BTreeMap::new();
        for (.., value) in chosen.values() {
            *counts.entry(*value).or_default() += 1.0;
        }
        counts
    }

    /// Whatever is wrong with what came out.
    fn judge(&self, composed: &Result<Composition, NotComposed>) -> Result<(), String> {
        let all: Vec<u32> = (0..self.members.len() as u32).collect();
        let composition = match composed {
            Err(NotComposed::Short) if !self.allows(&all) => return Ok(()),
            Err(why) => return Err(format!("{why:?}")),
            Ok(composition) => composition,
        };
        let both = composition.classes.iter().chain(&composition.aside);
        let mut seen = BTreeSet::new();
        for class in both.clone() {
            if !self.allows(&class.members) {
                return Err(format!("no class: {:?}", class.members));
            }
            for member in &class.members {
                if !seen.insert(*member) {
                    return Err(format!("{member} twice"));
                }
                for ((scale, codes), reach) in self.scales.iter().zip(&self.codes).zip(&class.reach)
                {
                    let own = scale.of(codes[*member as usize]);
                    if scale.join(*reach, own) != *reach {
                        return Err(format!("{member} is not in its class"));
                    }
                }
            }
        }
        if seen.len() != all.len() {
            return Err("not all are there".to_owned());
        }
        let aside: u64 = composition
            .aside
            .iter()
            .map(|c| c.members.len() as u64)
            .sum();
        let share = self.demand.remainder;
        match aside * share.d() <= all.len() as u64 * share.n() {
            true => Ok(()),
            false => Err(format!("{aside} aside")),
        }
    }
}

fn decimal(text: &str) -> Decimal {
    Decimal::read(text).unwrap()
}

/// A line of steps, a tight line, a wide one and a table.
fn scales() -> Vec<Scale> {
    let line = |step, top| Line::of_steps(&decimal(step), &decimal("0"), &decimal(top)).unwrap();
    let tight = Line::tightest(&decimal("1"), &decimal("0"), &decimal("20000")).unwrap();
    let rows: Vec<Vec<String>> = (0..27)
        .map(|v| {
            vec![
                format!("v{v}"),
                format!("c{}", v / 3),
                format!("d{}", v / 9),
                "*".into(),
            ]
        })
        .collect();
    let (_, tree) = Hierarchy::new(&rows).unwrap();
    vec![
        Scale::Line(line("5", "100")),
        Scale::Line(tight),
        Scale::Tree(tree),
        Scale::Line(line("1", "3")),
    ]
}

fn floors(random: &mut SplitMix) -> Vec<Floor> {
    let tenths = |n| Ratio::new(n, 10).unwrap();
    let must = match random.below(8) {
        0 => Must::Distinct(1 + random.below(4)),
        1 => Must::Entropy(1 + random.below(3)),
        2 => Must::Recursive {
            c: tenths(10 + u64::from(random.below(30))),
            l: 1 + random.below(3),
        },
        3 => Must::Close {
            max: tenths(1 + u64::from(random.below(6))),
            ordered: random.is(1, 2),
        },
        _ => return Vec::new(),
    };
    vec![Floor { column: 0, must }]
}

fn table(random: &mut SplitMix) -> Table {
    let n = match random.below(20) {
        0 => random.below(4),
        1 => 130 + random.below(300),
        _ => 1 + random.below(60),
    };
    let scales = scales();
    // All equal, nearly all different, or in between; missing seldom, often, always.
    let spread = [1, 3, 10, 10_000][random.below(4) as usize];
    let missing = [0, 0, 1, 10, 20][random.below(5) as usize];
    let code = |scale: &Scale, random: &mut SplitMix| match random.is(missing, 20) {
        true => MISSING,
        false => 1 + random.below(spread.min(scale.codes() - 1)),
    };
    let codes = scales
        .iter()
        .map(|scale| (0..n).map(|_| code(scale, random)).collect());
    let codes = codes.collect();
    // Every record of its own, a few persons, or one with half of them.
    let people = [u32::MAX, u32::MAX, 8, n / 2 + 1][random.below(4) as usize];
    let one_has_half = random.is(1, 4);
    let person = |i: u32, random: &mut SplitMix| match people {
        _ if one_has_half && random.is(1, 2) => 0,
        u32::MAX => i + 1,
        people => random.below(people),
    };
    let members = (0..n).map(|i| Member {
        place: ((i % 3) as u16, i64::from(i * 7 % 1_009), i),
        person: SubjectId(u128::from(person(i, random)).to_be_bytes()),
        rank: u64::from(random.below(50)),
    });
    let members = members.collect();
    let many = 1 + random.below(6);
    let k = [1, 2, 3, 5, 5, n.max(1), n + 1][random.below(7) as usize];
    Table {
        members,
        values: (0..n).map(|_| 1_000_000 * random.below(many)).collect(),
        scales,
        codes,
        demand: Demand {
            k,
            floors: floors(random),
            remainder: match random.is(1, 4) {
                true => Ratio::new(1, 20).unwrap(),
                false => Ratio::ZERO,
            },
        },
    }
}

/// By place, so that the order in which records came does not show.
fn by_place(table: &Table, composition: &Composition) -> Vec<(Vec<Place>, Vec<Reach>)> {
    let classes = composition.classes.iter().map(|class| {
        let places = class
            .members
            .iter()
            .map(|i| table.members[*i as usize].place);
        (places.collect(), class.reach.clone())
    });
    classes.collect()
}

#[test]
fn of_many_tables_every_class_is_legal_whatever_the_order() {
    of_tables(600, 1);
}

#[test]
#[ignore = "takes a minute; see CONTRIBUTING.md"]
fn of_ten_thousand_tables_every_class_is_legal_whatever_the_order() {
    of_tables(10_000, 5);
}

fn of_tables(count: u32, seed: u64) {
    let mut random = SplitMix(seed);
    let mut composed = 0;
    for number in 0..count {
        let table = table(&mut random);
        let result = table.compose();
        if let Err(why) = table.judge(&result) {
            panic!("table {number}: {why}; {:?}", table.demand);
        }
        let other = table.shuffled(&mut random);
        match (result, other.compose()) {
            (Ok(one), Ok(two)) => {
                composed += 1;
                assert_eq!(by_place(&table, &one), by_place(&other, &two), "{number}");
            }
            (one, two) => assert_eq!(one.err(), two.err(), "{number}"),
        }
    }
    assert!(composed > count / 2, "{composed}");
}

/// A table of `n` records, each of its own person and with values that no other has.
fn all_different(n: u32) -> Table {
    let line = |step: &str| {
        let top = decimal("1000000");
        Line::tightest(&decimal(step), &decimal("0"), &top).unwrap()
    };
    let mut random = SplitMix(6);
    let mut codes: Vec<Vec<u32>> = (0..2).map(|_| (1..=n).collect()).collect();
    for i in (1..n as usize).rev() {
        codes[1].swap(i, random.below(i as u32 + 1) as usize);
    }
    Table {
        members: (0..n)
            .map(|i| Member {
                place: (0, i64::from(i), 0),
                person: SubjectId(u128::from(i).to_be_bytes()),
                rank: 0,
            })
            .collect(),
        scales: vec![Scale::Line(line("1")), Scale::Line(line("1"))],
        codes,
        values: vec![0; n as usize],
        demand: Demand::of_k(5),
    }
}

#[test]
fn values_that_are_all_different_lie_in_classes_of_few() {
    let table = all_different(20_000);
    let composed = table.compose();
    assert_eq!(table.judge(&composed), Ok(()));
    let composed = composed.unwrap();
    assert!(composed.classes.len() > 1_500, "{}", composed.classes.len());
}

#[test]
#[ignore = "takes a minute; see CONTRIBUTING.md"]
fn a_million_values_that_are_all_different_lie_in_classes_of_few() {
    let table = all_different(1_000_000);
    assert_eq!(table.judge(&table.compose()), Ok(()));
}

#[test]
fn one_person_is_no_release_whatever_they_send() {
    let mut table = all_different(1_000);
    for member in &mut table.members {
        member.person = SubjectId(7_u128.to_be_bytes());
    }
    for k in [2, 5, 10_000] {
        table.demand = Demand::of_k(k);
        assert_eq!(table.compose().err(), Some(NotComposed::Short), "{k}");
    }
    table.demand = Demand::of_k(1);
    assert_eq!(table.judge(&table.compose()), Ok(()));
}

#[test]
fn who_takes_a_row_in_without_being_asked_is_found() {
    let mut random = SplitMix(2);
    let mut faults = 0;
    for _ in 0..1_500 {
        let mut table = table(&mut random);
        table.demand.k = 2;
        table.demand.floors = vec![Floor {
            column: 0,
            must: Must::Close {
                max: Ratio::new(1, 4).unwrap(),
                ordered: false,
            },
        }];
        let columns = table.columns();
        let values: &[&[u32]] = &[&table.values];
        let ground = Ground::new(&table.members, &columns, values).unwrap();
        let mut composer = Composer::new(&ground, &table.demand);
        composer.trusts_receivers = true;
        let composed = composer.compose(&table.demand);
        faults += u32::from(composed == Err(NotComposed::Fault));
    }
    assert!(faults > 5, "{faults}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut table = table(&mut SplitMix(3));
    table.demand = Demand::of_k(0);
    assert_eq!(table.compose().err(), Some(NotComposed::Misfit));
    table.demand = Demand::of_k(1);
    assert!(table.compose().is_ok());
    table.demand.remainder = Ratio::new(51, 1_000).unwrap();
    assert_eq!(table.compose().err(), Some(NotComposed::Misfit));
    table.demand.remainder = Ratio::ZERO;
    for weight in [0, WEIGHT_MAX + 1] {
        let mut columns = table.columns();
        columns[0].weight = weight;
        let composed = compose(&table.members, &columns, &[], &table.demand);
        assert_eq!(composed.err(), Some(NotComposed::Misfit));
    }
    table.codes[0][0] = u32::MAX;
    assert_eq!(table.compose().err(), Some(NotComposed::Misfit));
    table.codes[0][0] = 0;
    table.demand.floors = vec![Floor {
        column: 1,
        must: Must::Distinct(1),
    }];
    assert_eq!(table.compose().err(), Some(NotComposed::Misfit));
    table.demand.floors.clear();
    table.members[1].place = table.members[0].place;
    assert_eq!(table.compose().err(), Some(NotComposed::Twice));
    table.codes[0].pop();
    assert_eq!(table.compose().err(), Some(NotComposed::Misfit));
    let nothing = compose(&[], &[], &[], &Demand::of_k(1));
    assert_eq!(nothing.err(), Some(NotComposed::Short));
}

#[test]
fn without_a_quasi_identifier_all_are_one_class() {
    let table = table(&mut SplitMix(4));
    let composed = compose(&table.members, &[], &[], &Demand::of_k(1)).unwrap();
    assert_eq!(composed.classes.len(), 1);
    assert_eq!(composed.penalty(), 0.0);
}

#[test]
fn an_outlier_is_set_aside_where_that_is_allowed() {
    // A hundred ages apart, and five alone at the other end of everything.
    let line = || Line::tightest(&decimal("1"), &decimal("0"), &decimal("1000")).unwrap();
    let scales = [Scale::Line(line()), Scale::Line(line())];
    let near = (0..100).map(|i| (2 + i % 4, 2 + i % 3));
    let far = (0..5).map(|i| (2 + i * 240, 990 - i * 240));
    let codes: Vec<(u32, u32)> = near.chain(far).collect();
    let of = [
        codes.iter().map(|c| c.0).collect(),
        codes.iter().map(|c| c.1).collect::<Vec<_>>(),
    ];
    let columns: Vec<Column<'_>> = scales
        .iter()
        .zip(&of)
        .map(|(scale, codes)| Column {
            scale,
            weight: 1,
            codes,
        })
        .collect();
    let members: Vec<Member> = (0..105)
        .map(|i| Member {
            place: (0, i, 0),
            person: SubjectId(u128::from(i as u64).to_be_bytes()),
            rank: 0,
        })
        .collect();
    let with = |remainder| {
        let demand = Demand {
            remainder,
            ..Demand::of_k(5)
        };
        compose(&members, &columns, &[], &demand).unwrap()
    };
    let all = with(Ratio::ZERO);
    assert!(all.aside.is_empty());
    let some = with(Ratio::new(1, 20).unwrap());
    assert_eq!(some.aside.len(), 1);
    assert_eq!(some.aside[0].members, [100, 101, 102, 103, 104]);
    assert_eq!(some.aside[0].people, 5);
    assert_eq!(some.classes.len() + 1, all.classes.len());
    let none = with(Ratio::new(1, 1_000).unwrap());
    assert_eq!(none, all);
}
