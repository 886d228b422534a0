//! A report as Markdown.

use super::model::{Block, Document, Line, Look, Run, Table};
use super::visible::visible;

impl Document {
    /// As Markdown with tables (GitHub Flavored Markdown 0.29). Ends in a line
    /// break.
    pub fn to_markdown(&self) -> String {
        spell(self)
    }
}

fn spell(document: &Document) -> String {
    let mut out = format!("# {}\n", inline(&document.title));
    // What a figure draws stands in the table beside it.
    let is_said = |block: &&Block| !matches!(block, Block::Figure(_));
    for block in document.blocks.iter().filter(is_said) {
        out.push('\n');
        match block {
            Block::Heading { line, deep } => {
                let marks = if *deep { "###" } else { "##" };
                out.push_str(&format!("{marks} {}\n", inline(line)));
            }
            Block::Paragraph(line) => out.push_str(&format!("{}\n", inline(line))),
            Block::List(lines) => {
                for line in lines {
                    out.push_str(&format!("- {}\n", inline(line)));
                }
            }
            Block::Table(rows) => table(rows, &mut out),
            Block::Figure(_) => {}
            Block::Verbatim(text) => verbatim(text, &mut out),
        }
    }
    out
}

fn table(table: &Table, out: &mut String) {
    let names = table.columns.iter().map(|c| inline(&Line::from(&*c.name)));
    row(names, out);
    let rules = table.columns.iter().map(|c| match c.figures {
        true => "---:".to_owned(),
        false => "---".to_owned(),
    });
    row(rules, out);
    for cells in &table.rows {
        row(cells.iter().map(inline), out);
    }
}

fn row(cells: impl Iterator<Item = String>, out: &mut String) {
    out.push('|');
    for cell in cells {
        out.push_str(&format!(" {cell} |"));
    }
    out.push('\n');
}

/// Between fences longer than any within.
fn verbatim(text: &str, out: &mut String) {
    let fence = "`".repeat(longest_ticks(text).max(2) + 1);
    let text = visible(text.trim_end_matches('\n'), false);
    out.push_str(&format!("{fence}\n{text}\n{fence}\n"));
}

fn inline(line: &Line) -> String {
    line.0.iter().map(run).collect()
}

fn run(run: &Run) -> String {
    let text = visible(&run.text, true);
    if text.trim().is_empty() {
        return text.into_owned();
    }
    match run.look {
        Look::Plain | Look::Faint => escaped(&text),
        Look::Code => code(&text),
        Look::Strong | Look::Bad | Look::Warning | Look::Good => around(&text, "**"),
        Look::ToFill => around(&text, "_"),
    }
}

/// Emphasis must touch what it is around.
fn around(text: &str, mark: &str) -> String {
    let inner = text.trim();
    let at = text.find(inner).unwrap_or(0);
    let (before, after) = (&text[..at], &text[at + inner.len()..]);
    format!("{before}{mark}{}{mark}{after}", escaped(inner))
}

/// A code span; a bar would end the cell of a table even there, so that a span
/// that holds one is HTML.
fn code(text: &str) -> String {
    if text.contains('|') || text.contains('`') {
        let inner: String = text.chars().map(entity).collect();
        return format!("<code>{inner}</code>");
    }
    format!("`{text}`")
}

/// Every character that is markup anywhere, as itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' | '>' | '&' | '|' => out.push_str(&entity(c)),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // Markup at the start of a line only.
            '#' | '+' | '-' | '=' if text[..at].trim().is_empty() => {
                out.push('\\');
                out.push(c);
            }
            // `1.` and `1)` begin a list, `://` and `@` a link of their own.
            '.' | ')' if at > 0 && text[..at].bytes().all(|b| b.is_ascii_digit()) => {
                out.push('\\');
                out.push(c);
            }
            ':' if text[at..].starts_with("://") => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

fn entity(c: char) -> String {
    match c {
        '<' | '>' | '&' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '@' | '"' => {
            format!("&#{};", u32::from(c))
        }
        c => c.to_string(),
    }
}

fn longest_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
