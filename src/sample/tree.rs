//! The paths of a sample, as a tree of names; bounded.
//!
//! Names that are data (a product's number, a person's address) would make a path
//! each: names that look like an identifier, and rare names of which one object
//! has a great many with alike values, become one path, `*`.

use super::distinct::Budget;
use super::found::Found;
use super::stats::Stats;
use super::words;
use crate::detect::{DETECTORS, Scalar};
use crate::record::path::{Filter, Is, Selector, Step};
use foldhash::quality::FixedState;
use std::collections::HashMap;

/// Most paths that are kept apart; values at others are counted.
pub const PATHS_MAX: usize = 10_000;

/// A place in the tree.
pub(super) type Node = u32;

/// Names under one object before they are looked at as data; then at every
/// doubling.
const MANY_NAMES: usize = 64;
/// So many that they are data even where every record has them all.
const TOO_MANY_NAMES: usize = 1_024;

/// Longer names are data; nobody calls a member so.
const NAME_BYTES_MAX: usize = 1_024;

/// All paths.
pub(super) struct Tree {
    nodes: Vec<Branch>,
    free: Vec<Node>,
    record: u64,
    overflow: u64,
    hash: FixedState,
    left: Budget,
}

/// One path, and where it leads.
#[derive(Default)]
struct Branch {
    stats: Stats,
    members: HashMap<Box<str>, Node>,
    /// In the order in which they came.
    order: Vec<Node>,
    name: Box<str>,
    every_element: Option<Node>,
    /// Elements that are pairs of a key and a value, by their key.
    keyed: Vec<(Key, Node)>,
    any_name: Option<Node>,
    /// How many names there were when they were last looked at as data.
    looked_at: usize,
    /// Rare names were data: `any_name` has what they held.
    folded: bool,
}

/// By which member an element of a list is told from the others, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The name of the member.
    pub(super) member: Box<str>,
    /// Its text.
    pub(super) says: Box<str>,
}

impl Key {
    /// As a policy chooses such an element.
    fn step(&self) -> Step {
        Step::Filter(Box::new(Filter {
            path: vec![self.member.to_string()],
            is: Is::Text(self.says.to_string()),
        }))
    }
}

/// In so few records nothing comes again.
const FEW_RECORDS: u64 = 2;
/// Keys of one list that are kept apart; the elements of others are taken together.
const KEYS_MAX: usize = 200;

impl Tree {
    /// The record itself.
    pub(super) const TOP: Node = 0;

    pub(super) fn new(seed: u64) -> Tree {
        Tree {
            nodes: vec![Branch::default()],
            free: Vec::new(),
            record: 0,
            overflow: 0,
            hash: FixedState::with_seed(seed),
            left: Budget::default(),
        }
    }

    pub(super) fn begin_record(&mut self) {
        self.record += 1;
    }

    pub(super) fn overflow(&self) -> u64 {
        self.overflow
    }

    fn stats(&mut self, node: Option<Node>) -> Option<&mut Stats> {
        match node {
            Some(node) => Some(&mut self.nodes[node as usize].stats),
            None => {
                self.overflow += 1;
                None
            }
        }
    }

    pub(super) fn null(&mut self, node: Option<Node>) {
        let record = self.record;
        if let Some(stats) = self.stats(node) {
            stats.null(record);
        }
    }

    pub(super) fn object(&mut self, node: Option<Node>) {
        let record = self.record;
        if let Some(stats) = self.stats(node) {
            stats.object(record);
        }
    }

    pub(super) fn array(&mut self, node: Option<Node>) {
        let record = self.record;
        if let Some(stats) = self.stats(node) {
            stats.array(record);
        }
    }

    pub(super) fn boolean(&mut self, node: Option<Node>, value: bool) {
        match node {
            Some(node) => self.nodes[node as usize].stats.boolean(
                value,
                self.record,
                &self.hash,
                &mut self.left,
            ),
            None => self.overflow += 1,
        }
    }

    pub(super) fn scalar(&mut self, node: Option<Node>, value: Scalar<'_>) {
        match node {
            Some(node) => self.nodes[node as usize].stats.scalar(
                value,
                self.record,
                &self.hash,
                &mut self.left,
            ),
            None => self.overflow += 1,
        }
    }

    /// Where every element of the array at `node` is.
    pub(super) fn element(&mut self, node: Option<Node>) -> Option<Node> {
        let node = node?;
        if let Some(element) = self.nodes[node as usize].every_element {
            return Some(element);
        }
        let element = self.grow(Branch::default())?;
        self.nodes[node as usize].every_element = Some(element);
        Some(element)
    }

