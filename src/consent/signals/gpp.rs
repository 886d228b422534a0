//! The string of IAB's Global Privacy Platform, version 1.
//!
//! After "Global Privacy Platform String" (IAB Tech Lab, November 2023): a header that
//! lists the sections, in Fibonacci code, and behind it the sections, each after a
//! tilde. Section 2 is a TC string; sections 7 to 22 are of the United States, and say
//! what was opted out of. They can deny, and never grant: who did not opt out has not
//! consented.
//!
//! A section that is not known here, and of which the string says that it applies, may
//! deny: so the string cannot be read.

use super::bits::{BYTES_MAX, Bits, Unreadable};
use super::us_states::Layout;
use crate::plan::signal::OptOuts;

/// What a GPP string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GppString<'a> {
    /// The TC string in section 2.
    pub tcf: Option<&'a str>,
    /// What was opted out of, in any section.
    pub opted_out: OptOuts,
    /// A section says that the person is known to be a child.
    pub child: bool,
}

/// The section of the European framework.
const TCF_EU: u64 = 2;

/// Most sections of one string: far more than are registered.
const SECTIONS_MAX: usize = 64;

/// Reads a GPP string.
///
/// # Errors
/// When it is none of version 1: cut off, of another alphabet, longer than
/// [`BYTES_MAX`], with another number of sections than its header lists, or with a
/// section, or a version of one, that is not known here.
pub fn read(text: &str) -> Result<GppString<'_>, Unreadable> {
    if text.len() > BYTES_MAX {
        return Err(Unreadable);
    }
    let mut parts = text.split('~');
    let header = parts.next().unwrap_or_default();
    let (ids, count) = header_ids(header)?;
    let mut said = GppString::default();
    for id in &ids[..count] {
        let section = parts.next().ok_or(Unreadable)?;
        match *id {
            TCF_EU => said.tcf = Some(section),
            id => us_state(id, section, &mut said)?,
        }
    }
    match parts.next() {
        None => Ok(said),
        Some(_) => Err(Unreadable),
    }
}

/// The sections that the header lists, in ascending order, and how many they are.
fn header_ids(header: &str) -> Result<([u64; SECTIONS_MAX], usize), Unreadable> {
    let mut bits = Bits::of(header)?;
    // The type of a header is 3, the version 1.
    if bits.number(6)? != 3 || bits.number(6)? != 1 {
        return Err(Unreadable);
    }
    let (mut ids, mut count, mut last) = ([0; SECTIONS_MAX], 0, 0_u64);
    for _ in 0..bits.number(12)? {
        let is_range = bits.flag()?;
        let first = last + bits.fibonacci()?;
        last = match is_range {
            true => first + bits.fibonacci()?,
            false => first,
        };
        for id in first..=last {
            *ids.get_mut(count).ok_or(Unreadable)? = id;
            count += 1;
        }
    }
    match bits.ends() {
        true => Ok((ids, count)),
        false => Err(Unreadable),
    }
}

/// What a section of the United States says, with the subsection for Global Privacy
/// Control that may stand behind its core.
fn us_state(id: u64, section: &str, said: &mut GppString<'_>) -> Result<(), Unreadable> {
    let mut parts = section.split('.');
    let mut core = Bits::of(parts.next().unwrap_or_default())?;
    let version = core.number(6)?;
    let layout = Layout::of(id, version).ok_or(Unreadable)?;
    let of_core = layout.read(core)?;
    said.opted_out = said.opted_out.and(of_core.opted_out);
    said.child |= of_core.child;
    let Some(subsection) = parts.next() else {
        return Ok(());
    };
    let mut bits = Bits::of(subsection)?;
    if bits.number(2)? != 1 || parts.next().is_some() {
        return Err(Unreadable);
    }
    if bits.flag()? {
        let global = OptOuts::SALE.and(OptOuts::SHARING).and(OptOuts::TARGETED);
        said.opted_out = said.opted_out.and(global);
    }
    match bits.ends() {
        true => Ok(()),
        false => Err(Unreadable),
    }
}
