//! Plans, for tests.

use std::sync::Arc;

use crate::keys::TestKeys;
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile};

/// One output that counts in such windows, and spends of such a budget in thirty days.
pub(crate) fn counting_plan(
    topic: &str,
    window: &str,
    late: &str,
    budget: &str,
    counts: &str,
) -> Arc<Plan> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: who }}\nkeys: {{ noise: {{ ref: \"file:k.json#noise\" }} }}\n\
         outputs:\n  - topic: {topic}\n    purpose: sales\n    domain: d\n    aggregate:\n      \
         window: {window}\n      time: {{ from: value.at }}\n      late: {late}\n      key: noise\n      \
         budget: {{ name: t, epsilon: {budget}, per: 30d }}\n{counts}"
    );
    planned(text)
}

/// The plan of a policy without errors.
pub(super) fn planned(text: String) -> Arc<Plan> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{findings:?}")))
}
