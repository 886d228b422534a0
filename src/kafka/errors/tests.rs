use super::*;

const NONE: Flags = Flags {
    retriable: false,
    requires_abort: false,
    fatal: false,
};

/// Every code of the library with its class when the library sets no flag.
/// A code that is missing here fails the test below.
#[rustfmt::skip]
const TABLE: &[(Class, &[Code])] = &[
    (Class::TxnState, &[Code::InvalidTransactionalState]),
    (Class::Twin, &[Code::FencedInstanceId]),
    (Class::Fenced, &[
        Code::Fenced, Code::ProducerFenced, Code::InvalidProducerEpoch, Code::TransactionCoordinatorFenced,
    ]),
    (Class::Record, &[
        Code::MessageSizeTooLarge, Code::MessageBatchTooLarge, Code::InvalidRecord, Code::InvalidTimestamp,
    ]),
    (Class::Authorization, &[
        Code::TopicAuthorizationFailed, Code::GroupAuthorizationFailed, Code::ClusterAuthorizationFailed,
        Code::TransactionalIdAuthorizationFailed, Code::DelegationTokenAuthorizationFailed,
        Code::DelegationTokenExpired, Code::DelegationTokenNotFound, Code::SaslAuthenticationFailed,
        Code::UnsupportedSASLMechanism, Code::IllegalSASLState, Code::SecurityDisabled, Code::Authentication,
    ]),
    (Class::MissingTopic, &[
        Code::UnknownTopicOrPartition, Code::UnknownTopic, Code::UnknownPartition, Code::UnknownTopicId,
        Code::InvalidTopic,
    ]),
    (Class::Fatal, &[Code::Fatal]),
    (Class::TimedOut, &[
        Code::OperationTimedOut, Code::TimedOutQueue, Code::RequestTimedOut, Code::MessageTimedOut,
    ]),
    (Class::Abort, &[Code::PurgeQueue, Code::PurgeInflight, Code::QueueFull]),
    (Class::Unclear, &[
        Code::BadMessage, Code::BadCompression, Code::BrokerDestroy, Code::Fail,
        Code::BrokerTransportFailure, Code::CriticalSystemResource, Code::Resolve, Code::PartitionEOF,
        Code::FileSystem, Code::AllBrokersDown, Code::InvalidArgument, Code::ISRInsufficient,
        Code::NodeUpdate, Code::SSL, Code::WaitingForCoordinator, Code::UnknownGroup, Code::InProgress,
        Code::PreviousInProgress, Code::ExistingSubscription, Code::AssignPartitions,
        Code::RevokePartitions, Code::Conflict, Code::State, Code::UnknownProtocol, Code::NotImplemented,
        Code::NoOffset, Code::Outdated, Code::UnsupportedFeature, Code::WaitCache, Code::Interrupted,
        Code::KeySerialization, Code::ValueSerialization, Code::KeyDeserialization,
        Code::ValueDeserialization, Code::Partial, Code::ReadOnly, Code::NoEnt, Code::Underflow,
        Code::InvalidType, Code::Retry, Code::Inconsistent, Code::GaplessGuarantee, Code::PollExceeded,
        Code::UnknownBroker, Code::NotConfigured, Code::Application, Code::AssignmentLost, Code::Noop,
        Code::AutoOffsetReset, Code::LogTruncation, Code::InvalidDifferentRecord, Code::DestroyBroker,
        Code::Unknown, Code::NoError, Code::OffsetOutOfRange, Code::InvalidMessage,
        Code::InvalidMessageSize, Code::LeaderNotAvailable, Code::NotLeaderForPartition,
        Code::BrokerNotAvailable, Code::ReplicaNotAvailable, Code::StaleControllerEpoch,
        Code::OffsetMetadataTooLarge, Code::NetworkException, Code::CoordinatorLoadInProgress,
        Code::CoordinatorNotAvailable, Code::NotCoordinator, Code::NotEnoughReplicas,
        Code::NotEnoughReplicasAfterAppend, Code::InvalidRequiredAcks, Code::IllegalGeneration,
        Code::InconsistentGroupProtocol, Code::InvalidGroupId, Code::UnknownMemberId,
        Code::InvalidSessionTimeout, Code::RebalanceInProgress, Code::InvalidCommitOffsetSize,
        Code::UnsupportedVersion, Code::TopicAlreadyExists, Code::InvalidPartitions,
        Code::InvalidReplicationFactor, Code::InvalidReplicaAssignment, Code::InvalidConfig,
        Code::NotController, Code::InvalidRequest, Code::UnsupportedForMessageFormat,
        Code::PolicyViolation, Code::OutOfOrderSequenceNumber, Code::DuplicateSequenceNumber,
        Code::InvalidProducerIdMapping, Code::InvalidTransactionTimeout, Code::ConcurrentTransactions,
        Code::OperationNotAttempted, Code::KafkaStorageError, Code::LogDirNotFound,
        Code::UnknownProducerId, Code::ReassignmentInProgress, Code::DelegationTokenAuthDisabled,
        Code::DelegationTokenOwnerMismatch, Code::DelegationTokenRequestNotAllowed,
        Code::InvalidPrincipalType, Code::NonEmptyGroup, Code::GroupIdNotFound,
        Code::FetchSessionIdNotFound, Code::InvalidFetchSessionEpoch, Code::ListenerNotFound,
        Code::TopicDeletionDisabled, Code::FencedLeaderEpoch, Code::UnknownLeaderEpoch,
        Code::UnsupportedCompressionType, Code::StaleBrokerEpoch, Code::OffsetNotAvailable,
        Code::MemberIdRequired, Code::PreferredLeaderNotAvailable, Code::GroupMaxSizeReached, Code::EligibleLeadersNotAvailable, Code::ElectionNotNeeded,
        Code::NoReassignmentInProgress, Code::GroupSubscribedToTopic, Code::UnstableOffsetCommit,
        Code::ThrottlingQuotaExceeded, Code::ResourceNotFound, Code::DuplicateResource,
        Code::UnacceptableCredential, Code::InconsistentVoterSet, Code::InvalidUpdateVersion,
        Code::FeatureUpdateFailed, Code::PrincipalDeserializationFailure, Code::FencedMemberEpoch,
        Code::UnreleasedInstanceId, Code::UnsupportedAssignor, Code::StaleMemberEpoch,
        Code::UnknownSubscriptionId, Code::TelemetryTooLarge, Code::RebootstrapRequired,
    ]),
];

