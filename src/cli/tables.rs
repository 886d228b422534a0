//! Tables from files beside a policy.

use std::cell::RefCell;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use veilstream::action::{TABLE_BYTES_MAX, TableError, TableName, TableSource};
use veilstream::files;

/// The files in the folder of a policy, and below it. A symbolic link may lead
/// from one to another, as in a mounted volume, but not out of the folder.
pub struct FileTables {
    folder: PathBuf,
    read: RefCell<Vec<PathBuf>>,
}

impl FileTables {
    /// Those beside the policy at that path.
    pub fn beside(policy: &Path) -> FileTables {
        let folder = policy.parent().filter(|f| !f.as_os_str().is_empty());
        FileTables {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            read: RefCell::default(),
        }
    }

    /// The files that were read so far.
    pub fn files(&self) -> Vec<PathBuf> {
        self.read.borrow().clone()
    }
}

impl TableSource for FileTables {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let named = self.folder.join(name.as_str());
        let folder = self.folder.canonicalize()?;
        let path = named.canonicalize().map_err(|e| match e.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => TableError::Missing,
            _ => TableError::Io(e),
        })?;
        if !path.starts_with(&folder) {
            return Err(TableError::Outside);
        }
        if !path.metadata()?.is_file() {
            return Err(TableError::NotAFile);
        }
        let mut bytes = Vec::new();
        let file = files::open(&path)?;
        file.take(TABLE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        self.read.borrow_mut().push(named);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_table_lies_beside_the_policy_or_below_and_nowhere_else() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("policies");
        std::fs::create_dir_all(folder.join("lists")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(folder.join(path), text).unwrap();
        write("a.csv", "a");
        write("lists/b.csv", "b");
        std::fs::write(around.path().join("secret.csv"), "secret").unwrap();
        // As a volume of Kubernetes is mounted.
        symlink("lists/b.csv", folder.join("linked.csv")).unwrap();
        symlink("../secret.csv", folder.join("out.csv")).unwrap();
        let tables = FileTables::beside(&folder.join("policy.yaml"));
        let read = |name: &str| tables.read(&TableName::parse(name).unwrap());
        assert_eq!(read("a.csv").unwrap(), b"a");
        assert_eq!(read("lists/b.csv").unwrap(), b"b");
        assert_eq!(read("linked.csv").unwrap(), b"b");
        assert!(matches!(read("out.csv"), Err(TableError::Outside)));
        assert!(matches!(read("no.csv"), Err(TableError::Missing)));
        assert!(matches!(read("a.csv/b"), Err(TableError::Missing)));
        assert!(matches!(read("lists"), Err(TableError::NotAFile)));
        let names: Vec<_> = tables
            .files()
            .iter()
            .map(|f| f.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["a.csv", "b.csv", "linked.csv"]);
    }

    #[test]
    fn of_a_table_without_end_one_byte_too_many_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.csv");
        std::fs::File::create(&path)
            .unwrap()
            .set_len(TABLE_BYTES_MAX * 2)
            .unwrap();
        let tables = FileTables::beside(&folder.path().join("policy.yaml"));
        let read = tables.read(&TableName::parse("long.csv").unwrap()).unwrap();
        assert_eq!(read.len() as u64, TABLE_BYTES_MAX + 1);
    }
}
