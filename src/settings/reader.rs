//! From merged layers to typed settings; every mistake is collected.

use super::keys::{KEYS, MAPS, PROPERTIES, REMOVED};
use super::layers::{Given, Layer, Source};
use super::memory::{self, MEMORY_DEFAULT_BYTES, STATE_MEMORY_DEFAULT_BYTES};
use super::{
    Delivery, LogFormat, LogLevel, NOWHERE, Sandbox, Serve, Settings, SettingsError, Shown,
    Surroundings, property,
};
use crate::decode::Limits;
use crate::kafka::pacing::LATENCY_DEFAULT;
use crate::kafka::properties::{Origin, Properties};
use crate::language::codes::nearest;
use crate::language::duration;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How the group is shown when only the policy names it.
pub(super) const GROUP_BY_POLICY: &str = "veil-<policy name>";

/// The longest time that a setting may state.
const WEEK_MS: i64 = 7 * 86_400_000;

pub(super) struct Reader<'l, 'e> {
    pub(super) merged: BTreeMap<&'l str, (&'l Given, &'l Source)>,
    errors: &'e mut Vec<SettingsError>,
    shown: Vec<Shown>,
}

/// Types the merged layers. `None` when something required is missing.
pub(super) fn read(
    layers: &[Layer],
    surroundings: &Surroundings,
    errors: &mut Vec<SettingsError>,
) -> Option<Settings> {
    let mut merged = BTreeMap::new();
    for layer in layers {
        for (key, given) in &layer.entries {
            if !is_known(key) {
                errors.push(unknown(key, &layer.source));
            } else if *given != Given::Nothing {
                merged.insert(key.as_str(), (given, &layer.source));
            }
        }
    }
    let mut r = Reader {
        merged,
        errors,
        shown: Vec::new(),
    };
    let brokers = r.brokers();
    let group = r.name("kafka.group", GROUP_BY_POLICY);
    let instance = r.name("kafka.instance", "(random per start)");
    let mut properties = r.properties();
    if let Some(brokers) = &brokers {
        // Neither pinned nor secret, so it cannot be refused.
        let _ = properties.set("bootstrap.servers", &brokers.join(","), Origin::Settings);
    }
    let delivery = r.choice("delivery", &["exactly_once", "at_least_once"]);
    let latency_ms = u64::try_from(LATENCY_DEFAULT.as_millis()).expect("short");
    let latency = Duration::from_millis(r.number("latency_ms", 10, 60_000, latency_ms));
    let commit_records = r.number("commit.records_max", 1, 1_000_000, 10_000);
    let drain_deadline = Duration::from_millis(r.number("drain_deadline_ms", 100, 9_000, 5_000));
    let workers = r.workers();
    let memory_bytes = r.memory(surroundings);
    let release_share = r.release_share();
    let release_from_end = r.release_from_end();
    let default = Limits::default();
    let limits = Limits {
        depth_max: r.number_u32("limits.depth_max", 1, 1_024, default.depth_max),
        value_bytes_max: r.number_u32(
            "limits.value_bytes_max",
            1,
            1 << 30,
            default.value_bytes_max,
        ),
        tape_entries_max: r.number_u32(
            "limits.tape_entries_max",
            16,
            1 << 24,
            default.tape_entries_max,
        ),
        split_max: r.number_u32("limits.split_max", 1, 1 << 20, default.split_max),
    };
    let http = r.address("http", SocketAddr::from(([127, 0, 0, 1], 9464)));
    let admin_token_file = r.path("admin.token_file");
    let unnamed = r.choice("unnamed", &["on", "off"]) != Some("off");
    let state_dir = r.path("state_dir");
    let state_memory_bytes = r.state_memory();
    let sandbox = match r.choice("sandbox", &["auto", "required", "off"]) {
        Some("required") => Sandbox::Required,
        Some("off") => Sandbox::Off,
        _ => Sandbox::Auto,
    };
    let serve = r.serve();
    let registry = r.registry();
    let risk_window = r.maybe_duration("risk.window", "(none)", 31 * 86_400_000);
    let release_audit = r.path("release.audit");
    let rollout_max = r.duration("rollout_max", "10m", WEEK_MS);
    let log_level = match r.choice("log.level", &["error", "warn", "info", "debug", "trace"]) {
        Some("error") => LogLevel::Error,
        Some("warn") => LogLevel::Warn,
        Some("debug") => LogLevel::Debug,
        Some("trace") => LogLevel::Trace,
        _ => LogLevel::Info,
    };
    let log_format = match r.choice("log.format", &["auto", "text", "json"]) {
        Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        _ => LogFormat::Auto,
    };
    let shown = r.shown;
    Some(Settings {
        brokers: brokers?,
        group,
        instance,
        properties,
        delivery: match delivery {
            Some("at_least_once") => Delivery::AtLeastOnce,
            _ => Delivery::ExactlyOnce,
        },
        latency,
        commit_records: u32::try_from(commit_records).expect("checked against its range"),
        drain_deadline,
        workers,
        memory_bytes,
        release_share,
        release_from_end,
        limits,
        http,
        admin_token_file,
        unnamed,
        state_dir,
        state_memory_bytes,
        sandbox,
        serve,
        registry,
        risk_window,
        release_audit,
        rollout_max,
        log_level,
        log_format,
        shown,
    })
}

