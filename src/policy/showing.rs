//! What of a policy a report may show: the tree, walked by the grammar.
//!
//! A scalar is shown where the grammar takes such a scalar, a name where it is a
//! word there, or a free one that looks like a name. What people typed in the wrong
//! place may be a secret, and is shown nowhere. Words of the language itself are
//! none, wherever they stand.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex_automata::meta::Regex;

use super::grammar;
use crate::action::{ACTIONS, ActionDef};
use crate::language::finding::Findings;
use crate::language::shape::{Shape, Takes};
use crate::language::shown::{Showing, Shown};
use crate::language::written::{Kind, Member, Node};
use crate::language::{brought, codes};
use crate::record::is_json_number;

/// What of `text` may be shown; `root` is what `yaml` made of it, with `findings`.
pub(super) fn shown(
    text: &str,
    root: Option<&Node>,
    actions: &'static [ActionDef],
    findings: &Findings,
) -> Shown {
    let names = |word: &str| -> HashSet<String> {
        let member = root.and_then(|root| root.member(word));
        let members = member.and_then(|m| m.value.members()).unwrap_or_default();
        members.iter().map(|m| m.name.clone()).collect()
    };
    let mut walk = Walk {
        actions,
        keys: names("keys"),
        named: names("actions"),
        shown: Shown::new(|word| is_word(word, ACTIONS)),
    };
    let misread = findings.list().iter().any(|f| f.code == codes::YAML);
    match root {
        Some(root) => walk.node(root, &Takes::Object(&grammar::POLICY)),
        None => {
            walk.shown.all_hidden(text);
            return walk.shown;
        }
    }
    if misread {
        walk.shown.all_hidden(text);
        return walk.shown;
    }
    for twice in findings.list() {
        if let (codes::DUPLICATE_NAME, Some(again), Some((first, _))) =
            (twice.code, twice.span, &twice.also)
        {
            walk.shown.again(*first, again);
        }
    }
    walk.shown.rest_hidden(text);
    walk.shown
}

struct Walk {
    actions: &'static [ActionDef],
    /// The names under `keys:`.
    keys: HashSet<String>,
    /// The names under `actions:`.
    named: HashSet<String>,
    shown: Shown,
}

impl Walk {
    /// A node where `takes` is taken.
    fn node(&mut self, node: &Node, takes: &Takes) {
        match (&node.kind, takes) {
            (Kind::Scalar { text, quoted }, _) => {
                let showing = match is_word(text, self.actions) {
                    true => Showing::Always,
                    false => self.scalar(text, *quoted, takes),
                };
                self.shown.leaf(node.span, text, showing);
            }
            (_, Takes::Either(one, other)) => {
                let is_list = matches!(node.kind, Kind::List(_));
                let takes = match (is_list, holds_texts(one), holds_mapping(one)) {
                    (true, true, _) | (false, _, true) => one,
                    _ => other,
                };
                self.node(node, takes);
            }
            (Kind::List(items), Takes::List(takes) | Takes::OneOrMany(takes)) => {
                items.iter().for_each(|item| self.node(item, takes));
            }
            (Kind::List(items), Takes::Anything) => {
                items.iter().for_each(|item| self.node(item, takes));
            }
            (Kind::Map(members), Takes::MapOf(takes)) => {
                members.iter().for_each(|m| self.free(m, takes));
            }
            (Kind::Map(members), Takes::Anything) => {
                members.iter().for_each(|m| self.free(m, takes));
            }
            (Kind::Map(members), Takes::Object(shape)) => {
                members.iter().for_each(|m| self.member(m, &[shape]));
            }
            (Kind::Map(members), Takes::FieldValue) => {
                let shapes = [&grammar::FIELD_VALUE];
                members.iter().for_each(|m| self.beside_action(m, &shapes));
            }
            (Kind::Map(members), Takes::Condition) => self.condition(members),
            (Kind::List(items), Takes::Test(_)) => {
                items
                    .iter()
                    .for_each(|item| self.node(item, &Takes::Scalar));
            }
            (Kind::Map(members), Takes::Test(shape)) => {
                members.iter().for_each(|m| self.member(m, &[shape]));
            }
            (Kind::Map(members), Takes::RecordKey) => {
                let shapes = [&grammar::RECORD_KEY, &grammar::FIELD_VALUE];
                members.iter().for_each(|m| self.beside_action(m, &shapes));
            }
            _ => self.misplaced(node),
        }
    }

