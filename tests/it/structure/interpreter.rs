//! What a policy does to a tree, by definition.

use std::collections::BTreeMap;

use super::conditions::Condition;
use super::each;
use super::paths::{Match, goes_into, matches, specificity};
use super::policies::{DROP, EACH, Field, OnError, Policy, Step, WHOLE, Write, spelled};
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
    /// How many names were made.
    pub names: u64,
    /// How many came out as another of their object.
    pub alike: u64,
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

/// What a place holds.
enum Place {
    /// Fields, each under its name.
    Leaf(Vec<(String, Left)>),
    /// Something that paths go through, under its name.
    Through(Left, Option<String>),
}

/// Why it does not go on.
enum Stop {
    /// The record is refused, as that field where one is known.
    Refused(String, Option<String>),
    /// The member that is so many containers in work deep has no name.
    Gone(usize),
}

/// A container that is a member, in work.
struct Pending {
    name: &'static str,
    /// Which of the objects in work it is a member of.
    object: usize,
    /// What makes its name; `None`: it is its own.
    naming: Option<&'static str>,
    /// The fields in it.
    below: Vec<Field>,
    /// As which field the record is refused when its own name is another's, too.
    refused_as: Option<String>,
    /// Its name, once something in it was reached.
    made: Option<String>,
}

