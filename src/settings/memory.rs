//! How much memory there is: sizes as people write them, and the cgroup's limit.

use std::path::{Path, PathBuf};

/// The budget when nobody says otherwise.
pub(crate) const MEMORY_DEFAULT_BYTES: u64 = 256 << 20;
/// Memory of the table of what people decided, unless it is said.
pub(crate) const STATE_MEMORY_DEFAULT_BYTES: u64 = 128 << 20;

/// Share of the cgroup's limit that the budget may take; the rest is for one
/// response per broker, its decompressed form, code and stacks.
const SHARE_PERCENT: u64 = 60;

/// The tightest memory limit of the control groups the process is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CgroupLimit {
    /// The limit in bytes.
    pub bytes: u64,
    /// The file that says so.
    pub from: PathBuf,
}

impl CgroupLimit {
    /// The most that the budget may take of it.
    pub(crate) const fn share(&self) -> u64 {
        self.bytes / 100 * SHARE_PERCENT
    }

    /// Asks the kernel; `None` when there is no limit.
    pub fn of_this_process() -> Option<CgroupLimit> {
        let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        Self::tightest(Path::new("/sys/fs/cgroup"), &groups)
    }

    /// The tightest limit on the way from the process's group up to `root`.
    ///
    /// `groups` is the text of `/proc/self/cgroup`. Inside a container the
    /// group's own path may not exist under `root`; the root itself then is
    /// the container's group.
    pub(crate) fn tightest(root: &Path, groups: &str) -> Option<CgroupLimit> {
        let mut files = vec![
            root.join("memory.max"),
            root.join("memory/memory.limit_in_bytes"),
        ];
        for line in groups.lines() {
            let mut parts = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
                continue;
            };
            let (base, file) = match controllers {
                "" => (root.to_owned(), "memory.max"),
                c if c.split(',').any(|c| c == "memory") => {
                    (root.join("memory"), "memory.limit_in_bytes")
                }
                _ => continue,
            };
            let mut group = base.join(path.trim_start_matches('/'));
            while group.starts_with(&base) {
                files.push(group.join(file));
                if !group.pop() {
                    break;
                }
            }
        }
        files
            .into_iter()
            .filter_map(|from| {
                let bytes = std::fs::read_to_string(&from).ok()?.trim().parse().ok()?;
                // The first version of control groups writes "no limit" as a huge number.
                (bytes < 1 << 60).then_some(CgroupLimit { bytes, from })
            })
            .min_by_key(|limit| limit.bytes)
    }
}

/// A size: a number of bytes, or a number with `KiB`, `MiB` or `GiB`.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    let shift = match text[digits..].trim_start() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

/// A size as people read it.
pub fn show_size(bytes: u64) -> String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes >= 1 << shift && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    bytes.to_string()
}
