//! What the key tree and the formats promise to keep apart: parameter lists,
//! domains, scopes, salts, tokens. Each at two sizes: one for every run of the
//! tests, and the full one, which CONTRIBUTING says how to start.

use std::collections::HashSet;
use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::entropy::OsEntropy;
use super::kdf::{ContextId, Lp, Root, Use};
use super::pseudonym::{Binding, Bits, Encoding, Parameters, Pseudonymizer, Scope};
use super::seal::{BatchSeal, SealKey};
use super::token::{Format, Tokenizer};
use crate::canon::Canon;
use crate::keys::KeyHandle;

const FULL: u32 = 1_000_000;

#[test]
fn length_prefixes_are_injective() {
    encodings_of(50_000);
    assert!(Lp::of(&[&[0; 65_535]]).is_ok());
    assert_eq!(
        Lp::of(&[b"", &[0; 65_536]]).map(|_| ()).unwrap_err().len,
        65_536
    );
}

#[test]
#[ignore = "full size"]
fn length_prefixes_are_injective_at_full_size() {
    encodings_of(FULL);
}

/// No two of that many parameter lists have one encoding.
fn encodings_of(count: u32) {
    let mut rng = StdRng::seed_from_u64(1);
    let mut lists = HashSet::new();
    let mut encodings = HashSet::new();
    for _ in 0..count {
        let list: Vec<Vec<u8>> = (0..rng.random_range(0..5))
            .map(|_| {
                (0..rng.random_range(0..4))
                    .map(|_| rng.random_range(0..3))
                    .collect()
            })
            .collect();
        let parts: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
        let encoding = Lp::of(&parts).unwrap().bytes().to_vec();
        assert_eq!(encodings.insert(encoding), lists.insert(list));
    }
    println!("{count} lists, {} of them different", lists.len());
    assert!(lists.len() > 10_000);
}

/// A byte moved from one parameter to its neighbour changes the key.
#[test]
fn a_moved_byte_changes_the_key() {
    let root = Root::new(&[1; 32]);
    let mut keys = HashSet::new();
    let whole = b"abcabcabc";
    let mut count = 0;
    for i in 0..=whole.len() {
        for j in i..=whole.len() {
            let params: [&[u8]; 3] = [&whole[..i], &whole[i..j], &whole[j..]];
            for use_ in [Use::Ff1, Use::Noise, Use::IpPfx] {
                keys.insert(*root.key::<32>(use_, &params).unwrap().expose());
                count += 1;
            }
        }
    }
    assert_eq!(keys.len(), count);
}

#[test]
#[should_panic(expected = "one number of parameters")]
fn a_use_with_too_few_parameters_is_a_mistake_of_the_program() {
    let _ = Root::new(&[1; 32]).key::<32>(Use::Gcm, &[b""]);
}

#[test]
fn every_parameter_separates() {
    pseudonyms_of(2_000);
}

#[test]
#[ignore = "full size"]
fn every_parameter_separates_at_full_size() {
    pseudonyms_of(FULL);
}

/// That many equal values under different domain, space, canonicaliser, epoch,
/// scope, topic, subject, record, root or type share no pseudonym; the bits are
/// balanced.
fn pseudonyms_of(values: u32) {
    let (root, other) = (Root::new(&[1; 32]), Root::new(&[2; 32]));
    let (raw, trim) = (Canon::raw(), Canon::from_words(["trim"]).unwrap());
    let base = Parameters {
        domain: "a",
        space: "",
        canon: &raw,
        epoch: b"",
        scope: Scope::Domain,
        encoding: Encoding::Hex(Bits::DEFAULT),
    };
    let of = Binding {
        subject: Some("u"),
        topic: "t",
        partition: 0,
        offset: 0,
        element: None,
    };
    let element = Binding {
        element: Some(0),
        ..of
    };
    let with = |p: Parameters<'_>| Pseudonymizer::new(&root, p).unwrap();
    let columns = [
        (with(base.clone()), of),
        (Pseudonymizer::new(&other, base.clone()).unwrap(), of),
        (
            with(Parameters {
                domain: "b",
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                domain: "",
                space: "a",
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                space: "s",
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                canon: &trim,
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                epoch: &[0; 16],
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                scope: Scope::Output("o".into()),
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                scope: Scope::Output("p".into()),
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                scope: Scope::Subject,
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                scope: Scope::Subject,
                ..base.clone()
            }),
            Binding {
                subject: Some("v"),
                ..of
            },
        ),
        (
            with(Parameters {
                scope: Scope::Record("o".into()),
                ..base.clone()
            }),
            of,
        ),
        (
            with(Parameters {
                scope: Scope::Record("o".into()),
                ..base.clone()
            }),
            Binding { topic: "x", ..of },
        ),
        (
            with(Parameters {
                scope: Scope::Record("o".into()),
                ..base.clone()
            }),
            Binding { partition: 1, ..of },
        ),
        (
            with(Parameters {
                scope: Scope::Record("o".into()),
                ..base.clone()
            }),
            Binding { offset: 1, ..of },
        ),
        (
            with(Parameters {
                scope: Scope::Element("o".into()),
                ..base.clone()
            }),
            element,
        ),
        (
            with(Parameters {
                scope: Scope::Element("o".into()),
                ..base.clone()
            }),
            Binding {
                element: Some(1),
                ..of
            },
        ),
        (
            with(Parameters {
                scope: Scope::Element("o".into()),
                ..base.clone()
            }),
            Binding {
                offset: 1,
                ..element
            },
        ),
    ];
    // Sorted at the end: a set of that many would not fit into memory.
    let mut seen: Vec<u128> = Vec::with_capacity(values as usize * 2 * columns.len());
    let mut ones = [0u32; 128];
    for i in 0..values {
        for (pseudonyms, of) in &columns {
            for v in [format!("s{i}"), format!("n{i}")] {
                let mut out = [0; 32];
                let mut message = Vec::new();
                pseudonyms.bind(*of, &mut message).unwrap();
                message.extend_from_slice(v.as_bytes());
                pseudonyms.finish(&message, &mut out);
                let bits = std::str::from_utf8(&out).unwrap();
                let bits = u128::from_str_radix(bits, 16).unwrap();
                for (bit, count) in ones.iter_mut().enumerate() {
                    *count += (bits >> bit & 1) as u32;
                }
                seen.push(bits);
            }
        }
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "no two values met");
    // Six standard deviations around one half.
    let n = all as f64;
    let most = ones
        .iter()
        .map(|&count| (f64::from(count) - n / 2.0).abs() / (n.sqrt() / 2.0))
        .fold(0.0, f64::max);
    println!(
        "{all} pseudonyms; the bit furthest from one half is {most:.2} standard deviations off"
    );
    assert!(most < 6.0);
}

