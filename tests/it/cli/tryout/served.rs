//! What the page asks for, by a client that sends what it likes.

use super::super::Home;
use super::{POLICY, SAMPLE, TRY, home};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

/// A running `veil try --serve`; ended when dropped.
struct Served {
    child: Child,
    address: String,
    token: String,
}

impl Served {
    fn start(home: &Home, more: &[&str]) -> Served {
        let mut child = home.start(&[&TRY[..], &["--serve"], more].concat());
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it can be read");
        let (address, token) = line.trim().split_once("/#").expect("an address");
        let address = address.strip_prefix("http://").expect("by HTTP").to_owned();
        let token = token.to_owned();
        Served {
            child,
            address,
            token,
        }
    }

    /// Status, head and body.
    fn send(&self, request: &[u8]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        // What is too long may be answered before all of it is read.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).expect("UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        let status = head[9..12].parse().expect("a status");
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    fn get(&self, path: &str, host: &str, header: &str) -> (u16, String, String) {
        self.send(
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{header}connection: close\r\n\r\n")
                .as_bytes(),
        )
    }

    fn authorization(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.token)
    }

    fn post(&self, body: &str) -> (u16, String, String) {
        let head = format!(
            "POST /try HTTP/1.1\r\nhost: localhost\r\n{}content-length: {}\r\nconnection: close\r\n\r\n",
            self.authorization(),
            body.len()
        );
        self.send(&[head.as_bytes(), body.as_bytes()].concat())
    }

    fn tried(&self, policy: &str, record: usize, output: usize) -> Value {
        let body = json!({ "policy": policy, "record": record, "output": output });
        let (status, _, body) = self.post(&body.to_string());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Ends it as ctrl-C does; its exit code and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill is there").success());
        let code = self.child.wait().expect("it ends").code();
        let mut said = String::new();
        let err = self.child.stderr.as_mut().expect("piped");
        err.read_to_string(&mut said).expect("text");
        (code, said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn only_this_machine_is_served() {
    let home = home();
    for address in [
        "0.0.0.0:0",
        "[::]:0",
        "192.0.2.1:80",
        "example.com:80",
        "127.0.0.1",
    ] {
        let refused = home.veil(&[&TRY[..], &["--serve", address]].concat());
        assert_eq!(refused.code, 64, "{refused:?}");
        assert!(
            refused.err.contains("= help: ") && refused.err.contains("--serve")
                || refused.err.contains("ssh -L")
        );
    }
    let served = Served::start(&home, &["localhost:0"]);
    assert!(served.address.starts_with("127.0.0.1:"));
    let taken = home.veil(&[&TRY[..], &["--serve", &served.address]].concat());
    assert_eq!(taken.code, 69, "{taken:?}");
}

#[test]
fn the_sample_is_for_those_with_the_token_who_ask_by_a_name_of_this_machine() {
    let home = home();
    let served = Served::start(&home, &[]);
    assert_eq!(served.token.len(), 32);
    let right = served.authorization();
    let (status, head, body) = served.get("/start", "localhost", &right);
    assert!(status == 200 && body.contains("web.clean"), "{head}");
    for word in [
        "content-type: application/json",
        "cache-control: no-store",
        "nosniff",
    ] {
        assert!(head.contains(word), "{head}");
    }
    let wrong = right.replace(&served.token, &"0".repeat(32));
    for (host, header, wanted) in [
        ("localhost", "", 401),
        ("localhost", &*wrong, 401),
        ("evil.example", &*right, 403),
        ("127.0.0.1.evil.example", &*right, 403),
        ("x\r\nhost: localhost", &*right, 400),
    ] {
        for path in ["/start", "/"] {
            let wanted = if path == "/" && wanted == 401 {
                200
            } else {
                wanted
            };
            let (status, _, body) = served.get(path, host, header);
            // Two names are refused by the server itself, or by the guard.
            assert!(
                status == wanted || wanted == 400 && status == 403,
                "{path} {host}: {status}"
            );
            assert!(
                !body.contains("web.clean") && !body.contains("u-1"),
                "{body}"
            );
            assert!(!body.contains(&served.token), "{body}");
        }
    }
    let body = json!({ "policy": POLICY }).to_string();
    let bare = format!(
        "POST /try HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(served.send(bare.as_bytes()).0, 401);
    let (code, said) = served.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("u-1") && !said.contains("NOTE"), "{said}");
}

#[test]
fn the_page_loads_nothing_from_elsewhere_and_sets_texts_alone() {
    let home = home();
    let served = Served::start(&home, &[]);
    let (_, head, page) = served.get("/", "127.0.0.1", "");
    for word in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "nosniff",
        "no-referrer",
        "cross-origin-opener-policy: same-origin",
    ] {
        assert!(head.contains(word), "{word}: {head}");
    }
    assert!(!head.contains("unsafe"), "{head}");
    let nonce = head
        .split_once("'nonce-")
        .and_then(|(_, rest)| rest.split_once('\''))
        .expect("a nonce")
        .0;
    assert!(page.contains(nonce) && nonce != served.token);
    let mut scripts = 0;
    for name in [
        "main",
        "ask",
        "codemirror",
        "commands",
        "dom",
        "explained",
        "findings",
        "records",
        "theme",
    ] {
        let (status, head, script) = served.get(&format!("/{name}.js"), "localhost", "");
        assert!(
            status == 200
                && head.contains("text/javascript")
                && head.contains("default-src 'none'"),
            "{name}"
        );
        for import in script
            .lines()
            .filter(|line| line.contains(" from \"") && name != "codemirror")
        {
            assert!(import.contains(" from \"/"), "{import}");
        }
        let others = script.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !others.contains("http://") && !others.contains("https://"),
            "{name}"
        );
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!script.contains(way), "{name}: {way}");
        }
        scripts += 1;
    }
    assert_eq!(scripts, 9);
    assert!(
        served
            .get("/style.css", "localhost", "")
            .1
            .contains("text/css")
    );
    assert_eq!(served.get("/../etc/passwd", "localhost", "").0, 404);
}

