//! Landlock: what this process may do to files.

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus,
};
use std::path::Path;

/// Written to by the question for a passphrase, and by nobody.
const DEVICES: [&str; 2] = ["/dev/tty", "/dev/null"];

/// From now on this thread, and all that it starts, write only below `writable`
/// and run no file. Reading stays: certificates and name servers are read again
/// whenever a client is made anew (Linux documentation, userspace-api/landlock).
///
/// # Errors
/// That the kernel has no Landlock, or less of it than that.
pub(super) fn confine(writable: &[&Path]) -> Result<(), String> {
    let failed = |error: RulesetError| error.to_string();
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(denied())
        .map_err(|_| "the kernel has no Landlock (5.13 or newer, `lsm=…,landlock`)".to_owned())?
        .create()
        .and_then(|mut ruleset| {
            let places = writable
                .iter()
                .copied()
                .map(|path| (path, denied() & !AccessFs::Execute));
            let devices = DEVICES
                .iter()
                .map(|path| (Path::new(path), AccessFs::WriteFile.into()));
            for (path, access) in places.chain(devices) {
                // A path that is not there cannot be written to either.
                if let Ok(open) = PathFd::new(path) {
                    ruleset = ruleset.add_rule(PathBeneath::new(open, access))?;
                }
            }
            ruleset.restrict_self()
        })
        .map_err(failed)?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("the kernel has no Landlock".to_owned()),
        _ => Ok(()),
    }
}

/// To change the file system in any way of the first version of Landlock, and to
/// run a file of it.
fn denied() -> BitFlags<AccessFs> {
    AccessFs::from_write(ABI::V1) | AccessFs::Execute
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::ErrorKind;

    /// A thread alone is confined, so that the other tests are not.
    #[test]
    fn only_what_is_named_can_be_written() {
        let home = tempfile::tempdir().unwrap();
        let (state, other) = (home.path().join("state"), home.path().join("other"));
        fs::create_dir(&state).unwrap();
        fs::write(&other, "before").unwrap();
        let confined = std::thread::spawn(move || {
            confine(&[&state])?;
            fs::write(state.join("accepted"), "x").unwrap();
            fs::rename(state.join("accepted"), state.join("kept")).unwrap();
            let denied = |outcome: std::io::Result<()>| {
                assert_eq!(outcome.unwrap_err().kind(), ErrorKind::PermissionDenied);
            };
            denied(fs::write(&other, "after"));
            denied(fs::write(other.with_extension("new"), "x"));
            denied(fs::remove_file(&other));
            assert_eq!(fs::read_to_string(&other).unwrap(), "before");
            fs::write("/dev/null", "x").unwrap();
            Ok::<(), String>(())
        });
        if let Err(why) = confined.join().unwrap() {
            println!("SKIPPED: THIS KERNEL CONFINES NO FILES: {why}");
        }
    }
}
