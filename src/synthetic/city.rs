//! Where made-up people live: real cities, streets that many towns have.

use super::random::Random;

/// A city, with what else is decided by it.
pub(super) struct City {
    pub(super) city: &'static str,
    pub(super) region: &'static str,
    pub(super) region_code: &'static str,
    /// `#` stands for a digit, `@` for a letter.
    postcode: &'static str,
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) continent: &'static str,
    /// Degrees north and east of its middle, in thousandths.
    middle: (i64, i64),
    pub(super) currency: &'static str,
    pub(super) locale: &'static str,
    pub(super) time_zone: &'static str,
    /// `#` stands for the number of the house.
    streets: &'static [&'static str],
    /// Numbers kept for films and books, in several spellings.
    phones: &'static [&'static str],
}

impl City {
    pub(super) fn pick(random: &mut Random) -> &'static City {
        random.pick(PLACES)
    }

    pub(super) fn postcode(&self, random: &mut Random) -> String {
        filled(self.postcode, random)
    }

    pub(super) fn street(&self, random: &mut Random) -> String {
        let number = (1 + random.below(180)).to_string();
        random.pick(self.streets).replace('#', &number)
    }

    pub(super) fn phone(&self, random: &mut Random) -> String {
        filled(random.word(self.phones), random)
    }

    /// Latitude and longitude of a house somewhere around.
    pub(super) fn spot(&self, random: &mut Random) -> (String, String) {
        let mut degrees = |thousandths: i64| {
            let hundred_thousandths = thousandths * 100 + random.below(12_000) as i64 - 6_000;
            let sign = if hundred_thousandths < 0 { "-" } else { "" };
            let (whole, rest) = (
                hundred_thousandths.abs() / 100_000,
                hundred_thousandths.abs() % 100_000,
            );
            format!("{sign}{whole}.{rest:05}")
        };
        (degrees(self.middle.0), degrees(self.middle.1))
    }
}

fn filled(pattern: &str, random: &mut Random) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + random.below(10) as u8),
            '@' => char::from(*random.pick(b"ABDEFGHJLNPQRSTUWXYZ")),
            c => c,
        })
        .collect()
}

const PLACES: &[City] = &[
    City {
        city: "Portland",
        region: "Oregon",
        region_code: "OR",
        postcode: "972##",
        country: "United States",
        country_code: "US",
        continent: "Americas",
        middle: (45_520, -122_670),
        currency: "USD",
        locale: "en-US",
        time_zone: "America/Los_Angeles",
        streets: &[
            "# Juniper Lane",
            "# NW Alder Street, Apt 4",
            "# Quarry Road",
        ],
        phones: &["+150355501##", "(503) 555-01##", "503-555-01##"],
    },
    City {
        city: "Leeds",
        region: "England",
        region_code: "ENG",
        postcode: "LS# #@@",
        country: "United Kingdom",
        country_code: "GB",
        continent: "Europe",
        middle: (53_800, -1_550),
        currency: "GBP",
        locale: "en-GB",
        time_zone: "Europe/London",
        streets: &["# Mill Lane", "Flat 2, # Church Road", "# Orchard Close"],
        phones: &["+447700900###", "07700 900###", "+44 113 496 0###"],
    },
    City {
        city: "Köln",
        region: "Nordrhein-Westfalen",
        region_code: "NW",
        postcode: "506##",
        country: "Germany",
        country_code: "DE",
        continent: "Europe",
        middle: (50_940, 6_960),
        currency: "EUR",
        locale: "de-DE",
        time_zone: "Europe/Berlin",
        streets: &["Lindenstraße #", "Am Mühlbach #", "Gartenweg #a"],
        phones: &["+493023125###", "030 23125###", "+49 40 66969###"],
    },
    City {
        city: "Lyon",
        region: "Auvergne-Rhône-Alpes",
        region_code: "ARA",
        postcode: "6900#",
        country: "France",
        country_code: "FR",
        continent: "Europe",
        middle: (45_760, 4_840),
        currency: "EUR",
        locale: "fr-FR",
        time_zone: "Europe/Paris",
        streets: &[
            "# rue des Tilleuls",
            "# bis, allée du Château",
            "# avenue de l’Étang",
        ],
        phones: &["+33639980###", "06 39 98 ## ##", "01 99 00 ## ##"],
    },
    City {
        city: "São Paulo",
        region: "São Paulo",
        region_code: "SP",
        postcode: "01###-0##",
        country: "Brazil",
        country_code: "BR",
        continent: "Americas",
        middle: (-23_550, -46_630),
        currency: "BRL",
        locale: "pt-BR",
        time_zone: "America/Sao_Paulo",
        streets: &["Rua das Acácias, #", "Travessa do Ipê, # – ap. 31"],
        phones: &["+55115550####", "(11) 5550-####"],
    },
    City {
        city: "札幌市",
        region: "北海道",
        region_code: "JP-01",
        postcode: "060-00##",
        country: "Japan",
        country_code: "JP",
        continent: "Asia",
        middle: (43_060, 141_350),
        currency: "JPY",
        locale: "ja-JP",
        time_zone: "Asia/Tokyo",
        streets: &["桜通り#番地", "緑町#丁目"],
        phones: &["+81115550###", "011-555-0###"],
    },
];
