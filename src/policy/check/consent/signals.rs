//! Where consent stands in a record, and what grants it.

use std::sync::Arc;

use super::means;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::check::Cx;
use crate::policy::check::model::Spelled;
use crate::policy::check::paths;
use crate::policy::check::signal::{At, Reads, Signal};
use crate::policy::grammar;
use crate::record::path::Selector;
use crate::record::{Literal, SignalShape, is_json_number};

/// Most consent signals.
const SIGNALS_MAX: usize = 256;

/// The signals that could be read.
#[derive(Default)]
pub(crate) struct Signals {
    pub(crate) list: Vec<Signal>,
    /// Another could not, and was reported.
    pub(crate) lacks_some: bool,
}

/// The signals of a list.
pub(super) fn signals(nodes: &[Node], cx: &Cx<'_>, findings: &mut Findings) -> Signals {
    if let Some(extra) = nodes.get(SIGNALS_MAX) {
        findings
            .error(
                codes::TOO_LARGE,
                extra.span,
                format!("more than {SIGNALS_MAX} consent signals"),
            )
            .help("read an object of categories instead of single values");
    }
    let nodes = nodes.iter().take(SIGNALS_MAX);
    let mut signals = Signals::default();
    for node in nodes {
        match signal(node, cx, findings) {
            Some(signal) => signals.list.push(signal),
            None => signals.lacks_some = true,
        }
    }
    signals
}

/// One signal. `None`: reported.
fn signal(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Signal> {
    let mut mapping = Mapping::open(node, &grammar::SIGNAL, findings)?;
    let from = mapping.has("from").then(|| mapping.one_of("from"))?;
    let shape = match mapping.has("shape") {
        true => SignalShape::from_word(mapping.one_of("shape")?)?,
        false => SignalShape::Plain,
    };
    let in_header = from == Some("header");
    let words_fit = fitting(&mut mapping, shape, in_header);
    let max_age_ms = mapping.text("max_age").and_then(|text| {
        let span = mapping.place("max_age");
        duration::read(text, span, "max_age", mapping.findings)
    });
    let span = mapping.place("path");
    let path = mapping.text("path");
    let at = match (path, in_header) {
        (Some(text), true) => header(text, &mut mapping).map(At::Header),
        (Some(text), false) => paths::single(text, span, cx, mapping.findings).map(At::Value),
        (None, _) => None,
    };
    let reads = words_fit.then(|| reads(&mut mapping, shape, cx)).flatten();
    Some(Signal {
        at: at?,
        reads: reads?,
        max_age_ms,
    })
}

/// What is read of a signal of that shape, whose words fit it.
fn reads(mapping: &mut Mapping<'_, '_>, shape: SignalShape, cx: &Cx<'_>) -> Option<Reads> {
    Some(match shape {
        SignalShape::Plain => {
            let grants = grants(mapping);
            let category = mapping.text("category").map(|value| Spelled {
                value: value.to_owned(),
                span: mapping.place("category"),
            });
            match category {
                Some(category) => Reads::Scalar { category, grants },
                None => Reads::Object {
                    means: match mapping.has("means") {
                        true => Some(means::ids(mapping)?),
                        false => None,
                    },
                    grants,
                },
            }
        }
        SignalShape::Lists => Reads::Lists {
            granted: below(mapping, "granted", cx),
            denied: below(mapping, "denied", cx),
            means: means::ids(mapping)?,
        },
        SignalShape::Pairs => Reads::Pairs(means::ids(mapping)?),
        SignalShape::Tcf => Reads::Tcf(means::tcf(mapping, cx.register.get().map(Arc::as_ref))?),
        SignalShape::Gpp => Reads::Gpp(means::gpp(mapping, cx.register.get().map(Arc::as_ref))?),
        SignalShape::Gpc => Reads::Gpc(means::categories(mapping)?),
        SignalShape::ConsentMode => Reads::ConsentMode(means::consent_types(mapping)?),
    })
}

/// A path below that of the signal.
fn below(mapping: &mut Mapping<'_, '_>, word: &str, cx: &Cx<'_>) -> Option<Selector> {
    let text = mapping.text(word)?;
    let span = mapping.place(word);
    paths::single(text, span, cx, mapping.findings)
}

/// Says of every word that is missing or does not go with the shape. True when all fit.
fn fitting(mapping: &mut Mapping<'_, '_>, shape: SignalShape, in_header: bool) -> bool {
    let before = mapping.findings.errors();
    let said = match shape {
        SignalShape::Plain => "a signal without `shape`".to_owned(),
        shape => format!("`shape: {}`", shape.as_str()),
    };
    let fits = |word: &str| match word {
        "category" | "grants" => shape == SignalShape::Plain,
        "granted" | "denied" => shape == SignalShape::Lists,
        "max_age" => matches!(shape, SignalShape::Tcf | SignalShape::Gpp),
        _ => true,
    };
    for word in ["category", "grants", "granted", "denied", "max_age"] {
        if let (Some(member), false) = (mapping.member(word), fits(word)) {
            mapping
                .findings
                .error(
                    codes::SIGNAL_SHAPE,
                    member.name_span,
                    format!("`{word}` says nothing in {said}"),
                )
                .why("a word that is read but not obeyed would promise what does not happen")
                .help(format!(
                    "remove `{word}`, or name the shape that it belongs to"
                ));
        }
    }
    if shape != SignalShape::Plain && !mapping.has("means") {
        let span = mapping.place("shape");
        mapping
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                span,
                format!("{said} needs `means`: what it says for which category"),
            )
            .help(format!("add {}", means::example(shape)));
    }
    if shape == SignalShape::Lists && !mapping.has("granted") && !mapping.has("denied") {
        let span = mapping.place("shape");
        mapping
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                span,
                "`shape: lists` needs `granted`, `denied` or both: where below `path` the lists stand",
            )
            .help("add `granted: allowedConsentIds` and `denied: deniedConsentIds`, as the producer calls them");
    }
    if let (Some(category), Some(_)) = (mapping.member("category"), mapping.member("means")) {
        mapping
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                category.name_span,
                "`category` and `means` both say what the signal speaks for",
            )
            .help("keep `category` for one value, `means` for an object of several");
    }
    let is_one_text = match shape {
        SignalShape::Plain => mapping.has("category"),
        shape => shape != SignalShape::Lists,
    };
    if in_header && !is_one_text {
        let span = mapping.place("from");
        mapping
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                span,
                "a header is one text, and this signal reads several values",
            )
            .help("add `category: NAME` for a header that speaks for one category, or the `shape` that its text has");
    }
    mapping.findings.errors() == before
}

