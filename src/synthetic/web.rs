//! Pages, and how people came to them.

use super::random::Random;

/// A visit of one page.
pub(super) struct Page {
    pub(super) host: &'static str,
    pub(super) path: String,
    /// With its question mark; empty when there is none.
    pub(super) search: String,
    pub(super) title: &'static str,
    pub(super) referrer: Option<&'static str>,
    /// Where an advertisement led here.
    pub(super) campaign: Option<Campaign>,
}

/// The advertisement that somebody followed.
pub(super) struct Campaign {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) medium: &'static str,
    /// The name of the click id's parameter, and the id.
    pub(super) click: Option<(&'static str, String)>,
}

const PAGES: &[(&str, &str)] = &[
    ("/", "Welcome"),
    ("/shoes", "Shoes"),
    ("/shoes/trail", "Trail running shoes"),
    ("/bags", "Bags & backpacks"),
    ("/sale", "Sale – up to 50 %"),
    ("/checkout", "Checkout"),
    ("/account/orders", "Your orders"),
    ("/hilfe/rückgabe", "Rückgabe"),
];

impl Page {
    /// A page that somebody with that address looks at: once in a while the
    /// address is in the link that they followed.
    pub(super) fn pick(random: &mut Random, email: &str) -> Page {
        let (path, title) = *random.pick(PAGES);
        let campaign = random.once_in(3).then(|| Campaign::pick(random));
        let mut asked = Vec::new();
        if let Some(campaign) = &campaign {
            asked.push(format!("utm_campaign={}", campaign.name));
            asked.push(format!("utm_source={}", campaign.source));
            if let Some((name, id)) = &campaign.click {
                asked.push(format!("{name}={id}"));
            }
        }
        if random.once_in(40) {
            asked.push(format!("email={}", email.replace('@', "%40")));
        }
        let search = match asked.is_empty() {
            true => String::new(),
            false => format!("?{}", asked.join("&")),
        };
        Page {
            host: random.word(&["shop.example", "www.shop.example", "m.shop.test"]),
            path: path.to_owned(),
            search,
            title,
            referrer: random.once_in(2).then(|| {
                random.word(&[
                    "https://search.example/",
                    "https://news.example/articles/2026/spring?id=77",
                    "https://social.test/",
                ])
            }),
            campaign,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}{}{}", self.host, self.path, self.search)
    }
}

impl Campaign {
    fn pick(random: &mut Random) -> Campaign {
        let (name, source, medium) = *random.pick(&[
            ("spring-sale", "google", "cpc"),
            ("newsletter-9", "newsletter", "email"),
            ("retargeting-2", "facebook", "paid_social"),
            ("été", "bing", "cpc"),
        ]);
        let click = match source {
            "google" => Some(("gclid", format!("Cj0KCQ{}", random.token(60)))),
            "facebook" => Some(("fbclid", format!("IwAR{}", random.token(50)))),
            "bing" => Some(("msclkid", random.hex() + &random.hex())),
            _ => None,
        };
        Campaign {
            name,
            source,
            medium,
            click,
        }
    }
}
