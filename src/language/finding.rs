//! What is wrong with a policy: code, place, cause and fix, collected, never
//! thrown, so that all of it is shown at once.

use serde::Serialize;

use super::shown::Shown;
pub use super::span::Span;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information; never changes the exit code.
    Note,
    /// `check` exits 1; `run` starts, but for a policy without a quarantine
    /// ([`NO_QUARANTINE`](super::codes::NO_QUARANTINE)), which `apply` can use.
    Warning,
    /// `check` exits 78; `run` refuses to start.
    Error,
}

/// One complaint. Never holds a value from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, `V` and four digits; the list is [`super::codes`].
    pub code: &'static str,
    /// How grave.
    pub severity: Severity,
    /// Where in the policy text; `None` when it concerns the file as a whole.
    pub span: Option<Span>,
    /// What is wrong, lower case, no trailing stop.
    pub message: String,
    /// Shown beside the caret.
    pub(crate) label: String,
    /// Why the rule exists; empty when the message says it.
    pub(crate) why: String,
    /// What to write instead.
    pub help: String,
    /// A second place that belongs to it, with its label.
    pub(crate) also: Option<(Span, String)>,
    /// Which outputs and which field it speaks of; `dangerously:` matches it.
    pub(crate) about: About,
}

/// What a finding speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// Topics of the outputs.
    pub(crate) outputs: Vec<String>,
    /// Path of the field as written in the policy (`key`, `header.NAME`,
    /// `timestamp` for those places).
    pub(crate) field: Option<String>,
}

/// Most findings that are kept; more are counted in one last finding.
pub(crate) const FINDINGS_MAX: usize = 1_000;

/// The findings of one policy, in the order found.
#[derive(Default, Debug)]
pub struct Findings {
    list: Vec<Finding>,
    /// What of the text a rendering may show.
    shown: Shown,
    /// Findings beyond [`FINDINGS_MAX`]: how many, and the gravest of them.
    beyond: Option<(usize, Severity)>,
    /// Takes what is said about a finding that was not kept.
    spare: Option<Box<Finding>>,
}

impl Findings {
    /// Adds an error and returns it for [`Finding`]'s `label`, `why`, `help`.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Error, Some(span), message.into())
    }

    /// Adds a warning.
    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Warning, Some(span), message.into())
    }

    /// Adds a note.
    pub(crate) fn note(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Note, Some(span), message.into())
    }

    /// Adds an error about the file as a whole.
    pub(crate) fn error_of_file(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Error, None, message.into())
    }

    fn push(
        &mut self,
        code: &'static str,
        severity: Severity,
        span: Option<Span>,
        message: String,
    ) -> Note<'_> {
        let finding = Finding {
            code,
            severity,
            span,
            message,
            label: String::new(),
            why: String::new(),
            help: String::new(),
            also: None,
            about: About::default(),
        };
        if self.list.len() >= FINDINGS_MAX {
            // The gravest are kept.
            let lesser = self.list.iter().rposition(|f| f.severity < severity);
            let gone = lesser.map_or(severity, |at| self.list.remove(at).severity);
            let (n, worst) = self.beyond.unwrap_or((0, gone));
            self.beyond = Some((n + 1, worst.max(gone)));
            if lesser.is_none() {
                return Note(self.spare.insert(Box::new(finding)));
            }
        }
        self.list.push(finding);
        Note(self.list.last_mut().expect("just pushed"))
    }

    /// Takes over what else was found of the same policy.
    pub fn take(&mut self, more: Findings) {
        for finding in more.list {
            let note = self.push(finding.code, finding.severity, finding.span, String::new());
            *note.0 = finding;
        }
        if let Some((n, worst)) = more.beyond {
            let (all, gravest) = self.beyond.unwrap_or((0, worst));
            self.beyond = Some((all + n, gravest.max(worst)));
        }
        self.finish();
    }

    /// Says what of the policy text may be shown.
    pub(crate) fn show_only(&mut self, shown: Shown) {
        self.shown = shown;
    }

    /// The parts of the text that no rendering may show.
    pub(crate) fn concealed(&self) -> Vec<Span> {
        self.shown.concealed(self.has_errors())
    }

    /// The policy text with blanks in place of its comments.
    pub(crate) fn without_comments(&self, text: &str) -> String {
        self.shown.without_comments(text)
    }

    /// How many findings were not kept, and the gravest of them.
    pub(crate) fn beyond(&self) -> Option<(usize, Severity)> {
        self.beyond
    }

    /// Takes out of the words what the text may not show either, and orders the
    /// findings by place; those about the whole file come first.
    pub(crate) fn finish(&mut self) {
        let unsaid = self.shown.unsaid(self.has_errors());
        if !unsaid.is_empty() {
            for finding in &mut self.list {
                let also = finding.also.as_ref().map(|(at, _)| *at);
                let places: Vec<Span> = finding.span.into_iter().chain(also).collect();
                let words = [
                    &mut finding.message,
                    &mut finding.label,
                    &mut finding.why,
                    &mut finding.help,
                ];
                let label = finding.also.as_mut().map(|(_, label)| label);
                for text in words.into_iter().chain(label) {
                    *text = unsaid.without(text, &places);
                }
            }
        }
        self.list
            .sort_by_key(|f| (f.span.map(|s| (s.start, s.end)), f.code));
        self.list.dedup();
    }

    /// All of them.
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// All of them, to filter or reorder.
    pub(crate) fn list_mut(&mut self) -> &mut Vec<Finding> {
        &mut self.list
    }

    /// How many are errors: a reader that compares the number before and
    /// after knows whether what it read is whole.
    pub(crate) fn errors(&self) -> usize {
        let kept = self
            .list
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .count();
        kept + self.beyond.map_or(0, |(n, _)| n)
    }

    /// True when at least one is an error.
    pub fn has_errors(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }

    /// The gravest severity; `None` when there is nothing.
    pub fn worst(&self) -> Option<Severity> {
        let beyond = self.beyond.map(|(_, worst)| worst);
        self.list.iter().map(|f| f.severity).max().max(beyond)
    }
}

