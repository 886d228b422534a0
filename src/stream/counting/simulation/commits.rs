//! The outlet of the world, and what must be true of whatever it commits.

use std::collections::BTreeSet;

use super::notes::{Became, Content, to_count};
use super::world::{Handed, MINUTE, World};
use crate::record::lane::NextOffset;
use crate::release::state::spent_key;
use crate::release::{WhyLeftOut, Windows};
use crate::stream::counting::{Event, Outcome};
use crate::stream::pool::Progress;

impl World {
    /// The outlet does the next thing.
    pub(super) fn outlet(&mut self, faults: bool) {
        let fate = if faults { self.dice.below(100) } else { 99 };
        let Some(member) = &mut self.member else {
            return;
        };
        if let Some(epoch) = member.rewinds.pop_front() {
            member.counter_epoch = epoch;
            let lanes = member.lanes.iter().map(|(lane, ..)| {
                let at = self.committed[usize::try_from(lane.partition).unwrap()];
                (lane.clone(), at.map(NextOffset::position))
            });
            let lanes = lanes.collect();
            return self.tell(Event::Rewound(epoch, lanes));
        }
        match member.handed.pop_front() {
            None => {}
            // Whoever has the lease next is told.
            Some(Handed::Drain) => self.member = None,
            Some(Handed::Leave(epoch, ..)) if epoch < member.outlet_epoch => {}
            Some(Handed::Leave(_, progress, content)) => {
                let moves = progress.iter().any(|p| !p.seqs.is_empty());
                let takes_effect = !(0..6).contains(&fate) && fate != 7;
                // Where no offset moves nobody can tell: it is read again.
                let is_told = !(6..10).contains(&fate) || fate >= 8 && moves;
                self.seen.in_doubt += u64::from((6..10).contains(&fate));
                if !takes_effect || !is_told {
                    let member = self.member.as_mut().unwrap();
                    member.outlet_epoch += 1;
                    member.rewinds.push_back(member.outlet_epoch);
                }
                if takes_effect {
                    self.commit(&progress, content);
                }
            }
        }
    }

    fn commit(&mut self, progress: &[Progress], content: Content) {
        for (record, became) in &content.beside {
            let place = (record.partition, record.offset);
            let before = self.became.insert(place, (record.clone(), *became));
            assert!(before.is_none(), "{record:?} twice");
            match became {
                Became::Counted => self.seen.counted += 1,
                Became::LeftOut(WhyLeftOut::Late) => {
                    let at_ms = record.at_ms.expect("it is in a window");
                    let closes_ms = at_ms - at_ms.rem_euclid(MINUTE) + MINUTE + 30_000;
                    assert!(closes_ms <= record.written_ms, "{record:?} came in time");
                    self.seen.late += 1;
                    self.seen.left_out += 1;
                }
                _ => self.seen.left_out += 1,
            }
        }
        for progress in progress {
            let partition = usize::try_from(progress.lane.partition).unwrap();
            let next = progress.next.get();
            assert!(self.committed[partition].is_none_or(|at| at <= next));
            self.committed[partition] = Some(next);
            for record in &self.partitions[partition] {
                let is_done = self.became.contains_key(&(partition, record.offset));
                assert_eq!(is_done, record.offset < next, "{record:?} of {next}");
            }
        }
        for row in &content.state {
            if let (b"c/", Some(value)) = (&row.key[..2], &row.value) {
                let from = i64::from_be_bytes(value[1..9].try_into().unwrap());
                let rows = self.rows_of(from, &content.withdrawn);
                let before = self.expected.insert(from, rows);
                assert!(before.is_none(), "it is cut twice");
            }
        }
        let released = content.windows[Outcome::Released as usize];
        if released > 0 {
            assert_eq!(released, 1, "one window a transaction");
            let cuts = content.state.iter();
            let mut gone = cuts.filter_map(|row| row.key.strip_prefix(b"c/out/"));
            let from = gone.find_map(|window| {
                let window = std::str::from_utf8(window).unwrap();
                let from: i64 = window.split_once('-').unwrap().0.parse().unwrap();
                // Beside it those may go that are lost.
                let is_it = self.expected.get(&from) == Some(&content.rows);
                is_it.then_some(from)
            });
            let from = from.expect("other rows than those of the records in it");
            assert!(self.released.insert(from), "it leaves twice");
            if self.way.stuck {
                let unread = self.partitions[1][0].written_ms;
                assert!(from + MINUTE + 30_000 <= unread, "a record may come still");
            }
            self.spends_no_more(from);
        } else {
            assert!(content.rows.is_empty());
        }
        self.seen.released += released;
        self.seen.lost += content.windows[Outcome::StateLost as usize];
        let refused = [
            Outcome::BudgetSpent,
            Outcome::SmallerBudget,
            Outcome::LateWindow,
            Outcome::LeftBefore,
        ];
        self.seen.refused += refused
            .iter()
            .map(|o| content.windows[*o as usize])
            .sum::<u64>();
        self.log.extend(content.state);
    }

    /// What the rows of a window must be: of the very records that are counted in it.
    fn rows_of(&self, from: i64, withdrawn: &BTreeSet<u8>) -> Vec<(Option<Vec<u8>>, Vec<u8>)> {
        let mut windows = Windows::new(&self.plan, 0).unwrap();
        let counted = self.became.values().filter(|(_, b)| *b == Became::Counted);
        for (record, _) in counted {
            let is_own = record
                .at_ms
                .is_some_and(|at| at - at.rem_euclid(MINUTE) == from);
            if is_own && !record.who.is_some_and(|who| withdrawn.contains(&who)) {
                windows.take(to_count(record), None);
            }
        }
        let closed = windows.close((from, from + MINUTE));
        let rows = windows.rows(&closed).into_iter();
        rows.map(|row| (row.key, row.value)).collect()
    }

    /// All rows that were written before that of the window, and are there, leave enough.
    fn spends_no_more(&self, from: i64) {
        let own = spent_key("t", "out", (from, from + MINUTE));
        let rows = self.state();
        let rows = rows.iter().filter(|row| row.key.starts_with(b"b/"));
        let mut epsilon = 0.0;
        for row in rows {
            epsilon += if row.key.starts_with(b"b/t/other/") {
                8_000.0
            } else {
                0.5
            };
            if row.key == own {
                let budget = if self.way.others { 24_003.0 } else { f64::MAX };
                assert!(epsilon <= budget, "{epsilon} is spent");
                return;
            }
        }
        panic!("nothing is written down of it");
    }
}
