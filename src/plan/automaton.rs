//! All selectors as one deterministic automaton: one look-up a member.
//!
//! A state is a set of places in selectors (subset construction), so the most
//! a record costs is one look-up for each member, whatever the number of
//! outputs. The state number is the slot of the tape and the column of the
//! role tables.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher};

use super::{ReadId, Role};
use crate::record::path::{Selector, Step};
use crate::record::tape::Slot;

/// Nobody reads this value or anything below it.
pub(crate) const DEAD: Slot = 0;
/// Below a value that is taken as raw text; nothing named inside.
pub const WHOLE: Slot = 1;
/// The top-level object.
pub const ROOT: Slot = 2;

/// Under which name a value without parts stands below [`ROOT`].
pub(crate) const ITSELF: &str = "";

/// Most states of one automaton.
pub(crate) const STATES_MAX: usize = 65_536;

/// Bit of [`Automaton::expects`]: something below is reached by a member name.
pub(crate) const EXPECTS_OBJECT: u8 = 1;
/// Bit of [`Automaton::expects`]: something below is reached by a position.
pub(crate) const EXPECTS_ARRAY: u8 = 2;

/// Number of a selector given to a [`Builder`].
pub type SelectorId = usize;

/// Collects selectors.
#[derive(Default)]
pub struct Builder {
    selectors: Vec<Selector>,
    numbers: HashMap<Selector, SelectorId>,
    /// A place that nobody reads, and that has a state of its own all the same.
    mark: Option<SelectorId>,
}

/// What the subset construction made.
pub struct Built {
    /// The automaton itself.
    pub automaton: Automaton,
    /// For each state: which selectors end there and which pass through it.
    pub states: Vec<StateInfo>,
}

/// Which selectors meet in a state.
#[derive(Clone, Debug, Default)]
pub struct StateInfo {
    /// Those that end here.
    pub accepts: Vec<Item>,
    /// Those that go on below; of one with `**` several places.
    pub passes: Vec<Item>,
}

/// A place in a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item {
    /// Which selector.
    pub selector: SelectorId,
    /// How many of its steps are done; of `**` it is open how often.
    pub done: usize,
    /// A member or element that `**` stands for led here.
    pub in_depth: bool,
}

/// More than 65,536 states.
#[derive(Debug)]
pub struct TooManyStates;

/// The automaton: a state per place that somebody reads.
#[derive(Clone)]
pub struct Automaton {
    states: Box<[State]>,
    /// Names of all states, those of one state side by side.
    names: Box<[Named]>,
    /// For each state its names by hash: place among its names plus one, 0 = free.
    table: Box<[u32]>,
    /// `[n]` of all states, those of one state side by side and ascending.
    elements: Box<[(u32, Slot)]>,
    /// Reads of all states, those of one state side by side.
    reads: Box<[ReadId]>,
    reads_len: usize,
    /// For each state whether it has reads, or its texts are opened.
    is_read: Box<[bool]>,
    /// For each state whether an object there may hold one in the same state.
    is_endless: Box<[bool]>,
}

#[derive(Clone, Default)]
struct State {
    names: Range,
    table: Range,
    /// Where a member with no name of its own leads.
    star: Slot,
    elements: Range,
    /// Where an element with no position of its own leads.
    any_element: Slot,
    /// Where the JSON in a text leads.
    text: Slot,
    /// How many containers are around a value here.
    depth: u32,
    reads: Range,
}

#[derive(Clone)]
struct Named {
    name: Box<str>,
    child: Slot,
}

#[derive(Clone, Copy, Default)]
struct Range {
    at: u32,
    len: u32,
}

impl Range {
    fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.at as usize..][..self.len as usize]
    }

    fn appended<T>(all: &mut Vec<T>, more: impl IntoIterator<Item = T>) -> Range {
        let at = all.len();
        all.extend(more);
        Range {
            at: place(at),
            len: place(all.len() - at),
        }
    }
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("at most 65,536 states, each made of the policy's own names")
}

/// Names of a policy are no attack, so the hash needs no secret; names of
/// events only probe.
fn hash(name: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write(name);
    hasher.finish()
}

