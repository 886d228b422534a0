//! The same where people's decisions are followed: whoever withdraws is taken out of what
//! waits, and what was decided before is decided anew.

use super::*;
use crate::consent::state::{Decision, Table};
use crate::record::{Reason, SubjectId};

const PATIENCE: Duration = Duration::from_secs(30);

/// Of the output that waits, which needs consent that only decisions give.
fn gated() -> Arc<Plan> {
    let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
        source: { topic: raw, subject: { who: who } }\n\
        keys:\n  quarantine: { ref: \"file:keyring.json#quarantine\" }\n  subjects: { ref: \"file:keyring.json#subjects\" }\n\
        rights: { key: subjects }\n\
        consent: { state: { grants: state } }\n\
        outputs:\n  - topic: out\n    purpose: sales\n    domain: b\n    needs_consent: Ads\n    \
        k_anonymous: { k: 5, max_records: 100, max_delay: 1h, free: [n] }\n    \
        fields:\n      age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }\n      n: keep\n\
        quarantine: { topic: q, key: quarantine }\n";
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile_groups(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    let mut groups = compiled.groups;
    assert_eq!(groups.len(), 1, "{findings:?}");
    Arc::new(groups.remove(0))
}

fn id(plan: &Plan, who: i64) -> SubjectId {
    let index = plan.subjects[0].index.as_ref().expect("rights have a key");
    index.id(format!("sw{who}").as_bytes())
}

struct Followed {
    case: Case,
    table: Table,
}

impl Followed {
    fn new() -> Followed {
        let plan = gated();
        let mut table = Table::default();
        for who in 0..20 {
            let granted = Some(Decision::Granted { until_ms: None });
            table
                .decide(id(&plan, who), "Ads", granted)
                .expect("it has room");
        }
        table.set_current(true);
        table.publish(0);
        let case = Case::following(plan, &table.visible());
        Followed { case, table }
    }

    fn deny(&mut self, people: std::ops::Range<i64>, category: &str) {
        for who in people {
            let who = id(&self.case.plan, who);
            let denied = Some(Decision::Denied);
            self.table
                .decide(who, category, denied)
                .expect("it has room");
        }
        self.table.publish(1);
    }

    fn decided(&self, partition: i32, seq: u64, people: std::ops::Range<i64>) -> OutBatch {
        let raw = raw(&self.case.plan, partition, seq, people);
        let mut worker = Worker::of_the_system().with_consent(Box::new(self.table.visible()));
        sanitize(raw, &mut worker).unwrap_or_else(|_| panic!("nothing is asked"))
    }

    fn send(&self, batch: OutBatch) {
        self.case.credit.take(batch.held());
        self.case
            .to_pool
            .send(ToOutlet::Batch(Box::new(batch)))
            .unwrap();
    }
}

fn withheld(release: &Leaving) -> u64 {
    let counts = release.counts.iter();
    counts
        .map(|c| c.counts.outputs[0].withheld[Reason::NoConsent.index()])
        .sum()
}

#[test]
fn whoever_withdraws_leaves_what_waits_and_is_counted_as_withheld() {
    let mut own = Followed::new();
    own.send(own.decided(0, 0, 0..12));
    // It waits before they withdraw.
    own.case.position(1, 0);
    assert!(own.case.release().records.is_empty());
    own.deny(0..4, "Ads");
    // Another category is not asked for here.
    own.deny(4..8, "Other");
    own.case.caught_up([1, 1], 0);
    let release = own.case.release();
    assert_eq!((release.records.len(), withheld(&release)), (8, 4));
    assert!(release.counts.iter().all(|c| c.counts.balances()));
    assert_eq!(release.decided.version, own.table.visible().version());
    assert_eq!(release.decided.who.len(), 8);
    assert!(!release.is_void);
    own.case.end();
}

#[test]
fn what_was_decided_before_somebody_withdrew_is_decided_anew_when_it_comes() {
    let mut own = Followed::new();
    let early = own.decided(0, 0, 0..12);
    own.deny(0..4, "Ads");
    own.send(early);
    own.case.caught_up([1, 0], 0);
    let release = own.case.release();
    assert_eq!((release.records.len(), withheld(&release)), (8, 4));
    own.case.end();
}

#[test]
fn when_nobody_knows_who_withdrew_what_waits_is_handed_over_as_void_and_read_again() {
    let mut own = Followed::new();
    own.send(own.decided(0, 0, 0..12));
    own.case.position(1, 0);
    assert!(own.case.release().records.is_empty());
    // What is known is not current any more: that narrows everybody.
    own.table.set_current(false);
    own.table.publish(2);
    let void = own.case.release();
    assert!(void.is_void && void.records.is_empty());
    assert_eq!(void.progress.len(), 1);
    let lanes = Vec::new();
    own.case.rewind.send(Rewind { epoch: 1, lanes }).unwrap();
    assert_eq!(own.case.rewound.recv_timeout(PATIENCE).unwrap().epoch, 1);
    own.case.end();
}
