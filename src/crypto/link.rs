//! Links that lead a person to their own page: what they say is sealed, so that an
//! address names nobody.
//!
//! `vl1.` ‖ key id ‖ `.` ‖ base64url(nonce12 ‖ AES-256-GCM(K("link"), nonce12, AAD
//! `vl1`, claims)). No caller chooses the nonce: it is drawn for each link (NIST SP
//! 800-38D section 8.2.2; 2^32 links under one version of the key keep its bound).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::envelope::{NONCE_LEN, TAG_LEN};
use super::kdf::{KeyHandle, Use};
use super::keyed_hash::KeyedHash;

/// What stands before the key id, and is authenticated with the claims.
const MAGIC: &str = "vl1";
/// Longest text of a link that is opened, in bytes.
pub const TEXT_MAX: usize = 4 << 10;
/// Longest claims that are sealed, in bytes: their text is shorter than [`TEXT_MAX`].
pub const CLAIMS_MAX: usize = 2 << 10;
/// What is opened in the place of a text that is no link of this key: all texts take
/// one decryption, and so about one time.
const NO_LINK: [u8; NONCE_LEN + TAG_LEN] = [0; NONCE_LEN + TAG_LEN];

/// A text that is no link of this key: of another one, changed, cut, or none at all.
/// Which of them is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the link does not open")]
pub struct NoLink;

/// The claims do not fit into a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link holds at most {CLAIMS_MAX} bytes")]
pub struct TooMuch;

/// Seals and opens links under one version of one key, and tells that a form was made
/// for one.
pub struct LinkKey {
    cipher: Aes256Gcm,
    form: KeyedHash,
    /// `vl1.` ‖ key id ‖ `.`.
    start: String,
}

impl LinkKey {
    /// Of that version. Another version opens none of its links.
    ///
    /// # Panics
    /// Never: a use without parameters has none that is too long.
    pub fn new(key: &KeyHandle) -> LinkKey {
        let of = |use_| {
            key.root
                .key::<32>(use_, &[])
                .expect("a use without parameters has none too long")
        };
        LinkKey {
            cipher: Aes256Gcm::new(of(Use::Link).expose().into()),
            form: KeyedHash::new(of(Use::LinkForm).expose()),
            start: format!("{MAGIC}.{}.", key.id),
        }
    }

    /// The link that says `claims`: characters that may stand in a path (RFC 3986
    /// section 3.3).
    ///
    /// # Errors
    /// When they are longer than [`CLAIMS_MAX`].
    ///
    /// # Panics
    /// When the source of randomness gives none.
    pub fn seal(&self, claims: &[u8], entropy: &mut dyn Entropy) -> Result<String, TooMuch> {
        if claims.len() > CLAIMS_MAX {
            return Err(TooMuch);
        }
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        Ok(self.seal_at(nonce, claims))
    }

    fn seal_at(&self, nonce: [u8; NONCE_LEN], claims: &[u8]) -> String {
        let mut sealed = Vec::with_capacity(NONCE_LEN + claims.len() + TAG_LEN);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(claims);
        let body = &mut sealed[NONCE_LEN..];
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), MAGIC.as_bytes(), body.into())
            .expect("the claims are shorter than what one nonce serves");
        sealed.extend_from_slice(&tag);
        let mut link = self.start.clone();
        data_encoding::BASE64URL_NOPAD.encode_append(&sealed, &mut link);
        link
    }

    /// What a link says. Every text up to [`TEXT_MAX`] bytes costs a decryption, whatever
    /// is wrong with it.
    ///
    /// # Errors
    /// When it is none of this key's.
    pub fn open(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, NoLink> {
        let body = Some(text).filter(|text| text.len() <= TEXT_MAX);
        let body = body.and_then(|text| text.strip_prefix(&*self.start));
        let body = body.and_then(|b| data_encoding::BASE64URL_NOPAD.decode(b.as_bytes()).ok());
        let body = body.filter(|body| body.len() >= NO_LINK.len());
        let is_link = body.is_some();
        let body = body.unwrap_or_else(|| NO_LINK.to_vec());
        let (nonce, sealed) = body
            .split_first_chunk::<NONCE_LEN>()
            .expect("it is longer than a nonce");
        let (sealed, tag) = sealed
            .split_last_chunk::<TAG_LEN>()
            .expect("it is longer than a nonce and a tag");
        let mut claims = Zeroizing::new(sealed.to_vec());
        let opened = self.cipher.decrypt_inout_detached(
            nonce.into(),
            MAGIC.as_bytes(),
            claims.as_mut_slice().into(),
            tag.into(),
        );
        match opened {
            Ok(()) if is_link => Ok(claims),
            _ => Err(NoLink),
        }
    }

    /// The mark of what was made for a link: 22 characters, the first 16 bytes of
    /// HMAC-SHA-256(K("link-form"), link ‖ 00 ‖ what).
    pub fn mark(&self, link: &str, what: Marked<'_>) -> String {
        let what = match what {
            Marked::Form { hour } => [&b"f"[..], &hour.to_be_bytes()].concat(),
            Marked::Saved(text) => [&b"s"[..], text.as_bytes()].concat(),
        };
        let message = [link.as_bytes(), &[0], &what].concat();
        data_encoding::BASE64URL_NOPAD.encode(&self.form.tag(&message)[..16])
    }

    /// True when that is its mark; compared in one time.
    pub fn is_marked(&self, link: &str, what: Marked<'_>, mark: &str) -> bool {
        self.mark(link, what)
            .as_bytes()
            .ct_eq(mark.as_bytes())
            .into()
    }
}

