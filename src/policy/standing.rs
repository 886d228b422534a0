//! What a policy rests on that ages.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::allowed::Allowed;
use super::check::model::Checked;
use super::check::values;
use crate::keys::{KeySource, Pick};
use crate::plan::{AllowanceStanding, KeyStanding, Standing};

/// The versions of its keys at that time, and the allowances that end.
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
        let end = one
            .until
            .and_then(|day| day.checked_add(1.day()).ok())
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        if let Some(end) = end {
            standing.allowances.push(AllowanceStanding {
                allow: one.allow,
                field: one.field.clone().unwrap_or_default(),
                topics: one.outputs.join(","),
                ends: end.timestamp().as_second(),
            });
        }
    }
    standing
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
}
