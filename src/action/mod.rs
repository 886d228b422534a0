//! One file an action, behind one trait and one list.
//!
//! **In**: a view of one value, what the record's coordinates say, and what was
//! made ready before the batch was walked because the action asked for it.
//! **Out**: at most one value, written where the stage points.
//! **Promises**: a value that an action cannot protect is refused with a
//! [`Reason`], never passed and never replaced by an empty string.
//! **Does not know**: the tape and the walk, which format is written, the policy
//! around its own parameters, other actions. What several share stands beside them
//! (`held`, `personal`, `characters`), or below in `canon`.
//!
//! Adding an action is one new file, its `mod` and its line in [`ACTIONS`], one
//! golden folder.

use std::cell::Cell;
use std::sync::Arc;

pub use crate::anonymity::quasi::{ClassEnd, ClassForm, Domain, EndSpelling};
use crate::crypto::envelope::Suite;
use crate::crypto::epoch::Versions;
use crate::crypto::kdf::{ContextId, TooLong};
use crate::crypto::salted::Salt;
use crate::crypto::seal::BatchSeal;
use crate::keys::{KeyHandle, Pick};
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::Shape;
use crate::record::event_time::TimeOf;
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

mod aside;
mod asks;
mod body;
mod characters;
mod coded_by;
mod cx;
mod digits;
mod drop;
mod each;
mod encrypt;
mod epoch;
mod facts;
#[cfg(test)]
mod facts_tests;
mod generalize;
mod growth;
mod held;
mod keep;
mod mask;
mod match_hash;
mod narrow;
mod noise;
#[cfg(test)]
pub(crate) mod overview;
mod param;
mod passing;
mod personal;
pub(crate) mod probes;
mod pseudonymize;
#[cfg(test)]
pub(crate) mod published;
mod quasi;
mod redact;
#[cfg(test)]
mod registry_tests;
mod replace;
mod reveals;
mod tables;
#[cfg(test)]
pub(crate) mod testing;
mod tokenize;
mod types;
#[cfg(test)]
pub(crate) mod types_tests;
mod url;

pub use crate::crypto::epoch::EpochLength;
pub use aside::Asides;
use aside::{Aside, Room};
pub use asks::{Asking, Asks};
pub use body::{Body, BodyKind};
pub(crate) use characters::Characters;
pub use coded_by::CodedBy;
pub use cx::Cx;
pub use epoch::Epochs;
pub use facts::{Facts, NoiseSpent, TimeStep};
pub(crate) use facts::{Grade, InClass, OpenEnd};
pub(crate) use generalize::{Instant, TimeUnit};
pub use growth::Growth;
pub(crate) use held::hold;
pub use held::{Blurred, HandsOn, Held, IfRefused, Inside, NameAction, Nested};
pub(crate) use keep::compile as whole_pattern;
pub use narrow::Narrow;
pub(crate) use param::{literal, type_of};
pub use passing::{Kinds, Passing};
pub use reveals::{Degree, Dial, Grain, Order, Reveals, Setting};
pub use tables::hierarchy::Hierarchy;
pub use tables::{
    LoneClass, NoTables, NotBuilt, TABLE_BYTES_MAX, Table, TableError, TableName, TableSource,
    TableUse, Tables,
};
pub use types::{Gives, Says, Type, Types};

/// Every action of the language, in the order of the reference.
pub const ACTIONS: &[ActionDef] = &[
    keep::KEEP,
    drop::DROP,
    replace::REPLACE,
    mask::MASK,
    pseudonymize::PSEUDONYMIZE,
    tokenize::TOKENIZE,
    encrypt::ENCRYPT,
    generalize::GENERALIZE,
    url::URL,
    redact::REDACT,
    each::EACH,
    noise::NOISE,
    match_hash::MATCH_HASH,
    quasi::QUASI,
];

/// The action of that word.
pub fn action(name: &str) -> Option<&'static ActionDef> {
    ACTIONS.iter().find(|def| def.name == name)
}

