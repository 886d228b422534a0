//! What the gate decided about one record, output by output.

use super::Reason;

/// For each output, by its bit: may the record go there, and if not, why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    permitted: u64,
    clearing: u64,
    minor: u64,
    no_mechanism: u64,
    erased: u64,
    restricted: u64,
    consent_stale: u64,
    no_consent: u64,
    not_selected: u64,
    tombstone_dropped: u64,
}

impl Verdict {
    /// The record may go to that output.
    pub(crate) fn permit(&mut self, output: usize) {
        self.permitted |= 1 << output;
    }

    /// The record may not go to that output.
    ///
    /// # Panics
    /// When `reason` is none that withholds.
    pub(crate) fn withhold(&mut self, output: usize, reason: Reason) {
        *self.bits(reason) |= 1 << output;
    }

    /// Its withholding there leaves a tombstone, so that a state which was
    /// permitted once does not stay.
    pub(crate) fn clear_with_tombstone(&mut self, output: usize) {
        self.clearing |= 1 << output;
    }

    /// Nothing to clear there after all: the record has no key.
    pub(crate) fn nothing_to_clear(&mut self, output: usize) {
        self.clearing &= !(1 << output);
    }

    /// True when the record may go to that output.
    pub(crate) fn is_permitted(&self, output: usize) -> bool {
        self.permitted & 1 << output != 0
    }

    /// True when the record leaves a clearing tombstone at that output.
    pub(crate) fn is_clearing(&self, output: usize) -> bool {
        self.clearing & 1 << output != 0
    }

    /// Why the record is withheld from that output.
    pub(crate) fn withheld(mut self, output: usize) -> Option<Reason> {
        Self::REASONS
            .into_iter()
            .find(|reason| *self.bits(*reason) & 1 << output != 0)
    }

    /// True when no output gets anything of the record.
    pub(crate) fn is_empty(&self) -> bool {
        self.permitted | self.clearing == 0
    }

    const REASONS: [Reason; 8] = [
        Reason::Minor,
        Reason::NoMechanism,
        Reason::Erased,
        Reason::Restricted,
        Reason::ConsentStale,
        Reason::NoConsent,
        Reason::NotSelected,
        Reason::TombstoneDropped,
    ];

    fn bits(&mut self, reason: Reason) -> &mut u64 {
        match reason {
            Reason::Minor => &mut self.minor,
            Reason::NoMechanism => &mut self.no_mechanism,
            Reason::Erased => &mut self.erased,
            Reason::Restricted => &mut self.restricted,
            Reason::ConsentStale => &mut self.consent_stale,
            Reason::NoConsent => &mut self.no_consent,
            Reason::NotSelected => &mut self.not_selected,
            Reason::TombstoneDropped => &mut self.tombstone_dropped,
            _ => unreachable!("the other reasons refuse the record"),
        }
    }
}
