//! Another policy under load: a record is done under one of the two, none is lost
//! and none is doubled; what is refused changes nothing, and nothing ever leaks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sha2::{Digest, Sha256};

use crate::kafka::{self, Row, await_some};
use crate::traffic::{Dice, KIND, NUMBER, policy};
use crate::veil::Veil;

use super::stage::{Load, SETTLE, Stage};

/// The policy of the traffic; every record that leaves carries which one it was
/// done under, twice at each output.
fn marked(stage: &Stage<'_>, plan: u64) -> String {
    let mark = format!("replace: {{ with: \"plan-{plan}\" }}");
    let marks = format!(
        "      seq: {{ as: {{ seq: keep, first: {{ {mark} }}, second: {{ {mark} }} }} }}\n"
    );
    let text = policy(&stage.topics).replace("      seq: keep\n", &marks);
    assert_eq!(text.matches("plan-").count(), 4, "two marks at two outputs");
    text
}

fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// How often a reload ended so.
fn reloads(veil: &mut Veil, outcome: &str) -> u64 {
    let labels = [("outcome", outcome)];
    veil.metrics().sum("veil_policy_reloads_total", &labels)
}

/// Puts the policy in place, sends SIGHUP, and waits until it was read.
fn reload(stage: &Stage<'_>, veil: &mut Veil, text: &str) {
    let before = veil.metrics().sum("veil_policy_reloads_total", &[]);
    stage.rewrite(text);
    veil.signal(Signal::HUP);
    await_some("the reload", Duration::from_secs(60), || {
        let now = veil.metrics().sum("veil_policy_reloads_total", &[]);
        (now > before).then_some(())
    });
}

/// By the record's number: every mark it carries in these rows.
fn marks(rows: &[Row]) -> BTreeMap<String, BTreeSet<String>> {
    let mut marks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let Some(value) = &row.value else { continue };
        let value: serde_json::Value = serde_json::from_slice(value).expect("outputs are JSON");
        let number = row.header(NUMBER).expect("outputs are numbered").to_owned();
        for mark in ["first", "second"] {
            let mark = value[mark].as_str().expect("every record is marked");
            marks
                .entry(number.clone())
                .or_default()
                .insert(mark.to_owned());
        }
    }
    marks
}

/// So many reloads while so many records come.
fn replaced_under_load(case: &str, reloads_wanted: u64, records: u64, per_second: u64) {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, case, 6);
    let mut dice = Dice::announced(case);
    stage.rewrite(&marked(&stage, 0));
    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    let load = Load::start(&stage, dice.next(), records, per_second);
    stage.await_progress(&mut veil, 0);
    let begun = Instant::now();
    for plan in 1..=reloads_wanted {
        reload(&stage, &mut veil, &marked(&stage, plan));
    }
    let took = begun.elapsed();
    let under_load = load.sent();
    load.finish();
    stage.settle();
    assert_eq!(
        reloads(&mut veil, "applied"),
        reloads_wanted,
        "{}",
        veil.log()
    );
    let metrics = veil.metrics();
    let received = metrics.sum("veil_records_received_total", &[]);
    assert_eq!(received, records, "counts of old and new plans add up");
    let info = metrics.sum("veil_policy_info", &[]);
    assert_eq!(info, 1, "one policy is in force");
    let last = digest(&marked(&stage, reloads_wanted));
    assert_eq!(metrics.sum("veil_policy_info", &[("digest", &last)]), 1);
    assert_eq!(veil.terminate().code, Some(0));
    // Each exactly once where it belongs, in order, in no open transaction.
    let tally = stage.verdict(records);
    let mut all = marks(&stage.closed(&stage.topics.analytics));
    let mail = marks(&stage.closed(&stage.topics.mail));
    assert!(!mail.is_empty(), "some records leave for both outputs");
    for (number, marks) in mail {
        all.entry(number).or_default().extend(marks);
    }
    let mixed: Vec<_> = all.iter().filter(|(_, marks)| marks.len() > 1).collect();
    assert!(
        mixed.is_empty(),
        "under a mixed plan: {:?}",
        &mixed[..mixed.len().min(5)]
    );
    let plans: BTreeSet<&String> = all.values().flatten().collect();
    assert!(
        plans.len() > 2,
        "records were done under few plans: {plans:?}"
    );
    crate::say(&format!(
        "{case}: {reloads_wanted} reloads in {took:.1?} while {under_load} records came; \
         records under {} plans, 0 of {} under a mixed one; {tally}",
        plans.len(),
        all.len()
    ));
}

#[test]
fn every_record_is_done_under_one_plan_while_policies_are_replaced() {
    replaced_under_load("reload", 15, 24_000, 4_000);
}

