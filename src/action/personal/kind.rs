//! The list of what is looked for.

/// A kind of personal data, in the order in which equally long hits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::action) enum Kind {
    Secret,
    Jwt,
    Iban,
    Card,
    Ssn,
    Nino,
    Steuerid,
    Nir,
    Dni,
    Nie,
    Cf,
    Bsn,
    Cpf,
    Aadhaar,
    Email,
    Url,
    Ipv6,
    Ipv4,
    Mac,
    Uuid,
    /// A pattern of the policy, by its place there.
    Own(u8),
    Phone,
    BirthDate,
    Coordinates,
    Btc,
    Eth,
}

/// What a policy calls a kind, and what stands in its place.
pub(in crate::action) struct Row {
    pub(in crate::action) kind: Kind,
    /// In `find`.
    pub(in crate::action) name: &'static str,
    /// In `[…]`.
    pub(in crate::action) label: &'static str,
    /// The locale that it belongs to; `None`: all of them.
    pub(in crate::action) locale: Option<&'static str>,
}

const fn row(
    kind: Kind,
    name: &'static str,
    label: &'static str,
    locale: Option<&'static str>,
) -> Row {
    Row {
        kind,
        name,
        label,
        locale,
    }
}

/// Every kind that a policy can name.
pub(in crate::action) const KINDS: [Row; 25] = [
    row(Kind::Secret, "secret", "SECRET", None),
    row(Kind::Jwt, "jwt", "JWT", None),
    row(Kind::Iban, "iban", "IBAN", None),
    row(Kind::Card, "card", "CARD", None),
    row(Kind::Ssn, "ssn", "SSN", Some("us")),
    row(Kind::Nino, "nino", "NINO", Some("gb")),
    row(Kind::Steuerid, "steuerid", "STEUERID", Some("de")),
    row(Kind::Nir, "nir", "NIR", Some("fr")),
    row(Kind::Dni, "dni", "DNI", Some("es")),
    row(Kind::Nie, "nie", "NIE", Some("es")),
    row(Kind::Cf, "cf", "CF", Some("it")),
    row(Kind::Bsn, "bsn", "BSN", Some("nl")),
    row(Kind::Cpf, "cpf", "CPF", Some("br")),
    row(Kind::Aadhaar, "aadhaar", "AADHAAR", Some("in")),
    row(Kind::Email, "email", "EMAIL", None),
    row(Kind::Url, "url", "URL", None),
    row(Kind::Ipv6, "ipv6", "IP", None),
    row(Kind::Ipv4, "ipv4", "IP", None),
    row(Kind::Mac, "mac", "MAC", None),
    row(Kind::Uuid, "uuid", "UUID", None),
    row(Kind::Phone, "phone", "PHONE", None),
    row(Kind::BirthDate, "birth_date", "BIRTH_DATE", None),
    row(Kind::Coordinates, "coordinates", "COORDINATES", None),
    row(Kind::Btc, "btc", "BTC", None),
    row(Kind::Eth, "eth", "ETH", None),
];

/// The names of all kinds.
pub(in crate::action) const NAMES: [&str; KINDS.len()] = {
    let mut names = [""; KINDS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = KINDS[at].name;
        at += 1;
    }
    names
};

impl Kind {
    /// Its bit in a set; a pattern of the policy has none.
    pub(super) fn bit(self) -> u32 {
        let place = KINDS.iter().position(|row| row.kind == self);
        place.map_or(0, |place| 1 << place)
    }

    /// Its row; `None` for a pattern of the policy.
    pub(in crate::action) fn row(self) -> Option<&'static Row> {
        KINDS.iter().find(|row| row.kind == self)
    }
}
