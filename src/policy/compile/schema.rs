//! The schema that a policy names, bound to its plan: what cannot be made of it is found
//! before any record.

use std::collections::HashMap;

use super::lacking;
use crate::action::{Spec, Type};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::{Format, Plan};
use crate::policy::check::model::{Checked, Field};
use crate::record::path::Step;
use crate::record::types::NotTaken;
use crate::schema::avro;
use crate::schema::binding::{Binding, Complaint};
use crate::schema::frame::Part;
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf;
use crate::schema::refers;
use crate::schema::writer::Writer;

/// Reports why the schema of that name cannot be used for that part of records under `plan`,
/// made of `policy`; it and what was made of it, if it can.
pub fn bind(
    (plan, part): (&Plan, Part),
    policy: &Checked,
    (name, span, format): (&str, Span, &Format),
    findings: &mut Findings,
) -> Option<(Writer, Option<Binding>)> {
    let writer = match Writer::of(format)? {
        Ok(writer) => writer,
        Err(bad) => {
            let help = match format {
                Format::Protobuf(_) | Format::ProtobufById(_) if part == Part::Key => {
                    "name a `.proto` file of which the key is the only message, beside those inside it"
                }
                Format::Protobuf(_) | Format::ProtobufById(_) => {
                    "name a `.proto` file, and the files that it imports by `imports` (of `--schema` they are looked for beside it, and below `--import DIR`), or a set of descriptors that has all of them"
                }
                Format::JsonSchema(_) | Format::JsonSchemaById => {
                    "name a schema of JSON Schema, drafts 4 to 2020-12"
                }
                _ if refers::lacking(format).is_empty() => "name a schema of Apache Avro, as JSON",
                _ if policy.source.schema.as_ref().is_none_or(|s| s.is_by_id()) => {
                    "declare the type in the schema, where it is first named; a registry knows it by the schema's references: `--registry`"
                }
                _ => {
                    "declare the type in the schema, where it is first named, or name the file that declares it under `imports`"
                }
            };
            findings
                .error(
                    codes::SCHEMA_FILE,
                    span,
                    format!("the schema `{name}` cannot be used: {bad}"),
                )
                .label("named here")
                .help(help);
            return None;
        }
    };
    let bound = match part {
        Part::Value => writer.bind(plan),
        Part::Key => writer.bind_keys(plan),
    };
    let binding = match bound {
        Ok(binding) => Some(binding),
        Err(complaint) => {
            complain(&complaint, (policy, part), (name, span), findings);
            None
        }
    };
    Some((writer, binding))
}

/// The schemas of the source, of a policy that names files.
pub(super) fn bind_source(plan: &Plan, policy: &Checked, findings: &mut Findings) {
    let Some(source) = &policy.source.schema else {
        return;
    };
    let formats = match &plan.source.format {
        Format::AvroByFingerprint(all) => all.iter().cloned().map(Format::Avro).collect(),
        one => vec![one.clone()],
    };
    let mut seen: HashMap<u64, (&str, Span)> = HashMap::new();
    let (mut writers, mut bindings) = (Vec::new(), Vec::new());
    for (named, format) in source.files.iter().zip(&formats) {
        let (file, span) = (&*named.value, named.span);
        let said = (file, span, format);
        let Some((writer, binding)) = bind((plan, Part::Value), policy, said, findings) else {
            continue;
        };
        bindings.extend(binding);
        let other = match &writer {
            Writer::Avro(writer) => seen.insert(writer.fingerprint(), (file, span)),
            Writer::Json(_) => None,
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(_) => None,
        };
        writers.push((file, writer));
        if let Some((other, first)) = other {
            findings
                .error(
                    codes::SCHEMA_FILE,
                    span,
                    format!("`{file}` has the fingerprint of `{other}`"),
                )
                .also(first, "the first")
                .why("records that name it would be of both: the two differ in nothing that stands in a record")
                .help("name one of them");
        }
    }
    lacking::report(policy, &writers, findings);
    // Under another schema the former name may be the name.
    if let [binding] = &bindings[..] {
        let file = source.files.first();
        let file = file.map_or("", |file| &*file.value);
        shadowed((policy, Part::Value), (file, binding), findings);
    }
}

