//! Google Analytics 4: a row of its export to BigQuery, as `bq` and the client
//! libraries print it: whole numbers as text, parameters as key and value.

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
        "session_start",
        "scroll",
        "user_engagement",
        "view_item",
        "purchase",
        "generate_lead",
    ]);
    let first_touch = (*at - 86_400_000 * (1 + person.number as i64 % 90)) * 1_000;
    json.whole(|json| {
        json.text("event_date", &time::day(*at));
        json.quoted("event_timestamp", *at * 1_000);
        json.text("event_name", name);
        params(json, random, person, &page, name, *at);
        match random.once_in(3) {
            true => json.null("event_previous_timestamp"),
            false => json.quoted("event_previous_timestamp", *at * 1_000 - 41_000_000),
        }
        json.quoted("event_bundle_sequence_id", random.digits(10));
        match person.number % 3 {
            0 => json.text("user_id", &person.account),
            _ => json.null("user_id"),
        }
        json.text(
            "user_pseudo_id",
            &format!(
                "{}.{}",
                1_000_000_000 + person.number * 77_003,
                first_touch / 1_000_000
            ),
        );
        json.object("privacy_info", |json| {
            json.text("analytics_storage", yes(person.allows_analytics));
            json.text("ads_storage", yes(person.allows_advertising));
            json.text("uses_transient_token", "No");
        });
        user_properties(json, random, person, *at);
        json.quoted("user_first_touch_timestamp", first_touch);
        match random.once_in(4) {
            true => json.object("user_ltv", |json| {
                json.plain("revenue", money(random.below(90_000)));
                json.text("currency", person.place.currency);
            }),
            false => json.null("user_ltv"),
        }
        self::device(json, person, device, &page);
        json.object("geo", |json| {
            json.text("city", person.place.city);
            json.text("country", person.place.country);
            json.text("continent", person.place.continent);
            json.text("region", person.place.region);
            json.text("sub_continent", "(not set)");
            json.text("metro", "(not set)");
        });
        json.object("traffic_source", |json| {
            let from = page.campaign.as_ref();
            json.text("name", from.map_or("(direct)", |c| c.name));
            json.text("medium", from.map_or("(none)", |c| c.medium));
            json.text("source", from.map_or("(direct)", |c| c.source));
        });
        match page.campaign.as_ref().and_then(|c| c.click.as_ref()) {
            Some((name, click)) => json.object("collected_traffic_source", |json| {
                let google = *name == "gclid";
                json.text_or_null("gclid", google.then_some(click.as_str()));
                json.text_or_null("dclid", (!google).then_some(click.as_str()));
            }),
            None => json.null("collected_traffic_source"),
        }
        json.text("stream_id", "2345678901");
        json.text(
            "platform",
            match device.system {
                "iOS" => "IOS",
                "Android" => "ANDROID",
                _ => "WEB",
            },
        );
        bought(json, random, name);
        json.plain("is_active_user", !random.once_in(9));
        json.quoted("batch_event_index", 1 + random.below(6));
    });
}

fn yes(allowed: bool) -> &'static str {
    if allowed { "Yes" } else { "No" }
}

/// One of `event_params` and the like: of its values one is there.
fn param(json: &mut Json, key: &str, value: Value<'_>) {
    json.whole(|json| {
        json.text("key", key);
        json.object("value", |json| values(json, &value));
    });
}

enum Value<'a> {
    Text(&'a str),
    Whole(i64),
    Double(String),
}

fn values(json: &mut Json, value: &Value<'_>) {
    match value {
        Value::Text(text) => json.text("string_value", text),
        _ => json.null("string_value"),
    }
    match value {
        Value::Whole(number) => json.quoted("int_value", number),
        _ => json.null("int_value"),
    }
    json.null("float_value");
    match value {
        Value::Double(number) => json.plain("double_value", number),
        _ => json.null("double_value"),
    }
}

