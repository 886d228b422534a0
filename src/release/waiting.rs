//! Records of one output that wait.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::canonical::{Spelled, spell};
use super::earlier::{Earlier, short};
use super::left_out::{LeftOut, WhyLeftOut};
use crate::anonymity::quasi::{Leaf, Values};
use crate::crypto::keyed_hash::KeyedHash;
use crate::crypto::sampler::RandomWords;
use crate::pipeline::{Destination, OutBatch};
use crate::plan::Plan;
use crate::plan::held::Held;
use crate::record::SubjectId;
use crate::record::escape::unescape_into;
use crate::record::state_row::StateRow;
use crate::record::timestamp::OutTimestamp;

/// A record that comes to wait, as the stage wrote it.
pub struct Arrived<'a> {
    /// Where it was read: lane, offset, and which of the records of that offset. No two
    /// have one place.
    pub place: (u16, i64, u32),
    /// Whose it is; `None`: nobody that is counted.
    pub person: Option<SubjectId>,
    /// Its timestamp; `None`: that of its release.
    pub at_ms: Option<i64>,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value, with the leaves of its quasi-identifiers.
    pub value: &'a [u8],
    /// Its headers, in order.
    pub headers: Vec<(&'a [u8], Option<&'a [u8]>)>,
    /// Everybody by whose consent it may leave: the first eight bytes of their ids.
    pub named: &'a [u64],
}

impl<'a> Arrived<'a> {
    /// The records of a batch that wait for a release of that output, in their order.
    pub fn of(batch: &'a OutBatch, output: usize) -> impl Iterator<Item = Arrived<'a>> {
        Arrived::with_source(batch, output).map(|(record, _)| record)
    }

    /// The same, each with the offset that it comes from, and the element there if a sample
    /// was taken apart.
    pub fn with_source(
        batch: &'a OutBatch,
        output: usize,
    ) -> impl Iterator<Item = (Arrived<'a>, (i64, Option<u32>))> {
        let waits = |to: Destination| matches!(to, Destination::Held(_));
        let mut waits_of = batch.waits().iter();
        let mut before = (i64::MIN, 0);
        let all = batch.records().iter().filter(move |r| waits(r.destination));
        all.filter_map(move |record| {
            let waits = waits_of.next();
            let person = waits.and_then(|waits| waits.person);
            let (from, to) = waits.map_or((0, 0), |waits| waits.named);
            let named = batch.decided.who.get(from as usize..to as usize);
            if record.destination != Destination::Held(u16::try_from(output).ok()?) {
                return None;
            }
            // A record that was taken apart left several.
            before = match before {
                (offset, nth) if offset == record.source_offset => (offset, nth + 1),
                _ => (record.source_offset, 0),
            };
            let arrived = Arrived {
                place: (0, before.0, before.1),
                person,
                at_ms: match record.timestamp {
                    OutTimestamp::Now => None,
                    OutTimestamp::Millis(ms) => Some(ms),
                },
                key: record.key.map(|key| batch.bytes(key)),
                value: batch.bytes(record.value?),
                headers: batch.headers(record).collect(),
                named: named.unwrap_or_default(),
            };
            Some((arrived, (record.source_offset, record.source_element)))
        })
    }
}

/// The records of one output that wait for its next release.
pub struct Waiting {
    plan: Arc<Plan>,
    output: usize,
    /// Values, spelled anew.
    pub(super) bytes: Vec<u8>,
    pub(super) drafts: Vec<Draft>,
    /// How many of them are to leave.
    live: usize,
    /// By quasi-identifier, that of each draft.
    pub(super) values: Vec<Values>,
    /// By sensitive value, that of each draft: a place in its list of different ones.
    pub(super) sensitive: Vec<Different>,
    /// Which drafts are whose.
    of: HashMap<SubjectId, Vec<u32>, RandomState>,
    /// Who was in a release before; `None`: nobody is remembered.
    earlier: Option<Earlier>,
    /// What was left out, by the lane that it came from.
    left_out: BTreeMap<u16, LeftOut>,
    /// How many wait of each lane of which any does.
    of_lane: BTreeMap<u16, usize>,
    /// Bytes that drafts hold beside their values.
    around: usize,
    /// Says which records of a person leave: nobody who knows the input can choose.
    ranks: KeyedHash,
    spelled: Spelled,
}

/// One record that waits.
pub(super) struct Draft {
    pub(super) place: (u16, i64, u32),
    pub(super) person: SubjectId,
    pub(super) rank: u64,
    /// Another record of its person is to leave in its place.
    pub(super) is_out: bool,
    /// Its bytes in the buffer, and where in them the release has its places.
    pub(super) value: std::ops::Range<usize>,
    pub(super) open: Box<[(u32, u16)]>,
    pub(super) at_ms: Option<i64>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) headers: Vec<Header>,
    /// Everybody by whose consent it may leave.
    pub(super) named: Box<[u64]>,
}

