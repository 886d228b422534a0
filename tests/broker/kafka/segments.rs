//! Which transaction each record of a partition is of, from the broker's own files.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::Cluster;

/// The producer of a transaction, and which of its transactions in that partition it is.
pub type TransactionOf = (i64, usize);

/// The batches of partition 0 of `topic` in their order: offsets and transaction.
pub fn transactions(cluster: &Cluster, topic: &str) -> Vec<(RangeInclusive<i64>, TransactionOf)> {
    let file = cluster.segment(topic);
    let output = cluster
        .tool("kafka.tools.DumpLogSegments")
        .arg("--files")
        .arg(&file)
        .output()
        .expect("Kafka's tool runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut ended: BTreeMap<i64, usize> = BTreeMap::new();
    let mut batches = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("baseOffset: ")) {
        let field = |name: &str| {
            let (_, rest) = line
                .split_once(&format!("{name}: "))
                .expect("a field of it");
            rest.split(' ').next().expect("a word")
        };
        let number = |name: &str| field(name).parse::<i64>().expect("a number");
        let producer = number("producerId");
        let nth = ended.entry(producer).or_default();
        match field("isControl") {
            "true" => *nth += 1,
            _ => batches.push((
                number("baseOffset")..=number("lastOffset"),
                (producer, *nth),
            )),
        }
    }
    assert!(
        !batches.is_empty(),
        "no batch in {}: {text}",
        file.display()
    );
    batches
}
