//! The pages and calls over HTTP, with a store in memory.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::centre::WRITES;
use super::idempotency::Remembered;
use super::*;
use crate::admin::{Admin, Token};
use crate::consent::state::By;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::kdf::{KeyHandle, Root};
use crate::crypto::link::LinkKey;
use crate::crypto::subject_index::SubjectIndex;
use crate::plan::live::{Category, Wording};
use crate::record::{Reason, SubjectId};
use crate::subject::{
    Claims, Decisions, Ended, Event, Evidence, Is, Limits, May, Memory, PREFS_LIFE, Unrecorded,
    WITHDRAW_LIFE,
};

/// Seconds that the clock of these tests is ahead.
static AHEAD: AtomicI64 = AtomicI64::new(0);
/// One test at a time: they share the clock.
static ONE: Mutex<()> = Mutex::new(());

fn clock() -> Timestamp {
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(AHEAD.load(Ordering::SeqCst))
}

/// What was recorded.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    is_full: AtomicU64,
}

impl Evidence for Log {
    fn before(&self, event: &Event<'_>) -> Result<Ended, Unrecorded> {
        if self.is_full.load(Ordering::SeqCst) > 0 {
            let why = "the disk is full".to_owned();
            return Err(Unrecorded { why });
        }
        self.lines.lock().unwrap().push(format!("{event:?}"));
        Ok(Box::new(|_| ()))
    }
}

struct Served {
    admin: Admin,
    centre: Arc<Centre>,
    memory: Arc<Memory>,
    log: Arc<Log>,
    refused: Arc<AtomicU64>,
    looked_up: Arc<AtomicU64>,
    key: Arc<Mutex<Arc<LinkKey>>>,
    _one: std::sync::MutexGuard<'static, ()>,
}

const TOKEN: &str = "authorization: Bearer 0123456789abcdef\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "content-type: application/json\r\n";

fn root() -> Arc<Root> {
    Arc::new(Root::new(&[7; 32]))
}

fn key() -> LinkKey {
    LinkKey::new(&KeyHandle {
        id: "subjects:1".parse().unwrap(),
        root: root(),
    })
}

fn who(id: &str) -> SubjectId {
    let index = SubjectIndex::new(&root(), "customer", "text@1").unwrap();
    index.id(format!("s{id}").as_bytes())
}

fn link(may: May, life: SignedDuration) -> String {
    let claims = Claims {
        who: who("42"),
        may,
        categories: Vec::new(),
        made: clock(),
        until: clock() + life,
    };
    claims.seal(&key(), &mut OsEntropy).unwrap()
}

fn category(name: &str, german: &str) -> Category {
    let text = |tag: &str, text: &str| (tag.to_owned(), text.to_owned());
    Category {
        name: name.to_owned(),
        bit: Some(0),
        title: Wording::in_languages(vec![text("en", name), text("de", german)]),
        text: Wording::of("What it is for."),
        purposes: Vec::new(),
        explicit: false,
    }
}

impl Served {
    fn start() -> Served {
        Served::with(Vec::new())
    }

