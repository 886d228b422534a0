//! One group, one policy: who would divide a stream in silence does not join, or
//! ends and says why; two texts of one policy are told of.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::kafka::{self, Member, await_some};
use crate::traffic::{Dice, policy};
use crate::veil::Veil;

use super::stage::{Load, SETTLE, Stage};

/// The text under another name.
fn renamed(text: &str, name: &str) -> String {
    let at = text
        .find("metadata: { name: ")
        .expect("a policy has a name");
    let (before, rest) = text.split_at(at + "metadata: { name: ".len());
    let end = rest.find(',').expect("and more behind it");
    format!("{before}{name}{}", &rest[end..])
}

fn prefix(text: &str) -> String {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    digest[..16].to_owned()
}

/// Waits until `/readyz` says yes with a note that holds all the words.
fn await_noted(veil: &mut Veil, words: &[&str]) -> String {
    let mut said = String::new();
    let start = Instant::now();
    loop {
        if let Some((status, page)) = veil.page("/readyz") {
            if status == 200 && words.iter().all(|w| page.contains(w)) {
                return page;
            }
            said = format!("{status} {page}");
        }
        let in_time = veil.try_exit().is_none() && start.elapsed() < SETTLE;
        assert!(in_time, "no note of {words:?}: {said}\n{}", veil.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whatever the width at which it was folded.
fn holds(log: &str, words: &[&str]) {
    let unfolded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let log_unfolded = unfolded(log);
    for word in words {
        assert!(
            log_unfolded.contains(&unfolded(word)),
            "`{word}` is not said:\n{log}"
        );
    }
}

#[test]
fn another_policy_does_not_join_and_a_crashed_ones_member_is_waited_for() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "divided", 3);
    let mut first = stage.veil(&[]);
    first.await_ready(SETTLE);
    let mut dice = Dice::announced("divided");
    let load = Load::start(&stage, dice.next(), 4_000, 400);
    stage.await_progress(&mut first, 0);
    let whole = policy(&stage.topics);
    stage.rewrite(&renamed(&whole, "intruder"));
    let begun = Instant::now();
    let mut second = stage.veil(&[]);
    let page = second.await_unready(SETTLE, &["startup failed", "another policy", "12 s"]);
    let status = second.await_exit(SETTLE);
    assert_eq!(status.code(), Some(78), "{page}\n{}", second.log());
    assert!(
        begun.elapsed() >= Duration::from_secs(12),
        "it was not waited for"
    );
    let name = "broker-suite";
    holds(
        &second.log(),
        &["another policy", name, &stage.group, "--group"],
    );
    assert!(
        !second.log().contains("partition assigned"),
        "it has joined: {}",
        second.log()
    );
    let (code, said) = stage.doctor(&stage.group);
    assert_eq!(code, Some(78), "{said}");
    holds(&said, &["failed    group", name, "--group NAME"]);

    // The one that was there first noticed nothing.
    assert_eq!(
        first.page("/readyz").map(|(_, page)| page).as_deref(),
        Some("ready\n")
    );
    load.finish();
    stage.settle();
    first.kill();
    // Its member stays in the group until the session is over.
    let mut third = stage.veil(&[]);
    third.await_unready(SETTLE, &["another policy", "crashed", name]);
    third.await_ready(SETTLE);
    let (code, said) = stage.doctor(&stage.group);
    assert!(matches!(code, Some(0 | 1)), "{said}");
    holds(&said, &["1 member, all of this policy"]);
    let ended = third.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    stage.verdict(4_000);
}

#[test]
fn two_texts_of_a_policy_are_told_and_an_error_when_it_lasts() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "rollout", 4);
    stage.settings("rollout_max: 6s\n");
    let whole = policy(&stage.topics);
    let later = format!("{whole}# later\n");
    let (old, new) = (prefix(&whole), prefix(&later));
    let mut first = stage.veil(&[]);
    first.await_ready(SETTLE);
    stage.rewrite(&later);
    let mut second = stage.veil(&["-c", "veil.yaml"]);
    second.await_ready(SETTLE);
    await_noted(&mut second, &["note: group", &old, &new]);
    // The one that was there sees it too, and has more patience.
    let page = await_noted(&mut first, &["note: group", &old, &new]);
    assert!(!page.contains("rollout_max"), "{page}");
    let page = await_noted(&mut second, &["note: group", "rollout_max"]);
    assert!(page.starts_with("ready\n"), "{page}");
    let log = second.log();
    let errors: Vec<&str> = log.lines().filter(|l| l.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{log}");
    holds(errors[0], &["rollout_max", &old, &new]);
    let told = log.lines().filter(|l| l.contains("a rolling update?"));
    assert_eq!(told.count(), 1, "{log}");
    for (kind, count) in [("own_digest", 1), ("other_digest", 1), ("foreign", 0)] {
        let members = second
            .metrics()
            .sum("veil_group_members", &[("kind", kind)]);
        assert_eq!(members, count, "{kind}");
    }

    // Reloaded, the first has had both: whoever starts under the new one is no
    // surprise to it, though its own client id still carries the old one.
    first.signal(rustix::process::Signal::HUP);
    await_some("the reload", SETTLE, || {
        let labels = [("outcome", "applied")];
        let applied = first.metrics().sum("veil_policy_reloads_total", &labels);
        (applied == 1).then_some(())
    });
    let mut third = stage.veil(&[]);
    third.await_ready(SETTLE);
    // Its note goes with the reload; that it has seen the third is another look.
    await_some(
        "the first one to count all three as its own",
        SETTLE,
        || {
            let own = [("kind", "own_digest")];
            let members = first.metrics().sum("veil_group_members", &own);
            (members == 3).then_some(())
        },
    );
    await_some("the first one's note to go", SETTLE, || {
        let (_, page) = first.page("/readyz")?;
        (page == "ready\n").then_some(())
    });
    for veil in [first, second, third] {
        let ended = veil.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
}

#[test]
fn beside_another_program_nothing_is_joined_and_nothing_goes_on() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "foreign", 4);
    let join = || Member::join(cluster, &stage.group, &stage.topics.source, "billing-2");
    let words = ["without a policy", "billing-2", &stage.group, "--group"];
    let member = join();
    let mut veil = stage.veil(&[]);
    let status = veil.await_exit(SETTLE);
    assert_eq!(status.code(), Some(78), "{}", veil.log());
    holds(&veil.log(), &words);
    let (code, said) = stage.doctor(&stage.group);
    assert_eq!(code, Some(78), "{said}");
    holds(&said, &words);
    drop(member);

    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    let mut dice = Dice::announced("foreign");
    let load = Load::start(&stage, dice.next(), 2_000, 200);
    stage.await_progress(&mut veil, 0);
    await_some("a look that shows it alone", SETTLE, || {
        let own = [("kind", "own_digest")];
        (veil.metrics().sum("veil_group_members", &own) == 1).then_some(())
    });
    let member = join();
    await_noted(
        &mut veil,
        &["note: group", "without a policy", "there first"],
    );
    let status = veil.await_exit(SETTLE);
    assert_eq!(status.code(), Some(78), "{}", veil.log());
    holds(&veil.log(), &words);
    drop(member);
    load.finish();
}

