//! What actions may ask for, shown by actions that are made up: random bytes,
//! look-ups in a store, tables from files.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::action::testing::named;
use crate::action::{
    Action, ActionDef, Asking, Asks, Cx, Facts, IsoClass, NotBuilt, Site, Spec, Table, TableError,
    TableName, TableSource, TableUse,
};
use crate::crypto::entropy::{Entropy, NoEntropy};
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::{Kind, Node};
use crate::pipeline::testing::{Counting, Raw, batch, key_of, raw, value_of};
use crate::pipeline::{Destination, OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::policy::entry::{Compiled, compile_with};
use crate::policy::{NoTables, PolicyFile};
use crate::record::Reason;
use crate::record::lookups::{Answers, Lookups, Outage, Requests};
use crate::record::value::{Applied, Out, View};

macro_rules! made_up {
    ($name:literal, $spec:expr) => {
        ActionDef {
            name: $name,
            summary: "A test.",
            iso: IsoClass::None,
            leaks: "Nothing: a test.",
            reversible: "Nobody.",
            doc: "",
            examples: &[],
            shape: &Shape {
                name: $name,
                words: &[],
            },
            parse: |_| Some(Box::new($spec)),
            bare: Some(|| Box::new($spec)),
        }
    };
}

const MADE_UP: &[ActionDef] = &[
    ActionDef {
        name: "keep",
        ..*named("keep")
    },
    ActionDef {
        name: "encrypt",
        ..*named("encrypt")
    },
    // Writes eight random bytes, and says so beforehand or does not.
    made_up!("draw", Draw { says_so: true }),
    made_up!("draw_unsaid", Draw { says_so: false }),
    // Writes what a store has for a text, and asks beforehand or does not.
    ActionDef {
        shape: &Shape {
            name: "code",
            words: &[word("from", Takes::Anything, "Siblings.")],
        },
        parse: |mapping| {
            let part = |node: &Node| match &node.kind {
                Kind::Scalar { text, .. } => Some((text.clone(), node.span)),
                _ => None,
            };
            let from: Vec<_> = mapping.items("from").iter().filter_map(part).collect();
            Some(Box::new(Code { asks: true, from }))
        },
        ..made_up!(
            "code",
            Code {
                asks: true,
                from: Vec::new()
            }
        )
    },
    made_up!(
        "code_unasked",
        Code {
            asks: false,
            from: Vec::new()
        }
    ),
    // Writes what the store has for the subject, whatever the value is.
    made_up!("of_subject", OfSubject),
    // `listed: { in: FILE }` passes on what stands in a line of a file.
    ActionDef {
        shape: &Shape {
            name: "listed",
            words: &[word("in", Takes::Text, "The file.").required()],
        },
        parse: |mapping| {
            let node = mapping.node("in")?;
            let Kind::Scalar { text, .. } = &node.kind else {
                return None;
            };
            Some(Box::new(Listed {
                name: text.clone(),
                span: node.span,
            }))
        },
        bare: None,
        ..made_up!("listed", OfSubject)
    },
];

struct Draw {
    says_so: bool,
}

impl Spec for Draw {
    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn gives(&self, _from: crate::action::Type) -> Option<crate::action::Gives> {
        None
    }

    fn says(&self, _domain: &str) -> crate::action::Says {
        crate::action::Says::default()
    }

    fn reveals(&self) -> crate::action::Reveals {
        crate::action::Reveals::of(crate::action::Degree::Everything)
    }

    fn asks(&self) -> Asks {
        Asks {
            entropy: self.says_so,
            ..Asks::default()
        }
    }

    fn build(&self, _: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(MadeDraw))
    }
}

struct MadeDraw;

impl Action for MadeDraw {
    fn apply(&self, _: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let mut bytes = [0; 8];
        cx.random(&mut bytes)?;
        out.ascii(data_encoding::HEXLOWER.encode(&bytes).as_bytes());
        Ok(())
    }
}

#[derive(Clone)]
struct Code {
    asks: bool,
    from: Vec<(String, Span)>,
}

impl Spec for Code {
    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn gives(&self, _from: crate::action::Type) -> Option<crate::action::Gives> {
        None
    }

