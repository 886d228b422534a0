//! What an error of the client library means for a transaction: one total
//! classifier, so that no code is ever met unprepared.

use std::sync::Arc;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// What the outlet does about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The same call again.
    Retriable,
    /// The transaction must be aborted; the producer stays.
    Abort,
    /// One record, or a batch because of one record, is refused for good.
    Record,
    /// A right is missing: an outage until somebody grants it.
    Authorization,
    /// A topic or partition is not there: an outage until somebody creates it.
    MissingTopic,
    /// A lane of the transaction is no longer ours.
    Unclaimed,
    /// Somebody's consent became narrower after their records were decided.
    Narrowed,
    /// The producer id has a newer epoch: a twin, or the broker timed the
    /// transaction out.
    Fenced,
    /// Another member of the group has our instance name: it is the newer one.
    Twin,
    /// No answer: the call may have taken effect.
    TimedOut,
    /// Client and coordinator disagree about the transaction.
    TxnState,
    /// The producer is of no more use.
    Fatal,
    /// Anything else: the call may have taken effect.
    Unclear,
}

impl Class {
    /// Every class.
    #[cfg(test)]
    pub(crate) const ALL: [Class; 13] = [
        Class::Retriable,
        Class::Abort,
        Class::Record,
        Class::Authorization,
        Class::MissingTopic,
        Class::Unclaimed,
        Class::Narrowed,
        Class::Fenced,
        Class::Twin,
        Class::TimedOut,
        Class::TxnState,
        Class::Fatal,
        Class::Unclear,
    ];

    /// Its word.
    #[cfg(test)]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Class::Retriable => "retriable",
            Class::Abort => "abort",
            Class::Record => "record_refused",
            Class::Authorization => "authorization",
            Class::MissingTopic => "missing_topic",
            Class::Unclaimed => "unclaimed",
            Class::Narrowed => "narrowed",
            Class::Fenced => "fenced",
            Class::Twin => "twin",
            Class::TimedOut => "timed_out",
            Class::TxnState => "txn_state",
            Class::Fatal => "fatal",
            Class::Unclear => "unclear",
        }
    }
}

/// A failure, told without any value of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to do about it.
    pub class: Class,
    /// Code, place and next step, for `/readyz` and the log.
    pub(crate) what: Arc<str>,
    /// The group is assigning anew, and the offsets were sent as of before: what a
    /// rebalance brings with it, no trouble unless it lasts.
    pub(crate) is_of_rebalance: bool,
}

