//! How alone people are in a table: its classes, what singles them out, what less would do.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::coarser;
use super::column::Sort;
use super::table::{NOBODY, Table, id};
use crate::anonymity::measure::points::{KNOWN_MAX, unique_by_points};
use crate::anonymity::measure::unique::{UniqueSet, uniques};
use crate::anonymity::measure::{Classes, Of, Risk};
use crate::crypto::sampler::RandomWords;

/// Most sets of columns that are told of.
const SETS_MAX: usize = 10;

/// What is asked of a table.
pub struct Settings<'s> {
    /// The quasi-identifiers by name; otherwise all that others may know
    /// ([`Table::known`]).
    pub quasi: Option<&'s [String]>,
    /// How many people the sample is of; for the journalist, who does not know that
    /// somebody is in it.
    pub population: Option<u64>,
    /// Asked again and again: whether to look on for sets of columns.
    pub goes_on: &'s mut dyn FnMut() -> bool,
    /// Chooses the points that somebody is taken to know.
    pub words: &'s mut dyn RandomWords,
}

/// How alone the persons of a table are.
pub struct Alone {
    /// How many there are.
    pub persons: usize,
    /// The quasi-identifiers.
    pub columns: Vec<String>,
    /// Columns that are codes: who follows one has all of it.
    pub codes: Vec<String>,
    /// They are put into classes, as wide as the release makes them.
    pub in_classes: bool,
    /// Persons by their quasi-identifiers, each by what most of their records say.
    pub classes: Classes,
    /// The share of persons who are alone for who has seen all of their records.
    pub unique_of_all: f64,
    /// The journalist's risk; `None` where the population is not known.
    pub journalist: Option<Risk>,
    /// The sets of columns that single out most people.
    pub sets: Vec<SetAlone>,
    /// Every set of up to four columns was looked at.
    pub is_whole: bool,
    /// What each column adds, and what less of it would do.
    pub fields: Vec<FieldAlone>,
    /// The share of persons whose records are the only ones that hold one, two, … of their
    /// own; and of how many persons that can be said.
    pub points: Option<([f64; KNOWN_MAX], usize)>,
}

/// A set of columns, and whom it singles out.
pub struct SetAlone {
    /// Their names.
    pub columns: Vec<String>,
    /// The share of persons who are alone in it.
    pub unique: f64,
    /// By how much that is more than in the best of its parts.
    pub gain: f64,
}

/// What one column does.
pub struct FieldAlone {
    /// Its name.
    pub column: String,
    /// Its share in the sets that single out.
    pub share: f64,
    /// What one step coarser says, and the share of persons who are alone then; `None`
    /// where the only step is to leave it out.
    pub coarser: Option<(String, f64)>,
    /// The share who are alone without it.
    pub without: f64,
    /// By how many bits one step coarser says less of a person.
    pub(super) bits_lost: f64,
    /// By how many bits nothing does.
    pub(super) bits: f64,
}

impl Alone {
    /// Of a table, by its persons.
    pub fn of(table: &Table, settings: &mut Settings<'_>) -> Alone {
        let at = match settings.quasi {
            Some(named) => table.quasi(Some(named)),
            None => table.known(),
        };
        let rows = table.of_persons(&at, Of::Mode);
        let names: Vec<String> = at
            .iter()
            .map(|at| table.columns[*at].path.clone())
            .collect();
        let seen = table.of_persons(&at, Of::Set);
        let persons = table.persons().len();
        let mut alone = Alone::of_rows(&names, &rows, persons, settings);
        alone.in_classes = table.classes.is_some();
        alone.unique_of_all = classes(&seen, persons).share_below(2);
        let codes = table.sorted(|sort| matches!(sort, Sort::Code { .. }));
        alone.codes = codes
            .iter()
            .map(|column| column.path.clone())
            .filter(|path| !names.contains(path))
            .collect();
        for (n, field) in alone.fields.iter_mut().enumerate() {
            let Some(step) = coarser::step(&table.columns[at[n]]) else {
                continue;
            };
            let column = own_row(table, &step.codes);
            let mut less: Vec<Vec<u32>> = rows.clone();
            field.bits_lost = (bits(&rows[n]) - bits(&column)).max(0.0);
            less[n] = column;
            field.coarser = Some((step.says, classes(&less, persons).share_below(2)));
        }
        alone.points = unique_by_points(&traces(table, &at), settings.words);
        alone
    }

