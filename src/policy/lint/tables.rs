//! What files beside the policy let out.

use super::Use;
use crate::action::Tables;
use crate::language::codes;
use crate::language::finding::Findings;

/// Warns of classes that only one value lies in.
pub(crate) fn lone_classes(uses: &[Use<'_>], read: &Tables, findings: &mut Findings) {
    for u in uses {
        let Some(lone) = u.value.spec.lone_class(read) else {
            continue;
        };
        let more = match lone.more {
            0 => String::new(),
            n => format!(", and {n} more like it"),
        };
        findings
            .warning(
                codes::CLASS_OF_ONE,
                lone.table.span,
                format!(
                    "line {} of `{}` is alone in its class at this level{more}",
                    lone.line, lone.table.name
                ),
            )
            .label("named here")
            .why("a class of one value is another name for that value")
            .help("a higher `level`, or a class that it shares with others in the file")
            .output(u.topic())
            .field(&u.path);
    }
}
