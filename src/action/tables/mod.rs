//! Tables from files beside the policy: word lists, hierarchies.

pub(crate) mod csv;
pub(crate) mod hierarchy;
pub(crate) mod list;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crypto::kdf::TooLong;
use crate::keys::KeyError;
use crate::language::finding::Span;

/// Most bytes of one table.
pub const TABLE_BYTES_MAX: u64 = 64 << 20;

/// A table that an action asks for.
#[derive(Clone, Copy, Debug)]
pub struct TableUse<'a> {
    /// The file, as the policy names it.
    pub name: &'a str,
    /// Where the policy says so.
    pub span: Span,
}

/// Where tables come from.
pub trait TableSource {
    /// The bytes of the table of that name; of one that is longer than
    /// [`TABLE_BYTES_MAX`] at least one byte more than that.
    ///
    /// # Errors
    /// When it cannot be had.
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError>;
}

/// No table is to be had: for policies that name none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTables;

impl TableSource for NoTables {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Err(TableError::Missing)
    }
}

/// The name of a file in the policy's folder or below it: `countries.csv`,
/// `lists/names.txt`. What it names is the same wherever policy and tables are
/// put, so that the policy's digest says all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName(String);

impl TableName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is absolute, leads up (`..`), or is not of plain parts.
    pub fn parse(text: &str) -> Result<TableName, TableError> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' '))
        };
        let fits = text.len() <= 255 && text.split('/').all(plain);
        fits.then(|| TableName(text.to_owned()))
            .ok_or(TableError::Name)
    }

    /// As the policy writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a table cannot be used. Never holds what stands in the file.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is no name of a file beside a policy.
    #[error("a policy names files in its own folder or below it")]
    Name,
    /// There is no such file.
    #[error("there is no such file beside the policy")]
    Missing,
    /// It leads out of the policy's folder, by a symbolic link.
    #[error("the file lies outside the policy's folder: a symbolic link leads there")]
    Outside,
    /// It is a folder, a pipe, a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is longer than [`TABLE_BYTES_MAX`].
    #[error("the file is longer than 64 MiB")]
    TooLarge,
    /// It is no text.
    #[error("the file is not UTF-8 text: byte {at} fits no character")]
    NotUtf8 {
        /// From 0.
        at: usize,
    },
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// What stands in it is not what the action takes.
    #[error("line {line}: {why}")]
    Content {
        /// From 1.
        line: usize,
        /// What is wrong; never a value of the file.
        why: String,
        /// What to do.
        fix: String,
    },
}

impl TableError {
    /// What to do.
    pub fn fix(&self) -> String {
        match self {
            TableError::Name => "put the file there, and write its name like `countries.csv` or `lists/names.txt`: no `..`, nothing absolute or hidden".to_owned(),
            TableError::Missing => "put the file there, or correct the name, which is relative to the policy".to_owned(),
            TableError::Outside => "put the file itself into the policy's folder".to_owned(),
            TableError::NotAFile => "name the file itself".to_owned(),
            TableError::TooLarge => "split it, or drop the rows that are not needed".to_owned(),
            TableError::NotUtf8 { .. } => "save it as UTF-8".to_owned(),
            TableError::Io(_) => "let the user that runs veil read it".to_owned(),
            TableError::Content { fix, .. } => fix.clone(),
        }
    }
}

impl TableError {
    /// Of the line, from 1, that is not what the action takes.
    pub(crate) fn of_line(
        line: usize,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> TableError {
        TableError::Content {
            line,
            why: why.into(),
            fix: fix.into(),
        }
    }
}

/// A table that was read: at most [`TABLE_BYTES_MAX`] bytes of UTF-8.
pub struct Table {
    text: String,
    /// What was made of it, by what it was made for.
    made: Mutex<BTreeMap<String, Arc<dyn Any + Send + Sync>>>,
}

impl Table {
    /// Of those bytes.
    ///
    /// # Errors
    /// When they are too many, or no text.
    pub fn of(bytes: Vec<u8>) -> Result<Table, TableError> {
        if bytes.len() as u64 > TABLE_BYTES_MAX {
            return Err(TableError::TooLarge);
        }
        let text = String::from_utf8(bytes).map_err(|e| TableError::NotUtf8 {
            at: e.utf8_error().valid_up_to(),
        })?;
        Ok(Table {
            text,
            made: Mutex::default(),
        })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What `make` makes of its text for the use `of`, made once: the places of a
    /// policy that use a table alike have one copy of it in memory. `of` names the
    /// type as well.
    ///
    /// # Errors
    /// What `make` finds wrong; it is tried again then.
    pub(crate) fn made<T: Any + Send + Sync>(
        &self,
        of: &str,
        make: impl FnOnce(&str) -> Result<T, TableError>,
    ) -> Result<Arc<T>, TableError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(of) {
            let known = Arc::clone(known).downcast();
            return Ok(known.expect("a use names its type"));
        }
        let new = Arc::new(make(&self.text)?);
        made.insert(
            of.to_owned(),
            Arc::clone(&new) as Arc<dyn Any + Send + Sync>,
        );
        Ok(new)
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table(.. {} bytes)", self.text.len())
    }
}

/// The tables of a policy, by the names it gives them.
#[derive(Debug, Default)]
pub struct Tables(pub BTreeMap<String, Arc<Table>>);

/// A class of a table that hides nobody: one value alone has it, or it is that value.
#[derive(Clone, Copy, Debug)]
pub struct LoneClass<'a> {
    /// The table, and where the policy names it.
    pub table: TableUse<'a>,
    /// The line of that value, from 1.
    pub line: usize,
    /// How many more classes are like it.
    pub more: usize,
}

/// Why an action cannot be made for its place.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// By its key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// By a table.
    #[error("`{name}`: {error}")]
    Table {
        /// As the policy names it.
        name: String,
        /// What is wrong.
        error: TableError,
    },
}

impl From<TooLong> for NotBuilt {
    fn from(error: TooLong) -> NotBuilt {
        NotBuilt::Key(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_below_the_folder() {
        for name in ["a.csv", "lists/first names.txt", "größen.csv"] {
            assert_eq!(TableName::parse(name).unwrap().as_str(), name);
        }
        let long = "a".repeat(256);
        for name in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a//b",
            "a/",
            ".",
            ".ssh/id",
            "a\\b",
            "C:a",
            "a\nb",
            "a\0",
            &long,
        ] {
            assert!(TableName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_text_of_a_bounded_length_is_a_table() {
        assert_eq!(Table::of(b"a;b".to_vec()).unwrap().text(), "a;b");
        let error = Table::of(b"secret\xff".to_vec()).unwrap_err();
        assert!(matches!(error, TableError::NotUtf8 { at: 6 }));
        assert!(!error.to_string().contains("secret"));
        let long = vec![b'x'; TABLE_BYTES_MAX as usize + 1];
        assert!(matches!(Table::of(long), Err(TableError::TooLarge)));
    }
}
