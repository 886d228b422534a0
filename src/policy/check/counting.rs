//! What an output that counts may have beside it, how much noise it takes, and what it
//! spends.

use super::model::{Amount, Checked, Counts, Output, STATE_ALIAS, SaidCells};
use crate::anonymity::counts::{Budget, Contribution, Mechanism, NoMechanism, Noise, threshold};
use crate::anonymity::ratio::Ratio;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Member;
use crate::plan::TimestampRule;

/// Members that every row has.
pub(super) const OWN: [&str; 4] = ["window", "from", "to", "value"];

/// What stands in place of `fields`, and what says something of single records.
const BESIDE: [&str; 9] = [
    "fields",
    "types",
    "key",
    "headers",
    "policy_header",
    "order",
    "k_anonymous",
    "once_per",
    "on_withheld",
];

/// More than that is next to no promise.
const EPSILON_LARGE: u64 = 10;
/// As often as once in so many the promise may fail, and no oftener.
const DELTA_LARGE: u64 = 1_000;

/// Reports what cannot stand beside `aggregate`.
pub(super) fn beside(mapping: &mut Mapping<'_, '_>) {
    let Some(counts) = mapping.member("aggregate") else {
        return;
    };
    let is_forward = |m: &&Member| m.value.scalar() == Some("forward");
    let tombstones = mapping.member("tombstones").filter(is_forward);
    let all = BESIDE.iter().filter_map(|word| mapping.member(word));
    let skips = |m: &&Member| m.value.scalar() != Some("skip");
    let all: Vec<&Member> = all.filter(skips).chain(tombstones).collect();
    for member in all {
        mapping
            .findings
            .error(
                codes::NOT_COUNTED,
                member.name_span,
                format!("`{}` in an output that counts", member.name),
            )
            .also(counts.name_span, "it counts here")
            .why("no record leaves, so there is nothing of one to say; a row has the cell that it counts as its key")
            .help(format!("remove `{}`; what records are counted by stands in `by`, which of them are counted in `where`", member.name));
    }
}

/// The noise of an output, made ready.
pub(crate) struct Made {
    /// Of what leaves.
    pub(crate) noise: Mechanism,
    /// Where cells are selected.
    pub(crate) selection: Option<Selection>,
    /// What a window spends of it in all.
    pub(crate) delta: Ratio,
}

/// How cells are selected.
pub(crate) struct Selection {
    /// Least noisy count.
    pub(crate) threshold: u64,
    /// Of a count of persons of its own, with this noise.
    pub(crate) people: Option<Mechanism>,
}

impl Counts {
    /// What one person can change in one window, at most.
    pub(crate) fn contribution(&self) -> Contribution {
        let each = match self.amount {
            Amount::Records | Amount::People => 1,
            Amount::Sum { steps, .. } => steps.0.unsigned_abs().max(steps.1.unsigned_abs()),
        };
        Contribution {
            cells: self.cells.into(),
            per_cell: self.per_cell,
            each,
        }
    }

    /// The noise that hides one person. Where cells are selected, δ is shared by the
    /// threshold, which gets half of it, and Gaussian noise; where a cell is no count with
    /// one of each person, a count of persons with noise of its own decides, and gets half
    /// of ε.
    pub(crate) fn made(&self) -> Result<Made, NoMechanism> {
        let delta = self.delta.as_ref().map_or(Ratio::ZERO, |delta| delta.value);
        // Judged whole: its parts may look like less.
        if delta >= Ratio::ONE {
            return Err(NoMechanism::NoDelta);
        }
        let one = Contribution {
            per_cell: 1,
            each: 1,
            ..self.contribution()
        };
        let SaidCells::Selected = self.keys else {
            let noise =
                self.mechanism(self.noise, self.contribution(), self.epsilon.value, delta)?;
            let spends = match noise {
                Mechanism::Laplace { .. } => Ratio::ZERO,
                Mechanism::Gaussian { .. } => delta,
            };
            return Ok(Made {
                noise,
                selection: None,
                delta: spends,
            });
        };
        let is_own = one != self.contribution();
        let part = |of: Ratio, parts| of.over(parts).ok_or(NoMechanism::TooWide);
        let epsilon = match is_own {
            true => part(self.epsilon.value, 2)?,
            false => self.epsilon.value,
        };
        let of_noise = part(delta, if is_own { 4 } else { 2 })?;
        let noise = self.mechanism(self.noise, self.contribution(), epsilon, of_noise)?;
        let people = match is_own {
            true => Some(self.mechanism(self.noise, one, epsilon, of_noise)?),
            false => None,
        };
        let deciding = people.unwrap_or(noise);
        let threshold = threshold(deciding, self.cells.into(), part(delta, 2)?);
        Ok(Made {
            noise,
            selection: Some(Selection {
                threshold: threshold.ok_or(NoMechanism::NoDelta)?,
                people,
            }),
            delta,
        })
    }

