//! Snowplow: an enriched event as JSON, as its analytics SDKs make it of the line:
//! contexts are arrays, one by schema.

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
    let page = Page::pick(random, &person.email);
    let name = random.word(&[
        "page_view",
        "page_view",
        "page_ping",
        "link_click",
        "event",
        "transaction",
        "form_submitted",
    ]);
    json.whole(|json| {
        json.text("app_id", "shop");
        json.text("platform", if device.is_mobile { "mob" } else { "web" });
        json.text("etl_tstamp", &time::rfc3339(*at + 1_900));
        json.text("collector_tstamp", &time::rfc3339(*at));
        json.text("dvce_created_tstamp", &time::rfc3339(*at - 180));
        let event = match name {
            "event" => "struct",
            "link_click" | "form_submitted" => "unstruct",
            name => name,
        };
        json.text("event", event);
        json.text("event_id", &random.uuid());
        json.null("txn_id");
        json.text("name_tracker", "sp1");
        json.text("v_tracker", "js-4.5.0");
        json.text("v_collector", "ssc-3.3.0-kafka");
        json.text("v_etl", "snowplow-enrich-kafka-5.2.0");
        who(json, random, person, *at);
        place(json, random, person);
        self::page(json, &page);
        what(json, random, person, name);
        browser(json, person, device);
        contexts(json, random, person, device);
        json.text("derived_tstamp", &time::rfc3339(*at - 4));
        json.text("event_vendor", "com.snowplowanalytics.snowplow");
        json.text("event_name", name);
        json.text("event_format", "jsonschema");
        json.text("event_version", "1-0-0");
        json.null("true_tstamp");
    });
}

fn who(json: &mut Json, random: &mut Random, person: &Person, at: i64) {
    match person.number % 4 {
        0 => json.null("user_id"),
        1 => json.text("user_id", &person.email),
        _ => json.text("user_id", &person.account),
    }
    json.text("user_ipaddress", &person.ip);
    match random.once_in(3) {
        true => json.quoted("user_fingerprint", 1_000_000_000 + person.number * 419),
        false => json.null("user_fingerprint"),
    }
    json.text("domain_userid", &person.cookie);
    json.plain("domain_sessionidx", 1 + person.number % 30);
    json.text("domain_sessionid", &session(person, at));
    json.text("network_userid", &person.advertising);
}

/// The same for an hour.
fn session(person: &Person, at: i64) -> String {
    let hour = (at / 3_600_000).cast_unsigned();
    Random::new(person.number << 32 ^ hour).uuid()
}

fn place(json: &mut Json, random: &mut Random, person: &Person) {
    json.text("geo_country", person.place.country_code);
    json.text("geo_region", person.place.region_code);
    json.text("geo_city", person.place.city);
    json.text("geo_zipcode", &person.postcode);
    json.plain("geo_latitude", &person.latitude);
    json.plain("geo_longitude", &person.longitude);
    json.text("geo_region_name", person.place.region);
    json.text_or_null("ip_isp", random.once_in(2).then_some("Example Networks"));
    json.text_or_null(
        "ip_organization",
        random.once_in(6).then_some("Beispiel GmbH"),
    );
    json.text("geo_timezone", person.place.time_zone);
    json.text(
        "geo_location",
        &format!("{},{}", person.latitude, person.longitude),
    );
}

fn page(json: &mut Json, page: &Page) {
    json.text("page_url", &page.url());
    json.text("page_title", page.title);
    json.text_or_null("page_referrer", page.referrer);
    json.text("page_urlscheme", "https");
    json.text("page_urlhost", page.host);
    json.plain("page_urlport", 443);
    json.text("page_urlpath", &page.path);
    let query = page.search.strip_prefix('?');
    json.text_or_null("page_urlquery", query);
    json.text_or_null("refr_medium", page.referrer.map(|_| "search"));
    let from = page.campaign.as_ref();
    json.text_or_null("mkt_medium", from.map(|c| c.medium));
    json.text_or_null("mkt_source", from.map(|c| c.source));
    json.text_or_null("mkt_campaign", from.map(|c| c.name));
    let click = from.and_then(|c| c.click.as_ref());
    json.text_or_null("mkt_clickid", click.map(|(_, id)| id.as_str()));
}

