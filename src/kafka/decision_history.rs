//! What one person decided, one after the other: the evidence, read from its topic.

use std::ops::ControlFlow;

use super::client::Clients;
use super::decision_writer::of_person;
use super::errors::Failure;
use super::stored_topic::StoredTopic;
use crate::record::SubjectId;

/// One decision, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The category; empty: whoever wrote it did not say.
    pub category: String,
    /// When it was appended, in milliseconds since 1970.
    pub appended_ms: Option<i64>,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The decision, JSON.
    pub value: Vec<u8>,
}

/// Reads what a person decided, the oldest first, from that history topic: the one
/// partition that they are in, up to its end now. `stop`: told to end, with what was
/// found.
///
/// # Errors
/// The topic is not there, or no broker answers.
pub fn of(
    clients: &Clients,
    topic: &str,
    who: SubjectId,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<Past>, Failure> {
    let history = StoredTopic::open(clients, topic)?;
    let person = who.text();
    let partition = of_person(&person, history.partitions().end);
    let bounds = history.bounds(partition)?;
    let mut found = Vec::new();
    history.read(partition, (bounds.first, bounds.end), stop, |lying| {
        if lying.key == person.as_bytes() {
            let category = lying.headers().find(|(name, _)| *name == "category");
            let category = category.and_then(|(_, value)| value).unwrap_or_default();
            found.push(Past {
                category: String::from_utf8_lossy(category).into_owned(),
                appended_ms: lying.at_ms,
                partition,
                offset: lying.offset,
                value: lying.value.to_vec(),
            });
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::state::{By, Statement};
    use crate::kafka::decision_writer::DecisionWriter;
    use crate::kafka::decision_writer::testing::cluster;

    #[test]
    fn one_person_s_decisions_come_in_their_order() {
        let (_cluster, properties) = cluster(2, 2);
        let writer = DecisionWriter::new(&properties, "decisions", "history").unwrap();
        let clients = Clients::of_decisions(&properties).unwrap();
        for n in 0..12_u8 {
            let granted = n % 4 < 2;
            let statement = Statement::new(granted, 1_772_323_200_000, By::Page);
            let who = SubjectId([n % 3; 16]);
            let category = if n < 6 { "Ads" } else { "Stats" };
            writer.write(who, category, &statement).unwrap();
        }
        let past = of(&clients, "history", SubjectId([1; 16]), &|| false).unwrap();
        let told: Vec<(&str, bool)> = past
            .iter()
            .map(|p| {
                let value = String::from_utf8_lossy(&p.value);
                (p.category.as_str(), value.contains("granted"))
            })
            .collect();
        // Those of 1, 4, 7 and 10.
        let expected = [
            ("Ads", true),
            ("Ads", true),
            ("Stats", false),
            ("Stats", false),
        ];
        assert_eq!(told, expected);
        assert!(past.is_sorted_by_key(|p| p.offset));
        let nobody = of(&clients, "history", SubjectId([9; 16]), &|| false).unwrap();
        assert!(nobody.is_empty());
    }
}
