//! What the policy answers for: purposes, and what they go with.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::difference::{At, Found, NOT_WRITTEN};
use super::said::Said;
use crate::action::Order;
use crate::language::report;
use crate::policy::check::accountability::{Purposes, Recipient};

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
    let days = |said: &Purposes| -> BTreeMap<String, _> {
        let all = said.compatible.iter().map(|c| (&c.purpose.value, c.until));
        let mut days = BTreeMap::new();
        for (purpose, until) in all {
            let last = days.entry(purpose.clone()).or_insert(until);
            *last = until.max(*last);
        }
        days
    };
    let (before, now) = (days(before), days(now));
    let text = |purpose: &str, until: &Date| report::shown(&format!("{purpose} until {until}"));
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

/// Who gets data, and where.
pub fn recipients(was: &Said, is: &Said, found: &mut Found) {
    let (before, now) = match (&was.policy.recipients, &is.policy.recipients) {
        (None, None) => return,
        (Some(_), None) => {
            let why = "nothing asks where recipients are, and by what data may go there";
            let at = At::policy("recipients");
            return found.add(Order::Weaker, at, "written", NOT_WRITTEN, why);
        }
        (None, Some(_)) => {
            let why = "where recipients are, and by what data may go there, is asked";
            let at = At::policy("recipients");
            return found.add(Order::Stronger, at, NOT_WRITTEN, "written", why);
        }
        (Some(before), Some(now)) => (before, now),
    };
    // What nobody gets is nobody's yet: an output that names it is a difference of its own.
    for new in &now.all {
        let mut all = before.all.iter();
        let Some(old) = all.find(|r| r.alias.value == new.alias.value) else {
            continue;
        };
        let at = |word: &str| At::policy(&format!("recipients.{}.{word}", new.alias.value));
        let mut differs = |word: &str, a: Option<String>, b: Option<String>, why: &str| {
            if a != b {
                let shown = |text: Option<String>| match text {
                    Some(text) => report::shown(&text),
                    None => NOT_WRITTEN.to_owned(),
                };
                found.add(Order::Unknown, at(word), shown(a), shown(b), why);
            }
        };
        let of = |r: &Recipient| (r.name.clone(), r.country.value.to_string());
        let ((name, country), (name_now, country_now)) = (of(old), of(new));
        differs("name", Some(name), Some(name_now), "somebody else gets it");
        let why = "it is read in another country";
        differs("country", Some(country), Some(country_now), why);
        let (a, b) = (Some(old.role.to_owned()), Some(new.role.to_owned()));
        differs(
            "role",
            a,
            b,
            "it decides otherwise what becomes of the data",
        );
        let mechanism = |r: &Recipient| Some(r.mechanism.as_ref()?.value.word().to_owned());
        let why = "the ground on which data goes there is another one";
        differs("mechanism", mechanism(old), mechanism(new), why);
        let vendor = |r: &Recipient| Some(r.tcf_vendor?.to_string());
        let why = "the consent of another vendor is asked for";
        differs("tcf_vendor", vendor(old), vendor(new), why);
        let until = |r: &Recipient| r.contract_until.as_ref().map(|day| day.value);
        let (a, b) = (until(old), until(new));
        let (order, why) = match (a, b) {
            (Some(a), Some(b)) if b < a => (Order::Stronger, "the contract ends earlier"),
            (None, Some(_)) => (
                Order::Stronger,
                "it gets data only as long as its contract lasts",
            ),
            (a, b) if a == b => (Order::Same, ""),
            _ => (Order::Weaker, "it gets data for longer"),
        };
        let text =
            |day: Option<Date>| day.map_or_else(|| NOT_WRITTEN.to_owned(), |day| day.to_string());
        found.add(order, at("contract_until"), text(a), text(b), why);
    }
}
