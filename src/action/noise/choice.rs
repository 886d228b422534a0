//! One of a few values, not always the right one: randomized response.

use super::mechanism::{Mechanism, Source};
use super::parameters::{Budget, RESPONSE, range, rough};
use crate::action::characters::Characters;
use crate::action::{Action, Cx, Dial, Gives, Growth, Setting, Site, Type, Types, param};
use crate::canon::{canonical_number, raw};
use crate::crypto::noise::of_members;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Out, View};
use crate::record::{Literal, Nothing, Reason};

/// Most values of `of`.
const MEMBERS_MAX: usize = 256;

/// The values and how likely each is kept.
#[derive(Clone)]
pub(super) struct Choice {
    budget: Budget,
    /// By their V, in its order, so that the policy's decides nothing.
    members: Vec<(Vec<u8>, Literal)>,
    digest: [u8; 32],
    other: Option<u16>,
    absent: Option<u16>,
}

impl Choice {
    /// `randomized_response: {...}`.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Choice> {
        let node = mapping.node("randomized_response")?;
        let mut inside = Mapping::open(node, &RESPONSE, mapping.findings)?;
        let before = inside.findings.errors();
        let budget = Budget::parse(&mut inside, "epsilon", 6);
        let mut members: Vec<(Vec<u8>, Literal)> = Vec::new();
        for item in inside.items("of") {
            let Some(literal) = param::literal(item) else {
                inside
                    .findings
                    .error(
                        codes::WRONG_KIND,
                        item.span,
                        format!(
                            "a value of `of` must be a scalar, found {}",
                            item.kind_name()
                        ),
                    )
                    .help(
                        "quote it to make it text; `absent` names the one that stands for `null`",
                    );
                continue;
            };
            let Ok(v) = raw::literal(&literal) else {
                inside
                    .findings
                    .error(
                        codes::OUT_OF_RANGE,
                        item.span,
                        "a number of `of` has too many digits or too large an exponent",
                    )
                    .help("quote it to make it text");
                continue;
            };
            if members.iter().any(|(other, _)| *other == v) {
                inside.findings.error(
                    codes::DUPLICATE_NAME,
                    item.span,
                    "one value stands twice in `of`",
                );
            }
            members.push((v, literal));
        }
        let span = inside.place("of");
        if inside.findings.errors() == before && !(2..=MEMBERS_MAX).contains(&members.len()) {
            let message = format!("`of` names {} values", members.len());
            range(&mut inside, span, &message, "name 2 to 256 values");
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        let other = member(&mut inside, "else", &members);
        let absent = member(&mut inside, "absent", &members);
        if inside.findings.errors() > before {
            return None;
        }
        let list: Vec<Vec<u8>> = members.iter().map(|(v, _)| v.clone()).collect();
        Some(Choice {
            budget: budget?,
            digest: of_members(&list),
            members,
            other,
            absent,
        })
    }

    /// The probabilities of the value itself and of each other; for people.
    fn odds(&self) -> (f64, f64) {
        let e = self.budget.about().exp();
        let all = e + self.members.len() as f64 - 1.0;
        (e / all, 1.0 / all)
    }

    fn types(&self) -> Types {
        let of = self.members.iter().map(|(_, m)| param::type_of(Some(m)));
        of.fold(Types::NONE, Types::with)
    }
}

/// The place of the member that `word` names; none where it is not written.
fn member(inside: &mut Mapping<'_, '_>, word: &str, members: &[(Vec<u8>, Literal)]) -> Option<u16> {
    let node = inside.node(word)?;
    let v = param::literal(node).and_then(|literal| raw::literal(&literal).ok());
    let at = v.and_then(|v| members.iter().position(|(m, _)| *m == v));
    if at.is_none() {
        inside
            .findings
            .error(
                codes::NOISE_RANGE,
                node.span,
                format!("`{word}` names no value of `of`"),
            )
            .why("an answer that only some can get would say who they are")
            .help(format!("add the value of `{word}` to `of`"));
    }
    at.and_then(|at| u16::try_from(at).ok())
}

impl Mechanism for Choice {
    fn id(&self) -> String {
        let count = Decimal::read(&self.members.len().to_string());
        let count = count.map_or(String::new(), |n| canonical_number(&n));
        format!("krr:{count}:{}", canonical_number(&self.budget.number))
    }

    fn is_clear(&self) -> bool {
        self.odds().0 > 0.9
    }

