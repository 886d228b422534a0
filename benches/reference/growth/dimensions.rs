//! What is made larger, and events and policies of that size.

use std::fmt::Write as _;

use crate::ours::{POLICY, policy_with};
use crate::workload::marketing;

/// One thing that can be made larger.
pub struct Dimension {
    /// Name of its plot.
    pub name: &'static str,
    /// What is varied and what stays.
    pub what: &'static str,
    /// What is counted along it.
    pub unit: &'static str,
    /// Where it is measured.
    pub at: &'static [usize],
    /// The policy there.
    pub policy: fn(usize) -> String,
    /// Appends an event there, given its index.
    pub event: fn(usize, u64, &mut String),
}

/// All of them.
pub const ALL: &[Dimension] = &[
    Dimension {
        name: "size",
        what: "Longer events: a list of objects of which two members are kept and one is not",
        unit: "bytes",
        at: &[
            100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
        ],
        policy: |_| {
            policy_with(
                "id: { pseudonymize: { key: people, epoch: none } }\n\"items[*].(sku|qty)\": keep",
            )
        },
        event: sized,
    },
    Dimension {
        name: "unnamed",
        what: "More members in one object that the policy does not name, each with another name",
        unit: "unnamed members",
        at: &[1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
        policy: |_| policy_with("id: keep"),
        event: |x, index, out| members("\"id\":1", x, index, out),
    },
    Dimension {
        name: "fields",
        what: "More fields in the policy, on events of 1,000 members",
        unit: "policy fields",
        at: &[1, 3, 10, 30, 100, 300, 1_000],
        policy: |x| {
            let fields: String = (0..x).map(|i| format!("m{i}: keep\n")).collect();
            policy_with(&fields)
        },
        // Index 0 for all: names that repeat, as in events of one type.
        event: |_, _, out| members("\"id\":1", 1_000, 0, out),
    },
    Dimension {
        name: "depth",
        what: "Deeper nesting, one kept member at the bottom",
        unit: "nested objects",
        at: &[1, 2, 4, 8, 16, 32, 64],
        policy: |x| policy_with(&format!("{}v: keep", "d.".repeat(x - 1))),
        event: |x, index, out| {
            out.push_str(&"{\"d\":".repeat(x - 1));
            write!(out, "{{\"v\":{index}}}").expect("a string takes all");
            out.push_str(&"}".repeat(x - 1));
        },
    },
    Dimension {
        name: "outputs",
        what: "More outputs, each with the whole policy of workload A",
        unit: "outputs",
        at: &[1, 2, 4, 8, 16],
        policy: outputs,
        event: |_, index, out| marketing::event(index, out),
    },
];

/// The policy of workload A, its output `n` times under another name.
fn outputs(n: usize) -> String {
    let (head, output) = POLICY
        .split_once("  - topic: reference.clean\n")
        .expect("an output");
    let mut policy = head.to_owned();
    for i in 0..n {
        write!(policy, "  - topic: reference.clean-{i}\n{output}").expect("a string takes all");
    }
    policy
}

/// An event of `bytes` bytes, its line feed included: as many items as there is
/// room for, and a member nobody names that fills the rest.
fn sized(bytes: usize, index: u64, out: &mut String) {
    let end = out.len() + bytes - 1;
    let room = |out: &str| end.saturating_sub(out.len() + "],\"fill\":\"\"}".len());
    write!(out, "{{\"id\":\"u-{index:08}\",\"items\":[").expect("a string takes all");
    for item in 0.. {
        let comma = if item > 0 { "," } else { "" };
        let qty = item % 7;
        let text = format!("{comma}{{\"sku\":\"S-{item:05}\",\"qty\":{qty},\"note\":\"as ever\"}}");
        if text.len() > room(out) {
            break;
        }
        out.push_str(&text);
    }
    let fill = "-".repeat(room(out));
    write!(out, "],\"fill\":\"{fill}\"}}").expect("a string takes all");
}

/// `first` and `n` members; the names depend on `index`.
fn members(first: &str, n: usize, index: u64, out: &mut String) {
    write!(out, "{{{first}").expect("a string takes all");
    let prefix = match index {
        0 => String::new(),
        index => format!("{index}-"),
    };
    for i in 0..n {
        write!(out, ",\"m{prefix}{i}\":{i}").expect("a string takes all");
    }
    out.push('}');
}
