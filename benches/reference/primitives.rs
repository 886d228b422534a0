//! The primitives of the workload alone, without anything around them: what
//! its cryptography costs at least, one value at a time. R6 and R7 are held
//! against it.
//!
//! The crates are the library's own. HMAC and FF1 are the library's too, FF1
//! through the tokenizer, so that reading and writing the digits is in it.
//! AES-GCM is the crate's: joining cipher and hash is part of what R6 judges.

use std::hint::black_box;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::AeadInOut;
use base64_simd::{Out, URL_SAFE_NO_PAD};
use veilstream::crypto::keyed_hash::KeyedHash;
use veilstream::crypto::token::{Format, Tokenizer};

use crate::measure::{self, Part, Variant};
use crate::ours::{DOMAIN, Keys};
use crate::workload::Workload;

/// What is measured alone, in the order of [`Costs::rows`].
const NAMES: [&str; ROWS] = [
    "HMAC-SHA-256, stored states, 18 bytes",
    "AES-256-GCM, an address",
    "FF1, 10 digits",
    "FF1, 12 digits",
    "AES-256, one dependent block",
    "base64url, a pseudonym",
    "base64url, an address",
];
const ROWS: usize = 7;

/// CPU nanoseconds of one operation each.
pub struct Costs([f64; ROWS]);

impl Costs {
    /// Name and nanoseconds of each.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, f64)> {
        NAMES.into_iter().zip(self.0)
    }

    /// Those that an event of workload A needs: two pseudonyms, one token of
    /// twelve digits, one sealed address.
    pub fn sum(&self) -> f64 {
        let [hmac, gcm, _, ff1, _, base64_tag, base64_envelope] = self.0;
        2.0 * (hmac + base64_tag) + ff1 + gcm + base64_envelope
    }

    /// A token of ten digits, in dependent cipher blocks.
    pub fn ff1_in_blocks(&self) -> f64 {
        let [_, _, ff1, _, block, ..] = self.0;
        ff1 / block
    }
}

/// Measures all of them, in turn; `operations` a pass each, in so many parts.
pub fn measure(
    keys: &Keys,
    workload: &Workload,
    operations: usize,
    parts: usize,
    passes: usize,
) -> Costs {
    let hmac = KeyedHash::new(&[7; 32]);
    let message = [b'u'; 18];

    let gcm = Aes256Gcm::new(&[7; 32].into());
    // Magic, key id and its length, suite, context, salt, nonce.
    let header = vec![1; 5 + 1 + keys.contact.id.to_string().len() + 1 + 8 + 16 + 12];
    let mut address = vec![2; mean_address(workload)];
    // Suite, key id, salt, nonce, ciphertext and tag are what is written as text.
    let envelope = vec![3; 1 + 8 + 16 + 12 + address.len() + 16];
    let mut envelope_text = vec![0; URL_SAFE_NO_PAD.encoded_length(envelope.len())];

    let tokens = Tokenizer::new(&keys.phones.root, DOMAIN, "", Format::Digits).expect("short");
    let cipher = aes::Aes256::new(&[7; 32].into());
    let mut block = [0; 16];
    let mut tag_text = [0; 22];

    let repeat = |part: Part, work: &mut dyn FnMut()| {
        part.range(operations).for_each(|_| work());
    };
    let digits = |text: &'static str| {
        let (mut scratch, mut out) = (Vec::new(), String::new());
        let tokens = &tokens;
        move || {
            out.clear();
            tokens
                .encipher(black_box(text), &mut scratch, &mut out)
                .expect("enough digits");
            black_box(&out);
        }
    };
    let (mut ten, mut twelve) = (digits("0123456789"), digits("+490123456789"));
    let mut variants: [Variant<'_>; ROWS] = [
        (
            NAMES[0],
            Box::new(|part| {
                repeat(part, &mut || {
                    black_box(hmac.tag(black_box(&message)));
                });
            }),
        ),
        (
            NAMES[1],
            Box::new(|part| {
                repeat(part, &mut || {
                    let body = address.as_mut_slice();
                    let tag = gcm
                        .encrypt_inout_detached(&[4; 12].into(), black_box(&header), body.into())
                        .expect("short");
                    black_box(tag);
                });
            }),
        ),
        (NAMES[2], Box::new(|part| repeat(part, &mut ten))),
        (NAMES[3], Box::new(|part| repeat(part, &mut twelve))),
        (
            NAMES[4],
            Box::new(|part| {
                repeat(part, &mut || cipher.encrypt_block((&mut block).into()));
                black_box(&block);
            }),
        ),
        (
            NAMES[5],
            Box::new(|part| {
                repeat(part, &mut || {
                    let bytes = black_box(&[5; 16]);
                    black_box(URL_SAFE_NO_PAD.encode(bytes, Out::from_slice(&mut tag_text)));
                });
            }),
        ),
        (
            NAMES[6],
            Box::new(|part| {
                repeat(part, &mut || {
                    let bytes = black_box(&envelope);
                    black_box(URL_SAFE_NO_PAD.encode(bytes, Out::from_slice(&mut envelope_text)));
                });
            }),
        ),
    ];
    let passes = measure::interleaved(&mut variants, parts, passes);
    Costs(std::array::from_fn(|i| passes[i] / operations as f64))
}

/// The mean length of the JSON text of an address, over some events.
fn mean_address(workload: &Workload) -> usize {
    let sample = workload.iter().take(1_000);
    let lengths = sample.map(|event| {
        let event: serde_json::Value = serde_json::from_str(event).expect("the workload is JSON");
        event["address"].to_string().len()
    });
    let (count, total) = lengths.fold((0, 0), |(n, total), len| (n + 1, total + len));
    total / count
}
