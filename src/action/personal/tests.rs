use proptest::prelude::*;

use super::text::take_looked;
use super::*;

mod sentences;

/// Everything, of every locale.
fn all() -> Finder {
    let kinds: Vec<Kind> = KINDS.iter().map(|row| row.kind).collect();
    let regions = ["us", "gb", "de", "fr", "es", "it", "nl"];
    let regions = regions.into_iter().filter_map(Region::of).collect();
    Finder::new(&kinds, false, regions)
}

fn hits(finder: &Finder, text: &str) -> Vec<Hit> {
    let mut list = Vec::new();
    finder.each(text, &mut |_| None, &mut |hit| list.push(hit));
    list
}

/// The names of what is found, with the text of each.
fn found<'t>(finder: &Finder, text: &'t str) -> Vec<(&'static str, &'t str)> {
    let named = hits(finder, text).into_iter();
    named
        .map(|h| (h.kind.row().unwrap().name, &text[h.start..h.end]))
        .collect()
}

/// Text that was copied from a page or a PDF: whoever reads it sees nothing of this.
#[test]
fn what_shows_nothing_hides_nothing() {
    let finder = all();
    for (plain, name) in [
        ("4111 1111 1111 1111", "card"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("2341 2341 2346", "aadhaar"),
        ("+49 151 23456789", "phone"),
        ("52.5200, 13.4050", "coordinates"),
    ] {
        assert_eq!(found(&finder, plain), [(name, plain)]);
        // Some are told by their groups.
        let needs_groups = matches!(name, "aadhaar" | "coordinates");
        let nothing = ["\u{ad}", "\u{200b}", "\u{2060}"];
        let blanks = [
            "\u{feff} ",
            "\u{a0}",
            "\u{2003}",
            "\u{205f}",
            "\u{3000}",
            "\t",
            "  ",
            "\u{a0}\u{2009}",
            " \u{200e}",
        ];
        let between = nothing.iter().filter(|_| !needs_groups).chain(&blanks);
        for between in between {
            let text = plain.replace(' ', between);
            let sentence = format!("his: {text}, he said");
            assert_eq!(found(&finder, &sentence), [(name, &*text)], "{sentence:?}");
        }
    }
    for (text, name) in [
        ("jane\u{ad}.doe@a.example", "email"),
        ("jane@\u{200b}a.example", "email"),
        ("jane＠a.example", "email"),
        ("４１１１ １１１１ １１１１ １１１１", "card"),
        ("203.0.\u{200b}113.7", "ipv4"),
    ] {
        let sentence = format!("to {text} now");
        assert_eq!(found(&finder, &sentence), [(name, text)], "{sentence:?}");
    }
    // More blanks than two part what stands beside each other.
    assert_eq!(found(&finder, "4111   1111   1111   1111"), []);
}

#[test]
fn each_kind_is_found_in_a_sentence() {
    let finder = all();
    for (text, name, what) in [
        (
            "key AKIAIOSFODNN7EXAMPLE here",
            "secret",
            "AKIAIOSFODNN7EXAMPLE",
        ),
        ("xoxb-123456789012-abc!", "secret", "xoxb-123456789012-abc"),
        (
            "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\ny",
            "secret",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        ),
        (
            "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
            "jwt",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        ),
        (
            "IBAN DE89 3704 0044 0532 0130 00.",
            "iban",
            "DE89 3704 0044 0532 0130 00",
        ),
        (
            "to GB29NWBK60161331926819,",
            "iban",
            "GB29NWBK60161331926819",
        ),
        ("(4111-1111-1111-1111)", "card", "4111-1111-1111-1111"),
        ("SSN 078-05-1120", "ssn", "078-05-1120"),
        ("ssn: 078051120", "ssn", "078051120"),
        ("NI AB 12 34 56 C", "nino", "AB 12 34 56 C"),
        ("IdNr 86 095 742 719", "steuerid", "86 095 742 719"),
        ("NIR 2 55 08 14 168 025 38", "nir", "2 55 08 14 168 025 38"),
        ("DNI 12345678Z", "dni", "12345678Z"),
        ("NIE X-1234567-L", "nie", "X-1234567-L"),
        ("CF RSSMRA85T10A562S", "cf", "RSSMRA85T10A562S"),
        ("CF CCCFBA85D03L21VE.", "cf", "CCCFBA85D03L21VE"),
        ("(CCCFBAURDLPLNMVU)", "cf", "CCCFBAURDLPLNMVU"),
        ("BSN 111222333", "bsn", "111222333"),
        ("CPF 529.982.247-25", "cpf", "529.982.247-25"),
        ("aadhaar 2341 2341 2346", "aadhaar", "2341 2341 2346"),
        (
            "<jane.doe+x@mail.a.example>.",
            "email",
            "jane.doe+x@mail.a.example",
        ),
        ("jane@a.example.7.", "email", "jane@a.example"),
        ("„4111111111111111“", "card", "4111111111111111"),
        ("卡号4111111111111111元", "card", "4111111111111111"),
        ("..jörg@bücher.example…", "email", "jörg@bücher.example"),
        (
            "see https://a.example/x?y=1#z.",
            "url",
            "https://a.example/x?y=1#z",
        ),
        ("(www.a.example)", "url", "www.a.example"),
        ("from 2001:db8::1.", "ipv6", "2001:db8::1"),
        ("at ::1 ", "ipv6", "::1"),
        ("from 203.0.113.7:80", "ipv4", "203.0.113.7"),
        ("00:1A:2b:3C:4d:5E", "mac", "00:1A:2b:3C:4d:5E"),
        (
            "id 0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
            "uuid",
            "0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
        ),
        ("+49 151 123 456 78, yes", "phone", "+49 151 123 456 78"),
        ("(202) 555-0123", "phone", "(202) 555-0123"),
        ("Telefon 0151/12345678", "phone", "0151/12345678"),
        ("Born on 1984-05-17.", "birth_date", "1984-05-17"),
        ("geb. 17.05.1984", "birth_date", "17.05.1984"),
        ("at 52.5200, 13.4050", "coordinates", "52.5200, 13.4050"),
        ("-33.8688,151.2093", "coordinates", "-33.8688,151.2093"),
        (
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "btc",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        ),
        (
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "eth",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ),
    ] {
        assert_eq!(found(&finder, text), [(name, what)], "{text}");
    }
}

#[test]
fn what_is_almost_something_is_nothing() {
    let finder = all();
    for text in [
        "",
        "@",
        "jane@localhost, @jane, jane@, a@b.7",
        "version 1.2.3.4, v1.2.3.4, 1.2.3.4.5, 256.1.1.1",
        "10:42:07 and 2026-03-01, order 4711, 39.80 EUR",
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "000-05-1120, 178051120",
        "١٢٣٤٥٦٧٨٩",
        "+1 202",
        "http:// https:/a www. ",
        "eyJ.eyJ.eyJ",
        "52.5, 13.4",
        "00:1A:2b:3C:4d:5E:6f",
        "\u{202e}\u{200f}😀",
    ] {
        assert_eq!(found(&finder, text), [], "{text}");
    }
}

/// What people and their keyboards set between the groups of a number.
#[test]
fn blanks_that_do_not_break_and_dashes_stand_between_groups() {
    for (name, parts) in [
        ("card", &["4111", "1111", "1111", "1111"][..]),
        ("iban", &["DE89", "3704", "0044", "0532", "0130", "00"]),
        ("phone", &["+49", "151", "123", "456", "78"]),
        ("nir", &["2", "55", "08", "14", "168", "025", "38"]),
        ("nino", &["AB", "12", "34", "56", "C"]),
        ("aadhaar", &["2341", "2341", "2346"]),
        ("steuerid", &["86", "095", "742", "719"]),
        ("phone", &["0151", "12345678"]),
    ] {
        for blank in ["\u{a0}", "\u{202f}", "\u{2009}", "\u{2007}"] {
            let number = parts.join(blank);
            for text in [
                format!("so: {number}."),
                format!("Telefon{blank}{number}{blank}und"),
            ] {
                assert_eq!(found(&all(), &text), [(name, number.as_str())], "{text:?}");
            }
        }
    }
    for (name, parts) in [
        ("card", &["4111", "1111", "1111", "1111"][..]),
        ("phone", &["+1", "202", "555", "0123"]),
        ("ssn", &["078", "05", "1120"]),
        ("nie", &["X", "1234567", "L"]),
        ("aadhaar", &["2341", "2341", "2346"]),
        ("birth_date", &["1984", "05", "17"]),
    ] {
        for dash in ["\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}"] {
            let text = format!("born {}, she says", parts.join(dash));
            let number = &text["born ".len()..text.len() - ", she says".len()];
            assert_eq!(found(&all(), &text), [(name, number)], "{text:?}");
        }
    }
    // A number goes on before the blank: none of its ends is one by itself.
    let text = "order 12\u{a0}0151/12345678";
    assert_eq!(found(&all(), text), [], "{text:?}");
    for text in [
        "4111\u{2014}1111\u{2014}1111\u{2014}1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1112",
        "version\u{a0}1.2.3.4",
    ] {
        assert_eq!(found(&all(), text), [], "{text:?}");
    }
}

#[test]
fn a_word_and_a_colon_may_stand_before_an_address() {
    for (text, name, what) in [
        ("ip:203.0.113.7", "ipv4", "203.0.113.7"),
        ("ip:2001:db8::1", "ipv6", "2001:db8::1"),
        ("addr:2001:db8::1,", "ipv6", "2001:db8::1"),
        ("mac:00:1A:2b:3C:4d:5E", "mac", "00:1A:2b:3C:4d:5E"),
        ("lladdr:00-1A-2b-3C-4d-5E", "mac", "00-1A-2b-3C-4d-5E"),
        (
            "id:0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
            "uuid",
            "0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
        ),
    ] {
        assert_eq!(found(&all(), text), [(name, what)], "{text}");
    }
    // Groups of its own kind before it make it a part of something longer.
    for text in [
        "aa:00:1A:2b:3C:4d:5E",
        "aa-00-1A-2b-3C-4d-5E",
        "ffff:1:2:3:4:5:6:7:8",
        "1::2::3",
    ] {
        assert_eq!(found(&all(), text), [], "{text}");
    }
}

/// In many scripts no blank stands between words.
#[test]
fn a_word_of_another_script_may_stand_directly_before() {
    for (before, text, name) in [
        ("密钥", "AKIAIOSFODNN7EXAMPLE", "secret"),
        ("ссылка", "https://a.example/x", "url"),
        ("網址", "www.a.example", "url"),
        ("счёт", "DE89370400440532013000", "iban"),
        ("アドレス", "ab54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11", "uuid"),
        ("주소", "fe80::1:2", "ipv6"),
        ("地址", "0A:1A:2b:3C:4d:5E", "mac"),
        ("ที่อยู่", "203.0.113.7", "ipv4"),
        ("κωδ", "RSSMRA85T10A562S", "cf"),
        (
            "令牌",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "jwt",
        ),
    ] {
        let whole = format!("{before}{text}");
        assert_eq!(found(&all(), &whole), [(name, text)], "{whole}");
    }
    // A mailbox may have any letters.
    let text = "почтаjane@a.example";
    assert_eq!(found(&all(), text), [("email", text)]);
    // Within a word of Latin letters nothing begins.
    for text in [
        "chèreDE89370400440532013000",
        "éAKIAIOSFODNN7EXAMPLE",
        "àwww.a.example",
    ] {
        assert_eq!(found(&all(), text), [], "{text}");
    }
    assert_eq!(
        found(&all(), "né le 17/05/1984"),
        [("birth_date", "17/05/1984")]
    );
}

#[test]
fn the_at_of_an_address_may_be_an_escape() {
    for (text, addresses) in [
        ("to=jane%40a.example", &["to=jane%40a.example"][..]),
        (
            "jane.doe%2Bx%40mail.a.example.",
            &["jane.doe%2Bx%40mail.a.example"],
        ),
        (
            "a%40b.example,c%40d.example",
            &["a%40b.example", "c%40d.example"],
        ),
        (
            "jane@a.example?cc=joe%40b.example",
            &["jane@a.example", "cc=joe%40b.example"],
        ),
        (
            "jane%40a.example@b.example",
            &["jane%40a.example@b.example"],
        ),
    ] {
        let wanted: Vec<_> = addresses.iter().map(|a| ("email", *a)).collect();
        assert_eq!(found(&all(), text), wanted, "{text}");
    }
    for text in ["a%40", "%40b.example", "a%40b", "a%4b.example", "50%40 off"] {
        assert_eq!(found(&all(), text), [], "{text}");
    }
    // However much stands before it without a blank, the address itself is found.
    let text = format!("{}jane%40a.example", "page=1&".repeat(1_000));
    let hits = found(&all(), &text);
    let [("email", address)] = hits[..] else {
        panic!("{hits:?}");
    };
    assert!(
        address.ends_with("&jane%40a.example") && address.len() < 160,
        "{address}"
    );
}

/// A word for a version counts only where it stands directly before the number.
#[test]
fn an_address_is_found_beside_words_that_only_begin_like_a_version() {
    let sure = Finder::new(&[Kind::Ipv4], true, Vec::new());
    for (text, ip) in [
        ("Building 7: 198.51.100.23", "198.51.100.23"),
        ("build agent logged in by 203.0.113.7", "203.0.113.7"),
        ("Release notes read from 203.0.113.7", "203.0.113.7"),
        ("building 198.51.100.23", "198.51.100.23"),
        ("versions  198.51.100.23", "198.51.100.23"),
        ("version: 198.51.100.23", "198.51.100.23"),
        ("véversion 198.51.100.23", "198.51.100.23"),
    ] {
        assert_eq!(found(&all(), text), [("ipv4", ip)], "{text}");
        assert_eq!(found(&sure, text), [("ipv4", ip)], "{text}");
    }
    for text in [
        "Version 1.2.3.4",
        "(build 1.2.3.4)",
        "release 1.2.3.4",
        "v 1.2.3.4",
    ] {
        assert_eq!(found(&all(), text), [], "{text}");
        assert_eq!(found(&sure, text).len(), 1, "{text}");
    }
}

/// Every mark of RFC 5322 joins two words of a local part; none begins one.
#[test]
fn no_part_of_a_local_part_is_left() {
    for mark in ".!#$%&'*+-/=?^_`{|}~".chars() {
        let text = format!("to mcdonald{mark}smith@x.ie, {mark}jane@a.example");
        let hits = found(&all(), &text);
        let whole = format!("mcdonald{mark}smith@x.ie");
        let (own, begun) = ("jane@a.example", format!("_{}", "jane@a.example"));
        let second = if mark == '_' { begun.as_str() } else { own };
        assert_eq!(
            hits,
            [("email", whole.as_str()), ("email", second)],
            "{mark}"
        );
    }
    for (text, address) in [
        ("l'adresse: d'arc@a.example", "d'arc@a.example"),
        ("'jane@a.example'", "jane@a.example"),
        ("user=jane@a.example id=7", "user=jane@a.example"),
        (
            "bounce+jane=b.example@a.example",
            "bounce+jane=b.example@a.example",
        ),
    ] {
        assert_eq!(found(&all(), text), [("email", address)], "{text}");
    }
    // However much stands before it without a blank, the address itself is found.
    let text = format!("{}jane@a.example", "page=1&".repeat(1_000));
    let hits = found(&all(), &text);
    let [("email", address)] = hits[..] else {
        panic!("{hits:?}");
    };
    assert!(address.ends_with("&jane@a.example"), "{address}");
    assert!(address.len() < 160, "{address}");
}

#[test]
fn a_card_behind_a_plus_is_found() {
    let cards = Finder::new(&[Kind::Card], true, Vec::new());
    for text in [
        "+4111111111111111",
        "+4111 1111 1111 1111",
        "+4111-1111-1111-1111",
    ] {
        assert_eq!(found(&all(), text), [("card", text)], "{text}");
        assert_eq!(found(&cards, text), [("card", text)], "{text}");
    }
    // A telephone number that passes as a card is one, also where none is looked for.
    for text in ["+49151123456781", "+378282246310005"] {
        assert_eq!(found(&all(), text), [("phone", text)], "{text}");
        assert_eq!(found(&cards, text), [], "{text}");
    }
}

#[test]
fn the_longest_counts_and_nothing_found_is_cut() {
    let finder = all();
    let text = "https://jane@a.example/4111111111111111 4711 4111111111111111 jane@a.example";
    assert_eq!(
        found(&finder, text),
        [
            ("url", "https://jane@a.example/4111111111111111"),
            ("card", "4111111111111111"),
            ("email", "jane@a.example"),
        ]
    );
}

/// The bytes that are looked at grow with the text and not faster, whatever it is of:
/// counted, not timed.
#[test]
fn hostile_texts_are_looked_at_in_proportion() {
    let finder = all();
    for unit in [
        "@",
        "a@",
        "1",
        "1 ",
        "11 ",
        "1.",
        "1-",
        ":",
        "a:",
        "1:",
        "::",
        "-",
        "eyJ.",
        "eyJa.",
        "a.",
        "a-",
        "a+",
        "www.",
        "https://",
        "-----BEGIN ",
        "AKIA",
        "sk-",
        "DE00 ",
        "AB 1",
        "+1",
        "(0",
        "0/",
        "tel 1 ",
        "geb 1.1.19",
        "1.1111,",
        "a b ",
        "é",
        "0x",
        "bc1",
        "AKIA.",
        "%40",
        "a%40",
        "a.%40b.",
        "1\u{a0}",
        "4111\u{2011}",
        "ы",
        "ыa",
        "ip:",
        "a:1:",
        "ssn 111-11-",
    ] {
        let looked = |len: usize| {
            let text = unit.repeat(len / unit.len());
            take_looked();
            hits(&finder, &text);
            take_looked()
        };
        let (some, more) = (looked(1 << 12), looked(1 << 16));
        assert!(more <= 17 * some + 4_096, "{unit:?}: {some}, then {more}");
        assert!(more <= 600 << 16, "{unit:?}: {more}");
    }
    let plain = "the parcel was left at the door of the neighbour and it seems fine ";
    take_looked();
    hits(&finder, &plain.repeat(1_000));
    let each = take_looked() as f64 / (plain.len() * 1_000) as f64;
    assert!(each < 1.5, "{each} looks a byte of plain text");
}

/// Precision and recall of each detector on sentences that a generator of its own wrote.
#[test]
fn detectors_find_what_a_generator_wrote() {
    let table = sentences::measured(&all(), 12_000);
    println!("{}", sentences::printed(&table));
    for row in &table {
        let (recall, precision) = match row.is_checked {
            true => (0.98, 0.97),
            false => (0.90, 0.90),
        };
        assert!(row.wanted >= 100, "{}: {}", row.name, row.wanted);
        assert!(
            row.recall() >= recall,
            "{}: recall {}",
            row.name,
            row.recall()
        );
        assert!(
            row.precision() >= precision,
            "{}: precision {}",
            row.name,
            row.precision()
        );
    }
}

#[test]
#[ignore = "prints the sentences for `tests/oracles/redact.py`"]
fn sentences_are_told() {
    let lines = sentences::told(&all(), 6_000);
    assert_eq!(lines.lines().count(), 6_000);
    println!("{lines}");
}

proptest! {
    #[test]
    fn hits_lie_apart_and_between_characters(text in "\\PC{0,60}", digits in "[-+0-9.:/eEXa-f@ ()]{0,60}") {
        for text in [&text, &digits] {
            let mut behind = 0;
            for hit in hits(&all(), text) {
                prop_assert!(hit.start >= behind && hit.end > hit.start);
                prop_assert!(text.is_char_boundary(hit.start) && text.is_char_boundary(hit.end));
                behind = hit.end;
            }
        }
    }
}