/// How an action protects, after ISO/IEC 20889:2018.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsoClass {
    /// Not de-identification: the value, or part of it, leaves in clear.
    None,
    /// Clause 8.4: suppression, masking included.
    Suppression,
    /// Clause 8.5: pseudonymization.
    Pseudonymization,
    /// Clause 8.3: cryptographic tools.
    Cryptographic,
    /// Clause 8.6: generalization.
    Generalization,
    /// Randomization: noise.
    Randomization,
    /// That of the action that stands inside.
    Inside,
}

impl IsoClass {
    /// The standard's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            IsoClass::None => "none (clear)",
            IsoClass::Suppression => "suppression",
            IsoClass::Pseudonymization => "pseudonymization",
            IsoClass::Cryptographic => "cryptographic tool",
            IsoClass::Generalization => "generalization",
            IsoClass::Randomization => "randomization",
            IsoClass::Inside => "that of the action inside",
        }
    }
}

/// One action of the language: everything that grammar, reference, metric
/// label and registry tests need to know of it.
pub struct ActionDef {
    /// The policy's word and the metric label.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its class in ISO/IEC 20889.
    pub iso: IsoClass,
    /// What somebody who reads the output still learns.
    pub leaks: &'static str,
    /// Who can go back, if anybody.
    pub reversible: &'static str,
    /// What it takes, what it gives and what it refuses, exactly; paragraphs
    /// for the reference.
    pub doc: &'static str,
    /// Field values that use it, each with an input and what comes out under
    /// the test keys (JSON texts); run by the registry test.
    pub examples: &'static [Example],
    /// Its parameters.
    pub(crate) shape: &'static Shape,
    /// Reads the parameters; `None` when findings were added.
    pub(crate) parse: fn(&mut Mapping<'_, '_>) -> Option<Box<dyn Spec>>,
    /// Its bare form, if it has one (`keep`, `drop`).
    pub bare: Option<fn() -> Box<dyn Spec>>,
}

/// An example of an action that the registry test runs.
#[derive(Clone, Copy)]
pub struct Example {
    /// The field value, YAML flow style.
    pub policy: &'static str,
    /// JSON text of the input.
    pub input: &'static str,
    /// JSON text of the output; `None` when the field is absent.
    pub output: Option<&'static str>,
}

