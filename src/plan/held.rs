//! What an output demands of records that wait for a release.

use std::sync::Arc;

use crate::action::Domain;
use crate::anonymity::quasi::ClassForm;
use crate::anonymity::release::Demand;
use crate::crypto::release_set::SetKey;
use crate::crypto::subject_index::SubjectIndex;

/// Records of an output that do not leave by themselves.
pub struct Held {
    /// Whose records are counted.
    pub(crate) people: Counted,
    /// Least records of a release.
    pub records_min: u32,
    /// Least persons of a release.
    pub people_min: u32,
    /// So many records close a release.
    pub records_max: u32,
    /// How long the first record of a release waits, in milliseconds.
    pub delay_max_ms: i64,
    /// What becomes of records that are too few.
    pub short: Short,
    /// A person's first record in that time leaves, in milliseconds.
    pub once_per_ms: Option<i64>,
    /// The classes that they leave in; `None`: they are shuffled, and no more.
    pub classes: Option<Classes>,
    /// In which order members are written.
    pub layout: Layout,
    /// Marks which records a release holds, in an audit log; `None`: the policy has no key
    /// for it, and no log says which.
    pub marks: Option<SetKey>,
}

/// Whose records are counted.
pub(crate) struct Counted {
    /// A place in [`Plan::subjects`](super::Plan::subjects).
    pub(crate) kind: u16,
    /// Tells one person from another, where the policy keeps nothing and the kind has no
    /// names of its own.
    pub(crate) index: Option<SubjectIndex>,
}

/// What becomes of records that are too few when a release must close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// They are left out, and counted.
    Suppress,
    /// They wait on.
    Hold,
}

/// The classes that records are put into.
pub struct Classes {
    /// What each must be; a column of a floor is a place among the sensitive ones.
    pub demand: Demand,
    /// Most records of one person in a release.
    pub per_person_max: u8,
    /// What is set aside leaves as one class that says nothing.
    pub aside_leaves: bool,
    /// The quasi-identifiers, in policy order.
    pub quasi: Vec<Quasi>,
    /// What is written of them, in policy order.
    pub labels: Vec<Label>,
    /// Output paths of the values that floors are of.
    pub sensitive: Vec<String>,
}

impl Classes {
    /// The output path where the stage writes what the class of a label is made of.
    pub fn read_at(&self, label: &Label) -> Option<&str> {
        let leaf = self.quasi.get(label.quasi)?.leaf;
        let read_at = self.labels.get(usize::from(leaf))?;
        Some(&read_at.path)
    }

    /// What a label says of the finest class of a value, as JSON. `leaf`: what the stage
    /// wrote there, a code's digits or the characters of a key; `None`: there is no value.
    pub fn finest(&self, label: &Label, leaf: Option<&str>) -> Option<Vec<u8>> {
        let domain = &self.quasi.get(label.quasi)?.domain;
        let leaf = match leaf {
            None => None,
            Some(text) => Some(domain.leaf(text)?),
        };
        domain.finest(leaf, label.form)
    }
}

/// A quasi-identifier of an output.
pub struct Quasi {
    /// What its values can be.
    pub domain: Arc<Domain>,
    /// How much what it loses counts.
    pub weight: u8,
    /// A place among the labels: there the stage writes its leaf.
    pub(crate) leaf: u16,
}

/// A member that says of a record which class it is in.
pub struct Label {
    /// Its output path.
    pub path: String,
    /// Of which quasi-identifier: a place among them.
    pub(crate) quasi: usize,
    /// What it says of the class.
    pub(crate) form: ClassForm,
}

/// The members of an object, or of the objects in a list, in policy order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// What is not named stands behind them, by name.
    pub(crate) members: Vec<Member>,
}

/// A member, and what is inside of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: Box<str>,
    pub(crate) inside: Layout,
    /// It is that label: what stands there says the release.
    pub(crate) label: Option<u16>,
    /// It is that sensitive value.
    pub(crate) sensitive: Option<u16>,
}

impl Layout {
    /// The member of that path, made where it is not there yet.
    pub(crate) fn at<'n>(
        &mut self,
        path: impl IntoIterator<Item = &'n str>,
    ) -> Option<&mut Member> {
        let mut path = path.into_iter();
        let name = path.next()?;
        let known = self.members.iter().position(|m| &*m.name == name);
        let at = known.unwrap_or_else(|| {
            self.members.push(Member {
                name: name.into(),
                ..Member::default()
            });
            self.members.len() - 1
        });
        let rest: Vec<&str> = path.collect();
        match rest.is_empty() {
            true => Some(&mut self.members[at]),
            false => self.members[at].inside.at(rest),
        }
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|m| &*m.name == name)
    }

    /// True where a label is in it: it is written even if nothing else is.
    pub(crate) fn holds_label(&self) -> bool {
        self.members
            .iter()
            .any(|m| m.label.is_some() || m.inside.holds_label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_in_which_they_were_named() {
        let mut layout = Layout::default();
        for path in [&["b", "y"][..], &["a"], &["b", "x"], &["b", "y"]] {
            layout.at(path.iter().copied()).unwrap();
        }
        layout.at(["b", "x"]).unwrap().label = Some(0);
        let names =
            |l: &Layout| -> Vec<String> { l.members.iter().map(|m| m.name.to_string()).collect() };
        assert_eq!(names(&layout), ["b", "a"]);
        assert_eq!(names(&layout.members[0].inside), ["y", "x"]);
        assert!(layout.holds_label() && !layout.members[1].inside.holds_label());
        assert_eq!(layout.at([]), None);
    }
}
