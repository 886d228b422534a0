//! The keyed hash: a code that nobody without the key computes or turns back.

use super::super::{
    Action, Besides, CodedBy, Cx, Degree, Facts, Gives, Growth, KeyUse, Kinds, Narrow, NotBuilt,
    Passing, Reveals, Says, Setting, Site, Spec, TimeAt, Type, epoch, param,
};
use crate::action::characters::{BASE64URL, Characters, HEX};
use crate::canon::{self, Canon};
use crate::crypto::pseudonym::{Binding, Bits, Encoding, Parameters, Pseudonymizer, Scope};
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::jobs::Job;
use crate::record::time::{Precision, TimeKind};
use crate::record::value::{Applied, Out, View};

struct Pseudonymize {
    key: param::Key,
    canon: Canon,
    encoding: Encoding,
    scope: ScopeWord,
    space: String,
    from: Option<Vec<(String, Span)>>,
    epoch: epoch::Said,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeWord {
    Domain,
    Output,
    Subject,
    Record,
}

pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let (epoch, key) = epoch::read_with_key(mapping);
    let canon = canonicaliser(mapping);
    let encoding = encoding(mapping);
    let scope = match mapping.one_of("scope") {
        None | Some("domain") => ScopeWord::Domain,
        Some("output") => ScopeWord::Output,
        Some("subject") => ScopeWord::Subject,
        Some(_) => ScopeWord::Record,
    };
    let space = param::space(mapping);
    let from = param::siblings(
        mapping,
        canon::PARTS,
        "name 2 to 16 siblings; a single value stands at its own path",
    );
    let (key, canon, encoding, epoch) = (key?, canon?, encoding?, epoch?);
    (mapping.findings.errors() == before).then(|| {
        Box::new(Pseudonymize {
            key,
            canon,
            encoding,
            scope,
            space,
            from,
            epoch,
        }) as Box<dyn Spec>
    })
}

fn canonicaliser(mapping: &mut Mapping<'_, '_>) -> Option<Canon> {
    // A bare `phone` reads international numbers only.
    let words = mapping
        .texts("normalize")
        .into_iter()
        .map(|(word, _)| match word {
            "phone" => "phone(-)",
            other => other,
        });
    let words: Vec<&str> = words.collect();
    match Canon::from_words(words) {
        Ok(canon) => Some(canon),
        Err(cause) => {
            let span = mapping.node("normalize").map_or(mapping.span, |n| n.span);
            mapping.findings
                .error(codes::NORMALIZE, span, cause.to_string())
                .help("write `normalize: text`, `email`, `phone@2(DE)` or a list such as `[trim, lower]`");
            None
        }
    }
}

fn encoding(mapping: &mut Mapping<'_, '_>) -> Option<Encoding> {
    let word = mapping.one_of("encoding").unwrap_or("base64url");
    if word == "uuid" && mapping.has("bits") {
        param::not_together(mapping, "encoding", "bits", "a UUID has 122 bits");
        return None;
    }
    if !mapping.has("bits") {
        return Encoding::from_words(word, None);
    }
    let bits = mapping.integer("bits")?;
    let bits = u16::try_from(bits).ok().and_then(Bits::new);
    if bits.is_none() {
        let span = mapping.place("bits");
        mapping
            .findings
            .error(codes::OUT_OF_RANGE, span, "`bits` must be a multiple of 8")
            .help("write `bits: 128`");
        return None;
    }
    Encoding::from_words(word, bits)
}

impl Pseudonymize {
    fn rule(&self) -> Option<&epoch::EpochRule> {
        self.epoch.rule()
    }
}

impl Spec for Pseudonymize {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        let linkable = self.scope != ScopeWord::Record;
        let word = match self.scope {
            ScopeWord::Domain => "domain",
            ScopeWord::Output => "output",
            ScopeWord::Subject => "subject",
            ScopeWord::Record => "record",
        };
        let codes = match self.encoding {
            Encoding::Base64Url(_) => BASE64URL,
            Encoding::Hex(_) => HEX,
            Encoding::Base32(_) => "abcdefghijklmnopqrstuvwxyz234567",
            Encoding::Uuid => "0123456789abcdef-",
        };
        Facts {
            writes: Characters::of(codes).instead("`encoding: hex`, of 0-9 and a-f"),
            linkable,
            linkable_unsaid: linkable && matches!(self.epoch, epoch::Said::Nothing),
            join_key: linkable.then(|| {
                let epoch = self.rule().map(|r| r.epochs().length.to_string());
                CodedBy::default()
                    .with("space", self.space.as_str())
                    .with("normalize", self.canon.id())
                    .with("scope", word)
                    .with("epoch", epoch.unwrap_or_default())
            }),
            epochs: self.rule().map(|r| r.epochs().clone()),
            per_output: matches!(self.scope, ScopeWord::Output | ScopeWord::Record),
            needs_subject: self.scope == ScopeWord::Subject,
            two_readings: self.canon.reads_both(),
            type_sensitive: self.canon.is_type_sensitive(),
            parts: Some(canon::PARTS),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The longest code: 256 bits in hexadecimal digits, between quotes.
        Growth::by(2 + 64)
    }

