//! Is it alive, and is it ready?

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;

use super::routes::{Routes, text};
use crate::telemetry::Readiness;

/// `/livez`: the process answers. `/readyz`: 200 when every condition is met,
/// 503 with a line for each that is not; below it, what does not stop records and
/// is not as it should be.
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
    let notes = readiness.notes();
    let notes: String = notes.iter().map(|n| format!("note: {n}\n")).collect();
    if unmet.is_empty() {
        return text(StatusCode::OK, format!("ready\n{notes}"));
    }
    let line = |unmet| format!("not ready: {unmet}\n");
    let unmet: String = unmet.iter().map(line).collect();
    text(StatusCode::SERVICE_UNAVAILABLE, unmet + &notes)
}
