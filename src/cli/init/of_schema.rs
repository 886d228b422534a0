//! The draft for records of a schema.

mod files;

use super::super::{Outcome, schema, screen};
use super::{Exit, new_file, table};
use files::Files;
use std::path::{Path, PathBuf};
use veilstream::draft::{Named, SchemaFiles, of_schema};
use veilstream::plan::Format;
use veilstream::schema::writer::Writer;

/// What is meant of a schema.
#[derive(clap::Args)]
pub struct Schema {
    /// Which message of it values are, where it has several
    #[arg(long, value_name = "NAME", requires = "from_schema")]
    message: Option<String>,
    /// Files that it refers to, beside the policy or below: such as are not found by the name
    /// that they are imported by, but by their `$id`; of Avro, by the name of the type
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "from_schema")]
    import: Vec<PathBuf>,
}

impl Schema {
    /// Drafts a policy for records of the schema in that file.
    ///
    /// # Errors
    /// 64 when a file does not lie where a policy finds it, 65 when the schema cannot be
    /// used or refers to what is not there, 73 when the draft cannot be made.
    pub fn draft(
        &self,
        file: &Path,
        name: Option<&str>,
        output: Option<&Path>,
        quiet: bool,
    ) -> Outcome {
        let bytes = schema::read(file)?;
        let files = Files::beside(file, output);
        let main = files.name(file)?;
        let format = Format::of_file(&main, &bytes, self.message.as_deref());
        let format = format.ok_or_else(|| schema::unusable(file, "it is not UTF-8 text"))?;
        let (format, imports) = files.followed(format, &self.import)?;
        let parsed = Writer::of(&format).expect("it is of a file");
        let parsed = parsed.map_err(|bad| schema::unusable(file, &bad))?;
        let stem = file.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem.split('.').next().unwrap_or_default();
        let named = Named::after(name.unwrap_or(stem));
        let of = SchemaFiles {
            file: &main,
            imports: &imports,
        };
        let draft = of_schema(&parsed, &of, &named)
            .ok_or_else(|| schema::unusable(file, "it has no fields that a policy can name"))?;
        match output {
            None => screen::put(draft.text.as_bytes())?,
            Some(path) => new_file::create(path, &draft.text)?,
        }
        if !quiet {
            let more = match draft.unlisted {
                0 => String::new(),
                more => format!("; {more} more are not listed"),
            };
            let keys = draft.keys.join(" ");
            let policy = output.unwrap_or(Path::new("policy.yaml"));
            let keyring = table::keyring(output);
            let (policy, schema) = (policy.display(), file.display());
            screen::tell(&format!(
                "of {} field(s) {} leave, the others are left out{more}\n\n\
                 next:\n  veil keys new --keyring {keyring} {keys}\n  \
                 veil check {policy} --schema {schema} --show-derived\n",
                draft.listed, draft.leave
            ));
        }
        Ok(Exit::Ok)
    }
}
