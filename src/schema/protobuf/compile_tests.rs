use super::super::node::{Known, Label, Message, Scalar, Shape};
use super::*;

fn file<'t>(name: &'t str, text: &'t str) -> Source<'t> {
    Source { name, text }
}

fn compiled(text: &str, which: Which<'_>) -> Result<Schema, Unusable> {
    Schema::compile(file("a.proto", text), &[], which)
}

fn root(schema: &Schema) -> &Message {
    schema.message(schema.root())
}

const NESTED: &str = r#"
syntax = "proto3";
package shop;
message First { string a = 1; }
message Order {
  map<string, int32> counts = 1;
  message Item { message Price { double sum = 1; } Price price = 1; }
  message Other {}
  repeated Item items = 2;
}
"#;

#[test]
fn a_message_is_found_by_its_name_and_by_its_place() {
    let name = |which| compiled(NESTED, which).map(|schema| root(&schema).name.to_string());
    let at = |steps: &[u32]| Which::At(MessagePath::new(steps).unwrap());
    assert_eq!(name(at(&[0])).unwrap(), "shop.First");
    assert_eq!(name(at(&[1])).unwrap(), "shop.Order");
    // The message that a map makes is not counted.
    assert_eq!(name(at(&[1, 0])).unwrap(), "shop.Order.Item");
    assert_eq!(name(at(&[1, 0, 0])).unwrap(), "shop.Order.Item.Price");
    assert_eq!(name(at(&[1, 1])).unwrap(), "shop.Order.Other");
    for none in [&[2][..], &[0, 0], &[1, 2], &[1, 0, 0, 0]] {
        assert_eq!(name(at(none)), Err(Unusable::NoSuchPath));
    }
    assert_eq!(
        name(Which::Named("shop.Order.Item")).unwrap(),
        "shop.Order.Item"
    );
    for none in ["Order", "shop.Order.CountsEntry", ""] {
        let found = name(Which::Named(none));
        assert_eq!(found, Err(Unusable::NoSuchMessage(none.into())));
    }
    assert_eq!(
        name(Which::Only),
        Err(Unusable::NotOne(2, " (`shop.First`, `shop.Order`)".into()))
    );
    let schema = compiled(NESTED, Which::Named("shop.Order.Other")).unwrap();
    assert_eq!(schema.path(), MessagePath::new(&[1, 1]));
}

#[test]
fn the_file_meant_is_found_wherever_it_lies() {
    let text: Arc<[u8]> = Arc::from(&b"syntax = \"proto3\"; message A { string a = 1; }"[..]);
    for name in [
        "a.proto",
        "./a.proto",
        "../a.proto",
        "/x/a.proto",
        "sub/a.proto",
        "x/../a.proto",
    ] {
        let found = of_files(&[(name.to_owned(), Arc::clone(&text))], None);
        assert!(found.is_ok(), "{name}: {:?}", found.err());
    }
}

#[test]
fn fields_are_what_they_were_declared_as() {
    let text = r#"
syntax = "proto2";
import "confluent/meta.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
// What was
// clicked.
message Click {
  required string user_id = 1 [(confluent.field_meta).tags = "PII", (confluent.field_meta).tags = "EMAIL"];
  optional int32 n = 2 [default = 7, deprecated = true, json_name = "count"]; // How often.
  repeated sint64 many = 3 [packed = true];
  optional group Place = 4 { optional float x = 1; }
  map<int32, Click> inside = 5;
  oneof kind { bool a = 6; bytes b = 7; }
  optional google.protobuf.Timestamp at = 8;
  optional google.protobuf.StringValue name = 9;
  reserved 20 to 25, 30;
  extensions 100 to 200;
}
extend Click { optional string more = 100; }
"#;
    let schema = compiled(text, Which::Only).unwrap();
    let click = root(&schema);
    assert_eq!(click.doc.as_deref(), Some("What was\nclicked."));
    let names: Vec<&str> = click.fields.iter().map(|field| &*field.name).collect();
    let all = [
        "user_id", "n", "many", "place", "inside", "a", "b", "at", "name",
    ];
    assert_eq!(names, all);
    let field = |n: usize| &click.fields[n];
    assert_eq!(field(0).tags, ["PII".into(), "EMAIL".into()]);
    assert_eq!(
        (&*field(0).json_name, field(0).label),
        ("userId", Label::Required)
    );
    assert_eq!(
        (&*field(1).json_name, field(1).is_deprecated),
        ("count", true)
    );
    assert_eq!(field(2).shape, Shape::Scalar(Scalar::Sint64));
    assert!(matches!(field(3).shape, Shape::Group(_)));
    let Shape::Map(Scalar::Int32, inside) = &field(4).shape else {
        panic!("a map");
    };
    assert_eq!(inside.message(), Some(schema.root()));
    assert_eq!([field(5).oneof, field(6).oneof], [Some(0); 2]);
    let known = |n: usize| schema.message(field(n).shape.message().unwrap()).known;
    assert_eq!(
        [known(7), known(8)],
        [Some(Known::Timestamp), Some(Known::Wrapper)]
    );
    assert_eq!(click.reserved, [(20, 25), (30, 30)]);
}

