//! Another policy, please: the one page that changes something.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::routes::{Routes, text};

/// What a caller must know to change something. Never printed.
#[derive(Clone)]
pub struct Token(Arc<[u8]>);

impl Token {
    /// The token with these bytes.
    pub fn new(bytes: &[u8]) -> Token {
        Token(bytes.into())
    }

    /// Compared in a time that depends on the lengths alone.
    fn is(&self, given: &[u8]) -> bool {
        let pairs = self.0.iter().zip(given);
        let differ = pairs.fold(0, |all, (a, b)| all | std::hint::black_box(a ^ b));
        self.0.len() == given.len() && differ == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

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
            if let Err(refused) = permitted(token.as_ref(), &headers) {
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

fn permitted(token: Option<&Token>, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let refuse = |status, what: &str| Err(Box::new(text(status, format!("{what}\n"))));
    let Some(token) = token else {
        let how = "closed: no token is configured; name a file that holds one by `admin.token_file` in the settings";
        return refuse(StatusCode::FORBIDDEN, how);
    };
    let given = headers.get(header::AUTHORIZATION).map(|v| v.as_bytes());
    let given = given.and_then(|v| v.strip_prefix(b"Bearer "));
    match given {
        Some(given) if token.is(given) => Ok(()),
        Some(_) => {
            tracing::warn!("a reload was asked for with a wrong token");
            refuse(StatusCode::UNAUTHORIZED, "the token is another one")
        }
        None => refuse(
            StatusCode::UNAUTHORIZED,
            "a token is needed: `Authorization: Bearer TOKEN`",
        ),
    }
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

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn only_the_very_token_is_let_in() {
        let token = Token::new(b"0123456789abcdef");
        let status = |token: Option<&Token>, given: &HeaderMap| match permitted(token, given) {
            Ok(()) => 200,
            Err(refused) => refused.status().as_u16(),
        };
        let right = headers("Bearer 0123456789abcdef");
        assert_eq!(status(Some(&token), &right), 200);
        assert_eq!(status(None, &right), 403);
        assert_eq!(status(Some(&token), &HeaderMap::new()), 401);
        for wrong in [
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0",
            "Bearer ",
            "Basic 0123456789abcdef",
            "bearer 0123456789abcdef",
        ] {
            assert_eq!(status(Some(&token), &headers(wrong)), 401, "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

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
