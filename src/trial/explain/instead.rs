//! Why a path of the policy leads to nothing in a sample, where the sample shows it: a
//! filter that no element fits, a text where the path goes on.

use super::called::shown;
use crate::record::path::{Filter, Selector, Step};
use crate::sample::{Found, Profile};

/// What is there instead of what a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// Why nothing came.
    pub why: String,
    /// What to write.
    pub help: String,
}

/// What the sample has instead at one of `inputs`. Names the policy's own words alone.
pub(super) fn instead(inputs: &[Selector], sample: &Profile) -> Option<Instead> {
    inputs.iter().find_map(|input| {
        let filtered = input.steps.iter().enumerate();
        let filtered = filtered.filter_map(|(at, step)| match step {
            Step::Filter(filter) => Some((at, &**filter)),
            _ => None,
        });
        let mut filtered =
            filtered.filter_map(|(at, filter)| not_chosen(input, at, filter, sample));
        filtered.next().or_else(|| opened(input, sample))
    })
}

/// The filter at that step of `input` chooses nothing.
fn not_chosen(input: &Selector, at: usize, filter: &Filter, sample: &Profile) -> Option<Instead> {
    let list = Selector {
        steps: input.steps[..at].to_vec(),
    };
    let with = |more: Vec<Step>| Selector {
        steps: [list.steps.clone(), vec![Step::AnyElement], more].concat(),
    };
    sample.find(&with(Vec::new()))?;
    let asked = filter
        .path
        .iter()
        .cloned()
        .map(Step::Name)
        .collect::<Vec<_>>();
    let name = shown(&Selector {
        steps: asked.clone(),
    });
    let list = shown(&list);
    match sample.find(&with(asked)) {
        Some(found) if found.with_others => None,
        Some(_) => Some(Instead {
            why: format!(
                "elements of `{list}` in the sample have `{name}`, and of those that the filter chooses nothing left to this output"
            ),
            help: "correct what the filter asks for; or look with `veil explain --on` at what was withheld or quarantined".to_owned(),
        }),
        None => Some(Instead {
            why: format!("no element of `{list}` in the sample has `{name}`, which the filter asks for"),
            help: format!("correct the name in the filter, `[?NAME=='…']`, or take a sample whose elements have `{name}`"),
        }),
    }
}

/// The path goes on where the sample has texts alone.
fn opened(input: &Selector, sample: &Profile) -> Option<Instead> {
    let is_text = |found: &Found<'_>| found.stats.kinds().texts > 0 && !found.has_inside;
    let mut steps = 1..input.steps.len();
    steps.find_map(|at| {
        let (above, rest) = input.steps.split_at(at);
        let above = Selector {
            steps: above.to_vec(),
        };
        let goes_on = matches!(rest.first(), Some(Step::Name(_) | Step::AnyName));
        sample
            .find(&above)
            .filter(|found| goes_on && is_text(found))?;
        let opened = Selector {
            steps: [&above.steps[..], &[Step::Json], rest].concat(),
        };
        Some(Instead {
            why: format!(
                "`{}` is a text in the sample, and a text has no members",
                shown(&above)
            ),
            help: format!(
                "if it holds JSON, write `{}`: `|json` leads into it",
                shown(&opened)
            ),
        })
    })
}
