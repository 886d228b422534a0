//! A policy held against the newest schemas of a registry, before it runs.

use std::sync::Arc;

use veilstream::language::finding::Findings;
use veilstream::plan::{AvroSchema, Format, JsonSchema, Plan, ProtobufSchema};
use veilstream::policy::diff::Said;
use veilstream::policy::{UnderSchema, held_back, under_format};
use veilstream::schema::avro::node::Schema;
use veilstream::schema::registry::{
    Access, Client, Kind, Named, NotAsked, Text, kind_of, may_follow, newest,
};

use super::{Exit, Failure};

/// Adds what the newest schema of each topic that is read says against the policy, and
/// whether what leaves may follow what stands in the registry.
///
/// # Errors
/// 64: the address is none; 69: the registry does not answer as one; 66: no topic has a
/// schema there.
pub fn held_against(
    url: &str,
    plan: &Plan,
    said: &Said,
    findings: &mut Findings,
) -> Result<UnderSchema, Failure> {
    let access = Access {
        urls: vec![url.to_owned()],
        ..Access::default()
    };
    if !(url.starts_with("http://") || url.starts_with("https://")) || url.contains('@') {
        let failure = Failure::new(Exit::Usage, "`--registry` takes an address");
        return Err(failure.help("veil check POLICY --registry https://registry.example:8081"));
    }
    let unusable = |why: String| Failure::new(Exit::Unavailable, "the registry").why(why);
    let mut client = Client::new(&access).map_err(|e| unusable(e.to_string()))?;
    let mut all = UnderSchema::default();
    let mut found = false;
    for topic in &plan.source.topics {
        let subject = format!("{topic}-value");
        let text = match newest(&mut client, &subject) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(NotAsked::Unusable(why)) => {
                let what = format!("the newest schema of `{subject}` cannot be used");
                return Err(Failure::new(Exit::DataErr, what).why(why));
            }
            Err(NotAsked::Trouble(trouble)) => return Err(unusable(trouble.to_string())),
        };
        found = true;
        let name = format!("newest of {subject}");
        let format = whole(&text, plan, &subject)?;
        let Some(made) = under_format(said, plan, (&name, &format), findings) else {
            continue;
        };
        for ((topic, derived), subject) in made.derived.iter().zip(&made.subjects) {
            let subject = match subject {
                Ok(subject) => subject,
                Err(why) => {
                    held_back(said, topic, why.clone(), findings);
                    continue;
                }
            };
            let follows = may_follow(&mut client, subject, kind_of(&format), derived);
            if !follows.map_err(|e| unusable(e.to_string()))? {
                let what = format!(
                    "what leaves under the schema `{name}` may not follow what stands under `{subject}`"
                );
                held_back(said, topic, what, findings);
            }
        }
        all.unnamed.extend(made.unnamed);
        all.derived.extend(made.derived);
    }
    all.unnamed.sort();
    all.unnamed.dedup();
    match found {
        true => Ok(all),
        false => Err(
            Failure::new(Exit::NoInput, "the registry has no schema of what is read")
                .why("it is looked for under the name of the topic and `-value`"),
        ),
    }
}

/// The schema as a format, with all that it refers to.
fn whole(text: &Text, plan: &Plan, subject: &str) -> Result<Format, Failure> {
    let unusable = |why: String| {
        let what = format!("the newest schema of `{subject}` cannot be used");
        Failure::new(Exit::DataErr, what).why(why)
    };
    let own = &plan.source.format;
    let wanted = kind_of(own);
    if text.kind != wanted {
        let (kind, wanted) = (text.kind.as_str(), wanted.as_str());
        return Err(unusable(format!("it is {kind} and not {wanted}")));
    }
    if wanted == Kind::Protobuf {
        let named = |named: &Named| (named.name.to_string(), named.text.as_bytes().into());
        let first = ("the schema".to_owned(), text.text.as_bytes().into());
        let message = match own {
            Format::Protobuf(said) => said.message.clone(),
            Format::ProtobufById(message) => message.as_deref().map(str::to_owned),
            _ => None,
        };
        return Ok(Format::Protobuf(ProtobufSchema {
            files: [first]
                .into_iter()
                .chain(text.references.iter().map(named))
                .collect(),
            message,
        }));
    }
    if wanted == Kind::Json {
        let named = |named: &Named| (named.name.to_string(), Arc::from(&*named.text));
        return Ok(Format::JsonSchema(JsonSchema {
            file: subject.to_owned(),
            text: Arc::from(&*text.text),
            others: text.references.iter().map(named).collect(),
        }));
    }
    // What it refers to stands in its text then.
    let others = text.references.iter().map(|named| &*named.text);
    let schema = Schema::parse_referring(others, &text.text);
    let schema = schema.map_err(|bad| unusable(bad.to_string()))?;
    Ok(Format::Avro(AvroSchema {
        file: subject.to_owned(),
        text: schema.print().into(),
    }))
}
