//! The rows of a closed window: noisy values, and nothing else that anybody could see.

use super::compose::ReleasedRecord;
use super::instant::spelled;
use super::windows::{Closed, Windows};
use crate::anonymity::counts::Mechanism;
use crate::crypto::counting::CellNoise;
use crate::plan::counting::{Cells, Counting};
use crate::plan::held::Layout;
use crate::record::escape::escape_into;

/// The header that says what was done to the value of a row.
pub const NOISE_HEADER: &str = "veil-dp";

impl Windows {
    /// The rows of a closed window, by the names of their cells: the same whenever the same
    /// records are counted again.
    pub fn rows(&self, closed: &Closed) -> Vec<ReleasedRecord> {
        let counting = self.counting();
        let exact = |name: &[u8]| {
            let at = closed.cells.binary_search_by(|(of, ..)| (**of).cmp(name));
            at.map_or((0, 0), |at| (closed.cells[at].1, closed.cells[at].2))
        };
        match &counting.cells {
            Cells::Listed(_) => {
                let names = self.listed.iter().flat_map(|listed| &listed.names);
                let rows = names.map(|name| {
                    let noise = drawn(counting.noise, &counting.draws, closed, name);
                    row(counting, closed, name, i128::from(exact(name).0) + noise)
                });
                rows.collect()
            }
            Cells::Selected(selected) => {
                let cells = closed.cells.iter();
                let rows = cells.filter_map(|(name, sum, people)| {
                    let noise = drawn(counting.noise, &counting.draws, closed, name);
                    let value = i128::from(*sum) + noise;
                    let asked = match &selected.people {
                        None => value,
                        Some((mechanism, draws)) => {
                            i128::from(*people) + drawn(*mechanism, draws, closed, name)
                        }
                    };
                    let is_enough = asked >= i128::from(selected.threshold);
                    is_enough.then(|| row(counting, closed, name, value))
                });
                rows.collect()
            }
        }
    }
}

fn drawn(mechanism: Mechanism, draws: &CellNoise, closed: &Closed, name: &[u8]) -> i128 {
    mechanism.draw(&mut draws.draws(closed.window, &closed.cut, name))
}

fn row(counting: &Counting, closed: &Closed, name: &[u8], value: i128) -> ReleasedRecord {
    let parts = parts(name);
    let [from, to] = [closed.window.0, closed.window.1].map(spelled);
    let mut worth = String::new();
    counting.step.spell(value, &mut worth);
    // What a duration and a time are spelled with needs no escape.
    let window = &counting.window;
    let mut text = format!(r#"{{"window":"{window}","from":"{from}","to":"{to}","#).into_bytes();
    members(&counting.layout, &parts, &mut text);
    text.extend_from_slice(format!(r#""value":{worth}}}"#).as_bytes());
    let header = (
        NOISE_HEADER.as_bytes().to_vec(),
        Some(counting.header.to_vec()),
    );
    ReleasedRecord {
        place: (0, closed.window.0, 0),
        at_ms: None,
        key: Some(name.to_vec()),
        value: text,
        headers: vec![header],
    }
}

/// The members of a layout, each with a `,` behind it.
fn members(layout: &Layout, parts: &[&str], text: &mut Vec<u8>) {
    for member in &layout.members {
        text.push(b'"');
        escape_into(&member.name, text);
        text.extend_from_slice(b"\":");
        match member.sensitive {
            Some(part) => text.extend_from_slice(parts[usize::from(part)].as_bytes()),
            None => {
                text.push(b'{');
                members(&member.inside, parts, text);
                if text.last() == Some(&b',') {
                    text.pop();
                }
                text.push(b'}');
            }
        }
        text.push(b',');
    }
}

/// The items of a list that [`Windows`] wrote: no blanks, and a string as JSON has it.
fn parts(name: &[u8]) -> Vec<&str> {
    let text = std::str::from_utf8(name).expect("JSON is UTF-8");
    let inside = &text[1..text.len() - 1];
    let (mut parts, mut from, mut depth, mut is_text, mut at) = (Vec::new(), 0, 0, false, 0);
    let bytes = inside.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if is_text => at += 1,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth -= 1,
            b',' if !is_text && depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if !inside.is_empty() {
        parts.push(&inside[from..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_apart_into_its_parts() {
        let of = |name: &'static str| parts(name.as_bytes());
        assert_eq!(of("[]"), [""; 0]);
        assert_eq!(of("[null]"), ["null"]);
        assert_eq!(
            of(r#"["a,\"]",12,[1,{"b":","}]]"#),
            [r#""a,\"]""#, "12", r#"[1,{"b":","}]"#]
        );
    }
}
