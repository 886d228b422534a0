//! What others publish of the forms that actions make: run as any value is, and counted on
//! the page of conformance.

use super::generalize::changes;
use super::testing::run;
use crate::canon::check::PUBLISHED_OMOCODIA;
use crate::canon::idna;
use crate::crypto::token::IBAN_EXAMPLES;

/// Examples of one source that all came out as it prints them.
pub(crate) struct Examples {
    /// Of what.
    pub(crate) what: &'static str,
    /// Who prints them.
    pub(crate) source: &'static str,
    /// How many, with what is expected.
    pub(crate) accepted: usize,
    /// How many that must not be taken, and were not.
    pub(crate) rejected: usize,
    /// How many were not tried, or are refused although they need not be, and why.
    pub(crate) left_out: Option<(usize, &'static str)>,
}

/// Runs all of them. One that does not hold ends the test.
pub(crate) fn all() -> Vec<Examples> {
    let mut all = vec![geohash(), h3(), meta(), snap(), iban(), luhn(), omocodia()];
    all.extend(zones());
    all.extend(domains());
    all.push(addresses());
    all
}

#[test]
fn what_is_published_comes_out() {
    for examples in all() {
        assert!(examples.accepted >= 4, "{}", examples.what);
    }
}

/// Runs field values on texts; `out` without quotes.
fn each<'c>(cases: impl IntoIterator<Item = (String, &'c str, String)>) -> usize {
    let mut count = 0;
    for (policy, text, out) in cases {
        let json = serde_json::to_string(text).expect("a text");
        let expected = serde_json::to_string(&out).expect("a text");
        assert_eq!(run(&policy, &json), Ok(Some(expected)), "{policy} {text}");
        count += 1;
    }
    count
}

fn geohash() -> Examples {
    let pairs = [
        // geohash.org and the article on it.
        ("57.64911,10.40744", "u4pruydqqvj"),
        ("42.605,-5.603", "ezs42"),
        // The readme of node-geohash.
        ("37.8324,112.5584", "ww8p1r4t8"),
        // Redis' documentation: Palermo and Catania.
        ("38.115556,13.361389", "sqc8b49rn"),
        ("37.502669,15.087269", "sqdtr74hy"),
    ];
    let cases = pairs.map(|(place, hash)| {
        let hash = &hash[..hash.len().min(9)];
        let policy = format!("{{ generalize: {{ geohash: {} }} }}", hash.len());
        (policy, place, hash.to_owned())
    });
    Examples {
        what: "geohash, up to 9 characters",
        source: "geohash.org, node-geohash, Redis",
        accepted: each(cases),
        rejected: 0,
        left_out: None,
    }
}

fn h3() -> Examples {
    let cells = [
        // The readme of h3-js.
        ("37.3615593,-122.0553238", 7, "87283472bffffff"),
        // The documentation of H3's core library: the Statue of Liberty.
        ("40.689167,-74.044444", 10, "8a2a1072b59ffff"),
        // The documentation of h3-pyspark.
        ("37.769377,-122.388903", 9, "89283082e73ffff"),
        // The reference of Snowflake, H3_LATLNG_TO_CELL_STRING: the Brandenburg Gate.
        ("52.516262,13.377704", 8, "881f1d4887fffff"),
        // The reference of Databricks, h3_longlatash3string.
        ("45,100", 6, "86240610fffffff"),
    ];
    let cases = cells.map(|(place, resolution, cell)| {
        let policy = format!("{{ generalize: {{ h3: {resolution} }} }}");
        (policy, place, cell.to_owned())
    });
    Examples {
        what: "H3 cells",
        source: "H3, h3-js, h3-pyspark, Snowflake, Databricks",
        accepted: each(cases),
        rejected: 0,
        left_out: None,
    }
}

fn digests<'c>(
    platform: &'static str,
    cases: impl IntoIterator<Item = (&'static str, &'c str, &'static str)>,
) -> usize {
    each(cases.into_iter().map(|(what, text, digest)| {
        let policy = format!("{{ match_hash: {{ for: {platform}, what: {what} }} }}");
        (policy, text, digest.to_owned())
    }))
}

fn meta() -> Examples {
    Examples {
        what: "hashes that Meta matches",
        source: "Meta, customer information parameters",
        accepted: digests(
            "meta",
            [
                (
                    "email",
                    "John_Smith@gmail.com",
                    "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
                ),
                (
                    "phone, region: US",
                    "(650)555-1212",
                    "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
                ),
                (
                    "first_name",
                    "Mary",
                    "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
                ),
                (
                    "first_name",
                    "정",
                    "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14",
                ),
                (
                    "first_name",
                    "Valéry",
                    "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
                ),
            ],
        ),
        rejected: 0,
        left_out: None,
    }
}

fn snap() -> Examples {
    Examples {
        what: "hashes that Snap matches",
        source: "Snap, parameters of the Conversions API",
        accepted: digests(
            "snap",
            [
                (
                    "email",
                    "Person@Example.com",
                    "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345",
                ),
                (
                    "phone",
                    "+44 844 412 4653",
                    "dc008fda46e2e64002cf2f82a4906236282d431c4f75e5b60bfe79fc48546383",
                ),
                (
                    "first_name",
                    "John",
                    "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a",
                ),
                (
                    "first_name",
                    "Raphaël",
                    "e74bb89e718fe1e19c422a48382870399f8bf7ca8dfa008739e75b0be76627b7",
                ),
            ],
        ),
        rejected: 0,
        left_out: None,
    }
}

