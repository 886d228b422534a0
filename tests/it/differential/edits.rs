//! Changes to bytes and tokens that know nothing of JSON: most of what they
//! leave is to be refused.

use std::ops::Range;

use super::random::Random;

/// What stands where something else should. All of it is wrong somewhere.
const PIECES: &[&[u8]] = &[
    b"01",
    b"-01",
    b"1.",
    b".5",
    b"+1",
    b"-",
    b"1e",
    b"1e+",
    b"1.e3",
    b"0x10",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1_000",
    b"--1",
    b"1e5.5",
    b"1e999",
    b"-0",
    b"tru",
    b"truee",
    b"nul",
    b"True",
    b"undefined",
    b"'a'",
    b"\"",
    b"\\",
    b"\"\\\"",
    b"\\\"",
    b"\"\\x\"",
    b"\"\\u12\"",
    b"\"\\u12G4\"",
    b"\"\\u+123\"",
    b"\"\\ud800\"",
    b"\"\\udc00\"",
    b"\"\\udc00\\ud800\"",
    b"\"\\ud800\\ud800\"",
    b"\"\\ud800x\"",
    b"\"\\ud800\\u0041\"",
    b"\"\\U0041\"",
    b"\\u0022",
    b"\x00",
    b"\x01",
    b"\x1f",
    b"\x7f",
    b"\t",
    b"\n",
    b"\r",
    b" ",
    b"  \r\n\t ",
    b"\x0b",
    b"\x0c",
    b"\x08",
    b"\"\t\"",
    b"\"\x00\"",
    b"\"\n\"",
    b"\"\x1f\"",
    b"\"\x7f\"",
    b"\xc2\xa0",
    b"\xa0",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xe3\x80\x80",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\x80",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\x80",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xc3",
    b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b",",
    b",,",
    b":",
    b"::",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{}",
    b"[]",
    b"{,}",
    b"[,]",
    b"null",
    b"\"\"",
    b"\"a\":1",
    b",\"a\":1",
    b"\"a\":",
    b"//",
    b"/**/",
    b"#",
    b"{\"a\":1,}",
    b"[1,]",
    b"{\"a\"}",
    b"{1:1}",
    b"{null:1}",
    b"[1 2]",
    b"{\"a\" 1}",
    b"{\"a\":1 \"b\":2}",
    b"0",
    b"1",
    b"true",
];

/// One edit. `other` is some other document.
pub fn edit(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if bytes.is_empty() {
        bytes.extend_from_slice(random.of(PIECES));
        return;
    }
    let at = random.below(bytes.len());
    match random.below(24) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.next() as u8,
        3 => bytes.insert(at, random.next() as u8),
        4 | 5 => drop(bytes.remove(at)),
        6 => bytes.insert(at, bytes[at]),
        7 if at > 0 => bytes.swap(at - 1, at),
        8 | 9 => bytes.truncate(at),
        10 => drop(bytes.drain(..at)),
        11 => {
            // The end of another document behind the beginning of this one.
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        12 => bytes.extend_from_slice(random.of(PIECES)),
        13 => drop(bytes.splice(..0, random.of(PIECES).iter().copied())),
        14 => {
            let end = (at + 1 + random.below(20)).min(bytes.len());
            bytes.drain(at..end);
        }
        15 => {
            let end = (at + 1 + random.below(20)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        _ => edit_token(bytes, other, random),
    }
}

fn edit_token(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let all = tokens(bytes);
    let n = random.below(all.len());
    let token = all[n].clone();
    match random.below(10) {
        0 => drop(bytes.drain(token)),
        1 => {
            let copy = bytes[token.clone()].to_vec();
            bytes.splice(token.start..token.start, copy);
        }
        2 | 3 => drop(bytes.splice(token, random.of(PIECES).iter().copied())),
        4 | 5 => drop(bytes.splice(token.start..token.start, random.of(PIECES).iter().copied())),
        6 if n + 1 < all.len() => bytes[token.start..all[n + 1].end].rotate_left(token.len()),
        7 => {
            // One token in the place of another.
            let copy = bytes[all[random.below(all.len())].clone()].to_vec();
            bytes.splice(token, copy);
        }
        8 => {
            let theirs = tokens(other);
            if !theirs.is_empty() {
                let from = theirs[random.below(theirs.len())].start;
                bytes.truncate(token.start);
                bytes.extend_from_slice(&other[from..]);
            }
        }
        _ => bytes.truncate(token.end),
    }
}

/// What looks like texts, punctuation, white space and words, in order.
fn tokens(bytes: &[u8]) -> Vec<Range<usize>> {
    let class = |b: u8| match b {
        b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' => 0,
        b' ' | b'\t' | b'\r' | b'\n' => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        match (bytes[start], class(bytes[start])) {
            (b'"', _) => {
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at = (at + 1).min(bytes.len());
            }
            (_, 0) => {}
            (_, kind) => {
                while at < bytes.len() && class(bytes[at]) == kind {
                    at += 1;
                }
            }
        }
        tokens.push(start..at);
    }
    tokens
}
