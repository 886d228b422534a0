//! What a class tells of a value that must differ in it, although nobody in it is told apart.

use std::collections::BTreeMap;

use super::table::Table;
use crate::anonymity::measure::{Classes, Values};

/// What the classes of an output tell of one sensitive column: of all releases, the worst.
/// pyCANON computes the same of one release.
pub struct SensitiveTold {
    /// Its name.
    pub column: String,
    /// The fewest different values of a class: l.
    pub distinct: usize,
    /// e to the least entropy of a class: entropy l, not rounded.
    pub entropy: f64,
    /// The largest share of a value in a class: α.
    pub alpha: f64,
    /// The largest distance of a class from its release, all values as far from each other: t.
    pub t: f64,
    /// By how much likelier a value is in a class than in its release, at most: basic β.
    pub beta: f64,
    /// The largest |ln| of how much likelier or unlikelier: δ of δ-disclosure.
    pub delta: f64,
}

impl SensitiveTold {
    /// Of each sensitive column of a table whose records leave in classes; none where no
    /// record left, or there is no such column.
    pub fn of(table: &Table) -> Vec<SensitiveTold> {
        let Some(in_classes) = &table.classes else {
            return Vec::new();
        };
        let mut releases: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, row) in table.rows.iter().enumerate() {
            releases.entry(row.release).or_default().push(at);
        }
        let quasi = table.quasi(Some(&in_classes.quasi));
        let of_rows = |column: usize, rows: &[usize]| -> Vec<u32> {
            let codes = &table.columns[column].codes;
            rows.iter().map(|at| codes[*at]).collect()
        };
        let columns = table.columns.iter().enumerate();
        let sensitive = columns.filter(|(_, c)| in_classes.sensitive.contains(&c.path));
        let told = sensitive.filter_map(|(at, column)| {
            let each = releases.values().map(|rows| {
                let known: Vec<Vec<u32>> = quasi.iter().map(|at| of_rows(*at, rows)).collect();
                let known: Vec<&[u32]> = known.iter().map(Vec::as_slice).collect();
                let classes = match known.is_empty() {
                    true => Classes::of_all(u32::try_from(rows.len()).unwrap_or(u32::MAX)),
                    false => Classes::of_columns(&known),
                };
                let values = Values::new(&classes, &of_rows(at, rows));
                SensitiveTold {
                    column: column.path.clone(),
                    distinct: values.distinct(),
                    entropy: values.entropy(),
                    alpha: values.alpha(),
                    t: values.t(),
                    beta: values.beta(),
                    delta: values.delta(),
                }
            });
            each.reduce(SensitiveTold::worse)
        });
        told.collect()
    }

    fn worse(self, other: SensitiveTold) -> SensitiveTold {
        SensitiveTold {
            column: self.column,
            distinct: self.distinct.min(other.distinct),
            entropy: self.entropy.min(other.entropy),
            alpha: self.alpha.max(other.alpha),
            t: self.t.max(other.t),
            beta: self.beta.max(other.beta),
            delta: self.delta.max(other.delta),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::testing::table;
    use crate::exposure::{InClasses, Sort};

    /// Two releases: in the second one class says one thing of half of it, and the other
    /// class of all.
    #[test]
    fn what_the_worst_class_of_all_releases_tells() {
        let row = |n: u32, of: &str, plan: &str| (n, n, vec![of.to_owned(), plan.to_owned()]);
        let rows = [
            row(0, "a", "free"),
            row(1, "a", "team"),
            row(2, "b", "free"),
            row(3, "b", "team"),
            row(4, "a", "free"),
            row(5, "a", "team"),
            row(6, "b", "free"),
            row(7, "b", "free"),
        ];
        let mut table = table("t", &[("born", Sort::Quasi), ("plan", Sort::Quasi)], &rows);
        for row in &mut table.rows[4..] {
            row.release = 1;
        }
        assert!(SensitiveTold::of(&table).is_empty());
        table.classes = Some(InClasses {
            quasi: vec!["born".to_owned()],
            sensitive: vec!["plan".to_owned()],
        });
        let told = SensitiveTold::of(&table);
        assert_eq!(told.len(), 1);
        let told = &told[0];
        assert_eq!((&*told.column, told.distinct), ("plan", 1));
        let near = |is: f64, expected: f64| (is - expected).abs() < 1e-12;
        // Of four rows three are free, and all of the second class.
        assert!(near(told.entropy, 1.0) && near(told.alpha, 1.0));
        assert!(near(told.t, 0.25), "{}", told.t);
        // In the first class a team is twice as likely as in the release: 1/2 against 1/4.
        assert!(near(told.beta, 1.0), "{}", told.beta);
        assert!(near(told.delta, 2_f64.ln()), "{}", told.delta);
    }
}
