use std::cmp::Ordering;

use num_bigint::BigInt;
use proptest::prelude::*;

use super::super::super::testing::{findings, run};
use crate::record::Reason;

fn number(parameters: &str, json: &str) -> Result<String, Reason> {
    let policy = format!("{{ generalize: {{ {parameters} }} }}");
    run(&policy, json).map(|out| out.expect("a number leaves something"))
}

#[test]
fn buckets_go_towards_minus_infinity() {
    for (parameters, json, expected) in [
        ("bucket: 10", "39.80", "30"),
        ("bucket: 10", "30", "30"),
        ("bucket: 10", "0", "0"),
        ("bucket: 10", "-0.0", "0"),
        ("bucket: 10", "-0.5", "-10"),
        ("bucket: 10", "-10", "-10"),
        ("bucket: 10", "-10.0000000000000000000001", "-20"),
        ("bucket: 10", "1e-999999999", "0"),
        ("bucket: 10", "-1e-999999999", "-10"),
        ("bucket: 0.5", "39.80", "39.5"),
        ("bucket: 0.25", "0.3", "0.25"),
        (
            "bucket: 1e3",
            "18446744073709551616",
            "18446744073709551000",
        ),
        ("bucket: 7", "-99", "-105"),
        ("bucket: 5, bottom: 1935", "1901", "1935"),
        ("bucket: 10, top: 90, bottom: 0", "1e999999999", "90"),
        ("bucket: 10, top: 90, bottom: 0", "-1e999999999", "0"),
        (
            "bucket: 1e-18",
            "0.0000000000000000019",
            "0.000000000000000001",
        ),
    ] {
        assert_eq!(
            number(parameters, json).as_deref(),
            Ok(expected),
            "{parameters} {json}"
        );
    }
}

#[test]
fn rounding_goes_to_the_nearest_half_away_from_zero() {
    for (parameters, json, expected) in [
        ("round: 10", "44.9999", "40"),
        ("round: 10", "45", "50"),
        ("round: 10", "-45", "-50"),
        ("round: 10", "-44.9", "-40"),
        ("round: 10", "-4.9", "0"),
        ("round: 5", "2.5", "5"),
        ("round: 5", "2.4999999999999999999999999", "0"),
        ("round: 1", "0.5", "1"),
        ("round: 1", "-0.5", "-1"),
        ("round: 0.05", "0.125", "0.15"),
        ("round: 1", "0.05", "0"),
        ("round: 1", "9.5", "10"),
    ] {
        assert_eq!(
            number(parameters, json).as_deref(),
            Ok(expected),
            "{parameters} {json}"
        );
    }
}

#[test]
fn decimals_are_cut_and_ranges_give_their_lower_bound() {
    for (parameters, json, expected) in [
        ("decimals: 2", "52.5299", "52.52"),
        ("decimals: 2", "-52.5299", "-52.52"),
        ("decimals: 0", "9.99", "9"),
        ("decimals: 2", "-0.001", "0"),
        ("decimals: 2", "1e3", "1000"),
        ("decimals: 2", "39.80", "39.8"),
        ("ranges: [0, 18, 25]", "17.99", "0"),
        ("ranges: [0, 18, 25]", "18", "18"),
        ("ranges: [0, 18, 25]", "1e300", "25"),
        ("ranges: [-1.5, 0]", "-1.5", "-1.5"),
        ("ranges: [0, 18], bottom: 0", "-3", "0"),
        ("top: 90", "97", "90"),
        ("top: 90", "41.50", "41.5"),
        ("bottom: -2.5", "-3", "-2.5"),
    ] {
        assert_eq!(
            number(parameters, json).as_deref(),
            Ok(expected),
            "{parameters} {json}"
        );
    }
    assert_eq!(
        number("ranges: [0, 18]", "-0.1"),
        Err(Reason::NumberOutOfRange)
    );
}

