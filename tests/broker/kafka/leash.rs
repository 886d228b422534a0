//! No process outlives the test binary.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Kills a child process, and removes its scratch directory, when the test
/// binary is gone, even if that was killed with SIGKILL.
///
/// A small shell waits at the end of a pipe whose other end only this process
/// holds. When the pipe closes the shell kills the process. `let_go` ends the
/// shell first, so that a process id which the system has given to somebody
/// else is never signalled.
pub struct Leash {
    shell: Option<Child>,
}

impl Leash {
    /// Ties the process `pid` to this one; `scratch` is removed with it.
    pub fn on(pid: u32, scratch: Option<&Path>) -> io::Result<Leash> {
        let script = r#"while read -r _; do :; done
kill -9 "$1" 2>/dev/null
i=0
while [ $i -lt 100 ] && kill -0 "$1" 2>/dev/null; do i=$((i+1)); sleep 0.05; done
if [ -n "$2" ]; then rm -rf -- "$2"; fi"#;
        let shell = Command::new("sh")
            .args(["-c", script, "leash", &pid.to_string()])
            .arg(scratch.map_or("".as_ref(), Path::as_os_str))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // an interrupt at the terminal must not end the guard first
            .spawn()?;
        Ok(Leash { shell: Some(shell) })
    }

    /// Ends the guard and leaves the process to the caller.
    pub fn let_go(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            let _ = shell.kill();
            let _ = shell.wait();
        }
    }
}

impl Drop for Leash {
    /// Pulls: closes the pipe and waits until the process is gone.
    fn drop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            // Not waited for: the owner may still have to reap the process
            // that the shell waits to see gone.
            std::thread::spawn(move || shell.wait());
        }
    }
}