#[test]
fn presence_is_what_the_syntax_says() {
    let labels = |text: &str| {
        let schema = compiled(text, Which::Only).unwrap();
        let fields = &root(&schema).fields;
        fields.iter().map(|field| field.label).collect::<Vec<_>>()
    };
    let in_3 = "syntax = \"proto3\"; message M { int32 a = 1; optional int32 b = 2; M c = 3; \
                oneof x { int32 d = 4; } repeated int32 e = 5; }";
    use Label::{Implicit, Optional, Repeated, Required};
    assert_eq!(
        labels(in_3),
        [Implicit, Optional, Optional, Optional, Repeated]
    );
    let in_2 = "message M { optional int32 a = 1; required M b = 2; }";
    assert_eq!(labels(in_2), [Optional, Required]);
}

#[test]
fn imports_are_looked_for_among_what_is_given() {
    let main = file(
        "a.proto",
        "syntax = \"proto3\"; import \"x/b.proto\"; message A { x.B b = 1; }",
    );
    let b = file(
        "x/b.proto",
        "syntax = \"proto2\"; package x; import public \"c.proto\"; message B { optional C c = 1; }",
    );
    let c = file("c.proto", "message C { required int32 n = 1; }");
    let schema = Schema::compile(main, &[c, b], Which::Only).unwrap();
    let names: Vec<&str> = schema
        .messages
        .iter()
        .map(|message| &*message.name)
        .collect();
    assert_eq!(names, ["A", "x.B", "C"]);
    let imported: Vec<bool> = schema
        .messages
        .iter()
        .map(|message| message.is_imported)
        .collect();
    assert_eq!(imported, [false, true, true]);
    for others in [&[b][..], &[c], &[]] {
        let found = Schema::compile(main, others, Which::Only);
        assert!(matches!(found, Err(Unusable::NoImport(..))));
    }
    // Google's own files cannot be given another content.
    let mine = file(
        "google/protobuf/timestamp.proto",
        "package google.protobuf; message Timestamp {}",
    );
    let main = file(
        "a.proto",
        "import \"google/protobuf/timestamp.proto\"; message A { optional google.protobuf.Timestamp a = 1; }",
    );
    let schema = Schema::compile(main, &[mine], Which::Only).unwrap();
    assert_eq!(schema.messages[1].fields.len(), 2);
}

