//! The schema registry of a stream: asked by a desk of its own, and before anything is
//! read for the newest schemas of the source.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::StreamError;
use super::conductor::Conductor;
use crate::kafka::conditions::Part;
use crate::kafka::intake::SchemaDesk;
use crate::kafka::messages::End;
use crate::kafka::vital::Vital;
use crate::plan::{Format, Plan};
use crate::schema::frame::{MessagePath, Part as Of};
use crate::schema::registry::{Access, Client, Refusal, Rules, Subject};

/// Between two looks whether something is bound.
const LOOK: Duration = Duration::from_millis(20);

/// How schemas are had that records name by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryConfig {
    /// How the registry is reached.
    pub access: Access,
    /// What is decided of it.
    pub rules: Rules,
}

/// The desk of a stream with that plan; `None`: its records name no schemas.
///
/// # Errors
/// No registry is named, it cannot be reached as it is named, or the system gives no
/// thread.
pub(super) fn desk(
    config: Option<&RegistryConfig>,
    plan: &Arc<Plan>,
    vital: &Vital,
) -> Result<Option<Arc<SchemaDesk>>, StreamError> {
    if !plan.source.format.is_by_id() {
        return Ok(None);
    }
    let config = config.ok_or(StreamError::NoRegistry)?;
    let client = Client::new(&config.access)?.by(plan.source.ids);
    let seed = RandomState::new().build_hasher().finish();
    let desk = SchemaDesk::start(client, config.rules, plan, (seed, vital))?;
    Ok(Some(Arc::new(desk)))
}

impl Conductor {
    /// Binds the newest schema of each topic that is read, so that a policy that can make
    /// nothing of it is known before any record is. `Some`: the stream ends so.
    pub(super) fn bind_ahead(&self, plan: &Arc<Plan>) -> Option<End> {
        let desk = self.schemas.as_ref()?;
        desk.bind_to(plan);
        let mut open: BTreeSet<Box<str>> = BTreeSet::new();
        let of = &plan.source;
        let keys = of.key_format.as_ref().map(|format| (Of::Key, format));
        let parts = [(Of::Value, &of.format)].into_iter().chain(keys);
        // Which message of a schema of Protobuf they are only the records say: another one
        // would be registered beside theirs.
        let parts = parts.filter(|(_, format)| !matches!(format, Format::ProtobufById(_)));
        for ((part, _), topic) in parts.flat_map(|p| of.topics.iter().map(move |t| (p, t))) {
            let name: Box<str> = format!("{topic}-{}", part.as_str()).into();
            desk.warm(Subject {
                part,
                name: name.clone(),
                message: MessagePath::FIRST,
            });
            open.insert(name);
        }
        loop {
            for warmed in desk.warmed() {
                open.remove(&warmed.subject.name);
                if let Err((refusal, what)) = warmed.came
                    && refusal != Refusal::Unknown
                {
                    return Some(unusable(&warmed.subject.name, refusal, &what));
                }
            }
            if open.is_empty() {
                self.conditions.clear(Part::Schemas);
                desk.tell(&self.conditions, &*self.observer);
                return None;
            }
            if self.is_stopping() {
                return Some(self.stopped());
            }
            self.liveness.beat(Instant::now());
            desk.tell(&self.conditions, &*self.observer);
            if !desk.is_in_trouble() {
                let what = "waiting for the newest schemas of the source";
                self.conditions.awaits(Part::Schemas, what);
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn unusable(subject: &str, refusal: Refusal, what: &str) -> End {
    let help = match refusal {
        Refusal::Incompatible => {
            "write to another topic, or change the compatibility of its subject in the registry"
        }
        _ => "`veil check POLICY --registry URL` shows which field it is",
    };
    End::Unusable {
        what: format!("the policy cannot be used with the newest schema of `{subject}`: {what}"),
        help: help.to_owned(),
    }
}
