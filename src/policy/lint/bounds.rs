//! Bounds that leave the rarest values nearly as they came.

use super::{Use, places};
use crate::action::OpenEnd;
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Checked;

/// Times of a person that are cut to less tell one event from all others.
const STEP_MS_MIN: i64 = 60_000;
/// A quarantine that is kept longer is an archive of what could not be protected.
const RETENTION_MS_MAX: i64 = 90 * 24 * 3_600_000;

/// Checks one action at one place.
pub(crate) fn check(u: &Use<'_>, findings: &mut Findings) {
    match u.facts.open_end {
        // That its bound lets persons out, is said of it.
        Some(_) if !u.facts.admits.is_empty() => {}
        Some(OpenEnd::Missing(words)) => {
            findings
                .warning(
                    codes::OPEN_END,
                    u.at(),
                    format!("`{}` has an open end", u.path),
                )
                .label(format!("without {words}"))
                .why("the largest order and the oldest person are alone in their step, however wide it is")
                .help(format!("add {words}: what lies beyond becomes that value, or is refused"))
                .output(u.topic())
                .field(&u.path);
        }
        Some(OpenEnd::FinerThan(step)) => too_fine(u, step, findings),
        None if places::is_a_street(u) => too_fine(u, "decimals: 2", findings),
        None => {
            let of_a_person = u.is(|class| class != categories::NONE);
            let step = u.facts.time_step.as_ref();
            if of_a_person && step.is_some_and(|step| step.ms < STEP_MS_MIN) {
                too_fine(u, "time: 1m", findings);
            }
        }
    }
}

fn too_fine(u: &Use<'_>, step: &str, findings: &mut Findings) {
    findings
        .warning(
            codes::OPEN_END,
            u.at(),
            format!("`{}` is hardly coarser than it came", u.path),
        )
        .label(format!("finer than `{step}`"))
        .why("few share one value, and with a second field it is one person's")
        .help(format!("`{step}` or coarser"))
        .output(u.topic())
        .field(&u.path);
}

/// Checks how long the quarantine keeps records.
pub(crate) fn of_quarantine(policy: &Checked, findings: &mut Findings) {
    let Some(quarantine) = &policy.quarantine else {
        return;
    };
    if quarantine
        .retention_ms
        .is_some_and(|ms| ms > RETENTION_MS_MAX)
    {
        findings
            .warning(
                codes::OPEN_END,
                quarantine.topic.span,
                "the quarantine is kept for more than 90 days",
            )
            .why("it holds whole records, of which somebody has yet to decide: what is not looked at in a quarter, nobody needs")
            .help("`retention: 30d`");
    }
}
