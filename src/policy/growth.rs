//! How large the records of an output can become.

use super::named::{Named, NamedField};
use crate::action::Spec;
use crate::plan::{Output, POLICY_HEADER};
use crate::record::path::{Selector, Step};

/// What a record of an output is at most, by what it is made from: key, headers and
/// value together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGrowth {
    /// Bytes written for each million that are read, wherever they stand.
    of_million: u64,
    /// Bytes that come to that, however long what is read is.
    besides: u64,
    /// Bytes that come to it with every element of a list, with every member whose
    /// name is copied, and with every header that a name has more than one of.
    pub for_each_element: u64,
}

/// That many are written when nothing grows.
const MILLION: u64 = 1_000_000;

/// Quotes, colon and comma of a name, and the braces around it; of a header the lengths
/// of its name and its value.
const AROUND_NAME: u64 = 6;

impl OutputGrowth {
    /// Of that output; values in lists are in [`Self::for_each_element`] alone.
    pub fn of(named: &Named, output: &Output) -> OutputGrowth {
        let fields = named.fields.iter().filter(|f| f.topic == *output.topic);
        let fields: Vec<_> = fields.filter(|f| !f.drops()).collect();
        // A record is of one type.
        let mut types: Vec<_> = fields.iter().filter_map(|f| f.of_type.as_ref()).collect();
        types.dedup();
        let of_type = |name: Option<&String>| {
            let own = |f: &&&NamedField| f.of_type.is_none() || f.of_type.as_ref() == name;
            Makes(fields.iter().filter(own).copied().collect()).growth()
        };
        let all = types.into_iter().map(|name| of_type(Some(name)));
        let mut most = all.fold(of_type(None), |a, b| OutputGrowth {
            of_million: a.of_million.max(b.of_million),
            besides: a.besides.max(b.besides),
            for_each_element: a.for_each_element.max(b.for_each_element),
        });
        if let Some(stamp) = &output.stamp {
            most.besides += AROUND_NAME + (POLICY_HEADER.len() + stamp.len()) as u64;
        }
        most
    }

    /// The longest record read, in bytes, that is written in so many at most.
    pub fn longest(&self, written_max: u64) -> u64 {
        let room = u128::from(written_max.saturating_sub(self.besides));
        u64::try_from(room * u128::from(MILLION) / u128::from(self.of_million)).unwrap_or(u64::MAX)
    }
}

/// What is made of a record of one type.
struct Makes<'n>(Vec<&'n NamedField>);

