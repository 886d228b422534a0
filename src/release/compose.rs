//! What waits becomes a release.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::waiting::{Different, Draft, Header, Waiting};
use crate::anonymity::permutation::shuffle;
use crate::anonymity::quasi::{Column, Scale};
use crate::anonymity::release::{Class, Composition, Floor, Member, Must, NotComposed, compose};
use crate::crypto::sampler::RandomWords;
use crate::plan::held::Classes;
use crate::record::SubjectId;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;
use crate::record::state_row::StateRow;

/// Records that leave together.
pub struct Released {
    /// In an order that says nothing of the one they came in.
    pub records: Vec<ReleasedRecord>,
    /// How many persons they are of.
    pub people: usize,
    /// Its classes; `None`: it was shuffled, and no more.
    pub classes: Option<ClassFigures>,
    /// Who is in it, where its output remembers that: written with it or not at all.
    pub rows: Vec<StateRow>,
}

/// One record that leaves.
pub struct ReleasedRecord {
    /// Where it was read, for who measures what leaves; nothing of it does.
    pub place: (u16, i64, u32),
    /// Its timestamp; `None`: that of its release, whole seconds.
    pub at_ms: Option<i64>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Vec<u8>,
    /// Its headers, in order.
    pub headers: Vec<Header>,
}

/// How well the records of a release are hidden, and what that cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassFigures {
    /// How many classes there are.
    pub classes: usize,
    /// Persons of the smallest.
    pub people_min: u32,
    /// The mean normalised certainty penalty of a record, 0 to 1.
    pub loss: f64,
}

/// Why what waits is no release. Nothing of it has left, and it waits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooFew {
    /// Too few records or persons.
    #[error("too few records, or records of too few persons")]
    People,
    /// What is demanded of each class does not even hold of all of them together.
    #[error("they cannot be put into classes that are what the output demands")]
    NoClass,
    /// A fault of this program.
    #[error("a release could not be composed; this is a fault of the program")]
    Fault,
}

impl Waiting {
    /// Makes a release of all that waits.
    ///
    /// # Errors
    /// When they are too few; they wait on then.
    pub fn release(&mut self, words: &mut dyn RandomWords) -> Result<Released, TooFew> {
        let held = self.held();
        let enough =
            self.len() >= held.records_min as usize && self.people() >= held.people_min as usize;
        if !enough || self.is_empty() {
            return Err(TooFew::People);
        }
        let live: Vec<u32> = (0_u32..)
            .zip(&self.drafts)
            .filter(|(_, draft)| !draft.is_out)
            .map(|(at, _)| at)
            .collect();
        let (mut records, leaving, classes, aside) = match &held.classes {
            None => {
                let all = live.iter().map(|at| self.whole(*at, &[])).collect();
                (all, live, None, Vec::new())
            }
            Some(classes) => self.in_classes(classes, &live)?,
        };
        // A release that is made again is shuffled anew.
        shuffle(&mut records, words);
        let mut people: Vec<SubjectId> = leaving
            .iter()
            .map(|at| self.drafts[*at as usize].person)
            .collect();
        people.sort_unstable();
        people.dedup();
        let rows = self.remember(&people);
        self.set_aside(&aside);
        self.clear();
        Ok(Released {
            records,
            people: people.len(),
            classes,
            rows,
        })
    }

