//! How much the text of a file holds, before its parser reads it.
//!
//! The parser remembers what each word says and where it stands, in a few hundred bytes; of
//! each declaration the whole name, with those of all that it stands in; and it goes down once
//! for each level of the value of an option. Nothing of it has a bound of its own.
//!
//! Strings and comments end here where they end for the parser. A text in which the two could
//! differ is refused: what one of them takes for a string the other would read.

use super::source::Source;
use super::unusable::Unusable;

/// Most words, signs, strings and comments of all files of a schema: what a parser remembers
/// of them is below 150 MB then, whatever they are.
pub(super) const WORDS_MAX: usize = 100_000;

/// The same of a text of our own: with its types by their whole names it has more words for
/// each of the fields, of which there are few enough.
pub(super) const OWN_WORDS_MAX: usize = 300_000;

/// Most bytes of a name, those of what it stands in counted in and its package not; of the
/// name of a package; and of that of a file.
pub(super) const NAME_BYTES_MAX: usize = 512;

/// Deepest that is read. What a message may nest is less (31).
pub(super) const DEPTH_MAX: usize = 100;

/// How many words, signs, strings and comments the text of a file holds.
///
/// # Errors
/// [`Unusable::TooDeep`], [`Unusable::LongName`]; [`Unusable::Unreadable`] of a string or a
/// comment that does not end, or that is not as the language has it.
pub(super) fn words(file: Source<'_>) -> Result<usize, Unusable> {
    let mut scan = Scan {
        file,
        bytes: file.text.as_bytes(),
        at: 0,
        words: 0,
        around: Vec::new(),
        brackets: 0,
        name: 0,
        longest: 0,
    };
    while scan.at < scan.bytes.len() {
        scan.next()?;
    }
    Ok(scan.words)
}

/// A place in the text of a file, as `name:line:column`, both from 1 on and columns in bytes.
pub(super) fn place(file: Source<'_>, at: usize) -> String {
    let before = &file.text.as_bytes()[..at];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n');
    let column = at - start.map_or(0, |start| start + 1) + 1;
    format!("{}:{line}:{column}", file.name)
}

struct Scan<'t> {
    file: Source<'t>,
    bytes: &'t [u8],
    at: usize,
    words: usize,
    /// Of each brace that is open the bytes of the name in front of it.
    around: Vec<usize>,
    /// Brackets of other kinds that are open.
    brackets: usize,
    /// Bytes of words since the last sign that is no dot: at least those of the name that
    /// stands there, which may have spaces in it.
    name: usize,
    /// The longest of them since the statement began.
    longest: usize,
}

