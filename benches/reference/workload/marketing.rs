//! The reference workload, "A": marketing events of one shape.
//!
//! 27 top-level members in fixed order; one event in eight is written with
//! `", "` and `": "` as other writers do; one in a hundred spells the name
//! `email` with an escape.

use super::members::{Members, Style};
use super::random::SplitMix64;
use super::{CITIES, FIRST, HOSTS, NAMES, NOTES, STREETS, coordinate, price};

const TYPES: &[&str] = &["view", "cart", "buy", "search", "click"];
const PATHS: &[&str] = &["p/mug", "seek", "cart", "blog/tea"];
const SOURCES: &[&str] = &["mail", "ads", "seo", "social"];
const CAMPAIGNS: &[&str] = &["sale", "w", "launch-26"];
const OSES: &[&str] = &["ios", "android", "mac", "win"];
const LANGS: &[&str] = &["de", "en", "fr", "es"];

/// Appends event number `index`.
pub fn event(index: u64, out: &mut String) {
    let mut r = SplitMix64::seeded(index);
    let style = Style::drawn(&mut r);
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
    o.close();
}
