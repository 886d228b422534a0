//! Role tables: what each state of the automaton means to one output.

use std::collections::{BTreeSet, HashMap};

use super::Paths;
use super::collisions;
use super::reached::reached;
use super::scopes::{self, Entry, Write as Said};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::automaton::{Built, SelectorId, StateInfo};
use crate::plan::reading::LEAVES_MAX;
use crate::plan::{
    Body, Gap, Given, Leaf, LeafId, Misfit, NameId, OnError, Other, OtherId, Output as Compiled,
    Role, TableId, Write, WriteName,
};
use crate::policy::check::model::Output;
use crate::record::path::{Selector, Step};
use crate::record::tape::Slot;

/// The states of the siblings a field is made of, in policy order.
type Siblings = Box<[Slot]>;

/// Makes the role tables of one output.
pub(crate) struct Tables<'t> {
    paths: &'t Paths,
    built: &'t Built,
    said: &'t Output,
    findings: &'t mut Findings,
    roles: Vec<Box<[Role]>>,
    leaves: Vec<Leaf>,
    numbers: HashMap<Vec<(usize, Option<Siblings>, Gap)>, LeafId>,
    others: Vec<Other>,
    other_ids: HashMap<Other, OtherId>,
    names: Names,
    bodies: Vec<Body>,
}

impl<'t> Tables<'t> {
    /// Starts without any.
    pub(crate) fn new(
        paths: &'t Paths,
        built: &'t Built,
        said: &'t Output,
        findings: &'t mut Findings,
    ) -> Self {
        Tables {
            paths,
            built,
            said,
            findings,
            roles: Vec::new(),
            leaves: Vec::new(),
            numbers: HashMap::new(),
            others: Vec::new(),
            other_ids: HashMap::new(),
            names: Names::default(),
            bodies: Vec::new(),
        }
    }

    /// Adds a body and its table; in the order of
    /// [`super::scopes::Scopes::bodies`], before the tables that use it.
    pub(crate) fn add_body(&mut self, body: &scopes::Body) {
        let entries: Vec<&Entry> = body.entries.iter().collect();
        let table = self.add(&entries);
        let kind = body.kind;
        self.bodies.push(Body { kind, table });
    }

    /// Adds the table under which `entries` are written, and returns its number.
    pub(crate) fn add(&mut self, entries: &[&Entry]) -> TableId {
        collisions::check(self.said, entries, self.findings);
        let composites = self.composites(entries);
        let mut by_selector: HashMap<SelectorId, &Entry> = HashMap::new();
        let mut made_from: HashMap<SelectorId, Vec<&Said>> = HashMap::new();
        let mut part_of: HashMap<SelectorId, Span> = HashMap::new();
        for entry in entries {
            if let Some(id) = entry.id {
                by_selector.insert(id, entry);
            }
            for write in &entry.writes {
                for part in write.parts.iter().flatten() {
                    part_of.insert(part.id, part.span);
                    made_from.entry(part.id).or_default().push(write);
                }
                if let Some(id) = entry.id.filter(|_| write.parts.is_none()) {
                    made_from.entry(id).or_default().push(write);
                }
            }
        }
        let named = Named {
            by_selector,
            part_of,
            made_from,
        };
        let mut told = BTreeSet::new();
        let mut table = Vec::with_capacity(self.built.states.len());
        for (slot, info) in self.built.states.iter().enumerate() {
            let slot = Slot::try_from(slot).expect("at most 65,536 states");
            let here = composites.get(&slot).map_or(&[][..], Vec::as_slice);
            let role = self.role(info, &named, here, &mut told);
            table.push(role);
        }
        self.roles.push(table.into());
        let number = u16::try_from(self.roles.len() - 1);
        TableId(number.expect("at most 50,000 bodies, each a field, and 1,025 columns"))
    }

    /// Gives the output its leaves and names; returns its role tables.
    pub(crate) fn finish(self, output: &mut Compiled) -> Vec<Box<[Role]>> {
        output.leaves = self.leaves;
        output.others = self.others;
        output.names = self.names.list;
        self.roles
    }

