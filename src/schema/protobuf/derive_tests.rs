use proptest::prelude::*;
use prost_reflect::DynamicMessage;
use prost_reflect::prost::Message as _;

use super::super::testing::{
    Dice, ROOT as NAME, compiled, descriptor, descriptor_of, json_of, message, schema,
};
use super::*;
use crate::plan::automaton::{Automaton, Builder, ROOT, WHOLE};
use crate::record::path::{Selector, Step};
use crate::record::tape::Slot;
use crate::record::types::{Given, Gives, NotTaken};
use crate::schema::derived::{Fields, Head, Leaf, Made};
use crate::schema::json::Json;
use crate::schema::protobuf::node::Schema;

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
    let root = schema.message(schema.root());
    root.fields.iter().map(|field| &*field.name).collect()
}

proptest! {
    #[test]
    fn what_is_kept_is_as_it_was_and_the_rest_is_gone(seed: u64, drop: u8) {
        let dice = &mut Dice::new(seed);
        let text = schema(dice);
        let schema = compiled(&text);
        let printed = schema.print();
        prop_assert_eq!(compiled(&printed).print(), printed.clone());
        let said = Json::Null;
        // By their names: `*` names nothing of which no schema says what it holds.
        let every = names(&fields(&schema));
        let all = schema.derive(&every, &kept(&said), HEAD);
        let all = all.unwrap_or_else(|unfit| panic!("{unfit}: {text}"));
        let again = all.derive(&every, &kept(&said), HEAD).unwrap();
        prop_assert_eq!(again.print(), all.print());
        // Another library reads what was written under the writer's schema as it was.
        let of = descriptor(&text);
        let value = message(dice, &of, 0);
        let derived = descriptor_of(&all.print(), NAME);
        let read = DynamicMessage::decode(derived, &value.encode_to_vec()[..]).unwrap();
        prop_assert_eq!(json_of(&read), json_of(&value), "{}", all.print());
        let few: Vec<&str> = fields(&schema).into_iter().enumerate().filter(|(n, _)| drop >> n & 1 == 0).map(|(_, f)| f).collect();
        let derived = schema.derive(&names(&few), &kept(&said), HEAD).unwrap();
        prop_assert_eq!(fields(&derived), few);
    }
}

#[test]
fn one_name_for_two_fields_is_refused() {
    let schema =
        compiled("syntax = \"proto3\"; package t; message R1 { int32 a = 1; int32 b = 2; }");
    let said = Json::Null;
    let KeepAll([leaf]) = kept(&said);
    let renamed = KeepAll([Leaf {
        name: Some("x"),
        ..leaf
    }]);
    let found = schema.derive(&names(&["*"]), &renamed, HEAD);
    let found = found.map(|schema| schema.print());
    assert_eq!(found, Err(Unfit::SameName { path: "x".into() }));
    let alone = schema.derive(&names(&["b"]), &renamed, HEAD).unwrap();
    // It keeps its number.
    assert_eq!(alone.message(alone.root()).fields[0].number, 2);
}

#[test]
fn a_package_may_be_another_one() {
    let schema = compiled(
        "syntax = \"proto3\"; package t; message R1 { M m = 1; E e = 2; } message M {} enum E { A = 0; }",
    );
    let said = Json::Null;
    let head = Head {
        namespace: Some("clean.v1"),
        ..HEAD
    };
    let derived = schema.derive(&names(&["*"]), &kept(&said), head).unwrap();
    let text = derived.print();
    assert!(text.contains("package clean.v1;\n"), "{text}");
    assert!(text.contains(".clean.v1.M m = 1;"), "{text}");
    assert_eq!(&*derived.message(derived.root()).name, "clean.v1.R1");
}

/// What a reader of the derived schema sees is the writer's, and does not pass for ours.
#[test]
fn a_writers_comment_is_seen_whole_and_does_not_say_what_was_done() {
    let text = "// veil: policy=other
syntax = \"proto3\";
package t;
// veil: drop
//  * VEIL : mask
// A\u{202e} click\u{2028}.
message R1 {
  // veil: encrypt
  // Whose it is.\u{200b}
  string a = 1; // veil: encrypt
  M m = 2 [json_name = \"\u{202e}m\"];
}
/* veil: x
 * In two\u{2029}lines. */
message M {
  string b = 1; // veil: encrypt
}
";
    let schema = compiled(text);
    let said = Json::Object(vec![("action".into(), Json::text("keep\u{202e}"))]);
    let derived = schema.derive(&names(&["*"]), &kept(&said), HEAD).unwrap();
    let expected = "// veil: policy=p
syntax = \"proto3\";

package t;

// A\\u202e click\\u2028.
message R1 {
  // Whose it is.\\u200b
  string a = 1; // veil: keep\\u202e
  .t.M m = 2 [json_name = \"\\342\\200\\256m\"]; // veil: keep\\u202e
}

// In two\\u2029lines.
message M {
  string b = 1;
}
";
    assert_eq!(derived.print(), expected);
    let again = derived.derive(&names(&["*"]), &kept(&said), HEAD).unwrap();
    assert_eq!(again.print(), expected);
}