#[test]
fn what_is_tried_is_what_check_apply_and_explain_say() {
    let home = home();
    let served = Served::start(&home, &[]);
    let answer = served.tried(POLICY, 0, 0);
    let json =
        |args: &[&str]| -> Value { serde_json::from_str(&home.veil(args).out).expect("JSON") };
    let checked = json(&[
        "check",
        "policy.yaml",
        "--on",
        "sample.ndjson",
        "--format",
        "json",
    ]);
    assert_eq!(answer["findings"], checked);
    let explained = json(&[
        "explain",
        "-p",
        "policy.yaml",
        "--on",
        "sample.ndjson",
        "--format",
        "json",
    ]);
    assert_eq!(answer["made"]["explained"], explained);
    let applied = home.veil(&[
        "apply",
        "-p",
        "policy.yaml",
        "--output",
        "web.clean",
        "sample.ndjson",
    ]);
    let beside = &answer["made"]["beside"];
    // What is encrypted differs each time.
    let without = |text: &str| {
        let mut v: Value = serde_json::from_str(text).expect("JSON");
        v["box"] = Value::Null;
        v
    };
    let left = beside["left"].as_str().expect("it left");
    assert_eq!(
        without(left),
        without(applied.out.lines().next().expect("a line"))
    );
    let row = |from: &str| {
        let mut rows = beside["rows"].as_array().expect("rows").iter();
        rows.find(|r| r["from"] == from)
            .unwrap_or_else(|| panic!("no {from}: {beside}"))
    };
    for (from, before, after, fate) in [
        ("amount", "12", Some("10"), "written"),
        ("plan", "\"free\"", Some("\"free\""), "written"),
        ("note", "\"NOTE\"", None, "unnamed"),
        ("secret", "1", None, "dropped"),
        ("items[1].sku", "\"B\"", Some("\"B\""), "written"),
        ("items[0].name", "\"mug\"", None, "unnamed"),
        ("box.name", "\"Jane\"", None, "sealed"),
        ("type", "\"order\"", None, "read"),
    ] {
        let row = row(from);
        assert_eq!(
            (&row["before"], &row["fate"]),
            (&before.into(), &fate.into()),
            "{row}"
        );
        assert_eq!(row["after"].as_str(), after, "{row}");
        assert!(!row["why"].as_str().expect("words").is_empty());
    }
    assert_eq!(row("street")["to"], "home");
    assert_eq!(row("street")["after"], row("zip")["after"]);
    assert!(
        row("box")["after"]
            .as_str()
            .is_some_and(|a| a.contains("veil1."))
    );
    let key = beside["rows"]
        .as_array()
        .expect("rows")
        .last()
        .expect("the key");
    assert_eq!(
        (&key["to"], &key["from"]),
        (&"key".into(), &"userId".into())
    );
    // Other records, and the other output.
    let words: Vec<Value> = (0..5)
        .map(|n| answer["made"]["records"][n]["became"][0]["word"].clone())
        .collect();
    assert_eq!(
        words,
        [
            "written",
            "written",
            "quarantined",
            "quarantined",
            "withheld"
        ]
    );
    assert_eq!(
        answer["made"]["records"][2]["refused_by"],
        json!(["web.clean", "amount"])
    );
    let left_out = served.tried(POLICY, 1, 0);
    let rows = left_out["made"]["beside"]["rows"]
        .as_array()
        .expect("rows")
        .clone();
    assert!(
        rows.iter()
            .any(|r| r["from"] == "plan" && r["fate"] == "left out"),
        "{rows:?}"
    );
    let ads = served.tried(POLICY, 0, 1);
    assert_eq!(ads["made"]["beside"]["became"]["reason"], "no_consent");
    assert!(ads["made"]["beside"]["left"].is_null());
}

