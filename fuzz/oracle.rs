//! What serde_json makes of a document, and what the decoder must therefore
//! say of it: the judge of the fuzz target `decode` and of the test
//! `differential`. It shares no code with the decoder. Spans are those that
//! serde_json gives raw values; where a path leads is worked out from the
//! selectors, and the automaton's states are compared with that.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{Formatter, Result as Written};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use veilstream::decode::Limits;
use veilstream::plan::automaton::{Builder, Built, ROOT, SelectorId, WHOLE};
use veilstream::policy::selector;
use veilstream::record::Reason;
use veilstream::record::path::{Selector, Step};
use veilstream::record::tape::{
    ELEMENT, ESCAPED, Entry, HOLDS_OBJECT, KEY_ESCAPED, Kind, READ, Slot, Tape,
};

/// What a plan names, as the decoder takes it and as selectors.
pub struct Named {
    pub built: Built,
    pub limits: Limits,
    pub selectors: Vec<Selector>,
    reads: Vec<SelectorId>,
}

impl Named {
    /// `reads` are among `paths`.
    pub fn new(paths: &[&str], reads: &[&str], limits: Limits) -> Named {
        let mut builder = Builder::default();
        let mut selectors = Vec::new();
        let mut add = |path| {
            let mut last = 0;
            for selector in selector::selectors(path).expect("the paths are right") {
                last = builder.add(selector.clone());
                if last == selectors.len() {
                    selectors.push(selector);
                }
            }
            last
        };
        for path in paths {
            add(path);
        }
        let reads: Vec<SelectorId> = reads.iter().map(|path| add(path)).collect();
        Named {
            built: builder.build(&reads).expect("few states"),
            limits,
            selectors,
            reads,
        }
    }

    /// Every name that a selector spells.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let steps = self.selectors.iter().flat_map(|s| &s.steps);
        steps.filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// What decoder and serde_json say together, when that is as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both take it, and the tape of so many entries is as it must be.
    /// `numbers`: it holds one that serde_json cannot represent.
    Accepted { entries: u64, numbers: bool },
    /// Neither takes it.
    Refused(Reason),
    /// We refuse what serde_json takes: a limit of ours, and a true one.
    Disagreed(Reason),
}

/// Compares what the decoder made of `input` with what it must make of it.
///
/// # Errors
/// What is wrong.
pub fn check(
    input: &[u8],
    named: &Named,
    answer: Result<&str, Reason>,
    tape: &Tape,
) -> Result<Outcome, String> {
    let too_long = input.len() > named.limits.value_bytes_max as usize;
    let text = std::str::from_utf8(input);
    let json = text.ok().map(read);
    match (&json, answer) {
        (_, Err(Reason::TooLarge)) if too_long => Ok(match json {
            Some(Some(_)) => Outcome::Disagreed(Reason::TooLarge),
            _ => Outcome::Refused(Reason::TooLarge),
        }),
        _ if too_long => Err(format!("{answer:?}, but it is too long")),
        (None, Err(Reason::NotUtf8)) => Ok(Outcome::Refused(Reason::NotUtf8)),
        (None, _) => Err(format!("{answer:?}, but it is not UTF-8")),
        (_, Err(Reason::NotUtf8)) => Err("refused as not UTF-8, which it is".into()),
        (Some(None), Ok(_)) => Err("accepted what serde_json refuses".into()),
        (Some(None), Err(Reason::NotAnObject)) => Err("no object, but no JSON either".into()),
        (Some(None), Err(Reason::BadText)) if !has_surrogate(input) => {
            Err("refused for half a character that is not there".into())
        }
        (Some(None), Err(reason)) => Ok(Outcome::Refused(reason)),
        (Some(Some(json)), Err(reason)) => match limits(json, named, &tape_of(json, named)) {
            limits if limits.contains(&reason) => Ok(Outcome::Disagreed(reason)),
            limits => Err(format!("refused as {reason}, true are: {limits:?}")),
        },
        (Some(Some(json)), Ok(text)) => {
            let expected = tape_of(json, named);
            let limits = limits(json, named, &expected);
            if !limits.is_empty() {
                return Err(format!("accepted in spite of {limits:?}"));
            }
            if text.as_bytes() != input {
                return Err("gave back another text".into());
            }
            compare(tape, &expected)?;
            Ok(Outcome::Accepted {
                entries: expected.entries.len() as u64,
                numbers: json.numbers,
            })
        }
    }
}

