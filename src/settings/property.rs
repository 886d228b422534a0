//! Properties of librdkafka: which we set ourselves, which are secret.

use super::SettingsError;
use std::path::Path;
use zeroize::Zeroizing;

/// Properties that carry a promise, and what to do instead of setting them.
pub const PINNED: &[(&str, &str)] = &[
    (
        "auto.offset.reset",
        "a start without offset begins at the beginning; an offset out of range stops with a reason",
    ),
    ("check.crcs", "always on"),
    (
        "enable.auto.commit",
        "offsets are committed in the transaction that writes their records",
    ),
    (
        "enable.auto.offset.store",
        "offsets are committed in the transaction that writes their records",
    ),
    ("enable.idempotence", "always on"),
    ("enable.partition.eof", "always on"),
    ("group.id", "set `kafka.group` or `--group`"),
    ("group.instance.id", "set `kafka.instance` or `--instance`"),
    ("isolation.level", "always `read_committed`"),
    (
        "partition.assignment.strategy",
        "always `cooperative-sticky`",
    ),
    ("transactional.id", "made from group and instance"),
];

/// Properties whose value is a secret.
pub const SECRET: &[&str] = &[
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
    "sasl.password",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
];

/// True when the value of that property must not be seen: the list, and
/// whatever a later librdkafka calls a password or secret.
pub fn is_secret(name: &str) -> bool {
    SECRET.contains(&name) || name.contains("password") || name.contains("secret")
}

/// A text that does not print itself and is overwritten when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The value of a property.
#[derive(Clone, Debug)]
pub enum PropertyValue {
    /// As written.
    Plain(String),
    /// Read from a file.
    Secret(Secret),
}

impl PropertyValue {
    /// The text handed to the client library.
    pub fn reveal(&self) -> &str {
        match self {
            PropertyValue::Plain(text) => text,
            PropertyValue::Secret(secret) => secret.reveal(),
        }
    }
}

/// One property of librdkafka.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: PropertyValue,
}

/// Checks one property and reads its secret.
///
/// Returns the property and how it is shown.
pub fn resolve(
    name: &str,
    text: &str,
    folder: &Path,
    source_name: &str,
) -> Result<(Property, String), SettingsError> {
    let refuse = |message: String, help: String| SettingsError {
        source_name: source_name.to_owned(),
        message,
        help,
    };
    if let Some((_, instead)) = PINNED.iter().find(|(n, _)| *n == name) {
        return Err(refuse(
            format!("property `{name}` cannot be set"),
            (*instead).to_owned(),
        ));
    }
    if !is_secret(name) {
        let property = Property {
            name: name.to_owned(),
            value: PropertyValue::Plain(text.to_owned()),
        };
        return Ok((property, text.to_owned()));
    }
    let Some(path) = text.strip_prefix("file:").filter(|p| !p.is_empty()) else {
        return Err(refuse(
            format!("property `{name}` is secret and must not be written out"),
            format!("put it into a file only you can read and write `{name}: file:PATH`"),
        ));
    };
    let full = folder.join(path);
    let mut secret = Zeroizing::new(std::fs::read_to_string(&full).map_err(|e| {
        refuse(
            format!(
                "cannot read `{}` for property `{name}`: {e}",
                full.display()
            ),
            "the process must be able to read that file, and it must be text".to_owned(),
        )
    })?);
    if secret.ends_with('\n') {
        secret.pop();
        if secret.ends_with('\r') {
            secret.pop();
        }
    }
    let property = Property {
        name: name.to_owned(),
        value: PropertyValue::Secret(Secret(secret)),
    };
    Ok((property, format!("(secret, from file:{path})")))
}
