//! Why the audit log cannot be used.

use std::path::{Path, PathBuf};

/// Why no evidence can be written. Never carries a value.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file operation failed.
    #[error("{path}: cannot {doing}: {source}", path = path.display())]
    Io {
        /// The log, or its folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is no place for evidence.
    #[error("{path}: {why}; {fix}", path = path.display())]
    Unsafe {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// What to do.
        fix: String,
    },
    /// The end of the chain does not hold.
    #[error("{path}: the end of the audit log is broken: {why}", path = path.display())]
    Broken {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl AuditError {
    pub(super) fn io(
        path: &Path,
        doing: &'static str,
    ) -> impl FnOnce(std::io::Error) -> AuditError {
        let path = path.to_owned();
        move |source| AuditError::Io {
            path,
            doing,
            source,
        }
    }

    pub(super) fn not_safe(
        path: &Path,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> AuditError {
        AuditError::Unsafe {
            path: path.to_owned(),
            why: why.into(),
            fix: fix.into(),
        }
    }

    pub(super) fn broken(path: &Path, why: impl Into<String>) -> AuditError {
        AuditError::Broken {
            path: path.to_owned(),
            why: why.into(),
        }
    }
}
