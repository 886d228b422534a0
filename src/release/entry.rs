//! What one window spent, as a line of a ledger and as a row of the state.

use serde::{Deserialize, Serialize};

use super::instant::spelled;
use super::windows::Closed;
use crate::anonymity::counts::Budget;
use crate::anonymity::ratio::Ratio;
use crate::crypto::digest;
use crate::plan::Output;
use crate::plan::counting::Counting;

/// Bytes of a digest of a line.
const DIGEST_BYTES: usize = 16;

/// A digest of a line, as it is kept.
pub(super) type LineDigest = [u8; DIGEST_BYTES];

/// One window of one output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The digest of the line before it: none can be changed or taken out unseen but the
    /// last ones. Empty in a row.
    pub(super) after: String,
    pub(super) budget: String,
    /// How much the budget was, and in which period, when it was asked for. Those who wrote
    /// before the third version of a ledger did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget_epsilon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget_per_ms: Option<u64>,
    pub(super) output: String,
    from: String,
    to: String,
    epsilon: String,
    delta: String,
    /// What was counted, how, and by which key: the same again says nothing more.
    cut: String,
    how: String,
    key: String,
    /// The digest of all of it but this: a line that was changed is none.
    line: String,
}

/// What an entry says in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// From when to when, milliseconds since 1970.
    pub(super) window: (i64, i64),
    pub(super) epsilon: Ratio,
    /// How much the budget was; `None`: it does not say.
    pub(super) size: Option<Budget>,
}

impl Entry {
    /// What a window of an output spends, as a row.
    pub(super) fn of(output: &Output, counting: &Counting, closed: &Closed) -> Entry {
        let spends = &counting.spends;
        let open = Entry {
            after: String::new(),
            budget: spends.name.to_string(),
            budget_epsilon: None,
            budget_per_ms: None,
            output: output.topic.to_string(),
            from: spelled(closed.window.0),
            to: spelled(closed.window.1),
            epsilon: spends.epsilon.to_string(),
            delta: spends.delta.to_string(),
            cut: hex(&counting.draws.mark(closed.window, &closed.cut)),
            how: counting.how.to_string(),
            key: counting.key.to_string(),
            line: String::new(),
        };
        open.under(Some(spends.budget)).following(String::new())
    }

    /// The same, asked for under a budget of that size.
    pub(super) fn under(self, size: Option<Budget>) -> Entry {
        let open = Entry {
            budget_epsilon: size.map(|size| size.epsilon.to_string()),
            budget_per_ms: size.map(|size| size.per_ms),
            ..self
        };
        open.sealed()
    }

    /// The same as the line that follows the one of that digest.
    pub(super) fn following(self, after: String) -> Entry {
        Entry { after, ..self }.sealed()
    }

    /// With the digest of its line.
    fn sealed(mut self) -> Entry {
        self.line.clear();
        self.line = after(&self.json());
        self
    }

    /// The digest of its line is that of what stands in it.
    pub(super) fn is_whole(&mut self) -> bool {
        let said = std::mem::take(&mut self.line);
        let is = after(&self.json());
        self.line = said;
        self.line == is
    }

    /// As a line, without its end.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    /// `None`: it says something that no entry does.
    pub(super) fn figures(&self) -> Option<Figures> {
        let ms = |text: &str| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond());
        let size = match (&self.budget_epsilon, self.budget_per_ms) {
            (Some(epsilon), Some(per_ms)) => Some(Budget {
                epsilon: ratio(epsilon)?,
                per_ms,
            }),
            (None, None) => None,
            _ => return None,
        };
        Some(Figures {
            window: (ms(&self.from)?, ms(&self.to)?),
            epsilon: ratio(&self.epsilon)?,
            size,
        })
    }

    /// The digest of its line; `None`: it has none.
    pub(super) fn line_digest(&self) -> Option<LineDigest> {
        let bytes = data_encoding::HEXLOWER.decode(self.line.as_bytes()).ok()?;
        bytes.try_into().ok()
    }

    /// That of the line before it.
    pub(super) fn after_digest(&self) -> Option<LineDigest> {
        let bytes = data_encoding::HEXLOWER.decode(self.after.as_bytes()).ok()?;
        bytes.try_into().ok()
    }
}

/// The digest by which the next line follows this one.
pub(super) fn after(line: &str) -> String {
    hex(&digest::sha256(line.as_bytes())[..DIGEST_BYTES])
}

pub(super) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// `1/2`.
fn ratio(text: &str) -> Option<Ratio> {
    let (n, d) = text.split_once('/')?;
    Ratio::new(n.parse().ok()?, d.parse().ok()?)
}
