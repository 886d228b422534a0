//! CloudEvents: an event in structured mode, data as JSON, text or base64.

use super::category as c;
use super::device::Device;
use super::json::Json;
use super::shop::{basket, iban, money, total};
use super::{event::Event, person::Person, random::Random, time, truth::Truth};

pub(super) fn write(event: &mut Event<'_>) {
    let Event {
        json,
        random,
        person,
        at,
    } = event;
    let kind = random.word(&[
        "com.example.account.created.v1",
        "com.example.login.failed.v1",
        "com.example.login.failed.v1",
        "com.example.parcel.shipped.v2",
        "com.example.invoice.paid.v1",
        "com.example.chat.said.v1",
        "com.example.scan.stored.v1",
    ]);
    json.whole(|json| {
        json.text("specversion", "1.0");
        json.text("id", &random.uuid());
        json.text("source", "https://shop.example/services/accounts");
        json.text("type", kind);
        json.text("time", &time::rfc3339(*at));
        if !random.once_in(5) {
            json.text("subject", &format!("accounts/{}", person.account));
        }
        if random.once_in(2) {
            json.text("partitionkey", &person.account);
        }
        json.text(
            "traceparent",
            &format!("00-{}{}-{}-01", random.hex(), random.hex(), random.hex()),
        );
        match kind {
            "com.example.chat.said.v1" => {
                json.text("datacontenttype", "text/plain");
                json.text(
                    "data",
                    &format!("Hi, {} here, write to {}", person.first, person.email),
                );
            }
            "com.example.scan.stored.v1" => {
                json.text("datacontenttype", "image/png");
                json.text(
                    "data_base64",
                    &format!("iVBORw0KGgo{}=", random.token(40).replace(['-', '_'], "/")),
                );
            }
            kind => {
                json.text("datacontenttype", "application/json");
                json.text("dataschema", "https://schemas.example/accounts/1-0-0");
                json.object("data", |json| data(json, random, person, kind));
            }
        }
    });
}

fn data(json: &mut Json, random: &mut Random, person: &Person, kind: &str) {
    match kind {
        "com.example.account.created.v1" => {
            json.object("account", |json| {
                json.text("id", &person.account);
                json.text("login", &person.username);
                json.text("email", &person.email);
                json.text_or_null("mobile", random.once_in(2).then_some(person.phone.as_str()));
                json.text("fullName", &person.name());
                json.text("dateOfBirth", &person.birthday());
                json.array("roles", |json| {
                    for role in ["customer", "reviewer", "seller"]
                        .into_iter()
                        .take(random.below(4) as usize)
                    {
                        json.element(role);
                    }
                });
            });
            json.plain("marketing", person.allows_advertising);
        }
        "com.example.login.failed.v1" => {
            json.text("login", &person.username);
            json.text("clientIp", &person.ip);
            json.text("userAgent", Device::pick(random).agent);
            json.text("reason", random.word(&["password", "locked"]));
            json.plain("attempt", 1 + random.below(5));
            json.text("mac", &mac(random, person));
        }
        "com.example.parcel.shipped.v2" => {
            json.text("parcel", &format!("EP{}", random.digits(12)));
            json.object("recipient", |json| {
                json.text("name", &person.name());
                json.array("lines", |json| {
                    json.element(&person.street);
                    json.element(&format!("{} {}", person.postcode, person.place.city));
                    if random.once_in(2) {
                        json.element(person.place.country);
                    }
                });
                json.object("geo", |json| {
                    json.plain("lat", &person.latitude);
                    json.plain("lon", &person.longitude);
                });
            });
            json.plain("weightKg", money(20 + random.below(900)));
        }
        _ => {
            let bought = basket(random, 3);
            json.text("invoice", &format!("2026-{:06}", random.below(1_000_000)));
            json.plain("total", money(total(&bought)));
            json.text("currency", person.place.currency);
            json.object("payer", |json| {
                json.text("iban", &iban(random));
                json.text("vatId", random.word(&["", "n/a"]));
            });
            json.plain("paidAt", 1_772_323_200 + random.below(9_000_000));
        }
    }
}

/// Some devices give their hardware's address.
fn mac(random: &mut Random, person: &Person) -> String {
    let number = Random::new(person.number).next();
    let byte = |at: u32| (number >> (8 * at)) & 0xff;
    // The range that RFC 7042 keeps for documentation, or an ordinary one.
    let start = random.word(&["00:00:5E", "3C:22:FB", "A4:83:E7"]);
    format!("{start}:{:02X}:{:02X}:{:02X}", byte(0), byte(1), byte(2))
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::other("specversion"),
    Truth::other("id"),
    Truth::other("source"),
    Truth::other("type"),
    Truth::other("time"),
    Truth::direct("subject", c::ID),
    Truth::direct("partitionkey", c::ID),
    Truth::other("traceparent"),
    Truth::other("datacontenttype"),
    Truth::other("dataschema"),
    Truth::direct("data", c::CONTENT),
    Truth::direct("data_base64", c::CONTENT),
    Truth::direct("data.account.id", c::ID),
    Truth::direct("data.account.login", c::USERNAME),
    Truth::direct("data.account.email", c::EMAIL),
    Truth::direct("data.account.mobile", c::PHONE),
    Truth::direct("data.account.fullName", c::NAME),
    Truth::personal("data.account.dateOfBirth", c::BIRTH),
    Truth::personal("data.account.roles[*]", c::ACCOUNT),
    Truth::personal("data.marketing", c::CONSENT),
    Truth::direct("data.login", c::USERNAME),
    Truth::direct("data.clientIp", c::IP),
    Truth::personal("data.userAgent", c::DEVICE),
    Truth::personal("data.reason", c::BEHAVIOR),
    Truth::personal("data.attempt", c::BEHAVIOR),
    Truth::direct("data.mac", c::DEVICE_ID),
    Truth::personal("data.parcel", c::PURCHASES),
    Truth::direct("data.recipient.name", c::NAME),
    Truth::direct("data.recipient.lines[*]", c::STREET),
    Truth::direct("data.recipient.geo.lat", c::PRECISE),
    Truth::direct("data.recipient.geo.lon", c::PRECISE),
    Truth::personal("data.weightKg", c::PURCHASES),
    Truth::personal("data.invoice", c::PURCHASES),
    Truth::personal("data.total", c::PURCHASES),
    Truth::personal("data.currency", c::PURCHASES),
    Truth::direct("data.payer.iban", c::BANK),
    Truth::other("data.payer.vatId"),
    Truth::personal("data.paidAt", c::PURCHASES),
];
