//! What the cluster did not let a command do, and the way out.

use crate::cli::{Exit, Failure};
use veilstream::kafka::errors::{Class, Failure as Refusal};

/// Why the cluster did not let the command do its work.
pub fn refused(failure: &Refusal) -> Failure {
    let told = Failure::new(Exit::Unavailable, failure.to_string());
    match failure.class {
        Class::Fenced => told
            .why("another replay or purge of this topic began later, or the broker ended the transaction")
            .help("run it again when the other one is done: no record is replayed twice"),
        Class::Authorization => told.help(
            "grant Read and Describe on the quarantine topic, Write on it and on the outputs, \
             and Write on transactional ids that begin with `veil.quarantine.`",
        ),
        Class::MissingTopic => told.help("create the topic; `veil doctor` says with which command"),
        _ => told.help(
            "check `bootstrap.servers`, the network and the credentials; `veil doctor` with the same flags looks at each",
        ),
    }
}
