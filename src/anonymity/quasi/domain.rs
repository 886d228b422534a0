//! What one quasi-identifier can be, and the values of it that a release has.

use std::borrow::Cow;

use super::prefix::Leaves;
use super::tree::Tree;
use super::{ClassForm, MISSING, Networks, Prefixes, Reach, Scale};

/// What the values of one quasi-identifier can be.
pub enum Domain {
    /// Every class is known beforehand: a value is its code.
    Closed(Scale),
    /// Networks that addresses lie in.
    Networks(Networks),
    /// Texts by how they begin.
    Prefixes(Prefixes),
}

/// A value of one record, as fine as any class can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaf<'a> {
    /// Its code, where every class is known.
    Code(u32),
    /// The key of its finest class ([`Networks::key`], or the first characters).
    Key(&'a str),
}

/// The values of one quasi-identifier in the records of a release.
#[derive(Default)]
pub struct Values {
    leaves: Leaves,
    numbers: Vec<u32>,
}

impl Values {
    /// Takes the value of the next record; `None`: it has none. `false`: it is none of
    /// that domain, and nothing was taken.
    pub fn push(&mut self, leaf: Option<Leaf<'_>>, domain: &Domain) -> bool {
        let number = match (leaf, domain) {
            (None, _) => Some(MISSING),
            (Some(Leaf::Code(code)), Domain::Closed(scale)) => {
                (code < scale.codes()).then_some(code)
            }
            (Some(Leaf::Key(key)), Domain::Networks(networks)) => {
                networks.number_of(key, &mut self.leaves)
            }
            (Some(Leaf::Key(key)), Domain::Prefixes(prefixes)) => {
                prefixes.number(key, &mut self.leaves)
            }
            _ => None,
        };
        self.numbers.extend(number);
        number.is_some()
    }

    /// Forgets the record that was taken last.
    pub fn pop(&mut self) {
        self.numbers.pop();
    }

    /// Forgets all records but those, which are numbered anew in their order.
    pub fn keep(&mut self, records: &[u32]) {
        self.numbers = records.iter().map(|r| self.numbers[*r as usize]).collect();
    }

    /// How the values of those records lie, and the code of each.
    pub fn of<'d>(&self, records: &[u32], domain: &'d Domain) -> (Cow<'d, Scale>, Vec<u32>) {
        let numbers: Vec<u32> = records.iter().map(|r| self.numbers[*r as usize]).collect();
        let drawn = |(tree, codes): (Tree, Vec<u32>)| (Cow::Owned(Scale::Tree(tree)), codes);
        match domain {
            Domain::Closed(scale) => (Cow::Borrowed(scale), numbers),
            Domain::Networks(networks) => drawn(networks.tree(&self.leaves, &numbers)),
            Domain::Prefixes(prefixes) => drawn(prefixes.tree(&self.leaves, &numbers)),
        }
    }
}

impl Domain {
    /// The same, where classes of numbers end where their values do.
    pub fn tightest(&self) -> Option<Domain> {
        match self {
            Domain::Closed(Scale::Line(line)) => {
                Some(Domain::Closed(Scale::Line(line.ending_at_values())))
            }
            _ => None,
        }
    }

    /// The value that a code's digits, or the characters of a key, stand for; `None`: none.
    pub fn leaf<'t>(&self, text: &'t str) -> Option<Leaf<'t>> {
        match self {
            Domain::Closed(_) => Some(Leaf::Code(text.parse().ok()?)),
            Domain::Networks(_) | Domain::Prefixes(_) => Some(Leaf::Key(text)),
        }
    }

    /// What stands in that form of the finest class of a value, or of one that is not there
    /// (`None`), as JSON. `None`: the value is none of that domain.
    pub fn finest(&self, leaf: Option<Leaf<'_>>, form: ClassForm) -> Option<Vec<u8>> {
        let mut values = Values::default();
        if !values.push(leaf, self) {
            return None;
        }
        let (scale, codes) = values.of(&[0], self);
        let reach: Reach = scale.of(*codes.first()?);
        Some(form.json(&scale, reach))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymity::quasi::line::Line;
    use crate::anonymity::quasi::{ClassEnd, EndSpelling};
    use crate::record::decimal::Decimal;

    fn ages() -> Domain {
        let read = |text| Decimal::read(text).unwrap();
        let line = Line::of_steps(&read("5"), &read("15"), &read("90")).unwrap();
        Domain::Closed(Scale::Line(line))
    }

    #[test]
    fn a_value_of_another_domain_is_not_taken() {
        let (ages, zips) = (ages(), Domain::Prefixes(Prefixes::new(&[5, 2]).unwrap()));
        let mut values = Values::default();
        assert!(values.push(Some(Leaf::Code(17)), &ages));
        assert!(!values.push(Some(Leaf::Code(18)), &ages));
        assert!(!values.push(Some(Leaf::Key("10115")), &ages));
        assert!(!values.push(Some(Leaf::Code(1)), &zips));
        assert!(values.push(None, &ages));
        assert_eq!(values.of(&[1, 0], &ages).1, [MISSING, 17]);
    }

    #[test]
    fn one_value_is_called_by_its_finest_class_and_none_is_null() {
        let networks = Networks::new(&[24, 8], &[48]).unwrap();
        let key = networks.key("203.0.113.7".parse().unwrap()).unwrap();
        let label = |domain: &Domain, leaf| domain.finest(leaf, ClassForm::Label);
        for (domain, leaf, expected) in [
            (ages(), Leaf::Code(2), "\"15-19\""),
            (
                Domain::Prefixes(Prefixes::new(&[5, 2]).unwrap()),
                Leaf::Key("10115"),
                "\"10115*\"",
            ),
            (
                Domain::Networks(networks),
                Leaf::Key(&key),
                "\"203.0.113.0/24\"",
            ),
        ] {
            assert_eq!(label(&domain, Some(leaf)), Some(expected.into()));
            assert_eq!(label(&domain, None), Some("null".into()));
        }
        assert_eq!(label(&ages(), Some(Leaf::Key("x"))), None);
        let end = |side| {
            let form = ClassForm::End(side, EndSpelling::Number);
            ages().finest(Some(Leaf::Code(2)), form)
        };
        assert_eq!(end(ClassEnd::From), Some("15".into()));
        assert_eq!(end(ClassEnd::To), Some("20".into()));
    }
}
