//! Who is in a consumer group, told apart by what the members call themselves.

use std::collections::BTreeMap;

use super::client_id::{self, Member};
use crate::pipeline::observer::Kin;

/// So many of a kind are named in one sentence.
const NAMED: usize = 3;

/// The way out for a policy beside another.
const OWN_GROUP: &str = "give each policy a group of its own, with `--group NAME` or `kafka.group` (a new group reads its topics from the beginning)";

/// What this instance is known by.
#[derive(Clone, Debug)]
pub struct Own {
    /// `metadata.name` of its policy.
    pub(crate) name: String,
    /// The beginnings of all digests that it has had in force, the one that its
    /// client id carries first.
    pub(crate) digests: Vec<String>,
}

/// The members of a group, by kind and name, each name with how many carry it.
/// Names that others chose stand here as they may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    own: usize,
    digests: BTreeMap<String, usize>,
    policies: BTreeMap<String, usize>,
    foreign: BTreeMap<String, usize>,
}

/// Members that have no place in the group, in a sentence, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strangers {
    /// Who they are.
    pub(crate) what: String,
    /// The way out.
    pub(crate) help: String,
}

impl Strangers {
    /// Members that nobody describes to us, though we are one: no veil makes a
    /// group of that kind.
    pub(crate) fn undescribed(group: &str) -> Strangers {
        Strangers {
            what: format!(
                "the group `{group}` has a member of the newer group protocol (`group.protocol=consumer`), which no veil speaks, and a group divides the stream among its members"
            ),
            help: format!("stop that program, or {OWN_GROUP}"),
        }
    }
}

impl Members {
    /// Sorts members by their client ids.
    pub(crate) fn sort<'a>(client_ids: impl IntoIterator<Item = &'a str>, own: &Own) -> Members {
        let mut members = Members::default();
        for client_id in client_ids {
            let (kind, name) = match client_id::read(client_id) {
                Member::Policy { name, digest } if name == own.name => {
                    if own.digests.contains(&digest) {
                        members.own += 1;
                        continue;
                    }
                    (&mut members.digests, digest)
                }
                Member::Policy { name, .. } => (&mut members.policies, client_id::shown(&name)),
                Member::Foreign(name) => (&mut members.foreign, client_id::shown(&name)),
            };
            *kind.entry(name).or_default() += 1;
        }
        members
    }

    /// How many there are of each of [`Kin::ALL`].
    pub(crate) fn counts(&self) -> [usize; Kin::ALL.len()] {
        let sum = |kind: &BTreeMap<String, usize>| kind.values().sum();
        [
            self.own,
            sum(&self.digests),
            sum(&self.policies),
            sum(&self.foreign),
        ]
    }

    /// True when some member started as this instance did, or could have.
    pub(crate) fn have_own(&self) -> bool {
        self.own > 0
    }

    /// True when some member runs this policy, whatever its text.
    pub(crate) fn have_kin(&self) -> bool {
        self.own > 0 || !self.digests.is_empty()
    }

    /// The beginnings of the digests of this policy that this instance never had.
    pub(crate) fn other_digests(&self) -> impl Iterator<Item = &String> {
        self.digests.keys()
    }

    /// How many members carry them, and which: `2 members (digest 0123…)`.
    pub(crate) fn others(&self) -> String {
        let [_, others, ..] = self.counts();
        format!("{} ({})", members(others), named("digest", &self.digests))
    }

    /// Those that run another policy or none.
    pub(crate) fn strangers(&self, group: &str) -> Option<Strangers> {
        let [_, _, policies, foreign] = self.counts();
        let policy = || {
            format!(
                "{} of another policy ({})",
                members(policies),
                named("policy", &self.policies)
            )
        };
        let program = || {
            format!(
                "{} without a policy ({})",
                members(foreign),
                named("client id", &self.foreign)
            )
        };
        let (who, help) = match (policies, foreign) {
            (0, 0) => return None,
            (_, 0) => (policy(), OWN_GROUP.to_owned()),
            (0, _) => (program(), format!("stop that program, or {OWN_GROUP}")),
            _ => (
                format!("{} and {}", policy(), program()),
                format!("stop the other programs, and {OWN_GROUP}"),
            ),
        };
        Some(Strangers {
            what: format!(
                "the group `{group}` has {who}, and a group divides the stream among its members"
            ),
            help,
        })
    }
}

