//! Which kind of record this is.

use crate::plan::Plan;
use crate::record::format::Reader;
use crate::record::tape::Document;
use crate::record::value::View;
use crate::record::{Fetched, Reason};

/// The column of the record's type: its parts joined by `/`, absent ones at
/// the end left out. A source without types has one column for all.
///
/// # Errors
/// `wrong_type` when its schema has no name, the header that says it is absent or no text, or when the first part is absent, a part is no text, or a part
/// follows an absent one: such a type has no name. `duplicate_key` when a part is found
/// several times; why a text that it stands in cannot be read.
pub(crate) fn column<R: Reader>(
    (value, fetched): (&Document<'_, R>, Fetched<'_>),
    plan: &Plan,
    name: &mut String,
    scratch: &mut String,
) -> Result<u16, Reason> {
    if plan.source.type_schema {
        let name = fetched.schema_name().ok_or(Reason::WrongType)?;
        return Ok(plan.types.column(name));
    }
    let parts = &plan.source.type_parts;
    if parts.is_empty() {
        return match &plan.source.type_header {
            None => Ok(plan.types.other),
            Some(name) => of_header(fetched, name, plan),
        };
    }
    name.clear();
    let mut ended = false;
    let mut ambiguous = false;
    for (n, read) in parts.iter().enumerate() {
        match value.read_one(*read)? {
            None | Some(View::Null) if n > 0 => ended = true,
            Some(View::Text(text)) if !ended => {
                if n > 0 {
                    name.push('/');
                }
                let text = text.chars_in(scratch);
                // A policy's name is split at its first slashes, so a slash
                // before the last part would be read as the next part.
                ambiguous |= n + 1 < parts.len() && text.contains('/');
                name.push_str(text);
            }
            _ => return Err(Reason::WrongType),
        }
    }
    if ambiguous {
        return Ok(plan.types.other);
    }
    Ok(plan.types.column(name))
}

/// The column of the type that the last header of that name says.
fn of_header(fetched: Fetched<'_>, name: &str, plan: &Plan) -> Result<u16, Reason> {
    let mut headers = fetched.headers();
    let last = headers.rfind(|(n, _)| *n == name.as_bytes());
    let said = last.and_then(|(_, value)| value).ok_or(Reason::WrongType)?;
    let name = simdutf8::basic::from_utf8(said).map_err(|_| Reason::WrongType)?;
    Ok(plan.types.column(name))
}
