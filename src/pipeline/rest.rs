//! What becomes of a record once it is read, in a format that is not JSON.

use std::sync::Arc;

use super::listed::list;
use super::pass::Pass;
use super::worker::Serving;
use crate::consent::state::Snapshot;
use crate::consent::{self, Gate};
use crate::decode::{Decoded, Decoder};
use crate::pipeline::OutRecords;
use crate::pipeline::tally::Tally;
use crate::plan::Plan;
use crate::record::Refusal;
use crate::record::counts::Counts;
use crate::record::event_time::Now;
use crate::record::format::Format;
use crate::schema::Bindings;
use crate::transform::stage::{self, Outgoing, Transformer, Under};

/// What a record is read with.
pub(super) struct Reading<'s> {
    pub(super) plan: &'s Arc<Plan>,
    pub(super) decoder: &'s mut Decoder,
}

/// What is needed of a worker once a record is decoded.
pub(super) struct Rest<'s> {
    gate: &'s mut Gate,
    state: &'s Snapshot,
    now: Now,
    transformer: &'s mut Transformer,
    outgoing: &'s mut Outgoing,
    records: &'s mut OutRecords,
    tally: &'s mut Tally,
    counts: &'s mut Counts,
}

impl Serving {
    /// What a record is read with, the schemas that there are, and what does the rest.
    pub(super) fn parts(&mut self) -> (Reading<'_>, Option<&Arc<Bindings>>, Rest<'_>) {
        let Serving {
            plan,
            decoder,
            gate,
            state,
            transformer,
            now,
            outgoing,
            records,
            tally,
            counts,
            bindings,
            ..
        } = self;
        let rest = Rest {
            gate,
            state,
            now: *now,
            transformer,
            outgoing,
            records,
            tally,
            counts,
        };
        (Reading { plan, decoder }, bindings.as_ref(), rest)
    }
}

impl<'s> Rest<'s> {
    /// Does with it what a pass does.
    ///
    /// # Errors
    /// The reason why it is not written.
    pub(super) fn go_on<F: Format>(
        self,
        decoded: Decoded<'s, F::Reader>,
        under: &Under<'_, F>,
        pass: Pass,
    ) -> Result<(), Refusal> {
        let unnamed = decoded.unnamed();
        let permitted = consent::permit(decoded, under.plan, self.state, self.gate, self.now)?;
        if pass == Pass::Asks {
            stage::ask(permitted, under, self.transformer);
            return Ok(());
        }
        let sanitized =
            stage::sanitize(permitted, under, self.now, self.transformer, self.outgoing)?;
        let listed = list(sanitized, self.records);
        listed.count(&self.outgoing.headers, self.tally, self.counts);
        self.counts.unnamed += unnamed;
        Ok(())
    }
}