fn params(json: &mut Json, random: &mut Random, person: &Person, page: &Page, name: &str, at: i64) {
    json.array("event_params", |json| {
        param(json, "page_location", Value::Text(&page.url()));
        param(json, "page_title", Value::Text(page.title));
        let session = at / 1_000 - random.below(900) as i64;
        param(json, "ga_session_id", Value::Whole(session));
        let session_number = 1 + person.number as i64 % 14;
        param(json, "ga_session_number", Value::Whole(session_number));
        if let Some(referrer) = page.referrer {
            param(json, "page_referrer", Value::Text(referrer));
        }
        match name {
            "user_engagement" => {
                let engaged = random.below(60_000) as i64;
                param(json, "engagement_time_msec", Value::Whole(engaged));
            }
            "purchase" => {
                let value = money(random.below(30_000));
                param(json, "value", Value::Double(value));
                param(json, "currency", Value::Text(person.place.currency));
            }
            "generate_lead" => {
                // Against the terms of use, and seen often.
                param(json, "form_email", Value::Text(&person.email));
            }
            _ => {}
        }
    });
}

fn user_properties(json: &mut Json, random: &mut Random, person: &Person, at: i64) {
    json.array("user_properties", |json| {
        for key in ["crm_id", "plan"]
            .into_iter()
            .take(random.below(3) as usize)
        {
            let value = match key {
                "crm_id" => person.account.as_str(),
                _ => random.word(&["free", "team"]),
            };
            json.whole(|json| {
                json.text("key", key);
                json.object("value", |json| {
                    values(json, &Value::Text(value));
                    json.quoted("set_timestamp_micros", at * 1_000 - 5_000_000);
                });
            });
        }
    });
}

fn device(json: &mut Json, person: &Person, device: &Device, page: &Page) {
    json.object("device", |json| {
        let category = if device.is_mobile {
            "mobile"
        } else {
            "desktop"
        };
        json.text("category", category);
        json.text("mobile_brand_name", device.maker);
        json.text("mobile_model_name", device.model);
        json.text("operating_system", device.system);
        json.text("operating_system_version", device.system_version);
        let phone = device.is_mobile;
        json.text_or_null("vendor_id", phone.then_some(person.cookie.as_str()));
        let advertising = phone && person.allows_advertising;
        json.text_or_null(
            "advertising_id",
            advertising.then_some(person.advertising.as_str()),
        );
        json.text("language", &person.place.locale.to_lowercase());
        json.text("is_limited_ad_tracking", yes(!person.allows_advertising));
        json.null("time_zone_offset_seconds");
        match phone {
            true => json.null("web_info"),
            false => json.object("web_info", |json| {
                json.text("browser", device.browser);
                json.text("browser_version", device.browser_version);
                json.text("hostname", page.host);
            }),
        }
    });
}

