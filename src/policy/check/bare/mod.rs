//! Values that have no parts, one text or bytes: how a policy says that they are that, and
//! how what they do not have is reported.

pub(super) mod fits;

use crate::language::codes;
use crate::language::finding::{Findings, Note, Span};
use crate::language::written::Node;
use crate::record::bare::Bare;

/// What values are by `source.value`, of a policy that is about to be read, where they
/// have no parts.
pub(in crate::policy) fn of_source(root: &Node) -> Option<Bare> {
    let source = root.members()?.iter().find(|m| m.name == "source")?;
    let value = source.value.members()?.iter().find(|m| m.name == "value")?;
    Bare::from_word(value.value.scalar()?)
}

/// Reports a word or a path that such values do not have.
pub(super) fn lacks<'f>(
    findings: &'f mut Findings,
    span: Span,
    what: &str,
    bare: Bare,
) -> Note<'f> {
    let message = format!(
        "{what} beside `value: {}` is not in this version",
        bare.word()
    );
    let why = match bare {
        Bare::Text => "a value is one text there, and has no members",
        Bare::Bytes => "a value is bytes there, and has no members",
    };
    let note = findings.error(codes::NOT_IN_THIS_VERSION, span, message);
    note.why(why)
}
