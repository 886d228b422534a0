//! What a report says, once, and spelled three ways.
//!
//! **In**: headings, paragraphs, lists and tables, put together by whoever knows
//! what they mean. **Out**: text for a terminal, Markdown, or one HTML page that
//! loads nothing; a text as YAML has it. **Promises**: whatever characters a text holds, it stays a text:
//! no markup, no control code of a terminal, no turned writing direction.
//! **Does not know**: policies, samples, colours of a terminal.

mod figure;
mod html;
mod markdown;
mod model;
#[cfg(test)]
mod tests;
mod text;
mod visible;
pub(crate) mod yaml;

pub use model::{Bar, Block, Document, Figure, Line, Look, Table, joined};
pub use text::Paint;
pub use visible::{acts, visible};
