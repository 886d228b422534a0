//! Paths, places and type names, as the policy writes them.
//!
//! A step is a name, `(a|b)` or `*`, then any number of `[*]` and `[n]`; steps
//! are joined by `.`. `(a|b)` is written out here: the rest of the house knows
//! plain selectors only.

use std::ops::Range;

use super::notation;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::record::path::{Selector, Step};

/// Most paths that one selector may stand for.
pub(crate) const ALTERNATIVES_MAX: usize = 1_024;
/// Longest path, in steps: deeper values are refused when reading.
pub(crate) const STEPS_MAX: usize = 64;

/// A text that cannot be read, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// What is wrong; for `later` the word itself.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The form belongs to a later version of the language.
    pub(crate) later: bool,
}

/// A place that `from:` can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PlaceName {
    /// `value.PATH`
    Value(Selector),
    /// `record_key`
    RecordKey,
    /// `record_key.PATH`
    RecordKeyPath(Selector),
    /// `header.NAME`
    Header(String),
}

/// Which types of record an entry of `types:` means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TypePattern {
    /// Exactly that type.
    Exact(String),
    /// `track/*`: every type that starts with these bytes, slash included.
    Prefix(String),
    /// `*`: every type that no other entry means.
    Other,
}

impl std::fmt::Display for TypePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TypePattern::Exact(name) => f.write_str(name),
            TypePattern::Prefix(start) => write!(f, "{start}*"),
            TypePattern::Other => f.write_str("*"),
        }
    }
}

/// Reads a selector; `(a|b)` gives several.
///
/// # Errors
/// Where it stops making sense.
pub fn selectors(text: &str) -> Result<Vec<Selector>, Unreadable> {
    let mut cursor = Cursor { text, at: 0 };
    let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
    loop {
        let start = cursor.at;
        let names: Vec<Step> = match cursor.peek() {
            None => {
                return Err(cursor.wrong(
                    start..start,
                    "a name is missing here",
                    "a path is names joined by `.`: `context.page.path`",
                ));
            }
            Some('*') if cursor.rest().starts_with("**") => {
                return Err(cursor.later(start..start + 2));
            }
            Some('*') => {
                cursor.at += 1;
                vec![Step::AnyName]
            }
            Some('(') => cursor
                .alternatives(PATH_STOPS)?
                .into_iter()
                .map(Step::Name)
                .collect(),
            Some('[') if cursor.rest().starts_with("[?") => {
                return Err(cursor.later(start..text.len()));
            }
            Some('[') => {
                return Err(cursor.wrong(
                    start..start + 1,
                    "a name must stand before `[`",
                    "the top of a record is an object: write `items[*]`",
                ));
            }
            Some(_) => vec![Step::Name(cursor.name(PATH_STOPS)?)],
        };
        if paths.len() * names.len() > ALTERNATIVES_MAX {
            return Err(cursor.wrong(
                0..text.len(),
                format!("this stands for more than {ALTERNATIVES_MAX} paths"),
                "write several shorter selectors",
            ));
        }
        paths = paths
            .iter()
            .flat_map(|path| {
                names.iter().map(|name| {
                    let mut longer = path.clone();
                    longer.push(name.clone());
                    longer
                })
            })
            .collect();
        while cursor.peek() == Some('[') {
            let step = cursor.element()?;
            paths.iter_mut().for_each(|p| p.push(step.clone()));
        }
        if paths.iter().any(|p| p.len() > STEPS_MAX) {
            return Err(cursor.wrong(
                0..text.len(),
                format!("the path has more than {STEPS_MAX} steps"),
                "a record that is nested so deep is refused when reading",
            ));
        }
        match cursor.peek() {
            None => break,
            Some('.') => cursor.at += 1,
            Some('|') => return Err(cursor.later_or_stray_bar()),
            Some(c) => {
                return Err(cursor.wrong(
                    cursor.at..cursor.at + c.len_utf8(),
                    format!("`{c}` cannot stand here"),
                    "join steps by `.`; a name that holds this character stands in '…'",
                ));
            }
        }
    }
    Ok(paths.into_iter().map(|steps| Selector { steps }).collect())
}

/// Reads a path that names one place: no `(a|b)`, no `*`, no `[*]`.
///
/// # Errors
/// As [`selectors`], and for anything that names more than one place.
pub(crate) fn single(text: &str) -> Result<Selector, Unreadable> {
    let mut list = selectors(text)?;
    match (list.pop(), list.is_empty()) {
        (Some(selector), true) if selector.is_single() => Ok(selector),
        _ => Err(Unreadable {
            range: 0..text.len(),
            message: "this path can mean several values, one is needed".into(),
            help: "write it without `(a|b)`, `*` and `[*]`; `[0]` is one element".into(),
            later: false,
        }),
    }
}

