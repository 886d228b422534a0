use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::kdf::Root;
use std::sync::Arc;

fn handle(id: &str) -> KeyHandle {
    KeyHandle {
        id: id.parse().unwrap(),
        root: Arc::new(Root::new(&[6; 32])),
    }
}

const HEADERS: &[(&[u8], Option<&[u8]>)] =
    &[(b"ce_id", Some(b"7")), (b"\xff", None), (b"", Some(b""))];

fn record() -> Record<'static> {
    Record {
        topic: "web.raw",
        partition: 3,
        offset: 1 << 32,
        timestamp: Timestamp::Append(-5),
        key: Some(b""),
        value: Some(b"{\"a\":1}"),
        headers: HEADERS,
        policy_digest: [9; 32],
        element: None,
    }
}

#[test]
fn a_record_comes_back_whole_in_both_forms() {
    let key = handle("quarantine:1");
    let to = PublicKey::of(&key);
    let mut sealer = Sealer::new(OsEntropy);
    let mut binary = Vec::new();
    sealer.seal_binary(&to, &record(), &mut binary).unwrap();
    let text = Envelope::from_binary(&binary).unwrap().text();
    for envelope in [Envelope::from_binary(&binary), Envelope::from_text(&text)] {
        let opened = open(&envelope.unwrap(), &key).unwrap();
        assert_eq!(
            (opened.topic.as_str(), opened.partition, opened.offset),
            ("web.raw", 3, 1 << 32)
        );
        assert_eq!(opened.timestamp, Timestamp::Append(-5));
        assert_eq!(opened.key.as_deref().map(Vec::as_slice), Some(&b""[..]));
        assert_eq!(
            opened.value.as_deref().map(Vec::as_slice),
            Some(&b"{\"a\":1}"[..])
        );
        let headers: Vec<_> = opened
            .headers
            .iter()
            .map(|(n, v)| (&n[..], v.as_ref().map(|v| &v[..])))
            .collect();
        assert_eq!(headers, HEADERS);
        assert_eq!(opened.policy_digest, [9; 32]);
    }
}

/// The same bytes as of a whole record, but for the first one and four more.
#[test]
fn an_element_says_which_it_is() {
    let element = |element| Record {
        element,
        ..record()
    };
    let encoded = |element: Option<u32>| {
        let mut q = Vec::new();
        encode(
            &Record {
                element,
                ..record()
            },
            &mut q,
        )
        .unwrap();
        q
    };
    let (whole, one) = (encoded(None), encoded(Some(499)));
    assert_eq!((whole[0], one[0]), (1, 2));
    assert_eq!(one[1..whole.len()], whole[1..]);
    assert_eq!(one[whole.len()..], [0, 0, 1, 243]);
    for (bytes, is) in [(&whole, None), (&one, Some(499))] {
        assert_eq!(decode(bytes).unwrap().element, is);
        // Nothing may be missing, nothing stand behind it.
        let cut = &bytes[..bytes.len() - 1];
        assert!(decode(cut).is_none());
        let long = [&bytes[..], b"\0"].concat();
        assert!(decode(&long).is_none());
    }
    let key = handle("quarantine:1");
    let mut sealed = Vec::new();
    let mut sealer = Sealer::new(OsEntropy);
    let to = PublicKey::of(&key);
    sealer
        .seal_binary(&to, &element(Some(7)), &mut sealed)
        .unwrap();
    let opened = open(&Envelope::from_binary(&sealed).unwrap(), &key).unwrap();
    assert_eq!(opened.element, Some(7));
}

#[test]
fn the_public_key_alone_seals_and_one_encapsulation_serves_a_batch() {
    let key = handle("quarantine:1");
    let to = PublicKey::new(key.id.clone(), *PublicKey::of(&key).bytes()).unwrap();
    let mut sealer = Sealer::new(OsEntropy);
    let enc_and_nonce = |sealer: &mut Sealer| {
        let mut out = Vec::new();
        sealer.seal_binary(&to, &record(), &mut out).unwrap();
        assert!(open(&Envelope::from_binary(&out).unwrap(), &key).is_ok());
        (out[19..51].to_vec(), out[51..63].to_vec())
    };
    let (first, zero) = enc_and_nonce(&mut sealer);
    let (second, one) = enc_and_nonce(&mut sealer);
    assert_eq!(first, second);
    assert_eq!((zero.last(), one.last()), (Some(&0), Some(&1)));
    sealer.begin_batch();
    let (third, nonce) = enc_and_nonce(&mut sealer);
    assert!(third != first && nonce == [0; 12]);
    sealer.batch.as_mut().unwrap().sealed = SEALS_MAX;
    let (fourth, nonce) = enc_and_nonce(&mut sealer);
    assert!(fourth != third && nonce == [0; 12]);
}

#[test]
fn what_was_changed_or_belongs_to_another_key_does_not_open() {
    let key = handle("quarantine:1");
    let mut binary = Vec::new();
    Sealer::new(OsEntropy)
        .seal_binary(&PublicKey::of(&key), &record(), &mut binary)
        .unwrap();
    for at in 0..binary.len() {
        let mut changed = binary.clone();
        changed[at] ^= 0x10;
        let opened = Envelope::from_binary(&changed).and_then(|e| open(&e, &key).map(|_| ()));
        assert!(opened.is_err(), "byte {at}");
        if at >= 19 {
            assert_eq!(opened, Err(OpenError::Inauthentic), "byte {at}");
        }
        assert!(
            Envelope::from_binary(&binary[..at])
                .and_then(|e| open(&e, &key).map(|_| ()))
                .is_err()
        );
    }
    let envelope = Envelope::from_binary(&binary).unwrap();
    let other = KeyHandle {
        root: Arc::new(Root::new(&[7; 32])),
        ..handle("quarantine:1")
    };
    assert_eq!(
        open(&envelope, &other).map(|_| ()),
        Err(OpenError::Inauthentic)
    );
    assert_eq!(
        open(&envelope, &handle("quarantine:2")).map(|_| ()),
        Err(OpenError::WrongKey)
    );
    let expect = envelope::Expect::AnyContext;
    assert_eq!(
        envelope.open(&key, expect).map(|_| ()),
        Err(OpenError::OtherSuite)
    );
}

#[test]
fn points_of_low_order_are_no_public_keys() {
    let id: KeyId = "quarantine:1".parse().unwrap();
    let mut one = [0; 32];
    one[0] = 1;
    for bad in [[0; 32], one] {
        assert_eq!(PublicKey::new(id.clone(), bad), Err(BadPublicKey));
    }
}

#[test]
fn names_too_long_leave_nothing_behind() {
    let to = PublicKey::of(&handle("quarantine:1"));
    let mut sealer = Sealer::new(OsEntropy);
    let long = vec![b'x'; 65_536];
    let topic = "t".repeat(65_536);
    let many = vec![(&b"h"[..], None); 65_536];
    let mut out = b"before".to_vec();
    let long_header = [(&long[..], None)];
    for bad in [
        Record {
            topic: &topic,
            ..record()
        },
        Record {
            headers: &long_header,
            ..record()
        },
        Record {
            headers: &many,
            ..record()
        },
    ] {
        assert_eq!(sealer.seal_binary(&to, &bad, &mut out), Err(TooLong));
        assert!(sealer.work.is_empty());
    }
    assert_eq!(out, b"before");
    let edge = vec![b'x'; 65_535];
    let edge_header = [(&edge[..], Some(&long[..]))];
    let fits = Record {
        headers: &edge_header,
        ..record()
    };
    assert_eq!(sealer.seal_binary(&to, &fits, &mut out), Ok(()));
}
