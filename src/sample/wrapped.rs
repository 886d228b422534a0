//! Whether each record of a sample looks like a whole record in an envelope, where
//! events were expected.

use super::Profile;
use crate::record::path::{Selector, Step};

/// What an envelope has beside the event, or what was opened of the quarantine.
const BESIDE: [&str; 7] = [
    "key",
    "headers",
    "timestamp",
    "topic",
    "partition",
    "offset",
    "policy",
];

/// What is said where [`Profile::looks_enveloped`].
pub const LOOKS_ENVELOPED: &str = "every line looks like a whole record, with `value` beside its key, headers or place, and was read as an event: if it is one, pass --envelope";

impl Profile {
    /// True when every record is an object of `value` and of what else an envelope
    /// has, and of no other member; one of those is in every record as well. A
    /// sign, and no proof: an event may be made so.
    pub fn looks_enveloped(&self) -> bool {
        let records = self.records();
        let everywhere = |name: &str| {
            let path = Selector {
                steps: vec![Step::Name(name.to_owned())],
            };
            let found = self.find(&path);
            found.is_some_and(|found| found.stats.records() == records)
        };
        let paths = self.paths();
        let mut tops = paths.iter().filter(|found| found.path.steps.len() == 1);
        records > 0
            && everywhere("value")
            && BESIDE.iter().any(|name| everywhere(name))
            && tops.all(|found| match &found.path.steps[0] {
                Step::Name(name) => name == "value" || BESIDE.contains(&&**name),
                _ => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_must_look_so() {
        for (events, is_so) in [
            (
                &[
                    r#"{"key":"k","value":{"a":1}}"#,
                    r#"{"key":null,"value":null}"#,
                ][..],
                true,
            ),
            (&[r#"{"value":{"a":1},"headers":{},"timestamp":7}"#], true),
            (
                &[
                    r#"{"topic":"t","partition":0,"offset":1,"policy":"p","timestamp":7,"key":null,"headers":[],"value":"{}"}"#,
                ],
                true,
            ),
            // One that is none.
            (&[r#"{"key":"k","value":{}}"#, r#"{"key":"k"}"#], false),
            (&[r#"{"key":"k","value":{}}"#, r#"{"value":{}}"#], false),
            // Events.
            (&[r#"{"value":3}"#], false),
            (&[r#"{"key":"k","value":3,"unit":"m"}"#], false),
            (&[r#"{"id":1}"#], false),
            (&[], false),
        ] {
            let mut profile = Profile::new(7);
            for event in events {
                profile.add(event.as_bytes()).unwrap();
            }
            assert_eq!(profile.looks_enveloped(), is_so, "{events:?}");
        }
    }
}
