//! A policy held against the newest schemas of a registry, before it runs.

use std::sync::Arc;

use veilstream::language::finding::Findings;
use veilstream::plan::{AvroSchema, Format, JsonSchema, Plan, ProtobufSchema};
use veilstream::policy::diff::Said;
use veilstream::policy::{UnderSchema, held_back, under_format, under_key_format};
use veilstream::schema::avro::node::Schema;
use veilstream::schema::frame::Part;
use veilstream::schema::registry::{
    Access, Client, Kind, Named, NotAsked, Text, is_registered, kind_of, may_follow, newest,
};
use veilstream::schema::writer::Writer;

use super::{Exit, Failure};

/// The newest schemas of the topics that a policy reads.
pub struct Newest {
    client: Client,
    /// Subjects of topics that have none.
    pub missing: Vec<String>,
    /// Subjects of keys whose schemas have several messages: which of them a key is only it
    /// says, and what would become of it is not known.
    pub undecided: Vec<String>,
    /// Each with what it is of, and what it is called.
    found: Vec<(Part, String, Format)>,
}

impl Newest {
    /// Asks for them.
    ///
    /// # Errors
    /// 64: the address is none; 69: the registry does not answer as one; 66: no topic has a
    /// schema there.
    pub fn at(url: &str, plan: &Plan) -> Result<Newest, Failure> {
        let access = Access {
            urls: vec![url.to_owned()],
            ..Access::default()
        };
        if !(url.starts_with("http://") || url.starts_with("https://")) || url.contains('@') {
            let failure = Failure::new(Exit::Usage, "`--registry` takes an address");
            return Err(failure.help("veil check POLICY --registry https://registry.example:8081"));
        }
        let newest = Newest::of(&access, plan)?;
        match newest.found.iter().any(|(part, ..)| *part == Part::Value) {
            true => Ok(newest),
            false => Err(
                Failure::new(Exit::NoInput, "the registry has no schema of what is read")
                    .why("it is looked for under the name of the topic and `-value`"),
            ),
        }
    }

    /// The same of a registry as the settings name it; it may have none.
    ///
    /// # Errors
    /// 69: the registry does not answer as one; 65: the newest schema of a topic cannot be
    /// used.
    pub fn of(access: &Access, plan: &Plan) -> Result<Newest, Failure> {
        let mut client = Client::new(access).map_err(|e| unusable(e.to_string()))?;
        let (mut found, mut missing, mut undecided) = (Vec::new(), Vec::new(), Vec::new());
        let keys = plan.source.key_format.as_ref().map(|own| (Part::Key, own));
        for (part, own) in [(Part::Value, &plan.source.format)].into_iter().chain(keys) {
            for topic in &plan.source.topics {
                let subject = format!("{topic}-{}", part.as_str());
                let text = match newest(&mut client, &subject) {
                    Ok(None) => {
                        missing.push(subject);
                        continue;
                    }
                    Ok(Some(text)) => text,
                    Err(NotAsked::Unusable(why)) => {
                        let what = format!("the newest schema of `{subject}` cannot be used");
                        return Err(Failure::new(Exit::DataErr, what).why(why));
                    }
                    Err(NotAsked::Trouble(trouble)) => return Err(unusable(trouble.to_string())),
                };
                let format = whole(&text, own, &subject)?;
                if part == Part::Key && Writer::is_undecided(&format) {
                    undecided.push(subject);
                    continue;
                }
                found.push((part, format!("newest of {subject}"), format));
            }
        }
        Ok(Newest {
            client,
            missing,
            undecided,
            found,
        })
    }

    /// Those of values.
    pub fn values(&self) -> Vec<Format> {
        let of_values = self.found.iter().filter(|(part, ..)| *part == Part::Value);
        of_values.map(|(_, _, format)| format.clone()).collect()
    }

    /// Adds what they say against the policy, and whether what leaves may follow what stands
    /// in the registry.
    ///
    /// # Errors
    /// 69: the registry does not answer as one.
    pub fn held_against(
        &mut self,
        plan: &Plan,
        said: &Said,
        findings: &mut Findings,
    ) -> Result<UnderSchema, Failure> {
        let mut all = UnderSchema::default();
        for (part, name, format) in &self.found {
            let schema = (&**name, format);
            let made = match part {
                Part::Key => under_key_format(said, plan, schema, findings),
                Part::Value => under_format(said, plan, schema, findings),
            };
            let Some(made) = made else { continue };
            for derived in &made.derived {
                let topic = &derived.topic;
                let subject = match &derived.subject {
                    Ok(subject) => subject,
                    Err(why) => {
                        held_back(said, topic, why.clone(), findings);
                        continue;
                    }
                };
                let (kind, text) = (derived.kind, &derived.text);
                let follows = may_follow(&mut self.client, subject, kind, text);
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
        Ok(all)
    }

    /// What each of them is called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.found.iter().map(|(_, name, _)| &**name)
    }

    /// Subjects of which what leaves is no version yet.
    ///
    /// # Errors
    /// 69: the registry does not answer as one.
    pub fn unregistered(&mut self, made: &UnderSchema) -> Result<Vec<String>, Failure> {
        let mut missing = Vec::new();
        for derived in &made.derived {
            let Ok(subject) = &derived.subject else {
                continue;
            };
            let (kind, text) = (derived.kind, &derived.text);
            let is_there = is_registered(&mut self.client, subject, kind, text);
            if !is_there.map_err(|e| unusable(e.to_string()))? {
                missing.push(subject.to_string());
            }
        }
        Ok(missing)
    }
}

fn unusable(why: String) -> Failure {
    Failure::new(Exit::Unavailable, "the registry").why(why)
}

/// The schema as a format, with all that it refers to. `own`: how the policy reads what is
/// under it.
fn whole(text: &Text, own: &Format, subject: &str) -> Result<Format, Failure> {
    let unusable = |why: String| {
        let what = format!("the newest schema of `{subject}` cannot be used");
        Failure::new(Exit::DataErr, what).why(why)
    };
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
        others: Vec::new(),
    }))
}
