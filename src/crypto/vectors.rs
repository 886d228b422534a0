//! The frozen vectors of `tests/vectors/v1.json`: every one that this version's
//! actions reach, the others by name. The file never changes.

use std::net::IpAddr;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::address::Addresses;
use super::batch_entropy::Seeded;
use super::conformance::Held;
use super::counting::{self, CellNoise, RankKey};
use super::entropy::Entropy;
use super::envelope::{Envelope, Expect};
use super::epoch::{EpochLength, Versions};
use super::kdf::{ContextId, KeyHandle, Root, Use};
use super::link::{LinkKey, Marked};
use super::noise::{For, NoiseKey, of_members};
use super::of_record::OfRecord;
use super::plaintext::{self, Pad};
use super::pseudonym::{Binding, Bits, Encoding, Parameters, Pseudonymizer, Scope};
use super::quarantine::{self, PublicKey, Record, Sealer};
use super::seal::{BatchSeal, SealKey};
use super::secret::Secret;
use super::shift::DayShift;
use super::siv::{SivBatch, SivKey};
use super::state_key::StateKey;
use super::subject_index::SubjectIndex;
use super::token::{Format, Tokenizer, tweak};
use super::words::WordKey;
use super::wrap::{Cost, Kek, WrapPlace};
use crate::canon::Canon;
use crate::record::number::Number;
use crate::record::timestamp::Timestamp;
use crate::record::value::{Text, TextForm, View, Whole};
use crate::record::{Reason, SubjectId};

/// What this version does not reach, and why.
fn left_out(inputs: &Value) -> Option<&'static str> {
    let is_of_02 = inputs["op"] == "seal02";
    is_of_02.then_some("suite 02 comes with keys per subject")
}

#[test]
fn every_vector_that_is_reached_holds() {
    let held = hold(include_str!("../../tests/vectors/v1.json"));
    assert_eq!(held, (241, 244));
}

/// Of what was added after version 1 was frozen: no byte of it differs for that.
#[test]
fn every_vector_of_the_envelope_holds() {
    let held = hold(include_str!("../../tests/vectors/envelope.json"));
    assert_eq!(held, (70, 70));
}

/// Of the canonicalisers that came after version 1 was frozen.
#[test]
fn every_vector_of_the_later_canonicalisers_holds() {
    let held = hold(include_str!("../../tests/vectors/canon.json"));
    assert_eq!(held, (163, 163));
}

/// Of the token formats that came after version 1 was frozen.
#[test]
fn every_vector_of_the_later_tokens_holds() {
    let held = hold(include_str!("../../tests/vectors/token.json"));
    assert_eq!(held, (65, 65));
}

/// Of counts: which cells of a person count, and the noise of a cell.
#[test]
fn every_vector_of_counts_holds() {
    let held = hold(include_str!("../../tests/vectors/counts.json"));
    assert_eq!(held, (9, 9));
}

/// Of noise, which version 1 has the keys of.
#[test]
fn every_vector_of_noise_holds() {
    let held = hold(include_str!("../../tests/vectors/noise.json"));
    assert_eq!(held, (10, 10));
}

/// Of epochs, weeks among them, and of pseudonyms that change with them.
#[test]
fn every_vector_of_epochs_holds() {
    let held = hold(include_str!("../../tests/vectors/epoch.json"));
    assert_eq!(held, (27, 27));
}

/// Of words that stand for values.
#[test]
fn every_vector_of_words_holds() {
    let held = hold(include_str!("../../tests/vectors/words.json"));
    assert_eq!(held, (17, 17));
}

/// Of addresses whose networks stay together.
#[test]
fn every_vector_of_addresses_holds() {
    let held = hold(include_str!("../../tests/vectors/address.json"));
    assert_eq!(held, (15, 15));
}

/// Of the names under which people are kept.
#[test]
fn every_vector_of_subjects_holds() {
    let held = hold(include_str!("../../tests/vectors/subject.json"));
    assert_eq!(held, (28, 28));
}

/// Of elements of records that are taken apart, which came after version 1 was frozen.
#[test]
fn every_vector_of_elements_holds() {
    let held = hold(include_str!("../../tests/vectors/split.json"));
    assert_eq!(held, (10, 10));
}

