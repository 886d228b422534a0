//! What the actions of a batch look up in a store: everything is asked for in
//! one call, before the first record is written.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// One thing to be looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is looked up, of the store's closed list.
    pub register: &'static str,
    /// What it is known by there.
    pub key: &'a [u8],
    /// What the store keeps from now on if it has nothing; empty: nothing.
    pub proposal: &'a [u8],
}

/// Answers the look-ups of batches. Every worker has its own.
pub trait Lookups: Send {
    /// Adds to `answers` one for each of `requests`, in their order. It may
    /// wait, within limits of its own. The same requests may come again, after
    /// an outage or when a batch is read once more: what was kept for them then
    /// is the answer now.
    ///
    /// # Errors
    /// When the store cannot be asked, or not all of it: then no answer counts,
    /// and the batch is held until one call answers everything.
    fn resolve(&mut self, requests: &Requests, answers: &mut Answers) -> Result<(), Outage>;
}

/// Something that a batch needs cannot be had now: it is tried again, and until
/// then nothing of the batch leaves. A sentence that an operator can act on,
/// never a value from an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Outage(Arc<str>);

impl Outage {
    /// What is wrong, and what to do.
    pub fn new(what: impl Into<Arc<str>>) -> Outage {
        Outage(what.into())
    }

    /// The sentence.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// What a batch asks for, each thing once, in the order first asked.
pub struct Requests {
    list: Vec<Asked>,
    /// Keys and proposals. Clear values: zeroed before they go.
    bytes: Vec<u8>,
    /// By hash, the last request that has it.
    by_hash: HashMap<u64, u32, foldhash::quality::FixedState>,
    hasher: foldhash::quality::FixedState,
}

struct Asked {
    register: &'static str,
    key: Range<usize>,
    proposal: Range<usize>,
    /// Another request of the same hash.
    other: Option<u32>,
}

impl Requests {
    /// None. `seed` keeps the hashes of keys from those who write events.
    pub fn new(seed: u64) -> Requests {
        let hasher = foldhash::quality::FixedState::with_seed(seed);
        Requests {
            list: Vec::new(),
            bytes: Vec::new(),
            by_hash: HashMap::with_hasher(hasher.clone()),
            hasher,
        }
    }

    /// How many different ones.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True when nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Each once, in the order first asked.
    pub fn iter(&self) -> impl Iterator<Item = Request<'_>> {
        self.list.iter().map(|asked| self.request(asked))
    }

    /// Asks, unless the batch asks for it already: then the proposal that came
    /// first stands.
    fn add(&mut self, request: Request<'_>) {
        let hash = self.hash(request.register, request.key);
        if self.find_at(hash, request.register, request.key).is_some() {
            return;
        }
        // Beyond that many it has no answer, and is refused.
        let Ok(place) = u32::try_from(self.list.len()) else {
            return;
        };
        let key = self.append(request.key);
        let proposal = self.append(request.proposal);
        let other = self.by_hash.insert(hash, place);
        self.list.push(Asked {
            register: request.register,
            key,
            proposal,
            other,
        });
    }

    fn find(&self, register: &'static str, key: &[u8]) -> Option<usize> {
        self.find_at(self.hash(register, key), register, key)
    }

    fn find_at(&self, hash: u64, register: &'static str, key: &[u8]) -> Option<usize> {
        let mut place = self.by_hash.get(&hash).copied();
        while let Some(at) = place {
            let asked = &self.list[at as usize];
            if asked.register == register && self.bytes[asked.key.clone()] == *key {
                return Some(at as usize);
            }
            place = asked.other;
        }
        None
    }

    fn hash(&self, register: &'static str, key: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(register.as_bytes());
        hasher.write_usize(register.len());
        hasher.write(key);
        hasher.finish()
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        append_zeroing(bytes, &mut self.bytes)
    }

    fn request(&self, asked: &Asked) -> Request<'_> {
        Request {
            register: asked.register,
            key: &self.bytes[asked.key.clone()],
            proposal: &self.bytes[asked.proposal.clone()],
        }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.by_hash.clear();
        self.bytes.fill(0);
        self.bytes.clear();
    }
}

/// What a store said to the requests of a batch, in their order.
#[derive(Default)]
pub struct Answers {
    list: Vec<Option<Range<usize>>>,
    /// May hold keys: zeroed before they go.
    bytes: Vec<u8>,
}

impl Answers {
    /// The next answer; `None`: the store has nothing under that key.
    pub fn push(&mut self, answer: Option<&[u8]>) {
        let answer = answer.map(|bytes| append_zeroing(bytes, &mut self.bytes));
        self.list.push(answer);
    }

    fn clear(&mut self) {
        self.list.clear();
        self.bytes.fill(0);
        self.bytes.clear();
    }
}

/// The look-ups of one batch: what is asked for, and what was answered.
pub struct LookedUp {
    requests: Requests,
    answers: Answers,
}

/// Nobody asked for it before the batch was walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAsked;

impl LookedUp {
    /// Of one worker. `seed` as for [`Requests::new`].
    pub fn new(seed: u64) -> LookedUp {
        LookedUp {
            requests: Requests::new(seed),
            answers: Answers::default(),
        }
    }

    /// Forgets the last batch.
    pub fn begin_batch(&mut self) {
        if !self.requests.is_empty() {
            self.requests.clear();
            self.answers.clear();
        }
    }

    /// Asks for something, before the batch is walked.
    pub fn ask(&mut self, request: Request<'_>) {
        self.requests.add(request);
    }

