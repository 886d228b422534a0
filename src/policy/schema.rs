//! The JSON Schema (draft 2020-12) of the language, made from the shapes the
//! reader uses: completion and hover text for editors.

use serde_json::{Map, Value, json};

use super::grammar;
use crate::action::{ACTIONS, ActionDef};
use crate::language::shape::{Shape, Takes, Word};

/// The schema of a policy file.
pub fn json_schema() -> Value {
    let mut root = object(&grammar::POLICY);
    let members = root.as_object_mut().expect("a schema of an object");
    members.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    members.insert("title".into(), "Veilstream policy, veil/v1".into());
    members.insert("$defs".into(), definitions());
    root
}

fn definitions() -> Value {
    let mut defs = Map::new();
    for def in ACTIONS {
        defs.insert(def.name.into(), action(def));
    }
    defs.insert("fieldValue".into(), field_value(true));
    defs.insert("oneAction".into(), field_value(false));
    defs.insert("recordKey".into(), record_key());
    defs.insert("condition".into(), condition());
    defs.insert("test".into(), test(&grammar::VALUE_TEST));
    Value::Object(defs)
}

fn action(def: &ActionDef) -> Value {
    let mut schema = object(def.shape);
    describe(&mut schema, &format!("{} {}", def.summary, def.leaks), "");
    schema
}

/// A bare word, one action, or (in a field) several under `as`.
fn field_value(with_as: bool) -> Value {
    let bare: Vec<&str> = ACTIONS
        .iter()
        .filter(|a| a.bare.is_some())
        .map(|a| a.name)
        .collect();
    let mut forms = vec![json!({
        "type": "string",
        "description": format!("{}, or a name from `actions:`", bare.join(", ")),
    })];
    let words = grammar::FIELD_VALUE.words.iter();
    let beside: Vec<&Word> = words
        .filter(|w| with_as && ["gaps", "names"].contains(&w.name))
        .collect();
    forms.extend(ACTIONS.iter().map(|a| with_action(a, &beside)));
    forms.push(cases());
    if with_as {
        forms.push(json!({
            "type": "object",
            "properties": {
                "as": {
                    "type": "object",
                    "description": doc_of(&grammar::FIELD_VALUE, "as"),
                    "additionalProperties": { "$ref": "#/$defs/oneAction" },
                    "minProperties": 1,
                }
            },
            "required": ["as"],
            "additionalProperties": false,
        }));
    }
    json!({ "anyOf": forms })
}

/// An object with that action, beside it `on_error` and `more`.
fn with_action(def: &ActionDef, more: &[&Word]) -> Value {
    let mut properties = Map::new();
    properties.insert(
        def.name.into(),
        json!({ "$ref": format!("#/$defs/{}", def.name) }),
    );
    let on_error = grammar::FIELD_VALUE
        .words
        .iter()
        .filter(|w| w.name == "on_error");
    for w in on_error.chain(more.iter().copied()) {
        properties.insert(w.name.into(), word(w));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": [def.name],
        "additionalProperties": false,
    })
}

/// `when`, and what may stand beside it.
fn cases() -> Value {
    let words = grammar::FIELD_VALUE.words.iter();
    let beside = words.filter(|w| ["when", "on_error", "gaps"].contains(&w.name));
    let mut properties: Map<String, Value> = beside.map(|w| (w.name.into(), word(w))).collect();
    let doc = |name| doc_of(&grammar::CASE, name);
    let value = |name| json!({ "$ref": "#/$defs/oneAction", "description": doc(name) });
    properties["when"]["items"] = json!({ "anyOf": [
        {
            "type": "object",
            "properties": {
                "if": { "$ref": "#/$defs/condition", "description": doc("if") },
                "then": value("then"),
            },
            "required": ["if", "then"],
            "additionalProperties": false,
        },
        {
            "type": "object",
            "properties": { "else": value("else") },
            "required": ["else"],
            "additionalProperties": false,
        },
    ] });
    json!({
        "type": "object",
        "properties": properties,
        "required": ["when"],
        "additionalProperties": false,
    })
}

/// Paths and what is asked of them, and the words that join conditions.
fn condition() -> Value {
    let inside = json!({ "$ref": "#/$defs/condition" });
    let list = json!({ "type": "array", "items": inside, "minItems": 1 });
    json!({
        "type": "object",
        "properties": {
            "any": list,
            "all": list,
            "not": inside,
            "from": { "type": "string" },
        },
        "additionalProperties": { "$ref": "#/$defs/test" },
        "minProperties": 1,
    })
}

/// What is asked of a value.
fn test(shape: &Shape) -> Value {
    let scalar = takes(&Takes::Scalar);
    json!({ "anyOf": [
        scalar,
        { "type": "array", "items": scalar, "minItems": 1 },
        object(shape),
    ] })
}

fn record_key() -> Value {
    let from: Vec<&Word> = grammar::RECORD_KEY
        .words
        .iter()
        .filter(|w| w.name == "from")
        .collect();
    let with = |words: &[&str], required: &str| {
        let mut form = object(&grammar::RECORD_KEY);
        if let Some(properties) = form["properties"].as_object_mut() {
            properties.retain(|name, _| words.contains(&name.as_str()));
        }
        form["required"] = json!([required]);
        form
    };
    let mut forms = vec![with(&["from", "like"], "like"), with(&["fields"], "fields")];
    forms.extend(ACTIONS.iter().map(|a| {
        let mut form = with_action(a, &from);
        form["required"] = json!([a.name, "from"]);
        form
    }));
    json!({ "anyOf": forms })
}