/// The frozen vectors of each file, and those that were added after version 1 was.
pub(super) fn all() -> Vec<Held> {
    let files = [
        (
            "keys, pseudonyms, tokens, envelopes",
            "v1.json",
            include_str!("../../tests/vectors/v1.json"),
        ),
        (
            "envelopes",
            "envelope.json",
            include_str!("../../tests/vectors/envelope.json"),
        ),
        (
            "canonicalisers",
            "canon.json",
            include_str!("../../tests/vectors/canon.json"),
        ),
        (
            "tokens",
            "token.json",
            include_str!("../../tests/vectors/token.json"),
        ),
        (
            "noise and shifts",
            "noise.json",
            include_str!("../../tests/vectors/noise.json"),
        ),
        (
            "noise of counts",
            "counts.json",
            include_str!("../../tests/vectors/counts.json"),
        ),
        (
            "epochs",
            "epoch.json",
            include_str!("../../tests/vectors/epoch.json"),
        ),
        (
            "addresses whose networks stay together",
            "address.json",
            include_str!("../../tests/vectors/address.json"),
        ),
        (
            "names of people in the topics of consent, and their links",
            "subject.json",
            include_str!("../../tests/vectors/subject.json"),
        ),
        (
            "words that stand for values",
            "words.json",
            include_str!("../../tests/vectors/words.json"),
        ),
        (
            "elements of records that are taken apart",
            "split.json",
            include_str!("../../tests/vectors/split.json"),
        ),
    ];
    let held = files.map(|(what, source, file)| {
        let (accepted, all) = hold(file);
        Held {
            what,
            source,
            accepted,
            rejected: 0,
            left_out: Some((all - accepted, "suite 02, of a later version"))
                .filter(|(n, _)| *n > 0),
        }
    });
    held.into()
}

/// How many of a file hold, of how many.
fn hold(file: &str) -> (usize, usize) {
    let file: Value = serde_json::from_str(file).unwrap();
    let root = Arc::new(Root::new(&array(text(&file, "root"))));
    let vectors = file["vectors"].as_array().unwrap();
    let mut skipped = std::collections::BTreeMap::<_, usize>::new();
    let mut held = 0;
    for vector in vectors {
        let inputs = &vector["inputs"];
        if let Some(why) = left_out(inputs) {
            *skipped.entry((text(inputs, "op"), why)).or_default() += 1;
            continue;
        }
        let expected = &vector["expected"];
        let what = text(vector, "what");
        match text(inputs, "op") {
            "prk" => {
                assert_eq!(hex(root.prk()), expected["prk"], "{what}");
                assert_eq!(root.kcv().to_string(), expected["kcv"], "{what}");
            }
            "key" => key(&root, inputs, expected, what),
            "number" | "canon" => canonical(inputs, expected, what),
            "pseudonym" => assert_eq!(pseudonym(&root, inputs), *expected, "{what}"),
            "ff1" => token(&root, inputs, expected, what),
            "ctx8" => assert_eq!(hex(&context(inputs).0), *expected, "{what}"),
            "plaintext" => assert_eq!(hex(&plaintext_of(inputs)), *expected, "{what}"),
            "length" => assert_eq!(plaintext_of(inputs).len(), *expected, "{what}"),
            "draws" => draws(inputs, expected, what),
            "seal03" => seal_deterministic(&root, inputs, expected, what),
            "seal01" => seal(&root, inputs, expected, what),
            "quarantine" => quarantined(&root, inputs, expected, what),
            "epoch" => epoch(inputs, expected, what),
            "address" => address(&root, inputs, text(vector, "expected"), what),
            "words" => assert_eq!(word(&root, inputs), *expected, "{what}"),
            "noise" => assert_eq!(noise(&root, inputs), *expected, "{what}"),
            "cell-noise" => assert_eq!(cell_noise(&root, inputs), *expected, "{what}"),
            "cell-rank" => assert_eq!(cell_rank(&root, inputs), *expected, "{what}"),
            "subject-id" => assert_eq!(subject_id(&root, inputs), *expected, "{what}"),
            "state-row" => state_row(&root, inputs, text(vector, "expected"), what),
            "link" => linked(&root, inputs, text(vector, "expected"), what),
            "form" => assert_eq!(form(&root, inputs), *expected, "{what}"),
            "shift" => shifted(&root, inputs, expected, what),
            "wrap" => wrapped(inputs, expected, what),
            op => panic!("{op} is neither run nor left out"),
        }
        held += 1;
    }
    println!("{held} of {} vectors hold; left out:", vectors.len());
    for ((op, why), count) in &skipped {
        println!("  {count:3} {op}: {why}");
    }
    (held, vectors.len())
}

/// The name of a person, as bytes and as text.
fn subject_id(root: &Root, inputs: &Value) -> Value {
    let canon = Canon::from_words([text(inputs, "canon")]).unwrap();
    let index = SubjectIndex::new(root, text(inputs, "kind"), canon.id()).unwrap();
    match v(inputs, &canon) {
        Err(reason) => json!({ "error": reason.as_str() }),
        Ok(None) => json!({ "absent": true }),
        Ok(Some(value)) => {
            let id = index.id(&value);
            json!({ "id16": hex(&id.0), "id22": id.text() })
        }
    }
}

