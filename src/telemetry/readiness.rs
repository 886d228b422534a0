//! Whether records flow or could flow, and if not, why.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pipeline::condition::{Condition, Standing};

/// Answers how the conditions of a part stand now.
type Ask = dyn Fn() -> Vec<Condition> + Send;

/// Answers what is to be noted now.
type AskForNote = dyn Fn() -> Option<String> + Send;

/// What must hold before this process is ready: the conditions of all of its
/// parts. Parts are only added; none speaks for another. Without any part
/// nothing is ready.
#[derive(Default)]
pub struct Readiness {
    parts: Mutex<Vec<Component>>,
    /// What does not stop records and is not as it should be, by who says so.
    notes: Mutex<BTreeMap<&'static str, String>>,
    /// Who is asked for more of that.
    askers: Mutex<Vec<(&'static str, Box<AskForNote>)>>,
}

/// A stream, or whatever else the process cannot work without.
struct Component {
    name: String,
    /// `None`: it is expected, and cannot answer yet.
    ask: Option<Box<Ask>>,
}

/// A part that was named and does not answer yet: until it does, and when it
/// never does, the process is not ready.
#[must_use = "until it answers, nothing is ready"]
pub struct Expected {
    readiness: Arc<Readiness>,
    at: usize,
}

/// A condition that is not met. Prints as `stream/outlet failed: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Part and condition: `stream/outlet`.
    pub(crate) name: String,
    /// What is wrong or waited for.
    pub(crate) standing: Standing,
}

impl Readiness {
    /// Names a part that must be ready too. To be called before anybody is told
    /// that the process is ready: for all parts of the start before the first
    /// of them answers.
    pub fn expect(self: &Arc<Self>, part: impl Into<String>) -> Expected {
        let mut parts = self.locked();
        parts.push(Component {
            name: part.into(),
            ask: None,
        });
        Expected {
            readiness: Arc::clone(self),
            at: parts.len() - 1,
        }
    }

    /// The conditions that are not met, in the order the parts were named;
    /// empty: ready.
    pub(crate) fn unmet(&self) -> Vec<Unmet> {
        let parts = self.locked();
        if parts.is_empty() {
            return vec![starting("process")];
        }
        parts.iter().flat_map(Component::unmet).collect()
    }

    /// Says what does not stop records and is not as it should be; `None`: all is
    /// well again. A sentence that an operator can act on.
    pub fn note(&self, who: &'static str, what: Option<String>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            Some(what) => notes.insert(who, what),
            None => notes.remove(who),
        };
    }

    /// The same from somebody who is asked whenever the notes are read.
    pub fn ask_for_note(
        &self,
        who: &'static str,
        ask: impl Fn() -> Option<String> + Send + 'static,
    ) {
        let mut askers = self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        askers.push((who, Box::new(ask)));
    }

    /// What was said so, one line each.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let askers = self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = askers.iter().filter_map(|(who, ask)| Some((*who, ask()?)));
        let said = notes.iter().map(|(who, what)| (*who, what.clone()));
        said.chain(asked)
            .map(|(who, what)| format!("{who}: {what}"))
            .collect()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Component>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Component {
    fn unmet(&self) -> Vec<Unmet> {
        let Some(ask) = &self.ask else {
            return vec![starting(&self.name)];
        };
        let not_met = ask().into_iter().filter(|c| c.standing != Standing::Met);
        not_met
            .map(|Condition { name, standing }| Unmet {
                name: format!("{}/{name}", self.name),
                standing,
            })
            .collect()
    }
}

impl Expected {
    /// From now on `ask` answers for the part.
    pub fn answer(self, ask: impl Fn() -> Vec<Condition> + Send + 'static) {
        self.readiness.locked()[self.at].ask = Some(Box::new(ask));
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.standing {
            Standing::Met => write!(f, "{} met", self.name),
            Standing::Awaited(what) => write!(f, "{} awaited: {what}", self.name),
            Standing::Failed(what) => write!(f, "{} failed: {what}", self.name),
        }
    }
}

fn starting(name: &str) -> Unmet {
    Unmet {
        name: name.to_owned(),
        standing: Standing::Awaited("starting".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(readiness: &Readiness) -> Vec<String> {
        readiness.unmet().iter().map(Unmet::to_string).collect()
    }

    fn one(standing: Standing) -> impl Fn() -> Vec<Condition> + Send + 'static {
        let name = "outlet";
        move || {
            let standing = standing.clone();
            vec![Condition { name, standing }]
        }
    }

    #[test]
    fn without_any_part_nothing_is_ready() {
        assert_eq!(said(&Readiness::default()), ["process awaited: starting"]);
    }

    #[test]
    fn every_part_must_answer_and_none_speaks_for_another() {
        let readiness = Arc::new(Readiness::default());
        let (first, second) = (readiness.expect("a"), readiness.expect("b"));
        let third = readiness.expect("c");
        first.answer(one(Standing::Failed("no broker".into())));
        second.answer(one(Standing::Met));
        assert_eq!(
            said(&readiness),
            ["a/outlet failed: no broker", "c awaited: starting"]
        );
        third.answer(one(Standing::Awaited("partitions".into())));
        assert_eq!(
            said(&readiness),
            ["a/outlet failed: no broker", "c/outlet awaited: partitions"]
        );
    }

    #[test]
    fn a_note_is_there_as_long_as_it_is_true_and_stops_nothing() {
        let readiness = Arc::new(Readiness::default());
        readiness.expect("a").answer(one(Standing::Met));
        readiness.note("policy", Some("refused".into()));
        let now = Arc::new(Mutex::new(Some("two texts".to_owned())));
        let asked = Arc::clone(&now);
        readiness.ask_for_note("group", move || asked.lock().unwrap().clone());
        assert_eq!(readiness.notes(), ["policy: refused", "group: two texts"]);
        *now.lock().unwrap() = None;
        readiness.note("policy", None);
        assert_eq!(readiness.notes(), [""; 0]);
        assert_eq!(readiness.unmet(), []);
    }

    #[test]
    fn a_part_that_never_answers_keeps_the_process_from_being_ready() {
        let readiness = Arc::new(Readiness::default());
        readiness.expect("a").answer(one(Standing::Met));
        assert_eq!(readiness.unmet(), []);
        drop(readiness.expect("b"));
        assert_eq!(said(&readiness), ["b awaited: starting"]);
    }
}