#[test]
fn a_broken_policy_gives_findings_and_the_file_stays() {
    let home = home();
    let served = Served::start(&home, &[]);
    let broken = POLICY.replace("bucket: 10 }", "bukket: 10 }");
    let answer = served.tried(&broken, 0, 0);
    assert!(answer["made"].is_null());
    let is_error = |f: &&Value| f["severity"] == "error";
    let errors = |answer: &Value| {
        let findings = answer["findings"].as_array().expect("a list").clone();
        findings
            .iter()
            .filter(is_error)
            .cloned()
            .collect::<Vec<_>>()
    };
    let finding = &errors(&answer)[0];
    assert_eq!(
        (&finding["severity"], &finding["line"]),
        (&"error".into(), &19.into()),
        "{finding}"
    );
    for text in ["", "\0", "{{{{", "- &a [*a, *a]\n", "kind: Policy\n"] {
        let answer = served.tried(text, 0, 0);
        assert!(
            answer["made"].is_null() && !errors(&answer).is_empty(),
            "{answer}"
        );
    }
    assert!(served.tried(POLICY, 0, 0)["made"].is_object());
    assert_eq!(home.read("policy.yaml"), POLICY);
    // A record or an output that is not there.
    assert_eq!(served.tried(POLICY, 999, 0)["made"]["beside"]["line"], 5);
    assert!(served.tried(POLICY, 0, 999)["made"]["beside"].is_null());
}