fn link_key(root: &Arc<Root>, inputs: &Value) -> LinkKey {
    LinkKey::new(&KeyHandle {
        id: text(inputs, "key_id").parse().unwrap(),
        root: Arc::clone(root),
    })
}

/// A row is sealed as it stands, and opens again.
fn state_row(root: &Arc<Root>, inputs: &Value, expected: &str, what: &str) {
    let key = StateKey::new(&KeyHandle {
        id: "state:1".parse().unwrap(),
        root: Arc::clone(root),
    });
    let (row, value) = (text(inputs, "row").as_bytes(), bytes(text(inputs, "value")));
    let sealed = key.insecure_at(array(text(inputs, "nonce")), row, &value);
    assert_eq!(hex(&sealed), expected, "{what}");
    assert_eq!(**key.open(row, &sealed).unwrap(), value, "{what}");
}

/// A link is sealed as it stands, and opens again.
fn linked(root: &Arc<Root>, inputs: &Value, expected: &str, what: &str) {
    let (key, claims) = (link_key(root, inputs), text(inputs, "claims").as_bytes());
    let link = key.insecure_at(array(text(inputs, "nonce")), claims);
    assert_eq!(link, expected, "{what}");
    assert_eq!(&**key.open(&link).unwrap(), claims, "{what}");
}

/// The mark of a form, or of what was done with one.
fn form(root: &Arc<Root>, inputs: &Value) -> String {
    let what = match inputs.get("saved") {
        Some(saved) => Marked::Saved(saved.as_str().unwrap()),
        None => Marked::Form {
            hour: inputs["hour"].as_u64().unwrap(),
        },
    };
    link_key(root, inputs).mark(text(inputs, "link"), what)
}

/// The place of the word that stands for a value.
fn word(root: &Root, inputs: &Value) -> Value {
    let key = WordKey::new(root, text(inputs, "domain"), text(inputs, "space")).unwrap();
    let count = u32::try_from(inputs["count"].as_u64().unwrap()).unwrap();
    let record = inputs.get("topic").map(|_| of_record(inputs));
    let id = text(inputs, "canon");
    let canon = Canon::from_words([id.strip_suffix("@1").unwrap()]).unwrap();
    let (mut scratch, mut room) = (String::new(), Vec::new());
    let json = text(inputs, "value_json");
    let place = key.place((id, count), record, &mut room, |room| {
        canon.value(view(json), &mut scratch, room)
    });
    match place {
        Ok(Some(place)) => place.into(),
        Ok(None) => serde_json::json!({ "absent": true }),
        Err(reason) => serde_json::json!({ "error": reason.as_str() }),
    }
}

