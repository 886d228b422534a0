//! A group of pages.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
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
