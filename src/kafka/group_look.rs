//! Asks the cluster who is in the group. Every broker is asked, so one that does
//! not answer leaves the question open.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use super::client::Clients;
use super::client_log::Asked;
use super::errors::{self, Class, Flags, classify};
use super::group_members::{Members, Own};
use super::library_text;

/// Longest wait for the answers.
const SLICE: Duration = Duration::from_secs(3);

/// Why it is not known who is in the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// In a few words.
    pub(crate) why: String,
    /// A right is missing: asking again changes nothing.
    pub(crate) forbidden: bool,
    /// The group is there, and this request does not describe its kind.
    pub(crate) undescribed: bool,
}

impl Unseen {
    /// The brokers answered, and not with what was asked.
    pub(crate) fn because(why: &str) -> Unseen {
        Unseen {
            why: why.to_owned(),
            forbidden: false,
            undescribed: false,
        }
    }

    fn of(error: &KafkaError) -> Unseen {
        let class = classify(errors::code_of(error), Flags::default());
        Unseen {
            why: errors::in_words(error),
            forbidden: class == Class::Authorization,
            undescribed: false,
        }
    }
}

/// The members of the group now; none when there is no such group, or when its
/// existence is hidden from us. Blocks for some seconds at most.
///
/// # Errors
/// It cannot be told.
pub fn look(clients: &Clients, own: &Own) -> Result<Members, Unseen> {
    let client = clients.observer().create_with_context(Asked);
    let client: BaseConsumer<Asked> = client.map_err(|e| Unseen::of(&e))?;
    let answer = client
        .fetch_group_list(Some(&clients.identity.group), SLICE)
        .map_err(|e| Unseen::of(&e))?;
    let read = library_text::read(|| {
        let group = answer.groups().first()?;
        let ids = group.members().iter().map(|m| m.client_id().to_owned());
        Some((group.state().to_owned(), ids.collect::<Vec<String>>()))
    });
    let Ok(found) = read else {
        return Err(Unseen::because("a member's client id is not UTF-8"));
    };
    let Some((state, client_ids)) = found else {
        return Ok(Members::default());
    };
    if client_ids.is_empty() && state == "Dead" {
        return Err(Unseen {
            undescribed: true,
            ..Unseen::because("the broker lists the group and does not describe it")
        });
    }
    // The binding keeps the group's error to itself, and it has no state then.
    if client_ids.is_empty() && state.is_empty() {
        return Err(Unseen::because("the broker does not show the group"));
    }
    Ok(Members::sort(client_ids.iter().map(String::as_str), own))
}
