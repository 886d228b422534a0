use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::envelope::{Envelope, Expect, OpenError};
use crate::crypto::kdf::Root;

fn handle(id: &str) -> KeyHandle {
    KeyHandle {
        id: id.parse().unwrap(),
        root: Arc::new(Root::new(&[5; 32])),
    }
}

fn sealed(key: &SealKey, batch: &mut BatchSeal, p: &[u8]) -> String {
    let mut out = vec![0; key.text_len(p.len())];
    key.seal_text(p, batch, &mut out);
    String::from_utf8(out).unwrap()
}

fn key() -> SealKey {
    SealKey::new(&handle("contact:1"), "d", "p", "traits.phone").unwrap()
}

fn expected() -> Expect {
    Expect::Context(ContextId::of("d", "p", "traits.phone").unwrap())
}

#[test]
fn what_is_sealed_opens_in_both_forms() {
    let (key, mut batch) = (key(), BatchSeal::new(OsEntropy));
    for len in 0..40 {
        let text = "x".repeat(len);
        let p = [b"s", text.as_bytes(), b"\x80"].concat();
        let envelope = Envelope::from_text(&sealed(&key, &mut batch, &p)).unwrap();
        let mut binary = vec![0; key.binary_len(p.len())];
        key.seal_binary(&p, &mut batch, &mut binary);
        let same = Envelope::from_text(&Envelope::from_binary(&binary).unwrap().text()).unwrap();
        assert_eq!(same.binary(), binary);
        for envelope in [envelope, same] {
            let clear = envelope.open(&handle("contact:1"), expected()).unwrap();
            assert_eq!(clear.to_json().as_str(), format!("\"{text}\""));
        }
    }
}

#[test]
fn every_changed_bit_and_every_cut_is_refused() {
    let (key, mut batch) = (key(), BatchSeal::new(OsEntropy));
    let mut binary = vec![0; key.binary_len(4)];
    key.seal_binary(b"sab\x80", &mut batch, &mut binary);
    let open = |bytes: &[u8]| {
        Envelope::from_binary(bytes).and_then(|e| e.open(&handle("contact:1"), Expect::AnyContext))
    };
    assert!(open(&binary).is_ok());
    for at in 0..binary.len() {
        for bit in 0..8 {
            let mut changed = binary.clone();
            changed[at] ^= 1 << bit;
            let error = open(&changed).expect_err("a changed envelope never opens");
            let id = 6..15;
            match at {
                0..5 => assert_eq!(error, OpenError::NotAnEnvelope),
                5 => assert!(
                    matches!(error, OpenError::TooShort | OpenError::BadKeyId),
                    "{error:?}"
                ),
                _ if id.contains(&at) => {
                    assert!(
                        matches!(error, OpenError::BadKeyId | OpenError::WrongKey),
                        "{error:?}"
                    );
                }
                15 if bit == 4 => assert!(
                    matches!(error, OpenError::OtherSuite | OpenError::TooShort),
                    "01 becomes 11: {error:?}"
                ),
                // 01 becomes 03, which reads what stands there otherwise.
                15 if bit == 1 => assert_eq!(error, OpenError::Inauthentic),
                15 => assert!(matches!(error, OpenError::UnknownSuite(_)), "{error:?}"),
                _ => assert_eq!(error, OpenError::Inauthentic, "byte {at} bit {bit}"),
            }
        }
        let cut = open(&binary[..at]).expect_err("a cut envelope never opens");
        let short = matches!(cut, OpenError::TooShort | OpenError::NotAnEnvelope);
        assert!(
            short || (cut == OpenError::Inauthentic && at >= binary.len() - 4),
            "{cut:?}"
        );
    }
    let mut longer = binary.clone();
    longer.push(0);
    assert_eq!(open(&longer).unwrap_err(), OpenError::Inauthentic);
}

#[test]
fn every_truncation_of_the_text_form_is_refused() {
    let text = sealed(&key(), &mut BatchSeal::new(OsEntropy), b"sab\x80");
    for end in 0..text.len() {
        let cut = Envelope::from_text(&text[..end])
            .and_then(|e| e.open(&handle("contact:1"), Expect::AnyContext));
        assert!(cut.is_err(), "{end}");
    }
}

