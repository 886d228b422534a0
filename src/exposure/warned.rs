//! What a sample says of how alone people are, as findings at their places.

use super::alone::{Alone, Settings};
use super::gather::Tables;
use super::report::RiskReport;
use super::spelled::share;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::diff::Said;
use crate::policy::{Named, NamedField, meaning};

/// Fewer persons prove nothing: in a small sample nearly everybody is alone.
const PERSONS_MIN: usize = 100;
/// From which share of persons on an output singles out.
const ALONE_MAX: f64 = 0.05;
/// From which share of rows on two outputs are joined by what they say.
const ROWS_MAX: f64 = 0.01;

impl Tables {
    /// What stands against the policy, without what its `dangerously:` allows at `now`.
    /// Holds names of the policy and shares, and no value.
    pub fn findings(
        &self,
        named: &Named,
        said: &Said,
        now: jiff::Timestamp,
        settings: &mut Settings<'_>,
    ) -> Findings {
        let mut findings = Findings::default();
        if self.persons() >= PERSONS_MIN {
            let report = RiskReport::of(self, &meaning(said), None, settings);
            for output in &report.outputs {
                singles_out(&output.topic, &output.alone, named, &mut findings);
            }
            joined(&report, named, &mut findings);
        }
        said.leave_out_allowed(&mut findings, now);
        findings.finish();
        findings
    }
}

fn singles_out(topic: &str, alone: &Alone, named: &Named, findings: &mut Findings) {
    let is_alone = alone.unique();
    if alone.persons < PERSONS_MIN || is_alone <= ALONE_MAX {
        return;
    }
    let cheapest = alone.cheapest(ALONE_MAX);
    // Of sets, the smallest that does nearly as much as all.
    let set = alone.sets.iter().filter(|set| set.unique >= 0.9 * is_alone);
    let set = set.min_by_key(|set| set.columns.len());
    let column = match (&cheapest, set) {
        (Some((column, ..)), _) => Some(*column),
        (None, Some(set)) => set.columns.first().map(String::as_str),
        (None, None) => None,
    };
    let Some(span) = span(named, topic, column) else {
        return;
    };
    let whom = match set {
        Some(set) => {
            let names: Vec<String> = set.columns.iter().map(|c| format!("`{c}`")).collect();
            let verb = if names.len() == 1 {
                "singles"
            } else {
                "single"
            };
            format!(
                "{} {verb} out {} of them",
                names.join(" and "),
                share(set.unique)
            )
        }
        None => "all columns together single them out".to_owned(),
    };
    let help = match &cheapest {
        Some((column, says, after)) => format!(
            "`{column}`, {says}: {} → {}; `veil risk` shows what each step does",
            share(is_alone),
            share(*after)
        ),
        None => "no single step helps; `veil risk` shows what each does".to_owned(),
    };
    // Without `source.subject` each record counts as a person of its own.
    let whose = match named.subject.is_empty() {
        true => "records",
        false => "persons",
    };
    let message = format!(
        "{} of {} {whose} of the sample are alone in `{topic}`",
        share(is_alone),
        alone.persons
    );
    let found = match named.held.iter().any(|held| held == topic) {
        // What waits for a release does so for nobody to be alone in it.
        true => findings.error(codes::SINGLES_OUT, span, message),
        false => findings.warning(codes::SINGLES_OUT, span, message),
    };
    found
        .why(format!(
            "{whom}: who knows that much of somebody finds them, whatever code they have"
        ))
        .help(help)
        .output(topic);
}

fn joined(report: &RiskReport, named: &Named, findings: &mut Findings) {
    for pair in &report.pairs {
        if pair.joined.rows() < PERSONS_MIN || pair.rows_unique <= ROWS_MAX {
            continue;
        }
        let [a, b] = &pair.topics;
        let column = pair.cheapest.as_ref().map(|(column, _)| column.as_str());
        let column = column.map(|c| c.split(" / ").next().unwrap_or(c));
        let place = span(named, a, column).or_else(|| span(named, b, column));
        let Some(span) = place.or_else(|| span_of(named, b)) else {
            continue;
        };
        let names: Vec<String> = pair.shared.iter().map(|c| format!("`{c}`")).collect();
        let help = match &pair.cheapest {
            Some((column, after)) => format!(
                "leave `{column}` out of one of them, or make it coarser there: {} → {}",
                share(pair.rows_unique),
                share(*after)
            ),
            None => "leave several of them out of one output, or make them coarser".to_owned(),
        };
        let message = format!(
            "{} of {} rows are alone in what `{a}` and `{b}` both say",
            share(pair.rows_unique),
            pair.records
        );
        let found = match named.held.iter().any(|held| [a, b].contains(&held)) {
            true => findings.error(codes::JOINED_ROWS, span, message),
            false => findings.warning(codes::JOINED_ROWS, span, message),
        };
        found
            .why(format!(
                "{}: who reads both finds the row of one in the other, whatever the codes",
                names.join(" and ")
            ))
            .help(help)
            .output(a);
    }
}

/// Where the policy names that column of that output; the first field where it names none.
fn span(named: &Named, topic: &str, column: Option<&str>) -> Option<Span> {
    let mut own = named
        .fields
        .iter()
        .filter(|f: &&NamedField| f.topic == topic);
    let field = own.find(|f| Some(f.path.as_str()) == column);
    field.map(|f| f.span).or_else(|| span_of(named, topic))
}

fn span_of(named: &Named, topic: &str) -> Option<Span> {
    let mut own = named.fields.iter().filter(|f| f.topic == topic);
    own.next().map(|f| f.span)
}