/// The first eight draws for one value.
fn noise(root: &Root, inputs: &Value) -> Value {
    let [domain, label, mechanism] =
        ["domain", "label", "mechanism"].map(|name| text(inputs, name));
    let key = NoiseKey::new(root, domain, label, mechanism).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let of = match inputs.get("subject") {
        Some(subject) => For::Subject(subject.as_str().unwrap()),
        None => For::Record(of_record(inputs)),
    };
    let mut value = bytes(text(inputs, "v"));
    if let Some(members) = inputs.get("members").and_then(Value::as_array) {
        let members: Vec<Vec<u8>> = members.iter().map(|m| bytes(m.as_str().unwrap())).collect();
        value.extend(of_members(&members));
    }
    let mut draws = key.draws(of, &value, &mut Vec::new());
    let n: Vec<u64> = inputs["of"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    let drawn = (0..8).map(|_| match text(inputs, "sampler") {
        "laplace" => draws.laplace(n[0], n[1]),
        "gaussian" => draws.gaussian(n[0], n[1]),
        _ => draws.one_of(n[0] as u16, n[1] as u16, (n[2], n[3])).into(),
    });
    drawn
        .map(|n| Value::from(i64::try_from(n).unwrap()))
        .collect()
}

/// The first four draws for one cell of a window.
fn cell_noise(root: &Root, inputs: &Value) -> Value {
    let [topic, mechanism, cell] = ["topic", "mechanism", "cell"].map(|name| text(inputs, name));
    let key = CellNoise::new(root, topic, mechanism).unwrap();
    let cells = inputs["cells"].as_array().unwrap().iter().map(|of| {
        let name = of[0].as_str().unwrap().as_bytes();
        (name, of[1].as_i64().unwrap(), of[2].as_u64().unwrap())
    });
    let cut = counting::cut(cells);
    let mut draws = key.draws(window(inputs), &cut, cell.as_bytes());
    let [a, b] = [0, 1].map(|n| inputs["of"][n].as_u64().unwrap());
    let drawn = (0..4).map(|_| match text(inputs, "sampler") {
        "laplace" => draws.laplace(a, b),
        _ => draws.gaussian(a, b),
    });
    drawn
        .map(|n| Value::from(i64::try_from(n).unwrap()))
        .collect()
}

/// By what the cells of a person are chosen.
fn cell_rank(root: &Root, inputs: &Value) -> Value {
    let key = RankKey::new(root, text(inputs, "topic")).unwrap();
    let person = bytes(text(inputs, "person")).try_into().unwrap();
    let cell = text(inputs, "cell").as_bytes();
    let rank = key.rank(window(inputs), SubjectId(person), cell);
    format!("{rank:016x}").into()
}

fn window(inputs: &Value) -> (i64, i64) {
    let [from, to] = [0, 1].map(|n| inputs["window"][n].as_i64().unwrap());
    (from, to)
}

fn epoch(inputs: &Value, expected: &Value, what: &str) {
    let length = match inputs.get("length_ms") {
        Some(ms) => EpochLength::fixed(ms.as_i64().unwrap()),
        None => EpochLength::of_calendar(text(inputs, "calendar")),
    };
    let found = length
        .unwrap()
        .of(inputs["t_ms"].as_i64().unwrap())
        .unwrap();
    assert_eq!(
        serde_json::json!([found.start_ms, found.end_ms]),
        *expected,
        "{what}"
    );
}

fn shifted(root: &Root, inputs: &Value, expected: &Value, what: &str) {
    let days_max = u16::try_from(inputs["n"].as_u64().unwrap()).unwrap();
    let (domain, space) = (text(inputs, "domain"), text(inputs, "space"));
    let shift = DayShift::new(root, domain, space, days_max).unwrap();
    assert_eq!(shift.days(text(inputs, "subject")), *expected, "{what}");
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn bytes(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

/// The view of a JSON text, as the decoder would give it.
fn view(json: &str) -> View<'_> {
    match json.as_bytes()[0] {
        b'n' => View::Null,
        b't' => View::Bool(true),
        b'f' => View::Bool(false),
        b'"' => {
            let inside = &json[1..json.len() - 1];
            let form = if inside.contains('\\') {
                TextForm::JsonEscaped
            } else {
                TextForm::Json
            };
            View::Text(Text::new(inside, form))
        }
        b'[' | b'{' => View::Whole(Whole::of_json(
            json,
            json.starts_with('{'),
            json.contains('{'),
        )),
        _ => View::Number(Number::of_text(json)),
    }
}

/// V of the value or values of a vector.
fn v(inputs: &Value, canon: &Canon) -> Result<Option<Vec<u8>>, Reason> {
    let (mut scratch, mut out) = (String::new(), Vec::new());
    let present = if let Some(parts) = inputs.get("values_json") {
        let parts = parts.as_array().unwrap().iter();
        let parts: Vec<_> = parts.map(|p| Some(view(p.as_str().unwrap()))).collect();
        canon.composite(&parts, &mut scratch, &mut out)
    } else if let Some(repeat) = inputs.get("value_repeat") {
        let long = repeat[0]
            .as_str()
            .unwrap()
            .repeat(repeat[1].as_u64().unwrap() as usize);
        canon.value(
            View::Text(Text::new(&long, TextForm::Json)),
            &mut scratch,
            &mut out,
        )
    } else if let Some(float) = inputs.get("value_float") {
        let number = View::Number(float_of(&bytes(float.as_str().unwrap())));
        canon.value(number, &mut scratch, &mut out)
    } else if let Some(raw) = inputs.get("value_hex") {
        // No action takes bytes for somebody; what they would be is frozen all the same.
        let raw = bytes(raw.as_str().unwrap());
        let refused = canon.value(View::Bytes(&raw), &mut scratch, &mut out);
        assert_eq!(refused, Err(Reason::WrongType));
        out = [b"x", &raw[..]].concat();
        Ok(true)
    } else {
        canon.value(view(text(inputs, "value_json")), &mut scratch, &mut out)
    };
    present.map(|present| present.then_some(out))
}

/// A binary number of 4 or 8 bytes, as IEEE 754 orders them.
fn float_of(raw: &[u8]) -> Number<'static> {
    match raw.len() {
        4 => Number::of_single(f32::from_be_bytes(raw.try_into().unwrap())),
        _ => Number::of_double(f64::from_be_bytes(raw.try_into().unwrap())),
    }
}

fn canonical(inputs: &Value, expected: &Value, what: &str) {
    let id = inputs
        .get("canon")
        .map_or("raw@1", |id| id.as_str().unwrap());
    let canon = Canon::from_words([id]).unwrap();
    assert_eq!(canon.id(), id);
    let found = match v(inputs, &canon) {
        Err(reason) => serde_json::json!({ "error": reason.as_str() }),
        Ok(None) => serde_json::json!({ "absent": true }),
        Ok(Some(v)) if inputs["op"] == "number" => {
            assert_eq!(v[0], b'n');
            String::from_utf8(v[1..].to_vec()).unwrap().into()
        }
        Ok(Some(v)) => hex(&v).into(),
    };
    assert_eq!(found, *expected, "{what}");
}

fn key(root: &Root, inputs: &Value, expected: &Value, what: &str) {
    let use_ = Use::ALL
        .into_iter()
        .find(|u| u.spec().0 == text(inputs, "use"))
        .unwrap();
    let params: Vec<Vec<u8>> = inputs["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| match p.get("text") {
            Some(text) => text.as_str().unwrap().into(),
            None => bytes(text(p, "hex")),
        })
        .collect();
    let params: Vec<&[u8]> = params.iter().map(Vec::as_slice).collect();
    let own = inputs
        .get("ikm")
        .map(|ikm| Root::new(&array(ikm.as_str().unwrap())));
    let root = own.as_ref().unwrap_or(root);
    let found = match use_.spec().1 {
        8 => hex(root.key::<8>(use_, &params).unwrap().expose()),
        32 => hex(root.key::<32>(use_, &params).unwrap().expose()),
        64 => hex(root.key::<64>(use_, &params).unwrap().expose()),
        len => panic!("no key has {len} bytes"),
    };
    assert_eq!(found, *expected, "{what}");
}

