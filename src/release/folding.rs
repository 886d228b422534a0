//! A ledger that grows: windows about which nothing can be asked any more become one line
//! for their output, which says that nothing of before leaves again.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::entry::{Entry, after};
use super::instant::spelled;

/// Windows of one output that are not listed any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folded {
    pub(super) after: String,
    /// The budget that they spent of.
    #[serde(rename = "folded")]
    pub(super) budget: String,
    pub(super) output: String,
    /// When the last of them ended.
    to: String,
    /// How many they are.
    windows: u64,
    /// The digest of all of it but this.
    line: String,
}

impl Folded {
    fn sealed(mut self) -> Folded {
        self.line.clear();
        self.line = after(&self.json());
        self
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    /// The digest of its line is that of what stands in it.
    pub(super) fn is_whole(&self) -> bool {
        self.clone().sealed().line == self.line
    }

    /// When the last of them ended, milliseconds since 1970.
    pub(super) fn to_ms(&self) -> Option<i64> {
        Some(self.to.parse::<jiff::Timestamp>().ok()?.as_millisecond())
    }
}

/// A line of a ledger.
pub(super) enum Line {
    Window(Box<Entry>),
    Folded(Folded),
}

impl Line {
    /// `None`: it is none.
    pub(super) fn read(line: &str) -> Option<Line> {
        let window = serde_json::from_str(line).ok().map(Line::Window);
        window.or_else(|| serde_json::from_str(line).ok().map(Line::Folded))
    }
}

/// The lines of a ledger, folded, behind the one of that digest: of each budget the windows
/// that ended two periods, of the longest that it has had, before its last one. With how
/// many they are by now. `None`: nothing can be folded.
pub(super) fn folded(body: &str, first: String) -> Option<(String, usize)> {
    let lines = || body.lines().filter_map(Line::read);
    let mut budgets: HashMap<String, (u64, i64)> = HashMap::new();
    for line in lines() {
        let Line::Window(entry) = line else { continue };
        let figures = entry.figures()?;
        let (per_ms, last) = budgets.entry(entry.budget).or_insert((0, i64::MIN));
        // Of which it is not known how long the period was, nothing is ever over.
        *per_ms = (*per_ms).max(figures.size.map_or(0, |size| size.per_ms));
        *last = figures.window.1.max(*last);
    }
    let by_ms = |budget: &str| {
        let (per_ms, last) = budgets.get(budget).filter(|(per_ms, _)| *per_ms > 0)?;
        Some(last.saturating_sub_unsigned(per_ms.saturating_mul(2)))
    };
    let mut gone: BTreeMap<(String, String), (i64, u64)> = BTreeMap::new();
    let mut add = |budget: &str, output: &str, to: i64, windows: u64| {
        let of = gone.entry((budget.to_owned(), output.to_owned()));
        let (last, count) = of.or_insert((to, 0));
        *last = to.max(*last);
        *count = count.saturating_add(windows);
    };
    let mut kept: Vec<Box<Entry>> = Vec::new();
    let mut is_new = false;
    for line in lines() {
        match line {
            Line::Folded(old) => add(&old.budget, &old.output, old.to_ms()?, old.windows),
            Line::Window(entry) => {
                let (_, to) = entry.figures()?.window;
                match by_ms(&entry.budget).is_some_and(|by_ms| to <= by_ms) {
                    true => {
                        is_new = true;
                        add(&entry.budget, &entry.output, to, 1);
                    }
                    false => kept.push(entry),
                }
            }
        }
    }
    is_new.then(|| {
        let count = gone.len() + kept.len();
        let (mut text, mut last) = (String::new(), first);
        let mut put = |line: String, last: &mut String| {
            *last = after(&line);
            text.push_str(&line);
            text.push('\n');
        };
        for ((budget, output), (to, windows)) in gone {
            let folded = Folded {
                after: last.clone(),
                budget,
                output,
                to: spelled(to),
                windows,
                line: String::new(),
            };
            put(folded.sealed().json(), &mut last);
        }
        for entry in kept {
            put(entry.following(last.clone()).json(), &mut last);
        }
        (text, count)
    })
}
