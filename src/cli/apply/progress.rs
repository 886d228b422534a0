//! How far `apply` is, for a person who waits.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A line on standard error while standard error is a terminal and standard
/// output is not: otherwise it would stand among the records.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts it; `bytes` is the whole way, where it is known.
    pub fn start(quiet: bool, bytes: Option<u64>) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        if !visible {
            return Progress(ProgressBar::hidden());
        }
        let (bar, template) = match bytes {
            Some(size) => (
                ProgressBar::new(size),
                "{bar:30} {bytes}/{total_bytes}, {msg} records, {elapsed}",
            ),
            None => (
                ProgressBar::new_spinner(),
                "{spinner} {bytes}, {msg} records, {elapsed}",
            ),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        Progress(bar)
    }

    /// So far.
    pub(crate) fn advance(&mut self, bytes: u64, records: u64) {
        if !self.0.is_hidden() {
            self.0.set_position(bytes);
            self.0.set_message(records.to_string());
        }
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
