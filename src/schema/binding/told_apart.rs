//! Whether a policy says the same of the two names of one field. Where it does not, what is
//! said of the former name would do nothing: a value would leave in clear that is masked
//! under the name that it had before.

use std::collections::{BTreeSet, HashSet};

use super::Complaint;
use super::cases::reached;
use super::scope::Scope;
use crate::plan::reading::OutputReading;
use crate::plan::{Given, LeafId, Misfit, OnError, Output, Role, TableId, Write, WriteName};
use crate::record::tape::Slot;
use crate::schema::avro::shadowed::Shadowed;

/// Why the first of those fields cannot be read under what the policy says of it.
pub(super) fn complaint(scope: Scope<'_>, all: &[Shadowed]) -> Option<Complaint> {
    let complaint = |of: &Shadowed, topic: Option<&str>| Complaint::Shadowed {
        topic: topic.map(str::to_owned),
        path: of.path(),
        former: of.former_path(),
    };
    let last_names = scope.automaton.last_names();
    for of in all {
        if !Looking::new(scope).reads_alike(of.states) {
            return Some(complaint(of, None));
        }
        for (n, output) in scope.outputs.iter().enumerate() {
            let of_output = OfOutput {
                scope,
                output,
                reading: scope.reading.output(n),
                last_names: &last_names,
            };
            if of_output.is_told_apart(of.states) {
                return Some(complaint(of, Some(&output.topic)));
            }
        }
    }
    None
}

/// Pairs of states, each looked at once.
struct Looking<'p> {
    scope: Scope<'p>,
    open: Vec<(Slot, Slot)>,
    seen: HashSet<(Slot, Slot)>,
}

impl<'p> Looking<'p> {
    fn new(scope: Scope<'p>) -> Looking<'p> {
        Looking {
            scope,
            open: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// True when that holds of the two, and of all that lie alike below them.
    fn everywhere(mut self, from: (Slot, Slot), holds: impl Fn(Slot, Slot) -> bool) -> bool {
        self.open.push(from);
        while let Some((a, b)) = self.open.pop() {
            if a == b || !self.seen.insert((a, b)) {
                continue;
            }
            if !holds(a, b) {
                return false;
            }
            self.below(a, b);
        }
        true
    }

    fn below(&mut self, a: Slot, b: Slot) {
        let automaton = self.scope.automaton;
        let names = automaton.named_members(a).chain(automaton.named_members(b));
        let names: BTreeSet<&str> = names.map(|(name, _)| name).collect();
        let of_name = |name: &str| {
            let at = |state| automaton.member(state, name.as_bytes());
            (at(a), at(b))
        };
        self.open.extend(names.into_iter().map(of_name));
        let positions = automaton.positions(a).iter().chain(automaton.positions(b));
        let positions: BTreeSet<u32> = positions.map(|(position, _)| *position).collect();
        let of_position = |n| (automaton.element(a, n), automaton.element(b, n));
        self.open.extend(positions.into_iter().map(of_position));
        self.open.extend([
            (automaton.any_member(a), automaton.any_member(b)),
            (automaton.any_element(a), automaton.any_element(b)),
            (automaton.text(a), automaton.text(b)),
        ]);
    }

    /// True when whatever is read by the former name is read by the own one, too.
    fn reads_alike(self, states: (Slot, Slot)) -> bool {
        let automaton = self.scope.automaton;
        self.everywhere(states, |own, former| {
            let read = automaton.reads(own);
            automaton.reads(former).iter().all(|one| read.contains(one))
        })
    }
}

struct OfOutput<'p> {
    scope: Scope<'p>,
    output: &'p Output,
    reading: &'p OutputReading,
    last_names: &'p [Option<&'p str>],
}

impl OfOutput<'_> {
    /// True when something leaves by the own name, and the former one is named and something
    /// else is said of it.
    fn is_told_apart(&self, (own, former): (Slot, Slot)) -> bool {
        let is_named = self.any(former, |role| *role != Role::Skip);
        let leaves = self.any(own, |role| {
            let writes = self.leaf(*role).map(|leaf| &self.output.leaf(leaf).writes);
            writes.is_some_and(|writes| writes.iter().any(|write| !write.drops))
        });
        let alike = |a, b| {
            let mut tables = self.reading.tables();
            tables.all(|table| self.roles_alike((a, b), (self.role(table, a), self.role(table, b))))
        };
        let looking = Looking::new(self.scope);
        is_named && leaves && !looking.everywhere((own, former), alike)
    }

