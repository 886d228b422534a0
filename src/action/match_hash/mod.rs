//! `match_hash`: the unkeyed hash by which advertising platforms know a person again.

mod normal;
mod platform;
#[cfg(test)]
mod tests;

use self::normal::Normal;
use self::platform::{Form, Platform, What};
use super::{
    Action, ActionDef, Besides, CodedBy, Cx, Degree, Example, Facts, Gives, Growth, IsoClass,
    Kinds, NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::action::characters::{BASE64, Characters, HEX};
use crate::canon::{Canon, trim};
use crate::crypto::digest::sha256;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};
use crate::record::{Note, Notes};

/// The definition.
pub(crate) const MATCH_HASH: ActionDef = ActionDef {
    name: "match_hash",
    summary: "The SHA-256 that an advertising platform matches its own list with; it has no key.",
    doc: "SHA-256 of the value as the platform of `for` wants it written, in lower-case hexadecimal digits or, for `google`, as base64. Refused when the policy is checked (V0269) unless its output has a purpose under `marketing.advertising`, a consent gate (`needs_consent`), a `recipient`, and a pseudonymisation domain that no other output has. **E-mail**: lower case, trimmed; for `google` blanks inside out too, and at gmail.com and googlemail.com the dots and what follows a `+` out of the local part. **Telephone number**: read as `normalize: phone@2(RR)` reads it, RR being `region` (without the word a number must begin with `+`); for `google` with `+`, else digits alone. **Names**: lower case, trimmed; for `meta` and `snap` without punctuation. For `meta` and `pinterest` alone: **city** without blanks and punctuation, **state** so too (`pinterest`: two letters), **zip** without blanks and `-`, of nine digits the first five (`pinterest`: digits alone, all), **country** of two letters, **birth** as `YYYYMMDD` from `1984-05-17` or `19840517`, **gender** `f` or `m` from these or `female` and `male` (`pinterest` also `n`), **external_id** trimmed, an integer as its digits. Other cells are V0311: the platform takes them in clear, or not at all. What is no such value is `bad_identifier`; so is a text of 64 hexadecimal digits, which is a hash already, unless `accept_hashed: true` lets it pass in lower case, which is counted (`veil_accepted_hashes_total`). `null` stays `null`; of an empty text, or a word for nothing, nothing leaves. `tiktok` is not in this version: its own pages (June and August 2025) do not agree how a number and an address are written.",
    iso: IsoClass::None,
    leaks: "The value, to whoever tries a list of values: addresses, numbers and names are few enough to be tried, and the platform has the list. Equal values are equal everywhere in the world, so the hash joins this output with everything else that has it.",
    reversible: "by anybody who tries a list of values; there is no key",
    examples: &[
        Example {
            policy: "{ match_hash: { for: meta, what: email } }",
            input: r#""John_Smith@gmail.com""#,
            output: Some(r#""62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f""#),
        },
        Example {
            policy: "{ match_hash: { for: meta, what: phone, region: US } }",
            input: r#""(650)555-1212""#,
            output: Some(r#""e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176""#),
        },
        Example {
            policy: "{ match_hash: { for: google, what: email, encoding: base64 } }",
            input: r#""cloudy.sanfrancisco+shopping@gmail.com""#,
            output: Some(r#""Ij69pvaImxSUVRupAtnTgdry9kK64FWIjpY0PVPp+cQ=""#),
        },
    ],
    shape: &Shape {
        name: "match_hash",
        words: &[
            word(
                "for",
                Takes::OneOfSome(Platform::WORDS, &["tiktok"]),
                "The platform, whose rules say how a value is written before it is hashed.",
            )
            .required(),
            word("what", Takes::OneOf(What::WORDS), "What the value is.").required(),
            word(
                "region",
                Takes::TextLike("^[A-Z]{2}$"),
                "With `phone`: a number without `+` is read as from there (ISO 3166); without the word it is refused.",
            ),
            word(
                "encoding",
                Takes::OneOf(&["hex", "base64"]),
                "How the hash is written; `base64` for `google` alone.",
            )
            .default("hex"),
            word(
                "accept_hashed",
                Takes::Boolean,
                "A text of 64 hexadecimal digits is a hash already, and passes in lower case; not one digit 64 times.",
            )
            .default("false"),
        ],
    },
    parse,
    bare: None,
};

#[derive(Clone)]
struct MatchHash {
    platform: &'static str,
    what: &'static str,
    normal: Normal,
    as_base64: bool,
    accept_hashed: bool,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let platform = mapping.one_of("for");
    let what = mapping.one_of("what");
    let as_base64 = mapping.one_of("encoding") == Some("base64");
    let accept_hashed = mapping.boolean("accept_hashed").unwrap_or(false);
    let region = match mapping.has("region") {
        true => Some(mapping.text("region")?),
        false => None,
    };
    let (platform, what) = platform.zip(what)?;
    if as_base64 && platform != "google" {
        let message = format!("`encoding: base64` does not go with `for: {platform}`");
        mapping
            .findings
            .error(codes::NOT_TOGETHER, mapping.place("encoding"), message)
            .why("that platform takes hexadecimal digits alone, and would match nobody")
            .help("remove `encoding`");
    }
    let form = form(platform, what, mapping);
    if region.is_some() && what != "phone" {
        let why = "a region says how a telephone number without `+` is read";
        param::not_together(mapping, "what", "region", why);
    }
    let canon = match (form, region) {
        (Some(Form::Phone { .. }), region) => phone(region, mapping),
        (Some(Form::AsItIs), _) => Some(chain(&["text", "trim", "nfc"])),
        _ => Some(chain(&["trim", "nfc"])),
    };
    let (form, canon) = form.zip(canon)?;
    (mapping.findings.errors() == before).then(|| {
        Box::new(MatchHash {
            platform,
            what,
            normal: Normal {
                form,
                canon,
                address: chain(&["email"]),
            },
            as_base64,
            accept_hashed,
        }) as Box<dyn Spec>
    })
}

/// How that platform wants that field; a finding where it takes no hash of it.
fn form(platform: &str, what: &str, mapping: &mut Mapping<'_, '_>) -> Option<Form> {
    let of = Platform::of_word(platform);
    let form = of.form(What::of_word(what));
    if form.is_none() {
        let taken = What::WORDS.iter().zip(What::ALL);
        let taken = taken.filter(|(_, what)| of.form(*what).is_some());
        let taken: Vec<&str> = taken.map(|(word, _)| *word).collect();
        mapping
            .findings
            .error(
                codes::NO_SUCH_MATCH,
                mapping.place("what"),
                format!("`{platform}` takes no hash of `{what}`"),
            )
            .why("it wants the value in clear, or not at all: a hash of it would match nobody")
            .help(format!(
                "of `{platform}` these are hashed: {}",
                taken.join(", ")
            ));
    }
    form
}

fn phone(region: Option<&str>, mapping: &mut Mapping<'_, '_>) -> Option<Canon> {
    let words = match region {
        Some(region) => format!("phone@2({region})"),
        None => "phone(-)".to_owned(),
    };
    let is_region =
        |region: &str| region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase());
    let canon = Canon::from_words([words.as_str()]).ok();
    let canon = canon.filter(|_| region.is_none_or(is_region));
    if canon.is_none() {
        let region = region.unwrap_or_default();
        mapping
            .findings
            .error(
                codes::NORMALIZE,
                mapping.place("region"),
                format!("`{region}` is no region that telephone numbers are read by"),
            )
            .help("write a country as ISO 3166 does: `region: DE`");
    }
    canon
}

fn chain(words: &[&str]) -> Canon {
    Canon::from_words(words.iter().copied()).expect("these words go together")
}

impl MatchHash {
    /// What is hashed, whichever platform it is for: those that write a value alike get
    /// one hash. Two that write few values in two ways (Google an address at Gmail) count
    /// as one, since all others meet.
    fn coded_by(&self) -> CodedBy {
        let written = match self.normal.form {
            Form::Phone { plus: true } => "+ and digits",
            Form::Phone { plus: false } => "digits",
            _ => "",
        };
        CodedBy::default()
            .with("hash", "SHA-256")
            .with("what", self.what)
            .with("written", written)
    }
}

impl Spec for MatchHash {
    fn facts(&self) -> Facts {
        Facts {
            linkable: true,
            join_key: Some(self.coded_by()),
            unkeyed: true,
            writes: Characters::of(if self.as_base64 { BASE64 } else { HEX }),
            notes: match self.accept_hashed {
                true => Notes::of(Note::AcceptedHash),
                false => Notes::default(),
            },
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // In quotes.
        Growth::by(2 + 64)
    }

    /// Whoever tries a list has the value.
    fn reveals(&self) -> Reveals {
        let choice = |word: &str| Setting::Choice(word.to_owned());
        Reveals::of(Degree::Everything)
            .of_values(Passing::some_of(Kinds::Flat))
            .with("for", choice(self.platform))
            .with("what", choice(self.what))
            .with("region", choice(self.normal.canon.id()))
            .with("encoding", Setting::Switch(self.as_base64))
            .with("accept_hashed", Setting::Switch(self.accept_hashed))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::one(Type::Null),
            Type::Text => Gives::maybe(Type::Text),
            Type::Integer | Type::Number if self.normal.canon.takes_integers() => {
                Gives::one(Type::Text)
            }
            _ => None,
        }
    }

    fn says(&self, _domain: &str) -> Says {
        let what = self.what.replace('_', " ");
        let or = match self.accept_hashed {
            true => ", or the hash that the event has in its place",
            false => "",
        };
        Says::of(format!(
            "the SHA-256 of the {what}, without a key, as {} matches it{or}: whoever tries a list of values finds it",
            self.platform
        ))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let mut made = self.clone();
        made.normal.canon = made.normal.canon.with_nothing(site.nothing);
        Ok(Box::new(made))
    }
}

impl Action for MatchHash {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => {
                out.null();
                return Ok(());
            }
            View::Text(text) if is_hash(trim(text.chars_in(cx.text))) => {
                return match self.accept_hashed {
                    true => {
                        self.passed_on(trim(text.chars_in(cx.text)).as_bytes(), out)?;
                        cx.note(Note::AcceptedHash);
                        Ok(())
                    }
                    false => Err(Reason::BadIdentifier),
                };
            }
            _ => {}
        }
        if self.normal.bytes_of(view, cx)? {
            self.write(&sha256(cx.bytes), out);
        }
        Ok(())
    }

    /// Whoever has the value.
    fn recomputed_from(&self) -> Option<Besides> {
        Some(Besides::default())
    }
}

impl MatchHash {
    fn write(&self, digest: &[u8; 32], out: &mut dyn Out) {
        let mut text = [0; 64];
        match self.as_base64 {
            true => {
                data_encoding::BASE64.encode_mut(digest, &mut text[..44]);
                out.ascii(&text[..44]);
            }
            false => {
                data_encoding::HEXLOWER.encode_mut(digest, &mut text);
                out.ascii(&text);
            }
        }
    }

    /// Writes a hash that the event has, in the encoding of the others.
    fn passed_on(&self, hex: &[u8], out: &mut dyn Out) -> Applied {
        // Of nothing that was ever hashed: a word for nothing.
        if hex.iter().all(|digit| digit.eq_ignore_ascii_case(&hex[0])) {
            return Err(Reason::BadIdentifier);
        }
        let mut digest = [0; 32];
        let read = data_encoding::HEXLOWER_PERMISSIVE.decode_mut(hex, &mut digest);
        read.map_err(|_| Reason::BadIdentifier)?;
        self.write(&digest, out);
        Ok(())
    }
}

/// A SHA-256 in hexadecimal digits, of either case.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
