//! The list of metrics: name, kind, labels, meaning. The page served, the
//! reference and the tests follow it.

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations in seconds, by bucket.
    Histogram,
    /// Numbers of persons, by bucket.
    Sizes,
}

impl Kind {
    /// Prometheus' word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram | Kind::Sizes => "histogram",
        }
    }
}

/// Whose figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One of the process.
    Process,
    /// One of each release group in it.
    Group,
}

/// Where the values of a label come from: always a closed set, never an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
}

const SOURCE_TOPIC: Label = label("topic", "source topic of the policy");
const OUTPUT_TOPIC: Label = label("topic", "output topic of the policy");
const CATEGORY: Label = label(
    "category",
    "category of consent that the policy needs; (another): any other in the topic",
);
const REASON: Label = label("reason", "word of the closed list of [reasons](reasons.md)");

const fn label(name: &'static str, doc: &'static str) -> Label {
    Label { name, doc }
}

macro_rules! metrics {
    ($($ident:ident = $name:literal, $scope:ident, $kind:ident, [$($label:expr),*], $help:literal;)*) => {
        /// One family of figures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Metric {
            $(#[doc = $help] $ident),*
        }

        impl Metric {
            /// Every metric, in the order of its discriminant.
            pub const ALL: &[Metric] = &[$(Metric::$ident),*];

            /// The name served.
            pub const fn name(self) -> &'static str {
                match self { $(Metric::$ident => $name),* }
            }

            /// What kind of figure it is.
            pub const fn kind(self) -> Kind {
                match self { $(Metric::$ident => Kind::$kind),* }
            }

            /// Whose figure it is.
            pub const fn scope(self) -> Scope {
                match self { $(Metric::$ident => Scope::$scope),* }
            }

            /// Its labels, in order; a group with a name has one more.
            pub const fn labels(self) -> &'static [Label] {
                match self { $(Metric::$ident => const { &[$($label),*] }),* }
            }

            /// What it means.
            pub const fn help(self) -> &'static str {
                match self { $(Metric::$ident => $help),* }
            }
        }
    };
}

