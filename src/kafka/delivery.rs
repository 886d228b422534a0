//! The promise about how often a record reaches an output.

/// How often a record may reach an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Once: outputs, quarantine and offsets are committed in one transaction.
    #[default]
    ExactlyOnce,
    /// Once or more: offsets are committed when everything that comes before them
    /// is acknowledged, so that after a crash or a rebalance some records are
    /// written again. For clusters without transactions.
    AtLeastOnce,
}

impl Delivery {
    /// The word of settings and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Delivery::ExactlyOnce => "exactly_once",
            Delivery::AtLeastOnce => "at_least_once",
        }
    }
}
