//! The thread of a release group whose records wait: between its workers and its outlet.
//!
//! What the outlet of other groups is told, it is told; it tells its pool, and the outlet
//! what the pool hands over. A rewind comes to it before it comes to the intake: what waits
//! holds credit, without which the intake reads nothing.

mod drafts;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, at, never, select};

use super::beside::Content;
use super::pool::{Closes, Effect, Event, Filed, Keeper, Pool, Revoked, Through};
use super::recall::Recall;
use super::revocations::Revocations;
use super::room::waiting_bytes_max;
use crate::consent::state::{Decided, Visible};
use crate::crypto::noise::Draws;
use crate::crypto::state_key::StateKey;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::credit::Credit;
use crate::kafka::intake::Liveness;
use crate::kafka::messages::{End, Rewind, ToOutlet};
use crate::kafka::outlet::event::{Gathered, Progress};
use crate::kafka::outlet::leaving::{Leaving, Recorded};
use crate::kafka::vital::Vital;
use crate::pipeline::observer::{Covered, Observer, ReleaseLog};
use crate::pipeline::{BufferPool, OutBatch};
use crate::plan::Plan;
use crate::plan::held::Held;
use crate::release::NoRow;
use drafts::Drafts;

/// What waits is looked at so often, for whoever watches.
const LOOK: Duration = Duration::from_secs(1);

/// After a release that could not be written down.
const UNRECORDED: Duration = Duration::from_secs(1);

/// What the thread works with.
pub(super) struct HeldGroup {
    /// Of one output, whose records wait.
    pub(super) plan: Arc<Plan>,
    /// From intake and workers.
    pub(super) inbox: Receiver<ToOutlet>,
    pub(super) to_outlet: Sender<ToOutlet>,
    /// From the outlet.
    pub(super) rewinds: Receiver<Rewind>,
    pub(super) to_intake: Sender<Rewind>,
    pub(super) credit: Arc<Credit>,
    /// Bytes that may be under way altogether.
    pub(super) credit_bytes: u64,
    /// The `memory` of the process, in MiB, in which so many bytes may wait; `None`: in none.
    pub(super) memory_for: Box<dyn Fn(u64) -> Option<u64> + Send>,
    pub(super) buffers: Arc<BufferPool>,
    pub(super) conditions: Arc<Conditions>,
    pub(super) observer: Arc<dyn Observer>,
    /// Told when what waits is a reason to end.
    pub(super) vital: Vital,
    /// Told that the thread lives.
    pub(super) liveness: Arc<Liveness>,
    /// Reads back what the group remembers, where it does.
    pub(super) recall: Option<Recall>,
    /// Bytes that may be taken by what it remembers.
    pub(super) memory_max: u64,
    /// What people decided, where that is followed.
    pub(super) visible: Option<Arc<Visible>>,
    /// Decides a batch anew; `None`: it cannot be at present.
    pub(super) decide: Decide,
    /// Where releases are written down before they leave; `None`: nowhere.
    pub(super) log: Option<Arc<dyn ReleaseLog>>,
}

/// Decides a batch by what people decided by now.
pub(super) type Decide = Box<dyn FnMut(OutBatch) -> Option<OutBatch> + Send>;

struct Running {
    group: HeldGroup,
    pool: Pool<Drafts>,
    /// What the credit was charged for what waits.
    charged: u64,
    epoch: u64,
    revocations: Revocations,
    /// On its way to the intake.
    rewind: Option<Rewind>,
    /// It was told that too few wait.
    told_short: bool,
    /// What waited filled its memory when it was looked at last.
    was_full: bool,
    /// Seals what is remembered.
    key: Option<StateKey>,
    /// What is remembered cannot be read, for that reason.
    unreadable: Option<NoRow>,
    /// It was told that there is no room for more of it.
    told_full: bool,
    /// The last release could not be written down, for that reason.
    unrecorded: Option<String>,
    ended: bool,
}

impl HeldGroup {
    /// What the output demands.
    fn held(&self) -> &Held {
        let output = self.plan.outputs.first();
        let held = output.and_then(|output| output.held.as_ref());
        held.expect("started for such a plan alone")
    }

