//! What a link says: whose page it opens, what may be done there, and until when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::entropy::Entropy;
use crate::crypto::link::{LinkKey, NoLink, TooMuch};
use crate::record::SubjectId;

/// How long a link to decide lasts, where nobody says so.
pub const PREFS_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// How long a link to withdraw lasts, where nobody says so: it stands in mails.
pub const WITHDRAW_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The longest that a link may last.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_hours(400 * 24);
/// The longest that a link may last with which consent can be given: a mail that was
/// passed on must not grant.
pub const GRANT_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Claims are filled up to whole blocks of so many bytes, so that the length of a link
/// tells little.
const BLOCK: usize = 64;

/// What may be done with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum May {
    /// Decide.
    Prefs,
    /// Withdraw, and nothing else.
    Withdraw,
}

/// What a link says. Whose it is does not print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whose page it opens.
    pub who: SubjectId,
    /// What may be done there.
    pub may: May,
    /// In which categories; none: in all that there are.
    pub categories: Vec<String>,
    /// When it was made; whole seconds are kept.
    pub made: Timestamp,
    /// When it ends; whole seconds are kept.
    pub until: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form<'a> {
    v: u8,
    #[serde(borrow)]
    who: &'a str,
    may: May,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<String>,
    made: i64,
    until: i64,
}

impl Claims {
    /// The link that says so.
    ///
    /// # Errors
    /// When its categories do not fit into a link.
    ///
    /// # Panics
    /// When the source of randomness gives none.
    pub fn seal(&self, key: &LinkKey, entropy: &mut dyn Entropy) -> Result<String, TooMuch> {
        let form = Form {
            v: 1,
            who: &self.who.text(),
            may: self.may,
            categories: self.categories.clone(),
            made: self.made.as_second(),
            until: self.until.as_second(),
        };
        let mut claims = Zeroizing::new(serde_json::to_vec(&form).expect("claims are JSON"));
        let blocks = claims.len().next_multiple_of(BLOCK);
        claims.resize(blocks, b' ');
        key.seal(&claims, entropy)
    }

    /// What the link says, when it is one of this key's and has not ended.
    ///
    /// # Errors
    /// One for all that is wrong with a link: what it was is not told.
    pub fn open(link: &str, key: &LinkKey, now: Timestamp) -> Result<Claims, NoLink> {
        let claims = key.open(link)?;
        let form: Form<'_> = serde_json::from_slice(&claims).map_err(|_| NoLink)?;
        let second = |s| Timestamp::from_second(s).map_err(|_| NoLink);
        let claims = Claims {
            who: SubjectId::read(form.who).ok_or(NoLink)?,
            may: form.may,
            categories: form.categories,
            made: second(form.made)?,
            until: second(form.until)?,
        };
        match form.v == 1 && now < claims.until {
            true => Ok(claims),
            false => Err(NoLink),
        }
    }

    /// True when consent can be given with it, and not withdrawn alone.
    pub fn may_grant(&self) -> bool {
        let life = self.until.duration_since(self.made);
        self.may == May::Prefs && life <= GRANT_LIFE_MAX
    }

    /// True when it is about that category.
    pub fn is_about(&self, category: &str) -> bool {
        self.categories.is_empty() || self.categories.iter().any(|c| c == category)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::crypto::entropy::OsEntropy;
    use crate::crypto::kdf::{KeyHandle, Root};
    use std::sync::Arc;

    pub(crate) fn key() -> LinkKey {
        LinkKey::new(&KeyHandle {
            id: "subjects:1".parse().unwrap(),
            root: Arc::new(Root::new(&[7; 32])),
        })
    }

    pub(crate) fn claims(may: May, life: SignedDuration) -> Claims {
        let made = "2026-03-01T12:00:00Z".parse().unwrap();
        Claims {
            who: SubjectId([9; 16]),
            may,
            categories: Vec::new(),
            made,
            until: made + life,
        }
    }

    #[test]
    fn a_link_says_what_it_was_made_of_until_it_ends() {
        let mut made = claims(May::Withdraw, WITHDRAW_LIFE);
        made.categories = vec!["Ads \u{1f600}".into(), "\"".into()];
        let link = made.seal(&key(), &mut OsEntropy).unwrap();
        let second = SignedDuration::from_secs(1);
        let open = |now| Claims::open(&link, &key(), now);
        assert_eq!(open(made.made).unwrap(), made);
        assert_eq!(open(made.until - second).unwrap(), made);
        // By a second, and for ever.
        assert_eq!(open(made.until), Err(NoLink));
        assert_eq!(open(Timestamp::MAX), Err(NoLink));
        assert!(made.is_about("\"") && !made.is_about("Ads"));
        assert!(claims(May::Prefs, PREFS_LIFE).is_about("Ads"));
        assert!(!format!("{made:?}").contains("CQkJ"), "{made:?}");
    }

    #[test]
    fn only_a_short_link_to_decide_can_grant() {
        let day = GRANT_LIFE_MAX;
        let second = SignedDuration::from_secs(1);
        for (may, life, grants) in [
            (May::Prefs, PREFS_LIFE, true),
            (May::Prefs, day, true),
            (May::Prefs, day + second, false),
            (May::Prefs, LIFE_MAX, false),
            (May::Withdraw, PREFS_LIFE, false),
        ] {
            assert_eq!(claims(may, life).may_grant(), grants, "{may:?} {life}");
        }
    }

    #[test]
    fn the_length_of_a_link_tells_little() {
        let len = |categories: &[&str]| {
            let mut claims = claims(May::Prefs, PREFS_LIFE);
            claims.categories = categories.iter().map(|c| (*c).to_owned()).collect();
            claims.seal(&key(), &mut OsEntropy).unwrap().len()
        };
        assert_eq!(len(&["A"]), len(&["Ads"]));
        assert_eq!(len(&[]), len(&["Analytics"]));
    }

    #[test]
    fn claims_that_nobody_here_wrote_open_nothing() {
        let who = SubjectId([9; 16]).text();
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let of = |claims: &str| {
            let link = key().seal(claims.as_bytes(), &mut OsEntropy).unwrap();
            Claims::open(&link, &key(), now)
        };
        let good = format!(r#"{{"v":1,"who":"{who}","may":"prefs","made":0,"until":9999999999}}"#);
        assert!(of(&good).is_ok());
        for bad in [
            String::new(),
            "null".into(),
            good.replace("\"v\":1", "\"v\":2"),
            good.replace(&who, &who[..21]),
            good.replace("prefs", "all"),
            good.replace("9999999999", "99999999999999999"),
            good.replace("9999999999", "\"never\""),
            good.replace('}', ",\"x\":1}"),
        ] {
            assert_eq!(of(&bad), Err(NoLink), "{bad}");
        }
    }
}
