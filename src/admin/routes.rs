//! A group of pages.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

/// Pages that belong together: each file of this room makes one group, and
/// whoever starts the server says which are served.
#[derive(Default)]
pub struct Routes {
    paths: Vec<&'static str>,
    router: Router,
}

impl Routes {
    /// No page yet.
    pub(crate) fn new() -> Routes {
        Routes::default()
    }

    /// The same, and `answer` at `path`.
    ///
    /// # Panics
    /// When the group has the path already.
    #[must_use]
    pub(crate) fn at(mut self, path: &'static str, answer: MethodRouter) -> Routes {
        self.paths.push(path);
        self.router = self.router.route(path, answer);
        self
    }

    /// The same, each page of the group behind `guard`: what it returns is the answer.
    #[must_use]
    pub(crate) fn guarded(
        mut self,
        guard: impl Fn(&HeaderMap) -> Option<Response> + Clone + Send + Sync + 'static,
    ) -> Routes {
        let layer = move |request: Request, next: Next| {
            let refused = guard(request.headers());
            async move {
                match refused {
                    Some(refused) => refused,
                    None => next.run(request).await,
                }
            }
        };
        self.router = self.router.layer(from_fn(layer));
        self
    }

    /// All groups together for strangers, who are told of no path.
    ///
    /// # Panics
    /// When two groups have one path.
    pub(super) fn merged_for(groups: Vec<Routes>, strangers: &Strangers) -> Router {
        let (not_found, every) = (strangers.not_found, strangers.every);
        let all = groups.into_iter();
        all.fold(Router::new(), |all, group| all.merge(group.router))
            .fallback(move || async move { not_found() })
            .layer(map_response(move |answer| async move { every(answer) }))
    }

    /// All groups together; anything else is answered with a list of their
    /// paths.
    ///
    /// # Panics
    /// When two groups have one path.
    pub(super) fn merged(groups: Vec<Routes>) -> Router {
        let paths: Vec<&str> = groups.iter().flat_map(|g| &g.paths).copied().collect();
        let not_found = format!("not found; there are {}\n", listed(&paths));
        groups
            .into_iter()
            .fold(Router::new(), |all, group| all.merge(group.router))
            .fallback(move || {
                let answer = text(StatusCode::NOT_FOUND, not_found.clone());
                async move { answer }
            })
    }
}

/// How those are answered of whom nothing is known.
pub(crate) struct Strangers {
    /// The network that an address is in; `None`: one that has no share, since others come
    /// by it.
    pub(crate) network: Network,
    /// The answer where there is no page.
    pub(crate) not_found: fn() -> Response,
    /// What becomes of each answer.
    pub(crate) every: fn(Response) -> Response,
}

/// The network that an address is in.
pub(crate) type Network = Arc<dyn Fn(IpAddr) -> Option<[u8; 16]> + Send + Sync>;

/// An answer that nobody keeps.
pub(crate) fn text(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// `a, b and c`.
fn listed(paths: &[&str]) -> String {
    match paths {
        [] => "no pages".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
