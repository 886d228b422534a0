//! Tables that lie beside a test's policy.

use std::path::PathBuf;

use veilstream::action::{TableError, TableName, TableSource};

/// The files of a folder.
pub struct Beside(pub PathBuf);

impl TableSource for Beside {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let file = self.0.join(name.as_str());
        match file.is_file() {
            true => Ok(std::fs::read(file)?),
            false => Err(TableError::Missing),
        }
    }
}
