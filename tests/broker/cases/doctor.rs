//! `veil doctor` on set-ups that are broken in one way each: it names what is
//! wrong and what to do, says all is well of a good one, and leaves nothing behind.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::kafka::{self, Cluster, Isolation, ends, only_describe};
use crate::veil::Home;

/// What one set-up has that the good one has not.
#[derive(Clone, Default)]
struct Setup {
    source: Option<&'static str>,
    output: Option<&'static str>,
    quarantine: Option<&'static str>,
    /// The topic of people's decisions.
    decisions: Option<&'static str>,
    flags: Vec<String>,
    settings: Option<&'static str>,
    open_keyring: bool,
}

/// What must be said of it.
struct Said {
    code: i32,
    check: &'static str,
    subject: &'static str,
    status: &'static str,
    words: &'static [&'static str],
}

#[test]
fn every_broken_set_up_is_named_and_a_good_one_is_well() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let before = prepare(cluster);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().map(|a| (taken, a)).expect("its address");
    let broken = broken(taken.1.to_string());
    assert!(broken.len() >= 10);
    std::thread::scope(|scope| {
        let runs: Vec<_> = broken
            .into_iter()
            .map(|(setup, said)| (said, scope.spawn(move || examined(cluster, &setup))))
            .collect();
        for (said, run) in runs {
            let (code, findings) = run.join().expect("doctor ran");
            let found = findings.iter().find(|f| {
                f["check"] == said.check
                    && f["status"] == said.status
                    && text(f, "subject").contains(said.subject)
            });
            let found = found.unwrap_or_else(|| {
                panic!(
                    "{} {} is not named: {findings:#?}",
                    said.check, said.subject
                )
            });
            for word in said.words {
                let told = format!("{} {}", text(found, "what"), text(found, "help"));
                assert!(told.contains(word), "{word}: {found:#}");
            }
            assert_eq!(code, Some(said.code), "{}: {findings:#?}", said.subject);
        }
    });

    let good = Setup {
        decisions: Some("doctor.decided"),
        ..Setup::default()
    };
    let (code, findings) = examined(cluster, &good);
    let bad = |f: &&Value| f["status"] != "ok" && f["check"] != "clock";
    assert_eq!(findings.iter().find(bad), None);
    assert_eq!(code, Some(0));
    for (check, least) in [("right", 6), ("topic", 5), ("key", 2), ("broker", 1)] {
        let rows = findings.iter().filter(|f| f["check"] == check).count();
        assert!(rows >= least, "{rows} of {check}: {findings:#?}");
    }
    let of_the_output = |f: &&Value| f["check"] == "limits" && text(f, "subject") == "doctor.out";
    let limits = findings.iter().find(of_the_output).expect("its size");
    assert!(text(limits, "what").contains("always fits"), "{limits:#}");
    // Nothing of this was there before, and nothing is there now.
    assert_eq!(left_behind(cluster), before);
}

/// Makes the topics and takes the rights away; what the cluster holds then.
fn prepare(cluster: &Cluster) -> Vec<String> {
    let no_key = [("cleanup.policy", "compact")];
    let kept = [
        ("cleanup.policy", "compact"),
        ("message.timestamp.type", "LogAppendTime"),
    ];
    let topics: [(&str, &[(&str, &str)]); 12] = [
        ("doctor.raw", &[]),
        ("doctor.out", &[]),
        ("doctor.quarantine", &[]),
        ("doctor.forever", &[("retention.ms", "-1")]),
        ("doctor.compacted", &no_key),
        ("doctor.small", &[("max.message.bytes", "1000")]),
        ("doctor.unreadable", &[]),
        ("doctor.unwritable", &[]),
        ("doctor.decided", &kept),
        (
            "veil.doctor.consent.history",
            &[("retention.ms", "94608000000")],
        ),
        ("doctor.unseen", &kept),
        ("veil.doctor.control", &no_key),
    ];
    for (topic, configs) in topics {
        kafka::create(cluster, topic, 1, configs);
    }
    only_describe(
        cluster,
        &[
            ("--topic", "doctor.unreadable"),
            ("--topic", "doctor.unwritable"),
            ("--topic", "doctor.unseen"),
            ("--group", "doctor.barred"),
            ("--transactional-id", "veil.doctor.barred"),
        ],
    );
    left_behind(cluster)
}

