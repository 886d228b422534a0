//! Numbers to intervals and grids, computed on their decimal digits.

use crate::action::Cx;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::decimal::{DIGITS_MAX, Decimal};
use crate::record::is_json_number;
use crate::record::value::{Applied, Out, View};

use super::super::param;

/// Digits before the point that are computed with; more is `number_out_of_range`.
const MAGNITUDE_MAX: i64 = 64;
/// Digits behind the point of the finest grid.
const SCALE_MAX: u32 = 18;
/// Room for every digit of a result, and one for a carry.
const ROOM: usize = MAGNITUDE_MAX as usize + SCALE_MAX as usize + 1;

/// What happens to a number: clamped first, then coarsened.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    bottom: Option<Decimal>,
    top: Option<Decimal>,
    coarsen: Coarsen,
}

#[derive(Clone, Debug)]
enum Coarsen {
    /// Clamped only.
    Nothing,
    /// The lower bound of the interval of that width, towards −∞.
    Bucket(Grid),
    /// The nearest multiple, half away from zero.
    Round(Grid),
    /// Cut behind that many digits.
    Decimals(u32),
    /// The lower bound of the range it lies in, ascending.
    Ranges(Vec<Decimal>),
}

/// Multiples of `unit × 10^-scale`.
#[derive(Clone, Copy, Debug)]
struct Grid {
    unit: u128,
    scale: u32,
}

impl Grid {
    /// `None` when it is not above zero, or too fine or coarse to compute with.
    fn new(step: &Decimal) -> Option<Grid> {
        let exponent = i32::try_from(step.exponent()).ok()?;
        let scale = u32::try_from(-exponent).unwrap_or(0);
        let zeros = u32::try_from(exponent).unwrap_or(0);
        let fits = step.digits().len() <= 18 && scale <= SCALE_MAX && zeros <= 18;
        if !fits || step.is_zero() || step.is_negative() {
            return None;
        }
        let digits = step
            .digits()
            .iter()
            .fold(0_u128, |n, d| n * 10 + u128::from(*d));
        Some(Grid {
            unit: digits * 10_u128.pow(zeros),
            scale,
        })
    }
}