    /// Where the elements of that key are, in the array at `node`: a key is the name of
    /// a member in another notation, so one that is data has no path of its own.
    pub(super) fn keyed(&mut self, node: Option<Node>, key: &Key) -> Option<Node> {
        let at = node?;
        let known = &self.nodes[at as usize].keyed;
        if let Some((_, element)) = known.iter().find(|(known, _)| known == key) {
            return Some(*element);
        }
        // Which of two members decides could not be told.
        let by_another = known.first().is_some_and(|(k, _)| k.member != key.member);
        if known.len() == KEYS_MAX || by_another || is_data(&key.says) {
            return self.element(node);
        }
        let element = self.grow(Branch::default())?;
        self.nodes[at as usize].keyed.push((key.clone(), element));
        Some(element)
    }

    /// Where the member of that name is, in the object at `node`.
    pub(super) fn member(&mut self, node: Option<Node>, name: &str) -> Option<Node> {
        let node = node?;
        let branch = &self.nodes[node as usize];
        if let Some(member) = branch.members.get(name) {
            return Some(*member);
        }
        let count = branch.members.len();
        if is_data(name) {
            return self.any_name(node);
        }
        if count >= MANY_NAMES && count >= 2 * branch.looked_at {
            self.nodes[node as usize].looked_at = count;
            self.fold(node);
        }
        // Where rare names were data, another rare name is.
        let branch = &self.nodes[node as usize];
        if let Some(any) = branch.any_name
            && branch.folded
            && branch.stats.objects() > MANY_NAMES as u64
        {
            return Some(any);
        }
        let stats = match words::is_naming(name) {
            true => Stats::naming(),
            false => Stats::default(),
        };
        let member = self.grow(Branch {
            stats,
            name: name.into(),
            ..Branch::default()
        })?;
        let branch = &mut self.nodes[node as usize];
        branch.members.insert(name.into(), member);
        branch.order.push(member);
        Some(member)
    }

    fn any_name(&mut self, node: Node) -> Option<Node> {
        if let Some(any) = self.nodes[node as usize].any_name {
            return Some(any);
        }
        let any = self.grow(Branch::default())?;
        self.nodes[node as usize].any_name = Some(any);
        Some(any)
    }

    /// A new place; `None` when there are as many paths as there may be.
    fn grow(&mut self, branch: Branch) -> Option<Node> {
        if let Some(free) = self.free.pop() {
            self.nodes[free as usize] = branch;
            return Some(free);
        }
        // The top is no path.
        if self.nodes.len() > PATHS_MAX {
            return None;
        }
        self.nodes.push(branch);
        Some((self.nodes.len() - 1) as Node)
    }

    /// Makes one path of the members of an object whose names are data, if there
    /// are such.
    fn fold(&mut self, node: Node) {
        let branch = &self.nodes[node as usize];
        let objects = branch.stats.objects();
        let all = branch.order.len() >= TOO_MANY_NAMES;
        let is_rare =
            |member: &&Node| all || self.nodes[**member as usize].stats.records() * 8 <= objects;
        let rare: Vec<Node> = branch.order.iter().filter(is_rare).copied().collect();
        let mut kinds = [0usize; 5];
        for member in &rare {
            kinds[self.nodes[*member as usize].stats.mostly()] += 1;
        }
        let alike = kinds.into_iter().max().unwrap_or(0) * 10 >= rare.len() * 9;
        if rare.len() < MANY_NAMES / 2 || !alike {
            return;
        }
        let branch = &mut self.nodes[node as usize];
        branch.folded = true;
        branch.order.retain(|member| !rare.contains(member));
        branch.members.retain(|_, member| !rare.contains(member));
        // A member gives its place where there is no other.
        let any = match branch.any_name {
            Some(any) => any,
            None => {
                let any = rare[0];
                branch.any_name = Some(any);
                self.nodes[any as usize].name = "".into();
                any
            }
        };
        for member in rare.into_iter().filter(|member| *member != any) {
            self.merge(member, any);
        }
    }

