//! How likely somebody is found again, by the three attackers of the literature.
//!
//! K. El Emam, "Guide to the De-Identification of Personal Health Information" (2013);
//! ARX has the same figures under these names. Each is a figure of the
//! table and of the columns that were looked at: whoever knows more finds more.

use super::classes::Classes;

/// What one attacker can hope for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risk {
    /// Of the row that is found most easily.
    pub highest: f64,
    /// On the mean of all rows.
    pub average: f64,
}

impl Classes {
    /// The prosecutor's: he knows that the person is in the table. Of a row, 1 / its
    /// class; on the mean classes / rows.
    pub fn prosecutor(&self) -> Risk {
        Risk {
            highest: 1.0 / f64::from(self.k().max(1)),
            average: self.count() as f64 / self.rows().max(1) as f64,
        }
    }

    /// The share of rows whose risk for the prosecutor is above a threshold.
    pub fn at_risk(&self, threshold: f64) -> f64 {
        let above = self
            .sizes
            .iter()
            .filter(|size| 1.0 / f64::from(**size) > threshold);
        let rows: u64 = above.map(|size| u64::from(*size)).sum();
        rows as f64 / self.rows().max(1) as f64
    }

    /// The journalist's: he knows that the person is in a population, of which `of_each`
    /// class has so many. `None`: it has fewer than the table has.
    pub fn journalist(&self, of_each: &[u64]) -> Option<Risk> {
        let average = self.marketer(of_each)?;
        let least = of_each.iter().min().copied().unwrap_or(1);
        Some(Risk {
            highest: 1.0 / least as f64,
            average,
        })
    }

    /// The same where only the share of the population that the table is is known, above
    /// 0 and at most 1: each class is taken for as many times larger. An estimate.
    pub fn journalist_by_share(&self, share: f64) -> Option<Risk> {
        let is_share = share > 0.0 && share <= 1.0;
        let prosecutor = self.prosecutor();
        is_share.then_some(Risk {
            highest: prosecutor.highest * share,
            average: prosecutor.average * share,
        })
    }

    /// The marketer's, who wants many and not one: the share of rows that are matched
    /// rightly with a population, of which `of_each` class has so many.
    pub fn marketer(&self, of_each: &[u64]) -> Option<f64> {
        let mut sum = 0.0;
        if of_each.len() != self.sizes.len() {
            return None;
        }
        for (size, population) in self.sizes.iter().zip(of_each) {
            if *population < u64::from(*size) {
                return None;
            }
            sum += f64::from(*size) / *population as f64;
        }
        Some(sum / self.rows().max(1) as f64)
    }
}
