//! What a person can do about the consent that is kept under their name: plain data.
//!
//! **In**: categories as the policy words them, how a person stands, the text of a link,
//! a form that was sent, the time. **Out**: claims of a link, decisions to be written, a
//! page of HTML. **Promises**: a link is either one of ours that has not ended, or
//! nothing: why is not told; withdrawing works with every link, granting with a short
//! one alone; a page names nobody and needs no script; whatever cannot be read decides
//! nothing. **Does not know**: HTTP, topics, who the person is: a
//! [`SubjectId`](crate::record::SubjectId) names them.

mod choices;
mod decisions;
mod evidence;
mod form;
mod language;
mod limits;
mod link;
mod memory;
mod page;
mod words;

pub use choices::{Choice, Chosen, chosen};
pub use decisions::{Decisions, Is, NotWritten, Place, Stand, Standings};
pub use evidence::{Ended, Event, Evidence, Unrecorded};
pub use form::{Fields, NoForm, segment};
pub use language::Language;
pub use limits::{Limits, Net};
pub use link::{Claims, GRANT_LIFE_MAX, LIFE_MAX, May, PREFS_LIFE, WITHDRAW_LIFE};
pub use memory::Memory;
pub use page::{Notice, Page, STYLE, told};
