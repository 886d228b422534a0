//! The rows of the page, and the words that are on none of them.

use super::{Bare, Cell, Row, Tried};

const NOTHING: Row = Row {
    word: "",
    tries: &[],
    source: "",
    top: "",
    output: "basis: contract",
    fields: "a: keep",
    schema: A,
    by_id: false,
    key: None,
    header: None,
    given: r#"{"a":"x"}"#,
    json: r#"{"a":"x"}"#,
    avro: Cell::Same,
    protobuf: Cell::Same,
    json_schema: Cell::Same,
    bare: Bare::Tried(KEPT),
    note: "",
};

/// A record whose key and value name their schemas by id; the key leaves as a record.
const BY_ID: Row = Row {
    tries: &[("source", &["key"])],
    output: "basis: contract\n    key: { fields: { id: { keep: { max_chars: 8 } } } }",
    by_id: true,
    key: Some(r#"{"id":"k-1","b":2}"#),
    json: "",
    avro: Cell::Gives(KEYED),
    protobuf: Cell::Gives(KEYED),
    json_schema: Cell::Gives(KEYED),
    bare: Bare::Lacks,
    note: "key and value name their schemas by id, each in its format; JSON and values under files name none",
    ..NOTHING
};

const KEYED: &str = r#"{"a":"x"} key {"id":"k-1"}"#;

/// A value without parts that is kept.
const KEPT: Tried = Tried {
    source: "",
    top: "",
    output: "basis: contract",
    fields: "\".\": keep",
    given: "x",
    text: Cell::Gives("\"x\""),
    bytes: Cell::Gives("\"eA==\""),
};
/// A policy of such values that is refused.
const REFUSED: Tried = Tried {
    text: Cell::Lacks,
    bytes: Cell::Lacks,
    ..KEPT
};

const A: &str = r#"{"name":"a","type":"string"}"#;
const NULLED: &str = "avro: what is not there is null: the schema says that it may be";
const NULLED_AND_AROUND: &str = "avro: what is not there is null: the schema says that it may be; bytes: of headers and of the record key";
const AROUND: &str = "bytes: of headers and of the record key";
/// What stands beside a value of which nothing is read.
const OF_US: Option<(&str, &str)> = Some(("h", "US"));

pub(super) const ROWS: &[Row] = &[
    Row {
        word: "a path of names",
        fields: "a.b.c: keep, a.b.'x y': keep",
        schema: r#"{"name":"a","type":{"type":"record","name":"A","fields":[{"name":"b","type":{"type":"map","values":"string"}}]}}"#,
        given: r#"{"a":{"b":{"c":"x","d":"y","x y":"z"}}}"#,
        json: r#"{"a":{"b":{"c":"x","x y":"z"}}}"#,
        tries: &[
            (
                "outputs[]",
                &["topic", "purpose", "domain", "basis", "fields"],
            ),
            ("source", &["topic", "value"]),
        ],
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`*` in a path",
        fields: "a.*: drop, b: keep",
        schema: r#"{"name":"a","type":{"type":"record","name":"A","fields":[{"name":"b","type":"string"},{"name":"c","type":"string"}]}},{"name":"b","type":"string"}"#,
        given: r#"{"a":{"b":"x","c":"y"},"b":"z"}"#,
        json: r#"{"b":"z"}"#,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`**` in a path",
        fields: r#""**.id": drop, a.c: keep"#,
        schema: r#"{"name":"id","type":"string"},{"name":"a","type":{"type":"record","name":"A","fields":[{"name":"id","type":"string"},{"name":"c","type":"string"}]}}"#,
        given: r#"{"id":"x","a":{"id":"y","c":"z"}}"#,
        json: r#"{"a":{"c":"z"}}"#,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`[*]` and `[n]` in a path",
        fields: r#""a[*].b": keep, "c[1]": keep"#,
        schema: r#"{"name":"a","type":{"type":"array","items":{"type":"record","name":"A","fields":[{"name":"b","type":"int"},{"name":"d","type":"string"}]}}},{"name":"c","type":{"type":"array","items":"int"}}"#,
        given: r#"{"a":[{"b":1,"d":"x"},{"b":2,"d":"y"}],"c":[5,6,7]}"#,
        json: r#"{"a":[{"b":1},{"b":2}],"c":[6]}"#,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`[n]`, another thing in each element",
        fields: r#""a[0].b": keep, "a[1].d": keep"#,
        schema: r#"{"name":"a","type":{"type":"array","items":{"type":"record","name":"A","fields":[{"name":"b","type":"int"},{"name":"d","type":"string"}]}}}"#,
        given: r#"{"a":[{"b":1,"d":"x"},{"b":2,"d":"y"}]}"#,
        json: r#"{"a":[{"b":1},{"d":"y"}]}"#,
        avro: Cell::Unfit,
        protobuf: Cell::Unfit,
        note: "under a schema the elements of a list are of one type",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`[?PATH==VALUE]` in a path",
        fields: r#""a[?k=='x'].v": keep, "a[?k=='y'].w": { mask: {} }"#,
        schema: r#"{"name":"a","type":{"type":"array","items":{"type":"record","name":"A","fields":[{"name":"k","type":"string"},{"name":"v","type":"int"},{"name":"w","type":"string"}]}}}"#,
        given: r#"{"a":[{"k":"x","v":1,"w":"p"},{"k":"y","v":2,"w":"q"},{"k":"z","v":3,"w":"r"}]}"#,
        json: r#"{"a":[{"k":"x","v":1},{"k":"y","w":"********"}]}"#,
        avro: Cell::Gives(r#"{"a":[{"k":"x","v":1,"w":null},{"k":"y","v":null,"w":"********"}]}"#),
        note: NULLED,
        protobuf: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`|json` in a path",
        fields: "a|json.b: keep",
        given: r#"{"a":"{\"b\":1,\"c\":2}"}"#,
        json: r#"{"a":"{\"b\":1}"}"#,
        protobuf: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`|json` at the end of a path",
        fields: "a|json: { encrypt: { key: contact, subtree: true }, on_error: drop_field }, b: keep",
        schema: r#"{"name":"a","type":"string"},{"name":"b","type":"int"}"#,
        given: r#"{"a":"no JSON","b":1}"#,
        json: r#"{"b":1}"#,
        avro: Cell::Lacks,
        protobuf: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`[?PATH==VALUE]` and `|json` in what is read",
        source: ", type: \"a[?k=='type'].v\"",
        output: "basis: contract\n    types: { page: { n: keep } }\n    where: { \"t|json.ok\": true }",
        fields: "id: keep",
        schema: r#"{"name":"id","type":"int"},{"name":"n","type":"int"},{"name":"t","type":"string"},{"name":"a","type":{"type":"array","items":{"type":"record","name":"A","fields":[{"name":"k","type":"string"},{"name":"v","type":"string"}]}}}"#,
        given: "{\"id\":1,\"n\":7,\"t\":\"{\\\"ok\\\":true}\",\"a\":[{\"k\":\"x\",\"v\":\"order\"},{\"k\":\"type\",\"v\":\"page\"}]}\n{\"id\":2,\"n\":8,\"t\":\"{}\",\"a\":[{\"k\":\"type\",\"v\":\"page\"}]}",
        json: r#"{"id":1,"n":7}"#,
        protobuf: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`source.topics`",
        tries: &[("source", &["topics"])],
        // Of `topic` and `topics` one may stand there; that they are read alike is the
        // lane's business.
        ..NOTHING
    },
    Row {
        word: "`source.schema`",
        tries: &[
            ("source", &["schema"]),
            ("source.schema", &["file", "files", "framing"]),
        ],
        note: "of formats with schemas: without a file records name their schemas by id; JSON says itself what it holds (V0302)",
        bare: Bare::Tried(Tried {
            source: ", schema: { file: writer.avsc }",
            ..REFUSED
        }),
        ..NOTHING
    },
    Row {
        word: "`outputs[].schema`",
        // Tried where schemas are bound: what leaves is the same whatever it is called.
        tries: &[
            ("outputs[]", &["schema"]),
            ("outputs[].schema", &["namespace", "subject"]),
        ],
        note: "of formats with schemas: what leaves of JSON has none (V0302)",
        bare: Bare::Tried(Tried {
            output: "basis: contract\n    schema: { namespace: clean }",
            ..REFUSED
        }),
        ..NOTHING
    },
    Row {
        word: "`source.key: json`",
        tries: &[("source", &["key"])],
        source: ", key: json",
        output: "basis: contract\n    key: { from: record_key.id, keep: { max_chars: 8 } }",
        key: Some(r#"{"id":"k-1"}"#),
        json: r#"{"a":"x"} key k-1"#,
        note: "the record key is text or JSON, whatever the value is",
        bare: Bare::Tried(Tried {
            source: ", key: json",
            output: "basis: contract\n    key: { from: record_key.id, keep: { max_chars: 8 } }",
            text: Cell::Gives("\"x\" key k-1"),
            bytes: Cell::Gives("\"eA==\" key k-1"),
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`source.key: avro`",
        source: ", key: avro",
        ..BY_ID
    },
    Row {
        word: "`source.key: protobuf`",
        source: ", key: protobuf",
        ..BY_ID
    },
    Row {
        word: "`source.key: json_schema`",
        source: ", key: json_schema",
        ..BY_ID
    },
    Row {
        word: "`source.split`",
        tries: &[("source", &["split"]), ("source.split", &["at", "lift"])],
        source: ", split: { at: a, lift: true }",
        fields: "a.b: keep",
        schema: r#"{"name":"a","type":{"type":"array","items":{"type":"record","name":"A","fields":[{"name":"b","type":"int"}]}}}"#,
        given: r#"{"a":[{"b":1},{"b":2}]}"#,
        json: "{\"b\":1}\n{\"b\":2}",
        avro: Cell::Lacks,
        protobuf: Cell::Lacks,
        json_schema: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`source.type`, `types`",
        tries: &[
            ("source", &["type"]),
            ("source.type", &["from"]),
            ("outputs[]", &["types"]),
        ],
        source: ", type: { from: value.kind }",
        fields: "kind: keep",
        output: "basis: contract\n    types: { page: { a: keep }, \"*\": {} }",
        schema: r#"{"name":"kind","type":"string"},{"name":"a","type":["null","string"],"default":null}"#,
        given: "{\"kind\":\"page\",\"a\":\"x\"}\n{\"kind\":\"order\",\"a\":\"y\"}",
        json: "{\"kind\":\"page\",\"a\":\"x\"}\n{\"kind\":\"order\"}",
        avro: Cell::Gives("{\"kind\":\"page\",\"a\":\"x\"}\n{\"kind\":\"order\",\"a\":null}"),
        note: NULLED_AND_AROUND,
        bare: Bare::Each(
            Tried {
                source: ", type: { from: value }",
                output: "basis: contract\n    types: { page: {} }",
                given: "page\norder",
                text: Cell::Gives("\"page\""),
                ..KEPT
            },
            Tried {
                source: ", type: { from: header.h }",
                output: "basis: contract\n    types: { US: {} }",
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "`source.subject`",
        tries: &[
            ("source", &["subject"]),
            ("source.subject.KIND", &["path", "normalize"]),
        ],
        source: ", subject: { customer: { path: user, normalize: email } }",
        fields: "day: { generalize: { date: year, shift: 1d, key: people } }",
        schema: r#"{"name":"user","type":["null","string"],"default":null},{"name":"day","type":"string"}"#,
        given: "{\"user\":\"jane@example.com\",\"day\":\"2026-06-15\"}\n{\"day\":\"2026-06-15\"}",
        json: "{\"day\":2026}\nno_subject",
        bare: Bare::Tried(Tried {
            source: ", subject: { customer: { path: \".\", normalize: email } }",
            given: "jane@example.com",
            text: Cell::Gives("\"jane@example.com\""),
            bytes: Cell::Lacks,
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`consent.signals`, `needs_consent`",
        tries: &[
            ("consent", &["signals"]),
            ("consent.signals[]", &["from", "path", "category", "grants"]),
            ("outputs[]", &["needs_consent"]),
        ],
        top: "consent: { signals: [{ from: value, path: user.consent }, { from: value, path: state, category: ads, grants: [granted] }] }",
        output: "needs_consent: ads",
        schema: r#"{"name":"a","type":"string"},{"name":"state","type":["null","string"],"default":null},{"name":"user","type":{"type":"record","name":"U","fields":[{"name":"consent","type":{"type":"map","values":"boolean"}}]}}"#,
        given: "{\"a\":\"x\",\"user\":{\"consent\":{\"ads\":true}}}\n{\"a\":\"y\",\"user\":{\"consent\":{\"ads\":false}}}\n{\"a\":\"z\",\"user\":{\"consent\":{}},\"state\":\"granted\"}\n{\"a\":\"w\",\"user\":{\"consent\":{}}}",
        json: "{\"a\":\"x\"}\n{\"a\":\"z\"}",
        note: AROUND,
        bare: Bare::Each(
            Tried {
                top: "consent: { signals: [{ from: value, path: \".\", category: ads, grants: [granted] }] }",
                output: "needs_consent: ads",
                given: "granted\nrefused",
                text: Cell::Gives("\"granted\""),
                ..KEPT
            },
            Tried {
                top: "consent: { signals: [{ from: header, path: h, category: ads, grants: [US] }] }",
                output: "needs_consent: ads",
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "`consent.signals` with `shape`",
        tries: &[
            (
                "consent.signals[]",
                &["shape", "means", "granted", "denied", "max_age"],
            ),
            (
                "consent.signals[].means.CATEGORY",
                &["purposes", "special_features", "vendor", "basis", "opt_out"],
            ),
        ],
        top: "consent: { signals: [{ from: value, path: consent, shape: lists, granted: given, denied: refused, means: { ads: C4 } }] }",
        output: "needs_consent: ads",
        schema: r#"{"name":"a","type":"string"},{"name":"consent","type":{"type":"record","name":"C","fields":[{"name":"given","type":{"type":"array","items":"string"}},{"name":"refused","type":{"type":"array","items":"string"}}]}}"#,
        given: "{\"a\":\"x\",\"consent\":{\"given\":[\"C1\",\"C4\"],\"refused\":[]}}\n{\"a\":\"y\",\"consent\":{\"given\":[\"C1\"],\"refused\":[\"C4\"]}}",
        json: "{\"a\":\"x\"}",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`on_withheld` with `at`",
        tries: &[
            ("outputs[]", &["on_withheld"]),
            ("outputs[].on_withheld", &["tombstone"]),
            ("outputs[].on_withheld.tombstone", &["when", "at"]),
        ],
        top: "consent: { signals: [{ from: value, path: after.ads, category: ads }] }",
        output: "needs_consent: ads\n    on_withheld: { tombstone: { when: before, at: before } }\n    key: { like: id }",
        fields: "id: { keep: { max_chars: 8 } }",
        schema: r#"{"name":"id","type":"string"},{"name":"before","type":["null",{"type":"record","name":"Row","fields":[{"name":"ads","type":"boolean"}]}]},{"name":"after","type":["null","Row"]}"#,
        given: "{\"id\":\"1\",\"before\":{\"ads\":true},\"after\":{\"ads\":false}}\n{\"id\":\"2\",\"before\":null,\"after\":{\"ads\":true}}",
        json: "null key 1\n{\"id\":\"2\"} key 2",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`regions`, `region`, `minors`",
        tries: &[
            ("", &["regions", "minors"]),
            ("regions", &["from", "names", "unknown"]),
            ("minors", &["from", "under", "then"]),
            ("outputs[]", &["region"]),
        ],
        top: "regions: { from: value.country, names: { eea: eea, us: [US] }, unknown: eea }\nminors: { from: value.age, under: 16, then: withhold }",
        output: "basis: contract\n    region: us",
        schema: r#"{"name":"a","type":"string"},{"name":"country","type":"string"},{"name":"age","type":"int"}"#,
        given: "{\"a\":\"x\",\"country\":\"US\",\"age\":40}\n{\"a\":\"y\",\"country\":\"DE\",\"age\":40}\n{\"a\":\"z\",\"country\":\"US\",\"age\":12}",
        json: "{\"a\":\"x\"}",
        note: AROUND,
        bare: Bare::Each(
            Tried {
                top: "regions: { from: value, names: { eea: eea, us: [US] }, unknown: eea }",
                output: "basis: contract\n    region: us",
                given: "US\nDE",
                text: Cell::Gives("\"US\""),
                ..KEPT
            },
            Tried {
                top: "regions: { from: header.h, names: { eea: eea, us: [US] }, unknown: eea }",
                output: "basis: contract\n    region: us",
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "a place in the value, where one is read (`where`, `when`, `key`, signals, …)",
        output: "basis: contract\n    where: { a: x }",
        given: "{\"a\":\"x\"}\n{\"a\":\"y\"}",
        bare: Bare::Tried(Tried {
            output: "basis: contract\n    where: { \".\": x }",
            given: "x\ny",
            bytes: Cell::Lacks,
            ..KEPT
        }),
        note: "in bytes nothing is read",
        ..NOTHING
    },
    Row {
        word: "`where`",
        tries: &[
            ("outputs[]", &["where"]),
            (
                "a condition's test",
                &[
                    "is", "min", "max", "above", "below", "unit", "matches", "not",
                ],
            ),
        ],
        output: "basis: contract\n    where: { n: { min: 2, below: 5 }, a: { not: { matches: \"z.*\" } } }",
        schema: r#"{"name":"a","type":"string"},{"name":"n","type":"int"}"#,
        given: "{\"a\":\"x\",\"n\":2}\n{\"a\":\"y\",\"n\":7}\n{\"a\":\"zz\",\"n\":3}",
        json: "{\"a\":\"x\"}",
        note: "a time that the schema knows is compared as one: no `unit`; bytes: of headers and of the record key",
        bare: Bare::Each(
            Tried {
                output: "basis: contract\n    where: { \".\": { not: { matches: \"z.*\" } } }",
                given: "x\nzz",
                ..KEPT
            },
            Tried {
                output: "basis: contract\n    where: { from: header.h, is: US }",
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "`key`",
        tries: &[
            ("outputs[]", &["key"]),
            ("outputs[].key", &["from", "like"]),
        ],
        output: "basis: contract\n    key: { from: value.n, keep: { max_chars: 8 } }",
        schema: r#"{"name":"a","type":"string"},{"name":"n","type":"string"}"#,
        given: r#"{"a":"x","n":"7"}"#,
        json: r#"{"a":"x"} key 7"#,
        note: "made of places, the key is written as text; as a record: `key.fields`; bytes: of headers and of the record key",
        bare: Bare::Each(
            Tried {
                output: "basis: contract\n    key: { from: value, keep: { max_chars: 8 } }",
                text: Cell::Gives("\"x\" key x"),
                ..KEPT
            },
            Tried {
                output: "basis: contract\n    key: { from: header.h, keep: { max_chars: 8 } }",
                bytes: Cell::Gives("\"eA==\" key US"),
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "`key.fields`",
        tries: &[("outputs[].key", &["fields"])],
        source: ", key: json",
        output: "basis: contract\n    key: { fields: { id: { keep: { max_chars: 8 } } } }",
        key: Some(r#"{"id":"k-1","b":2}"#),
        json: r#"{"a":"x"} key {"id":"k-1"}"#,
        note: "in the format of the key that comes in: JSON here; Avro, Protobuf and JSON under a schema where a registry has that (`source.key`)",
        bare: Bare::Tried(Tried {
            source: ", key: json",
            output: "basis: contract\n    key: { fields: { id: { keep: { max_chars: 8 } } } }",
            text: Cell::Gives("\"x\" key {\"id\":\"k-1\"}"),
            bytes: Cell::Gives("\"eA==\" key {\"id\":\"k-1\"}"),
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`headers`, `policy_header`",
        tries: &[("outputs[]", &["headers", "policy_header"])],
        output: "basis: contract\n    headers: { source: keep }\n    policy_header: true",
        header: Some(("source", "web")),
        json: r#"{"a":"x"} source web"#,
        bare: Bare::Tried(Tried {
            output: "basis: contract\n    headers: { source: keep }\n    policy_header: true",
            text: Cell::Gives("\"x\" source web"),
            bytes: Cell::Gives("\"eA==\" source web"),
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`timestamp`",
        tries: &[
            ("outputs[]", &["timestamp"]),
            ("outputs[].timestamp", &["generalize"]),
            ("outputs[].timestamp.generalize", &["time"]),
        ],
        output: "basis: contract\n    timestamp: { generalize: { time: 1h } }",
        ..NOTHING
    },
    Row {
        word: "`tombstones`",
        tries: &[("outputs[]", &["tombstones"])],
        output: "basis: contract\n    tombstones: forward\n    key: { from: record_key, keep: { max_chars: 8 } }",
        key: Some("k-1"),
        given: "{\"a\":\"x\"}\nnull",
        json: "{\"a\":\"x\"} key k-1\nnull key k-1",
        bare: Bare::Tried(Tried {
            output: "basis: contract\n    tombstones: forward\n    key: { from: record_key, keep: { max_chars: 8 } }",
            given: "x\nnull",
            text: Cell::Gives("\"x\" key k-1\nnull key k-1"),
            bytes: Cell::Gives("\"eA==\" key k-1\nnull key k-1"),
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`when`",
        tries: &[
            ("a field value", &["when"]),
            ("a field value: when[]", &["if", "then", "else"]),
        ],
        fields: "a: { when: [{ if: { n: 1 }, then: keep }, { if: { n: 2 }, then: { mask: { keep_first: 1 } } }, { else: drop }] }",
        schema: r#"{"name":"a","type":"string"},{"name":"n","type":"int"}"#,
        given: "{\"a\":\"xyz\",\"n\":1}\n{\"a\":\"xyz\",\"n\":2}\n{\"a\":\"xyz\",\"n\":3}",
        json: "{\"a\":\"xyz\"}\n{\"a\":\"x********\"}\n{}",
        avro: Cell::Gives("{\"a\":\"xyz\"}\n{\"a\":\"x********\"}\n{\"a\":null}"),
        note: NULLED_AND_AROUND,
        bare: Bare::Each(
            Tried {
                fields: "\".\": { when: [{ if: { \".\": xyz }, then: keep }, { else: { mask: { keep_first: 1 } } }] }",
                given: "xyz\nabc",
                text: Cell::Gives("\"xyz\"\n\"a********\""),
                ..KEPT
            },
            Tried {
                fields: "\".\": { when: [{ if: { from: header.h, is: US }, then: keep }, { else: drop }] }",
                ..KEPT
            },
        ),
        header: OF_US,
        ..NOTHING
    },
    Row {
        word: "`on_error`",
        tries: &[
            ("a field value", &["on_error"]),
            ("a field value: on_error", &["replace"]),
        ],
        fields: "a: { generalize: { email: domain }, on_error: drop_field }, b: { generalize: { email: domain }, on_error: { replace: none } }",
        schema: r#"{"name":"a","type":"string"},{"name":"b","type":"string"}"#,
        given: r#"{"a":"no mail","b":"no mail"}"#,
        json: r#"{"b":"none"}"#,
        avro: Cell::Gives(r#"{"a":null,"b":"none"}"#),
        note: NULLED,
        bare: Bare::Tried(Tried {
            fields: "\".\": { generalize: { email: domain }, on_error: { replace: none } }",
            text: Cell::Gives("\"none\""),
            bytes: Cell::Unfit,
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`on_error: { replace: … }` of another type",
        fields: "a: { keep: { one_of: [7] }, on_error: { replace: none } }",
        schema: r#"{"name":"a","type":"int"}"#,
        given: r#"{"a":1}"#,
        json: r#"{"a":"none"}"#,
        protobuf: Cell::Unfit,
        note: "a field of Protobuf is of one type; of Avro it becomes a union",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`as`",
        tries: &[("a field value", &["as"])],
        fields: "a: { as: { whole: keep, start: { mask: { keep_first: 1 } } } }",
        given: r#"{"a":"xyz"}"#,
        json: r#"{"whole":"xyz","start":"x********"}"#,
        bare: Bare::Tried(Tried {
            fields: "\".\": { as: { whole: keep } }",
            ..REFUSED
        }),
        ..NOTHING
    },
    Row {
        word: "`gaps: remove`",
        tries: &[("a field value", &["gaps"])],
        fields: "\"a[*]\": { generalize: { email: domain }, on_error: drop_field, gaps: remove }",
        schema: r#"{"name":"a","type":{"type":"array","items":"string"}}"#,
        given: r#"{"a":["no","a@b.example"]}"#,
        json: r#"{"a":["b.example"]}"#,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`gaps: \"null\"`, or none",
        fields: "\"a[*]\": { generalize: { email: domain }, on_error: drop_field, gaps: \"null\" }",
        schema: r#"{"name":"a","type":{"type":"array","items":"string"}}"#,
        given: r#"{"a":["no","a@b.example"]}"#,
        json: r#"{"a":[null,"b.example"]}"#,
        protobuf: Cell::Unfit,
        note: "protobuf has no null in a list",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`names`",
        tries: &[("a field value", &["names"])],
        fields: "a.*: { names: { mask: { keep_first: 1 } }, keep: { subtree: true } }, b.*.v: { names: { mask: { keep_first: 1 } }, keep: { subtree: true } }",
        schema: r#"{"name":"a","type":{"type":"map","values":"int"}},{"name":"b","type":{"type":"map","values":{"type":"record","name":"B","fields":[{"name":"v","type":"int"},{"name":"w","type":"int"}]}}}"#,
        given: r#"{"a":{"xyz":1},"b":{"uvw":{"v":2,"w":3}}}"#,
        json: r#"{"a":{"x********":1},"b":{"u********":{"v":2}}}"#,
        note: "of the keys of a map; the names of a record stand in its schema (V0139)",
        protobuf: Cell::Lacks,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`order: shuffled`, `once_per`, `timestamp: release`",
        tries: &[
            ("outputs[]", &["order", "once_per"]),
            ("outputs[].order", &["shuffled"]),
            (
                "outputs[].order.shuffled",
                &["pool", "subjects", "max_delay", "max_records", "short"],
            ),
        ],
        source: ", subject: who",
        output: "basis: contract\n    order: { shuffled: { pool: 1000, max_delay: 60s } }\n    once_per: 1d",
        fields: "a: { keep: { one_of: [x, y] } }",
        schema: r#"{"name":"who","type":"string"},{"name":"a","type":"string"}"#,
        given: r#"{"who":"jane","a":"x"}"#,
        json: "waits",
        avro: Cell::Lacks,
        protobuf: Cell::Lacks,
        json_schema: Cell::Lacks,
        note: "records that wait are spelled anew, as JSON without a schema",
        bare: Bare::Tried(Tried {
            output: "basis: contract\n    order: { shuffled: { pool: 1000, max_delay: 60s } }",
            ..REFUSED
        }),
        ..NOTHING
    },
    Row {
        word: "`k_anonymous`, `quasi`",
        tries: &[
            ("outputs[]", &["k_anonymous"]),
            (
                "outputs[].k_anonymous",
                &[
                    "k",
                    "subject",
                    "per_subject",
                    "mode",
                    "l",
                    "t",
                    "free",
                    "max_delay",
                    "max_records",
                    "short",
                    "remainder",
                ],
            ),
            (
                "outputs[].k_anonymous.l[]",
                &["field", "distinct", "entropy", "recursive"],
            ),
            ("outputs[].k_anonymous.t[]", &["field", "max", "ordered"]),
            ("outputs[].k_anonymous.remainder", &["then", "share"]),
        ],
        source: ", subject: who",
        output: "basis: contract\n    k_anonymous: { k: 10, l: [{ field: a, distinct: 2 }] }\n    once_per: 365d",
        fields: "a: { keep: { one_of: [x, y] } }, ip: { quasi: { network: { ipv4: [24, 16, 8], ipv6: [48, 32] } } }",
        schema: r#"{"name":"who","type":"string"},{"name":"a","type":"string"},{"name":"ip","type":"string"}"#,
        given: r#"{"who":"jane","a":"x","ip":"203.0.113.7"}"#,
        json: "waits",
        avro: Cell::Lacks,
        protobuf: Cell::Lacks,
        json_schema: Cell::Lacks,
        note: "records that wait are spelled anew, as JSON without a schema",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`aggregate`",
        tries: &[
            ("outputs[]", &["aggregate"]),
            (
                "outputs[].aggregate",
                &[
                    "window",
                    "late",
                    "oldest",
                    "time",
                    "by",
                    "count",
                    "sum",
                    "subject",
                    "unit",
                    "contribution",
                    "epsilon",
                    "delta",
                    "noise",
                    "key",
                    "keys",
                    "budget",
                ],
            ),
            ("outputs[].aggregate.time", &["from", "unit"]),
            (
                "outputs[].aggregate.sum",
                &["path", "bottom", "top", "step"],
            ),
            ("outputs[].aggregate.contribution", &["cells", "per_cell"]),
            ("outputs[].aggregate.keys", &["list", "product"]),
            ("outputs[].aggregate.budget", &["name", "epsilon", "per"]),
        ],
        source: ", subject: who",
        output: "basis: contract\n    aggregate: { window: 1d, by: { a: { keep: { one_of: [x, y] } } }, count: records, contribution: { cells: 1 }, epsilon: 0.5, key: people, keys: { list: [x, y] }, budget: { name: b, epsilon: 15, per: 30d } }",
        fields: "",
        schema: r#"{"name":"who","type":"string"},{"name":"a","type":"string"}"#,
        given: r#"{"who":"jane","a":"x"}"#,
        json: "waits",
        avro: Cell::Lacks,
        protobuf: Cell::Lacks,
        json_schema: Cell::Lacks,
        note: "rows of counts are written as JSON without a schema",
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "a field of several (`from`)",
        fields: "who: { pseudonymize: { key: people, from: [a, b], epoch: none }, on_error: drop_field }, c: keep",
        schema: r#"{"name":"a","type":["null","string"],"default":null},{"name":"b","type":["null","string"],"default":null},{"name":"c","type":"int"}"#,
        given: r#"{"c":1}"#,
        json: r#"{"c":1}"#,
        avro: Cell::Gives(r#"{"who":null,"c":1}"#),
        note: NULLED,
        bare: Bare::Lacks,
        ..NOTHING
    },
    Row {
        word: "`nothing`",
        tries: &[("", &["nothing"]), ("nothing", &["only"])],
        top: "nothing: { only: [nobody] }",
        fields: "a: { pseudonymize: { key: people, epoch: none } }, b: keep",
        schema: r#"{"name":"a","type":"string"},{"name":"b","type":"int"}"#,
        given: r#"{"a":"nobody","b":1}"#,
        json: r#"{"b":1}"#,
        avro: Cell::Gives(r#"{"a":null,"b":1}"#),
        note: NULLED,
        bare: Bare::Tried(Tried {
            top: "nothing: { only: [nobody] }",
            fields: "\".\": { pseudonymize: { key: people, epoch: none } }",
            given: "nobody",
            text: Cell::Gives("\"\""),
            bytes: Cell::Unfit,
            ..KEPT
        }),
        ..NOTHING
    },
    Row {
        word: "`tests`: `given`, `raw`, `record`, `schema`",
        tries: &[
            ("", &["tests"]),
            (
                "tests[]",
                &[
                    "name",
                    "given",
                    "raw",
                    "schema",
                    "record",
                    "now",
                    "consent",
                    "expect",
                    "exactly",
                    "record_keys",
                    "withheld",
                    "quarantined",
                    "absent",
                    "never_contains",
                    "stream",
                    "held",
                    "released",
                    "suppressed",
                ],
            ),
            (
                "tests[].record",
                &["key", "headers", "timestamp", "value", "raw"],
            ),
        ],
        top: "tests: [{ name: it leaves, given: { a: x }, exactly: { clean: { a: x } } }]",
        note: "of avro and protobuf: `given` is written under the schema; what leaves is compared as JSON: times as ISO 8601 text, bytes as Base64; a field of Protobuf without presence that is zero, false or empty is not there. `tests[].schema` is for formats with schemas, `stream`, `held`, `released` and `suppressed` for records that wait",
        bare: Bare::Tried(Tried {
            top: "tests: [{ name: it leaves, given: eA==, exactly: { clean: eA== } }]",
            ..KEPT
        }),
        ..NOTHING
    },
];

/// What has to do with neither the value nor what leaves of it.
pub(super) const FREE: &[(&str, &[&str])] = &[
    // Of Protobuf, and of what a schema refers to: docs/avro.md, protobuf.md, json-schema.md.
    ("source.schema", &["message", "imports"]),
    (
        "",
        &[
            "apiVersion",
            "kind",
            "metadata",
            "source",
            "keys",
            "classes",
            "actions",
            "purposes",
            "recipients",
            "consent",
            "rights",
            "sensitive",
            "outputs",
            "quarantine",
            "dangerously",
        ],
    ),
    ("metadata", &["name", "version", "owner", "dpo"]),
    ("source", &["writers"]),
    ("keys.NAME", &["ref"]),
    ("classes", &["fields", "types", "own", "tags"]),
    ("consent", &["state", "categories"]),
    ("purposes", &["collected_for", "compatible", "own"]),
    ("purposes.compatible[]", &["use", "because", "until"]),
    (
        "recipients.NAME",
        &[
            "name",
            "country",
            "role",
            "mechanism",
            "contract_until",
            "tcf_vendor",
            "contact",
        ],
    ),
    (
        "sensitive[]",
        &["class", "condition", "category", "because"],
    ),
    // Of whom it is asked is `source.subject`.
    (
        "consent.state",
        &[
            "topic", "format", "subject", "path", "signals", "grants", "settle", "stale", "expires",
        ],
    ),
    ("consent.state.stale", &["after", "hold"]),
    (
        "consent.categories.NAME",
        &["title", "text", "purposes", "explicit"],
    ),
    ("rights", &["key", "erased", "proof"]),
    ("rights.erased", &["retain"]),
    ("outputs[]", &["recipient"]),
    ("quarantine", &["topic", "key", "retention", "recipient"]),
    (
        "dangerously[]",
        &["allow", "output", "field", "because", "until"],
    ),
];
