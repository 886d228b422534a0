//! `pseudonymize`: a keyed one-way code stands for the value.

mod address;
mod code;
mod compat;

use super::{ActionDef, Example, IsoClass, Spec, epoch};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};

/// What `compat` is, so that a reference to it lasts.
const COMPAT: Takes = Takes::Object(&compat::COMPAT);

/// The definition.
pub(crate) const PSEUDONYMIZE: ActionDef = ActionDef {
    name: "pseudonymize",
    summary: "Writes a code that is the same for the same value, and that nobody without the key can compute or turn back.",
    doc: DOC,
    iso: IsoClass::Pseudonymization,
    leaks: "Which records carry the same value, within the scope, for as long as the key stays, with `epoch` for as long as one epoch lasts; so how often and when somebody appears, and with enough other fields who it is. Codes of two epochs are not joined by themselves; what stays the same beside them (a city, a habit, an order that spans both) can join them. Whoever holds the key can test a guess. The name of the field is no part of the code: user 42 and order 42 are one code in one domain and `space`. With `ip` also which addresses lie in one network, and how close to each other; whoever can send some 32 addresses of their choice and see what becomes of them reads any address near theirs, bit by bit. With `compat` the value, to whoever has the salt or guesses it and tries a list: the code has no domain, so it joins every output and every table that has it.",
    reversible: "no; whoever holds the key can recompute the code of a known value (of one that changes with an epoch, at a known time). With `ip` yes: whoever holds the key turns addresses back; with `compat` whoever has the salt tries values",
    examples: &[
        Example {
            policy: "{ pseudonymize: { key: people, normalize: email, epoch: none } }",
            input: r#""Jane.Doe@Example.com""#,
            output: Some(r#""vYjqcPDVHJDV8kUZfsPpaQ""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, normalize: text, encoding: uuid, epoch: none } }",
            input: "42",
            output: Some(r#""195e385e-2f64-8143-a43c-fec23a9a7758""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, normalize: [strip, email_gmail], epoch: none } }",
            input: r#""mailto:J.Ane+news@gmail.com""#,
            output: Some(r#""dFWhU_xUGsMWACj8XCyDBQ""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, normalize: phone@2(IN), epoch: none } }",
            input: r#""919745786257""#,
            output: Some(r#""sBqTl7baa6vC1B__jyUh7w""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, normalize: text, epoch: month, epoch_by: at } }",
            input: "42",
            output: Some(r#""wR7_NV8e8-fGCBeEHiR0xQ""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, ip: prefix_preserving, epoch: none } }",
            input: r#""203.0.113.7""#,
            output: Some(r#""129.199.46.175""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, ip: prefix_preserving, epoch: none } }",
            input: r#""203.0.113.99""#,
            output: Some(r#""129.199.46.255""#),
        },
        Example {
            policy: "{ pseudonymize: { compat: { snowplow: sha256, salt: salt } } }",
            input: r#""john@acme.com""#,
            output: Some(r#""ca87fbb1c0bf69b8f70fbd015d235981d3b89b088b8acd4734ef92906a411349""#),
        },
        Example {
            policy: "{ pseudonymize: { key: people, epoch: none } }",
            input: r#""unknown""#,
            output: None,
        },
    ],
    shape: &Shape {
        name: "pseudonymize",
        words: &[
            word(
                "key",
                Takes::KeyName(""),
                "A name under `keys:`. Required, but with `compat`.",
            ),
            word(
                "normalize",
                Takes::OneOrMany(&Takes::Text),
                "What counts as one value: `text` (a whole number is its digits), `trim`, `nfc`, `lower`; or `email`, `email_gmail` (without the dots and the `+tag` that Gmail ignores), `email_plus` (no `+tag` of any provider), `phone@2(DE)` (a number without `+` is read as from there, with or without its country code, and refused where it could be two), `phone@2(+)` (each begins with its country code); `strip` before any of them takes `tel:`, `mailto:` and the like off, `text` may stand before `phone@2`. Alone, as in earlier versions: `phone(DE)`, which reads `49151…` as a national number, and `phone` (refused without `+`).",
            )
            .default("raw")
            .may_be_empty(),
            word(
                "encoding",
                Takes::OneOf(&["base64url", "hex", "base32", "uuid"]),
                "How the code is written; `uuid` is version 8.",
            )
            .default("base64url"),
            word(
                "bits",
                Takes::Integer(96, 256),
                "Length of the code, a multiple of 8; not with `uuid`, which has 122.",
            )
            .default("128"),
            word(
                "scope",
                Takes::OneOf(&["domain", "output", "subject", "record"]),
                "How far the same value gives the same code: every output of the domain, this output, one data subject, one record.",
            )
            .default("domain"),
            word(
                "space",
                Takes::TextLike("^([a-z0-9][a-z0-9._-]{0,127})?$"),
                "Keeps kinds of identifiers apart: codes of different spaces never meet.",
            ),
            word(
                "from",
                Takes::List(&Takes::Text),
                "2 to 16 siblings that are taken as one value; the path that is written need not exist in the event.",
            ),
            word(
                "ip",
                Takes::OneOf(&["prefix_preserving"]),
                "Of an address another one, by ipcrypt-pfx: addresses of one network become addresses of one network, and whoever holds the key turns them back. Instead of `normalize`, `encoding`, `bits`, `scope` and `from`.",
            ),
            word(
                "compat",
                COMPAT,
                "The code that another tool made, for as long as what it made is still joined: refused unless `dangerously: compat_hash` says until when. Instead of every other word.",
            ),
            epoch::EPOCH,
            epoch::EPOCH_BY,
            epoch::LATE_MAX,
            epoch::ACCEPT_FROM,
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Takes text, numbers and booleans under `raw` (their types are part of the value: the number 42 and the text `42` differ), text and integers under `text` (of an integer, no leading zero can be known), text alone elsewhere; anything else is `wrong_type`, a text that breaks the rules of `normalize` is `bad_identifier`. `email_gmail` and `email_plus` make mailboxes one that may be two persons', `phone@2` refuses numbers that fixed and mobile telephones do not have (too long, too short, toll-free codes). A value that is absent leaves nothing: `null`, an empty text, and words for nothing (`null`, `undefined`, `none`, `nan`, `n/a`, `unknown`, the zero UUID), so that all unknown persons do not become one. The code is HMAC-SHA-256 under a key derived for domain, space, normalisation and scope; the first version of the key is used for ever. With `epoch` it is derived for the epoch too, from the version of the key that is in use when the epoch starts: its start and end (UTC) enter the derivation, so two lengths of epochs have no code in common. The epoch is that of the event, by the record's timestamp or by the time at `epoch_by`: a replay gives the same codes. The clock only refuses: an event that is older than `late_max` (and than `accept_from`), lies more than ten minutes ahead, or has no time is `epoch_out_of_window`; one whose version of the key is gone `key_destroyed`; a time that cannot be read `bad_time` or `wrong_type`. With `from`, absent parts are part of the value and one refused part refuses all. With `ip: prefix_preserving` it takes text that is an address; a port, a zone or brackets, and anything else, is `bad_identifier`. IPv4 becomes IPv4 and IPv6 IPv6, in the shortest spelling; an IPv6 address of a well-known form that is made from an IPv4 address (as `generalize: { ipv4 }` lists them) is taken as that IPv4 address. The key is derived for domain, space and epoch, and for nothing else that this action makes; `veil detokenize` turns addresses back, with `--at` where they change. With `compat` the code is that of Snowplow's PII enrichment: the hash of the text with the salt behind it, in lower-case hexadecimal digits; it takes text alone, as it stands (the enrichment leaves numbers in clear, so there is no code to go on with: `wrong_type`). The salt is an entry of the keyring (`veil keys new --salt-file`); one of fewer than 16 bytes can be guessed (V0268). `veil pseudonym` does not compute such codes.";

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    if mapping.has("compat") {
        return compat::parse(mapping);
    }
    if !mapping.has("key") {
        mapping
            .findings
            .error(
                codes::MISSING_WORD,
                mapping.span,
                "`pseudonymize` lacks `key`",
            )
            .help("add `key: …`: a name under `keys:`");
    }
    match mapping.has("ip") {
        true => address::parse(mapping),
        false => code::parse(mapping),
    }
}
