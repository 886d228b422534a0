//! What the settings say of single release groups: how `memory` is divided among them, and
//! which begin at the end of the source.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::codes::nearest;
use crate::plan::IMMEDIATE_GROUP;

/// Of single release groups of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseSettings {
    /// Percent of `memory`, by output topic or [`IMMEDIATE_GROUP`].
    pub share: BTreeMap<String, u8>,
    /// Outputs whose group begins, when it starts for the first time, at the end of the
    /// source.
    pub from_end: BTreeSet<String>,
}

/// Settings that do not fit the policy.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing waits for a release there.
    #[error("`{setting}` names `{name}`, and {}", known(near.as_deref(), outputs))]
    Unknown {
        /// The setting.
        setting: &'static str,
        /// What it names.
        name: String,
        /// What may be meant.
        near: Option<String>,
        /// The outputs that it may name.
        outputs: Vec<String>,
    },
    /// All of the memory is given away.
    #[error(
        "`release.share` gives all of `memory` away, and nothing is left for `{name}`: write its share too, or smaller ones for others"
    )]
    NothingLeft {
        /// Who gets nothing.
        name: String,
    },
}

fn known(near: Option<&str>, outputs: &[String]) -> String {
    match (near, outputs) {
        (Some(near), _) => {
            format!("no output of the policy of that name waits for a release; is `{near}` meant?")
        }
        (None, []) => "no output of the policy waits for a release: leave it away".to_owned(),
        (None, outputs) => format!(
            "no output of the policy of that name waits for a release: `{}`",
            outputs.join("`, `")
        ),
    }
}

impl ReleaseSettings {
    /// The settings fit a policy of these groups: of each its output whose records wait, or
    /// `None`.
    ///
    /// # Errors
    /// They name something else.
    pub(super) fn fit(&self, groups: &[Option<&str>]) -> Result<(), Unfit> {
        let waiting: Vec<&str> = groups.iter().copied().flatten().collect();
        let immediate = groups.contains(&None).then_some(IMMEDIATE_GROUP);
        let shared: Vec<&str> = waiting.iter().copied().chain(immediate).collect();
        let share = self.share.keys().map(|name| ("release.share", name));
        let start = self.from_end.iter().map(|name| ("release.start", name));
        for (setting, name) in share.chain(start) {
            let known = match setting {
                "release.share" => &shared,
                _ => &waiting,
            };
            if !known.contains(&name.as_str()) {
                return Err(Unfit::Unknown {
                    setting,
                    name: name.clone(),
                    near: nearest(name, known.iter().copied()).map(str::to_owned),
                    outputs: known.iter().map(|&name| name.to_owned()).collect(),
                });
            }
        }
        Ok(())
    }

    /// Bytes of `all` that the group of that output has, one of these groups. Those that are
    /// named have their share. What is left of it has, in halves, the group of the outputs
    /// whose records leave as they come, and all others in equal parts.
    ///
    /// # Errors
    /// Nothing is left for it.
    pub(super) fn part(
        &self,
        all: u64,
        groups: &[Option<&str>],
        of: Option<&str>,
    ) -> Result<u64, Unfit> {
        let share =
            |group: &Option<&str>| self.share.get(group.unwrap_or(IMMEDIATE_GROUP)).copied();
        if let Some(percent) = share(&of) {
            return Ok(all / 100 * u64::from(percent));
        }
        let named: u64 = groups.iter().filter_map(share).map(u64::from).sum();
        let left = all / 100 * 100_u64.saturating_sub(named);
        let unnamed = || groups.iter().filter(|group| share(group).is_none());
        let waiting = unnamed().filter(|group| group.is_some()).count() as u64;
        let has_immediate = unnamed().any(Option::is_none);
        let part = match (of, has_immediate) {
            (None, _) if waiting == 0 => left,
            (None, _) => left / 2,
            (Some(_), true) => left / 2 / waiting,
            (Some(_), false) => left / waiting,
        };
        match part {
            0 => Err(Unfit::NothingLeft {
                name: of.unwrap_or(IMMEDIATE_GROUP).to_owned(),
            }),
            part => Ok(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(of: &[(&str, u8)]) -> ReleaseSettings {
        ReleaseSettings {
            share: of
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect(),
            from_end: BTreeSet::new(),
        }
    }

    #[test]
    fn half_is_for_what_does_not_wait_and_the_rest_in_equal_parts_unless_it_is_said() {
        let groups = [None, Some("a"), Some("b")];
        let parts = |of: &[(&str, u8)], groups: &[Option<&str>]| -> Vec<u64> {
            let parts = groups.iter().map(|of_group| {
                let part = shares(of).part(1_000, groups, *of_group);
                part.unwrap()
            });
            parts.collect()
        };
        assert_eq!(parts(&[], &groups), [500, 250, 250]);
        assert_eq!(parts(&[], &groups[1..]), [500, 500]);
        assert_eq!(parts(&[("a", 40)], &groups), [300, 400, 300]);
        assert_eq!(parts(&[("main", 20)], &groups), [200, 400, 400]);
        assert_eq!(parts(&[("a", 40), ("b", 20)], &groups), [400, 400, 200]);
        assert_eq!(parts(&[("a", 90)], &groups[1..]), [900, 100]);
        let all = [("main", 10), ("a", 10), ("b", 10)];
        assert_eq!(parts(&all, &groups), [100, 100, 100]);
    }

    #[test]
    fn who_would_get_nothing_is_named() {
        let groups = [None, Some("a"), Some("b")];
        let settings = shares(&[("main", 50), ("a", 50)]);
        let refused = settings.part(1_000, &groups, Some("b")).unwrap_err();
        assert!(refused.to_string().contains("left for `b`"), "{refused}");
    }

    #[test]
    fn what_is_no_output_that_waits_is_refused_with_what_may_be_meant() {
        let groups = [None, Some("crm.public"), Some("web.stats")];
        let told = |settings: &ReleaseSettings, groups: &[Option<&str>]| {
            settings.fit(groups).unwrap_err().to_string()
        };
        let near = told(&shares(&[("crm.publik", 10)]), &groups);
        assert!(near.contains("`release.share`") && near.contains("is `crm.public` meant"));
        let from_end = ReleaseSettings {
            from_end: ["main".to_owned()].into(),
            ..ReleaseSettings::default()
        };
        let list = told(&from_end, &groups);
        assert!(list.contains("`release.start` names `main`"), "{list}");
        assert!(list.contains("`crm.public`, `web.stats`"), "{list}");
        assert!(told(&from_end, &[None]).contains("leave it away"));
        let fits = shares(&[("main", 10), ("web.stats", 10)]);
        assert_eq!(fits.fit(&groups), Ok(()));
    }
}
