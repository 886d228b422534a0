//! The records of a release, put into classes of which each is what was demanded.
//!
//! Cuts from the top down to sets of 128 records, groups joined from below in these, and one pass of repair. What comes out depends on the set of records alone, not
//! on the order in which they came nor on the machine.
//!
//! k-anonymity says that nobody is told apart by the quasi-identifiers among at least k
//! persons. It does not say what else is known of them: a value that is the same in a whole
//! class is told of all in it (`floors` bound that), a person in many releases stands in
//! many classes, and cuts that were chosen with an eye on a sensitive value can tell of it
//! (Wong et al., "Minimality attack in privacy preserving data publishing", VLDB 2007).

mod block;
mod cut;
mod demand;
mod ground;
mod legal;
mod repair;

pub use demand::{Demand, Floor, Must};
use ground::{Ground, Group};
use legal::Law;

use super::quasi::{Column, Reach, WEIGHT_MAX};
use super::ratio::Ratio;
use crate::record::SubjectId;

/// One record of a release.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Where it was read: lane, offset, element. No two records have one place.
    pub place: (u16, i64, u32),
    /// Whose it is.
    pub person: SubjectId,
    /// Of several records of one person in a class, that of the lowest rank counts for
    /// what must hold of values. A keyed hash of the place, so that nobody chooses it.
    pub rank: u64,
}

/// A class: records that get equal quasi-identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Which records, by where they stood in what was handed over.
    pub members: Vec<u32>,
    /// The class of each column.
    pub reach: Vec<Reach>,
    /// What each of its records loses, weighted, of [`Composition::whole`].
    pub loss: u64,
    /// How many persons they are of.
    pub people: u32,
}

/// A release in classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Composition {
    /// The classes, each what was demanded.
    pub classes: Vec<Class>,
    /// What was set aside, where the demand allows that: classes that say next to nothing.
    pub aside: Vec<Class>,
    /// The loss of a record of which nothing is left.
    pub whole: u64,
    /// Of each floor, what the class that is nearest to it reached.
    pub reached: Vec<f64>,
    /// Of each floor, what all that was set aside reaches together.
    pub reached_aside: Vec<f64>,
}

/// Why a release is not put into classes. Nothing of it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotComposed {
    /// Too few persons, or what is demanded does not even hold of all together.
    #[error("the release as a whole is not what each of its classes must be")]
    Short,
    /// Two records of one place: which is which would depend on their order.
    #[error("two records of the release stand at one place")]
    Twice,
    /// Columns of another length, with codes or a weight that they do not have; a demand of
    /// k = 0, of a column that is not there, or with too large a remainder.
    #[error("records, columns and demand do not fit together")]
    Misfit,
    /// A class came out that may not be one.
    #[error("a class would not have been what it must be; this is a fault of the program")]
    Fault,
}

/// Puts records into classes.
///
/// `columns` are the quasi-identifiers, `sensitive` the values of columns that leave as
/// they are, as codes, for [`Demand::floors`]; all are as long as `members`. Takes
/// O(q n log n) a level of cuts.
///
/// # Errors
/// When that is not possible; then nothing of the release may leave.
pub fn compose(
    members: &[Member],
    columns: &[Column<'_>],
    sensitive: &[&[u32]],
    demand: &Demand,
) -> Result<Composition, NotComposed> {
    let known = |floor: &Floor| floor.column < sensitive.len();
    let weighs = |column: &Column<'_>| (1..=WEIGHT_MAX).contains(&column.weight);
    let most = Ratio::new(1, 20).is_some_and(|most| demand.remainder <= most);
    if demand.k == 0 || !most || !demand.floors.iter().all(known) || !columns.iter().all(weighs) {
        return Err(NotComposed::Misfit);
    }
    let ground = Ground::new(members, columns, sensitive)?;
    Composer::new(&ground, demand).compose(demand)
}

/// What works on one release.
struct Composer<'g> {
    ground: &'g Ground<'g>,
    law: Law<'g>,
    /// Kept from count to count.
    counts: Vec<u32>,
    point: Vec<Reach>,
    /// Whoever takes a row in is not asked whether it may: to see that this is found.
    #[cfg(test)]
    trusts_receivers: bool,
}

