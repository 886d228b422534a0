//! Strings that others wrote, and what must be read in them: of IAB Tech Lab's own
//! libraries (`tests/vectors/consent/`), of specifications, and broken ones.

use serde_json::Value;

use super::bits::{BYTES_MAX, Unreadable};
use super::tcf::Says;
use super::{gpp, tcf};
use crate::plan::signal::{OptOuts, TcfAsks};

const TCF: &str = include_str!("../../../tests/vectors/consent/tcf.json");
const GPP: &str = include_str!("../../../tests/vectors/consent/gpp.json");

fn strings(vectors: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(vectors).expect("JSON");
    all["strings"].as_array().expect("a list").clone()
}

fn numbers(list: &Value) -> Vec<u64> {
    let list = list.as_array().into_iter().flatten();
    list.map(|n| n.as_u64().expect("a number")).collect()
}

fn set(list: &Value) -> u64 {
    numbers(list).iter().fold(0, |set, n| set | 1 << (n - 1))
}

/// Every purpose, feature, vendor and restriction of strings of 2.3 with a segment of
/// disclosed vendors, vendors as bits and as ranges.
#[test]
fn tc_strings_say_what_was_put_in() {
    for said in strings(TCF) {
        let name = &said["name"];
        let string = said["string"].as_str().expect("a string");
        let updated: jiff::Timestamp = said["last_updated"].as_str().unwrap().parse().unwrap();
        let lists = ["vendors", "vendor_interests", "disclosed"].map(|list| numbers(&said[list]));
        for vendor in 1..=910_u16 {
            let has = |list: &[u64]| list.contains(&vendor.into());
            let read = tcf::read(string, vendor).expect("it can be read");
            assert_eq!(read.last_updated_ms, updated.as_millisecond(), "{name}");
            assert_eq!(u64::from(read.purposes), set(&said["purposes"]), "{name}");
            assert_eq!(u64::from(read.interests), set(&said["interests"]), "{name}");
            assert_eq!(
                u64::from(read.special_features),
                set(&said["special_features"])
            );
            assert_eq!(read.vendor, has(&lists[0]), "{name}: {vendor}");
            assert_eq!(read.vendor_interest, has(&lists[1]), "{name}: {vendor}");
            assert_eq!(read.disclosed, Some(has(&lists[2])), "{name}: {vendor}");
            let mut restrictions = [0; 3];
            for one in said["restrictions"].as_array().expect("a list") {
                let kind = usize::try_from(one["type"].as_u64().unwrap()).unwrap();
                if has(&numbers(&one["vendors"])) {
                    restrictions[kind] |= 1 << (one["purpose"].as_u64().unwrap() - 1);
                }
            }
            assert_eq!(read.restrictions, restrictions, "{name}: {vendor}");
        }
        // Vendor 0 is nobody.
        let nobody = tcf::read(string, 0).expect("it can be read");
        assert!(!nobody.vendor && !nobody.vendor_interest && nobody.disclosed == Some(false));
    }
}

/// Of the documentation of `GDPR::IAB::TCFv2` (CPAN): its purposes and vendors as bits.
const DOCUMENTED: &str =
    "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA";
/// Of the tests of `iabtcf-java` (IAB Tech Lab), with a segment of disclosed vendors.
const DISCLOSED: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";

#[test]
fn published_strings_of_2_0_are_read() {
    let of = |list: &[u32]| list.iter().fold(0_u32, |set, n| set | 1 << (n - 1));
    let read = tcf::read(DOCUMENTED, 23).expect("it can be read");
    assert_eq!(read.purposes, of(&[1, 3, 9, 10]));
    assert_eq!(read.interests, of(&[3, 4, 5, 8, 9, 10]));
    assert_eq!((read.special_features, read.disclosed), (0b10, None));
    assert!(tcf::read(DISCLOSED, 2).is_ok_and(|tc| tc.disclosed == Some(true)));
}

fn asks(purposes: &[u32]) -> TcfAsks {
    TcfAsks {
        purposes: purposes.iter().fold(0, |set, n| set | 1 << (n - 1)),
        ..TcfAsks::default()
    }
}

