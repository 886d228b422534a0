//! Random words for tests, the same in every run.

pub(super) use super::seeded::Seeded as SplitMix;
