//! Files that must not be one: those that are read, and all that are written.

use crate::cli::{Exit, Failure};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a path names: an existing file by device and inode, a new one by its
/// place.
#[derive(PartialEq, Eq)]
enum Identity {
    File(u64, u64),
    New(PathBuf),
}

/// Refuses to begin when two of `written` are one file, or one of them is what
/// standard input, output or error goes to, or one of `sources`, the policy and
/// its keyrings, `ledger`, or of `read`, the input: making it anew would destroy what it
/// holds. So would rows or messages behind the lines of `ledger`, where standard output or
/// error goes to it.
///
/// # Errors
/// 64, with the path.
pub fn check(
    (sources, ledger): (&[PathBuf], Option<&Path>),
    read: &[PathBuf],
    written: &[PathBuf],
) -> Result<(), Failure> {
    let emptied = "it would be emptied before it is read";
    let overwritten = "one would overwrite the other";
    let streams = [
        (stream(std::io::stdin()), "standard input", emptied),
        (stream(std::io::stdout()), "standard output", overwritten),
        (stream(std::io::stderr()), "standard error", overwritten),
    ];
    let sources: Vec<_> = sources.iter().filter_map(|path| identity(path)).collect();
    let read: Vec<_> = read.iter().filter_map(|path| identity(path)).collect();
    let to = ledger;
    let ledger = ledger.and_then(identity);
    let ledger = ledger.as_ref();
    if let (Some(path), Some(ledger)) = (to, ledger) {
        for (stream, name, _) in &streams[1..] {
            if stream.as_ref() == Some(ledger) {
                let what = format!("{name} goes to the ledger `{}`", path.display());
                return Err(Failure::new(Exit::Usage, what)
                    .why("what was spent could not be read again behind it")
                    .help("send it to another file"));
            }
        }
    }
    let mut seen: Vec<Identity> = Vec::new();
    for path in written {
        let Some(identity) = identity(path) else {
            continue;
        };
        for (stream, name, why) in &streams {
            if stream.as_ref() == Some(&identity) {
                return Err(refused(path, &format!("it is {name} as well")).why(why));
            }
        }
        if sources.contains(&identity) {
            return Err(
                refused(path, "it is the policy or its keyring").why("what it holds would be gone")
            );
        }
        if ledger == Some(&identity) {
            return Err(refused(path, "it is the ledger").why("what was spent would be forgotten"));
        }
        if read.contains(&identity) {
            return Err(refused(path, "it is the input as well").why(emptied));
        }
        if seen.contains(&identity) {
            return Err(refused(path, "two things are to be written to it").why(overwritten));
        }
        seen.push(identity);
    }
    Ok(())
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        format!("cannot write `{}`: {why}", path.display()),
    )
    .help("name another file")
}

/// What a standard stream goes to.
fn stream(stream: impl AsFd) -> Option<Identity> {
    let stat = rustix::fs::fstat(stream).ok()?;
    Some(Identity::File(stat.st_dev, stat.st_ino))
}

/// `None` for what holds nothing: devices and pipes.
fn identity(path: &Path) -> Option<Identity> {
    match std::fs::metadata(path) {
        Ok(found) => found
            .is_file()
            .then(|| Identity::File(found.dev(), found.ino())),
        Err(_) => {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(Identity::New(folder.join(path.file_name()?)))
        }
    }
}
