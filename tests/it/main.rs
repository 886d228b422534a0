//! Black box: policies and files, no Kafka.

mod diagnostics;
mod model;
mod reference;
