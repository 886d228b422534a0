//! Which words of a policy name which canonicaliser.

use super::mailbox::Mailbox;
use super::phone2::Home;
use super::{Canon, Chain, Kind, e164};
use crate::record::Nothing;

/// Words that name no canonicaliser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCanon {
    /// Not a word of the list.
    #[error(
        "`{0}` is no canonicaliser: known are strip, text, trim, nfc, lower, email, email_gmail, email_plus, phone@2(REGION), phone@2(+), phone(REGION) and raw"
    )]
    Unknown(String),
    /// The same word twice.
    #[error("`{0}` stands twice")]
    Twice(&'static str),
    /// `raw`, `phone`, the e-mail words and `phone@2` do the whole work, but for
    /// `strip` before the last two, and `text` before the last.
    #[error(
        "`{0}` stands alone: it does the whole work itself (`strip` may stand beside `phone@2` and the e-mail words, `text` beside `phone@2`)"
    )]
    Alone(&'static str),
    /// `phone` without a region.
    #[error(
        "`phone` needs the region whose prefixes a number without `+` is read by: phone(DE), or phone(-) to refuse those"
    )]
    NoRegion,
    /// `phone@2` without a region.
    #[error(
        "`phone@2` needs the region that a number without `+` is read as from: phone@2(DE), or phone@2(+) where each begins with its country code"
    )]
    NoHome,
    /// A region that the table does not have.
    #[error(
        "`{0}` is no region with numbers of its own: it must be two upper-case letters of ISO 3166, or `-`"
    )]
    Region(String),
    /// The same behind `phone@2`.
    #[error(
        "`{0}` is no region with numbers of its own: it must be two upper-case letters of ISO 3166, or `+`"
    )]
    Home(String),
}

impl Canon {
    /// Type and text as they are (after unescaping): no canonicaliser.
    pub fn raw() -> Canon {
        Canon::of(Kind::Raw)
    }

    /// The canonicaliser that these words of a policy name, in any order:
    /// `strip`, `text`, `trim`, `nfc`, `lower`; or `email`, `email_gmail`,
    /// `email_plus`, `phone@2(RR)`, `phone@2(+)`, with `strip` (the last two with
    /// `text` too); or alone `phone(RR)`, `raw`. Ids (`trim@1`, `fold@1`,
    /// `phone@1:DE`) and several joined by `+` are taken too; no words at all are
    /// `raw`.
    ///
    /// # Errors
    /// When a word is none, stands twice, or must stand alone.
    pub fn from_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Canon, BadCanon> {
        let (mut chain, mut strip) = (Chain::default(), false);
        let mut alone = None;
        let mut count = 0;
        for word in words.into_iter().flat_map(split) {
            count += 1;
            let word = word.trim();
            let (name, slot) = match word.strip_suffix("@1").unwrap_or(word) {
                "strip" => ("strip", &mut strip),
                "text" => ("text", &mut chain.text),
                "trim" => ("trim", &mut chain.trim),
                "nfc" => ("nfc", &mut chain.nfc),
                "lower" | "fold" => ("lower", &mut chain.fold),
                "email" => {
                    alone = Some(("email", Kind::Email(Mailbox::AsWritten)));
                    continue;
                }
                "email_gmail" => {
                    alone = Some(("email_gmail", Kind::Email(Mailbox::Gmail)));
                    continue;
                }
                "email_plus" => {
                    alone = Some(("email_plus", Kind::Email(Mailbox::Plus)));
                    continue;
                }
                "raw" => {
                    alone = Some(("raw", Kind::Raw));
                    continue;
                }
                _ if word.starts_with("phone@2") => {
                    let (home, text) = (home(word)?, false);
                    alone = Some(("phone@2", Kind::Phone2 { home, text }));
                    continue;
                }
                _ => {
                    alone = Some(("phone", Kind::Phone(phone_region(word)?)));
                    continue;
                }
            };
            if std::mem::replace(slot, true) {
                return Err(BadCanon::Twice(name));
            }
        }
        let Some((name, mut kind)) = alone else {
            let kind = if count == 0 {
                Kind::Raw
            } else {
                Kind::Chain(chain)
            };
            return Ok(Canon::with_strip(kind, strip));
        };
        let beside = match &mut kind {
            Kind::Email(_) => usize::from(strip),
            Kind::Phone2 { text, .. } => {
                *text = chain.text;
                usize::from(strip) + usize::from(chain.text)
            }
            _ => 0,
        };
        if count > 1 + beside {
            return Err(BadCanon::Alone(name));
        }
        Ok(Canon::with_strip(kind, strip))
    }

