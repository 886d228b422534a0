//! Whole schemas, kept so that another policy binds them without asking for them again: a
//! registry never gives an id another text.

use std::collections::HashMap;
use std::sync::Arc;

use super::fetched::Text;
use crate::schema::frame::SchemaId;

/// Most bytes of all of them.
const BYTES_MAX: usize = 64 << 20;

/// Schemas by id.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashMap<SchemaId, Arc<Text>>,
    bytes: usize,
}

impl Texts {
    /// The schema of that id, if it is kept.
    pub(super) fn of(&self, id: &SchemaId) -> Option<Arc<Text>> {
        self.known.get(id).cloned()
    }

    /// Keeps a schema. Where there is no room all others go: they are asked for again.
    pub(super) fn keep(&mut self, id: SchemaId, text: Arc<Text>) {
        let bytes = text.len();
        if self.bytes + bytes > BYTES_MAX {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        if let Some(old) = self.known.insert(id, text) {
            self.bytes -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::registry::call::Kind;

    #[test]
    fn there_is_never_more_than_there_is_room_for() {
        let text = |length: usize| {
            Arc::new(Text {
                kind: Kind::Avro,
                text: "x".repeat(length).into(),
                references: Vec::new(),
            })
        };
        let mut texts = Texts::default();
        let (a, b) = (SchemaId::Number(1), SchemaId::Number(2));
        texts.keep(a, text(BYTES_MAX / 2));
        texts.keep(b, text(BYTES_MAX / 2));
        assert!(texts.of(&a).is_some() && texts.of(&b).is_some());
        texts.keep(a, text(10));
        assert!(texts.of(&b).is_none() && texts.bytes == 10);
        texts.keep(a, text(20));
        assert_eq!(texts.bytes, 20);
    }
}
