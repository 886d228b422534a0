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

#[test]
fn a_salt_has_a_budget() {
    let key = key();
    let mut batch = BatchSeal::new(OsEntropy);
    let salt_and_nonce = |batch: &mut BatchSeal| {
        let mut binary = vec![0; key.binary_len(1)];
        key.seal_binary(b"\x80", batch, &mut binary);
        (binary[24..40].to_vec(), binary[48..52].to_vec())
    };
    let (first, _) = salt_and_nonce(&mut batch);
    batch.sealed = SEALS_MAX - 1;
    let (last, nonce) = salt_and_nonce(&mut batch);
    assert!(last == first && nonce == (SEALS_MAX - 1).to_be_bytes());
    let (next, nonce) = salt_and_nonce(&mut batch);
    assert!(next != first && nonce == [0; 4]);
}
