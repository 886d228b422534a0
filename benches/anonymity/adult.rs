//! UCI Adult as columns of a release.

use std::path::Path;

use veilstream::anonymity::quasi::line::Line;
use veilstream::anonymity::quasi::{Column, Hierarchy, Scale, Steps};
use veilstream::record::decimal::Decimal;

/// The quasi-identifiers, in order.
pub(crate) const QUASI: [&str; 6] = [
    "age",
    "education",
    "marital-status",
    "native-country",
    "occupation",
    "sex",
];

/// In which classes ages are put.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Age {
    /// Any range of years.
    Tightest,
    /// Ranges that end on multiples of five.
    Step,
    /// The bands of ARX's hierarchy file.
    Table,
    /// The same bands, declared.
    Steps,
}

pub(crate) struct Adult {
    rows: Vec<Vec<String>>,
    /// Of each quasi-identifier, its column.
    at: Vec<usize>,
    salary: usize,
    tables: Vec<Vec<Vec<String>>>,
}

/// The columns of some rows.
pub(crate) struct Table {
    scales: Vec<Scale>,
    codes: Vec<Vec<u32>>,
}

impl Adult {
    pub(crate) fn read(folder: &Path) -> Option<Adult> {
        let mut rows = cells(&folder.join("adult.csv"))?;
        let names = rows.remove(0);
        let place = |name: &str| names.iter().position(|n| n == name);
        let at = QUASI.map(place).into_iter().collect::<Option<_>>()?;
        let table = |name: &str| cells(&folder.join(format!("adult_hierarchy_{name}.csv")));
        Some(Adult {
            rows,
            at,
            salary: place("salary-class")?,
            tables: QUASI.map(table).into_iter().collect::<Option<_>>()?,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn salary(&self, row: usize) -> &str {
        &self.rows[row][self.salary]
    }

    pub(crate) fn salaries(&self, rows: &[usize]) -> Vec<u32> {
        let code = |row: &usize| u32::from(self.salary(*row) == ">50K");
        rows.iter().map(code).collect()
    }

    /// Each column as codes of its values.
    pub(crate) fn codes(&self) -> Vec<Vec<u32>> {
        let width = self.rows.first().map_or(0, Vec::len);
        let of = |at: usize| {
            let mut there: Vec<&str> = self.rows.iter().map(|row| &*row[at]).collect();
            there.sort_unstable();
            there.dedup();
            let code = |row: &Vec<String>| there.partition_point(|v| **v < *row[at]) as u32;
            self.rows.iter().map(code).collect()
        };
        (0..width).map(of).collect()
    }

    /// Which columns the quasi-identifiers are.
    pub(crate) fn quasi(&self) -> impl Iterator<Item = usize> {
        self.at.iter().copied()
    }

    pub(crate) fn table(&self, age: Age, rows: &[usize]) -> Table {
        let (mut scales, mut codes) = (Vec::new(), Vec::new());
        for (q, at) in self.at.iter().enumerate() {
            let value = |row: &usize| &*self.rows[*row][*at];
            let numbers = || rows.iter().map(|row| number(value(row)));
            match age {
                Age::Tightest | Age::Step if q == 0 => {
                    let line = match age {
                        Age::Step => Line::of_steps(&number("5"), &number("15"), &number("90")),
                        _ => Line::tightest(&number("1"), &number("17"), &number("90")),
                    };
                    let line = line.expect("it is a domain");
                    codes.push(numbers().map(|n| line.code(&n)).collect());
                    scales.push(Scale::Line(line));
                }
                Age::Steps if q == 0 => {
                    let steps = ["5", "10", "20"].map(number);
                    let bands = Steps::new(&steps, &number("15"), &number("90"));
                    let (bands, tree) = bands.expect("it is a domain");
                    codes.push(numbers().map(|n| bands.code(&n)).collect());
                    scales.push(Scale::Tree(tree));
                }
                _ => {
                    let table = Hierarchy::new(&self.tables[q]);
                    let (table, tree) = table.expect("ARX writes hierarchies");
                    let code = |row| table.code(value(row)).expect("the table has all values");
                    codes.push(rows.iter().map(code).collect());
                    scales.push(Scale::Tree(tree));
                }
            }
        }
        Table { scales, codes }
    }
}

impl Table {
    pub(crate) fn columns(&self) -> Vec<Column<'_>> {
        let both = self.scales.iter().zip(&self.codes);
        both.map(|(scale, codes)| Column {
            scale,
            weight: 1,
            codes,
        })
        .collect()
    }
}

fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

fn cells(file: &Path) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(file).ok()?;
    let row = |line: &str| line.split(';').map(|cell| cell.trim().to_owned()).collect();
    Some(text.lines().map(row).collect())
}