fn pseudonym(root: &Arc<Root>, inputs: &Value) -> String {
    let scope = &inputs["scope"];
    let topic = || text(scope, "topic").to_owned();
    let canon = Canon::from_words([text(inputs, "canon")]).unwrap();
    let epoch: Vec<u8> = inputs["epoch"].as_array().map_or(Vec::new(), |ends| {
        ends.iter()
            .flat_map(|ms| ms.as_i64().unwrap().to_be_bytes())
            .collect()
    });
    let bits = inputs
        .get("bits")
        .map(|b| Bits::new(b.as_u64().unwrap() as u16).unwrap());
    let parameters = Parameters {
        domain: text(inputs, "domain"),
        space: text(inputs, "space"),
        canon: &canon,
        epoch: &epoch,
        scope: match text(scope, "kind") {
            "domain" => Scope::Domain,
            "output" => Scope::Output(topic()),
            "subject" => Scope::Subject,
            "record" => Scope::Record(topic()),
            "element" => Scope::Element(topic()),
            other => panic!("no scope {other}"),
        },
        encoding: Encoding::from_words(text(inputs, "encoding"), bits).unwrap(),
    };
    let pseudonyms = Pseudonymizer::new(root, parameters.clone()).unwrap();
    let of = Binding {
        subject: scope.get("subject").map(|s| s.as_str().unwrap()),
        topic: scope.get("source").map_or("", |s| s.as_str().unwrap()),
        partition: scope["partition"].as_u64().unwrap_or(0) as u32,
        offset: scope["offset"].as_u64().unwrap_or(0),
        element: element_of(scope),
    };
    let v = v(inputs, &canon).unwrap().unwrap();
    let one = made(&pseudonyms, of, &v, None);
    if let Some(length) = length_of(&epoch) {
        let versions = Versions::new([(0, Some(Arc::clone(root)))]);
        let changing = Pseudonymizer::changing(versions, length, parameters).unwrap();
        let start_ms = inputs["epoch"][0].as_i64().unwrap();
        // Derived, and kept.
        for _ in 0..2 {
            assert_eq!(made(&changing, of, &v, Some(start_ms + 5)), one);
        }
    }
    one
}

fn address(root: &Arc<Root>, inputs: &Value, expected: &str, what: &str) {
    let (domain, space) = (text(inputs, "domain"), text(inputs, "space"));
    let epoch = inputs["epoch"].as_array().map_or(Vec::new(), |ends| {
        let ends = ends.iter().map(|ms| ms.as_i64().unwrap().to_be_bytes());
        ends.flatten().collect()
    });
    let addresses = match length_of(&epoch) {
        None => Addresses::new(root, domain, space),
        Some(length) => {
            let versions = Versions::new([(0, Some(Arc::clone(root)))]);
            Addresses::changing(versions, length, domain, space)
        }
    };
    let addresses = addresses.unwrap();
    let at_ms = inputs["epoch"][0].as_i64().map_or(0, |start| start + 5);
    let clear: IpAddr = text(inputs, "ip").parse().unwrap();
    let made = addresses.encipher(clear, at_ms).unwrap();
    assert_eq!(made.to_string(), expected, "{what}");
    assert_eq!(addresses.decipher(made, at_ms), Ok(clear), "{what}");
}

