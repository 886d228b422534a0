//! The library's own crypto, called from a document as an application would
//! that has nothing else of it: a value at a time.

use veilstream::canon::Canon;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::plaintext::{self, Pad};
use veilstream::crypto::pseudonym::{Binding, Encoding, Parameters, Pseudonymizer, Scope};
use veilstream::crypto::seal::{BatchSeal, SealKey};
use veilstream::crypto::token::{Format, Tokenizer};
use veilstream::record::value::{Text, TextForm, View, Whole};

use crate::crypto::Crypto;
use crate::ours::{DOMAIN, Keys, PURPOSE};

/// The three actions and what they reuse.
pub struct House {
    canon: Canon,
    people: Pseudonymizer,
    phones: Tokenizer,
    contact: SealKey,
    batch: BatchSeal,
    sealed: u32,
    text: String,
    bytes: Vec<u8>,
}

/// As many values as a batch of the pipeline has records share one seed.
const SEALS_A_BATCH: u32 = 1_000;

impl House {
    /// From the keys of the bench.
    pub fn new(keys: &Keys) -> House {
        let canon = Canon::raw();
        let parameters = Parameters {
            domain: DOMAIN,
            space: "",
            canon: &canon,
            epoch: &[],
            scope: Scope::Domain,
            encoding: Encoding::from_words("base64url", None).expect("an encoding"),
        };
        House {
            people: Pseudonymizer::new(&keys.people.root, parameters).expect("short names"),
            phones: Tokenizer::new(&keys.phones.root, DOMAIN, "", Format::Digits)
                .expect("short names"),
            contact: SealKey::new(&keys.contact, DOMAIN, PURPOSE, "address").expect("short names"),
            batch: BatchSeal::new(OsEntropy),
            canon,
            sealed: 0,
            text: String::new(),
            bytes: Vec::new(),
        }
    }
}

impl Crypto for House {
    fn pseudonym(&mut self, value: &str, out: &mut Vec<u8>) {
        let view = View::Text(Text::new(value, TextForm::Plain));
        let of = Binding {
            topic: "",
            partition: 0,
            offset: 0,
            element: None,
            subject: None,
        };
        self.bytes.clear();
        self.people
            .bind(of, &mut self.bytes)
            .expect("the scope needs nothing");
        self.canon
            .value(view, &mut self.text, &mut self.bytes)
            .expect("a text has a canonical form");
        let at = out.len();
        out.resize(at + self.people.text_len(), 0);
        self.people.finish(&self.bytes, &mut out[at..]);
    }

    fn token(&mut self, phone: &str, out: &mut Vec<u8>) {
        self.text.clear();
        self.phones
            .encipher(phone, &mut self.bytes, &mut self.text)
            .expect("twelve digits are enough");
        out.extend_from_slice(self.text.as_bytes());
    }

    fn seal(&mut self, json: &[u8], out: &mut Vec<u8>) {
        if self.sealed == SEALS_A_BATCH {
            self.batch.begin_batch();
            self.sealed = 0;
        }
        self.sealed += 1;
        let view = View::Whole(Whole::of_json(
            std::str::from_utf8(json).expect("JSON is UTF-8"),
            true,
            true,
        ));
        self.bytes.clear();
        plaintext::encode(view, Pad::None, &mut self.text, &mut self.bytes).expect("JSON is text");
        let at = out.len();
        out.resize(at + self.contact.text_len(self.bytes.len()), 0);
        self.contact
            .seal_text(&self.bytes, &mut self.batch, &mut out[at..]);
    }
}
