//! What the kinds of quasi-identifiers have in common.

use std::sync::Arc;

use crate::action::characters::Characters;
use crate::action::{
    Action, Cx, Degree, Dial, Facts, Gives, Growth, InClass, Kinds, NotBuilt, Passing, Reveals,
    Says, Setting, Site, Spec, TableUse, Type, Types,
};
use crate::anonymity::quasi::{ClassEnd, ClassForm, Domain, EndSpelling, NotADomain};
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::record::value::{Applied, Out, View, Whole};
use crate::record::{Nothing, Reason, is_json_number};

/// One kind of value, read to the finest class that it can be in.
pub(super) trait Kind: Clone + Send + Sync + 'static {
    /// Words for nothing are values as any other.
    const TAKES_ANY_TEXT: bool = false;

    /// How it is set.
    fn dials(&self) -> Vec<Dial>;

    /// True of a type that it does not always refuse.
    fn takes(&self, from: Type) -> bool;

    /// What classes there are, in plain words.
    fn says(&self) -> String;

    /// How the ends of its classes leave; `None`: they have none.
    fn ends(&self) -> Option<Ends> {
        None
    }

    /// As [`Spec::tables`].
    fn tables(&self) -> Vec<TableUse<'_>> {
        Vec::new()
    }

    /// As [`Spec::from`].
    fn from(&self) -> Option<&[(String, Span)]> {
        None
    }

    /// The same rule for one place, and its domain.
    ///
    /// # Errors
    /// As [`Spec::build`].
    fn for_site(&self, site: &Site<'_>) -> Result<(Self, Arc<Domain>), NotBuilt>;

    /// Writes the leaf of a scalar other than `null`.
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied;

    /// The same of an array or object.
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn leaf_of_whole(&self, _whole: Whole<'_>, _out: &mut dyn Out, _cx: &mut Cx<'_>) -> Applied {
        Err(Reason::WrongType)
    }

    /// As [`Action::apply_parts`].
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn leaf_of_parts(
        &self,
        _parts: &[Option<View<'_>>],
        _out: &mut dyn Out,
        _cx: &mut Cx<'_>,
    ) -> Applied {
        Err(Reason::WrongType)
    }
}

/// How the ends of classes leave.
pub(super) struct Ends {
    pub(super) spelling: EndSpelling,
    /// What they are then.
    pub(super) of: Type,
}

/// A kind as the policy wrote it.
pub(super) struct Quasi<K> {
    pub(super) kind: K,
    pub(super) weight: u8,
    /// What of the class leaves here.
    pub(super) form: ClassForm,
    /// Both ends of the class leave, each in a member of its own.
    pub(super) spreads: Option<EndSpelling>,
}

impl<K: Kind> Spec for Quasi<K> {
    fn tables(&self) -> Vec<TableUse<'_>> {
        self.kind.tables()
    }

    fn facts(&self) -> Facts {
        Facts {
            quasi: Some(InClass {
                weight: self.weight,
                form: self.form,
            }),
            // Of ranges, spans, networks, prefixes and cells.
            writes: Characters::from_iter(
                ('0'..='9').chain('a'..='z').chain("[,)-<>=:TZ*./".chars()),
            ),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // What stands in memory until the release: a code, or the start of the text.
        Growth::by(40)
    }

    fn reveals(&self) -> Reveals {
        let mut dials = self.kind.dials();
        let mut choice = |word, at: String| dials.push(Dial::new(word, Setting::Choice(at)));
        choice("weight", self.weight.to_string());
        match self.form {
            ClassForm::Label => choice("form", "label".to_owned()),
            ClassForm::End(ClassEnd::From, _) => choice("form", "from".to_owned()),
            ClassForm::End(ClassEnd::To, _) => choice("form", "to".to_owned()),
        }
        Reveals {
            degree: Degree::Portion,
            dials,
            passing: Passing::some_of(Kinds::Flat),
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            _ if !self.kind.takes(from) => None,
            _ => Some(Gives {
                // `null` of a class in which nobody has a value.
                types: Types::of(self.leaves()).with(Type::Null),
                may_be_absent: from == Type::Text,
                ..Gives::default()
            }),
        }
    }

    fn says(&self, _domain: &str) -> Says {
        let classes = self.kind.says();
        let class =
            "the class that the value was put in with those of other persons of the same release";
        let says = match self.form {
            ClassForm::Label => format!(
                "{class}: {classes}; `*` where it says nothing, `null` where no member of the class has a value"
            ),
            ClassForm::End(ClassEnd::From, _) => format!(
                "the least value in {class}: {classes}; `null` where that end is open, or a member has no value"
            ),
            ClassForm::End(ClassEnd::To, _) => format!(
                "the least value beyond {class}: {classes}; `null` where that end is open, or a member has no value"
            ),
        };
        Says {
            bins: Some(classes),
            ..Says::of(says)
        }
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        self.kind.from()
    }

    fn spread(&self) -> Vec<(&'static str, Arc<dyn Spec>)> {
        let Some(spelling) = self.spreads else {
            return Vec::new();
        };
        let end = |name, side| -> (&'static str, Arc<dyn Spec>) {
            let end = Quasi {
                kind: self.kind.clone(),
                weight: self.weight,
                form: ClassForm::End(side, spelling),
                spreads: None,
            };
            (name, Arc::new(end))
        };
        vec![end("_from", ClassEnd::From), end("_to", ClassEnd::To)]
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let (kind, domain) = self.kind.for_site(site)?;
        Ok(Box::new(Made {
            kind,
            domain,
            is_read: !matches!(self.form, ClassForm::End(ClassEnd::To, _)),
            nothing: site.nothing.clone(),
        }))
    }
}

impl<K: Kind> Quasi<K> {
    /// What leaves of a value that is there.
    fn leaves(&self) -> Type {
        match (self.form, self.kind.ends()) {
            (ClassForm::End(..), Some(ends)) => ends.of,
            _ => Type::Text,
        }
    }
}

struct Made<K> {
    kind: K,
    domain: Arc<Domain>,
    /// The other end of its class, where it has one, is not: one of the two reads the value.
    is_read: bool,
    nothing: Nothing,
}

impl<K: Kind> Action for Made<K> {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        if !self.is_read {
            return Ok(());
        }
        match view {
            // As of a value that is not there: the release says what stands there.
            View::Null => Ok(()),
            View::Whole(whole) => self.kind.leaf_of_whole(whole, out, cx),
            View::Text(text)
                if !K::TAKES_ANY_TEXT && self.nothing.is(text.chars_in(cx.text).as_bytes()) =>
            {
                Ok(())
            }
            scalar => self.kind.leaf(scalar, out, cx),
        }
    }

    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        self.kind.leaf_of_parts(parts, out, cx)
    }

    fn quasi(&self) -> Option<&Arc<Domain>> {
        Some(&self.domain)
    }
}

/// Reports what is no domain.
pub(super) fn no_domain(why: NotADomain, span: Span, mapping: &mut Mapping<'_, '_>, help: &str) {
    mapping
        .findings
        .error(codes::OUT_OF_RANGE, span, why.to_string())
        .help(help);
}

/// The levels of a list word, each a whole number from 1 to `max`.
pub(super) fn levels(mapping: &mut Mapping<'_, '_>, name: &str, max: u8) -> Option<Vec<u8>> {
    let items: &[Node] = mapping.items(name);
    let mut levels = Vec::new();
    for item in items {
        let text = item.scalar().unwrap_or_default();
        let number = is_json_number(text).then(|| text.parse().ok()).flatten();
        match number.filter(|n| (1..=max).contains(n)) {
            Some(level) => levels.push(level),
            None => {
                mapping
                    .findings
                    .error(
                        codes::OUT_OF_RANGE,
                        item.span,
                        format!("each of `{name}` is a whole number from 1 to {max}"),
                    )
                    .help("write the finest first, each coarser than the one before");
            }
        }
    }
    (!items.is_empty() && levels.len() == items.len()).then_some(levels)
}
