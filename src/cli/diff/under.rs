//! What a policy says, and what leaves under a schema in place of its own.

use super::super::policy::{self, NamedKeys};
use super::super::{Exit, Failure, schema};
use std::path::Path;
use veilstream::plan::PolicyDigest;
use veilstream::policy::diff::Said;

/// What the policy in that file says, with which keys its keys are; with a schema, of values
/// that are written under it in place of those that the policy names.
///
/// # Errors
/// 78 when it has an error, other than of its keys; of a schema 64 when values are JSON, 65
/// when nothing can be made of it.
pub(super) fn said(
    path: &Path,
    of: Option<&Path>,
    is_json: bool,
) -> Result<(Said, PolicyDigest), Failure> {
    let file = policy::read(path)?;
    let Some(of) = of else {
        return policy::said_of_keys(&file, is_json);
    };
    let bytes = schema::read(of)?;
    let what = || format!("`{}` cannot be held against a schema", path.display());
    let keys = NamedKeys::default();
    let Some(plan) = policy::compile_with(&file, &keys).plan else {
        policy::said_of_keys(&file, is_json)?;
        return Err(Failure::new(Exit::Config, what())
            .why("it pins a version of a key, and the keys that it is read with here have one version each")
            .help("compare without --schema"));
    };
    let format = plan.source.format.under(&of.to_string_lossy(), &bytes);
    let Some(format) = format else {
        return Err(Failure::new(Exit::Usage, what())
            .why("it reads values as JSON, or the file is no text")
            .help("leave --schema out, or write `value: avro`, `protobuf` or `json_schema` into `source`"));
    };
    let format = schema::Imports::default().followed(format, of)?;
    // What tags of the schema say of fields is known now.
    let formats = std::slice::from_ref(&format);
    let mut compiled = policy::compile_knowing(&file, &keys, formats);
    let (Some(plan), Some(said)) = (compiled.plan.take(), compiled.said.take()) else {
        return Err(policy::refuse(&file, &compiled));
    };
    let said = said.under(&plan, &format);
    let said = said.map_err(|why| schema::unusable(of, &why))?;
    Ok((said, compiled.digest))
}
