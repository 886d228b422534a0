//! What a policy does to a tree, by definition.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::policies::{DROP, Field, OnError, Policy, Step, Write, spelled};
use super::product::{Actions, Made};
use super::records::Tree;

/// What became of a record.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// The text that left, or the reason.
    pub value: Result<String, String>,
    /// By field: written, absent, dropped, replaced, refused; none of nothing.
    pub counts: BTreeMap<String, [u64; 5]>,
    /// How often another case than the last was made; the product does not say.
    pub cases: u64,
}

/// A step of the place where a value stands.
#[derive(Clone, Copy)]
pub enum At {
    Name(&'static str),
    Element(usize),
}

/// What is left at a place.
enum Left {
    /// Nobody named it.
    Unnamed,
    /// Nothing, of a value that was named.
    Nothing,
    Text(String),
}

pub struct Interpreter<'a> {
    policy: &'a Policy,
    actions: &'a mut Actions,
    counts: BTreeMap<String, [u64; 5]>,
    cases: u64,
    top: Tree,
}

impl<'a> Interpreter<'a> {
    pub fn new(policy: &'a Policy, actions: &'a mut Actions) -> Interpreter<'a> {
        Interpreter {
            policy,
            actions,
            counts: BTreeMap::new(),
            cases: 0,
            top: Tree::Scalar("null"),
        }
    }

    pub fn record(mut self, tree: &Tree) -> Outcome {
        let Tree::Object(members) = tree else {
            panic!("a record is an object");
        };
        let selects = self.policy.selects.iter();
        if selects.into_iter().any(|of| !of.holds(tree, &[])) {
            return Outcome {
                value: Err("withheld".to_owned()),
                counts: BTreeMap::new(),
                cases: 0,
            };
        }
        self.top = tree.clone();
        let value = match self.members(members, &[]) {
            Ok(members) => Ok(format!("{{{}}}", members.join(","))),
            Err((reason, field)) => {
                // Nothing else of such a record counts.
                self.counts = BTreeMap::from([(field, [0, 0, 0, 0, 1])]);
                Err(reason)
            }
        };
        Outcome {
            value,
            counts: self.counts,
            cases: self.cases,
        }
    }

    fn members(
        &mut self,
        members: &[(&'static str, Tree)],
        above: &[At],
    ) -> Result<Vec<String>, (String, String)> {
        let mut written = Vec::new();
        for (name, value) in members {
            let at = [above, &[At::Name(name)]].concat();
            match self.place(value, &at)? {
                Place::Leaf(leaf) => {
                    for (name_of, text) in leaf {
                        if let Left::Text(text) = text {
                            let name = name_of.unwrap_or(name);
                            written.push(format!("\"{name}\":{text}"));
                        }
                    }
                }
                Place::Through(Left::Text(text)) => written.push(format!("\"{name}\":{text}")),
                Place::Through(_) => {}
            }
        }
        Ok(written)
    }

    /// What stands at one place.
    fn place(&mut self, value: &Tree, at: &[At]) -> Result<Place, (String, String)> {
        let policy = self.policy;
        let here = policy.fields.iter();
        let here = here.filter(|f| f.steps.len() == at.len() && leads(&f.steps, at));
        let winner = here.max_by(|a, b| specificity(&a.steps, &b.steps));
        let below = policy.fields.iter();
        let below: Vec<&Field> = below
            .filter(|f| f.steps.len() > at.len() && leads(&f.steps, at))
            .collect();
        let goes_on = below.iter().any(|f| {
            matches!(
                (value, &f.steps[at.len()]),
                (Tree::Object(_), Step::Name(_) | Step::AnyName)
                    | (Tree::Array(_), Step::Element(_) | Step::AnyElement)
            )
        });
        let is_element = matches!(at.last(), Some(At::Element(_)));
        if goes_on {
            return self.through(value, at, is_element).map(Place::Through);
        }
        if let Some(winner) = winner {
            let mut leaf = Vec::new();
            for write in &winner.writes {
                let mut left = self.write(winner, write, value, at)?;
                let every = winner.steps.last() == Some(&Step::AnyElement);
                let drops_alone =
                    write.cases.is_empty() && write.action == DROP && below.is_empty();
                let keeps_place = every && !write.removes_gaps && !drops_alone;
                if let (Left::Nothing, true) = (&left, keeps_place) {
                    left = Left::Text("null".to_owned());
                }
                leaf.push((write.name, left));
            }
            return Ok(Place::Leaf(leaf));
        }
        if below.is_empty() {
            return Ok(Place::Through(Left::Unnamed));
        }
        if *value != Tree::Scalar("null") {
            self.misfit(&below)?;
        }
        // Its place in a list that is gone through stays.
        let every = below
            .iter()
            .any(|f| f.steps[at.len() - 1] == Step::AnyElement);
        Ok(Place::Through(match is_element && every {
            true => Left::Text("null".to_owned()),
            false => Left::Unnamed,
        }))
    }

    /// A container that selectors go through.
    fn through(
        &mut self,
        value: &Tree,
        at: &[At],
        is_element: bool,
    ) -> Result<Left, (String, String)> {
        match value {
            Tree::Scalar(_) => unreachable!("a scalar holds nothing"),
            Tree::Object(members) => {
                let members = self.members(members, at)?;
                Ok(match members.is_empty() && !is_element {
                    true => Left::Unnamed,
                    false => Left::Text(format!("{{{}}}", members.join(","))),
                })
            }
            Tree::Array(items) => {
                let mut written = Vec::new();
                let mut is_there = is_element;
                for (n, item) in items.iter().enumerate() {
                    let at = [at, &[At::Element(n)]].concat();
                    let left = match self.place(item, &at)? {
                        Place::Leaf(leaf) => leaf.into_iter().next().expect("one write").1,
                        Place::Through(left) => left,
                    };
                    is_there |= !matches!(left, Left::Unnamed);
                    if let Left::Text(text) = left {
                        written.push(text);
                    }
                }
                Ok(match is_there {
                    true => Left::Text(format!("[{}]", written.join(","))),
                    false => Left::Unnamed,
                })
            }
        }
    }

    /// A value of a kind that nothing foresees.
    fn misfit(&mut self, below: &[&Field]) -> Result<(), (String, String)> {
        let writes = below
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (*f, w)));
        let drops = |w: &Write| w.action == DROP && w.cases.iter().all(|(_, a)| *a == DROP);
        let writes: Vec<(&Field, &Write)> = writes.filter(|(_, w)| !drops(w)).collect();
        let refuses = |w: &&(&Field, &Write)| w.1.on_error == OnError::Quarantine;
        if let Some((field, write)) = writes.iter().find(refuses) {
            return Err(("wrong_type".to_owned(), called(field, write)));
        }
        for (field, write) in writes {
            self.counts.entry(called(field, write)).or_default()[2] += 1;
        }
        Ok(())
    }

    fn write(
        &mut self,
        field: &Field,
        write: &Write,
        value: &Tree,
        at: &[At],
    ) -> Result<Left, (String, String)> {
        let name = called(field, write);
        let mut cases = write.cases.iter();
        let first = cases.find(|(of, _)| of.holds(&self.top, at));
        self.cases += u64::from(first.is_some());
        let action = first.map_or(write.action, |(_, action)| action);
        let (left, counted) = match self.actions.apply(action, &value.to_string()) {
            Made::Value(text) => (Left::Text(text), 0),
            Made::Nothing => (Left::Nothing, 1),
            Made::Refused(reason) => match write.on_error {
                OnError::Quarantine => return Err((reason, name)),
                OnError::DropField => (Left::Nothing, 2),
                OnError::Replace(constant) => (Left::Text(constant.to_owned()), 3),
            },
        };
        self.counts.entry(name).or_default()[counted] += 1;
        Ok(left)
    }
}

