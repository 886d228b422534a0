//! Which build this is.

use axum::http::header;
use axum::routing::get;

use super::routes::Routes;

/// `/version`: as `veil --version` says, as JSON.
pub fn version() -> Routes {
    let page = get(|| async {
        (
            [(header::CONTENT_TYPE, "application/json")],
            crate::build_info().to_json(),
        )
    });
    Routes::new().at("/version", page)
}