    fn mechanism(
        &self,
        noise: Noise,
        of: Contribution,
        epsilon: Ratio,
        delta: Ratio,
    ) -> Result<Mechanism, NoMechanism> {
        // Without δ there is no Gaussian to choose.
        let noise = match (noise, delta.is_zero()) {
            (Noise::Auto, true) => Noise::Laplace,
            (noise, _) => noise,
        };
        Mechanism::new(noise, of, epsilon, delta)
    }

    /// How many of its windows end in one period of the budget, at most.
    fn windows(&self) -> u64 {
        let window = self.window.value.unsigned_abs().max(1);
        self.budget.per_ms.div_ceil(window)
    }

    /// Its windows alone spend more in a period than the budget is.
    fn overspends(&self) -> bool {
        let (budget, window) = (self.budgeted(), self.window.value.unsigned_abs());
        let spent = budget.spent_by(window, self.epsilon.value);
        spent.is_none_or(|spent| spent > budget.epsilon)
    }

    /// How much may be spent.
    pub(crate) fn budgeted(&self) -> Budget {
        Budget {
            epsilon: self.budget.epsilon,
            per_ms: self.budget.per_ms,
        }
    }
}

/// Checks the outputs that count.
pub(super) fn check(policy: &Checked, output: &Output, findings: &mut Findings) {
    let Some(counts) = &output.counts else {
        return;
    };
    let topic = &output.topic.value;
    if output.timestamp != TimestampRule::Release {
        findings
            .error(
                codes::NOT_COUNTED,
                output.timestamp_span.unwrap_or(output.span),
                "a timestamp of single records in an output that counts",
            )
            .help("remove `timestamp`: all rows of a window have one")
            .output(topic);
    }
    super::release::subject(
        policy,
        output,
        counts.span,
        counts.subject.as_ref(),
        findings,
    );
    amount(counts, topic, findings);
    noise(counts, topic, findings);
    spends(policy, output, counts, findings);
    key(policy, counts, findings);
    super::release::files_only(policy, output, counts.span, findings);
}

fn amount(counts: &Counts, topic: &str, findings: &mut Findings) {
    if matches!(counts.amount, Amount::People) && counts.per_cell != 1 {
        findings
            .error(
                codes::NOT_COUNTED,
                counts.span,
                "`per_cell` above 1 where persons are counted",
            )
            .why("a person counts once in a cell, however often it is there")
            .help("remove `per_cell`, or write `count: records`")
            .output(topic);
    }
}

