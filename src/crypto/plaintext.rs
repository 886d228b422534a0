//! What an envelope seals: P = tag ‖ content ‖ 80 ‖ 00*, and what comes out again.
//!
//! Nothing is made canonical: a number keeps its text, an array or object its
//! bytes from bracket to bracket. Tags: `s` text after unescaping, `n` number,
//! `b` boolean (00, 01), `j` array or object, `x` bytes, `z` null. A time is its text
//! after ISO 8601.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::record::escape::escape_into;
use crate::record::value::{Applied, View};

/// Up to which length P is filled with zeros, so that its length tells less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pad {
    /// To 64, 256, 1,024 or 4,096 bytes, then to multiples of 4,096.
    #[default]
    Auto,
    /// Not at all: the length shows.
    None,
    /// To multiples of so many bytes, at least one.
    To(u32),
}

/// The lengths of [`Pad::Auto`]: at most two bits of a length show below the last.
const STEPS: [usize; 4] = [64, 256, 1024, 4096];

impl Pad {
    /// The length that a P of `len` bytes is filled up to.
    pub(crate) fn padded(self, len: usize) -> usize {
        match self {
            Pad::None => len,
            Pad::To(step) => len.next_multiple_of(step as usize),
            Pad::Auto => {
                let step = STEPS.into_iter().find(|step| len <= *step);
                step.unwrap_or_else(|| len.next_multiple_of(STEPS[STEPS.len() - 1]))
            }
        }
    }

    /// Most bytes that come to a P of any length.
    pub(crate) fn most(self) -> usize {
        match self {
            Pad::None => 0,
            Pad::To(step) => step as usize - 1,
            Pad::Auto => STEPS[STEPS.len() - 1] - 1,
        }
    }
}

/// Appends P of `view` to `out`, padded. `scratch` holds unescaped text.
///
/// # Errors
/// The reason why the value has no text. What was appended means nothing then.
pub fn encode(view: View<'_>, pad: Pad, scratch: &mut String, out: &mut Vec<u8>) -> Applied {
    let start = out.len();
    match view {
        View::Null => out.push(b'z'),
        View::Bool(value) => out.extend_from_slice(&[b'b', u8::from(value)]),
        View::Number(number) => {
            out.push(b'n');
            out.extend_from_slice(number.text_in(scratch)?.as_bytes());
        }
        View::Text(text) => {
            out.push(b's');
            out.extend_from_slice(text.chars_in(scratch).as_bytes());
        }
        View::Whole(whole) => {
            out.push(b'j');
            whole.json_into(out)?;
        }
        View::Time(time) => {
            out.push(b's');
            out.extend_from_slice(time.text_in(scratch)?.as_bytes());
        }
        View::Bytes(bytes) => {
            out.push(b'x');
            out.extend_from_slice(bytes);
        }
    }
    out.push(0x80);
    out.resize(start + pad.padded(out.len() - start), 0);
    Ok(())
}

/// An opened value: zeroed when dropped, and never printed by mistake.
pub struct Plaintext {
    p: Zeroizing<Vec<u8>>,
    /// Tag and content without the padding.
    len: usize,
}

impl Plaintext {
    /// Reads P back; `None` when the padding or the tag is not what a writer writes.
    pub(super) fn decode(p: Zeroizing<Vec<u8>>) -> Option<Plaintext> {
        let end = p.iter().rposition(|&b| b != 0)?;
        let (tag, content) = p[..end].split_first()?;
        let fits = p[end] == 0x80
            && match tag {
                b's' | b'n' | b'j' => std::str::from_utf8(content).is_ok(),
                b'b' => matches!(content, [0 | 1]),
                b'z' => content.is_empty(),
                b'x' => true,
                _ => false,
            };
        fits.then_some(Plaintext { p, len: end })
    }

    /// Tag and content, as the audit log hashes them.
    pub fn tagged(&self) -> &[u8] {
        &self.p[..self.len]
    }