/// Found as they are printed, and not with another check digit.
fn found(
    (what, source): (&'static str, &'static str),
    (policy, label): (&str, &str),
    numbers: &[(&str, String)],
) -> Examples {
    let right = numbers.iter().map(|(number, _)| *number);
    let cases = right.map(|number| (policy.to_owned(), number, label.to_owned()));
    let wrong = numbers.iter().map(|(_, wrong)| wrong.as_str());
    let wrong = wrong.map(|number| (policy.to_owned(), number, number.to_owned()));
    Examples {
        what,
        source,
        accepted: each(cases),
        rejected: each(wrong),
        left_out: None,
    }
}

fn iban() -> Examples {
    let numbers = IBAN_EXAMPLES.map(|iban| {
        let check = if &iban[3..4] == "0" { "1" } else { "0" };
        (iban, format!("{}{check}{}", &iban[..3], &iban[4..]))
    });
    found(
        ("account numbers, found", "IBAN registry (SWIFT)"),
        ("{ redact: { find: [iban] } }", "[IBAN]"),
        &numbers,
    )
}

/// Numbers of cards to test payments with: the check digit of ISO/IEC 7812-1, annex B.
fn luhn() -> Examples {
    let cards = [
        "4242424242424242",
        "4000056655665556",
        "5555555555554444",
        "2223003122003222",
        "5200828282828210",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "6011000990139424",
        "3056930009020004",
        "36227206271667",
        "3566002020360505",
        "6200000000000005",
    ];
    let cards = cards.map(|card| {
        let (rest, last) = card.split_at(card.len() - 1);
        let wrong = if last == "0" { 1 } else { 0 };
        (card, format!("{rest}{wrong}"))
    });
    found(
        ("card numbers, found by Luhn's digit", "Stripe, test cards"),
        ("{ redact: { find: [card] } }", "[CARD]"),
        &cards,
    )
}

fn zones() -> [Examples; 2] {
    let hours = [
        // The documentation of Python's zoneinfo: noon before and after a change.
        ("2020-10-31T12:00:00-07:00", "America/Los_Angeles", 12),
        ("2020-11-01T12:00:00-08:00", "America/Los_Angeles", 12),
        // That of PostgreSQL, `AT TIME ZONE`, and `date_trunc` at midnight in Sydney.
        ("2001-02-16T20:38:40-05:00", "America/Denver", 18),
        ("2001-02-16T20:38:40+09:00", "America/Chicago", 5),
        ("2001-02-16T13:00:00Z", "Australia/Sydney", 0),
        // RFC 5545, 3.3.5: one moment in UTC and in New York.
        ("1998-01-19T07:00:00Z", "America/New_York", 2),
    ];
    for (time, zone, hour) in hours {
        let policy = format!("{{ generalize: {{ date: hour_of_day, zone: {zone} }} }}");
        let made = run(&policy, &format!("\"{time}\""));
        assert_eq!(made, Ok(Some(hour.to_string())), "{policy} {time}");
    }
    [
        Examples {
            what: "hours of the day in a zone",
            source: "Python's zoneinfo, PostgreSQL, RFC 5545",
            accepted: hours.len(),
            rejected: 0,
            left_out: None,
        },
        Examples {
            what: "changes of the clock, 1970 to 2037",
            source: "tz database, read by Python's zoneinfo",
            accepted: changes(),
            rejected: 0,
            left_out: None,
        },
    ]
}

fn domains() -> [Examples; 2] {
    let of = |source, (accepted, rejected)| Examples {
        what: "domain names in ASCII (UTS 46)",
        source,
        accepted,
        rejected,
        left_out: None,
    };
    [
        of("Unicode 16, a part of IdnaTestV2", idna::unicodes()),
        of("random domains, by tr46 5.1.1", idna::anothers()),
    ]
}

fn omocodia() -> Examples {
    let numbers = PUBLISHED_OMOCODIA.map(|code| {
        let last = if code.ends_with('A') { 'B' } else { 'A' };
        (code, format!("{}{last}", &code[..15]))
    });
    found(
        ("codici fiscali, omocodia, found", "python-codicefiscale"),
        ("{ redact: { find: [cf], locale: [it] } }", "[CF]"),
        &numbers,
    )
}

/// What the URL Standard gives for addresses, and where it fails: whatever is taken has the
/// host that browsers see in it, and nothing is taken that they refuse.
fn addresses() -> Examples {
    const VECTORS: &str = include_str!("../../tests/vectors/urltest.json");
    let all: serde_json::Value = serde_json::from_str(VECTORS).expect("JSON");
    let (mut accepted, mut rejected, mut stricter) = (0, 0, 0);
    for row in all["each"].as_array().expect("a list") {
        let came = run("{ url: { host: keep } }", &row[0].to_string());
        match (came, row[1].as_str()) {
            (Err(_), None) => rejected += 1,
            (Err(_) | Ok(None), Some(_)) => stricter += 1,
            (Ok(Some(left)), Some(host)) => {
                let left: String = serde_json::from_str(&left).expect("a text");
                let behind = left.split_once("://").map_or("", |(_, rest)| rest);
                let end = behind.find(['/', ':', '?', '#']).unwrap_or(behind.len());
                assert_eq!(&behind[..end], host, "{row}: {left}");
                accepted += 1;
            }
            (Ok(left), None) => panic!("{row} is no address, and leaves as {left:?}"),
        }
    }
    Examples {
        what: "hosts of addresses of pages",
        source: "web-platform-tests, urltestdata",
        accepted,
        rejected,
        left_out: Some((
            stricter,
            "refused by `url`: hosts that are IP addresses or no names, and what a browser mends",
        )),
    }
}
