//! Whose a record is, for an output that counts persons.

use crate::action::Cx;
use crate::consent::Permitted;
use crate::plan::Plan;
use crate::plan::held::Held;
use crate::record::SubjectId;
use crate::record::format::Reader;

/// The person of the kind that is counted: the first candidate of it that is there and
/// can be read. `None`: there is none, so nobody can say how many persons there are.
#[cold]
#[inline(never)]
pub(super) fn person<R: Reader>(
    record: &Permitted<'_, R>,
    plan: &Plan,
    held: &Held,
    cx: &mut Cx<'_>,
) -> Option<SubjectId> {
    let value = record.value()?;
    let kind = &plan.subjects[usize::from(held.people.kind)];
    let index = held.people.index.as_ref().or(kind.index.as_ref())?;
    let own = plan.source.subject.iter();
    for candidate in own.filter(|c| c.kind == held.people.kind) {
        let Ok(Some(view)) = value.read_one(candidate.read) else {
            continue;
        };
        cx.bytes.clear();
        if let Ok(true) = kind.canon.value(view, cx.text, cx.bytes) {
            return Some(index.id(cx.bytes));
        }
    }
    None
}
