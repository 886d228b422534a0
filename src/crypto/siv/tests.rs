use super::*;
use crate::crypto::envelope::{Envelope, Expect, OpenError};

fn handle(id: &str) -> KeyHandle {
    KeyHandle {
        id: id.parse().unwrap(),
        root: Arc::new(Root::new(&[5; 32])),
    }
}

fn key(id: &str, domain: &str, space: &str) -> SivKey {
    SivKey::new(&handle(id), domain, space).unwrap()
}

fn sealed(key: &SivKey, batch: &mut SivBatch, p: &[u8]) -> String {
    let mut out = vec![0; key.text_len(p.len())];
    key.seal_text(p, batch, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_sealed_opens_and_equal_values_are_equal() {
    let (here, mut batch) = (key("contact:1", "d", "mail"), SivBatch::default());
    let expected = Expect::Context(ContextId::of_space("d", "mail").unwrap());
    for len in 0..70 {
        let text = "x".repeat(len);
        let p = [b"s", text.as_bytes(), b"\x80"].concat();
        let one = sealed(&here, &mut batch, &p);
        batch.begin_batch();
        assert_eq!(one, sealed(&here, &mut batch, &p));
        assert_eq!(one, sealed(&here, &mut SivBatch::default(), &p));
        let envelope = Envelope::from_text(&one).unwrap();
        assert_eq!(envelope.suite(), Suite::Deterministic);
        let clear = envelope.open(&handle("contact:1"), expected).unwrap();
        assert_eq!(clear.to_json().as_str(), format!("\"{text}\""));
        let again = Envelope::from_binary(envelope.binary()).unwrap();
        assert_eq!(again.text(), one);
    }
}

/// Under another key id, domain or space nothing joins, in one batch or in two.
#[test]
fn each_name_that_enters_parts_the_envelopes() {
    let mut batch = SivBatch::default();
    let mut seen = std::collections::BTreeSet::new();
    for (id, domain, space) in [
        ("contact:1", "d", "mail"),
        ("contact:2", "d", "mail"),
        ("mail:1", "d", "mail"),
        ("contact:1", "e", "mail"),
        ("contact:1", "d", "phone"),
        ("contact:1", "d", ""),
        ("contact:1", "dmail", ""),
    ] {
        let text = sealed(&key(id, domain, space), &mut batch, b"sjane\x80");
        let body = text.rsplit('.').next().unwrap().to_owned();
        assert!(seen.insert(body[12..].to_owned()), "{id} {domain} {space}");
    }
}

#[test]
fn every_changed_bit_and_every_cut_is_refused() {
    let text = sealed(
        &key("contact:1", "d", ""),
        &mut SivBatch::default(),
        b"sab\x80",
    );
    let binary = Envelope::from_text(&text).unwrap().binary().to_vec();
    let open = |bytes: &[u8]| {
        Envelope::from_binary(bytes).and_then(|e| e.open(&handle("contact:1"), Expect::AnyContext))
    };
    assert!(open(&binary).is_ok());
    for at in 0..binary.len() {
        for bit in 0..8 {
            let mut changed = binary.clone();
            changed[at] ^= 1 << bit;
            let error = open(&changed).expect_err("a changed envelope never opens");
            assert!(at < 16 || error == OpenError::Inauthentic, "{at} {error:?}");
        }
        let error = open(&binary[..at]).expect_err("a cut envelope never opens");
        assert!(
            error == OpenError::Inauthentic && at >= binary.len() - 4
                || matches!(error, OpenError::TooShort | OpenError::NotAnEnvelope),
            "{at} {error:?}"
        );
    }
    let mut longer = binary.clone();
    longer.push(0);
    assert_eq!(open(&longer).unwrap_err(), OpenError::Inauthentic);
}

#[test]
fn a_space_is_no_label_and_no_envelope_opens_in_another_context() {
    let text = sealed(
        &key("contact:1", "d", "mail"),
        &mut SivBatch::default(),
        b"sab\x80",
    );
    let envelope = Envelope::from_text(&text).unwrap();
    let open = |expected| {
        envelope
            .open(&handle("contact:1"), Expect::Context(expected))
            .map(|_| ())
    };
    assert_eq!(open(ContextId::of_space("d", "mail").unwrap()), Ok(()));
    for other in [
        ContextId::of_space("d", "").unwrap(),
        ContextId::of_space("e", "mail").unwrap(),
        ContextId::of("d", "p", "mail").unwrap(),
    ] {
        assert_eq!(open(other), Err(OpenError::WrongContext));
    }
}
