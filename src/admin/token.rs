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

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotPermitted {
    /// Nobody is: no token is configured.
    Closed,
    /// They gave none.
    Missing,
    /// They gave another one.
    Another,
}

impl NotPermitted {
    /// HTTP's number.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            NotPermitted::Closed => StatusCode::FORBIDDEN,
            NotPermitted::Missing | NotPermitted::Another => StatusCode::UNAUTHORIZED,
        }
    }

    /// In words; that setting names the file of the token.
    pub(crate) fn why(self, setting: &str) -> String {
        match self {
            NotPermitted::Closed => format!(
                "closed: no token is configured; name a file that holds one by `{setting}` in the settings"
            ),
            NotPermitted::Missing => "a token is needed: `Authorization: Bearer TOKEN`".to_owned(),
            NotPermitted::Another => "the token is another one".to_owned(),
        }
    }
}

/// Lets in who has the token. The scheme before it has no case (RFC 9110 section 11.1).
///
/// # Errors
/// Why not.
pub(crate) fn is_permitted(token: Option<&Token>, headers: &HeaderMap) -> Result<(), NotPermitted> {
    const SCHEME: &[u8] = b"bearer ";
    let token = token.ok_or(NotPermitted::Closed)?;
    let given = headers.get(header::AUTHORIZATION).map(|v| v.as_bytes());
    let given = given.and_then(|v| v.split_at_checked(SCHEME.len()));
    match given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME)) {
        Some((_, given)) if token.is(given) => Ok(()),
        Some(_) => Err(NotPermitted::Another),
        None => Err(NotPermitted::Missing),
    }
}

/// The same; the answer for whoever is not let in. `page` is asked for.
pub(crate) fn permitted(
    token: Option<&Token>,
    headers: &HeaderMap,
    page: &'static str,
) -> Result<(), Box<Response>> {
    is_permitted(token, headers).map_err(|refused| {
        if refused == NotPermitted::Another {
            tracing::warn!("{page} was asked for with a wrong token");
        }
        let why = refused.why("admin.token_file");
        Box::new(text(refused.status(), format!("{why}\n")))
    })
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
        for scheme in ["bearer", "BEARER"] {
            let right = headers(&format!("{scheme} 0123456789abcdef"));
            assert_eq!(status(Some(&token), &right), 200, "{scheme}");
        }
        assert_eq!(status(None, &right), 403);
        assert_eq!(status(Some(&token), &HeaderMap::new()), 401);
        for wrong in [
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0",
            "Bearer ",
            "Basic 0123456789abcdef",
            "Bearer\t0123456789abcdef",
            "bearer",
        ] {
            assert_eq!(status(Some(&token), &headers(wrong)), 401, "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