#[test]
fn the_rule_is_kept_as_written() {
    let all = strings(TCF);
    let string = |name: &str| {
        let found = all.iter().find(|s| s["name"].as_str() == Some(name));
        found.expect("such a string")["string"].as_str().unwrap()
    };
    let restricted = string("restrictions of every type");
    let says = |string: &str, vendor: u16, asks: TcfAsks| {
        tcf::read(string, vendor)
            .expect("it can be read")
            .says(&asks)
    };
    let by_vendor = |purposes: &[u32]| TcfAsks {
        vendor: true,
        ..asks(purposes)
    };
    let by_interest = |purposes: &[u32]| TcfAsks {
        by_interest: true,
        ..by_vendor(purposes)
    };
    // Consent, with the vendor's own and without.
    assert_eq!(says(restricted, 7, by_vendor(&[1, 2, 8])), Says::Granted);
    let some = string("some purposes, some vendors as bits");
    assert_eq!(says(some, 28, by_vendor(&[1, 3, 4])), Says::Granted);
    assert_eq!(says(some, 28, by_vendor(&[1, 2])), Says::Silent);
    assert_eq!(says(some, 27, by_vendor(&[1])), Says::Silent);
    assert_eq!(says(some, 0, asks(&[1])), Says::Granted);
    // Special features are opted in to.
    let feature = |bits| TcfAsks {
        special_features: bits,
        ..asks(&[1])
    };
    assert_eq!(says(some, 0, feature(0b01)), Says::Granted);
    assert_eq!(says(some, 0, feature(0b11)), Says::Silent);
    // The publisher: not allowed denies, whatever the basis; what another basis is
    // required for is not granted by this one.
    assert_eq!(says(restricted, 8, by_vendor(&[1, 2])), Says::Denied);
    assert_eq!(says(restricted, 8, by_interest(&[2])), Says::Denied);
    assert_eq!(says(restricted, 8, by_vendor(&[1])), Says::Granted);
    assert_eq!(says(restricted, 755, by_vendor(&[8])), Says::Silent);
    assert_eq!(says(restricted, 755, by_interest(&[8])), Says::Granted);
    assert_eq!(says(restricted, 10, by_interest(&[7])), Says::Silent);
    assert_eq!(says(restricted, 10, by_vendor(&[7])), Says::Granted);
    // An interest in a purpose that takes consent alone, or of who was not disclosed.
    assert_eq!(says(restricted, 7, by_interest(&[3])), Says::Silent);
    assert_eq!(says(some, 8, by_interest(&[2, 7])), Says::Granted);
    assert_eq!(says(some, 12, by_interest(&[2, 7])), Says::Silent);
    let without = some.split('.').next().unwrap();
    assert_eq!(says(without, 8, by_interest(&[2, 7])), Says::Silent);
}

/// The strings that hold one opt-out, one kind of sensitive data, one child or the
/// signal of Global Privacy Control, for each section from 7 to 22.
#[test]
fn gpp_strings_say_what_was_opted_out_of() {
    let mut read = 0;
    for said in strings(GPP) {
        let name = &said["name"];
        let string = said["string"].as_str().expect("a string");
        let found = gpp::read(string);
        if said["unreadable"] == true {
            assert_eq!(found, Err(Unreadable), "{name}");
            continue;
        }
        let words = said["opted_out"].as_array().expect("a list");
        let expected = words.iter().fold(OptOuts::default(), |all, word| {
            let one = match word.as_str().unwrap() {
                "sale" => OptOuts::SALE,
                "sharing" => OptOuts::SHARING,
                "targeted" => OptOuts::TARGETED,
                "sensitive" => OptOuts::SENSITIVE,
                other => panic!("{other}"),
            };
            all.and(one)
        });
        let found = found.unwrap_or_else(|_| panic!("{name} can be read"));
        assert_eq!(found.opted_out, expected, "{name}");
        assert_eq!(found.child, said["child"] == true, "{name}");
        assert_eq!(found.tcf, None, "{name}");
        read += 1;
    }
    assert!(read > 100);
}