/// The finding just added, to say more about it.
pub(crate) struct Note<'a>(&'a mut Finding);

impl Note<'_> {
    /// The words beside the caret.
    pub(crate) fn label(self, text: impl Into<String>) -> Self {
        self.0.label = text.into();
        self
    }

    /// Why the rule exists.
    pub(crate) fn why(self, text: impl Into<String>) -> Self {
        self.0.why = text.into();
        self
    }

    /// What to write instead.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.0.help = text.into();
        self
    }

    /// A second place that belongs to it.
    pub(crate) fn also(self, span: Span, label: impl Into<String>) -> Self {
        self.0.also = Some((span, label.into()));
        self
    }

    /// The output it speaks of.
    pub(crate) fn output(self, topic: impl Into<String>) -> Self {
        self.0.about.outputs.push(topic.into());
        self
    }

    /// The field it speaks of, as written.
    pub(crate) fn field(self, path: impl Into<String>) -> Self {
        self.0.about.field = Some(path.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_findings_the_gravest_are_kept_and_the_rest_counted() {
        let mut findings = Findings::default();
        for at in 0..FINDINGS_MAX + 3 {
            findings
                .note("V0204", Span { start: at, end: at }, "a note")
                .help("said of a finding that may not be kept");
        }
        findings
            .error(
                "V0004",
                Span {
                    start: 9_999,
                    end: 9_999,
                },
                "an error",
            )
            .help("repair it");
        assert_eq!(findings.list().len(), FINDINGS_MAX);
        assert_eq!(findings.beyond(), Some((4, Severity::Note)));
        assert!(findings.has_errors());
        assert_eq!(
            findings.list().last().map(|f| f.help.as_str()),
            Some("repair it")
        );
    }

    #[test]
    fn findings_stand_in_the_order_of_their_places() {
        let mut findings = Findings::default();
        findings.note("V0204", Span { start: 5, end: 6 }, "later");
        findings.error("V0004", Span { start: 1, end: 6 }, "earlier");
        findings.error_of_file("V0002", "the file");
        findings.note("V0204", Span { start: 5, end: 6 }, "later");
        findings.finish();
        let order: Vec<&str> = findings.list().iter().map(|f| f.message.as_str()).collect();
        assert_eq!(order, ["the file", "earlier", "later"]);
    }
}
