//! `aggregate`: what an output counts, in place of letting records out.

use super::Cx;
use super::counting::OWN;
use super::fields::fields;
use super::held::ratio;
use super::json::{Json, json};
use super::model::{Amount, Counts, Field, SaidCells, Spelled, SpelledBudget};
use super::paths;
use super::value::Named;
use crate::action::TimeUnit;
use crate::anonymity::counts::{self, Noise};
use crate::anonymity::ratio::Ratio;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;
use crate::policy::selector::PlaceName;
use crate::record::Literal;
use crate::record::decimal::Decimal;
use crate::record::path::{Selector, Step};

/// How long a window is, in milliseconds.
const WINDOW_MS: std::ops::RangeInclusive<i64> = 60_000..=31 * 86_400_000;
/// The most that a record may be late, in milliseconds.
const LATE_MAX_MS: i64 = 31 * 86_400_000;
/// How late it may be unless the policy says otherwise.
const LATE_MS: i64 = 3_600_000;
/// Most parts of a cell.
const PARTS_MAX: usize = 4;
/// Most cells that a policy names.
const CELLS_MAX: usize = 100_000;

/// Reads `aggregate`: what is counted, and the fields by which it is.
pub(super) fn aggregate(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<(Counts, Vec<Field>)> {
    let mut mapping = Mapping::open(node, &grammar::AGGREGATE, findings)?;
    let window = length(&mut mapping, "window");
    let window = window.filter(|window| {
        let fits = WINDOW_MS.contains(&window.value) && window.value % 1_000 == 0;
        if !fits {
            out_of_range(mapping.findings, window.span, "window", "1m to 31d");
        }
        fits
    });
    let late_ms = match mapping.has("late") {
        true => length(&mut mapping, "late").map(|late| late.value),
        false => Some(LATE_MS),
    };
    if late_ms.is_some_and(|late| late > LATE_MAX_MS) {
        let span = mapping.place("late");
        out_of_range(mapping.findings, span, "late", "1ms to 31d");
    }
    let oldest = match mapping.has("oldest") {
        true => length(&mut mapping, "oldest"),
        false => None,
    };
    if let (Some(oldest), Some(late_ms)) = (&oldest, late_ms)
        && oldest.value <= late_ms
    {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                oldest.span,
                "`oldest` is no longer than `late`",
            )
            .why("a record that comes in time would be left out")
            .help("write an `oldest` that is well above `late`: no outage should be longer");
    }
    let time = mapping
        .node("time")
        .and_then(|node| time(node, cx, mapping.findings));
    let by = mapping
        .node("by")
        .map(|node| fields(node, named, cx, mapping.findings))
        .unwrap_or_default();
    let by_span = mapping.place("by");
    parts(&by, by_span, mapping.findings);
    let amount = amount(&mut mapping, cx);
    // There is one; what is not it is refused.
    mapping.one_of("unit");
    let subject = mapping.text("subject").map(str::to_owned);
    let subject = subject.map(|value| Spelled {
        value,
        span: mapping.place("subject"),
    });
    let (cells, per_cell) = mapping
        .node("contribution")
        .and_then(|node| contribution(node, mapping.findings))
        .unwrap_or((None, None));
    let epsilon = spelled_ratio(&mut mapping, "epsilon");
    let delta = match mapping.has("delta") {
        true => spelled_ratio(&mut mapping, "delta"),
        false => None,
    };
    let key = mapping.text("key").map(str::to_owned);
    let key = key.map(|value| Spelled {
        value,
        span: mapping.place("key"),
    });
    let noise = match mapping.one_of("noise") {
        Some("laplace") => Noise::Laplace,
        Some("gaussian") => Noise::Gaussian,
        _ => Noise::Auto,
    };
    let keys = mapping
        .node("keys")
        .and_then(|node| cells_of(node, &by, mapping.findings));
    let budget = mapping
        .node("budget")
        .and_then(|node| budget(node, mapping.findings));
    let window_text = mapping.text("window").unwrap_or_default().to_owned();
    let span = node.span;
    let said = Counts {
        span,
        window: window?,
        window_text,
        late_ms: late_ms?,
        oldest_ms: oldest.map(|oldest| oldest.value),
        time,
        amount: amount?,
        subject,
        cells: cells?,
        per_cell: per_cell?,
        epsilon: epsilon?,
        delta,
        key: key?,
        noise,
        keys: keys?,
        budget: budget?,
    };
    Some((said, by))
}

