//! `generalize`: a coarser value of the same meaning.

mod email;
mod moment;
mod network;
mod number;
mod text;
mod time;

use super::{Action, ActionDef, Example, Facts, IsoClass, Site, Spec};
use crate::action::Cx;
use crate::keys::KeyError;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

/// The definition.
pub const GENERALIZE: ActionDef = ActionDef {
    name: "generalize",
    summary: "Makes a number, a time, a network address, a text or an e-mail address coarser.",
    doc: DOC,
    iso: IsoClass::Generalization,
    leaks: "The coarser value, in clear; equal values stay equal. How many persons share one coarse value decides what it is worth: an hour, a postcode area or a birth year with a few other fields can still single a person out. `top` or `bottom` without anything else leaves the values between them in clear.",
    reversible: "no",
    examples: EXAMPLES,
    shape: &Shape {
        name: "generalize",
        words: WORDS,
    },
    parse,
    bare: None,
};

const DOC: &str = "Exactly one kind is written; `null` stays `null`, arrays and objects are refused with `wrong_type`.

**Number** (`bucket`, `ranges`, `round`, `decimals`, `top`, `bottom`): computed on the decimal digits, never through a float. Clamped to `bottom` and `top` first. A text that is wholly one JSON number is taken, and given back as text; any other text is `wrong_type`. Results are plain decimals without zeros at the end, so equal values leave equal texts. More than 64 significant digits, or more than 64 before the point, is `number_out_of_range`, and so is a value below the first of `ranges`.

**Time** (`time`, `date`, with `unit`): all in UTC. `unit: iso` reads `2026-03-01`, or that and `T10:42`, optional seconds and fraction, optional zone; without a zone it is taken as UTC. A number needs a unit. `time` gives the start of the step in the form the value came in (a zoned time in UTC with `Z`, fractions dropped, a date alone as a date, a count as a count). `date` gives: `year` a number (`2026`), `quarter` `2026-Q1`, `month` `2026-03`, `week` the ISO 8601 week `2026-W09`, `weekday` a number (Monday 1 to Sunday 7), `hour_of_day` a number (0 to 23; refused for a date alone). After `date: year`, `bottom` and `bucket` apply. What is no time in that form (`6.5.1980`) is `bad_identifier`; a year outside 0000 to 9999 `number_out_of_range`.

**Network** (`ipv4`, `ipv6`): the network the address lies in, `203.0.113.0/24`. A family without a rule is `wrong_type`, a text that is no address (port, zone and brackets included) `bad_identifier`. An IPv6 address of a well-known form that is made from an IPv4 address (compatible, mapped, translated, NAT64 `64:ff9b::/96`, 6to4, Teredo, ISATAP) is taken as that IPv4 address, by the rule of `ipv4`. Of `64:ff9b:1::/48`, NAT64 inside a network, at most those 48 bits are kept. A network that makes such addresses under a prefix of its own (RFC 6052, 6rd) puts IPv4 addresses where nothing shows them: those are taken as any IPv6 address, and bits of `ipv6` beyond that prefix are bits of the IPv4 address.

**Text** (`prefix`): the first Unicode characters; a shorter text leaves whole.

**E-mail** (`email: domain`): the canonical domain, lower case, in its ASCII form. A text that is no address, or has a number such as `1.2.3.4` for its domain, is `bad_identifier`; an empty one, or a word for nothing such as `unknown`, leaves nothing.";