/// Reads a place: `value.PATH`, `record_key`, `record_key.PATH`, `header.NAME`.
///
/// # Errors
/// When it is none of these.
pub(crate) fn place(text: &str) -> Result<PlaceName, Unreadable> {
    let inner = |prefix: &str| {
        single(&text[prefix.len()..]).map_err(|mut e| {
            e.range = e.range.start + prefix.len()..e.range.end + prefix.len();
            e
        })
    };
    if text == "record_key" {
        Ok(PlaceName::RecordKey)
    } else if text.starts_with("value.") {
        inner("value.").map(PlaceName::Value)
    } else if text.starts_with("record_key.") {
        inner("record_key.").map(PlaceName::RecordKeyPath)
    } else if let Some(name) = text.strip_prefix("header.").filter(|n| !n.is_empty()) {
        Ok(PlaceName::Header(name.to_owned()))
    } else {
        Err(Unreadable {
            range: 0..text.len(),
            message: format!("`{text}` is not a place"),
            help: format!(
                "write `value.{}` for a field, else `record_key`, `record_key.PATH` or `header.NAME`",
                notation::ours(text).unwrap_or_else(|| text.to_owned())
            ),
            later: false,
        })
    }
}

/// Reads a name under `types:`; `(a|b)` gives several.
///
/// # Errors
/// Where it stops making sense.
pub(crate) fn type_patterns(text: &str) -> Result<Vec<TypePattern>, Unreadable> {
    if text == "*" {
        return Ok(vec![TypePattern::Other]);
    }
    let mut cursor = Cursor { text, at: 0 };
    let mut names: Vec<String> = vec![String::new()];
    loop {
        let start = cursor.at;
        match cursor.peek() {
            Some('*') if start + 1 == text.len() && start > 0 => {
                return Ok(names.into_iter().map(TypePattern::Prefix).collect());
            }
            Some('*') => {
                return Err(cursor.wrong(
                    start..start + 1,
                    "`*` stands alone, or at the end after `/`",
                    "`track/*` means every type that starts with `track/`; a `*` that is part of a name stands in '…'",
                ));
            }
            _ => {}
        }
        let parts = match cursor.peek() {
            Some('(') => cursor.alternatives(TYPE_STOPS)?,
            _ => vec![cursor.name(TYPE_STOPS)?],
        };
        if names.len() * parts.len() > ALTERNATIVES_MAX {
            return Err(cursor.wrong(
                0..text.len(),
                format!("this stands for more than {ALTERNATIVES_MAX} types"),
                "write several shorter names",
            ));
        }
        names = names
            .iter()
            .flat_map(|name| parts.iter().map(move |part| format!("{name}{part}")))
            .collect();
        match cursor.peek() {
            None => return Ok(names.into_iter().map(TypePattern::Exact).collect()),
            Some('/') => {
                cursor.at += 1;
                names.iter_mut().for_each(|n| n.push('/'));
            }
            Some(c) => {
                return Err(cursor.wrong(
                    cursor.at..cursor.at + c.len_utf8(),
                    format!("`{c}` cannot stand here"),
                    "the parts of a type are joined by `/`; a part that holds this character stands in '…'",
                ));
            }
        }
    }
}

