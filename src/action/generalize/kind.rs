//! A kind of value that `generalize` makes coarser: what its definition says,
//! and how its rule stands behind the action.

use super::gathered::LEAKS_EACH;
use crate::action::NotBuilt;
use crate::action::{
    Action, Cx, Degree, Dial, Example, Facts, Gives, Growth, KeyUse, Kinds, LoneClass, Narrow,
    Passing, Reveals, Says, Site, Spec, TableUse, Tables, Type,
};
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::Word;
use crate::record::time::Time;
use crate::record::value::{Applied, Out, View, Whole};
use crate::record::{Nothing, Reason};

/// One kind: everything that the action, its words, its reference and the
/// registry test need to know of it.
pub(crate) struct KindDef {
    /// What it takes a value as, with the article: `a number`.
    pub(crate) what: &'static str,
    /// Words that say what happens to the value.
    pub(crate) decides: &'static [Word],
    /// Only one of them may be written.
    pub(crate) is_one_of: bool,
    /// Words that go with them.
    pub(crate) further: &'static [Word],
    /// Words of other kinds that are its own as it is written (`bucket` behind
    /// `date: year`).
    pub(crate) borrows: fn(&Mapping<'_, '_>) -> &'static [&'static str],
    /// What it takes, what it gives and what it refuses, exactly; a paragraph.
    pub(crate) doc: &'static str,
    /// What it leaks beside what every coarser value does; empty where that is all.
    pub(crate) leaks: &'static str,
    /// As those of an action.
    pub(crate) examples: &'static [Example],
    /// Reads its words; `None` when findings were added.
    pub(crate) parse: fn(&mut Mapping<'_, '_>) -> Option<Box<dyn Spec>>,
}

impl KindDef {
    /// The names of its own words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.decides.iter().chain(self.further).map(|w| w.name)
    }
}

/// [`KindDef::borrows`] of a kind that needs no word but its own.
pub(crate) fn nothing(_: &Mapping<'_, '_>) -> &'static [&'static str] {
    &[]
}

