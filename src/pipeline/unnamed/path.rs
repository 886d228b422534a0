//! A path, spelled so that it shows the schema of events and not what they hold.

/// Most bytes of a path.
pub(super) const BYTES_MAX: usize = 512;

/// Stands for a name that may hold a value.
const ANY: &str = "*";

/// Ends a path that goes on.
const GOES_ON: &str = "…";

/// Longest name that is shown.
const NAME_MAX: usize = 64;

/// So many digits may be a date, a telephone number or the number of a person.
const DIGITS: usize = 6;

/// So many hexadecimal digits may be an identifier or a hash.
const HEX_DIGITS: usize = 16;

/// A path that grows and shrinks by steps.
#[derive(Default)]
pub(super) struct Path {
    text: String,
    /// It was too long: further steps are not in it.
    goes_on: bool,
}

/// How far a path was.
#[derive(Clone, Copy)]
pub(super) struct Length {
    bytes: usize,
    goes_on: bool,
}

impl Path {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn length(&self) -> Length {
        Length {
            bytes: self.text.len(),
            goes_on: self.goes_on,
        }
    }

    pub(super) fn truncate(&mut self, length: Length) {
        self.text.truncate(length.bytes);
        self.goes_on = length.goes_on;
    }

    pub(super) fn member(&mut self, name: &str) {
        let shown = if is_of_a_schema(name) { name } else { ANY };
        let dot = if self.text.is_empty() { "" } else { "." };
        self.step(dot, shown);
    }

    pub(super) fn element(&mut self) {
        self.step("", "[*]");
    }

    fn step(&mut self, dot: &str, shown: &str) {
        if self.goes_on {
            return;
        }
        let bytes = self.text.len() + dot.len() + shown.len();
        if bytes > BYTES_MAX - GOES_ON.len() {
            self.text.push_str(GOES_ON);
            self.goes_on = true;
            return;
        }
        self.text.push_str(dot);
        self.text.push_str(shown);
    }
}

/// True for what looks like a word of a schema, and not like a value that somebody
/// made a name: `[A-Za-z_][A-Za-z0-9_]{0,63}` without six digits in a row, or
/// sixteen hexadecimal ones, where `_` parts no row.
fn is_of_a_schema(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || name.len() > NAME_MAX {
        return false;
    }
    let (mut digits, mut hex) = (0, 0);
    for byte in name.bytes() {
        match byte {
            b'_' => continue,
            _ if !byte.is_ascii_alphanumeric() => return false,
            _ => {}
        }
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        hex = if byte.is_ascii_hexdigit() { hex + 1 } else { 0 };
        if digits >= DIGITS || hex >= HEX_DIGITS {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_and_what_may_be_a_value_is_not() {
        for shown in [
            "a",
            "_id",
            "userName",
            "line_2",
            "v12345",
            "sha256",
            "deadbeef",
            "DEADBEEFDEADBEE",
            &"x".repeat(64),
        ] {
            assert!(is_of_a_schema(shown), "{shown}");
        }
        for hidden in [
            "",
            "*",
            "2fast",
            "ada@example.com",
            "Ada Lovelace",
            "ada-lovelace",
            "a.b",
            "a[0]",
            "müller",
            "a\n",
            "a\u{0}",
            "a\u{202e}b",
            "u123456",
            "born_1983_04_05",
            "_4930_901820",
            "deadbeefdeadbeef",
            "user_DEADbeef00DEADbeef",
            "f47ac10b_58cc_4372_a567_0e02b2c3d479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            &"x".repeat(65),
        ] {
            assert!(!is_of_a_schema(hidden), "{hidden}");
        }
    }

    #[test]
    fn a_path_is_spelled_as_a_policy_would() {
        let mut path = Path::default();
        path.member("user");
        let user = path.length();
        path.member("tags");
        path.element();
        path.element();
        path.member("ada@example.com");
        assert_eq!(path.as_str(), "user.tags[*][*].*");
        path.truncate(user);
        path.member("name");
        assert_eq!(path.as_str(), "user.name");
    }

    #[test]
    fn a_long_path_ends_at_a_step_and_comes_back() {
        let mut path = Path::default();
        for _ in 0..300 {
            path.member("abc");
            path.element();
        }
        assert!(path.as_str().len() <= BYTES_MAX, "{}", path.as_str().len());
        assert!(path.as_str().ends_with("abc[*]…") || path.as_str().ends_with("abc…"));
        assert_eq!(path.as_str().matches('…').count(), 1);
        let mut path = Path::default();
        let top = path.length();
        for _ in 0..20 {
            path.member(&"n".repeat(64));
        }
        assert!(path.as_str().ends_with("n…"));
        path.truncate(top);
        path.member("short");
        assert_eq!(path.as_str(), "short");
    }
}