fn noise(counts: &Counts, topic: &str, findings: &mut Findings) {
    let span = |delta: bool| match (&counts.delta, delta) {
        (Some(of), true) => of.span,
        (None, true) => counts.span,
        (_, false) => counts.epsilon.span,
    };
    match counts.made() {
        Ok(_) => {}
        Err(NoMechanism::NoDelta) => {
            let (what, span) = match counts.delta {
                None => ("`delta` is missing", counts.span),
                Some(_) => ("no noise can be made with this `delta`", span(true)),
            };
            findings
                .error(codes::NO_NOISE, span, what)
                .why("a selection of cells, and Gaussian noise, promise what they do but for a probability of `delta`")
                .help("write `delta: 1e-6`, well below one by the number of persons; or name the cells, with `noise: laplace`")
                .output(topic);
        }
        Err(error) => {
            findings
                .error(codes::NO_NOISE, span(false), error.to_string())
                .help(
                    "a lower `cells`, `per_cell` or range, or a higher `epsilon`, needs less noise",
                )
                .output(topic);
        }
    }
    delta_large(counts, topic, findings);
    let large = Ratio::new(EPSILON_LARGE, 1);
    if large.is_some_and(|large| counts.epsilon.value > large) {
        findings
            .warning(
                codes::LARGE_EPSILON,
                counts.epsilon.span,
                "an `epsilon` above 10 promises next to nothing",
            )
            .why("who sees the rows can be e^epsilon times as sure that somebody is in them")
            .help("write 1 or less for a window; what all windows of a period spend says `budget`")
            .output(topic);
    }
}

fn delta_large(counts: &Counts, topic: &str, findings: &mut Findings) {
    // Of one or more no noise is made at all.
    let large = |delta: Ratio| {
        delta < Ratio::ONE && Ratio::new(1, DELTA_LARGE).is_some_and(|large| delta > large)
    };
    let Some(delta) = counts.delta.as_ref().filter(|delta| large(delta.value)) else {
        return;
    };
    findings
        .warning(
            codes::LARGE_EPSILON,
            delta.span,
            "a `delta` above 1 in 1,000 promises next to nothing",
        )
        .why("with this probability the rows tell all of somebody; among as many persons that is one of them")
        .help("write `delta: 1e-6`, well below one by the number of persons")
        .output(topic);
}

fn spends(policy: &Checked, output: &Output, counts: &Counts, findings: &mut Findings) {
    let all = policy.outputs.iter();
    let all = all.filter_map(|o| Some((o, o.counts.as_ref()?)));
    let shares = |of: &Counts| of.budget.name == counts.budget.name;
    let own: Vec<_> = all.clone().filter(|(_, of)| shares(of)).collect();
    let is_last = own.last().is_some_and(|(o, _)| std::ptr::eq(*o, output));
    if counts.overspends() {
        overspent_alone(output, counts, findings);
    } else if is_last && !own.iter().any(|(_, of)| of.overspends()) {
        overspent_together(&own, output, counts, findings);
    }
    let mut others = all.take_while(|(o, _)| !std::ptr::eq(*o, output));
    let size = counts.budgeted();
    let mut others_of_it = others.clone().filter(|(_, of)| shares(of));
    if let Some((other, of)) = others_of_it.find(|(_, of)| of.budgeted() != size) {
        findings
            .error(
                codes::TWO_SIZES,
                counts.budget.span,
                format!(
                    "the budget `{}` is {size} here, and {} for `{}`",
                    counts.budget.name,
                    of.budgeted(),
                    other.topic.value
                ),
            )
            .also(of.budget.span, "the other one")
            .why("both spend of it, and the smaller one is what is promised")
            .help("write the same `epsilon` and `per` for both; a budget of its own has another `name`")
            .output(&output.topic.value);
    }
    if let Some((other, of)) = others.find(|(_, of)| !shares(of)) {
        findings
            .error(
                codes::TWO_BUDGETS,
                counts.budget.span,
                format!(
                    "`{}` and `{}` count the same people, and spend of two budgets",
                    other.topic.value, output.topic.value
                ),
            )
            .also(of.budget.span, "the other one")
            .why("what both say of one person adds up, and no budget says how far")
            .help("give both one `name`; or allow it: `dangerously: [{ allow: two_budgets, output: …, because: … }]`")
            .output(&output.topic.value);
    }
}

