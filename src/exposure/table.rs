//! What one output holds, row by row, with whose row it is.

use std::collections::BTreeMap;

use super::column::{Column, Sort};
use crate::anonymity::measure::{Of, People};
use crate::record::SubjectId;

/// The person of rows that say nobody.
pub const NOBODY: u32 = u32::MAX;

/// Where a row comes from: the truth, which who reads the output does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The record of the sample, or the element of one.
    pub record: u32,
    /// Whose it is, by number; [`NOBODY`] where the record says nobody.
    pub person: u32,
    /// In which release of its output it left; 0 where it waited for none.
    pub release: u32,
}

/// What an output says of the classes that its records leave in.
#[derive(Clone, Debug, Default)]
pub struct InClasses {
    /// The columns that are the same in all records of a class.
    pub quasi: Vec<String>,
    /// Those that must differ in it.
    pub sensitive: Vec<String>,
}

/// What one output holds.
pub struct Table {
    /// Its topic.
    pub topic: String,
    /// In the order in which they are written.
    pub rows: Vec<Row>,
    /// What stands in them.
    pub columns: Vec<Column>,
    /// Its records leave in classes.
    pub classes: Option<InClasses>,
}

impl Table {
    /// Where the quasi-identifiers stand among the columns: all that are no codes and not
    /// sealed; or those that are named.
    pub fn quasi(&self, named: Option<&[String]>) -> Vec<usize> {
        let is_one = |column: &Column| match named {
            Some(named) => named.contains(&column.path),
            None => column.sort == Sort::Quasi,
        };
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(_, c)| is_one(c))
            .map(|(at, _)| at)
            .collect()
    }

    /// Where the columns stand that others may know of a person before they read the output:
    /// of one in classes its quasi-identifiers, and nothing that is sensitive or free.
    pub fn known(&self) -> Vec<usize> {
        let own = self.classes.as_ref().map(|classes| &classes.quasi[..]);
        self.quasi(own)
    }

    /// Those of a sort that `is_one` takes.
    pub fn sorted(&self, is_one: impl Fn(Sort) -> bool) -> Vec<&Column> {
        self.columns.iter().filter(|c| is_one(c.sort)).collect()
    }

    /// The code of a person, if it has one.
    pub fn person_code(&self) -> Option<&Column> {
        let of_person = |c: &&Column| c.sort == Sort::Code { of_person: true };
        // Of several (before, after) the one that most rows have.
        let there = |c: &&Column| c.codes.iter().filter(|code| **code > 0).count();
        self.columns.iter().filter(of_person).max_by_key(there)
    }

    /// Who has a row, rising.
    pub fn persons(&self) -> Vec<u32> {
        let own = self.rows.iter().map(|row| row.person);
        let mut persons: Vec<u32> = own.filter(|person| *person != NOBODY).collect();
        persons.sort_unstable();
        persons.dedup();
        persons
    }

    /// The rows of each person, in their order.
    pub fn rows_of(&self) -> BTreeMap<u32, Vec<usize>> {
        let mut own: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.person != NOBODY {
                own.entry(row.person).or_default().push(at);
            }
        }
        own
    }

    /// A table of its persons, a row each in the order of their numbers, of these columns.
    pub fn people(&self, columns: &[usize]) -> People {
        let mut people = People::new(columns.len());
        let columns: Vec<&Column> = columns.iter().map(|at| &self.columns[*at]).collect();
        for (at, row) in self.rows.iter().enumerate() {
            if row.person != NOBODY {
                let values = columns.iter().map(|c| Some(c.codes[at]).filter(|c| *c > 0));
                people.see(id(row.person), values);
            }
        }
        people
    }

    /// The same as columns.
    pub fn of_persons(&self, columns: &[usize], of: Of) -> Vec<Vec<u32>> {
        self.people(columns).table(of)
    }
}

/// Ids in the order of numbers.
pub(super) fn id(person: u32) -> SubjectId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&person.to_be_bytes());
    SubjectId(id)
}
