//! Who reads the quarantine, beside outputs whose records wait.

use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Checked;

/// What `recipient` says of a reader in the own house.
const OWN_HOUSE: &str = "own house";

/// Warns where one reader has a release and what is in none: the quarantine keeps offsets.
pub(crate) fn check(policy: &Checked, findings: &mut Findings) {
    let quarantine = policy.quarantine.as_ref();
    let Some(opens) = quarantine.and_then(|q| q.recipient.as_ref()) else {
        return;
    };
    for output in policy.outputs.iter().filter(|output| output.held.is_some()) {
        let reader = output.recipient.as_ref();
        if reader.map_or(OWN_HOUSE, |reader| &reader.value) != opens.value {
            continue;
        }
        let held = output.held.as_ref().map(|held| held.span);
        findings
            .warning(
                codes::QUARANTINE_READER,
                opens.span,
                format!(
                    "`{}` reads the quarantine and `{}`, whose records wait",
                    opens.value, output.topic.value
                ),
            )
            .also(held.unwrap_or(output.span), "they wait here")
            .why("a quarantined record has its offset, so its readers know that it is in no release: one of fewer is easier to find")
            .help("let somebody else open the quarantine, with a key of their own")
            .output(&output.topic.value);
    }
}
