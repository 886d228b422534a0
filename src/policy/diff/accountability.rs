//! What the policy answers for: purposes, and what they go with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::difference::{At, Found, NOT_WRITTEN};
use super::outputs::{HELD_BACK_FROM_ALL, holds_back_from_all};
use super::said::Said;
use crate::action::Order;
use crate::language::report;
use crate::policy::check::accountability::{Minors, Purposes, Recipient, Region, Sensitive};

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

/// Why data of special categories may leave.
pub fn sensitive(was: &Said, is: &Said, found: &mut Found) {
    let at = || At::policy("sensitive");
    let (before, now) = match (&was.policy.sensitive, &is.policy.sensitive) {
        (None, None) => return,
        (Some(_), None) => {
            let why = "nothing asks why data of special categories leaves";
            return found.add(Order::Weaker, at(), "written", NOT_WRITTEN, why);
        }
        (None, Some(_)) => {
            let why = "what leaves of special categories needs its reason";
            return found.add(Order::Stronger, at(), NOT_WRITTEN, "written", why);
        }
        (Some(before), Some(now)) => (before, now),
    };
    let says = |entry: &Sensitive| {
        let condition = entry.condition.map(|c| format!(", {}", c.says()));
        let category = entry.category.as_ref().map(|c| format!(", {}", c.value));
        let text = [Some(entry.class.value.clone()), condition, category];
        report::shown(&text.into_iter().flatten().collect::<String>())
    };
    let texts = |all: &[Sensitive]| all.iter().map(says).collect::<BTreeSet<String>>();
    let (before, now) = (texts(before), texts(now));
    for entry in now.difference(&before) {
        let why = "data of that class may leave, for a reason that was none";
        found.add(Order::Weaker, at(), NOT_WRITTEN, entry, why);
    }
    for entry in before.difference(&now) {
        let why = "that is no reason any more";
        found.add(Order::Stronger, at(), entry, NOT_WRITTEN, why);
    }
}

/// Where people are, and who counts as a child.
pub fn people(was: &Said, is: &Said, found: &mut Found) {
    let asks = |said: &Said| said.policy.outputs.iter().any(|o| !o.regions.is_empty());
    if let (Some(a), Some(b), true) = (
        &was.policy.regions,
        &is.policy.regions,
        asks(was) && asks(is),
    ) {
        let mut differs = |word: &str, a: String, b: String, why: &str| {
            if a != b {
                let (a, b) = (report::shown(&a), report::shown(&b));
                found.add(
                    Order::Unknown,
                    At::policy(&format!("regions.{word}")),
                    a,
                    b,
                    why,
                );
            }
        };
        let why = "where people are is read elsewhere";
        differs(
            "from",
            a.from.value.to_string(),
            b.from.value.to_string(),
            why,
        );
        let why = "who says no country is taken for somebody of another region";
        differs(
            "unknown",
            a.unknown.value.clone(),
            b.unknown.value.clone(),
            why,
        );
        for region in &b.list {
            let old = a.list.iter().find(|r| r.name.value == region.name.value);
            let Some(old) = old else { continue };
            let codes = |r: &Region| {
                let codes = r.countries.iter().map(ToString::to_string);
                codes.collect::<Vec<_>>().join(" ")
            };
            let word = format!("names.{}", region.name.value);
            differs(
                &word,
                codes(old),
                codes(region),
                "the region has other countries",
            );
        }
    }
    let (before, now) = (&was.policy.minors, &is.policy.minors);
    let text = |minors: &Option<Minors>| {
        minors.as_ref().map_or_else(
            || NOT_WRITTEN.to_owned(),
            |m| report::shown(&format!("under {} by {}", m.under, m.from.value)),
        )
    };
    let holds_back = was.policy.outputs.iter().any(holds_back_from_all);
    let (order, why) = match (before, now) {
        (None, None) => (Order::Same, ""),
        (Some(_), None) => (Order::Weaker, "records of children leave"),
        (None, Some(_)) if holds_back => (Order::Unknown, HELD_BACK_FROM_ALL),
        (None, Some(_)) => (Order::Stronger, "records of children stay behind"),
        (Some(a), Some(b)) if a.from.value != b.from.value => {
            (Order::Unknown, "how old people are is read elsewhere")
        }
        (Some(a), Some(b)) => match a.under.cmp(&b.under) {
            std::cmp::Ordering::Equal => (Order::Same, ""),
            std::cmp::Ordering::Less => (Order::Stronger, "more count as children"),
            std::cmp::Ordering::Greater => (Order::Weaker, "fewer count as children"),
        },
    };
    found.add(order, At::policy("minors"), text(before), text(now), why);
}
