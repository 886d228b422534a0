//! `veil describe`: what it writes for other programs, held against what those
//! publish of it, and against what really leaves.

use crate::cli::Home;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const EXAMPLES: [&str; 5] = [
    "minimal",
    "web-events",
    "app-events",
    "customers-cdc",
    "orders",
];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn policy(name: &str) -> PathBuf {
    top().join(format!("config/{name}.yaml"))
}

fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(top().join("tests/schemas").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn describe(name: &str, args: &[&str]) -> String {
    let path = policy(name);
    let mut all = vec!["describe", "-p", path.to_str().unwrap()];
    all.extend(args);
    let ran = Home::empty().veil(&all);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{all:?}: {ran:?}");
    ran.out
}

/// What a reader of YAML makes of it, by a parser that knows nothing of the writer.
fn from_yaml(text: &str) -> Value {
    let events: Vec<Event<'_>> = Parser::new_from_str(text)
        .map(|event| event.unwrap_or_else(|e| panic!("{e}\n{text}")).0)
        .collect();
    let mut events = events.into_iter().filter(|event| {
        !matches!(
            event,
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_)
        )
    });
    let first = events.next().expect("a document holds a value");
    value(first, &mut events)
}

fn value<'e>(event: Event<'e>, rest: &mut impl Iterator<Item = Event<'e>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => {
            serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
        }
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            loop {
                match rest.next().expect("a list ends") {
                    Event::SequenceEnd => return Value::Array(list),
                    item => list.push(value(item, rest)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            loop {
                let name = match rest.next().expect("a mapping ends") {
                    Event::MappingEnd => return Value::Object(members),
                    Event::Scalar(name, ..) => name.into_owned(),
                    other => panic!("a name is no {other:?}"),
                };
                let of_it = rest.next().expect("a name has a value");
                let of_it = value(of_it, rest);
                assert!(members.insert(name, of_it).is_none(), "a name twice");
            }
        }
        other => panic!("{other:?} is no value"),
    }
}

fn holds(validator: &jsonschema::Validator, value: &Value, what: &str) {
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}

