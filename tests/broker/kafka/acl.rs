//! Forbidding one operation on one topic, and allowing it again.

use std::time::Duration;

use super::wire::{ask, i16_at, i32_at, list, text};
use super::{Cluster, await_some};

/// Keys of the requests, all in version 1.
const DESCRIBE: i16 = 29;
const CREATE: i16 = 30;
const DELETE: i16 = 31;
const LITERAL: u8 = 3;
const EVERYBODY: &str = "User:*";

/// What may be done, by its number in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Everything.
    All = 2,
    /// Records are read.
    Read = 3,
    /// Records are written.
    Write = 4,
    /// It is seen.
    Describe = 8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Permission {
    Deny = 2,
    Allow = 3,
}

/// One rule, for everybody.
#[derive(Clone, Debug)]
struct Rule {
    /// By its number in the protocol.
    kind: u8,
    name: String,
    operation: Operation,
    permission: Permission,
}

/// A rule on the broker that forbids everybody one operation on a topic, or allows it;
/// dropped when the test is done with it.
pub struct Acl<'a> {
    cluster: &'a Cluster,
    rule: Rule,
    lifted: bool,
}

impl<'a> Acl<'a> {
    /// Forbids writing to `topic`.
    pub fn deny_writing(cluster: &'a Cluster, topic: &str) -> Acl<'a> {
        Self::deny(cluster, topic, Operation::Write)
    }

    /// Forbids that; in force when this returns.
    pub fn deny(cluster: &'a Cluster, topic: &str, operation: Operation) -> Acl<'a> {
        Self::of(cluster, topic, operation, Permission::Deny)
    }

    fn of(
        cluster: &'a Cluster,
        topic: &str,
        operation: Operation,
        permission: Permission,
    ) -> Acl<'a> {
        let rule = Rule {
            kind: kind("--topic"),
            name: topic.to_owned(),
            operation,
            permission,
        };
        rule.add(cluster);
        Acl {
            cluster,
            rule,
            lifted: false,
        }
    }

    /// Allows everything by name: where a rule forbids one thing, what no rule speaks of
    /// is forbidden too.
    pub fn allow_all(cluster: &'a Cluster, topic: &str) -> Acl<'a> {
        Self::of(cluster, topic, Operation::All, Permission::Allow)
    }

    /// Takes the rule away.
    pub fn lift(mut self) {
        self.rule.remove(self.cluster);
        self.lifted = true;
    }
}

impl Drop for Acl<'_> {
    fn drop(&mut self) {
        if !self.lifted && !std::thread::panicking() {
            self.rule.remove(self.cluster);
        }
    }
}

/// Leaves everybody only the right to see that these resources exist
/// (`--topic`, `--group` or `--transactional-id`, and a name).
pub fn only_describe(cluster: &Cluster, resources: &[(&str, &str)]) {
    for (flag, name) in resources {
        let rule = Rule {
            kind: kind(flag),
            name: (*name).to_owned(),
            operation: Operation::Describe,
            permission: Permission::Allow,
        };
        rule.add(cluster);
    }
}

/// Forbids everybody to see the group; nobody has a right to it any more.
pub fn hide_group(cluster: &Cluster, group: &str) {
    let rule = Rule {
        kind: kind("--group"),
        name: group.to_owned(),
        operation: Operation::Describe,
        permission: Permission::Deny,
    };
    rule.add(cluster);
}

/// As Kafka's own command names it.
fn kind(flag: &str) -> u8 {
    match flag {
        "--topic" => 2,
        "--group" => 3,
        "--transactional-id" => 5,
        other => panic!("no kind of resource: {other}"),
    }
}

impl Rule {
    /// As it is added, and as a filter for it alone: the layouts are the same.
    fn bytes(&self) -> Vec<u8> {
        [
            &[self.kind][..],
            &text(&self.name),
            &[LITERAL],
            &text(EVERYBODY),
            &text("*"), // from every host
            &[self.operation as u8, self.permission as u8],
        ]
        .concat()
    }

    fn add(&self, cluster: &Cluster) {
        let answer = ask(cluster, CREATE, 1, &list(&[self.bytes()]));
        // Throttled for so long, one result, its error.
        assert_eq!(i16_at(&answer, 8), 0, "the rule was refused: {self:?}");
        self.await_force(cluster, true);
    }

    fn remove(&self, cluster: &Cluster) {
        let answer = ask(cluster, DELETE, 1, &list(&[self.bytes()]));
        assert_eq!(i16_at(&answer, 8), 0, "the rule was not removed: {self:?}");
        self.await_force(cluster, false);
    }

    /// The controller has taken it; the broker goes by it a moment later.
    fn await_force(&self, cluster: &Cluster, wanted: bool) {
        await_some("the access rule", Duration::from_secs(10), || {
            let answer = ask(cluster, DESCRIBE, 1, &self.bytes());
            // Throttled for so long, an error and its text, the resources.
            assert_eq!(i16_at(&answer, 4), 0, "rules can be asked for");
            let said = usize::try_from(i16_at(&answer, 6)).unwrap_or(0);
            ((i32_at(&answer, 8 + said) > 0) == wanted).then_some(())
        });
    }
}
