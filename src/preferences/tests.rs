//! The pages and calls over HTTP, with a store in memory.

mod calls;
mod links;
mod turns;

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
    // A word of its own: what is drawn at random may hold these two digits, and so may a date.
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut words = body(&page).split(|c| !is_of_word(c));
    assert!(words.all(|word| word != "42"), "who it is stands nowhere");
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
