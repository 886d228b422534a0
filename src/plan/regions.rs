//! Where the people of a record are, by one value of it.

use super::RecordKeyFrom;
use crate::record::value::View;

/// Letters of a code.
const LETTERS: usize = 26;

/// Which regions a record is of, as bits.
pub(crate) struct Regions {
    /// The value that says it.
    pub(crate) from: RecordKeyFrom,
    /// By code of two letters.
    by_code: Box<[u64]>,
    /// Of what is no code, or not there.
    unknown: u64,
}

impl Regions {
    /// Of those countries the regions that are given, of everything else `unknown`.
    pub(crate) fn new(
        from: RecordKeyFrom,
        unknown: u64,
        countries: impl IntoIterator<Item = (String, u64)>,
    ) -> Regions {
        let mut by_code = vec![unknown; LETTERS * LETTERS].into_boxed_slice();
        for (code, bits) in countries {
            if let Some(at) = place(&code) {
                by_code[at] = bits;
            }
        }
        Regions {
            from,
            by_code,
            unknown,
        }
    }

    /// The regions of a record that says that.
    #[inline]
    pub(crate) fn of(&self, view: Option<View<'_>>, text: &mut String) -> u64 {
        match view {
            Some(View::Text(code)) => {
                place(code.chars_in(text)).map_or(self.unknown, |at| self.by_code[at])
            }
            _ => self.unknown,
        }
    }
}

/// Where a code stands in the table; capitals or not, a code of two letters is one
/// country's.
fn place(code: &str) -> Option<usize> {
    let letter = |b: &u8| {
        let place = b.to_ascii_uppercase().checked_sub(b'A')?;
        (usize::from(place) < LETTERS).then_some(usize::from(place))
    };
    let [first, second] = code.as_bytes() else {
        return None;
    };
    Some(letter(first)? * LETTERS + letter(second)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::{Text, TextForm};

    #[test]
    fn a_code_is_of_its_regions_and_everything_else_unknown() {
        let all = [("DE", 1), ("US", 2), ("BR", 0)].map(|(c, bits)| (c.to_owned(), bits));
        let regions = Regions::new(RecordKeyFrom::RecordKey, 4, all);
        let mut scratch = String::new();
        let mut of = |code: &'static str| {
            let text = Text::new(code, TextForm::Json);
            regions.of(Some(View::Text(text)), &mut scratch)
        };
        for (code, bits) in [
            ("DE", 1),
            ("de", 1),
            ("uS", 2),
            ("BR", 0),
            ("XX", 4),
            ("", 4),
            ("D", 4),
            ("DEU", 4),
            ("D1", 4),
            ("@A", 4),
            ("{A", 4),
            ("ß", 4),
            ("D\u{0}", 4),
        ] {
            assert_eq!(of(code), bits, "{code:?}");
        }
        for view in [None, Some(View::Null), Some(View::Bool(true))] {
            assert_eq!(regions.of(view, &mut scratch), 4);
        }
        let escaped = Text::new(r"\u0044E", TextForm::JsonEscaped);
        assert_eq!(regions.of(Some(View::Text(escaped)), &mut scratch), 1);
    }
}
