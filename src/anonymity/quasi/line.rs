//! A line of cells: numbers whose classes may end at any cell.

use std::cmp::Ordering;

use super::bounds::{Bounds, End};
use super::{CELLS_MAX, MISSING, NotADomain, Reach, WHOLE};
use crate::record::decimal::Decimal;

/// Digits behind the point that a domain may have.
const PLACES_MAX: i64 = 12;
/// Widths whose loss is looked up; those of longer lines are divided.
const LOOKED_UP: u64 = 4_096;

/// Cells from `bottom` to `top`, with an open one at each end: codes are [`MISSING`], 1
/// below `bottom`, then each cell, and last what is at or above `top`.
#[derive(Clone)]
pub struct Line {
    grid: Grid,
    /// A class of one cell is as wide as that cell; otherwise, as a point.
    counts_cells: bool,
    /// The loss of each width, in cells.
    losses: Vec<u32>,
}

/// Equal cells of a range of numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    places: u8,
    bottom: i128,
    step: i128,
    pub(super) cells: u32,
}

impl Grid {
    /// Cells of `step` from `bottom` to `top`.
    pub(super) fn new(step: &Decimal, bottom: &Decimal, top: &Decimal) -> Result<Grid, NotADomain> {
        let places = [step, bottom, top]
            .map(|n| -n.exponent())
            .into_iter()
            .fold(0, Ord::max);
        if places > PLACES_MAX {
            return Err(NotADomain::TooFine);
        }
        let units = |n: &Decimal| n.floored(places).ok_or(NotADomain::TooFine);
        let (step, bottom, top) = (units(step)?, units(bottom)?, units(top)?);
        if step <= 0 {
            return Err(NotADomain::NoStep);
        }
        let span = top.checked_sub(bottom).filter(|span| *span > 0);
        let span = span.ok_or(NotADomain::NotAbove)?;
        if span % step != 0 {
            return Err(NotADomain::NotWholeSteps);
        }
        let cells = u32::try_from(span / step).ok();
        let cells = cells.filter(|cells| *cells <= CELLS_MAX);
        Ok(Grid {
            places: places as u8,
            bottom,
            step,
            cells: cells.ok_or(NotADomain::TooMany)?,
        })
    }

    /// The code of a number.
    pub(super) fn code(&self, number: &Decimal) -> u32 {
        let Some(units) = number.floored(self.places.into()) else {
            // Beyond 37 digits, so beyond either end.
            return if number.is_negative() {
                1
            } else {
                self.cells + 2
            };
        };
        let cell = units.saturating_sub(self.bottom).div_euclid(self.step);
        match cell.cmp(&0) {
            Ordering::Less => 1,
            _ => u32::try_from(cell).map_or(self.cells + 2, |cell| cell.min(self.cells) + 2),
        }
    }

    /// Where the cells of the codes `low` to `high` lie; neither is [`MISSING`].
    pub(super) fn bounds(&self, low: u32, high: u32) -> Bounds {
        let end = |cell: u32| {
            Some(End::Number {
                units: self.bottom + i128::from(cell) * self.step,
                places: self.places,
            })
        };
        Bounds {
            from: low.checked_sub(2).and_then(end),
            to: if high >= self.cells + 2 {
                None
            } else {
                end(high - 1)
            },
        }
    }

    /// The first number of a cell, in the smallest step of the grid.
    pub(super) fn place(&self, code: u32) -> i128 {
        self.bottom / self.step + i128::from(code) - 2
    }

    /// `bottom` stands on a multiple of the step.
    pub(super) fn is_aligned(&self) -> bool {
        self.bottom % self.step == 0
    }

    /// How many of its steps that is, if they are whole.
    pub(super) fn steps_in(&self, wider: &Decimal) -> Option<i128> {
        let units = wider.floored(self.places.into())?;
        let exact = -wider.exponent() <= self.places.into();
        (exact && units % self.step == 0).then_some(units / self.step)
    }
}

impl Line {
    /// Classes end on steps: each cell counts with its whole width.
    ///
    /// # Errors
    /// When those three are no domain.
    pub fn of_steps(step: &Decimal, bottom: &Decimal, top: &Decimal) -> Result<Line, NotADomain> {
        Ok(Line::of(Grid::new(step, bottom, top)?, true))
    }

    /// Classes end where their values do, read to the width of `unit`: both ends of a
    /// class are values of somebody in it.
    ///
    /// # Errors
    /// When those three are no domain.
    pub fn tightest(unit: &Decimal, bottom: &Decimal, top: &Decimal) -> Result<Line, NotADomain> {
        Ok(Line::of(Grid::new(unit, bottom, top)?, false))
    }