fn what(json: &mut Json, random: &mut Random, person: &Person, name: &str) {
    match name {
        "event" => {
            json.text("se_category", "basket");
            json.text("se_action", random.word(&["add", "remove"]));
            json.text("se_label", random.word(&["TRAIL-42", "SOCK-3"]));
            json.null("se_property");
            json.plain("se_value", money(random.below(20_000)));
        }
        "transaction" => {
            let bought = basket(random, 4);
            json.text("tr_orderid", &format!("SO-{:06}", random.below(1_000_000)));
            json.plain("tr_total", money(total(&bought)));
            json.text("tr_city", person.place.city);
            json.text("tr_country", person.place.country);
            json.text("tr_currency", person.place.currency);
        }
        "link_click" => json.object(
            "unstruct_event_com_snowplowanalytics_snowplow_link_click_1",
            |json| {
                let target = random.word(&["https://help.example/", "tel:+12025550143"]);
                json.text("targetUrl", target);
                json.array("elementClasses", |json| {
                    for _ in 0..random.below(3) {
                        json.element(random.word(&["btn", "nav-link"]));
                    }
                });
            },
        ),
        "form_submitted" => {
            json.object("unstruct_event_com_example_form_submitted_1", |json| {
                json.text("formId", "newsletter");
                json.array("elements", |json| {
                    field(json, "email", "email", &person.email);
                    if random.once_in(2) {
                        field(json, "fullname", "text", &person.name());
                    }
                    field(json, "phone", "tel", &person.phone);
                });
            });
        }
        _ => {}
    }
}

fn field(json: &mut Json, name: &str, kind: &str, value: &str) {
    json.whole(|json| {
        json.text("name", name);
        json.text("type", kind);
        json.text("value", value);
    });
}

fn browser(json: &mut Json, person: &Person, device: &Device) {
    json.text("useragent", device.agent);
    json.text("br_name", device.browser);
    json.text("br_version", device.browser_version);
    json.text("br_lang", person.place.locale);
    json.plain("br_cookies", true);
    json.plain("br_viewwidth", device.screen.0 - 17);
    json.plain("br_viewheight", device.screen.1 - 120);
    json.text("os_name", device.system);
    json.text("os_timezone", person.place.time_zone);
    json.plain("dvce_ismobile", device.is_mobile);
    json.plain("dvce_screenwidth", device.screen.0);
    json.plain("dvce_screenheight", device.screen.1);
    json.text("doc_charset", "UTF-8");
}