    /// What joins conditions, and paths with what is asked of them.
    fn condition(&mut self, members: &[Member]) {
        let test = Takes::Test(&grammar::VALUE_TEST);
        let is_place = members.iter().any(|m| m.name == "from");
        for m in members {
            let takes = match m.name.as_str() {
                "any" | "all" => Takes::List(&Takes::Condition),
                "not" => Takes::Condition,
                "from" => Takes::Text,
                "is" if is_place => test,
                _ => {
                    self.free(m, &test);
                    continue;
                }
            };
            self.shown.leaf(m.name_span, &m.name, Showing::Always);
            self.node(&m.value, &takes);
        }
    }

    /// A member whose name its author chose.
    fn free(&mut self, m: &Member, takes: &Takes) {
        // `{ TEXT }` where something must stand behind a name: to YAML a name all the same.
        let needs_more = matches!(
            takes,
            Takes::Either(..) | Takes::Prose | Takes::Object(_) | Takes::MapOf(_)
        );
        let is_nameless = needs_more && m.value.scalar() == Some("");
        let is_name = is_plain(&m.name) && !is_nameless;
        let showing = match is_name || is_word(&m.name, self.actions) {
            true => Showing::Always,
            false => Showing::WhenAllIsRight,
        };
        self.shown.leaf(m.name_span, &m.name, showing);
        self.node(&m.value, takes);
    }

    /// A member named by a word of one of these shapes.
    fn member(&mut self, m: &Member, shapes: &[&Shape]) {
        let mut words = shapes.iter().flat_map(|shape| shape.words);
        match words.find(|w| w.name == m.name) {
            Some(word) => {
                self.shown.leaf(m.name_span, &m.name, Showing::Always);
                match word.built {
                    true => self.node(&m.value, &word.takes),
                    false => self.misplaced(&m.value),
                }
            }
            None => {
                let words = shapes.iter().flat_map(|shape| shape.words);
                self.unknown(m, words.map(|w| w.name));
            }
        }
    }

    /// A member named by an action, or by a word of what may stand beside one.
    fn beside_action(&mut self, m: &Member, shapes: &[&Shape]) {
        match self.actions.iter().find(|def| def.name == m.name) {
            Some(def) => {
                self.shown.leaf(m.name_span, &m.name, Showing::Always);
                self.node(&m.value, &Takes::Object(def.shape));
            }
            None => self.misspelt_action(m, shapes),
        }
    }

    /// What is written behind an action whose name is misspelt is read as its own.
    fn misspelt_action(&mut self, m: &Member, shapes: &[&Shape]) {
        let names = self.actions.iter().map(|def| def.name);
        let mut words = shapes.iter().flat_map(|shape| shape.words);
        let meant = match words.any(|w| w.name == m.name) || is_word(&m.name, self.actions) {
            true => None,
            false => codes::nearest(&m.name, names),
        };
        let meant = meant.and_then(|name| self.actions.iter().find(|def| def.name == name));
        match meant {
            Some(def) => {
                self.shown.leaf(m.name_span, &m.name, Showing::Always);
                self.node(&m.value, &Takes::Object(def.shape));
            }
            None => self.member(m, shapes),
        }
    }

