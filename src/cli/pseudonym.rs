//! `veil pseudonym`: the codes of values that somebody knows.

use super::{Exit, Failure, Outcome, audited, clock, field, lines};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::cell::RefCell;
use veilstream::action::{Action, Asides, Cx};
use veilstream::audit::{Batch, Value};
use veilstream::canon::Canon;
use veilstream::crypto::batch_entropy::BatchEntropy;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::plaintext::{self, Pad};
use veilstream::crypto::seal::BatchSeal;
use veilstream::keys::KeyHandle;
use veilstream::plan::{Output, Plan};
use veilstream::record::Reason;
use veilstream::record::ids::ActionId;
use veilstream::record::jobs::Jobs;
use veilstream::record::lookups::LookedUp;
use veilstream::record::number::Number;
use veilstream::record::value::{Text, TextForm, View, Whole};
use veilstream::render::plain::PlainText;
use zeroize::Zeroizing;

/// Compute the codes of known values, one a line from standard input
///
/// Gives what a record with that value gets in the field: a pseudonym, or a
/// token. For the request of a person, or to join a list. Needs the policy and
/// the keyring it names. A line is text as it stands; with --json it is a JSON
/// value, so that the number 42 is not the text `42`, and an array of the parts
/// where the field is made of several. A line that has no code leaves an empty
/// line and a message on standard error, which never shows any of it; a blank
/// line leaves an empty one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil pseudonym -p policy.yaml --output orders.clean --field id < values
  veil pseudonym -p policy.yaml --output orders.clean --field key < values
  veil pseudonym -p p.yaml --output t --field id --at 2026-03-01T00:00:00Z < ids
  echo 42 | veil pseudonym -p policy.yaml --output clean --field id --json
  veil pseudonym -p p.yaml --output t --field id --case 2 < ids
  veil pseudonym -p p.yaml --output t --field 'by_mail.*' --part names < mails

FIELD is a path of the output as `veil check` and the policy write it; `key`
and `header.NAME` are the record key and a header. Each value stands in the
audit log, as a hash under the field's key, before its code is printed. Exits 2
when some lines have no code.")]
pub struct Args {
    #[command(flatten)]
    field: field::Named,
    /// Lines are JSON values, not text
    #[arg(long)]
    json: bool,
    /// The code is no value of the field: it stands in the names of its members
    /// (`names`), or inside its action (`redact.with`, `url.PARAMETER`)
    #[arg(long, value_name = "PART")]
    part: Option<String>,
    /// Which of the cases of `when`, or of the types of record, makes the codes, where they
    /// differ: from 1, in the order of the policy
    #[arg(long, value_name = "N")]
    case: Option<usize>,
    /// Whose codes, where the policy says `scope: subject`
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// When the events were, where codes change with an epoch: the codes of that epoch
    #[arg(long, value_name = "TIME", value_parser = clock::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    audit: audited::Flags,
}

/// What makes the field, one action a type of record that writes it.
struct Makes<'p> {
    actions: Vec<(ActionId, &'p dyn Action)>,
    parts: Option<usize>,
    subject: Option<String>,
    at_ms: Option<i64>,
    json: bool,
}

impl Args {
    pub fn run(self) -> Outcome {
        let opened = self.field.open(self.at)?;
        let makes = self.makes(&opened.plan)?;
        let audit = self
            .field
            .record("pseudonym", (&opened, self.at), &self.audit)?;
        let bench = RefCell::new(Bench::default());
        lines::turn_each(audit, |line, batch| {
            makes.code(line, &opened.keys, &mut bench.borrow_mut(), batch)
        })
    }

