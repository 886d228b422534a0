//! `redact`: personal data that its form tells, taken out of a text.

mod patterns;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::patterns::Patterns;
use super::aside::{Aside, Room};
use super::digits::{DIGITS_MORE, Digits, numbers};
use super::held::{self, Held, Inner, Inside, Nested};
use super::personal::{Finder, Hit, KINDS, Kind, NAMES, Region, as_it_looks};
use super::{
    Action, ActionDef, Copies, Cx, Degree, Example, Facts, Gives, Growth, IsoClass, Kinds,
    NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type,
};
use crate::action::characters::Characters;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::{Kind as NodeKind, Node};
use crate::record::Notes;
use crate::record::Reason;
use crate::record::overwrite;
use crate::record::value::{Applied, Out, TextForm, View};

/// The definition.
pub(crate) const REDACT: ActionDef = ActionDef {
    name: "redact",
    summary: "Takes personal data that its form tells out of a text: addresses, numbers of accounts, cards and persons, keys.",
    doc: DOC,
    iso: IsoClass::Suppression,
    leaks: "Everything that no detector knows: names, streets, what people tell of themselves and of others, and numbers in forms that nobody foresaw. What was found shows where it stood and of which kind it was. With an action in `with`, what that action lets out of each.",
    reversible: "no; with an action in `with`, what was found as by that action",
    examples: &[
        Example {
            policy: "{ redact: {} }",
            input: r#""Jane, jane@a.example or +49 151 123 456 78, card 4111 1111 1111 1111""#,
            output: Some(r#""Jane, [EMAIL] or [PHONE], card [CARD]""#),
        },
        Example {
            policy: "{ redact: { find: [ssn, email], locale: [us], with: mask } }",
            input: r#""SSN 078-05-1120 of jane@a.example""#,
            output: Some(r#""SSN ******** of ********""#),
        },
        Example {
            policy: r#"{ redact: { patterns: { ORDER: "A-[0-9]{4}" } } }"#,
            input: r#""about A-4711: nothing else""#,
            output: Some(r#""about [ORDER]: nothing else""#),
        },
        Example {
            policy: "{ redact: { numbers: as_text } }",
            input: "4111111111111111",
            output: Some(r#""[CARD]""#),
        },
    ],
    shape: &Shape {
        name: "redact",
        words: &[
            word(
                "find",
                Takes::List(&Takes::OneOf(&NAMES)),
                "What is looked for.",
            )
            .default("everything of the locale"),
            word(
                "locale",
                Takes::List(&Takes::TextLike("^(intl|[a-z]{2})$")),
                "Whose numbers are known: `intl`, and countries as ISO 3166 writes them, small; a country brings its telephone numbers without `+`, and us, gb, de, fr, es, it, nl, br and in the numbers of persons.",
            )
            .default("[intl]"),
            word(
                "confidence",
                Takes::OneOf(&["likely", "sure"]),
                "`sure`: only what a check digit or its syntax tells, not what the words before it say.",
            )
            .default("likely"),
            word(
                "with",
                Takes::Either(&Takes::OneOf(&["label", "mask"]), &Takes::FieldValue),
                "What stands in its place: `[EMAIL]`, `********`, or what an action makes of it, `[EMAIL:…]`.",
            )
            .default("label"),
            word(
                "patterns",
                Takes::MapOf(&Takes::Prose),
                "Detectors of your own, NAME → regular expression: what matches where a word begins, up to 256 bytes. NAME, of `A`-`Z` and `_`, is the label; at most 32.",
            ),
            numbers(
                "A whole number of at most 38 digits is read as its plain digits, and text leaves; without the word it is refused.",
            ),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Takes text, and with `numbers: as_text` whole numbers of at most 38 digits; anything else but `null`, which stays `null`, is refused with `wrong_type`. Nothing that stands in a text refuses it. A text is searched as it looks: characters that show nothing (soft hyphens, zero-width spaces, marks of direction) are passed over, one or two blanks of any width, or tabs, count as one, and full-width characters as those of ASCII; an action in `with` sees the hit so. What is found begins where a word begins; of several at one place the longest counts, and a hit is never cut by another. Found are: `secret` (keys of services by their prefixes, private keys in armour), `jwt`; `iban` (length by country, check digits), `card` (prefix, length, Luhn); numbers of persons by `locale`: us `ssn` (with dashes, or behind a word for it), gb `nino`, de `steuerid`, fr `nir`, es `dni` and `nie`, it `cf` (also one in which letters stand for digits, omocodia), nl `bsn` (behind a word for it), br `cpf` (with its marks, or behind a word), in `aadhaar` (in three groups, or behind a word); `email` (every mark that RFC 5322 lets stand in a local part belongs to it, so `user=` before an address goes with it; not a local part in quotes), `url` (http, https, ftp, `www.`; to its end), `ipv6`, `ipv4` (not directly behind `version`, `release`, `build` or `v`), `mac`, `uuid`; `phone` (with `+`; without, of the countries in `locale` or behind a word such as phone, Telefon, tél.); `birth_date` (a day from 1900 to 2099 behind a word such as born, geboren, né); `coordinates` (two numbers with four digits or more behind the point); `btc`, `eth`. Words are looked for in the 40 bytes before, in English, German, French, Spanish, Italian, Dutch and Portuguese. `confidence: sure` leaves out birthdays, coordinates, telephone numbers without `+` and an `ssn` without dashes, and takes four octets for an `ipv4` whatever stands before. An action in `with` sees each hit as text; where it refuses one or makes nothing of it, the label stands there. Names, streets and stories are not found: there is no detector for them.";

struct Redact {
    kinds: Vec<Kind>,
    regions: Vec<Region>,
    sure: bool,
    with: With,
    patterns: Patterns,
    numbers: Option<Digits>,
}

enum With {
    Label,
    Mask,
    /// As the policy writes it, and what was read of that.
    Action(Box<Node>, Option<Held>),
}

/// What stands in the place of a hit under `with: mask`.
const MASK: &str = "********";

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let (locales, regions) = locales(mapping);
    let kinds = kinds(mapping, &locales);
    let sure = mapping.one_of("confidence") == Some("sure");
    let with = match mapping.node("with") {
        None => With::Label,
        Some(node) => match (&node.kind, node.scalar()) {
            (_, Some("label")) => With::Label,
            (_, Some("mask")) => With::Mask,
            (NodeKind::List(_), _) => {
                mapping
                    .findings
                    .error(
                        codes::WRONG_KIND,
                        node.span,
                        "`with` must be `label`, `mask` or one action, found a list",
                    )
                    .help("write `with: label`, or `with: { ACTION: { … } }`");
                With::Label
            }
            _ => With::Action(Box::new(node.clone()), None),
        },
    };
    let patterns = Patterns::parse(mapping);
    let numbers = Digits::parse(mapping);
    (mapping.findings.errors() == before).then(|| {
        Box::new(Redact {
            kinds,
            regions,
            sure,
            with,
            patterns,
            numbers,
        }) as Box<dyn Spec>
    })
}

fn locales(mapping: &mut Mapping<'_, '_>) -> (Vec<String>, Vec<Region>) {
    let (mut names, mut regions) = (Vec::new(), Vec::new());
    for node in mapping.items("locale") {
        let name = node.scalar().unwrap_or_default();
        let region = match name {
            "intl" => None,
            // Great Britain's numbers stand under GB.
            _ if name.len() == 2 && name.bytes().all(|b| b.is_ascii_lowercase()) => {
                Region::of(name)
            }
            _ => None,
        };
        if name != "intl" && region.is_none() {
            mapping
                .findings
                .error(
                    codes::DETECTOR,
                    node.span,
                    format!("`{name}` is no locale: `intl` or a country is meant"),
                )
                .help("write a country as ISO 3166 does, small: `locale: [intl, de]`");
        }
        names.push(name.to_owned());
        regions.extend(region);
    }
    names.sort_unstable();
    names.dedup();
    (names, regions)
}

fn kinds(mapping: &mut Mapping<'_, '_>, locales: &[String]) -> Vec<Kind> {
    let of_locale = |locale: Option<&str>| locale.is_none_or(|l| locales.iter().any(|o| o == l));
    if !mapping.has("find") {
        let rows = KINDS.iter().filter(|row| of_locale(row.locale));
        return rows.map(|row| row.kind).collect();
    }
    let mut kinds = Vec::new();
    for node in mapping.items("find") {
        let name = node.scalar().unwrap_or_default();
        match KINDS.iter().find(|row| row.name == name) {
            Some(row) if of_locale(row.locale) => kinds.push(row.kind),
            Some(row) => {
                let locale = row.locale.unwrap_or_default();
                mapping
                    .findings
                    .error(
                        codes::DETECTOR,
                        node.span,
                        format!("`{name}` is of the locale `{locale}`, which is not named"),
                    )
                    .help(format!("add it: `locale: [{locale}]`"));
            }
            None => {
                let near = codes::nearest(name, NAMES.into_iter());
                let help = near.map_or_else(
                    || format!("known are {}", NAMES.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                mapping
                    .findings
                    .error(
                        codes::DETECTOR,
                        node.span,
                        format!("no detector is named `{name}`"),
                    )
                    .help(help);
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

impl Redact {
    fn held(&self) -> Option<&Held> {
        match &self.with {
            With::Action(_, held) => held.as_ref(),
            With::Label | With::Mask => None,
        }
    }
}

impl Spec for Redact {
    fn inside(&self) -> Vec<Inside<'_>> {
        match &self.with {
            With::Action(node, _) => vec![Inside { node }],
            With::Label | With::Mask => Vec::new(),
        }
    }

    fn hold(&mut self, held: Vec<Held>) {
        if let With::Action(_, slot) = &mut self.with {
            *slot = held.into_iter().next();
        }
    }

    fn nested(&self) -> Vec<Nested<'_>> {
        self.held()
            .map(|held| held.named("with"))
            .into_iter()
            .collect()
    }

    fn facts(&self) -> Facts {
        // `[EMAIL]`, `[OWN_NAME:…]`.
        let writes = Characters::of(match &self.with {
            With::Mask => MASK,
            With::Label => "[]_0123456789",
            With::Action(..) => "[]_0123456789:",
        });
        let writes = match &self.with {
            With::Mask => writes,
            _ => writes.and(&Characters::from_iter('A'..='Z')),
        };
        Facts {
            writes: self
                .held()
                .map_or(writes.clone(), |held| writes.and(&held.writes())),
            clear: true,
            unbounded_text: true,
            free_text: true,
            notes: self
                .held()
                .map_or_else(Notes::default, |held| held.spec.facts().notes),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The shortest hit is of six bytes (`a@b.cd`), and of an own pattern one; what
        // stands in its place is longer by so much at most, for each.
        let longest = KINDS.iter().map(|row| row.label.len()).max().unwrap_or(0);
        let label = 2 + longest.max(self.patterns.longest_label());
        let inner = self.held().map_or((0, 0), |held| {
            let grows = held.spec.grows();
            let constant = u32::try_from(held.if_refused.bytes()).unwrap_or(u32::MAX);
            (
                grows.for_three,
                grows.for_each.saturating_add(constant).saturating_add(1),
            )
        });
        let each = u32::try_from(label.max(MASK.len())).unwrap_or(u32::MAX);
        let each = each.saturating_add(inner.1);
        let shortest = if self.patterns.is_empty() { 3 } else { 1 };
        let for_three = inner
            .0
            .saturating_add(each.saturating_mul(3).div_ceil(shortest));
        // Each of the digits that a number has more than it is written with is a byte more
        // of the text.
        let digits = match self.numbers {
            Some(_) => DIGITS_MORE.saturating_mul(1 + for_three.div_ceil(3) as usize),
            None => 0,
        };
        Growth {
            for_three,
            ..Growth::by(2 + digits)
        }
    }

    fn reveals(&self) -> Reveals {
        let found: BTreeSet<&str> = self
            .kinds
            .iter()
            .filter_map(|kind| Some(kind.row()?.name))
            .collect();
        // What is not looked for leaves.
        let left = KINDS.iter().filter(|row| !found.contains(row.name));
        let left: BTreeSet<String> = left.map(|row| row.name.to_owned()).collect();
        let regions = self.regions.iter().map(Region::name);
        let regions: Vec<&str> = regions.collect();
        let with = match &self.with {
            With::Label => "label".to_owned(),
            With::Mask => "mask".to_owned(),
            With::Action(_, held) => held.as_ref().map_or_else(String::new, |held| {
                format!("{}, {}", held.word, held.if_refused.said())
            }),
        };
        let (ever, numbers) = match self.numbers {
            Some(_) => (Kinds::Flat, "as_text"),
            None => (Kinds::Texts, ""),
        };
        let passing = Passing {
            ever,
            ..Passing::exactly(Kinds::Texts)
        };
        Reveals::of(Degree::Everything)
            .of_values(passing)
            .with("find", Setting::Also(left))
            .with("locale", Setting::Choice(regions.join(", ")))
            .with("confidence", Setting::Switch(self.sure))
            .with("with", Setting::Choice(with))
            .with("patterns", Setting::Choice(self.patterns.said()))
            .with("numbers", Setting::Choice(numbers.to_owned()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null | Type::Text => Gives::one(from),
            Type::Integer | Type::Number if self.numbers.is_some() => Gives::one(Type::Text),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let names = self.kinds.iter().filter_map(|kind| Some(kind.row()?.name));
        let names: Vec<&str> = names.chain(self.patterns.labels()).collect();
        let with = match &self.with {
            With::Label => "the name of its kind".to_owned(),
            With::Mask => format!("`{MASK}`"),
            With::Action(_, held) => held.as_ref().map_or_else(String::new, |held| {
                format!("the name of its kind and {}", held.spec.says(domain).what)
            }),
        };
        Says::of(format!(
            "the text, with {with} in place of what its form tells ({}); names and what people tell stay",
            names.join(", ")
        ))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let made = site.nested.take().pop();
        let inner = self.held().zip(made).map(|(held, made)| held.made(made));
        Ok(Box::new(Made {
            finder: Finder::new(&self.kinds, self.sure, self.regions.clone()),
            masks: matches!(self.with, With::Mask),
            inner,
            patterns: self.patterns.clone(),
            numbers: self.numbers.clone(),
        }))
    }
}

struct Made {
    finder: Finder,
    masks: bool,
    inner: Option<Inner>,
    patterns: Patterns,
    numbers: Option<Digits>,
}

impl Made {
    /// Writes the text without what was found; false: nothing was.
    fn write(&self, text: &str, out: &mut Vec<u8>, room: &mut Room, cx: &mut Cx<'_>) -> bool {
        let mut behind = 0;
        overwrite::cut(out, 0);
        self.finder.each(
            text,
            &mut |at| self.patterns.at(text, at),
            &mut |hit: Hit| {
                out.extend_from_slice(&text.as_bytes()[behind..hit.start]);
                self.replace(&text[hit.start..hit.end], hit.kind, out, room, cx);
                behind = hit.end;
            },
        );
        if behind > 0 {
            out.extend_from_slice(&text.as_bytes()[behind..]);
        }
        behind > 0
    }

    fn replace(
        &self,
        found: &str,
        kind: Kind,
        out: &mut Vec<u8>,
        room: &mut Room,
        cx: &mut Cx<'_>,
    ) {
        if self.masks {
            return out.extend_from_slice(MASK.as_bytes());
        }
        out.push(b'[');
        let label = match kind {
            Kind::Own(place) => self.patterns.label(place),
            kind => kind.row().map_or("", |row| row.label),
        };
        out.extend_from_slice(label.as_bytes());
        // A refusal says nothing of the rest of the text.
        let made = self
            .inner
            .as_ref()
            .map(|inner| inner.apply(&as_it_looks(found), cx, room));
        if let Some(Ok(Some(made))) = made {
            out.push(b':');
            out.extend_from_slice(made.as_bytes());
        }
        out.push(b']');
    }
}

impl Action for Made {
    fn copies(&self) -> Copies {
        Copies::Nothing
    }

    fn parts(&self) -> Vec<(String, &dyn Action)> {
        let with = self.inner.iter();
        with.flat_map(|inner| inner.parts_under("redact.with"))
            .collect()
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => {
                out.null();
                Ok(())
            }
            View::Text(text) => held::aside(cx, |cx, aside| {
                let Aside {
                    text: chars,
                    made,
                    room,
                    ..
                } = aside;
                let read = text.chars_in(chars);
                match self.write(read, made, room, cx) {
                    true => out.text(std::str::from_utf8(made).expect("cut between characters")),
                    // One spelling, whether something was found or not.
                    false if text.form() == TextForm::JsonEscaped => out.text(read),
                    false => out.copy(view),
                }
                Ok(())
            }),
            View::Number(_) if self.numbers.is_some() => held::aside(cx, |cx, aside| {
                let numbers = self.numbers.as_ref().ok_or(Reason::WrongType)?;
                let Aside {
                    text, made, room, ..
                } = aside;
                let digits = numbers.write(view, text, cx.bytes)?;
                match self.write(digits, made, room, cx) {
                    true => out.text(std::str::from_utf8(made).expect("cut between characters")),
                    false => out.text(digits),
                }
                Ok(())
            }),
            _ => Err(Reason::WrongType),
        }
    }
}
