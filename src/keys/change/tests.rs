use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::keys::{
    FileKeys, KeyRef, KeySource, NewKeys, Passphrase, Pick, Wrap, create_or_add, list, look, verify,
};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

fn now() -> Timestamp {
    "2026-01-01T00:00:30Z".parse().unwrap()
}

fn in_hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn id(text: &str) -> KeyId {
    text.parse().unwrap()
}

/// A keyring with the roots `people` and `other`.
fn keyring(wrap: Wrap, access: &Access) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring.json");
    let names: Vec<KeyName> = ["people", "other"].map(|n| n.parse().unwrap()).into();
    let new = NewKeys {
        salt: None,
        names: &names,
        wrap,
        now: now(),
    };
    create_or_add(&path, &new, access, &mut OsEntropy).unwrap();
    (folder, path)
}

fn rotate(path: &Path, from: Option<Timestamp>, access: &Access) -> Result<Listed, KeyError> {
    let name = "people".parse().unwrap();
    Change::rotate(path, &name, from, now(), access, &mut OsEntropy)?.write()
}

fn retire(path: &Path, key: &str, leave_none: bool, now: Timestamp) -> Result<Listed, KeyError> {
    Change::retire(path, &id(key), leave_none, now, &Access::default())?.write()
}

fn destroy(path: &Path, key: &str) -> Result<Listed, KeyError> {
    let access = Access::default();
    let generation = look(path, &access)?.generation;
    Change::destroy(path, &id(key), generation, false, now(), &access)?.write()
}

fn picked(path: &Path, pick: Pick, now: Timestamp) -> Result<u32, KeyError> {
    let key_ref = KeyRef {
        file: path.to_owned(),
        entry: "people".parse().unwrap(),
    };
    let entry = FileKeys::new(Access::default()).entry(&key_ref)?;
    Ok(entry.pick(pick, now)?.id.version())
}

#[test]
fn a_key_lives_and_dies() {
    let access = Access::default();
    let (_folder, path) = keyring(Wrap::None, &access);
    let second = rotate(&path, None, &access).unwrap();
    assert_eq!(second.id.to_string(), "people:2");
    // Half a minute past the hour: the next full minute.
    assert_eq!(second.use_from, "2026-01-01T01:01:00Z");
    assert_eq!(look(&path, &access).unwrap().generation, 2);
    assert_eq!(
        list(&path, &access).unwrap(),
        verify(&path, &access).unwrap()
    );
    assert_eq!(picked(&path, Pick::Newest, in_hours(1)).unwrap(), 1);
    assert_eq!(picked(&path, Pick::Newest, in_hours(2)).unwrap(), 2);
    assert_eq!(picked(&path, Pick::First, in_hours(2)).unwrap(), 1);

    let early = retire(&path, "people:1", false, now()).unwrap_err();
    assert!(early.to_string().contains("is in force"), "{early}");
    let retired = retire(&path, "people:1", false, in_hours(2)).unwrap();
    assert_eq!(retired.state, KeyState::Retired);
    assert_eq!(picked(&path, Pick::First, in_hours(2)).unwrap(), 1);
    assert!(matches!(
        picked(&path, Pick::Newest, now()),
        Err(KeyError::NotInForce { version: 2, .. })
    ));
    let again = retire(&path, "people:1", false, in_hours(2)).unwrap_err();
    assert!(again.to_string().contains("retired already"), "{again}");

    let before: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let gone = destroy(&path, "people:1").unwrap();
    assert_eq!(gone.state, KeyState::Destroyed);
    let text = std::fs::read_to_string(&path).unwrap();
    let material = before["keys"][0]["versions"][0]["material"]
        .as_str()
        .unwrap();
    assert!(!text.contains(material));
    let after: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(after["generation"], 4);
    assert_eq!(
        after["keys"][0]["versions"][1], before["keys"][0]["versions"][1],
        "the other version stays as it was"
    );
    assert_eq!(after["keys"][1], before["keys"][1]);
    for pick in [Pick::First, Pick::Pinned(1)] {
        assert!(matches!(
            picked(&path, pick, in_hours(2)),
            Err(KeyError::Destroyed { .. })
        ));
    }
    assert_eq!(picked(&path, Pick::Newest, in_hours(2)).unwrap(), 2);
    let again = destroy(&path, "people:1").unwrap_err();
    assert!(again.to_string().contains("destroyed already"), "{again}");
    assert!(retire(&path, "people:1", true, in_hours(2)).is_err());
    // A new version still comes after all there were.
    let third = rotate(&path, Some(in_hours(48)), &access).unwrap();
    assert_eq!(third.id.to_string(), "people:3");
}