/// Reports the fields that the policy names by two names, and alike.
pub fn shadowed(
    (policy, part): (&Checked, Part),
    (name, binding): (&str, &Binding),
    findings: &mut Findings,
) {
    for of in binding.shadowed() {
        let (path, former) = (of.path(), of.former_path());
        let outputs = policy.outputs.iter();
        let mut named = outputs.filter_map(|output| {
            let field = field_at(policy, (&output.topic.value, part), &former)?;
            let is_it = field.selector.to_string().ends_with(&*of.former);
            is_it.then_some((output, field))
        });
        let Some((output, field)) = named.next() else {
            continue;
        };
        findings
            .warning(
                codes::SCHEMA_LACKS,
                field.span,
                format!("`{former}` does nothing under the schema `{name}`: it is a former name of `{path}`, which is named too"),
            )
            .why("a field is looked up by its name, and by former ones only where the policy does not name that")
            .help(format!("leave `{former}` out, if no older schema is read under this policy"))
            .output(&output.topic.value)
            .field(former.clone());
    }
}

fn complain(
    complaint: &Complaint,
    (policy, part): (&Checked, Part),
    (name, span): (&str, Span),
    findings: &mut Findings,
) {
    let Unfit {
        topic,
        path,
        why,
        fix,
    } = match complaint {
        Complaint::Output { topic, unfit } => of_avro(topic, unfit),
        Complaint::Key { topic } => Unfit {
            topic,
            path: None,
            why: "each field of `key` may be null, and a record needs a key".to_owned(),
            fix: "name a member of the key that is never null",
        },
        Complaint::EmptyKey { topic } => Unfit {
            topic,
            path: None,
            why: "nothing that `key` names is there, and a record needs a key".to_owned(),
            fix: "name a member of the key that the schema has",
        },
        Complaint::Json { topic, unfit } => of_json(topic, unfit),
        #[cfg(feature = "protobuf")]
        Complaint::Protobuf { topic, unfit } => of_protobuf(topic, unfit),
        Complaint::Shadowed {
            topic,
            path,
            former,
        } => {
            let at = |path| {
                let topic = topic.as_deref()?;
                field_at(policy, (topic, part), path).map(|field| field.span)
            };
            let mut note = findings.error(
                codes::SCHEMA_FILE,
                at(former).unwrap_or(span),
                format!("under the schema `{name}`, {complaint}"),
            );
            if let Some(named) = at(path) {
                note = note.also(named, "the name that it has now");
            }
            note = note
                .why("the name holds, and what is said of the former one would do nothing: what it protects would leave as the other line says")
                .help(format!("name it `{path}` alone, which is found by its former name too where that is `aliases` of the schema, or say the same of both (`(a|b)`)"));
            if let Some(topic) = topic {
                note.output(topic);
            }
            return;
        }
        unusable => {
            findings
                .error(
                    codes::SCHEMA_FILE,
                    span,
                    format!("the schema `{name}` cannot be used: {unusable}"),
                )
                .help("name the schema of the records themselves");
            return;
        }
    };
    let field = path.and_then(|path| field_at(policy, (topic, part), path));
    let fix = match (complaint.is_of_a_number(), field) {
        (true, Some(field)) if wants_unit(field) => UNIT,
        _ => fix,
    };
    let output = policy.outputs.iter().find(|o| o.topic.value == topic);
    let key = output.and_then(|o| o.key.as_ref());
    let key = key.filter(|_| part == Part::Key).map(|key| key.span);
    let own = field.map(|field| field.span).or(key);
    let (at, is_field) = own.map_or((span, false), |at| (at, true));
    let mut note = findings.error(
        codes::SCHEMA_FILE,
        at,
        format!("under the schema `{name}`, {why}"),
    );
    if is_field {
        note = note.also(span, "the schema");
    }
    note.help(fix).output(topic);
}

/// Why an output can make no schema.
struct Unfit<'c> {
    topic: &'c str,
    path: Option<&'c str>,
    why: String,
    fix: &'static str,
}

const OTHER_ACTION: &str = "choose an action that takes it, `drop` the field, or write `on_error: drop_field`: where the type is another, the field is null then";
const OF_THE_TYPE: &str = "write numbers that the type has: for an integer ones without a fraction, for a decimal none of more digits behind the point, and `bottom` within what it can hold";
const UNIT: &str = "where the number counts since 1970, say in what: `unit: ms` beside the step (or `s`, `us`, `ns`, `d`); the schema does not say that it is a time";
const ONE_TYPE: &str = "do one thing to all that stands there, or drop part of it";
const OTHER_NAME: &str = "give one of the two another name with `as`";
const FEWER: &str = "name fewer fields";
const ONE_BY_ONE: &str = "name the fields that leave one by one, or report it with the schema";