    fn makes<'p>(&self, plan: &'p Plan) -> Result<Makes<'p>, Failure> {
        let output = self.field.output(plan)?;
        let usage = |what: String| Failure::new(Exit::Usage, what);
        let (name, topic) = (&self.field.field, &self.field.output);
        let mut makes = Makes {
            actions: Vec::new(),
            parts: None,
            subject: None,
            at_ms: self.at.map(Timestamp::as_millisecond),
            json: self.json,
        };
        let mut others: Vec<String> = Vec::new();
        let (mut needs_subject, mut needs_time) = (false, false);
        for can in candidates(plan, output) {
            let Some(besides) = can.action.recomputed_from() else {
                continue;
            };
            let is_known = makes
                .actions
                .iter()
                .any(|(_, known)| std::ptr::addr_eq(*known, can.action));
            if can.path != name || can.part != self.part {
                others.push(can.says());
                continue;
            }
            if is_known {
                continue;
            }
            if besides.coordinates {
                return Err(usage(format!(
                    "the codes of `{name}` differ from record to record (`scope: record`)"
                ))
                .why("a value has no code without the place of its record"));
            }
            needs_subject |= besides.subject;
            needs_time |= besides.time;
            if !makes.actions.is_empty() && makes.parts != can.parts {
                return Err(usage(format!(
                    "types of `{topic}` make `{name}` of different parts: which is meant cannot be told"
                )));
            }
            makes.parts = can.parts;
            makes.actions.push((can.id, can.action));
        }
        if makes.actions.is_empty() {
            others.dedup();
            let is_here = |says: &&String| says.starts_with(&format!("{name} --part "));
            let help = match others.iter().find(is_here) {
                Some(part) => format!("a code stands inside of it: --field {part}"),
                None => String::new(),
            };
            let why = match others.is_empty() {
                true => "that output has no such field".to_owned(),
                false => format!("fields of that output that are: {}", others.join(", ")),
            };
            let what = match &self.part {
                Some(part) => format!("the part `{part}` of `{name}` of `{topic}`"),
                None => format!("`{name}` of `{topic}`"),
            };
            let failure = usage(format!(
                "{what} is neither pseudonymized, tokenized nor hashed"
            ))
            .why(why);
            return Err(match help.is_empty() {
                true => failure,
                false => failure.help(help),
            });
        }
        if let Some(case) = self.case {
            makes.actions = vec![one_of(&makes.actions, case, name)?];
        }
        if let (Some(parts), false) = (makes.parts, self.json) {
            return Err(
                usage(format!("`{name}` is made of {parts} values (`from`)"))
                    .help("pass --json, and on each line an array of them in the policy's order, null for one that is absent"),
            );
        }
        match (self.at, needs_time) {
            (None, true) => {
                return Err(usage(format!(
                    "the codes of `{name}` change with every epoch (`epoch`)"
                ))
                .help("pass --at TIME: when the events were whose codes are wanted"));
            }
            (Some(_), false) => {
                return Err(usage(format!(
                    "the codes of `{name}` never change: --at says nothing"
                )));
            }
            (Some(_), true) | (None, false) => {}
        }
        makes.subject = match (&self.subject, needs_subject) {
            (Some(id), true) => Some(subject(id, plan)?),
            (None, false) => None,
            (None, true) => {
                return Err(usage(format!(
                    "the codes of `{name}` differ from person to person (`scope: subject`)"
                ))
                .help("pass --subject ID, as the event says it"));
            }
            (Some(_), false) => {
                return Err(usage(format!(
                    "the codes of `{name}` are the same for everybody: --subject says nothing"
                )));
            }
        };
        Ok(makes)
    }
}

/// The case of that number.
fn one_of<'p>(
    actions: &[(ActionId, &'p dyn Action)],
    case: usize,
    name: &str,
) -> Result<(ActionId, &'p dyn Action), Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    if actions.len() == 1 {
        return Err(usage(format!(
            "the codes of `{name}` are made in one way: --case says nothing"
        )));
    }
    let found = case.checked_sub(1).and_then(|n| actions.get(n));
    found.copied().ok_or_else(|| {
        usage(format!("the codes of `{name}` have no case {case}"))
            .help(format!("pass --case 1 to {}", actions.len()))
    })
}

