//! A report for a terminal.

use super::model::{Block, Document, Line, Look, Run, Table};
use super::visible::visible;

/// Puts the colours of a look around a text.
pub type Paint<'a> = &'a dyn Fn(Look, &str) -> String;

/// Between two columns.
const GAP: usize = 2;

/// A column is not folded below this; where that is still too wide for the screen, the
/// cells of a row stand under each other.
const NARROWEST: usize = 8;

impl Document {
    /// As text of that many columns; `paint` puts the colours of a look around a
    /// text that holds none. Ends in a line break.
    pub fn to_text(&self, width: usize, paint: Paint<'_>) -> String {
        spell(self, width, paint)
    }
}

fn spell(document: &Document, width: usize, paint: Paint<'_>) -> String {
    let mut out = String::new();
    let mut page = Page {
        out: &mut out,
        width: width.max(NARROWEST),
        paint,
    };
    page.heading(&document.title);
    // What a figure draws stands in the table beside it.
    let is_said = |block: &&Block| !matches!(block, Block::Figure(_));
    for block in document.blocks.iter().filter(is_said) {
        page.out.push('\n');
        match block {
            Block::Heading { line, .. } => page.heading(line),
            Block::Paragraph(line) => page.folded(line, "", ""),
            Block::List(lines) => lines.iter().for_each(|l| page.folded(l, "- ", "  ")),
            Block::Table(table) => page.table(table),
            Block::Figure(_) => {}
            Block::Verbatim(text) => {
                for line in visible(text.trim_end_matches('\n'), false).lines() {
                    page.out.push_str("  ");
                    page.out.push_str(line);
                    page.out.push('\n');
                }
            }
        }
    }
    out
}

struct Page<'a> {
    out: &'a mut String,
    width: usize,
    paint: Paint<'a>,
}

