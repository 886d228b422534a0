//! The policy accepted last, in a folder of its own: so that a restart is no way
//! around what a reload refuses.

use super::super::{Exit, Failure, policy};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use veilstream::files;
use veilstream::keys::KeySource;
use veilstream::policy::PolicyFile;
use veilstream::policy::diff::{KeyInForce, Said};

/// Its name in the folder.
const FILE: &str = "accepted-policy.json";

/// A policy in JSON, where a character takes up to six bytes.
const REMEMBERED_BYTES_MAX: u64 = 8 * files::TEXT_BYTES_MAX;

/// The folder.
pub(super) struct StateDir(PathBuf);

/// What is remembered.
#[derive(serde::Serialize, serde::Deserialize)]
struct Remembered {
    /// Of the policy, as `veil_policy_info` says it.
    digest: String,
    text: String,
    /// SHA-256 of `text`: a file that was cut or changed is no policy.
    text_sha256: String,
    keys: Vec<Key>,
    /// SHA-256 of each table.
    tables: BTreeMap<String, String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Key {
    reference: String,
    codes: Option<u32>,
    seals: Option<u32>,
    public: Option<String>,
    /// By version; a file of an earlier version has none.
    #[serde(default)]
    checks: Option<BTreeMap<u32, String>>,
}

/// The policy accepted last.
pub(super) struct Accepted {
    /// Its digest.
    pub(super) digest: String,
    /// What it says; `None` when this version does not read it.
    pub(super) said: Option<Said>,
}

impl StateDir {
    /// The folder at that path; it is made when it is not there.
    ///
    /// # Errors
    /// 73 when it cannot be made, 77 when others may write into it.
    pub(super) fn open(path: &Path) -> Result<StateDir, Failure> {
        let made = DirBuilder::new().mode(0o700).recursive(true).create(path);
        made.map_err(|e| {
            let help = "make the folder for the user that runs it, or name another as `state_dir`";
            Failure::not_created(path, &e).help(help)
        })?;
        let meta = std::fs::metadata(path)
            .map_err(|e| Failure::unreadable("the state directory", path, &e))?;
        if meta.mode() & 0o022 != 0 {
            let what = format!(
                "the state directory `{}` can be written by others",
                path.display()
            );
            return Err(Failure::new(Exit::NotPermitted, what)
                .why("whoever can write into it decides which policy counts as accepted")
                .help(format!("chmod 700 {}", path.display())));
        }
        Ok(StateDir(path.to_owned()))
    }

    /// The policy accepted last, read as if it lay at `policy`; `None`: none was.
    ///
    /// # Errors
    /// 78 when the file is damaged.
    pub(super) fn read(
        &self,
        policy: &Path,
        keys: &dyn KeySource,
    ) -> Result<Option<Accepted>, Failure> {
        let path = self.0.join(FILE);
        let bytes = match files::bytes(&path, REMEMBERED_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::unreadable("the accepted policy", &path, &e)),
        };
        let damaged = || {
            let what = format!("the accepted policy in `{}` is damaged", path.display());
            Failure::new(Exit::Config, what)
                .why("without it nobody can tell whether the policy of today is weaker")
                .help("compare the policy with the last one of your records by `veil diff`, then delete the file")
        };
        // Whatever it says is not repeated.
        let found: Remembered = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if sha256(&found.text) != found.text_sha256 {
            return Err(damaged());
        }
        let file = PolicyFile {
            path: policy.to_owned(),
            text: found.text,
        };
        let mut compiled = policy::compile_with(&file, keys);
        let check = |(version, hex): (&u32, &String)| Some((*version, from_hex(hex)?));
        let key = |k: Key| {
            let public = match k.public {
                Some(hex) => Some(from_hex(&hex)?),
                None => None,
            };
            let checks = match k.checks {
                Some(list) => Some(list.iter().map(check).collect::<Option<_>>()?),
                None => None,
            };
            Some(KeyInForce {
                reference: k.reference,
                codes: k.codes,
                seals: k.seals,
                public,
                checks,
            })
        };
        let keys: Option<Vec<KeyInForce>> = found.keys.into_iter().map(key).collect();
        let tables: Option<BTreeMap<String, [u8; 32]>> = found
            .tables
            .into_iter()
            .map(|(name, digest)| Some((name, from_hex(&digest)?)))
            .collect();
        let (keys, tables) = keys.zip(tables).ok_or_else(damaged)?;
        Ok(Some(Accepted {
            digest: found.digest,
            said: compiled.said.take().map(|said| said.beside(keys, tables)),
        }))
    }

