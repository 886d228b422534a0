//! Who is connected, how many, and for how long: a connection that says nothing,
//! or takes nothing, is ended, so that no stranger holds the files of the process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Connections at one time. More wait in the queue of the system, where they
    /// are no open file of this process.
    pub(super) connections: usize,
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
        head: Duration::from_secs(10),
        life: Duration::from_secs(60),
        answer: Duration::from_secs(30),
    };
}

/// Who is at the other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Pause after a connection could not be taken: whatever is used up may come back.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves `app` to whoever connects, for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, app: Router, bounds: Bounds) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let app = app.clone().layer(Extension(Peer(peer)));
                tokio::spawn(async move {
                    converse(stream, app, bounds).await;
                    drop(place);
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
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    tokio::pin!(connection);
    // How a connection ends is the caller's affair: nothing of it is told.
    if timeout(bounds.life, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(bounds.answer, connection).await;
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
