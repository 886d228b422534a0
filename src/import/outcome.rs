//! Whose rules are taken over, what goes with them and what comes of it.

use crate::draft::Named;
use crate::sample::Profile;

/// Whose rules they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// The configuration of Snowplow's PII pseudonymization enrichment, JSON.
    SnowplowPii,
    /// A de-identification template of Google's Sensitive Data Protection (DLP), JSON.
    Dlp,
    /// A Kafka Connect connector, JSON or properties: its transforms and Debezium's
    /// column options.
    Connect,
    /// The `masking` rules of Kafka UI, YAML.
    KafkaUi,
}

impl Foreign {
    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Foreign::SnowplowPii => "Snowplow's PII enrichment",
            Foreign::Dlp => "a DLP template",
            Foreign::Connect => "a Kafka Connect connector",
            Foreign::KafkaUi => "Kafka UI's masking rules",
        }
    }
}

/// The key of a draft that is none: an entry of the salt that the codes of another tool
/// are made with.
pub const SALT: &str = "salt";

/// What goes with the rules.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// How the policy is called.
    pub named: &'a Named,
    /// Events that the rules are for: patterns of names are looked up in it, and what
    /// the rules do not name is listed.
    pub sample: Option<&'a Profile>,
    /// Keep the codes of that tool where that can be.
    pub compat: bool,
    /// Until when, a day: `2027-11-29`.
    pub until: &'a str,
}

/// A policy made from foreign rules.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The policy.
    pub text: String,
    /// Keys that it names, quarantine last.
    pub keys: Vec<&'static str>,
    /// What has no equal, in the order of the configuration.
    pub refused: Vec<Refused>,
}

/// A rule, or a part of one, that has no equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Line of the configuration.
    pub line: usize,
    /// The rule: names of the configuration, none of its values.
    pub what: String,
    /// Why, and what can be done.
    pub why: String,
}

/// The configuration cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// Not JSON, YAML or properties.
    #[error("line {line}: {what}")]
    Text {
        /// Where.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// It is of another tool, or of none.
    #[error("this is not {0}: {1}")]
    Other(&'static str, &'static str),
    /// Nothing in it has an equal.
    #[error("no rule of {0} could be taken over")]
    Nothing(&'static str, Vec<Refused>),
}
