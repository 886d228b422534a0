//! The keys that a policy names, opened once.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::action::KeyUse;
use crate::crypto::epoch::Versions;
use crate::crypto::quarantine::PublicKey;
use crate::crypto::salted::Salt;
use crate::keys::Pick;
use crate::keys::{KeyEntry, KeyError, KeyHandle, KeyRef, KeySource};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, Key, Output, STATE_ALIAS, Spelled};

/// The key that what outputs remember is sealed with, and their releases are marked with in
/// an audit log, if any does either. `None`: there is none, or it was reported.
pub(super) fn state(
    policy: &Checked,
    ring: &Ring<'_>,
    findings: &mut Findings,
) -> Option<KeyHandle> {
    let key = policy.keys.iter().find(|key| key.alias == STATE_ALIAS);
    let key = key.filter(|_| policy.outputs.iter().any(Output::uses_state))?;
    let wanted = KeyUse {
        alias: STATE_ALIAS,
        // Who was released must stay who he is: its first version for ever.
        pick: Pick::First,
        span: key.span,
    };
    ring.handle(wanted, findings)
}

/// Entries by the policy's own names for them.
pub(crate) struct Ring<'p> {
    entries: HashMap<&'p str, Opened<'p>>,
    keys: &'p dyn KeySource,
    /// What is made is made with the versions in force then.
    now: jiff::Timestamp,
    told: RefCell<Vec<Told>>,
    /// The policy's own names of those that are taken as salts, and are made otherwise.
    salts: RefCell<BTreeSet<String>>,
}

/// Where the reference stands and what it led to; `None`: the reference could
/// not be read, which is reported there.
type Opened<'p> = Option<(&'p Spelled<KeyRef>, Result<Arc<KeyEntry>, KeyError>)>;

/// A key that cannot be used, reported at its first use.
struct Told {
    alias: String,
    message: String,
    /// Every place that needs it.
    uses: Vec<Span>,
}

