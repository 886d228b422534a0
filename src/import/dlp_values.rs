//! What a DLP template does to one value.

use super::rules::Rules;
use crate::document::yaml::{quoted, scalar};
use crate::language::written::{Kind, Node};
use crate::record::decimal::Decimal;
use crate::record::{Literal, is_json_number};

type Said = Vec<&'static str>;

/// The action, and what a person must know of it.
///
/// # Errors
/// Why it has none.
pub(super) fn action(one: &Node, rules: &mut Rules<'_>) -> Result<(String, Said), String> {
    if let Some(types) = one.member("infoTypeTransformations") {
        return redact(&types.value);
    }
    let primitive = one.member("primitiveTransformation");
    let primitive =
        primitive.ok_or("neither `primitiveTransformation` nor `infoTypeTransformations`")?;
    let members = primitive.value.members().unwrap_or_default();
    let [how] = members else {
        return Err("it is not one transformation".to_owned());
    };
    let (given, plain) = (&how.value, |action: &str| {
        Ok((action.to_owned(), Said::new()))
    });
    match how.name.as_str() {
        "redactConfig" => plain("drop"),
        "replaceConfig" => {
            let with = given.member("newValue").and_then(|m| value(&m.value));
            let with = with.ok_or("`newValue` is no text, number or boolean")?;
            plain(&format!("{{ replace: {{ with: {} }} }}", written(&with)))
        }
        "replaceWithInfoTypeConfig" => Err("without `infoTypes` there is no name to replace it with: `replace: { with: … }`".to_owned()),
        "replaceDictionaryConfig" => dictionary(given),
        "characterMaskConfig" => mask(given).map(|action| (action, Said::new())),
        "cryptoHashConfig" => Ok((
            "{ pseudonymize: { key: people, normalize: text, encoding: hex, bits: 256, epoch: none } }".to_owned(),
            vec!["codes change: the key is another, and is derived for domain and space"],
        )),
        "cryptoDeterministicConfig" => {
            without_context(given)?;
            Ok((
                "{ encrypt: { key: contact, mode: deterministic } }".to_owned(),
                vec!["what was sealed before is opened by their key only"],
            ))
        }
        "cryptoReplaceFfxFpeConfig" => tokenize(given),
        "fixedSizeBucketingConfig" => fixed(given),
        "bucketingConfig" => buckets(given),
        "timePartConfig" => {
            let part = given.member("partToExtract").and_then(|m| m.value.scalar());
            let word = match part {
                Some("YEAR") => "year, bottom: 1940",
                Some("MONTH") => "month_of_year",
                Some("DAY_OF_MONTH") => "day_of_month",
                Some("DAY_OF_WEEK") => "weekday",
                Some("WEEK_OF_YEAR") => "week_of_year",
                Some("HOUR_OF_DAY") => "hour_of_day",
                _ => return Err("`partToExtract` is not known".to_owned()),
            };
            let action = format!("{{ generalize: {{ date: {word} }} }}");
            match part {
                Some("YEAR") => Ok((action, vec!["years before 1940 become 1940: FILL IN another end, or none"])),
                _ => plain(&action),
            }
        }
        "dateShiftConfig" => shift(given, rules),
        _ => Err("a transformation that is not known".to_owned()),
    }
}

/// What holds apart there what is equal here is refused.
fn without_context(given: &Node) -> Result<(), String> {
    match given.member("context") {
        None => Ok(()),
        Some(_) => Err("`context`: there, equal values beside another value of that field come out different; here equal values of one field come out equal in every record. `pseudonymize: { scope: subject }` tells persons apart, `encrypt` without `mode` every record".to_owned()),
    }
}

/// A value of the template; `None`: a date, a time or a day, or no value that can be
/// compared.
pub(super) fn value(node: &Node) -> Option<Literal> {
    let [one] = node.members()? else {
        return None;
    };
    let text = text(&one.value)?;
    match one.name.as_str() {
        "stringValue" => Some(Literal::Text(text.to_owned())),
        "integerValue" | "floatValue" => {
            let is_number = is_json_number(text) && Decimal::read(text).is_some();
            is_number.then(|| Literal::Number(text.to_owned()))
        }
        "booleanValue" => Some(Literal::Bool(text.parse().ok()?)),
        _ => None,
    }
}

