//! The account of an output whose records wait: what each committed transaction took of the
//! source, by the broker's own record of its requests, and what became of each of its records.

use std::collections::{BTreeMap, BTreeSet};

/// A record of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number, which the output keeps.
    pub number: u64,
    /// Source partition.
    pub partition: i32,
    /// Source offset.
    pub offset: i64,
    /// Whose it is; `None`: nobody can read it.
    pub person: Option<u64>,
    /// It may be missing without a reason that can be seen: its person withdrew.
    pub may_be_missing: bool,
}

/// What became of the records: the sum is what came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// They left in a release.
    pub released: usize,
    /// Another record of their person left in the same one.
    pub over_cap: usize,
    /// They were of too few persons for any release.
    pub short: usize,
    /// Nobody can read them.
    pub unread: usize,
    /// Their person withdrew.
    pub withdrawn: usize,
}

impl Account {
    /// Of how many records something became.
    pub fn sum(&self) -> usize {
        self.released + self.over_cap + self.short + self.unread + self.withdrawn
    }
}

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Committed, and nothing became of it.
    Lost(u64),
    /// In two releases, or twice in one.
    Doubled(u64),
    /// Released, and nobody ever put it into the source, or it cannot be read.
    Unknown(u64),
    /// No committed transaction took it.
    NotTaken(u64),
    /// The records of this release were taken by several transactions, or by none.
    Torn(usize),
    /// Offsets of this partition were committed that lie before committed ones.
    Backwards(i32),
}

/// Accounts for `inputs`: `commits` are the offsets of committed transactions in their order,
/// `releases` the numbers that left together, and no release is of fewer than `k` persons.
pub fn account(
    inputs: &[Waiting],
    commits: &[Vec<(i32, i64)>],
    releases: &[Vec<u64>],
    k: usize,
) -> (Account, BTreeSet<Fault>) {
    let mut faults = BTreeSet::new();
    let (taken_by, backwards) = taken(inputs, commits);
    faults.extend(backwards);
    let of_number: BTreeMap<u64, &Waiting> = inputs.iter().map(|i| (i.number, i)).collect();
    assert_eq!(of_number.len(), inputs.len(), "input numbers are unique");
    let mut left = BTreeSet::new();
    // Of each transaction that released somebody, whom.
    let mut together: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for (n, release) in releases.iter().enumerate() {
        let by: BTreeSet<Option<&usize>> = release.iter().map(|n| taken_by.get(n)).collect();
        if by.len() != 1 || by.contains(&None) {
            faults.insert(Fault::Torn(n));
        }
        for number in release {
            if !left.insert(*number) {
                faults.insert(Fault::Doubled(*number));
            }
            let person = of_number.get(number).and_then(|input| input.person);
            match (person, taken_by.get(number)) {
                (Some(person), Some(by)) => {
                    together.entry(*by).or_default().insert(person);
                }
                (Some(_), None) => {}
                (None, _) => {
                    faults.insert(Fault::Unknown(*number));
                }
            }
        }
    }
    let mut people: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for input in inputs {
        if let (Some(by), Some(person)) = (taken_by.get(&input.number), input.person) {
            people.entry(*by).or_default().insert(person);
        }
    }
    let mut account = Account::default();
    for input in inputs {
        let Some(by) = taken_by.get(&input.number) else {
            faults.insert(Fault::NotTaken(input.number));
            continue;
        };
        let with = together.get(by);
        match input.person {
            None => account.unread += 1,
            Some(_) if left.contains(&input.number) => account.released += 1,
            Some(person) if with.is_some_and(|people| people.contains(&person)) => {
                account.over_cap += 1;
            }
            Some(_) if input.may_be_missing => account.withdrawn += 1,
            Some(_) if with.is_none() && people[by].len() < k => account.short += 1,
            Some(_) => {
                faults.insert(Fault::Lost(input.number));
            }
        }
    }
    (account, faults)
}

/// By which transaction each record was taken: the first whose offsets lie behind it; and
/// what is wrong with those.
fn taken(
    inputs: &[Waiting],
    commits: &[Vec<(i32, i64)>],
) -> (BTreeMap<u64, usize>, BTreeSet<Fault>) {
    let mut faults = BTreeSet::new();
    let mut ends: BTreeMap<i32, Vec<(i64, usize)>> = BTreeMap::new();
    for (by, commit) in commits.iter().enumerate() {
        for (partition, next) in commit {
            let ends = ends.entry(*partition).or_default();
            if ends.last().is_some_and(|(before, _)| before > next) {
                faults.insert(Fault::Backwards(*partition));
                continue;
            }
            ends.push((*next, by));
        }
    }
    let by = |input: &Waiting| {
        let ends = ends.get(&input.partition)?;
        let at = ends.partition_point(|(next, _)| *next <= input.offset);
        ends.get(at).map(|(_, by)| (input.number, *by))
    };
    (inputs.iter().filter_map(by).collect(), faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve records of two partitions; the last of each cannot be read, the first two are
    /// of one person.
    fn inputs() -> Vec<Waiting> {
        let one = |number: u64| Waiting {
            number,
            partition: i32::try_from(number % 2).expect("small"),
            offset: i64::try_from(number / 2).expect("small"),
            person: (number < 10).then_some(number.max(1)),
            may_be_missing: false,
        };
        (0..12).map(one).collect()
    }

    /// What it came to, where it is as it has to be but for `change`.
    fn with(change: impl FnOnce(&mut Vec<Vec<(i32, i64)>>, &mut Vec<Vec<u64>>)) -> Vec<Fault> {
        let mut commits = vec![vec![(0, 3), (1, 2)], vec![(0, 6), (1, 4)], vec![(1, 6)]];
        let mut releases = vec![vec![4, 1, 3, 2], vec![8, 5, 6, 7]];
        change(&mut commits, &mut releases);
        let (account, faults) = account(&inputs(), &commits, &releases, 3);
        if faults.is_empty() {
            let expected = Account {
                released: 8,
                over_cap: 1,
                short: 1,
                unread: 2,
                ..Account::default()
            };
            assert_eq!((account, account.sum()), (expected, 12));
        }
        faults.into_iter().collect()
    }

    #[test]
    fn what_is_as_it_has_to_be_adds_up() {
        assert_eq!(with(|_, _| ()), []);
    }

    #[test]
    fn every_fault_that_is_planted_is_found() {
        let lost = with(|_, releases| _ = releases[0].pop());
        assert_eq!(lost, [Fault::Lost(2)]);
        let twice = with(|_, releases| releases[1].push(8));
        assert_eq!(twice, [Fault::Doubled(8)]);
        let stranger = with(|_, releases| releases[1].push(10));
        assert_eq!(stranger, [Fault::Unknown(10)]);
        let torn = with(|_, releases| releases[1].push(9));
        assert_eq!(torn, [Fault::Torn(1)]);
        let open = with(|commits, _| _ = commits.pop());
        assert_eq!(open, [Fault::NotTaken(9), Fault::NotTaken(11)]);
        let back = with(|commits, _| commits.push(vec![(1, 5)]));
        assert_eq!(back, [Fault::Backwards(1)]);
        // Without a release, of enough persons for one.
        let unreleased = with(|_, releases| _ = releases.pop());
        assert_eq!(unreleased, (5..9).map(Fault::Lost).collect::<Vec<_>>());
    }
}
