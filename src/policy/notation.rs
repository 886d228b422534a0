//! Paths in the notation of another language: they can be read as paths of
//! ours, and then name members that no event has.

use std::borrow::Cow;

use super::selector;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::record::path::quoted_name;

/// Warns when `written`, a selector that was read without a mistake, looks as
/// if it were written for another language. `span` is its place in `source`,
/// the policy text.
pub(crate) fn check(findings: &mut Findings, source: &str, span: Span, written: &str) {
    if foreign(written).is_some() {
        warn(findings, span, "", written);
    } else if is_quoted_for_yaml(source, span, written) {
        findings
            .warning(
                codes::FOREIGN_PATH,
                span,
                format!("the quotes around `{written}` are those of YAML"),
            )
            .label("a member inside another, not one with dots in its name")
            .why("YAML takes its quotes away, so to the policy they are not there")
            .help(format!(
                "write `{written}` for the member inside the other, {} for one whose name holds the dots",
                in_yaml(&format!("'{written}'"))
            ))
            .field(written);
    }
}

/// The same for a place, `value.PATH` or `record_key.PATH`.
pub(crate) fn check_place(findings: &mut Findings, span: Span, written: &str) {
    for start in ["value.", "record_key."] {
        if let Some(path) = written.strip_prefix(start) {
            warn(findings, span, start, path);
        }
    }
}

/// The path of another language as it is written here; `None` when it is none,
/// or stands for the whole event.
pub(crate) fn ours(written: &str) -> Option<String> {
    let ours = foreign(written)?.ours;
    selector::selectors(&ours).is_ok().then_some(ours)
}

fn warn(findings: &mut Findings, span: Span, start: &str, written: &str) {
    let Some(found) = foreign(written) else {
        return;
    };
    let member = format!(
        "members that are really called so are written {}",
        in_yaml(&format!("{start}{}", found.literal))
    );
    let help = match ours(written) {
        Some(ours) => format!("write {}; {member}", in_yaml(&format!("{start}{ours}"))),
        None => format!("name the members, from the top: `context.page.path`; {member}"),
    };
    findings
        .warning(
            codes::FOREIGN_PATH,
            span,
            format!("`{written}` is not how a path is written here"),
        )
        .label("matches nothing unless a member has that very name")
        .why(found.notation)
        .help(help)
        .field(written);
}

/// Warns when the name of a sibling is written like a path. `written` is taken
/// as one name, whatever it holds.
pub(crate) fn check_sibling(findings: &mut Findings, span: Span, written: &str) {
    let is_path = written.contains(['.', '[', '\'']) || written.starts_with(['$', '@', '/']);
    if is_path {
        findings
            .warning(
                codes::FOREIGN_PATH,
                span,
                format!("`{written}` is taken as the name of one sibling"),
            )
            .label("not a path: matches nothing unless a sibling has that very name")
            .why("a part that is never there is the same in every event, so different values become one")
            .help("`from` names members that stand beside the field that is written: `[first, last]`");
    }
}

/// A path of another language.
struct Foreign {
    /// Where such paths are at home, and what they mean here.
    notation: &'static str,
    /// The same path as it is written here.
    ours: String,
    /// What was written, taken at its word: odd names in quotes.
    literal: String,
}