/// As a policy writes it.
pub(super) fn written(value: &Literal) -> String {
    match value {
        Literal::Text(text) => quoted(text),
        Literal::Number(text) => text.clone(),
        Literal::Bool(value) => value.to_string(),
    }
}

/// A scalar's text, unless it is none.
fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

fn number(node: &Node, name: &str) -> Option<i64> {
    let node = &node.member(name)?.value;
    let node = match node.members() {
        Some([one]) => &one.value,
        Some(_) => return None,
        None => node,
    };
    text(node)?.parse().ok()
}

fn mask(given: &Node) -> Result<String, String> {
    let n = given
        .member("numberToMask")
        .map_or(Some(0), |m| text(&m.value)?.parse::<i64>().ok());
    let reverse = given.member("reverseOrder").and_then(|m| m.value.scalar()) == Some("true");
    let mut words = Vec::new();
    match n.ok_or("`numberToMask` is no number")? {
        0 => {}
        n if n > 0 => {
            return Err(format!(
                "it masks {n} characters and leaves what is longer in clear; `keep_last` or `keep_first` say how many stay"
            ));
        }
        n => {
            let word = if reverse { "keep_first" } else { "keep_last" };
            words.push(format!("{word}: {}", n.unsigned_abs()));
        }
    }
    if let Some(with) = given
        .member("maskingCharacter")
        .and_then(|m| text(&m.value))
        .filter(|c| !c.is_empty())
    {
        words.push(format!("with: {}", scalar(with)));
    }
    let mut skip: Vec<String> = Vec::new();
    let ignored = given
        .member("charactersToIgnore")
        .and_then(|m| m.value.items());
    for one in ignored.unwrap_or_default() {
        let of = |name: &str| one.member(name).and_then(|m| text(&m.value));
        match (of("charactersToSkip"), of("commonCharactersToIgnore")) {
            (Some(characters), None) => {
                skip.extend(characters.chars().map(|c| quoted(&c.to_string())))
            }
            (None, Some("PUNCTUATION")) => skip.push("punctuation".to_owned()),
            (None, Some("WHITESPACE")) => skip.push("space".to_owned()),
            _ => return Err(
                "`charactersToIgnore` names letters or digits: all of them would leave in clear"
                    .to_owned(),
            ),
        }
    }
    if !skip.is_empty() {
        skip.dedup();
        words.push(format!("skip: [{}]", skip.join(", ")));
    }
    Ok(format!("{{ mask: {{ {} }} }}", words.join(", ")))
}

/// A word of a list. Theirs is drawn anew each time.
fn dictionary(given: &Node) -> Result<(String, Said), String> {
    let list = given.member("wordList").map(|m| &m.value);
    let words = list.and_then(|l| l.member("words"));
    let words = words
        .and_then(|m| m.value.items())
        .ok_or("its words stand in no `wordList`")?;
    let words: Option<Vec<&str>> = words.iter().map(text).collect();
    let mut words = words.ok_or("a word of its list is no text")?;
    let mut seen = std::collections::HashSet::new();
    words.retain(|word| seen.insert(*word));
    match words[..] {
        [] => Err("its list has no words".to_owned()),
        [one] => Ok((format!("{{ replace: {{ with: {} }} }}", quoted(one)), Said::new())),
        _ if words.len() > 65_536 || words.iter().any(|w| w.is_empty() || w.len() > 1_024) => {
            Err("a list has at most 65,536 words of 1 to 1,024 bytes: write a file, `replace: { one_of: FILE, key: … }`".to_owned())
        }
        _ => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            Ok((
                format!(
                    "{{ replace: {{ one_of: [{}], key: people, by: record }} }}",
                    words.join(", ")
                ),
                vec!["without `by: record` equal values have one word; a word that stands twice in the list stands once here"],
            ))
        }
    }
}

