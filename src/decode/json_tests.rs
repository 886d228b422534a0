use proptest::prelude::*;

use super::*;
use crate::plan::automaton::Builder;
use crate::record::path::{Selector, Step};
use crate::record::tape::KEY_ESCAPED;

fn automaton(paths: &[&[&str]]) -> Automaton {
    let mut builder = Builder::default();
    for path in paths {
        builder.add(Selector {
            steps: path
                .iter()
                .map(|step| match *step {
                    "*" => Step::AnyName,
                    "[*]" => Step::AnyElement,
                    "|json" => Step::Json,
                    name => Step::Name(name.into()),
                })
                .collect(),
        });
    }
    builder.build(&[]).unwrap().automaton
}

/// A mixed set: named at the top, below, behind `*` and in arrays.
fn usual() -> Automaton {
    automaton(&[
        &["a"],
        &["b", "c"],
        &["b", "c", "d"],
        &["l", "[*]", "x"],
        &["m", "*", "y"],
    ])
}

struct Reader {
    automaton: Automaton,
    decoder: JsonDecoder,
    limits: Limits,
    tape: Tape,
}

impl Reader {
    fn new(automaton: Automaton) -> Reader {
        Reader {
            automaton,
            decoder: JsonDecoder::new(42),
            limits: Limits::default(),
            tape: Tape::default(),
        }
    }

    fn read(&mut self, input: impl AsRef<[u8]>) -> Result<(), Reason> {
        self.decoder
            .decode(
                input.as_ref(),
                &self.automaton,
                &self.limits,
                &mut self.tape,
            )
            .map(drop)
    }

    /// Decodes twice: without and with hints.
    fn both(&mut self, input: impl AsRef<[u8]>) -> Result<(), Reason> {
        let input = input.as_ref();
        self.decoder.learned = LearnedNames::new(42);
        let first = self.read(input);
        let second = self.read(input);
        assert_eq!(first, second, "hints change nothing");
        second
    }

    fn texts<'a>(&self, input: &'a str) -> Vec<&'a str> {
        self.tape
            .entries
            .iter()
            .map(|e| &input[e.start as usize..e.end as usize])
            .collect()
    }
}

#[test]
fn the_tape_holds_what_is_named_in_document_order() {
    let input = r#"{ "z":1, "l":[{"x":"p","q":0},7,{"x":"\n"}],"b":{"c":{"d":null,"e":[{}]}} , "em":2,"\u0061":-1.50}"#;
    let mut reader = Reader::new(usual());
    reader.both(input).unwrap();
    assert_eq!(
        reader.texts(input),
        [
            input,
            r#"[{"x":"p","q":0},7,{"x":"\n"}]"#,
            r#"{"x":"p","q":0}"#,
            "p",
            "7",
            r#"{"x":"\n"}"#,
            r"\n",
            r#"{"c":{"d":null,"e":[{}]}}"#,
            r#"{"d":null,"e":[{}]}"#,
            "null",
            "-1.50",
        ]
    );
    let entries = &reader.tape.entries;
    let nexts: Vec<u32> = entries.iter().map(|e| e.next).collect();
    assert_eq!(nexts, [11, 7, 4, 4, 5, 7, 7, 10, 10, 10, 11]);
    assert_eq!(reader.tape.unnamed, 3, "z, q and em");
    assert_eq!(entries[6].flags, ESCAPED);
    assert_eq!(entries[10].flags, KEY_ESCAPED);
    assert_eq!(entries[4].flags, ELEMENT);
    assert_eq!(entries[1].flags, HOLDS_OBJECT);
}

#[test]
fn holds_object_speaks_of_any_depth() {
    let mut reader = Reader::new(usual());
    for (value, holds) in [
        ("[1,[2,[]]]", false),
        ("[1,[2,[{}]]]", true),
        ("[]", false),
        ("{}", true),
        ("[[],[{\"x\":[1]}],2]", true),
    ] {
        reader.both(format!("{{\"a\":{value}}}")).unwrap();
        let flags = reader.tape.entries[1].flags;
        assert_eq!(flags & HOLDS_OBJECT != 0, holds, "{value}");
    }
}

