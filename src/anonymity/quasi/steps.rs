//! Numbers in bands that lie in one another.

use super::bounds::Bounds;
use super::line::Grid;
use super::tree::{Above, Growing, Tree};
use super::{NotADomain, WHOLE};
use crate::record::decimal::Decimal;

/// A tree of bands from `bottom` to `top`, each on multiples of its step, with what is
/// below and what is at or above them beside.
pub struct Steps {
    grid: Grid,
}

impl Steps {
    /// Bands of `steps`, the narrowest first, from `bottom` to `top`. A band counts with
    /// the share of the range that it is.
    ///
    /// # Errors
    /// When that is no domain.
    pub fn new(
        steps: &[Decimal],
        bottom: &Decimal,
        top: &Decimal,
    ) -> Result<(Steps, Tree), NotADomain> {
        let narrowest = steps.first().ok_or(NotADomain::NoLevel)?;
        let grid = Grid::new(narrowest, bottom, top)?;
        if !grid.is_aligned() {
            return Err(NotADomain::NotAligned);
        }
        let mut wide: Vec<i128> = Vec::with_capacity(steps.len());
        for step in steps {
            let cells = grid.steps_in(step).ok_or(NotADomain::NotNested)?;
            let nests = wide
                .last()
                .is_none_or(|before| cells > *before && cells % before == 0);
            if !nests {
                return Err(NotADomain::NotNested);
            }
            wide.push(cells);
        }
        Ok((Steps { grid }, grow(grid, &wide)))
    }

    /// The code of a number: its narrowest band.
    pub fn code(&self, number: &Decimal) -> u32 {
        self.grid.code(number)
    }
}

fn grow(grid: Grid, wide: &[i128]) -> Tree {
    let mut growing = Growing::new(wide.len());
    let (first, last) = (2, grid.cells + 1);
    let beyond = |bounds: Bounds| Above {
        name: bounds.label().into(),
        bounds: Some(bounds),
        loss: WHOLE / u64::from(grid.cells),
    };
    growing.alone(beyond(grid.bounds(1, 1)));
    for code in first..=last {
        let place = grid.place(code);
        let shares = match code > first {
            true => wide
                .iter()
                .position(|w| place.div_euclid(*w) == (place - 1).div_euclid(*w)),
            false => None,
        };
        growing.leaf(shares.unwrap_or(wide.len()), |level| {
            // A band is cut at the ends of the range.
            let w = wide[level];
            let start = i128::from(code) - place.rem_euclid(w);
            let from = start.max(first.into()) as u32;
            let to = (start + w - 1).min(last.into()) as u32;
            let bounds = grid.bounds(from, to);
            Above {
                name: bounds.label().into(),
                bounds: Some(bounds),
                loss: u64::from(to - from + 1) * WHOLE / u64::from(grid.cells),
            }
        });
    }
    growing.alone(beyond(grid.bounds(last + 1, last + 1)));
    growing.done()
}