const PATH_STOPS: &[char] = &['.', '[', ']', '(', ')', '|', '*', '\''];
const TYPE_STOPS: &[char] = &['/', '[', ']', '(', ')', '|', '*', '\''];

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    #[expect(clippy::unused_self, reason = "reads as a sentence where it is used")]
    fn wrong(
        &self,
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Unreadable {
        Unreadable {
            range,
            message: message.into(),
            help: help.into(),
            later: false,
        }
    }

    fn later(&self, range: Range<usize>) -> Unreadable {
        Unreadable {
            message: self.text[range.clone()].to_owned(),
            range,
            help: String::new(),
            later: true,
        }
    }

    fn later_or_stray_bar(&self) -> Unreadable {
        let rest = self.rest();
        if rest.starts_with("|json") {
            return self.later(self.at..self.at + "|json".len());
        }
        self.wrong(
            self.at..self.at + 1,
            "`|` stands between alternatives only",
            "write `(a|b)`, with the parentheses",
        )
    }

    /// A name, quoted or not.
    fn name(&mut self, stops: &[char]) -> Result<String, Unreadable> {
        let start = self.at;
        if self.peek() == Some('\'') {
            return self.quoted();
        }
        let len = self.rest().find(stops).unwrap_or(self.rest().len());
        let name = &self.rest()[..len];
        if name.is_empty() {
            let end = start + self.peek().map_or(0, char::len_utf8);
            return Err(self.wrong(
                start..end,
                "a name is missing here",
                "an empty name, or one that holds this character, stands in '…'",
            ));
        }
        if name.trim() != name {
            return Err(self.wrong(
                start..start + len,
                "a name starts or ends with a space",
                "remove the space; if it belongs to the name, put the name in '…'",
            ));
        }
        self.at += len;
        Ok(name.to_owned())
    }

    /// A name in `'…'`, `''` for a quote inside.
    fn quoted(&mut self) -> Result<String, Unreadable> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            let Some(at) = self.rest().find('\'') else {
                return Err(self.wrong(
                    start..self.text.len(),
                    "the quote is not closed",
                    "end the name with `'`; a quote inside is written `''`",
                ));
            };
            name.push_str(&self.rest()[..at]);
            self.at += at + 1;
            if !self.rest().starts_with('\'') {
                return Ok(name);
            }
            name.push('\'');
            self.at += 1;
        }
    }

    /// `(a|b)`.
    fn alternatives(&mut self, stops: &[char]) -> Result<Vec<String>, Unreadable> {
        let start = self.at;
        self.at += 1;
        let mut names: Vec<String> = Vec::new();
        loop {
            let before = self.at;
            let name = self.name(stops)?;
            if names.contains(&name) {
                return Err(self.wrong(
                    before..self.at,
                    format!("`{name}` stands twice in the alternatives"),
                    "remove one",
                ));
            }
            names.push(name);
            match self.peek() {
                Some('|') => self.at += 1,
                Some(')') => {
                    self.at += 1;
                    return Ok(names);
                }
                Some(c) => {
                    return Err(self.wrong(
                        self.at..self.at + c.len_utf8(),
                        format!("`{c}` cannot stand between alternatives"),
                        "alternatives are whole names; what they share stands before: `data.(lat|lon)`",
                    ));
                }
                None => {
                    return Err(self.wrong(
                        start..self.text.len(),
                        "the parenthesis is not closed",
                        "write `(a|b)`",
                    ));
                }
            }
        }
    }

    /// `[*]` or `[n]`.
    fn element(&mut self) -> Result<Step, Unreadable> {
        let start = self.at;
        if self.rest().starts_with("[?") {
            return Err(self.later(start..self.text.len()));
        }
        let Some(len) = self.rest().find(']') else {
            return Err(self.wrong(
                start..self.text.len(),
                "the bracket is not closed",
                "write `[*]` for every element or `[0]` for the first",
            ));
        };
        let inside = &self.rest()[1..len];
        self.at += len + 1;
        if inside == "*" {
            return Ok(Step::AnyElement);
        }
        let plain = inside == "0" || (!inside.starts_with('0') && !inside.is_empty());
        match inside.parse::<u32>() {
            Ok(n) if plain && inside.bytes().all(|b| b.is_ascii_digit()) => Ok(Step::Element(n)),
            _ if inside.starts_with(['\'', '"']) => Err(self.wrong(
                start..self.at,
                format!("`[{inside}]` is not an element"),
                "a member stands behind a dot: `a.b`, in `'…'` if its name holds a dot",
            )),
            _ => Err(self.wrong(
                start..self.at,
                format!("`[{inside}]` is not an element"),
                "write `[*]` for every element or `[0]` for the first",
            )),
        }
    }
}

/// The bytes of `source` that `range` of `written` is, when `written` is the
/// text of the scalar at `span`; the whole scalar when escapes lie between.
pub(crate) fn place_inside(source: &str, span: Span, written: &str, range: &Range<usize>) -> Span {
    for quote in [0, 1] {
        let (start, end) = (span.start + quote, span.end.saturating_sub(quote));
        if source.get(start..end) == Some(written) {
            return Span {
                start: start + range.start,
                end: start + range.end,
            };
        }
    }
    span
}

/// Reports a path, place or type name that cannot be read.
pub(crate) fn report(
    findings: &mut Findings,
    code: &'static str,
    source: &str,
    span: Span,
    written: &str,
    error: &Unreadable,
) {
    let at = place_inside(source, span, written, &error.range);
    if error.later {
        codes::not_in_this_version(findings, at, &error.message);
    } else {
        findings
            .error(code, at, error.message.clone())
            .help(error.help.clone());
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
