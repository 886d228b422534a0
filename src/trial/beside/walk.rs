//! The walk through the value of one record: which field takes each place, and what it
//! made of it.

use super::super::chosen::holds;
use super::became::Became;
use super::found::{Left, cut, left, spelled, step};
use super::row::{ROWS_MAX, Row};
use crate::action::{Gives, Type, Types};
use crate::plan::Output;
use crate::policy::check::json::Json;
use crate::policy::named::opens;
use crate::policy::selector::selectors;
use crate::policy::{Fate, Named, NamedField, behind, covers, decided, is_there};
use crate::record::counts::FieldCounts;
use crate::record::path::{Selector, Step};
use crate::trial::explain::Waits;

/// Most fields that are told to have nothing in the record.
const ABSENT_MAX: usize = 100;

pub(super) struct Walk<'w> {
    pub(super) all: Named,
    /// The entry of `types:` that applies.
    pub(super) entry: Option<String>,
    pub(super) became: Became,
    pub(super) output: &'w Output,
    pub(super) counts: &'w [FieldCounts],
    pub(super) written: Option<Json>,
    pub(super) rows: Vec<Row>,
    pub(super) more: usize,
    /// Paths of the fields that have a row.
    pub(super) shown: Vec<String>,
}

impl Walk<'_> {
    /// What stands at `at`, and inside of it where something there is spoken of.
    pub(super) fn place(&mut self, at: &mut Vec<Step>, value: &Json, tree: &Json) {
        if self.rows.len() >= ROWS_MAX {
            self.more += 1;
            return;
        }
        let stands_at = Selector { steps: at.clone() };
        let path = self.told_apart(at, tree);
        let topic = self.output.topic.to_string();
        let found = decided(&self.all, &topic, self.entry.as_deref(), &path);
        let rows = self.rows.len();
        let row = Row {
            from: cut(&stands_at.to_string()),
            before: Some(spelled(value)),
            ..Row::default()
        };
        for field in self.parts(&found.part_of, &path) {
            let made = self.made(row.clone(), &field, at, tree);
            self.rows.push(made);
        }
        if matches!(value, Json::Text(_)) && self.is_opened(&path) {
            let row = self.opened(row, &stands_at, at, tree);
            self.rows.push(row);
            return;
        }
        let descends = self.is_spoken_of_inside(&path);
        let goes_on = |of: Option<&NamedField>| descends && self.goes_through(&path, value, of);
        match found.fate {
            // What is one value here in other records is gone through in this one.
            Fate::Makes(fields) if goes_on(fields.first()) => {}
            Fate::Dropped(field) if goes_on(Some(&field)) => {}
            Fate::Holds(_) if !goes_on(None) && !matches!(value, Json::Null) => {
                self.rows.push(self.misfit(row, &path));
                return;
            }
            Fate::Makes(fields) => {
                for field in fields {
                    let made = self.made(row.clone(), &field, at, tree);
                    self.rows.push(made);
                }
            }
            Fate::Dropped(field) => {
                self.shown.push(field.path.clone());
                self.rows.push(Row {
                    fate: "dropped",
                    action: Some(field.written.clone()),
                    why: "it is named to be dropped".to_owned(),
                    ..row
                });
                return;
            }
            Fate::Within(field) => self.rows.push(Row {
                to: Some(cut(&field.path)),
                fate: "within",
                action: Some(field.written.clone()),
                why: format!(
                    "it leaves within `{}`, which is taken whole",
                    cut(&field.path)
                ),
                ..row
            }),
            Fate::Holds(_) | Fate::Summed | Fate::Timed | Fate::Unnamed if self.is_read(&path) => {
                self.rows.push(Row {
                    fate: "read",
                    why: "it is read to decide about the record or to count it, and does not leave"
                        .to_owned(),
                    ..row
                })
            }
            Fate::Holds(_) | Fate::Summed | Fate::Timed | Fate::Unnamed
                if rows < self.rows.len() || descends => {}
            Fate::Holds(_) | Fate::Summed | Fate::Timed | Fate::Unnamed => self.rows.push(Row {
                fate: "unnamed",
                why: "nobody named it, so it does not exist in the output".to_owned(),
                ..row
            }),
        }
        if !descends {
            return;
        }
        match value {
            Json::Object(members) => {
                for (name, value) in members {
                    at.push(Step::Name(name.clone()));
                    self.place(at, value, tree);
                    at.pop();
                }
            }
            Json::List(items) => {
                for (n, value) in (0..).zip(items) {
                    at.push(Step::Element(n));
                    self.place(at, value, tree);
                    at.pop();
                }
            }
            _ => {}
        }
    }

    /// True when the policy names something in the text at that path.
    fn is_opened(&self, path: &Selector) -> bool {
        let fields = self.all.fields.iter().filter(|f| self.is_own(f));
        fields.flat_map(|f| &f.inputs).any(|i| opens(i, path))
    }

    /// A text of which leaves what is named in it; the fields in it have no rows of
    /// their own.
    fn opened(&mut self, row: Row, path: &Selector, at: &[Step], tree: &Json) -> Row {
        let fields = self.all.fields.iter().filter(|f| self.is_own(f));
        let inside = fields.filter(|f| f.inputs.iter().any(|i| opens(i, path)));
        let inside: Vec<String> = inside.map(|f| f.path.clone()).collect();
        self.shown.extend(inside);
        let found = match &self.written {
            Some(written) => left(written, tree, path, at),
            None => Left::Nothing,
        };
        let (fate, after) = match found {
            Left::Value(value) => (self.left_as(), Some(spelled(value))),
            Left::Unknown => ("not told", None),
            Left::Nothing if self.became != Became::Written => ("not written", None),
            Left::Nothing => ("nothing", None),
        };
        Row {
            to: Some(cut(&path.to_string())),
            after,
            fate,
            why: "a text that holds JSON: what is named in it leaves, as a text again".to_owned(),
            ..row
        }
    }

    /// The path to a place, elements named as the filter does that chooses them.
    fn told_apart(&self, at: &[Step], tree: &Json) -> Selector {
        let mut path = Selector { steps: Vec::new() };
        let mut value = Some(tree);
        for (n, own) in at.iter().enumerate() {
            value = value.and_then(|value| step(value, own));
            let fields = self.all.fields.iter().filter(|f| self.is_own(f));
            let selectors = fields.flat_map(|f| f.inputs.iter().chain(&f.selector));
            let chosen = selectors.filter(|s| match (s.steps.get(n), value) {
                (Some(Step::Filter(filter)), Some(element)) => {
                    let above = s.steps[..n].iter().zip(&path.steps);
                    above.into_iter().all(|(a, b)| a.covers(b)) && holds(filter, element)
                }
                _ => false,
            });
            let head = |s: &Selector| Selector {
                steps: vec![s.steps[n].clone()],
            };
            let best = chosen.map(head).max_by(|a, b| a.specificity(b));
            let best = best.and_then(|mut s| s.steps.pop());
            path.steps.push(best.unwrap_or_else(|| own.clone()));
        }
        path
    }

    /// One field made of what stands at `at`.
    fn made(&mut self, row: Row, field: &NamedField, at: &[Step], tree: &Json) -> Row {
        self.shown.push(field.path.clone());
        let to = selectors(&field.path).ok().and_then(|mut all| all.pop());
        let found = match (&self.written, &to) {
            (Some(written), Some(to)) if field.inside.is_none() => left(written, tree, to, at),
            _ => Left::Nothing,
        };
        let says = field.spec.says(&self.output.domain).what;
        let counts = self.counted(field);
        let (fate, after, why) = match found {
            // Of an element that left nothing the place is still there.
            Left::Value(Json::Null) if is_gap(field, &row) => {
                let (fate, why) = self.not_found(field, says);
                (fate, None, why)
            }
            Left::Value(value) if counts.written == 0 && counts.replaced_on_error > 0 => (
                "replaced",
                Some(spelled(value)),
                "its action refuses this value, and `on_error` puts a constant in its place"
                    .to_owned(),
            ),
            Left::Value(value) => (self.left_as(), Some(spelled(value)), says),
            Left::Unknown => (
                "not told",
                None,
                "some elements of the array did not leave, so which of them is this one \
                 cannot be told"
                    .to_owned(),
            ),
            Left::Nothing => {
                let (fate, why) = self.not_found(field, says);
                (fate, None, why)
            }
        };
        Row {
            to: Some(cut(&field.path)),
            after,
            fate,
            action: Some(field.written.clone()),
            why,
            ..row
        }
    }

    /// The fate of what stands in the value that was written.
    pub(super) fn left_as(&self) -> &'static str {
        match self.became {
            Became::Waits(waits) => waits.word(),
            _ => "written",
        }
    }

    /// Why a field has nothing in the output.
    pub(super) fn not_found(&self, field: &NamedField, says: String) -> (&'static str, String) {
        let counts = self.counted(field);
        match (&field.inside, counts) {
            (_, counts) if counts.refused > 0 => {
                let cause = self.became.why().map_or("", |[_, cause, _]| cause);
                ("refused", format!("its action refuses this value. {cause}"))
            }
            (None, counts) if counts.dropped_on_error > 0 => (
                "left out",
                "its action refuses this value, and `on_error: drop_field` leaves it out"
                    .to_owned(),
            ),
            _ if self.became != Became::Written => {
                let would = match field.drops() {
                    true => "nothing of it would leave".to_owned(),
                    false => format!("it would leave as: {says}"),
                };
                let why = match self.became {
                    Became::Waits(Waits::Release) => "the record waits for a release",
                    Became::Waits(Waits::Counts) => "the record is counted, and none leaves",
                    Became::LeftOut(_) => "the record is left out",
                    _ => "the record is not written",
                };
                ("not written", format!("{why}; {would}"))
            }
            (Some(inside), _) => ("sealed", format!("{says}; sealed inside `{}`", cut(inside))),
            (None, _) => (
                "nothing",
                "its action makes nothing of this value".to_owned(),
            ),
        }
    }

    /// The fields that are made of several parts, of which this path is one.
    fn parts(&self, paths: &[String], at: &Selector) -> Vec<NamedField> {
        let own = |f: &&NamedField| {
            self.is_own(f)
                && f.spec.from().is_some()
                && paths.contains(&f.path)
                && f.inputs.iter().any(|input| covers(input, at))
        };
        self.all.fields.iter().filter(own).cloned().collect()
    }

    /// True for a field of this output that speaks of records of this type.
    pub(super) fn is_own(&self, field: &NamedField) -> bool {
        let of_type = field.of_type.is_none() || field.of_type == self.entry;
        of_type && field.topic == *self.output.topic
    }

    fn is_read(&self, path: &Selector) -> bool {
        let same = |s: &Selector| is_there(s, path);
        self.all.reads.iter().any(same) || self.all.objects.iter().any(|o| covers(o, path))
    }

    /// True when the policy speaks of something below this path.
    fn is_spoken_of_inside(&self, path: &Selector) -> bool {
        let leads = |s: &Selector| behind(s, path).iter().any(|rest| !rest.is_empty());
        let fields = self.all.fields.iter().filter(|f| self.is_own(f));
        let mut inputs = fields.flat_map(|f| f.inputs.iter().chain(&f.selector));
        inputs.any(leads) || self.all.reads.iter().chain(&self.all.objects).any(leads)
    }

    /// True when what the output names below this path can stand in a value of
    /// that kind. `beside`: only what stands where that field does, and not in the
    /// object that it seals.
    fn goes_through(&self, path: &Selector, value: &Json, beside: Option<&NamedField>) -> bool {
        let below = |s: &Selector| {
            let behind = behind(s, path);
            let mut next = behind.iter().filter_map(|rest| rest.first());
            next.any(|step| steps_into(value, step))
        };
        let is_beside = |f: &NamedField| beside.is_none_or(|b| b.inside == f.inside);
        let fields = self.all.fields.iter();
        let fields = fields.filter(|f| self.is_own(f) && is_beside(f));
        let mut inputs = fields.flat_map(|f| f.inputs.iter().chain(&f.selector));
        inputs.any(below)
    }

    /// A value of another kind than every path that goes on from its place.
    fn misfit(&self, row: Row, path: &Selector) -> Row {
        let below = |s: &Selector| behind(s, path).iter().any(|rest| !rest.is_empty());
        let fields = self.all.fields.iter().filter(|f| self.is_own(f));
        let mut own = fields.filter(|f| f.inputs.iter().chain(&f.selector).any(below));
        let refused = own.clone().find(|f| self.counted(f).refused > 0);
        let (fate, field, why) = match (refused, own.find(|f| !f.drops())) {
            (Some(field), _) => (
                "refused",
                Some(field),
                format!(
                    "`{}` is read below it, and it is no container of the kind that leads there; \
                     the policy foresees another kind by naming this path too",
                    cut(&field.path)
                ),
            ),
            (None, Some(field)) => (
                "left out",
                Some(field),
                "it is no container of the kind that the fields below it stand in, and they \
                 are left out where they are refused"
                    .to_owned(),
            ),
            (None, None) => (
                "dropped",
                None,
                "what is named below it is named to be dropped".to_owned(),
            ),
        };
        Row {
            fate,
            action: field.map(|f| f.written.clone()),
            why,
            ..row
        }
    }

    /// What was counted of a field in this record.
    pub(super) fn counted(&self, field: &NamedField) -> FieldCounts {
        let from = field.counted_from();
        let place = self.output.fields.iter().position(|f| {
            let same = f.path == field.path && f.action == field.action.name;
            same && from.as_ref().is_none_or(|from| *from == f.from)
        });
        place.map_or_else(FieldCounts::default, |at| self.counts[at])
    }

    /// Fields that the record holds nothing for.
    pub(super) fn absent(&self) -> Vec<String> {
        let own = self
            .all
            .fields
            .iter()
            .filter(|f| self.is_own(f) && !f.drops());
        let mut absent: Vec<String> = own
            .filter(|f| !self.shown.contains(&f.path))
            .map(|f| cut(&f.path))
            .collect();
        absent.dedup();
        absent.truncate(ABSENT_MAX);
        absent
    }
}

/// True when `null` where that field stands can only be the place of an element of
/// which nothing was written.
fn is_gap(field: &NamedField, row: &Row) -> bool {
    let last = field.selector.as_ref().and_then(|s| s.steps.last());
    let gives = Gives::of_each(Types::JSON.without(Type::Null), |ty| field.spec.gives(ty));
    last == Some(&Step::AnyElement)
        && row.before.as_deref() != Some("null")
        && !gives.types.has(Type::Null)
}

/// True when a step of that kind leads into a value of that kind.
fn steps_into(value: &Json, step: &Step) -> bool {
    match value {
        Json::Object(_) => matches!(step, Step::Name(_) | Step::AnyName | Step::AnyDepth),
        Json::List(_) => step.is_element() || *step == Step::AnyDepth,
        _ => false,
    }
}
