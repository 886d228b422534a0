//! CRC-64-AVRO, the fingerprint of a schema (Apache Avro 1.12, "Schema Fingerprints").

use super::node::Schema;

/// The fingerprint of no bytes, and the polynomial that the specification gives.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

static TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < table.len() {
        let mut fingerprint = n as u64;
        let mut bit = 0;
        while bit < 8 {
            let carry = (fingerprint & 1).wrapping_neg();
            fingerprint = (fingerprint >> 1) ^ (EMPTY & carry);
            bit += 1;
        }
        table[n] = fingerprint;
        n += 1;
    }
    table
};

impl Schema {
    /// The fingerprint of its Parsing Canonical Form. Schemas that differ in what does
    /// not tell on the wire (defaults, attributes) have the same; it is no proof against
    /// somebody who looks for two.
    pub fn fingerprint(&self) -> u64 {
        crc64(self.canonical().as_bytes())
    }
}

fn crc64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(EMPTY, |sum, byte| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ TABLE[usize::from(low ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, canonical form and fingerprint, from `share/test/data/schema-tests.txt` of
    /// Apache Avro, whose Java tests compute the fingerprints a second way.
    const PUBLISHED: [(&str, &str, i64); 23] = [
        (r#""null""#, r#""null""#, 7195948357588979594),
        (
            r#"{"type":"boolean"}"#,
            r#""boolean""#,
            -6970731678124411036,
        ),
        (r#""int""#, r#""int""#, 8247732601305521295),
        (r#"{"type":"long"}"#, r#""long""#, -3434872931120570953),
        (r#""float""#, r#""float""#, 5583340709985441680),
        (r#""double""#, r#""double""#, -8181574048448539266),
        (r#""bytes""#, r#""bytes""#, 5746618253357095269),
        (r#""string""#, r#""string""#, -8142146995180207161),
        ("[  ]", "[]", -1241056759729112623),
        (r#"[ "int"  ]"#, r#"["int"]"#, -5232228896498058493),
        (
            r#"[ "int" , {"type":"boolean"} ]"#,
            r#"["int","boolean"]"#,
            5392556393470105090,
        ),
        (
            r#"{"fields":[], "type":"record", "name":"foo"}"#,
            r#"{"name":"foo","type":"record","fields":[]}"#,
            -4824392279771201922,
        ),
        (
            r#"{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}"#,
            r#"{"name":"x.y.foo","type":"record","fields":[]}"#,
            5916914534497305771,
        ),
        (
            r#"{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}"#,
            r#"{"name":"a.b.foo","type":"record","fields":[]}"#,
            -4616218487480524110,
        ),
        (
            r#"{"fields":[], "type":"record", "name":"foo", "doc":"foo", "aliases":["foo","bar"]}"#,
            r#"{"name":"foo","type":"record","fields":[]}"#,
            -4824392279771201922,
        ),
        (
            r#"{"fields":[{"type":{"type":"boolean"}, "name":"f1"}], "type":"record", "name":"foo"}"#,
            r#"{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}"#,
            7843277075252814651,
        ),
        (
            r#"{"fields":[{"type":"boolean", "aliases":[], "name":"f1", "default":"true"},
                {"order":"descending","name":"f2","doc":"Hello","type":"int"}],
                "type":"record", "name":"foo"}"#,
            r#"{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"},{"name":"f2","type":"int"}]}"#,
            -4860222112080293046,
        ),
        (
            r#"{"type":"enum", "name":"foo", "symbols":["A1"]}"#,
            r#"{"name":"foo","type":"enum","symbols":["A1"]}"#,
            -6342190197741309591,
        ),
        (
            r#"{"namespace":"x.y.z", "type":"enum", "name":"foo", "doc":"foo bar", "symbols":["A1", "A2"]}"#,
            r#"{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}"#,
            -4448647247586288245,
        ),
        (
            r#"{"namespace":"x.y.z", "type":"fixed", "name":"foo", "doc":"foo bar", "size":32}"#,
            r#"{"name":"x.y.z.foo","type":"fixed","size":32}"#,
            -3064184465700546786,
        ),
        (
            r#"{ "items":{"type":"null"}, "type":"array"}"#,
            r#"{"type":"array","items":"null"}"#,
            -589620603366471059,
        ),
        (
            r#"{ "values":"string", "type":"map"}"#,
            r#"{"type":"map","values":"string"}"#,
            -8732877298790414990,
        ),
        (
            r#"{"name":"PigValue","type":"record",
                "fields":[{"name":"value", "type":["null", "int", "long", "PigValue"]}]}"#,
            r#"{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}"#,
            -1759257747318642341,
        ),
    ];

    #[test]
    fn fingerprints_are_the_published_ones() {
        for (text, canonical, fingerprint) in PUBLISHED {
            let schema = Schema::parse(text).unwrap();
            assert_eq!(schema.canonical(), canonical);
            assert_eq!(schema.fingerprint() as i64, fingerprint, "{text}");
            // A canonical form is a schema, and its own canonical form.
            let again = Schema::parse(canonical).unwrap();
            assert_eq!(again.canonical(), canonical);
        }
    }
}
