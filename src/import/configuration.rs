//! A configuration as a tree with places.

use super::outcome::NotRead;
use super::rules::line;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::written::Node;
use crate::language::yaml;

/// The tree: JSON is YAML.
///
/// # Errors
/// [`NotRead::Text`] where it is neither.
pub(super) fn tree(text: &str) -> Result<Node, NotRead> {
    let mut findings = Findings::default();
    let root = yaml::read(text, &mut findings);
    match (root, findings.list().first()) {
        (Some(root), None) => Ok(root),
        (_, finding) => Err(NotRead::Text {
            line: finding
                .and_then(|f| f.span)
                .map_or(1, |span| line(text, span)),
            what: match finding.map(|f| f.code) {
                Some(codes::DUPLICATE_NAME) => "one name stands twice".to_owned(),
                Some(codes::TOO_LARGE) => "it is too large or too deep".to_owned(),
                _ => "it is neither JSON nor plain YAML".to_owned(),
            },
        }),
    }
}
