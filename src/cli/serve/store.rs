//! Decisions in Kafka: written by one client, followed by another.

use crate::cli::{Exit, Failure, people::People};
use std::sync::Arc;
use std::time::Duration;
use veilstream::consent::state::Statement;
use veilstream::kafka::client::Clients;
use veilstream::kafka::decision_view::DecisionView;
use veilstream::kafka::decision_writer::DecisionWriter;
use veilstream::record::SubjectId;
use veilstream::settings::Settings;
use veilstream::subject::{Decisions, NotWritten, Place, Stand, Standings};

/// So long an answer waits for the decision to be seen, so that the page behind it shows
/// it: it is written already.
const SEEN: Duration = Duration::from_secs(1);

/// The topics of a policy.
pub(crate) struct Store {
    topic: Arc<str>,
    writer: DecisionWriter,
    view: DecisionView<Stand>,
}

impl Store {
    /// Opens both.
    ///
    /// # Errors
    /// 69 when a topic or the cluster is not there, 78 when the settings do not work.
    pub(crate) fn open(people: &People, settings: &Settings) -> Result<Store, Failure> {
        let live = people.live()?;
        let unavailable = |what: &dyn std::fmt::Display| {
            Failure::new(Exit::Unavailable, "the decisions cannot be reached").why(what)
        };
        let clients = Clients::of_decisions(&settings.properties)
            .map_err(|e| Failure::new(Exit::Config, e.to_string()))?;
        let writer = DecisionWriter::new(&settings.properties, &live.topic, &live.history)
            .map_err(|e| unavailable(&e))?;
        let stale_after = Duration::from_millis(u64::try_from(live.stale_after_ms).unwrap_or(0));
        let view = DecisionView::follow(&clients, &live.topic, stale_after, stand)
            .map_err(|e| unavailable(&e))?;
        Ok(Store {
            topic: Arc::clone(&live.topic),
            writer,
            view,
        })
    }

    /// Why it is not known how people stand; `None`: it is.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.view.trouble()
    }

    /// Waits until it is known how people stand.
    ///
    /// # Errors
    /// 69 when that takes longer than `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> Result<(), Failure> {
        let begun = std::time::Instant::now();
        while let Some(trouble) = self.trouble() {
            if begun.elapsed() >= patience {
                let what = "how people stand is not known";
                return Err(Failure::new(Exit::Unavailable, what).why(trouble));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits until a decision is seen. False: the time was over.
    pub(crate) fn wait_for(&self, place: &Place, patience: Duration) -> bool {
        let place = veilstream::kafka::decision_writer::Place {
            topic: Arc::clone(&place.topic),
            partition: place.partition,
            offset: place.offset,
        };
        self.view.wait_for(&place, patience)
    }

    /// The writer alone, without waiting for what it writes to be seen.
    ///
    /// # Errors
    /// As [`Decisions::write`].
    pub(crate) fn put(
        &self,
        who: SubjectId,
        category: &str,
        statement: &Statement,
    ) -> Result<Place, NotWritten> {
        let written = self.writer.write(who, category, statement);
        let place = written.map_err(|e| NotWritten { why: e.to_string() })?;
        Ok(Place {
            topic: place.topic,
            partition: place.partition,
            offset: place.offset,
        })
    }
}

fn stand(value: Option<&[u8]>, appended_ms: i64) -> Option<Stand> {
    let appended = jiff::Timestamp::from_millisecond(appended_ms);
    Stand::read(value, appended.unwrap_or_default())
}

impl Decisions for Store {
    fn topic(&self) -> Arc<str> {
        Arc::clone(&self.topic)
    }

    fn standing(&self, who: SubjectId) -> Option<Standings> {
        Some(self.view.of(who)?.into_iter().collect())
    }

    fn write(
        &self,
        who: SubjectId,
        category: &str,
        statement: &Statement,
    ) -> Result<Place, NotWritten> {
        let place = self.put(who, category, statement)?;
        self.wait_for(&place, SEEN);
        Ok(place)
    }
}
