//! Places on the earth.

use super::detector::{Detector, Scalar};

/// A degree with more digits than people write: only with a word from the name
/// is it a latitude or a longitude.
pub(super) const COORDINATE: Detector = Detector {
    name: "coordinate",
    title: "degrees, three digits and more behind the point",
    category: None,
    confidence: 0,
    matches: is_degree,
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["#52.5200", "#-179.9999", "13.4050"],
        refuses: &["#52.5", "#180.001", "#52", "52,5200"],
    },
};

fn is_degree(value: Scalar<'_>) -> bool {
    let (Scalar::Text(text) | Scalar::Number(text)) = value;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let fine = digits.split_once('.').is_some_and(|(_, f)| f.len() >= 3);
    plain && fine && digits.parse::<f64>().is_ok_and(|d| d <= 180.0)
}
