//! Requests written by hand: what a client library refuses to make, or does not know,
//! and what would take a Java process of seconds to ask.
//!
//! The layout is Kafka's own (<https://kafka.apache.org/protocol.html>); only versions
//! without tagged fields are used.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Cluster;

const PATIENCE: Duration = Duration::from_secs(20);
const CORRELATION: i32 = 0x7661_6c65;

/// Sends one request, header version 1, and waits for what its answer holds behind the
/// header.
///
/// # Panics
/// When no answer comes, or another one's.
pub fn ask(cluster: &Cluster, api: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(cluster.bootstrap()).expect("the broker listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a socket takes a timeout");
    let mut request = Vec::new();
    request.extend(api.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(CORRELATION.to_be_bytes());
    request.extend((-1_i16).to_be_bytes()); // no client id
    request.extend(body);
    stream
        .write_all(&sized(&request))
        .expect("the request is sent");
    let mut len = [0; 4];
    stream.read_exact(&mut len).expect("an answer");
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(len)).expect("a length")];
    stream.read_exact(&mut answer).expect("all of the answer");
    assert!(answer.starts_with(&CORRELATION.to_be_bytes()));
    answer.split_off(4)
}

/// A text behind its length in two bytes.
pub fn text(of: &str) -> Vec<u8> {
    let len = i16::try_from(of.len()).expect("a short text");
    [&len.to_be_bytes(), of.as_bytes()].concat()
}

/// Bytes behind their length in four bytes.
pub fn sized(body: &[u8]) -> Vec<u8> {
    let len = i32::try_from(body.len()).expect("a test's request is small");
    [&len.to_be_bytes(), body].concat()
}

/// Elements behind their number in four bytes.
pub fn list(of: &[Vec<u8>]) -> Vec<u8> {
    let len = i32::try_from(of.len()).expect("few elements");
    [&len.to_be_bytes(), &*of.concat()].concat()
}

/// The number in two bytes there.
pub fn i16_at(answer: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([answer[at], answer[at + 1]])
}

/// The number in four bytes there.
pub fn i32_at(answer: &[u8], at: usize) -> i32 {
    let bytes = answer[at..at + 4].try_into();
    i32::from_be_bytes(bytes.expect("four bytes"))
}
