//! Which release group a quarantined record is fed to: the one that refused it, and no other.
//!
//! Groups commit apart, so that of a record which one of them refused nobody can tell
//! whether the others were given it. Fed to them too, it could leave twice; and two groupings
//! of one record, held against each other, say more of its person than either.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::Entry;
use crate::plan::{IMMEDIATE_GROUP, Output, Plan};
use crate::record::Reason;

/// The release groups of a policy, as a replay feeds them.
pub struct Feed {
    /// Their plans, that of the outputs whose records leave as they come first, if there are
    /// any.
    plans: Vec<Arc<Plan>>,
    /// Outputs that are to be given nothing.
    without: BTreeSet<String>,
}

/// Whom a record is fed to, and whom it is kept from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fed {
    /// The place of that group.
    pub(super) to: usize,
    /// Those of the groups that will never be given it, as was asked for.
    pub(super) without: Vec<usize>,
}

impl Feed {
    /// Of a policy with these groups. What one of them could not read, so that no other was
    /// to be given it either, is fed where all others whose records wait are `without`.
    pub fn new(plans: Vec<Arc<Plan>>, without: BTreeSet<String>) -> Feed {
        Feed { plans, without }
    }

    /// The plans, by place.
    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// Whom a record is fed to.
    ///
    /// # Errors
    /// Nobody, and why.
    pub(super) fn of(&self, entry: &Entry) -> Result<Fed, String> {
        let to = self.refused_by(entry)?;
        if let Some(output) = self.plans[to].waiting() {
            let topic = &output.topic;
            if self.is_without(output) {
                return Err(format!(
                    "it was refused by `{topic}`, which is left out by --without"
                ));
            }
            // What it knows of a person, or has counted, one member of its group knows and
            // writes: a window that has left could leave again with more in it.
            if output.remembers() {
                return Err(format!(
                    "it was refused by `{topic}`, which remembers whom it released, or what it counted: nobody else may write that. It stays until it is purged"
                ));
            }
        }
        let mut without = Vec::new();
        if is_unread(entry) {
            let all = self.plans.iter().enumerate().filter(|(at, _)| *at != to);
            for (at, other) in all.filter_map(|(at, plan)| Some((at, plan.waiting()?))) {
                if !self.is_without(other) {
                    let (topic, own) = (&other.topic, name(&self.plans[to]));
                    return Err(format!(
                        "nobody could read it, and a replay does not feed it to `{topic}`: --without {topic} feeds `{own}`"
                    ));
                }
                without.push(at);
            }
        }
        Ok(Fed { to, without })
    }

    fn is_without(&self, output: &Output) -> bool {
        self.without.contains(&*output.topic)
    }

    /// The group that refused it. The others have it, or refused it themselves.
    fn refused_by(&self, entry: &Entry) -> Result<usize, String> {
        let find = |is: &dyn Fn(&Plan) -> bool| self.plans.iter().position(|plan| is(plan));
        match (&entry.group, &entry.output) {
            (Some(group), _) => find(&|plan| name(plan) == group).ok_or_else(|| {
                format!("it was refused by the release group `{group}`, which the policy does not have any more")
            }),
            // No record of its policy waited then: all outputs were one group, which today is
            // that of the outputs whose records leave as they come.
            (None, _) if self.plans.len() == 1 && self.plans[0].waiting().is_none() => Ok(0),
            (None, output) => {
                let then = find(&|plan| plan.waiting().is_none());
                let has = |plan: &Plan, topic: &str| plan.outputs.iter().any(|o| *o.topic == *topic);
                let then = then.filter(|at| match output {
                    Some(topic) => has(&self.plans[*at], topic),
                    None => is_unread(entry),
                });
                then.ok_or_else(|| {
                    "it does not say which release group refused it: replay it under the policy of then".to_owned()
                })
            }
        }
    }
}

/// True of a record that was refused before any output was looked at, for what its bytes are:
/// where a policy has several groups, the others leave it to the one that quarantines it.
fn is_unread(entry: &Entry) -> bool {
    let is_of_bytes = entry.reason.is_of_bytes() || entry.reason == Reason::TooLarge;
    entry.output.is_none() && is_of_bytes
}

