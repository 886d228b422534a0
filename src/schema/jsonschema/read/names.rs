//! The names by which parts of a schema are referred to: `$id`, anchors, fragments.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::schema::json::Json;

/// A fragment without escapes (`%20`); `None`: it is none.
pub(super) fn decoded(fragment: &str) -> Option<Cow<'_, str>> {
    if !fragment.contains('%') {
        return Some(Cow::Borrowed(fragment));
    }
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut pieces = fragment.split('%');
    bytes.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| are_digits)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The name that a schema gives itself; one that begins with `#` is an anchor.
pub(super) fn id_of(json: &Json) -> Option<&str> {
    let id = json.member("$id").or_else(|| json.member("id"));
    let id = id.and_then(Json::as_text)?;
    let id = id.strip_suffix('#').unwrap_or(id);
    (!id.is_empty() && !id.contains('#')).then_some(id)
}

/// Looks at all that may be a part of a schema.
pub(super) fn inside<'t>(json: &'t Json, look: &mut dyn FnMut(&'t Json)) {
    match json {
        Json::List(all) => all.iter().for_each(look),
        Json::Object(all) => {
            let is_data = |name: &str| matches!(name, "const" | "enum" | "default" | "examples");
            let parts = all.iter().filter(|(name, _)| !is_data(name));
            parts.for_each(|(_, part)| look(part));
        }
        _ => {}
    }
}

/// Takes up the parts that have an anchor, in the schema that `root` is and in none inside
/// of it.
pub(super) fn anchored<'t>(root: &'t Json, json: &'t Json, found: &mut HashMap<&'t str, &'t Json>) {
    let text = |word: &str| json.member(word).and_then(Json::as_text);
    let ids = [text("$id"), text("id")].into_iter().flatten();
    let by_id = ids.filter_map(|id| id.strip_prefix('#'));
    for anchor in by_id.chain(text("$anchor")) {
        found.entry(anchor).or_insert(json);
    }
    inside(json, &mut |inner| {
        let is_other = id_of(inner).is_some() && !std::ptr::eq(inner, root);
        if !is_other {
            anchored(root, inner, found);
        }
    });
}