    /// Of columns that hold a row a person.
    pub(super) fn of_rows(
        names: &[String],
        rows: &[Vec<u32>],
        persons: usize,
        settings: &mut Settings<'_>,
    ) -> Alone {
        let views: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let own = classes(rows, persons);
        let found = uniques(&views, &mut settings.goes_on);
        let of_set = |set: &UniqueSet| SetAlone {
            columns: set.columns.iter().map(|at| names[*at].clone()).collect(),
            unique: set.unique,
            gain: set.gain,
        };
        let without = |n: usize| {
            let mut rest = rows.to_vec();
            rest.remove(n);
            classes(&rest, persons).share_below(2)
        };
        let fields = names.iter().enumerate().map(|(n, name)| FieldAlone {
            column: name.clone(),
            share: found.share_of[n],
            coarser: None,
            without: without(n),
            bits_lost: 0.0,
            bits: bits(&rows[n]),
        });
        let journalist = settings.population.and_then(|population| {
            own.journalist_by_share(persons as f64 / population.max(1) as f64)
        });
        Alone {
            persons,
            columns: names.to_vec(),
            codes: Vec::new(),
            in_classes: false,
            unique_of_all: own.share_below(2),
            journalist,
            sets: found.sets.iter().take(SETS_MAX).map(of_set).collect(),
            is_whole: found.is_whole,
            fields: fields.collect(),
            points: None,
            classes: own,
        }
    }

    /// The share of persons who are alone.
    pub fn unique(&self) -> f64 {
        self.classes.share_below(2)
    }

    /// The step that loses least of those that leave at most `share` of the persons alone;
    /// where none does, that which leaves the fewest: the column, what changes, and the
    /// share that is alone then.
    pub fn cheapest(&self, share: f64) -> Option<(&str, String, f64)> {
        let steps = self.fields.iter().flat_map(|field| {
            let coarser = field
                .coarser
                .iter()
                .map(move |(says, unique)| (field, says.clone(), *unique, field.bits_lost));
            let out = (field, "left out".to_owned(), field.without, field.bits);
            coarser.chain(std::iter::once(out))
        });
        let best = steps.min_by(|a, b| {
            let rank = |step: &(&FieldAlone, String, f64, f64)| match step.2 <= share {
                true => (0, step.3),
                false => (1, step.2),
            };
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        best.filter(|step| step.2 < self.unique())
            .map(|(field, says, unique, _)| (field.column.as_str(), says, unique))
    }
}

/// The classes of rows; of no columns, all in one.
pub(super) fn classes(rows: &[Vec<u32>], persons: usize) -> Classes {
    let all = Classes::of_all(u32::try_from(persons).unwrap_or(u32::MAX));
    rows.iter()
        .fold(all, |classes, column| classes.with(column))
}

/// A column of other codes, a row a person.
fn own_row(table: &Table, codes: &[u32]) -> Vec<u32> {
    let mut people = crate::anonymity::measure::People::new(1);
    for (at, row) in table.rows.iter().enumerate() {
        if row.person != NOBODY {
            let code = Some(codes[at]).filter(|code| *code > 0);
            people.see(id(row.person), [code]);
        }
    }
    people.table(Of::Mode).pop().unwrap_or_default()
}

/// Shannon's entropy of a column.
fn bits(column: &[u32]) -> f64 {
    let mut counts: HashMap<u32, u32, RandomState> = HashMap::default();
    column
        .iter()
        .for_each(|code| *counts.entry(*code).or_default() += 1);
    let all = column.len().max(1) as f64;
    let term = |count: &u32| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    };
    counts.values().map(term).sum()
}

/// Of each person the records: what one of them says is a point.
fn traces(table: &Table, columns: &[usize]) -> Vec<Vec<u32>> {
    let mut classes = Classes::of_all(u32::try_from(table.rows.len()).unwrap_or(u32::MAX));
    for at in columns {
        classes = classes.with(&table.columns[*at].codes);
    }
    let of = classes.of_rows();
    let rows = table.rows_of().into_values();
    rows.map(|rows| rows.into_iter().map(|row| of[row]).collect())
        .collect()
}