    /// That kind, nothing before it.
    pub(super) fn of(kind: Kind) -> Canon {
        Canon::with_strip(kind, false)
    }

    fn with_strip(kind: Kind, strip: bool) -> Canon {
        let mut ids: Vec<String> = Vec::new();
        let mut add = |on: bool, id: &str| ids.extend(on.then(|| id.to_owned()));
        add(strip, "strip@1");
        match kind {
            Kind::Raw => add(true, "raw@1"),
            Kind::Email(Mailbox::AsWritten) => add(true, "email@1"),
            Kind::Email(Mailbox::Gmail) => add(true, "email_gmail@1"),
            Kind::Email(Mailbox::Plus) => add(true, "email_plus@1"),
            Kind::Phone(region) => {
                add(true, &format!("phone@1:{}", region.map_or("-", |r| r.name)));
            }
            Kind::Phone2 { home, text } => {
                let name = match home {
                    Home::Region(region) => region.name,
                    Home::Code => "+",
                };
                add(text, "text@1");
                add(true, &format!("phone@2:{name}"));
            }
            Kind::Chain(chain) => {
                add(chain.text, "text@1");
                add(chain.trim, "trim@1");
                add(chain.nfc, "nfc@1");
                add(chain.fold, "fold@1");
            }
        }
        Canon {
            kind,
            strip,
            id: ids.join("+").into(),
            nothing: Nothing::default(),
        }
    }
}

/// The ids that a word joins by `+`; that of `phone@2:+` and `phone@2(+)` joins none.
fn split(words: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(words);
    std::iter::from_fn(move || {
        let all = rest?;
        let joins = |at: &usize| !all[..*at].ends_with([':', '(']);
        let at = all.match_indices('+').map(|(at, _)| at).find(joins);
        rest = at.map(|at| &all[at + 1..]);
        Some(&all[..at.unwrap_or(all.len())])
    })
}

/// `phone(DE)`, `phone(-)`, or the ids `phone@1:DE`, `phone@1:-`.
fn phone_region(word: &str) -> Result<Option<&'static e164::Region>, BadCanon> {
    match behind(word, "phone(", "phone@1:") {
        Some("-") => Ok(None),
        Some(name) => e164::region(name)
            .map(Some)
            .ok_or_else(|| BadCanon::Region(name.to_owned())),
        None if matches!(word, "phone" | "phone@1") => Err(BadCanon::NoRegion),
        None => Err(BadCanon::Unknown(word.to_owned())),
    }
}

/// `phone@2(DE)`, `phone@2(+)`, or the ids `phone@2:DE`, `phone@2:+`.
fn home(word: &str) -> Result<Home, BadCanon> {
    match behind(word, "phone@2(", "phone@2:") {
        Some("+") => Ok(Home::Code),
        Some(name) => e164::region(name)
            .map(Home::Region)
            .ok_or_else(|| BadCanon::Home(name.to_owned())),
        None if word == "phone@2" => Err(BadCanon::NoHome),
        None => Err(BadCanon::Unknown(word.to_owned())),
    }
}

/// What stands behind a word in brackets, or behind an id.
fn behind<'w>(word: &'w str, bracket: &str, id: &str) -> Option<&'w str> {
    word.strip_prefix(bracket)
        .and_then(|rest| rest.strip_suffix(')'))
        .or_else(|| word.strip_prefix(id))
        .map(str::trim)
}
