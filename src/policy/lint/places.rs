//! Where somebody is, beside a code that never changes.

use super::Use;
use super::epochs::{codes_of_persons, in_one_record};
use crate::action::Grade;
use crate::categories::is_at_or_below;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Checked;

/// Warns of each fine place that leaves beside a code of a person without an epoch.
/// Four places and times of day single most people out (de Montjoye et al., "Unique in
/// the Crowd", 2013), and the code says whose all other records are.
pub(crate) fn beside_code(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let mut codes = codes_of_persons(policy, output, uses);
        if policy.classes.is_none() {
            // Nothing says which code is a person's: any can be.
            let of_output = uses.iter().filter(|u| std::ptr::eq(u.output, output));
            codes = of_output.filter(|u| u.facts.linkable).collect();
        }
        codes.retain(|u| u.facts.epochs.is_none());
        let of_output = uses.iter().filter(|u| std::ptr::eq(u.output, output));
        for u in of_output.filter(|u| is_fine_place(u)) {
            let Some(code) = codes.iter().find(|code| in_one_record(code, u)) else {
                continue;
            };
            findings
                .warning(
                    codes::PLACE_BESIDE_CODE,
                    u.at(),
                    format!(
                        "the place of `{}` leaves beside `{}`, a code that stays",
                        u.path, code.path
                    ),
                )
                .also(code.at(), "never changes")
                .why("where a code is at night is where its person lives, and the code says whose all other records are")
                .help("`geohash: 4`, `h3: 4` or `decimals: 1`; or let it leave in an output without codes; or `epoch: 1d` for the code, so that whoever is found is followed no longer")
                .output(u.topic())
                .field(&u.path);
        }
    }
}

/// A place in cells of less than some 10 to 40 km.
fn is_fine_place(u: &Use<'_>) -> bool {
    match u.facts.grade {
        Some(Grade::SmallCell | Grade::TinyCell) => true,
        Some(Grade::Decimals(digits)) => digits > 1 && is_precise(u),
        Some(Grade::Characters(of_geohash)) => of_geohash > 4 && is_precise(u),
        _ => false,
    }
}

/// True of degrees that tell a street or a house: `decimals: 3` is some 110 m.
pub(super) fn is_a_street(u: &Use<'_>) -> bool {
    matches!(u.facts.grade, Some(Grade::Decimals(digits)) if digits > 2) && is_precise(u)
}

/// True of what is classified as a precise location.
fn is_precise(u: &Use<'_>) -> bool {
    let mut classes = u.known.classes.iter();
    classes.any(|c| is_at_or_below(c, "user.location.precise"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Small;

    const CODE: &str = "id: { pseudonymize: { key: people, normalize: text, epoch: none } }";
    const CLASSES: &str = "fields: { id: user.unique_id, lat: user.location.precise, lon: user.location.precise, zip: user.contact.address.postal_code }";

    fn said_of(classes: &str, fields: &str) -> Vec<&'static str> {
        let mut found = Small {
            classes,
            fields,
            ..Small::PLAIN
        }
        .codes();
        found.retain(|c| ["V0215", "V0249", "V0254"].contains(c));
        found
    }

    #[test]
    fn a_fine_place_is_told_of_beside_a_code_that_stays() {
        for (place, codes) in [
            (
                "cell: { generalize: { geohash: 4, from: [lat, lon] } }",
                &[][..],
            ),
            (
                "cell: { generalize: { geohash: 5, from: [lat, lon] } }",
                &["V0254"],
            ),
            (
                "cell: { generalize: { geohash: 9, from: [lat, lon] } }",
                &["V0249", "V0254"],
            ),
            ("cell: { generalize: { h3: 4, from: [lat, lon] } }", &[]),
            (
                "cell: { generalize: { h3: 5, from: [lat, lon] } }",
                &["V0254"],
            ),
            (
                "cell: { generalize: { h3: 12, from: [lat, lon] } }",
                &["V0249", "V0254"],
            ),
            ("lat: { generalize: { decimals: 1 } }", &[]),
            ("lat: { generalize: { decimals: 2 } }", &["V0254"]),
            ("lat: { generalize: { decimals: 4 } }", &["V0249", "V0254"]),
            (
                "lat: { generalize: { decimals: 6 } }",
                &["V0215", "V0249", "V0254"],
            ),
            ("lat: drop", &[]),
            ("zip: { generalize: { postal: 2 } }", &[]),
        ] {
            assert_eq!(
                said_of(CLASSES, &format!("{CODE}, {place}")),
                codes,
                "{place}"
            );
        }
        let fine = "cell: { generalize: { geohash: 5, from: [lat, lon] } }";
        for code in [
            CODE.replace("epoch: none", "epoch: 1d"),
            CODE.replace("epoch: none", "epoch: none, scope: record"),
            "id: drop".to_owned(),
        ] {
            assert_eq!(
                said_of(CLASSES, &format!("{code}, {fine}")),
                [""; 0],
                "{code}"
            );
        }
    }
}
