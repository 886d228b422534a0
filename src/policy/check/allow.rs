//! `dangerously:`: what is refused otherwise, allowed with a reason.

use super::model::{Allowance, Output};
use super::names;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Reads `dangerously`.
pub(crate) fn allowances(
    nodes: &[Node],
    outputs: &[Output],
    findings: &mut Findings,
) -> Vec<Allowance> {
    nodes
        .iter()
        .filter_map(|n| allowance(n, outputs, findings))
        .collect()
}

fn allowance(node: &Node, outputs: &[Output], findings: &mut Findings) -> Option<Allowance> {
    let before = findings.errors();
    let mut mapping = Mapping::open(node, &grammar::ALLOWANCE, findings)?;
    let allow = mapping.text("allow").and_then(|word| {
        let span = mapping.place("allow");
        let found = codes::by_name(word);
        match found {
            Some(code) if code.may_be_allowed => return found,
            Some(code) => {
                mapping
                    .findings
                    .error(
                        codes::BAD_ALLOWANCE,
                        span,
                        format!("`{}` cannot be allowed", code.name),
                    )
                    .why("a policy with this finding has no meaning that could be obeyed")
                    .help("repair what the finding says");
            }
            None => {
                let known = codes::ALL.iter().filter(|c| c.may_be_allowed);
                let by_code = known.clone().find(|c| c.code == word).map(|c| c.name);
                let near = by_code.or_else(|| codes::nearest(word, known.clone().map(|c| c.name)));
                let names: Vec<&str> = known.map(|c| c.name).collect();
                let help = near.map_or_else(
                    || format!("known here: {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                mapping
                    .findings
                    .error(
                        codes::BAD_ALLOWANCE,
                        span,
                        format!("`{word}` is not the name of a finding"),
                    )
                    .help(help);
            }
        }
        None
    });
    let mut topics = Vec::new();
    for (topic, span) in mapping.texts("output") {
        if outputs.iter().any(|o| o.topic.value == topic) {
            topics.push(topic.to_owned());
            continue;
        }
        // Without any output that one is missing was said already.
        if outputs.is_empty() {
            continue;
        }
        let known = outputs.iter().map(|o| o.topic.value.as_str());
        let help = codes::nearest(topic, known.clone()).map_or_else(
            || format!("outputs are {}", known.collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        mapping
            .findings
            .error(
                codes::BAD_ALLOWANCE,
                span,
                format!("no output writes to `{topic}`"),
            )
            .help(help);
    }
    let field = mapping.text("field").map(str::to_owned);
    let because = mapping
        .text("because")
        .unwrap_or_default()
        .trim()
        .to_owned();
    if let (Some(node), true) = (mapping.node("because"), names::is_blank(&because)) {
        mapping
            .findings
            .error(
                codes::BAD_ALLOWANCE,
                node.span,
                "an allowance needs its reason",
            )
            .help("say why it is right here, so that whoever reads the policy can judge it");
    }
    let until = mapping.text("until").and_then(|text| {
        let date = text.parse::<jiff::civil::Date>().ok();
        if date.is_none() {
            let span = mapping.place("until");
            mapping
                .findings
                .error(codes::BAD_ALLOWANCE, span, "this is not a day")
                .help("write the last day it holds for: `2027-01-31`");
        }
        date
    });
    if let Some(code) = allow.filter(|c| codes::needs_until(c.code))
        && !mapping.has("until")
    {
        mapping
            .findings
            .error(
                codes::BAD_ALLOWANCE,
                node.span,
                format!("an allowance of `{}` needs its last day", code.name),
            )
            .why("it is for the time in which old codes are still joined")
            .help("write the last day it holds for: `until: 2027-01-31`");
    }
    (findings.errors() == before).then_some(Allowance {
        span: node.span,
        allow: allow?,
        outputs: topics,
        field,
        because,
        until,
    })
}
