//! Consent that is followed while the stream runs: what people decide in a topic of
//! their own counts for what has not left yet.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::kafka::{self, Cluster, Feed, Isolation, Outgoing, Proxy, Row, read_all};
use crate::veil::Veil;

use super::stage::{SETTLE, Stage};

mod counting;
mod delay;
mod race;
mod topic;
mod waiting;

const PARTITIONS: i32 = 3;

/// One output that needs consent, one that does not, and a topic of decisions: one record
/// a person.
struct Consented<'a> {
    stage: Stage<'a>,
    decisions: String,
}

impl<'a> Consented<'a> {
    fn new(cluster: &'a Cluster, case: &str, state: &str) -> Consented<'a> {
        let decisions = format!("{case}.decisions");
        let compact = [
            ("cleanup.policy", "compact"),
            ("delete.retention.ms", "604800000"),
            ("message.timestamp.type", "LogAppendTime"),
        ];
        kafka::create(cluster, &decisions, PARTITIONS, &compact);
        Self::over(cluster, case, state, decisions)
    }

    /// Over a topic of decisions that the case makes.
    fn over(cluster: &'a Cluster, case: &str, state: &str, decisions: String) -> Consented<'a> {
        let stage = Stage::bare(cluster, case, PARTITIONS);
        let t = &stage.topics;
        for (topic, partitions) in [(&t.source, PARTITIONS), (&t.analytics, PARTITIONS)] {
            let by_broker = [("message.timestamp.type", "LogAppendTime")];
            kafka::create(cluster, topic, partitions, &by_broker);
        }
        kafka::create(cluster, &t.mail, 1, &[]);
        kafka::create(cluster, &t.quarantine, 1, &[]);
        let control = format!("veil.{case}.control");
        kafka::create(cluster, &control, 1, &[("cleanup.policy", "compact")]);
        let policy = policy(case, &stage, &decisions, state);
        Consented {
            stage: stage.under(&policy),
            decisions,
        }
    }

    /// Somebody decides; `None`: is silent again.
    fn decide(&self, people: impl IntoIterator<Item = (u32, Option<bool>)>) {
        let mut feed = Feed::new(self.stage.cluster, &self.decisions);
        people
            .into_iter()
            .for_each(|(n, is)| feed.send(decision(n, is)));
        feed.finish();
    }

    fn veil(&self, flags: &[&str]) -> Veil {
        self.stage.veil(&self.flags(flags))
    }

    /// The same for which the broker is what the proxy makes of it.
    fn veil_through(&self, proxy: &Proxy, flags: &[&str]) -> Veil {
        self.stage.veil_through(proxy, &self.flags(flags))
    }

    fn flags<'f>(&self, flags: &[&'f str]) -> Vec<&'f str> {
        self.stage.settings("state_dir: .\nlatency_ms: 100\n");
        let mut all = vec!["-c", "veil.yaml", "-X", "session.timeout.ms=6000"];
        all.extend(flags);
        all
    }

    /// Events by their number and whose they are.
    fn produce(&self, events: &[(u64, u32)]) {
        let events = events.iter().map(|(n, who)| event(*n, *who));
        self.stage.produce(events);
    }

    fn numbers(&self, topic: &str, isolation: Isolation) -> BTreeSet<u64> {
        numbered(&read_all(self.stage.cluster, topic, isolation)).collect()
    }
}

fn policy(case: &str, stage: &Stage<'_>, decisions: &str, state: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {case}, version: 1, owner: tests }}
source: {{ topic: {source}, subject: {{ customer: user }} }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  subjects: {{ ref: "file:keyring.json#contact" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
rights: {{ key: subjects }}
consent:
  state: {{ topic: {decisions}, format: json, subject: customer, path: choices, grants: state{state} }}
outputs:
  - topic: {gated}
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Ads
    headers: {{ n: keep }}
    fields: {{ seq: keep, user: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }} }}
  - topic: {free}
    purpose: functional.service
    domain: analytics
    basis: contract
    headers: {{ n: keep }}
    fields: {{ seq: keep }}
quarantine: {{ topic: {quarantine}, key: quarantine, retention: 7d }}
"#,
        source = stage.topics.source,
        gated = stage.topics.analytics,
        free = stage.topics.mail,
        quarantine = stage.topics.quarantine,
    )
}

fn decision(n: u32, is: Option<bool>) -> Outgoing {
    Outgoing {
        partition: i32::try_from(n).expect("as the case wrote it") % PARTITIONS,
        key: Some(format!("u-{n}").into_bytes()),
        value: is.map(|is| format!(r#"{{"choices":{{"Ads":{is}}}}}"#).into_bytes()),
        ..Outgoing::default()
    }
}

fn event(number: u64, who: u32) -> Outgoing {
    Outgoing {
        partition: i32::try_from(number % PARTITIONS.unsigned_abs() as u64)
            .expect("as the case wrote it"),
        value: Some(format!(r#"{{"seq":{number},"user":"u-{who}"}}"#).into_bytes()),
        headers: vec![("n".to_owned(), number.to_string().into_bytes())],
        ..Outgoing::default()
    }
}

fn numbered(rows: &[Row]) -> impl Iterator<Item = u64> {
    rows.iter().map(|r| {
        r.header("n")
            .expect("as the case wrote it")
            .parse()
            .expect("as the case wrote it")
    })
}

#[test]
fn an_event_that_overtakes_its_decision_is_permitted_when_there_is_time_to_settle() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const PEOPLE: u32 = 100;
    let share = |case: &str, state: &str| {
        let with = Consented::new(cluster, case, state);
        let mut veil = with.veil(&[]);
        veil.await_ready(SETTLE);
        let mut events = Feed::new(cluster, &with.stage.topics.source);
        let mut decisions = Feed::new(cluster, &with.decisions);
        for n in 0..PEOPLE {
            events.send(event(n.into(), n));
            std::thread::sleep(Duration::from_millis(30)); // how late the decision is
            decisions.send(decision(n, Some(true)));
        }
        events.finish();
        decisions.finish();
        with.stage.settle();
        assert_eq!(veil.terminate().code, Some(0));
        let t = &with.stage.topics;
        let free = with.numbers(&t.mail, Isolation::Committed);
        assert_eq!(
            free.len(),
            PEOPLE as usize,
            "what needs no consent is all there"
        );
        with.numbers(&t.analytics, Isolation::Committed).len()
    };
    assert_eq!(share("settled", ", settle: 2s"), PEOPLE as usize);
    let overtaken = share("unsettled", "");
    crate::say(&format!(
        "sign-up: {overtaken} of {PEOPLE} permitted without settle, all with it"
    ));
}

#[test]
fn a_restart_finds_the_state_again_and_what_was_withdrawn_meanwhile() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "restarted", "");
    with.decide([(1, Some(true)), (2, Some(true)), (3, Some(false))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    let t = &with.stage.topics;
    with.produce(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
    with.stage.settle();
    let metrics = veil.metrics();
    assert_eq!(metrics.sum("veil_consent_stale", &[]), 0);
    assert_eq!(veil.terminate().code, Some(0));
    let kept = with.stage.folder().join("restarted.consent");
    assert!(kept.exists(), "the state is kept");
    with.decide([(2, Some(false)), (4, Some(true)), (1, None)]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    assert!(
        veil.log().contains("consent state found again"),
        "{}",
        veil.log()
    );
    with.produce(&[(10, 1), (11, 2), (12, 3), (13, 4)]);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let written = with.numbers(&t.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([0, 1, 13]));
}