    fn unknown<'k>(&mut self, m: &Member, known: impl Iterator<Item = &'k str>) {
        let known = known.chain(self.actions.iter().map(|def| def.name));
        let meant = is_word(&m.name, self.actions) || codes::nearest(&m.name, known).is_some();
        self.shown.leaf(m.name_span, &m.name, shown_if(meant));
        self.misplaced(&m.value);
    }

    /// A node that has no place here, with all that is in it.
    fn misplaced(&mut self, node: &Node) {
        match &node.kind {
            Kind::Scalar { text, .. } => {
                let showing = shown_if(is_word(text, self.actions));
                self.shown.leaf(node.span, text, showing);
            }
            Kind::List(items) => items.iter().for_each(|item| self.misplaced(item)),
            Kind::Map(members) => {
                for m in members {
                    let showing = shown_if(is_word(&m.name, self.actions));
                    self.shown.leaf(m.name_span, &m.name, showing);
                    self.misplaced(&m.value);
                }
            }
        }
    }

    fn scalar(&self, text: &str, quoted: bool, takes: &Takes) -> Showing {
        let is_number = !quoted && is_json_number(text) && text.len() <= NUMBER_CHARS_MAX;
        match takes {
            Takes::Prose => Showing::Always,
            Takes::Text => plain(text),
            Takes::Scalar | Takes::Test(_) if is_number => Showing::Always,
            Takes::Scalar | Takes::Test(_) => plain(text),
            Takes::TextLike(pattern) if is_like(text, pattern) => {
                let bare = text.strip_prefix("file:").unwrap_or(text);
                plain(&bare.replacen('#', "", 1))
            }
            Takes::TextLike(_) => Showing::Never,
            Takes::KeyName(pattern) => {
                let name = match *pattern {
                    "" => Some(text),
                    pattern if is_like(text, pattern) => text.rsplit_once('@').map(|(n, _)| n),
                    _ => Some(text),
                };
                let mut known = self.keys.iter().map(String::as_str);
                shown_if(name.is_some_and(|name| {
                    self.keys.contains(name) && is_plain(name)
                        || known
                            .any(|k| is_plain(k) && codes::nearest(name, [k].into_iter()).is_some())
                }))
            }
            Takes::Integer(..) | Takes::Number => shown_if(is_number),
            Takes::OneOf(words) | Takes::OneOfSome(words, _) => {
                shown_if(codes::nearest(text, words.iter().copied()).is_some())
            }
            Takes::FieldValue => {
                let known = self.actions.iter().map(|def| def.name);
                let known = known.chain(self.named.iter().map(String::as_str));
                let is_named = self.named.contains(text) && is_plain(text);
                shown_if(is_named || codes::nearest(text, known).is_some())
            }
            Takes::OneOrMany(takes) => self.scalar(text, quoted, takes),
            Takes::Either(one, other) => {
                let (one, other) = (
                    self.scalar(text, quoted, one),
                    self.scalar(text, quoted, other),
                );
                match one {
                    Showing::Never => other,
                    one => one,
                }
            }
            Takes::EventText | Takes::EventScalar | Takes::Anything => Showing::InNoReport,
            Takes::Boolean
            | Takes::Null
            | Takes::List(_)
            | Takes::MapOf(_)
            | Takes::Object(_)
            | Takes::Condition
            | Takes::RecordKey => Showing::Never,
        }
    }
}

/// Characters of a number that is shown: those of 64 bits, with a sign.
const NUMBER_CHARS_MAX: usize = 20;
/// Longer than any word of other tools.
const BROUGHT_BYTES_MAX: usize = 40;
/// Characters of a name or path that is shown.
const PLAIN_CHARS_MAX: usize = 128;

const fn shown_if(holds: bool) -> Showing {
    if holds {
        Showing::Always
    } else {
        Showing::Never
    }
}

fn plain(text: &str) -> Showing {
    match is_plain(text) {
        true => Showing::Always,
        false => Showing::WhenAllIsRight,
    }
}

/// True for a list of names and the like.
fn holds_texts(takes: &Takes) -> bool {
    matches!(takes, Takes::List(Takes::Text) | Takes::OneOrMany(_))
}

fn holds_mapping(takes: &Takes) -> bool {
    matches!(
        takes,
        Takes::Object(_) | Takes::MapOf(_) | Takes::FieldValue
    )
}

