//! Rules of a policy while they are gathered, each with the place it came from.

use std::collections::{BTreeSet, HashMap};

use super::outcome::{Beside, Refused};
use super::taken::taken;
use crate::draft::KEY_CHARS_MAX;
use crate::language::finding::Span;
use crate::language::report::line_column;
use crate::sample::Profile;

/// Most different questions that one output asks.
const QUESTIONS_MAX: usize = 64;

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
    /// Where the rule of a place stands in the list.
    by_path: HashMap<String, usize>,
    /// What conditions ask, each once.
    asked: BTreeSet<String>,
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
            by_path: HashMap::new(),
            asked: BTreeSet::new(),
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

    /// Adds a rule. The first of a path stands: a value is protected once. What no
    /// policy can say is refused.
    pub(super) fn add(&mut self, place: &Place, path: String, action: &str, said: &[&str]) {
        let places = places(&path);
        let same = places
            .iter()
            .find_map(|p| Some(&self.list[*self.by_path.get(p)?]));
        match same {
            Some(same) if same.path == path && same.action == action => return,
            Some(same) => {
                let why = format!(
                    "`{path}` has the rule of line {} already; a value is protected once: write both in one action, or choose",
                    same.line
                );
                return self.refuse(place, why);
            }
            None => {}
        }
        if path.len() > KEY_CHARS_MAX {
            return self.refuse(place, "a path that is longer than a policy takes");
        }
        if let Err(why) = taken(action) {
            return self.refuse(place, why);
        }
        let at = self.list.len();
        self.by_path.extend(places.into_iter().map(|p| (p, at)));
        self.list.push(Rule {
            path,
            action: action.to_owned(),
            line: place.line,
            from: place.what.clone(),
            said: said.iter().map(|s| (*s).to_owned()).collect(),
        });
    }

    /// Notes the questions of a condition, as a policy writes them.
    ///
    /// # Errors
    /// An output asks no more than it does already.
    pub(super) fn ask(&mut self, questions: &[String]) -> Result<(), &'static str> {
        let new = questions.iter().filter(|q| !self.asked.contains(*q));
        let new: BTreeSet<String> = new.cloned().collect();
        if self.asked.len() + new.len() > QUESTIONS_MAX {
            return Err(
                "the rules ask more than 64 different questions of a record, and an output asks no more: write several outputs",
            );
        }
        self.asked.extend(new);
        Ok(())
    }

    pub(super) fn refuse(&mut self, place: &Place, why: impl Into<String>) {
        let refused = Refused {
            line: place.line,
            what: place.what.clone(),
            why: why.into(),
        };
        // One rule for many members is one rule.
        if self.refused.last() != Some(&refused) {
            self.refused.push(refused);
        }
    }
}

/// The paths that a rule's path stands for, each by itself.
pub(super) fn places(path: &str) -> Vec<String> {
    match path.strip_prefix("(before|after).") {
        Some(rest) => ["before", "after"]
            .map(|row| format!("{row}.{rest}"))
            .into(),
        None => vec![path.to_owned()],
    }
}

/// The line of a place, from 1.
pub(super) fn line(text: &str, span: Span) -> usize {
    line_column(text, span.start).line
}
