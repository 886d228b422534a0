//! Properties of librdkafka as settings write them.

use super::SettingsError;
use crate::kafka::client;
use crate::kafka::properties::{Origin, Properties, is_secret};
use std::path::Path;

/// Checks one property and takes it in; a secret is read from its file, which
/// is relative to `folder`. Returns how the property is shown.
pub(crate) fn take(
    properties: &mut Properties,
    name: &str,
    text: &str,
    folder: &Path,
    source_name: &str,
) -> Result<String, SettingsError> {
    let refuse = |message: String, help: String| SettingsError {
        source_name: source_name.to_owned(),
        message,
        help,
    };
    let (given, shown) = if is_secret(name) {
        let Some(path) = text.strip_prefix("file:").filter(|p| !p.is_empty()) else {
            return Err(refuse(
                format!("property `{name}` is secret and must not be written out"),
                format!("put it into a file only you can read and write `{name}: file:PATH`"),
            ));
        };
        (
            format!("file:{}", folder.join(path).display()),
            format!("(secret, from file:{path})"),
        )
    } else if client::takes(name, text) {
        (text.to_owned(), text.to_owned())
    } else {
        // A misspelt name may be that of a secret.
        let hidden = "(hidden: the client library does not take it)";
        (text.to_owned(), hidden.to_owned())
    };
    properties
        .set(name, &given, Origin::Settings)
        .map_err(|error| refuse(error.to_string(), String::new()))?;
    Ok(shown)
}
