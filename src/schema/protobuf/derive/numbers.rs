//! What new fields are called by: numbers made of their names, and what was done to them.

use crate::crypto::digest::sha256;
use crate::schema::json::Json;
use crate::schema::shown::shown;

/// Fields that a new name is made for have the numbers from here on, which are few
/// people's (the specification keeps 19,000 to 19,999 for itself).
pub(super) const NEW_NUMBERS: u32 = 20_000;
/// So many.
const NEW_NUMBERS_LEN: u32 = 1 << 18;

/// Of a name always the same, whatever else the message has.
pub(super) fn new_number(name: &str) -> u32 {
    let [a, b, c, d, ..] = sha256(name.as_bytes());
    NEW_NUMBERS + u32::from_be_bytes([a, b, c, d]) % NEW_NUMBERS_LEN
}

/// What was done to a field, in one line: the action, and its parameters; of several one
/// behind the other.
pub(super) fn said(said: &Json) -> Option<Box<str>> {
    if let Json::List(several) = said {
        let each: Vec<Box<str>> = several.iter().filter_map(self::said).collect();
        return (!each.is_empty()).then(|| each.join("; ").into());
    }
    let mut words = Vec::new();
    if let Json::Object(members) = said {
        for (name, value) in members {
            let mut text = Vec::new();
            match value.as_text() {
                Some(value) => text.extend_from_slice(value.as_bytes()),
                None => value.write(&mut text),
            }
            let text = String::from_utf8(text).expect("texts in, text out");
            words.push(match &**name {
                "action" => text,
                name => format!("{name}={text}"),
            });
        }
    }
    let line = words.join(" ").replace(char::is_control, " ");
    let line = shown(line.trim());
    (!line.is_empty()).then(|| line.into())
}
