//! One Produce request, written by hand: the way to write a record that a
//! client library refuses to make, such as a header whose name is not UTF-8.
//!
//! The layout is Kafka's own: Produce version 3, and record batch format
//! version 2 (<https://kafka.apache.org/documentation/#recordbatch>).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Cluster;

const PATIENCE: Duration = Duration::from_secs(20);
const PRODUCE: i16 = 0;
const VERSION: i16 = 3;
const CORRELATION: i32 = 0x7661_6c65;

/// One record; nothing in it needs to be text.
#[derive(Clone, Debug)]
pub struct RawRecord {
    /// The value.
    pub value: Vec<u8>,
    /// Header names and values.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Writes `records` as one batch into partition 0 of `topic`; the offset that
/// the broker gave the first one.
///
/// # Panics
/// When the broker does not take the batch.
pub fn produce_raw(cluster: &Cluster, topic: &str, records: &[RawRecord]) -> i64 {
    let mut stream = TcpStream::connect(cluster.bootstrap()).expect("the broker listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a socket takes a timeout");
    stream
        .write_all(&sized(&request(topic, &batch(records))))
        .expect("the request is sent");
    let mut len = [0; 4];
    stream.read_exact(&mut len).expect("an answer");
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(len)).expect("a length")];
    stream.read_exact(&mut answer).expect("all of the answer");
    first_offset(&answer, topic)
}

fn request(topic: &str, batch: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(PRODUCE.to_be_bytes());
    out.extend(VERSION.to_be_bytes());
    out.extend(CORRELATION.to_be_bytes());
    out.extend((-1_i16).to_be_bytes()); // no client id
    out.extend((-1_i16).to_be_bytes()); // no transaction
    out.extend((-1_i16).to_be_bytes()); // acknowledged by all replicas
    out.extend(20_000_i32.to_be_bytes()); // milliseconds
    out.extend(1_i32.to_be_bytes()); // one topic
    out.extend(
        i16::try_from(topic.len())
            .expect("a topic's name is short")
            .to_be_bytes(),
    );
    out.extend(topic.as_bytes());
    out.extend(1_i32.to_be_bytes()); // one partition
    out.extend(0_i32.to_be_bytes()); // number 0
    out.extend(sized(batch));
    out
}

fn first_offset(answer: &[u8], topic: &str) -> i64 {
    // Correlation, one topic, its name, one partition, its number.
    let (correlation, rest) = answer.split_at(4);
    assert_eq!(correlation, CORRELATION.to_be_bytes());
    let at = 4 + 2 + topic.len() + 4 + 4;
    let error = i16::from_be_bytes([rest[at], rest[at + 1]]);
    assert_eq!(error, 0, "the broker's error code for the batch");
    let offset = rest[at + 2..at + 10].try_into().expect("eight bytes");
    i64::from_be_bytes(offset)
}

fn batch(records: &[RawRecord]) -> Vec<u8> {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the clock is past 1970");
    let now_ms = i64::try_from(now.as_millis()).expect("the clock is before the year 292 million");
    let count = i32::try_from(records.len()).expect("a test has few records");
    let mut summed = Vec::new();
    summed.extend(0_i16.to_be_bytes()); // plain: not compressed, no transaction
    summed.extend((count - 1).to_be_bytes()); // the last offset, counted from the first
    summed.extend(now_ms.to_be_bytes()); // the first time
    summed.extend(now_ms.to_be_bytes()); // the latest time
    summed.extend((-1_i64).to_be_bytes()); // no producer id,
    summed.extend((-1_i16).to_be_bytes()); // no epoch,
    summed.extend((-1_i32).to_be_bytes()); // no sequence
    summed.extend(count.to_be_bytes());
    for (i, r) in (0..).zip(records) {
        let record = record(i, r);
        varint(&mut summed, length(&record));
        summed.extend(record);
    }
    let mut rest = Vec::new();
    rest.extend((-1_i32).to_be_bytes()); // the leader's epoch is the broker's to fill in
    rest.push(2); // the format's version
    rest.extend(crc32c(&summed).to_be_bytes());
    rest.extend(summed);
    let mut out = Vec::new();
    out.extend(0_i64.to_be_bytes()); // the offset is the broker's to fill in
    out.extend(sized(&rest));
    out
}

fn record(offset_delta: i64, record: &RawRecord) -> Vec<u8> {
    let mut out = vec![0]; // attributes: none are defined
    varint(&mut out, 0); // the batch's time
    varint(&mut out, offset_delta);
    varint(&mut out, -1); // no key
    bytes(&mut out, &record.value);
    varint(&mut out, length(&record.headers));
    for (name, value) in &record.headers {
        bytes(&mut out, name);
        bytes(&mut out, value);
    }
    out
}

/// Behind its length in four bytes.
fn sized(body: &[u8]) -> Vec<u8> {
    let len = i32::try_from(body.len()).expect("a test's batch is small");
    [&len.to_be_bytes(), body].concat()
}

/// Behind its length as a varint.
fn bytes(out: &mut Vec<u8>, body: &[u8]) {
    varint(out, length(body));
    out.extend(body);
}

fn length<T>(of: &[T]) -> i64 {
    i64::try_from(of.len()).expect("lengths fit")
}

/// Zigzag, seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, n: i64) {
    let mut rest = ((n << 1) ^ (n >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// CRC-32C (Castagnoli), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[test]
fn the_checksum_is_that_of_rfc_3720() {
    // Section B.4: 32 bytes of zeros, of ones, and counting up.
    let ascending: Vec<u8> = (0..32).collect();
    assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    assert_eq!(crc32c(&ascending), 0x46dd_794e);
}
