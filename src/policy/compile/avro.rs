//! The schema that a policy names, bound to its plan: what cannot be made of it is found
//! before any record.

use std::collections::HashMap;

use super::lacking;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::{AvroSchema, Format, Plan};
use crate::policy::check::model::{AvroSource, Checked, Field};
use crate::record::path::Step;
use crate::schema::avro::derive::Unfit;
use crate::schema::avro::node::Schema;
use crate::schema::binding::{Binding, Complaint};

/// Reports why the schema of that text cannot be used under `plan`, made of `policy`;
/// what was made of it, if it can.
pub fn bind(
    plan: &Plan,
    policy: &Checked,
    (name, span, text): (&str, Span, &str),
    findings: &mut Findings,
) -> Option<Binding> {
    let writer = match Schema::parse(text) {
        Ok(writer) => writer,
        Err(bad) => {
            findings
                .error(
                    codes::SCHEMA_FILE,
                    span,
                    format!("the schema `{name}` cannot be used: {bad}"),
                )
                .label("named here")
                .help("name a schema of Apache Avro, as JSON");
            return None;
        }
    };
    match Binding::new(&writer, plan) {
        Ok(binding) => Some(binding),
        Err(complaint) => {
            complain(&complaint, policy, (name, span), findings);
            None
        }
    }
}

/// The schemas of the source, of a policy that names files.
pub(super) fn bind_source(plan: &Plan, policy: &Checked, findings: &mut Findings) {
    let texts = match &plan.source.format {
        Format::Json | Format::AvroById => return,
        Format::Avro(one) => std::slice::from_ref(one),
        Format::AvroByFingerprint(all) => &**all,
    };
    let named = policy.source.avro.iter().flat_map(AvroSource::files);
    let mut seen: HashMap<u64, (&str, Span)> = HashMap::new();
    for ((file, span), AvroSchema { text, .. }) in named.zip(texts) {
        bind(plan, policy, (file, span, text), findings);
        let Ok(writer) = Schema::parse(text) else {
            continue;
        };
        lacking::report(policy, &writer, file, findings);
        if let Some((other, first)) = seen.insert(writer.fingerprint(), (file, span)) {
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
}

fn complain(
    complaint: &Complaint,
    policy: &Checked,
    (name, span): (&str, Span),
    findings: &mut Findings,
) {
    let (topic, unfit) = match complaint {
        Complaint::Unusable(unusable) => {
            findings
                .error(
                    codes::SCHEMA_FILE,
                    span,
                    format!("the schema `{name}` cannot be used: {unusable}"),
                )
                .help("name the schema of the records themselves");
            return;
        }
        Complaint::Output { topic, unfit } => (topic, unfit),
    };
    let field = path_of(unfit).and_then(|path| field_at(policy, topic, path));
    let (at, is_field) = field.map_or((span, false), |field| (field.span, true));
    let mut note = findings.error(
        codes::SCHEMA_FILE,
        at,
        format!("under the schema `{name}`, {unfit}"),
    );
    if is_field {
        note = note.also(span, "the schema");
    }
    note.help(fix(unfit)).output(topic);
}

fn path_of(unfit: &Unfit) -> Option<&str> {
    match unfit {
        Unfit::NotTaken { path, .. }
        | Unfit::SeveralTypes { path }
        | Unfit::SameBranches { path }
        | Unfit::SameName { path }
        | Unfit::MadeName { path } => Some(path),
        Unfit::TooLarge | Unfit::NoRecord | Unfit::Unwritable => None,
    }
}

fn fix(unfit: &Unfit) -> &'static str {
    match unfit {
        Unfit::NotTaken { .. } => {
            "choose an action that takes it, `drop` the field, or write `on_error: drop_field`: where the type is another, the field is null then"
        }
        Unfit::SeveralTypes { .. } | Unfit::SameBranches { .. } => {
            "do one thing to all that stands there, or drop part of it"
        }
        Unfit::SameName { .. } => "give one of the two another name with `as`",
        Unfit::MadeName { .. } => "name the fields that leave, each by its own path",
        Unfit::TooLarge => "name fewer fields",
        Unfit::NoRecord => "name the schema of the records themselves",
        Unfit::Unwritable => "name the fields that leave one by one, or report it with the schema",
    }
}

/// The field of that output that a path of plain names leads to.
fn field_at<'p>(policy: &'p Checked, topic: &str, path: &str) -> Option<&'p Field> {
    let output = policy.outputs.iter().find(|o| o.topic.value == topic)?;
    let types = output.types.iter().flatten();
    let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
    let names = |field: &&Field| {
        let names = field.selector.steps.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::AnyName => Some("*"),
            _ => None,
        });
        names.collect::<Vec<_>>().join(".") == path
    };
    let mut all = lists.flatten();
    all.find(names)
}
