use proptest::prelude::*;

use super::super::testing::{Dice, schema};
use super::*;
use crate::plan::automaton::{Automaton, Builder, ROOT, WHOLE};
use crate::record::path::{Selector, Step};
use crate::record::tape::Slot;
use crate::record::types::{Given, Gives, NotTaken};
use crate::schema::avro::node::{Schema, Shape};
use crate::schema::derived::{Fields, Head, Leaf, Made};
use crate::schema::json::Json;

/// Every state with a name of its own is a field, kept.
struct KeepAll<'l>([Leaf<'l>; 1]);

impl Fields for KeepAll<'_> {
    fn at(&self, state: Slot) -> Made<'_> {
        match state {
            ROOT => Made::Inside(&[]),
            0..=WHOLE => Made::Nothing,
            _ => Made::Leaves(&self.0),
        }
    }
}

fn same(_: Type) -> Result<Gives, NotTaken> {
    Ok(Gives::one(Given::Same))
}

fn kept(said: &Json) -> KeepAll<'_> {
    KeepAll([Leaf {
        name: None,
        gives: &same,
        parts: &[],
        is_kept: true,
        said,
    }])
}

fn names(names: &[&str]) -> Automaton {
    let mut builder = Builder::default();
    for name in names {
        let steps = vec![match *name {
            "*" => Step::AnyName,
            name => Step::Name(name.into()),
        }];
        builder.add(Selector { steps });
    }
    builder.build(&[]).unwrap().automaton
}

const HEAD: Head<'_> = Head {
    policy: "p",
    namespace: None,
};

fn fields(schema: &Schema) -> Vec<&str> {
    match &schema.node(schema.root()).shape {
        Shape::Record(_, fields) => fields.iter().map(|field| &*field.name).collect(),
        _ => panic!("a record is derived of a record"),
    }
}

proptest! {
    #[test]
    fn what_is_kept_is_as_it_was_and_the_rest_is_gone(seed: u64, drop: u8) {
        let text = schema(&mut Dice::new(seed));
        // The record at the top has other attributes than one inside of it.
        prop_assume!(!text.contains("\"R1\"]"));
        let schema = Schema::parse(&text).unwrap();
        let said = Json::Null;
        let all = schema.derive(&names(&["*"]), &kept(&said), HEAD).unwrap();
        prop_assert_eq!(all.canonical(), schema.canonical());
        prop_assert_eq!(all.derive(&names(&["*"]), &kept(&said), HEAD).unwrap().print(), all.print());
        let few = ["f0", "f1", "f2", "f3"];
        let few: Vec<&str> = (0..4).filter(|n| drop >> n & 1 == 0).map(|n| few[n]).collect();
        let derived = schema.derive(&names(&few), &kept(&said), HEAD).unwrap();
        let expected: Vec<&str> = fields(&schema).into_iter().filter(|f| few.contains(f)).collect();
        prop_assert_eq!(fields(&derived), expected);
    }
}

#[test]
fn another_namespace_is_that_of_all_types_of_the_writers() {
    let text = r#"{"type":"record","name":"A","namespace":"raw","fields":[
        {"name":"a","type":{"type":"fixed","name":"F","size":1}},
        {"name":"b","type":{"type":"fixed","name":"G","namespace":"other","size":1}},
        {"name":"c","type":["null","F"]}]}"#;
    let said = Json::Null;
    let head = Head {
        namespace: Some("clean"),
        ..HEAD
    };
    let schema = Schema::parse(text).unwrap();
    let derived = schema.derive(&names(&["*"]), &kept(&said), head).unwrap();
    assert_eq!(
        derived.canonical(),
        concat!(
            r#"{"name":"clean.A","type":"record","fields":["#,
            r#"{"name":"a","type":{"name":"clean.F","type":"fixed","size":1}},"#,
            r#"{"name":"b","type":{"name":"other.G","type":"fixed","size":1}},"#,
            r#"{"name":"c","type":["null","clean.F"]}]}"#
        )
    );
}

#[test]
fn one_name_for_two_fields_is_refused() {
    let text = r#"{"type":"record","name":"A","fields":[
        {"name":"a","type":"int"},{"name":"b","type":"int"}]}"#;
    let said = Json::Null;
    let KeepAll([leaf]) = kept(&said);
    let renamed = KeepAll([Leaf {
        name: Some("x"),
        ..leaf
    }]);
    let schema = Schema::parse(text).unwrap();
    let found = schema
        .derive(&names(&["*"]), &renamed, HEAD)
        .map(|schema| schema.print());
    assert_eq!(found, Err(Unfit::SameName { path: "x".into() }));
    assert!(schema.derive(&names(&["a"]), &renamed, HEAD).is_ok());
}

#[test]
fn a_writers_words_are_seen_whole_and_say_neither_what_was_done_nor_what_nobody_named() {
    let text = r#"{"type":"record","name":"A","doc":"a\u202e\u2028b","veil":{"policy":"x"},"fields":[
        {"name":"a","doc":"\u200b","veil":{"action":"encrypt"},"type":{"type":"record","name":"B","veil":1,"fields":[
            {"name":"b","veil":{"action":"drop"},"type":{"type":"enum","name":"E","symbols":["S"],"veil":2}},
            {"name":"c","type":{"type":"array","veil":3,"items":{"type":"string","own":"jane@example.com","connect.name":"\u202e","veil":4}}}]}}]}"#;
    let said = Json::text("keep");
    let schema = Schema::parse(text).unwrap();
    let derived = schema.derive(&names(&["*"]), &kept(&said), HEAD).unwrap();
    let expected = concat!(
        r#"{"type":"record","name":"A","doc":"a\u202e\u2028b","fields":[{"name":"a","#,
        r#""type":{"type":"record","name":"B","fields":["#,
        r#"{"name":"b","type":{"type":"enum","name":"E","symbols":["S"]}},"#,
        r#"{"name":"c","type":{"type":"array","items":{"type":"string","connect.name":"\u202e"}}}]},"#,
        r#""doc":"\u200b","veil":"keep"}],"veil":{"policy":"p"}}"#
    );
    assert_eq!(derived.print(), expected);
}