    /// Has everything answered that was asked for, in one call; in none when
    /// that is nothing.
    ///
    /// # Errors
    /// When it cannot be, or was not: then nothing is answered.
    pub fn resolve(&mut self, lookups: &mut dyn Lookups) -> Result<(), Outage> {
        if self.requests.is_empty() {
            return Ok(());
        }
        self.answers.clear();
        let resolved = lookups.resolve(&self.requests, &mut self.answers);
        let (asked, answered) = (self.requests.len(), self.answers.list.len());
        if resolved.is_ok() && answered == asked {
            return Ok(());
        }
        self.answers.clear();
        resolved.and_then(|()| {
            Err(Outage::new(format!(
                "a store gave {answered} answers to {asked} look-ups; its fault is to be mended"
            )))
        })
    }

    /// What the store has under that key; `None`: nothing.
    ///
    /// # Errors
    /// When it was not asked for before the walk.
    #[inline]
    pub fn answer(&self, register: &'static str, key: &[u8]) -> Result<Option<&[u8]>, NotAsked> {
        let at = self.requests.find(register, key).ok_or(NotAsked)?;
        let answer = self.answers.list.get(at).ok_or(NotAsked)?;
        Ok(answer.as_ref().map(|at| &self.answers.bytes[at.clone()]))
    }
}

impl Drop for LookedUp {
    fn drop(&mut self) {
        self.requests.clear();
        self.answers.clear();
    }
}

/// Appends, and leaves no copy behind where the buffer was too small.
fn append_zeroing(bytes: &[u8], to: &mut Vec<u8>) -> Range<usize> {
    let at = to.len();
    if to.capacity() - at < bytes.len() {
        let mut larger = Vec::with_capacity((at + bytes.len()).next_power_of_two().max(1 << 10));
        larger.extend_from_slice(to);
        to.fill(0);
        *to = larger;
    }
    to.extend_from_slice(bytes);
    at..to.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "a";
    const B: &str = "b";

    fn request<'a>(register: &'static str, key: &'a str, proposal: &'a str) -> Request<'a> {
        Request {
            register,
            key: key.as_bytes(),
            proposal: proposal.as_bytes(),
        }
    }

    /// Answers with the proposals; there is nothing where none is made.
    struct Proposals;

    impl Lookups for Proposals {
        fn resolve(&mut self, requests: &Requests, answers: &mut Answers) -> Result<(), Outage> {
            for request in requests.iter() {
                answers.push(Some(request.proposal).filter(|p| !p.is_empty()));
            }
            Ok(())
        }
    }

    #[test]
    fn each_thing_is_asked_once_and_registers_stand_apart() {
        let mut looked_up = LookedUp::new(1);
        for (register, key, proposal) in [
            (A, "x", "first"),
            (A, "y", ""),
            (A, "x", "second"),
            (B, "x", "other"),
        ] {
            looked_up.ask(request(register, key, proposal));
        }
        assert_eq!(looked_up.requests.len(), 3);
        looked_up.resolve(&mut Proposals).unwrap();
        assert_eq!(looked_up.answer(A, b"x"), Ok(Some(&b"first"[..])));
        assert_eq!(looked_up.answer(A, b"y"), Ok(None));
        assert_eq!(looked_up.answer(B, b"x"), Ok(Some(&b"other"[..])));
        assert_eq!(looked_up.answer(B, b"y"), Err(NotAsked));
        looked_up.begin_batch();
        assert_eq!(looked_up.answer(A, b"x"), Err(NotAsked));
    }

    #[test]
    fn requests_of_one_hash_are_told_apart() {
        let mut requests = Requests::new(1);
        requests.add(request(A, "x", "p"));
        let hash = requests.hash(A, b"y");
        // As if both had it.
        requests.by_hash.insert(hash, 0);
        requests.add(request(A, "y", "q"));
        assert_eq!(requests.find(A, b"y"), Some(1));
        assert_eq!(requests.find_at(hash, A, b"x"), Some(0));
        assert_eq!(requests.find_at(hash, A, b"z"), None);
    }

    #[test]
    fn many_are_found_again() {
        let mut looked_up = LookedUp::new(7);
        for n in 0..10_000 {
            looked_up.ask(request(A, &n.to_string(), &format!("p{n}")));
        }
        looked_up.resolve(&mut Proposals).unwrap();
        for n in 0..10_000 {
            let answer = looked_up.answer(A, n.to_string().as_bytes());
            assert_eq!(answer, Ok(Some(format!("p{n}").as_bytes())));
        }
    }

    /// Answers one thing and then fails, or says that that is all.
    struct Partly(Result<(), Outage>);

    impl Lookups for Partly {
        fn resolve(&mut self, _: &Requests, answers: &mut Answers) -> Result<(), Outage> {
            answers.push(Some(b"x"));
            self.0.clone()
        }
    }

    #[test]
    fn what_is_answered_in_part_is_not_answered() {
        for (result, says) in [
            (Err(Outage::new("the store is down")), "the store is down"),
            (Ok(()), "1 answers to 2 look-ups"),
        ] {
            let mut looked_up = LookedUp::new(1);
            looked_up.ask(request(A, "x", ""));
            looked_up.ask(request(A, "y", ""));
            let outage = looked_up.resolve(&mut Partly(result)).unwrap_err();
            assert!(outage.to_string().contains(says), "{outage}");
            assert_eq!(looked_up.answer(A, b"x"), Err(NotAsked));
        }
    }
}
