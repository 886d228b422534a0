//! The options of a connector: JSON as the REST interface takes it, or properties.

use super::configuration::tree;
use super::outcome::NotRead;
use super::rules::{Place, line};
use crate::language::written::Node;

/// One property, and its line.
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
    line: usize,
}

impl Property {
    pub(super) fn place(&self) -> Place {
        Place {
            line: self.line,
            what: self.name.clone(),
        }
    }
}

/// All of them, in order.
///
/// # Errors
/// [`NotRead::Text`] where it begins as JSON and is none.
pub(super) fn properties(text: &str) -> Result<Vec<Property>, NotRead> {
    Ok(match text.trim_start().starts_with('{') {
        true => of_json(&tree(text)?, text),
        false => of_properties(text),
    })
}

fn of_json(root: &Node, text: &str) -> Vec<Property> {
    let config = root.member("config").map_or(root, |m| &m.value);
    let members = config.members().unwrap_or_default().iter();
    members
        .filter_map(|m| {
            Some(Property {
                name: m.name.clone(),
                value: m.value.scalar()?.to_owned(),
                line: line(text, m.name_span),
            })
        })
        .collect()
}

/// Properties as Java reads them: `name = value` or `name: value`, `\` at the end of a
/// line goes on, `\` before a character takes it as it is.
fn of_properties(text: &str) -> Vec<Property> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, first)) = lines.next() {
        let mut whole = first.trim_start().to_owned();
        if whole.starts_with(['#', '!']) || whole.is_empty() {
            continue;
        }
        while whole.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
            whole.pop();
            match lines.next() {
                Some((_, next)) => whole.push_str(next.trim_start()),
                None => break,
            }
        }
        let mut escaped = false;
        let end = whole.find(|c: char| {
            let ends = !escaped && (c == '=' || c == ':' || c.is_whitespace());
            escaped = !escaped && c == '\\';
            ends
        });
        let (name, value) = whole.split_at(end.unwrap_or(whole.len()));
        let value = value.trim_start().trim_start_matches(['=', ':']).trim();
        found.push(Property {
            name: unescaped(name),
            value: unescaped(value),
            line: at + 1,
        });
    }
    found
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}
