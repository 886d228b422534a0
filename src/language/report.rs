//! Findings as text for people and as JSON for programs.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::finding::{Finding, Findings, Severity, Span};
use super::fold;
use super::redaction::{comments, conceal, mask};
use crate::document::visible;

/// Line and column of a place, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Where byte `at` of `text` stands.
pub fn line_column(text: &str, at: usize) -> LineColumn {
    let before = &text[..at.min(text.len())];
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    LineColumn {
        line: line_ends(before) + 1,
        column: before[start..].chars().count() + 1,
    }
}

/// How many lines end in a text. Asked of the whole policy for every finding, so it takes
/// many bytes at a time.
fn line_ends(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

/// All findings as text: code, place, caret, cause and fix, then a summary.
/// `file` is shown as the place; `text` is the policy. Comments are not shown, and what
/// looks like a key is masked, in words and excerpt. Words are folded at `columns`, at 80 where nobody
/// knows.
pub fn text(
    findings: &Findings,
    file: &str,
    text: &str,
    colour: bool,
    columns: Option<usize>,
) -> String {
    rendered(findings, file, text, colour, columns, Severity::Note)
}

/// The errors alone, as [`text()`] has them, for who needs the policy and does not look
/// it over; the summary still counts what else there is.
pub fn errors(
    findings: &Findings,
    file: &str,
    text: &str,
    colour: bool,
    columns: Option<usize>,
) -> String {
    rendered(findings, file, text, colour, columns, Severity::Error)
}

fn rendered(
    findings: &Findings,
    file: &str,
    text: &str,
    colour: bool,
    columns: Option<usize>,
    least: Severity,
) -> String {
    let mut hidden = findings.concealed();
    hidden.extend(comments(text));
    let shown = mask(&conceal(text, hidden));
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(columns.unwrap_or(120));
    let mut out = String::new();
    let list = findings.list().iter();
    for finding in list.filter(|f| f.severity >= least) {
        let finding = folded(masked(finding), columns);
        out.push_str(&one(&finding, file, &shown, &renderer));
        out.push_str("\n\n");
    }
    if let Some(summary) = summary(findings) {
        out.push_str(&summary);
        out.push('\n');
    }
    out
}

/// What a finding says, fit for a log line.
pub fn message(finding: &Finding) -> String {
    mask(&finding.message)
}

/// A piece of a policy, fit to be shown: what looks like a key is masked.
pub fn shown(text: &str) -> String {
    mask(text)
}

/// The finding without what its words may hold of a key, and with nothing in them that
/// a terminal would obey or that begins a line.
fn masked(finding: &Finding) -> Finding {
    let mask = |text: &str| visible(&mask(text), true).into_owned();
    Finding {
        message: mask(&finding.message),
        label: mask(&finding.label),
        why: mask(&finding.why),
        help: mask(&finding.help),
        also: finding.also.as_ref().map(|(at, label)| (*at, mask(label))),
        ..finding.clone()
    }
}

/// The finding with its words in lines of at most that many columns, what stands
/// before them included.
fn folded(finding: Finding, columns: Option<usize>) -> Finding {
    let columns = columns.unwrap_or(fold::COLUMNS);
    // What stands before the words is put there by the renderer.
    let fold = |text: &str, before: usize| fold::fold(text, columns.saturating_sub(before), 0);
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let title = severity.len() + finding.code.len() + "[]: ".len();
    Finding {
        message: fold(&finding.message, title),
        why: fold(&finding.why, BEFORE_NOTES),
        help: fold(&finding.help, BEFORE_NOTES),
        ..finding
    }
}

/// Columns before a cause or a fix: line number, bar, its name.
const BEFORE_NOTES: usize = 14;

fn one(finding: &Finding, file: &str, text: &str, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(finding.message.as_str())
        .id(finding.code);
    let mut group = match finding.span {
        None => title.element(annotate_snippets::Origin::path(file)),
        Some(span) => {
            let window = Window::around(text, span, finding.also.as_ref().map(|(s, _)| *s));
            let mut snippet = Snippet::source(window.text)
                .path(file)
                .line_start(window.line);
            let mut primary = AnnotationKind::Primary.span(window.first_line(span));
            if !finding.label.is_empty() {
                primary = primary.label(finding.label.as_str());
            }
            snippet = snippet.annotation(primary);
            if let Some((also, label)) = &finding.also
                && window.holds(*also)
            {
                snippet = snippet.annotation(
                    AnnotationKind::Context
                        .span(window.first_line(*also))
                        .label(label.as_str()),
                );
            }
            title.element(snippet)
        }
    };
    let far = finding.also.as_ref().filter(|(also, _)| {
        finding
            .span
            .is_none_or(|span| !Window::around(text, span, Some(*also)).holds(*also))
    });
    if let Some((also, label)) = far {
        let at = line_column(text, also.start);
        group = group.element(
            Level::NOTE
                .with_name("see")
                .message(format!("{label}: {file}:{}:{}", at.line, at.column)),
        );
    }
    if !finding.why.is_empty() {
        group = group.element(Level::NOTE.with_name("why").message(finding.why.as_str()));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(finding.help.as_str()));
    }
    renderer.render(&[group])
}