/// The header of each record names the plan whose marks the record carries, also
/// where it has no value.
#[test]
fn every_record_says_the_plan_that_it_is_done_under() {
    const PLANS: u64 = 3;
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "stamped", 6);
    let mut dice = Dice::announced("stamped");
    let stamped = |plan: u64| {
        let text = marked(&stage, plan);
        text.replace(
            "    timestamp: keep\n",
            "    policy_header: true\n    timestamp: keep\n",
        )
    };
    let stamp = |plan: u64| format!("broker-suite@1#{}", &digest(&stamped(plan))[..8]);
    stage.rewrite(&stamped(0));
    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    let load = Load::start(&stage, dice.next(), 8_000, 2_000);
    stage.await_progress(&mut veil, 0);
    for plan in 1..=PLANS {
        reload(&stage, &mut veil, &stamped(plan));
        let info = [("digest", &*digest(&stamped(plan)))];
        assert_eq!(veil.metrics().sum("veil_policy_info", &info), 1);
    }
    load.finish();
    stage.settle();
    assert_eq!(reloads(&mut veil, "applied"), PLANS, "{}", veil.log());
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(8_000);
    let stamps: Vec<String> = (0..=PLANS).map(stamp).collect();
    let mut seen = BTreeSet::new();
    let mut tombstones = 0;
    for topic in [&stage.topics.analytics, &stage.topics.mail] {
        for row in stage.closed(topic) {
            let own = row.headers.iter().filter(|(name, _)| name == "veil-policy");
            assert_eq!(own.count(), 1, "it says its policy once");
            let said = row.header("veil-policy").expect("it is text").to_owned();
            assert!(stamps.contains(&said), "{said} is a policy of this case");
            match row
                .value
                .as_ref()
                .map(|v| serde_json::from_slice::<serde_json::Value>(v))
            {
                Some(value) => {
                    let mark = value.expect("outputs are JSON")["first"].clone();
                    let plan = mark.as_str().and_then(|m| m.strip_prefix("plan-"));
                    let plan: u64 = plan.and_then(|p| p.parse().ok()).expect("it is marked");
                    assert_eq!(said, stamp(plan), "made under plan {plan}");
                }
                None => tombstones += 1,
            }
            seen.insert(said);
        }
    }
    assert!(seen.len() > 1, "records were done under one plan: {seen:?}");
    assert!(tombstones > 0, "tombstones are among them");
}

#[test]
#[ignore = "minutes: `just reloads`"]
fn a_hundred_reloads_at_20_000_a_second() {
    replaced_under_load("reload-100", 100, 1_000_000, 20_000);
}

/// One mutation of a policy: a line away, twice, or with another; a word for
/// another; cut off.
fn mutated(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len() as u64;
    let mut line = || usize::try_from(dice.below(count)).expect("a line");
    let (a, b) = (line(), line());
    const WORDS: [(&str, &str); 14] = [
        ("keep", "drop"),
        (
            "pseudonymize: { key: people, normalize: email, epoch: none }",
            "keep: {}",
        ),
        (
            "pseudonymize: { key: people, normalize: text, epoch: none }",
            "keep: {}",
        ),
        ("encrypt: { key: contact }", "keep: {}"),
        ("ipv4: 24", "ipv4: 32"),
        ("ipv4: 24", "ipv4: 16"),
        ("bucket: 10", "bucket: 100"),
        ("bucket: 10", "bucket: 1"),
        (
            "needs_consent: Analytics",
            "needs_consent: [Analytics, Advertising]",
        ),
        ("needs_consent: Advertising", "basis: contract"),
        ("retention: 7d", "retention: 6d"),
        ("tombstones: forward", "tombstones: drop"),
        ("traits.(email|note)", "(traits)"),
        ("max_chars: 16", "max_chars: 8"),
    ];
    match dice.below(8) {
        0 => {
            lines.remove(a);
        }
        1 => lines.insert(a, lines[b].clone()),
        2 => lines.swap(a, b),
        3 => lines.truncate(a),
        4 => lines[a] = format!("  {}", lines[a]),
        _ => {
            let n = usize::try_from(dice.below(WORDS.len() as u64)).expect("a word");
            let (from, to) = WORDS[n];
            return text.replacen(from, to, 1);
        }
    }
    lines.join("\n")
}

