//! What is measured of all outputs of a policy on a sample.

use super::alone::{Alone, Settings};
use super::counted::OfCounts;
use super::gather::Tables;
use super::pairs::{Level, Pair, union};
use super::sensitive::SensitiveTold;
use crate::anonymity::measure::Classes;
use crate::policy::joining::{At, joining};
use crate::policy::{Meaning, OutputMeaning};

/// What is measured.
pub struct RiskReport {
    /// Records of the sample that were looked at.
    pub records: usize,
    /// Records behind those.
    pub passed_over: u64,
    /// Persons of the sample.
    pub persons: usize,
    /// The policy says whose a record is; otherwise each counts as a person of its own.
    pub knows_persons: bool,
    /// Of each output that was asked for.
    pub outputs: Vec<OutputRisk>,
    /// Of each two of all that can be joined somehow.
    pub pairs: Vec<Pair>,
    /// Of all outputs together; `None`: there is one.
    pub union: Option<Classes>,
}

/// What is measured of one output.
pub struct OutputRisk {
    /// Its topic.
    pub topic: String,
    /// Records that left.
    pub records: usize,
    /// How alone the persons in it are.
    pub alone: Alone,
    /// What its classes tell of what must differ in them.
    pub sensitive: Vec<SensitiveTold>,
    /// Of one that counts, whose rows are of nobody: what is said of whom.
    pub counts: Option<CountsRisk>,
}

/// What rows of counts say of persons: nothing that could be measured row by row.
pub struct CountsRisk {
    /// Persons of the sample who count in some window.
    pub persons: usize,
    /// Windows in which the same person counts, at most.
    pub windows: usize,
    /// What one window says of a person at most: ε.
    pub epsilon: f64,
}

impl CountsRisk {
    fn of(counts: &OfCounts) -> CountsRisk {
        let windows = counts.people.iter().map(Vec::len);
        CountsRisk {
            persons: counts.people.len(),
            windows: windows.max().unwrap_or(0),
            epsilon: counts.epsilon,
        }
    }
}

impl RiskReport {
    /// Of these tables, which were made under the policy that means this; of one output
    /// alone if `output` names its topic.
    pub fn of(
        tables: &Tables,
        meaning: &Meaning,
        output: Option<&str>,
        settings: &mut Settings<'_>,
    ) -> RiskReport {
        let asked = |topic: &str| output.is_none_or(|output| output == topic);
        let own = tables.outputs.iter().filter(|table| asked(&table.topic));
        let outputs = own.map(|table| OutputRisk {
            topic: table.topic.clone(),
            records: table.rows.len(),
            alone: Alone::of(table, settings),
            sensitive: SensitiveTold::of(table),
            counts: (tables.counts.iter())
                .find(|counts| counts.topic == table.topic)
                .map(CountsRisk::of),
        });
        let outputs: Vec<OutputRisk> = outputs.collect();
        let mut pairs = Vec::new();
        for a in 0..tables.outputs.len() {
            for b in a + 1..tables.outputs.len() {
                let is_asked = [a, b].iter().any(|at| asked(&tables.outputs[*at].topic));
                let level = level(meaning, &tables.outputs[a].topic, &tables.outputs[b].topic);
                if is_asked && level != Level::Not {
                    pairs.push(Pair::of(tables, [a, b], level, settings.quasi));
                }
            }
        }
        // Of rows that are of nobody nothing can be put beside another.
        let with_rows = tables.outputs.iter().filter(|table| !table.rows.is_empty());
        let is_several = with_rows.count() > 1 && output.is_none();
        RiskReport {
            records: tables.person_of.len(),
            passed_over: tables.passed_over,
            persons: tables.persons(),
            knows_persons: tables.knows_persons,
            outputs,
            pairs,
            union: is_several.then(|| union(tables, settings.quasi)),
        }
    }
}

/// The strongest way in which any two columns of two outputs can be joined.
pub(crate) fn level(meaning: &Meaning, a: &str, b: &str) -> Level {
    let output = |topic: &str| meaning.outputs.iter().find(|o| o.topic == topic);
    let (Some(a), Some(b)) = (output(a), output(b)) else {
        return Level::Not;
    };
    fn at<'m>(
        policy: &'m Meaning,
        output: &'m OutputMeaning,
    ) -> impl Iterator<Item = At<'m>> + Clone {
        let columns = output.columns.iter();
        columns.map(move |column| At {
            policy,
            output,
            column,
        })
    }
    let there = at(meaning, b);
    let pairs = at(meaning, a).flat_map(|one| there.clone().map(move |other| (one, other)));
    let levels = pairs.map(|(one, other)| joining(one, other, &[meaning]).level);
    levels.min().unwrap_or(Level::Not)
}
