//! An action that holds another one, each with a key of its own.

use crate::action::{
    Action, ActionDef, Cx, Facts, IsoClass, KeyUse, Nested, NotBuilt, Site, Spec, action,
};
use crate::crypto::seal::BatchSeal;
use crate::keys::{KeyEntry, KeyError, KeyRef, KeySource, TestKeys};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::pipeline::testing::{outcome, raw, run, value_of};
use crate::policy::entry::{Compiled, compile_with};
use crate::policy::{NoTables, PolicyFile};
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, View};
use std::sync::Arc;

/// `twice: { encrypt: … }`: hands its value on, and refuses numbers itself.
const TWICE: ActionDef = ActionDef {
    name: "twice",
    summary: "A test.",
    iso: IsoClass::None,
    leaks: "Nothing: a test.",
    reversible: "Nobody.",
    doc: "",
    examples: &[],
    shape: &Shape {
        name: "twice",
        words: &[word("encrypt", Takes::Anything, "What it holds.").required()],
    },
    parse: |mapping| {
        let def = action("encrypt").expect("an action");
        let node = mapping.node("encrypt")?;
        let mut inner = Mapping::open(node, def.shape, mapping.findings)?;
        let nested = (def.parse)(&mut inner)?;
        Some(Box::new(Twice { nested }))
    },
    bare: None,
};

struct Twice {
    nested: Box<dyn Spec>,
}

impl Spec for Twice {
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

    fn key(&self) -> Option<KeyUse<'_>> {
        None
    }

    fn nested(&self) -> Vec<Nested<'_>> {
        vec![Nested {
            name: "encrypt",
            word: "encrypt",
            spec: &*self.nested,
        }]
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        assert!(site.key.is_none(), "the key is the nested action's");
        let nested = site.nested.take().pop().expect("built before");
        Ok(Box::new(Made { nested }))
    }
}

struct Made {
    nested: Box<dyn Action>,
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Number(_) => Err(crate::record::Reason::WrongType),
            other => self.nested.apply(other, out, cx),
        }
    }

    fn finish(&self, jobs: &[Job], scratch: &[u8], out: &mut [u8], seal: &mut BatchSeal) {
        self.nested.finish(jobs, scratch, out, seal);
    }
}

fn compiled(keys: &dyn KeySource) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\nsource: { topic: raw }\nkeys: { k: { ref: \"file:keyring.json#contact\" } }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: { a: { twice: { encrypt: { key: k } } } }\n".into(),
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    compile_with(&[TWICE], &file, keys, &NoTables, now)
}

#[test]
fn the_nested_action_has_its_key_and_its_jobs_are_done() {
    let plan = Arc::new(compiled(&TestKeys).plan.expect("a plan"));
    let out = run(&plan, &[raw(r#"{"a":"clear"}"#)]);
    let value = value_of(&out, &out.records()[0]).unwrap();
    assert!(value.starts_with(r#"{"a":"veil1.contact:1."#), "{value}");
    let refused = outcome(&plan, r#"{"a":1}"#);
    assert_eq!(refused, Err(crate::record::Reason::WrongType));
}

/// No key is to be had.
struct NoKeys;

impl KeySource for NoKeys {
    fn entry(&self, wanted: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        Err(KeyError::NoEntry {
            path: wanted.file.clone(),
            entry: wanted.entry.to_string(),
            known: String::new(),
        })
    }
}

#[test]
fn without_the_nested_actions_key_there_is_no_plan() {
    let compiled = compiled(&NoKeys);
    assert!(compiled.plan.is_none());
    assert!(compiled.findings.has_errors());
}

/// Codes of what is wrong with a policy whose field is that address, and its plan.
fn of_address(query: &str) -> Vec<&'static str> {
    of_field(&format!("{{ url: {{ path: drop, query: {query} }} }}"))
}

/// The same for any field value.
fn of_field(value: &str) -> Vec<&'static str> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, writers: own }}\nkeys: {{ k: {{ ref: \"file:keyring.json#contact\" }} }}\nactions: {{ word: {{ keep: {{ one_of: [a] }} }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: {{ a: {value} }}\n"
        ),
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let compiled = crate::policy::compile(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list().iter();
    // What holds of the policy as a whole, whatever stands inside.
    let whole = ["V0263", "V0264", "V0265", "V0405", "V0406", "V0407"];
    let told = findings.filter(|f| !whole.contains(&f.code));
    told.map(|f| f.code).collect()
}

#[test]
fn what_stands_inside_is_read_as_any_field_value() {
    let code = "pseudonymize: { key: k, epoch: none }";
    for (query, codes) in [
        ("{ q: word }", &[][..]),
        (&format!("{{ q: {{ {code} }} }}"), &[]),
        (
            "{ q: { keep: { one_of: [a] }, on_error: { replace: b } } }",
            &[],
        ),
        ("{ q: nothing_known }", &["V0109"]),
        (
            "{ q: { pseudonymize: { key: other, epoch: none } } }",
            &["V0401"],
        ),
        ("{ q: { pseudonymize: { key: k } } }", &["V0210"]),
        ("{ q: keep }", &["V0201"]),
        ("{ q: { keep: { subtree: true } } }", &["V0202", "V0110"]),
        (
            "{ q: { encrypt: { key: k, fields: { a: word } } } }",
            &["V0110"],
        ),
        (
            "{ q: { pseudonymize: { key: k, from: [a, b], epoch: none } } }",
            &["V0110"],
        ),
        ("{ q: { keep: { one_of: [a] }, gaps: remove } }", &["V0110"]),
        ("{ q: { as: { b: word } } }", &["V0110"]),
        ("{ q: [] }", &["V0108"]),
        (
            "{ q: { when: [{ if: { a: b }, then: word }, { else: drop }] } }",
            &["V0110"],
        ),
    ] {
        assert_eq!(of_address(query), codes, "{query}");
    }
    let mut deep = "word".to_owned();
    for _ in 0..3 {
        deep = format!("{{ url: {{ path: drop, query: {{ q: {deep} }} }} }}");
    }
    assert_eq!(of_address(&format!("{{ q: {deep} }}")), [""; 0]);
    deep = format!("{{ url: {{ path: drop, query: {{ q: {deep} }} }} }}");
    assert_eq!(of_address(&format!("{{ q: {deep} }}")), ["V0128"]);
}

/// A body is rendered aside, and then taken whole: each level is one more of both.
#[test]
fn bodies_in_each_other_count_as_levels() {
    let bodies = |levels: usize| {
        let mut deep = "word".to_owned();
        for _ in 0..levels {
            deep = format!("{{ encrypt: {{ key: k, fields: {{ a: {deep} }} }} }}");
        }
        of_field(&deep)
    };
    assert_eq!(bodies(4), [""; 0]);
    assert_eq!(bodies(5), ["V0128"]);
    assert_eq!(bodies(13), ["V0128"]);
}