/// So many mutated policies while so many records come. Now and then the first
/// policy comes back, its digest named, so that there is something to lose.
fn mutated_under_load(case: &str, mutations: u64, records: u64, per_second: u64) {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, case, 6);
    let mut dice = Dice::announced(case);
    let whole = policy(&stage.topics);
    let flags = ["--accept-weaker", &digest(&whole)];
    let mut veil = stage.veil(&flags);
    veil.await_ready(SETTLE);
    let load = Load::start(&stage, dice.next(), records, per_second);
    stage.await_progress(&mut veil, 0);
    for n in 0..mutations {
        if n % 5 == 0 {
            stage.rewrite(&whole);
        }
        reload(&stage, &mut veil, &mutated(&whole, &mut dice));
    }
    reload(&stage, &mut veil, &whole);
    load.finish();
    stage.settle();
    let counts: BTreeMap<&str, u64> = ["applied", "invalid", "weaker", "refused", "ignored"]
        .into_iter()
        .map(|outcome| (outcome, reloads(&mut veil, outcome)))
        .collect();
    assert_eq!(counts.values().sum::<u64>(), mutations + 1, "{counts:?}");
    assert!(counts["invalid"] > 0 && counts["weaker"] > 0, "{counts:?}");
    let received = veil.metrics().sum("veil_records_received_total", &[]);
    assert_eq!(received, records, "none was lost, none was read twice");
    assert_eq!(veil.terminate().code, Some(0));
    // What left, left protected and permitted: stronger policies hold more back.
    let source = kafka::read_all(cluster, &stage.topics.source, kafka::Isolation::Committed);
    let refused: BTreeSet<&str> = source
        .iter()
        .filter(|r| r.header(KIND) == Some("Refused"))
        .filter_map(|r| r.header(NUMBER))
        .collect();
    let mut left = 0;
    for topic in [&stage.topics.analytics, &stage.topics.mail] {
        let rows = stage.closed(topic);
        let clear = super::stage::marked(topic, &rows);
        assert!(clear.is_empty(), "{} leaks: {}", clear.len(), clear[0]);
        let numbers: Vec<&str> = rows.iter().filter_map(|r| r.header(NUMBER)).collect();
        let once: BTreeSet<&str> = numbers.iter().copied().collect();
        assert_eq!(
            once.len(),
            numbers.len(),
            "{topic}: some record is there twice"
        );
        assert!(
            once.is_disjoint(&refused),
            "{topic}: a record without consent"
        );
        left += numbers.len();
    }
    assert!(left > 0, "something left");
    crate::say(&format!(
        "{case}: {mutations} mutated policies, {counts:?}; {left} records in the outputs, \
         none in clear, none twice, none without consent"
    ));
}

#[test]
fn mutated_policies_under_load_leak_nothing() {
    mutated_under_load("mutated", 30, 12_000, 2_000);
}

#[test]
#[ignore = "minutes: `just reloads`"]
fn two_hundred_mutated_policies_under_load_leak_nothing() {
    mutated_under_load("mutated-200", 200, 400_000, 10_000);
}

#[test]
fn a_new_output_is_looked_at_first_and_a_stop_takes_no_policy() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "wider", 3);
    let topic = "wider.third";
    let third = format!(
        "  - topic: {topic}\n    purpose: analytics.reporting\n    domain: analytics\n    needs_consent: Analytics\n    headers: {{ n: keep }}\n    timestamp: keep\n    fields: {{ seq: keep }}\nquarantine:"
    );
    let wider =
        policy(&stage.topics).replacen("quarantine: { topic", &format!("{third} {{ topic"), 1);
    let flags = ["--accept-weaker", &digest(&wider)];
    let mut veil = stage.veil(&flags);
    veil.await_ready(SETTLE);
    let mut dice = Dice::announced("wider");
    let load = Load::start(&stage, dice.next(), 6_000, 1_000);
    stage.await_progress(&mut veil, 0);
    reload(&stage, &mut veil, &wider);
    assert_eq!(reloads(&mut veil, "refused"), 1, "{}", veil.log());
    assert!(veil.log().contains(topic), "{}", veil.log());
    let (status, page) = veil.page("/readyz").expect("it answers");
    assert_eq!(status, 200, "the policy before runs on: {page}");
    assert!(
        page.contains("note: policy") && page.contains(topic),
        "{page}"
    );
    kafka::create(cluster, topic, 5, &[]);
    reload(&stage, &mut veil, &wider);
    assert_eq!(reloads(&mut veil, "applied"), 1, "{}", veil.log());
    let (_, page) = veil.page("/readyz").expect("it answers");
    assert_eq!(page, "ready\n");
    load.finish();
    stage.settle();
    // Five partitions, of which the source has three: the new topic's are known.
    let rows = stage.closed(topic);
    let used: BTreeSet<i32> = rows.iter().map(|r| r.partition).collect();
    assert!(!rows.is_empty() && used.iter().any(|p| *p >= 3), "{used:?}");
    let load = Load::start(&stage, dice.next(), 1, 1);
    load.finish();
    veil.signal(Signal::TERM);
    veil.signal(Signal::HUP);
    assert_eq!(veil.await_exit(SETTLE).code(), Some(0), "{}", veil.log());
}
