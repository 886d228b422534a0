//! Properties of the client library: passed through verbatim, except those the
//! pipeline's promises rest on.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files;

/// Where a property was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line, which every process of the machine can read.
    Flag,
    /// In the settings file or the environment.
    Settings,
}

/// Why a property is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PropertyError {
    /// Where is the cluster?
    #[error("no broker is named: set `bootstrap.servers` (`-X bootstrap.servers=HOST:PORT`)")]
    NoBroker,
    /// `-X` without `=`.
    #[error("expected `-X name=value`, found no `=`")]
    NoValue,
    /// The pipeline sets it.
    #[error("`{name}` cannot be changed: {why}")]
    Pinned {
        /// The property.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// A secret on the command line.
    #[error("`{name}` is a secret: write `-X {name}=file:PATH`, not the value")]
    SecretOnCommandLine {
        /// The property.
        name: String,
    },
    /// The file of a secret cannot be read.
    #[error("`{name}`: cannot read `{path}`: {cause}")]
    Unreadable {
        /// The property.
        name: String,
        /// The file.
        path: String,
        /// The system's words.
        cause: String,
    },
    /// A number was expected.
    #[error("`{name}` must be a whole number of milliseconds")]
    NotANumber {
        /// The property.
        name: String,
    },
    /// Two timeouts that do not go together.
    #[error("{0}")]
    Relation(String),
    /// The client library does not know it, or not with this value.
    #[error("`{name}`: {cause}")]
    Refused {
        /// The property.
        name: String,
        /// What the library says; for secrets only that it refused.
        cause: String,
    },
}

/// Properties that hold the promises, and what is promised by them. A value
/// equal to ours may be repeated.
const PINNED: &[(&str, &str, &str)] = &[
    (
        "isolation.level",
        "read_committed",
        "aborted records must never be read",
    ),
    (
        "enable.auto.commit",
        "false",
        "offsets are committed only with the transaction",
    ),
    (
        "enable.auto.offset.store",
        "false",
        "offsets are committed only with the transaction",
    ),
    (
        "enable.idempotence",
        "true",
        "exactly once and the order of records rest on it",
    ),
    ("acks", "all", "exactly once rests on it"),
    ("request.required.acks", "all", "exactly once rests on it"),
    (
        "auto.offset.reset",
        "error",
        "a jump in the input must be seen, never made",
    ),
    (
        "enable.partition.eof",
        "true",
        "the end of a partition must be seen",
    ),
    (
        "partition.assignment.strategy",
        "cooperative-sticky",
        "revocation is built on it",
    ),
    ("group.protocol", "classic", "revocation is built on it"),
    ("check.crcs", "true", "damaged records must not be read"),
    (
        "allow.auto.create.topics",
        "false",
        "a misspelt topic must be seen, never made",
    ),
];

/// Properties that have a word of their own.
const NAMED: &[(&str, &str)] = &[
    (
        "client.id",
        "it names the policy and its digest, so that two policies in one group are seen",
    ),
    ("group.id", "use `--group`"),
    ("group.instance.id", "use `--instance`"),
    (
        "transactional.id",
        "it follows from `--group` and `--instance`",
    ),
    (
        "queued.max.messages.kbytes",
        "it follows from the memory budget",
    ),
    ("queued.min.messages", "it follows from the memory budget"),
    ("fetch.max.bytes", "it follows from the memory budget"),
    (
        "queue.buffering.max.kbytes",
        "it follows from the memory budget",
    ),
    (
        "queue.buffering.max.messages",
        "it follows from the memory budget",
    ),
    ("message.max.bytes", "it is read from the topics"),
    ("batch.size", "it is read from the topics"),
];

/// Timeouts in milliseconds, with our default.
const TIMEOUTS: &[(&str, u64)] = &[
    ("session.timeout.ms", 10_000),
    ("heartbeat.interval.ms", 3_000),
    ("max.poll.interval.ms", 300_000),
    ("transaction.timeout.ms", 10_000),
    ("message.timeout.ms", 8_000),
    ("retry.backoff.ms", 100),
];

/// Another name of `message.timeout.ms`.
const DELIVERY_TIMEOUT: &str = "delivery.timeout.ms";

/// True for properties whose value is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    ["password", "secret", "passphrase", "key.pem", "token"]
        .iter()
        .any(|part| name.contains(part))
        && !name.ends_with(".url")
        || name == "sasl.oauthbearer.config"
}

/// The properties of a cluster, checked. Secrets never print.
#[derive(Clone, Default)]
pub struct Properties {
    values: BTreeMap<String, String>,
}

impl std::fmt::Debug for Properties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}