/// The codes -199 to 129 as the library names them, those that are no code left out.
fn every_code() -> Vec<Code> {
    (-200..200)
        .filter_map(|n| rdkafka::types::RDKafkaRespErr::try_from(n).ok())
        .map(Code::from)
        .filter(|code| !matches!(code, Code::Begin | Code::End | Code::EndAll))
        .collect()
}

#[test]
fn every_code_is_in_the_table_once_and_classified_as_it_says() {
    let codes = every_code();
    assert!(codes.len() > 150, "only {} codes", codes.len());
    for code in codes {
        let rows: Vec<Class> = TABLE
            .iter()
            .filter(|(_, codes)| codes.contains(&code))
            .map(|(class, _)| *class)
            .collect();
        assert_eq!(rows.len(), 1, "{code:?} stands in {rows:?}");
        assert_eq!(classify(code, NONE), rows[0], "{code:?}");
    }
}

#[test]
fn the_librarys_flags_decide_what_the_code_does_not() {
    for (class, codes) in TABLE {
        for code in *codes {
            let fatal = classify(
                *code,
                Flags {
                    fatal: true,
                    ..NONE
                },
            );
            let abort = classify(
                *code,
                Flags {
                    requires_abort: true,
                    retriable: true,
                    ..NONE
                },
            );
            let again = classify(
                *code,
                Flags {
                    retriable: true,
                    ..NONE
                },
            );
            match class {
                Class::TimedOut | Class::Abort | Class::Unclear => {
                    assert_eq!(
                        (fatal, abort, again),
                        (Class::Fatal, Class::Abort, Class::Retriable),
                        "{code:?}"
                    );
                }
                _ => assert_eq!((fatal, abort, again), (*class, *class, *class), "{code:?}"),
            }
        }
    }
}

#[test]
fn a_record_that_was_not_delivered_always_ends_its_transaction() {
    for code in every_code() {
        let class = of_delivery("clean", code).class;
        assert!(
            !matches!(
                class,
                Class::Retriable
                    | Class::TimedOut
                    | Class::Unclear
                    | Class::Unclaimed
                    | Class::Narrowed
            ),
            "{code:?} → {class:?}"
        );
    }
}

#[test]
fn errors_of_a_flush_and_of_production_are_taken_too() {
    let flush = of_call("commit", &KafkaError::Flush(Code::OperationTimedOut));
    assert_eq!(flush.class, Class::TimedOut);
    let produce = of_call(
        "commit",
        &KafkaError::MessageProduction(Code::MessageSizeTooLarge),
    );
    assert_eq!(produce.class, Class::Record);
    assert_eq!(
        of_call("begin", &KafkaError::Canceled).class,
        Class::Unclear
    );
    assert!(flush.what.starts_with("commit: "), "{flush}");
}

/// Every error of the library that carries a code, whatever call it comes from.
#[test]
fn an_error_says_its_code_whatever_call_it_comes_from() {
    let code = Code::TopicAuthorizationFailed;
    for error in [
        KafkaError::AdminOp(code),
        KafkaError::ConsumerCommit(code),
        KafkaError::Flush(code),
        KafkaError::Global(code),
        KafkaError::MessageConsumption(code),
        KafkaError::MessageConsumptionFatal(code),
        KafkaError::MessageProduction(code),
        KafkaError::MetadataFetch(code),
        KafkaError::OffsetFetch(code),
        KafkaError::Rebalance(code),
        KafkaError::SetPartitionOffset(code),
        KafkaError::StoreOffset(code),
    ] {
        assert_eq!(code_of(&error), code, "{error:?}");
        assert_eq!(of_call("asking", &error).class, Class::Authorization);
        assert_eq!(in_words(&error), code.to_string());
    }
    assert_eq!(code_of(&KafkaError::Canceled), Code::Unknown);
}

#[test]
fn the_value_of_a_property_is_not_said() {
    let error = KafkaError::ClientConfig(
        rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_INVALID,
        "no such word: s3cret".into(),
        "sasl.password".into(),
        "s3cret".into(),
    );
    assert_eq!(in_words(&error), "the client refuses its configuration");
    let creation = KafkaError::ClientCreation("s3cret".into());
    assert_eq!(in_words(&creation), "the client refuses its configuration");
}
