//! RudderStack: an event as its server hands it on.

use super::category as c;
use super::device::Device;
use super::json::Json;
use super::shop::{basket, money, total};
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
    json.whole(|json| {
        json.text("channel", device.channel());
        context(json, random, person, device, *at);
        json.text("anonymousId", &person.cookie);
        // Some send the address as the id.
        match person.number % 4 {
            0 => json.text("userId", &person.email),
            1 => json.text("userId", ""),
            _ => json.text("userId", &person.account),
        }
        call(json, random, person);
        json.object("integrations", |json| json.plain("All", true));
        json.text("messageId", &random.uuid());
        json.text("rudderId", &format!("<<>>{}<<>>", person.account));
        json.text("request_ip", &person.ip);
        json.text("originalTimestamp", &time::rfc3339(*at));
        json.text("sentAt", &time::rfc3339(*at + 25));
        json.text("receivedAt", &time::in_berlin_winter(*at + 400));
    });
}

fn call(json: &mut Json, random: &mut Random, person: &Person) {
    match random.below(8) {
        0..=2 => {
            let page = Page::pick(random, &person.email);
            json.text("type", "page");
            json.text("name", page.title);
            json.object("properties", |json| {
                json.text("path", &page.path);
                json.text("search", &page.search);
                json.text("url", &page.url());
                json.text("initial_referrer", page.referrer.unwrap_or("$direct"));
                json.text("tab_url", &page.url());
            });
        }
        3 | 4 => {
            let bought = basket(random, 5);
            json.text("type", "track");
            json.text("event", "Order Completed");
            json.object("properties", |json| {
                json.quoted("order_id", random.digits(9));
                json.text("checkout_id", &random.hex());
                match random.once_in(3) {
                    true => json.quoted("value", money(total(&bought))),
                    false => json.plain("value", money(total(&bought))),
                }
                json.array("products", |json| {
                    for (product, quantity) in &bought {
                        json.whole(|json| {
                            json.text("sku", product.sku);
                            json.plain("price", money(product.price));
                            json.plain("quantity", quantity);
                            json.array("tags", |json| {
                                for _ in 0..random.below(3) {
                                    json.element(random.word(&["new", "sale", "öko"]));
                                }
                            });
                        });
                    }
                });
            });
        }
        5 | 6 => {
            json.text("type", "identify");
            json.text("event", "identify");
        }
        _ => {
            json.text("type", "track");
            json.text("event", "Form Submitted");
            json.object("properties", |json| {
                json.text("form_id", "callback");
                json.object("fields", |json| {
                    json.text("full name", &person.name());
                    json.text("tel.", &person.phone);
                    json.text("remarks", &remark(random, person));
                });
            });
        }
    }
}

fn remark(random: &mut Random, person: &Person) -> String {
    match random.below(3) {
        0 => String::new(),
        1 => format!(
            "Bitte an {} schreiben, danke! {}",
            person.email, person.first
        ),
        _ => "Call me after 5 \"sharp\"".to_owned(),
    }
}

fn context(json: &mut Json, random: &mut Random, person: &Person, device: &Device, at: i64) {
    json.object("context", |json| {
        json.object("app", |json| {
            json.text("name", "Shop");
            json.text("namespace", "com.example.shop");
            json.text("version", "8.2.1");
        });
        traits(json, random, person);
        json.object("library", |json| {
            json.text("name", "RudderLabs JavaScript SDK");
            json.text("version", "3.11.0");
        });
        json.text("userAgent", device.agent);
        json.object("device", |json| {
            json.text("id", &person.cookie.replace('-', "")[..16]);
            json.text("manufacturer", device.maker);
            json.text("model", device.model);
            if device.is_mobile {
                json.text("token", &random.token(80));
                json.text_or_null(
                    "advertisingId",
                    person
                        .allows_advertising
                        .then_some(person.advertising.as_str()),
                );
            }
        });
        json.text("locale", person.place.locale);
        json.text("ip", &person.ip);
        json.object("os", |json| {
            json.text("name", device.system);
            json.text("version", device.system_version);
        });
        json.plain("sessionId", at / 1_000 - i64::from(random.once_in(3)) * 600);
        if random.once_in(5) {
            json.plain("sessionStart", true);
        }
        json.array("externalId", |json| {
            for _ in 0..random.below(3) {
                json.whole(|json| {
                    json.text("type", random.word(&["brazeExternalId", "crmId"]));
                    json.text("id", &format!("0035e{:010}AAA", person.number));
                });
            }
        });
        json.object("consentManagement", |json| {
            json.array("allowedConsentIds", |json| {
                if person.allows_analytics {
                    json.element("analytics");
                }
                if person.allows_advertising {
                    json.element("advertising");
                }
            });
            json.array("deniedConsentIds", |json| {
                if !person.allows_advertising {
                    json.element("advertising");
                }
            });
        });
    });
}