impl<'p> Ring<'p> {
    /// Opens every key that is declared.
    pub fn open(
        declared: &'p [Key],
        keys: &'p dyn KeySource,
        now: jiff::Timestamp,
        findings: &mut Findings,
    ) -> Ring<'p> {
        let open = |key: &'p Key| {
            let reference = key.reference.as_ref()?;
            let found = keys.entry(&reference.value);
            Some((reference, found))
        };
        let ring = Ring {
            entries: declared
                .iter()
                .map(|k| (k.alias.as_str(), open(k)))
                .collect(),
            keys,
            now,
            told: RefCell::default(),
            salts: RefCell::default(),
        };
        in_clear(declared, keys, findings);
        ring
    }

    /// The key that an action asks for. `None`: reported, here or before.
    pub fn handle(&self, wanted: KeyUse<'_>, findings: &mut Findings) -> Option<KeyHandle> {
        let entry = self.find(wanted.alias, wanted.span, findings)?;
        match entry.pick(wanted.pick, self.now) {
            Ok(handle) => Some(handle),
            Err(error) => {
                self.report(&error, wanted.alias, wanted.span, findings);
                None
            }
        }
    }

    /// The salt that an action asks for. `None`: reported, here or before.
    pub fn salt(&self, wanted: KeyUse<'_>, findings: &mut Findings) -> Option<Salt> {
        let (reference, _) = self.entries.get(wanted.alias)?.as_ref()?;
        self.salts.borrow_mut().insert(wanted.alias.to_owned());
        self.find(wanted.alias, wanted.span, findings)?;
        let salt = match self.keys.salt(&reference.value) {
            Ok(salt) => salt,
            Err(error) => {
                self.report(&error, wanted.alias, wanted.span, findings);
                return None;
            }
        };
        let known = findings.list().iter();
        let mut known = known.filter(|f| f.code == codes::WEAK_SALT);
        if salt.is_weak() && !known.any(|f| f.span == Some(reference.span)) {
            findings
                .warning(
                    codes::WEAK_SALT,
                    reference.span,
                    format!("the salt `{}` is shorter than 16 bytes", wanted.alias),
                )
                .also(wanted.span, NEEDED)
                .why("a short salt is guessed from one code of a known value, and then every code is looked up")
                .help("codes of that salt cannot be made stronger: `pseudonymize: { key: …, normalize: text }` beside them, until nobody joins the old ones");
        }
        Some(salt)
    }

    /// All versions of a key that is taken by epochs. `None`: reported, here or before.
    pub fn versions(&self, wanted: KeyUse<'_>, findings: &mut Findings) -> Option<Versions> {
        let entry = self.find(wanted.alias, wanted.span, findings)?;
        match entry.by_time() {
            Ok(versions) => Some(versions),
            Err(error) => {
                self.report(&error, wanted.alias, wanted.span, findings);
                None
            }
        }
    }

    /// The public key that refused records are sealed to.
    pub(crate) fn quarantine(
        &self,
        wanted: &Spelled,
        findings: &mut Findings,
    ) -> Option<PublicKey> {
        let entry = self.find(&wanted.value, wanted.span, findings)?;
        match entry.quarantine_public(self.now) {
            Ok(key) => Some(key),
            Err(error) => {
                self.report(&error, &wanted.value, wanted.span, findings);
                None
            }
        }
    }

    fn find(&self, alias: &str, used: Span, findings: &mut Findings) -> Option<&KeyEntry> {
        match self.entries.get(alias)?.as_ref()? {
            (_, Ok(entry)) => Some(entry),
            (_, Err(error)) => {
                self.report(error, alias, used, findings);
                None
            }
        }
    }

    /// Reports a key that cannot be used, or not for what is wanted of it:
    /// once, however often it is needed.
    pub(crate) fn report(
        &self,
        error: &KeyError,
        alias: &str,
        used: Span,
        findings: &mut Findings,
    ) {
        let known = self.entries.get(alias).and_then(Option::as_ref);
        let (message, help) = match known {
            Some((reference, _)) => self.cause(error, &reference.value),
            None => (error.to_string(), "name another key".to_owned()),
        };
        let mut told = self.told.borrow_mut();
        let before = told.iter_mut();
        let mut before = before.filter(|t| t.alias == alias && t.message == message);
        if let Some(told) = before.next() {
            if !told.uses.contains(&used) {
                told.uses.push(used);
            }
            return;
        }
        // What lies in the reference is shown there, what lies in the use here.
        let note = match known {
            Some((reference, Err(_))) => findings
                .error(codes::KEY_UNUSABLE, reference.span, message.clone())
                .label("this reference")
                .also(used, NEEDED),
            _ => findings
                .error(codes::KEY_UNUSABLE, used, message.clone())
                .label(NEEDED),
        };
        note.help(help);
        told.push(Told {
            alias: alias.to_owned(),
            message,
            uses: vec![used],
        });
    }

    /// Says of each key that cannot be used how many more places need it, and how an
    /// entry is made that must hold a salt: which do is known when all are taken.
    pub(crate) fn count_uses(&self, findings: &mut Findings) {
        for told in self.told.borrow().iter() {
            let Some(help) = self.help_of_salts(told) else {
                continue;
            };
            let found = findings.list_mut().iter_mut();
            let same = found.filter(|f| f.code == codes::KEY_UNUSABLE && f.message == told.message);
            same.for_each(|f| f.help.clone_from(&help));
        }
        for told in self.told.borrow().iter().filter(|t| t.uses.len() > 1) {
            let first = told.uses[0];
            let more = match told.uses.len() - 1 {
                1 => format!("{NEEDED}, and at one more place"),
                n => format!("{NEEDED}, and at {n} more places"),
            };
            for finding in findings.list_mut() {
                if finding.code != codes::KEY_UNUSABLE || finding.message != told.message {
                    continue;
                }
                match &mut finding.also {
                    Some((at, label)) if *at == first => label.clone_from(&more),
                    None if finding.span == Some(first) => finding.label.clone_from(&more),
                    _ => {}
                }
            }
        }
    }

    /// What is wrong with a key, and the next step.
    fn cause(&self, error: &KeyError, reference: &KeyRef) -> (String, String) {
        let said = error.to_string();
        let Some(fix) = error.fix() else {
            return (said, self.step(error, reference));
        };
        let cause = said.strip_suffix(&fix).and_then(|s| s.strip_suffix("; "));
        let help = match error {
            KeyError::NoEntry { .. } => format!("correct the name behind `#`, or {fix}"),
            _ => fix.clone(),
        };
        (cause.unwrap_or(&said).to_owned(), help)
    }

    /// The next step where the error itself does not say it.
    fn step(&self, error: &KeyError, reference: &KeyRef) -> String {
        let keyring = reference.file.display();
        let passphrase = "`--passphrase-file FILE` or `VEIL_PASSPHRASE_FILE` names the file that holds the passphrase";
        match error {
            // A file beside the keyring: that of the passphrase.
            KeyError::Io { path, .. } if *path != reference.file => passphrase.to_owned(),
            KeyError::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => format!(
                    "correct the path, which is relative to the policy; {} makes it",
                    makes(reference, &self.entries_of(reference).0, &[])
                ),
                std::io::ErrorKind::PermissionDenied => format!(
                    "the keyring must belong to the user that runs veil, with mode 0600: look at `ls -l {keyring}`"
                ),
                _ => format!("look at the file: `ls -l {keyring}`"),
            },
            KeyError::Syntax { .. } => {
                format!(
                    "restore the file from a backup; `veil keys ls --keyring {keyring}` reads it again"
                )
            }
            KeyError::NoPassphrase { .. } => passphrase.to_owned(),
            KeyError::NotUnwrapped { .. } => format!(
                "`veil keys verify --keyring {keyring}` tries a passphrase; {passphrase}; a file that was changed is restored from a backup"
            ),
            KeyError::NoVersion { known, .. } => {
                format!("pin a version that it has ({known}): `NAME@VERSION`")
            }
            KeyError::NotInForce { .. } => format!(
                "wait until it begins, or name another key; `veil keys ls --keyring {keyring}` shows from when each version is used"
            ),
            KeyError::TooLong(_) => "write a shorter domain, purpose, space or label".to_owned(),
            KeyError::NotASalt { .. } => format!(
                "`veil keys new --keyring {keyring} --salt-file FILE NAME` makes an entry of the salt in FILE"
            ),
            KeyError::NoActive { .. } => format!(
                "`veil keys rotate NAME --keyring {keyring}` makes one, which begins an hour later at the earliest; or name another key"
            ),
            KeyError::Destroyed { .. } | KeyError::NotARoot { .. } | KeyError::OnlyASalt { .. } => {
                format!(
                    "name another key; `veil keys ls --keyring {keyring}` shows kind, versions and state of each, `veil keys new --keyring {keyring} NAME` adds one"
                )
            }
            _ => format!("`veil keys ls --keyring {keyring}` shows what the keyring holds"),
        }
    }

    /// The next step where what is missing is a salt, or a keyring with one.
    fn help_of_salts(&self, told: &Told) -> Option<String> {
        let (reference, Err(error)) = self.entries.get(told.alias.as_str())?.as_ref()? else {
            return None;
        };
        let (keys, salts) = self.entries_of(&reference.value);
        match error {
            KeyError::NoEntry { .. } if salts.contains(&reference.value.entry.as_str()) => {
                let makes = makes(&reference.value, &[], &[reference.value.entry.as_str()]);
                Some(format!(
                    "correct the name behind `#`; {makes} makes an entry of the salt in FILE"
                ))
            }
            KeyError::Io { path, source, .. }
                if *path == reference.value.file
                    && source.kind() == std::io::ErrorKind::NotFound
                    && !salts.is_empty() =>
            {
                Some(format!(
                    "correct the path, which is relative to the policy; {} make it, FILE holds the salt",
                    makes(&reference.value, &keys, &salts)
                ))
            }
            _ => None,
        }
    }

    /// The entries that the policy wants of the keyring of `reference`: keys, salts.
    fn entries_of(&self, reference: &KeyRef) -> (Vec<&str>, Vec<&str>) {
        let known = self.salts.borrow();
        let mut all: Vec<(&str, bool)> = self
            .entries
            .iter()
            .filter_map(|(alias, opened)| Some((alias, &opened.as_ref()?.0.value)))
            .filter(|(_, of)| of.file == reference.file)
            .map(|(alias, of)| (of.entry.as_str(), known.contains(*alias)))
            .collect();
        all.sort_unstable();
        all.dedup();
        let of = |is_salt: bool| {
            let some = all.iter().filter(|(_, is)| *is == is_salt);
            some.map(|(entry, _)| *entry).collect()
        };
        (of(false), of(true))
    }
}

/// The commands that make these entries.
fn makes(reference: &KeyRef, keys: &[&str], salts: &[&str]) -> String {
    let salts = salts.iter().map(|name| format!("--salt-file FILE {name}"));
    let keys = (!keys.is_empty()).then(|| keys.join(" "));
    let commands = salts.chain(keys);
    let commands: Vec<String> = commands
        .map(|names| {
            format!(
                "`veil keys new --keyring {} {names}`",
                reference.file.display()
            )
        })
        .collect();
    commands.join(" and ")
}

const NEEDED: &str = "needed here";

/// Notes each keyring file that is not wrapped, once.
fn in_clear(declared: &[Key], keys: &dyn KeySource, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for reference in declared.iter().filter_map(|k| k.reference.as_ref()) {
        if keys.is_in_clear(&reference.value) && told.insert(&reference.value.file) {
            findings
                .note(
                    codes::KEYRING_IN_CLEAR,
                    reference.span,
                    "this keyring is not wrapped",
                )
                .why("whoever can read the file has every key in it; its protection is that of the file")
                .help(format!(
                    "`veil keys wrap --keyring {}` closes it under a passphrase, its keys staying what they are: then it stays closed when the file is copied",
                    reference.value.file.display()
                ));
        }
    }
}
