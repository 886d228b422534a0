//! The schema of a row as a `.proto` file, made of the fields that it has in Avro.

use serde_json::Value;

/// A file with one message, of those fields: a list of them, without its brackets.
pub(super) fn text(fields: &str) -> String {
    let fields: Value = serde_json::from_str(&format!("[{fields}]")).expect("fields");
    let mut inner = String::new();
    let own = members(&fields, &mut inner);
    format!("syntax = \"proto3\";\nmessage Event {{ {own}{inner}}}\n")
}

fn members(fields: &Value, inner: &mut String) -> String {
    let fields = fields.as_array().expect("a list of fields").iter();
    let members = fields.zip(1..).map(|(field, number)| {
        let name = field["name"].as_str().expect("a field has a name");
        format!("{} {name} = {number}; ", named(&field["type"], inner))
    });
    members.collect()
}

/// How a type is called; what stands inside the message is appended to `inner`.
fn named(of: &Value, inner: &mut String) -> String {
    if let Some([_, other]) = of.as_array().map(Vec::as_slice) {
        return format!("optional {}", named(other, inner));
    }
    let name = of["type"].as_str().or(of.as_str()).expect("a type");
    match name {
        "int" => "int32".to_owned(),
        "long" => "int64".to_owned(),
        "boolean" => "bool".to_owned(),
        "array" => format!("repeated {}", named(&of["items"], inner)),
        "map" => format!("map<string, {}>", named(&of["values"], inner)),
        "record" => {
            let name = of["name"].as_str().expect("a record has a name");
            let members = members(&of["fields"], inner);
            *inner += &format!("message {name} {{ {members}}} ");
            name.to_owned()
        }
        // Of one that was said before; a string is one in both.
        known => known.to_owned(),
    }
}
