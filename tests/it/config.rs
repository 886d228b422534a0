//! The examples in `config/`: each policy is free of findings that change the
//! exit code, passes its own tests, and sanitizes its sample events, of which
//! some are wrong on purpose.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use tempfile::TempDir;
use veilstream::action::{TableError, TableName, TableSource};
use veilstream::keys::TestKeys;
use veilstream::language::finding::Severity;
use veilstream::policy::{Compiled, PolicyFile, compile};
use veilstream::trial;

/// One example and what its sample comes to.
struct Example {
    name: &'static str,
    /// A file beside it says what people decided (`NAME.consent.ndjson`).
    decides: bool,
    /// Lines are whole records, with key, headers and timestamp.
    envelope: bool,
    /// Lines per output topic.
    outputs: &'static [(&'static str, usize)],
    /// Reasons, in the order of the lines.
    quarantined: &'static [&'static str],
    /// Clear values of the sample that may be nowhere in what was written; too long
    /// or too odd to stand in a pseudonym or ciphertext by chance.
    clear: &'static [&'static str],
}

const EXAMPLES: [Example; 17] = [
    Example {
        name: "minimal",
        decides: false,
        envelope: false,
        outputs: &[("signups.clean", 5)],
        quarantined: &["bad_identifier", "bad_time"],
        clear: &[
            "jane.doe",
            "Jane Doe",
            "li.wei",
            "Li Wei",
            "+1 555",
            "1984-05-17",
            "203.0.113.7",
            "::9",
            "otto@",
        ],
    },
    Example {
        name: "access-log",
        decides: false,
        envelope: false,
        outputs: &[("web.access.clean", 6)],
        quarantined: &["not_utf8"],
        clear: &[
            "203.0.113.7",
            "198.51.100",
            "2001:db8",
            "jane.doe",
            "4111 1111",
            "+49 151",
            "s3ss10n",
            "bWUgYW5k",
        ],
    },
    Example {
        name: "signups-public",
        decides: false,
        envelope: false,
        // Of two records of one person one leaves, and none of nobody.
        outputs: &[("signups.public", 57)],
        quarantined: &["not_foreseen", "bad_time"],
        clear: &["example.com", "Doe", "203.0.113.99", "555-0100", "some day"],
    },
    Example {
        name: "web-stats",
        decides: false,
        envelope: false,
        // Of two days three cells each, and one of what was paid.
        outputs: &[("web.stats.people", 6), ("web.stats.revenue", 2)],
        quarantined: &["not_json", "not_foreseen"],
        clear: &["u-0", "example.com", "/pricing", "Jane", "\"page\":"],
    },
    Example {
        name: "shop",
        decides: true,
        envelope: false,
        outputs: &[("shop.web.analytics", 5), ("shop.web.fulfilment", 1)],
        quarantined: &["bad_identifier", "not_foreseen"],
        clear: &[
            "jane",
            "otto",
            "203.0.113.7",
            "8a2f6c1e",
            "o-9001",
            "Hauptstr",
            "nobody at all",
        ],
    },
    Example {
        name: "clinic",
        decides: true,
        envelope: false,
        outputs: &[("study17.vitals", 3), ("clinic.care", 7)],
        quarantined: &["not_foreseen", "bad_identifier"],
        clear: &[
            "P-1004",
            "1984-05-17",
            "1931",
            "Meier",
            "sleeps badly",
            "her sister",
            "A123456780",
            "blue pills",
            "form 17-02",
        ],
    },
    Example {
        name: "ads",
        decides: false,
        envelope: false,
        outputs: &[("ads.us.partner", 4), ("ads.eea.reach", 3)],
        quarantined: &["not_foreseen", "bad_time"],
        clear: &[
            "38400000-8cf0",
            "cdda802e",
            "7d1c5f0a",
            "jane",
            "Springfield",
            "com.example.diary",
            "203.0.113.7",
            "198.51.100.23",
            "CQdWToAQgYw8",
            "DBABBg",
        ],
    },
    Example {
        name: "web-events",
        decides: false,
        envelope: false,
        outputs: &[("web.events.analytics", 5), ("web.events.mail", 1)],
        quarantined: &["bad_identifier"],
        clear: &[
            "jane.doe",
            "@example.com",
            "1984-05-17",
            "203.0.113.7",
            "have been ill",
            "Blue mug",
            "otto at",
            "/reset",
            "Mozilla/5.0",
            "shop.example.com",
        ],
    },
    Example {
        name: "orders",
        decides: false,
        envelope: false,
        outputs: &[("shop.orders.analytics", 4), ("shop.orders.fulfilment", 4)],
        quarantined: &["wrong_type"],
        clear: &[
            "jane.doe",
            "Jane Doe",
            "Hauptstr. 5",
            "Rue du Lac",
            "1511 2345678",
            "668 18 00",
            "52.531677",
            "Mrs Smith",
            "Blue mug",
            "call me",
            "Marktplatz 1",
        ],
    },
    Example {
        name: "customers-cdc",
        decides: false,
        envelope: true,
        outputs: &[("crm.customers.clean", 5), ("crm.customers.mail", 4)],
        quarantined: &["not_foreseen"],
        clear: &[
            "jane@",
            "Jane Doe",
            "li.wei",
            "Li Wei",
            "1984-05-17",
            "otto at",
            "-3.50",
        ],
    },
    Example {
        name: "app-events",
        decides: false,
        envelope: false,
        outputs: &[("app.events.product", 9), ("app.events.recommendations", 3)],
        quarantined: &["not_foreseen"],
        clear: &[
            "jane@",
            "Jane Doe",
            "1984-05-17",
            "203.0.113.7",
            "left arm",
            "was stolen",
            "4111 1111",
            "/home/",
            "52.531677",
            "9.95",
        ],
    },
    Example {
        name: "ga4",
        decides: false,
        envelope: false,
        outputs: &[("ga4.events.clean", 3)],
        quarantined: &["bad_identifier"],
        clear: &[
            "Jane Doe",
            "jane@",
            "/p/4711",
            "1030955206",
            "usr_e0f9a201",
            "SM-A546B",
            "I am ill",
            "jane-doe",
            "javascript",
        ],
    },
    Example {
        name: "shopify",
        decides: false,
        envelope: false,
        outputs: &[("shopify.orders.clean", 2)],
        quarantined: &["not_foreseen"],
        clear: &[
            "jane@",
            "Jane",
            "Gartenweg",
            "50629",
            "BAG-17",
            "242.85",
            "Cj0KCQ5",
            "ring twice",
            "7000000407226",
            "2126267424865",
            "10115-1234",
        ],
    },
    Example {
        name: "otlp",
        decides: false,
        envelope: true,
        outputs: &[("otlp.spans.clean", 2)],
        quarantined: &["number_out_of_range", "not_foreseen", "wrong_type"],
        clear: &[
            "jane@",
            "account/4711",
            "s3cr3t",
            "usr_e0f9a201",
            "node-12",
            "447512f3d389c92c",
            "4111111111111111",
            "Gecko",
        ],
    },
    Example {
        name: "cloudevents",
        decides: false,
        envelope: true,
        outputs: &[("events.clean", 2)],
        quarantined: &["not_foreseen", "not_foreseen"],
        clear: &[
            "jane.doe",
            "Jane Doe",
            "Li Wei",
            "+1 555 0100",
            "otto@",
            "registry.example",
            "e-4711",
        ],
    },
    Example {
        name: "cloudevents-binary",
        decides: false,
        envelope: true,
        outputs: &[("signups.events.clean", 2)],
        quarantined: &["bad_frame", "wrong_type"],
        clear: &[
            "jane.doe",
            "Jane Doe",
            "Li Wei",
            "otto@",
            "registry.example",
            "e-4711",
        ],
    },
    Example {
        name: "snowplow",
        decides: false,
        envelope: false,
        outputs: &[("snowplow.events.clean", 2)],
        quarantined: &["not_json", "epoch_out_of_window", "not_foreseen"],
        clear: &[
            "jane-doe",
            "Jane Doe",
            "janedoe",
            "usr_e0f9a201",
            "203.0.113.7",
            "utm_content",
            "4F9C64C9",
            "jane-app",
        ],
    },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config")
}

