//! What was done with a form, for the page that is shown behind it: marked, so that
//! nobody else's words stand there.

use jiff::Timestamp;

use crate::crypto::link::{LinkKey, Marked};
use crate::subject::{Notice, Place};

/// What a form came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// When the last decision was written.
    pub(super) at: Timestamp,
    /// Where. Its topic is not carried: there is one.
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// Some consent was not given.
    pub(super) needs_newer_link: bool,
    /// Some choice could not be read.
    pub(super) unreadable: bool,
}

impl Receipt {
    /// What stands behind `?` in the address of the page.
    pub(super) fn query(&self, link: &str, key: &LinkKey) -> String {
        let text = self.text();
        let mark = key.mark(link, Marked::Saved(&text));
        format!("saved={text}.{mark}")
    }

    fn text(&self) -> String {
        let flags = match (self.needs_newer_link, self.unreadable) {
            (false, false) => "",
            (true, false) => "n",
            (false, true) => "u",
            (true, true) => "nu",
        };
        let at = self.at.as_millisecond();
        format!("{at}.{}.{}.{flags}", self.partition, self.offset)
    }

    /// Reads it back. `None`: it is none of that link.
    pub(super) fn read(query: &str, link: &str, key: &LinkKey) -> Option<Receipt> {
        let (text, mark) = query.strip_prefix("saved=")?.rsplit_once('.')?;
        if !key.is_marked(link, Marked::Saved(text), mark) {
            return None;
        }
        let mut parts = text.split('.');
        let at = parts.next()?.parse().ok()?;
        Some(Receipt {
            at: Timestamp::from_millisecond(at).ok()?,
            partition: parts.next()?.parse().ok()?,
            offset: parts.next()?.parse().ok()?,
            needs_newer_link: text.rsplit('.').next()?.contains('n'),
            unreadable: text.ends_with('u'),
        })
    }

    /// What the page tells of it.
    pub(super) fn notices(&self, topic: &std::sync::Arc<str>) -> Vec<Notice> {
        let place = Place {
            topic: std::sync::Arc::clone(topic),
            partition: self.partition,
            offset: self.offset,
        };
        let mut notices = vec![Notice::Saved(self.at, place)];
        notices.extend(self.needs_newer_link.then_some(Notice::NeedsNewerLink));
        notices.extend(self.unreadable.then_some(Notice::Unreadable));
        notices
    }
}