/// What tables hold of a draft, at most: a person in one, a place in another.
const AROUND: usize = 96;

impl Draft {
    /// Bytes that it holds beside its value.
    fn around(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| {
            size_of::<Header>() + name.len() + value.as_ref().map_or(0, Vec::len)
        });
        let key = self.key.as_ref().map_or(0, Vec::len);
        let open = size_of_val(&*self.open) + size_of_val(&*self.named);
        open + key + headers.sum::<usize>()
    }
}

/// A header: name and value.
pub(super) type Header = (Vec<u8>, Option<Vec<u8>>);

/// The different values of one column.
#[derive(Default)]
pub(super) struct Different {
    places: HashMap<Box<[u8]>, u32, RandomState>,
    /// As they are spelled; the empty one: there is none.
    pub(super) spelled: Vec<Box<[u8]>>,
    pub(super) of: Vec<u32>,
    /// Bytes of memory that the different ones take.
    bytes: usize,
}

impl Waiting {
    /// Bytes of memory that a record takes at least which waits.
    pub const BYTES_MIN: u64 = (size_of::<Draft>() + AROUND) as u64;
    /// What waits is released before it has more bytes, if it may be.
    pub const BYTES_MAX: u64 = 256 << 20;

    /// Bytes of memory that a record takes of such an output beside what leaves of it.
    pub fn bytes_beside(held: &Held) -> u64 {
        let classes = held.classes.as_ref();
        let columns = classes.map_or(0, |of| of.quasi.len() + of.sensitive.len());
        Waiting::BYTES_MIN + 4 * columns as u64
    }

    /// Nothing waits yet for that output of the plan; `None`: its records wait for nothing.
    pub fn new(plan: &Arc<Plan>, output: usize, words: &mut dyn RandomWords) -> Option<Waiting> {
        let held = plan.outputs[output].held.as_ref()?;
        let mut key = [0; 32];
        for part in key.chunks_exact_mut(8) {
            part.copy_from_slice(&words.word().to_be_bytes());
        }
        let classes = held.classes.as_ref();
        let quasi = classes.map_or(0, |classes| classes.quasi.len());
        let sensitive = classes.map_or(0, |classes| classes.sensitive.len());
        Some(Waiting {
            plan: Arc::clone(plan),
            output,
            bytes: Vec::new(),
            drafts: Vec::new(),
            live: 0,
            values: (0..quasi).map(|_| Values::default()).collect(),
            sensitive: (0..sensitive).map(|_| Different::default()).collect(),
            of: HashMap::default(),
            earlier: held
                .once_per_ms
                .map(|ms| Earlier::new(&plan.outputs[output].topic, ms)),
            left_out: BTreeMap::new(),
            of_lane: BTreeMap::new(),
            around: 0,
            ranks: KeyedHash::new(&key),
            spelled: Spelled::default(),
        })
    }

    /// What the output demands.
    pub fn held(&self) -> &Held {
        let held = self.plan.outputs[self.output].held.as_ref();
        held.expect("only of such an output records wait")
    }