/// What one kind does to a value, as the policy says it.
pub(crate) trait Coarsening: Clone + Send + Sync + 'static {
    /// What it leaks beside what every coarser value does, as its definition says it.
    const LEAKS: &'static str;

    /// It reads words for nothing as the texts that they are.
    const TAKES_ANY_TEXT: bool = false;

    /// Reads the words of the kind; `None` when findings were added.
    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Self>;

    /// What other rooms must know.
    fn facts(&self) -> Facts {
        Facts::default()
    }

    /// As [`Spec::grows`].
    fn grows(&self) -> Growth {
        Growth::default()
    }

    /// Those of the policy's words for nothing that are none of its values.
    fn nothing(&self, of_policy: &Nothing) -> Nothing {
        of_policy.clone()
    }

    /// The same rule under the policy's words for nothing, where it has a use of
    /// its own for them.
    #[must_use]
    fn with_nothing(self, _nothing: &Nothing) -> Self {
        self
    }

    /// As [`Spec::key`].
    fn key(&self) -> Option<KeyUse<'_>> {
        None
    }

    /// As [`Spec::tables`].
    fn tables(&self) -> Vec<TableUse<'_>> {
        Vec::new()
    }

    /// As [`Spec::lone_class`].
    fn lone_class(&self, _tables: &Tables) -> Option<LoneClass<'_>> {
        None
    }

    /// As [`Spec::unchanged_class`].
    fn unchanged_class(&self, _tables: &Tables) -> Option<LoneClass<'_>> {
        None
    }

    /// The same rule for one place, with what it asked for.
    ///
    /// # Errors
    /// As [`Spec::build`].
    fn for_site(self, _site: &Site<'_>) -> Result<Self, NotBuilt> {
        Ok(self)
    }

    /// How it is set; a word that only it has among the kinds is among them.
    fn dials(&self) -> Vec<Dial>;

    /// It refuses values of its kind by a bound that the policy writes.
    fn is_bounded(&self) -> bool {
        false
    }

    /// What it writes of a value of that type other than null; `None`: it
    /// refuses every one.
    fn gives(&self, from: Type) -> Option<Gives>;

    /// As [`Spec::narrow`].
    fn narrow(&self) -> Narrow {
        Narrow::default()
    }

    /// What leaves, in plain words.
    fn says(&self) -> Says;

    /// As [`Spec::from`].
    fn from(&self) -> Option<&[(String, Span)]> {
        None
    }

    /// Writes the coarser value of a scalar other than `null`.
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn apply(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied;

    /// The same of a time, where the format has a type for it.
    ///
    /// # Errors
    /// As [`Action::apply`]; a kind that takes none refuses it.
    fn apply_time(&self, _time: Time, _out: &mut dyn Out, _cx: &mut Cx<'_>) -> Applied {
        Err(Reason::WrongType)
    }

    /// The same of an array or object.
    ///
    /// # Errors
    /// As [`Action::apply`]; a kind that takes none refuses it.
    fn apply_whole(&self, _whole: Whole<'_>, _out: &mut dyn Out, _cx: &mut Cx<'_>) -> Applied {
        Err(Reason::WrongType)
    }

    /// As [`Action::apply_parts`].
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn apply_parts(
        &self,
        _parts: &[Option<View<'_>>],
        _nothing: &Nothing,
        _out: &mut dyn Out,
        _cx: &mut Cx<'_>,
    ) -> Applied {
        Err(Reason::WrongType)
    }
}

/// [`KindDef::parse`] of a kind whose rule is `R`: each kind becomes an action
/// of its own, so that a value finds its rule without asking which it is.
pub(crate) fn spec<R: Coarsening>(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    R::parse(mapping).map(of)
}

/// A rule as an action of its own.
pub(super) fn of<R: Coarsening>(rule: R) -> Box<dyn Spec> {
    Box::new(Generalize { rule })
}

#[derive(Clone)]
struct Generalize<R> {
    rule: R,
}

impl<R: Coarsening> Spec for Generalize<R> {
    fn leaks(&self) -> Option<[&'static str; 2]> {
        Some([LEAKS_EACH, R::LEAKS])
    }

    fn key(&self) -> Option<KeyUse<'_>> {
        self.rule.key()
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        self.rule.tables()
    }

    fn lone_class(&self, tables: &Tables) -> Option<LoneClass<'_>> {
        self.rule.lone_class(tables)
    }

    fn unchanged_class(&self, tables: &Tables) -> Option<LoneClass<'_>> {
        self.rule.unchanged_class(tables)
    }

    fn facts(&self) -> Facts {
        self.rule.facts()
    }

    fn grows(&self) -> Growth {
        self.rule.grows()
    }

    fn reveals(&self) -> Reveals {
        Reveals {
            degree: Degree::Portion,
            dials: self.rule.dials(),
            passing: Passing {
                bounded: self.rule.is_bounded(),
                ..Passing::some_of(Kinds::Flat)
            },
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::one(from),
            // Of a word for nothing it gives nothing, whatever it says of others.
            Type::Text if !R::TAKES_ANY_TEXT => Some(Gives {
                may_be_absent: true,
                ..self.rule.gives(from).or(Gives::NOTHING)?
            }),
            _ => self.rule.gives(from),
        }
    }

    fn narrow(&self) -> Narrow {
        self.rule.narrow()
    }

    fn says(&self, _domain: &str) -> Says {
        self.rule.says()
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        self.rule.from()
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(Made {
            rule: self
                .rule
                .clone()
                .with_nothing(site.nothing)
                .for_site(site)?,
            nothing: self.rule.nothing(site.nothing),
        }))
    }
}

struct Made<R> {
    rule: R,
    nothing: Nothing,
}

impl<R: Coarsening> Action for Made<R> {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => {
                out.null();
                Ok(())
            }
            View::Whole(whole) => self.rule.apply_whole(whole, out, cx),
            View::Time(time) => self.rule.apply_time(time, out, cx),
            View::Bytes(_) => Err(Reason::WrongType),
            View::Text(text)
                if !R::TAKES_ANY_TEXT && self.nothing.is(text.chars_in(cx.text).as_bytes()) =>
            {
                Ok(())
            }
            scalar => self.rule.apply(scalar, out, cx),
        }
    }

    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        self.rule.apply_parts(parts, &self.nothing, out, cx)
    }
}
