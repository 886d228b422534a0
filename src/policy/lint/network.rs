//! The network of an address beside a code that never changes.

use super::Use;
use super::epochs::{codes_of_persons, in_one_record};
use crate::action::Grade;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Checked;

/// The widest networks that still single out, of which it is said: in 5,000 made-up
/// persons a `/16` beside birth (by ten years) and a plan left every second one alone.
const BITS: (u8, u8) = (8, 16);

/// Warns of each network that leaves beside a code of a person without an epoch.
pub(crate) fn beside_code(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let mut codes = codes_of_persons(policy, output, uses);
        codes.retain(|u| u.facts.epochs.is_none());
        let of_output = uses.iter().filter(|u| std::ptr::eq(u.output, output));
        for u in of_output.filter(|u| is_network(u)) {
            let Some(code) = codes.iter().find(|code| in_one_record(code, u)) else {
                continue;
            };
            findings
                .warning(
                    codes::NETWORK_BESIDE_CODE,
                    u.at(),
                    format!(
                        "the network of `{}` leaves beside `{}`, a code that stays",
                        u.path, code.path
                    ),
                )
                .also(code.at(), "never changes")
                .why("a network with one trait more is most persons' own, and the code says whose all other records are")
                .help("drop it; or let it leave in an output without codes; or `epoch: 30d` for the code, so that whoever is found is followed no longer")
                .output(u.topic())
                .field(&u.path);
        }
    }
}

fn is_network(u: &Use<'_>) -> bool {
    match u.facts.grade {
        Some(Grade::Network { ipv4, ipv6 }) => ipv4 > BITS.0 || ipv6 > BITS.1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::action::NoTables;
    use crate::keys::TestKeys;
    use crate::policy::{PolicyFile, compile};

    /// Whether it is said of a policy with these fields.
    fn is_said(code: &str, network: &str) -> bool {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, writers: own }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\n\
             classes: {{ fields: {{ user: user.unique_id, order: user.behavior.purchase_history, ip: user.device.ip_address }} }}\n\
             outputs:\n  - topic: clean\n    purpose: sales\n    domain: d\n    basis: contract\n    fields:\n      {code}\n      ip: {network}\n"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        assert!(!compiled.findings.has_errors(), "{:?}", compiled.findings);
        let mut found = compiled.findings.list().iter();
        found.any(|f| f.code == "V0253")
    }

    #[test]
    fn a_network_is_told_of_beside_a_code_of_a_person_that_stays() {
        let code = |path: &str, more: &str| {
            format!("{path}: {{ pseudonymize: {{ key: k, normalize: text, {more} }} }}")
        };
        let stays = code("user", "epoch: none");
        for network in [
            "{ generalize: { ipv4: 16, ipv6: 32 } }",
            "{ generalize: { ipv4: 9 } }",
            "{ generalize: { ipv4: 8, ipv6: 17 } }",
            "{ each: { split: ',', take: first, do: { generalize: { ipv4: 16 } } } }",
        ] {
            assert!(is_said(&stays, network), "{network}");
        }
        for network in ["{ generalize: { ipv4: 8, ipv6: 16 } }", "drop"] {
            assert!(!is_said(&stays, network), "{network}");
        }
        let network = "{ generalize: { ipv4: 16 } }";
        for other in [
            code("user", "epoch: 30d"),
            code("user", "epoch: none, scope: record"),
            code("order", "epoch: none"),
            code("unclassed", "epoch: none"),
            "user: drop".to_owned(),
        ] {
            assert!(!is_said(&other, network), "{other}");
        }
    }
}
