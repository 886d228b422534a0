//! OpenTelemetry: spans as OTLP/JSON; attributes are lists of key and value, whole
//! numbers and nanoseconds are text.

use super::category as c;
use super::device::Device;
use super::json::Json;
use super::web::Page;
use super::{event::Event, person::Person, random::Random, truth::Truth};

pub(super) fn write(event: &mut Event<'_>) {
    let Event {
        json,
        random,
        person,
        at,
    } = event;
    json.whole(|json| {
        json.array("resourceSpans", |json| {
            json.whole(|json| {
                json.object("resource", |json| resource(json, random));
                json.array("scopeSpans", |json| {
                    json.whole(|json| {
                        json.object("scope", |json| {
                            json.text("name", "com.example.checkout");
                            json.text("version", "2.14.1");
                        });
                        json.array("spans", |json| {
                            let trace = random.hex() + &random.hex();
                            for _ in 0..1 + random.below(3) {
                                json.whole(|json| span(json, random, person, &trace, *at));
                            }
                        });
                    });
                });
                json.text("schemaUrl", "https://opentelemetry.io/schemas/1.34.0");
            });
        });
    });
}

fn resource(json: &mut Json, random: &mut Random) {
    json.array("attributes", |json| {
        text(json, "service.name", random.word(&["checkout", "accounts"]));
        text(json, "service.version", "8.2.1");
        text(json, "deployment.environment.name", "production");
        let host = format!("node-{}.internal.test", random.below(40));
        text(json, "host.name", &host);
        whole(json, "process.pid", 1 + random.below(32_000));
    });
    json.plain("droppedAttributesCount", 0);
}

fn span(json: &mut Json, random: &mut Random, person: &Person, trace: &str, at: i64) {
    let failed = random.once_in(8);
    let start = at * 1_000_000 + random.below(1_000_000) as i64;
    json.text("traceId", trace);
    json.text("spanId", &random.hex());
    if !random.once_in(3) {
        json.text("parentSpanId", &random.hex());
    }
    json.plain("flags", 257);
    let (name, kind) = *random.pick(&[
        ("GET /account/{id}", 2),
        ("POST /checkout", 2),
        ("SELECT shop.customers", 3),
    ]);
    json.text("name", name);
    json.plain("kind", kind);
    json.quoted("startTimeUnixNano", start);
    json.quoted(
        "endTimeUnixNano",
        start + 900_000 + random.below(90_000_000) as i64,
    );
    json.array("attributes", |json| match kind {
        2 => served(json, random, person),
        _ => asked(json, random, person),
    });
    json.array("events", |json| {
        if failed {
            json.whole(|json| {
                json.quoted("timeUnixNano", start + 800_000);
                json.text("name", "exception");
                json.array("attributes", |json| {
                    text(json, "exception.type", "MailboxUnavailable");
                    let message = format!("550 5.1.1 <{}> unknown", person.email);
                    text(json, "exception.message", &message);
                });
            });
        }
    });
    json.object("status", |json| {
        if failed {
            json.text("message", &format!("cannot mail {}", person.email));
            json.plain("code", 2);
        }
    });
}

fn served(json: &mut Json, random: &mut Random, person: &Person) {
    let page = Page::pick(random, &person.email);
    text(json, "http.request.method", random.word(&["GET", "POST"]));
    text(json, "url.full", &page.url());
    text(json, "client.address", &person.ip);
    text(json, "user_agent.original", Device::pick(random).agent);
    text(json, "user.id", &person.account);
    whole(
        json,
        "http.response.status_code",
        *random.pick(&[200, 201, 404, 500]),
    );
    value(json, "http.resend", |json| {
        json.plain("boolValue", random.once_in(9))
    });
    if random.once_in(2) {
        value(json, "http.request.header.x-forwarded-for", |json| {
            json.object("arrayValue", |json| {
                json.array("values", |json| {
                    for address in [person.ip.as_str(), "10.0.4.17"]
                        .into_iter()
                        .take(1 + random.below(2) as usize)
                    {
                        json.whole(|json| json.text("stringValue", address));
                    }
                });
            });
        });
    }
}

fn asked(json: &mut Json, random: &mut Random, person: &Person) {
    text(json, "db.system.name", "postgresql");
    text(
        json,
        "db.query.text",
        &format!("SELECT * FROM customers WHERE email = '{}'", person.email),
    );
    whole(json, "db.response.returned_rows", random.below(20));
    value(json, "db.wait_seconds", |json| {
        json.plain("doubleValue", format_args!("0.{:03}", random.below(1_000)));
    });
}

fn text(json: &mut Json, key: &str, text: &str) {
    value(json, key, |json| json.text("stringValue", text));
}

fn whole(json: &mut Json, key: &str, number: u64) {
    value(json, key, |json| json.quoted("intValue", number));
}

fn value(json: &mut Json, key: &str, value: impl FnOnce(&mut Json)) {
    json.whole(|json| {
        json.text("key", key);
        json.object("value", value);
    });
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::other("resourceSpans[*].resource.attributes[*].key"),
    Truth::other("resourceSpans[*].resource.attributes[*].value.stringValue"),
    Truth::other("resourceSpans[*].resource.attributes[*].value.intValue"),
    Truth::other("resourceSpans[*].resource.droppedAttributesCount"),
    Truth::other("resourceSpans[*].scopeSpans[*].scope.name"),
    Truth::other("resourceSpans[*].scopeSpans[*].scope.version"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].traceId"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].spanId"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].parentSpanId"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].flags"),
    Truth::personal("resourceSpans[*].scopeSpans[*].spans[*].name", c::BEHAVIOR),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].kind"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].startTimeUnixNano"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].endTimeUnixNano"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].attributes[*].key"),
    // Addresses of clients, ids of accounts, URLs, queries: whatever the key says.
    Truth::direct(
        "resourceSpans[*].scopeSpans[*].spans[*].attributes[*].value.stringValue",
        c::TELEMETRY,
    ),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].attributes[*].value.intValue"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].attributes[*].value.boolValue"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].attributes[*].value.doubleValue"),
    Truth::direct(
        "resourceSpans[*].scopeSpans[*].spans[*].attributes[*].value.arrayValue.values[*].stringValue",
        c::IP,
    ),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].events[*].timeUnixNano"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].events[*].name"),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].events[*].attributes[*].key"),
    Truth::direct(
        "resourceSpans[*].scopeSpans[*].spans[*].events[*].attributes[*].value.stringValue",
        c::EMAIL,
    ),
    Truth::direct(
        "resourceSpans[*].scopeSpans[*].spans[*].status.message",
        c::EMAIL,
    ),
    Truth::other("resourceSpans[*].scopeSpans[*].spans[*].status.code"),
    Truth::other("resourceSpans[*].schemaUrl"),
];