fn tokenize(given: &Node) -> Result<(String, Said), String> {
    without_context(given)?;
    let of = |name: &str| given.member(name).and_then(|m| text(&m.value));
    let format = match (of("commonAlphabet"), of("customAlphabet")) {
        (Some("NUMERIC"), _) => "digits".to_owned(),
        (Some("HEXADECIMAL"), _) => "hex".to_owned(),
        (Some("UPPER_CASE_ALPHA_NUMERIC"), _) => "alnum36".to_owned(),
        (Some("ALPHA_NUMERIC"), _) => "alnum62".to_owned(),
        (None, Some(alphabet)) => format!("{{ custom: {} }}", quoted(alphabet)),
        _ => {
            return Err(
                "a `radix`: name the alphabet, `tokenize: { format: { custom: … } }`".to_owned(),
            );
        }
    };
    Ok((
        format!("{{ tokenize: {{ key: tokens@1, format: {format} }} }}"),
        vec!["tokens change: the key is another; what was made before is read by theirs only"],
    ))
}

fn fixed(given: &Node) -> Result<(String, Said), String> {
    let ends = (
        number(given, "lowerBound"),
        number(given, "upperBound"),
        number(given, "bucketSize"),
    );
    let (Some(low), Some(high), Some(size)) = ends else {
        return Err("`lowerBound`, `upperBound` or `bucketSize` is no whole number".to_owned());
    };
    if size <= 0 || low >= high {
        return Err("it has no bucket".to_owned());
    }
    let said =
        vec!["the label `10-20` becomes the number 10; what lies beyond an end becomes that end"];
    if low % size == 0 {
        return Ok((
            format!("{{ generalize: {{ bucket: {size}, bottom: {low}, top: {high} }} }}"),
            said,
        ));
    }
    // Theirs are counted from the lower end.
    let starts: Vec<String> = (0..=256)
        .map_while(|n| {
            low.checked_add(size.checked_mul(n)?)
                .filter(|at| *at < high)
        })
        .map(|at| at.to_string())
        .collect();
    match starts.len() {
        257 => Err("more than 256 buckets".to_owned()),
        _ => Ok((
            format!(
                "{{ generalize: {{ ranges: [{}], bottom: {low}, top: {high} }} }}",
                starts.join(", ")
            ),
            said,
        )),
    }
}

fn buckets(given: &Node) -> Result<(String, Said), String> {
    let list = given.member("buckets").and_then(|m| m.value.items());
    let list = list.filter(|l| !l.is_empty()).ok_or("it has no buckets")?;
    if list.iter().any(|b| b.member("replacementValue").is_some()) {
        return Err("buckets with texts of their own: write a table, `generalize: { hierarchy: { file: …, level: 1 } }`".to_owned());
    }
    let mut starts = Vec::new();
    let mut end = None;
    for bucket in list {
        let low = number(bucket, "min").ok_or("a bucket begins at no whole number")?;
        if end.is_some_and(|end| end != low) {
            return Err(
                "buckets that leave a gap or overlap: a value between them has no class".to_owned(),
            );
        }
        end = Some(number(bucket, "max").ok_or("a bucket ends at no whole number")?);
        starts.push(low.to_string());
    }
    Ok((
        format!("{{ generalize: {{ ranges: [{}] }} }}", starts.join(", ")),
        vec![
            "a value becomes the beginning of its bucket, as a number; below the first it is refused, from the last on it is the last",
        ],
    ))
}

fn shift(given: &Node, rules: &mut Rules<'_>) -> Result<(String, Said), String> {
    let (low, high) = (
        number(given, "lowerBoundDays"),
        number(given, "upperBoundDays"),
    );
    let (Some(low), Some(high)) = (low, high) else {
        return Err("`lowerBoundDays` or `upperBoundDays` is no whole number".to_owned());
    };
    if !(1..=3650).contains(&high) || low != -high {
        return Err(
            "a shift is by up to so many days in both directions alike, 3,650 at most".to_owned(),
        );
    }
    let context = given.member("context").and_then(|m| m.value.member("name"));
    let context = context
        .and_then(|m| text(&m.value))
        .and_then(super::paths::dotted);
    match context {
        Some(path) if rules.subject.as_ref().is_none_or(|s| *s == path) => rules.subject = Some(path),
        Some(_) => return Err("`context`: all dates of a record are moved by the days of one person, `source.subject`".to_owned()),
        None => return Err("without `context` every record is moved by other days, so intervals of a person are lost: name whose date it is in `source.subject`, then `shift` keeps them".to_owned()),
    }
    Ok((
        format!("{{ generalize: {{ shift: {high}d, key: people }} }}"),
        Said::new(),
    ))
}

