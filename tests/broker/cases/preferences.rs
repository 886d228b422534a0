//! What people decide, on their page, by a program and from a terminal, comes to lie in
//! the topics of decisions and of their history; who they are lies nowhere.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use rdkafka::producer::Producer;
use serde_json::{Value, json};

use crate::kafka::{self, Cluster, Isolation, Row, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn policy(name: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {name}, version: 1, owner: tests }}
source: {{ topic: {name}.raw, value: json, subject: {{ customer: userId, email: {{ path: email, normalize: email }} }} }}
consent:
  state: {{}}
  categories:
    Ads: {{ title: Advertising, text: What it is for., purposes: [marketing.advertising] }}
    Stats: {{ title: Statistics, text: What it is for., purposes: [analytics.reporting] }}
rights: {{ key: subjects }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  subjects: {{ ref: "file:subjects.json#subjects" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {name}.clean
    purpose: marketing.advertising
    domain: analytics
    needs_consent: Ads
    fields: {{ userId: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }} }}
  - topic: {name}.stats
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Stats
    fields: {{ userId: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }} }}
quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

/// The topics of a case, and a directory with its policy, a keyring of its own for people,
/// and a token.
struct Decisions<'a> {
    cluster: &'a Cluster,
    home: Home,
    name: &'static str,
}

impl<'a> Decisions<'a> {
    fn new(cluster: &'a Cluster, name: &'static str) -> Decisions<'a> {
        Self::under(cluster, name, &policy(name))
    }

    fn under(cluster: &'a Cluster, name: &'static str, policy: &str) -> Decisions<'a> {
        let home = Home::new(policy);
        let made = home
            .command()
            .args(["keys", "new", "--keyring", "subjects.json", "subjects"])
            .status()
            .expect("veil runs");
        assert!(made.success());
        let decisions = Decisions {
            cluster,
            home,
            name,
        };
        let compact = [("cleanup.policy", "compact")];
        kafka::create(cluster, &decisions.topic(), 3, &compact);
        kafka::create(cluster, &decisions.history(), 2, &[]);
        decisions
    }

    fn topic(&self) -> String {
        format!("veil.{}.consent", self.name)
    }

    fn history(&self) -> String {
        format!("{}.history", self.topic())
    }

    /// What `veil consent` printed as JSON, and its exit code; `input` on standard input.
    fn consent(&self, args: &[&str], input: &str) -> (Option<i32>, Value) {
        let bootstrap = format!("bootstrap.servers={}", self.cluster.bootstrap());
        let mut child = self
            .home
            .command()
            .arg("consent")
            .args(args)
            .args(["-p", "policy.yaml", "-X", &bootstrap, "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("veil runs");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).expect("it is read");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains(MARK) && !text.contains(MARK), "{said}{text}");
        let json = serde_json::from_str(&text).unwrap_or_else(|_| json!(said));
        (output.status.code(), json)
    }

    fn rows(&self, topic: &str) -> Vec<Row> {
        read_all(self.cluster, topic, Isolation::Committed)
    }

    /// A `veil serve` that knows how everybody stands; where its pages are, and its metrics.
    fn serve(&self) -> (Veil, SocketAddr, SocketAddr) {
        let path = self.home.path();
        let settings = "http: 127.0.0.1:0\nlog: { format: json }\nserve:\n  token_file: token\n  url: https://choices.example\n";
        std::fs::write(path.join("veil.yaml"), settings).expect("written");
        std::fs::write(path.join("token"), TOKEN).expect("written");
        let closed = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path.join("token"), closed).expect("it is ours");
        let mut veil = Veil::serve(&self.home, self.cluster, &["-c", "veil.yaml"]);
        let pages = veil.await_address("pages");
        let metrics = veil.await_address("metrics");
        await_readyz(metrics, "HTTP/1.1 200");
        (veil, pages, metrics)
    }

    /// Who it is lies in no topic and not in the audit log.
    fn names_nobody(&self) {
        for topic in [self.topic(), self.history()] {
            for row in self.rows(&topic) {
                let bytes = [row.key.unwrap_or_default(), row.value.unwrap_or_default()].concat();
                assert!(!String::from_utf8_lossy(&bytes).contains(MARK));
            }
        }
        let log = std::fs::read_to_string(self.home.path().join("audit.jsonl"));
        assert!(!log.expect("there is a log").contains(MARK));
    }
}

