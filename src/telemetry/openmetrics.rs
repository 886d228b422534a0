//! The figures in the OpenMetrics text format 1.0.
//!
//! Source: <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

use std::fmt::Write;

use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType};

/// The page's type.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The units that names of ours end in.
const UNITS: [&str; 2] = ["seconds", "bytes"];

/// One page of these families, with its end marked: a page that was cut is seen
/// to be.
pub(crate) fn page(families: &[MetricFamily]) -> String {
    let mut page = String::new();
    for family in families {
        put_family(&mut page, family);
    }
    page.push_str("# EOF\n");
    page
}

fn put_family(page: &mut String, family: &MetricFamily) {
    let (kind, word) = match family.get_field_type() {
        MetricType::COUNTER => (MetricType::COUNTER, "counter"),
        MetricType::GAUGE => (MetricType::GAUGE, "gauge"),
        MetricType::HISTOGRAM => (MetricType::HISTOGRAM, "histogram"),
        // There is none of these.
        MetricType::SUMMARY | MetricType::UNTYPED => return,
    };
    // A counter's family is called without the end that its sample has.
    let full = family.name();
    let name = match kind {
        MetricType::COUNTER => full.strip_suffix("_total").unwrap_or(full),
        _ => full,
    };
    let _ = writeln!(page, "# TYPE {name} {word}");
    let is_unit = |unit: &&&str| {
        name.strip_suffix(**unit)
            .is_some_and(|before| before.ends_with('_'))
    };
    if let Some(unit) = UNITS.iter().find(is_unit) {
        let _ = writeln!(page, "# UNIT {name} {unit}");
    }
    let _ = writeln!(page, "# HELP {name} {}", escaped(family.help()));
    for metric in family.get_metric() {
        match kind {
            MetricType::COUNTER => {
                let value = metric.get_counter().get_value();
                put(page, name, "_total", metric, None, value);
            }
            MetricType::HISTOGRAM => put_histogram(page, name, metric),
            _ => put(page, name, "", metric, None, metric.get_gauge().get_value()),
        }
    }
}

fn put_histogram(page: &mut String, name: &str, metric: &Metric) {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count() as f64;
    for bucket in histogram.get_bucket() {
        let le = bucket.upper_bound();
        if le.is_finite() {
            let so_far = bucket.cumulative_count() as f64;
            // A float, also where it is whole.
            put(
                page,
                name,
                "_bucket",
                metric,
                Some(format!("{le:?}")),
                so_far,
            );
        }
    }
    put(
        page,
        name,
        "_bucket",
        metric,
        Some("+Inf".to_owned()),
        count,
    );
    put(page, name, "_count", metric, None, count);
    put(page, name, "_sum", metric, None, histogram.get_sample_sum());
}

fn put(page: &mut String, name: &str, end: &str, metric: &Metric, le: Option<String>, value: f64) {
    let pair = |l: &LabelPair| format!("{}=\"{}\"", l.name(), escaped(l.value()));
    let mut labels: Vec<String> = metric.get_label().iter().map(pair).collect();
    labels.extend(le.map(|le| format!("le=\"{le}\"")));
    let labels = match labels.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", labels.join(",")),
    };
    let _ = writeln!(page, "{name}{end}{labels} {value}");
}

/// As a help text and a label's value are written.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('"', "\\\"")
}

