//! What becomes of the records of a sample in an output in which they wait for a release.

use crate::release::LeftOut;

/// Of one output.
pub struct OfReleases {
    /// Its topic.
    pub topic: String,
    /// How many releases the sample comes to.
    pub releases: u32,
    /// Records that leave in them.
    pub leave: usize,
    /// Records that are too few for another one.
    pub wait: usize,
    /// What leaves in none.
    pub left_out: LeftOut,
    /// From the first to the last record of the sample; `None`: they do not say when they were.
    pub span_ms: Option<i64>,
}

impl OfReleases {
    /// About how long the sample took for each release: milliseconds. `None`: it has no times,
    /// or fewer than two releases.
    pub fn each_ms(&self) -> Option<i64> {
        let span = self.span_ms.filter(|span| *span > 0)?;
        (self.releases > 1).then(|| span / i64::from(self.releases))
    }
}
