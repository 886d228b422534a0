//! Categories that single somebody out, and those that are specially protected.
//!
//! The names are fideslang's. What counts follows the words of the GDPR (article 4
//! (1): a name, an identification number, location data, an online identifier;
//! recital 30: internet protocol addresses, cookie identifiers; recital 35: a number
//! that is assigned to identify a person for health purposes) and of ENISA
//! ("Pseudonymisation techniques and best practices", 2019: an identifier is a value
//! that identifies an element within an identification scheme).
//!
//! Two categories are in doubt: a full postal code names a house in some countries,
//! and an organization's name its only owner. What is said against a policy counts
//! them; a judgement of what a sample holds does not, as it would call every company
//! a person.

use super::is_at_or_below;

/// What lies below them identifies too.
const DIRECT: &[&str] = &[
    "user.name",
    "user.contact",
    "user.unique_id",
    "user.government_id",
    "user.authorization",
    "user.credentials",
    "user.account.username",
    "user.payment",
    "user.financial",
    "user.device.ip_address",
    "user.device.device_id",
    "user.device.cookie_id",
    "user.health_and_medical.record_id",
    "user.health_and_medical.insurance_beneficiary_id",
];

/// What lies below one of [`DIRECT`] and does not identify by itself.
const NOT_DIRECT: &[&str] = &[
    "user.unique_id.pseudonymous",
    "user.contact.address.country",
    "user.contact.address.state",
    "user.contact.address.city",
];

/// What lies below one of [`DIRECT`] and identifies in some cases only.
const IN_DOUBT: &[&str] = &[
    "user.contact.address.postal_code",
    "user.contact.organization",
];

/// Special categories of data (GDPR article 9), data of children and precise
/// locations; what lies below them is too.
const SPECIAL: &[&str] = &[
    "user.biometric",
    "user.health_and_medical",
    "user.genetic",
    "user.childrens",
    "user.location.precise",
    "user.demographic.race_ethnicity",
    "user.demographic.religious_belief",
    "user.demographic.political_opinion",
    "user.demographic.sexual_orientation",
    "user.political_opinion",
    "user.religious_belief",
    "user.criminal_history",
];

/// Names that one person or thing was given.
const IDENTIFIER: &[&str] = &[
    "user.unique_id",
    "user.device.device_id",
    "user.device.cookie_id",
];

/// True for categories that name one person, device or account by themselves.
pub fn is_direct(category: &str) -> bool {
    may_be_direct(category) && !below(category, IN_DOUBT)
}

/// The same, and those in doubt.
pub fn may_be_direct(category: &str) -> bool {
    below(category, DIRECT) && !below(category, NOT_DIRECT)
}

/// True for what needs its own justification.
pub fn is_special(category: &str) -> bool {
    below(category, SPECIAL)
}

/// True for names of one person or thing.
pub fn is_identifier(category: &str) -> bool {
    below(category, IDENTIFIER)
}

fn below(category: &str, list: &[&str]) -> bool {
    list.iter().any(|above| is_at_or_below(category, above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_that_is_asked_for_can_be_given() {
        for category in [DIRECT, NOT_DIRECT, IN_DOUBT, SPECIAL, IDENTIFIER].concat() {
            assert!(crate::categories::is_known(category), "{category}");
        }
        for category in [NOT_DIRECT, IN_DOUBT].concat() {
            assert!(below(category, DIRECT), "{category}");
        }
    }

    #[test]
    fn lists_hold_for_what_lies_below() {
        assert!(is_direct("user.contact.email"));
        assert!(is_direct("user.unique_id"));
        assert!(!is_direct("user.unique_id.pseudonymous"));
        assert!(!is_direct("user.contacts"));
        assert!(is_special("user.health_and_medical.record_id"));
        assert!(!is_special("user.location.imprecise"));
    }

    /// Two lists told these apart; each is decided for the safe side.
    #[test]
    fn what_is_in_doubt_is_said_against_a_policy() {
        for (category, direct) in [
            ("user.financial", true),
            ("user.financial.bank_account", true),
            ("user.financial.credit_card", true),
            ("user.credentials", true),
            ("user.health_and_medical.record_id", true),
            ("user.health_and_medical.insurance_beneficiary_id", true),
            ("user.contact.address.postal_code", false),
            ("user.contact.organization", false),
        ] {
            assert!(may_be_direct(category), "{category}");
            assert_eq!(is_direct(category), direct, "{category}");
        }
    }
}