/// `InfoTypeTransformations` of a field.
fn redact(types: &Node) -> Result<(String, Said), String> {
    let list = types
        .member("transformations")
        .and_then(|m| m.value.items());
    let [one] = list.unwrap_or_default() else {
        return Err("several transformations by kind: `redact` does one thing to all that it finds; write the fields apart, or choose".to_owned());
    };
    let names = one
        .member("infoTypes")
        .and_then(|m| m.value.items())
        .unwrap_or_default();
    let names: Vec<&str> = names
        .iter()
        .filter_map(|n| text(&n.member("name")?.value))
        .collect();
    if names.is_empty() {
        return Err(
            "without `infoTypes` it looks for all that the inspection of there finds".to_owned(),
        );
    }
    let (mut find, mut locale): (Vec<&str>, Vec<&str>) = (Vec::new(), vec!["intl"]);
    for name in names {
        let Some((_, detectors, country)) = DETECTORS.iter().find(|(theirs, ..)| *theirs == name)
        else {
            return Err(format!("there is no detector for {name}"));
        };
        find.extend(*detectors);
        if !country.is_empty() && !locale.contains(country) {
            locale.push(country);
        }
    }
    let how = one.member("primitiveTransformation");
    let how = how.and_then(|m| m.value.members()).unwrap_or_default();
    let with = match how {
        [one] if one.name == "replaceWithInfoTypeConfig" => "label",
        [one] if one.name == "characterMaskConfig" => "mask",
        [one] if one.name == "cryptoHashConfig" => "{ pseudonymize: { key: people, normalize: text, epoch: none } }",
        [one] if one.name == "cryptoDeterministicConfig" => {
            without_context(&one.value)?;
            "{ encrypt: { key: contact, mode: deterministic } }"
        }
        [one] if one.name == "redactConfig" => return Err("it takes a hit out without a trace; `redact: { with: mask }` leaves `********` in its place: choose it".to_owned()),
        _ => return Err("what becomes of a hit has no equal: `with` is `label`, `mask`, or an action".to_owned()),
    };
    Ok((
        format!(
            "{{ redact: {{ find: [{}], locale: [{}], with: {with} }} }}",
            find.join(", "),
            locale.join(", ")
        ),
        vec!["names, streets and what people tell are not found, here nor there for sure"],
    ))
}

/// Their kinds of information, our detectors, the locale that these need.
pub(super) const DETECTORS: &[(&str, &[&str], &str)] = &[
    ("EMAIL_ADDRESS", &["email"], ""),
    ("CREDIT_CARD_NUMBER", &["card"], ""),
    ("IBAN_CODE", &["iban"], ""),
    ("IP_ADDRESS", &["ipv4", "ipv6"], ""),
    ("MAC_ADDRESS", &["mac"], ""),
    ("PHONE_NUMBER", &["phone"], ""),
    ("URL", &["url"], ""),
    ("DATE_OF_BIRTH", &["birth_date"], ""),
    ("LOCATION_COORDINATES", &["coordinates"], ""),
    ("JSON_WEB_TOKEN", &["jwt"], ""),
    ("AUTH_TOKEN", &["secret"], ""),
    ("GCP_API_KEY", &["secret"], ""),
    ("AWS_CREDENTIALS", &["secret"], ""),
    ("US_SOCIAL_SECURITY_NUMBER", &["ssn"], "us"),
    ("UK_NATIONAL_INSURANCE_NUMBER", &["nino"], "gb"),
    (
        "GERMANY_TAXPAYER_IDENTIFICATION_NUMBER",
        &["steuerid"],
        "de",
    ),
    ("FRANCE_NIR", &["nir"], "fr"),
    ("SPAIN_DNI_NUMBER", &["dni"], "es"),
    ("SPAIN_NIE_NUMBER", &["nie"], "es"),
    ("ITALY_FISCAL_CODE", &["cf"], "it"),
    ("NETHERLANDS_BSN_NUMBER", &["bsn"], "nl"),
    ("BRAZIL_CPF_NUMBER", &["cpf"], "br"),
    ("INDIA_AADHAAR_INDIVIDUAL", &["aadhaar"], "in"),
];
