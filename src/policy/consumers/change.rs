//! One change for who reads an output, in words.

use crate::plan::POLICY_HEADER;
use crate::policy::parts::PartAt;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The output is written no more.
    OutputGone,
    /// An output that there was not.
    OutputNew,
    /// Values are of another format, or something else stands in front of them.
    Form {
        /// As they were.
        was: String,
        /// As they are.
        is: String,
    },
    /// The schema of what leaves is another one, of more places than are told one by one.
    Schema,
    /// The column is written no more.
    Gone {
        /// Its name, and the type of record it stood in.
        column: String,
    },
    /// A column that there was not.
    New {
        /// Its name, and the type of record it stands in.
        column: String,
    },
    /// A member that keys which are records have or lack now: every key is another.
    KeyMember {
        /// Its name.
        column: String,
        /// It is in them now.
        now: bool,
    },
    /// The same under another name.
    Renamed {
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// The same, made so of other records: another case of a `when`.
    Condition {
        /// Its name, and the type of record it stands in.
        column: String,
        /// As it was; `None`: of every record.
        was: Option<String>,
        /// As it is; `None`: of every record.
        is: Option<String>,
    },
    /// Values of another type.
    Type {
        /// Its name.
        column: String,
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// A type is called otherwise: who knows it by its name finds it no more.
    Called {
        /// The first place where it stands; `None`: it is that of the records.
        column: Option<String>,
        /// At how many places more.
        more: usize,
        /// Its name as it was; `None`: it had none.
        was: Option<String>,
        /// As it is; `None`: it has none.
        is: Option<String>,
    },
    /// The schema of what leaves, which is not known, is of another namespace.
    Namespace {
        /// As it was; `None`: that of the writer's schema.
        was: Option<String>,
        /// As it is.
        is: Option<String>,
    },
    /// Other codes for the same values: nothing joins across the change.
    Codes {
        /// Its name.
        column: String,
        /// Where in it they stand; `None`: they are its values.
        inside: Option<PartAt>,
        /// In what they differ.
        why: Vec<String>,
        /// Columns of other outputs that it joined with and does no more.
        lost: Vec<String>,
    },
    /// The header that says under which policy a record was made.
    PolicyHeader {
        /// It is written now.
        now: bool,
    },
    /// Codes where there were none, or none where there were.
    CodesOrNot {
        /// Its name.
        column: String,
        /// Where in it; `None`: they are its values.
        inside: Option<PartAt>,
        /// They are codes now.
        now: bool,
    },
}

impl Change {
    /// True when somebody who relied on the output has to do something.
    pub fn breaks(&self) -> bool {
        !matches!(
            self,
            Change::New { .. } | Change::OutputNew | Change::PolicyHeader { now: true }
        )
    }

    /// One word, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Change::OutputGone => "output_gone",
            Change::OutputNew => "output_new",
            Change::Form { .. } => "form",
            Change::Schema => "schema",
            Change::Gone { .. } => "gone",
            Change::New { .. } => "new",
            Change::KeyMember { .. } => "key_member",
            Change::Renamed { .. } => "renamed",
            Change::Condition { .. } => "condition",
            Change::Type { .. } => "type",
            Change::Called { .. } => "called",
            Change::Namespace { .. } => "namespace",
            Change::Codes { .. } => "codes",
            Change::CodesOrNot { .. } => "codes_or_not",
            Change::PolicyHeader { .. } => "policy_header",
        }
    }
}

/// In words; what is a word of the policy stands in backticks.
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::OutputGone => f.write_str("the output is written no more"),
            Change::OutputNew => f.write_str("an output that there was not"),
            Change::Form { was, is } => write!(f, "values are {is} and were {was}"),
            Change::Schema => f.write_str(
                "the schema of what leaves is another one, of more places than are told one by one",
            ),
            Change::Gone { column } => write!(f, "`{column}` is gone"),
            Change::New { column } => write!(f, "`{column}` is new"),
            Change::KeyMember { column, now } => {
                let is = if *now { "is new" } else { "is gone" };
                write!(
                    f,
                    "`{column}` {is}, so every record key is another, and finds nothing written before"
                )
            }
            Change::Renamed { was, is } => write!(f, "`{was}` is called `{is}`"),
            Change::Type { column, was, is } => write!(f, "`{column}` is {is} and was {was}"),
            Change::Condition { column, was, is } => {
                let of = |when: &Option<String>| when.clone().unwrap_or("always".to_owned());
                write!(f, "`{column}` is made so {}, and was {}", of(is), of(was))
            }
            Change::Called {
                column,
                more,
                was,
                is,
            } => {
                match (column, more) {
                    (None, _) => f.write_str("records are")?,
                    (Some(column), 0) => write!(f, "the type of `{column}` is")?,
                    (Some(column), more) => {
                        write!(f, "the type of `{column}`, and at {more} more, is")?;
                    }
                }
                write!(f, " called {} and ", name(is))?;
                f.write_str(if column.is_none() { "were" } else { "was" })?;
                write!(f, " called {}", name(was))
            }
            Change::Namespace { was, is } => {
                let of = |space: &Option<String>| {
                    let said = space.as_ref().map(|space| format!("`{space}`"));
                    said.unwrap_or("that of the writer's schema".to_owned())
                };
                write!(
                    f,
                    "the namespace of the schema of what leaves is {} and was {}",
                    of(is),
                    of(was)
                )
            }
            Change::Codes {
                column,
                inside,
                why,
                lost,
            } => {
                write!(
                    f,
                    "`{column}` has other codes{}, so it joins with nothing written before: {}",
                    there(inside),
                    why.join("; ")
                )?;
                for other in lost {
                    write!(f, "; it joins with `{other}` no more")?;
                }
                Ok(())
            }
            Change::PolicyHeader { now: true } => {
                write!(
                    f,
                    "every record says its policy in the header `{POLICY_HEADER}`"
                )
            }
            Change::PolicyHeader { now: false } => {
                write!(f, "the header `{POLICY_HEADER}` is written no more")
            }
            Change::CodesOrNot {
                column,
                inside,
                now: true,
            } => write!(f, "`{column}` holds codes{}, and did not", there(inside)),
            Change::CodesOrNot {
                column,
                inside,
                now: false,
            } => write!(
                f,
                "`{column}` holds codes{} no more: joins over it break",
                there(inside)
            ),
        }
    }
}

fn name(name: &Option<String>) -> String {
    let name = name.as_ref();
    name.map_or_else(|| "nothing".to_owned(), |name| format!("`{name}`"))
}

fn there(inside: &Option<PartAt>) -> String {
    let at = inside.as_ref();
    at.map(|at| format!(" {at}")).unwrap_or_default()
}
