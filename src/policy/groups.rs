//! The release groups of a policy, each as a plan of its own.

use std::sync::Arc;

use super::check::model::{Checked, Output};
use super::compile::{self as compiling, Shelf};
use crate::keys::KeySource;
use crate::language::finding::Findings;
use crate::plan::{IMMEDIATE_GROUP, Plan, PolicyDigest};

/// What a plan is made with, besides the policy.
type With<'w> = (PolicyDigest, &'w dyn KeySource, jiff::Timestamp, &'w Shelf);

/// The plans of all groups of a policy that compiled to `whole`: first that of all outputs
/// whose records leave as they come, if there are any, then one of each output whose
/// records wait, in the order of the policy. The first of them sends what cannot be read to
/// quarantine.
pub(super) fn compile(policy: &mut Checked, whole: &Plan, with: With<'_>) -> Vec<Plan> {
    let all = std::mem::take(&mut policy.outputs);
    let waits: Vec<bool> = whole.outputs.iter().map(|output| output.waits()).collect();
    let mut slots: Vec<Option<Output>> = all.into_iter().map(Some).collect();
    let together = (0..slots.len()).filter(|n| !waits[*n]).collect::<Vec<_>>();
    let apart = (0..slots.len()).filter(|n| waits[*n]).map(|n| vec![n]);
    let groups = std::iter::once(together)
        .filter(|outputs| !outputs.is_empty())
        .chain(apart);
    let mut plans: Option<Vec<Plan>> = Some(Vec::new());
    for own in groups {
        policy.outputs = own.iter().filter_map(|n| slots[*n].take()).collect();
        let plan = one(policy, with);
        for (n, output) in own.iter().zip(policy.outputs.drain(..)) {
            slots[*n] = Some(output);
        }
        plans = plans.zip(plan).map(|(mut plans, plan)| {
            let waits = plan.waiting().map(|output| Arc::clone(&output.topic));
            let name = waits.unwrap_or_else(|| IMMEDIATE_GROUP.into());
            plans.push(Plan {
                group: Some(name),
                quarantines_unread: plans.is_empty(),
                standing: whole.standing.clone(),
                ..plan
            });
            plans
        });
    }
    policy.outputs = slots.into_iter().flatten().collect();
    plans.unwrap_or_default()
}

/// What is found here was found in the whole policy before.
fn one(policy: &Checked, (digest, keys, now, shelf): With<'_>) -> Option<Plan> {
    let mut findings = Findings::default();
    let plan = compiling::compile(policy, digest, keys, now, shelf, &mut findings);
    debug_assert!(plan.is_some(), "a part of a policy that compiles compiles");
    plan
}
