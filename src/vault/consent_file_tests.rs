//! The file: what is found is what was written, or nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::consent::state::Decision;
use crate::record::SubjectId;

const NOW_MS: i64 = 1_772_409_600_000;

fn who(n: u8) -> SubjectId {
    SubjectId([n.wrapping_mul(151); 16])
}

fn under() -> Under {
    Under {
        identity: identity(&[b"key", b"json"]),
        topic: "veil.shop.consent".to_owned(),
    }
}

struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn written() -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.consent");
    let mut table = Table::default();
    for n in 0..200 {
        let decision = match n % 2 {
            0 => Decision::Denied,
            _ => Decision::Granted { until_ms: None },
        };
        table.decide(who(n), "Ads", Some(decision)).unwrap();
    }
    let snapshot = table.publish(NOW_MS);
    write(&path, &under(), &[7, 0, 12], NOW_MS, &snapshot).unwrap();
    Written {
        _folder: folder,
        path,
    }
}

#[test]
fn what_is_found_is_what_was_written() {
    let file = written();
    let mut found = load(&file.path, &under()).ok().unwrap();
    assert_eq!(
        (found.positions, found.written_ms),
        (vec![7, 0, 12], NOW_MS)
    );
    assert_eq!(found.table.people(), 200);
    let now = found.table.publish(NOW_MS);
    for n in 0..200 {
        let bits = now.bits(now.of(who(n)).profile, &["Ads".to_owned()], NOW_MS);
        assert_eq!(bits, if n % 2 == 0 { (0, 1) } else { (1, 0) });
    }
    // Its owner's alone, and nothing lies beside it.
    let mode = fs::metadata(&file.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let beside = fs::read_dir(file.path.parent().unwrap()).unwrap();
    assert_eq!(beside.count(), 1);
}

#[test]
fn a_later_one_takes_its_place_also_where_a_killed_process_left_half_a_one() {
    let file = written();
    let left = file.path.with_extension("consent.new");
    fs::write(&left, b"half").unwrap();
    let snapshot = Table::default().publish(NOW_MS);
    write(&file.path, &under(), &[1, 2], NOW_MS + 1, &snapshot).unwrap();
    let found = load(&file.path, &under()).ok().unwrap();
    assert_eq!((found.positions, found.table.people()), (vec![1, 2], 0));
    assert!(!left.exists());
}

#[test]
fn one_that_is_cut_at_any_byte_or_changed_in_any_is_damaged() {
    let file = written();
    let whole = fs::read(&file.path).unwrap();
    let spoilt = |bytes: &[u8]| {
        fs::write(&file.path, bytes).unwrap();
        load(&file.path, &under()).err()
    };
    let mut cuts: Vec<usize> = (0..200).collect();
    cuts.extend((200..whole.len()).step_by(1_411));
    for length in cuts {
        assert!(spoilt(&whole[..length]).is_some(), "cut to {length}");
    }
    let mut places: Vec<usize> = (0..150).collect();
    places.extend((150..whole.len()).step_by(1_997));
    places.extend(whole.len() - 33..whole.len());
    for at in places {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(spoilt(&changed).is_some(), "changed at {at}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(matches!(spoilt(&longer), Some(Unusable::Damaged)));
    assert!(spoilt(&whole).is_none());
}

#[test]
fn one_of_another_key_topic_or_version_is_another() {
    let file = written();
    let mut other = under();
    other.identity = identity(&[b"keyj", b"son"]);
    assert!(matches!(load(&file.path, &other), Err(Unusable::Other)));
    let mut other = under();
    other.topic.push('2');
    assert!(matches!(load(&file.path, &other), Err(Unusable::Other)));
    let mut next = fs::read(&file.path).unwrap();
    next[7] = b'2';
    fs::write(&file.path, next).unwrap();
    assert!(matches!(load(&file.path, &under()), Err(Unusable::Foreign)));
    let missing = file.path.with_extension("nothing");
    assert!(matches!(load(&missing, &under()), Err(Unusable::Missing)));
}

#[test]
fn one_that_others_may_write_or_read_is_not_trusted() {
    let file = written();
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(load(&file.path, &under()), Err(Unusable::Shared)));
    }
}
