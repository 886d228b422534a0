//! E-mail addresses: the first letters of the mailbox and the domain, or less.

use std::collections::BTreeSet;

use super::character::{character, width};
use crate::action::characters::{Characters, DOMAIN};
use crate::action::{Degree, Dial, Facts, Grade, Growth, Reveals, Setting, param};
use crate::canon::Canon;
use crate::canon::network::is_address;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Reason;
use crate::record::value::View;

/// `email: { keep_first, domain }`.
pub(super) const EMAIL: Shape = Shape {
    name: "email",
    words: &[
        word(
            "keep_first",
            Takes::Integer(0, 3),
            "Characters kept before the `@`.",
        )
        .default("1"),
        word(
            "domain",
            Takes::OneOf(&["keep", "tld", "none"]),
            "The domain, what is behind its last dot, or nothing of it.",
        )
        .default("keep"),
    ],
};

/// Mask characters, however many are masked.
const MASKS: usize = 3;

/// What stays of an address.
#[derive(Clone)]
pub(super) struct Mailbox {
    keep_first: usize,
    domain: Domain,
    with: char,
    canon: Canon,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Keep,
    Tld,
    None,
}

impl Mailbox {
    /// `email`; `None` when a finding was added.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Mailbox> {
        for word in ["keep_first", "keep_last", "skip", "fixed_length"] {
            let why = "of an address, `email` says what stays";
            param::not_together(mapping, "email", word, why);
        }
        let why = "a number is no address";
        param::not_together(mapping, "email", "numbers", why);
        let with = character(mapping, "with").unwrap_or('*');
        let node = mapping.node("email")?;
        let mut inside = Mapping::open(node, &EMAIL, mapping.findings)?;
        let keep_first = inside.integer("keep_first").map_or(1, |n| n as usize);
        let domain = match inside.one_of("domain") {
            Some("tld") => Domain::Tld,
            Some("none") => Domain::None,
            _ => Domain::Keep,
        };
        Some(Mailbox {
            keep_first,
            domain,
            with,
            canon: Canon::from_words(["email"]).expect("`email` is a canonicaliser"),
        })
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            writes: Characters::of(DOMAIN).and(&Characters::from_iter([self.with, '@'])),
            grade: (self.domain == Domain::Keep).then_some(Grade::EmailDomain),
            ..Facts::default()
        }
    }

    pub(super) fn grows(&self) -> Growth {
        // A domain in another script is written in ASCII, of 253 characters at most; each
        // character before it as an escape.
        Growth::by(253 + 6 * self.keep_first + 2 * MASKS * width(self.with) + 2)
    }

    pub(super) fn reveals(&self) -> Reveals {
        let domain = match self.domain {
            Domain::None => 0,
            Domain::Tld => 1,
            Domain::Keep => 2,
        };
        let mut reveals = Reveals::of(Degree::Portion).spelled(
            &["keep_first", "keep_last", "skip"],
            Setting::Stay(self.keep_first, 0, BTreeSet::new()),
        );
        reveals.dials.push(Dial {
            word: "email",
            spelled: &["domain"],
            at: Setting::Amount(Some(domain)),
        });
        reveals
    }

    pub(super) fn says(&self) -> String {
        let domain = match self.domain {
            Domain::Keep => " and the domain of the e-mail address",
            Domain::Tld => " of the e-mail address and what is behind its last dot",
            Domain::None => " of the e-mail address",
        };
        let first = match self.keep_first {
            0 => "nothing before the `@`".to_owned(),
            n => format!("the first {n} characters"),
        };
        format!(
            "{first}{domain}, {MASKS} times `{}` in place of what is left out; a mailbox that is not longer is masked whole",
            self.with
        )
    }

    /// What is left of an address, in `text`; `bytes` is room.
    ///
    /// # Errors
    /// [`Reason::BadIdentifier`]: the text is no address, words for nothing too.
    pub(super) fn write<'t>(
        &self,
        view: View<'_>,
        text: &'t mut String,
        bytes: &mut Vec<u8>,
    ) -> Result<&'t str, Reason> {
        bytes.clear();
        if !self.canon.value(view, text, bytes)? {
            return Err(Reason::BadIdentifier);
        }
        // Behind the tag of a text.
        let address = std::str::from_utf8(&bytes[1..]).map_err(|_| Reason::BadIdentifier)?;
        let (local, domain) = address.rsplit_once('@').ok_or(Reason::BadIdentifier)?;
        if is_address(domain.as_bytes()) {
            return Err(Reason::BadIdentifier);
        }
        text.clear();
        let mut kept = local.char_indices();
        // The first character that is masked; none: it is masked whole.
        if let Some((end, _)) = kept.nth(self.keep_first) {
            text.push_str(&local[..end]);
        }
        let masks = || std::iter::repeat_n(self.with, MASKS);
        text.extend(masks());
        match self.domain {
            Domain::Keep => {
                text.push('@');
                text.push_str(domain);
            }
            Domain::Tld => {
                text.push('@');
                text.extend(masks());
                text.push_str(&domain[domain.rfind('.').unwrap_or(0)..]);
            }
            Domain::None => {}
        }
        Ok(text)
    }
}