#[test]
fn each_refusal_has_its_own_name() {
    let text = sealed(&key(), &mut BatchSeal::new(OsEntropy), b"sab\x80");
    let read = |text: &str| Envelope::from_text(text).map(|_| ());
    let open = |id: &str, expect| {
        Envelope::from_text(&text)
            .unwrap()
            .open(&handle(id), expect)
            .map(|_| ())
    };
    let other = ContextId::of("d", "p", "traits.email").unwrap();
    assert_eq!(open("contact:1", expected()), Ok(()));
    assert_eq!(
        open("contact:1", Expect::Context(other)),
        Err(OpenError::WrongContext)
    );
    assert_eq!(open("contact:2", expected()), Err(OpenError::WrongKey));
    assert_eq!(
        Envelope::from_text(&text.replace("contact:1", "contact:2"))
            .unwrap()
            .open(&handle("contact:2"), expected())
            .map(|_| ()),
        Err(OpenError::Inauthentic)
    );
    assert_eq!(
        read(&text.replacen("veil1", "veil2", 1)),
        Err(OpenError::NotAnEnvelope)
    );
    assert_eq!(read(&format!(" {text}")), Err(OpenError::NotAnEnvelope));
    assert_eq!(read("veil1.contact:1"), Err(OpenError::NotAnEnvelope));
    assert_eq!(
        read(&text.replace("contact:1", "contact:01")),
        Err(OpenError::BadKeyId)
    );
    assert_eq!(read("veil1.contact:1."), Err(OpenError::TooShort));
    assert_eq!(read("veil1.contact:1.AQ"), Err(OpenError::TooShort));
    assert_eq!(read("veil1.contact:1.Ag"), Err(OpenError::UnknownSuite(2)));
    for bad in ["=", "==", "\n", " ", "+", "/", "A\n"] {
        assert_eq!(
            read(&format!("{text}{bad}")),
            Err(OpenError::BadBase64),
            "{bad:?}"
        );
    }
    // 57 bytes end on a whole character; 58 leave four bits that must be zero.
    let text = sealed(&key(), &mut BatchSeal::new(OsEntropy), b"sabc\x80");
    let last = text.chars().last().unwrap();
    let loose = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .filter(|&c| c != last)
        .filter(|c| read(&format!("{}{c}", &text[..text.len() - 1])) == Err(OpenError::BadBase64))
        .count();
    assert_eq!(
        loose, 60,
        "only the four characters without loose bits are read"
    );
    let mut batch = BatchSeal::new(OsEntropy);
    let not_ours = sealed(&key(), &mut batch, b"?\x80");
    assert_eq!(
        Envelope::from_text(&not_ours)
            .unwrap()
            .open(&handle("contact:1"), expected())
            .map(|_| ()),
        Err(OpenError::Malformed)
    );
}

/// Bytes that count on, so that each seed is another one.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(self.0);
        self.0 += 1;
    }
}

/// Salt and nonce of the next seal.
fn drawn(key: &SealKey, batch: &mut BatchSeal) -> ([u8; 16], [u8; 12]) {
    let mut binary = vec![0; key.binary_len(1)];
    key.seal_binary(b"\x80", batch, &mut binary);
    let at = binary.len() - TAG_LEN - 1 - NONCE_LEN - SALT_LEN;
    let (salt, rest) = binary[at..].split_at(SALT_LEN);
    (
        salt.try_into().unwrap(),
        rest[..NONCE_LEN].try_into().unwrap(),
    )
}

#[test]
fn salt_and_nonce_are_the_cipher_of_a_counter_under_the_seed() {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    let (key, mut batch) = (key(), BatchSeal::new(Counting(7)));
    for seed in [7_u8, 8] {
        let cipher = aes::Aes256Enc::new(&[seed; 32].into());
        let block = |count: u64| {
            let mut block = aes::Block::default();
            block[8..].copy_from_slice(&count.to_be_bytes());
            cipher.encrypt_block(&mut block);
            block.0
        };
        for seal in 0..5 {
            let (salt, nonce) = drawn(&key, &mut batch);
            assert_eq!(salt, block(2 * seal), "{seed} {seal}");
            assert_eq!(nonce, block(2 * seal + 1)[..12], "{seed} {seal}");
        }
        batch.begin_batch();
    }
}

#[test]
fn a_seed_has_a_budget() {
    let (key, mut batch) = (key(), BatchSeal::new(Counting(7)));
    let first = drawn(&key, &mut batch);
    batch.sealed = SEALS_MAX - 1;
    let last = drawn(&key, &mut batch);
    // The next one begins another seed where a new batch begins one.
    let next = drawn(&key, &mut batch);
    let again = drawn(&key, &mut BatchSeal::new(Counting(8)));
    assert!(first != last && next != first);
    assert_eq!(next, again);
    assert_eq!(batch.sealed, 1);
}

#[test]
fn values_sealed_together_are_as_those_sealed_one_by_one() {
    use crate::record::ids::ActionId;
    use crate::record::jobs::Jobs;
    use crate::record::value::Target;
    let key = key();
    // More than are sealed together by count, and more than by bytes.
    for (count, len) in [(1, 3), (3, 9), (8, 40), (200, 5), (40, 700), (2, 9_000)] {
        let (mut jobs, mut inputs, mut at) = (Jobs::default(), Vec::new(), 0);
        let mut one_by_one = String::new();
        let mut alone = BatchSeal::new(Counting(1));
        for n in 0..count {
            let p = [vec![b's'; len + n % 3], vec![0x80]].concat();
            one_by_one += &sealed(&key, &mut alone, &p);
            inputs.push(p);
        }
        for p in &inputs {
            let from = jobs.scratch.len();
            jobs.scratch.extend(p);
            let len = key.text_len(p.len()) as u32;
            jobs.push(ActionId(0), from, Target { at, len });
            at += len;
        }
        let mut out = vec![0; at as usize];
        let (by_action, scratch) = jobs.by_action();
        let mut batch = BatchSeal::new(Counting(1));
        for of_one in by_action {
            key.seal_texts(of_one, scratch, &mut batch, &mut out);
        }
        assert_eq!(String::from_utf8(out).unwrap(), one_by_one, "{count} {len}");
        assert!(batch.keys.iter().all(|key| *key == [0; 32]), "a key stays");
    }
}
