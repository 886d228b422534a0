//! What a signal says for which category.

use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::{Mapping, mapping};
use crate::language::written::{Member, Node};
use crate::plan::signal::{CONSENT_ONLY, CONSENT_TYPES as TYPES, IDS_MAX, OptOuts, TcfAsks};
use crate::policy::check::accountability::Register;
use crate::policy::check::model::Spelled;
use crate::policy::check::paths;
use crate::policy::check::signal::{Gpp, Means, Tcf};
use crate::policy::grammar;
use crate::record::SignalShape;

/// How `means` is written for a shape.
pub(super) const fn example(shape: SignalShape) -> &'static str {
    match shape {
        SignalShape::Plain | SignalShape::Lists => "`means: { CATEGORY: [ID, …] }`",
        SignalShape::Pairs => "`means: { CATEGORY: C0002 }`",
        SignalShape::Tcf => "`means: { CATEGORY: { purposes: [1, 8], vendor: 755 } }`",
        SignalShape::Gpp => "`means: { CATEGORY: { opt_out: [sale, sharing, targeted] } }`",
        SignalShape::Gpc => "`means: [CATEGORY]`",
        SignalShape::ConsentMode => "`means: { CATEGORY: [ad_storage, ad_user_data] }`",
    }
}

/// The members of `means`, at least one. `None`: reported.
fn members<'n>(of: &mut Mapping<'n, '_>, shape: SignalShape) -> Option<&'n [Member]> {
    let node = of.node("means")?;
    let help = || format!("write {}", example(shape));
    let members = mapping(node, "means", help, of.findings)?;
    if members.is_empty() {
        none(node, of.findings);
        return None;
    }
    Some(members)
}

fn none(node: &Node, findings: &mut Findings) {
    findings
        .error(
            codes::OUT_OF_RANGE,
            node.span,
            "`means` names no category, so the signal would say nothing",
        )
        .help("name the categories that it speaks for");
}

fn category(member: &Member) -> Spelled {
    Spelled {
        value: member.name.clone(),
        span: member.name_span,
    }
}

/// One text, or a list of them that is not empty. `None`: reported.
fn texts(node: &Node, findings: &mut Findings) -> Option<Vec<(String, Span)>> {
    let nodes = node.items().unwrap_or(std::slice::from_ref(node));
    if nodes.is_empty() {
        findings
            .error(codes::OUT_OF_RANGE, node.span, "an empty list asks nothing")
            .why("what needs nothing would be granted by everything")
            .help("name what the category needs");
        return None;
    }
    let mut all = Vec::new();
    for node in nodes {
        match node.scalar().filter(|text| !text.is_empty()) {
            Some(text) => all.push((text.to_owned(), node.span)),
            None => {
                paths::wrong_kind(node, "a name", findings);
                return None;
            }
        }
    }
    Some(all)
}