/// Version 1 of the national section, which the library writes no more: its 60 bits put
/// together by hand from the specification of December 2022.
#[test]
fn the_first_version_of_the_national_section_is_read() {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let string = |at: usize| {
        let mut fields = [0_u8; 27];
        fields[at] = 1;
        let bits: String = fields.iter().map(|f| format!("{f:02b}")).collect();
        let bits = format!("000001{bits}");
        let values = bits.as_bytes().chunks(6);
        let text = values.map(|six| {
            let six = std::str::from_utf8(six).unwrap();
            char::from(alphabet[usize::from_str_radix(six, 2).unwrap()])
        });
        format!("DBABLA~{}", text.collect::<String>())
    };
    let read = |at| gpp::read(&string(at)).map(|s| (s.opted_out, s.child));
    assert_eq!(read(5), Ok((OptOuts::default(), false)));
    assert_eq!(read(6), Ok((OptOuts::SALE, false)));
    assert_eq!(read(7), Ok((OptOuts::SHARING, false)));
    assert_eq!(read(8), Ok((OptOuts::TARGETED, false)));
    for at in 9..21 {
        assert_eq!(read(at), Ok((OptOuts::SENSITIVE, false)), "{at}");
    }
    assert_eq!(read(21), Ok((OptOuts::default(), true)));
    assert_eq!(read(22), Ok((OptOuts::default(), true)));
    assert_eq!(read(23), Ok((OptOuts::default(), false)));
}

/// The examples of the specification of the platform.
#[test]
fn the_header_is_read_as_in_the_specification() {
    let tc = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";
    let one = format!("DBABM~{tc}");
    assert_eq!(gpp::read(&one).map(|said| said.tcf), Ok(Some(tc)));
    assert!(tcf::read(tc, 1).is_ok_and(|tc| tc.purposes == 0));
    // Sections 2 and 6, and 5 and 6 as a range: neither 5 nor 6 is read here.
    for text in [format!("DBACNY~{tc}~1YNN"), format!("DBABjw~{tc}~1YNN")] {
        assert_eq!(gpp::read(&text), Err(Unreadable), "{text}");
    }
    // No sections at all are nothing that applies.
    assert_eq!(gpp::read("DBAA"), Ok(gpp::GppString::default()));
    for text in [
        "",
        "D",
        "DBAB",
        "DBABM",
        "DBABM~",
        "CBABM~C",
        "DCABM~C",
        "DBAA~BAAA",
        "DBABMB~C",
    ] {
        let refused = gpp::read(text).is_err();
        let whose = gpp::read(text).ok().and_then(|said| said.tcf);
        assert!(
            refused || whose.is_some_and(|tc| tcf::read(tc, 1).is_err()),
            "{text}"
        );
    }
}

#[test]
fn broken_tc_strings_are_refused() {
    let core = DOCUMENTED;
    let hostile = [
        String::new(),
        ".".to_owned(),
        core.to_lowercase(),
        format!("{core}="),
        format!("{core}.."),
        format!("{core}.A"),
        format!("{core}.IAAA.IAAA"),
        core.replace('-', "+"),
        format!(" {core}"),
        format!("B{}", &core[1..]),
        format!("D{}", &core[1..]),
        format!("{core}{}", "A".repeat(BYTES_MAX)),
        // It ends in the middle of its vendors; another decoder falls over it.
        "COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAA".to_owned(),
    ];
    for text in hostile {
        assert_eq!(tcf::read(&text, 1), Err(Unreadable), "{text}");
    }
    assert!(tcf::read("COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA", 1).is_ok());
}

