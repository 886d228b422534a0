//! What the record itself says about consent.
//!
//! Each shape that a signal may have is read by a file of its own, which knows texts and
//! no record. What is there and cannot be read denies the categories that the signal
//! speaks for, and is counted; it never refuses the record.

mod bits;
pub mod consent_mode;
pub mod gpc;
pub mod gpp;
mod lists;
pub mod pairs;
pub mod tcf;
mod us_states;
#[cfg(test)]
mod vectors;

pub use bits::{BYTES_MAX, Unreadable};

use tcf::Says;

use crate::plan::signal::{GppMeans, IdsMean, Signal, SignalAt, TcfMeans};
use crate::plan::{ReadId, plain};
use crate::record::decimal::Decimal;
use crate::record::event_time::Now;
use crate::record::format::Reader;
use crate::record::tape::Document;
use crate::record::value::View;
use crate::record::{BadSignals, Fetched, Literal};

/// A record as its signals are read from.
pub(super) struct Heard<'a, R: Reader> {
    /// Its value.
    pub(super) value: Document<'a, R>,
    /// Key and headers as they came.
    pub(super) fetched: Fetched<'a>,
    /// By which a signal has its age.
    pub(super) now: Now,
}

/// What the reading of signals needs from record to record.
#[derive(Default)]
pub(super) struct Scratch {
    /// Signals that could not be read, since the batch began.
    pub(super) bad: BadSignals,
    /// An array as JSON text.
    json: Vec<u8>,
    /// A text without its escapes.
    id: String,
}

/// Adds the categories that the record grants and those that it denies, by their bits.
/// `null` and absent say nothing. Both can hold one category: then the denial counts.
pub(super) fn heard<R: Reader>(
    record: &Heard<'_, R>,
    signals: &[Signal],
    text: &mut String,
    scratch: &mut Scratch,
    granted: &mut u64,
    denied: &mut u64,
) {
    for signal in signals {
        let mut hearing = Hearing {
            text,
            json: &mut scratch.json,
            id: &mut scratch.id,
            granted: 0,
            denied: 0,
        };
        if hearing.hear(record, signal).is_err() {
            hearing.denied |= signal.speaks_for();
            scratch.bad[signal.shape().index()] += 1;
        }
        *granted |= hearing.granted;
        *denied |= hearing.denied;
    }
}

/// One signal of one record is read.
struct Hearing<'a> {
    text: &'a mut String,
    json: &'a mut Vec<u8>,
    id: &'a mut String,
    granted: u64,
    denied: u64,
}