/// The lines that a finding speaks of: a report must not read the whole text
/// for each finding.
struct Window<'t> {
    text: &'t str,
    start: usize,
    line: usize,
}

/// Most lines between the two places of a finding that are shown together.
const LINES_BETWEEN_MAX: usize = 60;

impl<'t> Window<'t> {
    fn around(text: &'t str, span: Span, also: Option<Span>) -> Window<'t> {
        let near = also.filter(|also| {
            let (from, to) = (span.start.min(also.start), span.start.max(also.start));
            line_ends(&text[from..to]) <= LINES_BETWEEN_MAX
        });
        let first = near.map_or(span.start, |a| a.start.min(span.start));
        let last = near.map_or(span.start, |a| a.start.max(span.start));
        let start = text[..first].rfind('\n').map_or(0, |n| n + 1);
        let end = text[last..].find('\n').map_or(text.len(), |n| last + n);
        Window {
            text: &text[start..end],
            start,
            line: line_column(text, start).line,
        }
    }

    fn holds(&self, span: Span) -> bool {
        span.start >= self.start && span.start <= self.start + self.text.len()
    }

    /// The part of `span` on its first line, in the window; at least a place
    /// for one caret.
    fn first_line(&self, span: Span) -> std::ops::Range<usize> {
        let start = span.start - self.start;
        let end = (span.end - self.start).min(self.text.len());
        let end = self.text[start..end.max(start)]
            .find('\n')
            .map_or(end.max(start), |n| start + n);
        start..end
    }
}

/// `2 errors, 1 warning`; `None` when there is nothing to say.
pub(crate) fn summary(findings: &Findings) -> Option<String> {
    let count = |severity| {
        findings
            .list()
            .iter()
            .filter(|f| f.severity == severity)
            .count()
    };
    let part = |n: usize, word: &str| {
        (n > 0).then(|| format!("{n} {word}{}", if n == 1 { "" } else { "s" }))
    };
    let mut parts: Vec<String> = [
        part(count(Severity::Error), "error"),
        part(count(Severity::Warning), "warning"),
        part(count(Severity::Note), "note"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some((more, _)) = findings.beyond() {
        parts.push(format!("{more} more not shown"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[derive(Serialize)]
struct Row<'f> {
    code: &'f str,
    severity: Severity,
    file: &'f str,
    line: usize,
    column: usize,
    message: String,
    help: String,
}

/// All findings as a JSON list; those about the whole file stand at line 1,
/// column 1. Masked as in [`text`].
pub fn json(findings: &Findings, file: &str, text: &str) -> String {
    let rows: Vec<Row<'_>> = findings
        .list()
        .iter()
        .map(|f| {
            let at = line_column(text, f.span.map_or(0, |s| s.start));
            Row {
                code: f.code,
                severity: f.severity,
                file,
                line: at.line,
                column: at.column,
                message: mask(&f.message),
                help: mask(&f.help),
            }
        })
        .collect();
    serde_json::to_string_pretty(&rows).expect("text and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::codes;
    use crate::language::shown::{Showing, Shown};

    fn two() -> (Findings, &'static str) {
        let text = "ä: 1\nkey: secret\nb: ü\n";
        let mut findings = Findings::default();
        let at = text.find("secret").expect("it is there");
        findings
            .error(
                codes::YAML,
                Span {
                    start: at,
                    end: at + 6,
                },
                "first",
            )
            .label("here")
            .also(Span { start: 0, end: 2 }, "and here")
            .why("because")
            .help("do this");
        findings.warning(
            codes::UNKNOWN_WORD,
            Span {
                start: text.find('ü').expect("it is there"),
                end: text.len(),
            },
            "second",
        );
        let mut shown = Shown::default();
        let hidden = Span {
            start: at,
            end: at + 6,
        };
        shown.leaf(hidden, "secret", Showing::Never);
        findings.show_only(shown);
        (findings, text)
    }

    #[test]
    fn a_report_shows_place_cause_and_fix_and_hides_material() {
        let (findings, policy) = two();
        let report = text(&findings, "p.yaml", policy, false, None);
        for part in [
            "error[V0002]: first",
            "--> p.yaml:2:6",
            "key: ******",
            "^^^^^^ here",
            "and here",
            "= why: because",
            "= help: do this",
            "warning[V0004]: second",
            "p.yaml:3:4",
            "1 error, 1 warning",
        ] {
            assert!(report.contains(part), "{part} in\n{report}");
        }
        assert!(!report.contains("secret") && !report.contains('\u{1b}'));
        assert!(text(&findings, "p.yaml", policy, true, None).contains('\u{1b}'));
    }

    #[test]
    fn words_are_folded_at_the_width_of_the_terminal() {
        let policy = "a: b\n";
        let long = "one two three four five six seven eight nine ten ".repeat(4);
        let mut findings = Findings::default();
        findings
            .error(codes::UNKNOWN_WORD, Span { start: 0, end: 1 }, long.trim())
            .why(long.trim())
            .help(long.trim());
        let wide = text(&findings, "p.yaml", policy, false, Some(300));
        let unknown = text(&findings, "p.yaml", policy, false, None);
        let narrow = text(&findings, "p.yaml", policy, false, Some(60));
        let longest = |report: &str| report.lines().map(|l| l.chars().count()).max();
        assert!(
            longest(&wide) > Some(200) && longest(&narrow) <= Some(60),
            "{narrow}"
        );
        assert!(longest(&unknown) <= Some(80), "{unknown}");
        let words = |report: &str| {
            let words = report
                .split_whitespace()
                .filter(|w| w.chars().all(char::is_alphabetic));
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words(&narrow), words(&wide), "no word is lost");
    }

    #[test]
    fn what_looks_like_a_key_is_shown_nowhere() {
        for key in [
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "O9JvQm0r6Yk1zvXl0tT2pWc4hN8sZbGqEeUaIyFjKdw=",
            "7f3a9c0e5b1d48267f3a9c0e5b1d48267f3a9c0e5b1d48267f3a9c0e5b1d4826",
            "vYjqcPDVHJDV8kUZfsPpaQ",
        ] {
            let policy = format!("ä: [{key}, x]\nb: c\n");
            let span = |of: &str| {
                let start = policy.find(of).expect("it is there");
                Span {
                    start,
                    end: start + of.len(),
                }
            };
            let mut findings = Findings::default();
            findings
                .error(codes::UNKNOWN_WORD, span("x]"), format!("no `{key}`"))
                .label(format!("label {key}"))
                .also(span("ä"), format!("also {key}"))
                .why(format!("why {key}"))
                .help(format!("help {key}"));
            let report = text(&findings, "p.yaml", &policy, false, Some(200));
            assert!(!report.contains(&key[..8]), "{report}");
            let stars = "*".repeat(key.len());
            for part in [
                format!("no `{stars}`"),
                format!("p.yaml:1:{}", key.len() + 7),
                format!("ä: [{stars}, x]"),
                format!("label {stars}"),
                format!("also {stars}"),
                format!("why {stars}"),
                format!("help {stars}"),
            ] {
                assert!(report.contains(&part), "{part} in\n{report}");
            }
            let list: serde_json::Value =
                serde_json::from_str(&json(&findings, "p.yaml", &policy)).expect("JSON");
            assert_eq!(list[0]["message"], format!("no `{stars}`"));
            assert_eq!(list[0]["help"], format!("help {stars}"));
            assert_eq!(list[0]["column"], key.len() + 7);
        }
    }

    #[test]
    fn json_has_exactly_the_promised_keys() {
        let (findings, policy) = two();
        let list: serde_json::Value =
            serde_json::from_str(&json(&findings, "p.yaml", policy)).expect("JSON");
        let row = list[0].as_object().expect("an object");
        let mut names: Vec<&str> = row.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "code", "column", "file", "help", "line", "message", "severity"
            ]
        );
        assert_eq!(
            (&list[0]["line"], &list[0]["column"]),
            (&2.into(), &6.into())
        );
        assert_eq!(
            (&list[1]["line"], &list[1]["column"]),
            (&3.into(), &4.into())
        );
        assert_eq!(list[1]["severity"], "warning");
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_column("äöü", 4), LineColumn { line: 1, column: 3 });
        assert_eq!(line_column("a\nb", 2), LineColumn { line: 2, column: 1 });
        assert_eq!(line_column("", 5), LineColumn { line: 1, column: 1 });
    }
}
