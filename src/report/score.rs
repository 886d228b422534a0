//! How much a recipient asks of whoever gives it data: from 100 down, each point with the
//! fact that costs it.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::action::EpochLength;
use crate::contract::{ColumnContract, Contract};
use crate::policy::RecipientMeaning;

/// Where a score starts. 100 is the best: nothing was found that costs a point.
pub(super) const BEST: u32 = 100;

/// A fact that costs points.
pub(super) struct Point {
    /// What is so.
    pub(super) fact: String,
    /// How many.
    pub(super) points: u32,
    /// Why it costs them.
    pub(super) because: &'static str,
}

/// What is left of [`BEST`]; never below 0.
pub(super) fn score(points: &[Point]) -> u32 {
    let all: u32 = points.iter().map(|p| p.points).sum();
    BEST.saturating_sub(all)
}

/// What costs points of a recipient: by the register, where it is in one, and by what it
/// gets.
pub(super) fn points(
    reader: Option<&RecipientMeaning>,
    gets: &[&Contract<'_>],
    today: Date,
) -> Vec<Point> {
    let mut all = Vec::new();
    of_contract(reader, today, &mut all);
    of_transfer(reader, &mut all);
    of_columns(gets, &mut all);
    all
}

fn add(all: &mut Vec<Point>, points: u32, fact: impl Into<String>, because: &'static str) {
    let fact = fact.into();
    all.push(Point {
        fact,
        points,
        because,
    });
}

fn of_contract(reader: Option<&RecipientMeaning>, today: Date, all: &mut Vec<Point>) {
    let until = reader.and_then(|r| r.contract_until);
    let soon = |day: Date| day.checked_sub(30.days()).is_ok_and(|from| from <= today);
    match until {
        None => {
            let because = "nobody is reminded when the contract has to be renewed";
            add(all, 15, "no last day of a contract", because);
        }
        Some(day) if day < today => {
            let because = "without a contract nothing holds it to what was agreed";
            add(all, 30, format!("the contract ended on {day}"), because);
        }
        Some(day) if soon(day) => {
            let because = "it ends within 30 days, and the policy is refused then";
            add(all, 5, format!("the contract ends on {day}"), because);
        }
        Some(_) => {}
    }
    if reader.is_none_or(|r| r.contact.is_none()) {
        let because = "who is asked about a breach, or for an erasure, must be looked for";
        add(all, 5, "no contact", because);
    }
}

fn of_transfer(reader: Option<&RecipientMeaning>, all: &mut Vec<Point>) {
    let Some(reader) = reader else {
        let because = "nobody can say whose law holds there";
        return add(
            all,
            25,
            "in no register: country and role are unknown",
            because,
        );
    };
    let (points, because) = match (reader.needs_ground(), reader.mechanism) {
        (false, _) => return,
        (true, Some("adequacy")) => (
            5,
            "the decision holds while the recipient stays on its list",
        ),
        (true, Some("scc" | "bcr")) => (
            10,
            "whether the law there lets it keep its word must be assessed (EDPB recommendations 01/2020)",
        ),
        (true, Some(_)) => (
            20,
            "a derogation is for specific situations, and no stream is one",
        ),
        (true, None) => (30, "no ground is named on which data may go there"),
    };
    let fact = match reader.mechanism {
        Some(word) => format!("in {}, by `{word}`", reader.country),
        None => format!("in {}", reader.country),
    };
    add(all, points, fact, because);
}

/// Points for each such column, up to a most.
fn for_each(
    all: &mut Vec<Point>,
    gets: &[&Contract<'_>],
    is: &dyn Fn(&ColumnContract<'_>) -> bool,
    (each, most): (u32, u32),
    (what, because): (&str, &'static str),
) {
    let mut names: Vec<String> = Vec::new();
    for contract in gets {
        for column in contract.columns.iter().filter(|c| is(c)) {
            let name = format!("`{}` of `{}`", column.name, contract.output.topic);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    if count > 0 {
        let points = each.saturating_mul(count).min(most);
        add(
            all,
            points,
            format!("{what}: {}", names.join(", ")),
            because,
        );
    }
}

/// Longer than this a code of a person is as good as one that stays.
const EPOCH_MAX_MS: i64 = 92 * 86_400_000;

fn of_columns(gets: &[&Contract<'_>], all: &mut Vec<Point>) {
    for_each(
        all,
        gets,
        &|c| c.column.direct && c.column.is_readable(),
        (10, 30),
        (
            "identifies by itself, in clear or as a hash without a key",
            "whoever has it needs nothing else to find the person",
        ),
    );
    for_each(
        all,
        gets,
        &|c| c.column.direct && !c.column.is_readable() && !c.column.facts.reversible,
        (2, 10),
        (
            "identifies by itself, coded or coarser",
            "with the key, or a list of values, it leads back",
        ),
    );
    for_each(
        all,
        gets,
        &|c| c.column.special,
        (10, 30),
        (
            "of a special category, or as sensitive",
            "what it tells does harm where it gets loose",
        ),
    );
    for_each(
        all,
        gets,
        &|c| c.column.facts.reversible,
        (10, 20),
        (
            "can be opened with a key",
            "who has the key, or gets it, has the value",
        ),
    );
    let lasts = |c: &ColumnContract<'_>| {
        let facts = &c.column.facts;
        let long = match facts.epochs.as_ref().map(|e| e.length) {
            None => true,
            Some(EpochLength::Fixed(ms)) => ms > EPOCH_MAX_MS,
            Some(length) => length == EpochLength::Year,
        };
        facts.linkable && !facts.clear && long
    };
    for_each(
        all,
        gets,
        &lasts,
        (10, 10),
        (
            "the same code for longer than a quarter",
            "what is known of one person grows for as long as the code stays",
        ),
    );
}