fn overspent_alone(output: &Output, counts: &Counts, findings: &mut Findings) {
    let budget = counts.budgeted();
    let windows = counts.windows();
    findings
        .error(
            codes::OVER_BUDGET,
            counts.budget.span,
            format!(
                "{windows} windows in the period spend more than {} in all",
                about(budget.epsilon)
            ),
        )
        .also(counts.epsilon.span, "each spends this")
        .why("what windows say of one person adds up: when the budget is spent, no window leaves any more")
        .help(format!(
            "raise `epsilon` of the budget, count in longer windows, or write `epsilon: {}` for each",
            about_below(budget.epsilon, windows)
        ))
        .output(&output.topic.value);
}

/// All that spend of one budget, each of which does not spend all of it.
fn overspent_together(
    all: &[(&Output, &Counts)],
    output: &Output,
    counts: &Counts,
    findings: &mut Findings,
) {
    let budget = counts.budgeted();
    let spent = |of: &Counts| budget.spent_by(of.window.value.unsigned_abs(), of.epsilon.value);
    let sum = all
        .iter()
        .try_fold(Ratio::ZERO, |sum, (_, of)| sum.plus(spent(of)?));
    if sum.is_some_and(|sum| sum <= budget.epsilon) {
        return;
    }
    let each: Vec<String> = all
        .iter()
        .map(|(output, of)| match spent(of) {
            Some(spent) => format!("`{}` {}", output.topic.value, about(spent)),
            None => format!("`{}` what has no exact sum", output.topic.value),
        })
        .collect();
    let Some((_, first)) = all.first() else {
        return;
    };
    findings
        .error(
            codes::OVER_BUDGET,
            counts.budget.span,
            format!(
                "the windows of {} outputs in the period spend more than {} in all: {}",
                all.len(),
                about(budget.epsilon),
                each.join(", ")
            ),
        )
        .also(first.budget.span, "spent of here as well")
        .why("what windows say of one person adds up, whichever output they are of: when the budget is spent, no window leaves any more")
        .help("raise `epsilon` of the budget, count in longer windows, or write a lower `epsilon` for some")
        .output(&output.topic.value);
}

/// Whoever has the key takes the noise off: nothing else may need it.
fn key(policy: &Checked, counts: &Counts, findings: &mut Findings) {
    let alias = &counts.key.value;
    let entry = |alias: &str| {
        let key = policy.keys.iter().find(|key| key.alias == alias)?;
        key.reference.as_ref().map(|reference| &reference.value)
    };
    let own = entry(alias);
    let is_same = |other: &str| other == alias || own.is_some() && entry(other) == own;
    let values = policy.outputs.iter().flat_map(super::values);
    let mut used: Vec<Span> = values
        .filter_map(|v| v.spec.key())
        .filter(|key| is_same(key.alias))
        .map(|key| key.span)
        .collect();
    let others = [
        policy.quarantine.as_ref().and_then(|q| q.key.as_ref()),
        policy.rights.as_ref().and_then(|r| r.key.as_ref()),
    ];
    used.extend(
        others
            .into_iter()
            .flatten()
            .filter(|k| is_same(&k.value))
            .map(|k| k.span),
    );
    let state = policy.keys.iter().find(|key| key.alias == STATE_ALIAS);
    used.extend(state.filter(|key| is_same(&key.alias)).map(|key| key.span));
    if let Some(other) = used.first() {
        findings
            .error(
                codes::NOISE_KEY_SHARED,
                counts.key.span,
                format!("`{alias}` makes the noise of counts, and something else"),
            )
            .also(*other, "used here too")
            .why("whoever has this key takes the noise off: nobody needs it but what counts")
            .help("give it an entry of its own: `veil keys new NAME`");
    }
}

fn about(ratio: Ratio) -> String {
    let text = format!("{:.6}", ratio.about());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What each of so many may spend, not more than its part.
fn about_below(ratio: Ratio, parts: u64) -> String {
    let part = ratio.about() / parts.max(1) as f64;
    let text = format!("{:.6}", (part * 1e6).floor() / 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
