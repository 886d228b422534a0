//! What is wrong at the cluster, and the command that mends it.

use std::fmt;

use super::properties::Properties;

/// One thing that is missing or contradicts the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about: a topic, a group, a transactional id.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    /// What to do: a command where there is one.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.help.is_empty() {
            true => f.write_str(&self.what),
            false => write!(f, "{}; {}", self.what, self.help),
        }
    }
}

/// All of them in one line: alone as it is, else counted.
pub fn in_one_line(problems: &[Problem]) -> String {
    if let [only] = problems {
        return only.to_string();
    }
    let mut line = format!("{} things are not as they must be:", problems.len());
    for (n, problem) in problems.iter().enumerate() {
        line.push_str(&format!(" ({}) {problem}", n + 1));
    }
    line
}

/// Kafka's own tools, with what they need to reach this cluster.
pub struct Tools {
    servers: String,
    principal: String,
}

impl Tools {
    /// For the cluster of these properties. Credentials are not repeated: where
    /// the cluster asks for them, `--command-config FILE` is the operator's.
    pub fn of(properties: &Properties) -> Tools {
        let value = |name| properties.value(name);
        let name = value("sasl.username").unwrap_or("NAME");
        let mut servers = value("bootstrap.servers").unwrap_or("HOST:PORT").to_owned();
        let is_plain =
            value("security.protocol").is_none_or(|p| p.eq_ignore_ascii_case("plaintext"));
        if !is_plain {
            servers.push_str(" --command-config FILE");
        }
        Tools {
            servers,
            principal: format!("User:{name}"),
        }
    }

    /// Makes a topic, with as many partitions and these settings.
    pub fn create_topic(&self, topic: &str, partitions: Option<i32>, configs: &[String]) -> String {
        let mut command = format!(
            "kafka-topics.sh --bootstrap-server {} --create --topic {topic}",
            self.servers
        );
        if let Some(partitions) = partitions {
            command.push_str(&format!(" --partitions {partitions}"));
        }
        for config in configs {
            command.push_str(&format!(" --config {config}"));
        }
        command
    }

    /// Changes settings of a topic.
    pub fn configure_topic(&self, topic: &str, configs: &[String]) -> String {
        format!(
            "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics --entity-name {topic} --add-config {}",
            self.servers,
            configs.join(",")
        )
    }

    /// Grants operations on a resource: `--topic T`, `--group G`.
    pub fn grant(&self, operations: &[&str], resource: &str) -> String {
        let mut command = format!(
            "kafka-acls.sh --bootstrap-server {} --add --allow-principal '{}'",
            self.servers, self.principal
        );
        for operation in operations {
            command.push_str(&format!(" --operation {operation}"));
        }
        command.push(' ');
        command.push_str(resource);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::Origin;
    use super::*;

    fn tools(pairs: &[(&str, &str)]) -> Tools {
        let mut properties = Properties::default();
        for (name, value) in pairs {
            properties.set(name, value, Origin::Settings).unwrap();
        }
        Tools::of(&properties)
    }

    #[test]
    fn a_command_can_be_copied_and_holds_no_secret() {
        let tools = tools(&[
            ("bootstrap.servers", "a:1,b:2"),
            ("security.protocol", "SASL_SSL"),
            ("sasl.username", "veil"),
            ("sasl.password", "hunter2"),
        ]);
        assert_eq!(
            tools.grant(&["Read", "DescribeConfigs"], "--topic raw"),
            "kafka-acls.sh --bootstrap-server a:1,b:2 --command-config FILE --add --allow-principal 'User:veil' --operation Read --operation DescribeConfigs --topic raw"
        );
        assert_eq!(
            tools.create_topic("q", Some(3), &["retention.ms=5".to_owned()]),
            "kafka-topics.sh --bootstrap-server a:1,b:2 --command-config FILE --create --topic q --partitions 3 --config retention.ms=5"
        );
    }

    #[test]
    fn one_problem_is_told_as_it_is_and_several_are_counted() {
        let problem = |what: &str, help: &str| Problem {
            subject: "t".to_owned(),
            what: what.to_owned(),
            help: help.to_owned(),
        };
        assert_eq!(in_one_line(&[problem("a", "do b")]), "a; do b");
        assert_eq!(
            in_one_line(&[problem("a", "do b"), problem("c", "")]),
            "2 things are not as they must be: (1) a; do b (2) c"
        );
    }
}
