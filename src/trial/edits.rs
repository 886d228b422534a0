//! Pieces of a policy's text replaced, so that an expected output says what leaves;
//! everything between them stays.

use super::compare::differences;
use super::fitting::{fit, fresh, member, value};
use super::spelled::spelled;
use crate::document::yaml::scalar;
use crate::language::written::{Kind, Member, Node};
use crate::policy::check::json::Json;

/// Pieces of the text to be replaced.
pub(super) struct Edits<'t> {
    text: &'t str,
    line_break: &'static str,
    list: Vec<(usize, usize, String)>,
}

impl<'t> Edits<'t> {
    /// None yet.
    pub(super) fn of(text: &'t str) -> Edits<'t> {
        Edits {
            text,
            line_break: if text.contains("\r\n") { "\r\n" } else { "\n" },
            list: Vec::new(),
        }
    }

    /// What makes the node say what leaves; `None` when it spells no value.
    pub(super) fn node(&mut self, node: &Node, found: &Json, whole: bool) -> Option<()> {
        if differences(&value(node)?, found, whole).is_empty() {
            return Some(());
        }
        match (&node.kind, found) {
            (Kind::Map(members), Json::Object(of)) if self.can_stay(node, members, of) => {
                let is_flow = self.is_flow(node);
                for (n, m) in members.iter().enumerate() {
                    match member(of, &m.name) {
                        Some(found) => self.node(&m.value, found, whole)?,
                        None if is_flow => self.remove_from_flow(members, n, of),
                        None => self.remove_lines(m),
                    }
                }
                if whole {
                    let last = members.iter().rfind(|m| member(of, &m.name).is_some())?;
                    self.insert(last, is_flow, fresh(members, of));
                }
            }
            (Kind::List(items), Json::List(found)) if items.len() == found.len() => {
                for (item, found) in items.iter().zip(found) {
                    self.node(item, found, whole)?;
                }
            }
            _ => {
                let next = spelled(&fit(node, found, whole)?);
                let range = (self.start_of(node), self.end_of(node));
                self.list.push((range.0, range.1, next));
            }
        }
        Some(())
    }

    /// Something of the mapping stays, and no name behind the dash of a list goes.
    fn can_stay(&self, node: &Node, members: &[Member], found: &[(String, Json)]) -> bool {
        let stays = |m: &Member| member(found, &m.name).is_some();
        let Some(first) = members.first() else {
            return false;
        };
        let at = first.name_span.start;
        let behind_dash = !self.text[self.line_start(at)..at].trim().is_empty();
        members.iter().any(stays) && (self.is_flow(node) || stays(first) || !behind_dash)
    }

    fn is_flow(&self, node: &Node) -> bool {
        self.text[node.span.start..].starts_with(['{', '['])
    }

    /// The first character of a node; of a text of several lines its `|` or `>`.
    fn start_of(&self, node: &Node) -> usize {
        let start = node.span.start;
        let before = self.text[..start].trim_end();
        let on_its_line = self.text[before.len()..start].contains('\n');
        if !on_its_line || !matches!(node.kind, Kind::Scalar { quoted: true, .. }) {
            return start;
        }
        let line = &before[self.line_start(before.len())..];
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        let mark = line.trim_end_matches(|c: char| "+-".contains(c) || c.is_ascii_digit());
        match mark.ends_with(" |") || mark.ends_with(" >") {
            true => self.line_start(before.len()) + mark.len() - 1,
            false => start,
        }
    }

    /// Behind the last character of a node.
    fn end_of(&self, node: &Node) -> usize {
        let last = match &node.kind {
            _ if self.is_flow(node) => None,
            Kind::Map(members) => members.last().map(|m| &m.value),
            Kind::List(items) => items.last(),
            Kind::Scalar { .. } => None,
        };
        match last {
            Some(last) => self.end_of(last),
            None => self.text[..node.span.end].trim_end().len(),
        }
    }

    /// Takes a member out of `{…}`, with the comma behind it; behind the last that
    /// stays, with the comma before it. Comments stay.
    fn remove_from_flow(&mut self, members: &[Member], n: usize, found: &[(String, Json)]) {
        let stays = |m: &Member| member(found, &m.name).is_some();
        let (start, end) = (members[n].name_span.start, self.end_of(&members[n].value));
        let before = n.checked_sub(1).map(|at| self.end_of(&members[at].value));
        let next = members.get(n + 1).map(|m| m.name_span.start);
        let (between, is_before) = match (next, before) {
            (Some(next), _) if members[n..].iter().any(stays) => ((end, next), false),
            (_, Some(before)) => ((before, start), true),
            (_, None) => return self.remove((start, end)),
        };
        let Some(comma) = self.comma(between) else {
            return self.remove((start, end));
        };
        if !self.text[between.0..between.1].contains('#') {
            let whole = (start.min(between.0), end.max(between.1));
            return self.remove(whole);
        }
        if is_before {
            self.remove((comma, comma + 1));
            self.remove((self.line_start(start).max(comma + 1), end));
        } else {
            let blanks = self.text[comma + 1..].find(|c| c != ' ').unwrap_or(0);
            self.remove((start, end));
            self.remove((comma, comma + 1 + blanks));
        }
    }

    /// The comma in a range that holds comments and blanks besides.
    fn comma(&self, (start, end): (usize, usize)) -> Option<usize> {
        let mut in_comment = false;
        let mut chars = self.text[start..end].char_indices();
        let comma = chars.find(|(_, c)| {
            in_comment = *c == '#' || in_comment && *c != '\n';
            *c == ',' && !in_comment
        });
        comma.map(|(at, _)| start + at)
    }

    fn remove(&mut self, (start, end): (usize, usize)) {
        self.list.push((start, end, String::new()));
    }

    fn remove_lines(&mut self, m: &Member) {
        let start = self.line_start(m.name_span.start);
        let end = self.line_end(self.end_of(&m.value));
        self.remove((start, end));
    }

    fn insert<'j>(
        &mut self,
        last: &Member,
        is_flow: bool,
        fresh: impl Iterator<Item = &'j (String, Json)>,
    ) {
        let end = self.end_of(&last.value);
        let start = last.name_span.start;
        let indent = " ".repeat(start - self.line_start(start));
        let mut added = String::new();
        for (name, value) in fresh {
            let one = format!("{}: {}", scalar(name), spelled(value));
            added += &match is_flow {
                true => format!(", {one}"),
                false => format!("{indent}{one}{}", self.line_break),
            };
        }
        if added.is_empty() {
            return;
        }
        let at = if is_flow { end } else { self.line_end(end) };
        if !is_flow && !self.text[..at].ends_with('\n') {
            added.insert_str(0, self.line_break);
        }
        self.list.push((at, at, added));
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Behind the line break of the line that `at` is on.
    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n');
        end.map_or(self.text.len(), |end| at + end + 1)
    }

    /// The text with all of them.
    pub(super) fn applied(mut self) -> String {
        // What is inside comes before what is around it, and an insertion before what
        // is removed behind it.
        self.list.sort_by_key(|(start, end, _)| (*start, *end));
        let mut next = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end, with) in &self.list {
            next.push_str(&self.text[at..*start]);
            next.push_str(with);
            at = *end;
        }
        next.push_str(&self.text[at..]);
        next
    }
}
