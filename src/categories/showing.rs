//! Categories that show through what hides them: by how long a value is, or by how
//! often it comes.

use super::is_at_or_below;

/// Names and addresses of persons: their lengths differ, and with them persons.
const BY_LENGTH: &[&str] = &["user.name", "user.contact"];

/// Categories with so few values that the frequencies of codes give them away: a
/// date of birth has 36,000, all others below 1,000.
const FEW: &[&str] = &[
    "user.demographic",
    "user.contact.address.country",
    "user.contact.address.state",
    "user.privacy_preferences",
    "user.religious_belief",
    "user.political_opinion",
];

/// What lies below one of [`FEW`] and is not meant.
const NOT_FEW: &[&str] = &["user.demographic.profile"];

/// True when the length of a value tells of whom it is.
pub fn tells_by_length(category: &str) -> bool {
    is_below(category, BY_LENGTH)
}

/// True when there are few values of the category. One that others lie below counts
/// by its own name only where all of these do.
pub fn takes_few_values(category: &str) -> bool {
    is_below(category, FEW) && !is_below(category, NOT_FEW) && category != "user.demographic"
}

fn is_below(category: &str, list: &[&str]) -> bool {
    list.iter().any(|above| is_at_or_below(category, above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::categories::is_known;

    #[test]
    fn every_name_is_a_category() {
        for name in BY_LENGTH.iter().chain(FEW).chain(NOT_FEW) {
            assert!(is_known(name), "{name}");
        }
    }

    #[test]
    fn few_values_and_telling_lengths_are_told_from_others() {
        for few in [
            "user.demographic.gender",
            "user.demographic.date_of_birth",
            "user.contact.address.country",
            "user.privacy_preferences",
        ] {
            assert!(takes_few_values(few), "{few}");
        }
        for many in [
            "user.demographic",
            "user.demographic.profile",
            "user.contact.email",
            "user.contact.address.city",
            "user.unique_id",
            "none",
        ] {
            assert!(!takes_few_values(many), "{many}");
        }
        assert!(tells_by_length("user.contact.email") && tells_by_length("user.name.last"));
        assert!(!tells_by_length("user.unique_id") && !tells_by_length("user"));
    }
}
