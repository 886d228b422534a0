//! Global Privacy Control (W3C draft): the header `Sec-GPC`, and the same as a value.
//!
//! Only `1` has a meaning there; what `navigator.globalPrivacyControl` says is `true`.
//! It can deny, and everything else is silent: its absence is no preference.

/// True when the text denies.
pub fn denies(text: &str) -> bool {
    let text = text.trim_ascii();
    text == "1" || text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::denies;

    #[test]
    fn only_one_and_true_deny() {
        for text in ["1", " 1 ", "true", "True"] {
            assert!(denies(text), "{text}");
        }
        for text in ["0", "false", "", "11", "1.0", "yes", "null", "?1"] {
            assert!(!denies(text), "{text}");
        }
    }
}
