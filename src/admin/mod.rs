//! HTTP for those who watch: metrics and health.
//!
//! **In**: the figures, the readiness, a port. **Out**: `/metrics`, `/livez`,
//! `/readyz`, `/version`. **Promises**: it has a thread and a runtime of its
//! own, so that a scrape is answered while the pipeline is busy; it reads and
//! never changes anything; no answer holds a value from an event.
//! **Does not know**: who counts, the stream, the plan.

mod readiness;

pub use readiness::{Readiness, WhyNot};

use crate::telemetry::{Families, Metric};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's answer.
        cause: io::Error,
    },
    /// The system gave no thread or no runtime.
    #[error("cannot start the HTTP thread: {0}")]
    Thread(io::Error),
}

/// The running server; it ends when this is dropped.
pub struct Admin {
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Shared {
    families: Arc<Families>,
    readiness: Arc<Readiness>,
}

impl Admin {
    /// Listens at `address` (port 0: any free one) and serves from a thread of
    /// its own.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub fn start(
        address: SocketAddr,
        families: Arc<Families>,
        readiness: Arc<Readiness>,
    ) -> Result<Admin, AdminError> {
        let listen = |cause| AdminError::Listen { address, cause };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(AdminError::Thread)?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let app = router(Shared {
            families,
            readiness,
        });
        let thread = std::thread::Builder::new()
            .name("veil-http".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let listener = match tokio::net::TcpListener::from_std(listener) {
                        Ok(listener) => listener,
                        Err(error) => {
                            tracing::error!(%error, "the HTTP thread has ended");
                            return;
                        }
                    };
                    tokio::select! {
                        served = axum::serve(listener, app).into_future() => {
                            if let Err(error) = served {
                                tracing::error!(%error, "the HTTP thread has ended");
                            }
                        }
                        _ = stopped => {}
                    }
                });
            })
            .map_err(AdminError::Thread)?;
        Ok(Admin {
            address: bound,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The address listened at, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route(
            "/livez",
            get(|| async { text(StatusCode::OK, "alive\n".to_owned()) }),
        )
        .route("/readyz", get(readyz))
        .route("/version", get(version))
        .fallback(|| async {
            text(
                StatusCode::NOT_FOUND,
                "not found; there are /metrics, /livez, /readyz and /version\n".to_owned(),
            )
        })
        .with_state(shared)
}

fn text(status: StatusCode, body: String) -> impl IntoResponse {
    (
        status,
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        body,
    )
}

async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let ready = shared.readiness.why_not().is_empty();
    shared
        .families
        .gauge(Metric::Ready, &[])
        .set(i64::from(ready));
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        shared.families.page(),
    )
}

async fn readyz(State(shared): State<Shared>) -> impl IntoResponse {
    let why_not = shared.readiness.why_not();
    if why_not.is_empty() {
        return text(StatusCode::OK, "ready\n".to_owned());
    }
    let lines: String = why_not
        .iter()
        .map(|why| format!("not ready: {why}\n"))
        .collect();
    text(StatusCode::SERVICE_UNAVAILABLE, lines)
}

async fn version() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        crate::build_info().to_json(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn start() -> (Admin, Arc<Families>, Arc<Readiness>) {
        let families = Arc::new(Families::new());
        let readiness = Arc::new(Readiness::new());
        let admin = Admin::start(
            SocketAddr::from(([127, 0, 0, 1], 0)),
            Arc::clone(&families),
            Arc::clone(&readiness),
        )
        .unwrap();
        (admin, families, readiness)
    }

    #[test]
    fn readyz_says_why_not_and_then_ready() {
        let (admin, _, readiness) = start();
        assert_ne!(admin.address().port(), 0);
        let answer = get(admin.address(), "/readyz");
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.ends_with("not ready: starting\n"), "{answer}");
        readiness.ask(Vec::new);
        let answer = get(admin.address(), "/readyz");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        readiness.ask(|| {
            vec![
                "broker a:1 does not answer".to_owned(),
                "and more".to_owned(),
            ]
        });
        let answer = get(admin.address(), "/readyz");
        assert!(
            answer.ends_with("not ready: broker a:1 does not answer\nnot ready: and more\n"),
            "{answer}"
        );
        assert!(get(admin.address(), "/livez").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn metrics_version_and_not_found() {
        let (admin, families, readiness) = start();
        families
            .counter(Metric::Transactions, &["committed"])
            .inc_by(3);
        readiness.ask(Vec::new);
        let page = get(admin.address(), "/metrics");
        assert!(
            page.contains("veil_transactions_total{outcome=\"committed\"} 3\n"),
            "{page}"
        );
        assert!(page.contains("veil_ready 1\n"), "{page}");
        assert!(get(admin.address(), "/version").contains("\"name\":\"veil\""));
        assert!(get(admin.address(), "/").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn a_port_in_use_is_an_error_that_names_it() {
        let (admin, families, readiness) = start();
        let error = Admin::start(admin.address(), families, readiness)
            .err()
            .expect("the port is taken");
        assert!(error.to_string().contains(&admin.address().to_string()));
    }

    #[test]
    fn the_port_is_free_again_after_drop() {
        let (admin, families, readiness) = start();
        let address = admin.address();
        drop(admin);
        Admin::start(address, families, readiness).unwrap();
    }
}
