//! Which case of a `when` holds where a field stands.

use super::state::{KnownCase, Scratch};
use super::walk::{Walk, children};
use crate::consent::Permitted;
use crate::plan::Output;
use crate::plan::condition::{Asked, Of};
use crate::record::format::{Format, Reader};

/// Answers what fields of the output ask of the record as a whole.
#[inline]
pub(super) fn answer<F: Format>(
    output: &Output,
    permitted: &Permitted<'_, F::Reader>,
    scratch: &mut Scratch,
    text: &mut String,
) {
    if let (Some(conditions), Some(value)) = (&output.conditions, permitted.value()) {
        let asked = Asked {
            value,
            record_key: permitted.record_key(),
            fetched: permitted.fetched(),
        };
        scratch.answers = conditions.answers(&asked, text);
        scratch.case = None;
    }
}

impl<F: Format> Walk<'_, '_, F> {
    /// The case of that `when` that holds for the value at tape entry `at`. `around`:
    /// the tape entry of the container so many steps below the top that the value
    /// lies in, or itself.
    pub(super) fn case(
        &self,
        when: u16,
        at: u32,
        around: impl Fn(usize) -> u32,
        answers: u64,
        known: &mut Option<KnownCase>,
        text: &mut String,
    ) -> u16 {
        if let Some(known) = known
            && (known.when, known.at) == (when, at)
        {
            return known.case;
        }
        let conditions = self.output.conditions.as_ref();
        let conditions = conditions.expect("an output with guards has conditions");
        let case = conditions.case(when, |n| {
            let test = &conditions.tests[usize::from(n)];
            let Of::Element(depth, hops) = &test.of else {
                return answers >> n & 1 == 1;
            };
            let tape = self.document.tape;
            let mut entry = Some(around(*depth));
            for states in hops {
                entry = entry.and_then(|above| {
                    let mut each = children(tape, above);
                    let is_it =
                        |slot| states.contains(&F::Reader::state(self.document.input, slot));
                    each.find(|(_, e)| is_it(e.slot)).map(|(at, _)| at)
                });
            }
            let view = entry.map(|at| self.document.view(&tape.entries[at as usize]));
            test.asks.holds(view, text)
        });
        *known = Some(KnownCase { when, at, case });
        case
    }
}
