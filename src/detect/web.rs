//! Addresses of pages, and what browsers say of themselves.

use super::detector::{Detector, Scalar};

/// An address with its scheme. A global id of GraphQL (`gid://shop/Order/7`) names a
/// thing, and no page that somebody looked at.
pub(super) const URL: Detector = Detector {
    name: "url",
    title: "URL",
    category: Some("user.behavior.browsing_history"),
    confidence: 80,
    matches: |value| matches!(value, Scalar::Text(text) if is_url(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "https://shop.example/cart?id=7",
            "android-app://com.example",
            "HTTP://example.com",
            "gid://shop/Customer/jane.doe@example.com",
            "gid://shop/Customer/5?token=abc",
        ],
        refuses: &[
            "/cart",
            "https://",
            "shop.example/cart",
            "see https://shop.example",
            "12://x",
            "gid://shopify/Order/7",
        ],
    },
};

/// True behind `gid://` for `SHOP/KIND/NUMBER` and nothing else: what carries more is
/// looked at as any address.
fn is_global_id(rest: &str) -> bool {
    let mut parts = rest.split('/');
    let mut word = |is: fn(&u8) -> bool| {
        parts
            .next()
            .is_some_and(|p| !p.is_empty() && p.as_bytes().iter().all(is))
    };
    word(u8::is_ascii_alphanumeric)
        && word(u8::is_ascii_alphanumeric)
        && word(u8::is_ascii_digit)
        && parts.next().is_none()
}

/// An address, or the part of one, that carries values: `?email=…`, click ids,
/// tokens.
pub(super) const QUERY: Detector = Detector {
    name: "url_query",
    title: "query of a URL",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if has_query(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "?gclid=abc",
            "https://shop.example/a?b=c",
            "utm_source=mail&email=jane",
        ],
        refuses: &["https://shop.example/a", "what? a = b", "a=b", "?"],
    },
};

/// The text by which a browser names itself.
pub(super) const USER_AGENT: Detector = Detector {
    name: "user_agent",
    title: "user agent",
    category: Some("user.device"),
    confidence: 95,
    matches: |value| matches!(value, Scalar::Text(text) if is_user_agent(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "okhttp/4.12.0",
            "Dalvik/2.1.0 (Linux; U; Android 14)",
        ],
        refuses: &["Mozilla", "text/html", "a/b", "2026/03"],
    },
};

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let named = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    !rest.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(named)
        && !(scheme == "gid" && is_global_id(rest))
        && !rest.contains(char::is_whitespace)
}

fn is_user_agent(text: &str) -> bool {
    let (product, rest) = text.split_once(' ').unwrap_or((text, ""));
    let Some((name, version)) = product.split_once('/') else {
        return false;
    };
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(word)
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.contains('.')
        && version.chars().all(word)
        && (rest.is_empty() || rest.starts_with('(') || rest.contains('/'))
}

fn has_query(text: &str) -> bool {
    // Most texts have none, and all of them are asked.
    if memchr::memchr(b'=', text.as_bytes()).is_none() {
        return false;
    }
    let (before, query) = text.split_once('?').unwrap_or(("", text));
    let valued = query.split('&').filter(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or_default();
        !name.is_empty() && !value.is_empty()
    });
    let count = valued.count();
    let stands_so = text.starts_with('?') || is_url(text) || before.starts_with('/');
    !text.contains(char::is_whitespace) && (count >= 2 || (count == 1 && stands_so))
}
