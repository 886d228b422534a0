//! What the parts of a policy say about each other.

use std::collections::HashMap;

use super::condition::Condition;
use super::consent::fits;
use super::counting;
use super::key_fields;
use super::model::{Checked, KeyMake, Output, STATE_ALIAS};
use super::release;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::POLICY_HEADER;
use crate::plan::live::Grants;
use crate::policy::lint;
use crate::policy::selector::PlaceName;

/// Most types of record that one policy names.
pub(crate) const TYPES_MAX: usize = 1_024;

/// Checks everything that needs two parts of the policy.
pub(crate) fn check(policy: &Checked, findings: &mut Findings) {
    topics(policy, findings);
    fits::check(policy, findings);
    types(policy, findings);
    keys(policy, findings);
    subject(policy, findings);
    places(policy, findings);
    for output in &policy.outputs {
        tombstones(output, findings);
        row_as_it_was(policy, output, findings);
        record_key(policy, output, findings);
        policy_header(output, findings);
        conditions(policy, output, findings);
        release::check(policy, output, findings);
        counting::check(policy, output, findings);
    }
}

/// A record key that is read as text has no paths to ask.
fn conditions(policy: &Checked, output: &Output, findings: &mut Findings) {
    if policy.source.key_is_json {
        return;
    }
    let guards = super::values(output).into_iter();
    let cases = guards
        .filter_map(|v| v.guard.as_ref())
        .flat_map(|g| &*g.cases);
    let all = cases.chain(output.selects.iter().map(|s| &s.value));
    let tests = all.flat_map(Condition::tests);
    let paths = tests.filter(|t| matches!(t.of, PlaceName::RecordKeyPath(_)));
    let mut spans: Vec<Span> = paths.map(|t| t.span).collect();
    spans.sort_unstable();
    spans.dedup();
    for span in spans {
        no_paths(span, findings);
    }
}

/// So with what says where people are, and how old.
fn places(policy: &Checked, findings: &mut Findings) {
    let regions = policy.regions.iter().map(|r| &r.from);
    let minors = policy.minors.iter().map(|m| &m.from);
    for from in regions.chain(minors) {
        let is_path = matches!(from.value, PlaceName::RecordKeyPath(_));
        if is_path && !policy.source.key_is_json {
            no_paths(from.span, findings);
        }
    }
}

fn no_paths(span: Span, findings: &mut Findings) {
    findings
        .error(
            codes::BAD_PLACE,
            span,
            "the record key is read as text, so it has no paths",
        )
        .help("write `key: json` under `source`, or `from: record_key`");
}

fn topics(policy: &Checked, findings: &mut Findings) {
    let mut written: HashMap<&str, Span> = HashMap::new();
    for output in policy.outputs.iter().filter(|o| !o.topic.value.is_empty()) {
        let topic = &output.topic;
        if let Some(first) = written.get(topic.value.as_str()) {
            findings
                .error(
                    codes::SAME_TOPIC,
                    topic.span,
                    format!("two outputs write to `{}`", topic.value),
                )
                .label("the second one")
                .also(*first, "the first one")
                .why("a reader could not tell which purpose a record was made for")
                .help("give each output its own topic");
            continue;
        }
        written.insert(&topic.value, topic.span);
        if let Some(read) = policy.source.topics.iter().find(|t| t.value == topic.value) {
            findings
                .error(
                    codes::TOPIC_CYCLE,
                    topic.span,
                    format!("`{}` is read and written", topic.value),
                )
                .label("written here")
                .also(read.span, "read here")
                .why("every sanitized record would be read again, without end")
                .help("write to another topic");
        }
    }
    let Some(quarantine) = &policy.quarantine else {
        return;
    };
    let topic = &quarantine.topic;
    let read = policy.source.topics.iter().find(|t| t.value == topic.value);
    let other = read
        .map(|t| (t.span, "read here"))
        .or_else(|| Some((*written.get(topic.value.as_str())?, "an output writes here")));
    if let Some((span, label)) = other {
        findings
            .error(
                codes::TOPIC_CYCLE,
                topic.span,
                format!("the quarantine shares the topic `{}`", topic.value),
            )
            .also(span, label)
            .why("sealed records belong to nobody who reads the data")
            .help("give the quarantine its own topic");
    }
}

