//! The written tree, checked word by word.
//!
//! **In**: the tree of `yaml`. **Out**: the checked policy, as whole as it can be,
//! and every complaint. **Promises**: one mistake hides no other; what is
//! reported as an error never reaches a plan. **Does not know**: the
//! automaton, key material.

pub(super) mod accountability;
mod aggregate;
pub(super) mod allow;
mod bare;
mod cases;
mod classes;
pub(super) mod condition;
pub(super) mod consent;
pub(super) mod counting;
mod day;
mod fields;
pub(super) mod format;
mod held;
mod implied;
pub mod json;
mod key_fields;
mod key_format;
mod keys;
mod known_topic;
mod minors;
pub(super) mod model;
mod names;
mod nothing;
mod output;
pub(crate) mod outside;
mod paths;
mod purposes;
mod quarantine;
mod recipients;
pub(super) mod regions;
mod relations;
mod release;
pub(super) mod rights;
mod sensitive;
pub(super) mod signal;
mod source;
mod spelled;
mod split;
mod streamed;
pub(super) mod subject;
mod test_keys;
pub(super) mod value;

use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::sync::Arc;

use super::grammar;
use crate::action::ActionDef;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::record::bare::Bare;
use accountability::Register;
pub(super) use bare::of_source as bare_of;
pub(super) use consent::fits::CATEGORIES_MAX;
use model::Checked;
pub use model::PolicyTest;
pub(crate) use model::TestDecided;

/// What every reader needs.
pub(crate) struct Cx<'p> {
    /// The policy text, to point into.
    pub(crate) text: &'p str,
    /// The policy's folder: keyring files are relative to it.
    pub(crate) base: &'p Path,
    /// The actions of this build.
    pub(crate) actions: &'static [ActionDef],
    /// How many more fields may be written out.
    pub(crate) fields_left: Cell<usize>,
    /// Who gets data, once that was read.
    pub(crate) register: OnceCell<Arc<Register>>,
    /// How many field values around the one that is read hold it.
    pub(crate) nesting: Cell<u8>,
    /// Paths lead into values that have no parts.
    pub(crate) bare: Cell<Option<Bare>>,
}

/// Paths that lead elsewhere than into values are being read.
pub(crate) struct Elsewhere<'l>(&'l Cell<Option<Bare>>, Option<Bare>);

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// A field value that holds others is being read.
pub(crate) struct Level<'l>(&'l Cell<u8>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Cx<'_> {
    /// Paths lead into JSON, whatever values are, until what is returned is dropped.
    pub(super) fn elsewhere(&self) -> Elsewhere<'_> {
        Elsewhere(&self.bare, self.bare.take())
    }

    /// One level further in, until what is returned is dropped. `None`, with a finding:
    /// deeper than field values may stand in each other.
    /// `help` says what to write instead.
    fn nested(&self, span: Span, help: &str, findings: &mut Findings) -> Option<Level<'_>> {
        let max = condition::NESTING_MAX;
        if self.nesting.get() == max {
            findings
                .error(
                    codes::NESTED_TOO_DEEP,
                    span,
                    format!("field values in each other, more than {max} levels deep"),
                )
                .help(help);
            return None;
        }
        self.nesting.set(self.nesting.get() + 1);
        Some(Level(&self.nesting))
    }

    /// Takes `count` fields from what is left. `false`, with a finding the
    /// first time, when that is too much.
    fn take(&self, count: usize, span: Span, findings: &mut Findings) -> bool {
        let left = self.fields_left.get();
        if count <= left {
            self.fields_left.set(left - count);
            return true;
        }
        if left > 0 {
            self.fields_left.set(0);
            findings
                .error(
                    codes::TOO_LARGE,
                    span,
                    format!("more than {FIELDS_MAX} fields, with every `(a|b)` written out"),
                )
                .help("name the fields more coarsely, or split the policy");
        }
        false
    }
}

/// Most fields of one policy, every `(a|b)` written out.
pub(crate) const FIELDS_MAX: usize = 50_000;

/// Most outputs of one policy: a record carries one bit for each.
pub(crate) const OUTPUTS_MAX: usize = 64;

