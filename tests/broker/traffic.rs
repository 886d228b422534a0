//! Synthetic events whose fate is known by construction.
//!
//! In: a seed and a range of numbers. Out: source records, the policy they are
//! made for, and for each record what must become of it at each output.
//! Promises: the same seed gives the same records; the expected fate rests on
//! the rules of the policy language alone and is written down here, in one
//! table; every personal value holds [`MARK`], so that one search finds a leak.
//! Does not know: how `veil` works, or what it really did.

use crate::check::Fate;
use crate::kafka::Outgoing;

/// Stands in every personal value of the traffic, and nowhere else: the dot is
/// in no alphabet that ciphertexts and pseudonyms are written in. Five letters and
/// digits without it turned up in one run of eleven by chance.
pub const MARK: &str = "c1.ear";

/// The source header that carries a record's number; the policy keeps it, so a
/// tombstone can be told from another one.
pub const NUMBER: &str = "n";

/// The source header that carries the [`Kind`]; no output names it.
pub const KIND: &str = "kind";

/// What a record is, hence what must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All consents: both outputs take it.
    Full,
    /// Only the category of the first output is granted.
    AnalyticsOnly,
    /// All consents, of a type that the second output does not list.
    OtherType,
    /// No consent at all.
    Refused,
    /// A null value: the first output forwards it, the second drops it.
    Tombstone,
    /// Not UTF-8.
    NotUtf8,
    /// Cut off in the middle.
    NotJson,
    /// One name twice, once escaped.
    DuplicateKey,
    /// An array at the top.
    NotAnObject,
    /// An e-mail address without `@`.
    BadIdentifier,
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Full,
        Kind::AnalyticsOnly,
        Kind::OtherType,
        Kind::Refused,
        Kind::Tombstone,
        Kind::NotUtf8,
        Kind::NotJson,
        Kind::DuplicateKey,
        Kind::NotAnObject,
        Kind::BadIdentifier,
    ];

    fn word(self) -> String {
        format!("{self:?}")
    }

    /// The kind that a source header names.
    pub fn from_word(word: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    /// What must become of it at the outputs of [`policy`], in their order.
    pub fn fate(self) -> Fate {
        use crate::check::At::{Withheld, Written};
        match self {
            Kind::Full => Fate::Outputs(vec![Written, Written]),
            Kind::AnalyticsOnly => Fate::Outputs(vec![Written, Withheld("no_consent")]),
            Kind::OtherType => Fate::Outputs(vec![Written, Withheld("not_selected")]),
            Kind::Refused => Fate::Outputs(vec![Withheld("no_consent"); 2]),
            Kind::Tombstone => Fate::Outputs(vec![Written, Withheld("tombstone_dropped")]),
            Kind::NotUtf8 => Fate::Quarantine("not_utf8"),
            Kind::NotJson => Fate::Quarantine("not_json"),
            Kind::DuplicateKey => Fate::Quarantine("duplicate_key"),
            Kind::NotAnObject => Fate::Quarantine("not_an_object"),
            Kind::BadIdentifier => Fate::Quarantine("bad_identifier"),
        }
    }

    fn drawn(dice: &mut Dice) -> Kind {
        match dice.below(100) {
            0..55 => Kind::Full,
            55..65 => Kind::AnalyticsOnly,
            65..75 => Kind::OtherType,
            75..83 => Kind::Refused,
            83..90 => Kind::Tombstone,
            90..92 => Kind::NotUtf8,
            92..94 => Kind::NotJson,
            94..96 => Kind::DuplicateKey,
            96..98 => Kind::NotAnObject,
            _ => Kind::BadIdentifier,
        }
    }
}

/// The topics of one policy.
#[derive(Clone, Debug)]
pub struct Topics {
    /// Raw events.
    pub source: String,
    /// The first output.
    pub analytics: String,
    /// The second output.
    pub mail: String,
    /// Where refused records go.
    pub quarantine: String,
}

/// The policy that the traffic is made for: two outputs, two domains, two
/// categories of consent, a key, a header, tombstones, and one action of each
/// family.
pub fn policy(t: &Topics) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: broker-suite, version: 1, owner: tests }}
source:
  topic: {source}
  value: json
  type: type
  subject: userId
