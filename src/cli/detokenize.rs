//! `veil detokenize`: tokens of one field back to what they stand for.

use super::{Exit, Failure, Outcome, audited, clock, field, lines};
use jiff::Timestamp;
use veilstream::action::Reverse;
use veilstream::audit::Value;
use veilstream::plan::Plan;
use veilstream::record::Reason;
use zeroize::Zeroizing;

/// Turn tokens of one field back, one a line from standard input
///
/// Needs the policy, for the field's key, domain, space and format, and the
/// keyring it names. Addresses that `ip: prefix_preserving` made are turned back
/// too. A token of another field gives a plausible wrong value: tokens carry no
/// check. A line is a token as it stands, or a token as a JSON
/// string. A line that cannot be one leaves an empty line in its place and a
/// message on standard error; a blank line leaves an empty one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil detokenize -p policy.yaml --output orders.clean --field phone < tokens
  veil detokenize -p p.yaml --output t --field ip --at 2026-03-01T00:00:00Z < in

FIELD is a path of the output as `veil check` and the policy write it; `key`
and `header.NAME` are the record key and a header. Each value stands in the
audit log, as a hash under the field's key, before it is printed. Exits 2 when
some lines could not be turned back.")]
pub struct Args {
    #[command(flatten)]
    field: field::Named,
    /// When the events were, where tokens change with an epoch: those of that epoch
    #[arg(long, value_name = "TIME", value_parser = clock::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub fn run(self) -> Outcome {
        let opened = self.field.open(self.at)?;
        let actions = self.actions(&opened.plan)?;
        let at_ms = self.at_ms(&actions)?;
        let audit = self
            .field
            .record("detokenize", (&opened, self.at), &self.audit)?;
        lines::turn_each(audit, |line, batch| {
            let clear = reverse(&actions, line, at_ms)?;
            for key in &opened.keys {
                batch.add(key, Value::Text(&clear));
            }
            Ok(clear)
        })
    }

    /// When the events were, milliseconds since 1970; anything where it does not matter.
    fn at_ms(&self, actions: &[&dyn Reverse]) -> Result<i64, Failure> {
        let name = &self.field.field;
        let usage = |what: String| Failure::new(Exit::Usage, what);
        match (self.at, actions.iter().any(|a| a.needs_time())) {
            (Some(at), true) => Ok(at.as_millisecond()),
            (None, false) => Ok(0),
            (None, true) => Err(usage(format!(
                "what stands for `{name}` changes with every epoch (`epoch`)"
            ))
            .help("pass --at TIME: when the events were")),
            (Some(_), false) => Err(usage(format!(
                "what stands for `{name}` never changes: --at says nothing"
            ))),
        }
    }

    /// What turns the field back: several when types write it each.
    fn actions<'p>(&self, plan: &'p Plan) -> Result<Vec<&'p dyn Reverse>, Failure> {
        let output = self.field.output(plan)?;
        let reversible: Vec<(&str, &dyn Reverse)> = field::writes(plan, output)
            .filter_map(|written| {
                let reverse = plan.actions[written.action.index()].as_reverse()?;
                Some((output.fields[written.field.index()].path.as_str(), reverse))
            })
            .collect();
        let actions: Vec<&dyn Reverse> = reversible
            .iter()
            .filter(|(path, _)| *path == self.field.field)
            .map(|(_, reverse)| *reverse)
            .collect();
        if actions.is_empty() {
            let mut paths: Vec<&str> = reversible.iter().map(|(path, _)| *path).collect();
            paths.dedup();
            let why = if paths.is_empty() {
                "that output tokenizes no field, and no address with `ip: prefix_preserving`"
                    .to_owned()
            } else {
                format!("fields of that output that are: {}", paths.join(", "))
            };
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "`{}` of `{}` is no tokenized field",
                    self.field.field, self.field.output
                ),
            )
            .why(why)
            .help("an encrypted field is opened by `veil decrypt`; a pseudonym by nobody, nor a token that stands inside `redact`, `url` or `names`"));
        }
        Ok(actions)
    }
}

fn reverse(actions: &[&dyn Reverse], line: &[u8], at_ms: i64) -> Result<Zeroizing<String>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not a token: it is not text".to_owned())?;
    // Blanks at its ends are part of a token: they may be separators.
    let unescaped = serde_json::from_str::<String>(text).ok();
    let token = unescaped.as_deref().unwrap_or(text);
    let mut found: Option<Zeroizing<String>> = None;
    for action in actions {
        let mut clear = Zeroizing::new(String::with_capacity(64));
        action
            .reverse(token, at_ms, &mut clear)
            .map_err(|reason: Reason| format!("not a token of this field: {reason}"))?;
        if found.as_ref().is_some_and(|f| *f != clear) {
            return Err(
                "types of this output make different tokens of this field; which one this is cannot be told"
                    .to_owned(),
            );
        }
        found = Some(clear);
    }
    found.ok_or_else(|| "no action".to_owned())
}
