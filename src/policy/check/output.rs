//! Outputs: what leaves, where to, and everything beside the fields.

use std::ops::RangeInclusive;

use super::Cx;
use super::aggregate::aggregate;
use super::condition::condition;
use super::counting;
use super::fields::{fields, types};
use super::held::held;
use super::implied;
use super::key_fields::key_fields;
use super::model::{
    Field, Header, KeyMake, OnWithheld, Output, OutputSchema, RecordKey, Spelled, Value,
};
use super::names;
use super::paths;
use super::value::{Named, Site, one};
use crate::action::ActionDef;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Member, Node};
use crate::plan::{IMMEDIATE_GROUP, SubjectOf, TimestampRule};
use crate::policy::grammar;
use crate::policy::selector::PlaceName;
use crate::record::path::Selector;
use crate::schema::avro::node::is_full_name;

/// Milliseconds of an hour: what a timestamp is cut to unless the policy says otherwise.
const HOUR_MS: i64 = 3_600_000;

/// Reads one output. What is missing or wrong is reported and stands as empty
/// text, so that everything else can still be checked.
pub(crate) fn output(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Output> {
    let mut mapping = Mapping::open(node, &grammar::OUTPUT, findings)?;
    let span = mapping.span;
    let empty = Spelled {
        value: String::new(),
        span,
    };
    let topic = mapping.text("topic").and_then(|t| {
        let span = mapping.place("topic");
        names::topic(t, span, mapping.findings)
    });
    let purpose = space_name(&mut mapping, "purpose");
    let domain = space_name(&mut mapping, "domain");
    let recipient = spelled(&mut mapping, "recipient");
    let regions = mapping.texts("region").into_iter();
    let regions = regions.map(|(text, span)| Spelled {
        value: text.to_owned(),
        span,
    });
    let regions = regions.collect();
    let mut needs = Vec::new();
    if let Some(node) = mapping.node("needs_consent")
        && node.items().is_some_and(<[_]>::is_empty)
    {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`needs_consent` names no category",
            )
            .why("an empty list reads like a gate and is none")
            .help("name the category, or remove the word and state the `basis`");
    } else {
        let texts = mapping.texts("needs_consent").into_iter();
        needs.extend(texts.map(|(text, span)| Spelled {
            value: text.to_owned(),
            span,
        }));
    }
    let basis = mapping
        .has("basis")
        .then(|| mapping.one_of("basis").unwrap_or_default().to_owned());
    let on_withheld = mapping
        .node("on_withheld")
        .and_then(|n| on_withheld(n, cx, mapping.findings));
    let forward_tombstones = mapping
        .has("tombstones")
        .then(|| mapping.one_of("tombstones"))
        .flatten()
        .filter(|word| *word == "forward")
        .and_then(|_| mapping.node("tombstones"))
        .map(|n| n.span);
    let key = mapping
        .node("key")
        .and_then(|n| record_key(n, named, cx, mapping.findings));
    let schema = mapping
        .node("schema")
        .and_then(|n| schema(n, mapping.findings));
    let headers = mapping
        .node("headers")
        .map(|n| headers(n, named, cx, mapping.findings))
        .unwrap_or_default();
    let policy_header = mapping
        .has("policy_header")
        .then(|| mapping.boolean("policy_header"))
        .flatten()
        .filter(|on| *on)
        .map(|_| mapping.place("policy_header"));
    let selects = mapping.node("where").and_then(|n| {
        Some(Spelled {
            value: condition(n, cx, mapping.findings)?,
            span: n.span,
        })
    });
    let held = held(&mut mapping, cx);
    let counts = mapping
        .node("aggregate")
        .and_then(|n| aggregate(n, named, cx, mapping.findings));
    counting::beside(&mut mapping);
    let (counts, by) = counts.map_or((None, None), |(counts, by)| (Some(counts), Some(by)));
    let waits = held.is_some() || counts.is_some();
    if let Some(topic) = topic.as_ref().filter(|_| waits) {
        not_as_the_others(topic, mapping.findings);
    }
    let timestamp_node = mapping.node("timestamp");
    let timestamp = timestamp_node
        .and_then(|n| timestamp(n, mapping.findings))
        .unwrap_or(match waits {
            true => TimestampRule::Release,
            false => TimestampRule::Truncate(HOUR_MS),
        });
    let list = mapping
        .node("fields")
        .map(|n| fields(n, named, cx, mapping.findings));
    let list = by.or(list).unwrap_or_default();
    let mut by_type = mapping
        .has("types")
        .then(|| types(mapping.map("types"), named, cx, mapping.findings));
    implied::once(&list, by_type.as_deref_mut().unwrap_or_default());
    let written = mapping
        .node("fields")
        .is_some_and(|n| n.members().is_some_and(|m| !m.is_empty()));
    let has_types = mapping
        .node("types")
        .is_some_and(|n| n.members().is_some_and(|m| !m.is_empty()));
    if let (Some(node), false, false) = (mapping.node("fields"), written, has_types) {
        mapping
            .findings
            .error(codes::NO_FIELDS, node.span, "this output has no field")
            .why("`fields` is the allowlist: nothing would leave but empty records")
            .help("name at least one field; `fields: {}` stands beside `types` only");
    }
    if let (Some(list), Some(m)) = (&by_type, mapping.member("types"))
        && list.is_empty()
        && !has_types
    {
        mapping
            .findings
            .error(codes::NO_FIELDS, m.name_span, "`types` names no type")
            .why("`types` is the allowlist of types: no record would ever leave")
            .help("name the types that leave; without `types` every type does");
    }
    Some(Output {
        span,
        topic: topic.unwrap_or_else(|| empty.clone()),
        purpose: purpose.unwrap_or_else(|| empty.clone()),
        domain: domain.unwrap_or(empty),
        recipient,
        regions,
        needs,
        basis,
        on_withheld,
        key,
        schema,
        headers,
        policy_header,
        timestamp,
        timestamp_span: timestamp_node.map(|n| n.span),
        forward_tombstones,
        held,
        counts,
        selects,
        fields: list,
        types: by_type,
    })
}