const EXAMPLES: &[Example] = &[
    Example {
        policy: "{ generalize: { bucket: 10 } }",
        input: "39.80",
        output: Some("30"),
    },
    Example {
        policy: "{ generalize: { ranges: [0, 18, 25, 35, 50, 65] } }",
        input: "41",
        output: Some("35"),
    },
    Example {
        policy: "{ generalize: { round: 0.5, top: 90 } }",
        input: r#""17.25""#,
        output: Some(r#""17.5""#),
    },
    Example {
        policy: "{ generalize: { decimals: 1 } }",
        input: "52.5200",
        output: Some("52.5"),
    },
    Example {
        policy: "{ generalize: { time: 1h } }",
        input: r#""2026-03-01T10:42:07Z""#,
        output: Some(r#""2026-03-01T10:00:00Z""#),
    },
    Example {
        policy: "{ generalize: { time: 15m, unit: ms } }",
        input: "1772361727000",
        output: Some("1772361000000"),
    },
    Example {
        policy: "{ generalize: { date: year, bucket: 5, bottom: 1935 } }",
        input: r#""1983-05-06""#,
        output: Some("1980"),
    },
    Example {
        policy: "{ generalize: { date: week } }",
        input: r#""2026-03-01""#,
        output: Some(r#""2026-W09""#),
    },
    Example {
        policy: "{ generalize: { ipv4: 24, ipv6: 48 } }",
        input: r#""203.0.113.7""#,
        output: Some(r#""203.0.113.0/24""#),
    },
    Example {
        policy: "{ generalize: { prefix: 2 } }",
        input: r#""SW1A 1AA""#,
        output: Some(r#""SW""#),
    },
    Example {
        policy: "{ generalize: { email: domain } }",
        input: r#""Jane.Doe@Bücher.example""#,
        output: Some(r#""xn--bcher-kva.example""#),
    },
];

const NUMBER: &[&str] = &["bucket", "ranges", "round", "decimals", "top", "bottom"];
const TIME: &[&str] = &["time", "date", "unit"];
const NETWORK: &[&str] = &["ipv4", "ipv6"];
const TEXT: &[&str] = &["prefix"];
const EMAIL: &[&str] = &["email"];

const WORDS: &[crate::language::shape::Word] = &[
    word(
        "bucket",
        Takes::Number,
        "Number: the lower bound of the interval of that width, towards −∞.",
    ),
    word(
        "ranges",
        Takes::List(&Takes::Number),
        "Number: ascending lower bounds; gives the one of the range it lies in.",
    ),
    word(
        "round",
        Takes::Number,
        "Number: the nearest multiple, half away from zero.",
    ),
    word(
        "decimals",
        Takes::Integer(0, 18),
        "Number: cut behind that many digits of the fraction.",
    ),
    word(
        "bottom",
        Takes::Number,
        "Number, or year: what is below becomes this.",
    ),
    word("top", Takes::Number, "Number: what is above becomes this."),
    word(
        "time",
        Takes::TextLike("^[1-9][0-9]*[smhdw]$"),
        "Time: the start of the step it lies in, counted from 1970; the step divides a day or is whole days.",
    ),
    word(
        "date",
        Takes::OneOf(&["year", "quarter", "month", "week", "weekday", "hour_of_day"]),
        "Time: that part of it.",
    ),
    word(
        "unit",
        Takes::OneOf(&["iso", "s", "ms", "us", "ns", "basic"]),
        "Time: how it is written: ISO 8601, a count since 1970, or `20260301`.",
    )
    .default("iso"),
    word(
        "ipv4",
        Takes::Integer(0, 32),
        "Network: bits kept of an IPv4 address.",
    ),
    word(
        "ipv6",
        Takes::Integer(0, 128),
        "Network: bits kept of an IPv6 address.",
    ),
    word(
        "prefix",
        Takes::Integer(1, 1024),
        "Text: Unicode characters kept at its start.",
    ),
    word("email", Takes::OneOf(&["domain"]), "E-mail: its domain."),
    word("geohash", Takes::Anything, "A place's cell.").not_in_this_version(),
    word("h3", Takes::Anything, "A place's cell.").not_in_this_version(),
    word("hierarchy", Takes::Anything, "A table of coarser values.").not_in_this_version(),
    word("top_k", Takes::Anything, "Frequent values only.").not_in_this_version(),
    word("user_agent", Takes::Anything, "Browser or system.").not_in_this_version(),
    word("phone", Takes::Anything, "A phone number's country.").not_in_this_version(),
    word("zip3", Takes::Anything, "Three digits of a ZIP code.").not_in_this_version(),
    word("shift", Takes::Anything, "Days moved, by subject.").not_in_this_version(),
];

#[derive(Clone)]
struct Generalize {
    rule: Rule,
}

#[derive(Clone)]
enum Rule {
    Number(number::Rule),
    Time(time::Rule),
    Network(network::Rule),
    Prefix(text::Prefix),
    EmailDomain(email::Domain),
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let has = |words: &[&str]| words.iter().any(|w| mapping.has(w));
    let time = has(TIME);
    // Behind `date: year` these two belong to the year.
    let is_year = mapping.node("date").and_then(|n| n.scalar()) == Some("year");
    let number = NUMBER
        .iter()
        .any(|w| mapping.has(w) && !(is_year && matches!(*w, "bucket" | "bottom")));
    let kinds = [
        ("a number", number),
        ("a time", time),
        ("a network address", has(NETWORK)),
        ("a text", has(TEXT)),
        ("an e-mail address", has(EMAIL)),
    ];
    let written: Vec<&str> = kinds.iter().filter(|k| k.1).map(|k| k.0).collect();
    let rule = match written.as_slice() {
        ["a number"] => number::Rule::parse(mapping).map(Rule::Number),
        ["a time"] => time::Rule::parse(mapping).map(Rule::Time),
        ["a network address"] => network::Rule::parse(mapping).map(Rule::Network),
        ["a text"] => text::Prefix::parse(mapping).map(Rule::Prefix),
        ["an e-mail address"] => email::Domain::parse(mapping).map(Rule::EmailDomain),
        [] => {
            // Otherwise what is written has its own finding already.
            if mapping.is_empty() {
                mapping.findings
                    .error(codes::CHOOSE_ONE, mapping.span, "`generalize` says nothing")
                    .help("write one of bucket, ranges, round, decimals, time, date, ipv4, ipv6, prefix, email");
            }
            None
        }
        several => {
            mapping.findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    format!("`generalize` treats the value as {}", several.join(" and as ")),
                )
                .why("a value is coarsened in one way")
                .help("keep the words of one kind; two coarse fields of one value are written with `as:`");
            None
        }
    };
    rule.map(|rule| Box::new(Generalize { rule }) as Box<dyn Spec>)
}

impl Spec for Generalize {
    fn name(&self) -> &'static str {
        GENERALIZE.name
    }

    fn facts(&self) -> Facts {
        Facts {
            clear: match &self.rule {
                Rule::Number(rule) => rule.is_clear(),
                Rule::Network(rule) => rule.is_clear(),
                Rule::Time(_) | Rule::Prefix(_) | Rule::EmailDomain(_) => false,
            },
            ..Facts::default()
        }
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, KeyError> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Generalize {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => {
                out.null();
                return Ok(());
            }
            View::Whole(_) | View::Time(_) | View::Bytes(_) => return Err(Reason::WrongType),
            _ => {}
        }
        match &self.rule {
            Rule::Number(rule) => rule.apply(view, out, cx),
            Rule::Time(rule) => rule.apply(view, out, cx),
            Rule::Network(rule) => rule.apply(view, out, cx),
            Rule::Prefix(rule) => rule.apply(view, out, cx),
            Rule::EmailDomain(rule) => rule.apply(view, out, cx),
        }
    }
}
