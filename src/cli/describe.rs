//! `veil describe`: what an output means to who reads it.

use super::{Exit, Failure, Outcome, clock, described, policies, screen};
use veilstream::contract::{self, Contract, Described, Tree};

/// Describe outputs: what columns mean, join with and still tell
///
/// Written from the policies alone: no keyring is opened, no event is read.
/// Joins are found in all the policies that are given.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil describe -p policy.yaml
  veil describe -p policy.yaml -p orders.yaml --output web.events.analytics
  veil describe -p policies/ --format html > contracts.html
  veil describe -p policy.yaml --output web.events.mail --format odcs
  veil describe -p policy.yaml --output web.counts --format sql

Formats for other programs:
  jsonschema   the value of one output, draft 2020-12
  odcs         the contract of one output, Open Data Contract Standard 3.1.0
  dbt          outputs as sources of dbt, with their columns
  openlineage  a job event with the lineage of each column
  fides        outputs as datasets of fideslang
  sql          queries for PostgreSQL and DuckDB: counts with their error
               bars, classes spread over the narrowest ranges
  json         all of it: a list with an object for each output, which has
               policy, topic, split, purpose, purpose_serves, domain,
               recipient, reader, region, minors, sensitive, needs_consent,
               basis, withheld, reading, types, where, timestamp, tombstones,
               policy_header, refused, row (of an output that counts: column,
               meaning, types) and columns; a column has column, place,
               type_of_record, from, when, meaning, classes, action, written,
               technique, types, absence, inside[] (member, from, when,
               meaning, action, written, types), bins, time_zone, joins, parts,
               uniques, sql, clear, leaks, reversible

Exits 0, 64 when no output is called so, 66 when a policy is missing, 78 when
one cannot be used: with --format json its findings are written, as `veil check`
does.")]
pub struct Args {
    #[command(flatten)]
    policies: policies::Given,
    /// Describe this output alone
    #[arg(long, value_name = "TOPIC")]
    output: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Where the topics lie, for `odcs` and `openlineage`, which name a server
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
enum Format {
    /// For people, on a terminal
    Text,
    /// Markdown
    Md,
    /// One page that needs no other file
    Html,
    /// For programs
    Json,
    /// JSON Schema
    Jsonschema,
    /// Open Data Contract Standard, YAML
    Odcs,
    /// Sources of dbt, YAML
    Dbt,
    /// OpenLineage, JSON
    Openlineage,
    /// Dataset of fideslang, YAML
    Fides,
    /// Queries for counts and classes
    Sql,
}

/// Said where no other policy was given.
const ALONE: &str = "Joins were looked for in this policy alone: pass the others with -p too for joins with their outputs.";

impl Args {
    pub fn run(self) -> Outcome {
        let policies = described::read(&self.policies.paths(), self.format == Format::Json)?;
        let mut contracts = contract::contracts(&policies);
        if let Some(topic) = &self.output {
            let known = topics(&contracts);
            contracts.retain(|c| c.output.topic == *topic);
            if contracts.is_empty() {
                let what = format!("no output is called `{topic}`");
                return Err(Failure::new(Exit::Usage, what).help(format!("there is {known}")));
            }
        }
        let page = || {
            let mut page = contract::page(&contracts);
            if policies.len() == 1 {
                page.say(ALONE);
            }
            page
        };
        let broker = self.broker.as_deref();
        let shown = match self.format {
            Format::Text => {
                return screen::show(&described::text(&page())).map(|()| Exit::Ok);
            }
            Format::Md => page().to_markdown(),
            Format::Html => page().to_html(),
            Format::Json => contract::json(&contracts).to_json(),
            Format::Jsonschema => one(&contracts)?.json_schema().to_json(),
            Format::Odcs => one(&contracts)?.odcs(broker).to_yaml(),
            Format::Dbt => contract::dbt(&contracts).to_yaml(),
            Format::Openlineage => events(&policies, &contracts, broker).to_json(),
            Format::Fides => contract::fides(&contracts).to_yaml(),
            Format::Sql => contract::sql(&contracts),
        };
        screen::put(shown.as_bytes())?;
        Ok(Exit::Ok)
    }
}

/// The only contract, for forms that hold one.
fn one<'c, 'd>(contracts: &'c [Contract<'d>]) -> Result<&'c Contract<'d>, Failure> {
    match contracts {
        [one] => Ok(one),
        several => Err(Failure::new(Exit::Usage, "this format holds one output")
            .help(format!("name one with --output: {}", topics(several)))),
    }
}

fn topics(contracts: &[Contract<'_>]) -> String {
    let topics: Vec<String> = contracts
        .iter()
        .map(|c| format!("`{}`", c.output.topic))
        .collect();
    topics.join(", ")
}

/// One event, or a list of one for each policy.
fn events(policies: &[Described], contracts: &[Contract<'_>], broker: Option<&str>) -> Tree {
    let now = clock::now().to_string();
    let mut events: Vec<Tree> = policies
        .iter()
        .filter_map(|policy| {
            let of = contracts.iter().filter(|c| std::ptr::eq(c.policy, policy));
            let of: Vec<&Contract<'_>> = of.collect();
            (!of.is_empty()).then(|| contract::openlineage(policy, &of, broker, &now))
        })
        .collect();
    match events.len() {
        1 => events.remove(0),
        _ => Tree::List(events),
    }
}