    /// The topic of the output.
    pub(super) fn topic(&self) -> &Arc<str> {
        &self.plan.outputs[0].topic
    }

    /// What was kept of a batch is kept elsewhere.
    pub(super) fn give_back(&self, batch: Box<OutBatch>) {
        self.credit.give(batch.held());
        let (input, buffers) = (*batch).into();
        self.buffers.give(input, buffers);
    }

    /// A batch in which somebody withdrew since it was decided is decided anew; `None`: it
    /// cannot be, and is read again.
    pub(super) fn as_decided_by_now(&mut self, batch: Box<OutBatch>) -> Option<Box<OutBatch>> {
        let Decided { version, who } = &batch.decided;
        let visible = self.visible.as_ref();
        if !visible.is_some_and(|visible| visible.is_narrowed(*version, who)) {
            return Some(batch);
        }
        let before = batch.held();
        let progress = Progress {
            lane: batch.lane.clone(),
            seqs: batch.seq..batch.seq + 1,
            first: batch.first,
            next: batch.next,
        };
        let epoch = batch.epoch;
        match (self.decide)(*batch) {
            Some(batch) => {
                self.credit.true_up(before, batch.held());
                Some(Box::new(batch))
            }
            None => {
                self.pass_on(ToOutlet::Release(Box::new(Leaving {
                    plan: Arc::clone(&self.plan),
                    epoch,
                    progress: vec![progress],
                    records: Vec::new(),
                    refused: Vec::new(),
                    is_void: true,
                    decided: Decided::default(),
                    rows: Vec::new(),
                    counts: Vec::new(),
                    held: before,
                    figures: None,
                    counted: None,
                    recorded: Recorded::Nowhere,
                })));
                None
            }
        }
    }

    /// A closed outlet means that the stream ends.
    pub(super) fn pass_on(&self, message: ToOutlet) {
        let _ = self.to_outlet.send(message);
    }

    /// Works until told to stop, or nobody tells it anything any more. `words` draw the
    /// order in which records leave.
    pub(super) fn run(self, words: Draws) {
        let held = self.held();
        let closes = Closes {
            records_max: held.records_max as usize,
            bytes_max: waiting_bytes_max(self.credit_bytes),
            delay_max: Duration::from_millis(held.delay_max_ms.unsigned_abs()),
            short: held.short,
        };
        let drafts = Drafts::new(&self.plan, words, self.memory_max, self.visible.clone());
        let drafts = drafts.expect("started for such a plan alone");
        let key = self.plan.lease().map(|lease| StateKey::new(&lease.key));
        let mut running = Running {
            pool: Pool::new(closes, drafts),
            group: self,
            charged: 0,
            epoch: 0,
            revocations: Revocations::default(),
            rewind: None,
            told_short: false,
            was_full: false,
            key,
            unreadable: None,
            told_full: false,
            unrecorded: None,
            ended: false,
        };
        let mut looked = Instant::now();
        while !running.ended {
            let Some(event) = running.next(looked + LOOK) else {
                return;
            };
            running.step(event);
            running.group.liveness.keeps(Instant::now());
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                running.tell();
            }
        }
    }
}

impl Running {
    /// What happened next; `None`: nobody is left to tell it.
    fn next(&mut self, look: Instant) -> Option<Event<Drafts>> {
        loop {
            let due = self.pool.deadline().map_or(look, |due| due.min(look));
            let due = at(due);
            let recall = self.group.recall.as_ref();
            let recalled = recall.map_or_else(never, |recall| recall.answers().clone());
            let event = select! {
                recv(self.group.inbox) -> message => self.event(message.ok()?),
                recv(self.group.rewinds) -> rewind => match rewind {
                    Ok(rewind) => {
                        self.epoch = rewind.epoch;
                        let event = Event::Rewound(rewind.epoch);
                        self.rewind = Some(rewind);
                        Some(event)
                    }
                    // An outlet that ended; the intake hears of it elsewhere.
                    Err(_) => {
                        self.group.rewinds = never();
                        None
                    }
                },
                recv(recalled) -> recalled => match (recalled, &self.group.recall) {
                    (Ok(recalled), Some(recall)) => recall.hear(recalled).map(Event::Resumed),
                    // Its thread failed, which ends the stream; until then nothing leaves.
                    _ => {
                        self.group.recall = None;
                        None
                    }
                },
                recv(due) -> _ => Some(Event::Tick),
            };
            if event.is_some() {
                return event;
            }
        }
    }

