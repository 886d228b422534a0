//! `veil try`: a policy and a sample side by side.

mod container;
mod held;
mod keys;
#[cfg(feature = "kafka")]
mod page;
mod prompt;
#[cfg(feature = "kafka")]
mod serve;
mod session;

#[cfg(not(feature = "kafka"))]
use super::{Exit, Failure};
use super::{Outcome, decisions, keyring};
use held::Sample;
use session::Session;
use std::path::PathBuf;

/// Try a policy on a sample: before, after and why of each field
///
/// On the terminal, record after record; with --serve in the browser, with the policy
/// in an editor beside it and findings while typing. The page is served to this machine
/// alone, under an address that nobody can guess, and loads nothing from elsewhere. The
/// sample is shown as it is. Nothing is written: what was edited is copied or downloaded.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil try -p policy.yaml -i events.ndjson --serve
  veil try -p policy.yaml -i events.ndjson --serve 127.0.0.1:4195
  veil try -p policy.yaml -i events.ndjson
  veil try -p policy.yaml -i events.ndjson --consent decisions.ndjson
  veil generate segment -n 20 | veil try -p policy.yaml --test-keys | less

The first 200 records of the sample are taken, up to 4 MiB of them;
`veil explain --on` reads all. On the terminal the policy is read again before
each record; the commands are the number of a record, Enter for the next, {…}
for an event typed in, explain, check and quit. Where nobody is there to type,
every record is shown once.

From another machine: forward the port, `ssh -L 4195:127.0.0.1:4195 HOST`, and
serve at 127.0.0.1:4195 there.

Exits 0 when it is ended (ctrl-C with --serve), 64 for an address that is not
this machine's own, 65, 66 or 74 when the sample cannot be read, 69 when the
address is taken, 78 when the policy cannot be read, or has an error and nobody
is there to mend it.")]
pub struct Args {
    /// The policy
    #[arg(short, long, value_name = "POLICY")]
    policy: PathBuf,
    /// The sample of events, one a line; `-`, or none, is standard input
    #[arg(short, long = "input", value_name = "SAMPLE")]
    input: Option<PathBuf>,
    /// Show it in the browser, at this address of this machine [default: a free port]
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:0")]
    serve: Option<String>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long)]
    envelope: bool,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE")]
    consent: Option<PathBuf>,
    /// Take the keys of policy tests instead of keyrings: public, so for looking only
    #[arg(long, conflicts_with_all = ["passphrase_file", "keyring_group_read"])]
    test_keys: bool,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        #[cfg(feature = "kafka")]
        let address = self.serve.as_deref().map(serve::address).transpose()?;
        #[cfg(not(feature = "kafka"))]
        if self.serve.is_some() {
            return Err(Failure::new(Exit::Usage, "this build serves no page")
                .help("leave --serve out, or build it with the feature `kafka`"));
        }
        let policy = super::policy::read(&self.policy)?;
        let files: Vec<PathBuf> = self.input.iter().cloned().collect();
        let from_stdin = files.iter().all(|file| file.as_os_str() == "-");
        decisions::apart(self.consent.as_deref(), &files)?;
        let sample = Sample::read(&files, self.envelope, policy.bare().is_some())?;
        let keys = match self.test_keys {
            true => keys::Keys::OfTests,
            false => keys::Keys::files(&self.keys),
        };
        let mut session = Session {
            policy,
            sample,
            consent: self.consent,
            keys,
        };
        // A passphrase is asked for now, and not while somebody types.
        session.keys.open(&session.policy);
        #[cfg(feature = "kafka")]
        if let Some(address) = address {
            return serve::serve(address, &session, self.input.as_deref());
        }
        prompt::prompt(&mut session, from_stdin)
    }
}
