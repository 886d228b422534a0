//! What of a value its action lets out, in an order: so that a policy can be
//! held against the one before it, and nobody asks an action for its words.

use std::collections::BTreeSet;

use super::passing::{Kinds, Passing};
use crate::crypto::epoch::EpochLength;
use crate::crypto::plaintext::Pad;
use crate::record::decimal::Decimal;

/// How much of a value somebody who reads the output has, by kind. Only some
/// kinds can be put in an order: see [`Degree::order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    /// Nothing leaves.
    Nothing,
    /// A constant: that the field was there.
    Presence,
    /// Whether it is `null`.
    Nullness,
    /// Nothing without the key; two of one value cannot be told from two of
    /// different ones.
    Sealed,
    /// A word of a list; equal values have equal ones, and so have many that differ.
    StandIn,
    /// Which values are equal; nobody can go back.
    Code,
    /// Which values are equal; somebody with the key can go back.
    ReversibleCode,
    /// A part of the value, or a coarser one.
    Portion,
    /// An answer that the value makes likely, and no more than that.
    Noised,
    /// The value, when it is one of those that the policy foresees.
    Foreseen,
    /// The value.
    Everything,
}

/// What an action with its parameters lets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveals {
    /// Of what kind.
    pub degree: Degree,
    /// How it is set; every parameter on which it depends what leaves.
    pub dials: Vec<Dial>,
    /// Of which values.
    pub passing: Passing,
}

/// One parameter and how it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// By which it is known again.
    pub word: &'static str,
    /// The words that the policy spells it with, when they are others: of
    /// [`Setting::Stay`] one for each part.
    pub spelled: &'static [&'static str],
    /// To what.
    pub at: Setting,
}

/// How a parameter is set, by what a change of it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// More lets out more; `None`: nothing.
    Amount(Option<u64>),
    /// What is above is cut; a higher cap lets out more, none the most.
    Cap(Option<Decimal>),
    /// What is below is cut; a lower floor lets out more, none the most.
    Floor(Option<Decimal>),
    /// So many characters at each end stay, and these wherever they stand. A text
    /// that is not longer, or of these alone, is hidden whole: so fewer show more
    /// of such a one.
    Stay(usize, usize, BTreeSet<String>),
    /// Less protects less.
    Strength(u64),
    /// The width of intervals, `unit` of 10^-`scale`; one that another is a
    /// multiple of lets out more, none the most.
    Step(Option<(u128, u32)>),
    /// The same of intervals around the multiples: only those of an odd multiple
    /// are made of whole others.
    Nearest(Option<(u128, u32)>),
    /// For how long a code stays the same; longer lets out more, for ever the most.
    Epoch(Option<EpochLength>),
    /// Up to which length what is sealed is filled.
    Padding(Pad),
    /// Steps of time.
    Time(Grain),
    /// More of them lets out more; `None`: everything.
    Only(Option<BTreeSet<String>>),
    /// More of them lets out more.
    Also(BTreeSet<String>),
    /// Two cannot be compared; none lets out the most.
    Limit(Option<String>),
    /// On lets out more.
    Switch(bool),
    /// Two cannot be compared.
    Choice(String),
}

/// What is left of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Grain {
    Seconds(i64),
    HourOfDay,
    MonthOfYear,
    DayOfMonth,
    WeekOfYear,
    Weekday,
    Week,
    Month,
    Quarter,
    Year,
}

/// How what is stands to what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It lets out the same.
    Same,
    /// It lets out less.
    Stronger,
    /// It lets out more.
    Weaker,
    /// Neither can be shown.
    Unknown,
}

impl Order {
    /// Of two things together.
    pub fn and(self, other: Order) -> Order {
        match (self, other) {
            (Order::Same, o) | (o, Order::Same) => o,
            (a, b) if a == b => a,
            _ => Order::Unknown,
        }
    }

    /// Seen from the other side.
    pub fn reversed(self) -> Order {
        match self {
            Order::Stronger => Order::Weaker,
            Order::Weaker => Order::Stronger,
            other => other,
        }
    }