#[test]
fn what_is_no_schema_is_refused() {
    let deep = |n: usize| "message M {".repeat(n) + &"}".repeat(n);
    for bad in [
        "",
        "message",
        "message M { int32 a = 1; int32 a = 2; }",
        "message M { optional int32 a = 1; optional int32 b = 1; }",
        "message M { optional N a = 1; }",
        "import \"a.proto\"; message M {}",
        "import \"b.proto\"; message M {}",
        "syntax = \"proto4\"; message M {}",
        "edition = \"2023\"; message M {}",
        "message M { optional int32 a = 19000; }",
        "message M { optional int32 a = 0; }",
        "syntax = \"proto3\"; message M { required int32 a = 1; }",
        "\u{0}",
        &deep(10_000),
    ] {
        let found = compiled(bad, Which::Only);
        assert!(found.is_err(), "{}", &bad[..bad.len().min(80)]);
        let said = found.err().unwrap().to_string();
        assert!(said.len() < 2_000 && !said.contains('\n'), "{said}");
    }
    let own = "package google.protobuf; message Value { optional int32 a = 1; } message M { optional Value v = 1; }";
    let found = compiled(own, Which::Named("google.protobuf.M")).err();
    assert_eq!(
        found,
        Some(Unusable::NotGoogles("google.protobuf.Value".into()))
    );
    let new = "// two\n /* three */\nedition = \"2023\"; message M {}";
    let found = compiled(new, Which::Only).err();
    assert!(matches!(found, Some(Unusable::Edition(_))), "{found:?}");
    let big = "message M {}".to_owned() + &" ".repeat(TEXT_BYTES_MAX);
    let bytes = TEXT_BYTES_MAX + 12;
    let found = compiled(&big, Which::Only).err();
    assert_eq!(found, Some(Unusable::TooManyBytes(bytes)));
    let many = vec![file("b.proto", ""); FILES_MAX];
    let found = Schema::compile(file("a.proto", ""), &many, Which::Only).err();
    assert_eq!(found, Some(Unusable::TooManyFiles(FILES_MAX + 1)));
    let wide: String = (1..=16_400)
        .map(|n| format!("optional int32 f{n} = {};", n + 20_000))
        .collect();
    let found = compiled(&format!("message M {{ {wide} }}"), Which::Only).err();
    assert_eq!(found, Some(Unusable::TooLarge));
}

#[test]
fn descriptors_of_another_syntax_are_refused_and_end_nothing() {
    use protox::prost_reflect::prost::Message as _;
    use protox::prost_reflect::prost_types::{
        DescriptorProto, FileDescriptorProto, FileDescriptorSet,
    };

    for (syntax, is_read) in [
        (None, true),
        (Some("proto2"), true),
        (Some("proto3"), true),
        (Some("editions"), false),
        (Some("proto4"), false),
        (Some("\u{0}"), false),
    ] {
        let file = FileDescriptorProto {
            name: Some("a.proto".to_owned()),
            syntax: syntax.map(str::to_owned),
            message_type: vec![DescriptorProto {
                name: Some("M".to_owned()),
                ..DescriptorProto::default()
            }],
            ..FileDescriptorProto::default()
        };
        let set = FileDescriptorSet { file: vec![file] };
        let found = Schema::of_descriptors(&set.encode_to_vec(), Which::Only).err();
        let expected = (!is_read).then(|| Unusable::Edition("a.proto".to_owned()));
        assert_eq!(found, expected, "{syntax:?}");
    }
}

#[test]
fn descriptors_say_the_same_as_the_text() {
    let pool = super::super::testing::descriptor_of(NESTED, "shop.Order");
    let bytes = pool.parent_pool().encode_to_vec();
    let which = Which::Named("shop.Order");
    let schema = Schema::of_descriptors(&bytes, which).unwrap();
    assert_eq!(schema.print(), compiled(NESTED, which).unwrap().print());
    for cut in 0..bytes.len() {
        let _ = Schema::of_descriptors(&bytes[..cut], which);
    }
    assert!(Schema::of_descriptors(b"", which).is_err());
    assert!(Schema::of_descriptors(&[0xff; 9], which).is_err());
}

#[test]
fn values_of_options_that_nest_deep_are_refused_before_they_are_read() {
    let option = |depth: usize| {
        let value = format!("{}{}", "{ m ".repeat(depth), "}".repeat(depth));
        format!(
            "syntax = \"proto2\"; import \"google/protobuf/descriptor.proto\"; message M {{ optional M m = 1; \
             optional string s = 2; }} extend google.protobuf.FieldOptions {{ optional M o = 50001; }} \
             message R {{ optional int32 n = 1 [(o) = {value}]; }}"
        )
    };
    let of = |depth| compiled(&option(depth), Which::Named("R"));
    assert!(matches!(of(100_000), Err(Unusable::TooDeep(_))));
    assert!(!matches!(of(50), Err(Unusable::TooDeep(_))));
}

