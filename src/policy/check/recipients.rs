//! The register of who gets data.

use super::accountability::{Mechanism, Recipient, Register};
use super::day::day;
use super::names;
use super::spelled::Spelled;
use crate::countries::{self, Country};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Member;
use crate::policy::grammar;

/// Reads `recipients`. One with a mistake that makes it nobody is reported and missing.
pub(crate) fn recipients(members: &[Member], findings: &mut Findings) -> Register {
    let read = members.iter().filter_map(|m| recipient(m, findings));
    let all: Vec<Recipient> = read.collect();
    Register {
        lacks_some: all.len() < members.len(),
        all,
    }
}

fn recipient(member: &Member, findings: &mut Findings) -> Option<Recipient> {
    let is_name = names::is_alias(&member.name);
    if !is_name {
        findings
            .error(
                codes::BAD_NAME,
                member.name_span,
                "this cannot name a recipient",
            )
            .help("write letters, digits, `-` and `_`, a letter first, at most 64; `name` has it as people say it");
    }
    let mut mapping = Mapping::open(&member.value, &grammar::RECIPIENT, findings)?;
    let name = mapping.text("name").map(str::to_owned);
    let country = mapping.text("country");
    let span = mapping.place("country");
    let country = country.and_then(|code| self::country(code, span, mapping.findings));
    let role = mapping.has("role").then(|| mapping.one_of("role"));
    let mechanism = match mapping.has("mechanism") {
        false => None,
        true => mapping
            .one_of("mechanism")
            .and_then(Mechanism::of_word)
            .map(|value| Spelled {
                value,
                span: mapping.place("mechanism"),
            }),
    };
    let contract_until = day(&mut mapping, "contract_until");
    let tcf_vendor = match mapping.has("tcf_vendor") {
        true => mapping.integer("tcf_vendor"),
        false => None,
    };
    Some(Recipient {
        alias: Spelled {
            value: is_name.then(|| member.name.clone())?,
            span: member.name_span,
        },
        name: name?,
        country: country?,
        role: role??,
        mechanism,
        contract_until,
        tcf_vendor: tcf_vendor.and_then(|n| u16::try_from(n).ok()),
        contact: mapping.text("contact").map(str::to_owned),
    })
}

/// The country of that code. `None`: reported.
pub(crate) fn country(code: &str, span: Span, findings: &mut Findings) -> Option<Spelled<Country>> {
    if let Some(value) = Country::of(code) {
        return Some(Spelled { value, span });
    }
    let help = match countries::meant(code) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write its code of two capital letters (ISO 3166-1), as in `DE`".to_owned(),
    };
    findings
        .error(codes::BAD_COUNTRY, span, "this is no code of a country")
        .help(help);
    None
}
