//! What a policy does to a tree, by definition.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::conditions::Condition;
use super::policies::{DROP, Field, OnError, Policy, Step, Write, spelled};
use super::product::{Actions, Made};
use super::records::{TWICE, Tree};

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
pub enum At<'t> {
    Name(&'static str),
    Element(usize, &'t Tree),
    Json,
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
    fields: Vec<Field>,
    selects: Option<Condition>,
    implied: Vec<Field>,
    actions: &'a mut Actions,
    counts: BTreeMap<String, [u64; 5]>,
    cases: u64,
    top: Tree,
}

impl<'a> Interpreter<'a> {
    pub fn new(policy: &Policy, actions: &'a mut Actions) -> Interpreter<'a> {
        Interpreter {
            fields: policy.fields.clone(),
            selects: policy.selects.clone(),
            implied: policy.implied(),
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
        if self.selects.iter().any(|of| !of.holds(tree, &[])) {
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
        above: &[At<'_>],
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
    fn place(&mut self, value: &Tree, at: &[At<'_>]) -> Result<Place, (String, String)> {
        let (fields, implied) = (self.fields.clone(), self.implied.clone());
        let here = |all: &'_ [Field]| {
            let here = all.iter();
            let here = here.filter(|f| f.steps.len() == at.len() && leads(&f.steps, at));
            here.max_by(|a, b| specificity(&a.steps, &b.steps)).cloned()
        };
        let winner = here(&fields);
        let below: Vec<&Field> = fields
            .iter()
            .filter(|f| f.steps.len() > at.len() && leads(&f.steps, at))
            .collect();
        if winner.is_none() && below.is_empty() {
            if let Some(field) = here(&implied) {
                return Ok(self.constant(&field));
            }
            // An element that no filter chooses.
            let (_, above) = at.split_last().expect("places lie in the record");
            let choosing = fields.iter().filter(|f| {
                let step = f.steps.get(above.len());
                matches!(step, Some(Step::Filter(..))) && leads(&f.steps, above)
            });
            let choosing: Vec<&Field> = choosing.collect();
            let is_element = matches!(at.last(), Some(At::Element(..)));
            let is_left_out = matches!(value, Tree::Object(_) | Tree::Scalar("null"));
            if is_element && !choosing.is_empty() && !is_left_out {
                self.misfit(&choosing)?;
            }
            return Ok(Place::Through(Left::Unnamed));
        }
        let goes_on = below.iter().any(|f| goes_into(value, &f.steps[at.len()]));
        let is_element = matches!(at.last(), Some(At::Element(..)));
        let opens = |f: &&Field| f.steps[at.len()] == Step::Json;
        let opened: Vec<&Field> = below.iter().copied().filter(opens).collect();
        if let (false, Some(held)) = (opened.is_empty(), Held::of(value)) {
            return self.opened(held, at, is_element, (&opened, &below));
        }
        if goes_on {
            return self.through(value, at, is_element).map(Place::Through);
        }
        if let Some(winner) = winner {
            let mut leaf = Vec::new();
            for write in &winner.writes {
                let mut left = self.write(&winner, write, value, at)?;
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
        if let Some(field) = here(&implied) {
            return Ok(self.constant(&field));
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

    /// A text that holds JSON.
    fn opened(
        &mut self,
        held: Held<'_>,
        at: &[At<'_>],
        is_element: bool,
        (opened, below): (&[&Field], &[&Field]),
    ) -> Result<Place, (String, String)> {
        let above = at.len() - 1;
        let every = below.iter().any(|f| f.steps[above] == Step::AnyElement);
        let gap = || match is_element && every {
            true => Left::Text("null".to_owned()),
            false => Left::Unnamed,
        };
        let tree = match held {
            Held::Nothing => return Ok(Place::Through(gap())),
            Held::Unreadable(reason) => {
                self.refused(reason, opened)?;
                return Ok(Place::Through(gap()));
            }
            Held::Json(tree) => tree,
        };
        if !opened
            .iter()
            .any(|f| goes_into(tree, &f.steps[at.len() + 1]))
        {
            self.misfit(opened)?;
            return Ok(Place::Through(gap()));
        }
        let inside = [at, &[At::Json]].concat();
        let empty = match tree {
            Tree::Array(_) => "[]",
            _ => "{}",
        };
        let left = match self.through(tree, &inside, false)? {
            Left::Text(text) if text.len() > empty.len() => text,
            _ if is_element => empty.to_owned(),
            _ => return Ok(Place::Through(Left::Unnamed)),
        };
        let text = serde_json::to_string(&left).expect("a text has JSON");
        Ok(Place::Through(Left::Text(text)))
    }

    /// What a filter found, as the policy spells it.
    fn constant(&mut self, field: &Field) -> Place {
        let write = &field.writes[0];
        self.counts.entry(called(field, write)).or_default()[0] += 1;
        Place::Leaf(vec![(None, Left::Text(write.action.to_owned()))])
    }

    /// A container that selectors go through.
    fn through(
        &mut self,
        value: &Tree,
        at: &[At<'_>],
        is_element: bool,
    ) -> Result<Left, (String, String)> {
        match value {
            Tree::Scalar(_) | Tree::Text(_) => unreachable!("it holds nothing"),
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
                    let at = [at, &[At::Element(n, item)]].concat();
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
        self.refused("wrong_type", below)
    }

    fn refused(&mut self, reason: &str, below: &[&Field]) -> Result<(), (String, String)> {
        let writes = below
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (*f, w)));
        let writes: Vec<(&Field, &Write)> = writes.filter(|(_, w)| !w.drops()).collect();
        let refuses = |w: &&(&Field, &Write)| w.1.on_error == OnError::Quarantine;
        if let Some((field, write)) = writes.iter().find(refuses) {
            return Err((reason.to_owned(), called(field, write)));
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

/// True when that step leads into that value.
fn goes_into(value: &Tree, step: &Step) -> bool {
    matches!(
        (value, step),
        (Tree::Object(_), Step::Name(_) | Step::AnyName)
            | (
                Tree::Array(_),
                Step::Element(_) | Step::AnyElement | Step::Filter(..)
            )
    )
}

/// True when a selector matches a place as far as that goes.
fn leads(steps: &[Step], at: &[At<'_>]) -> bool {
    steps.len() >= at.len()
        && steps.iter().zip(at).all(|(step, at)| match (step, at) {
            (Step::Name(a), At::Name(b)) => a == b,
            (Step::Element(a), At::Element(b, _)) => a == b,
            (Step::AnyName, At::Name(_)) | (Step::AnyElement, At::Element(..)) => true,
            (Step::Json, At::Json) => true,
            (Step::Filter(name, literal, starts), At::Element(_, item)) => {
                holds(item, name, literal, *starts)
            }
            _ => false,
        })
}

/// True when the element has a member of that name which is that, by value.
fn holds(item: &Tree, name: &str, literal: &str, starts: bool) -> bool {
    let Tree::Object(members) = item else {
        return false;
    };
    let Some((_, Tree::Scalar(found))) = members.iter().find(|(n, _)| *n == name) else {
        return false;
    };
    use serde_json::Value;
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("a scalar");
    match (read(found), read(literal)) {
        (Value::String(found), Value::String(start)) if starts => found.starts_with(&start),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// Step by step what is named counts for more.
fn specificity(a: &[Step], b: &[Step]) -> Ordering {
    let exact = |s: &Step| match s {
        Step::Name(_) | Step::Element(_) => (2, 0),
        Step::Filter(_, _, false) => (1, usize::MAX),
        Step::Filter(_, start, true) => (1, start.len()),
        Step::AnyName | Step::AnyElement => (0, 0),
        Step::Json => (2, 0),
    };
    let each = a.iter().zip(b).map(|(a, b)| exact(a).cmp(&exact(b)));
    each.fold(Ordering::Equal, Ordering::then)
}

/// What stands in a value that is a text.
pub enum Held<'t> {
    Nothing,
    Unreadable(&'static str),
    Json(&'t Tree),
}

impl Held<'_> {
    /// `None`: it is no text.
    pub fn of(value: &Tree) -> Option<Held<'_>> {
        Some(match value {
            Tree::Text(inside) => match &**inside {
                json @ (Tree::Array(_) | Tree::Object(_)) => Held::Json(json),
                Tree::Scalar("null") => Held::Nothing,
                Tree::Scalar(_) | Tree::Text(_) => Held::Unreadable("not_json"),
            },
            Tree::Scalar("\"\"" | "\"unknown\"") => Held::Nothing,
            Tree::Scalar(text) if *text == TWICE => Held::Unreadable("duplicate_key"),
            Tree::Scalar(text) if text.starts_with('"') => Held::Unreadable("not_json"),
            Tree::Scalar(_) | Tree::Array(_) | Tree::Object(_) => return None,
        })
    }
}
