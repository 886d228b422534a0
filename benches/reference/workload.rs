//! The reference workload: marketing events whose every byte follows from the
//! index, so that two machines measure the same input.
//!
//! 27 top-level members in fixed order; one event in eight is written with
//! `", "` and `": "` as other writers do; one in a hundred spells the name
//! `email` with an escape.

use std::fmt::Write as _;
use std::ops::Range;

/// Events, one after the other, each followed by a line feed.
pub struct Workload {
    /// All lines.
    pub bytes: String,
    /// Where each event lies in `bytes`, without its line feed.
    pub events: Vec<Range<usize>>,
}

/// Lengths in bytes, line feeds included.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The shortest event.
    pub min: usize,
    /// The mean.
    pub mean: f64,
    /// The longest event.
    pub max: usize,
}

impl Workload {
    /// The first `n` events.
    pub fn generate(n: usize) -> Workload {
        let mut bytes = String::with_capacity(n * 680);
        let mut events = Vec::with_capacity(n);
        for index in 0..n {
            let start = bytes.len();
            event(index as u64, &mut bytes);
            events.push(start..bytes.len());
            bytes.push('\n');
        }
        Workload { bytes, events }
    }

    /// The events themselves.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.events.iter().map(|r| &self.bytes[r.clone()])
    }

    /// How long they are.
    pub fn sizes(&self) -> Sizes {
        let lengths = || self.events.iter().map(|r| r.len() + 1);
        Sizes {
            min: lengths().min().unwrap_or(0),
            mean: self.bytes.len() as f64 / self.events.len() as f64,
            max: lengths().max().unwrap_or(0),
        }
    }
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const TYPES: &[&str] = &["view", "cart", "buy", "search", "click"];
const FIRST: &[&str] = &["anna", "bo", "kathrin", "david", "emil", "fynn", "gerd"];
const HOSTS: &[&str] = &["example.com", "mail.example.org", "ex.test", "a.test"];
const STREETS: &[&str] = &[
    "Königstr.",
    "Große Allee",
    "Rue de l’Été",
    "Ringweg",
    "Núñez",
];
const CITIES: &[&str] = &["München", "Köln", "Zürich", "Málaga", "Besançon"];
const NOTES: &[&str] = &[
    r#"\"call\"\nat 5 \ud83d\ude00"#,
    r"a\tb, c\\d, 😀 raw",
    r"one\r\ntwo \u00e9t\u00e9",
    r"by \/m\/ 🎉 \ud83d\ude00",
];
const PATHS: &[&str] = &["p/mug", "seek", "cart", "blog/tea"];
const SOURCES: &[&str] = &["mail", "ads", "seo", "social"];
const CAMPAIGNS: &[&str] = &["sale", "w", "launch-26"];
const NAMES: &[&str] = &["Jörg", "Zoë", "Łukasz Żak", "Bo"];
const OSES: &[&str] = &["ios", "android", "mac", "win"];
const LANGS: &[&str] = &["de", "en", "fr", "es"];

