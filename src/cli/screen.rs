//! What people see: colour when allowed, nothing lost when a stream is gone.

use anstyle::{AnsiColor, Style};
use std::io::Write;
use veilstream::language::fold;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Finds `--color` before the command line is parsed, so that help and
    /// usage errors obey it too.
    pub(crate) fn ahead_of_parsing(args: &[std::ffi::OsString]) -> Color {
        let texts: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
        let value = texts.iter().enumerate().find_map(|(i, a)| match *a {
            "--color" => texts.get(i + 1).copied(),
            other => other.strip_prefix("--color="),
        });
        match value {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        }
    }

    /// As clap takes it.
    pub(crate) const fn for_clap(self) -> clap::ColorChoice {
        match self {
            Color::Auto => clap::ColorChoice::Auto,
            Color::Always => clap::ColorChoice::Always,
            Color::Never => clap::ColorChoice::Never,
        }
    }

    /// Makes it the choice of this process.
    pub(crate) fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something failed.
    Error,
    /// Something needs attention.
    Warning,
    /// Something is as it should be.
    Good,
    /// Look here.
    Strong,
    /// Less important.
    Faint,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Tone::Error => AnsiColor::Red.on_default().bold(),
            Tone::Warning => AnsiColor::Yellow.on_default().bold(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        }
    }
}

/// `text` with the escapes of its tone; the streams of this module take them
/// away again where colour is not wanted.
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    let style = tone.style();
    format!("{style}{text}{style:#}")
}

/// Writes to standard error. When that is gone there is nobody to tell.
pub(crate) fn tell(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Writes text for people to standard output.
///
/// # Errors
/// When standard output cannot be written; a reader that went away ends the
/// command quietly.
pub(crate) fn show(text: &str) -> Result<(), super::Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| super::Failure::stdout(&e))
}

/// Writes data to standard output, byte for byte.
///
/// # Errors
/// As [`show`].
pub(crate) fn put(bytes: &[u8]) -> Result<(), super::Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|e| super::Failure::stdout(&e))
}

/// Columns of the terminal that standard error is.
pub fn stderr_columns() -> Option<usize> {
    columns(std::io::stderr())
}

/// Columns of the terminal that standard output is.
pub fn stdout_columns() -> Option<usize> {
    columns(std::io::stdout())
}

/// Writes words for people to standard error, folded at its width, what is longer
/// than a line under each other.
pub(crate) fn tell_folded(text: &str) {
    let columns = stderr_columns().unwrap_or(fold::COLUMNS);
    let lines = text.lines().map(|line| fold::fold(line, columns, 0) + "\n");
    tell(&lines.collect::<String>());
}

/// Writes text for people to standard output, lines that are longer than the terminal is
/// wide folded. What is read by no person keeps its lines.
///
/// # Errors
/// As [`show`].
pub(crate) fn show_folded(text: &str) -> Result<(), super::Failure> {
    match stdout_columns() {
        Some(columns) => show(&fitting(text, columns)),
        None => show(text),
    }
}

/// As [`show_folded`], to standard error.
pub(crate) fn tell_fitting(text: &str) {
    match stderr_columns() {
        Some(columns) => tell(&fitting(text, columns)),
        None => tell(text),
    }
}

/// Lines that are too long go on indented below; the others stay as they are.
fn fitting(text: &str, columns: usize) -> String {
    const INDENT: usize = 4;
    let fit = |line: &str| match textwrap::core::display_width(line) <= columns {
        true => line.to_owned(),
        false => fold::fold(line, columns, INDENT),
    };
    text.lines().map(|line| fit(line) + "\n").collect()
}

fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Colour when standard error may have it.
pub(crate) fn stderr_has_color() -> bool {
    !matches!(
        anstream::AutoStream::choice(&std::io::stderr()),
        anstream::ColorChoice::Never
    )
}

/// Colour when standard output may have it.
pub(crate) fn stdout_has_color() -> bool {
    !matches!(
        anstream::AutoStream::choice(&std::io::stdout()),
        anstream::ColorChoice::Never
    )
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn only_lines_that_are_too_long_are_folded() {
        let text = "key     state   seals\npeople  active  since 2026-01-01T00:00:00Z and for ever after that\n\nend\n";
        let folded = fitting(text, 40);
        assert!(
            folded.starts_with("key     state   seals\npeople  active  "),
            "{folded}"
        );
        assert!(folded.ends_with("\n\nend\n"), "{folded}");
        assert!(folded.lines().all(|line| line.len() <= 40), "{folded}");
        assert_eq!(fitting(text, 80), text);
    }
}