#[test]
fn decisions_are_set_shown_read_in_and_measured() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = Decisions::new(cluster, "choices");
    let id = format!("{MARK}-42");
    let of = |command, rest: &[&str]| {
        let person = ["--kind", "customer", "--id", "-"];
        decisions.consent(&[&[command][..], &person, rest].concat(), &id)
    };
    let (code, told) = of("get", &[]);
    assert_eq!(
        (code, told),
        (Some(0), json!({ "Ads": null, "Stats": null }))
    );
    let (code, place) = of(
        "set",
        &[
            "--category",
            "Ads",
            "--is",
            "granted",
            "--until",
            "2099-01-01",
            "--proof",
            "t-1",
        ],
    );
    assert_eq!(
        (code, &place["topic"]),
        (Some(0), &json!(decisions.topic())),
        "{place}"
    );
    let (code, _) = of(
        "set",
        &["--category", "Ads", "--is", "denied", "--why", "a letter"],
    );
    assert_eq!(code, Some(0));
    let (_, told) = of("get", &[]);
    assert_eq!(
        (&told["Ads"]["is"], &told["Stats"]),
        (&json!("denied"), &Value::Null)
    );
    let (code, past) = of("history", &[]);
    assert_eq!(code, Some(0));
    let is = |n: usize| {
        past[n]["decision"]["is"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!([is(0), is(1)], ["granted", "denied"], "{past}");
    // That it ended a grant was seen, and is written.
    assert_eq!(
        (&past[1]["decision"]["had"], &past[0]["decision"]["had"]),
        (&json!(true), &Value::Null)
    );
    for (rest, what) in [
        (["--category", "Other", "--is", "denied"], "category"),
        (["--category", "Ads", "--is", "no"], "denied"),
    ] {
        let (code, said) = of("set", &rest);
        assert_eq!(code, Some(64));
        assert!(said.to_string().contains(what), "{said}");
    }
    // Lines: with a fault in one nothing is written; the last of one person counts.
    let line = |id: &str, is: &str| {
        format!("{{\"kind\":\"email\",\"id\":\"{id}\",\"category\":\"Stats\",\"is\":\"{is}\"}}\n")
    };
    let mail = format!("{MARK}@example.com");
    let faulty = [
        line(&mail, "granted"),
        line(MARK, "granted"),
        "{\n".to_owned(),
    ]
    .concat();
    let before = decisions.rows(&decisions.topic()).len();
    let (code, told) = decisions.consent(&["import", "-"], &faulty);
    assert_eq!(
        (code, &told["faults"], &told["written"]),
        (Some(2), &json!(2), &json!(0))
    );
    assert_eq!(decisions.rows(&decisions.topic()).len(), before);
    let mut good: String = (0..500)
        .map(|n| line(&format!("{n}-{mail}"), "granted"))
        .collect();
    good.push_str(&line(&format!("7-{mail}"), "denied"));
    let (code, told) = decisions.consent(&["import", "-"], &good);
    assert_eq!((code, &told["written"]), (Some(0), &json!(501)));
    let seven = ["get", "--kind", "email", "--id", &format!("7-{mail}")];
    let (_, told) = decisions.consent(&seven, "");
    assert_eq!(told["Stats"]["is"], "denied");
    let (code, told) = decisions.consent(&["probe", "--count", "5"], "");
    assert_eq!((code, &told["unseen"]), (Some(0), &json!(0)), "{told}");
    assert!(
        told["kept_ms"]["p50"].as_f64().is_some_and(|ms| ms > 0.0),
        "{told}"
    );
    decisions.names_nobody();
}

#[test]
fn people_decide_on_their_page_and_programs_by_calls() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = Decisions::new(cluster, "centre");
    let path = decisions.home.path();
    let (veil, pages, metrics) = decisions.serve();
    let bearer = format!("authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n");
    let call = |path: &str, body: Value| ask(pages, "POST", path, &bearer, &body.to_string());
    let person = json!({ "kind": "customer", "id": MARK });
    let with = |more: Value| {
        let mut all = person.as_object().expect("an object").clone();
        all.extend(more.as_object().expect("an object").clone());
        Value::Object(all)
    };
    let made = call("/v1/links", with(json!({ "scope": "prefs" })));
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    let told: Value = serde_json::from_str(body(&made)).expect("JSON");
    let link = told["link"].as_str().expect("a text");
    let page = link
        .strip_prefix("https://choices.example")
        .expect("the address");
    // Granted on the page.
    let shown = ask(pages, "GET", page, "", "");
    let at = shown.find("name=\"mark\" value=\"").expect("a form") + 19;
    let form = format!("mark={}&c.Ads=granted&c.Stats=denied", &shown[at..at + 22]);
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    let saved = ask(pages, "POST", page, kind, &form);
    assert!(saved.starts_with("HTTP/1.1 303"), "{saved}");
    // What was written is seen by whoever is answered.
    let shown = ask(pages, "GET", page, "", "");
    assert!(shown.contains("You agreed, on "), "{shown}");
    // Denied by a program; asked by a terminal.
    let denied = call(
        "/v1/consent",
        with(json!({ "category": "Ads", "is": "denied" })),
    );
    assert!(denied.starts_with("HTTP/1.1 202"), "{denied}");
    let get = ["get", "--kind", "customer", "--id", "-"];
    let (_, told) = decisions.consent(&get, MARK);
    let is = |name: &str| told[name]["is"].as_str().map(str::to_owned);
    assert_eq!(
        (is("Ads"), is("Stats")),
        (Some("denied".into()), Some("denied".into()))
    );
    // One click.
    call(
        "/v1/consent",
        with(json!({ "category": "Ads", "is": "granted" })),
    );
    let made = call("/v1/links", with(json!({ "scope": "withdraw" })));
    let told: Value = serde_json::from_str(body(&made)).expect("JSON");
    let link = told["link"].as_str().expect("a text");
    let page = link
        .strip_prefix("https://choices.example")
        .expect("the address");
    let clicked = ask(pages, "POST", page, kind, "List-Unsubscribe=One-Click");
    assert!(clicked.starts_with("HTTP/1.1 200"), "{clicked}");
    let (_, told) = decisions.consent(&get, MARK);
    assert_eq!(told["Ads"]["is"], "denied");
    let served = ask(metrics, "GET", "/metrics", "", "");
    let grants = "veil_preferences_decisions_total{by=\"page\",category=\"Ads\",is=\"granted\"} 1";
    assert!(served.contains(grants), "{served}");
    // The metrics are not where strangers are.
    assert!(ask(pages, "GET", "/metrics", "", "").starts_with("HTTP/1.1 404"));
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    for secret in [MARK, TOKEN, "vl1.", "/p/", "/u/"] {
        assert!(
            !ended.log.contains(secret),
            "{secret} in the log: {}",
            ended.log
        );
    }
    let log = std::fs::read_to_string(path.join("audit.jsonl")).expect("there is a log");
    assert!(log.contains("consent decision") && log.contains("consent link"));
    let verified = decisions
        .home
        .command()
        .args(["audit", "verify", "audit.jsonl"])
        .status();
    assert!(verified.expect("veil runs").success());
    decisions.names_nobody();
}

