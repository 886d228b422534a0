//! Paths, places and type names, as the policy writes them.
//!
//! A step is a name, `(a|b)`, `*` or `**`, then any number of `[*]`, `[n]`,
//! `[?path==literal]` and `|json`; steps are joined by `.`. `(a|b)` is written out here, of
//! names and of literals: the rest of the house knows plain selectors only.

use std::ops::Range;

use super::notation;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::record::path::{Filter, Is, RESERVED, Selector, Step};

/// Most paths that one selector may stand for.
pub(crate) const ALTERNATIVES_MAX: usize = 1_024;
/// Most texts that are opened one inside the other.
pub(crate) const TEXTS_MAX: usize = 4;
/// Longest path, in steps: deeper values are refused when reading.
pub(crate) const STEPS_MAX: usize = 64;

/// A text that cannot be read, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// It is what stands in `[?…]` that cannot be read.
    pub(crate) filter: bool,
}

const RECORD_KEY: &str = "record_key";
const VALUE: &str = "value";
/// The path of a value that has no parts.
const ITSELF: &str = ".";
const HEADER: &str = "header";

/// A place that `from:` can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PlaceName {
    /// `value.PATH`; `value` alone, where a value has no parts.
    Value(Selector),
    /// `record_key`
    RecordKey,
    /// `record_key.PATH`
    RecordKeyPath(Selector),
    /// `header.NAME`
    Header(String),
}

impl std::fmt::Display for PlaceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlaceName::Value(path) if path.is_itself() => f.write_str(VALUE),
            PlaceName::Value(path) => write!(f, "value.{path}"),
            PlaceName::RecordKey => f.write_str("record_key"),
            PlaceName::RecordKeyPath(path) => write!(f, "record_key.{path}"),
            PlaceName::Header(name) => write!(f, "header.{name}"),
        }
    }
}

impl PlaceName {
    /// The path, where it is one of the value.
    pub(crate) fn in_value(&self) -> Option<&Selector> {
        match self {
            PlaceName::Value(path) => Some(path),
            PlaceName::RecordKey | PlaceName::RecordKeyPath(_) | PlaceName::Header(_) => None,
        }
    }

    /// The path by which `classes` name it, where it stands outside of the value:
    /// `record_key`, `record_key.PATH`, `header.NAME`.
    pub(crate) fn outside(&self) -> Option<Selector> {
        let name = |text: &str| Step::Name(text.to_owned());
        let steps = match self {
            PlaceName::Value(_) => return None,
            PlaceName::RecordKey => vec![name(RECORD_KEY)],
            PlaceName::RecordKeyPath(path) => {
                let first = std::iter::once(name(RECORD_KEY));
                first.chain(path.steps.iter().cloned()).collect()
            }
            PlaceName::Header(of) => {
                let first = std::iter::once(name(HEADER));
                first.chain(of.split('.').map(name)).collect()
            }
        };
        Some(Selector { steps })
    }

    /// True of the text of a place outside of the value, as `classes` names it.
    pub(crate) fn is_outside(text: &str) -> bool {
        let first = text.split('.').next();
        first.is_some_and(|first| first == RECORD_KEY || first == HEADER)
    }

    /// True of a path that may mean such a place.
    pub(crate) fn may_be_outside(path: &Selector) -> bool {
        matches!(path.steps.first(), Some(Step::Name(first)) if first == RECORD_KEY || first == HEADER)
    }
}

