//! Reading and compiling a policy, as every command that needs one does.

use super::tables::FileTables;
use super::{Exit, Failure, keyring, screen};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::crypto::salted::Salt;
use veilstream::files;
use veilstream::keys::{
    self, FileKeys, KeyEntry, KeyError, KeyIdentity, KeyRef, KeySource, TestKeys,
};
use veilstream::language::finding::Severity;
use veilstream::language::{codes, report};
use veilstream::plan::{Format, Plan, PolicyDigest};
#[cfg(feature = "kafka")]
use veilstream::policy::compile_groups;
use veilstream::policy::diff::Said;
use veilstream::policy::{
    Compiled, KeyUses, PolicyFile, compile as compile_text, compile_knowing as compile_text_knowing,
};

/// Reads the file.
///
/// # Errors
/// When it cannot be read or is no text.
pub(crate) fn read(path: &Path) -> Result<PolicyFile, Failure> {
    of_bytes(path, bytes(path)?)
}

/// What stands in the file, of whatever kind, as far as it may be a policy.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    files::bytes(path, files::TEXT_BYTES_MAX)
        .map_err(|e| Failure::unreadable("the policy", path, &e))
}

/// A policy that was read already.
///
/// # Errors
/// When it is no text.
pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<PolicyFile, Failure> {
    let text = String::from_utf8(bytes).map_err(|e| {
        Failure::new(
            Exit::Config,
            format!("the policy `{}` is not UTF-8 text", path.display()),
        )
        .why(format!(
            "byte {} fits no character",
            e.utf8_error().valid_up_to()
        ))
    })?;
    Ok(PolicyFile {
        path: path.to_owned(),
        text,
    })
}

/// Compiles with those keys and the tables beside the policy, at this time of
/// day.
pub fn compile_with(file: &PolicyFile, keys: &dyn KeySource) -> Compiled {
    let tables = FileTables::beside(&file.path);
    compile_beside(file, keys, &tables)
}

/// The same, where values are known to be written under these schemas too.
pub fn compile_knowing(file: &PolicyFile, keys: &dyn KeySource, schemas: &[Format]) -> Compiled {
    let tables = FileTables::beside(&file.path);
    compile_text_knowing(file, keys, &tables, super::clock::now(), schemas)
}

/// The same, with these tables.
pub fn compile_beside(file: &PolicyFile, keys: &dyn KeySource, tables: &FileTables) -> Compiled {
    compile_text(file, keys, tables, super::clock::now())
}

/// The same, and each release group as a plan of its own.
#[cfg(feature = "kafka")]
pub fn compile_groups_beside(
    file: &PolicyFile,
    keys: &dyn KeySource,
    tables: &FileTables,
) -> Compiled {
    compile_groups(file, keys, tables, super::clock::now())
}

/// Reads and compiles the policy with the keyrings it names. Errors are shown
/// with their places; warnings are for `veil check`.
///
/// # Errors
/// 78 when the policy cannot be used.
pub(crate) fn compile(path: &Path, access: &keyring::Access) -> Result<Usable, Failure> {
    compile_file(&read(path)?, access)
}

/// The same of a policy that was read already.
///
/// # Errors
/// 78 when the policy cannot be used.
pub(crate) fn compile_file(file: &PolicyFile, access: &keyring::Access) -> Result<Usable, Failure> {
    let keys = FileKeys::new(access.open(false));
    let mut usable = usable(file, &keys)?;
    usable.files.extend(keys.files());
    Ok(usable)
}

/// The same under keys that everybody knows: no keyring is opened.
///
/// # Errors
/// 78 when the policy cannot be used.
pub(crate) fn compile_publicly(path: &Path) -> Result<Usable, Failure> {
    usable(&read(path)?, &TestKeys)
}

fn usable(file: &PolicyFile, keys: &dyn KeySource) -> Result<Usable, Failure> {
    let tables = FileTables::beside(&file.path);
    let mut compiled = compile_text(file, keys, &tables, super::clock::now());
    match (compiled.plan.take(), compiled.said.take()) {
        (Some(plan), Some(said)) => {
            let mut files = tables.files();
            files.push(file.path.clone());
            Ok(Usable { plan, said, files })
        }
        _ => Err(refuse(file, &compiled)),
    }
}

