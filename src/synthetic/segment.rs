//! Segment: one call of its tracking API.

use super::category as c;
use super::device::Device;
use super::json::Json;
use super::shop::{Product, basket, money, total};
use super::web::Page;
use super::{event::Event, person::Person, random::Random, time, truth::Truth};

pub(super) fn write(event: &mut Event<'_>) {
    let Event {
        json,
        random,
        person,
        at,
    } = event;
    let device = Device::pick(random);
    let signed_in = !random.once_in(3);
    json.whole(|json| {
        json.text("anonymousId", &person.cookie);
        context(json, random, person, device);
        call(json, random, person, device);
        json.object("integrations", |json| {
            json.plain("All", true);
            if random.once_in(4) {
                json.plain("Mailings", person.allows_advertising);
            }
        });
        json.text("messageId", &format!("ajs-next-{}", random.uuid()));
        json.text("originalTimestamp", &time::rfc3339(*at - 120));
        json.text("receivedAt", &time::rfc3339(*at + 310));
        json.text("sentAt", &time::rfc3339(*at + 40));
        json.text("timestamp", &time::rfc3339(*at));
        if signed_in {
            // Some sources send their database's number.
            match person.number % 5 {
                0 => json.plain("userId", 10_000 + person.number),
                _ => json.text("userId", &person.account),
            }
        } else if random.once_in(2) {
            json.null("userId");
        }
        json.plain("version", 2);
    });
}

fn call(json: &mut Json, random: &mut Random, person: &Person, device: &Device) {
    match random.below(20) {
        0..=6 if device.is_mobile => {
            json.text("type", "screen");
            json.text("name", random.word(&["Home", "Product", "Basket"]));
            json.object("properties", |json| {
                json.text("variation", random.word(&["a", "b"]));
            });
        }
        0..=6 => {
            let page = Page::pick(random, &person.email);
            json.text("type", "page");
            json.text_or_null("name", random.once_in(2).then_some(page.title));
            json.object("properties", |json| self::page(json, &page));
        }
        7..=9 => track(json, "Product Viewed", |json| {
            let viewed = Product::pick(random);
            product(json, random, viewed, None);
        }),
        10 => track(json, "Products Searched", |json| {
            json.text(
                "query",
                random.word(&["trail shoes", "socken größe 42", "cap"]),
            );
        }),
        11..=13 => track(json, "Order Completed", |json| order(json, random)),
        14 => track(json, "Signed Up", |json| {
            json.text("method", random.word(&["email", "single sign-on"]));
            json.text("email", &person.email);
            json.plain("newsletter", person.allows_advertising);
        }),
        15 => track(json, "Support Message Sent", |json| {
            json.text(
                "text",
                &format!(
                    "Hi, this is {}.\nPlease call me back: {}",
                    person.name(),
                    person.phone
                ),
            );
        }),
        16 | 17 => {
            json.text("type", "identify");
            json.object("traits", |json| traits(json, random, person));
        }
        18 => {
            json.text("type", "group");
            json.text("groupId", &format!("org_{:04}", person.number % 300));
            json.object("traits", |json| {
                json.text("name", random.word(&["Example & Sons", "Beispiel GmbH"]));
                json.plain("employees", 3 + random.below(4_000));
                json.text("plan", random.word(&["free", "team", "business"]));
            });
        }
        _ => {
            json.text("type", "alias");
            json.text("previousId", &person.cookie);
        }
    }
}

fn track(json: &mut Json, name: &str, properties: impl FnOnce(&mut Json)) {
    json.text("type", "track");
    json.text("event", name);
    json.object("properties", properties);
}

