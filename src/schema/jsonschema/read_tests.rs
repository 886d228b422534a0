use super::*;
use crate::schema::jsonschema::place::{Fuel, Place, To};

fn schema(text: &str) -> Schema {
    Schema::read(text, &[]).expect("a schema")
}

/// The types at the end of a path of names; `[]`: elements, `*`: other members.
fn at(schema: &Schema, path: &str) -> Types {
    let mut fuel = Fuel::full();
    let steps = path.split('.').filter(|step| !step.is_empty());
    let place = steps.fold(schema.whole(), |place: Place, step| {
        let to = match step {
            "[]" => To::Element,
            "*" => To::Rest,
            name => To::Member(name),
        };
        schema.there(&place, to, &mut fuel)
    });
    assert!(!fuel.is_out());
    place.types
}

#[test]
fn types_are_those_that_all_that_is_said_leaves_open() {
    let schema = schema(
        r##"{"type":"object","additionalProperties":false,"required":["a"],"properties":{
          "a":{"type":"string"},
          "b":{"type":["null","integer"]},
          "c":{"oneOf":[{"type":"null"},{"type":"number"}]},
          "d":{"$ref":"#/$defs/d"},
          "e":{"enum":["x",1,null]},
          "f":{"const":true},
          "g":{"allOf":[{"type":["string","integer"]},{"type":["integer","array"]}]},
          "h":true, "i":false, "j":{"type":"strange"},
          "k":{"type":"array","items":{"type":"string"}},
          "l":{"type":"array","prefixItems":[{"type":"string"}]},
          "m":{"type":"array","items":[{"type":"string"}],"additionalItems":false},
          "n":{"type":"object","additionalProperties":{"type":"integer"},"patternProperties":{"^x":{"type":"string"}}},
          "o":{"$ref":"https://elsewhere.example/o.json"},
          "p":{"oneOf":[{"type":"null"},{"type":"object","properties":{"q":{"type":"string"}}}]},
          "r":{"oneOf":[{"properties":{"q":{"type":"string"}}},{"properties":{"s":{"type":"string"}}}]},
          "v":{"oneOf":[{"properties":{"x":{"type":"object","properties":{"y":{"type":"string"}}}}},{"type":"object"}]},
          "w":{"allOf":[{"properties":{"x":{"type":"object","properties":{"y":{"type":"string"}}}}},{"minProperties":1}]},
          "x":{"patternProperties":{"^x_":{"type":"object","properties":{"b":{"type":"string"}}}}},
          "y":{"patternProperties":{"^x_":{"properties":{"b":{"type":"string"}}}},"additionalProperties":{"properties":{"b":{"type":"null"}}}},
          "aa":{"if":true,"then":{"properties":{"x":{"type":"object","properties":{"y":{"type":"string"}}}}}},
          "t":{"if":{"type":"object"},"then":{"properties":{"u":{"type":"string"}}}}},
        "$defs":{"d":{"anyOf":[{"type":"boolean"},{"$ref":"#/properties/a"}]}}}"##,
    );
    let (null, text, integer) = (Types::NULL, Types::TEXT, Types::INTEGER);
    for (path, types) in [
        ("", Types::OBJECT),
        ("a", text),
        ("b", null.or(integer)),
        ("c", null.or(Types::NUMBER)),
        ("d", Types::BOOL.or(text)),
        ("e", null.or(integer).or(text)),
        ("f", Types::BOOL),
        ("g", integer),
        ("h", Types::ALL),
        ("i", Types::NONE),
        ("j", Types::ALL),
        ("k.[]", text),
        ("l.[]", Types::ALL),
        ("m.[]", text),
        ("n.any", integer.or(text)),
        ("n.*", integer.or(text)),
        ("o", Types::ALL),
        ("o.deeper", Types::ALL),
        ("p.q", text),
        // A record of the other branch may have it too, and nothing says what it is then.
        ("r.q", Types::ALL),
        ("v.x", Types::ALL),
        ("v.x.y", Types::ALL),
        ("w.x.y", Types::TEXT),
        ("t.u", Types::ALL),
        ("x.a", Types::ALL),
        ("x.a.b", Types::ALL),
        ("y.a.b", null.or(text)),
        ("aa.x", Types::ALL),
        ("aa.x.y", Types::ALL),
        ("z", Types::NONE),
        ("*", Types::NONE),
    ] {
        assert_eq!(at(&schema, path), types, "{path}");
    }
}

