use proptest::prelude::*;

use super::super::testing::long as put;
use super::*;

const SYNC: Sync = *b"0123456789abcdef";

fn written(codec: Codec, blocks: &[(u64, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let writer = ContainerWriter::new("\"x\"", codec, SYNC, &mut out);
    for (count, records) in blocks {
        writer.block(*count, records, &mut out).unwrap();
    }
    out
}

/// The blocks of a file, or why they cannot be read.
fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<u8>)>, String> {
    let said = |e: BadContainer| e.to_string();
    let mut reader = ContainerReader::open(bytes).map_err(said)?;
    assert_eq!(reader.schema(), "\"x\"");
    let mut all = Vec::new();
    let mut records = Vec::new();
    while let Some(count) = reader.block(&mut records).map_err(said)? {
        all.push((count, records.clone()));
    }
    Ok(all)
}

/// A header by hand: entries, and what stands behind them.
fn header(entries: &[(&str, &str)], rest: &[u8]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    put(entries.len() as i64, &mut out);
    for (name, value) in entries {
        for text in [name, value] {
            put(text.len() as i64, &mut out);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.push(0);
    out.extend_from_slice(rest);
    out
}

#[test]
fn what_is_written_is_read_in_each_codec_and_every_cut_is_seen() {
    let long = b"abcabcabc".repeat(1_000);
    for codec in Codec::ALL {
        let blocks = [(3, &b"abc"[..]), (9_000, &long), (0, b"")];
        let bytes = written(*codec, &blocks);
        let expected: Vec<_> = blocks.iter().map(|(n, b)| (*n, b.to_vec())).collect();
        assert_eq!(read(&bytes).unwrap(), expected, "{codec:?}");
        let ends: Vec<usize> = (0..=3)
            .map(|n| written(*codec, &blocks[..n]).len())
            .collect();
        for cut in (0..bytes.len()).rev().take(600).chain(0..60) {
            // A file that ends behind a block is one of fewer blocks.
            match ends.iter().position(|end| *end == cut) {
                Some(n) => assert_eq!(read(&bytes[..cut]).unwrap(), expected[..n]),
                None => assert!(read(&bytes[..cut]).is_err(), "{codec:?} at {cut}"),
            }
        }
        // Its sync tells when a block is not as long as it says.
        let mut other = bytes.clone();
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(
            read(&other),
            Err("block 3: it does not end where it says".into())
        );
    }
}

#[test]
fn headers_are_read_for_what_is_known_of_them() {
    let schema = ("avro.schema", "\"x\"");
    for (bytes, expected) in [
        (header(&[schema], &SYNC), Ok(())),
        (
            header(
                &[("user.meta", "CANARY"), ("avro.codec", "null"), schema],
                &SYNC,
            ),
            Ok(()),
        ),
        (
            b"PAR1".to_vec(),
            Err("the file does not begin as an Avro file does (`Obj` and 1)"),
        ),
        (
            b"Ob".to_vec(),
            Err("the file ends inside its header or a block"),
        ),
        (
            header(&[schema], b""),
            Err("the file ends inside its header or a block"),
        ),
        (
            header(&[], &SYNC),
            Err("the header of the file cannot be read: it has no `avro.schema`"),
        ),
        (
            header(&[schema, schema], &SYNC),
            Err("the header of the file cannot be read: it says one thing twice"),
        ),
        (
            header(&[schema, ("avro.codec", "bzip2")], &SYNC),
            Err("the blocks are packed with bzip2; null, deflate, zstandard and snappy are read"),
        ),
        (
            header(&[schema, ("avro.codec", "CANARY")], &SYNC),
            Err(
                "the blocks are packed with something else; null, deflate, zstandard and snappy are read",
            ),
        ),
        (
            [&MAGIC[..], &[2, 1]].concat(),
            Err("the header of the file cannot be read: a length is below nothing, or too long"),
        ),
        (
            [&MAGIC[..], &[0xff; 11]].concat(),
            Err("the header of the file cannot be read: a number of more than 64 bits"),
        ),
    ] {
        assert_eq!(read(&bytes).map(drop), expected.map_err(str::to_owned));
    }
    // More entries than there are bytes for.
    let mut many = MAGIC.to_vec();
    put(i64::MIN, &mut many);
    assert!(read(&many).is_err());
}

#[test]
fn blocks_that_lie_are_refused() {
    let start = header(&[("avro.schema", "\"x\"")], &SYNC);
    let block = |count: i64, size: i64, bytes: &[u8]| {
        let mut out = start.clone();
        put(count, &mut out);
        put(size, &mut out);
        out.extend_from_slice(bytes);
        out.extend_from_slice(&SYNC);
        out
    };
    let size = "block 1: it is below nothing, or longer than 64 MiB";
    for (bytes, expected) in [
        (block(-1, 1, b"a"), "block 1: it has fewer than no records"),
        (block(1, -1, b"a"), size),
        (block(1, 1 << 62, b"a"), size),
        (block(1, (64 << 20) + 1, b"a"), size),
        (
            block(1, 64 << 20, b"a"),
            "the file ends inside its header or a block",
        ),
        (
            block(1, 2, b"a"),
            "the file ends inside its header or a block",
        ),
        (
            block(1, 1, b"ab"),
            "the file ends inside its header or a block",
        ),
        (
            block(1 << 62, 1, b"a"),
            "block 1: it says that it has more records than there are bytes for",
        ),
    ] {
        assert!(read(&bytes).is_err_and(|e| e == expected || e.contains("end where it says")));
    }
    assert!(read(&block(262_144, 0, b"")).is_ok());
}

#[cfg(feature = "cli")]
#[test]
fn a_block_that_unpacks_to_too_much_is_refused() {
    for codec in [Codec::Deflate, Codec::Zstandard, Codec::Snappy] {
        let mut packed = Vec::new();
        codec.pack(&[0; 100_000], &mut packed);
        assert!(packed.len() < 5_000);
        let unpack = |most| codec.unpack(&packed, most, &mut Vec::new());
        assert_eq!(unpack(100_000), Ok(()));
        assert_eq!(unpack(99_999), Err("it unpacks to more than 64 MiB"));
        packed.clear();
        codec.pack(b"abc", &mut packed);
        packed.extend([0; 5]);
        assert!(
            codec.unpack(&packed, 10, &mut Vec::new()).is_err(),
            "{codec:?}"
        );
    }
    let mut out = Vec::new();
    let writer = ContainerWriter::new("\"x\"", Codec::Null, SYNC, &mut out);
    let long = vec![0; BLOCK_BYTES_MAX + 1];
    assert_eq!(writer.block(1, &long, &mut out), Err(TooLong));
}

proptest! {
    #[test]
    fn any_bytes_are_a_file_or_refused(bytes: Vec<u8>, at: usize, flip: u8) {
        let _ = ContainerReader::open(&bytes[..]).map(|mut file| file.block(&mut Vec::new()));
        for codec in Codec::ALL {
            let mut file = written(*codec, &[(1, &bytes)]);
            let at = at % file.len();
            file[at] ^= flip;
            if let Ok(mut file) = ContainerReader::open(&file[..]) {
                let _ = file.block(&mut Vec::new());
            }
        }
    }
}