/// What the sidecar notices of its topic, who shows decisions notices as well.
#[test]
fn a_topic_that_hangs_or_is_another_one_by_now_is_not_shown_as_how_people_stand() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let text = policy("unsteady").replace("state: {}", "state: { stale: { after: 3s } }");
    let decisions = Decisions::under(cluster, "unsteady", &text);
    let set = |is: &str| {
        let what = [
            "--kind",
            "customer",
            "--id",
            "-",
            "--category",
            "Ads",
            "--is",
            is,
        ];
        let (code, said) = decisions.consent(&[&["set"], &what[..]].concat(), MARK);
        assert_eq!(code, Some(0), "{said}");
    };
    set("granted");
    let (veil, pages, metrics) = decisions.serve();
    let bearer = format!("authorization: Bearer {TOKEN}\r\n");
    let asked = || {
        let path = format!("/v1/consent/customer/{MARK}");
        ask(pages, "GET", &path, &bearer, "")
    };
    assert!(asked().contains("granted"), "{}", asked());
    // Behind somebody's open transaction lies what nobody can see.
    let hangs = kafka::transactional_producer(cluster, "hangs-for-who-shows");
    hangs.begin_transaction().expect("begun");
    for partition in 0..3 {
        let record = kafka::Outgoing {
            partition,
            key: Some(b"nobody".to_vec()),
            ..kafka::Outgoing::default()
        };
        kafka::enqueue(&hangs, &decisions.topic(), &record);
    }
    hangs.flush(Duration::from_secs(30)).expect("written");
    let said = await_readyz(metrics, "HTTP/1.1 503");
    assert!(said.contains("a transaction may be open in it"), "{said}");
    assert!(!asked().starts_with("HTTP/1.1 200"), "{}", asked());
    hangs
        .abort_transaction(Duration::from_secs(30))
        .expect("aborted");
    await_readyz(metrics, "HTTP/1.1 200");
    assert!(asked().contains("granted"), "{}", asked());
    // Another topic of that name holds nothing of what the first one held.
    kafka::delete(cluster, &decisions.topic());
    await_readyz(metrics, "HTTP/1.1 503");
    let compact = [("cleanup.policy", "compact")];
    kafka::create(cluster, &decisions.topic(), 3, &compact);
    await_readyz(metrics, "HTTP/1.1 200");
    assert!(!asked().contains("granted"), "{}", asked());
    set("granted");
    kafka::await_some("what was decided then", Duration::from_secs(30), || {
        asked().contains("granted").then_some(())
    });
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    for noise in [MARK, "PartitionEOF"] {
        assert!(!ended.log.contains(noise), "{}", ended.log);
    }
}

