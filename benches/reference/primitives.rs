//! The primitives of the workload alone, without anything around them: what
//! its cryptography costs at least, one value at a time.
//!
//! The crates are the library's own. HMAC and FF1 are the library's too, FF1
//! through the tokenizer, so that reading and writing the digits is in it.
//! AES-GCM is the crate's: how the library joins cipher and hash when it has a
//! batch of values is in the row that says so, with envelope and text form.

use std::hint::black_box;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::AeadInOut;
use base64_simd::{Out, URL_SAFE_NO_PAD};
use veilstream::crypto::canon::Canon;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::keyed_hash::KeyedHash;
use veilstream::crypto::seal::{BatchSeal, SealKey};
use veilstream::crypto::token::{Begun, Format, Tokenizer};
use veilstream::record::ids::ActionId;
use veilstream::record::jobs::Jobs;
use veilstream::record::value::{Target, Text, TextForm, View};

use crate::measure::{self, Variant};
use crate::ours::{BATCH_RECORDS, DOMAIN, Keys, PURPOSE};
use crate::report;
use crate::workload::{Workload, marketing};

/// What is measured alone, in the order of [`Costs::rows`].
const NAMES: [&str; ROWS] = [
    "HMAC-SHA-256, stored states, 18 bytes",
    "AES-256-GCM, an address",
    "FF1, 10 digits",
    "FF1, 12 digits",
    "AES-256, one dependent block",
    "base64url, a pseudonym",
    "base64url, an address",
    "FF1, 10 digits, a batch at a time",
    "FF1, a phone number, a batch at a time",
    "an e-mail address made canonical",
    "HMAC-SHA-256, 18 bytes, 16 at a time",
    "an address sealed, as text, a batch at a time",
];
const ROWS: usize = 12;
/// Messages of one call.
const TAGS: usize = 16;

/// CPU nanoseconds of one operation each.
pub struct Costs([f64; ROWS]);

/// The primitives alone, without the workload around them.
pub fn run() {
    let workload = Workload::generate(1_000, marketing::event);
    let costs = measure(&Keys::of_the_tests(), &workload, 20_000, 31);
    report::primitives(&costs);
    println!(
        "FF1 of 10 digits / one AES-256 block (R7): {:.2}",
        costs.ff1_in_blocks()
    );
}

impl Costs {
    /// Name and nanoseconds of each.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, f64)> {
        NAMES.into_iter().zip(self.0)
    }

    /// Those that an event of workload A needs: two pseudonyms, one token of
    /// twelve digits, one sealed address.
    pub fn sum(&self) -> f64 {
        let [hmac, gcm, _, ff1, _, base64_tag, base64_envelope, ..] = self.0;
        2.0 * (hmac + base64_tag) + ff1 + gcm + base64_envelope
    }

    /// A token of ten digits, in dependent cipher blocks.
    pub fn ff1_in_blocks(&self) -> f64 {
        let [_, _, ff1, _, block, ..] = self.0;
        ff1 / block
    }
}

