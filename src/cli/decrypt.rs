//! `veil decrypt`: envelopes back to what was sealed.

use super::contexts::{self, Contexts};
use super::{Exit, Failure, Format, Outcome, audited, clock, keyring, lines, opened, screen};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::audit::{Audit, Batch, Intent, PolicyUsed, Value};
use veilstream::crypto::envelope::{Envelope, Expect, Suite};
use veilstream::crypto::quarantine;
use veilstream::keys::{FileKeys, KeyEntry, KeyRef, KeySource};
use zeroize::Zeroizing;

/// Open envelopes from standard input, one a line
///
/// Wants to know where they belong, in one of three ways: a policy, whose encrypted
/// fields and quarantined records open, of one output or field alone if it is named;
/// domain, purpose and label (deterministic: space), as the policy had them; or
/// `--any-context`. One that belongs elsewhere does not open. A line that does not
/// open leaves an empty line in its place and a message on standard error, which
/// never shows any of it; a blank line leaves an empty one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  grep -o 'veil1\\.contact[^\"]*' out.ndjson | veil decrypt -p policy.yaml
  veil decrypt -p policy.yaml --output clean --field user.email < envelopes
  veil decrypt -p policy.yaml < refused.ndjson
  veil decrypt --keyring keyring.json --any-context --format json < envelopes
  kcat -C -t quarantine -p 0 -o 7 -c 1 -e -D '' | veil decrypt -p policy.yaml

A line of `veil apply --quarantine` is opened as it is, and what comes of it can
be given to `veil apply --envelope`.

With a policy and no --field, the output and field that made an envelope stand
before its value and a tab, or with --format json beside it in an object, as
{\"field\": …, \"value\": …}; all of them where several make the same envelopes.

Text stands as it was, its line breaks and control characters escaped as in
JSON; with --format json every line is the JSON value that was sealed, exactly.
A quarantined record is opened to one JSON object with its place, key, headers
and value. The binary form, which the quarantine topic holds, may be all of
standard input, or a line in base64. Each value stands in the audit log, as a
hash under the key that opened it, before it is printed. Exits 2 when some lines
did not open.")]
pub struct Args {
    /// The keyring file; without it those that the policy names
    #[arg(long, value_name = "FILE", required_unless_present = "policy")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    named: contexts::Named,
    /// How to print values
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

/// The envelope in a line of `veil apply --quarantine`.
fn sealed_in(line: &str) -> Result<String, String> {
    #[derive(serde::Deserialize)]
    struct Refused {
        sealed: Option<String>,
    }
    // What the line holds is not repeated.
    let refused: Refused = serde_json::from_str(line)
        .map_err(|_| "not an envelope, nor a line of `veil apply --quarantine`".to_owned())?;
    let none = || {
        "the line holds no sealed record; the fields of an output are taken out of it first, `grep -o 'veil1\\.[^\"]*'`"
            .to_owned()
    };
    refused.sealed.ok_or_else(none)
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let contexts = self.named.read()?;
        let keyring = self.keyring.as_deref().or(contexts.keyring());
        let keyring = keyring.map(Path::to_owned);
        let keyring = keyring.ok_or_else(|| Failure::new(Exit::Usage, "no keyring is named"))?;
        let keys = FileKeys::new(self.access.open(false));
        // A keyring that cannot be used is said once, not once a line.
        veilstream::keys::list(&keyring, &self.access.open(false))
            .map_err(|e| keyring::failure(&e))?;
        let opener = Opener {
            keyring: &keyring,
            is_named: self.keyring.is_some(),
            keys,
            contexts,
            format: self.format,
        };
        let audit = self.begin(&keyring, &opener.contexts)?;
        // A pipe gives its first bytes in one piece: they were written in one.
        if let Some(bytes) = lines::whole_if_it_starts_with(Envelope::BINARY_START)? {
            return opener.whole(&bytes, audit);
        }
        lines::turn_each(audit, |line, batch| opener.open(line, batch))
    }

    /// Records that it begins, and what it was told to open.
    fn begin(&self, keyring: &Path, contexts: &Contexts) -> Result<Audit, Failure> {
        let mut about = vec![("keyring", keyring.display().to_string())];
        about.extend(self.named.about());
        let used = match contexts {
            Contexts::OfPolicy(policy) => Some((&policy.name, policy.digest.to_string())),
            Contexts::Any | Contexts::These(_) => None,
        };
        let intent = Intent {
            command: "decrypt",
            about: &about,
            policy: used
                .as_ref()
                .map(|(name, digest)| PolicyUsed { name, digest }),
            ..Intent::default()
        };
        self.audit.begin(keyring, intent)
    }
}

/// Opens envelopes that belong where it was said.
struct Opener<'a> {
    /// What envelopes are opened with that no policy names the keyring of.
    keyring: &'a Path,
    /// It was named, and stands in the place of those that the policy names.
    is_named: bool,
    keys: FileKeys,
    contexts: Contexts,
    format: Format,
}

