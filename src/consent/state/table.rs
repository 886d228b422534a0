//! Who has which profile: one table in memory, of which every version stays as it was.
//!
//! People are spread over 128 × 128 shards by the first bits of their names. A shard, and
//! the row of 128 that it stands in, is copied when somebody in it changes after the
//! version before was published; everything else is shared between versions.

mod image;
mod shard;
mod slot;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::decision::{Decision, Key, Value};
use super::narrowings::Narrowed;
use super::profile::{Full, Interned, Profiles, Week};
use super::standing::{Mark, Standing};
use super::visible::Visible;

use crate::record::SubjectId;
pub use image::NoImage;
use shard::Shard;
use slot::{Name, ROWS};

/// One version of what is known. Does not change.
#[derive(Clone)]
pub struct Snapshot {
    rows: Vec<Arc<[Shard]>>,
    profiles: Profiles,
    version: u64,
    current: bool,
    /// Of which table: a profile has its number there.
    table: u64,
}

/// The number of the next table.
static TABLES: AtomicU64 = AtomicU64::new(0);

impl Default for Snapshot {
    fn default() -> Self {
        // One for all of them, until somebody is put in.
        let row: Arc<[Shard]> = (0..ROWS).map(|_| Shard::default()).collect();
        Snapshot {
            rows: (0..ROWS).map(|_| Arc::clone(&row)).collect(),
            profiles: Profiles::default(),
            version: 0,
            current: true,
            table: TABLES.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl Snapshot {
    /// Where nothing can be known: nobody has spoken, and that is not current.
    pub fn unknown() -> Snapshot {
        Snapshot {
            current: false,
            ..Snapshot::default()
        }
    }

    /// Of which table it is: two that agree in this give a profile one meaning.
    pub(super) fn table(&self) -> u64 {
        self.table
    }

    /// How that person stands.
    pub fn of(&self, who: SubjectId) -> Standing {
        let name = Name::of(who);
        let (row, place) = name.shard();
        let profile = self.rows[row][place].profile(name);
        Standing {
            profile,
            mark: self.profiles.of(profile).mark,
        }
    }

    /// The categories that a profile grants and those that it denies at that time,
    /// milliseconds since 1970, as bits by their place in `categories`; at most 64 are
    /// looked at. A grant that has ended is silent.
    pub fn bits(&self, profile: u32, categories: &[String], now_ms: i64) -> (u64, u64) {
        self.profiles.bits(profile, categories, now_ms)
    }

    /// The categories in which a profile denies what it granted before, as
    /// [`Snapshot::bits`] says them.
    pub fn withdrawn(&self, profile: u32, categories: &[String]) -> u64 {
        self.profiles.withdrawn(profile, categories)
    }

    /// Which version it is; a later one is higher.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// False when it is not known to be what the topic says by now.
    pub fn is_current(&self) -> bool {
        self.current
    }
}

/// What a record of the topic came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nobody knows whose it was.
    BadKey,
    /// It says something of a person.
    Said {
        /// What it says.
        is: Is,
        /// It takes something away that held before.
        narrows: bool,
    },
}

/// What a record says of a person in one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// It is granted.
    Granted,
    /// It is denied.
    Denied,
    /// The person is silent again.
    Silent,
    /// It cannot be read: it is denied.
    Unreadable,
}

impl Is {
    /// Every one.
    pub const ALL: [Is; 4] = [Is::Granted, Is::Denied, Is::Silent, Is::Unreadable];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Is::Granted => "granted",
            Is::Denied => "denied",
            Is::Silent => "silent",
            Is::Unreadable => "unreadable",
        }
    }
}

/// What one writer changes, and publishes version by version.
#[derive(Default)]
pub struct Table {
    now: Snapshot,
    known: Interned,
    visible: Arc<Visible>,
    /// Who became narrower since the version before.
    narrowed: Narrowed,
    /// When that was withdrawn which the next version shows.
    withdrawn: Vec<i64>,
    /// When that was withdrawn which is visible, and nothing under way any more.
    done: Vec<i64>,
    people: u64,
    /// The week that narrowings are judged in.
    week: Option<Week>,
    bad_values: u64,
    bad_keys: u64,
}

impl Table {
    /// Takes over a record of the consent topic, in the order of the topic. A grant without
    /// an end of its own ends `expires_ms` after it was given, or after `known_ms`, at which
    /// the record was there, where it names a later time.
    ///
    /// # Errors
    /// When there are too many different profiles or categories.
    pub fn apply(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        expires_ms: Option<i64>,
        known_ms: i64,
    ) -> Result<Applied, Full> {
        let Some(Key { who, category }) = Key::read(key) else {
            self.bad_keys += 1;
            return Ok(Applied::BadKey);
        };
        let (decision, is) = match Value::read_known(value, expires_ms, known_ms) {
            Value::Silent => (None, Is::Silent),
            Value::Decided(decision) => match decision {
                Decision::Denied | Decision::Withdrawn => (Some(decision), Is::Denied),
                Decision::Granted { .. } => (Some(decision), Is::Granted),
            },
            Value::Unreadable => {
                self.bad_values += 1;
                (Some(Decision::Denied), Is::Unreadable)
            }
        };
        let narrows = self.decide(who, category, decision)?;
        Ok(Applied::Said { is, narrows })
    }