    /// How many records wait.
    pub fn len(&self) -> usize {
        self.live
    }

    /// True when none does.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many persons they are of.
    pub fn people(&self) -> usize {
        self.of.len()
    }

    /// True when a release is to be made of them, if it can be.
    pub fn is_full(&self) -> bool {
        self.live >= self.held().records_max as usize
            || self.bytes.len() as u64 >= Waiting::BYTES_MAX
    }

    /// What was left out until now.
    pub fn left_out(&self) -> LeftOut {
        let mut all = LeftOut::default();
        self.left_out.values().for_each(|of| all.add_all(of));
        all
    }

    /// What was left out of a lane until now; it is counted anew from here on.
    pub fn take_left_out(&mut self, lane: u16) -> LeftOut {
        self.left_out.remove(&lane).unwrap_or_default()
    }

    /// True when records of that lane wait.
    pub fn holds(&self, lane: u16) -> bool {
        self.of_lane.contains_key(&lane)
    }

    /// Bytes of memory that the records take which wait.
    pub fn bytes(&self) -> u64 {
        let each = Waiting::bytes_beside(self.held());
        let different = self.sensitive.iter().map(|different| different.bytes);
        let different = different.sum::<usize>();
        (self.bytes.len() + self.around + different) as u64 + self.drafts.len() as u64 * each
    }

