//! Outputs whose records wait for a release: `order`, `k_anonymous`, `once_per`.

use super::Cx;
use super::model::{Held, KAnonymous, Spelled};
use super::paths;
use crate::action::literal;
use crate::anonymity::ratio::Ratio;
use crate::anonymity::release::Must;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::plan::held::Short;
use crate::policy::grammar;
use crate::record::Literal;
use crate::record::decimal::Decimal;
use crate::record::path::Selector;

/// Longest that a record waits, and shortest, in milliseconds.
const DELAY_MS: std::ops::RangeInclusive<i64> = 1_000..=86_400_000;
/// What `once_per` may be, in milliseconds.
const ONCE_PER_MS: std::ops::RangeInclusive<i64> = 86_400_000..=400 * 86_400_000;

/// Reads what an output waits for; `None`: its records leave as they come.
pub(super) fn held(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Option<Held> {
    let shuffled = mapping
        .node("order")
        .and_then(|node| order(node, mapping.findings));
    let classes = mapping
        .node("k_anonymous")
        .and_then(|node| k_anonymous(node, cx, mapping.findings));
    let once_per = once_per(mapping);
    if let (Some(_), Some(member)) = (&shuffled, mapping.member("k_anonymous")) {
        mapping
            .findings
            .error(
                codes::NOT_IN_A_RELEASE,
                member.name_span,
                "`order: shuffled` says nothing beside `k_anonymous`",
            )
            .why("the records of a k-anonymous release are shuffled already")
            .help("remove `order`; `max_records` and `max_delay` stand in `k_anonymous`");
    }
    let held = classes.or(shuffled);
    if held.is_none()
        && let Some(once) = &once_per
        && !mapping.has("order")
        && !mapping.has("k_anonymous")
    {
        mapping
            .findings
            .error(
                codes::NOT_IN_A_RELEASE,
                once.span,
                "`once_per` stands beside `k_anonymous` or `order: { shuffled: … }` only",
            )
            .why("who was in an earlier release is asked when one is composed")
            .help("remove it, or add `k_anonymous`");
    }
    held.map(|held| Held { once_per, ..held })
}

fn once_per(mapping: &mut Mapping<'_, '_>) -> Option<Spelled<i64>> {
    let text = mapping.text("once_per")?;
    let span = mapping.place("once_per");
    let value = duration::read(text, span, "once_per", mapping.findings)?;
    in_range(
        value,
        ONCE_PER_MS,
        "once_per",
        "1d to 400d",
        span,
        mapping.findings,
    )?;
    Some(Spelled { value, span })
}

fn in_range(
    value: i64,
    range: std::ops::RangeInclusive<i64>,
    word: &str,
    said: &str,
    span: Span,
    findings: &mut Findings,
) -> Option<i64> {
    if range.contains(&value) {
        return Some(value);
    }
    findings
        .error(
            codes::OUT_OF_RANGE,
            span,
            format!("`{word}` is outside {said}"),
        )
        .help(format!("write a length of time of {said}"));
    None
}

fn delay(mapping: &mut Mapping<'_, '_>) -> Option<i64> {
    let text = mapping.text("max_delay")?;
    let span = mapping.place("max_delay");
    let ms = duration::read(text, span, "max_delay", mapping.findings)?;
    in_range(
        ms,
        DELAY_MS,
        "max_delay",
        "1s to 24h",
        span,
        mapping.findings,
    )
}

fn count(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<Spelled<u32>> {
    let value = mapping.integer(word)?;
    Some(Spelled {
        value: u32::try_from(value).expect("the ranges end below 2^32"),
        span: mapping.place(word),
    })
}

fn short(mapping: &mut Mapping<'_, '_>, default: Short) -> Short {
    match mapping.one_of("short") {
        Some("hold") => Short::Hold,
        Some("suppress") => Short::Suppress,
        _ => default,
    }
}

fn order(node: &Node, findings: &mut Findings) -> Option<Held> {
    match node.scalar() {
        Some("source") => return None,
        Some(word) => {
            let words = ["source"].into_iter();
            codes::unknown_word(findings, node.span, "order", word, words);
            return None;
        }
        None => {}
    }
    let outer = Mapping::open(node, &grammar::ORDER, findings)?;
    let inside = outer.node("shuffled")?;
    let mut mapping = Mapping::open(inside, &grammar::SHUFFLED, outer.findings)?;
    let pool = count(&mut mapping, "pool");
    let subjects = count(&mut mapping, "subjects");
    let max_records = count(&mut mapping, "max_records");
    let max_delay = delay(&mut mapping);
    let short = short(&mut mapping, Short::Hold);
    let pool = pool?;
    let four = pool.value.saturating_mul(4);
    Some(Held {
        span: inside.span,
        subject: None,
        records_min: pool.value,
        people_min: subjects.as_ref().map_or(pool.value / 10, |s| s.value),
        pool: Some((pool.span, subjects.map_or(pool.span, |s| s.span))),
        records_max: max_records.unwrap_or(Spelled {
            value: four,
            span: pool.span,
        }),
        delay_max_ms: max_delay.unwrap_or(*DELAY_MS.end()),
        short,
        once_per: None,
        classes: None,
    })
}

fn k_anonymous(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Held> {
    let mut mapping = Mapping::open(node, &grammar::K_ANONYMOUS, findings)?;
    let k = count(&mut mapping, "k");
    let subject = mapping.text("subject").map(|kind| Spelled {
        value: kind.to_owned(),
        span: node.span,
    });
    let subject = subject.map(|s| Spelled {
        span: mapping.place("subject"),
        ..s
    });
    let per_person_max = mapping.integer("per_subject").unwrap_or(1);
    let tightest = mapping.one_of("mode") == Some("box");
    let mut floors = Vec::new();
    for item in mapping.items("l") {
        floors.extend(l(item, cx, mapping.findings));
    }
    for item in mapping.items("t") {
        floors.extend(t(item, cx, mapping.findings));
    }
    let mut free = Vec::new();
    for (text, span) in mapping.texts("free") {
        let paths = paths::paths(text, span, cx, mapping.findings).unwrap_or_default();
        free.extend(paths.into_iter().map(|value| Spelled { value, span }));
    }
    let max_delay = match mapping.has("max_delay") {
        true => delay(&mut mapping),
        false => Some(60_000),
    };
    let max_records = match mapping.has("max_records") {
        true => count(&mut mapping, "max_records"),
        false => Some(Spelled {
            value: 5_000,
            span: node.span,
        }),
    };
    let short = short(&mut mapping, Short::Suppress);
    let (remainder, aside_leaves) = mapping
        .node("remainder")
        .and_then(|node| remainder(node, mapping.findings))
        .unwrap_or((Ratio::ZERO, false));
    // What was written in its place is reported; the classes are there all the same, and
    // nothing else that needs them is wrong.
    let k = match k {
        Some(k) => k,
        None if mapping.has("k") => Spelled {
            value: max_records
                .as_ref()
                .map_or(10, |of| of.value / 20)
                .clamp(5, 10),
            span: mapping.place("k"),
        },
        None => return None,
    };
    Some(Held {
        span: node.span,
        subject,
        records_min: k.value,
        people_min: k.value,
        pool: None,
        records_max: max_records.unwrap_or(Spelled {
            value: 5_000,
            span: node.span,
        }),
        delay_max_ms: max_delay.unwrap_or(60_000),
        short,
        once_per: None,
        classes: Some(KAnonymous {
            k,
            per_person_max: u8::try_from(per_person_max).expect("the range ends at 100"),
            tightest,
            floors,
            free,
            remainder,
            aside_leaves,
        }),
    })
}

/// The field that a floor is of.
fn field(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Option<Spelled<Selector>> {
    let text = mapping.text("field")?;
    let span = mapping.place("field");
    let value = paths::single(text, span, cx, mapping.findings)?;
    Some(Spelled { value, span })
}

fn l(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<(Spelled<Selector>, Must)> {
    let mut mapping = Mapping::open(node, &grammar::L, findings)?;
    let of = field(&mut mapping, cx);
    let words = ["distinct", "entropy", "recursive"];
    let written: Vec<&str> = words.into_iter().filter(|w| mapping.has(w)).collect();
    let [one] = written[..] else {
        mapping
            .findings
            .error(
                codes::CHOOSE_ONE,
                node.span,
                "an entry of `l` says one of `distinct`, `entropy` and `recursive`",
            )
            .help("write `l: [{ field: plan, distinct: 2 }]`");
        return None;
    };
    let must = match one {
        "distinct" => Must::Distinct(count(&mut mapping, one)?.value),
        "entropy" => Must::Entropy(count(&mut mapping, one)?.value),
        _ => recursive(&mut mapping)?,
    };
    Some((of?, must))
}

fn recursive(mapping: &mut Mapping<'_, '_>) -> Option<Must> {
    let items = mapping.items("recursive");
    if items.is_empty() {
        return None;
    }
    let span = mapping.place("recursive");
    let read = match items {
        [c, l] => ratio(c).zip(ratio(l).filter(|l| l.d() == 1 && l.n() >= 2)),
        _ => None,
    };
    let read = read.and_then(|(c, l)| Some((c, u32::try_from(l.n()).ok()?)));
    if read.is_none() {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                "`recursive` is a factor and a whole number from 2",
            )
            .help("write `recursive: [3, 2]`");
    }
    read.map(|(c, l)| Must::Recursive { c, l })
}

fn t(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<(Spelled<Selector>, Must)> {
    let mut mapping = Mapping::open(node, &grammar::T, findings)?;
    let of = field(&mut mapping, cx);
    let ordered = mapping.boolean("ordered").unwrap_or(false);
    let most = Ratio::new(1, 1)?;
    let max = share(&mut mapping, "max", most, "0 to 1");
    Some((of?, Must::Close { max: max?, ordered }))
}

fn remainder(node: &Node, findings: &mut Findings) -> Option<(Ratio, bool)> {
    let mut mapping = Mapping::open(node, &grammar::REMAINDER, findings)?;
    let star = mapping.one_of("then") == Some("star");
    let most = Ratio::new(1, 20)?;
    Some((share(&mut mapping, "share", most, "0 to 0.05")?, star))
}

fn share(mapping: &mut Mapping<'_, '_>, word: &str, most: Ratio, said: &str) -> Option<Ratio> {
    let node = mapping.node(word)?;
    let read = ratio(node).filter(|read| *read <= most);
    if read.is_none() {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`{word}` is no number of {said}"),
            )
            .help(format!("write a number of {said}, with at most 12 digits"));
    }
    read
}

/// A number of the policy, exactly.
pub(super) fn ratio(node: &Node) -> Option<Ratio> {
    match literal(node)? {
        Literal::Number(text) => Ratio::of_decimal(&Decimal::read(&text)?),
        _ => None,
    }
}