/// Which types of record an entry of `types:` means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TypePattern {
    /// Exactly that type.
    Exact(String),
    /// `track/*`, `com.example.*`: every type that starts with these bytes, the slash or dot
    /// included.
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
    if text == ITSELF {
        return Ok(vec![Selector::itself()]);
    }
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
                cursor.depth(&paths[0])?;
                vec![Step::AnyDepth]
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
            Some('[') => {
                return Err(cursor.wrong(
                    start..start + 1,
                    "a name must stand before `[`",
                    "the top of a record is an object: write `items[*]`",
                ));
            }
            Some(_) => vec![Step::Name(cursor.name(PATH_STOPS)?)],
        };
        paths = cursor.longer(&paths, &names)?;
        loop {
            let before = cursor.at;
            if cursor.takes_json(paths[0].last())? {
                if paths[0].contains(&Step::AnyDepth) {
                    return Err(cursor.behind_depth(before..cursor.at));
                }
                paths = cursor.longer(&paths, &[Step::Json])?;
            }
            if cursor.peek() != Some('[') {
                break;
            }
            let (at, before) = (cursor.at, paths[0].last());
            if let Some(Step::Filter(_)) = before {
                let mut wrong = cursor.wrong(
                    at..at + 1,
                    "what a filter chooses is an object, and has no elements",
                    "a member stands behind a dot: `a[?key=='x'].list[*]`",
                );
                wrong.filter = true;
                return Err(wrong);
            }
            let steps = cursor.element()?;
            if matches!(steps[0], Step::Filter(_)) && paths[0].contains(&Step::AnyDepth) {
                return Err(cursor.behind_depth(at..cursor.at));
            }
            paths = cursor.longer(&paths, &steps)?;
        }
        let texts = paths[0].iter().filter(|s| **s == Step::Json).count();
        if texts > TEXTS_MAX {
            return Err(cursor.wrong(
                0..text.len(),
                format!("more than {TEXTS_MAX} texts inside one another"),
                "have the producer send JSON, and not JSON in texts in texts",
            ));
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
            Some('|') => return Err(cursor.stray_bar()),
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

/// Reads a path that is only read, of one value: no `(a|b)`, no `*`, no `[*]`; `[?…]`
/// with one literal.
///
/// # Errors
/// As [`selectors`], and for anything that names more than one place.
pub(crate) fn single(text: &str) -> Result<Selector, Unreadable> {
    let mut list = selectors(text)?;
    match (list.pop(), list.is_empty()) {
        (Some(selector), true) if selector.is_read() => Ok(selector),
        (Some(Selector { steps }), _) if steps.iter().any(|s| matches!(s, Step::Filter(_))) => {
            Err(Unreadable {
                range: 0..text.len(),
                message: "this path can mean several values, one is needed".into(),
                help: "choose the element by one whole literal, `[?key=='consent']`, and write the rest without `(a|b)`, `*` and `[*]`".into(),
                filter: true,
            })
        }
        _ => Err(Unreadable {
            range: 0..text.len(),
            message: "this path can mean several values, one is needed".into(),
            help: "write it without `(a|b)`, `*` and `[*]`; `[0]` is one element".into(),
            filter: false,
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
    } else if text == VALUE {
        Ok(PlaceName::Value(Selector::itself()))
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
            filter: false,
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
                    "`*` stands alone, or at the end after `/` or `.`",
                    "`track/*` means every type that starts with `track/`, `com.example.*` every one that starts with `com.example.`; a `*` that is part of a name stands in '…'",
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
            // Names of CloudEvents, and of records, are parts with dots between them.
            Some('*') if names.iter().all(|name| name.ends_with('.')) => {}
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
            filter: false,
        }
    }

    /// Goes past `**`, of which a path has one, with a step behind it. `before`: the
    /// steps that stand before it.
    fn depth(&mut self, before: &[Step]) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += "**".len();
        let range = start..self.at;
        if before.contains(&Step::AnyDepth) {
            return Err(self.wrong(
                range,
                "a second `**` in one path",
                "one stands for any number of members and elements",
            ));
        }
        if !self.rest().starts_with('.') {
            return Err(self.wrong(
                range,
                "a step must stand behind `**`",
                "`a.**.email` is every `email` at any depth in `a`; all of `a` is `a`, with `drop` or `subtree: true`",
            ));
        }
        Ok(())
    }

    /// What cannot stand behind `**`: which list or text is meant must be known.
    fn behind_depth(&self, range: Range<usize>) -> Unreadable {
        self.wrong(
            range,
            "`[?…]` and `|json` cannot stand behind `**`",
            "name the way to the list or the text: they may stand before `**`",
        )
    }

    /// Every path with every step behind it.
    fn longer(&self, paths: &[Vec<Step>], steps: &[Step]) -> Result<Vec<Vec<Step>>, Unreadable> {
        if paths.len() * steps.len() > ALTERNATIVES_MAX {
            return Err(self.wrong(
                0..self.text.len(),
                format!("this stands for more than {ALTERNATIVES_MAX} paths"),
                "write several shorter selectors",
            ));
        }
        let with = |path: &Vec<Step>, step: &Step| [&path[..], std::slice::from_ref(step)].concat();
        let each = paths
            .iter()
            .flat_map(|p| steps.iter().map(move |s| with(p, s)));
        Ok(each.collect())
    }

    /// Goes past `|json`, if it stands here. `before`: the step that it stands on.
    fn takes_json(&mut self, before: Option<&Step>) -> Result<bool, Unreadable> {
        let Some(rest) = self.rest().strip_prefix("|json") else {
            return Ok(false);
        };
        if !rest.is_empty() && !rest.starts_with(['.', '[']) {
            return Err(self.stray_bar());
        }
        if let Some(Step::Filter(_)) = before {
            return Err(self.wrong(
                self.at..self.at + "|json".len(),
                "what a filter chooses is an object, and no text",
                "write it behind the member that is the text: `a[?key=='x'].value|json`",
            ));
        }
        self.at += "|json".len();
        Ok(true)
    }

    fn stray_bar(&self) -> Unreadable {
        self.wrong(
            self.at..self.at + 1,
            "`|` stands between alternatives, or as `|json`",
            "write `(a|b)` with the parentheses; `payload|json.email` for a member of the JSON in a text",
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
        // Else what it will mean one day would be read as a name until then.
        if name == RESERVED && stops == PATH_STOPS {
            return Err(self.wrong(
                start..start + len,
                "`@case` is reserved: the name of the branch of a union, or of the member of a `oneof`, that stands there; this version does not read it",
                "name a field of the branch; a field that is really called so is written `'@case'`",
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

    /// `[*]`, `[n]` or `[?path==literal]`: of several literals a step each.
    fn element(&mut self) -> Result<Vec<Step>, Unreadable> {
        let start = self.at;
        if self.rest().starts_with("[?") {
            let mut filter = Cursor { ..*self };
            let steps = filter.filter().map_err(|mut e| {
                e.filter = true;
                e
            })?;
            self.at = filter.at;
            return Ok(steps);
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
            return Ok(vec![Step::AnyElement]);
        }
        let plain = inside == "0" || (!inside.starts_with('0') && !inside.is_empty());
        match inside.parse::<u32>() {
            Ok(n) if plain && inside.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(vec![Step::Element(n)])
            }
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

    /// `[?path==literal]`, or several literals as `(…|…)`.
    fn filter(&mut self) -> Result<Vec<Step>, Unreadable> {
        let start = self.at;
        self.at += "[?".len();
        let mut path = Vec::new();
        loop {
            if self.rest().starts_with("==") && path.is_empty() {
                return Err(self.wrong(
                    start..self.at + 2,
                    "this filter names no member",
                    "elements are chosen by what a member of theirs holds: `[?key=='x']`; of a list of plain values `[*]` with `{ keep: { one_of: […] } }` says which stay",
                ));
            }
            path.push(self.filter_name()?);
            match self.peek() {
                Some('.') => self.at += 1,
                _ if self.rest().starts_with("==") => break,
                _ => {
                    let end = self.at + self.peek().map_or(0, char::len_utf8);
                    return Err(self.wrong(
                        self.at..end,
                        "`==` is missing here",
                        "a filter is `[?key=='text']`: a member, `==`, and one literal or `('a'|'b')`",
                    ));
                }
            }
        }
        self.at += "==".len();
        let mut tests: Vec<Is> = Vec::new();
        if self.peek() == Some('(') {
            loop {
                self.at += 1;
                let before = self.at;
                let is = self.literal()?;
                if tests.contains(&is) {
                    return Err(self.wrong(
                        before..self.at,
                        format!("`{is}` stands twice in the alternatives"),
                        "remove one",
                    ));
                }
                tests.push(is);
                match self.peek() {
                    Some('|') => {}
                    Some(')') => break,
                    _ => {
                        return Err(self.wrong(
                            start..self.at,
                            "the literals of this filter do not end",
                            "write `[?key==('a'|'b')]`",
                        ));
                    }
                }
            }
            self.at += 1;
        } else {
            tests.push(self.literal()?);
        }
        if self.peek() != Some(']') {
            let end = self.at + self.peek().map_or(0, char::len_utf8);
            return Err(self.wrong(
                self.at..end,
                "`]` is missing here",
                "a filter has one test: `[?key=='text']`",
            ));
        }
        self.at += 1;
        let step = |is| {
            let path = path.clone();
            Step::Filter(Box::new(Filter { path, is }))
        };
        Ok(tests.into_iter().map(step).collect())
    }

    /// A name in a filter: a bare one ends at `==`.
    fn filter_name(&mut self) -> Result<String, Unreadable> {
        let Some(len) = self.rest().find("==").filter(|_| self.peek() != Some('\'')) else {
            return self.name(PATH_STOPS);
        };
        let mut before = Cursor {
            text: &self.text[..self.at + len],
            at: self.at,
        };
        let name = before.name(PATH_STOPS)?;
        self.at = before.at;
        Ok(name)
    }

    /// `'text'`, `'start'*`, a number, `true` or `false`.
    fn literal(&mut self) -> Result<Is, Unreadable> {
        let start = self.at;
        if self.peek() == Some('\'') {
            let text = self.quoted()?;
            if self.peek() != Some('*') {
                return Ok(Is::Text(text));
            }
            self.at += 1;
            if text.is_empty() {
                return Err(self.wrong(
                    start..self.at,
                    "every text starts with nothing",
                    "write what it starts with, or `[*]` for every element",
                ));
            }
            return Ok(Is::Prefix(text));
        }
        let len = self
            .rest()
            .find([']', ')', '|'])
            .unwrap_or(self.rest().len());
        let word = &self.rest()[..len];
        self.at += len;
        match word {
            "true" => Ok(Is::Bool(true)),
            "false" => Ok(Is::Bool(false)),
            _ if is_shortest_number(word) => Ok(Is::Number(word.to_owned())),
            _ if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Err(self.wrong(
                start..self.at,
                format!("`{word}` is not how a number is written in a filter"),
                "write it plainly: no exponent, no zero that could be left out, at most 64 digits",
            )),
            _ => Err(self.wrong(
                start..self.at,
                "a literal is missing here",
                "text stands in `'…'`, `'…'*` is every text that starts so; a number, `true` and `false` stand bare",
            )),
        }
    }
}

/// True of a number in the one shortest spelling without an exponent.
fn is_shortest_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(|f| digits(f) && !f.ends_with('0'))
        && text != "-0"
        && unsigned.len() <= 64
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
    let code = if error.filter {
        codes::BAD_FILTER
    } else {
        code
    };
    findings
        .error(code, at, error.message.clone())
        .help(error.help.clone());
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
