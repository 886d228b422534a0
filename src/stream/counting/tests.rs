use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::plan::Plan;
use crate::record::SubjectId;
use crate::release::ToCount;
use crate::release::testing::counting_plan;

const MINUTE: i64 = 60_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * 86_400_000;

/// Batches of persons, times of events and when they were written.
#[derive(Default)]
struct Plain {
    bytes: u64,
    /// Who withdrew; `None`: nobody is asked.
    gone: Option<BTreeSet<u8>>,
    /// Nobody knows who did.
    is_doubtful: bool,
}

#[derive(Default)]
struct Content {
    rows: usize,
    keys: Vec<(String, bool)>,
    state: Vec<StateRow>,
    figures: Figures,
}

impl Tally for Plain {
    type Batch = Vec<(u8, i64, Option<i64>)>;
    type Content = Content;

    fn take(
        &mut self,
        _: u16,
        batch: &Vec<(u8, i64, Option<i64>)>,
        windows: &mut Windows,
        now_ms: i64,
    ) -> Taken {
        let mut latest_ms = None;
        for (who, at_ms, written_ms) in batch {
            let record = ToCount {
                person: Some(SubjectId([*who; 16])),
                at_ms: Some(*at_ms),
                written_ms: *written_ms,
                amount: Some(1),
                cell: br#"{"kind":"a"}"#,
                named: &[],
            };
            latest_ms = latest_ms.max(record.tells_ms(now_ms));
            windows.take(record, Some(now_ms));
        }
        Taken {
            records: batch.len() as u64,
            latest_ms,
        }
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn content(&mut self, leaves: Leaves, _: bool) -> Content {
        let key = |row: &StateRow| String::from_utf8(row.key.clone()).unwrap();
        let keys = leaves
            .state
            .iter()
            .map(|row| (key(row), row.value.is_some()));
        Content {
            rows: leaves.rows.len(),
            keys: keys.collect(),
            state: leaves.state,
            figures: leaves.figures,
        }
    }

    fn drop_lane(&mut self, _: u16) {}

    fn stays(&self, _: i64) -> Stays<'_> {
        match &self.gone {
            None => Stays::Everybody,
            Some(_) if self.is_doubtful => Stays::Unknown,
            Some(gone) => Stays::Of(Box::new(|who, _| !gone.contains(&who.0[0]))),
        }
    }
}

fn plan() -> Arc<Plan> {
    let counts = "      by: { kind: keep }\n      count: subjects\n      \
        contribution: { cells: 1 }\n      epsilon: 0.5\n      keys: { list: [a] }\n";
    counting_plan("out", "1m", "30s", "21600", counts)
}

fn lane(partition: i32) -> Lane {
    Lane {
        topic: "raw".into(),
        partition,
        claim: 1,
    }
}

struct Case {
    counter: Counter<Plain>,
    began: Instant,
    ms: i64,
    seq: [u64; 2],
}

impl Case {
    /// Two lanes, and a state in which nothing is.
    fn new() -> Case {
        let pace = Pace {
            save_every: Duration::from_secs(600),
            windows_bytes_max: 2_000,
            beside_bytes_max: 1_000,
        };
        let windows = Windows::new(&plan(), 0).unwrap();
        let mut case = Case {
            counter: Counter::new(pace, windows, Plain::default()),
            began: Instant::now(),
            ms: 0,
            seq: [0; 2],
        };
        let lanes = vec![(lane(0), None), (lane(1), None)];
        let asked = case.tell(Event::Claimed(lanes));
        let [Effect::ReadState(id)] = asked[..] else {
            panic!("it asks for the state");
        };
        let known = case.tell(Event::State(id, Ok(Vec::new())));
        assert!(matches!(known[..], [Effect::Known]));
        case
    }

    fn now(&self) -> Now {
        Now {
            at: self.began + Duration::from_millis(self.ms.unsigned_abs()),
            ms: FIRST + self.ms,
        }
    }

    fn tell(&mut self, event: Event<Plain>) -> Vec<Effect<Plain>> {
        let now = self.now();
        self.counter.step(event, now)
    }

    fn file(&mut self, partition: usize, records: &[(u8, i64)]) -> Vec<Effect<Plain>> {
        let records = records.iter().map(|(who, at)| (*who, FIRST + at, None));
        self.file_written(partition, records.collect())
    }

