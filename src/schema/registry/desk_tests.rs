use std::collections::HashMap;

use super::*;
use crate::schema::frame::{MessagePath, Part};
use crate::schema::registry::call::Kind;
use crate::schema::registry::call::Schema;
use crate::schema::registry::testing::{Plan, SECOND, Scene, key, lane};

fn scene() -> Scene {
    Scene::new(Rules::default())
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

#[test]
fn what_is_found_is_bound_and_what_leaves_is_registered_once() {
    let mut scene = scene();
    scene.registry.has(1, "a");
    scene.ask(0, 1);
    scene.ask(1, 1);
    let told = scene.run(SECOND, false);
    assert_eq!(told, [(0, 1, How::Known), (1, 1, How::Known)]);
    let made = scene.known(1).expect("it is known").expect("it is ready");
    assert_eq!(
        (made.plan, &*made.text, &*made.ids),
        (1, "a", &[1_001, 1_002][..])
    );
    let calls: Vec<&str> = scene
        .calls
        .iter()
        .map(|(_, c)| c.split('(').next().unwrap())
        .collect();
    let each = ["LookUp", "Check", "Register"];
    let wanted: Vec<&str> = ["Schema"].into_iter().chain(each).chain(each).collect();
    assert_eq!(calls, wanted);
    // Asked again by somebody else, nothing is called.
    scene.ask(2, 1);
    assert_eq!(scene.run(SECOND, false), [(2, 1, How::Known)]);
    assert_eq!(scene.calls.len(), 7);
    // And where it is registered already it is only looked up.
    let mut other = Scene::new(Rules {
        registers: false,
        ..Rules::default()
    });
    other.registry = std::mem::take(&mut scene.registry);
    other.registry.closed.extend(["clean-value", "short-value"]);
    other.ask(0, 1);
    other.run(SECOND, false);
    assert_eq!(
        other.known(1).expect("known").expect("ready").ids,
        [1_001, 1_002]
    );
    assert_eq!(other.calls.len(), 3);
}

#[test]
fn references_are_brought_together() {
    let mut scene = scene();
    scene.registry.has(1, "a");
    scene.registry.refers(1, "b");
    scene.registry.has(2, "b");
    scene
        .registry
        .subjects
        .insert("b".to_owned(), vec![(2, "b".to_owned())]);
    scene.ask(0, 1);
    assert_eq!(scene.run(SECOND, true), [(0, 1, How::Known)]);
    assert!(scene.known(1).expect("known").is_ok());
    // A circle can never be whole.
    scene.registry.has(3, "c");
    scene.registry.refers(3, "c");
    scene
        .registry
        .subjects
        .insert("c".to_owned(), vec![(3, "c".to_owned())]);
    scene.ask(0, 3);
    assert_eq!(scene.run(SECOND, true), [(0, 3, How::Known)]);
    assert_eq!(scene.known(3), Some(Err(Refusal::Unusable)));
    let complaint = scene.desk.complaint().expect("it is said");
    assert!(complaint.contains("references lead back"), "{complaint}");
    assert_eq!(scene.desk.complaint(), None);
}

#[test]
fn what_no_registry_has_is_asked_for_during_a_minute_then_refused_for_one() {
    let mut scene = scene();
    scene.ask(0, 9);
    assert_eq!(scene.run(Duration::from_millis(59_900), true), []);
    assert_eq!(scene.desk.waiting(), 1);
    let asks = scene.calls.len();
    assert!((12..40).contains(&asks), "{asks} in a minute");
    assert_eq!(scene.run(SECOND, true), [(0, 9, How::Known)]);
    assert_eq!(scene.known(9), Some(Err(Refusal::Unknown)));
    let (refused_at, asks) = (scene.passed(), scene.calls.len());
    assert!(refused_at < Duration::from_millis(60_100), "{refused_at:?}");
    // Refused: it is not asked for, and the lane goes on.
    scene.run(SECOND * 50, false);
    assert_eq!(scene.calls.len(), asks);
    scene.run(SECOND * 11, false);
    assert_eq!(scene.known(9), None);
    assert_eq!(scene.desk.refused(), [1, 0, 0]);
}

#[test]
fn a_producer_that_registers_late_loses_nothing() {
    let mut scene = scene();
    scene.ask(0, 9);
    assert_eq!(scene.run(SECOND * 40, true), []);
    scene.registry.has(9, "late");
    assert_eq!(scene.run(SECOND * 6, true), [(0, 9, How::Known)]);
    assert!(scene.known(9).expect("known").is_ok());
}

#[test]
fn a_thousand_invented_ids_cost_a_lane_one_minute() {
    let mut scene = scene();
    for id in 1..=1_000 {
        scene.ask(0, id);
        let told = scene.run(minutes(2), true);
        // The first is waited for as long as any is; of the others this lane alone knows.
        let (how, known) = match id {
            1 => (How::Known, Some(Err(Refusal::Unknown))),
            _ => (How::GivenUp, None),
        };
        assert_eq!((&told[..], scene.known(id)), (&[(0, id, how)][..], known));
    }
    assert_eq!(scene.desk.refused(), [1_000, 0, 0]);
    let passed = scene.passed();
    assert!(passed < SECOND * 62, "{passed:?}");
    // Ten minutes later it may wait again.
    scene.run(minutes(10), false);
    let before = scene.passed();
    scene.ask(0, 2_000);
    scene.run(minutes(2), true);
    assert!(scene.passed() - before >= SECOND * 60);
}

#[test]
fn a_lane_without_a_ration_does_not_take_that_of_another() {
    let mut scene = scene();
    scene.ask(0, 1);
    scene.run(minutes(2), true);
    // Lane 1 waits for a schema that comes late; lane 0 has no time left.
    scene.ask(1, 2);
    assert_eq!(scene.run(SECOND * 2, true), []);
    scene.ask(0, 2);
    assert_eq!(scene.run(SECOND, true), [(0, 2, How::GivenUp)]);
    assert_eq!(scene.known(2), None);
    scene.registry.has(2, "late");
    assert_eq!(scene.run(SECOND * 30, true), [(1, 2, How::Known)]);
    assert!(scene.known(2).expect("known").is_ok());
}

/// Or whoever writes to one partition could have the records of another refused, of a schema
/// that is registered a moment later.
#[test]
fn a_lane_without_a_ration_says_nothing_to_others() {
    let mut scene = scene();
    scene.ask(0, 1);
    scene.run(minutes(2), true);
    scene.ask(0, 2);
    assert_eq!(scene.run(SECOND, true), [(0, 2, How::GivenUp)]);
    assert_eq!(scene.known(2), None);
    scene.ask(1, 2);
    assert_eq!(scene.run(SECOND * 2, true), []);
    scene.registry.has(2, "late");
    assert_eq!(scene.run(SECOND * 30, true), [(1, 2, How::Known)]);
    assert!(scene.known(2).expect("known").is_ok());
}

#[test]
fn a_schema_that_cannot_be_used_is_refused_at_once_and_complained_of_once() {
    let mut scene = scene();
    scene.registry.has(1, "unusable");
    let wrong = Schema {
        kind: Kind::Json,
        ..scene.registry.schemas[&1].clone()
    };
    scene.registry.schemas.insert(2, wrong);
    scene.registry.has(3, "no schema");
    for id in 1..=3 {
        scene.ask(0, id);
        assert_eq!(scene.run(SECOND, true), [(0, id, How::Known)]);
        assert_eq!(scene.known(id), Some(Err(Refusal::Unusable)));
        assert!(
            scene
                .desk
                .complaint()
                .is_some_and(|c| c.contains("schema_unusable"))
        );
    }
    scene.run(SECOND * 61, false);
    scene.ask(0, 1);
    assert_eq!(scene.run(SECOND, true), [(0, 1, How::Known)]);
    assert_eq!(scene.known(1), Some(Err(Refusal::Unusable)));
    assert_eq!(scene.desk.complaint(), None);
    assert_eq!(scene.desk.refused(), [0, 4, 0]);
}

#[test]
fn what_is_not_compatible_is_refused_and_told_as_long_as_it_is_not() {
    let mut scene = scene();
    scene.registry.has(1, "a");
    scene.registry.closed.insert("short-value");
    scene
        .registry
        .subjects
        .insert("short-value".to_owned(), vec![(5, "old".to_owned())]);
    scene.ask(0, 1);
    assert_eq!(scene.run(SECOND, true), [(0, 1, How::Known)]);
    assert_eq!(scene.known(1), Some(Err(Refusal::Incompatible)));
    assert_eq!(
        scene.desk.incompatible().collect::<Vec<_>>(),
        ["short-value"]
    );
    assert!(
        scene
            .desk
            .complaint()
            .is_some_and(|c| c.contains("`short-value`"))
    );
    scene.registry.closed.clear();
    scene.run(SECOND * 61, false);
    assert_eq!(scene.desk.incompatible().count(), 0);
    scene.ask(0, 1);
    scene.run(SECOND, true);
    assert!(scene.known(1).expect("known").is_ok());
}

#[test]
fn an_outage_is_waited_out_and_told_with_its_place_and_cause() {
    for why in [
        Why::Status(401),
        Why::Status(403),
        Why::Status(429),
        Why::Status(500),
        Why::TimedOut,
        Why::Tls,
        Why::Unreachable,
        Why::Unlike("no JSON"),
    ] {
        let mut scene = scene();
        scene.registry.has(1, "a");
        scene.registry.down = Some(why);
        scene.ask(0, 1);
        assert_eq!(scene.run(minutes(60), true), [], "{why:?}");
        let asks = scene.calls.len();
        assert!((120..300).contains(&asks), "{why:?}: {asks} in an hour");
        let gaps = scene.calls.windows(2).map(|w| w[1].0 - w[0].0);
        assert!(
            gaps.max()
                .is_some_and(|gap| gap <= SECOND * 30 + scene.takes)
        );
        let trouble = scene.desk.trouble().expect("it is told").to_string();
        assert!(trouble.contains("http://registry:8081: "), "{trouble}");
        scene.registry.down = None;
        assert_eq!(scene.run(SECOND * 31, true), [(0, 1, How::Known)]);
        assert!(scene.known(1).expect("known").is_ok());
        assert_eq!(scene.desk.trouble(), None);
    }
}

#[test]
fn an_outage_never_uses_up_the_wait_for_what_is_not_there() {
    let mut scene = scene();
    scene.ask(0, 1);
    assert_eq!(scene.run(SECOND * 30, true), []);
    scene.registry.down = Some(Why::Unreachable);
    assert_eq!(scene.run(minutes(30), true), []);
    scene.registry.down = None;
    assert_eq!(scene.run(SECOND * 25, true), []);
    assert_eq!(scene.run(SECOND * 45, true), [(0, 1, How::Known)]);
    assert_eq!(scene.known(1), Some(Err(Refusal::Unknown)));
}

#[test]
fn an_outage_may_be_given_an_end() {
    let mut scene = Scene::new(Rules {
        outage_wait: Some(SECOND * 90),
        ..Rules::default()
    });
    scene.registry.down = Some(Why::Status(503));
    scene.ask(0, 1);
    assert_eq!(scene.run(Duration::from_millis(89_900), true), []);
    assert_eq!(scene.run(SECOND, true), [(0, 1, How::Known)]);
    assert_eq!(scene.known(1), Some(Err(Refusal::Unknown)));
}

#[test]
fn trouble_with_one_schema_keeps_no_other() {
    let mut scene = scene();
    scene.registry.has(2, "b");
    scene.registry.down_for.insert(1, Why::Status(500));
    scene.ask(0, 1);
    scene.ask(1, 2);
    assert_eq!(scene.run(SECOND, true), [(1, 2, How::Known)]);
    // Nor is it asked for without end while others are answered.
    let before = scene.calls.len();
    for id in 10..60 {
        scene.registry.has(id, "c");
        scene.ask(1, id);
        scene.run(SECOND, true);
    }
    let in_trouble = scene.calls[before..]
        .iter()
        .filter(|(_, c)| c.contains("Number(1)"));
    let (asks, passed) = (in_trouble.count(), scene.passed());
    assert!(asks <= 5, "{asks} in {passed:?}");
}

#[test]
fn what_may_not_be_registered_is_an_outage_that_names_the_subject() {
    let mut scene = Scene::new(Rules {
        registers: false,
        ..Rules::default()
    });
    scene.registry.has(1, "a");
    scene.ask(0, 1);
    assert_eq!(scene.run(minutes(5), true), []);
    let trouble = scene.desk.trouble().expect("it is told");
    assert_eq!(
        (trouble.why, trouble.subject.as_deref()),
        (Why::NotRegistered, Some("clean-value"))
    );
    for subject in ["clean", "short"] {
        let text = format!("{subject} of a under 1");
        scene
            .registry
            .subjects
            .insert(format!("{subject}-value"), vec![(5, text)]);
    }
    assert_eq!(scene.run(SECOND * 31, true), [(0, 1, How::Known)]);
    assert_eq!(scene.known(1).expect("known").expect("ready").ids, [5, 5]);
}

#[test]
fn no_more_than_sixty_four_schemas_are_asked_for_at_a_time() {
    let mut scene = scene();
    scene.registry.down = Some(Why::TimedOut);
    for partition in 0..200 {
        scene.ask(partition, 1 + partition as u32);
    }
    scene.run(minutes(10), false);
    let asked: HashSet<&str> = scene.calls.iter().map(|(_, call)| &**call).collect();
    assert_eq!(asked.len(), ASKED_MAX);
    (1..=200).for_each(|id| scene.registry.has(id, "a"));
    scene.registry.down = None;
    let told = scene.run(minutes(2), false);
    assert_eq!(told.len(), 200);
}

#[test]
fn who_has_left_is_told_nothing_and_nobody_is_asked_for_them() {
    let mut scene = scene();
    scene.registry.down = Some(Why::TimedOut);
    scene.ask(0, 1);
    scene.run(SECOND * 5, false);
    scene.desk.leave(&lane(0), scene.now);
    let asks = scene.calls.len();
    assert_eq!(scene.run(minutes(5), false), []);
    assert_eq!((scene.calls.len(), scene.desk.waiting()), (asks, 0));
    assert_eq!(scene.desk.trouble(), None);
    // What was on its way to be told is not told either.
    scene.registry.down = None;
    scene.registry.has(1, "a");
    scene.ask(0, 1);
    while scene.desk.bindings().get(&key(1)).is_none() {
        if let Next::Call(call) = scene.desk.next(scene.now) {
            let outcome = scene.registry.answer(&call);
            scene.desk.answered(outcome, &scene.url, scene.now);
        }
    }
    scene.desk.leave(&lane(0), scene.now);
    assert_eq!(scene.desk.told(), None);
}

#[test]
fn under_another_policy_all_is_bound_anew_without_asking_for_texts() {
    let mut scene = scene();
    (1..=3).for_each(|id| scene.registry.has(id, &format!("text {id}")));
    for id in 1..=2 {
        scene.ask(0, id);
        scene.run(SECOND, true);
    }
    // One is on its way when the policy comes.
    scene.ask(0, 3);
    for _ in 0..3 {
        if let Next::Call(call) = scene.desk.next(scene.now) {
            let outcome = scene.registry.answer(&call);
            scene.desk.answered(outcome, &scene.url, scene.now);
        }
    }
    let before = scene.calls.len();
    scene.desk.replace(Plan(2), scene.now);
    assert_eq!(scene.known(1), None, "nothing of the other policy is shown");
    assert_eq!(scene.run(SECOND, true), [(0, 3, How::Known)]);
    scene.run(SECOND, false);
    for id in 1..=3 {
        let made = scene.known(id).expect("known").expect("ready");
        assert_eq!((made.plan, made.text), (2, format!("text {id}")));
    }
    let texts = scene.calls[before..]
        .iter()
        .filter(|(_, c)| c.starts_with("Schema"));
    assert_eq!(texts.count(), 0);
}

#[test]
fn subjects_are_bound_ahead() {
    let mut scene = scene();
    scene.registry.has(1, "a");
    scene.registry.has(2, "unusable");
    for (subject, id) in [("one-value", 1), ("two-value", 2), ("three-value", 1)] {
        scene
            .registry
            .subjects
            .insert(subject.to_owned(), vec![(id, "x".to_owned())]);
    }
    let subject = |name: &str| Subject {
        part: Part::Value,
        name: name.into(),
        message: MessagePath::FIRST,
    };
    for name in ["one-value", "two-value", "three-value", "none-value"] {
        scene.desk.warm(subject(name), scene.now);
    }
    scene.ask(0, 1);
    assert_eq!(scene.run(SECOND, false), [(0, 1, How::Known)]);
    let mut came = HashMap::new();
    while let Some(warmed) = scene.desk.warmed() {
        came.insert(warmed.subject.name.to_string(), warmed.came);
    }
    assert_eq!(came["one-value"], Ok(Some(key(1))));
    assert_eq!(came["three-value"], Ok(Some(key(1))));
    assert_eq!(came["none-value"], Ok(None));
    assert!(matches!(&came["two-value"], Err((Refusal::Unusable, why)) if why.contains("`mask`")));
    let registers = scene
        .calls
        .iter()
        .filter(|(_, c)| c.starts_with("Register"));
    assert_eq!(registers.count(), 2, "it was bound once");
}
