//! Consent signals, ready to be read.

use super::Paths;
use crate::plan::ReadId;
use crate::plan::signal::{CONSENT_TYPES, GppMeans, IdsMean, Signal, SignalAt, TcfMeans};
use crate::policy::check::CATEGORIES_MAX;
use crate::policy::check::model::{Checked, Output, Spelled};
use crate::policy::check::signal::{self as said, At, Means, Reads, Tcf, below, member};
use crate::record::path::Selector;

/// Categories that some output needs, and the signals that speak for them.
pub(super) fn consent(policy: &Checked, paths: &mut Paths) -> (Vec<String>, Vec<Signal>) {
    let mut categories: Vec<String> = Vec::new();
    for need in policy.outputs.iter().flat_map(|o| &o.needs) {
        if !categories.contains(&need.value) && categories.len() < CATEGORIES_MAX {
            categories.push(need.value.clone());
        }
    }
    let signals = signals(policy.signals.iter(), &categories, paths);
    (categories, signals)
}

/// Those of these signals that speak for one of these categories.
pub(super) fn signals<'s>(
    said: impl Iterator<Item = &'s said::Signal>,
    categories: &[String],
    paths: &mut Paths,
) -> Vec<Signal> {
    let mut making = Making { categories, paths };
    said.filter_map(|said| making.signal(said)).collect()
}

/// The signals of the row as it was, by which a tombstone clears what may have left;
/// none where nothing does.
pub(super) fn as_it_was(
    policy: &Checked,
    output: &Output,
    categories: &[String],
    paths: &mut Paths,
) -> Vec<Signal> {
    let Some(at) = output.cleared_by() else {
        return Vec::new();
    };
    let mut making = Making { categories, paths };
    let signals = policy.signals.iter();
    let before = signals.filter_map(|said| said.as_it_was(&at.value));
    before.filter_map(|said| making.signal(&said)).collect()
}

struct Making<'p> {
    categories: &'p [String],
    paths: &'p mut Paths,
}

