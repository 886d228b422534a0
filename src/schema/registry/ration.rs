//! How long a lane may wait for schemas that no registry has.
//!
//! Each id that a producer invents costs the lane a wait; without a ration a thousand of
//! them would stop it for a day.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::record::lane::Lane;

/// Over so long the ration of a lane holds.
pub(super) const OVER: Duration = Duration::from_secs(600);

/// What each lane has waited of late. A partition that leaves and comes back is the same.
#[derive(Debug, Default)]
pub(super) struct Rations {
    waited: HashMap<(Arc<str>, i32), Waits>,
}

/// When each wait ended, and how long it was.
type Waits = VecDeque<(Instant, Duration)>;

impl Rations {
    /// What is left to the lane of `most`.
    pub(super) fn left(&mut self, lane: &Lane, most: Duration, now: Instant) -> Duration {
        let name = (lane.topic.clone(), lane.partition);
        let Some(waits) = self.waited.get_mut(&name) else {
            return most;
        };
        while waits
            .pop_front_if(|(end, _)| now.saturating_duration_since(*end) >= OVER)
            .is_some()
        {}
        let spent = waits.iter().map(|(_, waited)| *waited).sum();
        if waits.is_empty() {
            self.waited.remove(&name);
        }
        most.saturating_sub(spent)
    }

    /// The lane has waited for so long, until now.
    pub(super) fn spend(&mut self, lane: &Lane, waited: Duration, now: Instant) {
        if !waited.is_zero() {
            let name = (lane.topic.clone(), lane.partition);
            self.waited
                .entry(name)
                .or_default()
                .push_back((now, waited));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_waited_comes_back_ten_minutes_later() {
        let lane = |claim| Lane {
            topic: "raw".into(),
            partition: 0,
            claim,
        };
        let (start, most) = (Instant::now(), Duration::from_secs(60));
        let at = |secs| start + Duration::from_secs(secs);
        let mut rations = Rations::default();
        assert_eq!(rations.left(&lane(1), most, at(0)), most);
        rations.spend(&lane(1), Duration::from_secs(40), at(40));
        rations.spend(&lane(1), Duration::from_secs(15), at(100));
        let left = |rations: &mut Rations, secs| rations.left(&lane(2), most, at(secs)).as_secs();
        assert_eq!(left(&mut rations, 100), 5, "of another claim too");
        rations.spend(&lane(2), Duration::from_secs(30), at(130));
        assert_eq!(left(&mut rations, 130), 0);
        assert_eq!(left(&mut rations, 640), 15);
        assert_eq!(left(&mut rations, 700), 30);
        assert_eq!(left(&mut rations, 730), 60);
        assert!(rations.waited.is_empty());
    }
}