/// Checks the whole tree. `None` when it is no mapping at all.
pub(crate) fn check(root: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Checked> {
    let mut mapping = Mapping::open(root, &grammar::POLICY, findings)?;
    // What a path may be depends on it, and words stand in any order.
    cx.bare.set(bare_of(root));
    for word in ["apiVersion", "kind"] {
        if mapping.has(word) {
            mapping.one_of(word);
        }
    }
    let (name, version, owner, dpo) = mapping
        .node("metadata")
        .map(|n| metadata(n, mapping.findings))
        .unwrap_or_default();
    let source = mapping
        .node("source")
        .and_then(|n| source::source(n, cx, mapping.findings))
        .unwrap_or_default();
    let keys = keys::keys(&mut mapping, cx);
    // `sensitive` goes by classes: one that nobody knows would be none of those.
    let strict = mapping.has("sensitive");
    let classes = mapping
        .node("classes")
        .and_then(|n| classes::classes(n, strict, cx, mapping.findings));
    let nothing = mapping
        .node("nothing")
        .and_then(|n| nothing::nothing(n, mapping.findings))
        .unwrap_or_default();
    let named = value::named_actions(mapping.map("actions"), cx, mapping.findings);
    if mapping.has("recipients") {
        let members = mapping.map("recipients");
        let register = recipients::recipients(members, mapping.findings);
        cx.register.get_or_init(|| Arc::new(register));
    }
    let gates = mapping.has("consent");
    let consent = mapping
        .node("consent")
        .map(|n| consent::consent(n, cx, mapping.findings))
        .unwrap_or_default();
    let purposes = mapping
        .node("purposes")
        .and_then(|n| purposes::purposes(n, mapping.findings));
    let sensitive = mapping.has("sensitive").then(|| {
        let nodes = mapping.items("sensitive");
        sensitive::sensitive(nodes, mapping.findings)
    });
    let regions = mapping
        .node("regions")
        .and_then(|n| regions::regions(n, cx, mapping.findings));
    let minors = mapping
        .node("minors")
        .and_then(|n| minors::minors(n, cx, mapping.findings));
    let lacks_regions = regions.is_none() && mapping.has("regions");
    let rights = mapping
        .node("rights")
        .and_then(|n| rights::read(n, mapping.findings));
    let mut outputs = Vec::new();
    let mut nodes: &[Node] = &[];
    match mapping.node("outputs") {
        Some(n) if n.items().is_some_and(<[_]>::is_empty) => {
            mapping
                .findings
                .error(codes::MISSING_WORD, n.span, "`outputs` names no output")
                .help("add `- topic: …`, with `purpose`, `domain` and `fields`");
        }
        _ => nodes = mapping.items("outputs"),
    }
    if let Some(extra) = nodes.get(OUTPUTS_MAX) {
        mapping
            .findings
            .error(
                codes::TOO_LARGE,
                extra.span,
                format!("more than {OUTPUTS_MAX} outputs"),
            )
            .help("split the policy: another file with its own consumer group");
    }
    for node in nodes.iter().take(OUTPUTS_MAX) {
        outputs.extend(output::output(node, &named, cx, mapping.findings));
    }
    let quarantine = mapping
        .node("quarantine")
        .and_then(|n| quarantine::quarantine(n, mapping.findings));
    let allowances = allow::allowances(mapping.items("dangerously"), &outputs, mapping.findings);
    // Without any output none can be needed, and that was said already.
    let allowances = match outputs.is_empty() {
        true => Vec::new(),
        false => allowances,
    };
    let needed = outputs.iter().flat_map(|o| &o.needs);
    let needed = needed.map(|need| need.value.as_str());
    let declared = consent.categories.iter().flatten();
    let declared = declared.map(|category| category.name.value.as_str());
    let people = cases::People {
        source: &source,
        has_state: consent.state.is_some(),
        categories: needed.chain(declared).collect(),
    };
    let tests = cases::tests(
        mapping.items("tests"),
        &outputs,
        &people,
        cx,
        mapping.findings,
    );
    if !mapping.has("quarantine") {
        mapping.findings
            .warning(
                codes::NO_QUARANTINE,
                root.span,
                "no quarantine is named, so `veil run` refuses to start",
            )
            .why("a record that cannot be protected must have a place to go; `veil apply` writes reason and coordinates only")
            .help("add `quarantine: { topic: …, key: …, retention: 7d }`; a policy for files alone says so under `dangerously:`");
    }
    let mut checked = Checked {
        name,
        version,
        owner,
        dpo,
        source,
        keys,
        nothing,
        classes,
        gates,
        purposes,
        recipients: cx.register.get().cloned(),
        sensitive,
        regions,
        lacks_regions,
        minors,
        signals: consent.signals.list,
        lacks_signals: consent.signals.lacks_some,
        state: consent.state,
        categories: consent.categories,
        rights,
        outputs,
        quarantine,
        allowances,
        tests,
        few_values: Vec::new(),
    };
    split::apply(&mut checked, findings);
    format::check(&checked, findings);
    relations::check(&checked, findings);
    Some(checked)
}

fn metadata(node: &Node, findings: &mut Findings) -> (String, u64, String, Option<String>) {
    let Some(mut mapping) = Mapping::open(node, &grammar::METADATA, findings) else {
        return Default::default();
    };
    let name = mapping.text("name");
    if let Some(name) = name.filter(|name| !names::is_policy_name(name)) {
        let span = mapping.node("name").expect("it is there").span;
        mapping
            .findings
            .error(
                codes::BAD_NAME,
                span,
                format!("`{name}` cannot name a policy"),
            )
            .why("the name makes the consumer group")
            .help("write lower-case letters, digits and `-`, at most 63");
    }
    let version = mapping.integer("version").unwrap_or_default();
    if mapping.text("owner") == Some("") {
        let span = mapping.node("owner").expect("it is there").span;
        mapping
            .findings
            .error(codes::BAD_NAME, span, "`owner` names nobody")
            .help("write who answers for the policy");
    }
    let owner = mapping.text("owner").unwrap_or_default().to_owned();
    let dpo = mapping.text("dpo").map(str::to_owned);
    let name = name.unwrap_or_default().to_owned();
    (name, version.unsigned_abs(), owner, dpo)
}

/// Every action of an output, those of bodies, key and headers included.
pub(crate) fn values(output: &model::Output) -> Vec<&model::Value> {
    fn of_fields<'v>(fields: &'v [model::Field], list: &mut Vec<&'v model::Value>) {
        for write in fields.iter().flat_map(|f| &f.writes) {
            write.value.with_inside(list);
            if let Some(body) = &write.value.body {
                of_fields(&body.fields, list);
            }
        }
    }
    let mut list = Vec::new();
    of_fields(&output.fields, &mut list);
    for entry in output.types.iter().flatten() {
        of_fields(&entry.fields, &mut list);
    }
    if let Some(model::KeyMake::Action(value)) = output.key.as_ref().map(|k| &k.make) {
        value.with_inside(&mut list);
    }
    of_fields(output.key_fields(), &mut list);
    for header in &output.headers {
        header.value.with_inside(&mut list);
    }
    list
}

#[cfg(test)]
#[path = "empty_lists_tests.rs"]
mod empty_lists_tests;