    /// A person decided in a category; `None`: is silent there again. True when something
    /// that held before holds no longer.
    ///
    /// # Errors
    /// As [`Table::apply`].
    pub fn decide(
        &mut self,
        who: SubjectId,
        category: &str,
        decision: Option<Decision>,
    ) -> Result<bool, Full> {
        let category = self.now.profiles.category(category)?;
        let before = self.now.of(who).profile;
        let after = self.now.profiles.of(before).with(category, decision);
        self.change(who, before, after)
    }

    /// Sets, or takes away, a mark on a person. True as for [`Table::decide`].
    ///
    /// # Errors
    /// As [`Table::apply`].
    pub fn mark(&mut self, who: SubjectId, mark: Option<Mark>) -> Result<bool, Full> {
        let before = self.now.of(who).profile;
        let mut after = self.now.profiles.of(before).clone();
        after.mark = mark;
        self.change(who, before, after)
    }

    fn change(
        &mut self,
        who: SubjectId,
        before: u32,
        after: super::profile::Profile,
    ) -> Result<bool, Full> {
        let now = &mut self.now;
        let number = now.profiles.number(after, &mut self.known)?;
        if number == before {
            return Ok(false);
        }
        let week = self.week.unwrap_or(Week::of(0));
        let (was, is) = (now.profiles.of(before), now.profiles.of(number));
        let narrows = was.is_narrowed_by(is, week);
        if narrows {
            self.narrowed.push(who);
        }
        let name = Name::of(who);
        let (row, place) = name.shard();
        let row = Arc::make_mut(&mut now.rows[row]);
        row[place].put(name, number);
        self.known.moved(before, number);
        self.people += u64::from(before == 0);
        self.people -= u64::from(number == 0);
        Ok(narrows)
    }

    /// Forgets all that it knows, which becomes visible with the next version: everybody
    /// is decided anew then. Versions go on.
    pub fn start_over(&mut self) {
        let Table { now, visible, .. } = std::mem::take(self);
        self.now.version = now.version;
        self.now.current = now.current;
        self.visible = visible;
        self.narrowed.push_all();
    }

    /// Goes on with what another table knows, which nobody has seen yet, in place of what
    /// this one does.
    pub fn take_over(&mut self, other: Table) {
        self.start_over();
        self.now.rows = other.now.rows;
        self.now.profiles = other.now.profiles;
        self.known = other.known;
        self.people = other.people;
    }

    /// The version with everything that was taken over; `now_ms` is what time it is,
    /// milliseconds since 1970. In another week than the version before, grants may have
    /// ended: a narrowing of everybody.
    pub fn publish(&mut self, now_ms: i64) -> Arc<Snapshot> {
        self.now.version += 1;
        let week = Week::of(now_ms);
        if self.week.is_some_and(|before| before != week) {
            self.narrowed.push_all();
        }
        self.week = Some(week);
        let version = Arc::new(self.now.clone());
        let narrowed = std::mem::take(&mut self.narrowed);
        let withdrawn = std::mem::take(&mut self.withdrawn);
        let shown = Arc::clone(&version);
        let done = self.visible.show(shown, narrowed, withdrawn, now_ms);
        self.done.extend(done);
        version
    }

    /// Says from the next version on whether it is known to be current. Where it no longer
    /// is, everybody is decided anew.
    pub fn set_current(&mut self, current: bool) {
        if self.now.current && !current {
            self.narrowed.push_all();
        }
        self.now.current = current;
    }

    /// Consent was withdrawn at that time, milliseconds since 1970, which the next version
    /// shows.
    pub fn withdrawn(&mut self, at_ms: i64) {
        self.withdrawn.push(at_ms);
    }

    /// When those were withdrawn that became visible while nothing was under way.
    pub fn take_done(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.done)
    }

    /// Where its versions become visible.
    pub fn visible(&self) -> Arc<Visible> {
        Arc::clone(&self.visible)
    }

    /// How many people something is known of.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// How many people a category is granted by, and denied by, at that time.
    pub fn standing(&self, category: &str, now_ms: i64) -> (u64, u64) {
        let categories = [category.to_owned()];
        let profiles = 1..=self.now.profiles.count();
        profiles.fold((0, 0), |(granted, denied), profile| {
            let bits = self.now.profiles.bits(profile, &categories, now_ms);
            let members = self.known.members(profile);
            (granted + members * bits.0, denied + members * bits.1)
        })
    }

    /// Memory that the people take, in bytes; that of the profiles is left out.
    pub fn bytes(&self) -> u64 {
        let rows = self.now.rows.iter();
        let shards = rows.flat_map(|row| row.iter());
        shards.map(|shard| shard.bytes() as u64).sum()
    }

    /// How many people have that profile.
    pub fn members(&self, profile: u32) -> u64 {
        self.known.members(profile)
    }

    /// Records that could not be read since the beginning: values, which were taken for
    /// denials, and keys, of which nobody knows whose they were.
    pub fn bad_records(&self) -> (u64, u64) {
        (self.bad_values, self.bad_keys)
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
