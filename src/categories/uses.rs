//! What data is used for: the data uses of fideslang, a tree by dots.

/// The data uses of this version, in alphabetical order.
pub fn uses() -> impl Iterator<Item = &'static str> + Clone {
    let lines = include_str!("data_uses.txt").lines();
    lines.filter(|line| !line.starts_with('#'))
}

/// True for a use of the list.
pub fn is_use(word: &str) -> bool {
    uses().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_fideslang_and_a_tree() {
        assert_eq!(uses().count(), 56);
        assert!(uses().is_sorted());
        for word in uses() {
            if let Some((above, _)) = word.rsplit_once('.') {
                assert!(is_use(above), "{word}");
            }
        }
        let header = include_str!("data_uses.txt");
        assert!(header.contains(&format!("(Fides Language) {}", super::super::VERSION)));
        assert!(header.contains("CC-BY-4.0") && header.contains("Ethyca"));
        assert!(!is_use("analytics.reporting.") && !is_use("# Copyright") && !is_use(""));
    }
}
