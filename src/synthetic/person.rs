//! Made-up people: the same for the same seed and number, in every event and shape.

use jiff::civil::{self, Date};

use super::city::City;
use super::random::Random;

/// Somebody who does not exist.
pub(super) struct Person {
    /// A number below how many there are.
    pub(super) number: u64,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    /// What they call themselves in a user name.
    pub(super) username: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) place: &'static City,
    pub(super) street: String,
    pub(super) postcode: String,
    pub(super) latitude: String,
    pub(super) longitude: String,
    pub(super) born: Date,
    pub(super) ip: String,
    /// Their account: `usr_9f86d081`.
    pub(super) account: String,
    /// A cookie, made once a browser.
    pub(super) cookie: String,
    /// An advertising id, made once a phone.
    pub(super) advertising: String,
    pub(super) gender: &'static str,
    pub(super) allows_analytics: bool,
    pub(super) allows_advertising: bool,
}

impl Person {
    pub(super) fn new(seed: u64, number: u64) -> Person {
        let mut random = Random::new(Random::new(!seed).next() ^ number);
        let place = City::pick(&mut random);
        let (first, romanized_first, gender) = *random.pick(FIRST);
        let (last, romanized_last) = *random.pick(LAST);
        let username = username(&mut random, romanized_first, romanized_last, number);
        let (latitude, longitude) = place.spot(&mut random);
        Person {
            number,
            first,
            last,
            email: email(&mut random, romanized_first, romanized_last, number),
            username,
            phone: place.phone(&mut random),
            place,
            street: place.street(&mut random),
            postcode: place.postcode(&mut random),
            latitude,
            longitude,
            born: civil::date(1942, 1, 1) + jiff::Span::new().days(random.below(66 * 365) as i64),
            ip: ip(&mut random),
            account: format!("usr_{:08x}", random.next() >> 32),
            cookie: random.uuid(),
            advertising: random.uuid(),
            gender,
            allows_analytics: !random.once_in(8),
            allows_advertising: random.once_in(2),
        }
    }

    /// `1984-05-17`.
    pub(super) fn birthday(&self) -> String {
        self.born.to_string()
    }

    /// Years, at about the time of the events.
    pub(super) fn age(&self) -> i16 {
        2026 - self.born.year()
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

fn username(random: &mut Random, first: &str, last: &str, number: u64) -> String {
    match random.below(3) {
        0 => format!("{first}{}", number % 1_000),
        1 => format!("{}_{last}{number}", &first[..1]),
        _ => format!("{last}.{first}.{number}"),
    }
}

/// At domains that are kept for examples and tests (RFC 2606, RFC 6761), spelt in
/// the ways in which people do.
fn email(random: &mut Random, first: &str, last: &str, number: u64) -> String {
    let domain = random.pick(DOMAINS);
    match random.below(12) {
        0 => format!("{first}+shop@{number}.{domain}"),
        1 => format!("{}.{}{number}@{domain}", capital(first), capital(last)),
        2 => format!("{}{last}_{number}@{}", &first[..1], domain.to_uppercase()),
        3 => format!("{last}-{number}@bücher.example"),
        4..=6 => format!("{first}{number}@{domain}"),
        _ => format!("{first}.{last}{number}@{domain}"),
    }
}

fn capital(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// A third from the ranges kept for documentation (RFC 5737, RFC 3849), the others
/// as networks of homes and phones look; some of version 6.
fn ip(random: &mut Random) -> String {
    let mut part = || random.below(0x1_0000);
    let (a, b, c, d) = (part(), part(), part(), part());
    let last = 1 + a % 254;
    match d % 9 {
        0 => format!("203.0.113.{last}"),
        1 => format!("198.51.100.{last}"),
        2 => format!("2001:db8:{b:x}:{c:x}::{last:x}"),
        3 => format!(
            "2a02:{:x}:{b:x}:{c:x}:{a:x}:{d:x}:{:x}:{last:x}",
            0x800 + b % 0x7ff,
            1 + c
        ),
        4 => format!("10.{}.{}.{last}", b % 256, c % 256),
        _ => format!(
            "{}.{}.{}.{last}",
            random.pick(&[24, 46, 62, 78, 81, 84, 90, 93, 109, 151, 176, 188, 213]),
            b % 256,
            c % 256
        ),
    }
}

const DOMAINS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "mail.example",
    "post.test",
    "firma.invalid",
    "students.uni.example",
    "a-team.test",
];

/// As they are written, as they are typed into an address, and a gender.
const FIRST: &[(&str, &str, &str)] = &[
    ("Ada", "ada", "female"),
    ("Bilal", "bilal", "male"),
    ("Zoë", "zoe", "female"),
    ("Łukasz", "lukasz", "male"),
    ("José", "jose", "male"),
    ("Chiara", "chiara", "female"),
    ("Олена", "olena", "female"),
    ("Дмитро", "dmytro", "male"),
    ("さくら", "sakura", "female"),
    ("محمد", "mohammed", "male"),
    ("Elif", "elif", "female"),
    ("Femi", "femi", "nonbinary"),
    ("Anne-Marie", "annemarie", "female"),
    ("Jürgen", "juergen", "male"),
    ("Lwazi", "lwazi", "male"),
    ("Noor", "noor", "female"),
    ("Priya", "priya", "female"),
    ("Sven", "sven", "male"),
    ("Ngọc", "ngoc", "female"),
    ("Robin", "robin", "nonbinary"),
];

const LAST: &[(&str, &str)] = &[
    ("Abara", "abara"),
    ("Berger", "berger"),
    ("da Costa", "dacosta"),
    ("Dahl", "dahl"),
    ("O’Brien", "obrien"),
    ("藤田", "fujita"),
    ("Gómez Ruiz", "gomezruiz"),
    ("Haddad", "haddad"),
    ("Іванова", "ivanova"),
    ("van der Berg", "vanderberg"),
    ("Kaya", "kaya"),
    ("Müller-Lüdenscheid", "mueller"),
    ("Nguyễn", "nguyen"),
    ("Okafor", "okafor"),
    ("Petrov", "petrov"),
    ("Žižek", "zizek"),
];
