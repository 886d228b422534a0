//! Whose a record is, when it was and how much it says, for an output that counts.

use crate::action::Cx;
use crate::consent::Permitted;
use crate::plan::counting::{Amount, Counting};
use crate::plan::held::Counted;
use crate::plan::{Output, Plan};
use crate::record::SubjectId;
use crate::record::decimal::Decimal;
use crate::record::format::Reader;
use crate::record::value::View;

/// What is known beside the value of a record that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Whose it is; `None`: nobody that is counted.
    pub person: Option<SubjectId>,
    /// When it was, milliseconds since 1970, where the output counts; `None`: it does not
    /// say.
    pub at_ms: Option<i64>,
    /// When it was written, milliseconds since 1970, as Kafka says; `None`: it does not.
    pub written_ms: Option<i64>,
    /// What is counted of it, in steps, where the output counts; `None`: it says nothing
    /// that can be.
    pub amount: Option<i32>,
    /// Of those that its batch was decided by, the ones that it names: from and to.
    pub named: (u32, u32),
}

/// What is known of a record for an output where it waits.
#[cold]
#[inline(never)]
pub(super) fn waits<R: Reader>(
    record: &Permitted<'_, R>,
    plan: &Plan,
    output: &Output,
    cx: &mut Cx<'_>,
) -> Waits {
    let people = output.held.as_ref().map(|held| &held.people);
    let counting = output.counting.as_ref();
    let people = people.or(counting.map(|counting| &counting.people));
    Waits {
        person: people.and_then(|people| person(record, plan, people, cx)),
        at_ms: counting.and_then(|counting| cx.times.of(counting.time).ok()),
        written_ms: record.fetched().timestamp().millis(),
        amount: counting.and_then(|counting| amount(record, counting, cx)),
        named: record.named(),
    }
}

/// How much a record counts, cut to what the output allows.
fn amount<R: Reader>(
    record: &Permitted<'_, R>,
    counting: &Counting,
    cx: &mut Cx<'_>,
) -> Option<i32> {
    let Amount::Sum { read, steps } = counting.amount else {
        return Some(1);
    };
    let Ok(Some(View::Number(number))) = record.value()?.read_one(read) else {
        return None;
    };
    let decimal = Decimal::read(number.text_in(cx.text).ok()?)?;
    let count = counting.step.count(&decimal);
    let count = count.clamp(steps.0.into(), steps.1.into());
    i32::try_from(count).ok()
}

/// The person of the kind that is counted: the first candidate of it that is there and
/// can be read. `None`: there is none, so nobody can say how many persons there are.
fn person<R: Reader>(
    record: &Permitted<'_, R>,
    plan: &Plan,
    people: &Counted,
    cx: &mut Cx<'_>,
) -> Option<SubjectId> {
    let value = record.value()?;
    let kind = &plan.subjects[usize::from(people.kind)];
    let index = people.index.as_ref().or(kind.index.as_ref())?;
    let own = plan.source.subject.iter();
    for candidate in own.filter(|c| c.kind == people.kind) {
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
