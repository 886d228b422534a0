//! Source text without what is not code: comments, texts, and what only tests
//! see are blanked, so that places stay what they were.

/// The code of one file. Bytes and lines stand where they stood in its text.
pub struct Code {
    /// What the program is made of; the rest is spaces.
    pub text: String,
    /// Lines that are not a test's, comments among them.
    pub lines: usize,
}

/// One token, and the line it stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<'a> {
    /// A word, `::`, or one character.
    pub text: &'a str,
    /// From 1.
    pub line: usize,
}

impl Code {
    pub fn read(text: &str) -> Code {
        let code = without_texts(text);
        let mut lines = text.lines().count();
        let mut kept = code.clone().into_bytes();
        for (start, end) in tests(&code) {
            lines -= code[start..end].matches('\n').count() + 1;
            blank(&mut kept[start..end]);
        }
        let text = String::from_utf8(kept).expect("items begin and end with a character");
        Code { text, lines }
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> Vec<Token<'_>> {
        let mut tokens = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let length = if is_word(first) {
                    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
                } else if rest.starts_with("::") {
                    2
                } else {
                    first.len_utf8()
                };
                tokens.push(Token {
                    text: &rest[..length],
                    line: number + 1,
                });
                rest = rest[length..].trim_start();
            }
        }
        tokens
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks comments and what stands between quotes.
fn without_texts(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        // A word that ends before a quote may be its prefix: `b"`, `r#"`, `br"`.
        let prefix = match rest.find(|c| !is_word(c)) {
            Some(length) if matches!(&rest[..length], "r" | "br" | "cr") => length,
            _ => 0,
        };
        let hashes = rest[prefix..].bytes().take_while(|&b| b == b'#').count();
        if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            blank(&mut code[at..at + end]);
            at += end;
        } else if rest.starts_with("/*") {
            let end = comment_end(rest);
            blank(&mut code[at..at + end]);
            at += end;
        } else if prefix > 0 && rest[prefix + hashes..].starts_with('"') {
            let body = prefix + hashes + 1;
            let close = format!("\"{}", "#".repeat(hashes));
            let end = rest[body..].find(&close).expect("a raw text ends");
            blank(&mut code[at + body..at + body + end]);
            at += body + end + close.len();
        } else if first == '"' {
            let end = quoted_end(rest, '"');
            blank(&mut code[at + 1..at + end - 1]);
            at += end;
        } else if first == '\'' && is_character(rest) {
            let end = quoted_end(rest, '\'');
            blank(&mut code[at + 1..at + end - 1]);
            at += end;
        } else if is_word(first) {
            at += rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        } else {
            at += first.len_utf8();
        }
    }
    String::from_utf8(code).expect("texts begin and end with a character")
}

/// Where the comment at the start of `rest` ends; comments nest.
fn comment_end(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += here.chars().next().expect("a comment ends").len_utf8();
        }
        if depth == 0 {
            return at;
        }
    }
}

/// A character and not a lifetime: `'a'` or `'\…'`.
fn is_character(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        _ => chars.next() == Some('\''),
    }
}

/// Where the text that opens at the start of `rest` has closed.
fn quoted_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    panic!("a text does not end");
}

/// Spaces for all but the ends of lines.
fn blank(code: &mut [u8]) {
    for byte in code.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Where the items stand that only tests see, attributes included; none lies in
/// another.
fn tests(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find("#[").map(|found| at + found) {
        let end = closed(code, start + 1);
        if only_tests(&words(&code[start + 2..end - 1])) {
            let item = item_end(code, end);
            found.push((start, item));
            at = item;
        } else {
            at = end;
        }
    }
    found
}

fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// An attribute `cfg(…)` that is true in tests alone.
fn only_tests(attribute: &str) -> bool {
    fn holds(predicate: &str) -> bool {
        let inner = |name| {
            predicate
                .strip_prefix(name)
                .and_then(|rest: &str| rest.strip_suffix(')'))
        };
        if let Some(list) = inner("all(") {
            parts(list).into_iter().any(holds)
        } else if let Some(list) = inner("any(") {
            parts(list).into_iter().all(holds)
        } else {
            matches!(predicate, "test" | "doctest")
        }
    }
    attribute
        .strip_prefix("cfg(")
        .and_then(|rest| rest.strip_suffix(')'))
        .is_some_and(holds)
}

/// What commas separate, those in parentheses aside.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

/// Where the item ends that begins behind `at`, further attributes included: an
/// item of a module, a statement, a member, or a member's value. In doubt it
/// ends early, so that too much is read and not too little.
fn item_end(code: &str, mut at: usize) -> usize {
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        if !code[at..].starts_with("#[") {
            break;
        }
        at = closed(code, at + 1);
    }
    let has_body =
        code[at..].starts_with('{') || head(&code[at..]).iter().any(|word| BODIES.contains(word));
    while let Some(c) = code[at..].chars().next() {
        match c {
            ';' => return at + 1,
            ',' if !has_body => return at + 1,
            ')' | ']' | '}' => return at,
            '{' if has_body || code[..at].trim_end().ends_with("=>") => return closed(code, at),
            '(' | '[' | '{' => at = closed(code, at),
            _ => at += c.len_utf8(),
        }
    }
    at
}

/// What ends with its braces.
const BODIES: &[&str] = &[
    "mod",
    "fn",
    "impl",
    "trait",
    "struct",
    "enum",
    "macro_rules",
    "if",
    "for",
    "while",
    "loop",
];

/// The first words of an item, who may see it aside.
fn head(item: &str) -> Vec<&str> {
    let item = match item.strip_prefix("pub") {
        Some(rest) if rest.trim_start().starts_with('(') => {
            &rest[closed(rest, rest.find('(').expect("just seen"))..]
        }
        _ => item,
    };
    item.split(|c: char| !is_word(c))
        .filter(|word| !word.is_empty())
        .take(4)
        .collect()
}

/// Behind the bracket that closes the one at `open`.
fn closed(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code[open..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at + c.len_utf8();
        }
    }
    panic!("a bracket does not close");
}
