//! Profiles: all that a person decided, once for all who decided the same.
//!
//! Most people decide once for every category, so that there are far fewer profiles than
//! people. For that the end of a grant is cut down to its week: with days there would be
//! one for nearly everybody.

use std::collections::HashMap;
use std::sync::Arc;

use std::io::{self, Read};

use super::decision::Decision;
use super::standing::Mark;

/// Most different profiles.
pub const PROFILES_MAX: usize = 1 << 24;
/// Most categories that are told apart.
const CATEGORIES_MAX: usize = u16::MAX as usize;
/// Profiles of one part that is copied when one is added.
const PART: usize = 1 << 10;

/// There are too many different profiles, or categories, to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {PROFILES_MAX} different combinations of decisions, or {CATEGORIES_MAX} categories"
)]
pub struct Full;

/// A week, from Monday in UTC, counted from the one that 1970 began in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Week(i32);

impl Week {
    /// A grant that does not end by itself.
    const NEVER: Week = Week(i32::MAX);

    /// The week that a time lies in, in milliseconds since 1970.
    pub(super) fn of(ms: i64) -> Week {
        // 1 January 1970 was a Thursday.
        let weeks = ms.saturating_add(3 * 86_400_000).div_euclid(7 * 86_400_000);
        Week(i32::try_from(weeks).unwrap_or(if weeks < 0 { i32::MIN } else { i32::MAX - 1 }))
    }
}

/// What a person decided in one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Said {
    Denied,
    /// Denied, and that ended a grant.
    Withdrawn,
    /// Until that week begins.
    Granted(Week),
}

/// All that a person decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    /// By category, in order of their numbers.
    said: Vec<(u16, Said)>,
    pub(super) mark: Option<Mark>,
}

impl Profile {
    /// Nothing is known of the person.
    pub(super) fn is_silent(&self) -> bool {
        self.said.is_empty() && self.mark.is_none()
    }

    /// The same with another decision in that category; `None`: silent.
    pub(super) fn with(&self, category: u16, decision: Option<Decision>) -> Profile {
        let mut profile = self.clone();
        let said = decision.map(|decision| match decision {
            Decision::Denied => Said::Denied,
            Decision::Withdrawn => Said::Withdrawn,
            Decision::Granted { until_ms } => Said::Granted(until_ms.map_or(Week::NEVER, Week::of)),
        });
        match (profile.said.binary_search_by_key(&category, |s| s.0), said) {
            (Ok(at), Some(said)) => profile.said[at].1 = said,
            (Ok(at), None) => {
                profile.said.remove(at);
            }
            (Err(at), Some(said)) => profile.said.insert(at, (category, said)),
            (Err(_), None) => {}
        }
        profile
    }

    /// What it grants and what it denies in that week, in the category of that number: a
    /// grant that has ended is silent.
    fn says(&self, category: u16, week: Week) -> Option<bool> {
        let at = self.said.binary_search_by_key(&category, |s| s.0).ok()?;
        match self.said[at].1 {
            Said::Denied | Said::Withdrawn => Some(false),
            Said::Granted(until) => (week < until).then_some(true),
        }
    }

    /// True when something is granted in this one, in that week, and not in the other;
    /// or the other has a mark more.
    pub(super) fn is_narrowed_by(&self, other: &Profile, week: Week) -> bool {
        let lost = |(category, _): &(u16, Said)| {
            self.says(*category, week) == Some(true) && other.says(*category, week) != Some(true)
        };
        let denied = |(category, _): &(u16, Said)| {
            other.says(*category, week) == Some(false) && self.says(*category, week) != Some(false)
        };
        self.said.iter().any(lost)
            || other.said.iter().any(denied)
            || other.mark.is_some() && other.mark != self.mark
    }
}

/// How the marks and decisions are spelled where a table is written down.
const NO_MARK: u8 = 0;
const ERASED: u8 = 1;
const RESTRICTED: u8 = 2;
const DENIED: u8 = 0;
const GRANTED: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Profile {
    /// Spells it behind `out`: how many decisions, each with its category, then the mark.
    pub(super) fn spell(&self, out: &mut Vec<u8>) {
        let count = u16::try_from(self.said.len()).expect("at most one for each category");
        out.extend(count.to_le_bytes());
        for (category, said) in &self.said {
            out.extend(category.to_le_bytes());
            match said {
                Said::Denied => out.push(DENIED),
                Said::Withdrawn => out.push(WITHDRAWN),
                Said::Granted(until) => {
                    out.push(GRANTED);
                    out.extend(until.0.to_le_bytes());
                }
            }
        }
        out.push(match self.mark {
            None => NO_MARK,
            Some(Mark::Erased) => ERASED,
            Some(Mark::Restricted) => RESTRICTED,
        });
    }

    /// Reads what [`Profile::spell`] wrote. Categories that nobody has given a number say
    /// nothing.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Profile> {
        let damaged = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut two = [0; 2];
        from.read_exact(&mut two)?;
        let mut said: Vec<(u16, Said)> = Vec::new();
        for _ in 0..u16::from_le_bytes(two) {
            from.read_exact(&mut two)?;
            let category = u16::from_le_bytes(two);
            if said.last().is_some_and(|(last, _)| *last >= category) {
                return Err(damaged());
            }
            let mut one = [0];
            from.read_exact(&mut one)?;
            said.push((
                category,
                match one[0] {
                    DENIED => Said::Denied,
                    WITHDRAWN => Said::Withdrawn,
                    GRANTED => {
                        let mut week = [0; 4];
                        from.read_exact(&mut week)?;
                        Said::Granted(Week(i32::from_le_bytes(week)))
                    }
                    _ => return Err(damaged()),
                },
            ));
        }
        let mut one = [0];
        from.read_exact(&mut one)?;
        let mark = match one[0] {
            NO_MARK => None,
            ERASED => Some(Mark::Erased),
            RESTRICTED => Some(Mark::Restricted),
            _ => return Err(damaged()),
        };
        Ok(Profile { said, mark })
    }
}

