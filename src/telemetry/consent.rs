//! What is known of people's consent becomes figures: only of a policy that follows it.

use prometheus::{Counter, Histogram, IntCounter, IntGauge};

use super::families::GroupFamilies;
use super::metric::Metric;
use crate::consent::state::{By, Is};
use crate::pipeline::observer::{ConsentFigure, FenceAt};
use crate::plan::Plan;

/// The label of a category that the policy does not need: names in the topic are whatever
/// somebody wrote there.
const ANOTHER: &str = "(another)";

/// The figures of one stream.
pub(super) struct ConsentFigures {
    categories: Vec<Category>,
    records: IntGauge,
    bytes: IntGauge,
    settling: IntGauge,
    stale: IntGauge,
    held: Counter,
    bad_records: IntCounter,
    delay: Histogram,
    lag: Histogram,
    fence: [IntCounter; FenceAt::ALL.len()],
}

struct Category {
    name: String,
    granted: IntGauge,
    denied: IntGauge,
    withdrawals: IntCounter,
    /// By what a decision says, and where it was made.
    decisions: Vec<(Is, By, IntCounter)>,
}

impl ConsentFigures {
    /// Those of a plan, all at 0; `None` where it follows nothing.
    pub(super) fn new(families: &GroupFamilies, plan: &Plan) -> Option<ConsentFigures> {
        plan.live.as_ref()?;
        let f = families;
        let names = plan.categories.iter().map(String::as_str);
        Some(ConsentFigures {
            categories: names
                .chain([ANOTHER])
                .map(|n| Category::new(f, n))
                .collect(),
            records: f.gauge(Metric::StateRecords, &[]),
            bytes: f.gauge(Metric::StateBytes, &[]),
            settling: f.gauge(Metric::ConsentSettling, &[]),
            stale: f.gauge(Metric::ConsentStale, &[]),
            held: f.seconds(Metric::ConsentHeld, &[]),
            bad_records: f.counter(Metric::ConsentBadRecords, &[]),
            delay: f.histogram(Metric::WithdrawalDelay, &[]),
            lag: f.histogram(Metric::StateLag, &[]),
            fence: FenceAt::ALL.map(|at| f.counter(Metric::FenceHits, &[at.as_str()])),
        })
    }

    pub(super) fn take(&self, figure: ConsentFigure<'_>) {
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        match figure {
            ConsentFigure::Known { people, bytes } => {
                self.records.set(whole(people));
                self.bytes.set(whole(bytes));
            }
            ConsentFigure::Standing {
                category,
                granted,
                denied,
            } => {
                let category = self.category(category);
                category.granted.set(whole(granted));
                category.denied.set(whole(denied));
            }
            ConsentFigure::Decision { category, is, by } => {
                let mut decisions = self.category(category).decisions.iter();
                if let Some((.., counter)) = decisions.find(|(i, b, _)| (*i, *b) == (is, by)) {
                    counter.inc();
                }
            }
            ConsentFigure::Withdrawal { category } => self.category(category).withdrawals.inc(),
            ConsentFigure::WithdrawalDelay(late) => self.delay.observe(late.as_secs_f64()),
            ConsentFigure::Lag(late) => self.lag.observe(late.as_secs_f64()),
            ConsentFigure::Stale(is_stale) => self.stale.set(i64::from(is_stale)),
            ConsentFigure::Held(time) => self.held.inc_by(time.as_secs_f64()),
            ConsentFigure::BadRecord => self.bad_records.inc(),
            ConsentFigure::FenceHit(at) => self.fence[at as usize].inc(),
            ConsentFigure::Settling(bytes) => self.settling.set(whole(bytes)),
        }
    }

    fn category(&self, name: &str) -> &Category {
        let found = self.categories.iter().find(|c| c.name == name);
        let last = self.categories.last();
        found.or(last).expect("there is one for all others")
    }
}

impl Category {
    fn new(f: &GroupFamilies, name: &str) -> Category {
        let each = Is::ALL.iter().flat_map(|is| By::ALL.map(|by| (*is, by)));
        let decisions = each.map(|(is, by)| {
            let labels = [name, is.as_str(), by.as_str()];
            (is, by, f.counter(Metric::ConsentDecisions, &labels))
        });
        Category {
            name: name.to_owned(),
            granted: f.gauge(Metric::ConsentSubjects, &[name, "granted"]),
            denied: f.gauge(Metric::ConsentSubjects, &[name, "denied"]),
            withdrawals: f.counter(Metric::ConsentWithdrawals, &[name]),
            decisions: decisions.collect(),
        }
    }
}
