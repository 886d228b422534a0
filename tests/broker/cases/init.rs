//! `veil init --from-topic`: a draft out of a topic, which is left as it was.

use crate::kafka::{self, Isolation, Outgoing, ends, group_names};
use crate::traffic::MARK;
use crate::veil::Home;

#[test]
fn a_draft_comes_out_of_a_topic_and_nothing_is_committed() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let topic = "init-from-topic.raw";
    kafka::create(cluster, topic, 3, &[]);
    let records = (0..60).map(|n| Outgoing {
        partition: n % 3,
        value: Some(
            format!(
                r#"{{"user_id":"{MARK}-{n}","email":"{MARK}{n}@example.com","age_{}":1}}"#,
                if n < 30 { "old" } else { "new" }
            )
            .into_bytes(),
        ),
        ..Outgoing::default()
    });
    kafka::produce(cluster, topic, records);
    let before = ends(cluster, topic, Isolation::Uncommitted);
    let home = Home::new("");
    let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
    let init = |more: &[&str]| {
        let mut command = home.command();
        command.args(["init", "--from-topic", topic, "-X", &bootstrap]);
        let ran = command.args(more).output().expect("veil runs");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        let draft = String::from_utf8(ran.stdout).expect("text");
        assert_eq!(ran.status.code(), Some(0), "{said}");
        assert!(
            !said.contains(MARK) && !draft.contains(MARK),
            "{said}{draft}"
        );
        (draft, said)
    };
    for (end, other, which) in [
        ("newest", "age_old", "age_new"),
        ("oldest", "age_new", "age_old"),
    ] {
        let (draft, said) = init(&["--limit", "30", "--end", end]);
        assert!(said.contains("30 record(s) read"), "{said}");
        assert!(
            draft.contains(which) && !draft.contains(other),
            "{end}: {draft}"
        );
        assert!(draft.contains("topic: init-from-topic.raw\n"), "{draft}");
        assert!(draft.contains("normalize: email"), "{draft}");
    }
    let (_, said) = init(&[]);
    assert!(said.contains("60 record(s) read"), "{said}");
    assert_eq!(ends(cluster, topic, Isolation::Uncommitted), before);
    let groups = group_names(cluster, "veil-quarantine");
    assert!(groups.is_empty(), "{groups:?}");
}