    /// Remembers a policy: the file is there whole, or the one before is.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(&self, digest: &str, said: &Said) -> io::Result<()> {
        let key = |k: &KeyInForce| Key {
            reference: k.reference.clone(),
            codes: k.codes,
            seals: k.seals,
            public: k.public.map(|p| data_encoding::HEXLOWER.encode(&p)),
            checks: k.checks.as_ref().map(|list| {
                let hex =
                    |(v, check): (&u32, &[u8; 8])| (*v, data_encoding::HEXLOWER.encode(check));
                list.iter().map(hex).collect()
            }),
        };
        let hex = |(name, digest): (&String, &[u8; 32])| {
            (name.clone(), data_encoding::HEXLOWER.encode(digest))
        };
        let remembered = Remembered {
            digest: digest.to_owned(),
            text: said.text().to_owned(),
            text_sha256: sha256(said.text()),
            keys: said.keys().iter().map(key).collect(),
            tables: said.tables().iter().map(hex).collect(),
        };
        let json = serde_json::to_vec_pretty(&remembered)?;
        let new = self.0.join(format!(".{FILE}.new"));
        // What a crash left there.
        match std::fs::remove_file(&new) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&json)?;
        file.sync_all()?;
        std::fs::rename(&new, self.0.join(FILE))?;
        files::sync_folder(&self.0)
    }
}

fn sha256(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&veilstream::crypto::digest::sha256(text.as_bytes()))
}

fn from_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use veilstream::keys::TestKeys;
    use veilstream::policy::diff::diff;

    const POLICY: &str = include_str!("../../../config/minimal.yaml");

    fn said(text: &str) -> Said {
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text: text.to_owned(),
        };
        let mut compiled = policy::compile_with(&file, &TestKeys);
        compiled.said.take().expect("it can be read")
    }

    #[test]
    fn what_was_accepted_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/of/veil");
        let state = StateDir::open(&path).expect("it is made");
        let read = || {
            let found = state.read(Path::new("policy.yaml"), &TestKeys);
            found.expect("it is whole")
        };
        assert!(read().is_none());
        let first = said(POLICY);
        for (digest, said) in [
            ("1", &first),
            ("2", &said(&POLICY.replace("bucket: 10", "bucket: 20"))),
        ] {
            state.write(digest, said).expect("it is written");
            let accepted = read().expect("one was accepted");
            assert_eq!(accepted.digest, digest);
            let back = accepted.said.expect("it can be read");
            assert_eq!(diff(said, &back), []);
            assert_eq!(back.keys(), said.keys());
        }
        let mode = |path: &Path| std::fs::metadata(path).expect("there").mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(FILE)), 0o600);

        // As a version wrote it that knew no check values.
        let whole = std::fs::read_to_string(path.join(FILE)).expect("there");
        let mut old: serde_json::Value = serde_json::from_str(&whole).expect("json");
        for key in old["keys"].as_array_mut().expect("a list") {
            let removed = key.as_object_mut().and_then(|key| key.remove("checks"));
            assert!(removed.is_some_and(|checks| checks["1"].is_string()));
        }
        std::fs::write(path.join(FILE), old.to_string()).expect("it is ours");
        let back = read()
            .and_then(|accepted| accepted.said)
            .expect("it is read");
        assert!(!back.remembers_keys());
        assert_eq!(
            diff(&back, &said(&POLICY.replace("bucket: 10", "bucket: 20"))),
            []
        );
        for damaged in [
            &whole[..whole.len() / 2],
            &whole.replace("bucket: 20", "bucket: 50"),
            "",
        ] {
            std::fs::write(path.join(FILE), damaged).expect("it is ours");
            let found = state.read(Path::new("policy.yaml"), &TestKeys);
            assert_eq!(found.err().map(|f| f.exit), Some(Exit::Config));
        }
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&path, open).expect("it is ours");
        let refused = StateDir::open(&path).err().map(|f| f.exit);
        assert_eq!(refused, Some(Exit::NotPermitted));
    }
}