#[test]
fn references_lead_by_pointer_anchor_and_name() {
    let text = r##"{"$id":"https://e.example/root.json","properties":{
          "a":{"$ref":"#here"}, "b":{"$ref":"other.json"}, "c":{"$ref":"other.json#/definitions/d~1e"},
          "d":{"$ref":"https://e.example/inner.json#/properties/x"}, "e":{"$ref":"#/properties/a"},
          "f":{"$ref":"https://e.example/root.json#/properties/g"}, "g":{"type":"null"},
          "k":{"$ref":"#/$defs/with%20space%7e1"}, "l":{"$ref":"#/$defs/with%2"},
          "h":{"$ref":"#nowhere"}, "i":{"$ref":"#/a/b"}, "j":{"$ref":"inside"}},
        "$defs":{"one":{"$anchor":"here","type":"string"},
          "two":{"$id":"https://e.example/inner.json","properties":{"x":{"$ref":"#/$defs/y"}},"$defs":{"y":{"type":"boolean"}}},
          "with space/":{"type":"array"},
          "three":{"const":{"$id":"inside","type":"null"}}}}"##;
    let other = r##"{"type":"array","definitions":{"d/e":{"$ref":"#/definitions/f"},"f":{"type":"integer"}}}"##;
    let schema = Schema::read(text, &[("other.json", other)]).expect("a schema");
    let nowhere = ["#/$defs/with%2", "#/a/b", "#nowhere", "inside"];
    assert_eq!(schema.nowhere(), nowhere.map(Box::from));
    for (path, types) in [
        ("a", Types::TEXT),
        ("b", Types::ARRAY),
        ("c", Types::INTEGER),
        ("d", Types::BOOL),
        ("e", Types::TEXT),
        ("f", Types::NULL),
        ("k", Types::ARRAY),
        ("l", Types::ALL),
        ("h", Types::ALL),
        ("i", Types::ALL),
        ("j", Types::ALL),
    ] {
        assert_eq!(at(&schema, path), types, "{path}");
    }
}

#[test]
fn what_stands_beside_a_reference_holds_in_newer_drafts_alone() {
    let text = |draft: &str| {
        format!(
            r##"{{"$schema":"{draft}","properties":{{"a":{{"$ref":"#/definitions/b","type":"integer"}}}},"definitions":{{"b":{{"type":["integer","string"]}}}}}}"##
        )
    };
    let both = Types::INTEGER.or(Types::TEXT);
    for (draft, types) in [
        ("http://json-schema.org/draft-07/schema#", both),
        (
            "https://json-schema.org/draft/2019-09/schema",
            Types::INTEGER,
        ),
        (
            "https://json-schema.org/draft/2020-12/schema",
            Types::INTEGER,
        ),
    ] {
        assert_eq!(at(&schema(&text(draft)), "a"), types, "{draft}");
    }
}

#[test]
fn circles_come_to_an_end_and_say_nothing() {
    let schema = schema(
        r##"{"properties":{"a":{"$ref":"#/definitions/a"},"b":{"$ref":"#/definitions/c"}},
          "definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"},
            "c":{"anyOf":[{"$ref":"#/definitions/c"},{"type":"object","properties":{"d":{"type":"null"}}}]}}}"##,
    );
    assert_eq!(at(&schema, "a"), Types::ALL);
    assert_eq!(at(&schema, "a.x"), Types::ALL);
    assert_eq!(at(&schema, "b.d"), Types::ALL);
}

#[test]
fn of_more_branches_than_are_looked_at_nothing_is_said() {
    let branch = |n: usize| {
        format!(
            r#"{{"properties":{{"a":{{"title":"{n}","properties":{{"b":{{"type":"null"}}}}}}}}}}"#
        )
    };
    let schema_of = |count: usize| {
        let all: Vec<String> = (0..count).map(branch).collect();
        schema(&format!(r#"{{"anyOf":[{}]}}"#, all.join(",")))
    };
    assert_eq!(at(&schema_of(200), "a.b"), Types::NULL);
    assert_eq!(at(&schema_of(300), "a.b"), Types::ALL);
    assert_eq!(at(&schema_of(5_000), "a.b"), Types::ALL);
}

#[test]
fn what_is_no_schema_is_refused() {
    let refused = |text: &str| Schema::read(text, &[]).err();
    assert!(matches!(refused("{"), Some(Unusable::NotJson(_))));
    assert_eq!(refused("7"), Some(Unusable::NoSchema));
    assert_eq!(refused("[]"), Some(Unusable::NoSchema));
    assert_eq!(refused(r#"{"type":"record"}"#), Some(Unusable::OfAvro));
    assert!(Schema::read("true", &[]).is_ok());
    let broken = Schema::read("{}", &[("other", "}")]).err();
    assert!(matches!(&broken, Some(Unusable::Other { name, .. }) if name == "other"));
    let said = broken.map(|broken| broken.to_string()).unwrap_or_default();
    assert!(said.starts_with("`other`"), "{said}");
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(BYTES_MAX));
    assert!(matches!(refused(&long), Some(Unusable::NotJson(_))));
    let many = vec!["{}"; NODES_MAX].join(",");
    assert_eq!(
        refused(&format!("{{\"allOf\":[{many}]}}")),
        Some(Unusable::TooLarge)
    );
    let deep = format!("{}{{}}{}", "{\"not\":".repeat(100), "}".repeat(100));
    assert!(matches!(refused(&deep), Some(Unusable::NotJson(_))));
}