fn contexts(json: &mut Json, random: &mut Random, person: &Person, device: &Device) {
    json.array(
        "contexts_com_snowplowanalytics_snowplow_web_page_1",
        |json| json.whole(|json| json.text("id", &random.uuid())),
    );
    json.array(
        "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1",
        |json| {
            json.whole(|json| {
                json.text("useragentFamily", device.browser);
                json.text("osFamily", device.system);
                json.null("osPatch");
                json.text("deviceFamily", device.model);
            });
        },
    );
    if device.is_mobile {
        json.array(
            "contexts_com_snowplowanalytics_snowplow_mobile_context_1",
            |json| {
                json.whole(|json| {
                    json.text("deviceManufacturer", device.maker);
                    json.text("deviceModel", device.model);
                    let allowed = person.allows_advertising;
                    let id = allowed.then_some(person.advertising.as_str());
                    json.text_or_null("openIdfa", id);
                    json.text("networkType", random.word(&["wifi", "mobile"]));
                    json.plain("batteryLevel", random.below(101));
                });
            },
        );
    }
    if random.once_in(3) {
        json.array("contexts_com_example_customer_2", |json| {
            json.whole(|json| {
                json.text("displayName", &person.name());
                json.text("email", &person.email);
                json.text("loyaltyCard", &format!("LC{:010}", 7 * person.number + 31));
                json.text("tier", random.word(&["bronze", "silver", "gold"]));
            });
        });
    }
    if random.once_in(2) {
        json.array("contexts_com_example_product_1", |json| {
            for (product, _) in basket(random, 3) {
                json.whole(|json| {
                    json.text("sku", product.sku);
                    json.plain("price", money(product.price));
                });
            }
        });
    }
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::other("app_id"),
    Truth::other("platform"),
    Truth::other("etl_tstamp"),
    Truth::other("collector_tstamp"),
    Truth::other("dvce_created_tstamp"),
    Truth::other("event"),
    Truth::other("event_id"),
    Truth::other("txn_id"),
    Truth::other("name_tracker"),
    Truth::other("v_tracker"),
    Truth::other("v_collector"),
    Truth::other("v_etl"),
    Truth::direct("user_id", c::ID),
    Truth::direct("user_ipaddress", c::IP),
    Truth::direct("user_fingerprint", c::DEVICE_ID),
    Truth::direct("domain_userid", c::COOKIE),
    Truth::personal("domain_sessionidx", c::BEHAVIOR),
    Truth::direct("domain_sessionid", c::PSEUDONYM),
    Truth::direct("network_userid", c::COOKIE),
    Truth::personal("geo_country", c::ROUGHLY),
    Truth::personal("geo_region", c::ROUGHLY),
    Truth::personal("geo_city", c::ROUGHLY),
    Truth::personal("geo_zipcode", c::ROUGHLY),
    Truth::direct("geo_latitude", c::PRECISE),
    Truth::direct("geo_longitude", c::PRECISE),
    Truth::personal("geo_region_name", c::ROUGHLY),
    Truth::personal("ip_isp", c::TELEMETRY),
    Truth::personal("ip_organization", c::WORKPLACE),
    Truth::personal("geo_timezone", c::ROUGHLY),
    Truth::direct("geo_location", c::PRECISE),
    Truth::direct("page_url", c::BROWSING),
    Truth::personal("page_title", c::BROWSING),
    Truth::personal("page_referrer", c::BROWSING),
    Truth::other("page_urlscheme"),
    Truth::other("page_urlhost"),
    Truth::other("page_urlport"),
    Truth::personal("page_urlpath", c::BROWSING),
    Truth::direct("page_urlquery", c::BROWSING),
    Truth::personal("refr_medium", c::BEHAVIOR),
    Truth::personal("mkt_medium", c::BEHAVIOR),
    Truth::personal("mkt_source", c::BEHAVIOR),
    Truth::personal("mkt_campaign", c::BEHAVIOR),
    Truth::direct("mkt_clickid", c::PSEUDONYM),
    Truth::personal("se_category", c::BEHAVIOR),
    Truth::personal("se_action", c::BEHAVIOR),
    Truth::personal("se_label", c::BEHAVIOR),
    Truth::personal("se_property", c::BEHAVIOR),
    Truth::personal("se_value", c::BEHAVIOR),
    Truth::personal("tr_orderid", c::PURCHASES),
    Truth::personal("tr_total", c::PURCHASES),
    Truth::personal("tr_city", c::CITY),
    Truth::personal("tr_country", c::COUNTRY),
    Truth::personal("tr_currency", c::PURCHASES),
    Truth::personal(
        "unstruct_event_com_snowplowanalytics_snowplow_link_click_1.targetUrl",
        c::BROWSING,
    ),
    Truth::other("unstruct_event_com_snowplowanalytics_snowplow_link_click_1.elementClasses[*]"),
    Truth::other("unstruct_event_com_example_form_submitted_1.formId"),
    Truth::other("unstruct_event_com_example_form_submitted_1.elements[*].name"),
    Truth::other("unstruct_event_com_example_form_submitted_1.elements[*].type"),
    Truth::direct(
        "unstruct_event_com_example_form_submitted_1.elements[*].value",
        c::EMAIL,
    ),
    Truth::personal("useragent", c::DEVICE),
    Truth::personal("br_name", c::DEVICE),
    Truth::personal("br_version", c::DEVICE),
    Truth::personal("br_lang", c::LANGUAGE),
    Truth::personal("br_cookies", c::DEVICE),
    Truth::personal("br_viewwidth", c::DEVICE),
    Truth::personal("br_viewheight", c::DEVICE),
    Truth::personal("os_name", c::DEVICE),
    Truth::personal("os_timezone", c::ROUGHLY),
    Truth::personal("dvce_ismobile", c::DEVICE),
    Truth::personal("dvce_screenwidth", c::DEVICE),
    Truth::personal("dvce_screenheight", c::DEVICE),
    Truth::other("doc_charset"),
    // A view of a page, not who looked.
    Truth::other("contexts_com_snowplowanalytics_snowplow_web_page_1[*].id"),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1[*].useragentFamily",
        c::DEVICE,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1[*].osFamily",
        c::DEVICE,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1[*].osPatch",
        c::DEVICE,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1[*].deviceFamily",
        c::DEVICE,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_mobile_context_1[*].deviceManufacturer",
        c::DEVICE,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_mobile_context_1[*].deviceModel",
        c::DEVICE,
    ),
    Truth::direct(
        "contexts_com_snowplowanalytics_snowplow_mobile_context_1[*].openIdfa",
        c::DEVICE_ID,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_mobile_context_1[*].networkType",
        c::TELEMETRY,
    ),
    Truth::personal(
        "contexts_com_snowplowanalytics_snowplow_mobile_context_1[*].batteryLevel",
        c::TELEMETRY,
    ),
    Truth::direct("contexts_com_example_customer_2[*].displayName", c::NAME),
    Truth::direct("contexts_com_example_customer_2[*].email", c::EMAIL),
    Truth::direct("contexts_com_example_customer_2[*].loyaltyCard", c::ID),
    Truth::personal("contexts_com_example_customer_2[*].tier", c::ACCOUNT),
    Truth::personal("contexts_com_example_product_1[*].sku", c::BEHAVIOR),
    Truth::personal("contexts_com_example_product_1[*].price", c::BEHAVIOR),
    Truth::other("derived_tstamp"),
    Truth::other("event_vendor"),
    Truth::personal("event_name", c::BEHAVIOR),
    Truth::other("event_format"),
    Truth::other("event_version"),
    Truth::other("true_tstamp"),
];
