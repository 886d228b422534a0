//! Record keys of a format that has schemas: what stands in their way.

use super::model::{SchemaOf, SchemaSource, Spelled};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::plan::SchemaIds;

/// Reports record keys of a format that has schemas where no registry is asked for those, or
/// where they are not read in that frame.
pub(super) fn check(
    key: &Spelled<SchemaOf>,
    source: Option<&SchemaSource>,
    findings: &mut Findings,
) {
    let (of, span) = (key.value, key.span);
    let word = of.word();
    if of == SchemaOf::Protobuf && cfg!(not(feature = "protobuf")) {
        findings
            .error(
                codes::NOT_IN_THIS_VERSION,
                span,
                "`key: protobuf` is not in this build",
            )
            .help("use a build with the feature `protobuf`");
        return;
    }
    let Some(source) = source.filter(|source| source.is_by_id()) else {
        let what = format!(
            "`key: {word}` where values do not name their schemas by id is not in this version"
        );
        let why = format!(
            "a key in {} is read under the schema that it names, which a registry has",
            of.title()
        );
        findings
            .error(codes::NOT_IN_THIS_VERSION, span, what)
            .why(why)
            .help("write `value: avro`, `protobuf` or `json_schema` without files, where a registry has the schemas of both; or `key: json`, or `key: text`");
        return;
    };
    if source.ids == SchemaIds::Apicurio && of == SchemaOf::Protobuf {
        findings
            .error(
                codes::NOT_IN_THIS_VERSION,
                span,
                "`key: protobuf` beside `framing: apicurio` is not in this version",
            )
            .also(source.value, "read with ids of Apicurio")
            .why("its serializers write a message of their own between the id and the key")
            .help("have producers write Confluent's frame (`framing: confluent`), which Apicurio has too");
    }
}
