//! What is known of the schemas of records, where they name them: a record whose schema
//! is not known is not taken in.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::message::{Headers, Message};

use crate::plan::Plan;
use crate::record::lane::NextOffset;
use crate::schema::frame::{Framings, Part};
use crate::schema::registry::{Key, framings};
use crate::schema::{Bindings, KnownById};

/// So long it holds that a lane need not wait for a schema.
const GIVEN_UP_FOR: Duration = Duration::from_secs(60);
/// Of so many schemas at most it is remembered; one that is not is asked for again.
const GIVEN_UP_MAX: usize = 1_000;

/// Why a lane stands still: the schema of its next record is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    /// Of which schema.
    pub(crate) key: Key,
    /// Where that record is.
    pub(crate) from: NextOffset,
}

/// What is known under one plan.
pub(crate) struct KnownSchemas {
    framings: Framings,
    /// Keys name schemas too.
    keys: bool,
    known: Arc<KnownById>,
    bindings: Arc<Bindings>,
}

impl KnownSchemas {
    /// Nothing yet; `None`: records of that plan name no schemas.
    pub(super) fn nothing(plan: &Plan) -> Option<KnownSchemas> {
        let is_by_id = plan.source.format.is_by_id();
        let keys = plan.source.key_format.is_some();
        is_by_id.then(|| KnownSchemas::new(framings(&plan.source), keys, Arc::default()))
    }

    fn new(framings: Framings, keys: bool, known: Arc<KnownById>) -> KnownSchemas {
        KnownSchemas {
            framings,
            keys,
            bindings: Arc::new(Bindings::by_id(framings, known.clone())),
            known,
        }
    }

    /// From now on that is known.
    pub(super) fn learn(&mut self, known: &Arc<KnownById>) {
        if !Arc::ptr_eq(&self.known, known) {
            *self = KnownSchemas::new(self.framings, self.keys, known.clone());
        }
    }

    /// As a batch carries it.
    pub(super) fn bindings(&self) -> &Arc<Bindings> {
        &self.bindings
    }

    /// The schema of a record or of its key, if nothing is known of it. What cannot be read
    /// has none: that is found where it is refused.
    pub(super) fn unknown<M: Message>(
        &self,
        message: &M,
        headers: Option<&M::Headers>,
    ) -> Option<Key> {
        let key = message.key().filter(|_| self.keys);
        let parts = [(Part::Value, message.payload()), (Part::Key, key)];
        let unknown = |(part, bytes): (Part, Option<&[u8]>)| {
            let headers = headers.into_iter().flat_map(Headers::iter);
            let headers = headers.map(|h| (h.key.as_bytes(), h.value.unwrap_or_default()));
            let key = Key::read(self.framings.of(part), part, bytes?, headers).ok()?;
            self.known.get(&key).is_none().then_some(key)
        };
        parts.into_iter().find_map(unknown)
    }
}

/// The schemas that a lane need not wait for any more: no registry has them, and it has
/// waited long enough.
#[derive(Default)]
pub(super) struct GivenUp(VecDeque<(Instant, Key)>);

impl GivenUp {
    pub(super) fn add(&mut self, key: Key, now: Instant) {
        self.0.retain(|(_, other)| *other != key);
        if self.0.len() == GIVEN_UP_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now + GIVEN_UP_FOR, key));
    }

    pub(super) fn has(&mut self, key: &Key, now: Instant) -> bool {
        while self.0.pop_front_if(|(until, _)| *until <= now).is_some() {}
        self.0.iter().any(|(_, other)| other == key)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
