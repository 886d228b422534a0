//! Black box: the `veil` binary on files and pipes, no Kafka.

mod cli;
