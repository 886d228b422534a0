//! Who may see and do more than those who watch.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::routes::text;

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

/// Lets in who has the token; the answer for whoever has not. `page` is asked for.
pub(crate) fn permitted(
    token: Option<&Token>,
    headers: &HeaderMap,
    page: &'static str,
) -> Result<(), Box<Response>> {
    permitted_by(token, headers, (page, "admin.token_file"))
}

/// The same, of a page whose token another setting names.
pub(crate) fn permitted_by(
    token: Option<&Token>,
    headers: &HeaderMap,
    (page, setting): (&'static str, &'static str),
) -> Result<(), Box<Response>> {
    let refuse = |status, what: &str| Err(Box::new(text(status, format!("{what}\n"))));
    let Some(token) = token else {
        let how = format!(
            "closed: no token is configured; name a file that holds one by `{setting}` in the settings"
        );
        return refuse(StatusCode::FORBIDDEN, &how);
    };
    let given = headers.get(header::AUTHORIZATION).map(|v| v.as_bytes());
    let given = given.and_then(|v| v.strip_prefix(b"Bearer "));
    match given {
        Some(given) if token.is(given) => Ok(()),
        Some(_) => {
            tracing::warn!("{page} was asked for with a wrong token");
            refuse(StatusCode::UNAUTHORIZED, "the token is another one")
        }
        None => refuse(
            StatusCode::UNAUTHORIZED,
            "a token is needed: `Authorization: Bearer TOKEN`",
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
        let status = |token: Option<&Token>, given: &HeaderMap| match permitted(token, given, "/x")
        {
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
}
