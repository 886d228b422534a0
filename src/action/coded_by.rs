//! What decides which code a value gets, besides key and domain.

use std::fmt;

/// The words of an action that decide its codes, each with how it is set: two fields
/// where all of them are the same join.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodedBy(Vec<(&'static str, String)>);

impl CodedBy {
    /// The same with a word more; one that is set to nothing says nothing.
    #[must_use]
    pub(crate) fn with(mut self, word: &'static str, set: impl Into<String>) -> CodedBy {
        let set = set.into();
        if !set.is_empty() {
            self.0.push((word, set));
        }
        self
    }

    /// What that word is set to.
    pub(crate) fn word(&self, word: &str) -> Option<&str> {
        let mut words = self.0.iter();
        words
            .find(|(name, _)| *name == word)
            .map(|(_, set)| set.as_str())
    }

    /// Every word that is not set alike, with what it is set to in both; `None`: to
    /// nothing.
    pub(crate) fn beside<'c>(
        &'c self,
        other: &'c CodedBy,
    ) -> Vec<(&'static str, [Option<&'c str>; 2])> {
        let mut words: Vec<&'static str> = Vec::new();
        for (word, _) in self.0.iter().chain(&other.0) {
            if !words.contains(word) {
                words.push(word);
            }
        }
        let both = words
            .into_iter()
            .map(|word| (word, [self.word(word), other.word(word)]));
        both.filter(|(_, [a, b])| a != b).collect()
    }
}

/// In words; what the policy sets stands in backticks.
impl fmt::Display for CodedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (word, set)) in self.0.iter().enumerate() {
            let between = if n == 0 { "" } else { ", " };
            write!(f, "{between}{word} `{set}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_nothing_is_no_word() {
        let one = CodedBy::default()
            .with("space", "")
            .with("normalize", "email@1")
            .with("epoch", "month");
        assert_eq!(one.to_string(), "normalize `email@1`, epoch `month`");
        let other = CodedBy::default()
            .with("space", "s")
            .with("normalize", "email@1");
        let told = one.beside(&other);
        assert_eq!(
            told,
            [
                ("epoch", [Some("month"), None]),
                ("space", [None, Some("s")])
            ]
        );
        assert_eq!(one.beside(&one), []);
    }
}
