//! Which release groups a quarantined record is fed to: those that were not given it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::Entry;
use crate::pipeline::OF_ALL_GROUPS;
use crate::plan::{IMMEDIATE_GROUP, Plan};

/// The release groups of a policy, as a replay feeds them.
pub struct Feed {
    /// Their plans, that of the outputs whose records leave as they come first, if there are
    /// any.
    plans: Vec<Arc<Plan>>,
    /// Outputs whose groups are to be given nothing.
    without: BTreeSet<String>,
}

/// The groups that a record is fed to, and those that it is kept from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fed {
    /// By their place.
    pub(super) to: Vec<usize>,
    /// As was asked for.
    pub(super) without: Vec<usize>,
}

impl Feed {
    /// Of a policy with these groups; what is quarantined of the outputs `without` or of all
    /// groups is kept from those outputs.
    pub fn new(plans: Vec<Arc<Plan>>, without: BTreeSet<String>) -> Feed {
        Feed { plans, without }
    }

    /// The plans, by place.
    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// Records of some group wait for a release.
    pub(super) fn has_pools(&self) -> bool {
        self.plans.iter().any(|plan| plan.waiting().is_some())
    }

    /// Most records that a release of any of them takes.
    pub(super) fn records_max(&self) -> usize {
        let held = self.plans.iter().filter_map(|plan| plan.waiting());
        let held = held.filter_map(|output| Some(output.held.as_ref()?.records_max as usize));
        held.max().unwrap_or(0)
    }

    /// Whom a record is fed to.
    ///
    /// # Errors
    /// Nobody, and why.
    pub(super) fn of(&self, entry: &Entry) -> Result<Fed, String> {
        let mut fed = Fed::default();
        for place in self.not_given(entry)? {
            let plan = &self.plans[place];
            let name = name(plan);
            if self.without.contains(name) {
                fed.without.push(place);
                continue;
            }
            // What it knows of a person, or has counted, one member alone knows and writes.
            if plan.waiting().is_some_and(|output| output.remembers()) {
                return Err(format!(
                    "`{name}` remembers whom it released or what it counted, which a replay does not know: --without {name} feeds the others"
                ));
            }
            fed.to.push(place);
        }
        match fed.to.is_empty() {
            true => Err("all that it could be fed to is left out by --without".to_owned()),
            false => Ok(fed),
        }
    }

    /// The groups that were not given what the record holds. The others have it, or
    /// refused it themselves: nothing is to leave twice.
    fn not_given(&self, entry: &Entry) -> Result<Vec<usize>, String> {
        let find = |is: &dyn Fn(&Plan) -> bool| self.plans.iter().position(|plan| is(plan));
        let gone = |group: &str| {
            format!("it is of the release group `{group}`, which the policy does not have any more")
        };
        match (&entry.group, &entry.output) {
            (Some(group), _) if group == OF_ALL_GROUPS => Ok((0..self.plans.len()).collect()),
            (Some(group), _) => {
                let own = find(&|plan| name(plan) == group);
                Ok(vec![own.ok_or_else(|| gone(group))?])
            }
            // It was refused when all outputs were one group.
            (None, Some(output)) => {
                let has = |plan: &Plan| plan.outputs.iter().any(|o| *o.topic == **output);
                let own = find(&has).or_else(|| find(&is_immediate));
                Ok(vec![own.ok_or_else(|| gone(IMMEDIATE_GROUP))?])
            }
            // The same. Groups that came later have read it themselves.
            (None, None) if self.plans.len() > 1 => {
                let own = find(&is_immediate);
                Ok(vec![own.ok_or_else(|| gone(IMMEDIATE_GROUP))?])
            }
            (None, None) => Ok((0..self.plans.len()).collect()),
        }
    }
}

fn is_immediate(plan: &Plan) -> bool {
    plan.waiting().is_none()
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
    use crate::record::Reason;

    /// A group of the outputs of these topics; `waits`: and `once_per`, of one that waits.
    fn plan(topics: &[&str], waits: Option<Option<i64>>) -> Arc<Plan> {
        let mut plans = Plans::new();
        for topic in topics {
            let output = plans.output(&[field("n", "keep")]);
            output.topic = (*topic).into();
            output.held = waits.map(|once_per_ms| {
                Box::new(Held {
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

    fn entry(group: Option<&str>, output: Option<&str>) -> Entry {
        Entry {
            reason: Reason::WrongType,
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

    #[test]
    fn a_record_is_fed_to_those_that_were_not_given_it() {
        let plans = || {
            vec![
                plan(&["a", "b"], None),
                plan(&["pool"], Some(None)),
                plan(&["other"], Some(None)),
            ]
        };
        let feed = Feed::new(plans(), BTreeSet::new());
        let to = |group, output| feed.of(&entry(group, output)).map(|fed| fed.to);
        assert_eq!(to(Some("*"), None), Ok(vec![0, 1, 2]));
        assert_eq!(to(Some("main"), None), Ok(vec![0]));
        assert_eq!(to(Some("main"), Some("b")), Ok(vec![0]));
        assert_eq!(to(Some("pool"), Some("pool")), Ok(vec![1]));
        // Of times when there was one group.
        assert_eq!(to(None, None), Ok(vec![0]));
        assert_eq!(to(None, Some("a")), Ok(vec![0]));
        assert_eq!(to(None, Some("no more")), Ok(vec![0]));
        // Fed to another group it would reach outputs twice.
        assert!(to(Some("no more"), Some("no more")).is_err_and(|why| why.contains("any more")));
        let alone = Feed::new(vec![plan(&["a"], None)], BTreeSet::new());
        assert_eq!(alone.of(&entry(None, None)).map(|fed| fed.to), Ok(vec![0]));
        assert!(alone.of(&entry(Some("pool"), Some("pool"))).is_err());
    }

    #[test]
    fn who_remembers_is_fed_nothing_and_can_be_left_out() {
        let plans = || vec![plan(&["a"], None), plan(&["once"], Some(Some(86_400_000)))];
        let feed = Feed::new(plans(), BTreeSet::new());
        let why = feed.of(&entry(Some("*"), None)).unwrap_err();
        assert!(why.contains("--without once"), "{why}");
        assert!(feed.of(&entry(Some("main"), None)).is_ok());
        let without = Feed::new(plans(), ["once".to_owned()].into());
        let fed = Fed {
            to: vec![0],
            without: vec![1],
        };
        assert_eq!(without.of(&entry(Some("*"), None)), Ok(fed));
        assert!(without.of(&entry(Some("once"), None)).is_err());
    }
}