#[test]
fn a_descriptor_in_base64_is_the_file_that_it_describes() {
    // What `protoc` makes of `syntax = "proto3"; package app; message Order { int64 n = 1; }`,
    // named `order.proto`.
    let descriptor = b"\x0a\x0border.proto\x12\x03app\x22\x12\x0a\x05Order\x12\x09\x0a\x01n\x18\x01\x20\x01\x28\x03b\x06proto3";
    let text = data_encoding::BASE64.encode(descriptor);
    let of = |text: &str| {
        let main = Source {
            name: "main.proto",
            text,
        };
        Schema::compile(main, &[], Which::Only).map(|schema| format!("{schema:?}"))
    };
    let written = "syntax = \"proto3\"; package app; message Order { int64 n = 1; }";
    assert_eq!(of(&text).expect("a schema"), of(written).expect("a schema"));
    let cut = data_encoding::BASE64.encode(&descriptor[..20]);
    assert!(of(&cut).is_err());
}

#[test]
fn messages_that_hold_each_other_twice_are_not_gone_through_without_end() {
    let chain = |depth: usize| {
        let messages = (0..depth).map(|n| {
            let inner = n + 1;
            format!("message M{n} {{ M{inner} a = 1; M{inner} b = 2; }}")
        });
        let text = format!(
            "syntax = \"proto3\"; {} message M{depth} {{ string x = 1; }}",
            messages.collect::<String>()
        );
        compiled(&text, Which::Named("M0"))
            .expect("a schema")
            .listed()
    };
    assert_eq!(chain(60), None);
    // 1 + 2 + 4 + 4 places.
    assert_eq!(chain(2).map(|listed| listed.len()), Some(11));
}

/// Each grows with its text alone, and a parser remembers hundreds of bytes of each word.
#[test]
fn words_and_names_without_end_are_refused_before_a_parser_reads_them() {
    let many = |before: &str, each: &dyn Fn(usize) -> String, behind: &str| {
        let each: String = (1..=60_000).map(each).collect();
        format!("{before}{each}{behind}")
    };
    let in_message = |each: &dyn Fn(usize) -> String| many("message M {", each, "}");
    for text in [
        in_message(&|n| format!("reserved {n};")),
        many("message M { reserved 1", &|n| format!(",{}", n + 1), ";}"),
        many("message M { reserved 'a'", &|n| format!(",'{n}'"), ";}"),
        many("message M { extensions 1", &|n| format!(",{}", n + 1), ";}"),
        in_message(&|n| format!("optional int32 f{n}={n};")),
        in_message(&|n| format!("map<int32,M>f{n}={n};")),
        in_message(&|n| format!("oneof o{n}{{int32 f{n}={n};}}")),
        many("", &|n| format!("message M{n}{{}}"), ""),
        many("enum E {", &|n| format!("A{n}={n};"), "}"),
        many("service S {", &|n| format!("rpc A{n}(B)returns(C);"), "}"),
        many(
            "message M { optional int32 a = 1 [",
            &|_| "a=1,".into(),
            "];}",
        ),
        many("option (a) = {", &|_| "a:1 ".into(), "};"),
        many("", &|_| "= = ".into(), ""),
        many("", &|_| "/**//**/".into(), ""),
    ] {
        let found = compiled(&text, Which::Only).err();
        let start = &text[..60];
        let Some(Unusable::TooManyWords(words)) = found else {
            panic!("{start}: {found:?}");
        };
        assert!(words > 100_000, "{start}: {words}");
        let files = [("a.proto".to_owned(), Arc::from(text.as_bytes()))];
        assert_eq!(lacking(&files), [""; 0], "{start}");
    }
    let long = format!("message {} {{}}", "a".repeat(1_000));
    let found = compiled(&long, Which::Only).err();
    assert!(matches!(found, Some(Unusable::LongName(..))), "{found:?}");
    let main = file(&long, "message M {}");
    let found = Schema::compile(main, &[], Which::Only).err();
    assert!(matches!(found, Some(Unusable::LongName(..))), "{found:?}");
}

