//! What clients really asked of the broker, from the broker's own record of
//! its requests.

use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::Cluster;

/// One request that adds a group's offsets to a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetCommit {
    /// Whose transaction.
    pub transactional_id: String,
    /// Generation of the membership that was shown; -1 is nobody's.
    pub generation: i64,
    /// Member id that was shown; empty is nobody's.
    pub member: String,
    /// True when the broker took it for every partition.
    pub taken: bool,
}

impl OffsetCommit {
    /// True when it showed a membership.
    pub fn is_a_members(&self) -> bool {
        self.generation >= 0 && !self.member.is_empty()
    }
}

/// Every transactional offset commit that anybody sent for `group`, in the
/// order in which the broker finished them.
pub fn offset_commits(cluster: &Cluster, group: &str) -> Vec<OffsetCommit> {
    let file = fs::File::open(cluster.request_log()).expect("the broker records its requests");
    BufReader::new(file)
        .lines()
        .map(|line| line.expect("text"))
        .filter(|line| line.contains(r#""requestApiKeyName":"TXN_OFFSET_COMMIT""#))
        .filter_map(|line| {
            let json = line.find('{').map(|at| &line[at..])?;
            let entry: Value = serde_json::from_str(json).expect("the entry is one JSON text");
            let request = &entry["request"];
            (request["groupId"] == group).then(|| OffsetCommit {
                transactional_id: text(&request["transactionalId"]),
                generation: request["generationId"].as_i64().expect("a generation"),
                member: text(&request["memberId"]),
                taken: errors(&entry["response"]).all(|code| code == 0),
            })
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn errors(response: &Value) -> impl Iterator<Item = i64> {
    let topics = response["topics"].as_array().expect("topics");
    topics
        .iter()
        .flat_map(|t| t["partitions"].as_array().expect("partitions"))
        .map(|p| p["errorCode"].as_i64().expect("a code"))
}
