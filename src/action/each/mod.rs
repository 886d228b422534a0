//! `each`: an action done to each part of a text, or to each element of an array.

#[cfg(test)]
mod tests;

use memchr::memmem;

use super::held::{self, Held, IfRefused, Inner, Inside, Nested};
use super::{
    Action, ActionDef, Aside, Asking, Besides, Blurred, Cx, Example, Facts, Gives, Growth, HandsOn,
    IsoClass, Kinds, NotBuilt, Passing, Reveals, Reverse, Room, Says, Setting, Site, Spec, Type,
    Types,
};
use crate::canon;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Node;
use crate::record::number::Number;
use crate::record::value::{Applied, Out, Text, TextForm, View, Whole};
use crate::record::{Nothing, Reason, overwrite};

/// The definition.
pub(crate) const EACH: ActionDef = ActionDef {
    name: "each",
    summary: "Does an action to each part of a text that holds a list, or to each element of an array.",
    doc: DOC,
    iso: IsoClass::Inside,
    leaks: "What the action in `do` lets out, of each part; how many parts there were, unless `take` leaves one.",
    reversible: "as by the action in `do`",
    examples: &[
        Example {
            policy: r#"{ each: { split: ",", take: first, do: { generalize: { ipv4: 24, ipv6: 48, port: drop } } } }"#,
            input: r#""203.0.113.7:41, unknown, 2001:db8:0:1::7""#,
            output: Some(r#""203.0.113.0/24""#),
        },
        Example {
            policy: r#"{ each: { split: ";", do: { pseudonymize: { key: people, normalize: email, epoch: none } } } }"#,
            input: r#""jane@example.com; ; joe@example.com""#,
            output: Some(r#""ZtMP9jVcqd3SEVfri097Sw;BgtPBhrHrY7DvHJNyvU1WA""#),
        },
        Example {
            policy: r#"{ each: { split: "+", take: last, do: { keep: { one_of: [card, cash] } } } }"#,
            input: r#""cash + card + ""#,
            output: Some(r#""card""#),
        },
    ],
    shape: &Shape {
        name: "each",
        words: &[
            word(
                "split",
                Takes::TextLike(r"^[\s\S]{1,8}$"),
                "What stands between the parts of a text, 1 to 8 characters. Without it a scalar is taken as it stands, and an array element by element: for record keys and headers, where no path reaches the elements; in a field `[*]` says that.",
            ),
            word(
                "take",
                Takes::OneOf(&["all", "first", "last"]),
                "Which parts are chosen, of those that are not left out, before anything is done to them: with `first`, what `do` refuses of the first leaves no room for the second.",
            )
            .default("all"),
            word("do", Takes::FieldValue, "What is done to each.").required(),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "With `split` it takes text; `null` is handed to the action in `do`, and anything else is refused with `wrong_type`. The text is taken apart wherever `split` stands in it, blanks around the parts are dropped (`trim@1`), and parts that are empty or a word for nothing are left out. Then `take` chooses, and only then `do` is done: the action sees each part as text, and what it makes of them is written as one text, with `split` between. Without `split` a scalar is what the action makes of it; of an array without objects every element is, in its place, with `null` where nothing came of one; an array in it, or an object, is `wrong_type`. There `take: first` and `last` choose among the elements that are neither `null`, empty nor a word for nothing, and leave one value and no array. More than 1,000 parts are `too_complex`, those left out counted too. What is made of a part must not hold `split`, nor end so that it begins earlier: what leaves is taken apart into the same parts again, or the value is refused with `format_domain`; an action that can write a character of `split` by itself is refused by `veil check` (V0302), unless `take` leaves one part. When the action refuses one part, the value is refused; with `on_error: drop_field` inside, that part is left out, and not counted apart (no other one is chosen for it). When nothing is left, the field is absent.";

/// Most parts of one value.
const PARTS_MAX: usize = 1_000;
/// Most characters between two of them.
const SPLIT_MAX: usize = 8;

struct Each {
    split: Option<String>,
    take: Take,
    node: Node,
    /// What was read of that.
    held: Option<Held>,
}

/// Which of the parts leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    All,
    First,
    Last,
}

impl Take {
    const fn as_str(self) -> &'static str {
        match self {
            Take::All => "all",
            Take::First => "first",
            Take::Last => "last",
        }
    }
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let split = mapping.text("split").map(str::to_owned);
    if let Some(split) = &split
        && !(1..=SPLIT_MAX).contains(&split.chars().count())
    {
        let span = mapping.place("split");
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                "`split` must be 1 to 8 characters",
            )
            .help("write what stands between the parts: `split: \",\"`");
    }
    let take = match mapping.one_of("take") {
        Some("first") => Take::First,
        Some("last") => Take::Last,
        _ => Take::All,
    };
    let node = mapping.node("do")?.clone();
    (mapping.findings.errors() == before).then(|| {
        Box::new(Each {
            split,
            take,
            node,
            held: None,
        }) as Box<dyn Spec>
    })
}

impl Each {
    fn held(&self) -> &Held {
        self.held.as_ref().expect("what stands in `do` was read")
    }
}

impl Spec for Each {
    fn inside(&self) -> Vec<Inside<'_>> {
        vec![Inside { node: &self.node }]
    }

    fn hold(&mut self, held: Vec<Held>) {
        self.held = held.into_iter().next();
    }

    fn nested(&self) -> Vec<Nested<'_>> {
        vec![self.held().named("do")]
    }

    fn hands_on(&self) -> Option<HandsOn> {
        Some(match self.split {
            Some(_) => HandsOn::Parts,
            None => HandsOn::Elements,
        })
    }

    fn blurred(&self) -> Option<Blurred> {
        // One part stands alone.
        let split = self.split.as_deref().filter(|_| self.take == Take::All)?;
        let writes = self.held().spec.facts().writes;
        let own = writes.first_of(split);
        let shared = own.or_else(|| self.held().writes().first_of(split))?;
        Some(Blurred {
            shared,
            in_constant: own.is_none(),
            fewer: writes.fewer().filter(|_| own.is_some()),
        })
    }

    fn facts(&self) -> Facts {
        let inner = self.held().spec.facts();
        Facts {
            takes_whole: false,
            parts: None,
            // Parts of a text are texts.
            type_sensitive: inner.type_sensitive && self.split.is_none(),
            writes: self.held().writes(),
            ..inner
        }
    }

    fn grows(&self) -> Growth {
        let held = self.held();
        let inner = held.spec.grows();
        // Where nothing comes of an element it is `null`.
        let constant = u32::try_from(held.if_refused.json_bytes_max()).unwrap_or(u32::MAX);
        let each = inner.for_each.max(constant);
        let parts = match self.take {
            Take::All => u32::try_from(PARTS_MAX).unwrap_or(u32::MAX),
            Take::First | Take::Last => 1,
        };
        Growth {
            for_three: inner.for_three,
            // The quotes of a text.
            for_each: each.saturating_mul(parts).saturating_add(2),
        }
    }

    fn reveals(&self) -> Reveals {
        let held = self.held();
        let inner = held.spec.reveals();
        let ever = match (&self.split, inner.passing.ever) {
            (Some(_), ever) => ever.min(Kinds::Texts),
            (None, Kinds::Nothing) => Kinds::Nothing,
            (None, _) => Kinds::Flat,
        };
        Reveals::of(inner.degree)
            // Of a list that is too long it refuses all.
            .of_values(Passing {
                always: Kinds::Nothing,
                ever,
                bounded: inner.passing.bounded,
            })
            .with(
                "split",
                Setting::Choice(self.split.clone().unwrap_or_default()),
            )
            .with("take", Setting::Choice(self.take.as_str().to_owned()))
            .with("do", Setting::Choice(held.if_refused.said()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let refuses = self.held().if_refused == IfRefused::Refuse;
        let inner = self.held().spec.gives(from);
        // Of what is refused nothing, or the constant, is left.
        let inner = inner.or((!refuses).then_some(Gives {
            may_be_absent: true,
            ..Gives::default()
        }));
        match (&self.split, from) {
            (Some(_), Type::Text) => inner.and(Gives::maybe(Type::Text)),
            (None, Type::Array) => {
                let of_each = Gives::of_each(Types::JSON, |t| self.held().spec.gives(t));
                match self.take {
                    Take::All => Gives::maybe(Type::Array),
                    Take::First | Take::Last => Some(Gives {
                        types: of_each.types.or(self.held().stand_in_type()),
                        may_be_absent: true,
                        ..Gives::default()
                    }),
                }
            }
            (None, Type::ArrayOfObjects | Type::Object) => None,
            // What is made of one value goes through JSON, where a time is a text and bytes
            // are nothing.
            (None, Type::Date | Type::TimeOfDay | Type::Timestamp | Type::Bytes) => {
                let gives = inner?;
                let made = gives.types.each().map(|ty| match ty {
                    Type::Date | Type::TimeOfDay | Type::Timestamp => Some(Type::Text),
                    Type::Bytes => None,
                    ty => Some(ty),
                });
                let made: Option<Vec<Type>> = made.collect();
                let types = made?.into_iter().fold(Types::NONE, Types::with);
                Some(Gives {
                    types: types.or(self.held().stand_in_type()),
                    may_be_absent: true,
                    ..Gives::default()
                })
            }
            (None, _) | (Some(_), Type::Null) => inner.map(|gives| Gives {
                types: gives.types.or(self.held().stand_in_type()),
                may_be_absent: true,
                keeps_type: gives.keeps_type && self.held().stand_in_type().is_empty(),
                ..gives
            }),
            (Some(_), _) => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let inner = self.held().spec.says(domain);
        let which = match (&self.split, self.take) {
            (Some(split), Take::All) => format!("of the parts of the text between `{split}`, each"),
            (Some(split), take) => {
                format!(
                    "of the {} part of the text between `{split}`",
                    take.as_str()
                )
            }
            (None, Take::All) => "of the value, or of each element of the array".to_owned(),
            (None, take) => {
                format!(
                    "of the value, or of the {} element of the array",
                    take.as_str()
                )
            }
        };
        Says {
            what: format!("{which}: {}", inner.what),
            ..inner
        }
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let made = site.nested.take().pop();
        Ok(Box::new(Made {
            split: self.split.clone(),
            take: self.take,
            nothing: site.nothing.clone(),
            inner: self.held().made(made.expect("it was built before")),
        }))
    }
}

struct Made {
    split: Option<String>,
    take: Take,
    nothing: Nothing,
    inner: Inner,
}

impl Made {
    /// The parts of a text that are left, in order.
    ///
    /// # Errors
    /// `too_complex` when there are too many of them.
    fn parts<'t>(
        &'t self,
        text: &'t str,
        split: &'t str,
    ) -> Result<impl Iterator<Item = &'t str>, Reason> {
        if text.matches(split).take(PARTS_MAX).count() == PARTS_MAX {
            return Err(Reason::TooComplex);
        }
        let parts = text.split(split).map(canon::trim);
        Ok(parts.filter(|part| !self.nothing.is(part.as_bytes())))
    }

    /// The one of `all` that leaves, if one does.
    fn chosen<T>(&self, mut all: impl Iterator<Item = T>) -> Option<T> {
        match self.take {
            Take::All => None,
            Take::First => all.next(),
            Take::Last => all.last(),
        }
    }

    fn list(
        &self,
        (text, split): (&str, &str),
        (made, room): (&mut Vec<u8>, &mut Room),
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        let parts = self.parts(text, split)?;
        if self.take != Take::All {
            if let Some(part) = self.chosen(parts)
                && let Some(made) = self.inner.apply(part, cx, room)?
            {
                out.text(made);
            }
            return Ok(());
        }
        overwrite::cut(made, 0);
        let mut last = None;
        for part in parts {
            let Some(part) = self.inner.apply(part, cx, room)? else {
                continue;
            };
            if let Some(last) = last {
                made.extend_from_slice(split.as_bytes());
                ends_at(&made[last..], split)?;
            }
            last = Some(made.len());
            made.extend_from_slice(part.as_bytes());
        }
        if let Some(last) = last {
            if memmem::find(&made[last..], split.as_bytes()).is_some() {
                return Err(Reason::FormatDomain);
            }
            out.text(std::str::from_utf8(made).expect("put together from texts"));
        }
        Ok(())
    }

    fn array(
        &self,
        elements: &[u8],
        (made, room): (&mut Vec<u8>, &mut Room),
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        let json = std::str::from_utf8(elements).expect("JSON is UTF-8");
        let count = Elements(json).try_fold(0, |n, element| element.map(|_| n + 1))?;
        if count > PARTS_MAX {
            return Err(Reason::TooComplex);
        }
        let all = Elements(json).filter_map(Result::ok);
        if self.take != Take::All {
            let mut characters = std::mem::take(cx.text);
            let is_left = all.filter(|view| match view {
                View::Null => false,
                View::Text(text) => {
                    let text = canon::trim(text.chars_in(&mut characters));
                    !self.nothing.is(text.as_bytes())
                }
                _ => true,
            });
            let chosen = self.chosen(is_left);
            *cx.text = characters;
            return match chosen {
                Some(view) => self.alone(view, room, out, cx),
                None => Ok(()),
            };
        }
        overwrite::cut(made, 0);
        let mut is_left = false;
        for view in all {
            made.push(if made.is_empty() { b'[' } else { b',' });
            match self.inner.apply_as_json(view, cx, room)? {
                Some(json) => {
                    is_left |= json != "null";
                    made.extend_from_slice(json.as_bytes());
                }
                None => made.extend_from_slice(b"null"),
            }
        }
        made.push(b']');
        if is_left {
            let json = std::str::from_utf8(made).expect("put together from texts");
            out.copy(View::Whole(Whole::of_json(json, false, false)));
        }
        Ok(())
    }

    /// One value, as it stands.
    fn alone(
        &self,
        view: View<'_>,
        room: &mut Room,
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        if let Some(json) = self.inner.apply_as_json(view, cx, room)? {
            out.copy(view_of(json));
        }
        Ok(())
    }
}

impl Action for Made {
    fn ask(&self, view: Option<View<'_>>, asking: &mut Asking<'_>) -> Applied {
        let inner = self.inner.action();
        match (&self.split, view) {
            (Some(split), Some(View::Text(text))) => {
                let mut characters = std::mem::take(asking.text);
                let asked = self.parts(text.chars_in(&mut characters), split);
                let asked = asked.and_then(|parts| {
                    let one = self.take != Take::All;
                    let mut parts: Vec<&str> = parts.collect();
                    if one {
                        parts = self.chosen(parts.into_iter()).into_iter().collect();
                    }
                    let text = |part| View::Text(Text::new(part, TextForm::Plain));
                    let mut parts = parts.into_iter();
                    parts.try_for_each(|part| inner.ask(Some(text(part)), asking))
                });
                *asking.text = characters;
                asked
            }
            (_, view) => inner.ask(view, asking),
        }
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        held::aside(cx, |cx, aside| {
            let Aside {
                text: chars,
                made,
                part,
                room,
            } = aside;
            match (&self.split, view) {
                (Some(split), View::Text(text)) => {
                    self.list((text.chars_in(chars), split), (made, room), out, cx)
                }
                (None, View::Whole(whole)) if !whole.holds_object() => {
                    overwrite::cut(part, 0);
                    whole.json_into(part)?;
                    self.array(part, (made, room), out, cx)
                }
                (_, View::Whole(_)) => Err(Reason::WrongType),
                (None, _) | (_, View::Null) => self.alone(view, room, out, cx),
                (Some(_), _) => Err(Reason::WrongType),
            }
        })
    }

    fn as_reverse(&self) -> Option<&dyn Reverse> {
        self.inner.action().as_reverse().map(|_| self as _)
    }

    fn recomputed_from(&self) -> Option<Besides> {
        self.inner.action().recomputed_from()
    }

    fn parts(&self) -> Vec<(String, &dyn Action)> {
        self.inner.action().parts()
    }
}

impl Reverse for Made {
    fn reverse(&self, made: &str, at_ms: i64, clear: &mut String) -> Applied {
        let inner = self.inner.action().as_reverse();
        let inner = inner.expect("it is a way back if the action inside is one");
        let (Some(split), Take::All) = (&self.split, self.take) else {
            return inner.reverse(made, at_ms, clear);
        };
        for (n, part) in made.split(split.as_str()).enumerate() {
            if n > 0 {
                clear.push_str(split);
            }
            inner.reverse(part, at_ms, clear)?;
        }
        Ok(())
    }
}

/// Nothing when `made`, a part and what stands between two, is taken apart there again.
///
/// # Errors
/// `format_domain` when it would be taken apart before: read again, there would be other
/// parts.
fn ends_at(made: &[u8], split: &str) -> Result<(), Reason> {
    match memmem::find(made, split.as_bytes()) {
        Some(at) if at + split.len() == made.len() => Ok(()),
        _ => Err(Reason::FormatDomain),
    }
}

/// The elements of an array of scalars, from its JSON text; what is none of these is
/// refused.
struct Elements<'t>(&'t str);

impl<'t> Iterator for Elements<'t> {
    type Item = Result<View<'t>, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_between = |c: char| c == ',' || c.is_ascii_whitespace();
        // The bracket that opens the array stands at its start alone.
        let text = self.0.strip_prefix('[').unwrap_or(self.0);
        let text = text.trim_start_matches(is_between);
        let len = match text.as_bytes().first()? {
            b']' => return None,
            b'[' | b'{' => {
                self.0 = "";
                return Some(Err(Reason::WrongType));
            }
            b'"' => text_end(text)?,
            _ => text.find(|c| is_between(c) || c == ']')?,
        };
        let (element, rest) = text.split_at(len);
        self.0 = rest;
        Some(Ok(view_of(element)))
    }
}

/// The place behind the quote that ends the JSON text at the start of `json`.
fn text_end(json: &str) -> Option<usize> {
    let mut bytes = json.bytes().enumerate().skip(1);
    loop {
        match bytes.next()? {
            (_, b'\\') => drop(bytes.next()),
            (at, b'"') => return Some(at + 1),
            _ => {}
        }
    }
}

/// A view of valid JSON: of a scalar, or of an array without objects.
fn view_of(json: &str) -> View<'_> {
    match json.as_bytes() {
        b"null" => View::Null,
        b"true" => View::Bool(true),
        b"false" => View::Bool(false),
        [b'"', inside @ .., b'"'] => {
            let form = match inside.contains(&b'\\') {
                true => TextForm::JsonEscaped,
                false => TextForm::Json,
            };
            View::Text(Text::new(&json[1..json.len() - 1], form))
        }
        [b'[', ..] => View::Whole(Whole::of_json(json, false, false)),
        _ => View::Number(Number::of_text(json)),
    }
}
