//! How the schema registry is reached, and what is decided of it.

use std::time::Duration;

use super::layers::Given;
use super::reader::Reader;
use crate::schema::registry::{Access, Auth, Rules};

/// The schema registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// How it is reached.
    pub access: Access,
    /// What is decided of it.
    pub rules: Rules,
}

/// The settings that mean nothing without an address.
const OTHERS: [&str; 7] = [
    "registry.basic.user",
    "registry.basic.password_file",
    "registry.bearer.token_file",
    "registry.ca_file",
    "registry.register",
    "registry.unknown_wait_ms",
    "registry.outage_wait_ms",
];

impl Reader<'_, '_> {
    /// `None`: there is none, or a mistake was noted.
    pub(super) fn registry(&mut self) -> Option<Registry> {
        let urls = self.registry_urls();
        let auth = self.registry_auth();
        let ca_file = self.path("registry.ca_file");
        let default = Rules::default();
        let registers = self.choice("registry.register", &["true", "false"]) != Some("false");
        let unknown_ms = u64::try_from(default.unknown_wait.as_millis()).expect("short");
        let unknown_ms = self.number("registry.unknown_wait_ms", 0, 600_000, unknown_ms);
        let outage_wait = self.outage_wait();
        if urls.is_empty() {
            let lonely = OTHERS.iter().find(|key| self.merged.contains_key(**key));
            if let Some(key) = lonely.filter(|_| !self.merged.contains_key("registry.urls")) {
                let help = "write `registry: { urls: [\"https://registry.example:8081\"] }`";
                self.refuse(
                    key,
                    format!("`{key}` is set and `registry.urls` is not"),
                    help,
                );
            }
            return None;
        }
        Some(Registry {
            access: Access {
                urls,
                auth,
                ca_file,
            },
            rules: Rules {
                registers,
                unknown_wait: Duration::from_millis(unknown_ms),
                outage_wait,
            },
        })
    }

    fn registry_urls(&mut self) -> Vec<String> {
        let key = "registry.urls";
        let items: Vec<String> = match self.merged.get(key).map(|(given, _)| *given) {
            Some(Given::Text(text)) => text.split(',').map(|u| u.trim().to_owned()).collect(),
            Some(Given::List(items)) => items.clone(),
            Some(Given::Mapping) => vec![String::new()],
            Some(Given::Nothing) | None => Vec::new(),
        };
        if items.iter().any(|url| holds_secret(url)) {
            self.refuse(
                key,
                "an address in `registry.urls` holds a user or a secret",
                "write it without, and `registry.basic` or `registry.bearer`, which read a file",
            );
            return Vec::new();
        }
        if !items.iter().all(|url| is_address(url)) {
            self.refuse(
                key,
                "`registry.urls` must be a list of addresses that begin with https:// or http://",
                "write [\"https://registry.example:8081\"], with the path below which the registry is, if there is one",
            );
            return Vec::new();
        }
        let shown = match items.is_empty() {
            true => "none".to_owned(),
            false => items.join(","),
        };
        self.note(key, shown);
        items
    }

    fn registry_auth(&mut self) -> Option<Auth> {
        let user = self.text("registry.basic.user");
        self.note("registry.basic.user", user.unwrap_or("(none)"));
        let password_file = self.path("registry.basic.password_file");
        let token_file = self.path("registry.bearer.token_file");
        let is_plain =
            |user: &str| !user.is_empty() && !user.contains(|c: char| c == ':' || c.is_control());
        match (user, password_file, token_file) {
            (None, None, None) => None,
            (None, None, Some(token_file)) => Some(Auth::Bearer { token_file }),
            (Some(user), Some(password_file), None) if is_plain(user) => Some(Auth::Basic {
                user: user.to_owned(),
                password_file,
            }),
            (Some(_), Some(_), None) => {
                self.refuse(
                    "registry.basic.user",
                    "`registry.basic.user` must be a name without `:`",
                    "write the name alone; its password stands in a file (`registry.basic.password_file`)",
                );
                None
            }
            (_, _, Some(_)) => {
                self.refuse(
                    "registry.bearer.token_file",
                    "`registry.basic` and `registry.bearer` are both set",
                    "keep the one that the registry asks for",
                );
                None
            }
            (Some(_), None, None) => {
                self.refuse(
                    "registry.basic.user",
                    "`registry.basic.user` is set and `registry.basic.password_file` is not",
                    "write the path of a file that holds the password",
                );
                None
            }
            (None, Some(_), None) => {
                self.refuse(
                    "registry.basic.password_file",
                    "`registry.basic.password_file` is set and `registry.basic.user` is not",
                    "write the name of the user too",
                );
                None
            }
        }
    }

    fn outage_wait(&mut self) -> Option<Duration> {
        let key = "registry.outage_wait_ms";
        if !self.merged.contains_key(key) {
            self.note(key, "(without end)");
            return None;
        }
        let ms = self.number(key, 0, 7 * 86_400_000, 0);
        Some(Duration::from_millis(ms))
    }
}

/// Something stands before an `@` in the part that names the host, or in a query.
fn holds_secret(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    host.contains('@') || rest.contains('?')
}

fn is_address(url: &str) -> bool {
    let starts = ["https://", "http://"];
    let rest = starts.iter().find_map(|start| url.strip_prefix(start));
    let is_plain = |b: u8| b.is_ascii_graphic() && !br#""'<>\^`{|}?#"#.contains(&b);
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_plain)
    })
}