/// Half of a surrogate pair is spelled somewhere.
fn has_surrogate(input: &[u8]) -> bool {
    input.windows(4).any(|w| {
        matches!(w, [b'\\', b'u', b'd' | b'D', half] if matches!(half, b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'))
    })
}

/// Why we refuse it, although it is JSON.
fn limits(json: &Json, named: &Named, tape: &Tape) -> Vec<Reason> {
    [
        (
            Reason::NotAnObject,
            !matches!(json.top.value, Value::Object(_)),
        ),
        (
            Reason::TooDeep,
            json.depth > named.limits.depth_max as usize,
        ),
        (Reason::DuplicateKey, json.twice),
        (Reason::TooLarge, json.longest_name >= 1 << 16),
        (
            Reason::TooComplex,
            tape.entries.len() > named.limits.tape_entries_max as usize,
        ),
        // What stands deeper was not looked at, so it may be no JSON.
        (Reason::NotJson, json.depth > LOOKED_AT),
    ]
    .into_iter()
    .filter_map(|(reason, is_true)| is_true.then_some(reason))
    .collect()
}

fn compare(tape: &Tape, expected: &Tape) -> Result<(), String> {
    let fields = |e: &Entry| {
        (
            (e.slot, e.kind, e.flags),
            (e.start, e.end, e.next),
            (e.key_at, e.key_len),
        )
    };
    let (ours, theirs) = (&tape.entries, &expected.entries);
    for (at, (our, their)) in ours.iter().zip(theirs).enumerate() {
        if fields(our) != fields(their) {
            return Err(format!("entry {at} is {our:?}, must be {their:?}"));
        }
    }
    if ours.len() != theirs.len() {
        return Err(format!("{} entries, must be {}", ours.len(), theirs.len()));
    }
    if tape.reads != expected.reads {
        return Err(format!(
            "reads {:?}, must be {:?}",
            tape.reads, expected.reads
        ));
    }
    if tape.unnamed != expected.unnamed {
        return Err(format!(
            "{} unnamed, must be {}",
            tape.unnamed, expected.unnamed
        ));
    }
    Ok(())
}

/// One JSON text, duplicate names and all.
pub struct Json<'a> {
    pub top: Node<'a>,
    depth: usize,
    twice: bool,
    longest_name: usize,
    numbers: bool,
}

/// One value and where it stands.
pub struct Node<'a> {
    pub raw: &'a str,
    pub value: Value<'a>,
    start: usize,
    holds_object: bool,
}

pub enum Value<'a> {
    Scalar,
    Object(Vec<Member<'a>>),
    Array(Vec<Node<'a>>),
}

pub struct Member<'a> {
    /// As spelled, in quotes.
    pub spelled: &'a str,
    name: Cow<'a, str>,
    at: usize,
    pub node: Node<'a>,
}

/// Values deeper than this are not looked into.
const LOOKED_AT: usize = 200;

/// The text, if it is JSON.
///
/// # Panics
/// When serde_json, asked in two ways, contradicts itself.
pub fn read(text: &str) -> Option<Json<'_>> {
    let mut reader = Reader {
        origin: text.as_ptr() as usize,
        depth: 0,
        twice: false,
        longest_name: 0,
        numbers: false,
    };
    let raw: Result<&RawValue, _> = serde_json::from_str(text);
    let top = raw.ok().and_then(|raw| reader.node(raw.get(), 1));
    match serde_json::from_str::<serde_json::Value>(text).map_err(|e| e.to_string()) {
        Ok(_) => assert!(top.is_some() && !reader.numbers, "{text:?}"),
        Err(e) if e.starts_with("number out of range") => {}
        Err(e) if e.starts_with("recursion limit") => {}
        Err(e) => assert!(top.is_none() || reader.depth > LOOKED_AT, "{e}: {text:?}"),
    }
    Some(Json {
        top: top?,
        depth: reader.depth,
        twice: reader.twice,
        longest_name: reader.longest_name,
        numbers: reader.numbers,
    })
}

