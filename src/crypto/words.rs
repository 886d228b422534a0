//! Which word of a list stands for a value.

use zeroize::Zeroize;

use super::kdf::{Root, TooLong, Use, first_bytes};
use super::keyed_hash::KeyedHash;
use super::of_record::OfRecord;
use crate::record::Reason;

/// The choice of words in one domain and space.
pub struct WordKey {
    key: KeyedHash,
}

impl WordKey {
    /// Of that domain and space.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(root: &Root, domain: &str, space: &str) -> Result<WordKey, TooLong> {
        let key = root.key::<32>(Use::Words, &[domain.as_bytes(), space.as_bytes()])?;
        Ok(WordKey {
            key: KeyedHash::new(key.expose()),
        })
    }

    /// The place, from 0, in a list of `count` words: that of the value which `value`
    /// appends as V under the canonicaliser `canon`, and says whether there is one;
    /// `None`: there is none. With `record`, that of the value there and nowhere else.
    /// The message is put together behind what is in `room`, and taken away again.
    ///
    /// Of `count` words each stands for as many values as another, but for one part in
    /// 2^64 / `count`.
    ///
    /// # Errors
    /// What `value` says of the value.
    pub fn place(
        &self,
        (canon, count): (&str, u32),
        record: Option<OfRecord<'_>>,
        room: &mut Vec<u8>,
        value: impl FnOnce(&mut Vec<u8>) -> Result<bool, Reason>,
    ) -> Result<Option<u32>, Reason> {
        let at = room.len();
        if let Some(record) = record {
            // A record has 10,000 elements at most, and no length of an id begins like that.
            record.append(room);
        }
        let len = u16::try_from(canon.len()).unwrap_or(u16::MAX);
        room.extend_from_slice(&len.to_be_bytes());
        room.extend_from_slice(canon.as_bytes());
        let is_there = value(room);
        let place = is_there.map(|there| {
            there.then(|| {
                let drawn = u64::from_be_bytes(first_bytes(&self.key.tag(&room[at..])));
                let place = (u128::from(drawn) * u128::from(count)) >> 64;
                u32::try_from(place).expect("it is below a u32")
            })
        });
        room[at..].zeroize();
        room.truncate(at);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: &WordKey, text: &str, count: u32) -> u32 {
        let mut room = b"before".to_vec();
        let place = key.place(("text@1", count), None, &mut room, |room| {
            room.push(b's');
            room.extend_from_slice(text.as_bytes());
            Ok(true)
        });
        assert_eq!(room, b"before");
        place.expect("taken").expect("there")
    }

    #[test]
    fn every_word_stands_for_about_as_many_values() {
        let key = WordKey::new(&Root::new(&[7; 32]), "analytics", "").unwrap();
        let mut drawn = [0_u32; 15];
        for n in 0..150_000 {
            drawn[place(&key, &format!("u{n}"), 15) as usize] += 1;
        }
        // 14 degrees of freedom: 36.1 is passed once in a thousand.
        let chi: f64 = drawn
            .iter()
            .map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0)
            .sum();
        assert!(chi < 36.1, "{chi} {drawn:?}");
    }

    #[test]
    fn domain_and_space_choose_apart() {
        let root = Root::new(&[7; 32]);
        let of = |domain, space| {
            let key = WordKey::new(&root, domain, space).unwrap();
            let places = (0..8).map(|n| place(&key, &format!("u{n}"), 65_536));
            places.collect::<Vec<_>>()
        };
        assert_ne!(of("a", ""), of("b", ""));
        assert_ne!(of("a", ""), of("a", "b"));
        assert_ne!(of("a", "b"), of("b", "a"));
        assert_eq!(of("a", "b"), of("a", "b"));
    }

    #[test]
    fn a_refusal_leaves_nothing_behind() {
        let key = WordKey::new(&Root::new(&[7; 32]), "analytics", "").unwrap();
        let mut room = Vec::new();
        let refused = key.place(("text@1", 2), None, &mut room, |room| {
            room.extend_from_slice(b"secret");
            Err(Reason::WrongType)
        });
        assert_eq!(refused, Err(Reason::WrongType));
        assert!(room.is_empty());
    }
}