    /// With proxies that are believed.
    fn with(proxies: Vec<IpAddr>) -> Served {
        let one = ONE.lock().unwrap_or_else(|p| p.into_inner());
        AHEAD.store(0, Ordering::SeqCst);
        let memory = Arc::new(Memory::new("veil.shop.consent"));
        let log = Arc::new(Log::default());
        let refused = Arc::new(AtomicU64::new(0));
        let looked_up = Arc::new(AtomicU64::new(0));
        let counted = [Arc::clone(&refused), Arc::clone(&looked_up)];
        let sealed_by = Arc::new(Mutex::new(Arc::new(key())));
        let links = Arc::clone(&sealed_by);
        let centre = Arc::new(Centre {
            categories: vec![category("Ads", "Werbung"), category("Stats", "Statistik")],
            expires_ms: None,
            named: Box::new(|kind, id| match (kind, id) {
                ("customer", "unknown") => Named::Nobody,
                ("customer", "") => Named::Bad(Reason::BadIdentifier),
                ("customer", id) => Named::Who(who(id)),
                _ => Named::NoKind,
            }),
            links: Box::new(move || Arc::clone(&links.lock().unwrap())),
            decisions: Arc::clone(&memory) as Arc<dyn Decisions>,
            evidence: Arc::clone(&log) as Arc<dyn Evidence>,
            token: Some(Token::new(b"0123456789abcdef")),
            address: "https://choices.example".to_owned(),
            proxies: Proxies::new(proxies),
            counted: Box::new(move |done| {
                let [refused, looked_up] = &counted;
                match done {
                    Done::Refused => refused.fetch_add(1, Ordering::SeqCst),
                    Done::LookedUp => looked_up.fetch_add(1, Ordering::SeqCst),
                    Done::Decision { .. } | Done::Failed => 0,
                };
            }),
            clock,
            limits: Limits::default(),
            remembered: Remembered::default(),
            writes: Centre::writers(),
            turns: Arc::default(),
        });
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Served {
            admin: serve(&centre, any).unwrap(),
            centre,
            memory,
            log,
            refused,
            looked_up,
            key: sealed_by,
            _one: one,
        }
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.admin.address()).unwrap();
        let len = body.len();
        let asked = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "", "")
    }

    /// Sends the form of the page of that link.
    fn send(&self, link: &str, choices: &str) -> String {
        let page = self.get(&format!("/p/{link}"));
        let at = page.find("name=\"mark\" value=\"").expect("it has a form") + 19;
        let mark = &page[at..at + 22];
        self.ask(
            "POST",
            &format!("/p/{link}"),
            FORM,
            &format!("mark={mark}&{choices}"),
        )
    }

    fn stands(&self, category: &str) -> Option<Is> {
        let standing = self.memory.standing(who("42")).unwrap();
        standing.get(category).map(|s| s.is)
    }

    /// Waits for what another thread does.
    fn until(&self, is_so: impl Fn() -> bool) {
        let begun = std::time::Instant::now();
        while !is_so() {
            if begun.elapsed().as_secs() >= 20 {
                self.memory.hold(false);
                panic!("it does not come");
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    fn recorded(&self) -> Vec<String> {
        self.log.lines.lock().unwrap().clone()
    }
}

fn status(answer: &str) -> u16 {
    answer[9..12].parse().unwrap()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer.lines().find(|l| l.starts_with(&format!("{name}: ")));
    line.map_or("", |l| &l[name.len() + 2..])
}

#[test]
fn a_person_decides_on_their_page() {
    let served = Served::start();
    let link = link(May::Prefs, PREFS_LIFE);
    let page = served.get(&format!("/p/{link}"));
    assert_eq!(status(&page), 200);
    assert!(page.contains("You have not decided yet"));
    assert!(!page.contains("42"), "who it is stands nowhere");
    let saved = served.send(&link, "c.Ads=granted&c.Stats=denied");
    assert_eq!(status(&saved), 303, "{saved}");
    assert_eq!(served.stands("Ads"), Some(Is::Granted));
    assert_eq!(served.stands("Stats"), Some(Is::Denied));
    let place = header(&saved, "location")
        .strip_prefix("..")
        .unwrap()
        .to_owned();
    let page = served.get(&place);
    assert!(page.contains("Your choice is saved."), "{page}");
    assert!(
        page.contains("<code>veil.shop.consent/0/1</code>"),
        "{page}"
    );
    assert!(page.contains("You agreed, on "));
    // Recorded before, denials first, and nobody named.
    let recorded = served.recorded();
    assert!(
        recorded[0].contains("Stats") && recorded[0].contains("Denied"),
        "{recorded:?}"
    );
    assert!(recorded[1].contains("Ads") && recorded[1].contains("SubjectId(..)"));
    // The same again: the grant stands and is not written; a denial always is.
    let again = served.send(&link, "c.Ads=granted");
    assert_eq!((status(&again), served.memory.count()), (200, 2));
    assert!(again.contains("Nothing was changed"));
    let again = served.send(&link, "c.Ads=granted&c.Stats=denied");
    assert_eq!((status(&again), served.memory.count()), (303, 3));
    let back = served.send(&link, "c.Ads=denied");
    assert_eq!(
        (status(&back), served.stands("Ads")),
        (303, Some(Is::Denied))
    );
    // What somebody else puts there is not told.
    let forged = served.get(&format!("/p/{link}?saved=0.0.0..AAAAAAAAAAAAAAAAAAAAAA"));
    assert!(status(&forged) == 200 && !forged.contains("Your choice is saved."));
}

#[test]
fn every_answer_tells_the_browser_to_keep_nothing() {
    let served = Served::start();
    let link = link(May::Prefs, PREFS_LIFE);
    for answer in [
        served.get(&format!("/p/{link}")),
        served.get("/p/vl1.none"),
        served.send(&link, "c.Ads=granted"),
        served.get("/style.css"),
        served.ask("GET", "/v1/consent/customer/42", TOKEN, ""),
    ] {
        assert_eq!(
            header(&answer, "referrer-policy"),
            "no-referrer",
            "{answer}"
        );
        assert_eq!(header(&answer, "cache-control"), "no-store");
        let policy = header(&answer, "content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{answer}");
        }
        assert!(header(&answer, "set-cookie").is_empty());
    }
}

#[test]
fn links_that_are_changed_ended_or_none_are_answered_alike() {
    let served = Served::start();
    let link = link(May::Prefs, PREFS_LIFE);
    let cut = &link[..link.len() - 1];
    let changed = link.replace(".A", ".B").replace('Q', "R");
    let ended = {
        let claims = Claims {
            who: who("42"),
            may: May::Prefs,
            categories: Vec::new(),
            made: clock() - SignedDuration::from_hours(1),
            until: clock(),
        };
        claims.seal(&key(), &mut OsEntropy).unwrap()
    };
    let other = LinkKey::new(&KeyHandle {
        id: "subjects:2".parse().unwrap(),
        root: root(),
    });
    let other = other.seal(b"{}", &mut OsEntropy).unwrap();
    let without_date = |answer: String| {
        let lines = answer.lines().filter(|l| !l.starts_with("date:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let mut answers = Vec::new();
    for bad in [cut, &changed, &ended, &other, "x", "vl1..", "%00"] {
        answers.push(without_date(served.get(&format!("/p/{bad}"))));
        answers.push(without_date(served.get(&format!("/u/{bad}"))));
        let form = served.ask("POST", &format!("/p/{bad}"), FORM, "c.Ads=denied");
        answers.push(without_date(form));
        let click = served.ask(
            "POST",
            &format!("/u/{bad}"),
            FORM,
            "List-Unsubscribe=One-Click",
        );
        answers.push(without_date(click));
    }
    assert!(answers[0].starts_with("HTTP/1.1 404"), "{}", answers[0]);
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:#?}");
    assert_eq!(served.memory.count(), 0);
}

#[test]
fn reading_changes_nothing_whatever_reads() {
    let served = Served::start();
    let link = link(May::Withdraw, WITHDRAW_LIFE);
    for folder in ["p", "u"] {
        for query in ["", "?c.Ads=denied&mark=x", "?List-Unsubscribe=One-Click"] {
            let path = format!("/{folder}/{link}{query}");
            assert_eq!(status(&served.get(&path)), 200);
            assert_eq!(status(&served.ask("HEAD", &path, "", "")), 200);
            assert_eq!(status(&served.ask("PUT", &path, FORM, "c.Ads=denied")), 405);
        }
    }
    assert_eq!((served.memory.count(), served.recorded().len()), (0, 0));
}

#[test]
fn a_link_that_was_passed_on_withdraws_and_grants_nothing() {
    let served = Served::start();
    let fresh = link(May::Prefs, PREFS_LIFE);
    assert_eq!(status(&served.send(&fresh, "c.Ads=granted")), 303);
    let passed_on = link(May::Withdraw, WITHDRAW_LIFE);
    let refused = served.send(&passed_on, "c.Stats=granted");
    assert!(refused.contains("Consent was not given"), "{refused}");
    assert_eq!(served.stands("Stats"), None);
    // What it may goes through, beside what it may not.
    let both = served.send(&passed_on, "c.Ads=denied&c.Stats=granted");
    assert_eq!(status(&both), 303);
    let page = served.get(header(&both, "location").strip_prefix("..").unwrap());
    assert!(page.contains("Your choice is saved.") && page.contains("Consent was not given"));
    assert_eq!(
        (served.stands("Ads"), served.stands("Stats")),
        (Some(Is::Denied), None)
    );
}

#[test]
fn one_click_withdraws_what_the_link_is_about() {
    let served = Served::start();
    let mut claims = Claims {
        who: who("42"),
        may: May::Withdraw,
        categories: vec!["Ads".into()],
        made: clock(),
        until: clock() + WITHDRAW_LIFE,
    };
    let ads = claims.seal(&key(), &mut OsEntropy).unwrap();
    let path = format!("/u/{ads}");
    for (headers, body) in [(FORM, ""), (FORM, "c.Ads=denied"), (JSON, "{}")] {
        assert_eq!(status(&served.ask("POST", &path, headers, body)), 400);
    }
    assert_eq!(served.memory.count(), 0);
    let done = served.ask("POST", &path, FORM, "List-Unsubscribe=One-Click");
    assert_eq!(status(&done), 200, "no redirect");
    assert!(done.contains("You have withdrawn your consent."));
    assert_eq!(
        (served.stands("Ads"), served.stands("Stats")),
        (Some(Is::Denied), None)
    );
    // Again: the same answer, and written again: a grant may have been under way.
    let again = served.ask("POST", &path, FORM, "List-Unsubscribe=One-Click");
    assert_eq!((status(&again), served.memory.count()), (200, 2));
    claims.categories.clear();
    let all = claims.seal(&key(), &mut OsEntropy).unwrap();
    served.ask(
        "POST",
        &format!("/u/{all}"),
        FORM,
        "List-Unsubscribe=One-Click",
    );
    assert_eq!(served.stands("Stats"), Some(Is::Denied));
}

/// What was seen of the store when a denial comes may be behind a grant that is being
/// written: the denial stands after it.
#[test]
fn a_denial_that_comes_while_a_grant_is_under_way_stands() {
    let served = Served::start();
    let page = link(May::Prefs, PREFS_LIFE);
    assert_eq!(status(&served.send(&page, "c.Ads=denied")), 303);
    let mail = link(May::Withdraw, WITHDRAW_LIFE);
    for is_form in [true, false] {
        served.memory.hold(true);
        std::thread::scope(|scope| {
            let grant = scope.spawn(|| served.send(&page, "c.Ads=granted"));
            served.until(|| served.memory.waiting() == 1);
            let denial = scope.spawn(|| match is_form {
                true => served.send(&page, "c.Ads=denied"),
                false => {
                    let path = format!("/u/{mail}");
                    served.ask("POST", &path, FORM, "List-Unsubscribe=One-Click")
                }
            });
            // It waits for its turn, and is not written beside the grant.
            served.until(|| served.centre.turns.of(who("42")) == 2);
            assert_eq!(served.memory.waiting(), 1);
            served.memory.hold(false);
            assert_eq!(status(&grant.join().unwrap()), 303);
            let expected = if is_form { 303 } else { 200 };
            assert_eq!(status(&denial.join().unwrap()), expected);
        });
        assert_eq!(served.stands("Ads"), Some(Is::Denied), "{is_form}");
    }
    // One click is about both categories.
    assert_eq!(served.memory.count(), 6);
}

#[test]
fn a_form_is_good_for_its_link_and_its_hour() {
    let served = Served::start();
    let (one, two) = (
        link(May::Withdraw, WITHDRAW_LIFE),
        link(May::Withdraw, PREFS_LIFE),
    );
    let page = served.get(&format!("/p/{one}"));
    let at = page.find("name=\"mark\" value=\"").unwrap() + 19;
    let form = format!("mark={}&c.Ads=denied", &page[at..at + 22]);
    let post = |link: &str, form: &str| served.ask("POST", &format!("/p/{link}"), FORM, form);
    for (link, form) in [
        (&one, "c.Ads=denied"),
        (&one, "mark=&c.Ads=denied"),
        (&two, &form),
    ] {
        let refused = post(link, form);
        assert_eq!(status(&refused), 400);
        assert!(refused.contains("open for too long"), "{refused}");
    }
    AHEAD.store(2 * 3_600, Ordering::SeqCst);
    assert_eq!(status(&post(&one, &form)), 400);
    assert_eq!(served.memory.count(), 0);
    AHEAD.store(2 * 3_600 - 1, Ordering::SeqCst);
    assert_eq!(status(&post(&one, &form)), 303);
}

#[test]
fn what_cannot_be_recorded_or_written_is_not_done_and_is_told() {
    let served = Served::start();
    let link = link(May::Prefs, PREFS_LIFE);
    served.log.is_full.store(1, Ordering::SeqCst);
    let refused = served.send(&link, "c.Ads=granted");
    assert_eq!((status(&refused), served.memory.count()), (503, 0));
    assert!(refused.contains("could not be saved for certain"));
    served.log.is_full.store(0, Ordering::SeqCst);
    served.memory.is_gone(true);
    let page = served.get(&format!("/p/{link}"));
    assert!(page.contains("cannot be shown at the moment"));
    assert_eq!(status(&served.send(&link, "c.Ads=denied")), 503);
    let call = r#"{"kind":"customer","id":"42","category":"Ads","is":"denied"}"#;
    let headers = format!("{TOKEN}{JSON}idempotency-key: 1\r\n");
    let refused = served.ask("POST", "/v1/consent", &headers, call);
    assert_eq!(status(&refused), 503);
    served.memory.is_gone(false);
    // The same call may be made again.
    assert_eq!(
        status(&served.ask("POST", "/v1/consent", &headers, call)),
        202
    );
    assert_eq!(served.stands("Ads"), Some(Is::Denied));
}

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
fn forms_have_a_size_and_consent_a_number() {
    let served = Served::start();
    let one = link(May::Prefs, PREFS_LIFE);
    let path = format!("/p/{one}");
    let long = "c.Ads=denied&".repeat(2_000);
    assert_eq!(status(&served.ask("POST", &path, FORM, &long)), 413);
    let many = "a&".repeat(8_000);
    assert_eq!(status(&served.ask("POST", &path, FORM, &many)), 400);
    // Forms without the mark of the page cost those with it nothing.
    for n in 0..40 {
        let refused = served.ask("POST", &path, FORM, "c.Ads=granted");
        assert_eq!(status(&refused), 400, "{n}");
    }
    for n in 0..30 {
        AHEAD.store(61 * (n / 10 + 1), Ordering::SeqCst);
        assert_eq!(status(&served.send(&one, "c.Ads=granted")), 303, "{n}");
        assert_eq!(status(&served.send(&one, "c.Ads=denied")), 303, "{n}");
    }
    AHEAD.store(61 * 4, Ordering::SeqCst);
    let before = served.memory.count();
    let refused = served.send(&one, "c.Ads=granted&c.Stats=denied");
    assert_eq!(status(&refused), 429);
    assert!(refused.contains("too many requests"));
    // What withdraws is never refused so, and is written beside what is.
    assert_eq!(served.memory.count(), before + 1);
    assert_eq!(served.stands("Ads"), Some(Is::Denied));
    assert_eq!(status(&served.send(&one, "c.Ads=denied")), 303);
    let other = link(May::Withdraw, WITHDRAW_LIFE);
    let click = format!("/u/{other}");
    let click = served.ask("POST", &click, FORM, "List-Unsubscribe=One-Click");
    assert_eq!(status(&click), 200);
}

/// Ten thousand requests in a minute of the clock, from a hundred networks behind a
/// proxy: each has its sixty, and nothing of what was asked stays anywhere.
#[test]
fn ten_thousand_requests_a_minute_keep_their_limits() {
    let proxy = IpAddr::from([127, 0, 0, 1]);
    let served = Served::with(vec![proxy]);
    let link = link(May::Withdraw, WITHDRAW_LIFE);
    let mut counts = std::collections::BTreeMap::<u16, u32>::new();
    let mut stream = TcpStream::connect(served.admin.address()).unwrap();
    for n in 0..10_000_u32 {
        let net = n % 100;
        let path = match n % 3 {
            0 => format!("/p/{link}"),
            1 => format!("/p/{}", &link[..link.len() - 2]),
            _ => format!("/u/{n}"),
        };
        if n % 500 == 0 {
            stream = TcpStream::connect(served.admin.address()).unwrap();
        }
        // In one piece: in several, the system waits between them.
        let asked =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.{net}.7\r\n\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        *counts.entry(one_answer(&mut stream)).or_default() += 1;
    }
    let passed = counts[&200] + counts[&404];
    assert_eq!((passed, counts[&429]), (6_000, 4_000), "{counts:?}");
    assert_eq!(served.refused.load(Ordering::SeqCst), 4_000);
    assert_eq!((served.memory.count(), served.recorded().len()), (0, 0));
}

/// Reads one answer of a connection that is kept; its status.
fn one_answer(stream: &mut TcpStream) -> u16 {
    let mut answer = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        let n = stream.read(&mut part).unwrap();
        assert!(n > 0, "the connection ended");
        answer.extend_from_slice(&part[..n]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let len: usize = header(head, "content-length").parse().unwrap();
        if body.len() >= len {
            return status(&text);
        }
    }
}

#[test]
fn two_decisions_of_one_person_end_in_the_order_in_which_they_came() {
    let served = Served::start();
    let call = |is: &str| {
        let body = format!(r#"{{"kind":"customer","id":"42","category":"Ads","is":"{is}"}}"#);
        served.ask("POST", "/v1/consent", &format!("{TOKEN}{JSON}"), &body)
    };
    let waiting = |n| served.until(|| served.centre.turns.of(who("42")) == n);
    for last in ["granted", "denied"] {
        let first = if last == "granted" {
            "denied"
        } else {
            "granted"
        };
        served.memory.hold(true);
        std::thread::scope(|scope| {
            let mut calls = Vec::new();
            for (n, is) in [first, last, first, last].into_iter().enumerate() {
                calls.push(scope.spawn(move || call(is)));
                waiting(n + 1);
            }
            served.memory.hold(false);
            for call in calls {
                assert_eq!(status(&call.join().unwrap()), 202);
            }
        });
        let is = Is::read(last);
        assert_eq!(served.stands("Ads"), is, "{last}");
        waiting(0);
    }
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

/// The end of a grant that is over grants nothing.
#[test]
fn a_grant_that_has_ended_is_none() {
    let served = Served::start();
    let call = |until: &str| {
        let body = format!(
            r#"{{"kind":"customer","id":"42","category":"Ads","is":"granted","until":"{until}"}}"#
        );
        served.ask("POST", "/v1/consent", &format!("{TOKEN}{JSON}"), &body)
    };
    for over in ["2026-03-01", "2026-03-01T12:00:00Z", "2020-01-01"] {
        let refused = call(over);
        assert_eq!(status(&refused), 422, "{refused}");
        assert!(refused.contains("nothing is granted"), "{refused}");
    }
    assert_eq!(served.memory.count(), 0);
    assert_eq!(status(&call("9999-12-30T00:00:00Z")), 202);
}

/// What sealed links is another key now: they are none any more, and new ones are.
#[test]
fn links_end_when_another_key_seals_them() {
    let served = Served::start();
    let old = link(May::Prefs, PREFS_LIFE);
    let page = served.get(&format!("/p/{old}"));
    assert_eq!(status(&page), 200);
    *served.key.lock().unwrap() = Arc::new(LinkKey::new(&KeyHandle {
        id: "subjects:2".parse().unwrap(),
        root: root(),
    }));
    assert_eq!(status(&served.get(&format!("/p/{old}"))), 404);
    let made = served.ask(
        "POST",
        "/v1/links",
        &format!("{TOKEN}{JSON}"),
        r#"{"kind":"customer","id":"42","scope":"prefs"}"#,
    );
    let told: serde_json::Value = serde_json::from_str(body(&made)).unwrap();
    let address = told["link"].as_str().unwrap();
    let path = address.strip_prefix("https://choices.example").unwrap();
    assert_eq!(status(&served.get(path)), 200);
}
