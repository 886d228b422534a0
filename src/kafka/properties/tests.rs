use super::*;

fn with(pairs: &[(&str, &str)]) -> Properties {
    let mut p = Properties::default();
    for (name, value) in pairs {
        p.set(name, value, Origin::Settings).unwrap();
    }
    p
}

#[test]
fn what_the_promises_rest_on_cannot_be_changed() {
    let mut p = Properties::default();
    for (name, ours, _) in PINNED {
        let refused = p.set(name, "something-else", Origin::Settings);
        assert!(
            matches!(refused, Err(PropertyError::Pinned { .. })),
            "{name}"
        );
        assert_eq!(p.set(name, ours, Origin::Flag), Ok(()), "{name}");
    }
    for (name, _) in NAMED {
        let refused = p.set(name, "1", Origin::Flag);
        assert!(
            matches!(refused, Err(PropertyError::Pinned { .. })),
            "{name}"
        );
    }
    assert_eq!(p.shown().count(), 0);
}

#[test]
fn a_secret_on_the_command_line_must_be_a_file_and_never_prints() {
    let mut p = Properties::default();
    assert_eq!(
        p.set("sasl.password", "hunter2", Origin::Flag),
        Err(PropertyError::SecretOnCommandLine {
            name: "sasl.password".into()
        })
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2\r\n").unwrap();
    let from_file = format!("file:{}", file.path().display());
    p.set("sasl.password", &from_file, Origin::Flag).unwrap();
    p.set("ssl.key.password", "hunter3", Origin::Settings)
        .unwrap();
    assert_eq!(p.value("sasl.password"), Some("hunter2"));
    let shown = format!("{p:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.contains("sasl.password"));
}

#[test]
fn every_secret_property_of_the_library_is_known_as_one() {
    for name in [
        "sasl.password",
        "ssl.key.password",
        "ssl.keystore.password",
        "ssl.key.pem",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config",
    ] {
        assert!(is_secret(name), "{name}");
    }
    for name in [
        "sasl.username",
        "sasl.oauthbearer.token.endpoint.url",
        "ssl.ca.location",
        "ssl.certificate.pem",
    ] {
        assert!(!is_secret(name), "{name}");
    }
}

#[test]
fn an_unreadable_secret_names_the_file() {
    let refused =
        Properties::default().set("ssl.key.password", "file:/nowhere/at/all", Origin::Flag);
    assert!(
        matches!(refused, Err(PropertyError::Unreadable { path, .. }) if path == "/nowhere/at/all")
    );
}

#[test]
fn timeouts_are_checked_against_each_other() {
    assert_eq!(
        with(&[]).timeouts(5_000, 100).unwrap().transaction_ms,
        10_000
    );
    let short = with(&[("session.timeout.ms", "6000")]);
    assert_eq!(short.timeouts(5_000, 100).unwrap().heartbeat_ms, 2_000);
    let wrong: &[&[(&str, &str)]] = &[
        &[("message.timeout.ms", "10000")],
        &[("delivery.timeout.ms", "20000")],
        &[
            ("transaction.timeout.ms", "6000"),
            ("message.timeout.ms", "5000"),
        ],
        &[
            ("max.poll.interval.ms", "5000"),
            ("session.timeout.ms", "5000"),
            ("heartbeat.interval.ms", "1000"),
        ],
        &[("heartbeat.interval.ms", "4000")],
        &[("session.timeout.ms", "400000")],
        &[("retry.backoff.ms", "0")],
    ];
    for pairs in wrong {
        assert!(
            matches!(
                with(pairs).timeouts(5_000, 100),
                Err(PropertyError::Relation(_))
            ),
            "{pairs:?}"
        );
    }
    assert_eq!(
        with(&[("session.timeout.ms", "soon")]).timeouts(5_000, 100),
        Err(PropertyError::NotANumber {
            name: "session.timeout.ms".into()
        })
    );
}
