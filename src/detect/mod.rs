//! What a value or a name looks like.
//!
//! **In**: one scalar, or the names from the top of an event down to a member.
//! **Out**: which detectors a whole value passes, which category a name speaks
//! for, and one judgement of both. **Promises**: pure, no allocation for a value;
//! a detector says what a value looks like, never what it is; nothing it says
//! holds a value. **Does not know**: policies, samples, what is done about it.

mod calendar;
mod code;
mod contact;
mod free_text;
mod identifier;
mod judgement;
mod money;
mod name;
mod name_rules;
mod national;
mod network;
mod place;
mod web;

pub use judgement::{Evidence, Judgement, Kinds, judge};
pub use name::Tokens;

/// A scalar of an event.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    /// The characters of a text.
    Text(&'a str),
    /// A number, as the event spells it (RFC 8259).
    Number(&'a str),
}

/// Something that whole values can look like.
pub struct Detector {
    /// One word, for reports and programs.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The category it speaks for; `None`: a form that says nothing of whose it is.
    pub category: Option<&'static str>,
    /// How much it means that nearly all values pass, without a word from the
    /// name; percent.
    pub confidence: u8,
    /// True for a whole value that looks so.
    pub matches: fn(Scalar<'_>) -> bool,
    /// Texts that look so, and texts that almost do; for the tests.
    #[cfg(test)]
    pub(crate) examples: Examples,
}

/// What a detector takes and what it does not.
#[cfg(test)]
pub(crate) struct Examples {
    pub(crate) takes: &'static [&'static str],
    pub(crate) refuses: &'static [&'static str],
}

/// Every detector. Order is only for ties: the earlier speaks.
pub static DETECTORS: &[Detector] = &[
    contact::EMAIL,
    network::IP,
    network::MAC,
    money::CARD,
    money::IBAN,
    national::NATIONAL_ID,
    identifier::COOKIE,
    identifier::UUID,
    contact::PHONE,
    web::URL,
    web::USER_AGENT,
    calendar::DATE,
    calendar::TIME,
    calendar::EPOCH_S,
    calendar::EPOCH_MS,
    calendar::EPOCH_US,
    calendar::EPOCH_NS,
    place::COORDINATE,
    code::LANGUAGE,
    code::CURRENCY,
    code::COUNTRY,
    identifier::OPAQUE,
    money::DECIMAL,
    free_text::FREE_TEXT,
];

/// How many detectors there are: the length of a table of hits.
pub const COUNT: usize = 24;

const _: () = assert!(DETECTORS.len() == COUNT, "COUNT is the length of the list");

/// The place of the detector of that name in [`DETECTORS`].
pub fn place_of(name: &str) -> Option<usize> {
    DETECTORS.iter().position(|d| d.name == name)
}

/// True for categories that name one person, device or account by themselves.
pub fn is_direct(category: &str) -> bool {
    const DIRECT: &[&str] = &[
        "user.name",
        "user.contact",
        "user.unique_id",
        "user.government_id",
        "user.authorization",
        "user.account.username",
        "user.payment",
        "user.financial",
        "user.device.ip_address",
        "user.device.device_id",
        "user.device.cookie_id",
        "user.health_and_medical.record_id",
    ];
    const COARSE: &[&str] = &[
        "user.unique_id.pseudonymous",
        "user.contact.address.country",
        "user.contact.address.state",
        "user.contact.address.city",
        "user.contact.address.postal_code",
        "user.contact.organization",
    ];
    let below = |list: &[&str]| {
        list.iter().any(|above| {
            let rest = category.strip_prefix(above);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    below(DIRECT) && !below(COARSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers as an event has them; anything else is text.
    fn scalar(text: &str) -> Scalar<'_> {
        match text.strip_prefix('#') {
            Some(number) => Scalar::Number(number),
            None => Scalar::Text(text),
        }
    }

    #[test]
    fn every_detector_takes_its_examples_and_refuses_what_is_almost_one() {
        for detector in DETECTORS {
            let Examples { takes, refuses } = &detector.examples;
            assert!(takes.len() > 1 && refuses.len() > 1, "{}", detector.name);
            for text in *takes {
                assert!((detector.matches)(scalar(text)), "{} {text}", detector.name);
            }
            for text in *refuses {
                let taken = (detector.matches)(scalar(text));
                assert!(!taken, "{} {text}", detector.name);
            }
        }
    }

    #[test]
    fn names_are_distinct_and_categories_are_known() {
        for (at, detector) in DETECTORS.iter().enumerate() {
            assert_eq!(place_of(detector.name), Some(at));
            let known = detector
                .category
                .is_none_or(crate::policy::taxonomy::is_known);
            assert!(known, "{}", detector.name);
            assert!(detector.confidence <= 100);
        }
    }

    proptest! {
        #[test]
        fn no_detector_panics(text in ".{0,80}", digits in "[-+0-9.:/eT ]{0,40}") {
            for text in [&text, &digits] {
                for detector in DETECTORS {
                    let _ = (detector.matches)(Scalar::Text(text));
                    let _ = (detector.matches)(Scalar::Number(text));
                }
            }
        }
    }
}
