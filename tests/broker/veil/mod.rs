//! The real `veil` binary as a child process.
//!
//! In: a policy, a broker, flags. Out: its log, its HTTP pages, its exit.
//! Promises: no child outlives the test binary; every wait has a deadline and
//! a failure shows the log. Does not know: what a right output is.

mod home;
mod http;
mod log;
mod metrics;
mod readyz;

pub use home::Home;
pub use metrics::Metrics;
pub use readyz::{Readyz, Said};

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::kafka::{Cluster, Leash, await_some};
use log::Log;

/// A running `veil run`.
pub struct Veil {
    child: Child,
    leash: Leash,
    log: Log,
    broker: String,
    http: Option<SocketAddr>,
    ended: Option<ExitStatus>,
}

impl Veil {
    /// Starts `veil run` on the policy of `home` with `flags` behind the usual
    /// ones, and does not wait for anything.
    pub fn start(home: &Home, cluster: &Cluster, group: &str, flags: &[&str]) -> Veil {
        Self::start_at(home, &cluster.bootstrap(), group, flags)
    }

    /// The same for which the broker is there, at `host:port`.
    pub fn start_at(home: &Home, broker: &str, group: &str, flags: &[&str]) -> Veil {
        let bootstrap = format!("bootstrap.servers={broker}");
        let mut command = home.command();
        command
            .args(["run", "-p", "policy.yaml", "-X", &bootstrap])
            .args(["--group", group, "--http", "127.0.0.1:0"])
            .args(flags);
        Self::spawn(command, broker.to_owned())
    }

    /// Starts a command line as a page shows it, `veil` and all; its settings name `cluster`.
    pub fn as_shown(home: &Home, cluster: &Cluster, line: &str) -> Veil {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("veil"), "{line}");
        let mut command = home.command();
        command.args(words).args(["--http", "127.0.0.1:0"]);
        Self::spawn(command, cluster.bootstrap())
    }

    /// Starts `veil serve` on the policy of `home` with `flags` behind the usual ones.
    pub fn serve(home: &Home, cluster: &Cluster, flags: &[&str]) -> Veil {
        let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
        let mut command = home.command();
        command
            .args(["serve", "-p", "policy.yaml", "-X", &bootstrap])
            .args(["--http", "127.0.0.1:0"])
            .args(flags);
        Self::spawn(command, cluster.bootstrap())
    }

    /// The address that a line of its log names so.
    pub fn await_address(&mut self, name: &str) -> SocketAddr {
        let start = Instant::now();
        loop {
            assert!(self.try_exit().is_none(), "veil ended:\n{}", self.log());
            let lines = self.log();
            let mut told = lines.lines().filter_map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                let fields = line.get("fields").unwrap_or(&line);
                fields[name].as_str()?.parse().ok()
            });
            if let Some(address) = told.next_back() {
                return address;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "no address:\n{lines}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn spawn(mut command: Command, broker: String) -> Veil {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the veil binary starts");
        let leash = Leash::on(child.id(), None).expect("a shell starts");
        let log = Log::default();
        log.collect(child.stdout.take().expect("piped"));
        log.collect(child.stderr.take().expect("piped"));
        Veil {
            child,
            leash,
            log,
            broker,
            http: None,
            ended: None,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until `/readyz` says yes.
    pub fn await_ready(&mut self, deadline: Duration) {
        let start = Instant::now();
        let mut said = String::new();
        loop {
            assert!(
                self.try_exit().is_none(),
                "veil ended before it was ready:\n{}",
                self.log()
            );
            if let Some((status, body)) = self.page("/readyz") {
                if status == 200 {
                    return;
                }
                said = format!("{status} {body}");
            }
            assert!(
                start.elapsed() < deadline,
                "not ready after {deadline:?}; readyz says: {said}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until `/readyz` says no for a reason that holds all of `words`;
    /// the page's text.
    pub fn await_unready(&mut self, deadline: Duration, words: &[&str]) -> String {
        let start = Instant::now();
        let mut said = String::new();
        loop {
            assert!(
                self.try_exit().is_none(),
                "veil ended instead of waiting:\n{}",
                self.log()
            );
            if let Some((status, body)) = self.page("/readyz") {
                if status == 503 && words.iter().all(|w| body.contains(w)) {
                    return body;
                }
                said = format!("{status} {body}");
            }
            assert!(
                start.elapsed() < deadline,
                "readyz did not say {words:?} within {deadline:?}, but: {said}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Begins to ask `/readyz` all the time, as soon as its address is known.
    pub fn watch_readyz(&mut self) -> Readyz {
        let address = await_some("the address", Duration::from_secs(30), || {
            self.log.http_address(&self.broker)
        });
        Readyz::watch(address)
    }

    /// A page of its HTTP surface: status and text, if it answers.
    pub fn page(&mut self, path: &str) -> Option<(u16, String)> {
        if self.http.is_none() {
            self.http = self.log.http_address(&self.broker);
        }
        http::page(self.http?, path)
    }

    /// As [`Veil::page`], with that token.
    pub fn page_for(&mut self, path: &str, token: &str) -> Option<(u16, String)> {
        let address = self.http.or_else(|| self.log.http_address(&self.broker))?;
        http::page_for(address, path, Some(token))
    }

    /// Its metrics now.
    pub fn metrics(&mut self) -> Metrics {
        let text = await_some("the metrics page", Duration::from_secs(10), || {
            self.page("/metrics").filter(|(status, _)| *status == 200)
        })
        .1;
        Metrics::parse(&text)
    }

    /// SIGKILL, as a crash.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.await_exit(Duration::from_secs(10));
    }

    /// SIGTERM; the exit code and how long the end took.
    pub fn terminate(mut self) -> Ended {
        let start = Instant::now();
        self.signal(Signal::TERM);
        let status = self.await_exit(Duration::from_secs(30));
        Ended {
            code: status.code(),
            took: start.elapsed(),
            log: self.log(),
        }
    }

    /// Any signal.
    pub fn signal(&mut self, signal: Signal) {
        if self.try_exit().is_none() {
            let pid = i32::try_from(self.child.id()).expect("process ids are small");
            let pid = Pid::from_raw(pid).expect("a child is not process 0");
            rustix::process::kill_process(pid, signal).expect("the child is not yet reaped");
        }
    }

    /// The exit, if it has ended.
    pub fn try_exit(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            // The guard first: once reaped, the process id belongs to nobody.
            self.ended = self.child.try_wait().expect("a child can be asked");
            if self.ended.is_some() {
                self.leash.let_go();
            }
        }
        self.ended
    }

    /// Waits for its end.
    pub fn await_exit(&mut self, deadline: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.try_exit() {
                self.log.await_end();
                return status;
            }
            assert!(
                start.elapsed() < deadline,
                "veil did not end within {deadline:?}:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Veil {
    fn drop(&mut self) {
        if self.try_exit().is_none() {
            self.leash.let_go();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            crate::say(&format!(
                "--- log of a veil in the failed test:\n{}",
                self.log.tail(60)
            ));
        }
    }
}

/// How a `veil` ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// From the signal to the end.
    pub took: Duration,
    /// All it said.
    pub log: String,
}
