//! What every kind of noise is, and where its draws come from.

use crate::action::characters::Characters;
use crate::action::{Action, Cx, Dial, Gives, Growth, Site, Type};
use crate::crypto::noise::{Draws, For, NoiseKey};
use crate::record::Reason;

/// For whom the same value has the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memo {
    Subject,
    Record,
}

/// What becomes of a value and the noise of it.
pub(super) trait Mechanism: Clone + Send + Sync + 'static {
    /// Everything that decides how noise becomes an answer.
    fn id(&self) -> String;
    fn is_clear(&self) -> bool;
    /// Characters of its answers to texts.
    fn writes(&self) -> Characters {
        Characters::default()
    }
    /// Distinct values that noise is spent on, if they are few.
    fn values(&self) -> Option<usize>;
    fn dials(&self) -> Vec<Dial>;
    fn is_bounded(&self) -> bool;
    fn gives(&self, from: Type) -> Option<Gives>;
    fn grows(&self) -> Growth;
    /// What leaves; `spent` says what its ε is of.
    fn says(&self, spent: &str) -> String;
    fn build(&self, site: &Site<'_>, source: Source) -> Box<dyn Action>;
}

/// Where the noise of a value comes from.
pub(super) struct Source {
    pub(super) key: NoiseKey,
    pub(super) memo: Memo,
    /// Records are taken apart, so that each element is one.
    pub(super) splits: bool,
}

impl Source {
    /// The noise of what `cx.bytes` holds.
    pub(super) fn draws(&self, cx: &mut Cx<'_>) -> Result<Draws, Reason> {
        let of = match self.memo {
            Memo::Subject => For::Subject(cx.subject.ok_or(Reason::NoSubject)?),
            Memo::Record => For::Record(cx.of_record(self.splits)?),
        };
        Ok(self.key.draws(of, cx.bytes, &mut cx.jobs.scratch))
    }
}
