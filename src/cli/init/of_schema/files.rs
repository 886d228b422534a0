//! The files of a schema, as a policy beside them names them.

use super::super::super::tables::FileTables;
use super::super::super::{Exit, Failure, schema};
use std::path::{Path, PathBuf};
use veilstream::action::{TableName, TableSource};
use veilstream::plan::Format;
use veilstream::schema::refers;

/// The files in the folder where a policy will lie, and below it.
pub(super) struct Files<'f> {
    /// The schema of the records.
    main: &'f Path,
    folder: PathBuf,
    /// The policy's folder is that of the schema, as nobody says another one.
    is_of_the_schema: bool,
    beside: FileTables,
}

impl<'f> Files<'f> {
    /// Those beside a policy that is written to `output`; else beside the schema.
    pub(super) fn beside(main: &'f Path, output: Option<&Path>) -> Files<'f> {
        let policy = output.unwrap_or(main);
        let folder = policy.parent().filter(|f| !f.as_os_str().is_empty());
        Files {
            main,
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            is_of_the_schema: output.is_none(),
            beside: FileTables::beside(policy),
        }
    }

    /// The path of a file as the policy names it: from its own folder.
    ///
    /// # Errors
    /// 64: it does not lie there or below, and a policy names no other files.
    pub(super) fn name(&self, file: &Path) -> Result<String, Failure> {
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let bare = file.file_name().unwrap_or_default();
        if self.is_of_the_schema && file == self.main {
            return Ok(bare.to_string_lossy().into_owned());
        }
        match whole(file).strip_prefix(whole(&self.folder)) {
            Ok(inside) => Ok(inside.to_string_lossy().into_owned()),
            Err(_) => {
                let what = format!(
                    "the schema `{}` does not lie in the folder of the policy, or below it",
                    file.display()
                );
                let there = self.folder.join(bare);
                let flag = match file == self.main {
                    true => "--from-schema",
                    false => "--import",
                };
                let help = format!(
                    "cp {} {}; then name that one: {flag} {}",
                    file.display(),
                    there.display(),
                    there.display()
                );
                Err(Failure::new(Exit::Usage, what)
                    .why("a policy names files beside itself only, so that both go together")
                    .help(help))
            }
        }
    }

    /// The schema with `given` and all that it refers to, looked for by the names that it
    /// does so by; and the names of these files.
    ///
    /// # Errors
    /// 64 as [`Self::name`], 65 when something that it refers to is not there, 66 when a file
    /// that was named is not.
    pub(super) fn followed(
        &self,
        mut format: Format,
        given: &[PathBuf],
    ) -> Result<(Format, Vec<String>), Failure> {
        let mut names: Vec<String> = Vec::new();
        for file in given {
            let (name, bytes) = (self.name(file)?, schema::read(file)?);
            format = refers::with(format, &name, &bytes).ok_or_else(|| {
                schema::unusable(
                    file,
                    "it is no text, or schemas of that format refer to no others",
                )
            })?;
            names.push(name);
        }
        let find = |name: &str| self.beside.read(&TableName::parse(name).ok()?).ok();
        let followed = refers::followed(format, names, find)
            .map_err(|why| schema::unusable(self.main, &why.to_string()))?;
        match &followed.nowhere[..] {
            [] => Ok((followed.format, followed.files)),
            all => Err(self.lacks(&followed.format, all)),
        }
    }

    fn lacks(&self, format: &Format, all: &[String]) -> Failure {
        const MOST: usize = 3;
        let each = all.iter().take(MOST).map(|one| format!("`{one}`"));
        let each: Vec<String> = each.collect();
        let more = match all.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!(
            "the schema `{}` refers to {}{more}, which is nowhere",
            self.main.display(),
            each.join(", ")
        );
        let folder = self.folder.display();
        let help = match (format, all) {
            (Format::Avro(_), [name, ..]) => {
                let files = refers::files_of(format, name).into_iter().take(MOST);
                let files: Vec<String> = files.map(|file| format!("`{file}`")).collect();
                format!(
                    "declare the type where it is first named, or put the file that does into `{folder}`, where the policy will lie: it is looked for in {}; one of another name: --import FILE",
                    files.join(", ")
                )
            }
            _ => format!(
                "correct the reference, or put the file into `{folder}`, where the policy will lie, or below, by the name that it is referred to by; one of another name that has that one as its `$id`: --import FILE"
            ),
        };
        Failure::new(Exit::DataErr, what)
            .why("what stands behind a reference that is not followed is not known, and would be left out unseen; nothing is fetched")
            .help(help)
    }
}