impl Makes<'_> {
    fn growth(&self) -> OutputGrowth {
        let whole = self.0.iter().filter(|f| !self.is_around(f));
        let whole: Vec<_> = whole.map(|f| (*f, self.of_million(f))).collect();
        // Every byte read is written by the fields whose paths lead to it.
        let written = whole.iter().map(|(field, _)| {
            let same = whole.iter().filter(|(other, _)| overlap(field, other));
            let same = same.filter(|(other, _)| !is_beside(field, other));
            same.fold(0_u64, |sum, (_, times)| sum.saturating_add(*times))
        });
        let (in_lists, alone): (Vec<_>, Vec<_>) = self.0.iter().partition(|f| is_repeated(f));
        let again = self
            .0
            .iter()
            .filter(|f| is_header(f) && f.spec.grows().for_each > 0);
        let sum = |fields: &[&&NamedField]| {
            let mut each: Vec<(&NamedField, u64)> = Vec::new();
            for field in fields {
                let more = self.for_each(field);
                match each.iter_mut().find(|(known, _)| is_beside(field, known)) {
                    Some((_, most)) => *most = more.max(*most),
                    None => each.push((field, more)),
                }
            }
            each.iter()
                .map(|(_, n)| *n)
                .fold(0_u64, u64::saturating_add)
        };
        let again: Vec<_> = again.collect();
        OutputGrowth {
            of_million: written.fold(MILLION, u64::max),
            besides: sum(&alone),
            for_each_element: sum(&in_lists).saturating_add(sum(&again)),
        }
    }

    /// True for an object that others are sealed inside of: of what is read it writes
    /// nothing but them.
    fn is_around(&self, field: &NamedField) -> bool {
        let inside = |f: &&NamedField| f.inside.as_deref() == Some(&field.path);
        field.selector.is_some() && self.0.iter().any(inside)
    }

    /// The objects around a field, the innermost first: each grows with all that is
    /// inside.
    fn around<'f>(&'f self, field: &'f NamedField) -> impl Iterator<Item = &'f NamedField> {
        std::iter::successors(Some(field), |inner| {
            let path = inner.inside.as_ref()?;
            let mut outer = self.0.iter().filter(|f| f.selector.is_some());
            outer.find(|f| f.path == *path).copied()
        })
        .skip(1)
    }

    /// Bytes written for each million that the field reads.
    fn of_million(&self, field: &NamedField) -> u64 {
        let around = self.around(field);
        let own = std::iter::once(field).chain(around);
        let made = own.fold(MILLION, grown_by);
        let names = field.names.iter().map(|name| grown(MILLION, &**name));
        let made = names.fold(made, u64::max);
        // What is copied was escaped where it stood.
        match made {
            MILLION => MILLION,
            made => made.saturating_mul(escaped(field)),
        }
    }

    /// Bytes written besides with each value of the field, its name among them.
    fn for_each(&self, field: &NamedField) -> u64 {
        let steps = 1 + field.path.matches(['.', '[']).count() as u64;
        let is_escaped = |b: &u8| matches!(b, b'"' | b'\\' | 0..0x20);
        let escapes = 5 * field.path.bytes().filter(is_escaped).count() as u64;
        let name = field.path.len() as u64 + escapes + AROUND_NAME * steps;
        let value = u64::from(field.spec.grows().for_each).max(field.stand_in_bytes);
        let names = field.names.iter().map(|n| u64::from(n.grows().for_each));
        let own = name + value + names.sum::<u64>();
        let own = self.around(field).fold(own, grown_by);
        own.saturating_mul(escaped(field))
    }
}

/// How often what is written stands in for one of its bytes: each text that it lies in
/// is escaped, a quote or a backslash as two bytes.
fn escaped(field: &NamedField) -> u64 {
    let texts = |path: &Selector| path.steps.iter().filter(|s| **s == Step::Json).count();
    let texts = field.inputs.iter().map(texts).max().unwrap_or(0);
    1 << texts.min(8)
}

/// What so many bytes become, what comes to each value left out.
fn grown_by(bytes: u64, field: &NamedField) -> u64 {
    grown(bytes, &*field.spec)
}

fn grown(bytes: u64, spec: &dyn Spec) -> u64 {
    let for_three = u64::from(spec.grows().for_three);
    bytes.saturating_mul(3 + for_three).div_ceil(3)
}

/// True when some byte may be read by both.
fn overlap(a: &NamedField, b: &NamedField) -> bool {
    let mut pairs = a
        .inputs
        .iter()
        .flat_map(|a| b.inputs.iter().map(move |b| (a, b)));
    let key = |f: &NamedField| f.places.iter().any(|p| p.starts_with("record_key"));
    std::ptr::eq(a, b)
        || pairs.any(|(a, b)| meet(a, b))
        || a.places.iter().any(|place| b.places.contains(place))
        || key(a) && key(b)
}

/// True when one of both can lead to the other, or to something inside of it.
fn meet(a: &Selector, b: &Selector) -> bool {
    a.meets(b)
}

/// True for two cases of one `when`: one of them is written.
fn is_beside(a: &NamedField, b: &NamedField) -> bool {
    let place = |f: &NamedField| (f.path.clone(), f.selector.clone(), f.of_type.clone());
    a.is_case && b.is_case && !std::ptr::eq(a, b) && place(a) == place(b)
}

fn is_header(field: &NamedField) -> bool {
    field.selector.is_none() && field.path.starts_with("header.")
}