/// True for what looks like a name, a path, or the name of a type.
fn is_plain(text: &str) -> bool {
    let mut before = '.';
    let has_filter = text.contains("[?") && text.contains("==");
    text.chars().count() <= PLAIN_CHARS_MAX
        && text.chars().all(|c| {
            let begins = matches!(before, '.' | '/');
            before = c;
            let of_filter = has_filter && matches!(c, '?' | '=');
            let is_of_path = c.is_alphanumeric() || "_-.*[]()|/$:'\"".contains(c);
            is_of_path || of_filter || c == '@' && begins
        })
}

/// True for a word of the language, of a later version, or of other tools, and for
/// what YAML has words for.
fn is_word(text: &str, actions: &[ActionDef]) -> bool {
    ["", "~", "null", "true", "false"].contains(&text)
        || WORDS.contains(text)
        || NAMED.contains(text)
        || text.len() <= BROUGHT_BYTES_MAX && WORDS.contains(&*brought::plain(text))
        || actions
            .iter()
            .any(|def| def.name == text || def.shape.words.iter().any(|w| w.name == text))
}

fn is_like(text: &str, pattern: &str) -> bool {
    text.len() <= TEXT_LIKE_BYTES_MAX && LIKE.get(pattern).is_some_and(|regex| regex.is_match(text))
}

/// Longest text that is held against a pattern: a topic's length, or a path's.
const TEXT_LIKE_BYTES_MAX: usize = 512;

/// Every word of the shapes, what may be chosen behind one, and those of a reference.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let mut words: HashSet<&str> = brought::ALL
        .iter()
        .flat_map(|b| b.words.split_ascii_whitespace())
        .collect();
    words.extend(ACTIONS.iter().map(|def| def.name));
    words.extend(["file", "keyring"]);
    for shape in shapes() {
        for word in shape.words {
            words.insert(word.name);
            each_takes(&word.takes, &mut |takes| match takes {
                Takes::OneOf(choices) => words.extend(*choices),
                Takes::OneOfSome(choices, later) => words.extend(choices.iter().chain(*later)),
                _ => {}
            });
        }
    }
    words
});

/// What the texts of the shapes name, as it is written there.
static NAMED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let words = shapes().flat_map(|shape| shape.words);
    words.flat_map(|word| named_in(word.doc)).collect()
});

/// What a text of the language's own names as something that is written: closed lists
/// that a pattern holds, or another word's list, are said there.
fn named_in(doc: &'static str) -> impl Iterator<Item = &'static str> {
    let quoted = doc.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        text.len() >= CHARS_OF_A_WORD_MIN
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}

/// A letter or two may be anything.
const CHARS_OF_A_WORD_MIN: usize = 3;

/// Every pattern of the shapes.
static LIKE: LazyLock<HashMap<&'static str, Regex>> = LazyLock::new(|| {
    let mut like = HashMap::new();
    for word in shapes().flat_map(|shape| shape.words) {
        each_takes(&word.takes, &mut |takes| match takes {
            Takes::TextLike(pattern) | Takes::KeyName(pattern) => {
                let regex = || Regex::new(pattern).expect("a pattern of the grammar");
                like.entry(*pattern).or_insert_with(regex);
            }
            _ => {}
        });
    }
    like
});

fn shapes() -> impl Iterator<Item = &'static Shape> {
    let outside = grammar::ALL.iter().map(|(_, shape)| *shape);
    outside.chain(ACTIONS.iter().map(|def| def.shape))
}

fn each_takes(takes: &'static Takes, visit: &mut impl FnMut(&'static Takes)) {
    visit(takes);
    match takes {
        Takes::List(takes) | Takes::OneOrMany(takes) | Takes::MapOf(takes) => {
            each_takes(takes, visit);
        }
        Takes::Either(one, other) => {
            each_takes(one, visit);
            each_takes(other, visit);
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "showing_tests.rs"]
mod tests;
