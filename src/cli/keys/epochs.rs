//! Which epochs a version of a key makes the codes of.

use jiff::{SignedDuration, Timestamp};
use veilstream::action::Epochs;
use veilstream::crypto::epoch::EpochLength;
use veilstream::keys::Listed;

/// How long codes are made with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// Of no epoch: it begins and ends within one.
    Nothing,
    /// Of events that come before that time: then the last epoch is over, and what came
    /// late is too late.
    Before(Timestamp),
    /// As long as there is no other that begins later.
    NoSuccessor,
    /// As long as the policy takes events from then on, however late they come.
    AcceptsFrom(Timestamp),
}

/// How long codes that change with those epochs are made with a version, of all
/// versions of its key.
pub fn serves(found: &Listed, of_key: &[&Listed], epochs: &Epochs) -> Serves {
    let begins = |l: &Listed| l.begins().as_millisecond();
    let later = of_key
        .iter()
        .filter(|l| l.id.version() > found.id.version());
    let Some(next) = later.min_by_key(|l| l.id.version()).map(|l| begins(l)) else {
        return Serves::NoSuccessor;
    };
    // The last epoch that starts before the next version begins.
    let Some(last) = epochs.length.of(next - 1) else {
        return Serves::Nothing;
    };
    let is_first = of_key.iter().all(|l| l.id.version() >= found.id.version());
    if last.start_ms < begins(found) && !is_first {
        return Serves::Nothing;
    }
    let time = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    if let Some(from) = epochs.accept_from_ms
        && from < last.end_ms
    {
        return Serves::AcceptsFrom(time(from));
    }
    let late = SignedDuration::from_millis(epochs.late_max_ms);
    let over = time(last.end_ms).saturating_add(late);
    Serves::Before(over.unwrap_or(Timestamp::MAX))
}

/// How far ahead epochs of different lengths are looked at for a start in common.
const AHEAD_MAX_MS: i64 = 100 * 366 * 86_400_000;

/// The first time from `from` on at which an epoch of each of those lengths starts;
/// `None`: not within a century.
pub fn next_start(lengths: &[EpochLength], from: Timestamp) -> Option<Timestamp> {
    let first = from.as_millisecond();
    let start = |length: &EpochLength, ms: i64| {
        let epoch = length.of(ms)?;
        Some(match epoch.start_ms == ms {
            true => ms,
            false => epoch.end_ms,
        })
    };
    let mut at = first;
    loop {
        let mut next = at;
        for length in lengths {
            next = start(length, next)?;
        }
        if next == at {
            return Timestamp::from_millisecond(at).ok();
        }
        if next > first.saturating_add(AHEAD_MAX_MS) {
            return None;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veilstream::keys::{KeyKind, KeyState};

    fn version(number: u32, use_from: &str) -> Listed {
        Listed {
            id: format!("people:{number}").parse().unwrap(),
            kind: KeyKind::Root,
            state: KeyState::Active,
            created: "2026-01-01T00:00:00Z".to_owned(),
            use_from: use_from.to_owned(),
            kcv: String::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_serves_until_its_last_epoch_is_over_and_late_events_are_too_late() {
        let list = [
            version(1, "1970-01-01T00:00:00Z"),
            version(2, "2026-03-10T00:00:00Z"),
            version(3, "2026-03-20T00:00:00Z"),
            version(4, "2026-05-01T00:00:00Z"),
        ];
        let of_key: Vec<&Listed> = list.iter().collect();
        let mut epochs = Epochs {
            length: EpochLength::Month,
            by: None,
            is_iso: true,
            late_max_ms: 86_400_000,
            accept_from_ms: None,
        };
        let of = |n: usize, epochs: &Epochs| serves(&list[n], &of_key, epochs);
        // Version 1 has all of March, since version 2 begins within it.
        assert_eq!(of(0, &epochs), Serves::Before(at("2026-04-02T00:00:00Z")));
        assert_eq!(of(1, &epochs), Serves::Nothing);
        assert_eq!(of(2, &epochs), Serves::Before(at("2026-05-02T00:00:00Z")));
        assert_eq!(of(3, &epochs), Serves::NoSuccessor);
        let from = at("2026-03-31T00:00:00Z");
        epochs.accept_from_ms = Some(from.as_millisecond());
        assert_eq!(of(0, &epochs), Serves::AcceptsFrom(from));
        epochs.accept_from_ms = Some(at("2026-04-01T00:00:00Z").as_millisecond());
        assert_eq!(of(0, &epochs), Serves::Before(at("2026-04-02T00:00:00Z")));
    }

    #[test]
    fn the_next_start_is_one_of_every_length() {
        let day = EpochLength::fixed(86_400_000).unwrap();
        let thirty = EpochLength::fixed(30 * 86_400_000).unwrap();
        let from = at("2026-03-05T10:00:00Z");
        let next = |lengths: &[EpochLength]| next_start(lengths, from);
        assert_eq!(next(&[day]), Some(at("2026-03-06T00:00:00Z")));
        assert_eq!(
            next(&[EpochLength::Month, EpochLength::Quarter, day]),
            Some(at("2026-04-01T00:00:00Z"))
        );
        let both = next(&[thirty, EpochLength::Month]).unwrap();
        for length in [thirty, EpochLength::Month] {
            let epoch = length.of(both.as_millisecond()).unwrap();
            assert_eq!(epoch.start_ms, both.as_millisecond());
        }
        assert_eq!(next(&[]), Some(from));
        let start = at("2026-04-01T00:00:00Z");
        assert_eq!(next_start(&[EpochLength::Month], start), Some(start));
    }
}
