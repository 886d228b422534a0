//! Values as the log holds them: hashes under the key they are opened with.

use std::collections::BTreeMap;

use super::line::Group;
use crate::crypto::kdf::{KeyHandle, Lp, Use};
use crate::crypto::key_id::KeyId;
use crate::crypto::keyed_hash::KeyedHash;

/// Most values of one line: as many may be opened before a line is written.
pub const VALUES_MAX: usize = 1_000;

/// Bytes kept of a hash.
const KEPT: usize = 16;

/// What was opened or computed on.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// Tag and content, as an envelope seals them (`docs/formats.md`, section 6):
    /// `s` and text, `n` and a number's text, `b`, `j` and JSON, `z`.
    Tagged(&'a [u8]),
    /// A quarantined record as a whole, by the place it came from.
    Record {
        /// Its source topic.
        topic: &'a str,
        /// Its source partition.
        partition: u32,
        /// Its source offset.
        offset: u64,
    },
}

/// Values that are about to be shown, as hashes.
#[derive(Default)]
pub struct Batch {
    keys: BTreeMap<KeyId, Keyed>,
    count: usize,
}

struct Keyed {
    hash: KeyedHash,
    values: Vec<String>,
}

impl Batch {
    /// Adds a value that is opened, or computed on, with that key.
    pub fn add(&mut self, key: &KeyHandle, value: Value<'_>) {
        let keyed = match self.keys.get_mut(&key.id) {
            Some(keyed) => keyed,
            None => self.keys.entry(key.id.clone()).or_insert(Keyed {
                hash: audit_key(key),
                values: Vec::new(),
            }),
        };
        keyed.values.push(shown(&keyed.hash, value));
        self.count += 1;
    }

    /// True when no more may be added before it is written.
    pub fn is_full(&self) -> bool {
        self.count >= VALUES_MAX
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let held = self.keys.iter().filter(|(_, k)| !k.values.is_empty());
        held.map(|(key, keyed)| Group {
            key,
            values: &keyed.values,
        })
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
        for keyed in self.keys.values_mut() {
            keyed.values.clear();
        }
    }
}

/// The hash under which a value stands in the log, for who says more of it than that.
pub fn hash(key: &KeyHandle, value: Value<'_>) -> String {
    shown(&audit_key(key), value)
}

fn audit_key(key: &KeyHandle) -> KeyedHash {
    let derived = key.root.key::<32>(Use::Audit, &[]);
    KeyedHash::new(
        derived
            .expect("a use without parameters has none too long")
            .expose(),
    )
}

/// The message is zeroed: it was a clear value.
fn shown(hash: &KeyedHash, value: Value<'_>) -> String {
    let message = zeroize::Zeroizing::new(match value {
        Value::Text(text) => [b"s", text.as_bytes()].concat(),
        Value::Tagged(tagged) => tagged.to_vec(),
        Value::Record {
            topic,
            partition,
            offset,
        } => {
            // A topic longer than 65,535 bytes is none; its record is told apart
            // by its numbers.
            let topic = Lp::of(&[topic.as_bytes()]).unwrap_or_default();
            let numbers = [&partition.to_be_bytes()[..], &offset.to_be_bytes()].concat();
            [b"q", topic.bytes(), &numbers].concat()
        }
    });
    data_encoding::HEXLOWER.encode(&hash.tag(&message)[..KEPT])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::kdf::Root;
    use std::sync::Arc;

    /// `tests/vectors/audit.json`, which `recompute.py` computes as well.
    #[test]
    fn every_vector_holds() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/audit.json")).unwrap();
        let hex = |text: &serde_json::Value| {
            let text = text.as_str().unwrap();
            data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
        };
        let root: [u8; 32] = hex(&file["root"]).try_into().unwrap();
        let key = KeyHandle {
            id: "people:1".parse().unwrap(),
            root: Arc::new(Root::new(&root)),
        };
        let hash = audit_key(&key);
        let vectors = file["vectors"].as_array().unwrap();
        for vector in vectors {
            let inputs = &vector["inputs"];
            let tagged;
            let value = match inputs["kind"].as_str().unwrap() {
                "text" => Value::Text(inputs["text"].as_str().unwrap()),
                "tagged" => {
                    tagged = hex(&inputs["hex"]);
                    Value::Tagged(&tagged)
                }
                _ => Value::Record {
                    topic: inputs["topic"].as_str().unwrap(),
                    partition: u32::try_from(inputs["partition"].as_u64().unwrap()).unwrap(),
                    offset: inputs["offset"].as_u64().unwrap(),
                },
            };
            assert_eq!(
                shown(&hash, value),
                vector["expected"].as_str().unwrap(),
                "{vector}"
            );
        }
        assert_eq!(vectors.len(), 9);
    }

    #[test]
    fn a_batch_keeps_keys_apart_and_knows_when_it_is_full() {
        let handle = |name: &str, byte| KeyHandle {
            id: name.parse().unwrap(),
            root: Arc::new(Root::new(&[byte; 32])),
        };
        let (one, two) = (handle("a:1", 1), handle("a:2", 2));
        let mut batch = Batch::default();
        for i in 0..VALUES_MAX {
            assert!(!batch.is_full());
            batch.add(if i % 2 == 0 { &one } else { &two }, Value::Text("x"));
        }
        assert!(batch.is_full());
        let groups: Vec<(String, Vec<String>)> = batch
            .groups()
            .map(|g| (g.key.to_string(), g.values.to_vec()))
            .collect();
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].0, "a:1");
        assert_ne!(groups[0].1[0], groups[1].1[0], "each under its own key");
        assert_eq!(groups[0].1[0], groups[0].1[1], "the same value is the same");
        batch.clear();
        assert!(!batch.is_full() && batch.groups().next().is_none());
    }
}
