//! The schemas that quarantined records name, asked for while they are replayed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use super::connection::Connection;
use crate::cli::{Exit, Failure, screen};
use veilstream::kafka::errors::{Class, Failure as Refusal};
use veilstream::repair::Item;
use veilstream::schema::binding::Binding;
use veilstream::schema::frame::{Framings, Part};
use veilstream::schema::registry::{
    Asking, Binder, Client, Key, NotKnown, PlanBinder, Unregistered, framings,
};
use veilstream::schema::{Bindings, KnownById};

/// Who asks the registry of the settings.
pub struct Schemas<'s> {
    ask: Box<Ask<'s>>,
    framings: Framings,
    /// Keys name schemas too.
    has_keys: bool,
    /// Why it could not be asked to the end.
    not_known: RefCell<Option<NotKnown>>,
}

type Ask<'s> = dyn FnMut(BTreeSet<Key>) -> Result<Arc<KnownById>, NotKnown> + 's;

impl<'s> Schemas<'s> {
    /// `None`: the records of that policy name no schemas. With `only_looks` what leaves is
    /// not registered.
    ///
    /// # Errors
    /// 78: no registry is named, or it cannot be asked as it is named.
    pub fn of(
        connection: &Connection,
        only_looks: bool,
        stop: &'s dyn Fn() -> bool,
    ) -> Result<Option<Schemas<'s>>, Failure> {
        if !connection.plan.source.format.is_by_id() {
            return Ok(None);
        }
        let Some(registry) = &connection.settings.registry else {
            let what = "records name their schemas by id, and no registry is named";
            let failure = Failure::new(Exit::Config, what);
            return Err(failure.help(
                "write `registry: { urls: [\"https://registry.example:8081\"] }` into the settings",
            ));
        };
        let client = Client::new(&registry.access);
        let client = client.map_err(|e| Failure::new(Exit::Config, e.to_string()))?;
        let client = client.by(connection.plan.source.ids);
        let binder = PlanBinder(Arc::clone(&connection.plan));
        let seed = RandomState::new().build_hasher().finish();
        let registers = registry.rules.registers;
        Ok(Some(Schemas {
            has_keys: connection.plan.source.key_format.is_some(),
            ask: match only_looks {
                true => asks(Asking::new(Unregistered(binder), client, false, seed), stop),
                false => asks(Asking::new(binder, client, registers, seed), stop),
            },
            framings: framings(&connection.plan.source),
            not_known: RefCell::new(None),
        }))
    }

    /// What is known of the schemas of those records.
    ///
    /// # Errors
    /// Not all was answered; [`Schemas::failure`] says why.
    pub fn bindings(&mut self, items: &[Item]) -> Result<Arc<Bindings>, Refusal> {
        let framings = self.framings;
        let all = items
            .iter()
            .flat_map(|item| keys(item, framings, self.has_keys));
        match (self.ask)(all.collect()) {
            Ok(known) => Ok(Arc::new(Bindings::by_id(framings, known))),
            Err(why) => {
                let refusal = Refusal::new(Class::Unclear, why.to_string());
                *self.not_known.borrow_mut() = Some(why);
                Err(refusal)
            }
        }
    }

    /// Why not all was answered, if that is why the replay ended.
    pub fn failure(&self) -> Option<Failure> {
        let why = self.not_known.borrow();
        Some(match why.as_ref()? {
            NotKnown::Trouble(trouble) => Failure::new(Exit::Unavailable, trouble.to_string())
                .help("run it again when it answers: no record is replayed twice"),
            NotKnown::Stopped => Failure::new(Exit::Unavailable, "stopped before the end")
                .why("a schema was being asked for")
                .help("run it again to go on: no record is replayed twice"),
        })
    }
}

/// The schemas of a record and of its key; what cannot be read has none.
fn keys(item: &Item, framings: Framings, has_keys: bool) -> impl Iterator<Item = Key> {
    let opened = &item.opened;
    let key = opened.key.as_ref().filter(|_| has_keys);
    let parts = [(Part::Value, opened.value.as_ref()), (Part::Key, key)];
    parts.into_iter().filter_map(move |(part, bytes)| {
        let headers = opened.headers.iter().map(|(name, value)| {
            let value = value.as_ref().map_or(&[][..], |value| value.as_slice());
            (name.as_slice(), value)
        });
        Key::read(framings.of(part), part, bytes?, headers).ok()
    })
}

fn asks<'s, B>(mut asking: Asking<B, Client>, stop: &'s dyn Fn() -> bool) -> Box<Ask<'s>>
where
    B: Binder<Binding = Arc<Binding>> + 's,
    B::Draft: 's,
{
    Box::new(move |keys| {
        let known = asking.known(keys, &|wait| {
            std::thread::sleep(wait);
            !stop()
        });
        while let Some(complaint) = asking.complaint() {
            screen::tell(&format!("{complaint}\n"));
        }
        known
    })
}
