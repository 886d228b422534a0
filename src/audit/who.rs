//! Who runs the command, as far as the system says.

use serde::Serialize;

/// The user of this process. Whoever is root can be anybody.
#[derive(Serialize)]
pub(super) struct Who {
    /// Whose rights it has.
    uid: u32,
    /// Their name in `/etc/passwd`.
    user: Option<String>,
    /// Who logged in, before any `su` or `sudo`, where the kernel keeps it.
    login_uid: Option<u32>,
}

pub(super) fn who() -> Who {
    let uid = rustix::process::geteuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    Who {
        uid,
        user: name_in(&passwd, uid).map(str::to_owned),
        // The highest number says that nobody logged in.
        login_uid: login.trim().parse().ok().filter(|&uid| uid != u32::MAX),
    }
}

fn name_in(passwd: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn a_name_is_that_of_the_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name_in(passwd, 0), Some("root"));
        assert_eq!(name_in(passwd, 1000), Some("ann"));
        assert_eq!(name_in(passwd, 100), None);
    }
}
