//! The rules of another tool to a policy draft.
//!
//! **In**: a configuration of that tool, and a sample of the events if there is one.
//! **Out**: the text of a policy that a person reads and finishes, each line with the
//! place it came from, and a list of what has no equal. **Promises**: what has no equal
//! is refused and named, never approximated by something weaker; a secret of that
//! configuration does not stand in the draft; what that tool lets through unnamed stays
//! behind; no action of the draft is one that this version refuses. **Does not know**:
//! files, keys, how a policy is compiled.

mod chain;
mod columns;
mod configuration;
mod connect;
mod dlp;
mod dlp_values;
mod kafka_ui;
mod listed;
mod outcome;
mod paths;
mod properties;
mod rules;
mod smt;
mod snowplow;
mod taken;
#[cfg(test)]
mod tests;
mod text;

pub use outcome::{Beside, Foreign, Imported, NotRead, Refused, SALT};

use configuration::tree;
use rules::Rules;

/// The policy for the rules of that tool.
///
/// # Errors
/// [`NotRead`] when they cannot be read, or nothing of them has an equal.
pub fn import(foreign: Foreign, text: &str, beside: &Beside<'_>) -> Result<Imported, NotRead> {
    let mut rules = Rules::of(text, beside);
    let other = |why| NotRead::Other(foreign.name(), why);
    match foreign {
        Foreign::SnowplowPii => snowplow::read(&tree(text)?, &mut rules).map_err(other)?,
        Foreign::Dlp => dlp::read(&tree(text)?, &mut rules).map_err(other)?,
        Foreign::KafkaUi => kafka_ui::read(&tree(text)?, &mut rules).map_err(other)?,
        Foreign::Connect => connect::read(text, &mut rules)?,
    }
    if rules.is_empty() {
        return Err(NotRead::Nothing(foreign.name(), rules.refused));
    }
    Ok(text::write(foreign, rules, beside))
}
