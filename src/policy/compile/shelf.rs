//! The tables that a policy names, each read once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::action::{Spec, Table, TableError, TableName, TableSource, TableUse, Tables};
use crate::crypto::digest::sha256;
use crate::crypto::kdf::Lp;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::PolicyDigest;
use crate::policy::check::model::Checked;
use crate::policy::check::values;

/// How names of sets of descriptors end.
const DESCRIPTORS: &str = ".desc";

/// Tables by the policy's names for them.
#[derive(Default)]
pub struct Shelf {
    tables: Tables,
    /// SHA-256 of the bytes of each that could be read.
    digests: BTreeMap<TableName, [u8; 32]>,
    /// The schemas of the source and of tests, by the policy's names for them: texts, or
    /// descriptors of Protobuf.
    schemas: BTreeMap<String, Arc<[u8]>>,
    /// Faults that were told.
    told: RefCell<BTreeSet<String>>,
}

impl Shelf {
    /// Reads every table that an action of `policy` names.
    pub fn open(policy: &Checked, source: &dyn TableSource, findings: &mut Findings) -> Shelf {
        let mut shelf = Shelf::default();
        for value in policy.outputs.iter().flat_map(values) {
            shelf.add_all(&*value.spec, source, findings);
        }
        let files = policy.source.schema.iter();
        for file in files.flat_map(|said| said.files.iter().chain(&said.imports)) {
            shelf.add_schema(&file.value, file.span, source, findings);
        }
        for test in &policy.tests {
            if let Some(schema) = &test.schema {
                shelf.add_schema(&schema.value, schema.span, source, findings);
            }
        }
        shelf
    }

    /// The bytes of a schema that the policy names: UTF-8, but for descriptors.
    pub(crate) fn schema(&self, name: &str) -> Option<&Arc<[u8]>> {
        self.schemas.get(name)
    }

    fn add_schema(
        &mut self,
        named: &str,
        span: Span,
        source: &dyn TableSource,
        findings: &mut Findings,
    ) {
        if self.schemas.contains_key(named) {
            return;
        }
        let read = TableName::parse(named).and_then(|name| {
            let bytes = source.read(&name)?;
            let digest = sha256(&bytes);
            if !named.ends_with(DESCRIPTORS) {
                std::str::from_utf8(&bytes).map_err(|error| TableError::NotUtf8 {
                    at: error.valid_up_to(),
                })?;
            }
            Ok((name, digest, bytes))
        });
        match read {
            Ok((name, digest, bytes)) => {
                self.schemas.insert(named.to_owned(), bytes.into());
                self.digests.insert(name, digest);
            }
            Err(error) => {
                let message = format!("the schema `{named}` cannot be used: {error}");
                findings
                    .error(codes::SCHEMA_FILE, span, message)
                    .label("named here")
                    .help(error.fix());
            }
        }
    }

    /// Adds the tables of an action and of those that it holds.
    fn add_all(&mut self, spec: &dyn Spec, source: &dyn TableSource, findings: &mut Findings) {
        for wanted in spec.tables() {
            self.add(wanted, source, findings);
        }
        for held in spec.nested() {
            self.add_all(held.spec, source, findings);
        }
    }

    fn add(&mut self, wanted: TableUse<'_>, source: &dyn TableSource, findings: &mut Findings) {
        if self.tables.0.contains_key(wanted.name) {
            return;
        }
        let read = TableName::parse(wanted.name).and_then(|name| {
            let bytes = source.read(&name)?;
            let digest = sha256(&bytes);
            Ok((name, digest, Table::of(bytes)?))
        });
        match read {
            Ok((name, digest, table)) => {
                let table = Arc::new(table);
                self.tables.0.insert(wanted.name.to_owned(), table);
                self.digests.insert(name, digest);
            }
            Err(error) => self.report(wanted.name, &error, wanted.span, findings),
        }
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// SHA-256 of each table, by the policy's name for it.
    pub fn digests(&self) -> BTreeMap<String, [u8; 32]> {
        let named = self.digests.iter();
        named
            .map(|(name, d)| (name.as_str().to_owned(), *d))
            .collect()
    }

    /// True when every table that `spec` names can be used.
    pub fn has_all(&self, spec: &dyn Spec) -> bool {
        let mut wanted = spec.tables().into_iter();
        wanted.all(|w| self.tables.0.contains_key(w.name))
    }

    /// The digest of the policy whose text has the digest `text`: that, if it
    /// names no table.
    pub fn digest(&self, text: PolicyDigest) -> PolicyDigest {
        if self.digests.is_empty() {
            return text;
        }
        let mut all = Lp::of(&[b"veil/1 policy with tables", &text.0]).expect("both are short");
        for (name, digest) in &self.digests {
            for part in [name.as_str().as_bytes(), digest] {
                all.push(part).expect("names and digests are short");
            }
        }
        PolicyDigest(sha256(all.bytes()))
    }

    /// Reports what is wrong with a table, once.
    pub fn report(&self, name: &str, error: &TableError, used: Span, findings: &mut Findings) {
        let message = format!("the table `{name}` cannot be used: {error}");
        if self.told.borrow_mut().insert(message.clone()) {
            findings
                .error(codes::TABLE_FILE, used, message)
                .label("named here")
                .help(error.fix());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Python's hashlib, from what [`PolicyDigest`] says of it.
    #[test]
    fn the_digest_is_the_one_described() {
        let mut shelf = Shelf::default();
        let text = PolicyDigest([7; 32]);
        assert_eq!(shelf.digest(text), text);
        let name = TableName::parse("x").unwrap();
        shelf.digests.insert(name, sha256(b"y"));
        assert_eq!(
            shelf.digest(text).to_string(),
            "1578f450e5271072eda35e7be3339816d4bd62dee5439ec29564e994b4df8d75"
        );
    }
}
