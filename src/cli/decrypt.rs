//! `veil decrypt`: envelopes back to what was sealed.

use super::{Format, Outcome, keyring, lines};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::crypto::envelope::{Envelope, Expect, Suite};
use veilstream::crypto::quarantine::{self, Opened};
use veilstream::keys::{FileKeys, KeyEntry, KeyRef, KeySource};
use veilstream::plan::PolicyDigest;
use zeroize::Zeroizing;

/// Open envelopes from standard input, one a line
///
/// Opens whatever field and purpose an envelope was made for. A line that does
/// not open leaves an empty line in its place and a message on standard error,
/// which never shows any of it; a blank line leaves an empty one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  grep -o 'veil1\\.contact[^\"]*' out.ndjson | veil decrypt --keyring keyring.json
  veil decrypt --keyring keyring.json --format json < envelopes
  jq -r .sealed quarantine.ndjson | veil decrypt --keyring keyring.json

Text stands as it was, its line breaks and control characters escaped as in
JSON; with --format json every line is the JSON value that was sealed, exactly.
A quarantined record is opened to one JSON object with its place, key, headers
and value. Exits 2 when some lines did not open.")]
pub(crate) struct Args {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// How to print values
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let keys = FileKeys::new(self.access.open(false));
        // A keyring that cannot be used is said once, not once a line.
        veilstream::keys::list(&self.keyring, &self.access.open(false))
            .map_err(|e| keyring::failure(&e))?;
        lines::turn_each(|line| self.open(line, &keys))
    }

    fn open(&self, line: &[u8], keys: &FileKeys) -> Result<Zeroizing<String>, String> {
        let text = std::str::from_utf8(line)
            .map_err(|_| "not an envelope: it is not text".to_owned())?
            .trim();
        // An envelope cut out of JSON may still have its quotes.
        let text = text
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .unwrap_or(text);
        let envelope = Envelope::from_text(text).map_err(|e| e.to_string())?;
        let id = envelope.key_id();
        let entry: Arc<KeyEntry> = keys
            .entry(&KeyRef {
                file: self.keyring.clone(),
                entry: id.name().clone(),
            })
            .map_err(|e| e.to_string())?;
        let key = entry.pinned(id.version()).map_err(|e| e.to_string())?;
        if envelope.suite() == Suite::Quarantine {
            let opened = quarantine::open(&envelope, &key).map_err(|e| e.to_string())?;
            return Ok(record(&opened));
        }
        let json = envelope
            .open(&key, Expect::AnyContext)
            .map_err(|e| e.to_string())?
            .to_json();
        Ok(match self.format {
            Format::Json => json,
            Format::Text => as_text(json),
        })
    }
}

/// A quarantined record as one JSON object. Its parts are bytes of any kind, so
/// each is text, or `{"base64": …}` where it is none.
fn record(opened: &Opened) -> Zeroizing<String> {
    let part = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::Value::from(text),
        Err(_) => serde_json::json!({ "base64": data_encoding::BASE64.encode(bytes) }),
    };
    let headers: Vec<serde_json::Value> = opened
        .headers
        .iter()
        .map(|(name, value)| {
            serde_json::json!({
                "name": part(name),
                "value": value.as_ref().map(|v| part(v)),
            })
        })
        .collect();
    let json = serde_json::json!({
        "topic": opened.topic,
        "partition": opened.partition,
        "offset": opened.offset,
        "timestamp": opened.timestamp.millis(),
        "key": opened.key.as_ref().map(|k| part(k)),
        "headers": headers,
        "value": opened.value.as_ref().map(|v| part(v)),
        "policy": PolicyDigest(opened.policy_digest).to_string(),
    });
    Zeroizing::new(json.to_string())
}

/// A JSON text without its quotes and with its characters unescaped, except
/// those that would break the line or the terminal.
fn as_text(json: Zeroizing<String>) -> Zeroizing<String> {
    if !json.starts_with('"') {
        return json;
    }
    let text: Zeroizing<String> =
        Zeroizing::new(serde_json::from_str(&json).expect("an opened text is a JSON text"));
    if !text.chars().any(char::is_control) {
        return text;
    }
    // The longest escape has six bytes and stands for at least one.
    let mut shown = Zeroizing::new(String::with_capacity(6 * text.len()));
    for c in text.chars() {
        match c {
            '\u{8}' => shown.push_str("\\b"),
            '\t' => shown.push_str("\\t"),
            '\n' => shown.push_str("\\n"),
            '\u{c}' => shown.push_str("\\f"),
            '\r' => shown.push_str("\\r"),
            c if c.is_control() => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_as_in_json() {
        let clear: String = (0..=0xa0)
            .filter_map(char::from_u32)
            .chain("é\u{2028}\"\\".chars())
            .collect();
        let json = serde_json::to_string(&clear).expect("text is JSON");
        let shown = as_text(Zeroizing::new(json));
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(shown.starts_with(r"\u0000\u0001"), "{shown:?}");
        assert!(shown.contains(r"\u0007\b\t\n\u000b\f\r\u000e"), "{shown:?}");
        assert!(
            shown.contains(r"\u001b") && shown.contains(r"~\u007f\u0080"),
            "{shown:?}"
        );
        assert!(shown.ends_with("é\u{2028}\"\\"), "{shown:?}");
        for json in ["42", "\"plain é\"", "[1, 2.50]"] {
            let text = as_text(Zeroizing::new(json.to_owned()));
            assert_eq!(text.as_str(), json.trim_matches('"'));
        }
    }
}
