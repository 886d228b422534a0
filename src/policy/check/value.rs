//! Field values: a bare word, one action, or several under `as:`.

use std::collections::HashMap;
use std::sync::Arc;

use super::Cx;
use super::condition::when;
use super::fields::fields;
use super::model::{Body, NameValue, OnError, Spelled, Value, Written};
use super::paths;
use crate::action::{self, ActionDef, HandsOn, Held, IfRefused};
use crate::language::brought;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes};
use crate::language::written::{Kind, Member, Node};
use crate::plan::Gap;
use crate::policy::grammar;
use crate::policy::notation;

/// Named actions, by name; `None`: its definition holds a mistake that is
/// reported there.
/// Several of a `when`, one for each case.
pub(crate) type Named = HashMap<String, Option<Vec<Value>>>;

/// Where a field value stands: not every place takes every form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// A field of the value.
    Field,
    /// Under `as:`.
    As,
    /// Under `actions:`.
    Action,
    /// The record key.
    Key,
    /// A header.
    Header,
    /// A case of `when`.
    Case,
    /// Inside the parameters of another action, for a part of a text.
    Inside,
    /// Beside an action, for the names of members.
    Name,
}

/// Reads `actions:`.
pub(crate) fn named_actions(members: &[Member], cx: &Cx<'_>, findings: &mut Findings) -> Named {
    let mut named = Named::new();
    for m in members {
        let beside = grammar::FIELD_VALUE.words.iter();
        let taken = cx.actions.iter().any(|a| a.name == m.name)
            || beside
                .chain(grammar::RECORD_KEY.words)
                .any(|w| w.name == m.name);
        if taken {
            findings
                .error(
                    codes::BAD_NAME,
                    m.name_span,
                    format!("`{}` is a word of the language", m.name),
                )
                .why("a named action must not hide what the language means")
                .help("choose another name");
            continue;
        }
        let value = several(&m.value, Site::Action, &Named::new(), cx, findings);
        named.insert(m.name.clone(), value);
    }
    named
}

