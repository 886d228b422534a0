//! A writer's schema to a policy draft: what a field is by its tags, its type and its name.

mod avro;
mod jsonschema;
mod kind;
mod listing;
#[cfg(feature = "protobuf")]
mod protobuf;

use std::fmt::Write as _;

use super::named::Named;
use super::yaml;
use crate::document::visible;
use crate::schema::writer::Writer;
use listing::{Listed, Listing};

/// A draft for records of a schema.
pub struct SchemaDraft {
    /// The policy.
    pub text: String,
    /// Fields that are listed.
    pub listed: usize,
    /// Those of them that leave.
    pub leave: usize,
    /// Fields beyond what a person can read.
    pub unlisted: usize,
    /// Keys that the policy names, quarantine last.
    pub keys: Vec<&'static str>,
}

/// The files of a schema, by their names beside the policy.
pub struct SchemaFiles<'f> {
    /// That of the records.
    pub file: &'f str,
    /// Those that it refers to.
    pub imports: &'f [String],
}

/// The draft for records of that schema, which lies in those files beside the policy. Every
/// field is listed; what neither its type nor its name makes safe is commented out. `None`:
/// it has no fields.
pub fn of_schema(schema: &Writer, files: &SchemaFiles<'_>, named: &Named) -> Option<SchemaDraft> {
    let mut listing = Listing::default();
    match schema {
        Writer::Avro(schema) => avro::list(schema, &mut listing),
        Writer::Json(schema) => jsonschema::list(schema, &mut listing),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(schema) => protobuf::list(schema, &mut listing),
    }
    let Listing {
        mut fields,
        unlisted,
        ..
    } = listing;
    if !fields.iter().any(|field| field.leaves) {
        // An output without a field is no output: that there was one may be told.
        let first = fields.iter_mut().find(|field| !field.is_of_a_map)?;
        first.leaves = true;
        first.action = "{ replace: { with: present } }".to_owned();
        first.why = "nothing here is known to be safe: it says that this one was there";
    }
    let mut keys = Vec::new();
    if fields
        .iter()
        .any(|f| f.leaves && f.action.contains("key: people"))
    {
        keys.push("people");
    }
    keys.push("quarantine");
    Some(SchemaDraft {
        text: text(&fields, unlisted, (source(schema, files), named), &keys),
        listed: fields.len(),
        leave: fields.iter().filter(|field| field.leaves).count(),
        unlisted,
        keys,
    })
}

/// What the policy says of how values are written.
fn source(schema: &Writer, SchemaFiles { file, imports }: &SchemaFiles<'_>) -> [String; 2] {
    let file = yaml::quoted(file);
    let (value, schema) = match schema {
        Writer::Avro(_) => ("avro", format!("file: {file}")),
        Writer::Json(_) => ("json_schema", format!("file: {file}")),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(schema) => {
            let name = yaml::quoted(&schema.message(schema.root()).name);
            ("protobuf", format!("file: {file}, message: {name}"))
        }
    };
    let imports: Vec<String> = imports.iter().map(|name| yaml::quoted(name)).collect();
    let imports = match &imports[..] {
        [] => String::new(),
        names => format!(", imports: [{}]", names.join(", ")),
    };
    [
        format!("  value: {value}"),
        format!("  schema: {{ {schema}{imports} }}   # beside this policy"),
    ]
}

fn text(
    fields: &[Listed],
    unlisted: usize,
    (source, named): ([String; 2], &Named),
    keys: &[&'static str],
) -> String {
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").expect("a text takes all");
    line("# A draft, made from a schema. What it proposes was guessed from tags, types and names:");
    line("# a person must read it. What is commented out does not leave, and what stands nowhere");
    line("# here does not either. FILL IN marks what nobody can guess.");
    line("apiVersion: veil/v1");
    line("kind: Policy");
    line("metadata:");
    line(&format!("  name: {}", yaml::scalar(&named.policy)));
    line("  version: 1");
    line("  owner: nobody yet          # FILL IN: who answers for this policy");
    line("source:");
    line(&format!(
        "  topic: {}   # FILL IN: the topic that is read",
        yaml::scalar(&format!("{}.raw", named.policy))
    ));
    source.iter().for_each(|said| line(said));
    line("keys:                         # references; `veil keys new` makes the keys");
    for key in keys {
        line(&format!("  {key}: {{ ref: \"file:keyring.json#{key}\" }}"));
    }
    line("classes:                      # what each field is; lets nothing out");
    line("  fields:");
    for field in fields.iter().filter(|field| !field.is_of_a_map) {
        let category = field.judged.category;
        if field.leaves || category.is_some() {
            let sign = if field.leaves { "" } else { "# " };
            let class = category.unwrap_or("none");
            line(&format!("    {sign}{}: {class}", field.written));
        }
    }
    line("# Where events carry consent:");
    line("# consent: { signals: [{ from: value, path: PATH }] }   # and `needs_consent:` below");
    line("outputs:");
    line(&format!(
        "  - topic: {}   # FILL IN: the topic that is written",
        yaml::scalar(&format!("{}.clean", named.policy))
    ));
    line("    purpose: analytics.reporting   # FILL IN: what the data is for");
    line("    domain: analytics              # FILL IN: who can join with whom");
    line("    fields:   # the allowlist: a line without # leaves");
    for field in fields {
        let tags = match field.tags.is_empty() {
            true => String::new(),
            false => format!(", tagged {}", one_line(&field.tags.join(", "))),
        };
        line(&format!("      # {}{tags}: {}", field.ty, field.why));
        let sign = if field.leaves { "" } else { "# " };
        line(&format!("      {sign}{}: {}", field.written, field.action));
    }
    if unlisted > 0 {
        line(&format!(
            "      # and {unlisted} more that are not listed here: they do not leave"
        ));
    }
    line(&format!(
        "quarantine: {{ topic: {}, key: quarantine, retention: 7d }}   # refused records, sealed",
        yaml::scalar(&format!("{}.quarantine", named.policy))
    ));
    out
}

/// A tag, fit for a comment.
fn one_line(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    visible(&short, true).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_schema_says_stands_in_one_line_and_is_seen() {
        let shown = one_line("a\nb\u{202e}c\u{200b}d\u{2028}");
        assert_eq!(shown, r"a\u{a}b\u{202e}c\u{200b}d\u{2028}");
    }
}
