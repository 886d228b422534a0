//! What one writes first: a `serde_json::Value` is parsed, changed and
//! serialized; each value goes through the well-known crate for it, keyed anew.
//!
//! Derives its keys by itself from the same roots, so that its results check
//! ours: equal pseudonyms, equal tokens, equal plaintexts.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use fpe::ff1::{FF1, FlexibleNumeralString};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What leaves as it is.
const KEPT: &[&str] = &[
    "event_id", "type", "ts", "sid", "url", "campaign", "items", "value", "cur", "consent", "os",
    "lang", "tags", "ab",
];

/// Names that something happens to.
const CHANGED: &[&str] = &[
    "user_id",
    "email",
    "phone",
    "ip",
    "birthdate",
    "geo",
    "address",
];

/// The keys of the three cryptographic fields, derived once.
pub struct Keys {
    pseudonym: [u8; 32],
    ff1: [u8; 32],
    tweak: [u8; 16],
    seal: [u8; 32],
}

impl Keys {
    /// From the roots of the keyring.
    pub fn derive(people: &[u8], phones: &[u8], domain: &str) -> Keys {
        let mut seal = [0; 32];
        getrandom::fill(&mut seal).expect("the system has randomness");
        let format = "digits@1";
        let mut tweak = Sha256::new();
        for part in ["veil/1 ff1", format, "", ""] {
            tweak.update(prefixed(part));
        }
        Keys {
            pseudonym: derive(people, &["veil/1", "pseudonym", domain, "", "raw@1", "", "domain"]),
            ff1: derive(phones, &["veil/1", "ff1", domain, "", format]),
            tweak: tweak.finalize()[..16]
                .try_into()
                .expect("a digest has 32 bytes"),
            seal,
        }
    }

    /// The plaintext of an `address` that [`sanitize`] wrote.
    pub fn open(&self, sealed: &str) -> Vec<u8> {
        let bytes = BASE64.decode(sealed.as_bytes()).expect("our own base64");
        let (nonce, ciphertext) = bytes.split_at(12);
        Aes256Gcm::new(&self.seal.into())
            .decrypt(&Nonce::try_from(nonce).expect("12 bytes"), ciphertext)
            .expect("our own ciphertext")
    }
}

/// HKDF-SHA-256 under the salt of the key derivation, parts length-prefixed.
fn derive(root: &[u8], parts: &[&str]) -> [u8; 32] {
    let info: Vec<u8> = parts.iter().flat_map(|p| prefixed(p)).collect();
    let mut key = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(b"veilstream/root/v1"), root)
        .expand(&info, &mut key)
        .expect("32 bytes are few");
    key
}

fn prefixed(text: &str) -> Vec<u8> {
    let mut out = (text.len() as u16).to_be_bytes().to_vec();
    out.extend_from_slice(text.as_bytes());
    out
}

/// One event in, one sanitized event out, as JSON text.
pub fn sanitize(event: &str, keys: &Keys) -> Vec<u8> {
    let Value::Object(mut o) = serde_json::from_str(event).expect("the workload is JSON") else {
        unreachable!("the workload is objects");
    };
    o.retain(|name, _| KEPT.contains(&name.as_str()) || CHANGED.contains(&name.as_str()));
    change(&mut o, keys);
    serde_json::to_vec(&Value::Object(o)).expect("a value is serializable")
}

fn change(o: &mut Map<String, Value>, keys: &Keys) {
    let user = text(o, "user_id");
    o.insert("user_id".into(), pseudonym(&user, keys).into());
    let email = text(o, "email");
    let (_, domain) = email.split_once('@').expect("an address has one");
    o.insert("email_domain".into(), domain.into());
    o.insert("email".into(), pseudonym(&email, keys).into());
    let phone = token(&text(o, "phone"), keys);
    o.insert("phone".into(), phone.into());
    let ip: std::net::Ipv4Addr = text(o, "ip").parse().expect("the workload is IPv4");
    let [a, b, c, _] = ip.octets();
    o.insert("ip".into(), format!("{a}.{b}.{c}.0/24").into());
    let year: u32 = text(o, "birthdate")[..4].parse().expect("a date");
    o.insert("birthdate".into(), year.into());
    let geo = o["geo"].as_object_mut().expect("an object");
    for axis in ["lat", "lon"] {
        let coarse = (geo[axis].as_f64().expect("a number") * 100.0).trunc() / 100.0;
        geo.insert(axis.into(), coarse.into());
    }
    let address = serde_json::to_vec(&o["address"]).expect("a value is serializable");
    o.insert("address".into(), seal(&address, keys).into());
}

fn text(o: &Map<String, Value>, name: &str) -> String {
    o[name].as_str().expect("a text").to_owned()
}

fn pseudonym(value: &str, keys: &Keys) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys.pseudonym).expect("any length is a key");
    mac.update(format!("s{value}").as_bytes());
    BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()[..16])
}

fn token(phone: &str, keys: &Keys) -> String {
    let digits: Vec<u16> = phone
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|d| u16::from(d - b'0'))
        .collect();
    let ff1 = FF1::<aes::Aes256>::new(&keys.ff1, 10).expect("ten is a radix");
    let enciphered: Vec<u16> = ff1
        .encrypt(&keys.tweak, &FlexibleNumeralString::from(digits))
        .expect("twelve digits are enough")
        .into();
    let mut enciphered = enciphered.into_iter();
    phone
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                let d = enciphered.next().expect("one for each digit");
                char::from(b'0' + d as u8)
            } else {
                c
            }
        })
        .collect()
}

fn seal(plaintext: &[u8], keys: &Keys) -> String {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).expect("the system has randomness");
    let ciphertext = Aes256Gcm::new(&keys.seal.into())
        .encrypt(&Nonce::from(nonce), plaintext)
        .expect("short");
    BASE64.encode(&[&nonce[..], &ciphertext].concat())
}
