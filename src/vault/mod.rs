//! What is kept on disk, to be found again after a restart.
//!
//! **In**: a version of what is known of people's consent, and how far its topic was
//! read. **Out**: the same, or why it is of no use. **Promises**: a file is there whole or
//! not at all, readable by its owner alone; one that is cut, changed, of another key or
//! of another topic is thrown away, never half used. **Does not know**: Kafka, clocks,
//! and whether what it holds is still true: who reads it compares the positions with
//! the topic's own.

pub mod consent_file;
