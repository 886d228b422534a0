//! How keyrings are reached: the flags that several commands share, and the
//! question for a passphrase.

use super::{Exit, Failure};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use veilstream::keys::{self, KeyError, Passphrase};
use zeroize::Zeroizing;

/// Flags of every command that reads keys.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Access {
    /// File that holds the passphrase of a wrapped keyring, closed to others, or a pipe; asked for
    /// on a terminal otherwise
    #[arg(long, value_name = "FILE", env = "VEIL_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Accept a keyring and a passphrase file that their group may read
    #[arg(long)]
    keyring_group_read: bool,
}

impl Access {
    /// As the library takes it. `confirm`: a passphrase typed for a new keyring
    /// is asked for twice.
    pub fn open(&self, confirm: bool) -> keys::Access {
        self.open_asking(move |keyring| confirm && !keyring.exists())
    }

    /// The same, where the passphrase is a new one of a keyring that exists: it is asked
    /// for twice.
    pub fn open_to_wrap(&self) -> keys::Access {
        self.open_asking(|_| true)
    }

    fn open_asking(&self, twice: impl Fn(&Path) -> bool + Send + Sync + 'static) -> keys::Access {
        let file = self.passphrase_file.clone();
        keys::Access {
            group_read: self.keyring_group_read,
            passphrase: match file {
                Some(file) => Some(Passphrase::File(file)),
                None if io::stdin().is_terminal() || has_tty() => {
                    Some(Passphrase::Ask(Box::new(move |keyring: &Path| {
                        ask(keyring, twice(keyring))
                    })))
                }
                None => None,
            },
        }
    }

    /// The same, where nothing may be waited for: a passphrase file that is a pipe was
    /// read before, and is not read again.
    pub fn open_at_once(&self) -> keys::Access {
        let is_there = |file: &&PathBuf| file.metadata().is_ok_and(|there| !there.is_file());
        match self.passphrase_file.as_ref().filter(is_there) {
            None => self.open_unattended(),
            Some(_) => keys::Access {
                group_read: self.keyring_group_read,
                passphrase: Some(Passphrase::Ask(Box::new(|_| {
                    Err(io::Error::other(NO_PIPE))
                }))),
            },
        }
    }

    /// The same, where nobody is there to be asked.
    pub fn open_unattended(&self) -> keys::Access {
        keys::Access {
            group_read: self.keyring_group_read,
            passphrase: self.passphrase_file.clone().map(Passphrase::File),
        }
    }
}

const NO_PIPE: &str = "the passphrase file is no regular file, which is read at the start alone: \
     start again with a policy that names this keyring";

/// The exit code and words for a key that cannot be used.
pub(crate) fn failure(error: &KeyError) -> Failure {
    let exit = match error {
        KeyError::Access { .. } => Exit::NotPermitted,
        KeyError::NotCreated { .. } => Exit::CannotCreate,
        KeyError::Io { source, .. } => match source.kind() {
            io::ErrorKind::NotFound => Exit::NoInput,
            io::ErrorKind::PermissionDenied => Exit::NotPermitted,
            // Nothing was read wrongly: two passphrases differ.
            io::ErrorKind::InvalidInput => Exit::Config,
            _ => Exit::Io,
        },
        _ => Exit::Config,
    };
    let failure = Failure::new(exit, error.to_string());
    match error {
        KeyError::NoPassphrase { .. } => failure
            .help("pass --passphrase-file FILE, set VEIL_PASSPHRASE_FILE, or run it on a terminal"),
        _ => failure,
    }
}

const TTY: &str = "/dev/tty";

fn has_tty() -> bool {
    std::fs::File::open(TTY).is_ok()
}

/// Asks at the terminal, which shows nothing of what is typed. Standard input
/// stays free for data.
fn ask(keyring: &Path, twice: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let first = ask_once(&format!(
        "passphrase of {}: ",
        super::screen::one_line(keyring.display())
    ))?;
    if twice && ask_once("the same again: ")? != first {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the two passphrases differ",
        ));
    }
    Ok(first)
}

/// Asks at the terminal, which shows what is typed: nothing secret.
///
/// # Errors
/// When there is no terminal.
pub fn ask_in_clear(question: &str) -> io::Result<String> {
    let mut tty = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(TTY)?;
    tty.write_all(question.as_bytes())?;
    let line = read_line(&mut tty)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn ask_once(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let mut tty = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(TTY)?;
    let shown = tcgetattr(&tty)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // Before the question: what is typed as soon as it shows is neither shown nor lost.
    tcsetattr(&tty, OptionalActions::Flush, &hidden)?;
    let line = tty
        .write_all(question.as_bytes())
        .and_then(|()| read_line(&mut tty));
    tcsetattr(&tty, OptionalActions::Flush, &shown)?;
    // The line break that was typed was not shown either.
    tty.write_all(b"\n")?;
    line
}

fn read_line(tty: &mut std::fs::File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it, so that growing leaves no copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut byte = [0];
    while line.len() < 4096 && tty.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(line)
}
