//! A value spelled anew: members in policy order, numbers and escapes in one form.
//!
//! In which order a producer writes members, and how it spells numbers and escapes, tells
//! which producer it was, and joins copies of one record.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::plan::held::Layout;
use crate::record::escape::{escape_into, unescape_into};

/// A value that is written anew, piece by piece: between two pieces stands what a release
/// says of the record's class.
#[derive(Default)]
pub(super) struct Spelled {
    /// Where each piece but the last ends, and which label stands there.
    pub(super) open: Vec<(u32, u16)>,
    /// Of each sensitive value that is there: which, and where it stands.
    pub(super) sensitive: Vec<(u16, u32, u32)>,
    /// What the stage wrote at each label.
    pub(super) leaves: Vec<(u16, u32, u32)>,
    /// Where each object and list ends that was passed over inside of another: so each is
    /// passed over once, however deep it lies.
    ends: HashMap<usize, usize, RandomState>,
    /// How many values were passed over, step by step.
    #[cfg(test)]
    passed: usize,
}

/// Not a value that the stage wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotSpelled;

/// Appends a value to `out`, spelled anew; `leaves` point into `json`, which the stage
/// wrote, all other places into `out`.
///
/// # Errors
/// When it is no JSON text; `out` means nothing then.
pub(super) fn spell(
    json: &[u8],
    layout: &Layout,
    out: &mut Vec<u8>,
    spelled: &mut Spelled,
) -> Result<(), NotSpelled> {
    spelled.open.clear();
    spelled.sensitive.clear();
    spelled.leaves.clear();
    spelled.ends.clear();
    let text = std::str::from_utf8(json).map_err(|_| NotSpelled)?;
    let mut reader = Reader {
        text,
        at: 0,
        begins: out.len(),
        spelled,
    };
    reader.value(Some(layout), out, DEPTH_MAX)?;
    reader.blank();
    match reader.at == text.len() {
        true => Ok(()),
        false => Err(NotSpelled),
    }
}

/// What is read is no deeper: the decoder refuses more than this.
const DEPTH_MAX: u32 = 1_024;

struct Reader<'t, 's> {
    text: &'t str,
    at: usize,
    /// Where in the buffer the value begins.
    begins: usize,
    spelled: &'s mut Spelled,
}