fn made(pseudonyms: &Pseudonymizer, of: Binding<'_>, v: &[u8], event_ms: Option<i64>) -> String {
    let mut out = vec![0; pseudonyms.text_len()];
    let mut message = Vec::new();
    pseudonyms.bind(of, &mut message).unwrap();
    message.extend(v);
    if let Some(event_ms) = event_ms {
        pseudonyms.place(&mut message, event_ms).unwrap();
    }
    pseudonyms.finish(&message, &mut out);
    String::from_utf8(out).unwrap()
}

/// A length whose epochs that one is one of.
fn length_of(epoch: &[u8]) -> Option<EpochLength> {
    let ms = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap());
    let (start, end) = epoch.split_at_checked(8)?;
    let (start, end) = (ms(start), ms(end));
    let calendar = ["week", "month", "quarter", "year"];
    let calendar = calendar.into_iter().filter_map(EpochLength::of_calendar);
    let mut lengths = calendar.chain(EpochLength::fixed(end - start));
    let found = lengths.find(|l| {
        l.of(start)
            .is_some_and(|e| (e.start_ms, e.end_ms) == (start, end))
    });
    Some(found.expect("a length has that epoch"))
}

fn token(root: &Root, inputs: &Value, expected: &Value, what: &str) {
    let (id, clear) = (text(inputs, "format"), text(inputs, "text"));
    let format = match id.strip_prefix("custom@1:") {
        Some(alphabet) => Format::custom(alphabet).unwrap(),
        None if id == "card@1:bin" => Format::card(&format!("bin{}", inputs["keep"])).unwrap(),
        None if id == "card@1:last4" => Format::card("last4").unwrap(),
        None => Format::from_word(id.strip_suffix("@1").unwrap()).unwrap(),
    };
    assert_eq!(format.id(), id);
    let tokens =
        Tokenizer::new(root, text(inputs, "domain"), text(inputs, "space"), format).unwrap();
    let (mut scratch, mut token, mut back) = (Vec::new(), String::new(), String::new());
    match tokens.encipher(clear, &mut scratch, &mut token) {
        Err(reason) => {
            assert_eq!(reason.as_str(), expected["error"], "{what}");
            assert_eq!(token, "", "{what}");
        }
        Ok(present) => {
            assert!(
                present && token == text(expected, "token"),
                "{what}: {token}"
            );
            assert_eq!(tokens.decipher(&token, &mut scratch, &mut back), Ok(true));
            // Back comes the value as the format writes it: letters, blanks.
            let plain = |text: &str| match id {
                "iban@1" => text.replace(' ', "").to_lowercase(),
                "email_local@1" | "hex@1" | "alnum36@1" => text.to_lowercase(),
                _ => text.to_owned(),
            };
            if !clear.contains('ü') {
                assert_eq!(plain(&back), plain(clear), "{what}");
            }
            let mut again = String::new();
            assert_eq!(tokens.encipher(&back, &mut scratch, &mut again), Ok(true));
            assert_eq!(again, token, "{what}");
            let digits: String = clear.chars().filter(char::is_ascii_digit).collect();
            let (front, behind) = match id {
                "phone@1" => (&clear[..3], ""),
                "iban@1" => (&token[..2], ""),
                "card@1:bin" => (&digits[..inputs["keep"].as_u64().unwrap() as usize], ""),
                "card@1:last4" => ("", &digits[digits.len() - 4..]),
                "email_local@1" => ("", token.rsplit_once('@').unwrap().1),
                _ => ("", ""),
            };
            let tweak = tweak(id, front, behind).unwrap();
            assert_eq!(hex(&tweak), expected["tweak"], "{what}");
        }
    }
}

fn context(inputs: &Value) -> ContextId {
    ContextId::of(
        text(inputs, "domain"),
        text(inputs, "purpose"),
        text(inputs, "label"),
    )
    .unwrap()
}

