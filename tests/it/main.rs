//! Black box: policies, files and pipes, no Kafka.
#![allow(
    unsafe_code,
    reason = "a global allocator that counts cannot be written without"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests ask their environment, and stop where it fails them"
)]

mod avro;
mod cli;
mod cloudevents;
mod config;
mod consent_oracles;
mod corpus;
mod damaged_consent;
mod deploy;
mod describe;
mod detectors;
mod diagnostics;
mod differential;
mod evolution;
mod first_record;
mod floors;
mod golden;
mod hostile;
mod memory;
mod model;
mod paths;
mod protobuf;
mod readme;
mod signals;
mod structure;
mod tables;
