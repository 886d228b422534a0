//! Arrays of what is granted and what is denied: RudderStack's `allowedConsentIds`,
//! Didomi's `purposes.enabled`.

use super::bits::Unreadable;
use crate::record::value::{Text, TextForm};

/// Goes through the elements of a JSON array (RFC 8259) of texts and numbers, given from
/// bracket to bracket and known to be valid.
///
/// # Errors
/// When an element is something else: what cannot be an id names nothing. What was found
/// before is not taken back; who is told of the error denies anyhow.
pub(crate) fn each(
    json: &str,
    scratch: &mut String,
    mut found: impl FnMut(&str),
) -> Result<(), Unreadable> {
    let inside = json.strip_prefix('[').and_then(|j| j.strip_suffix(']'));
    let mut rest = inside.ok_or(Unreadable)?.trim_ascii();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(text) => {
                let (end, escaped) = text_end(text).ok_or(Unreadable)?;
                let form = match escaped {
                    true => TextForm::JsonEscaped,
                    false => TextForm::Json,
                };
                found(Text::new(&text[..end], form).chars_in(scratch));
                end + 2
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let number = rest[..end].trim_ascii_end();
                if !number.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                    return Err(Unreadable);
                }
                found(number);
                end
            }
        };
        rest = rest[end..].trim_ascii_start();
        rest = match rest.strip_prefix(',') {
            Some(next) => next.trim_ascii_start(),
            None if rest.is_empty() => rest,
            None => return Err(Unreadable),
        };
    }
    Ok(())
}

/// The inside of a text ends there, before its quote; and whether something in it is
/// escaped.
fn text_end(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let (mut at, mut escaped) = (0, false);
    loop {
        match bytes.get(at)? {
            b'"' => return Some((at, escaped)),
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(json: &str) -> Result<Vec<String>, Unreadable> {
        let mut all = Vec::new();
        each(json, &mut String::new(), |id| all.push(id.to_owned()))?;
        Ok(all)
    }

    #[test]
    fn texts_and_numbers_are_ids() {
        assert_eq!(ids("[]").unwrap(), [""; 0]);
        assert_eq!(ids("[ \n ]").unwrap(), [""; 0]);
        assert_eq!(
            ids(r#"["a" , 12,"b,]\"\u0041", -3.5e2 ,"\\"]"#).unwrap(),
            ["a", "12", "b,]\"A", "-3.5e2", "\\"]
        );
    }

    #[test]
    fn other_elements_cannot_be_read() {
        for json in [
            "[true]",
            "[null]",
            r#"["a",{"b":1}]"#,
            r#"[["a"]]"#,
            "{}",
            "",
            "[",
            r#"["a]"#,
        ] {
            assert_eq!(ids(json), Err(Unreadable), "{json}");
        }
    }
}
