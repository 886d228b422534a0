//! Answers, with what every one of them says to the browser.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::subject::{Language, Notice, STYLE, told};

/// The page's own style and form, and nothing else: no script, no image, no frame, no
/// other host.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

fn headers(kind: &'static str) -> HeaderMap {
    let fixed: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ];
    let pairs = fixed.into_iter();
    pairs
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect()
}

/// An answer that none of this room made (a method that a page has not), with the headers of
/// those that are.
pub(super) fn closed(mut answer: Response) -> Response {
    if !answer
        .headers()
        .contains_key(header::CONTENT_SECURITY_POLICY)
    {
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        answer
            .headers_mut()
            .extend(headers("text/plain; charset=utf-8"));
        if let Some(kind) = kind {
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
    }
    answer
}

/// A page.
pub(super) fn page(status: StatusCode, html: String) -> Response {
    (status, headers("text/html; charset=utf-8"), html).into_response()
}

/// A page that tells one thing.
pub(super) fn notice(status: StatusCode, notice: &Notice, language: &Language) -> Response {
    page(status, told(notice, language))
}

/// On to what was done: a page that may be loaded again without sending the form again.
/// `to` stands behind the address of this one's folder.
pub(super) fn see_other(to: &str) -> Response {
    let mut headers = headers("text/plain; charset=utf-8");
    match HeaderValue::try_from(to) {
        Ok(to) => {
            headers.insert(header::LOCATION, to);
            (StatusCode::SEE_OTHER, headers, "saved\n").into_response()
        }
        // A link that opened holds nothing else.
        Err(_) => (StatusCode::OK, headers, "saved\n").into_response(),
    }
}

/// The style of the pages.
pub(super) fn style() -> Response {
    (headers("text/css; charset=utf-8"), STYLE).into_response()
}

/// An answer to a program.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut text = serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    (status, headers("application/json"), text).into_response()
}

/// Why a call was refused, in words that hold nothing of it.
pub(super) fn error(status: StatusCode, why: &str) -> Response {
    json(status, &serde_json::json!({ "error": why }))
}