/// Something that may make a code of an output.
struct Candidate<'p> {
    path: &'p str,
    /// Where inside the field, as `--part` takes it; `None`: it makes the value.
    part: Option<String>,
    id: ActionId,
    action: &'p dyn Action,
    /// How many siblings it is made of, when it is made of several.
    parts: Option<usize>,
}

impl Candidate<'_> {
    /// As it is asked for.
    fn says(&self) -> String {
        match &self.part {
            Some(part) => format!("{} --part {part}", self.path),
            None => self.path.to_owned(),
        }
    }
}

/// Everything that makes what leaves to an output, the parts of fields and the names of
/// members included.
fn candidates<'p>(plan: &'p Plan, output: &'p Output) -> Vec<Candidate<'p>> {
    let mut all = Vec::new();
    for written in field::writes(plan, output) {
        let action = &*plan.actions[written.action.index()];
        let path = output.fields[written.field.index()].path.as_str();
        let inner = action.parts().into_iter().chain(output.names_of(path));
        all.push(Candidate {
            path,
            part: None,
            id: written.action,
            action,
            parts: written.parts,
        });
        all.extend(inner.map(|(part, action)| Candidate {
            path,
            part: Some(part),
            id: written.action,
            action,
            parts: None,
        }));
    }
    all
}

/// As the gate reads it from an event: text and numbers alike are text.
fn subject(id: &str, plan: &Plan) -> Result<String, Failure> {
    let canon = Canon::from_words(["text"]).expect("`text` is a canonicaliser");
    let canon = canon.with_nothing(&plan.nothing);
    let view = View::Text(Text::new(id, TextForm::Plain));
    let mut value = Vec::new();
    match canon.value(view, &mut String::new(), &mut value) {
        Ok(true) => Ok(String::from_utf8(value.split_off(1)).expect("its content is text")),
        Ok(false) | Err(_) => Err(Failure::new(
            Exit::Usage,
            "--subject is no id that an event could have",
        )),
    }
}

impl Makes<'_> {
    fn code(
        &self,
        line: &[u8],
        keys: &[KeyHandle],
        bench: &mut Bench,
        batch: &mut Batch,
    ) -> Result<Zeroizing<String>, String> {
        let text = std::str::from_utf8(line).map_err(|_| "no code: it is not text".to_owned())?;
        let not_json = || "no code: it is not one JSON value".to_owned();
        let mut unescaped = Vec::new();
        let mut parts: Vec<Option<View<'_>>> = Vec::new();
        let whole;
        match (self.json, self.parts) {
            (false, _) => whole = View::Text(Text::new(text, TextForm::Plain)),
            (true, None) => {
                let raw: &RawValue = serde_json::from_str(text).map_err(|_| not_json())?;
                unescaped.push(unescape(raw).ok_or_else(not_json)?);
                whole = view(raw, &unescaped[0]);
            }
            (true, Some(count)) => {
                let raws: Vec<&RawValue> = serde_json::from_str(text)
                    .map_err(|_| format!("no code: it is no JSON array of {count} values"))?;
                if raws.len() != count {
                    return Err(format!(
                        "no code: it has {} values, the field is made of {count}",
                        raws.len()
                    ));
                }
                for raw in &raws {
                    unescaped.push(unescape(raw).ok_or_else(not_json)?);
                }
                let views = raws
                    .iter()
                    .zip(&unescaped)
                    .map(|(raw, text)| view(raw, text));
                parts = views
                    .map(|view| (!matches!(view, View::Null)).then_some(view))
                    .collect();
                whole = View::Whole(Whole::of_json(text.trim(), false, text.contains('{')));
            }
        }
        let mut found: Option<String> = None;
        for (id, action) in &self.actions {
            let parts = self.parts.map(|_| &parts[..]);
            let code = bench
                .apply(
                    (*id, *action),
                    whole,
                    parts,
                    (self.subject.as_deref(), self.at_ms),
                )
                .map_err(|reason| format!("no code: {reason}"))?;
            if found.as_ref().is_some_and(|f| *f != code) {
                return Err(format!(
                    "cases of `when` or types of record make different codes of this value; which one is meant cannot be told: pass --case 1 to {}",
                    self.actions.len()
                ));
            }
            found = Some(code);
        }
        let tagged = bench.tagged(whole).map_err(|r| format!("no code: {r}"))?;
        for key in keys {
            batch.add(key, Value::Tagged(&tagged));
        }
        let code = found.unwrap_or_default();
        if code.is_empty() {
            return Err("no code: it counts as absent, so a record gets none either".to_owned());
        }
        Ok(Zeroizing::new(code))
    }
}

