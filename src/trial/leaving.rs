//! A value that leaves, as tests search it.

use super::json;
use crate::policy::check::json::Json;

/// A value that leaves; one that could not be read would be searched for nothing.
pub(super) fn tree(value: &[u8]) -> Json {
    std::str::from_utf8(value)
        .ok()
        .and_then(json::parse)
        .expect("what leaves is JSON")
}

/// ASCII case is ignored: `Jane` must not leave as `JANE` either.
pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    !text.is_empty()
        && bytes
            .windows(text.len())
            .any(|window| window.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "what leaves is JSON")]
    fn what_cannot_be_searched_passes_no_test() {
        let _ = tree(b"{\"mail\":");
    }
}