fn types(policy: &Checked, findings: &mut Findings) {
    let of_classes = policy.classes.iter().flat_map(|c| &c.types);
    let class_span = of_classes.flat_map(|(_, list)| list).map(|c| c.span).next();
    let of_outputs = policy.outputs.iter().filter_map(|o| o.types.as_ref());
    let mut all: Vec<_> = of_outputs.flatten().map(|t| (&t.pattern, t.span)).collect();
    if policy.source.types.is_empty()
        && policy.source.type_header.is_none()
        && policy.source.type_schema.is_none()
        && let Some(span) = all.first().map(|t| t.1).or(class_span)
    {
        findings
            .error(
                codes::TYPES_WITHOUT_SOURCE,
                span,
                "a type is named, but nothing says where the type of a record stands",
            )
            .help("add `type: PATH` to `source`, for example `type: [type, event]`");
    }
    all.sort();
    all.dedup_by_key(|t| t.0);
    if let Some((_, span)) = all.get(TYPES_MAX) {
        findings
            .error(
                codes::TOO_LARGE,
                *span,
                format!("more than {TYPES_MAX} types of record"),
            )
            .help("join types with `/*` or `\"*\"`");
    }
}

fn keys(policy: &Checked, findings: &mut Findings) {
    let mut used: Vec<(&str, Span)> = Vec::new();
    for output in &policy.outputs {
        for value in super::values(output) {
            used.extend(value.spec.key().map(|k| (k.alias, k.span)));
        }
        used.extend(output.counts.iter().map(|c| (&*c.key.value, c.key.span)));
    }
    if let Some(key) = policy.quarantine.as_ref().and_then(|q| q.key.as_ref()) {
        used.push((&key.value, key.span));
    }
    if let Some(key) = policy.rights.as_ref().and_then(|r| r.key.as_ref()) {
        used.push((&key.value, key.span));
    }
    if policy.outputs.iter().any(Output::uses_state) {
        let state = policy.keys.iter().find(|key| key.alias == STATE_ALIAS);
        used.extend(state.map(|key| (STATE_ALIAS, key.span)));
    }
    used.sort_by_key(|u| (u.1, u.0));
    used.dedup();
    let declared: Vec<&str> = policy.keys.iter().map(|k| k.alias.as_str()).collect();
    for (alias, span) in &used {
        if declared.contains(alias) {
            continue;
        }
        let help = codes::nearest(alias, declared.iter().copied()).map_or_else(
            || format!("add `{alias}: {{ ref: \"file:keyring.json#{alias}\" }}` under `keys:`"),
            |near| format!("did you mean `{near}`?"),
        );
        findings
            .error(
                codes::UNKNOWN_KEY,
                *span,
                format!("no key is named `{alias}`"),
            )
            .help(help);
    }
    // A use that could not be read would be missed here.
    if findings.has_errors() {
        return;
    }
    for key in &policy.keys {
        if !used.iter().any(|(alias, _)| *alias == key.alias) {
            findings
                .note(
                    codes::KEY_UNUSED,
                    key.span,
                    format!("nothing uses the key `{}`", key.alias),
                )
                .help("remove it, or use it");
        }
    }
}

/// Everywhere, inside sealed objects too: without a subject nobody could tell
/// whose value it is.
fn subject(policy: &Checked, findings: &mut Findings) {
    if !policy.source.subject.is_empty() {
        return;
    }
    let values = policy.outputs.iter().flat_map(super::values);
    // What hands everything on is bound to nothing itself.
    let own = values.filter(|v| v.spec.hands_on().is_none());
    let bound = own.filter(|v| v.spec.facts().needs_subject);
    let mut places: Vec<(Span, &str)> = bound.map(|v| (v.home, v.def.name)).collect();
    places.sort_unstable();
    places.dedup();
    for (span, action) in places {
        findings
            .error(
                codes::MISSING_WORD,
                span,
                format!("this `{action}` is bound to the subject, and no subject is named"),
            )
            .help("add `subject: PATH` to `source`");
    }
}