/// What is marked, of one link.
#[derive(Clone, Copy, Debug)]
pub enum Marked<'a> {
    /// A form, made in that hour since 1970.
    Form {
        /// Whole hours.
        hour: u64,
    },
    /// What was done with a form.
    Saved(&'a str),
}

#[cfg(test)]
impl LinkKey {
    /// A link with that nonce: insecure, for vectors.
    pub(super) fn insecure_at(&self, nonce: [u8; NONCE_LEN], claims: &[u8]) -> String {
        self.seal_at(nonce, claims)
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinkKey({}..)", self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::OsEntropy;
    use crate::crypto::kdf::Root;
    use std::sync::Arc;

    fn key(byte: u8, id: &str) -> LinkKey {
        LinkKey::new(&KeyHandle {
            id: id.parse().unwrap(),
            root: Arc::new(Root::new(&[byte; 32])),
        })
    }

    #[test]
    fn a_link_opens_under_its_key_and_says_nothing_to_others() {
        let subjects = key(1, "subjects:1");
        let claims = br#"{"id":"jane.doe@example.org"}"#;
        let link = subjects.seal(claims, &mut OsEntropy).unwrap();
        assert!(link.starts_with("vl1.subjects:1."));
        assert_eq!(&**subjects.open(&link).unwrap(), claims);
        let again = subjects.seal(claims, &mut OsEntropy).unwrap();
        assert_ne!(link, again, "two links of one person do not look alike");
        let in_path = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        assert!(link.chars().all(in_path), "{link}");
        for other in [key(2, "subjects:1"), key(1, "subjects:2")] {
            assert_eq!(other.open(&link).unwrap_err(), NoLink);
        }
        assert_eq!(format!("{subjects:?}"), "LinkKey(vl1.subjects:1...)");
        let much = vec![b'x'; CLAIMS_MAX + 1];
        assert_eq!(subjects.seal(&much, &mut OsEntropy), Err(TooMuch));
        let most = subjects.seal(&much[1..], &mut OsEntropy).unwrap();
        assert!(most.len() <= TEXT_MAX && subjects.open(&most).is_ok());
    }

    #[test]
    fn what_is_cut_changed_or_no_link_does_not_open() {
        let subjects = key(1, "subjects:1");
        let link = subjects.seal(b"claims", &mut OsEntropy).unwrap();
        for at in 0..link.len() {
            assert!(subjects.open(&link[..at]).is_err(), "cut at {at}");
        }
        let start = link.rfind('.').unwrap() + 1;
        let body = data_encoding::BASE64URL_NOPAD
            .decode(&link.as_bytes()[start..])
            .unwrap();
        for bit in 0..body.len() * 8 {
            let mut body = body.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            let changed = data_encoding::BASE64URL_NOPAD.encode(&body);
            let changed = format!("{}{changed}", &link[..start]);
            assert!(subjects.open(&changed).is_err(), "bit {bit}");
        }
        let zeros = data_encoding::BASE64URL_NOPAD.encode(&NO_LINK);
        for text in [
            "",
            "vl1",
            "vl1.subjects:1.",
            &format!("vl1.subjects:1.{zeros}"),
            &link.replace("vl1", "vl2"),
            &format!("{link}="),
            &format!("{link}AAAA"),
            &format!(" {link}"),
            &"x".repeat(1 << 20),
            "vl1.subjects:1.\u{1f600}\0",
        ] {
            assert_eq!(subjects.open(text).unwrap_err(), NoLink, "{text:.40}");
        }
    }

    #[test]
    fn a_mark_is_of_one_link_and_one_thing() {
        let subjects = key(1, "subjects:1");
        let form = |hour| Marked::Form { hour };
        let mark = subjects.mark("vl1.a", form(7));
        assert_eq!(mark.len(), 22);
        assert!(subjects.is_marked("vl1.a", form(7), &mark));
        assert!(!subjects.is_marked("vl1.b", form(7), &mark));
        assert!(!subjects.is_marked("vl1.a", form(8), &mark));
        assert!(!key(2, "subjects:1").is_marked("vl1.a", form(7), &mark));
        let text = "\0\0\0\0\0\0\0\u{7}";
        assert!(!subjects.is_marked("vl1.a", Marked::Saved(text), &mark));
        for other in ["", &mark[..21], &format!("{mark}A")] {
            assert!(!subjects.is_marked("vl1.a", form(7), other));
        }
    }
}
