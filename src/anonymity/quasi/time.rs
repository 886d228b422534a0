//! Times in spans that lie in one another: hours and days, or months and years.

use super::bounds::{Bounds, End};
use super::tree::{Above, Growing, Tree};
use super::{CELLS_MAX, NotADomain, WHOLE};
use crate::record::time::{civil, day_of};

const DAY: i64 = 86_400;
/// The first second of the year 1, and that of the year 9999: what is between can be
/// written.
const WRITABLE: std::ops::Range<i64> = -62_135_596_800..253_370_764_800;

/// The length of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStep {
    /// So many seconds, counted from 1970: a divisor of a day, or whole days.
    Seconds(u32),
    /// So many months of the calendar, counted from the year 0.
    Months(u32),
}

/// A tree of spans of UTC between two instants, with what is before and what is not
/// before their end beside.
pub struct Times {
    finest: TimeStep,
    first: i64,
    cells: u32,
}

impl TimeStep {
    /// The number of the span that a second lies in. `None` outside the years 0 to 9999.
    fn place(self, second: i64) -> Option<i64> {
        match self {
            TimeStep::Seconds(n) => Some(second.div_euclid(n.into())),
            TimeStep::Months(n) => {
                let (year, month, _) = civil(second.div_euclid(DAY))?;
                Some((year * 12 + month - 1).div_euclid(n.into()))
            }
        }
    }

    /// The first second of a span.
    fn start(self, place: i64) -> i64 {
        match self {
            TimeStep::Seconds(n) => place * i64::from(n),
            TimeStep::Months(n) => {
                let months = place * i64::from(n);
                day_of(months.div_euclid(12), months.rem_euclid(12) + 1) * DAY
            }
        }
    }

    fn lies_in(self, wider: TimeStep) -> bool {
        match (self, wider) {
            (TimeStep::Seconds(a), TimeStep::Seconds(b)) => b > a && b % a == 0,
            (TimeStep::Months(a), TimeStep::Months(b)) => b > a && b % a == 0,
            // Months begin with a day, and with no span of several days.
            (TimeStep::Seconds(a), TimeStep::Months(_)) => i64::from(a) <= DAY,
            (TimeStep::Months(_), TimeStep::Seconds(_)) => false,
        }
    }

    fn is_one(self) -> bool {
        match self {
            TimeStep::Seconds(0) | TimeStep::Months(0) => false,
            TimeStep::Seconds(n) => DAY % i64::from(n) == 0 || i64::from(n) % DAY == 0,
            TimeStep::Months(n) => n <= 12_000,
        }
    }
}

impl Times {
    /// Spans of `steps`, the shortest first, from the second `bottom` to `top`, both since
    /// 1970. A span counts with its level: of three steps, the first with 0, the next with
    /// a third.
    ///
    /// # Errors
    /// When that is no domain.
    pub fn new(steps: &[TimeStep], bottom: i64, top: i64) -> Result<(Times, Tree), NotADomain> {
        let finest = *steps.first().ok_or(NotADomain::NoLevel)?;
        if steps.contains(&TimeStep::Seconds(0)) || steps.contains(&TimeStep::Months(0)) {
            return Err(NotADomain::NoStep);
        }
        let nested = steps.windows(2).all(|pair| pair[0].lies_in(pair[1]));
        if !nested || !steps.iter().all(|step| step.is_one()) {
            return Err(NotADomain::NotNested);
        }
        if top <= bottom {
            return Err(NotADomain::NotAbove);
        }
        if !WRITABLE.contains(&bottom) || !WRITABLE.contains(&top) {
            return Err(NotADomain::TooFine);
        }
        let place = |second| finest.place(second).ok_or(NotADomain::TooFine);
        let (first, end) = (place(bottom)?, place(top)?);
        if finest.start(first) != bottom || finest.start(end) != top {
            return Err(NotADomain::NotAligned);
        }
        let cells = u32::try_from(end - first).ok();
        let cells = cells.filter(|cells| *cells <= CELLS_MAX);
        let times = Times {
            finest,
            first,
            cells: cells.ok_or(NotADomain::TooMany)?,
        };
        let tree = times.grow(steps, bottom, top);
        Ok((times, tree))
    }

    /// The code of an instant, in seconds since 1970: its shortest span.
    pub fn code(&self, second: i64) -> u32 {
        // Whatever no calendar holds lies beyond either end.
        let place = match self.finest.place(second) {
            Some(place) => place,
            None if second < 0 => i64::MIN,
            None => i64::MAX,
        };
        match place.saturating_sub(self.first) {
            ..0 => 1,
            cell => u32::try_from(cell).map_or(self.cells, |cell| cell.min(self.cells)) + 2,
        }
    }

    fn grow(&self, steps: &[TimeStep], bottom: i64, top: i64) -> Tree {
        let mut growing = Growing::new(steps.len());
        let (bottom, top) = (Some(End::Instant(bottom)), Some(End::Instant(top)));
        let span = |from, to, level: usize| {
            let bounds = Bounds { from, to };
            Above {
                name: bounds.label().into(),
                bounds: Some(bounds),
                loss: level as u64 * WHOLE / steps.len() as u64,
            }
        };
        growing.alone(span(None, bottom, 0));
        let mut before: Option<i64> = None;
        for cell in 0..self.cells {
            let second = self.finest.start(self.first + i64::from(cell));
            let place = |step: TimeStep, second| step.place(second).unwrap_or_default();
            let shares = before.and_then(|before| {
                steps
                    .iter()
                    .position(|step| place(*step, before) == place(*step, second))
            });
            growing.leaf(shares.unwrap_or(steps.len()), |level| {
                let step = steps[level];
                let at = place(step, second);
                let end = |place| Some(End::Instant(step.start(place)));
                span(end(at), end(at + 1), level)
            });
            before = Some(second);
        }
        growing.alone(span(top, None, 0));
        growing.done()
    }
}