/// CATEGORY → ids, all needed; at most [`IDS_MAX`] different ones.
pub(super) fn ids(of: &mut Mapping<'_, '_>) -> Option<Means<Vec<String>>> {
    let members = members(of, SignalShape::Lists)?;
    let mut different: Vec<String> = Vec::new();
    let mut means = Means::new();
    for member in members {
        let mut ids: Vec<String> = Vec::new();
        for (id, span) in texts(&member.value, of.findings)? {
            if !different.contains(&id) {
                different.push(id.clone());
            }
            if different.len() > IDS_MAX {
                of.findings
                    .error(
                        codes::TOO_LARGE,
                        span,
                        format!("`means` names more than {IDS_MAX} different ids"),
                    )
                    .help("write a second signal for the same place");
                return None;
            }
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        means.push((category(member), ids));
    }
    Some(means)
}

/// A list of categories.
pub(super) fn categories(of: &mut Mapping<'_, '_>) -> Option<Vec<Spelled>> {
    let node = of.node("means")?;
    let Some(items) = node.items() else {
        paths::wrong_kind(node, "a list of categories", of.findings);
        return None;
    };
    if items.is_empty() {
        none(node, of.findings);
        return None;
    }
    let all = texts(node, of.findings)?.into_iter();
    Some(all.map(|(value, span)| Spelled { value, span }).collect())
}

/// CATEGORY → types of Consent Mode, all needed.
pub(super) fn consent_types(of: &mut Mapping<'_, '_>) -> Option<Means<Vec<u8>>> {
    let members = members(of, SignalShape::ConsentMode)?;
    let mut means = Means::new();
    for member in members {
        let mut types = Vec::new();
        for (word, span) in texts(&member.value, of.findings)? {
            let place = (0..).zip(TYPES).find(|(_, known)| *known == word);
            match place {
                Some((place, _)) => types.push(place),
                None => {
                    let known = TYPES.into_iter();
                    codes::unknown_word(of.findings, span, "means", &word, known);
                    return None;
                }
            }
        }
        means.push((category(member), types));
    }
    Some(means)
}

/// CATEGORY → what it needs of a TC string.
pub(super) fn tcf(of: &mut Mapping<'_, '_>, recipients: Option<&Register>) -> Option<Means<Tcf>> {
    let members = members(of, SignalShape::Tcf)?;
    let mut means = Means::new();
    for member in members {
        let mut words = Mapping::open(&member.value, &grammar::SIGNAL_MEANS, of.findings)?;
        if let Some(opt_out) = words.member("opt_out") {
            words
                .findings
                .error(
                    codes::SIGNAL_SHAPE,
                    opt_out.name_span,
                    "a TC string has no opt-outs",
                )
                .help("name `purposes`, or read a GPP string: `shape: gpp`");
            return None;
        }
        means.push((category(member), asked(&mut words, recipients)?));
    }
    Some(means)
}

/// CATEGORY → what it reads of a GPP string.
pub(super) fn gpp(of: &mut Mapping<'_, '_>, recipients: Option<&Register>) -> Option<Means<Gpp>> {
    let members = members(of, SignalShape::Gpp)?;
    let mut means = Means::new();
    for member in members {
        let mut words = Mapping::open(&member.value, &grammar::SIGNAL_MEANS, of.findings)?;
        let opt_outs = match words.has("opt_out") {
            true => opt_outs(&mut words)?,
            false => OptOuts::default(),
        };
        let of_tcf = ["purposes", "special_features", "vendor", "basis"];
        let tcf = match of_tcf.iter().any(|word| words.has(word)) || !words.has("opt_out") {
            true => Some(asked(&mut words, recipients)?),
            false => None,
        };
        means.push((category(member), Gpp { opt_outs, tcf }));
    }
    Some(means)
}

fn opt_outs(words: &mut Mapping<'_, '_>) -> Option<OptOuts> {
    let mut all = OptOuts::default();
    let node = words.node("opt_out")?;
    for (word, span) in texts(node, words.findings)? {
        let one = match &*word {
            "sale" => OptOuts::SALE,
            "sharing" => OptOuts::SHARING,
            "targeted" => OptOuts::TARGETED,
            "sensitive" => OptOuts::SENSITIVE,
            _ => {
                let known = grammar::OPT_OUTS.iter().copied();
                codes::unknown_word(words.findings, span, "opt_out", &word, known);
                return None;
            }
        };
        all = all.and(one);
    }
    Some(all)
}

/// What is asked of a TC string.
fn asked(words: &mut Mapping<'_, '_>, recipients: Option<&Register>) -> Option<Tcf> {
    let purposes = numbers(words, "purposes", 24)?;
    let special_features = numbers(words, "special_features", 12)?;
    let vendor = match words.has("vendor") {
        true => Some(vendor(words, recipients)?),
        false => None,
    };
    let by_interest = words.has("basis") && words.one_of("basis")? == "legitimate_interest";
    if purposes == 0 && special_features == 0 {
        words
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                words.span,
                "nothing is asked of the TC string",
            )
            .why("what needs nothing would be granted by everything")
            .help("add `purposes: [1, …]`: all of them must be granted");
        return None;
    }
    if by_interest {
        interest(words, purposes, vendor)?;
    }
    Some(Tcf {
        asks: TcfAsks {
            purposes,
            special_features: u16::try_from(special_features).ok()?,
            vendor: vendor.is_some(),
            by_interest,
        },
        vendor,
    })
}

