//! The table as bytes, to be found again after a restart.
//!
//! ```text
//! u16 n ‖ n × (u16 length ‖ name)                      categories, in the order of their numbers
//! u32 n ‖ n × (u16 m ‖ m × (u16 category ‖ said) ‖ u8 mark)   profiles, from number 1 on
//! 16,384 × (u32 n ‖ n × (u64 ‖ u32 ‖ u32))             people by shard, each with a profile
//! ```
//! Numbers are little-endian. What follows from them is checked while it is read; that
//! nobody changed them is for who keeps the file.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::slot::{Name, ROWS};
use super::{Shard, Snapshot, Table};
use crate::consent::state::profile::Profile;

/// Longest name of a category that is read back, in bytes.
const NAME_MAX: u16 = 1_024;
/// Bytes of one person.
const SLOT: u64 = 16;

/// Why bytes are no table.
#[derive(Debug, thiserror::Error)]
pub enum NoImage {
    /// They cannot be read, or end too early.
    #[error("it cannot be read to its end: {0}")]
    Unreadable(#[from] io::Error),
    /// They are not what a table writes.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl Snapshot {
    /// Writes all that is known.
    ///
    /// # Errors
    /// As `out` says.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let categories = self.profiles.categories_in_order();
        out.write_all(&short(categories.len()).to_le_bytes())?;
        for name in categories {
            out.write_all(&short(name.len()).to_le_bytes())?;
            out.write_all(name.as_bytes())?;
        }
        let profiles = self.profiles.count();
        out.write_all(&profiles.to_le_bytes())?;
        let mut spelled = Vec::new();
        for number in 1..=profiles {
            spelled.clear();
            self.profiles.of(number).spell(&mut spelled);
            out.write_all(&spelled)?;
        }
        for shard in self.rows.iter().flat_map(|row| row.iter()) {
            let count = u32::try_from(shard.len()).expect("a shard is a part of 2^24 people");
            out.write_all(&count.to_le_bytes())?;
            for slot in shard.people() {
                out.write_all(&slot.first.to_le_bytes())?;
                out.write_all(&slot.then.to_le_bytes())?;
                out.write_all(&slot.profile.to_le_bytes())?;
            }
        }
        Ok(())
    }
}

fn short(n: usize) -> u16 {
    u16::try_from(n).expect("as many categories, with as long names, as there may be")
}

impl Table {
    /// Reads what [`Snapshot::write_to`] wrote, of at most so many bytes. Nothing of it is
    /// visible before it is published.
    ///
    /// # Errors
    /// It is not that.
    pub fn read_from(from: &mut impl Read, bytes_max: u64) -> Result<Table, NoImage> {
        let mut table = Table::default();
        for number in 0..u16::from_le_bytes(bytes(from)?) {
            let length = u16::from_le_bytes(bytes(from)?);
            if length > NAME_MAX {
                return Err(NoImage::Damaged("a category has no such name"));
            }
            let mut name = vec![0; usize::from(length)];
            from.read_exact(&mut name)?;
            let name = std::str::from_utf8(&name);
            let name = name.map_err(|_| NoImage::Damaged("a category has no such name"))?;
            let given = table.now.profiles.category(name);
            if given != Ok(number) {
                return Err(NoImage::Damaged("a category stands there twice"));
            }
        }
        let profiles = u32::from_le_bytes(bytes(from)?);
        // A profile takes three bytes at least.
        if u64::from(profiles) > bytes_max / 3 {
            return Err(NoImage::Damaged("it has more profiles than bytes"));
        }
        let mut numbers = vec![0];
        for _ in 0..profiles {
            let profile = Profile::read(from)?;
            let known = &mut table.known;
            let number = table.now.profiles.number(profile, known);
            numbers.push(number.map_err(|_| NoImage::Damaged("it has too many profiles"))?);
        }
        let mut left = bytes_max;
        for at in 0..ROWS * ROWS {
            let count = u32::from_le_bytes(bytes(from)?);
            left = left
                .checked_sub(u64::from(count) * SLOT)
                .ok_or(NoImage::Damaged("it has more people than bytes"))?;
            if count > 0 {
                let shard = table.shard(from, at, count, &numbers)?;
                let row = Arc::make_mut(&mut table.now.rows[at / ROWS]);
                row[at % ROWS] = shard;
            }
        }
        Ok(table)
    }