    /// Of a quantity of which more lets out more.
    pub fn of<T: Ord>(was: T, is: T) -> Order {
        match is.cmp(&was) {
            std::cmp::Ordering::Less => Order::Stronger,
            std::cmp::Ordering::Equal => Order::Same,
            std::cmp::Ordering::Greater => Order::Weaker,
        }
    }

    /// Of sets of which a larger one lets out more.
    pub fn of_sets<T: Ord>(was: &BTreeSet<T>, is: &BTreeSet<T>) -> Order {
        match (is.is_subset(was), was.is_subset(is)) {
            (true, true) => Order::Same,
            (true, false) => Order::Stronger,
            (false, true) => Order::Weaker,
            (false, false) => Order::Unknown,
        }
    }
}

impl Reveals {
    /// That kind, with no parameter on which it depends what leaves.
    pub fn of(degree: Degree) -> Reveals {
        Reveals {
            degree,
            dials: Vec::new(),
            passing: Passing::UNKNOWN,
        }
    }

    /// The same of those values.
    #[must_use]
    pub fn of_values(mut self, passing: Passing) -> Reveals {
        self.passing = passing;
        self
    }

    /// The same with a parameter more.
    #[must_use]
    pub fn with(mut self, word: &'static str, at: Setting) -> Reveals {
        self.dials.push(Dial::new(word, at));
        self
    }

    /// The same with a parameter more, which the policy spells with those words.
    #[must_use]
    pub fn spelled(mut self, spelled: &'static [&'static str], at: Setting) -> Reveals {
        let dial = Dial::new(spelled[0], at);
        self.dials.push(Dial { spelled, ..dial });
        self
    }

    /// How `self` stands to what was before it, and each parameter that is not
    /// as it was, in the policies' own words. `same_action`: both are of one action.
    pub fn order(&self, was: &Reveals, same_action: bool) -> (Order, Vec<(String, Order)>) {
        if !same_action {
            return (self.beside_another(was), Vec::new());
        }
        let mut seen: Vec<&'static str> = Vec::new();
        let mut changed: Vec<(String, Order)> = Vec::new();
        for word in self.words().chain(was.words()) {
            if seen.contains(&word) {
                continue;
            }
            seen.push(word);
            let (was, is) = (was.dial(word), self.dial(word));
            let order = match (was, is) {
                (Some(was), Some(is)) => is.at.order(&was.at),
                _ => Order::Unknown,
            };
            if order != Order::Same {
                changed.push((said(was, is), order));
            }
        }
        let all = changed.iter().map(|(_, order)| *order);
        (all.fold(Order::Same, Order::and), changed)
    }

    /// An action that lets out less of a value may do so of more values.
    fn beside_another(&self, was: &Reveals) -> Order {
        let order = self.degree.order(was.degree);
        let of = match self.degree {
            Degree::Nothing => Kinds::Nothing,
            // Of an object in the place of a value, that there was one.
            Degree::Presence => Kinds::Flat,
            _ => self.passing.ever,
        };
        match order {
            Order::Same | Order::Stronger if of > was.passing.always => Order::Unknown,
            order => order,
        }
    }

    /// The words of its parameters.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.dials.iter().map(|d| d.word)
    }

    fn dial(&self, word: &str) -> Option<&Dial> {
        self.dials.iter().find(|d| d.word == word)
    }
}

impl Dial {
    /// A parameter with the one word that it has.
    pub fn new(word: &'static str, at: Setting) -> Dial {
        Dial {
            word,
            spelled: &[],
            at,
        }
    }

    fn words(&self) -> &[&'static str] {
        match self.spelled {
            [] => std::slice::from_ref(&self.word),
            spelled => spelled,
        }
    }
}

