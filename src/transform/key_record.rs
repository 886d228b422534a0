//! A record key that leaves as a record: written by the walk that values are written by.

use super::state::Scratch;
use super::walk::Walk;
use crate::action::{Asking, Cx};
use crate::plan::reading::{OutputReading, Reading};
use crate::plan::{KeyRecordId, KeyRecords, Output, Plan};
use crate::record::Reason;
use crate::record::format::{Format, JsonText, Prefixes};
use crate::record::ids::FieldId;
use crate::record::tape::Document;

/// The key of a record, in a format that has schemas, and what its keys are written with.
pub struct KeyRecord<'k, F: Format> {
    /// The plan whose keys leave as records.
    pub plan: &'k Plan,
    /// The key as it came in.
    pub document: Document<'k, F::Reader>,
    /// What each slot of its tape means to each of [`KeyRecords::outputs`].
    pub reading: &'k Reading,
    /// What they are written with, in that order.
    pub schemas: F::Schemas<'k>,
}

/// What the key of a record is written with, where it leaves as a record.
#[derive(Clone, Copy)]
pub struct KeyPen<'k> {
    /// It is in a format that is read and written as what it is.
    own: Option<&'k dyn WritesKey>,
    /// It is JSON: what stands in front of it, by place in [`KeyRecords::outputs`].
    prefixes: Prefixes<'k>,
}

impl<'k> KeyPen<'k> {
    /// As JSON, with nothing in front.
    pub const JSON: KeyPen<'static> = KeyPen::json(Prefixes::NONE);

    /// As JSON, behind those.
    pub const fn json(prefixes: Prefixes<'k>) -> KeyPen<'k> {
        KeyPen {
            own: None,
            prefixes,
        }
    }

    /// In the format that it came in.
    pub fn of<F: Format>(key: &'k KeyRecord<'_, F>) -> KeyPen<'k> {
        KeyPen {
            own: Some(key),
            prefixes: Prefixes::NONE,
        }
    }
}

/// Writes the key of a record, whatever its format is.
pub(super) trait WritesKey {
    /// Appends what one output makes of it.
    ///
    /// # Errors
    /// The reason of the first field that refuses its value.
    fn write(
        &self,
        id: KeyRecordId,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason>;

    /// Asks for what the actions of that output look up.
    fn ask(&self, id: KeyRecordId, asking: &mut Asking<'_>, scratch: &mut Scratch);
}

impl<'k, F: Format> KeyRecord<'k, F> {
    fn walk(&self, id: KeyRecordId) -> Walk<'k, 'k, F> {
        let (output, _) = records(self.plan).of(id);
        let at = usize::from(id.0);
        Walk {
            plan: self.plan,
            output,
            reading: self.reading.output(at),
            types: F::types(self.schemas, at, usize::from(KeyRecords::TABLE.0)),
            document: self.document,
        }
    }
}

impl<F: Format> WritesKey for KeyRecord<'_, F> {
    fn write(
        &self,
        id: KeyRecordId,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        F::begin(self.schemas, usize::from(id.0), buf);
        let walk = self.walk(id);
        walk.render(0, KeyRecords::TABLE, cx, scratch, buf)
    }

    fn ask(&self, id: KeyRecordId, asking: &mut Asking<'_>, scratch: &mut Scratch) {
        let walk = self.walk(id);
        walk.ask(0, KeyRecords::TABLE, asking, scratch);
    }
}

/// Appends what one output makes of a key with that pen; `json`: the key as JSON. False:
/// there is no key.
///
/// # Errors
/// The reason of the first field that refuses its value; `key_unreadable` where nothing
/// comes of a field that may not be left out: keys of several records would be one.
pub(super) fn write<F: Format>(
    (plan, id): (&Plan, KeyRecordId),
    pen: KeyPen<'_>,
    json: Option<Document<'_, JsonText>>,
    cx: &mut Cx<'_>,
    scratch: &mut Scratch,
    buf: &mut Vec<u8>,
) -> Result<bool, Reason> {
    let before = scratch.fields.len();
    let written = match (pen.own, json) {
        (Some(own), _) => own.write(id, cx, scratch, buf),
        (None, Some(document)) => {
            pen.prefixes.begin(usize::from(id.0), buf);
            let walk = of_json::<F::Text>(plan, records(plan).of(id), document);
            walk.render(0, KeyRecords::TABLE, cx, scratch, buf)
        }
        (None, None) => return Ok(false),
    };
    written.map_err(|reason| match (reason, scratch.refused) {
        // What must stand there does not.
        (Reason::WrongType, None) => Reason::KeyUnreadable,
        (reason, _) => reason,
    })?;
    let made = &scratch.fields[before..];
    let is_written = |field: &FieldId| made.iter().any(|m| m.is_written(*field));
    match records(plan).needed_by(id).iter().all(is_written) {
        true => Ok(true),
        false => Err(Reason::KeyUnreadable),
    }
}

/// Asks for what the actions of that output look up in the key.
pub(super) fn ask<F: Format>(
    (plan, id): (&Plan, KeyRecordId),
    pen: KeyPen<'_>,
    json: Option<Document<'_, JsonText>>,
    asking: &mut Asking<'_>,
    scratch: &mut Scratch,
) {
    match (pen.own, json) {
        (Some(own), _) => own.ask(id, asking, scratch),
        (None, Some(document)) => {
            let walk = of_json::<F::Text>(plan, records(plan).of(id), document);
            walk.ask(0, KeyRecords::TABLE, asking, scratch);
        }
        (None, None) => {}
    }
}

fn of_json<'w, 'd, F: for<'t> Format<Reader = JsonText, Types<'t> = ()>>(
    plan: &'w Plan,
    (output, reading): (&'w Output, &'w OutputReading),
    document: Document<'d, JsonText>,
) -> Walk<'w, 'd, F> {
    Walk {
        plan,
        output,
        reading,
        types: (),
        document,
    }
}

fn records(plan: &Plan) -> &KeyRecords {
    let records = plan.key_records.as_ref();
    records.expect("a plan with an output that writes such keys has them")
}
