//! What a place of an output is called.

use crate::policy::Where;

/// As a place of an output is called.
pub(super) fn name(to: &Where) -> String {
    match to {
        Where::Value(path) => path.to_string(),
        Where::Key => "record key".to_owned(),
        Where::KeyField(path) => format!("record key {path}"),
        Where::Header(name) => format!("header {name}"),
    }
}
