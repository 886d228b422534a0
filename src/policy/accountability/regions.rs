//! Outputs name regions that there are, and forward nothing that nobody can place.

use super::super::check::model::{Checked, Output};
use super::super::check::regions::unknown_region;
use super::recipients;
use crate::countries::Standing;
use crate::language::codes;
use crate::language::finding::{Findings, Span};

/// Checks the regions of each output, and what is forwarded beside them and beside
/// `minors`.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    for output in &policy.outputs {
        regions(policy, output, findings);
        unknown_sends(policy, output, findings);
        let by_region = output.regions.first().map(|r| (r.span, "`region`"));
        let by_age = policy.minors.as_ref().map(|m| (m.span, "`minors`"));
        if let Some(decides) = by_region.or(by_age) {
            tombstones(output, decides, findings);
        }
    }
}

fn regions(policy: &Checked, output: &Output, findings: &mut Findings) {
    match &policy.regions {
        Some(regions) => {
            for named in &output.regions {
                if regions.bit(&named.value) == 0 && !regions.lacks_some {
                    let known = regions.list.iter().map(|r| r.name.value.as_str());
                    unknown_region(&named.value, named.span, known, findings);
                }
            }
        }
        None if policy.lacks_regions => {}
        None => {
            if let Some(named) = output.regions.first() {
                findings
                    .error(
                        codes::UNKNOWN_REGION,
                        named.span,
                        "a region is asked for, and nothing says where people are",
                    )
                    .help("add `regions: { from: value.PATH, names: { NAME: [DE, …] }, unknown: NAME }`")
                    .output(&output.topic.value);
            }
        }
    }
}

/// Whoever cannot be placed is not sent out of the reach of the law by that.
fn unknown_sends(policy: &Checked, output: &Output, findings: &mut Findings) {
    let (Some(regions), Some(recipient)) = (&policy.regions, recipients::of(policy, output)) else {
        return;
    };
    let unknown = &regions.unknown;
    let Some(named) = output.regions.iter().find(|r| r.value == unknown.value) else {
        return;
    };
    if recipient.country.value.standing() != Standing::Third {
        return;
    }
    let country = recipient.country.value;
    findings
        .warning(
            codes::UNKNOWN_REGION_SENDS,
            unknown.span,
            format!("whoever nothing places goes to {country}, as one of `{}`", unknown.value),
        )
        .label("their region")
        .also(named.span, format!("`{}` takes them", output.topic.value))
        .why("`UK`, a name in full or a blank is no code of a country: people of anywhere come to this region by it")
        .help("`unknown: none`, or the region with the strictest rules")
        .output(&output.topic.value);
}

fn tombstones(output: &Output, (span, word): (Span, &str), findings: &mut Findings) {
    let Some(forward) = output.forward_tombstones else {
        return;
    };
    findings
        .error(
            codes::UNDECIDED_TOMBSTONES,
            forward,
            format!("`tombstones: forward`, where {word} decides who may leave"),
        )
        .also(span, "decided by this")
        .why("a tombstone has no value to decide by, and its key tells that there is somebody")
        .help("write `tombstones: drop`, and clear keys another way; or an output of its own without it")
        .output(&output.topic.value);
}
