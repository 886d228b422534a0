//! Rows of a text, after RFC 4180, with `;` or `,` between the cells: as ARX, anjana
//! and spreadsheets write them.

use std::borrow::Cow;

use super::TableError;

/// The rows of a text, one after the other.
pub(crate) struct Rows<'t> {
    rest: &'t str,
    /// Of the next row, from 1.
    line: usize,
    separator: u8,
}

impl<'t> Rows<'t> {
    /// The rows of `text`. Between the cells stands `;` if the first line has one outside
    /// of quotes, else `,`. A byte order mark before the first row is none of it.
    pub(crate) fn of(text: &'t str) -> Rows<'t> {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut quoted = false;
        let first = rest.bytes().take_while(|b| *b != b'\n');
        let has_semicolon = first.fold(false, |found, byte| {
            quoted ^= byte == b'"';
            found || byte == b';' && !quoted
        });
        Rows {
            rest,
            line: 1,
            separator: if has_semicolon { b';' } else { b',' },
        }
    }

    /// Reads the next row into `cells` and says on which line it begins, from 1; `None`
    /// at the end. Cells are texts without control characters, as they stand or, between
    /// quotes, with `"` for each `""`.
    ///
    /// # Errors
    /// The line that is no row.
    pub(crate) fn next(
        &mut self,
        cells: &mut Vec<Cow<'t, str>>,
    ) -> Result<Option<usize>, TableError> {
        cells.clear();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let end = memchr::memchr(b'\n', self.rest.as_bytes());
        let (row, rest) = self.rest.split_at(end.map_or(self.rest.len(), |at| at + 1));
        let row = row.strip_suffix('\n').unwrap_or(row);
        let mut row = row.strip_suffix('\r').unwrap_or(row);
        (self.rest, self.line) = (rest, line + 1);
        if row.is_empty() {
            return Err(TableError::of_line(line, "the line is empty", "remove it"));
        }
        if row.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(TableError::of_line(
                line,
                "it holds a control character, or a quote that is not closed on it",
                "write each row on one line, without tabs and the like",
            ));
        }
        loop {
            let (cell, behind) = match row.strip_prefix('"') {
                Some(inside) => quoted(inside, line)?,
                None => plain(row, self.separator, line)?,
            };
            cells.push(cell);
            match behind.as_bytes().first() {
                None => return Ok(Some(line)),
                Some(byte) if *byte == self.separator => row = &behind[1..],
                Some(_) => {
                    return Err(TableError::of_line(
                        line,
                        "something stands between a closing quote and the end of its cell",
                        "put the whole cell between quotes, `\"\"` for a quote inside",
                    ));
                }
            }
        }
    }
}

/// A cell without quotes, and what stands behind it.
fn plain(row: &str, separator: u8, line: usize) -> Result<(Cow<'_, str>, &str), TableError> {
    let end = memchr::memchr(separator, row.as_bytes()).unwrap_or(row.len());
    let (cell, behind) = row.split_at(end);
    if cell.contains('"') {
        return Err(TableError::of_line(
            line,
            "a quote stands inside a cell that does not begin with one",
            "put the whole cell between quotes, `\"\"` for a quote inside",
        ));
    }
    Ok((Cow::Borrowed(cell), behind))
}

/// A cell behind its opening quote, and what stands behind the closing one.
fn quoted(inside: &str, line: usize) -> Result<(Cow<'_, str>, &str), TableError> {
    let mut at = 0;
    let mut has_quotes = false;
    loop {
        let Some(found) = memchr::memchr(b'"', &inside.as_bytes()[at..]) else {
            return Err(TableError::of_line(
                line,
                "a quote is not closed on the line",
                "write each row on one line, `\"\"` for a quote inside",
            ));
        };
        at += found + 1;
        if inside.as_bytes().get(at) != Some(&b'"') {
            break;
        }
        has_quotes = true;
        at += 1;
    }
    let cell = &inside[..at - 1];
    let cell = match has_quotes {
        true => Cow::Owned(cell.replace("\"\"", "\"")),
        false => Cow::Borrowed(cell),
    };
    Ok((cell, &inside[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, TableError> {
        let (mut all, mut cells, mut rows) = (Vec::new(), Vec::new(), Rows::of(text));
        while rows.next(&mut cells)?.is_some() {
            all.push(cells.iter().map(|c| c.to_string()).collect());
        }
        Ok(all)
    }

    #[test]
    fn rows_are_read_as_the_field_writes_them() {
        for (text, expected) in [
            ("", vec![]),
            ("a;b\nc;d", vec![vec!["a", "b"], vec!["c", "d"]]),
            ("a,b\r\nc,d\r\n", vec![vec!["a", "b"], vec!["c", "d"]]),
            ("\u{feff}a;b\n", vec![vec!["a", "b"]]),
            // The first line says what stands between cells.
            ("a,b;c\nd;e,f", vec![vec!["a,b", "c"], vec!["d", "e,f"]]),
            ("\"a;b\",c\nd;e,f", vec![vec!["a;b", "c"], vec!["d;e", "f"]]),
            (
                "\"say \"\"hi\"\"\";\"\"\n\"\"\"\";x",
                vec![vec!["say \"hi\"", ""], vec!["\"", "x"]],
            ),
            ("a; b \n;", vec![vec!["a", " b "], vec!["", ""]]),
            ("größe;übel\n", vec![vec!["größe", "übel"]]),
            ("alone", vec![vec!["alone"]]),
        ] {
            assert_eq!(rows(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_no_row_is_named_and_not_shown() {
        for (text, at) in [
            ("secret;a\n\nb;c", 2),
            ("secret;a\n\"secret;b", 2),
            ("secret;\"a\"b", 1),
            ("a;b\nsecret\";c", 2),
            ("a;secret\tb", 1),
            ("a;b\nsecret\0;c", 2),
            ("a;\"se\ncret\"", 1),
            ("a;b\rsecret;c\n", 1),
            ("\n", 1),
        ] {
            let error = rows(text).unwrap_err();
            let TableError::Content { line, why, fix } = &error else {
                panic!("{error}")
            };
            assert_eq!(*line, at, "{text:?}");
            assert!(!why.is_empty() && !fix.is_empty());
            assert!(!format!("{error}{fix}").contains("secret"), "{error}");
        }
    }

    proptest! {
        /// Whatever cells are written as RFC 4180 says come back.
        #[test]
        fn written_rows_come_back(
            table in prop::collection::vec(prop::collection::vec("[ -~äß😀]{0,6}", 2..4), 1..5),
            comma in any::<bool>(),
        ) {
            let separator = if comma { "," } else { ";" };
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let lines = table.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(separator));
            let text = lines.collect::<Vec<_>>().join("\n");
            prop_assert_eq!(rows(&text).unwrap(), table);
        }

        #[test]
        fn any_text_is_rows_or_refused(text in "[ab;,\"\r\n\u{feff}]{0,40}") {
            let read = rows(&text);
            let cells = read.iter().flatten().flatten();
            prop_assert!(cells.clone().all(|cell| !cell.contains('\n')));
        }
    }
}