fn object(shape: &Shape) -> Value {
    let built = || shape.words.iter().filter(|w| w.built);
    let properties: Map<String, Value> = built().map(|w| (w.name.into(), word(w))).collect();
    let required = built().filter(|w| w.required && w.unless.is_none());
    let required: Vec<&str> = required.map(|w| w.name).collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some((one, other)) = built().find_map(|w| Some((w.name, w.unless?))) {
        schema["anyOf"] = json!([{ "required": [one] }, { "required": [other] }]);
    }
    schema
}

fn word(w: &Word) -> Value {
    let mut schema = takes(&w.takes);
    if w.may_be_empty {
        let list = match w.takes {
            Takes::OneOrMany(_) => &mut schema["anyOf"][1],
            _ => &mut schema,
        };
        list["minItems"] = 0.into();
    }
    describe(&mut schema, w.doc, w.default);
    schema
}

fn describe(schema: &mut Value, doc: &str, default: &str) {
    let default = if default.is_empty() {
        String::new()
    } else {
        format!(" Default: {default}.")
    };
    schema["description"] = format!("{doc}{default}").into();
}

fn doc_of(shape: &Shape, name: &str) -> &'static str {
    shape
        .words
        .iter()
        .find(|w| w.name == name)
        .map_or("", |w| w.doc)
}

fn takes(what: &Takes) -> Value {
    match what {
        Takes::Text | Takes::Prose | Takes::EventText | Takes::KeyName("") => {
            json!({ "type": "string" })
        }
        Takes::TextLike(pattern) | Takes::KeyName(pattern) => {
            json!({ "type": "string", "pattern": pattern })
        }
        Takes::Integer(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Takes::Number => json!({ "type": "number" }),
        Takes::Boolean => json!({ "type": "boolean" }),
        Takes::OneOf(words) | Takes::OneOfSome(words, _) => json!({ "enum": words }),
        // Records that leave, of which there may be none.
        Takes::List(Takes::Anything) => json!({ "type": "array", "items": {} }),
        Takes::List(item) => json!({ "type": "array", "items": takes(item), "minItems": 1 }),
        Takes::OneOrMany(item) => json!({ "anyOf": [
            takes(item),
            { "type": "array", "items": takes(item), "minItems": 1 },
        ] }),
        Takes::MapOf(item) => json!({ "type": "object", "additionalProperties": takes(item) }),
        Takes::Object(shape) => object(shape),
        Takes::FieldValue => json!({ "$ref": "#/$defs/fieldValue" }),
        Takes::Condition => json!({ "$ref": "#/$defs/condition" }),
        Takes::Test(_) => json!({ "$ref": "#/$defs/test" }),
        Takes::RecordKey => json!({ "$ref": "#/$defs/recordKey" }),
        Takes::Scalar | Takes::EventScalar => json!({ "type": ["string", "number", "boolean"] }),
        Takes::Null => json!({ "type": "null" }),
        Takes::Anything => json!({}),
        Takes::Either(a, b) => json!({ "anyOf": [takes(a), takes(b)] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_what_the_reader_knows() {
        let schema = json_schema();
        let output = &schema["properties"]["outputs"]["items"];
        assert_eq!(output["properties"]["purpose"]["type"], "string");
        assert!(output["properties"].get("sample").is_none());
        assert_eq!(output["additionalProperties"], false);
        let required = output["required"].as_array().expect("a list");
        assert!(required.contains(&"purpose".into()));
        assert_eq!(output["anyOf"][0]["required"][0], "fields");
        assert_eq!(
            output["properties"]["fields"]["additionalProperties"]["$ref"],
            "#/$defs/fieldValue"
        );
        for def in ACTIONS {
            let entry = &schema["$defs"][def.name];
            assert_eq!(entry["type"], "object", "{}", def.name);
        }
    }

    #[test]
    fn a_field_has_names_and_gaps_beside_its_action_and_nothing_may_be_released() {
        let schema = json_schema();
        for (def, has) in [("fieldValue", true), ("oneAction", false)] {
            let forms = schema["$defs"][def]["anyOf"].as_array().expect("forms");
            let of = |form: &&Value| form["required"] == json!(["pseudonymize"]);
            let form = forms.iter().find(of).expect("a form of each action");
            for word in ["names", "gaps"] {
                assert_eq!(form["properties"].get(word).is_some(), has, "{def} {word}");
            }
        }
        let released = &schema["properties"]["tests"]["items"]["properties"]["released"];
        let list = &released["additionalProperties"];
        assert_eq!(
            (&list["type"], list.get("minItems")),
            (&json!("array"), None)
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn walk(value: &Value, root: &Value) {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(at)) = members.get("$ref") {
                        assert!(root.pointer(&at[1..]).is_some(), "{at}");
                    }
                    members.values().for_each(|v| walk(v, root));
                }
                Value::Array(items) => items.iter().for_each(|v| walk(v, root)),
                _ => {}
            }
        }
        let schema = json_schema();
        walk(&schema, &schema);
    }
}
