//! Calls that are made again: answered as the first time, and not done again
//! (draft-ietf-httpapi-idempotency-key-header).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::crypto::digest::sha256;

/// How long an answer is remembered, by this process.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// Most answers that are; the oldest is forgotten.
const ANSWERS_MAX: usize = 100_000;
/// Longest key, in bytes.
const KEY_MAX: usize = 255;

/// What to do with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Do it, under an [`UnderWay`](super::under_way::UnderWay).
    New(Kept),
    /// It was done: the answer.
    Done(u16, String),
    /// It is being done.
    UnderWay,
    /// Another call had that key.
    Another,
    /// The key is none.
    NoKey,
}

/// The key of a call that is being done, as it is kept: its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kept([u8; 32]);

struct Call {
    body: [u8; 32],
    at: Timestamp,
    answer: Option<(u16, String)>,
}

#[derive(Default)]
struct Calls {
    calls: HashMap<Kept, Call>,
    order: VecDeque<(Timestamp, Kept)>,
}

/// Answers to calls that came with an `Idempotency-Key`.
#[derive(Default)]
pub struct Remembered(Mutex<Calls>);

impl Remembered {
    /// Looks a call up, and remembers that it is being done when it is new.
    pub(super) fn call(&self, key: &[u8], body: &[u8], now: Timestamp) -> Seen {
        let is_visible = |b: &u8| b.is_ascii_graphic() || *b == b' ';
        if key.is_empty() || key.len() > KEY_MAX || !key.iter().all(is_visible) {
            return Seen::NoKey;
        }
        let (key, body) = (Kept(sha256(key)), sha256(body));
        let mut calls = self.calls();
        calls.forget(now);
        if let Some(call) = calls.calls.get(&key) {
            return match &call.answer {
                _ if call.body != body => Seen::Another,
                Some((status, json)) => Seen::Done(*status, json.clone()),
                None => Seen::UnderWay,
            };
        }
        let answer = None;
        let at = now;
        calls.calls.insert(key, Call { body, at, answer });
        calls.order.push_back((now, key));
        Seen::New(key)
    }

    /// It was done.
    pub(super) fn done(&self, key: Kept, status: u16, json: String) {
        if let Some(call) = self.calls().calls.get_mut(&key) {
            call.answer = Some((status, json));
        }
    }

    /// It was not done: the same key may do it.
    pub(super) fn failed(&self, key: Kept) {
        self.calls().calls.remove(&key);
    }

    /// How many are being done.
    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        let calls = self.calls();
        calls.calls.values().filter(|c| c.answer.is_none()).count()
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    fn forget(&mut self, now: Timestamp) {
        while let Some(&(at, key)) = self.order.front() {
            let is_old = now.duration_since(at) > REMEMBERED;
            if !is_old && self.order.len() < ANSWERS_MAX {
                return;
            }
            self.order.pop_front();
            // One that failed and was done again later stands further behind.
            if self.calls.get(&key).is_some_and(|call| call.at == at) {
                self.calls.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_323_200 + second).unwrap()
    }

    fn new(seen: Seen) -> Kept {
        match seen {
            Seen::New(key) => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_is_done_once_and_answered_alike() {
        let all = Remembered::default();
        let key = new(all.call(b"a", b"body", at(0)));
        assert_eq!(all.call(b"a", b"body", at(1)), Seen::UnderWay);
        all.done(key, 202, "{}".into());
        assert_eq!(all.call(b"a", b"body", at(2)), Seen::Done(202, "{}".into()));
        assert_eq!(all.call(b"a", b"other", at(2)), Seen::Another);
        new(all.call(b"b", b"body", at(2)));
        let day = 24 * 3_600;
        assert!(matches!(all.call(b"a", b"body", at(day)), Seen::Done(..)));
        new(all.call(b"a", b"other", at(day + 1)));
        for odd in [&b""[..], b"\n", b"\xff", &[b'x'; 256]] {
            assert_eq!(all.call(odd, b"", at(0)), Seen::NoKey);
        }
    }

    #[test]
    fn what_failed_may_be_done_again() {
        let all = Remembered::default();
        let key = new(all.call(b"a", b"body", at(0)));
        all.failed(key);
        let key = new(all.call(b"a", b"body", at(1)));
        all.done(key, 202, "1".into());
        // The first try is forgotten by itself, and takes nothing along.
        let day = 24 * 3_600;
        let seen = all.call(b"a", b"body", at(day + 1));
        assert_eq!(seen, Seen::Done(202, "1".into()));
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let all = Remembered::default();
        for n in 0..ANSWERS_MAX + 5 {
            let key = new(all.call(n.to_string().as_bytes(), b"", at(0)));
            all.done(key, 202, String::new());
        }
        assert!(all.calls().calls.len() <= ANSWERS_MAX);
        new(all.call(b"0", b"", at(0)));
        let last = (ANSWERS_MAX + 4).to_string();
        assert!(matches!(
            all.call(last.as_bytes(), b"", at(0)),
            Seen::Done(..)
        ));
    }
}