/// An action as the policy wrote it, checked, before keys exist.
pub trait Spec: Send + Sync {
    /// The policy's alias of the key it uses, the pinned version if any, and
    /// where that stands.
    fn key(&self) -> Option<KeyUse<'_>> {
        None
    }

    /// The tables that it reads from files beside the policy.
    fn tables(&self) -> Vec<TableUse<'_>> {
        Vec::new()
    }

    /// A class of one of `tables` that hides nobody, if it writes classes and one is so;
    /// none where the table cannot be used.
    fn lone_class(&self, _tables: &Tables) -> Option<LoneClass<'_>> {
        None
    }

    /// The same of a class that is its value again, so that the value leaves as it came.
    fn unchanged_class(&self, _tables: &Tables) -> Option<LoneClass<'_>> {
        None
    }

    /// What must be made ready for it before a batch is walked.
    fn asks(&self) -> Asks {
        Asks::default()
    }

    /// True when the key of [`Spec::key`] is an entry that holds a salt and no root.
    fn takes_salt(&self) -> bool {
        false
    }

    /// What other rooms must know of it, so that none asks for its name.
    fn facts(&self) -> Facts;

    /// How much longer it can make a value; [`Growth::default`]: never.
    fn grows(&self) -> Growth {
        Growth::default()
    }

    /// What it lets out of a value, so that two policies can be compared.
    fn reveals(&self) -> Reveals;

    /// What it writes of a value of that type; `None`: it refuses every one.
    fn gives(&self, from: Type) -> Option<Gives>;

    /// Of what it takes by [`Spec::gives`], what it does not where a schema tells more of
    /// types than [`Type`].
    fn narrow(&self) -> Narrow {
        Narrow::default()
    }

    /// What leaves in an output of that pseudonymisation domain, in plain words.
    fn says(&self, domain: &str) -> Says;

    /// What it leaks as it is set, where that is less than its action can: in sentences of
    /// the action's own, empty ones left out. `None`: all that the action says.
    fn leaks(&self) -> Option<[&'static str; 2]> {
        None
    }

    /// Names of the siblings it reads instead of the value at its own path
    /// (`from: [a, b]`).
    fn from(&self) -> Option<&[(String, Span)]> {
        None
    }

    /// Where the time of an event stands by which its epoch is chosen (`epoch_by`);
    /// `None`: it takes the record's timestamp, or none.
    fn time_at(&self) -> Option<TimeAt<'_>> {
        None
    }

    /// The scope that it opens below its value, if it names fields there.
    fn body(&self) -> Option<Body<'_>> {
        None
    }

    /// The members that it leaves in place of one: what their names end in, behind that of
    /// the one, and what is done for each. None: it leaves that one.
    fn spread(&self) -> Vec<(&'static str, Arc<dyn Spec>)> {
        Vec::new()
    }

    /// The field values that the policy writes inside its parameters. They are read
    /// as any other, and given back by [`Spec::hold`].
    fn inside(&self) -> Vec<Inside<'_>> {
        Vec::new()
    }

    /// Takes what was read of [`Spec::inside`], in its order.
    fn hold(&mut self, held: Vec<Held>) {
        assert!(held.is_empty(), "nothing stands inside");
    }

    /// The actions that it holds and hands its value, or parts of it, on to. They
    /// are built for the same place, before this one, each with its own key.
    fn nested(&self) -> Vec<Nested<'_>> {
        Vec::new()
    }

    /// What of its value it hands on to the one action of [`Spec::nested`], which makes
    /// all that leaves; `None`: it makes of it what leaves by itself.
    fn hands_on(&self) -> Option<HandsOn> {
        None
    }

    /// What keeps the parts that it writes as one text from being told apart again, if
    /// something does.
    fn blurred(&self) -> Option<Blurred> {
        None
    }

    /// Which envelopes it makes in that output at that path, if it seals.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    fn sealed(
        &self,
        _domain: &str,
        _purpose: &str,
        _path: &str,
    ) -> Result<Option<Sealed>, TooLong> {
        Ok(None)
    }

    /// Makes the action for one place.
    ///
    /// # Errors
    /// When a key is missing, of the wrong kind or destroyed, or when a table is
    /// not what the action takes.
    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt>;
}

/// What the envelopes of a field are opened by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// How they are sealed.
    pub suite: Suite,
    /// Where they belong.
    pub context: ContextId,
}

/// The key an action asks for.
#[derive(Clone, Copy, Debug)]
pub struct KeyUse<'a> {
    /// The name under `keys:`.
    pub alias: &'a str,
    /// Which of its versions.
    pub pick: Pick,
    /// Where the policy says so.
    pub span: Span,
}

/// The place an action is built for.
pub struct Site<'a> {
    /// The output's pseudonymisation domain.
    pub domain: &'a str,
    /// The output's purpose.
    pub purpose: &'a str,
    /// The output's topic.
    pub topic: &'a str,
    /// The output path as in the policy, array positions as `[*]`.
    pub path: &'a str,
    /// The key that [`Spec::key`] asked for, in the version it asked for.
    pub key: Option<&'a KeyHandle>,
    /// All its versions, where one is taken for each epoch.
    pub versions: Option<&'a Versions>,
    /// The salt that [`Spec::key`] asked for, where [`Spec::takes_salt`] says so; there
    /// is no `key` then.
    pub salt: Option<&'a Salt>,
    /// Records are taken apart, so that each element of one is a record.
    pub splits: bool,
    /// The time of an event that counts.
    pub time: TimeOf,
    /// The policy's tables.
    pub tables: &'a Tables,
    /// The policy's words for nothing.
    pub nothing: &'a Nothing,
    /// What [`Spec::nested`] was built into, in its order, to be taken.
    pub nested: Cell<Vec<Box<dyn Action>>>,
}

impl Site<'_> {
    /// The table of that name. Each that [`Spec::tables`] named is there.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.0.get(name)
    }
}

/// Which values an action lets through as they stand, without looking: members
/// of that kind that stand side by side may be copied in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// None.
    Nothing,
    /// Scalars, `null` included, and arrays that hold no object.
    Flat,
    /// All.
    Everything,
}