/// What a place holds.
enum Place {
    Leaf(Vec<(Option<&'static str>, Left)>),
    Through(Left),
}

/// The name that a field is counted under.
fn called(field: &Field, write: &Write) -> String {
    let every: Vec<Step> = field
        .steps
        .iter()
        .map(|s| match s {
            Step::Element(_) => Step::AnyElement,
            other => other.clone(),
        })
        .collect();
    let mut path = every;
    if let Some(name) = write.name {
        *path.last_mut().unwrap() = Step::Name(name);
    }
    format!("{} from {}", spelled(&path), spelled(&field.steps))
}

/// True when a selector matches a place as far as that goes.
fn leads(steps: &[Step], at: &[At]) -> bool {
    steps.len() >= at.len()
        && steps.iter().zip(at).all(|(step, at)| match (step, at) {
            (Step::Name(a), At::Name(b)) => a == b,
            (Step::Element(a), At::Element(b)) => a == b,
            (Step::AnyName, At::Name(_)) | (Step::AnyElement, At::Element(_)) => true,
            _ => false,
        })
}

/// Step by step what is named counts for more.
fn specificity(a: &[Step], b: &[Step]) -> Ordering {
    let exact = |s: &Step| matches!(s, Step::Name(_) | Step::Element(_));
    let each = a.iter().zip(b).map(|(a, b)| exact(a).cmp(&exact(b)));
    each.fold(Ordering::Equal, Ordering::then)
}
