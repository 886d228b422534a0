//! `veil explain`: an answer from the policy.

mod code;
mod join;
mod path;
mod sample;

pub(super) use join::quoted;

use super::measured::Sample;
use super::shown::PageFormat;
use super::{Exit, Failure, Outcome, decisions, keyring, policies};
use std::path::PathBuf;
use veilstream::policy::PolicyFile;

/// Ask a policy: what it makes of a sample, of a path, what joins, what a code says
///
/// Of a sample it tells, for each output and field, how often it was written,
/// missing, null, dropped or refused, with examples of what leaves; the selectors
/// that never matched, with the nearest path that is there; and the paths that
/// the policy does not name, without their values. Of two columns it tells whether
/// who reads both can join them: by key, by row, by content, by behaviour, or not, and why;
/// with a sample, how many of its rows and persons are found that way.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil explain -p policy.yaml --on events.ndjson
  veil explain -p policy.yaml --on monday.ndjson.gz --format html > report.html
  veil explain -p policy.yaml --on events.ndjson --consent decisions.ndjson
  veil explain join web.clean.userId shop.orders.customer.id \\
      -p web.yaml -p orders.yaml
  veil explain join web.events.analytics.userId web.events.mail.userId \\
      -p web.yaml --on events.ndjson
  veil explain traits.email -p policy.yaml
  veil explain V0214
  veil explain wrong_type

A column is TOPIC.PATH: the topic of an output and a path that leaves there,
`key`, or `header.NAME`. Keyrings are opened for a sample only. Decisions are
lines as `veil apply --consent` reads them; a policy with `consent.state` needs
them for a sample.

Of a field, missing are the records of its output that have nothing there (null
where that is not known: of elements, and of fields that some types of record
have), absent those of which the action made nothing.

JSON of a sample has the keys policy, digest, received, looked_at, quarantined,
refused[], outputs[] (topic, written, waits, needs, left_out, looked_at,
withheld, clearing_tombstones, policy_header, fields[] with path, from, action,
written, missing, absent, dropped_on_error, replaced_on_error, refused, other,
accepted_hashed, null, distinct, distinct_is_exact, examples), never_matched[]
(output, path, from, there, folded, nearest, differs_by), unnamed[] (path,
records, kinds, looks_like, category, confidence), unnamed_more, values_beyond,
looks_enveloped. JSON of a join has the keys level (key, row, behaviour, not),
ways[] (level, open, why[]) and measured, with a sample, as veil attack has it
(A4, A5, A6); of a path: path, classes, read, nearest, outputs[] (topic, type,
fate, fields[], by[], passed_over[], part_of[]), and of several policies a list
of these, each with policy; of a code: code, name, meaning, may_be_allowed,
example; of a reason: reason, cause, remedy, withheld; of what is left out:
left_out, cause, remedy; of what became of a window: window, cause, remedy.

Exits 0 with an answer, 64 when the question cannot be understood, 65, 66 or 74
when the sample cannot be read, 78 when a policy cannot be used.")]
pub struct Args {
    /// A code or its name, a reason, a path; or `join` and two columns
    #[arg(value_name = "WHAT", num_args = 0..=3)]
    what: Vec<String>,
    /// The policies: files, folders, or `-` for standard input; of a sample one
    #[arg(short, long = "policy", value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// A sample of events, one a line; `-` is standard input
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long, requires = "on")]
    envelope: bool,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE", requires = "on")]
    consent: Option<PathBuf>,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: PageFormat,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let what: Vec<&str> = self.what.iter().map(String::as_str).collect();
        let sample = Sample {
            files: &self.on,
            enveloped: self.envelope,
            consent: self.consent.as_deref(),
        };
        match (&what[..], &self.policies[..], &self.on[..]) {
            ([], [_, ..], sample @ [_, ..]) => {
                let files = policies::read(&self.policies)?;
                let [policy] = &files[..] else {
                    return Err(one_policy(&files));
                };
                let consent = self.consent.as_deref();
                decisions::apart(consent, sample)?;
                let sample = (sample, self.envelope);
                sample::explain(policy, &self.keys, (consent, sample), self.format)
            }
            (["join", a, b], [_, ..], on) => {
                let files = policies::read(&self.policies)?;
                let sample = (!on.is_empty()).then_some(sample);
                join::explain([a, b], &files, sample, self.format)
            }
            (["join", ..], ..) => Err(asked(
                "two columns are joined: `join TOPIC.PATH TOPIC.PATH`",
            )
            .help("veil explain join A.x B.y -p P1 [-p P2]…")),
            ([word], [], []) => code::explain(word, self.format),
            ([path], [_, ..], []) => {
                path::explain(path, &policies::read(&self.policies)?, self.format)
            }
            ([_], _, [_, ..]) => Err(
                asked("a path is explained from policies, not from a sample")
                    .help("veil explain PATH -p POLICY, or veil explain -p POLICY --on SAMPLE"),
            ),
            ([], ..) => Err(asked("a sample is explained under one policy")
                .help("veil explain -p POLICY --on SAMPLE; see veil explain --help")),
            _ => Err(asked("one thing is explained at a time").help("see veil explain --help")),
        }
    }
}

/// A sample is of one policy's events.
fn one_policy(files: &[PolicyFile]) -> Failure {
    let names: Vec<String> = files
        .iter()
        .map(|file| format!("`{}`", file.path.display()))
        .collect();
    asked("a sample is explained under one policy")
        .help(format!("name one with -p: {}", names.join(", ")))
}

/// The question cannot be understood.
fn asked(why: &str) -> Failure {
    Failure::new(Exit::Usage, "this cannot be explained").why(why)
}
