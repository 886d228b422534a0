//! `veil schema`: the policy language for editors and other tools, and the schemas of what
//! leaves.

mod imports;
mod unusable;

use super::{Exit, Failure, Outcome, policy, screen};
pub use imports::Imports;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
pub use unusable::unusable;
use veilstream::files;
use veilstream::keys::TestKeys;
use veilstream::language::finding::{Findings, Severity};
use veilstream::plan::{Format, Plan};
use veilstream::policy::diff::Said;
use veilstream::policy::{
    UnderSchema, under_format, under_key_format, under_key_schema, under_schema,
};
use veilstream::schema::frame::Part;
use veilstream::schema::registry::Kind;

/// Print the JSON Schema of the policy language, or derive schemas of what leaves
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  veil schema > veil-policy.v1.json
  veil schema derive -p policy.yaml --schema clicks.avsc

In the first line of a policy, for editors with a YAML language server:
  # yaml-language-server: $schema=veil-policy.v1.json"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    Derive(Derive),
}

/// Derive the schemas of what leaves from the schema of the writer
///
/// The same policy and the same schema give the same text, which is what the records
/// are written under. No keyring is opened.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil schema derive -p policy.yaml --schema clicks.avsc > clean.avsc
  veil schema derive -p policy.yaml --schema clicks.avsc --out schemas/
  veil schema derive -p policy.yaml --schema proto/order.proto --import proto
  veil schema derive -p policy.yaml --out schemas/
  veil schema derive -p policy.yaml --key-schema key.avsc --out schemas/

Exits 65 when the policy can make nothing of the schema: `veil check POLICY
--schema FILE` says where.")]
struct Derive {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    /// The schema that values are written under, or several [default: the files that the
    /// policy names]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    schema: Vec<PathBuf>,
    /// The schema that record keys are written under, where keys leave as records
    #[arg(long, value_name = "FILE")]
    key_schema: Option<PathBuf>,
    #[command(flatten)]
    imports: Imports,
    /// Write that of each output to `DIR/<topic>.avsc`, `.proto` or `.json`; of several schemas
    /// of writers to `DIR/<topic>.<schema>.avsc`; that of its keys to `DIR/<topic>-key.avsc`,
    /// `.proto` or `.json`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if let Some(Command::Derive(derive)) = self.command {
            return derive.run();
        }
        let schema = veilstream::policy::schema::json_schema();
        let text = serde_json::to_string_pretty(&schema).expect("a JSON value is JSON");
        screen::put(format!("{text}\n").as_bytes())?;
        Ok(Exit::Ok)
    }
}

impl Derive {
    fn run(self) -> Outcome {
        let file = policy::read(&self.policy)?;
        let compiled = policy::compile_with(&file, &TestKeys);
        let (Some(plan), Some(said)) = (&compiled.plan, &compiled.said) else {
            return Err(policy::refuse(&file, &compiled));
        };
        let mut read = Read::of(&self.schema, self.key_schema.as_deref(), &self.imports)?;
        if self.schema.is_empty() && self.key_schema.is_none() {
            read.own(plan);
        }
        let mut findings = Findings::default();
        let Some(made) = read.under(said, plan, &mut findings)? else {
            let mut errors = findings.list().iter();
            let said = errors.find(|f| f.severity == Severity::Error);
            return Err(match said {
                Some(finding) => {
                    let failure = Failure::new(Exit::DataErr, finding.message.as_str());
                    failure.help(finding.help.as_str())
                }
                None => Failure::new(Exit::DataErr, "the policy names no schema")
                    .help("name the one that values are written under: --schema FILE"),
            });
        };
        let several = "several schemas leave: one for each output and each schema of the writers, and one for keys that are records";
        match (&self.out, &made.0[..]) {
            (Some(folder), _) => made.write(folder, &plan.source.format)?,
            (None, [(_, one)]) => match &one.derived[..] {
                [only] => screen::put(format!("{}\n", only.text.trim_end()).as_bytes())?,
                _ => return Err(Failure::new(Exit::Usage, several).help(FOLDER)),
            },
            (None, _) => return Err(Failure::new(Exit::Usage, several).help(FOLDER)),
        }
        Ok(Exit::Ok)
    }
}

const FOLDER: &str = "name a folder for them: `--out DIR`";

/// The schemas that a policy is held against.
pub struct Read {
    values: Vec<(String, Of)>,
    keys: Option<(PathBuf, Vec<u8>)>,
    imports: Imports,
}

/// A schema of values.
enum Of {
    /// What stands in a file.
    File(PathBuf, Vec<u8>),
    /// One of the policy's own.
    Own(Format),
}

impl Read {
    /// Reads the files of values, and that of record keys.
    ///
    /// # Errors
    /// When one cannot be read; 64 as [`Imports::beside`].
    pub fn of(values: &[PathBuf], keys: Option<&Path>, imports: &Imports) -> Result<Read, Failure> {
        imports.beside(!values.is_empty() || keys.is_some())?;
        let keys = keys.map(|path| Ok((path.to_owned(), read(path)?)));
        let values = values.iter().map(|path| {
            let of = Of::File(path.clone(), read(path)?);
            Ok((path.display().to_string(), of))
        });
        Ok(Read {
            values: values.collect::<Result<_, Failure>>()?,
            keys: keys.transpose()?,
            imports: imports.clone(),
        })
    }