/// An output whose records wait gives its release group its name, and that of the outputs
/// whose records leave as they come has one already.
fn not_as_the_others(topic: &Spelled, findings: &mut Findings) {
    if topic.value != IMMEDIATE_GROUP {
        return;
    }
    findings
        .error(
            codes::BAD_NAME,
            topic.span,
            "`main` cannot name an output whose records wait or are counted",
        )
        .why(
            "its release group would be called like that of the outputs whose records leave as they come: in settings, metrics and the headers of what is quarantined",
        )
        .help("name the topic otherwise");
}

fn schema(node: &Node, findings: &mut Findings) -> Option<OutputSchema> {
    let mut mapping = Mapping::open(node, &grammar::OUTPUT_SCHEMA, findings)?;
    let namespace = spelled(&mut mapping, "namespace");
    if let Some(said) = namespace.as_ref().filter(|n| !is_full_name(&n.value)) {
        mapping
            .findings
            .error(
                codes::BAD_NAME,
                said.span,
                format!("`{}` cannot be a namespace", said.value),
            )
            .help(
                "write names with a dot between each two: letters, digits and `_`, no digit first",
            );
    }
    let subject = match mapping.has("subject") {
        true => mapping.one_of("subject"),
        false => None,
    };
    let subject = subject.map(|word| match word {
        "RecordNameStrategy" => SubjectOf::Record,
        "TopicRecordNameStrategy" => SubjectOf::TopicAndRecord,
        _ => SubjectOf::Topic,
    });
    let subject = subject.map(|subject| (subject, mapping.place("subject")));
    Some(OutputSchema {
        span: mapping.span,
        namespace,
        subject,
    })
}

