//! The same of a group that remembers whom it released: nothing is read before that is known.

use super::*;
use crate::kafka::lease::Lease;
use crate::pipeline::condition::Standing;
use crate::stream::recall::{Question, Recalled};

const PATIENCE: Duration = Duration::from_secs(30);

struct Leased {
    case: Case,
    lease: Arc<Lease>,
    questions: Receiver<Question>,
    answers: Sender<Recalled>,
}

impl Leased {
    fn new(memory_max: u64) -> Leased {
        let plan = plan_that("suppress", "once_per: 1d\n    ");
        let lease = Arc::new(Lease::new(
            plan.lease().expect("it remembers").topic.clone(),
        ));
        let (recall, questions, answers) = Recall::of_a_test(&lease);
        // As the intake does.
        let taken = lease.take();
        let case = Case::of(plan, ROOM, Some(recall), memory_max);
        case.to_pool.send(ToOutlet::Taken(taken)).unwrap();
        Leased {
            case,
            lease,
            questions,
            answers,
        }
    }

    fn asked(&self) -> u64 {
        let asked = self.questions.recv_timeout(PATIENCE);
        asked.expect("it asks").0
    }

    fn answer(&self, asked: u64, rows: Vec<StateRow>) {
        let recalled = Recalled::of_a_test(asked, rows);
        self.answers.send(recalled).unwrap();
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "never: {what}");
            std::thread::yield_now();
        }
    }

    /// What a release says of who is in it, opened.
    fn opened(&self, release: &Leaving) -> Vec<StateRow> {
        let key = StateKey::new(&self.case.plan.lease().expect("it remembers").key);
        let open = |row: &StateRow| {
            let sealed = row.value.as_deref().expect("nobody's time is over");
            StateRow {
                key: row.key.clone(),
                value: Some(key.open(&row.key, sealed).expect("it opens").to_vec()),
            }
        };
        release.rows.iter().map(open).collect()
    }

    fn told(&self) -> Standing {
        self.case.conditions.now(Part::Memory)
    }
}

#[test]
fn nothing_is_read_before_it_is_known_who_was_released_and_nobody_of_them_leaves() {
    let own = Leased::new(u64::MAX);
    let first = own.asked();
    assert!(!own.lease.is_known());
    own.answer(first, Vec::new());
    own.until("it is known", || own.lease.is_known());
    own.case.batch(0, 0, 0..6);
    own.case.caught_up([1, 0], 0);
    let release = own.case.release();
    assert_eq!(release.records.len(), 6);
    let rows = own.opened(&release);
    assert!(rows[0].key.starts_with(b"o/out/"), "{rows:?}");
    // Somebody else has taken over: what it is told counts, and no more.
    let again = own.lease.take();
    own.case.to_pool.send(ToOutlet::Taken(again)).unwrap();
    let asked = own.asked();
    assert!(!own.lease.is_known());
    own.answer(first, Vec::new());
    own.answer(asked, rows);
    own.until("it is known", || own.lease.is_known());
    own.case.batch(0, 1, 6..8);
    own.case.batch(1, 0, 0..6);
    own.case.caught_up([2, 1], 0);
    // The lane of which nobody waits does not wait for the other.
    let mut left_out = [0; ReleaseFigures::WHY.len()];
    while left_out.iter().sum::<u64>() < 8 {
        let release = own.case.release();
        assert_eq!((release.records.len(), release.rows.len()), (0, 0));
        let figures = release
            .figures
            .map_or_else(Default::default, |f| f.left_out);
        left_out
            .iter_mut()
            .zip(figures)
            .for_each(|(sum, n)| *sum += n);
    }
    let why: Vec<_> = ReleaseFigures::WHY.into_iter().zip(left_out).collect();
    assert_eq!((why[0], why[4]), (("short", 2), ("already_released", 6)));
    own.case.end();
}

#[test]
fn a_rewind_reaches_the_intake_only_once_what_never_was_is_forgotten() {
    let own = Leased::new(u64::MAX);
    own.answer(own.asked(), Vec::new());
    own.until("it is known", || own.lease.is_known());
    own.case.batch(0, 0, 0..6);
    own.case.caught_up([1, 0], 0);
    assert_eq!(own.case.release().records.len(), 6);
    // That release came to nothing.
    let lanes = Vec::new();
    own.case.rewind.send(Rewind { epoch: 1, lanes }).unwrap();
    let asked = own.asked();
    assert!(own.case.rewound.try_recv().is_err(), "the intake waits");
    own.answer(asked, Vec::new());
    assert_eq!(own.case.rewound.recv_timeout(PATIENCE).unwrap().epoch, 1);
    let mut batch = batch(&own.case.plan, 0, 0, 0..6);
    batch.epoch = 1;
    own.case.credit.take(batch.held());
    own.case
        .to_pool
        .send(ToOutlet::Batch(Box::new(batch)))
        .unwrap();
    own.case.caught_up([1, 0], 1);
    let release = own.case.release();
    assert_eq!(
        (release.epoch, release.records.len()),
        (1, 6),
        "they leave after all"
    );
    own.case.end();
}

#[test]
fn what_cannot_be_read_bars_the_intake_and_is_told() {
    let own = Leased::new(u64::MAX);
    let row = StateRow {
        key: b"o/out/1/0".to_vec(),
        value: Some(vec![9]),
    };
    own.answer(own.asked(), vec![row]);
    own.until("it is told", || matches!(own.told(), Standing::Failed(_)));
    let Standing::Failed(what) = own.told() else {
        panic!("it was told");
    };
    assert!(
        what.contains("`o/out/1/0`") && what.contains("`out`"),
        "{what}"
    );
    assert!(!own.lease.is_known());
    own.case.end();
}

#[test]
fn who_has_no_room_beside_those_that_are_remembered_waits_and_is_not_left_out() {
    let own = Leased::new(250);
    own.answer(own.asked(), Vec::new());
    own.until("it is known", || own.lease.is_known());
    own.case.batch(0, 0, 0..6);
    own.case.caught_up([1, 0], 0);
    own.until("it is told", || matches!(own.told(), Standing::Failed(_)));
    let Standing::Failed(what) = own.told() else {
        panic!("it was told");
    };
    assert!(what.contains("`state_memory` is 250"), "{what}");
    assert!(own.case.handed_over.try_recv().is_err(), "nothing leaves");
    own.case.end();
}
