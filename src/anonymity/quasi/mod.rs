//! Quasi-identifiers: what of a person others may know, and the classes that a value of
//! it can be hidden in.
//!
//! A value becomes a *code*. The codes of one quasi-identifier lie on a **line** of cells
//! ([`mod@line`]), of which any run is a class, or are the leaves of a **tree** ([`tree`]),
//! of which the nodes are. Equal values have equal codes; the lowest one stands for a
//! value that is not there.
//!
//! What a class loses is its normalised certainty penalty (Xu et al., "Utility-based
//! anonymization using local recoding", KDD 2006), a whole number of 2^-20, so that the
//! same classes come out on every machine.

mod bounds;
mod domain;
mod form;
mod hierarchy;
pub mod line;
mod network;
mod prefix;
mod steps;
mod time;
pub mod tree;

pub use bounds::{Bounds, End};
pub use domain::{Domain, Leaf, Values};
pub use form::{ClassEnd, ClassForm, EndSpelling};
pub use hierarchy::{BadHierarchy, Hierarchy};
use line::Line;
pub use network::Networks;
pub use prefix::{Leaves, Prefixes};
pub use steps::Steps;
pub use time::{TimeStep, Times};
use tree::Tree;

/// The loss of a class that says nothing: 1, in the unit of all losses.
pub const WHOLE: u64 = 1 << 20;
/// The code of a value that is not there.
pub const MISSING: u32 = 0;
/// Most cells of a line, and leaves of a tree.
pub const CELLS_MAX: u32 = 1_000_000;
/// Heaviest weight of a quasi-identifier.
pub const WEIGHT_MAX: u8 = 10;

/// A class of codes: of a line, its lowest and highest one; of a tree, its lowest leaf and
/// the level of the node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

/// How the codes of a quasi-identifier lie beside each other.
#[derive(Clone)]
pub enum Scale {
    /// On a line.
    Line(Line),
    /// Under a root.
    Tree(Tree),
}

/// One quasi-identifier in the records of a release.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// How its codes lie.
    pub scale: &'a Scale,
    /// How much its loss counts beside that of the others, 1 to [`WEIGHT_MAX`].
    pub weight: u8,
    /// The code of each record.
    pub codes: &'a [u32],
}

/// Why something is not a domain of a quasi-identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADomain {
    /// A step of zero or less.
    #[error("a step must be above 0")]
    NoStep,
    /// An empty range.
    #[error("`top` must be above `bottom`")]
    NotAbove,
    /// The range ends inside a step.
    #[error("`bottom` and `top` must lie whole steps apart")]
    NotWholeSteps,
    /// Steps that do not lie in one another.
    #[error("each step must be a multiple of the one before it, and larger")]
    NotNested,
    /// A range that begins inside a step.
    #[error("`bottom` and `top` must be multiples of the smallest step")]
    NotAligned,
    /// More digits than there is room for.
    #[error("at most 12 digits behind the point and 37 before it")]
    TooFine,
    /// More cells than there is room for.
    #[error("at most 1,000,000 steps may lie between `bottom` and `top`")]
    TooMany,
    /// A level that no value can have.
    #[error("each level must be coarser than the one before it, and within what a value has")]
    NoLevel,
}

impl Scale {
    /// The class of one code.
    #[inline]
    pub(crate) fn of(&self, code: u32) -> Reach {
        match self {
            Scale::Line(_) => Reach {
                low: code,
                high: code,
            },
            Scale::Tree(_) => Tree::of_leaf(code),
        }
    }

    /// The least class that holds both.
    #[inline]
    pub(crate) fn join(&self, a: Reach, b: Reach) -> Reach {
        match self {
            Scale::Line(_) => Reach {
                low: a.low.min(b.low),
                high: a.high.max(b.high),
            },
            Scale::Tree(tree) => tree.join(a, b),
        }
    }

    /// What a class loses, 0 to [`WHOLE`].
    #[inline]
    pub fn loss(&self, reach: Reach) -> u64 {
        match self {
            Scale::Line(line) => line.loss(reach.low, reach.high),
            Scale::Tree(tree) => tree.loss(reach),
        }
    }

    /// How many codes there are.
    pub(crate) fn codes(&self) -> u32 {
        match self {
            Scale::Line(line) => line.codes(),
            Scale::Tree(tree) => tree.leaves(),
        }
    }

    /// What every member of a class gets: a range, a node's name, `*` where values are
    /// missing of some of its members; `None` where they are of all.
    pub fn label(&self, reach: Reach) -> Option<String> {
        match self {
            Scale::Line(line) => match line.bounds(reach) {
                Some(bounds) => Some(bounds.label()),
                None if reach.high == MISSING => None,
                None => Some("*".to_owned()),
            },
            Scale::Tree(tree) => tree.name(reach).map(str::to_owned),
        }
    }

    /// The same as two ends; both are open where a value is missing, where a class is the
    /// root, and in scales that have no order.
    pub fn bounds(&self, reach: Reach) -> Bounds {
        match self {
            Scale::Line(line) => line.bounds(reach),
            Scale::Tree(tree) => tree.bounds(reach),
        }
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