/// How a group is called.
pub(super) fn name(plan: &Plan) -> &str {
    plan.waiting()
        .map_or(IMMEDIATE_GROUP, |output| &output.topic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing::{Plans, field};
    use crate::plan::held::{Counted, Held, Layout, Short};

    const DAY_MS: i64 = 86_400_000;

    /// A group of the outputs of these topics; `waits`: and `once_per`, of one that waits.
    fn plan(topics: &[&str], waits: Option<Option<i64>>) -> Arc<Plan> {
        let mut plans = Plans::new();
        for topic in topics {
            let output = plans.output(&[field("n", "keep")]);
            output.topic = (*topic).into();
            output.held = waits.map(|once_per_ms| {
                Box::new(Held {
                    marks: None,
                    people: Counted {
                        kind: 0,
                        index: None,
                    },
                    records_min: 3,
                    people_min: 2,
                    records_max: 30,
                    delay_max_ms: 60_000,
                    short: Short::Hold,
                    once_per_ms,
                    classes: None,
                    layout: Layout::default(),
                })
            });
        }
        plans.build()
    }

    fn entry(reason: Reason, group: Option<&str>, output: Option<&str>) -> Entry {
        Entry {
            reason,
            topic: "raw".into(),
            partition: 0,
            offset: 5,
            element: None,
            group: group.map(str::to_owned),
            output: output.map(str::to_owned),
            field: None,
            action: None,
            tries: 1,
            at_ms: None,
            is_sealed: true,
        }
    }

    fn feed(plans: &[Arc<Plan>], without: &[&str]) -> Feed {
        let without = without.iter().map(|topic| (*topic).to_owned());
        Feed::new(plans.to_vec(), without.collect())
    }

    /// Whom it is fed to, and whom it is kept from.
    fn of(feed: &Feed, reason: Reason, group: Option<&str>, output: Option<&str>) -> Answer {
        let fed = feed.of(&entry(reason, group, output));
        fed.map(|fed| (fed.to, fed.without))
    }

    type Answer = Result<(usize, Vec<usize>), String>;

    #[test]
    fn a_record_is_fed_to_the_group_that_refused_it_and_to_no_other() {
        let groups = [
            plan(&["a", "b"], None),
            plan(&["pool"], Some(None)),
            plan(&["other"], Some(None)),
        ];
        let all = feed(&groups, &[]);
        let to = |group, output| of(&all, Reason::WrongType, group, output);
        assert_eq!(to(Some("main"), Some("b")), Ok((0, vec![])));
        assert_eq!(to(Some("main"), None), Ok((0, vec![])));
        assert_eq!(to(Some("pool"), Some("pool")), Ok((1, vec![])));
        assert_eq!(to(Some("other"), None), Ok((2, vec![])));
        let why = to(Some("no more"), None).unwrap_err();
        assert!(why.contains("does not have any more"), "{why}");
        // Of times when no record of the policy waited.
        assert_eq!(to(None, Some("a")), Ok((0, vec![])));
        for unsaid in [
            to(None, None),
            to(None, Some("other")),
            to(None, Some("gone")),
        ] {
            let why = unsaid.unwrap_err();
            assert!(why.contains("the policy of then"), "{why}");
        }
        assert!(of(&feed(&[], &[]), Reason::NotJson, Some("main"), None).is_err());
        assert!(of(&feed(&[], &[]), Reason::NotJson, None, None).is_err());
        let all = feed(&groups, &["pool", "other"]);
        let unread = of(&all, Reason::NotJson, None, None);
        assert_eq!(unread, Ok((0, vec![1, 2])));
    }

    #[test]
    fn where_outputs_are_one_group_it_is_fed_unless_another_refused_it() {
        let alone = feed(&[plan(&["a"], None)], &[]);
        let to = |group, output| of(&alone, Reason::NotJson, group, output);
        assert_eq!(to(None, None), Ok((0, vec![])));
        assert_eq!(to(None, Some("gone")), Ok((0, vec![])));
        assert_eq!(to(Some("main"), None), Ok((0, vec![])));
        assert!(to(Some("pool"), Some("pool")).is_err());
        // A pool that came later has read it by itself.
        let pool = feed(&[plan(&["pool"], Some(None))], &[]);
        assert!(of(&pool, Reason::NotJson, None, None).is_err());
        let own = of(&pool, Reason::NotJson, Some("pool"), None);
        assert_eq!(own, Ok((0, vec![])));
    }

    #[test]
    fn what_nobody_could_read_is_fed_where_those_that_will_lack_it_are_named() {
        let groups = [
            plan(&["a"], None),
            plan(&["pool"], Some(None)),
            plan(&["once"], Some(Some(DAY_MS))),
        ];
        for reason in [Reason::NotJson, Reason::TooLarge] {
            let why = of(&feed(&groups, &["pool"]), reason, Some("main"), None).unwrap_err();
            assert!(why.contains("--without once feeds `main`"), "{why}");
            let both = of(
                &feed(&groups, &["pool", "once"]),
                reason,
                Some("main"),
                None,
            );
            assert_eq!(both, Ok((0, vec![1, 2])));
        }
        // An output refused it as too large: the others have it, or were too.
        let own = of(
            &feed(&groups, &[]),
            Reason::TooLarge,
            Some("main"),
            Some("a"),
        );
        assert_eq!(own, Ok((0, vec![])));
    }

    #[test]
    fn who_remembers_is_fed_nothing_nor_is_who_is_left_out() {
        let groups = [
            plan(&["a"], None),
            plan(&["pool"], Some(None)),
            plan(&["once"], Some(Some(DAY_MS))),
        ];
        let own = |without: &[&str], group| {
            of(
                &feed(&groups, without),
                Reason::WrongType,
                Some(group),
                Some(group),
            )
            .unwrap_err()
        };
        assert!(own(&[], "once").contains("remembers"));
        assert!(own(&["pool"], "pool").contains("--without"));
        let main = of(
            &feed(&groups, &[]),
            Reason::WrongType,
            Some("main"),
            Some("a"),
        );
        assert_eq!(main, Ok((0, vec![])));
    }
}