fn plaintext_of(inputs: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let pad = match (inputs["pad"].as_u64(), inputs["pad"].as_str()) {
        (None | Some(0), None) => Pad::None,
        (_, Some("auto")) => Pad::Auto,
        (Some(step), _) => Pad::To(step as u32),
        other => panic!("{other:?} is no padding"),
    };
    if let Some(raw) = inputs.get("value_hex") {
        let raw = bytes(raw.as_str().unwrap());
        plaintext::encode(View::Bytes(&raw), pad, &mut String::new(), &mut out).unwrap();
        return out;
    }
    let long = inputs.get("value_repeat").map(|repeat| {
        let times = repeat[1].as_u64().unwrap() as usize;
        format!("\"{}\"", repeat[0].as_str().unwrap().repeat(times))
    });
    let json = long
        .as_deref()
        .unwrap_or_else(|| text(inputs, "value_json"));
    plaintext::encode(view(json), pad, &mut String::new(), &mut out).unwrap();
    out
}

fn handle(root: &Arc<Root>, inputs: &Value) -> KeyHandle {
    KeyHandle {
        id: text(inputs, "key_id").parse().unwrap(),
        root: Arc::clone(root),
    }
}

/// A seed that is known.
struct Given([u8; 32]);

impl Entropy for Given {
    fn fill(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
}

fn draws(inputs: &Value, expected: &Value, what: &str) {
    let seed = Secret::fill(|seed| *seed = array(text(inputs, "seed")));
    let seals = inputs["seals"].as_array().unwrap();
    let expected = expected.as_array().unwrap();
    assert_eq!(seals.len(), expected.len());
    for (seal, expected) in seals.iter().zip(expected) {
        let mut blocks = [aes::Block::default(); 2];
        Seeded::at(&seed, 2 * seal.as_u64().unwrap()).blocks(&mut blocks);
        assert_eq!(hex(&blocks[0]), text(expected, "salt"), "{what}");
        assert_eq!(hex(&blocks[1][..12]), text(expected, "nonce"), "{what}");
    }
}

fn seal_deterministic(root: &Arc<Root>, inputs: &Value, expected: &Value, what: &str) {
    let key = handle(root, inputs);
    let p = plaintext_of(inputs);
    assert_eq!(text(inputs, "purpose"), "", "{what}");
    let (domain, space) = (text(inputs, "domain"), text(inputs, "label"));
    let field = SivKey::new(&key, domain, space).unwrap();
    let mut out = vec![0; field.text_len(p.len())];
    field.seal_text(&p, &mut SivBatch::default(), &mut out);
    let sealed_text = text(expected, "text");
    assert_eq!(String::from_utf8(out).unwrap(), sealed_text, "{what}");
    let envelope = Envelope::from_text(sealed_text).unwrap();
    let (header, sealed) = (text(expected, "header"), text(expected, "ciphertext"));
    assert_eq!(
        hex(envelope.binary()),
        format!("{header}{sealed}"),
        "{what}"
    );
    let expect = Expect::Context(ContextId::of_space(domain, space).unwrap());
    let clear = envelope.open(&key, expect).unwrap();
    assert_eq!(
        clear.to_json().as_str(),
        text(inputs, "value_json"),
        "{what}"
    );
}

fn seal(root: &Arc<Root>, inputs: &Value, expected: &Value, what: &str) {
    let key = handle(root, inputs);
    let p = plaintext_of(inputs);
    let (sealed_text, header) = (text(expected, "text"), text(expected, "header"));
    let binary = bytes(&format!("{header}{}", text(expected, "ciphertext")));
    let field = SealKey::new(
        &key,
        text(inputs, "domain"),
        text(inputs, "purpose"),
        text(inputs, "label"),
    )
    .unwrap();
    let batch = || match inputs.get("seed") {
        None => {
            let (salt, nonce) = (array(text(inputs, "salt")), array(text(inputs, "nonce")));
            BatchSeal::insecure_at(salt, nonce)
        }
        Some(_) => {
            let mut batch = BatchSeal::new(Given(array(text(inputs, "seed"))));
            for _ in 0..inputs["seal"].as_u64().unwrap() {
                let mut out = vec![0; field.text_len(2)];
                field.seal_text(b"z\x80", &mut batch, &mut out);
            }
            batch
        }
    };
    let mut out = vec![0; field.text_len(p.len())];
    field.seal_text(&p, &mut batch(), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), sealed_text, "{what}");
    let mut out = vec![0; field.binary_len(p.len())];
    field.seal_binary(&p, &mut batch(), &mut out);
    assert_eq!(out, binary, "{what}");
    let envelope = Envelope::from_text(sealed_text).unwrap();
    assert_eq!(envelope.binary(), binary, "{what}");
    assert_eq!(envelope.text(), sealed_text, "{what}");
    let clear = envelope
        .open(&key, Expect::Context(context(inputs)))
        .unwrap();
    assert_eq!(
        clear.to_json().as_str(),
        text(inputs, "value_json"),
        "{what}"
    );
}

/// Gives the same bytes, over and over.
struct Repeat(Vec<u8>);

