//! What the policy says of why data leaves and who answers for it.

use jiff::civil::Date;

use super::spelled::Spelled;
use crate::categories;

/// What the data was collected for.
pub(crate) struct Purposes {
    /// Where it stands.
    pub(crate) collected_for: Vec<Spelled>,
    pub(crate) compatible: Vec<Compatible>,
    /// What purposes of somebody's own begin with.
    pub(crate) own: Vec<String>,
}

/// A purpose that goes with those.
pub(crate) struct Compatible {
    pub(crate) purpose: Spelled,
    pub(crate) because: String,
    /// Its last day.
    pub(crate) until: Date,
}

impl Purposes {
    /// The one of those collected for that `purpose` lies under.
    pub(crate) fn collected(&self, purpose: &str) -> Option<&Spelled> {
        let mut all = self.collected_for.iter();
        all.find(|c| categories::is_at_or_below(purpose, &c.value))
    }

    /// What says that `purpose` is compatible; the entry that lasts longest.
    pub(crate) fn compatible(&self, purpose: &str) -> Option<&Compatible> {
        let all = self.compatible.iter();
        let of = all.filter(|c| categories::is_at_or_below(purpose, &c.purpose.value));
        of.max_by_key(|c| c.until)
    }
}