#[test]
fn reads_find_their_place_wherever_it_stands() {
    let mut builder = Builder::default();
    let deep = builder.add(Selector {
        steps: vec![Step::Name("b".into()), Step::Name("c".into())],
    });
    let top = builder.add(Selector {
        steps: vec![Step::Name("a".into())],
    });
    let mut reader = Reader::new(builder.build(&[top, deep]).unwrap().automaton);
    let input = r#"{"b":{"c":"x"},"a":true}"#;
    reader.both(input).unwrap();
    assert_eq!(reader.tape.reads, [3, 2]);
    reader.both("{}").unwrap();
    assert_eq!(reader.tape.reads, [Tape::ABSENT, Tape::ABSENT]);
}

#[test]
fn every_refusal_has_its_reason() {
    let long = "n".repeat(65_536);
    let cases: &[(&[u8], Reason)] = &[
        (b"", Reason::NotJson),
        (b"  ", Reason::NotJson),
        (b"nul", Reason::NotJson),
        (b"\0", Reason::NotJson),
        (b"{}\0", Reason::NotJson),
        (b"{\"a\":1}{\"a\":1}", Reason::NotJson),
        (b"{} {}", Reason::NotJson),
        (b"\xef\xbb\xbf{}", Reason::NotJson),
        (b"{\"a\":\"\xff\"}", Reason::NotUtf8),
        (b"{\"a\":\"\xed\xa0\x80\"}", Reason::NotUtf8),
        (b"[1]", Reason::NotAnObject),
        (b"\"text\"", Reason::NotAnObject),
        (b"null", Reason::NotAnObject),
        (b"12 ", Reason::NotAnObject),
        (b"[1", Reason::NotJson),
        (b"[{\"a\":1,\"a\":2}]", Reason::DuplicateKey),
        (b"{\"a\":1,}", Reason::NotJson),
        (b"{,}", Reason::NotJson),
        (b"{\"a\" 1}", Reason::NotJson),
        (b"{\"a\":}", Reason::NotJson),
        (b"{a:1}", Reason::NotJson),
        (b"{\"a\":[1,]}", Reason::NotJson),
        (b"{\"a\":[1}", Reason::NotJson),
        (b"{\"a\":01}", Reason::NotJson),
        (b"{\"a\":+1}", Reason::NotJson),
        (b"{\"a\":NaN}", Reason::NotJson),
        (b"{\"a\":\"\\ud800\"}", Reason::BadText),
        (b"{\"x\":[\"\\n\\ud83d cut\"]}", Reason::BadText),
        (b"{\"x\":\"\\ud83d\\ud83d\\ude00\"}", Reason::BadText),
        (b"{\"x\":\"\\ud83d\\q\"}", Reason::NotJson),
        (b"{\"x\":\"\\ud83d", Reason::NotJson),
        (b"{\"x\":\"\\ud83\"}", Reason::NotJson),
        (b"{\"\\udc00\":1}", Reason::BadText),
        (b"{\"a\":\"\t\"}", Reason::NotJson),
        (b"{\"a\x01\":1}", Reason::NotJson),
    ];
    let mut reader = Reader::new(usual());
    for (input, reason) in cases {
        assert_eq!(
            reader.both(input),
            Err(*reason),
            "{}",
            String::from_utf8_lossy(input)
        );
    }
    assert_eq!(
        reader.both(format!("{{\"{long}\":1}}")),
        Err(Reason::TooLarge)
    );
    assert_eq!(reader.both(format!("{{\"{}\":1}}", &long[1..])), Ok(()));
}

#[test]
fn numbers_of_any_size_keep_their_text() {
    let mut reader = Reader::new(usual());
    for number in ["18446744073709551616", "1e999999999", "-0.0000e-9", "39.80"] {
        let input = format!("{{\"a\":{number}}}");
        reader.both(&input).unwrap();
        assert_eq!(reader.texts(&input)[1], number);
    }
}

