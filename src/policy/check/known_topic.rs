//! Topics that tests name: those of outputs, and no others.

use crate::language::codes;
use crate::language::finding::{Findings, Span};

/// False, and said, where no output writes to that topic.
pub(super) fn known_topic(
    topic: &str,
    span: Span,
    topics: &[&str],
    findings: &mut Findings,
) -> bool {
    if topics.contains(&topic) {
        return true;
    }
    // Without any output that one is missing was said already.
    if topics.is_empty() {
        return false;
    }
    let help = match codes::nearest(topic, topics.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("outputs are {}", topics.join(", ")),
    };
    findings
        .error(
            codes::BAD_TEST,
            span,
            format!("no output writes to `{topic}`"),
        )
        .help(help);
    false
}
