//! The workload "mixed": twenty types of event on one topic, members in an
//! order of their own in each event, many of them optional.
//!
//! What is enciphered is there in every event, and events are about as long as
//! those of the reference workload: the two differ in shape and in nothing else.

use super::members::{Members, Style};
use super::random::SplitMix64;
use super::{CITIES, FIRST, HOSTS, NAMES, NOTES, STREETS, coordinate, price};

/// Five families of four types.
const TYPES: [[&str; 4]; 5] = [
    ["web/viewed", "web/clicked", "web/scrolled", "web/left"],
    ["shop/carted", "shop/bought", "shop/returned", "shop/rated"],
    [
        "search/asked",
        "search/refined",
        "search/chose",
        "search/gave_up",
    ],
    [
        "account/opened",
        "account/changed",
        "account/paid",
        "account/closed",
    ],
    [
        "support/asked",
        "support/answered",
        "support/called",
        "support/solved",
    ],
];

/// Appends one member.
type Member = fn(&mut Members<'_>, &mut SplitMix64);

/// In every event.
const ALWAYS: &[Member] = &[
    |o, r| {
        o.text(
            "event_id",
            format_args!("{:016x}{:04x}", r.next(), r.below(1 << 16)),
        )
    },
    |o, r| {
        o.raw(
            "ts",
            format_args!("{}", 1_767_225_600_000 + r.below(1 << 32)),
        )
    },
    |o, r| o.text("user_id", format_args!("u-{:08}", r.below(1_000_000))),
    |o, r| {
        let (first, host) = (r.pick(FIRST), r.pick(HOSTS));
        o.text("email", format_args!("{first}{}@{host}", r.below(1000)));
    },
    |o, r| o.text("phone", format_args!("+49{:010}", r.below(10_000_000_000))),
    |o, r| {
        o.object("address", |o| {
            let (street, city) = (r.pick(STREETS), r.pick(CITIES));
            o.text("street", format_args!("{street} {}", 1 + r.below(120)));
            o.text("zip", format_args!("{:05}", 10_000 + r.below(89_000)));
            o.text("city", format_args!("{city}"));
        });
    },
    |o, r| {
        o.text("trace", format_args!("{:016x}{:016x}", r.next(), r.next()));
    },
];

/// In seven events of eight, whatever their type.
const OFTEN: &[Member] = &[
    |o, r| {
        let (a, b, c) = (11 + r.below(200), r.below(256), r.below(256));
        o.text("ip", format_args!("{a}.{b}.{c}.{}", 1 + r.below(254)));
    },
    |o, r| {
        o.object("geo", |o| {
            o.raw("lat", format_args!("{}", coordinate(r, 36, 20)));
            o.raw("lon", format_args!("{}", coordinate(r, 1, 24)));
            o.raw("acc", format_args!("{}", 5 + r.below(60)));
        });
    },
    |o, r| o.text("sid", format_args!("{:08x}", r.next() as u32)),
    |o, r| {
        o.text(
            "os",
            format_args!("{}", r.pick(&["ios", "android", "mac", "win"])),
        )
    },
    |o, r| {
        o.text(
            "lang",
            format_args!("{}", r.pick(&["de", "en", "fr", "es"])),
        )
    },
    |o, r| o.text("app", format_args!("{}.{}.0", r.below(9), r.below(30))),
    |o, r| o.text("note", format_args!("{}", r.pick(NOTES))),
    |o, r| {
        o.object("consent", |o| {
            o.raw("a", format_args!("{}", r.below(4) != 0));
            o.raw("m", format_args!("{}", r.below(2) == 0));
        });
    },
    |o, r| {
        o.object("campaign", |o| {
            o.text("src", format_args!("{}", r.pick(&["mail", "ads", "seo"])));
            o.text(
                "id",
                format_args!("{}", r.pick(&["sale", "w", "launch-26"])),
            );
        });
    },
    |o, r| o.text("cookie", format_args!("{:016x}", r.next())),
    |o, r| o.text("mac", format_args!("{:012x}", r.next() >> 16)),
    |o, r| o.text("fp", format_args!("{:08x}", r.next() as u32)),
    |o, r| o.text("name", format_args!("{}", r.pick(NAMES))),
    |o, r| {
        o.object("x", |o| {
            o.array("d", |o| o.raw("", format_args!("{}", r.below(10))))
        })
    },
];

/// In seven events of eight of one family.
const OF_A_FAMILY: [&[Member]; 5] = [
    &[
        |o, r| o.text("url", format_args!("https://shop.test/p/{}", r.below(5000))),
        |o, r| o.text("referrer", format_args!("https://{}/", r.pick(HOSTS))),
        |o, r| o.raw("ms", format_args!("{}", r.below(100_000))),
        |o, r| {
            o.object("viewport", |o| {
                o.raw("w", format_args!("{}", r.below(3000)))
            })
        },
    ],
    &[
        |o, r| o.text("order_id", format_args!("o-{:010}", r.below(1 << 30))),
        |o, r| {
            o.array("items", |o| {
                o.object("", |o| {
                    o.text("sku", format_args!("S-{:05}", r.below(100_000)));
                    o.raw("qty", format_args!("{}", 1 + r.below(4)));
                });
            });
        },
        |o, r| o.raw("value", format_args!("{}", price(r))),
        |o, _| o.text("cur", format_args!("EUR")),
    ],
    &[
        |o, r| o.text("query", format_args!("tea {}", r.pick(CITIES))),
        |o, r| o.raw("results", format_args!("{}", r.below(500))),
        |o, r| o.raw("page", format_args!("{}", r.below(9))),
        |o, r| o.array("facets", |o| o.text("", format_args!("f{}", r.below(40)))),
    ],
    &[
        |o, r| {
            let (y, m, d) = (1940 + r.below(66), 1 + r.below(12), 1 + r.below(28));
            o.text("birthdate", format_args!("{y}-{m:02}-{d:02}"));
        },
        |o, r| o.text("plan", format_args!("{}", r.pick(&["free", "pro", "team"]))),
        |o, r| o.raw("newsletter", format_args!("{}", r.below(2) == 0)),
        |o, r| o.raw("seats", format_args!("{}", r.below(90))),
    ],
    &[
        |o, r| o.text("ticket", format_args!("T-{:06}", r.below(1_000_000))),
        |o, r| o.text("subject", format_args!("{}", r.pick(NOTES))),
        |o, r| o.raw("rating", format_args!("{}", 1 + r.below(5))),
        |o, r| o.raw("wait_s", format_args!("{}", r.below(5_000))),
    ],
];

/// Appends event number `index`.
pub fn event(index: u64, out: &mut String) {
    let mut r = SplitMix64::seeded(index);
    let style = Style::drawn(&mut r);
    let family = r.below(5) as usize;
    let mut members: Vec<Member> = ALWAYS.to_vec();
    let optional = OFTEN.iter().chain(OF_A_FAMILY[family]);
    members.extend(optional.filter(|_| r.below(8) != 0));
    // Fisher and Yates; the type takes any place too.
    for i in (1..members.len()).rev() {
        members.swap(i, r.below(i as u64 + 1) as usize);
    }
    let type_at = r.below(members.len() as u64 + 1) as usize;
    let mut o = Members::open(out, style);
    for (at, member) in members.iter().enumerate() {
        if at == type_at {
            o.text("type", format_args!("{}", r.pick(&TYPES[family])));
        }
        member(&mut o, &mut r);
    }
    if type_at == members.len() {
        o.text("type", format_args!("{}", r.pick(&TYPES[family])));
    }
    o.close();
}
