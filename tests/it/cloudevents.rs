//! The commands of `docs/cloudevents.md`, run in their order in a copy of what they name.

use std::fs;
use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../../docs/cloudevents.md");

/// What a command exits with, and what it prints or does not.
const RUN: &[(&str, i32, &[&str])] = &[
    ("veil keys new ", 0, &["people:1"]),
    (
        "veil test config/cloudevents.yaml",
        0,
        &["6 passed, 0 failed"],
    ),
    (
        "veil apply -p config/cloudevents.yaml ",
        2,
        &[
            "\"time\":\"2026-03-01T10:00:00Z\"",
            "\"data\":{\"plan\":\"business\"}",
        ],
    ),
    (
        "veil test config/cloudevents-binary.yaml",
        0,
        &["6 passed, 0 failed"],
    ),
    (
        "veil apply -p config/cloudevents-binary.yaml ",
        2,
        &["\"ce_type\":\"com.example.plan.changed\"", "bad_frame"],
    ),
];

#[test]
fn every_command_of_the_page_does_what_it_says() {
    let copy = tempfile::tempdir().expect("a folder for the test");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let to = copy.path().join("config");
    fs::create_dir(&to).expect("it is new");
    for file in fs::read_dir(from).expect("it is there") {
        let file = file.expect("it is readable");
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("cloudevents")
        {
            fs::copy(file.path(), to.join(file.file_name())).expect("it can be copied");
        }
    }
    let (_, block) = PAGE.split_once("```sh\n").expect("the page has commands");
    let (block, _) = block.split_once("```").expect("they end");
    let commands: Vec<&str> = block.lines().collect();
    assert_eq!(commands.len(), RUN.len(), "{commands:?}");
    for (command, (start, code, printed)) in commands.into_iter().zip(RUN) {
        assert!(
            command.starts_with(start),
            "`{start}` comes before: {command}"
        );
        let ran = Command::new(env!("CARGO_BIN_EXE_veil"))
            .args(command.split(' ').skip(1))
            .current_dir(copy.path())
            .output()
            .expect("veil runs");
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(ran.status.code(), Some(*code), "{command}: {said}");
        for part in *printed {
            assert!(said.contains(part), "{command}: `{part}` is not in {said}");
        }
        for clear in [
            "jane.doe",
            "Jane Doe",
            "Li Wei",
            "registry.example",
            "otto@",
        ] {
            assert!(
                !said.contains(clear),
                "{command}: `{clear}` came out: {said}"
            );
        }
    }
}