/// A compiled action.
pub trait Action: Send + Sync {
    /// What [`Action::apply`] does nothing with but [`Out::copy`].
    fn copies(&self) -> Copies {
        Copies::Nothing
    }

    /// False: what it makes is the same whatever the value is, so it need not be a text
    /// where only a text can be read (record keys, headers).
    fn looks(&self) -> bool {
        true
    }

    /// Says what is looked up for a value, before the batch is walked
    /// ([`Asks::look_ups`]); it sees what [`Action::apply`] will see, record by
    /// record, and asks for the same of the same. `None`: the value is not made
    /// before the walk (a body).
    ///
    /// # Errors
    /// The reason why nothing can be asked. It is given again, and counts, when
    /// the value is to be protected.
    fn ask(&self, _view: Option<View<'_>>, _asking: &mut Asking<'_>) -> Applied {
        Ok(())
    }

    /// The same for several values that are protected as one.
    ///
    /// # Errors
    /// As [`Action::ask`].
    fn ask_parts(&self, _parts: &[Option<View<'_>>], _asking: &mut Asking<'_>) -> Applied {
        Ok(())
    }

    /// Protects one value.
    ///
    /// # Errors
    /// The reason why this value cannot be protected. Nothing that was written
    /// or reserved counts then; the caller truncates.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied;

    /// Protects several values as one (`from: [a, b]`); `None` = that part is absent.
    ///
    /// # Errors
    /// As [`Action::apply`].
    fn apply_parts(
        &self,
        _parts: &[Option<View<'_>>],
        _out: &mut dyn Out,
        _cx: &mut Cx<'_>,
    ) -> Applied {
        Err(Reason::WrongType)
    }

    /// What the value can be, where what leaves of it is decided by its release and the
    /// action writes no more than its leaf: the code, or the key of its finest class.
    fn quasi(&self) -> Option<&Arc<Domain>> {
        None
    }

    /// What turns a text that this action made back into its value; `None`
    /// where there is no such way.
    fn as_reverse(&self) -> Option<&dyn Reverse> {
        None
    }

    /// What of a record, besides the value, is in what this action makes, where
    /// whoever holds the key can make it again from the value; `None` where
    /// nobody can, or where it says nothing of the value.
    fn recomputed_from(&self) -> Option<Besides> {
        None
    }

    /// The actions that it holds and that make parts of what leaves, each under its
    /// word and the word of it that they stand under (`redact.with`). An action that
    /// hands all of its value on has those of the one it hands it to.
    fn parts(&self) -> Vec<(String, &dyn Action)> {
        Vec::new()
    }

    /// Finishes jobs that this action pushed, several abreast. Input spans are
    /// spans of `scratch`, targets spans of `out`. Cannot fail.
    fn finish(&self, jobs: &[Job], scratch: &[u8], out: &mut [u8], seal: &mut BatchSeal) {
        let _ = (jobs, scratch, out, seal);
        unreachable!("an action that pushes no job has none to finish")
    }
}

/// What an action takes of a record besides the value; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// The data subject.
    pub subject: bool,
    /// Where the record lies: each has its own.
    pub coordinates: bool,
    /// When the event was.
    pub time: bool,
}

/// Where the time of an event stands, when it is not the record's timestamp that counts.
#[derive(Clone, Copy)]
pub struct TimeAt<'a> {
    /// A path of the value, as the policy writes it.
    pub path: &'a str,
    /// How times are written there.
    pub unit: TimeUnit,
    /// Where the policy says so.
    pub span: Span,
}

/// An action whose texts alone, with its key, say what they stand for.
pub trait Reverse {
    /// True when the time of the event must be known: its texts change with an epoch.
    fn needs_time(&self) -> bool {
        false
    }

    /// Appends to `clear` the value that a text made by this action stands
    /// for. `at_ms`: when the event was, in milliseconds since 1970; looked at only
    /// where [`Reverse::needs_time`] says so. A text of another key, domain, space,
    /// format or epoch is not an error: a plausible wrong value comes out.
    ///
    /// # Errors
    /// Why the text cannot be one of its own.
    fn reverse(&self, made: &str, at_ms: i64, clear: &mut String) -> Applied;
}