/// Every profile once, by its number; number 0 is the silent one.
#[derive(Clone)]
pub(super) struct Profiles {
    parts: Vec<Arc<Vec<Profile>>>,
    categories: Arc<HashMap<Arc<str>, u16>>,
}

/// What only who changes the profiles needs.
#[derive(Default)]
pub(super) struct Interned {
    numbers: HashMap<Profile, u32>,
    /// How many people have each.
    members: Vec<u64>,
}

impl Default for Profiles {
    fn default() -> Self {
        Profiles {
            parts: vec![Arc::new(vec![Profile::default()])],
            categories: Arc::default(),
        }
    }
}

impl Profiles {
    pub(super) fn of(&self, number: u32) -> &Profile {
        let at = number as usize;
        &self.parts[at / PART][at % PART]
    }

    /// How many there are besides the silent one: their numbers are 1 to that.
    pub(super) fn count(&self) -> u32 {
        let last = self.parts.last().map_or(0, |p| p.len());
        let all = self.parts.len().saturating_sub(1) * PART + last;
        u32::try_from(all.saturating_sub(1)).expect("at most 2^24")
    }

    /// The names of the categories, in the order of their numbers.
    pub(super) fn categories_in_order(&self) -> Vec<Arc<str>> {
        let mut all: Vec<(u16, Arc<str>)> = Vec::with_capacity(self.categories.len());
        all.extend(
            self.categories
                .iter()
                .map(|(name, n)| (*n, Arc::clone(name))),
        );
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, name)| name).collect()
    }

    /// The number of a category, given one if it has none.
    pub(super) fn category(&mut self, name: &str) -> Result<u16, Full> {
        if let Some(number) = self.categories.get(name) {
            return Ok(*number);
        }
        let number = u16::try_from(self.categories.len()).map_err(|_| Full)?;
        Arc::make_mut(&mut self.categories).insert(name.into(), number);
        Ok(number)
    }

    /// The categories that a profile grants and denies at that time, as bits by their
    /// place in `categories`.
    pub(super) fn bits(&self, profile: u32, categories: &[String], now_ms: i64) -> (u64, u64) {
        let (profile, week) = (self.of(profile), Week::of(now_ms));
        let (mut granted, mut denied) = (0, 0);
        for (bit, name) in categories.iter().enumerate().take(64) {
            let number = self.categories.get(&**name);
            match number.and_then(|number| profile.says(*number, week)) {
                Some(true) => granted |= 1 << bit,
                Some(false) => denied |= 1 << bit,
                None => {}
            }
        }
        (granted, denied)
    }

    /// The categories in which a profile ended a grant, as bits by their place in
    /// `categories`.
    pub(super) fn withdrawn(&self, profile: u32, categories: &[String]) -> u64 {
        let profile = self.of(profile);
        let mut withdrawn = 0;
        for (bit, name) in categories.iter().enumerate().take(64) {
            let number = self.categories.get(&**name);
            let is_it = |number: &u16| {
                let said = &profile.said;
                let at = said.binary_search_by_key(number, |s| s.0);
                at.is_ok_and(|at| said[at].1 == Said::Withdrawn)
            };
            withdrawn |= u64::from(number.is_some_and(is_it)) << bit;
        }
        withdrawn
    }

    /// The number of a profile, given one if it has none.
    pub(super) fn number(&mut self, profile: Profile, known: &mut Interned) -> Result<u32, Full> {
        if profile.is_silent() {
            return Ok(0);
        }
        if let Some(number) = known.numbers.get(&profile) {
            return Ok(*number);
        }
        let at = (self.parts.len() - 1) * PART + self.parts.last().map_or(0, |p| p.len());
        let number = u32::try_from(at).map_err(|_| Full)?;
        if at >= PROFILES_MAX {
            return Err(Full);
        }
        match self.parts.last_mut().filter(|last| last.len() < PART) {
            Some(last) => Arc::make_mut(last).push(profile.clone()),
            None => self.parts.push(Arc::new(vec![profile.clone()])),
        }
        known.numbers.insert(profile, number);
        Ok(number)
    }
}

impl Interned {
    /// A person has another profile.
    pub(super) fn moved(&mut self, from: u32, to: u32) {
        let (from, to) = (from as usize, to as usize);
        self.members.resize(self.members.len().max(to + 1), 0);
        if from != 0 {
            self.members[from] -= 1;
        }
        self.members[to] += 1;
    }

    /// How many people have that profile; of the silent one nobody is known.
    pub(super) fn members(&self, profile: u32) -> u64 {
        match profile {
            0 => 0,
            profile => self.members.get(profile as usize).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        let at = |text: &str| Week::of(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let monday = at("2026-03-02T00:00:00Z");
        assert_eq!(monday, at("2026-03-08T23:59:59.999Z"));
        assert!(at("2026-03-01T23:59:59.999Z") < monday && monday < at("2026-03-09T00:00:00Z"));
        assert_eq!(Week::of(0), Week(0));
        assert_eq!(Week::of(-4 * 86_400_000), Week(-1));
        assert!(Week::of(i64::MAX) < Week::NEVER && Week::of(i64::MIN) < Week(0));
    }
}
