//! Who is connected, how many, and for how long: a connection that says nothing,
//! or takes nothing, is ended, so that no stranger holds the files of the process.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::routes::Network;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Connections at one time. More wait in the queue of the system, where they
    /// are no open file of this process.
    pub(super) connections: usize,
    /// From connecting until the first request is there: whoever has opened a connection
    /// has something to ask.
    pub(super) first: Duration,
    /// From the moment a connection may ask until the head of its request is
    /// there: after connecting, and after each answer. So this is also how long a
    /// connection that is kept may be idle.
    pub(super) head: Duration,
    /// From connecting until no further request is taken.
    pub(super) life: Duration,
    /// From there until whatever is under way is cut off: the answer that is still
    /// being made, or that nobody reads.
    pub(super) answer: Duration,
}

impl Bounds {
    /// Those of the sidecar. A probe, a scraper or two and a person need less than
    /// ten connections; 64 leave most of the 1,024 files that a process has as a
    /// rule to the brokers. A head is one packet; a scraper that asks less often
    /// than each 15 s connects anew. The answer that takes longest is that of a
    /// reload, which waits for the cluster.
    pub(super) const SIDECAR: Bounds = Bounds {
        connections: 64,
        first: Duration::from_secs(15),
        head: Duration::from_secs(15),
        life: Duration::from_secs(60),
        answer: Duration::from_secs(60),
    };

    /// Those of one person's browser, which opens six connections at a time. Each may
    /// hold a request of some megabytes.
    pub(super) const PERSON: Bounds = Bounds {
        connections: 16,
        ..Bounds::SIDECAR
    };

    /// Those of people anywhere. Half of the files that a process has as a rule; a form
    /// is small, and is answered within the time that the brokers have for it.
    pub(super) const PEOPLE: Bounds = Bounds {
        connections: 512,
        first: Duration::from_secs(3),
        head: Duration::from_secs(10),
        life: Duration::from_secs(60),
        answer: Duration::from_secs(30),
    };
}

/// Who is at the other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Connections of one network at a time, where networks are told apart: a browser opens
/// six.
const OF_A_NETWORK: usize = 32;

/// How many connections each network has.
#[derive(Clone, Default)]
pub(super) struct Share {
    network: Option<Network>,
    open: Arc<Mutex<HashMap<[u8; 16], usize>>>,
}

impl Share {
    /// Networks are told apart so.
    pub(super) fn new(network: Network) -> Share {
        Share {
            network: Some(network),
            open: Arc::default(),
        }
    }

    /// A connection from there. `None`: its network has its share.
    fn take(&self, from: IpAddr) -> Option<Taken> {
        let network = self.network.as_ref().and_then(|network| network(from));
        if let Some(network) = network {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(network).or_insert(0);
            if *count == OF_A_NETWORK {
                return None;
            }
            *count += 1;
        }
        let share = self.clone();
        Some(Taken { share, network })
    }
}

/// A connection that is counted until this is dropped.
struct Taken {
    share: Share,
    network: Option<[u8; 16]>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(network) = self.network else {
            return;
        };
        let mut open = self
            .share
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&network);
            }
        }
    }
}

/// Pause after a connection could not be taken: whatever is used up may come back.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves `app` to whoever connects, for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, app: Router, bounds: Bounds, share: Share) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Ended at once: waiting, it would have the place of somebody else.
                let Some(taken) = share.take(peer.ip()) else {
                    continue;
                };
                let app = app.clone().layer(Extension(Peer(peer)));
                tokio::spawn(async move {
                    converse(stream, app, bounds).await;
                    drop((taken, place));
                });
            }
            // Whoever knocked is gone.
            Err(e) if is_of_the_caller(&e) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_the_caller(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// One connection, from its first byte to its end.
async fn converse(stream: TcpStream, app: Router, bounds: Bounds) {
    let has_asked = AtomicBool::new(false);
    let app = TowerToHyperService::new(app);
    let app = service_fn(|request| {
        has_asked.store(true, Ordering::Relaxed);
        app.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .serve_connection(TokioIo::new(stream), app);
    tokio::pin!(connection);
    let first = bounds.first.min(bounds.life);
    let is_over = timeout(first, connection.as_mut()).await.is_ok();
    if is_over || !has_asked.load(Ordering::Relaxed) {
        return;
    }
    // How a connection ends is the caller's affair: nothing of it is told.
    let life = bounds.life.saturating_sub(first);
    if timeout(life, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(bounds.answer, connection).await;
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