impl Entropy for Repeat {
    fn fill(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
}

fn quarantined(root: &Arc<Root>, inputs: &Value, expected: &Value, what: &str) {
    let key = handle(root, inputs);
    let to = PublicKey::of(&key);
    let entropy = || Repeat(bytes(text(inputs, "ephemeral_ikm")));
    let Some(record) = inputs.get("record") else {
        let (enc, k) = to.encapsulate(&mut entropy()).unwrap();
        assert_eq!(hex(to.bytes()), expected["public"], "{what}");
        assert_eq!(hex(&enc), expected["enc"], "{what}");
        assert_eq!(hex(k.expose()), expected["k"], "{what}");
        return;
    };
    let value = |v: &Value| v.as_str().map(bytes);
    let (record_key, record_value) = (value(&record["key"]), value(&record["value"]));
    let headers: Vec<(&str, Option<Vec<u8>>)> = record["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| (h[0].as_str().unwrap(), value(&h[1])))
        .collect();
    let headers: Vec<(&[u8], Option<&[u8]>)> = headers
        .iter()
        .map(|(n, v)| (n.as_bytes(), v.as_deref()))
        .collect();
    let ms = record["timestamp"].as_i64().unwrap();
    let record = Record {
        topic: text(record, "topic"),
        partition: record["partition"].as_u64().unwrap() as u32,
        offset: record["offset"].as_u64().unwrap(),
        timestamp: match record["timestamp_type"].as_u64().unwrap() {
            0 => Timestamp::None,
            1 => Timestamp::Create(ms),
            _ => Timestamp::Append(ms),
        },
        key: record_key.as_deref(),
        value: record_value.as_deref(),
        headers: &headers,
        policy_digest: array(text(record, "policy_digest")),
        element: element_of(record),
    };
    let mut q = Vec::new();
    quarantine::encode(&record, &mut q).unwrap();
    assert_eq!(hex(&q), expected["q"], "{what}");
    let mut sealer = Sealer::new(entropy());
    let counter = text(inputs, "nonce").parse::<u32>().unwrap();
    let mut sealed = Vec::new();
    for _ in 0..=counter {
        sealed.clear();
        sealer.seal_binary(&to, &record, &mut sealed).unwrap();
    }
    let sealed = Envelope::from_binary(&sealed).unwrap().text();
    assert_eq!(sealed, text(expected, "text"), "{what}");
    let envelope = Envelope::from_text(&sealed).unwrap();
    assert!(
        hex(envelope.binary()).starts_with(text(expected, "header")),
        "{what}"
    );
    let opened = quarantine::open(&envelope, &key).unwrap();
    assert_eq!(
        opened.value.as_deref().map(Vec::as_slice),
        record.value,
        "{what}"
    );
    assert_eq!(opened.timestamp, record.timestamp, "{what}");
    assert_eq!(opened.element, record.element, "{what}");
}

/// Which element of a record, where one is meant.
fn of_record(inputs: &Value) -> OfRecord<'_> {
    OfRecord {
        topic: text(inputs, "topic"),
        partition: u32::try_from(inputs["partition"].as_u64().unwrap()).unwrap(),
        offset: inputs["offset"].as_u64().unwrap(),
        element: element_of(inputs),
    }
}

fn element_of(inputs: &Value) -> Option<u32> {
    let element = inputs["element"].as_u64()?;
    Some(u32::try_from(element).unwrap())
}

fn wrapped(inputs: &Value, expected: &Value, what: &str) {
    let kek = match inputs.get("kek") {
        Some(kek) => Kek::of(array(kek.as_str().unwrap())),
        None => Kek::from_passphrase(
            text(inputs, "passphrase").as_bytes(),
            &array(text(inputs, "salt")),
            Cost::NEW,
        )
        .unwrap(),
    };
    assert_eq!(hex(kek.bytes()), expected["kek"], "{what}");
    let id = format!("{}:{}", text(inputs, "name"), inputs["version"])
        .parse()
        .unwrap();
    let place = WrapPlace {
        id: &id,
        kind: text(inputs, "kind"),
        use_from: text(inputs, "use_from"),
    };
    let material: [u8; 48 + 12] = BASE64URL_NOPAD
        .decode(text(expected, "material").as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    let root = kek.open(place, &material).unwrap();
    assert_eq!(root.expose()[..4], [0, 1, 2, 3], "{what}");
    let again = kek.close(place, &root, &mut Repeat(bytes(text(inputs, "nonce"))));
    assert_eq!(again, material, "{what}");
    let elsewhere = WrapPlace {
        use_from: "1970-01-01T00:00:01Z",
        ..place
    };
    assert!(kek.open(elsewhere, &material).is_err(), "{what}");
}
