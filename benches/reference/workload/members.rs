//! Writes JSON as the producers of events do: members in the order given,
//! compact or spaced.

use std::fmt::Write as _;

use super::random::SplitMix64;

/// How an event is punctuated.
#[derive(Clone, Copy)]
pub struct Style {
    comma: &'static str,
    colon: &'static str,
}

impl Style {
    /// As most writers do.
    pub const COMPACT: Style = Style {
        comma: ",",
        colon: ":",
    };
    /// As Python does.
    pub const SPACED: Style = Style {
        comma: ", ",
        colon: ": ",
    };

    /// One writer in eight is Python.
    pub fn drawn(r: &mut SplitMix64) -> Style {
        match r.below(8) {
            0 => Style::SPACED,
            _ => Style::COMPACT,
        }
    }
}

/// Writes the members of one object, or the elements of one array (empty names).
pub struct Members<'a> {
    out: &'a mut String,
    style: Style,
    first: bool,
}

impl<'a> Members<'a> {
    /// Begins the outermost object.
    pub fn open(out: &'a mut String, style: Style) -> Self {
        out.push('{');
        Members {
            out,
            style,
            first: true,
        }
    }

    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push_str(self.style.comma);
        }
        self.first = false;
        if !name.is_empty() {
            write!(self.out, "\"{name}\"{}", self.style.colon).expect("a string takes all");
        }
    }

    /// A member whose JSON text is given.
    pub fn raw(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.name(name);
        self.out.write_fmt(value).expect("a string takes all");
    }

    /// A text; what must be escaped is escaped already.
    pub fn text(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.raw(name, format_args!("\"{value}\""));
    }

    /// An object.
    pub fn object(&mut self, name: &str, inside: impl FnOnce(&mut Members<'_>)) {
        self.nested(name, '{', '}', inside);
    }

    /// An array.
    pub fn array(&mut self, name: &str, inside: impl FnOnce(&mut Members<'_>)) {
        self.nested(name, '[', ']', inside);
    }

    fn nested(
        &mut self,
        name: &str,
        open: char,
        close: char,
        inside: impl FnOnce(&mut Members<'_>),
    ) {
        self.name(name);
        self.out.push(open);
        let mut members = Members {
            out: self.out,
            style: self.style,
            first: true,
        };
        inside(&mut members);
        self.out.push(close);
    }

    /// Ends what [`Members::open`] began.
    pub fn close(self) {
        self.out.push('}');
    }
}
