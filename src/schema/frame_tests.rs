use super::*;
use proptest::prelude::*;

const AVRO: Framing = Framing::Confluent { indexes: false };
const PROTOBUF: Framing = Framing::Confluent { indexes: true };

fn bare(framing: Framing, value: &[u8]) -> Result<Framed<'_>, BadFrame> {
    framing.read(Part::Value, value, std::iter::empty())
}

fn path(steps: &[u32]) -> MessagePath {
    MessagePath::new(steps).unwrap()
}

#[test]
fn a_prefix_is_taken_off() {
    let said = |id, message, body: &'static [u8]| Ok(Framed { id, message, body });
    let first = MessagePath::FIRST;
    for (framing, value, expected) in [
        // Confluent, "Wire format": magic byte, 4 bytes of id, data.
        (
            AVRO,
            &b"\x00\x00\x01\x86\xa0xy"[..],
            said(SchemaId::Number(100_000), first, b"xy"),
        ),
        (
            AVRO,
            b"\x00\x00\x00\x00\x01",
            said(SchemaId::Number(1), first, b""),
        ),
        // Its message indexes: `[0]` is a single 0; `[1, 0]` is 2, 1, 0 in zigzag.
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x00xy",
            said(SchemaId::Number(7), first, b"xy"),
        ),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x02\x00xy",
            said(SchemaId::Number(7), first, b"xy"),
        ),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x04\x02\x00xy",
            said(SchemaId::Number(7), path(&[1, 0]), b"xy"),
        ),
        (
            Framing::Apicurio,
            b"\x00\x00\x00\x00\x00\x00\x00\x01\x02x",
            said(SchemaId::Wide(258), first, b"x"),
        ),
        // "Single-object encoding": C3 01, the fingerprint little endian.
        (
            Framing::SingleObject,
            b"\xc3\x01\x08\x07\x06\x05\x04\x03\x02\x01x",
            said(SchemaId::Fingerprint(0x0102_0304_0506_0708), first, b"x"),
        ),
        (
            Framing::None,
            b"\x00\x01",
            said(SchemaId::File, first, b"\x00\x01"),
        ),
        (AVRO, b"", Err(BadFrame::Cut)),
        (AVRO, b"\x00\x00\x00\x01", Err(BadFrame::Cut)),
        (AVRO, b"{\"a\":1}", Err(BadFrame::Magic)),
        (
            Framing::Apicurio,
            b"\x00\x00\x00\x00\x01xyz",
            Err(BadFrame::Cut),
        ),
        (
            Framing::SingleObject,
            b"\xc3\x02\x08\x07\x06\x05\x04\x03\x02\x01x",
            Err(BadFrame::Magic),
        ),
        (Framing::SingleObject, b"\xc3", Err(BadFrame::Cut)),
        (PROTOBUF, b"\x00\x00\x00\x00\x07", Err(BadFrame::Cut)),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x04\x02",
            Err(BadFrame::Cut),
        ),
        // Nine steps, a step below nothing, a step longer than it need be, and one too long.
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x12\0\0\0\0\0\0\0\0\0",
            Err(BadFrame::Indexes),
        ),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x02\x01",
            Err(BadFrame::Indexes),
        ),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x02\x80\x00",
            Err(BadFrame::Indexes),
        ),
        (
            PROTOBUF,
            b"\x00\x00\x00\x00\x07\x02\xff\xff\xff\xff\xff\x00",
            Err(BadFrame::Indexes),
        ),
    ] {
        assert_eq!(bare(framing, value), expected, "{framing:?} {value:x?}");
    }
}

