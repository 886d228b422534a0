//! A machine on the bench: events in, effects looked at.

use super::*;

/// A machine under test with a clock that stands still unless moved.
pub(crate) struct Bench {
    pub(crate) machine: Machine,
    pub(crate) now: Instant,
    /// Effects of the last step.
    pub(crate) fx: Vec<Effect>,
    next_id: u64,
    /// Of its batches, unless another is named.
    plan: PlanId,
}

pub(crate) fn lane(partition: i32) -> Lane {
    Lane {
        topic: Arc::from("raw"),
        partition,
        claim: u64::from(partition.unsigned_abs()) + 1,
    }
}

pub(crate) fn named() -> Config {
    Config {
        named: true,
        ..Config::default()
    }
}

impl Bench {
    pub(crate) fn new(config: Config) -> Bench {
        let (machine, fx) = Machine::start(config);
        Bench {
            machine,
            now: Instant::now(),
            fx,
            next_id: 0,
            plan: PlanId::draw(),
        }
    }

    pub(crate) fn step(&mut self, event: Event) -> &mut Self {
        self.fx = self.machine.step(event, self.now);
        self
    }

    pub(crate) fn after(&mut self, wait: Duration) -> &mut Self {
        self.now += wait;
        self.step(Event::Tick)
    }

    /// The call this step asked for.
    pub(crate) fn asked(&self) -> Option<CallKind> {
        match self.fx.last() {
            Some(Effect::Call(call)) => Some(call.kind()),
            _ => None,
        }
    }

    pub(crate) fn answer(&mut self, result: Result<(), Class>, took: Duration) -> &mut Self {
        let call = self
            .machine
            .outstanding
            .as_ref()
            .expect("a call is outstanding")
            .kind();
        let result = result.map_err(|class| Failure::new(class, class.as_str()));
        let event = match (call, result) {
            (CallKind::ReadCommitted, Err(failure)) => Event::Committed(Err(failure)),
            (CallKind::ReadCommitted, Ok(())) => panic!("answer with `committed`"),
            (call, result) => Event::Answer { call, result, took },
        };
        self.step(event)
    }

    pub(crate) fn ok(&mut self) -> &mut Self {
        self.answer(Ok(()), FAST)
    }

    pub(crate) fn committed(&mut self, lanes: &[(i32, Option<i64>)]) -> &mut Self {
        let lanes = lanes
            .iter()
            .map(|(p, at)| (lane(*p), at.map(NextOffset::position)));
        let lanes = lanes.collect();
        self.step(Event::Committed(Ok(lanes)))
    }

    pub(crate) fn claim(&mut self, partitions: &[i32]) -> &mut Self {
        let starts = partitions.iter().map(|p| (lane(*p), None)).collect();
        self.step(Event::Claimed(starts))
    }

    /// A batch of `records` from offset `first` on, in the current epoch.
    pub(crate) fn batch(
        &mut self,
        partition: i32,
        seq: u64,
        first: i64,
        records: u32,
    ) -> &mut Self {
        let plan = self.plan;
        self.planned(partition, seq, first, records, plan)
    }

    pub(crate) fn planned(
        &mut self,
        partition: i32,
        seq: u64,
        first: i64,
        records: u32,
        plan: PlanId,
    ) -> &mut Self {
        self.next_id += 1;
        let arrival = Arrival {
            id: self.next_id,
            epoch: self.machine.epoch(),
            progress: Progresses::of_batch(
                lane(partition),
                seq,
                first,
                NextOffset::position(first + i64::from(records)),
            ),
            records,
            bytes: 100,
            plan: Some(plan),
        };
        self.step(Event::Arrived(arrival))
    }

    pub(crate) fn drain(&mut self, lanes: &[(i32, u64)], lost: bool) -> &mut Self {
        let drain = Drain {
            ticket: 7,
            lanes: lanes.iter().map(|(p, n)| (lane(*p), *n)).collect(),
            epoch: self.machine.epoch(),
            deadline: self.now + Duration::from_secs(5),
        };
        self.step(if lost {
            Event::Lost(drain)
        } else {
            Event::Drain(drain)
        })
    }

