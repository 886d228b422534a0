//! What is known of schemas: bindings and refusals, within bounds.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::binder::{Key, Refusal};
use crate::schema::frame::Part;

/// Most bindings.
const BINDINGS_MAX: usize = 1_000;
/// Most memory of them, in bytes.
const BYTES_MAX: usize = 64 << 20;
/// So long unused, and a binding is forgotten.
const UNUSED_MAX: Duration = Duration::from_secs(3_600);
/// Most refusals that are remembered.
pub const REFUSALS_MAX: usize = 10_000;
/// So long a refusal holds.
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(60);
/// Between two looks after what is unused.
const SWEEP: Duration = Duration::from_secs(60);

/// What is known of a schema.
#[derive(Debug)]
pub enum Bound<B> {
    /// Its records can be read.
    Ready(B),
    /// They cannot.
    Refused(Refusal),
}

#[derive(Debug)]
struct Entry<B> {
    bound: Bound<B>,
    /// Somebody asked for it since the last look.
    used: AtomicBool,
}

/// What is known at one time, for readers. Immutable: what is learned makes another.
#[derive(Debug)]
pub struct Bindings<B> {
    known: HashMap<Key, Arc<Entry<B>>>,
}

impl<B> Bindings<B> {
    /// Those of schemas of that part of records.
    pub fn ready(&self, part: Part) -> impl Iterator<Item = &B> {
        let of_part = self.known.iter().filter(move |(key, _)| key.part == part);
        of_part.filter_map(|(_, entry)| match &entry.bound {
            Bound::Ready(binding) => Some(binding),
            Bound::Refused(_) => None,
        })
    }

    /// What is known of that schema; `None`: nothing yet.
    pub fn get(&self, key: &Key) -> Option<&Bound<B>> {
        let entry = self.known.get(key)?;
        // Read first: a line that many threads write to is slow for all of them.
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Some(&entry.bound)
    }
}

impl<B> FromIterator<(Key, Bound<B>)> for Bindings<B> {
    fn from_iter<I: IntoIterator<Item = (Key, Bound<B>)>>(all: I) -> Self {
        let known = all.into_iter().map(|(key, bound)| {
            let used = AtomicBool::new(true);
            (key, Arc::new(Entry { bound, used }))
        });
        Bindings {
            known: known.collect(),
        }
    }
}

impl<B> Default for Bindings<B> {
    fn default() -> Self {
        Bindings {
            known: HashMap::new(),
        }
    }
}

/// The desk's own.
#[derive(Debug)]
pub(super) struct Cache<B> {
    known: HashMap<Key, Kept<B>>,
    /// Until when each refusal holds, the first to end first.
    refused: VecDeque<(Instant, Key)>,
    bytes: usize,
    ready: usize,
    swept: Option<Instant>,
    published: Arc<Bindings<B>>,
    is_stale: bool,
}

#[derive(Debug)]
struct Kept<B> {
    entry: Arc<Entry<B>>,
    last_used: Instant,
    bytes: usize,
    /// When it ends, of a refusal.
    until: Option<Instant>,
}

impl<B> Default for Cache<B> {
    fn default() -> Self {
        Cache {
            known: HashMap::new(),
            refused: VecDeque::new(),
            bytes: 0,
            ready: 0,
            swept: None,
            published: Arc::default(),
            is_stale: false,
        }
    }
}

impl<B> Cache<B> {
    /// What readers are to have.
    pub(super) fn published(&mut self) -> &Arc<Bindings<B>> {
        if std::mem::take(&mut self.is_stale) {
            let all = self.known.iter();
            let known = all.map(|(key, kept)| (*key, kept.entry.clone())).collect();
            self.published = Arc::new(Bindings { known });
        }
        &self.published
    }

    /// True when something is known of that schema.
    pub(super) fn knows(&self, key: &Key) -> bool {
        self.known.contains_key(key)
    }

