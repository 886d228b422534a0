use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::keys::{FileKeys, KeyRef, KeySource, Passphrase, list, verify};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use zeroize::Zeroizing;

fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

fn new<'a>(names: &'a [KeyName], wrap: Wrap) -> NewKeys<'a> {
    NewKeys {
        salt: None,
        names,
        wrap,
        now: now(),
    }
}

fn names(names: &[&str]) -> Vec<KeyName> {
    names.iter().map(|n| n.parse().unwrap()).collect()
}

fn folder_and_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring.json");
    (folder, path)
}

fn with_passphrase(passphrase: &'static str) -> Access {
    Access {
        group_read: false,
        passphrase: Some(Passphrase::Ask(Box::new(move |_| {
            Ok(Zeroizing::new(passphrase.as_bytes().to_vec()))
        }))),
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_salt_is_kept_wrapped_or_not_and_is_no_key() {
    for (wrap, access) in [
        (Wrap::None, Access::default()),
        (Wrap::Passphrase, with_passphrase("correct horse")),
    ] {
        let (_folder, path) = folder_and_path();
        let roots = names(&["people"]);
        create_or_add(&path, &new(&roots, wrap), &access, &mut OsEntropy).unwrap();
        let salt = Salt::new(Zeroizing::new(b"pepper123".to_vec())).unwrap();
        let salts = names(&["salt"]);
        let add = NewKeys {
            salt: Some(&salt),
            ..new(&salts, wrap)
        };
        let made = create_or_add(&path, &add, &access, &mut OsEntropy).unwrap();
        assert_eq!(made[0].kind, KeyKind::Salt);
        assert_eq!(verify(&path, &access).unwrap().len(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("pepper123"));
        assert_ne!(made[0].kcv, Root::new(&[0; 32]).kcv().to_string());

        let keys = FileKeys::new(match wrap {
            Wrap::None | Wrap::Unsaid => Access::default(),
            Wrap::Passphrase => with_passphrase("correct horse"),
        });
        let of = |name: &str| KeyRef {
            file: path.clone(),
            entry: name.parse().unwrap(),
        };
        assert_eq!(keys.salt(&of("salt")).unwrap().expose(), b"pepper123");
        let not = keys.salt(&of("people"));
        assert!(matches!(not, Err(KeyError::NotASalt { .. })), "{not:?}");
        let entry = keys.entry(&of("salt")).unwrap();
        assert!(matches!(entry.oldest(), Err(KeyError::OnlyASalt { .. })));
        assert!(matches!(
            entry.quarantine_public(now()),
            Err(KeyError::OnlyASalt { .. })
        ));
        assert_eq!(entry.check_values().count(), 0);
        // As a root, or at another place, it does not open.
        let as_root = text.replace("\"kind\": \"salt\"", "\"kind\": \"root\"");
        assert_ne!(as_root, text);
        write(&path, &as_root);
        assert!(verify(&path, &access).is_err());
        let empty = text.replace("cGVwcGVyMTIz", "");
        write(&path, &empty);
        assert_eq!(verify(&path, &access).is_err(), wrap == Wrap::None);
    }
}

#[test]
fn a_keyring_is_created_then_added_to() {
    let (_folder, path) = folder_and_path();
    let access = Access::default();
    let made = create_or_add(
        &path,
        &new(&names(&["people", "contact"]), Wrap::None),
        &access,
        &mut OsEntropy,
    )
    .unwrap();
    assert_eq!(made[0].id.to_string(), "people:1");
    assert_eq!(made[0].created, "2026-01-01T00:00:00Z");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    create_or_add(
        &path,
        &new(&names(&["quarantine"]), Wrap::None),
        &access,
        &mut OsEntropy,
    )
    .unwrap();
    let listed = list(&path, &access).unwrap();
    assert_eq!(listed, verify(&path, &access).unwrap());
    assert_eq!(listed[..2], made[..]);
    assert_eq!(listed[2].id.to_string(), "quarantine:1");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"generation\": 2"));

    let keys = FileKeys::new(access);
    let entry = |name| {
        keys.entry(
            &KeyRef::parse(&format!("file:keyring.json#{name}"), path.parent().unwrap()).unwrap(),
        )
    };
    let handle = entry("people").unwrap().oldest().unwrap();
    assert_eq!(handle.root.kcv().to_string(), listed[0].kcv);
    let error = entry("peple").unwrap_err().to_string();
    assert!(
        error.contains("people, contact, quarantine") && error.contains("veil keys new"),
        "{error}"
    );
    assert!(
        !format!("{:?}", entry("people").unwrap())
            .contains(&text[text.find("material").unwrap() + 12..][..43])
    );
}

#[test]
fn a_name_that_exists_changes_nothing() {
    let (folder, path) = folder_and_path();
    let access = Access::default();
    let add =
        |n: &[&str]| create_or_add(&path, &new(&names(n), Wrap::None), &access, &mut OsEntropy);
    add(&["people"]).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(
        add(&["other", "people"]),
        Err(KeyError::Exists { .. })
    ));
    assert!(matches!(
        add(&["other", "other"]),
        Err(KeyError::Exists { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left"
    );
    std::fs::write(path.with_file_name("keyring.json.new"), "").unwrap();
    assert!(
        add(&["other"])
            .unwrap_err()
            .to_string()
            .contains("remove this file")
    );
}

#[test]
fn a_link_is_followed_and_stays_a_link() {
    let (folder, path) = folder_and_path();
    let (near, far) = (
        folder.path().join("near.json"),
        folder.path().join("far.json"),
    );
    std::os::unix::fs::symlink("keyring.json", &near).unwrap();
    std::os::unix::fs::symlink(&near, &far).unwrap();
    let access = Access::default();
    let add = |path: &Path, name: &str| {
        let names = names(&[name]);
        create_or_add(path, &new(&names, Wrap::None), &access, &mut OsEntropy)
    };
    let error = add(&far, "people").unwrap_err();
    assert!(
        matches!(&error, KeyError::NotCreated { .. }) && error.to_string().contains("link"),
        "{error}"
    );
    add(&path, "people").unwrap();
    add(&far, "contact").unwrap();
    for link in [&near, &far] {
        assert!(std::fs::symlink_metadata(link).unwrap().is_symlink());
    }
    assert_eq!(list(&path, &access).unwrap().len(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_passphrase_file_is_closed_to_others_or_a_pipe() {
    let (folder, path) = folder_and_path();
    let file = folder.path().join("pw");
    std::fs::write(&file, "correct horse\n").unwrap();
    let access = |group_read| Access {
        group_read,
        passphrase: Some(Passphrase::File(file.clone())),
    };
    let mode = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o600);
    create_or_add(
        &path,
        &new(&names(&["people"]), Wrap::Passphrase),
        &access(false),
        &mut OsEntropy,
    )
    .unwrap();
    assert!(verify(&path, &with_passphrase("correct horse")).is_ok());
    for (bits, group_read, refused) in [
        (0o604, false, true),
        (0o644, true, true),
        (0o660, true, true),
        (0o640, false, true),
        (0o640, true, false),
        (0o400, false, false),
    ] {
        mode(bits);
        let error = verify(&path, &access(group_read)).err();
        assert_eq!(error.is_some(), refused, "{bits:o} {error:?}");
        if let Some(error) = error {
            let text = error.to_string();
            assert!(matches!(error, KeyError::Access { .. }), "{text}");
            assert!(text.contains("passphrase file") && text.contains("chmod 600"));
        }
    }
    mode(0o600);
    std::fs::remove_file(&file).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &file,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    let to = file.clone();
    let writer = std::thread::spawn(move || std::fs::write(to, "correct horse\n"));
    assert!(verify(&path, &access(false)).is_ok());
    writer.join().unwrap().unwrap();
}

#[test]
fn a_passphrase_opens_its_keyring_and_no_other_does() {
    let (_folder, path) = folder_and_path();
    let right = with_passphrase("correct horse\n");
    create_or_add(
        &path,
        &new(&names(&["people"]), Wrap::Passphrase),
        &right,
        &mut OsEntropy,
    )
    .unwrap();
    create_or_add(
        &path,
        &new(&names(&["contact"]), Wrap::Unsaid),
        &with_passphrase("correct horse\r\n"),
        &mut OsEntropy,
    )
    .unwrap();
    let listed = verify(&path, &with_passphrase("correct horse")).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(
        list(&path, &Access::default()).unwrap(),
        listed,
        "a list needs no passphrase"
    );
    let wrong = with_passphrase("correct horse\n\n");
    assert!(matches!(
        verify(&path, &wrong),
        Err(KeyError::NotUnwrapped { .. })
    ));
    let before = std::fs::read(&path).unwrap();
    let add = new(&[], Wrap::None);
    assert!(create_or_add(&path, &add, &wrong, &mut OsEntropy).is_err());
    assert!(matches!(
        verify(&path, &Access::default()),
        Err(KeyError::NoPassphrase { .. })
    ));
    assert!(matches!(
        verify(&path, &with_passphrase("\n")),
        Err(KeyError::NoPassphrase { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    // Material moved to another name does not unwrap there.
    let text = String::from_utf8(before).unwrap();
    let moved = text.replace("\"people\"", "\"peopel\"");
    write(&path, &moved);
    let error = verify(&path, &right).unwrap_err();
    assert!(
        matches!(&error, KeyError::NotUnwrapped { id, .. } if id.to_string() == "peopel:1"),
        "{error}"
    );
}

#[test]
fn a_keyring_others_can_reach_is_refused() {
    let (folder, path) = folder_and_path();
    create_or_add(
        &path,
        &new(&names(&["people"]), Wrap::None),
        &Access::default(),
        &mut OsEntropy,
    )
    .unwrap();
    let try_mode = |mode, group_read| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let access = Access {
            group_read,
            passphrase: None,
        };
        verify(&path, &access)
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    for mode in [0o600, 0o400, 0o700] {
        assert_eq!(try_mode(mode, false), Ok(()));
    }
    for mode in [0o604, 0o602, 0o601, 0o620, 0o610, 0o660] {
        for group_read in [false, true] {
            let error = try_mode(mode, group_read).unwrap_err();
            assert!(
                error.contains(&format!("mode {mode:04o}")) && error.contains("chmod 600"),
                "{error}"
            );
        }
    }
    assert!(
        try_mode(0o640, false)
            .unwrap_err()
            .contains("--keyring-group-read")
    );
    assert_eq!(try_mode(0o640, true), Ok(()));
    let error = verify(folder.path(), &Access::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("not a regular file"), "{error}");
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(
        verify(&link, &Access::default()).is_ok(),
        "links are followed"
    );
    assert!(
        verify(&folder.path().join("none.json"), &Access::default())
            .unwrap_err()
            .to_string()
            .contains("none.json")
    );
}

const VERSION: &str = r#"{"version":1,"created":"2026-01-01T00:00:00Z","use_from":"1970-01-01T00:00:00Z","state":"active","kcv":"1ad0702965ec1d8d","material":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;

fn keyring(version: &str) -> String {
    format!(
        r#"{{"format":"veil-keyring/1","generation":7,"wrap":{{"kind":"none"}},"keys":[{{"name":"people","kind":"root","versions":[{version}]}}]}}"#
    )
}

#[test]
fn every_doubt_about_a_keyring_is_a_refusal_with_its_reason() {
    let (_folder, path) = folder_and_path();
    let read = |text: &str| {
        write(&path, text);
        verify(&path, &Access::default()).map_err(|e| e.to_string())
    };
    let good = keyring(VERSION);
    assert_eq!(read(&good).unwrap()[0].kcv, "1ad0702965ec1d8d");
    let same_time = VERSION
        .replace("\"version\":1", "\"version\":2")
        .replace("1ad0702965ec1d8d", "0000000000000001");
    let second = VERSION
        .replace("\"version\":1", "\"version\":2")
        .replace("1970-01-01T00", "2026-01-01T00")
        .replace("1ad0702965ec1d8d", "0000000000000000");
    for (from, to, why) in [
        ("veil-keyring/1", "veil-keyring/2", "`veil-keyring/1`"),
        (
            r#""kind":"none""#,
            r#""kind":"aws-kms","key":"x""#,
            "`aws-kms` is not in this version",
        ),
        (r#""kind":"none""#, r#""kind":"magic""#, "no wrap"),
        (
            r#""kind":"none""#,
            r#""kind":"none","extra":1"#,
            "unknown member `extra`",
        ),
        (
            r#""kind":"none""#,
            r#""kind":"none","kind":"none""#,
            "duplicate member `kind`",
        ),
        (
            r#""kind":"none""#,
            r#""kind":"passphrase","kdf":"scrypt""#,
            "argon2id",
        ),
        (
            r#""kind":"none""#,
            r#""kind":"passphrase","kdf":"argon2id","m_kib":64,"t":1,"p":1,"salt":"AAAA""#,
            "16 bytes",
        ),
        (
            "\"generation\":7",
            "\"generation\":7,\"more\":1",
            "unknown member `more`",
        ),
        (
            "\"generation\":7",
            "\"generation\":7,\"generation\":8",
            "duplicate member `generation`",
        ),
        ("\"generation\":7,", "", "missing member `generation`"),
        (
            "\"generation\":7",
            "\"generation\":\"AAECAwQF\"",
            "wrong kind",
        ),
        ("people", "People", "lower-case"),
        ("\"root\"", "\"hmac\"", "`root`, `x25519-public` and `salt`"),
        ("\"version\":1,", "\"version\":0,", "count from 1"),
        ("\"active\"", "\"asleep\"", "active, retired or destroyed"),
        ("\"active\"", "\"destroyed\"", "`material`"),
        ("2026-01-01T00:00:00Z", "yesterday", "`created`"),
        ("1970-01-01T00:00:00Z", "1970-01-01", "`use_from`"),
        (
            "1970-01-01T00:00:00Z",
            "1970-01-02T00:00:00Z",
            "first version",
        ),
        ("1ad0702965ec1d8d", "1ad0702965ec1d8e", "check value"),
        ("1ad0702965ec1d8d", "1AD0702965EC1D8D", "check value"),
        ("\"AAECAw", "\"BAECAw", "check value"),
        ("Hh8\"", "Hh8=\"", "base64url"),
        ("Hh8\"", "Hh9\"", "base64url"),
        ("Hh8\"", "Hg\"", "base64url"),
        ("\"AAECAw", "\"\\u0041AECAw", "wrong kind"),
        (VERSION, "", "no version"),
        ("]}]}", "]}]", "too early"),
        ("{\"format\"", "format", "not JSON"),
        (VERSION, &format!("{VERSION},{VERSION}"), "stands twice"),
        (
            VERSION,
            &format!("{VERSION},{second}"),
            "check value does not fit",
        ),
        (
            VERSION,
            &format!("{VERSION},{same_time}"),
            "does not begin after version 1",
        ),
        (
            VERSION,
            &format!(
                "{},{},{VERSION}",
                second.replace("\"version\":2", "\"version\":3"),
                same_time.replace("1970-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")
            ),
            "people:3: it does not begin after version 2",
        ),
        (
            VERSION,
            &format!(
                "{VERSION},{}",
                VERSION.replace("\"version\":1", "\"version\":2")
            ),
            "same check value",
        ),
        (
            "]}]}",
            &format!("]}},{{\"name\":\"people\",\"kind\":\"root\",\"versions\":[{second}]}}]}}"),
            "`people` stands twice",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let error = read(&bad).unwrap_err();
        assert!(error.contains(why), "{from} → {to}: {error}");
        assert!(error.contains("keyring.json"), "{error}");
        assert!(
            !error.contains("AAECAwQF"),
            "no material in an error: {error}"
        );
    }
    write(&path, "");
    std::fs::write(&path, b"\xff").unwrap();
    assert!(
        verify(&path, &Access::default())
            .unwrap_err()
            .to_string()
            .contains("UTF-8")
    );
}

#[test]
fn a_public_key_seals_and_does_nothing_else() {
    let (_folder, path) = folder_and_path();
    let root = Root::new(&[1; 32]);
    let handle = crate::keys::KeyHandle {
        id: "quarantine:1".parse().unwrap(),
        root: std::sync::Arc::new(root),
    };
    let public = crate::crypto::quarantine::PublicKey::of(&handle);
    let kcv = Root::new(public.bytes()).kcv();
    let material = data_encoding::BASE64URL_NOPAD.encode(public.bytes());
    let version = VERSION
        .replace("1ad0702965ec1d8d", &kcv.to_string())
        .replace("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", &material);
    let text = keyring(&version)
        .replace("people", "quarantine")
        .replace("\"root\"", "\"x25519-public\"");
    write(&path, &text);
    let keys = FileKeys::new(Access::default());
    let entry = keys
        .entry(&KeyRef {
            file: path.clone(),
            entry: "quarantine".parse().unwrap(),
        })
        .unwrap();
    assert_eq!(entry.quarantine_public(now()).unwrap(), public);
    assert!(matches!(entry.oldest(), Err(KeyError::NotARoot { .. })));
    assert!(matches!(
        entry.newest_active(now()),
        Err(KeyError::NotARoot { .. })
    ));
    let zero = Root::new(&[0; 32]).kcv().to_string();
    write(
        &path,
        &text
            .replace(&kcv.to_string(), &zero)
            .replace(&material, &"A".repeat(43)),
    );
    assert!(
        verify(&path, &Access::default())
            .unwrap_err()
            .to_string()
            .contains("X25519")
    );
}
