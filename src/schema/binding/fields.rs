//! What one output makes of each place, whatever the type of the record: its role tables,
//! put together.

use std::collections::BTreeSet;

use super::cases;
use super::scope::Scope;
use crate::plan::automaton::Automaton;
use crate::plan::reading::OutputReading;
use crate::plan::{
    Gap, Given as Source, JsonInText, Misfit, OnError, Output, Plan, Role, TableId, Write,
    WriteName,
};
use crate::record::tape::Slot;
use crate::record::types::{Given, Gives, NotTaken, Type};
use crate::schema::derived::{Fields, Leaf, Made};
use crate::schema::json::Json;

/// What is made of each state, by the plan.
pub(super) struct OutputFields<'p> {
    scope: Scope<'p>,
    states: Vec<State<'p>>,
    /// For each state whether an element there leaves a gap when nothing comes of it.
    gaps: Vec<bool>,
}

struct State<'p> {
    goes_on: bool,
    /// Of an object one table makes one value, and another writes what is inside.
    is_torn: bool,
    /// Names that lead there are made.
    is_named_anew: bool,
    fields: Vec<Field<'p>>,
}

impl State<'_> {
    fn leaves(&self) -> Vec<Leaf<'_>> {
        let fields = self.fields.iter();
        fields
            .map(|field| Leaf {
                name: field.name,
                gives: &*field.gives,
                parts: field.parts,
                is_kept: field.is_kept,
                said: &field.said,
            })
            .collect()
    }
}

/// A field, with all that is written to it.
struct Field<'p> {
    name: Option<&'p str>,
    parts: &'p [Slot],
    gives: Box<dyn Fn(Type) -> Result<Gives, NotTaken> + 'p>,
    is_kept: bool,
    said: Json,
}

/// What one field is made by.
struct Made1<'p> {
    name: Option<&'p str>,
    writes: Vec<(TableId, &'p Write)>,
    /// Where it is a text with JSON in it, of which something is named.
    opens: Vec<(TableId, &'p JsonInText)>,
}

impl<'p> Made1<'p> {
    fn named(all: &mut Vec<Made1<'p>>, name: Option<&'p str>) -> usize {
        let known = all.iter().position(|made| made.name == name);
        known.unwrap_or_else(|| {
            all.push(Made1 {
                name,
                writes: Vec::new(),
                opens: Vec::new(),
            });
            all.len() - 1
        })
    }
}

impl<'p> OutputFields<'p> {
    pub(super) fn new(
        scope: Scope<'p>,
        output: &'p Output,
        reading: &'p OutputReading,
    ) -> OutputFields<'p> {
        let plan = scope.plan;
        let tables = cases::tables_of(scope.automaton, output, reading);
        let last_names = scope.automaton.last_names();
        let (mut states, mut gaps) = (Vec::new(), Vec::new());
        for (slot, last_name) in (0..).zip(last_names) {
            let tables = &tables[slot as usize];
            let (mut goes_on, mut leaves_gap, mut is_whole) = (false, false, false);
            let mut is_named_anew = false;
            let mut made: Vec<Made1<'_>> = Vec::new();
            for table in tables {
                let mut leaf = None;
                match reading.table(*table).slot(slot).role() {
                    Role::Skip => {}
                    Role::Leaf(one) => {
                        let mut writes = output.leaf(one).writes.iter();
                        is_whole |= writes.any(|write| takes_objects(plan, output, write));
                        leaf = Some(one);
                    }
                    Role::Path(other) => {
                        goes_on = true;
                        let other = output.other(other);
                        leaves_gap |= other.gap == Gap::Null;
                        is_named_anew |= other.naming.is_some();
                        match &other.does {
                            Misfit::Leaf(one) => leaf = Some(*one),
                            Misfit::Opened(text) => {
                                let at = Made1::named(&mut made, None);
                                made[at].opens.push((*table, &**text));
                                if let Misfit::Leaf(one) = text.otherwise {
                                    leaf = Some(one);
                                }
                            }
                            Misfit::Refused(_) | Misfit::Dropped(_) | Misfit::Chosen(_) => {}
                        }
                    }
                }
                let writes = leaf.into_iter().flat_map(|leaf| &output.leaf(leaf).writes);
                for write in writes {
                    leaves_gap |= write.gap == Gap::Null;
                    is_named_anew |= matches!(write.name, WriteName::Made(_));
                    let name = match write.name {
                        WriteName::Named(id) => Some(&*output.names[id.0 as usize]),
                        _ => None,
                    };
                    let name = name.filter(|name| last_name != Some(*name));
                    let at = Made1::named(&mut made, name);
                    made[at].writes.push((*table, write));
                }
            }
            // Of what is dropped everywhere there is no field.
            let is_made = |made: &Made1<'_>| {
                !made.opens.is_empty() || made.writes.iter().any(|(_, write)| !write.drops)
            };
            made.retain(is_made);
            let made = made.into_iter();
            let fields = made.map(|made| field(scope, output, tables, made));
            states.push(State {
                goes_on,
                is_torn: goes_on && is_whole,
                is_named_anew,
                fields: fields.collect(),
            });
            gaps.push(leaves_gap);
        }
        OutputFields {
            scope,
            states,
            gaps,
        }
    }

    /// As the schema of what leaves is derived by.
    pub(super) fn leaves(&self) -> Leaves<'_> {
        Leaves {
            automaton: self.scope.automaton,
            is_of_keys: self.scope.is_of_keys,
            goes_on: self.states.iter().map(|state| state.goes_on).collect(),
            torn: self.states.iter().map(|state| state.is_torn).collect(),
            named_anew: (self.states.iter())
                .map(|state| state.is_named_anew)
                .collect(),
            leaves: self.states.iter().map(State::leaves).collect(),
            gaps: &self.gaps,
        }
    }
}