    fn file_written(
        &mut self,
        partition: usize,
        records: Vec<(u8, i64, Option<i64>)>,
    ) -> Vec<Effect<Plain>> {
        let seq = self.seq[partition];
        self.seq[partition] += 1;
        self.tell(Event::Filed(Filed {
            lane: lane(partition as i32),
            epoch: 0,
            seq,
            first: seq as i64,
            next: NextOffset::after(seq as i64),
            batch: Some(records),
        }))
    }

    fn read_by(&mut self, partition: usize, at_ms: i64) -> Vec<Effect<Plain>> {
        let lanes = vec![(lane(partition as i32), self.seq[partition], FIRST + at_ms)];
        self.tell(Event::ReadBy(ReadBy { lanes, epoch: 0 }))
    }
}

/// What was handed over.
fn left(effects: &[Effect<Plain>]) -> Vec<&Content> {
    let each = effects.iter().filter_map(|effect| match effect {
        Effect::Leave(_, content) => Some(content),
        _ => None,
    });
    each.collect()
}

fn is_cut(effects: &[Effect<Plain>]) -> bool {
    let all = left(effects).into_iter().flat_map(|content| &content.keys);
    let mut all = all.filter(|(_, is_there)| *is_there);
    all.any(|(key, _)| key.starts_with("c/"))
}

#[test]
fn a_window_waits_for_every_partition_and_for_the_clock() {
    let mut case = Case::new();
    case.file(0, &[(1, 1_000), (2, 2 * MINUTE)]);
    case.ms = 85_000;
    assert!(
        !is_cut(&case.file(1, &[(3, 2 * MINUTE)])),
        "by the clock it is not over"
    );
    case.ms = 90_000;
    assert!(is_cut(&case.tell(Event::Tick)));
}

#[test]
fn one_that_is_read_to_its_end_holds_nothing_back_and_one_that_is_not_does() {
    let mut case = Case::new();
    case.ms = 10 * MINUTE;
    let effects = case.file(0, &[(1, 1_000), (2, 9 * MINUTE)]);
    assert!(!is_cut(&effects), "of the other one nothing is known");
    assert!(
        !is_cut(&case.read_by(1, MINUTE)),
        "late records may be there still"
    );
    // One batch of it is on its way.
    case.seq[1] = 1;
    assert!(!is_cut(&case.read_by(1, 9 * MINUTE)));
    case.seq[1] = 0;
    let effects = case.file(1, &[(3, 2_000)]);
    assert!(is_cut(&effects), "it is here, and counts");
}

#[test]
fn a_time_ahead_of_the_clock_moves_nothing() {
    let mut case = Case::new();
    case.ms = MINUTE;
    case.file(0, &[(1, 1_000), (2, 900 * MINUTE)]);
    case.file(1, &[(1, 1_000), (2, 900 * MINUTE)]);
    assert_eq!(case.counter.time_ms(), Some(FIRST + 1_000));
    // A clock may be a little off; still no window is over before the own one says so.
    case.file(0, &[(1, 6 * MINUTE)]);
    case.file(1, &[(1, 6 * MINUTE)]);
    assert_eq!(case.counter.time_ms(), Some(FIRST + 6 * MINUTE));
    assert_eq!(case.counter.closed_by_ms(), None);
}

#[test]
fn after_a_long_stop_a_time_ahead_of_its_writing_closes_nothing_that_is_still_to_come() {
    let mut case = Case::new();
    // Nobody was here for two days. Right after the first event somebody wrote one that says
    // it was a day later.
    case.ms = 2 * 24 * 60 * MINUTE;
    let written = |of: &[(u8, i64, i64)]| -> Vec<(u8, i64, Option<i64>)> {
        let each = of.iter();
        each.map(|(who, at, written)| (*who, FIRST + at, Some(FIRST + written)))
            .collect()
    };
    let day = 24 * 60 * MINUTE;
    for partition in [0, 1] {
        let first = written(&[(1, 1_000, 2_000), (2, day, 3_000)]);
        assert!(!is_cut(&case.file_written(partition, first)));
    }
    assert_eq!(case.counter.time_ms(), Some(FIRST + 3_000));
    // What comes then is counted, and the first window closes once both are past it.
    let second = written(&[(3, 4_000, 5_000), (4, 95_000, 96_000)]);
    assert!(!is_cut(&case.file_written(0, second.clone())));
    let left_out = case.counter.windows.take_left_out();
    assert_eq!(left_out.total(), 0);
    assert!(is_cut(&case.file_written(1, second)));
}

