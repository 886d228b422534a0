//! A list of which each element is a record: where it may stand, and what of it the
//! fields may name.

use super::Cx;
use super::model::{Checked, Field, KeyMake, Output, Split};
use super::paths;
use crate::language::codes;
use crate::language::finding::{Findings, Note, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::grammar;
use crate::policy::selector::PlaceName;
use crate::record::path::{Selector, Step};

/// The path of a record that is the list.
const WHOLE: &str = "[]";

/// Reads `split`. `None`: reported.
pub(super) fn read(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Split> {
    let (text, span, lifts) = match &node.kind {
        Kind::Scalar { text, .. } => (text.as_str(), node.span, None),
        // `split: []` is how YAML spells it without quotes.
        Kind::List(items) if items.is_empty() => (WHOLE, node.span, None),
        _ => {
            let mut mapping = Mapping::open(node, &grammar::SPLIT, findings)?;
            let text = mapping.text("at")?;
            let span = mapping.place("at");
            let lifts = mapping.boolean("lift").unwrap_or(false);
            (text, span, lifts.then(|| mapping.place("lift")))
        }
    };
    let names = match text {
        WHOLE => Vec::new(),
        _ => names(text, span, cx, findings)?,
    };
    if let (Some(lift), true) = (lifts, names.is_empty()) {
        wrong(findings, lift, "`lift` where the record is the list")
            .why("nothing stands around the list, so there is nothing to lift to")
            .help("remove `lift`: the members of an element stand at the top already");
        return None;
    }
    Some(Split {
        names,
        text: text.to_owned(),
        span,
        lifts,
    })
}

/// The names that a path is made of.
fn names(text: &str, span: Span, cx: &Cx<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let mut all = paths::paths(text, span, cx, findings)?;
    let path = all.pop()?;
    let name = |step: &Step| match step {
        Step::Name(name) => Some(name.clone()),
        _ => None,
    };
    let names: Option<Vec<String>> = path.steps.iter().map(name).collect();
    if let (Some(names), true) = (names, all.is_empty()) {
        return Some(names);
    }
    let (why, help) = match path.steps.last() {
        Some(Step::AnyElement) => (
            "the path of the list is asked for, and its elements are what becomes records",
            "write it without `[*]`; lists in each other are not taken apart together",
        ),
        _ => (
            "each record has one list that is taken apart, so that its elements have one order",
            "name it from the top by names alone: `batch`, `data.events`, or `\"[]\"`",
        ),
    };
    wrong(findings, span, &format!("`{text}` is not one list"))
        .why(why)
        .help(help);
    None
}

fn wrong<'f>(findings: &'f mut Findings, span: Span, message: &str) -> Note<'f> {
    findings.error(codes::SPLIT_PLACE, span, message.to_owned())
}

/// Checks what the rest of the policy says about it, and what leaves without it.
pub(super) fn apply(policy: &mut Checked, findings: &mut Findings) {
    let Some(split) = &policy.source.split else {
        return;
    };
    for output in &mut policy.outputs {
        if let Some(span) = output.forward_tombstones {
            wrong(
                findings,
                span,
                "`tombstones: forward` where records are taken apart",
            )
            .also(split.span, "taken apart here")
            .why("a record without a value has no elements, so it cannot say which of them is gone")
            .help("write `tombstones: drop`, or let each record be one")
            .output(&output.topic.value);
        }
        if let Some(path) = split.path() {
            of_output(output, &Around { split, path }, findings);
        }
    }
}

struct Around<'s> {
    split: &'s Split,
    path: Selector,
}

fn of_output(output: &mut Output, around: &Around<'_>, findings: &mut Findings) {
    let topic = output.topic.value.clone();
    if let Some(key) = &output.key
        && let KeyMake::Action(value) = &key.make
        && value.is_whole()
    {
        for from in &key.from {
            if let PlaceName::Value(path) = &from.value
                && around.holds(path)
            {
                around.taken_whole(path, from.span, &topic, findings);
            }
        }
    }
    let types = output.types.iter_mut().flatten();
    let lists = std::iter::once(&mut output.fields).chain(types.map(|t| &mut t.fields));
    for field in lists.flatten() {
        around.field(field, &[], &topic, findings);
        if around.split.lifts.is_some() && around.path.covers(&field.selector) {
            // What drops an element that is no object is written nowhere.
            let is_inside = field.selector.steps.len() > around.path.steps.len();
            field.lifted = is_inside.then_some(around.path.steps.len() - 1);
        }
    }
}

impl Around<'_> {
    /// True when what stands at `path` holds the list, and more.
    fn holds(&self, path: &Selector) -> bool {
        let steps = &self.path.steps;
        let mut above = (1..steps.len()).map(|n| Selector {
            steps: steps[..n].to_vec(),
        });
        above.any(|above| path.leads_to(&above))
    }

    fn field(&self, field: &Field, above: &[Step], topic: &str, findings: &mut Findings) {
        let mut path = Selector {
            steps: above.to_vec(),
        };
        path.steps.extend(field.selector.steps.iter().cloned());
        let holds = self.holds(&path);
        let values = || field.writes.iter().map(|w| &w.value);
        if holds && values().any(|v| v.spec.facts().takes_whole && v.spec.body().is_none()) {
            self.taken_whole(&path, field.span, topic, findings);
        }
        let drops = values().all(|v| v.spec.facts().drops);
        if self.split.lifts.is_some() && self.path.reaches(&path) && !self.can_lift(&path, drops) {
            let message = format!("`{path}` cannot be lifted out of the list");
            wrong(findings, field.span, &message)
                .also(self.split.span, "taken apart here, with `lift`")
                .why("the members of an element are written one level up, by the names that the policy has for the way to them")
                .help(format!("name a member: `{}.NAME`, or take `lift` away", self.path))
                .output(topic)
                .field(path.to_string());
        }
        for body in values().filter_map(|v| v.body.as_ref()) {
            if holds && self.split.lifts.is_some() {
                let inside = body.fields.iter().find(|f| {
                    let mut steps = path.steps.clone();
                    steps.extend(f.selector.steps.iter().cloned());
                    self.path.reaches(&Selector { steps })
                });
                if inside.is_some() {
                    self.taken_whole(&path, field.span, topic, findings);
                }
            }
            for inner in &body.fields {
                self.field(inner, &path.steps, topic, findings);
            }
        }
    }

    /// True of a path to members of an element, all names on the way to it; and of one
    /// to the element itself that only drops it.
    fn can_lift(&self, path: &Selector, drops: bool) -> bool {
        let Some(rest) = path.steps.strip_prefix(&*self.path.steps) else {
            return false;
        };
        match rest.first() {
            None => drops,
            Some(Step::Name(_) | Step::AnyName) => true,
            Some(_) => false,
        }
    }

    fn taken_whole(&self, path: &Selector, span: Span, topic: &str, findings: &mut Findings) {
        let message = format!("`{path}` holds the list that is taken apart, and is taken whole");
        wrong(findings, span, &message)
            .also(self.split.span, "taken apart here")
            .why(
                "each element leaves by itself, and whole it would take the other elements with it",
            )
            .help(format!("name what leaves of it: `{path}.NAME`"))
            .output(topic)
            .field(path.to_string());
    }
}