pub struct Interpreter<'a> {
    fields: Vec<Field>,
    selects: Option<Condition>,
    implied: Vec<Field>,
    actions: &'a mut Actions,
    counts: BTreeMap<String, [u64; 5]>,
    cases: u64,
    names: u64,
    alike: u64,
    top: Tree,
    pending: Vec<Pending>,
    /// Of each object in work the names under which something stands in it.
    objects: Vec<Vec<String>>,
    /// The members of an object there are written beside it.
    lifted: Option<Vec<&'static str>>,
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
            names: 0,
            alike: 0,
            top: Tree::Scalar("null"),
            pending: Vec::new(),
            objects: Vec::new(),
            lifted: None,
        }
    }

    pub fn lifting(mut self, lifted: Option<Vec<&'static str>>) -> Interpreter<'a> {
        self.lifted = lifted;
        self
    }

    pub fn record(mut self, tree: &Tree) -> Outcome {
        let Tree::Object(members) = tree else {
            panic!("a record is an object");
        };
        let outcome = |value, counts, of: &Interpreter<'_>| Outcome {
            value,
            counts,
            cases: of.cases,
            names: of.names,
            alike: of.alike,
        };
        if self.selects.iter().any(|of| !of.holds(tree, &[])) {
            return outcome(Err("withheld".to_owned()), BTreeMap::new(), &self);
        }
        self.top = tree.clone();
        match self.members(members, &[]) {
            Ok(members) => {
                let counts = std::mem::take(&mut self.counts);
                outcome(Ok(format!("{{{}}}", members.join(","))), counts, &self)
            }
            Err(Stop::Refused(reason, field)) => {
                // Nothing else of such a record counts.
                let counts = field.into_iter().map(|field| (field, [0, 0, 0, 0, 1]));
                outcome(Err(reason), counts.collect(), &self)
            }
            Err(Stop::Gone(_)) => unreachable!("the record has no name"),
        }
    }

    fn members(
        &mut self,
        members: &[(&'static str, Tree)],
        above: &[At<'_>],
    ) -> Result<Vec<String>, Stop> {
        let object = self.objects.len();
        self.objects.push(Vec::new());
        let mut written = Vec::new();
        for (name, value) in members {
            let at = [above, &[At::Name(name)]].concat();
            let place = self.place(value, &at)?;
            self.objects.truncate(object + 1);
            match place {
                Place::Leaf(leaf) => {
                    for (name, left) in leaf {
                        if let Left::Text(text) = left {
                            written.push(format!("\"{name}\":{text}"));
                        }
                    }
                }
                Place::Through(Left::Text(text), _)
                    if matches!(value, Tree::Object(_)) && self.is_lifted(&at) =>
                {
                    // Without the braces around it.
                    let inside = &text[1..text.len() - 1];
                    written.extend((!inside.is_empty()).then(|| inside.to_owned()));
                }
                Place::Through(Left::Text(text), made) => {
                    let name = made.unwrap_or((*name).to_owned());
                    written.push(format!("\"{name}\":{text}"));
                }
                Place::Through(..) => {}
            }
        }
        self.objects.truncate(object);
        Ok(written)
    }

    fn is_lifted(&self, at: &[At<'_>]) -> bool {
        let name = |at: &At<'_>| match at {
            At::Name(name) => Some(*name),
            At::Element(..) | At::Json => None,
        };
        let names: Option<Vec<&str>> = at.iter().map(name).collect();
        names.is_some() && names == self.lifted.as_ref().map(|l| l.to_vec())
    }

    /// What stands at one place.
    fn place(&mut self, value: &Tree, at: &[At<'_>]) -> Result<Place, Stop> {
        let (fields, implied) = (self.fields.clone(), self.implied.clone());
        let here = |all: &[Field]| {
            let here = all.iter().filter(|f| {
                let mut ways = matches(&f.steps, at).into_iter();
                ways.any(|m| m.ends(&f.steps))
            });
            here.max_by(|a, b| specificity(&a.steps, &b.steps)).cloned()
        };
        let winner = here(&fields);
        let ways = |f: &Field| {
            let ways = matches(&f.steps, at).into_iter();
            ways.filter(|m| !m.ends(&f.steps)).collect::<Vec<_>>()
        };
        let below = fields
            .iter()
            .flat_map(|f| ways(f).into_iter().map(move |m| (f, m)));
        let below = below.filter(|(f, m)| winner.as_ref().is_none_or(|w| !is_closed(w, f, m)));
        let below: Vec<(&Field, Match)> = below.collect();

        let (last, above) = at.split_last().expect("places lie in the record");
        let is_element = matches!(last, At::Element(..));
        let choosing = fields.iter().filter(|f| {
            let mut ways = matches(&f.steps, above).into_iter();
            ways.any(|m| matches!(f.steps.get(m.done), Some(Step::Filter(..))))
        });
        let choosing: Vec<&Field> = choosing.filter(|_| is_element).collect();
        if winner.is_none() && below.is_empty() {
            if let Some(field) = here(&implied) {
                return self.constant(&field, at);
            }
            // An element that no filter chooses.
            let is_left_out = matches!(value, Tree::Object(_) | Tree::Scalar("null"));
            if !choosing.is_empty() && !is_left_out {
                self.refused("wrong_type", &choosing)?;
            }
            return Ok(Place::Through(Left::Unnamed, None));
        }
        // What a filter chose is there, whatever is in it.
        if !choosing.is_empty() {
            self.reach()?;
        }
        let next = |(f, m): &(&Field, Match)| f.steps[m.done].clone();
        let arrival = |(f, m): &(&Field, Match)| m.arrival(&f.steps).cloned();
        let every = below.iter().any(|b| arrival(b) == Some(Step::AnyElement));
        let opened: Vec<&Field> = below
            .iter()
            .filter(|b| next(b) == Step::Json)
            .map(|b| b.0)
            .collect();
        if let (false, Some(held)) = (opened.is_empty(), Held::of(value)) {
            return self.opened(held, at, (is_element, every), (&opened, &below));
        }
        if below.iter().any(|b| goes_into(value, &next(b))) {
            // Elements are there even if they stay empty, but for those that `**` alone
            // goes through.
            let stays = is_element && !below.iter().all(|(_, m)| m.by_depth);
            if stays {
                self.reach()?;
            }
            return self.container(value, at, stays, (winner.as_ref(), &below));
        }
        if let Some(winner) = winner {
            if is_element || !winner.writes.iter().all(Write::drops) {
                self.reach()?;
            }
            let mut leaf = Vec::new();
            for write in &winner.writes {
                let (name, mut left) = self.write(&winner, write, value, at)?;
                let every = winner.steps.last() == Some(&Step::AnyElement);
                let drops_alone =
                    write.cases.is_empty() && write.action == DROP && below.is_empty();
                let keeps_place = every && !write.removes_gaps && !drops_alone;
                if let (Left::Nothing, true) = (&left, keeps_place) {
                    left = Left::Text("null".to_owned());
                }
                leaf.push((name, left));
            }
            return Ok(Place::Leaf(leaf));
        }
        if let Some(field) = here(&implied) {
            return self.constant(&field, at);
        }
        // Its place in a list that is gone through stays.
        if is_element && every {
            self.reach()?;
        }
        if *value != Tree::Scalar("null") {
            self.misfit(&below)?;
        }
        Ok(Place::Through(gap(is_element && every), None))
    }

    /// A container that paths go through. `stays`: it is there even if it stays empty.
    fn container(
        &mut self,
        value: &Tree,
        at: &[At<'_>],
        stays: bool,
        inside: (Option<&Field>, &[(&Field, Match)]),
    ) -> Result<Place, Stop> {
        let Some(At::Name(name)) = at.last() else {
            let left = self.through(value, at, stays)?;
            return Ok(Place::Through(left, None));
        };
        let (object, nth) = (self.objects.len() - 1, self.pending.len());
        let pending = pending(name, object, inside);
        self.pending.push(pending);
        let left = self.through(value, at, stays);
        self.pending.truncate(nth + 1);
        let own = self.pending.pop().expect("it was in work");
        self.objects.truncate(object + 1);
        match left {
            Ok(Left::Text(text)) => {
                let made = own.made.expect("something in it is written");
                Ok(Place::Through(Left::Text(text), Some(made)))
            }
            Ok(left) => {
                // Its name is free again.
                if own.made.is_some() {
                    self.objects[object].pop();
                }
                Ok(Place::Through(left, None))
            }
            Err(Stop::Gone(gone)) if gone == nth => Ok(Place::Through(Left::Unnamed, None)),
            Err(stop) => Err(stop),
        }
    }

    /// Something that is named is reached: the containers around it get their names, the
    /// outermost first.
    fn reach(&mut self) -> Result<(), Stop> {
        for nth in 0..self.pending.len() {
            if self.pending[nth].made.is_some() {
                continue;
            }
            let Pending {
                name,
                object,
                naming,
                refused_as,
                ..
            } = &self.pending[nth];
            let (name, object) = (*name, *object);
            let Some(naming) = *naming else {
                if self.objects[object].iter().any(|other| other == name) {
                    self.alike += 1;
                    return Err(Stop::Refused(
                        "duplicate_key".to_owned(),
                        refused_as.clone(),
                    ));
                }
                self.objects[object].push(name.to_owned());
                self.pending[nth].made = Some(name.to_owned());
                continue;
            };
            let below: Vec<Field> = self.pending[nth].below.clone();
            let below: Vec<&Field> = below.iter().collect();
            match self.name(naming, name, object) {
                Made::Value(made) => self.pending[nth].made = Some(made),
                Made::Nothing => {
                    for (field, write) in writes(&below) {
                        self.counts.entry(called(field, write)).or_default()[1] += 1;
                    }
                    return Err(Stop::Gone(nth));
                }
                Made::Refused(reason) => {
                    self.refused(&reason, &below)?;
                    return Err(Stop::Gone(nth));
                }
            }
        }
        Ok(())
    }

    /// The name that is made of one, which then stands in that object.
    fn name(&mut self, naming: &'static str, name: &str, object: usize) -> Made {
        match self.act(naming, &format!("\"{name}\"")) {
            Made::Value(json) => {
                let made: String = serde_json::from_str(&json).expect("a text");
                if self.objects[object].contains(&made) {
                    self.alike += 1;
                    return Made::Refused("duplicate_key".to_owned());
                }
                self.names += 1;
                self.objects[object].push(made.clone());
                Made::Value(made)
            }
            other => other,
        }
    }

    /// A text that holds JSON.
    fn opened(
        &mut self,
        held: Held<'_>,
        at: &[At<'_>],
        (is_element, every): (bool, bool),
        (opened, below): (&[&Field], &[(&Field, Match)]),
    ) -> Result<Place, Stop> {
        let keeps_place = is_element && every;
        let tree = match held {
            Held::Json(tree) => tree,
            held => {
                if keeps_place {
                    self.reach()?;
                }
                if let Held::Unreadable(reason) = held {
                    self.refused(reason, opened)?;
                }
                return Ok(Place::Through(gap(keeps_place), None));
            }
        };
        self.reach()?;
        let inside = [at, &[At::Json]].concat();
        let ways = |f: &&&Field| {
            let ways = matches(&f.steps, &inside).into_iter();
            ways.map(|m| f.steps[m.done].clone()).collect::<Vec<_>>()
        };
        if !opened
            .iter()
            .any(|f| ways(&f).iter().any(|step| goes_into(tree, step)))
        {
            let deep = |f: &&&Field| {
                let mut ways = matches(&f.steps, &inside).into_iter();
                ways.any(|m| m.is_in_depth(&f.steps))
            };
            let shallow: Vec<&Field> = opened.iter().filter(|f| !deep(f)).copied().collect();
            self.refused("wrong_type", &shallow)?;
            return Ok(Place::Through(gap(keeps_place), None));
        }
        let empty = match tree {
            Tree::Array(_) => "[]",
            _ => "{}",
        };
        let objects = self.objects.len();
        let left = self.through(tree, &inside, false)?;
        self.objects.truncate(objects);
        let left = match left {
            Left::Text(text) if text.len() > empty.len() => text,
            _ if is_element => empty.to_owned(),
            _ => return Ok(Place::Through(Left::Unnamed, None)),
        };
        let text = serde_json::to_string(&left).expect("a text has JSON");
        let mut made = None;
        if let Some(At::Name(name)) = at.last() {
            let mut own = pending(name, objects - 1, (None, below));
            own.refused_as = None;
            let nth = self.pending.len();
            self.pending.push(own);
            let reached = self.reach();
            let own = self.pending.pop().expect("it was in work");
            match reached {
                Ok(()) => made = own.made,
                Err(Stop::Gone(gone)) if gone == nth => {
                    return Ok(Place::Through(Left::Unnamed, None));
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(Place::Through(Left::Text(text), made))
    }

    /// What a filter found, as the policy spells it.
    fn constant(&mut self, field: &Field, at: &[At<'_>]) -> Result<Place, Stop> {
        self.reach()?;
        let write = &field.writes[0];
        let name = match at.last() {
            Some(At::Name(name)) => *name,
            _ => "",
        };
        let object = self.objects.last_mut().expect("it lies in an object");
        if object.iter().any(|other| other == name) {
            let field = called(field, write);
            return Err(Stop::Refused("duplicate_key".to_owned(), Some(field)));
        }
        object.push(name.to_owned());
        self.counts.entry(called(field, write)).or_default()[0] += 1;
        let left = Left::Text(write.action.to_owned());
        Ok(Place::Leaf(vec![(name.to_owned(), left)]))
    }

    /// What is in a container.
    fn through(&mut self, value: &Tree, at: &[At<'_>], stays: bool) -> Result<Left, Stop> {
        match value {
            Tree::Scalar(_) | Tree::Text(_) => unreachable!("it holds nothing"),
            Tree::Object(members) => {
                let members = self.members(members, at)?;
                Ok(match members.is_empty() && !stays {
                    true => Left::Unnamed,
                    false => Left::Text(format!("{{{}}}", members.join(","))),
                })
            }
            Tree::Array(items) => {
                let mut written = Vec::new();
                let mut is_there = stays;
                for (n, item) in items.iter().enumerate() {
                    let at = [at, &[At::Element(n, item)]].concat();
                    let left = match self.place(item, &at)? {
                        Place::Leaf(leaf) => leaf.into_iter().next().expect("one write").1,
                        Place::Through(left, _) => left,
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

    /// A value of a kind that nothing foresees; what `**` stands for may be anything.
    fn misfit(&mut self, below: &[(&Field, Match)]) -> Result<(), Stop> {
        self.refused("wrong_type", &foreseeing(below))
    }

    fn refused(&mut self, reason: &str, below: &[&Field]) -> Result<(), Stop> {
        if let Some(field) = quarantining(below) {
            return Err(Stop::Refused(reason.to_owned(), Some(field)));
        }
        for (field, write) in writes(below) {
            self.counts.entry(called(field, write)).or_default()[2] += 1;
        }
        Ok(())
    }

    fn act(&mut self, action: &'static str, value: &str) -> Made {
        match EACH.iter().find(|each| each.action == action) {
            Some(each) => each::apply(each, value, self.actions),
            None => self.actions.apply(action, value),
        }
    }

    fn write(
        &mut self,
        field: &Field,
        write: &Write,
        value: &Tree,
        at: &[At],
    ) -> Result<(String, Left), Stop> {
        let counted_as = called(field, write);
        let mut cases = write.cases.iter();
        let first = cases.find(|(of, _)| of.holds(&self.top, at));
        self.cases += u64::from(first.is_some());
        let action = first.map_or(write.action, |(_, action)| action);
        if action == DROP {
            self.counts.entry(counted_as).or_default()[1] += 1;
            return Ok((String::new(), Left::Nothing));
        }
        let object = self.objects.len() - 1;
        let named = match at.last() {
            Some(At::Name(own)) => match naming(field, field.steps.len() - 1) {
                Some(naming) => self.name(naming, own, object),
                None => {
                    let name = write.name.unwrap_or(own);
                    match self.objects[object].iter().any(|other| other == name) {
                        true => {
                            self.alike += 1;
                            Made::Refused("duplicate_key".to_owned())
                        }
                        false => {
                            self.objects[object].push(name.to_owned());
                            Made::Value(name.to_owned())
                        }
                    }
                }
            },
            _ => Made::Value(String::new()),
        };
        let (is_element, is_named) = (
            matches!(at.last(), Some(At::Element(..))),
            matches!(named, Made::Value(_)),
        );
        let (name, made) = match named {
            Made::Value(name) => (name, self.act(action, &value.to_string())),
            other => (String::new(), other),
        };
        let (left, counted) = match made {
            Made::Value(text) => (Left::Text(text), 0),
            Made::Nothing => (Left::Nothing, 1),
            Made::Refused(reason) => match write.on_error {
                OnError::DropField => (Left::Nothing, 2),
                OnError::Replace(constant) if is_named => (Left::Text(constant.to_owned()), 3),
                OnError::Quarantine | OnError::Replace(_) => {
                    return Err(Stop::Refused(reason, Some(counted_as)));
                }
            },
        };
        if matches!(left, Left::Nothing) && is_named && !is_element {
            self.objects[object].pop();
        }
        self.counts.entry(counted_as).or_default()[counted] += 1;
        Ok((name, left))
    }
}

/// True when what that field looks for behind a place is not looked for: the place is
/// taken whole or dropped by the same path, or dropped by a more exact one, and the
/// field's `**` goes on there.
fn is_closed(winner: &Field, field: &Field, way: &Match) -> bool {
    let drops = winner.writes.iter().all(Write::drops);
    let takes_whole = |w: &Write| w.action == WHOLE || w.cases.iter().any(|(_, a)| *a == WHOLE);
    let whole = winner.writes.iter().any(takes_whole);
    let is_own = winner.steps == field.steps;
    let head = &field.steps[..way.done];
    let is_less = specificity(head, &winner.steps).is_lt();
    (drops || whole) && is_own || drops && way.is_in_depth(&field.steps) && is_less
}

fn pending(
    name: &'static str,
    object: usize,
    (winner, below): (Option<&Field>, &[(&Field, Match)]),
) -> Pending {
    let leaving = below
        .iter()
        .filter(|(f, _)| !f.writes.iter().all(Write::drops));
    let leaving: Vec<&(&Field, Match)> = leaving.collect();
    // A name that some path spells is known.
    let is_known = |(f, m): &&(&Field, Match)| matches!(m.arrival(&f.steps), Some(Step::Name(_)));
    let mut stars = leaving.iter().filter_map(|(f, m)| {
        let step = m.arrived_by?;
        f.steps[step].is_star().then(|| naming(f, step))
    });
    let naming = match leaving.iter().any(is_known) {
        true => None,
        false => stars.next().flatten(),
    };
    let refused_as = match winner {
        Some(_) => None,
        None => quarantining(&foreseeing(below)),
    };
    let mut inside: Vec<Field> = Vec::new();
    for (field, _) in leaving {
        if !inside.iter().any(|f| f.steps == field.steps) {
            inside.push((*field).clone());
        }
    }
    Pending {
        name,
        object,
        naming,
        below: inside,
        refused_as,
        made: None,
    }
}

/// Those that go on behind what their `**` stands for.
fn foreseeing<'f>(below: &[(&'f Field, Match)]) -> Vec<&'f Field> {
    let mut all: Vec<&Field> = Vec::new();
    for (field, way) in below {
        if !way.is_in_depth(&field.steps) && !all.iter().any(|f| f.steps == field.steps) {
            all.push(field);
        }
    }
    all
}

/// What is ever written of those fields.
fn writes<'f>(below: &[&'f Field]) -> Vec<(&'f Field, &'f Write)> {
    let all = below
        .iter()
        .flat_map(|f| f.writes.iter().map(move |w| (*f, w)));
    all.filter(|(_, w)| !w.drops()).collect()
}

/// The first of those fields that refuses the record.
fn quarantining(below: &[&Field]) -> Option<String> {
    let refuses = |w: &(&Field, &Write)| w.1.on_error == OnError::Quarantine;
    let first = writes(below).into_iter().find(refuses)?;
    Some(called(first.0, first.1))
}

/// What makes the names that the star at that step stands for.
fn naming(field: &Field, step: usize) -> Option<&'static str> {
    if !field.steps[step].is_star() {
        return None;
    }
    let before = field.steps[..step].iter().filter(|s| s.is_star()).count();
    match &field.names[..] {
        [one] => Some(one),
        several => several.get(before).copied(),
    }
}

/// The place of an element.
fn gap(keeps_place: bool) -> Left {
    match keeps_place {
        true => Left::Text("null".to_owned()),
        false => Left::Unnamed,
    }
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
