//! What made-up people buy, and what they pay with.

use super::random::Random;

/// Something on sale.
pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) brand: &'static str,
    /// Hundredths of the currency.
    pub(super) price: u64,
}

const PRODUCTS: &[Product] = &[
    Product {
        sku: "TRAIL-42",
        name: "Trail runner",
        category: "Shoes",
        brand: "Norrsken",
        price: 12_990,
    },
    Product {
        sku: "SOCK-3",
        name: "Wool socks, 3 pairs",
        category: "Socks",
        brand: "Ullé",
        price: 990,
    },
    Product {
        sku: "BAG-17",
        name: "Rucksack »Höhenweg« 17 l",
        category: "Bags",
        brand: "Norrsken",
        price: 5_450,
    },
    Product {
        sku: "CAP-1",
        name: "Cap",
        category: "Accessories",
        brand: "Plain",
        price: 1_995,
    },
    Product {
        sku: "LACE-9",
        name: "Laces 90 cm",
        category: "Accessories",
        brand: "Plain",
        price: 395,
    },
];

impl Product {
    pub(super) fn pick(random: &mut Random) -> &'static Product {
        random.pick(PRODUCTS)
    }
}

/// Each product with how many of it.
pub(super) fn basket(random: &mut Random, most: u64) -> Vec<(&'static Product, u64)> {
    (0..1 + random.below(most))
        .map(|_| (Product::pick(random), 1 + random.below(3)))
        .collect()
}

/// What a basket costs, in hundredths.
pub(super) fn total(basket: &[(&Product, u64)]) -> u64 {
    basket.iter().map(|(p, quantity)| p.price * quantity).sum()
}

/// `129.90`.
pub(super) fn money(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The number of a card: a range that payment services keep for tests, and a check
/// digit by Luhn (ISO/IEC 7812-1).
pub(super) fn card(random: &mut Random) -> String {
    let (range, length) = *random.pick(&[
        ("424242", 16),
        ("400005", 16),
        ("555555", 16),
        ("222300", 16),
        ("378282", 15),
    ]);
    let mut digits = range.to_owned();
    while digits.len() < length - 1 {
        digits.push(char::from(b'0' + random.below(10) as u8));
    }
    let check = luhn(&digits);
    digits.push(char::from(b'0' + check));
    digits
}

fn luhn(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// An account at a bank that does not exist, with check digits by ISO 13616.
pub(super) fn iban(random: &mut Random) -> String {
    let (country, account) = match random.below(3) {
        0 => ("DE", format!("{:018}", random.digits(15))),
        1 => ("NL", format!("TEST0{:09}", random.digits(9))),
        _ => ("GB", format!("TEST{:014}", random.digits(14))),
    };
    let rest = format!("{account}{country}00")
        .bytes()
        .fold(0_u64, |rest, c| match c {
            b'0'..=b'9' => (rest * 10 + u64::from(c - b'0')) % 97,
            letter => (rest * 100 + u64::from(letter - b'A') + 10) % 97,
        });
    format!("{country}{:02}{account}", 98 - rest)
}
