use super::*;
use crate::plan::PolicyDigest;
use crate::record::SubjectId;
use crate::release::testing::counting_plan;
use crate::release::{ToCount, WhyLeftOut, Windows};

const DAY: i64 = 86_400_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * DAY;
const LISTED: &str = "      by: { country: keep }\n      count: records\n      \
    contribution: { cells: 2, per_cell: 3 }\n      epsilon: 0.5\n      \
    keys: { list: [DE, FR, CH] }\n";
const SELECTED: &str = "      by: { country: keep }\n      count: records\n      \
    contribution: { cells: 2 }\n      epsilon: 0.5\n      delta: 1e-6\n      keys: select\n";

fn windows(counts: &str) -> Windows {
    Windows::new(&counting_plan("out", "1d", "2h", "15", counts), 0).unwrap()
}

fn fill(windows: &mut Windows, from: u8, to: u8) {
    for who in from..to {
        let country = ["DE", "FR", "CH"][usize::from(who) % 3];
        windows.take(
            ToCount {
                person: Some(SubjectId([who / 2; 16])),
                at_ms: Some(FIRST + i64::from(who)),
                written_ms: None,
                amount: Some(1),
                cell: format!(r#"{{"country":"{country}"}}"#).as_bytes(),
                named: &[],
            },
            None,
        );
    }
}

fn head() -> Head {
    let parts = Parts {
        serial: 6,
        count: 2,
        digest: [7; 32],
    };
    let kept = |nth, kept| Kept {
        window: (FIRST + nth * DAY, FIRST + (nth + 1) * DAY),
        kept,
    };
    Head {
        policy: PolicyDigest([3; 32]),
        serial: 9,
        closed_by: FIRST,
        lost_by: i64::MIN,
        lanes: vec![LaneAt {
            topic: "raw".into(),
            partition: 4,
            next: 17,
            latest_ms: FIRST + 5,
            read_by_ms: i64::MIN,
        }],
        windows: vec![
            kept(0, KeptAs::Cut(parts)),
            kept(1, KeptAs::Open(parts)),
            kept(3, KeptAs::Lost),
        ],
    }
}

#[test]
fn a_window_goes_on_where_it_was_saved() {
    for counts in [LISTED, SELECTED] {
        let mut whole = windows(counts);
        fill(&mut whole, 0, 90);
        let mut first = windows(counts);
        fill(&mut first, 0, 50);
        let bytes = first.save(FIRST).unwrap();
        assert!(!first.is_changed(FIRST));
        let mut next = windows(counts);
        assert_eq!(next.restore(&bytes), Ok((FIRST, FIRST + DAY)));
        assert!(!next.is_changed(FIRST));
        assert_eq!(next.bytes(), first.bytes());
        fill(&mut next, 50, 90);
        assert!(next.is_changed(FIRST));
        let window = (FIRST, FIRST + DAY);
        let (whole, closed) = (whole.close(window), next.close(window));
        assert_eq!((closed.cut, closed.records), (whole.cut, whole.records));
        // Closed it is the same again, too.
        let saved = next.save_closed(&closed);
        let again = next.closed(&saved).unwrap();
        assert_eq!((again.cut, again.window), (closed.cut, window));
        assert_eq!(next.restore(&saved), Err(Unreadable));
        assert!(next.closed(&bytes).is_err());
        assert_eq!(next.restore(&bytes), Err(Unreadable), "it is closed");
    }
}

#[test]
fn bytes_of_another_policy_or_cut_off_are_no_window() {
    let mut of = windows(LISTED);
    fill(&mut of, 0, 9);
    let bytes = of.save(FIRST).unwrap();
    assert_eq!(windows(SELECTED).restore(&bytes), Err(Unreadable));
    let restores = |bytes: &[u8]| windows(LISTED).restore(bytes).is_ok();
    assert!(restores(&bytes));
    assert!((0..bytes.len()).all(|len| !restores(&bytes[..len])));
    let longer = [&bytes[..], &[0]].concat();
    assert!(!restores(&longer));
    for at in 0..2 {
        let mut other = bytes.clone();
        other[at] ^= 0x40;
        assert!(!restores(&other), "a later version, or something else");
    }
    // Of more persons than there are nothing is kept in memory before they are read.
    let mut many = bytes;
    let people = 2 + 32 + 16 + 8 + 4;
    many[people..people + 4].fill(0xff);
    assert!(!restores(&many));
}

#[test]
fn heads_and_cuts_come_back_as_they_were() {
    let head = head();
    let bytes = head.to_bytes();
    assert_eq!(Head::read(&bytes), Ok(head.clone()));
    assert!((0..bytes.len()).all(|len| Head::read(&bytes[..len]).is_err()));
    let later = [&[2], &bytes[1..]].concat();
    assert_eq!(Head::read(&later), Err(Unreadable));
    let mut falling = head;
    falling.windows.swap(0, 1);
    assert_eq!(Head::read(&falling.to_bytes()), Err(Unreadable));
    let cut = Cut {
        window: (FIRST, FIRST + DAY),
        digest: [5; 32],
    };
    let bytes = cut.to_bytes();
    assert_eq!(Cut::read(&bytes), Ok(cut));
    assert!((0..bytes.len()).all(|len| Cut::read(&bytes[..len]).is_err()));
}

#[test]
fn what_is_in_parts_is_whole_or_nothing() {
    let bytes: Vec<u8> = (0..PART_BYTES_MAX * 2 + 5).map(|n| n as u8).collect();
    let (parts, values) = split(&bytes, 8);
    assert_eq!((parts.count, values.len()), (3, 3));
    assert!(values.iter().all(|v| v.len() <= 512 << 10));
    let of = |parts: &Parts, values: &[Vec<u8>]| {
        join(parts, |nth| values.get(nth as usize).map(|v| &v[..]))
    };
    assert_eq!(of(&parts, &values), Ok(bytes));
    assert_eq!(of(&parts, &values[..2]), Err(Unreadable));
    let (_, other) = split(&values[0], 9);
    let mixed = [values[0].clone(), other[0].clone(), values[2].clone()];
    assert_eq!(of(&parts, &mixed), Err(Unreadable), "of another time");
    let mut changed = values;
    changed[1][400] ^= 1;
    assert_eq!(of(&parts, &changed), Err(Unreadable));
    let (none, values) = split(&[], 1);
    assert_eq!((none.count, of(&none, &values)), (0, Ok(Vec::new())));
}

#[test]
fn what_is_lost_takes_no_more_and_says_so() {
    let mut of = windows(LISTED);
    fill(&mut of, 0, 9);
    of.lose((FIRST, FIRST + DAY));
    fill(&mut of, 9, 12);
    assert_eq!(of.take_left_out().of(WhyLeftOut::StateLost), 3);
    assert_eq!(of.lost().collect::<Vec<_>>(), [(FIRST, FIRST + DAY)]);
    assert_eq!(of.open().count(), 0);
    of.close_by(FIRST + DAY, i64::MIN);
    fill(&mut of, 0, 2);
    assert_eq!(of.take_left_out().of(WhyLeftOut::Late), 2);
    let mut all = windows(LISTED);
    fill(&mut all, 0, 4);
    all.close_by(i64::MIN, FIRST + DAY);
    fill(&mut all, 4, 5);
    assert_eq!(all.take_left_out().of(WhyLeftOut::StateLost), 1);
    assert_eq!((all.open().count(), all.closed_by()), (0, FIRST + DAY));
}

#[test]
fn rows_of_what_is_spent_are_read_or_refused() {
    use crate::release::Spending;
    let mut of = windows(LISTED);
    fill(&mut of, 0, 9);
    let closed = of.close((FIRST, FIRST + DAY));
    let note = Spending::in_rows().note_of(of.output(), of.counting(), &closed);
    let row = note.row();
    let mut spent = Spending::in_rows();
    let said = spent.add_row(&row).unwrap();
    assert_eq!((&*said.budget, &*said.output), ("t", "out"));
    assert_eq!(said.window, closed.window);
    assert!(spent.has_met(of.output(), (FIRST - 1, FIRST + 1)));
    assert!(!spent.has_met(of.output(), (FIRST + DAY, FIRST + 2 * DAY)));
    // A later version, another sum, a line of a ledger: none.
    let text = String::from_utf8(row[1..].to_vec()).unwrap();
    let cheaper = text.replace("\"1/2\"", "\"1/3\"");
    assert_ne!(text, cheaper);
    for bad in [
        [&[3], text.as_bytes()].concat(),
        [&[1], text.as_bytes()].concat(),
        [&[2], cheaper.as_bytes()].concat(),
        [&[2], note.line.as_bytes(), b"x"].concat(),
        row[..row.len() - 1].to_vec(),
        Vec::new(),
    ] {
        assert!(Spending::in_rows().add_row(&bad).is_err());
    }
    // Whoever is a period behind cannot know what was spent.
    assert!(spent.grants(of.output(), of.counting(), &closed).is_err());
    let late = of.close((FIRST - 31 * DAY, FIRST - 30 * DAY));
    assert!(spent.grants(of.output(), of.counting(), &late).is_err());
    let next = of.close((FIRST + DAY, FIRST + 2 * DAY));
    assert!(spent.grants(of.output(), of.counting(), &next).is_ok());
    assert!(
        spent
            .outlived(of.output(), of.counting(), FIRST + 100 * DAY)
            .is_empty()
    );
}
