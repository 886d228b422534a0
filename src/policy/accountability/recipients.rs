//! Who gets an output is known, may get it where it is, and has a contract.

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::check::accountability::{Mechanism, Recipient, Register};
use super::super::check::model::{Checked, Output};
use crate::countries::{self, Standing};
use crate::language::codes;
use crate::language::finding::Findings;

/// How long before its end a contract is warned of, in days.
const WARNED_DAYS: i64 = 30;

/// Checks the recipient of each output against the register, if there is one.
pub(super) fn check(policy: &Checked, today: Date, findings: &mut Findings) {
    let Some(register) = &policy.recipients else {
        return;
    };
    let Register { all, lacks_some } = &**register;
    let opens = policy
        .quarantine
        .as_ref()
        .and_then(|q| q.recipient.as_ref());
    if let Some(opens) = opens.filter(|opens| opens.value != "own house")
        && !lacks_some
        && !all.iter().any(|r| r.alias.value == opens.value)
    {
        let what = "who opens the quarantine is not registered";
        findings
            .error(codes::UNKNOWN_RECIPIENT, opens.span, what)
            .why("who gets data, where, and by what contract is in the register, or nobody knows it")
            .help("add it under `recipients`, with `name`, `country` and `role`; or write `own house`");
    }
    for output in &policy.outputs {
        let Some(named) = output.outsider() else {
            continue;
        };
        let Some(recipient) = all.iter().find(|r| r.alias.value == named.value) else {
            if !lacks_some {
                unknown(output, all, findings);
            }
            continue;
        };
        mechanism(recipient, output, findings);
        contract(recipient, output, today, findings);
    }
}

/// The entry of the register that an output's recipient is.
pub(in super::super) fn of<'p>(policy: &'p Checked, output: &Output) -> Option<&'p Recipient> {
    let named = output.outsider()?;
    let mut all = policy.recipients.iter().flat_map(|register| &register.all);
    all.find(|r| r.alias.value == named.value)
}

fn unknown(output: &Output, all: &[Recipient], findings: &mut Findings) {
    let Some(named) = output.outsider() else {
        return;
    };
    let names = all.iter().map(|r| r.alias.value.as_str());
    let near = codes::nearest(&named.value, names);
    let by_name = all.iter().find(|r| r.name == named.value);
    let help = match near.or(by_name.map(|r| r.alias.value.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "add it under `recipients`, with `name`, `country` and `role`".to_owned(),
    };
    findings
        .error(
            codes::UNKNOWN_RECIPIENT,
            named.span,
            "this recipient is not registered",
        )
        .why("who gets data, where, and by what contract is in the register, or nobody knows it")
        .help(help)
        .output(&output.topic.value);
}

/// Nothing goes to a country without a ground for it.
fn mechanism(recipient: &Recipient, output: &Output, findings: &mut Findings) {
    let country = recipient.country.value;
    let mechanism = recipient.mechanism.as_ref();
    let message = match (country.standing(), mechanism.map(|m| m.value)) {
        (Standing::Eea | Standing::Adequate, _) => return,
        (Standing::AdequateInPart, Some(_)) => return,
        (Standing::Third, Some(Mechanism::Adequacy)) => {
            format!("the Commission has no adequacy decision for {country}")
        }
        (Standing::Third, Some(_)) => return,
        (Standing::AdequateInPart, None) => format!(
            "an adequacy decision covers some recipients in {country}, and nothing says that `{}` is one",
            recipient.alias.value
        ),
        (Standing::Third, None) => format!(
            "`{}` is in {country}, and nothing says by what data may go there",
            recipient.alias.value
        ),
    };
    let span = mechanism.map_or(recipient.country.span, |m| m.span);
    let help = match country.standing() {
        Standing::AdequateInPart => {
            "add `mechanism: adequacy` where it is on the list that the decision is about, else `scc`, `bcr` or `derogation`"
        }
        _ => {
            "add `mechanism: scc`, `bcr` or `derogation`, by what was agreed; or name another recipient"
        }
    };
    let finding = findings.error(codes::NO_MECHANISM, span, message);
    let finding = match &output.recipient {
        Some(named) => finding.also(named.span, format!("`{}` goes there", output.topic.value)),
        None => finding,
    };
    finding
        .why(format!(
            "personal data leaves the European Economic Area only on one of the grounds of articles 45 to 49 (list as of {})",
            countries::AS_OF
        ))
        .help(help)
        .output(&output.topic.value);
}

fn contract(recipient: &Recipient, output: &Output, today: Date, findings: &mut Findings) {
    let Some(until) = &recipient.contract_until else {
        return;
    };
    let alias = &recipient.alias.value;
    let warned_from = until.value.checked_sub(WARNED_DAYS.days());
    let (finding, why, help) = if until.value < today {
        let message = format!("the contract with `{alias}` ended on {}", until.value);
        (
            findings.error(codes::CONTRACT_ENDS, until.span, message),
            "without a contract nothing holds the recipient to what was agreed",
            "write the new last day, or stop the output",
        )
    } else if warned_from.is_ok_and(|from| from <= today) {
        let message = format!("the contract with `{alias}` ends on {}", until.value);
        (
            findings.warning(codes::CONTRACT_ENDS, until.span, message),
            "from the day after on this policy is refused, at start and at reload",
            "renew the contract and write the new last day, or plan for the output to stop",
        )
    } else {
        return;
    };
    let finding = match &output.recipient {
        Some(named) => finding.also(named.span, format!("`{}` goes there", output.topic.value)),
        None => finding,
    };
    finding.why(why).help(help).output(&output.topic.value);
}