#[test]
fn descriptors_have_the_same_bounds() {
    let of = |file: &[u8]| {
        let length = file.len();
        let length = [
            length & 0x7f | 0x80,
            length >> 7 & 0x7f | 0x80,
            length >> 14,
        ];
        let length = length.map(|byte| u8::try_from(byte).expect("seven bits"));
        let set = [&[0x0a][..], &length, file].concat();
        let text = data_encoding::BASE64.encode(file);
        let both = [
            Schema::of_descriptors(&set, Which::Only),
            compiled(&text, Which::Only),
        ];
        both.map(|found| found.expect_err("it is refused"))
    };
    // Messages without a name.
    for found in of(&[0x22, 0x00].repeat(250_000)) {
        let Unusable::TooManyWords(fields) = found else {
            panic!("{found:?}");
        };
        assert!(fields >= 500_000);
    }
    // A name of 1,000 bytes, and in its message another.
    let named = |name: &str, inside: &[u8]| {
        let length = |n: usize| [n & 0x7f | 0x80, n >> 7].map(|n| u8::try_from(n).expect("few"));
        let name = [&[0x0a][..], &length(name.len()), name.as_bytes(), inside].concat();
        (length(name.len()), name)
    };
    let (length, inner) = named(&"b".repeat(300), &[]);
    let inner = [&[0x1a][..], &length, &inner].concat();
    let (length, outer) = named(&"a".repeat(300), &inner);
    for found in of(&[&[0x22][..], &length, &outer].concat()) {
        assert!(matches!(found, Unusable::LongName(_, 600)), "{found:?}");
    }
}

#[test]
fn a_fault_has_its_place() {
    let of = |text: &str| {
        let other = file("b.proto", "syntax = \"proto3\"; message B {}");
        let found = Schema::compile(file("a.proto", text), &[other], Which::Only);
        found.expect_err("it is refused").to_string()
    };
    for (text, said) in [
        (
            "syntax = \"proto3\";\nmessage M {\n  int32 = 1;\n}",
            "a.proto:3:9: expected an identifier, but found '='",
        ),
        (
            "syntax = \"proto3\";\nmessage M {\n  N a = 1;\n}",
            "a.proto:3:3: name 'N' is not defined",
        ),
        (
            "syntax = \"proto3\";\nmessage M {\n  int32 a = 1; int32 b = 1;\n}",
            "a.proto:3:26: field number '1' is already used",
        ),
        (
            "syntax = \"proto3\";\n/* é */ import \"../b.proto\";",
            "a.proto:2:17: invalid name of an import: it may not have a backslash, `//`, or a part `.` or `..`",
        ),
        (
            "message M {\n  optional group g = 1 {} }",
            "a.proto:2:18: invalid group name",
        ),
        (
            "syntax = \"proto3\";\nimport \"b.proto\";\n import \"c.proto\";",
            "a.proto:3:2: the import `c.proto` is not among the files",
        ),
        (
            "syntax = \"proto3\";\nimport \"b.proto\";\nimport \"b.proto\";",
            "a.proto:3:1: the import `b.proto` stands twice",
        ),
        (
            "syntax = \"proto3\"; import \"a.proto\";",
            "import cycle detected: a.proto -> a.proto",
        ),
        (
            "syntax = \"proto3\"; /* not the end",
            "a.proto:1:20: a comment that does not end",
        ),
    ] {
        assert_eq!(of(text), said, "{text}");
    }
    let long = format!("message M {{ optional int32 a = {} }}", "x".repeat(500));
    let said = of(&long);
    assert!(said.chars().count() < 500, "{said}");
}

/// A descriptor may have any text for a name, and what is printed holds names as they are.
#[test]
fn a_name_that_is_none_is_refused() {
    let of = |name: &str| {
        let field = [&[0x0a, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        let field = [&field[..], b"\x18\x01\x20\x01\x28\x05"].concat();
        let message = [
            b"\x0a\x01M\x12",
            &[u8::try_from(field.len()).unwrap()][..],
            &field,
        ]
        .concat();
        let file = [&[0x22, u8::try_from(message.len()).unwrap()], &message[..]].concat();
        let file = [&file[..], b"\x62\x06proto3"].concat();
        compiled(&data_encoding::BASE64.encode(&file), Which::Only)
    };
    assert!(of("a_1").is_ok());
    for bad in [
        "a b",
        "a.b",
        "1a",
        "",
        "a = 7; // veil: drop\n int32 b",
        "\u{202e}a",
    ] {
        let found = of(bad).expect_err("refused").to_string();
        assert!(
            found.ends_with("is no name") && !found.contains('\u{202e}'),
            "{found}"
        );
    }
}
