//! The calls of programs.

use super::*;

#[test]
fn programs_decide_ask_and_make_links() {
    let served = Served::start();
    let headers = format!("{TOKEN}{JSON}");
    let post = |path, body: &str| served.ask("POST", path, &headers, body);
    let made = post(
        "/v1/consent",
        r#"{"kind":"customer","id":"42","category":"Ads","is":"granted","until":"2027-01-01","proof":"t-1"}"#,
    );
    assert_eq!(status(&made), 202);
    assert_eq!(
        body(&made),
        "{\"offset\":0,\"partition\":0,\"topic\":\"veil.shop.consent\"}\n"
    );
    let asked = served.ask("GET", "/v1/consent/customer/4%32", TOKEN, "");
    assert_eq!(
        body(&asked),
        "{\"categories\":{\"Ads\":{\"at\":\"2026-03-01T12:00:00.000Z\",\"is\":\"granted\",\"permits\":true,\"until\":\"2027-01-01T00:00:00Z\"},\"Stats\":null}}\n"
    );
    let linked = post(
        "/v1/links",
        r#"{"kind":"customer","id":"42","scope":"prefs"}"#,
    );
    assert_eq!(status(&linked), 201);
    let told: serde_json::Value = serde_json::from_str(body(&linked)).unwrap();
    let address = told["link"].as_str().unwrap();
    let path = address.strip_prefix("https://choices.example").unwrap();
    assert_eq!(
        (&told["may_grant"], told["until"].as_str()),
        (&true.into(), Some("2026-03-01T12:15:00Z"))
    );
    assert!(served.get(path).contains("You agreed, on "));
    let linked = post(
        "/v1/links",
        r#"{"kind":"customer","id":"42","scope":"withdraw","categories":["Ads"],"lasts_s":86400}"#,
    );
    let told: serde_json::Value = serde_json::from_str(body(&linked)).unwrap();
    assert!(told["link"].as_str().unwrap().contains("/u/vl1."));
    assert_eq!(told["may_grant"], false);
    let recorded = served.recorded();
    assert!(
        recorded.iter().any(|l| l.starts_with("Link")),
        "{recorded:?}"
    );
    assert!(recorded[0].contains(&format!("{:?}", By::Api)));
}