    fn role(
        &mut self,
        info: &StateInfo,
        named: &Named<'_>,
        composites: &[(&Said, Siblings)],
        told: &mut BTreeSet<(Span, Span)>,
    ) -> Role {
        let winner = info
            .accepts
            .iter()
            .filter_map(|id| named.by_selector.get(id))
            .max_by(|a, b| a.selector.specificity(&b.selector));
        let mut below = info.passes.iter().filter_map(|id| {
            let own = named.by_selector.get(id).map(|e| e.span);
            own.or_else(|| named.part_of.get(id).copied())
                .map(|s| (*id, s))
        });
        let Some((inner, inner_span)) = below.next() else {
            return match (winner, composites) {
                (None, []) => Role::Skip,
                (winner, composites) => self.leaf(winner.copied(), composites, true),
            };
        };
        let whole = winner.filter(|w| w.takes_more_than_scalars());
        let outer_span = whole
            .map(|w| w.span)
            .or_else(|| Some(part_span(composites.first()?.0)));
        if let Some(outer_span) = outer_span {
            for (inner, inner_span) in std::iter::once((inner, inner_span)).chain(below) {
                if told.insert((outer_span, inner_span)) {
                    self.inside(whole.copied(), outer_span, inner, inner_span);
                }
            }
            return Role::Skip;
        }
        if let Some(dropped) = winner.filter(|w| w.drops()) {
            // A path that is less exact than the drop would reach around it.
            let depth = dropped.selector.steps.len();
            for (inner, inner_span) in std::iter::once((inner, inner_span)).chain(below) {
                let head = Selector {
                    steps: self.paths.builder.selector(inner).steps[..depth].to_vec(),
                };
                if head.specificity(&dropped.selector).is_lt()
                    && told.insert((dropped.span, inner_span))
                {
                    self.inside(Some(dropped), dropped.span, inner, inner_span);
                }
            }
        }
        let does = match winner {
            Some(winner) => match self.leaf(Some(winner), &[], false) {
                Role::Leaf(leaf) => Misfit::Leaf(leaf),
                Role::Skip | Role::Path(_) => return Role::Skip,
            },
            None => named.misfit(&info.passes),
        };
        let keeps_place = info.passes.iter().any(|id| {
            let steps = &self.paths.builder.selector(*id).steps;
            let at = info.depth.checked_sub(1).and_then(|at| steps.get(at));
            named.made_from.contains_key(id) && at == Some(&Step::AnyElement)
        });
        let gap = if keeps_place { Gap::Null } else { Gap::Closed };
        Role::Path(self.other(Other { does, gap }))
    }

    fn other(&mut self, other: Other) -> OtherId {
        if let Some(id) = self.other_ids.get(&other) {
            return *id;
        }
        let next = u32::try_from(self.others.len()).expect("one for each of 65,536 states at most");
        self.others.push(other.clone());
        self.other_ids.insert(other, OtherId(next));
        OtherId(next)
    }

    fn inside(&mut self, outer: Option<&Entry>, outer_span: Span, inner: SelectorId, span: Span) {
        let inner = self.paths.builder.selector(inner);
        let (what, help) = match outer {
            Some(e) if e.drops() => (
                "dropped by name",
                "name the member itself, or let the `drop` stand on `*`",
            ),
            Some(_) => (
                "taken whole",
                "remove one of the two; what is taken whole cannot be changed inside",
            ),
            None => (
                "part of another field (`from`)",
                "remove one of the two: a part is one value",
            ),
        };
        let outer = outer.map_or_else(
            || "a value that is".to_owned(),
            |e| format!("`{}`, which is", e.selector),
        );
        self.findings
            .error(
                codes::INSIDE_A_VALUE,
                span,
                format!("`{inner}` lies inside {outer} {what}"),
            )
            .also(outer_span, "this value")
            .help(help)
            .output(&self.said.topic.value)
            .field(inner.to_string());
    }

    /// The leaf that writes `winner` and the fields made of this value and its
    /// siblings, in policy order.
    /// `alone`: no path goes on here.
    fn leaf(
        &mut self,
        winner: Option<&Entry>,
        composites: &[(&Said, Siblings)],
        alone: bool,
    ) -> Role {
        let own = winner.into_iter().flat_map(|e| {
            e.writes
                .iter()
                .filter(|w| w.parts.is_none())
                .map(move |w| (e, w))
        });
        let is_every = |e: &Entry| e.selector.steps.last() == Some(&Step::AnyElement);
        let every = winner.is_some_and(is_every);
        let gap =
            |w: &Said| match every && !w.closes_gaps && !(w.drops && alone && w.guard.is_none()) {
                true => Gap::Null,
                false => Gap::Closed,
            };
        let mut writes: Vec<(&Said, Option<Siblings>, WriteName)> = own
            .map(|(e, w)| (w, None, self.names.of_write(e, w)))
            .collect();
        writes.extend(composites.iter().map(|(w, siblings)| {
            let name = w.output_path.steps.last().expect("a selector has steps");
            (*w, Some(siblings.clone()), self.names.of_step(name))
        }));
        writes.sort_by_key(|(w, ..)| w.number);
        let shape: Vec<_> = writes
            .iter()
            .map(|(w, siblings, _)| (w.number, siblings.clone(), gap(w)))
            .collect();
        if let Some(number) = self.numbers.get(&shape) {
            return Role::Leaf(*number);
        }
        let next = Some(self.leaves.len()).filter(|n| *n < LEAVES_MAX);
        let Some(number) = next.and_then(|n| u16::try_from(n).ok()).map(LeafId) else {
            self.findings
                .error(
                    codes::TOO_LARGE,
                    self.said.topic.span,
                    "this output writes more fields than an output can",
                )
                .help("split it");
            return Role::Skip;
        };
        let writes = writes
            .into_iter()
            .map(|(w, parts, name)| Write {
                name,
                action: w.action,
                field: w.field,
                on_error: w.on_error,
                gap: gap(w),
                is_plain: w.guard.is_none() && parts.is_none() && w.body.is_none(),
                guard: w.guard,
                given: match (parts, w.body) {
                    (Some(parts), _) => Given::Parts(parts),
                    (None, Some(at)) => Given::Body(self.bodies[at]),
                    (None, None) => Given::Value,
                },
            })
            .collect();
        self.leaves.push(Leaf { writes });
        self.numbers.insert(shape, number);
        Role::Leaf(number)
    }