    /// The same, where classes end where their values do, as in [`Line::tightest`].
    pub(super) fn ending_at_values(&self) -> Line {
        Line::of(self.grid, false)
    }

    fn of(grid: Grid, counts_cells: bool) -> Line {
        let span = u64::from(grid.cells);
        let losses = match span {
            ..=LOOKED_UP => (0..=span).map(|w| (w * WHOLE / span) as u32).collect(),
            _ => Vec::new(),
        };
        Line {
            grid,
            counts_cells,
            losses,
        }
    }

    /// The code of a number: its cell, or the open one that it lies in.
    pub fn code(&self, number: &Decimal) -> u32 {
        self.grid.code(number)
    }

    /// Most codes that there are.
    pub(crate) fn codes(&self) -> u32 {
        self.grid.cells + 3
    }

    /// The share of the line that lies from one code to another, in units of 2^-20.
    #[inline]
    pub(crate) fn loss(&self, low: u32, high: u32) -> u64 {
        if low == MISSING {
            return if high == MISSING { 0 } else { WHOLE };
        }
        let span = self.grid.cells;
        let width = if self.counts_cells {
            (high - low + 1).min(span)
        } else {
            // The open ends lie where the line ends.
            let at = |code: u32| code.saturating_sub(2).min(span);
            at(high) - at(low)
        };
        match self.losses.get(width as usize) {
            Some(loss) => (*loss).into(),
            None => u64::from(width) * WHOLE / u64::from(span),
        }
    }

    /// The bounds of a class; `None`: its members have no value, or some of them.
    pub(super) fn bounds(&self, reach: Reach) -> Option<Bounds> {
        (reach.low != MISSING).then(|| self.grid.bounds(reach.low, reach.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    fn line(step: &str, bottom: &str, top: &str) -> Result<Line, NotADomain> {
        Line::of_steps(&read(step), &read(bottom), &read(top))
    }

    fn label(line: &Line, low: &str, high: &str) -> String {
        let (low, high) = (line.code(&read(low)), line.code(&read(high)));
        line.bounds(Reach { low, high }).unwrap().label()
    }

    #[test]
    fn a_value_lies_in_its_cell() {
        let ages = line("5", "15", "90").unwrap();
        for (low, high, expected) in [
            ("25", "39.9", "25-39"),
            ("15", "15", "15-19"),
            ("89", "89", "85-89"),
            ("14.999", "17", "<20"),
            ("-1e99", "1e99", "*"),
            ("90", "1e400", ">=90"),
            ("-1e-400", "0", "<15"),
        ] {
            assert_eq!(label(&ages, low, high), expected);
        }
        let fine = line("0.25", "-1", "1").unwrap();
        assert_eq!(label(&fine, "-0.3", "0.26"), "[-0.5,0.5)");
    }

    #[test]
    fn a_cell_counts_with_its_width_and_a_value_does_not() {
        let ages = line("5", "15", "90").unwrap();
        let code = |text| ages.code(&read(text));
        assert_eq!(ages.loss(code("17"), code("19")), WHOLE / 15);
        assert_eq!(ages.loss(code("17"), code("24")), 2 * WHOLE / 15);
        assert_eq!(ages.loss(code("0"), code("99")), WHOLE);
        let tight = Line::tightest(&read("1"), &read("15"), &read("90")).unwrap();
        let code = |text| tight.code(&read(text));
        assert_eq!(tight.loss(code("17"), code("17.5")), 0);
        assert_eq!(tight.loss(code("17"), code("20")), 3 * WHOLE / 75);
        assert_eq!(tight.loss(code("0"), code("15")), 0);
        assert_eq!(tight.loss(code("0"), code("99")), WHOLE);
        assert_eq!(tight.loss(MISSING, MISSING), 0);
        assert_eq!(tight.loss(MISSING, code("17")), WHOLE);
        let long = Line::tightest(&read("0.01"), &read("0"), &read("5000")).unwrap();
        let code = |text| long.code(&read(text));
        assert_eq!(long.loss(code("0"), code("2500")), WHOLE / 2);
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for (step, bottom, top, why) in [
            ("0", "0", "1", NotADomain::NoStep),
            ("-5", "0", "10", NotADomain::NoStep),
            ("5", "10", "10", NotADomain::NotAbove),
            ("5", "20", "10", NotADomain::NotAbove),
            ("5", "12", "90", NotADomain::NotWholeSteps),
            ("1e-20", "0", "1", NotADomain::TooFine),
            ("1e-12", "0", "1", NotADomain::TooMany),
            ("1", "0", "1e40", NotADomain::TooFine),
        ] {
            assert_eq!(line(step, bottom, top).err(), Some(why), "{step}");
        }
    }
}
