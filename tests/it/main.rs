//! Black box: policies, files and pipes, no Kafka.

mod diagnostics;
mod golden;
mod model;
mod reference;