    /// Takes the files that the policy itself names.
    fn own(&mut self, plan: &Plan) {
        let own = match &plan.source.format {
            Format::AvroByFingerprint(all) => all.iter().cloned().map(Format::Avro).collect(),
            one => vec![one.clone()],
        };
        self.values = own
            .into_iter()
            .filter_map(|format| {
                let name = match &format {
                    Format::Avro(said) => said.file.clone(),
                    Format::JsonSchema(said) => said.file.clone(),
                    Format::Protobuf(said) => said.files.first()?.0.clone(),
                    _ => return None,
                };
                Some((name, Of::Own(format)))
            })
            .collect();
    }

    /// Those of values, as the policy reads values, with what they import.
    ///
    /// # Errors
    /// As [`Imports::followed`].
    pub fn formats(&self, plan: &Plan) -> Result<Vec<Format>, Failure> {
        let each = self.values.iter().filter_map(|(_, of)| match of {
            Of::File(path, bytes) => self.read_as(&plan.source.format, path, bytes),
            Of::Own(format) => Some(Ok(format.clone())),
        });
        each.collect()
    }

    /// One in the place of that, with what it imports; `None`: it is no text, or there are
    /// none in the place of that.
    fn read_as(
        &self,
        format: &Format,
        path: &Path,
        bytes: &[u8],
    ) -> Option<Result<Format, Failure>> {
        let format = format.under(&path.to_string_lossy(), bytes)?;
        Some(self.imports.followed(format, path))
    }

    /// What the policy makes of them; `None`: of one it can make nothing, or there is none.
    ///
    /// # Errors
    /// As [`Imports::followed`].
    pub fn under(
        &self,
        said: &Said,
        plan: &Plan,
        findings: &mut Findings,
    ) -> Result<Option<Made>, Failure> {
        let mut made = Vec::new();
        for (name, of) in &self.values {
            let one = match of {
                Of::File(path, bytes) => match self.read_as(&plan.source.format, path, bytes) {
                    Some(format) => under_format(said, plan, (name, &format?), findings),
                    None => under_schema(said, plan, (name, bytes), findings),
                },
                Of::Own(format) => under_format(said, plan, (name, format), findings),
            };
            match one {
                Some(one) => made.push((name.clone(), one)),
                None => return Ok(None),
            }
        }
        if let Some((path, bytes)) = &self.keys {
            let name = path.display().to_string();
            let of_keys = plan.source.key_format.as_ref();
            let format = of_keys.and_then(|format| self.read_as(format, path, bytes));
            let one = match format {
                Some(format) => under_key_format(said, plan, (&name, &format?), findings),
                None => under_key_schema(said, plan, (&name, bytes), findings),
            };
            match one {
                Some(one) => made.push((name, one)),
                None => return Ok(None),
            }
        }
        Ok((!made.is_empty()).then_some(Made(made)))
    }
}

/// What a policy makes of schemas, each with its name.
pub struct Made(Vec<(String, UnderSchema)>);

impl Made {
    /// All of it in one.
    pub fn whole(self) -> UnderSchema {
        let mut whole = UnderSchema::default();
        for (_, one) in self.0 {
            whole.unnamed.extend(one.unnamed);
            whole.derived.extend(one.derived);
        }
        whole
    }

    /// A file for each; of several schemas of writers each says which it is of.
    fn write(&self, folder: &Path, format: &Format) -> Result<(), Failure> {
        let of_values = |(_, made): &&(String, UnderSchema)| {
            made.derived
                .iter()
                .any(|derived| derived.part == Part::Value)
        };
        let tells_apart = self.0.iter().filter(of_values).count() > 1
            || matches!(format, Format::AvroByFingerprint(all) if all.len() > 1);
        let mut files: BTreeMap<String, &str> = BTreeMap::new();
        for (name, made) in &self.0 {
            for derived in &made.derived {
                let topic = &derived.topic;
                let extension = match derived.kind {
                    Kind::Avro => "avsc",
                    Kind::Protobuf => "proto",
                    Kind::Json => "json",
                };
                let file = match derived.part {
                    Part::Key => format!("{topic}-key.{extension}"),
                    Part::Value if tells_apart => format!("{topic}.{}.{extension}", stem(name)),
                    Part::Value => format!("{topic}.{extension}"),
                };
                if files.insert(file.clone(), &derived.text).is_some() {
                    let what = format!("two schemas would be written to `{file}`");
                    return Err(Failure::new(Exit::Usage, what)
                        .help("derive each into a folder of its own, or rename one of the files"));
                }
            }
        }
        std::fs::create_dir_all(folder).map_err(|e| Failure::not_created(folder, &e))?;
        for (file, text) in files {
            let path = folder.join(file);
            std::fs::write(&path, format!("{}\n", text.trim_end()))
                .map_err(|e| Failure::not_created(&path, &e))?;
        }
        Ok(())
    }
}

/// The name of a file, without its folder and what stands behind its dot.
fn stem(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

/// The bytes of a schema.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::bytes(path, files::TEXT_BYTES_MAX)
        .map_err(|e| Failure::unreadable("the schema", path, &e))
}
