//! What nobody names: for those who keep the policy.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::routes::{Routes, text};
use super::token::{Token, permitted};

/// `GET /unnamed`, with `Authorization: Bearer TOKEN`: the paths of members that
/// nobody names, as the JSON that `found` gives; `None`: nobody looks for them. The
/// names are those of events, so without a token the page is closed, and says how to
/// open it.
pub fn unnamed(
    token: Option<Token>,
    found: impl Fn() -> Option<String> + Clone + Send + Sync + 'static,
) -> Routes {
    let page = move |headers: HeaderMap| async move {
        match permitted(token.as_ref(), &headers, "/unnamed") {
            Ok(()) => answer(found()),
            Err(refused) => *refused,
        }
    };
    Routes::new().at("/unnamed", get(page))
}

fn answer(found: Option<String>) -> Response {
    let Some(json) = found else {
        let how = "nobody looks: the settings say `unnamed: off`\n";
        return text(StatusCode::NOT_FOUND, how.to_owned());
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, json).into_response()
}
