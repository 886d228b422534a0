//! The quarantine file: one line a record, sealed, readable by its owner only.

use super::workers::Done;
use crate::cli::Failure;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use veilstream::crypto::envelope::Envelope;
use veilstream::pipeline::Destination;
use veilstream::record::Reason;

/// The open file.
pub(crate) struct File {
    path: PathBuf,
    out: BufWriter<std::fs::File>,
}

impl File {
    /// Makes it anew, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made, or not be closed to others.
    pub(crate) fn create(path: &Path) -> Result<File, Failure> {
        let failed = |e: std::io::Error| Failure::not_created(path, &e);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        // An older file may be open to others; a device is not ours to close.
        if file.metadata().map_err(failed)?.is_file() {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))
                .map_err(failed)?;
        }
        Ok(File {
            path: path.to_owned(),
            out: BufWriter::new(file),
        })
    }

    /// Writes the quarantined records of a batch, in line order.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&mut self, done: &Done) -> Result<(), Failure> {
        let mut lines: Vec<(i64, Reason, Option<String>)> = done
            .too_long
            .iter()
            .map(|line| (*line, Reason::TooLarge, None))
            .collect();
        for batch in [&done.out, &done.no_envelopes].into_iter().flatten() {
            for record in batch.records() {
                let Destination::Quarantine(reason) = record.destination else {
                    continue;
                };
                // Empty: without a quarantine key, or too long for the format,
                // the line alone is named.
                let sealed = record
                    .value
                    .map(|v| batch.bytes(v))
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Envelope::from_binary(bytes).expect("just sealed").text());
                lines.push((record.source_offset, reason, sealed));
            }
        }
        lines.sort_by_key(|(line, ..)| *line);
        for (line, reason, sealed) in lines {
            self.line(reason, line, sealed)?;
        }
        self.out
            .flush()
            .map_err(|e| Failure::not_written(&self.path, &e))
    }

    fn line(&mut self, reason: Reason, line: i64, sealed: Option<String>) -> Result<(), Failure> {
        let json = serde_json::json!({
            "reason": reason.as_str(),
            "line": line + 1,
            "sealed": sealed,
        });
        writeln!(self.out, "{json}").map_err(|e| Failure::not_written(&self.path, &e))
    }

    /// Everything is on its way to the disk.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.out
            .flush()
            .map_err(|e| Failure::not_written(&self.path, &e))
    }
}
