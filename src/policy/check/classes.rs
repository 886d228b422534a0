//! What fields are: a class for each path, for every type or for one.

use std::collections::HashMap;

use super::Cx;
use super::model::{Class, Classes, Tag};
use super::names;
use super::paths;
use crate::categories;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Member, Node};
use crate::policy::grammar;
use crate::policy::selector::{PlaceName, TypePattern};
use crate::policy::taxonomy;
use crate::record::path::Selector;

/// Reads `classes`. `strict`: a class that nobody knows is an error.
pub(crate) fn classes(
    node: &Node,
    strict: bool,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Classes> {
    let mut mapping = Mapping::open(node, &grammar::CLASSES, findings)?;
    let foreign = Foreign {
        own: own_prefixes(&mut mapping),
        strict,
    };
    let fields = class_map(mapping.map("fields"), &foreign, cx, mapping.findings);
    let mut types = Vec::new();
    let mut seen: HashMap<TypePattern, Span> = HashMap::new();
    for m in mapping.map("types") {
        let Some(members) = m.value.members() else {
            paths::wrong_kind(&m.value, "PATH: class", mapping.findings);
            continue;
        };
        let list = class_map(members, &foreign, cx, mapping.findings);
        let patterns = paths::types(&m.name, m.name_span, cx, mapping.findings);
        for pattern in patterns.unwrap_or_default() {
            if let Some(first) = seen.insert(pattern.clone(), m.name_span) {
                let fix = ", with the classes of both";
                paths::same_type(&pattern, m.name_span, first, fix, mapping.findings);
                continue;
            }
            types.push((pattern, list.clone()));
        }
    }
    let tags = mapping.map("tags").iter().map(|m| Tag {
        name: m.name.clone(),
        span: m.name_span,
        classes: class_list(m, &foreign, mapping.findings),
    });
    let tags = tags.collect();
    Some(Classes {
        fields,
        types,
        tags,
    })
}

/// What classes of somebody's own begin with.
fn own_prefixes<'n>(mapping: &mut Mapping<'n, '_>) -> Vec<&'n str> {
    let texts = mapping.texts("own");
    for (prefix, span) in &texts {
        if !names::is_class(prefix) {
            mapping
                .findings
                .error(codes::BAD_NAME, *span, "no class can begin with this")
                .help("write words joined by `.`: `acme`, or `user.loyalty`");
        } else if taxonomy::is_taken(prefix) {
            mapping.findings
                .error(
                    codes::BAD_NAME,
                    *span,
                    format!("classes of the list stand at or below `{prefix}`"),
                )
                .why("every misspelt class there would count as one of your own, and the linter would be silent about it")
                .help("begin your own classes with a word of your own: `acme`, or `user.acme`");
        }
    }
    texts.into_iter().map(|(prefix, _)| prefix).collect()
}

/// What is said of classes that the list does not have.
struct Foreign<'n> {
    /// What those of somebody's own begin with.
    own: Vec<&'n str>,
    /// Another one is an error.
    strict: bool,
}

/// Warns of a class that nobody knows, or refuses it.
fn unknown_class(
    class: &str,
    span: Span,
    path: &str,
    foreign: &Foreign<'_>,
    findings: &mut Findings,
) {
    let own = &foreign.own[..];
    let is_own = |prefix: &&str| categories::is_at_or_below(class, prefix);
    if categories::is_known(class) || own.iter().any(is_own) {
        return;
    }
    let message = format!(
        "`{class}` is no class of the list (fideslang {})",
        categories::VERSION
    );
    let finding = match foreign.strict {
        true => findings.error(codes::UNKNOWN_CLASS, span, message),
        false => findings.warning(codes::UNKNOWN_CLASS, span, message),
    };
    finding
        .label("the linter knows nothing of it")
        .why("a field of an unknown class is not warned of, whatever is done to it")
        .help(format!(
            "{} a class of your own stands below a prefix: `classes: {{ own: acme, … }}`",
            taxonomy::help(class, own)
        ))
        .field(path);
}

/// The classes that stand at a path or a tag.
fn class_list(m: &Member, foreign: &Foreign<'_>, findings: &mut Findings) -> Vec<String> {
    let nodes = m.value.items().unwrap_or(std::slice::from_ref(&m.value));
    if nodes.is_empty() {
        findings
            .error(
                codes::OUT_OF_RANGE,
                m.value.span,
                format!("no class is given to `{}`", m.name),
            )
            .why("a field without a class would count as one with a class that needs no protection")
            .help("name its class; `none` when it is not personal; or remove the line, then that of what is above holds");
    }
    let mut classes = Vec::new();
    for n in nodes {
        match n.scalar().filter(|t| names::is_class(t)) {
            Some(class) => {
                unknown_class(class, n.span, &m.name, foreign, findings);
                classes.push(class.to_owned());
            }
            None => {
                findings
                    .error(codes::BAD_NAME, n.span, "this is not a class")
                    .help("a class is words joined by `.`: `user.contact.email`; `none` = not personal");
            }
        }
    }
    classes
}

fn class_map(
    members: &[Member],
    foreign: &Foreign<'_>,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<Class> {
    let mut list: Vec<Class> = Vec::new();
    let mut seen: HashMap<Selector, Span> = HashMap::new();
    for m in members {
        let classes = class_list(m, foreign, findings);
        // What stands beside a value has its own paths.
        let _outside = PlaceName::is_outside(&m.name).then(|| cx.elsewhere());
        let Some(paths) = paths::paths(&m.name, m.name_span, cx, findings) else {
            continue;
        };
        for path in paths {
            if let Some(first) = seen.insert(path.clone(), m.name_span) {
                findings
                    .error(
                        codes::SAME_PATH,
                        m.name_span,
                        format!("`{path}` has a class already"),
                    )
                    .also(first, "given here")
                    .help("write a list when a field has several classes");
                continue;
            }
            list.push(Class {
                selector: path,
                span: m.name_span,
                names: classes.clone(),
            });
        }
    }
    list
}
