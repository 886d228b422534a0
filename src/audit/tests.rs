use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::kdf::{KeyHandle, Root};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

fn begin(path: &Path) -> Result<Audit, AuditError> {
    let intent = Intent {
        command: "decrypt",
        why: Some("ticket 7"),
        about: &[("keyring", "keyring.json".to_owned())],
        ..Intent::default()
    };
    Audit::begin(path, &intent, now(), &mut OsEntropy)
}

fn done() -> CommandEnd {
    CommandEnd {
        done: true,
        failed: 0,
    }
}

fn key() -> KeyHandle {
    KeyHandle {
        id: "people:1".parse().unwrap(),
        root: Arc::new(Root::new(&[7; 32])),
    }
}

/// A folder, and in it a log of two commands.
fn log() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    for _ in 0..2 {
        let mut audit = begin(&path).unwrap();
        let mut batch = Batch::default();
        batch.add(&key(), Value::Text("SECRET"));
        batch.add(&key(), Value::Text("SECRET"));
        audit.values(&mut batch, now()).unwrap();
        audit.values(&mut batch, now()).unwrap();
        audit.end(done(), now()).unwrap();
    }
    (folder, path)
}

fn broken(path: &Path) -> Broken {
    verify(path, None).unwrap().unwrap_err()
}

#[test]
fn a_command_leaves_what_it_did_and_no_value() {
    let (_folder, path) = log();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("SECRET"));
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<&str> = lines.iter().map(|l| l["event"].as_str().unwrap()).collect();
    let one = ["begin", "values", "end"];
    assert_eq!(events, [&["log"][..], &one, &one].concat());
    assert_eq!(lines[0]["format"], "veil-audit/1");
    assert_eq!(lines[1]["command"], "decrypt");
    assert_eq!(lines[1]["why"], "ticket 7");
    assert_eq!(lines[1]["about"]["keyring"], "keyring.json");
    assert_eq!(lines[1]["who"]["uid"], rustix::process::geteuid().as_raw());
    assert_eq!(lines[1]["time"], "2026-01-01T00:00:00.000Z");
    assert_eq!(lines[2]["opened"][0]["key"], "people:1");
    let values = lines[2]["opened"][0]["values"].as_array().unwrap();
    assert_eq!(values.len(), 2);
    assert_eq!(values[0], values[1]);
    assert_eq!(
        (&lines[3]["count"], &lines[3]["done"]),
        (&2.into(), &true.into())
    );
    assert!(lines[1..4].iter().all(|l| l["run"] == lines[1]["run"]));
    assert_ne!(lines[1]["run"], lines[4]["run"]);
    // Members stand in one order: the bytes are what is hashed.
    assert!(text.starts_with(r#"{"seq":0,"time":"2026-01-01T00:00:00.000Z","event":"log","#));

    let whole = verify(&path, None).unwrap().unwrap();
    assert_eq!((whole.lines, whole.commands, whole.without_end), (7, 2, 0));
    let last = text.lines().last().unwrap();
    assert_eq!(whole.head, Hash::of(last.as_bytes()));
}

#[test]
fn a_killed_command_is_one_without_end() {
    let (_folder, path) = log();
    drop(begin(&path).unwrap());
    let whole = verify(&path, None).unwrap().unwrap();
    assert_eq!((whole.commands, whole.without_end), (3, 1));
}

#[test]
fn every_change_in_the_middle_is_found_at_its_line() {
    let (_folder, path) = log();
    let good = std::fs::read(&path).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let write = |lines: &[&str]| std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    for at in 0..lines.len() - 1 {
        // A line is taken out.
        let mut less = lines.clone();
        less.remove(at);
        write(&less);
        assert_eq!(broken(&path).line, at as u64 + 1);
        // Two change places.
        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        write(&swapped);
        assert_eq!(broken(&path).line, at as u64 + 1);
        // A word is another.
        let other = lines[at].replace("2026", "2025");
        let mut changed = lines.clone();
        changed[at] = &other;
        write(&changed);
        assert_eq!(broken(&path).line, at as u64 + 2, "found by the next line");
    }
    // Any bit of what has a line behind it.
    let end = text.rfind(lines.last().unwrap()).unwrap();
    for at in 0..end {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 7);
        std::fs::write(&path, &bad).unwrap();
        assert!(verify(&path, None).unwrap().is_err(), "byte {at}");
    }
}