#[test]
fn whoever_goes_on_has_no_later_time_than_what_was_handed_over_says() {
    let mut case = Case::new();
    case.ms = 90_000;
    case.file(0, &[(1, 1_000), (2, 95_000)]);
    let effects = case.file(1, &[(3, 95_000)]);
    let cut = left(&effects).pop().expect("it is cut");
    let mut log = cut.state.clone();
    let Some(Effect::ReadState(id)) = effects.last() else {
        panic!("it is decided by what is read back");
    };
    // Meanwhile more is taken, and not handed over before the rows of the window leave.
    case.ms = 3 * MINUTE;
    case.file(0, &[(4, 3 * MINUTE)]);
    case.read_by(0, 3 * MINUTE);
    case.read_by(1, 2 * MINUTE);
    let effects = case.tell(Event::State(*id, Ok(log.clone())));
    let released = left(&effects).remove(0);
    assert!(released.rows > 0);
    log.extend(released.state.iter().cloned());
    let head = log.iter().rfind(|row| row.key.starts_with(b"h/"));
    let head = head.and_then(|row| row.value.as_deref()).unwrap();
    let head = Head::read(head).unwrap_or_else(|_| panic!("it was written just now"));
    let of = |at: &LaneAt| (at.next, at.latest_ms, at.read_by_ms);
    let lanes: Vec<_> = head.lanes.iter().map(of).collect();
    let told = FIRST + 95_000;
    assert_eq!(
        lanes[0],
        (1, told, i64::MIN),
        "its second batch is read again"
    );
    assert_eq!(lanes[1], (1, told, FIRST + 2 * MINUTE), "nothing of it is");
}

#[test]
fn a_clock_that_jumps_back_opens_nothing_again_and_closes_nothing() {
    let mut case = Case::new();
    case.ms = 3 * MINUTE;
    case.file(0, &[(1, 1_000), (2, 3 * MINUTE)]);
    let effects = case.file(1, &[(3, 3 * MINUTE)]);
    assert!(is_cut(&effects));
    let by = case.counter.closed_by_ms();
    case.ms = 1_000;
    assert!(!is_cut(&case.file(0, &[(4, 2_000)])));
    assert_eq!(case.counter.closed_by_ms(), by);
    let late = case.counter.windows.take_left_out();
    assert_eq!(late.of(crate::release::WhyLeftOut::Late), 1);
}

#[test]
fn windows_that_are_full_take_no_more_and_nothing_is_dropped() {
    let mut case = Case::new();
    let many: Vec<(u8, i64)> = (0..40).map(|who| (who, 1_000)).collect();
    let taken = case.file(0, &many);
    assert!(matches!(taken[0], Effect::GiveBack(_)));
    assert!(case.counter.is_full());
    let taken = case.file(0, &[(50, 1_500)]);
    assert!(taken.is_empty(), "it waits");
    // The window closes, and there is room again.
    case.ms = 5 * MINUTE;
    case.read_by(1, 5 * MINUTE);
    case.counter
        .lanes
        .get_mut(&lane(0))
        .unwrap()
        .saw(FIRST + 4 * MINUTE);
    assert!(is_cut(&case.tell(Event::Tick)));
    assert!(!case.counter.is_full());
    let taken = case.tell(Event::Tick);
    assert!(
        taken
            .iter()
            .any(|effect| matches!(effect, Effect::GiveBack(_)))
    );
}

