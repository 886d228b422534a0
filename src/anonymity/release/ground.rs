//! The records of a release in the one order in which they are worked on.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::{Member, NotComposed};
use crate::anonymity::quasi::{Column, Reach, Scale, WHOLE};

/// Rows are records in the order of their places, so that nothing depends on the order in
/// which they came.
pub(super) struct Ground<'a> {
    scales: Vec<(&'a Scale, u64)>,
    /// Row by row, a code of each scale.
    codes: Vec<u32>,
    /// Of each row, its person, numbered as they first stand.
    pub(super) persons: Vec<u32>,
    /// How many persons there are.
    pub(super) people: u32,
    /// No person has two rows.
    pub(super) is_single: bool,
    /// Of each row: of a person's rows the lowest counts.
    pub(super) ranks: Vec<(u64, u32)>,
    /// Of each sensitive column, the value of each row, by its place among those that
    /// stand there.
    pub(super) sensitive: Vec<Vec<u32>>,
    /// Of each row, where its record stood.
    pub(super) came: Vec<u32>,
}

/// A set of rows, the class around them and its loss.
#[derive(Clone)]
pub(super) struct Group {
    /// Rising.
    pub(super) rows: Vec<u32>,
    pub(super) reach: Vec<Reach>,
    pub(super) loss: u64,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        members: &[Member],
        columns: &[Column<'a>],
        sensitive: &[&[u32]],
    ) -> Result<Ground<'a>, NotComposed> {
        let n = u32::try_from(members.len()).map_err(|_| NotComposed::Misfit)?;
        let fits = columns.iter().all(|column| {
            let most = column.scale.codes();
            let codes = column.codes;
            codes.len() == members.len() && codes.iter().all(|code| *code < most)
        });
        if !fits || sensitive.iter().any(|values| values.len() != members.len()) {
            return Err(NotComposed::Misfit);
        }
        let mut came: Vec<u32> = (0..n).collect();
        let place = |i: u32| members[i as usize].place;
        came.sort_unstable_by_key(|i| place(*i));
        if came.windows(2).any(|pair| place(pair[0]) == place(pair[1])) {
            return Err(NotComposed::Twice);
        }
        let mut codes = Vec::with_capacity(members.len() * columns.len());
        let mut persons = Vec::with_capacity(members.len());
        let mut number: HashMap<_, u32, RandomState> = HashMap::default();
        for i in &came {
            codes.extend(columns.iter().map(|column| column.codes[*i as usize]));
            let next = number.len() as u32;
            persons.push(*number.entry(members[*i as usize].person).or_insert(next));
        }
        let people = number.len() as u32;
        // Numbered by what stands there, so that no value takes room or a step of an
        // order that is not there.
        let gathered = |values: &&[u32]| {
            let mut there = values.to_vec();
            there.sort_unstable();
            there.dedup();
            let number = |i: &u32| there.partition_point(|v| *v < values[*i as usize]) as u32;
            came.iter().map(number).collect()
        };
        Ok(Ground {
            scales: columns
                .iter()
                .map(|column| (column.scale, u64::from(column.weight)))
                .collect(),
            codes,
            persons,
            people,
            is_single: people == n,
            ranks: came
                .iter()
                .map(|i| members[*i as usize].rank)
                .zip(0..)
                .collect(),
            sensitive: sensitive.iter().map(gathered).collect(),
            came,
        })
    }

    /// How many quasi-identifiers there are.
    pub(super) fn width(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn scale(&self, q: usize) -> &'a Scale {
        self.scales[q].0
    }

    /// The codes of a row.
    #[inline]
    pub(super) fn of(&self, row: u32) -> &[u32] {
        let at = row as usize * self.scales.len();
        &self.codes[at..at + self.scales.len()]
    }

    #[inline]
    pub(super) fn code(&self, row: u32, q: usize) -> u32 {
        self.codes[row as usize * self.scales.len() + q]
    }

    /// What a class says nothing of, in the unit of [`Ground::loss`].
    pub(super) fn whole(&self) -> u64 {
        self.scales.iter().map(|(_, weight)| weight * WHOLE).sum()
    }

    /// What one quasi-identifier loses by a class, with its weight.
    #[inline]
    pub(super) fn loss_of(&self, q: usize, reach: Reach) -> u64 {
        let (scale, weight) = self.scales[q];
        scale.loss(reach) * weight
    }

    /// What a record loses by a class.
    pub(super) fn loss(&self, reach: &[Reach]) -> u64 {
        let each = reach.iter().enumerate();
        each.map(|(q, reach)| self.loss_of(q, *reach)).sum()
    }

    /// The least class around some rows; empty without any.
    pub(super) fn reach(&self, rows: impl IntoIterator<Item = u32>) -> Vec<Reach> {
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else {
            return Vec::new();
        };
        let mut reach: Vec<Reach> = self.point(first).collect();
        for row in rows {
            for ((reach, code), (scale, _)) in reach.iter_mut().zip(self.of(row)).zip(&self.scales)
            {
                *reach = scale.join(*reach, scale.of(*code));
            }
        }
        reach
    }

    /// The class of one row.
    pub(super) fn point(&self, row: u32) -> impl Iterator<Item = Reach> {
        let codes = self.of(row).iter().zip(&self.scales);
        codes.map(|(code, (scale, _))| scale.of(*code))
    }

    /// The class around two.
    pub(super) fn join(&self, a: &[Reach], b: &[Reach]) -> Vec<Reach> {
        let both = a.iter().zip(b).zip(&self.scales);
        both.map(|((a, b), (scale, _))| scale.join(*a, *b))
            .collect()
    }

    /// The loss of the class around two; whatever it is, once it is `most` or more.
    #[inline]
    pub(super) fn loss_of_both(&self, a: &[Reach], b: &[Reach], most: u64) -> u64 {
        let mut sum = 0;
        for ((a, b), (scale, weight)) in a.iter().zip(b).zip(&self.scales) {
            sum += scale.loss(scale.join(*a, *b)) * weight;
            if sum >= most {
                break;
            }
        }
        sum
    }

    pub(super) fn group(&self, rows: Vec<u32>) -> Group {
        let reach = self.reach(rows.iter().copied());
        let loss = self.loss(&reach);
        Group { rows, reach, loss }
    }
}

impl Group {
    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// What all its records lose.
    pub(super) fn cost(&self) -> u64 {
        self.loss * self.len()
    }
}
