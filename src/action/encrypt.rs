//! `encrypt`: an envelope that only the key opens.

use super::Cx;
use super::{
    Action, ActionDef, Body, BodyKind, Degree, Example, Facts, Gives, Growth, IsoClass, KeyUse,
    Kinds, NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::crypto::plaintext;
use crate::crypto::seal::{BatchSeal, SealKey};
use crate::keys::Pick;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Node;
use crate::record::Reason;
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, View};

/// Most bytes of an envelope besides its value: prefix, header, salt, nonce and tag.
const ENVELOPE_MOST: usize = 96;

/// The definition.
pub(crate) const ENCRYPT: ActionDef = ActionDef {
    name: "encrypt",
    summary: "Seals the value in an envelope that only whoever holds the key can open; the same value gives another envelope each time.",
    doc: DOC,
    iso: IsoClass::Cryptographic,
    leaks: "That the field was there, whether it was `null`, about how long the value is (`pad` hides that up to its step), which key seals it, and which fields of which outputs share a context. Two envelopes of one value cannot be told from two of different values. Whether whole envelopes were exchanged between records is not detected.",
    reversible: "yes, by whoever holds the key version that the envelope names",
    examples: &[
        Example {
            policy: "{ encrypt: { key: contact } }",
            input: r#""jane@example.com""#,
            output: Some(r#""veil1.contact:1.Ae8xZcwxdpFvoKGio6SlpqeoqaqrrK2urwAAAAAAAAAAAAAAABembDTqKoZxYGgRNTbII5oH_BrgGVRs6LA8LUmh2945Y84""#),
        },
        Example {
            policy: "{ encrypt: { key: contact, pad: 32, label: mail } }",
            input: r#""jane@example.com""#,
            output: Some(r#""veil1.contact:1.Ae4uQDsZMGQ_oKGio6SlpqeoqaqrrK2urwAAAAAAAAAAAAAAAIKGm-zXkg4VrMGkb7KJj57_X0CudoA81mk3r3v-Za2jMTT6NDyIGDQonsRSEV0_WQ""#),
        },
    ],
    shape: &Shape {
        name: "encrypt",
        words: &[
            word(
                "key",
                Takes::KeyName(""),
                "A name under `keys:`; the newest active version that has begun when the policy is read seals.",
            )
            .required(),
            word(
                "label",
                Takes::Text,
                "Names the context with domain and purpose; an envelope opens under its own context only.",
            )
            .default("the output path"),
            word(
                "pad",
                Takes::Integer(2, 65_536),
                "Bytes: the length sealed becomes a multiple of it.",
            ),
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

const DOC: &str = "Takes scalars and arrays of scalars; a value that is an object, or holds one, is refused with `wrong_type` unless `subtree: true` or a list of `fields` is written: otherwise whatever grows inside tomorrow would be sealed unnamed. With `fields`, what is no object is `wrong_type`. `null` stays `null` unless `null: encrypt`. What is sealed keeps its type and text: the number `39.80` opens as `39.80`. AES-256-GCM under a key derived for the context and a random salt; the envelope is text, `veil1.KEY:VERSION.…`.";

/// Longest label in bytes.
const LABEL_BYTES_MAX: usize = 1024;

struct Encrypt {
    key: param::Key,
    label: Option<String>,
    /// 0: none.
    pad: u32,
    null: bool,
    takes: Inside,
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
    let key = param::key(mapping, Pick::Newest);
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
    let pad = mapping.integer("pad").unwrap_or(0);
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
            label,
            pad: u32::try_from(pad).expect("the range of `pad` is positive"),
            null,
            takes,
        }) as Box<dyn Spec>
    })
}

impl Spec for Encrypt {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        Facts {
            takes_whole: matches!(self.takes, Inside::Subtree),
            reversible: true,
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // Base64 makes four bytes of three. Around the value stand what an envelope
        // holds besides it, and what pads it.
        let around = ENVELOPE_MOST + self.pad as usize;
        Growth {
            for_three: 1,
            ..Growth::by(2 + 4 * around.div_ceil(3))
        }
    }

    fn reveals(&self) -> Reveals {
        let steps = (self.pad > 0).then_some((u128::from(self.pad), 0));
        let passing = match (&self.takes, self.null) {
            (Inside::Nothing, false) => Passing::exactly(Kinds::Flat),
            // What shows a `null` shows more than this does.
            (Inside::Nothing, true) => Passing::some_of(Kinds::Flat),
            (Inside::Fields(_) | Inside::Subtree, _) => Passing::some_of(Kinds::All),
        };
        Reveals::of(Degree::Sealed)
            .of_values(passing)
            .with("pad", Setting::Step(steps))
            .with(
                "label",
                Setting::Choice(self.label.clone().unwrap_or_default()),
            )
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

    fn says(&self, _domain: &str) -> Says {
        let alias = self.key.as_use().alias;
        let what = match &self.takes {
            Inside::Nothing => "the value",
            Inside::Fields(_) => "some fields of the object",
            Inside::Subtree => "the value with whatever is inside it",
        };
        Says::of(format!(
            "{what}, sealed: only whoever holds the key `{alias}` can read it"
        ))
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

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let label = self.label.as_deref().unwrap_or(site.path);
        let handle = param::handle(site);
        Ok(Box::new(Made {
            key: SealKey::new(handle, site.domain, site.purpose, label)?,
            pad: self.pad,
            null: self.null,
            takes: self.takes.clone(),
        }))
    }
}

struct Made {
    key: SealKey,
    pad: u32,
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
        self.key.seal_texts(jobs, scratch, seal, out);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{Bench, build, findings, run, view};
    use super::*;
    use crate::crypto::envelope::{Envelope, Expect};
    use crate::crypto::kdf::ContextId;
    use crate::keys::{KeyRef, KeySource as _, TestKeys};

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
        let policy = "{ encrypt: { key: contact, pad: 32 } }";
        let len = |json| run(policy, json).unwrap().unwrap().len();
        assert_eq!(len(r#""a""#), len(r#""jane.doe@example.com""#));
        let action = build(policy);
        let mut bench = Bench::default();
        let mut seal = |json| {
            bench.apply(action.as_ref(), view(json)).unwrap();
            bench.take(action.as_ref())
        };
        assert_ne!(seal("1"), seal("1"));
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            (
                "key: contact, subtree: true, fields: { a: keep }",
                &["V0302"][..],
            ),
            ("key: contact, pad: 1", &["V0007"]),
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
