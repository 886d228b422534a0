//! A binary format goes the whole way: nothing of the walk, of consent or of an
//! action knows JSON.
//!
//! A value is a byte for its type and what it says: `N` null, `B` and a byte,
//! `I` and 8 bytes, `D` and a double, `T` and a time, `S` and `X` a length and
//! text or bytes, `O` and `A` a count and the members or elements; a member is
//! a length, a name and a value. Written, it is more like formats with a schema:
//! a member is its slot instead of a name, null is no byte at all, a container
//! has its length in bytes and its count in front, a place may have a type, and
//! a field that is left out leaves a hole.

use std::sync::LazyLock;

use super::*;
use crate::consent::{self, Gate};
use crate::decode::Decoded;
use crate::plan::automaton::{Automaton, ROOT, WHOLE};
use crate::plan::signal::Signal;
use crate::record::append::Spelling;
use crate::record::event_time::Now;
use crate::record::format::{Container, End, Format, Mark, Reader, Standing, Written, WrittenAt};
use crate::record::jobs::Jobs;
use crate::record::number::Number;
use crate::record::raw::Raw as RawRecords;
use crate::record::tape::{Document, ELEMENT, Entry, HOLDS_OBJECT, Kind, READ, Slot, Tape};
use crate::record::time::{Precision, Time, TimeKind};
use crate::record::timestamp::Timestamp;
use crate::record::value::{Applied, Out, SpellJson, Target, Text, TextForm, View, Whole};
use crate::render::json::JsonOf;
use crate::render::plain::PlainText;
use crate::transform::stage::{self, Outgoing, Transformer, Under};

/// Reads the toy.
struct Toy;

/// The bytes of an event.
struct Event(Vec<u8>);

impl Event {
    fn number<const N: usize>(&self, at: u32) -> [u8; N] {
        *self.0[at as usize..].first_chunk().unwrap()
    }

    /// Puts the value at `at` on the tape if somebody reads it; where it ends.
    fn value(
        &self,
        (at, slot, key): (u32, Slot, Option<(u32, u16)>),
        automaton: &Automaton,
        tape: &mut Tape,
    ) -> (u32, bool) {
        let noted = slot > WHOLE;
        let place = tape.entries.len();
        let letter = self.0[at as usize];
        let len = |at: u32| at + 2 + u32::from(self.0[at as usize + 1]);
        let (kind, start, mut end) = match letter {
            b'N' => (Kind::Null, at, at + 1),
            b'B' if self.0[at as usize + 1] == 1 => (Kind::True, at, at + 2),
            b'B' => (Kind::False, at, at + 2),
            b'I' | b'D' => (Kind::Number, at, at + 9),
            b'T' => (Kind::Time, at, at + 9),
            b'S' => (Kind::Text, at + 2, len(at)),
            b'X' => (Kind::Bytes, at + 2, len(at)),
            b'O' => (Kind::Object, at, at + 2),
            b'A' => (Kind::Array, at, at + 2),
            other => panic!("no type `{other}`"),
        };
        if noted {
            let (key_at, key_len) = key.unwrap_or_default();
            let flags = u8::from(key.is_none()) * ELEMENT;
            tape.entries.push(Entry {
                slot,
                start,
                end,
                next: 0,
                key_at,
                key_len,
                kind,
                flags: flags | (u8::from(automaton.is_read(slot)) * READ),
            });
            for read in automaton.reads(slot) {
                tape.reads[usize::from(*read)] = place as u32;
            }
        }
        let mut holds = kind == Kind::Object;
        if matches!(kind, Kind::Object | Kind::Array) {
            for n in 0..u32::from(self.0[at as usize + 1]) {
                let (inner, child, key) = if kind == Kind::Array {
                    (end, automaton.element(slot, n), None)
                } else {
                    let name_len = self.0[end as usize];
                    let name_at = end + 1;
                    let value_at = name_at + u32::from(name_len);
                    let name = &self.0[name_at as usize..value_at as usize];
                    let key = (name_at, u16::from(name_len));
                    (value_at, automaton.member(slot, name), Some(key))
                };
                let (behind, object) = self.value((inner, child, key), automaton, tape);
                end = behind;
                holds |= object;
            }
        }
        if noted {
            let next = tape.entries.len() as u32;
            let entry = &mut tape.entries[place];
            (entry.end, entry.next) = (end, next);
            entry.flags |= u8::from(holds) * HOLDS_OBJECT;
        }
        (end, holds)
    }

