//! A table of persons, of what is seen of them in events.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use crate::record::SubjectId;

/// What is seen of each person in a few columns, event by event. Equal codes are equal
/// values; what is not there is not seen.
pub struct People {
    width: usize,
    seen: HashMap<SubjectId, Vec<BTreeMap<u32, u32>>, RandomState>,
}

/// What stands in the row of a person whose events say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The value that most events have; of equally frequent ones the lowest code.
    Mode,
    /// All values that any event has: what somebody knows who has seen them all.
    Set,
}

impl People {
    /// Nobody yet, in so many columns.
    pub fn new(width: usize) -> People {
        People {
            width,
            seen: HashMap::default(),
        }
    }

    /// An event of a person: a value of each column, or none.
    pub fn see(&mut self, person: SubjectId, values: impl IntoIterator<Item = Option<u32>>) {
        let width = self.width;
        let own = self
            .seen
            .entry(person)
            .or_insert_with(|| vec![BTreeMap::new(); width]);
        for (column, value) in own.iter_mut().zip(values) {
            if let Some(value) = value {
                *column.entry(value).or_default() += 1;
            }
        }
    }

    /// How many persons were seen.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// True if nobody was.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Column by column, a row a person in the order of their ids; 0 stands for what was
    /// never there.
    pub fn table(&self, of: Of) -> Vec<Vec<u32>> {
        let mut people: Vec<&SubjectId> = self.seen.keys().collect();
        people.sort_unstable();
        let column = |at: usize| {
            let own = people.iter().map(|person| &self.seen[person][at]);
            match of {
                Of::Mode => own.map(mode).collect(),
                Of::Set => numbered(own.map(|values| values.keys().copied().collect())),
            }
        };
        (0..self.width).map(column).collect()
    }
}

/// The most frequent value, one higher, or 0.
fn mode(values: &BTreeMap<u32, u32>) -> u32 {
    let most = values
        .iter()
        .max_by_key(|(value, count)| (**count, std::cmp::Reverse(**value)));
    most.map_or(0, |(value, _)| value.saturating_add(1))
}

/// Equal sets get equal numbers, the empty one 0.
fn numbered(sets: impl Iterator<Item = Vec<u32>>) -> Vec<u32> {
    let mut numbers: HashMap<Vec<u32>, u32, RandomState> = HashMap::default();
    numbers.insert(Vec::new(), 0);
    sets.map(|set| {
        let next = numbers.len() as u32;
        *numbers.entry(set).or_insert(next)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymity::measure::Classes;

    fn person(n: u8) -> SubjectId {
        SubjectId([n; 16])
    }

    #[test]
    fn a_person_has_one_row_whatever_was_seen_of_them() {
        let mut people = People::new(2);
        assert!(people.is_empty());
        for (who, values) in [
            (2, [Some(7), Some(1)]),
            (1, [Some(7), None]),
            (2, [Some(5), Some(1)]),
            (1, [Some(5), None]),
            (1, [Some(7), None]),
            (3, [None, Some(u32::MAX)]),
        ] {
            people.see(person(who), values);
        }
        assert_eq!(people.len(), 3);
        assert_eq!(people.table(Of::Mode), [[8, 6, 0], [0, 2, u32::MAX]]);
        let sets = people.table(Of::Set);
        // The first two were seen with the same values of the first column.
        assert_eq!(sets[0][0], sets[0][1]);
        assert_eq!(sets[0][2], 0);
        let views: Vec<&[u32]> = sets.iter().map(Vec::as_slice).collect();
        assert_eq!(Classes::of_columns(&views[..1]).sizes(), [2, 1]);
        assert_eq!(Classes::of_columns(&views).share_below(2), 1.0);
    }

    #[test]
    fn events_in_another_order_make_the_same_table() {
        let events = [(1, 4), (2, 9), (1, 9), (2, 4), (1, 4), (3, 1)];
        let table = |order: &[usize], of| {
            let mut people = People::new(1);
            for at in order {
                let (who, value) = events[*at];
                people.see(person(who), [Some(value)]);
            }
            people.table(of)
        };
        for of in [Of::Mode, Of::Set] {
            assert_eq!(
                table(&[0, 1, 2, 3, 4, 5], of),
                table(&[5, 4, 3, 2, 1, 0], of)
            );
        }
    }
}
