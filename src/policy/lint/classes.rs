//! What a field is: the nearest class at or above its path.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::Use;
use super::types::{Taken, covers, exactness};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Class};
use crate::policy::check::outside;
use crate::policy::selector::{PlaceName, TypePattern};
use crate::record::path::{Selector, Step};

/// What is known of the parts that something is made from.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Known<'p> {
    /// Every class that one of them can have, each once.
    pub(crate) classes: Vec<&'p str>,
    /// Each of them has a class, whatever the type of the record.
    pub(crate) complete: bool,
}

impl Known<'_> {
    /// Of parts of both.
    pub(crate) fn and(self, other: Self) -> Self {
        let mut classes = self.classes;
        classes.extend(other.classes);
        classes.sort_unstable();
        classes.dedup();
        Known {
            classes,
            complete: self.complete && other.complete,
        }
    }
}

/// Finds the class of a path without looking at all of them.
pub(crate) struct Index<'p> {
    /// `None`: `classes.fields`, which holds for every type.
    trees: Vec<(Option<&'p TypePattern>, Tree<'p>)>,
}

struct Tree<'p> {
    exact: HashMap<&'p [Step], &'p Class>,
    /// Those with `*`, `**` or `[*]`, which also hold for what these stand for.
    wild: Vec<&'p Class>,
    all: Vec<&'p Class>,
}

impl<'p> Tree<'p> {
    fn of(all: Vec<&'p Class>) -> Tree<'p> {
        let wild = all.iter().copied();
        Tree {
            exact: all.iter().map(|c| (&c.selector.steps[..], *c)).collect(),
            wild: wild.filter(|c| !c.selector.is_single()).collect(),
            all,
        }
    }

    fn nearest(&self, path: &Selector) -> Option<Found<'p>> {
        let above = (1..=path.steps.len()).rev();
        let exact = above
            .filter_map(|len| self.exact.get(&path.steps[..len]).copied())
            .next();
        let wild = self.wild.iter().copied();
        wild.filter(|c| is_above(&c.selector, path))
            .chain(exact)
            .map(|class| Found {
                class,
                ends_at: ends_at(&class.selector, path),
            })
            .max_by(Found::nearer)
    }
}

/// A class at or above a path.
#[derive(Clone, Copy)]
struct Found<'p> {
    class: &'p Class,
    /// How many steps of the path lie above it or at it.
    ends_at: usize,
}

impl Found<'_> {
    /// Which of two is nearer to the path, whatever list they stand in.
    fn nearer(&self, other: &Self) -> Ordering {
        let depth = self.ends_at.cmp(&other.ends_at);
        depth.then_with(|| self.class.selector.specificity(&other.class.selector))
    }
}

/// How many steps of the path what `above` means is made of: a `**` stands for any number.
fn ends_at(above: &Selector, path: &Selector) -> usize {
    if above.any_depth().is_none() {
        return above.steps.len();
    }
    let ends = |len: &usize| {
        let steps = path.steps[..*len].to_vec();
        above.leads_to(&Selector { steps })
    };
    (1..=path.steps.len()).rev().find(ends).unwrap_or(0)
}

/// The nearest class of one path in each tree that has one.
struct Nearest<'p> {
    exact: HashMap<&'p TypePattern, Found<'p>>,
    wide: Vec<(Option<&'p TypePattern>, Found<'p>)>,
}

impl<'p> Nearest<'p> {
    fn patterns(&self) -> impl Iterator<Item = &'p TypePattern> {
        let wide = self.wide.iter().filter_map(|(pattern, _)| *pattern);
        self.exact.keys().copied().chain(wide)
    }

    /// That of records of one type: the deepest, then that of the most exact entry.
    fn of_type(&self, pattern: &TypePattern) -> Option<&'p Class> {
        let exact = self.exact.get_key_value(pattern);
        let exact = exact.map(|(pattern, found)| (Some(*pattern), *found));
        let wide = self.wide.iter().copied();
        wide.filter(|(p, _)| covers(*p, pattern))
            .chain(exact)
            .max_by(|(p, a), (q, b)| a.nearer(b).then_with(|| exactness(*p).cmp(&exactness(*q))))
            .map(|(_, found)| found.class)
    }
}

