//! Numbers that states give to persons, where a check digit or a form of their
//! own tells them from other numbers.

use super::detector::{Detector, Scalar};
use crate::canon::check::{
    is_american, is_brazilian, is_finnish, is_french, is_italian, is_spanish, is_swedish,
};

/// A national identification number.
pub(super) const NATIONAL_ID: Detector = Detector {
    name: "national_id",
    title: "national identification number",
    category: Some("user.government_id.national_identification_number"),
    confidence: 90,
    matches: |value| matches!(value, Scalar::Text(text) if is_national_id(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "078-05-1120",
            "12345678Z",
            "X1234567L",
            "RSSMRA85T10A562S",
            "529.982.247-25",
            "255081416802538",
            "811228-9874",
            "131052-308T",
        ],
        refuses: &[
            "000-05-1120",
            "666-05-1120",
            "078051120",
            "12345678A",
            "X1234567A",
            "RSSMRA85T10A562T",
            "529.982.247-26",
            "255081416802539",
            "811228-9875",
            "131052-308U",
        ],
    },
};

fn is_national_id(text: &str) -> bool {
    text.is_ascii()
        && match text.len() {
            9 => is_spanish(text),
            11 => is_american(text) || is_swedish(text) || is_finnish(text),
            14 => is_brazilian(text),
            15 => is_french(text),
            16 => is_italian(text),
            _ => false,
        }
}
