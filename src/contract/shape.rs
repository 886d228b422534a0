//! The value of an output as a whole: which columns lie inside which object or
//! array.

use super::ColumnContract;
use crate::action::{Type, Types};
use crate::policy::Where;
use crate::record::path::Step;

/// What can stand at one place of a value.
#[derive(Default)]
pub(super) struct Shape<'c, 'd> {
    /// The columns that end here, one for each type of record that differs.
    pub columns: Vec<&'c ColumnContract<'d>>,
    /// Members by name, in the order of the policy.
    pub members: Vec<(&'c str, Shape<'c, 'd>)>,
    /// Members of any other name.
    pub any_member: Option<Box<Shape<'c, 'd>>>,
    /// Elements of an array.
    pub elements: Option<Box<Shape<'c, 'd>>>,
    /// An element that may be `null` where the event has none: it keeps its place.
    pub keeps_place: bool,
    /// A text that holds JSON: what leaves in it is told in words alone.
    pub is_json_text: bool,
    /// Objects and arrays in each other, as the event has them: what leaves in them is
    /// told in words alone.
    pub holds_any_depth: bool,
}

impl<'c, 'd> Shape<'c, 'd> {
    /// Of every column of the value.
    pub(super) fn of(columns: &'c [ColumnContract<'d>]) -> Shape<'c, 'd> {
        let mut top = Shape::default();
        for column in columns {
            if let Where::Value(path) = &column.column.to {
                let is_told_in_words = |s: &Step| matches!(s, Step::Json | Step::AnyDepth);
                let words = path.steps.iter().position(is_told_in_words);
                let place = top.at(&path.steps[..words.unwrap_or(path.steps.len())]);
                match words.map(|at| &path.steps[at]) {
                    Some(Step::Json) => place.is_json_text = true,
                    Some(_) => place.holds_any_depth = true,
                    None => place.columns.push(column),
                }
            }
        }
        top
    }

    fn at(&mut self, steps: &'c [Step]) -> &mut Shape<'c, 'd> {
        let mut place = self;
        for (n, step) in steps.iter().enumerate() {
            place = match step {
                Step::Name(name) => {
                    let known = place.members.iter().position(|(n, _)| n == name);
                    let at = known.unwrap_or_else(|| {
                        place.members.push((name, Shape::default()));
                        place.members.len() - 1
                    });
                    &mut place.members[at].1
                }
                // The top is the value itself; and of the others nothing behind is asked for.
                Step::Itself | Step::Json | Step::AnyDepth => place,
                Step::AnyName => place.any_member.get_or_insert_default(),
                // Chosen elements alone leave, in their order.
                Step::Element(_) | Step::AnyElement | Step::Filter(_) => {
                    place.elements.get_or_insert_default()
                }
            };
            place.keeps_place |= *step == Step::AnyElement && n + 1 < steps.len();
        }
        place
    }

    /// Members lie inside.
    pub(super) fn is_object(&self) -> bool {
        !self.members.is_empty() || self.any_member.is_some() || self.holds_any_depth
    }

    /// The types that a value here can have.
    pub(super) fn types(&self) -> Types {
        let mut types = self
            .columns
            .iter()
            .fold(Types::NONE, |all, c| all.or(c.types));
        if self.is_object() {
            types = types.with(Type::Object);
        }
        if self.is_json_text {
            types = types.with(Type::Text);
        }
        if self.elements.is_some() || self.holds_any_depth {
            types = types.with(Type::Array);
        }
        if self.keeps_place {
            types = types.with(Type::Null);
        }
        types
    }

    /// Something here leaves whole, with names that the policy does not say.
    pub(super) fn is_open(&self) -> bool {
        let types = self
            .columns
            .iter()
            .fold(Types::NONE, |all, c| all.or(c.types));
        types.has(Type::Object) || types.has(Type::ArrayOfObjects) || self.holds_any_depth
    }

    /// What is held here, in words; of several types of record each.
    pub(super) fn says(&self) -> Option<String> {
        let mut all: Vec<String> = Vec::new();
        for column in &self.columns {
            let said = match &column.column.of_type {
                Some(of) if self.columns.len() > 1 => format!("{} ({of})", column.what()),
                _ => column.what(),
            };
            if !all.contains(&said) {
                all.push(said);
            }
        }
        if self.is_json_text {
            all.push("a text that holds JSON, with the fields that are named in it".to_owned());
        }
        if self.holds_any_depth {
            let text = "objects and arrays as the event has them, with the fields that are named at any depth";
            all.push(text.to_owned());
        }
        (!all.is_empty()).then(|| all.join("; "))
    }
}