#[test]
fn a_version_begins_an_hour_ahead_and_after_the_last() {
    let access = Access::default();
    let (_folder, path) = keyring(Wrap::None, &access);
    let text = || std::fs::read_to_string(&path).unwrap();
    let before = text();
    let hour = Some(in_hours(1));
    let soon = in_hours(1) - SignedDuration::from_nanos(1);
    for from in [soon, now(), Timestamp::UNIX_EPOCH, Timestamp::MIN] {
        let error = rotate(&path, Some(from), &access).unwrap_err().to_string();
        assert!(error.contains("an hour"), "{error}");
    }
    assert_eq!(text(), before);
    assert_eq!(
        rotate(&path, hour, &access).unwrap().use_from,
        "2026-01-01T01:00:30Z"
    );
    for from in [hour, None] {
        match (from, rotate(&path, from, &access)) {
            (Some(_), Err(error)) => {
                let error = error.to_string();
                assert!(error.contains("does not begin after version 2"), "{error}");
            }
            // The full minute is half a minute later.
            (None, Ok(third)) => assert_eq!(third.use_from, "2026-01-01T01:01:00Z"),
            (_, other) => panic!("{other:?}"),
        }
    }
    let error = rotate(&path, None, &access).unwrap_err().to_string();
    assert!(error.contains("after version 3"), "{error}");
}

