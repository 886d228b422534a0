//! Sealed links: what they open, and what they are good for.

use super::*;

#[test]
fn links_that_are_changed_ended_or_none_are_answered_alike() {
    let served = Served::start();
    let link = link(May::Prefs, PREFS_LIFE);
    let cut = &link[..link.len() - 1];
    let (front, behind) = link.split_at(link.len() / 2);
    let other = if behind.starts_with('Q') { "R" } else { "Q" };
    let changed = format!("{front}{other}{}", &behind[1..]);
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
