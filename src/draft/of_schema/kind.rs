//! What a field is, as far as a proposal asks, and what is proposed.

use crate::detect::{Judgement, Kinds};

/// What a value is, as far as a proposal asks.
pub(super) enum Kind {
    Bool,
    Integer,
    Number,
    Text,
    Symbol(Vec<String>),
    Uuid,
    Date,
    OfDay,
    Instant,
    Bytes,
    Several,
}

impl Kind {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Kind::Bool => "boolean",
            Kind::Integer => "an integer",
            Kind::Number => "a number",
            Kind::Text => "text",
            Kind::Symbol(_) => "one of a list",
            Kind::Uuid => "a UUID",
            Kind::Date => "a date",
            Kind::OfDay => "a time of day",
            Kind::Instant => "a time",
            Kind::Bytes => "bytes",
            Kind::Several => "of several types",
        }
    }

    /// As one value of a sample would be counted.
    pub(super) fn kinds(&self) -> Kinds {
        let mut kinds = Kinds::default();
        match self {
            Kind::Bool => kinds.booleans = 1,
            Kind::Integer => kinds.integers = 1,
            Kind::Number => kinds.fractions = 1,
            Kind::Bytes | Kind::Several => {}
            _ => kinds.texts = 1,
        }
        kinds
    }
}

/// The action, whether it is written as a field, and why.
pub(super) fn propose(
    kind: &Kind,
    judged: &Judgement,
    tags: &[String],
) -> (String, bool, &'static str) {
    let code = |space: &str, normalize: &str| {
        format!(
            "{{ pseudonymize: {{ key: people, normalize: {normalize}, space: {space}, epoch: none }} }}"
        )
    };
    let left_out = |action: &str, why| (action.to_owned(), false, why);
    let leaves = |action: String, why| (action, true, why);
    const SAME: &str = "the same code for the same value, nothing else";
    let is_named = matches!(kind, Kind::Text | Kind::Integer | Kind::Uuid);
    match (judged.category, kind) {
        (Some("user.contact.email"), Kind::Text) => leaves(
            code("email", "email"),
            "the same code for the same address, however it is capitalized",
        ),
        (Some("user.unique_id"), _) if is_named => leaves(code("user", "text"), SAME),
        (Some("user.unique_id.pseudonymous"), _) if is_named => {
            leaves(code("session", "text"), SAME)
        }
        (Some("user.device.cookie_id"), _) if is_named => leaves(code("cookie", "text"), SAME),
        (Some("user.device.device_id"), _) if is_named => leaves(code("device", "text"), SAME),
        (Some("user.device.ip_address"), Kind::Text) => left_out(
            "{ generalize: { ipv4: 16, ipv6: 32 } }",
            "beside a code that stays even a network singles out",
        ),
        (Some("user.demographic.date_of_birth"), Kind::Date | Kind::Instant) => leaves(
            "{ generalize: { date: year, bucket: 10, bottom: 1940, top: 2010 } }".to_owned(),
            "ten years, the oldest and the youngest together",
        ),
        (Some(_), _) => left_out("drop", "personal by its name, and no default makes it safe"),
        (None, _) if !tags.is_empty() => left_out(
            "drop",
            "tagged by the owners of the schema: a person must say what it is",
        ),
        (None, Kind::Bool) => leaves(
            "{ keep: { one_of: [true, false] } }".to_owned(),
            "yes or no",
        ),
        (None, Kind::Symbol(symbols)) => leaves(
            format!("{{ keep: {{ one_of: [{}] }} }}", symbols.join(", ")),
            "one of the words of the schema",
        ),
        (None, Kind::Instant | Kind::OfDay) => {
            leaves("{ generalize: { time: 1h } }".to_owned(), "the hour")
        }
        (None, Kind::Date) => leaves("{ generalize: { date: month } }".to_owned(), "the month"),
        (None, Kind::Text) => left_out(
            "{ keep: { max_chars: 40 } }",
            "a text can carry anything; a list (`one_of`) or a pattern (`matches`) makes it safe",
        ),
        (None, Kind::Integer | Kind::Number) => left_out(
            "{ generalize: { bucket: 10, bottom: 0, top: 100 } }",
            "a number can name somebody; steps and bounds that fit it make it safe",
        ),
        (None, Kind::Uuid) => left_out(
            "{ pseudonymize: { key: people, normalize: text, epoch: none } }",
            "it names something: whose, a person must say",
        ),
        (None, Kind::Bytes | Kind::Several) => left_out("drop", "it can carry anything"),
    }
}