/// The characters of a JSON string, or nothing for another value; `None` when it
/// has half a character.
fn unescape(raw: &RawValue) -> Option<Zeroizing<String>> {
    let text = match raw.get().starts_with('"') {
        true => serde_json::from_str(raw.get()).ok()?,
        false => String::new(),
    };
    Some(Zeroizing::new(text))
}

fn view<'v>(raw: &'v RawValue, unescaped: &'v str) -> View<'v> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => View::Text(Text::new(unescaped, TextForm::Plain)),
        Some(b'n') | None => View::Null,
        Some(b't') => View::Bool(true),
        Some(b'f') => View::Bool(false),
        Some(b'{' | b'[') => View::Whole(Whole::of_json(
            json,
            json.starts_with('{'),
            json.contains('{'),
        )),
        Some(_) => View::Number(Number::of_text(json)),
    }
}

/// What an action needs beside its value, outside of any record.
struct Bench {
    jobs: Jobs,
    seal: BatchSeal,
    /// Nothing is drawn, and nothing looked up: no code comes from chance or a store.
    entropy: BatchEntropy,
    looked_up: LookedUp,
    asides: Asides,
    text: Zeroizing<String>,
    bytes: Zeroizing<Vec<u8>>,
    out: Vec<u8>,
}

impl Default for Bench {
    fn default() -> Bench {
        Bench {
            jobs: Jobs::default(),
            seal: BatchSeal::new(OsEntropy),
            entropy: BatchEntropy::new(OsEntropy),
            looked_up: LookedUp::new(0),
            asides: Asides::default(),
            text: Zeroizing::default(),
            bytes: Zeroizing::default(),
            out: Vec::new(),
        }
    }
}

impl Bench {
    /// What the action makes of the value; empty when the value is absent.
    fn apply(
        &mut self,
        (id, action): (ActionId, &dyn Action),
        view: View<'_>,
        parts: Option<&[Option<View<'_>>]>,
        of: (Option<&str>, Option<i64>),
    ) -> Result<String, Reason> {
        self.out.clear();
        self.jobs.clear();
        let mut cx = Cx::outside(
            of,
            &mut self.jobs,
            &mut self.seal,
            &mut self.text,
            &mut self.bytes,
            (&mut self.entropy, &self.looked_up, &mut self.asides),
        );
        cx.begin(id);
        let mut out = PlainText::new(&mut self.out);
        match parts {
            Some(parts) => action.apply_parts(parts, &mut out, &mut cx)?,
            None => action.apply(view, &mut out, &mut cx)?,
        }
        let (by_action, inputs) = self.jobs.by_action();
        for jobs in by_action {
            action.finish(jobs, inputs, &mut self.out, &mut self.seal);
        }
        self.jobs.clear();
        Ok(String::from_utf8(std::mem::take(&mut self.out)).expect("a code is ASCII"))
    }

    /// Tag and content of the value, as the audit log hashes them.
    fn tagged(&mut self, view: View<'_>) -> Result<Zeroizing<Vec<u8>>, Reason> {
        let mut tagged = Zeroizing::new(Vec::new());
        plaintext::encode(view, Pad::None, &mut self.text, &mut tagged)?;
        // Without the end mark of an envelope.
        tagged.pop();
        Ok(tagged)
    }
}