#[test]
fn a_member_that_nobody_describes_is_found_out_by_who_joins_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "newer", 2);
    let member = Member::join_by_the_newer_protocol(cluster, &stage.group, &stage.topics.source);
    let mut veil = stage.veil(&[]);
    let status = veil.await_exit(SETTLE);
    assert_eq!(status.code(), Some(78), "{}", veil.log());
    holds(
        &veil.log(),
        &["group.protocol=consumer", &stage.group, "--group"],
    );
    // What it leaves behind is nobody's.
    drop(member);
    let mut veil = stage.veil(&[]);
    await_some("the group to be seen", SETTLE, || {
        let (_, page) = veil.page("/readyz")?;
        let own = [("kind", "own_digest")];
        let seen = veil.metrics().sum("veil_group_members", &own) == 1;
        (seen && page == "ready\n").then_some(())
    });
    assert_eq!(veil.terminate().code, Some(0));
}

#[test]
fn a_group_that_may_not_be_seen_is_said_with_the_command() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "hidden", 1);
    let _member = Member::join(cluster, &stage.group, &stage.topics.source, "billing");
    kafka::hide_group(cluster, &stage.group);
    let veil = stage.veil(&[]);
    await_some("the warning", SETTLE, || {
        let log = veil.log();
        let command = format!("--operation Describe --group {}", stage.group);
        (log.contains("cannot be seen") && log.contains(&command)).then_some(())
    });
}
