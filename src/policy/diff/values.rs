//! Two actions at one place.

use super::fields::bodies;
use super::said::Said;
use crate::action::{Degree, KeyUse, Order, Spec};
use crate::keys::Pick;
use crate::plan::Gap;
use crate::policy::check::model::{OnError, Value};

/// How two actions stand to each other, and why.
pub struct Judged {
    /// How what is stands to what was.
    pub order: Order,
    /// One reason for each thing that is not the same.
    pub why: Vec<String>,
}

impl Judged {
    fn same() -> Judged {
        Judged {
            order: Order::Same,
            why: Vec::new(),
        }
    }

    pub fn and(&mut self, order: Order, why: impl Into<String>) {
        if order != Order::Same {
            self.order = self.order.and(order);
            self.why.push(why.into());
        }
    }
}

/// Compares the action of one place with the one that stood there.
pub fn values((was_said, was): (&Said, &Value), (is_said, is): (&Said, &Value)) -> Judged {
    let mut judged = Judged::same();
    let same_action = was.def.name == is.def.name;
    let (a, b) = ((was_said, &*was.spec), (is_said, &*is.spec));
    specs(a, b, same_action, &mut judged);
    let now = is.spec.reveals().degree;
    let takes_whole = was.spec.facts().takes_whole || is.spec.facts().takes_whole;
    match (&was.body, &is.body) {
        (None, None) => {}
        (Some(a), Some(b)) => {
            let (order, what) = bodies((was_said, &a.fields), (is_said, &b.fields));
            judged.and(order, what);
        }
        _ if takes_whole || was.def.name != is.def.name => {}
        _ => judged.and(
            Order::Unknown,
            "what is taken of an object is said in another way",
        ),
    }
    if !same_action && now != Degree::Nothing && parts(was) != parts(is) {
        judged.and(Order::Unknown, "it is made of other fields");
    }
    if now != Degree::Nothing {
        names((was_said, was), (is_said, is), &mut judged);
    }
    refused(was, is, &mut judged);
    places(was, is, &mut judged);
    judged
}

/// What is left of an element of which nothing is written.
fn places(was: &Value, is: &Value, judged: &mut Judged) {
    match (was.gaps, is.gaps) {
        (Gap::Closed, Gap::Null) => judged.and(
            Order::Weaker,
            "elements of which nothing leaves keep their places, so that their number and order show",
        ),
        (Gap::Null, Gap::Closed) => judged.and(
            Order::Stronger,
            "elements of which nothing leaves show no more where they were",
        ),
        _ => {}
    }
}

/// What becomes of the names of the members that `*` and `**` stand for.
fn names((was_said, was): (&Said, &Value), (is_said, is): (&Said, &Value), judged: &mut Judged) {
    match (was.names.len(), is.names.len()) {
        (a, b) if a == b => {
            for (was, is) in was.names.iter().zip(&*is.names) {
                let mut of_one = Judged::same();
                let (was, is) = (&was.value, &is.value);
                let (a, b) = ((was_said, &*was.spec), (is_said, &*is.spec));
                specs(a, b, was.def.name == is.def.name, &mut of_one);
                judged.and(of_one.order, format!("names: {}", of_one.why.join(", ")));
            }
        }
        (_, 0) => judged.and(Order::Weaker, "names of members leave as they are"),
        (0, _) => judged.and(
            Order::Stronger,
            "names of members leave no more as they are",
        ),
        _ => judged.and(Order::Unknown, "names of members are made in another way"),
    }
}

/// The siblings that a value is made of, in the place of itself.
fn parts(value: &Value) -> Option<Vec<&str>> {
    let parts = value.parts()?.iter();
    Some(parts.map(|(name, _)| name.as_str()).collect())
}

/// A record that is held back for a value that is refused there on purpose.
pub fn holds_back(value: &Value) -> bool {
    value.on_error == OnError::Quarantine && value.spec.reveals().passing.bounded
}

