//! Tables made by hand.

use super::{Column, Row, Sort, Table, Tables};

/// A table of these columns; a row is the number of its record, its person, and a value of
/// each column, an empty one where there is none.
pub(crate) fn table(
    topic: &str,
    columns: &[(&str, Sort)],
    rows: &[(u32, u32, Vec<String>)],
) -> Table {
    let mut table = Table {
        topic: topic.to_owned(),
        rows: Vec::new(),
        columns: columns
            .iter()
            .map(|(path, sort)| Column::new(path, *sort))
            .collect(),
        classes: None,
    };
    for (record, person, values) in rows {
        table.rows.push(Row {
            record: *record,
            person: *person,
            release: 0,
        });
        for (column, value) in table.columns.iter_mut().zip(values) {
            let one = [format!("\"{value}\"")];
            column.push(if value.is_empty() { &[] } else { &one });
        }
    }
    table
}

/// All outputs; of each record whose it is.
pub(crate) fn tables(outputs: Vec<Table>, person_of: Vec<u32>) -> Tables {
    Tables::made(outputs, person_of)
}