fn bought(json: &mut Json, random: &mut Random, name: &str) {
    let items = match name {
        "purchase" => basket(random, 4),
        "view_item" => basket(random, 1),
        _ => Vec::new(),
    };
    if name == "purchase" {
        json.object("ecommerce", |json| {
            json.quoted("total_item_quantity", items.len());
            json.plain("purchase_revenue", money(total(&items)));
            json.null("refund_value");
            json.quoted("unique_items", items.len());
            json.text("transaction_id", &format!("T-{}", random.digits(8)));
        });
    } else {
        json.null("ecommerce");
    }
    json.array("items", |json| {
        for (product, quantity) in &items {
            json.whole(|json| {
                json.text("item_id", product.sku);
                json.text("item_name", product.name);
                json.text("item_brand", product.brand);
                json.text("item_variant", "(not set)");
                json.text("item_category", product.category);
                json.plain("price", money(product.price));
                json.quoted("quantity", quantity);
                json.array("item_params", |json| {
                    if random.once_in(3) {
                        param(json, "shelf", Value::Whole(random.below(9) as i64));
                    }
                });
            });
        }
    });
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::other("event_date"),
    Truth::other("event_timestamp"),
    Truth::personal("event_name", c::BEHAVIOR),
    Truth::other("event_params[*].key"),
    Truth::direct("event_params[*].value.string_value", c::BEHAVIOR),
    Truth::personal("event_params[*].value.int_value", c::BEHAVIOR),
    Truth::other("event_params[*].value.float_value"),
    Truth::personal("event_params[*].value.double_value", c::BEHAVIOR),
    Truth::personal("event_previous_timestamp", c::BEHAVIOR),
    Truth::other("event_bundle_sequence_id"),
    Truth::direct("user_id", c::ID),
    Truth::direct("user_pseudo_id", c::COOKIE),
    Truth::personal("privacy_info.analytics_storage", c::CONSENT),
    Truth::personal("privacy_info.ads_storage", c::CONSENT),
    Truth::personal("privacy_info.uses_transient_token", c::CONSENT),
    Truth::other("user_properties[*].key"),
    Truth::direct("user_properties[*].value.string_value", c::PROFILE),
    Truth::personal("user_properties[*].value.int_value", c::PROFILE),
    Truth::other("user_properties[*].value.float_value"),
    Truth::personal("user_properties[*].value.double_value", c::PROFILE),
    Truth::other("user_properties[*].value.set_timestamp_micros"),
    Truth::personal("user_first_touch_timestamp", c::BEHAVIOR),
    Truth::personal("user_ltv.revenue", c::PURCHASES),
    Truth::personal("user_ltv.currency", c::PURCHASES),
    Truth::personal("device.category", c::DEVICE),
    Truth::personal("device.mobile_brand_name", c::DEVICE),
    Truth::personal("device.mobile_model_name", c::DEVICE),
    Truth::personal("device.operating_system", c::DEVICE),
    Truth::personal("device.operating_system_version", c::DEVICE),
    Truth::direct("device.vendor_id", c::DEVICE_ID),
    Truth::direct("device.advertising_id", c::DEVICE_ID),
    Truth::personal("device.language", c::LANGUAGE),
    Truth::personal("device.is_limited_ad_tracking", c::CONSENT),
    Truth::personal("device.time_zone_offset_seconds", c::ROUGHLY),
    Truth::personal("device.web_info.browser", c::DEVICE),
    Truth::personal("device.web_info.browser_version", c::DEVICE),
    Truth::other("device.web_info.hostname"),
    Truth::personal("geo.city", c::ROUGHLY),
    Truth::personal("geo.country", c::ROUGHLY),
    Truth::personal("geo.continent", c::ROUGHLY),
    Truth::personal("geo.region", c::ROUGHLY),
    Truth::personal("geo.sub_continent", c::ROUGHLY),
    Truth::personal("geo.metro", c::ROUGHLY),
    Truth::personal("traffic_source.name", c::BEHAVIOR),
    Truth::personal("traffic_source.medium", c::BEHAVIOR),
    Truth::personal("traffic_source.source", c::BEHAVIOR),
    Truth::direct("collected_traffic_source.gclid", c::PSEUDONYM),
    Truth::direct("collected_traffic_source.dclid", c::PSEUDONYM),
    Truth::other("stream_id"),
    Truth::other("platform"),
    Truth::personal("ecommerce.total_item_quantity", c::PURCHASES),
    Truth::personal("ecommerce.purchase_revenue", c::PURCHASES),
    Truth::personal("ecommerce.refund_value", c::PURCHASES),
    Truth::personal("ecommerce.unique_items", c::PURCHASES),
    Truth::personal("ecommerce.transaction_id", c::PURCHASES),
    Truth::personal("items[*].item_id", c::PURCHASES),
    Truth::personal("items[*].item_name", c::PURCHASES),
    Truth::personal("items[*].item_brand", c::PURCHASES),
    Truth::personal("items[*].item_variant", c::PURCHASES),
    Truth::personal("items[*].item_category", c::PURCHASES),
    Truth::personal("items[*].price", c::PURCHASES),
    Truth::personal("items[*].quantity", c::PURCHASES),
    Truth::other("items[*].item_params[*].key"),
    Truth::other("items[*].item_params[*].value.string_value"),
    Truth::other("items[*].item_params[*].value.int_value"),
    Truth::other("items[*].item_params[*].value.float_value"),
    Truth::other("items[*].item_params[*].value.double_value"),
    Truth::personal("is_active_user", c::BEHAVIOR),
    Truth::other("batch_event_index"),
];
