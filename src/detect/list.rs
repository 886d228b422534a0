//! The list of all detectors.

use super::{
    calendar, code, contact, detector::Detector, free_text, identifier, money, national, network,
    place, web,
};

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
    web::QUERY,
    web::USER_AGENT,
    calendar::DATE,
    calendar::TIME,
    calendar::EPOCH_S,
    calendar::EPOCH_MS,
    calendar::EPOCH_US,
    calendar::EPOCH_NS,
    place::COORDINATES,
    place::COORDINATE,
    code::LANGUAGE,
    code::CURRENCY,
    code::COUNTRY,
    identifier::OPAQUE,
    money::DECIMAL,
    free_text::FREE_TEXT,
];

/// How many detectors there are: the length of a table of hits.
pub const COUNT: usize = 26;

const _: () = assert!(DETECTORS.len() == COUNT, "COUNT is the length of the list");

/// The place of the detector of that name in [`DETECTORS`].
pub fn place_of(name: &str) -> Option<usize> {
    DETECTORS.iter().position(|d| d.name == name)
}
