//! What a release group remembers, read back from its topic: everything that was committed
//! there before it was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::client::Clients;
use super::state::ends::Ends;
use super::state::follower::{Follower, Got, reached};
use crate::record::state_row::StateRow;

/// One wait for the next row.
const WAIT: Duration = Duration::from_millis(100);

/// The newest row of each key that is wanted, sealed, in the order in which they were
/// written; `None`: it is not wanted any more. Reads to the very end of the topic as it is now: an open transaction there is
/// waited for, since it may be the last one of whoever had the lease before.
///
/// # Errors
/// In words: the topic cannot be read at present.
pub(crate) fn read(
    clients: &Clients,
    topic: &Arc<str>,
    is_own: &dyn Fn(&[u8]) -> bool,
    is_wanted: &dyn Fn() -> bool,
) -> Result<Option<Vec<StateRow>>, String> {
    let topics = [Arc::clone(topic)];
    let ends = Ends::new(clients, &topics)?.ask();
    let ends = ends.bounds.map_err(|none| none.what)?;
    let first = |bounds: &Vec<(i64, i64)>| bounds.iter().map(|(first, _)| *first).collect();
    let first = ends.iter().map(first).collect();
    let mut rows: BTreeMap<Vec<u8>, (u64, Vec<u8>)> = BTreeMap::new();
    let mut nth = 0;
    let mut follower = Follower::open(clients, &topics, first)?;
    while !reached(follower.positions(), &ends) {
        if !is_wanted() {
            return Ok(None);
        }
        let got = follower.next(WAIT, &mut |row| match row.value {
            _ if !is_own(row.key) => {}
            Some(value) => {
                nth += 1;
                rows.insert(row.key.to_vec(), (nth, value.to_vec()));
            }
            None => {
                rows.remove(row.key);
            }
        });
        match got {
            Got::Row | Got::Nothing => {}
            Got::Gone => {
                return Err(format!(
                    "`{topic}` was cut, or made anew, while it was read"
                ));
            }
            Got::Trouble(what) => return Err(what.to_string()),
        }
    }
    let rows = rows.into_iter().map(|(key, (nth, value))| {
        let value = Some(value);
        (nth, StateRow { key, value })
    });
    let mut rows: Vec<(u64, StateRow)> = rows.collect();
    rows.sort_unstable_by_key(|(nth, _)| *nth);
    Ok(Some(rows.into_iter().map(|(_, row)| row).collect()))
}
