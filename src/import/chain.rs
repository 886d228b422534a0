//! What becomes of the members of a record on their way through a connector, its column
//! options first, then its transforms: each names them as the one before it left them, a
//! policy names them as they come.

use std::collections::{HashMap, HashSet};

use super::paths;
use super::rules::{Others, Place, Rules};
use crate::document::yaml::scalar;

/// Where the members of a record stand when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// At the top.
    Flat,
    /// In `before` and `after`, as Debezium has them.
    Enveloped,
}

impl Rows {
    /// The path of a member, as a policy writes it.
    fn path(self, member: &str) -> String {
        match self {
            Rows::Flat => member.to_owned(),
            Rows::Enveloped => format!("(before|after).{member}"),
        }
    }
}

/// The members that some option or transform named.
pub(super) struct Chain {
    rows: Rows,
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
    /// It was so before the list of what stays: what is in that list is doubtful too.
    was_doubtful: bool,
    /// What parts the names of members that were inside of each other, once they are not.
    flattened_by: Option<String>,
    /// Members inside of which others are named.
    holders: HashSet<String>,
}

struct Member {
    /// The name it came with.
    source: String,
    /// Its path then.
    path: String,
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
    /// By something that this version does not know.
    Unknown,
    /// It has no equal, which is said: it is left out.
    Refused,
}

impl Chain {
    pub(super) fn of(rows: Rows) -> Chain {
        Chain {
            rows,
            members: Vec::new(),
            by_name: HashMap::new(),
            by_source: HashMap::new(),
            is_closed: false,
            is_doubtful: false,
            was_doubtful: false,
            flattened_by: None,
            holders: HashSet::new(),
        }
    }

    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    /// A transform without an equal, that may hide members or name them anew.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    /// What a column option does to a member, before all transforms. The first of a
    /// member stands, unless a later one takes it out.
    pub(super) fn column(
        &mut self,
        name: &str,
        action: &str,
        said: &'static [&'static str],
        place: &Place,
        rules: &mut Rules<'_>,
    ) {
        let Some(at) = self.named(name, place) else {
            return;
        };
        let member = &self.members[at];
        let before = match &member.made {
            Made::Nothing => {
                let made = match action {
                    "drop" => Made::Dropped,
                    _ => Made::By(action.to_owned(), said),
                };
                return self.set(at, made, place);
            }
            Made::By(before, _) => before.as_str(),
            _ => "drop",
        };
        if before == action {
            return;
        }
        let (path, line) = (&member.path, member.place.line);
        if action == "drop" {
            let why = format!("line {} takes `{path}` out, which stands", place.line);
            rules.refuse(&member.place, why);
            return self.set(at, Made::Dropped, place);
        }
        let why = format!(
            "`{path}` has the rule of line {line} already; a value is protected once: write both in one action, or choose"
        );
        rules.refuse(place, why);
    }

    /// Puts a hash in its place.
    pub(super) fn hash(
        &mut self,
        name: &str,
        code: &str,
        said: &'static [&'static str],
        place: &Place,
        rules: &mut Rules<'_>,
    ) {
        let Some(at) = self.named(name, place) else {
            return;
        };
        match &self.members[at].made {
            Made::Nothing => self.set(at, Made::By(code.to_owned(), said), place),
            Made::By(before, _) if before != code => {
                // A code of the whole would tell apart what was one by then.
                let why = format!(
                    "of `{name}` it hashes what line {} made: a value is protected once: choose",
                    self.members[at].place.line
                );
                self.leave_out(&[name], why, place, rules);
            }
            _ => {}
        }
    }

    /// Does to these what has no equal.
    pub(super) fn leave_out(
        &mut self,
        names: &[&str],
        why: impl Into<String>,
        place: &Place,
        rules: &mut Rules<'_>,
    ) {
        rules.refuse(place, why);
        for name in names {
            if let Some(at) = self.named(name, place)
                && !matches!(self.members[at].made, Made::Dropped)
            {
                self.set(at, Made::Refused, place);
            }
        }
    }

    /// Does to these what this version does not know.
    pub(super) fn unknown(&mut self, names: &[&str], place: &Place) {
        self.is_doubtful = true;
        for name in names {
            if let Some(at) = self.named(name, place)
                && matches!(self.members[at].made, Made::Nothing)
            {
                self.set(at, Made::Unknown, place);
            }
        }
    }

    /// Members of members are beside them from now on, called by all their names.
    pub(super) fn flatten(&mut self, by: &str) {
        self.flattened_by = Some(by.to_owned());
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
        if !self.is_closed {
            self.was_doubtful = self.is_doubtful;
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
        rules.others = match (self.is_closed, self.is_doubtful) {
            (true, _) if !self.was_doubtful => Others::LeftOut,
            (false, false) => rules.others,
            _ => Others::NotKnown,
        };
        for Member {
            source,
            path,
            now,
            made,
            place,
        } in self.members
        {
            let renamed = now.filter(|now| *now != source);
            // Both rows would leave under one name.
            let keeps_name = self.rows == Rows::Enveloped && renamed.is_some();
            let named = |action: String| match &renamed {
                Some(now) if !keeps_name => format!("{{ as: {{ {}: {action} }} }}", scalar(now)),
                _ => action,
            };
            match made {
                Made::By(action, said) => {
                    let mut said = said.to_vec();
                    if keeps_name {
                        said.push("it has another name there, behind ExtractNewRecordState");
                    }
                    rules.add(&place, path, &named(action), &said);
                }
                Made::Dropped => rules.add(&place, path, "drop", &[]),
                Made::Unknown | Made::Nothing if self.is_doubtful => {
                    let why = format!(
                        "whether `{source}` is in clear there is not known: a rule of the connector has no equal"
                    );
                    rules.leave_out(&place, path, why);
                }
                Made::Nothing => rules.clear.push((path, named("keep".to_owned()))),
                Made::Unknown | Made::Refused => rules.touched.push((path, place)),
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
        let by = self.flattened_by.as_deref().filter(|by| !by.is_empty());
        let is_inside = by.is_some_and(|by| name.contains(by));
        // Other signs may be a part of a name as well: then nothing is known of it.
        let is_told = !is_inside || by == Some(".");
        let path = match is_inside && is_told {
            true => paths::dotted(name)?,
            false => paths::member(name),
        };
        // A policy names a member, or what is inside of it.
        let mut is_held = self.holders.contains(name);
        if is_inside && is_told {
            for (dot, _) in name.match_indices('.') {
                is_held |= self.by_source.contains_key(&name[..dot]);
                self.holders.insert(name[..dot].to_owned());
            }
        }
        let made = match is_told && !is_held {
            true => Made::Nothing,
            false => Made::Refused,
        };
        let path = self.rows.path(&path);
        let at = self.members.len();
        self.by_name.insert(name.to_owned(), at);
        self.by_source.insert(name.to_owned(), at);
        self.members.push(Member {
            source: name.to_owned(),
            path,
            now: Some(name.to_owned()),
            made,
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
