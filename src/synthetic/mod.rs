//! Made-up events of well-known shapes, and what in them is personal.
//!
//! **In**: a shape, a seed. **Out**: events as lines of JSON, without end, and for
//! each path of the shape whether it is about a person. **Promises**: the same
//! shape, seed and number give the same event in every build; nobody's data; every
//! path that occurs has its truth. **Does not know**: clocks, the operating
//! system's randomness, the policy, whoever reads the events.

mod category;
mod city;
mod cloudevents;
mod debezium;
mod device;
mod event;
mod ga4;
mod json;
mod otlp;
mod person;
pub(crate) mod random;
mod rudderstack;
mod segment;
mod shop;
mod shopify;
mod snowplow;
mod time;
mod truth;
mod web;

#[cfg(test)]
mod tests;

pub(crate) use random::Random;
pub use truth::Truth;

use event::Event;
use json::Json;
use person::Person;

/// A shape of events that many systems write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Calls of Segment's tracking API.
    Segment,
    /// Events of RudderStack, as its server hands them on.
    RudderStack,
    /// Rows of the export of Google Analytics 4 to BigQuery, as JSON.
    Ga4,
    /// Snowplow's enriched events as JSON, contexts as arrays by schema.
    Snowplow,
    /// Orders of Shopify, as its webhooks send them.
    Shopify,
    /// Changes of rows in Debezium's envelope.
    Debezium,
    /// CloudEvents in structured mode.
    CloudEvents,
    /// Spans of OpenTelemetry as OTLP/JSON.
    Otlp,
}

impl Shape {
    /// Every shape, in the order in which they are listed.
    pub const ALL: [Shape; 8] = [
        Shape::Segment,
        Shape::RudderStack,
        Shape::Ga4,
        Shape::Snowplow,
        Shape::Shopify,
        Shape::Debezium,
        Shape::CloudEvents,
        Shape::Otlp,
    ];

    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Segment => "segment",
            Shape::RudderStack => "rudderstack",
            Shape::Ga4 => "ga4",
            Shape::Snowplow => "snowplow",
            Shape::Shopify => "shopify",
            Shape::Debezium => "debezium",
            Shape::CloudEvents => "cloudevents",
            Shape::Otlp => "otlp",
        }
    }

    /// What its events are, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Shape::Segment => "Segment: page, screen, track, identify, group and alias calls",
            Shape::RudderStack => "RudderStack: events with traits and sessions in their context",
            Shape::Ga4 => "Google Analytics 4: rows of the export to BigQuery, numbers as text",
            Shape::Snowplow => "Snowplow: enriched events as JSON, contexts as arrays by schema",
            Shape::Shopify => "Shopify: orders with customer, addresses and payment",
            Shape::Debezium => "Debezium: row changes with before and after, of three tables",
            Shape::CloudEvents => "CloudEvents: structured mode, data as JSON, text and base64",
            Shape::Otlp => "OpenTelemetry: spans as OTLP/JSON, attributes as key and value",
        }
    }

    /// What its paths hold: each path that ever ends in a value, once.
    pub fn truth(self) -> &'static [Truth] {
        match self {
            Shape::Segment => segment::TRUTH,
            Shape::RudderStack => rudderstack::TRUTH,
            Shape::Ga4 => ga4::TRUTH,
            Shape::Snowplow => snowplow::TRUTH,
            Shape::Shopify => shopify::TRUTH,
            Shape::Debezium => debezium::TRUTH,
            Shape::CloudEvents => cloudevents::TRUTH,
            Shape::Otlp => otlp::TRUTH,
        }
    }

    fn write(self, event: &mut Event<'_>) {
        match self {
            Shape::Segment => segment::write(event),
            Shape::RudderStack => rudderstack::write(event),
            Shape::Ga4 => ga4::write(event),
            Shape::Snowplow => snowplow::write(event),
            Shape::Shopify => shopify::write(event),
            Shape::Debezium => debezium::write(event),
            Shape::CloudEvents => cloudevents::write(event),
            Shape::Otlp => otlp::write(event),
        }
    }
}

/// People who have events; a few of them have many.
const PEOPLE: u64 = 5_000;

/// Events of that shape, without end: each one line of JSON, without the line
/// break. One is held at a time.
pub fn events(shape: Shape, seed: u64) -> impl Iterator<Item = String> {
    (0_u64..).map(move |number| event(shape, seed, number))
}

fn event(shape: Shape, seed: u64, number: u64) -> String {
    // Each event by itself, so that the last of ten million costs what the first does.
    let mut random = Random::new(Random::new(seed).next() ^ number);
    let few = 1 + random.below(PEOPLE);
    let person = Person::new(seed, random.below(few));
    let at = time::of(number, &mut random);
    let mut json = Json::default();
    shape.write(&mut Event {
        json: &mut json,
        random,
        person,
        at,
    });
    json.into_text()
}
