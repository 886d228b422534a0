//! Words that people bring from other tools, and what is written here instead.
//! Nearness of letters would lead them astray: `hash` is near `mask`.

/// Where an action may stand.
pub(crate) const FIELD_VALUE: &str = "field value";

/// Words of elsewhere that mean one thing here.
pub(crate) struct Brought {
    /// The shape, or the word, that they are written in.
    pub(crate) of: &'static str,
    /// As people write them, in lower case with `_`, with blanks between.
    pub(crate) words: &'static str,
    /// What is written here, and what it does.
    pub(crate) help: &'static str,
}

const fn brought(of: &'static str, words: &'static str, help: &'static str) -> Brought {
    Brought { of, words, help }
}

/// What to write for `word` in `of`; `None` when it is none of the list. Upper
/// case and hyphens make no difference.
pub(crate) fn help(of: &str, word: &str) -> Option<&'static str> {
    let plain = plain(word);
    let mut list = ALL.iter().filter(|b| b.of == of);
    list.find(|b| b.words.split(' ').any(|w| w == plain))
        .map(|b| b.help)
}

/// As the list spells a word: in lower case with `_`.
pub(crate) fn plain(word: &str) -> String {
    word.to_ascii_lowercase().replace(['-', ' '], "_")
}

/// The word of ours that [`help`] names first.
pub(crate) fn word(of: &str, word: &str) -> Option<&'static str> {
    help(of, word)?.split('`').nth(1)
}

