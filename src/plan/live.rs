//! Consent that is followed while the stream runs: where it lies, and what of it counts.

use std::sync::Arc;

use crate::canon::Canon;
use crate::crypto::kdf::KeyHandle;
use crate::crypto::subject_index::SubjectIndex;
use crate::record::SubjectId;

use super::{Plan, ReadId};

/// A topic of decisions, and how it decides.
pub struct LiveConsent {
    /// The compacted topic of decisions.
    pub topic: Arc<str>,
    /// Where each decision is kept as evidence before it counts. Nothing decides by it.
    pub history: Arc<str>,
    /// Where instances tell of each other: requests, tasks, heartbeats, canaries.
    pub control: Arc<str>,
    /// How it is written.
    pub format: StateFormat,
    /// Who can grant.
    pub grants: Grants,
    /// How long a batch waits before it is decided, in milliseconds.
    pub settle_ms: i64,
    /// How long it may be unknown whether there are newer decisions, in milliseconds.
    pub stale_after_ms: i64,
    /// How long the stream is held then, in milliseconds, until gated outputs are denied
    /// instead; `None`: for ever.
    pub hold_ms: Option<i64>,
    /// A grant without an end of its own ends so long after it was given, in milliseconds.
    pub expires_ms: Option<i64>,
}

/// How a topic of decisions is written.
pub enum StateFormat {
    /// One record a person and category, as this program writes them.
    Veil,
    /// One record a person, as somebody else writes them.
    Json(Box<Theirs>),
}

/// A topic of decisions that somebody else writes: its key is the identifier of a
/// person, its value all that they decided.
pub struct Theirs {
    /// Of which kind the keys are: a place in [`Plan::subjects`].
    pub kind: usize,
    /// What reads a value: its signals, under the categories of the plan, and nothing
    /// that leaves.
    pub reads: Arc<Plan>,
}

/// Who can grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grants {
    /// A signal in the event too, where the topic of decisions is silent.
    Any,
    /// The topic of decisions alone; signals can still deny.
    State,
}

/// By what people are found again where their consent is kept.
pub struct Rights {
    /// The key of an entry of its own: names of people, and links that lead them to
    /// their page.
    pub key: KeyHandle,
    /// How long the mark of an erased person is kept, in milliseconds.
    pub retain_ms: i64,
    /// How long the history of decisions is kept, in milliseconds.
    pub proof_ms: i64,
}

/// A category of consent, as people are asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its name, in signals, decisions and `needs_consent`.
    pub name: String,
    /// Its place in [`Plan::categories`]; `None`: no output needs it.
    pub bit: Option<u8>,
    /// What it is called.
    pub title: Wording,
    /// What people are told before they decide; may be empty.
    pub text: Wording,
    /// The purposes that it permits, as the policy says; with those below them.
    pub purposes: Vec<String>,
    /// It is an explicit consent (GDPR article 9(2)(a)).
    pub explicit: bool,
}

/// A text for people: one, or one for each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// Language tag and text, in the order of the policy; the empty tag stands for every
    /// language.
    texts: Vec<(String, String)>,
}

impl Wording {
    /// One text for every language.
    pub fn of(text: &str) -> Wording {
        Wording {
            texts: vec![(String::new(), text.to_owned())],
        }
    }

    /// A text for each language, by its tag (RFC 5646).
    pub fn in_languages(texts: Vec<(String, String)>) -> Wording {
        Wording { texts }
    }

    /// All of it, each text behind the tag of its language.
    pub fn all(&self) -> String {
        let texts = self.texts.iter().map(|(tag, text)| match tag.as_str() {
            "" => text.clone(),
            tag => format!("{tag}: {text}"),
        });
        texts.collect::<Vec<_>>().join("; ")
    }

    /// The tags of the languages that it has a text for; none: one text for all.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        let tags = self.texts.iter().map(|(tag, _)| tag.as_str());
        tags.filter(|tag| !tag.is_empty())
    }

    /// The tag of the text that [`Wording::text`] takes for that language; empty: it
    /// stands for every language. `None`: there is no text.
    pub fn tag(&self, language: &str) -> Option<&str> {
        self.nearest(language).map(|(tag, _)| tag.as_str())
    }

    /// The text in that language: of the same tag, or of a tag with the same first part;
    /// otherwise the first. `None`: there is no text.
    pub fn text(&self, language: &str) -> Option<&str> {
        self.nearest(language).map(|(_, text)| text.as_str())
    }

    fn nearest(&self, language: &str) -> Option<&(String, String)> {
        fn first(tag: &str) -> &str {
            tag.split('-').next().unwrap_or(tag)
        }
        let all = || self.texts.iter();
        let same = all().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        let near = || all().find(|(tag, _)| first(tag).eq_ignore_ascii_case(first(language)));
        same.or_else(near).or_else(|| self.texts.first())
    }
}

/// Identifiers of one kind, and where they stand.
pub struct SubjectKind {
    /// What it is called: `customer`, `email`.
    pub name: Box<str>,
    /// What counts as one identifier.
    pub canon: Canon,
    /// Makes the names under which people are kept; `None`: the policy keeps nothing.
    pub index: Option<SubjectIndex>,
}

/// A place where an identifier of a person may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Where.
    pub(crate) read: ReadId,
    /// Its kind: a place in [`Plan::subjects`].
    pub(crate) kind: u16,
}

impl SubjectKind {
    /// How the person is called whose identifier that text is, in `scratch`.
    /// `None`: it stands for nobody, or the policy keeps nothing.
    ///
    /// # Errors
    /// Why the text is no identifier of this kind.
    pub fn named(&self, text: &str) -> Result<Option<SubjectId>, crate::record::Reason> {
        use crate::record::value::{Text, TextForm, View};
        let (mut value, mut scratch) = (Vec::new(), String::new());
        let view = View::Text(Text::new(text, TextForm::Plain));
        let is_there = self.canon.value(view, &mut scratch, &mut value)?;
        let index = self.index.as_ref().filter(|_| is_there);
        Ok(index.map(|index| index.id(&value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_the_nearest_language() {
        let text = |tag: &str, text: &str| (tag.to_owned(), text.to_owned());
        let wording = Wording::in_languages(vec![text("en", "Ads"), text("de-AT", "Werbung")]);
        for (language, found) in [
            ("en", "Ads"),
            ("EN-gb", "Ads"),
            ("de-at", "Werbung"),
            ("de", "Werbung"),
            ("de-CH", "Werbung"),
            ("fr", "Ads"),
            ("", "Ads"),
        ] {
            assert_eq!(wording.text(language), Some(found), "{language}");
        }
        assert_eq!(wording.languages().collect::<Vec<_>>(), ["en", "de-AT"]);
        let one = Wording::of("Ads");
        assert_eq!((one.text("fr"), one.languages().count()), (Some("Ads"), 0));
        assert_eq!(Wording::default().text("en"), None);
    }
}