/// Measures all of them, interleaved; `operations` a pass each.
///
/// # Panics
/// When a primitive disagrees with a second implementation of it.
pub fn measure(keys: &Keys, workload: &Workload, operations: usize, passes: usize) -> Costs {
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

    let repeat = |work: &mut dyn FnMut()| (0..operations).for_each(|_| work());
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

    let phones = Format::from_word("phone(DE)").expect("a format");
    let phones = Tokenizer::new(&keys.phones.root, DOMAIN, "", phones).expect("short");
    let (mut tens, mut numbers) = (
        Batch::new(&tokens, "0123456789"),
        Batch::new(&phones, "+490123456789"),
    );
    let mut sealing = Sealing::new(keys, mean_address(workload));
    let email = Canon::from_words(["email"]).expect("a word");
    let (mut text, mut canonical) = (String::new(), Vec::new());
    let mut variants: [Variant<'_>; ROWS] = [
        (
            NAMES[0],
            Box::new(|| {
                repeat(&mut || {
                    black_box(hmac.tag(black_box(&message)));
                });
            }),
        ),
        (
            NAMES[1],
            Box::new(|| {
                repeat(&mut || {
                    let body = address.as_mut_slice();
                    let tag = gcm
                        .encrypt_inout_detached(&[4; 12].into(), black_box(&header), body.into())
                        .expect("short");
                    black_box(tag);
                });
            }),
        ),
        (NAMES[2], Box::new(|| repeat(&mut ten))),
        (NAMES[3], Box::new(|| repeat(&mut twelve))),
        (
            NAMES[4],
            Box::new(|| {
                repeat(&mut || cipher.encrypt_block((&mut block).into()));
                black_box(&block);
            }),
        ),
        (
            NAMES[5],
            Box::new(|| {
                repeat(&mut || {
                    let bytes = black_box(&[5; 16]);
                    black_box(URL_SAFE_NO_PAD.encode(bytes, Out::from_slice(&mut tag_text)));
                });
            }),
        ),
        (
            NAMES[6],
            Box::new(|| {
                repeat(&mut || {
                    let bytes = black_box(&envelope);
                    black_box(URL_SAFE_NO_PAD.encode(bytes, Out::from_slice(&mut envelope_text)));
                });
            }),
        ),
        (NAMES[7], Box::new(|| tens.make(operations))),
        (NAMES[8], Box::new(|| numbers.make(operations))),
        (
            NAMES[9],
            Box::new(|| {
                repeat(&mut || {
                    let address = black_box("Jane.Doe.4711@mail.example.com");
                    let view = View::Text(Text::new(address, TextForm::Json));
                    canonical.clear();
                    let present = email.value(view, &mut text, &mut canonical);
                    assert_eq!(present, Ok(true));
                    black_box(&canonical);
                });
            }),
        ),
        (
            NAMES[10],
            Box::new(|| {
                for _ in 0..operations.div_ceil(TAGS) {
                    black_box(hmac.tags(black_box([&message[..]; TAGS])));
                }
            }),
        ),
        (NAMES[11], Box::new(|| sealing.make(operations))),
    ];
    let passes = measure::interleaved(&mut variants, passes);
    Costs(std::array::from_fn(|i| passes[i] / operations as f64))
}

/// Tokens as the pipeline makes them: begun one by one, finished together.
struct Batch<'t> {
    tokens: &'t Tokenizer,
    text: &'static str,
    jobs: Jobs,
    out: Vec<u8>,
}

impl<'t> Batch<'t> {
    fn new(tokens: &'t Tokenizer, text: &'static str) -> Batch<'t> {
        Batch {
            tokens,
            text,
            jobs: Jobs::default(),
            out: vec![0; text.len() * BATCH_RECORDS],
        }
    }

    fn make(&mut self, operations: usize) {
        let (mut made, mut scratch) = (String::new(), Vec::new());
        for first in (0..operations).step_by(BATCH_RECORDS) {
            for n in 0..BATCH_RECORDS.min(operations - first) {
                let at = self.jobs.scratch.len();
                let text = black_box(self.text);
                let input = &mut self.jobs.scratch;
                let begun = self.tokens.begin(text, &mut scratch, &mut made, input);
                assert!(matches!(begun, Ok(Begun::Waits { len, .. }) if len == text.len()));
                let len = text.len() as u32;
                let target = Target {
                    at: n as u32 * len,
                    len,
                };
                self.jobs.push(ActionId(0), at, target);
            }
            let (by_action, inputs) = self.jobs.by_action();
            for jobs in by_action {
                self.tokens.finish(jobs, inputs, &mut self.out);
            }
            self.jobs.clear();
            black_box(&self.out);
        }
    }
}

/// Envelopes as the pipeline makes them, a batch at a time.
struct Sealing {
    key: SealKey,
    batch: BatchSeal,
    jobs: Jobs,
    out: Vec<u8>,
}

impl Sealing {
    fn new(keys: &Keys, len: usize) -> Sealing {
        let key = SealKey::new(&keys.contact, DOMAIN, PURPOSE, "address").expect("short names");
        let text_len = key.text_len(len);
        let mut jobs = Jobs::default();
        for n in 0..BATCH_RECORDS {
            let at = jobs.scratch.len();
            jobs.scratch.resize(at + len, 2);
            let target = Target {
                at: (n * text_len) as u32,
                len: text_len as u32,
            };
            jobs.push(ActionId(0), at, target);
        }
        Sealing {
            out: vec![0; BATCH_RECORDS * text_len],
            batch: BatchSeal::new(OsEntropy),
            key,
            jobs,
        }
    }

    fn make(&mut self, operations: usize) {
        let (mut by_action, inputs) = self.jobs.by_action();
        let all = by_action.next().expect("all are of one action");
        for first in (0..operations).step_by(BATCH_RECORDS) {
            let jobs = &all[..BATCH_RECORDS.min(operations - first)];
            let inputs = black_box(inputs);
            self.batch.begin_batch();
            self.key
                .seal_texts(jobs, inputs, &mut self.batch, &mut self.out);
            black_box(&self.out);
        }
    }
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