/// The number of the vendor, written so or as the name of a recipient that has one.
/// `None`: reported.
fn vendor(words: &mut Mapping<'_, '_>, recipients: Option<&Register>) -> Option<u16> {
    let (node, span) = (words.node("vendor")?, words.place("vendor"));
    let text = node.scalar().unwrap_or_default();
    if let Some(number) = text.parse().ok().filter(|n: &u16| *n > 0) {
        return Some(number);
    }
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !is_name {
        words
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                "`vendor` is a number from 1 to 65535, or a name under `recipients`",
            )
            .help("look the number up in the Global Vendor List");
        return None;
    }
    let all = recipients.map_or(&[][..], |register| &register.all);
    let known = all.iter().find(|r| r.alias.value == text);
    if known.is_none() && recipients.is_some_and(|register| register.lacks_some) {
        return None;
    }
    let (message, help) = match known.map(|known| known.tcf_vendor) {
        Some(Some(number)) => return Some(number),
        Some(None) => (
            format!("the recipient `{text}` has no number in the Global Vendor List"),
            format!("add `tcf_vendor: NUMBER` to `{text}` under `recipients`"),
        ),
        None => {
            let names = all.iter().map(|r| r.alias.value.as_str());
            let near = codes::nearest(text, names);
            let help = near.map_or_else(
                || format!("add `{text}` under `recipients`, with its `tcf_vendor`, or write the number"),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("no recipient is named `{text}`"), help)
        }
    };
    words
        .findings
        .error(codes::UNKNOWN_RECIPIENT, span, message)
        .help(help);
    None
}

/// What a legitimate interest must say and cannot be enough for. `None`: reported.
fn interest(words: &mut Mapping<'_, '_>, purposes: u32, vendor: Option<u16>) -> Option<()> {
    let span = words.place("basis");
    if purposes & CONSENT_ONLY != 0 {
        words
            .findings
            .error(
                codes::INTEREST_NOT_ENOUGH,
                words.place("purposes"),
                "a legitimate interest is never enough for the purposes 1 and 3 to 6",
            )
            .also(span, "asked for here")
            .why("the framework takes consent alone for them since its version 2.2, so nothing would ever be granted")
            .help("ask for these purposes by `basis: consent`, in a category of their own");
        return None;
    }
    if vendor.is_none() {
        words
            .findings
            .error(
                codes::SIGNAL_SHAPE,
                span,
                "`basis: legitimate_interest` needs `vendor`",
            )
            .why("an interest is always somebody's, and the person must have been told whose")
            .help("add `vendor: NUMBER`, its number in the Global Vendor List");
        return None;
    }
    Some(())
}

/// Numbers from 1 as a set, number 1 in the lowest bit; none where the word is not
/// written. `None`: reported.
fn numbers(words: &mut Mapping<'_, '_>, word: &str, max: u32) -> Option<u32> {
    let mut all = 0;
    let Some(node) = words.node(word) else {
        return Some(0);
    };
    for (text, span) in texts(node, words.findings)? {
        match text.parse::<u32>().ok().filter(|n| (1..=max).contains(n)) {
            Some(n) => all |= 1 << (n - 1),
            None => {
                words
                    .findings
                    .error(
                        codes::OUT_OF_RANGE,
                        span,
                        format!("`{word}` are numbers from 1 to {max}"),
                    )
                    .help("look them up in the Global Vendor List");
                return None;
            }
        }
    }
    Some(all)
}