keys:
  people: {{ ref: "file:keyring.json#people" }}
  contact: {{ ref: "file:keyring.json#contact" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
consent:
  signals:
    - {{ from: value, path: context.consent }}
outputs:
  - topic: {analytics}
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    needs_consent: Analytics
    on_withheld: skip
    key: {{ from: record_key, pseudonymize: {{ key: people, normalize: text, epoch: none }} }}
    headers: {{ n: keep }}
    timestamp: keep
    tombstones: forward
    fields:
      seq: keep
      type: {{ keep: {{ max_chars: 16 }} }}
      userId: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }}
      traits.email: {{ pseudonymize: {{ key: people, normalize: email, epoch: none }} }}
      context.ip: {{ generalize: {{ ipv4: 24, ipv6: 48 }} }}
      revenue: {{ generalize: {{ bucket: 10 }} }}
  - topic: {mail}
    purpose: marketing.advertising.first_party.targeted
    domain: mail
    needs_consent: Advertising
    headers: {{ n: keep }}
    timestamp: keep
    fields:
      seq: keep
    types:
      identify:
        traits.(email|note): {{ encrypt: {{ key: contact }} }}
quarantine: {{ topic: {quarantine}, key: quarantine, retention: 7d }}
"#,
        source = t.source,
        analytics = t.analytics,
        mail = t.mail,
        quarantine = t.quarantine,
    )
}

/// Draws numbers from a seed; small, and the same on every machine and in
/// every version (SplitMix64), so that a printed seed replays a run.
pub struct Dice(u64);

impl Dice {
    /// Dice of that seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Dice of `VEIL_SEED` if it is set, else of a fresh seed; printed either way.
    pub fn announced(test: &str) -> Dice {
        let seed = std::env::var("VEIL_SEED")
            .ok()
            .map(|s| s.parse().expect("VEIL_SEED is a number"))
            .unwrap_or_else(|| getrandom::u64().expect("the system gives random bytes"));
        crate::say(&format!(
            "{test}: seed {seed} (replay with VEIL_SEED={seed})"
        ));
        Dice(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// An endless stream of records, numbered from 0.
pub struct Traffic {
    dice: Dice,
    next: u64,
    partitions: u64,
}

impl Traffic {
    /// Records for a topic of that many partitions.
    pub fn new(seed: u64, partitions: i32) -> Traffic {
        Traffic {
            dice: Dice::new(seed),
            next: 0,
            partitions: u64::try_from(partitions).expect("a positive count"),
        }
    }

    /// One record of a chosen kind, for tests that need just that.
    pub fn of_kind(&mut self, kind: Kind) -> Outgoing {
        let n = self.next;
        self.next += 1;
        let partition = self.dice.below(self.partitions);
        let user = self.dice.below(500);
        let ip = self.dice.below(254) + 1;
        let cents = self.dice.below(100_000);
        Outgoing {
            partition: i32::try_from(partition).expect("below an i32"),
            key: Some(format!("user-{MARK}-{user}").into_bytes()),
            value: value(kind, n, user, ip, cents),
            headers: vec![
                (NUMBER.into(), n.to_string().into_bytes()),
                (KIND.into(), kind.word().into_bytes()),
                ("x-secret".into(), format!("{MARK} header {n}").into_bytes()),
            ],
            timestamp_ms: None,
        }
    }
}

impl Iterator for Traffic {
    type Item = Outgoing;

    fn next(&mut self) -> Option<Outgoing> {
        let kind = Kind::drawn(&mut self.dice);
        Some(self.of_kind(kind))
    }
}

fn value(kind: Kind, n: u64, user: u64, ip: u64, cents: u64) -> Option<Vec<u8>> {
    let (analytics, advertising) = match kind {
        Kind::AnalyticsOnly => (true, false),
        Kind::Refused => (false, false),
        _ => (true, true),
    };
    let of_type = if kind == Kind::OtherType {
        "track"
    } else {
        "identify"
    };
    let email = if kind == Kind::BadIdentifier {
        format!("{MARK}.no.address.{user}")
    } else {
        format!("{MARK}.{user}@example.org")
    };
    let text = format!(
        r#"{{"seq":{n},"type":"{of_type}","userId":"user-{MARK}-{user}","traits":{{"email":"{email}","name":"Ada {MARK} {user}"}},"context":{{"ip":"203.0.113.{ip}","consent":{{"Analytics":{analytics},"Advertising":{advertising}}}}},"revenue":{}.{:02},"ssn":"{MARK}-078-05-{user}"}}"#,
        cents / 100,
        cents % 100
    );
    let mut bytes = text.into_bytes();
    match kind {
        Kind::Tombstone => return None,
        Kind::NotUtf8 => {
            let at = bytes.len() - 4;
            bytes[at] = 0xff;
        }
        Kind::NotJson => bytes.truncate(bytes.len() - 9),
        Kind::DuplicateKey => {
            bytes.truncate(bytes.len() - 1);
            bytes.extend_from_slice(br#","s\u0065q":7}"#);
        }
        Kind::NotAnObject => {
            bytes.insert(0, b'[');
            bytes.push(b']');
        }
        _ => {}
    }
    Some(bytes)
}