/// What changed of a parameter, as the policies spell it.
fn said(was: Option<&Dial>, is: Option<&Dial>) -> String {
    let quoted = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
        words.join(" and ")
    };
    let (was, is) = match (was, is) {
        (Some(was), Some(is)) => (was, is),
        (one, other) => {
            return one
                .or(other)
                .map_or_else(String::new, |d| quoted(d.words()));
        }
    };
    if let (Setting::Stay(a, b, skip), Setting::Stay(c, d, skips)) = (&was.at, &is.at) {
        let parts = is.words().iter().zip([a != c, b != d, skip != skips]);
        let changed: Vec<&str> = parts
            .filter(|(_, changed)| *changed)
            .map(|(w, _)| *w)
            .collect();
        return quoted(&changed);
    }
    match was.words() == is.words() {
        true => quoted(is.words()),
        false => format!("{} instead of {}", quoted(is.words()), quoted(was.words())),
    }
}

impl Degree {
    /// True when nothing that is in a value leaves: at most that there is one.
    pub const fn tells_nothing(self) -> bool {
        matches!(self, Degree::Nothing | Degree::Presence | Degree::Nullness)
    }

    /// In words, as what leaves.
    pub const fn says(self) -> &'static str {
        match self {
            Degree::Nothing => "nothing",
            Degree::Presence => "a constant",
            Degree::Nullness => "whether it is null",
            Degree::Sealed => "a sealed value",
            Degree::StandIn => "a word of a list in the place of the value",
            Degree::Code => "a code that nobody turns back",
            Degree::ReversibleCode => "a code that the key turns back",
            Degree::Portion => "a part of the value",
            Degree::Noised => "the value under noise",
            Degree::Foreseen => "the value if it is one foreseen",
            Degree::Everything => "the value itself",
        }
    }

    /// How an action of this kind stands to another action of kind `was`, of a value
    /// that both take.
    pub fn order(self, was: Degree) -> Order {
        use Degree::{
            Code, Everything, Foreseen, Nothing, Nullness, Presence, ReversibleCode, Sealed,
        };
        let lets_out_less = |less: Degree, more: Degree| match (less, more) {
            (a, b) if a == b => false,
            (Nothing, _) | (_, Everything) => true,
            (_, Nothing) | (Everything, _) => false,
            (Presence, _) => true,
            (_, Presence) => false,
            (Nullness, _) => true,
            (_, Nullness) => false,
            (Sealed | Code | ReversibleCode, Foreseen) => true,
            (Sealed | Code, ReversibleCode) => true,
            _ => false,
        };
        match (self, was) {
            (Nothing, Nothing)
            | (Presence, Presence)
            | (Nullness, Nullness)
            | (Everything, Everything) => Order::Same,
            // Another key, another domain: what it joins with is not known.
            (Code, ReversibleCode) => Order::Unknown,
            (is, was) if lets_out_less(is, was) => Order::Stronger,
            (is, was) if lets_out_less(was, is) => Order::Weaker,
            _ => Order::Unknown,
        }
    }
}

impl Setting {
    fn order(&self, was: &Setting) -> Order {
        use Setting::{
            Also, Amount, Cap, Choice, Epoch, Floor, Limit, Nearest, Only, Padding, Stay, Step,
            Strength, Switch, Time,
        };
        match (was, self) {
            (was, is) if was == is => Order::Same,
            (Amount(was), Amount(is)) => Order::of(was, is),
            (Cap(was), Cap(is)) => limited(was, is, |was, is| Order::of(was, is)),
            (Floor(was), Floor(is)) => limited(was, is, |was, is| Order::of(was, is).reversed()),
            (Stay(..), Stay(0, 0, left)) if left.is_empty() => Order::Stronger,
            (Stay(a, b, was), Stay(c, d, is)) if c >= a && d >= b && was.is_subset(is) => {
                Order::Weaker
            }
            (Strength(was), Strength(is)) => Order::of(was, is).reversed(),
            (Step(was), Step(is)) => limited(was, is, |was, is| steps(*was, *is, |_| true)),
            (Nearest(was), Nearest(is)) => {
                limited(was, is, |was, is| steps(*was, *is, |times| times % 2 == 1))
            }
            (Epoch(was), Epoch(is)) => limited(was, is, |was, is| {
                match (is.lies_within(*was), was.lies_within(*is)) {
                    (true, _) => Order::Stronger,
                    (_, true) => Order::Weaker,
                    _ => Order::Unknown,
                }
            }),
            (Padding(was), Padding(is)) => paddings(*was, *is),
            (Time(was), Time(is)) => is.order(*was),
            (Only(was), Only(is)) => limited(was, is, Order::of_sets),
            (Also(was), Also(is)) => Order::of_sets(was, is),
            (Limit(was), Limit(is)) => limited(was, is, |_, _| Order::Unknown),
            (Switch(was), Switch(is)) => Order::of(was, is),
            (Choice(_), Choice(_)) => Order::Unknown,
            _ => Order::Unknown,
        }
    }
}

