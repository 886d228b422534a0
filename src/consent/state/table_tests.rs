//! The table: what is looked up is what was decided last, in every version.

use std::collections::HashMap;

use super::*;
use crate::consent::state::Narrowings;

pub(super) const WEEK_MS: i64 = 7 * 86_400_000;
/// Monday, 2 March 2026.
pub(super) const MONDAY_MS: i64 = 1_772_409_600_000;

pub(super) fn who(n: u64) -> SubjectId {
    // SplitMix64, so that names are spread as those of HMAC are.
    let mix = |mut z: u64| {
        z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let bytes = u128::from(mix(2 * n)) << 64 | u128::from(mix(2 * n + 1));
    SubjectId(bytes.to_be_bytes())
}

pub(super) const GRANTED: Option<Decision> = Some(Decision::Granted { until_ms: None });
pub(super) const DENIED: Option<Decision> = Some(Decision::Denied);

pub(super) fn categories() -> Vec<String> {
    vec!["Ads".into(), "Stats".into(), "Never".into()]
}

fn bits(snapshot: &Snapshot, n: u64, now_ms: i64) -> (u64, u64) {
    snapshot.bits(snapshot.of(who(n)).profile, &categories(), now_ms)
}

#[test]
fn a_version_stays_as_it_was() {
    let mut table = Table::default();
    table.decide(who(1), "Ads", GRANTED).unwrap();
    table.decide(who(1), "Stats", DENIED).unwrap();
    let first = table.publish(MONDAY_MS);
    table.decide(who(1), "Ads", DENIED).unwrap();
    table.decide(who(2), "Ads", GRANTED).unwrap();
    let second = table.publish(MONDAY_MS);
    assert_eq!(bits(&first, 1, MONDAY_MS), (0b01, 0b10));
    assert_eq!(bits(&first, 2, MONDAY_MS), (0, 0));
    assert_eq!(bits(&second, 1, MONDAY_MS), (0, 0b11));
    assert_eq!(bits(&second, 2, MONDAY_MS), (0b01, 0));
    assert_eq!(
        (first.version(), second.version(), table.people()),
        (1, 2, 2)
    );
    // Silent again: nothing is known any more, and the place is free.
    table.decide(who(1), "Ads", None).unwrap();
    table.decide(who(1), "Stats", None).unwrap();
    table.decide(who(3), "Ads", None).unwrap();
    let third = table.publish(MONDAY_MS);
    assert_eq!(third.of(who(1)), Standing::default());
    assert_eq!(table.people(), 1);
}

#[test]
fn a_grant_ends_no_later_than_it_says() {
    let mut table = Table::default();
    // Wednesday of the next week: cut down to its Monday.
    let until_ms = Some(MONDAY_MS + WEEK_MS + 2 * 86_400_000);
    table
        .decide(who(1), "Ads", Some(Decision::Granted { until_ms }))
        .unwrap();
    let snapshot = table.publish(MONDAY_MS);
    assert_eq!(bits(&snapshot, 1, MONDAY_MS), (0b01, 0));
    assert_eq!(bits(&snapshot, 1, MONDAY_MS + WEEK_MS - 1), (0b01, 0));
    assert_eq!(bits(&snapshot, 1, MONDAY_MS + WEEK_MS), (0, 0));
    // On Monday everybody may be narrower.
    let since = snapshot.version();
    assert!(
        !table
            .visible()
            .is_narrowed(since, &[Narrowings::short(who(9))])
    );
    table.publish(MONDAY_MS + WEEK_MS);
    assert!(table.visible().is_narrowed(since, &[7]));
}

#[test]
fn narrower_is_a_denial_or_a_mark_and_nothing_else() {
    let mut table = Table::default();
    let short = [Narrowings::short(who(1))];
    table.publish(MONDAY_MS);
    let mut is_hit = |change: &mut dyn FnMut(&mut Table) -> bool| {
        let since = table.publish(MONDAY_MS).version();
        let told = change(&mut table);
        table.publish(MONDAY_MS);
        let is_hit = table.visible().is_narrowed(since, &short);
        // Of somebody else it is told too.
        assert!(told || !is_hit);
        is_hit
    };
    assert!(!is_hit(&mut |t| t.decide(who(1), "Ads", GRANTED).unwrap()));
    assert!(!is_hit(&mut |t| t.decide(who(1), "Ads", GRANTED).unwrap()));
    assert!(!is_hit(&mut |t| t.decide(who(2), "Ads", DENIED).unwrap()));
    assert!(is_hit(&mut |t| t.decide(who(1), "Ads", DENIED).unwrap()));
    assert!(!is_hit(&mut |t| t.decide(who(1), "Ads", DENIED).unwrap()));
    // A signal in the event may have granted what nobody had decided.
    assert!(is_hit(&mut |t| t.decide(who(1), "Stats", DENIED).unwrap()));
    assert!(!is_hit(&mut |t| t
        .decide(who(1), "Stats", GRANTED)
        .unwrap()));
    // A grant that is gone without a denial.
    assert!(is_hit(&mut |t| t.decide(who(1), "Stats", None).unwrap()));
    assert!(is_hit(&mut |t| t
        .mark(who(1), Some(Mark::Restricted))
        .unwrap()));
    assert!(is_hit(&mut |t| t.mark(who(1), Some(Mark::Erased)).unwrap()));
    assert!(!is_hit(&mut |t| t.mark(who(1), None).unwrap()));
}

#[test]
fn a_mark_holds_in_every_category() {
    let mut table = Table::default();
    table.decide(who(1), "Ads", GRANTED).unwrap();
    table.mark(who(1), Some(Mark::Erased)).unwrap();
    table.mark(who(2), Some(Mark::Restricted)).unwrap();
    let snapshot = table.publish(MONDAY_MS);
    assert_eq!(snapshot.of(who(1)).mark, Some(Mark::Erased));
    assert_eq!(snapshot.of(who(2)).mark, Some(Mark::Restricted));
    assert_eq!(snapshot.of(who(3)).mark, None);
}

#[test]
fn records_of_the_topic_are_taken_over_in_order() {
    let mut table = Table::default();
    let key = |n: u64| format!("{}/Ads", who(n).text());
    let value = |is: &str, at: &str| format!(r#"{{"v":1,"is":"{is}","at":"{at}"}}"#);
    let mut apply = |n: u64, value: Option<&str>| {
        table
            .apply(key(n).as_bytes(), value.map(str::as_bytes), None, MONDAY_MS)
            .unwrap();
    };
    // The last record counts, whatever time it names.
    apply(1, Some(&value("granted", "2026-03-02T00:00:00Z")));
    apply(1, Some(&value("denied", "2020-01-01T00:00:00Z")));
    apply(2, Some(&value("denied", "2026-03-02T00:00:00Z")));
    apply(2, Some(&value("granted", "2020-01-01T00:00:00Z")));
    apply(3, Some(&value("granted", "2026-03-02T00:00:00Z")));
    apply(3, None);
    apply(4, Some(&value("granted", "2026-03-02T00:00:00Z")));
    apply(4, Some("{}"));
    table
        .apply(b"nobody", Some(b"{}"), None, MONDAY_MS)
        .unwrap();
    let snapshot = table.publish(MONDAY_MS);
    let said: Vec<_> = (1..=4).map(|n| bits(&snapshot, n, MONDAY_MS)).collect();
    assert_eq!(said, [(0, 1), (1, 0), (0, 0), (0, 1)]);
    assert_eq!(table.bad_records(), (1, 1));
}

/// Everybody's decisions in two categories.
type Plain = HashMap<u64, [Option<Decision>; 2]>;

#[test]
fn who_starts_over_forgets_everybody_and_no_version() {
    let mut table = Table::default();
    table.decide(who(1), "Ads", GRANTED).unwrap();
    table.decide(who(2), "Ads", DENIED).unwrap();
    assert_eq!(table.standing("Ads", MONDAY_MS), (1, 1));
    assert_eq!(table.standing("Stats", MONDAY_MS), (0, 0));
    assert!(table.bytes() > 0);
    let visible = table.visible();
    let since = table.publish(MONDAY_MS).version();
    table.start_over();
    // Not before it is published.
    assert!(!visible.is_narrowed(since, &[7]));
    assert_eq!(table.publish(MONDAY_MS).version(), since + 1);
    assert!(visible.is_narrowed(since, &[7]) && !visible.is_narrowed(since, &[]));
    assert_eq!(visible.now().of(who(1)), Standing::default());
    assert_eq!(
        (table.people(), table.standing("Ads", MONDAY_MS)),
        (0, (0, 0))
    );
    // What another one knows takes its place.
    let mut other = Table::default();
    other.decide(who(3), "Stats", GRANTED).unwrap();
    table.take_over(other);
    table.publish(MONDAY_MS);
    assert_eq!(bits(&visible.now(), 3, MONDAY_MS), (0b10, 0));
    assert_eq!((table.people(), visible.version()), (1, since + 2));
}

#[test]
fn what_takes_something_away_is_told() {
    let mut table = Table::default();
    let mut told = |decision| table.decide(who(1), "Ads", decision).unwrap();
    assert!(!told(GRANTED));
    assert!(told(DENIED));
    assert!(!told(DENIED));
    assert!(!told(None));
    assert!(told(DENIED));
}

/// Beside a map of the standard library, through a hundred versions.
#[test]
fn a_hundred_thousand_changes_come_out_as_in_a_plain_map() {
    let mut table = Table::default();
    let mut plain = Plain::new();
    let mut state = 0x5eed_u64;
    let mut random = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut old: Vec<(Arc<Snapshot>, Plain)> = Vec::new();
    for change in 0..100_000 {
        let (n, category) = (random(20_000), random(2) as usize);
        let decision = match random(4) {
            0 => None,
            1 => DENIED,
            2 => GRANTED,
            _ => Some(Decision::Granted {
                until_ms: Some(MONDAY_MS + (random(10) as i64 - 5) * WEEK_MS),
            }),
        };
        plain.entry(n).or_default()[category] = decision;
        table
            .decide(who(n), &categories()[category], decision)
            .unwrap();
        if change % 20_000 == 0 {
            old.push((table.publish(MONDAY_MS), plain.clone()));
        }
    }
    old.push((table.publish(MONDAY_MS), plain));
    for (snapshot, plain) in &old {
        for n in 0..20_100 {
            let said = plain.get(&n).copied().unwrap_or_default();
            let mut expected = (0, 0);
            for (bit, decision) in said.into_iter().enumerate() {
                match decision {
                    Some(Decision::Denied) => expected.1 |= 1 << bit,
                    Some(Decision::Granted { until_ms })
                        if until_ms.is_none_or(|until| MONDAY_MS < until) =>
                    {
                        expected.0 |= 1 << bit;
                    }
                    _ => {}
                }
            }
            assert_eq!(bits(snapshot, n, MONDAY_MS), expected, "{n}");
        }
    }
    let (_, last) = old.last().unwrap();
    let known = last
        .values()
        .filter(|said| said.iter().any(Option::is_some));
    assert_eq!(table.people(), known.count() as u64);
    let profiles = (0..200).map(|profile| table.members(profile));
    assert_eq!(profiles.sum::<u64>(), table.people());
}
