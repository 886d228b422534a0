//! The types of JSON that a value can have.

/// Several types, of which a value has one. A whole number is an integer, another one is
/// not: `number` is both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Types(u8);

impl Types {
    /// None: there is no such value.
    pub const NONE: Types = Types(0);
    /// `null`.
    pub const NULL: Types = Types(1);
    /// `true` and `false`.
    pub const BOOL: Types = Types(1 << 1);
    /// Whole numbers.
    pub const INTEGER: Types = Types(1 << 2);
    /// Every number.
    pub const NUMBER: Types = Types(1 << 2 | 1 << 3);
    /// Texts.
    pub const TEXT: Types = Types(1 << 4);
    /// Arrays.
    pub const ARRAY: Types = Types(1 << 5);
    /// Objects.
    pub const OBJECT: Types = Types(1 << 6);
    /// All of them: nothing is known.
    pub const ALL: Types = Types((1 << 7) - 1);

    /// Each with the word that a schema has for it, in the order in which they are printed.
    pub(super) const WORDS: [(Types, &'static str); 7] = [
        (Types::NULL, "null"),
        (Types::BOOL, "boolean"),
        (Types::NUMBER, "number"),
        (Types::INTEGER, "integer"),
        (Types::TEXT, "string"),
        (Types::ARRAY, "array"),
        (Types::OBJECT, "object"),
    ];

    /// That of a word; `None`: it is none.
    pub(super) fn of_word(word: &str) -> Option<Types> {
        let found = Types::WORDS.iter().find(|(_, known)| *known == word);
        found.map(|(types, _)| *types)
    }

    /// Those of both.
    #[must_use]
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Those that both have.
    #[must_use]
    pub const fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    /// Without those.
    #[must_use]
    pub const fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    /// True when all of those are among them.
    pub const fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when there is none.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The words of a schema for them: of numbers the wider one.
    pub(super) fn words(self) -> Vec<&'static str> {
        let is_said = |(types, word): &(Types, &str)| {
            self.has(*types) && !(*word == "integer" && self.has(Types::NUMBER))
        };
        let all = Types::WORDS.iter().filter(|one| is_said(one));
        all.map(|(_, word)| *word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_a_number_and_is_said_once() {
        assert_eq!(Types::ALL.words().len(), 6);
        assert_eq!(Types::NUMBER.and(Types::INTEGER), Types::INTEGER);
        assert_eq!(Types::INTEGER.or(Types::NULL).words(), ["null", "integer"]);
        assert_eq!(Types::NUMBER.or(Types::INTEGER).words(), ["number"]);
        assert!(Types::NUMBER.has(Types::INTEGER) && !Types::INTEGER.has(Types::NUMBER));
        for (types, word) in Types::WORDS {
            assert_eq!(Types::of_word(word), Some(types));
            assert_eq!(types.words(), [word]);
        }
    }
}
