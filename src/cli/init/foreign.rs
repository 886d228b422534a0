//! From the rules of another tool to a draft of a policy.

use crate::cli::{Exit, Failure, clock, screen};
use std::path::{Path, PathBuf};
use veilstream::draft::Named;
use veilstream::files;
use veilstream::import::{Beside, Foreign, Imported, NotRead, Refused, SALT, import};
use veilstream::sample::Profile;

/// Longest configuration that is read.
const BYTES_MAX: u64 = 1 << 20;

/// Where the rules stand.
#[derive(clap::Args)]
pub struct Rules {
    /// Rules to take over: the configuration of Snowplow's PII enrichment
    #[arg(long, value_name = "FILE", group = "source")]
    from_snowplow_pii: Option<PathBuf>,
    /// Rules to take over: a de-identification template of Google's DLP, JSON
    #[arg(long, value_name = "FILE", group = "source")]
    from_dlp: Option<PathBuf>,
    /// Rules to take over: a Kafka Connect connector (transforms, Debezium's columns),
    /// JSON or properties
    #[arg(long, value_name = "FILE", group = "source")]
    from_connect: Option<PathBuf>,
    /// Rules to take over: the masking of Kafka UI, YAML
    #[arg(long, value_name = "FILE", group = "source")]
    from_kafka_ui: Option<PathBuf>,
    /// Keep the codes of Snowplow's enrichment, for a year
    #[arg(long)]
    compat: bool,
}

impl Rules {
    /// The tool and the file, if rules are to be taken over.
    pub fn named(&self) -> Option<(Foreign, &Path)> {
        [
            (Foreign::SnowplowPii, &self.from_snowplow_pii),
            (Foreign::Dlp, &self.from_dlp),
            (Foreign::Connect, &self.from_connect),
            (Foreign::KafkaUi, &self.from_kafka_ui),
        ]
        .into_iter()
        .find_map(|(foreign, file)| Some((foreign, file.as_deref()?)))
    }

    /// The draft.
    ///
    /// # Errors
    /// 66 when the file is missing, 65 when it is no such configuration.
    pub fn import(
        &self,
        foreign: Foreign,
        file: &Path,
        name: Option<&str>,
        sample: Option<&Profile>,
    ) -> Result<Imported, Failure> {
        if self.compat && foreign != Foreign::SnowplowPii {
            return Err(
                Failure::new(Exit::Usage, "`--compat` goes with `--from-snowplow-pii`")
                    .why("of no other tool this version can make the codes"),
            );
        }
        let text = read(file)?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let named = Named::after(name.unwrap_or(&stem));
        let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let until = today.saturating_add(jiff::Span::new().years(1));
        let beside = Beside {
            named: &named,
            sample,
            compat: self.compat,
            until: &until.to_string(),
        };
        import(foreign, &text, &beside).map_err(|e| {
            if let NotRead::Nothing(_, refused) = &e {
                left_out(refused, file);
            }
            Failure::new(Exit::DataErr, format!("{}: {e}", file.display()))
                .help("`veil init --help` lists the tools whose rules can be taken over")
        })
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let bytes =
        files::bytes(file, BYTES_MAX).map_err(|e| Failure::unreadable("the rules", file, &e))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(
            Exit::DataErr,
            format!("`{}` is not UTF-8 text", file.display()),
        )
    })
}

fn left_out(refused: &[Refused], file: &Path) {
    for one in refused {
        screen::tell_folded(&format!(
            "{}:{}: {}: {}\n",
            file.display(),
            one.line,
            one.what,
            one.why
        ));
    }
    if !refused.is_empty() {
        screen::tell(&format!("{} left out: no equal\n", refused.len()));
    }
}

/// Tells what has no equal, and what to do next.
pub fn tell(made: &Imported, file: &Path, output: Option<&Path>) {
    left_out(&made.refused, file);
    let policy = output.map_or_else(|| "policy.yaml".to_owned(), |p| p.display().to_string());
    // A salt is no key, and is made of what is there already.
    let (salts, keys): (Vec<&str>, Vec<&str>) = made.keys.iter().partition(|key| **key == SALT);
    let of_salts = salts.iter().map(|name| format!("--salt-file SALT {name}"));
    let commands: Vec<String> = of_salts
        .chain([keys.join(" ")])
        .map(|names| format!("veil keys new --keyring keyring.json {names}"))
        .chain([format!("veil check {policy}")])
        .collect();
    screen::tell(&format!("next: {}\n", commands.join("\n      ")));
    if !salts.is_empty() {
        screen::tell_folded("SALT is a file that holds the salt of the enrichment\n");
    }
}
