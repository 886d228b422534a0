//! A value as a policy test spells it.

use crate::policy::check::json::Json;

/// On one line, as a policy is written by hand.
pub(super) fn spelled(value: &Json) -> String {
    match value {
        Json::Text(text) => scalar(text),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(spelled).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let one =
                |(name, value): &(String, Json)| format!("{}: {}", scalar(name), spelled(value));
            let members: Vec<String> = members.iter().map(one).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text that no reader of YAML takes for anything else: bare, or in `"…"` with
/// everything escaped that cannot be seen.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| word(c) || c == '.')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if bare {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
