//! The figures.

use std::sync::Arc;

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::routes::Routes;
use crate::telemetry::{Families, Metric, Readiness};

/// `/metrics`: the figures of the process, and whether it is ready.
pub fn metrics(families: Arc<Families>, readiness: Arc<Readiness>) -> Routes {
    let page = get(move || async move { page(&families, &readiness) });
    Routes::new().at("/metrics", page)
}

fn page(families: &Families, readiness: &Readiness) -> impl IntoResponse + use<> {
    let ready = readiness.unmet().is_empty();
    families.gauge(Metric::Ready, &[]).set(i64::from(ready));
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        families.page(),
    )
}
