//! What a policy rests on that ages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::allowed::Allowed;
use super::check::model::Checked;
use super::check::values;
use crate::keys::{KeySource, Pick};
use crate::plan::{AllowanceStanding, ContractStanding, KeyStanding, Standing};

/// The versions of its keys at that time, and the allowances and contracts that end.
pub(super) fn of(
    policy: &Checked,
    allowed: &[Allowed],
    keys: &dyn KeySource,
    now: Timestamp,
) -> Standing {
    let mut standing = Standing::default();
    for key in &policy.keys {
        let entry = key
            .reference
            .as_ref()
            .and_then(|r| keys.entry(&r.value).ok());
        let Some(entry) = entry else { continue };
        let mut uses = policy.outputs.iter().flat_map(values);
        let by_epoch = uses.any(|value| {
            let wanted = value.spec.key();
            wanted.is_some_and(|k| k.alias == key.alias && matches!(k.pick, Pick::ByEpoch(_)))
        });
        for (makes, version, since) in entry.in_force(by_epoch, now) {
            standing.keys.push(KeyStanding {
                key: key.alias.clone(),
                makes,
                version,
                since: since.as_second(),
            });
        }
    }
    for one in allowed {
        if let Some(ends) = one.until.and_then(end_of) {
            standing.allowances.push(AllowanceStanding {
                allow: one.allow,
                field: one.field.clone().unwrap_or_default(),
                topics: one.outputs.join(","),
                ends,
            });
        }
    }
    let registered = policy.recipients.iter().flat_map(|register| &register.all);
    for recipient in registered {
        let alias = &recipient.alias.value;
        let outputs = policy.outputs.iter();
        let gets = outputs.filter(|o| o.outsider().is_some_and(|named| named.value == *alias));
        let topics: Vec<&str> = gets.map(|o| o.topic.value.as_str()).collect();
        let until = recipient.contract_until.as_ref();
        if let (false, Some(ends)) = (topics.is_empty(), until.and_then(|u| end_of(u.value))) {
            standing.contracts.push(ContractStanding {
                recipient: alias.clone(),
                topics: topics.join(","),
                ends,
            });
        }
    }
    standing
}

/// The end of that day in UTC, in seconds since 1970.
fn end_of(day: Date) -> Option<i64> {
    let next = day.checked_add(1.day()).ok()?;
    let end = next.to_zoned(TimeZone::UTC).ok()?;
    Some(end.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    #[test]
    fn keys_have_a_version_and_allowances_an_end() {
        let file = PolicyFile {
            path: "app-events.yaml".into(),
            text: include_str!("../../config/app-events.yaml").to_owned(),
        };
        let compiled = compile(&file, &TestKeys, &NoTables, Timestamp::UNIX_EPOCH);
        let said: Vec<_> = compiled.findings.list().iter().collect();
        let standing = compiled.plan.unwrap_or_else(|| panic!("{said:?}")).standing;
        assert!(!standing.keys.is_empty());
        for key in &standing.keys {
            assert!(["codes", "epochs", "seals"].contains(&key.makes) && key.version >= 1);
        }
        let by_epoch = standing.keys.iter().filter(|k| k.makes == "epochs");
        assert_eq!(by_epoch.map(|k| k.version).collect::<Vec<_>>(), [1]);

        let day: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(standing.allowances.len(), 2, "{said:?}");
        for allowance in &standing.allowances {
            assert_eq!(allowance.ends, day.as_second());
        }
    }

    #[test]
    fn a_contract_ends_where_somebody_gets_something() {
        let text = include_str!("../../config/ads.yaml");
        let file = PolicyFile {
            path: "ads.yaml".into(),
            text: text.to_owned(),
        };
        let now = "2026-11-30T00:00:00Z".parse().unwrap();
        let compiled = compile(&file, &TestKeys, &NoTables, now);
        let standing = compiled.plan.expect("it can be used").standing;
        let ends: Vec<_> = standing.contracts.iter().collect();
        let written = text.split("contract_until: ").nth(1).expect("it has one");
        let day: Date = written[..10].parse().expect("a day");
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(Some(ends[0].ends), end_of(day));
        assert!(!ends[0].recipient.is_empty() && !ends[0].topics.is_empty());
    }
}
