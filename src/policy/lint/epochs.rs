//! Codes of a person that outlast another one's epoch beside them.

use super::Use;
use crate::categories;
use crate::crypto::epoch::EpochLength;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output};

/// Warns of each code that joins the epochs of another one in the same record.
pub(crate) fn joined(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let codes = codes_of_persons(policy, output, uses);
        for longer in &codes {
            let shorter = codes
                .iter()
                .filter(|other| in_one_record(other, longer) && outlasts(longer, other))
                .min_by_key(|other| (lasts_ms(other), &other.path, other.at().start));
            if let Some(shorter) = shorter {
                says(longer, shorter, findings);
            }
        }
    }
}

fn says(longer: &Use<'_>, shorter: &Use<'_>, findings: &mut Findings) {
    let Some(length) = length(shorter) else {
        return;
    };
    let facts = &longer.facts;
    let help = match facts.reversible || facts.unkeyed || facts.salted {
        false => format!("`epoch: {length}` for both; or drop one of them"),
        true => format!(
            "`pseudonymize` with `epoch: {length}`, or `encrypt` without `mode`, which seals equal values differently; or drop it"
        ),
    };
    findings
        .warning(
            codes::EPOCHS_JOINED,
            longer.at(),
            format!(
                "`{}` joins the codes of `{}` across their epochs",
                longer.path, shorter.path
            ),
        )
        .label(match self::length(longer) {
            None => "stays the same".to_owned(),
            Some(length) => format!("changes by {length}"),
        })
        .also(shorter.at(), format!("changes by {length}"))
        .why("both stand in one record, so the code that lasts tells which new code is whose: the shorter epoch is a claim that does not hold")
        .help(help)
        .output(longer.topic())
        .field(&longer.path);
}

/// Codes by which one person is followed, in `output`.
pub(super) fn codes_of_persons<'u, 'p>(
    policy: &Checked,
    output: &Output,
    uses: &'u [Use<'p>],
) -> Vec<&'u Use<'p>> {
    let is_subject = |u: &Use<'_>| {
        let mut subject = policy.source.subject.paths();
        subject.any(|s| u.inputs.contains(&s.value))
    };
    let names_one = |class: &str| categories::is_identifier(class) || categories::is_direct(class);
    uses.iter()
        .filter(|u| std::ptr::eq(u.output, output) && u.facts.linkable)
        .filter(|u| is_subject(u) || u.is(names_one))
        .collect()
}

/// True where some record carries both: one entry of `types:` holds for it, and what
/// stands above all types.
pub(super) fn in_one_record(a: &Use<'_>, b: &Use<'_>) -> bool {
    match (a.of_type, b.of_type) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        _ => true,
    }
}

fn length(u: &Use<'_>) -> Option<EpochLength> {
    u.facts.epochs.as_ref().map(|epochs| epochs.length)
}

/// True where codes of `shorter` that are not one become one by `longer`. Of two
/// epochs that are as long and begin on different days each does so: it is said of
/// the one whose path comes later.
fn outlasts(longer: &Use<'_>, shorter: &Use<'_>) -> bool {
    let differ = length(longer) != length(shorter);
    let (of_longer, of_shorter) = (lasts_ms(longer), lasts_ms(shorter));
    let as_long = of_longer == of_shorter && longer.path > shorter.path;
    differ && (of_longer > of_shorter || as_long)
}

/// The longest that a code stays the same; `i64::MAX`: it never changes.
fn lasts_ms(u: &Use<'_>) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    match length(u) {
        None => i64::MAX,
        Some(EpochLength::Fixed(ms)) => ms,
        Some(EpochLength::Week) => 7 * DAY_MS,
        Some(EpochLength::Month) => 31 * DAY_MS,
        Some(EpochLength::Quarter) => 92 * DAY_MS,
        Some(EpochLength::Year) => 366 * DAY_MS,
    }
}

#[cfg(test)]
mod tests {
    use crate::action::NoTables;
    use crate::keys::TestKeys;
    use crate::policy::{PolicyFile, compile};

    /// The fields of which it is said, in the order of the policy.
    fn said(fields: &str) -> Vec<String> {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, type: kind, subject: [who], writers: own }}\n\
             keys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\n\
             classes: {{ fields: {{ user: user.unique_id, device: user.device.device_id, phone: user.contact.phone_number, order: user.behavior.purchase_history, at: none }} }}\n\
             outputs:\n  - topic: clean\n    purpose: sales\n    domain: d\n    basis: contract\n{fields}"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        assert!(!compiled.findings.has_errors(), "{:?}", compiled.findings);
        let found = compiled.findings.list().iter();
        let found = found.filter(|f| f.code == "V0252");
        found.filter_map(|f| f.about.field.clone()).collect()
    }

    fn code(path: &str, more: &str) -> String {
        format!("      {path}: {{ pseudonymize: {{ key: k, normalize: text, {more} }} }}\n")
    }

    fn of(fields: &[(&str, &str)]) -> Vec<String> {
        let fields: Vec<String> = fields.iter().map(|(path, more)| code(path, more)).collect();
        said(&format!("    fields:\n{}", fields.concat()))
    }

    #[test]
    fn a_code_that_lasts_longer_joins_the_codes_beside_it() {
        let short = ("user", "epoch: 30d");
        for longer in [
            "epoch: none",
            "epoch: none, scope: output",
            "epoch: none, scope: subject",
            "space: s",
            "epoch: 60d",
            "epoch: quarter",
            "epoch: month",
        ] {
            assert_eq!(of(&[short, ("device", longer)]), ["device"], "{longer}");
            assert_eq!(of(&[("device", longer), short]), ["device"], "{longer}");
        }
        for other in [
            "epoch: 30d",
            "epoch: 720h, space: s",
            "epoch: none, scope: record",
        ] {
            assert_eq!(of(&[short, ("device", other)]), [""; 0], "{other}");
        }
        // The other way round: it is the user's code that lasts.
        assert_eq!(of(&[short, ("device", "epoch: 1d")]), ["user"]);
        // As long, and not from the same day on.
        let weeks = [("user", "epoch: week"), ("device", "epoch: 7d")];
        assert_eq!(of(&weeks), ["user"]);
    }

    #[test]
    fn only_codes_of_persons_count() {
        let short = ("user", "epoch: 30d");
        assert_eq!(of(&[short, ("order", "epoch: none")]), [""; 0]);
        assert_eq!(of(&[short, ("unclassed", "epoch: none")]), [""; 0]);
        assert_eq!(of(&[short, ("who", "epoch: none")]), ["who"]);
        let token = "    fields:\n      phone: { tokenize: { key: k@1, format: phone } }\n";
        let token = format!("{token}{}", code("user", "epoch: 30d"));
        assert_eq!(said(&token), ["phone"]);
        assert_eq!(
            of(&[("user", "epoch: none"), ("device", "epoch: none")]),
            [""; 0]
        );
    }

    #[test]
    fn what_no_record_carries_together_joins_nothing() {
        let user = code("user", "epoch: 30d");
        let device = code("device", "epoch: none");
        let by_type = |user: &str, device: &str| {
            said(&format!(
                "    fields: {{}}\n    types:\n      a:\n  {user}      b:\n  {device}"
            ))
        };
        assert_eq!(by_type(&user, &device), [""; 0]);
        let above = format!("    fields:\n{user}    types:\n      a: {{}}\n      b:\n  {device}");
        assert_eq!(said(&above), ["device"]);
    }
}
