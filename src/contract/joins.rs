//! What a column joins with: columns whose codes are made alike.

use super::Described;
use super::place::name;
use crate::policy::{Column, OutputMeaning};

/// A column that another joins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The name of its policy.
    pub policy: String,
    /// The topic of its output.
    pub topic: String,
    /// The column there.
    pub column: String,
    /// The type of record it stands in; `None`: in every one.
    pub of_type: Option<String>,
    /// A number and the text of its digits have two codes.
    pub by_type: bool,
}

/// Every other column of these policies whose codes are made alike.
pub(super) fn of(output: &OutputMeaning, column: &Column, policies: &[Described]) -> Vec<Join> {
    let Some(by) = &column.joins_by else {
        return Vec::new();
    };
    let mut found: Vec<Join> = Vec::new();
    for policy in policies {
        for other in &policy.meaning.outputs {
            for theirs in &other.columns {
                let itself = std::ptr::eq(output, other) && theirs.to == column.to;
                if itself || theirs.joins_by.as_ref() != Some(by) {
                    continue;
                }
                let join = Join {
                    policy: policy.meaning.name.clone(),
                    topic: other.topic.clone(),
                    column: name(&theirs.to),
                    of_type: theirs.of_type.clone(),
                    by_type: by.by_type,
                };
                if !found.contains(&join) {
                    found.push(join);
                }
            }
        }
    }
    found
}