/// What becomes of a record whose value is refused.
fn refused(was: &Value, is: &Value, judged: &mut Judged) {
    let (before, now) = (was.spec.reveals(), is.spec.reveals());
    if now.degree == Degree::Nothing {
        if before.degree != Degree::Nothing && holds_back(was) {
            judged.and(Order::Unknown, HELD_BACK);
        }
        return;
    }
    if before.passing.refuses_nothing() {
        return;
    }
    match (&was.on_error, &is.on_error) {
        (OnError::Quarantine, OnError::DropField) => judged.and(
            Order::Weaker,
            "a record whose value is refused there leaves all the same, without the field",
        ),
        (OnError::Quarantine, OnError::Replace(_)) => judged.and(
            Order::Weaker,
            "a record whose value is refused there leaves all the same, with a constant in its place",
        ),
        (OnError::DropField | OnError::Replace(_), OnError::Quarantine) => judged.and(
            Order::Stronger,
            "a value that is refused holds the record back",
        ),
        (OnError::DropField, OnError::Replace(_)) => judged.and(
            Order::Weaker,
            "a constant says that a value was there and was refused",
        ),
        (OnError::Replace(_), OnError::DropField) => judged.and(
            Order::Stronger,
            "nothing says any more that a value was there and was refused",
        ),
        (OnError::Replace(a), OnError::Replace(b)) if a != b => judged.and(
            Order::Unknown,
            "another constant stands where a value is refused",
        ),
        _ => {}
    }
    if was.on_error.lets_pass() && now.degree == Degree::Presence {
        judged.and(
            Order::Unknown,
            "a constant leaves also for a value of which nothing left",
        );
    }
}

/// Why less of a field can be more.
pub const HELD_BACK: &str =
    "a record that was held back for a value that the policy did not foresee leaves without it";

fn specs(
    (was_said, was): (&Said, &dyn Spec),
    (is_said, is): (&Said, &dyn Spec),
    same_action: bool,
    judged: &mut Judged,
) {
    let (before, now) = (was.reveals(), is.reveals());
    let (order, dials) = now.order(&before, same_action);
    let why = match order {
        Order::Same => String::new(),
        _ if same_action => dials
            .iter()
            .map(|(words, order)| {
                let said = match order {
                    Order::Stronger => "lets out less",
                    Order::Weaker => "lets out more",
                    _ => "cannot be compared with what it was",
                };
                format!("{words} {said}")
            })
            .collect::<Vec<_>>()
            .join(", "),
        Order::Unknown => format!(
            "{} and {} cannot be compared",
            before.degree.says(),
            now.degree.says()
        ),
        _ => format!("{} instead of {}", now.degree.says(), before.degree.says()),
    };
    judged.and(order, why);
    let (held_before, held_now) = (was.nested(), is.nested());
    if same_action {
        for held in &held_now {
            // What comes and goes is what the action itself lets out.
            if let Some(before) = held_before.iter().find(|b| b.name == held.name) {
                let alike = before.word == held.word;
                specs((was_said, before.spec), (is_said, held.spec), alike, judged);
            }
        }
    } else if !(held_before.is_empty() && held_now.is_empty()) {
        judged.and(Order::Unknown, "another action stands inside");
    }
    if same_action && tables(was_said, was) != tables(is_said, is) {
        judged.and(Order::Unknown, "another table, or one that changed");
    }
    if !now.degree.tells_nothing()
        && let (Some(a), Some(b)) = (was.key(), is.key())
    {
        keys((was_said, a), (is_said, b), same_action, judged);
    }
}

/// The tables that an action reads, each with its digest.
fn tables(said: &Said, spec: &dyn Spec) -> Vec<(String, Option<[u8; 32]>)> {
    let digest = |name: &str| said.tables.get(name).copied();
    let named = spec.tables().into_iter();
    named.map(|t| (t.name.to_owned(), digest(t.name))).collect()
}

fn keys(
    (was_said, was): (&Said, KeyUse<'_>),
    (is_said, is): (&Said, KeyUse<'_>),
    same_action: bool,
    judged: &mut Judged,
) {
    if was_said.key_ref(was.alias) != is_said.key_ref(is.alias) {
        judged.and(Order::Unknown, "another key");
        return;
    }
    if !same_action {
        return;
    }
    match (was.pick, is.pick) {
        (a, b) if a == b => {}
        // The epoch is a setting of the action, which has said what that lets out.
        (Pick::ByEpoch(_), _) | (_, Pick::ByEpoch(_)) => {}
        (Pick::Pinned(was), Pick::Pinned(is)) if is < was => judged.and(
            Order::Weaker,
            format!("an older version of the key: {is} instead of {was}"),
        ),
        (Pick::Pinned(was), Pick::Pinned(is)) => judged.and(
            Order::Stronger,
            format!("a newer version of the key: {is} instead of {was}"),
        ),
        _ => judged.and(Order::Unknown, "another version of the key"),
    }
}
