//! Releases in which nobody stands alone, and measures of how alone somebody stands.
//!
//! **In**: quasi-identifiers as declared, codes and persons of records, words of a random
//! source. **Out**: classes, permutations, noise, budgets, risks. **Promises**: every class
//! is what was demanded, or nothing comes out; whatever decides is computed by whole
//! numbers, so that the same records give the same classes everywhere; no message holds a
//! value. **Does not know**: policies, outputs, lanes, clocks, files.

pub mod counts;
pub mod measure;
pub mod permutation;
pub mod quasi;
pub mod ratio;
pub mod release;
pub mod seeded;
#[cfg(test)]
mod testing;
