//! What the policy answers for: purposes, and what they go with.

use std::collections::BTreeMap;

use super::difference::{At, Found, NOT_WRITTEN};
use super::said::Said;
use crate::action::Order;
use crate::language::report;

/// What the data was collected for, and what is compatible with that.
pub fn purposes(was: &Said, is: &Said, found: &mut Found) {
    let (before, now) = match (&was.policy.purposes, &is.policy.purposes) {
        (None, None) => return,
        (Some(_), None) => {
            let why = "nothing holds what outputs are for against what the data was collected for";
            let at = At::policy("purposes");
            return found.add(Order::Weaker, at, "written", NOT_WRITTEN, why);
        }
        (None, Some(_)) => {
            let why = "what outputs are for is held against what the data was collected for";
            let at = At::policy("purposes");
            return found.add(Order::Stronger, at, NOT_WRITTEN, "written", why);
        }
        (Some(before), Some(now)) => (before, now),
    };
    let at = || At::policy("purposes.collected_for");
    for one in &now.collected_for {
        if before.collected(&one.value).is_none() {
            let why = "the data may be used for more";
            found.add(Order::Weaker, at(), NOT_WRITTEN, &one.value, why);
        }
    }
    for one in &before.collected_for {
        if now.collected(&one.value).is_none() {
            let why = "the data may be used for less";
            found.add(Order::Stronger, at(), &one.value, NOT_WRITTEN, why);
        }
    }
    let at = || At::policy("purposes.compatible");
    let days = |said: &super::super::check::accountability::Purposes| -> BTreeMap<String, _> {
        let all = said.compatible.iter().map(|c| (&c.purpose.value, c.until));
        let mut days = BTreeMap::new();
        for (purpose, until) in all {
            let last = days.entry(purpose.clone()).or_insert(until);
            *last = until.max(*last);
        }
        days
    };
    let (before, now) = (days(before), days(now));
    let text = |purpose: &str, until: &jiff::civil::Date| {
        report::shown(&format!("{purpose} until {until}"))
    };
    for (purpose, until) in &now {
        let old = before.get(purpose);
        if old.is_none_or(|old| old < until) {
            let was = old.map_or_else(|| NOT_WRITTEN.to_owned(), |old| text(purpose, old));
            let why = "taken as compatible although it was not, or longer";
            found.add(Order::Weaker, at(), was, text(purpose, until), why);
        }
    }
    for (purpose, until) in &before {
        let new = now.get(purpose);
        if new.is_none_or(|new| new < until) {
            let is = new.map_or_else(|| NOT_WRITTEN.to_owned(), |new| text(purpose, new));
            let why = "taken as compatible no more, or shorter";
            found.add(Order::Stronger, at(), text(purpose, until), is, why);
        }
    }
}
