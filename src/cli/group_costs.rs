//! What the release groups of a policy cost: each reads the source for itself, and keeps what
//! waits in memory.

use super::screen;
use std::path::Path;
use std::sync::Arc;
use veilstream::kafka::properties::Properties;
use veilstream::plan::{IMMEDIATE_GROUP, Plan};
use veilstream::stream::StreamConfig;

/// That in lines; nothing of a policy of which no records wait. What may wait is said of the
/// default memory on this machine.
pub fn lines(path: &Path, groups: Vec<Plan>) -> String {
    let groups: Vec<Arc<Plan>> = groups.into_iter().map(Arc::new).collect();
    let name = screen::one_line(path.display());
    let mut text = String::new();
    if groups.len() > 1 {
        let all = groups.iter().map(|plan| match plan.waiting() {
            Some(output) => &output.topic,
            None => IMMEDIATE_GROUP,
        });
        let all: Vec<&str> = all.collect();
        text.push_str(&format!(
            "{name}: `veil run` reads the source {} times, once for each of {}\n",
            all.len(),
            all.join(", ")
        ));
    }
    let config = StreamConfig::new("", Properties::default());
    for plan in &groups {
        let own = config.of_group(plan, &groups);
        let room = own.and_then(|own| own.room(plan));
        if let (Some(output), Ok(Some(room))) = (plan.waiting(), room) {
            text.push_str(&format!(
                "{name}: for a release of {}, of the default `memory`, {room}\n",
                output.topic
            ));
        }
    }
    text
}