fn order(json: &mut Json, random: &mut Random) {
    // A basket may be empty where a voucher is bought.
    let bought = match random.once_in(12) {
        true => Vec::new(),
        false => basket(random, 4),
    };
    json.text("order_id", &format!("SO-{:06}", random.below(1_000_000)));
    json.plain("revenue", money(total(&bought)));
    json.plain("shipping", random.pick(&[0, 490]));
    json.text("currency", random.word(&["EUR", "USD", "GBP"]));
    json.text_or_null("coupon", random.once_in(5).then_some("SPRING10"));
    json.array("products", |json| {
        for (bought, quantity) in bought {
            json.whole(|json| product(json, random, bought, Some(quantity)));
        }
    });
}

fn product(json: &mut Json, random: &mut Random, product: &Product, quantity: Option<u64>) {
    json.text("product_id", product.sku);
    json.text("name", product.name);
    json.text("brand", product.brand);
    json.text("category", product.category);
    // As it is in shops: now a number, now text.
    match random.once_in(10) {
        true => json.text("price", &money(product.price)),
        false => json.plain("price", money(product.price)),
    }
    if let Some(quantity) = quantity {
        json.plain("quantity", quantity);
    }
}

fn page(json: &mut Json, page: &Page) {
    json.text("path", &page.path);
    json.text("referrer", page.referrer.unwrap_or(""));
    json.text("search", &page.search);
    json.text("title", page.title);
    json.text("url", &page.url());
}

fn context(json: &mut Json, random: &mut Random, person: &Person, device: &Device) {
    json.object("context", |json| {
        json.object("consent", |json| {
            json.object("categoryPreferences", |json| {
                json.plain("Analytics", person.allows_analytics);
                json.plain("Advertising", person.allows_advertising);
                json.plain("Functional", true);
            });
        });
        json.text("ip", &person.ip);
        json.object("library", |json| {
            json.text(
                "name",
                match device.system {
                    "iOS" => "analytics-swift",
                    "Android" => "analytics-kotlin",
                    _ => "analytics.js",
                },
            );
            json.text("version", "next-1.70.0");
        });
        json.text("locale", person.place.locale);
        json.text("timezone", person.place.time_zone);
        json.text("userAgent", device.agent);
        if device.is_mobile {
            phone(json, random, person, device);
        } else {
            let visited = Page::pick(random, &person.email);
            if let Some(campaign) = &visited.campaign {
                json.object("campaign", |json| {
                    json.text("name", campaign.name);
                    json.text("source", campaign.source);
                    json.text("medium", campaign.medium);
                });
            }
            json.object("page", |json| page(json, &visited));
        }
        if random.once_in(6) {
            json.object("traits", |json| json.text("email", &person.email));
        }
    });
}

fn phone(json: &mut Json, random: &mut Random, person: &Person, device: &Device) {
    json.object("app", |json| {
        json.text("name", "Shop");
        json.text("version", "8.2.1");
        json.text("build", "3120");
    });
    json.object("device", |json| {
        json.text("id", &person.cookie.to_uppercase());
        if person.allows_advertising {
            json.text("advertisingId", &person.advertising);
        }
        json.plain("adTrackingEnabled", person.allows_advertising);
        json.text("manufacturer", device.maker);
        json.text("model", device.model);
        json.text("name", &format!("{}’s phone", person.first));
        json.text("type", &device.system.to_lowercase());
    });
    json.object("network", |json| {
        json.plain("wifi", random.once_in(2));
        json.text_or_null("carrier", random.once_in(2).then_some("Example Mobile"));
    });
    json.object("os", |json| {
        json.text("name", device.system);
        json.text("version", device.system_version);
    });
    json.object("screen", |json| {
        json.plain("width", device.screen.0);
        json.plain("height", device.screen.1);
        json.plain("density", 3);
    });
    if random.once_in(3) {
        json.object("location", |json| {
            json.text("city", person.place.city);
            json.text("country", person.place.country);
            json.plain("latitude", &person.latitude);
            json.plain("longitude", &person.longitude);
        });
    }
}

