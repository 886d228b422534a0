//! Values of an open domain: texts in the prefixes that they begin with.
//!
//! Nobody can list such values beforehand; the tree is drawn up of those that a release
//! has, in their order, so that it does not depend on which came first.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::tree::{Above, Growing, Tree};
use super::{MISSING, NotADomain, WHOLE};

/// Most characters of a prefix.
const CHARS_MAX: u8 = 64;

/// What the values of one column are, in the order in which they came.
#[derive(Default)]
pub struct Leaves {
    keys: Vec<Box<[u8]>>,
    places: HashMap<Box<[u8]>, u32, RandomState>,
}

/// Texts by their first characters.
pub struct Prefixes {
    /// How many characters, the most first.
    levels: Vec<u8>,
    is_geohash: bool,
}

impl Leaves {
    /// The number of a value, from 1: a new one, if it is new.
    pub(super) fn number(&mut self, key: &[u8]) -> u32 {
        if let Some(known) = self.places.get(key) {
            return *known;
        }
        self.keys.push(key.into());
        let number = self.keys.len() as u32;
        self.places.insert(key.into(), number);
        number
    }

    /// The tree of those values that stand in `numbers`, and the code of each of these.
    /// `below_root` levels lie between a value and the root; `shares` says from which one
    /// on two values lie in the same node, the less of them first; `above` what stands
    /// over a value at a level.
    pub(super) fn tree(
        &self,
        numbers: &[u32],
        below_root: usize,
        shares: impl Fn(&[u8], &[u8]) -> usize,
        above: impl Fn(&[u8], usize) -> Above,
    ) -> (Tree, Vec<u32>) {
        let mut present: Vec<u32> = numbers.iter().copied().filter(|n| *n != MISSING).collect();
        present.sort_unstable();
        present.dedup();
        let key = |number: u32| &*self.keys[number as usize - 1];
        present.sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
        let mut growing = Growing::new(below_root);
        let mut code_of = vec![MISSING; self.keys.len() + 1];
        let mut before: Option<&[u8]> = None;
        for number in present {
            let own = key(number);
            let shared = before.map_or(below_root, |before| shares(before, own));
            code_of[number as usize] = growing.leaf(shared, |level| above(own, level));
            before = Some(own);
        }
        let codes = numbers.iter().map(|n| code_of[*n as usize]).collect();
        (growing.done(), codes)
    }
}

impl Prefixes {
    /// Prefixes of so many characters, the longest first: `10115*`, then `10*`. Each
    /// counts with its level.
    ///
    /// # Errors
    /// When they do not grow shorter, or are none.
    pub fn new(levels: &[u8]) -> Result<Prefixes, NotADomain> {
        let falls = levels.windows(2).all(|pair| pair[0] > pair[1]);
        let fits = |chars: &u8| (1..=CHARS_MAX).contains(chars);
        if levels.is_empty() || !falls || !levels.iter().all(fits) {
            return Err(NotADomain::NoLevel);
        }
        Ok(Prefixes {
            levels: levels.to_vec(),
            is_geohash: false,
        })
    }

    /// The same of geohashes (G. Niemeyer, 2008): a prefix is a cell, `u33`.
    ///
    /// # Errors
    /// As [`Prefixes::new`]; a geohash has at most 12 characters.
    pub fn geohash(levels: &[u8]) -> Result<Prefixes, NotADomain> {
        let prefixes = Prefixes::new(levels)?;
        match prefixes.levels[0] {
            ..=12 => Ok(Prefixes {
                is_geohash: true,
                ..prefixes
            }),
            _ => Err(NotADomain::NoLevel),
        }
    }

    /// The number of a text among those of its column; `None`: it is no geohash of enough
    /// characters, or has nothing in it.
    pub fn number(&self, text: &str, leaves: &mut Leaves) -> Option<u32> {
        let chars = self.levels[0].into();
        let key = first_of(text, chars);
        let is_digit =
            |b| matches!(b, b'0'..=b'9' | b'b'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b'z');
        let fits = match self.is_geohash {
            true => key.len() == chars && key.bytes().all(is_digit),
            false => !key.is_empty(),
        };
        fits.then(|| leaves.number(key.as_bytes()))
    }

    /// The tree of the texts of one release, and the code of each record in it.
    pub fn tree(&self, leaves: &Leaves, numbers: &[u32]) -> (Tree, Vec<u32>) {
        leaves.tree(
            numbers,
            self.levels.len(),
            |before, own| {
                let levels = 0..self.levels.len();
                let shared = |level: &usize| self.cut(before, *level) == self.cut(own, *level);
                levels.clone().find(shared).unwrap_or(levels.end)
            },
            |key, level| {
                let star = if self.is_geohash { "" } else { "*" };
                Above {
                    name: format!("{}{star}", self.cut(key, level)).into(),
                    bounds: None,
                    loss: level as u64 * WHOLE / self.levels.len() as u64,
                }
            },
        )
    }
    fn cut<'k>(&self, key: &'k [u8], level: usize) -> &'k str {
        let text = std::str::from_utf8(key).unwrap_or_default();
        first_of(text, self.levels[level].into())
    }
}

/// The first so many characters of a text.
fn first_of(text: &str, chars: usize) -> &str {
    let end = text.char_indices().nth(chars).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}
