//! What tests of this room do with the text of a policy.

use std::sync::Arc;

use crate::keys::TestKeys;
use crate::language::finding::Severity;
use crate::plan::Plan;
use crate::policy::{Compiled, NoTables, PolicyFile, compile};

/// The policy with test keys, without tables.
pub(super) fn compiled(text: String) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
}

/// Its plan; what is wrong is said.
pub(super) fn plan_of(compiled: Compiled) -> Arc<Plan> {
    let findings = format!("{:#?}", compiled.findings.list());
    Arc::new(compiled.plan.expect(&findings))
}

/// The codes of its errors.
pub(super) fn errors_of(compiled: &Compiled) -> Vec<&'static str> {
    let list = compiled.findings.list().iter();
    let errors = list.filter(|f| f.severity == Severity::Error);
    errors.map(|f| f.code).collect()
}
