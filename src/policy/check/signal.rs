//! A consent signal as the policy says it.

use super::spelled::Spelled;
use crate::plan::signal::{OptOuts, TcfAsks};
use crate::record::path::{Selector, Step};
use crate::record::{Literal, SignalShape};

/// Where consent stands, and what is read there.
#[derive(Clone)]
pub(crate) struct Signal {
    pub(crate) at: At,
    pub(crate) reads: Reads,
    /// How old a choice may be, in milliseconds.
    pub(crate) max_age_ms: Option<i64>,
}

/// Where a signal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Value(Selector),
    Header(String),
}

/// What is read of a signal.
#[derive(Clone)]
pub(crate) enum Reads {
    /// An object of name → value; `means` `None`: names are categories.
    Object {
        means: Option<Means<Vec<String>>>,
        grants: Vec<Literal>,
    },
    /// One scalar for one category.
    Scalar {
        category: Spelled,
        grants: Vec<Literal>,
    },
    /// Arrays of ids below the path.
    Lists {
        granted: Option<Selector>,
        denied: Option<Selector>,
        means: Means<Vec<String>>,
    },
    Pairs(Means<Vec<String>>),
    Tcf(Means<Tcf>),
    Gpp(Means<Gpp>),
    Gpc(Vec<Spelled>),
    /// Types by their places in the list of Consent Mode.
    ConsentMode(Means<Vec<u8>>),
}

/// What a signal means for each category that it speaks for.
pub(crate) type Means<T> = Vec<(Spelled, T)>;

/// What a category needs of a TC string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tcf {
    pub(crate) asks: TcfAsks,
    pub(crate) vendor: Option<u16>,
}

/// What a category reads of a GPP string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gpp {
    pub(crate) opt_outs: OptOuts,
    pub(crate) tcf: Option<Tcf>,
}

impl Signal {
    pub(crate) fn shape(&self) -> SignalShape {
        match self.reads {
            Reads::Object { .. } | Reads::Scalar { .. } => SignalShape::Plain,
            Reads::Lists { .. } => SignalShape::Lists,
            Reads::Pairs(_) => SignalShape::Pairs,
            Reads::Tcf(_) => SignalShape::Tcf,
            Reads::Gpp(_) => SignalShape::Gpp,
            Reads::Gpc(_) => SignalShape::Gpc,
            Reads::ConsentMode(_) => SignalShape::ConsentMode,
        }
    }

    /// The same signal of the row as it was: the steps of `at` take the place of as many
    /// at the start of its path. `None`: it stands in a header, or not so deep.
    pub(crate) fn as_it_was(&self, at: &Selector) -> Option<Signal> {
        let rest = self.path()?.steps.get(at.steps.len()..)?;
        let steps: Vec<Step> = at.steps.iter().chain(rest).cloned().collect();
        (!rest.is_empty()).then(|| Signal {
            at: At::Value(Selector { steps }),
            ..self.clone()
        })
    }

    /// The path in the value, where it stands there.
    pub(crate) fn path(&self) -> Option<&Selector> {
        match &self.at {
            At::Value(path) => Some(path),
            At::Header(_) => None,
        }
    }

    /// As a report calls it: its path, or its header.
    pub(crate) fn place(&self) -> String {
        match &self.at {
            At::Value(path) => path.to_string(),
            At::Header(name) => format!("header.{name}"),
        }
    }

    /// The categories that it speaks for; `None`: any.
    pub(crate) fn categories(&self) -> Option<Vec<&Spelled>> {
        fn of<T>(means: &Means<T>) -> Vec<&Spelled> {
            means.iter().map(|(category, _)| category).collect()
        }
        Some(match &self.reads {
            Reads::Object { means: None, .. } => return None,
            Reads::Object {
                means: Some(means), ..
            }
            | Reads::Lists { means, .. }
            | Reads::Pairs(means) => of(means),
            Reads::Scalar { category, .. } => vec![category],
            Reads::Tcf(means) => of(means),
            Reads::Gpp(means) => of(means),
            Reads::Gpc(categories) => categories.iter().collect(),
            Reads::ConsentMode(means) => of(means),
        })
    }

    /// True when it speaks for that category.
    pub(crate) fn speaks_for(&self, category: &str) -> bool {
        let all = self.categories();
        all.is_none_or(|all| all.iter().any(|c| c.value == category))
    }

    /// True when something that it says can grant that category.
    pub(crate) fn can_grant(&self, category: &str) -> bool {
        let grants = match &self.reads {
            Reads::Object { grants, .. } | Reads::Scalar { grants, .. } => !grants.is_empty(),
            Reads::Lists { granted, .. } => granted.is_some(),
            Reads::Pairs(_) | Reads::Tcf(_) | Reads::ConsentMode(_) => true,
            Reads::Gpp(means) => means
                .iter()
                .any(|(c, gpp)| c.value == category && gpp.tcf.is_some()),
            Reads::Gpc(_) => false,
        };
        grants && self.speaks_for(category)
    }

    /// The paths of single values that it reads.
    pub(crate) fn scalars(&self) -> Vec<Selector> {
        let Some(path) = self.path() else {
            return Vec::new();
        };
        match &self.reads {
            Reads::Object { .. } => Vec::new(),
            Reads::Lists {
                granted, denied, ..
            } => {
                let lists = granted.iter().chain(denied);
                lists.map(|list| below(path, list)).collect()
            }
            _ => vec![path.clone()],
        }
    }

    /// The object of which every member may be read.
    pub(crate) fn object(&self) -> Option<&Selector> {
        match self.reads {
            Reads::Object { .. } | Reads::ConsentMode(_) => self.path(),
            _ => None,
        }
    }
}

/// A path that is written from another one on.
pub(crate) fn below(path: &Selector, inner: &Selector) -> Selector {
    let mut steps = path.steps.clone();
    steps.extend(inner.steps.iter().cloned());
    Selector { steps }
}

/// A member of what stands at a path.
pub(crate) fn member(path: &Selector, name: &str) -> Selector {
    let mut path = path.clone();
    path.steps.push(Step::Name(name.to_owned()));
    path
}
