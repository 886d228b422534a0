//! What somebody wrote in words.

use super::detector::{Detector, Scalar};

/// Several words: whatever a person typed can stand in it.
pub(super) const FREE_TEXT: Detector = Detector {
    name: "free_text",
    title: "free text",
    category: Some("user.content"),
    confidence: 40,
    matches: |value| matches!(value, Scalar::Text(text) if is_free_text(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "please call me back tomorrow",
            "Мне нужен возврат за заказ",
            "one\ntwo three four",
        ],
        refuses: &[
            "Order Completed",
            "checkout",
            "2026-03-01 10:42:07",
            "a/b/c/d",
        ],
    },
};

fn is_free_text(text: &str) -> bool {
    let words = text.split_whitespace();
    let wordy = words.filter(|w| w.chars().any(char::is_alphabetic)).take(4);
    wordy.count() == 4 || text.chars().count() > 200
}