    /// Takes over everything at and below `from`, which is then free.
    fn merge(&mut self, from: Node, into: Node) {
        let taken = std::mem::take(&mut self.nodes[from as usize]);
        self.nodes[into as usize]
            .stats
            .merge(taken.stats, &mut self.left);
        for child in taken.order {
            let name = self.nodes[child as usize].name.clone();
            match self.nodes[into as usize].members.get(&name) {
                Some(own) => self.merge(child, *own),
                None => {
                    let branch = &mut self.nodes[into as usize];
                    branch.members.insert(name, child);
                    branch.order.push(child);
                }
            }
        }
        for (key, theirs) in taken.keyed {
            let own = &self.nodes[into as usize].keyed;
            match own.iter().find(|(known, _)| *known == key) {
                Some((_, own)) => self.merge(theirs, *own),
                None => self.nodes[into as usize].keyed.push((key, theirs)),
            }
        }
        if let Some(theirs) = taken.every_element {
            match self.nodes[into as usize].every_element {
                Some(own) => self.merge(theirs, own),
                None => self.nodes[into as usize].every_element = Some(theirs),
            }
        }
        self.nodes[into as usize].folded |= taken.folded;
        if let Some(theirs) = taken.any_name {
            match self.nodes[into as usize].any_name {
                Some(own) => self.merge(theirs, own),
                None => self.nodes[into as usize].any_name = Some(theirs),
            }
        }
        self.free.push(from);
    }

    /// What stands at a path, and whether other names may be counted with its own.
    pub(super) fn find(&self, path: &Selector) -> Option<(&Stats, bool, bool)> {
        let (mut node, mut with_others) = (Tree::TOP, false);
        for step in &path.steps {
            let branch = &self.nodes[node as usize];
            node = match step {
                Step::Name(name) => match branch.members.get(&**name) {
                    Some(member) => *member,
                    // A name that is no data was kept by itself, unless rare ones were
                    // folded.
                    None if branch.folded || is_data(name) => {
                        with_others = true;
                        branch.any_name?
                    }
                    None => return None,
                },
                Step::AnyName => branch.any_name?,
                // What texts hold is not looked at; and `**` means many places.
                Step::Json | Step::AnyDepth => return None,
                Step::Itself => node,
                Step::Filter(_) => match branch.keyed.iter().find(|(key, _)| key.step() == *step) {
                    Some((_, element)) => *element,
                    None => branch.every_element?,
                },
                Step::Element(_) | Step::AnyElement => branch.every_element?,
            };
        }
        let branch = &self.nodes[node as usize];
        Some((&branch.stats, branch.has_inside(), with_others))
    }

    pub(super) fn paths(&self) -> Vec<Found<'_>> {
        let mut paths = Vec::new();
        let top = &self.nodes[Tree::TOP as usize];
        if top.stats.scalars() > 0 {
            paths.push(Found {
                path: Selector::itself(),
                stats: &top.stats,
                has_inside: false,
                with_others: false,
            });
        }
        self.list(Tree::TOP, &mut Vec::new(), &mut paths);
        paths
    }

    fn list<'p>(&'p self, node: Node, above: &mut Vec<Step>, paths: &mut Vec<Found<'p>>) {
        let branch = &self.nodes[node as usize];
        if !above.is_empty() {
            paths.push(Found {
                path: Selector {
                    steps: above.clone(),
                },
                stats: &branch.stats,
                has_inside: branch.has_inside(),
                with_others: false,
            });
        }
        let members = branch.order.iter();
        let members = members.map(|m| (Step::Name(self.nodes[*m as usize].name.to_string()), *m));
        let others = [
            (Step::AnyName, branch.any_name),
            (Step::AnyElement, branch.every_element),
        ];
        let others = others
            .into_iter()
            .filter_map(|(step, node)| Some((step, node?)));
        // A key that came once may be a value that somebody wrote.
        let again = |node: Node| self.nodes[node as usize].stats.objects() > 1;
        let keyed = branch.keyed.iter();
        let keyed = keyed.filter(|(_, node)| self.record <= FEW_RECORDS || again(*node));
        let keyed = keyed.map(|(key, node)| (key.step(), *node));
        for (step, child) in members.chain(keyed).chain(others) {
            above.push(step);
            self.list(child, above, paths);
            above.pop();
        }
    }
}

impl Branch {
    fn has_inside(&self) -> bool {
        !self.order.is_empty()
            || self.any_name.is_some()
            || self.every_element.is_some()
            || !self.keyed.is_empty()
    }
}

/// True for a name that identifies somebody or something: an address, a number, a
/// hash.
fn is_data(name: &str) -> bool {
    let is_hex = name.len() >= 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let is_number = name.len() >= 5 && name.bytes().all(|b| b.is_ascii_digit());
    let looks = |detector: &crate::detect::Detector| {
        matches!(
            detector.name,
            "email"
                | "ip_address"
                | "mac_address"
                | "card"
                | "iban"
                | "national_id"
                | "uuid"
                | "cookie_id"
                | "phone"
        ) && (detector.matches)(Scalar::Text(name))
    };
    name.len() > NAME_BYTES_MAX || is_hex || is_number || DETECTORS.iter().any(looks)
}
