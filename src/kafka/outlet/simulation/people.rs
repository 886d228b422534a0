//! Whose records they are in the simulated world, and what these people decide
//! meanwhile. The state of consent is the real one; a book of our own beside it says
//! when each of them withdrew.

use super::*;
use crate::consent::state::{Decision, Narrowings, Table, Visible};
use crate::record::SubjectId;

/// So many people, each of whom often comes again.
const PEOPLE: usize = 9;

/// How a batch was decided: under which version, and who was permitted.
#[derive(Clone, Default)]
pub(super) struct Decided {
    version: u64,
    who: Vec<usize>,
}

impl Decided {
    fn shorts(&self) -> Vec<u64> {
        self.who.iter().map(|n| Narrowings::short(id(*n))).collect()
    }
}

pub(super) struct People {
    table: Table,
    pub(super) visible: Arc<Visible>,
    now_ms: i64,
    /// The fence is asked.
    pub(super) is_fenced: bool,
    /// With which version somebody withdrew; `None`: grants of everybody may have ended.
    book: Vec<(u64, Option<usize>)>,
    /// Batches that were decided anew before they were sent; transactions stopped at
    /// the fence.
    pub(super) decided_anew: u64,
    pub(super) stopped: u64,
}

fn id(n: usize) -> SubjectId {
    SubjectId([u8::try_from(n).unwrap() * 27; 16])
}

/// Whose record it is.
fn whose(partition: i32, offset: i64) -> usize {
    let mixed = (offset.unsigned_abs() * 31 + u64::from(partition.unsigned_abs())) ^ 0x15;
    usize::try_from(mixed).unwrap() % PEOPLE
}

impl People {
    pub(super) fn new() -> People {
        let mut table = Table::default();
        for n in 0..PEOPLE {
            let granted = Decision::Granted { until_ms: None };
            table.decide(id(n), "Ads", Some(granted)).unwrap();
        }
        table.publish(0);
        People {
            visible: table.visible(),
            table,
            now_ms: 0,
            is_fenced: true,
            book: Vec::new(),
            decided_anew: 0,
            stopped: 0,
        }
    }

    fn permits(&self, n: usize) -> bool {
        let now = self.visible.now();
        let categories = ["Ads".to_owned()];
        let (granted, denied) = now.bits(now.of(id(n)).profile, &categories, self.now_ms);
        granted & !denied == 1
    }
}

impl World {
    /// A worker decides a batch under what is visible.
    pub(super) fn decide(&mut self, id: BatchId) {
        let version = self.people.visible.version();
        let Some(batch) = self.held.get_mut(&id) else {
            return;
        };
        let partition = batch.lane.partition;
        let who = batch.offsets.iter().map(|at| whose(partition, *at));
        let who = who.filter(|n| self.people.permits(*n)).collect();
        batch.decided = Decided { version, who };
    }

    /// Before it is sent a batch is decided anew, when somebody in it withdrew.
    pub(super) fn decide_anew_if_narrowed(&mut self, id: BatchId) {
        // What left the workers long ago is read again instead: its bytes are gone.
        if self.gathering.is_some() {
            return;
        }
        let Decided { version, .. } = self.held[&id].decided;
        let who = self.held[&id].decided.shorts();
        if self.people.visible.is_narrowed(version, &who) {
            self.people.decided_anew += 1;
            self.decide(id);
        }
    }

    /// The fence, with W1 looked up in the book behind it.
    pub(super) fn passes_the_fence(&mut self) -> bool {
        let people = &mut self.people;
        let staged = self.staged.as_ref().expect("a transaction is open");
        let shorts: Vec<_> = staged
            .decided
            .iter()
            .map(|d| (d.version, d.shorts()))
            .collect();
        let asked = shorts.iter().map(|(version, who)| (*version, &who[..]));
        if people.is_fenced && !people.visible.pass(asked) {
            people.stopped += 1;
            return false;
        }
        let now = people.visible.version();
        let seen = people.book.iter().filter(|(version, _)| *version <= now);
        for (version, who) in seen {
            let later = staged.decided.iter().filter(|d| d.version < *version);
            for decided in later {
                let holds = who.map_or(!decided.who.is_empty(), |n| decided.who.contains(&n));
                assert!(
                    !holds,
                    "W1: decided before a withdrawal that the fence could see"
                );
            }
        }
        true
    }

    /// One of them withdraws, or grants again, which becomes visible now or later.
    pub(super) fn somebody_decides(&mut self) {
        let n = self.dice.below(PEOPLE);
        let denies = self.dice.percent(40);
        let visible_now = self.dice.percent(60);
        let a_week_later = self.dice.percent(3);
        let people = &mut self.people;
        let next = people.visible.version() + 1;
        let decision = match denies {
            true => Decision::Denied,
            false => Decision::Granted { until_ms: None },
        };
        people.table.decide(id(n), "Ads", Some(decision)).unwrap();
        if denies {
            people.book.push((next, Some(n)));
        }
        if a_week_later {
            people.now_ms += 7 * 86_400_000;
            people.book.push((next, None));
        }
        if visible_now || a_week_later {
            people.table.publish(people.now_ms);
        }
    }

    /// For a while nothing is begun.
    pub(super) fn hold(&mut self) {
        let held = self.dice.percent(30);
        self.inbox.push_back(Event::Held(held));
    }
}