/// What is odd about one step.
enum Odd {
    /// It stands for the top of the event.
    Top(&'static str),
    /// It stands for an element of the step before.
    Element(&'static str, String),
    /// It is made of several steps, or of one under another name.
    Steps(&'static str, String),
    /// It and the next are one name with a dot.
    Joined,
}

const POINTER: &str = "a slash is part of a name here; steps are joined by `.`, from the top";
const TEMPLATE: &str = "a path stands without `${…}` or `{{…}}` here";

fn foreign(written: &str) -> Option<Foreign> {
    let steps = steps(written);
    let literal = || {
        let quoted = steps.iter().enumerate().map(|(at, step)| {
            let strange = odd(&steps, at).is_some() || is_whole(written);
            match strange {
                true => quoted_step(step),
                false => (*step).to_owned(),
            }
        });
        quoted.collect::<Vec<String>>().join(".")
    };
    if let Some((notation, ours)) = whole(written) {
        let literal = literal();
        return Some(Foreign {
            notation,
            ours,
            literal,
        });
    }
    let mut ours: Vec<String> = Vec::new();
    let mut notation = None;
    let mut at = 0;
    while let Some(step) = steps.get(at) {
        let said = match odd(&steps, at) {
            None => {
                ours.push((*step).to_owned());
                at += 1;
                continue;
            }
            Some(Odd::Top(said)) => said,
            Some(Odd::Element(said, element)) => {
                match ours.last_mut() {
                    Some(before) => before.push_str(&element),
                    None => ours.push(element),
                }
                said
            }
            Some(Odd::Steps(said, path)) => {
                ours.push(path);
                said
            }
            Some(Odd::Joined) => {
                let start = step.trim_end_matches('\\');
                let name = format!("{start}.{}", steps[at + 1]);
                ours.push(quoted_name(&name).into_owned());
                at += 1;
                "a dot that belongs to a name is not escaped here: the name stands in '…'"
            }
        };
        notation = notation.or(Some(said));
        at += 1;
    }
    Some(Foreign {
        notation: notation?,
        ours: ours.join("."),
        literal: literal(),
    })
}

fn is_whole(written: &str) -> bool {
    whole(written).is_some()
}

/// Notations that concern the text as a whole.
fn whole(written: &str) -> Option<(&'static str, String)> {
    let pointer = written.strip_prefix('#').unwrap_or(written);
    if let Some(path) = pointer.strip_prefix('/') {
        let mut ours = String::new();
        for name in path.split('/') {
            let name = name.replace("~1", "/").replace("~0", "~");
            match index(&name) {
                Some(element) if !ours.is_empty() => ours.push_str(&element),
                _ => {
                    let dot = if ours.is_empty() { "" } else { "." };
                    ours.push_str(&format!("{dot}{}", quoted_name(&name)));
                }
            }
        }
        return Some((POINTER, ours));
    }
    let inside = written
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| written.strip_prefix("{{")?.strip_suffix("}}"))?;
    Some((TEMPLATE, inside.trim().trim_start_matches('.').to_owned()))
}

fn odd(steps: &[&str], at: usize) -> Option<Odd> {
    let step = steps[at];
    // In quotes a name is meant, and alternatives are a form of ours.
    if step.starts_with(['\'', '(']) {
        return None;
    }
    let name = step.split('[').next().unwrap_or(step);
    if at == 0 && (name == "$" || name == "@") {
        return Some(Odd::Top(
            "`$` and `@` do not stand for the event here; a path begins with a member",
        ));
    }
    if at == 0 && step == "this" && steps.len() > 1 {
        return Some(Odd::Top(
            "`this` does not stand for the event here; a path begins with a member",
        ));
    }
    if at > 0 && step == "#" {
        return Some(Odd::Element(
            "`#` does not stand for every element here",
            "[*]".to_owned(),
        ));
    }
    if let Some(element) = index(name).filter(|_| at > 0) {
        let element = format!("{element}{}", &step[name.len()..]);
        return Some(Odd::Element(
            "a number behind a dot is the name of a member here; an element stands in brackets, `[*]` is every element",
            element,
        ));
    }
    if step.contains("->") {
        let parts: Vec<&str> = step
            .split("->")
            .map(|p| p.trim_start_matches('>'))
            .collect();
        return Some(Odd::Steps("steps are joined by `.` here", parts.join(".")));
    }
    for quote in ['"', '`'] {
        let inside = name.strip_prefix(quote).and_then(|n| n.strip_suffix(quote));
        if let Some(inside) = inside.filter(|n| !n.is_empty()) {
            let rest = &step[name.len()..];
            let ours = format!("{}{rest}", quoted_name(inside));
            return Some(Odd::Steps(
                "the quotes of a path are '…' here; others belong to the name",
                ours,
            ));
        }
    }
    (step.ends_with('\\') && at + 1 < steps.len()).then_some(Odd::Joined)
}

/// `[n]` for a number that is rather a position than a name: a year is a name.
fn index(name: &str) -> Option<String> {
    let digits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let plain = name == "0" || !name.starts_with('0');
    (digits && plain && name.len() <= 3).then(|| format!("[{name}]"))
}

/// The steps of a selector that can be read, with their brackets.
fn steps(written: &str) -> Vec<&str> {
    let mut quoted = false;
    written
        .split(|c| {
            quoted ^= c == '\'';
            c == '.' && !quoted
        })
        .collect()
}

/// The step with its name in quotes.
fn quoted_step(step: &str) -> String {
    let (name, rest) = step.split_at(step.find('[').unwrap_or(step.len()));
    format!("'{name}'{rest}")
}

/// True when YAML's own quotes stand around a path that needs none: then its
/// author may have meant the quotes of a selector.
fn is_quoted_for_yaml(source: &str, span: Span, written: &str) -> bool {
    let plain = |step: &str| {
        let mut bytes = step.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    source[span.start..].starts_with('\'') && written.contains('.') && written.split('.').all(plain)
}

/// A selector as it stands in a policy: in quotes once more where YAML would
/// take its own for YAML's.
fn in_yaml(selector: &str) -> Cow<'_, str> {
    let plain = selector.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if plain && !selector.contains(['[', ']', '{', '}', ',', '#']) && !selector.contains(": ") {
        return format!("`{selector}`").into();
    }
    let escaped = selector.replace('\\', "\\\\").replace('"', "\\\"");
    format!("`\"{escaped}\"`").into()
}

#[cfg(test)]
#[path = "notation_tests.rs"]
mod tests;
