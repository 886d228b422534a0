//! Is it alive, and is it ready?

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;

use super::routes::{Routes, text};
use crate::telemetry::Readiness;

/// `/livez`: the process answers. `/readyz`: 200 when every condition is met,
/// 503 with a line for each that is not.
pub fn health(readiness: Arc<Readiness>) -> Routes {
    Routes::new()
        .at(
            "/livez",
            get(|| async { text(StatusCode::OK, "alive\n".to_owned()) }),
        )
        .at("/readyz", get(move || async move { readyz(&readiness) }))
}

fn readyz(readiness: &Readiness) -> impl IntoResponse + use<> {
    let unmet = readiness.unmet();
    if unmet.is_empty() {
        return text(StatusCode::OK, "ready\n".to_owned());
    }
    let line = |unmet| format!("not ready: {unmet}\n");
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        unmet.iter().map(line).collect(),
    )
}
