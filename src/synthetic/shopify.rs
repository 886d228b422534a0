//! Shopify: an order, as its webhooks send it; amounts are text.

use super::category as c;
use super::device::Device;
use super::json::Json;
use super::shop::{self, Product, basket, money, total};
use super::web::Page;
use super::{event::Event, person::Person, random::Random, time, truth::Truth};

pub(super) fn write(event: &mut Event<'_>) {
    let Event {
        json,
        random,
        person,
        at,
    } = event;
    let bought = basket(random, 4);
    let page = Page::pick(random, &person.email);
    let id = random.digits(13);
    let number = 1_000 + random.below(90_000);
    let token = random.hex() + &random.hex();
    // A guest leaves an address and has no account.
    let guest = random.once_in(5);
    json.whole(|json| {
        json.plain("id", id);
        json.quoted(
            "admin_graphql_api_id",
            format_args!("gid://shopify/Order/{id}"),
        );
        json.plain("app_id", 580_111);
        json.text_or_null(
            "browser_ip",
            (!random.once_in(9)).then_some(person.ip.as_str()),
        );
        json.plain("buyer_accepts_marketing", person.allows_advertising);
        let cancelled = random.once_in(15);
        json.text_or_null("cancel_reason", cancelled.then_some("customer"));
        let then = time::in_berlin_winter(*at + 3_600_000);
        json.text_or_null("cancelled_at", cancelled.then_some(then.as_str()));
        json.text("cart_token", &random.token(27));
        json.plain("checkout_id", random.digits(14));
        client(json, person, *at);
        json.plain("confirmed", true);
        json.text("contact_email", &person.email);
        json.text("created_at", &time::in_berlin_winter(*at));
        json.text("currency", person.place.currency);
        json.text("current_total_price", &money(total(&bought)));
        json.text_or_null("customer_locale", Some(person.place.locale));
        json.array("discount_codes", |json| {
            if random.once_in(4) {
                json.whole(|json| {
                    json.text("code", "SPRING10");
                    json.text("amount", "5.00");
                    json.text("type", "fixed_amount");
                });
            }
        });
        json.text("email", &person.email);
        json.text(
            "financial_status",
            random.word(&["paid", "pending", "refunded"]),
        );
        json.text_or_null(
            "fulfillment_status",
            random.once_in(3).then_some("fulfilled"),
        );
        let landing = format!("{}{}", page.path, page.search);
        json.text_or_null(
            "landing_site",
            (!random.once_in(7)).then_some(landing.as_str()),
        );
        json.text("name", &format!("#{number}"));
        json.text_or_null("note", note(random, person).as_deref());
        note_attributes(json, random, person);
        json.plain("number", number - 1_000);
        json.plain("order_number", number);
        json.text(
            "order_status_url",
            &format!(
                "https://shop.example/548380009/orders/{token}/authenticate?key={}",
                random.hex()
            ),
        );
        payment(json, random, person);
        json.text_or_null("phone", random.once_in(2).then_some(person.phone.as_str()));
        json.text("processed_at", &time::in_berlin_winter(*at + 1_000));
        json.text_or_null("referring_site", page.referrer);
        json.text("source_name", "web");
        json.text("subtotal_price", &money(total(&bought)));
        json.text("tags", random.word(&["", "gift", "gift, express"]));
        json.plain("test", false);
        json.text("token", &token);
        money_set(json, person, total(&bought));
        json.plain("total_weight", 100 + random.below(3_000));
        json.null("user_id");
        address(json, "billing_address", random, person);
        match guest {
            true => json.null("customer"),
            false => customer(json, random, person),
        }
        fulfillments(json, random, id);
        json.array("line_items", |json| {
            for (product, quantity) in &bought {
                json.whole(|json| line(json, random, person, product, *quantity));
            }
        });
        match random.once_in(10) {
            true => json.null("shipping_address"),
            false => address(json, "shipping_address", random, person),
        }
    });
}

fn client(json: &mut Json, person: &Person, at: i64) {
    let device = Device::pick(&mut Random::new(at.cast_unsigned()));
    json.object("client_details", |json| {
        json.text("accept_language", person.place.locale);
        json.plain("browser_height", device.screen.1);
        json.text("browser_ip", &person.ip);
        json.plain("browser_width", device.screen.0);
        json.null("session_hash");
        json.text("user_agent", device.agent);
    });
}

fn note(random: &mut Random, person: &Person) -> Option<String> {
    match random.below(6) {
        0 => Some(format!(
            "Please ring at {}, call {}",
            person.last, person.phone
        )),
        1 => Some("Als Geschenk verpacken 🎁".to_owned()),
        2 => Some(String::new()),
        _ => None,
    }
}

