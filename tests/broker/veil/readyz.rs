//! `/readyz` asked all the time, from a thread of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::http;

/// From one question to the next.
const EVERY: Duration = Duration::from_millis(10);

/// What was answered, from some time on.
#[derive(Clone, Debug)]
pub struct Said {
    /// When it was first answered, and when it was asked.
    pub answered: SystemTime,
    /// When the question that got this answer last was asked, and answered.
    pub last: SystemTime,
    /// 200 or 503.
    pub status: u16,
    /// The page.
    pub body: String,
}

/// Asks `/readyz` each 10 ms until it is told to stop.
pub struct Readyz {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(usize, Vec<Said>)>,
}

impl Readyz {
    /// From now on; nobody answers before it listens, and none after its end.
    pub fn watch(address: SocketAddr) -> Readyz {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut asked, mut all) = (0, Vec::<Said>::new());
            loop {
                // Once more after that: who stops it has seen what it must see too.
                let is_last = stopped.load(Ordering::Acquire);
                let at = SystemTime::now();
                if let Some((status, body)) = http::page(address, "/readyz") {
                    asked += 1;
                    match all.last_mut() {
                        Some(before) if before.status == status => {
                            before.last = at;
                            before.body = body;
                        }
                        _ => all.push(Said {
                            answered: SystemTime::now(),
                            last: at,
                            status,
                            body,
                        }),
                    }
                }
                if is_last {
                    return (asked, all);
                }
                std::thread::sleep(EVERY);
            }
        });
        Readyz { stop, thread }
    }

    /// How many questions were answered, and one entry for each change of the
    /// status, in order.
    pub fn end(self) -> (usize, Vec<Said>) {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("asking does not panic")
    }
}