    /// The schemas that are bound, in order.
    pub(super) fn bound(&self) -> Vec<Key> {
        let is_bound = |kept: &Kept<B>| matches!(kept.entry.bound, Bound::Ready(_));
        let bound = self.known.iter().filter(|(_, kept)| is_bound(kept));
        let mut bound: Vec<Key> = bound.map(|(key, _)| *key).collect();
        bound.sort_unstable();
        bound
    }

    /// How many bindings there are.
    pub(super) fn bindings(&self) -> usize {
        self.ready
    }

    /// Keeps a binding of so many bytes. Those unused for longest go when there are too
    /// many.
    pub(super) fn ready(&mut self, key: Key, binding: B, bytes: usize, now: Instant) {
        self.put(key, Bound::Ready(binding), bytes, now, None);
        while self.ready > BINDINGS_MAX || (self.bytes > BYTES_MAX && self.ready > 1) {
            self.look(now);
            let others = self.known.iter().filter(|(other, kept)| {
                **other != key && matches!(kept.entry.bound, Bound::Ready(_))
            });
            let Some(oldest) = others
                .min_by_key(|(_, kept)| kept.last_used)
                .map(|(k, _)| *k)
            else {
                return;
            };
            self.remove(&oldest);
        }
    }

    /// Keeps a refusal for a while.
    pub(super) fn refuse(&mut self, key: Key, refusal: Refusal, now: Instant) {
        let until = now + REFUSED_FOR;
        self.put(key, Bound::Refused(refusal), 0, now, Some(until));
        self.refused.push_back((until, key));
        if self.refused.len() > REFUSALS_MAX
            && let Some((until, first)) = self.refused.pop_front()
        {
            self.end(&first, until);
        }
    }

    /// Forgets what is over. When there is next something to be forgotten; `None`:
    /// nothing is known.
    pub(super) fn tidy(&mut self, now: Instant) -> Option<Instant> {
        while let Some((until, key)) = self.refused.pop_front_if(|(until, _)| *until <= now) {
            self.end(&key, until);
        }
        let swept = *self.swept.get_or_insert(now);
        if now.saturating_duration_since(swept) >= SWEEP {
            self.swept = Some(now);
            self.look(now);
            let is_over =
                |kept: &Kept<B>| now.saturating_duration_since(kept.last_used) >= UNUSED_MAX;
            let ready = |kept: &Kept<B>| matches!(kept.entry.bound, Bound::Ready(_));
            let all = self.known.iter();
            let over = all.filter(|(_, kept)| ready(kept) && is_over(kept));
            for key in over.map(|(key, _)| *key).collect::<Vec<_>>() {
                self.remove(&key);
            }
        }
        let sweep = (self.ready > 0).then(|| self.swept.map_or(now, |at| at + SWEEP));
        let refusal = self.refused.front().map(|(until, _)| *until);
        sweep.into_iter().chain(refusal).min()
    }

    /// Forgets all that hangs on the policy; the keys that had a binding.
    pub(super) fn replace(&mut self) -> Vec<Key> {
        let bound = self.bound();
        let keeps =
            |kept: &mut Kept<B>| matches!(kept.entry.bound, Bound::Refused(Refusal::Unknown));
        self.known.retain(|_, kept| keeps(kept));
        self.refused.retain(|(_, key)| self.known.contains_key(key));
        (self.bytes, self.ready, self.is_stale) = (0, 0, true);
        bound
    }

    fn put(
        &mut self,
        key: Key,
        bound: Bound<B>,
        bytes: usize,
        now: Instant,
        until: Option<Instant>,
    ) {
        self.remove(&key);
        self.ready += usize::from(matches!(bound, Bound::Ready(_)));
        self.bytes += bytes;
        let entry = Arc::new(Entry {
            bound,
            used: AtomicBool::new(false),
        });
        let kept = Kept {
            entry,
            last_used: now,
            bytes,
            until,
        };
        self.known.insert(key, kept);
        self.is_stale = true;
    }