fn note_attributes(json: &mut Json, random: &mut Random, person: &Person) {
    json.array("note_attributes", |json| {
        for at in 0..random.below(3) {
            let (name, value) = match at {
                0 => ("Gift message", format!("Love, {}", person.first)),
                _ => ("Delivery day", "2026-03-09".to_owned()),
            };
            json.whole(|json| {
                json.text("name", name);
                json.text("value", &value);
            });
        }
    });
}

fn payment(json: &mut Json, random: &mut Random, person: &Person) {
    let by_card = !random.once_in(3);
    json.array("payment_gateway_names", |json| {
        json.element(if by_card {
            "shopify_payments"
        } else {
            "invoice"
        });
    });
    match by_card {
        false => json.null("payment_details"),
        true => json.object("payment_details", |json| {
            let card = shop::card(&mut Random::new(person.number));
            json.text("credit_card_bin", &card[..6]);
            let last = &card[card.len() - 4..];
            json.text("credit_card_number", &format!("•••• •••• •••• {last}"));
            json.text("credit_card_company", "Visa");
            json.text("credit_card_name", &person.name());
            json.plain("credit_card_expiration_month", 1 + random.below(12));
            json.plain("credit_card_expiration_year", 2027 + random.below(4));
        }),
    }
}

fn money_set(json: &mut Json, person: &Person, hundredths: u64) {
    json.object("total_price_set", |json| {
        json.object("shop_money", |json| {
            json.text("amount", &money(hundredths));
            json.text("currency_code", "EUR");
        });
        json.object("presentment_money", |json| {
            json.text("amount", &money(hundredths));
            json.text("currency_code", person.place.currency);
        });
    });
}

fn address(json: &mut Json, name: &str, random: &mut Random, person: &Person) {
    json.object(name, |json| {
        json.text("first_name", person.first);
        json.text("address1", &person.street);
        json.text_or_null("phone", random.once_in(2).then_some(person.phone.as_str()));
        json.text("city", person.place.city);
        json.text("zip", &person.postcode);
        json.text_or_null("province", Some(person.place.region));
        json.text("country", person.place.country);
        json.text("last_name", person.last);
        json.text_or_null("address2", random.once_in(4).then_some("2nd floor, left"));
        json.text_or_null("company", random.once_in(6).then_some("Beispiel GmbH"));
        match random.once_in(8) {
            true => {
                json.null("latitude");
                json.null("longitude");
            }
            false => {
                json.plain("latitude", &person.latitude);
                json.plain("longitude", &person.longitude);
            }
        }
        json.text("name", &person.name());
        json.text("country_code", person.place.country_code);
        json.text("province_code", person.place.region_code);
    });
}

fn customer(json: &mut Json, random: &mut Random, person: &Person) {
    json.object("customer", |json| {
        json.plain("id", 7_000_000_000_000 + person.number * 1_013);
        json.text("email", &person.email);
        json.text("created_at", "2024-11-02T18:21:00+01:00");
        json.text("first_name", person.first);
        json.text("last_name", person.last);
        json.text("state", random.word(&["enabled", "disabled", "invited"]));
        json.text_or_null(
            "note",
            random
                .once_in(9)
                .then(|| format!("VIP, knows {}", person.username))
                .as_deref(),
        );
        json.plain("verified_email", true);
        json.plain("tax_exempt", false);
        json.text("tags", random.word(&["", "newsletter", "wholesale"]));
        json.text("currency", person.place.currency);
        json.text_or_null("phone", random.once_in(2).then_some(person.phone.as_str()));
        json.object("email_marketing_consent", |json| {
            let state = if person.allows_advertising {
                "subscribed"
            } else {
                "not_subscribed"
            };
            json.text("state", state);
            json.text("opt_in_level", "single_opt_in");
            json.null("consent_updated_at");
        });
        address(json, "default_address", random, person);
    });
}

fn fulfillments(json: &mut Json, random: &mut Random, order: u64) {
    json.array("fulfillments", |json| {
        for _ in 0..random.below(2) {
            json.whole(|json| {
                json.plain("id", random.digits(13));
                json.plain("order_id", order);
                json.text("status", "success");
                json.text("tracking_company", "Example Parcel");
                json.array("tracking_numbers", |json| {
                    for _ in 0..random.below(3) {
                        json.element(&format!("EP{}", random.digits(12)));
                    }
                });
            });
        }
    });
}

