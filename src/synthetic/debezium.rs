//! Debezium: the change of a row of one of three tables, before and after.

use jiff::civil;

use super::category as c;
use super::json::Json;
use super::shop::{card, iban, money};
use super::{event::Event, person::Person, random::Random, time, truth::Truth};

/// The tables, as many as the rows that a change is of.
#[derive(Clone, Copy)]
enum Table {
    Customers,
    Payments,
    Tickets,
}

pub(super) fn write(event: &mut Event<'_>) {
    let Event {
        json,
        random,
        person,
        at,
    } = event;
    let (table, name) = *random.pick(&[
        (Table::Customers, "customers"),
        (Table::Payments, "payments"),
        (Table::Tickets, "support_tickets"),
    ]);
    let operation = random.word(&["c", "c", "u", "u", "d", "r"]);
    json.whole(|json| {
        // A row is the same before and after but for what was changed.
        let row = random.clone();
        match operation {
            "u" | "d" => json.object("before", |json| {
                self::row(json, &mut row.clone(), person, table, *at, false);
            }),
            _ => json.null("before"),
        }
        match operation {
            "d" => json.null("after"),
            _ => json.object("after", |json| {
                self::row(json, &mut row.clone(), person, table, *at, operation == "u");
            }),
        }
        random.next();
        json.object("source", |json| {
            json.text("version", "3.1.0.Final");
            json.text("connector", "postgresql");
            json.text("name", "shop");
            json.plain("ts_ms", *at);
            let snapshot = if operation == "r" { "true" } else { "false" };
            json.text("snapshot", snapshot);
            json.text("db", "shop");
            let position = 24_000_000 + random.below(9_000_000);
            json.text(
                "sequence",
                &format!("[\"{position}\",\"{}\"]", position + 56),
            );
            json.text("schema", "public");
            json.text("table", name);
            json.plain("txId", 500 + random.below(90_000));
            json.plain("lsn", position);
            json.null("xmin");
        });
        match random.once_in(3) {
            true => json.object("transaction", |json| {
                json.quoted("id", format_args!("{}:24", random.digits(6)));
                json.plain("total_order", 1 + random.below(4));
            }),
            false => json.null("transaction"),
        }
        json.text("op", operation);
        json.plain("ts_ms", *at + 350);
    });
}

fn row(
    json: &mut Json,
    random: &mut Random,
    person: &Person,
    table: Table,
    at: i64,
    changed: bool,
) {
    match table {
        Table::Customers => json.plain("id", 10_000 + person.number),
        _ => json.plain("id", 1 + random.below(1 << 40)),
    }
    match table {
        Table::Customers => customer(json, random, person, changed),
        Table::Payments => payment(json, random, person, changed),
        Table::Tickets => ticket(json, random, person, changed),
    }
    json.plain("created_at", (at - 86_400_000) * 1_000);
    json.text(
        "updated_at",
        &time::database(at - 60_000 * i64::from(!changed)),
    );
}

fn customer(json: &mut Json, random: &mut Random, person: &Person, changed: bool) {
    json.text("first_name", person.first);
    json.text("last_name", person.last);
    json.text("email", &person.email);
    json.text_or_null("phone", random.once_in(2).then_some(person.phone.as_str()));
    // Days since 1970, as the type `Date` is sent.
    json.plain(
        "date_of_birth",
        person
            .born
            .duration_since(civil::date(1970, 1, 1))
            .as_hours()
            / 24,
    );
    json.text_or_null("iban", random.once_in(2).then(|| iban(random)).as_deref());
    // A column of type jsonb is sent as text.
    json.text(
        "address",
        &format!(
            "{{\"street\": \"{}\", \"zip\": \"{}\", \"city\": \"{}\"}}",
            person.street, person.postcode, person.place.city
        ),
    );
    json.text("country", person.place.country_code);
    json.text(
        "password_hash",
        &format!(
            "$2b$12${}",
            random.token(53).replace('-', ".").replace('_', "/")
        ),
    );
    json.plain("newsletter", person.allows_advertising != changed);
    json.text("balance", &money(random.below(90_000)));
}

