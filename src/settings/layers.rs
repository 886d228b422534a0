//! One source of settings as a flat list: dotted key, text, where from.

use super::keys::{KEYS, Key, PROPERTIES};
use super::{SettingsError, folder_of};
use crate::files;
use crate::language::finding::Findings;
use crate::language::written::Node;
use crate::language::{report, yaml};
use config::{FileFormat, Source as _, Value, ValueKind};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A settings file.
    File {
        /// Where it is.
        path: PathBuf,
        /// The line of each key, as far as it is known.
        lines: BTreeMap<String, usize>,
    },
    /// An environment variable.
    Environment,
    /// A flag.
    Flag(&'static str),
}

impl Source {
    /// As a message names it.
    pub(super) fn name(&self, key: &str) -> String {
        match self {
            Source::File { path, lines } => match line_of(key, lines) {
                Some(line) => format!("{}:{line}", path.display()),
                None => path.display().to_string(),
            },
            Source::Environment => {
                let name = key.to_uppercase();
                let name = match name.strip_prefix("KAFKA.PROPERTIES.") {
                    Some(rest) => format!("KAFKA__PROPERTIES__{}", rest.replace('.', "_")),
                    None => name.replace('.', "__"),
                };
                format!("environment variable VEIL__{name}")
            }
            Source::Flag(flag) => (*flag).to_owned(),
        }
    }

    /// Where its `file:` references are relative to.
    pub(super) fn folder(&self) -> PathBuf {
        match self {
            Source::File { path, .. } => folder_of(path),
            Source::Environment | Source::Flag(_) => PathBuf::new(),
        }
    }
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Text(String),
    List(Vec<String>),
    Nothing,
    Mapping,
}

/// The settings of one source.
#[derive(Clone, Debug)]
pub struct Layer {
    pub(super) source: Source,
    pub(super) entries: Vec<(String, Given)>,
}

impl Layer {
    /// One setting given by a flag.
    pub fn flag(flag: &'static str, key: &str, text: impl Into<String>) -> Layer {
        Layer {
            source: Source::Flag(flag),
            entries: vec![(alias(key.to_owned()), Given::Text(text.into()))],
        }
    }

    /// One `-X NAME=VALUE`.
    pub fn property(name: &str, text: &str) -> Layer {
        Layer::flag("-X", &format!("{PROPERTIES}.{name}"), text)
    }
}

/// Both ways to name the brokers are one setting.
fn alias(key: String) -> String {
    match key.strip_prefix(PROPERTIES) {
        Some(".bootstrap.servers" | ".metadata.broker.list") => "kafka.brokers".to_owned(),
        _ => key,
    }
}

