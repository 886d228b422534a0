//! The workload "orders": 1 to 50 items an event, each with members of its own
//! and some with a further list.

use super::members::{Members, Style};
use super::random::SplitMix64;
use super::{CITIES, FIRST, HOSTS, NAMES, NOTES, STREETS, price};

/// Appends event number `index`.
pub fn event(index: u64, out: &mut String) {
    let mut r = SplitMix64::seeded(index);
    let r = &mut r;
    let mut o = Members::open(out, Style::COMPACT);
    o.text("order_id", format_args!("o-{:010}", r.below(1 << 30)));
    o.raw("ts", format_args!("{}", 1_767_225_600_000 + index * 37));
    o.text(
        "status",
        format_args!("{}", r.pick(&["open", "paid", "sent"])),
    );
    o.object("customer", |o| {
        o.text("id", format_args!("u-{:08}", r.below(1_000_000)));
        o.text("name", format_args!("{}", r.pick(NAMES)));
        let (first, host) = (r.pick(FIRST), r.pick(HOSTS));
        o.text("email", format_args!("{first}{}@{host}", r.below(1000)));
        o.text("phone", format_args!("+49{:010}", r.below(10_000_000_000)));
    });
    o.object("shipping", |o| {
        o.text("method", format_args!("{}", r.pick(&["post", "courier"])));
        o.object("address", |o| {
            let (street, city) = (r.pick(STREETS), r.pick(CITIES));
            o.text("street", format_args!("{street} {}", 1 + r.below(120)));
            o.text("zip", format_args!("{:05}", 10_000 + r.below(89_000)));
            o.text("city", format_args!("{city}"));
        });
    });
    o.array("items", |o| {
        for line in 0..1 + r.below(50) {
            o.object("", |o| item(line, o, r));
        }
    });
    o.object("payment", |o| {
        o.text("method", format_args!("{}", r.pick(&["card", "invoice"])));
        o.text(
            "card",
            format_args!("{:016}", r.below(10_000_000_000_000_000)),
        );
    });
    o.raw("total", format_args!("{}", price(r)));
    o.text("cur", format_args!("EUR"));
    o.text("note", format_args!("{}", r.pick(NOTES)));
    o.close();
}

fn item(line: u64, o: &mut Members<'_>, r: &mut SplitMix64) {
    o.raw("line", format_args!("{line}"));
    o.text("sku", format_args!("S-{:05}", r.below(100_000)));
    o.raw("qty", format_args!("{}", 1 + r.below(4)));
    o.raw("price", format_args!("{}", price(r)));
    o.text(
        "title",
        format_args!("{} {}", r.pick(CITIES), r.below(1000)),
    );
    o.object("attrs", |o| {
        o.text(
            "color",
            format_args!("{}", r.pick(&["red", "blue", "grün"])),
        );
        o.text("size", format_args!("{}", r.pick(&["s", "m", "l"])));
    });
    if r.below(4) == 0 {
        o.array("discounts", |o| {
            for _ in 0..1 + r.below(3) {
                o.object("", |o| {
                    o.text("code", format_args!("C{:04x}", r.next() as u16));
                    o.raw("amount", format_args!("{}", price(r)));
                });
            }
        });
    }
    if r.below(10) == 0 {
        o.object("gift", |o| {
            let (first, host) = (r.pick(FIRST), r.pick(HOSTS));
            o.text("to", format_args!("{first}{}@{host}", r.below(1000)));
            o.text("message", format_args!("{}", r.pick(NOTES)));
        });
    }
}
