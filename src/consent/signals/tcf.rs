//! The TC string of the Transparency and Consent Framework of IAB Europe, 2.0 to 2.3.
//!
//! After "Transparency and Consent String with Global Vendor & CMP List Formats"
//! (IAB Tech Lab): a core segment, and behind it, each after a dot, those of the
//! vendors that were disclosed, of the vendors that are allowed, and of the publisher.
//! The version stands in the string; 2.0 to 2.3 are all 2 there.
//!
//! It answers what is asked of one vendor, in one pass, and keeps no list.

use super::bits::{BYTES_MAX, Bits, Unreadable};
use crate::plan::signal::{CONSENT_ONLY, TcfAsks};

/// What is said of one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is granted.
    Granted,
    /// It is denied.
    Denied,
    /// Neither.
    Silent,
}

/// What a TC string says of one vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcString {
    /// When the choices were made last, in milliseconds since 1970.
    pub last_updated_ms: i64,
    /// Special features that were opted in to, feature 1 in the lowest bit.
    pub special_features: u16,
    /// Purposes with consent, purpose 1 in the lowest bit.
    pub purposes: u32,
    /// Purposes by legitimate interest: told of, and not objected to.
    pub interests: u32,
    /// The vendor has consent.
    pub vendor: bool,
    /// The vendor's legitimate interest was told of, and not objected to.
    pub vendor_interest: bool,
    /// What the publisher restricts for the vendor, as sets of purposes, by the type of
    /// the restriction: not allowed at all, consent required, legitimate interest
    /// required.
    pub restrictions: [u32; 3],
    /// The vendor was disclosed; `None`: the string does not say.
    pub disclosed: Option<bool>,
}

/// Purposes are bits of 24, special features bits of 12.
const PURPOSES: usize = 24;
const SPECIAL_FEATURES: usize = 12;

/// Reads a TC string for one vendor; vendor 0 is none.
///
/// # Errors
/// When it is no TC string of version 2: cut off, of another alphabet, padded, longer
/// than [`BYTES_MAX`], with a range that ends before it begins, a restriction of no
/// known type, or a segment of no known type.
pub fn read(text: &str, vendor: u16) -> Result<TcString, Unreadable> {
    if text.len() > BYTES_MAX {
        return Err(Unreadable);
    }
    let mut segments = text.split('.');
    let mut said = core(segments.next().unwrap_or_default(), vendor)?;
    for segment in segments {
        let mut bits = Bits::of(segment)?;
        match bits.number(3)? {
            1 if said.disclosed.is_none() => said.disclosed = Some(has(&mut bits, vendor)?),
            // Allowed vendors: of a consent that holds beyond one service, which 2.2
            // ended.
            2 => {
                has(&mut bits, vendor)?;
            }
            // The publisher's own purposes.
            3 => {}
            _ => return Err(Unreadable),
        }
    }
    Ok(said)
}

fn core(segment: &str, vendor: u16) -> Result<TcString, Unreadable> {
    let mut bits = Bits::of(segment)?;
    if bits.number(6)? != 2 {
        return Err(Unreadable);
    }
    let _created = bits.number(36)?;
    let last_updated = bits.number(36)?;
    // Number and version of the consent platform, screen, language, version of the
    // vendor list, version of the policy, two flags.
    bits.skip(12 + 12 + 6 + 12 + 12 + 6 + 2)?;
    let special_features = bits.set(SPECIAL_FEATURES)?;
    let mut said = TcString {
        last_updated_ms: i64::try_from(last_updated * 100).map_err(|_| Unreadable)?,
        special_features: u16::try_from(special_features).map_err(|_| Unreadable)?,
        purposes: bits.set(PURPOSES)?,
        interests: bits.set(PURPOSES)?,
        ..TcString::default()
    };
    // Whether purpose 1 was asked for, and the publisher's country.
    bits.skip(1 + 12)?;
    said.vendor = has(&mut bits, vendor)?;
    said.vendor_interest = has(&mut bits, vendor)?;
    for _ in 0..bits.number(12)? {
        let purpose = bits.number(6)?;
        let kind = usize::try_from(bits.number(2)?).map_err(|_| Unreadable)?;
        let concerned = ranges(&mut bits, vendor)?;
        let restricted = said.restrictions.get_mut(kind).ok_or(Unreadable)?;
        if !(1..=PURPOSES as u64).contains(&purpose) {
            return Err(Unreadable);
        }
        if concerned {
            *restricted |= 1 << (purpose - 1);
        }
    }
    Ok(said)
}

/// Vendors as one bit each up to the highest, or as ranges: is `vendor` among them?
fn has(bits: &mut Bits<'_>, vendor: u16) -> Result<bool, Unreadable> {
    let highest = bits.number(16)?;
    if bits.flag()? {
        return ranges(bits, vendor);
    }
    let mut at = *bits;
    bits.skip(usize::try_from(highest).map_err(|_| Unreadable)?)?;
    if !(1..=highest).contains(&u64::from(vendor)) {
        return Ok(false);
    }
    at.skip(usize::from(vendor) - 1)?;
    at.flag()
}

fn ranges(bits: &mut Bits<'_>, vendor: u16) -> Result<bool, Unreadable> {
    let mut found = false;
    for _ in 0..bits.number(12)? {
        let is_range = bits.flag()?;
        let first = bits.number(16)?;
        let last = if is_range { bits.number(16)? } else { first };
        if first == 0 || last < first {
            return Err(Unreadable);
        }
        found |= (first..=last).contains(&u64::from(vendor));
    }
    Ok(found)
}

impl TcString {
    /// What the string says for a category that asks this of it. Granted where
    /// everything asked for is; denied where the publisher forbids the vendor one of
    /// the purposes; silent otherwise.
    pub fn says(&self, asks: &TcfAsks) -> Says {
        let [forbidden, needs_consent, needs_interest] = self.restrictions;
        if asks.vendor && forbidden & asks.purposes != 0 {
            return Says::Denied;
        }
        let features = self.special_features & asks.special_features == asks.special_features;
        let all_of = |granted: u32| granted & asks.purposes == asks.purposes;
        let granted = match (asks.by_interest, asks.vendor) {
            (false, false) => all_of(self.purposes),
            (false, true) => all_of(self.purposes & !needs_interest) && self.vendor,
            (true, _) => {
                all_of(self.interests & !needs_consent & !CONSENT_ONLY)
                    && self.vendor_interest
                    && self.disclosed == Some(true)
            }
        };
        match granted && features {
            true => Says::Granted,
            false => Says::Silent,
        }
    }
}