fn traits(json: &mut Json, random: &mut Random, person: &Person) {
    json.text("email", &person.email);
    match random.once_in(2) {
        true => json.text("name", &person.name()),
        false => {
            json.text("firstName", person.first);
            json.text("lastName", person.last);
        }
    }
    json.text("username", &person.username);
    if random.once_in(2) {
        json.text("phone", &person.phone);
        json.text("birthday", &person.birthday());
        json.text("gender", person.gender);
    }
    match random.below(3) {
        0 => json.plain("age", person.age()),
        1 => json.quoted("age", person.age()),
        _ => json.null("age"),
    }
    if random.once_in(2) {
        json.object("address", |json| {
            json.text("street", &person.street);
            json.text("postalCode", &person.postcode);
            json.text("city", person.place.city);
            json.text("state", person.place.region);
            json.text("country", person.place.country);
        });
    }
    if random.once_in(2) {
        json.object("company", |json| {
            json.text("name", "Beispiel GmbH");
            json.text("industry", "Retail");
            json.plain("employee_count", 12 + random.below(400));
        });
        json.text(
            "title",
            random.word(&["Engineer", "Head of Sales", "Ärztin"]),
        );
    }
    json.text(
        "avatar",
        &format!("https://images.example/avatars/{}.png", person.account),
    );
    if random.once_in(4) {
        json.text("website", &format!("https://{}.example/", person.username));
        json.text(
            "description",
            &format!("I am {} and I like trails.", person.first),
        );
    }
    json.text("plan", random.word(&["free", "team", "business"]));
    json.plain("logins", random.below(400));
    json.text("createdAt", "2024-05-01T10:00:00.000Z");
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::direct("anonymousId", c::PSEUDONYM),
    Truth::personal("context.consent.categoryPreferences.Analytics", c::CONSENT),
    Truth::personal(
        "context.consent.categoryPreferences.Advertising",
        c::CONSENT,
    ),
    Truth::personal("context.consent.categoryPreferences.Functional", c::CONSENT),
    Truth::direct("context.ip", c::IP),
    Truth::other("context.library.name"),
    Truth::other("context.library.version"),
    Truth::personal("context.locale", c::LANGUAGE),
    Truth::personal("context.timezone", c::ROUGHLY),
    Truth::personal("context.userAgent", c::DEVICE),
    Truth::personal("context.campaign.name", c::BEHAVIOR),
    Truth::personal("context.campaign.source", c::BEHAVIOR),
    Truth::personal("context.campaign.medium", c::BEHAVIOR),
    Truth::personal("context.page.path", c::BROWSING),
    Truth::personal("context.page.referrer", c::BROWSING),
    Truth::direct("context.page.search", c::BROWSING),
    Truth::personal("context.page.title", c::BROWSING),
    Truth::direct("context.page.url", c::BROWSING),
    Truth::direct("context.traits.email", c::EMAIL),
    Truth::other("context.app.name"),
    Truth::other("context.app.version"),
    Truth::other("context.app.build"),
    Truth::direct("context.device.id", c::DEVICE_ID),
    Truth::direct("context.device.advertisingId", c::DEVICE_ID),
    Truth::personal("context.device.adTrackingEnabled", c::CONSENT),
    Truth::personal("context.device.manufacturer", c::DEVICE),
    Truth::personal("context.device.model", c::DEVICE),
    Truth::direct("context.device.name", c::DEVICE),
    Truth::personal("context.device.type", c::DEVICE),
    Truth::personal("context.network.wifi", c::TELEMETRY),
    Truth::personal("context.network.carrier", c::TELEMETRY),
    Truth::personal("context.os.name", c::DEVICE),
    Truth::personal("context.os.version", c::DEVICE),
    Truth::personal("context.screen.width", c::DEVICE),
    Truth::personal("context.screen.height", c::DEVICE),
    Truth::personal("context.screen.density", c::DEVICE),
    Truth::personal("context.location.city", c::ROUGHLY),
    Truth::personal("context.location.country", c::ROUGHLY),
    Truth::direct("context.location.latitude", c::PRECISE),
    Truth::direct("context.location.longitude", c::PRECISE),
    Truth::other("type"),
    Truth::personal("event", c::BEHAVIOR),
    Truth::personal("name", c::BROWSING),
    Truth::other("properties.variation"),
    Truth::personal("properties.path", c::BROWSING),
    Truth::personal("properties.referrer", c::BROWSING),
    Truth::direct("properties.search", c::BROWSING),
    Truth::personal("properties.title", c::BROWSING),
    Truth::direct("properties.url", c::BROWSING),
    Truth::personal("properties.product_id", c::BEHAVIOR),
    Truth::personal("properties.name", c::BEHAVIOR),
    Truth::personal("properties.brand", c::BEHAVIOR),
    Truth::personal("properties.category", c::BEHAVIOR),
    Truth::personal("properties.price", c::BEHAVIOR),
    Truth::personal("properties.query", c::SEARCHES),
    Truth::personal("properties.order_id", c::PURCHASES),
    Truth::personal("properties.revenue", c::PURCHASES),
    Truth::personal("properties.shipping", c::PURCHASES),
    Truth::personal("properties.currency", c::PURCHASES),
    Truth::personal("properties.coupon", c::PURCHASES),
    Truth::personal("properties.products[*].product_id", c::PURCHASES),
    Truth::personal("properties.products[*].name", c::PURCHASES),
    Truth::personal("properties.products[*].brand", c::PURCHASES),
    Truth::personal("properties.products[*].category", c::PURCHASES),
    Truth::personal("properties.products[*].price", c::PURCHASES),
    Truth::personal("properties.products[*].quantity", c::PURCHASES),
    Truth::personal("properties.method", c::ACCOUNT),
    Truth::direct("properties.email", c::EMAIL),
    Truth::personal("properties.newsletter", c::CONSENT),
    Truth::direct("properties.text", c::CONTENT),
    Truth::direct("traits.email", c::EMAIL),
    // A person's in `identify`, an organisation's in `group`.
    Truth::direct("traits.name", c::NAME),
    Truth::direct("traits.firstName", c::FIRST),
    Truth::direct("traits.lastName", c::LAST),
    Truth::direct("traits.username", c::USERNAME),
    Truth::direct("traits.phone", c::PHONE),
    Truth::personal("traits.birthday", c::BIRTH),
    Truth::personal("traits.gender", c::GENDER),
    Truth::personal("traits.age", c::PROFILE),
    Truth::direct("traits.address.street", c::STREET),
    Truth::personal("traits.address.postalCode", c::POSTCODE),
    Truth::personal("traits.address.city", c::CITY),
    Truth::personal("traits.address.state", c::STATE),
    Truth::personal("traits.address.country", c::COUNTRY),
    Truth::personal("traits.company.name", c::WORKPLACE),
    Truth::personal("traits.company.industry", c::WORKPLACE),
    Truth::personal("traits.company.employee_count", c::WORKPLACE),
    Truth::personal("traits.title", c::JOB),
    Truth::direct("traits.avatar", c::IMAGE),
    Truth::direct("traits.website", c::WEBSITE),
    Truth::direct("traits.description", c::CONTENT),
    Truth::personal("traits.plan", c::ACCOUNT),
    Truth::personal("traits.logins", c::BEHAVIOR),
    Truth::personal("traits.createdAt", c::ACCOUNT),
    Truth::other("traits.employees"),
    Truth::personal("groupId", c::WORKPLACE),
    Truth::direct("previousId", c::PSEUDONYM),
    Truth::other("integrations.All"),
    Truth::other("integrations.Mailings"),
    Truth::other("messageId"),
    Truth::other("originalTimestamp"),
    Truth::other("receivedAt"),
    Truth::other("sentAt"),
    Truth::other("timestamp"),
    Truth::direct("userId", c::ID),
    Truth::other("version"),
];
