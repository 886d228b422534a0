//! A header whose name is not UTF-8: the client library's binding panics when
//! it reads one. Such a record alone goes to the quarantine, and the process
//! lives on.

use crate::check::{Canaries, Quarantined};
use crate::kafka::{self, Isolation, Outgoing, RawRecord, Row, produce_raw, read_all};
use crate::traffic::{Kind, MARK, NUMBER, Traffic};

use super::stage::{SETTLE, Stage, quarantined};

const BEFORE: usize = 300;
const AFTER: usize = 300;

#[test]
fn a_header_name_that_is_not_utf_8_costs_its_record_and_nothing_else() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "headernames", 1);
    let mut traffic = Traffic::new(51, 1);
    let mut full = |count: usize| -> Vec<Outgoing> {
        (0..count).map(|_| traffic.of_kind(Kind::Full)).collect()
    };
    let (before, odd, after) = (full(BEFORE), full(3), full(AFTER));
    stage.produce(before);
    // In the middle, one batch: an odd name alone, a good record, and an odd
    // name behind good ones, cut off inside a character.
    let batch = [
        raw(&odd[0], Some(b"\xff\xfe canary-name-one \x80")),
        raw(&odd[1], None),
        raw(&odd[2], Some(b"canary-name-two-\xe2\x82")),
    ];
    let first = produce_raw(cluster, &stage.topics.source, &batch);
    assert_eq!(first, BEFORE as i64, "the broker took all three");
    stage.produce(after);

    let mut veil = stage.veil(&["--log-level", "trace"]);
    veil.await_ready(SETTLE);
    stage.settle();
    let refused = veil.metrics().sum(
        "veil_records_quarantined_total",
        &[("reason", "not_utf8"), ("topic", &stage.topics.source)],
    );
    assert_eq!(refused, 2);
    let pages = ["/metrics", "/readyz"].map(|path| veil.page(path).expect("it is served").1);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(!ended.log.contains("internal error"), "{}", ended.log);

    // Another process starts behind them and does nothing twice.
    let mut again = stage.veil(&["--once"]);
    assert_eq!(again.await_exit(SETTLE).code(), Some(0), "{}", again.log());

    let rows = stage.closed(&stage.topics.quarantine);
    let expected = [0, 2].map(|nth| Quarantined {
        partition: 0,
        offset: first + nth,
        reason: "not_utf8".to_owned(),
    });
    assert_eq!(quarantined(&rows, &stage.topics.source), expected);
    let odd_ones = [BEFORE, BEFORE + 2];
    let through: Vec<usize> = (0..BEFORE + 3 + AFTER)
        .filter(|n| !odd_ones.contains(n))
        .collect();
    for topic in [&stage.topics.analytics, &stage.topics.mail] {
        assert_eq!(numbers(&stage.closed(topic)), through, "{topic}");
    }

    let canaries =
        Canaries::new([MARK.repeat(2).as_str(), "canary-name", "canary-value"].map(str::to_owned));
    let mut seen: Vec<(&str, Vec<u8>)> = vec![
        ("the log at trace level", ended.log.into_bytes()),
        ("the log of the second run", again.log().into_bytes()),
    ];
    seen.extend(pages.map(|body| ("a page", body.into_bytes())));
    for topic in [
        &stage.topics.analytics,
        &stage.topics.mail,
        &stage.topics.quarantine,
    ] {
        seen.push((
            topic,
            everything(&read_all(cluster, topic, Isolation::Uncommitted)),
        ));
    }
    for (surface, bytes) in seen {
        assert!(!bytes.is_empty(), "{surface} holds something to search");
        assert_eq!(canaries.find(&bytes), [], "in {surface}");
    }
}

/// The same record with the mark twice in its value, and one more header.
fn raw(record: &Outgoing, name: Option<&[u8]>) -> RawRecord {
    let text = String::from_utf8(record.value.clone().expect("a value")).expect("text");
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> = record
        .headers
        .iter()
        .map(|(n, v)| (n.clone().into_bytes(), v.clone()))
        .collect();
    headers.extend(name.map(|n| (n.to_vec(), b"canary-value".to_vec())));
    RawRecord {
        value: text.replacen(MARK, &MARK.repeat(2), 1).into_bytes(),
        headers,
    }
}

/// The records' numbers in their order; an output of several partitions holds
/// them in as many orders, so they are sorted.
fn numbers(rows: &[Row]) -> Vec<usize> {
    let number = |r: &Row| r.header(NUMBER).and_then(|n| n.parse().ok());
    let mut numbers: Vec<usize> = rows.iter().map(|r| number(r).expect("numbered")).collect();
    numbers.sort_unstable();
    numbers
}

fn everything(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        let headers = row.headers.iter().flat_map(|(n, v)| [n.as_bytes(), v]);
        let parts = [row.key.as_deref(), row.value.as_deref()];
        for part in parts.into_iter().flatten().chain(headers) {
            bytes.extend_from_slice(part);
            bytes.push(b'\n');
        }
    }
    bytes
}