impl<'g> Composer<'g> {
    fn new(ground: &'g Ground<'g>, demand: &'g Demand) -> Composer<'g> {
        Composer {
            ground,
            law: Law::new(ground, demand),
            counts: Vec::new(),
            point: Vec::new(),
            #[cfg(test)]
            trusts_receivers: false,
        }
    }

    fn compose(&mut self, demand: &Demand) -> Result<Composition, NotComposed> {
        let all: Vec<u32> = (0..self.ground.came.len() as u32).collect();
        if !self.law.allows(&all) {
            return Err(NotComposed::Short);
        }
        let mut groups = Vec::new();
        self.cut(all, block::BLOCK, &mut groups);
        // Once more, each and all, whatever was decided before: what is wrong here would
        // be published.
        let mut seen = vec![false; self.ground.came.len()];
        let once = groups.iter().flat_map(|group| &group.rows).all(|row| {
            let before = std::mem::replace(&mut seen[*row as usize], true);
            !before
        });
        let legal = groups.iter().all(|group| self.law.allows(&group.rows));
        if !once || !legal || seen.contains(&false) {
            return Err(NotComposed::Fault);
        }
        let (classes, aside) = self.set_aside(groups, demand);
        let mut reached: Vec<f64> = Vec::new();
        for group in &classes {
            let own = self.law.reached(&group.rows);
            match reached.is_empty() {
                true => reached = own,
                false => {
                    let floors = demand.floors.iter().zip(own);
                    for (worst, (floor, own)) in reached.iter_mut().zip(floors) {
                        *worst = floor.must.worse(*worst, own);
                    }
                }
            }
        }
        let rows: Vec<u32> = aside.iter().flat_map(|g| &g.rows).copied().collect();
        let reached_aside = match rows.is_empty() {
            true => Vec::new(),
            false => self.law.reached(&rows),
        };
        let class = |group: Group| Class {
            people: self.law.people(&group.rows),
            members: group
                .rows
                .iter()
                .map(|row| self.ground.came[*row as usize])
                .collect(),
            reach: group.reach,
            loss: group.loss,
        };
        let (mut class, whole) = (class, self.ground.whole());
        Ok(Composition {
            classes: classes.into_iter().map(&mut class).collect(),
            aside: aside.into_iter().map(&mut class).collect(),
            whole,
            reached,
            reached_aside,
        })
    }

    /// Classes that lose more than four fifths, the worst first, up to the share that may
    /// be set aside.
    fn set_aside(&self, groups: Vec<Group>, demand: &Demand) -> (Vec<Group>, Vec<Group>) {
        let (n, d) = (demand.remainder.n(), demand.remainder.d());
        let all = self.ground.came.len() as u128;
        let mut room = (all * u128::from(n) / u128::from(d)) as u64;
        let mut worst: Vec<usize> = (0..groups.len())
            .filter(|at| groups[*at].loss * 5 > self.ground.whole() * 4)
            .collect();
        worst.sort_by_key(|at| std::cmp::Reverse(groups[*at].loss));
        let mut is_aside = vec![false; groups.len()];
        for at in worst {
            if let Some(left) = room.checked_sub(groups[at].len()) {
                room = left;
                is_aside[at] = true;
            }
        }
        let (mut aside, mut classes) = (Vec::new(), Vec::with_capacity(groups.len()));
        for (group, is_aside) in groups.into_iter().zip(is_aside) {
            match is_aside {
                true => aside.push(group),
                false => classes.push(group),
            }
        }
        (classes, aside)
    }
}

impl Composition {
    /// The global certainty penalty: what a record loses, on the mean of all, 0 to 1
    /// (Ghinita et al., "Fast data anonymization with low information loss", VLDB 2007);
    /// what was set aside loses all.
    pub fn penalty(&self) -> f64 {
        let of =
            |classes: &[Class]| -> u64 { classes.iter().map(|c| c.members.len() as u64).sum() };
        let lost = |class: &Class| class.loss as f64 * class.members.len() as f64;
        let (there, aside) = (of(&self.classes), of(&self.aside));
        let whole = self.whole.max(1) as f64;
        let sum: f64 = self.classes.iter().map(lost).sum::<f64>() / whole + aside as f64;
        sum / (there + aside).max(1) as f64
    }
}

#[cfg(test)]
mod tests;
