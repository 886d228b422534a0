//! What clients really asked of the broker, from the broker's own record of
//! its requests.

use std::collections::BTreeMap;
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
    /// True when its transaction was committed then.
    pub committed: bool,
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
    let lines = BufReader::new(file).lines().map(|line| line.expect("text"));
    let is = |line: &str, name: &str| line.contains(&format!(r#""requestApiKeyName":"{name}""#));
    let mut commits: Vec<OffsetCommit> = Vec::new();
    // Those of transactions that are not ended yet, by the transactional id.
    let mut open: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for line in lines {
        let (adds, ends) = (is(&line, "TXN_OFFSET_COMMIT"), is(&line, "END_TXN"));
        let Some(json) = line.find('{').filter(|_| adds || ends) else {
            continue;
        };
        let entry: Value = serde_json::from_str(&line[json..]).expect("the entry is one JSON text");
        let (request, response) = (&entry["request"], &entry["response"]);
        let transactional_id = text(&request["transactionalId"]);
        if ends {
            // Refused, it goes on, or is ended by somebody else, who aborts it.
            if response["errorCode"] == 0 {
                let committed = request["committed"] == true;
                for n in open.remove(&transactional_id).unwrap_or_default() {
                    commits[n].committed = committed && commits[n].taken;
                }
            }
        } else if request["groupId"] == group {
            let added = open.entry(transactional_id.clone()).or_default();
            added.push(commits.len());
            commits.push(OffsetCommit {
                transactional_id,
                generation: request["generationId"].as_i64().expect("a generation"),
                member: text(&request["memberId"]),
                taken: errors(response).all(|code| code == 0),
                committed: false,
                at_ms: time(&line),
                offsets: offsets(request),
            });
        }
    }
    commits
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
