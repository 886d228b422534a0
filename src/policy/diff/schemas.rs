//! How values are read, and what leaves of them under the schemas of files.

use std::collections::BTreeSet;

use super::difference::{At, Found, NOT_WRITTEN, or_not_written};
use super::said::Said;
use crate::action::Order;
use crate::policy::check::model::{SchemaSource, Schemas};
use crate::policy::leaving::{Types, in_words};

/// Compares the formats, and where the files hold other schemas what leaves under them.
pub fn schemas(was: &Said, is: &Said, found: &mut Found) {
    let [before, now] = [was, is].map(|said| said.policy.source.schema.as_ref());
    let word = |said: &Said| match (said.policy.source.bare, &said.policy.source.schema) {
        (Some((bare, _)), _) => bare.word(),
        (None, Some(source)) => source.of.word(),
        (None, None) => "json",
    };
    if word(was) != word(is) {
        let why = "values are read in another format, and leave in it";
        let at = At::policy("source.value");
        return found.add(Order::Unknown, at, word(was), word(is), why);
    }
    let named = |source: Option<&SchemaSource>| {
        source.map_or("", |source| match source.schemas {
            Schemas::ById => "each record names its schema by id",
            Schemas::ByFingerprint => "each record names its schema by its fingerprint",
            Schemas::One => "one schema of all records",
        })
    };
    if named(before) != named(now) {
        let why = "records are read under other schemas";
        let at = At::policy("source.schema");
        return found.add(Order::Unknown, at, named(before), named(now), why);
    }
    let message = |source: Option<&SchemaSource>| source.and_then(|s| s.message.clone());
    let [before, now] = [message(before), message(now)];
    if before != now {
        found.add(
            Order::Unknown,
            At::policy("source.schema.message"),
            or_not_written(before.as_deref()),
            or_not_written(now.as_deref()),
            "values are read as another message",
        );
    } else if was.leaving().files == is.leaving().files {
        return;
    }
    for (topic, before) in &was.leaving().places {
        let Some(now) = is.leaving().places.get(topic) else {
            continue;
        };
        let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for path in paths {
            let (before, now) = (before.get(path), now.get(path));
            if before == now {
                continue;
            }
            let said = |types: Option<&Types>| types.map_or(NOT_WRITTEN.to_owned(), in_words);
            let (order, why) = match (before, now) {
                (None, _) => (
                    Order::Weaker,
                    "the writer's schema has it now, and it leaves",
                ),
                (_, None) => (
                    Order::Stronger,
                    "the writer's schema has it no more, and nothing leaves of it",
                ),
                _ => (
                    Order::Unknown,
                    "it leaves as another type, by the writer's schema",
                ),
            };
            found.add(order, At::output(topic, path), said(before), said(now), why);
        }
    }
}