impl Scan<'_> {
    fn next(&mut self) -> Result<(), Unusable> {
        let rest = &self.bytes[self.at..];
        if rest[0].is_ascii_whitespace() || rest[0] == 0x0b {
            self.at += 1;
            return Ok(());
        }
        self.words += 1;
        match rest {
            [b'"' | b'\'', ..] => self.string(),
            // `#` is a comment inside the value of an option.
            [b'#', ..] | [b'/', b'/', ..] => {
                self.at += rest.iter().take_while(|byte| **byte != b'\n').count();
                Ok(())
            }
            [b'/', b'*', ..] => self.comment(),
            [first, ..] if first.is_ascii_alphanumeric() || *first == b'_' => {
                let is_of_it = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                let length = rest.iter().take_while(is_of_it).count();
                if !first.is_ascii_digit() {
                    self.named(length)?;
                }
                self.at += length;
                Ok(())
            }
            [b'.', ..] => {
                self.named(1)?;
                self.at += 1;
                Ok(())
            }
            [sign, ..] => self.sign(*sign),
            [] => Ok(()),
        }
    }

    fn named(&mut self, length: usize) -> Result<(), Unusable> {
        self.name += length;
        self.longest = self.longest.max(self.name);
        let whole = self.around.iter().sum::<usize>() + self.name;
        match whole > NAME_BYTES_MAX {
            true => Err(Unusable::LongName(place(self.file, self.at), whole)),
            false => Ok(()),
        }
    }

    fn sign(&mut self, sign: u8) -> Result<(), Unusable> {
        self.name = 0;
        match sign {
            b'{' => self.around.push(self.longest),
            b'}' => {
                self.around.pop();
            }
            b'[' | b'<' => self.brackets += 1,
            b']' | b'>' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        if let b'{' | b'}' | b';' = sign {
            self.longest = 0;
        }
        if self.around.len() + self.brackets > DEPTH_MAX {
            return Err(Unusable::TooDeep(place(self.file, self.at)));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Unusable> {
        let (start, quote) = (self.at, self.bytes[self.at]);
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None | Some(b'\n') => return Err(self.wrong(start, "a string that does not end")),
                Some(b'\\') => match escape(&self.bytes[self.at + 1..]) {
                    Some(length) => self.at += 1 + length,
                    None => return Err(self.wrong(self.at, "an escape that no string may have")),
                },
                Some(byte) => {
                    self.at += 1;
                    if *byte == quote {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn comment(&mut self) -> Result<(), Unusable> {
        let (start, inside) = (self.at, self.at + 2);
        let mut pairs = self.bytes[inside..].windows(2);
        let found = pairs.position(|pair| pair == b"*/" || pair == b"/*");
        match found.map(|found| inside + found) {
            None => Err(self.wrong(start, "a comment that does not end")),
            Some(at) if self.bytes[at] == b'/' => Err(self.wrong(at, "a comment in a comment")),
            Some(at) => {
                self.at = at + 2;
                Ok(())
            }
        }
    }

    fn wrong(&self, at: usize, what: &str) -> Unusable {
        Unusable::Unreadable(format!("{}: {what}", place(self.file, at)))
    }
}

/// The bytes of an escape behind its backslash (language specification, "String Literals").
fn escape(rest: &[u8]) -> Option<usize> {
    let octal = || run(rest, 3, |byte| matches!(byte, b'0'..=b'7'));
    let hex = |most: usize| {
        run(
            rest.get(1..).unwrap_or_default(),
            most,
            u8::is_ascii_hexdigit,
        )
    };
    match rest.first()? {
        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'?' | b'\\' | b'\'' | b'"' => Some(1),
        b'0'..=b'3' => Some(octal()),
        b'4'..=b'7' => Some(octal()).filter(|digits| *digits < 3),
        b'x' | b'X' => Some(hex(2))
            .filter(|digits| *digits > 0)
            .map(|digits| 1 + digits),
        b'u' => (hex(4) == 4).then_some(5),
        b'U' => (hex(8) == 8).then_some(9),
        _ => None,
    }
}

/// How many bytes in front are of that kind, of `most`.
fn run(bytes: &[u8], most: usize, is_it: fn(&u8) -> bool) -> usize {
    bytes
        .iter()
        .take(most)
        .take_while(|byte| is_it(byte))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<usize, Unusable> {
        words(Source {
            name: "a.proto",
            text,
        })
    }

    fn is_too_deep(text: &str) -> bool {
        matches!(of(text), Err(Unusable::TooDeep(_)))
    }

    #[test]
    fn strings_and_comments_nest_nothing() {
        let nested = |depth: usize| format!("{}{}", "{".repeat(depth), "}".repeat(depth));
        assert!(!is_too_deep(&nested(DEPTH_MAX)));
        assert!(is_too_deep(&nested(DEPTH_MAX + 1)));
        assert!(!is_too_deep(&nested(DEPTH_MAX).repeat(3)));
        let deep = "{".repeat(500);
        for text in [
            format!("// {deep}"),
            format!("/* {deep} */ x"),
            format!("\"{deep}\\\"{deep}\""),
            format!("'{deep}\"\\\\'"),
        ] {
            assert!(of(&text).is_ok(), "{}", &text[..10]);
        }
        for text in [
            format!("// a\n{deep}"),
            format!("/* a */{deep}"),
            format!("/**/{deep}"),
            format!("\"a\"{deep}"),
            format!("# a\n{deep}"),
            format!("'\\377\\x1\\xFf\\u12aB\\U0001f600\\''{deep}"),
        ] {
            assert!(is_too_deep(&text), "{}", &text[..10]);
        }
    }

    /// The parser goes on behind each of them, and would read what a scan that passes over
    /// them takes for a string or a comment.
    #[test]
    fn a_string_or_a_comment_that_the_parser_sees_end_elsewhere_is_refused() {
        let deep = "{".repeat(500);
        for (text, said) in [
            (format!("x\n \"a\n{deep}"), "a.proto:2:2: a string"),
            (format!("'{deep}"), "a.proto:1:1: a string"),
            (format!("\"\\\n\" {deep}"), "a.proto:1:2: an escape"),
            (format!("\"\\u12\" x \" {deep}"), "a.proto:1:2: an escape"),
            (format!("'\\400' x ' {deep}"), "a.proto:1:2: an escape"),
            (format!("'\\xg' {deep}"), "a.proto:1:2: an escape"),
            (format!("/* {deep}"), "a.proto:1:1: a comment that"),
            (
                format!("/* /* */ \" */ {deep}"),
                "a.proto:1:4: a comment in",
            ),
            ("/*/".to_owned(), "a.proto:1:1: a comment that"),
        ] {
            let found = of(&text).expect_err("refused").to_string();
            assert!(found.starts_with(said), "{found}");
        }
    }

    #[test]
    fn words_signs_strings_and_comments_count() {
        for (text, count) in [
            ("", 0),
            (" \t\r\n", 0),
            ("message A{}", 4),
            ("reserved 1, 2,3;", 7),
            ("reserved \"a b\", 'c';", 5),
            ("option (a.b).c = -1.5; // so\n/* it */", 16),
        ] {
            assert_eq!(of(text), Ok(count), "{text}");
        }
    }

    #[test]
    fn a_name_counts_with_those_of_what_it_stands_in() {
        let long = |length: usize| "a".repeat(length);
        let inside = |a: usize, b: usize| {
            let (a, b) = (long(a), long(b));
            of(&format!(
                "message {a} {{ message B {{}} message {b} {{}} }}"
            ))
        };
        assert!(inside(240, 240).is_ok());
        assert_eq!(
            inside(300, 300),
            Err(Unusable::LongName("a.proto:1:333".into(), 614))
        );
        // A group has a number behind its name, and a name may have spaces in it.
        let (name, name_too) = (long(300), long(300));
        for text in [
            format!("optional group {name} = 1 {{ optional int32 {name_too} = 2; }}"),
            format!("package {name} . {name_too};"),
        ] {
            assert!(matches!(of(&text), Err(Unusable::LongName(..))), "{text}");
        }
        // What is not one name is not added up, however long the list.
        assert!(of(&format!("reserved {};", "1000, ".repeat(500))).is_ok());
        assert!(of(&format!("a [{}];", "(a.b).c = D, ".repeat(500))).is_ok());
        assert!(of(&format!("message A {{ {} }}", "int32 a = 1;".repeat(500))).is_ok());
    }
}
