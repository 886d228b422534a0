//! Which kinds of value the sample has where the policy's paths go on, and which of
//! them no path of the policy goes through.

use super::called::{field_name, shown};
use super::gather::Evidence;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::{NamedField, behind};
use crate::record::path::{Selector, Step};
use crate::sample::Stats;

/// Most places that are told.
const PLACES_MAX: usize = 50;

/// Says where values of the sample would be refused as `wrong_type`, because they
/// are of another kind than the policy foresees. Holds no value.
pub(super) fn findings(evidence: &Evidence, findings: &mut Findings) {
    let mut told: Vec<(&str, Selector)> = Vec::new();
    let asks = |f: &&NamedField| !f.drops() && f.quarantines && f.inside.is_none();
    for field in evidence.named.fields.iter().filter(asks) {
        for (input, len) in field
            .inputs
            .iter()
            .flat_map(|input| (1..input.steps.len()).map(move |len| (input, len)))
        {
            let place = Selector {
                steps: input.steps[..len].to_vec(),
            };
            let known = told.iter().any(|(t, p)| *t == field.topic && *p == place);
            let Some(found) = evidence.input.find(&place).filter(|_| !known) else {
                continue;
            };
            let foreseen = Foreseen::of(evidence, &field.topic, &place);
            let others = foreseen.others(found.stats);
            if others.is_empty() || told.len() == PLACES_MAX {
                continue;
            }
            let name = shown(&place);
            findings
                .warning(
                    codes::OTHER_KIND,
                    field.span,
                    format!("`{name}` is {} in the sample, and `{input}` goes through it", others.join(" and ")),
                )
                .why("a value of another kind than its path is refused as `wrong_type`; `null` passes as absent")
                .help(help(&place, input, found.stats))
                .output(&field.topic)
                .field(field_name(field));
            told.push((&field.topic, place));
        }
    }
}

/// What to write where other kinds than an input asks for stand at `place`.
fn help(place: &Selector, input: &Selector, stats: &Stats) -> String {
    let (kinds, rest) = (stats.kinds(), &input.steps[place.steps.len()..]);
    let is_text = kinds.texts > 0 && stats.objects() == 0;
    if let (true, Some(Step::Name(_) | Step::AnyName)) = (is_text, rest.first()) {
        let opened = Selector {
            steps: [&place.steps[..], &[Step::Json], rest].concat(),
        };
        return format!(
            "if it holds JSON, write `{}`: `|json` leads into it; else name `{}` itself, with `drop` or an action of its own",
            shown(&opened),
            shown(place)
        );
    }
    format!(
        "foresee it by naming `{}` too, with `drop` or an action of its own; or say `on_error: drop_field` for what is read below it",
        shown(place)
    )
}

/// What an output foresees at one place.
#[derive(Default)]
struct Foreseen {
    objects: bool,
    arrays: bool,
    texts: bool,
    others: bool,
}

impl Foreseen {
    fn of(evidence: &Evidence, topic: &str, place: &Selector) -> Foreseen {
        let mut foreseen = Foreseen::default();
        let own = evidence.named.fields.iter().filter(|f| f.topic == topic);
        for input in own.flat_map(|f| &f.inputs) {
            for rest in behind(input, place) {
                match rest.first() {
                    // Whatever stands where `**` goes on is foreseen.
                    None | Some(Step::AnyDepth) => foreseen.others = true,
                    Some(Step::Json | Step::Itself) => foreseen.texts = true,
                    Some(Step::Name(_) | Step::AnyName) => foreseen.objects = true,
                    Some(Step::Element(_) | Step::AnyElement | Step::Filter(_)) => {
                        foreseen.arrays = true
                    }
                }
            }
        }
        foreseen
    }

    /// What the sample has there besides, in words.
    fn others(&self, stats: &Stats) -> Vec<String> {
        if self.others {
            return Vec::new();
        }
        let kinds = stats.kinds();
        let numbers = kinds.integers + kinds.fractions;
        let texts = if self.texts { 0 } else { kinds.texts };
        let arrays = if self.arrays { 0 } else { stats.arrays() };
        let objects = if self.objects { 0 } else { stats.objects() };
        [
            ("a text", texts),
            ("a number", numbers),
            ("a boolean", kinds.booleans),
            ("an array", arrays),
            ("an object", objects),
        ]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(what, n)| match n {
            1 => format!("{what} once"),
            n => format!("{what} {n} times"),
        })
        .collect()
    }
}
