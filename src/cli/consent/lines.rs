//! Decisions as lines of a file, and what of them is written.

use crate::cli::people::People;
use jiff::Timestamp;
use std::collections::HashMap;
use veilstream::consent::state::{By, Decision, Statement};
use veilstream::consent::told::{NotTold, Told};
use veilstream::record::SubjectId;
use veilstream::subject::{Is, Stand, Standings};

/// One decision to be written.
pub(super) struct Decided {
    /// Whose.
    pub(super) who: SubjectId,
    /// In which category.
    pub(super) category: String,
    /// What is written; whether it ends a grant is not known yet.
    pub(super) statement: Statement,
}

/// What is written of a line; one of a time that is still to come is of `now`.
///
/// # Errors
/// Why it is no decision of that policy.
pub(super) fn decided(told: Told, people: &People, now: Timestamp) -> Result<Decided, NotTold> {
    let who = told.who(&people.plan)?;
    told.is_asked(&people.plan)?;
    let now_ms = now.as_millisecond();
    let (granted, until_ms) = match told.decision {
        Decision::Granted { until_ms } => (true, until_ms),
        Decision::Denied | Decision::Withdrawn => (false, None),
    };
    if until_ms.is_some_and(|until| until <= now_ms) {
        return Err(NotTold::Over);
    }
    let at_ms = told.at_ms.unwrap_or(now_ms).min(now_ms);
    let by = told.beside.by.unwrap_or(By::Import);
    let statement = Statement {
        until_ms,
        text: told.beside.text,
        proof: told.beside.proof,
        had: told.decision == Decision::Withdrawn,
        ..Statement::new(granted, at_ms, by)
    };
    statement.value()?;
    Ok(Decided {
        who,
        category: told.category,
        statement,
    })
}

/// What of the decisions is written, line after line upon how people stand, and how many
/// grants are left out: those that were made before the denial that stands where they
/// come, unless they `overrule` it. Says of each denial whether it ends a grant.
pub(super) fn in_turn(
    decisions: Vec<Decided>,
    standing: impl Fn(SubjectId) -> Standings,
    (now, expires_ms): (Timestamp, Option<i64>),
    overrule: bool,
) -> (Vec<Decided>, u64) {
    let mut stands: HashMap<(SubjectId, String), Option<Stand>> = HashMap::new();
    let mut older = 0;
    let mut written = Vec::with_capacity(decisions.len());
    for mut decided in decisions {
        let key = (decided.who, decided.category.clone());
        let stand = stands.entry(key).or_insert_with(|| {
            let standing = standing(decided.who);
            standing.get(&decided.category).copied()
        });
        let statement = &mut decided.statement;
        let is_denied_since =
            stand.is_some_and(|s| s.is == Is::Denied && s.at.as_millisecond() > statement.at_ms);
        if statement.granted && is_denied_since && !overrule {
            older += 1;
            continue;
        }
        let was_granted = stand.is_some_and(|s| s.is_granted(now, expires_ms));
        statement.had = !statement.granted && (statement.had || was_granted);
        *stand = Some(Stand::of(statement));
        written.push(decided);
    }
    (written, older)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_772_323_200 + day * 86_400).unwrap()
    }

    fn line(who: u8, granted: bool, day: i64) -> Decided {
        Decided {
            who: SubjectId([who; 16]),
            category: "Ads".to_owned(),
            statement: Statement::new(granted, at(day).as_millisecond(), By::Import),
        }
    }

    /// What is written of lines where somebody stands so since that day: granted or not,
    /// and whether it ended a grant.
    fn of(
        lines: Vec<Decided>,
        stood: Option<(Is, i64)>,
        overrule: bool,
    ) -> (Vec<(bool, bool)>, u64) {
        let standing = |_| {
            let stand = stood.map(|(is, day)| Stand {
                is,
                at: at(day),
                until_ms: None,
            });
            stand.map(|s| ("Ads".to_owned(), s)).into_iter().collect()
        };
        let (written, older) = in_turn(lines, standing, (at(100), None), overrule);
        let told = written
            .iter()
            .map(|d| (d.statement.granted, d.statement.had));
        (told.collect(), older)
    }

    #[test]
    fn a_grant_does_not_overrule_a_newer_denial_unless_told_to() {
        let denied = Some((Is::Denied, 10));
        assert_eq!(of(vec![line(1, true, 9)], denied, false), (vec![], 1));
        assert_eq!(
            of(vec![line(1, true, 9)], denied, true),
            (vec![(true, false)], 0)
        );
        // One of the same time, or later, or after a grant, is as it was meant.
        for stood in [denied, Some((Is::Granted, 90)), None] {
            let (written, older) = of(vec![line(1, true, 10)], stood, false);
            assert_eq!((written.len(), older), (1, 0), "{stood:?}");
        }
        // A denial is written whatever stands.
        let (written, older) = of(vec![line(1, false, 1)], Some((Is::Granted, 90)), false);
        assert_eq!((written, older), (vec![(false, true)], 0));
    }

    #[test]
    fn lines_before_it_stand_where_a_line_comes() {
        let lines = vec![line(1, true, 1), line(1, false, 5), line(1, true, 4)];
        assert_eq!(
            of(lines, None, false),
            (vec![(true, false), (false, true)], 1)
        );
        // What was left out changed nothing.
        let lines = vec![line(1, true, 1), line(1, false, 20)];
        assert_eq!(
            of(lines, Some((Is::Denied, 10)), false),
            (vec![(false, false)], 1)
        );
        // Another person stands as they do.
        let lines = vec![line(1, false, 5), line(2, true, 4)];
        assert_eq!(of(lines, None, false).0.len(), 2);
    }
}
