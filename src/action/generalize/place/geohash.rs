//! The grid of geohash (Niemeyer, 2008), on decimal digits.

use crate::record::Reason;
use crate::record::decimal::Decimal;

/// Digits behind the point that are computed with. The boundaries of the finest
/// cells have 20, so what is cut behind them decides nothing.
const SCALE: i64 = 20;
/// A degree in halves of the last digit: what is cut counts as one half, so that
/// no angle between two digits is taken for one of them.
const DEGREE: i128 = 2 * 10_i128.pow(SCALE as u32);
/// Bits of the finest cell: the longitude has the first and one more.
const LAT_BITS: u32 = 22;
const LON_BITS: u32 = 23;

/// An angle in parts of a degree, exact but for what no boundary has; `None`: of more
/// than three digits before the point.
pub(super) fn parts(number: &Decimal) -> Option<i128> {
    if number.is_zero() {
        return Some(0);
    }
    if number.magnitude() > 3 {
        return None;
    }
    let digits = number.digits();
    let whole = usize::try_from(number.magnitude() + SCALE).unwrap_or(0);
    let size = (0..whole).fold(0_i128, |n, at| {
        n * 10 + i128::from(digits.get(at).copied().unwrap_or(0))
    });
    let size = 2 * size + i128::from(digits.len() > whole);
    Some(if number.is_negative() { -size } else { size })
}

/// True when an angle lies beyond `end` degrees either way.
pub(super) fn is_beyond(angle: i128, end: i128) -> bool {
    let end = end * DEGREE;
    !(-end..=end).contains(&angle)
}

/// The nine characters of the finest cell; those of a coarser one begin them.
///
/// # Errors
/// When the latitude is beyond ±90 degrees, or the longitude beyond ±180.
pub(super) fn cell(lat: i128, lon: i128) -> Result<[u8; 9], Reason> {
    const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let lat = step(lat, 90, LAT_BITS)?;
    let lon = step(lon, 180, LON_BITS)?;
    let mut bits: u64 = 0;
    for n in (0..LON_BITS).rev() {
        bits = bits << 1 | (lon >> n & 1);
        if n > 0 {
            bits = bits << 1 | (lat >> (n - 1) & 1);
        }
    }
    Ok(std::array::from_fn(|n| {
        ALPHABET[(bits >> (40 - 5 * n) & 31) as usize]
    }))
}

/// Which of the 2^`bits` steps between −`end` and `end` degrees an angle lies
/// in; `end` itself lies in the last.
fn step(angle: i128, end: i128, bits: u32) -> Result<u64, Reason> {
    if is_beyond(angle, end) {
        return Err(Reason::NumberOutOfRange);
    }
    let end = end * DEGREE;
    let steps = 1_i128 << bits;
    let step = (angle + end) * steps / (2 * end);
    Ok(u64::try_from(step.min(steps - 1)).expect("it lies between 0 and 2^23"))
}