#[test]
fn a_text_that_is_one_number_stays_a_text() {
    assert_eq!(number("bucket: 10", r#""39.80""#).as_deref(), Ok(r#""30""#));
    assert_eq!(
        number("bucket: 10", r#""\u0033\u0039""#).as_deref(),
        Ok(r#""30""#)
    );
    assert_eq!(number("bucket: 10", "null").as_deref(), Ok("null"));
    for json in [r#""""#, r#""unknown""#] {
        assert_eq!(run("{ generalize: { bucket: 10 } }", json), Ok(None));
    }
    for json in [
        r#"" 39""#,
        r#""39,80""#,
        r#""1_0""#,
        r#""0x1f""#,
        r#""٣""#,
        "true",
        "[1]",
        "{}",
    ] {
        assert_eq!(number("bucket: 10", json), Err(Reason::WrongType), "{json}");
    }
}

#[test]
fn what_cannot_be_computed_exactly_is_refused() {
    let long = "1".repeat(65);
    for json in [
        "1e64",
        "1e999999999",
        "-1e99999999999999999999",
        long.as_str(),
    ] {
        for parameters in ["bucket: 10", "round: 3", "decimals: 2", "bottom: -1e64"] {
            let refused = number(parameters, json);
            if parameters.starts_with("bottom") && json.starts_with('-') {
                continue;
            }
            assert_eq!(
                refused,
                Err(Reason::NumberOutOfRange),
                "{parameters} {json}"
            );
        }
    }
    assert!(number("bucket: 10", "9e63").is_ok());
    assert!(number("bucket: 10", "-9e63").is_ok());
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("bucket: 0", &["V0007"][..]),
        ("bucket: -1", &["V0007"]),
        ("bucket: 1e30", &["V0007"]),
        ("bucket: ten", &["V0006"]),
        ("bucket: 1, round: 1", &["V0302"]),
        ("ranges: [3, 1]", &["V0305"]),
        ("ranges: []", &["V0007"]),
        ("decimals: 19", &["V0007"]),
        ("top: 1, bottom: 2", &["V0305"]),
        ("top: 1e99", &["V0007"]),
        ("", &["V0301"]),
        ("unscaled: 2", &["V0301"]),
        ("bucket: 10, unscaled: 39", &["V0007"]),
    ] {
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
}

/// An oracle on whole big integers: everything scaled by 10^40.
mod oracle {
    use super::*;

    const SCALE: u32 = 40;

    pub(crate) fn read(text: &str) -> BigInt {
        let (mantissa, exponent) = match text.split_once('e') {
            Some((m, e)) => (m, e.parse::<i32>().unwrap()),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
        let power = SCALE as i32 + exponent - fraction.len() as i32;
        digits * BigInt::from(10).pow(power.try_into().expect("fine enough"))
    }

    pub(crate) fn floor(value: &BigInt, step: &BigInt) -> BigInt {
        let rest = ((value % step) + step) % step;
        value - rest
    }

    pub(crate) fn round(value: &BigInt, step: &BigInt) -> BigInt {
        let zero = BigInt::from(0);
        let magnitude: BigInt = if *value < zero { -value } else { value.clone() };
        let twice: BigInt = magnitude * 2 + step;
        let up: BigInt = floor(&twice, &(step * 2)) / 2;
        if *value < zero { -up } else { up }
    }
}

/// Some number: a sign, digits, a fraction, an exponent.
fn numbers() -> impl Strategy<Value = String> {
    ("-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,9})?", -9..9_i32).prop_map(|(mantissa, exponent)| {
        if exponent == 0 {
            mantissa
        } else {
            format!("{mantissa}e{exponent}")
        }
    })
}

fn steps() -> impl Strategy<Value = String> {
    ("[1-9][0-9]{0,6}", -6..6_i32).prop_map(|(digits, exponent)| format!("{digits}e{exponent}"))
}

proptest! {
    #[test]
    fn agrees_with_big_integers(value in numbers(), step in steps()) {
        let (v, s) = (oracle::read(&value), oracle::read(&step));
        let bucket = number(&format!("bucket: {step}"), &value).unwrap();
        prop_assert_eq!(oracle::read(&bucket), oracle::floor(&v, &s));
        let round = number(&format!("round: {step}"), &value).unwrap();
        prop_assert_eq!(oracle::read(&round), oracle::round(&v, &s));
    }

    #[test]
    fn coarsening_twice_changes_nothing(value in numbers(), step in steps(), decimals in 0..9_u32) {
        for parameters in [format!("bucket: {step}"), format!("round: {step}"), format!("decimals: {decimals}")] {
            let once = number(&parameters, &value).unwrap();
            prop_assert_eq!(number(&parameters, &once).unwrap(), once);
        }
    }

    #[test]
    fn a_number_cut_as_text_is_the_number_cut_by_its_digits(value in numbers(), decimals in 0..9_u32) {
        let parameters = format!("decimals: {decimals}");
        let by_digits = number(&parameters, &format!("\"{value}\""));
        let by_digits = by_digits.map(|text| text.trim_matches('"').to_owned());
        prop_assert_eq!(number(&parameters, &value), by_digits);
    }

    #[test]
    fn equal_values_give_equal_texts_and_order_holds(a in numbers(), b in numbers(), step in steps()) {
        let parameters = format!("bucket: {step}");
        let (x, y) = (number(&parameters, &a).unwrap(), number(&parameters, &b).unwrap());
        let by_value = oracle::read(&a).cmp(&oracle::read(&b));
        let coarse = oracle::read(&x).cmp(&oracle::read(&y));
        prop_assert!(coarse == by_value || coarse == Ordering::Equal);
        if by_value == Ordering::Equal {
            prop_assert_eq!(x, y);
        }
    }
}

/// Decimals as the converters of Kafka Connect write them: base64 of the bytes
/// of Java's `BigInteger.toByteArray`.
#[test]
fn an_unscaled_integer_is_read_from_its_bytes() {
    for (parameters, bytes, expected) in [
        ("decimals: 2, unscaled: 2", &[0x0f, 0x8c][..], "39.8"),
        ("decimals: 2, unscaled: 2", &[0x00], "0"),
        ("decimals: 2, unscaled: 2", &[0xff], "-0.01"),
        ("decimals: 2, unscaled: 2", &[0x00, 0xff], "2.55"),
        ("decimals: 0, unscaled: 0", &[0x80], "-128"),
        ("bucket: 10, unscaled: 2", &[0xf0, 0x74], "-40"),
        ("decimals: 18, unscaled: 38", &[0x7f; 1], "0"),
        (
            "decimals: 0, unscaled: 0",
            &i128::MAX.to_be_bytes(),
            "170141183460469231731687303715884105727",
        ),
        (
            "decimals: 0, unscaled: 0",
            &i128::MIN.to_be_bytes(),
            "-170141183460469231731687303715884105728",
        ),
    ] {
        let json = format!("\"{}\"", data_encoding::BASE64.encode(bytes));
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        assert_eq!(run(&policy, &json), Ok(Some(expected.to_owned())), "{json}");
    }
    let policy = "{ generalize: { bucket: 10, unscaled: 2 } }";
    let long = format!("\"{}\"", "A".repeat(1 << 20));
    for json in [
        r#"" ""#,
        r#""D4w""#,
        r#""D4x=""#,
        r#""D4w=\n""#,
        r#""39.80""#,
        r#""unknown!""#,
        r#""Ｄ4w=""#,
        "39.80",
        "-0",
        "1e5",
        "true",
        "[]",
    ] {
        assert_eq!(run(policy, json), Err(Reason::WrongType), "{json}");
    }
    for json in [&long, r#""AAAAAAAAAAAAAAAAAAAAAAA=""#] {
        assert_eq!(run(policy, json), Err(Reason::NumberOutOfRange));
    }
    assert_eq!(run(policy, "null"), Ok(Some("null".to_owned())));
    for json in [r#""""#, r#""n/a""#, r#""unknown""#] {
        assert_eq!(run(policy, json), Ok(None), "{json}");
    }
    // A word for nothing, and the bytes of 35,742.38.
    assert_eq!(run(policy, r#""None""#), Ok(Some("35740".to_owned())));
}
