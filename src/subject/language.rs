//! In which language a page speaks: one of those that the policy has texts in.

use super::words::Words;
use crate::plan::live::Category;

/// Longest `Accept-Language` that is read, in bytes.
const HEADER_MAX: usize = 1 << 10;
/// Most languages of one that are looked at.
const RANGES_MAX: usize = 32;

/// The language of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its tag (RFC 5646), for the texts of categories.
    pub(super) tag: String,
}

impl Language {
    /// The first language of `Accept-Language` (RFC 9110 section 12.5.4) that the
    /// categories have a text in; otherwise the first of their languages. Where their
    /// texts are of no language, the page has the words of the reader's, if it has them.
    pub fn chosen(accept: Option<&str>, categories: &[Category]) -> Language {
        let mut offered: Vec<&str> = Vec::new();
        for category in categories {
            for tag in category.title.languages().chain(category.text.languages()) {
                if !offered.contains(&tag) {
                    offered.push(tag);
                }
            }
        }
        if offered.is_empty() {
            offered = Words::ALL.iter().map(|words| words.tag).collect();
        }
        let accepted = accept.filter(|header| header.len() <= HEADER_MAX);
        let mut ranges: Vec<(&str, u16)> = accepted
            .unwrap_or_default()
            .split(',')
            .take(RANGES_MAX)
            .filter_map(range)
            .collect();
        // Those that weigh the same stay in their order.
        ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        let found = ranges.iter().find_map(|(range, _)| among(range, &offered));
        Language {
            tag: found.unwrap_or(offered[0]).to_owned(),
        }
    }

    /// What a category is called in it, and what is told of it.
    pub fn of<'c>(&self, category: &'c Category) -> (&'c str, &'c str) {
        let title = category.title.text(&self.tag).unwrap_or(&category.name);
        (title, category.text.text(&self.tag).unwrap_or_default())
    }

    /// The words of the page itself.
    pub(super) fn words(&self) -> &'static Words {
        let primary = primary(&self.tag);
        let mut all = Words::ALL.iter();
        all.find(|words| words.tag.eq_ignore_ascii_case(primary))
            .unwrap_or(&Words::ALL[0])
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// A language and its weight in thousandths; none without weight.
fn range(text: &str) -> Option<(&str, u16)> {
    let (range, parameters) = match text.split_once(';') {
        Some((range, parameters)) => (range.trim(), Some(parameters.trim())),
        None => (text.trim(), None),
    };
    let weight = match parameters {
        None => 1_000,
        Some(parameters) => {
            let weight: f32 = parameters.strip_prefix("q=")?.trim().parse().ok()?;
            // A weight has three digits (RFC 9110 section 12.4.2).
            (weight.clamp(0.0, 1.0) * 1_000.0) as u16
        }
    };
    (weight > 0 && !range.is_empty()).then_some((range, weight))
}

/// The offered language that fits the range: the same, else one of the same first part.
fn among<'t>(range: &str, offered: &[&'t str]) -> Option<&'t str> {
    if range == "*" {
        return offered.first().copied();
    }
    let same = offered.iter().find(|tag| tag.eq_ignore_ascii_case(range));
    let near = || {
        let mut offered = offered.iter();
        offered.find(|tag| primary(tag).eq_ignore_ascii_case(primary(range)))
    };
    same.or_else(near).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::live::Wording;

    fn category(tags: &[&str]) -> Category {
        let texts = tags.iter().map(|t| ((*t).to_owned(), "x".to_owned()));
        Category {
            title: match tags {
                [] => Wording::of("x"),
                _ => Wording::in_languages(texts.collect()),
            },
            ..super::super::page::tests::category("Ads")
        }
    }

    #[test]
    fn the_reader_s_first_language_that_there_is_is_taken() {
        let offered = [category(&["en", "de-AT"]), category(&["fr"])];
        for (accept, tag) in [
            (None, "en"),
            (Some(""), "en"),
            (Some("de"), "de-AT"),
            (Some("DE-ch, en;q=0.5"), "de-AT"),
            (Some("it, fr;q=0.9, en;q=0.8"), "fr"),
            (Some("en;q=0.2, fr; q=0.7"), "fr"),
            (Some("de;q=0, fr"), "fr"),
            (Some("it, *;q=0.1"), "en"),
            (Some("it"), "en"),
            (Some("de;q=x, ;;;, -, fr;q=0.001"), "fr"),
            (Some("\u{1f600},\0"), "en"),
        ] {
            let chosen = Language::chosen(accept, &offered);
            assert_eq!(chosen.tag, tag, "{accept:?}");
        }
        let long = "de,".repeat(10_000);
        assert_eq!(Language::chosen(Some(&long), &offered).tag, "en");
    }

    #[test]
    fn the_page_speaks_german_or_english() {
        let words = |accept, offered: &[Category]| Language::chosen(accept, offered).words().tag;
        let plain = [category(&[])];
        assert_eq!(words(Some("de-CH"), &plain), "de");
        assert_eq!(words(Some("fr"), &plain), "en");
        assert_eq!(words(None, &plain), "en");
        // Of what the policy says nothing in there are no words either.
        let english = [category(&["en"])];
        assert_eq!(words(Some("de"), &english), "en");
        let french = [category(&["fr", "de"])];
        assert_eq!(words(Some("fr"), &french), "en");
        assert_eq!(words(Some("de"), &french), "de");
    }
}
