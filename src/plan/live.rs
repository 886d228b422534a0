//! Consent as people are asked for it.

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