    fn reveals(&self) -> Reveals {
        // Within what equal values leave equal codes.
        let reach: &[&str] = match self.scope {
            ScopeWord::Domain => &["records", "outputs"],
            ScopeWord::Output => &["records"],
            // Also whether two records are of one subject.
            ScopeWord::Subject => &["records of one subject"],
            ScopeWord::Record => &[],
        };
        let from = self.from.iter().flatten().map(|(name, _)| name.as_str());
        let strength: &[&str] = match self.encoding {
            Encoding::Uuid => &["encoding"],
            _ => &["bits"],
        };
        // Nothing leaves of a `null`.
        Reveals::of(Degree::Code)
            .of_values(Passing::some_of(Kinds::Flat))
            .with(
                "scope",
                Setting::Also(reach.iter().map(|w| (*w).to_owned()).collect()),
            )
            .with("normalize", Setting::Choice(self.canon.id().to_owned()))
            .with("space", Setting::Choice(self.space.clone()))
            .with(
                "epoch",
                Setting::Epoch(self.rule().map(|r| r.epochs().length)),
            )
            .with(
                "epoch_by",
                Setting::Choice(
                    self.rule()
                        .and_then(|r| r.epochs().by.clone())
                        .unwrap_or_default(),
                ),
            )
            .spelled(strength, Setting::Strength(self.encoding.bits()))
            .with(
                "from",
                Setting::Choice(from.collect::<Vec<_>>().join("\u{0}")),
            )
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let takes = match from {
            Type::Null => return Gives::NOTHING,
            Type::Text => true,
            Type::Bool => self.canon.is_type_sensitive(),
            Type::Integer | Type::Number => {
                self.canon.is_type_sensitive() || self.canon.takes_integers()
            }
            Type::Date => self.canon.takes_time(TimeKind::Date),
            Type::Timestamp => self.canon.takes_time(TimeKind::Instant(Precision::Milli)),
            _ => false,
        };
        takes.then(|| Gives::maybe(Type::Text)).flatten()
    }

    fn narrow(&self) -> Narrow {
        // By value two binary numbers meet that are spelled alike; as a text, by no rule.
        Narrow {
            binary: self.canon.is_type_sensitive(),
            ..Narrow::default()
        }
    }

    fn says(&self, domain: &str) -> Says {
        let of = match &self.from {
            Some(parts) => {
                let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
                format!("the values of {} together", names.join(", "))
            }
            None => "the value".to_owned(),
        };
        let reach = match self.scope {
            ScopeWord::Domain => format!("the same in every output of domain `{domain}`"),
            ScopeWord::Output => "the same in this output only".to_owned(),
            ScopeWord::Subject => {
                format!(
                    "the same in records of one person in domain `{domain}`, another for each person"
                )
            }
            ScopeWord::Record => "another one in every record".to_owned(),
        };
        let lasts = match self.rule() {
            Some(rule) => format!(", {}", rule.epochs().lasts()),
            None => String::new(),
        };
        Says::of(format!("a code that stands for {of}, {reach}{lasts}")).reaching(reach)
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        self.from.as_deref()
    }

    fn time_at(&self) -> Option<TimeAt<'_>> {
        self.rule()?.time_at()
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let topic = || site.topic.to_owned();
        let scope = match self.scope {
            ScopeWord::Domain => Scope::Domain,
            ScopeWord::Output => Scope::Output(topic()),
            ScopeWord::Subject => Scope::Subject,
            ScopeWord::Record if site.splits => Scope::Element(topic()),
            ScopeWord::Record => Scope::Record(topic()),
        };
        let parameters = Parameters {
            domain: site.domain,
            space: &self.space,
            canon: &self.canon,
            epoch: b"",
            scope,
            encoding: self.encoding,
        };
        let key = match self.rule() {
            None => Pseudonymizer::new(&param::handle(site).root, parameters)?,
            Some(rule) => {
                let versions = param::versions(site).clone();
                Pseudonymizer::changing(versions, rule.epochs().length, parameters)?
            }
        };
        Ok(Box::new(Made {
            besides: Besides {
                subject: self.scope == ScopeWord::Subject,
                coordinates: self.scope == ScopeWord::Record,
                time: self.rule().is_some(),
            },
            window: self.rule().map(|rule| rule.window(site.time)),
            len: key.text_len(),
            canon: self.canon.clone().with_nothing(site.nothing),
            key,
        }))
    }
}

struct Made {
    canon: Canon,
    key: Pseudonymizer,
    /// Length of every code in bytes.
    len: usize,
    besides: Besides,
    /// `None`: codes never change.
    window: Option<epoch::Window>,
}

impl Made {
    /// Writes the message to the end of the job inputs; `value` appends V and
    /// says whether there is one.
    fn defer(
        &self,
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
        value: impl FnOnce(&Canon, &mut String, &mut Vec<u8>) -> Result<bool, Reason>,
    ) -> Applied {
        let inputs = &mut cx.jobs.scratch;
        let at = inputs.len();
        let binding = Binding {
            subject: cx.subject,
            topic: cx.topic,
            partition: cx.partition,
            offset: cx.offset,
            element: cx.element,
        };
        let mut present = self
            .key
            .bind(binding, inputs)
            .and_then(|()| value(&self.canon, cx.text, inputs));
        if let (Ok(true), Some(window)) = (present, &self.window) {
            let placed = window
                .event_ms(&*cx)
                .and_then(|event_ms| self.key.place(&mut cx.jobs.scratch[at..], event_ms));
            present = placed.map(|()| true);
        }
        if present != Ok(true) {
            cx.jobs.withdraw(at);
            return present.map(|_| ());
        }
        let target = out.reserve_text(self.len);
        cx.defer(at, target);
        Ok(())
    }
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        self.defer(out, cx, |canon, text, inputs| {
            canon.value(view, text, inputs)
        })
    }

    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        self.defer(out, cx, |canon, text, inputs| {
            canon.composite(parts, text, inputs)
        })
    }

    fn recomputed_from(&self) -> Option<Besides> {
        Some(self.besides)
    }

    fn finish(
        &self,
        jobs: &[Job],
        scratch: &[u8],
        out: &mut [u8],
        _seal: &mut crate::crypto::seal::BatchSeal,
    ) {
        self.key.finish_all(jobs, scratch, out);
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
