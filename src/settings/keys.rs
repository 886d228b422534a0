//! The list of settings: reader, reference page and example file follow it.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Dotted name in the file; in the environment `VEIL__` and `__` for the dot.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// The default, as text.
    pub default: &'static str,
    /// The flag of `veil run` that sets it, if there is one.
    pub flag: &'static str,
    /// One sentence or two.
    pub doc: &'static str,
}

const fn key(
    name: &'static str,
    takes: &'static str,
    default: &'static str,
    flag: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        takes,
        default,
        flag,
        doc,
    }
}

/// The prefix under which librdkafka's own properties stand.
pub(crate) const PROPERTIES: &str = "kafka.properties";

/// Under it stands the share of each release group.
pub(crate) const RELEASE_SHARE: &str = "release.share";
/// Under it stands where each release group begins.
pub(crate) const RELEASE_START: &str = "release.start";

/// Settings whose members have names of somebody else's.
pub(super) const MAPS: [&str; 3] = [PROPERTIES, RELEASE_SHARE, RELEASE_START];

/// Settings of earlier versions, and what to do without them.
pub(super) const REMOVED: &[(&str, &str)] = &[(
    "commit.interval_ms",
    "write `latency_ms` instead: what downstream is promised, from which follows when is committed",
)];

/// Every setting, in the order of the reference.
pub const KEYS: &[Key] = &[
    key(
        "kafka.brokers",
        "list of HOST:PORT",
        "required",
        "-X bootstrap.servers=…",
        "Bootstrap servers.",
    ),
    key(
        "kafka.group",
        "text",
        "veil-<policy name>",
        "--group",
        "Consumer group. Another name reads all topics from the beginning.",
    ),
    key(
        "kafka.instance",
        "text",
        "random",
        "--instance",
        "Stable name of this instance. With it a crash heals in about a second instead of a session timeout; two running instances must never share one.",
    ),
    key(
        PROPERTIES,
        "map",
        "empty",
        "-X NAME=VALUE",
        "Properties of librdkafka, by its own names. A secret one takes `file:PATH` only.",
    ),
    key(
        "delivery",
        "exactly_once, at_least_once",
        "exactly_once",
        "",
        "`exactly_once`: outputs, quarantine and offsets are committed in one transaction. `at_least_once`: offsets are committed when all before them is acknowledged; after a crash or a rebalance some records are written again. For clusters without transactions.",
    ),
    key(
        "latency_ms",
        "10 to 60000",
        "250",
        "",
        "What downstream is promised, in milliseconds: from a record's arrival at the broker to its sanitized form being committed, for 99 of 100 records while brokers and workers keep up, and 50 ms more. The rest of it is waited, at the broker and in memory, for others to be done with: the more time, the less a record costs. Under load nothing waits.",
    ),
    key(
        "commit.records_max",
        "1 to 1000000",
        "10000",
        "",
        "Most records of one transaction.",
    ),
    key(
        "drain_deadline_ms",
        "100 to 9000",
        "5000",
        "",
        "Longest wait for work in flight when partitions leave or the process stops, in milliseconds.",
    ),
    key(
        "workers",
        "1 to 256",
        "as many as cores and memory allow",
        "",
        "Threads that sanitize.",
    ),
    key(
        "memory",
        "bytes, or a number with KiB, MiB, GiB",
        "256MiB, or 60 % of the cgroup's limit if that is less",
        "",
        "Budget for consumer queue, batches and buffers kept for them, producer queue and tapes. More than 60 % of the cgroup's limit is refused.",
    ),
    key(
        RELEASE_SHARE,
        "map of output topic, or `main`, to 1 to 99",
        "`main` 50, the others equally the rest",
        "",
        "Percent of `memory` for each release group: that of an output whose records wait or are counted, and `main` for all others together. Of what is left of 100, `main` has half unless it is named, and the others equal parts. All together at most 100. What may wait in it `veil check` and `veil doctor` say.",
    ),
    key(
        RELEASE_START,
        "map of output topic to beginning, end",
        "beginning",
        "",
        "Where the group of an output whose records wait or are counted begins to read when it starts for the first time, that is without any committed offset: `end` leaves out what the source holds until then. The end is committed before anything is read, and later starts go on from what is committed. A group whose offsets the brokers have forgotten starts for the first time again, so take `end` away once it has started.",
    ),
    key(
        "limits.depth_max",
        "1 to 1024",
        "64",
        "",
        "Deepest nesting of an event; deeper is quarantined `too_deep`.",
    ),
    key(
        "limits.value_bytes_max",
        "1 to 1073741824",
        "16777216",
        "",
        "Longest event in bytes; longer is quarantined `too_large`.",
    ),
    key(
        "limits.tape_entries_max",
        "16 to 16777216",
        "262144",
        "",
        "Most named values of one event; more is quarantined `too_complex`.",
    ),
    key(
        "limits.split_max",
        "1 to 1048576",
        "10000",
        "",
        "Most elements of one record that the policy takes apart (`source.split`); more is quarantined `too_complex`.",
    ),
    key(
        "http",
        "ADDR:PORT",
        "127.0.0.1:9464",
        "--http",
        "Where `/metrics`, `/livez`, `/readyz`, `/version`, `/reload` and `/unnamed` are served. Port 0 takes any free port; the log names it.",
    ),
    key(
        "admin.token_file",
        "path",
        "none",
        "",
        "File with the token that `POST /reload` and `GET /unnamed` ask for; mode 0600, 16 characters or more, relative to the settings file. Without one the pages are closed.",
    ),
    key(
        "unnamed",
        "on, off",
        "on",
        "",
        "Whether `GET /unnamed` lists the paths of members that no output, consent, type or subject names, from a sample of the records. A name that may hold a value is `*` there. Without `admin.token_file` nothing is looked at either.",
    ),
    key(
        "state_dir",
        "path",
        "none",
        "",
        "Folder in which the policy accepted last is remembered, one for each instance: a restart with a weaker one is refused as a reload is. Without it a restart takes any policy. What people decided is kept there too, where the policy follows it (`NAME.consent`, read again within a second for ten million people); without it a restart reads its topic from the beginning.",
    ),
    key(
        "state_memory",
        "bytes, or a number with KiB, MiB, GiB",
        "128MiB",
        "",
        "Most memory of the table of what people decided, where the policy follows it (`consent.state`): about 36 bytes a person, so 128MiB hold three and a half million. The same again of each output with `once_per` for whom it released: 12 bytes a person and release, so 128MiB hold eleven million. It comes on top of `memory`. When it is full nothing more is read, or released, and `/readyz` says so.",
    ),
    key(
        "sandbox",
        "auto, required, off",
        "auto",
        "",
        "What the process gives up before it reads a record: to write files outside of `state_dir` and the folder of `release.audit`, to start programs, to be swapped out. `auto` takes what the system offers and logs it, `required` does not start without all of it.",
    ),
    key(
        "serve.http",
        "ADDR:PORT",
        "127.0.0.1:9465",
        "veil serve --http",
        "Where `veil serve` serves the pages for people and the calls for programs. TLS is the affair of a proxy before it.",
    ),
    key(
        "serve.url",
        "http:// or https:// address",
        "none",
        "",
        "Under which address people reach these pages: it stands in links. Without it links begin with `/`.",
    ),
    key(
        "serve.token_file",
        "path",
        "none",
        "",
        "File with the token of programs that decide, ask and make links (`/v1`); mode 0600, 16 characters or more, relative to the settings file. Without it these calls are closed.",
    ),
    key(
        "serve.proxies",
        "list of addresses",
        "none",
        "",
        "Proxies before `veil serve` whose word is taken on where a request comes from (`X-Forwarded-For`, the last address). Without it all that comes by a proxy is counted as one caller.",
    ),
    key(
        "registry.urls",
        "list of http:// or https:// addresses",
        "none",
        "",
        "Addresses of one schema registry, for sources whose records name their schemas by id: Confluent's, or what speaks as it does (Apicurio: its path `/apis/ccompat/v7`). The one that answered last is asked first; that there is no such schema counts when all said so. No secret may stand in them.",
    ),
    key(
        "registry.basic.user",
        "text",
        "none",
        "",
        "User that the registry knows, with `registry.basic.password_file`.",
    ),
    key(
        "registry.basic.password_file",
        "path",
        "none",
        "",
        "File with that user's password, relative to the settings file. It is read again when the registry answers 401.",
    ),
    key(
        "registry.bearer.token_file",
        "path",
        "none",
        "",
        "File with a token instead, relative to the settings file. It is read again when the registry answers 401.",
    ),
    key(
        "registry.ca_file",
        "path",
        "those of the system",
        "",
        "File with the certificates, in PEM, that are trusted when the address begins with https://, and no others. Needs a build with TLS.",
    ),
    key(
        "registry.register",
        "true, false",
        "true",
        "",
        "Whether the schemas of what leaves are registered. With `false` they are looked up only: until somebody registers one that is missing, its records wait and `/readyz` names the subject.",
    ),
    key(
        "registry.unknown_wait_ms",
        "0 to 600000",
        "60000",
        "",
        "How long a partition waits, in milliseconds, for a schema that the registry does not have, as a producer may register it late; then its records are quarantined `schema_unknown` for a minute. A partition waits so long in ten minutes and no longer, whatever ids producers invent.",
    ),
    key(
        "registry.outage_wait_ms",
        "0 to 604800000",
        "without end",
        "",
        "How long a partition waits, in milliseconds, for a registry that does not answer as one; then the records of the schema are quarantined `schema_unknown`. Without it they wait until it does.",
    ),
    key(
        "risk.window",
        "1 s to 31 days: a number with `ms`, `s`, `m`, `h`, `d` or `w`",
        "none",
        "",
        "How long the windows are (from 1970, UTC) in which it is measured how alone people are in what leaves: `veil_risk_*` of the metrics, of each output whose records leave as they come. At most 1.5 MB an output; each record that leaves is read once more by the worker. Without it nothing is measured. Values under a schema and records that are taken apart are not looked at. In a policy with outputs whose records wait for a release nothing is.",
    ),
    key(
        "release.audit",
        "path",
        "none",
        "",
        "Audit log (`veil audit`) in which each release of an output whose records wait is written down, figures and no values, before anything of it leaves, and that it has left; relative to the settings file, made with mode 0600 where it is none. What cannot be written does not leave: `/readyz` says why, and it is tried again. Without it releases are in no log.",
    ),
    key(
        "rollout_max",
        "1 s to 1 week: a number with `ms`, `s`, `m`, `h`, `d` or `w`",
        "10m",
        "",
        "How long members of the group may run under different texts of the policy, as in a rolling update, before that is an error in the log.",
    ),
    key(
        "log.level",
        "error, warn, info, debug, trace",
        "info",
        "--log-level",
        "The least grave log line that is written.",
    ),
    key(
        "log.format",
        "auto, text, json",
        "auto",
        "--log-format",
        "`auto` is text on a terminal and JSON otherwise.",
    ),
];

