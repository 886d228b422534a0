//! What a class tells of a value that is not hidden, although nobody in it is told apart.

use super::classes::Classes;

/// The values of one column in each class, beside those of the table.
pub struct Values {
    /// Of each class, how often each value stands there.
    in_class: Vec<Vec<u32>>,
    in_all: Vec<u32>,
}

impl Values {
    /// Of a column as long as the table, by codes in the order of its values; those that
    /// do not stand there do not count.
    pub fn new(classes: &Classes, column: &[u32]) -> Values {
        let mut there = column.to_vec();
        there.sort_unstable();
        there.dedup();
        let mut in_class = vec![vec![0; there.len()]; classes.count()];
        let mut in_all = vec![0; there.len()];
        for (class, value) in classes.of.iter().zip(column) {
            let at = there.partition_point(|v| v < value);
            in_class[*class as usize][at] += 1;
            in_all[at] += 1;
        }
        Values { in_class, in_all }
    }

    /// The fewest different values of a class: distinct l-diversity.
    pub fn distinct(&self) -> usize {
        let different = |counts: &Vec<u32>| counts.iter().filter(|c| **c > 0).count();
        self.in_class.iter().map(different).min().unwrap_or(0)
    }

    /// How many equally frequent values say as much as those of the class that says most:
    /// e to the least entropy (entropy l-diversity, not rounded).
    pub fn entropy(&self) -> f64 {
        let each = self.in_class.iter().map(|counts| {
            let terms = shares(counts).filter(|p| *p > 0.0).map(|p| -p * p.ln());
            terms.sum::<f64>().exp()
        });
        each.fold(f64::INFINITY, f64::min)
    }

    /// Above which c the table is recursively (c, l)-diverse: the largest share of the most
    /// frequent value against all from the `l`-th on, the most frequent first. Infinite
    /// where a class has fewer than l values.
    pub fn recursive(&self, l: usize) -> f64 {
        let each = self.in_class.iter().map(|counts| {
            let mut falling = counts.clone();
            falling.sort_unstable_by(|a, b| b.cmp(a));
            let tail: u64 = falling
                .iter()
                .skip(l.max(1) - 1)
                .map(|c| u64::from(*c))
                .sum();
            f64::from(falling.first().copied().unwrap_or(0)) / tail as f64
        });
        each.fold(0.0, f64::max)
    }

    /// The largest share that a value has in a class: α of (α, k)-anonymity (Wong et al.,
    /// KDD 2006).
    pub fn alpha(&self) -> f64 {
        let each = self.in_class.iter().flat_map(|counts| shares(counts));
        each.fold(0.0, f64::max)
    }

    /// The largest distance of a class from the table, any value as far from another as
    /// any: t of t-closeness.
    pub fn t(&self) -> f64 {
        self.furthest(|apart| apart.map(f64::abs).sum::<f64>() / 2.0)
    }

    /// The same of values in an order, each one step from the next.
    pub fn t_ordered(&self) -> f64 {
        let steps = self.in_all.len().max(2) - 1;
        self.furthest(|apart| {
            let mut sum = 0.0;
            let moved = apart.map(|step| {
                sum += step;
                f64::abs(sum)
            });
            moved.sum::<f64>() / steps as f64
        })
    }

    /// By how much a value is likelier in a class than in the table, as a share of the
    /// latter, at most: basic β-likeness (Cao and Karras, VLDB 2012).
    pub fn beta(&self) -> f64 {
        let gain = |(here, all): (f64, f64)| (here - all) / all;
        self.most(gain)
    }

    /// β, or −ln of the rarest value's share if that is less, as pyCANON has enhanced
    /// β-likeness.
    pub fn enhanced_beta(&self) -> f64 {
        let rarest = shares(&self.in_all).fold(1.0, f64::min);
        self.beta().min(-rarest.ln())
    }

    /// The largest |ln| of how much likelier or unlikelier a value is in a class that has
    /// it: δ-disclosure (Brickell and Shmatikov, KDD 2008).
    pub fn delta(&self) -> f64 {
        let change = |(here, all): (f64, f64)| match here > 0.0 {
            true => (here / all).ln().abs(),
            false => 0.0,
        };
        self.most(change)
    }

    fn most(&self, of: impl Fn((f64, f64)) -> f64) -> f64 {
        let each = self.in_class.iter().flat_map(|counts| {
            let pairs = shares(counts).zip(shares(&self.in_all));
            pairs.map(&of)
        });
        each.fold(0.0, f64::max)
    }

    fn furthest(&self, distance: impl Fn(&mut dyn Iterator<Item = f64>) -> f64) -> f64 {
        let each = self.in_class.iter().map(|counts| {
            let pairs = shares(counts).zip(shares(&self.in_all));
            distance(&mut pairs.map(|(here, all)| here - all))
        });
        each.fold(0.0, f64::max)
    }
}

fn shares(counts: &[u32]) -> impl Iterator<Item = f64> {
    let all: u64 = counts.iter().map(|c| u64::from(*c)).sum();
    counts
        .iter()
        .map(move |c| f64::from(*c) / all.max(1) as f64)
}
