//! What `dangerously:` allows: findings taken back, each with its reason.

use super::check::model::{Allowance, Checked};
use super::selector;
use crate::language::codes;
use crate::language::finding::{Finding, Findings};

/// A refusal that the policy takes back, in force today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Name of the finding.
    pub(crate) allow: &'static str,
    /// Topics of the outputs it holds for; empty: all.
    pub(crate) outputs: Vec<String>,
    /// The field it holds for, as written; `None`: all.
    pub(crate) field: Option<String>,
    /// The author's reason.
    pub(crate) because: String,
    /// Its last day.
    pub(crate) until: Option<jiff::civil::Date>,
}

impl std::fmt::Display for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is allowed", self.allow)?;
        if let Some(field) = &self.field {
            write!(f, " for `{field}`")?;
        }
        if !self.outputs.is_empty() {
            write!(f, " in {}", self.outputs.join(", "))?;
        }
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        write!(f, ", because {}", self.because)
    }
}

/// Removes what was found beyond the policy itself and is allowed on that day.
pub(crate) fn apply_to_more(policy: &Checked, now: jiff::Timestamp, findings: &mut Findings) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let in_force = |a: &&Allowance| a.until.is_none_or(|until| until >= today);
    findings.list_mut().retain(|finding| {
        let mut allowances = policy.allowances.iter().filter(in_force);
        !allowances.any(|allowance| matches(allowance, finding))
    });
}

/// Removes the findings that are allowed on that day and lists what allowed them.
pub(crate) fn apply(
    policy: &Checked,
    now: jiff::Timestamp,
    findings: &mut Findings,
) -> Vec<Allowed> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut used = vec![false; policy.allowances.len()];
    let expired = |a: &Allowance| a.until.is_some_and(|until| until < today);
    findings.list_mut().retain(|finding| {
        let mut keep = true;
        for (allowance, used) in policy.allowances.iter().zip(&mut used) {
            if matches(allowance, finding) {
                *used = true;
                keep &= expired(allowance);
            }
        }
        keep
    });
    let mut list = Vec::new();
    for (allowance, used) in policy.allowances.iter().zip(used) {
        if let (true, Some(until)) = (expired(allowance), allowance.until) {
            findings
                .warning(
                    codes::ALLOWANCE_EXPIRED,
                    allowance.span,
                    format!("this allowance ended on {until}"),
                )
                .help("repair what it allowed, or decide again and write a new day");
            continue;
        }
        let allowed = Allowed {
            allow: allowance.allow.name,
            outputs: allowance.outputs.clone(),
            field: allowance.field.clone(),
            because: allowance.because.clone(),
            until: allowance.until,
        };
        if used || codes::needs_more(allowance.allow.code) {
            findings
                .note(codes::ALLOWED, allowance.span, allowed.to_string())
                .why(allowance.allow.doc);
            list.push(allowed);
        } else {
            findings
                .warning(
                    codes::ALLOWANCE_UNUSED,
                    allowance.span,
                    format!("nothing needs this allowance of `{}`", allowed.allow),
                )
                .why("an allowance that lies around allows what is written later")
                .help("remove it; if it was meant for something, compare `output` and `field`");
        }
    }
    list
}

fn matches(allowance: &Allowance, finding: &Finding) -> bool {
    if allowance.allow.code != finding.code {
        return false;
    }
    let about = &finding.about;
    let outputs = match &allowance.outputs[..] {
        [] => true,
        [one] => about.outputs.contains(one),
        several => !about.outputs.is_empty() && about.outputs.iter().all(|o| several.contains(o)),
    };
    let field = match (&allowance.field, &about.field) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wanted), Some(field)) => {
            wanted == field
                || selector::selectors(wanted)
                    .is_ok_and(|paths| paths.iter().any(|p| p.to_string() == *field))
        }
    };
    outputs && field
}
