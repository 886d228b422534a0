//! What is said of single release groups, by the topic of their output.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{RELEASE_SHARE, RELEASE_START};
use super::layers::Given;
use super::reader::Reader;

impl Reader<'_, '_> {
    /// Percent of the memory, by output topic or `main`.
    pub(super) fn release_share(&mut self) -> BTreeMap<String, u8> {
        let written = self.of_topics(
            RELEASE_SHARE,
            "write { main: 40, \"crm.public\": 30 }: an output topic, or `main`, and percent of `memory`",
        );
        let mut shares = BTreeMap::new();
        for (topic, key, text) in written {
            match text.parse().ok().filter(|n| (1..=99).contains(n)) {
                Some(percent) => {
                    self.note(&key, text);
                    shares.insert(topic, percent);
                }
                None => self.refuse(
                    &key,
                    format!("`{RELEASE_SHARE}` must be whole numbers from 1 to 99"),
                    "they are percent of `memory`, each of an output topic or of `main`",
                ),
            }
        }
        let all: u32 = shares.values().copied().map(u32::from).sum();
        if all > 100 {
            let first = shares.keys().next().cloned().unwrap_or_default();
            self.refuse(
                &format!("{RELEASE_SHARE}.{first}"),
                format!("`{RELEASE_SHARE}` gives away {all} percent of `memory`"),
                "write shares of at most 100 together; groups that are not named have what is left",
            );
        }
        shares
    }

    /// Outputs whose group begins at the end of the source.
    pub(super) fn release_from_end(&mut self) -> BTreeSet<String> {
        let written = self.of_topics(
            RELEASE_START,
            "write { \"crm.public\": end }: an output topic, and beginning or end",
        );
        let mut from_end = BTreeSet::new();
        for (topic, key, text) in written {
            match text.as_str() {
                "end" => {
                    from_end.insert(topic);
                }
                "beginning" => {}
                _ => {
                    self.refuse(
                        &key,
                        format!("`{RELEASE_START}` must be beginning or end, of each topic"),
                        "leave it away for the beginning",
                    );
                    continue;
                }
            }
            self.note(&key, text);
        }
        from_end
    }

    /// What stands under a setting: topic, whole key and text.
    fn of_topics(&mut self, setting: &str, help: &str) -> Vec<(String, String, String)> {
        let is_none = |given: &&Given| matches!(given, Given::Mapping);
        if self
            .merged
            .get(setting)
            .is_some_and(|(given, _)| !is_none(given))
        {
            self.refuse(setting, format!("`{setting}` must be a mapping"), help);
        }
        let prefix = format!("{setting}.");
        let merged = self.merged.iter();
        let written: Vec<(String, String, Option<String>)> = merged
            .filter_map(|(key, (given, _))| {
                let topic = key.strip_prefix(prefix.as_str())?;
                let text = match given {
                    Given::Text(text) => Some(text.clone()),
                    Given::List(_) | Given::Mapping | Given::Nothing => None,
                };
                Some((topic.to_owned(), (*key).to_owned(), text))
            })
            .collect();
        let mut all = Vec::new();
        for (topic, key, text) in written {
            match text {
                Some(text) => all.push((topic, key, text)),
                None => self.refuse(&key, format!("`{setting}` must be one value a topic"), help),
            }
        }
        all
    }
}