/// Reads a field value that may hold `as:`. `None`: reported.
pub(crate) fn field_value(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Written>> {
    let Some(list) = node.member("as") else {
        let values = several(node, Site::Field, named, cx, findings)?;
        let written = |value| Written { name: None, value };
        return Some(values.into_iter().map(written).collect());
    };
    for m in node.members().unwrap_or_default() {
        if m.name != "as" {
            findings
                .error(
                    codes::MISPLACED,
                    m.name_span,
                    format!("`{}` cannot stand beside `as`", m.name),
                )
                .help("each name under `as:` has its own action and its own `on_error`");
        }
    }
    let Some(members) = list.value.members().filter(|m| !m.is_empty()) else {
        let message = match list.value.kind {
            Kind::Map(_) => "`as` names no field".to_owned(),
            _ => format!("`as` must be a mapping, found {}", list.value.kind_name()),
        };
        findings
            .error(codes::WRONG_KIND, list.value.span, message)
            .help("write `as: { new_name: ACTION }`");
        return None;
    };
    let mut writes = Vec::with_capacity(members.len());
    for m in members {
        let values = several(&m.value, Site::As, named, cx, findings);
        let name = Spelled {
            value: m.name.clone(),
            span: m.name_span,
        };
        writes.extend(values.into_iter().flatten().map(|value| Written {
            name: Some(name.clone()),
            value,
        }));
    }
    (!writes.is_empty()).then_some(writes)
}

/// Reads a field value of exactly one action, without cases.
pub(crate) fn one(
    node: &Node,
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Value> {
    let values = several(node, site, named, cx, findings)?;
    if let [value] = &values[..]
        && value.guard.is_none()
    {
        return values.into_iter().next();
    }
    let place = match site {
        Site::Inside => "inside another action",
        Site::Name => "in `names`",
        _ => "in a record key or a header",
    };
    findings
        .error(
            codes::MISPLACED,
            node.span,
            format!("`when` cannot stand {place}"),
        )
        .help("choose one action for every record; `when` stands on fields of the value");
    None
}

/// Reads a field value: one action, or one for each case of a `when`, in order.
pub(crate) fn several(
    node: &Node,
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    match &node.kind {
        Kind::Scalar { text, .. } if !text.is_empty() => {
            bare(node, text, site, named, cx, findings)
        }
        Kind::Map(members) if !members.is_empty() => {
            object(node, members, site, named, cx, findings)
        }
        _ => {
            findings
                .error(
                    codes::ONE_ACTION,
                    node.span,
                    format!(
                        "a field value must say one action, found {}",
                        node.kind_name()
                    ),
                )
                .why("nothing leaves by itself")
                .help("write `keep`, `drop`, a name from `actions:`, or `{ ACTION: { … } }`");
            None
        }
    }
}

fn bare(
    node: &Node,
    word: &str,
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    if let Some(values) = named.get(word) {
        let mut values = values.clone()?;
        for value in &mut values {
            value.span = node.span;
            check_site(value, node.span, site, findings);
        }
        return Some(values);
    }
    let def = cx.actions.iter().find(|a| a.name == word);
    if let Some((def, spec)) = def.and_then(|d| Some((d, d.bare?()))) {
        return Some(vec![Value::bare(def, spec, node.span)]);
    }
    if def.is_some() {
        findings
            .error(
                codes::UNKNOWN_ACTION,
                node.span,
                format!("`{word}` has no bare form"),
            )
            .help(format!("write `{{ {word}: {{ … }} }}`"));
    } else {
        unknown(word, node.span, named, cx, findings);
    }
    None
}

fn object(
    node: &Node,
    members: &[Member],
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let mut beside = Beside::default();
    let mut actions: Vec<&Member> = Vec::new();
    let mut broken = false;
    for m in members {
        match m.name.as_str() {
            "on_error" => match read_on_error(&m.value, findings) {
                Some(read) => beside.on_error = Some(read),
                None => broken = true,
            },
            "gaps" => {
                beside.gaps_span = Some(m.name_span);
                match m.value.scalar() {
                    Some("null") => beside.gaps = Some(Gap::Null),
                    Some("remove") => beside.gaps = Some(Gap::Closed),
                    other => {
                        broken = true;
                        let words = ["null", "remove"].into_iter();
                        let word = other.unwrap_or(m.value.kind_name());
                        codes::unknown_word(findings, m.value.span, "gaps", word, words);
                    }
                }
            }
            "names" => {
                beside.names_span = Some(m.name_span);
                match read_names(&m.value, named, cx, findings) {
                    Some(names) => beside.names = names.into(),
                    None => broken = true,
                }
            }
            "as" => {
                broken = true;
                let place = match site {
                    Site::Action => "in a named action",
                    Site::As => "inside `as`",
                    Site::Case => "inside a case of `when`",
                    Site::Inside => "inside another action",
                    Site::Name => "in `names`",
                    Site::Field | Site::Key | Site::Header => "in a record key or a header",
                };
                findings
                    .error(
                        codes::MISPLACED,
                        m.name_span,
                        format!("`as` cannot stand {place}"),
                    )
                    .help("give the new name where the field is written");
            }
            _ => actions.push(m),
        }
    }
    let [action] = actions[..] else {
        if let [_, second, ..] = actions[..] {
            findings
                .error(
                    codes::ONE_ACTION,
                    second.name_span,
                    format!("a second action, `{}`, in one field value", second.name),
                )
                .label("only one can be obeyed")
                .help("give each its own name under `as:`, or remove one");
            for m in actions.iter().filter(|m| m.name != "when") {
                let _ = action_of(node, m, &beside, site, named, cx, findings);
            }
        } else if !broken {
            findings
                .error(
                    codes::ONE_ACTION,
                    node.span,
                    "this field value says no action",
                )
                .help("write `keep`, `drop`, a name from `actions:`, or `{ ACTION: { … } }`");
        }
        return None;
    };
    let values = match action.name.as_str() {
        "when" => cases(action, &beside, site, named, cx, findings)?,
        _ => vec![action_of(node, action, &beside, site, named, cx, findings)?],
    };
    (!broken).then_some(values)
}

/// The cases of a `when`; what stands beside it holds for those that say nothing of
/// it themselves.
fn cases(
    member: &Member,
    beside: &Beside,
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let mut values = when(member, named, cx, findings)?;
    for value in &mut values {
        if let (Some(on_error), false) = (&beside.on_error, value.says_on_error) {
            value.on_error = on_error.clone();
            value.says_on_error = true;
        }
        if let (Some(gaps), None) = (beside.gaps, value.gaps_span) {
            (value.gaps, value.gaps_span) = (gaps, beside.gaps_span);
        }
        (value.names, value.names_span) = (Arc::clone(&beside.names), beside.names_span);
        let is_taken = site != Site::Key && site != Site::Header;
        if is_taken {
            check_site(value, value.span, site, findings);
        }
    }
    Some(values)
}

fn action_of(
    node: &Node,
    member: &Member,
    beside: &Beside,
    site: Site,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Value> {
    let Some(def) = cx.actions.iter().find(|a| a.name == member.name) else {
        if named.contains_key(&member.name) {
            findings
                .error(
                    codes::ONE_ACTION,
                    member.name_span,
                    format!(
                        "`{}` is a named action and takes no parameters",
                        member.name
                    ),
                )
                .help(format!("write the bare word: `{}`", member.name));
        } else {
            unknown(&member.name, member.name_span, named, cx, findings);
        }
        return None;
    };
    let mut mapping = Mapping::open(&member.value, def.shape, findings)?;
    let mut spec = (def.parse)(&mut mapping)?;
    let mut inside = Vec::new();
    action::hold(&mut spec, |node| {
        let _level = cx.nested(node.span, "make do with fewer", findings)?;
        let value = one(node, Site::Inside, named, cx, findings)?;
        let held = Held {
            word: value.def.name,
            spec: Arc::clone(&value.spec),
            if_refused: match &value.on_error {
                OnError::Quarantine => IfRefused::Refuse,
                OnError::DropField => IfRefused::Leave,
                OnError::Replace(stand) => IfRefused::Replace(stand.clone()),
            },
        };
        inside.push(value);
        Some(held)
    })?;
    let mut value = Value {
        def,
        spec: spec.into(),
        on_error: beside.on_error.clone().unwrap_or_default(),
        says_on_error: beside.on_error.is_some(),
        gaps: beside.gaps.unwrap_or(Gap::Null),
        gaps_span: beside.gaps_span,
        span: node.span,
        home: node.span,
        body: None,
        guard: None,
        inside: inside.into(),
        names: Arc::clone(&beside.names),
        names_span: beside.names_span,
        said: said(&member.value, def.shape).into(),
    };
    check_site(&value, member.name_span, site, findings);
    if let Some(at) = value.spec.time_at() {
        paths::single(at.path, at.span, cx, findings)?;
    }
    if let Some(inner) = value.inside.first()
        && value.spec.hands_on().is_some()
        && inner.spec.facts().drops
    {
        findings
            .error(
                codes::NOT_TOGETHER,
                inner.span,
                format!("`{}` with an action that lets nothing leave", def.name),
            )
            .help("write `drop` in place of all of it");
        return None;
    }
    check_blurred(&value, findings);
    for (name, span) in value.parts().into_iter().flatten() {
        notation::check_sibling(findings, *span, name);
    }
    if let Some(body) = value.spec.body() {
        let _level = cx.nested(member.name_span, "make do with fewer", findings)?;
        let fields = fields(body.fields, named, cx, findings);
        let kind = body.kind;
        value.body = Some(Arc::new(Body { kind, fields }));
    }
    Some(value)
}

/// The parameters that are scalars or lists of them, other than names of keys, in the
/// order of the policy.
fn said(node: &Node, shape: &Shape) -> Vec<(String, String)> {
    let is_key = |name: &str| {
        let word = shape.words.iter().find(|word| word.name == name);
        word.is_none_or(|word| matches!(word.takes, Takes::KeyName(_)))
    };
    let members = node.members().unwrap_or_default().iter();
    let members = members.filter(|member| !is_key(&member.name));
    let said = members.filter_map(|member| {
        let value = match &member.value.kind {
            Kind::Scalar { text, .. } => text.clone(),
            Kind::List(items) => {
                let items: Option<Vec<&str>> = items.iter().map(Node::scalar).collect();
                items?.join(", ")
            }
            Kind::Map(_) => return None,
        };
        Some((member.name.clone(), value))
    });
    said.collect()
}

/// Parts that leave as one text must be told apart by whoever reads it.
fn check_blurred(value: &Value, findings: &mut Findings) {
    let (Some(blurred), Some(inner)) = (value.spec.blurred(), value.inside.first()) else {
        return;
    };
    let shared = blurred.shared;
    let what = match blurred.in_constant {
        true => "stands in the constant of `on_error`",
        false => "can be written by the action itself",
    };
    let fewer = match (blurred.fewer, blurred.in_constant) {
        (Some(fewer), _) => format!("write {fewer}"),
        (None, true) => "write another constant".to_owned(),
        (None, false) => "do another action to each part".to_owned(),
    };
    findings
        .error(
            codes::NOT_TOGETHER,
            inner.span,
            format!("`{shared}` of `split` {what}"),
        )
        .why("a part in which it stands would be read as two, and no command could turn it back")
        .help(format!("{fewer}, or let one part leave: `take: first`"));
}

/// A record key and a header are one value: nothing beside it, nothing inside.
fn check_site(value: &Value, span: Span, site: Site, findings: &mut Findings) {
    if value.on_error.replaces() && value.is_whole() {
        findings
            .error(
                codes::MISPLACED,
                span,
                "`on_error: { replace: … }` cannot stand beside what is taken whole",
            )
            .why("one constant in place of an object or an array is another shape")
            .help("write `drop_field`, or let the fields inside say what they do");
    }
    if value.spec.hands_on() == Some(HandsOn::Elements)
        && !matches!(site, Site::Key | Site::Header | Site::Action)
    {
        findings
            .error(
                codes::MISPLACED,
                span,
                "`each` without `split` stands in record keys and headers alone",
            )
            .why("in a field a path reaches the elements, and one thing is said in one way")
            .help("write `PATH[*]` with the action, beside `PATH` for a single value; or say what stands between the parts of a text: `split: \",\"`");
    }
    if let Some(names) = value.names_span
        && !matches!(site, Site::Field | Site::Action)
    {
        findings
            .error(codes::MISPLACED, names, "`names` cannot stand here")
            .help("write it beside the action of a path with `*` or `**`");
    }
    if let Site::Inside | Site::Name = site {
        return check_inside(value, span, findings);
    }
    if site != Site::Key && site != Site::Header {
        return;
    }
    if site == Site::Key && value.on_error.replaces() {
        findings
            .error(
                codes::MISPLACED,
                span,
                "`on_error: { replace: … }` cannot stand in a record key",
            )
            .why("every record whose value is refused would have one key, and a compacted topic keeps one record of a key")
            .help("write `drop_field`, and the key is null");
    }
    check_gaps(value, "a record key and a header are", findings);
    if let Some([(_, span), ..]) = value.parts() {
        findings
            .error(
                codes::MISPLACED,
                *span,
                "`from: [a, b]` cannot stand in a record key or a header",
            )
            .why("it names siblings, and a record key and a header have none")
            .help("a record key of several values: `key: { from: [value.PATH, …], ACTION }`; a header is made of one");
    }
    if value.spec.body().is_some() {
        findings
            .error(
                codes::MISPLACED,
                span,
                "`fields` cannot stand in a record key or a header",
            )
            .why("a record key and a header are one text, not an object")
            .help("remove `fields`");
    }
}

/// Inside another action a value is a part of a text: there is nothing beside it and
/// nothing in it.
fn check_inside(value: &Value, span: Span, findings: &mut Findings) {
    check_gaps(value, "a part of a text is", findings);
    let what = match value.parts() {
        Some(_) => "`from`",
        None if value.spec.body().is_some() => "`fields`",
        None if value.spec.facts().takes_whole => "`subtree: true`",
        None => return,
    };
    findings
        .error(
            codes::MISPLACED,
            value.parts().and_then(<[_]>::first).map_or(span, |p| p.1),
            format!("{what} cannot stand inside another action"),
        )
        .why("what stands there sees one text, a part or a name: no siblings, no object")
        .help(format!("remove {what}"));
}

/// `gaps` keeps the places of elements; elsewhere it says nothing.
pub(crate) fn check_gaps(value: &Value, what: &str, findings: &mut Findings) {
    let Some(span) = value.gaps_span else {
        return;
    };
    findings
        .error(
            codes::MISPLACED,
            span,
            format!("`gaps` cannot stand here: {what} no element of an array"),
        )
        .help("write it beside the action of a path that ends in `[*]`");
}

/// What may stand beside an action.
#[derive(Default)]
struct Beside {
    /// `None`: not said, or not well.
    on_error: Option<OnError>,
    /// `None`: not said, or not well.
    gaps: Option<Gap>,
    gaps_span: Option<Span>,
    names: Arc<[NameValue]>,
    names_span: Option<Span>,
}

/// Reads `names`: a field value, or one for each `*` and `**`, for names as texts.
fn read_names(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<NameValue>> {
    let nodes = match &node.kind {
        Kind::List(items) => &items[..],
        Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`names` says no field value",
            )
            .help("write `names: { pseudonymize: { … } }`, or one field value for each `*`");
    }
    let _level = cx.nested(node.span, "make do with fewer", findings)?;
    let read = nodes.iter().map(|node| {
        let value = one(node, Site::Name, named, cx, findings)?;
        check_name(&value, node.span, findings);
        let text = cx.text.get(node.span.start..node.span.end);
        let text = text.unwrap_or_default().to_owned();
        Some(NameValue { value, text })
    });
    let read: Vec<Option<NameValue>> = read.collect();
    let read = read.into_iter().collect::<Option<Vec<NameValue>>>()?;
    (!read.is_empty()).then_some(read)
}

/// A name has nothing beside it: what is refused is refused as the field says.
fn check_name(value: &Value, span: Span, findings: &mut Findings) {
    let complaint = if value.says_on_error {
        Some((
            "`on_error` cannot stand inside `names`",
            "write it beside the action of the field: it holds for the names too",
        ))
    } else if value.spec.facts().drops {
        Some((
            "`names` lets no name leave",
            "write `drop` in place of all of it",
        ))
    } else {
        None
    };
    if let Some((message, help)) = complaint {
        findings.error(codes::MISPLACED, span, message).help(help);
    }
}

fn read_on_error(node: &Node, findings: &mut Findings) -> Option<OnError> {
    let help = "write `quarantine`, `drop_field` or `{ replace: CONSTANT }`";
    match &node.kind {
        Kind::Scalar { text, .. } => match text.as_str() {
            "quarantine" => return Some(OnError::Quarantine),
            "drop_field" => return Some(OnError::DropField),
            "replace" => {
                findings
                    .error(
                        codes::WRONG_KIND,
                        node.span,
                        "`on_error: replace` says no constant",
                    )
                    .help("write `on_error: { replace: CONSTANT }`");
            }
            other => {
                let words = ["quarantine", "drop_field"].into_iter();
                codes::unknown_word(findings, node.span, "on_error", other, words);
            }
        },
        Kind::Map(_) => {
            let mapping = Mapping::open(node, &grammar::ON_ERROR, findings)?;
            let constant = mapping.node("replace")?;
            let is_null = constant.scalar() == Some("null");
            match action::literal(constant) {
                Some(literal) => return Some(OnError::Replace(Some(literal))),
                None if is_null => return Some(OnError::Replace(None)),
                None => {
                    findings
                        .error(
                            codes::WRONG_KIND,
                            constant.span,
                            format!(
                                "`replace` must be text, a number, a boolean or `null`, found {}",
                                constant.kind_name()
                            ),
                        )
                        .help("quote it to make it text");
                }
            }
        }
        Kind::List(_) => {
            findings
                .error(
                    codes::WRONG_KIND,
                    node.span,
                    format!("`on_error` must be a word, found {}", node.kind_name()),
                )
                .help(help);
        }
    }
    None
}

fn unknown(word: &str, span: Span, named: &Named, cx: &Cx<'_>, findings: &mut Findings) {
    let built = cx.actions.iter().map(|a| a.name);
    let known: Vec<&str> = built.chain(named.keys().map(String::as_str)).collect();
    let mut sorted = known.clone();
    sorted.sort_unstable();
    let near = |names: &[&str]| {
        let near = codes::nearest(word, names.iter().copied())?;
        Some(format!("did you mean `{near}`?"))
    };
    let mut own: Vec<&str> = named.keys().map(String::as_str).collect();
    own.sort_unstable();
    let help = near(&own)
        .or_else(|| brought::help(brought::FIELD_VALUE, word).map(str::to_owned))
        .or_else(|| parameter(word, cx))
        .or_else(|| near(&sorted))
        .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
    findings
        .error(
            codes::UNKNOWN_ACTION,
            span,
            format!("unknown action `{word}`"),
        )
        .label("neither an action nor a name under `actions:`")
        .help(help);
}

/// The help for a word that some action takes behind its name.
fn parameter(word: &str, cx: &Cx<'_>) -> Option<String> {
    let takes = |a: &&ActionDef| a.shape.words.iter().any(|w| w.built && w.name == word);
    let forms: Vec<String> = cx
        .actions
        .iter()
        .filter(takes)
        .map(|a| format!("`{{ {}: {{ {word}: … }} }}`", a.name))
        .collect();
    (!forms.is_empty()).then(|| format!("it stands behind an action: {}", forms.join(" or ")))
}