impl Automaton {
    /// Number of states; slots are below it.
    pub(crate) fn states_len(&self) -> usize {
        self.states.len()
    }

    /// Number of reads that it was built with.
    pub(crate) fn reads_len(&self) -> usize {
        self.reads_len
    }

    /// Where the member of that name, unescaped, leads.
    pub fn member(&self, state: Slot, name: &[u8]) -> Slot {
        let state = &self.states[state as usize];
        let table = state.table.of(&self.table);
        if table.is_empty() {
            return state.star;
        }
        let names = state.names.of(&self.names);
        let mask = table.len() - 1;
        let mut at = hash(name) as usize & mask;
        loop {
            match table[at] {
                0 => return state.star,
                n => {
                    let named = &names[n as usize - 1];
                    if named.name.as_bytes() == name {
                        return named.child;
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Where the element at that position, counted from 0, leads.
    pub fn element(&self, state: Slot, index: u32) -> Slot {
        let state = &self.states[state as usize];
        let elements = state.elements.of(&self.elements);
        match elements.binary_search_by_key(&index, |e| e.0) {
            Ok(at) => elements[at].1,
            Err(_) => state.any_element,
        }
    }

    /// Where every element leads, when no position of that state leads elsewhere.
    pub(crate) fn every_element(&self, state: Slot) -> Option<Slot> {
        let state = &self.states[state as usize];
        (state.elements.len == 0).then_some(state.any_element)
    }

    /// Where the JSON in a text leads; [`DEAD`]: it is not opened.
    pub(crate) fn text(&self, state: Slot) -> Slot {
        self.states[state as usize].text
    }

    /// True when some text is opened.
    pub(crate) fn opens_texts(&self) -> bool {
        self.states.iter().any(|state| state.text != DEAD)
    }

    /// How many containers are around a value in that state, those of the texts
    /// included that it lies in.
    pub(crate) fn depth(&self, state: Slot) -> u32 {
        self.states[state as usize].depth
    }

    /// True when a value in that state answers a read, or is a text to be opened.
    #[inline]
    pub(crate) fn is_read(&self, state: Slot) -> bool {
        self.is_read[state as usize]
    }

    /// True when what stands in a value there can be in the same state again (`**`).
    #[inline]
    pub(crate) fn is_endless(&self, state: Slot) -> bool {
        self.is_endless[state as usize]
    }

    /// The states that members of an object there can be in.
    pub(crate) fn members(&self, state: Slot) -> impl Iterator<Item = Slot> {
        let state = &self.states[state as usize];
        let named = state.names.of(&self.names).iter().map(|n| n.child);
        named.chain([state.star])
    }

    /// The members with names of their own there, and where they lead.
    pub(crate) fn named_members(&self, state: Slot) -> impl Iterator<Item = (&str, Slot)> {
        let named = self.states[state as usize].names.of(&self.names);
        named.iter().map(|named| (&*named.name, named.child))
    }

    /// Where a member with no name of its own there leads.
    pub(crate) fn any_member(&self, state: Slot) -> Slot {
        self.states[state as usize].star
    }

    /// The positions with a meaning of their own there, ascending, and where they lead.
    pub(crate) fn positions(&self, state: Slot) -> &[(u32, Slot)] {
        self.states[state as usize].elements.of(&self.elements)
    }

    /// Where an element at any other position leads.
    pub(crate) fn any_element(&self, state: Slot) -> Slot {
        self.states[state as usize].any_element
    }

    /// The reads that a value in that state answers.
    pub(crate) fn reads(&self, state: Slot) -> &[ReadId] {
        self.states[state as usize].reads.of(&self.reads)
    }

    /// The same automaton for records that hold a list where a value in the state that
    /// `path` leads to stands: each of its elements is in that state. And the state
    /// of the list, which is one more. `path`: names from the top that lead to a state
    /// of its own; none: the record is the list.
    pub(crate) fn with_list(&self, path: &[String]) -> (Automaton, Slot) {
        let mut all = self.clone();
        let list = place(self.states.len());
        let mut element = ROOT;
        for (n, name) in path.iter().enumerate() {
            let around = element;
            element = self.member(around, name.as_bytes());
            if n + 1 == path.len() {
                let names = self.states[around as usize].names;
                let own = names.at as usize..(names.at + names.len) as usize;
                for named in all.names[own].iter_mut().filter(|n| n.child == element) {
                    named.child = list;
                }
            }
        }
        let one = State {
            any_element: element,
            depth: self.states[element as usize].depth,
            ..State::default()
        };
        let pushed = |mut bits: Vec<bool>| {
            bits.push(false);
            bits.into()
        };
        let mut states = all.states.into_vec();
        states.push(one);
        all.states = states.into();
        all.is_read = pushed(all.is_read.into_vec());
        all.is_endless = pushed(all.is_endless.into_vec());
        (all, list)
    }

    /// For each state the one name that leads there; `None` for states reached
    /// by several names, by `*` or by a position.
    pub(crate) fn last_names(&self) -> Vec<Option<&str>> {
        let mut names: Vec<Option<&str>> = vec![None; self.states.len()];
        let mut several = vec![false; self.states.len()];
        for state in &self.states {
            for named in state.names.of(&self.names) {
                let at = named.child as usize;
                several[at] |= names[at].is_some_and(|other| other != &*named.name);
                names[at] = Some(&named.name);
            }
            several[state.star as usize] = true;
            several[state.any_element as usize] = true;
            several[state.text as usize] = true;
            for (_, child) in state.elements.of(&self.elements) {
                several[*child as usize] = true;
            }
        }
        for (name, several) in names.iter_mut().zip(several) {
            *name = name.filter(|_| !several);
        }
        names
    }

    /// For each state that is [`Role::Path`] in a role table: which containers
    /// may hold what the table names ([`EXPECTS_OBJECT`], [`EXPECTS_ARRAY`]).
    /// A value of another kind is an [`Other`](super::Other).
    pub(crate) fn expects(&self, roles: &[Role]) -> Box<[u8]> {
        let named = |slot: Slot| roles[slot as usize] != Role::Skip;
        self.states
            .iter()
            .zip(roles)
            .map(|(state, role)| {
                if !matches!(role, Role::Path(_)) {
                    return 0;
                }
                let object =
                    named(state.star) || state.names.of(&self.names).iter().any(|n| named(n.child));
                let array = named(state.any_element)
                    || state.elements.of(&self.elements).iter().any(|e| named(e.1));
                u8::from(object) * EXPECTS_OBJECT + u8::from(array) * EXPECTS_ARRAY
            })
            .collect()
    }
}

/// A state before it has a number: its items, sorted, and whether some value
/// above it is itself a place that somebody names.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Set {
    items: Vec<Item>,
    covered: bool,
}

impl Builder {
    /// All of them.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.selectors.iter()
    }

    /// Adds a selector; equal selectors get one number.
    pub fn add(&mut self, selector: Selector) -> SelectorId {
        let next = self.selectors.len();
        *self.numbers.entry(selector).or_insert_with_key(|selector| {
            self.selectors.push(selector.clone());
            next
        })
    }

    /// Gives the place that `selector`, of names alone, leads to a state of its own.
    /// To be called when all others were added.
    pub(crate) fn mark(&mut self, selector: &Selector) {
        if !self.numbers.contains_key(selector) {
            self.mark = Some(self.add(selector.clone()));
        }
    }

    /// The selector of that number.
    pub(crate) fn selector(&self, id: SelectorId) -> &Selector {
        &self.selectors[id]
    }

    /// Merges all selectors. `reads[i]` is the selector that read number `i`
    /// of the plan looks at; such selectors name one place.
    ///
    /// # Errors
    /// [`TooManyStates`] above 65,536 states.
    pub fn build(&self, reads: &[SelectorId]) -> Result<Built, TooManyStates> {
        let mut making = Making {
            numbers: HashMap::new(),
            queue: Vec::new(),
        };
        let root = Set {
            items: self.closed((0..self.selectors.len()).map(Item::start).collect()),
            covered: false,
        };
        making.queue.push(root.clone());
        making.numbers.insert(root, ROOT);

        let mut states = vec![
            State::default(),
            State {
                star: WHOLE,
                any_element: WHOLE,
                ..State::default()
            },
        ];
        let mut infos = vec![StateInfo::default(); 2];
        let (mut names, mut table) = (Vec::new(), Vec::new());
        let (mut elements, mut read_list) = (Vec::new(), Vec::new());

        let mut at = 0;
        while at < making.queue.len() {
            let set = making.queue[at].clone();
            at += 1;
            let info = self.info(&set);
            let named = |i: &Item| self.mark != Some(i.selector);
            let covered = set.covered || info.accepts.iter().any(named);

            // Each item goes to its own name or position, those of `*` and
            // `[*]` to every one: the work stays linear in what they lead to.
            // Which elements a filter means is seen when they are walked.
            let mut spelled: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
            let mut positions: BTreeMap<u32, Vec<Item>> = BTreeMap::new();
            let (mut any_name, mut any_element) = (Vec::new(), Vec::new());
            let mut text = Vec::new();
            for item in &set.items {
                let next = item.next();
                match self.step(item) {
                    Some(Step::Name(name)) => spelled.entry(name).or_default().push(next),
                    Some(Step::Element(n)) => positions.entry(*n).or_default().push(next),
                    Some(Step::AnyName) => any_name.push(next),
                    Some(Step::AnyElement | Step::Filter(_)) => any_element.push(next),
                    Some(Step::AnyDepth) => {
                        any_name.push(item.deeper());
                        any_element.push(item.deeper());
                    }
                    Some(Step::Json) => text.push(next),
                    // A value without parts is read as the one member of an object
                    // that nobody wrote: no name of an event is asked for beside it.
                    Some(Step::Itself) => spelled.entry(ITSELF).or_default().push(next),
                    None => {}
                }
            }
            let mut named = Vec::with_capacity(spelled.len());
            for (name, items) in spelled {
                named.push(Named {
                    name: name.into(),
                    child: making.child(self.with(items, &any_name), covered)?,
                });
            }
            let mut placed = Vec::with_capacity(positions.len());
            for (n, items) in positions {
                placed.push((n, making.child(self.with(items, &any_element), covered)?));
            }
            states.push(State {
                table: Range::appended(&mut table, hash_table(&named)),
                names: Range::appended(&mut names, named),
                star: making.child(self.closed(any_name), covered)?,
                elements: Range::appended(&mut elements, placed),
                any_element: making.child(self.closed(any_element), covered)?,
                // Whatever takes the text takes no raw text inside of it.
                text: making.child(self.closed(text), false)?,
                depth: self.depth(&set),
                reads: Range::appended(
                    &mut read_list,
                    (0..)
                        .zip(reads)
                        .filter(|(_, s)| info.accepts.iter().any(|i| i.selector == **s))
                        .map(|(id, _)| id),
                ),
            });
            infos.push(info);
        }
        Ok(Built {
            automaton: Automaton {
                is_read: states
                    .iter()
                    .map(|s: &State| s.reads.len > 0 || s.text != DEAD)
                    .collect(),
                states: states.into(),
                names: names.into(),
                table: table.into(),
                elements: elements.into(),
                reads: read_list.into(),
                reads_len: reads.len(),
                is_endless: infos
                    .iter()
                    .map(|info| info.accepts.iter().chain(&info.passes).any(|i| i.in_depth))
                    .collect(),
            },
            states: infos,
        })
    }

    /// How many containers are around a value in that state, if all that lead there
    /// say the same: at least wherever a text is opened, since `**` stands behind it.
    fn depth(&self, set: &Set) -> u32 {
        let steps = |i: &Item| &self.selectors[i.selector].steps[..i.done];
        let known = |steps: &&[Step]| !steps.contains(&Step::AnyDepth);
        let mut known = set
            .items
            .iter()
            .filter(|i| !i.in_depth)
            .map(steps)
            .filter(known);
        let first = known.next().unwrap_or_default();
        place(first.iter().filter(|s| **s != Step::Json).count())
    }

    fn info(&self, set: &Set) -> StateInfo {
        let (accepts, passes) = set.items.iter().partition(|i| self.step(i).is_none());
        StateInfo { accepts, passes }
    }

    /// The step that comes next there; `None`: the selector ends.
    pub(crate) fn step(&self, item: &Item) -> Option<&Step> {
        self.selectors[item.selector].steps.get(item.done)
    }

    /// The step that led there; `None`: it is the top, or the way in a text.
    pub(crate) fn arrival(&self, item: &Item) -> Option<&Step> {
        let steps = &self.selectors[item.selector].steps;
        match item.in_depth {
            true => Some(&Step::AnyDepth),
            false => steps[..self.arrived(item)].last(),
        }
    }

    /// How many steps led there for certain, that which led last included: where
    /// nothing yet stands for a `**`, it is not counted.
    pub(crate) fn arrived(&self, item: &Item) -> usize {
        let done = &self.selectors[item.selector].steps[..item.done];
        match (done.last(), item.in_depth) {
            (Some(Step::AnyDepth), false) => item.done - 1,
            (Some(Step::AnyDepth), true) => item.done,
            (_, true) => item.done + 1,
            (_, false) => item.done,
        }
    }

    /// True when there `**` goes on, or has just ended: whatever stands there is one of
    /// the members and elements that it may stand for.
    pub(crate) fn is_in_depth(&self, item: &Item) -> bool {
        let done = &self.selectors[item.selector].steps[..item.done];
        done.last() == Some(&Step::AnyDepth) || self.step(item) == Some(&Step::AnyDepth)
    }

    /// Those items, and where a `**` may stand for nothing, behind it too; in order.
    fn closed(&self, mut items: Vec<Item>) -> Vec<Item> {
        let opens = |i: &&Item| self.step(i) == Some(&Step::AnyDepth);
        let behind = |i: &Item| Item {
            done: i.done + 1,
            ..*i
        };
        let more: Vec<Item> = items.iter().filter(opens).map(behind).collect();
        items.extend(more);
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Both lists, closed.
    fn with(&self, mut items: Vec<Item>, more: &[Item]) -> Vec<Item> {
        items.extend(more);
        self.closed(items)
    }
}

impl Item {
    fn start(selector: SelectorId) -> Item {
        Item {
            selector,
            done: 0,
            in_depth: false,
        }
    }

    /// One step on.
    fn next(&self) -> Item {
        Item {
            done: self.done + 1,
            in_depth: false,
            ..*self
        }
    }

    /// The same place in the selector, one member or element further in.
    fn deeper(&self) -> Item {
        Item {
            in_depth: true,
            ..*self
        }
    }
}

struct Making {
    numbers: HashMap<Set, Slot>,
    /// Sets in the order of their numbers, from [`ROOT`] on.
    queue: Vec<Set>,
}

impl Making {
    /// Number of the state that `items` are in.
    fn child(&mut self, items: Vec<Item>, covered: bool) -> Result<Slot, TooManyStates> {
        if items.is_empty() {
            return Ok(if covered { WHOLE } else { DEAD });
        }
        let child = Set { items, covered };
        if let Some(slot) = self.numbers.get(&child) {
            return Ok(*slot);
        }
        let number = self.queue.len() + ROOT as usize;
        if number >= STATES_MAX {
            return Err(TooManyStates);
        }
        let slot = place(number);
        self.queue.push(child.clone());
        self.numbers.insert(child, slot);
        Ok(slot)
    }
}

/// Open addressing, at most half full.
fn hash_table(names: &[Named]) -> Vec<u32> {
    if names.is_empty() {
        return Vec::new();
    }
    let mut table = vec![0; (names.len() * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for (n, named) in (1..).zip(names) {
        let mut at = hash(named.name.as_bytes()) as usize & mask;
        while table[at] != 0 {
            at = (at + 1) & mask;
        }
        table[at] = n;
    }
    table
}

#[cfg(test)]
#[path = "automaton_tests.rs"]
mod tests;