    /// The value as JSON text: text quoted and escaped, bytes as Base64 (RFC 4648,
    /// section 4), everything else as it was read.
    pub fn to_json(&self) -> Zeroizing<String> {
        let (tag, content) = (self.p[0], &self.p[1..self.len]);
        if tag == b'x' {
            return Zeroizing::new(format!("\"{}\"", BASE64.encode(content)));
        }
        let text = std::str::from_utf8(content).expect("decode checked the text");
        let json = match tag {
            b's' => {
                let mut json = Vec::with_capacity(6 * text.len() + 2);
                json.push(b'"');
                escape_into(text, &mut json);
                json.push(b'"');
                String::from_utf8(json).expect("escaping keeps UTF-8")
            }
            b'b' => (content == [1]).to_string(),
            b'z' => "null".to_owned(),
            _ => text.to_owned(),
        };
        Zeroizing::new(json)
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plaintext(.. {} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::number::Number;
    use crate::record::time::{Precision, Time, TimeKind};
    use crate::record::value::{Text, TextForm, Whole};

    fn p(view: View<'_>, pad: Pad) -> Vec<u8> {
        let mut out = b"before".to_vec();
        encode(view, pad, &mut String::new(), &mut out).unwrap();
        out.split_off(6)
    }

    #[test]
    fn values_come_back_as_json() {
        let whole = Whole::of_json("[1, 2.50]", false, false);
        let time = Time {
            seconds: 1_795_890_294,
            nanos: 500_000_000,
            kind: TimeKind::Instant(Precision::Milli),
        };
        for (view, json) in [
            (View::Null, "null"),
            (View::Bool(true), "true"),
            (View::Bool(false), "false"),
            (View::Number(Number::of_text("-0")), "-0"),
            (
                View::Text(Text::new("a\"\u{0}", TextForm::Plain)),
                r#""a\"\u0000""#,
            ),
            (
                View::Text(Text::new(r"a\u00e9\n", TextForm::JsonEscaped)),
                r#""aé\n""#,
            ),
            (View::Text(Text::new("", TextForm::Json)), r#""""#),
            (View::Whole(whole), "[1, 2.50]"),
            (View::Time(time), r#""2026-11-28T18:24:54.5Z""#),
            (View::Bytes(&[0xff, 0, 0x80]), r#""/wCA""#),
            (View::Bytes(&[]), r#""""#),
        ] {
            for pad in [Pad::None, Pad::Auto, Pad::To(1), Pad::To(16), Pad::To(64)] {
                let p = p(view, pad);
                assert_eq!(p.len(), pad.padded(p.len()), "{pad:?}");
                let back = Plaintext::decode(Zeroizing::new(p)).unwrap();
                assert_eq!(back.to_json().as_str(), json);
                assert!(format!("{back:?}").starts_with("Plaintext(.. "));
            }
        }
    }

    #[test]
    fn lengths_are_filled_up_to_their_steps_and_by_no_more_than_is_said() {
        for (len, filled) in [
            (2, 64),
            (64, 64),
            (65, 256),
            (256, 256),
            (257, 1_024),
            (1_025, 4_096),
            (4_096, 4_096),
            (4_097, 8_192),
            (8_193, 12_288),
            (1 << 20, 1 << 20),
        ] {
            assert_eq!(Pad::Auto.padded(len), filled);
            assert_eq!(Pad::None.padded(len), len);
            assert_eq!(Pad::To(16).padded(len), len.next_multiple_of(16));
        }
        for pad in [Pad::Auto, Pad::None, Pad::To(1), Pad::To(48)] {
            let most = (2..20_000).map(|len| pad.padded(len) - len).max();
            assert_eq!(most, Some(pad.most()), "{pad:?}");
        }
        let written = p(View::Text(Text::new("ab", TextForm::Plain)), Pad::Auto);
        assert_eq!(written, [&b"sab\x80"[..], &[0; 60]].concat());
    }

    #[test]
    fn what_no_writer_writes_is_refused() {
        for bad in [
            &b""[..],
            b"\0\0",
            b"\x80",
            b"sA",
            b"sA\0",
            b"?A\x80",
            b"b\x02\x80",
            b"b\x80",
            b"zA\x80",
            b"s\xff\x80",
        ] {
            assert!(
                Plaintext::decode(Zeroizing::new(bad.to_vec())).is_none(),
                "{bad:x?}"
            );
        }
        // Text that itself ends like padding.
        let tricky = p(
            View::Text(Text::new("a\u{0}", TextForm::Plain)),
            Pad::To(16),
        );
        assert_eq!(
            Plaintext::decode(Zeroizing::new(tricky))
                .unwrap()
                .to_json()
                .as_str(),
            r#""a\u0000""#
        );
    }
}