/// All of them.
pub(crate) const ALL: &[Brought] = &[
    brought(
        FIELD_VALUE,
        "hash hashed hashing hmac hmac_sha256 sha sha1 sha2 sha256 sha512 sha_256 sha_512 \
         hmac_sha_256 sha3 md5 blake2 blake3 digest fingerprint pseudonym pseudonymous \
         scramble surrogate",
        "`{ pseudonymize: { key: NAME } }` writes a keyed code (HMAC-SHA-256) in place of the value; a hash without a key is undone by hashing every value that could have been there",
    ),
    brought(
        FIELD_VALUE,
        "anonymize anonymise anonymous anonymization anonymisation anon deidentify \
         de_identify deidentification",
        "no action makes a person anonymous by itself: `drop` takes the field away, `generalize` makes it coarser, `{ pseudonymize: { key: NAME } }` writes a code that is still personal data",
    ),
    brought(
        FIELD_VALUE,
        "remove delete del exclude omit discard suppress erase unset strip deny hide ignore \
         skip reject",
        "`drop` takes the field away; a field that is not named does not leave either",
    ),
    brought(
        FIELD_VALUE,
        "rename renamed alias move map rename_to copy_to target",
        "`{ as: { NEW_NAME: keep } }` writes the field under another name, in its place; any action may stand for `keep`",
    ),
    brought(
        FIELD_VALUE,
        "truncate trunc cut substring substr left shorten slice head date_trunc truncate_time",
        "`{ generalize: { prefix: 3 } }` keeps the first characters of a text, `{ generalize: { time: 1h } }` cuts a time, `{ generalize: { decimals: 1 } }` a number; `keep` never cuts",
    ),
    brought(
        FIELD_VALUE,
        "scrub obfuscate star stars asterisk asterisks censor blur black_out blackout \
         masking",
        "`{ mask: {} }` writes a mask in place of the whole value, `{ replace: { with: \"removed\" } }` a fixed text, `drop` takes the field away, `{ redact: {} }` what its form tells out of a free text",
    ),
    brought(
        FIELD_VALUE,
        "constant const set set_null nullify null blank static literal default",
        "`{ replace: { with: \"text\" } }` writes the same value for everyone, `{ replace: { with: null } }` writes `null`",
    ),
    brought(
        FIELD_VALUE,
        "pass passthrough pass_through allow include retain copy preserve identity as_is noop \
         whitelist allowlist",
        "`keep` lets the value leave in clear; give it a bound: `{ keep: { max_chars: 64 } }`",
    ),
    brought(
        FIELD_VALUE,
        "cipher aes aes_gcm aes256 seal envelope encryption rsa",
        "`{ encrypt: { key: NAME } }` seals the value in an envelope that only the key opens",
    ),
    brought(
        FIELD_VALUE,
        "fpe ff1 ff3 format_preserving format_preserving_encryption token vault",
        "`{ tokenize: { key: NAME@1, format: digits } }` writes a token of the same form, from which the key gives the value back",
    ),
    brought(
        FIELD_VALUE,
        "bin bins bucketize coarsen coarse floor quantize discretize aggregate range",
        "`{ generalize: { bucket: 10 } }` writes the lower bound of the interval that a number lies in",
    ),
    brought(
        FIELD_VALUE,
        "anonymize_ip anonymise_ip ip_anonymize mask_ip ip_mask truncate_ip ip cidr subnet",
        "`{ generalize: { ipv4: 24, ipv6: 48 } }` writes the network that the address lies in",
    ),
    brought(
        FIELD_VALUE,
        "lower lowercase trim canonicalize normalise",
        "no action changes the spelling of what leaves in clear; what counts as one value is said beside the key: `{ pseudonymize: { key: NAME, normalize: [trim, lower] } }`",
    ),
    brought(
        FIELD_VALUE,
        "regex regexp match pattern",
        "`{ keep: { matches: \"[a-z]{1,20}\" } }` lets a text leave that matches as a whole",
    ),
    brought(
        FIELD_VALUE,
        "json parse_json from_json json_parse",
        "`keep`, or any other action, stands behind a path that goes into the text: `payload|json.email` is the member `email` of the JSON in `payload`",
    ),
    brought(
        FIELD_VALUE,
        "split foreach for_each map_each list",
        "`{ each: { split: \",\", do: keep } }` takes a text apart and does an action to each part; elements of an array are reached by the path: `items[*]`",
    ),
    brought(
        FIELD_VALUE,
        "enum oneof any_of values",
        "`{ keep: { one_of: [a, b] } }` lets the listed values leave",
    ),
    brought(
        "pseudonymize",
        "algorithm algo hash function salt secret pepper",
        "`key` names a key of `keys:`; the code is HMAC-SHA-256 under it, and no other secret is written",
    ),
    brought(
        "mask",
        "char character symbol mask_char replacement",
        "`with` is the mask character",
    ),
    brought(
        "mask",
        "first left prefix show_first",
        "`keep_first` is how many characters stay at the start",
    ),
    brought(
        "mask",
        "last right suffix show_last",
        "`keep_last` is how many characters stay at the end",
    ),
    brought(
        "mask",
        "length count",
        "`fixed_length` is how many mask characters are written",
    ),
    brought(
        "replace",
        "value to text",
        "`with` is what is written instead",
    ),
    brought(
        "keep",
        "regex regexp pattern match",
        "`matches` is a regular expression for the whole text",
    ),
    brought(
        "keep",
        "max_length max_len length limit size truncate",
        "`max_chars` is the longest text that leaves; a longer one is refused, never cut",
    ),
    brought(
        "keep",
        "enum values allow oneof any_of",
        "`one_of` lists the values that leave",
    ),
    brought(
        "generalize",
        "truncate trunc substring length chars",
        "`prefix` keeps the first characters of a text, `time` cuts a time",
    ),
    brought(
        "generalize",
        "step width interval bin bins",
        "`bucket` is the width of the interval that a number is cut to",
    ),
    brought(
        "generalize",
        "min minimum floor",
        "`bottom`: what is below becomes this",
    ),
    brought(
        "generalize",
        "max maximum cap ceil",
        "`top`: what is above becomes this",
    ),
    brought(
        "generalize",
        "granularity precision",
        "`time` cuts a time, `date` takes a part of it, `decimals` cuts a number",
    ),
    brought(
        "generalize",
        "ip cidr subnet netmask",
        "`ipv4` and `ipv6` are the bits of the address that are kept",
    ),
    brought(
        "unit",
        "sec secs second seconds",
        "`s` is a count of seconds since 1970",
    ),
    brought(
        "unit",
        "milli millis millisecond milliseconds",
        "`ms` is a count of milliseconds since 1970",
    ),
    brought(
        "unit",
        "micro micros microsecond microseconds",
        "`us` is a count of microseconds since 1970",
    ),
    brought(
        "unit",
        "nano nanos nanosecond nanoseconds",
        "`ns` is a count of nanoseconds since 1970",
    ),
    brought(
        "unit",
        "iso8601 iso_8601 rfc3339 rfc_3339 text string",
        "`iso` is a time such as 2026-03-01T10:42:07Z",
    ),
    brought(
        "on_error",
        "drop remove skip ignore null delete",
        "`drop_field`: this field alone is missing, and counted; the record leaves",
    ),
    brought(
        "on_error",
        "dlq dead_letter reject fail stop",
        "`quarantine`: the record goes to the sealed quarantine, and the others go on",
    ),
    brought(
        "output",
        "sink to destination target",
        "`topic` is the topic that is written",
    ),
    brought(
        "output",
        "consent gate",
        "`needs_consent` names the category that must be granted",
    ),
    brought(
        "output",
        "legal_basis lawful_basis",
        "`basis` says why the output needs no consent",
    ),
    brought("source", "input from", "`topic` is the topic that is read"),
    brought(
        "source",
        "format encoding",
        "`value` says how the value is read",
    ),
];

#[cfg(test)]
#[path = "brought_tests.rs"]
mod tests;
