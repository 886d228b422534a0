//! Synthetic shop events: the same for the same seed, nobody's data.

use crate::synthetic::Random;

/// One raw record of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Record key.
    pub(crate) key: String,
    /// Record value; most are JSON.
    pub(crate) value: String,
    /// Record timestamp, milliseconds since 1970.
    pub(crate) timestamp_ms: i64,
}

/// 2026-03-01T00:00:00Z.
const START_MS: i64 = 1_772_323_200_000;
const PEOPLE: u64 = 120;

const FIRST: &[&str] = &[
    "Ada", "Bilal", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hiro", "Ines", "Jonas", "Kaja",
    "Lwazi", "Mina", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tala",
];
const LAST: &[&str] = &[
    "Abara", "Berger", "Costa", "Dahl", "Eriksen", "Fujita", "Gomez", "Haddad", "Ivanova",
    "Jansen", "Kaya", "Lindt", "Moreau", "Novak", "Okafor", "Petrov",
];
const PATHS: &[&str] = &[
    "/",
    "/shoes",
    "/shoes/trail",
    "/bags",
    "/sale",
    "/checkout",
    "/stores",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/139.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_3) Safari/605.1",
    "ShopApp/8.2 (Android 16)",
];
const SKUS: &[(&str, u64)] = &[
    ("TRAIL-42", 12_990),
    ("SOCK-3", 990),
    ("BAG-17", 5_450),
    ("CAP-1", 1_995),
    ("LACE-9", 395),
];
const CAMPAIGNS: &[&str] = &["spring-sale", "newsletter-9", "retargeting-2"];

/// `count` events of that seed. About one in eight carries no consent for
/// analytics, one in a hundred cannot be read.
pub(crate) fn generate(seed: u64, count: usize) -> Vec<Event> {
    let mut random = Random::new(seed);
    (0..count).map(|n| event(&mut random, n as i64)).collect()
}

struct Person {
    id: u64,
    name: String,
    email: String,
    phone: String,
    birthday: String,
    ip: String,
    analytics: bool,
    advertising: bool,
}

impl Person {
    /// The same person for the same number: who they are does not change
    /// between their events.
    fn of(id: u64) -> Person {
        let mut random = Random::new(id.wrapping_mul(0x9e37_79b9));
        let (first, last) = (random.pick(FIRST), random.pick(LAST));
        let provider = random.pick(&["example.com", "mail.example", "example.org"]);
        Person {
            id: 10_000 + id,
            name: format!("{first} {last}"),
            email: format!("{first}.{last}{id}@{provider}").to_lowercase(),
            // 555-01xx is reserved for fiction.
            phone: format!("+1202555{:04}", 100 + id % 100),
            birthday: format!(
                "{}-{:02}-{:02}",
                1940 + random.below(65),
                1 + random.below(12),
                1 + random.below(28)
            ),
            // The documentation ranges of RFC 5737 and RFC 3849.
            ip: if random.below(4) == 0 {
                format!(
                    "2001:db8:{:x}:{:x}::{:x}",
                    random.below(0xffff),
                    random.below(0xffff),
                    1 + random.below(0xffff)
                )
            } else {
                format!(
                    "{}.{}",
                    random.pick(&["203.0.113", "198.51.100"]),
                    1 + random.below(254)
                )
            },
            analytics: random.below(8) != 0,
            advertising: random.below(2) == 0,
        }
    }
}

fn event(random: &mut Random, n: i64) -> Event {
    let person = Person::of(random.below(PEOPLE));
    let timestamp_ms = START_MS + n * 41_000 + random.below(40_000) as i64;
    let timestamp = iso(timestamp_ms);
    let context = format!(
        r#""context":{{"ip":"{}","userAgent":"{}","campaign":{{"name":"{}"}},"page":{{"path":"{}"}},"consent":{{"categoryPreferences":{{"Analytics":{},"Advertising":{}}}}}}}"#,
        person.ip,
        random.pick(AGENTS),
        random.pick(CAMPAIGNS),
        random.pick(PATHS),
        person.analytics,
        person.advertising,
    );
    let (kind, rest) = match random.below(100) {
        0..=44 => ("page", String::new()),
        45..=69 => {
            let (sku, cents) = *random.pick(SKUS);
            (
                "track",
                format!(
                    r#""event":"Product Viewed","properties":{{"sku":"{sku}","price":{}}},"#,
                    money(cents)
                ),
            )
        }
        70..=84 => ("track", order(random, &person)),
        85..=93 => (
            "identify",
            format!(
                r#""traits":{{"name":"{}","email":"{}","phone":"{}","birthday":"{}"}},"#,
                person.name, person.email, person.phone, person.birthday
            ),
        ),
        _ => (
            "track",
            format!(
                r#""event":"Support Message Sent","properties":{{"text":"Hi, this is {}, please call {}"}},"#,
                person.name, person.phone
            ),
        ),
    };
    let whole = format!(
        r#"{{"messageId":"{:016x}","type":"{kind}",{rest}"timestamp":"{timestamp}","userId":{},{context}}}"#,
        random.next(),
        person.id
    );
    let value = match random.below(300) {
        0 => whole[..whole.len() * 2 / 3].to_owned(),
        1 => whole.replacen("\"type\"", "\"userId\":1,\"type\"", 1),
        2 => whole.replacen(
            &format!("\"timestamp\":\"{timestamp}\""),
            "\"timestamp\":\"yesterday\"",
            1,
        ),
        _ => whole,
    };
    Event {
        key: person.id.to_string(),
        value,
        timestamp_ms,
    }
}

fn order(random: &mut Random, person: &Person) -> String {
    let mut total = 0;
    let products: Vec<String> = (0..1 + random.below(3))
        .map(|_| {
            let (sku, cents) = *random.pick(SKUS);
            let quantity = 1 + random.below(2);
            total += cents * quantity;
            format!(
                r#"{{"sku":"{sku}","price":{},"quantity":{quantity}}}"#,
                money(cents)
            )
        })
        .collect();
    format!(
        r#""event":"Order Completed","properties":{{"orderId":"SO-{:06}","revenue":{},"products":[{}],"shipTo":"{}, {} Sample Street"}},"#,
        random.below(1_000_000),
        money(total),
        products.join(","),
        person.name,
        1 + random.below(200),
    )
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .expect("the demo's days are within the calendar")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_events_and_another_gives_others() {
        assert_eq!(generate(1, 50), generate(1, 50));
        assert_ne!(generate(1, 50), generate(2, 50));
    }

    #[test]
    fn nearly_all_events_are_json_and_a_few_are_not() {
        let events = generate(1, 1_000);
        let broken = events
            .iter()
            .filter(|e| serde_json::from_str::<serde_json::Value>(&e.value).is_err())
            .count();
        assert!((1..30).contains(&broken), "{broken}");
    }
}
