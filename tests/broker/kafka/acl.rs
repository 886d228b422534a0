//! Forbidding one operation on one topic, and allowing it again.

use super::Cluster;

/// A rule on the broker that forbids everybody to write to a topic; dropped
/// when the test is done with it.
pub struct Acl<'a> {
    cluster: &'a Cluster,
    topic: String,
    lifted: bool,
}

impl<'a> Acl<'a> {
    /// Forbids writing to `topic`.
    pub fn deny_writing(cluster: &'a Cluster, topic: &str) -> Acl<'a> {
        let acl = Acl {
            cluster,
            topic: topic.to_owned(),
            lifted: false,
        };
        acl.run(&["--add"]);
        acl
    }

    /// Allows it again.
    pub fn lift(mut self) {
        self.run(&["--remove", "--force"]);
        self.lifted = true;
    }

    fn run(&self, verb: &[&str]) {
        let rule = ["--deny-principal", "User:*", "--operation", "Write"];
        let of = ["--topic", &self.topic];
        change(self.cluster, &[verb, &rule, &of].concat());
    }
}

impl Drop for Acl<'_> {
    fn drop(&mut self) {
        if !self.lifted && !std::thread::panicking() {
            self.run(&["--remove", "--force"]);
        }
    }
}

/// Leaves everybody only the right to see that these resources exist
/// (`--topic`, `--group` or `--transactional-id`, and a name).
pub fn only_describe(cluster: &Cluster, resources: &[(&str, &str)]) {
    let mut rules = vec!["--add"];
    rules.extend(["--allow-principal", "User:*", "--operation", "Describe"]);
    rules.extend(resources.iter().flat_map(|(kind, name)| [kind, name]));
    change(cluster, &rules);
}

/// Forbids everybody to see the group; nobody has a right to it any more.
pub fn hide_group(cluster: &Cluster, group: &str) {
    let rule = ["--deny-principal", "User:*", "--operation", "Describe"];
    change(
        cluster,
        &[&["--add"], &rule[..], &["--group", group]].concat(),
    );
}

/// Changes the broker's access rules.
fn change(cluster: &Cluster, rules: &[&str]) {
    let out = cluster
        .tool("org.apache.kafka.tools.AclCommand")
        .args(["--bootstrap-server", &cluster.bootstrap()])
        .args(rules)
        .output()
        .expect("java runs");
    assert!(
        out.status.success(),
        "the access rules were refused:\n{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}
