//! Headings, paragraphs, lists and tables.

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it is about; its first heading.
    pub title: Line,
    /// What it says, in this order.
    pub blocks: Vec<Block>,
}

/// One piece of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Opens a part of the report; a part of a part where `deep`.
    Heading {
        /// What the part is about.
        line: Line,
        /// One level further down.
        deep: bool,
    },
    /// A few sentences.
    Paragraph(Line),
    /// Points, each a line of its own.
    List(Vec<Line>),
    /// Rows of cells under named columns.
    Table(Table),
    /// A drawing of what a table beside it says; where nothing is drawn, the table says it.
    Figure(Figure),
    /// Lines that are taken as they stand: a command, a query.
    Verbatim(String),
}

/// Shares as bars under each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What is drawn.
    pub title: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

/// A share as a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Of what.
    pub name: String,
    /// From 0 to 1.
    pub share: f64,
    /// Between these it lies, if it is an estimate.
    pub between: Option<(f64, f64)>,
    /// What it is to be held against.
    pub beside: Option<f64>,
}

impl Bar {
    /// A share that is as it is.
    pub fn of(name: impl Into<String>, share: f64) -> Bar {
        Bar {
            name: name.into(),
            share,
            between: None,
            beside: None,
        }
    }
}

/// Rows of cells under named columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Line>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Figures stand at the right.
    pub(super) figures: bool,
}

/// Texts that stand in one line, or are folded as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub(super) Vec<Run>);

/// Characters of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) look: Look,
}

/// What a text of a line is, hence how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A sentence.
    Plain,
    /// A word of the policy, a path, a value that leaves.
    Code,
    /// Look here.
    Strong,
    /// What is as it should be.
    Good,
    /// What needs attention.
    Warning,
    /// What is wrong.
    Bad,
    /// Less important.
    Faint,
    /// What a person must still say.
    ToFill,
}

impl Document {
    /// An empty report of that title.
    pub fn new(title: impl Into<Line>) -> Document {
        Document {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// Opens a part.
    pub fn part(&mut self, line: impl Into<Line>) -> &mut Document {
        let line = line.into();
        self.push(Block::Heading { line, deep: false })
    }

    /// Opens a part of a part.
    pub fn deep_part(&mut self, line: impl Into<Line>) -> &mut Document {
        let line = line.into();
        self.push(Block::Heading { line, deep: true })
    }

    /// Says a few sentences.
    pub fn say(&mut self, line: impl Into<Line>) -> &mut Document {
        self.push(Block::Paragraph(line.into()))
    }

    /// Makes points.
    pub fn list(&mut self, lines: impl IntoIterator<Item = Line>) -> &mut Document {
        self.push(Block::List(lines.into_iter().collect()))
    }

    /// Shows a table.
    pub fn table(&mut self, table: Table) -> &mut Document {
        self.push(Block::Table(table))
    }

    /// Draws what a table beside it says.
    pub fn figure(&mut self, figure: Figure) -> &mut Document {
        self.push(Block::Figure(figure))
    }

    /// Shows lines as they stand.
    pub fn verbatim(&mut self, text: impl Into<String>) -> &mut Document {
        self.push(Block::Verbatim(text.into()))
    }

    fn push(&mut self, block: Block) -> &mut Document {
        self.blocks.push(block);
        self
    }
}

impl Table {
    /// An empty table of those columns; figures stand at the right where the
    /// name is prefixed with `#`.
    pub fn new(columns: &[&str]) -> Table {
        Table {
            columns: columns
                .iter()
                .map(|name| Column {
                    name: name.trim_start_matches('#').to_owned(),
                    figures: name.starts_with('#'),
                })
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing are empty, none is too many.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Line>) -> &mut Table {
        let mut row: Vec<Line> = cells.into_iter().collect();
        debug_assert!(row.len() <= self.columns.len(), "a cell under no column");
        row.resize(self.columns.len(), Line::default());
        self.rows.push(row);
        self
    }

    /// True when it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Line {
    /// A line of one text that looks so.
    pub fn of(look: Look, text: impl Into<String>) -> Line {
        Line::default().and(look, text)
    }

    /// A word of the policy, a path, a value that leaves.
    pub fn code(text: impl Into<String>) -> Line {
        Line::of(Look::Code, text)
    }

    /// A sentence in which words of the policy stand between backticks.
    pub fn with_codes(text: &str) -> Line {
        let mut line = Line::default();
        for (n, part) in text.split('`').enumerate() {
            let look = if n % 2 == 0 { Look::Plain } else { Look::Code };
            if !part.is_empty() {
                line = line.and(look, part);
            }
        }
        line
    }

    /// The line with another text behind it.
    #[must_use]
    pub fn and(mut self, look: Look, text: impl Into<String>) -> Line {
        self.0.push(Run {
            text: text.into(),
            look,
        });
        self
    }

    /// The line with another one behind it.
    #[must_use]
    pub fn then(mut self, line: impl Into<Line>) -> Line {
        self.0.extend(line.into().0);
        self
    }

    /// True when it has no text.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|run| run.text.is_empty())
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Line {
        Line::of(Look::Plain, text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Line {
        Line::of(Look::Plain, text)
    }
}

/// Several lines as one, with `between` in between.
pub fn joined(lines: impl IntoIterator<Item = Line>, between: &str) -> Line {
    let mut all = Line::default();
    for line in lines {
        if !all.0.is_empty() {
            all = all.and(Look::Plain, between);
        }
        all = all.then(line);
    }
    all
}
