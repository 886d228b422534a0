//! Black box: policies and events in, results out, no Kafka.

mod config;
