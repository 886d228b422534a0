//! The topics of outputs that remember persons: the one that says which member reads, and
//! the one of what was remembered. What each must be, and the command that makes it so.

use std::sync::Arc;

use super::problem::{Problem, Tools};
use crate::plan::Plan;
use crate::plan::lease::Lease;
use crate::record::state_row::VALUE_MAX;

/// Of what was remembered the newest row of each key stays, for ever.
const COMPACTED: &str = "cleanup.policy=compact";
/// What a row takes beside its value, at most: its seal and its key.
const AROUND: u64 = 2_048;

/// The leases of a plan's outputs.
pub(super) fn leases(plan: &Plan) -> impl Iterator<Item = &Lease> {
    let outputs = plan.outputs.iter();
    outputs.filter_map(|output| output.lease.as_deref())
}

/// What a topic is to the outputs that remember.
enum Role {
    Lease,
    Windows,
}

fn role(plan: &Plan, topic: &str) -> Option<Role> {
    let is_lease = |lease: &Lease| *lease.topic == *topic;
    let is_windows = |lease: &Lease| *lease.windows == *topic;
    match (leases(plan).any(is_lease), leases(plan).any(is_windows)) {
        (true, _) => Some(Role::Lease),
        (_, true) => Some(Role::Windows),
        _ => None,
    }
}

/// The command that makes the topic; `None`: it is none of these.
pub(super) fn create(tools: &Tools, plan: &Plan, topic: &str) -> Option<String> {
    let configs = match role(plan, topic)? {
        Role::Lease => Vec::new(),
        Role::Windows => vec![COMPACTED.to_owned()],
    };
    Some(tools.create_topic(topic, Some(1), &configs))
}

/// Which rights to the topic it takes; `None`: it is none of these.
pub(super) fn rights(plan: &Plan, topic: &str) -> Option<&'static [&'static str]> {
    Some(match role(plan, topic)? {
        Role::Lease => &["Read", "DescribeConfigs"],
        Role::Windows => &["Read", "Write", "DescribeConfigs"],
    })
}

/// What is wrong with how many partitions a topic has, if it is one of these.
pub(super) fn has_one_partition(
    tools: &Tools,
    plan: &Plan,
    topic: &Arc<str>,
    partitions: usize,
) -> Option<Problem> {
    let why = match role(plan, topic)? {
        Role::Lease => "two members would have the lease at once, and release a person twice",
        Role::Windows => "what was remembered would be read in another order than it was written",
    };
    if partitions == 1 {
        return None;
    }
    let create = create(tools, plan, topic).expect("it is one of these");
    Some(Problem {
        subject: topic.to_string(),
        what: format!("`{topic}` has {partitions} partitions and must have one: {why}"),
        help: match role(plan, topic)? {
            Role::Lease => format!("stop all instances, delete it, and make it anew: `{create}`"),
            Role::Windows => {
                "what is in it is not to be lost: copy it, keys and all, into a topic of one partition that takes its name".to_owned()
            }
        },
    })
}

/// What is wrong with how the topic of what was remembered keeps it, if it is that: whether
/// of each key the newest stays for ever, and how many bytes a record may have.
pub(super) fn keeps(
    tools: &Tools,
    plan: &Plan,
    topic: &Arc<str>,
    is_for_ever: bool,
    message_max: u64,
) -> Option<Problem> {
    let Role::Windows = role(plan, topic)? else {
        return None;
    };
    let least = VALUE_MAX as u64 + AROUND;
    let (what, config) = if !is_for_ever {
        (
            format!(
                "`{topic}` does not keep the newest row of each key for ever: whom it forgets would leave again"
            ),
            COMPACTED.to_owned(),
        )
    } else if message_max < least {
        (
            format!("`{topic}` takes records of {message_max} bytes, and a row has up to {least}"),
            "max.message.bytes=1048588".to_owned(),
        )
    } else {
        return None;
    };
    Some(Problem {
        subject: topic.to_string(),
        what,
        help: format!("`{}`", tools.configure_topic(topic, &[config])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::properties::Properties;
    use crate::pipeline::testing::{Plans, field};
    use crate::plan::lease::testing::lease;

    fn plan() -> Arc<Plan> {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]).lease = Some(Box::new(lease("p", "out0")));
        plans.build()
    }

    #[test]
    fn a_lease_that_two_could_have_is_refused_with_the_way_out() {
        let (plan, tools) = (plan(), Tools::of(&Properties::default()));
        let name: Arc<str> = "veil.p.lease.out0".into();
        assert_eq!(has_one_partition(&tools, &plan, &name, 1), None);
        let problem = has_one_partition(&tools, &plan, &name, 2).unwrap();
        assert!(problem.what.contains("2 partitions"), "{problem}");
        let create = "--create --topic veil.p.lease.out0 --partitions 1";
        assert!(problem.help.contains(create), "{problem}");
        // Of other topics nothing is said.
        assert_eq!(has_one_partition(&tools, &plan, &"out0".into(), 2), None);
        assert_eq!(create_of(&plan, "raw"), None);
    }

    fn create_of(plan: &Plan, topic: &str) -> Option<String> {
        create(&Tools::of(&Properties::default()), plan, topic)
    }

    #[test]
    fn what_was_remembered_lies_in_a_topic_that_never_forgets_it() {
        let (plan, tools) = (plan(), Tools::of(&Properties::default()));
        let name: Arc<str> = "veil.p.windows".into();
        let of = |is_for_ever, max| {
            let problem = keeps(&tools, &plan, &name, is_for_ever, max);
            problem.map(|problem| problem.to_string())
        };
        assert_eq!(of(true, 1_048_588), None);
        let said = of(false, 1_048_588).unwrap();
        assert!(said.contains("cleanup.policy=compact"), "{said}");
        let said = of(true, 100_000).unwrap();
        assert!(said.contains("max.message.bytes"), "{said}");
        let create = create_of(&plan, &name).unwrap();
        assert!(
            create.ends_with("--partitions 1 --config cleanup.policy=compact"),
            "{create}"
        );
    }
}
