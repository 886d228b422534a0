//! `veil schema`: the policy language for editors and other tools, and the schemas of what
//! leaves.

use super::{Exit, Failure, Outcome, policy, screen};
use std::path::{Path, PathBuf};
use veilstream::files;
use veilstream::keys::TestKeys;
use veilstream::language::finding::Findings;
use veilstream::plan::Format;
use veilstream::policy::{UnderSchema, under_schema};

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

Exits 65 when the policy can make nothing of the schema: `veil check POLICY
--schema FILE` says where.")]
struct Derive {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    /// The schema that values are written under
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// Write that of each output to `DIR/<topic>.avsc`, `.proto` or `.json`
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
        let bytes = read(&self.schema)?;
        let name = self.schema.display().to_string();
        let mut findings = Findings::default();
        let Some(made) = under_schema(said, plan, (&name, &bytes), &mut findings) else {
            let why = findings.list().first().map(|f| f.message.clone());
            return Err(unusable(&self.schema, why.as_deref().unwrap_or_default()));
        };
        match &self.out {
            Some(folder) => write(folder, &made, &plan.source.format)?,
            None => match &made.derived[..] {
                [(_, schema)] => screen::put(format!("{}\n", schema.trim_end()).as_bytes())?,
                several => {
                    let failure = Failure::new(
                        Exit::Usage,
                        format!(
                            "the policy has {} outputs, each with its own schema",
                            several.len()
                        ),
                    );
                    return Err(failure.help("name a folder for them: `--out DIR`"));
                }
            },
        }
        Ok(Exit::Ok)
    }
}

fn write(folder: &Path, made: &UnderSchema, format: &Format) -> Result<(), Failure> {
    let extension = match format {
        Format::Protobuf(_) | Format::ProtobufById(_) => "proto",
        Format::JsonSchema(_) | Format::JsonSchemaById => "json",
        _ => "avsc",
    };
    std::fs::create_dir_all(folder).map_err(|e| Failure::not_created(folder, &e))?;
    for (topic, schema) in &made.derived {
        let path = folder.join(format!("{topic}.{extension}"));
        std::fs::write(&path, format!("{}\n", schema.trim_end()))
            .map_err(|e| Failure::not_created(&path, &e))?;
    }
    Ok(())
}

/// The bytes of a schema.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::bytes(path, files::TEXT_BYTES_MAX)
        .map_err(|e| Failure::unreadable("the schema", path, &e))
}

/// A schema that the policy can make nothing of.
pub fn unusable(path: &Path, why: &str) -> Failure {
    let failure = Failure::new(
        Exit::DataErr,
        format!("the schema `{}` cannot be used", path.display()),
    );
    failure.why(why)
}
