//! Where the sections of the United States in a GPP string say what was opted out of.
//!
//! One row for each section and version, read at its source: the technical
//! specifications below `Sections/US-National` and `Sections/US-States` of IAB Tech
//! Lab's repository Global-Privacy-Platform. All fields are two bits wide, and what a
//! field holds means the same in every section: 0 does not apply, 1 opted out or no
//! consent, 2 not opted out or consent. 3 means nothing, so a section that has it
//! cannot be read.

use super::bits::{Bits, Unreadable};
use crate::plan::signal::OptOuts;

/// What a section says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// What was opted out of.
    pub(super) opted_out: OptOuts,
    /// The person is known to be a child.
    pub(super) child: bool,
}

/// The core of a section, by the number of its fields in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    section: u8,
    version: u8,
    /// Notices, before anything else.
    notices: u8,
    /// An opt-out of sharing stands between those of sale and of targeted advertising.
    sharing: bool,
    /// An opt-out of targeted advertising follows.
    targeted: bool,
    /// Kinds of sensitive data.
    sensitive: u8,
    /// Consents for a known child.
    child: u8,
    /// What stands behind: consent to other uses, where the section has it, and three
    /// fields of the Multi-State Privacy Agreement.
    behind: u8,
}

const fn row(
    (section, version): (u8, u8),
    notices: u8,
    (sharing, targeted): (bool, bool),
    sensitive: u8,
    child: u8,
    behind: u8,
) -> Layout {
    Layout {
        section,
        version,
        notices,
        sharing,
        targeted,
        sensitive,
        child,
        behind,
    }
}

/// Sale and targeted advertising.
const USUAL: (bool, bool) = (false, true);

const LAYOUTS: [Layout; 17] = [
    // US National, December 2022 and August 2024.
    row((7, 1), 6, (true, true), 12, 2, 4),
    row((7, 2), 6, (true, true), 16, 3, 4),
    // California.
    row((8, 1), 3, (true, false), 9, 2, 4),
    // Virginia.
    row((9, 1), 3, USUAL, 8, 1, 3),
    // Colorado.
    row((10, 1), 3, USUAL, 7, 1, 3),
    // Utah.
    row((11, 1), 4, USUAL, 8, 1, 3),
    // Connecticut.
    row((12, 1), 3, USUAL, 8, 3, 3),
    // Florida.
    row((13, 1), 3, USUAL, 8, 3, 4),
    // Montana.
    row((14, 1), 3, USUAL, 8, 3, 4),
    // Oregon.
    row((15, 1), 3, USUAL, 11, 3, 4),
    // Texas.
    row((16, 1), 3, USUAL, 8, 1, 4),
    // Delaware.
    row((17, 1), 3, USUAL, 9, 5, 4),
    // Iowa.
    row((18, 1), 4, USUAL, 8, 1, 3),
    // Nebraska.
    row((19, 1), 3, USUAL, 8, 1, 4),
    // New Hampshire.
    row((20, 1), 3, USUAL, 8, 3, 4),
    // New Jersey.
    row((21, 1), 3, USUAL, 10, 5, 4),
    // Tennessee.
    row((22, 1), 3, USUAL, 8, 1, 4),
];

impl Layout {
    /// The layout of that version of that section.
    pub(super) fn of(section: u64, version: u64) -> Option<Layout> {
        let is_it =
            |l: &&Layout| u64::from(l.section) == section && u64::from(l.version) == version;
        LAYOUTS.iter().find(is_it).copied()
    }

    /// What the core says from behind its version on.
    ///
    /// # Errors
    /// When it is too short, longer than the layout, or a field holds 3.
    pub(super) fn read(self, mut bits: Bits<'_>) -> Result<Said, Unreadable> {
        fields(&mut bits, self.notices)?;
        let mut said = Said::default();
        for (which, count) in [
            (OptOuts::SALE, 1),
            (OptOuts::SHARING, u8::from(self.sharing)),
            (OptOuts::TARGETED, u8::from(self.targeted)),
            (OptOuts::SENSITIVE, self.sensitive),
        ] {
            if fields(&mut bits, count)?.one {
                said.opted_out = said.opted_out.and(which);
            }
        }
        said.child = fields(&mut bits, self.child)?.any;
        fields(&mut bits, self.behind)?;
        match bits.ends() {
            true => Ok(said),
            false => Err(Unreadable),
        }
    }
}

/// What fields in a row hold.
struct Held {
    /// One of them holds 1.
    one: bool,
    /// One of them holds something.
    any: bool,
}

fn fields(bits: &mut Bits<'_>, count: u8) -> Result<Held, Unreadable> {
    let mut held = Held {
        one: false,
        any: false,
    };
    for _ in 0..count {
        match bits.number(2)? {
            3 => return Err(Unreadable),
            value => {
                held.one |= value == 1;
                held.any |= value != 0;
            }
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_from_7_to_22_has_its_row_and_none_has_two() {
        assert!(
            LAYOUTS
                .windows(2)
                .all(|w| (w[0].section, w[0].version) < (w[1].section, w[1].version))
        );
        for section in 7..=22 {
            assert!(Layout::of(section, 1).is_some(), "{section}");
        }
        assert!(Layout::of(7, 3).is_none() && Layout::of(6, 1).is_none());
    }

    /// Lengths in bits as the specifications add up to, version and all.
    #[test]
    fn cores_are_as_long_as_in_their_specifications() {
        let bits = |l: &Layout| {
            let opt_outs = 1 + u32::from(l.sharing) + u32::from(l.targeted);
            let others = [l.notices, l.sensitive, l.child, l.behind];
            6 + 2 * (opt_outs + others.into_iter().map(u32::from).sum::<u32>())
        };
        let lengths: Vec<_> = LAYOUTS.iter().map(bits).collect();
        assert_eq!(
            lengths,
            [
                60, 70, 46, 40, 38, 42, 44, 46, 46, 52, 42, 52, 42, 42, 46, 54, 42
            ]
        );
    }
}
