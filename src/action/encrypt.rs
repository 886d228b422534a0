//! `encrypt`: an envelope that only the key opens.

use super::Cx;
use super::characters::{BASE64URL, Characters};
use super::{
    Action, ActionDef, Body, BodyKind, CodedBy, Degree, Example, Facts, Gives, Growth, IsoClass,
    KeyUse, Kinds, NotBuilt, Passing, Reveals, Says, Sealed, Setting, Site, Spec, Type, param,
};
use crate::crypto::envelope::Suite;
use crate::crypto::kdf::{ContextId, TooLong};
use crate::crypto::plaintext::{self, Pad};
use crate::crypto::seal::{BatchSeal, SealKey};
use crate::crypto::siv::SivKey;
use crate::keys::Pick;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Node;
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, View};
use crate::record::{Literal, Reason};

/// Most bytes of an envelope besides its value: prefix, header, salt, nonce and tag.
const ENVELOPE_MOST: usize = 96;

/// The definition.
pub(crate) const ENCRYPT: ActionDef = ActionDef {
    name: "encrypt",
    summary: "Seals the value in an envelope that only whoever holds the key can open; the same value gives another envelope each time, or with `mode: deterministic` the same.",
    doc: DOC,
    iso: IsoClass::Cryptographic,
    leaks: "That the field was there, whether it was `null`, in which step of lengths the value lies (`pad`: up to 62 bytes of text, to 254, to 1,022, to 4,094, then in steps of 4,096), which key seals it, and which fields of which outputs share a context. Two envelopes of one value cannot be told from two of different values, and none shows when it was made, beside which or in which order; with `mode: deterministic` equal values are equal within key, domain and space, so how often each comes shows, and of few values that tells which is which. Whether whole envelopes were exchanged between records is not detected.",
    reversible: "yes, by whoever holds the key version that the envelope names",
    examples: &[
        Example {
            policy: "{ encrypt: { key: contact } }",
            input: r#""jane@example.com""#,
            output: Some(r#""veil1.contact:1.Ae8xZcwxdpFvXw-nLGEZgHfORO4xeTwKTFoy0c18hw6-jHXFpLUz3sbAN72djHbVL6yxww4Yxb8limOSAi826EI2S0bs9LETSToQCOYGNarsFHG3_iafxJ5U8xUF7EHmEk-qHjhB0EvB_v2tcLUTfg6zqHfE""#),
        },
        Example {
            policy: "{ encrypt: { key: contact, mode: deterministic, space: mail } }",
            input: r#""jane@example.com""#,
            output: Some(r#""veil1.contact:1.AxIpTeyxYh9u4vAWfnnloOE__sfFchZNOCC0PDKaayycxF_GKeLwilHHRnMQpM1zxSwKNWSPFixSdBvnS4MyrbedOUnPIEQjZbkJMooywkEgSDLLZDgiAcQ""#),
        },
        Example {
            policy: "{ encrypt: { key: contact, pad: 32, label: mail } }",
            input: r#""jane@example.com""#,
            output: Some(r#""veil1.contact:1.Ae4uQDsZMGQ_Xw-nLGEZgHfORO4xeTwKTFoy0c18hw6-jHXFpLLMK0mH4jLh31YK8v2N2lBD8XVI5q2_X_BN2aJw1vOkXR35oEOAiKoW-SrICBImuA""#),
        },
    ],
    shape: &Shape {
        name: "encrypt",
        words: &[
            word(
                "key",
                Takes::KeyName(""),
                "A name under `keys:`; the newest active version that has begun when the policy is read seals, `deterministic` the first one for ever.",
            )
            .required(),
            word(
                "mode",
                Takes::OneOf(&["randomized", "deterministic"]),
                "`deterministic`: equal values give equal envelopes, so that they join and still come back.",
            )
            .default("randomized"),
            word(
                "space",
                Takes::TextLike("^([a-z0-9][a-z0-9._-]{0,127})?$"),
                "With `deterministic`, names the context with the domain: envelopes of different spaces never meet.",
            ),
            word(
                "label",
                Takes::Text,
                "Names the context with domain and purpose; an envelope opens under its own context only.",
            )
            .default("the output path"),
            word(
                "pad",
                Takes::Either(&Takes::OneOf(&["auto", "none"]), &Takes::Integer(16, 65_536)),
                "What is sealed is filled up: `auto` to 64, 256, 1,024 or 4,096 bytes, then to multiples of 4,096; a number to multiples of so many; `none`: its length shows.",
            )
            .default("auto"),
            word(
                "null",
                Takes::OneOf(&["keep", "encrypt"]),
                "`encrypt` seals `null` like a value, so that its absence does not show.",
            )
            .default("keep"),
            word(
                "fields",
                Takes::MapOf(&Takes::FieldValue),
                "The fields of an object that are sealed, each with its own action; nothing else of it is.",
            ),
            word(
                "subtree",
                Takes::Boolean,
                "Seals arrays and objects whole, whatever grows inside them.",
            )
            .default("false"),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Takes scalars and arrays of scalars; a value that is an object, or holds one, is refused with `wrong_type` unless `subtree: true` or a list of `fields` is written: otherwise whatever grows inside tomorrow would be sealed unnamed. With `fields`, what is no object is `wrong_type`. `null` stays `null` unless `null: encrypt`. What is sealed keeps its type and text: the number `39.80` opens as `39.80`. AES-256-GCM under a key derived for the context and a random salt, another one for each envelope; the envelope is text, `veil1.KEY:VERSION.…`, of 172 characters for a value of up to 62 bytes under a key with a name as long as `contact`. With `mode: deterministic` AES-256-SIV under a key of the domain and `space`: values join across outputs, purposes and fields of one domain and space where they are the same text or the same number as written (`39.80` and `39.8` are two values, and so are `\"42\"` and `42`; nothing is normalized), and are padded alike. A rotation of the key changes no deterministic envelope.";

/// Longest label in bytes.
const LABEL_BYTES_MAX: usize = 1024;

struct Encrypt {
    key: param::Key,
    mode: Mode,
    pad: Pad,
    null: bool,
    takes: Inside,
}

enum Mode {
    /// Its label, if it is not the output path.
    Randomized(Option<String>),
    /// Its space.
    Deterministic(String),
}

#[derive(Clone)]
enum Inside {
    /// Scalars and arrays of scalars.
    Nothing,
    /// Objects, by a list of their fields.
    Fields(Node),
    /// Anything.
    Subtree,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let is_deterministic = mapping.one_of("mode") == Some("deterministic");
    let pick = match is_deterministic {
        true => Pick::First,
        false => Pick::Newest,
    };
    let key = param::key(mapping, pick);
    let space = param::space(mapping);
    if is_deterministic {
        param::not_together(
            mapping,
            "mode",
            "label",
            "a deterministic envelope belongs to a domain and a `space`, not to a field",
        );
    } else if mapping.has("space") {
        let span = mapping.place("space");
        mapping
            .findings
            .error(
                codes::NOT_TOGETHER,
                span,
                "`space` stands without `mode: deterministic`",
            )
            .why("a randomized envelope joins with nothing")
            .help("remove `space`, or write `mode: deterministic`");
    }
    let label = mapping.text("label").map(str::to_owned);
    if let Some(label) = &label
        && label.len() > LABEL_BYTES_MAX
    {
        let span = mapping.place("label");
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                format!("`label` is longer than {LABEL_BYTES_MAX} bytes"),
            )
            .help("write a short name");
    }
    let pad = pad(mapping);
    let null = mapping.one_of("null") == Some("encrypt");
    let subtree = mapping.boolean("subtree").unwrap_or(false);
    if subtree {
        param::not_together(
            mapping,
            "subtree",
            "fields",
            "`fields` says what is sealed, `subtree` seals everything",
        );
    }
    let takes = match mapping.node("fields") {
        Some(node) => Inside::Fields(node.clone()),
        None if subtree => Inside::Subtree,
        None => Inside::Nothing,
    };
    let key = key?;
    (mapping.findings.errors() == before).then(|| {
        Box::new(Encrypt {
            key,
            mode: match is_deterministic {
                true => Mode::Deterministic(space),
                false => Mode::Randomized(label),
            },
            pad,
            null,
            takes,
        }) as Box<dyn Spec>
    })
}

/// `pad: auto`, `none`, or a step in bytes.
fn pad(mapping: &mut Mapping<'_, '_>) -> Pad {
    let Some(node) = mapping.node("pad") else {
        return Pad::default();
    };
    let step = match (node.scalar(), param::literal(node)) {
        (Some("auto"), _) => return Pad::Auto,
        (Some("none"), _) => return Pad::None,
        (_, Some(Literal::Number(text))) => text.parse().ok(),
        _ => None,
    };
    let step = step.filter(|step| (16..=65_536).contains(step));
    if step.is_none() {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`pad` must be `auto`, `none` or a number from 16 to 65536",
            )
            .help("leave it out: `auto` hides the length best");
    }
    step.map_or(Pad::Auto, Pad::To)
}

impl Encrypt {
    fn is_deterministic(&self) -> bool {
        matches!(self.mode, Mode::Deterministic(_))
    }

    /// What decides which envelopes meet, besides key and domain.
    fn joins(&self) -> Option<CodedBy> {
        let Mode::Deterministic(space) = &self.mode else {
            return None;
        };
        let padded = match self.pad {
            Pad::Auto => "auto".to_owned(),
            Pad::None => "none".to_owned(),
            Pad::To(step) => step.to_string(),
        };
        let mode = CodedBy::default().with("mode", "deterministic");
        Some(mode.with("space", space.as_str()).with("pad", padded))
    }
}

impl Spec for Encrypt {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        Facts {
            takes_whole: matches!(self.takes, Inside::Subtree),
            reversible: true,
            linkable: self.is_deterministic(),
            join_key: self.joins(),
            length_shows: (self.pad == Pad::None).then_some("`pad: auto`"),
            // `veil1.KEY:VERSION.…`
            writes: Characters::of(BASE64URL)
                .with(".:")
                .with(self.key.as_use().alias),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Base64 makes four bytes of three. Around the value stand what an envelope
        // holds besides it, and what pads it.
        let around = ENVELOPE_MOST + self.pad.most();
        Growth {
            for_three: 1,
            ..Growth::by(2 + 4 * around.div_ceil(3))
        }
    }

    fn reveals(&self) -> Reveals {
        let passing = match (&self.takes, self.null) {
            (Inside::Nothing, false) => Passing::exactly(Kinds::Flat),
            // What shows a `null` shows more than this does.
            (Inside::Nothing, true) => Passing::some_of(Kinds::Flat),
            (Inside::Fields(_) | Inside::Subtree, _) => Passing::some_of(Kinds::All),
        };
        let (degree, label, space) = match &self.mode {
            Mode::Randomized(label) => {
                let label = label.clone().unwrap_or_default();
                (Degree::Sealed, label, String::new())
            }
            Mode::Deterministic(space) => (Degree::ReversibleCode, String::new(), space.clone()),
        };
        Reveals::of(degree)
            .of_values(passing)
            .with("label", Setting::Choice(label))
            .with("space", Setting::Choice(space))
            .with("pad", Setting::Padding(self.pad))
            .with("mode", Setting::Switch(self.is_deterministic()))
            .with("null", Setting::Switch(!self.null))
            .with(
                "subtree",
                Setting::Switch(matches!(self.takes, Inside::Subtree)),
            )
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match (from, &self.takes) {
            (Type::Null, _) if !self.null => Gives::one(from),
            // Of what is in an object that names its fields the walk makes a text.
            (Type::Null | Type::Object, Inside::Fields(_)) => Gives::one(Type::Text),
            (_, Inside::Fields(_)) => None,
            (Type::ArrayOfObjects | Type::Object, Inside::Nothing) => None,
            _ => Gives::one(Type::Text),
        }
    }

    fn says(&self, domain: &str) -> Says {
        let alias = self.key.as_use().alias;
        let what = match &self.takes {
            Inside::Nothing => "the value",
            Inside::Fields(_) => "some fields of the object",
            Inside::Subtree => "the value with whatever is inside it",
        };
        let sealed = format!("{what}, sealed: only whoever holds the key `{alias}` can read it");
        if !self.is_deterministic() {
            return Says::of(sealed);
        }
        let reach =
            format!("equal values are equal in every output of domain `{domain}` that seals so");
        Says::of(format!("{sealed}; {reach}")).reaching(reach)
    }

    fn body(&self) -> Option<Body<'_>> {
        match &self.takes {
            Inside::Fields(fields) => Some(Body {
                kind: BodyKind::Sealed,
                fields,
            }),
            Inside::Nothing | Inside::Subtree => None,
        }
    }

    fn sealed(&self, domain: &str, purpose: &str, path: &str) -> Result<Option<Sealed>, TooLong> {
        Ok(Some(match &self.mode {
            Mode::Randomized(label) => Sealed {
                suite: Suite::Randomized,
                context: ContextId::of(domain, purpose, label.as_deref().unwrap_or(path))?,
            },
            Mode::Deterministic(space) => Sealed {
                suite: Suite::Deterministic,
                context: ContextId::of_space(domain, space)?,
            },
        }))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let handle = param::handle(site);
        Ok(Box::new(Made {
            key: match &self.mode {
                Mode::Randomized(label) => {
                    let label = label.as_deref().unwrap_or(site.path);
                    let key = SealKey::new(handle, site.domain, site.purpose, label)?;
                    FieldKey::Randomized(key)
                }
                Mode::Deterministic(space) => {
                    FieldKey::Deterministic(SivKey::new(handle, site.domain, space)?)
                }
            },
            pad: self.pad,
            null: self.null,
            takes: self.takes.clone(),
        }))
    }
}

enum FieldKey {
    Randomized(SealKey),
    Deterministic(SivKey),
}

impl FieldKey {
    fn text_len(&self, plaintext_len: usize) -> usize {
        match self {
            FieldKey::Randomized(key) => key.text_len(plaintext_len),
            FieldKey::Deterministic(key) => key.text_len(plaintext_len),
        }
    }
}

struct Made {
    key: FieldKey,
    pad: Pad,
    null: bool,
    takes: Inside,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match (view, &self.takes) {
            (View::Null, _) if !self.null => {
                out.null();
                return Ok(());
            }
            (View::Null, _) | (View::Whole(_), Inside::Fields(_) | Inside::Subtree) => {}
            (_, Inside::Fields(_)) => return Err(Reason::WrongType),
            (View::Whole(whole), Inside::Nothing) if whole.holds_object() => {
                return Err(Reason::WrongType);
            }
            _ => {}
        }
        let at = cx.jobs.scratch.len();
        let encoded = plaintext::encode(view, self.pad, cx.text, &mut cx.jobs.scratch);
        if let Err(reason) = encoded {
            cx.jobs.withdraw(at);
            return Err(reason);
        }
        let sealed_len = self.key.text_len(cx.jobs.scratch.len() - at);
        let target = out.reserve_text(sealed_len);
        cx.defer(at, target);
        Ok(())
    }

    fn finish(&self, jobs: &[Job], scratch: &[u8], out: &mut [u8], seal: &mut BatchSeal) {
        match &self.key {
            FieldKey::Randomized(key) => key.seal_texts(jobs, scratch, seal, out),
            FieldKey::Deterministic(key) => key.seal_texts(jobs, scratch, &mut seal.siv, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{Bench, build, findings, parse as parse_value, run, view};
    use super::*;
    use crate::crypto::envelope::{Envelope, Expect};
    use crate::crypto::kdf::ContextId;
    use crate::keys::{KeyRef, KeySource as _, TestKeys};
    use crate::language::finding::Findings;

    fn open(json: &str, label: &str) -> String {
        let envelope = Envelope::from_text(json.trim_matches('"')).unwrap();
        let key_ref = KeyRef::parse("file:k.json#contact", Path::new(".")).unwrap();
        let key = TestKeys.entry(&key_ref).unwrap().pinned(1).unwrap();
        let purpose = "analytics.reporting.campaign_insights";
        let context = ContextId::of("analytics", purpose, label).unwrap();
        let clear = envelope.open(&key, Expect::Context(context)).unwrap();
        clear.to_json().to_string()
    }

    #[test]
    fn what_is_sealed_opens_as_it_was() {
        for json in [
            "39.80",
            "-0",
            "true",
            r#""a\n""#,
            r#""""#,
            "[1, 2.50]",
            "[]",
        ] {
            let sealed = run("{ encrypt: { key: contact } }", json).unwrap().unwrap();
            assert!(sealed.starts_with(r#""veil1.contact:1."#));
            assert_eq!(open(&sealed, "field"), json);
        }
        let labelled = run(
            "{ encrypt: { key: contact, label: mail, pad: 64 } }",
            r#""a""#,
        );
        assert_eq!(open(&labelled.unwrap().unwrap(), "mail"), r#""a""#);
    }

    #[test]
    fn null_and_objects_need_a_word() {
        let bare = "{ encrypt: { key: contact } }";
        assert_eq!(run(bare, "null"), Ok(Some("null".into())));
        let sealed = run("{ encrypt: { key: contact, null: encrypt } }", "null");
        assert_eq!(open(&sealed.unwrap().unwrap(), "field"), "null");
        for json in ["{}", r#"[{"a":1}]"#] {
            assert_eq!(run(bare, json), Err(Reason::WrongType));
            let sealed = run("{ encrypt: { key: contact, subtree: true } }", json);
            assert_eq!(open(&sealed.unwrap().unwrap(), "field"), json);
        }
        let fields = "{ encrypt: { key: contact, fields: { a: keep } } }";
        assert_eq!(run(fields, "null"), Ok(Some("null".into())));
        assert!(run(fields, r#"{"a":1}"#).is_ok());
        for json in ["1", r#""text""#, "true"] {
            assert_eq!(run(fields, json), Err(Reason::WrongType));
        }
    }

    #[test]
    fn padding_hides_the_length_and_no_two_envelopes_are_alike() {
        let len = |policy: &str, json: &str| run(policy, json).unwrap().unwrap().len();
        for policy in [
            "{ encrypt: { key: contact, pad: 32 } }",
            "{ encrypt: { key: contact } }",
            "{ encrypt: { key: contact, pad: auto } }",
            "{ encrypt: { key: contact, mode: deterministic } }",
        ] {
            let address = r#""jane.doe@example.com""#;
            assert_eq!(len(policy, r#""a""#), len(policy, address), "{policy}");
            assert_eq!(len(policy, "true"), len(policy, r#""""#), "{policy}");
        }
        let bare = "{ encrypt: { key: contact, pad: none } }";
        assert_ne!(len(bare, r#""a""#), len(bare, r#""jane.doe@example.com""#));
        // 62 bytes of text are one step, 63 are the next.
        let policy = "{ encrypt: { key: contact } }";
        let of_text = |len_| len(policy, &format!("\"{}\"", "x".repeat(len_)));
        assert!(of_text(0) == of_text(62) && of_text(62) < of_text(63));
        let action = build(policy);
        let mut bench = Bench::default();
        let mut seal = |json| {
            bench.apply(action.as_ref(), view(json)).unwrap();
            bench.take(action.as_ref())
        };
        assert_ne!(seal("1"), seal("1"));
    }

    #[test]
    fn deterministic_envelopes_join_and_come_back() {
        let policy = "{ encrypt: { key: contact, mode: deterministic, space: mail } }";
        let seal = |policy: &str, json| run(policy, json).unwrap().unwrap();
        for json in ["39.80", "-0", "true", r#""a\n""#, r#""""#, "[1, 2.50]"] {
            let one = seal(policy, json);
            assert_eq!(one, seal(policy, json), "{json}");
            let other_space = policy.replace("mail", "phone");
            assert_ne!(one, seal(&other_space, json), "{json}");
            let envelope = Envelope::from_text(one.trim_matches('"')).unwrap();
            let key_ref = KeyRef::parse("file:k.json#contact", Path::new(".")).unwrap();
            let key = TestKeys.entry(&key_ref).unwrap().pinned(1).unwrap();
            let context = ContextId::of_space("analytics", "mail").unwrap();
            let clear = envelope.open(&key, Expect::Context(context)).unwrap();
            assert_eq!(clear.to_json().as_str(), json);
        }
        // Nothing is normalized.
        let distinct = ["42", r#""42""#, "42.0", "4.2e1"].map(|json| seal(policy, json));
        let seen: std::collections::BTreeSet<_> = distinct.iter().collect();
        assert_eq!(seen.len(), distinct.len());
        assert_eq!(run(policy, "null"), Ok(Some("null".into())));
        assert_eq!(run(policy, r#"{"a":1}"#), Err(Reason::WrongType));
        let whole = "{ encrypt: { key: contact, mode: deterministic, subtree: true } }";
        assert_eq!(seal(whole, r#"{"a":1}"#), seal(whole, r#"{"a":1}"#));
    }

    /// What the policy says that a field seals is what its envelopes are opened by.
    #[test]
    fn the_context_that_is_said_is_the_one_that_is_sealed_under() {
        for policy in [
            "{ encrypt: { key: contact } }",
            "{ encrypt: { key: contact, label: mail } }",
            "{ encrypt: { key: contact, mode: deterministic } }",
            "{ encrypt: { key: contact, mode: deterministic, space: mail } }",
        ] {
            let made = run(policy, "1").unwrap().unwrap();
            let envelope = Envelope::from_text(made.trim_matches('"')).unwrap();
            let purpose = "analytics.reporting.campaign_insights";
            let mut findings = Findings::default();
            let spec = parse_value(policy, &mut findings).unwrap();
            let sealed = spec.sealed("analytics", purpose, "field").unwrap().unwrap();
            assert_eq!(envelope.suite(), sealed.suite, "{policy}");
            assert_eq!(envelope.context(), Some(sealed.context), "{policy}");
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            (
                "key: contact, subtree: true, fields: { a: keep }",
                &["V0302"][..],
            ),
            ("key: contact, pad: 1", &["V0007"]),
            ("key: contact, pad: 15", &["V0007"]),
            ("key: contact, pad: 65537", &["V0007"]),
            ("key: contact, pad: 1e2", &["V0007"]),
            ("key: contact, pad: some", &["V0007"]),
            ("key: contact, mode: siv", &["V0004"]),
            ("key: contact, space: mail", &["V0302"]),
            ("key: contact, mode: randomized, space: mail", &["V0302"]),
            ("key: contact, mode: deterministic, label: mail", &["V0302"]),
            ("key: contact, mode: deterministic, space: MAIL", &["V0007"]),
            ("key: contact, null: drop", &["V0004"]),
            ("key: contact@1", &["V0306"]),
            ("pad: 16", &["V0005"]),
        ] {
            assert_eq!(
                findings(&format!("{{ encrypt: {{ {parameters} }} }}")),
                codes,
                "{parameters}"
            );
        }
        let long = "x".repeat(1025);
        assert_eq!(
            findings(&format!("{{ encrypt: {{ key: contact, label: {long} }} }}")),
            ["V0007"]
        );
    }
}