/// What to do where an action takes no value of the type.
const fn other_action(why: NotTaken) -> &'static str {
    match why {
        NotTaken::Type => OTHER_ACTION,
        NotTaken::Numbers => OF_THE_TYPE,
        NotTaken::Unit => "leave `unit` out: the schema says which it is",
    }
}

fn of_avro<'c>(topic: &'c str, unfit: &'c avro::derive::Unfit) -> Unfit<'c> {
    use avro::derive::Unfit as Why;
    let (path, fix) = match unfit {
        Why::NotTaken { path, why, .. } => (Some(&**path), other_action(*why)),
        Why::SeveralTypes { path } | Why::SameBranches { path } => (Some(&**path), ONE_TYPE),
        Why::SameName { path } => (Some(&**path), OTHER_NAME),
        Why::MadeName { path } => (
            Some(&**path),
            "name the fields that leave, each by its own path",
        ),
        Why::TooLarge => (None, FEWER),
        Why::NoRecord => (None, "name the schema of the records themselves"),
        Why::Unwritable => (None, ONE_BY_ONE),
    };
    Unfit {
        topic,
        path,
        why: unfit.to_string(),
        fix,
    }
}

fn of_json<'c>(topic: &'c str, unfit: &'c jsonschema::derive::Unfit) -> Unfit<'c> {
    use jsonschema::derive::Unfit as Why;
    let (path, fix) = match unfit {
        Why::NotTaken { path, .. } => (
            Some(&**path),
            "choose an action that takes it, or `drop` the field",
        ),
        Why::NoObject => (None, "name the schema of the records themselves"),
        Why::TooLarge => (None, FEWER),
        Why::TooLong => (None, "name fewer fields, or shorten their `description`"),
    };
    Unfit {
        topic,
        path,
        why: unfit.to_string(),
        fix,
    }
}

#[cfg(feature = "protobuf")]
fn of_protobuf<'c>(topic: &'c str, unfit: &'c protobuf::derive::Unfit) -> Unfit<'c> {
    use protobuf::derive::Unfit as Why;
    let (path, fix) = match unfit {
        Why::NotTaken { path, why, .. } => (Some(&**path), other_action(*why)),
        Why::SeveralTypes { path } => (Some(&**path), ONE_TYPE),
        Why::Gaps { path } => (Some(&**path), "write `gaps: remove` at the list"),
        Why::TwoWays { path } => (
            Some(&**path),
            "name it in one way in all outputs, with `.value` or without",
        ),
        Why::Null { path } => (Some(&**path), "drop the field"),
        Why::KeyName { path } => (
            Some(&**path),
            "take the map whole (`subtree`), or its values without other names",
        ),
        Why::SameName { path } | Why::SameNumber { path } => (Some(&**path), OTHER_NAME),
        Why::TooLarge => (None, FEWER),
        Why::Unwritable(_) => (None, ONE_BY_ONE),
    };
    Unfit {
        topic,
        path,
        why: unfit.to_string(),
        fix,
    }
}

/// True of one with an action that takes times, and numbers where `unit` says what they
/// count.
fn wants_unit(field: &Field) -> bool {
    let takes = |spec: &dyn Spec, ty| spec.gives(ty).is_some();
    let is_of_times = |spec: &dyn Spec| {
        let is_number = takes(spec, Type::Integer) || takes(spec, Type::Number);
        takes(spec, Type::Timestamp) && takes(spec, Type::Text) && !is_number
    };
    let mut writes = field.writes.iter();
    writes.any(|write| is_of_times(&*write.value.spec))
}

/// The field of that output that a path of names leads to; else the first that lies in it.
fn field_at<'p>(policy: &'p Checked, (topic, part): (&str, Part), path: &str) -> Option<&'p Field> {
    let output = policy.outputs.iter().find(|o| o.topic.value == topic)?;
    let types = output.types.iter().flatten();
    let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
    let lists: Vec<&[Field]> = match part {
        Part::Value => lists.map(Vec::as_slice).collect(),
        Part::Key => vec![output.key_fields()],
    };
    let names = |field: &Field| {
        let names = field.selector.steps.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::AnyName => Some("*"),
            _ => None,
        });
        names.collect::<Vec<_>>().join(".")
    };
    let path = &*path.replace("[*]", "");
    let lies_in = |field: &Field| {
        let names = names(field);
        let rest = names.strip_prefix(path.strip_suffix(".*").unwrap_or(path));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let all = || lists.iter().copied().flatten();
    let own = all().find(|field| names(field) == path);
    own.or_else(|| all().find(|field| lies_in(field)))
}