    fn writes(&self) -> Characters {
        let members = self.members.iter();
        members.flat_map(|(_, m)| m.as_plain().chars()).collect()
    }

    fn values(&self) -> Option<usize> {
        Some(self.members.len())
    }

    fn dials(&self) -> Vec<Dial> {
        let named = |at: Option<u16>| match at {
            Some(at) => String::from_utf8_lossy(&self.members[usize::from(at)].0).into_owned(),
            None => String::new(),
        };
        let all: Vec<String> = (0..self.members.len())
            .map(|n| named(u16::try_from(n).ok()))
            .collect();
        let choice = |word, at: String| Dial::new(word, Setting::Choice(at));
        vec![
            choice("randomized_response", all.join("\u{0}")),
            Dial::new(
                "epsilon",
                Setting::Amount(Some(self.budget.n * (1_000_000 / self.budget.d))),
            ),
            choice("else", named(self.other)),
            choice("absent", named(self.absent)),
        ]
    }

    fn is_bounded(&self) -> bool {
        self.other.is_none()
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let types = self.types();
        let is_number = |t: Type| matches!(t, Type::Integer | Type::Number);
        let some = self.other.is_some()
            || types
                .each()
                .any(|t| t == from || is_number(t) && is_number(from));
        match from {
            Type::Null if self.absent.is_some() => Gives::always(types),
            Type::Null => Gives::one(Type::Null),
            Type::Text if self.absent.is_some() => Gives::always(types),
            Type::Text if some => Some(Gives {
                types,
                may_be_absent: true,
                ..Gives::default()
            }),
            Type::Text => Gives::NOTHING,
            Type::Bool | Type::Integer | Type::Number if some => Gives::always(types),
            _ => None,
        }
    }

    fn grows(&self) -> Growth {
        let written = self.members.iter().map(|(_, m)| m.json_bytes_max());
        Growth::by(written.max().unwrap_or(0))
    }

    fn says(&self, spent: &str) -> String {
        let (p, q) = self.odds();
        let (p, q) = (rough(p), rough(q));
        format!(
            "one of {} values: the right one with probability {p}, each other one with {q} (ε = {}), {spent}; of N answers to different persons, n of them a value, (n - N × {q}) / ({p} - {q}) estimates how many had it without bias",
            self.members.len(),
            param::digits(&self.budget.number),
        )
    }

    fn build(&self, site: &Site<'_>, source: Source) -> Box<dyn Action> {
        Box::new(Made {
            choice: self.clone(),
            count: u16::try_from(self.members.len()).unwrap_or(u16::MAX),
            source,
            nothing: site.nothing.clone(),
        })
    }
}

struct Made {
    choice: Choice,
    count: u16,
    source: Source,
    nothing: Nothing,
}

impl Made {
    /// Which member a value is or stands for; `None`: nothing leaves of it.
    fn place(&self, view: View<'_>, cx: &mut Cx<'_>) -> Result<Option<u16>, Reason> {
        let v = &mut *cx.bytes;
        v.clear();
        match view {
            View::Text(text) => {
                raw::text(text.chars_in(cx.text), v);
            }
            View::Bool(value) => raw::bool(value, v),
            View::Number(number) => {
                // One that is out of range is none of the policy's.
                if raw::number(number.text_in(cx.text)?, v).is_err() {
                    v.truncate(1);
                }
            }
            _ => return Err(Reason::WrongType),
        }
        let members = &self.choice.members;
        if let Ok(at) = members.binary_search_by(|(m, _)| m.as_slice().cmp(v)) {
            return Ok(u16::try_from(at).ok());
        }
        if matches!(view, View::Text(_)) && self.nothing.is(&v[1..]) {
            return Ok(self.choice.absent);
        }
        self.choice.other.map(Some).ok_or(Reason::BadIdentifier)
    }
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let at = match (view, self.choice.absent) {
            (View::Null, None) => {
                out.null();
                return Ok(());
            }
            (View::Null, Some(absent)) => Some(absent),
            (view, _) => self.place(view, cx)?,
        };
        let Some(at) = at else { return Ok(()) };
        let members = &self.choice.members;
        cx.bytes.clear();
        cx.bytes.extend_from_slice(&members[usize::from(at)].0);
        cx.bytes.extend_from_slice(&self.choice.digest);
        let budget = (self.choice.budget.n, self.choice.budget.d);
        let drawn = self.source.draws(cx)?.one_of(self.count, at, budget);
        members[usize::from(drawn)].1.write(out);
        Ok(())
    }
}