/// Two write at once: neither takes back what the other wrote in another category.
#[test]
fn of_two_writers_no_decision_is_lost() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const EACH: usize = 300;
    let decisions = Decisions::new(cluster, "writers");
    let lines = |category: &str| -> String {
        let line = |n| {
            let is = if n % 2 == 0 { "denied" } else { "granted" };
            format!(
                "{{\"kind\":\"customer\",\"id\":\"{MARK}-{}\",\"category\":\"{category}\",\"is\":\"{is}\"}}\n",
                n % 3
            )
        };
        (0..EACH).map(line).collect()
    };
    std::thread::scope(|scope| {
        let writer = |category| {
            let (decisions, lines) = (&decisions, lines(category));
            scope.spawn(move || decisions.consent(&["import", "-"], &lines))
        };
        for writer in ["Ads", "Stats"].map(writer) {
            let (code, told) = writer.join().expect("it does not panic");
            assert_eq!((code, &told["written"]), (Some(0), &json!(EACH)), "{told}");
        }
    });
    assert_eq!(decisions.rows(&decisions.topic()).len(), 2 * EACH);
    assert_eq!(decisions.rows(&decisions.history()).len(), 2 * EACH);
    // The last three of each.
    for (n, is) in [(0, "granted"), (1, "denied"), (2, "granted")] {
        let person = ["get", "--kind", "customer", "--id", "-"];
        let (_, told) = decisions.consent(&person, &format!("{MARK}-{n}"));
        assert_eq!(
            (&told["Ads"]["is"], &told["Stats"]["is"]),
            (&json!(is), &json!(is)),
            "{told}"
        );
    }
    decisions.names_nobody();
}

#[test]
#[ignore = "takes minutes"]
fn a_million_people_take_so_much_memory_to_be_shown() {
    const PEOPLE: u64 = 1_000_000;
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = Decisions::new(cluster, "many");
    let resident_mib = |veil: &Veil| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", veil.id()));
        let status = status.expect("Linux says it");
        let line = status.lines().find(|l| l.starts_with("VmRSS:"));
        let kib = line.and_then(|l| l.split_ascii_whitespace().nth(1));
        kib.and_then(|n| n.parse::<u64>().ok()).expect("a number") >> 10
    };
    let (veil, ..) = decisions.serve();
    let nobody = resident_mib(&veil);
    assert_eq!(veil.terminate().code, Some(0));
    let mut feed = kafka::Feed::new(cluster, &decisions.topic());
    for n in 0..PEOPLE {
        // Spread as names are; a denial counts in whatever partition.
        let name = u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let name = data_encoding::BASE64URL_NOPAD.encode(&name.to_be_bytes());
        feed.send(kafka::Outgoing {
            partition: i32::try_from(n % 3).expect("as the case wrote it"),
            key: Some(format!("{name}/Ads").into_bytes()),
            value: Some(br#"{"v":1,"is":"denied","at":"2026-03-01T12:00:00Z"}"#.to_vec()),
            ..kafka::Outgoing::default()
        });
    }
    feed.finish();
    let begun = std::time::Instant::now();
    let (veil, ..) = decisions.serve();
    let (took, all) = (begun.elapsed(), resident_mib(&veil));
    crate::say(&format!(
        "serve: {all} MiB resident with a decision each of {PEOPLE} people, {nobody} MiB with none; read after {took:.1?}"
    ));
    assert!(all > nobody);
    assert_eq!(veil.terminate().code, Some(0));
}

#[test]
fn a_keyring_that_holds_more_is_refused() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = Decisions::new(cluster, "crowded");
    let add = decisions
        .home
        .command()
        .args(["keys", "new", "--keyring", "subjects.json", "other"])
        .status();
    assert!(add.expect("veil runs").success());
    let mut veil = Veil::serve(&decisions.home, cluster, &[]);
    let status = veil.await_exit(Duration::from_secs(30));
    assert_eq!(status.code(), Some(78), "{}", veil.log());
    assert!(
        veil.log().contains("holds more than `subjects`: other"),
        "{}",
        veil.log()
    );
}

fn await_readyz(metrics: SocketAddr, begins: &str) -> String {
    let what = format!("readyz to say {begins}");
    kafka::await_some(&what, Duration::from_secs(300), || {
        let said = ask(metrics, "GET", "/readyz", "", "");
        said.starts_with(begins).then_some(said)
    })
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return String::new();
    };
    let len = body.len();
    let asked = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(asked.as_bytes()).expect("it is read");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is text");
    answer
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("an answer").1
}