/// Of a limit, whose absence lets out the most.
fn limited<T: PartialEq>(
    was: &Option<T>,
    is: &Option<T>,
    both: impl FnOnce(&T, &T) -> Order,
) -> Order {
    match (was, is) {
        (None, None) => Order::Same,
        (None, Some(_)) => Order::Stronger,
        (Some(_), None) => Order::Weaker,
        (Some(was), Some(is)) if was == is => Order::Same,
        (Some(was), Some(is)) => both(was, is),
    }
}

/// Of intervals of two widths, of which the wider ones are made of whole narrower
/// ones where they are so many `times` as wide.
fn steps(
    (was, was_scale): (u128, u32),
    (is, is_scale): (u128, u32),
    of_whole: impl Fn(u128) -> bool,
) -> Order {
    let scale = was_scale.max(is_scale);
    let at_scale = |n: u128, of: u32| {
        let more = 10_u128.checked_pow(scale - of)?;
        n.checked_mul(more)
    };
    match (at_scale(was, was_scale), at_scale(is, is_scale)) {
        (Some(was), Some(is)) if was == is => Order::Same,
        (Some(was), Some(is)) => multiples(was, is, of_whole),
        _ => Order::Unknown,
    }
}

/// Of two ways to fill up, of which the coarser one is made of whole steps of the
/// finer one.
fn paddings(was: Pad, is: Pad) -> Order {
    match (was, is) {
        (Pad::None, _) => Order::Stronger,
        (_, Pad::None) => Order::Weaker,
        (Pad::To(was), Pad::To(is)) => multiples(was.into(), is.into(), |_| true),
        (Pad::To(was), Pad::Auto) if 64 % was == 0 => Order::Stronger,
        (Pad::To(was), Pad::Auto) if was % 4096 == 0 => Order::Weaker,
        (Pad::Auto, Pad::To(_)) => paddings(is, was).reversed(),
        _ => Order::Unknown,
    }
}

fn multiples(was: u128, is: u128, of_whole: impl Fn(u128) -> bool) -> Order {
    match (was, is) {
        (0, _) | (_, 0) => Order::Unknown,
        (was, is) if is % was == 0 && of_whole(is / was) => Order::Stronger,
        (was, is) if was % is == 0 && of_whole(was / is) => Order::Weaker,
        _ => Order::Unknown,
    }
}

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3_600;

impl Grain {
    fn order(self, was: Grain) -> Order {
        use Grain::Seconds;
        match (was, self) {
            (was, is) if was == is => Order::Same,
            (Seconds(was), Seconds(is)) => multiples(
                u128::try_from(was).unwrap_or(0),
                u128::try_from(is).unwrap_or(0),
                |_| true,
            ),
            (was, is) if is.follows_from(was) => Order::Stronger,
            (was, is) if was.follows_from(is) => Order::Weaker,
            _ => Order::Unknown,
        }
    }

    /// Whoever has `finer` can compute it.
    fn follows_from(self, finer: Grain) -> bool {
        use Grain::{HourOfDay, Month, MonthOfYear, Quarter, Seconds, Week, WeekOfYear, Year};
        match (finer, self) {
            (Seconds(_), Seconds(_)) => false,
            (Seconds(s), HourOfDay) => s > 0 && HOUR_S % s == 0,
            (Seconds(s), _) => s > 0 && DAY_S % s == 0,
            (Month, Quarter | Year | MonthOfYear) | (Quarter, Year) | (Week, WeekOfYear) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
#[path = "reveals_tests.rs"]
mod tests;