    /// What a message is to the pool; `None`: nothing, and it was passed on.
    fn event(&mut self, message: ToOutlet) -> Option<Event<Drafts>> {
        Some(match message {
            ToOutlet::Claimed(starts) => {
                let lanes = starts.iter().map(|(lane, _)| lane.clone()).collect();
                self.group.pass_on(ToOutlet::Claimed(starts));
                Event::Claimed(lanes)
            }
            ToOutlet::Batch(batch) => {
                let batch = self.group.as_decided_by_now(batch)?;
                Event::Filed(Filed::of_batch(batch))
            }
            ToOutlet::Position {
                lane,
                epoch,
                seq,
                next,
            } => Event::Filed(Filed::of_position(lane, epoch, seq, next)),
            ToOutlet::CaughtUp(Gathered { lanes, epoch }) => Event::CaughtUp(Through {
                lanes: lanes.into_iter().collect(),
                epoch,
            }),
            ToOutlet::Drain { drain, lost, reply } => {
                let revoked = self.revocations.take(drain, reply);
                match lost {
                    true => Event::Lost(revoked),
                    false => Event::Drain(revoked),
                }
            }
            ToOutlet::Stop => Event::Stop,
            ToOutlet::Taken(taken) => {
                if let Some(recall) = &mut self.group.recall {
                    recall.taken(taken);
                }
                return None;
            }
            // What is gathered waits for company here, and not in a transaction.
            ToOutlet::Gathered(_) | ToOutlet::ReadBy(_) => return None,
            message @ (ToOutlet::Release(_) | ToOutlet::Replaced { .. } | ToOutlet::Held(_)) => {
                self.group.pass_on(message);
                return None;
            }
        })
    }

    fn step(&mut self, event: Event<Drafts>) {
        self.pool.keeper_mut().is_now(now_ms());
        // Whoever withdrew is taken out before anything can leave.
        if let Some(narrowed) = self.pool.keeper_mut().narrowed() {
            self.step_with(narrowed);
        }
        self.step_with(event);
    }

    fn step_with(&mut self, event: Event<Drafts>) {
        let now = Instant::now();
        let oldest = self.pool.oldest();
        let waited = oldest.map_or(Duration::ZERO, |since| now.duration_since(since));
        let effects = self.pool.step(event, now);
        let handed_over: u64 = effects.iter().map(held).sum();
        let waits = self.pool.keeper().bytes();
        // Before anything of it can be given back.
        self.group.credit.true_up(self.charged, waits + handed_over);
        self.charged = waits;
        for effect in effects {
            self.carry_out(effect, waited);
        }
        self.look_at_the_end();
    }

    fn carry_out(&mut self, effect: Effect<Drafts>, waited: Duration) {
        match effect {
            Effect::Pass(progress, content) => {
                self.leave(progress, content, waited, Recorded::Nowhere);
            }
            Effect::Release(release) => {
                tracing::debug!(topic = %self.group.topic(), release = release.id, records = release.content.records.len(), "a release is composed");
                let recorded = self.record(&release.progress, &release.content);
                self.leave(release.progress, release.content, waited, recorded);
            }
            Effect::GiveBack(batch) => self.group.give_back(batch),
            Effect::Drain(revoked) => self.answer(revoked, false),
            Effect::Lost(revoked) => self.answer(revoked, true),
            Effect::Rewound(epoch) => {
                if let Some(rewind) = self.rewind.take_if(|rewind| rewind.epoch == epoch) {
                    self.rewound(rewind);
                }
            }
            Effect::Resumed(Ok(())) => {
                self.unreadable = None;
                self.group.conditions.clear(Part::Memory);
                if let Some(rewind) = self.group.recall.as_mut().and_then(Recall::resumed) {
                    self.read_on(rewind);
                }
            }
            // Nobody may be released, and the intake reads nothing.
            Effect::Resumed(Err(why)) => self.unreadable = Some(why),
            Effect::Ended(dropped) => {
                self.name(dropped);
                self.group.pass_on(ToOutlet::Stop);
                self.ended = true;
            }
        }
    }

