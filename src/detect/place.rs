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

/// Latitude and longitude in one text.
pub(super) const COORDINATES: Detector = Detector {
    name: "coordinate_pair",
    title: "latitude and longitude",
    category: Some("user.location.precise"),
    confidence: 90,
    matches: |value| matches!(value, Scalar::Text(text) if is_pair(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["52.5200,13.4050", "-33.8688, 151.2093"],
        refuses: &[
            "52.5,13.4",
            "13.4050",
            "52.5200,13.4050,7.000",
            "52.5200;13.4050",
        ],
    },
};

fn is_pair(text: &str) -> bool {
    let pair = text.split_once(',');
    pair.is_some_and(|(a, b)| is_degree(Scalar::Text(a)) && is_degree(Scalar::Text(b.trim_start())))
}

fn is_degree(value: Scalar<'_>) -> bool {
    let (Scalar::Text(text) | Scalar::Number(text)) = value;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let fine = digits.split_once('.').is_some_and(|(_, f)| f.len() >= 3);
    plain && fine && digits.parse::<f64>().is_ok_and(|d| d <= 180.0)
}