impl Page<'_> {
    fn heading(&mut self, line: &Line) {
        let text: String = line.0.iter().map(|run| visible(&run.text, true)).collect();
        self.out.push_str(&(self.paint)(Look::Strong, &text));
        self.out.push('\n');
    }

    fn folded(&mut self, line: &Line, first: &str, rest: &str) {
        let room = self.width.saturating_sub(first.len().max(rest.len()));
        for (n, row) in fold(line, room).iter().enumerate() {
            self.out.push_str(if n == 0 { first } else { rest });
            self.row(row);
            self.out.push('\n');
        }
    }

    fn row(&mut self, row: &[Run]) {
        for run in row {
            match run.look {
                Look::Plain => self.out.push_str(&run.text),
                look => self.out.push_str(&(self.paint)(look, &run.text)),
            }
        }
    }

    /// Each column as wide as its widest cell; where that is too much, the widest
    /// columns are folded; where even that is, there are no columns.
    fn table(&mut self, table: &Table) {
        let names: Vec<Line> = table
            .columns
            .iter()
            .map(|c| Line::of(Look::Faint, &*c.name))
            .collect();
        let wants: Vec<usize> = (0..table.columns.len())
            .map(|n| {
                let cells = table.rows.iter().map(|row| &row[n]);
                cells.chain([&names[n]]).map(width_of).max().unwrap_or(0)
            })
            .collect();
        let widths = shares(&wants, self.width);
        if widths.iter().sum::<usize>() + GAP * wants.len().saturating_sub(1) > self.width {
            return self.stacked(table);
        }
        for row in std::iter::once(&names).chain(&table.rows) {
            self.table_row(table, row, &widths);
        }
    }

    /// Each row as a block: its first cell, and below it the others that hold something,
    /// each with its name.
    fn stacked(&mut self, table: &Table) {
        for row in &table.rows {
            for (n, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
                if n == 0 {
                    self.folded(cell, "", "  ");
                } else if !cell.is_empty() {
                    let named = Line::of(Look::Faint, format!("{}: ", column.name));
                    self.folded(&named.then(cell.clone()), "  ", "    ");
                }
            }
        }
    }

    fn table_row(&mut self, table: &Table, row: &[Line], widths: &[usize]) {
        let cells: Vec<Vec<Vec<Run>>> = row
            .iter()
            .zip(widths)
            .map(|(line, width)| fold(line, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for n in 0..height {
            let mut owed = 0;
            for ((cell, width), column) in cells.iter().zip(widths).zip(&table.columns) {
                let line = cell.get(n).map_or(&[][..], Vec::as_slice);
                let taken: usize = line.iter().map(|run| columns_of(&run.text)).sum();
                let free = width.saturating_sub(taken);
                if column.figures {
                    owed += free;
                }
                if taken > 0 {
                    self.out.extend(std::iter::repeat_n(' ', owed));
                    owed = 0;
                    self.row(line);
                }
                owed += GAP + if column.figures { 0 } else { free };
            }
            self.out.push('\n');
        }
    }
}

/// The widths that columns get of a screen, in the order of `wants`.
fn shares(wants: &[usize], screen: usize) -> Vec<usize> {
    let gaps = GAP * wants.len().saturating_sub(1);
    let room = screen.saturating_sub(gaps);
    let fits = |most: usize| wants.iter().map(|want| (*want).min(most)).sum::<usize>() <= room;
    let mut most = wants.iter().copied().max().unwrap_or(0);
    while most > NARROWEST && !fits(most) {
        most -= 1;
    }
    let mut widths: Vec<usize> = wants.iter().map(|want| (*want).min(most)).collect();
    // What the whole number left over goes to the columns that are folded.
    let mut left = room.saturating_sub(widths.iter().sum());
    for (width, want) in widths.iter_mut().zip(wants) {
        let more = (want - *width).min(left);
        *width += more;
        left -= more;
    }
    widths
}

fn columns_of(text: &str) -> usize {
    textwrap::core::display_width(text)
}

fn width_of(line: &Line) -> usize {
    line.0
        .iter()
        .map(|run| columns_of(&visible(&run.text, true)))
        .sum()
}

/// A line cut into rows of that many columns, at spaces where there are some.
fn fold(line: &Line, room: usize) -> Vec<Vec<Run>> {
    let room = room.max(1);
    let mut rows: Vec<Vec<Run>> = vec![Vec::new()];
    let mut taken = 0;
    for (word, look) in words(line) {
        let mut word = word.as_str();
        loop {
            let row = rows.last_mut().expect("there is always a row");
            let bare = word.trim_end_matches(' ');
            if taken + columns_of(bare) <= room {
                taken += columns_of(word);
                put(row, word, look);
                break;
            }
            if taken > 0 {
                rows.push(Vec::new());
                taken = 0;
                continue;
            }
            // A word that is wider than the column is cut.
            let mut end = 0;
            let mut used = 0;
            for (at, c) in word.char_indices() {
                let next = used + columns_of(c.encode_utf8(&mut [0; 4]));
                if next > room && end > 0 {
                    break;
                }
                used = next;
                end = at + c.len_utf8();
            }
            put(row, &word[..end], look);
            rows.push(Vec::new());
            word = &word[end..];
            if word.is_empty() {
                break;
            }
        }
    }
    for row in &mut rows {
        if let Some(last) = row.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
        }
    }
    if rows.len() > 1 && rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

fn put(row: &mut Vec<Run>, text: &str, look: Look) {
    match row.last_mut() {
        Some(run) if run.look == look => run.text.push_str(text),
        _ => row.push(Run {
            text: text.to_owned(),
            look,
        }),
    }
}

/// The words of a line, each with the spaces behind it.
fn words(line: &Line) -> Vec<(String, Look)> {
    let mut words = Vec::new();
    for run in &line.0 {
        let text = visible(&run.text, true);
        let mut rest: &str = &text;
        while !rest.is_empty() {
            let word = rest.find(' ').unwrap_or(rest.len());
            let spaces = rest[word..].len() - rest[word..].trim_start_matches(' ').len();
            words.push((rest[..word + spaces].to_owned(), run.look));
            rest = &rest[word + spaces..];
        }
    }
    words
}
