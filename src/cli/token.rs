//! The token that the pages ask for that change something.

use super::{Exit, Failure};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use veilstream::files;
use zeroize::Zeroizing;

/// A shorter one is guessed.
const CHARS_MIN: usize = 16;
const BYTES_MAX: u64 = 4096;

/// Reads it: printable ASCII, one final line end is not part of it.
///
/// # Errors
/// 66 when there is none, 77 when others can read the file, 78 when what it holds
/// is no token.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |e: &std::io::Error| Failure::unreadable("the admin token", path, e);
    let refuse = |exit, what: &str, help: &str| {
        let what = format!("the admin token file `{}` {what}", path.display());
        Err(Failure::new(exit, what).help(help))
    };
    let file = match files::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::InvalidInput => {
            let help = "name a file that holds the token";
            return refuse(Exit::Config, "is no regular file", help);
        }
        Err(e) => return Err(unreadable(&e)),
    };
    let meta = file.metadata().map_err(|e| unreadable(&e))?;
    if meta.mode() & 0o077 != 0 {
        let help = format!("chmod 600 {}", path.display());
        return refuse(Exit::NotPermitted, "can be reached by others", &help);
    }
    // Room for all of it, so that growing leaves no copies behind.
    let mut text = Zeroizing::new(String::with_capacity(BYTES_MAX as usize + 2));
    let read = file.take(BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|e| unreadable(&e))?;
    let token = text.strip_suffix('\n').unwrap_or(&text);
    let token = token.strip_suffix('\r').unwrap_or(token);
    let is_plain = token.bytes().all(|b| b.is_ascii_graphic());
    if !is_plain || token.len() < CHARS_MIN || text.len() as u64 > BYTES_MAX {
        return refuse(
            Exit::Config,
            "holds no token",
            "write 16 to 4096 printable characters without spaces: openssl rand -hex 32",
        );
    }
    Ok(Zeroizing::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_long_plain_and_closed_to_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let put = |text: &str, mode| {
            std::fs::write(&path, text).expect("it can be written");
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, mode).expect("it is ours");
            read(&path).map(|t| t.to_string()).map_err(|f| f.exit)
        };
        let token = "0123456789abcdef";
        assert_eq!(put(&format!("{token}\n"), 0o600), Ok(token.to_owned()));
        assert_eq!(put(token, 0o400), Ok(token.to_owned()));
        assert_eq!(put(token, 0o640), Err(Exit::NotPermitted));
        assert_eq!(put("0123456789abcde", 0o600), Err(Exit::Config));
        assert_eq!(put("0123456789 abcdef", 0o600), Err(Exit::Config));
        assert_eq!(put(&"a".repeat(5_000), 0o600), Err(Exit::Config));
        let gone = folder.path().join("gone");
        assert_eq!(read(&gone).map_err(|f| f.exit).err(), Some(Exit::NoInput));
        let exit = read(folder.path()).map_err(|f| f.exit).err();
        assert_eq!(exit, Some(Exit::Config));
    }
}