impl<'p> Index<'p> {
    /// Of all classes of the policy.
    pub(crate) fn of(policy: &'p Checked) -> Index<'p> {
        Index::with(policy, |_| true)
    }

    /// Of those that name a place outside of the value: `**` of the value means none.
    pub(crate) fn outside(policy: &'p Checked) -> Index<'p> {
        Index::with(policy, |class| PlaceName::may_be_outside(&class.selector))
    }

    fn with(policy: &'p Checked, has: impl Fn(&Class) -> bool + Copy) -> Index<'p> {
        let classes = policy.classes.iter();
        let tree = |list: &'p [Class]| Tree::of(list.iter().filter(|c| has(c)).collect());
        let trees = classes.flat_map(|c| {
            let types = c.types.iter().map(|(p, list)| (Some(p), tree(list)));
            let types: Vec<_> = types.collect();
            std::iter::once((None, tree(&c.fields))).chain(types)
        });
        Index {
            trees: trees.collect(),
        }
    }

    /// What is known of `inputs` in the records that `taken` says. `whole`: what
    /// lies inside counts too.
    pub(crate) fn known(&self, inputs: &[Selector], taken: &[Taken<'p>], whole: bool) -> Known<'p> {
        self.known_but(inputs, taken, whole, &|_| false)
    }

    /// The same; of what lies inside not what is taken `elsewhere`.
    pub(crate) fn known_but(
        &self,
        inputs: &[Selector],
        taken: &[Taken<'p>],
        whole: bool,
        elsewhere: &dyn Fn(&Selector) -> bool,
    ) -> Known<'p> {
        let mut classes: BTreeSet<&'p str> = BTreeSet::new();
        let mut complete = !inputs.is_empty();
        for input in inputs {
            let nearest = self.nearest(input);
            for taken in taken {
                for kind in taken.kinds(nearest.patterns()) {
                    match nearest.of_type(kind) {
                        Some(class) => classes.extend(class.names.iter().map(String::as_str)),
                        None => complete = false,
                    }
                }
            }
            if whole {
                let met = self.trees.iter().filter(|(pattern, _)| {
                    taken.iter().any(|t| {
                        t.is_covered_by(*pattern) || pattern.is_some_and(|p| t.is_divided_by(p))
                    })
                });
                let inside = met
                    .flat_map(|(_, tree)| tree.all.iter().copied())
                    .filter(|c| is_above(input, &c.selector) && !elsewhere(&c.selector));
                classes.extend(inside.flat_map(|c| &c.names).map(String::as_str));
            }
        }
        Known {
            classes: classes.into_iter().collect(),
            complete,
        }
    }

    fn nearest(&self, path: &Selector) -> Nearest<'p> {
        let mut nearest = Nearest {
            exact: HashMap::new(),
            wide: Vec::new(),
        };
        for (pattern, tree) in &self.trees {
            let Some(found) = tree.nearest(path) else {
                continue;
            };
            match pattern {
                Some(exact @ TypePattern::Exact(_)) => drop(nearest.exact.insert(exact, found)),
                _ => nearest.wide.push((*pattern, found)),
            }
        }
        nearest
    }
}

/// True when `above` is `path` or holds it.
fn is_above(above: &Selector, path: &Selector) -> bool {
    above.covers(path)
}

/// Lists classes that nothing which leaves has to do with.
pub(crate) fn unused(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let Some(classes) = &policy.classes else {
        return;
    };
    let by_type = classes.types.iter().flat_map(|(_, list)| list);
    let times: Vec<Selector> = uses.iter().filter_map(|u| u.value.event_time()).collect();
    let selects = policy.outputs.iter().filter_map(|o| o.selects.as_ref());
    let cases = uses.iter().filter_map(|u| u.value.guard.as_ref());
    let cases = cases.flat_map(|guard| guard.cases.iter());
    let conditions = selects.map(|s| &s.value).chain(cases);
    let asked = outside::reads_outside(policy, conditions.clone());
    let conditions = conditions.flat_map(|condition| condition.inputs());
    let source = policy.source.subject.paths().chain(&policy.source.types);
    let read = source
        .map(|s| &s.value)
        .chain(
            policy
                .regions
                .iter()
                .filter_map(|r| r.from.value.in_value()),
        )
        .chain(policy.minors.iter().filter_map(|m| m.from.value.in_value()))
        .chain(policy.signals.iter().filter_map(|s| s.path()))
        .chain(
            policy
                .outputs
                .iter()
                .flat_map(|o| &o.counts)
                .flat_map(|c| c.reads()),
        )
        .chain(&times)
        .chain(conditions);
    let leaving = uses.iter().filter(|u| !u.facts.drops);
    let inputs = leaving.flat_map(|u| u.inputs.iter().chain(&u.outside));
    let inputs: Vec<&Selector> = inputs.chain(read).chain(&asked).collect();
    let exact: HashSet<&[Step]> = inputs.iter().map(|i| &i.steps[..]).collect();
    let above: HashSet<&[Step]> = inputs
        .iter()
        .flat_map(|i| (1..=i.steps.len()).map(|len| &i.steps[..len]))
        .collect();
    let wild: Vec<&Selector> = inputs.iter().copied().filter(|i| !i.is_single()).collect();
    let meets = |class: &Selector| {
        let touches = |i: &&&Selector| is_above(class, i) || is_above(i, class);
        above.contains(&class.steps[..])
            || (1..class.steps.len()).any(|len| exact.contains(&class.steps[..len]))
            || wild.iter().any(|i| touches(&i))
            || (!class.is_single() && inputs.iter().any(|i| touches(&i)))
    };
    for class in classes.fields.iter().chain(by_type) {
        let personal = class.names.iter().any(|n| n != "none");
        let used = meets(&class.selector);
        if personal && !used {
            findings
                .note(
                    codes::CLASS_UNUSED,
                    class.span,
                    format!("no output uses `{}`", class.selector),
                )
                .why("data that nobody uses is best not collected")
                .help("drop it at the source")
                .field(class.selector.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    /// The codes of that policy about classes, and what V0264 says to do.
    fn found(classes: &str, output: &str) -> (Vec<&'static str>, String) {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, key: json }}\n{classes}outputs:\n  - {{ topic: out, purpose: sales, domain: d, basis: contract, {output}, fields: {{ a: drop }} }}\n"
        );
        let path = "p.yaml".into();
        let file = PolicyFile { path, text };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let list = compiled.findings.list();
        let asked = ["V0204", "V0214", "V0264"];
        let codes = list.iter().map(|f| f.code).filter(|c| asked.contains(c));
        let help = list.iter().find(|f| f.code == "V0264");
        (
            codes.collect(),
            help.map(|f| f.help.clone()).unwrap_or_default(),
        )
    }

    #[test]
    fn keys_and_headers_have_the_classes_of_their_places() {
        let members = "key: { fields: { phone: keep } }";
        let from = "key: { from: record_key.phone, keep: { max_chars: 9 } }";
        let whole = "key: { from: record_key, keep: { max_chars: 9 } }";
        let header = "headers: { phone: { keep: { max_chars: 9 } } }";
        let named = |place: &str| {
            format!("classes: {{ fields: {{ {place}: user.contact.phone_number }} }}\n")
        };
        for (output, place) in [
            (members, "record_key.phone"),
            (members, "record_key"),
            (from, "record_key.phone"),
            (whole, "record_key.phone"),
            (header, "header.phone"),
        ] {
            assert_eq!(found(&named(place), output).0, ["V0214"], "{output}");
        }
        for (output, place) in [(members, "record_key.other"), (header, "header.other")] {
            assert_eq!(found(&named(place), output).0, ["V0204"], "{output}");
        }
        // A class of whatever is in the value says nothing of a key.
        assert_eq!(found(&named("'**'"), members).0, [""; 0]);
        let (codes, help) = found("", members);
        assert_eq!(codes, ["V0264"]);
        assert!(help.contains("fields: { record_key.phone: "), "{help}");
    }
}
