use super::*;
use crate::pipeline::testing::{Plans, batch, field, raw, worker};
use crate::pipeline::{Worker, sanitize};
use crate::plan::Plan;

fn keeps(path: &'static str) -> Arc<Plan> {
    let mut plans = Plans::new();
    plans.output(&[field(path, "keep")]);
    plans.build()
}

/// Has the worker sanitize that value, so often.
fn feed(worker: &mut Worker, plan: &Arc<Plan>, value: &str, times: usize) {
    let records = vec![raw(value); times];
    sanitize(batch(plan, &records), worker).unwrap();
}

fn paths(found: &UnnamedMembers) -> Vec<String> {
    let found = found.paths().paths.into_iter();
    found.map(|path| path.path).collect()
}

#[test]
fn what_a_worker_meets_is_listed_most_frequent_first() {
    let found = UnnamedMembers::default();
    let mut worker = worker().with_unnamed(&found);
    let plan = keeps("a.b");
    let often = r#"{"a":{"b":1,"plan":2},"ada@example.com":1,"grown":{"x":1}}"#;
    feed(&mut worker, &plan, often, 25_600);
    feed(&mut worker, &plan, r#"{"a":{"b":1},"rare":1}"#, 2_560);
    let listed = found.paths();
    assert_eq!(listed.sampled, 256);
    assert_eq!(paths(&found), ["*", "a.plan", "grown", "rare"]);
    for path in &listed.paths[..3] {
        assert!((18_000..=34_000).contains(&path.records), "{path:?}");
    }
    assert!((256..=8_000).contains(&listed.paths[3].records));
    let json = serde_json::to_string(&listed).unwrap();
    let start = r#"{"sampled":256,"paths":[{"path":"*","records":"#;
    assert!(json.starts_with(start), "{json}");
    assert!(!json.contains("ada"), "{json}");
}

#[test]
fn records_that_come_in_turns_are_all_seen() {
    let found = UnnamedMembers::default();
    let mut worker = worker().with_unnamed(&found);
    let plan = keeps("a");
    let turns: Vec<_> = ["one", "two", "three", "four"]
        .iter()
        .cycle()
        .take(64 * 64)
        .map(|name| raw(format!("{{\"{name}\":1}}")))
        .collect();
    sanitize(batch(&plan, &turns), &mut worker).unwrap();
    let mut seen = paths(&found);
    seen.sort();
    assert_eq!(seen, ["four", "one", "three", "two"]);
}

#[test]
fn what_is_named_or_quarantined_is_not_listed() {
    let found = UnnamedMembers::default();
    let mut worker = worker().with_unnamed(&found);
    let plan = keeps("a");
    feed(&mut worker, &plan, r#"{"a":1}"#, 500);
    feed(&mut worker, &plan, r#"{"a":{"b":1},"refused":1}"#, 500);
    feed(&mut worker, &plan, r#"{"broken":1"#, 500);
    assert_eq!(paths(&found), [""; 0]);
    // Of the first record at once.
    feed(&mut worker, &plan, r#"{"b":1}"#, 1);
    assert_eq!(paths(&found), ["b"]);
}

#[test]
fn workers_are_merged_and_a_gone_one_leaves_its_sketch_to_the_next() {
    let found = UnnamedMembers::default();
    let plan = keeps("a");
    let mut workers = [worker(), worker()].map(|w| w.with_unnamed(&found));
    feed(&mut workers[0], &plan, r#"{"x":1,"both":1}"#, 1);
    feed(&mut workers[1], &plan, r#"{"y":1,"both":1}"#, 1);
    assert_eq!(paths(&found), ["both", "x", "y"]);
    assert_eq!(found.paths().paths[0].records, 512);
    drop(workers);
    let _again = [worker(), worker()].map(|w| w.with_unnamed(&found));
    assert_eq!(found.0.lock().unwrap().len(), 2);
    assert_eq!(paths(&found), ["both", "x", "y"]);
}

#[test]
fn another_policy_shows_what_it_does_not_name() {
    let found = UnnamedMembers::default();
    let mut workers = [worker(), worker()].map(|w| w.with_unnamed(&found));
    let (before, after) = (keeps("a"), keeps("b"));
    for worker in &mut workers {
        feed(worker, &before, r#"{"a":1,"b":1}"#, 1);
    }
    assert_eq!(paths(&found), ["b"]);
    // The other worker has not met the new plan yet.
    feed(&mut workers[0], &after, r#"{"a":1,"b":1}"#, 1);
    assert_eq!(paths(&found), ["a"]);
}

#[test]
fn hostile_events_take_bounded_room_and_work() {
    let found = UnnamedMembers::default();
    let mut worker = worker().with_unnamed(&found);
    let plan = keeps("a");
    let names: Vec<String> = (0..5_000).map(|n| format!("\"n{n}x\":{n}")).collect();
    feed(&mut worker, &plan, &format!("{{{}}}", names.join(",")), 3);
    assert_eq!(found.paths().paths.len(), PATHS_MAX);
    let long = format!("{{\"{}\":1}}", "n".repeat(60_000));
    feed(&mut worker, &plan, &long, 200);
    let listed = found.paths().paths;
    assert_eq!(listed.len(), PATHS_MAX);
    assert!(listed.iter().all(|p| p.path.len() <= path::BYTES_MAX));
    assert_eq!(listed[0].path, "*");
}

#[test]
fn without_anybody_to_tell_nothing_is_kept() {
    let plan = keeps("a");
    feed(&mut worker(), &plan, r#"{"b":1}"#, 1_000);
    assert_eq!(
        format!("{:?}", UnnamedMembers::default()),
        "UnnamedMembers(..)"
    );
}
