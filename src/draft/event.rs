//! An event, built from paths, and written as YAML in flow style.

use super::yaml;
use crate::record::path::{Filter, Is, Selector, Step};

/// A value of an event that is being built.
#[derive(Clone, Debug)]
pub(super) enum Built {
    /// A scalar, as YAML spells it.
    Scalar(String),
    Object(Vec<(String, Built)>),
    /// Every element is this one.
    List(Box<Built>),
    /// An element for each filter, which chooses it.
    Pairs(Vec<(Filter, Built)>),
}

impl Built {
    pub(super) fn event() -> Built {
        Built::Object(Vec::new())
    }

    /// Puts a scalar at a path. False, and nothing is changed, where something
    /// else stands in the way or a member of any name is meant.
    pub(super) fn put(&mut self, path: &Selector, scalar: &str) -> bool {
        let mut grown = self.clone();
        let done = grown.place(&path.steps, scalar);
        if done {
            *self = grown;
        }
        done
    }

    fn place(&mut self, steps: &[Step], scalar: &str) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return false;
        };
        let below = match (self, step) {
            (Built::Object(members), Step::Name(name)) => {
                if !members.iter().any(|(n, _)| n == name) {
                    members.push((name.clone(), Built::before(rest)));
                }
                let member = members.iter_mut().find(|(n, _)| n == name);
                member.map(|(_, value)| value)
            }
            (Built::List(element), Step::AnyElement) => Some(&mut **element),
            (Built::Pairs(pairs), Step::Filter(filter)) => {
                if !pairs.iter().any(|(known, _)| *known == **filter) {
                    pairs.push(((**filter).clone(), Built::chosen(filter)));
                }
                let pair = pairs.iter_mut().find(|(known, _)| *known == **filter);
                pair.map(|(_, element)| element)
            }
            _ => None,
        };
        let Some(below) = below else { return false };
        match (below, rest) {
            (slot @ Built::Scalar(_), []) => {
                let free = matches!(slot, Built::Scalar(text) if text.is_empty());
                if free {
                    *slot = Built::Scalar(scalar.to_owned());
                }
                free
            }
            (_, []) => false,
            (below, rest) => below.place(rest, scalar),
        }
    }

    /// What must stand where these steps go on.
    fn before(steps: &[Step]) -> Built {
        match steps {
            [] => Built::Scalar(String::new()),
            [Step::Name(_) | Step::AnyName | Step::AnyDepth, ..] => Built::event(),
            // No sample has such a step.
            [Step::Json | Step::Itself, ..] => Built::before(&[]),
            [Step::Filter(_), ..] => Built::Pairs(Vec::new()),
            [Step::Element(_) | Step::AnyElement, rest @ ..] => {
                Built::List(Box::new(Built::before(rest)))
            }
        }
    }

    /// An element that the filter chooses.
    fn chosen(filter: &Filter) -> Built {
        let says = match &filter.is {
            Is::Text(text) | Is::Prefix(text) => yaml::scalar(text),
            Is::Number(number) => number.clone(),
            Is::Bool(value) => value.to_string(),
        };
        let names = filter.path.iter().rev();
        names.fold(Built::Scalar(says), |inside, name| {
            Built::Object(vec![(name.clone(), inside)])
        })
    }

    /// In flow style, on one line.
    pub(super) fn yaml(&self) -> String {
        match self {
            Built::Scalar(text) => text.clone(),
            Built::List(element) => format!("[{}]", element.yaml()),
            Built::Pairs(pairs) => {
                let pairs = pairs.iter().map(|(_, element)| element.yaml());
                format!("[{}]", pairs.collect::<Vec<_>>().join(", "))
            }
            Built::Object(members) if members.is_empty() => "{}".to_owned(),
            Built::Object(members) => {
                let members = members.iter();
                let members = members.map(|(n, v)| format!("{}: {}", yaml::scalar(n), v.yaml()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Selector {
        crate::policy::selector::selectors(text)
            .expect("a path")
            .remove(0)
    }

    #[test]
    fn paths_become_an_event() {
        let mut event = Built::event();
        for (at, value) in [
            ("a.b", "1"),
            ("list[*].c", "x"),
            ("list[*].d[*]", "y"),
            ("a.'e f'", "2"),
            ("p[?key=='k'].value.s", "v"),
            ("p[?key=='l'].value", "w"),
        ] {
            assert!(event.put(&path(at), value), "{at}");
        }
        for at in ["a", "a.b.c", "a.b", "list.c", "list[*]", "a.*"] {
            assert!(!event.put(&path(at), "z"), "{at}");
        }
        assert_eq!(
            event.yaml(),
            "{ a: { b: 1, \"e f\": 2 }, list: [{ c: x, d: [y] }], p: [{ key: k, value: { s: v } }, { key: l, value: w }] }"
        );
    }
}