fn is_repeated(field: &NamedField) -> bool {
    let mut steps = field.inputs.iter().flat_map(|input| &input.steps);
    steps.any(|step| !matches!(step, Step::Name(_) | Step::Element(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::pipeline::{Destination, InBatch, Worker, sanitize};
    use crate::plan::Plan;
    use crate::policy::{NoTables, PolicyFile, compile, named};
    use crate::record::lane::Lane;
    use crate::record::timestamp::Timestamp;
    use std::sync::Arc;

    fn growth(fields: &str) -> OutputGrowth {
        of(&format!("fields: {{ {fields} }}")).0
    }

    /// Of an output that says this, and what it makes of records.
    fn of(output: &str) -> (OutputGrowth, Arc<Plan>) {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\nsource: {{ topic: raw, type: t }}\nkeys:\n  people: {{ ref: \"file:k.json#people\" }}\noutputs:\n  - topic: clean\n    purpose: analytics.reporting\n    domain: d\n    {output}\n"
        );
        let file = PolicyFile {
            path: "p.yaml".into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let findings = compiled.findings.list();
        let plan = Arc::new(compiled.plan.unwrap_or_else(|| panic!("{findings:?}")));
        let said = compiled.said.expect("it can be read");
        let growth = OutputGrowth::of(&named(&said), &plan.outputs[0]);
        (growth, plan)
    }

    /// Bytes of key, headers and value of what leaves of a record.
    fn written(plan: &Arc<Plan>, value: &str, headers: &[(&str, &str)]) -> u64 {
        let lane = Lane {
            topic: Arc::from("raw"),
            partition: 0,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(plan));
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (name.as_bytes(), Some(value.as_bytes())));
        let value = Some(value.as_bytes());
        batch.raw.push(0, Timestamp::None, None, value, headers);
        let out = sanitize(batch, &mut Worker::of_the_system()).expect("now");
        let [record] = out.records() else {
            panic!("one record");
        };
        assert_eq!(
            record.destination,
            Destination::Output(0),
            "{:?}",
            out.counts
        );
        let parts = [record.key, record.value].into_iter().flatten();
        let parts: usize = parts.map(|part| out.bytes(part).len()).sum();
        let headers = out.headers(record);
        let headers: usize = headers
            .map(|(n, v)| n.len() + v.map_or(0, <[u8]>::len))
            .sum();
        (parts + headers) as u64
    }

    #[test]
    fn of_the_cases_of_a_field_the_one_that_grows_most_counts() {
        let long = "{ replace: { with: a_constant_that_is_longer_than_most } }";
        let (one, _) = of(&format!("fields: {{ a: {long} }}"));
        let cases = format!(
            "fields: {{ a: {{ when: [{{ if: {{ b: 1 }}, then: {long} }}, {{ if: {{ b: 2 }}, then: {{ mask: {{}} }} }}, {{ else: {long} }}] }} }}"
        );
        let (growth, plan) = of(&cases);
        let mask = self::growth("a: { mask: {} }");
        assert_eq!(growth.besides, one.besides.max(mask.besides));
        assert_eq!(growth.of_million, one.of_million.max(mask.of_million));
        for rest in [r#","b":1}"#, r#","b":2}"#, "}"] {
            let record = &format!(r#"{{"t":"t","a":""{rest}"#);
            let read = u128::try_from(record.len()).expect("short");
            let most =
                read * u128::from(growth.of_million) / 1_000_000 + u128::from(growth.besides);
            assert!(u128::from(written(&plan, record, &[])) <= most, "{record}");
        }
    }

    #[test]
    fn a_record_as_long_as_was_said_fits_whatever_the_policy_adds() {
        let mask = "{ mask: { with: \"●\", fixed_length: none } }";
        for (output, value) in [
            ("fields: { a: keep }".to_owned(), r#"{"t":"t","a":"$"}"#),
            (format!("fields: {{ a: {mask} }}"), r#"{"t":"t","a":"$"}"#),
            (
                format!("fields: {{ a: {{ encrypt: {{ key: people, pad: none, fields: {{ b: {mask} }} }} }} }}"),
                r#"{"t":"t","a":{"b":"$"}}"#,
            ),
            (
                format!("fields: {{ a: {{ encrypt: {{ key: people, pad: none, fields: {{ b: {mask}, c: {{ pseudonymize: {{ key: people, epoch: none }} }}, d: {{ replace: {{ with: constant }} }} }} }} }} }}"),
                r#"{"t":"t","a":{"c":"","d":1,"b":"$"}}"#,
            ),
            (
                "fields: { a: { encrypt: { key: people, pad: none, fields: { b: { encrypt: { key: people, pad: none } } } } } }".to_owned(),
                r#"{"t":"t","a":{"b":"$"}}"#,
            ),
            (
                "fields: { 'a|json.b|json.c': keep }".to_owned(),
                r#"{"t":"t","a":"{\"b\":\"{\\\"c\\\":\\\"$\\\"}\"}"}"#,
            ),
            (
                "fields: { 'a|json.b': { as: { long_name_of_b: { replace: { with: '\"\"\"\"' } }, c: keep } } }".to_owned(),
                r#"{"t":"t","a":"{\"b\":\"$\"}"}"#,
            ),
            (
                "fields: { \"a[?k=='x'].b\": keep }".to_owned(),
                r#"{"t":"t","a":[{"k":"x","b":"$"}]}"#,
            ),
            (
                "fields: { a: { as: { a_first_name: keep, b: { encrypt: { key: people, pad: none } } } } }".to_owned(),
                r#"{"t":"t","a":"$"}"#,
            ),
            (
                "key: { like: a }\n    fields: { a: keep }".to_owned(),
                r#"{"t":"t","a":"$"}"#,
            ),
            (
                "policy_header: true\n    fields: { a: keep }".to_owned(),
                r#"{"t":"t","a":"$"}"#,
            ),
            (
                "policy_header: true\n    headers: { h: { pseudonymize: { key: people, epoch: none } }, g: keep }\n    fields: { a.b.c: { as: { d: keep, e: { pseudonymize: { key: people, epoch: none } } } } }".to_owned(),
                r#"{"t":"t","a":{"b":{"c":"$"}}}"#,
            ),
            (
                format!("fields: {{ a: keep }}\n    types: {{ t: {{ b: {mask} }}, u: {{ b: keep }} }}"),
                r#"{"t":"t","b":"$"}"#,
            ),
        ] {
            let (growth, plan) = of(&output);
            for max in [1_000, 9_999, 100_000] {
                let longest = growth.longest(max) as usize;
                let headers = [("h", ""), ("g", "g")];
                let around = value.len() - 1 + 3;
                let value = value.replace('$', &"x".repeat(longest - around));
                let written = written(&plan, &value, &headers);
                assert!(written <= max, "{output}: {written} of {max}, {growth:?}");
                // Of a code it is not known that it does not grow with the value.
                let near = max < 100_000 || output.contains("e: {") || written > 98_000;
                assert!(near, "{output}: {written}, {growth:?}");
            }
        }
    }

    #[test]
    fn a_record_that_is_only_kept_is_as_long_as_it_was() {
        let kept = growth("a: keep");
        assert_eq!(kept.longest(1_000), 1_000 - 7);
        assert_eq!(kept.for_each_element, 0);
        assert_eq!(kept.longest(0), 0);
        assert_eq!(growth("a: drop").longest(1_000), 1_000);
    }

    #[test]
    fn what_is_sealed_written_twice_or_named_anew_takes_room() {
        let kept = growth("a: keep").longest(100_000);
        let sealed = growth("a: { encrypt: { key: people } }");
        assert!(
            (70_000..71_000).contains(&sealed.longest(100_000)),
            "{sealed:?}"
        );
        let twice = growth("a: { as: { a: keep, b: keep } }").longest(100_000);
        assert!(twice < kept / 2 + 1, "{twice}");
    }

    #[test]
    fn a_constant_that_stands_in_takes_its_room() {
        let kept = growth("a: { keep: { one_of: [x] } }").longest(1_000);
        let stands = growth("a: { keep: { one_of: [x] }, on_error: { replace: 0123456789 } }");
        assert_eq!(stands.longest(1_000), kept - 62);
    }

    #[test]
    fn lists_are_said_apart() {
        let codes = growth("'a[*]': { pseudonymize: { key: people, epoch: none } }, b: keep");
        assert!(codes.for_each_element >= 66, "{codes:?}");
        assert!(codes.longest(1_000) > 900);
    }
}
