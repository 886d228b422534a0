//! Where a record says what its subject permits, and how it says so.

use super::ReadId;
use crate::record::{Literal, SignalShape};

/// Most ids and codes that one signal tells apart: each is a bit of a word.
pub(crate) const IDS_MAX: usize = 64;

/// Purposes that a legitimate interest is never enough for, since 2.2 of the framework: 1,
/// and 3 to 6.
pub(crate) const CONSENT_ONLY: u32 = 0b11_1101;

/// The types of Google's Consent Mode; their place is their bit, and of the first four
/// the order of `gcd`.
pub(crate) const CONSENT_TYPES: [&str; 7] = [
    "ad_storage",
    "analytics_storage",
    "ad_user_data",
    "ad_personalization",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
];

/// One consent signal. Categories are bits of a word, by their place in
/// [`super::Plan::categories`].
pub(crate) enum Signal {
    /// An object of name → value.
    Object {
        /// The object itself: if it is there and is no object, all is denied.
        object: ReadId,
        /// For each category that it speaks for: its bit, and the members that must
        /// all grant.
        categories: Vec<(u8, Box<[ReadId]>)>,
        /// The values that grant.
        grants: Vec<Literal>,
    },
    /// One scalar that speaks for one category.
    Scalar {
        /// Where it stands.
        at: SignalAt,
        /// The category's bit.
        category: u8,
        /// What grants.
        grants: Vec<Literal>,
    },
    /// Arrays of ids.
    Lists {
        /// The object that holds them.
        object: ReadId,
        /// What is granted.
        granted: Option<ReadId>,
        /// What is denied.
        denied: Option<ReadId>,
        /// What the ids stand for.
        means: IdsMean,
    },
    /// Text of `ID:0` and `ID:1`.
    Pairs {
        /// Where it stands.
        at: SignalAt,
        /// What the ids stand for.
        means: IdsMean,
    },
    /// A TC string.
    Tcf {
        /// Where it stands.
        at: SignalAt,
        /// What is asked of it.
        means: TcfMeans,
        /// How old it may be, in milliseconds.
        max_age_ms: Option<i64>,
    },
    /// A GPP string.
    Gpp {
        /// Where it stands.
        at: SignalAt,
        /// What is asked of it.
        means: GppMeans,
        /// How old the TC string in it may be, in milliseconds.
        max_age_ms: Option<i64>,
    },
    /// Global Privacy Control.
    Gpc {
        /// Where it stands.
        at: SignalAt,
        /// The categories that it denies.
        categories: u64,
    },
    /// Consent Mode.
    ConsentMode {
        /// Where it stands.
        at: SignalAt,
        /// Members of an object there, each with the bit of its consent type.
        members: Vec<(u8, ReadId)>,
        /// For each category its bit, and the bits of the types that it needs.
        means: Vec<(u8, u8)>,
    },
}

/// Where a signal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignalAt {
    /// A value of the record.
    Value(ReadId),
    /// Headers of that name, upper and lower case the same.
    Header(Box<str>),
}

/// What ids stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdsMean {
    /// At most [`IDS_MAX`], each once; their place is their bit.
    pub(crate) ids: Vec<Box<str>>,
    /// For each category its bit, and the bits of the ids that it needs.
    pub(crate) categories: Vec<(u8, u64)>,
}

/// What is asked of a TC string: for each vendor, or for none, the categories and
/// what they need. A string is read once for each vendor.
pub(crate) type TcfMeans = Vec<(Option<u16>, Vec<(u8, TcfAsks)>)>;

/// What a category needs of a TC string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcfAsks {
    /// Purposes, purpose 1 in the lowest bit.
    pub purposes: u32,
    /// Special features, feature 1 in the lowest bit.
    pub special_features: u16,
    /// The vendor must have consent, or a legitimate interest, too.
    pub vendor: bool,
    /// By legitimate interest; otherwise by consent.
    pub by_interest: bool,
}

/// Opt-outs of a GPP string that deny.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptOuts(pub u8);

impl OptOuts {
    /// The sale of personal data.
    pub const SALE: OptOuts = OptOuts(1);
    /// Its sharing for advertising across contexts.
    pub const SHARING: OptOuts = OptOuts(2);
    /// Targeted advertising.
    pub const TARGETED: OptOuts = OptOuts(4);
    /// The processing of sensitive data.
    pub const SENSITIVE: OptOuts = OptOuts(8);
    /// All of them.
    pub const ALL: OptOuts = OptOuts(15);

    /// True when one of them is in both.
    pub const fn meets(self, other: OptOuts) -> bool {
        self.0 & other.0 != 0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: OptOuts) -> OptOuts {
        OptOuts(self.0 | other.0)
    }
}

/// What is asked of a GPP string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GppMeans {
    /// For each category its bit, and the opt-outs that deny it.
    pub(crate) opt_outs: Vec<(u8, OptOuts)>,
    /// What is asked of the TC string in section 2.
    pub(crate) tcf: TcfMeans,
}

impl Signal {
    /// Its shape.
    pub(crate) const fn shape(&self) -> SignalShape {
        match self {
            Signal::Object { .. } | Signal::Scalar { .. } => SignalShape::Plain,
            Signal::Lists { .. } => SignalShape::Lists,
            Signal::Pairs { .. } => SignalShape::Pairs,
            Signal::Tcf { .. } => SignalShape::Tcf,
            Signal::Gpp { .. } => SignalShape::Gpp,
            Signal::Gpc { .. } => SignalShape::Gpc,
            Signal::ConsentMode { .. } => SignalShape::ConsentMode,
        }
    }

    /// The categories that it speaks for.
    pub(crate) fn speaks_for(&self) -> u64 {
        fn bits(all: impl Iterator<Item = u8>) -> u64 {
            all.fold(0, |bits, bit| bits | 1 << bit)
        }
        fn of_tcf(means: &TcfMeans) -> u64 {
            bits(means.iter().flat_map(|(_, asks)| asks).map(|(bit, _)| *bit))
        }
        match self {
            Signal::Object { categories, .. } => bits(categories.iter().map(|(bit, _)| *bit)),
            Signal::Scalar { category, .. } => 1 << category,
            Signal::Lists { means, .. } | Signal::Pairs { means, .. } => {
                bits(means.categories.iter().map(|(bit, _)| *bit))
            }
            Signal::Tcf { means, .. } => of_tcf(means),
            Signal::Gpp { means, .. } => {
                bits(means.opt_outs.iter().map(|(bit, _)| *bit)) | of_tcf(&means.tcf)
            }
            Signal::Gpc { categories, .. } => *categories,
            Signal::ConsentMode { means, .. } => bits(means.iter().map(|(bit, _)| *bit)),
        }
    }
}
