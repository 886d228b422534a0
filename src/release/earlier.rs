//! Who was in earlier releases of an output with `once_per`: asked before a record comes to
//! wait, kept row by row.
//!
//! A row is `o/TOPIC/DAY/N`: the day of its release, counted from 1970, and a number within
//! that day. It says `01` ‖ u32 second of the release, rounded up ‖ u64 of each person,
//! ascending: the first eight bytes of their ids. A person leaves again once `once_per` is
//! over, counted from that second; a row all of whose persons may is taken back.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use crate::record::SubjectId;
use crate::record::state_row::{StateRow, VALUE_MAX};

/// Of every row.
const VERSION: u8 = 1;
/// Version and second.
const HEAD: usize = 1 + 4;
/// Most persons of a row: half a MiB.
const PEOPLE_MAX: usize = (VALUE_MAX - HEAD) / 8;
/// Seconds of a day.
const DAY: u32 = 86_400;
/// What a person takes once it is in order: id and second.
const PERSON: u64 = 12;
/// What one takes until then, at most.
const RECENT: u64 = 40;
/// What a row takes in memory, at most.
const ROW: u64 = 64;
/// So many persons are put in order together, at least.
const RECENT_MIN: usize = 4_096;
/// So many rows are taken back with one release, at most.
const TAKEN_BACK_MAX: usize = 256;

/// A row says nothing that this program understands: who was released is not known, so
/// nobody can be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row `{key}` is none that this version reads")]
pub struct NoRow {
    key: String,
}

/// Who was in earlier releases.
pub struct Earlier {
    /// What keys of its rows begin with.
    prefix: String,
    once_per_ms: i64,
    /// As of then somebody may leave again, milliseconds since 1970.
    now_ms: i64,
    /// Persons, ascending, and in the same places the second of their last release.
    people: Vec<u64>,
    seconds: Vec<u32>,
    /// Those that are not in order yet.
    recent: HashMap<u64, u32, RandomState>,
    /// Rows that there are: day and number, and the second of its release.
    rows: BTreeMap<(u32, u32), u32>,
}

