//! What leaves under the schemas of a policy's source, place by place.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Format, Plan};
use crate::schema::listed::Place;
pub use crate::schema::listed::{RECORD, WHOLE};
use crate::schema::writer::Writer;

/// What can stand at a place: a type for each schema that has another one.
pub type Types = BTreeSet<String>;

/// Those types in words.
pub fn in_words(types: &Types) -> String {
    types.iter().cloned().collect::<Vec<_>>().join(", or ")
}

/// The schemas of a source that are known, and what leaves under them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// What the files hold, in their order.
    pub files: Vec<Box<[u8]>>,
    /// By topic of an output each place of what leaves, and what can stand there.
    pub places: BTreeMap<String, BTreeMap<String, Types>>,
    /// The same of those whose types have names: how they are called. No value shows it, and
    /// readers know types by it.
    pub called: BTreeMap<String, BTreeMap<String, Types>>,
}

impl Leaving {
    /// Of a plan; nothing of one whose values are JSON or have no parts, or name their schemas.
    pub fn of(plan: &Plan) -> Leaving {
        let formats = match &plan.source.format {
            Format::Json
            | Format::Bare(_)
            | Format::AvroById
            | Format::ProtobufById(_)
            | Format::JsonSchemaById => Vec::new(),
            Format::AvroByFingerprint(all) => all.iter().cloned().map(Format::Avro).collect(),
            one @ (Format::Avro(_) | Format::Protobuf(_) | Format::JsonSchema(_)) => {
                vec![one.clone()]
            }
        };
        let mut leaving = Leaving::default();
        for format in formats {
            // What is wrong with one of the policy's own was said when it was read.
            let _ = leaving.add(plan, &format);
        }
        leaving
    }

    /// The same where values are written under that schema, in place of the plan's own.
    ///
    /// # Errors
    /// Why it can make nothing of it: names of the schema, no data.
    pub fn under(plan: &Plan, format: &Format) -> Result<Leaving, String> {
        let mut leaving = Leaving::default();
        leaving.add(plan, format)?;
        Ok(leaving)
    }

    fn add(&mut self, plan: &Plan, format: &Format) -> Result<(), String> {
        match format {
            Format::Avro(said) => {
                let others = said.others.iter().map(|(_, text)| text);
                let all = std::iter::once(&said.text).chain(others);
                self.files.extend(all.map(|text| text.as_bytes().into()));
            }
            Format::Protobuf(said) => {
                let files = said.files.iter().map(|(_, bytes)| (&**bytes).into());
                self.files.extend(files);
            }
            Format::JsonSchema(said) => {
                let others = said.others.iter().map(|(_, text)| text);
                let all = std::iter::once(&said.text).chain(others);
                self.files.extend(all.map(|text| text.as_bytes().into()));
            }
            _ => {}
        }
        let Some(writer) = Writer::of(format) else {
            return Ok(());
        };
        let binding = writer?.bind(plan).map_err(|why| why.to_string())?;
        for (n, output) in plan.outputs.iter().enumerate() {
            let topic = output.topic.to_string();
            let names = self.called.entry(topic.clone()).or_default();
            let places = self.places.entry(topic).or_default();
            for Place { path, said, called } in binding.listed(n) {
                if let Some(called) = called {
                    names.entry(path.clone()).or_default().insert(called);
                }
                places.entry(path).or_default().insert(said);
            }
        }
        Ok(())
    }
}
