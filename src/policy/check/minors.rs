//! Who counts as a child.

use super::Cx;
use super::accountability::Minors;
use super::regions::place;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Reads `minors`.
pub(crate) fn minors(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Minors> {
    let mut mapping = Mapping::open(node, &grammar::MINORS, findings)?;
    let from = place(&mut mapping, cx);
    let under = match mapping.has("under") {
        true => mapping.integer("under"),
        false => None,
    };
    if mapping.has("then") {
        mapping.one_of("then");
    }
    Some(Minors {
        span: node.span,
        from: from?,
        under: under?,
    })
}
