//! Personal data in a text, found by its form: one pass over the text, and around
//! what begins like something a look at a bounded window.
//!
//! Whatever is found begins where a word begins. Of what begins at one place the
//! longest counts, of equally long ones the first of the list; behind it the search
//! goes on, so that nothing found is cut by something else.

mod best;
mod chain;
mod coin;
mod context;
mod folded;
mod kind;
mod mail;
mod network;
mod number;
mod person;
mod secret;
mod text;

use self::best::{Best, Wanted};
pub(super) use self::best::{Hit, Region};
use self::folded::Folded;
pub(super) use self::folded::as_it_looks;
pub(super) use self::kind::{KINDS, Kind, NAMES};
use self::mail::Local;
use self::text::{DIGIT, HIGH, UNDERSCORE, UPPER, Word};

/// Looks for some kinds of personal data.
#[derive(Clone)]
pub(super) struct Finder(Wanted);

impl Finder {
    /// Of those kinds.
    pub(super) fn new(kinds: &[Kind], sure: bool, regions: Vec<Region>) -> Finder {
        Finder(Wanted {
            kinds: kinds.iter().fold(0, |all, kind| all | kind.bit()),
            sure,
            regions: regions.into(),
        })
    }

    /// Hands each hit to `found`, in order. `more` says whether something else begins
    /// at a word: its end. What the text looks like is searched, and places are those of
    /// the text as it is written.
    pub(super) fn each(
        &self,
        text: &str,
        more: &mut dyn FnMut(usize) -> Option<(usize, Kind)>,
        found: &mut dyn FnMut(Hit),
    ) {
        let Some(folded) = Folded::of(text) else {
            return self.each_of(text, more, found);
        };
        let mut more = |at: usize| {
            let (end, kind) = more(folded.start(at))?;
            let end = folded.end_of(end);
            (end > at).then_some((end, kind))
        };
        self.each_of(&folded.text, &mut more, &mut |hit| {
            found(Hit {
                start: folded.start(hit.start),
                end: folded.end(hit.end, text),
                kind: hit.kind,
            });
        });
    }

    fn each_of(
        &self,
        text: &str,
        more: &mut dyn FnMut(usize) -> Option<(usize, Kind)>,
        found: &mut dyn FnMut(Hit),
    ) {
        let bytes = text.as_bytes();
        let mut local = Local::default();
        let (mut at, mut floor) = (0, 0);
        while at < bytes.len() {
            text::looked(1);
            let begins = match bytes[at] {
                _ if text::is_word_at(text, at) => {
                    let (end, bits) = text::word(text, at);
                    let word = Word {
                        text,
                        start: at,
                        end,
                        bits,
                        floor,
                    };
                    at = end;
                    self.begins(&word, &mut local, more)
                }
                _ => {
                    let start = at;
                    at += text[at..].chars().next().map_or(1, char::len_utf8);
                    self.marked(text, start, floor)
                }
            };
            if let Some(hit) = begins {
                found(hit);
                (at, floor) = (hit.end, hit.end);
            }
        }
    }

    /// True when the text holds something that a check digit or its syntax tells.
    pub(super) fn is_any(&self, text: &str) -> bool {
        let mut any = false;
        self.each(text, &mut |_| None, &mut |_| any = true);
        any
    }

    /// What begins at a word.
    fn begins(
        &self,
        word: &Word<'_>,
        local: &mut Local,
        more: &mut dyn FnMut(usize) -> Option<(usize, Kind)>,
    ) -> Option<Hit> {
        let mut best = Best::new(&self.0, word.floor);
        if let Some((end, kind)) = more(word.start) {
            best.offer_always(kind, word.start, end);
        }
        let (next, _) = text::mark_at(word.bytes(), word.end);
        let marked = matches!(next, b'@' | b':') || mail::is_mark(next);
        // Most words are letters and a blank.
        let short = word.bits == UPPER && word.len() == 2;
        if word.bits == UPPER && word.len() == 16 {
            person::offer_letters(word, &mut best);
        }
        if word.bits & (DIGIT | UNDERSCORE | HIGH) == 0 && !marked && !short {
            return best.hit;
        }
        if best.wants(Kind::Email) {
            best.offer(Kind::Email, word.start, local.address_from(word));
        }
        best.offer(Kind::Url, word.start, mail::url(word));
        secret::offer(word, &mut best);
        if word.bits & DIGIT != 0 || matches!(next, b':' | b'-') {
            network::offer(word, &mut best);
            person::offer(word, &mut best);
            coin::offer(word, &mut best);
        }
        if word.byte(word.start).is_ascii_digit() {
            number::offer(word, &mut best);
        }
        if short {
            person::offer_short(word, &mut best);
        }
        best.hit
    }

    /// What begins with a mark: `::1`, `-----BEGIN`.
    fn marked(&self, text: &str, start: usize, floor: usize) -> Option<Hit> {
        let mut best = Best::new(&self.0, floor);
        match text.as_bytes()[start] {
            b':' => best.offer(Kind::Ipv6, start, network::compressed(text, start)),
            b'-' => best.offer(Kind::Secret, start, secret::armour(text, start)),
            _ => {}
        }
        best.hit
    }
}

#[cfg(test)]
mod tests;
