//! Keys of differentially private counts: which of a person's cells count, and the noise
//! of each cell; the same whenever the same records are counted again.

use zeroize::Zeroize;

use super::digest;
use super::kdf::{Root, TooLong, Use, first_bytes};
use super::keyed_hash::KeyedHash;
use super::noise::Draws;
use super::secret::Secret;
use crate::record::SubjectId;

/// From when to when a window is, milliseconds since 1970, the end exclusive.
pub type WindowMs = (i64, i64);

/// What chooses among the cells of a person in one output.
pub struct RankKey {
    key: KeyedHash,
}

impl RankKey {
    /// Of the output of that topic.
    ///
    /// # Errors
    /// When the name is longer than 65,535 bytes.
    pub fn new(root: &Root, topic: &str) -> Result<RankKey, TooLong> {
        let key = root.key::<32>(Use::Bound, &[topic.as_bytes()])?;
        Ok(RankKey {
            key: KeyedHash::new(key.expose()),
        })
    }

    /// The cells of a person with the smallest ranks count: nobody without the key can
    /// say which. The u64 of the first 8 bytes of HMAC(K("bound", topic), i64 from ‖
    /// i64 to ‖ person ‖ cell), big-endian.
    pub fn rank(&self, window: WindowMs, person: SubjectId, cell: &[u8]) -> u64 {
        let mut message = [0; 32].to_vec();
        message[..8].copy_from_slice(&window.0.to_be_bytes());
        message[8..16].copy_from_slice(&window.1.to_be_bytes());
        message[16..].copy_from_slice(&person.0);
        message.extend_from_slice(cell);
        u64::from_be_bytes(first_bytes(&self.key.tag(&message)))
    }
}

/// What the noise of one output and one mechanism is drawn from.
pub struct CellNoise {
    key: KeyedHash,
}

impl CellNoise {
    /// Of the output of that topic and of that mechanism: everything that decides what is
    /// counted and how much noise it gets, so that two of them never share any.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(root: &Root, topic: &str, mechanism: &str) -> Result<CellNoise, TooLong> {
        let params = [topic.as_bytes(), mechanism.as_bytes()];
        let key = root.key::<32>(Use::DpNoise, &params)?;
        Ok(CellNoise {
            key: KeyedHash::new(key.expose()),
        })
    }

    /// The mark of what was counted in a window, for a ledger: HMAC(K("dp-noise", topic,
    /// mechanism), i64 from ‖ i64 to ‖ cut). The digest itself tells what was counted to
    /// whoever tries all small counts. No cell has an empty name, so no noise is drawn from
    /// it.
    pub fn mark(&self, window: WindowMs, cut: &[u8; 32]) -> [u8; 32] {
        let [from, to] = [window.0, window.1].map(i64::to_be_bytes);
        self.key.tag(&[&from[..], &to, cut].concat())
    }

    /// The noise of one cell of a window: AES-256 under HMAC(K("dp-noise", topic,
    /// mechanism), i64 from ‖ i64 to ‖ cut ‖ cell). `cut`: the digest of all that was
    /// counted in the window, so that the noise of other records is another.
    pub fn draws(&self, window: WindowMs, cut: &[u8; 32], cell: &[u8]) -> Draws {
        let mut message = Vec::with_capacity(48 + cell.len());
        message.extend_from_slice(&window.0.to_be_bytes());
        message.extend_from_slice(&window.1.to_be_bytes());
        message.extend_from_slice(cut);
        message.extend_from_slice(cell);
        let mut tag = self.key.tag(&message);
        let draws = Draws::new(&Secret::fill(|seed| *seed = tag));
        tag.zeroize();
        draws
    }
}

/// The digest of all that was counted in a window, of cells that rise by their names: for
/// each u32 length ‖ name ‖ i64 what was counted ‖ u64 persons.
pub fn cut<'c>(cells: impl Iterator<Item = (&'c [u8], i64, u64)>) -> [u8; 32] {
    let mut all = Vec::new();
    for (name, counted, people) in cells {
        let len = u32::try_from(name.len()).expect("a record is smaller than 4 GiB");
        all.extend_from_slice(&len.to_be_bytes());
        all.extend_from_slice(name);
        all.extend_from_slice(&counted.to_be_bytes());
        all.extend_from_slice(&people.to_be_bytes());
    }
    digest::sha256(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_gives_other_noise_and_another_rank() {
        let root = Root::new(&[7; 32]);
        let (window, cut) = ((0, 86_400_000), [1; 32]);
        let drawn = |topic: &str, mechanism: &str, window, cut: [u8; 32], cell: &str| {
            let noise = CellNoise::new(&root, topic, mechanism).unwrap();
            let mut draws = noise.draws(window, &cut, cell.as_bytes());
            [0; 4].map(|_| draws.laplace(1 << 40, 1))
        };
        let first = drawn("t", "m", window, cut, "c");
        assert_eq!(drawn("t", "m", window, cut, "c"), first);
        for other in [
            drawn("u", "m", window, cut, "c"),
            drawn("t", "n", window, cut, "c"),
            drawn("tm", "", window, cut, "c"),
            drawn("t", "m", (1, 86_400_000), cut, "c"),
            drawn("t", "m", (0, 86_400_001), cut, "c"),
            drawn("t", "m", window, [2; 32], "c"),
            drawn("t", "m", window, cut, "d"),
        ] {
            assert_ne!(other, first);
        }
        let mark = |topic: &str, window, cut| {
            CellNoise::new(&root, topic, "m")
                .unwrap()
                .mark(window, &cut)
        };
        let known = mark("t", window, cut);
        assert_eq!(mark("t", window, cut), known);
        for other in [
            cut,
            mark("u", window, cut),
            mark("t", (1, 86_400_000), cut),
            mark("t", window, [2; 32]),
        ] {
            assert_ne!(other, known);
        }
        let key = RankKey::new(&root, "t").unwrap();
        let person = SubjectId([3; 16]);
        let rank = key.rank(window, person, b"c");
        assert_eq!(key.rank(window, person, b"c"), rank);
        let others = [
            RankKey::new(&root, "u").unwrap().rank(window, person, b"c"),
            key.rank((1, window.1), person, b"c"),
            key.rank(window, SubjectId([4; 16]), b"c"),
            key.rank(window, person, b"d"),
        ];
        assert!(others.iter().all(|other| *other != rank));
    }
}
