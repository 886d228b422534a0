//! Black box: policies, files and pipes, no Kafka.

mod cli;
mod config;
mod diagnostics;
mod golden;
mod model;
