//! Role tables: what each state of the automaton means to one output.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Paths;
use super::collisions;
use super::reached::reached;
use super::scopes::{self, Entry, Naming as SaidNaming, Write as Said};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::automaton::{Built, Item, SelectorId, StateInfo};
use crate::plan::reading::LEAVES_MAX;
use crate::plan::{
    Body, Choice, Gap, Given, JsonInText, Leaf, LeafId, Misfit, NameId, Naming, NamingId, OnError,
    Other, OtherId, Output as Compiled, Role, TableId, Write, WriteName,
};
use crate::policy::check::model::Output;
use crate::record::ids::FieldId;
use crate::record::path::{Filter, Is, Selector, Step, quoted_name};
use crate::record::tape::Slot;

/// The states of the siblings a field is made of, in policy order.
type Siblings = Box<[Slot]>;

/// Which naming, which fields are missing without a name, what one does that is refused.
type NamingKey = (usize, Box<[FieldId]>, Misfit);

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
    /// What makes names, with the fields that are missing without one, and what a name
    /// does that is refused.
    namings: Vec<Naming>,
    naming_ids: HashMap<NamingKey, NamingId>,
    bodies: Vec<Body>,
    /// The tables of the elements that hold one thing, by their state and by the
    /// fields that are written of them.
    of_cases: HashMap<(Slot, Vec<usize>), TableId>,
    /// Most tables, and whether it was said that there are more.
    room: usize,
    is_full: bool,
}

impl<'t> Tables<'t> {
    /// Starts without any. `room`: most tables that there may be.
    pub(crate) fn new(
        paths: &'t Paths,
        built: &'t Built,
        said: &'t Output,
        room: usize,
        findings: &'t mut Findings,
    ) -> Self {
        Tables {
            paths,
            built,
            said,
            findings,
            of_cases: HashMap::new(),
            room: room.min(usize::from(u16::MAX)),
            is_full: false,
            roles: Vec::new(),
            leaves: Vec::new(),
            numbers: HashMap::new(),
            others: Vec::new(),
            other_ids: HashMap::new(),
            names: Names::default(),
            namings: Vec::new(),
            naming_ids: HashMap::new(),
            bodies: Vec::new(),
        }
    }

    /// Adds a body and its table; in the order of
    /// [`super::scopes::Scopes::bodies`], before the tables that use it.
    pub(crate) fn add_body(&mut self, body: &scopes::Body) {
        let entries: Vec<&Entry> = body.entries.iter().collect();
        collisions::check(self.said, &entries, self.findings);
        let table = self.table(&entries, body.depth, &mut BTreeSet::new());
        let kind = body.kind;
        self.bodies.push(Body { kind, table });
    }

    /// Adds the table under which `entries` are written, and returns its number.
    pub(crate) fn add(&mut self, entries: &[&Entry]) -> TableId {
        collisions::check(self.said, entries, self.findings);
        self.table(entries, 0, &mut BTreeSet::new())
    }

