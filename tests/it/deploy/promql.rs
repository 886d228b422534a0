//! Enough of PromQL to say which series an expression selects, by which labels,
//! and by which labels it groups and joins.

use std::collections::BTreeSet;

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub series: Vec<Series>,
    /// Of `by`, `without`, `on`, `ignoring`, `group_left`, `group_right`.
    pub grouped: BTreeSet<String>,
}

/// One selector.
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    /// Empty where the name itself is matched (`{__name__=~"…"}`).
    pub name: String,
    pub labels: BTreeSet<String>,
}

const GROUPING: &[&str] = &[
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];
const WORDS: &[&str] = &["and", "or", "unless", "offset", "bool", "inf", "nan"];

/// Reads an expression; panics where it is none that these files may hold.
pub fn read(expr: &str) -> Named {
    let mut named = Named::default();
    let mut rest = expr;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_alphabetic() || c == '_' {
            let (word, after) = word(rest);
            rest = after.trim_start();
            if GROUPING.contains(&word) {
                if let Some(list) = rest.strip_prefix('(') {
                    let (list, after) = list.split_once(')').expect("the list is closed");
                    let labels = list.split(',').map(str::trim).filter(|l| !l.is_empty());
                    named.grouped.extend(labels.map(str::to_owned));
                    rest = after;
                }
            } else if !rest.starts_with("by ")
                && !rest.starts_with("without ")
                && !rest.starts_with('(')
                && !WORDS.contains(&word)
            {
                // Neither a function nor an operator.
                let labels = match rest.strip_prefix('{') {
                    Some(matchers) => matched(matchers, &mut rest),
                    None => BTreeSet::new(),
                };
                let name = word.to_owned();
                named.series.push(Series { name, labels });
            }
        } else if let Some(matchers) = rest.strip_prefix('{') {
            let labels = matched(matchers, &mut rest);
            let name = String::new();
            named.series.push(Series { name, labels });
        } else if let Some(range) = rest.strip_prefix('[') {
            rest = range.split_once(']').expect("the range is closed").1;
        } else if c.is_ascii_digit() {
            // A number or a duration: `0.99`, `1e9`, `1d`.
            let more = |c: char| !(c.is_ascii_alphanumeric() || c == '.');
            rest = &rest[rest.find(more).unwrap_or(rest.len())..];
        } else {
            assert!(" \n()+-*/%^<>=!,".contains(c), "`{c}` in {expr}");
            rest = &rest[1..];
        }
    }
    named
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    text.split_at(end.unwrap_or(text.len()))
}

/// The labels of `a="x",b=~"y"}`, and what follows.
fn matched<'a>(mut matchers: &'a str, rest: &mut &'a str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    loop {
        matchers = matchers.trim_start_matches([',', ' ']);
        if let Some(after) = matchers.strip_prefix('}') {
            *rest = after;
            return labels;
        }
        let (label, after) = word(matchers);
        assert!(!label.is_empty(), "a label in {matchers}");
        labels.insert(label.to_owned());
        let value = after.split_once('"').expect("a text in quotes").1;
        matchers = value.split_once('"').expect("the text is closed").1;
    }
}

#[test]
fn selectors_and_groupings_are_found_wherever_they_stand() {
    let expr = r#"histogram_quantile(0.99, sum by (job, le) (rate(a_bucket{job=~"$job",x="by (y)"}[5m]))) > 1e3
        and on (job) b / ignoring (z) group_left () c{} offset 1d unless {__name__=~"d|e"} == 0"#;
    let named = read(expr);
    let series: Vec<(&str, Vec<&str>)> = named
        .series
        .iter()
        .map(|s| (&*s.name, s.labels.iter().map(|l| &**l).collect()))
        .collect();
    let expected = [
        ("a_bucket", vec!["job", "x"]),
        ("b", vec![]),
        ("c", vec![]),
        ("", vec!["__name__"]),
    ];
    assert_eq!(series, expected);
    let grouped: Vec<&str> = named.grouped.iter().map(|l| &**l).collect();
    assert_eq!(grouped, ["job", "le", "z"]);
}
