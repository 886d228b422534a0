//! Two events side by side, on 80 columns.

use veilstream::policy::check::cases::Json;
use veilstream::trial::json;

/// One member of an event, its path and its JSON text.
pub(crate) type Leaf = (String, String);

/// The members of a JSON text in document order, paths dotted.
pub(crate) fn flatten(text: &str) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    match json::parse(text) {
        Some(json) => walk(String::new(), &json, &mut leaves),
        None => leaves.push(("(not JSON)".to_owned(), text.to_owned())),
    }
    leaves
}

/// A row: what was there, what is there now.
pub(crate) type Row = (Option<Leaf>, Option<Leaf>);

/// Pairs each input leaf with the output leaf of the same path; output leaves
/// with new names stand where they were written.
pub(crate) fn side_by_side(before: &[Leaf], after: &[Leaf]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut rest = after.iter().peekable();
    for leaf in before {
        while let Some(new) = rest.next_if(|a| a.0 != leaf.0 && !before.iter().any(|b| b.0 == a.0))
        {
            rows.push((None, Some(new.clone())));
        }
        let same = rest.next_if(|a| a.0 == leaf.0).cloned();
        rows.push((Some(leaf.clone()), same));
    }
    rows.extend(rest.map(|new| (None, Some(new.clone()))));
    rows
}

/// `text` in exactly `width` columns, cut with `…` when it is longer.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let chars = text.chars().count();
    if chars <= width {
        return format!("{text}{}", " ".repeat(width - chars));
    }
    let mut cut: String = text.chars().take(width - 1).collect();
    cut.push('…');
    cut
}

/// `text` broken into lines of at most `width` columns.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a last line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn walk(path: String, json: &Json, leaves: &mut Vec<Leaf>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                walk(path, value, leaves);
            }
        }
        Json::List(items) => {
            for (i, value) in items.iter().enumerate() {
                walk(format!("{path}[{i}]"), value, leaves);
            }
        }
        scalar => leaves.push((path, scalar.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_keep_order_and_digits() {
        let leaves = flatten(r#"{"b":1.50,"a":{"x":["p",null]}}"#);
        let text: Vec<String> = leaves.iter().map(|(p, v)| format!("{p}={v}")).collect();
        assert_eq!(text, ["b=1.50", "a.x[0]=\"p\"", "a.x[1]=null"]);
    }

    #[test]
    fn new_names_stand_where_they_were_written() {
        let before = flatten(r#"{"a":1,"mail":"x@y","z":2}"#);
        let after = flatten(r#"{"a":1,"mail_id":"q","z":2}"#);
        let rows: Vec<(Option<String>, Option<String>)> = side_by_side(&before, &after)
            .into_iter()
            .map(|(b, a)| (b.map(|l| l.0), a.map(|l| l.0)))
            .collect();
        let s = |t: &str| Some(t.to_owned());
        assert_eq!(
            rows,
            [
                (s("a"), s("a")),
                (None, s("mail_id")),
                (s("mail"), None),
                (s("z"), s("z"))
            ]
        );
    }

    #[test]
    fn text_fits_and_wraps() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
    }
}
