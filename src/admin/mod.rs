//! HTTP for those who watch: metrics and health; and for those who keep the policy:
//! another one, and what the one in force does not name.
//!
//! **In**: the figures, the readiness, a port, and which groups of pages are
//! served. **Out**: `/metrics`, `/livez`, `/readyz`, `/version`, `/reload`, `/unnamed`.
//! **Promises**: it has a thread and a runtime of its own, so that a scrape is
//! answered while the pipeline is busy; the page that changes something asks for a
//! token, and so does the one with names of members, which are chosen by who writes
//! events; whoever connects and says nothing, or reads nothing, is let go,
//! and is one of a fixed number meanwhile; no answer holds a value from an event; a group of pages is one
//! file, and one line where the server is started. **Does not know**: the stream,
//! the plan.

mod connections;
mod health;
mod metrics;
mod reload;
mod routes;
mod token;
mod unnamed;
mod version;

pub(crate) use connections::Peer;
use connections::Share;
pub use health::health;
pub use metrics::metrics;
pub use reload::{Answer, reload};
pub(crate) use routes::Strangers;
pub(crate) use routes::{Routes, text};
pub use token::Token;
pub(crate) use token::{NotPermitted, is_permitted, permitted};
pub use unnamed::unnamed;
pub use version::version;

use connections::Bounds;

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

impl Admin {
    /// Listens at `address` (port 0: any free one) and serves these pages from a
    /// thread of its own.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    ///
    /// # Panics
    /// When two groups have one path.
    pub fn start(address: SocketAddr, routes: Vec<Routes>) -> Result<Admin, AdminError> {
        Admin::start_within(address, routes, Bounds::SIDECAR)
    }

    /// The same for the browser of one person, who needs fewer connections.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    ///
    /// # Panics
    /// When two groups have one path.
    pub fn start_for_one(address: SocketAddr, routes: Vec<Routes>) -> Result<Admin, AdminError> {
        Admin::start_within(address, routes, Bounds::PERSON)
    }

    /// The same for people anywhere, behind a proxy as a rule: many connections, each of
    /// them short, and of one network not many.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    ///
    /// # Panics
    /// When two groups have one path.
    pub(crate) fn start_for_strangers(
        address: SocketAddr,
        routes: Vec<Routes>,
        strangers: Strangers,
    ) -> Result<Admin, AdminError> {
        let share = Share::new(Arc::clone(&strangers.network));
        let app = Routes::merged_for(routes, &strangers);
        Admin::start_app(address, app, (Bounds::PEOPLE, share))
    }

    fn start_within(
        address: SocketAddr,
        routes: Vec<Routes>,
        bounds: Bounds,
    ) -> Result<Admin, AdminError> {
        Admin::start_app(address, Routes::merged(routes), (bounds, Share::default()))
    }