#[test]
fn no_salt_and_no_nonce_meets_twice() {
    seals_of(50, 200);
}

#[test]
#[ignore = "full size"]
fn no_salt_and_no_nonce_meets_twice_at_full_size() {
    seals_of(FULL / 200, 200);
}

/// Of that many batches of `each` seals of one value, every seal has a salt and a nonce of
/// its own, whichever key it is for; no four bytes of them come again more often than
/// chance has it, and none tells which of two seals was made first.
fn seals_of(batches: u32, each: u32) {
    let handle = KeyHandle {
        id: "contact:1".parse().unwrap(),
        root: Arc::new(Root::new(&[5; 32])),
    };
    let [a, b] = ["one", "other"].map(|field| SealKey::new(&handle, "d", "p", field).unwrap());
    let mut batch = BatchSeal::new(OsEntropy);
    let (mut salts, mut nonces) = (HashSet::new(), HashSet::new());
    let mut windows: [HashSet<[u8; 4]>; 7] = Default::default();
    let (mut again, mut rises, mut last) = (0u32, 0u32, [0; 28]);
    for _ in 0..batches {
        batch.begin_batch();
        for i in 0..each {
            let key = if i % 3 == 0 { &b } else { &a };
            let mut binary = vec![0; key.binary_len(1)];
            key.seal_binary(b"\x80", &mut batch, &mut binary);
            let salt: [u8; 16] = binary[24..40].try_into().unwrap();
            let nonce: [u8; 12] = binary[40..52].try_into().unwrap();
            assert!(salts.insert(salt) && nonces.insert(nonce), "met twice");
            let drawn: [u8; 28] = binary[24..52].try_into().unwrap();
            let (fours, _) = drawn.as_chunks::<4>();
            for (known, four) in windows.iter_mut().zip(fours) {
                again += u32::from(!known.insert(*four));
            }
            rises += u32::from(drawn > last);
            last = drawn;
        }
    }
    let all = f64::from(batches * each);
    // Pairs at seven places, of 2^32 values each.
    let chance = 7.0 * all * all / 2f64.powi(33);
    let most = chance + 6.0 * chance.sqrt() + 3.0;
    assert!(
        f64::from(again) <= most,
        "{again} windows again, by chance {chance:.1}"
    );
    // Of numbers drawn alike, every second is larger than the one before; the variance of
    // how many are is a twelfth of them.
    let off = (f64::from(rises) - all / 2.0).abs() / (all / 12.0).sqrt();
    assert!(off < 6.0, "{rises} of {all} rise");
    println!(
        "{all} seals in {batches} batches; {again} windows of four bytes again, by chance {chance:.1}; {:.4} rise",
        f64::from(rises) / all
    );
}

/// Every text of the smallest domain, 10^6: a token each, no token twice, and
/// each comes back.
#[test]
#[ignore = "full size"]
fn tokens_of_the_smallest_domain_are_a_permutation() {
    let format = Format::from_word("digits").unwrap();
    let tokenizer = Tokenizer::new(&Root::new(&[3; 32]), "d", "", format).unwrap();
    let (mut scratch, mut token, mut back) = (Vec::new(), String::new(), String::new());
    let mut seen = vec![false; FULL as usize];
    let mut fixed = 0;
    for n in 0..FULL {
        let text = format!("{n:06}");
        token.clear();
        back.clear();
        tokenizer.encipher(&text, &mut scratch, &mut token).unwrap();
        tokenizer.decipher(&token, &mut scratch, &mut back).unwrap();
        assert_eq!(back, text);
        assert_eq!(token.len(), 6);
        let there = &mut seen[token.parse::<usize>().unwrap()];
        assert!(!std::mem::replace(there, true), "{token} twice");
        fixed += u32::from(token == text);
    }
    println!("{FULL} tokens, {fixed} of them equal to their text");
    // A random permutation has one such text on average; 20 is never chance.
    assert!(fixed < 20);
}

#[test]
fn contexts_are_separate_and_short() {
    let of = |a, b, c| ContextId::of(a, b, c).unwrap();
    let all = [
        of("a", "b", "c"),
        of("ab", "", "c"),
        of("a", "", "bc"),
        of("", "ab", "c"),
        of("a", "bc", ""),
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert!(ContextId::of("a", "b", &"x".repeat(65_536)).is_err());
}
