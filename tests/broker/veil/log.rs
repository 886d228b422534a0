//! What a child says, line by line.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// The lines of both outputs of a child, in the order in which they came.
#[derive(Clone, Default)]
pub struct Log {
    inner: Arc<(Mutex<Lines>, Condvar)>,
}

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    open: usize,
}

impl Log {
    /// Collects one output until it closes, on a thread of its own.
    pub fn collect(&self, output: impl Read + Send + 'static) {
        self.lock().open += 1;
        let log = self.clone();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                log.lock()
                    .lines
                    .push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
            log.lock().open -= 1;
            log.inner.1.notify_all();
        });
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        self.lock().lines.join("\n")
    }

    /// The last lines.
    pub fn tail(&self, lines: usize) -> String {
        let all = self.lock();
        all.lines[all.lines.len().saturating_sub(lines)..].join("\n")
    }

    /// Waits until both outputs are closed and all lines are here.
    pub fn await_end(&self) {
        let guard = self.lock();
        let waited = self
            .inner
            .1
            .wait_timeout_while(guard, Duration::from_secs(10), |l| l.open > 0);
        drop(waited.expect("no collector panics"));
    }

    /// The address of the HTTP surface, once the log has named it: the one
    /// loopback address that is not the broker's.
    pub fn http_address(&self, broker: &str) -> Option<SocketAddr> {
        let host = "127.0.0.1:";
        let lines = self.lock();
        let mut named = lines.lines.iter().flat_map(|line| {
            line.match_indices(host).filter_map(|(at, _)| {
                let port = &line[at + host.len()..];
                let digits = port.bytes().take_while(u8::is_ascii_digit).count();
                line[at..at + host.len() + digits].parse().ok()
            })
        });
        named.find(|a: &SocketAddr| a.port() != 0 && a.to_string() != broker)
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.inner.0.lock().expect("no collector panics")
    }
}