    /// Appends the value at `at` as JSON; where it ends.
    fn spell(&self, at: u32, out: &mut String) -> u32 {
        let (mut behind, letter) = (at + 2, self.0[at as usize]);
        match letter {
            b'N' => out.push_str("null"),
            b'I' => out.push_str(&i64::from_le_bytes(self.number(at + 1)).to_string()),
            b'S' => {
                behind += u32::from(self.0[at as usize + 1]);
                let text = &self.0[at as usize + 2..behind as usize];
                out.push_str(&serde_json::to_string(std::str::from_utf8(text).unwrap()).unwrap());
            }
            b'O' | b'A' => {
                out.push(if letter == b'O' { '{' } else { '[' });
                for n in 0..self.0[at as usize + 1] {
                    out.push_str(if n > 0 { "," } else { "" });
                    if letter == b'O' {
                        let value_at = behind + 1 + u32::from(self.0[behind as usize]);
                        let name = &self.0[behind as usize + 1..value_at as usize];
                        out.push_str(&format!("\"{}\":", std::str::from_utf8(name).unwrap()));
                        behind = value_at;
                    }
                    behind = self.spell(behind, out);
                }
                out.push(if letter == b'O' { '}' } else { ']' });
            }
            other => panic!("`{other}` is not spelled here"),
        }
        match letter {
            b'N' => at + 1,
            b'I' => at + 9,
            _ => behind,
        }
    }
}

impl SpellJson for Event {
    fn spell_json(&self, entry: &Entry, out: &mut Vec<u8>) -> Applied {
        let mut text = String::new();
        self.spell(entry.start, &mut text);
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Reader for Toy {
    type Input<'a> = &'a Event;
    const IS_JSON: bool = false;

    fn view<'a>(event: &'a Event, entry: &'a Entry) -> View<'a> {
        let bytes = &event.0[entry.start as usize..entry.end as usize];
        match entry.kind {
            Kind::Null => View::Null,
            Kind::True => View::Bool(true),
            Kind::False => View::Bool(false),
            Kind::Number if bytes[0] == b'I' => View::Number(Number::of_integer(
                i64::from_le_bytes(event.number(entry.start + 1)),
            )),
            Kind::Number => View::Number(Number::of_double(f64::from_le_bytes(
                event.number(entry.start + 1),
            ))),
            Kind::Time => View::Time(Time {
                seconds: i64::from_le_bytes(event.number(entry.start + 1)),
                nanos: 0,
                kind: TimeKind::Instant(Precision::Milli),
            }),
            Kind::Text => View::Text(Text::new(
                std::str::from_utf8(bytes).unwrap(),
                TextForm::Plain,
            )),
            Kind::Bytes => View::Bytes(bytes),
            Kind::Object | Kind::Array => View::Whole(Whole::of_entry(entry, event)),
        }
    }

    fn name<'a>(event: Self::Input<'a>, entry: &Entry) -> Text<'a> {
        let name = &event.0[entry.key_at as usize..][..usize::from(entry.key_len)];
        Text::new(std::str::from_utf8(name).unwrap(), TextForm::Plain)
    }

    fn bytes<'a>(event: Self::Input<'a>) -> &'a [u8] {
        &event.0
    }

    fn state(_: &Event, slot: Slot) -> Slot {
        slot
    }
}

/// The slots whose places take text and nothing else.
#[derive(Clone, Copy)]
struct TextOnly<'t>(&'t [Slot]);

/// A value at its place.
struct Member<'b> {
    buf: &'b mut Vec<u8>,
    text_only: bool,
    said: Result<Written, Reason>,
}