    /// A record comes. It waits, or is left out and counted.
    ///
    /// # Panics
    /// When its value is none that the stage wrote for this output.
    pub fn take(&mut self, record: Arrived<'_>) {
        let lane = record.place.0;
        let Some(person) = record.person else {
            return self.add(lane, WhyLeftOut::NoSubject);
        };
        if self
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.holds(person))
        {
            return self.add(lane, WhyLeftOut::AlreadyReleased);
        }
        let rank = self.rank(record.place);
        if !self.makes_room(person, rank) {
            return self.add(lane, WhyLeftOut::OverCap);
        }
        let plan = Arc::clone(&self.plan);
        let held = plan.outputs[self.output].held.as_ref();
        let held = held.expect("only of such an output records wait");
        let from = self.bytes.len();
        spell(
            record.value,
            &held.layout,
            &mut self.bytes,
            &mut self.spelled,
        )
        .expect("the stage writes JSON");
        self.note_values(record.value, held);
        for (column, different) in (0_u16..).zip(&mut self.sensitive) {
            let own = self.spelled.sensitive.iter().find(|(of, ..)| *of == column);
            let value = own.map_or(&[][..], |(_, a, b)| {
                &self.bytes[from + *a as usize..from + *b as usize]
            });
            different.push(value);
        }
        let owned =
            |(name, value): (&[u8], Option<&[u8]>)| (name.to_vec(), value.map(<[u8]>::to_vec));
        self.of
            .entry(person)
            .or_default()
            .push(self.drafts.len() as u32);
        self.live += 1;
        *self.of_lane.entry(lane).or_default() += 1;
        let draft = Draft {
            place: record.place,
            person,
            rank,
            is_out: false,
            value: from..self.bytes.len(),
            open: self.spelled.open.as_slice().into(),
            at_ms: record.at_ms,
            key: record.key.map(<[u8]>::to_vec),
            headers: record.headers.into_iter().map(owned).collect(),
            named: record.named.into(),
        };
        self.around += draft.around();
        self.drafts.push(draft);
    }

    fn add(&mut self, lane: u16, why: WhyLeftOut) {
        self.left_out.entry(lane).or_default().add(why, 1);
    }

    /// One that waited of that lane does not wait any more.
    fn waits_less(&mut self, lane: u16) {
        self.live -= 1;
        if let Some(own) = self.of_lane.get_mut(&lane) {
            *own -= 1;
            if *own == 0 {
                self.of_lane.remove(&lane);
            }
        }
    }

    fn rank(&self, (lane, offset, nth): (u16, i64, u32)) -> u64 {
        let mut place = [0; 14];
        place[..2].copy_from_slice(&lane.to_be_bytes());
        place[2..10].copy_from_slice(&offset.to_be_bytes());
        place[10..].copy_from_slice(&nth.to_be_bytes());
        let tag = self.ranks.tag(&place);
        u64::from_be_bytes(tag[..8].try_into().expect("a tag has 32 bytes"))
    }

    /// False: its person has as many records of lower rank as may leave. The one of
    /// highest rank goes otherwise.
    fn makes_room(&mut self, person: SubjectId, rank: u64) -> bool {
        let Some(classes) = &self.held().classes else {
            return true;
        };
        let most = usize::from(classes.per_person_max);
        let Some(own) = self.of.get_mut(&person).filter(|own| own.len() >= most) else {
            return true;
        };
        let drafts = &self.drafts;
        let last = (0..own.len()).max_by_key(|at| drafts[own[*at] as usize].rank);
        let last = last.expect("at least one may leave");
        if drafts[own[last] as usize].rank < rank {
            return false;
        }
        let gone = own.swap_remove(last);
        let gone = &mut self.drafts[gone as usize];
        gone.is_out = true;
        let lane = gone.place.0;
        self.waits_less(lane);
        self.add(lane, WhyLeftOut::OverCap);
        true
    }

    /// Notes the leaves of its quasi-identifiers.
    fn note_values(&mut self, json: &[u8], held: &Held) {
        let quasi = held.classes.iter().flat_map(|classes| &classes.quasi);
        for (quasi, values) in quasi.zip(&mut self.values) {
            let mut leaves = self.spelled.leaves.iter();
            let own = leaves.find(|(at, ..)| *at == quasi.leaf);
            let text = own.map_or("null", |(_, from, to)| {
                let leaf = &json[*from as usize..*to as usize];
                std::str::from_utf8(leaf).expect("JSON is UTF-8")
            });
            let mut key = String::new();
            let leaf = match text.as_bytes() {
                b"null" => None,
                [b'"', ..] => {
                    unescape_into(&text[1..text.len() - 1], &mut key);
                    Some(Leaf::Key(&key))
                }
                _ => text.parse().ok().map(Leaf::Code),
            };
            assert!(
                values.push(leaf, &quasi.domain),
                "the action writes leaves of its domain"
            );
        }
    }

    /// All that wait are left out.
    pub fn leave_out(&mut self) {
        for (lane, records) in std::mem::take(&mut self.of_lane) {
            let left_out = self.left_out.entry(lane).or_default();
            left_out.add(WhyLeftOut::Short, records as u64);
        }
        self.clear();
    }

    /// Takes out the records that may not leave any more because one of these people
    /// withdrew; of who is the only one that a record names `may` says whether it still may.
    /// Returns how many they were of each lane.
    pub fn withdraw(
        &mut self,
        people: &[u64],
        may: &dyn Fn(SubjectId) -> bool,
    ) -> BTreeMap<u16, usize> {
        let people: HashSet<u64, RandomState> = people.iter().copied().collect();
        let mut gone = BTreeMap::new();
        let mut whose = HashSet::new();
        let stays = |draft: &Draft| *draft.named == [short(draft.person)] && may(draft.person);
        let hit = |draft: &&mut Draft| {
            let is_named = draft.named.iter().any(|who| people.contains(who));
            !draft.is_out && is_named && !stays(draft)
        };
        for draft in self.drafts.iter_mut().filter(hit) {
            draft.is_out = true;
            whose.insert(draft.person);
            *gone.entry(draft.place.0).or_insert(0) += 1;
        }
        for (lane, records) in &gone {
            (0..*records).for_each(|_| self.waits_less(*lane));
        }
        self.leave_the_lists(whose);
        gone
    }

    /// Everybody by whose consent what waits may leave.
    pub fn named(&self) -> Vec<u64> {
        let live = self.drafts.iter().filter(|draft| !draft.is_out);
        let mut all: Vec<u64> = live.flat_map(|draft| &draft.named).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Drafts of these people went out: those that stay are listed anew.
    fn leave_the_lists(&mut self, people: HashSet<SubjectId>) {
        let drafts = &self.drafts;
        for person in people {
            if let Some(own) = self.of.get_mut(&person) {
                own.retain(|at| !drafts[*at as usize].is_out);
                if own.is_empty() {
                    self.of.remove(&person);
                }
            }
        }
        if self.live == 0 {
            self.clear();
        } else if self.drafts.len() > 2 * self.live {
            self.close_up();
        }
    }

    /// Forgets what waits of a lane, and what was left out of it: somebody else reads it.
    /// Returns how many records waited.
    pub fn drop_lane(&mut self, lane: u16) -> usize {
        self.left_out.remove(&lane);
        let Some(records) = self.of_lane.remove(&lane) else {
            return 0;
        };
        self.live -= records;
        let mut gone = HashSet::new();
        let own = |draft: &&mut Draft| draft.place.0 == lane && !draft.is_out;
        for draft in self.drafts.iter_mut().filter(own) {
            draft.is_out = true;
            gone.insert(draft.person);
        }
        self.leave_the_lists(gone);
        records
    }

    /// Frees what the drafts hold that will not leave: lanes may come and go for long.
    fn close_up(&mut self) {
        let live: Vec<u32> = (0_u32..)
            .zip(&self.drafts)
            .filter(|(_, draft)| !draft.is_out)
            .map(|(at, _)| at)
            .collect();
        self.values.iter_mut().for_each(|values| values.keep(&live));
        self.sensitive.iter_mut().for_each(|own| own.keep(&live));
        let mut bytes = Vec::with_capacity(self.bytes.len());
        self.drafts.retain(|draft| !draft.is_out);
        self.of.clear();
        for (at, draft) in (0_u32..).zip(&mut self.drafts) {
            let from = bytes.len();
            bytes.extend_from_slice(&self.bytes[draft.value.clone()]);
            draft.value = from..bytes.len();
            self.of.entry(draft.person).or_default().push(at);
        }
        self.bytes = bytes;
        self.around = self.drafts.iter().map(Draft::around).sum();
    }

    /// These of those that wait were not put into a class that leaves.
    pub(super) fn set_aside(&mut self, drafts: &[u32]) {
        for at in drafts {
            self.add(self.drafts[*at as usize].place.0, WhyLeftOut::Remainder);
        }
    }

    /// What waited has left, or never will.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.drafts.clear();
        self.of.clear();
        self.of_lane.clear();
        self.around = 0;
        self.live = 0;
        self.values.fill_with(Values::default);
        self.sensitive.fill_with(Different::default);
    }

    /// Who is in a release leaves no more within `once_per`. Returns the rows that say so.
    pub(super) fn remember(&mut self, people: &[SubjectId]) -> Vec<StateRow> {
        match &mut self.earlier {
            Some(earlier) => earlier.note(people),
            None => Vec::new(),
        }
    }

    /// Who was in earlier releases; `None`: nobody is remembered.
    pub fn remembered(&self) -> Option<&Earlier> {
        self.earlier.as_ref()
    }

    /// The same, to be told more.
    pub fn earlier(&mut self) -> Option<&mut Earlier> {
        self.earlier.as_mut()
    }
}

impl Different {
    fn push(&mut self, value: &[u8]) {
        let next = self.spelled.len() as u32;
        let place = match self.places.get(value) {
            Some(known) => *known,
            None => {
                self.spelled.push(value.into());
                self.places.insert(value.into(), next);
                // It stands in both.
                self.bytes += 2 * (value.len() + size_of::<Box<[u8]>>());
                next
            }
        };
        self.of.push(place);
    }

    /// Forgets all records but those, which are numbered anew in their order, and the
    /// values that only others had.
    fn keep(&mut self, records: &[u32]) {
        let all = std::mem::take(self);
        for at in records {
            let place = all.of[*at as usize];
            self.push(&all.spelled[place as usize]);
        }
    }
}
