//! What people see: colour when allowed, nothing that a terminal would obey, nothing
//! lost when a stream is gone.

use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::io::{IsTerminal, Write};
use veilstream::document::{acts, visible};
use veilstream::language::fold;
use zeroize::Zeroizing;

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
    let _ = anstream::stderr().write_all(seen(text).as_bytes());
}

/// Writes over the line that standard error stands in; `text` is this program's own.
#[cfg(feature = "kafka")]
pub(crate) fn tell_over(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Writes text for people to standard output.
///
/// # Errors
/// When standard output cannot be written; a reader that went away ends the
/// command quietly.
pub(crate) fn show(text: &str) -> Result<(), super::Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(seen(text).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| super::Failure::stdout(&e))
}

/// The same, or JSON for programs.
///
/// # Errors
/// As [`show`].
pub(crate) fn show_as(format: Format, text: &str) -> Result<(), super::Failure> {
    match format {
        Format::Text => show(text),
        Format::Json => put_json(text),
    }
}

/// Writes JSON to standard output; what a terminal would obey in its texts is spelled
/// as JSON spells it, and means the same.
///
/// # Errors
/// As [`show`].
pub(crate) fn put_json(text: &str) -> Result<(), super::Failure> {
    put(seen_in_json(text).as_bytes())
}

/// Writes values to standard output: byte for byte, but to a terminal with nothing that
/// it would obey.
///
/// # Errors
/// As [`show`].
pub(crate) fn put_values(bytes: &[u8]) -> Result<(), super::Failure> {
    match std::str::from_utf8(bytes) {
        Ok(text) if std::io::stdout().is_terminal() => match seen_in_json(text) {
            Cow::Borrowed(text) => put(text.as_bytes()),
            Cow::Owned(text) => put(Zeroizing::new(text).as_bytes()),
        },
        _ => put(bytes),
    }
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

/// A text that came from a file, an argument or an event, fit to stand in a line:
/// control characters, line breaks and marks that hide or turn are spelled as `\u{…}`.
pub(crate) fn one_line(text: impl Display) -> String {
    let text = text.to_string();
    match visible(&text, true) {
        Cow::Borrowed(_) => text,
        Cow::Owned(seen) => seen,
    }
}

/// Of what a terminal would obey, `text` keeps line breaks, tabs and the colours that
/// this program paints with; and of a line that begins with `::`, which a build server
/// would obey, wherever the line was folded, the first colon is spelled. The last net: a
/// text that is put into a line has gone through [`one_line`] before.
fn seen(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !acts(c) || c == '\n' || c == '\t';
    if text.chars().all(is_plain) && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut begins = true;
    while let Some(c) = rest.chars().next() {
        if let Some(bytes) = colour(rest) {
            out.push_str(&rest[..bytes]);
            rest = &rest[bytes..];
            continue;
        }
        match is_plain(c) && !(begins && rest.starts_with("::")) {
            true => out.push(c),
            false => out.extend(c.escape_unicode()),
        }
        begins = c == '\n' || begins && c.is_whitespace();
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(out)
}

/// Bytes of the colour that `text` begins with (ECMA-48, Select Graphic Rendition):
/// bold, faint, italic, underlined, a colour that can be read; never what hides.
fn colour(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let is_known =
        |code: &str| matches!(code.parse::<u8>(), Ok(0..=4 | 22 | 31..=36 | 39 | 91..=96));
    let known = inside[end..].starts_with('m') && inside[..end].split(';').all(is_known);
    known.then_some(text.len() - inside.len() + end + 1)
}

/// JSON with what acts spelled `\uXXXX`. Between its texts JSON has nothing of that
/// but line breaks.
fn seen_in_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| acts(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    // Never grown: the text may hold a clear value, and a piece left behind is not wiped.
    let mut out = String::with_capacity(text.len() * 6);
    for c in text.chars() {
        if acts(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
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
    use super::*;

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

    #[test]
    fn of_what_a_terminal_obeys_colours_alone_are_kept() {
        let painted = format!("{}\n\tb", paint(Tone::Error, "a"));
        assert_eq!(seen(&painted), painted);
        for (text, shown) in [
            ("a\u{1b}[8mb", "a\\u{1b}[8mb"),
            ("a\u{1b}[0;8mb", "a\\u{1b}[0;8mb"),
            ("a\u{1b}[2Kb\r", "a\\u{1b}[2Kb\\u{d}"),
            ("\u{1b}", "\\u{1b}"),
            ("\u{1b}[31", "\\u{1b}[31"),
            ("\u{9b}\u{202e}\u{200b}é", "\\u{9b}\\u{202e}\\u{200b}é"),
            ("a::b\n::c\n  ::d", "a::b\n\\u{3a}:c\n  \\u{3a}:d"),
            ("\u{1b}[31m::e", "\u{1b}[31m\\u{3a}:e"),
        ] {
            assert_eq!(seen(text), shown);
        }
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a\\u{a}b\\u{1b}[31m");
    }

    #[test]
    fn json_means_the_same_and_shows_all() {
        let value = serde_json::json!({ "a": "\u{9b}2K\u{202e}\u{e0041}é\n" });
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        let shown = seen_in_json(&text);
        assert!(!shown.chars().any(|c| acts(c) && c != '\n'), "{shown}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).ok(),
            Some(value)
        );
    }
}
