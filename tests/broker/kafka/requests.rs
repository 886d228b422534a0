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
    /// When the broker was done with it, milliseconds since 1970.
    pub at_ms: i64,
    /// Of each partition, the offset of the next record.
    pub offsets: Vec<(i32, i64)>,
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
                at_ms: time(&line),
                offsets: offsets(request),
            })
        })
        .collect()
}

fn time(line: &str) -> i64 {
    let lead = line.split(' ').next().expect("a line");
    lead.parse().expect("a time leads")
}

fn offsets(request: &Value) -> Vec<(i32, i64)> {
    let topics = request["topics"].as_array().expect("topics").iter();
    let partitions = topics.flat_map(|t| t["partitions"].as_array().expect("partitions"));
    let number = |p: &Value, name: &str| p[name].as_i64().expect("a number");
    partitions
        .map(|p| {
            let partition = i32::try_from(number(p, "partitionIndex"));
            (
                partition.expect("a partition"),
                number(p, "committedOffset"),
            )
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