    /// Idle, with partitions 0 and 1 claimed.
    pub(crate) fn idle(config: Config) -> Bench {
        let mut b = Bench::new(config);
        b.ok().ok().claim(&[0, 1]);
        assert_eq!(b.machine.state(), State::Idle);
        b
    }

    /// Open, with one batch of partition 0 sent.
    pub(crate) fn open() -> Bench {
        let mut b = Bench::idle(Config::default());
        b.batch(0, 0, 0, 10).ok();
        assert_eq!(b.machine.state(), State::Open);
        b
    }

    pub(crate) fn committing() -> Bench {
        let mut b = Bench::open();
        b.after(Duration::from_millis(100));
        assert_eq!(b.asked(), Some(CallKind::Deliver));
        b
    }

    pub(crate) fn state(&self) -> State {
        self.machine.state()
    }

    pub(crate) fn has(&self, which: impl Fn(&Effect) -> bool) -> bool {
        self.fx.iter().any(which)
    }

    pub(crate) fn sent(&self) -> Vec<(BatchId, Option<Refused>)> {
        let sent = |e: &Effect| match e {
            Effect::Send { id, refused } => Some((*id, *refused)),
            _ => None,
        };
        self.fx.iter().filter_map(sent).collect()
    }

    pub(crate) fn published(&self) -> bool {
        self.has(|e| matches!(e, Effect::Publish(_)))
    }

    pub(crate) fn drained(&self) -> Option<bool> {
        self.fx.iter().find_map(|e| match e {
            Effect::Drained { ticket: 7, clean } => Some(*clean),
            _ => None,
        })
    }

    pub(crate) fn rewound_to(&self, partition: i32) -> Option<Option<i64>> {
        self.fx.iter().find_map(|e| match e {
            Effect::Rewind { lanes, .. } => lanes
                .iter()
                .find(|r| r.lane == lane(partition))
                .map(|r| r.to.map(NextOffset::get)),
            _ => None,
        })
    }

    pub(crate) fn pace(&self, partition: i32) -> Option<u32> {
        self.fx.iter().find_map(|e| match e {
            Effect::Rewind { lanes, .. } => lanes
                .iter()
                .find(|r| r.lane == lane(partition))
                .and_then(|r| r.pace)
                .map(|p| p.records),
            _ => None,
        })
    }
}

/// A machine with that call outstanding in that state.
pub(crate) fn reach(state: State, call: CallKind) -> Bench {
    let mut b = match (state, call) {
        (State::Start, CallKind::Create) => Bench::new(Config::default()),
        (State::Start, CallKind::Init) => {
            let mut b = Bench::new(Config::default());
            b.ok();
            b
        }
        (State::Open, CallKind::Begin) => {
            let mut b = Bench::idle(Config::default());
            b.batch(0, 0, 0, 10);
            b
        }
        (State::Committing, CallKind::Deliver) => Bench::committing(),
        (State::Committing, CallKind::SendOffsets) => {
            let mut b = Bench::committing();
            b.ok();
            b
        }
        (State::Committing, CallKind::Commit) => {
            let mut b = Bench::committing();
            b.ok().ok();
            b
        }
        (State::Aborting, CallKind::Abort) => {
            let mut b = Bench::committing();
            b.answer(Err(Class::Abort), FAST);
            b
        }
        (State::Lost, CallKind::Abort) => {
            let mut b = Bench::open();
            b.drain(&[(0, 1)], true);
            b
        }
        (State::Rebuilding, call) => {
            let mut b = reach(State::Committing, CallKind::Commit);
            b.answer(Err(Class::Fatal), FAST);
            if call != CallKind::Create {
                b.ok();
            }
            if call == CallKind::ReadCommitted {
                b.ok();
            }
            b
        }
        other => panic!("no such place: {other:?}"),
    };
    assert_eq!(
        (b.state(), b.machine.outstanding.as_ref().map(Call::kind)),
        (state, Some(call))
    );
    b.fx.clear();
    b
}
