//! The same for people, as a report.

use super::became::Became;
use super::row::Row;
use super::rows::Beside;
use crate::document::{Document, Line, Look, Table, joined};

impl Beside {
    /// As a report. Holds what the record holds.
    pub fn page(&self) -> Document {
        let title = Line::from(format!("record {} in ", self.line)).and(Look::Code, &*self.topic);
        let mut page = Document::new(title);
        page.say(fate(self.became));
        if let Some(needs) = &self.needs {
            page.say(Line::with_codes(needs));
        }
        if let Some(raw) = &self.raw {
            page.verbatim(raw);
        }
        if !self.rows.is_empty() {
            let mut table = Table::new(&["before", "", "after", "", "why"]);
            for row in &self.rows {
                table.row(cells(row));
            }
            page.table(table);
        }
        if self.more > 0 {
            page.say(format!("{} more places are not shown.", self.more));
        }
        if !self.absent.is_empty() {
            let names = self.absent.iter().map(|path| Line::code(&**path));
            page.say(Line::from("Nothing in this record for: ").then(joined(names, ", ")));
        }
        page
    }
}

fn fate(became: Became) -> Line {
    let look = match became {
        Became::Written => Look::Good,
        Became::Waits(_) | Became::LeftOut(_) | Became::Withheld { .. } => Look::Warning,
        Became::Quarantined(_) => Look::Bad,
    };
    let line = Line::of(look, became.word());
    match became.why() {
        Some([word, cause, _]) => line
            .and(Look::Plain, ": ")
            .and(Look::Code, word)
            .and(Look::Plain, ". ")
            .then(Line::with_codes(cause)),
        None => line,
    }
}

fn cells(row: &Row) -> [Line; 5] {
    let code = |text: &Option<String>| text.as_ref().map_or_else(Line::default, Line::code);
    let to = match &row.to {
        Some(to) if row.after.is_some() => Line::code(to),
        _ => Line::of(look(row.fate), row.fate),
    };
    [
        Line::code(&*row.from),
        code(&row.before),
        to,
        code(&row.after),
        Line::with_codes(&row.why),
    ]
}

fn look(fate: &str) -> Look {
    match fate {
        "refused" => Look::Bad,
        "left out" | "replaced" | "not written" | "not told" => Look::Warning,
        _ => Look::Faint,
    }
}