fn line(json: &mut Json, random: &mut Random, person: &Person, product: &Product, quantity: u64) {
    json.plain("id", random.digits(14));
    json.plain("fulfillable_quantity", quantity);
    json.plain("gift_card", false);
    json.plain("grams", 250);
    json.text("name", product.name);
    json.text("price", &money(product.price));
    json.plain("product_exists", true);
    json.array("properties", |json| {
        if random.once_in(6) {
            json.whole(|json| {
                json.text("name", "Engraving");
                json.text("value", person.first);
            });
        }
    });
    json.plain("quantity", quantity);
    json.text("sku", product.sku);
    json.plain("taxable", true);
    json.text("vendor", product.brand);
    json.array("tax_lines", |json| {
        for _ in 0..random.below(3) {
            json.whole(|json| {
                json.text("title", "VAT");
                json.text("price", "1.90");
                json.plain("rate", "0.19");
            });
        }
    });
}

pub(super) const TRUTH: &[Truth] = &[
    Truth::personal("id", c::PURCHASES),
    Truth::personal("admin_graphql_api_id", c::PURCHASES),
    Truth::other("app_id"),
    Truth::direct("browser_ip", c::IP),
    Truth::personal("buyer_accepts_marketing", c::CONSENT),
    Truth::personal("cancel_reason", c::PURCHASES),
    Truth::personal("cancelled_at", c::PURCHASES),
    Truth::personal("cart_token", c::PURCHASES),
    Truth::personal("checkout_id", c::PURCHASES),
    Truth::personal("client_details.accept_language", c::LANGUAGE),
    Truth::personal("client_details.browser_height", c::DEVICE),
    Truth::direct("client_details.browser_ip", c::IP),
    Truth::personal("client_details.browser_width", c::DEVICE),
    Truth::other("client_details.session_hash"),
    Truth::personal("client_details.user_agent", c::DEVICE),
    Truth::other("confirmed"),
    Truth::direct("contact_email", c::EMAIL),
    Truth::other("created_at"),
    Truth::personal("currency", c::PURCHASES),
    Truth::personal("current_total_price", c::PURCHASES),
    Truth::personal("customer_locale", c::LANGUAGE),
    Truth::personal("discount_codes[*].code", c::PURCHASES),
    Truth::personal("discount_codes[*].amount", c::PURCHASES),
    Truth::other("discount_codes[*].type"),
    Truth::direct("email", c::EMAIL),
    Truth::personal("financial_status", c::PURCHASES),
    Truth::personal("fulfillment_status", c::PURCHASES),
    Truth::direct("landing_site", c::BROWSING),
    Truth::personal("name", c::PURCHASES),
    Truth::direct("note", c::CONTENT),
    Truth::other("note_attributes[*].name"),
    Truth::direct("note_attributes[*].value", c::CONTENT),
    Truth::personal("number", c::PURCHASES),
    Truth::personal("order_number", c::PURCHASES),
    // Whoever has it sees the order with name and address.
    Truth::direct("order_status_url", c::CREDENTIALS),
    Truth::personal("payment_gateway_names[*]", c::PAYMENT),
    Truth::personal("payment_details.credit_card_bin", c::CARD),
    Truth::personal("payment_details.credit_card_number", c::CARD),
    Truth::personal("payment_details.credit_card_company", c::CARD),
    Truth::direct("payment_details.credit_card_name", c::NAME),
    Truth::personal("payment_details.credit_card_expiration_month", c::CARD),
    Truth::personal("payment_details.credit_card_expiration_year", c::CARD),
    Truth::direct("phone", c::PHONE),
    Truth::other("processed_at"),
    Truth::personal("referring_site", c::BROWSING),
    Truth::other("source_name"),
    Truth::personal("subtotal_price", c::PURCHASES),
    Truth::personal("tags", c::PURCHASES),
    Truth::other("test"),
    // Opens the page of the order.
    Truth::direct("token", c::CREDENTIALS),
    Truth::personal("total_price_set.shop_money.amount", c::PURCHASES),
    Truth::personal("total_price_set.shop_money.currency_code", c::PURCHASES),
    Truth::personal("total_price_set.presentment_money.amount", c::PURCHASES),
    Truth::personal(
        "total_price_set.presentment_money.currency_code",
        c::PURCHASES,
    ),
    Truth::personal("total_weight", c::PURCHASES),
    // Of whoever works at the shop and took the order by hand: here nobody.
    Truth::other("user_id"),
    Truth::direct("billing_address.first_name", c::FIRST),
    Truth::direct("billing_address.address1", c::STREET),
    Truth::direct("billing_address.phone", c::PHONE),
    Truth::personal("billing_address.city", c::CITY),
    Truth::personal("billing_address.zip", c::POSTCODE),
    Truth::personal("billing_address.province", c::STATE),
    Truth::personal("billing_address.country", c::COUNTRY),
    Truth::direct("billing_address.last_name", c::LAST),
    Truth::personal("billing_address.address2", c::STREET),
    Truth::personal("billing_address.company", c::WORKPLACE),
    Truth::direct("billing_address.latitude", c::PRECISE),
    Truth::direct("billing_address.longitude", c::PRECISE),
    Truth::direct("billing_address.name", c::NAME),
    Truth::personal("billing_address.country_code", c::COUNTRY),
    Truth::personal("billing_address.province_code", c::STATE),
    Truth::direct("customer.id", c::ID),
    Truth::direct("customer.email", c::EMAIL),
    Truth::personal("customer.created_at", c::ACCOUNT),
    Truth::direct("customer.first_name", c::FIRST),
    Truth::direct("customer.last_name", c::LAST),
    Truth::personal("customer.state", c::ACCOUNT),
    Truth::direct("customer.note", c::CONTENT),
    Truth::personal("customer.verified_email", c::ACCOUNT),
    Truth::personal("customer.tax_exempt", c::ACCOUNT),
    Truth::personal("customer.tags", c::ACCOUNT),
    Truth::personal("customer.currency", c::ACCOUNT),
    Truth::direct("customer.phone", c::PHONE),
    Truth::personal("customer.email_marketing_consent.state", c::CONSENT),
    Truth::personal("customer.email_marketing_consent.opt_in_level", c::CONSENT),
    Truth::personal(
        "customer.email_marketing_consent.consent_updated_at",
        c::CONSENT,
    ),
    Truth::direct("customer.default_address.first_name", c::FIRST),
    Truth::direct("customer.default_address.address1", c::STREET),
    Truth::direct("customer.default_address.phone", c::PHONE),
    Truth::personal("customer.default_address.city", c::CITY),
    Truth::personal("customer.default_address.zip", c::POSTCODE),
    Truth::personal("customer.default_address.province", c::STATE),
    Truth::personal("customer.default_address.country", c::COUNTRY),
    Truth::direct("customer.default_address.last_name", c::LAST),
    Truth::personal("customer.default_address.address2", c::STREET),
    Truth::personal("customer.default_address.company", c::WORKPLACE),
    Truth::direct("customer.default_address.latitude", c::PRECISE),
    Truth::direct("customer.default_address.longitude", c::PRECISE),
    Truth::direct("customer.default_address.name", c::NAME),
    Truth::personal("customer.default_address.country_code", c::COUNTRY),
    Truth::personal("customer.default_address.province_code", c::STATE),
    Truth::personal("fulfillments[*].id", c::PURCHASES),
    Truth::personal("fulfillments[*].order_id", c::PURCHASES),
    Truth::personal("fulfillments[*].status", c::PURCHASES),
    Truth::personal("fulfillments[*].tracking_company", c::PURCHASES),
    Truth::personal("fulfillments[*].tracking_numbers[*]", c::PURCHASES),
    Truth::personal("line_items[*].id", c::PURCHASES),
    Truth::personal("line_items[*].fulfillable_quantity", c::PURCHASES),
    Truth::personal("line_items[*].gift_card", c::PURCHASES),
    Truth::personal("line_items[*].grams", c::PURCHASES),
    Truth::personal("line_items[*].name", c::PURCHASES),
    Truth::personal("line_items[*].price", c::PURCHASES),
    Truth::other("line_items[*].product_exists"),
    Truth::other("line_items[*].properties[*].name"),
    Truth::direct("line_items[*].properties[*].value", c::CONTENT),
    Truth::personal("line_items[*].quantity", c::PURCHASES),
    Truth::personal("line_items[*].sku", c::PURCHASES),
    Truth::other("line_items[*].taxable"),
    Truth::personal("line_items[*].vendor", c::PURCHASES),
    Truth::other("line_items[*].tax_lines[*].title"),
    Truth::personal("line_items[*].tax_lines[*].price", c::PURCHASES),
    Truth::other("line_items[*].tax_lines[*].rate"),
    Truth::direct("shipping_address.first_name", c::FIRST),
    Truth::direct("shipping_address.address1", c::STREET),
    Truth::direct("shipping_address.phone", c::PHONE),
    Truth::personal("shipping_address.city", c::CITY),
    Truth::personal("shipping_address.zip", c::POSTCODE),
    Truth::personal("shipping_address.province", c::STATE),
    Truth::personal("shipping_address.country", c::COUNTRY),
    Truth::direct("shipping_address.last_name", c::LAST),
    Truth::personal("shipping_address.address2", c::STREET),
    Truth::personal("shipping_address.company", c::WORKPLACE),
    Truth::direct("shipping_address.latitude", c::PRECISE),
    Truth::direct("shipping_address.longitude", c::PRECISE),
    Truth::direct("shipping_address.name", c::NAME),
    Truth::personal("shipping_address.country_code", c::COUNTRY),
    Truth::personal("shipping_address.province_code", c::STATE),
];
