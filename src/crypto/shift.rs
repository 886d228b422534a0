//! By how many days the times of one data subject are moved.

use super::kdf::{Root, TooLong, Use, first_bytes};
use super::keyed_hash::KeyedHash;

/// The shift of every subject, in one domain and space.
pub struct DayShift {
    key: KeyedHash,
    days_max: u16,
}

impl DayShift {
    /// Of that domain and space, by at most `days_max` days either way.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(root: &Root, domain: &str, space: &str, days_max: u16) -> Result<DayShift, TooLong> {
        let key = root.key::<32>(Use::Shift, &[domain.as_bytes(), space.as_bytes()])?;
        Ok(DayShift {
            key: KeyedHash::new(key.expose()),
            days_max,
        })
    }

    /// Days that the times of that subject are moved by, from `-days_max` to
    /// `days_max`. Takes its canonical text.
    pub fn days(&self, subject: &str) -> i64 {
        let drawn = u128::from_be_bytes(first_bytes(&self.key.tag(subject.as_bytes())));
        let places = 2 * u128::from(self.days_max) + 1;
        let place = u32::try_from(drawn % places).expect("two times a u16 and one");
        i64::from(place) - i64::from(self.days_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_drawn_about_as_often() {
        let shift = DayShift::new(&Root::new(&[7; 32]), "analytics", "", 7).unwrap();
        let mut drawn = [0_u32; 15];
        for n in 0..150_000 {
            drawn[usize::try_from(shift.days(&format!("u{n}")) + 7).unwrap()] += 1;
        }
        // 14 degrees of freedom: 36.1 is passed once in a thousand.
        let chi: f64 = drawn
            .iter()
            .map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0)
            .sum();
        assert!(chi < 36.1, "{chi} {drawn:?}");
    }

    #[test]
    fn domain_and_space_move_apart() {
        let root = Root::new(&[7; 32]);
        let of = |domain, space| {
            let shift = DayShift::new(&root, domain, space, 3650).unwrap();
            (0..8)
                .map(|n| shift.days(&format!("u{n}")))
                .collect::<Vec<_>>()
        };
        assert_ne!(of("a", ""), of("b", ""));
        assert_ne!(of("a", ""), of("a", "b"));
        assert_ne!(of("a", "b"), of("b", "a"));
        assert_eq!(of("a", "b"), of("a", "b"));
    }
}