/// True when something is written of an object whole.
fn takes_objects(plan: &Plan, output: &Output, write: &Write) -> bool {
    let gives = plan.gives(output, write, Type::Object);
    gives.is_ok_and(|gives| gives.each().next().is_some())
}

fn field<'p>(
    scope: Scope<'p>,
    output: &'p Output,
    tables: &BTreeSet<TableId>,
    made: Made1<'p>,
) -> Field<'p> {
    let plan = scope.plan;
    let Made1 {
        name,
        writes,
        opens,
    } = made;
    let in_all = tables.iter().all(|table| {
        let opens = opens.iter().map(|(of, _)| of);
        let mut all = writes.iter().map(|(of, _)| of).chain(opens);
        all.any(|of| of == table)
    });
    let parts = writes.iter().find_map(|(_, write)| match &write.given {
        Source::Parts(parts) => Some(&**parts),
        _ => None,
    });
    let makes = |write: &Write| &plan.makes[write.action.index()];
    let mut said: Vec<Json> = Vec::new();
    for (_, write) in writes.iter().filter(|(_, write)| !write.drops) {
        let one = said_of(makes(write).word, &makes(write).said);
        if !said.contains(&one) {
            said.push(one);
        }
    }
    if !opens.is_empty() {
        said.push(Json::Object(vec![("inside".into(), Json::text("json"))]));
    }
    // Of a schema with exact types every write must take all of them. One of JSON says what
    // values may be, and of the others it does not take a record does not leave.
    let must_all_take = !plan.source.format.is_json();
    let is_kept = opens.is_empty() && writes.iter().all(|(_, write)| makes(write).is_kept);
    let said = match said.len() {
        1 => said.remove(0),
        _ => Json::List(said),
    };
    Field {
        name,
        parts: parts.unwrap_or_default(),
        gives: Box::new(move |ty| {
            let of_writes = writes
                .iter()
                .map(|(_, write)| plan.gives(output, write, ty));
            let of_opened = opens.iter().map(|(_, text)| of_opened(text, ty));
            let (mut all, mut none): (Option<Gives>, _) = (None, Ok(Gives::NOTHING));
            for gives in of_writes.chain(of_opened) {
                match gives {
                    Ok(gives) => all = Some(all.map_or(gives, |all| all.or(gives))),
                    Err(not_taken) if must_all_take => return Err(not_taken),
                    Err(not_taken) => none = Err(not_taken),
                }
            }
            let mut all = all.map_or(none, Ok)?;
            // What yields nothing there is refused: a key lacks no part of itself.
            if scope.is_of_keys && ty != Type::Null && all.each().next().is_some() {
                let mut writes = writes.iter();
                all.may_be_absent = writes.any(|(_, w)| w.on_error == OnError::DropField);
            }
            Ok(match in_all && parts.is_none() {
                true => all,
                false => all.or_nothing(),
            })
        }),
        is_kept,
        said,
    }
}

/// What is written of a value that may be a text with JSON in it.
fn of_opened(text: &JsonInText, ty: Type) -> Result<Gives, NotTaken> {
    match (ty, &text.otherwise) {
        // A text again, of which there may be nothing.
        (Type::Text | Type::Symbol | Type::Uuid, _) => Ok(Gives::one(Given::Text).or_nothing()),
        // Nothing stands there; or an action says what becomes of it.
        (Type::Null, _) | (_, Misfit::Dropped(_) | Misfit::Leaf(_)) => Ok(Gives::NOTHING),
        _ => Err(NotTaken::Type),
    }
}

/// An action's word, and its parameters.
fn said_of(word: &str, said: &[(String, String)]) -> Json {
    let mut members = vec![("action".into(), Json::text(word))];
    members.extend(
        said.iter()
            .map(|(word, set)| (word.as_str().into(), Json::text(set))),
    );
    Json::Object(members)
}

/// The fields of an output by state, in the derivation's words.
pub(super) struct Leaves<'o> {
    automaton: &'o Automaton,
    is_of_keys: bool,
    goes_on: Vec<bool>,
    torn: Vec<bool>,
    named_anew: Vec<bool>,
    leaves: Vec<Vec<Leaf<'o>>>,
    gaps: &'o [bool],
}

impl Fields for Leaves<'_> {
    fn at(&self, state: Slot) -> Made<'_> {
        let leaves = &self.leaves[state as usize];
        if self.torn[state as usize] {
            return Made::Torn;
        }
        match (self.goes_on[state as usize], &leaves[..]) {
            (true, others) => Made::Inside(others),
            (false, []) => Made::Nothing,
            (false, leaves) => Made::Leaves(leaves),
        }
    }

    fn removes_gaps(&self, array: Slot) -> bool {
        let positions = self.automaton.positions(array).iter();
        let positions = positions.map(|(_, state)| *state);
        let mut elements = positions.chain([self.automaton.any_element(array)]);
        !elements.any(|state| self.gaps[state as usize])
    }

    fn makes_names(&self, state: Slot) -> bool {
        self.named_anew[state as usize]
    }

    fn are_of_keys(&self) -> bool {
        self.is_of_keys
    }
}
