//! Why a record, or one output of it, did not go out: one closed list.

/// The one vocabulary of refusals: metric label, quarantine header and audit
/// column carry the same word ([`Reason::as_str`]).
///
/// A `Reason` never carries a value from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// The value, the key or a named header is not UTF-8.
    NotUtf8,
    /// The value is not exactly one JSON text (RFC 8259).
    NotJson,
    /// The value is not one record of the Avro schema that it was written under.
    NotAvro,
    /// The value is not one message of the Protobuf schema that it was written under.
    NotProtobuf,
    /// What stands in front of the value does not say which schema it was written under, or a
    /// header says another format than it is read in.
    BadFrame,
    /// Nobody knows the schema that the record was written under.
    SchemaUnknown,
    /// The policy can make nothing of the schema that the record was written under.
    SchemaUnusable,
    /// The schema of what leaves is not compatible with the one before it.
    SchemaIncompatible,
    /// A text or a name spells half a character: one surrogate of two (`\ud83d`),
    /// wherever it stands, also in a member that nobody names.
    BadText,
    /// An object holds one name twice, compared after unescaping, or after `names`.
    DuplicateKey,
    /// Nesting is deeper than `limits.depth_max`.
    TooDeep,
    /// The value is longer than `limits.value_bytes_max`, a name is 64 KiB or
    /// longer, the result is larger than the destination takes, or a text is
    /// longer than the policy lets it be (`max_chars`).
    TooLarge,
    /// More named values than `limits.tape_entries_max`, or more parts than `each` takes.
    TooComplex,
    /// The value is JSON, but its top level is not an object.
    NotAnObject,
    /// The record key cannot be read as `source.key` says.
    KeyUnreadable,
    /// The action does not take a value of this JSON type or shape.
    WrongType,
    /// The value does not have the form that the policy names, of an identifier: an
    /// e-mail or network address, a phone number.
    BadIdentifier,
    /// The value is no time in the form that the policy names.
    BadTime,
    /// The value is none of those that `keep` lists, or not of the form it asks for.
    NotForeseen,
    /// The number lies outside what the action can represent or was told to take.
    NumberOutOfRange,
    /// The value does not fit the token format or its domain is too small; or parts that
    /// are written as one text could not be told apart again.
    FormatDomain,
    /// The action is bound to a data subject and the record names none.
    NoSubject,
    /// The key version that the record needs has been destroyed.
    KeyDestroyed,
    /// The event has no time, or one outside of the window in which an epoch may be
    /// chosen.
    EpochOutOfWindow,
    /// An action wants random bytes or an answer that nobody made ready before
    /// the walk.
    NotPrepared,
    /// The broker refuses this one record for good.
    RefusedByBroker,
    /// Withheld: the person is a child, or nothing says how old they are.
    Minor,
    /// Withheld: the record is of people of a region that the output is not for.
    NoMechanism,
    /// Withheld: the person was erased.
    Erased,
    /// Withheld: processing of the person's data is restricted.
    Restricted,
    /// Withheld: whether the person withdrew is not known by now.
    ConsentStale,
    /// Withheld: a category that the output needs is not granted.
    NoConsent,
    /// Withheld: the output does not list this type of record.
    NotSelected,
    /// Withheld: a tombstone, and the output does not forward them.
    TombstoneDropped,
}

impl Reason {
    /// Every reason, in the order of its discriminant.
    pub const ALL: [Reason; 34] = [
        Reason::NotUtf8,
        Reason::NotJson,
        Reason::NotAvro,
        Reason::NotProtobuf,
        Reason::BadFrame,
        Reason::SchemaUnknown,
        Reason::SchemaUnusable,
        Reason::SchemaIncompatible,
        Reason::BadText,
        Reason::DuplicateKey,
        Reason::TooDeep,
        Reason::TooLarge,
        Reason::TooComplex,
        Reason::NotAnObject,
        Reason::KeyUnreadable,
        Reason::WrongType,
        Reason::BadIdentifier,
        Reason::BadTime,
        Reason::NotForeseen,
        Reason::NumberOutOfRange,
        Reason::FormatDomain,
        Reason::NoSubject,
        Reason::KeyDestroyed,
        Reason::EpochOutOfWindow,
        Reason::NotPrepared,
        Reason::RefusedByBroker,
        Reason::Minor,
        Reason::NoMechanism,
        Reason::Erased,
        Reason::Restricted,
        Reason::ConsentStale,
        Reason::NoConsent,
        Reason::NotSelected,
        Reason::TombstoneDropped,
    ];

    /// The number of reasons: the length of a table indexed by [`Reason::index`].
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in [`Reason::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word used in labels, headers and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::NotUtf8 => "not_utf8",
            Reason::NotJson => "not_json",
            Reason::NotAvro => "not_avro",
            Reason::NotProtobuf => "not_protobuf",
            Reason::BadFrame => "bad_frame",
            Reason::SchemaUnknown => "schema_unknown",
            Reason::SchemaUnusable => "schema_unusable",
            Reason::SchemaIncompatible => "schema_incompatible",
            Reason::BadText => "bad_text",
            Reason::DuplicateKey => "duplicate_key",
            Reason::TooDeep => "too_deep",
            Reason::TooLarge => "too_large",
            Reason::TooComplex => "too_complex",
            Reason::NotAnObject => "not_an_object",
            Reason::KeyUnreadable => "key_unreadable",
            Reason::WrongType => "wrong_type",
            Reason::BadIdentifier => "bad_identifier",
            Reason::BadTime => "bad_time",
            Reason::NotForeseen => "not_foreseen",
            Reason::NumberOutOfRange => "number_out_of_range",
            Reason::FormatDomain => "format_domain",
            Reason::NoSubject => "no_subject",
            Reason::KeyDestroyed => "key_destroyed",
            Reason::EpochOutOfWindow => "epoch_out_of_window",
            Reason::NotPrepared => "not_prepared",
            Reason::RefusedByBroker => "refused_by_broker",
            Reason::Minor => "minor",
            Reason::NoMechanism => "no_mechanism",
            Reason::Erased => "erased",
            Reason::Restricted => "restricted",
            Reason::ConsentStale => "consent_stale",
            Reason::NoConsent => "no_consent",
            Reason::NotSelected => "not_selected",
            Reason::TombstoneDropped => "tombstone_dropped",
        }
    }

    /// True for the ways in which an output may withhold a record; the
    /// others send the record to quarantine.
    pub const fn is_withheld(self) -> bool {
        matches!(
            self,
            Reason::Minor
                | Reason::NoMechanism
                | Reason::Erased
                | Reason::Restricted
                | Reason::ConsentStale
                | Reason::NoConsent
                | Reason::NotSelected
                | Reason::TombstoneDropped
        )
    }

    /// True for what the bytes of the value alone decide, whatever a policy reads of them,
    /// where no output refuses. `too_large` is none: it can be of a text that is opened.
    pub const fn is_of_bytes(self) -> bool {
        matches!(
            self,
            Reason::NotUtf8
                | Reason::NotJson
                | Reason::NotAvro
                | Reason::BadFrame
                | Reason::BadText
                | Reason::DuplicateKey
                | Reason::TooDeep
                | Reason::NotAnObject
        )
    }

    /// The reason of that word, as a policy test writes it.
    pub fn from_word(word: &str) -> Option<Reason> {
        Self::ALL.into_iter().find(|r| r.as_str() == word)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_the_place_in_all_and_words_are_distinct() {
        for (i, r) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(r.index(), i);
            assert_eq!(Reason::from_word(r.as_str()), Some(r));
        }
    }
}