fn payment(json: &mut Json, random: &mut Random, person: &Person, changed: bool) {
    json.plain("customer_id", 10_000 + person.number);
    match random.once_in(3) {
        true => json.null("card_number"),
        false => json.text("card_number", &card(random)),
    }
    json.text("card_holder", &person.name());
    json.plain("amount", money(random.below(50_000)));
    json.text("currency", person.place.currency);
    json.text("ip", &person.ip);
    json.text("status", if changed { "captured" } else { "authorized" });
}

fn ticket(json: &mut Json, random: &mut Random, person: &Person, changed: bool) {
    json.plain("customer_id", 10_000 + person.number);
    json.text(
        "subject",
        random.word(&["Return", "Where is my parcel?", "Falsche Größe"]),
    );
    json.text(
        "body",
        &format!(
            "Hello,\nmy parcel is not here. I live at {}.\nBest, {}\n{}",
            person.street,
            person.name(),
            person.email
        ),
    );
    json.array("labels", |json| {
        for _ in 0..random.below(3) {
            json.element(random.word(&["urgent", "parcel", "refund"]));
        }
    });
    json.plain("closed", changed);
}

pub(super) const TRUTH: &[Truth] = &[
    // Of a customer, where the row is one.
    Truth::direct("before.id", c::ID),
    Truth::direct("before.first_name", c::FIRST),
    Truth::direct("before.last_name", c::LAST),
    Truth::direct("before.email", c::EMAIL),
    Truth::direct("before.phone", c::PHONE),
    Truth::personal("before.date_of_birth", c::BIRTH),
    Truth::direct("before.iban", c::BANK),
    Truth::direct("before.address", c::STREET),
    Truth::personal("before.country", c::COUNTRY),
    Truth::direct("before.password_hash", c::CREDENTIALS),
    Truth::personal("before.newsletter", c::CONSENT),
    Truth::personal("before.balance", c::BANK),
    Truth::direct("before.customer_id", c::ID),
    Truth::direct("before.card_number", c::CARD),
    Truth::direct("before.card_holder", c::NAME),
    Truth::personal("before.amount", c::PURCHASES),
    Truth::personal("before.currency", c::PURCHASES),
    Truth::direct("before.ip", c::IP),
    Truth::personal("before.status", c::PAYMENT),
    Truth::personal("before.subject", c::CONTENT),
    Truth::direct("before.body", c::CONTENT),
    Truth::personal("before.labels[*]", c::CONTENT),
    Truth::other("before.closed"),
    Truth::other("before.created_at"),
    Truth::other("before.updated_at"),
    Truth::direct("after.id", c::ID),
    Truth::direct("after.first_name", c::FIRST),
    Truth::direct("after.last_name", c::LAST),
    Truth::direct("after.email", c::EMAIL),
    Truth::direct("after.phone", c::PHONE),
    Truth::personal("after.date_of_birth", c::BIRTH),
    Truth::direct("after.iban", c::BANK),
    Truth::direct("after.address", c::STREET),
    Truth::personal("after.country", c::COUNTRY),
    Truth::direct("after.password_hash", c::CREDENTIALS),
    Truth::personal("after.newsletter", c::CONSENT),
    Truth::personal("after.balance", c::BANK),
    Truth::direct("after.customer_id", c::ID),
    Truth::direct("after.card_number", c::CARD),
    Truth::direct("after.card_holder", c::NAME),
    Truth::personal("after.amount", c::PURCHASES),
    Truth::personal("after.currency", c::PURCHASES),
    Truth::direct("after.ip", c::IP),
    Truth::personal("after.status", c::PAYMENT),
    Truth::personal("after.subject", c::CONTENT),
    Truth::direct("after.body", c::CONTENT),
    Truth::personal("after.labels[*]", c::CONTENT),
    Truth::other("after.closed"),
    Truth::other("after.created_at"),
    Truth::other("after.updated_at"),
    Truth::other("source.version"),
    Truth::other("source.connector"),
    Truth::other("source.name"),
    Truth::other("source.ts_ms"),
    Truth::other("source.snapshot"),
    Truth::other("source.db"),
    Truth::other("source.sequence"),
    Truth::other("source.schema"),
    Truth::other("source.table"),
    Truth::other("source.txId"),
    Truth::other("source.lsn"),
    Truth::other("source.xmin"),
    Truth::other("transaction.id"),
    Truth::other("transaction.total_order"),
    Truth::other("op"),
    Truth::other("ts_ms"),
];