fn broken(taken: String) -> Vec<(Setup, Said)> {
    let topic = |subject, words| Said {
        code: 69,
        check: "topic",
        subject,
        status: "failed",
        words,
    };
    let right = |subject, words| Said {
        check: "right",
        ..topic(subject, words)
    };
    let ours = |check, subject, words| Said {
        code: 78,
        check,
        ..topic(subject, words)
    };
    let flags = |flags: &[&str]| Setup {
        flags: flags.iter().map(|f| (*f).to_owned()).collect(),
        ..Setup::default()
    };
    let source = |source| Setup {
        source: Some(source),
        ..Setup::default()
    };
    let output = |output| Setup {
        output: Some(output),
        ..Setup::default()
    };
    let quarantine = |quarantine| Setup {
        quarantine: Some(quarantine),
        ..Setup::default()
    };
    let decisions = |topic| Setup {
        decisions: Some(topic),
        ..Setup::default()
    };
    vec![
        (
            decisions("doctor.d"),
            topic(
                "doctor.d",
                &["--create --topic doctor.d", "cleanup.policy=compact"],
            ),
        ),
        (
            decisions("doctor.forever"),
            topic("doctor.forever", &["would forget what people decided"]),
        ),
        (
            decisions("doctor.unseen"),
            right("doctor.unseen", &["reading", "--operation Read"]),
        ),
        (
            source("doctor.a"),
            topic(
                "doctor.a",
                &["kafka-topics.sh", "--create --topic doctor.a"],
            ),
        ),
        (
            output("doctor.b"),
            topic("doctor.b", &["kafka-topics.sh", "--partitions 1"]),
        ),
        (
            quarantine("doctor.c"),
            topic("doctor.c", &["--config retention.ms=604800000"]),
        ),
        (
            quarantine("doctor.forever"),
            topic(
                "doctor.forever",
                &["for ever", "kafka-configs.sh", "retention.ms=604800000"],
            ),
        ),
        (
            output("doctor.compacted"),
            topic(
                "doctor.compacted",
                &["without a key", "cleanup.policy=delete"],
            ),
        ),
        (
            output("doctor.small"),
            Said {
                code: 1,
                check: "limits",
                status: "warning",
                ..topic("doctor.small", &["too_large", "max.message.bytes="])
            },
        ),
        (
            source("doctor.unreadable"),
            right(
                "doctor.unreadable",
                &["reading", "kafka-acls.sh", "--operation Read"],
            ),
        ),
        (
            output("doctor.unwritable"),
            right("doctor.unwritable", &["writing", "--operation Write"]),
        ),
        (
            flags(&["--group", "doctor", "--instance", "barred"]),
            right("veil.doctor.barred", &["--transactional-id"]),
        ),
        (
            flags(&["--group", "doctor.barred"]),
            right("doctor.barred", &["joining", "--group doctor.barred"]),
        ),
        (
            flags(&["-X", "bootstrap.servers=127.0.0.1:1"]),
            Said {
                check: "broker",
                ..topic("127.0.0.1:1", &["no broker answers", "`bootstrap.servers`"])
            },
        ),
        (
            flags(&["--http", &taken]),
            Said {
                check: "port",
                ..topic("127.0.0.1:", &["--http"])
            },
        ),
        (
            Setup {
                open_keyring: true,
                ..Setup::default()
            },
            ours("key", "keyring.json", &["chmod"]),
        ),
        (
            Setup {
                settings: Some("memroy: 1GiB\n"),
                ..Setup::default()
            },
            ours("settings", "veil.yaml", &["did you mean `memory`"]),
        ),
        (
            Setup {
                settings: Some("memory: 8MiB\n"),
                ..Setup::default()
            },
            ours("settings", "", &["raise `memory`"]),
        ),
    ]
}