/// A vendor range that ends before it begins, vendor 0, a restriction of type 3, and
/// the most ranges that a string can hold, each around everybody.
#[test]
fn hostile_ranges_are_refused_or_read_in_one_pass() {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = |bits: &str| {
        let padded = format!("{bits}{}", "0".repeat((6 - bits.len() % 6) % 6));
        let six = |six: &[u8]| usize::from_str_radix(std::str::from_utf8(six).unwrap(), 2).unwrap();
        let all = padded
            .as_bytes()
            .chunks(6)
            .map(|b| char::from(alphabet[six(b)]));
        all.collect::<String>()
    };
    let number = |value: u32, bits: usize| format!("{value:0bits$b}");
    let head = format!("{}{}", number(2, 6), "0".repeat(207));
    let vendors = |ranges: &[(u32, u32)]| {
        let each = ranges.iter();
        let each = each.map(|(a, b)| format!("1{}{}", number(*a, 16), number(*b, 16)));
        let count = u32::try_from(ranges.len()).unwrap();
        format!(
            "{}1{}{}",
            number(65_535, 16),
            number(count, 12),
            each.collect::<String>()
        )
    };
    let none = "0".repeat(17);
    let end = "0".repeat(12);
    let string = |ranges: &[(u32, u32)]| text(&format!("{head}{}{none}{end}", vendors(ranges)));
    assert!(tcf::read(&string(&[(5, 8)]), 8).is_ok_and(|tc| tc.vendor));
    assert!(tcf::read(&string(&[(5, 8)]), 9).is_ok_and(|tc| !tc.vendor));
    assert!(tcf::read(&string(&[(8, 5)]), 8).is_err());
    assert!(tcf::read(&string(&[(0, 5)]), 3).is_err());
    let most = string(&vec![(1, 65_535); 3_900]);
    assert!(most.len() > BYTES_MAX && tcf::read(&most, 1).is_err());
    let many = string(&vec![(1, 65_535); 2_900]);
    assert!(many.len() < BYTES_MAX && tcf::read(&many, 1).is_ok_and(|tc| tc.vendor));
    for (kind, purpose, readable) in [
        (0, 1, true),
        (2, 24, true),
        (3, 1, false),
        (0, 0, false),
        (0, 25, false),
    ] {
        let restriction = format!(
            "{}{}{}{}",
            number(1, 12),
            number(purpose, 6),
            number(kind, 2),
            &vendors(&[(1, 1)])[17..]
        );
        let string = text(&format!("{head}{none}{none}{restriction}"));
        assert_eq!(tcf::read(&string, 1).is_ok(), readable, "{kind} {purpose}");
    }
}

/// Every cut and every flipped bit: an answer, and never a panic. A core that is cut is
/// refused; what is read of a longer string is never more than was there.
#[test]
fn every_cut_and_every_flipped_bit_has_an_answer() {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let tc = strings(TCF)
        .into_iter()
        .map(|s| s["string"].as_str().unwrap().to_owned());
    let of_gpp = strings(GPP)
        .into_iter()
        .map(|s| s["string"].as_str().unwrap().to_owned());
    let all = tc
        .chain(of_gpp)
        .chain([DOCUMENTED.to_owned(), DISCLOSED.to_owned()]);
    for string in all {
        for end in 0..string.len() {
            let cut = &string[..end];
            let (tc, gpp) = (tcf::read(cut, 755), gpp::read(cut));
            let core = string.split('.').next().unwrap();
            assert!(end + 3 >= core.len() || tc.is_err(), "{cut}");
            assert!(
                !string.starts_with('D')
                    || gpp.is_err()
                    || end + 4 >= string.len()
                    || cut.contains('~'),
                "{cut}"
            );
        }
        for at in 0..string.len() {
            let byte = string.as_bytes()[at];
            let Some(value) = alphabet.iter().position(|a| *a == byte) else {
                continue;
            };
            for bit in 0..6 {
                let mut flipped = string.clone().into_bytes();
                flipped[at] = alphabet[value ^ 1 << bit];
                let flipped = String::from_utf8(flipped).unwrap();
                let (tc, gpp) = (tcf::read(&flipped, 755), gpp::read(&flipped));
                assert!(
                    tc.is_err() || gpp.is_err(),
                    "one string is not both: {flipped}"
                );
            }
        }
    }
}