/// Reads a settings file; its ending names the format (`.toml`, `.json`, else YAML).
pub(crate) fn from_file(path: &Path) -> Result<Layer, SettingsError> {
    let refuse = |message: String, help: &str| SettingsError {
        source_name: path.display().to_string(),
        message,
        help: help.to_owned(),
    };
    let text = files::text(path, files::TEXT_BYTES_MAX).map_err(|e| {
        refuse(
            format!("cannot read the settings: {e}"),
            "pass the right file with -c, or leave -c away for the defaults",
        )
    })?;
    let (format, word) = match path.extension().and_then(|e| e.to_str()) {
        Some("toml") => (FileFormat::Toml, "TOML"),
        Some("json") => (FileFormat::Json, "JSON"),
        _ => (FileFormat::Yaml, "YAML"),
    };
    if format == FileFormat::Yaml && text.trim().is_empty() {
        return Ok(Layer {
            source: Source::File {
                path: path.to_owned(),
                lines: BTreeMap::new(),
            },
            entries: Vec::new(),
        });
    }
    let table = config::File::from_str(&text, format)
        .collect()
        .map_err(|e| {
            refuse(
                format!("is not valid {word}{}", place(&e)),
                "see config/veil.yaml for an example",
            )
        })?;
    let mut entries = Vec::new();
    for (name, value) in table {
        flatten(name, value, &mut entries);
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let lines = match format {
        FileFormat::Toml => lines_of_toml(&text),
        // JSON is YAML.
        _ => lines_of_yaml(&text),
    };
    let path = path.to_owned();
    let source = Source::File { path, lines };
    Ok(Layer { source, entries })
}

/// The line of a key; else that of the mapping it stands in.
fn line_of(key: &str, lines: &BTreeMap<String, usize>) -> Option<usize> {
    let mut key = key;
    loop {
        if let Some(line) = lines.get(key) {
            return Some(*line);
        }
        key = key.rsplit_once('.')?.0;
    }
}

/// Where each key of a YAML text stands. What cannot be read has no line: the
/// settings' own reader has taken it.
fn lines_of_yaml(text: &str) -> BTreeMap<String, usize> {
    fn walk(node: &Node, above: &str, text: &str, lines: &mut BTreeMap<String, usize>) {
        for member in node.members().into_iter().flatten() {
            let name = format!("{above}{}", member.name);
            let line = report::line_column(text, member.name_span.start).line;
            walk(&member.value, &format!("{name}."), text, lines);
            lines.insert(alias(name), line);
        }
    }
    let mut lines = BTreeMap::new();
    if let Some(root) = yaml::read(text, &mut Findings::default()) {
        walk(&root, "", text, &mut lines);
    }
    lines
}

/// The same of a TOML text: its tables, and the keys that begin a line.
fn lines_of_toml(text: &str) -> BTreeMap<String, usize> {
    let plain = |name: &str| name.trim().replace(['"', '\''], "");
    let mut lines = BTreeMap::new();
    let mut table = String::new();
    for (line, text) in text.lines().enumerate() {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('[').and_then(|t| t.split(']').next()) {
            table = plain(name) + ".";
            lines.insert(plain(name), line + 1);
        } else if let Some((name, _)) = text.split_once('=') {
            lines.insert(alias(table.clone() + &plain(name)), line + 1);
        }
    }
    lines
}

/// Reads the variables that start with `VEIL__`.
pub(crate) fn from_environment(variables: &[(String, String)]) -> Result<Layer, SettingsError> {
    let variables: HashMap<String, String> = variables.iter().cloned().collect();
    let table = config::Environment::with_prefix("VEIL")
        .prefix_separator("__")
        .separator("__")
        .source(Some(variables))
        .collect()
        .map_err(|_| SettingsError {
            source_name: "environment".to_owned(),
            message: "a variable `VEIL__…` is not readable".to_owned(),
            help: "its value must be UTF-8".to_owned(),
        })?;
    let mut entries = Vec::new();
    for (name, value) in table {
        // Property names have dots and no underscores; variable names the reverse.
        let name = match name.strip_prefix("kafka.properties.") {
            Some(rest) => format!("{PROPERTIES}.{}", rest.replace('_', ".")),
            None => name,
        };
        flatten(name, value, &mut entries);
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Layer {
        source: Source::Environment,
        entries,
    })
}

/// Variables that are a setting but for the number of underscores: nothing would read
/// them. Only whole names count: an orchestrator sets `VEIL_…` of its own for a service
/// called so. Holds no value.
pub(crate) fn misspelt(variables: &[(String, String)]) -> Vec<SettingsError> {
    let meant = |variable: &str| {
        let name = variable.strip_prefix("VEIL_")?;
        let flat = name.to_lowercase().replace("__", "_");
        let property = "kafka_properties_";
        let is_it = |key: &&Key| key.name != PROPERTIES && key.name.replace('.', "_") == flat;
        match KEYS.iter().find(is_it) {
            Some(key) => Some(key.name.to_uppercase().replace('.', "__")),
            None => {
                let rest = flat
                    .strip_prefix(property)
                    .filter(|rest| !rest.is_empty())?;
                Some(format!("KAFKA__PROPERTIES__{}", rest.to_uppercase()))
            }
        }
    };
    let named = variables.iter().map(|(name, _)| name);
    let misspelt = named.filter(|name| !name.starts_with("VEIL__"));
    let mut errors: Vec<SettingsError> = misspelt
        .filter_map(|name| Some((name, meant(name)?)))
        .map(|(name, meant)| SettingsError {
            source_name: format!("environment variable {name}"),
            message: "is read by nobody: a setting begins with `VEIL__`, and has `__` for each dot"
                .to_owned(),
            help: format!("write `VEIL__{meant}`"),
        })
        .collect();
    errors.sort_by(|a, b| a.source_name.cmp(&b.source_name));
    errors
}

fn flatten(name: String, value: Value, into: &mut Vec<(String, Given)>) {
    let given = match value.kind {
        ValueKind::Table(members) if members.is_empty() => Given::Mapping,
        ValueKind::Table(members) => {
            for (member, value) in members {
                flatten(format!("{name}.{member}"), value, into);
            }
            return;
        }
        ValueKind::Array(items) => Given::List(
            items
                .into_iter()
                .map(|v| scalar(v.kind).unwrap_or_default())
                .collect(),
        ),
        other => scalar(other).map_or(Given::Nothing, Given::Text),
    };
    into.push((alias(name), given));
}

fn scalar(kind: ValueKind) -> Option<String> {
    match kind {
        ValueKind::Boolean(b) => Some(b.to_string()),
        ValueKind::I64(n) => Some(n.to_string()),
        ValueKind::I128(n) => Some(n.to_string()),
        ValueKind::U64(n) => Some(n.to_string()),
        ValueKind::U128(n) => Some(n.to_string()),
        ValueKind::Float(n) => Some(n.to_string()),
        ValueKind::String(text) => Some(text),
        ValueKind::Nil | ValueKind::Table(_) | ValueKind::Array(_) => None,
    }
}

/// Where a parser stopped. Its whole message is not shown: it quotes the text.
fn place(error: &config::ConfigError) -> String {
    let text = error.to_string();
    let number_after = |word: &str| {
        let rest = &text[text.find(word)? + word.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    match (number_after("line "), number_after("column ")) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        (Some(line), None) => format!(" (line {line})"),
        _ => String::new(),
    }
}