/// What a policy says, with whatever keys: no keyring is opened.
///
/// # Errors
/// 78 when it has an error, other than of its keys.
pub(crate) fn said(file: &PolicyFile) -> Result<(Said, PolicyDigest), Failure> {
    said_or(file, &TestKeys, false)
}

/// The same, with which key each of its keys is: whether two policies have one. That
/// is told by check values; no keyring is opened. With `is_json` findings are data on
/// standard output, as `veil check` writes them.
///
/// # Errors
/// As [`said`].
pub(crate) fn said_of_keys(
    file: &PolicyFile,
    is_json: bool,
) -> Result<(Said, PolicyDigest), Failure> {
    said_or(file, &NamedKeys::default(), is_json)
}

/// The keys of tests, known by the keyrings they stand for.
#[derive(Default)]
pub struct NamedKeys(keys::Access);

impl KeySource for NamedKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        TestKeys.entry(key_ref)
    }

    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        TestKeys.salt(key_ref)
    }

    fn identity(&self, key_ref: &KeyRef) -> KeyIdentity {
        KeyIdentity::looked_up(key_ref, &self.0)
    }
}

fn said_or(
    file: &PolicyFile,
    keys: &dyn KeySource,
    is_json: bool,
) -> Result<(Said, PolicyDigest), Failure> {
    let mut compiled = compile_with(file, keys);
    // The keys of tests have one version each.
    let unusable = compiled
        .findings
        .list()
        .iter()
        .any(|f| f.severity == Severity::Error && f.code != codes::KEY_UNUSABLE);
    match compiled.said.take() {
        Some(said) if !unusable => Ok((said, compiled.digest)),
        _ if is_json => Err(refuse_as_json(file, &compiled)),
        _ => Err(refuse(file, &compiled)),
    }
}

/// What it does with which keys; no keyring is opened. Errors are shown with their
/// places.
///
/// # Errors
/// 78 when the policy cannot be read.
pub fn key_uses(file: &PolicyFile) -> Result<KeyUses, Failure> {
    veilstream::policy::key_uses(file).map_err(|findings| {
        let shown = screen::one_line(file.path.display());
        let (color, columns) = (screen::stderr_has_color(), screen::stderr_columns());
        screen::tell(&report::text(&findings, &shown, &file.text, color, columns));
        Failure::said(Exit::Config)
    })
}

/// A policy that can be carried out.
pub(crate) struct Usable {
    pub(crate) plan: Plan,
    /// What it says.
    pub(crate) said: Said,
    /// What it was made from: itself, its keyrings, its tables.
    pub(crate) files: Vec<PathBuf>,
}

/// Shows every error; the code for a policy that cannot be used.
pub fn refuse(file: &PolicyFile, compiled: &Compiled) -> Failure {
    let (color, columns) = (screen::stderr_has_color(), screen::stderr_columns());
    let name = screen::one_line(file.path.display());
    let findings = &compiled.findings;
    screen::tell(&report::errors(findings, &name, &file.text, color, columns));
    if findings.list().iter().any(|f| f.severity < Severity::Error) {
        screen::tell(&format!("`veil check {name}` shows what is no error\n"));
    }
    Failure::said(Exit::Config)
}

fn refuse_as_json(file: &PolicyFile, compiled: &Compiled) -> Failure {
    let name = file.path.display().to_string();
    let json = report::json(&compiled.findings, &name, &file.text);
    match screen::put_json(&format!("{}\n", json.trim_end())) {
        Ok(()) => Failure::said(Exit::Config),
        Err(failure) => failure,
    }
}

/// The findings as text.
pub fn report(
    file: &PolicyFile,
    compiled: &Compiled,
    color: bool,
    columns: Option<usize>,
) -> String {
    report::text(
        &compiled.findings,
        &screen::one_line(file.path.display()),
        &file.text,
        color,
        columns,
    )
}
