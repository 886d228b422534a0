//! Where consent stands, and what is taken for it.

use std::collections::BTreeSet;

use super::difference::{At, Found, NOT_WRITTEN};
use super::outputs::{HELD_BACK_FROM_ALL, holds_back_from_all};
use super::said::Said;
use crate::action::Order;
use crate::plan::signal::{CONSENT_TYPES, OptOuts};
use crate::policy::check::model::{Output, Spelled};
use crate::policy::check::signal::{Gpp, Reads, Signal, Tcf};
use crate::policy::grammar;
use crate::record::Literal;

/// The signals, as far as an output needs what they speak for.
pub fn consent(was: &Said, is: &Said, found: &mut Found) {
    let needed = |said: &Said| -> BTreeSet<String> {
        let needs = said.policy.outputs.iter().flat_map(|o| &o.needs);
        needs.map(|n| n.value.clone()).collect()
    };
    let needed = &needed(was) & &needed(is);
    let speaks = |s: &&Signal| needed.iter().any(|category| s.speaks_for(category));
    let at = |s: &Signal| At::policy(&format!("consent.signals: {}", s.place()));
    let before = Paired::of(was, is);
    for (n, signal) in is.policy.signals.iter().enumerate() {
        if !speaks(&signal) {
            continue;
        }
        match before.of_new[n] {
            None => {
                let why = "one signal more can grant what was not granted";
                found.add(Order::Unknown, at(signal), NOT_WRITTEN, text(signal), why);
            }
            Some(old) => {
                let before = &was.policy.signals[old];
                let gated = |o: &&Output| !o.needs.is_empty() && holds_back_from_all(o);
                let (order, why) = match order(before, signal) {
                    Order::Weaker => (Order::Weaker, "more is taken as consent"),
                    Order::Stronger
                        if is.policy.outputs.len() > 1
                            && was.policy.outputs.iter().any(|o| gated(&o)) =>
                    {
                        (Order::Unknown, HELD_BACK_FROM_ALL)
                    }
                    Order::Stronger => (Order::Stronger, "less is taken as consent"),
                    order => (order, "something else is taken as consent"),
                };
                found.add(order, at(signal), text(before), text(signal), why);
            }
        }
    }
    for (n, signal) in was.policy.signals.iter().enumerate() {
        if speaks(&signal) && !before.of_new.contains(&Some(n)) {
            let why = "a denial by this signal is heard no more";
            found.add(Order::Weaker, at(signal), text(signal), NOT_WRITTEN, why);
        }
    }
}

/// Which signal was which before.
struct Paired {
    /// For each that is there now, the place of the one it was.
    of_new: Vec<Option<usize>>,
}

impl Paired {
    /// By place, shape and category; several alike in their order.
    fn of(was: &Said, is: &Said) -> Paired {
        let mut taken = BTreeSet::new();
        let of_new = is.policy.signals.iter().map(|signal| {
            let mut all = was.policy.signals.iter().enumerate();
            let same = |s: &Signal| {
                s.at == signal.at && s.shape() == signal.shape() && category(s) == category(signal)
            };
            let old = all.find(|(n, s)| same(s) && !taken.contains(n))?.0;
            taken.insert(old);
            Some(old)
        });
        let of_new = of_new.collect();
        Paired { of_new }
    }
}

/// The one category of a scalar.
fn category(signal: &Signal) -> Option<&str> {
    match &signal.reads {
        Reads::Scalar { category, .. } => Some(&category.value),
        _ => None,
    }
}

/// Is less, or more, taken as consent than before?
fn order(was: &Signal, is: &Signal) -> Order {
    let (before, now) = (means(was), means(is));
    let ages = match (was.max_age_ms, is.max_age_ms) {
        (None, None) => Order::Same,
        (None, Some(_)) => Order::Stronger,
        (Some(_), None) => Order::Weaker,
        (Some(a), Some(b)) => Order::of(a, b),
    };
    // What is too old denies no more either.
    let ages = match ages {
        Order::Stronger if may_deny(is) => Order::Unknown,
        ages => ages,
    };
    match before == now {
        true => Order::of_sets(&grants(was), &grants(is)).and(ages),
        // What else changed may grant and deny.
        false => Order::Unknown,
    }
}

