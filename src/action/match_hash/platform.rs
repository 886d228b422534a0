//! Which fields each platform takes as a hash, and how it wants them written before.
//!
//! Read at their own pages, in November 2026: Google, "Format user data" of the Data
//! Manager API; Meta, "Customer Information Parameters" of the Conversions API (9 January
//! 2026); Snap, "Parameters" of the Conversions API; LinkedIn, "Segment users" (Microsoft
//! Learn); Pinterest, schema `ConversionEventsUserData` of its API v5. TikTok's two pages on
//! customer files (June and August 2025) say two things of `+` in a telephone number and of
//! `+tag` in an address: no profile is made of that.

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Google,
    Meta,
    Snap,
    LinkedIn,
    Pinterest,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Email,
    Phone,
    FirstName,
    LastName,
    City,
    State,
    Zip,
    Country,
    Birth,
    Gender,
    ExternalId,
}

/// How a field is written before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Lower case, trimmed; `gmail`: blanks inside out too, and at Gmail's two domains dots
    /// and what follows a `+` out of the local part.
    Email { gmail: bool },
    /// E.164: `plus` and digits, or digits alone.
    Phone { plus: bool },
    /// Lower case, trimmed; `bare`: without punctuation.
    Name { bare: bool },
    /// Lower case without blanks and punctuation.
    Bare,
    /// Two letters in lower case.
    TwoLetters,
    /// Lower case without blanks and `-`, of nine digits the first five; `digits`: nothing
    /// but digits, all of them.
    Zip { digits: bool },
    /// `YYYYMMDD`.
    Birth,
    /// `f` or `m`, with `third` also `n`.
    Gender { third: bool },
    /// Trimmed, no other change.
    AsItIs,
}

impl Platform {
    /// The platforms' words, in the order of the reference.
    pub(super) const WORDS: &'static [&'static str] =
        &["google", "meta", "snap", "linkedin", "pinterest"];

    pub(super) fn of_word(word: &str) -> Platform {
        match word {
            "google" => Platform::Google,
            "meta" => Platform::Meta,
            "snap" => Platform::Snap,
            "linkedin" => Platform::LinkedIn,
            _ => Platform::Pinterest,
        }
    }

    /// How it wants that field before it is hashed; `None`: it takes no hash of it.
    pub(super) fn form(self, what: What) -> Option<Form> {
        use Platform::{Google, LinkedIn, Meta, Pinterest, Snap};
        Some(match (self, what) {
            (Google, What::Email) => Form::Email { gmail: true },
            (_, What::Email) => Form::Email { gmail: false },
            (LinkedIn, _) => return None,
            (Google, What::Phone) => Form::Phone { plus: true },
            (_, What::Phone) => Form::Phone { plus: false },
            (Google | Pinterest, What::FirstName | What::LastName) => Form::Name { bare: false },
            (_, What::FirstName | What::LastName) => Form::Name { bare: true },
            (Google | Snap, _) => return None,
            (Meta | Pinterest, What::City) | (Meta, What::State) => Form::Bare,
            (_, What::State | What::Country) => Form::TwoLetters,
            (_, What::Zip) => Form::Zip {
                digits: self == Pinterest,
            },
            (_, What::Birth) => Form::Birth,
            (_, What::Gender) => Form::Gender {
                third: self == Pinterest,
            },
            (_, What::ExternalId) => Form::AsItIs,
        })
    }
}

impl What {
    /// The words, in the order of the reference.
    pub(super) const WORDS: &'static [&'static str] = &[
        "email",
        "phone",
        "first_name",
        "last_name",
        "city",
        "state",
        "zip",
        "country",
        "birth",
        "gender",
        "external_id",
    ];

    /// All of them, in the order of [`What::WORDS`].
    pub(super) const ALL: [What; 11] = [
        What::Email,
        What::Phone,
        What::FirstName,
        What::LastName,
        What::City,
        What::State,
        What::Zip,
        What::Country,
        What::Birth,
        What::Gender,
        What::ExternalId,
    ];

    pub(super) fn of_word(word: &str) -> What {
        let at = What::WORDS.iter().position(|w| *w == word);
        What::ALL[at.unwrap_or(0)]
    }
}
