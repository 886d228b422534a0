//! The path against a slow oracle, and what must hold for any input.

use proptest::prelude::*;

use super::*;
use crate::plan::signal::{Signal, SignalAt};

/// What keeping some paths makes of a document: a tree walk over the value,
/// numbers by their text.
#[derive(Clone)]
enum Tree {
    Scalar(String),
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Tree::Scalar(text) => text.clone(),
            Tree::Object(members) => {
                let all: Vec<_> = members
                    .iter()
                    .map(|(n, v)| format!("\"{n}\":{}", v.text()))
                    .collect();
                format!("{{{}}}", all.join(","))
            }
            Tree::Array(items) => {
                let all: Vec<_> = items.iter().map(Tree::text).collect();
                format!("[{}]", all.join(","))
            }
        }
    }

    fn holds_object(&self) -> bool {
        match self {
            Tree::Scalar(_) => false,
            Tree::Object(_) => true,
            Tree::Array(items) => items.iter().any(Tree::holds_object),
        }
    }

    /// `None`: nothing of it is named. `Err`: a kept value holds an object.
    fn project(&self, paths: &[&[&str]]) -> Result<Option<Tree>, ()> {
        if paths.iter().any(|p| p.is_empty()) {
            return match self.holds_object() {
                true => Err(()),
                false => Ok(Some(self.clone())),
            };
        }
        let below = |step: &str| -> Vec<&[&str]> {
            let of = |p: &&[&str]| p[0] == step;
            let all = paths.iter().copied().filter(of);
            all.map(|p| &p[1..]).collect()
        };
        match self {
            Tree::Scalar(_) => Ok(None),
            Tree::Object(members) => {
                let mut kept = Vec::new();
                for (name, value) in members {
                    if let Some(value) = value.project(&below(name))? {
                        kept.push((name.clone(), value));
                    }
                }
                Ok((!kept.is_empty()).then_some(Tree::Object(kept)))
            }
            Tree::Array(items) => {
                let paths = below("[*]");
                let leaf = paths.iter().any(|p| p.is_empty());
                let array = paths.iter().any(|p| p.first() == Some(&"[*]"));
                let object = paths.iter().any(|p| p.first().is_some_and(|s| *s != "[*]"));
                let mut kept = Vec::new();
                for item in items {
                    match (item, item.project(&paths)?) {
                        (_, Some(value)) => kept.push(value),
                        (Tree::Object(_), None) if object && !leaf => {
                            kept.push(Tree::Object(Vec::new()));
                        }
                        (Tree::Array(_), None) if array && !leaf => {
                            kept.push(Tree::Array(Vec::new()));
                        }
                        _ if paths.is_empty() => {}
                        _ => kept.push(Tree::Scalar("null".to_owned())),
                    }
                }
                Ok((!kept.is_empty()).then_some(Tree::Array(kept)))
            }
        }
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "l", "x", "é"];
const KEPT: [&str; 6] = ["a", "b.c", "b.x.l", "l[*].x", "x[*][*].a", "c[*]"];

fn tree() -> impl Strategy<Value = Tree> {
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "39.80",
        "-0",
        "1e400",
        "\"\"",
        "\"t\\n\"",
        "18446744073709551616",
    ]);
    scalar
        .prop_map(|s| Tree::Scalar(s.to_owned()))
        .prop_recursive(4, 40, 5, |inner| {
            let member = (prop::sample::select(NAMES.to_vec()), inner.clone());
            prop_oneof![
                prop::collection::vec(member, 0..6).prop_map(|all| {
                    let mut members: Vec<(String, Tree)> = Vec::new();
                    for (name, value) in all {
                        if members.iter().all(|m| m.0 != name) {
                            members.push((name.to_owned(), value));
                        }
                    }
                    Tree::Object(members)
                }),
                prop::collection::vec(inner, 0..5).prop_map(Tree::Array),
            ]
        })
}

