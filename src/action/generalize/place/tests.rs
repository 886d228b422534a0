use super::super::super::testing::{Bench, build, findings, run, view};
use super::*;
use proptest::prelude::*;

fn cell(parameters: &str, json: &str) -> Result<String, Reason> {
    let policy = format!("{{ generalize: {{ {parameters} }} }}");
    let out = run(&policy, json)?.expect("a cell leaves");
    Ok(out.trim_matches('"').to_owned())
}

fn of_parts(policy: &str, parts: [Option<&str>; 2]) -> Result<Option<String>, Reason> {
    let action = build(policy);
    let mut bench = Bench::default();
    let views = parts.map(|part| part.map(view));
    bench.apply_parts(action.as_ref(), &views)?;
    Ok(bench.take(action.as_ref()))
}

/// The pairs that the author of geohash and its implementations publish.
#[test]
fn published_pairs_agree() {
    for (lat, lon, hash) in [
        // geohash.org and the article on it.
        ("57.64911", "10.40744", "u4pruydqqvj"),
        ("42.605", "-5.603", "ezs42"),
        // The readme of node-geohash.
        ("37.8324", "112.5584", "ww8p1r4t8"),
        // Redis' documentation: Palermo and Catania.
        ("38.115556", "13.361389", "sqc8b49rn"),
        ("37.502669", "15.087269", "sqdtr74hy"),
        // Corners.
        ("-90", "-180", "000000000"),
        ("90", "180", "zzzzzzzzz"),
        ("0", "0", "s00000000"),
    ] {
        for chars in 1..=9 {
            let Some(expected) = hash.get(..chars) else {
                continue;
            };
            let written = cell(&format!("geohash: {chars}"), &format!("\"{lat},{lon}\""));
            assert_eq!(written.as_deref(), Ok(expected), "{lat} {lon}");
        }
    }
}

/// H3 cells that H3 itself and those who use it publish: the readme of h3-js, the
/// documentation of H3's core library (the Statue of Liberty) and of h3-pyspark, the
/// references of Snowflake (the Brandenburg Gate) and of Databricks (`h3_longlatash3string`).
const PUBLISHED_H3: [(&str, &str, u8, &str); 5] = [
    ("37.3615593", "-122.0553238", 7, "87283472bffffff"),
    ("40.689167", "-74.044444", 10, "8a2a1072b59ffff"),
    ("37.769377", "-122.388903", 9, "89283082e73ffff"),
    ("52.516262", "13.377704", 8, "881f1d4887fffff"),
    ("45", "100", 6, "86240610fffffff"),
];

#[test]
fn published_h3_cells_agree() {
    for (lat, lon, resolution, expected) in PUBLISHED_H3 {
        let parameters = format!("h3: {resolution}");
        let written = cell(&parameters, &format!("\"{lat},{lon}\""));
        assert_eq!(written.as_deref(), Ok(expected), "{lat} {lon}");
        let array = cell(&parameters, &format!("[{lat}, {lon}]"));
        assert_eq!(array, written);
        let turned = format!("{parameters}, order: lon_lat");
        assert_eq!(cell(&turned, &format!("[{lon},{lat}]")), written);
        let policy = format!("{{ generalize: {{ {parameters}, from: [lat, lon] }} }}");
        let parts = of_parts(&policy, [Some(lat), Some(lon)]).unwrap();
        assert_eq!(parts, written.ok().map(|cell| format!("{cell:?}")));
    }
}