/// The tables beside the policies.
struct Beside;

impl TableSource for Beside {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        fs::read(folder().join(name.as_str())).map_err(|_| TableError::Missing)
    }
}

fn compiled(name: &str) -> Compiled {
    let path = folder().join(name).with_extension("yaml");
    let text = fs::read_to_string(&path).expect("the example is there");
    // Allowances have dates; the examples are checked as of this day.
    let day = "2026-11-01T00:00:00Z".parse().expect("a time");
    compile(&PolicyFile { path, text }, &TestKeys, &Beside, day)
}

#[test]
fn every_policy_in_the_folder_is_tested_here() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned()))
        .filter(|name| name != "veil")
        .collect();
    let mut tested: Vec<&str> = EXAMPLES.iter().map(|e| e.name).collect();
    // Their samples are made of the tests of their own: they have no lines.
    tested.extend(OF_SCHEMAS);
    found.sort_unstable();
    tested.sort_unstable();
    assert_eq!(found, tested);
}

/// The examples that read Avro and Protobuf.
const OF_SCHEMAS: [&str; 3] = ["clicks", "clicks-by-id", "purchases"];

fn names() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|e| e.name).chain(OF_SCHEMAS)
}

#[test]
fn no_policy_has_an_error_or_a_warning() {
    for example in names() {
        let compiled = compiled(example);
        let findings: Vec<String> = compiled
            .findings
            .list()
            .iter()
            .filter(|f| f.severity > Severity::Note)
            .map(|f| format!("{} {}", f.code, f.message))
            .collect();
        assert_eq!(findings, Vec::<String>::new(), "{example}");
        assert!(compiled.plan.is_some(), "{example}");
    }
}

