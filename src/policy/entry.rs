//! The way in: policy text to plan, with everything found on the way.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use super::check::model::{Checked, PolicyTest};
use super::check::{self, Cx};
use super::compile::Shelf;
use super::diff::Said;
use super::leaving::Leaving;
use super::{allowed, compile as compiling, groups, showing, standing};
use crate::action::{ACTIONS, ActionDef, TableSource};
use crate::crypto::digest::sha256;
use crate::keys::{KeyRef, KeySource};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::yaml;
use crate::plan::{Format, Plan, PolicyDigest};
use crate::record::bare::Bare;

pub use super::allowed::Allowed;

/// A policy as it lies on disk.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    /// Where it lies: shown in findings; key references are relative to it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl PolicyFile {
    /// What values are by it, where they have no parts: also of a policy that cannot be
    /// used.
    pub fn bare(&self) -> Option<Bare> {
        let root = yaml::read(&self.text, &mut Findings::default())?;
        check::bare_of(&root)
    }
}

/// What a policy came to.
pub struct Compiled {
    /// `None` exactly when `findings` holds an error.
    pub plan: Option<Plan>,
    /// The same by release group, where it was asked for and some records wait: first that of
    /// all outputs whose records leave as they come, then one of each other output. Empty
    /// where there is but one group.
    pub groups: Vec<Plan>,
    /// Everything found, in the order of places.
    pub findings: Findings,
    /// The policy's own tests; those with a mistake are missing and reported.
    pub tests: Vec<PolicyTest>,
    /// What `dangerously:` allows today, to be listed at every start.
    pub allowed: Vec<Allowed>,
    /// The keys that the policy declares.
    pub keys: Vec<KeyRef>,
    /// Of the policy text, and of the tables that it names.
    pub digest: PolicyDigest,
    /// What it says, to be held against another; `None` when it could not be
    /// read to its end.
    pub said: Option<Said>,
}

/// Compiles a policy. `now` decides which allowances have expired, and which
/// version of a key is in force.
pub fn compile(
    file: &PolicyFile,
    keys: &dyn KeySource,
    tables: &dyn TableSource,
    now: jiff::Timestamp,
) -> Compiled {
    compile_with(ACTIONS, file, keys, tables, now)
}

/// The same, and where records wait each release group of the policy as a plan of its own:
/// what only other groups name, it does not read.
pub fn compile_groups(
    file: &PolicyFile,
    keys: &dyn KeySource,
    tables: &dyn TableSource,
    now: jiff::Timestamp,
) -> Compiled {
    compile_as(ACTIONS, file, (keys, tables), now, (true, &[]))
}

/// As [`compile`], where values are known to be written under these schemas too: what tags
/// of theirs say of fields is known then.
pub fn compile_knowing(
    file: &PolicyFile,
    keys: &dyn KeySource,
    tables: &dyn TableSource,
    now: jiff::Timestamp,
    schemas: &[Format],
) -> Compiled {
    compile_as(ACTIONS, file, (keys, tables), now, (false, schemas))
}

/// The same with other actions than those of this build.
pub(super) fn compile_with(
    actions: &'static [ActionDef],
    file: &PolicyFile,
    keys: &dyn KeySource,
    tables: &dyn TableSource,
    now: jiff::Timestamp,
) -> Compiled {
    compile_as(actions, file, (keys, tables), now, (false, &[]))
}

fn compile_as(
    actions: &'static [ActionDef],
    file: &PolicyFile,
    (keys, tables): (&dyn KeySource, &dyn TableSource),
    now: jiff::Timestamp,
    (by_group, schemas): (bool, &[Format]),
) -> Compiled {
    let (checked, findings, digest) = read(file, actions);
    let mut compiled = Compiled {
        plan: None,
        groups: Vec::new(),
        findings,
        tests: Vec::new(),
        allowed: Vec::new(),
        keys: Vec::new(),
        digest,
        said: None,
    };
    if let Some(checked) = checked {
        let with = (by_group, schemas);
        compiled.finish(checked, file, (keys, tables), now, with);
    }
    compiled.findings.finish();
    compiled
}

/// What the text says, what is wrong with it, and its digest.
pub(super) fn read(
    file: &PolicyFile,
    actions: &'static [ActionDef],
) -> (Option<Checked>, Findings, PolicyDigest) {
    let mut findings = Findings::default();
    let cx = Cx {
        register: OnceCell::new(),
        nesting: Cell::new(0),
        bare: Cell::new(None),
        text: &file.text,
        base: file.path.parent().unwrap_or(Path::new("")),
        actions,
        fields_left: Cell::new(check::FIELDS_MAX),
    };
    let root = yaml::read(&file.text, &mut findings);
    findings.show_only(showing::shown(
        &file.text,
        root.as_ref(),
        actions,
        &findings,
    ));
    let checked = root.and_then(|root| check::check(&root, &cx, &mut findings));
    let digest = PolicyDigest(sha256(file.text.as_bytes()));
    (checked, findings, digest)
}

impl Compiled {
    fn finish(
        &mut self,
        mut checked: Checked,
        file: &PolicyFile,
        (keys, tables): (&dyn KeySource, &dyn TableSource),
        now: jiff::Timestamp,
        (by_group, schemas): (bool, &[Format]),
    ) {
        let findings = &mut self.findings;
        self.keys = checked
            .keys
            .iter()
            .filter_map(|k| Some(k.reference.as_ref()?.value.clone()))
            .collect();
        // What is too large was not read to its end: nothing more can be said.
        if findings.list().iter().any(|f| f.code == codes::TOO_LARGE) {
            return;
        }
        let shelf = Shelf::open(&checked, tables, findings);
        super::tags::apply(&mut checked, &shelf, schemas, findings);
        #[cfg(feature = "protobuf")]
        super::few_values::apply(&mut checked, &shelf);
        self.digest = shelf.digest(self.digest);
        let plan = compiling::compile(&checked, self.digest, keys, now, &shelf, findings);
        super::lint::lint(&checked, shelf.tables(), findings);
        super::accountability::check(&checked, shelf.tables(), now, findings);
        self.allowed = allowed::apply(&checked, now, findings);
        self.plan = plan.filter(|_| !findings.has_errors());
        if let Some(plan) = &mut self.plan {
            plan.standing = standing::of(&checked, &self.allowed, keys, now);
            if by_group && plan.waiting().is_some() {
                let with = (self.digest, keys, now, &shelf);
                self.groups = groups::compile(&mut checked, plan, with);
            }
        }
        // They stay in what it says too: a test that is gone is a difference.
        self.tests = checked.tests.clone();
        for test in &mut self.tests {
            let named = test.schema.as_ref().map(|schema| schema.value.as_str());
            test.schema_bytes = named.and_then(|name| shelf.schema(name)).cloned();
        }
        let base = file.path.parent().unwrap_or(Path::new(""));
        let text = self.findings.without_comments(&file.text);
        let said = Said::new(checked, &text, base, keys, &shelf, now);
        let leaving = self.plan.as_ref().map(Leaving::of);
        self.said = Some(said.with_leaving(leaving.unwrap_or_default()));
    }
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