/// Appends event number `index`.
fn event(index: u64, out: &mut String) {
    let mut r = SplitMix64(index);
    let style = if r.below(8) == 0 {
        Style::SPACED
    } else {
        Style::COMPACT
    };
    let email_name = if r.below(100) == 0 {
        r"em\u0061il"
    } else {
        "email"
    };
    let mut o = Members::open(out, style);
    o.text(
        "event_id",
        format_args!("{:016x}{:04x}", r.next(), r.below(1 << 16)),
    );
    o.text("type", format_args!("{}", r.pick(TYPES)));
    o.raw(
        "ts",
        format_args!("{}", 1_767_225_600_000 + index * 37 + r.below(37)),
    );
    o.text("user_id", format_args!("u-{:08}", r.below(1_000_000)));
    o.text(
        email_name,
        format_args!("{}{}@{}", r.pick(FIRST), r.below(1000), r.pick(HOSTS)),
    );
    o.text("phone", format_args!("+49{:010}", r.below(10_000_000_000)));
    let host = r.below(254) + 1;
    o.text(
        "ip",
        format_args!(
            "{}.{}.{}.{host}",
            11 + r.below(200),
            r.below(256),
            r.below(256)
        ),
    );
    o.text(
        "birthdate",
        format_args!(
            "{}-{:02}-{:02}",
            1940 + r.below(66),
            1 + r.below(12),
            1 + r.below(28)
        ),
    );
    o.object("geo", |o| {
        o.raw("lat", format_args!("{}", coordinate(&mut r, 36, 20)));
        o.raw("lon", format_args!("{}", coordinate(&mut r, 1, 24)));
        o.raw("acc", format_args!("{}", 5 + r.below(60)));
    });
    o.object("address", |o| {
        o.text(
            "street",
            format_args!("{} {}", r.pick(STREETS), 1 + r.below(120)),
        );
        o.text("zip", format_args!("{:05}", 10_000 + r.below(89_000)));
        o.text("city", format_args!("{}", r.pick(CITIES)));
    });
    o.text("note", format_args!("{}", r.pick(NOTES)));
    o.text("sid", format_args!("{:08x}", r.next() as u32));
    o.text("url", format_args!("https://s.test/{}", r.pick(PATHS)));
    o.object("campaign", |o| {
        o.text("src", format_args!("{}", r.pick(SOURCES)));
        o.text("id", format_args!("{}", r.pick(CAMPAIGNS)));
    });
    let bought = r.below(2) == 1;
    o.array("items", |o| {
        if bought {
            o.object("", |o| {
                o.text("sku", format_args!("S-{:05}", r.below(100_000)));
                o.raw("qty", format_args!("{}", 1 + r.below(4)));
                o.raw("price", format_args!("{}", price(&mut r)));
            });
        }
    });
    o.raw("value", format_args!("{}", price(&mut r)));
    o.text("cur", format_args!("EUR"));
    o.object("consent", |o| {
        o.raw("a", format_args!("{}", r.below(4) != 0));
        o.raw("m", format_args!("{}", r.below(2) == 0));
    });
    o.text("os", format_args!("{}", r.pick(OSES)));
    o.text("lang", format_args!("{}", r.pick(LANGS)));
    o.array("tags", |o| {
        o.text("", format_args!("v{}", r.below(10)));
        o.text("", format_args!(r"\u00fc"));
    });
    o.raw("ab", format_args!("null"));
    o.text("cookie", format_args!("{:04x}", r.next() as u16));
    o.text("mac", format_args!("{:08x}", r.next() as u32));
    o.text("fp", format_args!("{:04x}", r.next() as u16));
    o.text("name", format_args!("{}", r.pick(NAMES)));
    o.object("x", |o| {
        o.array("d", |o| o.raw("", format_args!("{}", r.below(10))));
    });
    o.close('}');
}

/// Four digits behind the point, the last not zero.
fn coordinate(r: &mut SplitMix64, from: u64, span: u64) -> String {
    format!(
        "{}.{:03}{}",
        from + r.below(span),
        r.below(1000),
        1 + r.below(9)
    )
}

/// Two digits behind the point, `39.80` among them.
fn price(r: &mut SplitMix64) -> String {
    format!("{}.{}0", 1 + r.below(150), r.below(10))
}

/// How an event is punctuated.
#[derive(Clone, Copy)]
struct Style {
    comma: &'static str,
    colon: &'static str,
}

impl Style {
    const COMPACT: Style = Style {
        comma: ",",
        colon: ":",
    };
    const SPACED: Style = Style {
        comma: ", ",
        colon: ": ",
    };
}

/// Writes the members of one object, or the elements of one array (empty names).
struct Members<'a> {
    out: &'a mut String,
    style: Style,
    first: bool,
}

impl<'a> Members<'a> {
    fn open(out: &'a mut String, style: Style) -> Self {
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

    fn raw(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.name(name);
        self.out.write_fmt(value).expect("a string takes all");
    }

    fn text(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.raw(name, format_args!("\"{value}\""));
    }

    fn object(&mut self, name: &str, inside: impl FnOnce(&mut Members<'_>)) {
        self.nested(name, '{', '}', inside);
    }

    fn array(&mut self, name: &str, inside: impl FnOnce(&mut Members<'_>)) {
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
        members.close(close);
    }

    fn close(self, close: char) {
        self.out.push(close);
    }
}
