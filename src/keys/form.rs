//! The keyring as it is written: JSON, every member known, no value interpreted.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::KeyError;

pub(super) const FORMAT: &str = "veil-keyring/1";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyringForm<'a> {
    #[serde(borrow)]
    pub(super) format: Cow<'a, str>,
    pub(super) generation: u64,
    pub(super) wrap: WrapForm,
    #[serde(borrow)]
    pub(super) keys: Vec<EntryForm<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryForm<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) versions: Vec<VersionForm<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionForm<'a> {
    pub(super) version: u32,
    #[serde(borrow)]
    pub(super) created: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) use_from: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) state: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) kcv: Cow<'a, str>,
    /// Borrowed, so that no copy of it is left in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) material: Option<&'a str>,
}

/// The members of `wrap`, in order, none twice: each kind has its own.
pub(super) struct WrapForm(pub(super) Vec<(String, serde_json::Value)>);

impl KeyringForm<'_> {
    /// One generation on, as each change of the file is.
    ///
    /// # Errors
    /// `refused` of a file whose number is the last there is.
    pub(super) fn step(&mut self, path: &Path) -> Result<(), KeyError> {
        let next = self.generation.checked_add(1);
        self.generation = next.ok_or_else(|| {
            KeyError::refused(
                path,
                "generation",
                "it cannot grow",
                "restore the file from a backup",
            )
        })?;
        Ok(())
    }
}

impl<'de> Deserialize<'de> for WrapForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = WrapForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrapForm, A::Error> {
                let mut members: Vec<(String, serde_json::Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    if members.iter().any(|(n, _)| *n == name) {
                        return Err(serde::de::Error::custom(format_args!(
                            "duplicate field `{name}`"
                        )));
                    }
                    members.push((name, value));
                }
                Ok(WrapForm(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for WrapForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Reads the text of a keyring.
pub(super) fn read<'a>(path: &Path, text: &'a str) -> Result<KeyringForm<'a>, KeyError> {
    let form: KeyringForm<'_> = serde_json::from_str(text).map_err(|error| KeyError::Syntax {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        why: reason(&error),
    })?;
    if form.format != FORMAT {
        return Err(KeyError::refused(
            path,
            "format",
            format!("it must be `{FORMAT}`"),
            "this version reads no other keyring",
        ));
    }
    Ok(form)
}

/// The message without the name that it is about, where that does not look like a word:
/// it may be a key in the wrong place.
fn without_odd_name(message: &str) -> String {
    let mut parts = message.splitn(3, '`');
    let (Some(before), Some(name), Some(after)) = (parts.next(), parts.next(), parts.next()) else {
        return message.to_owned();
    };
    match is_word(name) {
        true => message.to_owned(),
        false => format!("{before}`…`{after}"),
    }
}

/// True for a short name of small letters, as members have.
pub(super) fn is_word(name: &str) -> bool {
    const BYTES_MAX: usize = 16;
    name.len() <= BYTES_MAX && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// What serde says, when it names members only: a message about a value would
/// repeat the value, which may be key material.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let names_only = ["unknown field", "missing field", "duplicate field"]
        .iter()
        .any(|start| message.starts_with(start));
    match error.classify() {
        _ if names_only => {
            let end = message.rfind(" at line ").unwrap_or(message.len());
            without_odd_name(&message[..end]).replace("field", "member")
        }
        serde_json::error::Category::Data => "a member has a value of the wrong kind".to_owned(),
        serde_json::error::Category::Eof => "the file ends too early".to_owned(),
        _ => "it is not JSON".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that began anew would pass for an older file.
    #[test]
    fn the_last_generation_has_none_behind_it() {
        let mut form = KeyringForm {
            format: FORMAT.into(),
            generation: u64::MAX - 1,
            wrap: super::super::wrap::none(),
            keys: Vec::new(),
        };
        let path = Path::new("keyring.json");
        assert!(form.step(path).is_ok());
        assert!(form.step(path).is_err());
        assert_eq!(form.generation, u64::MAX);
    }
}
