//! Figures as words have them, and as programs do.

/// A share: three digits behind the point, `< 0.001` where it is not nothing.
pub(crate) fn share(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.000_5 => "< 0.001".to_owned(),
        share => format!("{share:.3}"),
    }
}

/// For programs: four digits are kept, more is chance.
pub(crate) fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// So many, with the word for one or several.
pub(crate) fn counted(n: usize, one: &str, several: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {several}"),
    }
}
