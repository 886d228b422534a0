//! A broker that is slow, or away, for some of its clients: a relay before a listener of
//! its own, which those clients are told to use.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::await_some;

/// Another case may need it so long.
const TURN: Duration = Duration::from_secs(120);

/// Relays between clients and a broker, until it is dropped.
pub struct Proxy {
    port: u16,
    relay: Arc<Relay>,
    thread: Option<JoinHandle<()>>,
}

struct Relay {
    broker: u16,
    /// Every answer is held back so long.
    delay_ms: AtomicU64,
    /// Nobody gets through.
    is_cut: AtomicBool,
    ended: AtomicBool,
    /// Both ends of every connection.
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Listens on `port` and relays to `broker`, both on loopback; waits while another one
    /// does.
    pub fn start(port: u16, broker: u16) -> Proxy {
        let listener = await_some("the proxy's place", TURN, || {
            TcpListener::bind(("127.0.0.1", port)).ok()
        });
        let relay = Arc::new(Relay {
            broker,
            delay_ms: AtomicU64::new(0),
            is_cut: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&relay);
        let thread = std::thread::spawn(move || accepting.accept(&listener));
        Proxy {
            port,
            relay,
            thread: Some(thread),
        }
    }

    /// `host:port` for `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on every answer is held back so long.
    pub fn slow_down(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).expect("a short while");
        self.relay.delay_ms.store(ms, Ordering::Release);
    }

    /// Cuts every connection, and lets no new one through.
    pub fn cut(&self) {
        self.relay.is_cut.store(true, Ordering::Release);
        self.relay.cut_all();
    }

    /// Lets them through again.
    pub fn mend(&self) {
        self.relay.is_cut.store(false, Ordering::Release);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.relay.ended.store(true, Ordering::Release);
        self.relay.cut_all();
        // Wakes who waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Relay {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.ended.load(Ordering::Acquire) {
                return;
            }
            let Ok(client) = client else { continue };
            let Ok(broker) = TcpStream::connect(("127.0.0.1", self.broker)) else {
                continue;
            };
            let twins = (client.try_clone(), broker.try_clone());
            let (Ok(client_twin), Ok(broker_twin)) = twins else {
                continue;
            };
            {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                if self.is_cut.load(Ordering::Acquire) {
                    continue; // both are closed
                }
                let twins = (client.try_clone(), broker.try_clone());
                open.extend([twins.0, twins.1].into_iter().flatten());
            }
            std::thread::spawn(move || pump(client, broker, || {}));
            let relay = Arc::clone(self);
            std::thread::spawn(move || {
                pump(broker_twin, client_twin, || {
                    let ms = relay.delay_ms.load(Ordering::Acquire);
                    std::thread::sleep(Duration::from_millis(ms)); // what it is for
                });
            });
        }
    }

    fn cut_all(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Carries bytes until one end is closed, and closes the other.
fn pump(mut from: TcpStream, mut to: TcpStream, before_each: impl Fn()) {
    let mut chunk = vec![0; 1 << 16];
    while let Ok(len @ 1..) = from.read(&mut chunk) {
        before_each();
        if to.write_all(&chunk[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