fn traits(json: &mut Json, random: &mut Random, person: &Person) {
    json.object("traits", |json| {
        if random.once_in(3) {
            return;
        }
        json.text("email", &person.email);
        json.text("firstname", person.first);
        json.text("lastname", person.last);
        json.text_or_null("phone", random.once_in(2).then_some(person.phone.as_str()));
        json.text("birthday", &person.birthday());
        // One line in old sources, parts in new ones.
        match random.once_in(3) {
            true => json.text(
                "address",
                &format!(
                    "{}, {} {}",
                    person.street, person.postcode, person.place.city
                ),
            ),
            false => json.object("address", |json| {
                json.text("street", &person.street);
                json.text("postalcode", &person.postcode);
                json.text("city", person.place.city);
                json.text("country", person.place.country_code);
            }),
        }
        json.text("plan", random.word(&["free", "team", "business"]));
    });
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::other("channel"),
    Truth::other("context.app.name"),
    Truth::other("context.app.namespace"),
    Truth::other("context.app.version"),
    Truth::direct("context.traits.email", c::EMAIL),
    Truth::direct("context.traits.firstname", c::FIRST),
    Truth::direct("context.traits.lastname", c::LAST),
    Truth::direct("context.traits.phone", c::PHONE),
    Truth::personal("context.traits.birthday", c::BIRTH),
    Truth::direct("context.traits.address", c::STREET),
    Truth::direct("context.traits.address.street", c::STREET),
    Truth::personal("context.traits.address.postalcode", c::POSTCODE),
    Truth::personal("context.traits.address.city", c::CITY),
    Truth::personal("context.traits.address.country", c::COUNTRY),
    Truth::personal("context.traits.plan", c::ACCOUNT),
    Truth::other("context.library.name"),
    Truth::other("context.library.version"),
    Truth::personal("context.userAgent", c::DEVICE),
    Truth::direct("context.device.id", c::DEVICE_ID),
    Truth::personal("context.device.manufacturer", c::DEVICE),
    Truth::personal("context.device.model", c::DEVICE),
    Truth::direct("context.device.token", c::DEVICE_ID),
    Truth::direct("context.device.advertisingId", c::DEVICE_ID),
    Truth::personal("context.locale", c::LANGUAGE),
    Truth::direct("context.ip", c::IP),
    Truth::personal("context.os.name", c::DEVICE),
    Truth::personal("context.os.version", c::DEVICE),
    // The second in which the session began.
    Truth::personal("context.sessionId", c::BEHAVIOR),
    Truth::personal("context.sessionStart", c::BEHAVIOR),
    Truth::other("context.externalId[*].type"),
    Truth::direct("context.externalId[*].id", c::ID),
    Truth::personal("context.consentManagement.allowedConsentIds[*]", c::CONSENT),
    Truth::personal("context.consentManagement.deniedConsentIds[*]", c::CONSENT),
    Truth::direct("anonymousId", c::PSEUDONYM),
    Truth::direct("userId", c::ID),
    Truth::other("type"),
    Truth::personal("name", c::BROWSING),
    Truth::personal("event", c::BEHAVIOR),
    Truth::personal("properties.path", c::BROWSING),
    Truth::direct("properties.search", c::BROWSING),
    Truth::direct("properties.url", c::BROWSING),
    Truth::personal("properties.initial_referrer", c::BROWSING),
    Truth::direct("properties.tab_url", c::BROWSING),
    Truth::personal("properties.order_id", c::PURCHASES),
    Truth::personal("properties.checkout_id", c::PURCHASES),
    Truth::personal("properties.value", c::PURCHASES),
    Truth::personal("properties.products[*].sku", c::PURCHASES),
    Truth::personal("properties.products[*].price", c::PURCHASES),
    Truth::personal("properties.products[*].quantity", c::PURCHASES),
    Truth::personal("properties.products[*].tags[*]", c::PURCHASES),
    Truth::other("properties.form_id"),
    Truth::direct("properties.fields.full name", c::NAME),
    Truth::direct("properties.fields.'tel.'", c::PHONE),
    Truth::direct("properties.fields.remarks", c::CONTENT),
    Truth::other("integrations.All"),
    Truth::other("messageId"),
    Truth::direct("rudderId", c::PSEUDONYM),
    Truth::direct("request_ip", c::IP),
    Truth::other("originalTimestamp"),
    Truth::other("sentAt"),
    Truth::other("receivedAt"),
];
