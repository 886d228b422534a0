//! A report as one HTML page: no script, no other file, no network.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figure;
use super::model::{Block, Document, Line, Look, Run, Table};
use super::visible::visible;

/// Nothing is loaded, nothing runs; the page's own style alone is taken.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = include_str!("page.css");

impl Document {
    /// As one HTML page that needs no other file, no script and no network, in
    /// the reader's light or dark.
    pub fn to_html(&self) -> String {
        spell(self)
    }
}

fn spell(document: &Document) -> String {
    let title: String = document.title.0.iter().map(|run| &*run.text).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (visible(&title, true)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (line(&document.title)) }
                    @for shown in &document.blocks { (block(shown)) }
                }
            }
        }
    };
    let mut page = page.into_string();
    page.push('\n');
    page
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading {
            line: words,
            deep: false,
        } => html! { h2 { (line(words)) } },
        Block::Heading {
            line: words,
            deep: true,
        } => html! { h3 { (line(words)) } },
        Block::Paragraph(words) => html! { p { (line(words)) } },
        Block::List(lines) => html! { ul { @for words in lines { li { (line(words)) } } } },
        Block::Table(rows) => table(rows),
        Block::Figure(drawn) => figure::svg(drawn),
        Block::Verbatim(text) => {
            html! { pre tabindex="0" { code { (visible(text.trim_end_matches('\n'), false)) } } }
        }
    }
}

/// A wide table is scrolled by itself, with the keyboard too.
fn table(table: &Table) -> Markup {
    let side = |n: usize| table.columns[n].figures.then_some("figures");
    html! {
        div.table tabindex="0" {
            table {
                thead {
                    tr {
                        @for (n, column) in table.columns.iter().enumerate() {
                            th scope="col" class=[side(n)] { (visible(&column.name, true)) }
                        }
                    }
                }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (n, cell) in row.iter().enumerate() {
                                td class=[side(n)] { (line(cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn line(line: &Line) -> Markup {
    html! { @for part in &line.0 { (run(part)) } }
}

fn run(run: &Run) -> Markup {
    let text = visible(&run.text, true);
    match run.look {
        Look::Plain => html! { (text) },
        Look::Code => html! { code { (text) } },
        Look::Strong => html! { strong { (text) } },
        Look::Good => html! { span.good { (text) } },
        Look::Warning => html! { strong.warning { (text) } },
        Look::Bad => html! { strong.bad { (text) } },
        Look::Faint => html! { span.faint { (text) } },
        Look::ToFill => html! { mark { (text) } },
    }
}
