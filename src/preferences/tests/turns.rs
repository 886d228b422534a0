//! Decisions of one person, and of very many, at once.

use super::*;

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
