//! What the README shows of a schema registry, run as it stands there: its policy, its
//! settings, its commands.

use serde_json::{Value, json};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::registry_run::{long, register, some, text};
use super::stage::SETTLE;

const README: &str = include_str!("../../../README.md");
const POLICY: &str = include_str!("../../../config/clicks-by-id.yaml");
const SCHEMA: &str = include_str!("../../../config/clicks.avsc");
/// Where the registry answers, as the README has it.
const SHOWN: &str = "http://localhost:8081";

/// The block of that language in what it says of registries.
fn shown(language: &str) -> &'static str {
    let (_, said) = README
        .split_once("**Avro behind a schema registry.**")
        .expect("it is there");
    let (_, block) = said
        .split_once(&format!("```{language}\n"))
        .expect("it has such a block");
    block.split_once("```").expect("it ends").0
}

/// A click by `config/clicks.avsc`, with a mark where nothing may leave, and an id in front.
fn click(id: u32, n: i64) -> Outgoing {
    let null = || long(0);
    let value = [
        vec![0],
        id.to_be_bytes().to_vec(),
        some(text("pageView")),
        long(1_772_361_727_123 + n),
        some(text(&format!("{MARK}{n}"))),
        null(),
        some(text(&format!("https://shop.example.com/{MARK}"))),
        null(),
        some(text(MARK)),
        null(),
        null(),
        vec![1],
    ];
    Outgoing {
        value: Some(value.concat()),
        ..Outgoing::default()
    }
}

#[test]
fn what_the_readme_shows_of_a_registry_runs() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let [raw, clean, quarantine] =
        ["raw", "clean", "quarantine"].map(|topic| format!("web.clicks.{topic}"));
    for topic in [&raw, &clean, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    let home = Home::new(POLICY);
    let config = home.path().join("config");
    std::fs::create_dir(&config).expect("a folder");
    let settings = shown("yaml")
        .replace("localhost:9092", &cluster.bootstrap())
        .replace(SHOWN, &registry.url());
    for (name, text) in [("clicks-by-id.yaml", POLICY), ("clicks.avsc", SCHEMA)] {
        std::fs::write(config.join(name), text).expect("written");
    }
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    std::fs::rename(
        home.path().join("keyring.json"),
        config.join("keyring.json"),
    )
    .expect("it lies beside the policy");

    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let id = register(&registry, &format!("{raw}-value"), &schema);
    kafka::produce(cluster, &raw, (0..20).map(|n| click(id, n)));

    let (check, run) = shown("sh").split_once('\n').expect("two commands");
    let check = check.replace(SHOWN, &registry.url());
    let words: Vec<&str> = check.split_whitespace().skip(1).collect();
    let checked = home.command().args(words).output().expect("veil runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(0), "{said}");

    let veil = Veil::as_shown(&home, cluster, run);
    kafka::settled(cluster, "veil-clicks-by-id", &raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    assert!(read_all(cluster, &quarantine, Isolation::Committed).is_empty());
    let left = read_all(cluster, &clean, Isolation::Committed);
    assert_eq!(left.len(), 20);
    let subject = format!("/subjects/{clean}-value/versions/latest");
    let (status, said) = registry.ask("GET", &subject, "").expect("it answers");
    assert_eq!(status, 200, "{said}");
    let registered: Value = serde_json::from_str(&said).expect("JSON");
    let derived = registered["schema"].as_str().expect("a schema");
    let derived: Value = serde_json::from_str(derived).expect("JSON");
    let fields = derived["fields"].as_array().expect("fields");
    let names: Vec<&Value> = fields.iter().map(|field| &field["name"]).collect();
    assert_eq!(json!(names), json!(["eventType", "timestamp", "partyId"]));
    let known = registered["id"].as_u64().expect("an id") as u32;
    let head = [
        vec![0],
        known.to_be_bytes().to_vec(),
        some(text("pageView")),
    ]
    .concat();
    for row in left {
        let value = row.value.expect("no tombstones here");
        assert!(value.starts_with(&head), "{value:?}");
        let holds = |of: &[u8]| value.windows(of.len()).any(|window| window == of);
        assert!(
            !holds(MARK.as_bytes()) && !holds(b"shop.example"),
            "a clear value left"
        );
    }
}