    fn says(&self, _domain: &str) -> crate::action::Says {
        crate::action::Says::default()
    }

    fn reveals(&self) -> crate::action::Reveals {
        crate::action::Reveals::of(crate::action::Degree::Everything)
    }

    fn asks(&self) -> Asks {
        Asks {
            look_ups: self.asks,
            ..Asks::default()
        }
    }

    fn from(&self) -> Option<&[(String, Span)]> {
        Some(&*self.from).filter(|from| !from.is_empty())
    }

    fn build(&self, _: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Code {
    fn ask(&self, view: Option<View<'_>>, asking: &mut Asking<'_>) -> Applied {
        if !self.asks {
            return Ok(());
        }
        match view {
            Some(View::Text(text)) => {
                let key = text.chars_in(asking.text).to_owned();
                asking.look_up("codes", key.as_bytes(), b"");
                Ok(())
            }
            Some(View::Null) => Ok(()),
            _ => Err(Reason::WrongType),
        }
    }

    fn ask_parts(&self, parts: &[Option<View<'_>>], asking: &mut Asking<'_>) -> Applied {
        asking.look_up("codes", joined(parts).as_bytes(), b"");
        Ok(())
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let key = match view {
            View::Text(text) => text.chars_in(cx.text).to_owned(),
            View::Null => return Ok(()),
            _ => return Err(Reason::WrongType),
        };
        write_answer(&key, out, cx)
    }

    fn apply_parts(
        &self,
        parts: &[Option<View<'_>>],
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        write_answer(&joined(parts), out, cx)
    }
}

fn write_answer(key: &str, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
    let answer = cx.answer("codes", key.as_bytes())?;
    // "Not there" is the action's to judge.
    let answer = answer.ok_or(Reason::BadIdentifier)?;
    out.ascii(answer);
    Ok(())
}

fn joined(parts: &[Option<View<'_>>]) -> String {
    let of = |part: &Option<View<'_>>| match part {
        Some(View::Text(text)) => text.raw().to_owned(),
        _ => String::new(),
    };
    parts.iter().map(of).collect::<Vec<_>>().join("+")
}

#[derive(Clone, Copy)]
struct OfSubject;

impl Spec for OfSubject {
    fn facts(&self) -> Facts {
        Facts {
            needs_subject: true,
            ..Facts::default()
        }
    }

    fn gives(&self, _from: crate::action::Type) -> Option<crate::action::Gives> {
        None
    }

    fn says(&self, _domain: &str) -> crate::action::Says {
        crate::action::Says::default()
    }

    fn reveals(&self) -> crate::action::Reveals {
        crate::action::Reveals::of(crate::action::Degree::Everything)
    }

    fn asks(&self) -> Asks {
        Asks {
            look_ups: true,
            ..Asks::default()
        }
    }

    fn build(&self, _: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(*self))
    }
}

impl Action for OfSubject {
    fn ask(&self, _: Option<View<'_>>, asking: &mut Asking<'_>) -> Applied {
        let subject = asking.subject.ok_or(Reason::NoSubject)?;
        let mut drawn = [0; 8];
        asking.random(&mut drawn)?;
        let proposal = data_encoding::HEXLOWER.encode(&drawn);
        asking.look_up("subjects", subject.as_bytes(), proposal.as_bytes());
        Ok(())
    }

    fn apply(&self, _: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let subject = cx.subject.ok_or(Reason::NoSubject)?;
        let answer = cx.answer("subjects", subject.as_bytes())?;
        out.ascii(answer.ok_or(Reason::NoSubject)?);
        Ok(())
    }
}

struct Listed {
    name: String,
    span: Span,
}

impl Spec for Listed {
    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn gives(&self, _from: crate::action::Type) -> Option<crate::action::Gives> {
        None
    }

    fn says(&self, _domain: &str) -> crate::action::Says {
        crate::action::Says::default()
    }

    fn reveals(&self) -> crate::action::Reveals {
        crate::action::Reveals::of(crate::action::Degree::Everything)
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        vec![TableUse {
            name: &self.name,
            span: self.span,
        }]
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let table = site.table(&self.name).expect("it was named");
        let mut lines = table.text().lines();
        if let Some(at) = lines.position(str::is_empty) {
            return Err(NotBuilt::Table {
                name: self.name.clone(),
                error: TableError::Content {
                    line: at + 1,
                    why: "the line is empty".to_owned(),
                    fix: "remove it".to_owned(),
                },
            });
        }
        Ok(Box::new(MadeListed(Arc::clone(table))))
    }
}

struct MadeListed(Arc<Table>);

impl Action for MadeListed {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let chars = text.chars_in(cx.text);
        if !self.0.text().lines().any(|line| line == chars) {
            return Err(Reason::BadIdentifier);
        }
        out.copy(view);
        Ok(())
    }
}

/// Files in memory.
struct Files(BTreeMap<&'static str, &'static [u8]>);

impl TableSource for Files {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let file = self.0.get(name.as_str());
        file.map(|bytes| bytes.to_vec()).ok_or(TableError::Missing)
    }
}

/// An output with these members, of a source whose subject is `who`.
fn compiled(members: &str, tables: &dyn TableSource) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, subject: who }}\nkeys: {{ k: {{ ref: \"file:keyring.json#contact\" }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    {members}\n"
        ),
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    compile_with(MADE_UP, &file, &TestKeys, tables, now)
}

fn plan(members: &str) -> Arc<Plan> {
    let compiled = compiled(members, &NoTables);
    let findings = format!("{:#?}", compiled.findings.list());
    Arc::new(compiled.plan.expect(&findings))
}

/// What was asked of a store, call by call: register, key, proposal.
type Calls = Arc<Mutex<Vec<Vec<(&'static str, String, String)>>>>;

/// Keeps what is proposed; has a code for every text but `nobody`.
#[derive(Clone, Default)]
struct Store {
    calls: Calls,
    is_down: Arc<AtomicBool>,
    kept: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
}

impl Lookups for Store {
    fn resolve(&mut self, requests: &Requests, answers: &mut Answers) -> Result<(), Outage> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let call = requests.iter();
        let call = call.map(|r| (r.register, text(r.key), text(r.proposal)));
        self.calls.lock().unwrap().push(call.collect());
        let mut kept = self.kept.lock().unwrap();
        for request in requests.iter() {
            match request.register {
                "subjects" => {
                    let kept = kept.entry(request.key.to_vec());
                    answers.push(Some(kept.or_insert(request.proposal.to_vec())));
                }
                _ if request.key == b"nobody" => answers.push(None),
                _ => answers.push(Some(&[b"code-of-", request.key].concat())),
            }
        }
        match self.is_down.load(Ordering::Relaxed) {
            true => Err(Outage::new("the store does not answer; start it")),
            false => Ok(()),
        }
    }
}

impl Store {
    fn worker(&self) -> Worker {
        Worker::new(Counting(0), || 0).with_lookups(Box::new(self.clone()))
    }

    /// The keys of each call.
    fn keys(&self) -> Vec<Vec<String>> {
        let calls = self.calls.lock().unwrap();
        let of = |call: &Vec<(_, String, _)>| call.iter().map(|c| c.1.clone()).collect();
        calls.iter().map(of).collect()
    }
}

/// Values at the output, or the reasons of quarantine.
fn outcomes(out: &OutBatch) -> Vec<Result<String, Reason>> {
    let of = |record: &crate::pipeline::OutRecord| match record.destination {
        Destination::Output(_) => Ok(value_of(out, record).unwrap()),
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
    };
    out.records().iter().map(of).collect()
}

fn written(plan: &Arc<Plan>, worker: &mut Worker, values: &[&str]) -> Vec<Result<String, Reason>> {
    let records: Vec<Raw> = values.iter().map(raw).collect();
    let out = sanitize(batch(plan, &records), worker).unwrap();
    assert!(out.counts.balances());
    outcomes(&out)
}

#[test]
fn random_bytes_are_new_with_every_value_and_every_batch_and_a_test_may_know_them() {
    let plan = plan("fields: { a: draw, b: draw }");
    let values = [r#"{"a":1,"b":1}"#, r#"{"a":1}"#];
    let two_batches = || {
        let mut worker = Worker::new(Counting(0), || 0);
        [
            written(&plan, &mut worker, &values),
            written(&plan, &mut worker, &values),
        ]
    };
    let [first, second] = two_batches();
    let all: Vec<String> = [first, second]
        .concat()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let mut drawn: Vec<&str> = all
        .iter()
        .flat_map(|v| v.split('"'))
        .filter(|p| p.len() == 16)
        .collect();
    assert_eq!(drawn.len(), 6);
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 6, "{all:?}");
    assert_eq!(two_batches(), two_batches(), "of one source");
    let of_the_system = || written(&plan, &mut Worker::of_the_system(), &values);
    assert_ne!(of_the_system(), of_the_system());
}

/// An operating system without randomness.
#[derive(Clone)]
struct Dry(Arc<AtomicBool>);

impl Entropy for Dry {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(1);
    }

    fn try_fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.fill(out);
        match self.0.load(Ordering::Relaxed) {
            true => Err(NoEntropy),
            false => Ok(()),
        }
    }
}

