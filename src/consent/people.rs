//! Who a record is about, and what is known of them elsewhere.

use super::state::{Decided, Mark, Memo, Narrowings, Snapshot};
use crate::plan::Plan;
use crate::record::event_time::Now;
use crate::record::format::Reader;
use crate::record::tape::Document;
use crate::record::value::View;
use crate::record::{Reason, SubjectId};

/// What the people of a record decided, all of them together, as bits of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Somebody of them granted.
    pub(super) granted: u64,
    /// Somebody of them denied: that counts before any grant.
    pub(super) denied: u64,
    /// A denial among them that ended a grant.
    pub(super) withdrawn: u64,
    /// The gravest mark on one of them.
    pub(super) mark: Option<Mark>,
}

/// What is kept from record to record to look people up.
#[derive(Default)]
pub(super) struct People {
    /// Canonical value of the first candidate that is there, then that of the one in work.
    value: Vec<u8>,
    /// How long the first is; 0: there is none.
    first: usize,
    /// Who the candidates are, by name.
    names: Vec<SubjectId>,
    memo: Memo,
    /// Of the batch in work: by which version it is decided, and who is in what leaves.
    pub(super) decided: Decided,
}

impl People {
    /// Another batch, decided by that version.
    pub(super) fn begin_batch(&mut self, version: u64) {
        self.decided.version = version;
        self.decided.who.clear();
    }

    /// Looks every candidate up that is there, and notes them in [`People::decided`].
    /// `None`: there are some, and none of them can be read. A sentinel is nobody.
    ///
    /// # Errors
    /// `duplicate_key` when one is found several times.
    pub(super) fn look_up<R: Reader>(
        &mut self,
        value: &Document<'_, R>,
        plan: &Plan,
        (state, now): (&Snapshot, Now),
        text: &mut String,
    ) -> Result<Option<Known>, Reason> {
        self.value.clear();
        self.first = 0;
        self.names.clear();
        let mut cannot_be_read = false;
        for candidate in &plan.source.subject {
            let view = match value.unreadable(candidate.read) {
                Some(_) => {
                    cannot_be_read = true;
                    continue;
                }
                None => value.read_one(candidate.read)?.unwrap_or(View::Null),
            };
            let kind = &plan.subjects[usize::from(candidate.kind)];
            match kind.canon.value(view, text, &mut self.value) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => {
                    cannot_be_read = true;
                    continue;
                }
            }
            let index = kind.index.as_ref();
            let index = index.expect("who decides by people has the key that names them");
            let who = index.id(&self.value[self.first..]);
            match self.first {
                0 => self.first = self.value.len(),
                first => self.value.truncate(first),
            }
            self.names.push(who);
        }
        let is_known = self.first > 0 || !cannot_be_read;
        Ok(is_known.then(|| self.ask(plan, state, now)))
    }

    /// What those of [`People::names`] decided. Apart from naming them: the table lies in
    /// no cache, and what is asked of it in a row is waited for at once.
    fn ask(&mut self, plan: &Plan, state: &Snapshot, now: Now) -> Known {
        self.memo.begin(state, now);
        let mut known = Known::default();
        for who in &self.names {
            self.decided.who.push(Narrowings::short(*who));
            let standing = state.of(*who);
            // `Erased` is the lesser, and the graver.
            known.mark = match (known.mark, standing.mark) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            let said = self
                .memo
                .says(state, standing.profile, &plan.categories, now);
            known.granted |= said.granted;
            known.denied |= said.denied;
            known.withdrawn |= said.withdrawn;
        }
        known
    }

    /// Canonical text of the first candidate that was there.
    pub(super) fn first(&self) -> Option<&str> {
        let text = self.value[..self.first].get(1..)?;
        Some(std::str::from_utf8(text).expect("canonical text is UTF-8 behind its tag"))
    }

    /// Canonical text of the first candidate that is there, where nobody is looked up.
    ///
    /// # Errors
    /// `duplicate_key` when one is found several times; what the canonicaliser says of
    /// one that is there but cannot be read.
    pub(super) fn subject<R: Reader>(
        &mut self,
        value: &Document<'_, R>,
        plan: &Plan,
        text: &mut String,
    ) -> Result<Option<&str>, Reason> {
        self.value.clear();
        self.first = 0;
        for candidate in &plan.source.subject {
            // What cannot be read is nobody's.
            let view = match value.unreadable(candidate.read) {
                Some(_) => View::Null,
                None => value.read_one(candidate.read)?.unwrap_or(View::Null),
            };
            let kind = &plan.subjects[usize::from(candidate.kind)];
            if kind.canon.value(view, text, &mut self.value)? {
                self.first = self.value.len();
                break;
            }
        }
        Ok(self.first())
    }
}