fn is_known(key: &str) -> bool {
    KEYS.iter().any(|k| k.name == key)
        || MAPS.iter().any(|map| {
            key.strip_prefix(map)
                .is_some_and(|rest| rest.starts_with('.'))
        })
}

fn unknown(key: &str, source: &Source) -> SettingsError {
    let names = || KEYS.iter().map(|k| k.name);
    if let Some((_, instead)) = REMOVED.iter().find(|(name, _)| *name == key) {
        return SettingsError {
            source_name: source.name(key),
            message: format!("the setting `{key}` is gone"),
            help: (*instead).to_owned(),
        };
    }
    let near = nearest(key, names());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known settings: {}", names().collect::<Vec<_>>().join(", ")),
    };
    // What is near no setting may be a value in the wrong place.
    let shown = match (near, source) {
        (None, Source::File { .. }) => format!("{}…", known_part(key)),
        _ => key.to_owned(),
    };
    SettingsError {
        source_name: source.name(key),
        message: format!("unknown setting `{shown}`"),
        help,
    }
}

/// As much of a key as leads to some setting.
fn known_part(key: &str) -> &str {
    let ends = key.match_indices('.').map(|(at, _)| &key[..=at]);
    let leads = |part: &&str| KEYS.iter().any(|k| k.name.starts_with(part));
    ends.take_while(leads).last().unwrap_or("")
}