#[test]
fn the_last_version_in_force_is_retired_only_aloud() {
    let access = Access::default();
    let (_folder, path) = keyring(Wrap::None, &access);
    let error = retire(&path, "people:1", false, now()).unwrap_err();
    let error = error.to_string();
    for part in ["people:1", "veil keys rotate people", "--leave-none-active"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error = destroy(&path, "people:1").unwrap_err().to_string();
    for part in ["people:1", "veil keys rotate people", "--leave-none-active"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    // One that has not begun does not count.
    rotate(&path, None, &access).unwrap();
    assert!(destroy(&path, "people:1").is_err());
    assert!(retire(&path, "people:1", false, now()).is_err());
    assert!(retire(&path, "people:2", false, now()).is_ok());
    assert!(retire(&path, "people:1", true, now()).is_ok());
    assert!(matches!(
        picked(&path, Pick::Newest, in_hours(9)),
        Err(KeyError::NoActive { .. })
    ));
}

#[test]
fn what_is_not_there_is_said() {
    let access = Access::default();
    let (folder, path) = keyring(Wrap::None, &access);
    let error = destroy(&path, "people:7").unwrap_err().to_string();
    assert!(error.contains("no version 7; it has: 1"), "{error}");
    let error = destroy(&path, "peple:1").unwrap_err().to_string();
    assert!(error.contains("it has: people, other"), "{error}");
    let nowhere = folder.path().join("none.json");
    assert!(matches!(
        rotate(&nowhere, None, &access),
        Err(KeyError::Io { .. })
    ));
    // Half-written by a tool that does not rename.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    for error in [
        rotate(&path, None, &access).unwrap_err(),
        destroy(&path, "people:1").unwrap_err(),
    ] {
        assert!(error.to_string().contains("ends too early"), "{error}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn two_writers_never_lose_each_other_s_change() {
    let access = Access::default();
    let (folder, path) = keyring(Wrap::None, &access);
    let name = "people".parse().unwrap();
    let change =
        |path: &Path| Change::rotate(path, &name, None, now(), &Access::default(), &mut OsEntropy);
    let seen = look(&path, &access).unwrap().generation;
    let first = change(&path).unwrap();
    let second = change(&path).err().unwrap().to_string();
    assert!(second.contains("another `veil keys`"), "{second}");
    // The lock is taken away by hand, and the first writer comes back.
    std::fs::remove_file(folder.path().join("keyring.json.new")).unwrap();
    let hasty = change(&path).unwrap();
    let error = first.write().unwrap_err().to_string();
    assert!(error.contains("somebody else"), "{error}");
    assert_eq!(hasty.write().unwrap().id.to_string(), "people:2");
    assert_eq!(verify(&path, &access).unwrap().len(), 3);
    // What was looked at before is no longer what would be destroyed.
    let error = Change::destroy(&path, &id("people:1"), seen, true, now(), &access);
    let error = error.err().unwrap().to_string();
    assert!(error.contains("has changed since"), "{error}");
    // Somebody edits the file while a change waits.
    let waiting = Change::destroy(&path, &id("people:1"), seen + 1, true, now(), &access).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"retired\"", "\"active\"") + "\n").unwrap();
    let error = waiting.write().unwrap_err().to_string();
    assert!(error.contains("somebody else"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn many_rotations_at_once_leave_every_version_there() {
    let access = Access::default();
    let (_folder, path) = keyring(Wrap::None, &access);
    let done = std::sync::atomic::AtomicI64::new(0);
    std::thread::scope(|scope| {
        for at in 0..4 {
            let (path, done) = (&path, &done);
            scope.spawn(move || {
                for n in 0..20 {
                    let from = Some(in_hours(2 + n * 4 + at));
                    if rotate(path, from, &Access::default()).is_ok() {
                        done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let done = done.into_inner();
    assert!(done > 0);
    let people = verify(&path, &access).unwrap();
    let people = people.iter().filter(|l| l.id.name().as_str() == "people");
    assert_eq!(people.count() as i64, 1 + done);
    assert_eq!(look(&path, &access).unwrap().generation as i64, 1 + done);
}

#[test]
fn who_may_read_the_keyring_may_read_the_next_one() {
    let access = Access {
        group_read: true,
        passphrase: None,
    };
    let (_folder, path) = keyring(Wrap::None, &access);
    for mode in [0o640, 0o600, 0o400] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let owner = |path: &Path| {
            let m = std::fs::metadata(path).unwrap();
            (m.uid(), m.gid())
        };
        let before = owner(&path);
        let last = list(&path, &access).unwrap();
        let last = last_of(&last, &"people".parse().unwrap()).begins();
        let from = last.max(now()) + SignedDuration::from_hours(2);
        rotate(&path, Some(from), &access).unwrap();
        let after = std::fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(after, mode | 0o600);
        assert_eq!(owner(&path), before);
    }
}

#[test]
fn a_wrapped_keyring_is_rotated_with_its_passphrase_and_ended_without() {
    let with = |passphrase: &'static str| Access {
        group_read: false,
        passphrase: Some(Passphrase::Ask(Box::new(move |_| {
            Ok(Zeroizing::new(passphrase.as_bytes().to_vec()))
        }))),
    };
    let right = with("correct horse");
    let (_folder, path) = keyring(Wrap::Passphrase, &right);
    assert!(matches!(
        rotate(&path, None, &Access::default()),
        Err(KeyError::NoPassphrase { .. })
    ));
    assert!(matches!(
        rotate(&path, None, &with("wrong")),
        Err(KeyError::NotUnwrapped { .. })
    ));
    rotate(&path, None, &right).unwrap();
    retire(&path, "people:1", false, in_hours(2)).unwrap();
    destroy(&path, "people:1").unwrap();
    let listed = verify(&path, &right).unwrap();
    let states: Vec<&str> = listed.iter().map(|l| l.state.as_str()).collect();
    assert_eq!(states, ["destroyed", "active", "active"]);
}
