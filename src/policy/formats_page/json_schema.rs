//! The schema of a row as JSON Schema, made of the fields that it has in Avro.

use serde_json::{Map, Value, json};

/// An object of those fields: a list of them, without its brackets.
pub(super) fn text(fields: &str) -> String {
    let fields: Value = serde_json::from_str(&format!("[{fields}]")).expect("fields");
    let mut known = Map::new();
    let mut schema = object(&fields, &mut known);
    schema["definitions"] = Value::Object(known);
    schema.to_string()
}

fn object(fields: &Value, known: &mut Map<String, Value>) -> Value {
    let fields = fields.as_array().expect("a list of fields").iter();
    let members = fields.map(|field| {
        let name = field["name"].as_str().expect("a field has a name");
        (name.to_owned(), of(&field["type"], known))
    });
    let members: Map<String, Value> = members.collect();
    json!({"type": "object", "properties": members, "additionalProperties": false})
}

fn of(ty: &Value, known: &mut Map<String, Value>) -> Value {
    if let Some(branches) = ty.as_array() {
        let branches: Vec<Value> = branches.iter().map(|ty| of(ty, known)).collect();
        return json!({"oneOf": branches});
    }
    let name = ty["type"].as_str().or(ty.as_str()).expect("a type");
    match name {
        "int" | "long" => json!({"type": "integer"}),
        "boolean" | "string" | "null" => json!({"type": name}),
        "array" => json!({"type": "array", "items": of(&ty["items"], known)}),
        "map" => json!({"type": "object", "additionalProperties": of(&ty["values"], known)}),
        "record" => {
            let name = ty["name"].as_str().expect("a record has a name");
            let object = object(&ty["fields"], known);
            known.insert(name.to_owned(), object);
            json!({"$ref": format!("#/definitions/{name}")})
        }
        // Of one that was said before.
        known => json!({"$ref": format!("#/definitions/{known}")}),
    }
}
