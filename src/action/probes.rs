//! What a bound of texts is tried on: one value of each kind that says who somebody is,
//! what they are reached by, or where they were. None is anybody's.

/// What it is, and a value.
pub(crate) const PROBES: [(&str, &str); 14] = [
    ("an e-mail address", "jane.doe@example.com"),
    ("a telephone number with `+`", "+4915112345678"),
    ("a telephone number", "015112345678"),
    ("a card number", "4111111111111111"),
    ("an account number", "DE89370400440532013000"),
    ("an IPv4 address", "203.0.113.7"),
    ("an IPv6 address", "2001:db8::8a2e:370:7334"),
    ("the address of a network card", "00:1b:44:11:3a:b7"),
    ("a UUID", "123e4567-e89b-12d3-a456-426614174000"),
    ("an MD5 digest", "d41d8cd98f00b204e9800998ecf8427e"),
    ("a social security number", "078-05-1120"),
    ("a date of birth", "1984-05-17"),
    ("a name", "jane-doe"),
    ("a place", "52.5200,13.4050"),
];

/// What those are that `takes` takes.
pub(crate) fn admitted(takes: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let taken = PROBES.iter().filter(|(_, value)| takes(value));
    taken.map(|(what, _)| *what).collect()
}
