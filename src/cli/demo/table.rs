//! Two events side by side, on 80 columns.

/// One member of an event, its path and its JSON text.
pub type Leaf = (String, String);

/// The members of a JSON text in document order, paths dotted.
pub fn flatten(json: &str) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    match serde_json::from_str::<Ordered>(json) {
        Ok(Ordered(value)) => walk(String::new(), &value, &mut leaves),
        Err(_) => leaves.push(("(not JSON)".to_owned(), json.to_owned())),
    }
    leaves
}

/// Pairs each input leaf with the output leaf of the same path; output leaves
/// with new names stand where they were written.
pub fn side_by_side(before: &[Leaf], after: &[Leaf]) -> Vec<(Option<Leaf>, Option<Leaf>)> {
    let mut rows = Vec::new();
    let mut rest = after.iter().peekable();
    for leaf in before {
        while let Some(new) =
            rest.next_if(|a| a.0 != leaf.0 && !before.iter().any(|b| b.0 == a.0))
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
pub fn fit(text: &str, width: usize) -> String {
    let chars = text.chars().count();
    if chars <= width {
        return format!("{text}{}", " ".repeat(width - chars));
    }
    let mut cut: String = text.chars().take(width - 1).collect();
    cut.push('…');
    cut
}

/// `text` broken into lines of at most `width` columns.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
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

enum Json {
    Object(Vec<(String, Json)>),
    Array(Vec<Json>),
    Scalar(String),
}

struct Ordered(Json);

impl<'de> serde::Deserialize<'de> for Ordered {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(d)?;
        read(raw.get()).map(Ordered).map_err(serde::de::Error::custom)
    }
}

/// Members in the order of the text, numbers by their own digits.
fn read(text: &str) -> Result<Json, serde_json::Error> {
    struct Members<'a>(Vec<(String, &'a serde_json::value::RawValue)>);
    impl<'de> serde::Deserialize<'de> for Members<'de> {
        fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            struct Reader;
            impl<'de> serde::de::Visitor<'de> for Reader {
                type Value = Members<'de>;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Members<'de>, A::Error> {
                    let mut members = Vec::new();
                    while let Some(entry) = map.next_entry()? {
                        members.push(entry);
                    }
                    Ok(Members(members))
                }
            }
            d.deserialize_map(Reader)
        }
    }
    Ok(match text.as_bytes().first() {
        Some(b'{') => Json::Object(
            serde_json::from_str::<Members<'_>>(text)?
                .0
                .into_iter()
                .map(|(name, raw)| Ok((name, read(raw.get())?)))
                .collect::<Result<_, serde_json::Error>>()?,
        ),
        Some(b'[') => Json::Array(
            serde_json::from_str::<Vec<&serde_json::value::RawValue>>(text)?
                .into_iter()
                .map(|raw| read(raw.get()))
                .collect::<Result<_, _>>()?,
        ),
        _ => Json::Scalar(text.to_owned()),
    })
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
        Json::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                walk(format!("{path}[{i}]"), value, leaves);
            }
        }
        Json::Scalar(text) => leaves.push((path, text.clone())),
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