fn steps(path: &'static str) -> Vec<&'static str> {
    path.split('.')
        .flat_map(|part| {
            let name = part.trim_end_matches("[*]");
            let arrays = part.matches("[*]").count();
            std::iter::once(name).chain(std::iter::repeat_n("[*]", arrays))
        })
        .collect()
}

proptest! {
    #[test]
    fn keeping_is_projecting(trees in prop::collection::vec(tree(), 1..5)) {
        let plan = keeps(&KEPT);
        let kept: Vec<_> = KEPT.iter().map(|p| steps(p)).collect();
        let paths: Vec<_> = kept.iter().map(Vec::as_slice).collect();
        for tree in trees {
            let top = Tree::Object(vec![("b".into(), tree.clone()), ("x".into(), tree.clone()), ("l".into(), tree)]);
            let expected = match top.project(&paths) {
                Err(()) => Err(Reason::WrongType),
                Ok(None) => Ok("{}".to_owned()),
                Ok(Some(kept)) => Ok(kept.text()),
            };
            prop_assert_eq!(outcome(&plan, top.text()), expected, "{:?}", top);
        }
    }

    #[test]
    fn nothing_is_lost_whatever_comes(
        records in prop::collection::vec((tree(), 0..8u8, any::<bool>()), 1..20),
        needs in 0..4u64,
        forward in any::<bool>(),
    ) {
        let mut plans = Plans::new();
        let (ads, mail) = (plans.read("a"), plans.read("b.c"));
        let scalar = |read, category| Signal::Scalar { at: SignalAt::Value(read), category, grants: vec![crate::record::Literal::Bool(true)] };
        plans.plan.signals = vec![scalar(ads, 0), scalar(mail, 1)];
        plans.plan.source.type_parts = vec![plans.read("x")];
        plans.plan.types = TypeIndex { exact: [("".into(), 1)].into(), columns: 2, ..TypeIndex::default() };
        let action = plans.action("reverse");
        let gated = plans.output(&[field("a", "keep"), field("l[*].x", "reverse")]);
        gated.needs = needs;
        gated.by_type = vec![Some(TableId(0)), None];
        let before = Signal::Scalar { at: SignalAt::Value(plans.read("c")), category: 0, grants: vec![crate::record::Literal::Bool(true)] };
        let open = plans.output(&[field("b", "reverse").or_drop(), field("c", "keep")]);
        open.cleared_by = if forward { vec![before] } else { Vec::new() };
        open.forward_tombstones = forward;
        open.needs = needs & 1;
        open.by_type = vec![Some(TableId(0)), Some(TableId(0))];
        open.key = Some(RecordKey::Made(KeyWrite { from: [RecordKeyFrom::RecordKey].into(), action, field: crate::record::ids::FieldId(0), on_error: OnError::Quarantine }));
        let plan = plans.build();
        let records: Vec<Raw> = records
            .into_iter()
            .map(|(tree, kind, keyed)| Raw {
                key: keyed.then(|| b"key".to_vec()),
                value: match kind {
                    0 => None,
                    1 => Some(b"{\"a\":".to_vec()),
                    2 => Some(tree.text().into_bytes()),
                    _ => Some(format!("{{\"x\":{0},\"a\":true,\"l\":[{1}],\"b\":{1}}}",
                        if kind > 4 { "\"\"" } else { "\"t\"" }, tree.text()).into_bytes()),
                },
                ..Raw::default()
            })
            .collect();
        let out = run(&plan, &records);
        let n = records.len() as u64;
        prop_assert_eq!(out.counts.received, n);
        prop_assert!(out.counts.balances(), "I8: a record is lost at an output");
        for (i, counts) in out.counts.outputs.iter().enumerate() {
            let listed = out.records().iter().filter(|r| r.destination == Destination::Output(i as u16)).count() as u64;
            prop_assert_eq!(listed, counts.written + counts.clearing_tombstones);
        }
        let quarantined = out.records().iter().filter(|r| matches!(r.destination, Destination::Quarantine(_))).count() as u64;
        prop_assert_eq!(quarantined, out.counts.quarantined_total());
        let offsets: Vec<_> = out.records().iter().map(|r| r.source_offset).collect();
        prop_assert!(offsets.is_sorted());
        for record in out.records() {
            if let (Destination::Output(_), Some(text)) = (record.destination, value_of(&out, record)) {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn a_worker_gives_the_same_whatever_it_did_before(
        trees in prop::collection::vec(tree(), 2..8),
    ) {
        let plan = plan(&[field("b.c", "reverse"), field("l[*].x", "reverse"), field("a", "keep")]);
        let values: Vec<Raw> = trees
            .iter()
            .map(|t| raw(format!("{{\"l\":{0},\"b\":{0},\"a\":1}}", t.text())))
            .collect();
        let mut used = worker();
        for value in &values {
            let fresh = run(&plan, std::slice::from_ref(value));
            let again = sanitize(batch(&plan, std::slice::from_ref(value)), &mut used).unwrap();
            prop_assert_eq!(fresh.bytes_of_all(), again.bytes_of_all());
            let (_, buffers) = again.into();
            used.take_back(buffers);
        }
    }
}