#[test]
fn an_h3_cell_is_of_a_place_that_there_is() {
    for (json, reason) in [
        (r#""90.0000001,0""#, Reason::NumberOutOfRange),
        (r#""0,-180.0000000000000000001""#, Reason::NumberOutOfRange),
        (r#""1e400,0""#, Reason::NumberOutOfRange),
        (r#""NaN,0""#, Reason::BadIdentifier),
        (r#""inf,0""#, Reason::BadIdentifier),
        (r#""52.5""#, Reason::BadIdentifier),
        ("[1,2,3]", Reason::WrongType),
        ("true", Reason::WrongType),
    ] {
        assert_eq!(cell("h3: 5", json), Err(reason), "{json}");
    }
    // What is too fine for a float is the nearest one.
    let fine = format!("\"45.{}1,100\"", "0".repeat(60));
    assert_eq!(cell("h3: 6", &fine).as_deref(), Ok("86240610fffffff"));
    for corner in ["90,180", "-90,-180", "0,0", "-0,-0", "1e-400,0"] {
        for resolution in 0..=12 {
            let written = cell(&format!("h3: {resolution}"), &format!("\"{corner}\""));
            let text = written.unwrap_or_else(|e| panic!("{corner} {resolution}: {e}"));
            assert_eq!(text.len(), 15);
            assert!(text.starts_with('8'), "{text}");
        }
    }
}

#[test]
fn a_place_is_taken_as_text_as_array_and_from_siblings() {
    let berlin = Ok("u33dc");
    for json in [
        r#""52.52,13.405""#,
        r#""52.52, 13.405""#,
        r#"" 52.5200 , 13.4050 ""#,
        r#""5.252e1,13.405""#,
        "[52.52,13.405]",
        "[ 52.52 ,\n13.405 ]",
    ] {
        assert_eq!(cell("geohash: 5", json).as_deref(), berlin, "{json}");
    }
    let reversed = cell("geohash: 5, order: lon_lat", "[13.405,52.52]");
    assert_eq!(reversed.as_deref(), berlin);
    let policy = "{ generalize: { geohash: 5, from: [lat, lon] } }";
    let written = Ok(Some(r#""u33dc""#.to_owned()));
    for parts in [["52.52", "13.405"], [r#""52.52""#, "13.405"]] {
        assert_eq!(of_parts(policy, parts.map(Some)), written);
    }
    let policy = "{ generalize: { geohash: 5, from: [x, y], order: lon_lat } }";
    assert_eq!(of_parts(policy, [Some("13.405"), Some("52.52")]), written);
}

#[test]
fn half_a_place_is_refused_and_none_is_null() {
    let policy = "{ generalize: { geohash: 5, from: [lat, lon] } }";
    let null = Ok(Some("null".to_owned()));
    for parts in [[Some("null"), Some("null")], [None, Some("null")]] {
        assert_eq!(of_parts(policy, parts), null);
    }
    for (parts, reason) in [
        ([Some("52.52"), None], Reason::BadIdentifier),
        ([Some("52.52"), Some("null")], Reason::BadIdentifier),
        ([Some("52.52"), Some(r#""""#)], Reason::BadIdentifier),
        ([Some("52.52"), Some("true")], Reason::WrongType),
        ([Some("52.52"), Some("[13.405]")], Reason::WrongType),
        ([Some("90.1"), Some("13.405")], Reason::NumberOutOfRange),
    ] {
        assert_eq!(of_parts(policy, parts), Err(reason), "{parts:?}");
    }
}

#[test]
fn a_boundary_belongs_to_the_cell_above_however_many_digits_say_it() {
    for (lat, expected) in [
        ("45", "u"),
        ("44.99999999999999999999999999999999999", "s"),
        ("0", "s"),
        ("-0", "s"),
        ("-0.0000000000000000000000000000000000001", "k"),
        ("-1e-999999999", "k"),
        ("1e-999999999", "s"),
        ("-45", "k"),
        ("-45.00000000000000000000000000000000001", "h"),
    ] {
        let written = cell("geohash: 1", &format!("\"{lat},0\""));
        assert_eq!(written.as_deref(), Ok(expected), "{lat}");
    }
    // The lowest boundary of the finest latitude: 180 / 2^22.
    let fine = "0.00004291534423828125";
    let at = cell("geohash: 9", &format!("\"{fine},0\"")).unwrap();
    let below = cell("geohash: 9", "\"0.000042915344238281249999999,0\"").unwrap();
    assert_eq!(below, "s00000000");
    assert_ne!(at, below);
}

#[test]
fn what_is_no_place_is_refused() {
    let long = format!("\"{}\"", "9".repeat(1 << 20));
    for json in [
        r#"" ""#,
        r#"",""#,
        r#""52.52""#,
        r#""52.52 13.405""#,
        r#""52.52,13.405,30""#,
        r#""52,52;13,405""#,
        r#""+52.52,13.405""#,
        r#""52.52N,13.405E""#,
        r#""５２,13""#,
        r#""52.52,13.405😀""#,
        r#""52.52,\u200f13.405""#,
        r#""0x10,1""#,
        r#""NaN,1""#,
        long.as_str(),
    ] {
        assert_eq!(cell("geohash: 5", json), Err(Reason::BadIdentifier));
    }
    for json in [
        "52.52",
        "true",
        "[]",
        "[52.52]",
        "[52.52,13.405,30]",
        r#"["52.52",13.405]"#,
        "[52.52,null]",
        "[[52.52,13.405]]",
        r#"{"lat":52.52,"lon":13.405}"#,
        r#"[{"lat":52.52},1]"#,
    ] {
        assert_eq!(cell("geohash: 5", json), Err(Reason::WrongType), "{json}");
    }
    for json in [
        r#""90.00000000000000000000000001,0""#,
        r#""-90.00000000000000000000000001,0""#,
        r#""0,180.0001""#,
        r#""0,-181""#,
        r#""100,13""#,
        r#""1e99,0""#,
        r#""1e9999999999999999999,0""#,
        "[91,0]",
        &format!("\"0.{},0\"", "1".repeat(65)),
    ] {
        let refused = cell("geohash: 5", json);
        assert_eq!(refused, Err(Reason::NumberOutOfRange), "{json}");
    }
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("geohash: 0", &["V0007"][..]),
        ("geohash: 10", &["V0007"]),
        ("order: lat_lon", &["V0301"]),
        ("from: [lat, lon]", &["V0301"]),
        ("geohash: 5, order: north", &["V0004"]),
        ("geohash: 5, from: [lat]", &["V0007"]),
        ("geohash: 5, from: [lat, lon, alt]", &["V0007"]),
        ("geohash: 5, from: [lat, lat]", &["V0003"]),
        ("geohash: 5, prefix: 2", &["V0301"]),
        ("h3: -1", &["V0007"]),
        ("h3: 13", &["V0007"]),
        ("h3: 5, geohash: 5", &["V0302"]),
        ("h3: 5, from: [lat]", &["V0007"]),
    ] {
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
}

/// The usual way to compute it: halving, in floats.
fn halving(lat: f64, lon: f64, chars: usize) -> String {
    let (mut lat_range, mut lon_range) = ((-90.0, 90.0), (-180.0, 180.0));
    let mut hash = String::new();
    let (mut bits, mut is_lon) = (0_usize, true);
    for n in 1..=chars * 5 {
        let (range, at) = match is_lon {
            true => (&mut lon_range, lon),
            false => (&mut lat_range, lat),
        };
        let middle = (range.0 + range.1) / 2.0;
        bits <<= 1;
        if at >= middle {
            range.0 = middle;
            bits |= 1;
        } else {
            range.1 = middle;
        }
        is_lon = !is_lon;
        if n % 5 == 0 {
            let alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
            hash.push(char::from(alphabet.as_bytes()[bits]));
            bits = 0;
        }
    }
    hash
}

proptest! {
    /// Six decimals: a boundary of a cell has either none or more of them, and
    /// floats are exact enough in between.
    #[test]
    fn it_agrees_with_halving(lat in -89_999_999_i64..=89_999_999, lon in -179_999_999_i64..=179_999_999) {
        let spelled = |n: i64| format!("{}{}.{:06}", if n < 0 { "-" } else { "" }, n.abs() / 1_000_000, n.abs() % 1_000_000);
        let expected = halving(lat as f64 / 1e6, lon as f64 / 1e6, 9);
        let written = cell("geohash: 9", &format!("\"{},{}\"", spelled(lat), spelled(lon))).unwrap();
        prop_assert_eq!(written, expected);
    }
}
