//! Rules of a policy while they are gathered, each with the place it came from.

use super::outcome::{Beside, Refused};
use crate::language::finding::Span;
use crate::language::report::line_column;
use crate::sample::Profile;

/// One line of the allowlist.
pub(super) struct Rule {
    /// The path, as a policy writes it.
    pub(super) path: String,
    /// The field value, as a policy writes it.
    pub(super) action: String,
    /// Line of the configuration, and its names there.
    pub(super) line: usize,
    pub(super) from: String,
    /// What a person must know or decide.
    pub(super) said: Vec<String>,
}

/// Where the next rules come from.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) what: String,
}

/// What was gathered.
pub(super) struct Rules<'a> {
    text: &'a str,
    pub(super) sample: Option<&'a Profile>,
    pub(super) compat: bool,
    pub(super) list: Vec<Rule>,
    pub(super) refused: Vec<Refused>,
    /// The condition under which records leave, as a policy writes it.
    pub(super) selects: Vec<String>,
    /// What leaves in clear there, as a policy would write it: path and field value.
    pub(super) clear: Vec<(String, String)>,
    /// Whose data a record is.
    pub(super) subject: Option<String>,
    /// What to say of the whole.
    pub(super) said: Vec<String>,
    /// Codes are computed as that tool did.
    pub(super) is_compat: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn of(text: &'a str, beside: &Beside<'a>) -> Rules<'a> {
        Rules {
            text,
            sample: beside.sample,
            compat: beside.compat,
            list: Vec::new(),
            refused: Vec::new(),
            selects: Vec::new(),
            clear: Vec::new(),
            subject: None,
            said: Vec::new(),
            is_compat: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.selects.is_empty()
    }

    pub(super) fn at(&self, span: Span, what: impl Into<String>) -> Place {
        Place {
            line: line(self.text, span),
            what: what.into(),
        }
    }

    /// Adds a rule. The first of a path stands: a value is protected once.
    pub(super) fn add(&mut self, place: &Place, path: String, action: &str, said: &[&str]) {
        match self.list.iter().find(|rule| rule.path == path) {
            Some(same) if same.action == action => {}
            Some(same) => {
                let why = format!(
                    "`{path}` has the rule of line {} already; a value is protected once: write both in one action, or choose",
                    same.line
                );
                self.refuse(place, why);
            }
            None => self.list.push(Rule {
                path,
                action: action.to_owned(),
                line: place.line,
                from: place.what.clone(),
                said: said.iter().map(|s| (*s).to_owned()).collect(),
            }),
        }
    }

    pub(super) fn refuse(&mut self, place: &Place, why: impl Into<String>) {
        self.refused.push(Refused {
            line: place.line,
            what: place.what.clone(),
            why: why.into(),
        });
    }
}

/// The line of a place, from 1.
pub(super) fn line(text: &str, span: Span) -> usize {
    line_column(text, span.start).line
}