impl Rule {
    /// Reads the words of this row.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        let words = ["bucket", "ranges", "round", "decimals"];
        let written: Vec<&str> = words.into_iter().filter(|w| mapping.has(w)).collect();
        if let [first, others @ ..] = written.as_slice() {
            for other in others {
                param::not_together(mapping, first, other, "a number is coarsened in one way");
            }
        }
        let coarsen = match written.first().copied() {
            None => Some(Coarsen::Nothing),
            Some("ranges") => ranges(mapping).map(Coarsen::Ranges),
            Some("decimals") => mapping
                .integer("decimals")
                .map(|n| Coarsen::Decimals(u32::try_from(n).expect("the range is 0 to 18"))),
            Some("round") => grid(mapping, "round").map(Coarsen::Round),
            Some(_) => grid(mapping, "bucket").map(Coarsen::Bucket),
        };
        let bottom = bound(mapping, "bottom");
        let top = bound(mapping, "top");
        if let (Some(low), Some(high)) = (&bottom, &top)
            && low > high
        {
            let span = mapping.member("top").expect("just read").value.span;
            mapping
                .findings
                .error(codes::NOT_ASCENDING, span, "`top` is below `bottom`")
                .help("exchange them");
        }
        let coarsen = coarsen.filter(|_| mapping.findings.errors() == before)?;
        Some(Rule {
            bottom,
            top,
            coarsen,
        })
    }

    /// True when numbers between the bounds leave in clear.
    pub(super) fn is_clear(&self) -> bool {
        matches!(self.coarsen, Coarsen::Nothing)
    }

    /// Applies the rule to a number, or to a text that is wholly one.
    pub(super) fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let (number, as_text) = match view {
            View::Number(number) => {
                let text = number.text_in(cx.text)?;
                if let Some(cut) = self.cut_text(text) {
                    out.number(cut);
                    return Ok(());
                }
                (Decimal::read(text), false)
            }
            View::Text(text) => {
                let text = text.chars_in(cx.text);
                if !is_json_number(text) {
                    return Err(Reason::WrongType);
                }
                (Decimal::read(text), true)
            }
            _ => return Err(Reason::WrongType),
        };
        let number = number.ok_or(Reason::NumberOutOfRange)?;
        self.write(&number, cx.text)?;
        if as_text {
            out.ascii(cx.text.as_bytes());
        } else {
            out.number(cx.text);
        }
        Ok(())
    }

    /// What [`Rule::write`] would make of a number, where that is the start of
    /// its own text: the usual case of `decimals`, without any arithmetic.
    fn cut_text<'t>(&self, number: &'t str) -> Option<&'t str> {
        let Coarsen::Decimals(scale) = self.coarsen else {
            return None;
        };
        let is_bounded = self.bottom.is_some() || self.top.is_some();
        let is_exponent = |b: &u8| matches!(b, b'e' | b'E');
        let bytes = number.as_bytes();
        if is_bounded || bytes.len() > DIGITS_MAX || bytes.iter().any(is_exponent) {
            return None;
        }
        let mut end = bytes.len();
        if let Some(point) = bytes.iter().position(|b| *b == b'.') {
            end = end.min(point + 1 + scale as usize);
            while bytes[end - 1] == b'0' {
                end -= 1;
            }
            end -= usize::from(end == point + 1);
        }
        Some(match &number[..end] {
            "-0" => "0",
            cut => cut,
        })
    }

    /// Writes the coarsened number in plain decimal, without exponent, without
    /// zeros at the end of a fraction, and zero without sign: equal values
    /// leave equal texts.
    pub(super) fn write(&self, number: &Decimal, text: &mut String) -> Applied {
        text.clear();
        let mut number = *number;
        if let Some(bottom) = self.bottom {
            number = number.max(bottom);
        }
        if let Some(top) = self.top {
            number = number.min(top);
        }
        match &self.coarsen {
            Coarsen::Nothing => {
                if number.exponent() < -MAGNITUDE_MAX || number.magnitude() > MAGNITUDE_MAX {
                    return Err(Reason::NumberOutOfRange);
                }
                plain(&number, text);
            }
            Coarsen::Decimals(scale) => {
                Fixed::cut(&number, *scale)?.write(text);
            }
            Coarsen::Bucket(grid) => {
                let mut fixed = Fixed::cut(&number, grid.scale)?;
                let over = fixed.modulo(grid.unit);
                let on_the_grid = over == 0 && !fixed.has_rest;
                fixed.subtract(over);
                if number.is_negative() && !on_the_grid {
                    fixed.add(grid.unit);
                }
                fixed.write(text);
            }
            Coarsen::Round(grid) => {
                let mut fixed = Fixed::cut(&number, grid.scale)?;
                let over = fixed.modulo(grid.unit);
                // What was cut counts only where the unit is odd and its half
                // lies between two digits of the grid.
                let twice = 2 * over;
                let up = twice >= grid.unit || (twice + 1 == grid.unit && fixed.rest_digit >= 5);
                fixed.subtract(over);
                if up {
                    fixed.add(grid.unit);
                }
                fixed.write(text);
            }
            Coarsen::Ranges(bounds) => {
                let at = bounds.partition_point(|bound| *bound <= number);
                let bound = at.checked_sub(1).ok_or(Reason::NumberOutOfRange)?;
                plain(&bounds[bound], text);
            }
        }
        Ok(())
    }
}