#[test]
fn a_header_goes_before_the_prefix() {
    let guid = *b"\x01ABCDEFGHIJKLMNOP";
    let bad = *b"\x00\x00\x01";
    for (framing, part, headers, expected) in [
        (
            AVRO,
            Part::Value,
            &[("a", &b"1"[..]), ("__value_schema_id", &guid)][..],
            Ok((SchemaId::Guid(*b"ABCDEFGHIJKLMNOP"), path(&[0]))),
        ),
        (
            AVRO,
            Part::Key,
            &[
                ("__key_schema_id", b"\x00\x00\x00\x00\x09"),
                ("__value_schema_id", &guid),
            ],
            Ok((SchemaId::Number(9), path(&[0]))),
        ),
        (
            PROTOBUF,
            Part::Value,
            &[("__value_schema_id", b"\x00\x00\x00\x00\x09\x04\x02\x04")],
            Ok((SchemaId::Number(9), path(&[1, 2]))),
        ),
        (
            Framing::Apicurio,
            Part::Value,
            &[("apicurio.value.contentId", b"\0\0\0\0\0\0\0\x05")],
            Ok((SchemaId::Content(5), path(&[0]))),
        ),
        (
            Framing::Apicurio,
            Part::Value,
            &[
                ("apicurio.value.contentId", b"\0\0\0\0\0\0\0\x05"),
                ("apicurio.value.globalId", b"\0\0\0\0\0\0\0\x06"),
            ],
            Ok((SchemaId::Wide(6), path(&[0]))),
        ),
        (
            AVRO,
            Part::Value,
            &[("__value_schema_id", &bad)],
            Err(BadFrame::Header),
        ),
        (
            AVRO,
            Part::Value,
            &[("__value_schema_id", b"")],
            Err(BadFrame::Header),
        ),
        (
            AVRO,
            Part::Value,
            &[("__value_schema_id", b"\x02abcd")],
            Err(BadFrame::Header),
        ),
        (
            AVRO,
            Part::Value,
            &[("__value_schema_id", b"\0\0\0\0\x09\0")],
            Err(BadFrame::Header),
        ),
        (
            AVRO,
            Part::Value,
            &[("__value_schema_id", &guid), ("__value_schema_id", &guid)],
            Err(BadFrame::Header),
        ),
        (
            Framing::Apicurio,
            Part::Value,
            &[("apicurio.value.globalId", b"\0\x06")],
            Err(BadFrame::Header),
        ),
    ] {
        let value = b"\x00\x00\x00\x00\x01 is data here";
        let headers_read = headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), *value));
        let read = framing.read(part, value, headers_read);
        let said = read.map(|framed| {
            assert_eq!(framed.body, value);
            (framed.id, framed.message)
        });
        assert_eq!(said, expected, "{framing:?} {headers:x?}");
    }
}

#[test]
fn an_id_of_another_kind_is_not_written() {
    let mut out = Vec::new();
    assert!(!AVRO.write(SchemaId::Guid([0; 16]), MessagePath::FIRST, &mut out));
    assert!(!Framing::Apicurio.write(SchemaId::Content(1), MessagePath::FIRST, &mut out));
    assert!(!Framing::SingleObject.write(SchemaId::Number(1), MessagePath::FIRST, &mut out));
    assert!(out.is_empty());
    assert!(MessagePath::new(&[]).is_none());
    assert!(MessagePath::new(&[0; 9]).is_none());
}

#[test]
fn a_value_does_not_print() {
    let shown = format!("{:?}", bare(AVRO, b"\x00\x00\x00\x00\x01CANARY").unwrap());
    assert!(!shown.contains("CANARY"), "{shown}");
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        id: u32,
        wide: u64,
        steps in prop::collection::vec(0..1u32 << 31, 1..=8),
        body: Vec<u8>,
    ) {
        let message = path(&steps);
        for (framing, id, message) in [
            (AVRO, SchemaId::Number(id), MessagePath::FIRST),
            (PROTOBUF, SchemaId::Number(id), message),
            (Framing::Apicurio, SchemaId::Wide(wide), MessagePath::FIRST),
            (Framing::SingleObject, SchemaId::Fingerprint(wide), MessagePath::FIRST),
            (Framing::None, SchemaId::File, MessagePath::FIRST),
        ] {
            let mut value = Vec::new();
            prop_assert!(framing.write(id, message, &mut value));
            let prefix = value.len();
            value.extend_from_slice(&body);
            let framed = bare(framing, &value);
            prop_assert_eq!(framed, Ok(Framed { id, message, body: &body }));
            for cut in 0..prefix {
                prop_assert_eq!(bare(framing, &value[..cut]), Err(BadFrame::Cut));
            }
        }
    }
}
