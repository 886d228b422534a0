//! Whether this version takes a field value that foreign rules were turned into: their
//! numbers and texts can lie beyond what an action's parameters may be.

use crate::action::{ActionDef, Held, IfRefused, Spec, action, hold};
use crate::language::finding::{Findings, Severity};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::language::yaml;

/// Reads a field value as a policy would hold it.
///
/// # Errors
/// Why `veil check` would refuse it: its code, and no value.
pub(super) fn taken(field_value: &str) -> Result<(), String> {
    let mut findings = Findings::default();
    let node = yaml::read(field_value, &mut findings);
    let is_read = node.is_some_and(|node| field(&node, &mut findings).is_some());
    let error = findings
        .list()
        .iter()
        .find(|f| f.severity == Severity::Error);
    match error {
        None if is_read => Ok(()),
        None => Err("this version has no such field value".to_owned()),
        Some(error) => Err(format!(
            "`veil check` refuses what it comes to ({}, `veil explain {0}`)",
            error.code
        )),
    }
}

/// An action, or several under `as` or `when`.
fn field(node: &Node, findings: &mut Findings) -> Option<()> {
    if let Some(named) = node.member("as") {
        let mut each = named.value.members()?.iter();
        return each.try_for_each(|m| field(&m.value, findings));
    }
    if let Some(cases) = node.member("when") {
        let mut each = cases.value.items()?.iter();
        return each.try_for_each(|case| field(&case.member("then")?.value, findings));
    }
    one(node, findings).map(drop)
}

fn one(node: &Node, findings: &mut Findings) -> Option<(&'static ActionDef, Box<dyn Spec>)> {
    let members = match &node.kind {
        Kind::Scalar { text, .. } => {
            let def = action(text)?;
            return Some((def, (def.bare?)()));
        }
        Kind::Map(members) => members,
        Kind::List(_) => return None,
    };
    let [given] = &members[..] else { return None };
    let def = action(&given.name)?;
    let mut mapping = Mapping::open(&given.value, def.shape, findings)?;
    let mut spec = (def.parse)(&mut mapping)?;
    hold(&mut spec, |node| {
        let (def, spec) = one(node, findings)?;
        Some(Held {
            word: def.name,
            spec: spec.into(),
            if_refused: IfRefused::Refuse,
        })
    })?;
    Some((def, spec))
}