fn tombstones(output: &Output, findings: &mut Findings) {
    let topic = &output.topic.value;
    key_of_an_epoch(output, findings);
    key_fields::epochs(output, findings);
    if output.clears() && output.key.is_none() {
        findings
            .error(
                codes::TOMBSTONE_KEY,
                output.topic.span,
                "a tombstone in `on_withheld` needs a key",
            )
            .why("a tombstone without a key clears nothing, and a compacted topic refuses it")
            .help("add `key: { like: PATH }` or `key: { from: record_key, like: PATH }`")
            .output(topic);
    }
    let Some(span) = output.forward_tombstones else {
        return;
    };
    let is_of_key =
        |place: &PlaceName| matches!(place, PlaceName::RecordKey | PlaceName::RecordKeyPath(_));
    let from_key = output
        .key
        .as_ref()
        .is_some_and(|k| !k.from.is_empty() && k.places().all(is_of_key));
    if !from_key {
        findings
            .error(
                codes::TOMBSTONE_KEY,
                output.key.as_ref().map_or(span, |k| k.span),
                "`tombstones: forward` needs a key made from the record key",
            )
            .also(span, "forwarded here")
            .why("a tombstone has no value: its key alone says what is deleted")
            .help("write `key: { from: record_key, like: PATH }`, or `key: { fields: { PATH: ACTION } }` for a key that stays a record")
            .output(topic);
    }
    if !output.needs.is_empty() && output.on_withheld.is_none() {
        findings
            .error(
                codes::ON_WITHHELD,
                span,
                "what happens to the last permitted state when consent is gone is not said",
            )
            .also(output.needs[0].span, "gated here")
            .why(
                "in a compacted topic the last record with consent stays until something clears it",
            )
            .help("add `on_withheld: { tombstone: { when: before, at: before } }` to clear it, where events carry the row as it was, `{ tombstone: { when: state } }`, where `consent.state` says who withdrew, or `on_withheld: skip` to leave it")
            .output(topic);
    }
}

/// Each category that the output needs must be granted by the row as it was, too, and by
/// another value than it is told by now: what can only deny tells of nobody that a record
/// of theirs may have left.
fn row_as_it_was(policy: &Checked, output: &Output, findings: &mut Findings) {
    let Some(at) = output.cleared_by() else {
        return;
    };
    if policy.lacks_signals {
        return;
    }
    let state = policy.state.as_ref();
    let by_state_alone = state.is_some_and(|state| state.grants == Grants::State);
    for need in &output.needs {
        let moved = policy.signals.iter().filter(|signal| {
            let before = signal.as_it_was(&at.value);
            let moves = before.is_some_and(|before| before.path() != signal.path());
            moves && signal.speaks_for(&need.value)
        });
        let (mut is_told, mut can_be_granted) = (false, false);
        for signal in moved {
            is_told = true;
            can_be_granted |= signal.can_grant(&need.value);
        }
        let (what, why, help) = match (is_told, can_be_granted) {
            (true, true) if by_state_alone => (
                format!(
                    "the row as it was cannot grant `{}`: `grants: state` lets `consent.state` alone grant",
                    need.value
                ),
                "a tombstone would leave for people of whom no record ever left",
                "write `on_withheld: { tombstone: { when: state } }`, or `on_withheld: skip`",
            ),
            (true, true) => continue,
            (true, false) => (
                format!("the row as it was can only deny `{}`", need.value),
                "a tombstone leaves where a permitted record may have left, and a signal that grants nothing tells of none",
                "name where a signal that grants stands in the row as it was, or write `on_withheld: skip`",
            ),
            (false, _) => (
                format!(
                    "no signal of `{}` can be read of the row as it was",
                    need.value
                ),
                "`at` takes the place of as many steps at the start of a signal's path: `after.optin` is read at `before.optin`",
                "name where the row as it was stands, or write `on_withheld: skip`",
            ),
        };
        findings
            .error(codes::ON_WITHHELD, at.span, what)
            .also(need.span, "needed here")
            .why(why)
            .help(help)
            .output(&output.topic.value);
    }
}

/// A tombstone clears what was written under its own key; the key of an earlier epoch
/// is another one.
fn key_of_an_epoch(output: &Output, findings: &mut Findings) {
    let cleared_by = match (output.forward_tombstones, output.clears()) {
        (Some(_), _) => "`tombstones: forward`",
        (None, true) => "a tombstone in `on_withheld`",
        (None, false) => return,
    };
    let value = output.key_value();
    let Some((value, key)) = value.zip(output.key.as_ref()) else {
        return;
    };
    let Some(epochs) = value.spec.facts().epochs else {
        return;
    };
    findings
        .error(
            codes::KEY_OF_AN_EPOCH,
            key.span,
            format!("{cleared_by} needs a key that stays, and this one changes with every epoch (`{}`)", epochs.length),
        )
        .also(value.span, "made here")
        .why("a tombstone clears the records of its own key: those of earlier epochs would stay for ever")
        .help("make the key with `epoch: none`, in a `space` of its own")
        .output(&output.topic.value);
}