    /// All is void. What the group remembers is read anew before the intake reads on.
    fn rewound(&mut self, rewind: Rewind) {
        match &mut self.group.recall {
            Some(recall) if self.pool.has_lanes() => recall.rewound(rewind),
            _ => self.read_on(rewind),
        }
    }

    fn read_on(&self, rewind: Rewind) {
        // A closed intake reads no more anyway.
        let _ = self.group.to_intake.send(rewind);
    }

    /// Writes a release down before it is handed over. Where that fails, nothing of it leaves,
    /// and it is read again.
    fn record(&mut self, progress: &[Progress], content: &Content) -> Recorded {
        let (Some(log), Some(figures)) = (&self.group.log, &content.figures) else {
            return Recorded::Nowhere;
        };
        if content.is_void {
            return Recorded::Nowhere;
        }
        let covered: Vec<Covered<'_>> = progress.iter().map(covered).collect();
        match log.composed(&self.group.plan, figures, &covered) {
            Ok(number) => {
                self.unrecorded = None;
                Recorded::As(Arc::clone(log), number)
            }
            Err(why) => {
                let topic = self.group.topic();
                tracing::error!(topic = %topic, "a release of `{topic}` cannot be written down, and does not leave: {why}");
                self.unrecorded = Some(why);
                self.tell();
                // It is read again at once, and meets the same log.
                std::thread::sleep(UNRECORDED);
                Recorded::Failed
            }
        }
    }

    fn leave(
        &mut self,
        progress: Vec<Progress>,
        mut content: Content,
        waited: Duration,
        recorded: Recorded,
    ) {
        if let Some(figures) = &mut content.figures {
            figures.waited = waited;
        }
        let by = (&self.group.plan, self.epoch);
        let mut leaving = content.leaving(by, progress, self.key.as_ref());
        leaving.recorded = recorded;
        self.group.pass_on(ToOutlet::Release(Box::new(leaving)));
    }

    /// The outlet answers once what was handed over is committed.
    fn answer(&mut self, revoked: Revoked, lost: bool) {
        let dropped = revoked.dropped;
        if let Some(message) = self.revocations.handed_over(revoked, lost) {
            self.name(dropped);
            self.group.pass_on(message);
        }
    }

    /// Says how many records were kept in vain.
    fn name(&self, dropped: usize) {
        if dropped == 0 {
            return;
        }
        let topic = self.group.topic();
        let by = match self.group.vital.is_ending() {
            true => "at the next start",
            false => "by whoever has their partitions next",
        };
        tracing::info!(topic = %topic, "{dropped} records of `{topic}` were held and are read again {by}");
    }

    /// Says how it stands with what waits.
    fn tell(&mut self) {
        self.tell_of_memory();
        let group = &self.group;
        let topic = group.topic();
        let (records, people) = (self.pool.len(), self.pool.keeper().people());
        let held = group.held();
        let delay_max = Duration::from_millis(held.delay_max_ms.unsigned_abs());
        let age = self
            .pool
            .oldest()
            .map_or(Duration::ZERO, |since| since.elapsed());
        let overdue = age.saturating_sub(delay_max);
        group.observer.on_waiting(topic, records, overdue);
        let is_short = self.pool.short_since().is_some();
        let bytes = self.pool.keeper().bytes();
        let is_full = records > 0 && bytes >= waiting_bytes_max(group.credit_bytes);
        // A moment of it is over with the next record; after that nothing more may come,
        // long before it is too late for the oldest.
        let is_stuck = is_full && (is_short || self.was_full);
        let wanted = wanted(held);
        group.conditions.note_short(is_short.then(|| {
            format!(
                "{records} records of {people} persons wait for a release of `{topic}`, the oldest for {} s: it takes {wanted}",
                age.as_secs()
            )
        }));
        if let Some(why) = &self.unrecorded {
            group.conditions.put(
                Part::Release,
                format!("releases of `{topic}` cannot be written down, and none leaves: {why}"),
            );
            return;
        }
        match is_stuck {
            true => {
                let way_out = way_out(
                    bytes_for(held, records as u64, people as u64, bytes),
                    &*group.memory_for,
                );
                group.conditions.put(
                    Part::Release,
                    format!(
                        "{records} records of {people} persons fill the memory of `{topic}`, and its release takes {wanted}: {way_out}"
                    ),
                );
            }
            false => group.conditions.clear(Part::Release),
        }
        if is_short && !self.told_short {
            tracing::warn!(topic = %topic, records, people, "too few records or persons for a release: they wait on; it takes {wanted}");
        }
        (self.told_short, self.was_full) = (is_short, is_full);
    }