    /// As [`Tables::add`], where the filters of the first `decided` steps have
    /// chosen already. `told`: what was found wrong before.
    fn table(
        &mut self,
        entries: &[&Entry],
        decided: usize,
        told: &mut BTreeSet<(Span, Span)>,
    ) -> TableId {
        let composites = self.composites(entries, decided);
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
                if let Some(id) = entry.id.filter(|_| write.parts.is_none() && !entry.implied) {
                    made_from.entry(id).or_default().push(write);
                }
            }
        }
        let named = Named {
            entries,
            by_selector,
            part_of,
            made_from,
        };
        let mut table = Vec::with_capacity(self.built.states.len());
        for (slot, info) in self.built.states.iter().enumerate() {
            let slot = Slot::try_from(slot).expect("at most 65,536 states");
            let here = composites.get(&slot).map_or(&[][..], Vec::as_slice);
            let role = match self.paths.has_filters {
                false => self.role(info, &named, here, told),
                true => self.role_among_filters((slot, info), &named, here, decided, told),
            };
            table.push(role);
        }
        if self.roles.len() >= self.room {
            if !std::mem::replace(&mut self.is_full, true) {
                self.findings
                    .error(
                        codes::TOO_LARGE,
                        self.said.topic.span,
                        "this output tells too many kinds of elements apart, in too many types and paths",
                    )
                    .help("name fewer literals in `[?…]`, or split the policy");
            }
            return TableId(0);
        }
        self.roles.push(table.into());
        let number = u16::try_from(self.roles.len() - 1);
        TableId(number.expect("there is room for 65,535 at most"))
    }

    /// The role of a state when some selectors have filters: those that a filter
    /// above it chooses among have their own tables, and are none here.
    fn role_among_filters(
        &mut self,
        (slot, info): (Slot, &StateInfo),
        named: &Named<'_>,
        composites: &[(&Said, Siblings)],
        decided: usize,
        told: &mut BTreeSet<(Span, Span)>,
    ) -> Role {
        let builder = &self.paths.builder;
        let (mut here, mut chosen) = (info.clone(), None);
        for items in [&mut here.accepts, &mut here.passes] {
            items.retain(|item| {
                let steps = &builder.selector(item.selector).steps;
                let arrived = builder.arrived(item);
                let last = arrived.saturating_sub(1);
                let is_filter = |s: &Step| matches!(s, Step::Filter(_));
                let is_open = !steps[decided.min(last)..last].iter().any(is_filter);
                if is_open
                    && named.has(item.selector)
                    && arrived > decided
                    && builder.arrival(item).is_some_and(is_filter)
                {
                    chosen = Some(arrived);
                }
                is_open
            });
        }
        match chosen {
            Some(depth) => self.choice((slot, &here, depth), named, told),
            None => self.role(&here, named, composites, told),
        }
    }

    /// The role of an element that is told apart by what it holds.
    fn choice(
        &mut self,
        (slot, info, depth): (Slot, &StateInfo, usize),
        named: &Named<'_>,
        told: &mut BTreeSet<(Span, Span)>,
    ) -> Role {
        let builder = &self.paths.builder;
        let items: Vec<Item> = info.accepts.iter().chain(&info.passes).copied().collect();
        let filter_of = |item: &Item| match builder.arrival(item) {
            Some(Step::Filter(filter)) => Some(&**filter),
            _ => None,
        };
        let filters = items.iter().filter(|item| named.has(item.selector));
        let filters: Vec<(&Filter, Span)> = filters
            .filter_map(|item| Some((filter_of(item)?, named.span(item.selector))))
            .collect();
        let Some((first, first_span)) = filters.iter().min_by_key(|(_, span)| *span) else {
            return Role::Skip;
        };
        for (other, span) in &filters {
            if other.path != first.path {
                if told.insert((*first_span, *span)) {
                    self.two_discriminants((first, *first_span), (other, *span));
                }
                return Role::Skip;
            }
        }
        let by = first.path.iter().scan(slot, |state, name| {
            *state = self.built.automaton.member(*state, name.as_bytes());
            Some(*state)
        });
        let by: Box<[Slot]> = by.collect();
        let cases: BTreeSet<&Is> = filters.iter().map(|(filter, _)| &filter.is).collect();
        let mut texts: Vec<(Box<str>, TableId)> = Vec::new();
        let mut others: Vec<(Is, TableId)> = Vec::new();
        for is in cases {
            let case = Step::Filter(Box::new(Filter {
                path: first.path.clone(),
                is: is.clone(),
            }));
            let holds = |step: &Step| !matches!(step, Step::Filter(_)) || step.covers(&case);
            let table = self.of_case((slot, info, depth), named, holds, told);
            match is {
                Is::Text(text) => texts.push((text.as_str().into(), table)),
                Is::Prefix(_) | Is::Number(_) | Is::Bool(_) => others.push((is.clone(), table)),
            }
        }
        texts.sort_unstable();
        others.sort_by_key(|(is, _)| match is {
            Is::Prefix(start) => std::cmp::Reverse(start.len()),
            _ => std::cmp::Reverse(0),
        });
        let unfiltered = |item: &&Item| named.has(item.selector) && filter_of(item).is_none();
        let otherwise = items.iter().find(unfiltered).is_some().then(|| {
            let holds = |step: &Step| !matches!(step, Step::Filter(_));
            self.of_case((slot, info, depth), named, holds, told)
        });
        let choice = Choice {
            by,
            texts: texts.into(),
            others: others.into(),
            otherwise,
            misfit: named.misfit(items.iter()),
        };
        Role::Path(self.other(Other {
            does: Misfit::Chosen(Box::new(choice)),
            gap: Gap::Closed,
            chooses: false,
            naming: None,
        }))
    }

    /// The table of the elements for which the steps that lead to them hold.
    fn of_case(
        &mut self,
        (slot, info, depth): (Slot, &StateInfo, usize),
        named: &Named<'_>,
        holds: impl Fn(&Step) -> bool,
        told: &mut BTreeSet<(Span, Span)>,
    ) -> TableId {
        let builder = &self.paths.builder;
        let here = info.accepts.iter().chain(&info.passes);
        let here = here.filter(|item| builder.arrival(item).is_none_or(&holds));
        let here: BTreeSet<SelectorId> = here.map(|item| item.selector).collect();
        let is_of = |id: SelectorId| here.contains(&id);
        let of_case = |e: &&&Entry| {
            let parts = e.writes.iter().flat_map(|w| w.parts.iter().flatten());
            let mut ids = e.id.into_iter().chain(parts.map(|p| p.id));
            ids.any(is_of)
        };
        let entries: Vec<&Entry> = named.entries.iter().filter(of_case).copied().collect();
        let writes = entries.iter().flat_map(|e| &e.writes);
        let key = (slot, writes.map(|w| w.number).collect());
        if let Some(table) = self.of_cases.get(&key) {
            return *table;
        }
        let table = self.table(&entries, depth, told);
        self.of_cases.insert(key, table);
        table
    }

    fn opened_and_written(&mut self, winner: &Entry, (own, inner): (Span, Span)) {
        self.findings
            .error(
                codes::JSON_IN_TEXT,
                inner,
                format!("`{}` is opened by `|json`, and written itself", winner.selector),
            )
            .also(own, "written here")
            .why("a text is either opened, and what is named in it leaves, or taken as it stands")
            .help("remove one of the two; `drop` may stand beside `|json`, for values that are no text")
            .output(&self.said.topic.value);
    }

    fn two_discriminants(&mut self, first: (&Filter, Span), second: (&Filter, Span)) {
        let name = |f: &Filter| {
            let path = f.path.iter().map(|n| quoted_name(n).into_owned());
            path.collect::<Vec<_>>().join(".")
        };
        let (one, other) = (name(first.0), name(second.0));
        self.findings
            .error(
                codes::TWO_DISCRIMINANTS,
                second.1,
                format!("elements of one list are chosen by `{one}` and by `{other}`"),
            )
            .also(first.1, "the other one")
            .why("of an element for which both hold it cannot be told what is meant")
            .help(format!(
                "choose by `{one}` throughout, or use another output"
            ))
            .output(&self.said.topic.value);
    }

    /// Gives the output its leaves and names; returns its role tables.
    pub(crate) fn finish(self, output: &mut Compiled) -> Vec<Box<[Role]>> {
        output.leaves = self.leaves;
        output.others = self.others;
        output.names = self.names.list;
        output.namings = self.namings;
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
            .filter_map(|item| named.by_selector.get(&item.selector))
            .max_by(|a, b| {
                let said = b.implied.cmp(&a.implied);
                said.then_with(|| a.selector.specificity(&b.selector))
            });
        let is_closed = !composites.is_empty()
            || winner.is_some_and(|w| w.drops() || w.takes_more_than_scalars());
        // What is implied gives way to all that is said.
        // So does a path with `**` to what it has found itself, and to a `drop` that is
        // more exact: that is how something is left out of what `**` stands for.
        let builder = &self.paths.builder;
        let is_left_out = |item: &Item| {
            let steps = &builder.selector(item.selector).steps[..item.done];
            let head = Selector {
                steps: steps.to_vec(),
            };
            let leaves_out = |w: &&Entry| w.drops() && head.specificity(&w.selector).is_lt();
            builder.is_in_depth(item) && winner.is_some_and(leaves_out)
        };
        let passes = info.passes.iter().filter(|i| named.has(i.selector));
        let (left_out, passes): (Vec<Item>, Vec<Item>) = passes.partition(|i| is_left_out(i));
        let stays = |item: &Item| {
            let entry = named.by_selector.get(&item.selector);
            let is_own = entry.is_some_and(|e| winner.is_some_and(|w| std::ptr::eq(*w, *e)));
            !(is_closed && (is_own || entry.is_some_and(|e| e.implied)))
        };
        let passes: Vec<Item> = passes.into_iter().filter(stays).collect();
        // Further in nobody could tell what is left out.
        if let (Some(winner), false) = (winner, left_out.is_empty()) {
            let drops = |item: &Item| {
                let entry = named.by_selector.get(&item.selector);
                entry.is_some_and(|e| e.drops())
            };
            for inner in passes.iter().filter(|item| !drops(item)) {
                let span = named.span(inner.selector);
                if told.insert((winner.span, span)) {
                    self.inside(Some(winner), winner.span, inner.selector, span);
                }
            }
            return self.leaf(Some(winner), composites, true);
        }
        let mut below = passes.iter().map(|item| (*item, named.span(item.selector)));
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
                    self.inside(whole.copied(), outer_span, inner.selector, inner_span);
                }
            }
            return Role::Skip;
        }
        if let Some(dropped) = winner.filter(|w| w.drops()) {
            // A path that is less exact than the drop would reach around it.
            for (inner, inner_span) in std::iter::once((inner, inner_span)).chain(below) {
                let head = Selector {
                    steps: self.paths.builder.selector(inner.selector).steps[..inner.done].to_vec(),
                };
                if head.specificity(&dropped.selector).is_lt()
                    && told.insert((dropped.span, inner_span))
                {
                    self.inside(Some(dropped), dropped.span, inner.selector, inner_span);
                }
            }
        }
        let does = match winner {
            Some(winner) => match self.leaf(Some(winner), &[], false) {
                Role::Leaf(leaf) => Misfit::Leaf(leaf),
                Role::Skip | Role::Path(_) => return Role::Skip,
            },
            None => {
                // Whatever stands where `**` goes on is foreseen.
                let builder = &self.paths.builder;
                named.misfit(passes.iter().filter(|i| !builder.is_in_depth(i)))
            }
        };
        let opens = |item: &Item| self.paths.builder.step(item) == Some(&Step::Json);
        let opened: Vec<Item> = passes.iter().copied().filter(opens).collect();
        let does = match opened.first() {
            None => does,
            Some(first) => {
                if let Some(winner) = winner.filter(|w| !w.drops()) {
                    let spans = (winner.span, named.span(first.selector));
                    if told.insert(spans) {
                        self.opened_and_written(winner, spans);
                    }
                    return Role::Skip;
                }
                Misfit::Opened(Box::new(JsonInText {
                    unreadable: named.misfit(opened.iter()),
                    otherwise: does,
                }))
            }
        };
        let builder = &self.paths.builder;
        let is_every = |item: &&Item| builder.arrival(item) == Some(&Step::AnyElement);
        let made_from = |item: &&Item| named.made_from.contains_key(&item.selector);
        let mut keeping = passes.iter().filter(is_every);
        let keeps_place = keeping.any(|item| made_from(&item));
        let in_depth = |item: &Item| item.in_depth;
        let chooses = passes.iter().all(in_depth);
        let gap = if keeps_place { Gap::Null } else { Gap::Closed };
        let naming = self.naming(&passes, named, told);
        Role::Path(self.other(Other {
            does,
            gap,
            chooses,
            naming,
        }))
    }

    /// What makes the names of the containers in which those selectors go on; `None`:
    /// they are the policy's own, or nothing that is written stands in them.
    fn naming(
        &mut self,
        passes: &[Item],
        named: &Named<'_>,
        told: &mut BTreeSet<(Span, Span)>,
    ) -> Option<NamingId> {
        let builder = &self.paths.builder;
        let leaves = |item: &&Item| {
            let made = named.made_from.get(&item.selector);
            made.is_some_and(|all| all.iter().any(|w| !w.drops))
        };
        let mut first: Option<(&Entry, Option<&Arc<SaidNaming>>)> = None;
        for item in passes.iter().filter(leaves) {
            let Some(entry) = named.by_selector.get(&item.selector) else {
                continue;
            };
            let naming = match builder.arrival(item) {
                Some(Step::Name(_)) => return None,
                Some(step) if step.is_star() => entry.naming(builder.arrived(item) - 1),
                _ => continue,
            };
            match first {
                None => first = Some((entry, naming)),
                Some((other, before)) => {
                    let same = |a: &Arc<SaidNaming>, b: &Arc<SaidNaming>| a.text == b.text;
                    let alike = match (naming, before) {
                        (Some(a), Some(b)) => same(a, b),
                        (None, None) => true,
                        _ => false,
                    };
                    if !alike && told.insert((other.span, entry.span)) {
                        self.two_names(other, entry);
                    }
                }
            }
        }
        let naming = Arc::clone(first?.1?);
        let in_it = || passes.iter().filter(leaves);
        self.add_naming(&naming, named.missing(in_it()), named.misfit(in_it()))
    }

    fn two_names(&mut self, first: &Entry, second: &Entry) {
        self.findings
            .error(
                codes::WILDCARD_NAMES,
                second.span,
                format!(
                    "`{}` and `{}` make other names of one member",
                    first.selector, second.selector
                ),
            )
            .also(first.span, "the other one")
            .why("what both name stands in one object, under one name")
            .help("write the same `names` beside both")
            .output(&self.said.topic.value);
    }

    fn add_naming(
        &mut self,
        naming: &Arc<SaidNaming>,
        fields: Box<[FieldId]>,
        refused: Misfit,
    ) -> Option<NamingId> {
        let key = (
            Arc::as_ptr(naming) as usize,
            fields.clone(),
            refused.clone(),
        );
        if let Some(id) = self.naming_ids.get(&key) {
            return Some(*id);
        }
        let next = u32::try_from(self.namings.len()).expect("the number of fields is capped");
        self.namings.push(Naming {
            action: Arc::clone(naming.action.as_ref()?),
            fields,
            refused,
        });
        self.naming_ids.insert(key, NamingId(next));
        Some(NamingId(next))
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
        let opened = winner.is_some_and(|e| e.selector.steps.last() == Some(&Step::Json));
        let is_every = |e: &Entry| last_place(&e.selector) == Some(&Step::AnyElement);
        let every = winner.is_some_and(is_every);
        let gap =
            |w: &Said| match every && !w.closes_gaps && !(w.drops && alone && w.guard.is_none()) {
                true => Gap::Null,
                false => Gap::Closed,
            };
        let own: Vec<(&Entry, &Said)> = own.collect();
        let mut writes: Vec<(&Said, Option<Siblings>, WriteName)> = Vec::new();
        for (entry, write) in own {
            let name = match entry.last_naming().filter(|_| !write.drops) {
                Some(naming) => {
                    let naming = Arc::clone(naming);
                    let nothing = Misfit::Dropped(Box::default());
                    let made = self.add_naming(&naming, Box::default(), nothing);
                    made.map_or(WriteName::Copied, WriteName::Made)
                }
                None => self.names.of_write(entry, write),
            };
            writes.push((write, None, name));
        }
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
                is_plain: w.guard.is_none() && parts.is_none() && w.body.is_none() && !opened,
                drops: w.drops,
                guard: w.guard,
                given: match (parts, w.body) {
                    _ if opened => Given::Opened,
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
    /// all its parts. Those that a filter behind `decided` chooses have their own
    /// tables.
    fn composites<'e>(
        &mut self,
        entries: &[&'e Entry],
        decided: usize,
    ) -> HashMap<Slot, Vec<(&'e Said, Siblings)>> {
        let mut found: HashMap<Slot, Vec<(&Said, Siblings)>> = HashMap::new();
        let is_open = |e: &&&Entry| {
            let mut steps = e.selector.steps.iter().skip(decided);
            !steps.any(|s| matches!(s, Step::Filter(_)))
        };
        for entry in entries.iter().filter(is_open) {
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
    entries: &'e [&'e Entry],
    /// What is written where a selector ends.
    by_selector: HashMap<SelectorId, &'e Entry>,
    /// Where the policy names a sibling.
    part_of: HashMap<SelectorId, Span>,
    /// The fields that the value at a selector is in.
    made_from: HashMap<SelectorId, Vec<&'e Said>>,
}

impl Named<'_> {
    /// True when something is written of what stands at that selector.
    fn has(&self, id: SelectorId) -> bool {
        self.by_selector.contains_key(&id) || self.part_of.contains_key(&id)
    }

    /// Where the policy names that selector.
    fn span(&self, id: SelectorId) -> Span {
        let own = self.by_selector.get(&id).map(|e| e.span);
        own.or_else(|| self.part_of.get(&id).copied())
            .unwrap_or_default()
    }

    /// What a value does through which these selectors would pass, if it were
    /// what they pass through. A field that only drops asks for nothing.
    fn misfit<'i>(&self, passes: impl Iterator<Item = &'i Item>) -> Misfit {
        let below = self.below(passes);
        match below.iter().find(|w| w.on_error == OnError::Quarantine) {
            Some(first) => Misfit::Refused(first.field),
            None => Misfit::Dropped(each_once(below)),
        }
    }

    /// The fields that are missing where what these selectors pass through is.
    fn missing<'i>(&self, passes: impl Iterator<Item = &'i Item>) -> Box<[FieldId]> {
        each_once(self.below(passes))
    }

    /// What would be written where these selectors end, in the policy's order.
    fn below<'i>(&self, passes: impl Iterator<Item = &'i Item>) -> Vec<&Said> {
        let fields = passes.filter_map(|item| self.made_from.get(&item.selector));
        let mut below: Vec<&Said> = fields.flatten().copied().filter(|w| !w.drops).collect();
        below.sort_by_key(|w| w.number);
        below.dedup_by_key(|w| w.number);
        below
    }
}

/// Their fields; of a `when` one case would have been written.
fn each_once(mut below: Vec<&Said>) -> Box<[FieldId]> {
    let mut whens = BTreeSet::new();
    below.retain(|w| w.guard.is_none_or(|guard| whens.insert(guard.when)));
    below.iter().map(|w| w.field).collect()
}

/// The step to the value itself, also where it is the JSON in a text.
fn last_place(selector: &Selector) -> Option<&Step> {
    match &selector.steps[..] {
        [.., last, Step::Json] => Some(last),
        [.., last] => Some(last),
        [] => None,
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
        match last_place(&entry.selector) {
            Some(step @ Step::Name(_)) => self.of_step(step),
            Some(Step::AnyName | Step::AnyDepth) => WriteName::Copied,
            Some(
                Step::Element(_) | Step::AnyElement | Step::Filter(_) | Step::Json | Step::Itself,
            )
            | None => WriteName::Element,
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
