//! Where records go that cannot be protected, and how long they stay.

use super::model::{Quarantine, Spelled};
use super::names;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Reads `quarantine`.
pub(crate) fn quarantine(node: &Node, findings: &mut Findings) -> Option<Quarantine> {
    let mut mapping = Mapping::open(node, &grammar::QUARANTINE, findings)?;
    let key = mapping.text("key").map(str::to_owned).map(|value| Spelled {
        value,
        span: mapping.place("key"),
    });
    let recipient = mapping.text("recipient").map(str::to_owned);
    let recipient = recipient.map(|value| Spelled {
        value,
        span: mapping.place("recipient"),
    });
    let retention_ms = mapping.text("retention").and_then(|text| {
        let span = mapping.place("retention");
        duration::read(text, span, "retention", mapping.findings)
    });
    if !mapping.has("retention") {
        mapping
            .findings
            .warning(
                codes::RETENTION_MISSING,
                mapping.span,
                "nothing says how long the quarantine keeps records",
            )
            .why("refused records hold everything the source holds, sealed; they must end some day")
            .help("add `retention: 7d`; `veil run` compares it with the topic's own setting");
    }
    let topic = mapping.text("topic").and_then(|t| {
        let span = mapping.place("topic");
        names::topic(t, span, mapping.findings)
    })?;
    Some(Quarantine {
        topic,
        recipient,
        key,
        retention_ms,
    })
}
