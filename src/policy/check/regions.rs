//! Where the people of a record are.

use super::Cx;
use super::accountability::{Region, Regions};
use super::names;
use super::paths;
use super::recipients::country;
use super::spelled::Spelled;
use crate::countries;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::{Member, Node};
use crate::policy::grammar;
use crate::policy::selector::PlaceName;

/// Most regions: a record carries one bit for each.
const REGIONS_MAX: usize = 64;

/// The word for no region.
pub(crate) const NOWHERE: &str = "none";

/// Reads `regions`. What is wrong in it is reported.
pub(crate) fn regions(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Regions> {
    let mut mapping = Mapping::open(node, &grammar::REGIONS, findings)?;
    let from = place(&mut mapping, cx);
    let members = mapping.map("names");
    if let Some(extra) = members.get(REGIONS_MAX) {
        mapping
            .findings
            .error(
                codes::TOO_LARGE,
                extra.name_span,
                format!("more than {REGIONS_MAX} regions"),
            )
            .help("join countries that are treated alike");
    }
    let mut list = Vec::new();
    for member in members.iter().take(REGIONS_MAX) {
        list.extend(region(member, mapping.findings));
    }
    let unknown = mapping.text("unknown").map(|text| Spelled {
        value: text.to_owned(),
        span: mapping.place("unknown"),
    });
    let lacks_some = list.len() < members.len();
    if let Some(unknown) = &unknown {
        let is_named = |word: &str| word == NOWHERE || list.iter().any(|r| r.name.value == word);
        if !is_named(&unknown.value) && !lacks_some {
            let known = list.iter().map(|r| r.name.value.as_str()).chain([NOWHERE]);
            unknown_region(&unknown.value, unknown.span, known, mapping.findings);
        }
    }
    Some(Regions {
        from: from?,
        list,
        lacks_some,
        unknown: unknown?,
    })
}

/// The place behind `from`.
pub(super) fn place(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Option<Spelled<PlaceName>> {
    let text = mapping.text("from")?;
    let span = mapping.place("from");
    let value = paths::place(text, span, cx, mapping.findings)?;
    Some(Spelled { value, span })
}

/// Says that there is no such region.
pub(crate) fn unknown_region<'k>(
    word: &str,
    span: crate::language::finding::Span,
    known: impl Iterator<Item = &'k str>,
    findings: &mut Findings,
) {
    let known: Vec<&str> = known.collect();
    let help = match codes::nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    findings
        .error(
            codes::UNKNOWN_REGION,
            span,
            "no region of that name is under `regions.names`",
        )
        .help(help);
}

fn region(member: &Member, findings: &mut Findings) -> Option<Region> {
    if !names::is_alias(&member.name) || member.name == NOWHERE {
        findings
            .error(codes::BAD_NAME, member.name_span, "this cannot name a region")
            .help("write letters, digits, `-` and `_`, a letter first, at most 64; `none` means no region");
        return None;
    }
    let nodes = member.value.items();
    let nodes = nodes.unwrap_or(std::slice::from_ref(&member.value));
    if nodes.is_empty() {
        findings
            .error(
                codes::OUT_OF_RANGE,
                member.value.span,
                "a region without a country is nowhere",
            )
            .help("name its countries, `[DE, FR]`, or `eea`");
        return None;
    }
    let mut all = Vec::new();
    for node in nodes {
        match node.scalar() {
            Some("eea") => all.extend(countries::eea()),
            Some(code) => all.push(country(code, node.span, findings)?.value),
            None => {
                paths::wrong_kind(node, "a country, or `eea`", findings);
                return None;
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(Region {
        name: Spelled {
            value: member.name.clone(),
            span: member.name_span,
        },
        countries: all,
    })
}
