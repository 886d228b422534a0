//! Until when everything was read, told to whoever counts by the time of events.

use super::poll::Intake;
use crate::kafka::messages::{ReadBy, ToOutlet};

impl Intake {
    /// Tells of the lanes that are read to the end that they had when it was asked for.
    pub(super) fn tell_what_is_read(&self) {
        let assigned_lanes = self.group.locked();
        let backlog = &self.group.shared.backlog;
        let lanes = assigned_lanes.lanes.iter();
        let read = lanes.filter(|lane| lane.is_handed_over());
        let read = read.filter_map(|lane| {
            let at_ms = backlog.read_by(&lane.lane, lane.reads_from())?;
            Some((lane.lane.clone(), lane.handed_over, at_ms))
        });
        let read = ReadBy {
            lanes: read.collect(),
            epoch: assigned_lanes.epoch,
        };
        drop(assigned_lanes);
        if !read.lanes.is_empty() {
            // An outlet that is gone means that the stream ends.
            let _ = self.group.shared.to_outlet.send(ToOutlet::ReadBy(read));
        }
    }
}