#[test]
fn an_end_that_was_cut_off_is_told_by_a_noted_head_alone() {
    let (_folder, path) = log();
    let text = std::fs::read_to_string(&path).unwrap();
    let head = verify(&path, None).unwrap().unwrap().head;
    let cut: Vec<&str> = text.lines().take(4).collect();
    std::fs::write(&path, cut.join("\n") + "\n").unwrap();
    assert!(verify(&path, None).unwrap().is_ok());
    let found = verify(&path, Some(head)).unwrap().unwrap_err();
    assert_eq!(found.line, 5);
    assert!(found.why.contains("cut off"), "{found:?}");
    // A head that was noted earlier is still there when the log has grown.
    std::fs::write(&path, &text).unwrap();
    begin(&path).unwrap().end(done(), now()).unwrap();
    assert!(verify(&path, Some(head)).unwrap().is_ok());
    // One letter less is seen without it.
    std::fs::write(&path, &text[..text.len() - 1]).unwrap();
    assert!(broken(&path).why.contains("cut"));
    std::fs::write(&path, "").unwrap();
    assert!(broken(&path).why.contains("empty"));
}

#[test]
fn nothing_begins_behind_a_broken_end() {
    let (_folder, path) = log();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let skipped = [&lines[..5], &lines[6..]].concat();
    let again = [&lines[..], &lines[6..]].concat();
    for (bad, why) in [
        (text[..text.len() - 1].to_owned(), "is cut"),
        (text.clone() + "{", "is cut"),
        (text.clone() + "\n", "none of an audit log"),
        (text.clone() + "{}\n", "none of an audit log"),
        (joined(&skipped), "does not follow"),
        (joined(&again), "does not follow"),
        (joined(&lines[1..2]), "does not follow"),
        ("x".repeat(5 << 20), "is cut"),
    ] {
        std::fs::write(&path, &bad).unwrap();
        let error = begin(&path).err().unwrap();
        assert!(
            matches!(&error, AuditError::Broken { .. }) && error.to_string().contains(why),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
    }
}

#[test]
fn what_others_can_reach_is_no_place_for_evidence() {
    let (folder, path) = log();
    let refused = |path: &Path| begin(path).err().unwrap().to_string();
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    for bits in [0o644, 0o620, 0o601, 0o660] {
        mode(bits);
        let error = refused(&path);
        assert!(error.contains("chmod 600"), "{error}");
    }
    mode(0o600);
    let other = folder.path().join("other.jsonl");
    symlink(&path, &other).unwrap();
    assert!(refused(&other).contains("is a link"));
    std::fs::remove_file(&other).unwrap();
    symlink(folder.path().join("nowhere"), &other).unwrap();
    assert!(refused(&other).contains("is a link"));
    assert!(!folder.path().join("nowhere").exists());
    std::fs::remove_file(&other).unwrap();
    std::fs::hard_link(&path, &other).unwrap();
    assert!(refused(&path).contains("second name"));
    std::fs::remove_file(&other).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &other, rustix::fs::Mode::RUSR).unwrap();
    for path in [folder.path(), &other, Path::new("/dev/full")] {
        let error = refused(path);
        assert!(error.contains("not a regular file"), "{error}");
    }
    assert!(refused(&folder.path().join("no/audit.jsonl")).contains("open the audit log"));
    assert!(begin(&path).is_ok());
}

#[test]
fn a_log_that_is_taken_away_under_a_command_ends_it() {
    let (_folder, path) = log();
    let text = std::fs::read_to_string(&path).unwrap();
    let whole_lines: Vec<&str> = text.lines().take(4).collect();
    let audit = begin(&path).unwrap();
    std::fs::write(&path, whole_lines.join("\n") + "\n").unwrap();
    let error = audit.end(done(), now()).unwrap_err();
    assert!(error.to_string().contains("cut while in use"), "{error}");
    let audit = begin(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let error = audit.end(done(), now()).unwrap_err();
    assert!(
        error.to_string().contains("removed while in use"),
        "{error}"
    );
}

#[test]
fn many_at_once_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    begin(&path).unwrap().end(done(), now()).unwrap();
                }
            });
        }
    });
    let whole = verify(&path, None).unwrap().unwrap();
    assert_eq!(
        (whole.lines, whole.commands, whole.without_end),
        (321, 160, 0)
    );
}