struct Reader {
    /// Address of the text.
    origin: usize,
    depth: usize,
    twice: bool,
    longest_name: usize,
    numbers: bool,
}

impl Reader {
    /// `raw` has the structure of JSON; serde_json looks at escapes and
    /// numbers only when it makes values of them.
    fn node<'a>(&mut self, raw: &'a str, depth: usize) -> Option<Node<'a>> {
        let mut holds_object = false;
        let value = match raw.as_bytes()[0] {
            b'{' | b'[' if depth > LOOKED_AT => {
                self.depth = depth;
                Value::Scalar
            }
            b'{' => {
                self.depth = self.depth.max(depth);
                holds_object = true;
                let Members(list) = serde_json::from_str(raw).ok()?;
                let mut members = Vec::with_capacity(list.len());
                for (key, value) in list {
                    members.push(Member {
                        spelled: key.get(),
                        name: characters(key.get())?,
                        at: key.get().as_ptr() as usize - self.origin,
                        node: self.node(value.get(), depth + 1)?,
                    });
                    self.longest_name = self.longest_name.max(key.get().len() - 2);
                }
                self.twice |= twice(&members);
                Value::Object(members)
            }
            b'[' => {
                self.depth = self.depth.max(depth);
                let list: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
                let nodes = list.iter().map(|raw| self.node(raw.get(), depth + 1));
                let nodes: Vec<Node> = nodes.collect::<Option<_>>()?;
                holds_object = nodes.iter().any(|node| node.holds_object);
                Value::Array(nodes)
            }
            b'"' => {
                characters(raw)?;
                Value::Scalar
            }
            b't' | b'f' | b'n' => Value::Scalar,
            _ => {
                self.numbers |= serde_json::from_str::<serde_json::Number>(raw).is_err();
                Value::Scalar
            }
        };
        Some(Node {
            raw,
            value,
            start: raw.as_ptr() as usize - self.origin,
            holds_object,
        })
    }
}

/// The characters of a JSON string.
fn characters(raw: &str) -> Option<Cow<'_, str>> {
    match raw.contains('\\') {
        true => serde_json::from_str(raw).ok().map(Cow::Owned),
        false => serde_json::from_str(raw).ok().map(Cow::Borrowed),
    }
}

fn twice(members: &[Member]) -> bool {
    let names = || members.iter().map(|m| &*m.name);
    match members.len() {
        0..8 => names()
            .enumerate()
            .any(|(n, name)| names().take(n).any(|other| other == name)),
        _ => names().collect::<HashSet<_>>().len() < members.len(),
    }
}

/// The members of an object as spelled; none is lost where names are alike.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut Formatter<'_>) -> Written {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(member) = map.next_entry()? {
                    list.push(member);
                }
                Ok(Members(list))
            }
        }
        deserializer.deserialize_map(List)
    }
}

/// A selector, how many of its steps are done, and whether what is there lies in what
/// its `**` stands for.
type Item = (SelectorId, usize, bool);

/// The tape that the decoder must make.
fn tape_of(json: &Json, named: &Named) -> Tape {
    let mut tape = Tape::default();
    tape.reads.resize(named.reads.len(), Tape::ABSENT);
    let items = (0..named.selectors.len()).map(|s| (s, 0, false));
    let items = none_too(items.collect(), named);
    let start = Place {
        slot: ROOT,
        covered: false,
        key: (0, 0, 0),
    };
    note(&json.top, start, &items, named, &mut tape);
    tape
}

/// Those items, and where `**` may stand for nothing those behind it.
fn none_too(mut items: Vec<Item>, named: &Named) -> Vec<Item> {
    for (selector, done, inside) in items.clone() {
        let steps = &named.selectors[selector].steps;
        if steps.get(done) == Some(&Step::AnyDepth) {
            items.push((selector, done + 1, inside));
        }
    }
    items.sort_unstable();
    items.dedup();
    items
}

