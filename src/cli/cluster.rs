//! Which cluster a command works on: the flags that several share.

use super::{Exit, Failure};
use std::path::PathBuf;
use veilstream::settings::{Layer, Settings, SettingsError, Surroundings};

/// Flags of every command that works on a cluster.
#[derive(clap::Args, Clone, Debug)]
pub struct ClusterFlags {
    /// The settings: YAML, TOML or JSON
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set a librdkafka property; a secret one takes file:PATH only
    #[arg(short = 'X', value_name = "NAME=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
}

/// A flag of a command that overrides a setting: flag, key, value.
pub type Named<'a> = (&'static str, &'static str, &'a Option<String>);

fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        // The text is not repeated: it could be a secret.
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

impl ClusterFlags {
    /// The settings in force, with the command's own flags last.
    ///
    /// # Errors
    /// 78: every mistake in them was printed.
    pub fn settings(&self, named: &[Named<'_>]) -> Result<Settings, Failure> {
        self.read(named).map_err(|errors| failure(&errors))
    }

    /// The same, for a command that talks to no cluster: where it is need not be
    /// said.
    ///
    /// # Errors
    /// As [`ClusterFlags::settings`].
    pub fn settings_beside(&self, named: &[Named<'_>]) -> Result<Settings, Failure> {
        let mut flags = self.clone();
        let anywhere = ("bootstrap.servers".to_owned(), "(any)".to_owned());
        flags.properties.push(anywhere);
        flags.settings(named)
    }

    /// The same, for a command that tells the mistakes in its own way.
    ///
    /// # Errors
    /// Every mistake in them.
    pub fn read(&self, named: &[Named<'_>]) -> Result<Settings, Vec<SettingsError>> {
        let mut flags: Vec<Layer> = self
            .properties
            .iter()
            .map(|(name, value)| Layer::property(name, value))
            .collect();
        for (flag, key, value) in named {
            flags.extend(value.as_ref().map(|v| Layer::flag(flag, key, v)));
        }
        let surroundings = Surroundings::of_this_process();
        Settings::load(self.config.as_deref(), flags, &surroundings)
    }
}

/// Says each mistake; the code to end with.
pub fn failure(errors: &[SettingsError]) -> Failure {
    for error in errors {
        let mut failure = Failure::new(Exit::Config, error.to_string());
        if !error.help.is_empty() {
            failure = failure.help(&error.help);
        }
        failure.print();
    }
    Failure::said(Exit::Config)
}
