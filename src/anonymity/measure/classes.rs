//! Who cannot be told apart: rows of equal values, and how many there are of each.

use std::collections::HashMap;

use foldhash::quality::RandomState;

/// The classes of a table: rows that are equal in some columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    /// Of each row, its class.
    pub(super) of: Vec<u32>,
    /// Of each class, how many rows it has.
    pub(super) sizes: Vec<u32>,
}

impl Classes {
    /// All rows in one class.
    pub fn of_all(rows: u32) -> Classes {
        Classes {
            of: vec![0; rows as usize],
            sizes: if rows == 0 { Vec::new() } else { vec![rows] },
        }
    }

    /// Rows that are equal in all of these columns, which are equally long.
    pub fn of_columns(columns: &[&[u32]]) -> Classes {
        let rows = columns.first().map_or(0, |column| column.len());
        let all = Classes::of_all(u32::try_from(rows).unwrap_or(u32::MAX));
        columns
            .iter()
            .fold(all, |classes, column| classes.with(column))
    }

    /// The same, told apart by one column more.
    #[must_use]
    pub fn with(&self, column: &[u32]) -> Classes {
        let mut number: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
        let mut sizes = Vec::new();
        let own = self.of.iter().zip(column).map(|(class, value)| {
            let at = *number.entry((*class, *value)).or_insert_with(|| {
                sizes.push(0);
                sizes.len() as u32 - 1
            });
            sizes[at as usize] += 1;
            at
        });
        let of = own.collect();
        Classes { of, sizes }
    }

    /// The same rows, each person counted once a class: `persons` numbers them.
    #[must_use]
    pub fn of_people(&self, persons: &[u32]) -> Classes {
        let mut both: Vec<(u32, u32)> = self
            .of
            .iter()
            .copied()
            .zip(persons.iter().copied())
            .collect();
        both.sort_unstable();
        both.dedup();
        let mut sizes = vec![0; self.sizes.len()];
        for (class, _) in &both {
            sizes[*class as usize] += 1;
        }
        Classes {
            of: both.into_iter().map(|(class, _)| class).collect(),
            sizes,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.of.len()
    }

    /// Of each row, the number of its class.
    pub fn of_rows(&self) -> &[u32] {
        &self.of
    }

    /// How many rows each class has.
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// The size of the smallest; 0 without any.
    pub fn k(&self) -> u32 {
        self.sizes.iter().min().copied().unwrap_or(0)
    }

    /// The share of rows whose class has fewer than `size`: with 2, that of who stands
    /// alone.
    pub fn share_below(&self, size: u32) -> f64 {
        let below = self.sizes.iter().filter(|s| **s < size);
        let rows: u64 = below.map(|s| u64::from(*s)).sum();
        rows as f64 / self.rows().max(1) as f64
    }

    /// How many rows stand in classes of each size, the smallest first.
    pub fn histogram(&self) -> Vec<(u32, u64)> {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        let runs = sizes.chunk_by(|a, b| a == b);
        runs.map(|run| (run[0], u64::from(run[0]) * run.len() as u64))
            .collect()
    }

    /// The average class beside the smallest that was allowed: rows / (classes · k)
    /// (LeFevre et al., ICDE 2006). 1 is the best that there is.
    pub fn average_class(&self, k: u32) -> f64 {
        self.rows() as f64 / (self.count().max(1) as f64 * f64::from(k.max(1)))
    }

    /// What it costs that rows cannot be told apart: the square of each class of at least
    /// k, and for each row of a smaller one all rows (Bayardo and Agrawal, ICDE 2005).
    pub fn discernibility(&self, k: u32) -> u128 {
        let all = self.rows() as u128;
        let cost = |size: u32| match size < k {
            true => u128::from(size) * all,
            false => u128::from(size) * u128::from(size),
        };
        self.sizes.iter().map(|size| cost(*size)).sum()
    }
}