impl Opener<'_> {
    fn open(&self, line: &[u8], batch: &mut Batch) -> Result<Zeroizing<String>, String> {
        let text = std::str::from_utf8(line)
            .map_err(|_| "not an envelope: it is not text".to_owned())?
            .trim();
        let line = match text.starts_with('{') {
            true => Some(sealed_in(text)?),
            false => None,
        };
        let text = line.as_deref().unwrap_or(text);
        // An envelope cut out of JSON may still have its quotes.
        let text = text
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .unwrap_or(text);
        let binary = text
            .starts_with(BINARY_START_IN_BASE64)
            .then(|| from_base64(text))
            .flatten();
        let envelope = match binary {
            Some(bytes) => Envelope::from_binary(&bytes),
            None => Envelope::from_text(text),
        };
        self.opened(&envelope.map_err(|e| e.to_string())?, batch)
    }

    /// One envelope in its binary form; a line break behind it is of the program
    /// that printed it.
    fn whole(&self, bytes: &[u8], mut audit: Audit) -> Outcome {
        let mut batch = Batch::default();
        let mut open = |bytes| {
            let envelope = Envelope::from_binary(bytes).map_err(|e| e.to_string())?;
            self.opened(&envelope, &mut batch)
        };
        let without_break = bytes.strip_suffix(b"\n");
        let opened = open(bytes).or_else(|why| without_break.map_or(Err(why), open));
        match opened {
            Ok(opened) => {
                audit
                    .values(&mut batch, clock::now())
                    .map_err(|e| audited::failure(&e))?;
                let mut line = Zeroizing::new(String::with_capacity(opened.len() + 1));
                line.push_str(&opened);
                line.push('\n');
                screen::put_values(line.as_bytes())?;
                audited::end(audit, true, 0)?;
                Ok(Exit::Ok)
            }
            Err(why) => {
                screen::tell(&format!("standard input: {}\n", screen::one_line(why)));
                audited::end(audit, true, 1)?;
                Ok(Exit::Partly)
            }
        }
    }

    fn opened(&self, envelope: &Envelope, batch: &mut Batch) -> Result<Zeroizing<String>, String> {
        let belongs = self.contexts.of(envelope)?;
        let mut refs = belongs.keys;
        if refs.is_empty() || self.is_named {
            refs = vec![KeyRef {
                file: self.keyring.to_owned(),
                entry: envelope.key_id().name().clone(),
            }];
        }
        // Two keyrings of one policy may each have an entry of that name.
        let mut opened = Err(String::new());
        for key_ref in &refs {
            opened = self.opened_with(envelope, key_ref, &belongs.fields, batch);
            if opened.is_ok() {
                break;
            }
        }
        opened
    }

    fn opened_with(
        &self,
        envelope: &Envelope,
        key_ref: &KeyRef,
        fields: &Option<String>,
        batch: &mut Batch,
    ) -> Result<Zeroizing<String>, String> {
        let entry: Arc<KeyEntry> = self.keys.entry(key_ref).map_err(|e| e.to_string())?;
        let version = envelope.key_id().version();
        let key = entry.pinned(version).map_err(|e| e.to_string())?;
        if envelope.suite() == Suite::Quarantine {
            let opened = quarantine::open(envelope, &key).map_err(|e| e.to_string())?;
            batch.add(
                &key,
                Value::Record {
                    topic: &opened.topic,
                    partition: opened.partition,
                    offset: opened.offset,
                },
            );
            return Ok(opened::json(&opened));
        }
        // That it belongs where it was said is known from what it says of itself,
        // which is authenticated with it.
        let opened = envelope
            .open(&key, Expect::AnyContext)
            .map_err(|e| e.to_string())?;
        batch.add(&key, Value::Tagged(opened.tagged()));
        let json = opened.to_json();
        Ok(match (self.format, fields) {
            (Format::Json, None) => json,
            (Format::Text, None) => as_text(json),
            (Format::Json, Some(fields)) => {
                let name = serde_json::Value::from(fields.as_str());
                joined(&[
                    r#"{"field":"#,
                    &name.to_string(),
                    r#","value":"#,
                    &json,
                    "}",
                ])
            }
            (Format::Text, Some(fields)) => joined(&[fields, "\t", &as_text(json)]),
        })
    }
}

/// The parts as one text; it has room for all of them, so that growing leaves no
/// copy of a value behind.
fn joined(parts: &[&str]) -> Zeroizing<String> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut text = Zeroizing::new(String::with_capacity(len));
    parts.iter().for_each(|part| text.push_str(part));
    text
}

/// How base64 of a binary envelope begins, in either alphabet.
const BINARY_START_IN_BASE64: &str = "VkVJTAE";

/// Base64 as tools write it: either alphabet, padded or not.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
    let digits = text.trim_end_matches('=').as_bytes();
    let alphabets = [BASE64_NOPAD, BASE64URL_NOPAD];
    alphabets.iter().find_map(|a| a.decode(digits).ok())
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