    /// A refusal ends, if nothing has taken its place.
    fn end(&mut self, key: &Key, until: Instant) {
        if self
            .known
            .get(key)
            .is_some_and(|kept| kept.until == Some(until))
        {
            self.remove(key);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.known.remove(key) {
            self.ready -= usize::from(matches!(kept.entry.bound, Bound::Ready(_)));
            self.bytes -= kept.bytes;
            self.is_stale = true;
        }
    }

    /// Notes what was used.
    fn look(&mut self, now: Instant) {
        for kept in self.known.values_mut() {
            if kept.entry.used.swap(false, Ordering::Relaxed) {
                kept.last_used = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::frame::{MessagePath, Part, SchemaId};

    fn key(id: u32) -> Key {
        Key {
            part: Part::Value,
            id: SchemaId::Number(id),
            message: MessagePath::FIRST,
        }
    }

    #[test]
    fn what_nobody_uses_is_forgotten_after_an_hour() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut cache = Cache::default();
        cache.ready(key(1), "one", 10, at(0));
        cache.ready(key(2), "two", 10, at(0));
        for minute in 0..=60 {
            let bindings = cache.published().clone();
            assert!(matches!(bindings.get(&key(1)), Some(Bound::Ready("one"))));
            let next = cache.tidy(at(60 * minute)).expect("there is something");
            assert_eq!(next, at(60 * (minute + 1)));
        }
        assert_eq!((cache.bindings(), cache.bytes), (1, 10));
        assert!(cache.knows(&key(1)) && !cache.knows(&key(2)));
    }

    #[test]
    fn there_are_never_more_bindings_than_may_be() {
        let start = Instant::now();
        let at = |n: u32| start + Duration::from_millis(n.into());
        let mut cache = Cache::default();
        for n in 0..1_500 {
            cache.ready(key(n), n, 1, at(n));
            assert!(cache.bindings() <= BINDINGS_MAX);
        }
        assert!(!cache.knows(&key(499)) && cache.knows(&key(500)));
        let _ = cache.published().get(&key(500));
        cache.ready(key(9_000), 0, 1, at(1_500));
        assert!(
            cache.knows(&key(500)) && !cache.knows(&key(501)),
            "the unused go"
        );
        // One alone may be larger than all should be.
        cache.ready(key(9_001), 0, 2 * BYTES_MAX, at(1_501));
        assert_eq!((cache.bindings(), cache.bytes), (1, 2 * BYTES_MAX));
        cache.ready(key(9_002), 0, 5, at(1_502));
        assert_eq!((cache.bindings(), cache.bytes), (1, 5));
    }

    #[test]
    fn refusals_end_and_are_counted() {
        let start = Instant::now();
        let mut cache = Cache::<()>::default();
        for n in 0..20_000 {
            cache.refuse(key(n), Refusal::Unknown, start);
            assert!(cache.known.len() <= REFUSALS_MAX);
        }
        assert!(!cache.knows(&key(9_999)) && cache.knows(&key(10_000)));
        assert_eq!(cache.tidy(start), Some(start + REFUSED_FOR));
        assert_eq!(cache.tidy(start + REFUSED_FOR), None);
        assert!(cache.known.is_empty() && cache.published().known.is_empty());
    }

    #[test]
    fn under_another_policy_only_what_no_registry_has_stays() {
        let now = Instant::now();
        let mut cache = Cache::default();
        cache.ready(key(2), (), 1, now);
        cache.ready(key(1), (), 1, now);
        cache.refuse(key(3), Refusal::Unusable, now);
        cache.refuse(key(4), Refusal::Unknown, now);
        assert_eq!(cache.replace(), [key(1), key(2)]);
        let bindings = cache.published();
        assert!(bindings.get(&key(1)).is_none() && bindings.get(&key(3)).is_none());
        assert!(matches!(
            bindings.get(&key(4)),
            Some(Bound::Refused(Refusal::Unknown))
        ));
        assert_eq!((cache.bindings(), cache.bytes), (0, 0));
    }
}