#[test]
fn what_was_spent_and_cannot_be_read_lets_nothing_go_on() {
    let mut case = Case::new();
    case.tell(Event::Lost(Revoked {
        ticket: 1,
        lanes: [(lane(0), 0), (lane(1), 0)].into(),
        epoch: 0,
        deadline: case.began,
        is_clean: true,
        dropped: 0,
    }));
    let asked = case.tell(Event::Claimed(vec![(lane(2), None)]));
    let [Effect::ReadState(id)] = asked[..] else {
        panic!("it asks for the state");
    };
    let row = StateRow {
        key: b"b/t/other/0-1".to_vec(),
        value: Some(b"\x03{}".to_vec()),
    };
    let effects = case.tell(Event::State(id, Ok(vec![row])));
    assert!(effects.is_empty() && !case.counter.is_known());
    assert!(case.counter.trouble().unwrap().contains("b/t/other/0-1"));
    case.ms = 6_000;
    let effects = case.tell(Event::Tick);
    assert!(
        matches!(effects[..], [Effect::ReadState(_)]),
        "it asks again"
    );
}

#[test]
fn a_revocation_is_answered_behind_what_was_counted() {
    let mut case = Case::new();
    case.file(0, &[(1, 1_000)]);
    let effects = case.tell(Event::Drain(Revoked {
        ticket: 7,
        lanes: [(lane(0), 1), (lane(1), 0)].into(),
        epoch: 0,
        deadline: case.began + Duration::from_secs(5),
        is_clean: true,
        dropped: 0,
    }));
    let [Effect::Leave(progress, content), Effect::Drain(revoked)] = &effects[..] else {
        panic!("saved, then answered");
    };
    assert_eq!(progress.len(), 1, "of the other nothing was ever read");
    let kinds: Vec<&str> = content.keys.iter().map(|(key, _)| &key[..2]).collect();
    assert_eq!(kinds, ["s/", "h/"]);
    assert!(revoked.is_clean && content.rows == 0);
    assert_eq!(content.figures, Figures::default());
    assert!(!case.counter.is_known(), "somebody else counts now");
}

/// Two windows in which three persons are, under a policy that follows what they decide.
fn asked() -> Case {
    let mut case = Case::new();
    case.counter.tally.gone = Some(BTreeSet::new());
    for partition in [0, 1] {
        case.file(partition, &[(1, 1_000), (2, 2_000), (3, 61_000)]);
    }
    case
}

fn people(case: &Case) -> Vec<u8> {
    let all = case.counter.windows.of_people();
    all.keys().map(|person| person.0[0]).collect()
}

#[test]
fn whoever_withdraws_leaves_the_open_windows_at_once_and_comes_back_with_new_records_alone() {
    let mut case = asked();
    let short = |who: u8| u64::from_be_bytes([who; 8]);
    case.counter.tally.gone = Some([1, 9].into());
    case.tell(Event::Narrowed(vec![short(1), short(9)]));
    assert_eq!(people(&case), [2, 3]);
    // Somebody whose consent is narrower where nothing of it is needed stays.
    case.tell(Event::Narrowed(vec![short(2)]));
    assert_eq!(people(&case), [2, 3]);
    // They grant again: what was counted before does not come back.
    case.counter.tally.gone = Some(BTreeSet::new());
    case.file(0, &[(1, 62_000)]);
    assert_eq!(people(&case), [1, 2, 3]);
    let of = case.counter.windows.of_people();
    assert_eq!(
        of[&SubjectId([1; 16])].len(),
        1,
        "of the second window alone"
    );
}

#[test]
fn no_window_is_cut_while_nobody_knows_who_withdrew_and_then_without_those_who_did() {
    let mut case = asked();
    case.counter.tally.is_doubtful = true;
    case.ms = 5 * MINUTE;
    for partition in [0, 1] {
        assert!(!is_cut(&case.read_by(partition, 5 * MINUTE)));
    }
    assert!(!is_cut(&case.tell(Event::Tick)), "it waits");
    // Somebody withdrew meanwhile, and nobody says who: it is looked up.
    case.counter.tally.gone = Some([1].into());
    case.counter.tally.is_doubtful = false;
    assert!(is_cut(&case.tell(Event::Tick)));
    let cut: u64 = case
        .counter
        .cuts
        .values()
        .map(|cut| cut.closed.people())
        .sum();
    assert_eq!(cut, 2);
    // What is cut is cut: of it nobody is known any more.
    case.counter.tally.gone = Some([1, 2, 3].into());
    case.tell(Event::Narrowed(vec![u64::from_be_bytes([2; 8])]));
    let cut: u64 = case
        .counter
        .cuts
        .values()
        .map(|cut| cut.closed.people())
        .sum();
    assert_eq!(cut, 2);
}
