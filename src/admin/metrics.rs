//! The figures.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::routes::Routes;
use crate::telemetry::{Families, Metric, Readiness, openmetrics};

/// `/metrics`: the figures of the process, and whether it is ready; in the OpenMetrics
/// format for who asks for it by `Accept`.
pub fn metrics(families: Arc<Families>, readiness: Arc<Readiness>) -> Routes {
    let page = get(move |headers: HeaderMap| async move { page(&families, &readiness, &headers) });
    Routes::new().at("/metrics", page)
}

fn page(families: &Families, readiness: &Readiness, asked: &HeaderMap) -> Response {
    let ready = readiness.unmet().is_empty();
    families.gauge(Metric::Ready, &[]).set(i64::from(ready));
    let mut accept = asked.get_all(header::ACCEPT).iter();
    let of = |name| [(header::CONTENT_TYPE, name), (header::VARY, "accept")];
    if accept.any(|a| a.to_str().is_ok_and(openmetrics::is_wanted)) {
        return (of(openmetrics::CONTENT_TYPE), families.openmetrics()).into_response();
    }
    (of("text/plain; version=0.0.4"), families.page()).into_response()
}
