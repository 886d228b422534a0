//! A form as a browser sends it (WHATWG URL, `application/x-www-form-urlencoded`).

/// Most fields: a page has fewer.
const FIELDS_MAX: usize = 512;

/// What was sent is no form, or has more fields than any page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no form of this page")]
pub struct NoForm;

/// Names and values, in the order of the form.
#[derive(Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads them.
    ///
    /// # Errors
    /// When there are too many, or one is no text.
    pub fn read(body: &[u8]) -> Result<Fields, NoForm> {
        let mut fields = Vec::new();
        for field in body.split(|&b| b == b'&').filter(|f| !f.is_empty()) {
            if fields.len() == FIELDS_MAX {
                return Err(NoForm);
            }
            let at = field.iter().position(|&b| b == b'=');
            let (name, value) = match at {
                Some(at) => (&field[..at], &field[at + 1..]),
                None => (field, &b""[..]),
            };
            fields.push((decoded(name, true)?, decoded(value, true)?));
        }
        Ok(Fields(fields))
    }

    /// The value of the field of that name. `None`: there is none, or more than one,
    /// and which is meant cannot be told.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(n, _)| n == name);
        let (_, value) = named.next()?;
        named.next().is_none().then_some(value)
    }

    /// True when a field has that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }
}

/// A segment of a path, without its escapes (RFC 3986 section 2.1). `None`: it is no text.
pub fn segment(text: &str) -> Option<String> {
    decoded(text.as_bytes(), false).ok()
}

fn decoded(text: &[u8], plus_is_space: bool) -> Result<String, NoForm> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        bytes.push(match first {
            b'+' if plus_is_space => b' ',
            b'%' => {
                let (hex, behind) = rest.split_at_checked(2).ok_or(NoForm)?;
                rest = behind;
                digit(hex[0])? << 4 | digit(hex[1])?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| NoForm)
}

fn digit(byte: u8) -> Result<u8, NoForm> {
    let digit = char::from(byte).to_digit(16).ok_or(NoForm)?;
    u8::try_from(digit).map_err(|_| NoForm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let fields = Fields::read(b"c.Ads+%26+K%C3%A4se=granted&mark=a%2Bb&&empty=&alone").unwrap();
        assert_eq!(fields.one("c.Ads & K\u{e4}se"), Some("granted"));
        assert_eq!(fields.one("mark"), Some("a+b"));
        assert_eq!(
            (fields.one("empty"), fields.one("alone")),
            (Some(""), Some(""))
        );
        assert_eq!(fields.one("other"), None);
        let twice = Fields::read(b"a=granted&a=denied").unwrap();
        assert!(twice.one("a").is_none() && twice.has("a"));
        assert_eq!(segment("a%2Fb+c").as_deref(), Some("a/b+c"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for body in [
            &b"a=%"[..],
            b"a=%4",
            b"a=%zz",
            b"%ff=1",
            b"a=\xff",
            b"\0%c3",
        ] {
            assert!(Fields::read(body).is_err(), "{body:?}");
        }
        assert!(Fields::read(b"").is_ok());
        assert!(Fields::read("a&".repeat(FIELDS_MAX).as_bytes()).is_ok());
        assert!(Fields::read("a&".repeat(1_000_000).as_bytes()).is_err());
        assert!(segment("%c3").is_none());
    }
}
