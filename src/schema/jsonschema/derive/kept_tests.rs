//! What leaves of records that keep to the writer's schema keeps to what is derived of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Map;

use super::*;
use crate::schema::avro::testing::Dice;

/// Holds what leaves of those records, which keep to their schema, against what is derived;
/// how many leave.
fn judged(plan: &Arc<Plan>, schema: &Value, records: &[Value], said: &str) -> usize {
    let found = derived(plan);
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let judge = jsonschema::validator_for(&found).expect("a schema");
    let ours = jsonschema::validator_for(schema).expect("a schema");
    assert!(
        records.iter().all(|record| ours.is_valid(record)),
        "{schema}"
    );
    let mut judged = 0;
    for left in left(plan, records).into_iter().flatten() {
        let wrong: Vec<String> = judge.iter_errors(&left).map(|e| e.to_string()).collect();
        assert!(
            wrong.is_empty(),
            "{said}: {wrong:?}\n{left}\n{found}\n{schema}"
        );
        judged += 1;
    }
    judged
}

#[test]
fn what_one_case_or_type_takes_and_another_one_does_not_is_not_left_out() {
    let schema =
        json!({"type": "object", "properties": {"c": {}, "l": {"type": "array", "items": {}}}});
    let records = [
        json!({"c": "x", "l": [true, ["a"], "b", null]}),
        json!({"c": "web", "l": ["b"]}),
    ];
    for (fields, leave) in [
        (
            "      \"l[*]\": { when: [{ if: { c: web }, then: { redact: {} } }, { else: keep }] }\n",
            2,
        ),
        ("      \"l[*]\": keep\n      \"l[*].x\": keep\n", 2),
        (
            "      \"l[*]\": { as: { y: keep } }\n      \"l[*].x\": keep\n",
            0,
        ),
    ] {
        let plan = plan(fields, &schema.to_string());
        let left = plan.map_or(0, |plan| judged(&plan, &schema, &records, fields));
        assert_eq!(left, leave, "{fields}");
    }
}

/// Schemas of objects, and records that keep to them.
struct Made {
    dice: Dice,
    definitions: Map<String, Value>,
    paths: BTreeSet<String>,
}

impl Made {
    fn object(&mut self, path: &str, depth: usize) -> Value {
        let mut members = Map::new();
        for n in 0..1 + self.dice.below(4) {
            let name = format!("m{n}");
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            members.insert(name, self.of(&path, depth + 1));
        }
        let mut object = json!({"type": "object", "properties": members});
        match self.dice.below(3) {
            0 => object["additionalProperties"] = json!(false),
            1 => object["additionalProperties"] = self.scalar(),
            _ => {}
        }
        object
    }

    fn scalar(&mut self) -> Value {
        match self.dice.below(7) {
            0 => json!({"type": "string"}),
            1 => json!({"type": "integer"}),
            2 => json!({"type": "number"}),
            3 => json!({"type": "boolean"}),
            4 => json!({"type": ["string", "null", "integer"]}),
            5 => json!({"enum": ["x", 7, null]}),
            _ => json!({"type": "string", "format": "date"}),
        }
    }

    fn of(&mut self, path: &str, depth: usize) -> Value {
        let sort = match depth {
            4.. => 0,
            _ => self.dice.below(8),
        };
        if sort < 6 || self.dice.below(3) == 0 {
            self.paths.insert(path.to_owned());
        }
        match sort {
            5 => json!({"oneOf": [{"type": "null"}, self.object(path, depth)]}),
            6 => {
                let items = self.of(&format!("{path}[*]"), depth + 1);
                json!({"type": "array", "items": items})
            }
            7 => {
                let name = format!("d{}", self.definitions.len());
                self.definitions.insert(name.clone(), json!({}));
                let object = self.object(path, depth);
                self.definitions.insert(name.clone(), object);
                json!({"$ref": format!("#/definitions/{name}")})
            }
            _ => self.scalar(),
        }
    }