impl Failure {
    /// A failure of that class.
    pub fn new(class: Class, what: impl Into<Arc<str>>) -> Self {
        Failure {
            class,
            what: what.into(),
            is_of_rebalance: false,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// What the client library says about an error besides its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The same call may be repeated.
    pub(crate) retriable: bool,
    /// The transaction must be aborted.
    pub(crate) requires_abort: bool,
    /// The client is of no more use.
    pub(crate) fatal: bool,
}

/// The failure behind an error of a transactional call.
///
/// Errors of such calls arrive as `Transaction` with flags, as `Flush` (the
/// commit flushes first) and as `MessageProduction`; all three end here.
pub(crate) fn of_call(during: &str, error: &KafkaError) -> Failure {
    let flags = match error {
        KafkaError::Transaction(e) => Flags {
            retriable: e.is_retriable(),
            requires_abort: e.txn_requires_abort(),
            fatal: e.is_fatal(),
        },
        _ => Flags::default(),
    };
    let code = code_of(error);
    let class = classify(code, flags);
    Failure {
        is_of_rebalance: matches!(
            code,
            Code::IllegalGeneration | Code::UnknownMemberId | Code::RebalanceInProgress
        ),
        ..Failure::new(class, format!("{during}: {}", describe(code, class)))
    }
}

/// The failure behind a delivery report or a refused produce call, for a topic.
pub(crate) fn of_delivery(topic: &str, code: Code) -> Failure {
    let class = match classify(code, Flags::default()) {
        // A record that was not delivered is missing from the transaction,
        // whatever else could be tried.
        Class::Retriable | Class::TimedOut | Class::Unclear => Class::Abort,
        class => class,
    };
    Failure::new(
        class,
        format!("writing to topic `{topic}`: {}", describe(code, class)),
    )
}

/// What a topic's error means to who runs the cluster.
pub(crate) fn of_topic(topic: &str, code: Code) -> String {
    let class = classify(code, Flags::default());
    format!("topic `{topic}`: {}", describe(code, class))
}

/// The class of a code under the library's own flags.
pub(crate) fn classify(code: Code, flags: Flags) -> Class {
    match code {
        Code::InvalidTransactionalState => Class::TxnState,
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::TransactionCoordinatorFenced => Class::Fenced,
        Code::FencedInstanceId => Class::Twin,
        Code::MessageSizeTooLarge
        | Code::MessageBatchTooLarge
        | Code::InvalidRecord
        | Code::InvalidTimestamp => Class::Record,
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::DelegationTokenAuthorizationFailed
        | Code::DelegationTokenExpired
        | Code::DelegationTokenNotFound
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState
        | Code::SecurityDisabled
        | Code::Authentication => Class::Authorization,
        Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::UnknownPartition
        | Code::UnknownTopicId
        | Code::InvalidTopic => Class::MissingTopic,
        _ if flags.fatal => Class::Fatal,
        Code::Fatal => Class::Fatal,
        _ if flags.requires_abort => Class::Abort,
        _ if flags.retriable => Class::Retriable,
        Code::OperationTimedOut
        | Code::TimedOutQueue
        | Code::RequestTimedOut
        | Code::MessageTimedOut => Class::TimedOut,
        // What a purge or an abortable state of the transaction looks like
        // from the side of one record: never "dropped".
        Code::PurgeQueue | Code::PurgeInflight | Code::QueueFull => Class::Abort,
        _ => Class::Unclear,
    }
}

/// The code of an error, whatever call it comes from; [`Code::Unknown`] where the
/// library gives none. The one place that asks for it.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub(crate) fn code_of(error: &KafkaError) -> Code {
    match error {
        // The library forgets the code of this one.
        KafkaError::AdminOp(code) => *code,
        error => error.rdkafka_error_code().unwrap_or(Code::Unknown),
    }
}

/// Why a call without a transaction failed, in words. The error's own text is
/// never shown: it may hold a property's value.
pub(crate) fn in_words(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) => {
            "the client refuses its configuration".to_owned()
        }
        error => words(code_of(error)),
    }
}

/// A code in plain words, with the library's own beside them, to be searched for.
fn words(code: Code) -> String {
    let plain = match code {
        Code::BrokerTransportFailure | Code::AllBrokersDown => {
            "no connection: nothing listens there, the network is closed, or one side speaks TLS or SASL and the other does not"
        }
        Code::Resolve => "the name of the host cannot be resolved",
        Code::SSL => "TLS fails: look at the certificates and at `ssl.ca.location`",
        Code::OperationTimedOut | Code::RequestTimedOut | Code::TimedOutQueue => {
            "no answer came in time"
        }
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "the credentials are refused: look at `sasl.username`, its password and `sasl.mechanism`"
        }
        code => return code.to_string(),
    };
    format!("{plain} ({code:?})")
}

/// A code in words, with what to do about it.
fn describe(code: Code, class: Class) -> String {
    let step = match class {
        Class::Authorization => "; grant the right or correct the credentials",
        Class::MissingTopic => "; create the topic",
        Class::Record => "; the record goes to quarantine when it is found",
        Class::Fenced => "; another producer uses this id, or the transaction timed out",
        _ => "",
    };
    format!("{}{step}", words(code))
}

#[cfg(test)]
mod tests;
