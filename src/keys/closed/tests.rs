//! A keyring before and after it is wrapped.

use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::salted::Salt;
use crate::keys::{Change, FileKeys, KeyName, KeyRef, KeySource, NewKeys, Passphrase, Wrap};
use crate::keys::{create_or_add, list, verify};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

fn with_passphrase(folder: &Path, text: &str) -> Access {
    let path = folder.join(format!("{}.pass", text.len()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .expect("a file");
    writeln!(file, "{text}").expect("it is written");
    Access {
        group_read: false,
        passphrase: Some(Passphrase::File(path)),
    }
}

fn add(
    path: &Path,
    names: &[&str],
    salt: Option<&Salt>,
    wrap: Wrap,
    access: &Access,
) -> Result<(), KeyError> {
    let names: Vec<KeyName> = names.iter().map(|n| n.parse().expect("a name")).collect();
    let new = NewKeys {
        salt,
        names: &names,
        wrap,
        now: "2026-11-01T00:00:00Z".parse().expect("a time"),
    };
    create_or_add(path, &new, access, &mut OsEntropy).map(|_| ())
}

#[test]
fn the_keys_are_the_same_and_the_file_opens_by_the_passphrase_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keyring.json");
    let open = Access::default();
    add(&path, &["people", "mail"], None, Wrap::Unsaid, &open).expect("made");
    let salt = Salt::new(b"pepper-of-another-tool".to_vec().into()).expect("a salt");
    add(&path, &["salt"], Some(&salt), Wrap::None, &open).expect("made");
    let now = "2026-11-02T00:00:00Z".parse().expect("a time");
    let id = "mail:1".parse().expect("a version");
    let generation = crate::keys::look(&path, &open).expect("read").generation;
    let gone = Change::destroy(&path, &id, generation, true, now, &open).expect("it may go");
    gone.write().expect("written");
    let before = verify(&path, &open).expect("it is whole");
    let was = std::fs::read_to_string(&path).expect("a file");

    let right = with_passphrase(folder.path(), "correct horse");
    assert_eq!(wrap(&path, &right, &mut OsEntropy).expect("wrapped"), 3);
    let is = std::fs::read_to_string(&path).expect("a file");
    let mode = std::fs::metadata(&path)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // Nothing of what was in clear is still there.
    let material = |text: &str| -> Vec<String> {
        let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let keys = json["keys"].as_array().expect("a list").clone();
        let versions = keys
            .iter()
            .flat_map(|k| k["versions"].as_array().expect("a list"));
        versions
            .filter_map(|v| Some(v["material"].as_str()?.to_owned()))
            .collect()
    };
    assert_eq!(material(&was).len(), 2);
    assert!(material(&was).iter().all(|m| !is.contains(m)), "{is}");
    assert_eq!(verify(&path, &right).expect("it is whole"), before);
    assert_eq!(list(&path, &open).expect("no passphrase is needed"), before);
    assert!(verify(&path, &open).is_err());
    assert!(verify(&path, &with_passphrase(folder.path(), "wrong")).is_err());
    let keys = FileKeys::new(right);
    let reference = KeyRef::parse("file:keyring.json#salt", folder.path()).expect("a reference");
    assert_eq!(
        keys.salt(&reference).expect("a salt").expose(),
        salt.expose()
    );
    assert!(!keys.is_in_clear(&reference));
}

#[test]
fn it_is_done_once_and_never_halfway() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keyring.json");
    let open = Access::default();
    let right = with_passphrase(folder.path(), "correct horse");
    assert!(
        wrap(&path, &right, &mut OsEntropy).is_err(),
        "there is none"
    );
    add(&path, &["people"], None, Wrap::None, &open).expect("made");
    let before = std::fs::read(&path).expect("a file");
    // Without a passphrase nothing is changed.
    assert!(matches!(
        wrap(&path, &open, &mut OsEntropy),
        Err(KeyError::NoPassphrase { .. })
    ));
    // Whoever asks for a wrap gets no key in clear.
    let refused = add(&path, &["mail"], None, Wrap::Passphrase, &right).expect_err("in clear");
    assert!(refused.to_string().contains("veil keys wrap"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("a file"), before);

    wrap(&path, &right, &mut OsEntropy).expect("wrapped");
    let again = wrap(&path, &right, &mut OsEntropy).expect_err("twice");
    assert!(again.to_string().contains("already"), "{again}");
    add(&path, &["mail"], None, Wrap::Passphrase, &right).expect("as it is");
    add(&path, &["more"], None, Wrap::Unsaid, &right).expect("as it is");
    assert!(add(&path, &["clear"], None, Wrap::None, &right).is_err());
    assert_eq!(verify(&path, &right).expect("it is whole").len(), 3);
    assert!(!path.with_file_name("keyring.json.new").exists());
}
