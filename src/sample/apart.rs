//! A record in which a list stands, as many: each element with all that is around it.

use super::walk::Walk;
use crate::record::Reason;
use crate::record::escape::unescape_into;

/// All elements of a record, each with what is around the list, are at most so many
/// times the record: as the stream takes them.
const GROWTH_MAX: usize = 64;

/// A record and the elements of its list.
pub(super) struct Apart<'t> {
    before: &'t str,
    behind: &'t str,
    elements: Vec<&'t str>,
}

impl<'t> Apart<'t> {
    /// Of one JSON text that was validated. `names`: the way to the list from the top;
    /// none: the text is the list. At most `elements_max`, and at most `bytes_max` bytes
    /// in all.
    ///
    /// # Errors
    /// `wrong_type`: no list stands there; `duplicate_key`: one of the names stands
    /// twice; `too_complex`, `too_large`: more than may be.
    pub(super) fn of(
        text: &'t str,
        names: &[String],
        (elements_max, bytes_max): (u32, u32),
    ) -> Result<Apart<'t>, Reason> {
        let mut walk = Walk::new(text);
        for name in names {
            walk.at = member(&mut walk, name)?;
        }
        if walk.byte() != b'[' {
            return Err(Reason::WrongType);
        }
        let start = walk.at;
        walk.at += 1;
        let mut elements = Vec::new();
        loop {
            match walk.byte() {
                b']' | b'}' => break,
                b',' => walk.at += 1,
                _ if elements.len() == elements_max as usize => return Err(Reason::TooComplex),
                _ => elements.push(walk.whole()),
            }
        }
        let end = walk.at + 1;
        let (before, behind) = match names {
            [] => ("", ""),
            _ => (&text[..start], &text[end..]),
        };
        let around = before.len() + behind.len();
        let own = end - start;
        let all = around.saturating_mul(elements.len()).saturating_add(own);
        if all > bytes_max as usize || all > GROWTH_MAX * text.len() {
            return Err(Reason::TooLarge);
        }
        Ok(Apart {
            before,
            behind,
            elements,
        })
    }

    /// Each of them as a record of its own.
    pub(super) fn each(&self) -> impl Iterator<Item = String> {
        let elements = self.elements.iter();
        elements.map(|element| [self.before, element, self.behind].concat())
    }
}

/// Where the value of that member of the object begins at which `walk` stands.
fn member(walk: &mut Walk<'_>, name: &str) -> Result<usize, Reason> {
    if walk.byte() != b'{' {
        return Err(Reason::WrongType);
    }
    walk.at += 1;
    let mut found = None;
    let mut plain = String::new();
    while walk.byte() != b'}' {
        if walk.byte() == b',' {
            walk.at += 1;
            continue;
        }
        let raw = walk.string();
        plain.clear();
        unescape_into(raw, &mut plain);
        let _colon = walk.byte();
        walk.at += 1;
        walk.byte();
        let at = walk.at;
        walk.whole();
        if plain == name && found.replace(at).is_some() {
            return Err(Reason::DuplicateKey);
        }
    }
    found.ok_or(Reason::WrongType)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(text: &str, path: &str) -> Result<Vec<String>, Reason> {
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        let names = if path == "[]" { &[][..] } else { &names };
        Ok(Apart::of(text, names, (3, 1_000))?.each().collect())
    }

    #[test]
    fn each_element_has_all_that_is_around_the_list() {
        let text = r#"{ "at":1, "b" : {"l" : [ {"n":"]"} , 2,"[\"]" ],"x":[]}, "z":{} }"#;
        assert_eq!(
            apart(text, "b.l").unwrap(),
            [
                r#"{ "at":1, "b" : {"l" : {"n":"]"},"x":[]}, "z":{} }"#,
                r#"{ "at":1, "b" : {"l" : 2,"x":[]}, "z":{} }"#,
                r#"{ "at":1, "b" : {"l" : "[\"]","x":[]}, "z":{} }"#,
            ]
        );
        assert_eq!(
            apart(r#"[{"a":1},[2]]"#, "[]").unwrap(),
            [r#"{"a":1}"#, "[2]"]
        );
        assert_eq!(
            apart(r#"{"\u0062":[1]}"#, "b").unwrap(),
            [r#"{"\u0062":1}"#]
        );
        assert_eq!(apart(r#"{"b":[]}"#, "b").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_list_is_refused_as_the_stream_does() {
        for (text, reason) in [
            (r#"{"b":{}}"#, Reason::WrongType),
            (r#"{"b":null}"#, Reason::WrongType),
            ("{}", Reason::WrongType),
            (r#"{"b":[1],"b":[2]}"#, Reason::DuplicateKey),
            (r#"{"b":[1,2,3,4]}"#, Reason::TooComplex),
        ] {
            assert_eq!(apart(text, "b"), Err(reason), "{text}");
        }
        let around = "x".repeat(400);
        let text = format!(r#"{{"a":"{around}","b":[1,2,3]}}"#);
        assert_eq!(apart(&text, "b"), Err(Reason::TooLarge));
        assert_eq!(apart("1", "[]"), Err(Reason::WrongType));
    }
}
