//! What an expected output would have to say of what leaves.

use super::compare::differences;
use crate::language::finding::Findings;
use crate::language::written::{Kind, Member, Node};
use crate::policy::check::json::{Json, json};

/// The value that a node spells.
pub(super) fn value(node: &Node) -> Option<Json> {
    json(node, &mut Findings::default())
}

/// The member of that name.
pub(super) fn member<'j>(found: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    found.iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

/// The members of `found` that the mapping does not name.
pub(super) fn fresh<'j>(
    members: &'j [Member],
    found: &'j [(String, Json)],
) -> impl Iterator<Item = &'j (String, Json)> {
    let named = |name: &str| members.iter().any(|m| m.name == name);
    found.iter().filter(move |(name, _)| !named(name))
}

/// What `node` would have to say of `found`; what it says of it already stays.
pub(super) fn fit(node: &Node, found: &Json, whole: bool) -> Option<Json> {
    let said = value(node)?;
    if differences(&said, found, whole).is_empty() {
        return Some(said);
    }
    Some(match (&node.kind, found) {
        (Kind::Map(members), Json::Object(found)) => {
            let mut all = Vec::new();
            for m in members {
                if let Some(found) = member(found, &m.name) {
                    all.push((m.name.clone(), fit(&m.value, found, whole)?));
                }
            }
            if whole {
                all.extend(fresh(members, found).cloned());
            }
            Json::Object(all)
        }
        (Kind::List(items), Json::List(found)) => {
            let mut all = Vec::new();
            for (n, found) in found.iter().enumerate() {
                all.push(match items.get(n) {
                    Some(item) => fit(item, found, whole)?,
                    None => found.clone(),
                });
            }
            Json::List(all)
        }
        _ => found.clone(),
    })
}
