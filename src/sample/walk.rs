//! Through a value that the decoder has validated, all of it.

use super::tree::{Key, Node, Tree};
use crate::detect::Scalar;
use crate::record::escape::unescape_into;

/// Counts everything in `text`, one JSON object that was validated: no deeper
/// than a record may be.
pub(super) fn walk(text: &str, tree: &mut Tree) {
    Walk::new(text).value(tree, Some(Tree::TOP));
}

/// The key of the object that begins at a place of a text, where it is a pair.
pub(super) type KeyOf = fn(&str, usize) -> Option<Key>;

/// The same; elements that have a key are counted by it.
pub(super) fn walk_by_keys(text: &str, tree: &mut Tree, key: KeyOf) {
    let mut walk = Walk::new(text);
    walk.key = Some(key);
    walk.value(tree, Some(Tree::TOP));
}

pub(super) struct Walk<'a> {
    text: &'a str,
    pub(super) at: usize,
    key: Option<KeyOf>,
    name: String,
    chars: String,
}

impl<'a> Walk<'a> {
    /// At the start of a text that was validated.
    pub(super) fn new(text: &'a str) -> Walk<'a> {
        Walk {
            text,
            at: 0,
            key: None,
            name: String::new(),
            chars: String::new(),
        }
    }

    /// The next byte that is no white space; behind the end a brace.
    pub(super) fn byte(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(b'}')
    }

    /// The inside of the string that begins here, as spelled.
    pub(super) fn string(&mut self) -> &'a str {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(end..).unwrap_or_default()) {
            end += found;
            if bytes[end] == b'"' {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        self.text.get(start..end).unwrap_or_default()
    }

    /// A word that ends before what can follow a value.
    fn word(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest.find([',', '}', ']', ' ', '\t', '\r', '\n']);
        let len = len.unwrap_or(rest.len()).max(1);
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    /// The value that begins here, as it stands.
    pub(super) fn whole(&mut self) -> &'a str {
        let first = self.byte();
        let start = self.at;
        match first {
            b'"' => drop(self.string()),
            b'{' | b'[' => {
                let mut open = 0;
                loop {
                    match self.byte() {
                        b'"' => drop(self.string()),
                        b'{' | b'[' => (open, self.at) = (open + 1, self.at + 1),
                        b'}' | b']' => (open, self.at) = (open - 1, self.at + 1),
                        _ => self.at += 1,
                    }
                    if open == 0 {
                        break;
                    }
                }
            }
            _ => drop(self.word()),
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, tree: &mut Tree, node: Option<Node>) {
        match self.byte() {
            b'{' => {
                tree.object(node);
                self.at += 1;
                while self.byte() != b'}' {
                    if self.byte() == b',' {
                        self.at += 1;
                        continue;
                    }
                    let name = self.string();
                    let child = match name.contains('\\') {
                        true => {
                            self.name.clear();
                            unescape_into(name, &mut self.name);
                            tree.member(node, &self.name)
                        }
                        false => tree.member(node, name),
                    };
                    let _colon = self.byte();
                    self.at += 1;
                    self.value(tree, child);
                }
                self.at += 1;
            }
            b'[' => {
                tree.array(node);
                self.at += 1;
                loop {
                    match self.byte() {
                        b']' | b'}' => break,
                        b',' => self.at += 1,
                        first => {
                            let key = self.key.filter(|_| first == b'{');
                            let key = key.and_then(|key| key(self.text, self.at));
                            let child = match key {
                                Some(key) => tree.keyed(node, &key),
                                None => tree.element(node),
                            };
                            self.value(tree, child);
                        }
                    }
                }
                self.at += 1;
            }
            b'"' => {
                let raw = self.string();
                if raw.contains('\\') {
                    self.chars.clear();
                    unescape_into(raw, &mut self.chars);
                    tree.scalar(node, Scalar::Text(&self.chars));
                } else {
                    tree.scalar(node, Scalar::Text(raw));
                }
            }
            first => {
                let word = self.word();
                match first {
                    b't' | b'f' => tree.boolean(node, first == b't'),
                    b'n' => tree.null(node),
                    _ => tree.scalar(node, Scalar::Number(word)),
                }
            }
        }
    }
}
