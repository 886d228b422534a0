//! Any text as a policy: findings or a plan, never a panic, never both.
#![no_main]

use libfuzzer_sys::fuzz_target;
use veilstream::keys::TestKeys;
use veilstream::policy::{PolicyFile, compile};

fuzz_target!(|text: String| {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let compiled = compile(&file, &TestKeys, jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(compiled.plan.is_none(), compiled.findings.has_errors());
});