metrics! {
    RecordsReceived = "veil_records_received_total", Group, Counter, [SOURCE_TOPIC],
        "Records read whose transaction committed; of one that is taken apart (`source.split`) its elements.";
    RecordsSplit = "veil_records_split_total", Group, Counter, [SOURCE_TOPIC],
        "Records that were taken apart (`source.split`), those with an empty list too; 0 under a policy that takes none apart.";
    RecordsSplitEmpty = "veil_records_split_empty_total", Group, Counter, [SOURCE_TOPIC],
        "Records that were taken apart and whose list was empty, so that nothing came of them.";
    RecordsSent = "veil_records_sent_total", Group, Counter, [OUTPUT_TOPIC],
        "Sanitized records written to an output and committed.";
    RecordsWithheld = "veil_records_withheld_total", Group, Counter, [OUTPUT_TOPIC, REASON],
        "Records that an output did not get by the policy's own rule: consent, type, tombstone.";
    RecordsQuarantined = "veil_records_quarantined_total", Group, Counter, [SOURCE_TOPIC, REASON],
        "Records that could not be protected and went to the quarantine instead of every output.";
    RecordBytes = "veil_record_bytes_total", Group, Counter,
        [label("direction", "in or out"), label("topic", "source topic (in) or output topic (out)")],
        "Bytes of value, key and headers, read and written.";
    TombstonesClearing = "veil_clearing_tombstones_total", Group, Counter, [OUTPUT_TOPIC],
        "Tombstones written because a consent is gone; such a record counts as withheld.";
    Fields = "veil_fields_total", Group, Counter,
        [label("action", "action of the policy language"), OUTPUT_TOPIC, label("result", "written, absent, dropped_on_error or replaced_on_error")],
        "Named fields by what their action did.";
    FieldRefusals = "veil_field_refusals_total", Group, Counter,
        [label("action", "action of the policy language"), label("field", "path of the field as the policy writes it"), OUTPUT_TOPIC],
        "Records in quarantine by the field that refused its value; those refused as a whole are not among them.";
    SelectorMatches = "veil_selector_matches_total", Group, Counter,
        [label("field", "path of the field as the policy writes it"), OUTPUT_TOPIC],
        "Values that the field's selector found, whatever came of them; 0: it has never matched since the start.";
    Other = "veil_other_total", Group, Counter,
        [label("field", "path of the field as the policy writes it"), OUTPUT_TOPIC],
        "Values, of those that `veil_selector_matches_total` counts, that no route, table or list of the policy knew, so that its constant for all others left: `routes`, `hierarchy` with `else`, `top_k`. Of a value in parts at most one. Only of fields that have such a constant.";
    AcceptedHashes = "veil_accepted_hashes_total", Group, Counter,
        [label("field", "path of the field as the policy writes it"), OUTPUT_TOPIC],
        "Values that were a hash already and left as one (`match_hash` with `accept_hashed`): nobody here knows what of. Only of fields that accept them.";
    UnnamedMembers = "veil_unnamed_members_total", Group, Counter, [SOURCE_TOPIC],
        "Members, of records that were not quarantined, that no output, consent, type or subject names; they do not exist in any output.";
    ConsentBadSignals = "veil_consent_bad_signals_total", Group, Counter,
        [label("shape", "how the policy says that the signal is written; plain: an object or a scalar without `shape`")],
        "Consent signals, of records whatever became of them, that were there and could not be read; each denied what it speaks for.";
    ConsentSubjects = "veil_consent_subjects", Group, Gauge,
        [CATEGORY, label("standing", "granted or denied")],
        "People whose decision in force is that, where the policy follows what people decide; granted / (granted + denied) is the consent rate.";
    ConsentDecisions = "veil_consent_decisions_total", Group, Counter,
        [CATEGORY, label("is", "granted, denied, silent (taken back) or unreadable (counts as denied)"), label("by", "page, api, import, cmp or other")],
        "Decisions that came while the stream ran.";
    ConsentWithdrawals = "veil_consent_withdrawals_total", Group, Counter, [CATEGORY],
        "Decisions that took something away that held before.";
    WithdrawalDelay = "veil_consent_withdrawal_delay_seconds", Group, Histogram, [],
        "From a withdrawal's arrival at the broker until nothing leaves any more that was permitted before it; by two clocks, the broker's and ours.";
    StateLag = "veil_state_lag_seconds", Group, Histogram, [],
        "From writing a row of our own to a topic of the state to seeing it, by one clock: how late decisions are seen here.";
    StateRecords = "veil_state_records", Group, Gauge, [],
        "People of whom a decision is known.";
    StateBytes = "veil_state_bytes", Group, Gauge, [],
        "Memory that they take; `state_memory` is the most.";
    ConsentBadRecords = "veil_consent_bad_records_total", Group, Counter, [],
        "Records of the topic of decisions that could not be read (where it is known whose, they deny), or that lie in a partition where they do not belong (they grant nothing).";
    ConsentStale = "veil_consent_stale", Group, Gauge, [],
        "1 while it is not known whether there are newer decisions: nothing is written, later what needs consent is withheld.";
    ConsentHeld = "veil_consent_held_seconds_total", Group, Counter, [],
        "Time in which nothing was begun for that.";
    FenceHits = "veil_consent_fence_hits_total", Group, Counter,
        [label("at", "send: a batch was decided anew before it was sent; commit: a transaction was given up and read again")],
        "Times that somebody withdrew after their records were decided and before they left.";
    ConsentSettling = "veil_consent_settling_bytes", Group, Gauge, [],
        "Bytes that wait for decisions which their records may have overtaken (`settle`).";
    SchemaBindings = "veil_schema_bindings", Group, Gauge, [],
        "Schemas that records name and that are bound to the policy now.";
    SchemaFieldsMissing = "veil_schema_fields_missing", Group, Gauge, [OUTPUT_TOPIC],
        "Fields that the policy names for the output and that a schema which is bound now does not have: nothing leaves of them. Of several schemas the most; the log says which fields.";
    SchemaParkedLanes = "veil_schema_parked_lanes", Group, Gauge, [],
        "Partitions that stand still since the schema of their next record is not known yet; the others go on.";
    SchemaRefused = "veil_schema_refused_total", Group, Counter,
        [label("reason", "schema_unknown, schema_unusable or schema_incompatible")],
        "Times that a schema was refused, for a minute each; its records go to the quarantine.";
    RegistryRequests = "veil_registry_requests_total", Group, Counter,
        [label("call", "schema, version, look_up, check or register"), label("outcome", "answered, missing, conflict, no_schema or trouble (no answer that can be used)")],
        "Calls to the schema registry, by what came of them.";
    PreferencesDecisions = "veil_preferences_decisions_total", Process, Counter,
        [label("category", "consent category of the policy"), label("is", "granted or denied"),
         label("by", "page, api, import, cmp or other")],
        "Decisions of people that `veil serve` has written.";
    PreferencesFailed = "veil_preferences_failed_total", Process, Counter, [],
        "Decisions and links that `veil serve` could not record before, or that are not known to be written; whoever asked was told to try again.";
    PreferencesRefused = "veil_preferences_refused_total", Process, Counter, [],
        "Requests that `veil serve` refused since somebody asked too often.";
    PreferencesLookUps = "veil_preferences_lookups_total", Process, Counter, [],
        "Times that `veil serve` told a program how somebody stands; of whom is kept nowhere.";
    BatchDuration = "veil_batch_duration_seconds", Group, Histogram, [],
        "Time to sanitize one batch on one worker.";
    EndToEndLatency = "veil_end_to_end_latency_seconds", Group, Histogram, [SOURCE_TOPIC],
        "From the timestamp of a batch's first record to the commit of its transaction.";
    ConsumerLag = "veil_consumer_lag_records", Group, Gauge,
        [SOURCE_TOPIC, label("partition", "number of an assigned partition")],
        "Offsets between the committed position and the end of the partition; 0 at the end.";
    ConsumerLagSeconds = "veil_consumer_lag_seconds", Group, Gauge,
        [SOURCE_TOPIC, label("partition", "number of an assigned partition")],
        "Age of the first record read and not committed: now minus its timestamp, in whole seconds; where none is under way, for how long there has been one to read; 0 at the end of the partition.";
    LastCommit = "veil_last_commit_timestamp_seconds", Group, Gauge, [],
        "When a transaction was committed last, seconds since 1970; absent before the first one.";
    Releases = "veil_releases_total", Group, Counter, [OUTPUT_TOPIC],
        "Releases committed: records of an output with `k_anonymous` or `order: shuffled` that left together.";
    ReleaseSuppressed = "veil_release_suppressed_total", Group, Counter,
        [label("reason", "short: too few persons when it was time; no_subject: of nobody that is counted; over_cap: more than `per_subject` of one person; remainder: set aside; already_released: its person was in an earlier one (`once_per`)"), OUTPUT_TOPIC],
        "Records that waited for a release and are in none; their offsets are committed.";
    ReleaseWaiting = "veil_release_waiting_records", Group, Gauge, [OUTPUT_TOPIC],
        "Records that wait for a release in this instance; their offsets are not committed.";
    ReleaseOverdue = "veil_release_overdue_seconds", Group, Gauge, [OUTPUT_TOPIC],
        "For how long the oldest of them waits longer than `max_delay`; 0: none does.";
    ReleaseRecords = "veil_release_records", Group, Gauge, [OUTPUT_TOPIC],
        "Records of the last release.";
    ReleaseSubjects = "veil_release_subjects", Group, Gauge, [OUTPUT_TOPIC],
        "Persons of the last release.";
    ReleaseClasses = "veil_release_classes", Group, Gauge, [OUTPUT_TOPIC],
        "Classes of the last release; by its records, the mean chance to point at the right record of a class.";
    ReleaseKMin = "veil_release_k_min", Group, Gauge, [OUTPUT_TOPIC],
        "Persons of the smallest class of the last release; never below the `k` of the policy. 0 before the first.";
    ReleaseClassSize = "veil_release_class_size", Group, Sizes, [OUTPUT_TOPIC],
        "Persons of each class that left; its count is that of classes.";
    ReleaseRiskAverage = "veil_reident_risk_avg_ratio", Group, Gauge, [OUTPUT_TOPIC],
        "Average risk to be found in the last release, for who knows that a person is in it and all of their quasi-identifiers: classes / persons, each once in a class (the prosecutor's). 0 before the first.";
    ReleaseRiskMax = "veil_reident_risk_max_ratio", Group, Gauge, [OUTPUT_TOPIC],
        "The same of a person in its smallest class: 1 / `veil_release_k_min`.";
    ReleaseNcp = "veil_release_ncp_permille", Group, Gauge, [OUTPUT_TOPIC],
        "Mean normalised certainty penalty of the records of the last release, in thousandths: 0 says all that they said, 1000 nothing.";
    ReleaseGcp = "veil_release_gcp_permille", Group, Gauge, [OUTPUT_TOPIC],
        "The same of all records that were put into classes for it, those that `remainder` set aside counted with 1000: the global certainty penalty.";
    ReleaseHold = "veil_release_hold_seconds", Group, Histogram, [OUTPUT_TOPIC],
        "How long the oldest record of a release waited in this instance.";
    ReleaseCompose = "veil_release_compose_seconds", Group, Histogram, [OUTPUT_TOPIC],
        "How long a release took to compose.";
    CountWindows = "veil_counts_windows_total", Group, Counter,
        [label("outcome", "released: its rows left; budget_spent: it has none, since the budget of the period bears no more; smaller_budget: it has none, since the budget was smaller for windows that left, and does not bear it by that; late_window: it has none, since the budget does not bear it beside later ones that left before; left_before: it has none, since it left before, or one that overlaps it; state_lost: it has none, since what was counted in it is lost; `veil explain WORD` says more"), OUTPUT_TOPIC],
        "Windows of an output with `aggregate` that were closed, by what became of them.";
    CountRows = "veil_counts_rows_total", Group, Counter, [OUTPUT_TOPIC],
        "Rows of windows that left, each with its noise.";
    CountRecords = "veil_counts_records_total", Group, Counter, [OUTPUT_TOPIC],
        "Records that are counted in a window; of them nothing leaves but noisy counts.";
    CountLeftOut = "veil_counts_left_out_total", Group, Counter,
        [label("reason", "no_subject, time_out_of_range, no_value, other_cell, late or state_lost: `veil explain WORD` says more"), OUTPUT_TOPIC],
        "Records that are counted in no window; their offsets are committed.";
    CountOpen = "veil_counts_open_windows", Group, Gauge, [OUTPUT_TOPIC],
        "Windows in which this instance counts.";
    CountMemory = "veil_counts_memory_bytes", Group, Gauge, [OUTPUT_TOPIC],
        "Memory that they take, about; `state_memory` bounds it.";
    CountOverdue = "veil_counts_overdue_seconds", Group, Gauge, [OUTPUT_TOPIC],
        "For how long the first of them should have been closed by the clock; 0: none should. A partition that is not read to its end holds windows open.";
    Transactions = "veil_transactions_total", Group, Counter,
        [label("outcome", "committed, aborted or abandoned")],
        "Transactions by how they ended.";
    CommitDuration = "veil_commit_duration_seconds", Group, Histogram, [],
        "Time from the decision to commit to the broker's answer.";
    ProducerRebuilds = "veil_producer_rebuilds_total", Group, Counter, [label("cause", "word of a closed list")],
        "Times the transactional producer was given up and made anew.";
    Rebalances = "veil_rebalances_total", Group, Counter, [label("event", "assigned, revoked or lost")],
        "Changes of the partitions this instance reads.";
    PartitionsAssigned = "veil_partitions_assigned", Group, Gauge, [],
        "Partitions this instance reads now.";
    GroupMembers = "veil_group_members", Group, Gauge,
        [label("kind", "by the client id: own_digest, other_digest (the same policy started under another text), other_policy or foreign (no veil)")],
        "Members of the consumer group when they were last looked at, this instance among them.";
    Ready = "veil_ready", Process, Gauge, [],
        "1 when records flow or could flow; 0 when `/readyz` says why not.";
    GroupReady = "veil_group_ready", Group, Gauge, [],
        "The same of the records of one release group: 0 when `/readyz` says something of its stream.";
    Delivery = "veil_delivery_info", Group, Gauge, [label("delivery", "exactly_once or at_least_once")],
        "1 for what `delivery` promises of records and outputs.";
    HeldUp = "veil_backpressure_seconds_total", Group, Counter,
        [label("state", "starved: what was fetched waited; paused: nothing was fetched any more")],
        "Time in which nothing was read because the queue of records under way was full.";
    Queue = "veil_queue_bytes", Group, Gauge,
        [label("queue", "under_way: from reading to the end of the transaction; fetched: before reading, as of some seconds ago")],
        "Bytes that records in a queue hold.";
    QueueLimit = "veil_queue_limit_bytes", Group, Gauge, [],
        "Bytes that the queue `under_way` may hold; one record more, and what a batch grew in work, may be above.";
    Workers = "veil_workers", Group, Gauge, [],
        "Worker threads; the rate of `veil_batch_duration_seconds_sum` divided by them is their utilisation.";
    MemoryBudget = "veil_memory_budget_bytes", Group, Gauge, [],
        "Budget for queues, batches and tapes; `process_resident_memory_bytes` is what the process takes.";
    PolicyInfo = "veil_policy_info", Group, Gauge,
        [label("name", "metadata.name"), label("version", "metadata.version"), label("digest", "SHA-256 of the policy text")],
        "1 for the policy in force.";
    KeyVersion = "veil_key_version", Group, Gauge,
        [label("key", "the policy's name for the key"), label("makes", "codes: pseudonyms without an epoch; seals: envelopes; epochs: pseudonyms with one, the highest version that is known, begun or not")],
        "Version of the key that makes them, as of when the policy was read.";
    KeySince = "veil_key_since_timestamp_seconds", Group, Gauge,
        [label("key", "the policy's name for the key"), label("makes", "codes, seals or epochs")],
        "Since when that version has been in use, seconds since 1970: now minus it is its age; of epochs it may lie ahead.";
    AllowanceEnd = "veil_allowance_end_timestamp_seconds", Group, Gauge,
        [label("allow", "name of the allowance"), label("field", "the field it holds for; empty: all"), label("topics", "outputs it holds for; empty: all")],
        "End of the last day of an allowance under `dangerously:`, seconds since 1970; what has no last day is not shown.";
    ContractEnd = "veil_contract_end_timestamp_seconds", Group, Gauge,
        [label("recipient", "the register's name of a recipient"), label("topics", "outputs that it gets")],
        "End of the last day of a contract with a recipient, seconds since 1970; where none has a last day nothing is shown.";
    VendorScore = "veil_vendor_score", Group, Gauge,
        [label("recipient", "the policy's name of who gets an output")],
        "Score of a recipient as of when the policy was read, from 0 to 100, the best: `veil report vendors` explains each point.";
    RiskUnique = "veil_risk_unique_ratio", Group, Gauge, [OUTPUT_TOPIC],
        "Share of persons to whom nobody else is alike in what left of them that is no code: of the last window (`risk.window`) that ended, or the running first one. A person with several different records counts with each.";
    RiskBelow = "veil_risk_below_ratio", Group, Gauge,
        [label("k", "5, 10 or 20"), OUTPUT_TOPIC],
        "The same, of persons to whom fewer than so many are alike, themselves counted.";
    RiskAverage = "veil_risk_average_ratio", Group, Gauge, [OUTPUT_TOPIC],
        "Average risk to be found for who knows that a person is in it: classes / persons (the prosecutor's).";
    RiskClasses = "veil_risk_classes", Group, Gauge, [OUTPUT_TOPIC],
        "Classes of records that are alike, of that window; above 4,096 estimated, as the shares then are.";
    RiskPersons = "veil_risk_persons", Group, Gauge, [OUTPUT_TOPIC],
        "Persons of that window, once in each class; above 16,384 estimated.";
    BuildInfo = "veil_build_info", Process, Gauge,
        [label("version", "version of the program"), label("features", "optional parts built in")],
        "1 for this build.";
    PolicyReloads = "veil_policy_reloads_total", Process, Counter,
        [label("outcome", "applied, or why not: invalid, weaker, refused or ignored")],
        "Attempts to take another policy over, by what came of them.";
    LogLines = "veil_log_lines_total", Process, Counter, [label("level", "error or warn")],
        "Log lines of that gravity, written or filtered.";
}