    /// The records in their classes, which drafts they are, and which are left out.
    #[expect(clippy::type_complexity, reason = "the parts of one release")]
    fn in_classes(
        &self,
        classes: &Classes,
        live: &[u32],
    ) -> Result<
        (
            Vec<ReleasedRecord>,
            Vec<u32>,
            Option<ClassFigures>,
            Vec<u32>,
        ),
        TooFew,
    > {
        let members: Vec<Member> = live
            .iter()
            .map(|at| {
                let draft = &self.drafts[*at as usize];
                Member {
                    place: draft.place,
                    person: draft.person,
                    rank: draft.rank,
                }
            })
            .collect();
        let lying: Vec<(Cow<'_, Scale>, Vec<u32>)> = classes
            .quasi
            .iter()
            .zip(&self.values)
            .map(|(quasi, values)| values.of(live, &quasi.domain))
            .collect();
        let columns: Vec<Column<'_>> = lying
            .iter()
            .zip(&classes.quasi)
            .map(|((scale, codes), quasi)| Column {
                scale: scale.as_ref(),
                weight: quasi.weight,
                codes,
            })
            .collect();
        let sensitive: Vec<Vec<u32>> = (self.sensitive.iter())
            .map(|different| in_order(different, live))
            .collect();
        let sensitive: Vec<&[u32]> = sensitive.iter().map(Vec::as_slice).collect();
        let composed = compose(&members, &columns, &sensitive, &classes.demand);
        let composed = composed.map_err(|why| match why {
            NotComposed::Short => TooFew::NoClass,
            NotComposed::Twice | NotComposed::Misfit | NotComposed::Fault => TooFew::Fault,
        })?;
        let mut written = Vec::with_capacity(live.len());
        let mut leaving = Vec::with_capacity(live.len());
        let mut write = |class: &Class, labels: &[Vec<u8>]| {
            for member in &class.members {
                let at = live[*member as usize];
                written.push(self.whole(at, labels));
                leaving.push(at);
            }
        };
        for class in &composed.classes {
            let labels = classes.labels.iter().map(|label| {
                let (column, reach) = (&columns[label.quasi], class.reach[label.quasi]);
                label.form.json(column.scale, reach)
            });
            write(class, &labels.collect::<Vec<_>>());
        }
        let stars = classes.aside_leaves && star_class(&composed, classes);
        let aside = composed.aside.iter().flat_map(|class| &class.members);
        let aside: Vec<u32> = aside.map(|member| live[*member as usize]).collect();
        if stars {
            let labels = classes.labels.iter();
            let labels: Vec<_> = labels.map(|label| label.form.json_of_nothing()).collect();
            composed
                .aside
                .iter()
                .for_each(|class| write(class, &labels));
        }
        let figures = figures(&composed);
        Ok((
            written,
            leaving,
            Some(figures),
            if stars { Vec::new() } else { aside },
        ))
    }

    /// A record with what its class says, by label.
    fn whole(&self, at: u32, labels: &[Vec<u8>]) -> ReleasedRecord {
        let draft: &Draft = &self.drafts[at as usize];
        let bytes = &self.bytes[draft.value.clone()];
        let mut value = Vec::with_capacity(bytes.len() + 32 * labels.len());
        let mut from = 0;
        for (to, label) in &*draft.open {
            value.extend_from_slice(&bytes[from..*to as usize]);
            value.extend_from_slice(&labels[usize::from(*label)]);
            from = *to as usize;
        }
        value.extend_from_slice(&bytes[from..]);
        ReleasedRecord {
            place: draft.place,
            at_ms: draft.at_ms,
            key: draft.key.clone(),
            value,
            headers: draft.headers.clone(),
        }
    }
}

/// What is set aside is one class: each part of it is a class, so all of them together have
/// persons and values enough; only the share of the most frequent value can be worse.
fn star_class(composed: &Composition, classes: &Classes) -> bool {
    let is_recursive = |floor: &Floor| matches!(floor.must, Must::Recursive { .. });
    let mut floors = classes.demand.floors.iter();
    composed.aside.len() <= 1 || !floors.any(is_recursive)
}

fn figures(composed: &Composition) -> ClassFigures {
    let records: u64 = composed
        .classes
        .iter()
        .map(|c| c.members.len() as u64)
        .sum();
    let lost: u128 = composed
        .classes
        .iter()
        .map(|c| u128::from(c.loss) * c.members.len() as u128)
        .sum();
    let most = u128::from(composed.whole) * u128::from(records);
    ClassFigures {
        classes: composed.classes.len(),
        people_min: composed.classes.iter().map(|c| c.people).min().unwrap_or(0),
        loss: lost as f64 / most.max(1) as f64,
    }
}

/// The values of some drafts as codes, numbers by their size, then all others by their
/// spelling: so the same values have the same order, whichever came first.
fn in_order(different: &Different, live: &[u32]) -> Vec<u32> {
    let number = |value: &[u8]| {
        let text = std::str::from_utf8(value).ok()?;
        is_json_number(text).then(|| Decimal::read(text)).flatten()
    };
    let mut order: Vec<u32> = (0..different.spelled.len() as u32).collect();
    order.sort_unstable_by(|a, b| {
        let (a, b) = (
            &different.spelled[*a as usize],
            &different.spelled[*b as usize],
        );
        match (number(a), number(b)) {
            (Some(x), Some(y)) => x.cmp(&y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(b),
        }
    });
    let mut code = vec![0; order.len()];
    for (at, place) in (0_u32..).zip(&order) {
        code[*place as usize] = at;
    }
    live.iter()
        .map(|at| code[different.of[*at as usize] as usize])
        .collect()
}
