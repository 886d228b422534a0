//! The kinds of personal data, which of them name a person, and what data is used for.
//!
//! **In**: the name of a category, or of a use. **Out**: whether it is one of
//! fideslang's, and whether what is of it identifies by itself or is specially protected.
//! **Promises**: one list, for what is proposed of a sample and for what is said
//! against a policy. **Does not know**: events, policies, what is done about it.

mod identifying;
mod showing;
mod uses;

pub use identifying::{is_direct, is_identifier, is_special, may_be_direct};
pub use showing::{takes_few_values, tells_by_length};
pub use uses::{is_use, uses};

/// Version of fideslang that the lists were taken from.
pub const VERSION: &str = "3.1.4";

/// Not personal.
pub const NONE: &str = "none";

/// Categories of earlier versions of fideslang that go on being known.
pub const EARLIER: &[&str] = &[
    "user.credentials",
    "user.financial.account_number",
    "user.genetic",
    "user.political_opinion",
    "user.religious_belief",
];

/// The categories of this version, in alphabetical order.
pub fn categories() -> impl Iterator<Item = &'static str> + Clone {
    let lines = include_str!("data_categories.txt").lines();
    lines.filter(|line| !line.starts_with('#'))
}

/// Those of earlier versions too, and [`NONE`].
pub fn all() -> impl Iterator<Item = &'static str> + Clone {
    categories().chain(EARLIER.iter().copied()).chain([NONE])
}

/// True for a category of the list.
pub fn is_known(category: &str) -> bool {
    all().any(|known| known == category)
}

/// True when `category` is `above` or stands below it.
pub fn is_at_or_below(category: &str, above: &str) -> bool {
    let rest = category.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_fideslang() {
        assert_eq!(categories().count(), 85);
        assert!(categories().is_sorted());
        assert!(categories().all(|c| c.starts_with("user") || c.starts_with("system")));
        // Every category has the one above it in the list.
        for category in categories() {
            if let Some((above, _)) = category.rsplit_once('.') {
                assert!(is_known(above), "{category}");
            }
        }
        assert!(EARLIER.iter().all(|e| !categories().any(|c| c == *e)));
        let header = include_str!("data_categories.txt");
        assert!(header.contains(&format!("fideslang (Fides Language) {VERSION}")));
        assert!(header.contains("CC-BY-4.0") && header.contains("Ethyca"));
    }
}