impl<'t> Reader<'t, '_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn is_next(&mut self, byte: u8) -> bool {
        self.blank();
        let is_it = self.byte() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn value(
        &mut self,
        layout: Option<&Layout>,
        out: &mut Vec<u8>,
        depth: u32,
    ) -> Result<(), NotSpelled> {
        let deeper = depth.checked_sub(1).ok_or(NotSpelled)?;
        self.blank();
        match self.byte().ok_or(NotSpelled)? {
            b'{' => self.object(layout, out, deeper),
            b'[' => self.list(layout, out, deeper),
            b'"' => {
                let raw = self.string()?;
                text(raw, out);
                Ok(())
            }
            b't' | b'f' | b'n' => self.word(out),
            _ => {
                let from = self.at;
                while matches!(
                    self.byte(),
                    Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
                ) {
                    self.at += 1;
                }
                number(&self.text[from..self.at], out)
            }
        }
    }

    fn word(&mut self, out: &mut Vec<u8>) -> Result<(), NotSpelled> {
        let rest = &self.text[self.at..];
        let words = ["true", "false", "null"];
        let word = words.into_iter().find(|word| rest.starts_with(word));
        let word = word.ok_or(NotSpelled)?;
        self.at += word.len();
        out.extend_from_slice(word.as_bytes());
        Ok(())
    }

    /// The inside of a string.
    fn string(&mut self) -> Result<&'t str, NotSpelled> {
        if !self.is_next(b'"') {
            return Err(NotSpelled);
        }
        let from = self.at;
        loop {
            match self.byte().ok_or(NotSpelled)? {
                b'"' => {
                    self.at += 1;
                    return Ok(&self.text[from..self.at - 1]);
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn list(
        &mut self,
        layout: Option<&Layout>,
        out: &mut Vec<u8>,
        depth: u32,
    ) -> Result<(), NotSpelled> {
        self.at += 1;
        out.push(b'[');
        let mut is_first = true;
        while !self.is_next(b']') {
            if !is_first && !self.is_next(b',') {
                return Err(NotSpelled);
            }
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            self.value(layout, out, depth)?;
        }
        out.push(b']');
        Ok(())
    }

    fn object(
        &mut self,
        layout: Option<&Layout>,
        out: &mut Vec<u8>,
        depth: u32,
    ) -> Result<(), NotSpelled> {
        self.at += 1;
        // Where each member stands, by its place in the layout; the others by name.
        let mut known: Vec<(usize, usize)> = Vec::new();
        let mut others: Vec<(String, usize)> = Vec::new();
        let mut is_first = true;
        while !self.is_next(b'}') {
            if !std::mem::take(&mut is_first) && !self.is_next(b',') {
                return Err(NotSpelled);
            }
            let mut name = String::new();
            unescape_into(self.string()?, &mut name);
            if !self.is_next(b':') {
                return Err(NotSpelled);
            }
            self.blank();
            match layout.and_then(|layout| layout.member(&name)) {
                Some(place) => known.push((place, self.at)),
                None => others.push((name, self.at)),
            }
            self.skip(depth)?;
        }
        let behind = self.at;
        others.sort_unstable();
        self.members(layout, &known, &others, out, depth)?;
        self.at = behind;
        Ok(())
    }

    fn members(
        &mut self,
        layout: Option<&Layout>,
        known: &[(usize, usize)],
        others: &[(String, usize)],
        out: &mut Vec<u8>,
        depth: u32,
    ) -> Result<(), NotSpelled> {
        out.push(b'{');
        let mut is_first = true;
        let mut begin = |name: &str, out: &mut Vec<u8>| {
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            out.push(b'"');
            escape_into(name, out);
            out.extend_from_slice(b"\":");
        };
        for (place, member) in layout.into_iter().flat_map(|l| &l.members).enumerate() {
            let at = known.iter().find(|(of, _)| *of == place).map(|(_, at)| *at);
            if let Some(label) = member.label {
                begin(&member.name, out);
                if let Some(at) = at {
                    self.at = at;
                    self.skip(depth)?;
                    let leaf = (label, place_of(at), place_of(self.at));
                    self.spelled.leaves.push(leaf);
                }
                let here = place_of(out.len() - self.begins);
                self.spelled.open.push((here, label));
                continue;
            }
            match at {
                Some(at) => {
                    begin(&member.name, out);
                    self.at = at;
                    let from = place_of(out.len() - self.begins);
                    self.value(Some(&member.inside), out, depth)?;
                    if let Some(column) = member.sensitive {
                        let to = place_of(out.len() - self.begins);
                        self.spelled.sensitive.push((column, from, to));
                    }
                }
                // The stage wrote nothing of it, and the release does.
                None if member.inside.holds_label() => {
                    begin(&member.name, out);
                    self.members(Some(&member.inside), &[], &[], out, depth)?;
                }
                None => {}
            }
        }
        for (name, at) in others {
            begin(name, out);
            self.at = *at;
            self.value(None, out, depth)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// Passes over a value.
    fn skip(&mut self, depth: u32) -> Result<(), NotSpelled> {
        let deeper = depth.checked_sub(1).ok_or(NotSpelled)?;
        #[cfg(test)]
        {
            self.spelled.passed += 1;
        }
        self.blank();
        match self.byte().ok_or(NotSpelled)? {
            b'"' => self.string().map(drop),
            open @ (b'{' | b'[') => {
                if let Some(end) = self.spelled.ends.get(&self.at) {
                    self.at = *end;
                    return Ok(());
                }
                let close = if open == b'{' { b'}' } else { b']' };
                self.at += 1;
                let mut is_first = true;
                while !self.is_next(close) {
                    if !std::mem::take(&mut is_first) && !self.is_next(b',') {
                        return Err(NotSpelled);
                    }
                    if open == b'{' {
                        self.string()?;
                        if !self.is_next(b':') {
                            return Err(NotSpelled);
                        }
                    }
                    self.blank();
                    let inner = self.at;
                    let is_nested = matches!(self.byte(), Some(b'{' | b'['));
                    self.skip(deeper)?;
                    if is_nested {
                        self.spelled.ends.insert(inner, self.at);
                    }
                }
                Ok(())
            }
            _ => {
                let from = self.at;
                while !matches!(
                    self.byte(),
                    None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')
                ) {
                    self.at += 1;
                }
                match self.at > from {
                    true => Ok(()),
                    false => Err(NotSpelled),
                }
            }
        }
    }
}

/// A value is at most 4 GiB long.
fn place_of(at: usize) -> u32 {
    u32::try_from(at).expect("a value is shorter than 4 GiB")
}

/// A string, escaped only where it must be.
fn text(raw: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    match raw.contains('\\') {
        false => out.extend_from_slice(raw.as_bytes()),
        true => {
            let mut plain = String::new();
            unescape_into(raw, &mut plain);
            escape_into(&plain, out);
        }
    }
    out.push(b'"');
}

/// Zeros that are written out before or behind digits, at most.
const ZEROS_MAX: i128 = 64;

/// A number by its value: without zeros at its ends, and without an exponent unless that
/// would be long.
fn number(text: &str, out: &mut Vec<u8>) -> Result<(), NotSpelled> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotSpelled);
    }
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        out.push(b'0');
        return Ok(());
    }
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let exponent = match exponent.parse::<i64>().map(i128::from) {
        Ok(exponent) => exponent,
        // Beyond every number that is counted with: as it was written.
        Err(_) => {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
    };
    // The value is `significant` · 10^`power`; no two numbers of 64 bits overflow it.
    let length = |n: usize| n as i128;
    let power = exponent - length(fraction.len()) + length(zeros);
    if negative {
        out.push(b'-');
    }
    let before = length(significant.len()) + power;
    let zeros = |n: i128, out: &mut Vec<u8>| out.extend((0..n).map(|_| b'0'));
    if (0..=ZEROS_MAX).contains(&power) {
        out.extend_from_slice(significant.as_bytes());
        zeros(power, out);
    } else if power < 0 && before > 0 {
        let (whole, rest) = significant.split_at(usize::try_from(before).unwrap_or(0));
        out.extend_from_slice(whole.as_bytes());
        out.push(b'.');
        out.extend_from_slice(rest.as_bytes());
    } else if (-ZEROS_MAX..=0).contains(&before) {
        out.extend_from_slice(b"0.");
        zeros(-before, out);
        out.extend_from_slice(significant.as_bytes());
    } else {
        out.extend_from_slice(significant.as_bytes());
        out.extend_from_slice(format!("e{power}").as_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let mut layout = Layout::default();
        for path in [
            &["age"][..],
            &["plan"],
            &["at", "zip"],
            &["items", "sku"],
            &["items", "n"],
        ] {
            layout.at(path.iter().copied()).unwrap();
        }
        layout.at(["age"]).unwrap().label = Some(0);
        layout.at(["at", "zip"]).unwrap().label = Some(1);
        layout.at(["plan"]).unwrap().sensitive = Some(0);
        layout
    }

    fn anew(json: &str) -> (String, Spelled) {
        let (mut out, mut spelled) = (b"before".to_vec(), Spelled::default());
        spell(json.as_bytes(), &layout(), &mut out, &mut spelled).unwrap();
        (String::from_utf8(out[6..].to_vec()).unwrap(), spelled)
    }

    #[test]
    fn what_lies_deep_is_passed_over_once() {
        let values = |depth: usize| {
            let inside = (0..20)
                .map(|n| format!("\"m{n}\":[{n}]"))
                .collect::<Vec<_>>();
            let inside = format!("{{{}}}", inside.join(","));
            (0..depth).fold(inside, |inside, _| format!("{{\"z\":{inside},\"a\":0}}"))
        };
        let passed = |depth: usize| {
            let (text, spelled) = anew(&values(depth));
            assert!(text.starts_with(r#"{"age":,"at":{"zip":},"a":0,"z":{"a":0,"z":"#));
            assert!(text.contains(r#""m0":[0],"m1":[1],"m10":[10]"#));
            spelled.passed
        };
        let (shallow, deep) = (passed(10), passed(500));
        assert!(deep <= shallow + 490 * 4, "{shallow} {deep}");
    }

    #[test]
    fn members_stand_in_policy_order_and_the_release_has_its_places() {
        let json = r#"{"x":1,"items":[{"n":2,"sku":"a"},7],"b":{ "d" : [ ],"c":null},"plan":"fr\u0065e","age":17}"#;
        let (text, spelled) = anew(json);
        assert_eq!(
            text,
            r#"{"age":,"plan":"free","at":{"zip":},"items":[{"sku":"a","n":2},7],"b":{"c":null,"d":[]},"x":1}"#
        );
        let open: Vec<_> = spelled
            .open
            .iter()
            .map(|(at, q)| (&text[..*at as usize], *q))
            .collect();
        assert_eq!(
            open,
            [
                (r#"{"age":"#, 0),
                (r#"{"age":,"plan":"free","at":{"zip":"#, 1)
            ]
        );
        let (column, from, to) = spelled.sensitive[0];
        assert_eq!((column, &text[from as usize..to as usize]), (0, "\"free\""));
        let (quasi, from, to) = spelled.leaves[0];
        assert_eq!((quasi, &json[from as usize..to as usize]), (0, "17"));
        assert_eq!(spelled.leaves.len(), 1);
    }

    #[test]
    fn what_is_equal_is_spelled_alike() {
        for (a, b) in [
            (r#"{"plan":39.80,"age":1}"#, r#"{"age":1, "plan":3.98e1}"#),
            (r#"{"x":"\u00e9\/","plan":-0.0}"#, r#"{"plan":0,"x":"é/"}"#),
            (r#"{"x":1e-3}"#, r#"{"x":0.00100}"#),
            (r#"{"x":12e300}"#, r#"{"x":1.2e301}"#),
            (
                r#"{"x":10e9223372036854775807}"#,
                r#"{"x":100e9223372036854775806}"#,
            ),
            (r#"{"x":[1,{"b":1,"a":2}]}"#, r#"{"x":[1.0,{"a":2,"b":1}]}"#),
        ] {
            assert_eq!(anew(a).0, anew(b).0);
        }
    }

    #[test]
    fn a_number_beyond_every_measure_stays_what_it_was() {
        let (spelled, _) = anew(r#"{"x":10e9223372036854775807}"#);
        assert!(spelled.contains("1e9223372036854775808"), "{spelled}");
    }

    #[test]
    fn what_is_cut_is_refused() {
        let json = r#"{"age":1,"items":[{"sku":"a\"","n":-2.5e3}],"b":{"c":true}}"#;
        let whole = json.len();
        for end in 0..whole {
            let (mut out, mut spelled) = (Vec::new(), Spelled::default());
            let cut = spell(&json.as_bytes()[..end], &layout(), &mut out, &mut spelled);
            assert_eq!(cut, Err(NotSpelled), "{end}");
        }
        let deep = "[".repeat(2_000);
        let deep = spell(
            deep.as_bytes(),
            &layout(),
            &mut Vec::new(),
            &mut Spelled::default(),
        );
        assert_eq!(deep, Err(NotSpelled));
    }
}
