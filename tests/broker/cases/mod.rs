//! The cases, one file a promise.
//!
//! In: the fixture, the traffic, the checker. Out: a verdict each. Promises:
//! what `main.rs` says. Does not know: anything inside `veil`.

mod at_least_once;
mod at_rest;
mod avro_blocks;
mod changes_by_id;
mod compacted;
mod confined;
mod consent;
mod controls;
mod counts;
mod danger;
mod doctor;
mod exactly_once;
mod fencing;
mod first_start;
mod fixture;
mod header_names;
mod init;
mod keys_by_id;
mod lag;
mod leak;
mod leak_avro;
mod leases;
mod lines;
mod one_policy;
mod outages;
mod preferences;
mod python_clients;
mod quarantine;
mod readiness;
mod registry;
mod registry_apicurio;
mod registry_json;
mod registry_orders;
mod registry_readme;
mod registry_run;
mod releases;
mod releases_broker_away;
mod releases_quiet;
mod releases_stormed;
mod reload;
mod replayed_releases;
mod split;
mod stage;
mod stopping;
mod unnamed;