impl Member<'_> {
    fn put(&mut self, letter: u8, bytes: &[u8]) {
        self.said = Ok(Written::Value);
        if self.text_only && letter != b'S' {
            self.said = Err(Reason::WrongType);
        }
        self.buf.push(letter);
        self.buf.extend_from_slice(bytes);
    }

    fn put_long(&mut self, letter: u8, bytes: &[u8]) {
        self.put(letter, &[bytes.len() as u8]);
        self.buf.extend_from_slice(bytes);
    }
}

impl Out for Member<'_> {
    fn null(&mut self) {
        self.said = Ok(Written::Value);
    }

    fn bool(&mut self, value: bool) {
        self.put(b'B', &[u8::from(value)]);
    }

    fn number(&mut self, text: &str) {
        self.put_long(b'#', text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        self.put_long(b'S', text.as_bytes());
    }

    fn ascii(&mut self, text: &[u8]) {
        self.put_long(b'S', text);
    }

    fn time(&mut self, time: Time) {
        self.put(b'T', &time.seconds.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.put_long(b'X', bytes);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => match number.text_in(&mut String::new()) {
                Ok(text) => self.number(text),
                Err(reason) => self.said = Err(reason),
            },
            View::Text(text) => self.text(text.raw()),
            View::Time(time) => self.time(time),
            View::Bytes(bytes) => self.bytes(bytes),
            View::Whole(whole) => {
                let mut json = Vec::new();
                whole.json_into(&mut json).unwrap();
                self.put_long(b'J', &json);
            }
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.put_long(b'S', &vec![b'?'; len]);
        Target {
            at: (self.buf.len() - len) as u32,
            len: len as u32,
        }
    }
}

impl End for Member<'_> {
    fn end(self) -> Result<Written, Reason> {
        self.said
    }
}

impl Format for Toy {
    type Reader = Toy;
    type Schemas<'t> = TextOnly<'t>;
    type Types<'t> = TextOnly<'t>;
    type Member<'t, 'b> = Member<'b>;
    type Plain<'b> = PlainText<'b>;
    type Sealed = JsonOf<Toy>;
    type Text = JsonOf<crate::record::format::JsonText>;
    const EAGER: bool = true;
    const MARKS: bool = true;

    fn types<'t>(schemas: Self::Schemas<'t>, _: usize, _: usize) -> Self::Types<'t> {
        schemas
    }

    fn types_of<'t>(types: Self::Types<'t>, _: usize) -> Self::Types<'t> {
        types
    }

    fn standing<'t>(_: Self::Types<'t>, slot: Slot) -> &'t [Standing] {
        static ALL: LazyLock<Vec<Standing>> = LazyLock::new(|| {
            let one = |at| Standing {
                at,
                writes: [0].into(),
            };
            (0..128).map(one).collect()
        });
        std::slice::from_ref(&ALL[slot as usize])
    }

    fn is_there(_: TextOnly<'_>, _: Slot) -> bool {
        true
    }

    fn member<'t, 'b>(
        types: Self::Types<'t>,
        place: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b> {
        buf.push(0x80 | place.slot as u8);
        Member {
            buf,
            text_only: types.0.contains(&place.slot),
            said: Ok(Written::Nothing),
        }
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    fn open(kind: Container, _: TextOnly<'_>, slot: Slot, buf: &mut Vec<u8>) -> Mark {
        buf.push(0x80 | slot as u8);
        buf.push(if kind == Container::Object {
            b'O'
        } else {
            b'A'
        });
        Mark {
            at: buf.len() as u32,
            ..Mark::default()
        }
    }

    fn separate(around: &mut Mark, _: &mut Vec<u8>) {
        around.count += 1;
    }

    fn close(_: Container, mark: Mark, buf: &mut Vec<u8>, jobs: &mut Jobs) {
        let at = mark.at as usize;
        let front = [(buf.len() - at) as u8, mark.count as u8];
        buf.splice(at..at, front);
        jobs.shift(at, front.len());
    }

    fn absent(_: TextOnly<'_>, field: &Standing, buf: &mut Vec<u8>) -> Applied {
        buf.extend_from_slice(&[0x80 | field.at as u8, b'-']);
        Ok(())
    }

    fn named(_: TextOnly<'_>, _: &str, _: &Spelling, _: &Event, _: &Entry, _: &mut Vec<u8>) {}

    fn spell(name: &str) -> Box<[u8]> {
        panic!("`{name}` is not written: places have slots")
    }

    fn made_name(name: &str, _: &mut Vec<u8>) {
        panic!("`{name}` is not written: places have slots")
    }

    fn name(_: TextOnly<'_>, _: &Event, _: &Entry, _: &mut Vec<u8>) {}

    fn is_verbatim(_: &Entry) -> bool {
        false
    }

    fn adjoin(_: &Entry, _: &Entry) -> bool {
        false
    }

    fn verbatim<'a>(event: <Toy as Reader>::Input<'a>, _: &Entry, _: &Entry) -> &'a [u8] {
        &event.0
    }
}

/// A toy event; members as name and value.
fn object(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![b'O', members.len() as u8];
    for (name, value) in members {
        bytes.push(name.len() as u8);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value);
    }
    bytes
}

fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    [&[b'A', elements.len() as u8][..], &elements.concat()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[b'S', text.len() as u8][..], text.as_bytes()].concat()
}

fn int(value: i64) -> Vec<u8> {
    [&b"I"[..], &value.to_le_bytes()].concat()
}

/// What was written, readable: slots are spelled by the names that lead there.
fn shown(mut bytes: &[u8], names: &[(Slot, &str)]) -> String {
    fn take<'b>(bytes: &mut &'b [u8], n: usize) -> &'b [u8] {
        let (taken, rest) = bytes.split_at(n);
        *bytes = rest;
        taken
    }
    let mut out = String::new();
    while let Some((first, rest)) = bytes.split_first() {
        let slot = Slot::from(first & 0x7f);
        assert!(first & 0x80 != 0, "a slot, found {first:x} in {out}");
        bytes = rest;
        let name = names.iter().find(|(s, _)| *s == slot);
        out.push_str(name.map_or("?", |(_, name)| name));
        // Null is no byte: what follows is the next slot, or the end.
        match bytes.first().filter(|b| **b & 0x80 == 0) {
            None => out.push_str("=null"),
            Some(letter) => {
                bytes = &bytes[1..];
                match letter {
                    b'-' => out.push_str("=hole"),
                    b'B' => out.push_str(&format!("={}", take(&mut bytes, 1)[0] == 1)),
                    b'T' => {
                        let seconds = take(&mut bytes, 8).try_into().unwrap();
                        out.push_str(&format!("=T{}", i64::from_le_bytes(seconds)));
                    }
                    b'S' | b'X' | b'J' | b'#' => {
                        let len = usize::from(take(&mut bytes, 1)[0]);
                        let said = String::from_utf8_lossy(take(&mut bytes, len));
                        out.push_str(&format!("={}{said}", char::from(*letter)));
                    }
                    b'O' | b'A' => {
                        let head = take(&mut bytes, 2);
                        let inside = shown(take(&mut bytes, usize::from(head[0])), names);
                        out.push_str(&format!("={}{}({inside})", char::from(*letter), head[1]));
                    }
                    other => panic!("no type {other:x} in {out}"),
                }
            }
        }
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// What becomes of toy events at the first output.
fn outcomes(plan: &Plan, text_only: &[Slot], events: &[Vec<u8>]) -> Vec<Result<Vec<u8>, Reason>> {
    let lane = batch(&Arc::new(keeps_nothing()), &[]).raw.lane().clone();
    let mut raw = RawRecords::new(lane);
    for (offset, event) in (10..).zip(events) {
        raw.push(offset, Timestamp::None, None, Some(event), []);
    }
    let under = Under::<Toy>::new(plan, &plan.reading, TextOnly(text_only));
    let mut transformer = Transformer::new(
        crate::crypto::seal::BatchSeal::new(Counting(0)),
        crate::crypto::batch_entropy::BatchEntropy::new(Counting(0)),
        crate::record::lookups::LookedUp::new(0),
    );
    let (mut gate, mut out) = (Gate::default(), Outgoing::default());
    let state = crate::consent::state::Snapshot::unknown();
    let mut spans = Vec::new();
    for fetched in raw.fetched() {
        let event = Event(fetched.value().unwrap().to_vec());
        let mut tape = Tape::default();
        tape.reads.resize(plan.value.reads_len(), Tape::ABSENT);
        event.value((0, ROOT, None), &plan.value, &mut tape);
        let document = Document {
            input: &event,
            tape: &tape,
        };
        let decoded = Decoded::<Toy>::made(fetched, document);
        let sanitized =
            consent::permit(decoded, plan, &state, &mut gate, Now::at(0)).and_then(|p| {
                let sanitized = stage::sanitize(p, &under, Now::at(0), &mut transformer, &mut out);
                sanitized.map_err(|refusal| refusal.reason)
            });
        spans.push(sanitized.map(|s| s.rendered().first().map(|r| r.value.unwrap())));
    }
    transformer.finish_batch(plan, &mut out.bytes);
    let bytes_of = |span: Option<crate::record::span::Span>| {
        span.map_or(Vec::new(), |s| s.of(&out.bytes).to_vec())
    };
    spans.into_iter().map(|s| s.map(bytes_of)).collect()
}

fn keeps_nothing() -> Plan {
    Arc::into_inner(Plans::new().build()).unwrap()
}

fn no_names() -> Plans {
    let mut plans = Plans::new();
    // What is sealed is JSON, so its names are spelled; others have slots.
    plans.spell = |name| {
        let inside = name.strip_prefix("in_").is_some();
        if inside {
            <JsonOf<Toy> as Format>::spell(name)
        } else {
            Box::default()
        }
    };
    plans
}

/// The state that a path of names leads to.
fn slot(plan: &Plan, path: &[&str]) -> Slot {
    let step = |state, name: &&str| match *name {
        "[]" => plan.value.element(state, 0),
        name => plan.value.member(state, name.as_bytes()),
    };
    path.iter().fold(ROOT, step)
}

#[test]
fn every_kind_of_value_goes_the_whole_way() {
    let mut plans = no_names();
    plans.output(&[
        field("n", "keep"),
        field("d", "keep"),
        field("t", "keep"),
        field("x", "keep"),
        field("b", "keep"),
        field("z", "keep"),
        field("s", "reverse"),
        field("gone", "drop"),
        field("l[*].i", "keep"),
        field("w", "{ keep: { subtree: true } }"),
    ]);
    let plan = plans.build();
    let names = [
        (slot(&plan, &["n"]), "n"),
        (slot(&plan, &["d"]), "d"),
        (slot(&plan, &["t"]), "t"),
        (slot(&plan, &["x"]), "x"),
        (slot(&plan, &["b"]), "b"),
        (slot(&plan, &["z"]), "z"),
        (slot(&plan, &["s"]), "s"),
        (slot(&plan, &["gone"]), "gone"),
        (slot(&plan, &["l"]), "l"),
        (slot(&plan, &["l", "[]"]), "e"),
        (slot(&plan, &["l", "[]", "i"]), "i"),
        (slot(&plan, &["w"]), "w"),
        (ROOT, "root"),
    ];
    let event = object(&[
        ("unnamed", text("CANARY")),
        ("n", int(-7)),
        ("d", [&b"D"[..], &39.8f64.to_le_bytes()].concat()),
        ("t", [&b"T"[..], &86_400i64.to_le_bytes()].concat()),
        ("x", b"X\x02\xff\x00".to_vec()),
        ("b", b"B\x01".to_vec()),
        ("z", b"N".to_vec()),
        ("s", text("abc")),
        ("gone", text("CANARY")),
        (
            "l",
            array(&[object(&[("i", int(1)), ("j", text("CANARY"))]), object(&[])]),
        ),
        ("w", object(&[("k", array(&[int(1), text("\"")]))])),
    ]);
    let out = outcomes(&plan, &[], &[event]).remove(0).unwrap();
    assert_eq!(
        shown(&out, &names),
        "root=O9(n=#-7 d=#39.8 t=T86400 x=X\u{fffd}\u{0} b=true z=null s=Scba gone=hole \
         l=A2(e=O1(i=#1) e=O0()) w=J{\"k\":[1,\"\\\"\"]})"
    );
}

#[test]
fn a_body_is_written_as_json_and_its_jobs_are_done_inside() {
    let mut plans = no_names();
    let inside = [field("in_a", "reverse"), field("in_l[*]", "keep")];
    plans.output(&[
        field("first", "reverse"),
        field("o", "reverse").inside(&inside),
    ]);
    let plan = plans.build();
    let names = [
        (ROOT, "root"),
        (slot(&plan, &["first"]), "first"),
        (slot(&plan, &["o"]), "o"),
    ];
    let sealed = object(&[
        ("in_a", text("xyz")),
        ("secret", text("CANARY")),
        ("in_l", array(&[int(1), int(2)])),
    ]);
    let event = object(&[("first", text("12")), ("o", sealed)]);
    let out = outcomes(&plan, &[], &[event]).remove(0).unwrap();
    assert_eq!(
        shown(&out, &names),
        "root=O2(first=S21 o=S}]2,1[:'l_ni','xyz':'a_ni'{)"
    );
}

#[test]
fn a_value_that_does_not_fit_its_type_is_refused_like_one_an_action_refuses() {
    let mut plans = no_names();
    plans.output(&[field("a", "keep"), field("b", "keep").or_drop()]);
    let plan = plans.build();
    let names = [
        (ROOT, "root"),
        (slot(&plan, &["a"]), "a"),
        (slot(&plan, &["b"]), "b"),
    ];
    let text_only = [names[1].0, names[2].0];
    let events = [
        object(&[("a", text("1")), ("b", text("2"))]),
        object(&[("a", int(1)), ("b", text("2"))]),
        object(&[("a", text("1")), ("b", int(2))]),
    ];
    let out = outcomes(&plan, &text_only, &events);
    let shown: Vec<_> = out
        .iter()
        .map(|o| o.as_ref().map(|o| shown(o, &names)))
        .collect();
    assert_eq!(shown[0].as_deref(), Ok("root=O2(a=S1 b=S2)"));
    assert_eq!(shown[1], Err(&Reason::WrongType));
    assert_eq!(shown[2].as_deref(), Ok("root=O1(a=S1 b=hole)"));
}

#[test]
fn consent_and_composites_read_it_as_they_read_json() {
    let mut plans = no_names();
    let (object_read, read) = (plans.read("consent"), plans.read("consent.ads"));
    let composite = field("who", "reverse").parts(&["first", "last"]);
    plans.output(&[composite, field("n", "keep")]).needs = 1;
    plans.plan.categories = vec!["ads".into()];
    plans.plan.signals = vec![Signal::Object {
        object: object_read,
        categories: vec![(0, [read].into())],
        grants: vec![crate::record::Literal::Bool(true)],
    }];
    let plan = plans.build();
    let names = [
        (ROOT, "root"),
        (slot(&plan, &["first"]), "first"),
        (slot(&plan, &["n"]), "n"),
    ];
    let event = |consent: Vec<u8>| {
        object(&[
            ("consent", consent),
            ("first", text("Jane")),
            ("n", int(1)),
            ("last", int(7)),
        ])
    };
    let granted = object(&[("ads", b"B\x01".to_vec())]);
    let denied = object(&[("ads", b"B\x00".to_vec())]);
    let out = outcomes(&plan, &[], &[event(granted), event(denied), event(int(1))]);
    // The integer has no text of its own in the tape: the action spells it. What is read
    // and not written is a field too, by the types of this format.
    assert_eq!(
        shown(out[0].as_ref().unwrap(), &names),
        "root=O2(?=hole first=SJane+7 n=#1 ?=hole)"
    );
    assert_eq!(out[1].as_deref(), Ok(&[][..]));
    assert_eq!(out[2].as_deref(), Ok(&[][..]));
}