/// True when a TC string can deny: a publisher may forbid a vendor a purpose.
fn may_deny(signal: &Signal) -> bool {
    match &signal.reads {
        Reads::Tcf(means) => means.iter().any(|(_, tcf)| tcf.asks.vendor),
        Reads::Gpp(means) => means
            .iter()
            .any(|(_, gpp)| gpp.tcf.is_some_and(|tcf| tcf.asks.vendor)),
        _ => false,
    }
}

fn grants(signal: &Signal) -> BTreeSet<String> {
    let (Reads::Object { grants, .. } | Reads::Scalar { grants, .. }) = &signal.reads else {
        return BTreeSet::new();
    };
    let text = |l: &Literal| match l {
        Literal::Bool(b) => format!("{b}"),
        Literal::Number(n) => format!("number {n}"),
        Literal::Text(t) => format!("text {t}"),
    };
    grants.iter().map(text).collect()
}

/// All of a signal, in a line.
pub(super) fn text(signal: &Signal) -> String {
    let place = signal.place();
    let mut said = match (signal.shape().as_str(), means(signal)) {
        ("plain", means) if means.is_empty() => place,
        ("plain", means) => format!("{place} for {means}"),
        (shape, means) => format!("{place} as {shape} for {means}"),
    };
    if let Reads::Object { grants, .. } | Reads::Scalar { grants, .. } = &signal.reads
        && (category(signal).is_some() || *grants != [Literal::Bool(true)])
    {
        let grants = grants.iter().map(|l| match l {
            Literal::Bool(b) => b.to_string(),
            Literal::Number(t) => t.clone(),
            Literal::Text(t) => format!("\"{t}\""),
        });
        said.push_str(&format!(", granted by {}", join(grants)));
    }
    if let Some(ms) = signal.max_age_ms {
        said.push_str(&format!(", at most {ms} ms old"));
    }
    said
}

/// What it says for which category; empty: every category under its own name.
fn means(signal: &Signal) -> String {
    fn all<T>(means: &[(Spelled, T)], of: impl Fn(&T) -> String) -> String {
        let each = means
            .iter()
            .map(|(c, what)| format!("{} ({})", c.value, of(what)));
        join(each)
    }
    let ids = |ids: &Vec<String>| join(ids.iter().cloned());
    match &signal.reads {
        Reads::Object { means: None, .. } => String::new(),
        Reads::Object {
            means: Some(means), ..
        }
        | Reads::Pairs(means) => all(means, ids),
        Reads::Scalar { category, .. } => category.value.clone(),
        Reads::Lists {
            granted,
            denied,
            means,
        } => {
            let list = |what: &str, path: &Option<_>| {
                path.as_ref()
                    .map(|path: &crate::record::path::Selector| format!("{what} in {path}"))
            };
            let lists = [list("granted", granted), list("denied", denied)];
            let lists = join(lists.into_iter().flatten());
            format!("{}, {lists}", all(means, ids))
        }
        Reads::Tcf(means) => all(means, tcf),
        Reads::Gpp(means) => all(means, gpp),
        Reads::Gpc(categories) => join(categories.iter().map(|c| c.value.clone())),
        Reads::ConsentMode(means) => all(means, |types| {
            join(
                types
                    .iter()
                    .map(|t| CONSENT_TYPES[usize::from(*t)].to_owned()),
            )
        }),
    }
}

fn tcf(asked: &Tcf) -> String {
    let asks = &asked.asks;
    let numbers = |what: &str, set: u32| {
        let numbers = (0..32).filter(|n| set >> n & 1 == 1);
        (set != 0).then(|| format!("{what} {}", join(numbers.map(|n| (n + 1).to_string()))))
    };
    let parts = [
        numbers("purposes", asks.purposes),
        numbers("special features", asks.special_features.into()),
        asked.vendor.map(|vendor| format!("vendor {vendor}")),
        asks.by_interest.then(|| "legitimate interest".to_owned()),
    ];
    join(parts.into_iter().flatten())
}

fn gpp(read: &Gpp) -> String {
    let bits = (0..).zip(grammar::OPT_OUTS);
    let named = bits.filter(|(bit, _)| read.opt_outs.meets(OptOuts(1 << bit)));
    let opted_out = named.map(|(_, name)| format!("opt-out of {name}"));
    join(opted_out.chain(read.tcf.as_ref().map(tcf)))
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
