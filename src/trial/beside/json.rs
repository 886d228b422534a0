//! The same for programs.

use super::became::{Became, Each};
use super::row::Row;
use super::rows::Beside;
use serde_json::{Value, json};

impl Each {
    /// As one JSON value.
    pub fn to_json(&self) -> Value {
        json!({
            "line": self.line,
            "type": self.kind,
            "became": self.became.iter().map(|b| value(*b)).collect::<Vec<_>>(),
            "refused_by": self.refused_by,
        })
    }
}

impl Beside {
    /// As one JSON value. Holds what the record holds.
    pub fn to_json(&self) -> Value {
        json!({
            "line": self.line,
            "output": self.topic,
            "became": value(self.became),
            "needs": self.needs,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "more": self.more,
            "absent": self.absent,
            "raw": self.raw,
            "left": self.left,
        })
    }
}

fn value(became: Became) -> Value {
    let why = became.why();
    json!({
        "word": became.word(),
        "reason": why.map(|[word, _, _]| word),
        "cause": why.map(|[_, cause, _]| cause),
        "remedy": why.map(|[_, _, remedy]| remedy),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "from": row.from,
        "before": row.before,
        "to": row.to,
        "after": row.after,
        "fate": row.fate,
        "action": row.action,
        "why": row.why,
    })
}