fn topics(name: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(&describe(name, &["--format", "json"])).unwrap();
    let all = all.as_array().unwrap();
    all.iter()
        .map(|o| o["topic"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn contracts_hold_to_the_open_data_contract_standard() {
    let odcs = schema("odcs-3.1.0.json");
    for name in EXAMPLES {
        for topic in topics(name) {
            for broker in [&[][..], &["--broker", "kafka.example:9092"]] {
                let args = [&["--output", &topic, "--format", "odcs"], broker].concat();
                let contract = from_yaml(&describe(name, &args));
                holds(&odcs, &contract, &topic);
                assert_eq!(contract["schema"][0]["physicalName"], *topic);
                assert_eq!(contract["servers"].is_array(), !broker.is_empty());
            }
        }
    }
}

#[test]
fn sources_hold_to_the_schema_of_dbt() {
    let dbt = schema("dbt-properties-0.0.110.json");
    for name in EXAMPLES {
        let sources = from_yaml(&describe(name, &["--format", "dbt"]));
        holds(&dbt, &sources, name);
        let tables = sources["sources"][0]["tables"].as_array().unwrap();
        assert_eq!(tables.len(), topics(name).len());
        assert!(tables.iter().all(|t| t["columns"][0]["name"].is_string()));
    }
}

#[test]
fn datasets_hold_to_the_model_of_fideslang() {
    let fides = schema("fideslang-dataset-3.1.4.json");
    for name in EXAMPLES {
        let all = from_yaml(&describe(name, &["--format", "fides"]));
        for dataset in all["dataset"].as_array().unwrap() {
            holds(&fides, dataset, name);
            let key = dataset["fides_key"].as_str().unwrap();
            assert!(
                key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
                "{key}"
            );
        }
    }
}

/// What OpenLineage's own client would take for a job event and its facets.
#[test]
fn events_hold_to_the_model_of_openlineage() {
    let text = std::fs::read_to_string(top().join("tests/schemas/openlineage-1.54.0.json"));
    let model: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let of = |class: &str| {
        let mut model = model.clone();
        model["$ref"] = format!("#/$defs/{class}").into();
        jsonschema::validator_for(&model).unwrap()
    };
    let event_model = of("JobEvent");
    let facets = [
        ("schema", of("SchemaDatasetFacet")),
        ("columnLineage", of("ColumnLineageDatasetFacet")),
    ];
    for name in EXAMPLES {
        for broker in [&[][..], &["--broker", "kafka.example:9092"]] {
            let args = [&["--format", "openlineage"], broker].concat();
            let mut event: Value = serde_json::from_str(&describe(name, &args)).unwrap();
            holds(&event_model, &event, name);
            for output in event["outputs"].as_array().unwrap() {
                for (facet, model) in &facets {
                    let own = &output["facets"][*facet];
                    holds(model, own, name);
                    // Its members are known to the model by these names.
                    let known = ["_producer", "_schemaURL", "fields"];
                    let mut members = own.as_object().unwrap().keys();
                    assert!(members.all(|m| known.contains(&&**m)), "{own}");
                }
            }
            // It says something.
            event["outputs"][0]["name"] = 1.into();
            assert!(!event_model.is_valid(&event));
        }
    }
}

/// The specification's rules, spelled out: its schema is in no package.
#[test]
fn an_event_of_openlineage_has_what_its_specification_asks_for() {
    for name in EXAMPLES {
        let args = ["--format", "openlineage", "--broker", "kafka.example:9092"];
        let event: Value = serde_json::from_str(&describe(name, &args)).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let time: jiff::Timestamp = text(&event["eventTime"]).parse().unwrap();
        assert!(time > "2026-01-01T00:00:00Z".parse().unwrap());
        assert!(text(&event["producer"]).starts_with("urn:veilstream:"));
        assert!(text(&event["schemaURL"]).ends_with("#/$defs/JobEvent"));
        assert!(!text(&event["job"]["namespace"]).is_empty());
        assert!(!text(&event["job"]["name"]).is_empty());
        let inputs = event["inputs"].as_array().unwrap();
        let outputs = event["outputs"].as_array().unwrap();
        assert_eq!(outputs.len(), topics(name).len());
        for dataset in inputs.iter().chain(outputs) {
            assert_eq!(text(&dataset["namespace"]), "kafka://kafka.example:9092");
            assert!(!text(&dataset["name"]).is_empty());
        }
        for output in outputs {
            for facet in ["schema", "columnLineage"] {
                let facet = &output["facets"][facet];
                assert!(!text(&facet["_producer"]).is_empty());
                assert!(
                    text(&facet["_schemaURL"]).starts_with("https://openlineage.io/spec/facets/")
                );
            }
            let fields = output["facets"]["columnLineage"]["fields"]
                .as_object()
                .unwrap();
            assert!(!fields.is_empty());
            for input in fields
                .values()
                .flat_map(|f| f["inputFields"].as_array().unwrap())
            {
                assert!(inputs.iter().any(|i| i["name"] == input["name"]));
                assert!(!text(&input["namespace"]).is_empty() && !text(&input["field"]).is_empty());
                let made = &input["transformations"][0];
                assert_eq!(text(&made["type"]), "DIRECT");
                assert!(made["masking"].is_boolean());
                assert!(["IDENTITY", "TRANSFORMATION"].contains(&&*text(&made["subtype"])));
            }
        }
    }
}

/// The schema that is promised to readers, held against every record that leaves.
#[test]
fn what_leaves_is_what_its_json_schema_says() {
    for name in EXAMPLES {
        let home = Home::empty();
        home.write(
            "policy.yaml",
            std::fs::read_to_string(policy(name)).unwrap(),
        );
        home.make_keys();
        let more = [
            "keys",
            "new",
            "--keyring",
            "keyring.json",
            "crm-contact",
            "delivery",
        ];
        assert_eq!(home.veil(&more).code, 0);
        let envelope: &[&str] = match name {
            "customers-cdc" => &["--envelope"],
            _ => &[],
        };
        let input = top().join(format!("config/{name}.ndjson"));
        let mut args = vec!["apply", "-p", "policy.yaml", "--output-dir", "out", "-q"];
        args.extend(envelope);
        args.push(input.to_str().unwrap());
        let ran = home.veil(&args);
        assert!([0, 2].contains(&ran.code), "{name}: {ran:?}");
        let mut records = 0;
        for topic in topics(name) {
            let promised = describe(name, &["--output", &topic, "--format", "jsonschema"]);
            let promised: Value = serde_json::from_str(&promised).unwrap();
            jsonschema::meta::validate(&promised).unwrap_or_else(|e| panic!("{topic}: {e}"));
            let promised = jsonschema::validator_for(&promised).unwrap();
            for line in home.read(&format!("out/{topic}.ndjson")).lines() {
                let mut value: Value = serde_json::from_str(line).unwrap();
                if !envelope.is_empty() {
                    value = value["value"].take();
                }
                if !value.is_null() {
                    holds(&promised, &value, line);
                    records += 1;
                }
                // It says something: a member that is not named does not hold.
                let Value::Object(members) = &mut value else {
                    continue;
                };
                members.insert("unnamed".into(), Value::Null);
                assert!(!promised.is_valid(&value), "{topic}");
            }
        }
        assert!(records > 0, "{name}");
    }
}

#[test]
fn an_output_that_is_not_there_and_a_form_for_one_are_64() {
    let path = policy("web-events");
    let path = path.to_str().unwrap();
    let home = Home::empty();
    let ran = home.veil(&["describe", "-p", path, "--output", "web.events.analytic"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.err.contains("web.events.analytics"), "{ran:?}");
    let ran = home.veil(&["describe", "-p", path, "--format", "odcs"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.err.contains("--output"), "{ran:?}");
    let ran = home.veil(&["describe", "-p", "nowhere.yaml"]);
    assert_eq!(ran.code, 66, "{ran:?}");
    home.write("broken.yaml", "kind: Policy\n");
    let ran = home.veil(&["describe", "-p", "broken.yaml"]);
    assert_eq!(ran.code, 78, "{ran:?}");
}

#[test]
fn a_stranger_finds_the_answers_on_the_page() {
    let text = describe(
        "web-events",
        &["--format", "md", "--output", "web.events.analytics"],
    );
    for answer in [
        "rounded down to a multiple of 10",
        "consent for `Analytics` must be granted",
        "SELECT MAX(n) AS at_least, SUM(n) AS at_most",
        "not stated in the policy",
        "the same in every output of domain `web-analytics`",
    ] {
        assert!(text.contains(answer), "{answer}\n{text}");
    }
}