#[test]
fn duplicates_are_refused_everywhere_and_after_unescaping() {
    let mut reader = Reader::new(usual());
    for object in [
        r#"{"a":1,"a":2}"#,
        r#"{"u":1,"u":2}"#,
        r#"{"em\u0061il":1,"email":2}"#,
        r#"{"email":1,"em\u0061il":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\n":1,"\u000a":2}"#,
        r#"{"x\"":1,"y":0,"x\u0022":2}"#,
        r#"{"":1,"":2}"#,
    ] {
        for nested in [
            object.to_string(),
            format!("{{\"u\":{object}}}"),
            format!("{{\"b\":{object}}}"),
            format!("{{\"b\":{{\"c\":{{\"w\":[{object}]}}}}}}"),
            format!("{{\"u\":[0,[{{\"v\":{object}}}]]}}"),
        ] {
            assert_eq!(reader.both(&nested), Err(Reason::DuplicateKey), "{nested}");
        }
    }
    // The same name in objects beside and inside each other is fine.
    reader
        .both(r#"{"u":{"u":{"u":1},"v":[{"u":1},{"u":2}]},"v":{"u":0}}"#)
        .unwrap();
}

#[test]
fn a_name_seen_in_the_record_before_is_no_duplicate() {
    let mut reader = Reader::new(usual());
    for _ in 0..3 {
        reader.read(r#"{"p":1,"q":2,"a":3}"#).unwrap();
        reader.read(r#"{"q":1,"p":2}"#).unwrap();
        assert_eq!(
            reader.read(r#"{"q":1,"p":2,"q":3}"#),
            Err(Reason::DuplicateKey)
        );
    }
}

#[test]
fn depth_counts_from_the_top_level_object() {
    let mut reader = Reader::new(usual());
    let nested = |n: usize| format!("{{\"u\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    reader.both(nested(64)).unwrap();
    assert_eq!(reader.both(nested(65)), Err(Reason::TooDeep));
    assert_eq!(reader.both(nested(10_000)), Err(Reason::TooDeep));
    let objects = "{\"a\":".repeat(10_000);
    assert_eq!(reader.both(&objects), Err(Reason::TooDeep));
}

#[test]
fn size_and_complexity_are_capped() {
    let mut reader = Reader::new(usual());
    let ten_mb = format!("{{\"a\":\"{}\"}}", "x".repeat(10 << 20));
    reader.both(&ten_mb).unwrap();
    let list = |n: usize| format!("{{\"l\":[{}]}}", vec!["0"; n].join(","));
    reader.both(list(262_142)).unwrap();
    assert_eq!(reader.both(list(262_143)), Err(Reason::TooComplex));
    reader.limits.value_bytes_max = 10;
    assert_eq!(reader.both("{\"a\":1234}"), Ok(()));
    assert_eq!(reader.both("{\"a\":12345}"), Err(Reason::TooLarge));
}

#[test]
fn a_tape_grows_no_further_than_the_memory_budget_allows_for() {
    for limit in [16, 100, 1_000, 65_537, 262_144] {
        let mut reader = Reader::new(usual());
        reader.limits.tape_entries_max = limit;
        let list = |n: u32| format!("{{\"l\":[{}]}}", vec!["0"; n as usize].join(","));
        reader.read(list(limit - 2)).unwrap();
        assert_eq!(reader.read(list(limit - 1)), Err(Reason::TooComplex));
        let most = limit.next_power_of_two() as usize;
        assert!(reader.tape.entries.capacity() <= most, "{limit} entries");
    }
}

#[test]
fn wide_objects_take_linear_work() {
    let steps = |n: usize| {
        let members: Vec<String> = (0..n).map(|i| format!("\"k{i}\":0")).collect();
        let mut reader = Reader::new(usual());
        reader.read(format!("{{{}}}", members.join(","))).unwrap();
        let twice = format!("{{{},\"k{}\":1}}", members.join(","), n - 1);
        assert_eq!(reader.read(twice), Err(Reason::DuplicateKey));
        reader.decoder.seen.steps
    };
    let (some, many) = (steps(5_000), steps(50_000));
    assert!(many < 20 * some.max(5_000), "{some} then {many}");
    assert!(many < 4 * 50_000, "{many}");
}

#[test]
fn lists_full_of_random_names_are_learned_anew() {
    let mut reader = Reader::new(usual());
    for i in 0..80 {
        let members: Vec<String> = (0..1000).map(|j| format!("\"k{i}-{j}\":0")).collect();
        reader.read(format!("{{{}}}", members.join(","))).unwrap();
    }
    let input = r#"{"a":1,"fresh":2}"#;
    reader.read(input).unwrap();
    assert_eq!(reader.texts(input), [input, "1"]);
}

/// What the texts of a record hold: of each its reason, or how many entries.
fn opened(reader: &mut Reader, record: &str) -> Result<Vec<Result<u32, Reason>>, Reason> {
    reader.read(record)?;
    let opening = Opening {
        automaton: &reader.automaton,
        limits: &reader.limits,
        nothing: &crate::record::Nothing::default(),
    };
    reader
        .decoder
        .open_texts(&spelled(record), opening, &mut reader.tape)?;
    let entries = &reader.tape.entries;
    let each = reader.tape.opened.iter().map(|o| match o.refused {
        Some(reason) => Err(reason),
        None => Ok(entries[o.root as usize].next - o.root),
    });
    Ok(each.collect())
}

#[test]
fn texts_are_opened_as_strictly_as_records() {
    let paths: &[&[&str]] = &[
        &["a"],
        &["p", "|json", "n"],
        &["p", "|json", "q", "|json", "[*]"],
    ];
    let mut reader = Reader::new(automaton(paths));
    let mut of = |inside: &str| {
        let text = serde_json::to_string(inside).unwrap();
        let found = opened(&mut reader, &format!(r#"{{"p":{text},"a":1}}"#));
        let left = reader.tape.entries.len();
        // What could not be read left nothing behind, and does not spoil the next.
        let whole = opened(&mut reader, r#"{"p":"{\"n\":1}"}"#);
        assert_eq!(whole, Ok(vec![Ok(2)]), "after {inside}");
        (found.unwrap(), left)
    };
    assert_eq!(of(r#"{"n":1,"x":2}"#), (vec![Ok(2)], 5));
    assert_eq!(of(r#"{"q":"[1,2]","n":1}"#), (vec![Ok(3), Ok(3)], 9));
    assert_eq!(
        of(r#"{"q":"[1,","n":1}"#),
        (vec![Ok(3), Err(Reason::NotJson)], 6)
    );
    for (nothing, left) in [("", 3), (" \n", 3), ("null", 3), ("Unknown", 3)] {
        assert_eq!(of(nothing), (vec![], left));
    }
    for (text, reason) in [
        (r#"{"n":1,"n":2}"#, Reason::DuplicateKey),
        (r#"{"x":{"n":1,"\u006e":2}}"#, Reason::DuplicateKey),
        (r#"{"x":"\ud83d"}"#, Reason::BadText),
        ("7", Reason::NotJson),
        (r#"{"n":1}x"#, Reason::NotJson),
    ] {
        assert_eq!(of(text), (vec![Err(reason)], 3), "{text}");
    }
    let whole = r#"{"n":[1,{"x":"y"}],"q":"[]"}"#;
    for cut in 1..whole.len() {
        assert_eq!(of(&whole[..cut]), (vec![Err(Reason::NotJson)], 3), "{cut}");
    }
}

#[test]
fn depth_counts_on_in_texts() {
    let mut reader = Reader::new(automaton(&[&["l", "[*]", "|json", "n"]]));
    reader.limits.depth_max = 5;
    let mut of = |depth: usize| {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        opened(&mut reader, &format!(r#"{{"l":["{text}"]}}"#))
    };
    assert_eq!(of(3), Ok(vec![Ok(1)]));
    assert_eq!(of(4), Ok(vec![Err(Reason::TooDeep)]));
}

#[test]
fn too_much_in_a_text_is_too_much_in_the_record() {
    let mut reader = Reader::new(automaton(&[&["p", "|json", "[*]"]]));
    reader.limits.tape_entries_max = 6;
    let few = opened(&mut reader, r#"{"p":"[1,2,3]"}"#);
    assert_eq!(few, Ok(vec![Ok(4)]));
    let many = opened(&mut reader, r#"{"p":"[1,2,3,4]"}"#);
    assert_eq!(many, Err(Reason::TooComplex));
}

const SAMPLES: &[&str] = &[
    r#"{"a":"h\u00e9llo \ud83d\ude00","b":{"c":[1,2.50,-3e+7,true,false,null],"x":{}},"l":[{"x":"p"},{"x":[]}],"m":{"k":{"y":"z"}}}"#,
    "{ \"a\" : \"\u{e9}\u{4e2d}\u{1f600}\" ,\n\t\"b\" : { \"c\" : { \"d\" : 1 } } , \"u\" : [ [ ] , { } ] }\r\n",
    r#"{"a":39.80,"em\u0061il":"x@y.z","":"","q":1e999999999}"#,
];

#[test]
fn truncated_at_every_byte_is_refused() {
    let mut reader = Reader::new(usual());
    for sample in SAMPLES {
        reader.both(sample).unwrap();
        let whole = sample.trim_end().len();
        for cut in 0..whole {
            let refused = reader.read(&sample.as_bytes()[..cut]).unwrap_err();
            assert!(matches!(refused, Reason::NotJson | Reason::NotUtf8));
        }
    }
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Reader::new(usual()).read(&bytes);
    }
}