/// The reference page.
#[cfg(test)]
pub(crate) fn reference() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Generated from the source; do not edit.\n\n\
         Runtime settings live in a file of their own (`veil run -c veil.yaml`; YAML, TOML or JSON), so that the\n\
         policy holds nothing but policy. An environment variable overrides the file, a flag overrides both.\n\
         The variable of `commit.records_max` is `VEIL__COMMIT__RECORDS_MAX`; that of the librdkafka property\n\
         `security.protocol` is `VEIL__KAFKA__PROPERTIES__SECURITY_PROTOCOL`. A list is separated by commas there.\n\
         A key nobody knows is refused, with the nearest known name and the source that wrote it; so is a variable\n\
         with one underscore where two belong (`VEIL_LATENCY_MS`).\n\n\
         `veil run --show-settings` prints what holds and where each value comes from, secrets redacted.\n\n\
         | key | takes | default | flag | meaning |\n|---|---|---|---|---|\n",
    );
    for k in KEYS {
        let flag = if k.flag.is_empty() {
            String::new()
        } else {
            format!("`{}`", k.flag)
        };
        page.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            k.name, k.takes, k.default, flag, k.doc
        ));
    }
    page.push_str(&format!(
        "\n## Properties\n\n\
         Those that carry the promises (transactions, offsets, assignment, order) are set by the program and refused\n\
         under `{PROPERTIES}`, each with its reason; so are queue sizes, which follow from `memory`. Timeouts may be\n\
         changed and are checked against each other.\n\n\
         A secret property (password, secret, passphrase, token, private key) is read from a file, `file:PATH`, relative\n\
         to the settings file (on the command line and in the environment: to the current folder). A value written out\n\
         is refused, so that it cannot end up in a process list, a shell history or a version control system. One final\n\
         line break of the file is ignored.\n"
    ));
    page
}