impl Making<'_> {
    /// The bit of a category; `None`: no output needs it.
    fn bit(&self, category: &str) -> Option<u8> {
        let at = self.categories.iter().position(|c| c == category)?;
        u8::try_from(at).ok()
    }

    /// Those of them that some output needs.
    fn needed<'m, T>(&self, means: &'m Means<T>) -> Vec<(u8, &'m T)> {
        let each = means.iter();
        each.filter_map(|(c, what)| Some((self.bit(&c.value)?, what)))
            .collect()
    }

    fn at(&mut self, at: &At) -> SignalAt {
        match at {
            At::Value(path) => SignalAt::Value(self.paths.read(path)),
            At::Header(name) => SignalAt::Header(name.as_str().into()),
        }
    }

    /// `None`: no output needs anything that it speaks for.
    fn signal(&mut self, said: &said::Signal) -> Option<Signal> {
        let at = &said.at;
        let max_age_ms = said.max_age_ms;
        let signal = match &said.reads {
            Reads::Object { means, grants } => self.object(at, means.as_ref(), grants)?,
            Reads::Scalar { category, grants } => Signal::Scalar {
                category: self.bit(&category.value)?,
                at: self.at(at),
                grants: grants.clone(),
            },
            Reads::Lists {
                granted,
                denied,
                means,
            } => self.lists(at, [granted, denied], means)?,
            Reads::Pairs(means) => Signal::Pairs {
                means: self.ids(means),
                at: self.at(at),
            },
            Reads::Tcf(means) => Signal::Tcf {
                means: by_vendor(&self.needed(means)),
                at: self.at(at),
                max_age_ms,
            },
            Reads::Gpp(means) => {
                let needed = self.needed(means);
                let asked = needed.iter();
                let asked: Vec<_> = asked
                    .filter_map(|(bit, gpp)| Some((*bit, gpp.tcf.as_ref()?)))
                    .collect();
                Signal::Gpp {
                    means: GppMeans {
                        opt_outs: needed.iter().map(|(bit, g)| (*bit, g.opt_outs)).collect(),
                        tcf: by_vendor(&asked),
                    },
                    at: self.at(at),
                    max_age_ms,
                }
            }
            Reads::Gpc(categories) => Signal::Gpc {
                categories: self.bits(categories),
                at: self.at(at),
            },
            Reads::ConsentMode(means) => self.consent_mode(at, means),
        };
        (signal.speaks_for() != 0).then_some(signal)
    }

    fn bits(&self, categories: &[Spelled]) -> u64 {
        let bits = categories.iter().filter_map(|c| self.bit(&c.value));
        bits.fold(0, |all, bit| all | 1 << bit)
    }

    fn object(
        &mut self,
        at: &At,
        means: Option<&Means<Vec<String>>>,
        grants: &[crate::record::Literal],
    ) -> Option<Signal> {
        let path = value(at)?;
        let named: Vec<(u8, Vec<String>)> = match means {
            None => {
                let names = self.categories.iter().map(|name| vec![name.clone()]);
                (0..).zip(names).collect()
            }
            Some(means) => {
                let needed = self.needed(means).into_iter();
                needed.map(|(bit, names)| (bit, names.clone())).collect()
            }
        };
        let object = self.paths.read(path);
        let members = |names: &[String], paths: &mut Paths| -> Box<[ReadId]> {
            let reads = names.iter().map(|name| paths.read(&member(path, name)));
            reads.collect()
        };
        Some(Signal::Object {
            object,
            categories: named
                .iter()
                .map(|(bit, names)| (*bit, members(names, self.paths)))
                .collect(),
            grants: grants.to_vec(),
        })
    }

    fn lists(
        &mut self,
        at: &At,
        [granted, denied]: [&Option<Selector>; 2],
        means: &Means<Vec<String>>,
    ) -> Option<Signal> {
        let path = value(at)?;
        let means = self.ids(means);
        let object = self.paths.read(path);
        let mut list = |list: &Option<Selector>| {
            let list = list.as_ref()?;
            Some(self.paths.read(&below(path, list)))
        };
        Some(Signal::Lists {
            object,
            granted: list(granted),
            denied: list(denied),
            means,
        })
    }

    fn ids(&self, means: &Means<Vec<String>>) -> IdsMean {
        let mut all = IdsMean::default();
        for (bit, ids) in self.needed(means) {
            let mut needs = 0;
            for id in ids {
                let known = all.ids.iter().position(|k| **k == **id);
                let place = known.unwrap_or_else(|| {
                    all.ids.push(id.as_str().into());
                    all.ids.len() - 1
                });
                needs |= 1 << place;
            }
            all.categories.push((bit, needs));
        }
        all
    }

    fn consent_mode(&mut self, at: &At, means: &Means<Vec<u8>>) -> Signal {
        let needed = self.needed(means).into_iter();
        let set = |types: &[u8]| types.iter().fold(0, |all, bit| all | 1 << bit);
        let means: Vec<(u8, u8)> = needed.map(|(bit, types)| (bit, set(types))).collect();
        let asked = means.iter().fold(0, |all, (_, types)| all | types);
        let mut members = Vec::new();
        if let At::Value(path) = at {
            for (bit, name) in (0..).zip(CONSENT_TYPES) {
                // `privacy_info` of Google Analytics writes this one in the plural.
                let names = [Some(name), (name == "ad_storage").then_some("ads_storage")];
                for name in names
                    .into_iter()
                    .flatten()
                    .filter(|_| asked >> bit & 1 == 1)
                {
                    members.push((bit, self.paths.read(&member(path, name))));
                }
            }
        }
        Signal::ConsentMode {
            at: self.at(at),
            members,
            means,
        }
    }
}

/// The path of what only a value can hold; the check let nothing else pass.
fn value(at: &At) -> Option<&Selector> {
    match at {
        At::Value(path) => Some(path),
        At::Header(_) => None,
    }
}

/// A string is read once for each vendor.
fn by_vendor(means: &[(u8, &Tcf)]) -> TcfMeans {
    let mut all = TcfMeans::new();
    for (bit, tcf) in means {
        let known = all.iter().position(|(vendor, _)| *vendor == tcf.vendor);
        let place = known.unwrap_or_else(|| {
            all.push((tcf.vendor, Vec::new()));
            all.len() - 1
        });
        all[place].1.push((*bit, tcf.asks));
    }
    all
}
