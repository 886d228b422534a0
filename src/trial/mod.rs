//! What a policy makes of events that somebody looks at: tests, a sample, one record.
//!
//! **In**: a plan and the tests that its policy carries; or batches that were sanitized
//! under it. **Out**: what differs from what each test expects, and the expected outputs
//! as they leave now; what became of each field of a sample; each place of a record
//! beside what left of it.
//! **Promises**: the code that runs is the code of the stream, and what is counted and
//! shown comes from its own counts and bytes; nothing is written.
//! **Does not know**: where keys, policies and samples come from; who looks.

pub mod beside;
mod chosen;
mod compare;
mod edits;
mod expected;
pub mod explain;
mod fate;
mod fitting;
pub mod json;
mod leaving;
mod needs;
mod record_keys;
mod situation;
mod spelled;
mod streamed;
mod update;
mod verdict;

pub use update::{Updated, update};
pub use verdict::{Verdict, run};