impl Hearing<'_> {
    fn hear<R: Reader>(
        &mut self,
        record: &Heard<'_, R>,
        signal: &Signal,
    ) -> Result<(), Unreadable> {
        match signal {
            Signal::Object {
                object,
                categories,
                grants,
            } => self.object(&record.value, *object, categories, grants),
            Signal::Scalar {
                at,
                category,
                grants,
            } => each(record, at, |view| {
                let granted = equals_any(grants, at, view, self.text);
                self.say(1 << category, granted);
                match view {
                    View::Whole(_) | View::Bytes(_) => Err(Unreadable),
                    _ => Ok(()),
                }
            }),
            Signal::Lists {
                object,
                granted,
                denied,
                means,
            } => self.lists(&record.value, *object, [*granted, *denied], means),
            Signal::Pairs { at, means } => each(record, at, |view| {
                let (mut on, mut off) = (0, 0);
                let text = text_of(view, self.text)?;
                pairs::each(text, |id, granted| {
                    let bit = means.bit(id);
                    *if granted { &mut on } else { &mut off } |= bit;
                })?;
                self.ids(means, on, off);
                Ok(())
            }),
            Signal::Tcf {
                at,
                means,
                max_age_ms,
            } => each(record, at, |view| {
                let text = text_of(view, self.text)?;
                let (granted, denied) = tc_string(text, means, *max_age_ms, record.now)?;
                self.granted |= granted;
                self.denied |= denied;
                Ok(())
            }),
            Signal::Gpp {
                at,
                means,
                max_age_ms,
            } => each(record, at, |view| {
                let text = text_of(view, self.text)?;
                let (granted, denied) = gpp_string(text, means, *max_age_ms, record.now)?;
                self.granted |= granted;
                self.denied |= denied;
                Ok(())
            }),
            Signal::Gpc { at, categories } => each(record, at, |view| {
                let denies = match view {
                    View::Bool(value) => value,
                    View::Number(number) => number.text_in(self.text).is_ok_and(gpc::denies),
                    _ => gpc::denies(text_of(view, self.text)?),
                };
                self.denied |= if denies { *categories } else { 0 };
                Ok(())
            }),
            Signal::ConsentMode { at, members, means } => {
                let mut types = consent_mode::Types::default();
                each(record, at, |view| match view {
                    View::Whole(whole) if whole.is_object() => Ok(()),
                    _ => {
                        types = types.and(consent_mode::read(text_of(view, self.text)?)?);
                        Ok(())
                    }
                })?;
                for (bit, read) in members {
                    each_value(&record.value, *read, |view| {
                        let state = consent_mode::state(text_of(view, self.text)?)?;
                        types = types.and(consent_mode::Types::of(*bit, state));
                        Ok(())
                    })?;
                }
                for (category, needs) in means {
                    self.denied |= u64::from(types.denied & needs != 0) << category;
                    self.granted |= u64::from(types.granted & needs == *needs) << category;
                }
                Ok(())
            }
        }
    }

    /// Grants or denies.
    fn say(&mut self, categories: u64, granted: bool) {
        *if granted {
            &mut self.granted
        } else {
            &mut self.denied
        } |= categories;
    }

    fn object<R: Reader>(
        &mut self,
        value: &Document<'_, R>,
        object: ReadId,
        categories: &[(u8, Box<[ReadId]>)],
        grants: &[Literal],
    ) -> Result<(), Unreadable> {
        let is_one = each_value(value, object, is_object);
        for (bit, members) in categories {
            let mut found = 0;
            for read in members {
                let mut granted = false;
                for view in value.read_all(*read) {
                    match view {
                        View::Null => {}
                        view if grants.iter().any(|g| equals(g, view, self.text)) => granted = true,
                        _ => self.denied |= 1 << bit,
                    }
                }
                found += usize::from(granted);
            }
            self.granted |= u64::from(found == members.len()) << bit;
        }
        is_one
    }

    fn lists<R: Reader>(
        &mut self,
        value: &Document<'_, R>,
        object: ReadId,
        lists: [Option<ReadId>; 2],
        means: &IdsMean,
    ) -> Result<(), Unreadable> {
        each_value(value, object, is_object)?;
        let mut named = [0_u64; 2];
        for (list, named) in lists.into_iter().zip(&mut named) {
            let Some(list) = list else { continue };
            each_value(value, list, |view| {
                let View::Whole(whole) = view else {
                    return Err(Unreadable);
                };
                self.json.clear();
                whole.json_into(self.json).map_err(|_| Unreadable)?;
                let json = simdutf8::basic::from_utf8(self.json).map_err(|_| Unreadable)?;
                lists::each(json, self.id, |id| *named |= means.bit(id))
            })?;
        }
        self.ids(means, named[0], named[1]);
        Ok(())
    }

    /// What ids that are on and off come to.
    fn ids(&mut self, means: &IdsMean, on: u64, off: u64) {
        for (category, needs) in &means.categories {
            self.denied |= u64::from(off & needs != 0) << category;
            self.granted |= u64::from(on & needs == *needs) << category;
        }
    }
}

impl IdsMean {
    /// The bit of that id; none when nothing is said of it.
    fn bit(&self, id: &str) -> u64 {
        let place = self.ids.iter().position(|known| &**known == id);
        place.map_or(0, |place| 1 << place)
    }
}

impl consent_mode::Types {
    /// One type, by its bit.
    fn of(bit: u8, state: Option<bool>) -> Self {
        consent_mode::Types {
            granted: u8::from(state == Some(true)) << bit,
            denied: u8::from(state == Some(false)) << bit,
        }
    }

    fn and(self, other: Self) -> Self {
        consent_mode::Types {
            granted: self.granted | other.granted,
            denied: self.denied | other.denied,
        }
    }
}