    /// Says whether what is remembered can be read, and has room.
    fn tell_of_memory(&mut self) {
        let conditions = &self.group.conditions;
        let (topic, keeper) = (self.group.topic(), self.pool.keeper());
        if let Some(why) = &self.unreadable {
            conditions.put(
                Part::Memory,
                format!("who was in earlier releases of `{topic}` is not known: {why}"),
            );
        } else if let (true, Some((people, bytes))) = (keeper.is_full(), keeper.remembered()) {
            let max = keeper.memory_max();
            conditions.put(
                Part::Memory,
                format!(
                    "{people} persons who were in releases of `{topic}` take {bytes} bytes of memory, those who wait have no room beside them, and `state_memory` is {max}: raise it and restart"
                ),
            );
            self.told_full = true;
        } else if std::mem::take(&mut self.told_full) {
            conditions.clear(Part::Memory);
        }
    }

    /// What waits may be the reason to end: it can never leave, or nothing more comes.
    fn look_at_the_end(&mut self) {
        let group = &self.group;
        let topic = group.topic();
        let (records, people) = (self.pool.len(), self.pool.keeper().people());
        let end = if self.pool.keeper().is_at_fault() {
            End::Unavailable {
                what: format!(
                    "a release of `{topic}` could not be composed: this is a fault of the program; nothing of it was written, and nothing is lost"
                ),
            }
        } else if self.pool.is_through() && records > 0 && self.pool.short_since().is_some() {
            let held = group.held();
            let what = format!(
                "{records} records of {people} persons are too few for a release of `{topic}`: it takes {}; they are read again at the next start",
                wanted(held)
            );
            match held.classes {
                Some(_) => {
                    tracing::warn!(topic = %topic, "{what}");
                    End::Done
                }
                None => End::Unavailable { what },
            }
        } else {
            return;
        };
        group.vital.end(end);
    }
}

/// What of a partition is covered.
fn covered(progress: &Progress) -> Covered<'_> {
    Covered {
        topic: &progress.lane.topic,
        partition: progress.lane.partition,
        from: progress.first,
        to: progress.next.get(),
    }
}

/// Bytes that were handed over.
fn held(effect: &Effect<Drafts>) -> u64 {
    match effect {
        Effect::Pass(_, content) => content.held,
        Effect::Release(release) => release.content.held,
        _ => 0,
    }
}

/// Bytes that a release is likely to take, judged by those that wait for it.
fn bytes_for(held: &Held, records: u64, people: u64, bytes: u64) -> u64 {
    let of = |wanted: u64, there: u64| bytes.saturating_mul(wanted).div_ceil(there.max(1));
    let by_records = of(held.records_min.into(), records);
    let by_people = of(held.people_min.into(), people);
    // They are not alike: an eighth more.
    let needed = by_records.max(by_people).max(bytes);
    needed.saturating_add(needed / 8)
}

fn way_out(bytes: u64, memory_for: &dyn Fn(u64) -> Option<u64>) -> String {
    match memory_for(bytes) {
        Some(mib) => format!(
            "{mib}MiB of `memory` would do, or a greater `release.share`, by what waits now"
        ),
        None => "no memory would do: a release of this output must take fewer records or persons"
            .to_owned(),
    }
}

/// What a release takes, in words.
fn wanted(held: &Held) -> String {
    match &held.classes {
        Some(classes) => format!(
            "{} persons, and classes that are what the output demands",
            classes.demand.k
        ),
        None => format!(
            "{} records of {} persons",
            held.records_min, held.people_min
        ),
    }
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