    /// A value that keeps to a schema that was made here.
    fn value(&mut self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.strip_prefix("#/definitions/").expect("made here");
            let schema = self.definitions[name].clone();
            return self.value(&schema);
        }
        let any = |all: &Value, dice: &mut Dice| {
            let all = all.as_array().expect("a list");
            all[dice.below(all.len())].clone()
        };
        for word in ["oneOf", "enum"] {
            if schema[word].is_array() {
                let one = any(&schema[word], &mut self.dice);
                return if word == "enum" {
                    one
                } else {
                    self.value(&one)
                };
            }
        }
        let ty = match &schema["type"] {
            Value::Array(_) => any(&schema["type"], &mut self.dice),
            one => one.clone(),
        };
        match ty.as_str().expect("a type") {
            "null" => Value::Null,
            "boolean" => json!(self.dice.below(2) == 0),
            "integer" => json!(self.dice.below(100)),
            "number" => json!(self.dice.below(100) as f64 / 4.0),
            "string" if schema["format"] == "date" => json!("2026-03-01"),
            "string" => json!(["a", "jane@example.com", "17", ""][self.dice.below(4)]),
            "array" => (0..self.dice.below(3))
                .map(|_| self.value(&schema["items"]))
                .collect(),
            _ => {
                let mut members = Map::new();
                for (name, of) in schema["properties"].as_object().expect("made here") {
                    if self.dice.below(4) > 0 {
                        members.insert(name.clone(), self.value(of));
                    }
                }
                match &schema["additionalProperties"] {
                    Value::Bool(_) => {}
                    Value::Object(_) => {
                        let of = schema["additionalProperties"].clone();
                        members.insert("other".to_owned(), self.value(&of));
                    }
                    _ => {
                        members.insert("other".to_owned(), json!({"deep": [1, "x"]}));
                    }
                }
                Value::Object(members)
            }
        }
    }
}

const ACTIONS: [&str; 7] = [
    "{ keep: { subtree: true } }",
    "{ pseudonymize: { key: people, epoch: none } }",
    "{ mask: {} }",
    "{ generalize: { bucket: 10 }, on_error: drop_field }",
    "{ generalize: { date: year }, on_error: { replace: 7 } }",
    "{ replace: { with: gone } }",
    "{ as: { one: { keep: { subtree: true } }, two: { replace: { with: 1 } } } }",
];

/// Records that left of one made-up schema, and how many of its fields nothing was said of.
fn tried(seed: u64) -> usize {
    let mut made = Made {
        dice: Dice::new(seed),
        definitions: Map::new(),
        paths: BTreeSet::new(),
    };
    let mut schema = made.object("", 0);
    schema["definitions"] = Value::Object(made.definitions.clone());
    let mut fields = String::new();
    let paths: Vec<String> = made.paths.iter().cloned().collect();
    let mut named: Vec<&str> = Vec::new();
    for path in &paths {
        let is_inside = |other: &&str| {
            path.starts_with(&format!("{other}.")) || path.starts_with(&format!("{other}["))
        };
        if made.dice.below(3) == 0 || named.iter().any(is_inside) {
            continue;
        }
        named.push(path);
        let action = match path.ends_with(']') {
            true => ACTIONS[made.dice.below(6)],
            false => ACTIONS[made.dice.below(7)],
        };
        writeln!(fields, "      \"{path}\": {action}").expect("a text takes all");
    }
    if made.dice.below(3) == 0 {
        fields.push_str("      \"**.other\": drop\n");
    }
    let text = schema.to_string();
    let plan = match plan(&fields, &text) {
        Ok(plan) => plan,
        // An action that does not take what stands there, or a policy that says twice
        // what becomes of a place.
        Err(_) => return 0,
    };
    let records: Vec<Value> = (0..6).map(|_| made.value(&schema)).collect();
    judged(&plan, &schema, &records, &format!("seed {seed}: {fields}"))
}

#[test]
fn what_leaves_of_records_that_keep_to_their_schema_keeps_to_what_is_derived() {
    let judged: usize = (1..300).map(tried).sum();
    assert!(judged > 300, "{judged}");
}
