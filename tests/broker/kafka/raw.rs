//! One Produce request, written by hand: the way to write a record that a
//! client library refuses to make, such as a header whose name is not UTF-8.
//!
//! The layout is Kafka's own: Produce version 3, and record batch format
//! version 2 (<https://kafka.apache.org/documentation/#recordbatch>).

use super::Cluster;
use super::wire::{ask, i16_at, list, sized, text};

const PRODUCE: i16 = 0;
const VERSION: i16 = 3;

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
    let partition = [&0_i32.to_be_bytes(), &*sized(&batch(records))].concat();
    let topics = [&*text(topic), &list(&[partition])].concat();
    let body = [
        &(-1_i16).to_be_bytes()[..], // no transaction
        &(-1_i16).to_be_bytes(),     // acknowledged by all replicas
        &20_000_i32.to_be_bytes(),   // milliseconds
        &list(&[topics]),
    ]
    .concat();
    let answer = ask(cluster, PRODUCE, VERSION, &body);
    // One topic, its name, one partition, its number.
    let at = 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(
        i16_at(&answer, at),
        0,
        "the broker's error code for the batch"
    );
    let offset = answer[at + 2..at + 10].try_into().expect("eight bytes");
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
