//! Files that are looked at now and then: a policy, its keyrings and tables.
//! Looked at, not listened to: a mounted volume switches links far away from the
//! name, and a file on a network tells nobody.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So often.
pub(super) const EVERY: Duration = Duration::from_millis(500);
/// So long without a further change, and a change is over.
pub(super) const SETTLED: Duration = Duration::from_millis(250);

/// How a file looked, behind every link; `None`: it was not there.
type Look = Option<[i128; 5]>;

/// What was seen last of some files.
#[derive(Default)]
pub(super) struct Watched {
    seen: BTreeMap<PathBuf, Look>,
}

impl Watched {
    /// Looks at these files; a file that was not among them counts as seen.
    pub(super) fn look(&mut self, files: &[PathBuf]) -> bool {
        let mut changed = false;
        let mut seen = BTreeMap::new();
        for path in files {
            let now = look(path);
            changed |= self.seen.get(path).is_some_and(|before| *before != now);
            seen.insert(path.clone(), now);
        }
        self.seen = seen;
        changed
    }
}

fn look(path: &Path) -> Look {
    let meta = std::fs::metadata(path).ok()?;
    let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Some([
        meta.dev().into(),
        meta.ino().into(),
        meta.size().into(),
        time(meta.mtime(), meta.mtime_nsec()),
        time(meta.ctime(), meta.ctime_nsec()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_way_to_change_a_file_is_seen_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).expect("written");
        write("a", "one");
        write("first", "policy");
        symlink("first", at("link")).expect("a link");
        symlink("link", at("policy")).expect("a link to a link");
        let files = [at("a"), at("policy"), at("later")];
        let mut watched = Watched::default();
        assert!(!watched.look(&files), "what is there at first is no change");
        assert!(!watched.look(&files));
        let mut changes = |what: &str| {
            assert!(watched.look(&files), "{what}");
            assert!(!watched.look(&files), "{what}, once");
        };
        write("a", "longer than one");
        changes("written anew");
        write("a.new", "longer than one");
        fs::rename(at("a.new"), at("a")).expect("renamed");
        changes("renamed over");
        fs::File::create(at("a")).expect("cut");
        changes("cut to nothing");
        write("second", "policy");
        symlink("second", at("link.new")).expect("a link");
        fs::rename(at("link.new"), at("link")).expect("renamed");
        changes("a link in between leads elsewhere");
        write("later", "there now");
        changes("made");
        fs::remove_file(at("later")).expect("there");
        changes("removed");
        assert!(
            !watched.look(&files[..1]),
            "what is asked for no more is no change"
        );
        assert!(!watched.look(&files), "nor is what is asked for anew");
    }
}