#[test]
fn every_policy_passes_its_own_tests() {
    for example in names() {
        let compiled = compiled(example);
        let plan = Arc::new(compiled.plan.expect("no errors"));
        let verdicts = trial::run(&plan, &compiled.tests);
        assert!(verdicts.len() >= 5, "{example}: too few tests");
        let failed: Vec<_> = verdicts
            .iter()
            .filter(|v| !v.differences.is_empty())
            .map(|v| (&v.name, &v.differences))
            .collect();
        assert!(failed.is_empty(), "{example}: {failed:#?}");
    }
}

#[test]
fn every_sample_runs_through_and_nothing_clear_comes_out() {
    let home = home();
    for example in &EXAMPLES {
        let (out, quarantine) = (home.path().join(example.name), quarantine(&home, example));
        fs::create_dir(&out).unwrap();
        let sample = home.path().join(example.name).with_extension("ndjson");
        let mut command = veil();
        command
            .args(["apply", "-p"])
            .arg(sample.with_extension("yaml"))
            .arg("--output-dir")
            .arg(&out)
            .arg("--quarantine")
            .arg(&quarantine)
            .stdin(File::open(&sample).unwrap());
        if example.envelope {
            command.arg("--envelope");
        }
        let ending = match example.name {
            "access-log" => "txt",
            _ => "ndjson",
        };
        if example.name == "web-stats" {
            command
                .args(["--begin-ledger", "--ledger"])
                .arg(home.path().join("spent.ndjson"));
        }
        if example.decides {
            command
                .arg("--consent")
                .arg(sample.with_extension("consent.ndjson"));
        }
        let done = command.output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{}: {said}", example.name);
        assert!(done.stdout.is_empty(), "{}", example.name);

        let mut written = said.clone();
        for (topic, lines) in example.outputs {
            let text = fs::read_to_string(out.join(format!("{topic}.{ending}"))).unwrap();
            assert_eq!(text.lines().count(), *lines, "{topic}: {text}");
            written += &text;
        }
        let sealed = fs::read_to_string(&quarantine).unwrap();
        let reasons: Vec<String> = sealed
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(
                    line["sealed"]
                        .as_str()
                        .unwrap()
                        .starts_with("veil1.quarantine:1.")
                );
                // What is sealed is letters by chance, names of people among them.
                written += &line
                    .to_string()
                    .replace(line["sealed"].as_str().unwrap(), "");
                line["reason"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(reasons, example.quarantined, "{}", example.name);
        let written = written.to_ascii_lowercase();
        for clear in example.clear {
            assert!(
                !written.contains(&clear.to_ascii_lowercase()),
                "{}: `{clear}` came out: {written}",
                example.name
            );
        }
    }
}

/// A folder with copies of all examples, and the keyring they refer to.
fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, home.path().join(path.file_name().unwrap())).unwrap();
    }
    let _ = fs::remove_file(home.path().join("keyring.json"));
    let made = veil()
        .args(["keys", "new", "--keyring"])
        .arg(home.path().join("keyring.json"))
        .args(["people", "contact", "crm-contact", "delivery", "state"])
        .args(["orders", "quarantine", "subjects", "noise"])
        .output()
        .unwrap();
    succeeded(&made);
    let _ = fs::remove_file(home.path().join("subjects.json"));
    let made = veil()
        .args(["keys", "new", "--keyring"])
        .arg(home.path().join("subjects.json"))
        .arg("subjects")
        .output()
        .unwrap();
    succeeded(&made);
    home
}

fn quarantine(home: &TempDir, example: &Example) -> PathBuf {
    home.path()
        .join(format!("{}.quarantine.ndjson", example.name))
}

fn veil() -> Command {
    Command::new(env!("CARGO_BIN_EXE_veil"))
}

fn succeeded(done: &Output) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}
