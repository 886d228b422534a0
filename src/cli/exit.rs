//! Exit codes: a few of our own, the rest from BSD's `sysexits`.

/// How the process ends. The numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Ok = 0,
    /// `check` or `doctor` found warnings and no error; `fmt --check` found a policy out of
    /// order; `init` left rules of another tool out; `run` or `serve` was stopped by a second
    /// signal; `health` was told no; a probe's decision was not seen.
    Warnings = 1,
    /// Done, but some records were quarantined, some tests failed, some lines
    /// could not be opened, an audit log is broken, or the new policy is weaker; lines of
    /// decisions have faults, and none is written.
    Partly = 2,
    /// The command line is wrong.
    Usage = 64,
    /// The input is in another format.
    DataErr = 65,
    /// An input file is missing or unreadable.
    NoInput = 66,
    /// A broker, a port or another service is not there.
    Unavailable = 69,
    /// A mistake of ours.
    Software = 70,
    /// An output file cannot be made.
    CannotCreate = 73,
    /// Reading or writing failed half-way.
    Io = 74,
    /// A file's permissions are too open, or access is denied.
    NotPermitted = 77,
    /// The policy or the settings cannot be used, or the group is another's.
    Config = 78,
    /// `apply` was stopped by a signal before the end of its input: what a shell
    /// says of a program that SIGINT ended.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// The table shown by every long help.
pub(crate) const TABLE: &str = "\
Exit codes:
   0  done
   1  check, doctor: warnings only; fmt --check: not in order; init: rules of
      another tool were left out; run, serve: stopped by a second signal; health:
      not ready; consent probe: a decision was not seen
   2  done, but some records were quarantined, some tests failed, some lines
      could not be opened, an audit log is broken, or the new policy is weaker;
      test --update --dry-run: some would be updated; consent import: some lines
      have faults, and nothing was written
  64  wrong command line
  65  the input is in another format
  66  a file is missing or unreadable
  69  a broker, port or service is unavailable
  70  internal error
  73  an output file cannot be created
  74  reading or writing failed
  77  permissions are too open, or access is denied
  78  policy or settings cannot be used, or another policy is in the group
 130  apply: stopped by a signal before the end of the input";