fn bound(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Decimal> {
    param::decimal(mapping.node(name)?, name, mapping.findings)
}

fn grid(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<Grid> {
    let number = bound(mapping, name)?;
    let grid = Grid::new(&number);
    if grid.is_none() {
        let span = mapping.node(name).expect("just read").span;
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                format!("`{name}` must be above 0, of at most 18 digits, from 1e-18 to 1e18"),
            )
            .help(format!("write `{name}: 10`"));
    }
    grid
}

fn ranges(mapping: &mut Mapping<'_, '_>) -> Option<Vec<Decimal>> {
    let items = param::items(mapping, "ranges")?;
    let mut bounds: Vec<Decimal> = Vec::with_capacity(items.len());
    for node in items {
        let bound = param::decimal(node, "ranges", mapping.findings)?;
        if bounds.last().is_some_and(|last| *last >= bound) {
            mapping
                .findings
                .error(
                    codes::NOT_ASCENDING,
                    node.span,
                    "`ranges` must be lower bounds that ascend",
                )
                .help("sort them and name each once");
            return None;
        }
        bounds.push(bound);
    }
    Some(bounds)
}

/// A magnitude cut to a fixed number of digits behind the point.
struct Fixed {
    negative: bool,
    scale: u32,
    /// The most significant first; `digits[from..]` count.
    digits: [u8; ROOM],
    from: usize,
    /// The first digit that was cut away.
    rest_digit: u8,
    /// Something other than zeros was cut away.
    has_rest: bool,
}

impl Fixed {
    fn cut(number: &Decimal, scale: u32) -> Result<Fixed, Reason> {
        let mut fixed = Fixed {
            negative: number.is_negative(),
            scale,
            digits: [0; ROOM],
            from: ROOM,
            rest_digit: 0,
            has_rest: false,
        };
        if number.is_zero() {
            return Ok(fixed);
        }
        if number.magnitude() > MAGNITUDE_MAX {
            return Err(Reason::NumberOutOfRange);
        }
        // How many digits stay, counted from the first significant one.
        let stay = number.magnitude() + i64::from(scale);
        let digits = number.digits();
        let whole = usize::try_from(stay).unwrap_or(0);
        fixed.from = ROOM - whole;
        for (to, digit) in fixed.digits[fixed.from..].iter_mut().zip(digits) {
            *to = *digit;
        }
        fixed.has_rest = digits.len() > whole;
        if stay >= 0 {
            fixed.rest_digit = digits.get(whole).copied().unwrap_or(0);
        }
        Ok(fixed)
    }

    fn modulo(&self, unit: u128) -> u128 {
        self.digits[self.from..]
            .iter()
            .fold(0, |rest, digit| (rest * 10 + u128::from(*digit)) % unit)
    }

    /// Takes away what is not more than the number itself.
    fn subtract(&mut self, mut less: u128) {
        let mut borrow = 0;
        for digit in self.digits.iter_mut().rev() {
            if less == 0 && borrow == 0 {
                break;
            }
            let take = (less % 10) as u8 + borrow;
            less /= 10;
            borrow = u8::from(*digit < take);
            *digit = *digit + 10 * borrow - take;
        }
    }

    fn add(&mut self, mut more: u128) {
        let mut carry = 0;
        for (at, digit) in self.digits.iter_mut().enumerate().rev() {
            if more == 0 && carry == 0 {
                break;
            }
            self.from = self.from.min(at);
            let sum = *digit + (more % 10) as u8 + carry;
            more /= 10;
            carry = u8::from(sum >= 10);
            *digit = sum - 10 * carry;
        }
    }

    fn write(&self, text: &mut String) {
        let point = ROOM - self.scale as usize;
        let (whole, fraction) = self.digits.split_at(point);
        let first = whole.iter().position(|d| *d != 0);
        let last = fraction.iter().rposition(|d| *d != 0);
        if self.negative && (first.is_some() || last.is_some()) {
            text.push('-');
        }
        match first {
            Some(first) => push_digits(&whole[first..], text),
            None => text.push('0'),
        }
        if let Some(last) = last {
            text.push('.');
            push_digits(&fraction[..=last], text);
        }
    }
}

/// A number in plain decimal.
fn plain(number: &Decimal, text: &mut String) {
    let zeros = |n: i64, text: &mut String| (0..n).for_each(|_| text.push('0'));
    if number.is_zero() {
        text.push('0');
        return;
    }
    if number.is_negative() {
        text.push('-');
    }
    let digits = number.digits();
    let magnitude = number.magnitude();
    let before = usize::try_from(magnitude).unwrap_or(0).min(digits.len());
    if before == 0 {
        text.push('0');
    }
    push_digits(&digits[..before], text);
    zeros(number.exponent(), text);
    if before < digits.len() {
        text.push('.');
        zeros(-magnitude, text);
        push_digits(&digits[before..], text);
    }
}

fn push_digits(digits: &[u8], text: &mut String) {
    text.extend(digits.iter().map(|d| char::from(b'0' + d)));
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
