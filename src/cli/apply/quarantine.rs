//! The quarantine file: one line a record, with why and where it was refused and
//! the record sealed; readable by its owner only.

use super::workers::Done;
use crate::cli::Failure;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use veilstream::crypto::envelope::Envelope;
use veilstream::pipeline::{Destination, OutBatch, OutRecord};
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
    pub fn write(&mut self, done: &Done) -> Result<(), Failure> {
        let mut lines: Vec<Line<'_>> = done.too_long.iter().map(|n| Line::too_long(*n)).collect();
        for batch in [&done.out, &done.no_envelopes].into_iter().flatten() {
            for record in batch.records() {
                let Destination::Quarantine(reason) = record.destination else {
                    continue;
                };
                lines.push(Line::of(batch, record, reason));
            }
        }
        lines.sort_by_key(|line| line.number);
        for line in &lines {
            line.write(&mut self.out)
                .map_err(|e| Failure::not_written(&self.path, &e))?;
        }
        self.out
            .flush()
            .map_err(|e| Failure::not_written(&self.path, &e))
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

/// One line of the file.
struct Line<'b> {
    /// From 0, of the input.
    number: i64,
    /// Which element of that line, where records are taken apart.
    element: Option<u32>,
    reason: Reason,
    /// Output, field and action that refused it, as far as there are any.
    refused: [Option<&'b str>; 3],
    /// `None`: without a quarantine key, or too long for the format, the line
    /// alone is named.
    sealed: Option<String>,
}

impl<'b> Line<'b> {
    /// Of a line of the input that was not kept.
    fn too_long(number: i64) -> Line<'b> {
        Line {
            number,
            element: None,
            reason: Reason::TooLarge,
            refused: [None; 3],
            sealed: None,
        }
    }

    fn of(batch: &'b OutBatch, record: &OutRecord, reason: Reason) -> Line<'b> {
        let header = |name: &str| {
            let mut headers = batch.headers(record);
            let (_, value) = headers.find(|(n, _)| *n == name.as_bytes())?;
            std::str::from_utf8(value?).ok()
        };
        let sealed = record
            .value
            .map(|v| batch.bytes(v))
            .filter(|bytes| !bytes.is_empty());
        Line {
            number: record.source_offset,
            element: header("veil-element").and_then(|n| n.parse().ok()),
            reason,
            refused: ["veil-output", "veil-field", "veil-action"].map(header),
            sealed: sealed.map(|b| Envelope::from_binary(b).expect("just sealed").text()),
        }
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let [output, field, action] = self.refused;
        let mut json = serde_json::json!({
            "reason": self.reason.as_str(),
            "line": self.number + 1,
            "output": output,
            "field": field,
            "action": action,
            "sealed": self.sealed,
        });
        if let Some(element) = self.element {
            json["element"] = element.into();
        }
        writeln!(out, "{json}")
    }
}
