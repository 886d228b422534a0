//! The files that a schema refers to, looked for where it lies and in folders that are named.

use super::super::tables::FileTables;
use super::super::{Exit, Failure};
use super::unusable::unusable;
use std::path::{Path, PathBuf};
use veilstream::action::{TableName, TableSource};
use veilstream::plan::Format;
use veilstream::schema::refers;

/// Where the files that a schema refers to are looked for, beside its own folder.
#[derive(clap::Args, Clone, Default)]
pub struct Imports {
    /// Folders in which files that a schema imports are looked for by the names that it does so
    /// by, behind the folder of the schema itself: where the `import` of a `.proto` file, or a
    /// `$ref`, begins
    #[arg(long = "import", value_name = "DIR", num_args = 1..)]
    folders: Vec<PathBuf>,
}

impl Imports {
    /// Holds the flag against whether a schema is named by one.
    ///
    /// # Errors
    /// 64: none is, and what a policy's own schema imports stands in the policy; or a folder is
    /// none.
    pub fn beside(&self, has_schema: bool) -> Result<(), Failure> {
        if !self.folders.is_empty() && !has_schema {
            let what = "`--import` goes with `--schema` and `--key-schema`";
            return Err(Failure::new(Exit::Usage, what)
                .why("what a schema that the policy names imports stands beside it, under `imports`; that of a registry has it there")
                .help("leave `--import` out"));
        }
        match self.folders.iter().find(|folder| !folder.is_dir()) {
            Some(none) => {
                let what = format!("`{}` is no folder", none.display());
                Err(Failure::new(Exit::Usage, what)
                    .help("name the folder in which the names that a schema imports begin"))
            }
            None => Ok(()),
        }
    }

    /// The schema of the file at `path` with those that it refers to, as far as they are there:
    /// what is not, is told by whoever reads it.
    ///
    /// # Errors
    /// 65: it refers to more than 64, or to what is no text.
    pub fn followed(&self, format: Format, path: &Path) -> Result<Format, Failure> {
        // What lies in a folder, whatever the name of the file beside it.
        let inside = self.folders.iter().map(|folder| folder.join("schema"));
        let inside: Vec<_> = inside.map(|file| FileTables::beside(&file)).collect();
        let own = FileTables::beside(path);
        let find = |name: &str| {
            let name = TableName::parse(name).ok()?;
            let mut all = std::iter::once(&own).chain(&inside);
            all.find_map(|folder| folder.read(&name).ok())
        };
        let followed = refers::followed(format, Vec::new(), find);
        followed
            .map(|followed| followed.format)
            .map_err(|why| unusable(path, &why.to_string()))
    }
}
