//! Through a value that the decoder has validated, all of it.

use super::tree::{Node, Tree};
use crate::detect::Scalar;
use crate::record::escape::unescape_into;

/// Counts everything in `text`, one JSON object that was validated: no deeper
/// than a record may be.
pub(super) fn walk(text: &str, tree: &mut Tree) {
    let mut walk = Walk {
        text,
        at: 0,
        name: String::new(),
        chars: String::new(),
    };
    walk.value(tree, Some(Tree::TOP));
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    name: String,
    chars: String,
}

impl<'a> Walk<'a> {
    fn byte(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(b'}')
    }

    /// The inside of the string that begins here, as spelled.
    fn string(&mut self) -> &'a str {
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
                        _ => {
                            let child = tree.element(node);
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