/// So many members, in words.
pub(crate) fn members(count: usize) -> String {
    match count {
        1 => "1 member".to_owned(),
        n => format!("{n} members"),
    }
}

/// The first names of a kind, and how many more there are.
fn named(what: &str, kind: &BTreeMap<String, usize>) -> String {
    let first: Vec<String> = kind.keys().take(NAMED).map(|n| format!("`{n}`")).collect();
    let more = match kind.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{what} {}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "veil.clicks.aaaaaaaaaaaaaaaa";
    const NOW: &str = "veil.clicks.bbbbbbbbbbbbbbbb";
    const LATER: &str = "veil.clicks.cccccccccccccccc";
    const MAIL: &str = "veil.mail.aaaaaaaaaaaaaaaa";

    fn sorted(client_ids: &[&str]) -> Members {
        let own = Own {
            name: "clicks".to_owned(),
            digests: vec!["a".repeat(16), "b".repeat(16)],
        };
        Members::sort(client_ids.iter().copied(), &own)
    }

    /// Client ids, counts of each kind, words of what is said of strangers.
    type Row = (
        &'static [&'static str],
        [usize; 4],
        Option<&'static [&'static str]>,
    );

    #[test]
    fn every_member_is_of_one_kind_and_strangers_are_named() {
        let table: &[Row] = &[
            (&[], [0, 0, 0, 0], None),
            (&[FIRST], [1, 0, 0, 0], None),
            (&[FIRST, FIRST, NOW], [3, 0, 0, 0], None),
            (&[FIRST, LATER], [1, 1, 0, 0], None),
            (
                &[FIRST, MAIL],
                [1, 0, 1, 0],
                Some(&["1 member of another policy (policy `mail`)"]),
            ),
            // Whose digest it is does not matter where the name is another.
            (&[MAIL, MAIL], [0, 0, 2, 0], Some(&["2 members", "`mail`"])),
            (
                &[FIRST, "rdkafka"],
                [1, 0, 0, 1],
                Some(&["1 member without a policy (client id `rdkafka`)"]),
            ),
            (&[""], [0, 0, 0, 1], Some(&["client id ``"])),
            (
                &["veil.clicks.nodigest", LATER],
                [0, 1, 0, 1],
                Some(&["veil.clicks.nodigest"]),
            ),
            (
                &[MAIL, "console\n"],
                [0, 0, 1, 1],
                Some(&["policy `mail`", "client id `console\\n`"]),
            ),
            (
                &["a", "b", "c", "d", "e"],
                [0, 0, 0, 5],
                Some(&["`a`, `b`, `c` and 2 more"]),
            ),
        ];
        for (client_ids, counts, said) in table {
            let members = sorted(client_ids);
            assert_eq!(members.counts(), *counts, "{client_ids:?}");
            let strangers = members.strangers("g");
            assert_eq!(strangers.is_some(), said.is_some(), "{client_ids:?}");
            for words in said.unwrap_or_default() {
                let Strangers { what, help } = strangers.clone().unwrap();
                assert!(what.contains(words) && what.contains("`g`"), "{what}");
                assert!(help.contains("--group"), "{help}");
                assert!(!what.contains('\n'), "{what:?}");
            }
        }
    }

    #[test]
    fn whoever_runs_the_policy_is_kin_whatever_its_text() {
        assert!(sorted(&[FIRST]).have_own() && sorted(&[NOW]).have_own());
        assert!(!sorted(&[LATER]).have_own() && sorted(&[LATER]).have_kin());
        assert!(!sorted(&[MAIL, "x"]).have_kin());
        assert_eq!(
            sorted(&[LATER, LATER, FIRST]).others(),
            "2 members (digest `cccccccccccccccc`)"
        );
    }
}
