//! What becomes of the members of a value on their way through a connector's transforms:
//! each transform names them as the one before it left them, a policy names them as they
//! come.

use std::collections::{HashMap, HashSet};

use super::paths;
use super::rules::{Place, Rules};
use crate::document::yaml::scalar;

/// The members that some transform named.
#[derive(Default)]
pub(super) struct Chain {
    /// In the order in which they were named first.
    members: Vec<Member>,
    /// Which of them has a name so far.
    by_name: HashMap<String, usize>,
    /// Those by the names they came with.
    by_source: HashMap<String, usize>,
    /// Behind a list of what stays, no other member is there.
    is_closed: bool,
    /// Some transform has no equal, so that a value may not be what it was.
    is_doubtful: bool,
}

struct Member {
    /// The name it came with.
    source: String,
    /// Its name so far; `None`: it is not there any more.
    now: Option<String>,
    made: Made,
    /// What decided that, or named it first.
    place: Place,
}

enum Made {
    /// It is as it came.
    Nothing,
    /// By this action; what is said of it.
    By(String, &'static [&'static str]),
    /// It does not leave.
    Dropped,
    /// It has no equal, which is said: it is left out.
    Refused,
}

impl Chain {
    /// A transform without an equal; `true`: it may hide members, or name them anew.
    pub(super) fn doubt(&mut self, changes: bool) {
        self.is_doubtful |= changes;
    }

    /// Writes a constant in its place.
    pub(super) fn mask(
        &mut self,
        name: &str,
        action: &str,
        said: &'static [&'static str],
        place: &Place,
        rules: &mut Rules<'_>,
    ) {
        match self.named(name, place) {
            Some(at) => self.set(at, Made::By(action.to_owned(), said), place),
            None => {
                let was = self.by_source.get(name).map(|at| &self.members[*at]);
                // Of what was taken out before, nothing is left to say.
                if let Some(Member { now: Some(now), .. }) = was {
                    let why = format!(
                        "`{name}` is called `{now}` there by then, and this does nothing: name `{now}`, or drop the transform"
                    );
                    rules.refuse(place, why);
                }
            }
        }
    }

    /// Takes it out.
    pub(super) fn exclude(&mut self, name: &str, place: &Place) {
        if let Some(at) = self.named(name, place) {
            self.take_out(at, place);
        }
    }

    /// Takes out all but these.
    pub(super) fn include(&mut self, names: &[&str], place: &Place) {
        let stay: HashSet<usize> = names
            .iter()
            .filter_map(|name| self.named(name, place))
            .collect();
        for at in 0..self.members.len() {
            if !stay.contains(&at) && self.members[at].now.is_some() {
                self.take_out(at, place);
            }
        }
        self.is_closed = true;
    }

    /// Gives all of these new names, at once.
    pub(super) fn rename(
        &mut self,
        renames: &[(&str, &str)],
        place: &Place,
        rules: &mut Rules<'_>,
    ) {
        let found: Vec<(usize, &str)> = renames
            .iter()
            .filter_map(|(from, to)| Some((self.named(from, place)?, *to)))
            .collect();
        for (at, _) in &found {
            if let Some(before) = self.members[*at].now.take() {
                self.by_name.remove(&before);
            }
        }
        for (at, to) in found {
            if self.by_name.contains_key(to) {
                let source = &self.members[at].source;
                let why = format!(
                    "`{source}` and another member are called `{to}` there: it is left out"
                );
                rules.refuse(place, why);
                self.set(at, Made::Refused, place);
            } else {
                self.by_name.insert(to.to_owned(), at);
                self.members[at].now = Some(to.to_owned());
            }
        }
    }

    /// Hands over what becomes of each, by the name that it comes with.
    pub(super) fn write(self, rules: &mut Rules<'_>) {
        for member in self.members {
            let path = paths::member(&member.source);
            let renamed = member.now.filter(|now| *now != member.source);
            let named = |action: String| match &renamed {
                Some(now) => format!("{{ as: {{ {}: {action} }} }}", scalar(now)),
                None => action,
            };
            match member.made {
                Made::By(action, said) => rules.add(&member.place, path, &named(action), said),
                Made::Dropped => rules.add(&member.place, path, "drop", &[]),
                Made::Nothing if self.is_doubtful => {
                    let why = format!(
                        "whether `{}` is in clear there is not known: a transform of the chain has no equal",
                        member.source
                    );
                    rules.refuse(&member.place, why);
                }
                Made::Nothing => rules.clear.push((path, named("keep".to_owned()))),
                Made::Refused => {}
            }
        }
    }

    /// The member that has this name so far; `None`: none can have it.
    fn named(&mut self, name: &str, place: &Place) -> Option<usize> {
        if let Some(at) = self.by_name.get(name) {
            return Some(*at);
        }
        if self.is_closed || self.by_source.contains_key(name) {
            return None;
        }
        let at = self.members.len();
        self.by_name.insert(name.to_owned(), at);
        self.by_source.insert(name.to_owned(), at);
        self.members.push(Member {
            source: name.to_owned(),
            now: Some(name.to_owned()),
            made: Made::Nothing,
            place: place.clone(),
        });
        Some(at)
    }

    fn take_out(&mut self, at: usize, place: &Place) {
        if let Some(before) = self.members[at].now.take() {
            self.by_name.remove(&before);
        }
        self.set(at, Made::Dropped, place);
    }

    fn set(&mut self, at: usize, made: Made, place: &Place) {
        let member = &mut self.members[at];
        if !matches!(member.made, Made::Refused) {
            member.made = made;
            member.place = place.clone();
        }
    }
}
