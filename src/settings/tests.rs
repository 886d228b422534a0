use super::memory::MEMORY_DEFAULT_BYTES;
use super::*;
use crate::schema::registry::{Auth, Rules};

fn surroundings(environment: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        environment: environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        cgroup: None,
    }
}

fn load(
    file: Option<(&str, &str)>,
    environment: &[(&str, &str)],
    flags: Vec<Layer>,
) -> Result<Settings, Vec<SettingsError>> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = file.map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the file can be written");
        std::fs::write(folder.path().join("password"), "hunter2\n").expect("as above");
        path
    });
    Settings::load(path.as_deref(), flags, &surroundings(environment))
}

const BROKERS: (&str, &str) = ("veil.yaml", "kafka: { brokers: [\"a:1\", \"b:2\"] }\n");

fn only_error(result: Result<Settings, Vec<SettingsError>>) -> SettingsError {
    let mut errors = result.expect_err("a mistake was planted");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

#[test]
fn defaults_hold_when_nothing_but_brokers_is_said() {
    let s = load(Some(BROKERS), &[], vec![]).unwrap();
    assert_eq!(s.brokers, ["a:1", "b:2"]);
    assert_eq!(s.group, None);
    assert_eq!(s.http.to_string(), "127.0.0.1:9464");
    assert_eq!(s.memory_bytes, MEMORY_DEFAULT_BYTES);
    assert_eq!(s.limits, Limits::default());
    assert_eq!(s.workers, None);
    assert_eq!(s.latency, Duration::from_millis(250));
    assert_eq!(s.drain_deadline, Duration::from_millis(5_000));
}

#[test]
fn a_variable_with_an_underscore_too_few_is_refused_and_others_are_left_alone() {
    for (name, meant) in [
        ("VEIL_LATENCY_MS", "VEIL__LATENCY_MS"),
        ("VEIL_COMMIT_RECORDS_MAX", "VEIL__COMMIT__RECORDS_MAX"),
        ("VEIL_KAFKA__GROUP", "VEIL__KAFKA__GROUP"),
        (
            "VEIL_KAFKA_PROPERTIES_LINGER_MS",
            "VEIL__KAFKA__PROPERTIES__LINGER_MS",
        ),
    ] {
        let error = only_error(load(Some(BROKERS), &[(name, "hunter2")], vec![]));
        assert_eq!(error.source_name, format!("environment variable {name}"));
        assert_eq!(error.help, format!("write `{meant}`"));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let others = [
        ("VEIL_PASSPHRASE_FILE", "x"),
        ("VEIL_AUDIT", "x"),
        ("VEIL_PORT", "tcp://10.0.0.1:9464"),
        ("VEIL_SERVICE_HOST", "10.0.0.1"),
        ("VEIL_HTTP_PORT", "tcp://10.0.0.1:80"),
        ("OTHER_LATENCY_MS", "1"),
    ];
    assert!(load(Some(BROKERS), &others, vec![]).is_ok());
}

#[test]
fn environment_overrides_the_file_and_flags_override_both() {
    let file = (
        "veil.yaml",
        "kafka: { brokers: a:1, group: file }\nworkers: 3\n",
    );
    let environment = [
        ("VEIL__KAFKA__GROUP", "env"),
        ("VEIL__WORKERS", "4"),
        ("VEIL__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL"),
        ("VEIL_PASSPHRASE_FILE", "not a setting"),
        ("HOME", "/"),
    ];
    let s = load(Some(file), &environment, vec![]).unwrap();
    assert_eq!((s.group.as_deref(), s.workers), (Some("env"), Some(4)));
    assert_eq!(s.properties.value("security.protocol"), Some("SSL"));
    let flags = vec![
        Layer::flag("--group", "kafka.group", "flag"),
        Layer::property("bootstrap.servers", "c:3,d:4"),
    ];
    let s = load(Some(file), &environment, flags).unwrap();
    assert_eq!(s.group.as_deref(), Some("flag"));
    assert_eq!(s.brokers, ["c:3", "d:4"]);
}

#[test]
fn an_unknown_key_names_its_source_and_the_nearest_known_one() {
    let file = (
        "veil.yaml",
        "kafka: { brokers: a:1 }\ncommit: { record_max: 5 }\n",
    );
    let error = only_error(load(Some(file), &[], vec![]));
    assert!(error.source_name.ends_with("veil.yaml:2"), "{error}");
    assert_eq!(error.message, "unknown setting `commit.record_max`");
    assert_eq!(error.help, "did you mean `commit.records_max`?");

    let error = only_error(load(Some(BROKERS), &[("VEIL__WORKER", "3")], vec![]));
    assert_eq!(error.source_name, "environment variable VEIL__WORKER");
    assert_eq!(error.help, "did you mean `workers`?");
}

#[test]
fn what_is_near_no_setting_is_not_repeated() {
    for (text, shown) in [
        ("kafka: { brokers: a:1, hunter2correct: 1 }\n", "`kafka.…`"),
        (
            "kafka: { brokers: a:1, group: { hunter2: x } }\n",
            "`kafka.…`",
        ),
        (
            "kafka: { brokers: a:1 }\ncommit: { hunter2 }\n",
            "`commit.…`",
        ),
        ("kafka: { brokers: a:1 }\nhunter2: { a: { b: 1 } }\n", "`…`"),
    ] {
        let error = only_error(load(Some(("veil.yaml", text)), &[], vec![]));
        assert_eq!(error.message, format!("unknown setting {shown}"));
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_removed_setting_names_its_successor() {
    for name in ["veil.yaml", "veil.toml", "veil.json"] {
        let text = match name {
            "veil.yaml" => "kafka: { brokers: a:1 }\ncommit:\n  interval_ms: 50\n",
            "veil.toml" => "kafka.brokers = \"a:1\"\n[commit]\ninterval_ms = 50\n",
            _ => "{ \"kafka\": { \"brokers\": \"a:1\" },\n \"commit\":\n {\"interval_ms\": 50}}",
        };
        let error = only_error(load(Some((name, text)), &[], vec![]));
        assert!(error.source_name.ends_with(&format!("{name}:3")), "{error}");
        assert_eq!(error.message, "the setting `commit.interval_ms` is gone");
        let successor = error.help.split('`').nth(1).expect("one is named");
        assert!(KEYS.iter().any(|key| key.name == successor), "{error:?}");
    }
    for (gone, _) in keys::REMOVED {
        assert!(KEYS.iter().all(|key| key.name != *gone), "{gone}");
    }
}

#[test]
fn a_file_that_is_not_there_is_one_mistake_with_what_to_do() {
    let nowhere = Path::new("/nowhere/veil.yaml");
    let error = only_error(Settings::load(Some(nowhere), vec![], &surroundings(&[])));
    assert!(error.message.starts_with("cannot read the settings"));
    assert!(!error.help.is_empty());
}

#[test]
fn every_mistake_is_reported_and_none_shows_a_value() {
    let file = (
        "veil.toml",
        "workers = \"hunter2\"\nmemory = \"hunter2\"\nhttp = \"hunter2\"\ndelivery = \"hunter2\"\n\
         hunters = 2\n[kafka]\nbrokers = []\ngroup = \"hunter2 !\"\n[kafka.properties]\n\
         \"sasl.password\" = \"hunter2\"\n\"enable.auto.commit\" = true\n[limits]\ndepth_max = 0\n",
    );
    let errors = load(Some(file), &[], vec![]).expect_err("mistakes were planted");
    assert_eq!(errors.len(), 10, "{errors:#?}");
    let own = errors
        .iter()
        .filter(|e| !e.message.contains("enable.auto.commit"));
    for error in own {
        assert!(!error.help.is_empty(), "{error:?}");
    }
    let placed = errors.iter().filter(|e| e.source_name.contains(".toml:"));
    assert_eq!(placed.count(), 10, "{errors:#?}");
    assert!(!format!("{errors:?}").contains("hunter2"));
}

#[test]
fn a_length_of_time_has_a_unit_and_a_range() {
    let with = |text: &str| {
        let text = format!("kafka: {{ brokers: a:1 }}\n{text}");
        load(Some(("veil.yaml", &text)), &[], vec![])
    };
    let of = |text: &str| with(text).expect("no mistake").rollout_max;
    assert_eq!(of(""), Duration::from_secs(600));
    assert_eq!(of("rollout_max: 90s\n"), Duration::from_secs(90));
    assert_eq!(of("rollout_max: 1w\n"), Duration::from_secs(604_800));
    for text in ["600", "0s", "999ms", "8d", "1.5h", "soon", "[1m]"] {
        let error = only_error(with(&format!("rollout_max: {text}\n")));
        assert!(error.message.contains("`rollout_max`"), "{text}: {error}");
    }
    let window = |text: &str| with(text).expect("no mistake").risk_window;
    assert_eq!(window(""), None);
    let day = Duration::from_secs(86_400);
    assert_eq!(window("risk: { window: 1d }\n"), Some(day));
    let error = only_error(with("risk: { window: 32d }\n"));
    assert!(error.message.contains("`risk.window`"), "{error}");
    let from_environment = load(Some(BROKERS), &[("VEIL__ROLLOUT_MAX", "1h")], vec![]);
    let shown = from_environment.expect("no mistake").show("veil-shop");
    let line = shown.lines().find(|l| l.starts_with("rollout_max"));
    let line = line.expect("it is shown");
    assert!(
        line.contains("1h") && line.contains("VEIL__ROLLOUT_MAX"),
        "{line}"
    );
}

#[test]
fn at_least_once_is_a_choice_that_nobody_makes_by_mistake() {
    let with = |delivery: &str| {
        let text = format!("kafka: {{ brokers: a:1 }}\n{delivery}");
        load(Some(("veil.yaml", &text)), &[], vec![])
    };
    let default = with("").expect("no mistake").delivery;
    assert_eq!(default, Delivery::ExactlyOnce);
    let chosen = with("delivery: at_least_once\n")
        .expect("no mistake")
        .delivery;
    assert_eq!(chosen, Delivery::AtLeastOnce);
    let error = only_error(with("delivery: at_most_once\n"));
    assert_eq!(
        error.message,
        "`delivery` must be one of exactly_once, at_least_once"
    );
}

#[test]
fn unnamed_members_are_listed_unless_that_is_turned_off() {
    let with = |unnamed: &str| {
        let text = format!("kafka: {{ brokers: a:1 }}\n{unnamed}");
        load(Some(("veil.yaml", &text)), &[], vec![])
    };
    for (written, expected) in [
        ("", true),
        ("unnamed: on\n", true),
        ("unnamed: off\n", false),
    ] {
        assert_eq!(with(written).expect("no mistake").unnamed, expected);
    }
    let error = only_error(with("unnamed: maybe\n"));
    assert_eq!(error.message, "`unnamed` must be one of on, off");
}

#[test]
fn secrets_come_from_files_beside_the_settings_and_are_redacted_when_shown() {
    let file = (
        "veil.yaml",
        "kafka: { brokers: a:1, properties: { sasl.username: veil, sasl.password: file:password } }\n",
    );
    let s = load(Some(file), &[], vec![]).unwrap();
    assert_eq!(s.properties.value("sasl.password"), Some("hunter2"));
    assert!(!format!("{s:?}").contains("hunter2"));
    let shown = s.show("veil-shop");
    assert!(!shown.contains("hunter2"));
    assert!(shown.contains("(secret, from file:password)"));
    assert!(shown.contains("sasl.username"));
}

#[test]
fn a_property_that_the_client_library_does_not_know_is_not_shown() {
    let file = (
        "veil.yaml",
        "kafka: { brokers: a:1, properties: { sasl.pasword: hunter2, linger.ms: 7 } }\n",
    );
    let shown = load(Some(file), &[], vec![]).unwrap().show("veil-shop");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("sasl.pasword") && shown.contains("(hidden"));
    assert!(
        shown
            .lines()
            .any(|l| l.contains("linger.ms") && l.contains('7'))
    );
}

#[test]
fn a_secret_on_the_command_line_is_refused_without_repeating_it() {
    let error = only_error(load(
        Some(BROKERS),
        &[],
        vec![Layer::property("ssl.key.password", "hunter2")],
    ));
    assert_eq!(error.source_name, "-X");
    assert!(error.help.contains("file:PATH"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_broken_file_is_named_with_its_place_and_nothing_of_its_text() {
    for (name, text) in [
        ("veil.yaml", "kafka: [hunter2\nx: }"),
        ("veil.toml", "workers = hunter2\n"),
        ("veil.json", "{\"workers\": hunter2}"),
    ] {
        let errors = load(Some((name, text)), &[], vec![]).expect_err("the file is broken");
        assert!(errors[0].message.starts_with("is not valid "), "{errors:?}");
        assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
    }
}

#[test]
fn the_budget_stays_below_its_share_of_the_cgroup() {
    let limit = |mib: u64| Surroundings {
        environment: Vec::new(),
        cgroup: Some(CgroupLimit {
            bytes: mib << 20,
            from: "memory.max".into(),
        }),
    };
    let with = |flags, s: &Surroundings| Settings::load(None, flags, s);
    let brokers = || Layer::property("bootstrap.servers", "a:1");
    let s = with(vec![brokers()], &limit(100)).unwrap();
    assert_eq!(s.memory_bytes, (100 << 20) / 100 * 60);
    let s = with(vec![brokers()], &limit(10_000)).unwrap();
    assert_eq!(s.memory_bytes, MEMORY_DEFAULT_BYTES);
    let asked = Layer::flag("--memory", "memory", "64MiB");
    let error = only_error(with(vec![brokers(), asked], &limit(100)));
    assert!(error.message.contains("60 %"), "{error:?}");
}

#[test]
fn the_tightest_group_on_the_way_up_counts() {
    let root = tempfile::tempdir().unwrap();
    let group = root.path().join("a.slice/b.service");
    std::fs::create_dir_all(&group).unwrap();
    std::fs::write(group.join("memory.max"), "max\n").unwrap();
    std::fs::write(root.path().join("a.slice/memory.max"), "1048576\n").unwrap();
    let limit = CgroupLimit::tightest(root.path(), "0::/a.slice/b.service\n").unwrap();
    assert_eq!(limit.bytes, 1 << 20);
    assert_eq!(CgroupLimit::tightest(root.path(), "0::/elsewhere\n"), None);
}

#[test]
fn sizes_read_back_as_they_show() {
    for (text, bytes) in [
        ("1", 1),
        ("64KiB", 64 << 10),
        ("256MiB", 256 << 20),
        ("2 GiB", 2 << 30),
    ] {
        assert_eq!(memory::parse_size(text), Some(bytes));
        assert_eq!(memory::parse_size(&show_size(bytes)), Some(bytes));
    }
    for text in ["", "MiB", "1MB", "-1", "1.5GiB", "99999999999GiB"] {
        assert_eq!(memory::parse_size(text), None, "{text}");
    }
}

#[test]
fn release_groups_are_named_by_topic_and_share_at_most_all() {
    let with = |release: &str| {
        let text = format!("kafka: {{ brokers: [\"a:1\"] }}\nrelease: {release}\n");
        load(Some(("veil.yaml", &text)), &[], vec![])
    };
    let settings = with(
        "{ share: { main: 40, \"crm.Public\": 30 }, start: { \"crm.Public\": end, a: beginning } }",
    );
    let settings = settings.unwrap();
    let shares: Vec<(&str, u8)> = settings
        .release_share
        .iter()
        .map(|(topic, n)| (topic.as_str(), *n))
        .collect();
    assert_eq!(shares, [("crm.Public", 30), ("main", 40)]);
    assert_eq!(settings.release_from_end, ["crm.Public".to_owned()].into());
    let shown = settings.show("g");
    assert!(shown.contains("release.share.crm.Public") && shown.contains("release.start.a"));
    for (mistake, told) in [
        ("{ share: { a: 60, b: 41 } }", "gives away 101 percent"),
        ("{ share: { a: 0 } }", "whole numbers from 1 to 99"),
        ("{ share: 50 }", "must be a mapping"),
        ("{ share: { a: [1] } }", "one value a topic"),
        ("{ start: { a: latest } }", "beginning or end"),
    ] {
        let error = only_error(with(mistake));
        assert!(error.message.contains(told), "{error:?}");
        assert!(error.source_name.contains("veil.yaml:2"), "{error:?}");
    }
    assert!(with("{ share: {} }").unwrap().release_share.is_empty());
    let by_variable = load(
        Some(BROKERS),
        &[("VEIL__RELEASE__SHARE__CRM__PUBLIC", "30")],
        vec![],
    );
    assert!(
        by_variable
            .unwrap()
            .release_share
            .contains_key("crm.public")
    );
}

#[test]
fn the_example_file_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/veil.yaml");
    Settings::load(Some(&path), vec![], &surroundings(&[])).unwrap();
}

#[test]
fn the_reference_page_is_up_to_date() {
    crate::pages::compare("docs/reference/settings.md", &reference());
}

#[test]
fn a_registry_is_reached_by_addresses_without_secrets() {
    let yaml = |registry: &str| format!("kafka: {{ brokers: [\"a:1\"] }}\nregistry: {registry}\n");
    let read = |registry: &str| load(Some(("veil.yaml", &yaml(registry))), &[], vec![]);
    assert_eq!(load(Some(BROKERS), &[], vec![]).unwrap().registry, None);

    let all = "{ urls: [\"https://one:8081/base\", \"http://two\"], basic: { user: veil, password_file: password }, ca_file: /ca.pem, register: false, unknown_wait_ms: 0, outage_wait_ms: 5000 }";
    let registry = read(all).unwrap().registry.expect("it is set");
    assert_eq!(
        registry.access.urls,
        ["https://one:8081/base", "http://two"]
    );
    let Some(Auth::Basic {
        user,
        password_file,
    }) = &registry.access.auth
    else {
        panic!("a user is named");
    };
    assert_eq!(user, "veil");
    assert!(password_file.is_absolute() && password_file.ends_with("password"));
    assert_eq!(
        registry.access.ca_file.as_deref(),
        Some(Path::new("/ca.pem"))
    );
    let rules = Rules {
        registers: false,
        unknown_wait: Duration::ZERO,
        outage_wait: Some(Duration::from_secs(5)),
    };
    assert_eq!(registry.rules, rules);

    let plain = read("{ urls: [\"http://two\"], bearer: { token_file: token } }").unwrap();
    let registry = plain.registry.expect("it is set");
    assert!(matches!(registry.access.auth, Some(Auth::Bearer { .. })));
    assert_eq!(registry.rules, Rules::default());

    let env = [("VEIL__REGISTRY__URLS", "http://one,http://two")];
    let registry = load(Some(BROKERS), &env, vec![]).unwrap().registry;
    assert_eq!(registry.expect("it is set").access.urls.len(), 2);
}

#[test]
fn mistakes_about_a_registry_name_the_key_and_never_a_secret() {
    for (registry, says) in [
        (
            "{ urls: [\"https://veil:hunter2@one\"] }",
            "holds a user or a secret",
        ),
        (
            "{ urls: [\"https://one/?token=hunter2\"] }",
            "holds a user or a secret",
        ),
        ("{ urls: [\"one:8081\"] }", "must be a list of addresses"),
        ("{ urls: [\"http://\"] }", "must be a list of addresses"),
        (
            "{ urls: [\"http://one two\"] }",
            "must be a list of addresses",
        ),
        ("{ register: false }", "`registry.urls` is not"),
        (
            "{ urls: [\"http://one\"], register: maybe }",
            "must be one of true, false",
        ),
        (
            "{ urls: [\"http://one\"], unknown_wait_ms: -1 }",
            "from 0 to 600000",
        ),
        (
            "{ urls: [\"http://one\"], outage_wait_ms: hunter2 }",
            "from 0 to 604800000",
        ),
        (
            "{ urls: [\"http://one\"], basic: { user: veil } }",
            "password_file` is not",
        ),
        (
            "{ urls: [\"http://one\"], basic: { password_file: x } }",
            "user` is not",
        ),
        (
            "{ urls: [\"http://one\"], basic: { user: \"a:hunter2\", password_file: x } }",
            "without `:`",
        ),
        (
            "{ urls: [\"http://one\"], basic: { user: a, password_file: x }, bearer: { token_file: y } }",
            "are both set",
        ),
    ] {
        let yaml = format!("kafka: {{ brokers: [\"a:1\"] }}\nregistry: {registry}\n");
        let error = only_error(load(Some(("veil.yaml", &yaml)), &[], vec![]));
        assert!(error.message.contains(says), "{registry}: {error}");
        assert!(error.message.contains("`registry."), "{error}");
        let whole = format!("{error} {}", error.help);
        assert!(
            !whole.contains("hunter2") && !error.help.is_empty(),
            "{whole}"
        );
    }
}