/// The name of a header.
fn header(name: &str, mapping: &mut Mapping<'_, '_>) -> Option<String> {
    if !name.is_empty() && name.len() <= 256 && !name.contains(char::is_control) {
        return Some(name.to_owned());
    }
    let span = mapping.place("path");
    mapping
        .findings
        .error(codes::BAD_PLACE, span, "this cannot name a header")
        .help("write the header's name, as in `path: Sec-GPC`");
    None
}

/// Written and empty is not "not written": such a signal can only deny.
fn grants(mapping: &mut Mapping<'_, '_>) -> Vec<Literal> {
    if !mapping.has("grants") {
        return vec![Literal::Bool(true)];
    }
    let nodes = mapping.items("grants");
    nodes
        .iter()
        .filter_map(|n| literal(n, mapping.findings))
        .collect()
}

fn literal(node: &Node, findings: &mut Findings) -> Option<Literal> {
    match &node.kind {
        Kind::Scalar { text, quoted: true } => Some(Literal::Text(text.clone())),
        Kind::Scalar { text, .. } => match text.as_str() {
            "" | "~" | "null" => {
                findings
                    .error(codes::WRONG_KIND, node.span, "null cannot grant consent")
                    .why("null and absent are silent: they neither permit nor deny")
                    .help("name the value that the producer writes for yes");
                None
            }
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            t if is_json_number(t) => Some(Literal::Number(t.to_owned())),
            t => Some(Literal::Text(t.to_owned())),
        },
        _ => {
            paths::wrong_kind(node, "a single value", findings);
            None
        }
    }
}
