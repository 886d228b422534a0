//! `veil detokenize`: tokens of one field back to what they stand for.

use super::{Exit, Failure, Outcome, keyring, lines, policy};
use std::path::PathBuf;
use veilstream::action::Reverse;
use veilstream::plan::{Output, Plan};
use veilstream::record::Reason;
use veilstream::record::ids::{ActionId, FieldId};
use zeroize::Zeroizing;

/// Turn tokens of one field back, one a line from standard input
///
/// Needs the policy, for the field's key, domain, space and format, and the
/// keyring it names. A token of another field gives a plausible wrong value:
/// tokens carry no check. A line is a token as it stands, or a token as a JSON
/// string. A line that cannot be one leaves an empty line in its place and a
/// message on standard error; a blank line leaves an empty one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil detokenize -p policy.yaml --output orders.clean --field customer.phone < tokens

FIELD is a path of the output as `veil check` and the policy write it; `key`
and `header.NAME` are the record key and a header. Exits 2 when some lines
could not be turned back.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    /// The output that holds the tokens
    #[arg(long, value_name = "TOPIC")]
    output: String,
    /// The field of that output
    #[arg(long, value_name = "PATH")]
    field: String,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let (plan, _) = policy::compile(&self.policy, &self.keys)?;
        let actions = self.actions(&plan)?;
        lines::turn_each(|line| reverse(&actions, line))
    }

    /// What turns the field back: several when types write it each.
    fn actions<'p>(&self, plan: &'p Plan) -> Result<Vec<&'p dyn Reverse>, Failure> {
        let output = plan
            .outputs
            .iter()
            .find(|o| *o.topic == *self.output)
            .ok_or_else(|| {
                let topics: Vec<&str> = plan.outputs.iter().map(|o| &*o.topic).collect();
                Failure::new(
                    Exit::Usage,
                    format!("the policy has no output `{}`", self.output),
                )
                .why(format!("its outputs are {}", topics.join(", ")))
            })?;
        let reversible: Vec<(&str, &dyn Reverse)> = writes(output)
            .filter_map(|(field, action)| {
                let reverse = plan.actions[action.index()].as_reverse()?;
                Some((output.fields[field.index()].path.as_str(), reverse))
            })
            .collect();
        let actions: Vec<&dyn Reverse> = reversible
            .iter()
            .filter(|(path, _)| *path == self.field)
            .map(|(_, reverse)| *reverse)
            .collect();
        if actions.is_empty() {
            let mut paths: Vec<&str> = reversible.iter().map(|(path, _)| *path).collect();
            paths.dedup();
            let why = if paths.is_empty() {
                "that output tokenizes no field".to_owned()
            } else {
                format!("fields of that output that are: {}", paths.join(", "))
            };
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "`{}` of `{}` is no tokenized field",
                    self.field, self.output
                ),
            )
            .why(why)
            .help("an encrypted field is opened by `veil decrypt`; a pseudonym by nobody"));
        }
        Ok(actions)
    }
}

/// Field and action of everything an output writes.
fn writes(output: &Output) -> impl Iterator<Item = (FieldId, ActionId)> {
    let leaves = output
        .leaves
        .iter()
        .flat_map(|leaf| leaf.writes.iter().map(|w| (w.field, w.action)));
    let key = output.key.iter().map(|k| (k.field, k.action));
    let headers = output.headers.iter().map(|h| (h.field, h.action));
    leaves.chain(key).chain(headers)
}

fn reverse(actions: &[&dyn Reverse], line: &[u8]) -> Result<Zeroizing<String>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not a token: it is not text".to_owned())?;
    // Blanks at its ends are part of a token: they may be separators.
    let unescaped = serde_json::from_str::<String>(text).ok();
    let token = unescaped.as_deref().unwrap_or(text);
    let mut found: Option<Zeroizing<String>> = None;
    for action in actions {
        let mut clear = Zeroizing::new(String::with_capacity(64));
        action
            .reverse(token, &mut clear)
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