    fn role(&self, table: TableId, state: Slot) -> Role {
        self.reading.table(table).slot(state).role()
    }

    /// True when that holds of the role of some place there, or below it.
    fn any(&self, state: Slot, holds: impl Fn(&Role) -> bool) -> bool {
        let mut states = reached(self.scope.automaton, state).into_iter();
        states.any(|state| {
            let mut tables = self.reading.tables();
            tables.any(|table| holds(&self.role(table, state)))
        })
    }

    fn leaf(&self, role: Role) -> Option<LeafId> {
        match role {
            Role::Skip => None,
            Role::Leaf(leaf) => Some(leaf),
            Role::Path(other) => match &self.output.other(other).does {
                Misfit::Leaf(leaf) => Some(*leaf),
                _ => None,
            },
        }
    }

    fn roles_alike(&self, states: (Slot, Slot), roles: (Role, Role)) -> bool {
        match roles {
            (Role::Skip, Role::Skip) => true,
            (Role::Leaf(a), Role::Leaf(b)) => self.leaves_alike(states, (a, b)),
            (Role::Path(a), Role::Path(b)) => {
                let (a, b) = (self.output.other(a), self.output.other(b));
                let around = |other: &crate::plan::Other| (other.gap, other.chooses, other.naming);
                around(a) == around(b) && self.misfits_alike(states, (&a.does, &b.does))
            }
            _ => false,
        }
    }

    fn misfits_alike(&self, states: (Slot, Slot), misfits: (&Misfit, &Misfit)) -> bool {
        match misfits {
            (Misfit::Leaf(a), Misfit::Leaf(b)) => self.leaves_alike(states, (*a, *b)),
            // Which field it is counted for.
            (Misfit::Refused(_), Misfit::Refused(_)) => true,
            (Misfit::Dropped(_), Misfit::Dropped(_)) => true,
            (Misfit::Opened(a), Misfit::Opened(b)) => {
                self.misfits_alike(states, (&a.unreadable, &b.unreadable))
                    && self.misfits_alike(states, (&a.otherwise, &b.otherwise))
            }
            (a, b) => a == b,
        }
    }

    fn leaves_alike(&self, states: (Slot, Slot), (a, b): (LeafId, LeafId)) -> bool {
        let (a, b) = (&self.output.leaf(a).writes, &self.output.leaf(b).writes);
        let mut both = a.iter().zip(b);
        a.len() == b.len() && both.all(|(a, b)| self.writes_alike(states, (a, b)))
    }

    fn writes_alike(&self, (own, former): (Slot, Slot), (a, b): (&Write, &Write)) -> bool {
        let makes = |write: &Write| &self.scope.plan.makes[write.action.index()];
        let name = |name: WriteName| match name {
            WriteName::Named(id) => Some(&*self.output.names[id.0 as usize]),
            _ => None,
        };
        let is_last = |name: Option<&str>, of: Slot| self.last_names[of as usize] == name;
        let names = match (name(a.name), name(b.name)) {
            (None, None) => a.name == b.name,
            (a, b) => a == b || is_last(a, own) && is_last(b, former),
        };
        let stand = |literal| self.output.literal(literal);
        let on_error = match (a.on_error, b.on_error) {
            (OnError::Replace(a), OnError::Replace(b)) => stand(a) == stand(b),
            (a, b) => a == b,
        };
        let given = match (&a.given, &b.given) {
            (Given::Value, Given::Value) | (Given::Opened, Given::Opened) => true,
            (Given::Parts(a), Given::Parts(b)) => a == b,
            // What is written inside of it may be another thing.
            (Given::Body(a), Given::Body(b)) => a == b,
            _ => false,
        };
        let drops = a.drops && b.drops;
        let rest = (a.gap, a.guard, a.drops) == (b.gap, b.guard, b.drops);
        drops || names && on_error && given && rest && makes(a).is_as(makes(b))
    }
}