fn length(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<Spelled<i64>> {
    let text = mapping.text(word)?;
    let span = mapping.place(word);
    let value = duration::read(text, span, word, mapping.findings)?;
    Some(Spelled { value, span })
}

fn out_of_range(findings: &mut Findings, span: Span, word: &str, said: &str) {
    findings
        .error(
            codes::OUT_OF_RANGE,
            span,
            format!("`{word}` is outside {said}"),
        )
        .help(format!(
            "write a length of time of {said}, in whole seconds"
        ));
}

fn time(
    node: &Node,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<(Spelled<Selector>, TimeUnit)> {
    let mut mapping = Mapping::open(node, &grammar::AGGREGATE_TIME, findings)?;
    let text = mapping.text("from")?;
    let span = mapping.place("from");
    let unit = match mapping.has("unit") {
        true => mapping.one_of("unit").and_then(TimeUnit::of)?,
        false => TimeUnit::ISO,
    };
    match paths::place(text, span, cx, mapping.findings)? {
        PlaceName::Value(value) => Some((Spelled { value, span }, unit)),
        _ => {
            mapping
                .findings
                .error(
                    codes::BAD_PLACE,
                    span,
                    "the time of a record stands in its value",
                )
                .help("write `from: value.PATH`; without `time` it is the record's timestamp");
            None
        }
    }
}

/// The parts of a cell have names, and one value each.
fn parts(by: &[Field], span: Span, findings: &mut Findings) {
    if by.len() > PARTS_MAX {
        findings
            .error(
                codes::TOO_LARGE,
                span,
                format!("`by` names {} fields", by.len()),
            )
            .why("the more parts a cell has, the fewer are in each, and the more of what leaves is noise")
            .help("name at most 4");
    }
    for field in by {
        for write in &field.writes {
            let path = field.output_path(write);
            let is_own = matches!(path.steps.first(), Some(Step::Name(name)) if OWN.contains(&name.as_str()));
            let (what, help) = match (super::release::is_plain(&path), is_own) {
                (true, false) => continue,
                (false, _) => (
                    format!("`{path}` can stand for several values"),
                    "name one value by its members, without `[…]`, `*` and `|json`",
                ),
                (true, true) => (
                    format!("`{path}` is a name that every row has"),
                    "give it another one: `by: { PATH: { as: { NAME: … } } }`",
                ),
            };
            findings
                .error(codes::NOT_COUNTED, field.span, what)
                .help(help)
                .field(path.to_string());
        }
    }
}

fn amount(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Option<Amount> {
    let said = match mapping.has("count") {
        true => mapping.one_of("count"),
        false => None,
    };
    match (mapping.has("count"), mapping.node("sum")) {
        (true, None) => Some(match said? {
            "subjects" => Amount::People,
            _ => Amount::Records,
        }),
        (false, Some(node)) => sum(node, cx, mapping.findings),
        _ => {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`aggregate` says one of `count` and `sum`",
                )
                .help("write `count: records`, `count: subjects`, or `sum: { path: PATH, bottom: 0, top: 500, step: 1 }`");
            None
        }
    }
}

fn sum(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Amount> {
    let mut mapping = Mapping::open(node, &grammar::SUM, findings)?;
    let text = mapping.text("path");
    let at = mapping.place("path");
    let path = text.and_then(|text| paths::single(text, at, cx, mapping.findings));
    let step = match mapping.node("step") {
        Some(node) => decimal(node).and_then(|worth| counts::Step::of(&worth)),
        None => Some(counts::Step::ONE),
    };
    let [bottom, top] = ["bottom", "top"].map(|word| mapping.node(word).and_then(decimal));
    let ends = step.zip(bottom.zip(top));
    let ends = ends.and_then(|(step, (bottom, top))| {
        let ends = (step.exactly(&bottom)?, step.exactly(&top)?);
        let ends = (i32::try_from(ends.0).ok()?, i32::try_from(ends.1).ok()?);
        (ends.0 < ends.1).then_some((step, ends))
    });
    if ends.is_none() && mapping.has("bottom") && mapping.has("top") {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`bottom` and `top` are no whole numbers of steps, the first below the second",
            )
            .why("one person changes a sum by no more than the larger of the two")
            .help("write `bottom: 0, top: 500, step: 1`; at most 2147483647 steps, and 12 digits behind the point");
    }
    let (step, steps) = ends?;
    Some(Amount::Sum {
        path: Spelled {
            value: path?,
            span: at,
        },
        step,
        steps,
    })
}

fn decimal(node: &Node) -> Option<Decimal> {
    match crate::action::literal(node)? {
        Literal::Number(text) => Decimal::read(&text),
        _ => None,
    }
}

type Contribution = (Option<u16>, Option<u32>);

fn contribution(node: &Node, findings: &mut Findings) -> Option<Contribution> {
    let mut mapping = Mapping::open(node, &grammar::CONTRIBUTION, findings)?;
    let cells = mapping.integer("cells");
    let per_cell = match mapping.has("per_cell") {
        true => mapping.integer("per_cell"),
        false => Some(1),
    };
    Some((
        cells.and_then(|n| u16::try_from(n).ok()),
        per_cell.and_then(|n| u32::try_from(n).ok()),
    ))
}

fn spelled_ratio(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<Spelled<Ratio>> {
    let node = mapping.node(word)?;
    let value = ratio(node).filter(|value| !value.is_zero());
    if value.is_none() {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`{word}` is no number above 0 that can be kept exactly"),
            )
            .help(format!(
                "write `{word}: {}`, at most 18 digits",
                if word == "delta" { "1e-6" } else { "0.5" }
            ));
    }
    Some(Spelled {
        value: value?,
        span: node.span,
    })
}

fn budget(node: &Node, findings: &mut Findings) -> Option<SpelledBudget> {
    let mut mapping = Mapping::open(node, &grammar::BUDGET, findings)?;
    let name = mapping.text("name").map(str::to_owned);
    let epsilon = spelled_ratio(&mut mapping, "epsilon");
    let per = length(&mut mapping, "per");
    Some(SpelledBudget {
        span: node.span,
        name: name?,
        epsilon: epsilon?.value,
        per_ms: u64::try_from(per?.value).ok()?,
    })
}

/// Which cells leave: `select`, or those that are named.
fn cells_of(node: &Node, by: &[Field], findings: &mut Findings) -> Option<SaidCells> {
    match node.scalar() {
        Some("select") => return Some(SaidCells::Selected),
        Some(word) => {
            codes::unknown_word(findings, node.span, "keys", word, ["select"].into_iter());
            return None;
        }
        None => {}
    }
    let mut mapping = Mapping::open(node, &grammar::CELLS, findings)?;
    let names: Vec<String> = by
        .iter()
        .flat_map(|f| f.writes.iter().map(move |w| f.output_path(w).to_string()))
        .collect();
    let mut cells: Vec<Vec<Json>> = Vec::new();
    match (mapping.has("list"), mapping.has("product")) {
        (true, false) => {
            for item in mapping.items("list") {
                let parts: Option<Vec<Json>> = match item.items() {
                    Some(items) => items.iter().map(|n| json(n, mapping.findings)).collect(),
                    None => json(item, mapping.findings).map(|one| vec![one]),
                };
                let parts = parts?;
                if parts.len() != names.len() {
                    wrong_cell(mapping.findings, item.span, &names);
                    return None;
                }
                cells.push(parts);
            }
            if cells.is_empty() {
                // An empty list is refused as any is.
                return None;
            }
        }
        (false, true) => {
            let members = mapping.map("product");
            let values = |name: &String| members.iter().find(|m| m.name == *name);
            if members.len() != names.len() || names.iter().any(|name| values(name).is_none()) {
                let span = mapping.place("product");
                mapping
                    .findings
                    .error(
                        codes::NOT_COUNTED,
                        span,
                        "`product` lists the values of each field of `by`, and of no other",
                    )
                    .help(format!("fields here: {}", names.join(", ")));
                return None;
            }
            cells.push(Vec::new());
            for name in &names {
                let member = values(name).expect("looked for above");
                let items = member
                    .value
                    .items()
                    .unwrap_or(std::slice::from_ref(&member.value));
                let each: Option<Vec<Json>> =
                    items.iter().map(|n| json(n, mapping.findings)).collect();
                let each = each?;
                if cells.len().saturating_mul(each.len()) > CELLS_MAX {
                    too_many(mapping.findings, node.span);
                    return None;
                }
                let longer = cells.iter().flat_map(|cell| {
                    each.iter().map(|value| {
                        let mut cell = cell.clone();
                        cell.push(value.clone());
                        cell
                    })
                });
                cells = longer.collect();
            }
        }
        _ => {
            mapping
                .findings
                .error(codes::CHOOSE_ONE, node.span, "`keys` says one of `list` and `product`, or is `select`")
                .help("write `keys: { list: [[DE, page], [DE, order]] }`, `keys: { product: { country: [DE, FR] } }`, or `keys: select`");
            return None;
        }
    }
    if cells.len() > CELLS_MAX {
        too_many(mapping.findings, node.span);
        return None;
    }
    if cells.is_empty() {
        mapping
            .findings
            .error(codes::OUT_OF_RANGE, node.span, "`keys` names no cell")
            .help("nothing would ever leave: name the cells, or write `keys: select`");
        return None;
    }
    Some(SaidCells::Listed(cells))
}

fn wrong_cell(findings: &mut Findings, span: Span, names: &[String]) {
    findings
        .error(
            codes::NOT_COUNTED,
            span,
            format!("a cell has {} parts: {}", names.len(), names.join(", ")),
        )
        .help("write a value for each, in the order of `by`; `null` where there is none");
}

fn too_many(findings: &mut Findings, span: Span) {
    findings
        .error(
            codes::TOO_LARGE,
            span,
            format!("`keys` names more than {CELLS_MAX} cells"),
        )
        .help("name fewer, or write `keys: select`: then those leave in which enough persons are");
}