#[test]
fn a_hostile_sample_is_shown_and_does_nothing() {
    let home = home();
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide: Vec<String> = (0..2_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let lines = [
        "<script>alert(1)</script>".to_owned(),
        "{\"type\":\"page\",\"<img src=x onerror=alert(1)>\":\"</script>\\u202e\\u0000\"}"
            .to_owned(),
        format!("{{\"type\":\"page\",\"d\":{deep}}}"),
        format!("{{\"type\":\"page\",{}}}", wide.join(",")),
        format!("{{\"type\":\"page\",\"long\":\"{}\"}}", "x".repeat(500_000)),
        "{\"type\":\"page\",\"a\":1,\"a\":2}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "x".repeat((1 << 20) + 1),
        "{\"type\":\"page\",\"amount\":99}".to_owned(),
    ];
    home.write("sample.ndjson", lines.join("\n"));
    let served = Served::start(&home, &[]);
    let (_, _, start) = served.get("/start", "localhost", &served.authorization());
    let start: Value = serde_json::from_str(&start).expect("JSON");
    assert_eq!(
        (&start["records"], &start["too_long"]),
        (&9.into(), &1.into())
    );
    for n in 0..9 {
        let answer = served.tried(POLICY, n, 0);
        let size = answer["made"]["beside"].to_string().len();
        assert!(size < 400_000, "record {n}: {size} bytes");
    }
    let wide = served.tried(POLICY, 3, 0);
    assert_eq!(
        wide["made"]["beside"]["rows"].as_array().map(Vec::len),
        Some(500)
    );
    assert_eq!(wide["made"]["beside"]["more"], 1_501);
    // Lines keep their numbers.
    let last = served.tried(POLICY, 8, 0);
    assert_eq!(last["made"]["beside"]["line"], 10);
    let (code, said) = served.end();
    assert_eq!((code, said.contains("alert")), (Some(0), false), "{said}");
}

#[test]
fn who_has_no_token_holds_no_place() {
    let home = home();
    home.write("sample.ndjson", "{\"type\":\"page\",\"amount\":1}\n");
    let served = Served::start(&home, &[]);
    let strangers: Vec<_> = (0..16)
        .map(|_| {
            let mut stranger = TcpStream::connect(&served.address).expect("it listens");
            let head = b"POST /try HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n";
            stranger.write_all(head).expect("it reads");
            stranger
        })
        .collect();
    let begun = std::time::Instant::now();
    let (status, _, _) = served.get("/start", "localhost", &served.authorization());
    let took = begun.elapsed();
    assert_eq!(status, 200);
    assert!(took < std::time::Duration::from_secs(12), "{took:?}");
    drop(strangers);
}

#[test]
fn what_is_asked_has_bounds() {
    let home = home();
    home.write(
        "sample.ndjson",
        "{\"type\":\"page\",\"amount\":1}\n".repeat(300),
    );
    let served = Served::start(&home, &[]);
    let (_, _, start) = served.get("/start", "localhost", &served.authorization());
    let start: Value = serde_json::from_str(&start).expect("JSON");
    assert_eq!(
        (&start["records"], &start["has_more"]),
        (&200.into(), &true.into())
    );
    assert_eq!(served.post(&"x".repeat((4 << 20) + 1)).0, 413);
    for wrong in [
        "",
        "{}",
        "[]",
        "{\"policy\":1}",
        "{\"policy\":\"\",\"file\":\"/etc/passwd\"}",
    ] {
        assert_eq!(served.post(wrong).0, 400, "{wrong}");
    }
    // Whoever asks at once is answered, or told to ask again.
    let body = json!({ "policy": POLICY }).to_string();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| served.post(&body).0))
            .collect();
        asking
            .into_iter()
            .map(|a| a.join().expect("answered"))
            .collect()
    });
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(
        statuses.iter().all(|s| [200, 503].contains(s)),
        "{statuses:?}"
    );
    assert!(SAMPLE.len() < 4 << 20);
}

#[test]
fn an_empty_sample_is_tried_too() {
    let home = home();
    home.write("sample.ndjson", "");
    let served = Served::start(&home, &["--test-keys"]);
    let answer = served.tried(POLICY, 0, 0);
    assert_eq!(answer["made"]["records"], json!([]));
    assert!(answer["made"]["beside"].is_null());
}