/// The header of that name is the policy's own where it is written.
fn policy_header(output: &Output, findings: &mut Findings) {
    let Some(span) = output.policy_header else {
        return;
    };
    let mut headers = output.headers.iter();
    if let Some(header) = headers.find(|h| h.name.eq_ignore_ascii_case(POLICY_HEADER)) {
        findings
            .error(
                codes::POLICY_HEADER,
                header.span,
                format!("the header `{}` is written by `policy_header`", header.name),
            )
            .also(span, "written here")
            .why("a reader could not tell the policy of this record from one that the record brought along")
            .help("remove this header, or `policy_header`")
            .output(&output.topic.value);
    }
}

fn record_key(policy: &Checked, output: &Output, findings: &mut Findings) {
    let Some(key) = &output.key else { return };
    if let (KeyMake::Fields(_), false) = (&key.make, policy.source.key_is_json) {
        findings
            .error(
                codes::BAD_PLACE,
                key.span,
                "the record key is read as text, so it has no members",
            )
            .help("write `source: { key: json }`, or `avro`, `protobuf` or `json_schema` where a registry has its schema")
            .output(&output.topic.value);
        return;
    }
    let mut paths = key.from.iter();
    let path = paths.find(|from| matches!(from.value, PlaceName::RecordKeyPath(_)));
    if let (Some(from), false) = (path, policy.source.key_is_json) {
        no_paths(from.span, findings);
    }
    let KeyMake::Like(like) = &key.make else {
        return;
    };
    let paths: Vec<_> = output
        .fields
        .iter()
        .flat_map(|f| f.writes.iter().map(move |w| (f, w, f.output_path(w))))
        .collect();
    let Some((field, write, _)) = paths.iter().find(|(_, _, p)| *p == like.value) else {
        let known: Vec<String> = paths.iter().map(|(_, _, p)| p.to_string()).collect();
        let wanted = like.value.to_string();
        let by_type = output.types.iter().flatten().flat_map(|t| &t.fields);
        let help = if by_type
            .flat_map(|f| f.writes.iter().map(move |w| f.output_path(w)))
            .any(|p| p == like.value)
        {
            "it stands under `types` only: the key of every record needs a field of `fields`"
                .to_owned()
        } else {
            codes::nearest(&wanted, known.iter().map(String::as_str)).map_or_else(
                || format!("fields here: {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            )
        };
        findings
            .error(
                codes::LIKE_TARGET,
                like.span,
                format!("`{wanted}` is no output path of `fields`"),
            )
            .help(help)
            .output(&output.topic.value);
        return;
    };
    let (parts, places) = (write.value.parts().map_or(1, <[_]>::len), key.from.len());
    let complaint = if write.value.spec.facts().drops {
        Some((
            "is dropped".to_owned(),
            "choose a field that leaves".to_owned(),
        ))
    } else if write.value.guard.is_some() {
        Some((
            "is made in one of several ways (`when`)".to_owned(),
            "give the key an action of its own: `key: { from: …, ACTION }`".to_owned(),
        ))
    } else if write.value.body.is_some() {
        Some((
            "is made of several values".to_owned(),
            "choose a field that is made of one".to_owned(),
        ))
    } else if parts > 1 && parts != places {
        let siblings = lint::inputs(&field.selector, &write.value);
        let siblings: Vec<String> = siblings
            .iter()
            .map(|path| format!("value.{path}"))
            .collect();
        Some((
            format!("is made of {parts} values"),
            format!(
                "name as many places, in their order: `{{ from: [{}], like: {} }}`",
                siblings.join(", "),
                like.value
            ),
        ))
    } else if parts == 1 && places > 1 {
        Some((
            format!("is made of one value, and `from` names {places} places"),
            "name one place; or give the key an action of its own: `key: { from: […], ACTION }`"
                .to_owned(),
        ))
    } else if places == 0 && !field.selector.is_single() {
        Some((
            "can stand for several values".to_owned(),
            "say where the key comes from: `{ from: record_key, like: … }`".to_owned(),
        ))
    } else {
        None
    };
    if let Some((what, help)) = complaint {
        findings
            .error(
                codes::LIKE_TARGET,
                like.span,
                format!("`{}` {what}", like.value),
            )
            .also(field.span, "this field")
            .help(help)
            .output(&output.topic.value);
    }
}
