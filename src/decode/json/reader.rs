//! What the entries of a JSON tape are views of.

use crate::record::format::{JsonText, Reader};
use crate::record::number::Number;
use crate::record::tape::{ESCAPED, Entry, HOLDS_OBJECT, KEY_ESCAPED, Kind, Slot};
use crate::record::value::{Text, TextForm, View, Whole};

impl Reader for JsonText {
    /// The validated text.
    type Input<'a> = &'a str;
    const IS_JSON: bool = true;

    #[inline]
    fn view<'a>(input: &'a str, entry: &'a Entry) -> View<'a> {
        let raw = &input[entry.start as usize..entry.end as usize];
        match entry.kind {
            Kind::Null => View::Null,
            Kind::True => View::Bool(true),
            Kind::False => View::Bool(false),
            Kind::Number => View::Number(Number::of_text(raw)),
            Kind::Text => View::Text(Text::new(
                raw,
                if entry.flags & ESCAPED == 0 {
                    TextForm::Json
                } else {
                    TextForm::JsonEscaped
                },
            )),
            Kind::Object | Kind::Array => View::Whole(Whole::of_json(
                raw,
                entry.kind == Kind::Object,
                entry.flags & HOLDS_OBJECT != 0,
            )),
            Kind::Time | Kind::Bytes => unreachable!("JSON has no type for times and bytes"),
        }
    }

    #[inline]
    fn name<'a>(input: Self::Input<'a>, entry: &Entry) -> Text<'a> {
        let from = entry.key_at as usize;
        let form = if entry.flags & KEY_ESCAPED == 0 {
            TextForm::Json
        } else {
            TextForm::JsonEscaped
        };
        Text::new(&input[from..from + usize::from(entry.key_len)], form)
    }

    #[inline]
    fn bytes<'a>(input: Self::Input<'a>) -> &'a [u8] {
        input.as_bytes()
    }

    #[inline]
    fn state(_: &str, slot: Slot) -> Slot {
        slot
    }
}
