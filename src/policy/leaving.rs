//! What leaves under the schemas of a policy's source, place by place.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Format, Plan};
use crate::schema::writer::Writer;

/// The schemas of a source that names files, and what leaves under them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// What the files hold, in their order.
    pub files: Vec<Box<[u8]>>,
    /// By topic of an output each place of what leaves, and what can stand there: a type
    /// for each schema that has another one.
    pub places: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
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
            match &format {
                Format::Avro(said) => leaving.files.push(said.text.as_bytes().into()),
                Format::Protobuf(said) => {
                    let files = said.files.iter().map(|(_, bytes)| (&**bytes).into());
                    leaving.files.extend(files);
                }
                Format::JsonSchema(said) => {
                    let others = said.others.iter().map(|(_, text)| text);
                    let all = std::iter::once(&said.text).chain(others);
                    leaving.files.extend(all.map(|text| text.as_bytes().into()));
                }
                _ => {}
            }
            let writer = Writer::of(&format).and_then(Result::ok);
            let Some(binding) = writer.and_then(|writer| writer.bind(plan).ok()) else {
                continue;
            };
            for (n, output) in plan.outputs.iter().enumerate() {
                let places = leaving.places.entry(output.topic.to_string()).or_default();
                for (path, said) in binding.listed(n) {
                    places.entry(path).or_default().insert(said);
                }
            }
        }
        leaving
    }
}
