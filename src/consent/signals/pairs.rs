//! Text of pairs, `C0001:1,C0002:0`: the groups of OneTrust's cookie `OptanonConsent`.

use super::bits::{BYTES_MAX, Unreadable};

/// Goes through the pairs of a text: id, and whether it is granted. Blanks around a
/// pair are none of it.
///
/// # Errors
/// When the text is longer than [`BYTES_MAX`], or a pair is none: without an id or a
/// colon, or with anything but `0` and `1` behind it. What was found before is not taken
/// back; who is told of the error denies anyhow.
pub fn each(text: &str, mut found: impl FnMut(&str, bool)) -> Result<(), Unreadable> {
    if text.len() > BYTES_MAX {
        return Err(Unreadable);
    }
    for pair in text.split(',') {
        let (id, value) = pair.trim_ascii().split_once(':').ok_or(Unreadable)?;
        let granted = match value {
            "1" => true,
            "0" => false,
            _ => return Err(Unreadable),
        };
        if id.is_empty() {
            return Err(Unreadable);
        }
        found(id, granted);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<(String, bool)>, Unreadable> {
        let mut all = Vec::new();
        each(text, |id, granted| all.push((id.to_owned(), granted)))?;
        Ok(all)
    }

    /// The form of `OnetrustActiveGroups` and of the parameter `groups` in OneTrust's
    /// cookie, as its developer documentation shows it.
    #[test]
    fn groups_are_read_one_by_one() {
        let all = pairs("C0001:1,C0003:0, C0002:1,BG12:0").unwrap();
        let all: Vec<_> = all.iter().map(|(id, on)| (&**id, *on)).collect();
        assert_eq!(
            all,
            [
                ("C0001", true),
                ("C0003", false),
                ("C0002", true),
                ("BG12", false)
            ]
        );
    }

    #[test]
    fn what_is_no_pair_cannot_be_read() {
        for text in [
            "",
            ",",
            "C0001",
            "C0001:",
            "C0001:2",
            "C0001:1,",
            "C0001:1;C0002:1",
            ":1",
            "C0001:01",
            "C0001=1",
            "C0001:true",
            "C0001:1\0",
        ] {
            assert_eq!(pairs(text), Err(Unreadable), "{text}");
        }
        assert_eq!(pairs(&"C:1,".repeat(BYTES_MAX)), Err(Unreadable));
    }
}