impl<'l> Reader<'l, '_> {
    pub(super) fn refuse(
        &mut self,
        key: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let source_name = self
            .merged
            .get(key)
            .map_or_else(|| NOWHERE.to_owned(), |(_, source)| source.name(key));
        self.errors.push(SettingsError {
            source_name,
            message: message.into(),
            help: help.into(),
        });
    }

    pub(super) fn note(&mut self, key: &str, value: impl Into<String>) {
        let source = match self.merged.get(key) {
            Some((_, source)) => source.name(key),
            None => "default".to_owned(),
        };
        self.shown.push(Shown {
            key: key.to_owned(),
            value: value.into(),
            source,
        });
    }

    /// The text of a scalar setting; a list or mapping there is a mistake.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'l str> {
        match self.merged.get(key)?.0 {
            Given::Text(text) => Some(text),
            Given::List(_) | Given::Mapping | Given::Nothing => {
                let takes = takes(key);
                self.refuse(
                    key,
                    format!("`{key}` must be one value"),
                    format!("write {takes}"),
                );
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &'static str, min: u64, max: u64, default: u64) -> u64 {
        let value = match self.text(key) {
            None => default,
            Some(text) => match text.parse().ok().filter(|n| (min..=max).contains(n)) {
                Some(n) => n,
                None => {
                    self.refuse(
                        key,
                        format!("`{key}` must be a whole number from {min} to {max}"),
                        format!("the default is {default}"),
                    );
                    default
                }
            },
        };
        self.note(key, value.to_string());
        value
    }

    fn number_u32(&mut self, key: &'static str, min: u32, max: u32, default: u32) -> u32 {
        let n = self.number(key, min.into(), max.into(), default.into());
        u32::try_from(n).expect("checked against its range")
    }

    /// A length of time, from a second on.
    fn duration(&mut self, key: &'static str, default: &'static str, max_ms: i64) -> Duration {
        let ms = duration::millis(default).expect("a default is a length of time");
        let default_ms = u64::try_from(ms).expect("it is positive");
        let read = self.maybe_duration(key, default, max_ms);
        read.unwrap_or(Duration::from_millis(default_ms))
    }

    /// The same where nothing is so long unless it is written; `without` says so.
    fn maybe_duration(
        &mut self,
        key: &'static str,
        without: &'static str,
        max_ms: i64,
    ) -> Option<Duration> {
        let text = self.text(key);
        let millis = |text: &str| {
            let ms = duration::millis(text).filter(|ms| (1_000..=max_ms).contains(ms))?;
            u64::try_from(ms).ok().map(Duration::from_millis)
        };
        let read = text.map(millis);
        if read == Some(None) {
            self.refuse(
                key,
                format!(
                    "`{key}` must be a length of time from 1 s to {} s",
                    max_ms / 1_000
                ),
                format!("write a whole number and `s`, `m`, `h` or `d`; the default is {without}"),
            );
        }
        self.note(key, text.unwrap_or(without));
        read.flatten()
    }

    fn serve(&mut self) -> Serve {
        Serve {
            http: self.address("serve.http", SocketAddr::from(([127, 0, 0, 1], 9465))),
            url: self.url("serve.url"),
            token_file: self.path("serve.token_file"),
            proxies: self.addresses("serve.proxies"),
        }
    }

    /// An address that something can stand behind.
    fn url(&mut self, key: &'static str) -> Option<String> {
        let text = self.text(key)?;
        let rest = ["https://", "http://"].iter();
        let rest = rest.filter_map(|start| text.strip_prefix(start)).next();
        let plain = |b: u8| b.is_ascii_graphic() && !br#""'<>\^`{|}?#"#.contains(&b);
        match rest {
            Some(rest) if !rest.is_empty() && rest.bytes().all(plain) => {
                self.note(key, text);
                Some(text.trim_end_matches('/').to_owned())
            }
            _ => {
                self.refuse(
                    key,
                    format!("`{key}` must be an address that begins with https:// or http://"),
                    "write https://choices.example, with the path below which the pages are, if there is one",
                );
                None
            }
        }
    }

    fn addresses(&mut self, key: &'static str) -> Vec<IpAddr> {
        let items: Vec<String> = match self.merged.get(key).map(|(given, _)| *given) {
            Some(Given::Text(text)) => text.split(',').map(|a| a.trim().to_owned()).collect(),
            Some(Given::List(items)) => items.clone(),
            Some(Given::Mapping) => vec![String::new()],
            Some(Given::Nothing) | None => Vec::new(),
        };
        let read: Result<Vec<IpAddr>, _> = items.iter().map(|a| a.parse()).collect();
        match read {
            Ok(addresses) => {
                let shown = match items.is_empty() {
                    true => "none".to_owned(),
                    false => items.join(","),
                };
                self.note(key, shown);
                addresses
            }
            Err(_) => {
                self.refuse(
                    key,
                    format!("`{key}` must be a list of addresses"),
                    "write [10.0.0.1, \"fd00::1\"]: addresses of proxies, without ports and names",
                );
                Vec::new()
            }
        }
    }

    fn workers(&mut self) -> Option<usize> {
        let key = "workers";
        if self.merged.contains_key(key) {
            let n = self.number(key, 1, 256, 1);
            return Some(usize::try_from(n).expect("checked against its range"));
        }
        self.note(key, "(as many as cores and memory allow)");
        None
    }

    pub(super) fn choice(
        &mut self,
        key: &'static str,
        words: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.text(key);
        let found = text.and_then(|t| words.iter().copied().find(|w| *w == t));
        if text.is_some() && found.is_none() {
            self.refuse(
                key,
                format!("`{key}` must be one of {}", words.join(", ")),
                "write one of them, or leave it away for the default",
            );
        }
        let default = KEYS
            .iter()
            .find(|k| k.name == key)
            .map_or("", |k| k.default);
        self.note(key, found.unwrap_or(default));
        found
    }

    fn name(&mut self, key: &'static str, otherwise: &str) -> Option<String> {
        let text = self.text(key);
        let ok = text.is_none_or(|t| {
            !t.is_empty()
                && t.len() <= 200
                && t.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        });
        if !ok {
            self.refuse(
                key,
                format!("`{key}` must be 1 to 200 of the characters a-z A-Z 0-9 . _ -"),
                "write a name of those, or leave it away for the default",
            );
        }
        self.note(key, text.unwrap_or(otherwise));
        text.map(str::to_owned)
    }

    fn brokers(&mut self) -> Option<Vec<String>> {
        let key = "kafka.brokers";
        let brokers: Vec<String> = match self.merged.get(key).map(|(given, _)| *given) {
            Some(Given::Text(text)) => text
                .split(',')
                .map(|b| b.trim().to_owned())
                .filter(|b| !b.is_empty())
                .collect(),
            Some(Given::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        if brokers.is_empty()
            || brokers
                .iter()
                .any(|b| b.is_empty() || b.contains(char::is_whitespace))
        {
            self.refuse(
                key,
                "`kafka.brokers` is missing or not a list of HOST:PORT",
                "pass -X bootstrap.servers=HOST:PORT, or write `kafka: { brokers: [\"HOST:PORT\"] }` into the settings file",
            );
            return None;
        }
        self.note(key, brokers.join(","));
        Some(brokers)
    }

    fn properties(&mut self) -> Properties {
        let prefix = format!("{PROPERTIES}.");
        let written: Vec<(&str, &Given, &Source)> = self
            .merged
            .iter()
            .filter_map(|(key, (given, source))| {
                key.strip_prefix(prefix.as_str())
                    .map(|name| (name, *given, *source))
            })
            .collect();
        let mut properties = Properties::default();
        for (name, given, source) in written {
            let key = format!("{PROPERTIES}.{name}");
            let text = match given {
                Given::Text(text) => text.clone(),
                Given::List(items) => items.join(","),
                Given::Mapping | Given::Nothing => {
                    self.refuse(
                        &key,
                        format!("property `{name}` must be one value"),
                        "write it as one text, as librdkafka names it",
                    );
                    continue;
                }
            };
            let source_name = source.name(&key);
            match property::take(&mut properties, name, &text, &source.folder(), &source_name) {
                Ok(shown) => self.note(&key, shown),
                Err(error) => self.errors.push(error),
            }
        }
        properties
    }

    fn memory(&mut self, surroundings: &Surroundings) -> u64 {
        let key = "memory";
        let cap = surroundings.cgroup.as_ref().map(super::CgroupLimit::share);
        let bytes = match self.text(key) {
            None => MEMORY_DEFAULT_BYTES.min(cap.unwrap_or(u64::MAX)),
            Some(text) => match memory::parse_size(text) {
                None => {
                    self.refuse(
                        key,
                        "`memory` must be a number of bytes, or a number with KiB, MiB or GiB",
                        "for example `memory: 256MiB`",
                    );
                    MEMORY_DEFAULT_BYTES
                }
                Some(bytes) => bytes,
            },
        };
        if let Some(limit) = surroundings.cgroup.as_ref().filter(|l| bytes > l.share()) {
            self.refuse(
                key,
                format!(
                    "`memory` is more than 60 % of this process's limit of {} bytes ({})",
                    limit.bytes,
                    limit.from.display()
                ),
                format!("write at most {} bytes, or raise the limit", limit.share()),
            );
        }
        self.note(key, memory::show_size(bytes));
        bytes
    }

    fn state_memory(&mut self) -> u64 {
        let key = "state_memory";
        let bytes = match self.text(key) {
            None => STATE_MEMORY_DEFAULT_BYTES,
            Some(text) => memory::parse_size(text).unwrap_or_else(|| {
                self.refuse(
                    key,
                    "`state_memory` must be a number of bytes, or a number with KiB, MiB or GiB",
                    "for example `state_memory: 128MiB`",
                );
                STATE_MEMORY_DEFAULT_BYTES
            }),
        };
        self.note(key, memory::show_size(bytes));
        bytes
    }

    /// A path, from the folder of the file that says so.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let text = self.text(key);
        self.note(key, text.unwrap_or("(none)"));
        let (_, source) = self.merged.get(key)?;
        text.map(|text| source.folder().join(text))
    }

    fn address(&mut self, key: &'static str, default: SocketAddr) -> SocketAddr {
        let address = match self.text(key) {
            None => default,
            Some(text) => text.parse().unwrap_or_else(|_| {
                self.refuse(
                    key,
                    format!("`{key}` must be ADDR:PORT"),
                    "for example 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464; port 0 takes any free port",
                );
                default
            }),
        };
        self.note(key, address.to_string());
        address
    }
}

fn takes(key: &str) -> &'static str {
    KEYS.iter()
        .find(|k| k.name == key)
        .map_or("a value", |k| k.takes)
}
