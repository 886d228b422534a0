//! Traits of a person that single out together, though each is coarser.

use std::collections::BTreeMap;

use super::Use;
use crate::action::Grade;
use crate::categories::is_at_or_below;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output};

/// Traits by name, each with the place that leaves it.
type Traits<'u, 'p> = BTreeMap<&'static str, &'u Use<'p>>;

/// Checks each output, and the pairs that one code joins row by row.
pub(crate) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let mut outputs: Vec<&Output> = policy.outputs.iter().collect();
    outputs.sort_by_key(|o| &o.topic.value);
    let told: Vec<_> = outputs.iter().map(|o| (*o, traits(o, uses))).collect();
    for (_, traits) in &told {
        if let [first, second, ..] = &traits.values().collect::<Vec<_>>()[..] {
            combination(traits, first, second, findings);
        }
    }
    for (i, (a, of_a)) in told.iter().enumerate() {
        for (b, of_b) in &told[i + 1..] {
            let ([(one, first)], [(other, second)]) = (
                &of_a.iter().collect::<Vec<_>>()[..],
                &of_b.iter().collect::<Vec<_>>()[..],
            ) else {
                continue;
            };
            if one != other && are_joined(a, b, uses) {
                let both = [(**one, **first), (**other, **second)].into();
                combination(&both, first, second, findings);
            }
        }
    }
}

fn combination(
    traits: &Traits<'_, '_>,
    first: &Use<'_>,
    second: &Use<'_>,
    findings: &mut Findings,
) {
    let names: Vec<&str> = traits.keys().copied().collect();
    let [rest @ .., last] = &names[..] else {
        return;
    };
    let finding = findings
        .warning(
            codes::COMBINATION,
            second.at(),
            format!("{} and {last} of one person leave together", rest.join(", ")),
        )
        .label(format!("`{}`", second.path))
        .also(first.at(), format!("`{}`", first.path))
        .why("each is shared by many, and most combinations are one person's: whoever knows both finds the record")
        .help("drop one; or `ipv4: 16` and `ipv6: 32`, `date: year` with `bucket: 10`, `postal: 2`, `geohash: 4`, `h3: 4`, `decimals: 0`, `user_agent: family`")
        .output(first.topic());
    if second.topic() != first.topic() {
        finding.output(second.topic());
    }
}

/// The traits that an output leaves finer than very many share.
fn traits<'u, 'p>(output: &Output, uses: &'u [Use<'p>]) -> Traits<'u, 'p> {
    let mut traits = Traits::new();
    for u in uses.iter().filter(|u| std::ptr::eq(u.output, output)) {
        if let Some(name) = told_by(u) {
            traits.entry(name).or_insert(u);
        }
    }
    traits
}

/// The trait that leaves there, finer than very many share.
fn told_by(u: &Use<'_>) -> Option<&'static str> {
    const NETWORK: &str = "network";
    const BIRTH: &str = "birth";
    const PLACE: &str = "place";
    let is = |above: &str| u.known.classes.iter().any(|c| is_at_or_below(c, above));
    let is_birth = is("user.demographic.date_of_birth") || is("user.demographic.age_range");
    let is_place = is("user.contact.address.postal_code") || is("user.location");
    match u.facts.grade {
        Some(Grade::Network { ipv4, ipv6 }) => (ipv4 > 16 || ipv6 > 32).then_some(NETWORK),
        Some(Grade::Years(years)) => (years < 10 && is_birth).then_some(BIRTH),
        Some(Grade::PostalCode(n)) => (n > 2).then_some(PLACE),
        Some(Grade::Characters(n)) => (n > 2 && is_place).then_some(PLACE),
        Some(Grade::Decimals(n)) => (n > 0 && is_place).then_some(PLACE),
        Some(Grade::SmallCell | Grade::TinyCell) => Some(PLACE),
        Some(Grade::EmailDomain) => Some("mail domain"),
        Some(Grade::BrowserVersion) => Some("browser version"),
        Some(Grade::Amount) => None,
        None if !u.facts.clear => None,
        None if is_birth => Some(BIRTH),
        None if is("user.device.ip_address") => Some(NETWORK),
        None => is_place.then_some(PLACE),
    }
}

/// True when both carry one code of one person.
fn are_joined(a: &Output, b: &Output, uses: &[Use<'_>]) -> bool {
    let codes = |output: &Output| {
        uses.iter()
            .filter(|u| std::ptr::eq(u.output, output) && u.facts.joins_outputs())
            .filter_map(|u| u.facts.join_key.as_ref())
            .collect::<Vec<_>>()
    };
    let of_b = codes(b);
    a.domain.value == b.domain.value && codes(a).iter().any(|code| of_b.contains(code))
}
