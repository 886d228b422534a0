//! What other rooms must know of an action, so that none asks for its name.

use std::ops::RangeInclusive;

use super::{Characters, CodedBy, Epochs};
use crate::anonymity::quasi::ClassForm;
use crate::record::Notes;

/// Privacy facts of an action with its parameters. The registry test tries each
/// on the examples.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The value can leave in clear: as it came, or so little coarser that values of
    /// the usual precision come through.
    pub(crate) clear: bool,
    /// A string leaves as it came, however long, whatever the producer puts
    /// there: no bound is written (bare `keep`).
    pub(crate) unbounded_text: bool,
    /// Of the [probes](super::probes), what it lets out in clear within the bound
    /// that is written.
    pub(crate) admits: Vec<&'static str>,
    /// Nothing leaves.
    pub(crate) drops: bool,
    /// Takes arrays and objects as they stand, whatever grows in them.
    pub(crate) takes_whole: bool,
    /// A code, not the value: equal inputs give equal ones in record after record,
    /// so whoever has no key joins them. What is [`clear`](Self::clear) joins too.
    pub(crate) linkable: bool,
    /// It keeps what values have in common: whoever can send values of their choice,
    /// and sees what becomes of them, reads others off.
    pub(crate) read_off: bool,
    /// A hash of another tool, with a salt and no key: whoever has the salt, or guesses
    /// it, tries a list of values.
    pub(crate) salted: bool,
    /// A hash without a key: whoever tries a list of values has the value.
    pub(crate) unkeyed: bool,
    /// The pseudonym never changes and the author has not said `epoch: none`.
    pub(crate) linkable_unsaid: bool,
    /// Everything that decides a code besides key and domain (space, canonicaliser,
    /// scope): two fields of which it is the same join.
    pub(crate) join_key: Option<CodedBy>,
    /// What it makes of one value differs from output to output, even within
    /// one domain (`scope: output`, `scope: record`).
    pub(crate) per_output: bool,
    /// Somebody with the key can go back.
    pub(crate) reversible: bool,
    /// Reads the record's subject (`scope: subject`).
    pub(crate) needs_subject: bool,
    /// Takes the type of a record key as text only: `raw` pseudonyms of a JSON
    /// number and of the key's text differ.
    pub(crate) type_sensitive: bool,
    /// A telephone number that begins with its country code and has no `+` becomes
    /// another person's; the word of `normalize` that tells the two apart.
    pub(crate) two_readings: Option<String>,
    /// Of a value that is hidden, its length shows; what the policy would write so
    /// that it does not.
    pub(crate) length_shows: Option<&'static str>,
    /// Its bound lets out words that name a person; what the policy would write so that
    /// it does not.
    pub(crate) toothless: Option<&'static str>,
    /// Parameters by which an advertiser knows a click again, and that leave in clear.
    pub(crate) click_ids: Vec<String>,
    /// What it writes of a text besides characters of that text.
    pub(crate) writes: Characters,
    /// Of a text leaves all but what its form tells.
    pub(crate) free_text: bool,
    /// A time leaves as the start of the step it lies in.
    pub(crate) time_step: Option<TimeStep>,
    /// Its codes change with every epoch.
    pub(crate) epochs: Option<Epochs>,
    /// It adds noise, and this is what the stated budget is of.
    pub(crate) noise: Option<NoiseSpent>,
    /// Rare values leave nearly as they came: an end is missing, or a step is too fine.
    pub(crate) open_end: Option<OpenEnd>,
    /// How many values it takes as one, where it takes several.
    pub(crate) parts: Option<RangeInclusive<usize>>,
    /// It is decided by the release of a record what leaves of the value.
    pub(crate) quasi: Option<InClass>,
    /// What it leaves of a trait that many share.
    pub(crate) grade: Option<Grade>,
    /// What it may say of a value to be counted, those that it holds included.
    pub(crate) notes: Notes,
}

impl Facts {
    /// Equal values leave equal in two records of one output, whosever they are: values
    /// can be looked up and counted by it, and those who share one are joined.
    pub(crate) fn joins_records(&self) -> bool {
        self.linkable && !self.needs_subject
    }

    /// Equal values leave equal in two outputs of one domain: copies of one event are
    /// joined by it.
    pub(crate) fn joins_outputs(&self) -> bool {
        self.linkable && !self.per_output
    }
}

/// What a release decides of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InClass {
    /// How much what this field loses counts there.
    pub(crate) weight: u8,
    /// What it writes of the class.
    pub(crate) form: ClassForm,
}

/// Why the rarest values leave nearly as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenEnd {
    /// These words are missing.
    Missing(&'static str),
    /// The step is finer than this, as the policy would write it.
    FinerThan(&'static str),
}

/// How coarse what is left of a trait is. What trait it is, the class of the field
/// says where the action does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// A number cut to steps or ranges.
    Amount,
    /// A number cut behind so many digits of its fraction.
    Decimals(u32),
    /// So many characters of the start of a text.
    Characters(usize),
    /// A date of which one in so many years leaves; 0: finer than a year.
    Years(u32),
    /// Bits of an address, by family; 0: refused.
    Network { ipv4: u8, ipv6: u8 },
    /// So many characters of a postal code.
    PostalCode(u8),
    /// A cell that is finer than some 40 km.
    SmallCell,
    /// A cell of a street or a house: finer than 500 m.
    TinyCell,
    /// The domain of an e-mail address.
    EmailDomain,
    /// A browser with its version.
    BrowserVersion,
}

/// What the stated budget of noise is of; what is said of one person adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseSpent {
    /// Each value of each record.
    PerRecord,
    /// Each distinct value of one person, of many that there can be.
    PerValue,
    /// The same, of at most 256.
    PerFewValues,
}

/// The step that times are cut to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStep {
    /// Its length in milliseconds.
    pub(crate) ms: i64,
    /// As the policy spells it: `1h`.
    pub(crate) written: String,
}