    /// For each state that is a part of a field: that field and the states of
    /// all its parts.
    fn composites<'e>(
        &mut self,
        entries: &[&'e Entry],
    ) -> HashMap<Slot, Vec<(&'e Said, Siblings)>> {
        let mut found: HashMap<Slot, Vec<(&Said, Siblings)>> = HashMap::new();
        for entry in entries {
            for write in &entry.writes {
                let Some(parts) = &write.parts else { continue };
                let (_, above) = entry.selector.steps.split_last().expect("it has steps");
                for parent in reached(&self.built.automaton, above, &self.paths.positions) {
                    let siblings: Siblings = parts
                        .iter()
                        .map(|p| self.built.automaton.member(parent, p.name.as_bytes()))
                        .collect();
                    for (slot, part) in siblings.iter().zip(parts) {
                        let list = found.entry(*slot).or_default();
                        match list.iter().find(|(w, _)| w.number == write.number) {
                            None => list.push((write, siblings.clone())),
                            Some((_, other)) if *other == siblings => {}
                            Some(_) => self.ambiguous(part.span, &part.name),
                        }
                    }
                }
            }
        }
        found
    }

    fn ambiguous(&mut self, span: Span, name: &str) {
        self.findings
            .error(
                codes::BAD_FROM,
                span,
                format!("the siblings of `{name}` are named in more than one way"),
            )
            .why("some path of this policy names one element by its position, so that the parts are read differently there")
            .help("name the elements by `[*]` or by `[n]` throughout")
            .output(&self.said.topic.value);
    }
}

/// What the entries of one table say of the selectors.
struct Named<'e> {
    /// What is written where a selector ends.
    by_selector: HashMap<SelectorId, &'e Entry>,
    /// Where the policy names a sibling.
    part_of: HashMap<SelectorId, Span>,
    /// The fields that the value at a selector is in.
    made_from: HashMap<SelectorId, Vec<&'e Said>>,
}

impl Named<'_> {
    /// What a value does through which these selectors would pass, if it were
    /// what they pass through. A field that only drops asks for nothing.
    fn misfit(&self, passes: &[SelectorId]) -> Misfit {
        let fields = passes.iter().filter_map(|id| self.made_from.get(id));
        let mut below: Vec<&Said> = fields.flatten().copied().filter(|w| !w.drops).collect();
        below.sort_by_key(|w| w.number);
        below.dedup_by_key(|w| w.number);
        match below.iter().find(|w| w.on_error == OnError::Quarantine) {
            Some(first) => Misfit::Refused(first.field),
            None => {
                // Of a `when` one case would have been written.
                let mut whens = BTreeSet::new();
                below.retain(|w| w.guard.is_none_or(|guard| whens.insert(guard.when)));
                Misfit::Dropped(below.iter().map(|w| w.field).collect())
            }
        }
    }
}

fn part_span(write: &Said) -> Span {
    write
        .parts
        .iter()
        .flatten()
        .map(|p| p.span)
        .next()
        .unwrap_or_default()
}

/// The names of one output, each once.
#[derive(Default)]
struct Names {
    list: Vec<Box<str>>,
    ids: HashMap<Box<str>, NameId>,
}

impl Names {
    fn of_write(&mut self, entry: &Entry, write: &Said) -> WriteName {
        if write.moved {
            let last = write.output_path.steps.last();
            return self.of_step(last.expect("a selector has steps"));
        }
        match entry.selector.steps.last() {
            Some(step @ Step::Name(_)) => self.of_step(step),
            Some(Step::AnyName) => WriteName::Copied,
            Some(Step::Element(_) | Step::AnyElement) | None => WriteName::Element,
        }
    }

    fn of_step(&mut self, step: &Step) -> WriteName {
        let Step::Name(name) = step else {
            return WriteName::Copied;
        };
        let next = u32::try_from(self.list.len()).expect("a policy is at most a mebibyte");
        let id = self.ids.entry(name.as_str().into()).or_insert_with(|| {
            self.list.push(name.as_str().into());
            NameId(next)
        });
        WriteName::Named(*id)
    }
}