/// True when the header `Accept` of a request asks for this format, and for no
/// other one rather.
pub fn is_wanted(accept: &str) -> bool {
    let of = |wanted: &str| {
        let range = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_it = parts.next()?.eq_ignore_ascii_case(wanted);
            let quality = parts.find_map(|p| p.strip_prefix("q=")?.parse::<f32>().ok());
            is_it.then_some(quality.unwrap_or(1.0))
        });
        range.fold(0.0, f32::max)
    };
    let ours = of("application/openmetrics-text");
    ours > 0.0 && ours >= of("text/plain")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Families, Metric as Ours};
    use std::collections::BTreeSet;

    /// The rules of the format, read from a page.
    fn check(page: &str) -> Result<usize, String> {
        let body = page.strip_suffix("# EOF\n").ok_or("it has no end")?;
        let (mut seen, mut series) = (BTreeSet::new(), BTreeSet::new());
        let (mut name, mut kind) = (String::new(), String::new());
        for line in body.lines() {
            let fail = |why: &str| Err(format!("{why}: {line}"));
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (n, k) = rest.split_once(' ').ok_or("a type has two parts")?;
                if !seen.insert(n.to_owned()) {
                    return fail("a family stands twice");
                }
                (name, kind) = (n.to_owned(), k.to_owned());
                if kind == "counter" && name.ends_with("_total") {
                    return fail("a counter's family does not end in _total");
                }
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                let (n, unit) = rest.split_once(' ').ok_or("a unit has two parts")?;
                if n != name || !n.ends_with(&format!("_{unit}")) {
                    return fail("a unit is the end of its family's name");
                }
            } else if let Some(rest) = line.strip_prefix("# HELP ") {
                if !rest.starts_with(&format!("{name} ")) {
                    return fail("a help stands with its family");
                }
            } else if line.starts_with('#') || line.is_empty() {
                return fail("no such line");
            } else {
                let (labelled, value) = line.rsplit_once(' ').ok_or("a sample has a value")?;
                let sample = labelled.split('{').next().unwrap_or_default();
                let end = sample.strip_prefix(&name);
                let ends: &[&str] = match kind.as_str() {
                    "counter" => &["_total"],
                    "histogram" => &["_bucket", "_count", "_sum"],
                    _ => &[""],
                };
                if !end.is_some_and(|end| ends.contains(&end)) {
                    return fail("a sample has its family's name and an end of its kind");
                }
                if value.parse::<f64>().is_err() || !series.insert(labelled.to_owned()) {
                    return fail("a number, once");
                }
            }
        }
        Ok(series.len())
    }

    fn filled() -> String {
        let families = Families::new();
        let group = families
            .group("a \"quoted\\ name\"\n")
            .expect("it is the only one");
        group.counter(Ours::Transactions, &["committed"]).inc_by(7);
        group.seconds(Ours::HeldUp, &["starved"]).inc_by(0.5);
        group.gauge(Ours::MemoryBudget, &[]).set(5);
        let histogram = group.histogram(Ours::CommitDuration, &[]);
        histogram.observe(1.0);
        histogram.observe(1_000.0);
        families.openmetrics()
    }

    #[test]
    fn a_page_keeps_the_rules_of_the_format() {
        let page = filled();
        assert!(check(&page).expect("it keeps them") > 20, "{page}");
        let group = "group=\"a \\\"quoted\\\\ name\\\"\\n\"";
        for line in [
            "# TYPE veil_transactions counter\n".to_owned(),
            format!("veil_transactions_total{{{group},outcome=\"committed\"}} 7\n"),
            "# UNIT veil_backpressure_seconds seconds\n".to_owned(),
            format!("veil_backpressure_seconds_total{{{group},state=\"starved\"}} 0.5\n"),
            "# UNIT veil_memory_budget_bytes bytes\n".to_owned(),
            format!("veil_commit_duration_seconds_bucket{{{group},le=\"1.0\"}} 1\n"),
            format!("veil_commit_duration_seconds_bucket{{{group},le=\"+Inf\"}} 2\n"),
            format!("veil_commit_duration_seconds_sum{{{group}}} 1001\n"),
        ] {
            assert!(page.contains(&line), "{line} in:\n{page}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_found() {
        let page = filled();
        for (from, to) in [
            ("# EOF\n", ""),
            (
                "# TYPE veil_transactions counter",
                "# TYPE veil_transactions_total counter",
            ),
            (
                "# UNIT veil_memory_budget_bytes bytes",
                "# UNIT veil_memory_budget_bytes seconds",
            ),
            ("veil_transactions_total{", "veil_transactions{"),
            ("} 0.5\n", "} half\n"),
            ("# TYPE veil_memory", "\n# TYPE veil_memory"),
        ] {
            assert!(page.contains(from), "{from}");
            assert!(check(&page.replacen(from, to, 1)).is_err(), "{from}");
        }
    }

    #[test]
    fn it_is_served_to_who_asks_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert!(is_wanted(prometheus));
        assert!(is_wanted("Application/OpenMetrics-Text"));
        for other in ["", "*/*", "text/plain", "application/openmetrics-text;q=0"] {
            assert!(!is_wanted(other), "{other}");
        }
        assert!(!is_wanted(
            "application/openmetrics-text;q=0.2, text/plain;q=0.9"
        ));
    }
}