#[test]
fn without_randomness_the_batch_is_held_and_not_begun() {
    for members in ["fields: { a: draw }", "fields: { a: of_subject }"] {
        let (plan, store) = (plan(members), Store::default());
        let is_dry = Arc::new(AtomicBool::new(true));
        let mut worker =
            Worker::new(Dry(is_dry.clone()), || 0).with_lookups(Box::new(store.clone()));
        let records = [raw(r#"{"a":1,"who":"ann"}"#)];
        let held = sanitize(batch(&plan, &records), &mut worker).err().unwrap();
        assert!(held.outage.to_string().contains("no random bytes"));
        assert!(store.keys().is_empty(), "nothing is proposed half made");
        is_dry.store(false, Ordering::Relaxed);
        let out = sanitize(held.batch, &mut worker).unwrap();
        assert_eq!((out.counts.received, out.records().len()), (1, 1));
        assert!(outcomes(&out)[0].is_ok());
    }
}

#[test]
fn what_an_action_does_not_ask_for_it_does_not_get() {
    let store = Store::default();
    for members in ["fields: { a: draw_unsaid }", "fields: { a: code_unasked }"] {
        let plan = plan(members);
        assert_eq!(plan.asks, Asks::default());
        let of = written(&plan, &mut store.worker(), &[r#"{"a":"x"}"#]);
        assert_eq!(of, [Err(Reason::NotPrepared)], "{members}");
    }
    // Nor beside one that asks.
    let plan = plan("fields: { a: code, b: code_unasked }");
    let of = written(
        &plan,
        &mut store.worker(),
        &[r#"{"a":"x","b":"y"}"#, r#"{"a":"x"}"#],
    );
    assert_eq!(
        of,
        [Err(Reason::NotPrepared), Ok(r#"{"a":"code-of-x"}"#.into())]
    );
}

#[test]
fn a_batch_asks_once_for_everything_wherever_it_stands() {
    let plan = plan(
        "key: { from: record_key, code: {} }\n    headers: { h: code }\n    fields:\n      a: { as: { a1: code, a2: code } }\n      l[*].c: { code: {}, on_error: drop_field }\n      both: { code: { from: [p, q] } }\n      o: { encrypt: { key: k, fields: { d.e: code } } }\n      n: code",
    );
    assert!(plan.asks.look_ups);
    let record = |value: &str| Raw {
        key: Some(b"rk".to_vec()),
        headers: vec![
            ("h", Some(b"hv".to_vec())),
            ("x", Some(b"unnamed".to_vec())),
        ],
        ..raw(value)
    };
    let records = [
        record(
            r#"{"a":"x","l":[{"c":"y"},{"z":1},{"c":"x"}],"q":"2","p":"1","o":{"d":{"e":"in","f":"unnamed"}},"u":"unnamed","n":null}"#,
        ),
        record(r#"{"a":"x","l":{"c":"not here"}}"#),
        record(r#"{"a":"esc\u0061ped"}"#),
    ];
    let store = Store::default();
    let out = sanitize(batch(&plan, &records), &mut store.worker()).unwrap();
    let expected = ["rk", "hv", "x", "y", "1+2", "in", "escaped"];
    assert_eq!(store.keys(), [expected.map(str::to_owned)]);
    let values = outcomes(&out);
    let first = values[0].as_ref().unwrap();
    let clear = r#"{"a1":"code-of-x","a2":"code-of-x","l":[{"c":"code-of-y"},{},{"c":"code-of-x"}],"both":"code-of-1+2","o":"veil1."#;
    assert!(first.starts_with(clear), "{first}");
    assert_eq!(
        values[2].as_deref(),
        Ok(r#"{"a1":"code-of-escaped","a2":"code-of-escaped"}"#)
    );
    for record in out.records() {
        assert_eq!(key_of(&out, record).as_deref(), Some("code-of-rk"));
        let headers: Vec<_> = out.headers(record).collect();
        assert_eq!(headers, [(&b"h"[..], Some(&b"code-of-hv"[..]))]);
    }
}

/// Only for the case that holds, also in lists and in what is sealed in them.
#[test]
fn a_batch_asks_for_the_case_that_holds() {
    let case = |path: &str| {
        format!("{{ when: [{{ if: {{ \"{path}\": 1 }}, then: code }}, {{ else: keep }}] }}")
    };
    let plan = plan(&format!(
        "fields:\n      a: {}\n      l[*].c: {}\n      m[*].o: {{ encrypt: {{ key: k, fields: {{ d: {} }} }} }}",
        case("n"),
        case("l[*].n"),
        case("m[*].n")
    ));
    let record = r#"{"a":"no","l":[{"c":"yes","n":1},{"n":2,"c":"no"}],"m":[{"o":{"d":"no"}},{"o":{"d":"sealed"},"n":1.0}],"n":0}"#;
    let store = Store::default();
    let out = sanitize(batch(&plan, &[raw(record)]), &mut store.worker()).unwrap();
    assert_eq!(store.keys(), [["yes", "sealed"].map(str::to_owned)]);
    let values = outcomes(&out);
    let clear = r#"{"a":"no","l":[{"c":"code-of-yes"},{"c":"no"}],"m":[{"o":"veil1."#;
    assert!(values[0].as_ref().unwrap().starts_with(clear), "{values:?}");
}

#[test]
fn what_is_not_there_and_what_cannot_be_asked_is_the_actions_to_refuse() {
    let plan = plan("fields: { a: code, b: { code: {}, on_error: drop_field }, c: code }");
    let store = Store::default();
    let values = [
        r#"{"a":"nobody"}"#,
        r#"{"a":1,"c":"after"}"#,
        r#"{"a":"x","b":7,"c":"y"}"#,
        r#"{"a":"#,
        r#"{"a":"z"}"#,
    ];
    let of = written(&plan, &mut store.worker(), &values);
    let expected = [
        Err(Reason::BadIdentifier),
        Err(Reason::WrongType),
        Ok(r#"{"a":"code-of-x","c":"code-of-y"}"#.to_owned()),
        Err(Reason::NotJson),
        Ok(r#"{"a":"code-of-z"}"#.to_owned()),
    ];
    assert_eq!(of, expected);
    assert_eq!(store.calls.lock().unwrap().len(), 1);
}

#[test]
fn an_outage_holds_the_batch_and_the_same_bytes_leave_later() {
    let plan = plan("fields: { who: of_subject, a: code }");
    let values = [
        r#"{"who":"ann","a":"x"}"#,
        r#"{"who":"bob","a":"x"}"#,
        r#"{"who":"ann","a":1}"#,
    ];
    let records: Vec<Raw> = values.iter().map(raw).collect();
    let store = Store::default();
    store.is_down.store(true, Ordering::Relaxed);
    let mut worker = store.worker();
    let mut waiting = batch(&plan, &records);
    for _ in 0..2 {
        let held = sanitize(waiting, &mut worker).err().unwrap();
        assert_eq!(
            held.outage.to_string(),
            "the store does not answer; start it"
        );
        assert_eq!(held.batch.raw.len(), 3);
        waiting = held.batch;
    }
    store.is_down.store(false, Ordering::Relaxed);
    let later = sanitize(waiting, &mut worker).unwrap();
    // What was kept at the first attempt is the answer ever after.
    let again = sanitize(batch(&plan, &records), &mut store.worker()).unwrap();
    assert_eq!(outcomes(&later), outcomes(&again));
    assert_eq!(later.counts, again.counts);
    let values = outcomes(&later);
    assert_ne!(values[0], values[1]);
    assert_eq!(values[2], Err(Reason::WrongType));
    let calls = store.keys();
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|c| *c == ["ann", "x", "bob"]), "{calls:?}");
}

#[test]
fn a_plan_that_looks_nothing_up_calls_nobody_and_one_that_does_needs_a_store() {
    let store = Store::default();
    let keeps = plan("fields: { a: keep, b: draw }");
    assert!(!keeps.asks.look_ups);
    assert!(written(&keeps, &mut store.worker(), &[r#"{"a":1,"b":1}"#])[0].is_ok());
    let looks_up = plan("fields: { a: code }");
    let nothing_asked = written(&looks_up, &mut store.worker(), &[r#"{"b":"x"}"#]);
    assert_eq!(nothing_asked, [Ok("{}".to_owned())]);
    assert_eq!(store.keys(), Vec::<Vec<String>>::new());
    let mut alone = Worker::new(Counting(0), || 0);
    let held = sanitize(batch(&looks_up, &[raw(r#"{"a":"x"}"#)]), &mut alone)
        .err()
        .unwrap();
    assert!(held.outage.to_string().contains("no store answers here"));
}

const TABLE: &str =
    "fields: { a: { listed: { in: lists/names.txt } }, b: { listed: { in: lists/names.txt } } }";

#[test]
fn a_table_is_read_once_and_its_bytes_are_in_the_digest() {
    let with = |bytes: &'static [u8]| {
        let files = Files(BTreeMap::from([("lists/names.txt", bytes)]));
        let compiled = compiled(TABLE, &files);
        let plan = compiled.plan.expect("a plan");
        assert_eq!(plan.digest, compiled.digest);
        plan
    };
    let (these, those) = (with(b"ann\nbob"), with(b"ann\neve"));
    assert_ne!(these.digest, those.digest);
    assert_eq!(these.digest, with(b"ann\nbob").digest);
    let mut worker = Worker::new(Counting(0), || 0);
    let of = written(
        &Arc::new(these),
        &mut worker,
        &[r#"{"a":"bob"}"#, r#"{"b":"eve"}"#],
    );
    assert_eq!(
        of,
        [Ok(r#"{"a":"bob"}"#.to_owned()), Err(Reason::BadIdentifier)]
    );
    let text = "fields: { a: keep }";
    let plain = compiled(text, &NoTables);
    let files = Files(BTreeMap::from([("x", &b"y"[..])]));
    assert_eq!(compiled(text, &files).digest, plain.digest, "none is named");
}

#[test]
fn a_table_that_cannot_be_used_is_a_finding_with_place_cause_and_fix() {
    let of = |members: &str, files: &[(&'static str, &'static [u8])]| {
        let compiled = compiled(members, &Files(files.iter().copied().collect()));
        assert!(compiled.plan.is_none());
        let list: Vec<_> = compiled
            .findings
            .list()
            .iter()
            .filter(|f| f.code == codes::TABLE_FILE)
            .collect();
        assert_eq!(list.len(), 1, "{:#?}", compiled.findings.list());
        assert!(list[0].span.is_some() && !list[0].help.is_empty());
        list[0].message.clone()
    };
    let names = "lists/names.txt";
    assert!(of(TABLE, &[]).contains("`lists/names.txt` cannot be used: there is no such file"));
    let no_text = of(TABLE, &[(names, b"Jane\xff")]);
    assert!(
        no_text.contains("byte 4") && !no_text.contains("Jane"),
        "{no_text}"
    );
    let content = of(TABLE, &[(names, b"Jane\n\nJoe")]);
    assert!(content.contains("line 2: the line is empty") && !content.contains("Jane"));
    for name in ["../names.txt", "/etc/passwd"] {
        let members = format!("fields: {{ a: {{ listed: {{ in: {name} }} }} }}");
        assert!(of(&members, &[]).contains("in its own folder"), "{name}");
    }
}