/// The first eight bytes of an id.
pub(super) fn short(person: SubjectId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = person.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl Earlier {
    /// Of the output of that topic: nobody was in any.
    pub fn new(topic: &str, once_per_ms: i64) -> Earlier {
        Earlier {
            prefix: Earlier::prefix(topic),
            once_per_ms,
            now_ms: 0,
            people: Vec::new(),
            seconds: Vec::new(),
            recent: HashMap::default(),
            rows: BTreeMap::new(),
        }
    }

    /// What the keys of the rows of an output begin with.
    pub fn prefix(topic: &str) -> String {
        format!("o/{topic}/")
    }

    /// What was remembered: takes the place of all that is known.
    ///
    /// # Errors
    /// A row cannot be read; nothing is known then.
    pub fn resume(&mut self, rows: &[StateRow]) -> Result<(), NoRow> {
        self.forget_all();
        for row in rows {
            let read = self.read(row);
            read.map_err(|()| {
                self.forget_all();
                NoRow {
                    key: row.key.escape_ascii().to_string(),
                }
            })?;
        }
        self.put_in_order();
        Ok(())
    }

    fn forget_all(&mut self) {
        self.people = Vec::new();
        self.seconds = Vec::new();
        self.recent = HashMap::default();
        self.rows.clear();
    }

    fn read(&mut self, row: &StateRow) -> Result<(), ()> {
        let key = std::str::from_utf8(&row.key).map_err(|_| ())?;
        let place = key.strip_prefix(&*self.prefix).ok_or(())?;
        let (day, number) = place.split_once('/').ok_or(())?;
        let place = (
            day.parse().map_err(|_| ())?,
            number.parse().map_err(|_| ())?,
        );
        let value = row.value.as_deref().ok_or(())?;
        let (head, people) = value.split_first_chunk::<HEAD>().ok_or(())?;
        let (people, rest) = people.as_chunks::<8>();
        if head[0] != VERSION || !rest.is_empty() {
            return Err(());
        }
        let second = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        self.rows.insert(place, second);
        for person in people {
            self.insert(u64::from_be_bytes(*person), second);
        }
        Ok(())
    }

    fn insert(&mut self, person: u64, second: u32) {
        let known = self.recent.entry(person).or_insert(second);
        *known = second.max(*known);
        if self.recent.len() >= RECENT_MIN.max(self.people.len() / 8) {
            self.put_in_order();
        }
    }

    /// Time goes on: whose time is over may leave again.
    pub fn is_now(&mut self, now_ms: i64) {
        let hour = |ms: i64| ms.div_euclid(3_600_000);
        let before = std::mem::replace(&mut self.now_ms, now_ms);
        if hour(before) < hour(now_ms) {
            self.forget_whose_time_is_over();
        }
    }

    /// True of who was in a release within `once_per`.
    pub fn holds(&self, person: SubjectId) -> bool {
        let person = short(person);
        let lately = self.recent.get(&person).copied();
        let before = || {
            let at = self.people.binary_search(&person).ok()?;
            Some(self.seconds[at])
        };
        let last = lately.into_iter().chain(before()).max();
        last.is_some_and(|second| !self.is_over(second))
    }

    fn is_over(&self, second: u32) -> bool {
        i64::from(second) * 1_000 + self.once_per_ms <= self.now_ms
    }

    /// These are in a release now. Returns the rows that say so, and take back those that
    /// say nothing any more.
    pub fn note(&mut self, people: &[SubjectId]) -> Vec<StateRow> {
        let second = self.now_ms.max(0).cast_unsigned().div_ceil(1_000);
        let second = u32::try_from(second).unwrap_or(u32::MAX);
        let mut all: Vec<u64> = people.iter().map(|person| short(*person)).collect();
        // In an order that says nothing.
        all.sort_unstable();
        all.dedup();
        let mut rows = self.take_back();
        for people in all.chunks(PEOPLE_MAX) {
            let place = self.next_place(second / DAY);
            self.rows.insert(place, second);
            let mut value = Vec::with_capacity(HEAD + 8 * people.len());
            value.push(VERSION);
            value.extend_from_slice(&second.to_be_bytes());
            value.extend(people.iter().flat_map(|person| person.to_be_bytes()));
            rows.push(StateRow {
                key: self.key(place),
                value: Some(value),
            });
            for person in people {
                self.insert(*person, second);
            }
        }
        rows
    }

    /// The first place of that day behind all that there are.
    fn next_place(&self, day: u32) -> (u32, u32) {
        let last = self.rows.range((day, 0)..=(day, u32::MAX)).next_back();
        let next = last.map_or(0, |((_, number), _)| number.saturating_add(1));
        (day, next)
    }

    fn key(&self, (day, number): (u32, u32)) -> Vec<u8> {
        format!("{}{day}/{number}", self.prefix).into_bytes()
    }

    /// Takes back rows of which everybody may leave again, and forgets these.
    fn take_back(&mut self) -> Vec<StateRow> {
        let over = self
            .rows
            .iter()
            .filter(|(_, second)| self.is_over(**second));
        let over: Vec<(u32, u32)> = over.map(|(place, _)| *place).take(TAKEN_BACK_MAX).collect();
        if over.is_empty() {
            return Vec::new();
        }
        self.forget_whose_time_is_over();
        let taken_back = over.into_iter().map(|place| {
            self.rows.remove(&place);
            StateRow {
                key: self.key(place),
                value: None,
            }
        });
        taken_back.collect()
    }

    /// Frees what those take who may leave again.
    fn forget_whose_time_is_over(&mut self) {
        self.put_in_order();
        let mut kept = 0;
        for at in 0..self.people.len() {
            if !self.is_over(self.seconds[at]) {
                self.people[kept] = self.people[at];
                self.seconds[kept] = self.seconds[at];
                kept += 1;
            }
        }
        self.people.truncate(kept);
        self.seconds.truncate(kept);
    }

    /// Puts the recent ones where they belong, from behind, in place.
    fn put_in_order(&mut self) {
        let mut recent: Vec<(u64, u32)> = std::mem::take(&mut self.recent).into_iter().collect();
        recent.sort_unstable();
        let (mut old, mut new) = (self.people.len(), recent.len());
        self.people.reserve_exact(new);
        self.seconds.reserve_exact(new);
        self.people.resize(old + new, 0);
        self.seconds.resize(old + new, 0);
        let mut to = old + new;
        while new > 0 {
            let (person, second) = recent[new - 1];
            to -= 1;
            match old.checked_sub(1) {
                Some(before) if self.people[before] > person => {
                    (self.people[to], self.seconds[to]) =
                        (self.people[before], self.seconds[before]);
                    old = before;
                }
                _ => {
                    (self.people[to], self.seconds[to]) = (person, second);
                    new -= 1;
                }
            }
        }
        // Who was there before stands in front of himself: the later second counts.
        let mut kept: usize = 0;
        for at in 0..self.people.len() {
            if kept > 0 && self.people[kept - 1] == self.people[at] {
                self.seconds[kept - 1] = self.seconds[kept - 1].max(self.seconds[at]);
                continue;
            }
            self.people[kept] = self.people[at];
            self.seconds[kept] = self.seconds[at];
            kept += 1;
        }
        self.people.truncate(kept);
        self.seconds.truncate(kept);
    }

    /// How many persons are remembered, at most: one that is there twice counts twice.
    pub fn len(&self) -> usize {
        self.people.len() + self.recent.len()
    }

    /// True when nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that they take.
    pub fn bytes(&self) -> u64 {
        let people = PERSON * self.people.len() as u64 + RECENT * self.recent.len() as u64;
        people + ROW * self.rows.len() as u64
    }

    /// Bytes that so many more persons take, at most.
    pub const fn bytes_of(people: usize) -> u64 {
        RECENT * people as u64 + ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap as Model;

    const DAY_MS: i64 = 86_400_000;

    fn person(n: u64) -> SubjectId {
        let mut id = [9; 16];
        // As spread as they are, and in no order.
        id[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        SubjectId(id)
    }

    fn people(range: std::ops::Range<u64>) -> Vec<SubjectId> {
        range.map(person).collect()
    }

    /// What a topic holds of those rows.
    fn compact(topic: &mut BTreeMap<Vec<u8>, Vec<u8>>, rows: Vec<StateRow>) {
        for row in rows {
            match row.value {
                Some(value) => topic.insert(row.key, value),
                None => topic.remove(&row.key),
            };
        }
    }

    fn rows(topic: &BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<StateRow> {
        let row = |(key, value): (&Vec<u8>, &Vec<u8>)| StateRow {
            key: key.clone(),
            value: Some(value.clone()),
        };
        topic.iter().map(row).collect()
    }

    #[test]
    fn who_was_released_is_held_until_his_time_is_over_and_not_a_moment_less() {
        let mut earlier = Earlier::new("clean", DAY_MS);
        earlier.is_now(10 * DAY_MS + 1);
        let rows = earlier.note(&people(0..3));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].key, b"o/clean/10/0");
        assert!(earlier.holds(person(2)) && !earlier.holds(person(3)));
        // The second is rounded up: never early.
        earlier.is_now(11 * DAY_MS + 999);
        assert!(earlier.holds(person(2)));
        earlier.is_now(11 * DAY_MS + 1_000);
        assert!(!earlier.holds(person(2)));
        // A clock that was set back lets nobody out.
        earlier.is_now(5);
        assert!(earlier.holds(person(2)));
    }

    #[test]
    fn rows_say_what_another_must_know_and_are_taken_back_when_they_say_nothing() {
        let mut topic = BTreeMap::new();
        let mut one = Earlier::new("clean", DAY_MS);
        one.is_now(DAY_MS);
        compact(&mut topic, one.note(&people(0..70_000)));
        compact(&mut topic, one.note(&people(70_000..70_002)));
        assert_eq!(topic.len(), 3, "half a MiB a row");
        let mut other = Earlier::new("clean", DAY_MS);
        other.resume(&rows(&topic)).unwrap();
        other.is_now(DAY_MS + 5);
        for n in [0, 69_999, 70_000, 70_001] {
            assert!(other.holds(person(n)), "{n}");
        }
        assert!(!other.holds(person(70_002)));
        // What it writes does not stand in the place of what is there.
        compact(&mut topic, other.note(&[person(70_002)]));
        assert_eq!(topic.len(), 4);
        other.is_now(2 * DAY_MS + 999);
        compact(&mut topic, other.note(&[person(1)]));
        assert_eq!(
            topic.len(),
            1 + 1,
            "the row of the fifth millisecond still counts"
        );
        assert!(other.len() <= 2 && other.holds(person(1)) && !other.holds(person(0)));
    }

    #[test]
    fn a_row_that_cannot_be_read_leaves_nothing_known() {
        let mut earlier = Earlier::new("clean", DAY_MS);
        earlier.is_now(DAY_MS);
        let good = earlier.note(&people(0..2)).remove(0);
        let broken = |change: &dyn Fn(&mut StateRow)| {
            let mut row = good.clone();
            change(&mut row);
            row
        };
        let all = [
            broken(&|row| row.key = b"o/clean/x/0".to_vec()),
            broken(&|row| row.key = b"o/other/1/0".to_vec()),
            broken(&|row| row.key = b"o/clean/1".to_vec()),
            broken(&|row| row.key = vec![0xff]),
            broken(&|row| row.value = None),
            broken(&|row| row.value = Some(Vec::new())),
            broken(&|row| row.value.as_mut().unwrap()[0] = 2),
            broken(&|row| row.value.as_mut().unwrap().truncate(12)),
        ];
        for row in all {
            let said = earlier.resume(&[good.clone(), row.clone()]).unwrap_err();
            assert!(said.to_string().contains("none that this version reads"));
            assert!(earlier.is_empty(), "{row:?}");
        }
        assert_eq!(earlier.resume(&[good]), Ok(()));
        assert_eq!(earlier.len(), 2);
    }

    /// Against a table, over many releases, takeovers and days.
    #[test]
    fn it_says_what_a_table_of_all_releases_would() {
        let mut topic = BTreeMap::new();
        let mut model: Model<u64, i64> = Model::new();
        let mut earlier = Earlier::new("clean", 3 * DAY_MS);
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for release in 0..400 {
            let now_ms = release * DAY_MS / 10 + 1_000 * i64::try_from(draw(50)).unwrap();
            earlier.is_now(now_ms);
            let mut leaves = Vec::new();
            for _ in 0..draw(200) {
                let n = draw(3_000);
                let is_held = model.get(&n).is_some_and(|at| at + 3 * DAY_MS > now_ms);
                assert_eq!(
                    earlier.holds(person(n)),
                    is_held,
                    "{n} in release {release}"
                );
                if !is_held {
                    model.insert(n, now_ms);
                    leaves.push(person(n));
                }
                if leaves.last() == Some(&person(n)) {
                    // In one release a person may have several records.
                    compact(&mut topic, earlier.note(&std::mem::take(&mut leaves)));
                }
            }
            if draw(10) == 0 {
                earlier = Earlier::new("clean", 3 * DAY_MS);
                earlier.resume(&rows(&topic)).unwrap();
            }
        }
        assert!(topic.len() < 8_000, "old rows are taken back");
    }

    #[test]
    fn a_person_takes_twelve_bytes() {
        let mut earlier = Earlier::new("clean", DAY_MS);
        for n in 0..20 {
            earlier.note(&people(n * 10_000..(n + 1) * 10_000));
        }
        earlier.put_in_order();
        assert_eq!(earlier.len(), 200_000);
        assert!(
            earlier.bytes() < 200_000 * 12 + 10_000,
            "{}",
            earlier.bytes()
        );
    }
}
