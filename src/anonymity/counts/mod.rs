//! Differentially private counts: what of a person counts, how much noise hides it, which
//! cells leave, and what all windows together have said.
//!
//! ε bounds what the rows of one window say of one person, whoever reads them and whatever
//! they know. Noise that is drawn by a key holds only against who has not the key, and
//! cannot compute it. Windows add up: a budget says how far.

mod bounding;
mod budget;
mod mechanism;
mod selection;
mod step;

pub use bounding::{Bound, Counted, InCell, Window};
pub use budget::{Budget, OverBudget, Spent};
pub use mechanism::{Contribution, Mechanism, NoMechanism, Noise};
pub use selection::threshold;
pub use step::Step;

#[cfg(test)]
mod tests;