    /// Sized before it is filled: what grows meanwhile is copied again and again.
    fn shard(
        &mut self,
        from: &mut impl Read,
        at: usize,
        count: u32,
        numbers: &[u32],
    ) -> Result<Shard, NoImage> {
        let mut shard = Shard::with_capacity(count as usize);
        for _ in 0..count {
            let name = Name {
                first: u64::from_le_bytes(bytes(from)?),
                then: u32::from_le_bytes(bytes(from)?),
            };
            let profile = u32::from_le_bytes(bytes(from)?);
            if (name.first >> 50) as usize != at {
                return Err(NoImage::Damaged("somebody stands where others do"));
            }
            if shard.profile(name) != 0 {
                return Err(NoImage::Damaged("somebody stands there twice"));
            }
            let number = numbers.get(profile as usize).copied().unwrap_or(0);
            if number == 0 {
                return Err(NoImage::Damaged("somebody has a profile that is not there"));
            }
            shard.put(name, number);
            self.known.moved(0, number);
        }
        self.people += u64::from(count);
        Ok(shard)
    }
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DENIED, GRANTED, MONDAY_MS, WEEK_MS, categories, who};
    use super::*;
    use crate::consent::state::{Decision, Mark};

    /// A thousand people, of whom each has decided something else than their neighbours.
    fn filled() -> Table {
        let mut table = Table::default();
        for n in 0..1_000 {
            let until_ms = Some(MONDAY_MS + (n as i64 % 9) * WEEK_MS);
            let grant = Some(Decision::Granted { until_ms });
            let decisions = [GRANTED, DENIED, grant];
            table
                .decide(who(n), "Ads", decisions[n as usize % 3])
                .unwrap();
            table
                .decide(who(n), "Stats \u{1f600}", decisions[n as usize / 3 % 3])
                .unwrap();
            if n % 50 == 0 {
                let mark = [Mark::Erased, Mark::Restricted][n as usize / 50 % 2];
                table.mark(who(n), Some(mark)).unwrap();
            }
            if n % 7 == 0 {
                table.decide(who(n), "Ads", None).unwrap();
            }
        }
        table
    }

    fn image(table: &mut Table) -> Vec<u8> {
        let mut image = Vec::new();
        table.publish(MONDAY_MS).write_to(&mut image).unwrap();
        image
    }

    fn read(image: &[u8]) -> Result<Table, NoImage> {
        Table::read_from(&mut &*image, image.len() as u64)
    }

    #[test]
    fn what_is_read_back_is_what_was_known() {
        let mut table = filled();
        let image = image(&mut table);
        let mut again = read(&image).unwrap();
        let (before, after) = (table.publish(MONDAY_MS), again.publish(MONDAY_MS));
        let mut categories = categories();
        categories.push("Stats \u{1f600}".to_owned());
        for n in 0..1_100 {
            let (was, is) = (before.of(who(n)), after.of(who(n)));
            assert_eq!(was.mark, is.mark, "{n}");
            for week in 0..10 {
                let now_ms = MONDAY_MS + week * WEEK_MS;
                let bits = |s: &Snapshot, profile| s.bits(profile, &categories, now_ms);
                assert_eq!(bits(&before, was.profile), bits(&after, is.profile), "{n}");
            }
        }
        assert_eq!(table.people(), again.people());
        let members = |table: &Table| -> u64 { (0..500).map(|p| table.members(p)).sum() };
        assert_eq!(members(&table), members(&again));
        // It goes on from there.
        again.decide(who(1), "Ads", DENIED).unwrap();
        let bits = again.publish(MONDAY_MS).bits(
            again.publish(MONDAY_MS).of(who(1)).profile,
            &["Ads".to_owned()],
            MONDAY_MS,
        );
        assert_eq!(bits, (0, 1));
    }

    #[test]
    fn what_is_cut_or_changed_is_refused_or_another_table_and_never_a_panic() {
        let image = image(&mut filled());
        for length in (0..image.len()).step_by(397) {
            assert!(read(&image[..length]).is_err(), "{length}");
        }
        for at in 0..image.len().min(700) {
            {
                let mut changed = image.clone();
                changed[at] ^= 1;
                let _ = read(&changed);
            }
        }
        // More people, profiles and names than there are bytes.
        for at in 0..image.len().min(200) {
            let mut changed = image.clone();
            changed[at..].iter_mut().take(4).for_each(|b| *b = 0xff);
            let _ = read(&changed);
        }
    }
}