impl Properties {
    /// Takes one property in; the later one wins.
    ///
    /// # Errors
    /// When it is pinned, or a secret in a place where it can be read.
    pub fn set(&mut self, name: &str, value: &str, origin: Origin) -> Result<(), PropertyError> {
        let pinned = |why| PropertyError::Pinned {
            name: name.to_owned(),
            why,
        };
        if let Some((_, ours, why)) = PINNED.iter().find(|(n, ..)| *n == name) {
            return if value == *ours {
                Ok(())
            } else {
                Err(pinned(why))
            };
        }
        if let Some((_, why)) = NAMED.iter().find(|(n, _)| *n == name) {
            return Err(pinned(why));
        }
        let name = if name == DELIVERY_TIMEOUT {
            "message.timeout.ms"
        } else {
            name
        };
        let value = match value.strip_prefix("file:") {
            Some(path) if is_secret(name) => read_secret(name, Path::new(path))?,
            None if is_secret(name) && origin == Origin::Flag => {
                return Err(PropertyError::SecretOnCommandLine {
                    name: name.to_owned(),
                });
            }
            _ => value.to_owned(),
        };
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value as given.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Names and values, secrets replaced.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| {
            let value = if is_secret(name) { "(hidden)" } else { value };
            (name.as_str(), value)
        })
    }

    /// Names and values as they are, for the client library alone.
    pub(super) fn raw(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// The timeouts, ours where none was given, checked against each other.
    ///
    /// # Errors
    /// Names the two that do not go together.
    pub fn timeouts(
        &self,
        drain_ms: u64,
        transaction_open_ms: u64,
    ) -> Result<Timeouts, PropertyError> {
        let read = |name: &str| -> Result<u64, PropertyError> {
            let ours = TIMEOUTS
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, ms)| *ms)
                .expect("every timeout has a default");
            self.value(name).map_or(Ok(ours), |text| {
                text.parse().map_err(|_| PropertyError::NotANumber {
                    name: name.to_owned(),
                })
            })
        };
        let session_ms = read("session.timeout.ms")?;
        let heartbeat_ms = read("heartbeat.interval.ms")?;
        let t = Timeouts {
            session_ms,
            // Ours follows a shorter session; one that was written is checked.
            heartbeat_ms: match self.value("heartbeat.interval.ms") {
                Some(_) => heartbeat_ms,
                None => heartbeat_ms.min(session_ms / 3),
            },
            max_poll_ms: read("max.poll.interval.ms")?,
            transaction_ms: read("transaction.timeout.ms")?,
            message_ms: read("message.timeout.ms")?,
            retry_backoff_ms: read("retry.backoff.ms")?,
        };
        let below = |small: (&str, u64), large: (&str, u64)| {
            if small.1 < large.1 {
                Ok(())
            } else {
                Err(PropertyError::Relation(format!(
                    "{} ({} ms) must be below {} ({} ms)",
                    small.0, small.1, large.0, large.1
                )))
            }
        };
        let transaction = ("transaction.timeout.ms", t.transaction_ms);
        below(("message.timeout.ms", t.message_ms), transaction)?;
        below(
            (
                "drain deadline + longest open transaction + 1000",
                drain_ms + transaction_open_ms + 1_000,
            ),
            transaction,
        )?;
        below(
            ("drain deadline", drain_ms),
            ("max.poll.interval.ms", t.max_poll_ms),
        )?;
        below(
            ("3 × heartbeat.interval.ms", t.heartbeat_ms * 3),
            ("session.timeout.ms + 1", t.session_ms + 1),
        )?;
        below(
            ("session.timeout.ms", t.session_ms),
            ("max.poll.interval.ms + 1", t.max_poll_ms + 1),
        )?;
        below(("0", 0), ("retry.backoff.ms", t.retry_backoff_ms))?;
        Ok(t)
    }
}

/// The timeouts that bind each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Timeouts {
    pub(crate) session_ms: u64,
    pub(crate) heartbeat_ms: u64,
    pub(crate) max_poll_ms: u64,
    pub(crate) transaction_ms: u64,
    pub(crate) message_ms: u64,
    pub(crate) retry_backoff_ms: u64,
}

impl Timeouts {
    /// Transactions of releases are few and large, and beside how long records wait for one
    /// a minute is short: their limits, where none were given.
    pub(crate) fn of_releases(&mut self, given: &Properties) {
        let names = ["transaction.timeout.ms", "message.timeout.ms"];
        if names.iter().all(|name| given.value(name).is_none()) {
            self.transaction_ms = self.transaction_ms.max(60_000);
            self.message_ms = self.message_ms.max(50_000);
        }
    }

    /// As the client library names them; first those of the consumer.
    pub(super) fn consumer(self) -> [(&'static str, u64); 3] {
        [
            ("session.timeout.ms", self.session_ms),
            ("heartbeat.interval.ms", self.heartbeat_ms),
            ("max.poll.interval.ms", self.max_poll_ms),
        ]
    }

    /// Those of the producer.
    pub(super) fn producer(self) -> [(&'static str, u64); 2] {
        [
            ("transaction.timeout.ms", self.transaction_ms),
            ("message.timeout.ms", self.message_ms),
        ]
    }
}

/// What only one kind of client knows: telling the other would make it warn.
pub(super) fn is_consumer_only(name: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "session.",
        "heartbeat.",
        "max.poll.",
        "fetch.",
        "queued.",
        "max.partition.",
        "auto.",
        "group.",
        "isolation.",
        "coordinator.",
        "consume.",
        "offset.",
    ];
    PREFIXES.iter().any(|p| name.starts_with(p))
}

/// See [`is_consumer_only`].
pub(super) fn is_producer_only(name: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "transaction",
        "message.timeout",
        "message.send",
        "delivery.",
        "linger.",
        "queue.buffering.",
        "compression.",
        "batch.",
        "retries",
        "sticky.",
        "partitioner",
        "request.timeout.ms",
        "request.required",
        "delivery.report",
    ];
    PREFIXES.iter().any(|p| name.starts_with(p))
}

fn read_secret(name: &str, path: &Path) -> Result<String, PropertyError> {
    let text =
        files::text(path, files::VALUE_BYTES_MAX).map_err(|e| PropertyError::Unreadable {
            name: name.to_owned(),
            path: path.display().to_string(),
            cause: e.to_string(),
        })?;
    Ok(text
        .strip_suffix('\n')
        .map_or(text.as_str(), |t| t.strip_suffix('\r').unwrap_or(t))
        .to_owned())
}

#[cfg(test)]
mod tests;
