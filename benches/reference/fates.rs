//! What becomes of the members of each workload, as the document baseline has
//! it: the policies once more, written independently of them.

use Fate::{Elements, Email, Kept, Members, Network, Pseudonym, Sealed, Token, TwoDecimals, Year};

/// Names and what becomes of them; whatever is not listed is dropped.
pub type Fates = &'static [(&'static str, Fate)];

/// What becomes of one member.
pub enum Fate {
    /// Leaves as it is.
    Kept,
    /// Its pseudonym leaves.
    Pseudonym,
    /// Its pseudonym leaves, and its domain as `email_domain`.
    Email,
    /// A telephone number, its digits enciphered.
    Token,
    /// Its JSON text leaves sealed.
    Sealed,
    /// The first 24 bits of an IPv4 address.
    Network,
    /// The year of a date, a number.
    Year,
    /// A number cut to two decimals.
    TwoDecimals,
    /// An object of which these leave.
    Members(Fates),
    /// An array of such objects.
    Elements(Fates),
}

const GEO: Fates = &[("lat", TwoDecimals), ("lon", TwoDecimals), ("acc", Kept)];

/// Of workload A.
pub const MARKETING: Fates = &[
    ("event_id", Kept),
    ("type", Kept),
    ("ts", Kept),
    ("user_id", Pseudonym),
    ("email", Email),
    ("phone", Token),
    ("ip", Network),
    ("birthdate", Year),
    ("geo", Members(GEO)),
    ("address", Sealed),
    ("sid", Kept),
    ("url", Kept),
    ("campaign", Kept),
    ("items", Kept),
    ("value", Kept),
    ("cur", Kept),
    ("consent", Kept),
    ("os", Kept),
    ("lang", Kept),
    ("tags", Kept),
    ("ab", Kept),
];

/// Of "mixed": all types together, since none has a member that another type
/// has and may not let out.
pub const MIXED: Fates = &[
    ("event_id", Kept),
    ("type", Kept),
    ("ts", Kept),
    ("user_id", Pseudonym),
    ("email", Email),
    ("phone", Token),
    ("address", Sealed),
    ("ip", Network),
    ("geo", Members(GEO)),
    ("sid", Kept),
    ("os", Kept),
    ("lang", Kept),
    ("app", Kept),
    ("consent", Kept),
    ("campaign", Kept),
    ("url", Kept),
    ("ms", Kept),
    ("viewport", Members(&[("w", Kept)])),
    ("order_id", Kept),
    ("items", Kept),
    ("value", Kept),
    ("cur", Kept),
    ("results", Kept),
    ("page", Kept),
    ("facets", Kept),
    ("birthdate", Year),
    ("plan", Kept),
    ("newsletter", Kept),
    ("seats", Kept),
    ("ticket", Kept),
    ("rating", Kept),
    ("wait_s", Kept),
];

/// Of "orders".
pub const ORDERS: Fates = &[
    ("order_id", Kept),
    ("ts", Kept),
    ("status", Kept),
    (
        "customer",
        Members(&[("id", Pseudonym), ("email", Email), ("phone", Token)]),
    ),
    (
        "shipping",
        Members(&[("method", Kept), ("address", Sealed)]),
    ),
    (
        "items",
        Elements(&[
            ("line", Kept),
            ("sku", Kept),
            ("qty", Kept),
            ("price", Kept),
            ("attrs", Members(&[("color", Kept), ("size", Kept)])),
            ("discounts", Elements(&[("amount", Kept)])),
            ("gift", Members(&[("to", Pseudonym)])),
        ]),
    ),
    ("payment", Members(&[("method", Kept)])),
    ("total", Kept),
    ("cur", Kept),
];