fn spelled(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Spelled> {
    let value = mapping.text(name)?.to_owned();
    let span = mapping.node(name)?.span;
    Some(Spelled { value, span })
}

fn space_name(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Spelled> {
    let found = spelled(mapping, name)?;
    if names::is_space_name(&found.value) {
        return Some(found);
    }
    mapping.findings
        .error(
            codes::BAD_NAME,
            found.span,
            format!("`{}` cannot be a {name}", found.value),
        )
        .help("write lower-case letters, digits, `.`, `_` and `-`, at most 128, a letter or digit first");
    None
}

/// How many places one record key may be made of.
const PLACES: RangeInclusive<usize> = 2..=16;

/// The words of a record key beside its action.
const KEY_WORDS: [&str; 3] = ["from", "like", "fields"];

fn record_key(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<RecordKey> {
    let Some(members) = node.members() else {
        findings
            .error(
                codes::WRONG_KIND,
                node.span,
                format!("`key` must be a mapping, found {}", node.kind_name()),
            )
            .help("write `key: { like: PATH }`, `key: { from: record_key, ACTION }`, or `key: { fields: { PATH: ACTION } }`; without `key` it is null");
        return None;
    };
    let (own, action): (Vec<&Member>, Vec<&Member>) = members
        .iter()
        .partition(|m| KEY_WORDS.contains(&m.name.as_str()));
    let word = |name: &str| own.iter().find(|m| m.name == name);
    if let Some(m) = word("fields") {
        let beside = members.iter().find(|other| other.name != m.name);
        if let Some(other) = beside {
            findings
                .error(
                    codes::ONE_ACTION,
                    other.name_span,
                    format!("`{}` cannot stand beside `fields`", other.name),
                )
                .why("a key with `fields` is made of the members of the record key, each with its own action")
                .help("keep one of the two");
            return None;
        }
        return Some(key_of_fields(m, node, named, cx, findings));
    }
    let from = match word("from") {
        Some(m) => places(&m.value, cx, findings),
        None => Some(Vec::new()),
    };
    let make = match (word("like"), action.is_empty()) {
        (Some(m), true) => KeyMake::Like(like(&m.value, cx, findings)?),
        (Some(_), false) => {
            findings
                .error(
                    codes::ONE_ACTION,
                    action[0].name_span,
                    format!("`{}` cannot stand beside `like`", action[0].name),
                )
                .why("`like` runs the very action of that field")
                .help("keep `like`, or write the action with `from`");
            return None;
        }
        (None, _) => {
            if word("from").is_none() {
                findings
                    .error(codes::MISSING_WORD, node.span, "`key` lacks `from`")
                    .help("add `from: record_key` or `from: value.PATH`; or write `like: PATH`");
            }
            let rest = Node {
                span: node.span,
                kind: Kind::Map(action.into_iter().cloned().collect()),
            };
            KeyMake::Action(one(&rest, Site::Key, named, cx, findings)?)
        }
    };
    let from = from?;
    match &make {
        KeyMake::Action(_) if from.is_empty() => return None,
        KeyMake::Action(value) => takes_as_many(value, &from, node.span, findings)?,
        KeyMake::Like(_) | KeyMake::Fields(_) => {}
    }
    Some(RecordKey {
        span: node.span,
        from,
        make,
    })
}

/// A record key that is a record itself.
fn key_of_fields(
    m: &Member,
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> RecordKey {
    let list = key_fields(&m.value, named, cx, findings);
    let place = |field: &Field| Spelled {
        value: PlaceName::RecordKeyPath(field.selector.clone()),
        span: field.span,
    };
    RecordKey {
        span: node.span,
        from: list.iter().map(place).collect(),
        make: KeyMake::Fields(list),
    }
}

/// The places of `from`: one, or a list of those whose values are protected as one.
fn places(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Vec<Spelled<PlaceName>>> {
    let Some(items) = node.items() else {
        return place(node, cx, findings).map(|one| vec![one]);
    };
    if !PLACES.contains(&items.len()) {
        findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`from` names {} places", items.len()),
            )
            .help("name 2 to 16 places; a single one is written without `[…]`");
        return None;
    }
    let list: Vec<Option<Spelled<PlaceName>>> =
        items.iter().map(|item| place(item, cx, findings)).collect();
    let list = list.into_iter().collect::<Option<Vec<_>>>()?;
    for (n, one) in list.iter().enumerate() {
        if list[..n].iter().any(|earlier| earlier.value == one.value) {
            findings.error(
                codes::DUPLICATE_NAME,
                one.span,
                format!("`{}` stands twice in `from`", one.value),
            );
            return None;
        }
    }
    Some(list)
}

/// `None`: the action cannot take the values of so many places as one.
fn takes_as_many(
    value: &Value,
    from: &[Spelled<PlaceName>],
    span: Span,
    findings: &mut Findings,
) -> Option<()> {
    let (word, many) = (value.def.name, from.len());
    let takes = value.spec.facts().parts;
    if many == 1 || takes.as_ref().is_some_and(|takes| takes.contains(&many)) {
        return Some(());
    }
    let (message, help) = match takes {
        Some(takes) => (
            format!("`{word}` takes {} values as one here, and `from` names {many} places", takes.end()),
            "name as many places".to_owned(),
        ),
        None => (
            format!("`{word}` takes one value here, and `from` names {many} places"),
            "name one place, or make a code of several: `{ from: [PLACE, …], pseudonymize: { … } }`"
                .to_owned(),
        ),
    };
    findings
        .error(codes::BAD_FROM, span, message)
        .also(value.span, "this action")
        .help(help);
    None
}

fn place(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Spelled<PlaceName>> {
    let Some(text) = node.scalar() else {
        findings
            .error(
                codes::BAD_PLACE,
                node.span,
                format!("a place must be text, found {}", node.kind_name()),
            )
            .help("write `value.PATH`, `record_key`, `record_key.PATH` or `header.NAME`");
        return None;
    };
    let value = paths::place(text, node.span, cx, findings)?;
    Some(Spelled {
        value,
        span: node.span,
    })
}

fn like(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Spelled<Selector>> {
    let text = node.scalar().unwrap_or_default();
    let mut paths = paths::paths(text, node.span, cx, findings)?;
    if paths.len() != 1 {
        findings
            .error(codes::LIKE_TARGET, node.span, "`like` names one field")
            .help("write it without `(a|b)`");
        return None;
    }
    Some(Spelled {
        value: paths.remove(0),
        span: node.span,
    })
}

fn headers(node: &Node, named: &Named, cx: &Cx<'_>, findings: &mut Findings) -> Vec<Header> {
    let Some(members) = node.members() else {
        if node.scalar() != Some("") {
            findings
                .error(
                    codes::WRONG_KIND,
                    node.span,
                    format!("`headers` must be a mapping, found {}", node.kind_name()),
                )
                .help("write `NAME: keep`; without `headers` none leaves");
        }
        return Vec::new();
    };
    let mut list = Vec::with_capacity(members.len());
    for m in members {
        let is_bare = |a: &ActionDef| a.name == m.name && a.bare.is_some();
        if let (true, Some(names)) = (cx.actions.iter().any(is_bare), m.value.items()) {
            let written: Vec<String> = names
                .iter()
                .filter_map(Node::scalar)
                .map(|n| format!("{n}: {}", m.name))
                .collect();
            findings
                .error(
                    codes::HEADERS_FORM,
                    m.name_span,
                    format!("`headers: {{ {}: […] }}` is the old form", m.name),
                )
                .help(format!("write `headers: {{ {} }}`", written.join(", ")));
            continue;
        }
        if m.name.is_empty() {
            findings
                .error(codes::BAD_NAME, m.name_span, "a header needs a name")
                .help("write `NAME: keep`");
            continue;
        }
        if let Some(value) = one(&m.value, Site::Header, named, cx, findings) {
            list.push(Header {
                name: m.name.clone(),
                span: m.name_span,
                value,
            });
        }
    }
    list
}

fn on_withheld(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<OnWithheld> {
    match node.scalar() {
        Some("skip") => return Some(OnWithheld::Skip),
        Some("tombstone") => {
            findings
                .error(codes::ON_WITHHELD, node.span, "`tombstone` alone tells of people who never consented")
                .why("each of their records would leave its key, though no record of theirs ever left")
                .help("write `on_withheld: { tombstone: { when: before, at: before } }`, where events carry the row as it was, `{ tombstone: { when: state } }`, where `consent.state` says who withdrew, or `on_withheld: skip`");
            return None;
        }
        Some(word) => {
            codes::unknown_word(
                findings,
                node.span,
                "on_withheld",
                word,
                ["skip"].into_iter(),
            );
            return None;
        }
        None => {}
    }
    let mapping = Mapping::open(node, &grammar::ON_WITHHELD, findings)?;
    let mut mapping = Mapping::open(mapping.node("tombstone")?, &grammar::CLEARING, findings)?;
    let when = mapping.one_of("when")?;
    if when == "state" {
        if let Some(at) = mapping.member("at") {
            mapping
                .findings
                .error(
                    codes::ON_WITHHELD,
                    at.name_span,
                    "`at` says nothing beside `when: state`",
                )
                .help("remove it: who withdrew is known from `consent.state`");
            return None;
        }
        return Some(OnWithheld::TombstoneIfWithdrawn(mapping.place("when")));
    }
    if !mapping.has("at") {
        mapping
            .findings
            .error(
                codes::MISSING_WORD,
                mapping.span,
                "`on_withheld.tombstone` lacks `at`",
            )
            .help("add `at: before`: where the row as it was stands");
    }
    let (span, text) = (mapping.place("at"), mapping.text("at")?);
    let value = paths::single(text, span, cx, mapping.findings)?;
    Some(OnWithheld::TombstoneIfBefore(Spelled { value, span }))
}

fn timestamp(node: &Node, findings: &mut Findings) -> Option<TimestampRule> {
    match node.scalar() {
        Some("keep") => return Some(TimestampRule::Keep),
        Some("now") => return Some(TimestampRule::Now),
        Some("release") => return Some(TimestampRule::Release),
        Some(word) => {
            codes::unknown_word(
                findings,
                node.span,
                "timestamp",
                word,
                ["keep", "now", "release"].into_iter(),
            );
            return None;
        }
        None => {}
    }
    let mapping = Mapping::open(node, &grammar::TIMESTAMP, findings)?;
    let mut mapping = Mapping::open(
        mapping.node("generalize")?,
        &grammar::TIMESTAMP_GENERALIZE,
        findings,
    )?;
    let text = mapping.text("time")?;
    let span: Span = mapping.place("time");
    duration::read(text, span, "time", mapping.findings).map(TimestampRule::Truncate)
}