#[test]
fn calls_without_the_token_or_in_other_words_are_refused_and_tell_nothing() {
    let served = Served::start();
    let good = r#"{"kind":"customer","id":"CANARY","category":"Ads","is":"granted"}"#;
    for headers in [
        JSON,
        &format!("{JSON}authorization: Bearer 0123456789abcdeg\r\n"),
    ] {
        for path in ["/v1/consent", "/v1/links"] {
            assert_eq!(status(&served.ask("POST", path, headers, good)), 401);
        }
        assert_eq!(
            status(&served.ask("GET", "/v1/consent/customer/42", headers, "")),
            401
        );
    }
    let headers = format!("{TOKEN}{JSON}");
    for (call, expected) in [
        ("", 400),
        ("[]", 400),
        ("{\"kind\":\"customer\",\"id\":42}", 400),
        (&good.replace('}', ",\"x\":1}"), 400),
        (&good.replace("granted", "CANARY"), 422),
        (&good.replace("Ads", "CANARY"), 422),
        (&good.replace("customer", "CANARY"), 422),
        (&good.replace("\"CANARY\"", "\"unknown\""), 422),
        (&good.replace("\"CANARY\"", "\"\""), 422),
        (&good.replace('}', ",\"until\":\"CANARY\"}"), 422),
        (
            &good
                .replace("granted", "denied")
                .replace('}', ",\"until\":\"2027-01-01\"}"),
            422,
        ),
        (&good.replace('}', ",\"by\":\"page\"}"), 422),
        (
            &good.replace('}', &format!(",\"proof\":\"{}\"}}", "x".repeat(257))),
            422,
        ),
        (&format!("{{\"kind\":\"{}\"}}", "x".repeat(20_000)), 413),
    ] {
        let answer = served.ask("POST", "/v1/consent", &headers, call);
        assert_eq!(status(&answer), expected, "{call:.80}: {answer}");
        assert!(
            !answer.contains("CANARY") && body(&answer).contains("error"),
            "{answer}"
        );
    }
    for (call, expected) in [
        ("{}", 400),
        (r#"{"kind":"customer","id":"42","scope":"all"}"#, 400),
        (
            r#"{"kind":"customer","id":"42","scope":"prefs","lasts_s":0}"#,
            422,
        ),
        (
            r#"{"kind":"customer","id":"42","scope":"prefs","lasts_s":34560001}"#,
            422,
        ),
        (
            r#"{"kind":"customer","id":"42","scope":"prefs","categories":["Other"]}"#,
            422,
        ),
    ] {
        let answer = served.ask("POST", "/v1/links", &headers, call);
        assert_eq!(status(&answer), expected, "{call}");
    }
    assert_eq!(status(&served.ask("POST", "/v1/consent", TOKEN, good)), 415);
    assert_eq!(
        status(&served.ask("GET", "/v1/consent/customer/%ff", TOKEN, "")),
        400
    );
    assert_eq!((served.memory.count(), served.recorded().len()), (0, 0));
}

#[test]
fn a_call_with_a_key_is_done_once() {
    let served = Served::start();
    let headers = format!("{TOKEN}{JSON}idempotency-key: a-1\r\n");
    let call = |is: &str| {
        let body = format!(r#"{{"kind":"customer","id":"42","category":"Ads","is":"{is}"}}"#);
        served.ask("POST", "/v1/consent", &headers, &body)
    };
    let first = call("granted");
    let again = call("granted");
    assert_eq!((status(&first), body(&first)), (202, body(&again)));
    assert_eq!(served.memory.count(), 1);
    assert_eq!(status(&call("denied")), 422);
    assert_eq!(served.stands("Ads"), Some(Is::Granted));
    AHEAD.store(25 * 3_600, Ordering::SeqCst);
    assert_eq!(status(&call("denied")), 202);
}

/// Whoever hangs up, and makes the call again as the documentation asks: what waited was
/// not done and may be; what had begun is finished once, and answered.
#[test]
fn a_call_whose_client_hangs_up_may_be_made_again() {
    // By a proxy: alone, this machine has fewer connections.
    let served = Served::with(vec![IpAddr::from([127, 0, 0, 1])]);
    let asked = |n: usize| {
        let body = format!(r#"{{"kind":"customer","id":"{n}","category":"Ads","is":"denied"}}"#);
        let headers = format!("{TOKEN}{JSON}idempotency-key: {n}\r\n");
        (headers, body)
    };
    let hang_up = |n: usize| {
        let (headers, body) = asked(n);
        let len = body.len();
        let mut stream = TcpStream::connect(served.admin.address()).unwrap();
        let call = format!(
            "POST /v1/consent HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len}\r\n\r\n{body}"
        );
        stream.write_all(call.as_bytes()).unwrap();
        stream
    };
    let again = |n: usize| {
        let (headers, body) = asked(n);
        status(&served.ask("POST", "/v1/consent", &headers, &body))
    };
    served.memory.hold(true);
    let begun: Vec<TcpStream> = (0..WRITES).map(hang_up).collect();
    served.until(|| served.memory.waiting() == WRITES as u64);
    let waits = hang_up(WRITES);
    served.until(|| served.centre.remembered.under_way() == WRITES + 1);
    drop((begun, waits));
    // What waited for a writer gives its key back while the store still stands.
    served.until(|| served.centre.remembered.under_way() == WRITES);
    assert_eq!(again(0), 409, "it is being written");
    served.memory.hold(false);
    served.until(|| served.centre.remembered.under_way() == 0);
    assert_eq!(served.memory.count(), WRITES as i64);
    assert_eq!(again(0), 202);
    assert_eq!(served.memory.count(), WRITES as i64, "it was done once");
    assert_eq!(again(WRITES), 202);
    assert_eq!(served.memory.count(), WRITES as i64 + 1);
}

#[test]
fn who_may_not_call_is_told_so_as_programs_are() {
    let served = Served::start();
    let wrong = "authorization: Bearer 0123456789abcdeg\r\n";
    for (method, path, headers, expected) in [
        ("GET", "/v1/consent/customer/42", "", 401),
        ("GET", "/v1/consent/customer/42", wrong, 401),
        ("DELETE", "/v1/consent", TOKEN, 405),
        ("GET", "/v1", "", 404),
        ("GET", "/", "", 404),
    ] {
        let refused = served.ask(method, path, headers, "");
        assert_eq!(status(&refused), expected, "{refused}");
        assert_eq!(header(&refused, "x-content-type-options"), "nosniff");
        assert_eq!(header(&refused, "cache-control"), "no-store");
        // A stranger is told of no path.
        assert!(!body(&refused).contains("/v1"), "{refused}");
        if expected != 405 {
            assert_eq!(header(&refused, "content-type"), "application/json");
            assert!(body(&refused).contains("\"error\""), "{refused}");
        }
    }
    let small = TOKEN.replace("Bearer", "bearer");
    let asked = served.ask("GET", "/v1/consent/customer/42", &small, "");
    assert_eq!(status(&asked), 200);
    assert_eq!(served.looked_up.load(Ordering::SeqCst), 1);
}