/// The categories that a TC string grants and denies.
fn tc_string(
    text: &str,
    means: &TcfMeans,
    max_age_ms: Option<i64>,
    now: Now,
) -> Result<(u64, u64), Unreadable> {
    let (mut granted, mut denied) = (0, 0);
    for (vendor, categories) in means {
        let said = tcf::read(text, vendor.unwrap_or_default())?;
        if !is_fresh(said.last_updated_ms, max_age_ms, now) {
            continue;
        }
        for (category, asks) in categories {
            match said.says(asks) {
                Says::Granted => granted |= 1 << category,
                Says::Denied => denied |= 1 << category,
                Says::Silent => {}
            }
        }
    }
    Ok((granted, denied))
}

/// Platforms write the day of a choice and no time, some in their own time zone: a
/// choice may seem to lie so far ahead.
const AHEAD_MAX_MS: i64 = 86_400_000;

/// True when a choice that was made then still counts. Where nothing is judged by its
/// age, it does.
fn is_fresh(made_ms: i64, max_age_ms: Option<i64>, now: Now) -> bool {
    max_age_ms.is_none_or(|max| {
        let age = now.ms().saturating_sub(made_ms);
        now.takes_any() || (-AHEAD_MAX_MS..=max).contains(&age)
    })
}

/// The categories that a GPP string grants and denies.
fn gpp_string(
    text: &str,
    means: &GppMeans,
    max_age_ms: Option<i64>,
    now: Now,
) -> Result<(u64, u64), Unreadable> {
    let said = gpp::read(text)?;
    let (granted, mut denied) = match said.tcf {
        Some(tcf) => tc_string(tcf, &means.tcf, max_age_ms, now)?,
        None => (0, 0),
    };
    for (category, opt_outs) in &means.opt_outs {
        let denies = said.child || said.opted_out.meets(*opt_outs);
        denied |= u64::from(denies) << category;
    }
    Ok((granted, denied))
}

/// Goes through what stands at that place, `null` aside.
fn each<'a, R: Reader>(
    record: &Heard<'a, R>,
    at: &SignalAt,
    mut tell: impl FnMut(View<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    match at {
        SignalAt::Value(read) => each_value(&record.value, *read, tell),
        SignalAt::Header(name) => {
            // Names that came from HTTP may be written in any case.
            let mut headers = record.fetched.headers();
            headers.try_for_each(|(n, value)| match value {
                Some(_) if n.eq_ignore_ascii_case(name.as_bytes()) => tell(plain(value)),
                _ => Ok(()),
            })
        }
    }
}

/// Goes through all that a read found, `null` aside: what the first says is heard though
/// the second cannot be read.
fn each_value<'a, R: Reader>(
    value: &Document<'a, R>,
    read: ReadId,
    mut tell: impl FnMut(View<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut result = match value.unreadable(read) {
        Some(_) => Err(Unreadable),
        None => Ok(()),
    };
    for view in value.read_all(read) {
        if !matches!(view, View::Null) {
            result = result.and(tell(view));
        }
    }
    result
}

fn is_object(view: View<'_>) -> Result<(), Unreadable> {
    match view {
        View::Whole(whole) if whole.is_object() => Ok(()),
        _ => Err(Unreadable),
    }
}

/// The characters of a text.
fn text_of<'s>(view: View<'s>, scratch: &'s mut String) -> Result<&'s str, Unreadable> {
    match view {
        View::Text(text) => Ok(text.chars_in(scratch)),
        _ => Err(Unreadable),
    }
}

fn equals_any(grants: &[Literal], at: &SignalAt, view: View<'_>, scratch: &mut String) -> bool {
    let equal = |literal: &Literal| match (at, literal, view) {
        // A header is text, whatever it means.
        (SignalAt::Header(_), Literal::Bool(granted), View::Text(text)) => {
            text.chars_in(scratch) == if *granted { "true" } else { "false" }
        }
        (SignalAt::Header(_), Literal::Number(granted), View::Text(text)) => {
            text.chars_in(scratch) == granted
        }
        _ => equals(literal, view, scratch),
    };
    grants.iter().any(equal)
}

/// Numbers are compared by value, texts by their characters.
fn equals(literal: &Literal, view: View<'_>, scratch: &mut String) -> bool {
    match (literal, view) {
        (Literal::Bool(granted), View::Bool(value)) => *granted == value,
        (Literal::Text(granted), View::Text(text)) => text.chars_in(scratch) == granted,
        (Literal::Number(granted), View::Number(number)) => {
            let value = number.text_in(scratch).ok().and_then(Decimal::read);
            value.is_some() && value == Decimal::read(granted)
        }
        _ => false,
    }
}
