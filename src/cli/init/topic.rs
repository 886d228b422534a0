//! A sample out of a topic: read from one end, without a group, so that nothing
//! is committed and nobody is moved.

use super::super::{Exit, Failure, cluster, sampled};
use std::ops::ControlFlow;
use veilstream::kafka::client::Clients;
use veilstream::kafka::errors::{Class, Failure as Refusal};
use veilstream::kafka::stored_topic::{Bounds, StoredTopic};
use veilstream::sample::Profile;

/// How a topic is sampled.
#[derive(clap::Args)]
pub struct Reading {
    /// With --from-topic: most records that are read, over all partitions
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "from_topic",
          value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// With --from-topic: which end of the partitions is read
    #[arg(
        long,
        value_name = "END",
        default_value = "newest",
        requires = "from_topic"
    )]
    end: End,
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum End {
    /// The records that were written last
    Newest,
    /// The records that are there the longest
    Oldest,
}

impl Reading {
    /// The profile of records of that topic, each partition's share of them.
    ///
    /// # Errors
    /// 78 when the settings cannot be used, 69 when the topic cannot be read.
    pub fn profile(&self, topic: &str) -> Result<Profile, Failure> {
        let settings = self.cluster.settings(&[])?;
        let clients = Clients::of_quarantine(&settings.properties, topic)
            .map_err(|e| Failure::new(Exit::Config, e.to_string()))?;
        let lying = StoredTopic::open(&clients, topic).map_err(|e| refused(&e))?;
        let mut profile = sampled::to_draft();
        let mut left = i64::from(self.limit);
        let mut partitions = i64::from(lying.partitions().end);
        for partition in lying.partitions() {
            let bounds = lying.bounds(partition).map_err(|e| refused(&e))?;
            // What an earlier partition did not have, a later one may give.
            let mut share = (left + partitions - 1) / partitions;
            partitions -= 1;
            if share <= 0 {
                break;
            }
            let span = self.span(bounds, share);
            lying
                .read(partition, span, &|| false, |record| {
                    let value = (!record.value.is_empty()).then_some(record.value);
                    sampled::add(&mut profile, value);
                    share -= 1;
                    left -= 1;
                    Ok(match share > 0 {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    })
                })
                .map_err(|e| refused(&e))?;
        }
        Ok(profile)
    }

    /// Offsets that are read: ends of transactions take offsets too, so the newest
    /// may be fewer than asked for.
    fn span(&self, bounds: Bounds, share: i64) -> (i64, i64) {
        match self.end {
            End::Oldest => (bounds.first, bounds.end),
            End::Newest => (bounds.first.max(bounds.end - share), bounds.end),
        }
    }
}

/// Why the topic cannot be read.
fn refused(failure: &Refusal) -> Failure {
    let told = Failure::new(Exit::Unavailable, failure.to_string());
    match failure.class {
        Class::Authorization => {
            told.help("grant Read and Describe on the topic; a group is not needed")
        }
        _ => told,
    }
}