/// The exit code and what was found.
fn examined(cluster: &Cluster, setup: &Setup) -> (Option<i32>, Vec<Value>) {
    let home = Home::new(&policy(setup));
    if setup.open_keyring {
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(home.path().join("keyring.json"), mode).expect("our own file");
    }
    let settings = setup.settings.unwrap_or("");
    std::fs::write(home.path().join("veil.yaml"), settings).expect("settings are written");
    let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
    let ran = home
        .command()
        .args([
            "doctor",
            "-p",
            "policy.yaml",
            "-c",
            "veil.yaml",
            "-X",
            &bootstrap,
        ])
        .args(["--format", "json"])
        .args(&setup.flags)
        .args(match setup.flags.iter().any(|f| f == "--http") {
            true => [].as_slice(),
            false => ["--http", "127.0.0.1:0"].as_slice(),
        })
        .output()
        .expect("veil runs");
    let out = String::from_utf8_lossy(&ran.stdout);
    let findings: Value = serde_json::from_str(&out)
        .unwrap_or_else(|e| panic!("{e}: {out}{}", String::from_utf8_lossy(&ran.stderr)));
    let findings = findings.as_array().expect("a list").clone();
    (ran.status.code(), findings)
}

/// The topics and transactional ids there are, the groups that are this case's, and
/// where its topics end.
fn left_behind(cluster: &Cluster) -> Vec<String> {
    let mut found = kafka::topic_names(cluster, "doctor.");
    for topic in found.clone() {
        found.push(format!(
            "{:?}",
            ends(cluster, &topic, Isolation::Uncommitted)
        ));
    }
    let ids = cluster
        .tool("org.apache.kafka.tools.TransactionsCommand")
        .args(["--bootstrap-server", &cluster.bootstrap(), "list"])
        .output()
        .expect("java runs");
    assert!(ids.status.success(), "{ids:?}");
    let ids = String::from_utf8_lossy(&ids.stdout).into_owned();
    found.extend(
        ids.lines()
            .filter(|l| l.contains("doctor"))
            .map(str::to_owned),
    );
    found.extend(kafka::group_names(cluster, "doctor"));
    found
}

fn text<'v>(finding: &'v Value, name: &str) -> &'v str {
    finding[name].as_str().expect("every finding has its texts")
}

fn policy(setup: &Setup) -> String {
    let state = setup.decisions.map(|topic| {
        let consent =
            format!("rights: {{ key: subjects }}\nconsent: {{ state: {{ topic: {topic} }} }}\n");
        let people = "  subjects: { ref: \"file:keyring.json#contact\" }\n";
        (
            ", subject: { customer: userId }",
            consent,
            people,
            "needs_consent: Ads",
        )
    });
    let (subject, consent, people, basis) =
        state.unwrap_or(("", String::new(), "", "basis: contract"));
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: doctor, version: 1, owner: tests }}
source: {{ topic: {source}, value: json{subject} }}
{consent}keys:
  people: {{ ref: "file:keyring.json#people" }}
{people}  quarantine: {{ ref: "file:keyring.json#quarantine" }}
classes: {{ fields: {{ n: none, userId: user.unique_id }} }}
outputs:
  - topic: {output}
    purpose: analytics.reporting
    domain: analytics
    {basis}
    fields:
      n: {{ keep: {{ max_chars: 7 }} }}
      userId: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }}
quarantine: {{ topic: {quarantine}, key: quarantine, retention: 7d }}
"#,
        source = setup.source.unwrap_or("doctor.raw"),
        output = setup.output.unwrap_or("doctor.out"),
        quarantine = setup.quarantine.unwrap_or("doctor.quarantine"),
    )
}
