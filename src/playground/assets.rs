//! The page itself, with its scripts and its style: the same for everybody, and no
//! value in it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::secrets::Secrets;

/// Stands in the page where the mark of its styles belongs.
const NONCE: &str = "{{nonce}}";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const SCRIPTS: &[(&str, &str)] = &[
    ("/ask.js", include_str!("page/ask.js")),
    ("/codemirror.js", include_str!("page/codemirror.js")),
    ("/commands.js", include_str!("page/commands.js")),
    ("/dom.js", include_str!("page/dom.js")),
    ("/explained.js", include_str!("page/explained.js")),
    ("/findings.js", include_str!("page/findings.js")),
    ("/main.js", include_str!("page/main.js")),
    ("/records.js", include_str!("page/records.js")),
    ("/theme.js", include_str!("page/theme.js")),
];

/// One file of the page.
#[derive(Clone)]
pub(super) struct Asset {
    pub(super) path: &'static str,
    kind: &'static str,
    text: String,
    policy: HeaderValue,
}

/// All of them.
pub(super) fn all(secrets: &Secrets) -> Vec<Asset> {
    let policy = policy(secrets.nonce());
    let page = include_str!("page/index.html").replace(NONCE, secrets.nonce());
    let style = include_str!("page/style.css").to_owned();
    let scripts = SCRIPTS
        .iter()
        .map(|(path, text)| (*path, SCRIPT, (*text).to_owned()));
    [("/", HTML, page), ("/style.css", STYLE, style)]
        .into_iter()
        .chain(scripts)
        .map(|(path, kind, text)| Asset {
            path,
            kind,
            text,
            policy: policy.clone(),
        })
        .collect()
}

/// Scripts and styles of this page alone, no other host, no frame, no form. The editor
/// makes its styles at run time, and marks them; its wavy lines are images in them.
fn policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'"
    );
    HeaderValue::try_from(policy).expect("hexadecimal digits may stand in a header")
}

impl Asset {
    pub(super) fn answer(self) -> Response {
        let fixed: [(HeaderName, &'static str); 6] = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "same-origin",
            ),
        ];
        let mut headers: HeaderMap = fixed
            .into_iter()
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect();
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy);
        (headers, self.text).into_response()
    }
}
