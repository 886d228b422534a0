//! Another policy, please: the one page that changes something.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::routes::{Routes, text};
use super::token::{Token, permitted};

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP's number for it.
    pub status: u16,
    /// A JSON text.
    pub json: String,
}

/// `POST /reload?accept_weaker=DIGEST`, with `Authorization: Bearer TOKEN`:
/// `answer` is given the digest and works on a thread of its own. Without a token
/// the page is closed, and says how to open it.
pub fn reload(
    token: Option<Token>,
    answer: impl Fn(Option<String>) -> Answer + Send + Sync + 'static,
) -> Routes {
    let answer = Arc::new(answer);
    let page = move |RawQuery(query): RawQuery, headers: HeaderMap| {
        let (token, answer) = (token.clone(), Arc::clone(&answer));
        async move {
            if let Err(refused) = permitted(token.as_ref(), &headers, "/reload") {
                return *refused;
            }
            let accepted = match accepted(query.as_deref().unwrap_or_default()) {
                Ok(accepted) => accepted,
                Err(refused) => return *refused,
            };
            on_a_thread(move || answer(accepted)).await
        }
    };
    Routes::new().at("/reload", post(page))
}

/// The digest of the only parameter there is.
fn accepted(query: &str) -> Result<Option<String>, Box<Response>> {
    if query.is_empty() {
        return Ok(None);
    }
    let digest = query.strip_prefix("accept_weaker=");
    let is_hex = |d: &&str| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit());
    match digest.filter(is_hex) {
        Some(digest) => Ok(Some(digest.to_ascii_lowercase())),
        None => Err(Box::new(text(
            StatusCode::BAD_REQUEST,
            "the one parameter is accept_weaker=DIGEST, of 64 hexadecimal digits\n".to_owned(),
        ))),
    }
}

/// A thread that the end of the server does not wait for.
async fn on_a_thread(work: impl FnOnce() -> Answer + Send + 'static) -> Response {
    let (tell, told) = tokio::sync::oneshot::channel();
    let begun = std::thread::Builder::new()
        .name("veil-reload-http".to_owned())
        .spawn(move || {
            // Whoever asked may be gone.
            let _ = tell.send(work());
        });
    let answer = match begun {
        Ok(_) => told.await.ok(),
        Err(_) => None,
    };
    match answer {
        Some(Answer { status, json }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (status, headers, json).into_response()
        }
        None => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the reload failed: see the log\n".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_parameter_is_a_digest() {
        let digest = "AB".repeat(32);
        let of = |query: &str| accepted(query).map_err(|refused| refused.status().as_u16());
        assert_eq!(of(""), Ok(None));
        let given = format!("accept_weaker={digest}");
        assert_eq!(of(&given), Ok(Some(digest.to_lowercase())));
        for wrong in ["accept_weaker=", "accept_weaker=1", "x=1", "yes"] {
            assert_eq!(of(wrong), Err(400), "{wrong}");
        }
    }
}
