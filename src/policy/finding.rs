//! What is wrong with a policy: code, place, cause and fix, collected, never
//! thrown, so that all of it is shown at once.

use serde::Serialize;

/// Bytes of the policy text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information; never changes the exit code.
    Note,
    /// `check` exits 1; `run` starts.
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
    pub label: String,
    /// Why the rule exists; empty when the message says it.
    pub why: String,
    /// What to write instead.
    pub help: String,
}

/// The findings of one policy, in the order found.
#[derive(Default, Debug)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds an error and returns it for [`Finding`]'s `label`, `why`, `help`.
    pub fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Error, Some(span), message.into())
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Note<'_> {
        self.push(code, Severity::Warning, Some(span), message.into())
    }

    /// Adds a note.
    pub fn note(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Note<'_> {
        self.push(code, Severity::Note, Some(span), message.into())
    }

    /// Adds an error about the file as a whole.
    pub fn error_of_file(&mut self, code: &'static str, message: impl Into<String>) -> Note<'_> {
        self.push(code, Severity::Error, None, message.into())
    }

    fn push(
        &mut self,
        code: &'static str,
        severity: Severity,
        span: Option<Span>,
        message: String,
    ) -> Note<'_> {
        self.list.push(Finding {
            code,
            severity,
            span,
            message,
            label: String::new(),
            why: String::new(),
            help: String::new(),
        });
        Note(self.list.last_mut().expect("just pushed"))
    }

    /// All of them.
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// All of them, to filter or reorder.
    pub fn list_mut(&mut self) -> &mut Vec<Finding> {
        &mut self.list
    }

    /// How many are errors: a reader that compares the number before and
    /// after knows whether what it read is whole.
    pub fn errors(&self) -> usize {
        self.list
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .count()
    }

    /// True when at least one is an error.
    pub fn has_errors(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }

    /// The gravest severity; `None` when there is nothing.
    pub fn worst(&self) -> Option<Severity> {
        self.list.iter().map(|f| f.severity).max()
    }
}

/// The finding just added, to say more about it.
pub struct Note<'a>(&'a mut Finding);

impl Note<'_> {
    /// The words beside the caret.
    pub fn label(self, text: impl Into<String>) -> Self {
        self.0.label = text.into();
        self
    }

    /// Why the rule exists.
    pub fn why(self, text: impl Into<String>) -> Self {
        self.0.why = text.into();
        self
    }

    /// What to write instead.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.0.help = text.into();
        self
    }
}
