//! What a column joins with: columns whose codes are made alike.

use super::Described;
use super::place::name;
use crate::policy::{Column, JoinsBy, OutputMeaning};

/// A column that another joins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The name of its policy.
    pub policy: String,
    /// The topic of its output.
    pub topic: String,
    /// The column there.
    pub column: String,
    /// Where in that column the code stands, in words; `None`: it is the value.
    pub inside: Option<String>,
    /// The type of record it stands in; `None`: in every one.
    pub of_type: Option<String>,
    /// A number and the text of its digits have two codes.
    pub by_type: bool,
}

impl Join {
    /// The output and the column there, and where in it.
    pub(super) fn says(&self) -> String {
        let column = format!("{} {}", self.topic, self.column);
        match &self.inside {
            Some(inside) => format!("{column}, {inside}"),
            None => column,
        }
    }
}

/// Every other column of these policies that carries a code which is made as that one of
/// `column` is.
pub(super) fn of(
    (output, column, by): (&OutputMeaning, &Column, &JoinsBy),
    policies: &[Described],
) -> Vec<Join> {
    let mut found: Vec<Join> = Vec::new();
    for policy in policies {
        for other in &policy.meaning.outputs {
            for theirs in &other.columns {
                if std::ptr::eq(output, other) && theirs.to == column.to {
                    continue;
                }
                for (at, code) in theirs.codes().filter(|(_, code)| *code == by) {
                    let join = Join {
                        policy: policy.meaning.name.clone(),
                        topic: other.topic.clone(),
                        column: name(&theirs.to),
                        inside: at.map(ToString::to_string),
                        of_type: theirs.of_type.clone(),
                        by_type: by.by_type || code.by_type,
                    };
                    if !found.contains(&join) {
                        found.push(join);
                    }
                }
            }
        }
    }
    found
}