/// The figures of the process itself, served beside ours on Linux: name, meaning.
pub const PROCESS: &[(&str, &str)] = &[
    (
        "process_cpu_seconds_total",
        "User and system CPU time spent.",
    ),
    ("process_open_fds", "Open file descriptors."),
    ("process_max_fds", "Most file descriptors allowed."),
    ("process_resident_memory_bytes", "Resident memory."),
    ("process_virtual_memory_bytes", "Virtual memory."),
    (
        "process_start_time_seconds",
        "Start of the process, seconds since 1970.",
    ),
    ("process_threads", "Threads."),
];

/// The reference page.
pub fn reference() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         Generated from the source; do not edit.\n\n\
         `veil run` serves these at `/metrics` in Prometheus' text format, or in the OpenMetrics format to who asks for\n\
         it by `Accept: application/openmetrics-text`. Counters of records, bytes and fields are\n\
         published only when the transaction that carries them commits: aborted work is never counted twice. Label\n\
         values come from the policy, from closed lists and from partition numbers; never from an event.\n\n\
         For every output: received = sent + withheld + quarantined.\n\n\
         | metric | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for m in Metric::ALL {
        let labels: Vec<String> = m
            .labels()
            .iter()
            .map(|l| format!("`{}` ({})", l.name, l.doc))
            .collect();
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            m.name(),
            m.kind().as_str(),
            labels.join(", "),
            m.help()
        ));
    }
    page.push_str("\nOf the process itself (Linux):\n\n| metric | meaning |\n|---|---|\n");
    for (name, help) in PROCESS {
        page.push_str(&format!("| `{name}` | {help} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_of_their_kind() {
        for (i, m) in Metric::ALL.iter().enumerate() {
            assert_eq!(*m as usize, i);
            let name = m.name();
            assert!(name.starts_with("veil_"), "{name}");
            assert_eq!(
                m.kind() == Kind::Counter,
                name.ends_with("_total"),
                "{name}"
            );
            let is_time = name.ends_with("_seconds");
            assert!(m.kind() != Kind::Histogram || is_time, "{name}");
            assert!(m.help().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn the_reference_page_is_up_to_date() {
        crate::pages::compare("docs/reference/metrics.md", &reference());
    }
}
