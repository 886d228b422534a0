//! The long tier of records that wait, `just releases`: kills while something waits, is
//! composed or is under way, members that come and go, a broker that is long away.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::check::order::{CHI_SQUARE_MOST, SMIRNOV_MOST, chi_square, smirnov_of_the_first};
use crate::check::releases::{Account, Waiting, account};
use crate::kafka::{
    Cluster, Feed, Isolation, Outgoing, Row, TransactionOf, read_all, transactions,
};
use crate::traffic::{Dice, MARK};
use crate::veil::Veil;

use super::releases::{K, Releasing, in_classes, judge, numbers, numbers_as_they_lie, record};

const RECORDS: u64 = 60_000;
const KILLS: usize = 20;

fn who(n: u64) -> u64 {
    n % 20_011
}

/// Nobody can read those.
fn is_bad(n: u64) -> bool {
    n % 997 == 5
}

fn sent_as(n: u64) -> Outgoing {
    match is_bad(n) {
        true => Outgoing {
            value: Some(format!("{{\"n\":{n},{MARK}").into_bytes()),
            ..record(n, who(n))
        },
        false => record(n, who(n)),
    }
}

/// What pages of metrics said of processes, each before its end.
#[derive(Default)]
struct Looked {
    /// Releases that held a record, and those of them that held none longer than `max_delay`
    /// and a second.
    held: u64,
    in_time: u64,
    /// Most of the memory budget that was resident.
    most: f64,
}

impl Looked {
    fn at(&mut self, veil: &mut Veil) {
        let metrics = veil.metrics();
        self.held += metrics.sum("veil_release_hold_seconds_count", &[]);
        self.in_time += metrics.sum("veil_release_hold_seconds_bucket", &[("le", "5")]);
        let bytes = |name| metrics.sum(name, &[]) as f64;
        let share = bytes("process_resident_memory_bytes") / bytes("veil_memory_budget_bytes");
        self.most = self.most.max(share);
    }
}

#[test]
#[ignore = "takes minutes: just releases"]
fn many_kills_and_rebalances_put_no_record_into_two_releases_and_lose_none() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut dice = Dice::announced("releases");
    let own = Releasing::new(&cluster, "stormed", &in_classes("max_delay: 4s"));
    let mut feed = Feed::new(&cluster, &own.topic("raw"));
    let begun = Instant::now();
    let (mut sent, mut joins) = (0, 0);
    let mut looked = Looked::default();
    let mut extra: Option<Veil> = None;
    let mut joined = Instant::now();
    for _ in 0..KILLS {
        let mut veil = own.veil(&["--instance", "steady"]);
        let until = Instant::now() + Duration::from_millis(4_000 + dice.below(3_000));
        while Instant::now() < until {
            for _ in 0..40 {
                if sent < RECORDS {
                    feed.send(sent_as(sent));
                    sent += 1;
                }
            }
            if joined.elapsed() > Duration::from_secs(5) {
                joined = Instant::now();
                joins += 1;
                extra = match extra.take() {
                    None => Some(own.veil(&["-X", "session.timeout.ms=6000"])),
                    Some(mut member) => {
                        looked.at(&mut member);
                        member.terminate();
                        None
                    }
                };
            }
            assert!(veil.try_exit().is_none(), "{}", veil.log());
            std::thread::sleep(Duration::from_millis(50)); // the pace
        }
        looked.at(&mut veil);
        veil.kill();
    }
    while sent < RECORDS {
        feed.send(sent_as(sent));
        sent += 1;
    }
    feed.finish();
    if let Some(member) = extra {
        member.terminate();
    }
    let mut veil = own.veil(&["--instance", "steady"]);
    own.settle();
    looked.at(&mut veil);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);

    let inputs: Vec<Waiting> = (0..RECORDS).map(waiting).collect();
    let releases = releases(&own);
    let left = judge(&releases, who);
    let together: Vec<Vec<u64>> = releases
        .iter()
        .map(|rows| numbers_as_they_lie(rows))
        .collect();
    let alone: Vec<Vec<u64>> = left.iter().map(|n| vec![*n]).collect();
    let (told, faults) = account(&inputs, &own.commits(), &alone, K);
    let (spread, first) = (chi_square(&together), smirnov_of_the_first(&together));
    let in_log = read_all(&cluster, &own.topic("public"), Isolation::Uncommitted).len();
    let Looked {
        held,
        in_time,
        most,
    } = looked;
    crate::say(&format!(
        "releases: {RECORDS} records, {KILLS} kills, {joins} joins and leaves in {:?}: {} releases of {} records, the smallest of {}; {told:?}; {} records of aborted transactions; {in_time} of {held} releases held nothing longer than max_delay + 1 s, at most {most:.2} of the memory budget was resident; order: χ²(81) {spread:.1}, of the first √n·D {first:.2}",
        begun.elapsed(),
        releases.len(),
        left.len(),
        releases.iter().map(Vec::len).min().unwrap_or(0),
        in_log - left.len(),
    ));
    // Each record left once, or is accounted for; none is lost, none is there twice.
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(told.sum() as u64, RECORDS);
    let unread = (0..RECORDS).filter(|n| is_bad(*n)).count();
    assert_eq!((told.released, told.unread), (left.len(), unread));
    let Account {
        over_cap, short, ..
    } = told;
    assert!(over_cap + short < 6_000, "{told:?}");
    // What does not wait, and what cannot be read.
    let readable: Vec<u64> = (0..RECORDS).filter(|n| !is_bad(*n)).collect();
    assert_eq!(numbers(&own.closed("clean")), readable);
    let quarantine = own.closed("quarantine");
    let place = |row: &Row| {
        let of = |name| row.header(name).expect("its place").to_owned();
        (of("veil-partition"), of("veil-offset"))
    };
    let places: BTreeSet<_> = quarantine.iter().map(place).collect();
    assert_eq!((quarantine.len(), places.len()), (unread, unread));
    // Nobody held anything for longer, or took more.
    assert!(held > 0 && in_time == held, "{in_time} of {held}");
    assert!(most > 0.0 && most < 1.0, "{most}");
    // The order inside of a release is any.
    assert!(spread < CHI_SQUARE_MOST, "{spread}");
    assert!(first < SMIRNOV_MOST, "{first}");
}

/// What left together, by transaction: those of two members lie between each other.
fn releases(own: &Releasing<'_>) -> Vec<Vec<Row>> {
    let batches = transactions(own.cluster, &own.topic("public"));
    let mut releases: BTreeMap<TransactionOf, Vec<Row>> = BTreeMap::new();
    for row in own.closed("public") {
        let at = batches.partition_point(|(offsets, _)| *offsets.end() < row.offset);
        let (offsets, of) = &batches[at];
        assert!(offsets.contains(&row.offset), "{}", row.offset);
        releases.entry(*of).or_default().push(row);
    }
    releases.into_values().collect()
}

fn waiting(number: u64) -> Waiting {
    let source = record(number, who(number));
    Waiting {
        number,
        partition: source.partition,
        // One producer writes them in turn.
        offset: i64::try_from(number / 2).expect("small"),
        person: (!is_bad(number)).then(|| who(number)),
        may_be_missing: false,
    }
}
