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

/// What becomes there of a field that no rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// It leaves as it is.
    InClear,
    /// A rule that is refused here may change it.
    NotKnown,
    /// It does not leave.
    LeftOut,
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
    /// Paths of what is changed there by a rule that is refused here, and that rule.
    pub(super) touched: Vec<(String, Place)>,
    /// What is known of fields that no rule names.
    pub(super) others: Others,
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
            touched: Vec::new(),
            others: Others::InClear,
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

    /// Adds a rule. The first of a path stands, since a value is protected once, unless
    /// a later one takes the value out. What no policy can say is refused.
    pub(super) fn add(&mut self, place: &Place, path: String, action: &str, said: &[&str]) {
        let places = places(&path);
        let same = places.iter().find_map(|p| self.by_path.get(p).copied());
        match same.map(|at| &mut self.list[at]) {
            Some(same) if same.path == path && same.action == action => return,
            Some(same) if same.path == path && action == "drop" => {
                let before = Place {
                    line: same.line,
                    what: std::mem::replace(&mut same.from, place.what.clone()),
                };
                same.line = place.line;
                same.action = action.to_owned();
                same.said.clear();
                let why = format!("line {} takes `{path}` out, which stands", place.line);
                return self.refuse(&before, why);
            }
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
            return self.leave_out(place, path, "a path that is longer than a policy takes");
        }
        if let Err(why) = taken(action) {
            return self.leave_out(place, path, why);
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

    /// Refuses a rule that changes what is at this path there.
    pub(super) fn leave_out(&mut self, place: &Place, path: String, why: impl Into<String>) {
        self.touched.push((path, place.clone()));
        self.refuse(place, why);
    }

    /// Refuses a rule of which nobody knows what it changes there.
    pub(super) fn refuse_unknown(&mut self, place: &Place, why: impl Into<String>) {
        if self.others == Others::InClear {
            self.others = Others::NotKnown;
        }
        self.refuse(place, why);
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
