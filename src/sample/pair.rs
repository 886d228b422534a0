//! Elements of a list that are members in another notation: `{ key, value }`, as the
//! parameters of GA4, the attributes of OTLP and the notes of Shopify are written.

use super::tree::Key;
use super::walk::Walk;
use crate::record::escape::unescape_into;

/// Members that name a pair, the surest first.
const KEYS: &[&str] = &["key", "name"];
/// Members that hold what it says.
const VALUES: &[&str] = &["value", "values"];
/// An element with more members is no pair.
const MEMBERS_MAX: usize = 4;
/// A key is as long as a name of a member may be.
const KEY_BYTES_MAX: usize = 64;

/// The key of the pair that begins at `at` of a text that was validated; `None`: what
/// begins there is none.
pub(super) fn key(text: &str, at: usize) -> Option<Key> {
    let mut walk = Walk::new(text);
    walk.at = at + 1;
    let (mut keys, mut has_value) = ([None; KEYS.len()], false);
    let mut members = 0;
    while walk.byte() != b'}' {
        if walk.byte() == b',' {
            walk.at += 1;
            continue;
        }
        members += 1;
        if members > MEMBERS_MAX {
            return None;
        }
        let name = walk.string();
        let _colon = walk.byte();
        walk.at += 1;
        let value = walk.whole();
        has_value |= VALUES.contains(&name);
        if let Some(nth) = KEYS.iter().position(|key| *key == name) {
            keys[nth] = Some((name, value));
        }
    }
    let (member, value) = keys.into_iter().flatten().next().filter(|_| has_value)?;
    let inside = value.strip_prefix('"')?.strip_suffix('"')?;
    let mut says = String::new();
    unescape_into(inside, &mut says);
    is_name(&says).then(|| Key {
        member: member.into(),
        says: says.into(),
    })
}

/// True of what looks like the name of a member: `page_location`, `enduser.id`.
fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    starts && text.len() <= KEY_BYTES_MAX && text.chars().all(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_key_and_a_value_and_little_else() {
        for (text, member, says) in [
            (
                r#"{"key":"page_location","value":{"string_value":"x"}}"#,
                "key",
                "page_location",
            ),
            (
                r#"{ "value" : {"stringValue":"a}"}, "key" : "enduser.id" }"#,
                "key",
                "enduser.id",
            ),
            (r#"{"name":"gift","value":"yes"}"#, "name", "gift"),
            (r#"{"name":"a","key":"b","value":1}"#, "key", "b"),
        ] {
            let key = key(text, 0).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((&*key.member, &*key.says), (member, says), "{text}");
        }
        for text in [
            "{}",
            r#"{"name":"a"}"#,
            r#"{"value":1}"#,
            r#"{"name":1,"value":1}"#,
            r#"{"name":"Jane Doe","value":1}"#,
            r#"{"name":"jane@a.example","value":1}"#,
            r#"{"key":"https://a.example/x","value":1}"#,
            r#"{"name":"a","value":1,"b":1,"c":1,"d":1}"#,
        ] {
            assert_eq!(key(text, 0), None, "{text}");
        }
    }
}