/// How one came to a value.
struct Place {
    slot: Slot,
    /// A value above it is itself named.
    covered: bool,
    /// `key_at`, `key_len` and the flags that speak of the name.
    key: (u32, u16, u8),
}

/// Notes a value that `items` lead to or through, and what is named inside.
fn note(node: &Node, place: Place, items: &[Item], named: &Named, tape: &mut Tape) {
    let steps = |item: &Item| &named.selectors[item.0].steps;
    let ends = |item: &&Item| item.1 == steps(item).len();
    let (accepts, passes): (Vec<&Item>, Vec<&Item>) = items.iter().partition(ends);
    let info = &named.built.states[place.slot as usize];
    let same = |ours: &[veilstream::plan::automaton::Item], theirs: &[&Item]| {
        let ours = ours.iter().map(|i| (i.selector, i.done, i.in_depth));
        ours.eq(theirs.iter().map(|item| **item))
    };
    assert!(same(&info.accepts, &accepts) && same(&info.passes, &passes));
    let covered = place.covered || !accepts.is_empty();

    let (kind, quote) = match node.raw.as_bytes()[0] {
        b'{' => (Kind::Object, 0),
        b'[' => (Kind::Array, 0),
        b'"' => (Kind::Text, 1),
        b't' => (Kind::True, 0),
        b'f' => (Kind::False, 0),
        b'n' => (Kind::Null, 0),
        _ => (Kind::Number, 0),
    };
    let escaped = u8::from(kind == Kind::Text && node.raw.contains('\\')) * ESCAPED;
    let holds_object = u8::from(node.holds_object) * HOLDS_OBJECT;
    let at = tape.entries.len();
    let mut read = 0;
    for (number, selector) in named.reads.iter().enumerate() {
        if accepts.iter().any(|item| item.0 == *selector) {
            tape.reads[number] = at as u32;
            read = READ;
        }
    }
    tape.entries.push(Entry {
        slot: place.slot,
        start: (node.start + quote) as u32,
        end: (node.start + node.raw.len() - quote) as u32,
        next: 0,
        key_at: place.key.0,
        key_len: place.key.1,
        kind,
        flags: place.key.2 | escaped | holds_object | read,
    });

    let automaton = &named.built.automaton;
    let mut child = |node, slot, key, leads: &dyn Fn(&Step) -> bool, is_member| {
        let on = |item: &Item| match steps(item).get(item.1)? {
            Step::AnyDepth => Some((item.0, item.1, true)),
            step => leads(step).then_some((item.0, item.1 + 1, false)),
        };
        let inside = none_too(items.iter().filter_map(on).collect(), named);
        if inside.is_empty() {
            assert_eq!(slot, u32::from(covered) * WHOLE);
            tape.unnamed += u32::from(is_member && !covered);
        } else {
            let place = Place { slot, covered, key };
            note(node, place, &inside, named, tape);
        }
    };
    match &node.value {
        Value::Scalar => {}
        Value::Object(members) => {
            for member in members {
                let name = &*member.name;
                let escaped = u8::from(member.spelled.contains('\\')) * KEY_ESCAPED;
                let key = (
                    member.at as u32 + 1,
                    (member.spelled.len() - 2) as u16,
                    escaped,
                );
                let slot = automaton.member(place.slot, name.as_bytes());
                let leads = |step: &Step| match step {
                    Step::Name(other) => other == name,
                    other => *other == Step::AnyName,
                };
                child(&member.node, slot, key, &leads, true);
            }
        }
        Value::Array(nodes) => {
            for (n, node) in (0..).zip(nodes) {
                let slot = automaton.element(place.slot, n);
                let leads = |step: &Step| match step {
                    Step::Element(other) => *other == n,
                    other => *other == Step::AnyElement,
                };
                child(node, slot, (0, 0, ELEMENT), &leads, false);
            }
        }
    }
    tape.entries[at].next = tape.entries.len() as u32;
}