    fn start_app(
        address: SocketAddr,
        app: axum::Router,
        (bounds, share): (Bounds, Share),
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
                        () = connections::serve(listener, app, bounds, share) => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::condition::{Condition, Standing};
    use crate::telemetry::{Families, Metric, Readiness};
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn get(address: SocketAddr, path: &str) -> String {
        get_as(address, path, "*/*")
    }

    fn get_as(address: SocketAddr, path: &str, accept: &str) -> String {
        ask(address, path, &format!("accept: {accept}"))
    }

    fn ask(address: SocketAddr, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\n{header}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    const ANY_PORT: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    fn start() -> (Admin, Arc<Families>, Arc<Readiness>) {
        let families = Arc::new(Families::new());
        let readiness = Arc::new(Readiness::default());
        let routes = vec![
            metrics(Arc::clone(&families), Arc::clone(&readiness)),
            health(Arc::clone(&readiness)),
            version(),
        ];
        let admin = Admin::start(ANY_PORT, routes).unwrap();
        (admin, families, readiness)
    }

    fn answer(readiness: &Arc<Readiness>, part: &str, standing: Standing) {
        let name = "outlet";
        readiness.expect(part).answer(move || {
            let standing = standing.clone();
            vec![Condition { name, standing }]
        });
    }

    #[test]
    fn readyz_names_each_condition_that_is_not_met() {
        let (admin, _, readiness) = start();
        assert_ne!(admin.address().port(), 0);
        let page = get(admin.address(), "/readyz");
        assert!(page.starts_with("HTTP/1.1 503"), "{page}");
        assert!(
            page.ends_with("not ready: process awaited: starting\n"),
            "{page}"
        );
        answer(&readiness, "mail", Standing::Met);
        let page = get(admin.address(), "/readyz");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(get(admin.address(), "/metrics").contains("veil_ready 1\n"));
        // What does not stop records takes nothing away, and is said.
        readiness.note("policy", Some("refused".into()));
        let page = get(admin.address(), "/readyz");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(
            page.ends_with("\r\n\r\nready\nnote: policy: refused\n"),
            "{page}"
        );
        readiness.note("policy", None);
        let page = get(admin.address(), "/readyz");
        assert!(page.ends_with("\r\n\r\nready\n"), "{page}");
        answer(
            &readiness,
            "shop",
            Standing::Failed("broker a:1 does not answer".into()),
        );
        answer(&readiness, "news", Standing::Awaited("partitions".into()));
        let page = get(admin.address(), "/readyz");
        assert!(page.starts_with("HTTP/1.1 503"), "{page}");
        assert!(
            page.ends_with(
                "\r\n\r\nnot ready: shop/outlet failed: broker a:1 does not answer\n\
                 not ready: news/outlet awaited: partitions\n"
            ),
            "{page}"
        );
        assert!(get(admin.address(), "/metrics").contains("veil_ready 0\n"));
        assert!(get(admin.address(), "/livez").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn metrics_and_version() {
        let (admin, families, _) = start();
        families.counter(Metric::LogLines, &["warn"]).inc_by(3);
        let page = get(admin.address(), "/metrics");
        assert!(
            page.contains("veil_log_lines_total{level=\"warn\"} 3\n"),
            "{page}"
        );
        assert!(page.contains("content-type: text/plain; version=0.0.4\r\n"));
        let page = get_as(admin.address(), "/metrics", "application/openmetrics-text");
        let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
        assert!(page.contains(kind), "{page}");
        assert!(page.contains("# TYPE veil_log_lines counter\n"), "{page}");
        assert!(page.ends_with("# EOF\n"), "{page}");
        assert!(get(admin.address(), "/version").contains("\"name\":\"veil\""));
    }

    #[test]
    fn every_group_of_pages_is_served_and_named_where_nothing_is_found() {
        let hello = Routes::new().at("/hello", axum::routing::get(|| async { "hello" }));
        let admin = Admin::start(ANY_PORT, vec![version(), hello]).unwrap();
        assert!(get(admin.address(), "/hello").ends_with("\r\n\r\nhello"));
        assert!(get(admin.address(), "/version").starts_with("HTTP/1.1 200"));
        let nothing = get(admin.address(), "/metrics");
        assert!(nothing.starts_with("HTTP/1.1 404"), "{nothing}");
        assert!(
            nothing.ends_with("not found; there are /version and /hello\n"),
            "{nothing}"
        );
        let (admin, ..) = start();
        let nothing = get(admin.address(), "/");
        assert!(
            nothing.ends_with("not found; there are /metrics, /livez, /readyz and /version\n"),
            "{nothing}"
        );
    }

    #[test]
    fn what_is_unnamed_is_for_those_with_the_token() {
        let names = || Some("{\"names\":1}".to_owned());
        let token = || Some(Token::new(b"0123456789abcdef"));
        let with = |token, header| {
            let admin = Admin::start(ANY_PORT, vec![unnamed(token, names)]).unwrap();
            ask(admin.address(), "/unnamed", header)
        };
        let right = "authorization: Bearer 0123456789abcdef";
        let given = with(token(), right);
        assert!(given.starts_with("HTTP/1.1 200"), "{given}");
        assert!(given.ends_with("\r\n\r\n{\"names\":1}"), "{given}");
        assert!(given.contains("cache-control: no-store\r\n"), "{given}");
        for (token, header, status) in [
            (token(), "x: y", "401"),
            (token(), "authorization: Bearer 0123456789abcdeg", "401"),
            (None, right, "403"),
        ] {
            let refused = with(token, header);
            let status = format!("HTTP/1.1 {status}");
            assert!(refused.starts_with(&status), "{refused}");
            assert!(!refused.contains("names\""), "{refused}");
        }
        let off = Admin::start(ANY_PORT, vec![unnamed(token(), || None)]).unwrap();
        let off = ask(off.address(), "/unnamed", right);
        assert!(off.starts_with("HTTP/1.1 404"), "{off}");
        assert!(off.ends_with("`unnamed: off`\n"), "{off}");
    }

    #[test]
    fn a_port_in_use_is_an_error_that_names_it() {
        let (admin, ..) = start();
        let error = Admin::start(admin.address(), vec![version()])
            .err()
            .expect("the port is taken");
        assert!(error.to_string().contains(&admin.address().to_string()));
    }

    #[test]
    fn the_port_is_free_again_after_drop() {
        let (admin, ..) = start();
        let address = admin.address();
        drop(admin);
        Admin::start(address, vec![version()]).unwrap();
    }
}