#[test]
fn a_line_that_would_not_be_read_back_is_not_written() {
    let (_folder, path) = log();
    let before = std::fs::read(&path).unwrap();
    let long = "x".repeat(2 << 20);
    let intent = Intent {
        command: "decrypt",
        why: Some(&long),
        ..Intent::default()
    };
    assert!(Audit::begin(&path, &intent, now(), &mut OsEntropy).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

fn release() -> Release {
    Release {
        topic: "public".to_owned(),
        policy: "shop@3".to_owned(),
        digest: "ab".repeat(32),
        set: Some("cd".repeat(32)),
        set_key: Some("state:1".to_owned()),
        read: vec![Read {
            topic: "raw".to_owned(),
            partition: 2,
            from: 7,
            to: 57,
        }],
        records: 40,
        persons: 38,
        classes: Some(Classes {
            k: 10,
            count: 3,
            persons_min: 11,
            ncp: 0.25,
            gcp: 0.3,
            floors: vec![Floor {
                field: "plan".to_owned(),
                demands: "distinct: 2".to_owned(),
                reached: 3.0,
            }],
        }),
        left_out: [("over_cap".to_owned(), 2)].into(),
    }
}

#[test]
fn a_release_is_in_it_before_it_leaves_and_once_it_has() {
    let (_folder, path) = log();
    let mut audit = begin(&path).unwrap();
    for number in 0..2 {
        assert_eq!(audit.release(release(), now()).unwrap(), number);
    }
    audit.left(1, now()).unwrap();
    audit.end(done(), now()).unwrap();
    assert!(verify(&path, None).unwrap().is_ok());
    let (runs, broken) = list(&path).unwrap();
    assert_eq!(broken, None);
    let listed = &runs[2].releases;
    let left: Vec<_> = listed.iter().map(|l| (l.number, l.has_left)).collect();
    assert_eq!(left, [(0, false), (1, true)]);
    assert_eq!(listed[0].release, release());
    assert!(runs[0].releases.is_empty());
    // Figures that somebody made nicer are found.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replacen("\"persons_min\":11", "\"persons_min\":12", 1),
    )
    .unwrap();
    assert!(self::broken(&path).line > 7);
}

/// As many partitions as there may be, with names as long as they may be.
#[test]
fn a_release_of_very_many_partitions_is_written_and_listed_whole() {
    let (_folder, path) = log();
    let read = |count: i32| -> Vec<Read> {
        let each = (0..count).map(|partition| Read {
            topic: "t".repeat(249),
            partition,
            from: i64::MAX - 1,
            to: i64::MAX,
        });
        each.collect()
    };
    let mut audit = begin(&path).unwrap();
    let all = [0, 999, 1_000, 12_345];
    for count in all {
        let release = Release {
            read: read(count),
            ..release()
        };
        audit.release(release, now()).unwrap();
    }
    audit.left(3, now()).unwrap();
    audit.end(done(), now()).unwrap();
    assert!(verify(&path, None).unwrap().is_ok());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.lines().all(|line| line.len() < line::LINE_MAX / 2));
    assert_eq!(text.matches("\"event\":\"covers\"").count(), 1 + 12);
    let (runs, broken) = list(&path).unwrap();
    assert_eq!(broken, None);
    let listed = &runs[2].releases;
    for (listed, count) in listed.iter().zip(all) {
        assert_eq!(listed.release.read, read(count));
    }
    assert!(listed[3].has_left);
    // Whoever was killed between the lines has released nothing.
    let mut lines: Vec<&str> = text.lines().collect();
    let last = lines
        .iter()
        .rposition(|line| line.contains("\"event\":\"release\""))
        .unwrap();
    lines.truncate(last);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let (runs, broken) = list(&path).unwrap();
    assert_eq!((runs[2].releases.len(), broken), (3, None));
}

#[test]
fn what_was_not_composed_has_not_left() {
    let (_folder, path) = log();
    let mut audit = begin(&path).unwrap();
    audit.left(0, now()).unwrap();
    let (_, broken) = list(&path).unwrap();
    assert!(broken.unwrap().why.contains("not composed"));
}

#[test]
fn whoever_reads_a_log_holds_up_nobody_who_writes_and_sees_what_stood_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    std::fs::write(&path, "one\n").expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
    let mut reading = verify::open(&path).expect("it is there");
    let writer = std::fs::OpenOptions::new().append(true).open(&path);
    let mut writer = writer.expect("it is ours");
    writer.try_lock().expect("nobody holds it");
    writer.write_all(b"two\n").expect("written");
    let mut read = String::new();
    reading.read_to_string(&mut read).expect("read");
    assert_eq!(read, "one\n");
}
